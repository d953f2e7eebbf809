"""Class-scale grading on top of nbgrader: it stays the system of record, this runs the submissions.

Who is trusted, and which process runs what:

    revgraph grade                 trusted; plans, and alone writes the gradebook
     ├─ workers                    trusted; repair, draw the cases, compare, judge: one submission at a time
     └─ warm process               student's side; has imported everything, holds nothing of the course
         └─ supervising process    student's side; ends a kernel that is too large, or that nobody waits for
             └─ kernel             the student's; isolated before its first line

The border is the folder `student/`: all that runs with the student, and nothing else. It imports nothing of
ours but itself, checks/call.py and checks/tables.py, and travels with a package that holds no answers
(kernels/). What comes back over the border is plain data, which is compared outside.

The way of a submission, from folder to gradebook row:

    command.py       the command's options, its tables and exit codes
    assignment.py    the whole class: what there is to grade, in which order it is entered
    among_python.py  what of the course lies where submissions see Python
    students.py      who is in the class, and where their work is looked for
    released.py      what was released: its notebooks, each as source.py has it, the files beside them
    submission/      read.py what was handed in; repair.py puts it back into the released notebook's shape;
                     written.py reads a function's text; sanitize.py makes what is shown safe for a browser;
                     pictures.py shows figures as they were handed in
    schedule.py      worker processes on this machine, or a Dask cluster
    worker.py        one submission: repair, run, judge; bounded.py ends what takes too much of the grader
    runner.py        its cells in a kernel, its checks judged outside; patience.py waits as long as is fair
    kernels/         forks kernels from the warm process, and talks with them; makes the package that
                     students see
    student/         isolation.py keeps a kernel apart; kernel.py runs its cells; answer.py calls a student's
                     function
    judging.py       draws the cases with a secret seed, reads answers, reaches the verdict
    own_exercises.py a course's own exercises: found, and closed
    refusals.py      notebooks whose checks would judge nobody
    probes.py        what travels along with the cases answers nothing
    reasons.py       why it did not earn more; errors.py has the names of errors that are said plainly
    hidden_tests.py  what students may be told of hidden tests
    gradebook.py     nbgrader's gradebook and autograded notebook
    exchange.py      what nbgrader's exchange gives feedback back by
    records.py       what was graded, from what: so that an interrupted run goes on
    rows.py          a row for every student
    report.py        the tables and the CSV
    lms/             scores and feedback into the files of Canvas and Moodle

Beside it: selftest.py attacks this machine's isolation, demo.py shows a small class.
"""
