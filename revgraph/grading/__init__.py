"""Class-scale grading on top of nbgrader: it stays the system of record, this runs the submissions."""
