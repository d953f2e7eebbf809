"""A verdict as a panel in a notebook: read by eye, by keyboard and by screen reader.

Symbols and words say everything, color only repeats it; what is text has a contrast of 4.5 and more on
JupyterLab's light and dark page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

import numpy as np

from revgraph.checks.call import Case
from revgraph.checks.compare import Difference
from revgraph.checks.report import Fold, Report, digits, entry

ROWS, COLUMNS = 8, 6  # of an array, that a panel shows
COPIED = 400  # entries of a case; one with more is no longer looked at
TICKS = 40  # cases; more are only counted

GREEN, ORANGE = "#00664b", "#a63f00"  # behind white text
PANEL = "padding:.3em .9em;margin:.2em 0"
PARAGRAPH = "margin:.5em 0;max-width:60em"
BORDERS = {True: "#009e73", False: "#d55e00"}
LABEL = "text-align:left;font-weight:normal;white-space:nowrap;padding:1px 1em 1px 0;vertical-align:top"
MARK = "background:#ffe08a;color:#1b1b1b;padding:0 .2em;font-weight:bold;text-decoration:underline"
CODE = "font-family:var(--jp-code-font-family,monospace)"
TEXT = f"text-align:left;{CODE};white-space:pre-wrap;padding:1px 0"
CELL = "padding:2px .6em;text-align:right;white-space:nowrap"


def html(report: Report) -> str:
    """The panel of a report."""
    word, color = ("Passed", GREEN) if report.passed else ("Not yet", ORANGE)
    badge = f"background:{color};color:#ffffff;padding:.1em .5em;border-radius:3px"
    parts = [
        f'<div><b style="{badge}">{word}</b> &nbsp; {escape(report.title)} {_ticks(report.outcomes)}</div>',
        *(f'<p style="{PARAGRAPH}">{inline_code(remark)}</p>' for remark in report.remarks),
        _comparison(report),
        f'<p style="{PARAGRAPH}">{inline_code(report.diagnosis)}</p>' if report.diagnosis else "",
        f'<p style="{PARAGRAPH}"><b>Next:</b> {inline_code(report.next)}</p>' if report.next else "",
        _inputs(report.case, report.names),
        *map(_fold, report.folds),
    ]
    return (
        f'<section role="status" aria-label="{word}: {escape(report.title, quote=True)}" '
        f'style="border-left:4px solid {BORDERS[report.passed]};{PANEL}">'
        f"{''.join(parts)}</section>"
    )


def _fold(fold: Fold) -> str:
    words = f'<p style="{PARAGRAPH}">{inline_code(fold.words)}</p>' if fold.words else ""
    code = f'<pre style="white-space:pre-wrap;overflow-wrap:anywhere">{escape(fold.code)}</pre>'
    return f"<details><summary>{escape(fold.summary)}</summary>{words}{code}</details>"


def _ticks(outcomes: Sequence[bool]) -> str:
    """A tick or a cross for each case; the title has counted them, so a screen reader leaves it out."""
    if all(outcomes) or len(outcomes) > TICKS:
        return ""
    ticks = "".join("✓" if passed else "✗" for passed in outcomes)
    return f'<span aria-hidden="true" style="overflow-wrap:anywhere">&nbsp; {ticks}</span>'


def _comparison(report: Report) -> str:
    """The rows of the message; arrays stand side by side instead."""
    found = report.difference
    grids = _grids(found) if found else ""
    rows = [(label, words) for label, words in report.rows if not (grids and label in ("yours", "expected"))]
    lines = "".join(
        f'<tr><th scope="row" style="{LABEL}">{escape(label)}</th>'
        f'<td style="{TEXT}">{_marked(words)}</td></tr>'
        for label, words in rows
    )
    return (f'<table style="margin:.5em 0">{lines}</table>' if lines else "") + grids


def _marked(words: str) -> str:
    return escape(words).replace("«", f'<mark style="{MARK}">').replace("»", "</mark>")


def inline_code(words: str) -> str:
    """Words between backticks become code."""
    parts = escape(words).split("`")
    return "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))


# Two arrays, side by side


def _grids(found: Difference) -> str:
    sides = [("yours", found.got), ("expected", found.expected)]
    if found.kind not in ("value", "shape", "dtype") or not all(_is_grid(value) for _, value in sides):
        return ""
    tables = "".join(f"<div>{_grid(name, value, found)}</div>" for name, value in sides)
    return f'<div style="display:flex;flex-wrap:wrap;gap:.5em 2.5em;margin:.5em 0">{tables}</div>'


def _is_grid(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim > 0 and value.size > 0


def _grid(name: str, array: np.ndarray, found: Difference) -> str:
    """A table of the entries around the first that differs, with their indices as headers."""
    at = found.entries[0] if found.entries else (0,) * array.ndim
    across = _around(at[-1], array.shape[-1], COLUMNS)
    down = _around(at[-2], array.shape[-2], ROWS) if array.ndim > 1 else [None]
    head = "".join(f'<th scope="col" style="{CELL}">{j}</th>' for j in across)
    body = "".join(_line(name, array, found, at[:-2], i, across) for i in down)
    caption = _caption(name, array, found, at, len(across) * len(down))
    return (
        f'<div aria-hidden="true"><b>{name}</b> {caption}</div>'
        f'<table aria-label="{name}: {caption}" style="margin:.2em 0 0 0;{CODE}"><thead>'
        f"<tr>{'<td></td>' if array.ndim > 1 else ''}{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _line(
    name: str, array: np.ndarray, found: Difference, plane: tuple[int, ...], i: int | None, across: range
) -> str:
    head = "" if i is None else f'<th scope="row" style="{CELL}">{i}</th>'
    indices = [plane + ((j,) if i is None else (i, j)) for j in across]
    cells = "".join(f'<td style="{CELL}">{_cell(name, array, found, index)}</td>' for index in indices)
    return f"<tr>{head}{cells}</tr>"


def _cell(name: str, array: np.ndarray, found: Difference, index: tuple[int, ...]) -> str:
    if index not in found.entries:
        return escape(entry(array[index]))
    unequal = "≠ " if name == "yours" else ""
    return f'<mark style="{MARK}">{unequal}{escape(entry(array[index], digits(found)))}</mark>'


def _caption(name: str, array: np.ndarray, found: Difference, at: tuple[int, ...], shown: int) -> str:
    """What kind of array it is, which part of it is shown, and how much of it differs."""
    kind = f"{array.dtype}, " if found.kind == "dtype" else ""
    part = f", at [{', '.join(map(str, at[:-2]))}]" if array.ndim > 2 else ""
    if shown == array.size:
        return f"{kind}shape {array.shape}"
    differ = f"; {len(found.entries)} of {array.size} differ" if name == "yours" and found.entries else ""
    return f"{kind}shape {array.shape}{part or ', in part'}{differ}"


def _around(at: int, size: int, shown: int) -> range:
    start = max(0, min(at - 1, size - shown))
    return range(start, min(start + shown, size))


# The case, as code


def _inputs(case: Case | None, names: Sequence[str]) -> str:
    code = as_code(case, names) if case else ""
    if not code:
        return ""
    shown = f'<pre style="white-space:pre-wrap;overflow-wrap:anywhere">{escape(code)}</pre>'
    return f"<details><summary>These inputs, to copy into a cell of your own</summary>{shown}</details>"


def as_code(case: Case, names: Sequence[str]) -> str:
    """The inputs of a case as lines of Python; empty without arrays, or with more than one would look at."""
    inputs = {**dict(zip(names, case.args, strict=False)), **case.kwargs}
    sizes = [array.size for array in _arrays(list(inputs.values()))]
    if not sizes or sum(sizes) > COPIED:
        return ""
    lines = ((re.sub(r"\[(\d)\]", r"_\1", name), value) for name, value in inputs.items())  # args[0]: args_0
    return "\n".join(f"{name} = {_written(value, len(name) + 3)}" for name, value in lines)


def _arrays(value: Any) -> Iterator[np.ndarray]:
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, tuple | list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _arrays(part)


def _written(value: Any, indent: int = 0) -> str:
    if isinstance(value, np.ndarray):
        return _written_array(value, indent)
    if isinstance(value, tuple | list):
        inside = ", ".join(map(_written, value))
        return f"[{inside}]" if isinstance(value, list) else f"({inside}{',' * (len(value) == 1)})"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key!r}: {_written(part)}' for key, part in value.items())}}}"
    if isinstance(value, float | np.floating):
        return repr(float(value)) if np.isfinite(value) else f"float('{float(value)}')"
    return repr(value)


def _written_array(array: np.ndarray, indent: int) -> str:
    if not array.size:
        return f"np.zeros({array.shape}, {array.dtype.name!r})"
    numbers = np.array2string(
        array,
        separator=", ",
        threshold=COPIED + 1,
        max_line_width=88,
        formatter={"float_kind": _written},
        prefix=" " * (indent + len("np.array(")),
    )
    numbers = numbers.replace("\n\n", "\n")
    usual = array.dtype.name in ("float64", "int64", "bool")
    return f"np.array({numbers}{'' if usual else f', {array.dtype.name!r}'})"
