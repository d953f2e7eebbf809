"""The class Value, put together from parts of which some are wrong."""

import operator
from collections.abc import Callable
from typing import Any

from revgraph.checks.exercise import Misconception

Gradients = Callable[..., tuple[Any, ...]]


class Skeleton:
    """The part of Value that the notebook gives."""

    def __init__(self, data: float, _children: tuple[Any, ...] = ()):
        self.data = data
        self.grad: Any = 0.0
        self._children = _children
        self._backward: Callable[[], None] | None = lambda: None


def operation(
    forward: Callable[..., float],
    gradients: Gradients,
    *,
    assigned: bool = False,
    childless: bool = False,
    forgotten: bool = False,
    called: bool = False,
) -> Callable[..., Any]:
    """A method of Value: ``gradients(out, *operands)`` says what each operand's grad receives.

    The gradients are assigned instead of added, the children left out, the backward function forgotten, or
    called on the spot instead of kept.
    """

    def method(*operands: Any) -> Any:
        value_class = type(operands[0])
        inputs = tuple(v if isinstance(v, Skeleton) else value_class(v) for v in operands)
        out = value_class(forward(*(v.data for v in inputs)), () if childless else inputs)

        def send_back() -> None:
            for v, gradient in zip(inputs, gradients(out, *inputs), strict=True):
                v.grad = gradient if assigned else v.grad + gradient

        if not forgotten:
            out._backward = send_back() if called else send_back  # type: ignore[func-returns-value]
        return out

    return method


FORWARD: dict[str, Callable[..., float]] = {
    "__add__": operator.add,
    "__mul__": operator.mul,
    "__pow__": operator.pow,
    "relu": lambda a: max(0.0, a),
}


GRADIENTS: dict[str, Gradients] = {
    "__add__": lambda out, a, b: (out.grad, out.grad),
    "__mul__": lambda out, a, b: (b.data * out.grad, a.data * out.grad),
    "__pow__": lambda out, a, n: (n.data * a.data ** (n.data - 1) * out.grad if n.data else 0.0, 0.0),
    "relu": lambda out, a: ((a.data > 0) * out.grad,),
}


RIGHT: dict[str, Callable[..., Any]] = {
    **{name: operation(FORWARD[name], GRADIENTS[name]) for name in FORWARD},
    "__neg__": lambda a: a * -1.0,
    "__sub__": lambda a, b: a + b * -1.0,
    "__truediv__": lambda a, b: a * b**-1.0,
    "__radd__": lambda a, number: a + number,
    "__rmul__": lambda a, number: a * number,
    "__rsub__": lambda a, number: a * -1.0 + number,
    "__rtruediv__": lambda a, number: (a**-1.0) * number,
}


def engine(**methods: Callable[..., Any]) -> type:
    """The class Value with some methods replaced."""
    return type("Value", (Skeleton,), RIGHT | methods)


def number_of(operand: Any) -> Any:
    return operand.data if isinstance(operand, Skeleton) else operand


def wrong_gradients(name: str, gradients: Gradients) -> type:
    return engine(**{name: operation(FORWARD[name], gradients)})


def slips(name: str, without_out_grad: Gradients) -> list[Misconception]:
    """The mistakes that any operation invites."""
    forward, gradients = FORWARD[name], GRADIENTS[name]
    return [
        Misconception(
            "= for +=",
            engine(**{name: operation(forward, gradients, assigned=True)}),
            "With `=`, a Value that is used twice keeps only the gradient that came last. Each use is a path to "
            "the result, and paths add.",
            "what should stand in place of `=` so that what is already in `grad` stays?",
        ),
        Misconception(
            "forgets out.grad",
            wrong_gradients(name, without_out_grad),
            "You sent back the derivative of this one operation, as if `out` were the end. `out.grad` says how "
            "much the end moves when `out` moves.",
            "`out` moves by so much, and the end moves `out.grad` times as much. How do two rates combine?",
        ),
        Misconception(
            "never kept",
            engine(**{name: operation(forward, gradients, forgotten=True)}),
            "The number is right, but nothing comes back: `out` was not given your inner function.",
            "look at the last lines of `scale`. Where does the inner function go?",
        ),
        Misconception(
            "called on the spot",
            engine(**{name: operation(forward, gradients, called=True)}),
            "You called the inner function right away, when `out.grad` was still 0. Keep the function itself: "
            "without parentheses.",
            "what is the difference between `send_back` and `send_back()`?",
        ),
        Misconception(
            "no children",
            engine(**{name: operation(forward, gradients, childless=True)}),
            "`out` does not know what it was made from, so nobody can go further back from here.",
            "what is the second argument of `Value`?",
        ),
        Misconception(
            "a plain number",
            engine(**{name: lambda *operands: forward(*map(number_of, operands))}),
            "The result is a plain number. It has forgotten where it came from.",
            "wrap the number: what does `scale` return?",
        ),
    ]


NUMBERS_ARE_DATA = "You sent back a Value where a number is wanted. A `grad` is a plain number, so only `.data` may go into it."
