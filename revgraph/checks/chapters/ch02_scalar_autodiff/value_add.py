"""value_add: a sum hands its gradient to both."""

import ast
from collections.abc import Iterator

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch02_scalar_autodiff.arithmetic import arithmetic
from revgraph.checks.chapters.ch02_scalar_autodiff.common import TORCH
from revgraph.checks.chapters.ch02_scalar_autodiff.value import Value
from revgraph.checks.chapters.ch02_scalar_autodiff.wrong_values import (
    also_their_children,
    edited,
    sees,
    slips,
    uses_sign,
)
from revgraph.checks.chapters.common import Rng
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def add_cases(rng: Rng) -> Iterator[Case]:
    a, b, g = rng.normal(size=3)
    yield case("a + b", a=2.0, b=3.0)
    yield case("a + b", a=2.0, b=3.0, out_grad=5.0)
    yield case("a + a", a=2.0)
    yield case("a + 10", a=2.0, out_grad=-3.0)
    yield case("a + b", a=-2.0, b=0.5, out_grad=3.0, grad_before=4.0)
    yield case("a + 4", a=0.0, out_grad=0.5)
    yield case("(a + b) + a", a=2.0, b=3.0, out_grad=2.0)
    yield case("(a + b) + a", a=a, b=b, out_grad=g)


VALUE_ADD = Exercise(
    name="value_add",
    methods=("__add__",),
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
    why="`+=` lets a Value that is used twice collect both shares, and `a + a` needs no thought of its own.",
    next="if a moves by a little, by how much does a + b move?",
    misconceptions=[
        *slips("__add__", (r"\+= out\.grad", "+= 1.0")),
        also_their_children("__add__"),
        Misconception(
            "only the first",
            edited("__add__", (r"^ +b\.grad.*\n", "")),
            "The gradient of `a` is right. `b` moves the sum, too, and got nothing.",
        ),
        Misconception(
            "only the second",
            edited("__add__", (r"^ +a\.grad.*\n", "")),
            "The gradient of `b` is right. `a` moves the sum, too, and got nothing.",
        ),
        Misconception(
            "both to the first",
            edited("__add__", (r"b\.grad \+=", "a.grad +=")),
            "`a` received both shares, and `b` none.",
            "look at the names in the last line of your inner function: whose `grad` is it?",
        ),
        Misconception(
            "one child",
            edited("__add__", (r"\(a, b\)\)", "(a,))")),
            "`out` knows only one of the two Values that it was made from.",
            "a sum has two children. How do you write both into one tuple?",
        ),
        Misconception(
            "mul's rule",
            edited("__add__", (r"a\.grad \+=", "a.grad += b.data *"), (r"b\.grad \+=", "b.grad += a.data *")),
            "You multiplied by the other operand. In a sum, a nudge of `a` moves the result equally, whatever `b` is.",
        ),
        Misconception(
            "adds Values",
            edited("__add__", (r"a\.data \+ b\.data", "a + b")),
            "`a` and `b` are Values, and a `+` between Values calls this very function, again and again without end.",
            "which attribute of a Value is its plain number?",
            seen=sees("__add__", uses_sign(ast.Add)),
        ),
        Misconception(
            "a number is not wrapped",
            edited("__add__", (r"as_value\(other\)", "other")),
            "For two Values it works. In `a + 10`, the 10 is a plain number, and has neither `data` nor `grad`.",
            "what does `as_value` do, in the line that was given?",
        ),
    ],
)
