"""warmup_cosine: a learning rate that rises in a line and falls in half a cosine."""

from collections.abc import Callable, Iterator
from math import cos, pi

from revgraph.checks.chapters.common import Rng, ways
from revgraph.checks.exercise import Case, Exercise, Misconception, Recorded, case

Schedule = Callable[[int, float, int, int], float]


def reference(step: int, peak: float, warmup: int, total: int) -> float:
    if step < warmup:
        return peak * (step + 1) / warmup
    done = (step - warmup) / (total - warmup)
    return peak * (1 + cos(pi * done)) / 2


def cases(rng: Rng) -> Iterator[Case]:
    for step in (0, 4, 9, 10, 55, 99, 100):
        yield case(step, 0.1, 10, 100)
    yield case(7, 0.3, 4, 13)
    yield case(5, 0.2, 5, 9)
    for _ in range(4):
        warmup, total = int(rng.integers(3, 20)), int(rng.integers(40, 90))
        peak = float(rng.uniform(0.01, 2))
        yield case(int(rng.integers(warmup)), peak, warmup, total)
        yield case(int(rng.integers(warmup + 1, total)), peak, warmup, total)
    yield case(0, 0.5, 0, 10)
    yield case(7, 0.5, 0, 10)


def changed(
    rise: Callable[[int, int], float] = lambda step, warmup: (step + 1) / warmup,
    done: Callable[[int, int, int], float] = lambda step, warmup, total: (step - warmup) / (total - warmup),
    fall: Callable[[float], float] = lambda done: (1 + cos(pi * done)) / 2,
    scale: Callable[[float], float] = float,
) -> Schedule:
    def candidate(step: int, peak: float, warmup: int, total: int) -> float:
        if step < warmup:
            return scale(peak) * rise(step, warmup)
        return scale(peak) * fall(done(step, warmup, total))

    return candidate


def longer(step: int, peak: float, warmup: int, total: int) -> float:
    return peak * (step + 1) / warmup if step == warmup else reference(step, peak, warmup, total)


def longer_unless_none(step: int, peak: float, warmup: int, total: int) -> float:
    return longer(step, peak, warmup, total) if warmup else reference(step, peak, warmup, total)


WARMUP_COSINE = Exercise(
    name="warmup_cosine",
    points=5,
    reference=reference,
    why="`done` says which part of the way down is behind us, so the cosine needs no other numbers.",
    cases=cases,
    recorded=[
        Recorded(case(0, 1.0, 4, 12), 0.25, "by hand: the first of four steps up"),
        Recorded(case(3, 1.0, 4, 12), 1.0, "by hand: the last of them"),
        Recorded(case(8, 1.0, 4, 12), 0.5, "by hand: half way down the cosine is 0"),
        Recorded(case(12, 1.0, 4, 12), 0.0, "by hand: at the end of half a cosine"),
    ],
    next="two branches: while step < warmup a line, after that half a cosine. Which part of the way down is done at this step?",
    misconceptions=[
        *ways(
            "one step too long",
            "Your warmup is one step too long: at step = warmup the rate is above its peak. That step is the first of the cosine.",
            "which step is the last one of the warmup, if steps count from 0?",
            longer,
            longer_unless_none,
        ),
        Misconception(
            "degrees",
            changed(fall=lambda done: (1 + cos(180 * done)) / 2),
            "You turn by 180. `cos` counts in radians: half a turn is π.",
        ),
        Misconception(
            "whole numbers",
            changed(rise=lambda step, warmup: (step + 1) // warmup),
            "Your rate stays at 0 and jumps to its peak: `//` drops what stands after the decimal point.",
            "which division keeps it?",
        ),
        Misconception(
            "one part too many",
            changed(rise=lambda step, warmup: (step + 1) / (warmup + 1)),
            "At the last step of the warmup your rate is still below its peak: you divide the way up into warmup + 1 parts.",
            "with a warmup of 4 steps, what are the four rates?",
        ),
        Misconception(
            "starts at 0",
            changed(rise=lambda step, warmup: step / warmup),
            "Your first step has the learning rate 0, so it is wasted. Steps count from 0: at step 0 one warmup step is done.",
        ),
        Misconception(
            "cosine from the start",
            changed(done=lambda step, warmup, total: step / total),
            "Your cosine counts from step 0. It begins where the warmup ends.",
            "how many steps have passed since the warmup ended, out of how many?",
        ),
        Misconception(
            "whole length",
            changed(done=lambda step, warmup, total: (step - warmup) / total),
            "Your cosine does not reach its end at step = total: it has total - warmup steps for its way down, not total.",
        ),
        Misconception(
            "a whole cosine",
            changed(fall=lambda done: (1 + cos(2 * pi * done)) / 2),
            "You took a whole cosine: it falls, and rises again. Half of one goes from peak to 0.",
        ),
        Misconception(
            "below zero",
            changed(fall=lambda done: cos(pi * done)),
            "A cosine goes from 1 to -1: in your second half the learning rate is negative. Shift it up by 1, and halve it.",
        ),
        Misconception(
            "a quarter of a cosine",
            changed(fall=lambda done: cos(pi * done / 2)),
            "You took a quarter of a cosine. It reaches 0, but arrives there steeply; half a cosine, shifted up, comes in level.",
        ),
        Misconception(
            "a line down",
            changed(fall=lambda done: 1 - done),
            "Your learning rate falls in a straight line. It should fall as a cosine does.",
        ),
        Misconception(
            "twice the peak",
            changed(fall=lambda done: 1 + cos(pi * done)),
            "Your cosine begins at twice the peak: 1 + cos goes from 2 to 0, so it is halved.",
        ),
    ],
)
