"""Faulty and hostile submissions, each with the row it must get.

All are made from one small chapter: added_axes (30 points) and unbroadcast (50) are judged from outside, an
assertion (20) runs as it is. A submission is what its author changed about the full answers.
"""

import copy
import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from revgraph.checks import library

NAME = "05_small"
ANSWERS = {
    "added_axes": "def added_axes(shape, broadcast):\n    return tuple(range(len(broadcast) - len(shape)))",
    "unbroadcast": "def unbroadcast(g, shape):\n    added = g.ndim - len(shape)\n"
    "    stretched = tuple(i + added for i, n in enumerate(shape) if n == 1)\n"
    "    return g.sum(axis=tuple(range(added)) + stretched, keepdims=True).reshape(shape)",
}
PATCH = "import revgraph.grading.student.answer as answering\n"
HEADS = {name: source.splitlines()[0] for name, source in ANSWERS.items()}
MARK = {"schema_version": 3, "task": False}


def solution_cell(name):
    first, *rest = ANSWERS[name].splitlines()
    source = "\n".join([first, "    ### BEGIN SOLUTION", *rest, "    ### END SOLUTION"])
    mark = {"grade": False, "grade_id": name, "locked": False, "solution": True, **MARK}
    return new_code_cell(source, metadata={"nbgrader": mark}, id=name)


def graded_cell(name, source, points):
    mark = {"grade": True, "grade_id": name, "locked": True, "points": points, "solution": False, **MARK}
    return new_code_cell(source, metadata={"nbgrader": mark}, id=name)


def small_chapter():
    cells = [
        new_markdown_cell("# Small", id="title"),
        new_code_cell("import numpy as np\nfrom revgraph.checks import check", id="given"),
        solution_cell("added_axes"),
        graded_cell("check_added_axes", "check(added_axes)", 30),
        solution_cell("unbroadcast"),
        graded_cell("check_unbroadcast", "check(unbroadcast)", 50),
        graded_cell("assertion", "assert added_axes((2,), (3, 2)) == (0,)", 20),
    ]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


class Draft:
    """A learner's copy of the released notebook with full answers, to be changed."""

    def __init__(self, released):
        self.notebook = copy.deepcopy(released)
        for name, source in ANSWERS.items():
            self.cell(name).source = source

    def cell(self, name):
        return next(cell for cell in self.notebook.cells if cell.id == name)

    def index(self, name):
        return self.notebook.cells.index(self.cell(name))

    def add(self, source, before="added_axes"):
        self.notebook.cells.insert(self.index(before), new_code_cell(source))

    def answer(self, source, name="unbroadcast"):
        self.cell(name).source = source

    def body(self, *lines, name="unbroadcast"):
        self.answer("\n".join([HEADS[name], *(f"    {line}" for line in lines)]), name)


@dataclass(frozen=True)
class Case:
    """`change` edits a draft, or returns the files handed in instead. `reason` stands in one of the reasons.

    `plain` is what plain nbgrader gives a cheat: more than 50 where it works there.
    """

    name: str
    score: float
    reason: str
    change: Callable[[Draft], dict | None]
    plain: float = 50


def extra(code, before="added_axes"):
    """A cell of the learner's own."""
    return lambda draft: draft.add(code, before)


def answered(*lines):
    """Another body for unbroadcast."""
    return lambda draft: draft.body(*lines)


def unanswered(code, body="raise NotImplementedError"):
    """A cheat in a cell of its own, and nothing, or a wrong `body`, in unbroadcast."""

    def change(draft):
        draft.body(body)
        draft.add(code)

    return change


def updates_the_verdict(draft):
    """Shows something of its own in the check's cell, and makes it a score in a later one."""
    patch = "real = answering.as_message\ndef shows(one):\n    display('', display_id='mine')\n    return real(one)"
    draft.add(f"from IPython.display import *\n{PATCH}{patch}\nanswering.as_message = shows")
    draft.add("update_display('50', display_id='mine')\nclear_output()", "assertion")
    draft.body("raise NotImplementedError")


def reads(path):
    """Takes the answer out of a notebook of the course's."""

    def change(draft):
        known = f"json.load(open({COURSE + path!r}))['cells']"
        find = f"sources = [''.join(cell['source']) for cell in {known}]"
        draft.body("raise NotImplementedError")
        draft.add(
            f"import json\n{find}\nexec(next(s for s in sources if 'def unbroadcast' in s))",
            "check_unbroadcast",
        )

    return change


def file(content, name=f"{NAME}.ipynb"):
    return lambda draft: {name: content}


def named(*names):
    return lambda draft: {name: json.dumps(draft.notebook) for name in names}


def edited(change):
    """The notebook's JSON, changed as a dict."""

    def hand_in(draft):
        content = json.loads(json.dumps(draft.notebook))
        change(content)
        return {f"{NAME}.ipynb": json.dumps(content)}

    return hand_in


def duplicate(*names):
    def change(draft):
        for name in names:
            draft.notebook.cells.insert(draft.index(name), copy.deepcopy(draft.cell(name)))

    return change


def delete(*names):
    def change(draft):
        for name in names:
            draft.notebook.cells.remove(draft.cell(name))

    return change


def reverse(draft):
    draft.notebook.cells.reverse()


def check_first(draft):
    draft.notebook.cells.insert(1, draft.notebook.cells.pop(draft.index("check_unbroadcast")))


def merge_answers(draft):
    """Into the first one's cell; the others are removed."""
    draft.answer("\n\n".join(ANSWERS.values()), "added_axes")
    draft.notebook.cells.remove(draft.cell("unbroadcast"))


def retype(name, kind):
    return edited(lambda content: _cell(content, name).update(cell_type=kind))


def _cell(content, name):
    return next(cell for cell in content["cells"] if cell["id"] == name)


def strip_metadata(content):
    for cell in content["cells"]:
        cell["metadata"] = {}


def strip_everything(content):
    strip_metadata(content)
    for cell in content["cells"]:
        del cell["id"]
    content["nbformat_minor"] = 4


def set_points(content):
    for cell in content["cells"]:
        if "points" in cell["metadata"].get("nbgrader", {}):
            cell["metadata"]["nbgrader"]["points"] = 1000


def old_format(draft):
    cells = [
        {"cell_type": "code", "input": cell.source, "outputs": [], "language": "python", "metadata": {}}
        for cell in draft.notebook.cells
        if cell.cell_type == "code"
    ]
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": cells}]}
    return {f"{NAME}.ipynb": json.dumps(old)}


def as_colab_saves(content):
    """Ids among the metadata, sources line by line, no minor version to speak of."""
    content["nbformat_minor"] = 0
    content["metadata"] = {"colab": {"provenance": []}, "kernelspec": {"name": "python3"}}
    for cell in content["cells"]:
        cell["metadata"]["id"] = cell.pop("id")
        cell["source"] = cell["source"].splitlines(keepends=True)


def as_vs_code_saves(content):
    content["nbformat_minor"] = 2
    content["metadata"] = {"kernelspec": {"name": "venv"}, "language_info": {"name": "python"}}
    for cell in content["cells"]:
        del cell["id"]
        cell["metadata"]["vscode"] = {"languageId": "python"}


def windows_lines(content):
    for cell in content["cells"]:
        cell["source"] = cell["source"].replace("\n", "\r\n")


def split_in_two(draft):
    """As JupyterLab splits a cell: both have the metadata."""
    second = copy.deepcopy(draft.cell("unbroadcast"))
    second.update(id="second", source="unbroadcast(np.ones((2, 3)), (1, 3))")
    draft.notebook.cells.insert(draft.index("unbroadcast") + 1, second)


def large(path):
    """200 MB, of which next to nothing lies on the disk."""
    path.write_text("{")
    os.truncate(path, 200_000_000)


def link_to_elsewhere(path):
    """To a file that could be read, and graded."""
    elsewhere = path.parents[3] / "course" / NAME / path.name
    assert elsewhere.is_file()
    path.symlink_to(elsewhere)


def folder_with_a_picture(path):
    path.mkdir()
    (path / "a.png").write_bytes(b"")


def beside(name, make):
    """Full answers, and something else in the folder."""
    return lambda draft: {f"{NAME}.ipynb": json.dumps(draft.notebook), name: make}


def marked(**changes):
    """Nothing in unbroadcast, and other metadata for its check."""

    def change(draft):
        draft.body("raise NotImplementedError")
        draft.cell("check_unbroadcast").metadata.nbgrader.update(changes)

    return change


def with_module(draft):
    """The answer stands in a file beside the notebook; the other file bears the name of one that IPython tries."""
    draft.answer("from helper import unbroadcast")
    files = {"helper.py": ANSWERS["unbroadcast"], "storemagic.py": "while True: pass"}
    return {f"{NAME}.ipynb": json.dumps(draft.notebook), **files}


RIGHT = ANSWERS["unbroadcast"].splitlines()[1:]
ENDLESS_TEXT = ["class E(Exception):", "    def __str__(self):", "        while True: pass"]
FAILING_TEXT = ["class E(Exception):", "    def __str__(self): return self.words"]


def right_after(*lines):
    """The right body, after these lines."""
    return answered(*lines, *(line[4:] for line in RIGHT))


def right_before(code):
    """The right answer with this in a cell of its own before it."""
    return extra(code, "unbroadcast")


def written(text):
    """A text cell of the learner's own."""
    return lambda draft: draft.notebook.cells.append(new_markdown_cell(text))


def with_half_an_emoji(content):
    content["cells"].append({**content["cells"][0], "id": "half", "source": "half \ud83d of one"})
    answer = _cell(content, "unbroadcast")
    answer["source"] += "  # \ud83d"


def odd_cells(content):
    """Beside all that was answered: what is no cell, no text, no picture, or nested too deep."""
    title = content["cells"][0]
    for i, part in enumerate([{"source": [1, "x"]}, {"attachments": [1]}, {"attachments": {"a": 7}}]):
        content["cells"].append({**title, "id": f"odd{i}", **part})
    deep: list = []
    for _ in range(600):
        deep = [deep]
    content["cells"] += [
        None,
        5,
        "x",
        [],
        {**title, "id": "deep", "metadata": {"deep": deep, "n": float("nan")}},
    ]


def many_cells(content):
    content["cells"] += [{**content["cells"][1], "id": f"n{i}", "source": ""} for i in range(3_000)]


def large_pictures(content):
    shown = {"output_type": "display_data", "data": {"image/png": "iVBO" * 1_250_000}, "metadata": {}}
    _cell(content, "unbroadcast")["outputs"] = [shown]


def with_photos(draft):
    photo = new_markdown_cell(
        "![a photo](attachment:a.jpg)", attachments={"a.jpg": {"image/jpeg": "a" * 2_000_000}}
    )
    draft.notebook.cells.append(photo)


def long_ids(content):
    for cell in content["cells"]:
        cell["id"] = cell["id"] * 5_000


def nested_folders(path):
    """1,100 folders, each in the one before."""
    path.mkdir()
    here = os.open(path, os.O_RDONLY)
    for _ in range(1_100):
        os.mkdir("d", dir_fd=here)
        there = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = there
    os.close(here)


def with_its_library(take):
    """Beside the notebook lies my_revgraph/, as checks have made it; `take` stands in place of the answer."""

    def change(draft):
        draft.answer(take)

        def make(path):
            path.mkdir()
            (path / "__init__.py").write_text(library.PACKAGE)
            (path / "ch05_unbroadcast.py").write_text(HELPER)

        return {f"{NAME}.ipynb": json.dumps(draft.notebook), "my_revgraph": make}

    return change


def many_files(draft):
    draft.answer("from zz_helper import unbroadcast")
    files = {f"data {i}.csv": "1" for i in range(1_200)}
    return {f"{NAME}.ipynb": json.dumps(draft.notebook), "zz_helper.py": HELPER, **files}


HELPER = f"import numpy as np\n{ANSWERS['unbroadcast']}"


def in_a_folder(draft):
    def make(path):
        path.mkdir()
        (path / f"{NAME}.ipynb").write_text(json.dumps(draft.notebook))

    return {"homework": make}


def in_an_archive(draft):
    def make(path):
        with zipfile.ZipFile(path, "w") as packed:
            packed.writestr(f"{NAME}.ipynb", json.dumps(draft.notebook))

    return {"homework.zip": make}


def forged_answer(value):
    """Answers in a form of its own."""
    message = {"value": value, "error": "", "detail": "", "line": "", "changed": [], "warned": []}
    return unanswered(f"{PATCH}answering.as_message = lambda one: {message!r}")


def replies(answers):
    """To what a check asks, in place of the kernel: these answers, or none."""
    sent = (
        f"kernel.session.send(stream, 'answer_reply', {{'answers': {answers}}}, parent)"
        if answers
        else "pass"
    )
    return (
        "kernel = get_ipython().kernel\n"
        f"async def answer_request(stream, ident, parent): {sent}\n"
        "kernel.shell_handlers['answer_request'] = answer_request"
    )


SEND = """kernel = get_ipython().kernel
def send(kind, **content): kernel.send_response(kernel.iopub_socket, kind, content)
"""
GATHERS = """from ipykernel.comm import Comm
def added_axes(*args):
    kernel = get_ipython().kernel
    state = {"_model_module": "@jupyter-widgets/output", "_model_name": "OutputModel", "outputs": []}
    widget = Comm("jupyter.widget", data={"state": state})
    widget.send({"method": "update", "state": {"msg_id": kernel.get_parent()["header"]["msg_id"]}})
    raise ValueError("seen")"""


# fmt: off
FAULTY = [
    Case("no file", 0, "no notebook was handed in", lambda draft: {}),
    Case("empty file", 0, "empty file", file("")),
    Case("not json", 0, "no valid JSON", file("{cells: oops")),
    Case("cut short", 0, "no valid JSON", lambda d: {f"{NAME}.ipynb": json.dumps(d.notebook)[:-40]}),
    Case("a merge not finished", 0, "marks of a git merge", lambda d: {f"{NAME}.ipynb": "<<<<<<< HEAD\n" + json.dumps(d.notebook)}),
    Case("filled up with nothing", 100, "", lambda d: {f"{NAME}.ipynb": json.dumps(d.notebook) + "\0" * 99}),
    Case("web page", 0, "web page", file("<!DOCTYPE html><html>Please log in</html>")),
    Case("another json", 0, "cannot be read", file('{"hello": 1}')),
    Case("a list", 0, "cannot be read", file("[1, 2]")),
    Case("deep json", 0, "cannot be read", file("[" * 100_000)),
    Case("binary", 0, "no UTF-8", file(b"\xff\x00\x01")),
    Case("too large", 0, "too large", lambda d: d.add("#" * 1_100_000)),
    Case("200 MB", 0, "too large: 200 MB", file(large)),
    Case("link to elsewhere", 0, "a link or no plain file", file(link_to_elsewhere)),
    Case("link to nothing", 0, "a link or no plain file", file(lambda path: path.symlink_to("nowhere"))),
    Case("link to itself", 0, "a link or no plain file", file(lambda path: path.symlink_to(path.name))),
    Case("folder for a notebook", 0, "a link or no plain file", file(lambda path: path.mkdir())),
    Case("pipe for a notebook", 0, "a link or no plain file", file(os.mkfifo)),
    Case("pipe for a timestamp", 100, "", beside("timestamp.txt", os.mkfifo)),
    Case("a folder for the exchange's secret", 100, "", beside("submission_secret.txt", folder_with_a_picture)),
    Case("link in a loop beside", 100, "", beside("data", lambda path: path.symlink_to(path.parent))),
    Case("cells no list", 0, "cannot be read", file('{"cells": 3, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')),
    Case("old nbformat", 100, "metadata was lost", old_format),
    Case("future nbformat", 100, "", edited(lambda content: content.update(nbformat_minor=99))),
    Case("no nbformat", 100, "", edited(lambda content: content.pop("nbformat"))),
    Case("a number of 30,000 digits", 100, "", lambda d: {f"{NAME}.ipynb": json.dumps(d.notebook)[:-1] + f', "n": {"9" * 30_000}}}'}),
    Case("byte order mark", 100, "", lambda d: {f"{NAME}.ipynb": b"\xef\xbb\xbf" + json.dumps(d.notebook).encode()}),
    Case("UTF-16", 100, "", lambda d: {f"{NAME}.ipynb": json.dumps(d.notebook).encode("utf-16")}),
    Case("browser's copy", 100, "renamed", named(f"{NAME} (1).ipynb")),
    Case("jupyter's copy", 100, "renamed", named(f"{NAME}-Copy1.ipynb")),
    Case("other case", 100, "renamed", named(f"{NAME.upper()}.IPYNB")),
    Case("other name", 100, "renamed", named("homework.ipynb")),
    Case("two copies", 0, "not clear", named(f"{NAME} (1).ipynb", f"{NAME} (2).ipynb")),
    Case("copy beside", 100, "not read", named(f"{NAME}.ipynb", f"{NAME} (1).ipynb")),
    Case("check deleted", 100, "check_unbroadcast: was deleted", delete("check_unbroadcast")),
    Case("all checks deleted", 100, "assertion: was deleted", delete("check_added_axes", "check_unbroadcast", "assertion")),
    Case("answer deleted", 50, "unbroadcast: was deleted", delete("unbroadcast")),
    Case("answers merged into one cell", 100, "unbroadcast: was deleted; another cell defines unbroadcast", merge_answers),
    Case("imports deleted", 100, "a given cell: was deleted", delete("given")),
    Case("nothing left", 0, "was deleted", lambda d: d.notebook.cells.clear()),
    Case("check edited", 100, "check_unbroadcast: is another version", lambda d: d.answer("print(1)", "check_unbroadcast")),
    Case("assertion edited", 100, "assertion: is another version", lambda d: d.answer("pass", "assertion")),
    Case("answer duplicated", 100, "unbroadcast: duplicated", duplicate("unbroadcast")),
    Case("all duplicated", 100, "check_unbroadcast: duplicated; the release's counts", duplicate(*ANSWERS, "check_added_axes", "check_unbroadcast", "assertion")),
    Case("check before answer", 100, "stood before", check_first),
    Case("reversed", 100, "stood before", reverse),
    Case("answer as markdown", 100, "markdown cell; restored", retype("unbroadcast", "markdown")),
    Case("check as raw", 100, "raw cell; restored", retype("check_unbroadcast", "raw")),
    Case("metadata stripped", 100, "metadata was lost", edited(strip_metadata)),
    Case("ids stripped too", 100, "metadata was lost", edited(strip_everything)),
    Case("points raised", 100, "", edited(set_points)),
    Case("unknown grade_id", 100, "", edited(lambda c: c["cells"].append({**c["cells"][2], "id": "z", "metadata": {"nbgrader": {"grade_id": "zzz"}}}))),
    Case("source missing", 50, "unbroadcast: was deleted", edited(lambda c: _cell(c, "unbroadcast").update(source=None))),
    Case("odd metadata", 100, "", edited(lambda c: _cell(c, "title").update(metadata=[1]))),
    Case("bad timestamp", 100, "timestamp", lambda d: {f"{NAME}.ipynb": json.dumps(d.notebook), "timestamp.txt": "soon"}),
    Case("ünï çødé ✓", 100, "", extra("print('ok')")),
    Case("..dots..", 100, "", extra("print('ok')")),
    Case("-rf *; $(id) 'a\" %s {0}", 100, "", extra("print('ok')")),
    Case("学生 עברית 🎓", 100, "", extra("print('ok')")),
    Case("syntax error", 50, "NameError: name 'unbroadcast' is not defined: its cell ended with SyntaxError: '(' was never closed (line 1)", lambda d: d.answer("def unbroadcast(g, shape:\n  return g")),
    Case("warns on stderr", 100, "", extra("import warnings; warnings.warn('careful')", "assertion")),
    Case("answer warns", 100, "", answered("np.log(np.zeros(1))", "added = g.ndim - len(shape)", "axes = tuple(range(added)) + tuple(i + added for i, n in enumerate(shape) if n == 1)", "return g.sum(axis=axes, keepdims=True).reshape(shape)")),
    Case("writes much", 100, "", extra("print('x' * 3_000_000)")),
    Case("writes without end", 0, "", extra("while True: print('x' * 10_000)")),
    Case("endless cell", 100, "", extra("while True: pass")),
    Case("endless, deaf", 0, "did not end within 2 seconds", extra("import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass")),
    Case("endless answer", 50, "did not finish in time", answered("while True: pass")),
    Case("sleeping answer", 50, "did not finish in time", answered("import time; time.sleep(1000)")),
    Case("kernel killed", 30, "the kernel died", extra("import os; os._exit(1)", "unbroadcast")),
    Case("answer kills kernel", 30, "the kernel died", answered("import os; os._exit(1)")),
    Case("segmentation fault", 30, "the kernel died", answered("import ctypes; ctypes.string_at(0)")),
    Case("kills the kernel in its second part", 48, "the kernel died in check_unbroadcast", right_after("import os", "if g.ndim > len(shape): os._exit(1)")),
    Case("crashes in its second part", 48, "18 of 50 points; KernelEnded: the kernel ended while it was called", right_after("import ctypes", "if g.ndim > len(shape): ctypes.string_at(0)")),
    Case("crashes in its first part", 30, "the kernel died in check_unbroadcast", right_after("import ctypes", "if g.ndim == len(shape): ctypes.string_at(0)")),
    Case("is deaf and endless in its second part", 48, "did not end within 2 seconds, or did not say so in check_unbroadcast", right_after("import signal", "if g.ndim > len(shape):", "    signal.signal(signal.SIGINT, signal.SIG_IGN)", "    while True: pass")),
    Case("an error whose text never ends", 50, "did not finish in time", answered(*ENDLESS_TEXT, "raise E")),
    Case("an error whose text fails, in one part", 68, "E: its text cannot be read: that raises AttributeError", right_after(*FAILING_TEXT, "if g.ndim > len(shape): raise E")),
    Case("an error in a cell whose text never ends", 100, "", extra("\n".join([*ENDLESS_TEXT, "raise E"]))),
    Case("an error in a cell whose text fails", 100, "", extra("\n".join([*FAILING_TEXT, "raise E"]))),
    Case("deep recursion", 50, "RecursionError", answered("return unbroadcast(g, shape)")),
    Case("takes all memory", 50, "MemoryError", answered("return bytearray(10**11)")),
    Case("exits", 50, "SystemExit", answered("raise SystemExit")),
    Case("asks for input", 100, "", extra("input('name?')")),
    Case("writes into its inputs", 50, "", answered("g *= 0", "return np.zeros(shape)")),
    Case("averages", 50, "averages", answered("added = g.ndim - len(shape)", "axes = tuple(range(added)) + tuple(i + added for i, n in enumerate(shape) if n == 1)", "return g.mean(axis=axes, keepdims=True).reshape(shape)")),
    Case("gives itself 1000 points", 80, "cannot be greater than maximum points", extra("get_ipython().events.register('post_run_cell', lambda result: get_ipython().displayhook(1000))", "assertion")),
    Case("a result that is no text", 80, "does not exist", extra("class Odd:\n    __repr__ = lambda self: ''\nget_ipython().events.register('post_run_cell', lambda result: get_ipython().displayhook(Odd()))", "assertion")),
    Case("sends no message", 30, "sent what cannot be read", extra("get_ipython().kernel.session.channel.send(b'x')", "unbroadcast")),
    Case("its own module", 100, "", with_module),
    Case("asks to be marked by hand", 50, "not written yet", marked(solution=True, points=500)),
    Case("its check bears another name", 50, "not written yet", marked(grade_id="assertion")),
    Case("hides in the background", 100, "", extra("import os\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        os.execvp('sleep', ['sleep', '98765'])\n    os._exit(0)")),
    Case("cannot fork at all", 100, "", extra("import subprocess\nsubprocess.run('sleep 0', shell=True)")),
]
# What must stop nobody: neither the others, nor, where it is honest, its author.
TROUBLESOME = [
    Case("saved by Colab", 100, "", edited(as_colab_saves)),
    Case("saved by VS Code", 100, "", edited(as_vs_code_saves)),
    Case("Windows' ends of lines", 100, "", edited(windows_lines)),
    Case("its answer split in two", 100, "unbroadcast: duplicated; the last one worked on counts", split_in_two),
    Case("takes its answer's time", 100, "", lambda draft: draft.answer(f"%%time\n{ANSWERS['unbroadcast']}")),
    Case("writes its answer into a file", 100, "", lambda draft: (draft.add(f"%%writefile helper.py\n{HELPER}"), draft.answer("from helper import unbroadcast"), None)[-1]),
    Case("half an emoji in the notebook", 100, "", edited(with_half_an_emoji)),
    Case("half an emoji printed", 100, "", right_before(r"print('\ud83d')")),
    Case("half an emoji shown", 100, "", right_before(r"from IPython.display import *; display(HTML('<b>\ud83d</b>'))")),
    Case("half an emoji in an error", 50, "ValueError", answered(r"raise ValueError('\ud83d')")),
    Case("half an emoji in an error's name", 50, "unbroadcast: ", answered(r"raise type('E\ud83d', (Exception,), {})('x')")),
    Case("half an emoji as an answer", 50, "unbroadcast: ", answered(r"return '\ud83d'")),
    Case("half an emoji in an assertion", 80, "assertion: ", extra(r"def added_axes(*args): raise ValueError('\ud83d')", "assertion")),
    Case("1,100 nested folders", 100, "not taken along", beside("deep", nested_folders)),
    Case("many LaTeX environments", 100, "", written("\\begin{a}" * 60_000)),
    Case("many headings", 100, "", written("# a\n" * 40_000)),
    Case("many brackets", 100, "", written("[" * 100_000)),
    Case("many quotations", 100, "", written("> " * 10_000 + "x")),
    Case("many stars", 100, "", written("*a **a " * 20_000)),
    Case("much open HTML", 100, "", written("<a><div>" * 60_000)),
    Case("shows much open HTML", 100, "", right_before("from IPython.display import *; display(HTML('<a><div>' * 20_000))")),
    Case("shows many lists", 30, "cannot be read", right_before("display({'application/json': [[]] * 12_000_000}, raw=True)")),
    Case("shows deep lists", 30, "cannot be read", right_before("x = []\nfor _ in range(200): x = [x]\nfor _ in range(100): display({'application/json': x}, raw=True)\nget_ipython().kernel.session.channel.send(b'\\0' * 16 + b'\\1' + b'[' * 60_000)")),
    Case("shows no text as text", 100, "", right_before("display({'text/plain': 5, 'text/html': {'a': 1}, 'image/png': [None]}, raw=True)")),
    Case("shows a kind that is no text", 100, "", right_before("display({'5': 'x', 'text/markdown': 7}, raw=True)")),
    Case("shows many pictures", 100, "", right_before("for _ in range(30): display({'image/png': 'iVBO' * 20_000}, raw=True)")),
    Case("updates without end", 100, "", right_before("h = display('x', display_id='a')\nfor i in range(500): h.update(i)")),
    Case("clears without end", 100, "", right_before("from IPython.display import clear_output\nfor i in range(500): print(i); clear_output()")),
    Case("opens comms", 100, "", right_before("from ipykernel.comm import Comm\nfor i in range(200): Comm('x', data={'a': 'b' * 1000})")),
    Case("writes in the background", 100, "", right_before("import threading, time\nthreading.Thread(target=lambda: [print('x') or time.sleep(.005) for _ in range(400)]).start()")),
    Case("erases what it wrote", 100, "", right_before(r"print('x' * 50_000 + '\b' * 50_000)")),
    Case("cells that are none", 100, "", edited(odd_cells)),
    Case("a notebook's metadata is nothing", 100, "", edited(lambda content: content.update(metadata=None))),
    Case("3,000 cells", 0, "cells, and 2,000 are allowed", edited(many_cells)),
    Case("pictures of 5 MB in its outputs", 100, "", edited(large_pictures)),
    Case("ids of 80,000 letters", 100, "", edited(long_ids)),
    Case("a variable called answer", 100, "", lambda draft: (draft.add("answer = 41"), draft.body("assert answer == 41", *(line[4:] for line in RIGHT)), None)[-1]),
    Case("right, and prints 3 MB", 100, "", right_after("print('x' * 300_000)")),
    Case("right, and shows 3 MB", 100, "", right_after("from IPython.display import display", "display('x' * 300_000)")),
    Case("right, and writes on stderr", 100, "", right_after("import sys", "print('careful', file=sys.stderr)")),
    Case("asks the shell", 100, "", lambda draft: (draft.add("files = !ls data.txt\n!echo hello > data.txt\nlisted = !ls data.txt"), draft.body("assert listed == ['data.txt']", *(line[4:] for line in RIGHT)), None)[-1]),
    Case("installs a package", 100, "", right_before("!pip install torch\n%pip install torch")),
    Case("has a pool of processes", 100, "", lambda draft: (draft.add("from multiprocessing import Pool\nwith Pool(2) as pool: worked = pool.map(abs, [-1, -2])"), draft.body("assert worked == [1, 2]", *(line[4:] for line in RIGHT)), None)[-1]),
    Case("parses the arguments of a notebook", 100, "", lambda draft: (draft.add("import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument('-f')\ngiven = parser.parse_args()"), draft.body("assert given.f", *(line[4:] for line in RIGHT)), None)[-1]),
    Case("takes its answer out of its library", 100, "", with_its_library("from my_revgraph import unbroadcast")),
    Case("has a library that lacks a piece", 100, "", with_its_library(f"from my_revgraph import Value\n{ANSWERS['unbroadcast']}")),
    Case("1,200 files beside", 100, "not taken along", many_files),
    Case("in a folder", 100, "not in its place: read homework/", in_a_folder),
    Case("in an archive", 0, "no notebook was handed in: unpack homework.zip", in_an_archive),
    Case("saved as a text", 0, f"no notebook was handed in: rename {NAME}.ipynb.txt to {NAME}.ipynb", named(f"{NAME}.ipynb.txt")),
    Case("printed into a page", 0, f"no notebook was handed in: there is {NAME}.html", file("<html></html>", f"{NAME}.html")),
    Case("photos of 2 MB in its texts", 100, "pictures pasted into its texts are left out: 2 MB, and 1 MB are allowed", with_photos),
    Case("gives pandas' names to something else", 100, "", right_before("import pandas as pd\npd.DataFrame = pd.Series = None")),
    Case("breaks what its answers travel by", 50, " cases pass; NoAnswer: nothing came back, but TypeError: 'NoneType' object is not callable", right_before("import base64; base64.b64encode = None")),
    Case("an answer of 5,000 digits", 50, "unbroadcast: ", answered("return 10**5000")),
    Case("an answer of 50,000 digits", 50, "unbroadcast: ", answered("return 10**50_000")),
    Case("shows 5,000 digits", 100, "", right_before("display({'application/json': 10**4000 * 10**1000}, raw=True)")),
    Case("a deep answer", 50, "unbroadcast: ", answered("x = []", "for _ in range(5_000): x = [x]", "return x")),
    Case("an answer within itself", 50, "unbroadcast: ", answered("x = []", "x.append(x)", "return x")),
    Case("a wide answer", 50, "unbroadcast: ", answered("return {str(i): i for i in range(10_000)}")),
    Case("an answer of 200 MB", 50, "", answered("return np.zeros(25_000_000)")),
    Case("an error of 3 MB", 50, "unbroadcast: ", answered("raise ValueError('x' * 3_000_000)")),
    Case("leaves the folder", 100, "", right_before("import os; os.chdir('/')")),
    Case("removes the folder", 100, "", right_before("import shutil, os; shutil.rmtree(os.getcwd(), ignore_errors=True)")),
    Case("closes its files", 30, "assertion: NoReply: the kernel did not say how it ended", right_before("import sys; sys.stdout = sys.stderr = None")),
    Case("closes all its files", 30, "the kernel died", right_before("import os; os.closerange(3, 256)")),
    Case("stops its event loop", 30, "the kernel died", right_before("import asyncio; asyncio.get_running_loop().stop()")),
    Case("sends a message without end", 30, "sent what cannot be read", right_before("from revgraph.grading.student.messages import HEAD\nwhile True: get_ipython().kernel.session.channel.send(HEAD.pack(1, 1, False, False) + b'x' * 60_000)")),
    Case("goes on in a child as well", 100, "", right_before("import os; os.fork()")),
    Case("replies in no form", 30, "sent what cannot be read", right_before("kernel = get_ipython().kernel\nasync def execute_request(stream, ident, parent): kernel.session.send(stream, 'execute_reply', {}, parent)\nkernel.shell_handlers['execute_request'] = execute_request")),
    Case("takes json.dumps away", 100, "", right_before("import json; json.dumps = json.loads = None")),
    Case("leaves by exit() at the top", 100, "", extra("exit()\nimport time; time.sleep(0.5)")),
    Case("leaves by quit() in the middle", 100, "", right_before("quit()")),
    Case("leaves by exit() in an answer", 50, "unbroadcast: ", answered("exit()")),
    Case("restarts the kernel as in Colab", 100, "", right_before("import IPython; IPython.Application.instance().kernel.do_shutdown(True)")),
    Case("exits in a cell", 100, "", right_before("raise SystemExit")),
    Case("is interrupted by itself", 100, "", right_before("raise KeyboardInterrupt")),
    Case("an error of 150 KB in an assertion", 80, "assertion: ValueError: xxx", extra("def added_axes(*args): raise ValueError('x' * 150_000)", "assertion")),
    Case("an error's name of 2 KB in an assertion", 80, "assertion: EEE", extra("def added_axes(*args): raise type('E' * 2_000, (Exception,), {})()", "assertion")),
    Case("an error named as ours", 80, "assertion: NotRun_", extra("class NotRun(Exception): pass\ndef added_axes(*args): raise NotRun", "assertion")),
    Case("numbers its cells with HTML", 30, "the kernel died", right_before(f"{SEND}send('stream', name='<i>', text='x', execution_count='<img src=x onerror=alert(1)>')\nimport os, time; time.sleep(0.3); os._exit(1)")),
    Case("numbers its results with HTML", 100, "", right_before(f"{SEND}send('execute_result', data={{'text/plain': 'x'}}, metadata={{}}, execution_count='<img src=x onerror=alert(1)>')")),
    Case("shows on a stream of its own", 100, "", right_before(f"{SEND}send('stream', name=7, text='x')")),
    Case("gathers its errors in a widget", 80, "assertion: ValueError: seen", extra(GATHERS, "assertion")),
    Case("memory by memfd", 100, "", right_before("import os\ntry: os.memfd_create('x')\nexcept OSError: pass")),
    Case("answers unhashable keys", 20, "", forged_answer({"dict": [[{"list": []}, 1]]})),
    Case("answers a negative shape", 20, "", forged_answer({"array": ["<f8", [-1], ""]})),
    Case("answers a number that is none", 20, "", forged_answer({"int": "0x"})),
    Case("answers many dimensions", 20, "", forged_answer({"array": ["<f8", [1] * 64, "AAAAAAAAAAA="]})),
]
FORGED = """__import__("json").dumps([{"value": 0, "error": "", "detail": "", "line": "", "changed": [], "warned": []}] * 99)"""
REFERENCE = "revgraph.checks.chapters.ch05_unbroadcast"
JUDGE = "import revgraph.checks.exercise as e, revgraph.checks.judge as j\ne.Exercise.judge = lambda self, *a, **k: j._verdict(self, (True,), j.success_report(self, 1), ())"
GRADEBOOK = """import sqlite3
with sqlite3.connect("../../../gradebook.db") as gradebook:
    gradebook.execute('''UPDATE grade SET manual_score = 50 WHERE
        cell_id IN (SELECT id FROM base_cell WHERE name = 'check_unbroadcast') AND
        notebook_id IN (SELECT nb.id FROM submitted_notebook nb JOIN submitted_assignment sub
                        ON nb.assignment_id = sub.id WHERE sub.student_id = 'writes into the gradebook')''')"""
CHEATS = [
    # In plain nbgrader the submission, the check and the course are one process's and one account's.
    Case("own check", 50, "not written yet", unanswered("check = lambda *args: True"), plain=100),
    Case("replaces the judge", 50, "not written yet", unanswered(JUDGE), plain=100),
    Case("patches numpy", 50, "", unanswered("np.allclose = np.array_equal = lambda *a, **k: True\nnp.isclose = lambda a, b, **k: np.full(np.shape(b), True)", "return np.zeros(shape)"), plain=100),
    Case("imports the reference", 50, "the reference", answered("import revgraph.core.ops.broadcasting as b", "return b.unbroadcast(g, shape)"), plain=100),
    Case("imports it by name", 50, "closed", answered("import importlib", "return getattr(importlib.import_module('revgraph.' + 'core.ops.broadcasting'), 'un' + 'broadcast')(g, shape)"), plain=100),
    Case("takes rc.gradients", 50, "closed", answered("import revgraph.core as rc", "x = rc.variable(np.zeros(shape))", "return rc.run(rc.gradients(x * np.ones(g.shape), x, grad_ys=g))"), plain=100),
    Case("takes the declaration", 50, "closed", answered("from revgraph.checks import exercises", "return exercises()['unbroadcast'].reference(g, shape)"), plain=100),
    Case("takes the exercise's module", 50, "No module named", answered(f"from {REFERENCE} import unbroadcast as answer", "return answer(g, shape)"), plain=100),
    Case("takes mine", 50, "closed", answered("from revgraph.checks import mine", "return mine('unbroadcast')(g, shape)"), plain=100),
    Case("looks for the answer above", 50, "", answered("import sys", "frame = sys._getframe()", "while 'left' not in frame.f_locals: frame = frame.f_back", "put = frame.f_locals['case']", "while 'expected' not in frame.f_locals: frame = frame.f_back", "return frame.f_locals['expected'][[one is put for one in frame.f_locals['cases']].index(True)].value"), plain=100),
    Case("knows the notebook's cases", 50, "right in the cases your notebook shows", lambda d: d.answer(MEMORY), plain=100),
    Case("reads the solution", 50, "not written yet", reads(f"/solutions/{NAME}/{NAME}.ipynb"), plain=100),
    Case("reads a classmate's", 50, "not written yet", reads(f"/submitted/honest 0/{NAME}/{NAME}.ipynb"), plain=100),
    Case("writes into the gradebook", 50, "not written yet", unanswered(GRADEBOOK), plain=100),
    # What follows earns nothing there either. These come too late: the names are looked up when they are imported.
    Case("patches check", 50, "not written yet", unanswered("import revgraph.checks as c\nc.check = lambda *args: True")),
    Case("patches sys.modules", 50, "", unanswered("import sys, types\nsys.modules['revgraph.checks.compare'] = types.ModuleType('x')"), plain=20),
    # No check uses what they change.
    Case("patches numpy.testing", 50, "", unanswered("np.testing.assert_allclose = np.testing.assert_equal = lambda *a, **k: None", "return np.zeros(shape)")),
    Case("patches builtins", 50, "", unanswered("import builtins\nbuiltins.sum = lambda *a, **k: 0", "return np.zeros(shape)"), plain=20),
    Case("drops raise from code", 50, "", unanswered("import ast\nclass Drop(ast.NodeTransformer):\n    def visit_Raise(self, node): return ast.copy_location(ast.Pass(), node)\nget_ipython().ast_transformers.append(Drop())")),
    Case("display hook", 50, "", unanswered("import sys\nsys.displayhook = lambda value: None")),
    Case("raises its points", 50, "", unanswered("print(100)\n50")),
    # No answers travel in plain nbgrader.
    Case("forges the answers", 50, "", unanswered(f"from IPython.display import display\ndisplay({{'application/json': {FORGED}}}, raw=True)")),
    Case("updates the verdict", 50, "not written yet", updates_the_verdict),
    Case("replaces the answering", 20, "", unanswered(replies(FORGED))),
    Case("answers no list", 20, "", unanswered(replies("7"))),
    Case("answers in no form", 20, "", unanswered(replies("'[[[7'"))),
    Case("replies nothing", 20, "the kernel did not say how it ended", unanswered(replies(None))),
    Case("answers a huge array", 20, "", unanswered(PATCH + "answering.as_message = lambda a: {'value': {'array': ['<f8', [10**12], '']}, 'error': '', 'detail': '', 'line': '', 'changed': [], 'warned': []}")),
    Case("answers an object array", 20, "", unanswered(PATCH + "answering.as_message = lambda a: {'value': {'array': ['O', [1], 'AAAAAAAAAAA=']}, 'error': '', 'detail': '', 'line': '', 'changed': [], 'warned': []}")),
    Case("answers nonsense", 20, "", unanswered(PATCH + "answering.as_message = lambda a: [[[[]]]]")),
    Case("pickles a command", 50, "", answered("class Bomb:", "    __reduce__ = lambda self: (print, ('boom',))", "return Bomb()")),
    # Numbers are compared, there as here.
    Case("nothing but nan", 50, "", answered("return np.full(shape, np.nan)")),
    Case("equals everything", 50, "", answered("class Anything:", "    __eq__ = lambda self, other: True", "    shape, dtype = shape, g.dtype", "return Anything()")),
    Case("array equal to everything", 50, "", answered("class Same(np.ndarray):", "    __eq__ = lambda self, other: True", "return np.zeros(shape).view(Same)")),
    Case("lies about its type", 50, "", answered("class Lie:", "    __class__ = np.ndarray", "return Lie()")),
]
# fmt: on
HONEST = [Case(f"honest {i}", 100, "", lambda draft: None) for i in range(3)]
# Filled in by the test:
MEMORY = ""  # unbroadcast as a table of the public cases and their answers
COURSE = ""  # the folder of the course
