"""Chapter 05: broadcasting copies, so its gradient sums."""

from collections.abc import Iterator

import numpy as np

from revgraph.checks.call import Case, case, edge, part
from revgraph.checks.chapters.common import Array, Function, Rng, Shape, fixed
from revgraph.checks.exercise import Exercise, Misconception, Recorded

# Pairs (shape, what it is broadcast to). In most of them all sizes differ, so that no axis can pass for another;
# where sizes are equal, an axis must be known by its place.
STRETCHED: list[tuple[Shape, Shape]] = [
    ((1, 4), (3, 4)),
    ((3, 1), (3, 4)),
    ((1,), (5,)),
    ((2, 1, 4), (2, 3, 4)),
    ((1, 3, 1), (1, 3, 4)),
    ((3, 4), (3, 4)),
    ((3, 1), (3, 3)),
    ((1, 3), (3, 3)),
]
ADDED: list[tuple[Shape, Shape]] = [
    ((4,), (3, 4)),
    ((), (3, 4)),
    ((4,), (2, 3, 4)),
    ((1, 4), (2, 1, 4)),
    ((3,), (3, 3)),
    ((2, 3), (3, 2, 3)),
    ((), (2, 3, 4)),
    ((3,), (2, 3, 2, 3)),
]
BOTH: list[tuple[Shape, Shape]] = [
    ((3, 1), (2, 3, 4)),
    ((1, 1), (2, 3, 4)),
    ((1,), (3, 4)),
    ((1, 3, 1), (5, 2, 3, 4)),
    ((2, 1), (2, 2, 2)),
]
EMPTY: list[tuple[Shape, Shape]] = [((1, 4), (0, 4)), ((3, 1), (2, 3, 0))]

# Pairs of operands.
OPERANDS: list[tuple[Shape, Shape]] = [
    ((3, 4), (4,)),
    ((3, 4), (3, 1)),
    ((3, 1), (1, 4)),
    ((3, 4), (3, 4)),
    ((), (3, 4)),
    ((2, 3, 4), (3, 1)),
    ((4,), (2, 3, 4)),
    ((3, 3), (3, 1)),
    ((3,), (3, 3)),
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
    for p, q in zip(a, b):
        if p != q and 1 not in (p, q):
            raise ValueError(f"sizes {p} and {q} do not broadcast")
    return tuple(q if p == 1 else p for p, q in zip(a, b))


FIT, MISFIT = "shapes that fit", "shapes that do not"


def broadcast_shape_cases(rng: Rng) -> Iterator[Case]:
    m, n, k = (int(size) for size in rng.choice(np.arange(2, 9), 3, replace=False))
    for pair in [
        ((3, 1), (1, 4)),
        ((4,), (3, 4)),
        ((2, 3, 4), (3, 1)),
        ((2, 1, 3), (2, 4, 1)),
        ((4,), (2, 4)),
        ((), (5, 2)),
        ((3, 4), ()),
        ((1, 3), (0, 1)),
        ((2, 0), (1,)),
        ((3, 1), (3,)),
        ((1, 1), (2, 1)),
        ((3, 1, 4), (1, 1)),
        ((m, 1, k), (n, 1)),
        ((1, k), (m, n, 1)),
    ]:
        yield part(FIT, case(*pair))
    for pair in [((3, 4), (3,)), ((2, 3), (3, 2)), ((2, 4, 3), (2, 3)), ((m, n), (m, k, n))]:
        yield part(MISFIT, case(*pair))
    yield edge("two numbers", (), ())


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


def _from_the_front(a: Shape, b: Shape) -> Shape:
    n = min(len(a), len(b))
    return broadcast_shape(a[:n], b[:n])


def _equal_lengths_only(a: Shape, b: Shape) -> Shape:
    if len(a) != len(b):
        raise ValueError("the shapes have different lengths")
    return broadcast_shape(a, b)


def _only_the_longer_keeps(a: Shape, b: Shape) -> Shape:
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    shorter = (1,) * (len(longer) - len(shorter)) + shorter
    if any(n not in (1, m) for m, n in zip(longer, shorter)):
        raise ValueError("sizes differ")
    return longer


def _no_stretching(a: Shape, b: Shape) -> Shape:
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    if longer[len(longer) - len(shorter) :] != shorter:
        raise ValueError("sizes differ")
    return longer


def _asserts(a: Shape, b: Shape) -> Shape:
    try:
        return broadcast_shape(a, b)
    except ValueError:
        raise AssertionError from None


def _no_shape_without_axes(a: Shape, b: Shape) -> Shape:
    if not a or not b:
        raise ValueError("no axes")
    return broadcast_shape(a, b)


BROADCAST_SHAPE = Exercise(
    name="broadcast_shape",
    points=15,
    reference=broadcast_shape,
    cases=broadcast_shape_cases,
    parts={FIT: 11, MISFIT: 4},
    recorded=[
        Recorded(part(FIT, case((8, 1, 6, 1), (7, 1, 5))), (8, 7, 6, 5), "NumPy's manual, Broadcasting")
    ],
    why="Ones in front line the shapes up at their last axes, and they turn 'missing' into 1, so that one rule is left instead of two.",
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
        Misconception(
            "the larger size, with a check",
            lambda a, b: broadcast_shape(a, b) and _largest(a, b),
            "You took the larger of two sizes. Beside a 1, the other size wins, even if it is 0: then the result is empty.",
        ),
        Misconception(
            "equal lengths only",
            _equal_lengths_only,
            "You raised an error for shapes of different lengths. A missing size counts as 1.",
            "which sizes can you put in front of the shorter shape?",
        ),
        Misconception(
            "only one of them stretches",
            _only_the_longer_keeps,
            "You let only the shorter shape give way. Both can hold a 1, each in another place.",
            "what is the shape of a column plus a row?",
        ),
        Misconception(
            "a shape without axes",
            _no_shape_without_axes,
            "The shape () is that of a single number, and a number fits everything.",
            "what is the shape of 5 + table?",
        ),
        Misconception(
            "another error",
            _asserts,
            "Shapes that fit come out right. For the others, you raise an error of another kind; raise ValueError.",
            '`raise ValueError("...")` with a message of your own.',
        ),
        Misconception(
            "the longer shape",
            lambda a, b: a if len(a) > len(b) else b,
            "You returned the shape with more axes. Its sizes can give way, too: each size 1 takes on the size beside it.",
            "what is the shape of a column plus a row?",
        ),
        Misconception(
            "pairs from the front",
            _from_the_front,
            "You paired the sizes from the front, and `zip` stopped where the shorter shape ended. NumPy lines them up at their last axes.",
            "which sizes can you put in front of the shorter shape, so that the two are equally long?",
        ),
        Misconception(
            "back to front",
            lambda a, b: broadcast_shape(a, b)[::-1],
            "The sizes are right, back to front.",
            "if you went through the shapes from the end, the list grew from the end, too.",
        ),
    ],
)


def added_axes(shape: Shape, broadcast: Shape) -> Shape:
    return tuple(range(len(broadcast) - len(shape)))


NONE_ADDED, SOME_ADDED = "no axes added", "axes added"


def axes_cases(rng: Rng) -> Iterator[Case]:
    for shape, broadcast in [*STRETCHED, *ADDED, *BOTH, *EMPTY]:
        yield case(shape, broadcast)
    yield _drawn_axes(rng, 0)
    yield _drawn_axes(rng, int(rng.integers(1, 9)))
    yield edge("two numbers", (), ())


def _drawn_axes(rng: Rng, n_added: int) -> Case:
    small, large = rng.permutation([(1, 1), (1, 3), (1, 7), (5, 5), (6, 6)]).T.tolist()
    return case(tuple(small), (*rng.integers(2, 9, size=n_added).tolist(), *large))


def _all_changed_axes(shape: Shape, broadcast: Shape) -> Shape:
    return added_axes(shape, broadcast) + stretched_axes(shape, broadcast)


ADDED_AXES = Exercise(
    name="added_axes",
    points=10,
    reference=added_axes,
    cases=axes_cases,
    recorded=[Recorded(case((5,), (2, 3, 5)), (0, 1), "by hand")],
    why="New axes always come first, so only their number counts: the difference of the two lengths.",
    next="how many more axes has `broadcast`, and on which side does NumPy put them?",
    misconceptions=[
        Misconception(
            "counts them",
            lambda shape, broadcast: len(broadcast) - len(shape),
            "That is how many axes were added. The exercise asks which ones.",
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
        Misconception(
            "a range",
            lambda shape, broadcast: range(len(broadcast) - len(shape)),
            "The numbers are right, but they come as a range. The exercise asks for a tuple.",
            "`tuple(...)` makes one of anything that can be counted through.",
        ),
        Misconception(
            "their sizes",
            lambda shape, broadcast: broadcast[: len(broadcast) - len(shape)],
            "These are the sizes of the axes that were added. The exercise asks for their numbers.",
        ),
        Misconception(
            "one only",
            lambda shape, broadcast: (0,) if len(broadcast) > len(shape) else (),
            "You found the first of the added axes. There can be several.",
            "how many more axes has `broadcast`?",
        ),
    ],
)


def stretched_axes(shape: Shape, broadcast: Shape) -> Shape:
    added = len(broadcast) - len(shape)
    return tuple(
        axis for axis in range(added, len(broadcast)) if shape[axis - added] == 1 and broadcast[axis] != 1
    )


def stretched_axes_cases(rng: Rng) -> Iterator[Case]:
    for one in axes_cases(rng):
        shape, broadcast = one.args
        yield one if one.edge else part(NONE_ADDED if len(shape) == len(broadcast) else SOME_ADDED, one)


STRETCHED_AXES = Exercise(
    name="stretched_axes",
    points=15,
    reference=stretched_axes,
    cases=stretched_axes_cases,
    parts={NONE_ADDED: 7, SOME_ADDED: 8},
    recorded=[Recorded(part(SOME_ADDED, case((4, 1), (3, 4, 5))), (2,), "by hand")],
    why="Shapes line up at the right, so axis i of `shape` is axis i + added of `broadcast`: everything hangs on that shift.",
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
            "where shape has a 1",
            lambda shape, broadcast: tuple(i for i, n in enumerate(shape) if n == 1),
            "You listed where `shape` has a 1. Only those count that have become longer, and the exercise asks where they stand in `broadcast`.",
            "with an axis added in front, where in `broadcast` is axis 0 of `shape`?",
        ),
        Misconception(
            "aligns left",
            lambda shape, broadcast: tuple(
                axis for axis, size in enumerate(shape) if size == 1 and broadcast[axis] != 1
            ),
            "You compared axis i of `shape` with axis i of `broadcast`. They line up at their last axes, not their first.",
        ),
        Misconception(
            "aligns left",
            lambda shape, broadcast: tuple(
                axis for axis, size in enumerate(shape) if size == 1 and broadcast[axis] > 1
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
        Misconception(
            "descending",
            lambda shape, broadcast: stretched_axes(shape, broadcast)[::-1],
            "These are the right axes, the last one first. The exercise asks for the ascending order.",
            "if you collected them from the end, what must be turned round?",
        ),
        Misconception(
            "axes that stayed",
            lambda shape, broadcast: tuple(
                axis + len(broadcast) - len(shape)
                for axis, size in enumerate(shape)
                if size == broadcast[axis + len(broadcast) - len(shape)]
            ),
            "These are the axes that stayed as they were. The exercise asks for those that changed.",
        ),
        Misconception(
            "negative axes",
            lambda shape, broadcast: tuple(
                axis - len(broadcast) for axis in stretched_axes(shape, broadcast)
            ),
            "These are the right axes, counted from the end. Count them from the front of `broadcast`, from 0.",
        ),
    ],
)


def unbroadcast(g: Array, shape: Shape) -> Array:
    axes = added_axes(shape, g.shape) + stretched_axes(shape, g.shape)
    return np.sum(g, axis=axes, keepdims=True).reshape(shape)


UNBROADCAST_PARTS = {"stretched axes": STRETCHED, "added axes": ADDED, "both": BOTH}


def unbroadcast_cases(rng: Rng) -> Iterator[Case]:
    for name, pairs in UNBROADCAST_PARTS.items():
        for draw, chosen in ((fixed(), pairs), (rng, pairs[:5])):
            for shape, broadcast in chosen:
                yield part(name, case(draw.normal(size=broadcast).round(2), shape))
    for shape, broadcast in EMPTY:
        yield edge("empty arrays", rng.normal(size=broadcast), shape)
    yield edge("two numbers", rng.normal(size=()), ())


def _averages(g: Array, shape: Shape) -> Array:
    return np.mean(g, axis=_all_changed_axes(shape, g.shape), keepdims=True).reshape(shape)


def _one_axis_after_another(g: Array, shape: Shape) -> Array:
    for axis in added_axes(shape, g.shape):
        g = g.sum(axis=axis)
    return np.sum(g, axis=stretched_axes(shape, g.shape), keepdims=True)


def _drops_one_after_another(g: Array, shape: Shape) -> Array:
    g = np.asarray(g.sum(axis=added_axes(shape, g.shape)))
    for axis, size in enumerate(shape):
        if size == 1:
            g = np.asarray(g.sum(axis=axis))
    return g


def _first_copy(g: Array, shape: Shape) -> Array:
    changed = _all_changed_axes(shape, g.shape)
    return g[tuple(slice(0, 1) if axis in changed else slice(None) for axis in range(g.ndim))].reshape(shape)


def _last_axes(g: Array, shape: Shape) -> Array:
    while g.ndim > len(shape):
        g = np.asarray(g.sum(axis=-1))
    return np.sum(g, axis=tuple(i for i, n in enumerate(shape) if n == 1 != g.shape[i]), keepdims=True)


def _by_reshape(g: Array, shape: Shape) -> Array:
    return np.asarray(g.reshape(-1, *shape).sum(axis=0))


def _one_stretched_axis(g: Array, shape: Shape) -> Array:
    g = np.asarray(g.sum(axis=added_axes(shape, g.shape)))
    ones = [axis for axis, size in enumerate(shape) if size == 1]
    return g.sum(axis=ones[0], keepdims=True) if ones else g


def _from_the_left(g: Array, shape: Shape) -> Array:
    axes = tuple(axis for axis in range(g.ndim) if axis >= len(shape) or shape[axis] != g.shape[axis])
    return np.reshape(np.sum(g, axis=axes), shape)


UNBROADCAST = Exercise(
    name="unbroadcast",
    points=25,
    reference=unbroadcast,
    cases=unbroadcast_cases,
    parts={"stretched axes": 9, "added axes": 8, "both": 8},
    recorded=[
        Recorded(part("stretched axes", case(G, (2, 1))), np.array([[-1.0], [-1.5]]), TORCH + " of a + b")
    ],
    next="compare `g.shape` with `shape`: which axes must be summed, and do they stay or go?",
    uses=("added_axes", "stretched_axes"),
    why="With `keepdims=True` every axis keeps its place while all are summed, so their numbers stay true; reshape then drops the leading ones.",
    misconceptions=[
        Misconception("averages", _averages, AVERAGED, "which NumPy function adds without dividing?"),
        Misconception(
            "drops the axis",
            lambda g, shape: np.asarray(np.sum(g, axis=_all_changed_axes(shape, g.shape))),
            "The values are right, but an axis is gone: a sum drops its axis unless told to keep it.",
            "which argument of `np.sum` keeps a summed axis with size 1?",
        ),
        Misconception(
            "squeezes",
            lambda g, shape: np.squeeze(unbroadcast(g, shape)),
            "The values are right, but every axis of size 1 is gone, also those that `shape` has.",
            "which axes of size 1 must go, and which does `shape` ask for?",
        ),
        Misconception(
            "drops one axis after another",
            _drops_one_after_another,
            "A sum drops its axis unless told to keep it. So the axes behind it move up, and have other numbers in the next round.",
            "which argument of `sum` keeps a summed axis with size 1?",
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
        Misconception(
            "added axes stay",
            lambda g, shape: np.sum(g, axis=_all_changed_axes(shape, g.shape), keepdims=True),
            "The values are right, but the axes that were added are still there, with size 1. They must go.",
            "`reshape` gives an array the shape that you name.",
        ),
        Misconception(
            "axis 0 only",
            lambda g, shape: np.sum(g, axis=0),
            "You summed over axis 0, which is right for the bias of a batch. Which axes were copied depends on the shapes.",
            "which axes does `added_axes` find, which `stretched_axes`?",
        ),
        Misconception(
            "from the left",
            _from_the_left,
            "You compared the shapes from the left. They line up at their last axes.",
            "if an axis was added in front, which axis of `g` belongs to axis 0 of `shape`?",
        ),
        Misconception(
            "sums the last axes away",
            _last_axes,
            "You summed away the last axes of g. The axes that NumPy adds stand in front.",
            "which number has the first axis?",
        ),
        Misconception(
            "sums a reshaped g",
            _by_reshape,
            "You gave g a new shape and summed its first axis. `reshape` keeps the numbers in their old order, so "
            "where an inner axis was stretched, numbers of different places come together.",
            "over which of the axes of g itself must the sum run?",
        ),
        Misconception(
            "first stretched axis only",
            _one_stretched_axis,
            "You summed over the first axis of size 1 in `shape` alone. There can be several.",
            "how many entries of `shape` can be 1?",
        ),
        Misconception(
            "reshapes only",
            lambda g, shape: g.reshape(shape),
            "You only gave g another shape. There are more numbers in it than fit: they must be summed first.",
            "how many numbers has `g`, and how many must come back?",
        ),
    ],
)


def _one_shape_for_both(slope_a: Function, slope_b: Function) -> list[Misconception]:
    """Both gradients are summed to the shape of a, or both to that of b."""
    told = (
        "You summed both gradients to the shape of {}. Each operand's gradient has the shape of that operand."
    )

    def answer(known: int) -> Function:
        def vjp(g: Array, ans: Array, *operands: Array) -> tuple[Array, Array]:
            shape = operands[known].shape
            return unbroadcast(g * slope_a(*operands), shape), unbroadcast(g * slope_b(*operands), shape)

        return vjp

    return [
        Misconception(f"both in the shape of {name}", answer(i), told.format(name))
        for i, name in enumerate("ab")
    ]


def add_broadcast_vjp(g: Array, ans: Array, a: Array, b: Array) -> tuple[Array, Array]:
    return unbroadcast(g, a.shape), unbroadcast(g, b.shape)


def operand_cases(op: Function) -> Function:
    def cases(rng: Rng) -> Iterator[Case]:
        for draw in (fixed(), rng):
            for shapes in OPERANDS:
                yield case(*_operands(op, draw, *shapes))
        yield edge("an array of one entry and a number", *_operands(op, rng, (1,), ()))
        yield edge("empty arrays", *_operands(op, rng, (0, 4), (1, 4)))

    return cases


def _operands(op: Function, rng: Rng, shape_a: Shape, shape_b: Shape) -> tuple[Array, ...]:
    """g, ans, a and b."""
    a, b = (np.array(rng.normal(size=shape).round(2)) for shape in (shape_a, shape_b))
    ans = np.array(op(a, b))
    return np.array(rng.normal(size=ans.shape).round(2)), ans, a, b


ADD_BROADCAST_VJP = Exercise(
    name="add_broadcast_vjp",
    points=10,
    reference=add_broadcast_vjp,
    cases=operand_cases(np.add),
    recorded=[Recorded(case(G, A + B, A, B), (G.copy(), np.array([[-1.0], [-1.5]])), TORCH)],
    uses=("unbroadcast",),
    why="unbroadcast does nothing where the shapes agree already, so nobody need ask which operand was broadcast.",
    next="add's rule is (g, g). Which shape must each of the two have?",
    misconceptions=[
        Misconception("g as it came", lambda g, ans, a, b: (g.copy(), g.copy()), NO_SUM),
        Misconception(
            "only the second",
            lambda g, ans, a, b: (g.copy(), unbroadcast(g, b.shape)),
            "The gradient of b is right. But a can be the one that was broadcast, too.",
        ),
        Misconception(
            "only the first",
            lambda g, ans, a, b: (unbroadcast(g, a.shape), g.copy()),
            "The gradient of a is right. But b can be the one that was broadcast, too.",
        ),
        Misconception(
            "a batch and its bias",
            lambda g, ans, a, b: (g.copy(), g.sum(axis=0)),
            "You took a for a batch and b for its bias. Which of the two was broadcast, and along which axes, depends on the shapes.",
            "you have written a function that does this for any shapes.",
        ),
        Misconception(
            "sums everything",
            lambda g, ans, a, b: (np.full(a.shape, g.sum()), np.full(b.shape, g.sum())),
            "You added up all of g. Each entry of an operand has copies of its own; only those belong together.",
        ),
        Misconception(
            "swapped",
            lambda g, ans, a, b: (unbroadcast(g, b.shape), unbroadcast(g, a.shape)),
            "The two gradients are in the wrong order: a's comes first.",
        ),
        *_one_shape_for_both(lambda a, b: 1, lambda a, b: 1),
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
    uses=("unbroadcast",),
    why="Each copy of a meets a b of its own, so the product comes first, while the copies are apart, and the sum after it.",
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
        *_one_shape_for_both(lambda a, b: b, lambda a, b: a),
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
