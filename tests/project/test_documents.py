"""The documents speak of what is there: every file, folder and command that they name exists."""

from __future__ import annotations

import re
from itertools import combinations, pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.benchmarks.speed import page

PROJECT = Path(__file__).parents[2]
DOCUMENTS = [*PROJECT.glob("*.md"), *PROJECT.glob("docs/*.md"), *PROJECT.glob("[cs]o*/README.md")]
OWN = "https://github.com/revgraph/revgraph"
# No test asks the internet: whoever adds a host to a text looks whether its page is there, and adds it here.
HOSTS = {
    "cdn.jsdelivr.net",
    "docs.jax.dev",
    "github.com/jupyterlite/jupyterlite",
    "github.com/pyodide/pyodide",
    "github.com/revgraph/revgraph",
    "graphviz.org",
    "jfly.uni-koeln.de",
    "jupyterlite.readthedocs.io",
    "keepachangelog.com",
    "nbgrader.readthedocs.io",
    "pyodide.org",
    "raw.githubusercontent.com",
    "revgraph.github.io",
    "semver.org",
    "www.python.org",
    "z2jh.jupyter.org",
}
SHOWN = [
    *DOCUMENTS,
    *(PROJECT / name for name in ("pyproject.toml", "CITATION.cff", "Dockerfile", "compose.yaml")),
    *(path for path in PROJECT.glob("docs/site/**/*") if path.suffix in (".md", ".py", ".json")),
    *(path for path in PROJECT.glob("deploy/**/*") if path.suffix in (".md", ".py")),
    *PROJECT.glob("revgraph/**/*.py"),
    *PROJECT.glob("examples/*.py"),
    *PROJECT.glob("course/*/*.ipynb"),
]


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


def test_imports_point_where_the_architecture_says() -> None:
    text = (PROJECT / "docs" / "architecture.md").read_text(encoding="utf-8")
    chains = [chain.split(" → ") for chain in re.findall(r"`(\w+(?: → \w+)+)`", text)]
    named = {name for chain in chains for name in chain}
    allowed = {pair for chain in chains for pair in combinations(chain, 2)}
    allowed |= {("authoring", "grading"), ("grading", "authoring")}
    found = {
        (package, imported)
        for package in named
        for path in (PROJECT / "revgraph" / package).rglob("*.py")
        for imported in re.findall(
            r"(?m)^ *(?:from|import) revgraph\.(\w+)", path.read_text(encoding="utf-8")
        )
        if imported in named - {package}
    }
    assert found <= allowed


def test_what_was_measured_by_hand_survives_the_next_measurement() -> None:
    assert page.BESIDE in page.PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "package", ["authoring", "checks", "checks/own", "dl/layers", "grading", "grading/lms"]
)
def test_a_package_that_lists_its_files_lists_all(package: str) -> None:
    listed = (PROJECT / "revgraph" / package / "__init__.py").read_text(encoding="utf-8").split('"""')[1]
    files = {path.name for path in (PROJECT / "revgraph" / package).glob("*.py")} - {"__init__.py"}
    assert sorted(name for name in files if not re.search(rf"\b{name}\b", listed)) == []


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


def test_outer_links_lead_to_hosts_that_were_looked_at() -> None:
    """None to a placeholder, none unsafe; those to our own repository lead to a file that is there."""
    found = 0
    for path in SHOWN:
        for link in re.findall(r"\bhttps?://[^\s<>\"'`)\]\\{}]+", path.read_text(encoding="utf-8")):
            address = urlsplit(link.rstrip(".,;:"))
            host = address.hostname or ""
            if host in ("127.0.0.1", "localhost") or link.startswith("http://www.w3.org/"):  # a namespace
                continue
            where = "/".join([host, *address.path.split("/")[1:3]]) if host == "github.com" else host
            assert where in HOSTS, f"{path.relative_to(PROJECT)}: {link}"
            assert address.scheme == "https", link
            inside = re.match(rf"{OWN}/(?:blob|tree)/main/(.+)", link)
            assert inside is None or (PROJECT / inside[1]).exists(), link
            found += 1
    assert found > 15


def test_the_readme_links_every_page_of_docs() -> None:
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in PROJECT.glob("docs/*.md") if f"(docs/{path.name})" not in text] == []


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
