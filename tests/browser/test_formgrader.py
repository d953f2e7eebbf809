"""nbgrader's formgrader in a browser over a class graded by `revgraph grade` shows the CSV's scores."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from playwright.sync_api import Browser, Page

from revgraph.grading import report
from revgraph.grading.assignment import Options, grade_assignment
from tests.browser.conftest import serving
from tests.grading import corpus, known_class

NAMES = ("right 0", "averages 0", "hostile", "late", "folder without a notebook", "Ünï çødé ✓", "<b>bold")
STUDENTS = [case for case in known_class.CLASS if case.name in NAMES]


@dataclass
class Formgrader:
    page: Page
    address: str
    lines: dict[str, dict[str, str]]  # of the CSV, by student
    notebooks: dict[str, str]  # of each student, its id in the gradebook

    def open(self, path: str, awaited: str) -> None:
        self.page.goto(f"{self.address}/formgrader/{path}")
        self.page.locator(awaited).first.wait_for()

    def table(self) -> list[list[str]]:
        """The cells of the page's table, row by row."""
        rows = [row.locator("td").all_inner_texts() for row in self.page.locator("#main-table tr").all()]
        return [[cell.strip() for cell in cells] for cells in rows]


@pytest.fixture(scope="module")
def course(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A graded course; made only where there is a Chromium."""
    folder = tmp_path_factory.mktemp("formgrader")
    api = known_class.set_up(folder, STUDENTS)
    rows = grade_assignment(api.coursedir, corpus.NAME, Options(jobs=2, limits=known_class.LIMITS)).rows
    report.write_csv([row for row in rows if row.student != known_class.NO_TEXT], folder / "grades.csv")
    return folder


@pytest.fixture(scope="module")
def formgrader(
    course: Path, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Formgrader]:
    with (course / "grades.csv").open(newline="", encoding="utf-8") as file:
        lines = {line["student_id"]: line for line in csv.DictReader(file)}
    with Gradebook(f"sqlite:///{course}/gradebook.db", "revgraph") as gradebook:
        submissions = gradebook.assignment_submissions(corpus.NAME)
        notebooks = {s.student_id: s.notebooks[0].id for s in submissions}
    with serving(tmp_path_factory.mktemp("home"), course) as address:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        yield Formgrader(page, address, lines, notebooks)
        page.close()


def out_of_100(score: str) -> str:
    return f"{float(score):g} / 100"


def test_the_list_of_submissions(formgrader: Formgrader) -> None:
    """Formgrader shows the score before the penalty for being late."""
    formgrader.open(f"manage_submissions/{corpus.NAME}", "#main-table .score")
    formgrader.page.get_by_text("late", exact=True).wait_for()
    shown = {student: score for _, student, _, status, score, *_ in formgrader.table() if status == "graded"}
    assert shown == {student: out_of_100(line["raw_score"]) for student, line in formgrader.lines.items()}


def test_the_average_of_the_assignment(formgrader: Formgrader) -> None:
    formgrader.open("gradebook", "#main-table .score, #main-table a")
    formgrader.page.get_by_role("link", name=corpus.NAME).wait_for()
    (row,) = formgrader.table()
    scores = [float(line["raw_score"]) for line in formgrader.lines.values()]
    assert f"{sum(scores) / len(scores):g} / 100" in row


def test_the_submissions_of_a_notebook(formgrader: Formgrader) -> None:
    formgrader.open(f"gradebook/{corpus.NAME}/{corpus.NAME}", "#main-table a")
    formgrader.page.get_by_role("button", name="Show All Names").click()
    shown = sorted(score for _, _, score, *_ in formgrader.table())
    assert shown == sorted(out_of_100(line["raw_score"]) for line in formgrader.lines.values())


@pytest.mark.parametrize("student", ["right 0", "averages 0", "hostile", "folder without a notebook"])
def test_one_submission(formgrader: Formgrader, student: str) -> None:
    """Each graded cell has its points, the verdict is on the page, and nothing of a student's runs."""
    dialogs: list[str] = []
    formgrader.page.once("dialog", lambda dialog: dialogs.append(dialog.message))
    formgrader.open(f"submissions/{formgrader.notebooks[student]}/", "input.score")
    formgrader.page.wait_for_function(
        "[...document.querySelectorAll('input.score')].every(e => e.placeholder)"
    )
    formgrader.page.wait_for_timeout(300)
    points = [
        float(box.get_attribute("placeholder") or "nan")
        for box in formgrader.page.locator("input.score").all()
    ]
    assert sum(points) == float(formgrader.lines[student]["raw_score"])
    verdicts = formgrader.page.locator("section[role=status]").all_inner_texts()
    words = {
        "right 0": "Passed",
        "averages 0": "averaging instead of summing",
        "hostile": "averaging instead",
    }
    assert (words[student] in verdicts[-1]) if student in words else verdicts == []
    assert formgrader.page.title() == corpus.NAME
    assert dialogs == []
