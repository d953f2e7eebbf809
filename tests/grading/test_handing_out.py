"""The page "Handing out and collecting", gone through: its commands and settings as they stand there."""

import io
import os
import re
import shutil
import zipfile

import nbformat
import pytest
from traitlets.config import Config

from .commands import Commands, blocks
from .conftest import ANSWERS, PROJECT, tiny_chapter

pytestmark = pytest.mark.xdist_group("handing out")
CHAPTER = "00_tiny"
PAGE = (PROJECT / "docs" / "handing-out.md").read_text("utf-8").replace("05_unbroadcast", CHAPTER)
LMS, EXCHANGE = "## With an LMS: Canvas or Moodle", "## With nbgrader's exchange"
WRONG = "def total(xs):\n    return 0"


@pytest.fixture(scope="module")
def commands():
    with Commands() as running:
        yield running


@pytest.fixture(scope="module")
def released(commands, tmp_path_factory):
    """A course with one chapter, released, and packed for students: `week5.zip`."""
    course = tmp_path_factory.mktemp("course")
    (course / "solutions" / CHAPTER).mkdir(parents=True)
    nbformat.write(tiny_chapter(), course / "solutions" / CHAPTER / f"{CHAPTER}.ipynb")
    shutil.copy(PROJECT / "nbgrader_config.py", course)
    commands.run(blocks(f"\n{PAGE}", "# Handing out and collecting")[0], course)
    commands.run(blocks(PAGE, "### Out")[0], course)
    return course


@pytest.fixture
def course(released, tmp_path):
    shutil.copytree(released, tmp_path / "course")
    return tmp_path / "course"


def handed_out(course):
    with zipfile.ZipFile(course / "week5.zip") as archive:
        return archive.read(f"week5/course/{CHAPTER}/{CHAPTER}.ipynb").decode()


def worked(notebook, **answers):
    """The notebook with these answers, as its file's bytes."""
    notebook = nbformat.reads(notebook, as_version=4)
    for cell in notebook.cells:
        cell.source = (ANSWERS | answers).get(cell.id, cell.source)
    return nbformat.writes(notebook).encode()


def zipped(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


NAMES = {  # of the files of Ada (right), Grace (half right, late, packed twice), Emmy (to mark by hand)
    "canvas": [
        f"lovelaceada_101_9876_{CHAPTER}.ipynb",
        "hopper_grace_LATE_102_9877_my work.zip",
        f"noetheremmy_103_9878_{CHAPTER}-1.ipynb",
    ],
    "moodle": [
        f"Ada Lovelace_101_assignsubmission_file/{CHAPTER}.ipynb",
        "Grace Hopper_102_assignsubmission_file_/my work.zip",
        f"Emmy Noether_103_assignsubmission_file_{CHAPTER}.ipynb",
    ],
}
EXPORTED = {
    "canvas": "Student,ID,SIS Login ID,Section,00_tiny (5)\n    Points Possible,,,,100\n"
    '"Lovelace, Ada",101,ada,1,\n"Hopper, Grace",102,grace,1,\n"Noether, Emmy",103,emmy,1,\n',
    "moodle": 'Identifier,"Full name",Grade,"Maximum Grade","Feedback comments"\n'
    '"Participant 101","Ada Lovelace",,100.00,\n"Participant 102","Grace Hopper",,100.00,\n'
    '"Participant 103","Emmy Noether",,100.00,\n',
}
FILLED = {
    "canvas": [",ada,1,80\n", ",grace,1,30\n", ",emmy,1,\n"],
    "moodle": [
        'Ada Lovelace",80,100.00,80 of 100 points in 00_tiny\n',
        'Grace Hopper",30,100.00,',
        'Emmy Noether",,',
    ],
}
PAGES = {
    "canvas": [f"hopper_grace_LATE_102_9877_{CHAPTER}.html", f"lovelaceada_101_9876_{CHAPTER}.html"],
    "moodle": [
        f"Ada Lovelace_101_assignfeedback_file_/{CHAPTER}.html",
        f"Grace Hopper_102_assignfeedback_file_/{CHAPTER}.html",
    ],
}


@pytest.mark.parametrize("lms", ["canvas", "moodle"])
def test_an_lms_out_and_back(commands, course, tmp_path, lms):
    settings = blocks(PAGE, LMS, "python")[list(NAMES).index(lms)]
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(settings)
    released = handed_out(course)
    half = worked(released, total=WRONG)
    files = [worked(released), zipped({f"mine/{CHAPTER}.ipynb": half}), worked(released, why="I think so.")]
    home = tmp_path / "home"
    (home / "Downloads").mkdir(parents=True)
    (home / "Downloads" / "submissions.zip").write_bytes(zipped(dict(zip(NAMES[lms], files, strict=True))))
    commands.run(blocks(PAGE, "### Back")[0], course, HOME=str(home))

    exported = home / "Downloads" / {"canvas": "gradebook.csv", "moodle": "worksheet.csv"}[lms]
    exported.write_text(EXPORTED[lms])
    (line,) = [line for line in blocks(PAGE, "### Grades and feedback")[0].splitlines() if lms in line]
    said = commands.run(line, course, HOME=str(home))
    assert "1 answer to mark by hand: 103" in said
    for words in FILLED[lms]:
        assert words in exported.read_text()
    with zipfile.ZipFile(course / f"feedback_{CHAPTER}_{lms}.zip") as archive:
        assert sorted(archive.namelist()) == PAGES[lms]
        assert "(Score: 30.0 / 100.0)" in archive.read(next(n for n in PAGES[lms] if "102" in n)).decode()


ADA = "Ada Lovelace_101_assignsubmission_file"
PLANTED = "/downloaded/ps1/extracted/submissions/"  # as folders of a student's zip file


@pytest.mark.parametrize(
    ("lms", "path", "student", "notebook"),
    [
        ("canvas", "submissions/lovelaceada_101_98_ps1.ipynb", "101", "ps1.ipynb"),
        ("canvas", "lovelaceada_101_98_05_ps_1.ipynb", "101", "05_ps_1.ipynb"),
        ("canvas", "cs_2026_11_submissions/o_brien_LATE_101_98_ps1-2.ipynb", "101", "ps1-2.ipynb"),
        ("canvas", "cs_2026_11_x/lovelaceada_101_98_my_7_8_work/a/ps1.ipynb", "101", "ps1.ipynb"),
        ("moodle", "CS-ps1-77/Ada Lovelace_101_assignsubmission_file/ps1.ipynb", "101", "ps1.ipynb"),
        ("moodle", "CS-ps1-77/Ada Lovelace_101_assignsubmission_file_/a_2/ps1.ipynb", "101", "ps1.ipynb"),
        ("moodle", "x_9_y/Ada 3 Lovelace_101_assignsubmission_file_05_ps.ipynb", "101", "05_ps.ipynb"),
        ("moodle", "x/Participant_101_assignsubmission_file/ps1.ipynb", "101", "ps1.ipynb"),
        # names that a student chose, of the file or within a zip file, as if they were another's
        ("canvas", "submissions/lovelaceada_101_98_hw/x_102_55_ps1.ipynb", "101", "x_102_55_ps1.ipynb"),
        ("canvas", "submissions/lovelaceada_101_98_x_102_55_ps1.ipynb", "101", "x_102_55_ps1.ipynb"),
        (
            "canvas",
            f"submissions/lovelaceada_101_98_hw{PLANTED}x_102_55_ps1.ipynb",
            "101",
            "x_102_55_ps1.ipynb",
        ),
        ("moodle", f"x/{ADA}/hw/x_102_assignsubmission_file/ps1.ipynb", "101", "ps1.ipynb"),
        ("moodle", f"x/{ADA}_hw/x_102_assignsubmission_file/ps1.ipynb", "101", "ps1.ipynb"),
        ("moodle", f"{ADA}/x_102_assignsubmission_file/ps1.ipynb", "101", "ps1.ipynb"),
        (
            "moodle",
            f"x/{ADA}_x_102_assignsubmission_file_a.ipynb",
            "101",
            "x_102_assignsubmission_file_a.ipynb",
        ),
        ("moodle", f"x/{ADA}{PLANTED}x_102_assignsubmission_file/ps1.ipynb", "101", "ps1.ipynb"),
    ],
)
def test_whose_a_file_is(lms, path, student, notebook):
    """By the page's expressions, as zip_collect matches them: against the whole path."""
    found = whose(lms, path)
    assert found is not None
    assert found.groupdict() == {"student_id": student, "file_id": notebook}


def whose(lms, path):
    settings = blocks(PAGE, LMS, "python")[list(NAMES).index(lms)]
    config = Config()
    exec(settings, {"c": config})
    return re.match(config.FileNameCollectorPlugin.named_regexp, f"/a_1_2_b/downloaded/ps1/extracted/{path}")


@pytest.mark.parametrize(
    ("lms", "path"),
    [
        ("canvas", "submissions/without a number/x_102_55_ps1.ipynb"),
        ("moodle", "x/without a number/x_102_assignsubmission_file/ps1.ipynb"),
    ],
)
def test_no_number_is_read_deeper_than_the_lms_writes_one(lms, path):
    assert whose(lms, path) is None


def test_the_exchange_and_what_is_said_where_there_is_none(commands, course, tmp_path):
    root = str(tmp_path / "exchange")
    page = PAGE.replace("/srv/nbgrader/exchange", root)
    make, release, student, collect, fetch_feedback, _ = blocks(page, EXCHANGE)
    settings, own = blocks(page, EXCHANGE, "python")
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "nbgrader_config.py").write_text(settings)
    home = {"HOME": str(tmp_path), "JUPYTER_CONFIG_PATH": str(tmp_path / "etc")}

    _, said = commands.ask(f"nbgrader collect {CHAPTER}", course, **home)
    message = f"Unwritable directory, please contact your instructor: {root}"
    assert message in said
    assert message.partition(":")[0] in PAGE

    commands.run(make, course, **home)
    assert os.stat(root).st_mode & 0o7777 == 0o1777
    commands.run(release, course, **home)
    *before, submit = student.splitlines()
    assert CHAPTER in commands.run("\n".join(before), tmp_path, **home)
    mine = tmp_path / CHAPTER / f"{CHAPTER}.ipynb"
    mine.write_bytes(worked(mine.read_text("utf-8"), total=WRONG))
    (course / "submitted" / "absent" / CHAPTER).mkdir(parents=True)  # has no secret of the exchange's
    commands.run(submit, tmp_path, **home)
    commands.run(collect, course, **home)
    commands.run(fetch_feedback, tmp_path, **home)
    (page,) = (tmp_path / CHAPTER / "feedback").glob("*/*.html")
    assert "(Score: 30.0 / 100.0)" in page.read_text("utf-8")
    assert "os.path.expanduser" in own
