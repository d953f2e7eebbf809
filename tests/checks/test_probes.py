"""A probe travels by value to the process that holds the candidate: no answer of its chapter goes along."""

import types

import pytest

from revgraph.checks import exercises
from revgraph.checks.chapters.ch08_activations_and_losses.sigmoid import sigmoid_probe

PROBED = [e for e in exercises().values() if e.probe]


def functions_taken_along(function, found):
    """The function, and all functions of ours that it or its helpers name."""
    if function in found or not function.__module__.startswith("revgraph.checks.chapters"):
        return found
    found.add(function)
    for code in codes(function.__code__):
        for name in code.co_names:
            used = function.__globals__.get(name)
            if isinstance(used, types.FunctionType):
                functions_taken_along(used, found)
    return found


def codes(code):
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from codes(constant)


@pytest.mark.parametrize("exercise", PROBED, ids=[e.name for e in PROBED])
def test_a_probe_takes_no_answer_of_its_chapter_or_a_later_one_along(exercise):
    answers = {e.reference for e in exercises().values() if e.chapter >= exercise.chapter}
    assert not functions_taken_along(exercise.probe, set()) & answers


def test_an_answer_within_a_probe_is_noticed():
    answer = exercises()["sigmoid"].reference
    helper = types.FunctionType((lambda x: sigmoid(x)).__code__, {"sigmoid": answer})  # noqa: F821
    helper.__module__ = sigmoid_probe.__module__
    assert answer in functions_taken_along(helper, set())
