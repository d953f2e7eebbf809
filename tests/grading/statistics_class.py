"""Ten made-up students of the course that `revgraph new-course` makes, and what each of them earns."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
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


MORE = "02_tables"
GIVEN = """\
import pandas as pd
from revgraph.checks import check, mine
word_counts = mine("word_counts")
print(word_counts("so, so"))"""
# Ways to the reference of group_means: its files, what came with the notebook, and the probe that came along.
THIEF = """\
import gc, glob, importlib.util, pickle, sys, zipfile
from pathlib import Path
caught = []
loads = pickle.loads
pickle.loads = lambda *given: caught.append(loads(*given)) or caught[-1]

def from_text(text):
    names = {}
    exec(text.replace("from sentences import WORDS", "WORDS = []"), names)
    return names["group_means"]

def from_folder():
    return from_text(Path("FOLDER/exercises/more.py").read_text())

def from_zip():
    (path,) = [*glob.glob("*.revgraph"), *glob.glob("*.dat")][:1]
    return from_text(zipfile.ZipFile(path).read("exercises/more.py").decode())

def from_copy():
    return from_text(Path("more.py").read_text())

def from_memory():
    return next(one for one in gc.get_objects() if getattr(one, "__name__", "") == "group_means"
                and getattr(one, "__module__", "").startswith("revgraph_exercises"))

def from_the_package():
    from revgraph.checks import exercises
    return exercises()["group_means"].reference

def from_a_probe():
    return next(one for probe in caught for one in probe.__globals__.values()
                if getattr(one, "__name__", "") == "group_means")

def group_means(table):
    for way in (from_folder, from_zip, from_copy, from_memory, from_the_package, from_a_probe):
        try:
            return way()(table)
        except Exception:
            pass
    raise RuntimeError("nothing was found")
"""
TABLE = "def group_means(table):\n    return {}"
CLASS = "class Running:\n    n, total = 0, 0.0\n    def add(self, x):\n        self.n += 1\n        {}\n    def mean(self):\n        return self.total / self.n"
RIGHT_CLASS = CLASS.format("self.total += x")
MORE_STUDENTS = {
    "ada": (TABLE.format("pd.Series({g: part['value'].mean() for g, part in table.groupby('group')})"), RIGHT_CLASS, 20, ()),
    "cem": (TABLE.format("table.groupby('group')['value'].sum()"), CLASS.format("self.n, self.total = 1, (self.total + x) / 2"), 0, ("sums", "halves")),
    "zoe": (THIEF, RIGHT_CLASS, 10, ()),
}  # fmt: skip


def add_tables(folder: Path, api: NbGraderAPI) -> None:
    """A second assignment in the course, about tables and a class, handed in by three students."""
    shutil.copy(Path(__file__).with_name("more_exercises.py"), folder / "exercises" / "more.py")
    answers = {"group_means": TABLE.format("..."), "running": RIGHT_CLASS}
    cells = [new_code_cell(GIVEN, id="given")]
    for name, answer in answers.items():
        mark = {"grade_id": name, "schema_version": 3, "task": False}
        solution = mark | {"solution": True, "grade": False, "locked": False}
        test = mark | {
            "grade_id": f"check_{name}",
            "solution": False,
            "grade": True,
            "locked": True,
            "points": 10,
        }
        cells.append(new_code_cell(answer, metadata={"nbgrader": solution}, id=name))
        call = "check(group_means)" if name == "group_means" else 'check("running", Running)'
        cells.append(new_code_cell(call, metadata={"nbgrader": test}, id=f"check_{name}"))
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    (folder / "source" / MORE).mkdir()
    notebook = new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, folder / "source" / MORE / f"{MORE}.ipynb")
    outcome = api.generate_assignment(MORE)
    assert outcome["success"], outcome["log"]
    released = (folder / "release" / MORE / f"{MORE}.ipynb").read_text("utf-8")
    for student, (table, running, _, _) in MORE_STUDENTS.items():
        answers = {"group_means": table.replace("FOLDER", str(folder)), "running": running}
        target = hand_in(folder, student, released, answers, MORE)
        if student == "zoe":
            shutil.copy(folder / "exercises" / "more.py", target)
            for name in ("exercises.revgraph", "mine.dat"):
                shutil.copy(folder / "release" / MORE / "exercises.revgraph", target / name)


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


def hand_in(
    folder: Path, student: str, released: str, answers: dict[str, str], assignment: str = NAME
) -> Path:
    notebook = nbformat.reads(released, as_version=4)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = answers.get(name, cell.source)
    target = folder / "submitted" / student / assignment
    target.mkdir(parents=True)
    (target / f"{assignment}.ipynb").write_text(json.dumps(notebook), "utf-8")
    return target
