"""softmax: probabilities from scores."""

import numpy as np

from revgraph.checks.call import case, part
from revgraph.checks.chapters.ch08_activations_and_losses.common import (
    ONE_SHIFT,
    ORDINARY,
    OVERFLOWS,
    PARTS,
    SHIFT_QUESTION,
    SUM_WITHOUT_AXIS,
    TORCH,
    A,
    P,
    naive_softmax,
    score_cases,
    shifted,
)
from revgraph.checks.chapters.ch08_activations_and_losses.logsumexp import logsumexp
from revgraph.checks.chapters.common import Array, Function, ways
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def softmax(x: Array, axis: int = -1) -> Array:
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def _scaled_by_the_maximum(x: Array, axis: int = -1) -> Array:
    with np.errstate(all="ignore"):
        return naive_softmax(x / np.max(x, axis=axis, keepdims=True), axis)


def _sum_not_shifted(x: Array, axis: int = -1) -> Array:
    return shifted(x, axis) / np.sum(np.exp(x), axis=axis, keepdims=True)


def _with_a_small_number(small: float) -> Function:
    return lambda x, axis=-1: shifted(x, axis) / (np.sum(shifted(x, axis), axis=axis, keepdims=True) + small)


SOFTMAX = Exercise(
    name="softmax",
    points=10,
    reference=softmax,
    cases=score_cases,
    quiet=True,
    parts=PARTS,
    recorded=[Recorded(part(ORDINARY, case(A)), P, TORCH + "torch.softmax")],
    uses=("logsumexp",),
    why="The shift cancels between numerator and denominator, so it costs nothing, and keepdims keeps each sum beside its row.",
    next="work out one row by hand. Then add 1000 to every score: what must happen to the result?",
    misconceptions=[
        Misconception(
            "over the first axis",
            lambda x, axis=-1: softmax(x, axis=0),
            "You went over the first axis, whatever `axis` says. By default it is the last one.",
        ),
        Misconception(
            "naive",
            naive_softmax,
            "For small scores you are right. " + OVERFLOWS + " Then inf / inf is nan.",
            SHIFT_QUESTION,
        ),
        Misconception(
            "one maximum for all",
            lambda x, axis=-1: (
                np.exp(x - np.max(x)) / np.sum(np.exp(x - np.max(x)), axis=axis, keepdims=True)
            ),
            ONE_SHIFT,
            "which shape must the maxima have, to stand beside their rows?",
        ),
        Misconception(
            "of the whole array",
            lambda x, axis=-1: np.exp(x - np.max(x)) / np.sum(np.exp(x - np.max(x))),
            "A single row comes out right. Of a table you made one large softmax; each row is a set of "
            "probabilities of its own, and sums to 1.",
            "along which axis must maximum and sum run, and which shape must they keep?",
        ),
        Misconception(
            "one sum for all",
            lambda x, axis=-1: shifted(x, axis) / np.sum(shifted(x, axis)),
            "You divided by the sum over the whole array. Each row is a set of probabilities of its own, and sums to 1.",
            "along which axis must the sum run?",
        ),
        Misconception(
            "always the last axis",
            lambda x, axis=-1: softmax(x),
            "You went along the last axis, whatever `axis` says.",
            "every `np.max` and `np.sum` in your function needs to know the axis.",
        ),
        Misconception(
            "loses the axis",
            lambda x, axis=-1: shifted(x, axis) / np.sum(shifted(x, axis), axis=axis),
            *SUM_WITHOUT_AXIS,
        ),
        Misconception(
            "maximum and sum lose the axis",
            lambda x, axis=-1: (
                np.exp(x - np.max(x, axis=axis)) / np.sum(np.exp(x - np.max(x, axis=axis)), axis=axis)
            ),
            "Maximum and sum have lost their axis, so they no longer stand beside their row: NumPy lines shapes up "
            "at their last axes.",
            "which argument of `np.max` and `np.sum` keeps the axis, with size 1?",
        ),
        Misconception(
            "divides by the maximum",
            _scaled_by_the_maximum,
            "You divided by the maximum before the exponential. That changes the probabilities; a shift does not.",
            SHIFT_QUESTION,
        ),
        Misconception(
            "sum not shifted",
            _sum_not_shifted,
            "Above the line the scores are shifted, below it they are not. The shift cancels only if it is in both.",
            "how often must e to the power of a shifted score be computed?",
        ),
        Misconception(
            "the largest alone",
            lambda x, axis=-1: np.where(x == np.max(x, axis=axis, keepdims=True), 1.0, 0.0),
            "You gave all to the largest score. Softmax is softer: each score gets a part, larger where it is larger.",
            "which part of the whole is e to the power of a score?",
        ),
        Misconception(
            "softmax twice",
            lambda x, axis=-1: softmax(softmax(x, axis), axis),
            "You took softmax of the probabilities once more. The scores go through it once.",
        ),
        Misconception(
            "not normalized",
            shifted,
            "These are not probabilities yet: they do not sum to 1.",
            "by what must you divide, so that they do?",
        ),
        Misconception(
            "of the scores themselves",
            lambda x, axis=-1: x / np.sum(x, axis=axis, keepdims=True),
            "You divided the scores by their sum. A score can be negative; its exponential cannot.",
            "what makes every number positive, and keeps their order?",
        ),
        *ways(
            "a small number below",
            "You added a small number to the sum that you divide by, so the probabilities do not sum to 1. There is no 0 to fear: the largest power is 1 after the shift.",
            "what is the smallest that the sum can be?",
            *(_with_a_small_number(small) for small in (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)),
        ),
        Misconception(
            "axis 1, always",
            lambda x, axis=-1: softmax(x, 1),
            "You went along axis 1, whatever `axis` says.",
            "every `np.max` and `np.sum` in your function needs to know the axis.",
        ),
        Misconception(
            "minus sign",
            lambda x, axis=-1: softmax(-x, axis),
            "Your probabilities are the wrong way round: the smallest score has the largest one.",
            "which sign has the power of e?",
        ),
        Misconception(
            "logarithms",
            lambda x, axis=-1: x - np.expand_dims(logsumexp(x, axis), axis),
            "These are the logarithms of the probabilities. The exercise asks for the probabilities themselves.",
            "which function undoes a logarithm?",
        ),
    ],
)
