"""The mean without its extremes: an exercise about numbers."""

import numpy as np

from revgraph.checks import Exercise, Misconception, Recorded, case, edge


def trimmed_mean(x, share):
    cut = int(share * len(x))
    return np.sort(x)[cut : len(x) - cut].mean()


def cases(rng):
    """From simple to hard. What rng draws is new in every grading; the others are the same in all of them."""
    yield case(np.array([9.0, 1.0, 2.0, 3.0, 100.0]), 0.2)
    yield case(np.array([5.0, -3.0, 8.0, 40.0, 1.0, 30.0, 7.0]), 0.25)
    yield case(np.array([8.0, 6.0, 7.0, -1.0, 5.0, -2.0]), 0.3)
    yield case(np.array([8.0, 6.0, -1.0]), 0.0)
    yield case(rng.normal(size=10) ** 3, 0.1)
    yield case(rng.exponential(size=20), 0.25)
    yield case(rng.normal(size=7) + 50, 0.0)
    yield edge("a single number", np.array([4.0]), 0.4)


def of_sorted(answer):
    """A wrong answer that has at least sorted its numbers, and knows how many to cut."""
    return lambda x, share: answer(np.sort(x), int(share * len(x)))


def winsorized(x, cut):
    kept = x[cut : len(x) - cut]
    return np.clip(x, kept[0], kept[-1]).mean()


TRIMMED_MEAN = Exercise(
    name="trimmed_mean",
    points=10,
    reference=trimmed_mean,
    cases=cases,
    recorded=[
        Recorded(case(np.array([2.0, 4.0, 6.0, 100.0]), 0.25), 5.0, "by hand: 4 and 6 are left"),
        Recorded(case(np.arange(10.0) ** 2, 0.2), 139 / 6, "by hand: the mean of 4, 9, ..., 49"),
    ],
    next="sort five numbers on paper. Which of them are left?",
    why="Sorted, the smallest and the largest are the two ends, and a slice drops both.",
    misconceptions=[
        Misconception(
            "not sorted",
            lambda x, share: x[int(share * len(x)) : len(x) - int(share * len(x))].mean(),
            "You cut the first and the last numbers. The smallest and the largest are to go.",
            "what does `np.sort` give you?",
        ),
        Misconception(
            "one end only",
            of_sorted(lambda x, cut: x[: len(x) - cut].mean()),
            "You dropped the largest numbers, and kept the smallest.",
            "from which index on should the slice begin?",
        ),
        Misconception(
            "share of both ends together",
            lambda x, share: np.sort(x)[int(share * len(x) / 2) : len(x) - int(share * len(x) / 2)].mean(),
            "You cut half of the share from each end. The share is that of each end.",
        ),
        Misconception(
            "rounds up",
            lambda x, share: np.sort(x)[round(share * len(x)) : len(x) - round(share * len(x))].mean(),
            "You cut one number too many at each end: 1.75 of the numbers means 1, rounded down.",
            "what does `int` do with 1.75, and what `round`?",
        ),
        Misconception(
            "ends at minus zero",
            of_sorted(lambda x, cut: x[cut:-cut].mean()),
            "Where nothing is to be cut, nothing is left: `x[0:-0]` is empty, since -0 is 0.",
            "what is `len(x) - cut` where cut is 0?",
        ),
        Misconception(
            "divides by all",
            of_sorted(lambda x, cut: x[cut : len(x) - cut].sum() / len(x)),
            "The right numbers are summed, but the sum is divided by the count of all.",
            "how many numbers are left after the cut?",
        ),
        Misconception(
            "replaces the extremes",
            of_sorted(winsorized),
            "You moved the extremes to the edge. That is the winsorized mean; here they are dropped.",
        ),
        Misconception(
            "plain mean",
            lambda x, share: x.mean(),
            "That is the mean of all numbers: nothing is cut.",
        ),
        Misconception(
            "median",
            lambda x, share: np.median(x),
            "That is the median, which cuts all but the middle.",
        ),
    ],
)

EXERCISES = [TRIMMED_MEAN]
