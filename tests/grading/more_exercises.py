"""Exercises about a table, a class, and a helper beside them: what a teacher of data science adds to a course."""

import numpy as np
import pandas as pd
from sentences import WORDS

from revgraph.checks import Exercise, Misconception, case


def group_means(table):
    return table.groupby("group")["value"].mean()


def tables(rng):
    yield case(pd.DataFrame({"group": ["a", "b", "a"], "value": [1.0, 5.0, 2.0]}))
    for n in (5, 9):
        groups = [str(word) for word in rng.choice(WORDS[:3], n)]
        yield case(pd.DataFrame({"group": groups, "value": rng.normal(size=n).round(3)}))
    days = pd.to_datetime(["2026-01-31", "2026-02-28", "2026-01-31"])
    yield case(pd.DataFrame({"group": days, "value": rng.normal(size=3).round(3)}))


GROUP_MEANS = Exercise(
    name="group_means",
    points=10,
    reference=group_means,
    cases=tables,
    next="what does groupby give you?",
    misconceptions=[
        Misconception(
            "sums",
            lambda t: t.groupby("group")["value"].sum(),
            "You summed. Divide by the count of each group.",
        ),
        Misconception(
            "one mean", lambda t: t["value"].mean(), "That is one mean for all. Each group has its own."
        ),
    ],
)


class Running:
    def __init__(self):
        self.n, self.total = 0, 0.0

    def add(self, x):
        self.n, self.total = self.n + 1, self.total + x

    def mean(self):
        return self.total / self.n


def means_so_far(made, numbers):
    """Every mean that an object of the class tells while it is given the numbers."""
    running, told = made(), []
    for x in numbers:
        running.add(float(x))
        told.append(running.mean())
    return told


def streams(rng):
    yield case(np.array([2.0, 4.0, 9.0]))
    yield case(rng.normal(size=6))


class Halves(Running):
    def add(self, x):
        self.n, self.total = 1, (self.total + x) / 2


RUNNING = Exercise(
    name="running",
    points=10,
    reference=Running,
    probe=means_so_far,
    cases=streams,
    misconceptions=[
        Misconception("halves", Halves, "You took the mean of the last mean and the new number.")
    ],
)

EXERCISES = [GROUP_MEANS, RUNNING]
