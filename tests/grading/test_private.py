"""Whatever the course's settings say: its gradebook and its folders are nobody's but the instructor's."""

import os

import pytest
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from revgraph.grading import assignment, gradebook


def course_with(tmp_path, **settings):
    config = Config()
    config.CourseDirectory.update({"root": str(tmp_path / "course"), **settings})
    return CourseDirectory(config=config)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///{}",
        "sqlite:///{}?timeout=30",
        "sqlite+pysqlite:///{}",
        "sqlite:///file:{}?mode=rw&uri=true",
        "sqlite:///file://{}?uri=true",
    ],
)
def test_the_gradebook_is_made_private_and_its_folder_hidden(tmp_path, url, monkeypatch):
    monkeypatch.setattr(os, "umask", lambda mask: None)  # of the process of other tests too
    file = tmp_path / "grades of 2026" / "book.db"
    file.parent.mkdir()
    file.touch(0o666)
    course = course_with(tmp_path, db_url=url.format(file))
    gradebook.keep_private(course)
    assert file.stat().st_mode & 0o777 == 0o600
    assert str(file.parent) in assignment._private(course)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "postgresql+psycopg://grader@host/book"])
def test_a_gradebook_that_is_no_file_is_left_alone(tmp_path, url):
    assert gradebook.file_of(course_with(tmp_path, db_url=url)) == ""


@pytest.mark.parametrize("step", assignment.STEPS)
def test_a_folder_of_the_course_is_hidden_wherever_it_lies(tmp_path, step):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    beside = course_with(tmp_path, **{f"{step}_directory": f"{tmp_path}/link/{{student_id}}/work"})
    assert {f"{tmp_path}/link", f"{tmp_path}/elsewhere"} <= set(assignment._private(beside))
    inside = course_with(tmp_path, **{f"{step}_directory": "share/notebooks"})
    assert f"{tmp_path}/course/share/notebooks" in assignment._private(inside)
