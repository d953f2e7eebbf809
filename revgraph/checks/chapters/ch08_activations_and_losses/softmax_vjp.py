"""softmax_vjp: probabilities share a sum of 1."""

from collections.abc import Iterator

import numpy as np

from revgraph.checks.call import Case, case, edge, part
from revgraph.checks.chapters.ch08_activations_and_losses.common import (
    FORGETS_G,
    LARGE,
    ORDINARY,
    SUM_WITHOUT_AXIS,
    TORCH,
    A,
    P,
    draw,
    naive_softmax,
    scores_and_axes,
)
from revgraph.checks.chapters.ch08_activations_and_losses.softmax import softmax
from revgraph.checks.chapters.common import Array, Rng, fixed, ways
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def softmax_vjp(g: Array, ans: Array, x: Array, axis: int = -1) -> Array:
    return ans * (g - np.sum(g * ans, axis=axis, keepdims=True))


def softmax_vjp_cases(rng: Rng) -> Iterator[Case]:
    for one in (fixed(), rng):
        for name, x, how in scores_and_axes(one):
            yield part(name, case(draw(one, x.shape), softmax(x, **how), x, **how))
    yield edge("no rows", np.zeros((0, 3)), np.zeros((0, 3)), np.zeros((0, 3)))


def _again_along_the_last(g: Array, ans: Array, x: Array, axis: int = -1) -> Array:
    p = softmax(x)
    return p * (g - np.sum(g * p, axis=axis, keepdims=True))


SOFTMAX_VJP = Exercise(
    name="softmax_vjp",
    points=15,
    reference=softmax_vjp,
    cases=softmax_vjp_cases,
    quiet=True,
    parts={ORDINARY: 11, LARGE: 4},
    recorded=[
        Recorded(
            part(ORDINARY, case(np.array([[1.0, 2.0, -4.0], [3.0, -5.0, 0.5]]), P, A)),
            np.array(
                [
                    [0.518092721744, 0.0316940681602, -0.549786789904],
                    [0.225148702783, -0.259141310603, 0.03399260782],
                ]
            ),
            TORCH + "Tensor.backward(g)",
        )
    ],
    why="A score should grow if its probability is worth more than the average; worth is g, and the average is weighted with the probabilities.",
    next="raise one score: its probability grows, and all others of its row shrink. Do both stand in your formula?",
    misconceptions=[
        Misconception(
            "diagonal only",
            lambda g, ans, x, axis=-1: g * ans * (1 - ans),
            "You let each score move its own probability only. It moves all the others too, since they share a sum of 1.",
        ),
        Misconception(
            "p times g",
            lambda g, ans, x, axis=-1: ans * g,
            "That is the derivative of `exp`. The sum in the denominator moves too.",
        ),
        Misconception(
            "sums g alone",
            lambda g, ans, x, axis=-1: ans * (g - np.sum(g, axis=axis, keepdims=True)),
            "You subtracted the sum of g. Each entry of g counts with its probability: it is a weighted mean.",
        ),
        Misconception(
            "sums everything",
            lambda g, ans, x, axis=-1: ans * (g - np.sum(g * ans)),
            "You summed over the whole array. Each row is a softmax of its own.",
        ),
        Misconception(
            "always the last axis",
            lambda g, ans, x, axis=-1: softmax_vjp(g, ans, x),
            "You went along the last axis, whatever `axis` says.",
            "every `np.max` and `np.sum` in your function needs to know the axis.",
        ),
        Misconception(
            "loses the axis",
            lambda g, ans, x, axis=-1: ans * (g - np.sum(g * ans, axis=axis)),
            *SUM_WITHOUT_AXIS,
        ),
        Misconception(
            "one row only",
            lambda g, ans, x, axis=-1: (np.diag(ans) - np.outer(ans, ans)) @ g,
            "A single row comes out right. Of several rows each has a Jacobian of its own, and `np.outer` mixes them.",
            "multiply the Jacobian with g on paper. What remains needs no table.",
        ),
        Misconception(
            "computes softmax again, naively",
            lambda g, ans, x, axis=-1: softmax_vjp(g, naive_softmax(x, axis), x, axis),
            "You computed the probabilities again from x, and for large scores that overflows. They are at hand already.",
            "which argument holds the result of the forward pass?",
        ),
        Misconception(
            "cross-entropy's gradient",
            lambda g, ans, x, axis=-1: ans - g,
            "That is like p - y, the gradient of softmax and cross-entropy together. Here softmax stands alone, and g is what arrives.",
        ),
        Misconception(
            "only g times ans",
            lambda g, ans, x, axis=-1: ans * g - np.sum(g * ans, axis=axis, keepdims=True),
            "The probabilities multiply only g. They must multiply the whole bracket: g minus the mean.",
            "where do the parentheses belong?",
        ),
        Misconception(
            "plain mean",
            lambda g, ans, x, axis=-1: ans * (g - np.mean(g, axis=axis, keepdims=True)),
            "You subtracted the plain mean of g. Each entry of g counts with its probability: it is a weighted mean.",
        ),
        *ways(
            "forgets g",
            FORGETS_G,
            "if all of g is 0, what must come out?",
            lambda g, ans, x, axis=-1: ans * (1 - ans),
            lambda g, ans, x, axis=-1: ans * (1 - np.sum(ans, axis=axis, keepdims=True)),
        ),
        Misconception(
            "g in the mean alone",
            lambda g, ans, x, axis=-1: ans * (1 - np.sum(g * ans, axis=axis, keepdims=True)),
            "You subtracted the weighted mean from 1. It is subtracted from g: what counts is whether a probability is worth more than the mean.",
        ),
        Misconception(
            "scores in the mean",
            lambda g, ans, x, axis=-1: ans * (g - np.sum(g * x, axis=axis, keepdims=True)),
            "In the mean you weighted g with the scores. The weights are the probabilities.",
            "which argument holds the probabilities?",
        ),
        Misconception(
            "p squared",
            lambda g, ans, x, axis=-1: g * ans - ans * ans,
            "You subtracted the square of each probability. What is subtracted is the probability times the weighted "
            "mean of g, one number for each row.",
        ),
        Misconception(
            "computes softmax along the last axis",
            _again_along_the_last,
            "You computed the probabilities again, along the last axis whatever `axis` says. They are at hand already.",
            "which argument holds the result of the forward pass?",
        ),
        *ways(
            "g before the bracket",
            "Here g and p have changed places: p stands before the bracket, and g in it.",
            "raise one score: by which probability are all the changes of its row multiplied?",
            lambda g, ans, x, axis=-1: g * (ans - np.sum(g * ans, axis=axis, keepdims=True)),
            lambda g, ans, x, axis=-1: g * (ans - np.sum(ans * ans, axis=axis, keepdims=True)),
        ),
        Misconception(
            "sums the probabilities",
            lambda g, ans, x, axis=-1: ans * (g - np.sum(ans, axis=axis, keepdims=True)),
            "You subtracted the sum of the probabilities, which is 1. Subtract the mean of g, weighted with them.",
        ),
        Misconception(
            "plus the mean",
            lambda g, ans, x, axis=-1: ans * (g + np.sum(g * ans, axis=axis, keepdims=True)),
            "You added the weighted mean. When one score rises, the other probabilities fall: it is subtracted.",
            "if all of g is equal, what must come out?",
        ),
        Misconception(
            "scores for probabilities",
            lambda g, ans, x, axis=-1: x * (g - np.sum(g * x, axis=axis, keepdims=True)),
            "The formula is right, but you put the scores into it. It is written in the probabilities.",
            "which argument holds the probabilities?",
        ),
    ],
)
