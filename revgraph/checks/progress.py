"""How far a learner is: the panel at the top of every notebook, and the table in a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from revgraph.checks.registry import Listed

CELL = "text-align:left;padding:1px 1.2em 1px 0"


@dataclass(frozen=True)
class Row:
    """One chapter: how many of its exercises passed, and their points. Written questions do not count."""

    chapter: str
    passed: int
    exercises: int
    points: float
    total: float
    notebook: str = ""  # where it has another name than the chapter


class Progress:
    """The chapters, what is done in each, and what is next; a panel in a notebook, a table elsewhere.

    ``here`` is the chapter one is in, or nothing: what is next is looked for there first, then behind it.
    """

    def __init__(self, known: Mapping[str, Listed], done: Mapping[str, float], here: str = ""):
        self._chapters: dict[str, list[Listed]] = {}
        for exercise in known.values():
            self._chapters.setdefault(exercise.chapter, []).append(exercise)
        self.here = here if here in self._chapters else ""
        self.rows = [_row(chapter, members, done) for chapter, members in self._chapters.items()]
        from_here = sorted(known.values(), key=lambda exercise: exercise.chapter < self.here)
        self.next = next((exercise for exercise in from_here if exercise.name not in done), None)

    def __repr__(self) -> str:
        width = max(len(row.chapter) for row in self.rows)
        lines = [
            f"{row.chapter:<{width}}  {row.passed:>2} of {row.exercises} exercises  "
            f"{row.points:>3g} of {row.total:g} points"
            for row in self.rows
        ]
        return "\n".join([*lines, self.next_in_words()])

    def next_in_words(self) -> str:
        return f"Next: {self.next.name}, in {self.next.chapter}" if self.next else "Everything is done."

    @property
    def course(self) -> Row:
        """The sum of all chapters."""
        return _sum(self.rows)

    def _repr_html_(self) -> str:
        top = next((row for row in self.rows if row.chapter == self.here), self.course)
        name = f"<b>{_title(top.chapter)}</b> " if self.here else ""
        return (
            '<section aria-label="Your progress" '
            'style="border-left:4px solid #0072b2;padding:.3em .9em;margin:.2em 0;max-width:60em">'
            f"<div>{name}{_bar(top)} {_points(top)} &nbsp; {self._next_as_link()}</div>"
            f'<details style="margin-top:.3em"><summary>The course: {_points(self.course)}</summary>'
            f"{_table(self.rows)}</details></section>"
        )

    def _next_as_link(self) -> str:
        if self.next is None:
            return "Everything is done."
        chapter, name = self.next.chapter, escape(self.next.name)
        number = self._chapters[chapter].index(self.next) + 1
        where = "" if chapter == self.here else f" of {_title(chapter)}"
        heading = f"#Exercise-{number}:-{name}"  # what JupyterLab calls the heading above the exercise
        notebook = _notebook(chapter, getattr(self.next, "notebook", ""))
        return f'<b>Next:</b> <a href="{notebook}{heading}">exercise {number}{where}, {name}</a>'


def _row(chapter: str, members: list[Listed], done: Mapping[str, float]) -> Row:
    passed = [exercise for exercise in members if exercise.name in done]
    notebook = getattr(members[0], "notebook", "")
    return Row(chapter, len(passed), len(members), _worth(passed), _worth(members), notebook)


def _worth(exercises: list[Listed]) -> float:
    return sum(exercise.points for exercise in exercises)


def _sum(rows: list[Row]) -> Row:
    columns = zip(*((row.passed, row.exercises, row.points, row.total) for row in rows), strict=True)
    passed, exercises, points, total = map(sum, columns)
    return Row("the course", passed, exercises, points, total)


def _points(row: Row) -> str:
    return f"{row.points:g} of {row.total:g} points"


def _title(chapter: str) -> str:
    """05_unbroadcast as its notebook writes it: 05 · unbroadcast."""
    number, _, rest = chapter.partition("_")
    return escape(f"{number} · {rest}" if number.isdigit() and rest else chapter).replace("_", " ")


def _notebook(chapter: str, name: str = "") -> str:
    return "../" + quote(f"{chapter}/{name or chapter}.ipynb")


def _bar(row: Row) -> str:
    """A bar; what it shows stands beside it in words, so a screen reader leaves it out."""
    return (
        f'<progress value="{row.points:g}" max="{row.total:g}" aria-hidden="true" '
        f'style="width:8em;vertical-align:middle;accent-color:#0072b2"></progress>'
    )


def _table(rows: list[Row]) -> str:
    head = "".join(
        f'<th scope="col" style="{CELL}">{name}</th>' for name in ("Chapter", "Exercises", "Points")
    )
    body = "".join(
        f'<tr><th scope="row" style="{CELL};font-weight:normal">'
        f'<a href="{_notebook(row.chapter, row.notebook)}">{_title(row.chapter)}</a></th>'
        f'<td style="{CELL}">{row.passed} of {row.exercises}</td>'
        f'<td style="{CELL}">{_bar(row)} {row.points:g} of {row.total:g}</td></tr>'
        for row in rows
    )
    return (
        f'<table style="margin:.3em 0"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
        "<div>Written questions are marked by a person and not counted here.</div>"
    )
