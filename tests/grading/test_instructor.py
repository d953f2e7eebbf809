"""What the instructor and the students see of a class whose numbers are known."""

import csv
import dataclasses
import io
import re
import resource
import shutil

import nbformat
import numpy as np
import pytest
from bs4 import BeautifulSoup
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from rich.console import Console

from revgraph.checks import exercises
from revgraph.grading import assignment as grading
from revgraph.grading import command, judging, records, report
from revgraph.grading.assignment import Options, Outcome, grade_assignment
from revgraph.grading.lms.results import results
from revgraph.grading.rows import Row
from revgraph.grading.runner import CheckResult

from . import corpus, known_class

pytestmark = pytest.mark.xdist_group("instructor")  # one class for all tests of this file
SEED = 4711


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("known_class")
    api = known_class.set_up(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grading.secrets, "randbits", lambda bits: SEED)
        outcome = grade_assignment(api.coursedir, corpus.NAME, Options(jobs=2, limits=known_class.LIMITS))
    assert api.generate_feedback(corpus.NAME)["success"]
    return folder, api, outcome


@pytest.mark.parametrize(
    "case", [*known_class.CLASS, known_class.ABSENT], ids=lambda case: ascii(case.name)[:30]
)
def test_row(graded, case):
    row = next(row for row in graded[2].rows if row.student == case.name)
    assert row.score == case.score, row.reasons
    assert any(case.reason in reason for reason in row.reasons) if case.reason else row.reasons == []


def test_everyone_has_a_row_also_whose_name_is_no_text(graded):
    names = [row.student for row in graded[2].rows]
    assert sorted(names) == sorted(
        [*(case.name for case in known_class.CLASS), known_class.ABSENT.name, known_class.NO_TEXT]
    )


def cells(table):
    return [[str(cell) for cell in column.cells] for column in table.columns]


def test_each_question_s_share_of_each_misconception(graded):
    names, right, means, mistakes = cells(report.exercises(graded[2].rows))
    assert names == ["added_axes", "unbroadcast", "assertion"]
    assert right == ["20 of 20", "9 of 20", "20 of 20"]
    assert means == ["30.0 of 30", "24.1 of 50", "20.0 of 20"]
    assert mistakes == [
        "",
        "5 of 20 (25%): averages\n2 of 20 (10%): added axes only\n1 of 20 (5%): never ends\n"
        "1 of 20 (5%): not defined",
        "",
    ]


def test_the_class_in_numbers(graded):
    words, numbers = cells(report.summary(graded[2].rows))
    assert dict(zip(words, numbers, strict=True)) == {
        "students": "25",
        "mean": "54.1 of 100",
        "a known misconception": "7",
        "a folder to be renamed": "3",
        "no notebook was handed in": "2",
        "another wrong result": "1",
        "raised NameError": "1",
        "did not finish in time": "1",
        "not written yet": "1",
    }


@pytest.mark.parametrize("columns", [80, None])
def test_terminal_and_file(graded, capsys, monkeypatch, columns):
    """The same words in both; nothing is cut off, and a file holds no control characters."""
    folder, _, outcome = graded
    if columns:
        terminal = io.StringIO()
        console = Console(file=terminal, force_terminal=True, width=columns)
        monkeypatch.setattr(command, "Console", lambda: console)
    command.show(folder, corpus.NAME, outcome)
    shown = terminal.getvalue() if columns else capsys.readouterr().out
    assert ("\x1b[" in shown) == bool(columns)
    assert "…" not in shown
    for words in ("right 0", "Ünï çødé ✓", "(averages)", "5 of 20 (25%): averages", "54.1 of 100", "<b>bold"):
        assert words in shown
    assert shown.count("x" * 20) >= 200 // 80
    if not columns:
        assert re.search(r"unbroadcast: 0 of \d+ cases pass; NameError: name 'gg' is not defined", shown)


def test_whoever_stops_reading_the_tables_has_the_file_of_grades(graded, monkeypatch):
    """As in `revgraph grade ... | head`."""
    folder, _, outcome = graded
    path = folder / f"grades_{corpus.NAME}.csv"
    path.unlink()
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(command, "Console", lambda: Console(file=closed))
    with pytest.raises(ValueError, match="closed file"):
        command.show(folder, corpus.NAME, outcome)
    assert len(path.read_text(encoding="utf-8").splitlines()) == 1 + len(outcome.rows)


def test_the_csv_agrees_with_the_gradebook(graded):
    folder, api, outcome = graded
    path = folder / "grades.csv"
    report.write_csv(outcome.rows, path)
    lines = {line["student_id"]: line for line in csv.DictReader(path.open(newline="", encoding="utf-8"))}
    assert len(lines) == len(outcome.rows)
    with Gradebook(api.coursedir.db_url, api.coursedir.course_id) as gradebook:
        for submission in gradebook.assignment_submissions(corpus.NAME):
            line = lines[submission.student_id.replace("=1+1", "'=1+1")]
            assert float(line["raw_score"]) == submission.score
            assert float(line["late_submission_penalty"]) == submission.late_submission_penalty
            assert float(line["score"]) == submission.score - submission.late_submission_penalty
    assert lines["late"]["raw_score"] == "100.0"
    assert {r"two\nlines", r"\udcff\udcfe", "x" * 200} <= set(lines)


def test_an_extension_of_the_due_date_counts_without_grading_again(graded):
    api = graded[1]
    with Gradebook(api.coursedir.db_url, api.coursedir.course_id) as gradebook:
        gradebook.grant_extension(corpus.NAME, "late", minutes=151)
    again = grade_assignment(
        api.coursedir, corpus.NAME, Options(students=("late", "very late"), limits=known_class.LIMITS)
    )
    assert [(row.score, row.penalty) for row in again.rows] == [(100, 0), (0, 100)]
    assert again.kept == 2


@pytest.mark.parametrize("by_export", [True, False])
def test_a_corrected_time_counts_without_grading_again(graded, by_export):
    folder, api, _ = graded
    written = folder / "submitted" / "very late" / corpus.NAME / "timestamp.txt"
    before = written.read_text()
    try:
        for time, expected in (
            ("2026-11-20 12:30:00 UTC", 10),
            ("2026-11-20 12:00:00 UTC", 0),
            (before, 100),
        ):
            written.write_text(time)
            if by_export:
                found = {one.student.id: one.score for one in results(api.coursedir, corpus.NAME)}
                assert found["very late"] == 100 - expected
            else:
                options = Options(students=("very late",), limits=known_class.LIMITS)
                outcome = grade_assignment(api.coursedir, corpus.NAME, options)
                assert ([row.penalty for row in outcome.rows], outcome.kept) == ([expected], 1)
    finally:
        written.write_text(before)


def test_a_rule_that_fails_gives_out_no_score(graded, monkeypatch):
    monkeypatch.setattr(known_class.TenAnHour, "late_submission_penalty", lambda *args: 1 / 0)
    found = {one.student.id: one for one in results(graded[1].coursedir, corpus.NAME)}
    assert (found["very late"].score, found["right 1"].score) == (None, 100)
    assert found["very late"].why.startswith("the rule for late submissions failed for very late")


def test_a_rule_for_late_submissions_that_fails_changes_no_penalty(graded, monkeypatch):
    """Neither of who was graded before, nor of who is graded now; everybody has a row."""

    def grade(rule, regrade=False):
        monkeypatch.setattr(known_class.TenAnHour, "late_submission_penalty", rule)
        options = Options(students=("very late", "right 1"), regrade=regrade, limits=known_class.LIMITS)
        outcome = grade_assignment(graded[1].coursedir, corpus.NAME, options)
        assert [(row.student, row.penalty) for row in outcome.rows] == [("right 1", 0), ("very late", 100)]
        return outcome

    told, works = (
        "the rule for late submissions failed for very late",
        known_class.TenAnHour.late_submission_penalty,
    )
    for broken in (lambda *args: 1 / 0, lambda *args: float("nan"), lambda *args: "ten"):
        outcome = grade(broken)
        assert outcome.failed == ["very late"]
        assert told in outcome.to_know[0]
    outcome = grade(broken, regrade=True)
    assert outcome.failed == ["very late"]
    assert told in outcome.rows[1].reasons[0]
    assert grade(works).failed == []


def test_control_characters_of_a_student_reach_neither_terminal_nor_file(tmp_path):
    evil = "\x1b]0;mine\x07 \x9b31m \u202e"
    rows = [Row("s", "n", 0, 1, [evil], [], 0, [evil])]
    out = io.StringIO()
    for table in (report.table(rows, ""), report.summary(rows)):
        Console(file=out, force_terminal=True, color_system=None).print(table)
    report.write_csv(rows, tmp_path / "grades.csv")
    for text in (out.getvalue(), (tmp_path / "grades.csv").read_text()):
        assert not set(text) & {"\x07", "\x9b", "\u202e"}
        assert "\x1b]" not in text


def test_no_text_of_a_student_s_becomes_a_formula(tmp_path):
    told = ['x;=HYPERLINK("a")', "\uff1d1", " @sum", "a <= b", "c -d; e"]
    for separator in ",;":  # as spreadsheets of different countries cut it
        report.write_csv([Row("=1+1", "n", 0, 1, told), Row("-2", "n", 0, 1, told[::-1])], tmp_path / "g.csv")
        for line in csv.reader((tmp_path / "g.csv").open(encoding="utf-8"), delimiter=separator):
            assert not [cell for cell in line if re.match(r"\s*[=+@-]|\s*\uff1d", cell)]
    assert "a <= b; " in (tmp_path / "g.csv").read_text("utf-8")


def test_students_whose_names_look_alike_in_a_spreadsheet_have_a_line_each(tmp_path):
    report.write_csv([Row(name, "n", 1, 1, []) for name in ("=a", "'=a")], tmp_path / "g.csv")
    assert len((tmp_path / "g.csv").read_text().splitlines()) == 3


def test_several_notebooks_make_one_row_a_student(tmp_path):
    rows = [
        Row("ann", "one", 5, 10, ["a"], penalty=1, kinds=["x"], to_mark=1),
        Row("ann", "two", 7, 10, [], [CheckResult("e", 7, 10, "")], kinds=["x", "y"], to_mark=2),
        Row("bob", "one", 2, 10, []),
        Row("bob", "two", 4, 10, []),
    ]
    assert [(row.student, row.score, row.max_score) for row in report.by_student(rows)] == [
        ("ann", 12, 20),
        ("bob", 6, 20),
    ]
    words, numbers = cells(report.summary(rows))
    assert dict(zip(words, numbers, strict=True)) == {
        "students": "2",
        "mean": "9.0 of 20",
        "answers to mark in formgrader": "3, by 1 of 2 students",
        "x": "1",
        "y": "1",
    }
    report.write_csv(rows, tmp_path / "grades.csv")
    assert "ann,13.0,1.0,12,20,3,one: a" in (tmp_path / "grades.csv").read_text()


def test_grading_a_few_keeps_the_others_lines(tmp_path):
    path = tmp_path / "grades.csv"
    report.write_csv([Row("ann", "n", 1, 9, ["a\u2028b"]), Row("cid", "n", 2, 9, ['"x", y'])], path)
    report.write_csv([Row("bob", "n", 3, 9, []), Row("cid", "n", 4, 9, [])], path, keep_others=True)
    lines = path.read_text().splitlines()[1:]
    assert lines == [r"ann,1.0,0.0,1,9,0,a\u2028b", "bob,3.0,0.0,3,9,0,", "cid,4.0,0.0,4,9,0,"]
    report.write_csv([Row("bob", "n", 3, 9, [])], path)
    assert len(path.read_text().splitlines()) == 2


def test_whom_a_run_is_for(monkeypatch):
    """A student who is named twice has one row, and one who is left out is not said to be unknown."""
    monkeypatch.setattr(grading, "roster", lambda *args: ["ada", "bob"])
    course = CourseDirectory(student_id_exclude="trial,zed")
    assert grading.chosen(course, None, "hw1", (), ()) == ["ada", "bob"]
    assert grading.chosen(course, None, "hw1", (), ("bob", "ada", "bob")) == ["bob", "ada"]
    with pytest.raises(grading.NothingToGrade, match="zed is left out by CourseDirectory"):
        grading.chosen(course, None, "hw1", (), ("bob", "zed"))


def test_a_list_that_cannot_be_written_to_its_end_is_as_before(tmp_path):
    """Or grading a few would find none of the others' lines."""
    path = tmp_path / "grades.csv"
    report.write_csv([Row("ann", "n", 1, 9, [])], path)
    before = path.read_bytes()
    least, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before), most))
    try:
        with pytest.raises(OSError, match="File too large"):
            report.write_csv([Row("bob", "n", 3, 9, ["x" * 100])], path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (least, most))
    assert path.read_bytes() == before


def test_the_bar_tells_the_time_left(monkeypatch):
    out, clock = io.StringIO(), iter(range(0, 1000, 10))
    progress = command.progress_bar(Console(file=out, force_terminal=True, width=100))
    progress.get_time = lambda: now[0]
    now = [0.0]
    with progress:
        task = progress.add_task("", total=120)
        for done in (10, 20, 30):
            now[0] = float(next(clock)) + 10
            progress.update(task, completed=done, refresh=True)
    assert "30/120" in out.getvalue()
    assert "0:01:30" in out.getvalue()


def test_a_log_holds_one_line_of_progress(monkeypatch, capsys):
    def grade_all(course, assignment, options, report):
        for done in range(1, 6):
            report(done, 5)
        return Outcome([], [], [], 0)

    monkeypatch.setattr(command, "grade_assignment", grade_all)
    command.grade_with_progress(
        dataclasses.make_dataclass("Api", [("coursedir", object)])(None), "x", Options()
    )
    log = capsys.readouterr().err
    assert log.count("\n") <= 1
    assert "5/5" in log
    assert "\x1b" not in log


def test_where_nothing_is_to_be_done_there_is_no_bar(monkeypatch, capsys):
    monkeypatch.setattr(command, "grade_assignment", lambda *args: Outcome([], [], [], 7))
    api = dataclasses.make_dataclass("Api", [("coursedir", object)])(None)
    command.grade_with_progress(api, "x", Options())
    assert capsys.readouterr().err.strip() == ""


def page(folder, student):
    return (folder / "feedback" / student / corpus.NAME / f"{corpus.NAME}.html").read_text("utf-8")


def told(html):
    return " ".join(BeautifulSoup(html, "html.parser").get_text(" ").split())


def numbers(html):
    """What stands in a page of inputs and results: numbers with three decimals and more."""
    return set(re.findall(r"\d+\.\d{3,}", BeautifulSoup(html, "html.parser").get_text(" ")))


def drawn(seed):
    """The numbers in the cases that this seed draws, as a page would show them."""
    cases = exercises()["unbroadcast"].draw(seed)[0]
    return {f"{number:.4g}" for case in cases for number in np.ravel(case.args[0])}


@pytest.mark.parametrize(("student", "known"), [("averages 0", "averages"), ("added 0", "added axes only")])
def test_feedback_tells_the_diagnosis_and_no_hidden_case(graded, student, known):
    misconception = next(m for m in exercises()["unbroadcast"].misconceptions if m.name == known)
    html = page(graded[0], student)
    assert " ".join(misconception.diagnosis.split()) in told(html)
    hidden, public = drawn(SEED), drawn(judging.PUBLIC_SEED)
    assert len(hidden - public) > 10
    assert "expected" in told(html)  # of a case that the notebook shows as well
    assert not (hidden - public) & numbers(html)


def test_everyone_with_a_graded_notebook_has_feedback_with_the_score_less_the_penalty(graded):
    folder, _, outcome = graded
    pages = {path.parent.parent.name for path in folder.glob("feedback/*/*/*.html")}
    assert pages == {path.name for path in folder.glob("autograded/*")}
    assert len(pages) == len(outcome.rows) - 3
    assert f"{corpus.NAME} (Score: 70.0 / 100.0)" in told(page(folder, "late"))


def test_feedback_runs_nothing_of_a_student_s(graded):
    html = page(graded[0], "hostile")
    soup = BeautifulSoup(html, "html.parser")
    assert not [script for script in soup.find_all("script") if "taken over" in script.text]
    assert not [tag for tag in soup.find_all(True) if any(name.startswith("on") for name in tag.attrs)]
    assert soup.find("b", string="kept")
    assert "All is right" not in told(html)
    averages = next(m for m in exercises()["unbroadcast"].misconceptions if m.name == "averages")
    assert " ".join(averages.diagnosis.split()) in told(html)


def test_what_was_handed_in_stays_as_it_was(graded):
    handed_in, shown = (
        nbformat.read(graded[0] / step / "hostile" / corpus.NAME / f"{corpus.NAME}.ipynb", as_version=4)
        for step in ("submitted", "autograded")
    )
    assert any(cell.source == known_class.WRITTEN for cell in handed_in.cells)
    assert not any(cell.source == known_class.WRITTEN for cell in shown.cells)


@pytest.fixture
def graded_before(graded):
    """What a later run says of one student, as (changed, kept, the remarks)."""
    coursedir = graded[1].coursedir

    def again():
        outcome = grade_assignment(
            coursedir, corpus.NAME, Options(students=("right 1",), limits=known_class.LIMITS)
        )
        return len(outcome.changed), outcome.kept, " ".join(map(str, report.remarks(outcome)))

    return again


CHANGED = "The source notebook or an exercise has changed; graded again: 1."


def test_a_changed_source_notebook_is_noticed_and_said(graded, graded_before):
    released = graded[0] / "course" / corpus.NAME / f"{corpus.NAME}.ipynb"
    assert graded_before() == (0, 1, "Graded before and not changed since: 1.")
    released.write_text(released.read_text().replace("# Small", "# Small, corrected"))
    assert graded_before() == (1, 0, CHANGED)
    assert graded_before()[:2] == (0, 1)


def append(folder, chapter, line):
    """To the file of a chapter's exercises, or to one file of its folder."""
    (found,) = (folder / "checks" / "chapters").glob(f"{chapter}*")
    file = next(found.glob("*.py"), found)
    file.write_text(file.read_text("utf-8") + line, "utf-8")


def test_a_changed_exercise_is_noticed_and_said(graded_before, monkeypatch, tmp_path):
    shutil.copytree(records.CHECKS, tmp_path / "checks")
    monkeypatch.setattr(records, "CHECKS", tmp_path / "checks")
    assert graded_before()[:2] == (0, 1)
    append(tmp_path, "ch05", "# another case\n")
    assert graded_before() == (1, 0, CHANGED)
    append(tmp_path, "ch06", "# another chapter's\n")
    assert graded_before()[:2] == (0, 1)
