"""A small class whose numbers are known: who makes which mistake, who is late, who has an odd name.

The chapter is that of corpus.py: added_axes 30 points, unbroadcast 50, an assertion 20.
"""

import os

import nbformat
from nbformat.v4 import new_markdown_cell
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.plugins import BasePlugin

from revgraph.grading.student.limits import Limits

from . import corpus
from .corpus import Case, answered, extra, unanswered
from .test_corpus import hand_in, open_course

LIMITS = Limits(cell_seconds=2)
DUE = "2026-11-20 12:00:00 UTC"


class TenAnHour(BasePlugin):
    """Ten points off for every hour begun."""

    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 10 * -(-total_seconds_late // 3600)


SUMMED = "axes = tuple(range(g.ndim - len(shape)))"
AVERAGED = answered(
    "added = g.ndim - len(shape)",
    "axes = tuple(range(added)) + tuple(i + added for i, n in enumerate(shape) if n == 1)",
    "return g.mean(axis=axes, keepdims=True).reshape(shape)",
)
ADDED_ONLY = answered(SUMMED, "return np.asarray(np.sum(g, axis=axes))")
MISTYPED = answered("return gg.sum()")
UNKNOWN = answered("return np.full(shape, 7.25)")
WRITTEN = """A script <script>document.title = "taken over"</script>,
a picture <img src=x onerror="document.title = 'taken over'">"""
DISPLAYED = """from IPython.display import HTML, Javascript, display
display(HTML("<b>kept</b><script>document.title = 'taken over'</script>"))
display(Javascript("document.title = 'taken over'"))"""
# In the kernel everything can be changed: here the panel of a verdict, after it was reached.
REPLACED = """import IPython.display
show = IPython.display.display
IPython.display.display = lambda data, raw: show(data, raw=raw, display_id="mine")"""
REPLACES = """from IPython.display import update_display
words = "All is " + "right"
update_display({"text/plain": words, "text/html": words}, raw=True, display_id="mine")"""


def hostile(draft):
    draft.notebook.cells.append(new_markdown_cell(WRITTEN))
    draft.add(DISPLAYED)
    AVERAGED(draft)
    draft.add(REPLACED)
    draft.add(REPLACES, "assertion")


def handed_in(timestamp):
    return lambda draft: {
        f"{corpus.NAME}.ipynb": nbformat.writes(draft.notebook),
        "timestamp.txt": timestamp,
    }


def empty(draft):
    return {}


# name, score, what a reason says
CLASS = [
    *(Case(f"right {i}", 100, "", lambda draft: None) for i in range(3)),
    *(Case(f"averages {i}", 50, "(averages)", AVERAGED) for i in range(4)),
    *(Case(f"added {i}", 66, "(added axes only)", ADDED_ONLY) for i in range(2)),
    Case("unknown", 50, "unbroadcast: 0 of", UNKNOWN),
    Case("mistyped", 50, "NameError", MISTYPED),
    Case("blank", 50, "unbroadcast: not written yet", unanswered("pass")),
    Case("hostile", 50, "(averages)", hostile),
    Case("endless", 50, "did not finish in time", answered("while True: pass")),
    Case("folder without a notebook", 0, "no notebook was handed in", empty),
    Case("in time", 100, "", handed_in("2026-11-20 11:59:59 UTC")),
    Case("late", 70, "handed in 2 h 30 min late: 30 points off", handed_in("2026-11-20 14:30:00 UTC")),
    Case("very late", 0, "handed in 1 d 12 h late: 100 points off", handed_in("2026-11-22 00:00:00 UTC")),
    Case("Ünï çødé ✓", 100, "", extra("pass")),
    Case("=1+1", 100, "", extra("pass")),
    Case("<b>bold", 100, "", extra("pass")),
    Case("two\nlines", 0, r"'two\nlines' holds characters that cannot be seen: rename it", extra("pass")),
    Case("x" * 200, 0, "the name has 200 characters, and at most 128 fit: rename it", extra("pass")),
]
NO_TEXT = os.fsdecode(b"\xff\xfe")
ABSENT = Case("on the roster alone", 0, "no notebook was handed in", empty)


def set_up(folder, students=CLASS):
    """The course with its class, ready to be graded in `folder`."""
    api = open_course(folder)
    released = nbformat.read(folder / "course" / corpus.NAME / f"{corpus.NAME}.ipynb", as_version=4)
    for case in students:
        hand_in(folder, case, released)
    (folder / "submitted" / NO_TEXT / corpus.NAME).mkdir(parents=True)
    with Gradebook(api.coursedir.db_url, api.coursedir.course_id) as gradebook:
        gradebook.update_or_create_assignment(corpus.NAME, duedate=DUE)
        gradebook.add_student(ABSENT.name)
    api.config.AssignLatePenalties.plugin_class = TenAnHour
    return NbGraderAPI(config=api.config)
