"""check_gradients: it lets right gradients pass and says of wrong ones what is wrong, and where."""

import numpy as np
import pytest

import revgraph.core as rc
from revgraph.core.ops.op import Op, same_dims

X = np.array([[0.5, -2.0, 1.0], [3.0, 40.0, -7.0]])


def cube(vjp):
    return rc.primitive(lambda a: a**3, vjp, name="cube")


def test_right_gradients_pass_and_arrays_stay():
    before = X.copy()
    rc.check_gradients(cube(lambda g, ans, a: 3 * g * a * a), X)
    rc.check_gradients(lambda a, b: rc.sum(rc.tanh(a @ b), axis=0), X / 50, np.ones((3, 2)), order=2)
    rc.check_gradients(lambda a, b: a * 2, [1, 2], 3.0)  # integers and numbers too; b does not matter
    rc.check_gradients(rc.exp, np.ones((0, 3)), order=2)
    np.testing.assert_array_equal(X, before)


@pytest.mark.parametrize(
    ("function", "arrays", "message"),
    [
        (cube(lambda g, ans, a: 3 * g * a), [X], r"argument 0 is wrong in 5 of 6 entries, most at \[1, 1\]"),
        (cube(lambda g, ans, a: g * np.nan), [2.0], r"at \[\]: the rule gives nan, central differ"),
        (
            rc.primitive(np.multiply, lambda g, ans, a, b: (g * b, g * b)),
            [[1.0, 2.0], [3.0, 2.0]],
            r"argument 1 is wrong in 1 of 2 entries, most at \[0\]: the rule gives 0.377.*give 0.125",
        ),
        (lambda a: rc.sum(rc.sqrt(a * a) * rc.no_grad(a)), [2.0], "argument 0 is wrong"),
    ],
)
def test_wrong_gradients_are_shown(function, arrays, message):
    with pytest.raises(AssertionError, match=message):
        rc.check_gradients(function, *arrays)


def test_a_wrong_gradient_of_the_gradient_is_shown():
    def vjp(g, ans, a):
        nothing = a * a - rc.no_grad(a * a)  # until it is differentiated
        return 2 * g * a + nothing

    square = Op("square", np.square, vjp, dims=same_dims)
    rc.check_gradients(square, X)
    with pytest.raises(AssertionError, match="by argument 0 of the gradient by argument 0 is wrong"):
        rc.check_gradients(square, X, order=2)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: rc.check_gradients(rc.exp), ValueError, "no arrays to check the gradients by"),
        (lambda: rc.check_gradients(rc.exp, X, order=3), ValueError, "order is 1 or"),
        (lambda: rc.check_gradients(lambda a: 3.0, X), TypeError, "a node of a graph is needed here"),
        (lambda: rc.check_gradients(rc.argmax, X), rc.GraphError, "on the way lies argmax"),
        (
            lambda: rc.check_gradients(rc.primitive(lambda a: a * np.random.rand(), lambda g, ans, a: g), X),
            ValueError,
            "gives another value at each run",
        ),
    ],
)
def test_what_cannot_be_checked_says_so(call, error, message):
    with pytest.raises(error, match=message):
        call()
