"""same_padding: where the zeros go."""

from collections.abc import Iterator

from revgraph.checks.call import Case, case, part
from revgraph.checks.chapters.ch11_conv2d.common import TORCH, Pair
from revgraph.checks.chapters.ch11_conv2d.output_size import axes, output_size, right_same
from revgraph.checks.chapters.common import Rng
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def same_padding(size: int, kernel: int, stride: int) -> Pair:
    last_start = (output_size(size, kernel, stride, "SAME") - 1) * stride
    missing = max(last_start + kernel - size, 0)
    return missing // 2, missing - missing // 2


STEP_ONE, LONGER = "stride 1", "longer strides"
# Many zeros, and windows that leave several pixels over: with 0 or 1 of them many mistakes look alike.
WIDE = [(12, 9, 1), (10, 7, 2), (13, 8, 3), (12, 1, 4), (20, 3, 9)]


def same_padding_cases(rng: Rng) -> Iterator[Case]:
    for axis in [
        (6, 3, 1),
        (6, 2, 1),
        (7, 4, 1),
        (6, 3, 2),
        (7, 4, 2),
        (8, 1, 3),
        (11, 2, 4),
        *WIDE,
        *axes(rng),
    ]:
        yield part(STEP_ONE if axis[2] == 1 else LONGER, case(*axis))


def missing_zeros(size: int, kernel: int, stride: int) -> int:
    return sum(same_padding(size, kernel, stride))


def missing_of_floor(size: int, kernel: int, stride: int) -> Pair:
    missing = max((size // stride - 1) * stride + kernel - size, 0)
    return missing // 2, missing - missing // 2


def missing_unclipped(size: int, kernel: int, stride: int) -> Pair:
    missing = (right_same(size, kernel, stride) - 1) * stride + kernel - size
    return missing // 2, missing - missing // 2


def missing_one_more(size: int, kernel: int, stride: int) -> Pair:
    missing = max((right_same(size, kernel, stride) - 1) * stride + kernel - size + 1, 0)
    return missing // 2, missing - missing // 2


SAME_PADDING = Exercise(
    name="same_padding",
    points=10,
    parts={STEP_ONE: 4, LONGER: 6},
    uses=("output_size",),
    reference=same_padding,
    cases=same_padding_cases,
    recorded=[
        Recorded(
            part(LONGER, case(6, 3, 2)),
            (0, 1),
            "TensorFlow's documentation of tf.nn.convolution, the formula for SAME",
        ),
        Recorded(part(STEP_ONE, case(5, 3, 1)), (1, 1), TORCH + "conv2d(padding='same')"),
        Recorded(part(STEP_ONE, case(5, 4, 1)), (1, 2), TORCH + "conv2d(padding='same')"),
    ],
    next="where does the last window start, and where does it end? What is missing there?",
    why="what is not before is after: a subtraction keeps the two from losing a zero.",
    misconceptions=[
        Misconception(
            "half the kernel",
            lambda size, kernel, stride: ((kernel - 1) // 2, (kernel - 1) // 2),
            "You took half of the kernel on both sides. That holds for kernels of an odd size and a stride of 1 alone.",
        ),
        Misconception(
            "more before",
            lambda size, kernel, stride: same_padding(size, kernel, stride)[::-1],
            "When the number of zeros is odd, you put the extra one before. It belongs after.",
        ),
        Misconception(
            "equal on both sides",
            lambda size, kernel, stride: (missing_zeros(size, kernel, stride) // 2,) * 2,
            "You put the same number on both sides, and lost a zero where the number is odd.",
            "if `before` of the `missing` zeros stand before, how many are left for after?",
        ),
        Misconception(
            "half a kernel",
            lambda size, kernel, stride: (kernel // 2, kernel // 2),
            "You put half a kernel on either side. That is right only for odd kernels that move by 1.",
            "with stride 2, does the last window always stick out?",
        ),
        Misconception(
            "as for stride 1",
            lambda size, kernel, stride: same_padding(size, kernel, 1),
            "That is the padding for stride 1. With a larger stride the last window starts elsewhere.",
        ),
        Misconception(
            "negative padding",
            missing_unclipped,
            "One of your numbers is negative. When the windows leave pixels over, nothing is missing.",
            "which of the two, your number or 0, do you want when your number is below 0?",
        ),
        Misconception(
            "rounds down",
            missing_of_floor,
            "You took one window too few where the stride does not divide the size: "
            "with 'SAME', their number is rounded up.",
            "your `output_size` knows the number of windows.",
        ),
        Misconception(
            "their sum",
            missing_zeros,
            "You returned how many zeros are missing altogether. The answer is a pair: those before, and those after.",
        ),
        Misconception(
            "windows that fit",
            lambda size, kernel, stride: (0, 0),
            "You never pad. With 'SAME' every stride-th pixel starts a window, and the last may stick out.",
            "where does the last window start, and where does it end?",
        ),
        Misconception(
            "one too many",
            missing_one_more,
            "You counted one zero too many: a window that starts at 4 and has 3 pixels ends with pixel 6, not 7.",
        ),
        Misconception(
            "rounds up on both sides",
            lambda size, kernel, stride: ((missing_zeros(size, kernel, stride) + 1) // 2,) * 2,
            "Where the number of zeros is odd, you rounded up on both sides, which makes one too many.",
            "if `before` of the `missing` zeros stand before, how many are left for after?",
        ),
        Misconception(
            "all in front",
            lambda size, kernel, stride: (missing_zeros(size, kernel, stride), 0),
            "You put all zeros in front. They are shared between the two ends.",
        ),
        Misconception(
            "all behind",
            lambda size, kernel, stride: (0, missing_zeros(size, kernel, stride)),
            "You put all zeros after. They are shared between the two ends.",
        ),
    ],
)
