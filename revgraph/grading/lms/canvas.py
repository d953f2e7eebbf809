"""The gradebook that Canvas exports: names and ids, then a column for each assignment.

Below the header there may be a line of posting policies, and there is one of the points possible, in which
columns that Canvas computes say "(read only)". Of an excused student the cell holds EX, and N/A where the
assignment is not the student's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from revgraph.grading.lms.people import Person, letters
from revgraph.grading.lms.sheet import Cell, NotTheExport, Row, Sheet

NAME_COLUMNS = ("Student", "LastName", "FirstName")
ID_COLUMNS = ("ID", "SIS User ID", "SIS Login ID", "Integration ID")
OTHER_COLUMNS = ("Root Account", "Section")
COMPUTED = re.compile("(Current|Final) (Score|Points|Grade)|Override (Score|Grade|Status)")
NOT_TO_BE_FILLED = {"EX": "excused there", "N/A": "not assigned there"}


@dataclass(frozen=True)
class Column:
    at: int
    header: str
    points: str  # as the file says them; empty where it does not

    @property
    def title(self) -> str:
        """`Quiz 1` of `Quiz 1 (12345)`."""
        return re.sub(r"\s*\(\d+\)\s*$", "", self.header).strip()

    @property
    def is_computed(self) -> bool:
        return "read only" in self.points.lower() or COMPUTED.search(self.header) is not None

    @property
    def number(self) -> str:
        found = re.search(r"\((\d+)\)\s*$", self.header)
        return found[1] if found else ""


class Gradebook:
    def __init__(self, sheet: Sheet, assignment: str, column: str = "") -> None:
        self.sheet = sheet
        header = [cell.text.strip() for cell in sheet.rows[0]] if sheet.rows else []
        if "ID" not in header or not {"Student", "LastName"} & set(header):
            raise NotTheExport(
                f"its first line has no columns Student and ID, but {', '.join(header[:5]) or 'nothing'}: "
                "in Canvas, Grades > Export"
            )
        self.header = header
        self.points = next((row for row in sheet.rows[1:] if _is_points(row)), [])
        self.column = self._chosen(assignment, column)

    def people(self) -> list[Person]:
        """Everybody of the file; who has several lines is one person."""
        found: dict[str, Person] = {}
        for row in self._students():
            person = self._person(row)
            known = found.setdefault(row[self.header.index("ID")].text.strip() or str(id(row)), person)
            if known is not person:
                known.rows.append(row)
        return list(found.values())

    def _students(self) -> Iterator[Row]:
        for row in self.sheet.rows[1:]:
            if row is self.points or not any(text.strip() for text in self._texts(row, NAME_COLUMNS)):
                continue  # the posting policies have no name
            if len(row) <= self.column.at:
                raise NotTheExport(
                    f"the line of {row[0].text.strip()!r} has {len(row)} cells, the first one "
                    f"{len(self.header)}: export the file anew"
                )
            yield row

    def _person(self, row: Row) -> Person:
        names = [text.strip() for text in self._texts(row, NAME_COLUMNS)]
        ids = [text.strip() for text in self._texts(row, ID_COLUMNS)]
        shown = f"{', '.join(names)} ({', '.join(filter(None, ids))})"
        return Person(shown, {key for key in ids if key}, {", ".join(names)}, [row])

    def _texts(self, row: Row, columns: tuple[str, ...]) -> list[str]:
        at = [self.header.index(name) for name in columns if name in self.header]
        return [row[i].text if i < len(row) else "" for i in at]

    def is_pretended(self, person: Person) -> bool:
        """The student that Canvas makes for the teacher's own look."""
        return person.names <= {"Student, Test", "Test Student"}

    def user(self, person: Person) -> str:
        """The number by which Canvas knows a person."""
        return person.rows[0][self.header.index("ID")].text.strip()

    def score_cell(self, row: Row) -> Cell:
        return row[self.column.at]

    def points_possible(self, row: Row) -> str:
        return self.column.points

    def kept(self, row: Row) -> str:
        """Why the cell is left as it is, whatever the score."""
        return NOT_TO_BE_FILLED.get(self.score_cell(row).text.strip().upper(), "")

    def feedback_cell(self, row: Row) -> Cell | None:
        return None

    def _columns(self) -> list[Column]:
        fixed = {*NAME_COLUMNS, *ID_COLUMNS, *OTHER_COLUMNS}
        return [
            Column(at, name, self.points[at].text.strip() if at < len(self.points) else "")
            for at, name in enumerate(self.header)
            if name not in fixed
        ]

    def _chosen(self, assignment: str, given: str) -> Column:
        columns = self._columns()
        found = [c for c in columns if given in (c.header, c.title, c.number)] if given else []
        found = found or [c for c in columns if letters(c.title) == letters(given or assignment)]
        names = ", ".join(f'"{c.header}"' for c in columns if not c.is_computed) or "there is none"
        if not found:
            raise NotTheExport(f"no column is called {given or assignment!r}; name one by --column: {names}")
        if len(found) > 1:
            several = ", ".join(f'"{c.header}"' for c in found)
            raise NotTheExport(
                f"several columns fit {given or assignment!r}; name one by --column: {several}"
            )
        if found[0].is_computed:
            raise NotTheExport(f'Canvas computes the column "{found[0].header}" itself (read only)')
        return found[0]


def _is_points(row: Row) -> bool:
    return row[0].text.strip().startswith("Points Possible")
