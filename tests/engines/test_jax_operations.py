"""The engine "jax" gives what NumPy gives, for every operation there is, its gradients and theirs."""

import numpy as np
import pytest

import revgraph.core as rc
from revgraph.core.threads import SHARED
from tests.core.operations import NAMES, calls_of

pytest.importorskip("jax", reason='JAX is not installed (pip install "revgraph[jax]")')
TOLERANCE = {"float64": 1e-10, "float32": 2e-5}


def nodes_of(call, xs, orders):
    """The call, and its gradients up to this order."""
    nodes = [call.ours(*xs)]
    for _ in range(orders if call.has_gradient else 0):
        nodes += rc.gradients(rc.sum(nodes[-1] * nodes[-1]), xs)
    return nodes


def assert_alike(nodes, feeds, dtype):
    """One program for all the nodes: compiling is what takes time."""
    expected, found = (rc.run(nodes, feeds, engine) for engine in ("numpy", "jax"))
    for node, ours, theirs in zip(nodes, found, expected, strict=True):
        assert np.shape(ours) == np.shape(theirs), node
        assert np.asarray(ours).dtype == np.asarray(theirs).dtype, node
        np.testing.assert_allclose(ours, theirs, TOLERANCE[dtype], TOLERANCE[dtype], err_msg=repr(node))


@pytest.mark.parametrize("name", NAMES)
def test_every_operation_and_its_gradients(name):
    calls = list(calls_of(name))
    nodes = [node for call in calls for node in nodes_of(call, call.variables("float64"), 1)]
    assert_alike([*nodes, *nodes_of(calls[-1], calls[-1].variables("float64"), 2)], {}, "float64")
    assert_alike(nodes_of(calls[0], calls[0].variables("float32"), 1), {}, "float32")


@pytest.mark.parametrize("name", NAMES)
def test_shapes_that_only_the_run_knows(name):
    call = list(calls_of(name))[-1]
    xs, feeds = call.placeholders()
    assert_alike(nodes_of(call, xs, 1), feeds, "float64")


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # of a row without any score
def test_what_the_simplifier_writes_for_large_arrays():
    draw = np.random.default_rng(0)
    x, row, a = (rc.variable(draw.normal(size=shape)) for shape in ((2048, 9), (9,), (SHARED // 1024, 1024)))
    stacks = rc.reshape(a, (-1, 32, 32))
    scores = stacks @ rc.transpose(stacks, (0, 2, 1))
    weights = rc.softmax(rc.where(np.tri(32, dtype=bool), scores, -np.inf))
    cut = rc.softmax(rc.where(np.tri(32, k=-1, dtype=bool), scores, -np.inf))  # a row is left with nothing
    nodes = [
        x + row,
        x - row,
        row * x,
        x / row,
        rc.sum(x * x, 0),
        rc.sum(x, 0),
        rc.exp(a - a[:, :1]),
        rc.sum(a, -1),
        rc.sum(a * rc.square(a)),
        rc.gradients(rc.sum(rc.softmax(a) * rc.square(a)), a),
        stacks @ (stacks * 2),
        weights,
        rc.gradients(weights, scores, stacks @ stacks),
        rc.gradients(cut, scores, stacks @ stacks),
        rc.gradients(rc.sum(rc.square(rc.gelu(a))), a),
    ]
    written = (
        "add_row",
        "attention_gradient",
        "attention_weights",
        "all_products",
        "subtract_row",
        "multiply_row",
        "divide_row",
        "column_products",
        "column_sums",
        "exp_difference",
        "gelu_gradient",
        "row_sums",
        "softmax_gradient",
        "stacks_dot",
    )
    assert all(f"{name}(" in rc.source(nodes) for name in written)
    assert_alike(nodes, {}, "float64")


@pytest.mark.parametrize("name", NAMES)
def test_each_argument_may_be_a_constant(name):
    """A small one stands in the program as NumPy's array, beside those that JAX traces."""
    call = list(calls_of(name))[-1]
    xs, nodes = call.variables("float64"), []
    for at in range(len(xs) if len(xs) > 1 else 0):
        mixed = [x if i == at else rc.constant(x.data) for i, x in enumerate(xs)]
        nodes += [
            call.ours(*mixed),
            *(rc.gradients(call.ours(*mixed), [xs[at]]) if call.has_gradient else []),
        ]
    if nodes:
        assert_alike(nodes, {}, "float64")


WHOLE = {
    "int": [7, -7, 0, 5],
    "int32": [7, -7, 0, 5],
    "uint8": [7, 200, 0, 5],
    "bool": [True, False, True, False],
}
ARITHMETIC = {
    "+": lambda a, b: a + b, "*": lambda a, b: a * b, "/": lambda a, b: a / b, "//": lambda a, b: a // b,
    "maximum": rc.maximum, "where": lambda a, b: rc.where(a > 2, a, b),
    "concatenate": lambda a, b: rc.concatenate([a, b]) if isinstance(b, rc.Tensor) else rc.stack([a, a]),
    "@": lambda a, b: a @ b if isinstance(b, rc.Tensor) else a + b,
    "stacks @": lambda a, b: rc.reshape(a, (2, 2, 1)) @ rc.reshape(b, (1, -1)),
    "conv1d": lambda a, b: rc.conv1d(rc.reshape(a, (1, 4, 1)), rc.reshape(b, (-1, 1, 1))),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of quotients by 0
@pytest.mark.parametrize("name", ARITHMETIC)
@pytest.mark.parametrize("dtype", WHOLE)
def test_whole_numbers_beside_others_give_numpys_dtypes(dtype, name):
    """A plain number among them, and what is computed with the result."""
    a, f = rc.variable(WHOLE[dtype], dtype=dtype), rc.variable([1, 2, 3, 4], dtype="float32")
    others = [2.0, f, *(rc.variable(WHOLE[kind], dtype=kind) for kind in WHOLE)]
    nodes = [ARITHMETIC[name](a, other) for other in others]
    assert_alike([*nodes, *(node * np.float32([3]) for node in nodes)], {}, "float64")


def test_a_whole_number_to_a_power_below_0_is_refused():
    node = rc.variable([2, 3], dtype=int) ** rc.variable([-1, 2], dtype=int)
    for engine in ("numpy", "jax"):
        with pytest.raises(rc.GraphError, match="negative integer powers"):
            rc.run(node, engine=engine)
