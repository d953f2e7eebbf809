"""What to do when a cell stops because something is not there yet: a name, or a function's own lines.

Python tells what is missing. A learner who has restarted the kernel, or runs the cells out of order, needs
the next step too, so it is printed below. What a notebook's cells have made is remembered here, so that a
check can say that it judges an older version than the one on the screen.
"""

from __future__ import annotations

import ast
import gc
import linecache
import re
import sys
from collections.abc import Callable, Collection, Iterator
from functools import partial
from itertools import count, takewhile
from types import CodeType, FunctionType
from typing import Any

from revgraph.checks.blame import functions_of
from revgraph.checks.call import what_is_missing

MADE = re.compile(r"^(?:def|class)\s+(\w+)", re.MULTILINE)
_not_compiled: dict[str, str] = {}  # by the names that the cell would have made: what was wrong with it


def watch_cells(pieces: Callable[[], Collection[str]] = tuple) -> None:
    """From now on say what is missing, below a cell that stopped for it; nothing is done outside IPython.

    ``pieces()`` are the names that `mine` gives.
    """
    shell = _shell()
    if shell is not None:
        shell.events.register("pre_run_cell", keep_the_text_of_a_timed_cell)
        shell.events.register("post_run_cell", set_apart_a_timed_cell)
        shell.events.register("post_run_cell", partial(say_what_is_missing, pieces=pieces))
        shell.events.register("post_run_cell", remember_what_does_not_compile)
        shell.events.register("post_run_cell", spare_the_collector)


def _shell() -> Any:
    if "IPython" not in sys.modules:
        return None
    from IPython.core.getipython import get_ipython

    return get_ipython()


def say_what_is_missing(result: Any, pieces: Callable[[], Collection[str]]) -> None:
    """IPython calls this after each cell."""
    error = result.error_in_exec
    name = what_is_missing(error) if error is not None else ""
    if name and "<" not in name:  # <module>: raised by the cell itself
        said = (undefined(name) if isinstance(error, NameError) else unwritten(name)) + not_run(name)
        print(said + (going_on_without(name) if name in pieces() else ""))


def remember_what_does_not_compile(result: Any) -> None:
    """IPython calls this after each cell, run or not."""
    error = result.error_before_exec
    for name in MADE.findall(result.info.raw_cell or ""):
        if isinstance(error, SyntaxError):
            _not_compiled[name] = f"{error.msg}, line {error.lineno}"
        else:
            _not_compiled.pop(name, None)


TIMED = "<timed exec>"  # as `%%time` calls the cell below it, whose text nobody else keeps


def keep_the_text_of_a_timed_cell(info: Any) -> None:
    """IPython calls this before each cell: what `%%time` runs has a source, as any other cell has."""
    lines = (info.raw_cell or "").splitlines(keepends=True)
    magics = list(takewhile(lambda line: line.startswith("%%"), lines))
    if any(line.split()[0] == "%%time" for line in magics):
        text = _shell().transform_cell("".join(lines[len(magics) :]))
        linecache.cache[TIMED] = (len(text), None, text.splitlines(keepends=True), TIMED)


def set_apart_a_timed_cell(result: Any) -> None:
    """IPython calls this after each cell: what `%%time` has run keeps its text when another comes."""
    kept = linecache.cache.pop(TIMED, None)
    if kept is None:
        return
    file = f"<timed cell {next(_timed)}>"
    linecache.cache[file] = (*kept[:3], file)
    for value in list(_shell().user_ns.values()):
        for function in functions_of(value) if isinstance(value, FunctionType | type) else ():
            function.__code__ = _under(file, function.__code__)


def _under(file: str, code: CodeType) -> CodeType:
    """The code, and what is defined inside it, as of that file, where it comes from a timed cell."""
    if code.co_filename != TIMED:
        return code
    inside = tuple(_under(file, one) if isinstance(one, CodeType) else one for one in code.co_consts)
    return code.replace(co_filename=file, co_consts=inside)


_timed = count()
_n_modules = 0


def spare_the_collector(result: Any) -> None:
    """Take what a cell has imported out of the garbage collector's rounds; IPython calls this after each.

    A scalar network makes thousands of nodes a step, and for each few thousand the collector would walk
    through all of NumPy and matplotlib once more.
    """
    global _n_modules
    if len(sys.modules) > _n_modules + 20:
        _n_modules = len(sys.modules)
        gc.collect()
        gc.freeze()


def about_older_cells(candidate: Any) -> str:
    """What to say where the candidate is not what the learner sees on the screen; most often nothing."""
    name = getattr(candidate, "__name__", "")
    if name in _not_compiled:
        wrong = _not_compiled[name]
        return f"The last cell that makes {name} did not run ({wrong}): this judges the version before it."
    if lost := lost_with_the_class(candidate):
        cells = ", ".join(f"`{name}.{part} = …`" for part in lost)
        return f"The class {name} was made again, without what other cells attach to it. Run again: {cells}."
    return ""


def lost_with_the_class(candidate: Any) -> list[str]:
    """What the notebook's cells once put into a class, and what the class, made again, no longer has."""
    name = getattr(candidate, "__name__", "")
    return sorted(_attached(name) - set(dir(candidate))) if isinstance(candidate, type) else []


def _attached(name: str) -> set[str]:
    """What the notebook's cells have put into a class from outside: `Value.relu = relu`."""
    shell = _shell()
    cells = shell.user_ns.get("In", []) if shell is not None and name else []
    return {part for cell in cells for part in _attached_in(cell, name)}


def _attached_in(cell: str, name: str) -> Iterator[str]:
    try:
        nodes = list(ast.walk(ast.parse(cell)))
    except SyntaxError:
        return
    for node in nodes:
        match node:
            case ast.Attribute(ast.Name(owner), part, ast.Store()) if owner == name:
                yield part


def not_run(name: str) -> str:
    """Of a name whose own cell did not compile."""
    wrong = _not_compiled.get(name)
    return f" The last cell that makes it did not run: {wrong}." if wrong else ""


def undefined(name: str) -> str:
    return (
        f"`{name}` is not defined. If a cell above makes it, run that cell first; after a restart of the "
        "kernel, run all the cells above again. If none does, look at the spelling."
    )


def unwritten(name: str) -> str:
    return (
        f"`{name}` is not written yet: replace `raise NotImplementedError` by your own lines, run that cell, "
        "then this one again."
    )


def going_on_without(name: str) -> str:
    """How to go on with the reference's piece in place of one's own, where `mine` is known or not."""
    shell = _shell()
    known = shell is None or "mine" in shell.user_ns
    first = "" if known else "from revgraph.checks import mine; "
    return f' To go on without it for now: `{first}{name} = mine("{name}")`.'
