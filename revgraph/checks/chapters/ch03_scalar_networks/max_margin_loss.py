"""max_margin_loss: what is missing to a margin of 1."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch03_scalar_networks.common import (
    TORCH,
    Numbers,
    floats,
    gradients_of,
    number_of,
)
from revgraph.checks.chapters.common import Rng
from revgraph.checks.exercise import Exercise, Misconception, Recorded
from revgraph.dagnet.engine import Value


def max_margin_loss(scores: Sequence[Any], labels: Sequence[int]) -> Any:
    losses = [(1 - y * s).relu() for s, y in zip(scores, labels, strict=True)]
    return sum(losses, Value(0.0)) / len(losses)


def loss_facts(candidate: Any, scores: Numbers, labels: list[int]) -> Any:
    """The loss of these scores, which come as Values, and its gradients."""
    values = [Value(score) for score in scores]
    loss = candidate(values, labels)
    if loss is None:
        return None
    number_of("the loss", loss)
    loss.backward()
    return {"loss": float(loss.data), "gradients of the scores": gradients_of(values)}


def loss_cases(rng: Rng) -> Iterator[Case]:
    n = int(rng.integers(5, 9))
    yield case([0.5], [1])
    yield case([0.5], [-1])
    yield case([3.0], [1])
    yield case([0.5, -2.0], [1, 1])
    yield case([0.25, -0.5, 3.0, -4.0], [1, -1, -1, -1])
    yield case(floats(rng.normal(size=n)), [int(y) for y in rng.choice([-1, 1], n)])


def _loss(one: Any, mean: bool = True) -> Any:
    def wrong(scores: Sequence[Any], labels: Sequence[int]) -> Any:
        total = sum((one(s, y) for s, y in zip(scores, labels, strict=True)), Value(0.0))
        return total / len(scores) if mean else total

    return wrong


def _loss_of_numbers(scores: Sequence[Any], labels: Sequence[int]) -> Any:
    return sum(max(0.0, 1 - y * s.data) for s, y in zip(scores, labels, strict=True)) / len(scores)


MAX_MARGIN_LOSS = Exercise(
    name="max_margin_loss",
    points=20,
    reference=max_margin_loss,
    probe=loss_facts,
    cases=loss_cases,
    recorded=[
        Recorded(
            case([0.5, -2.0, 3.0], [1, -1, -1]),
            {"loss": 1.5, "gradients of the scores": np.array([-1 / 3, 0.0, 1 / 3])},
            TORCH,
        )
    ],
    next="for one example with y = 1, draw the loss over the score. Where is it 0, and where does it begin to rise?",
    misconceptions=[
        Misconception(
            "sum",
            _loss(lambda s, y: (1 - y * s).relu(), mean=False),
            "You added up the losses of the examples. The mean also divides by how many there are.",
        ),
        Misconception(
            "no relu",
            _loss(lambda s, y: 1 - y * s),
            "Without relu, an example far on the right side makes the loss negative, and hides the mistakes of others.",
            "what should an example cost that is right by far?",
        ),
        Misconception(
            "no margin",
            _loss(lambda s, y: (-y * s).relu()),
            "You ask only that the sign be right. The margin asks for a score of at least 1 on the right side.",
        ),
        Misconception(
            "wrong sign",
            _loss(lambda s, y: (1 + y * s).relu()),
            "The loss rises as the scores get better: look at the sign of y · score.",
        ),
        Misconception(
            "labels forgotten",
            _loss(lambda s, y: (1 - s).relu()),
            "Every example is treated as if its label were 1.",
            "for y = -1, which scores are good?",
        ),
        Misconception(
            "a plain number",
            _loss_of_numbers,
            "The loss is a plain number, with no way back to the scores. Compute with the Values themselves.",
        ),
        Misconception(
            "squared",
            _loss(lambda s, y: (1 - y * s).relu() ** 2),
            "You squared the loss of each example. Here it grows in a straight line.",
        ),
    ],
)
