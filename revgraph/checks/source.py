"""From a function in a notebook to source that stands alone.

A part is a piece of source under a name: a function, a class, what a cell puts into a class, an import, a
constant. The parts of a candidate are its own and, found by following the names it uses, whatever it needs
from the notebook. Of a cell only imports, definitions and the assignments they need are taken: what it
prints, plots or trains does not run again when the saved file is imported.
"""

import ast
import builtins
import inspect
import linecache
import symtable
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any

import numpy as np

from revgraph.checks.blame import functions_of, names_around
from revgraph.checks.same import same_data

MARKS = ("### BEGIN SOLUTION", "### END SOLUTION")
GAP = "\n\n\n"  # between two parts
LONG = 1000  # entries of a value that is written down
MINE = "from revgraph.checks import mine"
Piece = Callable[[str, Any], str]  # the name by which `mine` gives a value; empty where it does not


class NotSaved(Exception):
    """Why a candidate cannot be written as source that stands alone."""


def function_source(value: Any) -> str:
    """The text of a function, or of a class and its methods; empty where it cannot be read."""
    try:
        texts = map(inspect.getsource, functions_of(value))
        return "\n\n".join(map(dedent, texts))
    except (OSError, TypeError):
        return ""


@lru_cache(maxsize=256)  # an answer is judged again and again, and a class hands in the same one many times
def in_one_form(text: str) -> str:
    """The same code with Python's own spacing and quotes, without comments and docstrings; a text that is not
    whole Python as it is."""
    try:
        tree = ast.parse(text)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
                node.body = node.body[1:] or [ast.Pass()]
        return ast.unparse(tree)
    except (SyntaxError, ValueError, RecursionError):
        return text


def parts(name: str, candidate: Any, piece: Piece) -> dict[str, str]:
    """The parts of a candidate by name, those it needs before those that need them.

    ``piece(name, value)`` tells what is taken with ``mine``: a piece of another chapter, or a lent one.

    Raises NotSaved where the source cannot be read, or uses something that cannot be written down.
    """
    found: dict[str, str] = {}
    key = candidate.__name__ if isinstance(candidate, type) else name
    _collect(key, candidate, piece, found, ())
    if key not in found or key not in _made_by(ast.parse(found[key])):  # checked under another name
        if not candidate.__name__.isidentifier():
            raise NotSaved(f"Not saved to my_revgraph: give your function the name {key}.")
        found[key] = f"{found.get(key, '')}{GAP}{key} = {candidate.__name__}".strip()
    return found if isinstance(candidate, type) else {**found, **_puts_into_classes(candidate)}


def _puts_into_classes(function: Any) -> dict[str, str]:
    """The lines beside a function that put it into a class: `Value.backward = backward`, by that name."""
    found = {}
    for cell in _cells(function):
        for statement in _parsed(cell).body:
            for target, value in assignments(statement):
                match target, value:
                    case ast.Attribute(ast.Name(owner), attribute), ast.Name(function.__name__):
                        found[f"{owner}.{attribute}"] = f"{owner}.{attribute} = {function.__name__}"
    return found


def _collect(name: str, value: Any, piece: Piece, found: dict[str, str], path: tuple[str, ...]) -> None:
    """Add the parts for one name, after the parts they need."""
    if name in found or name in path:
        return
    text = _written(name, value, piece) if path else None
    if text is not None:
        found[name] = text
        if "mine(" in text:
            found.setdefault(MINE, MINE)
        return
    spaces = names_around(value)
    own = _own_statements(name, value, known={*found, *path, *_made_elsewhere(spaces, value)})
    inside = {made for text in own.values() for made in _made_by(_parsed(text))}
    for part, text in own.items():
        for needed in sorted(_free_names(text) - inside - {name}):
            if needed in spaces:
                _collect(needed, spaces[needed], piece, found, (*path, name))
        found[part] = text


def _written(name: str, value: Any, piece: Piece) -> str | None:
    """What needs no source of its own: a piece of another chapter, an import, a constant."""
    if isinstance(value, tuple | list) and value and all(piece("", one) for one in value):
        return f"{name} = mine({', '.join(repr(piece('', one)) for one in value)})"
    if taken := piece(name, value):
        return f'{name} = mine("{taken}")'
    if isinstance(value, ModuleType):
        return f"import {value.__name__}" + (f" as {name}" if value.__name__ != name else "")
    if (text := literal(value)) is not None:
        return f"{name} = {text}"
    home = getattr(value, "__module__", None)
    if home == "__main__" and callable(value):
        return None
    if not callable(value):
        raise NotSaved(f"Not saved to my_revgraph: it uses `{name}`, which is made in another cell.")
    return _import_line(name, value)


def _import_line(name: str, value: Any) -> str | None:
    """``from numpy import sum as add_up``; None for a function that was not made at the top of a module."""
    real, home = value.__qualname__, value.__module__
    if "<" in real or "." in real:
        return None
    return f"from {home} import {real}" + (f" as {name}" if real != name else "")


def literal(value: Any) -> str | None:
    """A value as it is now, in Python's own words; None for one that has none, or very many."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return f"float({str(value)!r})"
    if value is None or isinstance(value, bool | int | float | complex | str):
        return repr(value)
    if not isinstance(value, tuple | list | dict) or len(value) > LONG:
        return None
    pairs = value.items() if isinstance(value, dict) else ((None, one) for one in value)
    texts = [(literal(key), literal(one)) for key, one in pairs]
    if any(None in both for both in texts):
        return None
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {one}" for key, one in texts) + "}"
    inside = ", ".join(str(one) for _, one in texts)
    return f"[{inside}]" if isinstance(value, list) else f"({inside}{',' * (len(value) == 1)})"


def as_it_is(name: str, value: Any) -> dict[str, str]:
    """The parts that make a value as it is now, whatever was done to make it.

    Raises NotSaved where it cannot be written down.
    """
    array = isinstance(value, np.ndarray) and value.size <= LONG and value.dtype.kind in "biuf"
    text = literal(value.tolist() if array else value)
    if text is None:
        raise NotSaved(f"Not saved to my_revgraph: `{name}` has changed since the line that makes it.")
    if not array:
        return {name: f"{name} = {text}"}
    call = f"numpy.array({text}, dtype={str(value.dtype)!r})"
    return {"import numpy": "import numpy", name: f"{name} = {call.replace('float(', 'numpy.float64(')}"}


def has_changed(value: Any, made: Any) -> bool:
    """Whether a value of the notebook is another by now than what its own lines make."""
    if isinstance(value, type) and isinstance(made, type):
        return not vars(value).keys() <= vars(made).keys()
    if callable(value) or isinstance(value, ModuleType):
        return False
    try:
        return type(value) is not type(made) or not same_data(value, made)
    except Exception:  # values of any class, with any `==`
        return True


# What is taken of a cell


def _own_statements(name: str, value: Any, known: set[str]) -> dict[str, str]:
    """The statements that make a function or a class, by part: what a cell puts into a class is one part."""
    made: dict[str, str] = {}
    for cell in _cells(value):
        tree = _parsed(cell)
        attached = _attached(tree, name)
        wanted = {name, getattr(value, "__name__", name)} if not attached else set()
        for statement in _needed(tree, wanted, name, known):
            key = f"{name}.{attached[0]}" if attached else min(_makes(statement), default=name)
            text = _segment(cell, statement)
            made[key] = f"{made[key]}{GAP}{text}" if key in made else text
    if not made:
        raise NotSaved(f"Not saved to my_revgraph: `{value!r}` has no source of its own.")
    return made


def _made_elsewhere(spaces: dict[str, Any], value: Any) -> set[str]:
    """The functions and classes that are not of a value's own cell by now, whatever that cell once made."""
    own = _files(value)
    others = ((name, other) for name, other in spaces.items() if callable(other) and other is not value)
    return {
        name
        for name, other in others
        if (files := _files(other)) and not files & own and getattr(other, "__qualname__", name) == name
    }


def _files(value: Any) -> set[str]:
    return {function.__code__.co_filename for function in functions_of(value)}


def _attached(tree: ast.Module, name: str) -> list[str]:
    """What a cell puts into a class: the attributes of `Value.__add__ = add`."""
    return [
        target.attr
        for statement in tree.body
        for target, _ in assignments(statement)
        if isinstance(target, ast.Attribute) and _attaches_to(statement) == {name}
    ]


def assignments(statement: ast.stmt) -> Iterator[tuple[ast.expr, ast.expr]]:
    """The targets of an assignment, each with what it gets; several side by side are several."""
    if not isinstance(statement, ast.Assign):
        return
    value = statement.value
    for target in statement.targets:
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            yield from zip(target.elts, value.elts, strict=False)
        else:
            yield target, value


def _needed(tree: ast.Module, wanted: set[str], name: str, known: set[str]) -> list[ast.stmt]:
    """The statements of a cell that make the wanted names or put something into the class of this name, and
    those that make what these need and what is not known yet."""
    names, taken = set(wanted), set[int]()
    while True:
        rest = [i for i in range(len(tree.body)) if i not in taken]
        attached = {name, *names}
        more = [i for i in rest if _makes(tree.body[i]) & names or _attaches_to(tree.body[i]) & attached]
        if not more:
            return [tree.body[i] for i in sorted(taken)]
        taken.update(more)
        for i in more:
            names |= _free_names(ast.unparse(tree.body[i])) - known


def _makes(statement: ast.stmt) -> set[str]:
    """The names that a statement makes; none for one that also does something else."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name.split(".")[0] for alias in statement.names}
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return {statement.target.id}
    return {
        one.id
        for target, _ in assignments(statement)
        for one in ast.walk(target)
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
    }


def _attaches_to(statement: ast.stmt) -> set[str]:
    return {
        target.value.id
        for target, _ in assignments(statement)
        if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name)
    }


def _segment(cell: str, statement: ast.stmt) -> str:
    """A statement as it is written, its decorators and the comments just above it included."""
    lines = cell.splitlines()
    first = min([statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", []))]) - 1
    while first and lines[first - 1].startswith("#"):
        first -= 1
    return "\n".join(lines[first : statement.end_lineno])


def _cells(value: Any) -> list[str]:
    """The notebook cells in which a function, or a class and its methods, were written."""
    files = dict.fromkeys(function.__code__.co_filename for function in functions_of(value))
    if not files:
        raise NotSaved(f"Not saved to my_revgraph: `{value!r}` has no source of its own.")
    if all(Path(file).exists() for file in files):
        return [_own_source(value)]
    return [_cell(file) for file in files]


def _cell(file: str) -> str:
    lines = [line for line in linecache.getlines(file) if line.strip() not in MARKS]
    if not lines:
        raise NotSaved("Not saved to my_revgraph: the source of its cell is not at hand.")
    return "".join(lines)


def _own_source(value: Any) -> str:
    try:
        return dedent(inspect.getsource(value)).strip()
    except (OSError, TypeError) as error:
        raise NotSaved(f"Not saved to my_revgraph: {error}.") from error


def _parsed(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except SyntaxError as error:
        raise NotSaved(f"Not saved to my_revgraph: its cell is not plain Python ({error.msg}).") from error


def _free_names(text: str) -> set[str]:
    """The names that a piece of source uses and does not make itself, at its top level."""
    return global_names(text) - _made_by(_parsed(text)) - set(dir(builtins))


def is_text(node: ast.AST) -> bool:
    """A constant as a statement, such as a docstring."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def global_names(text: str) -> set[str]:
    """The names looked up outside every function; a parameter is not one, whatever else bears its name."""
    return set(_global_names(symtable.symtable(text, "cell", "exec")))


def _global_names(scope: symtable.SymbolTable) -> Iterator[str]:
    for symbol in scope.get_symbols():
        used = symbol.is_referenced() or symbol.is_declared_global()  # of `n += 1` the second alone
        if used and (symbol.is_global() or scope.get_type() == "module"):
            yield symbol.get_name()
    for child in scope.get_children():
        yield from _global_names(child)


def _made_by(tree: ast.Module) -> set[str]:
    return {name for statement in tree.body for name in _makes(statement)}


# A file


def assemble(parts: dict[str, str]) -> str:
    """The body of a file: imports first, then everything else in its order, each text once."""
    texts = list(dict.fromkeys(parts.values()))
    imports = sorted(text for text in texts if _is_import(text))
    others = [text for text in texts if not _is_import(text)]
    whole = [text for text in others if not any(_holds(other, text) for other in others)]
    return GAP.join(["\n".join(imports), *whole] if imports else whole) + "\n"


def _holds(text: str, other: str) -> bool:
    """Whether a part is one of several in a text: functions of one cell share what both need."""
    return text != other and GAP + other + GAP in GAP + text + GAP


def _is_import(text: str) -> bool:
    return text.startswith(("import ", "from ")) and "\n" not in text


def try_out(text: str) -> dict[str, Any]:
    """Run a file's text once and return what it makes: what does not run alone is not saved."""
    names: dict[str, Any] = {"__name__": "my_revgraph"}
    try:
        exec(compile(text, "my_revgraph", "exec"), names)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise NotSaved(f"Not saved to my_revgraph: outside the notebook it gives {reason}.") from error
    return names
