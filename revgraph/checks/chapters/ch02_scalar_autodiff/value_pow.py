"""value_pow: n times the power with an exponent one lower."""

from collections.abc import Iterator

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch02_scalar_autodiff.arithmetic import arithmetic
from revgraph.checks.chapters.ch02_scalar_autodiff.common import TORCH
from revgraph.checks.chapters.ch02_scalar_autodiff.value import Value
from revgraph.checks.chapters.ch02_scalar_autodiff.wrong_values import Edit, edited, slips
from revgraph.checks.chapters.common import Rng, ways
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
    yield case("a ** 2", a=3.0, out_grad=0.5, grad_before=4.0)
    yield case("(a ** 2) ** 3", a=0.5, out_grad=2.0)
    yield case(f"(a ** 2) ** {n:.2f}", a=a, out_grad=g)


def _slope(text: str) -> Edit:
    """Another formula in place of n * a ** (n - 1)."""
    return (r"n \* self\.data \*\* \(n - 1\)", text)


VALUE_POW = Exercise(
    name="value_pow",
    methods=("__pow__",),
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
    why="n is a plain number, so there is one child, and the slope is written as a power of its own: it holds at 0, too.",
    next="the derivative of xⁿ is n · xⁿ⁻¹. Which of its three parts is missing in your line?",
    misconceptions=[
        *slips("__pow__", (r" \* out\.grad", "")),
        Misconception(
            "a comma is missing",
            edited("__pow__", (r"\(self,\)", "(self)")),
            "`_children` holds a Value, not a tuple: `(a)` is just a in parentheses.",
            "what does the comma do in `(a,)`?",
        ),
        Misconception(
            "the exponent among the children",
            edited("__pow__", (r"\(self,\)", "(self, n)")),
            "`_children` holds n as well. That is a plain number: it has no gradient, and nobody can go on from it.",
            "which of a and n is a Value?",
        ),
        *ways(
            "missing parentheses",
            "`a ** n - 1` is the power, minus 1: Python takes the power first.",
            "what needs parentheses, so that the exponent is n - 1?",
            edited("__pow__", _slope("n * self.data ** n - 1")),
            edited("__pow__", _slope("(n * self.data ** n - 1)")),
        ),
        Misconception(
            "base and exponent swapped",
            edited("__pow__", _slope("self.data * n ** (n - 1)")),
            "You raised n to a power. It is a that has the exponent n - 1; n stands before it as a factor.",
        ),
        Misconception(
            "no factor n",
            edited("__pow__", _slope("self.data ** (n - 1)")),
            "The exponent went down by one, but it is not there as a factor.",
            "a² grows by a·h twice, once for each side of the square. And a³?",
        ),
        Misconception(
            "factor n - 1",
            edited("__pow__", _slope("(n - 1) * self.data ** (n - 1)")),
            "The factor is the exponent as it was, n. Only the new exponent is n - 1.",
        ),
        Misconception(
            "exponent not lowered",
            edited("__pow__", _slope("n * self.data ** n")),
            "The factor n is there, but the exponent has not gone down by one.",
        ),
        *ways(
            "divides by a",
            "You divide by `a.data`, which fails where it is 0. The derivative exists there, too.",
            "write aⁿ⁻¹ as a power of its own.",
            edited("__pow__", _slope("n * out.data / self.data")),
            edited("__pow__", _slope("n * self.data ** n / self.data")),
        ),
        Misconception(
            "as if squared",
            edited("__pow__", _slope("2 * self.data")),
            "Your gradient is 2a, whatever the exponent: that is right for a² alone.",
        ),
        Misconception(
            "of the result",
            edited("__pow__", _slope("n * out.data ** (n - 1)")),
            "You put the power itself, `out.data`, into the formula for the slope. There stands the number that was raised.",
        ),
    ],
)
