"""Chapter 07: products of matrices, sums over axes, and operations that only move numbers."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch05_unbroadcast import unbroadcast
from revgraph.checks.exercise import Exercise, Misconception, Recorded
from revgraph.checks.report import SHOWN

Shape = tuple[int, ...]
Array = np.ndarray
Rng = np.random.Generator
Axis = int | tuple[int, ...] | None
Pairs = tuple[tuple[int, int], ...]

# Operands of a matrix product. All sizes differ, so that a product in the wrong order does not fit; in the
# last two it does fit, which tells the wrong orders apart.
FACTORS: list[tuple[Shape, Shape]] = [
    ((2, 3), (3, 1)),
    ((2, 3), (3, 4)),
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 4)),
    ((5, 2, 3), (5, 3, 4)),
    ((5, 2, 3), (3, 4)),
    ((2, 3), (5, 3, 4)),
    ((1, 2, 3), (5, 3, 4)),
    ((6, 1, 2, 3), (5, 3, 4)),
    ((3,), (5, 3, 4)),
    ((5, 2, 3), (3,)),
    ((1, 3), (3, 1)),
    ((0, 3), (3, 4)),
    ((2, 0), (0, 4)),
    ((3, 3), (3, 4)),
    ((2, 4), (4, 4)),
]

# What is reduced, and how.
REDUCTIONS: list[tuple[Shape, dict[str, Any]]] = [
    ((4,), {}),
    ((2, 3), {}),
    ((2, 3), {"axis": 0}),
    ((2, 3), {"axis": 1}),
    ((2, 3), {"axis": 1, "keepdims": True}),
    ((2, 3), {"axis": -1}),
    ((2, 3), {"axis": -2, "keepdims": True}),
    ((2, 3), {"keepdims": True}),
    ((2, 3, 4), {"axis": 1}),
    ((2, 3, 4), {"axis": (0, 2)}),
    ((2, 3, 4), {"axis": (2, 0)}),
    ((2, 3, 4), {"axis": (-3, -1)}),
    ((2, 3, 4), {"axis": (0, 1), "keepdims": True}),
    ((2, 3, 4), {"axis": (0, 1, 2)}),
    ((1, 4), {"axis": 0}),
]


def _draw(rng: Rng, shape: Shape) -> Array:
    """Random numbers, no two alike; where a message shows them all, they are easy to read."""
    size = int(np.prod(shape))
    if size <= SHOWN:
        return rng.choice(SMALL, size, replace=False).reshape(shape)
    return rng.normal(size=shape)


SMALL = np.array([-5.0, -4.0, -3.0, -2.0, -1.0, 1.0, 2.0, 3.0, 4.0, 5.0])


# matmul_vjp


def matmul_vjp(g: Array, ans: Array, a: Array, b: Array) -> tuple[Array, Array]:
    g, rows, columns = _as_matrices(g, a, b)
    return (
        unbroadcast(g @ np.swapaxes(columns, -1, -2), rows.shape).reshape(a.shape),
        unbroadcast(np.swapaxes(rows, -1, -2) @ g, columns.shape).reshape(b.shape),
    )


def _as_matrices(g: Array, a: Array, b: Array) -> tuple[Array, Array, Array]:
    """A vector on the left is a matrix of one row, on the right of one column; g gets those axes back."""
    if b.ndim == 1:
        b, g = b[:, np.newaxis], np.expand_dims(g, -1)
    if a.ndim == 1:
        a, g = a[np.newaxis, :], np.expand_dims(g, -2)
    return g, a, b


def matmul_cases(rng: Rng) -> Iterator[Case]:
    for shape_a, shape_b in FACTORS:
        a, b = _draw(rng, shape_a), _draw(rng, shape_b)
        ans = np.array(a @ b)
        yield case(_draw(rng, ans.shape), ans, a, b)


def _matmul_without_vectors(g: Array, ans: Array, a: Array, b: Array) -> tuple[Array, Array]:
    return (
        unbroadcast(g @ np.swapaxes(b, -1, -2), a.shape),
        unbroadcast(np.swapaxes(a, -1, -2) @ g, b.shape),
    )


def _matmul_with_copies(g: Array, ans: Array, a: Array, b: Array) -> tuple[Array, Array]:
    g, rows, columns = _as_matrices(g, a, b)
    da, db = g @ np.swapaxes(columns, -1, -2), np.swapaxes(rows, -1, -2) @ g
    return (
        da.squeeze(-2) if a.ndim == 1 else da,
        db.squeeze(-1) if b.ndim == 1 else db,
    )


def _matmul_with_T(g: Array, ans: Array, a: Array, b: Array) -> tuple[Array, Array]:
    g, rows, columns = _as_matrices(g, a, b)
    return (
        unbroadcast(g @ columns.T, rows.shape).reshape(a.shape),
        unbroadcast(rows.T @ g, columns.shape).reshape(b.shape),
    )


# sum_vjp, mean_vjp, max_vjp


def _restored(x: Array, axis: Axis, keepdims: bool) -> Array:
    """The result of a reduction with its axes back, as size 1."""
    return x if keepdims or axis is None else np.expand_dims(x, axis)


def sum_vjp(g: Array, ans: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    return np.broadcast_to(_restored(g, axis, keepdims), a.shape).copy()


def mean_vjp(g: Array, ans: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    return sum_vjp(g, ans, a, axis, keepdims) / (a.size / ans.size)


def max_vjp(g: Array, ans: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    largest = _largest(ans, a, axis, keepdims)
    return _restored(g, axis, keepdims) * largest / largest.sum(axis=axis, keepdims=True)


def _largest(ans: Array, a: Array, axis: Axis, keepdims: bool) -> Array:
    return a == _restored(ans, axis, keepdims)


def reduction_cases(
    op: Any, draw: Callable[[Rng, Shape], Array], edges: Sequence[tuple[Shape, dict[str, Any]]] = ()
) -> Any:
    def cases(rng: Rng) -> Iterator[Case]:
        for shape, how in [*REDUCTIONS, *edges]:
            a = draw(rng, shape)
            ans = np.array(op(a, **how))
            yield case(_draw(rng, ans.shape), ans, a, **how)

    return cases


def _with_ties(rng: Rng, shape: Shape) -> Array:
    return np.array(rng.integers(-2, 1, size=shape), float)


def _axis_forgotten(g: Array, ans: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    return np.broadcast_to(g, a.shape).copy()


def _always_expanded(g: Array, ans: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    return np.broadcast_to(_restored(g, axis, False), a.shape).copy()


def _axes_one_by_one(g: Array, ans: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    if axis is not None and not keepdims:
        for one in axis if isinstance(axis, tuple) else (axis,):
            g = np.expand_dims(g, one)
    return np.broadcast_to(g, a.shape).copy()


def _negative_axis_unseen(g: Array, ans: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    axes = range(a.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return np.broadcast_to(
        g.reshape([1 if i in axes else size for i, size in enumerate(a.shape)]), a.shape
    ).copy()


def _mean_of(count: Callable[[Array, Array, Axis], Any]) -> Any:
    def wrong_mean_vjp(g: Array, ans: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
        return sum_vjp(g, ans, a, axis, keepdims) / count(a, ans, axis)

    return wrong_mean_vjp


def _count_with_axis_0_as_none(a: Array, ans: Array, axis: Axis) -> Any:
    if not axis:
        return a.size
    return np.prod([a.shape[i] for i in (axis if isinstance(axis, tuple) else (axis,))])


def _count_along_one_axis(a: Array, ans: Array, axis: Any) -> Any:
    return a.size if axis is None else a.shape[axis]


def _max_each_full(g: Array, ans: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    return _restored(g, axis, keepdims) * _largest(ans, a, axis, keepdims)


def _max_first_only(g: Array, ans: Array, a: Array, axis: Any = None, keepdims: bool = False) -> Array:
    out = np.zeros_like(a)
    if axis is None:
        out.flat[np.argmax(a)] = g.item()
        return out
    place = np.expand_dims(np.argmax(a, axis=axis), axis)
    np.put_along_axis(out, place, _restored(g, axis, keepdims), axis)
    return out


def _max_shared_by_all(g: Array, ans: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    largest = _largest(ans, a, axis, keepdims)
    return _restored(g, axis, keepdims) * largest / largest.sum()


def _max_of_everything(g: Array, ans: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    largest = a == np.max(a)
    return _restored(g, axis, keepdims) * largest / largest.sum()


def _max_of_everything_by_axis(
    g: Array, ans: Array, a: Array, axis: Axis = None, keepdims: bool = False
) -> Array:
    largest = a == np.max(a)
    return _restored(g, axis, keepdims) * largest / largest.sum(axis=axis, keepdims=True)


def _max_axis_forgotten(g: Array, ans: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    largest = a == ans
    return g * largest / largest.sum(axis=axis, keepdims=True)


def _max_without_g(g: Array, ans: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    largest = _largest(ans, a, axis, keepdims)
    return largest / largest.sum(axis=axis, keepdims=True)


# reshape_vjp and transpose_vjp


def reshape_vjp(g: Array, ans: Array, a: Array, shape: Shape) -> Array:
    return g.reshape(a.shape)


def reshape_cases(rng: Rng) -> Iterator[Case]:
    pairs: list[tuple[Shape, Shape]] = [
        ((2, 3), (3, 2)),
        ((2, 3), (6,)),
        ((6,), (2, 3)),
        ((2, 3, 4), (6, 4)),
        ((2, 3, 4), (4, -1)),
        ((2, 3, 4), (-1,)),
        ((5, 4), (1, 5, 2, 2)),
        ((1, 1), ()),
        ((), (1,)),
        ((0, 3), (3, 0)),
    ]
    for before, after in pairs:
        a = _draw(rng, before)
        ans = a.reshape(after)
        yield case(_draw(rng, ans.shape), ans, a, after)


def transpose_vjp(g: Array, ans: Array, a: Array, axes: Shape | None = None) -> Array:
    return g.T if axes is None else g.transpose(np.argsort(axes))


def transpose_cases(rng: Rng) -> Iterator[Case]:
    pairs: list[tuple[Shape, Shape | None]] = [
        ((2, 3), None),
        ((2, 3), (1, 0)),
        ((2, 3), (0, 1)),
        ((2, 3, 4), None),
        ((2, 3, 4), (0, 2, 1)),
        ((1, 2, 3), (1, 2, 0)),
        ((2, 3, 4), (1, 2, 0)),
        ((2, 3, 4), (2, 0, 1)),
        ((2, 3, 4, 5), (1, 2, 3, 0)),
        ((2, 3, 4, 5), (0, 3, 1, 2)),
        ((1, 3, 1), (1, 2, 0)),
        ((0, 2, 3), (1, 2, 0)),
        ((4,), None),
    ]
    for shape, axes in pairs:
        a = _draw(rng, shape)
        ans = a.transpose(axes)
        how = {} if axes is None else {"axes": axes}
        yield case(_draw(rng, ans.shape), ans.copy(), a, **how)


# getitem_vjp. An index may be a slice, an ellipsis, a mask; as plain data it travels as it is written.


def getitem_vjp(g: Array, ans: Array, a: Array, index: Any) -> Array:
    out = np.zeros(a.shape)
    np.add.at(out, index, g)
    return out


def ask_getitem(candidate: Callable[..., Any], g: Array, ans: Array, a: Array, where: str) -> Any:
    return candidate(g, ans, a, written_index(where, a))


def written_index(where: str, a: Array) -> Any:
    """The index in a text such as ``ans = a[0, 1:3]`` (one of ours: it is evaluated)."""
    inside = where.removeprefix("ans = a[").removesuffix("]")
    return eval(f"s_[{inside}]", {"s_": np.s_, "a": a})


def getitem_cases(rng: Rng) -> Iterator[Case]:
    for shape, inside in [
        ((4,), "1"),
        ((5,), "1:4"),
        ((4,), "[2, 0, 2]"),
        ((2, 3), "1"),
        ((2, 3), ":, 1:"),
        ((2, 3), "-1, ::2"),
        ((5,), "::-2"),
        ((3, 4), "[2, 0, 2, 2]"),
        ((3, 4), ":, [1, 1, 3]"),
        ((3, 4), "[0, 2, 0], [1, 3, 1]"),
        ((3, 4), "[[0, 2], [2, 1]]"),
        ((3, 4), "a > 0"),
        ((3, 4), "[True, False, True]"),
        ((3,), ":, None"),
        ((2, 3, 4), "..., 2"),
        ((2, 3, 4), "0, ..., None, [3, 3]"),
        ((2, 3), "..."),
        ((3, 4), "3:"),
    ]:
        a, where = _draw(rng, shape), f"ans = a[{inside}]"
        ans = np.array(a[written_index(where, a)])
        yield case(_draw(rng, ans.shape), ans, a, where)


def _last_wins(g: Array, ans: Array, a: Array, index: Any) -> Array:
    out = np.zeros_like(a)
    out[index] += g
    return out


def _shared_among_copies(g: Array, ans: Array, a: Array, index: Any) -> Array:
    times = getitem_vjp(np.ones_like(g), ans, a, index)
    return getitem_vjp(g, ans, a, index) / np.maximum(1, times)


def _added_to_a(g: Array, ans: Array, a: Array, index: Any) -> Array:
    return a + getitem_vjp(g, ans, a, index)


# pad_vjp


def pad_vjp(g: Array, ans: Array, a: Array, pad_width: Pairs) -> Array:
    return g[tuple(slice(before, before + n) for (before, _), n in zip(pad_width, a.shape, strict=True))]


def pad_cases(rng: Rng) -> Iterator[Case]:
    pairs: list[tuple[Shape, Pairs]] = [
        ((3,), ((1, 2),)),
        ((2,), ((0, 3),)),
        ((4,), ((2, 0),)),
        ((2, 3), ((1, 2), (3, 1))),
        ((2, 3), ((0, 0), (2, 1))),
        ((2, 3), ((1, 1), (2, 2))),
        ((2, 3), ((0, 2), (1, 0))),
        ((2, 3), ((0, 0), (0, 0))),
        ((2, 4, 3, 1), ((0, 0), (1, 2), (0, 1), (0, 0))),
        ((0, 3), ((1, 2), (0, 1))),
    ]
    for shape, pad_width in pairs:
        a = _draw(rng, shape)
        ans = np.pad(a, pad_width)
        yield case(_draw(rng, ans.shape), ans, a, pad_width)


def _cropped(cut: Callable[[int, int, int], slice]) -> Any:
    def wrong_pad_vjp(g: Array, ans: Array, a: Array, pad_width: Pairs) -> Array:
        pairs = zip(pad_width, a.shape, strict=True)
        return g[tuple(cut(before, after, n) for (before, after), n in pairs)]

    return wrong_pad_vjp


def _cropped_table(g: Array, ans: Array, a: Array, pad_width: Pairs) -> Array:
    (top, _), (left, _) = pad_width
    rows, columns = a.shape
    return g[top : top + rows, left : left + columns]


A = np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]])
B = np.array([[2.0], [-3.0], [0.5]])
G = np.array([[2.0], [-1.0]])
ROWS = np.array([[1.0, 3.0, 3.0], [2.0, 0.0, 1.0]])
TORCH = "PyTorch 2.13.0, Tensor.backward(g)"

FORGETS_G = "Your result lacks g. The chain rule multiplies the local derivative by what arrives from above."
NOT_MOVED = (
    "You returned g as it came. It has the shape of the result; a gradient has the shape of its operand."
)
AXIS_GONE = (
    "The axis that was reduced is missing from g, and NumPy lines shapes up at their last axes. "
    "It must come back, with size 1, where it was."
)
EXPANDS_KEPT = "With `keepdims=True` the axis is still there, with size 1. You put in another one."
NO_AXIS = (AXIS_GONE, "which NumPy function puts an axis of size 1 into a shape?")
LARGEST_OF_ALL = (
    "You compared with the largest entry of the whole array. Each row, or column, has a maximum of its own.",
    "which argument already holds the maxima?",
)
MATRICES_ONLY = (
    "The rule for two matrices is right. A vector has no second axis to transpose, and of a stack of "
    "matrices `.T` turns round every axis, not the last two alone.",
    "make a vector a matrix of one row or one column first. What must g become then?",
)

EXERCISES = [
    Exercise(
        name="matmul_vjp",
        points=20,
        reference=matmul_vjp,
        cases=matmul_cases,
        recorded=[
            Recorded(
                case(G, A @ B, A, B),
                (np.array([[4.0, -6.0, 1.0], [-2.0, 3.0, -0.5]]), np.array([[1.5], [-8.0], [7.0]])),
                TORCH,
            ),
            Recorded(
                case(np.array([1.0, -2.0]), A @ B[:, 0], A, B[:, 0]),
                (np.array([[2.0, -3.0, 0.5], [-4.0, 6.0, -1.0]]), np.array([0.0, -10.0, 5.0])),
                TORCH,
            ),
        ],
        next="write the shapes of g, a and b on paper. Which product has the shape of a?",
        misconceptions=[
            Misconception(
                "nothing transposed",
                lambda g, ans, a, b: (g @ b, a @ g),
                "You multiplied by b and by a as they are. The inner sizes do not meet; even where they happen "
                "to, the numbers are wrong.",
                "g has n columns. Which side of b has size n, and how do you turn it towards g?",
            ),
            Misconception(
                "wrong order",
                lambda g, ans, a, b: (
                    np.swapaxes(b, -1, -2) @ g,
                    g @ np.swapaxes(a, -1, -2),
                ),
                "You transposed the right things and multiplied them in the wrong order.",
                "write the sizes under each product. On which side of g must b stand, so that they meet?",
            ),
            Misconception(
                "elementwise",
                lambda g, ans, a, b: (g * b, g * a),
                "That is the rule of the elementwise product `a * b`. In `a @ b` an entry of a meets a whole row of b.",
                "nudge one entry of a. Which entries of the result move, and by how much?",
            ),
            Misconception("matrices only, with .T", lambda g, ans, a, b: (g @ b.T, a.T @ g), *MATRICES_ONLY),
            Misconception(
                "matrices only, with dot",
                lambda g, ans, a, b: (np.dot(g, b.T), np.dot(a.T, g)),
                *MATRICES_ONLY,
            ),
            Misconception(
                "neither vectors nor copies",
                lambda g, ans, a, b: (g @ np.swapaxes(b, -1, -2), np.swapaxes(a, -1, -2) @ g),
                "Matrices, and stacks of the same length, come out right. A vector has no two axes to swap, and "
                "where one matrix met a whole stack, its copies must be summed.",
                "make a vector a matrix of one row or one column first. What must g become then?",
            ),
            Misconception(
                "no vectors",
                _matmul_without_vectors,
                "Matrices and stacks of matrices come out right. A vector has one axis, so there are no two to swap.",
                "make a vector a matrix of one row or one column first. What must g become then?",
            ),
            Misconception(
                ".T of a stack",
                _matmul_with_T,
                "Vectors and matrices come out right. But `.T` turns round every axis of a stack of matrices; "
                "only the last two belong to the matrix.",
                "`np.swapaxes` takes the two axes to swap; negative numbers count from the end.",
            ),
            Misconception(
                "copies not summed",
                _matmul_with_copies,
                "The products are right, but a stack of them came back for an operand that was broadcast. "
                "Copies are paths, and paths add.",
                "you have written a function that brings a gradient back to a shape.",
            ),
            Misconception(
                "swapped",
                lambda g, ans, a, b: matmul_vjp(g, ans, a, b)[::-1],
                "The two gradients are in the wrong order: a's comes first.",
            ),
        ],
    ),
    Exercise(
        name="sum_vjp",
        points=15,
        reference=sum_vjp,
        cases=reduction_cases(np.sum, _draw, [((), {}), ((0, 4), {"axis": 0}), ((0, 4), {"axis": 1})]),
        recorded=[
            Recorded(
                case(np.array([2.0, -1.0]), np.sum(A, axis=1), A, axis=1),
                np.array([[2.0, 2.0, 2.0], [-1.0, -1.0, -1.0]]),
                TORCH,
            )
        ],
        next="which shape would g have if the sum had kept its axes?",
        misconceptions=[
            Misconception("g as it came", lambda g, ans, a, axis=None, keepdims=False: g.copy(), NOT_MOVED),
            Misconception(
                "axis not put back",
                _axis_forgotten,
                *NO_AXIS,
            ),
            Misconception(
                "expands what was kept", _always_expanded, EXPANDS_KEPT, "when is there no axis to put back?"
            ),
            Misconception(
                "expands without an axis",
                lambda g, ans, a, axis=None, keepdims=False: np.broadcast_to(
                    np.expand_dims(g, axis), a.shape
                ),
                "You always put an axis back. Without `axis` there is none to put back, and with `keepdims=True` it never went.",
                "in which of the cases is something missing from g?",
            ),
            Misconception(
                "one axis after another",
                _axes_one_by_one,
                "You put the axes back one after another. Their numbers count in the finished shape, which is "
                "not there yet after the first one.",
                "`np.expand_dims` takes all axes at once, as a tuple.",
            ),
            Misconception(
                "negative axis unseen",
                _negative_axis_unseen,
                "You looked for the axis among 0, 1, 2, …. A negative axis counts from the end and is never found there.",
                "which number does axis -1 have in an array with `a.ndim` axes?",
            ),
            Misconception(
                "forgets g",
                lambda g, ans, a, axis=None, keepdims=False: np.ones_like(a),
                FORGETS_G,
                "a nudge of one entry moves its sum by as much. And by how much does the loss move?",
            ),
            Misconception(
                "mean's rule",
                mean_vjp,
                "You shared g out among the entries. That is the mean: in a sum, every entry counts in full.",
            ),
        ],
    ),
    Exercise(
        name="mean_vjp",
        points=5,
        reference=mean_vjp,
        cases=reduction_cases(np.mean, _draw),
        recorded=[
            Recorded(
                case(np.array([3.0, -1.5]), np.mean(A, axis=1), A, axis=1),
                np.array([[1.0, 1.0, 1.0], [-0.5, -0.5, -0.5]]),
                TORCH,
            )
        ],
        next="a mean is a sum divided by a number. How many entries went into one mean?",
        misconceptions=[
            Misconception(
                "sum's rule",
                sum_vjp,
                "That is the rule of the sum. A mean is divided by a number, and so is its gradient.",
            ),
            Misconception(
                "divides by everything",
                _mean_of(lambda a, ans, axis: a.size),
                "You divided by the number of all entries. Only those that went into the same mean count.",
            ),
            Misconception(
                "axis not put back",
                lambda g, ans, a, axis=None, keepdims=False: (
                    _axis_forgotten(g, ans, a, axis, keepdims) / (a.size / ans.size)
                ),
                AXIS_GONE,
                "you have written a function that hands g out to all entries.",
            ),
            Misconception(
                "axis not put back, divides by everything",
                lambda g, ans, a, axis=None, keepdims=False: (
                    _axis_forgotten(g, ans, a, axis, keepdims) / a.size
                ),
                AXIS_GONE,
                "you have written a function that hands g out to all entries.",
            ),
            Misconception(
                "divides by the number of means",
                _mean_of(lambda a, ans, axis: ans.size),
                "You divided by how many means there are. What counts is how many entries went into each.",
            ),
            Misconception(
                "divides by the first axis",
                _mean_of(lambda a, ans, axis: len(a)),
                "You divided by the length of the first axis, whichever axis the mean ran over.",
            ),
            Misconception(
                "axis 0 taken for None",
                _mean_of(_count_with_axis_0_as_none),
                "With `axis=0` you divided by the number of all entries: to Python, 0 is as false as None.",
                "how do you ask whether `axis` is None, and nothing else?",
            ),
            Misconception(
                "one axis only",
                _mean_of(_count_along_one_axis),
                "One axis comes out right. But `axis` can also be a tuple, and then there are several sizes to multiply.",
                "can you count the entries of one mean without asking for the axes at all?",
            ),
        ],
    ),
    Exercise(
        name="max_vjp",
        points=15,
        reference=max_vjp,
        cases=reduction_cases(np.max, _with_ties, [((), {}), ((0, 4), {"axis": 1})]),
        recorded=[
            Recorded(
                case(np.array([4.0, -1.0]), np.max(ROWS, axis=1), ROWS, axis=1),
                np.array([[0.0, 2.0, 2.0], [-1.0, 0.0, 0.0]]),
                "PyTorch 2.13.0, torch.amax, which shares among ties",
            ),
            Recorded(
                case(np.array(6.0), np.array(3.0), np.array([[1.0, 3.0], [3.0, 3.0]])),
                np.array([[0.0, 2.0], [2.0, 2.0]]),
                "PyTorch 2.13.0, torch.amax, which shares among ties",
            ),
        ],
        next="which entries are equal to their maximum, and how many of them are there?",
        misconceptions=[
            Misconception(
                "each the whole",
                _max_each_full,
                "Entries that tie each got all of g. They share it equally.",
                "how many entries are there to share with, along the axis?",
            ),
            Misconception(
                "first only",
                _max_first_only,
                "The first of several equal maxima got everything. Equal entries get equal shares.",
                "`argmax` knows only one place. How do you mark all of them?",
            ),
            Misconception(
                "shares with other maxima",
                _max_shared_by_all,
                "You counted the largest entries of the whole array. Only those of the same maximum share with one another.",
                "along which axis must the count run, and which shape must it keep?",
            ),
            Misconception("largest of all", _max_of_everything, *LARGEST_OF_ALL),
            Misconception("largest of all, counted by axis", _max_of_everything_by_axis, *LARGEST_OF_ALL),
            Misconception("axis not put back", _max_axis_forgotten, *NO_AXIS),
            Misconception(
                "axis not put back, each the whole",
                lambda g, ans, a, axis=None, keepdims=False: np.where(a == ans, g, 0.0),
                *NO_AXIS,
            ),
            Misconception(
                "expands what was kept",
                lambda g, ans, a, axis=None, keepdims=False: max_vjp(g, ans, a, axis, False),
                EXPANDS_KEPT,
                "when is there no axis to put back?",
            ),
            Misconception("forgets g", _max_without_g, FORGETS_G),
            Misconception(
                "sum's rule",
                sum_vjp,
                "Every entry got the gradient. Nudge an entry that is not the largest: the maximum stays where it is.",
            ),
        ],
    ),
    Exercise(
        name="reshape_vjp",
        points=5,
        reference=reshape_vjp,
        cases=reshape_cases,
        recorded=[
            Recorded(
                case(np.array([[1.0, 2.0], [-4.0, 3.0], [-5.0, 0.5]]), A.reshape(3, 2), A, (3, 2)),
                np.array([[1.0, 2.0, -4.0], [3.0, -5.0, 0.5]]),
                TORCH,
            )
        ],
        next="which shape must come back?",
        misconceptions=[
            Misconception("g as it came", lambda g, ans, a, shape: g.copy(), NOT_MOVED),
            Misconception(
                "transposed",
                lambda g, ans, a, shape: g.T.reshape(a.shape),
                "You transposed g first. A reshape never changes the order in which the numbers are read, nor does its rule.",
            ),
            Misconception(
                "column by column",
                lambda g, ans, a, shape: g.reshape(a.shape, order="F"),
                "You filled the shape column by column. `a.reshape` read row by row, and so must its rule.",
            ),
            Misconception(
                "flat",
                lambda g, ans, a, shape: g.ravel().copy(),
                "The numbers are right and in the right order, but they lie flat. They need the shape of a.",
            ),
            Misconception(
                "a again",
                lambda g, ans, a, shape: ans.reshape(a.shape).copy(),
                "You turned the result back into a. It is the gradient that must travel back, not the values.",
            ),
        ],
    ),
    Exercise(
        name="transpose_vjp",
        points=10,
        reference=transpose_vjp,
        cases=transpose_cases,
        recorded=[
            Recorded(
                case(np.array([[1.0, 2.0], [-4.0, 3.0], [-5.0, 0.5]]), A.T, A),
                np.array([[1.0, -4.0, -5.0], [2.0, 3.0, 0.5]]),
                TORCH,
            ),
            Recorded(
                case(
                    np.arange(6.0).reshape(2, 3, 1),
                    np.ones((2, 3, 1)),
                    np.ones((1, 2, 3)),
                    axes=(1, 2, 0),
                ),
                np.array([[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]]),
                "PyTorch 2.13.0, Tensor.permute",
            ),
        ],
        next="axis i of the result was axis `axes[i]` of a. So where does axis i of g go?",
        misconceptions=[
            Misconception("g as it came", lambda g, ans, a, axes=None: g.copy(), NOT_MOVED),
            Misconception(
                "same axes again",
                lambda g, ans, a, axes=None: g.transpose(axes),
                "You moved the axes the same way once more. That undoes a swap of two; a turn of three goes on turning.",
                "which permutation takes you back? Try (1, 2, 0) on paper.",
            ),
            Misconception(
                "always reversed",
                lambda g, ans, a, axes=None: g.T.copy(),
                "You reversed the axes. That is right without `axes`, and only then.",
            ),
            Misconception(
                "axes read backwards",
                lambda g, ans, a, axes=None: g.T if axes is None else g.transpose(axes[::-1]),
                "You read `axes` backwards. The inverse of a permutation is something else: it brings every axis home.",
                "which permutation takes you back? Try (1, 2, 0) on paper.",
            ),
            Misconception(
                "reshape",
                lambda g, ans, a, axes=None: g.reshape(a.shape).copy(),
                "The shape is right, but the numbers sit in the wrong places: a reshape keeps their order, a transpose does not.",
            ),
            Misconception(
                "no default",
                lambda g, ans, a, axes=None: g.transpose(np.argsort(axes)),
                "With a permutation you are right. Without `axes`, NumPy reverses the axes, and there is no permutation to invert.",
                "`a.transpose()` is `a.T`. What is the way back?",
            ),
        ],
    ),
    Exercise(
        name="getitem_vjp",
        points=10,
        reference=getitem_vjp,
        cases=getitem_cases,
        probe=ask_getitem,
        recorded=[
            Recorded(
                case(
                    np.array([1.0, 10.0, 100.0]),
                    np.array([3.0, 1.0, 3.0]),
                    np.array([1.0, 2.0, 3.0]),
                    "ans = a[[2, 0, 2]]",
                ),
                np.array([10.0, 0.0, 101.0]),
                TORCH,
            )
        ],
        next="start from zeros in the shape of a. Where does each entry of g belong?",
        misconceptions=[
            Misconception(
                "last one wins",
                _last_wins,
                "An entry that was taken twice got only one of its two gradients: with a repeated index, NumPy's "
                "`out[index] = g` and `out[index] += g` both keep the last.",
                "look up `np.add.at`. What does its help say about repeated indices?",
            ),
            Misconception("g as it came", lambda g, ans, a, index: g.copy(), NOT_MOVED),
            Misconception(
                "indexes g",
                lambda g, ans, a, index: np.array(g[index]),
                "You took entries out of g with the index. The index speaks of places in a.",
                "make an array in the shape of a first. What stands where nothing was taken?",
            ),
            Misconception(
                "averages",
                _shared_among_copies,
                "You averaged over the copies of an entry that was taken several times. Copies are paths, and paths add.",
            ),
            Misconception(
                "starts from a",
                _added_to_a,
                "You added g into a copy of a. Where nothing was taken the gradient is 0, not a.",
            ),
            Misconception(
                "forgets g",
                lambda g, ans, a, index: getitem_vjp(np.ones_like(g), ans, a, index),
                "You counted how often each entry was taken. What adds up are the entries of g.",
            ),
        ],
    ),
    Exercise(
        name="pad_vjp",
        points=10,
        reference=pad_vjp,
        cases=pad_cases,
        recorded=[
            Recorded(
                case(
                    np.array([1.0, 2.0, 4.0, 8.0, 16.0]),
                    np.array([0.0, 7.0, 9.0, 0.0, 0.0]),
                    np.array([7.0, 9.0]),
                    ((1, 2),),
                ),
                np.array([2.0, 4.0]),
                "PyTorch 2.13.0, torch.nn.functional.pad",
            )
        ],
        next="at which index of g does a begin, and how long is it?",
        misconceptions=[
            Misconception(
                "stops at -0",
                _cropped(lambda before, after, n: slice(before, -after)),
                "Where nothing was padded at the end, your slice is empty: `-0` is 0, so `[p:-0]` stops before it starts.",
                "count from the front: where does a end, if it begins at `before` and has `n` entries?",
            ),
            Misconception("g as it came", lambda g, ans, a, pad_width: g.copy(), NOT_MOVED),
            Misconception(
                "before and after swapped",
                _cropped(lambda before, after, n: slice(after, after + n)),
                "You cut off `after` at the front. A pair reads (before, after).",
            ),
            Misconception(
                "same at both ends",
                _cropped(lambda before, after, n: slice(before, -before if before else None)),
                "You cut the same amount off both ends. A pair holds two numbers, and they can differ.",
            ),
            Misconception(
                "takes the first entries",
                _cropped(lambda before, after, n: slice(n)),
                "You took the first entries of g. In front of a stand the zeros that were padded.",
            ),
            Misconception(
                "pads once more",
                lambda g, ans, a, pad_width: np.pad(g, pad_width),
                "You padded g too, and it grew. Going back, what was added must be cut off.",
            ),
            Misconception(
                "two axes only",
                _cropped_table,
                "Tables come out right. But there is a pair for every axis of a, however many it has.",
                "an array can be indexed with a tuple of slices, one an axis.",
            ),
            Misconception(
                "first axis only",
                lambda g, ans, a, pad_width: g[pad_width[0][0] : pad_width[0][0] + len(a)],
                "Only the first axis was cut. There is a pair for every axis.",
                "an array can be indexed with a tuple of slices, one an axis.",
            ),
        ],
    ),
]
