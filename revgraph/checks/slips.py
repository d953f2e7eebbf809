"""Small slips, as a hand makes them, made by machine in a right answer.

A threshold moved, ``=`` for ``+=``, another axis, a factor or an argument left out, one too many, ``mean``
for ``sum``, a copy not made, a line forgotten, a ``return`` inside the loop. A learner whose results are what
the reference gives with one of them has most likely made it; and the checks have to refuse every one of them.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import inspect
import linecache
import re
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from textwrap import dedent
from types import FunctionType
from typing import Any

from revgraph.checks.blame import names_around
from revgraph.checks.source import global_names, is_text

Change = tuple[ast.AST | list[Any], str, str]  # what stands there instead, the slip's name, and what to say
ANNOTATIONS = __future__.annotations.compiler_flag  # leaves annotations unevaluated
_numbers = count()


@dataclass(frozen=True)
class Slip:
    """A right answer with one slip: ``name`` is its kind, ``told`` completes the sentence "Your results are
    what one gets when".

    ``change`` writes it as "the code as it was → as it is"; no learner is shown that.
    """

    name: str
    told: str
    change: str
    answer: Any = field(repr=False)


@cache
def slips(reference: Any, others: frozenset[Any] = frozenset()) -> tuple[Slip, ...]:
    """Every way to slip once in a function or class, and in the functions of its file that it calls.

    The functions in `others` stay as they are. There is none where the source cannot be read.
    """
    try:
        tree = ast.parse("\n\n".join(dedent(inspect.getsource(p)) for p in _own_parts(reference, others)))
    except (OSError, TypeError):
        return ()
    for node in ast.walk(tree):
        _mark_numbers(node)
    spoken = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    spoken |= {other.__name__ for other in others}
    known, changes, found = {ast.unparse(tree)}, Counter[str](), []
    for parent, name, index in list(_places(tree)):
        old = getattr(parent, name) if index is None else getattr(parent, name)[index]
        for new, kind, told in _changes(old, parent):
            before = _shown(parent, old)
            _put(parent, name, index, new)
            after = _shown(parent, new)  # which gives what is new its place in the source
            text = _text(tree)
            _put(parent, name, index, old, instead_of=new)
            if text and text not in known:
                known.add(text)
                change = f"{before} → {after}"
                changes[change] += 1
                nth = f" ({changes[change]})" if changes[change] > 1 else ""
                kind = re.sub(r" `(\w+)`", lambda part: part[0] if part[1] in spoken else "", kind)
                found.append(Slip(kind, _said(told, spoken), change + nth, _made(text, reference)))
    return tuple(found)


NAMED = re.compile(r"the (factor|summand|divisor|dividend|exponent|part) `(\w+)`|of `(\w+)` are swapped")


def _said(told: str, spoken: set[str]) -> str:
    """A sentence without the names that are the reference's own: the learner may use others."""

    def unnamed(found: re.Match[str]) -> str:
        role, part, function = found.groups()
        if (part or function) in spoken:
            return found[0]
        return f"a {role}" if role else "of a function are swapped"

    return NAMED.sub(unnamed, told)


# The parts of an answer


def _own_parts(reference: Any, others: frozenset[Any]) -> list[Any]:
    """The reference, after the functions of its own file that it needs."""
    parts, seen = [reference], {reference}
    for part in parts:
        for name in sorted(global_names(dedent(inspect.getsource(part)))):
            value = names_around(part).get(name)
            own = isinstance(value, FunctionType | type) and value.__module__ == reference.__module__
            if own and value not in seen | others:
                seen.add(value)
                parts.append(value)
    return parts[::-1]


def _text(tree: ast.Module) -> str:
    """The tree as source; empty where it is no valid Python any more."""
    try:
        text = ast.unparse(tree)
        compile(text, "<slip>", "exec", flags=ANNOTATIONS)
    except (SyntaxError, ValueError):
        return ""
    return text


def _made(text: str, reference: Any) -> Any:
    """The function or class of this text, with a source that inspect finds as if it stood in a file."""
    file = f"<slip {next(_numbers)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    space = {**names_around(reference), "__name__": "slip"}
    exec(compile(text, file, "exec", flags=ANNOTATIONS), space)
    return space[reference.__name__]


# Where a slip can be made


def _places(tree: ast.AST) -> Iterator[tuple[ast.AST, str, int | None]]:
    """Every part of the tree but annotations and docstrings, as the parent that holds it, and where."""
    for name, value in ast.iter_fields(tree):
        if name in ("annotation", "returns", "decorator_list", "ctx", "op", "ops"):
            continue
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.AST) and not is_text(child):
                yield tree, name, index
                yield from _places(child)


def _put(parent: Any, name: str, index: int | None, new: Any, instead_of: Any = None) -> None:
    """Put a part into the tree; a statement may be replaced by any number of them."""
    if index is None:
        setattr(parent, name, new)
        return
    replaced = len(instead_of) if isinstance(instead_of, list) else 1
    getattr(parent, name)[index : index + replaced] = new if isinstance(new, list) else [new]


def _shown(parent: ast.AST, part: ast.AST | list[Any]) -> str:
    """A part of the tree as code: with the expression around it, of a compound statement its first line."""
    if isinstance(part, list):
        return "; ".join(_shown(parent, one) for one in part) or "nothing"
    around = parent if isinstance(parent, ast.expr | ast.keyword) else part
    lines = ast.unparse(ast.fix_missing_locations(around)).splitlines()
    stops = isinstance(part, ast.For) and isinstance(part.body[-1], ast.Break)
    return " ".join(lines[:1]) + " … break" * stops


# The slips


def _changes(node: ast.AST, parent: ast.AST) -> Iterator[Change]:
    for kind, changes in CHANGES.items():
        if isinstance(node, kind):
            yield from changes(node)
    if isinstance(node, ast.stmt) and not isinstance(node, ast.FunctionDef | ast.ClassDef):
        nothing: Any = ast.Pass() if len(getattr(parent, "body", [])) == 1 else []
        if isinstance(node, ast.Return):
            yield nothing, "without return", "a `return` is left out"
        else:
            yield nothing, "leaves out a step", "one step of it is left out"


def _code(node: ast.AST, otherwise: str) -> str:
    """A name as code; of anything longer only what it is, since it may be the answer."""
    return f"`{node.id}`" if isinstance(node, ast.Name) else otherwise


TURNED: dict[type, type] = {
    **{ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Lt: ast.LtE, ast.LtE: ast.Lt},
    **{ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In},
    **{ast.Is: ast.IsNot, ast.IsNot: ast.Is},
}
ORDERS = ast.Gt | ast.GtE | ast.Lt | ast.LtE


def _compare(node: ast.Compare) -> Iterator[Change]:
    op, *others = node.ops
    turned = ast.Compare(node.left, [TURNED[type(op)](), *others], node.comparators)
    if isinstance(op, ORDERS):
        bounds = "a comparison counts the border on the wrong side (`>` or `>=`, `<` or `<=`)"
        yield turned, "border on the wrong side", bounds
        for sign, word in ((ast.Add(), "high"), (ast.Sub(), "low")):
            moved = [ast.BinOp(node.comparators[0], sign, ast.Constant(1)), *node.comparators[1:]]
            changed = ast.Compare(node.left, node.ops, moved)
            yield changed, f"border too {word}", f"something is compared with a number that is one too {word}"
    else:
        yield turned, "opposite condition", "a condition says the opposite"


SIGNS: dict[type, tuple[type, str, str]] = {
    ast.Add: (ast.Sub, "minus for plus", "something is subtracted that should be added"),
    ast.Sub: (ast.Add, "plus for minus", "something is added that should be subtracted"),
    ast.Mult: (ast.Div, "divides", "it divides where it should multiply"),
    ast.Div: (ast.Mult, "multiplies", "it multiplies where it should divide"),
    ast.FloorDiv: (ast.Div, "/ for //", "`/` stands where `//` is needed"),
    ast.Pow: (ast.Mult, "* for **", "`*` stands where `**` is needed"),
    ast.MatMult: (ast.Mult, "* for @", "`*` stands where `@` is needed"),
}
PARTS = {
    ast.Add: "summand",
    ast.Sub: "summand",
    ast.Mult: "factor",
    ast.MatMult: "factor",
    ast.Div: "divisor",
}


def _binary(node: ast.BinOp) -> Iterator[Change]:
    part = PARTS.get(type(node.op), "part")
    for kept, dropped in ((node.left, node.right), (node.right, node.left)):
        role = "dividend" if part == "divisor" and kept is node.right else part
        named = f"the {role} {_code(dropped, '')}" if isinstance(dropped, ast.Name) else f"a {role}"
        yield kept, f"forgets {named.removeprefix('the ')}", f"{named} is left out"
    if type(node.op) in SIGNS:
        other, name, told = SIGNS[type(node.op)]
        yield ast.BinOp(node.left, other(), node.right), name, told
    if isinstance(node.op, ast.Sub | ast.Div | ast.MatMult | ast.Pow | ast.FloorDiv):
        swapped = ast.BinOp(node.right, node.op, node.left)
        yield swapped, "swapped operands", "the two sides of an operator are swapped"


def _unary(node: ast.UnaryOp) -> Iterator[Change]:
    if isinstance(node.op, ast.USub):
        yield node.operand, "forgets a minus", "a minus sign is left out"
    if isinstance(node.op, ast.Not):
        yield node.operand, "opposite condition", "a condition says the opposite"


def _augmented(node: ast.AugAssign) -> Iterator[Change]:
    told = "`=` stands where it should add to what is there: what came before is overwritten"
    yield ast.Assign([node.target], node.value, lineno=0), "overwrites", told
    other = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
    yield (
        ast.AugAssign(node.target, other, node.value),
        "wrong way",
        "it goes the opposite way: + for -, or - for +",
    )


INSTEAD = {
    **{"sum": "mean", "mean": "sum", "max": "min", "min": "max"},
    **{"maximum": "minimum", "minimum": "maximum", "zeros_like": "ones_like", "ones_like": "zeros_like"},
    **{"zeros": "ones", "ones": "zeros", "argmax": "argmin", "argmin": "argmax", "sqrt": "square"},
    **{"append": "insert", "any": "all", "all": "any", "exp": "log", "log": "exp"},
}
WRAPPERS = (
    *("copy", "array", "astype", "asarray", "list", "tuple", "float", "int"),
    *("abs", "sqrt", "square", "exp", "log"),
)
EITHER_WAY = ("maximum", "minimum", "add", "multiply", "isinstance")  # the order of arguments does not matter


def _call(node: ast.Call) -> Iterator[Change]:
    function, args, keywords = node.func, node.args, node.keywords
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if (other := INSTEAD.get(name)) and (isinstance(function, ast.Attribute) or hasattr(builtins, other)):
        renamed = deepcopy(function)
        setattr(renamed, "attr" if isinstance(renamed, ast.Attribute) else "id", other)
        yield (
            ast.Call(renamed, args, keywords),
            f"{other} for {name}",
            f"`{other}` stands where `{name}` is needed",
        )
    if name in WRAPPERS and len(args) <= 1:
        bare = args[0] if args else function.value if isinstance(function, ast.Attribute) else None
        if bare is not None:
            what = "something is written into that should have been copied" if name == "copy" else ""
            yield bare, f"without {name}", what or f"`{name}` is left out"
    for i, keyword in enumerate(keywords):
        without = ast.Call(function, args, keywords[:i] + keywords[i + 1 :])
        yield without, f"without {keyword.arg}", f"`{keyword.arg}=` is left out"
    if name == "range":
        for sign, rounds, step in ((ast.Sub(), "few", "short"), (ast.Add(), "many", "long")):
            moved = [*args[:-1], ast.BinOp(args[-1], sign, ast.Constant(1))]
            if len(args) == 3:
                name, told = f"steps too {step}", f"the steps of a loop are one too {step}"
            else:
                name, told = f"one round too {rounds}", f"a loop makes one round too {rounds}"
            yield ast.Call(function, moved, []), name, told
    if len(args) == 2 and name not in EITHER_WAY:
        swapped = ast.Call(function, args[::-1], keywords)
        yield (
            swapped,
            "swapped arguments",
            f"the two arguments of {_code(function, 'a function')} are swapped",
        )
    if not args and not keywords:
        yield function, "without ()", "a function is named but not called: its `()` are missing"


def _constant(node: ast.Constant) -> Iterator[Change]:
    value = node.value
    if isinstance(value, int) and getattr(node, "picks_an_axis", False):
        for other in (value + 1, value - 1):
            yield ast.Constant(other), "another axis", "another axis is taken"
        return
    if isinstance(value, int) and getattr(node, "picks_a_size", False):
        for other in (value + 1, value - 1):
            yield ast.Constant(other), "another axis's size", "the size of another axis is taken"
        return
    if isinstance(value, bool):
        yield (
            ast.Constant(not value),
            f"{not value} for {value}",
            f"`{not value}` stands where `{value}` is needed",
        )
    elif isinstance(value, int | float):
        for change in (1, -1):
            word = "large" if change == getattr(node, "sign", 1) else "small"
            yield ast.Constant(value + change), f"one too {word}", f"a number in it is one too {word}"
        yield ast.Constant(2 * value), "twice a number", "a number in it is twice what it should be"


def _mark_numbers(node: ast.AST) -> None:
    """Mark the number in `x.shape[-1]` or `axis=-1`, which is no quantity, but says which axis is meant; and
    the one behind a minus sign, where more is less."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node.operand.sign = -1  # type: ignore[attr-defined]
    match node:
        case ast.keyword("axis", number):
            _without_minus(number).picks_an_axis = True
        case ast.Subscript(ast.Attribute(_, "shape"), number):
            _without_minus(number).picks_a_size = True


def _without_minus(number: ast.expr) -> Any:
    return number.operand if isinstance(number, ast.UnaryOp) else number


def _tuple(node: ast.Tuple) -> Iterator[Change]:
    if isinstance(node.ctx, ast.Load) and len(node.elts) > 1:
        for i in range(len(node.elts) - 1):
            first, second = node.elts[i : i + 2]
            swapped = [*node.elts[:i], second, first, *node.elts[i + 2 :]]
            yield ast.Tuple(swapped, node.ctx), "swapped", "two things that stand side by side are swapped"


def _subscript(node: ast.Subscript) -> Iterator[Change]:
    if isinstance(node.ctx, ast.Load):
        yield node.value, "without an index", "the whole of something is used in place of a part of it"


def _slice(node: ast.Slice) -> Iterator[Change]:
    if node.upper is not None:
        more = ast.BinOp(node.upper, ast.Add(), ast.Constant(1))
        yield ast.Slice(node.lower, more, node.step), "one entry too many", "a slice takes one entry too many"
        less = ast.BinOp(node.upper, ast.Sub(), ast.Constant(1))
        yield ast.Slice(node.lower, less, node.step), "one entry too few", "a slice takes one entry too few"
    if node.step is not None:
        yield ast.Slice(node.lower, node.upper), "without a step", "a slice takes its entries without a step"


def _conditional(node: ast.IfExp) -> Iterator[Change]:
    for side in (node.body, node.orelse):
        yield side, "one case for both", "two cases that should differ are treated alike"


def _boolean(node: ast.BoolOp) -> Iterator[Change]:
    other, word = (ast.Or(), "or") if isinstance(node.op, ast.And) else (ast.And(), "and")
    yield (
        ast.BoolOp(other, node.values),
        f"{word} in a condition",
        f"a condition says `{word}` where it should not",
    )
    for i in range(len(node.values)):
        rest = node.values[:i] + node.values[i + 1 :]
        fewer = rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
        yield fewer, "half a condition", "only a part of a condition is asked for"


def _branch(node: ast.If) -> Iterator[Change]:
    yield node.body, "always", "something is done always that should depend on a condition"
    if node.orelse:
        yield node.orelse, "never", "one of two cases is never told apart"


def _loop(node: ast.For) -> Iterator[Change]:
    early = ast.For(node.target, node.iter, [*node.body, ast.Break()], node.orelse, lineno=0)
    yield early, "ends in the first round", "a loop ends in its first round, as with a `return` inside it"


CHANGES: dict[type, Callable[[Any], Iterator[Change]]] = {
    ast.Compare: _compare,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.AugAssign: _augmented,
    ast.Call: _call,
    ast.Constant: _constant,
    ast.Tuple: _tuple,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.IfExp: _conditional,
    ast.BoolOp: _boolean,
    ast.If: _branch,
    ast.For: _loop,
}
