"""Grades into the files of Canvas and Moodle: what is filled, what stays, byte for byte, and who is named."""

import csv
import io
import json
import os
import shutil
import zipfile
from dataclasses import asdict, replace
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

from revgraph.authoring.chapters import nbgrader_settings
from revgraph.authoring.release import empty_gradebook
from revgraph.grading.gradebook import open_gradebook
from revgraph.grading.lms import export, sheet
from revgraph.grading.lms.people import Person, Student, match
from revgraph.grading.lms.results import _sources
from revgraph.grading.records import Record
from revgraph.grading.student.limits import DEFAULT
from revgraph.grading.submission.read import Given, look_into

from .conftest import PROJECT

NAME = "05_unbroadcast"
BOM = b"\xef\xbb\xbf"
# As Canvas writes it: posting policies, points, quoted names, two sections, who is excused or not assigned.
CANVAS = (
    b"Student,ID,SIS User ID,SIS Login ID,Section,Notes,05_unbroadcast (12345),Quiz 1 (12346),Homework "
    b"Current Score,Current Score,Unposted Final Score,Final Grade\r\n"
    b",,,,,,Manual Posting,,,,,\r\n"
    b"    Points Possible,,,,,,100.00,10.00,(read only),(read only),(read only),(read only)\r\n"
    b'"Lovelace, Ada",101,S-1,ada,"Monday and Tuesday, late",,,7.00,"70,0",70.00,35.00,"C"\r\n'
    b'"Hopper, ""Amazing"" Grace",102,S-2,grace@navy.example,Monday,=cmd|calc,40.00,,,,,\r\n'
    b'"Noether, Emmy",103,S-3,noether,Monday,, , 8.00 ,,,,\r\n'
    b'="=Turing",104,S-4,turing,Tuesday,,,,,,,\r\n'
    b'"Germain, Sophie",105,S-5,sophie,Tuesday,,EX,,,,,\r\n'
    b'"Kovalevskaya, Sofia",106,S-6,sofia,Tuesday,,N/A,,,,,\r\n'
    b'"Gone, Long",107,S-7,gone,Monday,,12.00,,,,,\r\n'
    b'"    Student, Test",108,,0a1b2c,Monday,,,,,,,\r\n'
)
MOODLE = (
    b'Identifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed",'
    b'"Last modified (submission)","Last modified (grade)","Feedback comments"\n'
    b'"Participant 101","Ada Lovelace",ada@example.org,"Submitted for grading - ",,100.00,Yes,'
    b'"Friday, 20 November 2026, 11:59 AM",-,\n'
    b'"Participant 102","Grace ""Amazing"" Hopper",grace@navy.example,"Submitted for grading - ",40.00,'
    b'100.00,Yes,-,-,"<p>Well done,\nGrace!</p>"\n'
    b'"Participant 103","Emmy Noether",emmy@example.org,"No submission - ",,100.00,Yes,-,-,\n'
    b'"Participant 104","=Turing",turing@example.org,"No submission - ",,100.00,Yes,-,-,\n'
    b'"Participant 105","Sophie Germain",sophie@example.org,"Submitted for grading - ",90.00,100.00,No,-,-,\n'
    b'"Participant 107","Long Gone",gone@example.org,"No submission - ",,100.00,Yes,-,-,\n'
)
STUDENTS = {  # what the gradebook knows of them
    "ada": {},
    "grace@navy.example": {},
    "e.n.": {"lms_user_id": "103"},
    "turing": {},
    "S-5": {"email": "sophie@example.org"},
    "sofia": {},
    "never": {},
}


@pytest.fixture(scope="module")
def class_(tmp_path_factory):
    """A graded class: an exercise of 90 points and a question of 10, which waits with Turing."""
    folder = tmp_path_factory.mktemp("export")
    (folder / "solutions").mkdir()
    shutil.copy(PROJECT / "nbgrader_config.py", folder)
    (folder / "gradebook.db").write_bytes(empty_gradebook())
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}", "revgraph") as gradebook:
        gradebook.add_assignment(NAME)
        gradebook.add_notebook(NAME, NAME)
        gradebook.add_grade_cell("check", NAME, NAME, max_score=90, cell_type="code")
        gradebook.add_grade_cell("why", NAME, NAME, max_score=10, cell_type="markdown")
        gradebook.add_solution_cell("why", NAME, NAME)
        for name, known in STUDENTS.items():
            gradebook.add_student(name, **known)
        scores = {"ada": (77.5, 10), "grace@navy.example": (30 / 7, 0), "e.n.": (0, 0), "turing": (90, None)}
        for name, (auto, manual) in (scores | {"S-5": (90, 8), "sofia": (45, 5)}).items():
            gradebook.add_submission(NAME, name)
            check, why = (gradebook.find_grade(cell, NAME, NAME, name) for cell in ("check", "why"))
            check.auto_score, why.manual_score = auto, manual
            check.needs_manual_grade, why.needs_manual_grade = False, manual is None
        gradebook.find_comment("why", NAME, NAME, "ada").manual_comment = "Nicely put: a < b"
        gradebook.find_submission_notebook(NAME, NAME, "S-5").late_submission_penalty = 3
        gradebook.db.commit()
    for name in (*scores, "S-5", "sofia"):
        if name != "e.n.":
            (folder / "submitted" / name / NAME).mkdir(parents=True)
            (folder / "submitted" / name / NAME / f"{NAME}.ipynb").write_text("{}")
    return folder


@pytest.fixture
def course(class_, tmp_path):
    shutil.copytree(class_, tmp_path, dirs_exist_ok=True)
    return tmp_path


def exported(course, content, lms="canvas", **options):
    """The bytes of the file afterwards."""
    path = course / f"{lms}.csv"
    path.write_bytes(content)
    files = {"canvas": None, "moodle": None} | {lms: path}
    export.run(course, NAME, **files, options=export.Options(**options))
    return path.read_bytes()


def refused(course, content, lms="canvas", **options):
    """The message; the file is as it was."""
    with pytest.raises(SystemExit) as told:
        exported(course, content, lms, **options)
    assert (course / f"{lms}.csv").read_bytes() == content
    return str(told.value)


FILLED = {  # the cells that become others, and nothing else does
    b'"Monday and Tuesday, late",,,7.00': b'"Monday and Tuesday, late",,87.5,7.00',
    b"=cmd|calc,40.00,": b"=cmd|calc,4.2857,",
    b"noether,Monday,, , 8.00 ": b"noether,Monday,,0, 8.00 ",
}


def replaced(content, changes):
    for before, after in changes.items():
        assert content.count(before) == 1
        content = content.replace(before, after)
    return content


@pytest.mark.parametrize("mark", [b"", BOM], ids=["", "BOM"])
@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r"], ids=["crlf", "lf", "cr"])
def test_canvas_gets_the_scores_and_nothing_else_changes(course, mark, end, capsys):
    original = mark + CANVAS.replace(b"\r\n", end)
    assert exported(course, original) == replaced(original, FILLED)


def test_everybody_who_gets_no_score_is_named_with_the_reason(course, capsys):
    exported(course, CANVAS)
    assert capsys.readouterr().out.splitlines() == [
        "canvas.csv: 3 scores written, 0 there already",
        "  replaced: grace@navy.example: 40.00 was, 4.28571 is",
        "  left as it was, 1 answer to mark by hand: turing",
        "  left as it was, excused there: S-5",
        "  left as it was, not assigned there: sofia",
        "  handed in nothing, so 0: e.n.",
        "  in the gradebook, not in canvas.csv: never",
        "  in canvas.csv, not in the gradebook: Gone, Long (107, S-7, gone)",
    ]


def test_a_second_export_changes_nothing(course, capsys):
    once = exported(course, CANVAS)
    twice = exported(course, once.replace(b"87.5", b"87.50"))
    assert twice == once.replace(b"87.5", b"87.50")
    assert "0 scores written, 3 there already" in capsys.readouterr().out


def test_semicolons_decimal_commas_and_a_quoted_score(course, capsys):
    """As Canvas writes for Germans."""
    rows = list(csv.reader(CANVAS.decode().splitlines()))
    out = io.StringIO()
    csv.writer(out, delimiter=";", quoting=csv.QUOTE_ALL).writerows(rows)
    original = BOM + out.getvalue().replace("100.00", "100,00").encode()
    filled = exported(course, original)
    assert b'"ada";"Monday and Tuesday, late";"";"87,5";"7.00"' in filled
    back = list(csv.reader(filled.decode("utf-8-sig").splitlines(), delimiter=";"))
    changed = [
        (a[0], i) for a, b in zip(rows, back, strict=True) for i in range(len(a)) if a[i] != b[i] and i != 6
    ]
    assert changed == []


def test_students_by_first_and_last_name(course, capsys):
    """An option of Canvas's; the ids are found as well."""
    text = CANVAS.decode().replace("Student,ID", "LastName,FirstName,ID").replace(",,,,,,M", ",,,,,,,M")
    text = text.replace("Possible,", "Possible,,").replace('"Lovelace, Ada"', "Lovelace,Ada")
    lines = [
        line for line in text.splitlines(True) if line.startswith(("LastName", ",", "    P", "Lovelace"))
    ]
    assert b'late",,87.5,7.00' in exported(course, "".join(lines).encode())


def test_which_column(course, capsys):
    other = CANVAS.replace(b"05_unbroadcast (12345)", b"Week 6: Unbroadcast (12345)")
    told = refused(course, other)
    assert "no column is called '05_unbroadcast'" in told
    assert '"Week 6: Unbroadcast (12345)", "Quiz 1 (12346)"' in told
    assert "Final Score" not in told
    for column in ("Week 6: Unbroadcast", "12345", "Week 6: Unbroadcast (12345)", "week 6 unbroadcast"):
        assert b'late",,87.5,' in exported(course, other, column=column)
    assert "read only" in refused(course, CANVAS, column="Current Score")
    twice = CANVAS.replace(b"Quiz 1 (12346)", b"05 Unbroadcast (12346)")
    assert "several columns fit" in refused(course, twice)
    assert b'late",,87.5,' in exported(course, twice, column="12345")


def test_points_that_differ_are_said_and_converted_only_if_asked(course, capsys):
    of_ten = CANVAS.replace(b"100.00,10.00", b"10.00,10.00")
    assert "10 points are possible there, and 100 here" in refused(course, of_ten)
    assert b'late",,8.75,7.00' in exported(course, of_ten, scale=True)
    without = CANVAS.replace(b"100.00,10.00", b"0.00,10.00")
    assert b'late",,87.5,7.00' in exported(course, without)


WORDS = b"87.5 of 100 points in 05_unbroadcast<br>why: Nicely put: a &lt; b"


def test_moodle_gets_grades_and_feedback(course, capsys):
    changes = {
        b'11:59 AM",-,\n': b'11:59 AM",-,' + WORDS + b"\n",
        b'- ",,100.00,Yes,"Friday': b'- ",87.5,100.00,Yes,"Friday',
        b"40.00,100": b"4.2857,100",
        b'emmy@example.org,"No submission - ",,100.00,Yes,-,-,\n': (
            b'emmy@example.org,"No submission - ",0,100.00,Yes,-,-,0 of 100 points in 05_unbroadcast\n'
        ),
    }
    filled = exported(course, MOODLE, "moodle")
    assert filled == replaced(MOODLE, changes)
    told = capsys.readouterr().out
    assert "left as it was, locked there: the grade cannot be changed: S-5" in told
    assert "left as it was, 1 answer to mark by hand: turing" in told
    assert "feedback not written, since the comment holds other words: grace@navy.example" in told
    assert "in moodle.csv, not in the gradebook: Long Gone (Participant 107, gone@example.org)" in told
    assert "in the gradebook, not in moodle.csv: never; sofia" in told
    assert exported(course, filled, "moodle") == filled  # our own words are known again


def test_feedback_of_before_is_replaced(course, capsys):
    older = b"<p>12 of 100 points in 05_unbroadcast<br>old</p>"
    before = MOODLE.replace(b'11:59 AM",-,\n', b'11:59 AM",-,' + older + b"\n")
    assert WORDS in exported(course, before, "moodle")


def test_moodle_in_other_languages(course, capsys):
    german = MOODLE.decode()
    for word, there in {
        "Identifier": "ID",
        "Full name": "Vollständiger Name",
        "Email address": "E-Mail-Adresse",
        "Maximum Grade": "Bestwertung",
        "Grade can be changed": "Bewertung kann geändert werden",
        ",Grade,": ",Bewertung,",
        "Feedback comments": "Feedback als Kommentar",
        "Participant ": "Teilnehmer/in",
        ",Yes,": ",Ja,",
        ",No,": ",Nein,",
        "100.00": '"100,00"',
    }.items():
        german = german.replace(word, there)
    filled = exported(course, german.encode(), "moodle")
    assert b'"Submitted for grading - ","87,5","100,00",Ja' in filled
    assert WORDS in filled
    french = MOODLE.replace(b",Grade,", b",Note,").replace(b"Feedback comments", b"Commentaires")
    assert "its columns are: Identifier, Full name" in refused(course, french, "moodle")
    named = {"column": "Note", "feedback_column": "commentaires"}
    assert WORDS in exported(course, french, "moodle", **named)
    for word, there in ((b"Identifier", b"Identifiant"), (b"Full name", b"Nom complet"), (b"Yes", b"Oui"),
                        (b"Email address", b"Adresse de courriel"), (b"Maximum Grade", b"Note maximale"),
                        (b",No,", b",Non,"), (b"Grade can be changed", b"La note peut changer")):  # fmt: skip
        french = french.replace(word, there)
    capsys.readouterr()
    assert WORDS in exported(course, french, "moodle", **named)
    told = (
        capsys.readouterr().out
    )  # as in English: by its place the column of the address is known, and so on
    assert "left as it was, locked there: the grade cannot be changed: S-5" in told
    assert "in moodle.csv, not in the gradebook: Long Gone (Participant 107, gone@example.org" in told
    of_another = french.replace(b"100.00", b"50.00")
    assert "50 points are possible there, and 100 here" in refused(course, of_another, "moodle", **named)


def test_a_line_of_moodle_that_stands_twice_is_one_person(course, capsys):
    head, first, *rest = MOODLE.splitlines(keepends=True)
    exported(course, b"".join([head, first, first, *rest]), "moodle")
    assert "not clear who" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no columns Student and ID, but nothing"),
        (b"PK\x03\x04....", "a spreadsheet (.xlsx or .ods), not CSV"),
        (CANVAS.decode().encode("utf-16"), "UTF-16"),
        (MOODLE, "no columns Student and ID, but Identifier, Full name"),
        (
            CANVAS.replace(b'"Lovelace, Ada"', b'"Lovelace, Ada'),
            "the quotation marks of line 4 do not pair up",
        ),
        (CANVAS.replace(b",12.00,,,,,", b""), "has 6 cells, the first one 12"),
        (b"Student,ID,Section,05_unbroadcast\nX,1,,\n", "nobody of the gradebook is in it"),
    ],
)
def test_what_is_no_export_is_refused_in_a_sentence(course, content, why):
    told = refused(course, content)
    assert why in told
    assert "\n" not in told


def test_not_graded_since_it_was_handed_in_again(course, capsys):
    (course / "submitted" / "ada" / NAME / "timestamp.txt").write_text("2026-11-20 11:00:00 UTC")
    (course / "submitted" / "never" / NAME).mkdir(parents=True)
    (course / "submitted" / "never" / NAME / f"{NAME}.ipynb").write_text("{}")
    (course / "submitted" / "two\nlines" / NAME).mkdir(parents=True)
    there = CANVAS.replace(b"107,S-7,gone", b"107,S-7,never")
    assert exported(course, there) == replaced(there, dict(list(FILLED.items())[1:]))
    told = capsys.readouterr().out
    assert "left as it was, handed in again, and not graded since: ada" in told
    assert "left as it was, not graded: never" in told
    assert r"not in canvas.csv: two\nlines" in told


def test_what_was_graded_with_other_limits_or_lies_no_longer_there(course, capsys):
    folder, limits = course / "submitted" / "ada" / NAME, {"files": 1}
    for name in ("a.txt", "b.txt"):
        (folder / name).touch()
    found = look_into(folder, "ada", NAME, Given((NAME,)), replace(DEFAULT, **limits))
    assert found.notes
    record = Record("ada", NAME, found.digest, "", limits=limits)
    (course / ".revgraph" / NAME / NAME).mkdir(parents=True)
    (course / ".revgraph" / NAME / NAME / "ada.json").write_text(json.dumps(asdict(record)))
    assert exported(course, CANVAS) == replaced(CANVAS, FILLED)
    shutil.rmtree(folder)
    capsys.readouterr()
    exported(course, CANVAS)
    assert "left as it was, its folder is gone: put it back" in capsys.readouterr().out


def test_a_record_of_another_submission_is_not_this_one_s_grade(course, capsys):
    record = Record("ada", NAME, "the digest of another file", "")
    (course / ".revgraph" / NAME / NAME).mkdir(parents=True)
    (course / ".revgraph" / NAME / NAME / "ada.json").write_text(json.dumps(asdict(record)))
    record = replace(record, student="sofia", failed=True)
    (course / ".revgraph" / NAME / NAME / "sofia.json").write_text(json.dumps(asdict(record)))
    exported(course, CANVAS)
    told = capsys.readouterr().out
    assert "left as it was, handed in again, and not graded since: ada" in told
    assert "left as it was, the grader failed: sofia" in told


def released(course, *texts):
    """The class's assignment, released with these cells `check` and `why`."""
    cells = [new_code_cell(texts[0]), new_markdown_cell(texts[1])]
    for cell, name in zip(cells, ("check", "why"), strict=True):
        cell.metadata.nbgrader = {"grade_id": name, "grade": True, "solution": name == "why", "points": 1}
        cell.id = name
    path = course / "course" / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=cells), path)


def test_a_score_by_an_older_release_is_not_written(course, capsys):
    released(course, "assert True", "Why?")
    folder = CourseDirectory(config=nbgrader_settings(course))
    with open_gradebook(folder) as gradebook:
        (source,) = _sources(folder, gradebook, NAME).values()
    found = look_into(course / "submitted" / "ada" / NAME, "ada", NAME, Given((NAME,)), DEFAULT)
    record = Record("ada", NAME, found.digest, source)
    (course / ".revgraph" / NAME / NAME).mkdir(parents=True)
    (course / ".revgraph" / NAME / NAME / "ada.json").write_text(json.dumps(asdict(record)))
    assert exported(course, CANVAS) == replaced(CANVAS, FILLED)
    assert "has changed" not in capsys.readouterr().out
    released(course, "assert not False", "Why?")
    assert exported(course, CANVAS) == replaced(CANVAS, dict(list(FILLED.items())[1:]))
    why = f"the release or an exercise has changed since it was graded: run revgraph grade {NAME}"
    assert f"left as it was, {why}, then export again: ada" in capsys.readouterr().out


def test_more_points_than_moodle_takes_are_said(course, capsys):
    """It would leave them out without a word; Canvas takes them."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "revgraph") as gradebook:
        gradebook.find_grade("why", NAME, NAME, "ada").extra_credit = 20
        gradebook.db.commit()
    assert b'ada@example.org,"Submitted for grading - ",,100.00' in exported(course, MOODLE, "moodle")
    assert "more points than Moodle takes: ada" in capsys.readouterr().out
    assert b'late",,107.5,' in exported(course, CANVAS)


def test_the_gradebook_must_know_the_assignment(course):
    (course / "canvas.csv").write_bytes(CANVAS)
    with pytest.raises(SystemExit, match=f"the gradebook knows no 06_backprop; it knows {NAME}"):
        export.run(course, "06_backprop", course / "canvas.csv", None, export.Options())
    with pytest.raises(SystemExit, match="name the LMS's file"):
        export.run(course, NAME, None, None, export.Options())


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgres://grader@localhost/x", "CourseDirectory.db_url, cannot be used"),
        ("sqlite:////nowhere/book.db", "unable to open database file"),
    ],
)
def test_a_gradebook_that_cannot_be_opened_is_told_in_a_sentence(course, url, said):
    settings = course / "nbgrader_config.py"
    before = settings.read_text()
    settings.write_text(f"{before}\nc.CourseDirectory.db_url = {url!r}\n")
    with pytest.raises(SystemExit, match=f"revgraph export: .*{said}.*Next: "):
        export.run(course, NAME, course / "canvas.csv", None, export.Options())
    settings.write_text(before)


def test_the_file_keeps_its_mode_and_may_be_left_alone(course, capsys):
    path = course / "canvas.csv"
    path.write_bytes(CANVAS)
    path.chmod(0o600)
    export.run(course, NAME, path, None, export.Options(to=course / "out.csv"))
    assert path.read_bytes() == CANVAS
    assert (course / "out.csv").read_bytes() == replaced(CANVAS, FILLED)
    assert (course / "out.csv").stat().st_mode & 0o777 == 0o600
    for options in (export.Options(to=course / "nowhere" / "out.csv"), export.Options(to=course)):
        with pytest.raises(SystemExit, match=r"revgraph export: .*(No such file|Is a directory)"):
            export.run(course, NAME, path, None, options)


def pages(course, *students, older=False):
    for name in students:
        for folder, file in (("autograded", f"{NAME}.ipynb"), ("feedback", f"{NAME}.html")):
            (course / folder / name / NAME).mkdir(parents=True, exist_ok=True)
            (course / folder / name / NAME / file).write_text(f"page of {name}")
        if older:
            os.utime(course / "feedback" / name / NAME / f"{NAME}.html", (0, 0))


def test_pages_for_moodle(course, capsys):
    pages(course, "ada", "turing")
    pages(course, "grace@navy.example", older=True)
    exported(course, MOODLE, "moodle", zip_feedback=True)
    path = course / f"feedback_{NAME}_moodle.zip"
    assert path.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(path) as archive:
        (name,) = archive.namelist()
        assert name == f"Ada Lovelace_101_assignfeedback_file_/{NAME}.html"
        assert archive.read(name) == b"page of ada"
    told = capsys.readouterr().out
    assert f"feedback_{NAME}_moodle.zip: the pages of 1 student\n" in told
    assert "not in it, 1 answer to mark by hand: turing" in told
    assert "the page is older than the grade: revgraph grade 05_unbroadcast --feedback: grace" in told
    assert "not in it, no page: revgraph grade 05_unbroadcast --feedback: S-5; e.n." in told


def test_pages_for_canvas_bear_the_names_that_it_gave(course, capsys):
    pages(course, "ada", "grace@navy.example", "e.n.")
    archive = course / "downloaded" / NAME / "archive" / "submissions.zip"
    archive.parent.mkdir(parents=True)
    with zipfile.ZipFile(archive, "w") as submissions:
        submissions.writestr("lovelaceada_LATE_101_98765_05_unbroadcast-1.ipynb", "{}")
        submissions.writestr("hoppergrace_102_98766_05_unbroadcast.ipynb", "{}")
        submissions.writestr("hoppergrace_102_98766_text.html", "")
        submissions.writestr("101_103_98767_05_unbroadcast.ipynb", "{}")  # of one whose name is a number
    exported(course, CANVAS, zip_feedback=True)
    with zipfile.ZipFile(course / f"feedback_{NAME}_canvas.zip") as packed:
        names = {name: packed.read(name).decode() for name in packed.namelist()}
    assert names == {
        f"lovelaceada_LATE_101_98765_{NAME}.html": "page of ada",
        f"hoppergrace_102_98766_{NAME}.html": "page of grace@navy.example",
        f"student_103_98767_{NAME}.html": "page of e.n.",  # Canvas takes the first two numbers
    }


def test_who_has_no_file_in_canvas_s_zip_is_named(course, capsys):
    pages(course, "ada")
    exported(course, CANVAS, zip_feedback=True)
    assert "not in it, Canvas's zip has no file of theirs: ada" in capsys.readouterr().out


# ---- the parts alone


# But for \r, which Python's own writer leaves without quotes where lines end otherwise.
CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=6)


@settings(max_examples=60)
@given(
    rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=4),
    at=st.tuples(st.integers(0, 3), st.integers(0, 2)),
    text=CELLS,
    delimiter=st.sampled_from(",;\t"),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_one_cell_is_filled_and_every_other_byte_stays(rows, at, text, delimiter, end, quoting):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows([["h"] * 3, *rows])
    data = out.getvalue().encode()
    read = sheet.read(data)
    assert read.content() == data
    kept = [row for row in [["h"] * 3, *rows] if any(row)]  # a line without a word is none
    assert [[cell.text for cell in row] for row in read.rows] == kept
    i, j = at[0] % len(kept), at[1]
    cell = read.rows[i][j]
    read.fill(cell, text)
    kept[i] = [*kept[i][:j], text, *kept[i][j + 1 :]]
    filled = read.content()
    assert filled.startswith(data[: cell.start])
    assert filled.endswith(data[cell.end :])
    again = list(csv.reader(io.StringIO(filled.decode(), newline=""), delimiter=delimiter))
    assert list(filter(any, again)) == list(filter(any, kept))


def test_a_last_line_without_an_end(course, capsys):
    """Its last cell is filled too."""
    last = b"Student,ID,05_unbroadcast\nAda,ada,"
    assert exported(course, last) == last + b"87.5"


@pytest.mark.parametrize(
    ("text", "value"),
    [("87.50", 87.5), (" 87,5 ", 87.5), ("1.000,25", 1000.25), ("1,000.25", 1000.25), ("7", 7), ("-1", -1)],
)
def test_numbers_as_either_system_writes_them(text, value):
    assert sheet.as_number(text) == value


@pytest.mark.parametrize("text", ["", "-", "EX", "(read only)", "A+", "=1+1", "٣"])
def test_what_is_no_number(text):
    assert sheet.as_number(text) is None


def person(name, *ids):
    return Person(name, set(ids), {name}, [[]])


def test_nobody_is_guessed():
    people = [
        person("Smith, John", "1", "smith@a.example"),
        person("Smith, John", "2", "j.smith"),
        person("Curie, Marie", "3", "curie@a.example"),
        person("Curie, Pierre", "4", "S-9"),
        person("Gauß, Carl", "5", "cfg"),
    ]
    matched = match(
        [
            Student("john", "John", "Smith"),  # two have his name
            Student("curie"),  # the login of one address
            Student("curie@b.example"),  # another's address
            Student("p", email="S-9", lms_user_id="3"),  # two of his keys, two people
            Student("x", "Carl", "Gauß"),  # by name alone
        ],
        people,
    )
    assert matched.pairs == {"curie": people[2], "x": people[4]}
    assert matched.by_name == ["x"]
    assert set(matched.doubtful) == {"john", "p"}
    assert matched.missing == ["curie@b.example"]
    assert matched.strangers == [people[0], people[1], people[3]]


@pytest.mark.parametrize(("taken_apart", "lms"), [("jose\u0301", "jos\u00e9"), ("jos\u00e9", "jose\u0301")])
def test_an_accent_is_one_however_it_is_written(taken_apart, lms):
    people = [person(f"X, {lms}", "1", "x"), person("Y", "2", f"{lms}@a.example")]
    matched = match([Student("s", taken_apart, "X"), Student(taken_apart)], people)
    assert matched.pairs == {"s": people[0], taken_apart: people[1]}


def test_two_students_are_not_one_person():
    one = person("Lovelace, Ada", "101", "ada")
    matched = match([Student("ada"), Student("101")], [one])
    assert matched.pairs == {}
    assert set(matched.doubtful) == {"ada", "101"}


def test_several_lines_of_one_person_are_all_filled(course: Path, capsys):
    """As where a student is in two sections and the file names each."""
    line = b'"Lovelace, Ada",101,S-1,ada,Friday,,,,,,,\r\n'
    assert exported(course, CANVAS + line).endswith(line.replace(b"Friday,,,", b"Friday,,87.5,"))
