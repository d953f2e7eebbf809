"""What folds open below a verdict: another way to write it, and after many tries the lines with two gaps."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from textwrap import dedent
from typing import Any

from revgraph.checks.form import Form
from revgraph.checks.source import is_text

TRIES = 5  # that fail, before the third hint
GAP = "____"


def another_way(exercise: Form) -> str:
    """The reference as it is written, without types and docstrings; empty where its source cannot be read."""
    return "\n\n\n".join(ast.unparse(part) for part in _parts(exercise))


def with_gaps(exercise: Form) -> str:
    """The same with two gaps: enough to go on from, and never what passes when it is pasted."""
    parts = _parts(exercise)
    for holder, name, index in _gaps(parts):
        gap = ast.Name(GAP)
        if index is None:
            setattr(holder, name, gap)
        else:
            getattr(holder, name)[index] = gap
    text = "\n\n\n".join(map(ast.unparse, parts))
    return text if text.count(GAP) > 1 else ""


def _parts(exercise: Form) -> list[ast.stmt]:
    """The reference as a tree, or those methods of its class that are this exercise's."""
    shared = [e for e in exercise.course.values() if e.reference is exercise.reference]
    if len(shared) > 1 and not exercise.methods:
        return []  # the class answers the other exercises, too
    try:
        tree = ast.parse(dedent(inspect.getsource(exercise.reference)))
    except (OSError, TypeError, SyntaxError):
        return []
    plain = _Plain().visit(tree).body
    if not exercise.methods:
        if isinstance(plain[0], ast.FunctionDef):
            plain[0].name = exercise.name
        return plain
    return [part for part in plain[0].body if getattr(part, "name", "") in exercise.methods]


class _Plain(ast.NodeTransformer):
    """Takes types and docstrings away: a learner's cell has none, or has its own."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.returns = None
        node.body = [one for one in node.body if not is_text(one)] or [ast.Pass()]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self.generic_visit(node)
        node.body = [one for one in node.body if not is_text(one)] or [ast.Pass()]
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        return node if node.value is None else ast.Assign([node.target], node.value, lineno=0)


Place = tuple[Any, str, int | None]


def _gaps(parts: list[ast.stmt]) -> list[Place]:
    """Two places in the lines, apart from each other, that hold neither too little nor nearly all."""
    places = [place for part in parts for place in _places(part)]
    if not places:
        return []
    first = min(places[: (len(places) + 1) // 2], key=_distance)
    apart = [place for place in places if not _overlap(place, first)]
    return [first, *([min(apart[len(apart) // 2 :], key=_distance)] if apart else [])]


HELD = {
    ast.BinOp: ("left", "right"),
    ast.Compare: ("comparators",),
    ast.Call: ("args",),
    ast.keyword: ("value",),
}


def _places(tree: ast.AST) -> Iterator[Place]:
    """What operators, comparisons and calls are given, as the part that holds it, and where."""
    for node in _lines_of(tree):
        for name in HELD.get(type(node), ()):
            value = getattr(node, name)
            for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if not isinstance(child, ast.Starred):
                    yield node, name, index


def _lines_of(tree: ast.AST) -> Iterator[ast.AST]:
    """Every part of the tree in the order of its text, but for what an error says and for defaults."""
    if isinstance(tree, ast.Raise | ast.JoinedStr | ast.arguments):
        return
    yield tree
    for child in ast.iter_child_nodes(tree):
        yield from _lines_of(child)


def _node(place: Place) -> ast.AST:
    holder, name, index = place
    return getattr(holder, name) if index is None else getattr(holder, name)[index]


def _distance(place: Place) -> int:
    return abs(len(ast.unparse(_node(place))) - 9)


def _overlap(one: Place, other: Place) -> bool:
    return _node(one) in ast.walk(_node(other)) or _node(other) in ast.walk(_node(one))
