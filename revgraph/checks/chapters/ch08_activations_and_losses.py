"""Chapter 08: from scores to probabilities to a loss, whatever the size of the scores."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.exercise import Exercise, Misconception, Recorded
from revgraph.checks.report import SHOWN

Shape = tuple[int, ...]
Array = np.ndarray
Rng = np.random.Generator

# Scores and the axis along which they belong together. Rows so far apart that no shift serves them all.
APART = np.array([[1000.0, 1001.0, 999.0], [0.0, 2.0, 1.0], [-1000.0, -1002.0, -1001.0]])


def scores_and_axes(rng: Rng) -> Iterator[tuple[Array, dict[str, int]]]:
    for shape, how in [
        ((3,), {}),
        ((2, 3), {}),
        ((2, 3), {"axis": 0}),
        ((2, 3), {"axis": 1}),
        ((2, 3, 4), {"axis": 1}),
        ((2, 3, 4), {"axis": -2}),
        ((4, 1), {}),
        ((0, 3), {}),
    ]:
        yield _draw(rng, shape), how
    yield np.array([1000.0, 1000.0]), {}
    yield np.array([-1000.0, -1001.0, -1002.0]), {}
    yield np.array([-1000.0, 0.0, 1000.0]), {}
    yield APART + rng.normal(size=APART.shape), {}
    yield APART.T + rng.normal(size=APART.shape), {"axis": 0}


def _draw(rng: Rng, shape: Shape) -> Array:
    """Random numbers; where a message shows them all, they are easy to read."""
    size = int(np.prod(shape))
    if size <= SHOWN:
        return rng.choice(np.arange(-3.0, 4.0), size, replace=False).reshape(shape)
    return rng.normal(size=shape)


def score_cases(rng: Rng) -> Iterator[Case]:
    for x, how in scores_and_axes(rng):
        yield case(x, **how)


# sigmoid


def sigmoid(x: Array) -> Array:
    small = np.exp(-np.abs(x))  # never above 1
    return np.where(x >= 0, 1, small) / (1 + small)


def sigmoid_cases(rng: Rng) -> Iterator[Case]:
    yield case(np.array([0.0, 1.0, -2.0]))
    yield case(rng.normal(size=(2, 3)))
    yield case(np.array(1.5))
    yield case(np.array([1000.0, 800.0]))
    yield case(np.array([-1000.0, -800.0]))
    yield case(np.array([[-1000.0, 0.0], [30.0, 1000.0]]))
    yield case(np.zeros((0, 2)))
    yield case(rng.normal(size=(4, 3, 2)) * 100)


def _naive_sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def _both_branches(x: Array) -> Array:
    return np.where(x >= 0, 1 / (1 + np.exp(-x)), np.exp(x) / (1 + np.exp(x)))


def _branch_for_all(x: Array) -> Any:
    if x >= 0:
        return 1 / (1 + np.exp(-x))
    return np.exp(x) / (1 + np.exp(x))


# logsumexp, softmax, log_softmax


def logsumexp(x: Array, axis: int = -1) -> Array:
    largest = np.max(x, axis=axis, keepdims=True)
    return np.log(np.sum(np.exp(x - largest), axis=axis)) + np.squeeze(largest, axis=axis)


def softmax(x: Array, axis: int = -1) -> Array:
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def log_softmax(x: Array, axis: int = -1) -> Array:
    return x - np.expand_dims(logsumexp(x, axis), axis)


def _naive_softmax(x: Array, axis: int = -1) -> Array:
    return np.exp(x) / np.sum(np.exp(x), axis=axis, keepdims=True)


def _shifted(x: Array, axis: int = -1) -> Array:
    return np.exp(x - np.max(x, axis=axis, keepdims=True))


# softmax_vjp


def softmax_vjp(g: Array, ans: Array, x: Array, axis: int = -1) -> Array:
    return ans * (g - np.sum(g * ans, axis=axis, keepdims=True))


def softmax_vjp_cases(rng: Rng) -> Iterator[Case]:
    for x, how in scores_and_axes(rng):
        yield case(_draw(rng, x.shape), softmax(x, **how), x, **how)


# cross_entropy


def cross_entropy(logits: Array, labels: Array) -> float:
    return float(-np.mean(log_softmax(logits)[np.arange(len(labels)), labels]))


def cross_entropy_vjp(g: Array, ans: Array, logits: Array, labels: Array) -> Array:
    return g * (softmax(logits) - _one_hot(logits, labels)) / len(labels)


def _one_hot(logits: Array, labels: Array) -> Array:
    return np.eye(logits.shape[1])[labels]


def batches(rng: Rng) -> Iterator[tuple[Array, Array]]:
    """Logits and labels. Few and simple at first; every label differs from its neighbor's."""
    yield np.array([[1.0, 0.0, -1.0], [0.5, 2.0, 0.0]]), np.array([0, 2])
    yield np.zeros((4, 10)), np.array([3, 1, 4, 9])
    yield rng.normal(size=(5, 3)), rng.permutation([0, 1, 2, 2, 1])
    yield rng.normal(size=(3, 3)), np.array([2, 0, 1])
    yield rng.normal(size=(1, 4)), rng.integers(0, 4, size=1)
    yield APART[[1, 0]] + rng.normal(size=(2, 3)), np.array([2, 0])
    yield np.array([[1000.0, 0.0, -1000.0], [0.0, 5.0, -5.0]]), np.array([2, 0])
    yield APART + rng.normal(size=(3, 3)), np.array([1, 0, 2])


def cross_entropy_cases(rng: Rng) -> Iterator[Case]:
    for logits, labels in batches(rng):
        yield case(logits, labels)


def cross_entropy_vjp_cases(rng: Rng) -> Iterator[Case]:
    for logits, labels in batches(rng):
        yield case(np.array(rng.normal()), np.array(cross_entropy(logits, labels)), logits, labels)


def _probability(logits: Array, labels: Array) -> Array:
    return softmax(logits)[np.arange(len(labels)), labels]


def _log_of_rounded(logits: Array, labels: Array) -> Any:
    return -np.mean(np.log(_probability(logits, labels)))


def _log_of_naive(logits: Array, labels: Array) -> Any:
    return -np.mean(np.log(_naive_softmax(logits)[np.arange(len(labels)), labels]))


def _whole_rows(g: Array, ans: Array, logits: Array, labels: Array) -> Array:
    p = softmax(logits)
    p[labels] -= 1
    return g * p / len(labels)


# hinge_vjp


def hinge(scores: Array, labels: Array) -> Any:
    return np.mean(np.maximum(0, 1 - labels * scores))


def hinge_vjp(g: Array, ans: Array, scores: Array, labels: Array) -> Array:
    return g * np.where(labels * scores < 1, -labels, 0) / len(labels)


def hinge_cases(rng: Rng) -> Iterator[Case]:
    for scores, labels in [
        (np.array([0.5, 2.0, 0.25]), np.array([1, 1, -1])),
        (np.array([-0.5, -3.0]), np.array([1, -1])),
        (np.array([1.0, -1.0, 0.25]), np.array([1, -1, 1])),  # two at the kink
        (rng.normal(size=6), rng.choice([-1, 1], size=6)),
        (np.array([3.0, -2.0, 5.0, -4.0]), np.array([1, -1, 1, -1])),  # all safe
        (np.array([0.5]), np.array([-1])),
        (rng.choice([-1.0, 0.5, 1.0, 2.0], size=8), rng.choice([-1, 1], size=8)),
    ]:
        yield case(np.array(rng.normal()), np.array(hinge(scores, labels)), scores, labels)


A = np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]])
TORCH = "PyTorch 2.13.0, "
P = np.array(
    [
        [0.118499654535, 0.0058997504019, 0.875600595063],
        [0.0291217615375, 0.964380295147, 0.00649794331566],
    ]
)

OVERFLOWS = "`np.exp` overflowed: beyond about 709, e to that power is larger than the largest float."
ONE_SHIFT = (
    "You subtracted the largest number of the whole array. A row far below it then becomes all zeros; "
    "each row needs a shift of its own."
)
SUM_WITHOUT_AXIS = (
    "The sum has lost its axis, so it no longer stands beside its row: NumPy lines shapes up at their last axes.",
    "which argument of `np.sum` keeps the axis, with size 1?",
)
SHIFT_QUESTION = (
    "subtracting the same number from all scores changes nothing. Which number keeps `exp` in range?"
)
FORGETS_G = "Your result lacks g. The chain rule multiplies the local derivative by what arrives from above."
FORGETS_MEAN = (
    "The loss is a mean over the batch, so each example's gradient carries a factor 1/n; yours does not."
)

EXERCISES = [
    Exercise(
        name="sigmoid",
        points=10,
        reference=sigmoid,
        cases=sigmoid_cases,
        quiet=True,
        recorded=[
            Recorded(
                case(np.array([0.0, 2.0, -2.0, 40.0, -40.0])),
                np.array([0.5, 0.8807970779778823, 0.11920292202211755, 1.0, 4.248354255291589e-18]),
                TORCH + "torch.sigmoid",
            )
        ],
        next="e to which power can never be too large, whatever the sign of x?",
        misconceptions=[
            Misconception(
                "overflows below",
                _naive_sigmoid,
                "The values are right, but for a very negative x, `np.exp(-x)` overflows. That it ends well here is luck.",
            ),
            Misconception(
                "overflows above",
                lambda x: np.exp(x) / (1 + np.exp(x)),
                "Some of it is nan: for a large x, `np.exp(x)` is inf, and inf / inf is nan.",
            ),
            Misconception(
                "computes both branches",
                _both_branches,
                "The values are right, but `np.where` computes both branches for every x and chooses afterwards, so "
                "the wrong one still overflows.",
                "can both branches share one `exp` whose argument is never positive?",
            ),
            Misconception(
                "if on an array",
                _branch_for_all,
                "`if` needs one True or False, and `x >= 0` is a whole array of them.",
                "both forms can be written with one `exp` that is safe for every x. Then no `if` is needed around it.",
            ),
            Misconception(
                "sign of x",
                lambda x: 1 / (1 + np.exp(x)),
                "Your curve falls where it should rise: it is the sigmoid of -x.",
            ),
            Misconception(
                "tanh of the whole x",
                lambda x: (np.tanh(x) + 1) / 2,
                "This is the sigmoid of 2x: the curve is right, but twice as steep.",
                "try x = 1. What should come out, and what does?",
            ),
        ],
    ),
    Exercise(
        name="logsumexp",
        points=10,
        reference=logsumexp,
        cases=score_cases,
        quiet=True,
        recorded=[
            Recorded(case(A), np.array([3.13284523373, 4.03626956512]), TORCH + "torch.logsumexp"),
            Recorded(case(np.array([1000.0, 1000.0])), 1000.6931471805599, "by hand: 1000 + log(2)"),
        ],
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
                lambda x, axis=-1: np.log(np.sum(_shifted(x, axis), axis=axis)),
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
                    np.max(x, axis=axis, keepdims=True) + np.log(np.sum(_shifted(x, axis), axis=axis))
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
        ],
    ),
    Exercise(
        name="softmax",
        points=10,
        reference=softmax,
        cases=score_cases,
        quiet=True,
        recorded=[Recorded(case(A), P, TORCH + "torch.softmax")],
        next="work out one row by hand. Then add 1000 to every score: what must happen to the result?",
        misconceptions=[
            Misconception(
                "naive",
                _naive_softmax,
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
                lambda x, axis=-1: _shifted(x, axis) / np.sum(_shifted(x, axis)),
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
                lambda x, axis=-1: _shifted(x, axis) / np.sum(_shifted(x, axis), axis=axis),
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
                "not normalized",
                _shifted,
                "These are not probabilities yet: they do not sum to 1.",
                "by what must you divide, so that they do?",
            ),
            Misconception(
                "of the scores themselves",
                lambda x, axis=-1: x / np.sum(x, axis=axis, keepdims=True),
                "You divided the scores by their sum. A score can be negative; its exponential cannot.",
                "what makes every number positive, and keeps their order?",
            ),
        ],
    ),
    Exercise(
        name="softmax_vjp",
        points=15,
        reference=softmax_vjp,
        cases=softmax_vjp_cases,
        quiet=True,
        recorded=[
            Recorded(
                case(np.array([[1.0, 2.0, -4.0], [3.0, -5.0, 0.5]]), P, A),
                np.array(
                    [
                        [0.518092721744, 0.0316940681602, -0.549786789904],
                        [0.225148702783, -0.259141310603, 0.03399260782],
                    ]
                ),
                TORCH + "Tensor.backward(g)",
            )
        ],
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
                lambda g, ans, x, axis=-1: softmax_vjp(g, _naive_softmax(x, axis), x, axis),
                "You computed the probabilities again from x, and for large scores that overflows. They are at hand already.",
                "which argument holds the result of the forward pass?",
            ),
            Misconception(
                "cross-entropy's gradient",
                lambda g, ans, x, axis=-1: ans - g,
                "That is like p - y, the gradient of softmax and cross-entropy together. Here softmax stands alone, and g is what arrives.",
            ),
        ],
    ),
    Exercise(
        name="log_softmax",
        points=10,
        reference=log_softmax,
        cases=score_cases,
        quiet=True,
        recorded=[
            Recorded(
                case(A),
                np.array(
                    [
                        [-2.13284523373, -5.13284523373, -0.132845233728],
                        [-3.53626956512, -0.0362695651248, -5.03626956512],
                    ]
                ),
                TORCH + "torch.log_softmax",
            )
        ],
        next="log(e^x / sum) = x - log(sum). Which of your functions is log(sum)?",
        misconceptions=[
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
        ],
    ),
    Exercise(
        name="cross_entropy",
        points=15,
        reference=cross_entropy,
        cases=cross_entropy_cases,
        quiet=True,
        recorded=[
            Recorded(case(A, np.array([0, 1])), 1.08455739943, TORCH + "torch.nn.functional.cross_entropy"),
            Recorded(case(np.zeros((4, 10)), np.array([3, 1, 4, 9])), np.log(10), "by hand: log(10)"),
        ],
        next="which entry of each row of `log_softmax(logits)` counts?",
        misconceptions=[
            Misconception(
                "sums",
                lambda logits, labels: cross_entropy(logits, labels) * len(labels),
                "You summed over the batch. The loss is the mean, so that it does not grow with the number of examples.",
            ),
            Misconception(
                "one loss an example",
                lambda logits, labels: -log_softmax(logits)[np.arange(len(labels)), labels],
                "These are the losses of the single examples. The loss of a batch is one number: their mean.",
            ),
            Misconception(
                "mean over all entries",
                lambda logits, labels: -np.mean(_one_hot(logits, labels) * log_softmax(logits)),
                "You also divided by the number of classes. Of each row only one entry counts: the mean runs over the examples.",
            ),
            Misconception(
                "sign",
                lambda logits, labels: -cross_entropy(logits, labels),
                "Your loss is negative. The logarithm of a probability is never positive; the loss is its negative.",
            ),
            Misconception(
                "all columns of all labels",
                lambda logits, labels: -np.mean(log_softmax(logits)[:, labels]),
                "`[:, labels]` takes the columns of all labels from every row. Each row needs its own label only.",
                "indexing with two lists, of rows and of columns, takes pairs.",
            ),
            Misconception(
                "takes logits for logarithms",
                lambda logits, labels: -np.mean(logits[np.arange(len(labels)), labels]),
                "You took the scores themselves. They become logarithms of probabilities only through `log_softmax`.",
            ),
            Misconception(
                "no logarithm",
                lambda logits, labels: -np.mean(_probability(logits, labels)),
                "You averaged the probabilities; the logarithm is missing.",
            ),
            Misconception(
                "log of a rounded probability",
                _log_of_rounded,
                "For scores close together you are right. A tiny probability is rounded to 0, and log(0) is -inf.",
                "which of your functions gives the logarithm without the detour through the probability?",
            ),
            Misconception(
                "log of a naive softmax",
                _log_of_naive,
                "For small scores you are right. For large ones `np.exp` overflows, and the loss becomes nan.",
                "which of your functions gives the logarithm without that?",
            ),
            Misconception(
                "adds a small number",
                lambda logits, labels: -np.mean(np.log(_probability(logits, labels) + 1e-9)),
                "A small number inside the logarithm avoids log(0), but it also bends the loss: it never rises above "
                "20 or so, however wrong the model is.",
                "which of your functions gives the logarithm without the detour through the probability?",
            ),
        ],
    ),
    Exercise(
        name="cross_entropy_vjp",
        points=10,
        reference=cross_entropy_vjp,
        cases=cross_entropy_vjp_cases,
        quiet=True,
        recorded=[
            Recorded(
                case(np.array(2.0), np.array(1.08455739943), A, np.array([0, 1])),
                np.array(
                    [
                        [-0.881500345465, 0.0058997504019, 0.875600595063],
                        [0.0291217615375, -0.0356197048531, 0.00649794331566],
                    ]
                ),
                TORCH + "Tensor.backward(g)",
            )
        ],
        next="work out one row: the probabilities, and 1 less at the label. What else is in the loss?",
        misconceptions=[
            Misconception(
                "forgets the mean",
                lambda g, ans, logits, labels: cross_entropy_vjp(g, ans, logits, labels) * len(labels),
                FORGETS_MEAN,
                "test with more than one example: with n = 1 this cannot be seen.",
            ),
            Misconception(
                "forgets g",
                lambda g, ans, logits, labels: cross_entropy_vjp(np.array(1.0), ans, logits, labels),
                FORGETS_G,
            ),
            Misconception(
                "sign",
                lambda g, ans, logits, labels: -cross_entropy_vjp(g, ans, logits, labels),
                "The signs are turned round: a step against this gradient would lower the score of the right class.",
            ),
            Misconception(
                "probabilities only",
                lambda g, ans, logits, labels: g * softmax(logits) / len(labels),
                "You have the probabilities. Nothing in your result knows which class was right.",
            ),
            Misconception(
                "subtracts the label's number",
                lambda g, ans, logits, labels: g * (softmax(logits) - labels[:, None]) / len(labels),
                "You subtracted the label itself, 3 for class 3. Subtract 1, at the place that the label names.",
            ),
            Misconception(
                "all columns of all labels",
                lambda g, ans, logits, labels: (
                    g * (softmax(logits) - np.isin(np.arange(logits.shape[1]), labels)) / len(labels)
                ),
                "`[:, labels]` takes the columns of all labels from every row. Each row needs its own label only.",
                "indexing with two lists, of rows and of columns, takes pairs.",
            ),
            Misconception(
                "rows instead of entries",
                _whole_rows,
                "`p[labels]` picks whole rows, the rows of these numbers. Subtract 1 at one entry of every row.",
                "indexing with two lists, of rows and of columns, takes pairs.",
            ),
            Misconception(
                "divides by all entries",
                lambda g, ans, logits, labels: cross_entropy_vjp(g, ans, logits, labels) / logits.shape[1],
                "You also divided by the number of classes. The mean runs over the examples.",
            ),
            Misconception(
                "naive softmax",
                lambda g, ans, logits, labels: (
                    g * (_naive_softmax(logits) - _one_hot(logits, labels)) / len(labels)
                ),
                "For small scores you are right. For large ones `np.exp` overflows, and the gradient becomes nan.",
                "you have written a softmax that does not.",
            ),
        ],
    ),
    Exercise(
        name="hinge_vjp",
        points=10,
        reference=hinge_vjp,
        cases=hinge_cases,
        recorded=[
            Recorded(
                case(np.array(3.0), np.array(0.5833333333), np.array([0.5, 2.0, 0.25]), np.array([1, 1, -1])),
                np.array([-1.0, 0.0, 1.0]),
                TORCH + "relu(1 - y * s).mean().backward(g)",
            ),
            Recorded(
                case(np.array(2.0), np.array(1.0), np.array([1.0, -1.0]), np.array([1, 1])),
                np.array([0.0, -1.0]),
                "by hand: the first example stands at the kink",
            ),
        ],
        next="where 1 - y*s is positive, the loss is a straight line in s. What is its slope?",
        misconceptions=[
            Misconception(
                "forgets the mean",
                lambda g, ans, scores, labels: hinge_vjp(g, ans, scores, labels) * len(labels),
                FORGETS_MEAN,
                "test with more than one example: with n = 1 this cannot be seen.",
            ),
            Misconception(
                "slope at the kink",
                lambda g, ans, scores, labels: g * np.where(labels * scores <= 1, -labels, 0) / len(labels),
                "An example exactly on the margin, y*s = 1, costs nothing. By our convention its gradient is 0.",
                "is the kink part of the sloped side or of the flat side?",
            ),
            Misconception(
                "only where wrong",
                lambda g, ans, scores, labels: g * np.where(labels * scores < 0, -labels, 0) / len(labels),
                "You pushed only examples on the wrong side. One that is right, but by less than the margin of 1, costs too.",
            ),
            Misconception(
                "sign",
                lambda g, ans, scores, labels: -hinge_vjp(g, ans, scores, labels),
                "The signs are turned round: a step against this gradient would push the examples the wrong way.",
            ),
            Misconception(
                "forgets the label",
                lambda g, ans, scores, labels: g * np.where(labels * scores < 1, -1.0, 0) / len(labels),
                "You pushed every score up. An example with y = -1 wants its score to fall.",
            ),
            Misconception(
                "never flat",
                lambda g, ans, scores, labels: g * -labels / len(labels),
                "Examples that are safely right get a gradient too. Where the loss is 0 it stays 0 when nudged.",
            ),
            Misconception(
                "forgets g",
                lambda g, ans, scores, labels: hinge_vjp(np.array(1.0), ans, scores, labels),
                FORGETS_G,
            ),
            Misconception(
                "mean over those that count",
                lambda g, ans, scores, labels: (
                    g * np.where(labels * scores < 1, -labels, 0) / np.sum(labels * scores < 1)
                ),
                "You divided by the number of examples inside the margin. The mean runs over all of them.",
            ),
        ],
    ),
]
