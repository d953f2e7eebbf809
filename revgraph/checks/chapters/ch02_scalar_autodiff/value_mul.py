"""value_mul: in a product each operand counts as much as the other is large."""

import ast
from collections.abc import Iterator

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch02_scalar_autodiff.arithmetic import arithmetic
from revgraph.checks.chapters.ch02_scalar_autodiff.common import TORCH
from revgraph.checks.chapters.ch02_scalar_autodiff.value import Value
from revgraph.checks.chapters.ch02_scalar_autodiff.wrong_values import (
    NUMBERS_ARE_DATA,
    also_their_children,
    edited,
    sees,
    slips,
    uses_sign,
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
    yield case("a * b", a=-2.0, b=0.5, out_grad=3.0, grad_before=4.0)
    yield case("a * b", a=3.0, b=0.0, out_grad=-1.0)
    yield case("a * 0.5", a=-3.0, out_grad=0.25)
    yield case("(a * b) * a", a=2.0, b=3.0, out_grad=0.5)
    yield case("(a * b) * a", a=a, b=b, out_grad=g)


VALUE_MUL = Exercise(
    name="value_mul",
    methods=("__mul__",),
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
    why="Two lines, for two operands: for `a * a` they add up to 2a times what arrives, and nobody had to think of it.",
    next="a rectangle is a wide and b high. Make it a little wider: by how much does its area grow?",
    misconceptions=[
        *slips("__mul__", (r" \* out\.grad", "")),
        also_their_children("__mul__"),
        Misconception(
            "own operand",
            edited(
                "__mul__",
                (r"\+= a\.data", "+= A.data"),
                (r"\+= b\.data", "+= a.data"),
                (r"A\.data", "b.data"),
            ),
            "The gradients are swapped: `a` received its own number as the factor, and so did `b`.",
            "2 · 5 becomes 2.1 · 5. Which of the two numbers says how much the product grew?",
        ),
        Misconception(
            "one factor for both",
            edited("__mul__", (r"\+= a\.data", "+= b.data")),
            "The gradient of `a` is right. `b` received the same factor, its own number.",
            "turn the rectangle on its side: by how much does it grow when `b` does?",
        ),
        Misconception(
            "add's rule",
            edited("__mul__", (r"\+= .*", "+= out.grad")),
            "That is the rule of addition. In a product, the other operand magnifies every nudge.",
        ),
        Misconception(
            "times the product",
            edited("__mul__", (r"\+= \w\.data", "+= out.data")),
            "You multiplied by `out.data`, the whole product. A nudge of one operand meets only the other one.",
        ),
        Misconception(
            "divides the product",
            edited(
                "__mul__", (r"\+= b\.data", "+= out.data / a.data"), (r"\+= a\.data", "+= out.data / b.data")
            ),
            "You divide the product by one of its factors, which fails where that is 0. The other factor is at hand.",
        ),
        Misconception(
            "gradients for numbers",
            edited("__mul__", (r"\+= (\w)\.data", r"+= \1.grad")),
            "You multiplied by the other operand's `grad`. The strip is as high as the other side is long: that is its number, `data`.",
        ),
        Misconception(
            "plus what arrives",
            edited("__mul__", (r" \* out\.grad", " + out.grad")),
            "You added `out.grad` to the slope. What arrives is multiplied by it.",
            "`out` moves by so much, and the end moves `out.grad` times as much. How do two rates combine?",
        ),
        Misconception(
            "only the first",
            edited("__mul__", (r"^ +b\.grad.*\n", "")),
            "The gradient of `a` is right. `b` moves the product, too, and got nothing.",
        ),
        Misconception(
            "only the second",
            edited("__mul__", (r"^ +\w+\.grad.*b\.data.*\n", "")),
            "The gradient of `b` is right. `a` moves the product, too, and got nothing.",
        ),
        Misconception(
            "both to the first",
            edited("__mul__", (r"b\.grad \+=", "a.grad +=")),
            "`a` received both shares, and `b` none.",
            "look at the names in the last line of your inner function: whose `grad` is it?",
        ),
        Misconception(
            "one child",
            edited("__mul__", (r"\(a, b\)\)", "(a,))")),
            "`out` knows only one of the two Values that it was made from.",
            "a product has two children. How do you write both into one tuple?",
        ),
        Misconception(
            "Values in grad",
            edited("__mul__", (r"\+= (\w)\.data", r"+= \1")),
            NUMBERS_ARE_DATA,
        ),
        Misconception(
            "multiplies Values",
            edited("__mul__", (r"a\.data \* b\.data, ", "a * b, ")),
            "`a` and `b` are Values, and a `*` between Values calls this very function, again and again without end.",
            "which attribute of a Value is its plain number?",
            seen=sees("__mul__", uses_sign(ast.Mult)),
        ),
        Misconception(
            "a number is not wrapped",
            edited("__mul__", (r"as_value\(other\)", "other")),
            "For two Values it works. In `a * 10`, the 10 is a plain number, and has neither `data` nor `grad`.",
            "what does `as_value` do, in the line that was given?",
        ),
    ],
)
