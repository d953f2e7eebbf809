"""The learner's own library: what a notebook saves runs alone, and nothing in the folder is lost."""

import multiprocessing
import os
import runpy
import subprocess
import sys
from contextlib import redirect_stdout
from io import StringIO

import pytest

from revgraph.checks import check, exercises, library, mine, pieces
from revgraph.checks.hints import watch_cells

CELLS = [
    "import numpy as np\nfrom revgraph.checks import check, mine",
    """
def added_axes(shape, broadcast):
    ### BEGIN SOLUTION
    return tuple(range(len(broadcast) - len(shape)))
    ### END SOLUTION
""",
    "check(added_axes)",
    "shape, i = np.zeros(3), np.ones(2)  # of no concern to functions with such parameters",
    "ONE = 1\n\ndef is_one(size):\n    return size == ONE",
    """
def stretched_axes(shape, broadcast):
    added = len(added_axes(shape, broadcast))
    return tuple(i + added for i, n in enumerate(shape) if is_one(n) and not is_one(broadcast[i + added]))
""",
    "check(stretched_axes)",
    """
def my_unbroadcast(g, shape):
    axes = added_axes(shape, g.shape) + stretched_axes(shape, g.shape)
    return np.sum(g, axis=axes, keepdims=True).reshape(shape)
""",
    "check('unbroadcast', my_unbroadcast)",
]
NAMES = ("added_axes", "stretched_axes", "unbroadcast")


FORKS = sys.platform == "linux"  # elsewhere a fork is not safe, or not to be had
WARM = multiprocessing.get_context("forkserver" if FORKS else "spawn")
if FORKS:
    WARM.set_forkserver_preload(["IPython.core.interactiveshell", "revgraph.checks"])


def run_cells(cells):
    """Run cells as a notebook does, in a process of their own; a fork need not import anything first."""
    receive, send = WARM.Pipe(duplex=False)
    process = WARM.Process(target=shell_runs, args=(cells, dict(os.environ), send))
    process.start()
    send.close()
    said = receive.recv()  # EOFError if the process ended before
    process.join()
    assert process.exitcode == 0
    return said


def shell_runs(cells, environment, send):
    from IPython.core.interactiveshell import InteractiveShell

    os.environ.clear()
    os.environ.update(environment)
    shell = InteractiveShell.instance()
    watch_cells()  # which importing revgraph.checks does in a kernel
    with redirect_stdout(StringIO()) as said:
        for cell in cells:
            shell.run_cell(cell, store_history=True)
    send.send(said.getvalue())


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("REVGRAPH_HOME", str(tmp_path / "my_revgraph"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    return tmp_path / "my_revgraph"


def test_without_a_library_mine_gives_the_reference(home):
    assert mine("unbroadcast") is exercises()["unbroadcast"].reference
    assert "reference" in repr(pieces("unbroadcast"))


def test_what_passed_is_written_as_source_that_runs_alone(home):
    said = run_cells(CELLS)
    assert "Not saved" not in said
    text = (home / "ch05_unbroadcast.py").read_text()
    assert "import numpy as np" in text
    assert "BEGIN SOLUTION" not in text
    for name, function in zip(NAMES, mine(*NAMES), strict=True):
        assert function.__module__ == "my_revgraph.ch05_unbroadcast"
        assert exercises()[name].judge(function).passed
    assert repr(pieces("unbroadcast", "mul_broadcast_vjp")).split()[1] == "yours"
    assert "<td>reference</td>" in pieces("mul_broadcast_vjp")._repr_html_()


def test_a_second_solution_keeps_the_first(home):
    run_cells(CELLS[:3])
    assert "stretched_axes" not in (home / "ch05_unbroadcast.py").read_text()
    run_cells(CELLS)
    assert all(f.__module__.startswith("my_revgraph") for f in mine(*NAMES))


def test_an_edit_by_hand_is_kept(home):
    run_cells(CELLS[:3])
    path = home / "ch05_unbroadcast.py"
    path.write_text(path.read_text() + "# my own remark\n")
    assert "your version is kept as ch05_unbroadcast_yours_1.py" in run_cells(CELLS[:3])
    assert "# my own remark" in (home / "ch05_unbroadcast_yours_1.py").read_text()
    assert "your version is kept" not in run_cells(CELLS[:3])


def test_what_cannot_stand_alone_is_not_saved_and_says_why(home):
    said = run_cells(
        [
            CELLS[0],
            "t = np.arange(9)",
            "def added_axes(shape, broadcast):\n    return tuple(t[: len(broadcast) - len(shape)].tolist())",
            "check(added_axes)",
        ]
    )
    assert "it uses `t`, which is made in another cell" in said
    assert not (home / "ch05_unbroadcast.py").exists()
    assert library.passed_exercises() == {"added_axes": 10}  # but it counts


def test_a_piece_of_an_earlier_chapter_is_taken_with_mine(home):
    run_cells(
        [
            CELLS[0],
            "unbroadcast, exp_vjp = mine('unbroadcast', 'exp_vjp')",
            "def add_broadcast_vjp(g, ans, *ab):\n"
            "    return tuple(unbroadcast(exp_vjp(g, 1, x), np.shape(x)) for x in ab)",
            "check(add_broadcast_vjp)",
        ]
    )
    text = (home / "ch05_unbroadcast.py").read_text()
    assert text.split("\n\n\n")[1:4] == [
        "from revgraph.checks import mine\nimport numpy as np",
        'exp_vjp = mine("exp_vjp")',
        'unbroadcast = mine("unbroadcast")',
    ]
    assert exercises()["add_broadcast_vjp"].judge(mine("add_broadcast_vjp")).passed


VALUE = [
    "from revgraph.checks import check",
    """
class Value:
    def __init__(self, data, children=()):
        self.data, self.grad, self._children, self._backward = data, 0.0, children, lambda: None
""",
    """
def add(a, b):
    b = b if isinstance(b, Value) else Value(b)
    out = Value(a.data + b.data, (a, b))

    def send_back():
        a.grad += out.grad
        b.grad += out.grad

    out._backward = send_back
    return out


Value.__add__ = add
""",
    "check('value_add', Value)",
    """
def topological_order(root):
    done, stack = {}, [root]
    while stack:
        node = stack[-1]
        waiting = [child for child in node._children if child not in done]
        stack.extend(waiting)
        if not waiting:
            done[stack.pop()] = None
    return list(done)
""",
    """
def backward(root):
    root.grad = 1.0
    for node in reversed(topological_order(root)):
        node._backward()


Value.backward = backward
""",
    "check(backward)",
    "check('value_add', Value)",
]


def test_a_class_made_in_many_cells_is_saved_once(home):
    assert "Not saved" not in run_cells(VALUE)
    text = (home / "ch02_scalar_autodiff.py").read_text()
    for line in ("class Value:", "def add(", "def topological_order(", "def backward(", "Value.backward ="):
        assert text.count(line) == 1
    Value = runpy.run_path(str(home / "ch02_scalar_autodiff.py"))["Value"]
    assert exercises()["value_add"].judge(Value).passed
    a = Value(3.0)
    (a + a).backward()
    assert a.grad == 2.0


def test_a_file_that_does_not_run_says_which(home):
    run_cells(CELLS[:3])
    path = home / "ch05_unbroadcast.py"
    path.write_text("def broken(:")
    with pytest.raises(ImportError, match=r"ch05_unbroadcast\.py does not run: SyntaxError"):
        mine("added_axes")


def test_grading_reads_nothing_of_it(home, monkeypatch):
    run_cells(CELLS[:3])
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert mine("added_axes") is exercises()["added_axes"].reference


def test_an_unknown_piece_is_named(home):
    with pytest.raises(LookupError, match="No chapter makes a piece called 'nothing'"):
        mine("nothing")


MUL = """
def mul(a, b):
    b = b if isinstance(b, Value) else Value(b)
    out = Value(a.data * b.data, (a, b))

    def send_back():
        a.grad += b.data * out.grad
        b.grad += a.data * out.grad

    out._backward = send_back
    return out


Value.__mul__ = mul
"""
BROKEN_MUL = MUL.replace("b.data * out.grad", "out.grad")


def test_a_second_session_that_runs_only_some_cells_keeps_what_passed(home):
    run_cells([*VALUE[:3], MUL, VALUE[3], "check('value_mul', Value)"])
    run_cells(VALUE[:4])
    text = (home / "ch02_scalar_autodiff.py").read_text()
    assert text.count("def mul(") == text.count("def add(") == 1
    Value = runpy.run_path(str(home / "ch02_scalar_autodiff.py"))["Value"]
    assert exercises()["value_mul"].judge(Value).passed


def test_a_passed_piece_stays_until_another_that_passes_replaces_it(home):
    run_cells([*VALUE[:3], MUL, VALUE[3], "check('value_mul', Value)"])
    assert "Not saved" not in run_cells([*VALUE[:3], BROKEN_MUL, VALUE[3]])
    Value = runpy.run_path(str(home / "ch02_scalar_autodiff.py"))["Value"]
    assert exercises()["value_mul"].judge(Value).passed
    assert exercises()["value_add"].judge(Value).passed


def test_a_class_of_a_library_is_imported_again_and_not_taken_for_the_piece_of_its_name(home):
    neuron = """
class Neuron:
    def __init__(self, n_inputs, nonlinear=True):
        self.w = [Value(random.uniform(-1, 1)) for _ in range(n_inputs)]
        self.b, self.nonlinear = Value(0.0), nonlinear

    def __call__(self, x):
        total = sum((w * a for w, a in zip(self.w, x)), self.b)
        return total.relu() if self.nonlinear else total

    def parameters(self):
        return [*self.w, self.b]
"""
    start = "import random\nfrom revgraph.checks import check\nfrom revgraph.dagnet.engine import Value"
    assert "Not saved" not in run_cells([start, neuron, "check(Neuron)"])
    assert "from revgraph.dagnet.engine import Value" in (home / "ch03_scalar_networks.py").read_text()
    assert exercises()["Neuron"].judge(mine("Neuron")).passed


def test_a_class_serves_later_chapters_once_it_has_all_its_methods(home, capsys):
    run_cells(VALUE[:4])
    assert mine("Value") is exercises()["value_add"].reference
    assert "Your Value has no __mul__, " in capsys.readouterr().out


def test_what_a_cell_prints_or_trains_does_not_run_again(home):
    cell = """
import numpy as np
SIZE = 1
print("loud")
for round in range(3):
    print("training", round)


def is_one(size):
    return size == SIZE


def stretched_axes(shape, broadcast):
    n = len(broadcast) - len(shape)
    return tuple(i + n for i, size in enumerate(shape) if is_one(size) and not is_one(broadcast[i + n]))


check(stretched_axes)
print(stretched_axes((1, 4), (3, 4)))
%timeit -n1 -r1 stretched_axes((1, 4), (3, 4))
"""
    said = run_cells([CELLS[0], cell])
    assert "Not saved" not in said
    text = (home / "ch05_unbroadcast.py").read_text()
    for other in ("print", "for round", "check(", "timeit", "get_ipython"):
        assert other not in text
    assert exercises()["stretched_axes"].judge(mine("stretched_axes")).passed


def test_a_check_in_a_saved_file_does_nothing(home, capsys):
    run_cells(CELLS[:3])
    path = home / "ch05_unbroadcast.py"
    path.write_text(path.read_text() + "\nfrom revgraph.checks import check\n\ncheck(added_axes)\n")
    before = sorted(home.glob("*.*"))  # Python may keep what it compiled besides
    assert mine("added_axes")((4,), (3, 4)) == (0,)
    assert capsys.readouterr().out == ""
    assert sorted(home.glob("*.*")) == before


def test_checking_a_saved_piece_again_leaves_it_as_it_is(home):
    run_cells(CELLS[:3])
    text = (home / "ch05_unbroadcast.py").read_text()
    said = run_cells([CELLS[0], "added_axes = mine('added_axes')", "check(added_axes)"])
    assert "Not saved" not in said
    assert (home / "ch05_unbroadcast.py").read_text() == text


@pytest.mark.parametrize(
    ("taken", "used", "kept"),
    [
        ("ours, theirs = mine('unbroadcast', 'exp_vjp')", "ours(g, np.shape(x))", "ours = unbroadcast\n"),
        ("both = mine('unbroadcast', 'exp_vjp')", "both[0](g, np.shape(x))", "both = mine('unbroadcast', "),
        ("from my_revgraph import unbroadcast as ours", "ours(g, np.shape(x))", "ours = unbroadcast\n"),
    ],
)
def test_a_taken_piece_is_taken_again_and_never_written_down_as_the_reference(home, taken, used, kept):
    run_cells(CELLS)
    answer = f"def add_broadcast_vjp(g, ans, *ab):\n    return tuple({used} for x in ab)"
    said = run_cells([CELLS[0], taken, answer, "check(add_broadcast_vjp)"])
    assert "Not saved" not in said
    text = (home / "ch05_unbroadcast.py").read_text()
    assert kept in text
    assert "revgraph.checks.chapters" not in text


def test_pieces_are_imported_from_ones_own_library(home):
    run_cells(CELLS)
    lines = (
        "import revgraph.checks",
        "from my_revgraph import unbroadcast, added_axes",
        "print(added_axes.__module__)",
        "import my_revgraph.ch05_unbroadcast",
        "try:",
        "    from my_revgraph import exp_vjp",
        "except ImportError as error:",
        "    print(error)",
    )
    run = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True)
    whose, missing = run.stdout.splitlines()
    assert whose == "my_revgraph.ch05_unbroadcast"
    assert missing.startswith("my_revgraph has no exp_vjp: no check of it has passed yet. To go on")


@pytest.mark.parametrize("handed_in", [False, True])
def test_while_graded_an_import_from_ones_own_library_gives_the_reference(home, tmp_path, handed_in):
    """Also where a library lies beside the notebook that was handed in."""
    if handed_in:
        (tmp_path / "my_revgraph").mkdir(exist_ok=True)
        (tmp_path / "my_revgraph" / "__init__.py").write_text(library.PACKAGE)
    lines = "import revgraph.checks; from my_revgraph import unbroadcast; print(unbroadcast.__module__)"
    env = {**os.environ, "NBGRADER_EXECUTION": "autograde"}
    run = subprocess.run(
        [sys.executable, "-c", lines], capture_output=True, text=True, check=True, env=env, cwd=tmp_path
    )
    assert run.stdout.startswith("revgraph.checks.chapters.ch05_unbroadcast")


def test_ones_own_may_be_left_aside_for_once(home):
    run_cells(CELLS[:3])
    assert mine("added_axes").__module__ == "my_revgraph.ch05_unbroadcast"
    assert mine("added_axes", own=False) is exercises()["added_axes"].reference


CHANGED = """
C = []
for one in (0.5, 0.044715):
    C.append(one)
K = 0.0
K += np.sqrt(2 / np.pi)
POWERS = np.zeros(2, int)
POWERS[:] = 1, 3
WEIGHTS = {}
WEIGHTS["half"] = 0.5


def gelu(x):
    inside = x ** POWERS[0] + C[1] * x ** POWERS[1]
    return WEIGHTS["half"] * x * (1 + np.tanh(K * inside))


check(gelu)
"""
COUNTED = """
calls, known = 0, {}


def perplexity(loss):
    global calls
    calls += 1
    if loss not in known:
        known[loss] = np.exp(loss)
    return known[loss]


check(perplexity)
"""
HUNG_ON = """
class Pairs:
    def __init__(self):
        self.n = {}

    def add(self, pair):
        self.n[pair] = self.n.get(pair, 0) + 1


def best(self):
    return min(self.n, key=lambda pair: (-self.n[pair], pair))


Pairs.best = best


def most_frequent_pair(tokens):
    pairs = Pairs()
    for pair in zip(tokens, tokens[1:]):
        pairs.add(pair)
    return pairs.best()


check(most_frequent_pair)
"""
TIMED = (
    "%%time\nprint('loud')\ndef bpe_encode(tokens, merges):\n"
    + """
    merge_pair = mine("merge_pair")
    for pair, new in merges:
        tokens = merge_pair(tokens, pair, new)
    return tokens


check(bpe_encode)
"""
)


def test_values_are_saved_as_they_are_when_they_are_used(home):
    """A loop, `+=` and an index change them after the line that makes them; a memory may begin anew."""
    assert "Not saved" not in run_cells([CELLS[0], CHANGED, COUNTED, HUNG_ON, TIMED])
    for name in ("gelu", "perplexity", "most_frequent_pair", "bpe_encode"):
        assert mine(name) is not exercises()[name].reference
        assert exercises()[name].judge(mine(name)).passed
    text = (home / "ch15_language_models.py").read_text()
    assert "known = 0, {}" in text.replace("calls, ", "")
    assert "loud" not in text


def test_of_two_timed_cells_each_keeps_its_text(home):
    two = ["%%time\n" + cell.strip().rpartition("\n")[0] for cell in (COUNTED, CHANGED)]
    assert "Not saved" not in run_cells([CELLS[0], *two, "check(perplexity)", "check(gelu)"])
    for name in ("gelu", "perplexity"):
        assert exercises()[name].judge(mine(name)).passed
        assert mine(name) is not exercises()[name].reference


def test_a_helper_that_was_made_again_elsewhere_is_saved_as_it_is_now(home):
    """A wrong one stood in the cell of the function; another cell, and then `mine`, took its name."""
    wrong = "def added_axes(shape, broadcast):\n    return ()\n\n\n"
    run_cells([CELLS[0], *CELLS[4:5], wrong + CELLS[5].strip(), CELLS[1], CELLS[6]])
    assert exercises()["stretched_axes"].judge(mine("stretched_axes")).passed
    taken = "added_axes = mine('added_axes')"
    run_cells([CELLS[0], *CELLS[4:5], wrong + CELLS[5].strip(), taken, CELLS[6]])
    assert exercises()["stretched_axes"].judge(mine("stretched_axes")).passed
    assert "return ()" not in (home / "ch05_unbroadcast.py").read_text()


def test_a_value_that_cannot_be_written_down_again_is_told(home):
    cell = CHANGED.replace("C = []", "C = iter(())").replace("    C.append(one)", "    C = [C, one]")
    assert "`C` has changed since the line that makes it" in run_cells([CELLS[0], cell])
    assert not (home / "ch15_language_models.py").exists()


def test_what_a_function_is_put_into_keeps_it(home):
    """`Value.backward = backward` stands in the cell of the function, behind the last check of the class."""
    run_cells(VALUE[:-1])
    Value = runpy.run_path(str(home / "ch02_scalar_autodiff.py"))["Value"]
    out = Value(2.0) + Value(3.0)
    out.backward()
    assert [child.grad for child in out._children] == [1.0, 1.0]


def test_a_check_of_what_is_lent_finds_its_exercise_whatever_its_name(home, capsys):
    check(mine("he_normal"))
    assert "it does not count as yours" in capsys.readouterr().out
    assert library.passed_exercises() == {}
