"""log_softmax: their logarithms, without the detour."""

from typing import Any

import numpy as np

from revgraph.checks.call import case, part
from revgraph.checks.chapters.ch08_activations_and_losses.common import (
    BENT_LOGARITHM,
    ORDINARY,
    PARTS,
    SMALL,
    TORCH,
    A,
    naive_softmax,
    score_cases,
)
from revgraph.checks.chapters.ch08_activations_and_losses.logsumexp import logsumexp
from revgraph.checks.chapters.ch08_activations_and_losses.softmax import softmax
from revgraph.checks.chapters.common import Array, ways
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def log_softmax(x: Array, axis: int = -1) -> Array:
    return x - np.expand_dims(logsumexp(x, axis), axis)


def _log_of_naive(x: Array, axis: int = -1) -> Array:
    return np.log(naive_softmax(x, axis))


def _with_a_small_number(small: float) -> Any:
    return lambda x, axis=-1: np.log(softmax(x, axis) + small)


LOG_SOFTMAX = Exercise(
    name="log_softmax",
    points=10,
    reference=log_softmax,
    cases=score_cases,
    quiet=True,
    parts=PARTS,
    recorded=[
        Recorded(
            part(ORDINARY, case(A)),
            np.array(
                [
                    [-2.13284523373, -5.13284523373, -0.132845233728],
                    [-3.53626956512, -0.0362695651248, -5.03626956512],
                ]
            ),
            TORCH + "torch.log_softmax",
        )
    ],
    uses=("logsumexp",),
    why="Exponential and logarithm cancel on paper, so the computer never forms a number as small as e^-1000.",
    next="log(e^x / sum) = x - log(sum). Which of your functions is log(sum)?",
    misconceptions=[
        Misconception(
            "another base",
            lambda x, axis=-1: log_softmax(x, axis) / np.log(2),
            "Your logarithm has the base 2. Here it is the natural one, of base e.",
            "which of NumPy's logarithms undoes `np.exp`?",
        ),
        Misconception(
            "log of softmax",
            lambda x, axis=-1: np.log(softmax(x, axis)),
            "For scores close together you are right. A probability far below the others is rounded to 0, and log(0) is -inf.",
        ),
        Misconception(
            "naive",
            lambda x, axis=-1: x - np.log(np.sum(np.exp(x), axis=axis, keepdims=True)),
            "For small scores you are right. For large ones `np.exp` overflows.",
            "you have written a logsumexp that does not.",
        ),
        Misconception(
            "loses the axis",
            lambda x, axis=-1: x - logsumexp(x, axis),
            "The axis that logsumexp summed is missing, and NumPy lines shapes up at their last axes. "
            "It must come back, with size 1.",
            "which NumPy function puts an axis of size 1 into a shape?",
        ),
        Misconception(
            "of the whole array",
            lambda x, axis=-1: x - np.max(x) - np.log(np.sum(np.exp(x - np.max(x)))),
            "A single row comes out right. Of a table you made one large softmax; each row is one of its own.",
            "your logsumexp knows about axes. Does your function pass `axis` on?",
        ),
        Misconception(
            "subtracts the maximum only",
            lambda x, axis=-1: x - np.max(x, axis=axis, keepdims=True),
            "You subtracted the maximum and stopped. The exponentials of your result do not sum to 1 yet.",
        ),
        Misconception(
            "always the last axis",
            lambda x, axis=-1: log_softmax(x),
            "You went along the last axis, whatever `axis` says.",
            "every `np.max` and `np.sum` in your function needs to know the axis.",
        ),
        Misconception(
            "sign",
            lambda x, axis=-1: -log_softmax(x, axis),
            "The logarithm of a probability is never positive: your sign is turned round.",
        ),
        Misconception(
            "log of a naive softmax",
            _log_of_naive,
            "For small scores you are right. For large ones `np.exp` overflows, and inf / inf is nan.",
            "you have written a logsumexp that does not.",
        ),
        Misconception(
            "no logarithm",
            lambda x, axis=-1: softmax(x, axis),
            "These are the probabilities. The exercise asks for their logarithms.",
        ),
        Misconception(
            "sum of the scores",
            lambda x, axis=-1: x - np.log(np.sum(x, axis=axis, keepdims=True)),
            "You took the logarithm of the sum of the scores. It is the sum of their exponentials.",
            "which of your functions is log(sum)?",
        ),
        Misconception(
            "maximum not added back",
            lambda x, axis=-1: (
                x - np.log(np.sum(np.exp(x - np.max(x, axis, keepdims=True)), axis, keepdims=True))
            ),
            "You shifted the scores in the sum only. What you take away inside must come back outside.",
            "your logsumexp does that already.",
        ),
        *ways(
            "adds a small number",
            BENT_LOGARITHM,
            "log(e^x / sum) = x - log(sum). Which of your functions is log(sum)?",
            *(_with_a_small_number(small) for small in SMALL),
        ),
        Misconception(
            "axis 1, always",
            lambda x, axis=-1: log_softmax(x, 1),
            "You went along axis 1, whatever `axis` says.",
            "does your function pass `axis` on?",
        ),
    ],
)
