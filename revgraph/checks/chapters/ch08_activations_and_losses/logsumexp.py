"""logsumexp: a smooth maximum."""

from typing import Any

import numpy as np

from revgraph.checks.call import case, part
from revgraph.checks.chapters.ch08_activations_and_losses.common import (
    LARGE,
    ONE_SHIFT,
    ORDINARY,
    PARTS,
    SHIFT_QUESTION,
    TORCH,
    A,
    score_cases,
    shifted,
)
from revgraph.checks.chapters.common import Array, ways
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def logsumexp(x: Array, axis: int = -1) -> Array:
    largest = np.max(x, axis=axis, keepdims=True)
    return np.log(np.sum(np.exp(x - largest), axis=axis)) + np.squeeze(largest, axis=axis)


def _cut_off(border: float) -> Any:
    return lambda x, axis=-1: logsumexp(np.minimum(x, border), axis)


LOGSUMEXP = Exercise(
    name="logsumexp",
    points=10,
    reference=logsumexp,
    cases=score_cases,
    quiet=True,
    parts=PARTS,
    recorded=[
        Recorded(
            part(ORDINARY, case(A)), np.array([3.13284523373, 4.03626956512]), TORCH + "torch.logsumexp"
        ),
        Recorded(part(LARGE, case(np.array([1000.0, 1000.0]))), 1000.6931471805599, "by hand: 1000 + log(2)"),
    ],
    why="After the shift the largest power is e^0 = 1: the sum cannot overflow, and its logarithm cannot be -inf.",
    next="work out one row by hand. Then add 1000 to every score: what must happen to the result?",
    misconceptions=[
        Misconception(
            "naive",
            lambda x, axis=-1: np.log(np.sum(np.exp(x), axis=axis)),
            "For small scores you are right. For large ones `np.exp` overflows to inf; for very negative ones "
            "all is 0, and log(0) is -inf.",
            SHIFT_QUESTION,
        ),
        Misconception(
            "never shifts back",
            lambda x, axis=-1: np.log(np.sum(shifted(x, axis), axis=axis)),
            "You subtracted the maximum and did not add it again: the result is too small by just that.",
            "add 1000 to every score: what must happen to the result?",
        ),
        Misconception(
            "one maximum for all",
            lambda x, axis=-1: np.log(np.sum(np.exp(x - np.max(x)), axis=axis)) + np.max(x),
            ONE_SHIFT,
            "which shape must the maxima have, to stand beside their rows?",
        ),
        Misconception(
            "adds maxima that kept their axis",
            lambda x, axis=-1: (
                np.max(x, axis=axis, keepdims=True) + np.log(np.sum(shifted(x, axis), axis=axis))
            ),
            "The maxima still have their axis and the logarithms have lost theirs, so NumPy made a table of all pairs.",
            "`np.squeeze` removes an axis of size 1.",
        ),
        Misconception(
            "keeps the axis",
            lambda x, axis=-1: np.expand_dims(logsumexp(x, axis), axis),
            "The values are right, but the axis that was summed is still there, with size 1.",
            "`np.squeeze` removes an axis of size 1.",
        ),
        Misconception(
            "sums everything",
            lambda x, axis=-1: np.max(x) + np.log(np.sum(np.exp(x - np.max(x)))),
            "You summed over all scores. Only those along `axis` belong together.",
            "which argument of `np.sum` says what belongs together?",
        ),
        Misconception(
            "always the last axis",
            lambda x, axis=-1: logsumexp(x),
            "You went along the last axis, whatever `axis` says.",
            "every `np.max` and `np.sum` in your function needs to know the axis.",
        ),
        Misconception(
            "the maximum alone",
            lambda x, axis=-1: np.max(x, axis=axis),
            "That is the maximum. It is what remains of logsumexp when one score is far above the others.",
            "what is log(e^2 + e^2)? It is more than 2.",
        ),
        *ways(
            "cut off",
            "You cut off the scores where `exp` would overflow. What lies beyond the border then all counts the same.",
            SHIFT_QUESTION,
            *(_cut_off(border) for border in (500, 700, 709)),
        ),
        Misconception(
            "maximum loses its axis",
            lambda x, axis=-1: (
                np.log(np.sum(np.exp(x - np.max(x, axis=axis)), axis=axis)) + np.max(x, axis=axis)
            ),
            "The maxima have lost their axis, so they no longer stand beside their rows: NumPy lines shapes up at their last axes.",
            "which argument of `np.max` keeps the axis, with size 1?",
        ),
        Misconception(
            "sum of the scores",
            lambda x, axis=-1: np.sum(x, axis=axis),
            "You added up the scores. The logarithm of a sum is not the sum of the logarithms.",
            "what is log(e^2 + e^2)? It is less than 4.",
        ),
        Misconception(
            "sum of logarithms",
            lambda x, axis=-1: np.max(x, axis=axis) + np.sum(np.log(shifted(x, axis)), axis=axis),
            "You took the logarithm of each power and added up the logarithms. The exercise asks for one logarithm, that of the sum.",
            "which of `np.log` and `np.sum` comes first?",
        ),
        Misconception(
            "axis 1, always",
            lambda x, axis=-1: logsumexp(x, 1),
            "You went along axis 1, whatever `axis` says.",
            "every `np.max` and `np.sum` in your function needs to know the axis.",
        ),
    ],
)
