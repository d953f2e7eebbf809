"""The text of a function as a submission has it. It is read, and never run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from itertools import accumulate

from revgraph.checks.source import assignments, global_names

Texts = dict[str, str]  # of a function under no name, of a class's methods under theirs
LONGEST = 200_000  # characters of all cells together; only the last of more are read
TIMED = re.compile(r"^%time[ \t]+", re.MULTILINE)
TAKEN = re.compile(r"^(\w+[ \t]*=)[ \t]*[%!].*$", re.MULTILINE)
MAGIC = re.compile(r"^[%!].*$", re.MULTILINE)


def written(cells: Iterable[str], name: str) -> str:
    """The text of the function or class that these cells make at their top level, as it is after the last.

    It reads as `revgraph.checks.source.function_source` gives it in a notebook: of a class it is the text of
    its methods, those that are attached later included. Empty where nothing is made under this name.
    """
    made: dict[str, Texts] = {}
    for cell in _last(list(cells)):
        text = without_magics(cell)
        for statement in _statements(text):
            _make(statement, text, made)
    return "\n\n".join(filter(None, made.get(name, {}).values()))


def without_magics(cell: str) -> str:
    """A cell as Python reads it, each line where it was: what IPython alone knows is left out, but for the
    statement that `%time` runs and the name that takes what a command gives. What is Python as it is, such
    as a text with such a line in it, stays so."""
    if not (MAGIC.search(cell) or TAKEN.search(cell)) or _statements(cell):
        return cell
    return MAGIC.sub("pass", TAKEN.sub(r"\1 None", TIMED.sub("", cell)))


def mentioned(cells: Iterable[str], expression: str) -> set[str]:
    """The names that an expression mentions, and those that these cells mention where they make them."""
    mentions: dict[str, set[str]] = {}
    for cell in _last(list(cells)):
        for statement in _statements(without_magics(cell)):
            if isinstance(statement, ast.FunctionDef | ast.ClassDef):
                mentions[statement.name] = _words(statement)
            for target, _ in assignments(statement):
                for made in (one.id for one in ast.walk(target) if isinstance(one, ast.Name)):
                    mentions.setdefault(made, set()).update(_words(statement))
    found, coming = set[str](), global_names(expression)
    while coming:
        found |= coming
        coming = set().union(*(mentions.get(name, ()) for name in coming)) - found
    return found


def _words(statement: ast.stmt) -> set[str]:
    attributes = {one.attr for one in ast.walk(statement) if isinstance(one, ast.Attribute)}
    return global_names(ast.unparse(statement)) | attributes


def _last(cells: list[str]) -> list[str]:
    lengths = accumulate(map(len, reversed(cells)))
    return cells[len(cells) - sum(length <= LONGEST for length in lengths) :]


def _statements(text: str) -> list[ast.stmt]:
    """Those of a cell; none where it is no Python, or deeper than can be read."""
    try:
        return ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _make(statement: ast.stmt, text: str, made: dict[str, Texts]) -> None:
    """Note under each name what a statement makes of it."""
    match statement:
        case ast.FunctionDef(name):
            made[name] = {"": _segment(text, statement)}
        case ast.ClassDef(name, body=body):
            inside: dict[str, Texts] = {}
            for part in body:
                _make(part, text, inside)
            made[name] = {method: "".join(texts.values()) for method, texts in inside.items()}
        case ast.Assign():
            for target, value in assignments(statement):
                texts = _texts(value, statement, text, made)
                match target:
                    case ast.Name(name):
                        made[name] = texts
                    case ast.Attribute(ast.Name(owner), attribute) if owner in made:
                        made[owner][attribute] = "".join(texts.values())


def _texts(value: ast.expr, statement: ast.stmt, text: str, made: dict[str, Texts]) -> Texts:
    """What an assignment gives: another function's text, or a lambda's own line."""
    match value:
        case ast.Name(name):
            return dict(made.get(name, {}))
        case ast.Attribute(ast.Name(owner), attribute):
            return {"": made.get(owner, {}).get(attribute, "")}
        case ast.Lambda():
            return {"": _segment(text, statement)}
    return {}


def _segment(text: str, statement: ast.stmt) -> str:
    """A statement's lines, its decorators included, without what they are indented by together."""
    lines = text.splitlines()
    decorators = getattr(statement, "decorator_list", [])
    first = min([statement.lineno, *(one.lineno for one in decorators)]) - 1
    indent = len(lines[first]) - len(lines[first].lstrip())
    return "\n".join(line[indent:] for line in lines[first : statement.end_lineno]) + "\n"
