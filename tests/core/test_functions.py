"""Operations made by users, blocked gradients, and loops."""

from enum import IntEnum
from typing import NamedTuple

import numpy as np
import pytest

import revgraph.core as rc
from revgraph.core.ops.op import registry

cube = rc.primitive(lambda a: a**3, lambda g, ans, a: g * 3 * a**2, name="cube", shape=lambda a: a)
ratio = rc.primitive(lambda a, b: a / b, lambda g, ans, a, b: (g / b, None), name="ratio")


def test_a_primitive_takes_part_in_programs_and_gradients():
    x, y = rc.variable([1.0, 2.0]), rc.variable([4.0, 5.0])
    node = rc.sum(cube(2 * x) + ratio(x, y))
    assert cube(x).shape == (2,)
    assert ratio(x, y).shape is None
    gradients = rc.run(rc.gradients(node, [x, y]))
    np.testing.assert_allclose(gradients, [[24.25, 96.2], [0, 0]])
    assert rc.source(rc.gradients(node, [x, y])).count("ratio_vjp(") == 1


def test_a_primitive_can_take_params_and_return_its_argument():
    scaled = rc.primitive(lambda a, by: a if by == 1 else by * a, lambda g, ans, a, by: by * g, name="scaled")
    x = rc.variable([1.0, 2.0])
    assert rc.run(rc.gradients(scaled(x, by=3), x)).tolist() == [3, 3]
    value = rc.run(scaled(x, by=1))
    x.data = [5, 5]
    assert value.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("vjp", "message"),
    [
        (lambda g, ans, a, b: g, "the vjp of mine gave 1 gradients for 2 arguments"),
        (lambda g, ans, a, b: (g.sum(), g), r"gradient of shape \(\) for argument 0, whose shape is \(2,\)"),
    ],
)
def test_a_wrong_vjp_is_explained(vjp, message):
    mine = rc.primitive(np.add, vjp, name="mine")
    a, b = rc.variable([1.0, 2.0]), rc.variable([1.0, 2.0])
    with pytest.raises(rc.GraphError, match=message):
        rc.run(rc.gradients(mine(a, b), a))


def test_a_learners_own_error_keeps_its_type_and_names_the_node():
    def unfinished(a):
        raise NotImplementedError

    with pytest.raises(NotImplementedError) as caught:
        rc.run(rc.primitive(unfinished)(rc.variable([1.0, 2.0])))
    assert "unfinished of shapes (2,)" in caught.value.__notes__[0]


def test_functions_as_classes():
    class product(rc.binary_function):
        def apply(self, a, b):
            return a * b

        def gradient_wrt_a(self, g, a, b):
            return g * b

        def gradient_wrt_b(self, g, a, b):
            return g * a

    class power(rc.unary_function):
        def __init__(self, n):
            self.n = n

        def apply(self, a):
            return a**self.n

        def gradient_wrt_a(self, g, a):
            return g * self.n * a ** (self.n - 1)

    class total(rc.function):
        def apply(self, a, b, c):
            return a + b + c

        def gradient_wrt_a(self, g, *arrays):
            return g

        gradient_wrt_b = gradient_wrt_c = gradient_wrt_a

    x, y = rc.variable(3.0), rc.variable(4.0)
    node = total(product(x, y), power(3)(x), 5 * y)
    assert rc.run([node, *rc.gradients(node, [x, y])]) == [59, 31, 8]
    with pytest.raises(TypeError, match=r"product takes 2 arguments \(a, b\), not 1"):
        product(x)


def test_no_grad_makes_constants_of_nodes():
    x = rc.variable(3.0)
    square, (above,) = rc.no_grad((x * x, [x + 1]))
    y = square * above * x
    assert rc.run([y, rc.gradients(y, x)]) == [108, 36]
    with pytest.raises(rc.GraphError, match=r"no gradient reaches .*no_grad(.|\n)*test_functions\.py, line"):
        rc.gradients(square, x)


@pytest.mark.parametrize("cut", [rc.no_grad, rc.no_grad(np.abs)], ids=["node", "function"])
def test_a_step_leaves_alone_what_no_grad_cuts_off(cut):
    w, target = rc.variable([1.0, 2.0]), rc.variable([3.0, 5.0])
    loss = rc.sum(rc.square(w - cut(target))) / 2
    rc.run([rc.adamw(lr=0.1).minimize(loss), rc.gradient(loss)])
    np.testing.assert_array_equal(w.gradient, [-2, -3])
    np.testing.assert_array_equal(target.data, [3, 5])
    rc.run(rc.sgd(lr=0.5).minimize(loss + rc.sum(target)))  # which it is not cut off from
    np.testing.assert_array_equal(target.data, [2.5, 4.5])
    with pytest.raises(rc.GraphError, match=r"nothing to minimize .* through rc\.no_grad alone"):
        rc.sgd().minimize(rc.sum(cut(target)))


@pytest.mark.parametrize("op", [rc.argmax, rc.argmin, rc.len, rc.all, rc.any], ids=lambda op: op.__name__)
def test_operations_without_gradient(op):
    x = rc.variable([1.0, 3.0, 2.0])
    assert rc.run(op(x)) == {"argmax": 1, "argmin": 0, "len": 3, "all": True, "any": True}[op.__name__]
    with pytest.raises(rc.GraphError, match=f"on the way lies {op.__name__}"):
        rc.gradients(op(x) * 2, x)
    assert rc.run(rc.gradients(op(x) + x, x)).tolist() == [1, 1, 1]


@pytest.mark.parametrize("compare", ["__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"])
def test_comparisons_are_flat(compare):
    x = rc.variable([1.0, 2.0, 3.0])
    node = getattr(x, compare)(2)
    assert rc.run(node).tolist() == getattr(x.data, compare)(2).tolist()
    assert rc.run(rc.gradients(node * 1.0, x)).tolist() == [0, 0, 0]
    assert rc.run(rc.gradients((x // 2) * x, x)).tolist() == [0, 1, 1]


def test_the_gradient_of_a_primitive_has_none():
    x = rc.variable([1.0, 2.0])
    with pytest.raises(rc.GraphError, match="cube_gradient"):
        rc.gradients(rc.gradients(cube(x), x), x)


def test_assign_and_simple_loop():
    total, x = rc.variable(0.0), rc.placeholder("x", ())
    assert rc.simple_loop(5, rc.assign(total, total + x), {x: 2.0}) == 10
    assert total() == 10
    assert rc.simple_loop(0, total) is None


def test_a_primitive_without_arguments_is_called_at_each_run():
    counter = iter(range(10))
    tick = rc.primitive(lambda: next(counter), name="tick")()
    assert [rc.run(tick + 1), rc.run(rc.reshape(tick, (1,)))[0], tick()] == [1, 1, 2]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_primitive_keeps_the_dtype(dtype):
    careless = rc.primitive(lambda a: a.astype(np.float64) * 2, lambda g, ans, a: np.float64(2) * g)
    x = rc.variable(np.ones(3, dtype))
    found = rc.run([careless(x), rc.gradients(careless(x), x)])
    assert {value.dtype for value in found} == {np.dtype(dtype)}
    mask = rc.primitive(lambda a: a > 0, dtype=bool)(x)
    assert mask.dtype == mask().dtype == bool


@pytest.mark.parametrize("dtype", [complex, str, object, "M8[s]"])
def test_a_primitive_gives_real_numbers(dtype):
    with pytest.raises(TypeError, match="primitive: dtype is that of real numbers"):
        rc.primitive(lambda a: a, dtype=dtype)


def test_a_result_has_the_shape_that_was_promised():
    halved = rc.primitive(lambda a: a[:1], lambda g, ans, a: g * np.ones(2), shape=lambda a: a, name="halved")
    a, b = rc.placeholder("a", (None,)), rc.variable([1.0, 2.0])
    for x in (a, b):
        with pytest.raises(rc.GraphError, match=r"halved returned an array of shape \(1,\), .* says \(2,\)"):
            rc.run(rc.gradients(halved(x) * x, x), {a: [1.0, 2.0]})
    rows = rc.primitive(lambda a: a[a > 1], shape=lambda a: (None,))
    assert rows(b)().tolist() == [2]


class Count(int):
    """Is shown as no expression of Python."""

    def __repr__(self):
        return "many"


class Size(IntEnum):
    TWO = 2


class Pair(NamedTuple):
    one: int
    two: int


OPTIONS = [2, 2.0, np.float32(2), np.int64(2), Count(2), Size.TWO, np.array(2.0)]
NAMES_OF_OPTIONS = [
    "self",
    "shape",
    "dtype",
    "name",
    "out",
    "g",
    "ans",
    "index",
    "args",
    "params",
    "np",
    "p1",
]


@pytest.mark.parametrize("name", NAMES_OF_OPTIONS)
def test_an_option_may_bear_any_name_and_be_anything(name):
    twice = rc.primitive(
        lambda a, **options: a * options[name],
        lambda gradient, result, a, **options: gradient * options[name],
        shape=lambda a, **options: a,
    )
    x = rc.variable([1.0, 2.0])
    for option in OPTIONS:
        y = twice(x, **{name: option})
        assert [value.tolist() for value in rc.run([y, rc.gradients(y, x)])] == [[2, 4], [2, 2]]
    kept = rc.primitive(lambda a, pair: a * isinstance(pair, Pair))(x, pair=Pair(1, 2))
    assert kept().tolist() == [1, 2]


@pytest.mark.parametrize("dtype", [bool, int, np.float32, np.float64])
def test_a_primitive_is_given_the_numbers_as_they_are(dtype):
    seen = []
    node = rc.primitive(lambda *given: seen.extend(given) or 1, dtype=dtype)(0.2, 2.5, np.float64(0.3))
    assert node().dtype == dtype
    np.testing.assert_allclose(seen, [0.2, 2.5, 0.3], rtol=1e-6)


LARGE = np.random.default_rng(0).normal(size=(200, 100))


def programs_with(name):
    """What programs give in which a user's own two operations bear a name, the library's perhaps."""
    options = {"name": name, "shape": lambda a, *_: a}
    two = rc.primitive(lambda a, b: 100 * (a + b), lambda g, ans, a, b: (100 * g, 100 * g), **options)
    one = rc.primitive(lambda a: a, lambda g, ans, a: 3 * g, **options)
    x, small = rc.variable(LARGE), rc.variable(2.0)
    e = rc.exp(x)
    ys = [
        two(x, rc.constant(LARGE)),
        two(x, 0 * e) + 1,
        two(e, e) * 2 + rc.sum(e, 0),
        rc.relu(two(two(x, e), x)),
        two(small, 0.0) * two(small, 1.0),
        one(e) * 2 + e,
        one(one(x) + 1) * one(e),
        one(small) * LARGE,
        one(e),
    ]
    return [rc.run([y, *rc.gradients(y, [x, small])]) for y in ys] + [rc.run(ys)]


@pytest.fixture(scope="module")
def unlike_any():
    return programs_with("unlike_any")


@pytest.mark.parametrize("name", [*registry, "assign", "sgd", "program", "np", "t1"])
def test_a_primitive_is_itself_whatever_its_name(name, unlike_any):
    for found, expected in zip(programs_with(name), unlike_any, strict=True):
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_array_equal(one, other)
