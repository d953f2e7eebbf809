"""Is an exercise as it should be? It is tried: the reference, the cases, every misconception.

`revgraph exercises` shows this for a whole course, and the tests of a course's own call `faults`.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from revgraph.authoring.chapters import PipelineError
from revgraph.checks import Answer, Case, Exercise
from revgraph.checks.compare import Tolerance, difference
from revgraph.checks.own.course import Course, read_settings, teachers
from revgraph.checks.registry import Known, of_course
from revgraph.checks.same import same_data
from revgraph.grading.student.answer import MOST, as_message
from revgraph.grading.student.serialize import decode, encode

SEEDS = 5
EXACT = Tolerance(relative=0, absolute=0)
SLIPS = ("NotImplementedError", "NameError", "AttributeError", "ImportError", "ModuleNotFoundError")


def course_in(folder: Path) -> Course:
    """The course with exercises of its own in `folder`. Raises PipelineError, and Broken for its files."""
    folder = folder.resolve()
    if not (folder / "nbgrader_config.py").is_file():
        raise PipelineError(f"{folder} holds no nbgrader_config.py: run this in the course's folder")
    if not read_settings(folder).exercises:
        raise PipelineError(
            "this course has no folder for exercises of its own. Next: write "
            f'c.RevgraphCourse.exercises = "exercises" into {folder / "nbgrader_config.py"}'
        )
    course = teachers(folder)
    assert course is not None
    return course


def known_in(folder: Path) -> Known:
    return of_course(course_in(folder))


def course_exercises(folder: Path) -> list[Exercise]:
    """The exercises of the course in `folder` that are its own, in the order of its files."""
    known = known_in(folder)
    return [known.exercises[name] for name in known.exercises if name in known.own]


def faults(exercise: Exercise, seeds: int = SEEDS) -> list[str]:
    """What is wrong with it, each fault in a sentence; empty where all is well."""
    drawn = []
    for seed in range(seeds):
        try:
            drawn.append(exercise.draw(seed))
        except Exception as error:
            return [f"its cases cannot be drawn: {type(error).__name__}: {error}"]
    found = [*_of_reference(exercise, *drawn[0]), *_of_cases([cases for cases, _ in drawn])]
    found = found or [*_of_errors(exercise, drawn), *_of_tolerance(exercise, drawn)]
    return found or [*_of_recorded(exercise), *_of_misconceptions(exercise, seeds), *_of_probe(exercise)]


def _of_reference(exercise: Exercise, cases: list[Case], answers: list[Answer]) -> Iterator[str]:
    if not any(not case.edge for case in cases):
        yield "it has no case that counts"
    for answer in answers:
        if answer.error in SLIPS:
            what = "is not written yet" if answer.not_written else f"raises {answer.error}: {answer.detail}"
            yield f"its reference {what}"
            return
        if answer.changed:
            yield f"its reference writes into its input ({', '.join(map(str, answer.changed))})"
            return
        if difference(answer.value, _there_and_back(answer.value), EXACT):
            kind = type(answer.value).__name__
            yield f"its reference returns a {kind} that is no plain data. Next: a probe, or a plainer result"
            return
    if (size := sum(len(json.dumps(as_message(answer))) for answer in answers)) > MOST:
        yield (
            f"its answers take {size / 1e6:.0f} MB together, of which {MOST / 1e6:.0f} reach the grader. "
            "Next: smaller or fewer cases, or a probe that gives less back"
        )
    if all(answer.error for answer in answers):
        yield f"its reference raises {answers[0].error} in every case: {answers[0].detail}"
    verdict = exercise.judge(exercise.reference)
    if not verdict.passed:
        yield f"its reference does not pass: {verdict.message.splitlines()[0]}"


def _of_cases(drawn: list[list[Case]]) -> Iterator[str]:
    for case in drawn[0]:
        if not same_data((case.args, dict(case.kwargs)), _there_and_back((case.args, dict(case.kwargs)))):
            yield "one of its cases holds what is no plain data, which does not reach a graded notebook"
            break
    counted = [[(case.args, dict(case.kwargs)) for case in cases if not case.edge] for cases in drawn]
    if all(same_data(counted[0], other) for other in counted[1:]):
        yield "its cases are the same for every seed: draw some with rng, or a table of answers would pass"


Drawn = list[tuple[list[Case], list[Answer]]]


def _of_errors(exercise: Exercise, drawn: Drawn) -> Iterator[str]:
    """An error that its file nowhere raises is one that nobody thought of, and it counts as right."""
    pairs = (pair for one in drawn for pair in zip(*one, strict=True))
    stopped = next((got for case, got in pairs if got.error and not case.edge), None)
    if stopped and not re.search(rf"\braise {stopped.error}\b", _file_of(exercise)):
        yield (
            f"its reference stops with {stopped.error} in a case ({stopped.detail}), so only an answer that "
            "stops in the same way is right there. Next: draw no such case, or "
            f"`raise {stopped.error}` in the reference"
        )


def _file_of(exercise: Exercise) -> str:
    """The text of the file that the reference stands in."""
    try:
        return Path(inspect.getfile(exercise.reference)).read_text(encoding="utf-8")
    except (OSError, TypeError, UnicodeDecodeError):
        return ""


def _of_tolerance(exercise: Exercise, drawn: Drawn) -> Iterator[str]:
    """Where all right answers are tiny, 0 lies within the tolerance of them."""
    if any(_zero_passes(exercise, *one) for one in drawn):
        yield (
            f"0 passes, since all right answers are within {exercise.tolerance.absolute:g} of it. "
            "Next: tolerance=Tolerance(absolute=0), from revgraph.checks"
        )


def _zero_passes(exercise: Exercise, cases: list[Case], answers: list[Answer]) -> bool:
    right = [answer for case, answer in zip(cases, answers, strict=True) if not case.edge]
    zeros = [_zero_like(answer.value) for answer in right]
    return all(
        zero is not None and exercise.compare(answer, Answer(value=zero)) is None
        for answer, zero in zip(right, zeros, strict=True)
    ) and any(np.any(answer.value) for answer in right)


def _zero_like(value: object) -> object:
    """0 in the form of a float, or of an array of them; None for anything else."""
    if isinstance(value, float | np.floating):
        return 0.0
    return np.zeros_like(value) if isinstance(value, np.ndarray) and value.dtype.kind == "f" else None


def _there_and_back(value: object) -> object:
    """As it arrives on the other side of the border between grader and submission."""
    return decode(json.loads(json.dumps(encode(value))))


def _of_recorded(exercise: Exercise) -> Iterator[str]:
    put = exercise.caller(exercise.reference)
    for recorded in exercise.recorded:
        if exercise.compare(Answer(value=recorded.value), put(recorded.case)) is not None:
            yield f"its reference does not give the recorded value ({recorded.source})"


def _of_misconceptions(exercise: Exercise, seeds: int) -> Iterator[str]:
    for known in exercise.misconceptions:
        verdicts = [exercise.judge(known.answer, seed) for seed in range(seeds)]
        others = {verdict.misconception for verdict in verdicts} - {known.name}
        if passed := sum(verdict.passed for verdict in verdicts):
            yield f"its misconception {known.name!r} passes with {passed} of {seeds} seeds"
        elif others:
            names = ", ".join(map(repr, sorted(map(str, others))))
            yield f"its misconception {known.name!r} is named {names}"


def _of_probe(exercise: Exercise) -> Iterator[str]:
    """The probe runs in the student's process: what it uses of its file can be taken from it."""
    if exercise.probe:
        from revgraph.grading.probes import answers_within

        home = exercise.probe.__module__.partition(".")[0]
        for found, _ in answers_within(exercise, [exercise], (home,)):
            yield f"its probe uses {found.__qualname__}, which answers it and so travels to the students"


def show_trial(folder: Path, names: list[str]) -> bool:
    """Print where each exercise stands and what is wrong with it. Whether nothing is."""
    course = course_in(folder)
    loaded = course.load()
    known = of_course(course)
    for name in names:
        if name not in loaded.exercises:
            raise PipelineError(f"no exercise {name!r} here; there are {', '.join(loaded.exercises)}")
    all_well = True
    for name in names or loaded.exercises:
        exercise = known.exercises[name]
        found = faults(exercise)
        all_well = all_well and not found
        mistakes = f"{len(exercise.misconceptions)} misconceptions{', each named' if not found else ''}"
        print(f"{name}: {exercise.points:g} points, {mistakes} ({loaded.where(name)})")
        for fault in found:
            print(f"  {fault}")
    return all_well
