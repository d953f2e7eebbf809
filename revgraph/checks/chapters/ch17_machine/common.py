"""Steps of a program, as the counting exercises see them: a kind, the shapes that go in, the shape that comes out.

The kinds are 'matmul', 'elementwise', 'reduction', 'view' and 'copy'.
"""

from collections.abc import Iterator
from itertools import cycle

from revgraph.checks.chapters.common import Rng, Shape
from revgraph.checks.exercise import Case, case, edge, part

PRODUCTS, ENTRIES, MOVES = "products", "elementwise and reductions", "views and copies"

Step = tuple[str, list[Shape], Shape]

FIXED: dict[str, list[Step]] = {
    PRODUCTS: [
        ("matmul", [(2, 3), (3, 4)], (2, 4)),
        ("matmul", [(5, 2), (2, 7)], (5, 7)),
        ("matmul", [(6, 2, 3), (6, 3, 5)], (6, 2, 5)),
        ("matmul", [(4, 3, 5, 2), (2, 3)], (4, 3, 5, 3)),
        ("matmul", [(3, 5), (5,)], (3,)),
        ("matmul", [(6,), (6,)], ()),
    ],
    ENTRIES: [
        ("elementwise", [(3, 4)], (3, 4)),
        ("elementwise", [(3, 4), (4,)], (3, 4)),
        ("elementwise", [(5, 1), (1, 6)], (5, 6)),
        ("elementwise", [(4,), (3, 4)], (3, 4)),
        ("elementwise", [(2, 3), (2, 3), ()], (2, 3)),
        ("reduction", [(3, 4)], (3,)),
        ("reduction", [(2, 5, 3)], (2, 1, 3)),
        ("reduction", [(7,)], ()),
    ],
    MOVES: [
        ("view", [(3, 4)], (4, 3)),
        ("view", [(2, 3, 5)], (6, 5)),
        ("copy", [(50, 4), (3,)], (3, 4)),
        ("copy", [(2, 3), (2, 5)], (2, 8)),
        ("copy", [(20, 6), (2, 5)], (2, 5, 6)),
    ],
}
EDGES: list[tuple[str, Step]] = [
    ("a product that sums over nothing", ("matmul", [(2, 0), (0, 3)], (2, 3))),
    ("arrays of no entries", ("elementwise", [(0, 4), (4,)], (0, 4))),
]


def drawn(rng: Rng) -> Iterator[tuple[str, Step]]:
    """Steps of each part, of sizes that differ."""
    b, m, k, n, v = rng.permutation([int(rng.integers(low, low + 3)) for low in (2, 5, 8, 11, 14)]).tolist()
    yield PRODUCTS, ("matmul", [(m, k), (k, n)], (m, n))
    yield PRODUCTS, ("matmul", [(b, m, k), (k, n)], (b, m, n))
    yield ENTRIES, ("elementwise", [(m, n), (n,)], (m, n))
    yield ENTRIES, ("elementwise", [(b, m, 1), (m, n)], (b, m, n))
    yield ENTRIES, ("reduction", [(b, m, k)], (b, k))
    yield MOVES, ("view", [(b, m, k)], (b, k, m))
    yield MOVES, ("copy", [(10 * v, k), (b, m)], (b, m, k))


def step_cases(rng: Rng, *more: int) -> Iterator[Case]:
    """The cases of a counter; of the numbers `more`, one in turn follows the shapes."""
    turn = cycle([(number,) for number in more] or [()])
    fixed = ((name, step) for name, group in FIXED.items() for step in group)
    for name, (kind, inputs, output) in (*fixed, *drawn(rng)):
        yield part(name, case(kind, inputs, output, *next(turn)))
    for what, (kind, inputs, output) in EDGES:
        yield edge(what, kind, inputs, output, *next(turn))
