"""Every operator and method of a node, and every option of the library's functions, beside NumPy's.

A method or an option without a row fails. Those of classes, such as optimizers', stand in tests/dl.
"""

import inspect
import operator
from functools import partial
from itertools import product

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

import revgraph.core as rc
from revgraph.core.ops.op import Op

draw = np.random.default_rng(0)
A, B, STACK = draw.uniform(0.5, 3, (3, 3)), draw.uniform(0.5, 3, (3, 3)), draw.normal(size=(2, 3, 4))
BITS = np.array([[True, False, True], [False] * 3])

# Operators and methods: called on a node and on NumPy's array they give the same.

BINARY = ["add", "sub", "mul", "truediv", "pow", "matmul", "floordiv"]
COMPARISONS = ["eq", "ne", "lt", "le", "gt", "ge"]
REDUCTIONS, ANSWERS = ["sum", "mean", "max", "min", "argmax", "argmin"], ["all", "any"]
OPERATORS = {
    **{f"__{name}__": partial(lambda f, a: f(a, B), getattr(operator, name)) for name in BINARY},
    **{f"__r{name}__": operator.methodcaller(f"__r{name}__", B) for name in BINARY},
    **{
        f"__{name}__": partial(lambda f, a: f(a, np.round(A) + A % 1 * [1, 0, -1]), getattr(operator, name))
        for name in COMPARISONS
    },
    "__abs__": lambda a: abs(a - 2),
    "__neg__": operator.neg,
    "__pos__": operator.pos,
    "__getitem__": lambda a: a[1:, ::2],
    "T": lambda a: a.T,
    "dot": lambda a: a.dot(B),
    "matmul": lambda a: a.matmul(B) if isinstance(a, rc.Tensor) else a @ B,
    "reshape": lambda a: a.reshape(1, -1),
    "transpose": lambda a: a.transpose(1, 0),
}
ELSEWHERE = {  # in test_slips, test_picture, test_compiler, test_pickling
    *("__init__", "__repr__", "_repr_mimebundle_", "__call__", "__bool__", "__array__", "__float__"),
    *("__int__", "__format__", "__setitem__", "__hash__", "__len__", "__iter__", "__array_ufunc__"),
    "__array_function__",
}


def assert_alike(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
    assert (np.asarray(found).dtype, np.shape(found)) == (np.asarray(expected).dtype, np.shape(expected))


def test_every_operator_and_method_has_a_row():
    offered = {name for name, member in vars(rc.Tensor).items() if inspect.isfunction(member)} | {"T"}
    assert offered - ELSEWHERE == {*OPERATORS, *REDUCTIONS, *ANSWERS}


@pytest.mark.parametrize("name", OPERATORS)
def test_an_operator_is_numpys(name):
    assert_alike(OPERATORS[name](rc.variable(A))(), OPERATORS[name](A))


@pytest.mark.parametrize("name", REDUCTIONS + ANSWERS)
def test_a_reducing_method_is_numpys(name):
    for array, axis, keepdims in product((STACK, BITS), (None, 0, -1), (False, True)):
        if (name in ANSWERS) == (array is BITS):
            found = getattr(rc.variable(array), name)(axis=axis, keepdims=keepdims)
            assert_alike(found(), getattr(array, name)(axis=axis, keepdims=keepdims))


# Options of functions: for some other values than the default, ours and NumPy's.

IMAGES, KERNEL = draw.normal(size=(2, 7, 6, 3)), draw.normal(size=(2, 3, 3, 4))
SEQUENCES, TAPS = draw.normal(size=(2, 9, 3)), draw.normal(size=(3, 3, 4))
AROUND = ((0, 0), (0, 1), (1, 1), (0, 0))  # "SAME" for windows of (2, 3) at stride 1


def windows(x, size, stride=(1, 1), dilation=(1, 1)):
    reach = [(k - 1) * d + 1 for k, d in zip(size, dilation, strict=True)]
    found = sliding_window_view(x, reach, axis=(1, 2))[
        :, :: stride[0], :: stride[1], :, :: dilation[0], :: dilation[1]
    ]
    return np.moveaxis(found, 3, -1)


def conv2d(x, kernel, **options):
    return np.einsum("nijabc,abco->nijo", windows(x, kernel.shape[:2], **options), kernel)


def conv1d(x, kernel, stride=1, dilation=1):
    return conv2d(x[:, None], kernel[None], stride=(1, stride), dilation=(1, dilation))[:, 0]


def softmax(a, axis=-1):
    e = np.exp(a)
    return e / e.sum(axis, keepdims=True)


AXES = [{"axis": axis} for axis in (0, 1, -2, (0, 2))]
KEPT = [{"keepdims": True}, {"keepdims": True, "axis": 1}]


def reducing(ours, theirs, array=STACK, axes=AXES):
    """Ours and NumPy's over other axes, and with the axes kept."""
    return {
        option: [(ours(array, **options), theirs(array, **options)) for options in rows]
        for option, rows in {"axis": axes, "keepdims": KEPT}.items()
    }


def logsumexp(a, axis=-1, keepdims=False):
    return np.log(np.exp(a).sum(axis, keepdims=keepdims))


def pooling(ours, join, fill):
    """The stride is the size unless it is given; under "SAME" the fill does not count."""
    around = windows(np.pad(IMAGES, AROUND, constant_values=fill), (2, 3))
    return {
        "stride": [
            (ours(IMAGES, (2, 3)), join(windows(IMAGES, (2, 3), (2, 3)), axis=(3, 4))),
            (ours(IMAGES, (2, 3), stride=(1, 2)), join(windows(IMAGES, (2, 3), (1, 2)), axis=(3, 4))),
        ],
        "padding": [(ours(IMAGES, (2, 3), stride=1, padding="SAME"), join(around, axis=(3, 4)))],
    }


ONE_AXIS = [{"axis": axis} for axis in (0, 1, -2)]
X, W = rc.variable(A), rc.variable(B)
OPTIONS = {
    **{name: reducing(getattr(rc, name), getattr(np, name)) for name in ("sum", "mean", "max", "min")},
    **{name: reducing(getattr(rc, name), getattr(np, name), BITS * 1.0, ONE_AXIS[:1]) for name in ANSWERS},
    **{name: reducing(getattr(rc, name), getattr(np, name), axes=ONE_AXIS) for name in ("argmax", "argmin")},
    "logsumexp": reducing(rc.logsumexp, logsumexp, axes=[*AXES, {"axis": None}]),
    "softmax": {"axis": [(rc.softmax(STACK, **options), softmax(STACK, **options)) for options in AXES]},
    "log_softmax": {
        "axis": [(rc.log_softmax(STACK, **options), np.log(softmax(STACK, **options))) for options in AXES]
    },
    "clip": {
        "low": [(rc.clip(STACK, low=0.1), np.maximum(STACK, 0.1))],
        "high": [(rc.clip(STACK, high=0.1), np.minimum(STACK, 0.1))],
    },
    "concatenate": {
        "axis": [
            (rc.concatenate([STACK, 2 * STACK], axis), np.concatenate([STACK, 2 * STACK], axis))
            for axis in (1, -1, -2)
        ]
    },
    "stack": {
        "axis": [
            (rc.stack([STACK, -STACK], axis), np.stack([STACK, -STACK], axis)) for axis in (1, -1, -2, -4)
        ]
    },
    "flatten": {"exclude_dim_0": [(rc.flatten(STACK, exclude_dim_0=False), STACK.ravel())]},
    "squeeze": {
        "axis": [
            (rc.squeeze(STACK[:1, :1]), np.squeeze(STACK[:1, :1])),
            (rc.squeeze(STACK[:1, :1], axis=1), STACK[:1, 0]),
        ]
    },
    "transpose": {
        "axes": [(rc.transpose(STACK, axes), np.transpose(STACK, axes)) for axes in ((1, 2, 0), (-1, 0, 1))]
    },
    "pad": {"constant_values": [(rc.pad(A, 1, constant_values=2.5), np.pad(A, 1, constant_values=2.5))]},
    "conv1d": {
        "padding": [
            (
                rc.conv1d(SEQUENCES, TAPS, padding="SAME"),
                conv1d(np.pad(SEQUENCES, ((0, 0), (1, 1), (0, 0))), TAPS),
            )
        ],
        "stride": [(rc.conv1d(SEQUENCES, TAPS, stride=2), conv1d(SEQUENCES, TAPS, stride=2))],
        "dilation": [(rc.conv1d(SEQUENCES, TAPS, dilation=3), conv1d(SEQUENCES, TAPS, dilation=3))],
    },
    "conv2d": {
        "padding": [(rc.conv2d(IMAGES, KERNEL, padding="SAME"), conv2d(np.pad(IMAGES, AROUND), KERNEL))],
        "stride": [(rc.conv2d(IMAGES, KERNEL, stride=(1, 2)), conv2d(IMAGES, KERNEL, stride=(1, 2)))],
        "dilation": [(rc.conv2d(IMAGES, KERNEL, dilation=(3, 2)), conv2d(IMAGES, KERNEL, dilation=(3, 2)))],
    },
    "windows": {
        "stride": [(rc.windows(IMAGES, (2, 3), stride=(1, 2)), windows(IMAGES, (2, 3), (1, 2)))],
        "dilation": [(rc.windows(IMAGES, (2, 3), dilation=(3, 2)), windows(IMAGES, (2, 3), dilation=(3, 2)))],
        "padding": [(rc.windows(IMAGES, (2, 3), padding="SAME"), windows(np.pad(IMAGES, AROUND), (2, 3)))],
        "fill": [
            (
                rc.windows(IMAGES, (2, 3), padding="SAME", fill=7),
                windows(np.pad(IMAGES, AROUND, constant_values=7.0), (2, 3)),
            )
        ],
    },
    "max_pool2d": pooling(rc.max_pool2d, np.max, -np.inf),
    "avg_pool2d": pooling(rc.avg_pool2d, np.nanmean, np.nan),
    "gradients": {
        "grad_ys": [
            (rc.gradients(X * X, X, B), 2 * A * B),
            (rc.gradients([X * X, 3 * X], X, [B, STACK[0, :, :3]]), 2 * A * B + 3 * STACK[0, :, :3]),
            (rc.gradients([X * X, 3 * X], X), 2 * A + 3),
        ]
    },
}
TESTED_ALONE = {"check_gradients", "draw_graph", "gradient", "primitive", "run", "simple_loop"}


def options():
    """Each option of each function, by the function's name."""
    for name in rc.__all__:
        function = getattr(rc, name)
        if not isinstance(function, Op | type) and name not in TESTED_ALONE:
            parameters = inspect.signature(function).parameters.values()
            yield from ((name, p.name) for p in parameters if p.default is not p.empty)


def test_every_option_has_a_row():
    assert {(name, option) for name, rows in OPTIONS.items() for option in rows} == set(options())


@pytest.mark.parametrize(("name", "option"), sorted(options()))
def test_an_option_is_numpys(name, option):
    for found, expected in OPTIONS[name][option]:
        assert_alike(found(), expected)
        assert found.shape == np.shape(expected)


def test_ys_that_are_one_node_count_each():
    y = X * W
    found = rc.run(rc.gradients([y, y, X], [X, W]))
    for one, expected in zip(found, [2 * B + 1, 2 * A], strict=True):
        np.testing.assert_allclose(one, expected)


def test_a_variable_that_is_named_twice_is_changed_once():
    x = rc.variable(1.0)
    rc.run(rc.sgd(lr=0.25).minimize(x * x, [x, x]))
    assert x() == 0.5


@pytest.mark.parametrize("axis", [2, -3, (0, 2), (2, 1), (-1, -2), (-2, -4), (0, -1), (-1, 1), ()])
def test_new_axes_stand_where_numpys_do(axis):
    found = rc.run(rc.expand_dims(rc.variable(A), axis))
    np.testing.assert_array_equal(found, np.expand_dims(A, axis), strict=True)
