"""What students have to install: what the files that they get import, by the names that pip knows."""

from __future__ import annotations

import ast
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import packages_distributions
from io import BytesIO
from pathlib import PurePosixPath

import nbformat

from revgraph.checks.own.bundle import FILE
from revgraph.grading.kernels.student_package import parsed

# What comes along by itself: with JupyterLab, and with revgraph[course] as well.
JUPYTER = {"IPython", "ipykernel", "jupyterlab", "nbformat", "traitlets"}
COURSE = """
    bleach cloudpickle dill graphviz ipywidgets joblib matplotlib mpl_toolkits nbconvert nbgrader numpy
    pygraphviz revgraph rich scipy sklearn sqlalchemy tqdm typer
"""
OURS = {"my_revgraph"}  # a learner's own


def needed(files: Mapping[str, bytes]) -> tuple[bool, list[str], list[str]]:
    """Of `course/ASSIGNMENT/...`: whether they need revgraph; what else is to be installed; and the modules
    that nobody here knows, since they are not installed."""
    modules = {module for name, content in files.items() for module in _imported(name, content)}
    modules -= {*sys.stdlib_module_names, *OURS, *_beside(files, above=2)}
    of_revgraph = "revgraph" in modules or any(PurePosixPath(name).name == FILE for name in files)
    wanted = modules - JUPYTER - (set(COURSE.split()) if of_revgraph else set())
    known = packages_distributions() if wanted else {}
    found = {known[module][0] for module in wanted if module in known}
    return of_revgraph, sorted(found, key=str.casefold), sorted(wanted - known.keys())


def named(requirement: str) -> str:
    """The name in a line of requirements.txt, in one form; empty where there is none."""
    name = re.match(r"\s*([A-Za-z0-9][\w.-]*)", requirement)
    return re.sub(r"[-_.]+", "-", name[1]).lower() if name else ""


def _beside(files: Iterable[str], above: int) -> set[str]:
    """Modules and packages among them; so many folders are none."""
    paths = [PurePosixPath(name).with_suffix("") for name in files if name.endswith(".py")]
    return {part for path in paths for part in path.parts[above:]}


def _imported(name: str, content: bytes) -> Iterator[str]:
    path = PurePosixPath(name)
    if path.suffix == ".ipynb":
        for cell in nbformat.reads(content.decode("utf-8"), as_version=4).cells:
            if cell.cell_type == "code":
                yield from _modules(cell.source)
    elif path.suffix == ".py":
        yield from _modules(content.decode("utf-8", "replace"))
    elif path.name == FILE and zipfile.is_zipfile(BytesIO(content)):
        with zipfile.ZipFile(BytesIO(content)) as archive:
            inside = {one: archive.read(one) for one in archive.namelist() if one.endswith(".py")}
        modules = {module for one, text in inside.items() for module in _imported(one, text)}
        yield from modules - _beside(inside, above=0)


def _modules(code: str) -> Iterator[str]:
    """The outermost names of what a text imports; what it only tries to import need not be there."""
    coming: list[ast.AST] = [parsed(code)]
    while coming:
        match node := coming.pop():
            case ast.Import(names):
                yield from (one.name.partition(".")[0] for one in names)
            case ast.ImportFrom(str(module), level=0):
                yield module.partition(".")[0]
            case ast.Try(handlers=[_, *_]):
                continue
            case _:
                coming += ast.iter_child_nodes(node)
