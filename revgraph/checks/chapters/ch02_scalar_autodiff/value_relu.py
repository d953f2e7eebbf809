"""value_relu: a gate."""

from collections.abc import Iterator

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch02_scalar_autodiff.arithmetic import arithmetic
from revgraph.checks.chapters.ch02_scalar_autodiff.common import TORCH
from revgraph.checks.chapters.ch02_scalar_autodiff.value import Value
from revgraph.checks.chapters.ch02_scalar_autodiff.wrong_values import slips, wrong_gradients
from revgraph.checks.chapters.common import Rng
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def relu_cases(rng: Rng) -> Iterator[Case]:
    a, g = np.abs(rng.normal(size=2))
    yield case("a.relu()", a=3.0)
    yield case("a.relu()", a=-3.0)
    yield case("a.relu()", a=3.0, out_grad=5.0)
    yield case("a.relu(), a.relu()", a=3.0)
    yield case("a.relu()", a=0.0)
    yield case("a.relu()", a=2.0, out_grad=-4.0)
    yield case("a.relu().relu()", a=a, out_grad=g)
    yield case("a.relu()", a=-a, out_grad=g)


VALUE_RELU = Exercise(
    name="value_relu",
    points=10,
    reference=Value,
    probe=arithmetic,
    cases=relu_cases,
    recorded=[
        Recorded(
            case("a.relu()", a=0.0, out_grad=0.5),
            {
                "the result": "a Value",
                "out.data": 0.0,
                "a.data": 0.0,
                "reached through _children": "a",
                "out._backward": "a function",
                "a.grad": 0.0,
            },
            TORCH,
        )
    ],
    next="relu is flat on one side and has slope 1 on the other. On which side is `a.data`?",
    misconceptions=[
        *slips("relu", lambda out, a: (float(a.data > 0),)),
        Misconception(
            "slope 1 at 0",
            wrong_gradients("relu", lambda out, a: ((a.data >= 0) * out.grad,)),
            "Everything is right but one point: at 0 the slope is taken to be 0, by agreement.",
            "which comparison leaves the 0 out?",
        ),
        Misconception(
            "always lets through",
            wrong_gradients("relu", lambda out, a: (out.grad,)),
            "The gradient passes even where relu is flat. Nudge a = -3 a little: the result stays 0.",
        ),
        Misconception(
            "wrong side",
            wrong_gradients("relu", lambda out, a: ((a.data < 0) * out.grad,)),
            "The gradient passes on the flat side and stops on the other. It is the other way round.",
        ),
        Misconception(
            "sign of the gradient",
            wrong_gradients("relu", lambda out, a: (max(0.0, out.grad),)),
            "You asked whether `out.grad` is positive. What matters is on which side of 0 the input was.",
        ),
        Misconception(
            "times the input",
            wrong_gradients("relu", lambda out, a: (max(0.0, a.data) * out.grad,)),
            "You multiplied by the value of relu. Wanted is its slope.",
            "relu(3) is 3, relu(3.1) is 3.1. What is the slope?",
        ),
    ],
)
