"""A learner's commonest slips: each does what was meant, or says in a sentence what went wrong."""

import math

import numpy as np
import pytest

import revgraph.core as rc

X = np.array([[1.0, 2.0], [3.0, 4.0]])
NUMPY = {  # NumPy's functions on a node: those that rc has build the node
    "exp": np.exp,
    "abs": np.abs,
    "negative": np.negative,
    "maximum": lambda a: np.maximum(a, 2.5),
    "left operand": lambda a: np.ones(2) - a,
    "product": lambda a: np.float64(3) * a,
    "comparison": lambda a: a > X.T,
    "matmul": lambda a: np.matmul(X, a),
    "@": lambda a: X @ a,
    "sum": np.sum,
    "sum over an axis": lambda a: np.sum(a, axis=0, keepdims=True),
    "mean": lambda a: np.mean(a, 1),
    "max": lambda a: np.max(a, axis=(0, 1)),
    "argmax": lambda a: np.argmax(a, axis=1),
    "all": lambda a: np.all(a > 0),
    "dot": lambda a: np.dot(a, X),
    "concatenate": lambda a: np.concatenate([a, X], axis=1),
    "stack": lambda a: np.stack((a, a), 1),
    "where": lambda a: np.where(a > 2, a, 0),
    "clip": lambda a: np.clip(a, 1.5, 3),
    "reshape": lambda a: np.reshape(a, (4, 1)),
    "transpose": np.transpose,
    "expand_dims": lambda a: np.expand_dims(a, 0),
    "squeeze": lambda a: np.squeeze(a[:1]),
    "pad": lambda a: np.pad(a, 1),
    "broadcast_to": lambda a: np.broadcast_to(a, (3, 2, 2)),
}


@pytest.mark.parametrize("call", NUMPY.values(), ids=NUMPY)
def test_numpys_functions_build_nodes(call):
    node = call(rc.variable(X))
    assert isinstance(node, rc.Tensor)
    np.testing.assert_array_equal(node(), call(X))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda a: np.sum(a, 0, np.float32),
            "np.sum of a node takes the axis, and what else there is by name",
        ),
        (lambda a: np.dot(rc.stack([a, a]), X), "np.dot of stacks of matrices(.|\n)*a @ b"),
        (lambda a: rc.sum(a, 0, "no"), "keepdims is True or False, not 'no'"),
        (np.cbrt, "np.cbrt needs numbers(.|\n)*build the node from the functions of rc"),
        (lambda a: np.add.reduce(a), r"np.add.reduce needs numbers(.|\n)*rc.add builds the node"),
        (lambda a: np.exp(a, out=X.copy()), r"np.exp with out needs numbers(.|\n)*rc.exp builds the node"),
        (lambda a: np.linalg.norm(a), "np.norm needs numbers"),
        (
            lambda a: np.sum(a, where=X > 1),
            r"np.sum of a node is rc.sum: .*unexpected keyword argument 'where'",
        ),
        (lambda a: np.ones_like(a), "np.ones_like needs numbers(.|\n)*or take the value, rc.run"),
    ],
)
def test_numpys_other_functions_say_what_to_do(call, message):
    with pytest.raises(TypeError, match=message):
        call(rc.variable(X))


def test_in_place_on_an_array_says_so():
    array = X.copy()
    with pytest.raises(TypeError, match=r"np\.add with out needs numbers"):
        array += rc.variable(X)


x = rc.variable([1.0, 2.0], name="x")
fed = rc.placeholder("fed", (2,))
whole = rc.variable([1, 2], name="whole", dtype=int)
masked = np.ma.masked_array([1.0, 2.0], [False, True])
no_return = rc.primitive(lambda a: None, name="no_return")
no_gradient = rc.primitive(lambda a: a, lambda g, ans, a: None, name="no_gradient")

SLIPS = {
    "None fed": (lambda: fed(fed=None), "cannot take what was fed: it is None"),
    "None among the fed": (lambda: fed(fed=[1, None]), "what was fed: it holds None or other objects"),
    "a text fed": (lambda: fed(fed=["1", "2"]), "what was fed: it holds <U1, and no real numbers"),
    "complex numbers fed": (lambda: fed(fed=[1, 2j]), "it holds complex128, and no real numbers"),
    "a node fed": (lambda: fed(fed=x), "fed: <variable x .*has no value before it is run"),
    "an array without a name": (lambda: fed([1, 2]), r"is fed by name: an array(.|\n)*Next: node\(x=array\)"),
    "masked entries fed": (lambda: fed(fed=masked), "masked(.|\n)*Next: array.filled"),
    "masked entries": (lambda: rc.variable(masked), "a tensor has no mask"),
    "a number of a node": (lambda: float(rc.sum(x)), r"no number before it is run. Next: rc.run\(node\)"),
    "Python's mathematics": (lambda: math.exp(rc.sum(x)), "no number before it is run"),
    "a node printed as a number": (lambda: f"{rc.sum(x):.3f}", r"Next: f'{rc.run\(node\):.3f}'"),
    "an entry assigned": (lambda: x.__setitem__(0, 3), "cannot be assigned(.|\n)*w.data"),
    "a mask that is a node": (lambda: x[x > 1], r"at the run only. Next: rc.where\(mask, x, 0\)"),
    "a node as an end": (lambda: fed[: rc.len(x)], "a slice goes from an integer to .* not to <len"),
    "a text as an end": (lambda: rc.placeholder("a")[:"2"], "to an integer, not to '2'"),
    "a fraction as an end": (lambda: x[:0.5], "to an integer, not to 0.5"),
    "minus a truth value": (lambda: -(x > 1), r"neg of shapes \(2,\)(.|\n)*made at"),
    "truth values subtracted": (lambda: (x > 1) - (x > 1), r"sub of shapes \(2,\) and \(2,\)"),
    "a number for a name": (lambda: rc.variable(1.0, name=5), "the name of a node is a text, not 5"),
    "a dtype that is none": (lambda: rc.variable(1.0, dtype="flaot32"), "one of NumPy's, .*'flaot32'"),
    "assigned to what is fed": (lambda: rc.assign(fed, 2.0), "into variables only, and <placeholder fed"),
    "fractions as truth values": (
        lambda: rc.placeholder("b", (2,), dtype=bool)(b=[0.5, np.nan]),
        "it is not made of truth values, or 0 and 1",
    ),
    "a mask of one": (lambda: x[True], "True is no index"),
    "run of a number": (lambda: rc.run(3.0), "a node of a graph is needed here, not float: 3.0"),
    "run of nothing": (lambda: rc.run(None), "a node of a graph is needed here, not NoneType"),
    "run with a list": (lambda: rc.run(fed, [1]), "feed_dict maps placeholders.* it is no list"),
    "run with an array": (lambda: rc.run(fed, np.ones(2)), "it is no ndarray"),
    "a constant of None": (lambda: rc.constant(None), "a tensor holds real numbers"),
    "a forgotten return": (lambda: no_return(x)(), "no_return returned None: .*without a return"),
    "one in the vjp": (
        lambda: rc.run(rc.gradients(no_gradient(x), x)),
        "the vjp of no_gradient returned None: it ends without a return",
    ),
    "a list of losses": (lambda: rc.sgd().minimize([x]), "minimize takes one node, not several"),
    "a number minimized": (lambda: rc.sgd().minimize(3.0), "the node of a loss, not float: 3.0"),
    "an array minimized": (lambda: rc.sgd().minimize(X), "the node of a loss, not ndarray"),
    "by no variable": (lambda: rc.sgd().minimize(x * fed, [fed]), "variables only, and <placeholder fed"),
    "by a placeholder": (lambda: rc.sgd().minimize(x * fed, fed), "variables only, and <placeholder fed"),
    "by a number": (lambda: rc.sgd().minimize(x * fed, 3), "variables only, and 3 is none"),
    "by integers": (
        lambda: rc.sgd().minimize(rc.sum(x * whole), [x, whole]),
        "whole .*holds no fractions(.|\n)*dtype=float",
    ),
    "of integers": (lambda: rc.sgd().minimize(rc.sum(whole)), "no variable of a floating dtype"),
    "by a node": (lambda: rc.sgd().minimize(x * fed, x * 2), "variables only, and"),
    "lr None": (lambda: rc.sgd(None), "sgd: lr is a number, such as 0.01, not None"),
    "lr a text": (lambda: rc.adam("0.1"), "adam: lr is a number, such as 0.01, not '0.1'"),
    "lr the loss": (lambda: rc.adam(rc.sum(x)), "adam: lr is a number, such as 0.01, not <sum"),
    "a list of nodes": (lambda: rc.sum([x, x]), r"a list of nodes is not itself a node(.|\n)*rc.stack"),
    "no function": (lambda: rc.primitive(3), "primitive takes functions of arrays, forward and vjp, not 3"),
    "a vjp that was called": (lambda: rc.primitive(np.exp, np.ones(2)), r"forward and vjp, not array\("),
    "lr negative": (lambda: rc.rmsprop(-0.1), "rmsprop: lr is a number from 0 on, not -0.1; .*climb"),
    "lr nan": (lambda: rc.sgd(float("nan")), "lr is a number from 0 on, not nan"),
    "momentum negative": (lambda: rc.sgd(momentum=-1), "sgd: momentum is a number from 0 on"),
    "beta a text": (lambda: rc.adam(beta1="a"), "adam: beta1 is a number"),
    "beta 1": (lambda: rc.adam(beta1=1.0), "adam: beta1 is a number from 0 to below 1, not 1.0"),
    "rho above 1": (lambda: rc.rmsprop(rho=1.5), "rmsprop: rho is a number from 0 to below 1, not 1.5"),
    "weight decay None": (lambda: rc.adamw(weight_decay=None), "adamw: weight_decay is a number"),
    "grad_ys too small": (
        lambda: rc.gradients(rc.variable(X) * 2, x, np.ones(2)),
        r"a gradient of shape \(2,\) is given for <mul .*, of shape \(2, 2\)",
    ),
    "grad_ys too large": (lambda: rc.gradients(x * 2, x, np.ones((3, 2))), r"of shape \(3, 2\) is given"),
    "too many grad_ys": (lambda: rc.gradients([x, x], x, [1, 2, 3]), "3 gradients for 2 ys"),
    "two ellipses": (lambda: rc.variable(X)[..., 0, ...], r"an index has one ellipsis"),
    "padding a number": (
        lambda: rc.conv2d(np.ones((1, 5, 5, 1)), np.ones((3, 3, 1, 1)), padding=1),
        r"padding is 'VALID' or 'SAME', not 1(.|\n)*rc.pad\(x, ",
    ),
    "padding and stride exchanged": (
        lambda: rc.conv2d(np.ones((1, 5, 5, 1)), np.ones((3, 3, 1, 1)), 2, "SAME"),
        "not 2(.|\n)*the stride comes behind the padding",
    ),
    "a stride for each of three": (
        lambda: rc.conv2d(np.ones((1, 5, 5, 1)), np.ones((3, 3, 1, 1)), stride=(1, 1, 1)),
        "one number, or one for the height and one for the width",
    ),
    "an axis by name": (lambda: rc.sum(x, "rows"), "an integer, or several, are needed here, not 'rows'"),
    "an axis between two": (lambda: rc.sum(x, 0.5), "an integer, or several, are needed here, not 0.5"),
    "a shape of a text": (lambda: rc.placeholder("x", "3"), "a shape is a tuple of sizes"),
    "a size between two": (lambda: rc.placeholder("x", (2.5,)), "a size is an integer, or None.* not 2.5"),
    "a size below -1": (lambda: rc.placeholder("x", (-2, 3)), "a size is 0 or more, .* not -2"),
    "a shape below -1": (lambda: rc.reshape(X, (-2, -2)), r"a size is 0 or more, or -1(.|\n)*\(-2, -2\)"),
    "one below -1 of an unknown": (lambda: rc.reshape(rc.placeholder("y"), (3, -2)), "a size is 0 or more"),
    "broadcast to what is left": (lambda: rc.broadcast_to(X, (-1, 2, 2)), "does not broadcast to"),
    "integers padded with a fraction": (lambda: rc.pad(whole, 1, 0.5), "not made of integers"),
    "integers in windows beside a fraction": (
        lambda: rc.windows(rc.reshape(whole, (1, 1, 2, 1)), 2, padding="SAME", fill=0.5),
        "not made of integers",
    ),
    "pad by a text": (lambda: rc.pad(x, "1"), "pad_width is a number, a pair"),
    "pad of an unknown rank": (lambda: rc.pad(rc.placeholder("y"), 1), "an unknown number of axes"),
}  # fmt: skip


@pytest.mark.parametrize(("call", "message"), SLIPS.values(), ids=SLIPS)
def test_a_slip_is_told_in_a_sentence(call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call()


NO_NUMBERS = {  # of which NumPy would make some
    "complex": np.array([1j, 2]),
    "a complex list": [1j, 2],
    "None": [None, 2.0],
    "texts": ["1", "2"],
    "masked": masked,
    "dates": np.array(["2020", "2021"], "M8[Y]"),
}
NO_INTEGERS = {
    "fractions": [1.5, 2.0],
    "nan": [np.nan, 2.0],
    "too large": np.array([300, 2]),
    "negative": [-1, 2],
}
WAYS_IN = {
    "variable": lambda given, dtype: rc.variable(given, dtype=dtype),
    "constant": lambda given, dtype: rc.constant(given, dtype=dtype),
    "data": lambda given, dtype: setattr(rc.variable(np.zeros(2, dtype), dtype=dtype), "data", given),
    "feed": lambda given, dtype: rc.placeholder("x", dtype=dtype)(x=given),
    "primitive": lambda given, dtype: rc.primitive(lambda: given, dtype=dtype)()(),
    "vjp": lambda given, dtype: rc.run(
        rc.gradients(rc.primitive(lambda a: a, lambda g, ans, a: (given,))(x), x)
    ),
}


@pytest.mark.parametrize("given", NO_NUMBERS.values(), ids=NO_NUMBERS)
@pytest.mark.parametrize("way", WAYS_IN.values(), ids=WAYS_IN)
def test_no_way_in_makes_numbers_of_what_is_none(way, given):
    with pytest.raises((TypeError, ValueError), match=r"no real numbers|None or other objects|has no mask"):
        way(given, "float64")
    way(np.array([1.0, 2.0]), "float64")


@pytest.mark.parametrize("given", NO_INTEGERS.values(), ids=NO_INTEGERS)
@pytest.mark.parametrize("way", ["variable", "constant", "data", "feed", "assign"])
def test_no_way_in_loses_fractions_or_what_is_out_of_reach(way, given):
    def assign(given, dtype):
        return rc.run(rc.assign(rc.variable([0, 0], dtype=dtype), np.array(given, float)))

    enter = WAYS_IN.get(way, assign)
    with pytest.raises(ValueError, match=r"not made of integers|out of bounds|NaN to integer"):
        enter(given, "uint8")
    enter([1.0, 255.0], "uint8")


@pytest.mark.parametrize("dtype", [complex, str, object, "M8[s]"])
def test_a_tensor_holds_real_numbers(dtype):
    for make in (rc.variable, rc.constant):
        with pytest.raises(TypeError, match="a tensor holds real numbers"):
            make([1, 2], dtype=dtype)
    with pytest.raises(TypeError, match="a tensor holds real numbers"):
        rc.placeholder("x", dtype=dtype)


def test_what_was_meant_is_done():
    step = rc.sgd(0.5).minimize(rc.sum(x * x), x)
    assert rc.run(step) == 5
    x.data = [1, 2]
    assert rc.run(rc.gradients(x * 2, x, [1, 10])).tolist() == [2, 20]
    assert rc.run(rc.gradients(x * 2, x, 3)).tolist() == [6, 6]
    assert rc.placeholder("x", 3).shape == (3,)
    assert rc.placeholder("x", [-1, 3]).shape == (None, 3)
    a, b = (rc.placeholder(name, (-1, 3)) for name in "ab")
    assert a.dims[0] != b.dims[0]
    assert (a + b)(a=np.ones((1, 3)), b=np.ones((2, 3))).shape == (2, 3)


ONE, TWO = np.int64(1), np.int32(2)
BY_NUMPY = {
    "sum": lambda a: rc.sum(a, ONE),
    "sum over several": lambda a: rc.sum(a, (np.int64(0), ONE)),
    "sum over a list": lambda a: rc.sum(a, [0, -1]),
    "sum over an array": lambda a: rc.sum(a, np.array([0, 2])),
    "mean": lambda a: rc.mean(a, ONE),
    "max": lambda a: rc.max(a, ONE),
    "argmax": lambda a: rc.argmax(a, ONE) * a[:, 0],
    "logsumexp": lambda a: rc.logsumexp(a, ONE),
    "softmax": lambda a: rc.softmax(a, ONE),
    "log_softmax": lambda a: rc.log_softmax(a, [0, 1]),
    "expand_dims": lambda a: rc.expand_dims(a, ONE),
    "squeeze": lambda a: rc.squeeze(a[:, :1], ONE),
    "concatenate": lambda a: rc.concatenate([a, a], ONE),
    "stack": lambda a: rc.stack([a, a], ONE),
    "transpose": lambda a: rc.transpose(a, (ONE, np.int64(0), TWO)),
    "transpose by an array": lambda a: rc.transpose(a, np.array([2, 0, 1])),
    "reshape": lambda a: rc.reshape(a, np.int64(24)),
    "reshape to an array": lambda a: rc.reshape(a, np.array([4, -1])),
    "broadcast_to": lambda a: rc.broadcast_to(a, (TWO, TWO, np.int64(3), np.int64(4))),
    "getitem": lambda a: a[ONE, np.int64(-1) : np.int64(0) : np.int64(-1)],
    "pad": lambda a: rc.pad(a, ((ONE, TWO), (TWO, ONE), (ONE, ONE))),
    "conv2d": lambda a: rc.conv2d(a[..., None], np.ones((2, 2, 1, 1)), "SAME", TWO, (ONE, TWO)),
    "conv1d": lambda a: rc.conv1d(a, np.ones((2, 4, 1)), "SAME", TWO, ONE),
    "max_pool2d": lambda a: rc.max_pool2d(a[..., None], TWO, ONE),
    "avg_pool2d": lambda a: rc.avg_pool2d(a[..., None], (TWO, ONE), (ONE, TWO), "SAME"),
    "windows": lambda a: rc.windows(a[..., None], TWO, ONE, ONE),
}


@pytest.mark.parametrize("call", BY_NUMPY.values(), ids=BY_NUMPY)
def test_numpys_integers_are_integers(call):
    a = np.random.default_rng(0).normal(size=(2, 3, 4))
    y = call(rc.variable(a))
    assert y.shape == y().shape
    assert "np.int" not in rc.source(y)
    rc.check_gradients(call, a)
