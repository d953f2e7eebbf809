"""What a notebook's check cell calls: ``check(unbroadcast)`` judges the learner's function at once.

exercise.py    an exercise, declared once for the notebook, the grader and the tests
form.py        what its declaration holds
judge.py       reads the form: a verdict
call.py        putting one case to a candidate, and what came back
compare.py     the first difference between two answers, of which
same.py        ... some are the same though they are not equal, and
tables.py      ... some are pandas' tables
diagnose.py    which mistake gives the learner's results: a known one, ...
slips.py       ... a small slip, made by machine in the reference, ...
arithmetic.py  ... or a relation between the two results
explain.py     what can be said where no mistake is known
hints.py       what to do where a name is not defined, or a function not written
report.py      a verdict's words, and the plain text of a terminal
panel.py       the panel of a notebook
library.py     the learner's own my_revgraph, and `mine`, which lends what is not in it
source.py      a function of a notebook as source that stands alone
lent.py        what my_revgraph is while work is graded
after.py       what folds open below a verdict: another way to write it, the lines with two gaps
blame.py       whose mistake it is, where an answer calls other exercises' functions
options.py     what an instructor may set: a quiz, no other way to write it, good answers
questions.py   questions in words: to warm up, and what a good answer says
progress.py    how far a learner is: the panel at the top of every notebook
terminal.py    the same in a terminal: revgraph progress
waiting.py     a word on a check that takes long
browser.py     what is different where Python runs in a page
notebook.py    check and progress
chapters/      one file or folder a chapter
own/           exercises of a course's own, or of an installed package
registry.py    all exercises that are known where a notebook runs
"""

from revgraph.checks.call import Answer, Case, case, edge, part
from revgraph.checks.exercise import Exercise, Misconception, Recorded, Tolerance
from revgraph.checks.hints import watch_cells
from revgraph.checks.judge import Verdict
from revgraph.checks.library import all_pieces, mine, pieces
from revgraph.checks.notebook import CheckFailed, check, progress
from revgraph.checks.questions import good_answer, warm_up
from revgraph.checks.registry import exercises

__all__ = [
    "Answer",
    "Case",
    "CheckFailed",
    "Exercise",
    "Misconception",
    "Recorded",
    "Tolerance",
    "Verdict",
    "case",
    "check",
    "edge",
    "exercises",
    "good_answer",
    "mine",
    "part",
    "pieces",
    "progress",
    "warm_up",
]

watch_cells(all_pieces)
