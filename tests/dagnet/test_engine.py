import copy
import math
import pickle

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from revgraph.dagnet import nn
from revgraph.dagnet.engine import Value, dot, topological_order


def test_the_well_known_example():
    a, b = Value(-4.0), Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    assert f"{g.data:.4f} {a.grad:.4f} {b.grad:.4f}" == "24.7041 138.8338 645.5773"


# expression, inputs, value and gradients as PyTorch 2.13 gives them in float64
RECORDED = [
    (
        lambda a, b: (a * b + b**3).tanh() / (a.exp() + 1) - (a / b),
        (0.7, -0.4),
        1.640155639643714,
        (2.4552170823778305, 4.723629749358925),
    ),
    (
        lambda a, b: a.log() * b.sigmoid() + 2**b - 1 / a,
        (1.7, -0.4),
        0.38257065418174874,
        (0.5820868435324678, 0.652796471614062),
    ),
    (lambda a, b: (a - b).relu() * 3 - (-b) ** 2 + (b - a).relu(), (1.5, 0.25), 3.6875, (3.0, -3.5)),
    (
        lambda a, b: a**b + b**a,
        (1.5, 0.25),
        1.2316819197003215,
        (0.011160191476733944, 1.1987209042126419),
    ),
    (lambda a, b: a**b, (0.0, 2.0), 0.0, (0.0, 0.0)),
    (lambda a: a**0.5, (0.0,), 0.0, (math.inf,)),
    (lambda a: a**0, (0.0,), 1.0, (0.0,)),
    (lambda a: a**-1, (-2.0,), -0.5, (-0.25,)),
    (lambda a: a**-1, (-1e-200,), -1e200, (-math.inf,)),
    (lambda a: a**-2, (-1e-120,), 1e240, (math.inf,)),
    (lambda a, b: a**b, (1e-200, -1.0), 1e200, (-math.inf, -4.605170185988092e202)),
    (lambda a: a.relu(), (0.0,), 0.0, (0.0,)),
    (lambda a: a.sigmoid(), (-40.0,), 4.248354255291589e-18, (4.248354255291589e-18,)),
    (lambda a: a.sigmoid(), (-800.0,), 0.0, (0.0,)),
    (lambda a: a.tanh(), (30.0,), 1.0, (0.0,)),
]


@pytest.mark.parametrize(("expression", "inputs", "value", "gradients"), RECORDED)
def test_numbers_recorded_from_pytorch(expression, inputs, value, gradients):
    leaves = [Value(x) for x in inputs]
    out = expression(*leaves)
    out.backward()
    assert out.data == pytest.approx(value, rel=1e-13)
    assert [leaf.grad for leaf in leaves] == pytest.approx(list(gradients), rel=1e-13)


UNARY = {
    "neg": lambda a: -a,
    "tanh": lambda a: a.tanh(),
    "sigmoid": lambda a: a.sigmoid(),
    "exp": lambda a: a.tanh().exp(),  # tanh keeps the numbers small
    "log": lambda a: (a * a + 1).log(),
    "relu": lambda a: a.relu(),
    "cube": lambda a: a.tanh() ** 3,
    "2 - a": lambda a: 2 - a,
    "1 / a": lambda a: 1 / (a * a + 1),
    "2 ** a": lambda a: 2 ** a.tanh(),
}
BINARY = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a.tanh() * b,
    "/": lambda a, b: a / (b * b + 1),
    "**": lambda a, b: (a * a + 1) ** b.tanh(),
    "dot": lambda a, b: dot([a, b], [b.tanh(), Value(0.5)], a),
}
steps = st.lists(
    st.tuples(st.sampled_from([*UNARY, *BINARY]), st.integers(0, 50), st.integers(0, 50)),
    min_size=1,
    max_size=12,
)


def build(program, leaves):
    """An expression graph in which any node may be used again, by paths of unequal length."""
    values = list(leaves)
    for name, i, j in program:
        a, b = values[i % len(values)], values[j % len(values)]
        values.append(UNARY[name](a) if name in UNARY else BINARY[name](a, b))
    return values[-1]


@given(steps, st.lists(st.floats(-2, 2), min_size=3, max_size=3))
@example([("*", 0, 0), ("+", 3, 3), ("*", 4, 3)], [1.5, 0.0, 0.0])
def test_any_expression_agrees_with_finite_differences(program, numbers):
    def at(shift, k):
        leaves = [Value(x + shift * (i == k)) for i, x in enumerate(numbers)]
        return leaves, build(program, leaves).data

    h = 1e-5
    leaves = [Value(x) for x in numbers]
    out = build(program, leaves)
    assume(abs(out.data) < 1e3)
    assume(all(abs(v._children[0].data) > 1e-2 for v in topological_order(out) if v._op == "relu"))
    out.backward()
    for k, leaf in enumerate(leaves):
        slope = (at(h, k)[1] - at(-h, k)[1]) / (2 * h)
        assert leaf.grad == pytest.approx(slope, rel=1e-4, abs=1e-4)


@given(steps)
def test_topological_order_has_children_first_and_each_node_once(program):
    root = build(program, [Value(0.1), Value(0.2), Value(0.3)])
    order = topological_order(root)
    place = {value: i for i, value in enumerate(order)}
    assert len(place) == len(order)
    assert order[-1] is root
    assert all(place[child] < place[value] for value in order for child in value._children)


def test_a_shared_inner_node_is_visited_once():
    x = Value(2.0)
    y = 3 * x
    z = 2 * y + 5 * y
    z.backward()
    assert (x.grad, y.grad, z.data) == (21.0, 7.0, 42.0)


def test_paths_of_unequal_length_meet():
    x = Value(1.0)
    y = x
    for _ in range(5):
        y = y * 2
    (y + x).backward()
    assert x.grad == 33.0


def test_a_second_backward_accumulates_in_leaves_alone():
    x = Value(2.0)
    y = 3 * x
    z = y * y
    z.backward()
    z.backward()
    assert (z.grad, y.grad, x.grad) == (1.0, 12.0, 72.0)
    x.backward()
    assert x.grad == 73.0


def test_depth_is_limited_by_memory_alone():
    x = Value(1.0)
    y = x
    for _ in range(100_000):
        y = y + x
    y.backward()
    assert x.grad == 100_001.0


NUMBERS = [3, 3.0, True, np.float64(3), np.float32(3), np.int64(3)]


@pytest.mark.parametrize("number", NUMBERS, ids=lambda n: type(n).__name__)
def test_any_real_number_is_an_operand_on_either_side(number):
    x, n = Value(2.0), float(number)
    results = [x + number, number + x, x - number, number - x, x * number, number * x, x / number, number / x]
    expected = [2 + n, n + 2, 2 - n, n - 2, 2 * n, n * 2, 2 / n, n / 2]
    assert [type(r) for r in results] == [Value] * 8
    assert [r.data for r in results] == expected
    assert ((x**number).data, (number**x).data) == (2**n, n**2)


ERRORS = [
    (lambda: Value("3"), TypeError, "one real number, got str: '3'"),
    (lambda: Value(1.0) + "a", TypeError, "got str: 'a'"),
    (lambda: [1] * Value(2.0), TypeError, "got list"),
    (lambda: np.ones(3) * Value(2.0), TypeError, "got ndarray"),
    (lambda: Value(1.0) ** None, TypeError, "got NoneType"),
    (lambda: Value(1 + 2j), TypeError, "got complex"),
    (lambda: Value(Value(1.0)), TypeError, "got Value"),
    (lambda: Value(0.0).log(), ValueError, "log of Value\\(data=0, grad=0\\): .* positive"),
    (lambda: Value(-2.0, "x").log(), ValueError, "label='x'"),
    (lambda: 1 / Value(0.0), ZeroDivisionError, "the denominator is 0"),
    (lambda: Value(0.0) ** -1, ZeroDivisionError, "0 has no negative power"),
    (lambda: Value(-8.0) ** 0.5, ValueError, "not a real number"),
    (lambda: Value(-8.0) ** Value(2.0), ValueError, "Write the exponent as a number: \\*\\* 2"),
    (lambda: dot([Value(1)], [Value(1), Value(2)], Value(0)), ValueError, "1 weights cannot meet 2 inputs"),
    (lambda: Value(2) ** 10_000, OverflowError, "larger than the largest float"),
    (lambda: math.exp(Value(1)), TypeError, "would forget what it was computed from(.|\n)*x.exp()"),
    (lambda: int(Value(1)), TypeError, "Next: its .data"),
    (lambda: Value(1000).exp(), OverflowError, "larger than the largest float"),
]


@pytest.mark.parametrize(("mistake", "error", "message"), ERRORS)
def test_an_error_says_what_is_wrong(mistake, error, message):
    with pytest.raises(error, match=message):
        mistake()


def test_repr():
    assert repr(Value(2)) == "Value(data=2, grad=0)"
    assert f"{Value(2):.3f} {Value(2)}" == "2.000 Value(data=2, grad=0)"
    assert repr(Value(1 / 3, "x")) == "Value(data=0.333333, grad=0, label='x')"


class Named(Value):
    """A subclass with more to it."""

    def __init__(self, data, owner):
        super().__init__(data)
        self.owner = owner


@pytest.mark.parametrize("way", [copy.deepcopy, lambda thing: pickle.loads(pickle.dumps(thing))])
def test_a_graph_of_any_depth_can_be_copied_and_pickled(way):
    x, named = Value(1.0, "x"), Named(2.0, "me")
    y = x * named
    for _ in range(3_000):
        y = y + 0.001 * x
    y.backward()
    x2, y2, named2 = way((x, y, named))
    assert (x2.data, x2.grad, x2.label, y2.data) == (1.0, x.grad, "x", y.data)
    assert (type(named2), named2.owner, named2.grad) == (Named, "me", named.grad)
    x2.grad = named2.grad = 0.0
    y2.backward()
    assert (x2.grad, named2.grad) == (x.grad, named.grad)
    assert x.grad == pytest.approx(5)
    assert way(Value(3.0)).data == 3.0


def test_a_model_is_copied_with_what_it_shares():
    model = nn.MLP(2, [4, 1], seed=0)
    loss = (model([1.0, 2.0]) - 1) ** 2
    model2, loss2 = copy.deepcopy((model, loss))
    loss2.backward()
    assert any(p.grad for p in model2.parameters())
    assert not any(p.grad for p in model.parameters())


@pytest.mark.parametrize(
    ("of_numpy", "own"),
    [
        (np.exp, lambda x: x.exp()),
        (np.log, lambda x: x.log()),
        (np.tanh, lambda x: x.tanh()),
        (np.negative, lambda x: -x),
        (np.square, lambda x: x**2),
        (lambda x: np.power(x, 3), lambda x: x**3),
        (lambda x: np.float64(2) ** x, lambda x: 2**x),
        (lambda x: np.add(1, x) * np.float64(2) - np.float64(1) / x, lambda x: (1 + x) * 2 - 1 / x),
        (lambda x: np.sum(np.array([x, x * x])), lambda x: x + x * x),
    ],
)
def test_numpys_functions_on_a_value(of_numpy, own):
    x, z = Value(1.5), Value(1.5)
    y, expected = of_numpy(x), own(z)
    y.backward()
    expected.backward()
    assert (y.data, x.grad) == (expected.data, z.grad)


@pytest.mark.parametrize(
    ("call", "name"),
    [(np.sin, "np.sin"), (lambda x: np.maximum(x, 0), "np.maximum"), (np.add.reduce, "np.add.reduce")],
)
def test_numpys_other_functions_name_what_there_is(call, name):
    with pytest.raises(
        TypeError, match=rf"{name} does not know .* exp, log, tanh, sigmoid, relu, such as x.exp"
    ):
        call(Value(1.0))
