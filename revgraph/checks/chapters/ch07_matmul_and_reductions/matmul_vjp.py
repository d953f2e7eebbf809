"""matmul_vjp: the rule of a @ b."""

from collections.abc import Iterator

import numpy as np

from revgraph.checks.call import Case, case, edge, part
from revgraph.checks.chapters.ch05_unbroadcast import unbroadcast
from revgraph.checks.chapters.ch07_matmul_and_reductions.common import FORGETS_G, TORCH, A, draw
from revgraph.checks.chapters.common import Array, Rng, Shape, fixed
from revgraph.checks.exercise import Exercise, Misconception, Recorded

# Operands of a matrix product. All sizes differ, so that a product in the wrong order does not fit; in the
# last two of the matrices it does fit, which tells the wrong orders apart.
FACTORS: dict[str, list[tuple[Shape, Shape]]] = {
    "matrices": [((2, 3), (3, 1)), ((2, 3), (3, 4)), ((1, 3), (3, 1)), ((3, 3), (3, 4)), ((2, 4), (4, 4))],
    "vectors": [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4))],
    "stacks": [
        ((5, 2, 3), (5, 3, 4)),
        ((5, 2, 3), (3, 4)),
        ((2, 3), (5, 3, 4)),
        ((1, 2, 3), (5, 3, 4)),
        ((6, 1, 2, 3), (5, 3, 4)),
        ((3,), (5, 3, 4)),
        ((5, 2, 3), (3,)),
    ],
}


def matmul_vjp(g: Array, ans: Array, a: Array, b: Array) -> tuple[Array, Array]:
    rows = a[np.newaxis, :] if a.ndim == 1 else a  # a vector on the left is a matrix of one row,
    columns = b[:, np.newaxis] if b.ndim == 1 else b  # on the right of one column,
    if b.ndim == 1:
        g = np.expand_dims(g, -1)  # and g gets those axes back
    if a.ndim == 1:
        g = np.expand_dims(g, -2)
    da = unbroadcast(g @ np.swapaxes(columns, -1, -2), rows.shape)
    db = unbroadcast(np.swapaxes(rows, -1, -2) @ g, columns.shape)
    return da.reshape(a.shape), db.reshape(b.shape)


def _as_matrices(g: Array, a: Array, b: Array) -> tuple[Array, Array, Array]:
    """A vector on the left is a matrix of one row, on the right of one column; g gets those axes back."""
    if b.ndim == 1:
        b, g = b[:, np.newaxis], np.expand_dims(g, -1)
    if a.ndim == 1:
        a, g = a[np.newaxis, :], np.expand_dims(g, -2)
    return g, a, b


def matmul_cases(rng: Rng) -> Iterator[Case]:
    for name, pairs in FACTORS.items():
        for one in (fixed(), rng):
            yield from (part(name, case(*_product(one, *shapes))) for shapes in pairs)
    yield edge("a batch of no rows", *_product(rng, (0, 3), (3, 4)))
    yield edge("a sum of no terms", *_product(rng, (2, 0), (0, 4)))


def _product(rng: Rng, shape_a: Shape, shape_b: Shape) -> tuple[Array, ...]:
    """g, ans, a and b."""
    a, b = draw(rng, shape_a), draw(rng, shape_b)
    ans = np.array(a @ b)
    return draw(rng, ans.shape), ans, a, b


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


B = np.array([[2.0], [-3.0], [0.5]])
G = np.array([[2.0], [-1.0]])
MATRICES_ONLY = (
    "The rule for two matrices is right. A vector has no second axis to transpose, and of a stack of "
    "matrices `.T` turns round every axis, not the last two alone.",
    "make a vector a matrix of one row or one column first. What must g become then?",
)


MATMUL_VJP = Exercise(
    name="matmul_vjp",
    points=20,
    reference=matmul_vjp,
    cases=matmul_cases,
    recorded=[
        Recorded(
            part("matrices", case(G, A @ B, A, B)),
            (np.array([[4.0, -6.0, 1.0], [-2.0, 3.0, -0.5]]), np.array([[1.5], [-8.0], [7.0]])),
            TORCH,
        ),
        Recorded(
            part("vectors", case(np.array([1.0, -2.0]), A @ B[:, 0], A, B[:, 0])),
            (np.array([[2.0, -3.0, 0.5], [-4.0, 6.0, -1.0]]), np.array([0.0, -10.0, 5.0])),
            TORCH,
        ),
    ],
    parts={"matrices": 10, "vectors": 4, "stacks": 6},
    uses=("unbroadcast",),
    why="Making vectors into matrices first leaves one rule instead of four; unbroadcast then sums over whatever was copied.",
    next="write the shapes of g, a and b on paper. Which product has the shape of a?",
    misconceptions=[
        Misconception(
            "in the other order",
            lambda g, ans, a, b: (np.swapaxes(a, -1, -2) @ g, g @ np.swapaxes(b, -1, -2)),
            "The two products are those of the rule, but they have changed places: a's gradient comes first.",
            "which of your two products has the shape of a?",
        ),
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
        Misconception(
            "forgets g",
            lambda g, ans, a, b: matmul_vjp(np.ones_like(g), ans, a, b),
            FORGETS_G,
            "where g is 0, nothing that happens here matters to the loss. What must the rule return there?",
        ),
        Misconception(
            "right, and turned",
            lambda g, ans, a, b: tuple(
                np.swapaxes(x, -1, -2) if x.ndim > 1 else x for x in matmul_vjp(g, ans, a, b)
            ),
            "The numbers are right, and the matrices lie on their sides: turn them once more, or multiply in the other order.",
            "which shape must the gradient of a have?",
        ),
        Misconception(
            "b's on its side",
            lambda g, ans, a, b: (g @ np.swapaxes(b, -1, -2), np.swapaxes(g, -1, -2) @ a),
            "For two matrices, the gradient of a is right and that of b lies on its side: you turned g in place of a.",
            "which shape must the gradient of b have?",
        ),
    ],
)
