"""The worksheet for grading offline that Moodle exports of an assignment: a line for each participant.

Its columns have names in the language of the person who exported it, and a fixed order: identifier, full
name, fields such as the address, status, grade, maximum grade, whether that can be changed, and more. English
and German names are known. Where others stand, an option names the grade's column, and what lies around it is
known by its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from revgraph.grading.lms.people import Person
from revgraph.grading.lms.sheet import Cell, NotTheExport, Row, Sheet, as_number

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
NO = ("no", "nein", "non", "não", "nee", "nej", "nei", "nie", "ne", "ei", "нет", "ні")


class Worksheet:
    def __init__(self, sheet: Sheet, column: str = "", feedback_column: str = "") -> None:
        self.sheet = sheet
        self.header = [cell.text.strip().casefold() for cell in sheet.rows[0]] if sheet.rows else []
        self.identifier = max(0, self._find(IDENTIFIER))
        self.grade = self._named(column, "--column") if column else self._find(GRADE)
        self.feedback = self._named(feedback_column, "--feedback-column") if feedback_column else -1
        self.feedback = self._find(FEEDBACK) if self.feedback < 0 else self.feedback
        is_known = self._find(NAME) >= 0
        self.name = self._find(NAME) if is_known else self.identifier + 1
        self.most = self._find(MOST) if is_known else self._by_place(1, self._is_number)
        self.may_change = self._find(MAY_CHANGE) if is_known else self._by_place(2, str.isalpha)
        self.fields = [at for at, column in enumerate(self.header) if column in IDS]
        if not is_known:
            self.fields = list(range(self.name + 1, self.grade))
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
            raise NotTheExport(f"{option} {name!r} is not one of its columns: {', '.join(self.header)}")
        return self.header.index(name.strip().casefold())

    @staticmethod
    def _is_number(text: str) -> bool:
        return as_number(text) is not None

    def _by_place(self, behind: int, fits: Callable[[str], bool]) -> int:
        """The column so far behind the grade's, if its texts are what stands there."""
        at = self.grade + behind
        return at if all(fits(self._text(row, at)) for row in self.sheet.rows[1:]) else -1

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
        found: dict[str, Person] = {}
        for row in self.sheet.rows[1:]:
            person = self._person(row)
            known = found.setdefault(self._number(row), person)
            if known is not person:  # the same line twice
                known.rows.append(row)
        return list(found.values())

    def _person(self, row: Row) -> Person:
        name, ids = self._text(row, self.name), [self._text(row, at) for at in self.fields]
        shown = f"{name} ({', '.join(filter(None, [self._text(row, self.identifier), *ids]))})"
        keys = {self._number(row), self._text(row, self.identifier), *ids}
        return Person(shown.strip(), {key for key in keys if key}, {name} if name else set(), [row])

    def is_pretended(self, person: Person) -> bool:
        return False

    def participant(self, person: Person) -> tuple[str, str]:
        """The number and the name, as Moodle's own folders have them."""
        row = person.rows[0]
        return self._number(row), self._text(row, self.name) or "Participant"

    def score_cell(self, row: Row) -> Cell:
        return row[self.grade]

    def points_possible(self, row: Row) -> str:
        return self._text(row, self.most)

    def kept(self, row: Row) -> str:
        locked = self._text(row, self.may_change).casefold() in NO
        return "locked there: the grade cannot be changed" if locked else ""

    def feedback_cell(self, row: Row) -> Cell | None:
        return row[self.feedback] if self.feedback >= 0 else None
