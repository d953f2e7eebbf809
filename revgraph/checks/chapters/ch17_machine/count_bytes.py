"""count_bytes: how much one step of a program reads and writes, from its shapes alone."""

from collections.abc import Callable
from math import prod

from revgraph.checks.chapters.ch17_machine.common import ENTRIES, MOVES, PRODUCTS, step_cases
from revgraph.checks.chapters.common import Rng, Shape
from revgraph.checks.exercise import Case, Exercise, Misconception, Recorded, case, part


def reference(kind: str, inputs: list[Shape], output: Shape, itemsize: int) -> int:
    if kind == "view":
        return 0
    if kind == "copy":
        return 2 * itemsize * prod(output)
    return itemsize * (sum(prod(shape) for shape in inputs) + prod(output))


def cases(rng: Rng) -> list[Case]:
    return list(step_cases(rng, 8, 4, 1, 2))


def changed(
    plain: Callable[[list[Shape], Shape], int] = lambda inputs, output: sum(map(prod, inputs)) + prod(output),
    view: Callable[[list[Shape], Shape], int] = lambda inputs, output: 0,
    copy: Callable[[list[Shape], Shape], int] = lambda inputs, output: 2 * prod(output),
    unit: Callable[[int], int] = int,
    **counts: Callable[[list[Shape], Shape], int],
) -> Callable[..., int]:
    """A count that goes wrong for some kinds of steps."""

    def candidate(kind: str, inputs: list[Shape], output: Shape, itemsize: int) -> int:
        count = {"view": view, "copy": copy, **counts}.get(kind, plain)
        return unit(itemsize) * count(inputs, output)

    return candidate


def each_term(inputs: list[Shape], output: Shape) -> int:
    return 2 * inputs[0][-1] * prod(output) + prod(output)


COUNT_BYTES = Exercise(
    name="count_bytes",
    points=15,
    parts={PRODUCTS: 4, ENTRIES: 6, MOVES: 5},
    reference=reference,
    cases=cases,
    why="Views and copies are the exceptions, so they come first; the rest reads all inputs and writes the result.",
    recorded=[
        Recorded(
            part(PRODUCTS, case("matmul", [(10, 30), (30, 5)], (10, 5), 8)),
            4000,
            "by hand: 300 + 150 numbers read, 50 written, 8 bytes each",
        ),
        Recorded(
            part(ENTRIES, case("elementwise", [(10, 30), (30,)], (10, 30), 4)),
            2520,
            "by hand: 300 + 30 numbers read, 300 written, 4 bytes each",
        ),
        Recorded(
            part(MOVES, case("copy", [(1000, 30), (5,)], (5, 30), 1)),
            300,
            "by hand: 5 rows of 30 numbers read, and written",
        ),
    ],
    next="how many numbers does this step have to fetch, at the least? How many does it put down? How many bytes has each?",
    misconceptions=[
        Misconception(
            "numbers",
            changed(unit=lambda itemsize: 1),
            "You counted numbers. Each of them has `itemsize` bytes.",
        ),
        Misconception(
            "always eight bytes",
            changed(unit=lambda itemsize: 8),
            "You took 8 bytes for every number. `itemsize` says how many it has.",
        ),
        Misconception(
            "bits",
            changed(unit=lambda itemsize: 8 * itemsize),
            "You counted bits: your results are eight times as large.",
        ),
        Misconception(
            "reading alone",
            changed(lambda inputs, output: sum(map(prod, inputs)), copy=lambda inputs, output: prod(output)),
            "You counted what is read. The result has to be written, too.",
        ),
        Misconception(
            "writing alone",
            changed(lambda inputs, output: prod(output), copy=lambda inputs, output: prod(output)),
            "You counted what is written. The inputs have to be read first.",
        ),
        Misconception(
            "first input alone",
            changed(lambda inputs, output: prod(inputs[0]) + prod(output)),
            "You counted the first input. All inputs are read.",
        ),
        Misconception(
            "stretched inputs",
            changed(elementwise=lambda inputs, output: (len(inputs) + 1) * prod(output)),
            "You counted each input of an elementwise step as if it had the result's shape. A row that is stretched lies in memory once.",
        ),
        Misconception(
            "each term is fetched",
            changed(matmul=each_term),
            "In a product you counted two numbers for every multiplication. Each number of the two matrices has to come once, at the least.",
            "how many numbers are there in both matrices together?",
        ),
        Misconception(
            "views move",
            changed(view=lambda inputs, output: prod(inputs[0]) + prod(output)),
            "You counted a view. It looks at the same memory in another shape, and moves nothing.",
        ),
        Misconception(
            "a copy reads everything",
            changed(copy=lambda inputs, output: sum(map(prod, inputs)) + prod(output)),
            "For a copy you counted all of its inputs. Of a table of a thousand rows it reads those alone that it writes.",
        ),
        Misconception(
            "a copy is one way",
            changed(copy=lambda inputs, output: prod(output)),
            "You counted a copy once. Every number is read, and written.",
        ),
        Misconception(
            "copies are free",
            changed(copy=lambda inputs, output: 0),
            "For a copy you counted nothing. It calculates nothing, but every number is read and written.",
        ),
    ],
)
