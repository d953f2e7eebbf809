"""From a function in a notebook to source that stands alone.

A part is a piece of source under a name: a solution cell, a helper, an import, a constant. The parts of a
candidate are its own cell and, found by following the names it uses, whatever it needs from the notebook.
"""

import ast
import builtins
import inspect
import linecache
import symtable
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any

from revgraph.checks.blame import functions_of, names_around

MARKS = ("### BEGIN SOLUTION", "### END SOLUTION")
GAP = "\n\n\n"  # between two cells
MINE = "from revgraph.checks import mine"


class NotSaved(Exception):
    """Why a candidate cannot be written as source that stands alone."""


def parts(name: str, candidate: Any, own: set[str]) -> dict[str, str]:
    """The parts of a candidate by name, those it needs before those that need them.

    ``own`` holds the names of all exercises: a piece of another chapter is taken with ``mine``.

    Raises NotSaved where the source is not at hand or uses something that cannot be written down.
    """
    found: dict[str, str] = {}
    key = candidate.__name__ if isinstance(candidate, type) else name
    _collect(key, candidate, own, found, ())
    if key not in _made_at_top(ast.parse(found[key])):  # checked under another name than its own
        if not candidate.__name__.isidentifier():
            raise NotSaved(f"Not saved to my_revgraph: give your function the name {key}.")
        found[key] += f"\n\n\n{key} = {candidate.__name__}"
    return found


def _collect(name: str, value: Any, own: set[str], found: dict[str, str], path: tuple[str, ...]) -> None:
    """Add the part for one name, after the parts it needs."""
    if name in found or name in path:
        return
    if _is_of_an_earlier_chapter(name, value, own):
        found |= {MINE: MINE, name: f'{name} = mine("{name}")'}
        return
    text = _written(name, value)
    if text is not None:
        found[name] = text
        return
    text = cell_source(value)
    spaces = names_around(value)
    for needed in sorted(_free_names(text)):
        if needed in spaces:
            _collect(needed, spaces[needed], own, found, (*path, name))
    found[name] = text


def _is_of_an_earlier_chapter(name: str, value: Any, own: set[str]) -> bool:
    home = getattr(value, "__module__", None)
    known = name in own or str(home).startswith("my_revgraph")
    return known and callable(value) and home != "__main__"


def _written(name: str, value: Any) -> str | None:
    """What needs no source of its own: an import, a constant."""
    if isinstance(value, ModuleType):
        return f"import {value.__name__}" + (f" as {name}" if value.__name__ != name else "")
    if _plain(value):
        return f"{name} = {value!r}"
    home = getattr(value, "__module__", None)
    if home == "__main__" or not callable(value):
        if home != "__main__":
            raise NotSaved(f"Not saved to my_revgraph: it uses `{name}`, which is made in another cell.")
        return None
    return _import_line(name, value)


def _import_line(name: str, value: Any) -> str | None:
    """``from numpy import sum as add_up``; None for a function that was not made at the top of a module."""
    real, home = value.__qualname__, value.__module__
    if "<" in real or "." in real:
        return None
    return f"from {home} import {real}" + (f" as {name}" if real != name else "")


def _plain(value: Any) -> bool:
    if isinstance(value, tuple | list):
        return all(map(_plain, value))
    return value is None or isinstance(value, bool | int | float | str)


def cell_source(value: Any) -> str:
    """The notebook cells in which a function, or a class and its methods, were written."""
    files = dict.fromkeys(code.co_filename for code in _codes(value))
    if not files:
        raise NotSaved(f"Not saved to my_revgraph: `{value!r}` has no source of its own.")
    texts = [_own_source(value)] if all(Path(f).exists() for f in files) else map(_cell, files)
    return GAP.join(texts)


def _cell(file: str) -> str:
    lines = [line for line in linecache.getlines(file) if line.strip() not in MARKS]
    if not lines:
        raise NotSaved("Not saved to my_revgraph: the source of its cell is not at hand.")
    return "".join(lines).strip()


def _own_source(value: Any) -> str:
    try:
        return dedent(inspect.getsource(value)).strip()
    except (OSError, TypeError) as error:
        raise NotSaved(f"Not saved to my_revgraph: {error}.") from error


def function_source(value: Any) -> str:
    """The text of a function, or of a class and its methods; empty where it is not to be had."""
    try:
        texts = map(inspect.getsource, functions_of(value))
        return "\n\n".join(map(dedent, texts))
    except (OSError, TypeError):
        return ""


def _codes(value: Any) -> Iterator[Any]:
    return (function.__code__ for function in functions_of(value))


def _free_names(text: str) -> set[str]:
    """The names that a piece of source uses and does not make itself, at its top level."""
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise NotSaved(f"Not saved to my_revgraph: its cell is not plain Python ({error.msg}).") from error
    used = set(_global_names(symtable.symtable(text, "cell", "exec")))
    return used - _made_at_top(tree) - set(dir(builtins))


def _global_names(scope: symtable.SymbolTable) -> Iterator[str]:
    """The names looked up outside every function; a parameter is not one, whatever else bears its name."""
    for symbol in scope.get_symbols():
        if symbol.is_referenced() and (symbol.is_global() or scope.get_type() == "module"):
            yield symbol.get_name()
    for child in scope.get_children():
        yield from _global_names(child)


def _made_at_top(tree: ast.Module) -> set[str]:
    made: set[str] = set()
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            made.add(statement.name)
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            made |= {alias.asname or alias.name.split(".")[0] for alias in statement.names}
        elif isinstance(statement, ast.Assign):
            made |= {target.id for target in statement.targets if isinstance(target, ast.Name)}
    return made


def assemble(parts: dict[str, str]) -> str:
    """The body of a file: imports first, then everything else in its order."""
    texts = list(dict.fromkeys(parts.values()))  # two functions of one cell share its text
    imports = sorted(text for text in texts if _is_import(text))
    cells = [text for text in texts if not _is_import(text)]
    whole = [text for text in cells if not any(_holds(other, text) for other in cells)]
    return GAP.join(["\n".join(imports), *whole] if imports else whole) + "\n"


def _holds(text: str, cell: str) -> bool:
    """Whether a cell is one of several in a text: a class made in many cells holds those of its methods."""
    return text != cell and GAP + cell + GAP in GAP + text + GAP


def _is_import(text: str) -> bool:
    return text.startswith(("import ", "from ")) and "\n" not in text


def try_out(text: str) -> None:
    """Run the file's text once: what does not run alone is not saved."""
    try:
        exec(compile(text, "my_revgraph", "exec"), {"__name__": "my_revgraph"})
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise NotSaved(f"Not saved to my_revgraph: outside the notebook it gives {reason}.") from error
