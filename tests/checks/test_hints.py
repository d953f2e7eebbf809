"""What a notebook says where something is not there yet, in a shell of its own."""

import pytest

from revgraph.checks.hints import undefined, unwritten

STUB = "def added_axes(shape, broadcast):\n    raise NotImplementedError"
CLASS = "class Neuron:\n    def __init__(self, n_inputs):\n        raise NotImplementedError"
USES_IT = "def stretched_axes(shape, broadcast):\n    return added_axes(shape, broadcast)"


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["check(unbroadcast)"], undefined("unbroadcast")),
        ([STUB, "added_axes((1,), (3,))"], unwritten("added_axes")),
        ([CLASS, "Neuron(3)"], unwritten("Neuron")),
        ([STUB, USES_IT, "check(stretched_axes)"], "stretched_axes: it uses added_axes"),
        ([USES_IT, "check(stretched_axes)"], undefined("added_axes")),
        ([STUB, "check(added_axes)"], "added_axes: not written yet"),
    ],
)
def test_the_next_step_is_said(shell, cells, said):
    assert said in shell(*cells)


def test_nothing_else_is_commented_on(shell):
    printed = shell("1 + 1", "1 / 0", "raise NotImplementedError", "import nowhere")
    assert "ModuleNotFoundError" in printed
    assert "not written yet" not in printed
    assert "not defined" not in printed


def test_what_a_cell_imports_is_walked_by_no_later_round_of_the_garbage_collector(shell):
    printed = shell("import gc, matplotlib.pyplot", "print('frozen', gc.get_freeze_count() > 10_000)")
    assert "frozen True" in printed
