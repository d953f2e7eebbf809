"""value_reflected: minus and division, and numbers on the left."""

from collections.abc import Iterator
from typing import Any

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch02_scalar_autodiff.arithmetic import arithmetic
from revgraph.checks.chapters.ch02_scalar_autodiff.common import TORCH
from revgraph.checks.chapters.ch02_scalar_autodiff.value import Value
from revgraph.checks.chapters.ch02_scalar_autodiff.wrong_values import engine, number_of
from revgraph.checks.chapters.common import Rng
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def reflected_cases(rng: Rng) -> Iterator[Case]:
    a, b, g = rng.uniform(0.5, 2.0, size=3)
    yield case("-a", a=3.0, out_grad=2.0)
    yield case("a - b", a=5.0, b=3.0, out_grad=2.0)
    yield case("a / b", a=6.0, b=2.0)
    yield case("a - 1", a=5.0)
    yield case("a / 4", a=6.0)
    yield case("10 + a", a=2.0)
    yield case("10 * a", a=2.0)
    yield case("10 - a", a=2.0)
    yield case("10 / a", a=2.0)
    yield case("a - a", a=2.0)
    yield case("(3 - a) / (a - b * 4) - 2 / b", a=a, b=b, out_grad=g)


def _negated_in_place(a: Any) -> Any:
    a.data = -a.data
    return a


VALUE_REFLECTED = Exercise(
    name="value_reflected",
    points=10,
    reference=Value,
    probe=arithmetic,
    cases=reflected_cases,
    recorded=[
        Recorded(
            case("(3 - a) / b - 2 / a + -b", a=0.5, b=-1.25, out_grad=0.5),
            {
                "the result": "a Value",
                "out.data": -4.75,
                "a.data": 0.5,
                "b.data": -1.25,
                "reached through _children": "a, b",
                "out._backward": "a function",
                "a.grad": 4.4,
                "b.grad": -1.3,
            },
            TORCH,
        )
    ],
    next="do +, * and ** pass their checks? If so, say it with these. What is `a - b` as a sum?",
    misconceptions=[
        Misconception(
            "swapped subtraction",
            engine(__rsub__=lambda a, number: a - number),
            "`10 - a` came out as `a - 10`. Python calls `rsub(a, 10)`: the Value comes first, although it stands on the right.",
            "in `10 - a`, which of the two is taken away?",
        ),
        Misconception(
            "swapped division",
            engine(__rtruediv__=lambda a, number: a / number),
            "`10 / a` came out as `a / 10`. Python calls `rtruediv(a, 10)`: the Value comes first, although it stands on the right.",
            "in `10 / a`, which of the two is below the line?",
        ),
        Misconception(
            "both swapped",
            engine(__rsub__=lambda a, number: a - number, __rtruediv__=lambda a, number: a / number),
            "`10 - a` came out as `a - 10`, and `10 / a` as `a / 10`. In the reflected functions the Value comes first, although it stands on the right.",
            "in `10 - a`, which of the two is taken away?",
        ),
        Misconception(
            "b as a number in -",
            engine(__sub__=lambda a, b: a + number_of(b) * -1.0),
            "In `a - b`, b came in as a plain number: the result no longer knows that it was made from `b`.",
            "can you negate the Value `b`, instead of `b.data`?",
        ),
        Misconception(
            "b as a number in /",
            engine(__truediv__=lambda a, b: a * number_of(b) ** -1.0),
            "In `a / b`, b came in as a plain number: the result no longer knows that it was made from `b`.",
            "which power of the Value `b` is 1 / b?",
        ),
        Misconception(
            "negates in place",
            engine(__neg__=_negated_in_place),
            "You changed `a` itself. `-a` is a new Value; `a` keeps its number.",
            "which operation gives a new Value with the opposite number?",
        ),
        Misconception(
            "only half negated",
            engine(__sub__=lambda a, b: (a + b) * -1.0),
            "That is `-(a + b)`. Only `b` is to be negated.",
        ),
    ],
)
