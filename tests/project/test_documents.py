"""The documents speak of what is there: every file, folder and command that they name exists."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
DOCUMENTS = [*PROJECT.glob("*.md"), *PROJECT.glob("docs/*.md"), *PROJECT.glob("[cs]o*/README.md")]


def slug(heading: str) -> str:
    """The name by which GitHub links to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_the_architecture_has_four_diagrams_and_each_box_can_be_opened() -> None:
    text = (PROJECT / "docs" / "architecture.md").read_text(encoding="utf-8")
    diagrams = re.findall(r"^```\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert len(diagrams) == 4
    for diagram in diagrams:
        boxes = re.findall(r"[a-z]\w*(?:/\w+)*/\w+\.py", diagram)
        assert len(boxes) >= 6
        missing = [box for box in boxes if not (PROJECT / "revgraph" / box).is_file()]
        assert missing == []


def test_every_box_is_closed() -> None:
    """Lines of a box are as long as its edges: it was drawn by hand."""
    text = (PROJECT / "docs" / "architecture.md").read_text(encoding="utf-8")
    lines = text.splitlines()
    for above, below in pairwise(lines):
        for at, sign in enumerate(above):
            if sign in "│┌┐├┤" and at < len(below):
                assert below[at] in "│└┘├┤┬┴┼┌┐▼▲╪═", f"{above}\n{below}\n{' ' * at}^"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, heading = link.partition("#")
        if "://" in link:
            continue
        target = (document.parent / path) if path else document
        assert target.exists(), link
        if heading:
            headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert heading in map(slug, headings), link


def test_what_is_where_names_every_room() -> None:
    """README lists each package of revgraph and each folder of the project, and none that is gone."""
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^([\w/.]+) {2,}\S", readme.partition("## What is where")[2], re.MULTILINE)
    assert [name for name in listed if not (PROJECT / name).exists()] == []
    rooms = {f"revgraph/{path.parent.name}/" for path in (PROJECT / "revgraph").glob("*/__init__.py")}
    assert rooms <= set(listed)


def test_the_schedule_and_the_hints_for_teachers_name_every_chapter_with_its_minutes() -> None:
    text = (PROJECT / "solutions" / "README.md").read_text(encoding="utf-8")
    for path in sorted((PROJECT / "solutions").glob("[0-9]*/*.ipynb")):
        minutes = re.search(r"\*\*Time:\*\* (\d+) minutes", path.read_text(encoding="utf-8"))
        assert minutes is not None
        number = path.name[:2]
        assert re.search(rf"\| {number} [^|]+ \| {minutes[1]} \|", text), f"{number} in the schedule"
        assert re.search(rf"\*\*{number} [^*]+\*\* \({minutes[1]}\b", text), f"{number} in Chapter by chapter"
