"""`make site`: documentation, chapters and reference as one static folder, for any web server.

    python docs/site/build.py [--strict] [FOLDER]        build/site by default; --strict fails on any warning

The pages are the project's documents, the notebooks of course/ (never solutions/), and the docstrings.
They are gathered in build/site-source, with links between them made to fit. Under lite/ stands the course in
the browser, which lite.py makes; --without-lite leaves it out.
"""

from __future__ import annotations

import argparse
import html
import inspect
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from urllib.parse import unquote

SITE = Path(__file__).parent
PROJECT = SITE.parents[1]
REPOSITORY = "https://github.com/revgraph/revgraph/blob/main"
GUIDES = {  # a document of the project, and where it stands on the site
    "course/README.md": "learn.md",
    "solutions/README.md": "teach.md",
    "CONTRIBUTING.md": "contribute.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
}
MODULES = {  # the page of a module, and what stands above it
    "core": ("revgraph.core", "import revgraph.core as rc"),
    "dl": ("revgraph.dl", "import revgraph.dl as dl"),
    "callbacks": ("revgraph.dl.callbacks", "dl.callbacks"),
    "sklearn": ("revgraph.dl.sklearn", "from revgraph.dl.sklearn import Classifier"),
    "dagnet": ("revgraph.dagnet", "from revgraph.dagnet import Value"),
    "nn": ("revgraph.dagnet.nn", "from revgraph.dagnet import nn"),
    "checks": ("revgraph.checks", "from revgraph.checks import check, progress"),
    "draw": ("revgraph.draw", "from revgraph import draw"),
    "datasets": ("revgraph.datasets", "from revgraph.datasets import moons"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--strict", action="store_true", help="fail on any warning, and on a link to nowhere")
    parser.add_argument("--without-lite", action="store_true", help="leave out the course in the browser")
    parser.add_argument("folder", nargs="?", type=Path, default=PROJECT / "build" / "site")
    chosen = parser.parse_args()
    source = PROJECT / "build" / "site-source"
    lite = chosen.folder / "lite"
    if not chosen.without_lite:
        make_lite(lite)
    gather(source, lite)
    command = [sys.executable, "-m", "sphinx", "--builder", "html", "--quiet", "--fresh-env"]
    command += ["--fail-on-warning", "--keep-going"] if chosen.strict else []
    done = subprocess.run(
        [*command, "--doctree-dir", source.with_name("site-doctrees"), source, chosen.folder]
    )
    broken = list(broken_links(chosen.folder, chosen.without_lite))
    for line in broken:
        print(line, file=sys.stderr)
    if done.returncode or (broken and chosen.strict):
        sys.exit(1)
    print(f"The site is in {chosen.folder}; python -m http.server -d {chosen.folder} shows it.")


def make_lite(folder: Path) -> None:
    from lite import CannotFetch, build

    try:
        build(folder)
    except CannotFetch as problem:
        sys.exit(
            f"The course in the browser was not made: {problem}\n--without-lite makes the site without it."
        )


# ---- gathering the pages


def gather(source: Path, lite: Path) -> None:
    """All pages in one folder, as Sphinx wants them."""
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(SITE, source, ignore=shutil.ignore_patterns("__pycache__", "build.py", "lite*"))
    pages = all_pages()
    for path, page in pages.items():
        target = source / page
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".md":
            text = path.read_text(encoding="utf-8")
            target.write_text(with_links(text, path, page, pages), encoding="utf-8")
        elif path.suffix != ".ipynb":
            shutil.copy(path, target)
        else:
            target.write_text(with_link_to_lite(path), encoding="utf-8")
    guides = sorted(path.stem for path in (PROJECT / "docs").glob("*.md") if path.stem != "architecture")
    with (source / "guides.md").open("a", encoding="utf-8") as file:
        file.write("\n".join(["", "```{toctree}", ":maxdepth: 1", "", "teach", *guides, "```", ""]))
    with (source / "licences.md").open("a", encoding="utf-8") as file:
        file.writelines(f"| {' | '.join(row)} |\n" for row in licences(lite))
    (source / "verdict.html").write_text(verdict(), encoding="utf-8")
    write_reference(source / "reference")


def verdict() -> str:
    """The panel that a learner sees who averages where a sum is right."""
    from revgraph.checks import exercises

    exercise = exercises()["unbroadcast"]
    averages = next(wrong for wrong in exercise.misconceptions if wrong.name == "averages")
    return exercise.judge(averages.answer, seed=0)._repr_mimebundle_()["text/html"]


def with_link_to_lite(path: Path) -> str:
    """A chapter, which begins with a link to where it can be run."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    address = f"../lite/lab/index.html?path={path.stem}/{path.name}"
    link = f'<a class="start" href="{address}">Open this chapter in the browser</a>'
    title = next(cell for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    title["source"] = ["".join(title["source"]), f"\n\n{link}"]
    return json.dumps(notebook)


def licences(lite: Path) -> list[list[str]]:
    """Name, version and licence of all that the course in the browser is made of."""
    path = lite / "licences.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


def all_pages() -> dict[Path, str]:
    """Every file of the project that is on the site, and where."""
    pages = {PROJECT / name: page for name, page in GUIDES.items()}
    pages |= {path: path.name for path in sorted((PROJECT / "docs").glob("*.md"))}
    pages |= {path: f"pictures/{path.name}" for path in sorted((PROJECT / "docs").glob("*.png"))}
    pages |= {path: f"chapters/{path.name}" for path in chapters()}
    return pages


def chapters() -> list[Path]:
    return sorted(path for path in (PROJECT / "course").glob("*/*.ipynb") if path.stem == path.parent.name)


def with_links(text: str, path: Path, page: str, pages: dict[Path, str]) -> str:
    """The links of a document, which lead to files of the project, lead to pages, or to the repository."""

    def moved(match: re.Match[str]) -> str:
        link, _, anchor = match[2].partition("#")
        target = (path.parent / link).resolve()
        if "://" in match[2] or not link:
            return match[0]
        if target in pages:
            up = "../" * page.count("/")
            return f"{match[1]}({up}{pages[target]}{'#' + anchor if anchor else ''})"
        return f"{match[1]}({REPOSITORY}/{target.relative_to(PROJECT).as_posix()})"

    return re.sub(r"(\])\(([^)\s]+)\)", moved, text)


# ---- the reference


def write_reference(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    described: dict[int, str] = {}  # what stands on an earlier page, by its identity
    for page, (name, how) in MODULES.items():
        lines = reference(name, how, described)
        (folder / f"{page}.rst").write_text("\n".join(lines) + "\n", encoding="utf-8")


def reference(name: str, how: str, described: dict[int, str]) -> Iterator[str]:
    """A page of every public name of a module, grouped by the file that it comes from."""
    from docstrings import paragraphs

    module = import_module(name)
    text = inspect.getdoc(module) or ""
    yield from (name, "=" * len(name), "")
    if how not in text:
        yield from ("::", "", f"    {how}", "")
    yield from paragraphs(text.splitlines())
    groups: dict[str, list[str]] = {}
    for public in names(module):
        groups.setdefault(group(module, public), []).append(public)
    for title, members in groups.items():
        yield from ("", title, "-" * len(title), "")
        for member in members:
            found = getattr(module, member)
            full = f"{name}.{member}"
            if full in [known for known, _ in MODULES.values()]:
                yield from (f"- ``{member}``: a page of its own, :doc:`{full.rpartition('.')[2]}`", "")
            elif id(found) in described:
                yield from (f"- ``{member}``: :py:obj:`{described[id(found)]}`", "")
            else:
                described[id(found)] = full
                yield from entry(name, member, found)


def names(module: object) -> list[str]:
    declared = getattr(module, "__all__", None)
    if declared is not None:
        return list(declared)
    own = [key for key, found in vars(module).items() if getattr(found, "__module__", "") == module.__name__]
    return [key for key in own if not key.startswith("_")]


def group(module: object, public: str) -> str:
    """In the words of the file in which the name is defined."""
    found = getattr(module, public)
    if inspect.ismodule(found):
        return "Modules"
    if is_operation(found):
        return "Operations"
    home = getattr(found, "__module__", None) or module.__name__
    return home.rpartition(".")[2].replace("_", " ").capitalize() if home != module.__name__ else "Names"


def is_operation(found: object) -> bool:
    """Operations are objects, which autodoc would show as data."""
    return not isinstance(found, type) and not inspect.isroutine(found) and callable(found)


def entry(module: str, name: str, found: object) -> Iterator[str]:
    from docstrings import paragraphs

    full = f"{module}.{name}"
    if isinstance(found, type):
        yield from (f".. autoclass:: {full}", "")
    elif inspect.isroutine(found):
        yield from (f".. autofunction:: {full}", "")
    else:
        kind = "function" if callable(found) else "module" if inspect.ismodule(found) else "data"
        text = inspect.getdoc(found) or ""
        call, text = described_call(text) if kind == "function" else ("", text)
        yield from (f".. py:{kind}:: {full}{call}", "")
        indent = "" if kind == "module" else "   "
        yield from (indent + line for line in paragraphs(text.splitlines()))
        if hasattr(found, "load_data"):
            yield from (f".. autofunction:: {full}.load_data", "")


def described_call(text: str) -> tuple[str, str]:
    """The operands with which a docstring begins, as in `where(condition, a, b): ...`, and what follows."""
    call = re.match(r"\w+(\([^)]*\)): +", text)
    return (call[1], text[call.end() :]) if call else ("(x)", text)


# ---- links


def broken_links(folder: Path, without_lite: bool = False) -> Iterator[str]:
    """Every link inside the site that leads to no file, or to no place in it."""
    places = {
        path: set(re.findall(r'\b(?:id|name)="([^"]+)"', path.read_text(encoding="utf-8")))
        for path in folder.rglob("*.html")
        if folder / "lite" not in path.parents
    }
    for page in (page for page in places if "_static" not in page.parts):  # what the theme brings is its own
        for link in re.findall(r'\b(?:href|src)="([^"]+)"', page.read_text(encoding="utf-8")):
            address, _, place = html.unescape(link).partition("#")
            if re.match(r"[a-z]+:|//", address):
                continue
            target = (page.parent / unquote(address.partition("?")[0])).resolve() if address else page
            target = target / "index.html" if target.is_dir() else target
            if without_lite and folder.resolve() / "lite" in target.parents:
                continue
            if not target.exists() or (place and target in places and unquote(place) not in places[target]):
                yield f"{page.relative_to(folder)}: {link} leads nowhere"


if __name__ == "__main__":
    sys.path[:0] = [str(SITE), str(PROJECT)]
    main()
