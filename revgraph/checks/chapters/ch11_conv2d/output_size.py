"""output_size: how many windows there are."""

from collections.abc import Callable, Iterator

import numpy as np

from revgraph.checks.call import Case, case, part
from revgraph.checks.chapters.common import Rng, ways
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def output_size(size: int, kernel: int, stride: int, padding: str) -> int:
    if padding == "SAME":
        return -(-size // stride)
    return (size - kernel) // stride + 1


# (size, kernel, stride), the simplest first.
KNOWN_AXES = [
    (5, 3, 1),
    (5, 2, 1),
    (7, 3, 2),
    (8, 3, 2),
    (6, 4, 3),
    (5, 1, 3),
    (10, 2, 4),
    (4, 4, 2),
    (7, 5, 5),
]


def axes(rng: Rng) -> list[tuple[int, int, int]]:
    drawn = zip(rng.integers(6, 20, 4), rng.integers(1, 7, 4), rng.integers(1, 6, 4), strict=True)
    return KNOWN_AXES + [(int(size), int(kernel), int(stride)) for size, kernel, stride in drawn]


def output_size_cases(rng: Rng) -> Iterator[Case]:
    for padding in ("VALID", "SAME"):
        for axis in axes(rng):
            yield part(f"'{padding}'", case(*axis, padding))


def wrong_output_size(valid: Callable[..., int], same: Callable[..., int]) -> Callable[..., int]:
    def answer(size: int, kernel: int, stride: int, padding: str) -> int:
        return same(size, kernel, stride) if padding == "SAME" else valid(size, kernel, stride)

    return answer


def right_valid(size: int, kernel: int, stride: int) -> int:
    return output_size(size, kernel, stride, "VALID")


def right_same(size: int, kernel: int, stride: int) -> int:
    return output_size(size, kernel, stride, "SAME")


OUTPUT_SIZE = Exercise(
    name="output_size",
    points=5,
    parts={"'VALID'": 3, "'SAME'": 2},
    reference=output_size,
    cases=output_size_cases,
    recorded=[
        Recorded(part("'VALID'", case(7, 3, 2, "VALID")), 3, "by hand: windows start at 0, 2, 4"),
        Recorded(part("'SAME'", case(7, 3, 2, "SAME")), 4, "by hand: windows start at 0, 2, 4, 6"),
    ],
    next="write down where the windows start: 0, stride, 2 · stride, and so on. Which is the last?",
    why="`//` rounds down, which drops the window that would stick out; of a negative number it rounds away from 0, which turns it into rounding up.",
    misconceptions=[
        Misconception(
            "forgets the first window",
            wrong_output_size(lambda size, kernel, stride: (size - kernel) // stride, right_same),
            "With 'VALID', yours is one too few. You counted the moves; the window also counts before it moves.",
        ),
        Misconception(
            "divides first",
            wrong_output_size(lambda size, kernel, stride: size // stride - kernel + 1, right_same),
            "With 'VALID', you divided the size by the stride before you took the kernel away. "
            "The kernel is measured in pixels, not in steps.",
        ),
        Misconception(
            "ceil with VALID",
            wrong_output_size(lambda size, kernel, stride: -(-(size - kernel) // stride) + 1, right_same),
            "With 'VALID', you rounded up. A window that sticks out does not count.",
        ),
        Misconception(
            "floor with SAME",
            wrong_output_size(right_valid, lambda size, kernel, stride: size // stride),
            "With 'SAME', you rounded down. A start at the last pixel counts, too: the rest is filled with zeros.",
            "with 5 pixels and a stride of 2, windows start at 0, 2 and 4.",
        ),
        Misconception(
            "SAME without stride",
            wrong_output_size(right_valid, lambda size, kernel, stride: size),
            "With 'SAME', you returned the size of the input. That holds for stride 1 only.",
        ),
        Misconception(
            "never pads",
            wrong_output_size(right_valid, right_valid),
            "You treated 'SAME' like 'VALID'. With 'SAME', every stride-th pixel starts a window.",
        ),
        Misconception(
            "kernel in SAME",
            wrong_output_size(
                right_valid,
                lambda size, kernel, stride: (size + 2 * ((kernel - 1) // 2) - kernel) // stride + 1,
            ),
            "With 'SAME', you put (kernel - 1) // 2 zeros on each side. That is one too few for an even kernel; "
            "the number of starts does not depend on the kernel.",
            "at which pixels does a window start with 'SAME', whatever its size?",
        ),
        Misconception(
            "one place short",
            wrong_output_size(lambda size, kernel, stride: (size - kernel + 1) // stride, right_same),
            "With 'VALID', you added 1 before you divided. It is the first window, and no move: add it afterwards.",
        ),
        Misconception(
            "kernel left in",
            wrong_output_size(lambda size, kernel, stride: size // stride, right_same),
            "With 'VALID', your number does not depend on the kernel. A larger one fits in fewer places.",
        ),
        Misconception(
            "one more with SAME",
            wrong_output_size(right_valid, lambda size, kernel, stride: size // stride + 1),
            "With 'SAME', you always added 1 after rounding down. Where the stride divides the size, that is one too many.",
            "how many starts has a size of 6 with a stride of 2?",
        ),
        *ways(
            "not rounded",
            "You did not round: there are no half windows, and a size must be an int.",
            "`//` stays with whole numbers; `/` does not.",
            *(
                wrong_output_size(lambda size, kernel, stride: (size - kernel) / stride + 1, same)
                for same in (
                    lambda size, kernel, stride: size / stride,
                    lambda size, kernel, stride: np.ceil(size / stride),
                )
            ),
        ),
        Misconception(
            "as a float",
            lambda *axis: float(output_size(*axis)),
            "The numbers are right, but they come as floats. An array cannot have 3.0 rows: return an int.",
            "`//` stays with whole numbers; `/` and `np.ceil` do not.",
        ),
    ],
)
