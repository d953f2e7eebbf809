"""Read what a student handed in, whatever it is, and put it back into the shape of the released notebook.

No bad submission raises anything but Unreadable, and every departure from the released notebook becomes a
note that the student's row shows.
"""

from __future__ import annotations

import ast
import codecs
import contextlib
import json
import os
import re
import stat
import symtable
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.corpus.words import generate_corpus_id

from revgraph.grading.student.limits import Limits
from revgraph.grading.submission.pictures import is_by_hand, picture_text
from revgraph.grading.submission.written import without_magics

ARCHIVES = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz")
AGAIN = "it has to be handed in again, as Jupyter saves it"
MOST_ENTRIES, DEEPEST = 1_000, 5  # of a folder, and of folders within folders, where a notebook is searched


class Unreadable(Exception):
    """The submission holds no notebook that can be graded; the message is the reason shown."""


class Unopened(Unreadable):
    """It holds one perhaps: the system does not let us look, or it has gone since we did. That is no fault of
    the student's, and costs nobody a score."""


@dataclass
class Repaired:
    """A notebook ready to be run, and what had to be done to it."""

    notebook: NotebookNode
    notes: list[str] = field(default_factory=list)


def find_notebook(folder: Path, name: str, others: Iterable[str] = ()) -> tuple[Path, list[str]]:
    """The file meant as `name`.ipynb: that name, else the only one that differs by case or a copy's suffix,
    else the only notebook there is; else the same in the folders below. A file meant as one of the `others`
    of an assignment is none of these, and one of another name is this one only where all others are there.
    With notes on what name it has and what else could have been meant. Raises Unreadable."""
    names = [name, *(other for other in others if other != name)]
    try:
        files = sorted(path for path in folder.iterdir() if is_notebook(path))
    except FileNotFoundError:
        files = []
    except NotADirectoryError as error:
        raise Unreadable("the submission is a file and no folder") from error
    except OSError as error:
        raise Unopened(f"the submission cannot be opened: {error.strerror}") from error
    below, others_there = _look_further(folder)
    meant = {path: meant_as(path.stem, names) for path in [*files, *below]}
    missing = set(names) - {name, *meant.values()}
    may_be = [name] if missing else [name, None]
    is_another_s = len(missing) == 1 == list(meant.values()).count(None)  # which is read as that one
    unread = [
        str(path.relative_to(folder))
        for path, one in meant.items()
        if one == name or (one is None and not is_another_s)
    ]
    if found := _choose([path for path in files if meant[path] in may_be], name, folder):
        renamed = [] if found.name == f"{name}.ipynb" else [f"renamed: read {found.name}"]
        return found, renamed + _besides(found.name, unread)
    if found := _choose([path for path in below if meant[path] in may_be], name, folder):
        place = str(found.relative_to(folder))
        return found, [f"not in its place: read {place}", *_besides(place, unread)]
    if strays := [path.name for path, one in meant.items() if one is None]:
        raise Unreadable(f"which notebook {strays[0]} is meant as is not clear: rename it and grade again")
    raise Unreadable(_instead(others_there, name))


def _besides(read: str, found: list[str]) -> list[str]:
    """A note on the notebooks that may hold the work, but for the one that is read."""
    others = [path for path in found if path != read]
    more = f" and {len(others) - 1} more" if len(others) > 1 else ""
    return [f"not read: {others[0]}{more} (another notebook, beside {read})"] if others else []


def _instead(names: list[str], name: str) -> str:
    """What was handed in instead of a notebook: an archive, a file that a browser renamed, a page."""
    nothing = "no notebook was handed in"
    for there in names:
        if there.lower().endswith(ARCHIVES):
            return f"{nothing}: unpack {there} there and grade again"
        if ".ipynb" in there.lower():
            return f"{nothing}: rename {there} to {name}.ipynb and grade again"
    shown = [there for there in names if _plain(Path(there).stem) == _plain(name)]
    return f"{nothing}: there is {shown[0]}; {name}.ipynb has to be handed in" if shown else nothing


def _choose(files: list[Path], name: str, folder: Path) -> Path | None:
    """The only one that fits best; None where there is none at all. Raises Unreadable where several fit."""
    exact = [path for path in files if path.name == f"{name}.ipynb"]
    for matches in (exact, [path for path in files if meant_as(path.stem, [name])], files):
        if len(matches) == 1:
            return matches[0]
        if matches:
            several = ", ".join(str(path.relative_to(folder)) for path in matches)
            raise Unreadable(
                f"which notebook to grade is not clear: {several}; "
                f"move the right one to {name}.ipynb in the submission's folder and grade again"
            )
    return None


def _look_further(folder: Path) -> tuple[list[Path], list[str]]:
    """Notebooks in folders below and the names of other files, as far as one looks."""
    notebooks: list[Path] = []
    others: list[str] = []
    coming = [(folder, 0)]
    while coming:
        here, depth = coming.pop()
        with contextlib.suppress(OSError), os.scandir(here) as inside:
            for entry in islice(inside, MOST_ENTRIES):
                path = Path(entry.path)
                if is_hidden(entry.name):
                    continue
                if entry.is_dir(follow_symlinks=False) and depth < DEEPEST:
                    coming.append((path, depth + 1))
                elif entry.is_file(follow_symlinks=False) and is_notebook(path):
                    notebooks += [path] if depth else []
                elif entry.is_file(follow_symlinks=False) and entry.name not in OF_THE_EXCHANGE:
                    others.append(entry.name)
    return sorted(notebooks), sorted(others)


OF_THE_EXCHANGE = ("timestamp.txt", "submission_secret.txt")


def is_notebook(path: Path) -> bool:
    return path.suffix.lower() == ".ipynb" and not is_hidden(path.name)


def is_hidden(name: str) -> bool:
    """Whether a file or folder is no part of the work: macOS packs `._name` and `__MACOSX` into zip files,
    with what Finder knows of each file, and calls them by the names of those files."""
    return name.startswith(".") or name == "__MACOSX"


def meant_as(stem: str, names: list[str]) -> str | None:
    """The notebook that a file's stem names, be it with Canvas's number of a later attempt: `name-1`."""
    if stem in names:
        return stem
    for form in (stem, re.sub(r"-\d{1,2}$", "", stem)):
        for name in names:
            if _plain(form) == _plain(name):
                return name
    return None


def _plain(stem: str) -> str:
    """A file's stem without what is added to a copy by browsers, JupyterLab, Windows and Google Drive, which
    Colab saves to: `name (1)`, `name-Copy2`, `name - Copy`, `Copy of name`, the last two in some languages.
    """
    return COPY.sub("", folded(stem)).replace(" ", "_").replace("-", "_")


def folded(name: str) -> str:
    """A name whatever its capitals, and however its accents are written: in the names of files and folders,
    macOS makes an accent a character of its own."""
    return unicodedata.normalize("NFC", name).casefold()


COPY = re.compile(
    r"^((copy of|kopie von|kopie van|copie de|copia de|copia di|cópia de)\s+)+"
    r"|(\s*\(\d+\)|-copy\d*|\s+-\s+(copy|kopie|copie|copia|cópia))+$"
)


def load_cells(text: str, limits: Limits, notes: list[str]) -> list[NotebookNode]:
    """The cells of a notebook, rebuilt from their type, source, id and nbgrader metadata alone, with the
    pictures that were pasted into texts where these are not too large."""
    text = text.rstrip("\0")  # with which a synchronized folder may fill up a file
    if not text.strip():
        raise Unreadable("the notebook is an empty file")
    if re.search("^<{7} ", text, re.M):  # a line that stands in no JSON
        raise Unreadable("the notebook holds the marks of a git merge that was not finished")
    if text.lstrip().startswith("<"):
        raise Unreadable("the file is a web page, not a notebook")
    try:
        plain = _without_outputs(text)
        if len(plain) > limits.notebook_bytes and len(smaller := _without_pictures(plain)) < len(plain):
            sizes = _megabytes(len(plain), limits.notebook_bytes)
            notes.append(f"pictures pasted into its texts are left out: {sizes}")
            plain = smaller
        _check_size(plain, limits)
        notebook = nbformat.convert(nbformat.reader.reads(plain), 4)
        if len(notebook.cells) > limits.cells:
            raise Unreadable(f"it has {len(notebook.cells):,} cells, and {limits.cells:,} are allowed")
        return [_clean(cell) for cell in notebook.cells if isinstance(cell.get("source"), str)]
    except Unreadable:
        raise
    except MemoryError as error:
        raise Unreadable("the notebook takes too much memory to read") from error
    except Exception as error:  # anything comes out of hostile JSON: RecursionError, KeyError, …
        raise Unreadable(f"the notebook cannot be read: {_first_line(error)}") from error


def read_text(path: Path, max_bytes: int) -> str:
    """A notebook file's text. Raises Unreadable for a link, a file too large, and what is no text."""
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("the notebook is a link or no plain file")
        if status.st_size > max_bytes:
            raise _too_large(status.st_size, max_bytes)
        content = path.read_bytes()
        is_utf_16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))  # as Windows may save it
        return content.decode("utf-16" if is_utf_16 else "utf-8-sig")
    except OSError as error:
        raise Unopened(f"the notebook cannot be opened: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Unreadable(f"the notebook is no UTF-8 text; {AGAIN}") from error


def _too_large(size: int, most: int) -> Unreadable:
    return Unreadable(f"the notebook is too large: {_megabytes(size, most)}")


def _megabytes(size: int, most: int) -> str:
    return f"{size / 1e6:.0f} MB, and {most / 1e6:.0f} MB are allowed"


def _check_size(text: str, limits: Limits) -> None:
    if len(text) > limits.notebook_bytes:
        raise _too_large(len(text), limits.notebook_bytes)


def _without_outputs(text: str) -> str:
    """The same notebook without what is not read of it: what its cells showed, and what other programs have
    noted. nbformat stumbles over what has another form than it expects, and one such cell cost all others."""
    read = json.loads(text, parse_int=_integer)
    content = {key: value for key, value in read.items() if key in OF_A_NOTEBOOK}
    content["metadata"] = {}
    if "cells" in content:  # in 4 alone, whatever number stands there
        minor = content.get("nbformat_minor")
        content |= {"nbformat": 4, "nbformat_minor": minor if type(minor) is int and minor >= 0 else 5}
    for sheet in (content, *content.get("worksheets", [])):
        if "cells" in sheet:
            sheet["cells"] = [_as_expected(cell) for cell in sheet["cells"] if isinstance(cell, dict)]
    return json.dumps(content)


def _integer(digits: str) -> int:
    """None that a notebook needs has more than a few digits; Python reads no more than some thousands."""
    return int(digits) if len(digits) < LONGEST_INTEGER else 0


LONGEST_INTEGER = 100
OF_A_NOTEBOOK = {"nbformat", "nbformat_minor", "cells", "worksheets"}


def _as_expected(cell: dict[str, Any]) -> dict[str, Any]:
    """The cell with each part in the form that nbformat expects, or empty."""
    mark = _dict(_dict(cell.get("metadata")).get("nbgrader"))
    kept = {"metadata": {"nbgrader": mark} if mark else {}, "outputs": []}
    if "attachments" in cell:
        kept["attachments"] = {name: _dict(one) for name, one in _dict(cell["attachments"]).items()}
    for lines in ("source", "input"):
        if isinstance(cell.get(lines), list):
            kept[lines] = "".join(line for line in cell[lines] if isinstance(line, str))
    return cell | kept


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _without_pictures(text: str) -> str:
    content = json.loads(text)
    for cell in content.get("cells", []):
        if isinstance(cell, dict):
            cell.pop("attachments", None)
    return json.dumps(content)


def well_formed(text: str) -> str:
    """The same text, with halves of characters joined, and single ones replaced: UTF-8 has none."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _first_line(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError) or "JSON" in type(error).__name__ + str(error):
        return f"it is no valid JSON; {AGAIN}"
    return (str(error).splitlines() or [type(error).__name__])[0][:120]


def _clean(cell: NotebookNode) -> NotebookNode:
    clean = new_cell(str(cell.get("cell_type")), well_formed(cell.source).replace("\r\n", "\n"))
    if isinstance(cell.get("id"), str) and re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", cell.id):
        clean.id = cell.id
    mark = cell.metadata.get("nbgrader") if isinstance(cell.get("metadata"), dict) else None
    if isinstance(mark, dict) and isinstance(mark.get("grade_id"), str):
        clean.metadata.nbgrader = NotebookNode(grade_id=well_formed(mark["grade_id"]))
    if clean.cell_type == "markdown" and (pictures := _pictures(cell.get("attachments"))):
        clean.attachments = NotebookNode(pictures)
    return clean


def new_cell(kind: str, source: str) -> NotebookNode:
    """As nbformat's new_code_cell and the like, but for their look into a schema: that costs milliseconds."""
    kind = kind if kind in ("code", "markdown") else "raw"
    cell = NotebookNode(id=generate_corpus_id(), cell_type=kind, metadata=NotebookNode(), source=source)
    return NotebookNode(cell, execution_count=None, outputs=[]) if kind == "code" else cell


def _pictures(attachments: Any) -> dict[str, dict[str, str]]:
    """Pictures pasted into a text, by name. nbconvert fails on a text whose picture is missing."""
    found: dict[str, dict[str, str]] = {}
    for name, formats in attachments.items() if isinstance(attachments, dict) else ():
        for kind, content in formats.items() if isinstance(formats, dict) else ():
            data = picture_text(content) if kind in ("image/png", "image/jpeg", "image/gif") else None
            if data is not None:
                found.setdefault(well_formed(name), {})[kind] = data
    return found


def grade_id(cell: NotebookNode) -> str | None:
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def is_locked(cell: NotebookNode) -> bool:
    mark = cell.metadata.get("nbgrader", {})
    return bool(mark.get("locked") or mark.get("grade")) and not mark.get("solution")


def repair(cells: list[NotebookNode], released: NotebookNode) -> Repaired:
    """The student's cells in the student's order, with every released cell in its place.

    Locked cells come from the release; a solution cell keeps the student's source and nothing else; of a
    duplicated one the last that was worked on counts; what is missing is put behind the cell it follows in
    the release.
    """
    notes: list[str] = []
    _forget_unknown_marks(cells, released)
    found = _identify(cells, released, notes)
    wanted = {id(kept): source for source, kept in found}
    result = [_restore(cell, wanted.get(id(cell)), notes) for cell in _without_copies(cells, found, notes)]
    is_another = bool(cells) and not any(grade_id(source) for source, _ in found)
    _insert_missing(result, released, [] if is_another else notes)
    notes += ["it holds no question of this notebook: is it another one's?"] if is_another else []
    _make_ids_distinct(result)
    _give_pictures(result, released)
    return Repaired(nbformat.v4.new_notebook(cells=result, metadata=released.metadata), notes)


def _forget_unknown_marks(cells: list[NotebookNode], released: NotebookNode) -> None:
    """Of another release, in which a cell had another name: it is recognized as one without."""
    known = {grade_id(source) for source in released.cells}
    for cell in cells:
        if grade_id(cell) not in known:
            cell.metadata.pop("nbgrader", None)


Pairs = list[tuple[NotebookNode, NotebookNode]]


def _identify(cells: list[NotebookNode], released: NotebookNode, notes: list[str]) -> Pairs:
    """Pairs (released cell, the student's cell that stands for it)."""
    pairs: Pairs = []
    free = list(cells)
    given = {source.source.strip() for source in released.cells}
    for source in _own(released):
        match = next((m for m in _matches(source, free, given) if m), [])
        if match:
            worked_on = [cell for cell in match if cell.source.strip() != source.source.strip()]
            kept = (worked_on or match)[-1] if not is_locked(source) else match[0]
            pairs.append((source, kept))
            free = [cell for cell in free if cell is not kept]
            if grade_id(source) and grade_id(kept) != grade_id(source):
                notes.append(f"{grade_id(source)}: its metadata was lost; recognized by what it holds")
    is_this_one = any(grade_id(source) for source, _ in pairs)
    for source, kept in _by_place(pairs, cells, released) if is_this_one else ():
        pairs.append((source, kept))
        notes.append(f"{grade_id(source)}: its metadata was lost; recognized by its place")
    return pairs


def _by_place(pairs: Pairs, cells: list[NotebookNode], released: NotebookNode) -> Pairs:
    """An answer that a person grades may hold anything: without its mark it is known by the cells around it,
    where as many of its kind stand between them as do in the release."""
    place = {id(cell): n for n, cell in enumerate(cells)}
    known = {id(source): place[id(cell)] for source, cell in pairs}
    gaps = defaultdict[tuple[int, int, str], list[NotebookNode]](list)
    for n, source in enumerate(released.cells):
        if is_by_hand(source) and id(source) not in known:
            above = (known[id(one)] for one in reversed(released.cells[:n]) if id(one) in known)
            below = (known[id(one)] for one in released.cells[n:] if id(one) in known)
            gaps[next(above, -1), next(below, len(cells)), source.cell_type].append(source)
    found: Pairs = []
    others = {one.source.strip() for one in released.cells if not is_by_hand(one)} | {""}
    for (first, last, kind), sources in gaps.items():
        between = [cell for cell in cells[first + 1 : last] if not grade_id(cell) and cell.cell_type == kind]
        theirs = [c for c in between if c.source.strip() not in others and place[id(c)] not in known.values()]
        found += zip(sources, theirs, strict=True) if len(sources) == len(theirs) else []
    return found


def _own(released: NotebookNode) -> list[NotebookNode]:
    """The released cells that grading needs: those nbgrader marks, and the code given around them."""
    return [cell for cell in released.cells if grade_id(cell) or (cell.cell_type == "code" and cell.source)]


def _matches(
    source: NotebookNode, cells: list[NotebookNode], given: set[str]
) -> Iterator[list[NotebookNode]]:
    """Ever weaker signs that a cell is the released one: an answer makes all that it makes in the release, as
    functions and classes, or as variables, which several cells may make. `given` are the release's texts."""
    if grade_id(source):
        yield [cell for cell in cells if grade_id(cell) == grade_id(source)]
    cells = [cell for cell in cells if not grade_id(cell)]
    yield [cell for cell in cells if cell.id == source.get("id")]
    if not is_by_hand(source):  # of which several may begin with the same words
        yield [cell for cell in cells if cell.source.strip() == source.source.strip()]
    if not grade_id(source) or is_locked(source):
        return
    if names := _defined(source.source):
        yield [cell for cell in cells if names <= _defined(cell.source)]
    if not is_by_hand(source) and source.cell_type == "code" and (names := _made(source.source)):
        theirs = [cell for cell in cells if cell.cell_type == "code" and cell.source.strip() not in given]
        found = [cell for cell in theirs if names <= _made(cell.source)]
        yield found if len(found) == 1 else []


def _defined(code: str) -> set[str]:
    """Names of the functions and classes a cell defines; nothing for a cell that does not parse."""
    try:
        body = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set(re.findall(r"^(?:def|class) +(\w+)", code, re.M))
    return {node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def _without_copies(cells: list[NotebookNode], found: Pairs, notes: list[str]) -> Iterator[NotebookNode]:
    """Copies of a released cell that hold nothing of the student's go; the others stay as plain cells."""
    kept = {id(cell) for _, cell in found}
    sources = {grade_id(source): source for source, _ in found if grade_id(source)}
    for cell in cells:
        original = sources.get(grade_id(cell))
        if id(cell) not in kept and original is not None:
            counts = "the release's" if is_locked(original) else "the last one worked on"
            notes.append(f"{grade_id(cell)}: duplicated; {counts} counts")
            if is_locked(original) or cell.source.strip() == original.source.strip():
                continue
        yield cell


def _restore(cell: NotebookNode, source: NotebookNode | None, notes: list[str]) -> NotebookNode:
    """`cell` with what the release fixes about it: type, metadata, and the text of a locked cell."""
    if source is None or not grade_id(source):
        cell.metadata.pop("nbgrader", None)
        return cell
    if cell.cell_type != source.cell_type:
        notes.append(f"{grade_id(source)}: was turned into a {cell.cell_type} cell; restored")
    if is_locked(source) and cell.source != source.source:
        notes.append(f"{grade_id(source)}: is another version than the release's; restored")
    restored = _copy(source)
    if not is_locked(source):
        restored.source = cell.source
        if restored.cell_type == "markdown" and "attachments" in cell:
            restored.attachments = cell.attachments
    return restored


def _insert_missing(cells: list[NotebookNode], released: NotebookNode, notes: list[str]) -> None:
    """A released cell that is missing, or stands before the answer it checks, goes behind its predecessor."""
    own = _beyond_the_release(cells, released)
    last = -1  # the place of the last one of those before
    for source in _own(released):
        here = _index(cells, source)
        if here is None:
            last = _put_back(cells, source, last + 1, own, notes)
        elif is_locked(source) and here < last:
            notes.append(f"{grade_id(source)}: stood before what it checks; put back")
            del cells[here]
            cells.insert(last, _copy(source))
        else:
            last = max(last, here)


@dataclass(frozen=True)
class Beyond:
    """What a cell has beyond the released one in whose place it stands: where several are merged into one,
    the others' names and lines."""

    text: str
    given: str

    @cached_property
    def names(self) -> set[str]:
        return _made(self.text) - _made(self.given)

    def holds(self, lines: str) -> bool:
        return _are_in(lines, self.text) and not _are_in(lines, self.given)


def _are_in(lines: str, text: str) -> bool:
    return f"\n{lines.strip()}\n" in f"\n{text.strip()}\n"


def _beyond_the_release(cells: list[NotebookNode], released: NotebookNode) -> dict[int, Beyond]:
    """By the id of each cell of code in which anything is the student's."""
    given = {grade_id(source): source.source for source in released.cells if grade_id(source)}
    known = {source.source for source in released.cells}
    theirs = (cell for cell in cells if cell.cell_type == "code" and cell.source not in known)
    return {id(cell): Beyond(cell.source, given.get(grade_id(cell), "")) for cell in theirs}


def _put_back(
    cells: list[NotebookNode], source: NotebookNode, place: int, own: dict[int, Beyond], notes: list[str]
) -> int:
    """Put a missing cell in its place, unless it has no mark and its lines stand in another cell. What the
    student has made under its names stays: the cell goes above that, and an answer all of whose names are
    made elsewhere is no more than its place. Returns the place behind which what checks it stands."""
    name, copy = grade_id(source), _copy(source)
    if not name and any(one.holds(source.source) for one in own.values()):
        return place - 1
    made = _made(source.source) if source.cell_type == "code" and not is_locked(source) else set()
    elsewhere = {id_: shared for id_, one in own.items() if (shared := made & one.names)}
    is_elsewhere = bool(name and made) and made == set().union(*elsewhere.values())
    if is_elsewhere:
        told = f"another cell defines {', '.join(sorted(made))}"
        copy.source = f"# {told}"
        notes.append(f"{name}: was deleted; {told}")
    else:
        notes.append(f"{name or 'a given cell'}: was deleted; put back")
    cells.insert(next((n for n, cell in enumerate(cells[:place]) if id(cell) in elsewhere), place), copy)
    theirs = [n for n, cell in enumerate(cells) if is_elsewhere and id(cell) in elsewhere]
    return max([place, *theirs])


def _made(code: str) -> set[str]:
    """The functions, classes, variables and imports of a cell's top level."""
    try:
        symbols = symtable.symtable(without_magics(code), "cell", "exec").get_symbols()
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _defined(code)
    return {one.get_name() for one in symbols if one.is_assigned() or one.is_imported()}


def _index(cells: list[NotebookNode], source: NotebookNode) -> int | None:
    name = grade_id(source)
    for index, cell in enumerate(cells):
        if grade_id(cell) == name and (name or cell.id == source.get("id") or cell.source == source.source):
            return index
    return None


def _make_ids_distinct(cells: list[NotebookNode]) -> None:
    seen: set[str] = set()
    for cell in cells:
        if cell.id in seen:
            cell.id = generate_corpus_id()
        seen.add(cell.id)


def _give_pictures(cells: list[NotebookNode], released: NotebookNode) -> None:
    """To each text of the release those that were pasted into it: Colab leaves them out, and of a text that
    shows one which is not there nbconvert makes no page."""
    pasted = {one.source: one.get("attachments", {}) for one in released.cells if one.cell_type == "markdown"}
    for cell in cells:
        if cell.cell_type == "markdown" and cell.source in pasted:
            cell.attachments = _copy(pasted[cell.source])


def _copy(node: Any) -> Any:
    return nbformat.from_dict(json.loads(json.dumps(node)))
