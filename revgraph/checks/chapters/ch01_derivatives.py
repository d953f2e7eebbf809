"""Chapter 01: derivatives by experiment.

Functions are named by their formula, so that a case is plain data and a message can show it.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.compare import Tolerance
from revgraph.checks.exercise import Exercise, Misconception, Recorded

Array = np.ndarray
Rng = np.random.Generator
Scalar = Callable[[Any], Any]

# A formula, and its derivative.
FUNCTIONS: dict[str, tuple[Scalar, Scalar]] = {
    "x**2": (lambda x: x**2, lambda x: 2 * x),
    "x**3": (lambda x: x**3, lambda x: 3 * x**2),
    "-x**3": (lambda x: -(x**3), lambda x: -3 * x**2),
    "3*x + 1": (lambda x: 3 * x + 1, lambda x: 3.0),
    "abs(x)": (abs, np.sign),
    "exp(x)": (np.exp, np.exp),
    "sin(x)": (np.sin, np.cos),
    "1/x": (lambda x: 1 / x, lambda x: -1 / x**2),
}

ARRAY_FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "x**2": lambda x: x**2,
    "x**3": lambda x: x**3,
    "sin(x)": np.sin,
    "sum(x)": np.sum,
    "prod(x)": np.prod,
    "cumsum(x)": np.cumsum,
    "outer(x, x)": lambda x: np.outer(x, x),
    "x.sum(axis=0)": lambda x: x.sum(axis=0),
    "x.T": np.transpose,
}

# Differences of rounded numbers: two right formulas agree less closely than elsewhere.
ROUNDED = Tolerance(relative=1e-6, absolute=1e-7)


# forward_difference and central_difference


def forward_difference(f: Scalar, x: float, h: float = 1e-6) -> float:
    return (f(x + h) - f(x)) / h


def central_difference(f: Scalar, x: float, h: float = 1e-6) -> float:
    return (f(x + h) - f(x - h)) / (2 * h)


def difference_of(candidate: Any, f: str, x: float, **step: float) -> Any:
    return candidate(FUNCTIONS[f][0], x, **step)


def difference_cases(rng: Rng) -> Iterator[Case]:
    yield case("x**2", 3.0, h=0.5)
    yield case("x**3", 2.0, h=0.1)
    yield case("3*x + 1", -2.0, h=0.25)
    yield case("abs(x)", 0.0, h=0.1)
    yield case("1/x", float(rng.uniform(-3, -2)), h=float(rng.uniform(0.1, 0.5)))
    yield case("exp(x)", float(rng.uniform(-1, 2)), h=float(rng.uniform(0.01, 0.1)))
    yield case("x**2", 1e4, h=0.01)
    yield case("sin(x)", float(rng.uniform(-3, 3)))


def _backward(f: Scalar, x: float, h: float = 1e-6) -> float:
    return (f(x) - f(x - h)) / h


HARD_CODED = "You wrote a fixed step into the formula. The step is the argument h; 1e-6 is only its default."
NOT_DIVIDED = "That is how far f moves, not how steep it is: nothing was divided by the length of the step."
PRECEDENCE = "Python divides before it subtracts: only the last term was divided."
OUTSIDE = "You added h to the value of f. It is x that takes the step: h goes inside the parentheses of f."
WHERE_PARENTHESES = "which part of the formula needs parentheses of its own?"


# relative_error


def relative_error(a: Any, b: Any) -> float:
    size = np.maximum(np.abs(a), np.abs(b))
    return float(np.max(np.abs(np.subtract(a, b)) / np.where(size == 0, 1, size), initial=0.0))


def relative_error_cases(rng: Rng) -> Iterator[Case]:
    yield case(np.array([2.0, -4.0]), np.array([2.0, -5.0]))
    yield case(10.0, 8.0)
    yield case(rng.normal(size=3), rng.normal(size=3))
    yield case(np.array([1e-9, 3e-9]), np.array([2e-9, 3e-9]))
    yield case(np.array([3.0, 0.0]), np.array([3.0, 2.0]))
    a = rng.normal(size=(3, 4))
    yield case(a, a * rng.uniform(0.8, 1.3, size=a.shape))
    yield case(a * [1, 1e-3, 1e6, -1e-12], a * [1.01, 1.2e-3, 1.1e6, -1.4e-12])
    yield case(a, a.copy())
    yield case(np.array([0.0, 1.0, 0.0]), np.array([0.0, 1.5, 0.0]))
    yield case(0.0, 0.0)


def _ratios(a: Any, b: Any, size: Any) -> Any:
    return np.max(np.abs(np.subtract(a, b)) / size)


def _larger(a: Any, b: Any) -> Any:
    return np.maximum(np.abs(a), np.abs(b))


def _divides_by(name: str, size: Callable[[Any, Any], Any], diagnosis: str, next: str) -> list[Misconception]:
    """Division by a wrong size: by a learner who has thought of 0/0, and by one who has not."""

    def guarded(a: Any, b: Any) -> Any:
        return _ratios(a, b, np.where(size(a, b) == 0, 1, size(a, b)))

    return [
        Misconception(f"divides by {name}", guarded, diagnosis, next),
        Misconception(f"divides by {name}, 0/0", lambda a, b: _ratios(a, b, size(a, b)), diagnosis, next),
    ]


ONE_SIDE = (
    "You divided by the size of {0} alone. Where {0} is 0 or small, that makes far too much of the error."
)
EXCHANGE = "exchange the two arguments: should the error be another one then?"
PYTHONS_MAX = "Python's `max` compares two arrays as wholes, and cannot decide. Here the larger is wanted entry by entry."


# best_step


def best_step(f: Scalar, df: Scalar, x: float, steps: Any) -> float:
    return min(steps, key=lambda h: abs(central_difference(f, x, h) - df(x)))


def step_for(candidate: Any, f: str, x: float, steps: Any) -> Any:
    return candidate(*FUNCTIONS[f], x, steps)


def best_step_cases(rng: Rng) -> Iterator[Case]:
    # Where rounding decides, x is fixed: a lucky rounding would make another step the best.
    yield case("x**3", 2.0, [0.1, 0.01])
    yield case("-x**3", 2.0, [0.01, 0.1])
    yield case("x**3", 4.0, [0.1, 0.5])
    yield case("sin(x)", 1.0, [1e-1, 1e-5, 1e-13])
    yield case("exp(x)", 1.0, [1e-8, 1e-5, 1e-2])
    steps = rng.permutation(rng.uniform(1, 3, size=3) * [1e-1, 1e-5, 1e-14])
    yield case("exp(x)", float(rng.uniform(0.5, 2)), [float(h) for h in steps])
    yield case("-x**3", float(rng.uniform(1, 3)), rng.permutation([0.5, 0.2, 0.01]))
    yield case("sin(x)", float(rng.uniform(0.2, 1)), [0.2])


def _errors(f: Scalar, df: Scalar, x: float, steps: Any) -> Array:
    return np.array([abs(central_difference(f, x, h) - df(x)) for h in steps])


# numerical_vjp


def numerical_vjp(f: Callable[[Array], Array], x: Array, g: Array, h: float = 1e-6) -> Array:
    out = np.zeros(np.shape(x))
    for index in np.ndindex(out.shape):
        step = np.zeros(out.shape)
        step[index] = h
        out[index] = np.sum(g * (f(x + step) - f(x - step))) / (2 * h)
    return out


def vjp_of(candidate: Any, f: str, x: Array, g: Array, **step: float) -> Any:
    return candidate(ARRAY_FUNCTIONS[f], x, g, **step)


def numerical_vjp_cases(rng: Rng) -> Iterator[Case]:
    def draw(*shape: int) -> Array:
        return np.array(rng.normal(size=shape))

    yield case("x**3", np.array([1.0, 2.0]), np.array([1.0, 10.0]), h=0.1)
    yield case("prod(x)", np.array([1.0, 2.0, 3.0]), np.array(2.0), h=0.5)
    yield case("cumsum(x)", draw(4), draw(4))
    yield case("outer(x, x)", draw(3), draw(3, 3), h=0.1)
    yield case("x.sum(axis=0)", draw(2, 3), draw(3))
    yield case("x.T", draw(2, 3), draw(3, 2), h=0.01)
    yield case("x**3", np.array([1, -2, 3]), draw(3))
    yield case("sin(x)", draw(3, 1), draw(3, 1))
    yield case("sin(x)", draw(2, 3, 4), draw(2, 3, 4))
    yield case("x**2", np.array([1e4, -3e3]), draw(2), h=0.1)
    yield case("x**2", draw(), draw(), h=0.1)
    yield case("sum(x)", np.zeros((0, 3)), draw())


def _entry_by_entry(answer: Callable[..., Any]) -> Callable[..., Array]:
    """A learner's loop over the entries of x, right but for ``answer(f, x, step, g, h)``."""

    def vjp(f: Callable[[Array], Array], x: Array, g: Array, h: float = 1e-6) -> Array:
        out = np.zeros(np.shape(x))
        for index in np.ndindex(out.shape):
            step = np.zeros(out.shape)
            step[index] = h
            out[index] = answer(f, x, step, g, h)
        return out

    return vjp


def _all_at_once(f: Callable[[Array], Array], x: Array, g: Array, h: float = 1e-6) -> Array:
    return g * (f(x + h) - f(x - h)) / (2 * h)


def _does_not_step_back(f: Callable[[Array], Array], x: Array, g: Array, h: float = 1e-6) -> Array:
    moving, out = np.array(x, dtype=float), np.zeros(np.shape(x))
    for index in np.ndindex(out.shape):
        moving[index] += h
        above = f(moving.copy())
        moving[index] -= 2 * h
        out[index] = np.sum(g * (above - f(moving.copy()))) / (2 * h)
    return out


def _integers_stay(f: Callable[[Array], Array], x: Array, g: Array, h: float = 1e-6) -> Array:
    out = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[index] = h
        out[index] = np.sum(g * (f(x + step) - f(x - step))) / (2 * h)
    return out


def _integer_result(f: Callable[[Array], Array], x: Array, g: Array, h: float = 1e-6) -> Array:
    return numerical_vjp(f, x, g, h).astype(x.dtype)


def _integers_everywhere(f: Callable[[Array], Array], x: Array, g: Array, h: float = 1e-6) -> Array:
    return _integers_stay(f, x, g, h).astype(x.dtype)


def _steps_in_place(
    f: Callable[[Array], Array],
    x: Array,
    g: Array,
    h: float = 1e-6,
    make: Callable[[Array], Array] = lambda x: np.array(x, dtype=float),
) -> Array:
    moving, out = make(x), np.zeros(np.shape(x))
    for index in np.ndindex(out.shape):
        before = moving[index]
        moving[index] = before + h
        above = f(moving)
        moving[index] = before - h
        out[index] = np.sum(g * (above - f(moving))) / (2 * h)
        moving[index] = before
    return out


def _writes_into_x(f: Callable[[Array], Array], x: Array, g: Array, h: float = 1e-6) -> Array:
    out = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        before = x[index]
        x[index] = before + h
        above = np.sum(g * f(x))
        x[index] = before - h
        out[index] = (above - np.sum(g * f(x))) / (2 * h)
        x[index] = before
    return out


def _returns_inside_the_loop(f: Callable[[Array], Array], x: Array, g: Array, h: float = 1e-6) -> Any:
    out = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = h
        out[index] = np.sum(g * (f(x + step) - f(x - step))) / (2 * h)
        return out


def _one_axis_only(f: Callable[[Array], Array], x: Array, g: Array, h: float = 1e-6) -> Array:
    out = np.zeros(len(x))
    for i in range(len(x)):
        step = np.zeros(len(x))
        step[i] = h
        out[i] = np.sum(g * (f(x + step) - f(x - step))) / (2 * h)
    return out


def _whole_rows(f: Callable[[Array], Array], x: Array, g: Array, h: float = 1e-6) -> Array:
    out = np.zeros(x.shape)
    for i in range(len(x)):
        step = np.zeros(x.shape)
        step[i] = h
        out[i] = np.sum(g * (f(x + step) - f(x - step))) / (2 * h)
    return out


INTEGERS = "Where x holds integers, so does the array you write the step into. There, h becomes 0."

EXERCISES = [
    Exercise(
        name="forward_difference",
        points=10,
        reference=forward_difference,
        cases=difference_cases,
        probe=difference_of,
        tolerance=ROUNDED,
        recorded=[Recorded(case("x**2", 2.0, h=1.0), 5.0, "by hand: (9 - 4) / 1")],
        next="how far does f move when x becomes x + h, and how far did x move?",
        misconceptions=[
            Misconception(
                "backward",
                _backward,
                "You stepped back, to x - h. A forward difference steps to x + h.",
            ),
            Misconception(
                "central",
                central_difference,
                "You stepped both ways. That is the next exercise; here one of the two points is x itself.",
            ),
            Misconception(
                "sign",
                lambda f, x, h=1e-6: (f(x) - f(x + h)) / h,
                "The sign is wrong: you took the value at x minus the value at x + h.",
                "if f rises, should its derivative be positive or negative?",
            ),
            Misconception("not divided", lambda f, x, h=1e-6: f(x + h) - f(x), NOT_DIVIDED),
            Misconception(
                "missing parentheses",
                lambda f, x, h=1e-6: f(x + h) - f(x) / h,
                PRECEDENCE,
                WHERE_PARENTHESES,
            ),
            Misconception(
                "adds h to f", lambda f, x, h=1e-6: (f(x) + h - f(x)) / h, OUTSIDE + " Yours is always 1."
            ),
            Misconception("fixed step", lambda f, x, h=1e-6: forward_difference(f, x), HARD_CODED),
        ],
    ),
    Exercise(
        name="central_difference",
        points=10,
        reference=central_difference,
        cases=difference_cases,
        probe=difference_of,
        tolerance=ROUNDED,
        recorded=[Recorded(case("x**3", 1.0, h=1.0), 4.0, "by hand: (8 - 0) / 2")],
        next="which two points lie h to either side of x, and how far apart are they?",
        misconceptions=[
            Misconception(
                "divides by h",
                lambda f, x, h=1e-6: (f(x + h) - f(x - h)) / h,
                "Everything is twice what is expected: you divided by h.",
                "how far is it from x - h to x + h?",
            ),
            Misconception(
                "multiplies by h",
                lambda f, x, h=1e-6: (f(x + h) - f(x - h)) / 2 * h,
                "`a / 2 * h` divides by 2 and then multiplies by h. Python works from left to right.",
                WHERE_PARENTHESES,
            ),
            Misconception(
                "forward",
                forward_difference,
                "That is the forward difference again. Here the two points lie at equal distance on either side of x.",
            ),
            Misconception(
                "backward",
                _backward,
                "You stepped from x - h to x. The second point lies as far on the other side.",
            ),
            Misconception(
                "half a step",
                lambda f, x, h=1e-6: (f(x + h / 2) - f(x - h / 2)) / h,
                "A central difference indeed, but with half the step. Here the two points lie h away from x, not h/2.",
            ),
            Misconception("not divided", lambda f, x, h=1e-6: f(x + h) - f(x - h), NOT_DIVIDED),
            Misconception(
                "missing parentheses",
                lambda f, x, h=1e-6: f(x + h) - f(x - h) / (2 * h),
                PRECEDENCE,
                WHERE_PARENTHESES,
            ),
            Misconception(
                "sign",
                lambda f, x, h=1e-6: (f(x - h) - f(x + h)) / (2 * h),
                "The sign is wrong: you took the value on the left minus the value on the right.",
                "if f rises, should its derivative be positive or negative?",
            ),
            Misconception("fixed step", lambda f, x, h=1e-6: central_difference(f, x), HARD_CODED),
        ],
    ),
    Exercise(
        name="best_step",
        points=15,
        reference=best_step,
        cases=best_step_cases,
        probe=step_for,
        recorded=[
            Recorded(
                case("exp(x)", 0.5, [1e-2, 1e-5, 1e-12]),
                1e-5,
                "by hand: errors near h**2 / 4 and at least 1e-16 / h",
            )
        ],
        next="print the error of the central difference for each step. Which is the smallest, regardless of its sign?",
        misconceptions=[
            Misconception(
                "smallest step",
                lambda f, df, x, steps: min(steps),
                "You took the smallest step. It would be the best if computers did not round.",
                "what is left of f(x + h) - f(x - h) when h is 1e-13?",
            ),
            Misconception(
                "sign of the error",
                lambda f, df, x, steps: min(steps, key=lambda h: central_difference(f, x, h) - df(x)),
                "You took the error that lies furthest below zero. An error of -0.1 is worse than one of 0.001.",
                "which function makes an error positive?",
            ),
            Misconception(
                "forward difference",
                lambda f, df, x, steps: min(steps, key=lambda h: abs(forward_difference(f, x, h) - df(x))),
                "That step is the best for a forward difference. Asked is the best for a central one.",
            ),
            Misconception(
                "the error",
                lambda f, df, x, steps: _errors(f, df, x, steps).min(),
                "You returned how large the smallest error is. Asked is the step that gives it.",
            ),
            Misconception(
                "the index",
                lambda f, df, x, steps: int(_errors(f, df, x, steps).argmin()),
                "You returned the position of the best step in the list. Asked is the step that stands there.",
            ),
            Misconception(
                "the derivative",
                lambda f, df, x, steps: central_difference(f, x, best_step(f, df, x, steps)),
                "You returned the best estimate of the derivative. Asked is the step that gives it.",
            ),
            Misconception(
                "the worst",
                lambda f, df, x, steps: max(steps, key=lambda h: abs(central_difference(f, x, h) - df(x))),
                "You returned the step with the largest error.",
            ),
            Misconception(
                "compares with f",
                lambda f, df, x, steps: min(steps, key=lambda h: abs(central_difference(f, x, h) - f(x))),
                "You compared the slope with the value f(x). Its exact counterpart is df(x).",
            ),
        ],
    ),
    Exercise(
        name="relative_error",
        points=20,
        reference=relative_error,
        cases=relative_error_cases,
        recorded=[
            Recorded(case(np.array([1.0, -2.0]), np.array([1.0, 2.0])), 2.0, "by hand: |-2 - 2| / 2"),
            Recorded(case(np.array([100.0, 0.5]), np.array([101.0, 0.4])), 0.2, "by hand: 0.1 / 0.5"),
        ],
        next="write down |a - b|, the larger of |a| and |b|, and their ratio, entry by entry. Which ratio is the worst?",
        misconceptions=[
            Misconception(
                "0/0",
                lambda a, b: _ratios(a, b, _larger(a, b)),
                "Right, except where both entries are 0: 0 divided by 0 is nan. Two zeros agree, so their error is 0.",
                "by which number could you divide there instead, so that 0 stays 0?",
            ),
            Misconception(
                "absolute",
                lambda a, b: _ratios(a, b, 1),
                "That is the absolute error: nothing was divided by the size of the numbers. An error of 1 is large beside 2 and small beside a million.",
            ),
            *_divides_by("a", lambda a, b: np.abs(a), ONE_SIDE.format("a"), EXCHANGE),
            *_divides_by("b", lambda a, b: np.abs(b), ONE_SIDE.format("b"), EXCHANGE),
            *_divides_by(
                "the larger with its sign",
                lambda a, b: np.maximum(a, b),
                "You took the larger of a and b with their signs. For -4 and -5 that is -4, and the ratio becomes negative.",
                "what is the size of a negative number?",
            ),
            Misconception(
                "max of two arrays",
                lambda a, b: np.max(np.abs(a - b) / max(np.abs(a), np.abs(b))),
                PYTHONS_MAX,
                "what does `np.maximum` do with two arrays?",
            ),
            Misconception(
                "max of two arrays, abs",
                lambda a, b: np.max(abs(a - b) / max(abs(a), abs(b))),
                PYTHONS_MAX,
                "what does `np.maximum` do with two arrays?",
            ),
            Misconception(
                "divides by the sum",
                lambda a, b: _ratios(a, b, np.maximum(1e-8, np.abs(a) + np.abs(b))),
                "You divided by |a| + |b|. Here it is the larger of the two.",
                "what does `np.maximum` do with two arrays?",
            ),
            Misconception(
                "floor",
                lambda a, b: _ratios(a, b, np.maximum(1e-8, _larger(a, b))),
                "You never divide by less than 1e-8. Two gradients of 1e-9 and 2e-9 then seem to agree, though one is twice the other.",
                "can you treat a size of exactly 0 differently from all others?",
            ),
            Misconception(
                "adds a small number",
                lambda a, b: _ratios(a, b, _larger(a, b) + 1e-8),
                "You added a small number to what you divide by. Two gradients of 1e-9 and 2e-9 then seem to agree, though one is twice the other.",
                "can you treat a size of exactly 0 differently from all others?",
            ),
            Misconception(
                "averages",
                lambda a, b: np.mean(
                    np.abs(np.subtract(a, b)) / np.where(_larger(a, b) == 0, 1, _larger(a, b))
                ),
                "You averaged over the entries. One wrong entry among a million right ones would hardly be seen.",
                "which entry should decide?",
            ),
            Misconception(
                "errors below zero do not count",
                lambda a, b: np.max(np.subtract(a, b) / np.where(_larger(a, b) == 0, 1, _larger(a, b))),
                "You took the largest of a - b with its sign. Where a is far below b, the error is negative, and the maximum passes over it.",
            ),
            Misconception(
                "largest over largest",
                lambda a, b: np.max(np.abs(np.subtract(a, b))) / (np.max(_larger(a, b)) or 1),
                "You divided the largest error by the largest entry. Entry by entry, the small ones count as much as the large ones.",
                "first divide, then take the maximum?",
            ),
            Misconception(
                "norms",
                lambda a, b: (
                    np.linalg.norm(np.subtract(a, b)) / (max(np.linalg.norm(a), np.linalg.norm(b)) or 1)
                ),
                "You compared the lengths of whole vectors. A small entry that is quite wrong is lost beside a large one.",
                "can you divide entry by entry?",
            ),
            Misconception(
                "one error an entry",
                lambda a, b: np.abs(np.subtract(a, b)) / np.where(_larger(a, b) == 0, 1, _larger(a, b)),
                "You returned an error for each entry. Asked is one number.",
                "which of them tells whether all entries agree?",
            ),
        ],
    ),
    Exercise(
        name="numerical_vjp",
        points=35,
        reference=numerical_vjp,
        cases=numerical_vjp_cases,
        probe=vjp_of,
        tolerance=ROUNDED,
        recorded=[
            Recorded(
                case("x**2", np.array([1.0, 3.0]), np.array([10.0, -1.0]), h=0.5),
                np.array([20.0, -6.0]),
                "by hand: 2x * g",
            ),
            Recorded(
                case("prod(x)", np.array([1.5, -2.0, 0.5]), np.array(2.0), h=0.5),
                np.array([-2.0, 1.5, -6.0]),
                "PyTorch 2.13.0, Tensor.backward(g)",
            ),
            Recorded(
                case(
                    "outer(x, x)",
                    np.array([1.5, -2.0, 0.5]),
                    np.array([[1.0, 2.0, 3.0], [-1.0, 0.5, 4.0], [2.0, -3.0, 1.0]]),
                    h=0.5,
                ),
                np.array([3.5, 0.0, 6.5]),
                "PyTorch 2.13.0, Tensor.backward(g)",
            ),
        ],
        next="nudge one entry of x by h: how far does f move, and how far does the loss move, given g?",
        misconceptions=[
            Misconception(
                "forgets g",
                _entry_by_entry(lambda f, x, step, g, h: np.sum(f(x + step) - f(x - step)) / (2 * h)),
                "Your result lacks g: every output counts the same. g says how much the loss moves when that output moves by 1.",
            ),
            Misconception(
                "all at once",
                _all_at_once,
                "You nudged all entries of x together. Then nobody can tell which of them moved f.",
                "how can a step be h in one entry and 0 in all others?",
            ),
            Misconception(
                "whole rows",
                _whole_rows,
                "`x[i]` of an x with two axes is a whole row, and you nudged it all at once. Nudge one entry at a time.",
                "what does `np.ndindex(x.shape)` give you?",
            ),
            Misconception(
                "one axis only",
                _one_axis_only,
                "You made a step of len(x) entries, as if x had one axis. It may have two, three, or none.",
                "what does `np.ndindex(x.shape)` give you?",
            ),
            Misconception(
                "returns inside the loop",
                _returns_inside_the_loop,
                "Only the first entry is filled: your `return` stands inside the loop and ends it at once.",
                "how far must `return` be indented to come after the loop?",
            ),
            Misconception(
                "writes into x",
                _writes_into_x,
                "You wrote the steps into x itself. When x holds integers, 1 + h becomes 1 there, and 1 - h becomes 0.",
                "how can you hand f a new array of floats each time?",
            ),
            Misconception(
                "integers stay",
                _integers_stay,
                INTEGERS,
                "how do you make an array of floats from x, whatever x holds?",
            ),
            Misconception(
                "integers everywhere",
                _integers_everywhere,
                INTEGERS,
                "how do you make an array of floats from x, whatever x holds?",
            ),
            Misconception(
                "integer result",
                _integer_result,
                "You made the result an array like x. When x holds integers, the derivatives in it are cut to integers.",
                "`np.zeros` and `np.zeros_like`: what is the dtype of what each gives?",
            ),
            Misconception(
                "forward difference",
                _entry_by_entry(lambda f, x, step, g, h: np.sum(g * (f(x + step) - f(x))) / h),
                "You stepped forward only. A central difference steps both ways, and its error is far smaller.",
            ),
            Misconception(
                "divides by h",
                _entry_by_entry(lambda f, x, step, g, h: np.sum(g * (f(x + step) - f(x - step))) / h),
                "Everything is twice what is expected: you divided by h.",
                "how far is it from x - h to x + h?",
            ),
            Misconception(
                "averages",
                _entry_by_entry(lambda f, x, step, g, h: np.mean(g * (f(x + step) - f(x - step))) / (2 * h)),
                "You averaged over the outputs. Each of them moves the loss, and the movements add.",
            ),
            Misconception(
                "does not step back",
                _does_not_step_back,
                "After each entry you left x where the last step had taken it. The next entry is then judged at another point.",
                "where should x be when the loop comes to the next entry?",
            ),
            Misconception(
                "steps in place",
                _steps_in_place,
                "Right for most functions. But f may return a view of what it is given, as `x.T` does: when you write the second step into the same array, the first result moves along.",
                "how can you hand f a new array each time?",
            ),
            Misconception(
                "writes into x, and a view",
                partial(_steps_in_place, make=np.asarray),
                "You wrote the steps into x itself. Where f returns a view of x, as `x.T` does, its first result moves along with the second step.",
                "how can you hand f a new array of floats each time?",
            ),
        ],
    ),
]
