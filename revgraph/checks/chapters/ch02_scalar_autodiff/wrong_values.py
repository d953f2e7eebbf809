"""The class Value with a mistake in it: the text of one method, edited as a learner would have written it."""

from __future__ import annotations

import ast
import builtins
import inspect
import linecache
import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import count
from textwrap import dedent
from types import FunctionType
from typing import Any

from revgraph.checks.chapters.ch02_scalar_autodiff.value import Value, as_value
from revgraph.checks.exercise import Misconception

Edit = tuple[str, str]  # a regular expression, and what stands there instead
LEARNERS = {"__add__": "add", "__mul__": "mul", "__pow__": "power", "relu": "relu", "__neg__": "neg"}
number = count()


def edited(method: str, *edits: Edit) -> type:
    """The class Value with these edits in the text of one method."""
    right = text = text_of(method)
    for old, new in edits:
        text = re.sub(old, new, text, flags=re.MULTILINE)
    if text == right:
        raise ValueError(f"{edits} change nothing in {method}")
    return with_methods(**{method: text})


@cache
def text_of(method: str) -> str:
    return dedent(inspect.getsource(getattr(Value, method)))


def with_methods(**texts: str) -> type:
    """A class like Value in which some methods have another text, which can be read like a learner's."""
    names: dict[str, Any] = {"__builtins__": builtins}
    for name, right in {**vars(Value), "as_value": as_value}.items():
        if isinstance(right, FunctionType):
            names[name] = FunctionType(right.__code__, names, name, right.__defaults__)
    for text in texts.values():
        file = f"<wrong value {next(number)}>"
        linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
        exec(compile(text, file, "exec"), names)
    names["Value"] = type("Value", (), {name: f for name, f in names.items() if name in vars(Value)})
    return names["Value"]


# What is read in the source, before anything is said about it


@cache
def function_in(source: str, method: str) -> ast.FunctionDef | None:
    """The learner's function for a method, by the name that the notebook gives it or by the method's own."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return None
    names = (method, LEARNERS.get(method, method.strip("_")))
    found = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name in names)
    return next(found, None)


def sees(method: str, what: Callable[[ast.FunctionDef], bool]) -> Callable[[str], bool]:
    """A condition on the source of the class: that its function for ``method`` is at hand, and is so."""

    def seen(source: str) -> bool:
        function = function_in(source, method)
        return function is not None and what(function)

    return seen


def targets(function: ast.FunctionDef) -> Iterator[str]:
    """The attributes that a function assigns to, itself or in a function inside it."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            places = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (place.attr for place in places if isinstance(place, ast.Attribute))


def never_keeps(function: ast.FunctionDef) -> bool:
    return "_backward" not in targets(function)


def writes_no_grad(function: ast.FunctionDef) -> bool:
    return "grad" not in targets(function) and not any(
        isinstance(node, ast.Name) and node.id == "setattr" for node in ast.walk(function)
    )


def keeps_on_operands(function: ast.FunctionDef) -> bool:
    """Whether `_backward` is set, but only on what the function was given."""
    operands = {argument.arg for argument in function.args.args}
    owners = {
        place.value.id
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        for whole in node.targets
        for place in ast.walk(whole)
        if isinstance(place, ast.Attribute)
        and place.attr == "_backward"
        and isinstance(place.value, ast.Name)
    }
    return bool(owners) and owners <= operands


def uses_sign(sign: type[ast.operator]) -> Callable[[ast.FunctionDef], bool]:
    """Whether the sign stands between two bare names, `a + b`."""

    def found(function: ast.FunctionDef) -> bool:
        return any(
            isinstance(node, ast.BinOp)
            and isinstance(node.op, sign)
            and isinstance(node.left, ast.Name)
            and isinstance(node.right, ast.Name)
            for node in ast.walk(function)
        )

    return found


# The mistakes that any operation invites

KEEPS = r"^ +out\._backward = send_back\n"
NOTHING_CAME = "The number is right, but no gradient came back to what it was made from."
LAST_LINES = "look at the last lines of `scale`. Where does the inner function go?"


def slips(method: str, *without_out_grad: Edit) -> list[Misconception]:
    """``without_out_grad`` makes each operand's share forget what arrived."""

    def wrong(*edits: Edit) -> type:
        return edited(method, *edits)

    return [
        Misconception(
            "= for +=",
            wrong((r"\.grad \+= ", ".grad = ")),
            "Where a Value is used twice, or has received something before, only what came last is left. Each "
            "use is a path to the result, and paths add.",
            "`=` puts a new number in place of the old one. What adds to it?",
        ),
        Misconception(
            "*= for +=",
            wrong((r"\.grad \+= ", ".grad *= ")),
            "You multiplied `grad` by what comes back. It is 0 at first, and stays so; and paths add, each its share.",
            "which sign adds to what `a.grad` holds?",
        ),
        Misconception(
            "forgets out.grad",
            wrong(*without_out_grad),
            "You sent back the derivative of this one operation, as if `out` were the end. `out.grad` says how "
            "much the end moves when `out` moves.",
            "`out` moves by so much, and the end moves `out.grad` times as much. How do two rates combine?",
        ),
        Misconception(
            "out.data for out.grad",
            wrong(("out.grad", "out.data")),
            "You sent back the number of `out` in place of its gradient: `out.data` for `out.grad`.",
            "what arrives at `out` when the gradients travel back?",
        ),
        Misconception(
            "never kept",
            wrong((KEEPS, "")),
            f"{NOTHING_CAME} Your inner function is there, but `out._backward` was never set to it.",
            LAST_LINES,
            seen=sees(method, never_keeps),
        ),
        Misconception(
            "kept on the operands",
            wrong((KEEPS, "    self._backward = send_back\n")),
            "You gave the inner function to an operand. It belongs to `out`: that is what sends, once its own "
            "gradient is known.",
            LAST_LINES,
            seen=sees(method, keeps_on_operands),
        ),
        Misconception(
            "written nowhere",
            wrong((r"\.grad \+= ", ".grad + ")),
            f"{NOTHING_CAME} Your inner function computes it, but puts it nowhere.",
            "which sign adds to what `a.grad` holds?",
            seen=sees(method, writes_no_grad),
        ),
        Misconception(
            "nothing came back",
            wrong((r"^( +)\w+\.grad \+= .*\n", r"\1out.grad += 0\n")),
            NOTHING_CAME,
            "does `out._backward` hold your inner function, and does that add to the `grad` of each operand?",
        ),
        Misconception(
            "called on the spot",
            wrong(("= send_back$", "= send_back()")),
            "`out._backward` holds None. You called the inner function right away, when `out.grad` was still 0; "
            "what is wanted there is the function itself, without parentheses.",
            "what is the difference between `send_back` and `send_back()`?",
        ),
        Misconception(
            "moves the data",
            wrong((r"\.grad \+= ", ".data += ")),
            "Your inner function changes `data`, the number itself. The gradient goes into `grad`.",
        ),
        Misconception(
            "no children",
            wrong((r", \(.*\)\)$", ")")),
            "`out` does not know what it was made from, so nobody can go further back from here.",
            "what is the second argument of `Value`?",
        ),
        Misconception(
            "arguments swapped",
            wrong((r"Value\((.*), (\(.*\))\)$", r"Value(\2, \1)")),
            "You gave `Value` its arguments the wrong way round: first the number, then the children.",
            "what are the arguments of `Value` in `scale`?",
        ),
        Misconception(
            "a plain number",
            wrong((r"out = Value\((.*), \(.*\)\)$", r"return \1")),
            "The result is a plain number. It has forgotten where it came from.",
            "wrap the number: what does `scale` return?",
        ),
        Misconception(
            "returns nothing",
            wrong((r"^ +return out\n", "")),
            "Your function returns nothing: the `return out` at its end is missing, or stands inside the inner function.",
            "how far is `return out` indented in `scale`?",
        ),
    ]


def also_their_children(method: str) -> Misconception:
    """Each `_backward` calls those of the operands, too."""
    return Misconception(
        "sends for its children, too",
        edited(method, (r"^( +)(\w+)(\.grad \+= .*)\n", r"\1\2\3\n\1\2._backward()\n")),
        "Your inner function also lets the operands send. In a longer computation they send more than once, and "
        "before all has arrived: each Value sends for itself alone.",
        "who is to decide on the order in which Values send? That is a later exercise.",
    )


NUMBERS_ARE_DATA = "You sent back a Value where a number is wanted. A `grad` is a plain number, so only `.data` may go into it."
