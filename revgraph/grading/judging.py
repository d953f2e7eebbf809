"""The trusted side of a check: draw the cases, and judge what came back. Nothing of a student's runs here."""

from __future__ import annotations

import ast
import base64
import json
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib import import_module
from io import BytesIO
from itertools import chain, repeat
from typing import Any, ClassVar

import cloudpickle  # type: ignore[import-untyped]
from nbformat import NotebookNode
from nbgrader import utils

from revgraph.checks import Answer, Case, Exercise, Verdict, exercises
from revgraph.checks.blame import lending
from revgraph.checks.judge import judge as verdict_on
from revgraph.checks.own import course as courses
from revgraph.checks.registry import own_packages
from revgraph.checks.report import Report, report_text, with_shares
from revgraph.grading.student.serialize import NotPlain, decode, encode

PUBLIC_SEED = 0  # of the cases that a learner's own notebook shows
CHAPTERS = "revgraph.checks.chapters"


@dataclass(frozen=True)
class CheckCall:
    """What a check cell calls: an exercise, and the expression that names the candidate."""

    exercise: Exercise
    candidate: str


def check_call(source: str) -> CheckCall | None:
    """Read `check(unbroadcast)` or `check("value_add", Value)`; None for a cell that is no such check."""
    try:
        (statement,) = ast.parse(source).body
    except (SyntaxError, ValueError):
        return None
    match statement:
        case ast.Expr(ast.Call(ast.Name("check"), [ast.Name(name)], [])):
            known, candidate = exercises().get(name), name
        case ast.Expr(ast.Call(ast.Name("check"), [ast.Constant(str(name)), expression], [])):
            known, candidate = exercises().get(name), ast.unparse(expression)
        case _:
            return None
    return CheckCall(known, candidate) if known else None


def worth(call: CheckCall, points: float) -> CheckCall:
    """The same call, worth the points of the cell it stands in: an instructor may have changed them, and
    messages tell these."""
    exercise = call.exercise
    if points in (0, exercise.points):
        return call
    parts = {name: of * points / exercise.points for name, of in exercise.parts.items()}
    return replace(call, exercise=replace(exercise, points=sum(parts.values()) or points, parts=parts))


def judged_call(cell: NotebookNode) -> CheckCall | None:
    """The call of `check` in a cell whose outputs are a verdict of ours: such a cell is never executed.

    None in an answer that a person grades: its text is the student's, who could ask for any exercise.
    """
    if cell.cell_type != "code" or not utils.is_grade(cell) or utils.is_solution(cell):
        return None
    return check_call(cell.source)


def request(
    call: CheckCall,
    seed: int,
    seconds: float,
    lend: bool = False,
    places: list[int] | None = None,
    same_chance: bool = False,
) -> str:
    """The message for student/answer.py: the cases of the exercise drawn with `seed`, all or those at
    `places`, with `same_chance` as `revgraph.checks.call` has it. With `lend`, the references of the
    exercises that it uses go with it, in place of the student's own."""
    probe, asked = _asked(call.exercise.name, seed, courses.digest())
    asked = asked if places is None else [asked[place] for place in places]
    lent = _lent(lending(call.exercise)) if lend else ""
    told = {"candidate": call.candidate, "probe": probe, "cases": asked, "seconds": seconds, "lent": lent}
    return json.dumps(told | {"same_chance": same_chance})


@lru_cache(maxsize=256)
def _asked(name: str, seed: int, course: str) -> tuple[str, list[Any]]:
    """An exercise's probe and its cases as they travel: the same for a whole class, so drawn once. `course`
    tells whose exercise of this name it is."""
    exercise = exercises()[name]
    probe = _travelling(exercise.probe) if exercise.probe else ""
    return probe, [encode_case(case) for case in _drawn(name, seed, course)[0]]


@lru_cache(maxsize=256)
def _drawn(name: str, seed: int, course: str) -> tuple[list[Case], list[Answer]]:
    """The cases and their right answers. Nobody writes into them: no student's function is called here."""
    return exercises()[name].draw(seed)


def by_parts(call: CheckCall, seed: int) -> dict[str, list[int]]:
    """The places of each part's cases, and last of the edge cases, which belong to none, like all cases of an
    exercise without parts."""
    _, asked = _asked(call.exercise.name, seed, courses.digest())
    parts: dict[str, list[int]] = {}
    for place, (_, _, told) in enumerate(asked):
        parts.setdefault("" if told["edge"] else told["part"], []).append(place)
    return parts


def one_each(answers: list[Answer], places: list[int]) -> dict[int, Answer]:
    """The answers to the cases of one part, up to the first that ends it. Where some are missing, the last
    error stands for them, as in `judge`."""
    ends = next((i + 1 for i, one in enumerate(answers) if one.ends_its_part), 0)
    if ends:
        return dict(zip(places, answers[:ends], strict=False))
    last = answers[-1] if answers and answers[-1].error else NOTHING
    return dict(zip(places, chain(answers, repeat(last)), strict=False))


def in_order(found: dict[int, Answer]) -> list[Answer]:
    return [found[place] for place in sorted(found)]


def no_answer(why: str = "") -> Answer:
    """Where the notebook's own kernel could not answer: with the error that it ended with, if it said one."""
    return Answer(error="NoAnswer", detail=f"nothing came back{why and f', but {why}'}")


NOTHING = no_answer()
ENDED = Answer(error="KernelEnded", detail="the kernel ended while it was called")


def _travelling(value: Any) -> str:
    return base64.b64encode(by_value(value)).decode()


def _lent(references: dict[str, Any]) -> str:
    """In one pickle, since they share classes; with what they use of the library, which may be closed where
    they arrive."""
    homes = {one.__module__ for one in references.values()}
    modules = [import_module(home) for home in homes if home.startswith("revgraph.")]
    before = cloudpickle.list_registry_pickle_by_value()
    for module in modules:
        cloudpickle.register_pickle_by_value(module)
    try:
        return _travelling(references)
    finally:
        for module in modules:
            if module.__name__ not in before:
                cloudpickle.unregister_pickle_by_value(module)


REDUCERS = {type(cache(abs)): lambda cached: (cache, (cached.__wrapped__,))}


class ByValue(cloudpickle.Pickler):
    """Pickles a function together with whatever it calls of its module, cached functions included."""

    dispatch_table: ClassVar[Any] = ChainMap(REDUCERS, cloudpickle.Pickler.dispatch_table)


def by_value(probe: Any) -> bytes:
    """A pickle that needs no module of exercises: it goes to the student's side, and none ever comes back."""
    for name in (CHAPTERS, *own_packages()):
        cloudpickle.register_pickle_by_value(import_module(name))
    target = BytesIO()
    ByValue(target).dump(probe)
    return target.getvalue()


def draw_all(names: Iterable[str], seed: int) -> None:
    """Draw the cases of these exercises now: processes that are forked from this one have them."""
    for name in names:
        for one in (seed, PUBLIC_SEED):
            _asked(name, one, courses.digest())


def rehearsal(candidate: str) -> str:
    """A message with one case, for a kernel that is only to show that it answers."""
    told = {"candidate": candidate, "probe": "", "cases": [encode_case(REHEARSED)], "seconds": 20, "lent": ""}
    return json.dumps(told | {"same_chance": False})


def is_rehearsed(answers: list[Answer]) -> bool:
    return [list(answer.value) for answer in answers if not answer.error] == [[1, 3, 6]]


REHEARSED = Case(([1, 2, 3],))


def encode_case(case: Case) -> list[Any]:
    return [encode(case.args), encode(dict(case.kwargs)), {"part": case.part, "edge": case.edge}]


def read_answers(message: Any) -> list[Answer]:
    """Answers from a text that may be anything; what cannot be read is no answer."""
    try:
        return [_read_answer(one) for one in json.loads(message)]
    except (Exception, MemoryError):  # anything comes out of hostile JSON
        return []


def _read_answer(one: dict[str, Any]) -> Answer:
    texts = {name: str(one[name])[:500] for name in ("error", "detail", "line", "inner", "missing")}
    changed = tuple(which for which in one["changed"] if isinstance(which, int | str))
    bases, warned = (tuple(map(str, one[name])) for name in ("bases", "warned"))
    return Answer(_value(one["value"]), changed=changed, bases=bases, warned=warned, **texts)


def _value(message: Any) -> Any:
    """What cannot be read equals nothing, and takes no other answer with it."""
    try:
        return decode(message)
    except NotPlain:
        return decode({"other": "value that cannot be read"})


def judge(
    exercise: Exercise,
    seed: int,
    answers: list[Answer],
    source: Callable[[], str] = str,
    again: Callable[[int], Answer] | None = None,
) -> Verdict:
    """The verdict on the answers to the cases of `seed`; `source` reads the text of the student's function,
    `again` puts the case at a place to it once more. Where answers are missing, the last error stands for
    them: a name that is not defined is not defined in any case."""
    last = answers[-1] if answers and answers[-1].error else NOTHING
    coming: Iterator[Answer] = iter(answers)
    drawn = _drawn(exercise.name, seed, courses.digest())
    places = {id(case): place for place, case in enumerate(drawn[0])}
    put_again = (lambda case: again(places[id(case)])) if again else None
    try:
        return verdict_on(
            exercise, None, seed, lambda case: next(coming, last), source, drawn=drawn, again=put_again
        )
    except Exception:  # answers of a form that no probe of ours gives: forged
        return verdict_on(exercise, None, seed, lambda case: NOTHING, source, drawn=drawn)


def only_hidden(exercise: Exercise, secret: Verdict) -> Verdict:
    """What a student is told whose answer is right in the notebook's cases and wrong in others."""
    diagnoses = {known.name: known.diagnosis for known in exercise.misconceptions}
    failed, drawn = len(secret.cases) - sum(secret.cases), len(secret.cases)
    title = f"{exercise.name}: right in the cases your notebook shows, wrong in {failed} of {drawn} others"
    told = Report(title, False, (), diagnoses.get(secret.misconception or "", ""), exercise.next)
    return replace(secret, message=report_text(told), report=told)


def cut_short(exercise: Exercise, secret: Verdict) -> Verdict:
    """What a student is told whose function has ended the kernel after some of its parts had passed."""
    why = "The kernel ended while it was called in another part: what had passed before counts."
    told = with_shares(
        Report(exercise.name, False, (), why, exercise.next), exercise, secret.cases, secret.shares
    )
    return replace(secret, message=report_text(told), report=told)


def told_by(public: Verdict, secret: Verdict, exercise: Exercise) -> Verdict:
    """A failure as the notebook's own cases show it, with the points that the hidden ones leave."""
    assert public.report is not None
    told = public.report
    if public.shares != secret.shares:
        told = with_shares(told, exercise, public.cases, secret.shares)
    known = public.misconception or secret.misconception
    return replace(secret, report=told, message=report_text(told), misconception=known)


def reason(verdict: Verdict, answers: list[Answer]) -> str:
    """A verdict in one line for the instructor's table; empty for a pass."""
    if verdict.passed:
        return ""
    title = verdict.message.splitlines()[0].removeprefix(f"{verdict.exercise}: ")
    error = _first_error(verdict, answers)
    if error is None:
        return f"{title} ({verdict.misconception})" if verdict.misconception else title
    return LATE if error.timed_out else f"{title}; {error.error}: {error.detail}"[:200]


def kind(verdict: Verdict, answers: list[Answer]) -> str:
    """The kind of a failure, in words that are the same for every exercise; empty for a pass."""
    if verdict.passed:
        return ""
    error = _first_error(verdict, answers)
    if error is not None:
        return LATE if error.timed_out else f"raised {error_name(error.error)}"
    if any(answer.not_written for answer in answers):
        return "not written yet"
    return "a known misconception" if verdict.misconception else "another wrong result"


def error_name(given: str) -> str:
    """The name of an error's class, which is the student's, in the words of a table."""
    return given[:40] if given.isidentifier() else "an error"


LATE = "did not finish in time"


def _first_error(verdict: Verdict, answers: list[Answer]) -> Answer | None:
    """The first that was wrong to raise: in some cases an error is the right answer."""
    wrong = [answer for answer, right in zip(answers, verdict.cases, strict=False) if not right]
    return next((answer for answer in wrong if answer.error and not answer.not_written), None)
