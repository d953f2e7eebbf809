"""check_vjp: a test for every rule."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case, edge, part
from revgraph.checks.chapters.ch04_operations.common import away_from_zero
from revgraph.checks.chapters.common import Array, Function, Rng, Shape, fixed
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def check_vjp(op: Function, vjp: Function, args: tuple[Array, ...], rng: Rng) -> float:
    ans = op(*args)
    g = rng.normal(size=np.shape(ans))
    grads = vjp(g, ans, *args)
    grads = grads if len(args) > 1 else (grads,)
    worst = []
    for i, grad in enumerate(grads):
        numerical = numerical_vjp(lambda x, i=i: op(*args[:i], x, *args[i + 1 :]), args[i], g)
        worst.append(np.max(errors(grad, numerical)))
    return float(max(worst))


def numerical_vjp(f: Function, x: Array, g: Array, h: float = 1e-6) -> Array:
    """Chapter 01's, by central differences."""
    return _differences(f, x, g, h, -h)


def errors(a: Array, b: Array) -> Array:
    """|a - b| / max(|a|, |b|), entry by entry; 0 where both are 0."""
    largest = np.maximum(np.abs(a), np.abs(b))
    return np.abs(a - b) / np.where(largest == 0, 1, largest)


def check_vjp_probe(candidate: Function, op: str, vjp: str, args: tuple[Array, ...], seed: int) -> Any:
    """The error in words, since only its size is certain: it depends on the upstream that was drawn.

    ``op`` and ``vjp`` are written in terms of the arguments a, b, c and of np.
    """
    names = ", ".join("abc"[: len(args)])
    forward = eval(f"lambda {names}: {op}", {"np": np})
    backward = eval(f"lambda g, ans, {names}: {vjp}", {"np": np})
    rng = np.random.default_rng(seed)
    untouched = rng.bit_generator.state
    error = candidate(forward, backward, args, rng)
    if error is None:
        return None
    if isinstance(error, bool | np.bool_):
        return "True or False"
    if np.shape(error) != () or not isinstance(error, float | int | np.floating | np.ndarray):
        return f"no number, but {type(error).__name__}"
    drawn = rng.bit_generator.state != untouched
    return _in_words(float(error)) + ("" if drawn else ", without drawing from rng")


def _in_words(error: float) -> str:
    if abs(error) < 1e-3:
        return "below 0.001"
    return "above 0.3" if error > 0.3 else f"{error:.2g}"


ONE, SEVERAL = "one operand", "several operands"


def check_vjp_cases(rng: Rng) -> Iterator[Case]:
    for draw in (fixed(), rng):
        yield from _several(draw)
        yield from _one(draw)
    yield edge("an operand without axes", "np.sin(a)", "g * np.cos(a)", *_drawn(rng, ()))


def _several(rng: Rng) -> Iterator[Case]:
    """Rules of two or three operands: a right one, and some with one mistake."""
    rules: list[tuple[str, str, list[Shape]]] = [
        ("a * b", "(g * b, g * a)", [(3,), (3,)]),
        ("a - b", f"({_factor(rng)} * g, -g)", [(2, 3), (2, 3)]),
        ("a - b", f"(g, -{_factor(rng)} * g)", [(4,), (4,)]),
        ("a - b", "(np.ones_like(a), -np.ones_like(b))", [(3, 5), (3, 5)]),
        ("a * b", "(g * b * np.where(a == a.max(), 1.08, 1), g * a)", [(6,), (6,)]),
        ("a * b + c", f"(g * b, {_factor(rng)} * g * a, g)", [(5,), (5,), (5,)]),
        ("a - b * c", f"(g, -g * c, -{_factor(rng)} * g * b)", [(4,), (4,), (4,)]),
        ("a + b + c", f"(g, g, {_factor(rng)} * g)", [(2,), (2,), (2,)]),
        ("1e-9 * a * b", f"({_factor(rng)}e-9 * g * b, 1e-9 * g * a)", [(3,), (3,)]),
        ("np.abs(a - a) + b", "(0 * g, g)", [(3,), (3,)]),
        ("a + b", f"({_factor(rng)} * g, {_factor(rng)} * g)", [(3,), (3,)]),
        ("a - b", f"({_factor(rng)} * g, -{_factor(rng)} * g)", [(2, 2), (2, 2)]),
        ("a + b", "(0.8 * g, g)", [(6,), (6,)]),
        ("a - b", "(g, -0.8 * g)", [(6,), (6,)]),
        ("a @ b", "(g @ b.T, a.T @ g)", [(2, 3), (3, 1)]),
    ]
    for op, vjp, shapes in rules:
        yield part(SEVERAL, case(op, vjp, *_drawn(rng, *shapes)))


def _one(rng: Rng) -> Iterator[Case]:
    """The same for rules of one operand, whose gradient comes without a tuple."""
    for op, vjp, shape in [
        ("np.tanh(a)", "g * (1 - ans**2)", (2, 3)),
        ("a[::-1]", "g", (30,)),
        ("np.exp(a)", "g * ans * np.where(a == a.max(), 1.08, 1)", (3, 2)),
        ("3 * a", "np.where(g > 0, 0.9 * 3 * g, 3 * g / 0.9)", (2, 3)),
        ("np.sum(a, axis=0)", "np.tile(g, (len(a), 1))", (2, 3)),
        ("a * a", "2 * g * a", (1,)),
        ("1e-9 * a", f"{_factor(rng)}e-9 * g", (2, 3)),
    ]:
        yield part(ONE, case(op, vjp, *_drawn(rng, shape)))
    at_a_kink = (np.array([-1.5, 0.0, 0.7]),)
    yield part(ONE, case("np.abs(a)", "g * np.sign(a)", at_a_kink, _seed(rng)))
    yield part(ONE, case("np.maximum(a, 0)", "g * ((a > 0) + 0.5 * (a == 0))", at_a_kink, _seed(rng)))


def _drawn(rng: Rng, *shapes: Shape) -> tuple[tuple[Array, ...], int]:
    return tuple(np.array(away_from_zero(rng, shape)) for shape in shapes), _seed(rng)


def _seed(rng: Rng) -> int:
    return int(rng.integers(10**6))


def _factor(rng: Rng) -> float:
    """Its error, (factor - 1) / factor, lies between two roundings to two digits."""
    return float(rng.choice([1.04, 1.05, 1.06, 1.08, 1.12, 1.15, 1.2]))


def _all_errors(
    op: Function,
    vjp: Function,
    args: tuple[Array, ...],
    rng: Rng,
    upstream: Function = lambda rng, shape: rng.normal(size=shape),
    numerical: Function = numerical_vjp,
    compare: Function = errors,
) -> Iterator[Array]:
    """One array of errors an argument. What can be done wrong is a parameter."""
    ans = op(*args)
    g = upstream(rng, np.shape(ans))
    grads = vjp(g, ans, *args)
    for i, grad in enumerate(grads if len(args) > 1 else (grads,)):
        yield compare(grad, numerical(partial(_with_argument, op, args, i), args[i], g))


def _with_argument(op: Function, args: tuple[Array, ...], i: int, x: Array) -> Array:
    return op(*args[:i], x, *args[i + 1 :])


def _largest(op: Function, vjp: Function, args: tuple[Array, ...], rng: Rng, **wrong: Any) -> float:
    return float(max(np.max(e) for e in _all_errors(op, vjp, args, rng, **wrong)))


def _one_argument(which: int) -> Function:
    return lambda op, vjp, args, rng: float(np.max(list(_all_errors(op, vjp, args, rng))[which]))


def _mean(op: Function, vjp: Function, args: tuple[Array, ...], rng: Rng) -> float:
    return float(np.mean([np.mean(e) for e in _all_errors(op, vjp, args, rng)]))


def _over_the_bare_array(op: Function, vjp: Function, args: tuple[Array, ...], rng: Rng) -> float:
    ans = op(*args)
    g = rng.normal(size=np.shape(ans))
    found = []
    for i, grad in zip(range(len(args)), vjp(g, ans, *args)):
        found.append(np.max(errors(grad, numerical_vjp(partial(_with_argument, op, args, i), args[i], g))))
    return float(max(found))


def _another_upstream(op: Function, vjp: Function, args: tuple[Array, ...], rng: Rng) -> float:
    ans = op(*args)
    grads = vjp(rng.normal(size=np.shape(ans)), ans, *args)
    g = rng.normal(size=np.shape(ans))
    found = []
    for i, grad in enumerate(grads if len(args) > 1 else (grads,)):
        found.append(np.max(errors(grad, numerical_vjp(partial(_with_argument, op, args, i), args[i], g))))
    return float(max(found))


def _draws_again(source: str) -> bool:
    """Whether rng is used twice, or within a loop."""
    body = source.partition("\n")[2]
    return body.count("rng.") > 1 or "rng." in body.partition("for ")[2]


def _upstream_of_an_operand(op: Function, vjp: Function, args: tuple[Array, ...], rng: Rng) -> float:
    return _largest(op, vjp, args, rng, upstream=lambda rng, shape: rng.normal(size=args[0].shape))


def _differences(f: Function, x: Array, g: Array, ahead: float, behind: float) -> Array:
    out = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = 1
        change = f(x + ahead * step) - f(x + behind * step)
        out[index] = np.sum(g * change) / (ahead - behind)
    return out


def _nudging_in_place(f: Function, x: Array, g: Array, h: float = 1e-6) -> Array:
    out = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        x[index] += h
        above = np.array(f(x))
        x[index] -= 2 * h
        below = np.array(f(x))
        x[index] += h
        out[index] = np.sum(g * (above - below)) / (2 * h)
    return out


def _signed_errors(a: Array, b: Array) -> Array:
    largest = np.maximum(np.abs(a), np.abs(b))
    return (a - b) / np.where(largest == 0, 1, largest)


CHECK_VJP = Exercise(
    name="check_vjp",
    points=20,
    reference=check_vjp,
    cases=check_vjp_cases,
    probe=check_vjp_probe,
    parts={ONE: 8, SEVERAL: 12},
    uses=("numerical_vjp", "relative_error"),
    why="One random g tests all entries of all operands at once, and only the largest error cannot hide among right entries.",
    recorded=[
        Recorded(
            part(
                SEVERAL,
                case("a * b", "(g * b, 1.25 * g * a)", (np.array([1.0, 2.0]), np.array([3.0, -1.0])), 4),
            ),
            "0.2",
            "by hand: |1.25 − 1| / 1.25",
        )
    ],
    next="for each argument, compare what the rule returns with `numerical_vjp` for the same g, and keep "
    "the largest of all relative errors.",
    misconceptions=[
        Misconception(
            "upstream of ones",
            partial(_largest, upstream=lambda rng, shape: np.ones(shape)),
            "Your upstream is all ones, and times one is invisible: a rule that forgets g passes.",
            "which argument of `check_vjp` can give you numbers that nobody can guess?",
        ),
        Misconception(
            "first argument only",
            _one_argument(0),
            "You compared the gradient of the first argument only. The second may be wrong as well.",
        ),
        Misconception(
            "last argument only",
            _one_argument(-1),
            "Only the error of the last argument came back. Each turn of your loop forgets the one before.",
            "where do you keep the largest error so far?",
        ),
        Misconception(
            "mean error",
            _mean,
            "You averaged the errors, so that many right entries hide a wrong one. Take the largest.",
        ),
        Misconception(
            "forward differences",
            partial(_largest, numerical=lambda f, x, g: _differences(f, x, g, 1e-6, 0)),
            "You looked ahead only, from x to x + h. At a kink, such as |x| at 0, that sees just one of the two sides.",
            "which difference looks to both sides?",
        ),
        Misconception(
            "bare array taken apart",
            _over_the_bare_array,
            "For an operation of one argument, the rule returns the gradient itself, and you went through its "
            "entries as if it were a tuple of gradients.",
            "what can you wrap around a single gradient, so that the same loop fits?",
        ),
        Misconception(
            "nudges in place",
            partial(_largest, numerical=_nudging_in_place),
            "The errors are right, but you nudged the arguments in place, and + h − 2h + h does not always "
            "give the old number back.",
            "`x + step` makes a new array and leaves x alone.",
        ),
        Misconception(
            "absolute error",
            partial(_largest, compare=lambda a, b: np.abs(a - b)),
            "You returned the difference itself. Divide it by the larger of the two numbers, as `relative_error` does.",
            "is 0.01 a large error for a gradient of 1000? And for a gradient of 0.01?",
        ),
        Misconception(
            "no absolute value",
            partial(_largest, compare=_signed_errors),
            "You left out the absolute value: a gradient that is too small has a negative error, which is "
            "never the largest.",
        ),
        Misconception(
            "own random numbers",
            partial(_largest, upstream=lambda rng, shape: np.random.default_rng().normal(size=shape)),
            "Your upstream is random, but it does not come from `rng`, so nobody can repeat your check.",
            "`rng.normal(size=...)` draws from the generator you were given.",
        ),
        Misconception(
            "upstream in the shape of an operand",
            _upstream_of_an_operand,
            "Your upstream has the shape of an operand. g has the shape of the result, which can be another one.",
            "which variable holds the result?",
        ),
        Misconception(
            "another upstream",
            _another_upstream,
            "The rule got one random g and the finite differences another. Only for the same g must they agree.",
            "how often does your function draw?",
            seen=_draws_again,
        ),
        Misconception(
            "sum of errors",
            lambda op, vjp, args, rng: float(sum(np.max(e) for e in _all_errors(op, vjp, args, rng))),
            "You added up the errors of the operands. The exercise asks for the largest of them.",
        ),
        Misconception(
            "True or False",
            lambda op, vjp, args, rng: check_vjp(op, vjp, args, rng) < 1e-6,
            "You returned whether the rule is right. The exercise asks for the error itself: how large an error is too large is for the caller to say.",
            "what do you compare with a limit? Return that.",
        ),
    ],
)
