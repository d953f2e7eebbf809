"""hinge_vjp: a loss with a margin."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch08_activations_and_losses.common import FORGETS_G, FORGETS_MEAN, TORCH
from revgraph.checks.chapters.common import Array, Rng, fixed
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def hinge(scores: Array, labels: Array) -> Any:
    return np.mean(np.maximum(0, 1 - labels * scores))


def hinge_vjp(g: Array, ans: Array, scores: Array, labels: Array) -> Array:
    return g * np.where(labels * scores < 1, -labels, 0) / len(labels)


def hinge_cases(rng: Rng) -> Iterator[Case]:
    for one in (fixed(), rng):
        for scores, labels in [
            (np.array([0.5, 2.0, 0.25]), np.array([1, 1, -1])),
            (np.array([-0.5, -3.0, 0.75]), np.array([1, -1, 1])),
            (np.array([1.0, -1.0, 0.25]), np.array([1, -1, 1])),  # two at the kink
            (np.array([-1.0, 3.0, -2.0, 0.5, 1.0]), np.array([-1, 1, -1, -1, 1])),
            (one.normal(size=6).round(2), one.choice([-1, 1], size=6)),
            (one.choice([-1.0, 0.5, 1.0, 2.0], size=8), one.choice([-1, 1], size=8)),
        ]:
            yield _loss(one, scores, labels)
    yield replace(_loss(rng, np.array([0.5]), np.array([-1])), edge="a single example")
    yield replace(_loss(rng, np.array([3.0, -2.0]), np.array([1, -1])), edge="a batch that costs nothing")


def _loss(rng: Rng, scores: Array, labels: Array) -> Case:
    g = np.array(float(rng.choice([-2.0, -0.5, 1.5, 3.0])))
    return case(g, np.array(hinge(scores, labels)), scores, labels)


HINGE_VJP = Exercise(
    name="hinge_vjp",
    points=10,
    reference=hinge_vjp,
    cases=hinge_cases,
    recorded=[
        Recorded(
            case(np.array(3.0), np.array(0.5833333333), np.array([0.5, 2.0, 0.25]), np.array([1, 1, -1])),
            np.array([-1.0, 0.0, 1.0]),
            TORCH + "relu(1 - y * s).mean().backward(g)",
        ),
        Recorded(
            case(np.array(2.0), np.array(1.0), np.array([1.0, -1.0]), np.array([1, 1])),
            np.array([0.0, -1.0]),
            "by hand: the first example stands at the kink",
        ),
    ],
    why="On the sloped side the loss is 1 - y*s, with slope -y; the strict < puts the kink on the flat side.",
    next="where 1 - y*s is positive, the loss is a straight line in s. What is its slope?",
    misconceptions=[
        Misconception(
            "the other side",
            lambda g, ans, scores, labels: g * np.where(labels * scores > 1, -labels, 0.0) / len(labels),
            "The gradients stand at the examples that are safely right, and those that cost something have none: the condition "
            "is turned round.",
        ),
        Misconception(
            "forgets the mean",
            lambda g, ans, scores, labels: hinge_vjp(g, ans, scores, labels) * len(labels),
            FORGETS_MEAN,
            "test with more than one example: with n = 1 this cannot be seen.",
        ),
        Misconception(
            "slope at the kink",
            lambda g, ans, scores, labels: g * np.where(labels * scores <= 1, -labels, 0) / len(labels),
            "An example exactly on the margin, y*s = 1, costs nothing. By our convention its gradient is 0.",
            "is the kink part of the sloped side or of the flat side?",
        ),
        Misconception(
            "times the margin",
            lambda g, ans, scores, labels: (
                np.maximum(0.0, 1 - labels * scores) * hinge_vjp(g, ans, scores, labels)
            ),
            "You multiplied by the loss of each example, too. Where there is any, the slope is the same: -y.",
            "if 1 - y·s grows from 0.5 to 0.6, by how much does the loss grow?",
        ),
        Misconception(
            "size of the score",
            lambda g, ans, scores, labels: g * np.where(np.abs(scores) < 1, -labels, 0) / len(labels),
            "You asked whether the score is small. What counts is y·s: a large score on the wrong side costs most.",
            "what does an example cost with y = 1 and s = -2?",
        ),
        Misconception(
            "only where wrong",
            lambda g, ans, scores, labels: g * np.where(labels * scores < 0, -labels, 0) / len(labels),
            "You pushed only examples on the wrong side. One that is right, but by less than the margin of 1, costs too.",
        ),
        Misconception(
            "sign",
            lambda g, ans, scores, labels: -hinge_vjp(g, ans, scores, labels),
            "The signs are turned round: a step against this gradient would push the examples the wrong way.",
        ),
        Misconception(
            "forgets the label",
            lambda g, ans, scores, labels: g * np.where(labels * scores < 1, -1.0, 0) / len(labels),
            "You pushed every score up. An example with y = -1 wants its score to fall.",
        ),
        Misconception(
            "never flat",
            lambda g, ans, scores, labels: g * -labels / len(labels),
            "Examples that are safely right get a gradient too. Where the loss is 0 it stays 0 when nudged.",
        ),
        Misconception(
            "forgets g",
            lambda g, ans, scores, labels: hinge_vjp(np.array(1.0), ans, scores, labels),
            FORGETS_G,
        ),
        Misconception(
            "mean over those that count",
            lambda g, ans, scores, labels: (
                g * np.where(labels * scores < 1, -labels, 0) / np.sum(labels * scores < 1)
            ),
            "You divided by the number of examples inside the margin. The mean runs over all of them.",
        ),
        Misconception(
            "mask only",
            lambda g, ans, scores, labels: g * (labels * scores < 1) / len(labels),
            "You found the examples that cost something. The slope of 1 - y*s there is still missing.",
            "by how much does 1 - y*s move when s moves by 1?",
        ),
        Misconception(
            "the loss itself",
            lambda g, ans, scores, labels: g * np.maximum(0, 1 - labels * scores) / len(labels),
            "You returned the losses of the examples. The exercise asks how they move with the scores.",
            "how steep is the sloped side, close to the kink and far from it?",
        ),
        Misconception(
            "slope of the wrong variable",
            lambda g, ans, scores, labels: g * np.where(labels * scores < 1, -scores, 0) / len(labels),
            "That is the gradient of the labels: the slope of 1 - y*s in y. The exercise asks for its slope in s.",
        ),
        Misconception(
            "score left in the slope",
            lambda g, ans, scores, labels: (
                g * np.where(labels * scores < 1, -labels * scores, 0) / len(labels)
            ),
            "The score is still in your slope. 1 - y*s is a straight line in s, and its slope does not depend on s.",
        ),
    ],
)
