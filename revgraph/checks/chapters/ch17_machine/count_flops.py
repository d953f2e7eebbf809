"""count_flops: how much one step of a program calculates, from its shapes alone."""

from collections.abc import Callable
from math import prod

from revgraph.checks.chapters.ch17_machine.common import ENTRIES, MOVES, PRODUCTS, step_cases
from revgraph.checks.chapters.common import Shape
from revgraph.checks.exercise import Exercise, Misconception, Recorded, case, part


def reference(kind: str, inputs: list[Shape], output: Shape) -> int:
    if kind == "matmul":
        return 2 * inputs[0][-1] * prod(output)
    if kind == "elementwise":
        return prod(output)
    if kind == "reduction":
        return prod(inputs[0])
    return 0


Count = Callable[[list[Shape], Shape], int]


def changed(**counts: Count) -> Callable[..., int]:
    """A count that goes wrong for some kinds of steps."""

    def candidate(kind: str, inputs: list[Shape], output: Shape) -> int:
        count = counts.get(kind)
        return count(inputs, output) if count else reference(kind, inputs, output)

    return candidate


def last_two(inputs: list[Shape], output: Shape) -> int:
    return 2 * inputs[0][-1] * prod(output[-2:])


COUNT_FLOPS = Exercise(
    name="count_flops",
    points=15,
    parts={PRODUCTS: 6, ENTRIES: 6, MOVES: 3},
    reference=reference,
    cases=step_cases,
    why="`math.prod` multiplies the sizes of a shape, and gives 1 for a number without axes.",
    recorded=[
        Recorded(
            part(PRODUCTS, case("matmul", [(10, 30), (30, 5)], (10, 5))),
            3000,
            "by hand: 50 entries, each of 30 multiplications and 30 additions",
        ),
        Recorded(
            part(ENTRIES, case("reduction", [(10, 30)], (10,))), 300, "by hand: each entry is added once"
        ),
        Recorded(part(MOVES, case("view", [(10, 30)], (300,))), 0, "by hand"),
    ],
    next="take one entry of the result: how many multiplications and additions is it made of? How many entries are there?",
    misconceptions=[
        Misconception(
            "multiplications alone",
            changed(matmul=lambda inputs, output: inputs[0][-1] * prod(output)),
            "You counted the multiplications of a product. As many additions belong to it.",
        ),
        Misconception(
            "wrong size summed over",
            changed(matmul=lambda inputs, output: 2 * inputs[-1][-1] * prod(output)),
            "For each entry you counted as many terms as the second matrix has columns. The sum runs over the axis that both share.",
            "in (2, 3) times (3, 4), which of the sizes is missing in the result?",
        ),
        Misconception(
            "stack forgotten",
            changed(matmul=last_two),
            "You counted one product of a stack. There are as many as the leading axes say.",
        ),
        Misconception(
            "no sum in the product",
            changed(matmul=lambda inputs, output: prod(output)),
            "For a product you counted the entries of the result. Each of them is a sum of many terms.",
        ),
        Misconception(
            "sizes added",
            changed(matmul=lambda inputs, output: 2 * (sum(inputs[0]) + sum(inputs[1][-1:]))),
            "You added the sizes up. Each row meets each column: the sizes multiply.",
        ),
        Misconception(
            "entries of the inputs",
            changed(elementwise=lambda inputs, output: sum(map(prod, inputs))),
            "For an elementwise step you added up the entries of its inputs. Each entry of the result costs one.",
        ),
        Misconception(
            "entries of the first input",
            changed(elementwise=lambda inputs, output: prod(inputs[0])),
            "For an elementwise step you counted the entries of the first input. Broadcasting may stretch it: count those of the result.",
        ),
        Misconception(
            "reduction by its result",
            changed(reduction=lambda inputs, output: prod(output)),
            "For a reduction you counted what comes out. Every entry that goes in is added to something.",
        ),
        Misconception(
            "one less",
            changed(reduction=lambda inputs, output: prod(inputs[0]) - prod(output)),
            "Of n entries you counted n - 1 additions. Here the first one counts, too: it is added to 0.",
        ),
        Misconception(
            "moving counts",
            changed(view=lambda inputs, output: prod(output), copy=lambda inputs, output: prod(output)),
            "You counted steps that move numbers, or only look at them in another shape. They calculate nothing.",
        ),
        Misconception(
            "copying counts",
            changed(copy=lambda inputs, output: prod(output)),
            "You counted a copy. It moves numbers and calculates nothing.",
        ),
    ],
)
