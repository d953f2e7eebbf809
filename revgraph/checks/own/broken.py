"""What is wrong with a course's own exercises, in one sentence with the file and the line."""

from __future__ import annotations

import ast
import traceback
from pathlib import Path


class Broken(Exception):
    """An exercise file, or the course that holds it, has a mistake. In a notebook it shows one line."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def broken_by(error: BaseException, folder: Path, file: Path) -> Broken:
    """The error, with the last line of the course's own files that it came through."""
    if isinstance(error, SyntaxError) and error.filename:
        return Broken(
            f"{path_text(Path(error.filename), folder)}, line {error.lineno}: {_named(error, error.msg)}"
        )
    frames = [
        (Path(frame.f_code.co_filename), line) for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    own = [(path, line) for path, line in frames if path.is_relative_to(folder)]
    path, number = own[-1] if own else (file, 0)
    line = f", line {number}" if number else ""
    return Broken(f"{path_text(path, folder)}{line}: {_named(error, str(error))}")


def path_text(path: Path, folder: Path) -> str:
    """`exercises/trimmed_mean.py`, with the name of the exercises' folder."""
    return (
        f"{folder.name}/{path.relative_to(folder).as_posix()}" if path.is_relative_to(folder) else str(path)
    )


def _named(error: BaseException, words: str) -> str:
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def line_of(name: str, path: Path) -> str:
    """`, line 40`, where the file declares the exercise of this name; nothing where it does not say so."""
    try:
        nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    except (OSError, SyntaxError, ValueError):
        return ""
    for node in nodes:
        match node:
            case ast.keyword("name", ast.Constant(value)) if value == name:
                return f", line {node.value.lineno}"
    return ""
