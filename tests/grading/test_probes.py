"""What travels to a student's process along with the cases answers no exercise that is judged there."""

import pickletools
import sys
import types
from functools import cache

import numpy as np
import pytest

from revgraph.checks import exercises
from revgraph.checks.exercise import Exercise
from revgraph.grading.judging import CHAPTERS, by_value
from revgraph.grading.probes import reachable

EXERCISES = list(exercises().values())
PROBED = [exercise for exercise in EXERCISES if exercise.probe]
SECONDS = 1.0


@cache
def cases_of(name):
    return exercises()[name].draw(5)


def is_right(exercise: Exercise, candidate):
    """Whether `candidate` answers every case; the first wrong answer decides."""
    put = exercise.caller(candidate, SECONDS)
    with np.errstate(all="ignore"):
        pairs = zip(*cases_of(exercise.name), strict=True)
        return all(exercise.compare(right, put(case)) is None for case, right in pairs)


def not_written(*args, **kwargs):
    raise NotImplementedError


@cache
def methods_asked_for(name):
    """Those of the reference's methods without which the exercise fails."""
    methods = [m for m, f in vars(exercises()[name].reference).items() if isinstance(f, types.FunctionType)]
    return [m for m in methods if m != "__init__" and not is_right_method(name, m, not_written)]


def is_right_method(name, method, function):
    """Whether the reference stays right with `function` in place of its method."""
    exercise = exercises()[name]
    cases_of(name)  # while it is as it should be
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exercise.reference, method, function)
        return is_right(exercise, exercise.reference)


def answers(found, exercise: Exercise):
    if not isinstance(exercise.reference, type):
        return is_right(exercise, found)
    methods = methods_asked_for(exercise.name) if isinstance(found, types.FunctionType) else []
    return any(is_right_method(exercise.name, method, found) for method in methods)


@pytest.mark.parametrize("probed", PROBED, ids=lambda e: e.name)
def test_nothing_that_a_probe_brings_along_answers_an_exercise_of_its_chapter(probed):
    judged = [other for other in EXERCISES if other.chapter == probed.chapter]
    for found in reachable(probed.probe, ("revgraph",)):
        for exercise in judged:
            assert not answers(found, exercise), f"{found} of {probed.name} answers {exercise.name}"


def test_looking_at_what_a_probe_brings_along_changes_nothing_here():
    """cloudpickle takes a class that it finds here for the one that arrives, and sets its methods."""
    ours = [module for name, module in sys.modules.items() if name.startswith("revgraph.checks.")]
    classes = {one for module in ours for one in vars(module).values() if isinstance(one, type)}
    before = {one: dict(vars(one)) for one in classes}
    for exercise in PROBED:
        reachable(exercise.probe, ("revgraph",))
    assert [one for one in classes if dict(vars(one)) != before[one]] == []


@pytest.mark.parametrize("probed", PROBED, ids=lambda e: e.name)
def test_a_probe_needs_no_module_that_explains_mistakes(probed):
    """What a probe asks for by name is imported beside the student's code, with all that is in it."""
    texts = [text for _, text, _ in pickletools.genops(by_value(probed.probe)) if isinstance(text, str)]
    asked_for = {text for text in texts if text in sys.modules and text.startswith("revgraph.checks.")}
    assert {name for name in asked_for if not name.startswith(CHAPTERS)} <= {"revgraph.checks.same"}


def test_a_probe_brings_nothing_along_of_the_library_that_is_in_use_here():
    """Once a model is pickled, our modules have a class of the library's own, from where its operations are a
    few steps: asked as answers, they would compute something else from then on."""
    import revgraph.core as rc
    from revgraph.core.pickling import pickle_by_name

    pickle_by_name("revgraph")
    for exercise in PROBED:
        for found in reachable(exercise.probe, ("revgraph",)):
            owner = getattr(found, "__self__", found)
            assert not isinstance(owner, rc.Tensor | type(rc.add)), f"{exercise.name}: {found}"
            assert not str(getattr(owner, "__module__", "")).startswith("revgraph.core")


def test_an_object_that_a_probe_brings_along_is_not_made_anew():
    class Kept:
        def __init__(self, *given):
            self.given = given

        def answer(self, x):
            return x

    kept = Kept(1)
    found = reachable(lambda candidate, x: kept.answer(x), (__name__,))
    names = {one.__name__ for one in found if isinstance(one, types.MethodType)}
    assert names == {"answer"}


def test_an_answer_that_a_probe_brings_along_is_found():
    for exercise in [e for e in PROBED if e.chapter == "02_scalar_autodiff"]:
        if isinstance(exercise.reference, type):
            assert methods_asked_for(exercise.name)
            found = [vars(exercise.reference)[method] for method in methods_asked_for(exercise.name)]
            assert all(answers(function, exercise) for function in found[:1])
        else:
            assert answers(exercise.reference, exercise)
