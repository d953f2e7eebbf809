"""How a rule is judged, the mistakes that fit any rule, and what PyTorch's optimizers do."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.common import Array, Rng
from revgraph.checks.compare import Tolerance
from revgraph.checks.exercise import Exercise, Misconception, Recorded

Memory = dict[str, Any]
Rule = Callable[..., None]
Ranges = Mapping[str, tuple[float, float]]

STEPS = 6  # several: the first step of Adam is the same in three wrong Adams


def run(candidate: Rule, parameter: Array, gradients: Array, **hyper: float) -> Array:
    """The parameter after each step, one row a gradient. A second parameter is trained beside it, with a memory
    of its own, so that a rule which remembers outside of its memory is found out."""
    parameter, other = parameter.copy(), np.array(-2 * parameter)
    memory, other_memory = {}, {}  # type: ignore[var-annotated]
    path = []
    for i in range(len(gradients)):
        gradient = gradients[i, ...]
        candidate(parameter, gradient, memory, **hyper)
        candidate(other, -gradient, other_memory, **hyper)
        path.append(parameter.copy())
    return np.array(path)


def cases_for(**ranges: tuple[float, float]) -> Callable[[Rng], Iterator[Case]]:
    """Hyperparameters are drawn from ranges, so that a constant in the code is found out; gradients are
    plain, of every size down to 1e-8, and zero now and then."""

    def cases(rng: Rng) -> Iterator[Case]:
        for shape, scale in (((), 1.0), ((3,), 1.0), ((2, 4), 1.0), ((5,), 1e-4), ((5,), 1e-8), ((0,), 1.0)):
            hyper = {name: float(rng.uniform(*ends)) for name, ends in ranges.items()}
            if "epsilon" in hyper:
                hyper["epsilon"] = 1e-8
            gradients = scale * rng.normal(size=(STEPS, *shape))
            if len(shape) == 1:
                gradients[2] = 0.0
            yield case(np.array(rng.normal(size=shape)), gradients, **hyper)

    return cases


# What PyTorch 2.13.0's optimizers make of the parameter 1, -2 in three steps with these gradients.
START = np.array([1.0, -2.0])
DOWN = np.array([[0.5, -1.0], [0.25, 2.0], [-1.0, 1e-8]])
TORCH = "PyTorch 2.13.0, torch.optim"

LR = {"lr": (0.05, 0.3)}
VELOCITY = {**LR, "momentum": (0.5, 0.95)}
RHO = {**LR, "rho": (0.6, 0.95), "epsilon": (0, 0)}
BETAS = {**LR, "beta1": (0.5, 0.9), "beta2": (0.91, 0.999), "epsilon": (0, 0)}


def optimizer(
    *,
    reference: Rule,
    ranges: Ranges,
    settings: Mapping[str, float],
    path: Array,
    misconceptions: Sequence[Misconception],
    **declared: Any,
) -> Exercise:
    """An exercise whose answer is a rule; ``path`` is what PyTorch makes of three steps with these settings."""
    return Exercise(
        reference=reference,
        probe=run,
        cases=cases_for(**ranges),
        recorded=[Recorded(case(START, DOWN, **settings), path, TORCH)],
        misconceptions=[goes_uphill(reference), not_in_place(reference), *misconceptions],
        tolerance=Tolerance(relative=1e-9, absolute=1e-13),
        **declared,
    )


# Mistakes that fit any rule


def rebinding(rule: Rule) -> Rule:
    def candidate(parameter: Array, gradient: Array, memory: Memory, **hyper: float) -> None:
        rule(parameter.copy(), gradient, memory, **hyper)

    return candidate


def uphill(rule: Rule) -> Rule:
    def candidate(parameter: Array, gradient: Array, memory: Memory, **hyper: float) -> None:
        moved = parameter.copy()
        rule(moved, gradient, memory, **hyper)
        parameter += parameter - moved

    return candidate


def forgetting(rule: Rule) -> Rule:
    def candidate(parameter: Array, gradient: Array, memory: Memory, **hyper: float) -> None:
        rule(parameter, gradient, {}, **hyper)

    return candidate


def goes_uphill(rule: Rule) -> Misconception:
    return Misconception(
        "uphill",
        uphill(rule),
        "Your steps have the right length, but go uphill: the gradient points to where the loss grows.",
        "which sign takes you down?",
    )


def not_in_place(rule: Rule) -> Misconception:
    return Misconception(
        "makes a new array",
        rebinding(rule),
        "The parameter did not move: `parameter = parameter - ...` makes a new array and leaves the old one as it is.",
        "which operator writes into the array itself?",
    )


def keeps_nothing(rule: Rule, what: str) -> Misconception:
    return Misconception(
        "keeps nothing",
        forgetting(rule),
        f"Every step starts afresh: {what} is not kept in `memory` for the next step.",
        "after the first step, which key should `memory` have?",
    )


def divided(size: Callable[[Memory, Array, float], Array], root: Callable[[Array, float], Array]) -> Rule:
    """lr · gradient over a root of some running size of it."""

    def candidate(
        parameter: Array, gradient: Array, memory: Memory, lr: float, epsilon: float, rho: float = 0.0
    ) -> None:
        memory["a"] = size(memory, gradient, rho)
        parameter -= lr * gradient / root(memory["a"], epsilon)

    return candidate


def total(memory: Memory, gradient: Array, rho: float) -> Array:
    return memory.get("a", 0.0) + gradient**2


def fading(memory: Memory, gradient: Array, rho: float) -> Array:
    return rho * memory.get("a", 0.0) + (1 - rho) * gradient**2


def outside(a: Array, epsilon: float) -> Array:
    return np.sqrt(a) + epsilon


def inside(a: Array, epsilon: float) -> Array:
    return np.sqrt(a + epsilon)


def no_root(a: Array, epsilon: float) -> Array:
    return a + epsilon


EPSILON_INSIDE = "You put epsilon inside the root. There it counts as its own root: 1e-8 becomes 1e-4."
