"""value_mul: in a product each operand counts as much as the other is large."""

from collections.abc import Iterator

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch02_scalar_autodiff.arithmetic import arithmetic
from revgraph.checks.chapters.ch02_scalar_autodiff.common import TORCH
from revgraph.checks.chapters.ch02_scalar_autodiff.value import Value
from revgraph.checks.chapters.ch02_scalar_autodiff.wrong_values import (
    GRADIENTS,
    NUMBERS_ARE_DATA,
    slips,
    wrong_gradients,
)
from revgraph.checks.chapters.common import Rng
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def mul_cases(rng: Rng) -> Iterator[Case]:
    a, b, g = rng.normal(size=3)
    yield case("a * b", a=2.0, b=5.0)
    yield case("a * b", a=2.0, b=5.0, out_grad=3.0)
    yield case("a * a", a=4.0)
    yield case("a * 10", a=2.0, out_grad=-3.0)
    yield case("a * b", a=0.0, b=7.0, out_grad=2.0)
    yield case("(a * b) * a", a=a, b=b, out_grad=g)


VALUE_MUL = Exercise(
    name="value_mul",
    points=10,
    reference=Value,
    probe=arithmetic,
    cases=mul_cases,
    recorded=[
        Recorded(
            case("(a * b) * a", a=0.5, b=-1.5, out_grad=0.25),
            {
                "the result": "a Value",
                "out.data": -0.375,
                "a.data": 0.5,
                "b.data": -1.5,
                "reached through _children": "a, b",
                "out._backward": "a function",
                "a.grad": -0.375,
                "b.grad": 0.0625,
            },
            TORCH,
        )
    ],
    next="a rectangle is a wide and b high. Make it a little wider: by how much does its area grow?",
    misconceptions=[
        *slips("__mul__", lambda out, a, b: (b.data, a.data)),
        Misconception(
            "own operand",
            wrong_gradients("__mul__", lambda out, a, b: (a.data * out.grad, b.data * out.grad)),
            "The gradients are swapped: `a` received its own number as the factor, and so did `b`.",
            "2 · 5 becomes 2.1 · 5. Which of the two numbers says how much the product grew?",
        ),
        Misconception(
            "add's rule",
            wrong_gradients("__mul__", GRADIENTS["__add__"]),
            "That is the rule of addition. In a product, the other operand magnifies every nudge.",
        ),
        Misconception(
            "times the product",
            wrong_gradients("__mul__", lambda out, a, b: (out.data * out.grad,) * 2),
            "You multiplied by `out.data`, the whole product. A nudge of one operand meets only the other one.",
        ),
        Misconception(
            "Values in grad",
            wrong_gradients("__mul__", lambda out, a, b: (b * out.grad, a * out.grad)),
            NUMBERS_ARE_DATA,
        ),
    ],
)
