"""How a rule is judged, the mistakes that fit any rule, and what PyTorch's optimizers do."""

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case, edge
from revgraph.checks.chapters.common import Array, Rng, Shape, fixed, ways
from revgraph.checks.compare import Tolerance
from revgraph.checks.exercise import Exercise, Misconception, Recorded

Memory = dict[str, Any]
Rule = Callable[..., None]
Settings = Mapping[str, float]
Ranges = Mapping[str, tuple[float, float]]

STEPS = 6  # several: the first step of Adam is the same in three wrong Adams

# Of the parameter, how large the gradients are, and an epsilon that shows where it stands.
SITUATIONS: list[tuple[Shape, float, float]] = [
    ((3,), 1.0, 1e-8),
    ((2, 4), 1.0, 1e-3),
    ((5,), 1e-4, 1e-5),
    ((5,), 1e-8, 1e-8),
    ((2,), 100.0, 1e-8),
]


def run(candidate: Rule, parameter: Array, gradients: Array, **settings: float) -> dict[str, Array]:
    """The parameter after each step.

    A second parameter is trained beside it, with a memory of its own, and before each step everything is handed
    over anew: what a rule remembers outside of `memory` is lost, or the other parameter's.
    """
    parameter, other = parameter.copy(), np.array(-2 * parameter)
    memory: Memory = {}
    other_memory: Memory = {}
    path = {}
    for i in range(len(gradients)):
        parameter = parameter.copy()
        memory, other_memory = moved(memory, candidate), moved(other_memory, candidate)
        gradient = gradients[i, ...]
        candidate(parameter, gradient, memory, **settings)
        candidate(other, -gradient, other_memory, **settings)
        path[f"the parameter after step {i + 1}"] = parameter.copy()
    moved(memory, candidate), moved(other_memory, candidate)
    return path


LATELY: deque[Memory] = deque(maxlen=10_000)  # empty ones, which keep their addresses from being used again


def moved(memory: Memory, candidate: Rule) -> Memory:
    """The same memory as another object: a rule that keeps its state under `id(memory)` finds nothing there."""
    new = dict(memory)
    memory.clear()
    if not str(getattr(candidate, "__module__", "")).startswith(("revgraph.", "slip")):
        LATELY.append(memory)  # of our own rules none does that
    return new


def cases_for(ranges: Ranges, simple: Settings) -> Callable[[Rng], Iterator[Case]]:
    """Settings are drawn from ranges, so that a constant in the code is found out; gradients are plain, of every
    size down to 1e-8, and zero now and then."""

    def cases(rng: Rng) -> Iterator[Case]:
        yield case(np.array([1.0, -2.0]), np.array([[0.5, -1.0], [0.25, 2.0], [-1.0, 0.5]]), **simple)
        for source in (fixed(), rng):
            for shape, scale, epsilon in SITUATIONS:
                yield case(*drawn(source, shape, scale), **settings(source, ranges, epsilon))
        yield case(np.array([0.5, -1.5]), np.zeros((STEPS, 2)), **simple)
        for what, shape in (("a parameter without axes", ()), ("a parameter without entries", (0,))):
            yield edge(what, *drawn(rng, shape, 1.0), **settings(rng, ranges, 1e-8))

    return cases


def drawn(rng: Rng, shape: Shape, scale: float) -> tuple[Array, Array]:
    gradients = scale * rng.normal(size=(STEPS, *shape))
    if len(shape) == 1:
        gradients[2] = 0.0
        gradients[:2, :1] = 0.0  # from the start, and of one entry alone
    return np.array(rng.normal(size=shape)), gradients


def settings(rng: Rng, ranges: Ranges, epsilon: float) -> Settings:
    found = {name: float(rng.uniform(*ends)) for name, ends in ranges.items()}
    return found | ({"epsilon": epsilon} if "epsilon" in found else {})


# What PyTorch 2.13.0's optimizers make of the parameter 1, -2 in three steps with these gradients.
START = np.array([1.0, -2.0])
DOWN = np.array([[0.5, -1.0], [0.25, 2.0], [-1.0, 1e-8]])
TORCH = "PyTorch 2.13.0, torch.optim"

LR = {"lr": (0.05, 0.3)}
VELOCITY = {**LR, "momentum": (0.5, 0.95)}
SIZE = {**LR, "epsilon": (0, 0)}
RHO = {**LR, "rho": (0.6, 0.95), "epsilon": (0, 0)}
BETAS = {**LR, "beta1": (0.5, 0.9), "beta2": (0.91, 0.999), "epsilon": (0, 0)}


def optimizer(
    *,
    reference: Rule,
    ranges: Ranges,
    simple: Settings,
    path: Sequence[Sequence[float]],
    misconceptions: Sequence[Misconception],
    **declared: Any,
) -> Exercise:
    """An exercise whose answer is a rule; ``path`` is what PyTorch makes of three steps with simple settings."""
    value = {f"the parameter after step {i}": np.array(row) for i, row in enumerate(path, 1)}
    return Exercise(
        reference=reference,
        probe=run,
        cases=cases_for(ranges, simple),
        recorded=[Recorded(case(START, DOWN, **simple), value, TORCH)],
        misconceptions=[
            goes_uphill(reference),
            *misconceptions,
            without_lr(reference),
            makes_a_new_array(reference),
            returns_a_new_array(reference),
            does_not_move(reference),
        ],
        tolerance=Tolerance(relative=1e-9, absolute=1e-13),
        **declared,
    )


# Mistakes that fit any rule


def uphill(rule: Rule) -> Rule:
    def candidate(parameter: Array, gradient: Array, memory: Memory, **settings: float) -> None:
        moved = parameter.copy()
        rule(moved, gradient, memory, **settings)
        parameter += parameter - moved

    return candidate


def rebinding(rule: Rule) -> Rule:
    def candidate(parameter: Array, gradient: Array, memory: Memory, **settings: float) -> None:
        parameter = parameter.copy()
        rule(parameter, gradient, memory, **settings)

    return candidate


def returning(rule: Rule) -> Rule:
    def candidate(parameter: Array, gradient: Array, memory: Memory, **settings: float) -> Any:
        new = parameter.copy()
        rule(new, gradient, memory, **settings)
        return new

    return candidate


def forgetting(rule: Rule) -> Rule:
    def candidate(parameter: Array, gradient: Array, memory: Memory, **settings: float) -> None:
        rule(parameter, gradient, {}, **settings)

    return candidate


def keeping_by_id(rule: Rule) -> Rule:
    def candidate(parameter: Array, gradient: Array, memory: Memory, **settings: float) -> None:
        elsewhere: dict[int, Memory] = {id(memory): {}}  # and the next step brings another object
        rule(parameter, gradient, elsewhere[id(memory)], **settings)

    return candidate


def without_a_first(rule: Rule) -> Rule:
    """Looks up what is not yet there."""

    def candidate(parameter: Array, gradient: Array, memory: Memory, **settings: float) -> None:
        memory["v"]
        rule(parameter, gradient, memory, **settings)

    return candidate


def keeping_the_parameter(rule: Rule) -> Rule:
    def candidate(parameter: Array, gradient: Array, memory: Memory, **settings: float) -> None:
        rule(parameter, gradient, memory, **settings)
        memory["v"] = parameter.copy()

    return candidate


def starting_as_the_parameter(rule: Rule) -> Rule:
    def candidate(parameter: Array, gradient: Array, memory: Memory, **settings: float) -> None:
        memory.setdefault("v", parameter.copy())
        rule(parameter, gradient, memory, **settings)

    return candidate


def with_setting(rule: Rule, name: str, value: float) -> Rule:
    """A number in the code where a setting was handed in."""

    def candidate(parameter: Array, gradient: Array, memory: Memory, **settings: float) -> None:
        rule(parameter, gradient, memory, **{**settings, name: value})

    return candidate


def goes_uphill(rule: Rule) -> Misconception:
    return Misconception(
        "uphill",
        uphill(rule),
        "Your steps have the right length, but go uphill: the gradient points to where the loss grows.",
        "which sign takes you down?",
    )


def makes_a_new_array(rule: Rule) -> Misconception:
    return Misconception(
        "makes a new array",
        rebinding(rule),
        "The parameter did not move: `parameter = ...` makes a new array and leaves the old one as it is.",
        "which operator writes into the array itself?",
        seen=lambda source: bool(re.search(r"\bparameter = ", source)),
    )


def returns_a_new_array(rule: Rule) -> Misconception:
    return Misconception(
        "returns a new array",
        returning(rule),
        "The parameter did not move. You return new values, but a rule is not asked for any: it writes them into the "
        "array that it was given.",
        "which operator writes into an array?",
        # of the function itself, not of one inside it
        seen=lambda source: bool(re.search(r"^    return (?!None$)", source, re.MULTILINE)),
    )


def does_not_move(rule: Rule) -> Misconception:
    return Misconception(
        "does not move",
        lambda parameter, gradient, memory, **settings: rule(parameter.copy(), gradient, memory, **settings),
        "The parameter has not moved: its entries are what they were before the step.",
        "which line of yours writes into `parameter`, and how far does it go?",
    )


def keeps_nothing(rule: Rule, what: str) -> list[Misconception]:
    """Nothing, or in a table of the learner's own, under an id that no later step may know."""
    which_key = "after the first step, which key should `memory` have?"
    return [
        Misconception(
            "keeps it by id",
            keeping_by_id(rule),
            "What is to be kept lies in a place of your own, under the id of `memory`. The next step may bring "
            "another object with the same entries: only what stands in `memory` is handed on.",
            which_key,
            seen=lambda source: "id(memory)" in source,
        ),
        Misconception(
            "keeps nothing",
            forgetting(rule),
            f"Every step starts afresh: {what} of the step before is not used. `memory` carries it over.",
            which_key,
        ),
    ]


def parameter_for_velocity(rule: Rule) -> list[Misconception]:
    return ways(
        "the parameter for the velocity",
        "Your velocity holds the parameter itself. It is 0 before the first step, and from then on holds only "
        "what the parameter moved by.",
        "after the first step, what does `memory` hold: where the parameter is, or how far it moved?",
        keeping_the_parameter(rule),
        starting_as_the_parameter(rule),
    )


def expects_a_first(rule: Rule) -> Misconception:
    return Misconception(
        "no first value",
        without_a_first(rule),
        "`memory` is empty in the first step, so what you look up there does not exist yet.",
        "`memory.get(key, 0.0)` gives 0.0 where there is nothing. Where do you need it?",
    )


def own_settings(rule: Rule, **values: float) -> Misconception:
    """Numbers as most programs have them, in place of those that are handed in."""
    names = " and ".join(f"{name} were {value:g}" for name, value in values.items())
    return Misconception(
        "settings of its own",
        lambda parameter, gradient, memory, **settings: rule(
            parameter, gradient, memory, **{**settings, **values}
        ),
        f"You compute as if {names}, whatever is handed in.",
        "are there numbers in your code where a name should stand?",
    )


def without_lr(rule: Rule) -> Misconception:
    return Misconception(
        "without lr",
        with_setting(rule, "lr", 1.0),
        "Your step does not use lr.",
        "what makes a step long or short?",
    )


def own_epsilons(rule: Rule) -> list[Misconception]:
    """Constants that programs often write in its place; without any, a gradient of 0 gives 0 / 0."""
    return [
        Misconception(
            f"epsilon of {value:g}" if value else "no epsilon",
            with_setting(rule, "epsilon", value),
            f"You divide as if epsilon were {value:g}. Use the `epsilon` that is handed in."
            if value
            else "Your denominator lacks epsilon: where all gradients so far were 0, it is 0 / 0.",
            "look at the denominator of your last line." if value else "what is added to the root?",
        )
        for value in (0.0, 1e-6, 1e-7, 1e-8, 1e-10)
    ]


# Wrong adaptive rules


def divided(
    size: Callable[[Any, Array, float], Any], root: Callable[[Any, float], Any], late: bool = False
) -> Rule:
    """lr · gradient over a root of some running size of it, which ``late`` means the one of the step before."""

    def candidate(
        parameter: Array, gradient: Array, memory: Memory, lr: float, epsilon: float, rho: float = 0.0
    ) -> None:
        old = memory.get("a", 0.0)
        memory["a"] = size(old, gradient, rho)
        parameter -= lr * gradient / root(old if late else memory["a"], epsilon)

    return candidate


def total(a: Any, gradient: Array, rho: float) -> Array:
    return a + gradient**2


def fading(a: Any, gradient: Array, rho: float) -> Array:
    return rho * a + (1 - rho) * gradient**2


def for_all(size: Callable[[Any, Any, float], Any]) -> Callable[[Any, Array, float], Any]:
    """One number for all entries."""
    return lambda a, gradient, rho: size(a, np.sqrt(np.sum(gradient**2)), rho)


def outside(a: Any, epsilon: float) -> Any:
    return np.sqrt(a) + epsilon


def inside(a: Any, epsilon: float) -> Any:
    return np.sqrt(a + epsilon)


def larger(a: Any, epsilon: float) -> Any:
    return np.maximum(np.sqrt(a), epsilon)


def at_zero(a: Any, epsilon: float) -> Any:
    return np.where(np.sqrt(a) == 0, epsilon, np.sqrt(a))


def divided_alone(size: Callable[[Any, Array, float], Any]) -> Rule:
    def candidate(
        parameter: Array, gradient: Array, memory: Memory, lr: float, epsilon: float, rho: float = 0.0
    ) -> None:
        memory["a"] = size(memory.get("a", 0.0), gradient, rho)
        parameter -= lr / (np.sqrt(memory["a"]) + epsilon)

    return candidate


def added_to_the_step(
    size: Callable[[Any, Array, float], Any],
) -> Rule:
    """Epsilon outside of the quotient: a parenthesis is missing."""

    def candidate(
        parameter: Array, gradient: Array, memory: Memory, lr: float, epsilon: float, rho: float = 0.0
    ) -> None:
        memory["a"] = size(memory.get("a", 0.0), gradient, rho)
        parameter -= lr * gradient / np.sqrt(memory["a"]) + epsilon

    return candidate


def no_root(a: Any, epsilon: float) -> Any:
    return a + epsilon


EPSILON_INSIDE = "You put epsilon inside the root. There it counts as its own root: 1e-8 becomes 1e-4."
LARGER = "You divide by the root or by epsilon, whichever is larger. Epsilon is added to the root."
AT_ZERO = "Where the root is 0 you divide by something else, and elsewhere by the root alone. Epsilon is added everywhere."
TOO_LATE = "You divide by what `memory` held before this step. Take up the new square first, then divide."
FOR_ALL = (
    "You added the squares of all entries into one number. Each entry of the parameter has a sum of its own."
)
ADDED_TO_THE_STEP = (
    "Epsilon is added to the step, not to the root that the gradient is divided by. A parenthesis is missing."
)
MULTIPLIED = "You multiply by the root. The larger a gradient usually is, the less it should count: divide."
