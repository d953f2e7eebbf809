"""check and progress: what a learner calls."""

from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

from revgraph.checks import library
from revgraph.checks.exercise import Exercise, Verdict
from revgraph.checks.exercises import exercises


class CheckFailed(AssertionError):
    """A check found a mistake. In a notebook it shows one line, and no traceback."""

    def __init__(self, verdict: Verdict):
        super().__init__(verdict.message.splitlines()[0])
        self.verdict = verdict

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class UnknownExercise(LookupError):
    """There is no exercise of this name. In a notebook it shows one line, and no traceback."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def check(what: str | Callable[..., Any], candidate: Any = None) -> Verdict:
    """Judge the learner's work on an exercise: ``check(unbroadcast)`` or ``check("value_add", Value)``.

    Returns the verdict when it passes. When it does not, a notebook shows the verdict and the cell ends with
    CheckFailed, which is also how nbgrader knows; elsewhere the message is printed and the verdict returned.

    Raises UnknownExercise, which lists the near names, where no exercise is called so.
    """
    name = what if isinstance(what, str) else getattr(what, "__name__", repr(what))
    if isinstance(what, str) and candidate is None:
        raise UnknownExercise(f"check({what!r}) has nothing to judge. Write check({what}), without quotes.")
    exercise, candidate = find(name), what if candidate is None else candidate
    verdict = exercise.judge(candidate)
    if verdict.passed and not library.being_graded():
        _keep(exercise, candidate)
    if in_notebook():
        _show_failure(verdict)
    else:
        print(verdict.message)
    return verdict


def _keep(exercise: Exercise, candidate: Any) -> None:
    library.record(exercise)
    remark = library.save(exercise, candidate)
    if remark:
        print(remark)


def find(name: str) -> Exercise:
    known = exercises()
    if name in known:
        return known[name]
    near = get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(near)}?" if near else f"The exercises are: {', '.join(known)}."
    raise UnknownExercise(f"There is no exercise called {name!r}. {hint}")


def in_notebook() -> bool:
    """Whether IPython runs this code, so that it can show a panel."""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return get_ipython() is not None


def _show_failure(verdict: Verdict) -> None:
    if verdict.passed:
        return  # the notebook shows what the cell returns
    from IPython.display import display

    display(verdict)
    raise CheckFailed(verdict)


class Progress:
    """The chapters, what is done in each, and what is next; a table in a notebook, text elsewhere."""

    def __init__(self, known: dict[str, Exercise], done: dict[str, float]):
        self.rows: list[tuple[str, int, int, float, float]] = []
        for chapter in dict.fromkeys(e.chapter for e in known.values()):
            of_chapter = [e for e in known.values() if e.chapter == chapter]
            passed = [e for e in of_chapter if e.name in done]
            points, total = sum(e.points for e in passed), sum(e.points for e in of_chapter)
            self.rows.append((chapter, len(passed), len(of_chapter), points, total))
        self.next = next((e for e in known.values() if e.name not in done), None)

    def _next_in_words(self) -> str:
        return f"Next: {self.next.name}, in {self.next.chapter}" if self.next else "Everything is done."

    def __repr__(self) -> str:
        width = max(len(row[0]) for row in self.rows)
        lines = [
            f"{chapter:<{width}}  {done:>2} of {of} exercises  {points:>3g} of {total:g} points"
            for chapter, done, of, points, total in self.rows
        ]
        return "\n".join([*lines, self._next_in_words()])

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><td style="text-align:left"><a href="../{chapter}/{chapter}.ipynb">{chapter}</a></td>'
            f'<td><progress value="{done}" max="{of}" aria-label="{done} of {of}"></progress></td>'
            f"<td>{done} of {of} exercises</td><td>{points:g} of {total:g} points</td></tr>"
            for chapter, done, of, points, total in self.rows
        )
        return f"<table>{rows}</table><p>{self._next_in_words()}</p>"


def progress() -> Progress:
    """Show how far you are: chapters, exercises, points, and what is next."""
    return Progress(exercises(), library.passed_exercises())
