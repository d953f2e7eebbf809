"""Scores and feedback go into the cells of an LMS's file, and everybody who gets none is named."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from revgraph.grading.lms.canvas import Gradebook
from revgraph.grading.lms.moodle import Worksheet
from revgraph.grading.lms.people import Matched, Person, match
from revgraph.grading.lms.results import Result
from revgraph.grading.lms.sheet import NotTheExport, Row, as_number, written_like

Export = Gradebook | Worksheet
OURS = re.compile(r"(<[^>]*>|\s)*[\d.e+]+ of [\d.e+]+ points in ")  # Moodle may have put tags around it


@dataclass
class Filled:
    """Whose score was written, and why not where none was."""

    written: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)  # `ada: 70 was, 80 is`
    nothing: list[str] = field(default_factory=list)  # handed in nothing: 0
    left: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # why → whose
    no_feedback: list[str] = field(default_factory=list)  # the cell held words that are not ours
    matched: Matched = field(default_factory=Matched)


def fill(export: Export, results: list[Result], scale: bool = False) -> Filled:
    """Raises NotTheExport where no student is in the file, or where its points are not ours."""
    people = export.people()
    filled = Filled(matched=match([result.student for result in results], people))
    filled.matched.strangers = [p for p in filled.matched.strangers if not export.is_pretended(p)]
    if not filled.matched.pairs:
        raise NotTheExport(_nobody(results, people))
    for result in results:
        person = filled.matched.pairs.get(result.student.id)
        if person and result.score is None:
            filled.left[result.why].append(result.student.id)
        for row in person.rows if person and result.score is not None else []:
            _fill_row(export, row, result, scale, filled)
    return filled


def _nobody(results: list[Result], people: list[Person]) -> str:
    ours = ", ".join(result.student.id for result in results[:3]) or "nobody"
    theirs = "; ".join(person.shown for person in people[:3]) or "nobody"
    return (
        f"nobody of the gradebook is in it. The gradebook has {ours}; the file has {theirs}. One of an id, a "
        "login, an address or a name has to be the same: nbgrader db student add ID --email ADDRESS"
    )


def _fill_row(export: Export, row: Row, result: Result, scale: bool, filled: Filled) -> None:
    name, cell = result.student.id, export.score_cell(row)
    if kept := export.kept(row):
        filled.left[kept].append(name)
        return
    score = _in_their_points(export.points_possible(row), result, scale)
    if isinstance(export, Worksheet) and score > (as_number(export.points_possible(row)) or score):
        filled.left["more points than Moodle takes"].append(name)
        return
    before = as_number(cell.text)
    if before is not None and abs(before - score) < 0.005:
        filled.same.append(name)  # 87.50 and 87.5: nothing to write
    else:
        export.sheet.fill(cell, written_like(score, export.points_possible(row)))
        filled.written.append(name)
        if cell.text.strip() not in ("", "-"):
            filled.changed.append(f"{name}: {cell.text.strip()} was, {score:.6g} is")
    if not result.handed_in:
        filled.nothing.append(name)
    _fill_feedback(export, row, result, filled)


def _in_their_points(points: str, result: Result, scale: bool) -> float:
    most, score = as_number(points), result.score or 0.0
    if points and most is None:
        raise NotTheExport(f"its highest grade is {points!r}, no number: a scale is not filled in")
    if not most or not result.max_score or abs(most - result.max_score) < 0.005:
        return score
    if not scale:
        raise NotTheExport(
            f"{most:g} points are possible there, and {result.max_score:g} here. Change the points there and "
            f"export the file anew, or say --scale: then {result.max_score:g} here are {most:g} there"
        )
    return score * most / result.max_score


def _fill_feedback(export: Export, row: Row, result: Result, filled: Filled) -> None:
    """A teacher's own words in that cell stay; ours of an earlier time are replaced."""
    cell = export.feedback_cell(row)
    if cell is None:
        return
    if cell.text.strip() and not OURS.match(cell.text):
        filled.no_feedback.append(result.student.id)
    elif cell.text != result.feedback:
        export.sheet.fill(cell, result.feedback)


def lines(filled: Filled, file: str) -> Iterator[str]:
    """What to know of it, for the terminal."""
    matched = filled.matched
    written, same = len(filled.written), len(filled.same)
    yield f"{file}: {written} score{'s' * (written != 1)} written, {same} there already"
    yield from _named("replaced", filled.changed)
    for why, names in sorted(filled.left.items()):
        yield from _named(f"left as it was, {why}", names)
    yield from _named("handed in nothing, so 0", filled.nothing)
    yield from _named("matched by name alone, please check", _pairs(matched))
    yield from _named(f"in the gradebook, not in {file}", matched.missing)
    doubtful = [f"{name} (may be {' or '.join(people)})" for name, people in sorted(matched.doubtful.items())]
    yield from _named("not clear who, so no score written", doubtful)
    yield from _named(f"in {file}, not in the gradebook", [person.shown for person in matched.strangers])
    yield from _named("feedback not written, since the comment holds other words", filled.no_feedback)


def _pairs(matched: Matched) -> list[str]:
    return [f"{name} as {matched.pairs[name].shown}" for name in matched.by_name]


def _named(what: str, names: list[str]) -> Iterator[str]:
    if names:
        yield f"  {what}: {'; '.join(dict.fromkeys(names))}"
