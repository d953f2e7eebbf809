"""A CSV file that another program wrote, in which single cells are filled: all other bytes stay as they are.

Python's csv module reads values and forgets how they were written (quotes, line ends, a byte-order mark).
Here every cell knows where its bytes lie.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
OTHER_FORMATS = {
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
    b"PK\x03\x04": "a spreadsheet (.xlsx or .ods)",
    b"\xd0\xcf\x11\xe0": "a spreadsheet (.xls)",
}
DELIMITERS = (b",", b";", b"\t")


class NotTheExport(Exception):
    """The file is not one that the LMS exported; the message says what was met and what to do."""


@dataclass(frozen=True)
class Cell:
    """Its bytes are those from `start` to `end`, quotes included; `text` is its value."""

    start: int
    end: int
    text: str
    quoted: bool


Row = list[Cell]


@dataclass
class Sheet:
    data: bytes
    delimiter: bytes
    encoding: str
    rows: list[Row]
    changes: dict[Cell, bytes] = field(default_factory=dict)

    def fill(self, cell: Cell, text: str) -> None:
        """Let `cell` say `text`, in quotes where it had some or the text needs them."""
        special = any(character in text for character in ('"', "\n", "\r", self.delimiter.decode()))
        written = '"' + text.replace('"', '""') + '"' if special or cell.quoted else text
        self.changes[cell] = written.encode(self.encoding, "xmlcharrefreplace")

    def content(self) -> bytes:
        parts, at = [], 0
        for cell, written in sorted(self.changes.items(), key=lambda change: change[0].start):
            parts += [self.data[at : cell.start], written]
            at = cell.end
        return b"".join([*parts, self.data[at:]])


def read(data: bytes) -> Sheet:
    """Raises NotTheExport where `data` is no CSV file."""
    for mark, what in OTHER_FORMATS.items():
        if data.startswith(mark):
            raise NotTheExport(f"it is {what}, not CSV: take the file as it was exported, unopened")
    encoding = "utf-8" if _is_utf8(data) else "cp1252"  # as Excel saves it in Western Europe
    delimiter = max(DELIMITERS, key=lambda mark: _columns(data, mark))
    return Sheet(data, delimiter, encoding, rows(data, delimiter, encoding))


def _columns(data: bytes, delimiter: bytes) -> int:
    """How many the first line has where this is the delimiter; none where it cannot be."""
    count = 0
    with contextlib.suppress(NotTheExport):
        for _, last in cells(data, delimiter, "latin-1"):
            count += 1
            if last:
                return count
    return 0


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def rows(data: bytes, delimiter: bytes, encoding: str) -> list[Row]:
    """Every line with a word in it, as its cells; a quoted cell may hold line ends."""
    found: list[Row] = []
    row: Row = []
    for cell, last in cells(data, delimiter, encoding):
        row.append(cell)
        if last:
            found += [row] if any(cell.text for cell in row) else []
            row = []
    return found


def cells(data: bytes, delimiter: bytes, encoding: str) -> Iterator[tuple[Cell, bool]]:
    """Each cell in turn, and whether it is its line's last."""
    one = re.compile(rb'("(?:[^"]|"")*")?([^\r\n%s]*)(\r\n|\r|\n|%s|\Z)' % (delimiter, delimiter))
    at = len(BYTE_ORDER_MARK) if data.startswith(BYTE_ORDER_MARK) else 0
    while at < len(data):
        match = one.match(data, at)
        if match is None or (match[1] and match[2]) or match[2].startswith(b'"'):
            line = 1 + len(re.findall(rb"\r\n|\r|\n", data[:at]))
            raise NotTheExport(f"the quotation marks of line {line} do not pair up: export the file anew")
        quoted, rest = match[1] or b"", match[2]
        text = quoted[1:-1].replace(b'""', b'"') + rest
        cell = Cell(match.start(), match.end(2), text.decode(encoding, "replace"), quoted != b"")
        yield cell, match[3] != delimiter
        at = match.end()
        if at == len(data) and match[3] == delimiter:
            yield Cell(at, at, "", False), True


def as_number(text: str) -> float | None:
    """Of `87.50`, `87,50` or `1.000,00`: the last mark is the decimal one, as Canvas reads it."""
    text = text.strip()
    if not re.fullmatch(r"-?[0-9][0-9.,]*", text):
        return None
    *before, after = re.split(r"[.,]", text)
    return float(f"{''.join(before)}.{after}" if before else after)


def written_like(value: float, example: str) -> str:
    """A number as short as it is exact to four digits, with a decimal comma where `example` has one."""
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return text.replace(".", ",") if re.search(r",\d{1,2}$", example.strip()) else text
