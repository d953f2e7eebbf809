"""Questions in words: three to begin a chapter with, and what a good answer to the one at its end says.

Their texts lie beside this file. In warm_up.md every question stands below what it is about, and the three
that a chapter begins with below the chapter. `revgraph course` writes good_answers.md, from solutions/.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

from revgraph.checks import library
from revgraph.checks.options import options, studies_alone
from revgraph.checks.panel import PANEL, PARAGRAPH, inline_code
from revgraph.checks.registry import exercises

WARM_UP = Path(__file__).with_name("warm_up.md")
GOOD_ANSWERS = Path(__file__).with_name("good_answers.md")
THREE = 3
OFTEN = 3  # failures of one exercise that count: it is asked about in as many chapters
CLOSED = "A person reads your answer, and says what a good one holds."
ALONE = "If you study on your own, open the course with `revgraph start`: then it folds open here."


# Three to warm up


@dataclass(frozen=True)
class Question:
    """``about`` names an exercise, or a chapter; ``opens`` the chapter that begins with it, or "more"."""

    opens: str
    about: str
    asks: str
    answer: str


class WarmUp:
    """Questions whose answers fold open; ``failed`` are the exercises for which some of them were chosen."""

    def __init__(self, questions: Sequence[Question], failed: Sequence[str]):
        self.questions, self.failed = questions, failed

    def __repr__(self) -> str:
        lines = [f"{n}. {one.asks}" for n, one in enumerate(self.questions, 1)]
        return "\n".join([*lines, *self._why(), "In a notebook, the answers fold open."])

    def _repr_html_(self) -> str:
        folds = "".join(
            f'<details style="margin:.4em 0"><summary>{inline_code(one.asks)}</summary>'
            f'<p style="{PARAGRAPH}">{inline_code(one.answer)}{_where(one)}</p></details>'
            for one in self.questions
        )
        why = "".join(f'<p style="{PARAGRAPH}">{escape(line)}</p>' for line in self._why())
        return _panel("Questions to warm up", folds + why)

    def _why(self) -> list[str]:
        chosen = " and ".join(filter(None, [", ".join(self.failed[:-1]), *self.failed[-1:]]))
        return [f"Chosen for you: {chosen}, which did not pass at once."] if chosen else []


def warm_up() -> WarmUp | None:
    """Show three questions on earlier chapters: on exercises whose checks failed most often for this learner,
    otherwise those that the chapter begins with. A choice is kept once it is made.
    """
    here = library.chapter_here()
    own = [one for one in questions() if one.opens == here]
    if not own:
        print("There are questions to warm up for the chapters of revgraph; this notebook is not one.")
        return None
    failed, asked = ({}, {}) if library.being_graded() else (library.failures(), library.asked())
    names = choose(here, failed, asked)
    if names and here not in asked:
        library.record_asked(here, names)
    chosen = [_about(name, sum(name in asked[one] for one in asked if one < here)) for name in names]
    others = [one for one in own if one.about not in names]
    return WarmUp([*chosen, *others][:THREE], names)


def choose(here: str, failed: Mapping[str, int], asked: Mapping[str, Sequence[str]]) -> list[str]:
    """The exercises of earlier chapters that a chapter asks about, those that failed most often first.

    To be asked about in a chapter makes up for one failure, so every chapter asks about something else.
    """
    if here in asked:
        return [name for name in asked[here] if _all_about(name)]
    times = Counter(name for names in asked.values() for name in names)
    known = exercises()
    weight = {
        name: min(n, OFTEN) - times[name]
        for name, n in reversed(list(failed.items()))
        if name in known and known[name].chapter < here and _all_about(name)
    }
    return sorted((name for name in weight if weight[name] > 0), key=lambda name: -weight[name])[:THREE]


def _about(name: str, time: int) -> Question:
    """A question about an exercise, the next one at each time."""
    found = _all_about(name)
    return found[time % len(found)]


def _all_about(name: str) -> list[Question]:
    return [one for one in questions() if one.about == name]


@cache
def questions() -> tuple[Question, ...]:
    """All of warm_up.md."""
    return tuple(
        Question(opens, about, *(part.strip() for part in text.strip().split("\n\n", 1)))
        for opens, section in _sections(WARM_UP.read_text(encoding="utf-8"), "#")
        for about, text in _sections(section, "##")
    )


def _sections(text: str, mark: str) -> Iterator[tuple[str, str]]:
    """The headings of one level, and what stands below each."""
    _, *found = re.split(rf"^{mark} (.+)$", text, flags=re.MULTILINE)
    yield from zip(found[::2], found[1::2], strict=True)


def _where(question: Question) -> str:
    known = exercises()
    chapter = known[question.about].chapter if question.about in known else question.about
    return "" if chapter == question.opens else f" (Chapter {escape(chapter[:2])}.)"


# What a good answer says


class UnknownQuestion(LookupError):
    """There is no written question of this name. In a notebook it shows one line, and no traceback."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


@dataclass(frozen=True)
class GoodAnswer:
    """An answer, and what it would be given points for, as a person marks it; a notebook folds it open."""

    answer: str
    points: tuple[str, ...]

    def __repr__(self) -> str:
        return "\n".join(["What a good answer says:", self.answer, *(f"- {point}" for point in self.points)])

    def _repr_html_(self) -> str:
        answer = [*self.answer.split("\n\n"), "What it is given points for:"]
        paragraphs = "".join(f'<p style="{PARAGRAPH}">{inline_code(one)}</p>' for one in answer)
        points = "".join(f"<li>{inline_code(point)}</li>" for point in self.points)
        label = "What a good answer says"
        summary = f"<summary>{label}: compare it with yours, once yours is written</summary>"
        listed = f'<ul style="max-width:60em">{points}</ul>'
        return _panel(label, f"<details>{summary}{paragraphs}{listed}</details>")


def good_answer(question: str) -> GoodAnswer | None:
    """Show, folded, what a good answer to a written question says: ``good_answer("written_averaging")``.

    It stays closed in a class, and while a submission is graded; see options.py. Raises UnknownQuestion, with
    the names that there are, where none is called so.
    """
    allowed = False if library.being_graded() else options().good_answers
    if allowed is False or not (allowed or studies_alone()):
        print(CLOSED if allowed is False else f"{CLOSED}\n{ALONE}")
        return None
    known = good_answers()
    if question not in known:
        raise UnknownQuestion(f"There is no question called {question!r}. They are: {', '.join(known)}.")
    return known[question]


@cache
def good_answers() -> dict[str, GoodAnswer]:
    """All of good_answers.md, by the names of the questions."""
    text = GOOD_ANSWERS.read_text(encoding="utf-8")
    return {name: _good_answer(part) for name, part in _sections(text, "##")}


def _good_answer(text: str) -> GoodAnswer:
    answer, *points = text.strip().split("\n- ")
    return GoodAnswer(answer.strip(), tuple(point.strip() for point in points))


def _panel(label: str, inside: str) -> str:
    return f'<section aria-label="{label}" style="border-left:4px solid #0072b2;{PANEL}">{inside}</section>'
