"""value_add: a sum hands its gradient to both."""

from collections.abc import Iterator

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch02_scalar_autodiff.arithmetic import arithmetic
from revgraph.checks.chapters.ch02_scalar_autodiff.common import TORCH
from revgraph.checks.chapters.ch02_scalar_autodiff.value import Value
from revgraph.checks.chapters.ch02_scalar_autodiff.wrong_values import GRADIENTS, slips, wrong_gradients
from revgraph.checks.chapters.common import Rng
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def add_cases(rng: Rng) -> Iterator[Case]:
    a, b, g = rng.normal(size=3)
    yield case("a + b", a=2.0, b=3.0)
    yield case("a + b", a=2.0, b=3.0, out_grad=5.0)
    yield case("a + a", a=2.0)
    yield case("a + 10", a=2.0, out_grad=-3.0)
    yield case("(a + b) + a", a=a, b=b, out_grad=g)


VALUE_ADD = Exercise(
    name="value_add",
    points=10,
    reference=Value,
    probe=arithmetic,
    cases=add_cases,
    recorded=[
        Recorded(
            case("(a + b) + a", a=0.5, b=-1.5, out_grad=0.25),
            {
                "the result": "a Value",
                "out.data": -0.5,
                "a.data": 0.5,
                "b.data": -1.5,
                "reached through _children": "a, b",
                "out._backward": "a function",
                "a.grad": 0.5,
                "b.grad": 0.25,
            },
            TORCH,
        )
    ],
    next="if a moves by a little, by how much does a + b move?",
    misconceptions=[
        *slips("__add__", lambda out, a, b: (1.0, 1.0)),
        Misconception(
            "only the first",
            wrong_gradients("__add__", lambda out, a, b: (out.grad, 0.0)),
            "The gradient of `a` is right. `b` moves the sum, too, and got nothing.",
        ),
        Misconception(
            "mul's rule",
            wrong_gradients("__add__", GRADIENTS["__mul__"]),
            "You multiplied by the other operand. In a sum, a nudge of `a` moves the result equally, whatever `b` is.",
        ),
    ],
)
