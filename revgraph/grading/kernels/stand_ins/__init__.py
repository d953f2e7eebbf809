"""What the students' package holds in place of modules that would answer: see student_package.py.

`checks/` replaces the files of the same names in `revgraph/checks/`. `closed.py` and `half_closed.py` replace
modules of the reference that are closed while answers are judged, under those modules' names.
"""
