"""Answers to chapters 01 to 03 as learners type them: mistakes are named, and nothing untrue is said."""

import itertools
import json
import linecache
import re
from functools import cache
from pathlib import Path

import pytest

from revgraph.checks import exercises
from revgraph.dagnet.engine import Value as LibraryValue

PROJECT = Path(__file__).parents[2]
number = itertools.count()


@cache
def cells(chapter):
    path = PROJECT / "solutions" / chapter / f"{chapter}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    marks = re.compile(r"^ *### (BEGIN|END) SOLUTION\n", re.MULTILINE)
    code = (cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    return {cell["id"]: marks.sub("", "".join(cell["source"])) for cell in code}


def run(names, *texts):
    """Run texts as a notebook runs its cells: their source can be read afterwards."""
    for text in texts:
        file = f"<cell {next(number)}>"
        linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
        exec(compile(text, file, "exec"), names)
    return names


def value_with(name, *edits):
    """The class Value of chapter 02's notebook, complete but for the edits in one answer."""
    of_chapter = cells("02_scalar_autodiff")
    given = next(source for source in of_chapter.values() if source.startswith("class Value"))
    answers = {key: source for key, source in of_chapter.items() if key.startswith("value_")}
    before = answers[name]
    for old, new in edits:
        assert old in answers[name], (old, answers[name])
        answers[name] = answers[name].replace(old, new)
    assert not edits or answers[name] != before
    return run({"__name__": "__main__"}, given, *answers.values())["Value"]


# exercise, the name of the diagnosis, edits of the worked answer
VALUES = [
    (
        "value_add",
        "never kept",
        [("    out._backward = send_back\n", "")],
    ),
    (
        "value_add",
        "called on the spot",
        [("out._backward = send_back", "out._backward = send_back()")],
    ),
    (
        "value_add",
        "kept on the operands",
        [("out._backward = send_back", "a._backward = b._backward = send_back")],
    ),
    (
        "value_add",
        "written nowhere",
        [
            ("a.grad += out.grad", "a.grad + out.grad"),
            ("b.grad += ", "b.grad + "),
        ],
    ),
    (
        "value_add",
        "nothing came back",
        [
            ("a.grad += out.grad", "out.grad += a.grad"),
            ("b.grad += out.grad", "out.grad += b.grad"),
        ],
    ),
    (
        "value_add",
        "moves the data",
        [
            ("a.grad += out.grad", "a.data += out.grad"),
            ("b.grad += ", "b.data += "),
        ],
    ),
    (
        "value_add",
        "= for +=",
        [("+=", "=+")],
    ),
    (
        "value_add",
        "adds Values",
        [("Value(a.data + b.data,", "Value(a + b,")],
    ),
    (
        "value_add",
        "returns nothing",
        [("\n    return out", "\n    return")],
    ),
    (
        "value_add",
        "a number is not wrapped",
        [("    b = as_value(b)\n", "")],
    ),
    (
        "value_mul",
        "forgets out.grad",
        [
            ("b.data * out.grad", "b.data"),
            ("a.data * out.grad", "a.data"),
        ],
    ),
    (
        "value_mul",
        "multiplies Values",
        [("Value(a.data * b.data,", "Value(a * b,")],
    ),
    (
        "value_pow",
        "a comma is missing",
        [("(a,)", "(a)")],
    ),
    (
        "value_pow",
        "missing parentheses",
        [("n * a.data ** (n - 1)", "n * a.data ** n - 1")],
    ),
    (
        "value_pow",
        "*= for +=",
        [("a.grad +=", "a.grad *=")],
    ),
    (
        "value_relu",
        "= for +=",
        [("a.grad += (a.data > 0) * out.grad", "if a.data > 0:\n            a.grad = out.grad")],
    ),
    (
        "value_relu",
        "the input itself",
        [("    out = Value(", "    if a.data > 0:\n        return a\n    out = Value(")],
    ),
    (
        "value_relu",
        "another threshold",
        [("(a.data > 0) * out.grad", "(1 if out.data > 1 else 0) * out.grad")],
    ),
    (
        "value_relu",
        "clears what was there",
        [
            (
                "a.grad += (a.data > 0) * out.grad",
                "if a.data > 0:\n            a.grad += out.grad\n        else:\n            a.grad = 0",
            ),
        ],
    ),
    (
        "value_relu",
        "always lets through",
        [("(a.data > 0)", "(out.data >= 0)")],
    ),
    (
        "value_reflected",
        "-a, without end",
        [("    return a * -1", "    return -a")],
    ),
    (
        "value_reflected",
        "without end",
        [("    return a + b * -1", "    return a - b")],
    ),
    (
        "value_reflected",
        "swapped subtraction",
        [("neg(a) + number", "a + neg(number)")],
    ),
]


@pytest.mark.parametrize(("exercise", "name", "edits"), VALUES, ids=[f"{e}-{name}" for e, name, _ in VALUES])
def test_a_wrong_operation_is_named(exercise, name, edits):
    for seed in range(3):
        verdict = exercises()[exercise].judge(value_with(exercise, *edits), seed)
        assert not verdict.passed
        assert verdict.misconception == name, verdict.message


SIGNS = {"= for +=": ".grad =", "*= for +=": ".grad *="}
OPERATIONS = ("value_add", "value_mul", "value_pow", "value_relu")


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("exercise", OPERATIONS)
@pytest.mark.parametrize("indented", [False, True], ids=["", "under an if"])
def test_a_wrong_sign_before_what_is_sent_back_is_named_in_every_operation(exercise, sign, indented):
    """And nothing else is said that would give the same results."""
    sent = [line for line in cells("02_scalar_autodiff")[exercise].splitlines() if ".grad +=" in line]
    wrong = [line.replace(".grad +=", SIGNS[sign]) for line in sent]
    if indented:
        wrong = [f"{line[:8]}if out.data or out.grad: {line[8:]}" for line in wrong]
    verdict = exercises()[exercise].judge(value_with(exercise, *zip(sent, wrong, strict=True)))
    assert verdict.misconception == sign, verdict.message


def test_the_worked_answers_pass():
    for exercise in dict.fromkeys(name for name, _, _ in VALUES):
        assert exercises()[exercise].judge(value_with(exercise)).passed


def test_a_value_of_another_class_is_not_said_to_be_none():
    class Value(exercises()["value_add"].reference):
        """Its `+` gives a Value of the class below."""

    message = exercises()["value_add"].judge(Value).message
    assert "It returned a Value of another class" in message
    assert "It returned None" not in message


def test_what_was_kept_is_not_said_to_be_missing():
    wrong = value_with("value_mul", ("a.grad += b.data * out.grad", "grad = b.data * out.grad"),
                       ("b.grad += a.data * out.grad", "grad = a.data * out.grad"))  # fmt: skip
    message = exercises()["value_mul"].judge(wrong).message
    assert "never set" not in message
    assert "puts it nowhere" in message


GRAPHS = {
    "guards misindented": """
def backward(root):
    topo, seen = [], set()
    def build(n):
        if n not in seen: seen.add(n)
        for c in n._children: build(c)
        topo.append(n)
    build(root); root.grad = 1.0
    for n in reversed(topo): n._backward()
""",
    "without parentheses": """
def backward(root):
    topo, seen = [], set()
    def build(n):
        if n not in seen:
            seen.add(n)
            for c in n._children: build(c)
            topo.append(n)
    build(root); root.grad = 1
    for n in reversed(topo): n._backward
""",
    "a return inside the loop": """
def backward(root):
    topo, seen = [], set()
    def build(n):
        if n not in seen:
            seen.add(n)
            for c in n._children: build(c)
            topo.append(n)
    build(root); root.grad = 1
    for n in reversed(topo):
        n._backward()
        return
""",
    "gradients cleared before each sends": """
def backward(root):
    root.grad = 1.0
    for n in reversed(topological_order(root)):
        n.grad = 0.0
        n._backward()
""",
    "gradients cleared when sent": """
def backward(root):
    root.grad = 1.0
    for n in reversed(topological_order(root)):
        n._backward()
        if n is not root: n.grad = 0
""",
    "children cleared": """
def backward(root):
    root.grad = 1.0
    for n in reversed(topological_order(root)):
        for c in n._children: c.grad = 0.0
        n._backward()
""",
}
NAMES = {
    "guards misindented": "sends again",
    "without parentheses": "nobody sends",
    "a return inside the loop": "goes no further",
}


@pytest.mark.parametrize("mistake", GRAPHS)
def test_a_wrong_backward_is_named(mistake):
    names = {"topological_order": exercises()["topological_order"].reference}
    verdict = exercises()["backward"].judge(run(names, GRAPHS[mistake])["backward"])
    assert verdict.misconception == NAMES.get(mistake, "clears as it walks"), verdict.message


def test_what_sends_nothing_is_not_said_to_clear():
    """Every gradient was set to 0 before the walk, which is right, and nobody sends."""
    text = GRAPHS["without parentheses"].replace(
        "build(root);", "build(root)\n    for n in topo: n.grad = 0\n   "
    )
    assert exercises()["backward"].judge(run({}, text)["backward"]).misconception == "nobody sends"


MARKED_WHEN_PUSHED = """
def topological_order(root):
    order, seen, stack = [], {root}, [(root, False)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        else:
            stack.append((node, True))
            for child in node._children:
                if child not in seen:
                    seen.add(child)
                    stack.append((child, False))
    return order
"""
BY_RECURSION = """
def topological_order(root):
    order, seen = [], set()

    def visit(node):
        print(node.data, node)
        if node not in seen:
            seen.add(node)
            for child in node._children:
                visit(child)
            order.append(node)

    visit(root)
    return order
"""


def test_marking_too_early_is_not_called_breadth_first():
    order = run({}, MARKED_WHEN_PUSHED)["topological_order"]
    verdict = exercises()["topological_order"].judge(order)
    assert verdict.misconception == "placed by the shorter path"
    assert "level" not in verdict.message
    assert "breadth" not in verdict.message


def test_an_order_by_recursion_earns_its_part_and_may_print(capsys):
    verdict = exercises()["topological_order"].judge(run({}, BY_RECURSION)["topological_order"])
    assert not verdict.passed
    assert verdict.points == 12
    assert verdict.misconception == "recursion"
    assert len(capsys.readouterr().out.splitlines()) < 500  # of a chain of thousands, nothing is shown


OWN_VALUE = """
class Value(LibraryValue):
    __slots__ = ()

    def __add__(self, other):
        if isinstance(other, LibraryValue) and not isinstance(other, Value):
            raise TypeError("a Value of another library")
        total = LibraryValue.__add__(self, other)
        return Value(total.data, _children=total._children, _derivatives=total._derivatives)

    __radd__ = __add__

    def relu(self):
        bent = LibraryValue.relu(self)
        return Value(bent.data, _children=bent._children, _derivatives=bent._derivatives)

    def __mul__(self, other):
        product = LibraryValue.__mul__(self, other)
        return Value(product.data, _children=product._children, _derivatives=product._derivatives)

    __rmul__ = __mul__

    def __rsub__(self, other):
        return self * -1 + other


def max_margin_loss(scores, labels):
    total = Value(0.0)
    for score, y in zip(scores, labels):
        total = total + (1 - y * score).relu()
    return total * (1 / len(labels))
"""


def test_the_scores_are_of_the_learners_own_class():
    loss = run({"LibraryValue": LibraryValue}, OWN_VALUE)["max_margin_loss"]
    verdict = exercises()["max_margin_loss"].judge(loss)
    assert verdict.passed, verdict.message


def test_values_that_have_no_method_backward_will_do():
    """As chapter 02 makes them, until `Value.backward = backward` has run."""
    assert not hasattr(exercises()["value_add"].reference, "backward")
    answer = OWN_VALUE[OWN_VALUE.index("def max_margin_loss") :]
    loss = run({"Value": exercises()["value_add"].reference}, answer)["max_margin_loss"]
    assert exercises()["max_margin_loss"].judge(loss).passed


def test_what_the_text_does_not_announce_is_told_and_costs_nothing():
    network = run(
        {"__name__": "__main__", "Value": LibraryValue},
        "import random",
        *(cells("03_scalar_networks")[name] for name in ("Neuron", "Layer", "MLP")),
        "class MLP(MLP):\n"
        "    def __call__(self, x):\n"
        "        for layer in self.layers:\n"
        "            if not isinstance(x, list): x = [x]\n"
        "            x = layer(x)\n"
        "        return x\n",
    )["MLP"]
    verdict = exercises()["MLP"].judge(network)
    assert verdict.passed
    assert verdict.edges == ("a point given as a tuple",)
    assert "For a point given as a tuple it would fail" in verdict.message


COPY_OF_INTEGERS = """
def numerical_vjp(f, x, g, h=1e-6):
    result = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[index] += h
        down[index] -= h
        result[index] = np.sum(g * (f(up) - f(down))) / (2 * h)
    return result
"""
FORGOTTEN_UPDATE = """
def best_step(f, df, x, steps):
    best, smallest = None, 1e99
    for h in steps:
        error = abs((f(x + h) - f(x - h)) / (2 * h) - df(x))
        if error < smallest:
            best = h
    return best
"""


def test_a_copy_of_integers_is_not_said_to_write_into_x():
    import numpy as np

    verdict = exercises()["numerical_vjp"].judge(run({"np": np}, COPY_OF_INTEGERS)["numerical_vjp"])
    assert verdict.misconception == "integers stay integers"
    assert "into x itself" not in verdict.message


def test_a_forgotten_update_is_not_said_to_be_the_largest_error():
    verdict = exercises()["best_step"].judge(run({}, FORGOTTEN_UPDATE)["best_step"])
    assert verdict.misconception == "last step"
    assert "largest error" not in verdict.message
    from_one = run({}, FORGOTTEN_UPDATE.replace("1e99", "1"))["best_step"]
    assert exercises()["best_step"].judge(from_one).misconception == "the error is not noted"
