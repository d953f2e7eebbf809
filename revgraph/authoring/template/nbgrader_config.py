"""nbgrader's settings for this course, and where its exercises are."""

from revgraph.authoring.carry import CarryExercises
from revgraph.authoring.release import remember_release
from revgraph.grading.hidden_tests import ForStudents

c = get_config()  # noqa: F821 (nbgrader defines it)

c.CourseDirectory.course_id = "COURSE"

c.RevgraphCourse.exercises = "exercises"  # the folder; the check cells find their exercises there
c.RevgraphCourse.chapters = False  # none of revgraph's own chapters are a part of this course

# A release carries what its notebooks check, so that a check works on a student's machine, too.
c.GenerateAssignment.preprocessors.append(CarryExercises)

# A page of feedback holds no line of a hidden test.
c.GenerateFeedback.preprocessors.insert(0, ForStudents)

# `revgraph course` knows then what `nbgrader generate_assignment` has released.
c.GenerateAssignment.post_convert_hook = remember_release
