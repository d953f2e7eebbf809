"""What must hold of every chapter: `complaints` reads solution and release, and lists what is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import nbformat
from nbformat import NotebookNode
from nbgrader.nbgraderformat import MetadataValidator, ValidationError

from revgraph.authoring.cells import demonstrates_failure, has_error

HINTS = re.compile(
    r"<details>\s*<summary>Hint 1</summary>.+?"
    r"<details>\s*<summary>Hint 2</summary>.+?</details>\s*</details>",
    re.DOTALL,
)
DIFFICULTY = re.compile(r"Difficulty ●[●○]{4} · about \d+ minutes")
MACHINE = re.compile(r"/tmp/|/home/|/root/|/Users/|site-packages| at 0x[0-9a-f]{6}")
PICTURES = {"image/svg+xml", "image/png", "application/vnd.jupyter.widget-view+json"}
# What a cell does more often, or with more numbers, than its code needs to be seen to run.
SHORTER = {
    '"NBGRADER_EXECUTION" in os.environ': "True",  # as where it is graded: a few steps of training
    "for seed in range(3):": "for seed in range(1):",  # of some starts, all of which shall learn, the first
    "for seed in range(5):": "for seed in range(1):",
    "for peak in (0.0001, 0.001, 0.003, 0.01, 0.1):": "for peak in (0.01,):",  # the best of five
    "once_more(2)": "pass  # one start more is enough",
    "once_more(3)": "pass",
    "once_more(4)": "pass",
    "assert len(accuracies) >= 5": "assert len(accuracies) >= 2",
    "for n in (1, 2, 3, 4, 5):": "for n in (3,):",  # the best n-gram
    "n = 256\nleft, right =": "n = 128\nleft, right =",  # three loops in Python take an eighth
    # Fewer steps of training, and then it need not have learned all.
    "for step in range(100):\n    scores = [network": "for step in range(10):\n    scores = [network",
    "for seed in range(10):\n    random.seed": "for seed in range(2):\n    random.seed",
    "right.count(4) >= 9": "right.count(4) >= 1",
    "steps=200, lr=1.0": "steps=60, lr=1.0",
    "min(right) >= 190": "min(right) >= 150",
    "steps=150, **settings": "steps=30, **settings",
    "steps=400, seed=seed": "steps=40, seed=seed",
    "initial, lr=0.003, steps=200": "initial, lr=0.003, steps=50",
    "steps=200, seed=0, rule": "steps=50, seed=0, rule",
    "3 * ends[-1] < min(ends": "ends[-1] < min(ends",
    "> 0.9 > max(reached": "> max(reached",
    "steps=300):\n    network = Deep": "steps=100):\n    network = Deep",
    "> 0.93, ": "> 0.8, ",
    "def train(reader, rng, steps=300)": "def train(reader, rng, steps=100)",
    '> 0.95, "attention': '> 0.5, "attention',
    # Fewer examples of the same.
    "train[:60_000].tolist(), 80": "train[:6_000].tolist(), 20",
    "for n in (1, 2, 3, 5):\n    print": "for n in (1, 3):\n    print",
    "for side in (1, 2, 3, 4, 6, 8, 12, 16, 24, 48)": "for side in (1, 12)",
    "for block in (100, 1000, 10_000, 100_000, 1_000_000)": "for block in (1000, 100_000)",
    "for p in range(3)][:9]": "for p in range(3)][:3]",
    "def seconds_of(f, repeats=5)": "def seconds_of(f, repeats=2)",
}
MARKS = ("BEGIN SOLUTION", "END SOLUTION", "MARK SCHEME", "HIDDEN TESTS")
INSTRUCTOR_TAGS = {"worked-answer", "instructor-only"}


@dataclass(frozen=True)
class Chapter:
    """A chapter's two notebooks, and its exercises' points by name."""

    source: NotebookNode
    release: NotebookNode
    exercises: dict[str, int]


def complaints(chapter: Chapter) -> list[str]:
    rules = (
        metadata,
        panel,
        points,
        exercises,
        question,
        secrets,
        release_is_clean,
        around_exercises,
        headings,
        executed,
    )
    return [f"{rule.__name__}: {complaint}" for rule in rules for complaint in rule(chapter)]


def metadata(chapter: Chapter) -> Iterator[str]:
    for notebook in (chapter.source, chapter.release):
        try:
            nbformat.validate(notebook)
            MetadataValidator().validate_nb(notebook)
        except (nbformat.ValidationError, ValidationError) as error:
            yield str(error)
    if set(chapter.source.metadata) != {"kernelspec", "language_info"}:
        yield "notebook metadata are not as `make solutions` leaves them"


def panel(chapter: Chapter) -> Iterator[str]:
    """How far the learner is, at the top; saved as somebody sees it who begins."""
    cells = chapter.source.cells
    sections = (i for i, cell in enumerate(cells) if re.search("^##", cell.source, re.MULTILINE))
    panels = [cell for cell in cells[: next(sections, None)] if cell.source == "progress()"]
    if not panels:
        yield "no cell with progress() stands above the first section"
    shown = "".join(readable(output) for cell in panels for output in cell.outputs)
    if panels and not re.search(r"\b0 of [1-9]", shown):
        yield "the panel at the top shows nothing"
    if re.search(r"\b[1-9]\d* of \d+ (exercises|points)", shown):
        yield "the panel at the top shows somebody's progress"


def points(chapter: Chapter) -> Iterator[str]:
    total = sum(graded(cell).get("points", 0) for cell in chapter.source.cells)
    if total != 100:
        yield f"the points sum to {total}, not 100"


def exercises(chapter: Chapter) -> Iterator[str]:
    """Every exercise has its solution cell and its check cell, and there are no others."""
    checks = check_cells(chapter.source)
    if list(checks) != [f"check_{name}" for name in chapter.exercises]:
        yield f"check cells {list(checks)} are not those of the exercises {list(chapter.exercises)}"
    for name, worth in chapter.exercises.items():
        if name not in answers(chapter.source):
            yield f"{name} has no solution cell"
        cell = checks.get(f"check_{name}")
        if cell is None:
            continue
        if not re.fullmatch(rf"""check\({name}\)|check\(["']{name}["'], \w+\)""", cell.source):
            yield f"check_{name} is not one line that checks {name}"
        if graded(cell)["points"] != worth:
            yield f"check_{name} has {graded(cell)['points']} points; the exercise declares {worth}"
        if "raises-exception" not in tags(cell):
            yield f"check_{name} lacks the tag raises-exception, so Run All would stop there"
        if not graded(cell).get("locked"):
            yield f"check_{name} is not locked"


def question(chapter: Chapter) -> Iterator[str]:
    """One written question, with model answer and marking guide."""
    written = [
        cell for cell in chapter.source.cells if graded(cell).get("grade") and graded(cell).get("solution")
    ]
    if len(written) != 1 or written[0].cell_type != "markdown":
        yield f"there are {len(written)} written questions, not one in markdown"
    for cell in written:
        if any(mark not in cell.source for mark in ("BEGIN SOLUTION", "=== BEGIN MARK SCHEME ===")):
            yield "the written question lacks its model answer or its marking guide"


def secrets(chapter: Chapter) -> Iterator[str]:
    """No line of an answer stands in the release, in whatever cell."""
    released = {line.strip() for cell in chapter.release.cells for line in cell.source.splitlines()}
    for cell in chapter.source.cells:
        for line in sorted(set(secret_lines(cell)) & released):
            yield f"the release shows a line of an answer: {line}"


def release_is_clean(chapter: Chapter) -> Iterator[str]:
    text = json.dumps(chapter.release)
    for mark in MARKS:
        if mark in text:
            yield f"{mark} stands in the release"
    for cell in chapter.release.cells:
        if tags(cell) & INSTRUCTOR_TAGS:
            yield f"an instructor's cell stands in the release: {cell.source[:40]}"
        if cell.cell_type == "code" and (cell.outputs or cell.execution_count):
            yield f"a code cell of the release has outputs: {cell.source[:40]}"
    stubs = [
        name for name, cell in answers(chapter.release).items() if "NotImplementedError" not in cell.source
    ]
    if stubs:
        yield f"no stub in the release's {', '.join(stubs)}"


def around_exercises(chapter: Chapter) -> Iterator[str]:
    """The time at the top; at each exercise difficulty, minutes and hints; behind it the worked answer."""
    if not re.search(r"\*\*Time:\*\* \d+ minutes", chapter.source.cells[0].source):
        yield "the first cell does not state the time"
    before: list[NotebookNode] = []
    name, answered = "", True
    for cell in chapter.source.cells:
        before.append(cell)
        answered = answered or "worked-answer" in tags(cell)
        if cell.cell_type == "code" and graded(cell).get("grade"):
            if not answered:
                yield f"{name} has no worked answer"
            name, answered = graded(cell)["grade_id"].removeprefix("check_"), False
            text = "\n".join(other.source for other in before if other.cell_type == "markdown")
            for what, pattern in (("difficulty and minutes", DIFFICULTY), ("nested hints", HINTS)):
                if not pattern.search(text):
                    yield f"{name} lacks {what}"
            before = []
    if not answered:
        yield f"{name} has no worked answer"


def headings(chapter: Chapter) -> Iterator[str]:
    """No level is skipped: a screen reader's list of headings, and the website's, is a tree."""
    levels = [
        (len(mark), title)
        for cell in chapter.source.cells
        if cell.cell_type == "markdown"
        for mark, title in re.findall(r"^(#+) (.+)$", re.sub(r"```.*?```", "", cell.source, flags=re.S), re.M)
    ]
    for (above, _), (level, title) in pairwise(levels):
        if level > above + 1:
            yield f"{title!r} has level {level} below one of level {above}"


def executed(chapter: Chapter) -> Iterator[str]:
    """Outputs are saved, repeat on any machine, and show no failing check."""
    code = [cell for cell in chapter.source.cells if cell.cell_type == "code"]
    if [cell.execution_count for cell in code] != list(range(1, len(code) + 1)):
        yield "not executed from top to bottom: run `make solutions`"
    for name, cell in check_cells(chapter.source).items():
        if not cell.outputs:
            yield f"{name} shows no verdict"
    for cell in code:
        if has_error(cell) and not demonstrates_failure(cell):
            yield f"an error is among the outputs: {cell.source[:40]}"
        text = "".join(readable(output) for output in cell.outputs)
        if "Not saved to my_revgraph" in text:
            yield f"what passed is not saved: {cell.source[:40]}"
        if machine := MACHINE.search(text):
            yield f"an output depends on the machine ({machine.group()}): {cell.source[:40]}"
        kinds = {kind for output in cell.outputs for kind in output.get("data", {})}
        if kinds & PICTURES and "nbval-ignore-output" not in tags(cell):
            yield f"a picture cell lacks the tag nbval-ignore-output: {cell.source[:40]}"


# ---- reading notebooks


def graded(cell: NotebookNode) -> dict:
    return cell.metadata.get("nbgrader", {})


def tags(cell: NotebookNode) -> set[str]:
    return set(cell.metadata.get("tags", []))


def answers(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """The cells a learner writes code in, by exercise."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return {graded(cell)["grade_id"]: cell for cell in cells if graded(cell).get("solution")}


def check_cells(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """The automatically graded cells, by grade_id."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and graded(cell).get("grade")]
    return {graded(cell)["grade_id"]: cell for cell in cells if not graded(cell).get("solution")}


def untrained(source: str) -> str:
    """A cell with less to compute, for tests of what is shown, judged or said: nbval alone runs all of it."""
    for whole, part in SHORTER.items():
        source = source.replace(whole, part)
    return source


def secret_lines(cell: NotebookNode) -> list[str]:
    """The lines of a cell that a learner must not see; ones too short to give anything away are left out."""
    lines = cell.source.splitlines()
    if not tags(cell) & INSTRUCTOR_TAGS:
        lines = list(between_marks(lines))
    return [line.strip() for line in lines if len(line.strip()) >= 12]


def between_marks(lines: list[str]) -> Iterator[str]:
    inside = False
    for line in lines:
        if "END SOLUTION" in line or "END MARK SCHEME" in line or "END HIDDEN TESTS" in line:
            inside = False
        if inside:
            yield line
        if "BEGIN SOLUTION" in line or "BEGIN MARK SCHEME" in line or "BEGIN HIDDEN TESTS" in line:
            inside = True


def readable(output: NotebookNode) -> str:
    """What a person sees of an output: text, not the bytes of a picture."""
    data = output.get("data", {})
    return "".join(
        [
            output.get("text", ""),
            *output.get("traceback", []),
            *map(str, (data.get("text/plain", ""), data.get("text/html", ""))),
        ]
    )
