"""Chapter 05: broadcasting copies, so its gradient sums."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.common import Array, Rng, Shape
from revgraph.checks.exercise import Exercise, Misconception, Recorded

# Pairs (shape, what it is broadcast to). All sizes differ, so that no axis can pass for another.
BROADCASTS: list[tuple[Shape, Shape]] = [
    ((1, 4), (3, 4)),
    ((4,), (3, 4)),
    ((3, 1), (3, 4)),
    ((3, 4), (3, 4)),
    ((), (3, 4)),
    ((1,), (5,)),
    ((4,), (2, 3, 4)),
    ((2, 1, 4), (2, 3, 4)),
    ((3, 1), (2, 3, 4)),
    ((1, 1), (2, 3, 4)),
    ((1, 3, 1), (1, 3, 4)),
    ((1, 4), (0, 4)),
    ((), ()),
]


# Pairs of operands.
OPERANDS: list[tuple[Shape, Shape]] = [
    ((3, 4), (4,)),
    ((3, 4), (3, 1)),
    ((3, 1), (1, 4)),
    ((3, 4), (3, 4)),
    ((), (3, 4)),
    ((2, 3, 4), (3, 1)),
    ((4,), (2, 3, 4)),
    ((1,), ()),
    ((0, 4), (1, 4)),
]
A = np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]])
B = np.array([[2.0], [-3.0]])
G = np.array([[1.0, 2.0, -4.0], [3.0, -5.0, 0.5]])
TORCH = "PyTorch 2.13.0, Tensor.backward(g)"
NO_SUM = "You returned g as it came. It has the shape of the result; a gradient has the shape of its operand."
AVERAGED = "Your result is what averaging instead of summing gives. Each copy has its own path to the loss, and paths add."


def broadcast_shape(a: Shape, b: Shape) -> Shape:
    n = max(len(a), len(b))
    a, b = (1,) * (n - len(a)) + a, (1,) * (n - len(b)) + b
    for p, q in zip(a, b, strict=True):
        if p != q and 1 not in (p, q):
            raise ValueError(f"sizes {p} and {q} do not broadcast")
    return tuple(q if p == 1 else p for p, q in zip(a, b, strict=True))


def broadcast_shape_cases(rng: Rng) -> Iterator[Case]:
    for pair in [
        ((3, 1), (1, 4)),
        ((4,), (3, 4)),
        ((2, 3, 4), (3, 1)),
        ((), (5, 2)),
        ((), ()),
        ((1, 3), (0, 1)),
    ]:
        yield case(*pair)
    m, n, k = (int(size) for size in rng.choice(np.arange(2, 9), 3, replace=False))
    yield case((m, 1, k), (n, 1))
    yield case((3, 4), (3,))
    yield case((2, 3), (3, 2))
    yield case((m, n), (m, k, n))


def _aligned_left(a: Shape, b: Shape) -> Shape:
    n = max(len(a), len(b))
    return broadcast_shape(a + (1,) * (n - len(a)), b + (1,) * (n - len(b)))


def _largest(a: Shape, b: Shape) -> Shape:
    n = max(len(a), len(b))
    return tuple(map(max, (1,) * (n - len(a)) + a, (1,) * (n - len(b)) + b))


def _shorter_only(a: Shape, b: Shape) -> Shape:
    n = min(len(a), len(b))
    return broadcast_shape(a[len(a) - n :], b[len(b) - n :])


def _none_for_misfits(a: Shape, b: Shape) -> Shape | None:
    try:
        return broadcast_shape(a, b)
    except ValueError:
        return None


def _no_stretching(a: Shape, b: Shape) -> Shape:
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    if longer[len(longer) - len(shorter) :] != shorter:
        raise ValueError("sizes differ")
    return longer


BROADCAST_SHAPE = Exercise(
    name="broadcast_shape",
    points=15,
    reference=broadcast_shape,
    cases=broadcast_shape_cases,
    recorded=[Recorded(case((8, 1, 6, 1), (7, 1, 5)), (8, 7, 6, 5), "NumPy's manual, Broadcasting")],
    next="write the two shapes under each other, flush right. What stands in each column?",
    misconceptions=[
        Misconception(
            "aligns left",
            _aligned_left,
            "You lined the shapes up at their first axes. NumPy lines them up at their last.",
        ),
        Misconception(
            "takes the larger size",
            _largest,
            "You took the larger of two sizes. Only a size 1 gives way; any other two must be equal, "
            "or the shapes do not fit.",
        ),
        Misconception(
            "stops at the shorter shape",
            _shorter_only,
            "The leading axes of the longer shape are gone: pairing stopped where the shorter one ended.",
            "which size can stand in for an axis that is not there?",
        ),
        Misconception(
            "returns None for a misfit",
            _none_for_misfits,
            "Shapes that fit come out right. For shapes that do not, you return None; raise ValueError instead.",
        ),
        Misconception(
            "never stretches",
            _no_stretching,
            "You asked for equal sizes everywhere. A size 1 may stand beside any size: it is stretched.",
        ),
    ],
)


def added_axes(shape: Shape, broadcast: Shape) -> Shape:
    return tuple(range(len(broadcast) - len(shape)))


def axes_cases(rng: Rng) -> Iterator[Case]:
    for shape, broadcast in BROADCASTS:
        yield case(shape, broadcast)
    added = rng.integers(2, 9, size=rng.integers(1, 9)).tolist()
    small, large = rng.permutation([(1, 1), (1, 3), (1, 7), (5, 5), (6, 6)]).T.tolist()
    yield case(tuple(small), (*added, *large))


def _all_changed_axes(shape: Shape, broadcast: Shape) -> Shape:
    return added_axes(shape, broadcast) + stretched_axes(shape, broadcast)


ADDED_AXES = Exercise(
    name="added_axes",
    points=10,
    reference=added_axes,
    cases=axes_cases,
    recorded=[Recorded(case((5,), (2, 3, 5)), (0, 1), "by hand")],
    next="how many more axes has `broadcast`, and on which side does NumPy put them?",
    misconceptions=[
        Misconception(
            "counts them",
            lambda shape, broadcast: len(broadcast) - len(shape),
            "That is how many axes were added. Asked is which ones.",
            "which Python function counts from 0 up to a number?",
        ),
        Misconception(
            "at the end",
            lambda shape, broadcast: tuple(range(len(shape), len(broadcast))),
            "You put the new axes at the end. NumPy adds them in front.",
        ),
        Misconception(
            "stretched ones too",
            _all_changed_axes,
            "You also listed axes that were stretched. Those existed before; here only new axes count.",
        ),
        Misconception(
            "counts from 1",
            lambda shape, broadcast: tuple(range(1, len(broadcast) - len(shape) + 1)),
            "You counted from 1. Axes are counted from 0.",
        ),
        Misconception(
            "negative axes",
            lambda shape, broadcast: tuple(range(-len(broadcast), -len(shape))),
            "These are the right axes, counted from the end. Count them from the front, from 0.",
        ),
    ],
)


def stretched_axes(shape: Shape, broadcast: Shape) -> Shape:
    added = len(broadcast) - len(shape)
    return tuple(
        axis for axis in range(added, len(broadcast)) if shape[axis - added] == 1 and broadcast[axis] != 1
    )


STRETCHED_AXES = Exercise(
    name="stretched_axes",
    points=15,
    reference=stretched_axes,
    cases=axes_cases,
    recorded=[Recorded(case((4, 1), (3, 4, 5)), (2,), "by hand")],
    next="axis i of `shape` is which axis of `broadcast`?",
    misconceptions=[
        Misconception(
            "axes of the small shape",
            lambda shape, broadcast: tuple(
                axis - (len(broadcast) - len(shape)) for axis in stretched_axes(shape, broadcast)
            ),
            "You numbered the axes as they stand in `shape`. In `broadcast` they stand further right, "
            "by the number of axes added in front.",
        ),
        Misconception(
            "every size 1",
            lambda shape, broadcast: tuple(
                axis + len(broadcast) - len(shape) for axis, size in enumerate(shape) if size == 1
            ),
            "You listed every axis of size 1. One that still has size 1 in `broadcast` was not stretched.",
        ),
        Misconception(
            "added ones too",
            _all_changed_axes,
            "You also listed the axes that were added in front. Here only those that `shape` already had count.",
        ),
        Misconception(
            "aligns left",
            lambda shape, broadcast: tuple(
                axis for axis, size in enumerate(shape) if size == 1 and broadcast[axis] != 1
            ),
            "You compared axis i of `shape` with axis i of `broadcast`. They line up at their last axes, not their first.",
        ),
        Misconception(
            "only grows",
            lambda shape, broadcast: tuple(
                axis for axis in stretched_axes(shape, broadcast) if broadcast[axis] > 1
            ),
            "A size 1 can also be stretched to 0, an empty axis. It changed, so it counts.",
        ),
    ],
)


def unbroadcast(g: Array, shape: Shape) -> Array:
    axes = added_axes(shape, g.shape) + stretched_axes(shape, g.shape)
    return np.sum(g, axis=axes, keepdims=True).reshape(shape)


def unbroadcast_cases(rng: Rng) -> Iterator[Case]:
    for shape, broadcast in BROADCASTS:
        yield case(rng.normal(size=broadcast), shape)


def _averages(g: Array, shape: Shape) -> Array:
    return np.mean(g, axis=_all_changed_axes(shape, g.shape), keepdims=True).reshape(shape)


def _one_axis_after_another(g: Array, shape: Shape) -> Array:
    for axis in added_axes(shape, g.shape):
        g = g.sum(axis=axis)
    return np.sum(g, axis=stretched_axes(shape, g.shape), keepdims=True)


def _first_copy(g: Array, shape: Shape) -> Array:
    changed = _all_changed_axes(shape, g.shape)
    return g[tuple(slice(0, 1) if axis in changed else slice(None) for axis in range(g.ndim))].reshape(shape)


UNBROADCAST = Exercise(
    name="unbroadcast",
    points=25,
    reference=unbroadcast,
    cases=unbroadcast_cases,
    recorded=[Recorded(case(G, (2, 1)), np.array([[-1.0], [-1.5]]), TORCH + " of a + b")],
    next="compare `g.shape` with `shape`: which axes must be summed, and do they stay or go?",
    misconceptions=[
        Misconception("averages", _averages, AVERAGED, "which NumPy function adds without dividing?"),
        Misconception(
            "drops the axis",
            lambda g, shape: np.asarray(np.sum(g, axis=_all_changed_axes(shape, g.shape))),
            "The values are right, but an axis is gone: a sum drops its axis unless told to keep it.",
            "which argument of `np.sum` keeps a summed axis with size 1?",
        ),
        Misconception(
            "added axes only",
            lambda g, shape: np.asarray(np.sum(g, axis=added_axes(shape, g.shape))),
            "You summed over the axes that were added, but not over those that were stretched.",
            "what does a size 1 in `shape` tell you about that axis of `g`?",
        ),
        Misconception(
            "stretched axes only",
            lambda g, shape: np.sum(g, axis=stretched_axes(shape, g.shape), keepdims=True),
            "You summed over the axes that were stretched, but not over those that were added in front.",
            "how many more axes has `g` than `shape`?",
        ),
        Misconception(
            "first copy",
            _first_copy,
            "You took the gradient of one copy and left the others out. Each copy has its own path to the "
            "loss, and paths add.",
        ),
        Misconception(
            "axes move while summing",
            _one_axis_after_another,
            "You summed the added axes one after another by their old numbers. Once axis 0 is summed away, "
            "the next one has become axis 0.",
            "`np.sum` takes all axes at once, as a tuple.",
        ),
        Misconception(
            "sums everything",
            lambda g, shape: np.full(shape, g.sum()),
            "You added up all of g. Each entry of the operand has copies of its own; only those belong together.",
        ),
        Misconception("g as it came", lambda g, shape: g.copy(), NO_SUM),
    ],
)


def add_broadcast_vjp(g: Array, ans: Array, a: Array, b: Array) -> tuple[Array, Array]:
    return unbroadcast(g, a.shape), unbroadcast(g, b.shape)


def operand_cases(op: Any) -> Any:
    def cases(rng: Rng) -> Iterator[Case]:
        for shape_a, shape_b in OPERANDS:
            a, b = np.array(rng.normal(size=shape_a)), np.array(rng.normal(size=shape_b))
            ans = np.array(op(a, b))
            yield case(np.array(rng.normal(size=ans.shape)), ans, a, b)

    return cases


ADD_BROADCAST_VJP = Exercise(
    name="add_broadcast_vjp",
    points=10,
    reference=add_broadcast_vjp,
    cases=operand_cases(np.add),
    recorded=[Recorded(case(G, A + B, A, B), (G.copy(), np.array([[-1.0], [-1.5]])), TORCH)],
    next="add's rule is (g, g). Which shape must each of the two have?",
    misconceptions=[
        Misconception("g as it came", lambda g, ans, a, b: (g.copy(), g.copy()), NO_SUM),
        Misconception(
            "only the second",
            lambda g, ans, a, b: (g.copy(), unbroadcast(g, b.shape)),
            "The gradient of b is right. But a can be the one that was broadcast, too.",
        ),
        Misconception(
            "swapped",
            lambda g, ans, a, b: (unbroadcast(g, b.shape), unbroadcast(g, a.shape)),
            "The two gradients are in the wrong order: a's comes first.",
        ),
        Misconception(
            "mul's rule",
            lambda g, ans, a, b: mul_broadcast_vjp(g, ans, a, b),
            "That is the rule of multiplication. In a sum, nudging a moves the result by the same amount, whatever b is.",
        ),
        Misconception(
            "averages",
            lambda g, ans, a, b: (_averages(g, a.shape), _averages(g, b.shape)),
            AVERAGED,
        ),
    ],
)


def mul_broadcast_vjp(g: Array, ans: Array, a: Array, b: Array) -> tuple[Array, Array]:
    return unbroadcast(g * b, a.shape), unbroadcast(g * a, b.shape)


MUL_BROADCAST_VJP = Exercise(
    name="mul_broadcast_vjp",
    points=15,
    reference=mul_broadcast_vjp,
    cases=operand_cases(np.multiply),
    recorded=[
        Recorded(
            case(G, A * B, A, B),
            (np.array([[2.0, 4.0, -8.0], [-9.0, 15.0, -1.5]]), np.array([[-15.0], [-19.0]])),
            TORCH,
        )
    ],
    next="first the rule as if nothing had been broadcast, then `unbroadcast`.",
    misconceptions=[
        Misconception(
            "own operand",
            lambda g, ans, a, b: (unbroadcast(g * a, a.shape), unbroadcast(g * b, b.shape)),
            "You multiplied each gradient by its own operand. The derivative of a*b by a is b.",
        ),
        Misconception(
            "forgets to sum",
            lambda g, ans, a, b: (g * b, g * a),
            "The rule is right, but its results have the shape of the product; each must be summed back to its operand's.",
            "you have written a function that does this.",
        ),
        Misconception(
            "sums first",
            lambda g, ans, a, b: (unbroadcast(g, a.shape) * b, unbroadcast(g, b.shape) * a),
            "You summed g first and multiplied afterwards. Each copy has a factor of its own: multiply, then sum.",
        ),
        Misconception(
            "forgets g",
            lambda g, ans, a, b: (
                unbroadcast(np.broadcast_to(b, g.shape), a.shape),
                unbroadcast(np.broadcast_to(a, g.shape), b.shape),
            ),
            "Your result lacks g. The chain rule multiplies the local derivative by what arrives from above.",
        ),
        Misconception(
            "averages",
            lambda g, ans, a, b: (_averages(g * b, a.shape), _averages(g * a, b.shape)),
            AVERAGED,
        ),
        Misconception(
            "add's rule",
            add_broadcast_vjp,
            "That is the rule of addition. In a product, nudging a moves the result by b times as much.",
        ),
    ],
)

EXERCISES = [BROADCAST_SHAPE, ADDED_AXES, STRETCHED_AXES, UNBROADCAST, ADD_BROADCAST_VJP, MUL_BROADCAST_VJP]
