"""value_reflected: minus and division, and numbers on the left."""

import ast
from collections.abc import Iterator

from revgraph.checks.call import Case, case, part
from revgraph.checks.chapters.ch02_scalar_autodiff.arithmetic import arithmetic
from revgraph.checks.chapters.ch02_scalar_autodiff.common import TORCH
from revgraph.checks.chapters.ch02_scalar_autodiff.value import Value
from revgraph.checks.chapters.ch02_scalar_autodiff.wrong_values import edited, sees, with_methods
from revgraph.checks.chapters.common import Rng, ways
from revgraph.checks.exercise import Exercise, Misconception, Recorded

PLAIN = "minus and division"
REFLECTED = "numbers on the left"


def reflected_cases(rng: Rng) -> Iterator[Case]:
    a, b, g = rng.uniform(0.5, 2.0, size=3)
    yield part(PLAIN, case("-a", a=3.0, out_grad=2.0))
    yield part(PLAIN, case("a - b", a=5.0, b=3.0, out_grad=2.0))
    yield part(PLAIN, case("a / b", a=6.0, b=2.0))
    yield part(PLAIN, case("a - 1", a=5.0))
    yield part(PLAIN, case("a / 4", a=6.0))
    yield part(PLAIN, case("a - a", a=2.0))
    yield part(PLAIN, case("-a", a=-0.5, grad_before=4.0))
    yield part(PLAIN, case("a - b", a=-1.0, b=4.0, out_grad=0.5, grad_before=2.0))
    yield part(PLAIN, case("a / b", a=-1.0, b=4.0, out_grad=0.5, grad_before=2.0))
    yield part(PLAIN, case("a - 3", a=1.0, out_grad=-1.0, grad_before=2.0))
    yield part(PLAIN, case("-a / b - (a - b)", a=a, b=b, out_grad=g))
    yield part(REFLECTED, case("10 + a", a=2.0))
    yield part(REFLECTED, case("10 * a", a=2.0))
    yield part(REFLECTED, case("0 + a", a=-0.5, out_grad=3.0))
    yield part(REFLECTED, case("-2 * a", a=3.0, out_grad=0.5))
    yield part(REFLECTED, case("10 - a", a=2.0))
    yield part(REFLECTED, case("10 / a", a=2.0))
    yield part(REFLECTED, case("1 - a", a=-3.0, out_grad=2.0, grad_before=1.0))
    yield part(REFLECTED, case("1 / a", a=-0.5, out_grad=2.0, grad_before=1.0))
    yield part(REFLECTED, case("(3 - a) / (a - b * 4) - 2 / b", a=a, b=b, out_grad=g))


def _negates_itself(function: ast.FunctionDef) -> bool:
    return any(isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Name)
               for node in ast.walk(function))  # fmt: skip


BY_NEG = "def __sub__(self, other):\n    return self + -as_value(other)\n"
NEW = "can you say it with +, * and ** alone?"

VALUE_REFLECTED = Exercise(
    name="value_reflected",
    methods=("__neg__", "__sub__", "__truediv__", "__rsub__", "__rtruediv__"),
    points=10,
    parts={PLAIN: 6, REFLECTED: 4},
    reference=Value,
    probe=arithmetic,
    cases=reflected_cases,
    recorded=[
        Recorded(
            part(REFLECTED, case("(3 - a) / b - 2 / a + -b", a=0.5, b=-1.25, out_grad=0.5)),
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
    why="No new derivative is needed: the gradients find their way through the sum, the product and the power.",
    next="do +, * and ** pass their checks? If so, say it with these. What is `a - b` as a sum?",
    misconceptions=[
        Misconception(
            "swapped subtraction",
            edited("__rsub__", (r"-self \+ number", "self - number")),
            "`10 - a` came out as `a - 10`. Python calls `rsub(a, 10)`: the Value comes first, although it stands on the right.",
            "in `10 - a`, which of the two is taken away?",
        ),
        Misconception(
            "swapped division",
            edited("__rtruediv__", (r"self\*\*-1 \* number", "self / number")),
            "`10 / a` came out as `a / 10`. Python calls `rtruediv(a, 10)`: the Value comes first, although it stands on the right.",
            "in `10 / a`, which of the two is below the line?",
        ),
        Misconception(
            "both swapped",
            with_methods(
                __rsub__="def __rsub__(self, number):\n    return self - number\n",
                __rtruediv__="def __rtruediv__(self, number):\n    return self / number\n",
            ),
            "`10 - a` came out as `a - 10`, and `10 / a` as `a / 10`. In the reflected functions the Value comes first, although it stands on the right.",
            "in `10 - a`, which of the two is taken away?",
        ),
        Misconception(
            "b as a number in -",
            edited("__sub__", (r"other \* -1", "as_value(other).data * -1")),
            "In `a - b`, b came in as a plain number: the result no longer knows that it was made from `b`.",
            "can you negate the Value `b`, instead of `b.data`?",
        ),
        Misconception(
            "b as a number in /",
            edited("__truediv__", (r"other\*\*-1", "as_value(other).data ** -1")),
            "In `a / b`, b came in as a plain number: the result no longer knows that it was made from `b`.",
            "which power of the Value `b` is 1 / b?",
        ),
        Misconception(
            "-a, without end",
            edited("__neg__", (r"self \* -1", "-self")),
            "Python calls `neg` when it meets `-a`. Inside `neg`, that is a call of itself, again and again without end.",
            NEW,
            seen=sees("__neg__", _negates_itself),
        ),
        *ways(
            "without end",
            "Your functions call each other, again and again without end: one of them uses the very sign that Python turns into a call of it.",
            NEW,
            edited("__neg__", (r"self \* -1", "0 - self")),
            edited("__sub__", (r"self \+ other \* -1", "self - other")),
            edited("__truediv__", (r"self \* other\*\*-1", "self / other")),
            edited("__rsub__", (r"-self \+ number", "number - self")),
            edited("__rtruediv__", (r"self\*\*-1 \* number", "number / self")),
        ),
        *ways(
            "negates in place",
            "You changed `a` itself. `-a` is a new Value; `a` keeps its number.",
            "which operation gives a new Value with the opposite number?",
            edited("__neg__", (r"return .*", "self.data = -self.data\n    return self")),
            with_methods(
                __neg__="def __neg__(self):\n    self.data = -self.data\n    return self\n", __sub__=BY_NEG
            ),
        ),
        *ways(
            "forgets where it came from",
            "The number of `-a` is right, but it does not know that it was made from `a`.",
            NEW,
            edited("__neg__", (r"return .*", "return Value(-self.data)")),
            with_methods(__neg__="def __neg__(self):\n    return Value(-self.data)\n", __sub__=BY_NEG),
        ),
        *ways(
            "a number divided",
            "In `a / b` you divided the numbers and made a new Value of the result: the number is right, but no gradient goes "
            "back from it to `a` and `b`.",
            NEW,
            *[
                with_methods(
                    __truediv__="def __truediv__(self, other):\n"
                    f"    return Value(self.data / as_value(other).data, {children})\n"
                )
                for children in ("()", "(self,)", "(self, as_value(other))")
            ],
        ),
        *ways(
            "a number subtracted",
            "In `a - b` you subtracted the numbers and made a new Value of the result: the number is right, but no gradient goes "
            "back from it to `a` and `b`.",
            NEW,
            *[
                with_methods(
                    __sub__="def __sub__(self, other):\n"
                    f"    return Value(self.data - as_value(other).data, {children})\n"
                )
                for children in ("()", "(self,)", "(self, as_value(other))")
            ],
        ),
        Misconception(
            "only half negated",
            edited("__sub__", (r"self \+ other \* -1", "(self + other) * -1")),
            "That is `-(a + b)`. Only `b` is to be negated.",
        ),
        Misconception(
            "the wrong one negated",
            edited("__sub__", (r"self \+ other \* -1", "other + self * -1")),
            "`a - b` came out as `b - a`.",
            "in `a - b`, which of the two is taken away?",
        ),
        Misconception(
            "the wrong one below the line",
            edited("__truediv__", (r"self \* other\*\*-1", "as_value(other) * self**-1")),
            "`a / b` came out as `b / a`.",
            "in `a / b`, which of the two is below the line?",
        ),
    ],
)
