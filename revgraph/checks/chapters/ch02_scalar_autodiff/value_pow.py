"""value_pow: n times the power with an exponent one lower."""

from collections.abc import Iterator

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch02_scalar_autodiff.arithmetic import arithmetic
from revgraph.checks.chapters.ch02_scalar_autodiff.common import TORCH
from revgraph.checks.chapters.ch02_scalar_autodiff.value import Value
from revgraph.checks.chapters.ch02_scalar_autodiff.wrong_values import slips, wrong_gradients
from revgraph.checks.chapters.common import Rng
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def pow_cases(rng: Rng) -> Iterator[Case]:
    a, n, g = rng.uniform(1.5, 3.0), rng.uniform(2.5, 4.0), rng.normal()
    yield case("a ** 3", a=2.0)
    yield case("a ** 3", a=2.0, out_grad=10.0)
    yield case("a ** 2, a ** 3", a=-2.0)
    yield case("a ** -1", a=4.0, out_grad=8.0)
    yield case("a ** 0.5", a=9.0, out_grad=6.0)
    yield case("a ** 2", a=0.0)
    yield case("a ** 1", a=0.0, out_grad=2.0)
    yield case("a ** 0", a=2.0)
    yield case(f"(a ** 2) ** {n:.2f}", a=a, out_grad=g)


VALUE_POW = Exercise(
    name="value_pow",
    points=15,
    reference=Value,
    probe=arithmetic,
    cases=pow_cases,
    recorded=[
        Recorded(
            case("a ** 3, a ** -0.5", a=4.0, out_grad=0.5),
            {
                "the result": "a Value",
                "data of the first": 64.0,
                "data of the second": 0.5,
                "a.data": 4.0,
                "reached through _children": "a",
                "out._backward": "a function",
                "a.grad": 23.96875,
            },
            TORCH,
        )
    ],
    next="the derivative of xⁿ is n · xⁿ⁻¹. Which of its three parts is missing in your line?",
    misconceptions=[
        *slips("__pow__", lambda out, a, n: (n.data * a.data ** (n.data - 1) if n.data else 0.0, 0.0)),
        Misconception(
            "no factor n",
            wrong_gradients("__pow__", lambda out, a, n: (a.data ** (n.data - 1) * out.grad, 0.0)),
            "The exponent went down by one, but it is not there as a factor.",
            "a² grows by a·h twice, once for each side of the square. And a³?",
        ),
        Misconception(
            "exponent not lowered",
            wrong_gradients("__pow__", lambda out, a, n: (n.data * a.data**n.data * out.grad, 0.0)),
            "The factor n is there, but the exponent has not gone down by one.",
        ),
        Misconception(
            "divides by a",
            wrong_gradients("__pow__", lambda out, a, n: (n.data * out.data / a.data * out.grad, 0.0)),
            "You divide by `a.data`, which fails where it is 0. The derivative exists there, too.",
            "write aⁿ⁻¹ as a power of its own.",
        ),
        Misconception(
            "as if squared",
            wrong_gradients("__pow__", lambda out, a, n: (2 * a.data * out.grad, 0.0)),
            "Your gradient is 2a, whatever the exponent: that is right for a² alone.",
        ),
    ],
)
