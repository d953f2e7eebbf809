"""The pictures in the documents: they are there, small, used, and told to those who do not see them."""

from __future__ import annotations

import re
from pathlib import Path

PROJECT = Path(__file__).parents[2]
DOCUMENTS = [PROJECT / "README.md", *PROJECT.glob("*/*.md")]


def test_pictures_are_there_and_described() -> None:
    used = set()
    for document in DOCUMENTS:
        for words, path in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", document.read_text()):
            assert len(words) > 30, path
            used.add((document.parent / path).resolve())
    assert used == {path.resolve() for path in (PROJECT / "docs").glob("*.png")}


def test_pictures_are_small() -> None:
    sizes = {path.name: path.stat().st_size for path in (PROJECT / "docs").glob("*.png")}
    assert max(sizes.values()) < 150_000, sizes
    assert sum(sizes.values()) < 1_000_000, sizes
