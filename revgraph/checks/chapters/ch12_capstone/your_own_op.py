"""your_own_op: an operation that nobody has named, and its rule, judged by what holds for any operation."""

from collections.abc import Iterator
from inspect import signature
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch08_activations_and_losses.sigmoid import sigmoid
from revgraph.checks.chapters.common import Array, Function, Rng, Shape, fixed
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def your_own_op() -> tuple[Function, Function]:
    def swish(x: Array) -> Array:
        return x * sigmoid(x)

    def swish_vjp(g: Array, ans: Array, x: Array) -> Array:
        s = sigmoid(x)
        return g * (s + ans * (1 - s))

    return swish, swish_vjp


PAIR = "two functions"
BENT = "bends, and keeps the shape"
RIGHT_RULE = "g times the slope"
UNTRIED = "not tried"
WRONG_SLOPE = "another slope"
STEP = 1e-6
EVERYWHERE = np.linspace(-3.3, 3.1, 12).reshape(2, 6)  # and nowhere where a simple operation has a kink


def pair_on_numbers(candidate: Function, x: Array, g: Array) -> Any:
    """What the operation and its rule do, in words that hold for any operation."""
    pair = candidate()
    if pair is None:
        return None
    if not isinstance(pair, tuple | list) or len(pair) != 2 or not all(map(callable, pair)):
        return {
            "what it returns": _in_words(pair),
            "the operation": UNTRIED,
            "its rule gives": UNTRIED,
        }
    forward, vjp = pair
    operation = about_the_operation(forward, x)
    rule = about_the_rule(forward, vjp, x, g) if operation == BENT else UNTRIED
    return {"what it returns": PAIR, "the operation": operation, "its rule gives": rule}


def takes(function: Function, n_args: int) -> bool:
    try:
        signature(function).bind(*[None] * n_args)
    except TypeError:
        return False
    except ValueError:  # NumPy's own functions do not tell
        return True
    return True


def _in_words(returned: Any) -> str:
    """What came back in place of two functions."""
    if callable(returned):
        return "one function"
    if not isinstance(returned, tuple | list):
        return type(returned).__name__
    match [callable(one) for one in returned]:
        case [True, False]:
            return "a function, and something else"
        case [False, True]:
            return "something else, and a function"
        case functions:
            return f"{len(functions)} things, {sum(functions)} of them functions"


def about_the_operation(forward: Function, x: Array) -> str:
    if not takes(forward, 1):
        return "cannot be called with x alone"
    given = x.copy()
    ans = forward(given)
    if not isinstance(ans, np.ndarray | np.generic):
        return f"gives {type(ans).__name__}, not an array"
    if not np.array_equal(given, x):
        return "writes into x"
    if np.shape(ans) != x.shape or np.asarray(ans).dtype.kind != "f":
        return f"gives shape {np.shape(ans)}, {np.asarray(ans).dtype}, for x of shape {x.shape}, float64"
    if not all(np.isfinite(forward(np.full(x.shape, value))).all() for value in (-30.0, 0.0, 30.0)):
        return "gives nan or infinity for some numbers"
    if not np.array_equal(ans, forward(x.copy())):
        return "gives another result each time"
    if is_straight(forward, x):
        return "is a straight line"
    return BENT if np.abs(slopes(forward, EVERYWHERE, EVERYWHERE)).max() > 1e-9 else "is flat: its slope is 0"


def is_straight(forward: Function, x: Array) -> bool:
    """Whether forward(a) + forward(b) is forward(a + b) + forward(0), near zero and far from it."""
    pattern = np.linspace(0.7, 1.9, x.size).reshape(x.shape)
    for size in (1.0, 10.0):
        a, b = size * pattern, -0.4 * size * pattern[..., ::-1]
        bend = forward(a.copy()) + forward(b.copy()) - forward(a + b) - forward(np.zeros(x.shape))
        if np.abs(bend).max() > 1e-7 * (1 + np.abs(forward(a.copy())).max()):
            return False
    return True


def slopes(forward: Function, x: Array, g: Array) -> Array:
    """The sum of g times the slopes, for every entry of x: by nudging it up and down."""
    found = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[index] += STEP
        down[index] -= STEP
        found[index] = np.sum(g * (forward(up) - forward(down))) / (2 * STEP)
    return found


def about_the_rule(forward: Function, vjp: Function, x: Array, g: Array) -> str:
    ans = np.asarray(forward(x.copy()))
    if not takes(vjp, 3):
        return "nothing: it cannot be called with g, ans and x"
    given = g.copy(), ans.copy(), x.copy()
    found = vjp(*given)
    if isinstance(found, tuple | list):
        return "a tuple; the gradient of one argument stands alone"
    if not isinstance(found, np.ndarray | np.generic):
        return f"{type(found).__name__}, not an array"
    for name, now, before in zip(("g", "ans", "x"), given, (g, ans, x), strict=True):
        if not np.array_equal(now, before):
            return f"a gradient, but it writes into {name}"
    if np.shape(found) != x.shape:
        return f"shape {np.shape(found)} for x of shape {x.shape}"
    said = which(np.asarray(found), forward, ans, x, g)
    return (said + outside_the_numbers(forward, vjp, x.shape)) if said == RIGHT_RULE else said


def outside_the_numbers(forward: Function, vjp: Function, shape: Shape) -> str:
    """A network begins with zeros, and they must not stop it."""
    for value in (0.0, -30.0, 30.0):
        x = np.full(shape, value)
        if not np.isfinite(vjp(np.ones(shape), np.asarray(forward(x.copy())), x)).all():
            return f", but nan or infinity at x = {value:g}"
    return ""


def which(found: Array, forward: Function, ans: Array, x: Array, g: Array) -> str:
    """Whether this is the gradient, or one of its well-known neighbors."""
    right = slopes(forward, x, g)
    if agree(found, right):
        return RIGHT_RULE
    slope = slopes(forward, x, np.ones(x.shape))
    with np.errstate(all="ignore"):
        known = {
            "minus g times the slope": -right,
            "the slope, without g": slope,
            "g as it came": g,
            "g times the operation's result": g * ans,
            "g times the slope at ans, not at x": slopes(forward, ans, g),
            "g divided by the slope": g / slope,
        }
        factors = (found / right)[np.abs(right) > 1e-3]
    for words, other in known.items():
        if agree(found, other):
            return words
    if factors.size > 1 and agree(found, factors[0] * right):
        return "the gradient but for a factor"
    for words, side in (("positive", x > 0), ("negative", x < 0)):
        if side.any() and np.array_equal(close(found, right), side):
            return f"{RIGHT_RULE} for {words} numbers alone"
    worst = np.unravel_index(np.argmax(np.abs(found - right)), x.shape)
    return (
        f"{WRONG_SLOPE}: {found[worst]:.4g} at x = {x[worst]:.4g}, where nudging x gives {right[worst]:.4g}"
    )


def agree(found: Array, right: Array) -> bool:
    return bool(close(found, right).all())


def close(found: Array, right: Array) -> Array:
    """Where they agree, as well as numbers found by nudging can agree with exact ones."""
    return np.isclose(found, right, rtol=1e-4, atol=1e-5 * (1 + np.abs(right).max(initial=0)))


def your_own_op_cases(rng: Rng) -> Iterator[Case]:
    yield case(np.array([[-1.37, 0.62], [2.41, -0.23]]), np.array([[1.0, -2.0], [0.5, 3.0]]))
    for source in (fixed(), rng):
        for shape, spread in (((5,), 1.0), ((2, 3), 2.0), ((2, 3, 2, 2), 1.0), ((2, 6), 6.0), ((8,), 6.0)):
            signs = np.where(np.arange(np.prod(shape)) % 2, -1, 1).reshape(shape)
            x = spread * source.uniform(0.2, 1.6, shape) * signs
            yield case(x, source.normal(size=shape))


def op(forward: Function, vjp: Function) -> Function:
    return lambda: (forward, vjp)


def clipping_in_place(x: Array) -> Array:
    x[x < 0] *= 0.1
    return x


def leaky(x: Array) -> Array:
    return np.where(x > 0, x, 0.1 * x)


def scaling_g(g: Array, ans: Array, x: Array) -> Array:
    g *= 1 - ans**2
    return g


YOUR_OWN_OP = Exercise(
    name="your_own_op",
    points=20,
    reference=your_own_op,
    probe=pair_on_numbers,
    cases=your_own_op_cases,
    recorded=[
        Recorded(
            case(np.array([-0.5, 1.5, 0.7]), np.array([1.0, -1.0, 2.0])),
            {"what it returns": PAIR, "the operation": BENT, "its rule gives": RIGHT_RULE},
            "by definition: every right pair does this",
        )
    ],
    next="write down the slope of your operation at x, by pen. What does the rule multiply it by?",
    why="the sigmoid is computed once, and `ans` saves a product: x · s is there already.",
    misconceptions=[
        Misconception(
            "rule first",
            lambda: your_own_op()[::-1],
            "The first of your two functions does not take x alone, as an operation does; a rule takes g, ans and x.",
            "which of the two comes first in the pair that is asked for?",
        ),
        Misconception(
            "rule of x alone",
            op(np.tanh, lambda x: 1 - np.tanh(x) ** 2),
            "Your rule cannot be called with g, ans and x: these are its three arguments, in this order.",
            "what arrives from above, and where does it enter your rule?",
        ),
        Misconception(
            "g left out",
            op(np.tanh, lambda g, ans, x: 1 - ans**2),
            "Your slope is right, but a rule passes on what comes from above: g times the slope.",
            "where does `g` enter your formula?",
        ),
        Misconception(
            "g passed on",
            op(np.tanh, lambda g, ans, x: g),
            "Your rule passes g on as it came, as if the operation changed nothing.",
            "by how much does the result move when x moves a little?",
        ),
        Misconception(
            "slope at the result",
            op(np.sin, lambda g, ans, x: g * np.cos(ans)),
            "You took the slope at `ans`. It is the slope at `x` that counts.",
            "which of the two arguments was the input of the operation?",
        ),
        Misconception(
            "result for slope",
            op(np.tanh, lambda g, ans, x: g * ans),
            "You multiplied g by the result of the operation, not by its slope.",
            "for which one function is the result its own slope, and is it yours?",
        ),
        Misconception(
            "factor forgotten",
            op(lambda x: np.sin(3 * x), lambda g, ans, x: g * np.cos(3 * x)),
            "Your gradient is right but for a factor, the same everywhere.",
            "write the slope down by pen. Which number stands in front, and does an inner function have a slope of its own?",
        ),
        Misconception(
            "sign",
            op(np.cos, lambda g, ans, x: g * np.sin(x)),
            "Your gradient has the wrong sign everywhere.",
            "where x grows, does the result of your operation grow or fall?",
        ),
        Misconception(
            "divides",  # as a slip in a line is called
            op(np.tanh, lambda g, ans, x: g / (1 - ans**2)),
            "You divided g by the slope. A rule multiplies by it.",
            "if the result moves twice as much as x, how much more does x matter to the loss?",
        ),
        Misconception(
            "one side forgotten",
            op(leaky, lambda g, ans, x: g * (x > 0)),
            "Your gradient is right for positive numbers alone.",
            "what does your operation do with negative ones, and what is its slope there?",
        ),
        Misconception(
            "summed",
            op(np.tanh, lambda g, ans, x: np.sum(g * (1 - ans**2))),
            "Your rule gives a single number. Each entry of x has a gradient of its own.",
            "which function in your rule joins the entries?",
        ),
        Misconception(
            "a tuple",
            op(np.tanh, lambda g, ans, x: (g * (1 - ans**2),)),
            "Your rule returns a tuple. The gradient of one argument stands alone.",
            "is there a comma after your last expression?",
        ),
        Misconception(
            "straight line",
            op(lambda x: 2 * x, lambda g, ans, x: 2 * g),
            "Your operation is a straight line. It bends nothing, and a network with it is one big matrix.",
            "which simple function of x has no constant slope?",
        ),
        Misconception(
            "flat",
            op(np.sign, lambda g, ans, x: 0 * g),
            "Your operation is made of steps. Its slope is 0 on each of them, so nothing can be learned through it.",
            "by how much does the result move when x moves a little?",
        ),
        Misconception(
            "another shape",
            op(lambda x: np.sum(x**2), lambda g, ans, x: g * 2 * x),
            "Your operation changes the shape. As an activation it must give one number for each entry of x.",
            "which function in it joins the entries?",
        ),
        Misconception(
            "not everywhere",
            op(lambda x: x * np.log(x), lambda g, ans, x: g * (np.log(x) + 1)),
            "For some numbers your operation gives nan or infinity. Zero and negative numbers will come.",
            "what does it give at 0, at -30 and at 30?",
        ),
        Misconception(
            "writes into x",
            op(clipping_in_place, lambda g, ans, x: g * np.where(x > 0, 1, 0.1)),
            "Your operation writes into x. The layer before still needs it, on the way back.",
            "does `np.where` make a new array, or change an old one?",
        ),
        Misconception(
            "writes into g",
            op(np.tanh, scaling_g),
            "Your rule writes into g. Another node may hold the same array.",
            "what is the difference between `g *= s` and `g = g * s`?",
        ),
        Misconception(
            "one function",
            lambda: np.tanh,
            "You returned one function. Two are asked for: the operation, and its rule.",
            "does your `return` name both, with a comma between them?",
        ),
        Misconception(
            "rule undefined at 0",
            op(np.abs, lambda g, ans, x: g * x / ans),
            "Your rule is right, but gives nan or infinity at 0. In a network zeros come at once, and one nan makes all weights nan.",
            "what does your rule divide by where x is 0? `np.sign`, `np.where` or a small number help.",
        ),
        Misconception(
            "other side forgotten",
            op(leaky, lambda g, ans, x: 0.1 * g * (x < 0)),
            "Your gradient is right for negative numbers alone.",
            "what does your operation do with positive ones, and what is its slope there?",
        ),
        Misconception(
            "of one number",
            op(lambda x: x if x > 0 else 0.1 * x, lambda g, ans, x: g),
            "Your operation asks of a whole array whether it is positive. An `if` decides once; each entry must decide for itself.",
            "`np.where(condition, a, b)` takes a where the condition holds, and b elsewhere.",
        ),
        Misconception(
            "rule called, not returned",
            lambda: (np.tanh, np.tanh(1.0)),
            "The second thing you return is no function. Return the rule itself, without calling it.",
            "is there a parenthesis after its name?",
        ),
    ],
)
