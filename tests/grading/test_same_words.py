"""`revgraph grade` tells a wrong answer what its own notebook tells, and gives the points of right parts."""

import linecache

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.api import Gradebook

from revgraph.checks import exercises
from revgraph.grading.assignment import Options, grade_assignment
from revgraph.grading.student.limits import Limits
from revgraph.grading.submission.written import mentioned, without_magics, written

from .conftest import open_course, released_in
from .corpus import graded_cell

NAME = "11_words"
GIVEN = """
import random
import numpy as np
from revgraph.checks import check, mine
unbroadcast = mine('unbroadcast')
Value = mine('Value')
"""

SGD = "def sgd(parameter, gradient, memory, lr):\n    parameter = parameter - lr * gradient"
MATMUL = """
def matmul_vjp(g, ans, a, b):
    if max(a.ndim, b.ndim) > 2:
        {stacks}
    if a.ndim == b.ndim == 1:
        return g * b, g * a
    if b.ndim == 1:
        return np.outer(g, b), a.T @ g
    if a.ndim == 1:
        return b @ g, np.outer(a, g)
    return {matrices}
"""
OUTPUT_SIZE = """
def output_size(size, kernel, stride, padding):
    return -(-size // stride) if padding == "SAME" else (size - kernel) // stride + 1
"""
IM2COL = """
def im2col(x, kernel_size, stride=(1, 1), padding="VALID"):
    (kh, kw), (sh, sw), (n, height, width, c) = kernel_size, stride, x.shape
    oh, ow = output_size(height, kh, sh, padding), output_size(width, kw, sw, padding)
    if padding == "SAME":
        tall, wide = (oh - 1) * sh + kh - height, (ow - 1) * sw + kw - width
        tall, wide = max(tall, 0), max(wide, 0)
        x = np.pad(x, ((0, 0), (tall // 2, tall - tall // 2), (wide // 2, wide - wide // 2), (0, 0)))
    rows = [x[k, i * sh : i * sh + kh, j * sw : j * sw + kw].ravel()
            for k in range(n) for i in range(oh) for j in range(ow)]
    return np.array(rows).reshape(len(rows), kh * kw * c){end}
"""
CONV2D = """
def conv2d(x, k, stride=(1, 1), padding="VALID"):
    kh, kw, _, n_out = k.shape
    rows = im2col(x, (kh, kw), stride, padding)
    high = output_size(x.shape[1], kh, stride[0], padding)
    wide = output_size(x.shape[2], kw, stride[1], padding)
    return (rows @ k.reshape(-1, n_out)).reshape(len(x), high, wide, n_out)
"""
NEURON = """
class Neuron:
    def __init__(self, n_inputs, nonlinear=True):
        self.w, self.b = [Value(random.uniform(-1, 1)) for _ in range(n_inputs)], Value(0.0)
        self.nonlinear = nonlinear
    def __call__(self, x):
        total = sum((w * one for w, one in zip(self.w, x)), self.b)
        return {result}
    def parameters(self):
        return [*self.w, self.b]
"""
LAYER = """
class Layer:
    def __init__(self, n_inputs, n_outputs, nonlinear=True):
        self.neurons = [Neuron(n_inputs, nonlinear) for _ in range(n_outputs)]
    def __call__(self, x):
        outputs = [neuron(x) for neuron in self.neurons]
        return outputs[0] if len(outputs) == 1 else outputs
    def parameters(self):
        return [p for neuron in self.neurons for p in neuron.parameters()]
"""
MLP = """
class MLP:
    def __init__(self, n_inputs, sizes):
        last = len(sizes) - 1
        self.layers = [Layer(n, m, i < last) for i, (n, m) in enumerate(zip([n_inputs, *sizes], sizes))]
    def __call__(self, x):
        for layer in self.layers:
            x = layer([x] if isinstance(x, Value) else x)
        return x
    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]
"""
SIGMOID = "def sigmoid(x):\n    with np.errstate(over='ignore'):\n        return 1 / (1 + np.exp(-x))"
HINGE = """
def weight(scores):
    return 1 / len(missing)

def hinge_vjp(g, ans, scores, labels):
    return g * weight(scores) * np.where(labels * scores < 1, -labels, 0)
"""
RIGHT = {
    "sigmoid": "def sigmoid(x):\n    z = np.exp(-np.abs(x))\n    return np.where(x >= 0, 1, z) / (1 + z)",
    "hinge_vjp": HINGE.replace("missing", "scores"),
    "sgd": "def sgd(parameter, gradient, memory, lr):\n    parameter -= lr * gradient",
    "matmul_vjp": "matmul_vjp = 1",
    "output_size": OUTPUT_SIZE,
    "im2col": IM2COL.format(end=""),
    "conv2d": CONV2D,
    "Neuron": NEURON.format(result="total.relu() if self.nonlinear else total"),
    "Layer": LAYER,
    "MLP": MLP,
}
WRONG = {
    "sigmoid": SIGMOID,
    "hinge_vjp": HINGE,
    "sgd": SGD,
    "matmul_vjp": MATMUL.format(stacks="raise NotImplementedError", matrices="g @ b.T, a.T @ g"),
    "output_size": OUTPUT_SIZE,
    "im2col": IM2COL.format(end="[:, ::-1]"),
    "conv2d": CONV2D,
    "Neuron": NEURON.format(result="total"),
    "Layer": LAYER,
    "MLP": MLP,
}
ENDLESS = {**RIGHT, "matmul_vjp": MATMUL.format(stacks="while True: pass", matrices="g @ b.T, a.T @ g")}
UNUSUAL = {
    **WRONG,
    "conv2d": CONV2D.replace("return (rows", "return 2 * (rows"),
    "sgd": "sgd = lambda *args: None",
}
REMEMBERS = """
def sigmoid(x, calls=[]):
    calls.append(x)
    return 1 / (1 + np.exp(-x)) + len(calls)
"""
CHANCE = "def hinge_vjp(g, ans, scores, labels):\n    return g * np.random.normal(size=scores.shape)"
TWICE = {**RIGHT, "sigmoid": REMEMBERS, "hinge_vjp": CHANCE}
CLASS = {"wrong": WRONG, "endless": ENDLESS, "by itself": UNUSUAL, "twice": TWICE}


def chapter():
    cells = [new_code_cell(GIVEN, id="given")]
    for name in WRONG:
        mark = {"grade": False, "grade_id": name, "locked": False, "solution": True}
        marks = {"nbgrader": {**mark, "schema_version": 3, "task": False}}
        text = f"def {name}(*args):\n    ### BEGIN SOLUTION\n    pass\n    ### END SOLUTION"
        cells += [
            new_code_cell(text, metadata=marks, id=name),
            graded_cell(f"check_{name}", f"check({name})", exercises()[name].points),
        ]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """What each student is told of each exercise, and the points in the gradebook."""
    folder = tmp_path_factory.mktemp("words")
    api = open_course(folder, NAME, chapter())
    for student, answers in CLASS.items():
        notebook = released_in(folder, NAME)
        for cell in notebook.cells:
            cell.source = answers.get(cell.id, cell.source)
        (folder / "submitted" / student / NAME).mkdir(parents=True)
        nbformat.write(notebook, folder / "submitted" / student / NAME / f"{NAME}.ipynb")
    outcome = grade_assignment(api.coursedir, NAME, Options(jobs=2, limits=Limits(cell_seconds=2)))
    told, points = {}, {}
    for student in CLASS:
        notebook = nbformat.read(folder / "autograded" / student / NAME / f"{NAME}.ipynb", as_version=4)
        told[student] = {
            cell.id.removeprefix("check_"): cell.outputs[0].data["text/plain"]
            for cell in notebook.cells
            if cell.id.startswith("check_")
        }
        with Gradebook(api.coursedir.db_url, api.coursedir.course_id) as book:
            notebook = book.find_submission_notebook(NAME, NAME, student)
            points[student] = {grade.name.removeprefix("check_"): grade.score for grade in notebook.grades}
    return told, points, outcome


def in_a_notebook(answers):
    """What the learner's own notebook says of each exercise."""
    names = {}
    for name, source in {"given": GIVEN, **answers}.items():
        file = f"<cell of {name}>"
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        exec(compile(source, file, "exec"), names)
    return {name: exercises()[name].judge(names[name]).message for name in answers}


@pytest.mark.parametrize("student", ["wrong", "by itself"])
def test_a_wrong_answer_is_told_the_same(graded, student):
    told, expected = graded[0][student], in_a_notebook(CLASS[student])
    for name in WRONG:
        assert told[name] == expected[name]


def test_an_answer_with_two_results_is_told_so_by_the_same_chance(graded):
    told, expected = graded[0]["twice"], in_a_notebook(TWICE)
    twice = "Called twice with the same inputs, it gives two different results."
    assert [twice in said["sigmoid"] for said in (told, expected)] == [True, True]
    assert [twice in said["hinge_vjp"] for said in (told, expected)] == [False, False]


@pytest.mark.parametrize(
    ("exercise", "said"),
    [
        ("sigmoid", "errstate"),  # read in the source
        ("hinge_vjp", "`missing` is not defined"),
        ("hinge_vjp", "which calls   weight: return 1 / len(missing)"),
        ("sgd", "`parameter = ...` makes a new array"),  # read in the source
        ("matmul_vjp", "This part, stacks, is not written yet."),
        ("conv2d", "Your conv2d is right. im2col, which it uses, is not yet."),
        ("Layer", "Your Layer is right. Neuron, which it uses, is not yet."),
        ("MLP", "Your MLP is right. Neuron, which it uses, is not yet."),  # Layer is right by itself
    ],
)
def test_what_is_said(graded, exercise, said):
    assert said in graded[0]["wrong"][exercise]


def test_an_answer_that_is_wrong_by_itself_is_not_called_right(graded):
    assert "Your conv2d is right" not in graded[0]["by itself"]["conv2d"]


@pytest.mark.parametrize("student", ["wrong", "endless"])
def test_the_parts_that_are_right_earn_their_points(graded, student):
    assert (
        graded[1][student]["matmul_vjp"] == 14
    )  # matrices 10, vectors 4; stacks are not written, or never end
    assert "14 of 20 points" in graded[0][student]["matmul_vjp"]
    score = next(row.score for row in graded[2].rows if row.student == student)
    assert score == sum(graded[1][student].values())


def test_what_stands_behind_a_part_that_never_ends_is_graded(graded):
    rest = {name: points for name, points in graded[1]["endless"].items() if name != "matmul_vjp"}
    assert rest == {name: exercises()[name].points for name in rest}


def test_the_blamed_function_is_counted_over_the_class(graded):
    reasons = next(row.reasons for row in graded[2].rows if row.student == "wrong")
    assert any("uses im2col" in reason for reason in reasons)


CELLS = [
    "def f(x):\n    return 1",
    "%matplotlib inline\n@decorated\ndef f(x):\n    return 2\n\nprint(f)",
    "class Value:\n    def __init__(self):\n        pass\n    def relu(self):\n        return 1",
    "def add(a, b):\n    return 3\n\nValue.__add__ = Value.__radd__ = add",
    "def broken(",
    "g = f\nh = np.vectorize(f)\nValue.__neg__ = lambda a: -a\na, b = add, f",
    "-" * 20_000 + "1",
]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("f", "@decorated\ndef f(x):\n    return 2\n"),
        ("g", "@decorated\ndef f(x):\n    return 2\n"),
        ("a", "def add(a, b):\n    return 3\n"),
        ("h", ""),
        ("nowhere", ""),
        ("broken", ""),
    ],
)
def test_the_text_of_a_function_is_that_of_the_last_cell_that_makes_it(name, text):
    assert written(CELLS, name) == text


def test_of_far_too_much_only_the_end_is_read():
    cells = ["def f(x):\n    return 1", "#" * 199_990, "def g(x):\n    return 2"]
    assert written(cells, "f") == ""
    assert written(cells, "g") == "def g(x):\n    return 2\n"


def test_the_text_of_a_class_has_what_is_attached_later():
    parts = ["def __init__(self):\n    pass\n", "def relu(self):\n    return 1\n"]
    parts += ["def add(a, b):\n    return 3\n"] * 2 + ["Value.__neg__ = lambda a: -a\n"]
    assert written(CELLS, "Value") == "\n\n".join(parts)


MAGICS = {
    "%matplotlib inline": "pass",
    "!ls": "pass",
    "%%time\nf = 1": "pass\nf = 1",
    "%time f = 1": "f = 1",
    "%time f(1)\nf = 2": "f(1)\nf = 2",
    "f = !ls": "f = None",
    "f = %who_ls\ng = f": "f = None\ng = f",
    "f = 'a = %d' % 1": "f = 'a = %d' % 1",
    'def f():\n    return """\n%d\na = %s\n"""': 'def f():\n    return """\n%d\na = %s\n"""',
    "f = (7\n% 2)": "f = (7\n% 2)",
}


@pytest.mark.parametrize("cell", MAGICS, ids=repr)
def test_of_what_ipython_alone_knows_only_what_makes_a_name_is_read(cell):
    assert without_magics(cell) == MAGICS[cell]


USES = [
    "def f(x):\n    h = 1\n    return g(x)",
    "%matplotlib inline\ng = lambda x: TABLE['one'](x)\nTABLE = {'one': first}",
    "def first(x):\n    return Value(x).second\n\nValue.second = third",
    "def h(x):\n    return fourth",
]


def test_the_names_that_an_answer_uses_are_those_that_it_mentions_or_what_it_mentions_does():
    assert mentioned(USES, "f") == {"f", "g", "TABLE", "first", "Value", "second", "third"}
    assert mentioned(USES, "h") == {"h", "fourth"}
