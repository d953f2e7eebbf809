"""Every block of commands in every page is run, line by line, as a reader would type it.

A line that is new in a page is run as well. What cannot be run here stands in `NOT_HERE`, with the reason.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from nbgrader.apps import NbGraderAPI

from revgraph.authoring.chapters import nbgrader_settings
from revgraph.authoring.release import update_course
from revgraph.grading.demo import Chapter, hand_in, negate
from tests.notebooks.one_exercise import PROJECT, warm_kernels

PAGES = sorted(
    path
    for pattern in ("*.md", "docs/*.md", "docs/site/*.md", "course/README.md", "solutions/README.md")
    for path in PROJECT.glob(pattern)
)
SHELLS = ("sh", "shell", "bash", "console")
BLOCK = re.compile(r"^( *)```(\S*)[^\n]*\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
PROGRAMS = (
    "revgraph",
    "nbgrader",
    "make",
    "pip",
    "python",
    "python3",
    "jupyter",
    "dask",
    "docker",
    "conda",
    "cd",
)

# The test that runs a page's blocks, in the way that they need.
ELSEWHERE = {
    "CONTRIBUTING.md": "tests/project/test_contributing.py",
    "docs/own-course.md": "tests/project/test_own_course.py",
    "docs/handing-out.md": "tests/grading/test_handing_out.py",  # and test_jupyterhub.py, what is for a hub
}

# How a line begins that is not run here, and why. What is named has to be there.
NOT_HERE = {
    "pip install": "PyPI may not have this version yet; tests/project/test_wheel.py installs the wheel",
    "python3 -m venv": "installs from PyPI next; tests/project/test_wheel.py makes an environment",
    ".venv/bin/python": "needs that environment; tests/project/test_wheel.py runs the like",
    "revgraph start": "does not end by itself; tests/notebooks/test_start.py opens it",
    "conda": "not everybody's machine has it; tests/project/test_packaging.py compares the ranges",
    "docker": "not everybody's machine has it; tests/project/test_elsewhere.py reads compose.yaml",
    "make grading": "installs for minutes; tests/project/test_make.py looks at what it would do",
    ". .venv-grading/bin/activate": "that environment; the one which runs this test is active in its place",
    "jupyter lab": "does not end by itself; tests/browser/test_formgrader.py opens formgrader",
    "dask": "does not end by itself; tests/grading/test_scale.py grades with a cluster",
    "revgraph grade 05_unbroadcast --scheduler": "needs that cluster; tests/grading/test_scale.py has one",
    "revgraph grade --selftest": "tests/grading/test_isolation.py attacks, in more ways",
    "JUPYTER_DEFAULT_PROVISIONER_NAME=revgraph-warm": "tests/grading/test_corpus.py grades its cheats so",
}


def name(page: Path) -> str:
    return page.relative_to(PROJECT).as_posix()


def blocks(page: Path) -> Iterator[tuple[str, list[str]]]:
    """Each block's language, and its lines without comments."""
    for _, language, text in BLOCK.findall(page.read_text(encoding="utf-8")):
        lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in text.splitlines())
        yield language, [line for line in lines if line]


def commands(page: Path) -> list[str]:
    return [line for language, lines in blocks(page) if language in SHELLS for line in lines]


def why_not_here(line: str) -> str:
    return next((why for start, why in NOT_HERE.items() if f"{line} ".startswith(f"{start} ")), "")


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_block_of_commands_is_marked_as_one(page: Path) -> None:
    for language, lines in blocks(page):
        if language == "":
            assert [line for line in lines if line.split()[0] in PROGRAMS] == []


def test_every_reason_is_needed_and_names_a_test_that_is_there() -> None:
    lines = [line for page in PAGES if name(page) not in ELSEWHERE for line in commands(page)]
    for start in NOT_HERE:
        assert [line for line in lines if f"{line} ".startswith(f"{start} ")], start
    for told in (*NOT_HERE.values(), *ELSEWHERE.values()):
        for test in re.findall(r"tests/\S+\.py", told):
            assert (PROJECT / test).is_file(), test


def test_each_page_that_is_run_elsewhere_is_read_there() -> None:
    for page, test in ELSEWHERE.items():
        assert Path(page).name in (PROJECT / test).read_text(encoding="utf-8")


def empty(folder: Path) -> None:
    """As one begins."""


def example_submissions(folder: Path) -> None:
    """Those of nbgrader's documentation, once its example course is there."""
    import nbgrader

    examples = Path(nbgrader.__file__).parent / "docs" / "source" / "user_guide"
    shutil.copytree(examples / "submitted", folder / "course101" / "submitted")


def course_of_one_chapter(folder: Path) -> None:
    """The project with chapter 05 alone, released before; two students have submitted to the exchange."""
    shutil.copytree(PROJECT / "solutions" / "05_unbroadcast", folder / "solutions" / "05_unbroadcast")
    shutil.copy(PROJECT / "nbgrader_config.py", folder)
    (folder / "exchange").mkdir()
    with (folder / "nbgrader_config.py").open("a") as file:
        file.write(f"c.Exchange.root = {str(folder / 'exchange')!r}\nc.ExchangeCollect.check_owner = False\n")
    update_course(folder)
    api = NbGraderAPI(config=nbgrader_settings(folder))
    assert api.release_assignment("05_unbroadcast")["success"]
    chapter = Chapter("05_unbroadcast", *(read(folder, step) for step in ("solutions", "course")))
    hand_in(api, "05_unbroadcast", "ada", {"05_unbroadcast.ipynb": chapter.handed_in()})
    wrong = {"unbroadcast": negate(chapter.cell("unbroadcast", chapter.solved).source)}
    hand_in(api, "05_unbroadcast", "bob", {"05_unbroadcast.ipynb": chapter.handed_in(wrong)})
    (folder / "gradebook.db").unlink()  # a clone has none, and course/ is there


def read(folder: Path, step: str):
    import nbformat

    return nbformat.read(folder / step / "05_unbroadcast" / "05_unbroadcast.ipynb", as_version=4)


Prepare = Callable[[Path], None]
FIRST: dict[str, Prepare] = {"docs/grading.md": course_of_one_chapter}
BETWEEN: dict[str, dict[int, Prepare]] = {"docs/any-course.md": {1: example_submissions}}  # before this block


def run_here() -> list[Path]:
    """The pages whose lines are run; not one whose lines another has as well, in the same order."""
    lines = {page: [line for line in commands(page) if not why_not_here(line)] for page in PAGES}
    kept: list[Path] = []
    for page in sorted(PAGES, key=lambda page: -len(lines[page])):
        if name(page) not in ELSEWHERE and not any(stands_in(lines[page], lines[other]) for other in kept):
            kept.append(page)
    return [page for page in kept if lines[page]]


def stands_in(lines: list[str], others: list[str]) -> bool:
    left = iter(others)
    return all(line in left for line in lines)


@pytest.mark.skipif(sys.platform != "linux", reason="grading needs Linux")
@pytest.mark.parametrize("page", run_here(), ids=name)
def test_what_a_page_says_runs(page: Path, tmp_path: Path) -> None:
    """In one shell, from the first line to the last; the first that fails ends it."""
    FIRST.get(name(page), empty)(tmp_path)
    shells = [lines for language, lines in blocks(page) if language in SHELLS]
    here = tmp_path
    for place, lines in enumerate(shells):
        BETWEEN.get(name(page), {}).get(place, empty)(tmp_path)
        if run := [line for line in lines if not why_not_here(line)]:
            here = Path(in_a_shell(run, here))


def in_a_shell(lines: list[str], folder: Path, whole: bool = False) -> str:
    """Run them, and return where the shell stands in the end; or the whole of what they print, that last."""
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    environment = os.environ | warm_kernels() | {"PATH": path, "PYTHONPATH": str(PROJECT)}
    script = "\n".join(["set -eux", *lines, "set +x", "pwd"])
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout if whole else done.stdout.splitlines()[-1]
