"""Questions in words: three to warm up, by what failed for this learner, and what a good answer says."""

import re

import numpy as np
import pytest

from revgraph.checks import exercises, good_answer, library, mine, warm_up
from revgraph.checks import notebook as nb
from revgraph.checks.questions import UnknownQuestion, good_answers, questions

EXERCISES = exercises()
QUESTION = "written_averaging"


@pytest.fixture(autouse=True)
def enter(tmp_path, monkeypatch):
    """Goes into a chapter's folder, as its notebook runs there."""
    monkeypatch.setenv("REVGRAPH_HOME", str(tmp_path / "my_revgraph"))
    for name in ("NBGRADER_EXECUTION", "REVGRAPH_OWN_STUDY", "REVGRAPH_GOOD_ANSWERS"):
        monkeypatch.delenv(name, raising=False)

    def go(chapter):
        (tmp_path / chapter).mkdir(exist_ok=True)
        monkeypatch.chdir(tmp_path / chapter)

    go("05_unbroadcast")
    return go


def chapter_of(about):
    return EXERCISES[about].chapter if about in EXERCISES else about


def standardize(x):
    return x


def one_hot(labels, n_classes):
    return np.zeros((len(labels), n_classes))


def exp_vjp(g, ans, a):
    return ans


# Warming up


def test_there_is_a_question_about_every_exercise_that_a_later_chapter_can_ask_about():
    asked = {one.about for one in questions()}
    last = max(one.chapter for one in EXERCISES.values())
    assert {name for name, one in EXERCISES.items() if one.chapter < last} <= asked
    assert asked <= {*EXERCISES, *(one.chapter for one in EXERCISES.values())}


@pytest.mark.parametrize("chapter", sorted({one.chapter for one in EXERCISES.values()}))
def test_without_a_record_a_chapter_begins_with_its_own_three_on_earlier_chapters(chapter, enter):
    enter(chapter)
    first = warm_up()
    assert [one.opens for one in first.questions] == [chapter] * 3
    assert all(chapter_of(one.about) < chapter or chapter == "00_welcome" for one in first.questions)
    assert repr(warm_up()) == repr(first)
    assert library.asked() == {}


def test_what_failed_most_often_is_asked_about_first(enter):
    for _ in range(2):
        nb.check(one_hot)
    for answer in (standardize, exp_vjp):
        nb.check(answer)
    assert [one.about for one in warm_up().questions] == ["one_hot", "exp_vjp", "standardize"]
    enter("01_derivatives")  # exp_vjp comes later, and is not asked about
    assert [one.about for one in warm_up().questions][:2] == ["one_hot", "standardize"]


def test_a_choice_stays_and_the_next_chapter_asks_about_something_else(enter):
    nb.check(exp_vjp)
    chosen = warm_up()
    assert "Chosen for you: exp_vjp" in repr(chosen)
    nb.check(standardize)
    assert repr(warm_up()) == repr(chosen)
    enter("06_backprop")
    assert [one.about for one in warm_up().questions if one.about in ("exp_vjp", "standardize")] == [
        "standardize"
    ]
    enter("07_matmul_and_reductions")
    assert {one.opens for one in warm_up().questions} == {"07_matmul_and_reductions"}


def test_what_often_failed_is_asked_about_three_times_and_in_other_words_where_there_are(enter):
    for _ in range(20):
        library.record_failure(EXERCISES["one_hot"])
        library.record_failure(EXERCISES["unbroadcast"])
    chapters = sorted({one.chapter for one in EXERCISES.values()})[7:]
    asks = []
    for chapter in chapters:
        enter(chapter)
        asks += [
            one.asks for one in warm_up().questions if one.about == "unbroadcast" and one.opens != chapter
        ]
    assert len(asks) == len(set(asks)) == 3


def test_only_what_a_learner_tried_counts(monkeypatch):
    def not_written(x):
        raise NotImplementedError

    not_written.__name__ = "standardize"
    for name, answer in {
        "standardize": not_written,
        "one_hot": lambda labels, n_classes: None,  # what a chapter shows on purpose has another name
        "mul_vjp": mine("exp_vjp"),  # lent
    }.items():
        nb.check(name, answer)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    nb.check(exp_vjp)
    assert library.failures() == {}


def test_grading_asks_everybody_the_same_and_leaves_no_trace(monkeypatch):
    nb.check(exp_vjp)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert {one.opens for one in warm_up().questions} == {"05_unbroadcast"}
    monkeypatch.delenv("NBGRADER_EXECUTION")
    assert library.asked() == {}


def test_an_exercise_that_there_is_no_more_is_not_asked_about():
    library.record_asked("05_unbroadcast", ["of long ago", "exp_vjp"])
    assert warm_up().questions[0].about == "exp_vjp"
    assert "of long ago" not in repr(warm_up())


def test_the_answers_stand_where_they_fold_open_and_nowhere_else():
    shown = warm_up()._repr_html_()
    assert shown.count("<details") == shown.count("<summary>") == 3
    for one in warm_up().questions:
        assert one.answer not in repr(warm_up())
        assert "`" not in shown


def test_an_answer_says_of_which_chapter_it_is(enter):
    assert re.findall(r"\(Chapter (\d\d)\.\)", warm_up()._repr_html_()) == ["04", "04", "00"]
    enter("00_welcome")
    assert "(Chapter" not in warm_up()._repr_html_()


def test_another_notebook_is_told(enter, capsys):
    enter("ps1")
    assert warm_up() is None
    assert "this notebook is not one" in capsys.readouterr().out


# What a good answer says


def test_a_good_answer_is_open_to_whoever_studies_alone(monkeypatch):
    monkeypatch.setenv("REVGRAPH_OWN_STUDY", "yes")
    found = good_answer(QUESTION)
    assert "paths add" in found.answer
    assert sum(int(point.split()[0]) for point in found.points) == 10
    shown = found._repr_html_()
    assert (
        shown.index("<details>")
        < shown.index("paths add")
        < shown.index("<li>4 points")
        < shown.index("</details>")
    )


def test_it_is_closed_in_a_class_and_told_how_to_open(capsys):
    assert good_answer(QUESTION) is None
    assert "A person reads your answer" in (said := capsys.readouterr().out)
    assert "open the course with `revgraph start`" in said


@pytest.mark.parametrize("alone", [True, False])
def test_an_instructors_line_comes_before_how_it_was_opened(alone, tmp_path, monkeypatch, capsys):
    if alone:
        monkeypatch.setenv("REVGRAPH_OWN_STUDY", "yes")
    (tmp_path / "revgraph.toml").write_text("good_answers = false\n")
    assert good_answer(QUESTION) is None
    assert "revgraph start" not in capsys.readouterr().out
    (tmp_path / "revgraph.toml").write_text("good_answers = true\n")
    assert good_answer(QUESTION)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert good_answer(QUESTION) is None


def test_every_written_question_has_its_answer_and_ten_points(monkeypatch):
    monkeypatch.setenv("REVGRAPH_GOOD_ANSWERS", "yes")
    assert len(good_answers()) == len({one.chapter for one in EXERCISES.values()})
    for name, one in good_answers().items():
        assert one.answer, name
        assert sum(int(point.split()[0]) for point in one.points) == 10, name
    with pytest.raises(UnknownQuestion, match=r"no question called .written.* written_hospital, "):
        good_answer("written")
