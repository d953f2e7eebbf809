"""nbgrader's settings for this course, so that its own commands work from this folder.

    revgraph course 05_unbroadcast       solutions/05_unbroadcast becomes course/05_unbroadcast
    nbgrader autograde 05_unbroadcast    submitted/*/05_unbroadcast are graded into gradebook.db

The first never writes over a notebook that somebody has changed; `nbgrader generate_assignment --force` does.
"""

from contextlib import suppress

from nbconvert.preprocessors import TagRemovePreprocessor
from nbgrader.preprocessors import ClearMarkScheme

c = get_config()  # noqa: F821 (nbgrader defines it)

c.CourseDirectory.course_id = "revgraph"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "course"
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "my_revgraph", "feedback", ".*"]

# What stays with the instructor: worked answers, anything else tagged so, and marking guides. nbgrader clears
# the guides itself, but only after it has taken the checksum by which it knows an untouched answer.
with suppress(ModuleNotFoundError):  # nbgrader alone will do as well
    from revgraph.authoring.release import remember_release

    c.GenerateAssignment.post_convert_hook = remember_release
with suppress(ModuleNotFoundError):
    from revgraph.grading.hidden_tests import ForStudents

    c.GenerateFeedback.preprocessors.insert(0, ForStudents)  # a page holds no line of a hidden test
c.GenerateAssignment.preprocessors.insert(0, TagRemovePreprocessor)
c.GenerateAssignment.preprocessors.insert(1, ClearMarkScheme)
c.ClearMarkScheme.enforce_metadata = False  # a written question keeps its answer and its guide in one cell
c.TagRemovePreprocessor.enabled = True
c.TagRemovePreprocessor.remove_cell_tags = {"worked-answer", "instructor-only"}

c.ClearSolutions.code_stub = {"python": "# your code here\nraise NotImplementedError"}
c.ClearSolutions.text_stub = "*Your answer here.*"

c.Execute.timeout = 60  # seconds a cell
