"""Where a value or a gradient could be wrong without any sign: corners, infinities, shared memory, dtypes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import revgraph.core as rc
from revgraph.core.ops.faster import masked_forward

BASES, EXPONENTS = [0.5, 2.0, 23.0], [-1.5, -1.0, 0.0, 0.5, 1.0, 2.0]


@pytest.mark.parametrize("exponent", EXPONENTS)
@pytest.mark.parametrize("base", BASES)
def test_second_derivatives_of_powers_are_the_formulas(base, exponent):
    a, b = rc.variable(base), rc.variable(exponent)
    first = rc.gradients(a**b, [a, b])
    found = [rc.run(rc.gradients(g, by)) for g in first for by in (a, b)]
    mixed = base ** (exponent - 1) * (1 + exponent * np.log(base))
    by_base = exponent * (exponent - 1) * base ** (exponent - 2)
    np.testing.assert_allclose(found, [by_base, mixed, mixed, base**exponent * np.log(base) ** 2], rtol=1e-12)


@pytest.mark.parametrize("power", [0.0, 1.0, 2.0, 3.0])
def test_powers_of_zero_have_finite_derivatives(power):
    a = rc.variable(0.0)
    y = a**power  # the power is a number, as in x**2
    first = rc.gradients(y, a)
    assert rc.run([first, rc.gradients(first, a)]) == [float(power == 1), 2.0 * (power == 2)]


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
@pytest.mark.parametrize(("power", "expected"), [(-1.0, -np.inf), (0.0, 0.0), (0.5, 0.0), (2.0, 0.0)])
def test_by_the_exponent_a_power_of_zero_has_pytorchs_derivative(power, expected):
    b = rc.variable(power)
    assert rc.run(rc.gradients(rc.constant(0.0) ** b, b)) == expected


@pytest.mark.parametrize("shape", [(0,), (2, 0), (0, 3), (2, 0, 3)])
def test_of_no_entries_softmax_is_empty_and_logsumexp_minus_infinity(shape):
    a = rc.placeholder("a")
    axis = shape.index(0)
    with np.errstate(divide="ignore"):  # log(0)
        nodes = [rc.softmax(a, axis), rc.log_softmax(a, axis), rc.logsumexp(a, axis)]
        found = rc.run([*nodes, *rc.gradients(nodes, [a])], {a: np.ones(shape)})
    assert [one.shape for one in found] == [shape, shape, np.ones(shape).sum(axis).shape, shape]
    assert np.all(found[2] == -np.inf)


def test_a_mean_over_no_axes_is_what_it_is_of():
    a, array = rc.placeholder("a"), np.array([[1.0, -2.0]])
    mean = rc.mean(a, ())
    np.testing.assert_array_equal(rc.run([mean, rc.gradients(mean, a)], {a: array}), [array, [[1, 1]]])


GRID = np.arange(24.0).reshape(2, 3, 4)
ROWS, GRID_MASK = np.array([True, False, True]), GRID[:, :, 0] > 4
MASKS = {
    "rows": lambda a: a[:, ROWS],
    "after an ellipsis": lambda a: a[..., ROWS, :],
    "after a new axis": lambda a: a[None, :, ROWS],
    "two axes": lambda a: a[GRID_MASK],
    "two axes at the end": lambda a: a[..., GRID[0] > 4],
    "everywhere": lambda a: a[GRID > 4],
}


@pytest.mark.parametrize("choose", MASKS.values(), ids=MASKS)
def test_a_mask_chooses_from_axes_of_its_own_shape(choose):
    expected = choose(GRID)
    for shape in (GRID.shape, (None,) * 3, None):
        a = rc.placeholder("a", shape)
        chosen = choose(a)
        np.testing.assert_array_equal(chosen(a=GRID), expected)
        by_a = rc.gradients(chosen, a)(a=GRID)
        np.testing.assert_array_equal(np.sum(by_a), expected.size)
        for other in (np.ones((3, 4, 5)), np.ones((2, 3, 5))[:, :2], np.ones((1, 1, 1))):
            with pytest.raises(rc.GraphError, match=r"a mask of shape .* cannot choose from axes|was fed an"):
                chosen(a=other)


CHANGES = {
    "forward": rc.primitive(lambda a: a.__iadd__(1), lambda g, ans, a: g),
    "vjp": rc.primitive(lambda a: a + 1, lambda g, ans, a: g.__imul__(2)),
    "saved result": rc.primitive(lambda a: a + 1, lambda g, ans, a: ans.__imul__(g)),
    "no_grad": rc.no_grad(lambda a: a.__iadd__(1)),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_function_cannot_change_what_it_is_given(change):
    w = rc.variable([1.0, 2.0])
    y = change(w) * w
    with pytest.raises(rc.GraphError, match="read-only"):
        rc.run([y, rc.gradients(y, w)])
    assert w.data.tolist() == [1, 2]


CUTS = {  # functions that leave an entry out, of the vector (-1, 2): its gradient is 0, whatever comes down
    "relu": rc.relu,
    "maximum": lambda a: rc.maximum(a, 0),
    "minimum": lambda a: -rc.minimum(-a, 0),
    "clip": lambda a: rc.clip(a, 0, 9),
    "where": lambda a: rc.where(a > 0, a, 0),
    "where not": lambda a: rc.where(a < 0, 0, a),
    "max": lambda a: rc.max(a - 2),
    "min": lambda a: rc.min(2 - a),
    "max_pool2d": lambda a: rc.max_pool2d(rc.reshape(a - 2, (1, 1, 2, 1)), (1, 2)),
    "getitem": lambda a: a[1:] - 2,
}
STEEP = {"sqrt": rc.sqrt, "log": rc.log, "to the power of -1": lambda a: a**-1.0, "squared": lambda a: a**2}


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
@pytest.mark.parametrize("steep", STEEP.values(), ids=STEEP)
@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_what_is_left_out_gets_no_gradient(cut, steep):
    w = rc.variable([-1.0, 2.0])
    assert rc.run(rc.gradients(steep(cut(w)), w))[0] == 0


@given(
    shapes=hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, min_side=0, max_side=3),
    dtype=st.sampled_from(["float16", "float32", "float64"]),
    keep=st.booleans(),
    data=st.data(),
)
def test_a_mask_is_what_where_gives(shapes, dtype, keep, data):
    condition = data.draw(hnp.arrays(bool, shapes.input_shapes[0]))
    a = data.draw(hnp.arrays(dtype, shapes.input_shapes[1]))[()]  # nan and infinity are among them
    found = masked_forward(condition[()], a, keep)
    expected = np.where(condition == keep, a, np.zeros((), dtype))
    np.testing.assert_array_equal(found, expected)
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    if np.shape(a) == expected.shape != ():
        np.testing.assert_array_equal(masked_forward(condition, a, keep, out=a), expected)
        np.testing.assert_array_equal(a, expected)


YES, NO = rc.constant(1.0) > 0.5, rc.constant(1.0) < 0.5
CHOICES = {
    "an array or 0": lambda c, x: rc.where(c, x, 0),
    "0 or an array": lambda c, x: rc.where(c, 0, x),
    "an array or infinity": lambda c, x: rc.where(c, x, -np.inf),
    "a scalar or 0": lambda c, x: rc.where(c, rc.sum(x), 0),
    "two arrays": lambda c, x: rc.where(c, x, 2 * x),
    "two numbers": lambda c, x: rc.where(c, 2.0, 3.0) * x,
}


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("choose", CHOICES.values(), ids=CHOICES)
def test_a_condition_may_be_a_plain_number(choose, dtype):
    x = rc.variable(np.array([1.0, -2.0, 3.0], dtype))
    for number, array in ((YES, True), (NO, False)):
        nodes, expected = ([choose(c, x), rc.gradients(choose(c, x), x)] for c in (number, [array]))
        for one, other in zip(rc.run(nodes), rc.run(expected), strict=True):
            np.testing.assert_array_equal(one, other)
            assert one.dtype == dtype


class shouting(rc.optimizer):
    """Spoils every gradient that it is given."""

    def update(self, param, memory, global_memory):
        memory["seen"] = (memory["seen"] or []) + [param.gradient.copy()]
        param.gradient *= -99
        self.seen = {**getattr(self, "seen", {}), param.name: memory["seen"][-1].tolist()}


LOSSES = {
    "a sum": lambda a, b: rc.sum(rc.exp(a + b)),
    "a difference": lambda a, b: rc.sum(rc.exp(a) - rc.exp(b)),
    "a transpose": lambda a, b: rc.sum(rc.square(rc.reshape(a, (3, 1)) + rc.reshape(b, (3, 1)))),
    "a stack": lambda a, b: rc.sum(rc.square(rc.stack([a, b]))),
    "a primitive": lambda a, b: rc.sum(rc.primitive(np.add, lambda g, ans, a, b: (g, g))(a, b)),
    "each other": lambda a, b: rc.sum(a * b),
}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_each_variable_has_a_gradient_of_its_own(loss):
    a, b = rc.variable([1.0, 2.0, 3.0], name="a"), rc.variable([0.5, 0.25, 2.0], name="b")
    before = [a.data.copy(), b.data.copy()]
    y = loss(a, b)
    gradients = rc.gradients(y, [a, b])
    expected = rc.run(gradients)
    rule = shouting()
    found = rc.run([*gradients, rule.minimize(y)])[:2]
    for one, other in zip([*found, *rule.seen.values()], expected * 2, strict=True):
        np.testing.assert_array_equal(one, other)
    assert not np.shares_memory(a.gradient, b.gradient)
    np.testing.assert_array_equal([a.data, b.data], before)


KEPT = np.ones(3)
FETCHED = {
    "a view": lambda x, y: [y, y.T],
    "one node twice": lambda x, y: [y, y],
    "views of a view": lambda x, y: [y.T, y[0], rc.reshape(y, 9)],
    "a variable": lambda x, y: [x, x.T, x[0]],
    "a step and its loss": lambda x, y: [y, rc.sgd(0.0).minimize(y), rc.gradients(y, x)],
    "an assignment": lambda x, y: [y, rc.assign(rc.variable(np.zeros((3, 3))), y), y.T],
    "what a primitive is given": lambda x, y: [y, rc.primitive(lambda a, b: b)(x, y)],
    "what a primitive keeps": lambda x, y: [rc.primitive(lambda a: KEPT)(y)] * 2,
}


@pytest.mark.parametrize("build", FETCHED.values(), ids=FETCHED)
def test_each_result_is_an_array_of_its_own(build):
    x = rc.variable(np.arange(9.0).reshape(3, 3))
    nodes = build(x, rc.exp(x / 9))
    found = rc.run(nodes)
    for i, one in enumerate(found):
        assert not any(np.shares_memory(one, other) for other in [x.data, *found[:i]])
        one *= 2
    for one, other in zip(rc.run(nodes), found, strict=True):
        np.testing.assert_allclose(2 * one, other)


x32 = rc.variable(np.array([1.0, 2.0, 3.0], np.float32))
INTEGERS = {
    "len": lambda x, i: rc.sum(x) / rc.len(x),
    "a count": lambda x, i: x / rc.sum(x > 1.5),
    "a comparison": lambda x, i: (x > 1.5) * x * 2.0,
    "argmax": lambda x, i: x * rc.argmax(x),
    "an array": lambda x, i: x * i + x**i - i / x,
    "where": lambda x, i: rc.where(x > 1.5, x, i),
    "maximum": lambda x, i: rc.maximum(x, i),
    "clip": lambda x, i: rc.clip(i, 1.5 * x, 9),
    "clip by integers": lambda x, i: rc.clip(x, i, 9),
    "an integer array of one": lambda x, i: x * i[0],
    "mean": lambda x, i: rc.mean(x * i, 0),
}


@pytest.mark.parametrize("build", INTEGERS.values(), ids=INTEGERS)
def test_integers_make_no_float64_of_float32(build):
    i = rc.constant([1, 2, 3], dtype=int)
    y = build(x32, i)
    nodes = [y, rc.gradients(y, x32), rc.gradients(y * y, x32)]
    assert {node.dtype for node in nodes} == {value.dtype for value in rc.run(nodes)} == {np.dtype("float32")}
    in_double = rc.variable(x32.data.astype(float))
    expected = rc.run(rc.gradients(build(in_double, i), in_double))
    np.testing.assert_allclose(nodes[1](), expected, rtol=1e-6)


@pytest.mark.parametrize("name", rc.ops.__all__)
def test_of_truth_values_comes_what_can_be_differentiated(name):
    """Or an error where the node is made: its gradient is a number's, and by what was compared it is 0."""
    function, x = getattr(rc, name), rc.variable([[1.0, -2.0]])
    for count in (1, 2):
        try:
            node = function(*[x > 0] * count)
        except (TypeError, ValueError):
            continue
        if node.op.vjp:
            assert not rc.run(rc.gradients(rc.sum(node * 2.0), x)).any()


MIXED = {
    "product": lambda x, c: x * c,
    "matrix product": lambda x, c: x @ c,
    "joined": lambda x, c: rc.concatenate([x, c]) ** 2,
    "primitive": lambda x, c: rc.primitive(np.multiply, lambda g, ans, a, b: (g * b, g * a))(x, c),
}


@pytest.mark.parametrize("build", MIXED.values(), ids=MIXED)
def test_a_gradient_has_the_dtype_of_what_it_is_by(build):
    c = rc.variable([1.0, 2.0, 4.0])
    by_x, by_c = rc.gradients(build(x32, c), [x32, c])
    assert (by_x.dtype, by_c.dtype) == ("float32", "float64")
    assert [value.dtype for value in rc.run([by_x, by_c])] == ["float32", "float64"]


def test_gradients_of_a_gradient_keep_the_dtype_too():
    by_x = rc.gradients(x32 * x32 * rc.constant([1.0, 2.0, 4.0]), x32)
    again = rc.gradients(by_x, x32)
    assert again.dtype == again().dtype == "float32"
    assert rc.gradients(x32 * 2, x32, np.ones(3))().dtype == "float32"


def test_a_number_has_no_axis_to_pad():
    x = rc.variable(2.0)
    assert rc.run([rc.pad(x, 1), rc.gradients(3 * rc.pad(x, 1), x)]) == [2, 3]


NUMBERS = [0.0, -0.0, 1.0, -1.0, 2.5, np.inf, -np.inf, np.nan]
SIGNED = ["mul", "truediv", "pow", "maximum", "minimum", "floordiv"]  # x + 0 and x - 0 are x


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("name", SIGNED)
def test_a_plain_number_keeps_its_sign(name, number):
    x = rc.variable(NUMBERS)
    ours, theirs = getattr(rc, name), getattr(rc, name).forward
    for node, expected in (
        (ours(x, number), theirs(x.data, number)),
        (ours(number, x), theirs(number, x.data)),
    ):
        np.testing.assert_array_equal(node(), expected)
        known = ~np.isnan(expected)
        np.testing.assert_array_equal(np.signbit(node())[known], np.signbit(expected)[known])
