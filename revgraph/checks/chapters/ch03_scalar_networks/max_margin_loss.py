"""max_margin_loss: what is missing to a margin of 1."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch03_scalar_networks.common import (
    CALLED_AGAIN,
    TORCH,
    WHAT_STAYS,
    Numbers,
    floats,
    gradients_of,
    number_of,
    send_back,
    value_class,
)
from revgraph.checks.chapters.common import Function, Rng, calls_max, once_more, ways
from revgraph.checks.exercise import Exercise, Misconception, Recorded
from revgraph.dagnet.engine import Value


def max_margin_loss(scores: Any, labels: Sequence[int]) -> Any:
    costs = [(1 - y * score).relu() for score, y in zip(scores, labels)]
    return sum(costs) / len(costs)


def loss_facts(candidate: Any, scores: Numbers, labels: list[int]) -> Any:
    """The loss of these scores, which come as Values, and its gradients."""
    make = value_class(candidate)
    values = [make(score) for score in scores]
    given = list(values)
    loss, again = candidate(given, labels), once_more(candidate, given, labels)
    if loss is None:
        return None
    number_of("the loss", loss)
    send_back(loss)
    return {
        "loss": float(loss.data),
        "loss, computed again": number_of("the loss", again),
        "gradients of the scores": gradients_of(values),
    }


def loss_cases(rng: Rng) -> Iterator[Case]:
    n = int(rng.integers(5, 9))
    yield case([0.5], [1])
    yield case([0.5], [-1])
    yield case([3.0], [1])
    yield case([0.5, -2.0], [1, 1])
    yield case([0.25, -0.5, 3.0, -4.0], [1, -1, -1, -1])
    # On both sides of 0 and of the margin, and on it.
    yield case([1.0, -1.0], [1, -1])
    yield case([0.9, -1.1, 1.5], [1, -1, 1])
    yield case([-0.1, 0.1, -0.9, 5.0], [1, -1, 1, 1])
    yield case(floats(rng.normal(size=n)), [int(y) for y in rng.choice([-1, 1], n)])


def _mean_of(one: Function) -> Function:
    return lambda scores, labels: sum((one(s, y) for s, y in zip(scores, labels)), Value(0.0)) / len(scores)


def _cost(s: Any, y: int) -> Any:
    return (1 - y * s).relu()


def _of_numbers(scores: Any, labels: Sequence[int]) -> Any:
    return sum(max(0.0, 1 - y * s.data) for s, y in zip(scores, labels)) / len(scores)


def _new_value(scores: Any, labels: Sequence[int]) -> Any:
    return Value(_of_numbers(scores, labels))


def _max_of_values(scores: Any, labels: Sequence[int]) -> Any:
    return sum(max(0, 1 - y * s) for s, y in zip(scores, labels)) / len(scores)


def _divides_in_the_loop(scores: Any, labels: Sequence[int]) -> Any:
    total = Value(0.0)
    for s, y in zip(scores, labels):
        total = (total + _cost(s, y)) / len(scores)
    return total


def _writes_into_scores(scores: Any, labels: Sequence[int]) -> Any:
    for i, y in enumerate(labels):
        scores[i] = _cost(scores[i], y)
    return sum(scores) / len(scores)


MAX_MARGIN_LOSS = Exercise(
    name="max_margin_loss",
    points=20,
    reference=max_margin_loss,
    probe=loss_facts,
    cases=loss_cases,
    recorded=[
        Recorded(
            case([0.5, -2.0, 3.0], [1, -1, -1]),
            {
                "loss": 1.5,
                "loss, computed again": 1.5,
                "gradients of the scores": np.array([-1 / 3, 0.0, 1 / 3]),
            },
            TORCH,
        )
    ],
    why="relu is the price list here: what has its margin costs 0, and no longer pulls at the weights.",
    next="for one example with y = 1, draw the loss over the score. Where is it 0, and where does it begin to rise?",
    misconceptions=[
        Misconception(
            "sum",
            lambda scores, labels: sum(map(_cost, scores, labels), Value(0.0)),
            "You added up the losses of the examples. The mean also divides by how many there are.",
        ),
        Misconception("another result when called again", _writes_into_scores, CALLED_AGAIN, WHAT_STAYS),
        Misconception(
            "first example only",
            lambda scores, labels: _cost(scores[0], labels[0]) / len(scores),
            "Only the first example counts.",
            "is your `return` inside the loop? It ends the loop at once.",
        ),
        *ways(
            "last example only",
            "Only the last example counts: each round replaced the total instead of adding to it.",
            "",
            lambda scores, labels: _cost(scores[-1], labels[-1]) / len(scores),
            lambda scores, labels: _cost(scores[-1], labels[-1]),
        ),
        Misconception(
            "divides in the loop",
            _divides_in_the_loop,
            "You divided in each round, so what came first was divided again and again. Divide once, at the end.",
        ),
        Misconception(
            "relu of the mean",
            lambda scores, labels: (
                sum((1 - y * s for s, y in zip(scores, labels)), Value(0.0)) / len(scores)
            ).relu(),
            "You applied relu to the mean. Each example by itself costs what is missing, and never less than 0.",
            "what may one example that is right by far not do to the others?",
        ),
        Misconception(
            "no relu",
            _mean_of(lambda s, y: 1 - y * s),
            "Without relu, an example far on the right side makes the loss negative, and hides the mistakes of others.",
            "what should an example cost that is right by far?",
        ),
        Misconception(
            "no margin",
            _mean_of(lambda s, y: (-y * s).relu()),
            "You ask only that the sign be right. The margin asks for a score of at least 1 on the right side.",
        ),
        Misconception(
            "wrong sign",
            _mean_of(lambda s, y: (1 + y * s).relu()),
            "The loss rises as the scores get better: look at the sign of y · score.",
        ),
        Misconception(
            "the other way round",
            _mean_of(lambda s, y: (y * s - 1).relu()),
            "You let an example cost what it has *beyond* the margin. It costs what is missing to it.",
            "what is missing from 0.25 to 1: 0.25 − 1, or 1 − 0.25?",
        ),
        Misconception(
            "labels forgotten",
            _mean_of(lambda s, y: (1 - s).relu()),
            "Every example is treated as if its label were 1.",
            "for y = -1, which scores are good?",
        ),
        Misconception(
            "difference to the label",
            _mean_of(lambda s, y: (y - s).relu()),
            "You took the score from the label. For y = -1 that asks for a score above −1, which is the wrong side.",
            "for y = -1 and a score of −2, is y · score positive?",
        ),
        Misconception(
            "a plain number",
            _of_numbers,
            "The loss is a plain number, with no way back to the scores. Compute with the Values themselves.",
        ),
        Misconception(
            "forgets the scores",
            _new_value,
            "The number is right, but no gradient gets back to the scores. Compute with the Values themselves, not with their `data`.",
        ),
        Misconception(
            "a maximum of Values",
            _max_of_values,
            "Python's `max` cannot compare a number and a Value. You gave Values a method that does what is wanted here.",
            "what is the bend of the last chapter called?",
            seen=calls_max,
        ),
        Misconception(
            "one class alone",
            lambda scores, labels: (
                sum((_cost(s, y) for s, y in zip(scores, labels) if y == 1), Value(0.0)) / len(scores)
            ),
            "Only the examples with y = 1 cost something in your loss. Those with y = -1 count as well.",
        ),
        Misconception(
            "squared",
            _mean_of(lambda s, y: _cost(s, y) ** 2),
            "You squared the loss of each example. Here it grows in a straight line.",
        ),
    ],
)
