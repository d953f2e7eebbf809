"""Exercises of a course's own, beside its notebooks or in a package: nobody edits the installed revgraph.

broken.py    what is wrong with an exercise file, and where
siblings.py  which files of a folder an exercise file imports
loading.py   a folder of exercise files becomes exercises
bundle.py    the files as they travel: beside a released notebook, to the workers of a cluster
behind.py    which files an exercise's answers are written in
course.py    which course is at hand: where a notebook runs, or as the grader says
packages.py  exercises that installed packages bring, by the entry-point group revgraph.exercises
"""
