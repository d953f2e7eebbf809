import pytest

from revgraph.dagnet import Value, draw_dot, step_through
from revgraph.dagnet.engine import dot, topological_order
from revgraph.dagnet.steps import FORMULAS


def shared():
    """x -> y = 3x -> z = 2y + 5y"""
    x = Value(2.0, "x")
    y = 3 * x
    y.label = "y"
    z = 2 * y + 5 * y
    z.label = "z"
    return x, y, z


def rows(frame):
    return {row[0]: row[1:] for row in frame.rows}


def test_a_right_order_ends_with_the_gradients_of_backward():
    x, y, z = shared()
    frames = step_through(z)
    assert [value.grad for value in (x, y, z)] == [0.0, 0.0, 0.0]
    assert frames[0].title.startswith("Start: ∂z/∂z = 1")
    assert [frame.title.split(",")[0] for frame in frames[1:-1]] == [
        "Visit z",
        "Visit v2",
        "Visit v1",
        "Visit y",
    ]
    assert frames[-1].title == "Done: every gradient is final"
    table = rows(frames[-1])
    assert (table["y"], table["x"]) == (("5 + 2 = 7", "final"), ("21", "final"))


def test_a_visit_puts_the_numbers_into_the_derivative():
    frames = step_through(shared()[2])
    assert frames[4].lines == (
        "∂y/∂c2 = x = 2, so c2 gets 7 · 2 = 14",
        "∂y/∂x = c2 = 3, so x gets 7 · 3 = 21",
    )
    assert rows(frames[2])["y"] == ("5", "pending: 1 of 2 paths missing")
    assert rows(frames[4])["y"] == ("5 + 2 = 7", "being visited")


def test_nothing_is_minus_zero():
    x = Value(0.0, "x")
    y = x * -1
    y.label = "y"
    for frame in step_through(y):
        assert "data 0<" in frame.svg
        assert "data -0<" not in frame.svg


def test_a_wrong_order_is_seen_going_wrong():
    _, y, z = shared()
    twice, five_times = z._children
    frames = step_through(z, [z, twice, y, five_times])
    assert frames[3].title == "Visit y, whose gradient is 2 so far: too early, 1 of 2 paths missing"
    assert rows(frames[4])["y"] == ("2 + 5 = 7", "more arrived after its visit, and was never sent on")
    assert frames[5].title == "Done, with 2 wrong"
    assert "x has 6, right is 21" in frames[5].lines


def test_any_order_that_is_right_is_accepted_and_leaves_have_nothing_to_send():
    x, y, z = shared()
    assert step_through(z, reversed(topological_order(z)))[-1].title == "Done: every gradient is final"
    twice, five_times = z._children
    assert step_through(z, [z, five_times, twice, y, x])[-1].title == "Done: every gradient is final"


def test_a_value_that_is_never_visited_leaves_others_without_gradient():
    z = shared()[2]
    assert "x has 0, right is 21" in step_through(z, [z, *z._children])[-1].lines


class Learner:
    """A learner's own class, with no more than chapter 02 asks for."""

    def __init__(self, data, children=(), backward=lambda: None):
        self.data, self.grad, self._children, self._backward = data, 0.0, children, backward

    def __mul__(self, other):
        def backward():
            self.grad += out.grad * other.data
            other.grad += out.grad * self.data

        out = Learner(self.data * other.data, (self, other), backward)
        return out


def test_a_learners_own_value_can_be_drawn_and_stepped_through():
    x, three = Learner(2.0), Learner(3.0)
    y = three * x
    z = y * y
    x.grad = 5.0
    frames = step_through(z)
    assert frames[1].lines == ("∂v2/∂v1 = 12, so v1 gets 1 · 12 = 12",)
    assert frames[-1].title == "Done: every gradient is final"
    assert rows(frames[-1])["c2"] == ("36", "final")
    assert (x.grad, y.grad, z.grad) == (5.0, 0.0, 0.0)
    assert [node.kind for node in draw_dot(z).graph.nodes].count("operation") == 2


a, b = Value(0.5, "a"), Value(-1.5, "b")
FORMULAS_WITH_NUMBERS = {
    "+": (a + b, "∂y/∂a = 1"),
    "-": (b - a, "∂y/∂a = -1"),
    "*": (a * b, "∂y/∂b = a = 0.5"),
    "/": (a / b, "∂y/∂b = -a/b² = -0.5/(-1.5)² = -0.2222"),
    "**": (a**b, "∂y/∂b = y·log a = 2.828·log 0.5 = -1.961"),
    "**3": (b**3, "∂y/∂b = 3·b^2 = 3·(-1.5)^2 = 6.75"),
    "**-1": (a**-1, "∂y/∂a = -1·a^(-2) = -1·0.5^(-2) = -4"),
    "neg": (-a, "∂y/∂a = -1"),
    "relu": (a.relu(), "∂y/∂a = (1 if a > 0 else 0) = (1 if 0.5 > 0 else 0) = 1"),
    "tanh": (a.tanh(), "∂y/∂a = 1 - y² = 1 - 0.4621² = 0.7864"),
    "exp": (a.exp(), "∂y/∂a = y = 1.649"),
    "log": (a.log(), "∂y/∂a = 1/a = 1/0.5 = 2"),
    "sigmoid": (a.sigmoid(), "∂y/∂a = y·(1 - y) = 0.6225·(1 - 0.6225) = 0.235"),
    "w·x+b": (dot([a], [b], Value(1.0, "c")), "∂y/∂b = a = 0.5"),
}


@pytest.mark.parametrize("op", FORMULAS_WITH_NUMBERS)
def test_each_operation_has_its_formula(op):
    y, line = FORMULAS_WITH_NUMBERS[op]
    assert y._op == op
    y.label = "y"
    assert any(text.startswith(line + ", so") for text in step_through(y)[1].lines)


def test_every_formula_is_tested():
    assert set(FORMULAS) <= set(FORMULAS_WITH_NUMBERS)


def test_errors():
    with pytest.raises(ValueError, match=r"label='x'.* is in the order of visits, but .*label='z'"):
        step_through(shared()[2], [Value(1.0, "x")])
    long = Value(1.0)
    for _ in range(40):
        long = long + 1
    with pytest.raises(ValueError, match="81 Values are too many"):
        step_through(long)
