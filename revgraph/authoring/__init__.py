"""Making the course: `solutions/` is written by people, `course/` is made from it.

chapters.py   which chapters there are, and nbgrader's settings for them
cells.py      what a cell shows: an error, or a failure on purpose
execute.py    solutions/ executed, outputs saved
release.py    solutions/ becomes course/
good_answers.py   the answers to the written questions, for those who study on their own
placing.py    files are put where people work, never over what somebody has changed
handout.py    what students get who have no git: a zip file or a folder
requirements.py   what they have to install
start.py      the course in a folder of a learner's own, opened in JupyterLab

Courses of one's own, with exercises of their own:

new_course.py template/ is copied; the skeleton of an exercise
trial.py      does an exercise judge as it should, and is each mistake named?
carry.py      a release carries the exercises that its notebooks check
audit.py      do the checks depend on luck? `make audit`
"""
