"""numerical_vjp: how much the loss moves with each entry of an array, by experiment."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case, edge
from revgraph.checks.chapters.ch01_derivatives.common import ROUNDED
from revgraph.checks.chapters.common import Array, Function, Rng, ways
from revgraph.checks.exercise import Exercise, Misconception, Recorded

ARRAY_FUNCTIONS: dict[str, Function] = {
    "x**2": lambda x: x**2,
    "x**3": lambda x: x**3,
    "sin(x)": np.sin,
    "sum(x)": np.sum,
    "prod(x)": np.prod,
    "cumsum(x)": np.cumsum,
    "outer(x, x)": lambda x: np.outer(x, x),
    "x.sum(axis=0)": lambda x: x.sum(axis=0),
    "x.T": np.transpose,
    "x[::-1]": lambda x: x[::-1],
}


def numerical_vjp(f: Function, x: Array, g: Array, h: float = 1e-6) -> Array:
    result = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = h
        moved = f(x + step) - f(x - step)
        result[index] = np.sum(g * moved) / (2 * h)
    return result


def vjp_of(candidate: Any, f: str, x: Array, g: Array, **step: float) -> Any:
    return candidate(ARRAY_FUNCTIONS[f], x, g, **step)


def numerical_vjp_cases(rng: Rng) -> Iterator[Case]:
    def draw(*shape: int) -> Array:
        return np.array(rng.normal(size=shape))

    table = np.array([[1.0, -2.0, 0.5], [4.0, 3.0, -1.0]])
    weights = np.array([[2.0, -1.0], [0.5, 3.0], [1.5, -2.5]])
    yield case("x**3", np.array([1.0, 2.0]), np.array([1.0, 10.0]), h=0.1)
    yield case("prod(x)", np.array([1.0, 2.0, 3.0]), np.array(2.0), h=0.5)
    yield case("cumsum(x)", np.array([0.5, -1.0, 2.0]), np.array([1.0, -2.0, 4.0]))
    yield case("outer(x, x)", draw(3), draw(3, 3), h=0.1)
    yield case("x**3", table, weights.T, h=0.25)
    yield case("x.sum(axis=0)", table, np.array([3.0, -1.0, 0.5]))
    yield case("x.T", table, weights, h=0.01)
    yield case("x[::-1]", np.array([1.0, 2.0, 3.0]), np.array([5.0, -1.0, 2.0]), h=0.5)
    yield case("sin(x)", table, weights.T)
    yield case("x**3", np.array([1, -2, 3]), np.array([1.0, 0.5, -1.5]))
    yield case("cumsum(x)", np.array([4, 0, -3]), np.array([2.0, 0.25, 1.5]))
    # Entries are known by their places: some are equal.
    yield case("x**2", np.array([2.0, -1.0, 2.0]), np.array([1.0, 0.5, -3.0]), h=0.25)
    yield case("cumsum(x)", np.array([0.5, 0.5, 0.0, 0.0]), np.array([1.0, -2.0, 4.0, 3.0]))
    yield case("sin(x)", draw(3, 1), draw(3, 1))
    yield case("sin(x)", draw(2, 3, 4), draw(2, 3, 4))
    yield case("x**2", np.array([1e4, -3e3]), draw(2), h=0.1)
    yield edge("an x without axes, a single number", "x**2", np.array(3.0), np.array(-2.0), h=0.1)
    yield edge("an x without entries", "sum(x)", np.zeros((0, 3)), np.array(1.0))


def _entry_by_entry(answer: Function) -> Function:
    """A learner's loop over the entries of x, right but for ``answer(f, x, step, g, h)``."""

    def vjp(f: Function, x: Array, g: Array, h: float = 1e-6) -> Array:
        out = np.zeros(x.shape)
        for index in np.ndindex(x.shape):
            step = np.zeros(x.shape)
            step[index] = h
            out[index] = answer(f, x, step, g, h)
        return out

    return vjp


def _does_not_step_back(f: Function, x: Array, g: Array, h: float = 1e-6) -> Array:
    moving, out = np.array(x, dtype=float), np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        moving[index] += h
        above = f(moving.copy())
        moving[index] -= 2 * h
        out[index] = np.sum(g * (above - f(moving.copy()))) / (2 * h)
    return out


def _steps_of_integers(f: Function, x: Array, g: Array, h: float = 1e-6) -> Array:
    out = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[index] = h
        out[index] = np.sum(g * (f(x + step) - f(x - step))) / (2 * h)
    return out


def _copies_of_integers(f: Function, x: Array, g: Array, h: float = 1e-6) -> Array:
    out = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[index] += h
        below[index] -= h
        out[index] = np.sum(g * (f(above) - f(below))) / (2 * h)
    return out


def _whole_numbers(f: Function, x: Array, g: Array, h: float = 1e-6) -> Array:
    return _copies_of_integers(f, x.astype(int), g, h)


def _integer_result(f: Function, x: Array, g: Array, h: float = 1e-6) -> Array:
    return numerical_vjp(f, x, g, h).astype(x.dtype)


def _integers_everywhere(f: Function, x: Array, g: Array, h: float = 1e-6) -> Array:
    return _steps_of_integers(f, x, g, h).astype(x.dtype)


def _in_one_array(make: Function) -> Function:
    """Both steps are written into the array that ``make(x)`` gives, and undone."""

    def vjp(f: Function, x: Array, g: Array, h: float = 1e-6) -> Array:
        moving, out = make(x), np.zeros(x.shape)
        for index in np.ndindex(x.shape):
            before = moving[index]
            moving[index] = before + h
            above = f(moving)
            moving[index] = before - h
            out[index] = np.sum(g * (above - f(moving))) / (2 * h)
            moving[index] = before
        return out

    return vjp


def _returns_inside_the_loop(f: Function, x: Array, g: Array, h: float = 1e-6) -> Any:
    out = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = h
        out[index] = np.sum(g * (f(x + step) - f(x - step))) / (2 * h)
        return out


def _one_axis_only(f: Function, x: Array, g: Array, h: float = 1e-6) -> Array:
    out = np.zeros(len(x))
    for i in range(len(x)):
        step = np.zeros(len(x))
        step[i] = h
        out[i] = np.sum(g * (f(x + step) - f(x - step))) / (2 * h)
    return out


def _whole_rows(f: Function, x: Array, g: Array, h: float = 1e-6) -> Array:
    out = np.zeros(x.shape)
    for i in range(len(x)):
        step = np.zeros(x.shape)
        step[i] = h
        out[i] = np.sum(g * (f(x + step) - f(x - step))) / (2 * h)
    return out


def _runs_on(f: Function, x: Array, g: Array, h: float = 1e-6) -> Array:
    return np.cumsum(numerical_vjp(f, x, g, h)).reshape(x.shape)


def _grows(f: Function, x: Array, g: Array, h: float = 1e-6) -> Array:
    step, out = np.zeros(x.shape), np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step[index] = h
        out[index] = np.sum(g * (f(x + step) - f(x - step))) / (2 * h)
    return out


TABLE = "what does `np.ndindex(x.shape)` give you?"
FLOATS = "how do you make an array of floats from x, whatever x holds?"

NUMERICAL_VJP = Exercise(
    name="numerical_vjp",
    points=35,
    reference=numerical_vjp,
    cases=numerical_vjp_cases,
    probe=vjp_of,
    tolerance=ROUNDED,
    uses=("central_difference",),
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
    why="`x + step` is a new array of floats each time, so x stays as it was, and integers need no care.",
    next="nudge one entry of x by h: how far does f move, and how far does the loss move, given g?",
    misconceptions=[
        Misconception(
            "forgets g",
            _entry_by_entry(lambda f, x, step, g, h: np.sum(f(x + step) - f(x - step)) / (2 * h)),
            "Your result lacks g: every output counts the same. g says how much the loss moves when that output moves by 1.",
        ),
        *ways(
            "all at once",
            "You nudged all entries of x together. Then nobody can tell which of them moved f.",
            "how can a step be h in one entry and 0 in all others?",
            lambda f, x, g, h=1e-6: g * (f(x + h) - f(x - h)) / (2 * h),
            lambda f, x, g, h=1e-6: np.sum(g * (f(x + h) - f(x - h))) / (2 * h),
        ),
        Misconception(
            "sum runs on",
            _runs_on,
            "Each entry of your result also holds what belongs to the entries before it: the sum runs on from one to the next.",
            "where does your sum begin at 0: before the loop over the entries, or anew for each of them?",
        ),
        Misconception(
            "step grows",
            _grows,
            "From entry to entry your step gets longer: the entries that had their turn stay nudged.",
            "where is the step made: before the loop, or anew for each entry?",
        ),
        Misconception(
            "whole rows",
            _whole_rows,
            "`x[i]` of an x with two axes is a whole row, and you nudged it all at once. Nudge one entry at a time.",
            TABLE,
        ),
        Misconception(
            "one axis only",
            _one_axis_only,
            "You made a step of len(x) entries, as if x had one axis. It may have two, or three.",
            TABLE,
        ),
        Misconception(
            "returns inside the loop",
            _returns_inside_the_loop,
            "Only the first entry is filled: your `return` stands inside the loop and ends it at once.",
            "how far must `return` be indented to come after the loop?",
        ),
        *ways(
            "integers stay integers",
            "Right, except for an x of integers: there the array you write a step into holds integers, too, and cuts the step off. 1 + h becomes 1.",
            FLOATS,
            _steps_of_integers,
            _copies_of_integers,
            _integers_everywhere,
        ),
        Misconception(
            "whole numbers",
            _whole_numbers,
            "You work on an array of integers. It cuts off the step, and of x whatever stands after the decimal point.",
            FLOATS,
        ),
        Misconception(
            "integer result",
            _integer_result,
            "You made the result an array like x. When x holds integers, the derivatives in it are cut to integers.",
            "`np.zeros` and `np.zeros_like`: what is the dtype of what each gives?",
        ),
        Misconception(
            "steps in one array",
            _in_one_array(lambda x: np.array(x, dtype=float)),
            "Right for most functions. But f may return a view of what it is given, as `x.T` does: when you write the second step into the same array, the first result moves along.",
            "how can you hand f a new array each time?",
        ),
        Misconception(
            "steps in one array like x",
            _in_one_array(lambda x: x),
            "You wrote both steps into one array that is like x. Where that holds integers, the step is cut off; where f returns a view of it, as `x.T` does, its first result moves along with the second step.",
            "how can you hand f a new array of floats each time?",
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
            "not divided",
            _entry_by_entry(lambda f, x, step, g, h: np.sum(g * (f(x + step) - f(x - step)))),
            "That is how far the loss moves, not how far for each unit of x: nothing was divided by the length of the step.",
        ),
        Misconception(
            "multiplies by h",
            _entry_by_entry(lambda f, x, step, g, h: np.sum(g * (f(x + step) - f(x - step))) / 2 * h),
            "`a / 2 * h` divides by 2 and then multiplies by h. Python works from left to right.",
            "which part of the formula needs parentheses of its own?",
        ),
        Misconception(
            "fixed step",
            lambda f, x, g, h=1e-6: numerical_vjp(f, x, g),
            "Your step is always 1e-6. The step is the argument h; 1e-6 is only its default.",
        ),
        Misconception(
            "averages",
            _entry_by_entry(lambda f, x, step, g, h: np.mean(g * (f(x + step) - f(x - step))) / (2 * h)),
            "You averaged over the outputs. Each of them moves the loss, and the movements add.",
        ),
        Misconception(
            "not summed",
            _entry_by_entry(lambda f, x, step, g, h: g * (f(x + step) - f(x - step)) / (2 * h)),
            "An entry of the result is one number, and you put an array there: what each output adds to it, but not their sum.",
            "how far does the loss move when all the outputs move?",
        ),
        Misconception(
            "only its own output",
            _entry_by_entry(
                lambda f, x, step, g, h: np.sum((g * (f(x + step) - f(x - step)))[step > 0]) / (2 * h)
            ),
            "You looked at one output for each entry. An entry may move several outputs, and all of them count.",
            "if x has 3 entries and f(x) has 9, how many outputs belong to the first entry?",
        ),
        Misconception(
            "does not step back",
            _does_not_step_back,
            "After each entry you left x where the last step had taken it. The next entry is then judged at another point.",
            "where should x be when the loop comes to the next entry?",
        ),
    ],
)
