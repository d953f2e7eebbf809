"""Chapter 04: an operation and its rule, the VJP."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.exercise import Exercise, Misconception, Recorded

Array = np.ndarray
Rng = np.random.Generator
Function = Callable[..., Any]

SHAPES = [(3,), (2, 3), (), (1,), (0, 4), (4, 1, 2)]
LARGE = 1e150


# Cases of elementwise operations: a random upstream gradient, and operands of one shape


def cases_of(op: Function, *draws: Function, special: tuple[tuple[Any, ...], ...] = ()) -> Any:
    """Random cases of every shape, one drawing function an operand, then the ``special`` operands."""

    def cases(rng: Rng) -> Iterator[Case]:
        for shape in SHAPES:
            yield _case(rng, op, *(np.array(draw(rng, shape)) for draw in draws))
        for operands in special:
            yield _case(rng, op, *(np.array(operand, dtype=float) for operand in operands))

    return cases


def _case(rng: Rng, op: Function, *operands: Array) -> Case:
    return case(np.array(rng.normal(size=operands[0].shape)), np.array(op(*operands)), *operands)


def _normal(rng: Rng, shape: tuple[int, ...]) -> Any:
    return rng.normal(size=shape)


def _positive(rng: Rng, shape: tuple[int, ...]) -> Any:
    return rng.uniform(0.3, 3, size=shape)


def _away_from_zero(rng: Rng, shape: tuple[int, ...]) -> Any:
    return rng.uniform(0.5, 2, size=shape) * rng.choice([-1, 1], size=shape)


# The rules


def mul_vjp(g: Array, ans: Array, a: Array, b: Array) -> tuple[Array, Array]:
    return g * b, g * a


def truediv_vjp(g: Array, ans: Array, a: Array, b: Array) -> tuple[Array, Array]:
    return g / b, -g * ans / b


def exp_vjp(g: Array, ans: Array, a: Array) -> Array:
    return g * ans


def log_vjp(g: Array, ans: Array, a: Array) -> Array:
    return g / a


def tanh_vjp(g: Array, ans: Array, a: Array) -> Array:
    return g * (1 - ans**2)


def pow_vjp(g: Array, ans: Array, a: Array, b: Array) -> tuple[Array, Array]:
    return g * b * a ** (b - 1), g * ans * np.log(np.where(a == 0, 1, a))


def maximum_vjp(g: Array, ans: Array, a: Array, b: Array) -> tuple[Array, Array]:
    to_a = (a > b) + 0.5 * (a == b)
    return g * to_a, g * (1 - to_a)


def _where_after(g: Array, ans: Array, a: Array, b: Array) -> tuple[Array, Array]:
    return g * b * a ** (b - 1), np.where(a == 0, 0, g * ans * np.log(a))


# check_vjp


def numerical_vjp(f: Function, x: Array, g: Array, h: float = 1e-6) -> Array:
    """Chapter 01's, by central differences."""
    return _differences(f, x, g, h, -h)


def _differences(f: Function, x: Array, g: Array, ahead: float, behind: float) -> Array:
    out = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = 1
        change = f(x + ahead * step) - f(x + behind * step)
        out[index] = np.sum(g * change) / (ahead - behind)
    return out


def errors(a: Array, b: Array) -> Array:
    """|a - b| / max(|a|, |b|), entry by entry; 0 where both are 0."""
    largest = np.maximum(np.abs(a), np.abs(b))
    return np.abs(a - b) / np.where(largest == 0, 1, largest)


def check_vjp(op: Function, vjp: Function, args: tuple[Array, ...], rng: Rng) -> float:
    return float(max(np.max(e) for e in _all_errors(op, vjp, args, rng)))


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
    if np.shape(error) != () or not isinstance(error, float | int | np.floating | np.ndarray):
        return f"no number, but {type(error).__name__}"
    drawn = rng.bit_generator.state != untouched
    return _in_words(float(error)) + ("" if drawn else ", without drawing from rng")


def _in_words(error: float) -> str:
    if abs(error) < 1e-4:
        return "below 0.0001"
    return "above 0.3" if error > 0.3 else f"{error:.2g}"


def check_vjp_cases(rng: Rng) -> Iterator[Case]:
    def some(*shapes: tuple[int, ...]) -> tuple[tuple[Array, ...], int]:
        return tuple(np.array(_away_from_zero(rng, shape)) for shape in shapes), int(rng.integers(10**6))

    def factor() -> float:
        """Its error, (factor - 1) / factor, lies between two roundings to two digits."""
        return float(rng.choice([1.04, 1.05, 1.06, 1.08, 1.12, 1.15, 1.2]))

    yield case("a * b", "(g * b, g * a)", *some((3,), (3,)))
    yield case("np.tanh(a)", "g * (1 - ans**2)", *some((2, 3)))
    yield case("a - b", f"({factor()} * g, -g)", *some((2, 3), (2, 3)))
    yield case("a - b", f"(g, -{factor()} * g)", *some((4,), (4,)))
    yield case("a - b", "(np.ones_like(a), -np.ones_like(b))", *some((2, 4), (2, 4)))
    yield case("a[::-1]", "g", *some((6,)))
    yield case("np.exp(a)", "g * ans * np.where(a == a.max(), 1.08, 1)", *some((3, 2)))
    yield case("a * b + c", f"(g * b, {factor()} * g * a, g)", *some((5,), (5,), (5,)))
    yield case("np.abs(a)", "g * np.sign(a)", (np.array([-1.5, 0.0, 0.7]),), int(rng.integers(10**6)))
    yield case("np.sin(a)", "g * np.cos(a)", *some(()))


def _largest(op: Function, vjp: Function, args: tuple[Array, ...], rng: Rng, **wrong: Any) -> float:
    return float(max(np.max(e) for e in _all_errors(op, vjp, args, rng, **wrong)))


def _one_argument(which: int) -> Function:
    return lambda op, vjp, args, rng: float(np.max(list(_all_errors(op, vjp, args, rng))[which]))


def _mean(op: Function, vjp: Function, args: tuple[Array, ...], rng: Rng) -> float:
    return float(np.mean([np.mean(e) for e in _all_errors(op, vjp, args, rng)]))


def _over_the_bare_array(op: Function, vjp: Function, args: tuple[Array, ...], rng: Rng) -> float:
    found = []
    ans = op(*args)
    g = rng.normal(size=np.shape(ans))
    for i, grad in enumerate(np.atleast_1d(vjp(g, ans, *args))[: len(args)]):
        found.append(np.max(errors(grad, numerical_vjp(partial(_with_argument, op, args, i), args[i], g))))
    return float(max(found))


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


# Recorded values

A = np.array([1.0, -2.0, 3.0])
B = np.array([2.0, 4.0, -1.0])
G = np.array([2.0, -1.0, 3.0])
HEIGHTS = np.array([0.5, 1.0, -2.0])
TORCH = "PyTorch 2.13.0, Tensor.backward(g)"

NO_G = "Your result lacks g. A rule multiplies the local derivative by what arrives from above."
ONE_TUPLE = (
    "You returned a tuple with one array in it. For an operation of one argument, return the array itself."
)
SWAPPED = "The two gradients are in the wrong order: a's comes first."
ADD = "You returned g for both. That is the rule of addition, where a nudge of a moves the result by the same amount."

EXERCISES = [
    Exercise(
        name="mul_vjp",
        points=8,
        reference=mul_vjp,
        cases=cases_of(np.multiply, _normal, _normal, special=((LARGE, 2 / LARGE), ([0, 3], [5, 0]))),
        recorded=[
            Recorded(
                case(G, A * B, A, B),
                (
                    np.array([4.0, -4.0, -3.0]),
                    np.array([2.0, 2.0, 9.0]),
                ),
                TORCH,
            )
        ],
        next="hold b still and nudge a by 1: by how much does a * b change?",
        misconceptions=[
            Misconception(
                "own operand",
                lambda g, ans, a, b: (g * a, g * b),
                "You multiplied each gradient by its own operand. The derivative of a·b by a is b.",
                "hold b still: how fast does a·b grow when a grows?",
            ),
            Misconception(
                "forgets g",
                lambda g, ans, a, b: (b.copy(), a.copy()),
                NO_G,
                "where g is 0, nothing that happens here matters to the loss. What must a rule return there?",
            ),
            Misconception("add's rule", lambda g, ans, a, b: (g.copy(), g.copy()), ADD),
            Misconception(
                "the product",
                lambda g, ans, a, b: (g * ans, g * ans),
                "You multiplied g by the product a·b itself, instead of by its derivative.",
                "the graph of 3·a is a straight line. What is its slope?",
            ),
            Misconception(
                "product rule in one",
                lambda g, ans, a, b: g * (a + b),
                "You added the two gradients into one array. Each operand needs its own: return a tuple.",
                "what is a's part alone, with b held still?",
            ),
            Misconception(
                "sums up",
                lambda g, ans, a, b: (np.sum(g * b), np.sum(g * a)),
                "You summed each gradient into one number. Every entry of a has a gradient of its own.",
                "what shape must the gradient of a have?",
            ),
        ],
    ),
    Exercise(
        name="truediv_vjp",
        points=10,
        reference=truediv_vjp,
        cases=cases_of(np.divide, _normal, _away_from_zero, special=((3 * LARGE, LARGE), ([0, 3], [5, -2]))),
        recorded=[
            Recorded(
                case(G, A / B, A, B),
                (
                    np.array([1.0, -0.25, -3.0]),
                    np.array([-0.5, -0.125, -9.0]),
                ),
                TORCH,
            )
        ],
        next="a / b is a · b⁻¹. What are the derivatives of that by a and by b?",
        misconceptions=[
            Misconception(
                "no minus",
                lambda g, ans, a, b: (g / b, g * ans / b),
                "The gradient of b has the wrong sign.",
                "when b grows, does a / b (both positive) grow or shrink?",
            ),
            Misconception(
                "b not squared",
                lambda g, ans, a, b: (g / b, -g * ans),
                "The gradient of b lacks a division by b: the derivative of 1/b is −1/b².",
                "write 1/b as b⁻¹ and take the power rule.",
            ),
            Misconception("swapped", lambda g, ans, a, b: (-g * ans / b, g / b), SWAPPED),
            Misconception(
                "forgets g",
                lambda g, ans, a, b: (1 / b, -ans / b),
                NO_G,
                "where g is 0, nothing that happens here matters to the loss. What must a rule return there?",
            ),
            Misconception(
                "mul's rule",
                lambda g, ans, a, b: (g * b, g * a),
                "That is the rule of multiplication. Here the operands are divided.",
            ),
            Misconception(
                "whole quotient rule",
                lambda g, ans, a, b: (g * (b - a) / b**2, g * (b - a) / b**2),
                "You used the quotient rule with a′ = b′ = 1, which moves a and b together. "
                "A gradient moves one operand and holds the other still.",
                "what is left of the quotient rule when b is a constant? And when a is?",
            ),
            Misconception(
                "forgets a",
                lambda g, ans, a, b: (g / b, -g / b**2),
                "The gradient of b lacks the factor a. That would be the rule for 1 / b.",
                "a / b is a times 1 / b. What does the constant factor a do to the derivative?",
            ),
        ],
    ),
    Exercise(
        name="exp_vjp",
        points=8,
        reference=exp_vjp,
        cases=cases_of(np.exp, _normal, special=(([-800, 0, 600],),)),
        recorded=[
            Recorded(
                case(G, np.exp(HEIGHTS), HEIGHTS),
                np.array([3.2974425414002564, -2.718281828459045, 0.4060058497098381]),
                TORCH,
            )
        ],
        next="which of the three, g, ans and a, is the derivative of exp at a?",
        misconceptions=[
            Misconception(
                "forgets g",
                lambda g, ans, a: ans.copy(),
                NO_G,
                "where g is 0, nothing that happens here matters to the loss. What must a rule return there?",
            ),
            Misconception(
                "exp of ans",
                lambda g, ans, a: g * np.exp(ans),
                "You took exp of `ans`, which is exp(a) already.",
                "what is the derivative of exp at a, and who has computed it before you?",
            ),
            Misconception(
                "power rule",
                lambda g, ans, a: g * a * np.exp(a - 1),
                "You used the power rule. In e**a it is the exponent that moves, not the base.",
                "which function is its own derivative?",
            ),
            Misconception(
                "multiplies by a",
                lambda g, ans, a: g * a,
                "You multiplied g by a. The derivative of exp at a is exp(a).",
                "which argument of your function holds exp(a)?",
            ),
            Misconception(
                "exp of g",
                lambda g, ans, a: np.exp(g) * ans,
                "You took exp of g. What arrives from above is only multiplied, never put through the operation.",
            ),
            Misconception("tuple", lambda g, ans, a: (g * ans,), ONE_TUPLE),
        ],
    ),
    Exercise(
        name="log_vjp",
        points=8,
        reference=log_vjp,
        cases=cases_of(np.log, _positive, special=(([1e-5, 1, 1e150],),)),
        recorded=[
            Recorded(
                case(G, np.log(np.array([0.5, 4.0, 8.0])), np.array([0.5, 4.0, 8.0])),
                np.array([4.0, -0.25, 0.375]),
                TORCH,
            )
        ],
        next="what is the slope of log at a = 1, at a = 2, at a = 10?",
        misconceptions=[
            Misconception(
                "forgets g",
                lambda g, ans, a: 1 / a,
                NO_G,
                "where g is 0, nothing that happens here matters to the loss. What must a rule return there?",
            ),
            Misconception(
                "divides by ans",
                lambda g, ans, a: g / ans,
                "You divided by log(a). The derivative of log at a is one over a itself.",
                "unlike exp, log does not need its own result: which argument is left?",
            ),
            Misconception(
                "exp's rule",
                lambda g, ans, a: g * ans,
                "That is the rule of exp, the one function that is its own derivative. log is not.",
            ),
            Misconception(
                "multiplies",
                lambda g, ans, a: g * a,
                "You multiplied by a. The curve of log gets flatter as a grows, so its slope must shrink.",
                "which simple function of a is 1 at a = 1 and 1/10 at a = 10?",
            ),
            Misconception(
                "log10",
                lambda g, ans, a: g / (a * np.log(10)),
                "That is the derivative of the logarithm to base 10. np.log is the natural one.",
                "what is the log of the base, if the base is e?",
            ),
            Misconception("tuple", lambda g, ans, a: (g / a,), ONE_TUPLE),
        ],
    ),
    Exercise(
        name="tanh_vjp",
        points=10,
        reference=tanh_vjp,
        cases=cases_of(np.tanh, _normal, special=(([-20, 0, 3],), ([-1000, 1000],))),
        recorded=[
            Recorded(
                case(G, np.tanh(HEIGHTS), HEIGHTS),
                np.array([1.5728954659318548, -0.41997434161402614, 0.2119524745594933]),
                TORCH,
            )
        ],
        quiet=True,
        next="the slope is 1 where tanh is 0, and 0 where tanh is 1 or −1. Which formula in `ans` does that?",
        misconceptions=[
            Misconception(
                "a for ans",
                lambda g, ans, a: g * (1 - a**2),
                "You squared a. In 1 − tanh(a)² it is the result that is squared.",
                "which argument holds tanh(a)?",
            ),
            Misconception(
                "tanh twice",
                lambda g, ans, a: g * (1 - np.tanh(ans) ** 2),
                "You took tanh of `ans`, which is tanh(a) already.",
                "what does `ans` stand for?",
            ),
            Misconception(
                "sigmoid's rule",
                lambda g, ans, a: g * ans * (1 - ans),
                "That is the rule of the sigmoid, s·(1 − s). tanh has another one.",
                "at a = 0 the result is 0. Is the curve flat there?",
            ),
            Misconception(
                "forgets g",
                lambda g, ans, a: 1 - ans**2,
                NO_G,
                "where g is 0, nothing that happens here matters to the loss. What must a rule return there?",
            ),
            Misconception(
                "no square",
                lambda g, ans, a: g * (1 - ans),
                "You left out the square. The slope at −a must be the same as at a.",
                "what does your formula give where tanh is −1? The curve is flat there.",
            ),
            Misconception(
                "cosh overflows",
                lambda g, ans, a: g / np.cosh(a) ** 2,
                "Dividing by cosh² is right, but cosh(1000) is too large for a float, and NumPy warned of it.",
                "`ans` lies between −1 and 1, however large a is. Can you do it with `ans`?",
            ),
            Misconception("tuple", lambda g, ans, a: (g * (1 - ans**2),), ONE_TUPLE),
        ],
    ),
    Exercise(
        name="pow_vjp",
        points=14,
        reference=pow_vjp,
        cases=cases_of(
            np.power,
            _positive,
            _normal,
            special=(([0, 2, 0], [2, 0, 1]), (0, 3.5), ([1e-100, 1e100], [1, 2])),
        ),
        recorded=[
            Recorded(
                case(G, np.array([8.0, 1.0, 2.0]), np.array([2.0, 1.0, 4.0]), np.array([3.0, -2.0, 0.5])),
                (np.array([24.0, 2.0, 0.75]), np.array([11.090354888959125, 0.0, 8.317766166719343])),
                TORCH,
            ),
            Recorded(
                case(G, np.array([0.0, 8.0, 0.0]), np.array([0.0, 2.0, 0.0]), np.array([2.0, 3.0, 1.0])),
                (np.array([0.0, -12.0, 3.0]), np.array([0.0, -5.545177444479562, 0.0])),
                TORCH,
            ),
        ],
        quiet=True,
        next="two questions: b held still, a moves (the power rule); a held still, b moves (an exponential).",
        misconceptions=[
            Misconception(
                "nan at zero",
                lambda g, ans, a, b: (g * b * a ** (b - 1), g * ans * np.log(a)),
                "The formulas are right, but where a is 0, log(a) is −inf, and 0 · −inf is nan.",
                "which number could stand in for a inside the logarithm, where ans is 0 anyway?",
            ),
            Misconception(
                "where too late",
                _where_after,
                "The numbers are right, but NumPy warned: np.where computes both of its branches everywhere, "
                "log(0) too, and only then chooses.",
                "what if np.where chose the argument of the log, instead of its result?",
            ),
            Misconception(
                "divides by a",
                lambda g, ans, a, b: (g * b * ans / a, g * ans * np.log(np.where(a == 0, 1, a))),
                "You divided by a. Where a is 0, that is 0/0, which is nan.",
                "a power one lower: how do you write it without dividing?",
            ),
            Misconception(
                "both zero",
                lambda g, ans, a, b: (
                    np.where(a == 0, 0, g * b * a ** (b - 1)),
                    g * ans * np.log(np.where(a == 0, 1, a)),
                ),
                "You set both gradients to 0 where a is 0. Only the exponent's is: the slope of a¹ at 0 is 1.",
            ),
            Misconception(
                "power not lowered",
                lambda g, ans, a, b: (g * b * ans, g * ans * np.log(np.where(a == 0, 1, a))),
                "The gradient of a still has the power b. The derivative of a³ is 3·a², one power lower.",
            ),
            Misconception(
                "power rule twice",
                lambda g, ans, a, b: (g * b * a ** (b - 1), g * a * b ** (a - 1)),
                "You used the power rule for the exponent, too. When the exponent moves, it is an exponential: "
                "aᵇ = exp(b · log a).",
                "what is the derivative of exp(b · log a) by b?",
            ),
            Misconception(
                "no log",
                lambda g, ans, a, b: (g * b * a ** (b - 1), g * ans),
                "The gradient of b lacks the factor log(a). Only for a = e is an exponential its own derivative.",
                "aᵇ is exp(b · log a). What does the chain rule add?",
            ),
            Misconception(
                "log of the exponent",
                lambda g, ans, a, b: (g * b * a ** (b - 1), g * ans * np.log(b)),
                "You took the logarithm of the exponent. It is the logarithm of the base that belongs there.",
                "aᵇ is exp(b · log a). What is its derivative by b?",
            ),
            Misconception(
                "exponent is a constant",
                lambda g, ans, a, b: g * b * a ** (b - 1),
                "You returned the gradient of a alone. Here b is an array that can learn, too: return a tuple of two.",
                "by how much does 2³ grow when the 3 becomes 3.001?",
            ),
            Misconception(
                "forgets g",
                lambda g, ans, a, b: (b * a ** (b - 1), ans * np.log(np.where(a == 0, 1, a))),
                NO_G,
                "where g is 0, nothing that happens here matters to the loss. What must a rule return there?",
            ),
        ],
    ),
    Exercise(
        name="maximum_vjp",
        points=12,
        reference=maximum_vjp,
        cases=cases_of(
            np.maximum,
            _normal,
            _normal,
            special=(([2, -1, 0, 5], [2, 3, 0, -5]), (-1.5, -1.5), ([1e200, 0], [-1e200, -0.0])),
        ),
        recorded=[
            Recorded(
                case(G, np.array([3.0, 2.0, 4.0]), np.array([1.0, 2.0, 4.0]), np.array([3.0, 2.0, -4.0])),
                (np.array([0.0, -0.5, 3.0]), np.array([2.0, -0.5, 0.0])),
                TORCH + " of torch.maximum",
            )
        ],
        next="nudge the smaller of the two: does the result move? And what if they are equal?",
        misconceptions=[
            Misconception(
                "tie to a",
                lambda g, ans, a, b: (g * (a >= b), g * (b > a)),
                "Where a and b are equal, you gave all of g to a. Give half to each.",
            ),
            Misconception(
                "tie to b",
                lambda g, ans, a, b: (g * (a > b), g * (b >= a)),
                "Where a and b are equal, you gave all of g to b. Give half to each.",
            ),
            Misconception(
                "tie to both",
                lambda g, ans, a, b: (g * (a == ans), g * (b == ans)),
                "Where a and b are equal, both got all of g, so it was counted twice. Give half to each.",
            ),
            Misconception(
                "tie to none",
                lambda g, ans, a, b: (g * (a > b), g * (b > a)),
                "Where a and b are equal, neither got anything, so g was lost. Give half to each.",
            ),
            Misconception(
                "loser takes all",
                lambda g, ans, a, b: tuple(reversed(maximum_vjp(g, ans, a, b))),
                "You gave g to the smaller operand. The result is the larger one, so only that one can move it.",
            ),
            Misconception(
                "passes the value",
                lambda g, ans, a, b: tuple(
                    part * x for part, x in zip(maximum_vjp(g, ans, a, b), (a, b), strict=True)
                ),
                "You multiplied g by the operand. Nudge the larger one by 0.001, and the result moves by 0.001, whatever its size.",
            ),
            Misconception(
                "forgets g",
                lambda g, ans, a, b: maximum_vjp(np.ones_like(g), ans, a, b),
                NO_G,
                "who decides how much the winner's nudge matters to the loss?",
            ),
            Misconception("add's rule", lambda g, ans, a, b: (g.copy(), g.copy()), ADD),
        ],
    ),
    Exercise(
        name="check_vjp",
        points=20,
        reference=check_vjp,
        cases=check_vjp_cases,
        probe=check_vjp_probe,
        recorded=[
            Recorded(
                case("a * b", "(g * b, 1.25 * g * a)", (np.array([1.0, 2.0]), np.array([3.0, -1.0])), 4),
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
        ],
    ),
]
