"""What the instructor sees at the end: tables on the terminal or in a file, a CSV for the register."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from statistics import mean

from rich.table import Table
from rich.text import Text

from revgraph.files import write_atomically
from revgraph.grading.assignment import Outcome
from revgraph.grading.rows import Row
from revgraph.grading.runner import CheckResult


def by_student(rows: Iterable[Row]) -> list[Row]:
    """One row a student; of several notebooks, each reason begins with its notebook's name."""
    rows = list(rows)
    if len({row.name for row in rows}) > 1:
        rows = [replace(row, reasons=[f"{row.name}: {reason}" for reason in row.reasons]) for row in rows]
    merged: dict[str, Row] = {}
    for row in rows:
        known = merged.get(row.student)
        merged[row.student] = _together(known, row) if known else row
    return list(merged.values())


def _together(one: Row, other: Row) -> Row:
    return Row(
        student=one.student,
        name=f"{one.name}, {other.name}",
        score=one.score + other.score,
        max_score=one.max_score + other.max_score,
        reasons=[*one.reasons, *other.reasons],
        checks=[*one.checks, *other.checks],
        penalty=one.penalty + other.penalty,
        kinds=list(dict.fromkeys([*one.kinds, *other.kinds])),
        to_mark=one.to_mark + other.to_mark,
        failed=one.failed or other.failed,
        has_score=one.has_score and other.has_score,
    )


def table(rows: Iterable[Row], title: str) -> Table:
    shown = Table(title=title)
    for column in ("student", "score", "reason"):
        shown.add_column(column, overflow="fold")
    for row in by_student(rows):
        reasons = "\n".join(map(printable, row.reasons))
        shown.add_row(Text(printable(row.student)), _score(row), Text(reasons))
    return shown


def _score(row: Row) -> str:
    shown = f"{row.score:g} of {row.max_score:g}" if row.has_score else "not graded"
    return f"{shown} (as before)" if row.failed and row.has_score else shown


def exercises(rows: Iterable[Row]) -> Table:
    """Of each exercise: how many got it right, and what went wrong most often with the others."""
    rows = list(rows)
    by_exercise: dict[tuple[str, str], list[CheckResult]] = defaultdict(list)
    for row in rows:
        for check in row.checks:
            by_exercise[row.name, check.exercise].append(check)
    shown = Table("exercise", "right", "mean", "commonest mistakes", title="exercises")
    several = len({row.name for row in rows}) > 1
    for (notebook, exercise), checks in sorted(by_exercise.items(), key=lambda item: item[0][0]):
        name = Text(printable(f"{notebook}: {exercise}" if several else exercise))
        right = f"{sum(not check.reason for check in checks)} of {len(checks)}"
        shown.add_row(name, right, _average(checks), Text("\n".join(map(printable, mistakes(checks)))))
    return shown


def _average(checks: list[CheckResult]) -> str:
    average, most = mean(check.points for check in checks), checks[-1].max_points
    return f"{average:.{1 if most >= 10 else 2}f} of {most:g}" if most else "counts 0 points"


def mistakes(checks: list[CheckResult]) -> Iterator[str]:
    """`31 of 120 (26%): averages`, the most frequent first: each misconception, and the commonest errors of
    plain assertions."""
    known = Counter(check.misconception for check in checks if check.misconception)
    errors = Counter(check.error for check in checks if check.error)
    for name, count in [*known.most_common(), *errors.most_common(ERRORS)]:
        yield f"{count} of {len(checks)} ({count / len(checks):.0%}): {name}"


ERRORS = 3  # of one cell: each wrong answer may have an error of its own


def summary(rows: Iterable[Row]) -> Table:
    """How many students, their mean, what is left to mark, and how many students met each kind of failure."""
    students = by_student(rows)
    shown = Table(title="the class", show_header=False)
    shown.add_row("students", str(len(students)))
    if students:
        most = f"{students[0].max_score:g}"
        shown.add_row("mean", f"{mean(row.score for row in students):.1f} of {most}")
    if waiting := [row.to_mark for row in students if row.to_mark]:
        by = f"by {len(waiting)} of {len(students)} students"
        shown.add_row("answers to mark in formgrader", f"{sum(waiting)}, {by}")
    shown.add_section()
    for kind, count in Counter(kind for row in students for kind in set(row.kinds)).most_common():
        shown.add_row(Text(printable(kind)), str(count))
    return shown


def remarks(outcome: Outcome) -> Iterator[Text]:
    """What to know before reading the scores."""
    for machine in outcome.lacking:
        yield Text(f"{machine}. The walls are thinner there.", "bold red")
    for sentence in outcome.to_know:
        yield Text(sentence, "bold red")
    for name, module in outcome.open_answers.items():
        yield Text(f"The notebook's own cells import {module}, where {name} can be called.", "bold red")
    if outcome.failed:
        yield Text(
            f"The grader failed for {len(outcome.failed)}: nothing was written for them, their scores are as "
            "before. Next: read what their rows say, then run the command again.",
            "bold red",
        )
    for source, names in outcome.newer.items():
        yield Text(
            f"{source} has changed since it was released ({', '.join(names)}): graded by the release. "
            "Next: revgraph course releases it again.",
            "bold red",
        )
    if outcome.changed:
        yield Text(f"The source notebook or an exercise has changed; graded again: {len(outcome.changed)}.")
    if outcome.kept:
        yield Text(f"Graded before and not changed since: {outcome.kept}.")


COLUMNS = ["student_id", "raw_score", "late_submission_penalty", "score", "max_score", "to_mark", "reason"]


def write_csv(rows: Iterable[Row], path: Path, keep_others: bool = False) -> None:
    """One line a student, in nbgrader's words: `score` is `raw_score` less the penalty for being late.
    `to_mark` answers wait to be marked by hand.

    With `keep_others` the lines of other students stay. Readable by the instructor alone.
    """
    new = [_line(row) for row in by_student(rows)]
    names = {line[0] for line in new}
    others = [line for line in _lines(path) if line[0] not in names] if keep_others else []
    text = StringIO(newline="")
    csv.writer(text).writerows([COLUMNS, *sorted([*others, *new])])
    write_atomically(path, text.getvalue(), mode=0o600)


def _line(row: Row) -> list[str]:
    scores = (row.score + row.penalty, row.penalty, row.score) if row.has_score else ("", "", "")
    numbers = (*scores, row.max_score, row.to_mark)
    return [no_formula(row.student), *map(str, numbers), no_formula("; ".join(row.reasons))]


def _lines(path: Path) -> list[list[str]]:
    """What an earlier run wrote, without the names of the columns."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [line for line in csv.reader(file) if len(line) == len(COLUMNS) and line != COLUMNS]


def printable(text: str) -> str:
    """Students choose the text: their control characters are shown as Python writes them, and do nothing."""
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)


def no_formula(text: str) -> str:
    """A spreadsheet takes a cell that begins so for a formula; in many countries it cuts at semicolons."""
    return re.sub(r"(^|;)(\s*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])", r"\1\2'", printable(text))
