"""value_relu: a gate."""

import ast
from collections.abc import Iterator
from dataclasses import replace

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch02_scalar_autodiff.arithmetic import arithmetic
from revgraph.checks.chapters.ch02_scalar_autodiff.common import TORCH
from revgraph.checks.chapters.ch02_scalar_autodiff.value import Value
from revgraph.checks.chapters.ch02_scalar_autodiff.wrong_values import Edit, edited, sees, slips
from revgraph.checks.chapters.common import Rng, ways
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def relu_cases(rng: Rng) -> Iterator[Case]:
    a, g = rng.uniform(0.1, 3.0), rng.normal()
    yield case("a.relu()", a=3.0)
    yield case("a.relu()", a=-3.0)
    yield case("a.relu()", a=3.0, out_grad=5.0)
    yield case("a.relu(), a.relu()", a=3.0)
    yield case("a.relu()", a=0.0)
    yield case("a.relu()", a=2.0, out_grad=-4.0)
    # On both sides of 0 and close to it: the border is 0, and neither 1 nor a small number.
    yield case("a.relu()", a=0.5, out_grad=3.0)
    yield case("a.relu()", a=1.0, out_grad=2.0)
    yield case("a.relu()", a=1e-5, out_grad=-2.0)
    yield case("a.relu()", a=1e-4, out_grad=0.25)
    yield case("a.relu()", a=-1e-5, out_grad=2.0)
    yield case("a.relu()", a=-0.5, out_grad=-3.0)
    # What came by another path stays, on either side.
    yield case("a.relu()", a=-3.0, out_grad=5.0, grad_before=4.0)
    yield case("a.relu()", a=0.0, out_grad=-1.0, grad_before=2.0)
    yield case("a.relu()", a=3.0, out_grad=5.0, grad_before=4.0)
    yield case("a.relu().relu()", a=a, out_grad=g)
    yield case("a.relu()", a=-a, out_grad=g, grad_before=1.0)


def _slope(text: str) -> Edit:
    """Another gate in place of a > 0."""
    return (r"\(self\.data > 0\)", text)


def returns_itself(function: ast.FunctionDef) -> bool:
    returned = (node.value for node in ast.walk(function) if isinstance(node, ast.Return))
    return any(isinstance(value, ast.Name) and value.id == function.args.args[0].arg for value in returned)


SLIPS = slips("relu", (r" \* out\.grad", ""))


VALUE_RELU = Exercise(
    name="value_relu",
    methods=("relu",),
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
    why="A comparison counts as 1 or 0, so the gate is a factor, and the corner at 0 is on its closed side.",
    next="relu is flat on one side and has slope 1 on the other. On which side is `a.data`?",
    misconceptions=[
        Misconception(
            "the input itself",
            edited("relu", (r"^ +out = .*\n", r"    if self.data > 0:\n        return self\n\g<0>")),
            "Where `a` is positive you return `a` itself. Each operation makes a new Value, which has a gradient of its own.",
            "if `a.relu()` and `a` are one and the same, which of them does `out.grad` belong to?",
            seen=sees("relu", returns_itself),
        ),
        *SLIPS,
        replace(
            SLIPS[0], answer=edited("relu", (r"self\.grad \+= .*", "if self.data > 0: self.grad = out.grad"))
        ),
        Misconception(
            "a comma is missing",
            edited("relu", (r"\(self,\)", "(self)")),
            "`_children` holds a Value, not a tuple: `(a)` is just a in parentheses.",
            "what does the comma do in `(a,)`?",
        ),
        Misconception(
            "slope 1 at 0",
            edited("relu", _slope("(self.data >= 0)")),
            "Everything is right but one point: at 0 the slope is taken to be 0, by agreement.",
            "which comparison leaves the 0 out?",
        ),
        *ways(
            "another threshold",
            "The gradient stops where relu lets through: the border lies at 0, and yours lies above.",
            "relu(0.5) is 0.5. What is its slope there?",
            *[edited("relu", _slope(f"(self.data > {border})")) for border in (1, 0.5, 0.1, 1e-3)],
            edited("relu", _slope("(self.data >= 1)")),
            edited("relu", _slope("int(self.data)")),
        ),
        *ways(
            "clears what was there",
            "On the flat side you put 0 into `a.grad`, and what `a` had received by another path is gone. Nothing comes "
            "from here, so nothing changes there.",
            "what do you do with `a.grad` when there is nothing to add?",
            edited(
                "relu", (r"self\.grad \+= .*", "self.grad = self.grad + out.grad if self.data > 0 else 0.0")
            ),
            edited(
                "relu", (r"self\.grad \+= .*", "self.grad = self.grad + out.grad if self.data >= 0 else 0.0")
            ),
        ),
        *ways(
            "always lets through",
            "The gradient passes even where relu is flat. Nudge a = -3 a little: the result stays 0.",
            "on which side of 0 does the result not move?",
            edited("relu", _slope("1")),
            edited("relu", _slope("(out.data >= 0)")),
        ),
        Misconception(
            "wrong side",
            edited("relu", _slope("(self.data < 0)")),
            "The gradient passes on the flat side and stops on the other. It is the other way round.",
        ),
        Misconception(
            "sign of the gradient",
            edited("relu", (r"\+= .*", "+= max(0.0, out.grad)")),
            "You asked whether `out.grad` is positive. What matters is on which side of 0 the input was.",
        ),
        Misconception(
            "sign of its own gradient",
            edited("relu", _slope("(self.grad > 0)")),
            "You asked whether `a.grad` is positive. What matters is on which side of 0 the input was: `a.data`.",
        ),
        *ways(
            "times the input",
            "You multiplied by the value of relu. The gradient is multiplied by its slope.",
            "relu(3) is 3, relu(3.1) is 3.1. What is the slope?",
            edited("relu", _slope("out.data")),
            edited("relu", _slope("max(0.0, self.data)")),
        ),
        *ways(
            "leaky",
            "Below 0 your relu still lets a little through. Here it is flat there: 0, with slope 0.",
            "",
            *[
                edited(
                    "relu",
                    (r"max\(0\.0, self\.data\)", f"max({slope} * self.data, self.data)"),
                    _slope(f"(1 if self.data > 0 else {slope})"),
                )
                for slope in (0.01, 0.1)
            ],
        ),
        Misconception(
            "smaller instead of larger",
            edited("relu", (r"max\(0\.0", "min(0.0")),
            "You kept the smaller of 0 and a. relu lets positive numbers through.",
        ),
        Misconception(
            "nothing for negative numbers",
            edited("relu", (r"^ +out = .*\n", r"    if self.data <= 0:\n        return Value(0.0)\n\g<0>")),
            "For a number below 0 you return a Value that was made from nothing. It is 0, but `a` is still its child.",
        ),
    ],
)
