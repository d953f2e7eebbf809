"""Chapter 12: a convolutional network of the learner's own pieces, and the questions asked before it is trained.

The network is written once, for any engine: it is handed its operations. The judge hands it its own, which
compute at once; what goes wrong in a layer is told in words.
"""

from collections.abc import Callable, Iterator
from math import log
from types import SimpleNamespace
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch08_activations_and_losses.cross_entropy import cross_entropy
from revgraph.checks.chapters.ch08_activations_and_losses.sigmoid import sigmoid
from revgraph.checks.chapters.ch08_activations_and_losses.softmax import softmax
from revgraph.checks.chapters.ch11_conv2d import conv2d
from revgraph.checks.exercise import Exercise, Misconception, Recorded

Array = np.ndarray
Rng = np.random.Generator
Function = Callable[..., Any]


# edge_filter

SOBEL = np.array([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])


def edge_filter(images: Array) -> Array:
    return np.sqrt(np.sum(_responses(images) ** 2, axis=3))


def _responses(images: Array, kernels: Any = None, padding: str = "VALID") -> Array:
    """(n, rows, columns, 2): what the two kernels see, left to right and top to bottom."""
    if kernels is None:
        kernels = np.stack([SOBEL, SOBEL.T], axis=-1)[:, :, np.newaxis]
    return conv2d(images[..., np.newaxis], kernels, (1, 1), padding)


def edge_filter_cases(rng: Rng) -> Iterator[Case]:
    yield case(np.array([[[0.0, 0.0, 1.0], [0.0, 1.0, 1.0], [0.0, 1.0, 1.0]]]))
    for shape in ((1, 4, 5), (2, 8, 8), (3, 5, 7), (0, 6, 5)):
        yield case(rng.integers(0, 17, shape).astype(float))
    yield case(np.full((1, 4, 4), 3.0))


def _edges_of(combine: Callable[[Array], Array]) -> Callable[[Array], Array]:
    return lambda images: combine(_responses(images))


def _mixed_kernels(images: Array) -> Array:
    kernels = np.stack([SOBEL, SOBEL.T]).reshape(3, 3, 1, 2)
    return np.sqrt(np.sum(_responses(images, kernels) ** 2, axis=3))


# initial_loss


def initial_loss(net: Function, x: Array, labels: Array) -> tuple[float, float]:
    logits = net(x)
    return cross_entropy(logits, labels), log(logits.shape[1])


def initial_loss_of_a_matrix(candidate: Function, weights: Array, x: Array, labels: Array) -> Any:
    """``net`` is the product with ``weights``."""
    found = candidate(lambda x: x @ weights, x, labels)
    if found is None:
        return None
    if not isinstance(found, tuple | list) or len(found) != 2:
        return {"what it returns": type(found).__name__, "measured": None, "expected": None}
    return {"what it returns": TWO_NUMBERS} | dict(
        zip(("measured", "expected"), map(_number, found), strict=True)
    )


TWO_NUMBERS = "two numbers"


def _number(value: Any) -> Any:
    return float(value) if np.shape(value) == () and not isinstance(value, str) else value


def initial_loss_cases(rng: Rng) -> Iterator[Case]:
    yield case(np.zeros((2, 4)), np.array([[1.0, 2.0]]), np.array([3]))
    yield case(np.array([[1.0, 0.0, -1.0]]), np.array([[2.0], [1.0]]), np.array([0, 0]))
    for n, inputs, classes in ((7, 3, 10), (12, 4, 5), (3, 6, 2)):
        weights, x = rng.normal(size=(inputs, classes)), rng.normal(size=(n, inputs))
        yield case(weights, x, rng.integers(0, classes, n))


def _first_loss(measure: Function, expect: Function) -> Function:
    """A wrong answer, made of what it measures and what it expects."""

    def answer(net: Function, x: Array, labels: Array) -> tuple[float, float]:
        logits = net(x)
        return measure(logits, labels), expect(logits, labels)

    return answer


def _log_classes(logits: Array, labels: Array) -> float:
    return log(logits.shape[1])


def _expecting(expect: Function) -> Function:
    return _first_loss(cross_entropy, expect)


# overfit


def overfit(step: Function, x: Array, labels: Array, n: int, goal: float, at_most: int) -> list[float]:
    losses: list[float] = []
    while len(losses) < at_most and (not losses or losses[-1] >= goal):
        losses.append(step(x[:n], labels[:n]))
    return losses


def overfit_to_given_losses(
    candidate: Function, losses: list[float], samples: int, n: int, goal: float, at_most: int
) -> Any:
    """The steps give ``losses``, one after another, and the last again and again. Label i belongs to row i of x."""
    x, labels, seen = np.arange(2.0 * samples).reshape(samples, 2), np.arange(samples), list[Any]()

    def step(xb: Array, yb: Array) -> float:
        seen.append((np.asarray(xb), np.asarray(yb)))
        if len(seen) > len(losses) + at_most + 20:
            raise RuntimeError("the steps never end")
        return losses[min(len(seen), len(losses)) - 1]

    found = candidate(step, x, labels, n, goal, at_most)
    if found is None:
        return None
    return {
        "each step trained on": _trained_on(seen, x, labels, n),
        "number of steps": len(seen),
        "the list of losses": np.asarray(found, float),
    }


SAME_SAMPLES = "the same first n samples"


def _trained_on(seen: list[tuple[Array, Array]], x: Array, labels: Array, n: int) -> str:
    if any(len(xb) != len(yb) for xb, yb in seen):
        return "more images than labels, or fewer"
    if any(not np.array_equal(xb, x[yb]) for xb, yb in seen):
        return "images with the labels of others"
    if all(np.array_equal(np.sort(yb), labels[:n]) for _, yb in seen):
        return SAME_SAMPLES
    if all(len(yb) == len(labels) for _, yb in seen):
        return "all samples"
    if all(len(yb) == n for _, yb in seen):
        return f"{n} samples, but not always the first {n}"
    return "batches of another size"


def overfit_cases(rng: Rng) -> Iterator[Case]:
    yield case([2.0, 1.0, 0.05, 0.01], samples=9, n=3, goal=0.1, at_most=50)
    yield case([2.0, 2.5, 1.5, 1.6, 0.05, 0.01], samples=9, n=4, goal=0.1, at_most=50)
    yield case([2.0, 1.9, 1.8], samples=8, n=5, goal=0.01, at_most=6)
    yield case([2.0, 1.9, 0.5], samples=8, n=2, goal=0.6, at_most=3)
    yield case([0.001, 0.0005], samples=7, n=2, goal=0.01, at_most=5)
    falling = 3 * np.exp(-np.cumsum(rng.uniform(0.01, 0.3, 40)))
    yield case([float(loss) for loss in falling], samples=30, n=20, goal=float(falling[25]), at_most=100)


def _overfit_on(choose: Callable[[Array, int, int], Any]) -> Function:
    """The right loop, on other samples: ``choose(indices, n, i)`` gives those of step i."""

    def answer(step: Function, x: Array, labels: Array, n: int, goal: float, at_most: int) -> list[float]:
        losses: list[float] = []
        while len(losses) < at_most and (not losses or losses[-1] >= goal):
            chosen = choose(labels, n, len(losses))
            losses.append(step(x[chosen], labels[chosen]))
        return losses

    return answer


def _always_all(step: Function, x: Array, labels: Array, n: int, goal: float, at_most: int) -> list[float]:
    return [step(x[:n], labels[:n]) for _ in range(at_most)]


def _without_the_last(*inputs: Any) -> list[float]:
    losses = overfit(*inputs)
    return losses[:-1] if losses[-1] < inputs[4] else losses


def _one_more(step: Function, x: Array, labels: Array, n: int, goal: float, at_most: int) -> list[float]:
    losses = overfit(step, x, labels, n, goal, at_most)
    return [*losses, step(x[:n], labels[:n])] if len(losses) < at_most else losses


def _until_it_rises(
    step: Function, x: Array, labels: Array, n: int, goal: float, at_most: int
) -> list[float]:
    losses: list[float] = []
    for _ in range(at_most):
        losses.append(step(x[:n], labels[:n]))
        if losses[-1] < goal or losses[-1] > min(losses):
            break
    return losses


def _without_limit(step: Function, x: Array, labels: Array, n: int, goal: float, at_most: int) -> list[float]:
    return overfit(step, x, labels, n, goal, 10**9)


# cnn: the judge's operations


class Fault(Exception):
    """What went wrong in a layer, in words."""


class Node:
    """Stands for a node of a graph: only the operations can do something with it. It computes at once."""

    def __init__(self, value: Array):
        self.value = value

    def __add__(self, other: Any) -> "Node":
        return self._plus(other)

    def __radd__(self, other: Any) -> "Node":
        return self._plus(other)

    def _plus(self, other: Any) -> "Node":
        value = other.value if isinstance(other, Node) else other
        try:
            return Node(self.value + value)
        except ValueError:
            raise Fault(f"+ was given the shapes {self.value.shape} and {np.shape(value)}") from None

    def __array_ufunc__(self, function: Any, *args: Any, **kwargs: Any) -> Any:
        raise Fault(f"np.{function.__name__} was given a node, and takes arrays")

    def __array_function__(self, function: Any, *args: Any) -> Any:
        raise Fault(f"np.{function.__name__} was given a node, and takes arrays")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise Fault(f".{name} was asked of a node, and belongs to arrays")


def _operation(name: str, compute: Function) -> Function:
    def apply(*args: Any) -> Node:
        if not all(isinstance(arg, Node) for arg in args):
            raise Fault(f"{name} was given something else than nodes")
        return Node(compute(*(arg.value for arg in args)))

    return apply


def _conv(x: Array, k: Array) -> Array:
    if x.ndim != 4 or x.shape[3] != k.shape[2]:
        raise Fault(f"conv2d was given {x.shape}, with a kernel {k.shape}")
    return conv2d(x, k, (1, 1), "SAME")


def _pool(x: Array) -> Array:
    if x.ndim != 4:
        raise Fault(f"max_pool2d was given {x.shape}, which has not four axes")
    n, h, w, c = x.shape
    return x[:, : h // 2 * 2, : w // 2 * 2].reshape(n, h // 2, 2, w // 2, 2, c).max(axis=(2, 4))


def _dense(x: Array, w: Array, b: Array) -> Array:
    if x.ndim != 2 or x.shape[1] != len(w):
        raise Fault(f"dense was given {x.shape}, with weights {w.shape}")
    return x @ w + b


OPS = SimpleNamespace(
    conv2d=_operation("conv2d", _conv),
    activation=_operation("activation", np.tanh),
    max_pool2d=_operation("max_pool2d", _pool),
    flatten=_operation("flatten", lambda x: x.reshape(len(x), int(np.prod(x.shape[1:])))),
    dense=_operation("dense", _dense),
)


def cnn(x: Any, weights: Any, ops: Any) -> Any:
    k1, b1, k2, b2, w3, b3, w4, b4 = weights
    x = ops.max_pool2d(ops.activation(ops.conv2d(x, k1) + b1))
    x = ops.max_pool2d(ops.activation(ops.conv2d(x, k2) + b2))
    x = ops.activation(ops.dense(ops.flatten(x), w3, b3))
    return ops.dense(x, w4, b4)


def cnn_on_nodes(candidate: Function, x: Array, weights: list[Array]) -> Any:
    """The logits, or what went wrong. The activation is tanh, which, done twice, is not done once."""
    try:
        found = candidate(Node(x), [Node(w) for w in weights], OPS)
    except Fault as fault:
        return {"the layers": str(fault), "logits": None}
    if found is None:
        return None
    if not isinstance(found, Node):
        return {"the layers": f"give {type(found).__name__}, not a node", "logits": None}
    return {"the layers": FIT, "logits": found.value}


FIT = "fit together"


def cnn_cases(rng: Rng) -> Iterator[Case]:
    for n, size, channels, c1, c2, hidden, classes in (
        (1, 4, 1, 2, 3, 4, 2),
        (2, 8, 1, 3, 2, 5, 4),
        (3, 8, 2, 2, 4, 3, 10),
        (2, 11, 1, 2, 3, 4, 5),
        (0, 8, 1, 3, 2, 5, 4),
    ):
        flat = (size // 2 // 2) ** 2 * c2
        shapes: list[Any] = [
            (3, 3, channels, c1),
            c1,
            (3, 3, c1, c2),
            c2,
            (flat, hidden),
            hidden,
            (hidden, classes),
            classes,
        ]
        yield case(rng.normal(size=(n, size, size, channels)), [rng.normal(size=s) / 2 for s in shapes])


def _layer(ops: Any, x: Any, k: Any, b: Any) -> Any:
    return ops.activation(ops.conv2d(x, k) + b)


def _cnn_with(
    layer: Function = _layer,
    second_pool: Function = lambda ops, x: ops.max_pool2d(x),
    flatten: Function = lambda ops, x: ops.flatten(x),
    hidden: Function = lambda ops, x: ops.activation(x),
    last: Function = lambda ops, x: x,
) -> Function:
    """The network with one of its parts done otherwise."""

    def answer(x: Any, weights: Any, ops: Any) -> Any:
        k1, b1, k2, b2, w3, b3, w4, b4 = weights
        x = ops.max_pool2d(layer(ops, x, k1, b1))
        x = second_pool(ops, layer(ops, x, k2, b2))
        x = hidden(ops, ops.dense(flatten(ops, x), w3, b3))
        return last(ops, ops.dense(x, w4, b4))

    return answer


# your_own_op

PAIR = "two functions"
BENT = "bends, and keeps the shape"
RIGHT_RULE = "g times the slope"
UNTRIED = "not tried"
STEP = 1e-6
EVERYWHERE = np.linspace(-3.3, 3.1, 12).reshape(2, 6)  # and nowhere where a simple operation has a kink


def your_own_op() -> tuple[Function, Function]:
    def swish(x: Array) -> Array:
        return x * sigmoid(x)

    def swish_vjp(g: Array, ans: Array, x: Array) -> Array:
        s = sigmoid(x)
        return g * (s + ans * (1 - s))

    return swish, swish_vjp


def pair_on_numbers(candidate: Function, x: Array, g: Array) -> Any:
    """What the operation and its rule do, in words that hold for any operation."""
    pair = candidate()
    if pair is None:
        return None
    if not isinstance(pair, tuple | list) or len(pair) != 2 or not all(map(callable, pair)):
        return {
            "what it returns": "one function" if callable(pair) else type(pair).__name__,
            "the operation": UNTRIED,
            "its rule gives": UNTRIED,
        }
    forward, vjp = pair
    operation = _about_the_operation(forward, x)
    rule = _about_the_rule(forward, vjp, x, g) if operation == BENT else UNTRIED
    return {"what it returns": PAIR, "the operation": operation, "its rule gives": rule}


def _about_the_operation(forward: Function, x: Array) -> str:
    given = x.copy()
    ans = forward(given)
    if not isinstance(ans, np.ndarray | np.generic):
        return f"gives {type(ans).__name__}, not an array"
    if not np.array_equal(given, x):
        return "writes into x"
    if np.shape(ans) != x.shape or np.asarray(ans).dtype.kind != "f":
        return f"gives shape {np.shape(ans)}, {np.asarray(ans).dtype}, for x of shape {x.shape}, float64"
    if not all(np.isfinite(forward(np.full(x.shape, value))).all() for value in (-30.0, 0.0, 30.0)):
        return "gives nan or infinity for some numbers"
    if not np.array_equal(ans, forward(x.copy())):
        return "gives another result each time"
    if _is_straight(forward, x):
        return "is a straight line"
    return (
        BENT if np.abs(_slopes(forward, EVERYWHERE, EVERYWHERE)).max() > 1e-9 else "is flat: its slope is 0"
    )


def _is_straight(forward: Function, x: Array) -> bool:
    """Whether forward(a) + forward(b) is forward(a + b) + forward(0), near zero and far from it."""
    pattern = np.linspace(0.7, 1.9, x.size).reshape(x.shape)
    for size in (1.0, 10.0):
        a, b = size * pattern, -0.4 * size * pattern[..., ::-1]
        bend = forward(a.copy()) + forward(b.copy()) - forward(a + b) - forward(np.zeros(x.shape))
        if np.abs(bend).max() > 1e-7 * (1 + np.abs(forward(a.copy())).max()):
            return False
    return True


def _slopes(forward: Function, x: Array, g: Array) -> Array:
    """The sum of g times the slopes, for every entry of x: by nudging it up and down."""
    found = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[index] += STEP
        down[index] -= STEP
        found[index] = np.sum(g * (forward(up) - forward(down))) / (2 * STEP)
    return found


def _about_the_rule(forward: Function, vjp: Function, x: Array, g: Array) -> str:
    ans = np.asarray(forward(x.copy()))
    given = g.copy(), ans.copy(), x.copy()
    found = vjp(*given)
    if isinstance(found, tuple | list):
        return "a tuple; the gradient of one argument stands alone"
    if not isinstance(found, np.ndarray | np.generic):
        return f"{type(found).__name__}, not an array"
    for name, now, before in zip(("g", "ans", "x"), given, (g, ans, x), strict=True):
        if not np.array_equal(now, before):
            return f"a gradient, but it writes into {name}"
    if np.shape(found) != x.shape:
        return f"shape {np.shape(found)} for x of shape {x.shape}"
    return _which(np.asarray(found), forward, ans, x, g)


def _which(found: Array, forward: Function, ans: Array, x: Array, g: Array) -> str:
    """Whether this is the gradient, or one of its well-known neighbors."""
    right = _slopes(forward, x, g)
    if _agree(found, right):
        return RIGHT_RULE
    slope = _slopes(forward, x, np.ones(x.shape))
    with np.errstate(all="ignore"):
        known = {
            "minus g times the slope": -right,
            "the slope, without g": slope,
            "g as it came": g,
            "g times the operation's result": g * ans,
            "g times the slope at ans, not at x": _slopes(forward, ans, g),
            "g divided by the slope": g / slope,
        }
        factors = (found / right)[np.abs(right) > 1e-3]
    for words, other in known.items():
        if _agree(found, other):
            return words
    if factors.size > 1 and np.allclose(factors, factors[0], rtol=1e-3):
        return "the gradient but for a factor"
    for words, side in (("positive", x > 0), ("negative", x < 0)):
        if side.any() and _agree(found[side], right[side]):
            return f"{RIGHT_RULE} for {words} numbers alone"
    worst = np.unravel_index(np.argmax(np.abs(found - right)), x.shape)
    return f"{found[worst]:.4g} at x = {x[worst]:.4g}, where nudging x gives {right[worst]:.4g}"


def _agree(found: Array, right: Array) -> bool:
    """As well as numbers found by nudging can agree with exact ones."""
    return bool(np.allclose(found, right, rtol=1e-4, atol=1e-5 * (1 + np.abs(right).max(initial=0))))


def your_own_op_cases(rng: Rng) -> Iterator[Case]:
    yield case(np.array([[-1.37, 0.62], [2.41, -0.23]]), np.array([[1.0, -2.0], [0.5, 3.0]]))
    for shape, spread in (((5,), 1.0), ((2, 3), 2.0), ((2, 3, 2, 2), 1.0)):
        x = (
            spread
            * rng.uniform(0.2, 1.6, shape)
            * np.where(np.arange(np.prod(shape)) % 2, -1, 1).reshape(shape)
        )
        yield case(x, rng.normal(size=shape))


def _op(forward: Function, vjp: Function) -> Function:
    return lambda: (forward, vjp)


def _clipping_in_place(x: Array) -> Array:
    x[x < 0] *= 0.1
    return x


def _leaky(x: Array) -> Array:
    return np.where(x > 0, x, 0.1 * x)


def _scaling_g(g: Array, ans: Array, x: Array) -> Array:
    g *= 1 - ans**2
    return g


# Values from elsewhere

PICTURE = np.array([[[3.0, 1, 4, 1], [5, 9, 2, 6], [5, 3, 5, 8], [9, 7, 9, 3]]])
EDGES = np.sqrt(np.array([[[74.0, 122.0], [58.0, 90.0]]]))


def _quarters(start: int, step: int, modulus: int, shape: tuple[int, ...]) -> Array:
    """Numbers that look random: enough to tell every mistake, easy to type elsewhere."""
    return (np.arange(float(np.prod(shape))) * step % modulus - start).reshape(shape) / 4


SHAPES = ((3, 3, 1, 2), (2,), (3, 3, 2, 2), (2,), (2, 3), (3,), (3, 2), (2,))
NETWORK = case(_quarters(2, 3, 5, (1, 4, 4, 1)), [_quarters(3, 5, 7, shape) for shape in SHAPES])

EXERCISES = [
    Exercise(
        name="edge_filter",
        points=15,
        reference=edge_filter,
        cases=edge_filter_cases,
        recorded=[
            Recorded(
                case(PICTURE), EDGES, "SciPy 1.17.1, the hypot of ndimage.sobel along both axes, inner pixels"
            )
        ],
        next="which shapes do the pictures, the kernels and the two responses have?",
        misconceptions=[
            Misconception(
                "only left to right",
                _edges_of(lambda seen: np.abs(seen[..., 0])),
                "You see only what changes from left to right. An edge can also lie across.",
                "the transposed kernel makes a second output channel. Is it there?",
            ),
            Misconception(
                "only top to bottom",
                _edges_of(lambda seen: np.abs(seen[..., 1])),
                "You see only what changes from top to bottom. An edge can also stand upright.",
                "how many output channels has your kernel?",
            ),
            Misconception(
                "adds the responses",
                _edges_of(lambda seen: np.abs(seen.sum(axis=3))),
                "You added the two responses with their signs, so that some edges cancel.",
                "two sides of a right triangle are known. How long is the third?",
            ),
            Misconception(
                "adds their sizes",
                _edges_of(lambda seen: np.abs(seen).sum(axis=3)),
                "You added the sizes of the two responses. That makes slanted edges stronger than straight ones.",
                "two sides of a right triangle are known. How long is the third?",
            ),
            Misconception(
                "no root",
                _edges_of(lambda seen: (seen**2).sum(axis=3)),
                "That is the square; the root is missing.",
                "how strong is an edge of 3 across and 4 down?",
            ),
            Misconception(
                "mean",
                _edges_of(lambda seen: np.sqrt((seen**2).mean(axis=3))),
                "You averaged the two squares. Their sum is asked for.",
                "how strong is an edge of 3 across and 4 down?",
            ),
            Misconception(
                "padded",
                lambda images: np.sqrt((_responses(images, padding="SAME") ** 2).sum(axis=3)),
                "You padded with zeros, and the border of every picture has become an edge.",
                "which padding looks only at windows that fit?",
            ),
            Misconception(
                "kernels mixed",
                _mixed_kernels,
                "A reshape has mixed the two kernels: it does not move an axis. Each should lie in one output channel.",
                "which axis of `np.stack` should the new one be?",
            ),
            Misconception(
                "keeps the channel",
                _edges_of(lambda seen: np.sqrt((seen**2).sum(axis=3, keepdims=True))),
                "The numbers are right, but an axis of size 1 is left. The result is a picture for each picture.",
                "what does `keepdims` keep, or which axis did you add at the beginning?",
            ),
        ],
    ),
    Exercise(
        name="initial_loss",
        points=15,
        reference=initial_loss,
        probe=initial_loss_of_a_matrix,
        cases=initial_loss_cases,
        recorded=[
            Recorded(
                case(
                    np.array([[1.0, -1.0, 0.5], [0.0, 2.0, 1.0]]),
                    np.array([[1.0, 2.0], [3.0, -1.0]]),
                    np.array([1, 2]),
                ),
                {
                    "what it returns": TWO_NUMBERS,
                    "measured": 1.5670783104666455,
                    "expected": 1.0986122886681098,
                },
                "PyTorch 2.13.0, nn.functional.cross_entropy; log 3 from a table",
            )
        ],
        next="which of the two numbers depends on the network, and which on the number of its outputs alone?",
        misconceptions=[
            Misconception(
                "softmax first",
                _first_loss(lambda logits, labels: cross_entropy(softmax(logits), labels), _log_classes),
                "You applied softmax, and `cross_entropy` did so again. It takes logits.",
                "which of your functions makes probabilities of logits already?",
            ),
            Misconception(
                "sum",
                _first_loss(lambda logits, labels: cross_entropy(logits, labels) * len(labels), _log_classes),
                "The measured loss is the sum over the samples; asked is their mean.",
                "what does `cross_entropy` do with the batch?",
            ),
            Misconception(
                "counts the labels",
                _expecting(lambda logits, labels: log(len(np.unique(labels)))),
                "You counted the classes among the labels. A small batch need not hold every class.",
                "what tells the number of classes, whatever the labels are?",
            ),
            Misconception(
                "counts the samples",
                _expecting(lambda logits, labels: log(len(logits))),
                "You took the logarithm of the number of samples. It is the number of classes that counts.",
                "which axis of the logits are the classes?",
            ),
            Misconception(
                "bits",
                _expecting(lambda logits, labels: float(np.log2(logits.shape[1]))),
                "That is the logarithm to base 2. `cross_entropy` uses the natural one.",
                "which function of NumPy is the natural logarithm?",
            ),
            Misconception(
                "base ten",
                _expecting(lambda logits, labels: float(np.log10(logits.shape[1]))),
                "That is the logarithm to base 10. `cross_entropy` uses the natural one.",
                "which function of NumPy is the natural logarithm?",
            ),
            Misconception(
                "sign",
                _expecting(lambda logits, labels: -log(logits.shape[1])),
                "The sign is missing: the loss is minus the logarithm of the probability 1/classes.",
                "what is minus the logarithm of 1/10?",
            ),
            Misconception(
                "the probability",
                _expecting(lambda logits, labels: 1 / logits.shape[1]),
                "That is the probability of each class. The loss is minus its logarithm.",
                "what is minus the logarithm of 1/10?",
            ),
            Misconception(
                "swapped",
                lambda net, x, labels: initial_loss(net, x, labels)[::-1],
                "The two numbers have changed places: first the measured one, then the expected.",
                "in which order does your `return` give them?",
            ),
        ],
    ),
    Exercise(
        name="overfit",
        points=15,
        reference=overfit,
        probe=overfit_to_given_losses,
        cases=overfit_cases,
        recorded=[
            Recorded(
                case([0.9, 0.3, 0.1], samples=6, n=2, goal=0.2, at_most=10),
                {
                    "each step trained on": SAME_SAMPLES,
                    "number of steps": 3,
                    "the list of losses": np.array([0.9, 0.3, 0.1]),
                },
                "by hand: 0.1 is the first below 0.2",
            )
        ],
        next="go through the losses by hand: after which of them is it time to stop?",
        misconceptions=[
            Misconception(
                "all samples",
                _overfit_on(lambda labels, n, i: labels),
                "You trained on all samples. The test is about a few.",
                "which slice gives the first n rows?",
            ),
            Misconception(
                "the next ones each time",
                _overfit_on(lambda labels, n, i: (np.arange(n) + i * n) % len(labels)),
                "You took other samples in each step. It must be the same few, again and again.",
                "does your slice depend on the step?",
            ),
            Misconception(
                "the last ones",
                _overfit_on(lambda labels, n, i: labels[-n:]),
                "You trained on the last n samples; the first ones are asked for.",
                "which slice gives the first n rows?",
            ),
            Misconception(
                "one at a time",
                _overfit_on(lambda labels, n, i: labels[i % n : i % n + 1]),
                "You trained on one sample a step. All n of them go into one batch.",
                "which slice gives the first n rows?",
            ),
            Misconception(
                "always all steps",
                _always_all,
                "You did not stop when the goal was reached.",
                "what should happen once a loss lies below `goal`?",
            ),
            Misconception(
                "one step more",
                _one_more,
                "You took one more step after the loss had fallen below the goal.",
                "at which place in the loop do you look at the loss?",
            ),
            Misconception(
                "without the last loss",
                _without_the_last,
                "The loss that reached the goal is missing from your list.",
                "do you note the loss before you decide to stop?",
            ),
            Misconception(
                "until it rises",
                _until_it_rises,
                "You gave up when the loss rose. It may rise now and then on its way down.",
                "which two things may end the loop?",
            ),
            Misconception(
                "without a limit",
                _without_limit,
                "A network that cannot learn would keep you here forever: `at_most` steps are allowed.",
                "what ends your loop if the loss never reaches the goal?",
            ),
            Misconception(
                "only the last",
                lambda *inputs: overfit(*inputs)[-1],
                "You returned the last loss alone. Asked is the list of all of them.",
                "what is appended to in your loop, and is it what you return?",
            ),
        ],
    ),
    Exercise(
        name="cnn",
        points=20,
        reference=cnn,
        probe=cnn_on_nodes,
        cases=cnn_cases,
        recorded=[
            Recorded(
                NETWORK,
                {"the layers": FIT, "logits": np.array([[0.05472590932993371, -0.3015543686336697]])},
                "PyTorch 2.13.0, conv2d, tanh, max_pool2d and matrix products",
            )
        ],
        next="go through the table of layers from top to bottom. Which line of yours makes which row?",
        misconceptions=[
            Misconception(
                "activation at the end",
                _cnn_with(last=lambda ops, x: ops.activation(x)),
                "The last layer has an activation. Logits may be any number; cut or squeezed, they cannot say so.",
                "after which layers does the table have an activation?",
            ),
            Misconception(
                "no activation after a convolution",
                _cnn_with(layer=lambda ops, x, k, b: ops.conv2d(x, k) + b),
                "No activation follows your convolutions. Without one, two layers in a row can do no more than one.",
                "what stands between `conv2d` and `max_pool2d` in the table?",
            ),
            Misconception(
                "no hidden activation",
                _cnn_with(hidden=lambda ops, x: x),
                "No activation stands between the two dense layers, so together they are only one.",
                "what does the table say behind the first `dense`?",
            ),
            Misconception(
                "bias after the activation",
                _cnn_with(layer=lambda ops, x, k, b: ops.activation(ops.conv2d(x, k)) + b),
                "You added the bias behind the activation. In front of it, it decides from where on a window counts.",
                "where does the parenthesis close?",
            ),
            Misconception(
                "no bias",
                _cnn_with(layer=lambda ops, x, k, b: ops.activation(ops.conv2d(x, k))),
                "Your convolutions have no bias: b1 and b2 are never used.",
                "what does the table add to the result of `conv2d`?",
            ),
            Misconception(
                "one pooling",
                _cnn_with(second_pool=lambda ops, x: x),
                "One pooling is missing, so more numbers arrive at the dense layer than it has weights for.",
                "how many rows and columns are left behind each pooling?",
            ),
            Misconception(
                "not flat",
                _cnn_with(flatten=lambda ops, x: x),
                "The dense layer takes a row for each picture, and was given four axes.",
                "what turns a picture into a row?",
            ),
            Misconception(
                "relu by hand",
                _cnn_with(layer=lambda ops, x, k, b: np.maximum(ops.conv2d(x, k) + b, 0)),
                "You called NumPy on a node. It has no numbers yet: only the functions in `ops` can work on it.",
                "which of the `ops` takes the place of `np.maximum`?",
            ),
        ],
    ),
    Exercise(
        name="your_own_op",
        points=25,
        reference=your_own_op,
        probe=pair_on_numbers,
        cases=your_own_op_cases,
        recorded=[
            Recorded(
                case(np.array([-0.5, 1.5, 0.7]), np.array([1.0, -1.0, 2.0])),
                {"what it returns": PAIR, "the operation": BENT, "its rule gives": RIGHT_RULE},
                "by definition: every right pair does this",
            )
        ],
        next="write down the slope of your operation at x, by pen. What does the rule multiply it by?",
        misconceptions=[
            Misconception(
                "g left out",
                _op(np.tanh, lambda g, ans, x: 1 - ans**2),
                "Your slope is right, but a rule passes on what comes from above: g times the slope.",
                "where does `g` enter your formula?",
            ),
            Misconception(
                "g passed on",
                _op(np.tanh, lambda g, ans, x: g),
                "Your rule passes g on as it came, as if the operation changed nothing.",
                "by how much does the result move when x moves a little?",
            ),
            Misconception(
                "slope at the result",
                _op(np.sin, lambda g, ans, x: g * np.cos(ans)),
                "You took the slope at `ans`. It is the slope at `x` that counts.",
                "which of the two arguments was the input of the operation?",
            ),
            Misconception(
                "result for slope",
                _op(np.tanh, lambda g, ans, x: g * ans),
                "You multiplied g by the result of the operation, not by its slope.",
                "for which one function is the result its own slope, and is it yours?",
            ),
            Misconception(
                "inner slope forgotten",
                _op(lambda x: np.sin(3 * x), lambda g, ans, x: g * np.cos(3 * x)),
                "Your gradient is right but for a factor, the same everywhere. The chain rule has one more link.",
                "is there an inner function, and what is its slope?",
            ),
            Misconception(
                "sign",
                _op(np.cos, lambda g, ans, x: g * np.sin(x)),
                "Your gradient has the wrong sign everywhere.",
                "where x grows, does the result of your operation grow or fall?",
            ),
            Misconception(
                "divided",
                _op(np.tanh, lambda g, ans, x: g / (1 - ans**2)),
                "You divided g by the slope. A rule multiplies by it.",
                "if the result moves twice as much as x, how much more does x matter to the loss?",
            ),
            Misconception(
                "one side forgotten",
                _op(_leaky, lambda g, ans, x: g * (x > 0)),
                "Your gradient is right for positive numbers alone.",
                "what does your operation do with negative ones, and what is its slope there?",
            ),
            Misconception(
                "summed",
                _op(np.tanh, lambda g, ans, x: np.sum(g * (1 - ans**2))),
                "Your rule gives a single number. Each entry of x has a gradient of its own.",
                "which function in your rule joins the entries?",
            ),
            Misconception(
                "a tuple",
                _op(np.tanh, lambda g, ans, x: (g * (1 - ans**2),)),
                "Your rule returns a tuple. The gradient of one argument stands alone.",
                "is there a comma behind your last expression?",
            ),
            Misconception(
                "straight line",
                _op(lambda x: 2 * x, lambda g, ans, x: 2 * g),
                "Your operation is a straight line. It bends nothing, and a network with it is one big matrix.",
                "which simple function of x has no constant slope?",
            ),
            Misconception(
                "flat",
                _op(np.sign, lambda g, ans, x: 0 * g),
                "Your operation is made of steps. Its slope is 0 on each of them, so nothing can be learned through it.",
                "by how much does the result move when x moves a little?",
            ),
            Misconception(
                "another shape",
                _op(lambda x: np.sum(x**2), lambda g, ans, x: g * 2 * x),
                "Your operation changes the shape. As an activation it must give one number for each entry of x.",
                "which function in it joins the entries?",
            ),
            Misconception(
                "not everywhere",
                _op(lambda x: x * np.log(x), lambda g, ans, x: g * (np.log(x) + 1)),
                "For some numbers your operation gives nan or infinity. Zero and negative numbers will come.",
                "what does it give at 0, at -30 and at 30?",
            ),
            Misconception(
                "writes into x",
                _op(_clipping_in_place, lambda g, ans, x: g * np.where(x > 0, 1, 0.1)),
                "Your operation writes into x. The layer before still needs it, on the way back.",
                "does `np.where` make a new array, or change an old one?",
            ),
            Misconception(
                "writes into g",
                _op(np.tanh, _scaling_g),
                "Your rule writes into g. Another node may hold the same array.",
                "what is the difference between `g *= s` and `g = g * s`?",
            ),
            Misconception(
                "one function",
                lambda: np.tanh,
                "You returned one function. Two are asked for: the operation, and its rule.",
                "does your `return` name both, with a comma between them?",
            ),
        ],
    ),
]
