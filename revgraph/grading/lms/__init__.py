"""Grades out, into the files of a learning management system: Canvas's gradebook, Moodle's grading worksheet.

export.py      the command: a file, or a sentence that says why not
results.py     what each student has earned, and where there is no score yet, why
sheet.py       a CSV file in which cells are filled, and every other byte stays
people.py      who of the gradebook is who in the file: never guessed
canvas.py      the gradebook that Canvas exports
moodle.py      the worksheet for grading offline that Moodle exports
fill.py        scores go into the cells of either, and everybody who gets none is named
pages.py       feedback packed as both take it back
"""
