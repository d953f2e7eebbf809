"""The API that the original revgraph documents: names, parameters and snippets as its pages have them."""

import inspect

import numpy as np
import pytest

import revgraph.core as rc

X = np.array([[0.25, 0.5, -0.75], [0.1, -0.2, 0.3]])


def test_every_node_is_a_tensor_leaves_are_values_and_operations_functions():
    leaves = [rc.constant(1.0), rc.variable([1.0]), rc.placeholder("x", ())]
    nodes = [leaves[0] + leaves[1], rc.exp(leaves[2]), rc.concatenate([leaves[1]] * 3)]
    assert all(isinstance(node, rc.tensor) for node in leaves + nodes)
    assert [isinstance(node, rc.value) for node in leaves + nodes] == [True] * 3 + [False] * 3
    for kind in (rc.function, rc.function_primitive):
        assert [isinstance(node, kind) for node in leaves + nodes] == [False] * 3 + [True] * 3
    assert [isinstance(node, rc.unary_function) for node in nodes] == [False, True, False]
    assert [isinstance(node, rc.binary_function) for node in nodes] == [True, False, False]
    assert not isinstance(3.0, rc.function)


METHODS = {
    "dot": lambda a: a.dot(X.T),
    "matmul": lambda a: a.matmul(X.T) if isinstance(a, rc.tensor) else a @ X.T,
    "sum": lambda a: a.sum(),
    "sum by axis": lambda a: a.sum(0, keepdims=True),
    "mean": lambda a: a.mean(axis=1),
    "max": lambda a: a.max(1),
    "min": lambda a: a.min(axis=0, keepdims=True),
    "all": lambda a: (a > -1).all(),
    "any": lambda a: (a > 0.2).any(axis=0),
    "argmax": lambda a: a.argmax(1),
    "argmin": lambda a: a.argmin(),
    "reshape": lambda a: a.reshape(3, -1),
    "reshape to a tuple": lambda a: a.reshape((6,)),
    "transpose": lambda a: a.transpose(),
    "transpose by axes": lambda a: a.transpose(1, 0),
    "T": lambda a: a.T,
}


@pytest.mark.parametrize("call", METHODS.values(), ids=METHODS)
def test_methods_are_numpys(call):
    found, expected = call(rc.variable(X))(), call(X)
    np.testing.assert_array_equal(found, expected)
    assert (found.dtype, found.shape) == (np.asarray(expected).dtype, np.shape(expected))


UNARY = ["abs", "square", "exp", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "arcsinh", "arctanh"]
BY_NAME = {
    **{name: {"x": X} for name in UNARY},
    "log": {"x": X**2},
    "sqrt": {"x": X**2},
    "arccosh": {"x": 1 + X**2},
    "add": {"a": X, "b": 1.0},
    "sub": {"a": X, "b": X[0]},
    "mul": {"a": 2, "b": X},
    "truediv": {"a": X, "b": 4},
    "floordiv": {"a": X, "b": 0.2},
    "pow": {"a": X, "b": 2},
    "matmul": {"a": X, "b": X.T},
    "max": {"a": X, "axis": 1, "keepdims": True},
    "min": {"a": X, "axis": 0},
    "all": {"a": X},
    "any": {"a": X},
    "argmax": {"a": X, "axis": 1},
    "argmin": {"a": X, "axis": 0},
}
NUMPYS = {
    "sub": np.subtract,
    "mul": np.multiply,
    "truediv": np.divide,
    "floordiv": np.floor_divide,
    "pow": np.power,
}


@pytest.mark.parametrize("name", BY_NAME)
def test_operands_are_given_by_position_or_by_name(name):
    named = BY_NAME[name]
    theirs = NUMPYS.get(name) or getattr(np, name)
    n_operands = 2 if "b" in named else 1
    options = dict(list(named.items())[n_operands:])
    expected = theirs(*list(named.values())[:n_operands], **options)
    for call in (
        getattr(rc, name)(**named),
        getattr(rc, name)(*named.values()),
        getattr(rc, name)(**dict(reversed(named.items()))),
    ):
        np.testing.assert_allclose(call(), expected, rtol=1e-15)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("sum", "(xs, axis=None, keepdims=False)"),
        ("max", "(a, axis=None, keepdims=False)"),
        ("min", "(a, axis=None, keepdims=False)"),
        ("argmax", "(a, axis=None, keepdims=False)"),
        ("argmin", "(a, axis=None, keepdims=False)"),
        ("conv1d", "(a, b, padding='VALID', stride=1, dilation=1)"),
        ("conv2d", "(a, b, padding='VALID', stride=1, dilation=1)"),
        ("flatten", "(xs, exclude_dim_0=True)"),
        ("pad", "(xs, pad_width, constant_values=0)"),
        ("reshape", "(xs, newshape)"),
        ("len", "(xs)"),
        ("add", "(a, b)"),
        ("exp", "(x)"),
        ("sgd", "(lr=0.001, momentum=0.0, decay=0.0, nesterov=False)"),
        ("rmsprop", "(lr=0.001, rho=0.9, epsilon=1e-09, decay=0.0)"),
        ("adagrad", "(lr=0.001, epsilon=1e-09, decay=0.0)"),
        ("adadelta", "(lr=1.0, rho=0.95, epsilon=1e-06, decay=0.0)"),
        ("adam", "(lr=0.001, beta1=0.9, beta2=0.999, amsgrad=False, epsilon=1e-06, decay=0.0)"),
        ("simple_loop", "(n, action, feed_dict=None)"),
        ("run", "(node, feed_dict=None, engine=None)"),  # the engine is ours, behind the original's
    ],
)
def test_parameters_and_defaults_are_the_documented_ones(name, parameters):
    signature = inspect.signature(getattr(rc, name))
    bare = [
        parameter.replace(annotation=inspect.Parameter.empty) for parameter in signature.parameters.values()
    ]
    assert str(inspect.Signature(bare)) == parameters


def test_shaping():
    x = rc.placeholder("x", (None, 2, 3))
    a = np.arange(12.0).reshape(2, 2, 3)
    assert rc.flatten(x).shape == (None, 6)
    np.testing.assert_array_equal(rc.flatten(x)(x=a), a.reshape(2, 6))
    np.testing.assert_array_equal(rc.flatten(x, exclude_dim_0=False)(x=a), a.ravel())
    np.testing.assert_array_equal(rc.flatten(rc.placeholder("x"))(x=a[:0]), a[:0].reshape(0, 6))
    np.testing.assert_array_equal(rc.flatten([1.0, 2.0])(), [[1], [2]])
    np.testing.assert_array_equal(rc.flatten(3.0)(), [3])
    np.testing.assert_array_equal(rc.reshape(xs=x, newshape=(3, -1))(x=a), a.reshape(3, 4))
    for width, value in ((1, 0), ((1, 2), 7.5), (((0, 1), (2, 0), (1, 1)), -1), ([[1, 2]], 3)):
        padded = rc.pad(x, width, constant_values=value)
        np.testing.assert_array_equal(padded(x=a), np.pad(a, width, constant_values=value))
    rc.check_gradients(lambda b: rc.pad(b, (1, 2), 5) ** 2, a, order=2)


def test_convolutions_take_padding_and_then_stride():
    images, kernel = np.ones((1, 5, 5, 1)), np.ones((2, 2, 1, 3))
    assert rc.conv2d(images, kernel, "SAME", 2).shape == (1, 3, 3, 3)
    assert rc.conv2d(a=images, b=kernel, padding="valid", stride=(1, 2)).shape == (1, 4, 2, 3)
    assert rc.conv1d(images[0], kernel[0], "SAME", 2).shape == (5, 3, 3)


def test_a_function_without_gradient_runs_with_the_graph_and_on_arrays(capsys):
    @rc.no_grad
    def f(x):
        print("Running")
        assert isinstance(x, np.ndarray)
        return 2 * np.asarray(x)

    y = rc.constant(3) + f(rc.constant(4))
    print("Before Evaluation")
    assert y() == 11.0
    assert capsys.readouterr().out == "Before Evaluation\nRunning\n"
    x = rc.variable([1.4, 2.6])
    z = rc.no_grad(np.round)(x) * x
    assert rc.run([z, rc.gradients(z, x)])[1].tolist() == [1, 3]
    with pytest.raises(TypeError, match="no_grad takes a node, several, or a function of arrays, not 3"):
        rc.no_grad(3)


def test_functions_of_ones_own():
    class Square(rc.unary_function):
        def apply(self, a):
            return a * a

        def gradient_wrt_a(self, gradient, a):
            return gradient * 2 * a

    class Product(rc.binary_function):
        def apply(self, a, b):
            return a * b

        def gradient_wrt_a(self, gradient, a, b):
            return gradient * b

    x = rc.variable([1.0, 2.0])
    y = Square(x)
    assert isinstance(y, Square)
    assert isinstance(y, rc.function)
    assert not isinstance(rc.exp(x), Square)
    assert [value.tolist() for value in rc.run([y, rc.gradients(y, x)])] == [[1, 4], [2, 4]]
    assert Product(b=x, a=3.0)().tolist() == [3, 6]
    rc.check_gradients(Square, [1.0, -2.0])
    with pytest.raises(
        NotImplementedError, match=r"Product must define gradient_wrt_b\(self, gradient, a, b\)"
    ):
        rc.run(rc.gradients(Product(x, x), x))
    with pytest.raises(TypeError, match=r"Square takes 1 arguments \(a\), not 2"):
        Square(x, x)


def test_gradient_leaves_gradients_in_the_variables():
    x, w = rc.variable(3.0), rc.variable([1.0, 2.0])
    y = rc.gradient(rc.sum(x * w))
    assert y() == 9
    assert (x.gradient, w.gradient.tolist(), x.data) == (3, [3, 3], 3)


def test_optimizers_of_ones_own_have_hooks_and_memories():
    told = []

    class mine(rc.optimizer):
        def init_global_memory(self, global_memory):
            told.append(("global", global_memory["never set"]))
            global_memory["steps"] = 0

        def init_param_memory(self, param, memory, global_memory):
            told.append(("param", param.name, memory["never set"], global_memory["steps"]))
            memory["moved"] = np.zeros_like(param.data)

        def before_update(self, global_memory):
            told.append(("before", global_memory["steps"]))

        def update(self, param, memory, global_memory):
            memory["moved"] += param.gradient
            param.data -= 0.5 * memory["moved"]

        def after_update(self, global_memory):
            global_memory["steps"] += 1
            told.append(("after", global_memory["steps"]))

    x, y = rc.variable(1.0, name="x"), rc.variable([2.0], name="y")
    step = mine().minimize(x * x + rc.sum(y))
    assert told == []
    rc.simple_loop(2, step)
    assert told == [
        ("global", None), ("param", "x", None, 0), ("param", "y", None, 0),
        ("before", 0), ("after", 1), ("before", 1), ("after", 2),
    ]  # fmt: skip
    assert (x(), y()) == (-1.0, [0.5])


def test_a_loop_asks_for_a_new_feed_each_time():
    x, total = rc.placeholder("x", ()), rc.variable(0.0)
    batches = iter([{"x": 1.0}, {"x": 10.0}, {x: 100.0}])
    rc.simple_loop(3, rc.assign(total, total + x), lambda: next(batches))
    assert total() == 111


def test_its_perceptron():
    rng = np.random.default_rng(0)
    x, y = rc.placeholder(name="x", shape=(None, 2)), rc.placeholder(name="y", shape=(None, 1))
    w0, b0 = rc.variable(rng.normal(size=(2, 8))), rc.variable(np.zeros(8))
    w1, b1 = rc.variable(rng.normal(size=(8, 1))), rc.variable(np.zeros(1))

    def sigmoid(a):
        return 1 / (1 + rc.exp(-a))

    out = sigmoid(rc.tanh(x.dot(w0) + b0).dot(w1) + b1)
    fit = rc.sgd(lr=0.1, momentum=0.9).minimize(rc.sum(rc.square(y - out)))
    inputs, wanted = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]
    for _ in range(1000):
        fit(x=inputs, y=wanted)
    np.testing.assert_array_equal(np.round(out(x=inputs)), wanted)


def test_its_small_programs():
    x = rc.variable(0.0)
    step = rc.rmsprop(lr=0.1).minimize(x**2 + 2 * x + 3)
    rc.simple_loop(200, step)
    assert (rc.run(x**2 + 2 * x + 3), x()) == pytest.approx((2, -1), abs=0.01)
    assert rc.run(rc.sin(rc.constant(np.pi / 2)) + 2) == 3
    v = rc.variable([1.0, 2.0])
    v.data *= 2
    assert v().tolist() == [2, 4]
    f = rc.placeholder("x", (None, 2))
    assert rc.run(f, feed_dict={"x": [[0, 1]]}).tolist() == (f + 0)(x=[[0, 1]]).tolist() == [[0, 1]]
