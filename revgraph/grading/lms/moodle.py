"""The worksheet for grading offline that Moodle exports of an assignment: a line for each participant.

Its columns have names in the language of whoever exported it. English and German ones are known; of others,
the first column is the identifier, whose number Moodle goes by, and the options name the rest.
"""

from __future__ import annotations

import re

from revgraph.grading.lms.people import Person
from revgraph.grading.lms.sheet import Cell, NotTheExport, Row, Sheet

IDENTIFIER = ("identifier", "id")
NAME = ("full name", "vollständiger name")
IDS = (
    "email address",
    "e-mail-adresse",
    "username",
    "anmeldename",
    "id number",
    "id-nummer",
    "matrikelnummer",
)
GRADE = ("grade", "bewertung")
MOST = ("maximum grade", "bestwertung")
MAY_CHANGE = ("grade can be changed", "bewertung kann geändert werden")
FEEDBACK = ("feedback comments", "feedback als kommentar")
NO = ("no", "nein")


class Worksheet:
    def __init__(self, sheet: Sheet, column: str = "", feedback_column: str = "") -> None:
        self.sheet = sheet
        self.header = [cell.text.strip().casefold() for cell in sheet.rows[0]] if sheet.rows else []
        self.identifier = max(0, self._find(IDENTIFIER))
        self.grade = self._named(column, "--column") if column else self._find(GRADE)
        self.feedback = self._named(feedback_column, "--feedback-column") if feedback_column else -1
        self.feedback = self._find(FEEDBACK) if self.feedback < 0 else self.feedback
        if self.grade < 0 or not all(self._number(row) for row in sheet.rows[1:]):
            shown = ", ".join(cell.text.strip() for cell in sheet.rows[0]) if sheet.rows else "nothing"
            raise NotTheExport(
                "it has no column Grade, or no line begins as Participant 123 does; its columns are: "
                f"{shown}. In Moodle, Submissions > Actions > Download grading worksheet; where that speaks "
                "another language, name the columns by --column and --feedback-column"
            )

    def _find(self, names: tuple[str, ...]) -> int:
        return next((self.header.index(name) for name in names if name in self.header), -1)

    def _named(self, name: str, option: str) -> int:
        if name.strip().casefold() not in self.header:
            raise NotTheExport(f"{option} {name!r} is none of its columns: {', '.join(self.header)}")
        return self.header.index(name.strip().casefold())

    def _text(self, row: Row, at: int) -> str:
        return row[at].text.strip() if 0 <= at < len(row) else ""

    def _number(self, row: Row) -> str:
        """`123` of `Participant 123`."""
        found = re.search(r"\d+$", self._text(row, self.identifier))
        return found[0] if found else ""

    def people(self) -> list[Person]:
        short = next((row for row in self.sheet.rows[1:] if len(row) <= max(self.grade, self.feedback)), None)
        if short:
            raise NotTheExport(f"the line of {short[0].text!r} has {len(short)} cells: export the file anew")
        return [self._person(row) for row in self.sheet.rows[1:]]

    def _person(self, row: Row) -> Person:
        name = self._text(row, self._find(NAME))
        ids = [self._text(row, at) for at, column in enumerate(self.header) if column in IDS]
        shown = f"{name} ({', '.join(filter(None, [self._text(row, self.identifier), *ids]))})"
        keys = {self._number(row), self._text(row, self.identifier), *ids}
        return Person(shown.strip(), {key for key in keys if key}, {name} if name else set(), [row])

    def is_pretended(self, person: Person) -> bool:
        return False

    def participant(self, person: Person) -> tuple[str, str]:
        """The number and the name, as Moodle's own folders have them."""
        row = person.rows[0]
        return self._number(row), self._text(row, self._find(NAME)) or "Participant"

    def score_cell(self, row: Row) -> Cell:
        return row[self.grade]

    def points_possible(self, row: Row) -> str:
        return self._text(row, self._find(MOST))

    def kept(self, row: Row) -> str:
        locked = self._text(row, self._find(MAY_CHANGE)).casefold() in NO
        return "locked there: the grade cannot be changed" if locked else ""

    def feedback_cell(self, row: Row) -> Cell | None:
        return row[self.feedback] if self.feedback >= 0 else None
