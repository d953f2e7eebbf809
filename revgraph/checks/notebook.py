"""check and progress: what a learner calls."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from typing import Any

from revgraph.checks import library, registry
from revgraph.checks.after import TRIES, another_way, with_gaps
from revgraph.checks.exercise import Exercise
from revgraph.checks.hints import about_older_cells, lost_with_the_class
from revgraph.checks.judge import Verdict
from revgraph.checks.options import options
from revgraph.checks.own.bundle import FILE
from revgraph.checks.progress import Progress
from revgraph.checks.report import Fold
from revgraph.checks.waiting import telling_progress

_failed: Counter[str] = Counter()  # checks in a row, by the exercise's name


class CheckFailed(AssertionError):
    """A check found a mistake. In a notebook it shows one line, and no traceback."""

    def __init__(self, verdict: Verdict):
        super().__init__(verdict.message.splitlines()[0])
        self.verdict = verdict

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


@dataclass(frozen=True)
class PartialCredit:
    """What a check cell returns where parts of an exercise are earned: nbgrader reads the number."""

    points: float
    of: float

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": f"{self.points:g}", "text/html": f"{self.points:g} of {self.of:g} points"}


class UnknownExercise(LookupError):
    """There is no exercise of this name. In a notebook it shows one line, and no traceback."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def check(what: str | Callable[..., Any], candidate: Any = None) -> Verdict | PartialCredit:
    """Judge the learner's work on an exercise: ``check(unbroadcast)`` or ``check("value_add", Value)``.

    Returns the verdict when it passes. When it does not, a notebook shows the verdict and the cell ends with
    CheckFailed, which is also how nbgrader knows; or, where parts of the exercise are earned, it returns the
    points. Elsewhere the message is printed and the verdict returned.

    Raises UnknownExercise, which lists the near names, where no exercise is called so.
    """
    exercise, candidate = _asked(what, candidate)
    if library.is_loading():
        return Verdict(exercise.name, True, exercise.points, "")
    verdict = exercise.judge(
        candidate, watch=partial(telling_progress, exercise, candidate, _progress_line())
    )
    if set(exercise.methods) & set(lost_with_the_class(candidate)):
        verdict = verdict.to_attach_again()
    verdict = verdict.with_remark(about_older_cells(candidate)).with_remark(library.whose(candidate))
    if not library.being_graded() and not library.is_lent(candidate):
        _remember(exercise, candidate, verdict)
    verdict = _finished(exercise, verdict)
    if in_notebook():
        return verdict if verdict.passed else _show_failure(exercise, verdict)
    print(verdict.message)
    return verdict


def _finished(exercise: Exercise, verdict: Verdict) -> Verdict:
    """The verdict as this course tells it, with what folds open below it."""
    chosen = options()
    if chosen.quiz:
        return verdict.right_or_wrong()
    _failed[exercise.name] = 0 if verdict.passed else _failed[exercise.name] + 1
    if verdict.passed and chosen.another_way and (code := another_way(exercise)):
        return verdict.with_fold(Fold("Another way to write it", exercise.why, code))
    if _failed[exercise.name] >= TRIES and (code := with_gaps(exercise)):
        return verdict.with_fold(Fold("A third hint: the lines, with two gaps", "", code))
    return verdict


def _asked(what: str | Callable[..., Any], candidate: Any) -> tuple[Exercise, Any]:
    """The exercise that a check is about, and what it is to judge."""
    if isinstance(what, str) and candidate is None:
        raise UnknownExercise(f"check({what!r}) has nothing to judge. Write check({what}), without quotes.")
    if isinstance(what, str):
        return find(what), candidate
    if exercise := _lent_for(what):
        return exercise, what
    name = getattr(what, "__name__", "")
    if name.isidentifier():
        return find(name), what
    kind = "A lambda" if name == "<lambda>" else f"{_short(what)} ({type(what).__name__})"
    raise UnknownExercise(
        f'{kind} has no name to find its exercise by. Write check("the exercise\'s name", ...), or make a '
        "function with `def`."
    )


def _lent_for(what: Any) -> Exercise | None:
    """The exercise whose reference this is, as `mine` lends it: its own name may be another."""
    if not library.is_lent(what):
        return None
    return next((one for one in registry.exercises().values() if one.reference is what), None)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def _remember(exercise: Exercise, candidate: Any, verdict: Verdict) -> None:
    """Keep what passed, and count what failed: but not what is yet to be written, fails by another exercise's
    function, or goes by another name, as what a chapter checks to show what a failure looks like."""
    if verdict.passed:
        _keep(exercise, candidate)
    elif verdict.report and verdict.report.case and _goes_by_its_name(exercise, candidate):
        library.record_failure(exercise)


def _goes_by_its_name(exercise: Exercise, candidate: Any) -> bool:
    return getattr(candidate, "__name__", "") in (exercise.name, exercise.reference.__name__)


def _keep(exercise: Exercise, candidate: Any) -> None:
    library.record(exercise)
    remark = "" if library.is_saved(candidate) else library.save(exercise, candidate)
    if remark:
        print(remark)


def find(name: str) -> Exercise:
    found = registry.known()
    known = found.exercises
    if name in known:
        return known[name]
    if name in found.unclear:
        raise UnknownExercise(f"{found.unclear[name]}.")
    near = get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(near)}?" if near else f"The exercises are: {', '.join(known)}."
    own = (
        "" if found.own else f" If it is one of your course's own: `{FILE}` has to lie beside this notebook."
    )
    raise UnknownExercise(f"There is no exercise called {name!r}. {hint}{own}{' '.join(['', *found.broken])}")


def in_notebook() -> bool:
    """Whether IPython runs this code, so that it can show a panel."""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return get_ipython() is not None


def _progress_line() -> Callable[[str], None]:
    """What shows a line, in a notebook always in the same place; elsewhere the first alone is printed."""
    lines: list[Any] = []

    def show(text: str) -> None:
        data = {"text/plain": text}
        if not in_notebook():
            if not lines:
                print(text)
            lines.append(None)
        elif lines:
            lines[0].update(data, raw=True)
        else:
            from IPython.display import display

            lines.append(display(data, raw=True, display_id=True))

    return show


def _show_failure(exercise: Exercise, verdict: Verdict) -> PartialCredit:
    from IPython.display import display

    display(verdict)
    if verdict.points:
        return PartialCredit(verdict.points, exercise.points)
    raise CheckFailed(verdict)


def progress() -> Progress | None:
    """Show how far you are: chapters, exercises, points, and what is next."""
    if library.being_graded():
        print("Your progress is kept in your own notebook.")
        return None
    return Progress(registry.listed(), library.passed_exercises(), library.chapter_here())
