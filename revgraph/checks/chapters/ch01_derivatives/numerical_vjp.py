"""numerical_vjp: how much the loss moves with each entry of an array, by experiment."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch01_derivatives.common import ROUNDED
from revgraph.checks.chapters.common import Array, Rng
from revgraph.checks.exercise import Exercise, Misconception, Recorded

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


NUMERICAL_VJP = Exercise(
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
)
