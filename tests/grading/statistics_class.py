"""Ten made-up students of the course that `revgraph new-course` makes, and what each of them earns."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
from nbgrader.apps import NbGraderAPI

from revgraph.authoring.chapters import nbgrader_settings
from revgraph.authoring.new_course import new_course

NAME = "01_describing_data"
SORTED = "def trimmed_mean(x, share):\n    cut = int(share * len(x))\n    x = np.sort(x)\n    return {}"
COUNTED = "def word_counts(text):\n    counts = {{}}\n    for word in {}:\n        counts[word] = counts.get(word, 0) + 1\n    return counts"
CLEAN = "[w for w in (w.strip('.,;:!?').lower() for w in text.split()) if w]"
RIGHT = (SORTED.format("x[cut : len(x) - cut].mean()"), COUNTED.format(CLEAN))
BLANK = "raise NotImplementedError()"

# student: the two answers, what they earn, and the misconceptions that are named
STUDENTS = {
    "ada": (*RIGHT, 20, ()),
    "bob": ("def trimmed_mean(x, share):\n    from scipy import stats\n    return stats.trim_mean(x, share)", RIGHT[1], 20, ()),
    "cem": (SORTED.format("x[: len(x) - cut].mean()"), RIGHT[1], 10, ("one end only",)),
    "dia": (SORTED.format("x[: len(x) - cut].mean()"), COUNTED.format("text.split()"), 0, ("one end only", "splits alone")),
    "eve": ("def trimmed_mean(x, share):\n    return np.median(x)", RIGHT[1], 10, ("median",)),
    "fay": (RIGHT[0], COUNTED.format("text.lower().split()"), 10, ("keeps marks",)),
    "gus": (RIGHT[0], COUNTED.format("text.lower().split()"), 10, ("keeps marks",)),
    "hal": (f"def trimmed_mean(x, share):\n    {BLANK}", f"def word_counts(text):\n    {BLANK}", 0, ()),
    "ida": ("def trimmed_mean(x, share):\n    from revgraph.checks import exercises\n    return exercises()['trimmed_mean'].reference(x, share)",
            "def word_counts(text):\n    from revgraph.checks import mine\n    return mine('word_counts')(text)", 0, ()),
    "jan": ("def trimmed_mean(x, share):\n    return sorted(x)[0]", "def word_counts(text)\n    return {}", 0, ()),
}  # fmt: skip


def open_course(folder: Path) -> NbGraderAPI:
    """A stranger's course in `folder`, released, with what ten students handed in."""
    new_course(folder)
    api = NbGraderAPI(config=nbgrader_settings(folder))
    outcome = api.generate_assignment(NAME)
    assert outcome["success"], outcome["log"]
    released = (folder / "release" / NAME / f"{NAME}.ipynb").read_text("utf-8")
    for student, (*answers, _, _) in STUDENTS.items():
        hand_in(folder, student, released, dict(zip(("trimmed_mean", "word_counts"), answers, strict=True)))
    return api


def hand_in(folder: Path, student: str, released: str, answers: dict[str, str]) -> Path:
    notebook = nbformat.reads(released, as_version=4)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = answers.get(name, cell.source)
    target = folder / "submitted" / student / NAME
    target.mkdir(parents=True)
    (target / f"{NAME}.ipynb").write_text(json.dumps(notebook), "utf-8")
    return target
