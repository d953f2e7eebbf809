"""clip_by_norm: a step that is too long is made shorter; its direction stays."""

from collections.abc import Callable, Iterator
from math import sqrt
from typing import Any

import numpy as np

from revgraph.checks.chapters.common import Array, Rng, ways
from revgraph.checks.exercise import Case, Exercise, Misconception, Recorded, case, edge
from revgraph.checks.same import same_data


def reference(gradients: list[Array], limit: float) -> list[Array]:
    norm = common_norm(gradients)
    factor = limit / norm if norm > limit else 1.0
    return [g * factor for g in gradients]


def clipped(candidate: Callable[..., Any], gradients: list[Array], limit: float) -> Any:
    """What came back, and in words whether its list is new; where the arrays have changed, that shows anyway."""
    arrays, before = list(gradients), [g.copy() for g in gradients]
    found = candidate(gradients, limit)
    if found is None:
        return None
    if not isinstance(found, list | tuple):
        return f"no list, but of type {type(found).__name__}"
    kept = len(gradients) == len(arrays) and all(a is b for a, b in zip(gradients, arrays, strict=True))
    if not kept:
        return {"the list": OTHERS, "its arrays": list(found)}
    same = found is gradients and same_data(arrays, before)
    return {"the list": SAME if same else NEW, "its arrays": list(found)}


NEW = "a new one"
OTHERS = "the one that was given, with other arrays"
SAME = "the very one that was given"


def common_norm(gradients: list[Array]) -> float:
    return sqrt(sum(float(np.sum(g**2)) for g in gradients))


def cases(rng: Rng) -> Iterator[Case]:
    yield case([np.array([3.0, 0.0]), np.array([[0.0], [4.0]])], 1.0)
    yield case([np.array([0.3, 0.0]), np.array([[0.0], [0.4]])], 1.0)
    for limit in (5.0, 4.5, 5.5):
        yield case([np.array([3.0]), np.array([4.0])], limit)
    yield case([np.array([0.75, 0.0]), np.array([[0.0], [1.0]])], 1.0)
    for draw in (np.random.default_rng(13), rng):
        for limit in (0.5, 1.5, 6.0):
            yield case([draw.normal(size=(2, 3)), draw.normal(size=4), draw.normal(size=(1, 2, 2))], limit)
    yield case([np.array([0.1, 0.2]), np.array([30.0])], 3.0)
    yield case([np.zeros(3), np.zeros((2, 2))], 1.0)
    yield case([rng.normal(size=5)], 0.1)
    yield edge("no gradients at all", [], 1.0)


def largest_norm(gradients: list[Array], limit: float) -> list[Array]:
    norm = max(common_norm([g]) for g in gradients)
    return [g * (limit / norm) if norm > limit else g for g in gradients]


def largest_entry(gradients: list[Array], limit: float) -> list[Array]:
    largest = max((float(np.abs(g).max()) for g in gradients if g.size), default=0.0)
    return [g * (limit / largest if largest > limit else 1.0) for g in gradients]


def each_by_itself(gradients: list[Array], limit: float) -> list[Array]:
    return [reference([g], limit)[0] for g in gradients]


def entries(gradients: list[Array], limit: float) -> list[Array]:
    return [np.clip(g, -limit, limit) for g in gradients]


def always(gradients: list[Array], limit: float) -> list[Array]:
    norm = common_norm(gradients) or 1.0
    return [g * (limit / norm) for g in gradients]


def always_divided(gradients: list[Array], limit: float) -> list[Array]:
    with np.errstate(all="ignore"):
        return [g * (limit / np.float64(common_norm(gradients))) for g in gradients]


def small_number_added(gradients: list[Array], limit: float) -> list[Array]:
    factor = limit / (common_norm(gradients) + 1e-6)
    return [g * min(1.0, factor) for g in gradients]


def always_small_number_added(gradients: list[Array], limit: float) -> list[Array]:
    return [g * (limit / (common_norm(gradients) + 1e-6)) for g in gradients]


def to_length_one(gradients: list[Array], limit: float) -> list[Array]:
    norm = common_norm(gradients)
    return [g / norm if norm > limit else g for g in gradients]


def without_root(gradients: list[Array], limit: float) -> list[Array]:
    squares = common_norm(gradients) ** 2
    return [g * (limit / squares) if squares > limit else g for g in gradients]


def squares_compared(gradients: list[Array], limit: float) -> list[Array]:
    norm = common_norm(gradients)
    return [g * (limit / norm) if norm**2 > limit else g for g in gradients]


def sum_of_norms(gradients: list[Array], limit: float) -> list[Array]:
    total = sum(common_norm([g]) for g in gradients)
    return [g * (limit / total) if total > limit else g for g in gradients]


def upside_down(gradients: list[Array], limit: float) -> list[Array]:
    norm = common_norm(gradients)
    return [g * (norm / limit) if norm > limit else g for g in gradients]


def in_place(gradients: list[Array], limit: float) -> list[Array]:
    for g, clipped in zip(gradients, reference(gradients, limit), strict=True):
        g[...] = clipped
    return gradients


def in_place_and_a_new_list(gradients: list[Array], limit: float) -> list[Array]:
    return list(in_place(gradients, limit))


def in_the_list(always: bool) -> Callable[[list[Array], float], list[Array]]:
    """Puts new arrays into the list that was given."""

    def candidate(gradients: list[Array], limit: float) -> list[Array]:
        if always or common_norm(gradients) > limit:
            gradients[:] = reference(gradients, limit)
        return gradients

    return candidate


def itself_if_short(gradients: list[Array], limit: float) -> list[Array]:
    return gradients if common_norm(gradients) <= limit else reference(gradients, limit)


CLIP_BY_NORM = Exercise(
    name="clip_by_norm",
    points=10,
    reference=reference,
    why="One norm of all arrays gives one factor, and one factor keeps the direction.",
    probe=clipped,
    cases=cases,
    recorded=[
        Recorded(
            case([np.array([3.0, 0.0]), np.array([[0.0], [4.0]])], 2.5),
            {"the list": NEW, "its arrays": [np.array([1.5, 0.0]), np.array([[0.0], [2.0]])]},
            "by hand: the common norm of 3 and 4 is 5, so the factor is one half",
        )
    ],
    next="put all entries of all arrays in one long row: how long is that arrow, and by which factor is it too long?",
    misconceptions=[
        Misconception(
            "each by itself",
            each_by_itself,
            "You clipped each array by its own norm. Then the arrays are scaled differently, and the step points elsewhere. One factor, from the norm of all together.",
        ),
        Misconception(
            "the longest alone",
            largest_norm,
            "You took the norm of the longest array for that of all. All entries together make one arrow, which is longer.",
        ),
        Misconception(
            "the largest entry",
            largest_entry,
            "You took the largest entry for the norm. All entries together make one arrow, which is longer.",
            "how long is the arrow (3, 4)?",
        ),
        Misconception(
            "entry by entry",
            entries,
            "You cut off the entries that are too large. That turns the step to another direction; scale all of it by one factor.",
        ),
        Misconception(
            "short ones made longer, and 0 divided by 0",
            always_divided,
            "Long gradients come out right. Short ones you made longer, and where all are 0 you divided by 0: where the norm is below the limit, nothing should change.",
        ),
        Misconception(
            "short ones made longer",
            always,
            "Long gradients come out right. Short ones you made longer: where the norm is below the limit, nothing should change.",
            "when is the factor 1?",
        ),
        Misconception(
            "a small number added",
            small_number_added,
            "You added a small number to the norm, as PyTorch does: then the clipped norm is a little less than `limit`. Compare the norm with the limit first, and nothing is ever divided by 0.",
        ),
        Misconception(
            "short ones made longer, and a small number added",
            always_small_number_added,
            "You scale whatever the norm is: short gradients become longer. Where the norm is below the limit, nothing should change, and then no small number is needed.",
            "when is the factor 1?",
        ),
        Misconception(
            "to length one",
            to_length_one,
            "You scaled to the norm 1, whatever the limit. The norm should become `limit`.",
        ),
        *ways(
            "no root",
            "You compared the sum of squares with the limit. The norm is its root.",
            "",
            without_root,
            squares_compared,
        ),
        Misconception(
            "sum of norms",
            sum_of_norms,
            "You added up the arrays' norms. Lengths at right angles do not add: square, add, and take one root.",
        ),
        Misconception(
            "factor upside down",
            upside_down,
            "Your factor is upside down: long gradients become longer.",
        ),
        *ways(
            "writes into the gradients",
            "The numbers are right, but you wrote them into the arrays you were given. Return new ones.",
            "",
            in_place,
            in_place_and_a_new_list,
        ),
        *ways(
            "puts them into the list",
            "You put the new arrays into the list you were given. Whoever called the function still needs the old ones: "
            "make a list of your own.",
            "`[... for g in gradients]` makes a new list; what does `gradients[i] = ...` do?",
            in_the_list(always=True),
            in_the_list(always=False),
        ),
        *ways(
            "nothing clipped",
            "Your arrays come back as they were, where they should be clipped.",
            "in a loop, `g = g * factor` gives the name g to another array. Which list does that one go to?",
            lambda gradients, limit: gradients,
            lambda gradients, limit: list(gradients),
        ),
        Misconception(
            "the list itself",
            itself_if_short,
            "Where nothing is to be clipped, you returned the very list that you were given. The exercise asks for a new one.",
            "if somebody appends to what you return, which list gets longer?",
        ),
    ],
)
