"""Programs: their text, what they leave out, what they guard, and what they say when they fail."""

import builtins
import gc
import keyword

import numpy as np
import pytest

import revgraph.core as rc
from revgraph.core.ops.activations import gelu_gate, gelu_gate_gradient
from tests.core.test_every_operation import both_dtypes


def test_the_source_reads_like_numpy():
    x, w = rc.placeholder("x", (None, 2)), rc.variable(np.ones((2, 3)), name="weights")
    y = rc.sum(rc.tanh(x @ w + 0.5) ** 2, axis=1)
    assert rc.source(y) == (
        "def program(x):\n"
        "    # weights: variable of shape (2, 3)\n"
        "    t1 = x.dot(weights)\n"
        "    t2 = t1 + 0.5\n"
        "    t3 = np.tanh(t2)\n"
        "    t4 = t3 ** 2.0\n"
        "    t5 = t4.sum(axis=1)\n"
        "    return t5\n"
    )


def test_products_of_matrices_and_of_stacks_of_them():
    a, b = rc.placeholder("a", (None, 3)), rc.placeholder("b")
    assert "a.dot(b)" not in rc.source(a @ b)
    with pytest.raises(rc.GraphError, match=rf"dot of shapes \(2, 3\) and \(2, 3\)(.|\n)*{MADE_HERE}"):
        (a @ rc.placeholder("c", (None, 3)))(a=np.ones((2, 3)), c=np.ones((2, 3)))
    assert (a @ b)(a=np.ones((2, 3)), b=np.ones((4, 3, 2))).shape == (4, 2, 2)


def test_minus_one_times_something_is_its_negative():
    x, one = rc.placeholder("x", (None, 2)), rc.placeholder("one", (None, 1))
    assert "t1 = -x" in rc.source(-1 * x)
    assert rc.run((one * 0 - 1) * x * -1.0, {"x": [[1, 2]], "one": [[1], [1]]}).tolist() == [[1, 2]] * 2
    assert rc.run(-1 * (rc.constant([True, False]) * 1.0)).tolist() == [-1, 0]
    assert rc.run(-1.0 * rc.constant([1], dtype=int)).dtype == np.float64


def test_the_garbage_collector_is_left_as_it_was():
    x = rc.variable(1.0)
    assert gc.isenabled()
    with pytest.raises(rc.GraphError):
        rc.gradients(rc.argmax(x), x)
    assert gc.isenabled()
    gc.disable()
    try:
        rc.run(rc.gradients(x * x, x))
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_shared_nodes_are_computed_once_and_dead_ones_never():
    x = rc.variable(1.0)
    shared = rc.exp(x)
    rc.gradients(rc.tanh(shared), x)
    source = rc.source([shared * shared, shared + 1])
    assert source.count("np.exp") == 1
    assert "tanh" not in source


def test_names_stay_apart():
    x, y = rc.placeholder("np"), rc.variable(2.0, name="t1")
    z = rc.constant([1.0, 2.0], name="t1")
    assert rc.run(-x * y + z, {x: 3.0}).tolist() == [-5.0, -4.0]


SAME_TO_PYTHON = ["\u00b5", "\u03bc"]  # the micro sign and mu: an identifier takes the one for the other


@pytest.mark.parametrize("names", [dir(builtins), keyword.kwlist, SAME_TO_PYTHON, ["", "1x", "a b", "t1_1"]])
def test_a_variable_may_bear_any_name(names):
    variables = [rc.variable([i, 2.0, 3.0], name=name) for i, name in enumerate(names)]
    for i, x in enumerate(variables):
        found = rc.run([x[0:2], x[..., 1:], *rc.gradients([x[0:2], x[..., 1:]], [x, variables[-1 - i]])])
        for one, expected in zip(found[:3], [[i, 2], [2, 3], [1, 2, 1]], strict=True):
            np.testing.assert_array_equal(one, expected)
    np.testing.assert_array_equal(rc.stack(variables)()[:, 0], np.arange(len(names)))


def test_negative_numbers_and_infinities_are_written_right():
    x = rc.placeholder("x", ())
    for number in (-2.0, np.inf, -np.inf, 1e-300):
        assert (number**x)(x=2) == number**2
        assert (x - number)(x=2) == 2 - number


def test_results_are_not_changed_by_later_steps():
    x = rc.variable([[1.0, 2.0]])
    fetched = rc.run([x, x.T, rc.reshape(x, (2,)), x * 1])
    rc.sgd(lr=1.0).minimize(rc.sum(x))()
    assert [value.ravel().tolist() for value in fetched] == [[1.0, 2.0]] * 4


def test_a_graph_of_100_000_operations_is_built_differentiated_and_run():
    x = rc.variable(1.0)
    y = x
    for _ in range(100_000):
        y = y + 1e-5
    assert rc.run([y, rc.gradients(y, x)]) == pytest.approx([2.0, 1.0])


MADE_HERE = r"test_compiler\.py, line \d+"


@pytest.mark.parametrize(
    ("feeds", "message"),
    [
        ({}, f"not fed: x, y(.|\n)*{MADE_HERE}(.|\n)*Next: add x="),
        ({"x": [1, 2], "y": 0, "z": 0}, "unknown name 'z'.*depends on x, y"),
        ({"x": [1, 2, 3], "y": 0}, f"x has shape \\(2,\\).*array of shape \\(3,\\)(.|\n)*{MADE_HERE}"),
        ({"x": "cat", "y": 0}, "cannot take what was fed"),
    ],
)
def test_wrong_feeds(feeds, message):
    x, y = rc.placeholder("x", (2,)), rc.placeholder("y", ())
    for call in (lambda: (x * y)(**feeds), lambda: rc.run(x * y, feeds)):
        with pytest.raises(rc.GraphError, match=message):
            call()


def test_feeding_twice_or_what_is_no_placeholder():
    x, w = rc.placeholder("x", (2,)), rc.variable(1.0)
    with pytest.raises(rc.GraphError, match=rf"x of shape \(2,\) was fed twice(.|\n)*{MADE_HERE}"):
        rc.run(x * w, {x: [1, 2], "x": [1, 2]})
    with pytest.raises(rc.GraphError, match="only placeholders can"):
        rc.run(x * w, {x: [1, 2], w: 3.0})
    with pytest.raises(rc.GraphError, match="2 placeholders are named 'x'"):
        rc.run(x * rc.placeholder("x"), {"x": [1, 2]})


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: rc.variable(np.ones((2, 3))) + np.ones(2),
            r"add of shapes \(2, 3\) and \(2,\): they do not broad",
        ),
        (lambda: rc.matmul(np.ones((2, 3)), np.ones((2, 3))), r"matmul of shapes \(2, 3\) and \(2, 3\)"),
        (
            lambda: rc.conv2d(np.ones((1, 5, 5, 3)), np.ones((3, 3, 2, 4))),
            "input has 3 channels and the kernel takes 2",
        ),
        (lambda: rc.conv2d(np.ones((1, 5, 5, 3)), rc.placeholder("k")), "a kernel has a known shape"),
        (
            lambda: rc.conv2d(np.ones((1, 2, 5, 3)), np.ones((3, 3, 3, 4))),
            "window of 3 is larger than the 2 entries",
        ),
        (
            lambda: rc.conv1d(np.ones((1, 5, 2)), np.ones((3, 3, 4))),
            r"conv1d of shapes \(1, 5, 2\) and \(3, 3, 4\): the input has 2 channels and the kernel takes 3",
        ),
        (
            lambda: rc.conv1d(np.ones((1, 2, 3)), np.ones((3, 3, 4))),
            r"conv1d of shapes \(1, 2, 3\) and \(3, 3, 4\): a window of 3 is larger than the 2 entries",
        ),
        (lambda: rc.conv1d(np.ones((5, 3)), np.ones((3, 3, 4))), "sequences have the three axes"),
        (lambda: rc.conv1d(np.ones((1, 5, 3)), rc.placeholder("k")), "a kernel has a known shape"),
        (lambda: rc.max_pool2d(np.ones((5, 5, 3)), 2), "images have the four axes"),
        (lambda: rc.variable(np.ones((2, 3)))[2], "index 2 is outside an axis of size 2"),
        (lambda: rc.concatenate([np.ones((2, 3)), np.ones((3, 2))]), "sizes differ along axis 1"),
        (lambda: rc.sum(np.ones((2, 3)), axis=2), "axis 2 is out of bounds"),
        (lambda: rc.reshape(np.ones((2, 3)), (4, -1)), r"reshape of shapes \(2, 3\): 6 entries do not fill"),
        (lambda: rc.softmax(np.ones((2, 3)), axis=2), "axis 2 is out of bounds"),
        (
            lambda: 2.0 @ rc.variable(np.ones((2, 3))),
            r"matmul of shapes \(\) and \(2, 3\): a number is no matrix",
        ),
        (lambda: rc.transpose(np.ones((2, 3)), (0,)), "an order of 1 axes for 2"),
        (lambda: rc.transpose(np.ones((2, 3)), (0, 2)), "axis 2 is out of bounds"),
        (lambda: rc.pad(np.ones((2, 3)), ((1, 1),) * 3), "3 pairs of widths for 2 axes"),
        (lambda: rc.pad(np.ones((2, 3)), -1), "a width is 0 or more"),
        (lambda: rc.concatenate([]), "there is nothing to join"),
        (
            lambda: rc.conv2d(np.ones((1, 5, 5, 3)), np.ones((3, 3, 3, 4)), stride=0),
            "stride .* are positive numbers",
        ),
    ],
)
def test_shapes_that_do_not_fit_fail_where_the_node_is_made(build, message):
    with pytest.raises(rc.GraphError, match=f"{message}(.|\n)*{MADE_HERE}"):
        build()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: rc.exp(x, axis=1), "exp works entry by entry: it takes 1 argument .* not 1 and axis=1"),
        (lambda x: rc.exp(x, x), "exp .* takes 1 argument and no options, not 2"),
        (lambda x: rc.add(x), "add .* takes 2 arguments and no options, not 1"),
        (lambda x: rc.relu(x, x), "relu .* takes 1 argument"),
        (lambda x: rc.where(x > 0, x), "where .* takes 3 arguments and no options, not 2"),
    ],
)
def test_entrywise_operations_say_what_they_take(call, message):
    with pytest.raises(TypeError, match=message):
        call(rc.variable([1.0]))


def test_shapes_that_do_not_fit_at_run_time():
    x, y = rc.placeholder("x", (None, 3)), rc.placeholder("y", (None, 3))
    z = 2 * x + y
    message = rf"add of shapes \(2, 3\) and \(4, 3\)(.|\n)*{MADE_HERE}.*z = 2 \* x \+ y"
    with pytest.raises(rc.GraphError, match=message):
        z(x=np.ones((2, 3)), y=np.ones((4, 3)))


@pytest.mark.parametrize(
    ("shape", "message"),
    [((1, 5, 5, 3), "has 3 channels and the kernel takes 2"), ((1, 2, 5, 2), "window of 3")],
)
def test_images_that_do_not_fit_the_kernel_at_run_time(shape, message):
    x = rc.placeholder("x")
    y = rc.conv2d(x, np.ones((3, 3, 2, 4)))
    with pytest.raises(rc.GraphError, match=rf"conv2d of shapes .*{message}(.|\n)*{MADE_HERE}"):
        y(x=np.ones(shape))


def test_integers_are_not_rounded_on_the_way():
    i = rc.placeholder("i", (None,), dtype=int)
    assert rc.constant([1.0, 2.0, 3.0])[i](i=[2.0, 0]).tolist() == [3, 1]
    with pytest.raises(rc.GraphError, match="it is not made of integers"):
        (i + 1)(i=[0.5, 1])


def test_constants_and_truth_values_are_refused():
    c = rc.constant([1.0])
    with pytest.raises(rc.GraphError, match="constant: its data cannot be assigned"):
        c.data = [2.0]
    with pytest.raises(ValueError, match="read-only"):
        c.data[0] = 2.0
    with pytest.raises(rc.GraphError, match="has no truth value"):
        bool(c)
    with pytest.raises(rc.GraphError, match=r"cannot take data of shape \(3,\)"):
        rc.variable([1.0]).data = np.ones(3)
    with pytest.raises(rc.GraphError, match="depends on no variable"):
        rc.sgd().minimize(c)


def test_numpy_operands_on_the_left():
    x = rc.variable([1.0, 2.0])
    assert rc.run(np.array([3.0, 4.0]) * x).tolist() == [3.0, 8.0]
    assert rc.run(np.eye(2) @ x).tolist() == [1.0, 2.0]
    with pytest.raises(TypeError, match="no value before it is run"):
        np.asarray(x)


@pytest.mark.parametrize(
    "call",
    [
        lambda: rc.run("w"),
        lambda: rc.run([rc.variable(1.0), 2.0]),
        lambda: rc.source(3),
        lambda: rc.gradients(3.0, rc.variable(1.0)),
        lambda: rc.gradients(rc.variable(1.0), "w"),
    ],
)
def test_what_is_no_node_is_named(call):
    with pytest.raises(TypeError, match=r"a node of a graph is needed here, not (str|float|int)"):
        call()


def small_network():
    x = rc.placeholder("x", (None, 3))
    w, v = rc.variable(np.ones((3, 4)) / 3, name="kept"), rc.variable(np.ones((4, 2)) / 4, name="piece_1")
    hidden = rc.tanh(x @ w)
    return x, [w, v], rc.sum(rc.softmax(hidden @ v + hidden[:, :2]) * x[:, 1:], axis=0)


def test_a_long_program_is_written_in_pieces(monkeypatch):
    x, ws, y = small_network()
    feeds = {"x": [[1, 2, 3], [4, 5, 6]]}
    whole = rc.run([y, *rc.gradients(y, ws), x, ws[0]], feeds)
    monkeypatch.setattr("revgraph.core.writer.PIECE", 3)
    nodes = [y, *rc.gradients(y, ws), x, ws[0]]
    source = rc.source(nodes)
    assert source.count("def piece_") > 3
    assert "kept_1: variable of shape (3, 4)" in source
    for one, other in zip(rc.run(nodes, feeds), whole, strict=True):
        np.testing.assert_array_equal(one, other)
    step = rc.sgd(0.5).minimize(rc.sum(y))
    before = step(**feeds)
    ws[0].data = ws[0].data + 0.5
    assert step(**feeds) != before


def test_values_leave_a_long_program_after_their_last_use(monkeypatch):
    monkeypatch.setattr("revgraph.core.writer.PIECE", 2)
    x = rc.variable([1.0, 2.0])
    y = x
    for _ in range(20):
        y = rc.sin(y) + 1
    assert "kept = [None] * 1\n" in rc.source(y)
    a = rc.exp(x)
    assert "kept = [None] * 2\n" in rc.source(rc.cos(rc.sin(y) * 2) * a)
    np.testing.assert_allclose(rc.run([a * 1, y * a])[0], np.exp([1, 2]))


def test_a_long_program_says_which_node_failed(monkeypatch):
    monkeypatch.setattr("revgraph.core.writer.PIECE", 2)
    x = rc.placeholder("x", (None,))
    y = rc.exp(rc.sin(rc.cos(x)))
    z = y + rc.placeholder("z", (None,))
    with pytest.raises(rc.GraphError, match=rf"add of shapes \(2,\) and \(3,\)(.|\n)*{MADE_HERE}.*z = y \+ "):
        rc.tanh(z * 2)(x=[1, 2], z=[1, 2, 3])


def test_names_of_the_users_meet_generated_ones():
    x = rc.variable([1.0], name="t2")
    y = rc.exp(rc.sin(x))
    y.name = "t1"
    z = rc.cos(y)
    z.name = "t3"
    assert rc.run([z, y, z + y, rc.tan(z)])[0] == np.cos(np.exp(np.sin(1.0)))
    lines = [line.split(" = ")[0].strip() for line in rc.source([z, y, z + y, rc.tan(z)]).splitlines()[2:-1]]
    assert len(set(lines)) == len(lines) == 5


@both_dtypes
@pytest.mark.parametrize("shape", [(3,), (700, 1500)], ids=str)
def test_the_gradient_of_gelu_is_found_in_one_go(shape, dtype):
    values = np.random.default_rng(0).normal(size=shape).astype(dtype) * 4
    values.flat[:3] = -1000, 0, 1000
    x, above = (rc.placeholder(name, shape, dtype=dtype) for name in ("x", "above"))
    gradient = rc.gradients(rc.gelu(x), x, rc.sin(above))
    assert "gelu_gradient(" in rc.source(gradient)
    found = gradient(x=values, above=values)
    assert found.dtype == dtype
    a = values.astype(float)
    gate = (1 + np.tanh(0.7978845608028654 * (a + 0.044715 * a**3))) / 2
    slope = gate + a * 2 * gate * (1 - gate) * 0.7978845608028654 * (1 + 3 * 0.044715 * a**2)
    tolerance = (1e-4, 1e-5) if dtype == "float32" else (1e-9, 1e-12)
    np.testing.assert_allclose(found, slope * np.sin(a), *tolerance)


def test_only_the_gradient_of_gelu_is_taken_for_it():
    x, y, g = (rc.variable(np.linspace(-2, 2, 5) + i) for i in range(3))
    gate = gelu_gate(x)
    by_hand = rc.gradients(rc.gelu(x), x, g)()
    for order in (
        gate * g + gelu_gate_gradient(g * x, gate, x),
        gelu_gate_gradient(x * g, gate, x) + g * gate,
    ):
        assert "gelu_gradient(" in rc.source(order)
        np.testing.assert_allclose(order(), by_hand, rtol=1e-12)
    for one, other in (
        (g * gate, gelu_gate_gradient(g * y, gate, x)),
        (y * gate, gelu_gate_gradient(g * x, gate, x)),
        (g * gelu_gate(y), gelu_gate_gradient(g * x, gate, x)),
        (g * gate, gelu_gate_gradient(g + x, gate, x)),
        (g * gate, gelu_gate_gradient(rc.sum(g) * x, gate, x)),
    ):
        assert "gelu_gradient(" not in rc.source(one + other)
        np.testing.assert_allclose((one + other)(), one() + other(), rtol=1e-12)
