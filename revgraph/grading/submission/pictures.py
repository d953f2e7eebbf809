"""Figures as they were handed in, for graded copies in which none is drawn anew.

Drawing them takes as long as everything else in most submissions, and no score depends on it. So where nobody
grades what a figure shows, the copy has the one that the same code showed in the student's own notebook.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections import defaultdict, deque
from collections.abc import Iterator
from typing import Any

from nbformat import NotebookNode
from nbgrader import utils

FIGURE = re.compile(r"<Figure size \S+ with \d+ Axes>")
PNG = "image/png"
BASE64 = re.compile(r"[\w+/=\s]*", re.ASCII)


def is_by_hand(cell: NotebookNode) -> bool:
    """Whether a person grades the cell, code or words, that a student fills in."""
    return bool(utils.is_grade(cell) and utils.is_solution(cell))


def are_graded(released: list[NotebookNode]) -> bool:
    """Whether a person grades a piece of code, or a task: then figures have to be what the code draws."""
    cells = [cell for notebook in released for cell in notebook.cells]
    by_hand = filter(is_by_hand, cells)
    return any(cell.cell_type == "code" for cell in by_hand) or any(map(utils.is_task, cells))


def show_as_handed_in(cells: list[NotebookNode], text: str, of_a_cell: int, of_all: int) -> None:
    """Give each figure that was not drawn the picture below the cell of the same source in the notebook
    `text`; none where that shows more or fewer figures. A cell and all of them have so many bytes at most."""
    undrawn = defaultdict[str, deque[list[dict[str, Any]]]](deque)
    for cell in cells:
        if figures := list(_undrawn(cell)):
            undrawn[cell.source].append(figures)
    for source, pictures in _pictures(text) if undrawn else ():
        figures = undrawn[source].popleft() if undrawn[source] else []
        size = sum(map(len, pictures))
        if len(figures) == len(pictures) and size <= min(of_a_cell, of_all):
            of_all -= size
            for figure, picture in zip(figures, pictures, strict=True):
                figure[PNG] = picture


def _undrawn(cell: NotebookNode) -> Iterator[dict[str, Any]]:
    for output in cell.get("outputs", []):
        data = output.get("data") or {}
        if PNG not in data and FIGURE.fullmatch(str(data.get("text/plain", ""))):
            yield data


def _pictures(text: str) -> Iterator[tuple[str, list[str]]]:
    """The source of each cell that shows any, and its pictures. Anything may stand in such a file."""
    cells = []
    with contextlib.suppress(ValueError, RecursionError, TypeError, KeyError):
        cells = list(json.loads(text.rstrip("\0"), parse_int=str)["cells"])
    for cell in cells:
        match cell:
            case {"source": str() | list() as source, "outputs": list() as outputs}:
                pictures = list(map(picture_text, _pngs(outputs)))
                known = [picture for picture in pictures if picture is not None]
                if pictures and len(known) == len(pictures):
                    yield joined(source), known


def _pngs(outputs: list[Any]) -> Iterator[Any]:
    for output in outputs:
        match output:
            case {"data": {"image/png": str() | list() as picture}}:
                yield picture


def picture_text(content: Any) -> str | None:
    """A picture as a page has it, in base64; None for what cannot be one."""
    text = joined(content)
    return text if BASE64.fullmatch(text) else None


def joined(content: Any) -> str:
    """A text as notebooks hold it, whole or line by line; a kernel of a student's may send anything."""
    return "".join(map(str, content)) if isinstance(content, list) else str(content)
