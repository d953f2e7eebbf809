"""What good answers to the written questions say: from solutions/, for those who study on their own."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat

from revgraph.authoring.chapters import find_chapters
from revgraph.checks.questions import GOOD_ANSWERS
from revgraph.files import write_atomically

MARKS = re.compile(r"^(###|===) (BEGIN|END) .+\n?", re.MULTILINE)
SOLUTIONS = Path(__file__).parents[2] / "solutions"  # there is such a folder in a clone alone


def collected() -> str:
    """The answers with their marking guides, below the names of the questions."""
    cells = [cell for path in find_chapters(SOLUTIONS) for cell in nbformat.read(path, as_version=4).cells]
    written = [cell for cell in cells if cell.cell_type == "markdown" and "nbgrader" in cell.metadata]
    texts = {cell.metadata.nbgrader.grade_id: MARKS.sub("", cell.source).strip() for cell in written}
    parts = [f"## {name}\n\n{text}\n" for name, text in texts.items()]
    return "\n".join(["<!-- Written by `revgraph course`, from solutions/. -->\n", *parts])


def outdated(source: Path) -> list[str]:
    """The file of answers, where `source` is our own solutions and says something else."""
    kept = GOOD_ANSWERS.read_text(encoding="utf-8") if GOOD_ANSWERS.is_file() else ""
    return [GOOD_ANSWERS.name] if source.resolve() == SOLUTIONS and kept != collected() else []


def update(source: Path) -> None:
    """Write the answers anew, where they are outdated."""
    if outdated(source):
        write_atomically(GOOD_ANSWERS, collected())
