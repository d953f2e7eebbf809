"""What comes after the verdict: another way to write it, a third hint that is no answer, and a quiz."""

import pytest

from revgraph.checks import CheckFailed, check, exercises
from revgraph.checks import notebook as nb
from revgraph.checks.after import TRIES, another_way, with_gaps
from revgraph.checks.options import Options, options
from tests.checks.remembering import remembered_exercise

EXERCISES = {name: remembered_exercise(name) for name in exercises()}
every_exercise = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)


@pytest.fixture(autouse=True)
def notebook(tmp_path, monkeypatch):
    """A chapter's folder to run in, and what its cells show."""
    shown = []
    monkeypatch.setenv("REVGRAPH_HOME", str(tmp_path / "mine"))
    (tmp_path / "05_unbroadcast").mkdir()
    monkeypatch.chdir(tmp_path / "05_unbroadcast")
    monkeypatch.setattr(nb, "in_notebook", lambda: True)
    monkeypatch.setattr(nb, "_failed", nb.Counter())
    monkeypatch.setattr("IPython.display.display", shown.append)
    return shown


def html(verdict):
    return verdict._repr_mimebundle_()["text/html"]


def exp_vjp(g, ans, a):
    return g * ans


def wrong(g, ans, a):
    return g * a


def test_a_pass_folds_another_way_to_write_it():
    panel = html(check(exp_vjp))
    assert "<summary>Another way to write it</summary>" in panel
    assert "def exp_vjp(g, ans, a):" in panel


@every_exercise
def test_another_way_is_the_reference_itself(exercise):
    code = another_way(exercise)
    compile(code, "<another way>", "exec")
    assert code
    if exercise.methods:
        assert code.count("def ") >= len(exercise.methods)
    elif not isinstance(exercise.reference, type):
        names = dict(vars(__import__(exercise.reference.__module__, fromlist=["_"])))
        exec(code, names)
        assert exercise.judge(names[exercise.name]).passed


@every_exercise
def test_no_hint_passes_when_it_is_pasted(exercise):
    code = with_gaps(exercise)
    if not code:
        return  # too short for two gaps
    assert code.count("____") == 2
    reference = exercise.reference
    names = dict(vars(__import__(reference.__module__, fromlist=["_"])))
    if exercise.methods:
        code = f"class {reference.__name__}({reference.__name__}):\n" + "\n".join(
            "    " + line for line in code.splitlines()
        )
    exec(code, names)
    made = names[reference.__name__ if isinstance(reference, type) else exercise.name]
    verdict = exercise.judge(made)
    assert not verdict.passed
    assert verdict.points < exercise.points


def test_a_third_hint_folds_open_after_five_checks_that_failed(notebook):
    def softmax(x, axis=-1):
        return x

    for _ in range(TRIES):
        with pytest.raises(CheckFailed):
            check(softmax)
    assert [("two gaps" in html(verdict)) for verdict in notebook] == [False] * (TRIES - 1) + [True]
    assert "____" in html(notebook[-1])


def test_an_instructor_switches_the_other_way_off(tmp_path):
    (tmp_path / "revgraph.toml").write_text("another_way = false\n")
    assert options() == Options(another_way=False)
    assert "Another way" not in html(check(exp_vjp))


def test_a_quiz_says_right_or_wrong_and_nothing_else(tmp_path, notebook):
    (tmp_path / "05_unbroadcast" / "revgraph.toml").write_text("quiz = true\n")
    assert check(exp_vjp).message == "exp_vjp: right"
    for _ in range(TRIES + 1):
        with pytest.raises(CheckFailed):
            check("exp_vjp", wrong)
    for verdict in notebook:
        assert verdict.message == "exp_vjp: not right yet"
        assert "details" not in html(verdict)
        assert verdict.misconception  # an instructor's table may still have it


def test_the_environment_comes_before_the_file(tmp_path, monkeypatch):
    (tmp_path / "revgraph.toml").write_text("quiz = true\n")
    monkeypatch.setenv("REVGRAPH_QUIZ", "no")
    assert not options().quiz
    monkeypatch.setenv("REVGRAPH_QUIZ", "perhaps")
    with pytest.raises(ValueError, match="REVGRAPH_QUIZ is 'perhaps'; it may be yes or no"):
        options()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("quizz = true", "quizz = True means nothing here; it may say quiz = true or false"),
        ("quiz = 3", "quiz = 3 means nothing here"),
        ("quiz =", "cannot be read"),
    ],
)
def test_a_file_of_options_that_makes_no_sense_is_told(tmp_path, text, said):
    (tmp_path / "revgraph.toml").write_text(text)
    with pytest.raises(ValueError, match=said):
        options()
