"""The right function is blamed, the right line is shown, and what was judged is said."""

import numpy as np
import pytest

from revgraph.checks import CheckFailed, check, exercises, mine
from revgraph.checks import notebook as nb

CELL = """
import numpy as np

def output_size(size, kernel, stride, padding):
    return -(-size // stride) if padding == "SAME" else (size - kernel) // stride + 1

def im2col(x, kernel_size, stride=(1, 1), padding="VALID"):
    {im2col}

def conv2d(x, k, stride=(1, 1), padding="VALID"):
    kh, kw, _, n_out = k.shape
    rows = im2col(x, (kh, kw), stride, padding)
    high = output_size(x.shape[1], kh, stride[0], padding)
    wide = output_size(x.shape[2], kw, stride[1], padding)
    return {answer}
"""
RIGHT = "(rows @ k.reshape(-1, n_out)).reshape(len(x), high, wide, n_out)"


def learner(im2col, answer=RIGHT):
    names = {"reference": exercises()["im2col"].reference}
    exec(compile(CELL.format(im2col=im2col, answer=answer), "<cell>", "exec"), names)
    return names


def test_a_right_answer_is_told_so_and_the_function_it_uses_is_blamed():
    names = learner("return reference(x, kernel_size, stride, padding)[:, ::-1]")
    own = names["im2col"]
    verdict = exercises()["conv2d"].judge(names["conv2d"])
    assert (verdict.passed, verdict.points, verdict.misconception) == (False, 0, "uses im2col")
    assert verdict.message.splitlines() == [
        "conv2d: 2 of 27 cases pass",
        "  earned        stride 1: 0 of 5; other strides: 0 of 3; 'SAME': 0 of 2",
        "  Your conv2d is right. im2col, which it uses, is not yet.",
        "  Next: `check(im2col)` tells more.",
    ]
    assert names["im2col"] is own


def test_what_is_blamed_costs_no_part_that_is_right():
    names = learner("return reference(x, kernel_size, stride, padding) * (1 if padding == 'VALID' else 2)")
    verdict = exercises()["conv2d"].judge(names["conv2d"])
    assert (verdict.points, verdict.misconception) == (8, "uses im2col")
    assert verdict.message.splitlines()[0].endswith("cases pass, 8 of 10 points")


def test_a_piece_that_passes_its_own_check_is_not_called_wrong():
    """One that is told apart by what only the answer puts to it: here by a stride as a list."""
    answer = RIGHT.replace("rows", "im2col(x, (kh, kw), list(stride), padding)")
    spoilt = "return reference(x, kernel_size, stride, padding) * (2 if isinstance(stride, list) else 1)"
    verdict = exercises()["conv2d"].judge(learner(spoilt, answer)["conv2d"])
    assert (
        "Your conv2d is right with the reference's im2col and output_size, and wrong with yours."
        in verdict.message
    )
    assert "is not yet" not in verdict.message


def test_only_what_an_answer_uses_is_blamed():
    """Directly, by another function of the notebook, or by a table; what lies beside it in vain is not."""
    spoilt = "return reference(x, kernel_size, stride, padding)[:, ::-1]"
    for way in (
        "",
        "rows = turned(x, (kh, kw), stride, padding)",
        "rows = TABLE[0](x, (kh, kw), stride, padding)",
    ):
        cell = CELL.replace("rows = im2col(x, (kh, kw), stride, padding)", way) if way else CELL
        cell = cell.replace("output_size(x", "sized(x")
        names = {"reference": exercises()["im2col"].reference, "sized": exercises()["output_size"].reference}
        beside = (
            "turned = lambda *all: im2col(*all)\nTABLE = [turned]\n"
            "def output_size(size, kernel, stride, padding):\n    return 0\n"
        )
        exec(compile(cell.format(im2col=spoilt, answer=RIGHT) + beside, "<cell>", "exec"), names)
        assert "Your conv2d is right. im2col, which it uses, is not yet." in (
            exercises()["conv2d"].judge(names["conv2d"]).message
        )


def test_an_answer_that_is_wrong_by_itself_is_blamed_itself():
    names = learner("return reference(x, kernel_size, stride, padding)[:, ::-1]", f"2 * {RIGHT}")
    assert "Your conv2d is right" not in exercises()["conv2d"].judge(names["conv2d"]).message
    names = learner("return reference(x, kernel_size, stride, padding)", f"2 * {RIGHT}")
    assert exercises()["conv2d"].judge(names["conv2d"]).misconception == "2 times"


def test_the_line_shown_is_of_the_function_that_is_checked():
    def helper(x):
        return x @ np.ones((7, 7))

    def sigmoid(x):
        return 1 / helper(x)

    message = exercises()["sigmoid"].judge(sigmoid).message
    assert "in your line  return 1 / helper(x)" in message
    assert "which calls   helper: return x @ np.ones((7, 7))" in message


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (lambda g, ans, a: g, "A lambda has no name to find its exercise by"),
        (42, r"42 \(int\) has no name to find its exercise by"),
    ],
)
def test_what_has_no_name_is_told_how_to_be_checked(what, said):
    with pytest.raises(nb.UnknownExercise, match=said):
        check(what)


def test_what_mine_lends_is_not_counted_as_ones_own(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("REVGRAPH_HOME", str(tmp_path / "mine"))
    check(mine("sigmoid"))
    assert "This is the reference's, which `mine` lends where you have none" in capsys.readouterr().out
    assert not (tmp_path / "mine").exists()


OLD = "def exp_vjp(g, ans, a):\n    return g * a"
BROKEN = "def exp_vjp(g, ans, a):\n    return g * (ans"
MENDED = "def exp_vjp(g, ans, a):\n    return g * ans"
EARLIER = "this judges the version before it"


def test_after_a_cell_that_did_not_compile_the_earlier_version_is_judged_and_told(shell):
    assert EARLIER in shell(OLD, BROKEN, "check(exp_vjp)")
    assert EARLIER not in shell(OLD, BROKEN, MENDED, "check(exp_vjp)")


VALUE = """
class Value:
    def __init__(self, data, children=()):
        self.data, self.grad, self._children, self._backward = data, 0.0, children, lambda: None
"""


def test_after_the_class_was_made_again_the_cells_are_named_that_attach_to_it(shell):
    attach = "Value.__mul__ = Value.__rmul__ = lambda a, b: a"
    said = shell(VALUE, attach, VALUE, "check('value_mul', Value)")
    assert "The class Value was made again" in said
    assert "Run again: `Value.__mul__ = …`, `Value.__rmul__ = …`." in said
    assert "value_mul: not attached" in said
    assert "not written" not in said
    assert "made again" not in shell(VALUE, attach, "check('value_mul', Value)")


def test_a_skipped_exercise_says_how_to_go_on_without_it(shell):
    stub = "def exp_vjp(g, ans, a):\n    raise NotImplementedError"
    for cells in ([stub, "check(exp_vjp)"], [stub, "exp_vjp(1, 1, 1)"], ["exp_vjp(1, 1, 1)"]):
        said = shell("from revgraph.checks import mine", *cells)
        assert 'To go on without it for now: `exp_vjp = mine("exp_vjp")`.' in said
    said = shell(stub, "check(exp_vjp)")
    assert '`from revgraph.checks import mine; exp_vjp = mine("exp_vjp")`' in said


def test_a_failed_check_in_a_notebook_still_ends_the_cell(monkeypatch):
    monkeypatch.setattr(nb, "in_notebook", lambda: True)
    monkeypatch.setattr("IPython.display.display", lambda shown: None)
    with pytest.raises(CheckFailed):
        check("sigmoid", lambda x: x)
