"""Chapter 09: from plain descent to Adam. Every rule writes into its parameter."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.compare import Tolerance
from revgraph.checks.exercise import Exercise, Misconception, Recorded

Array = np.ndarray
Memory = dict[str, Any]
Rule = Callable[..., None]
Rng = np.random.Generator

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


# The rules


def sgd(parameter: Array, gradient: Array, memory: Memory, lr: float) -> None:
    parameter -= lr * gradient


def momentum(parameter: Array, gradient: Array, memory: Memory, lr: float, momentum: float) -> None:
    memory["v"] = momentum * memory.get("v", 0.0) - lr * gradient
    parameter += memory["v"]


def nesterov(parameter: Array, gradient: Array, memory: Memory, lr: float, momentum: float) -> None:
    memory["v"] = momentum * memory.get("v", 0.0) - lr * gradient
    parameter += momentum * memory["v"] - lr * gradient


def adagrad(parameter: Array, gradient: Array, memory: Memory, lr: float, epsilon: float) -> None:
    memory["a"] = memory.get("a", 0.0) + gradient**2
    parameter -= lr * gradient / (np.sqrt(memory["a"]) + epsilon)


def rmsprop(parameter: Array, gradient: Array, memory: Memory, lr: float, rho: float, epsilon: float) -> None:
    memory["a"] = rho * memory.get("a", 0.0) + (1 - rho) * gradient**2
    parameter -= lr * gradient / (np.sqrt(memory["a"]) + epsilon)


def adadelta(
    parameter: Array, gradient: Array, memory: Memory, lr: float, rho: float, epsilon: float
) -> None:
    memory["a"] = rho * memory.get("a", 0.0) + (1 - rho) * gradient**2
    b = memory.get("b", 0.0)
    move = gradient * np.sqrt(b + epsilon) / np.sqrt(memory["a"] + epsilon)
    memory["b"] = rho * b + (1 - rho) * move**2
    parameter -= lr * move


def adam(
    parameter: Array, gradient: Array, memory: Memory, lr: float, beta1: float, beta2: float, epsilon: float
) -> None:
    adam_like(parameter, gradient, memory, lr, beta1, beta2, epsilon)


def amsgrad(
    parameter: Array, gradient: Array, memory: Memory, lr: float, beta1: float, beta2: float, epsilon: float
) -> None:
    adam_like(parameter, gradient, memory, lr, beta1, beta2, epsilon, largest=True)


def adam_like(
    parameter: Array,
    gradient: Array,
    memory: Memory,
    lr: float,
    beta1: float,
    beta2: float,
    epsilon: float,
    *,
    largest: bool = False,
    correct_first: bool = True,
    correct_second: bool = True,
    inside: bool = False,
    power: int = 2,
    t: int | None = None,
) -> None:
    """Adam, its variant with the largest second moment, and, by the options, the wrong Adams."""
    t = t or memory.get("t", 0) + 1
    m = beta1 * memory.get("m", 0.0) + (1 - beta1) * gradient
    v = beta2 * memory.get("v", 0.0) + (1 - beta2) * np.abs(gradient) ** power
    top = np.maximum(memory.get("top", 0.0), v) if largest else v
    memory.update(t=t, m=m, v=v, top=top)
    m = m / (1 - beta1**t) if correct_first else m
    size = top / (1 - beta2**t) if correct_second else top
    parameter -= lr * m / (np.sqrt(size + epsilon) if inside else np.sqrt(size) + epsilon)


# Wrong rules


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


def signs_only(parameter: Array, gradient: Array, memory: Memory, lr: float) -> None:
    parameter -= lr * np.sign(gradient)


def without_lr(parameter: Array, gradient: Array, memory: Memory, lr: float) -> None:
    parameter -= gradient


def averaged_velocity(parameter: Array, gradient: Array, memory: Memory, lr: float, momentum: float) -> None:
    memory["v"] = momentum * memory.get("v", 0.0) - (1 - momentum) * lr * gradient
    parameter += memory["v"]


def lr_twice(parameter: Array, gradient: Array, memory: Memory, lr: float, momentum: float) -> None:
    memory["v"] = momentum * memory.get("v", 0.0) - lr * gradient
    parameter += lr * memory["v"]


def old_velocity(parameter: Array, gradient: Array, memory: Memory, lr: float, momentum: float) -> None:
    v = memory.get("v", 0.0)
    memory["v"] = momentum * v - lr * gradient
    parameter += v


def never_slowing(parameter: Array, gradient: Array, memory: Memory, lr: float, momentum: float) -> None:
    memory["v"] = memory.get("v", 0.0) - lr * gradient
    parameter += memory["v"]


def look_ahead_only(parameter: Array, gradient: Array, memory: Memory, lr: float, momentum: float) -> None:
    memory["v"] = momentum * memory.get("v", 0.0) - lr * gradient
    parameter += momentum * memory["v"]


def velocity_and_gradient(
    parameter: Array, gradient: Array, memory: Memory, lr: float, momentum: float
) -> None:
    memory["v"] = momentum * memory.get("v", 0.0) - lr * gradient
    parameter += memory["v"] - lr * gradient


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


def adadelta_wrong(
    moves_first: bool = False, outside: bool = False, squares_of_g: bool = False, ratio: bool = True
) -> Rule:
    def candidate(
        parameter: Array, gradient: Array, memory: Memory, lr: float, rho: float, epsilon: float
    ) -> None:
        def root(value: Any) -> Any:
            return np.sqrt(value) + epsilon if outside else np.sqrt(value + epsilon)

        a = memory["a"] = rho * memory.get("a", 0.0) + (1 - rho) * gradient**2
        b = memory.get("b", 0.0)
        if moves_first:
            b = rho * b + (1 - rho) * gradient**2
        move = gradient * (root(b) if ratio else 1.0) / root(a)
        memory["b"] = b if moves_first else rho * b + (1 - rho) * (gradient if squares_of_g else move) ** 2
        parameter -= lr * move

    return candidate


def wrong_adam(**how: Any) -> Rule:
    def candidate(parameter: Array, gradient: Array, memory: Memory, **hyper: float) -> None:
        adam_like(parameter, gradient, memory, **hyper, **how)  # type: ignore[arg-type]

    return candidate


def swapped_betas(
    parameter: Array, gradient: Array, memory: Memory, lr: float, beta1: float, beta2: float, epsilon: float
) -> None:
    adam_like(parameter, gradient, memory, lr, beta2, beta1, epsilon)


def largest_of_corrected(
    parameter: Array, gradient: Array, memory: Memory, lr: float, beta1: float, beta2: float, epsilon: float
) -> None:
    t = memory.get("t", 0) + 1
    m = beta1 * memory.get("m", 0.0) + (1 - beta1) * gradient
    v = beta2 * memory.get("v", 0.0) + (1 - beta2) * gradient**2
    top = np.maximum(memory.get("top", 0.0), v / (1 - beta2**t))
    memory.update(t=t, m=m, v=v, top=top)
    parameter -= lr * m / (1 - beta1**t) / (np.sqrt(top) + epsilon)


def largest_square(
    parameter: Array, gradient: Array, memory: Memory, lr: float, beta1: float, beta2: float, epsilon: float
) -> None:
    top = np.maximum(memory.get("top", 0.0), gradient**2)
    t = memory.get("t", 0) + 1
    m = beta1 * memory.get("m", 0.0) + (1 - beta1) * gradient
    memory.update(t=t, m=m, top=top)
    parameter -= lr * m / (1 - beta1**t) / (np.sqrt(top / (1 - beta2**t)) + epsilon)


def largest_kept_as_average(
    parameter: Array, gradient: Array, memory: Memory, lr: float, beta1: float, beta2: float, epsilon: float
) -> None:
    t = memory.get("t", 0) + 1
    m = beta1 * memory.get("m", 0.0) + (1 - beta1) * gradient
    old = memory.get("v", 0.0)
    v = np.maximum(old, beta2 * old + (1 - beta2) * gradient**2)
    memory.update(t=t, m=m, v=v)
    parameter -= lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + epsilon)


def not_in_place(rule: Rule) -> Misconception:
    return Misconception(
        "makes a new array",
        rebinding(rule),
        "The parameter did not move: `parameter = parameter - ...` makes a new array and leaves the old one as it is.",
        "which operator writes into the array itself?",
    )


def goes_uphill(rule: Rule) -> Misconception:
    return Misconception(
        "uphill",
        uphill(rule),
        "Your steps have the right length, but go uphill: the gradient points to where the loss grows.",
        "which sign takes you down?",
    )


def keeps_nothing(rule: Rule, what: str) -> Misconception:
    return Misconception(
        "keeps nothing",
        forgetting(rule),
        f"Every step starts afresh: {what} is not kept in `memory` for the next step.",
        "after the first step, which key should `memory` have?",
    )


# What PyTorch 2.13.0's optimizers make of the parameter 1, -2 in three steps with these gradients.
START = np.array([1.0, -2.0])
DOWN = np.array([[0.5, -1.0], [0.25, 2.0], [-1.0, 1e-8]])
TORCH = "PyTorch 2.13.0, torch.optim"

LR = {"lr": (0.05, 0.3)}
MOMENTUM = {**LR, "momentum": (0.5, 0.95)}
RHO = {"lr": (0.05, 0.3), "rho": (0.6, 0.95), "epsilon": (0, 0)}
BETAS = {"lr": (0.05, 0.3), "beta1": (0.5, 0.9), "beta2": (0.91, 0.999), "epsilon": (0, 0)}


def exercise(
    name: str,
    points: float,
    reference: Rule,
    ranges: Mapping[str, tuple[float, float]],
    hyper: Mapping[str, float],
    value: Array,
    misconceptions: list[Misconception],
    next: str,
) -> Exercise:
    return Exercise(
        name=name,
        points=points,
        reference=reference,
        probe=run,
        cases=cases_for(**ranges),
        recorded=[Recorded(case(START, DOWN, **hyper), value, TORCH)],
        misconceptions=misconceptions,
        next=next,
        tolerance=Tolerance(relative=1e-9, absolute=1e-13),
    )


EPSILON_INSIDE = "You put epsilon inside the root. There it counts as its own root: 1e-8 becomes 1e-4."

EXERCISES = [
    exercise(
        "sgd",
        5,
        sgd,
        LR,
        {"lr": 0.1},
        np.array([[0.95, -1.9], [0.925, -2.1], [1.025, -2.100000001]]),
        [
            goes_uphill(sgd),
            not_in_place(sgd),
            Misconception(
                "sign only",
                signs_only,
                "All your steps have length lr. Where the slope is steep, the step should be long.",
            ),
            Misconception("without lr", without_lr, "Your step does not use lr."),
        ],
        "which way does the gradient point, and which way do you want to go?",
    ),
    exercise(
        "momentum",
        10,
        momentum,
        MOMENTUM,
        {"lr": 0.1, "momentum": 0.9},
        np.array([[0.95, -1.9], [0.88, -2.01], [0.917, -2.1090000009999996]]),
        [
            goes_uphill(momentum),
            not_in_place(momentum),
            keeps_nothing(momentum, "the velocity"),
            Misconception(
                "averages",
                averaged_velocity,
                "You weigh the gradient by 1 - momentum. Here the velocity is a sum, not an average: the new gradient counts in full.",
            ),
            Misconception(
                "lr twice",
                lr_twice,
                "You multiply by lr twice: when the velocity takes up the gradient, and again when the parameter moves.",
            ),
            Misconception(
                "old velocity",
                old_velocity,
                "The parameter moves by the velocity of the step before. Update the velocity first, then move.",
            ),
            Misconception(
                "never slows",
                never_slowing,
                "The old velocity counts in full. It should fade: each step keeps the share `momentum` of it.",
            ),
        ],
        "two lines: first the new velocity, then the parameter moves by it.",
    ),
    exercise(
        "nesterov",
        10,
        nesterov,
        MOMENTUM,
        {"lr": 0.1, "momentum": 0.9},
        np.array([[0.905, -1.81], [0.817, -2.109], [0.9503, -2.1981000019]]),
        [
            goes_uphill(nesterov),
            not_in_place(nesterov),
            keeps_nothing(nesterov, "the velocity"),
            Misconception(
                "plain momentum",
                momentum,
                "That is plain momentum. Nesterov's step uses the velocity once more, after it has taken up this gradient.",
                "did you take the velocity from before this gradient, or the new one?",
            ),
            Misconception(
                "look ahead alone",
                look_ahead_only,
                "You move by momentum times the new velocity, but the gradient's own part, -lr·g, is missing.",
            ),
            Misconception(
                "no second factor",
                velocity_and_gradient,
                "The new velocity counts in full in your step. It is multiplied by momentum once more.",
            ),
        ],
        "start from your momentum; only the line that moves the parameter changes.",
    ),
    exercise(
        "adagrad",
        10,
        adagrad,
        {"lr": (0.05, 0.3), "epsilon": (0, 0)},
        {"lr": 0.1, "epsilon": 1e-8},
        np.array(
            [
                [0.900000002, -1.900000001],
                [0.8552786432500041, -1.9894427196999915],
                [0.9425657985824963, -1.9894427201472051],
            ]
        ),
        [
            goes_uphill(adagrad),
            not_in_place(adagrad),
            keeps_nothing(adagrad, "the sum of squares"),
            Misconception("epsilon inside", divided(total, inside), EPSILON_INSIDE),
            Misconception(
                "no root",
                divided(total, no_root),
                "You divide by the sum of squares itself. Its root has the unit of a gradient; take that.",
            ),
            Misconception(
                "sums sizes",
                divided(lambda memory, g, rho: memory.get("a", 0.0) + np.abs(g), lambda a, e: a + e),
                "You add up the gradients' sizes. Adagrad adds up their squares and takes the root of the sum.",
            ),
        ],
        "first add the square to the sum in `memory`, then divide the step by the root of the sum.",
    ),
    exercise(
        "rmsprop",
        10,
        rmsprop,
        RHO,
        {"lr": 0.1, "rho": 0.9, "epsilon": 1e-8},
        np.array(
            [
                [0.6837722539831608, -1.6837722439831617],
                [0.5363303065239152, -1.9694865256158147],
                [0.818188228662653, -1.9694865271216613],
            ]
        ),
        [
            goes_uphill(rmsprop),
            not_in_place(rmsprop),
            keeps_nothing(rmsprop, "the average of squares"),
            Misconception("epsilon inside", divided(fading, inside), EPSILON_INSIDE),
            Misconception(
                "weights swapped",
                divided(lambda memory, g, rho: (1 - rho) * memory.get("a", 0.0) + rho * g**2, outside),
                "You swapped the two weights: rho belongs to the old average, 1 - rho to the new square.",
            ),
            Misconception(
                "no weight on the new",
                divided(lambda memory, g, rho: rho * memory.get("a", 0.0) + g**2, outside),
                "The new square counts in full. In an average the weights sum to 1: rho and 1 - rho.",
            ),
            Misconception(
                "Adagrad",
                divided(total, outside),
                "That is Adagrad: your sum never forgets. RMSProp's average fades by rho at each step.",
            ),
        ],
        "only one line of your adagrad changes: how `memory` takes up the new square.",
    ),
    exercise(
        "adadelta",
        15,
        adadelta,
        RHO,
        {"lr": 1.0, "rho": 0.9, "epsilon": 1e-6},
        np.array(
            [
                [0.9968377855834876, -1.9968377381511013],
                [0.9947526985556963, -2.000878334104818],
                [0.9990594141678937, -2.000878334133121],
            ]
        ),
        [
            goes_uphill(adadelta),
            not_in_place(adadelta),
            keeps_nothing(adadelta, "what the two averages hold"),
            Misconception(
                "epsilon outside",
                adadelta_wrong(outside=True),
                "You put epsilon outside the roots. Here it belongs inside: while both averages are near zero it sets the size of the move.",
            ),
            Misconception(
                "no numerator",
                adadelta_wrong(ratio=False),
                "Your move has no numerator: the root of the average of earlier moves is missing. What is left is RMSProp.",
            ),
            Misconception(
                "gradients in both",
                adadelta_wrong(squares_of_g=True),
                "Your second average takes up the gradient. It should take up the move that was made.",
            ),
            Misconception(
                "second average too early",
                adadelta_wrong(moves_first=True),
                "Your second average takes up the gradient before the move is made. The move uses the average of the earlier moves alone.",
            ),
        ],
        "four lines in this order: average of squares, move, average of moves, parameter.",
    ),
    exercise(
        "adam",
        20,
        adam,
        BETAS,
        {"lr": 0.1, "beta1": 0.9, "beta2": 0.99, "epsilon": 1e-8},
        np.array(
            [
                [0.900000002, -1.900000001],
                [0.8066552041877673, -1.9365607721026055],
                [0.8272376406562172, -1.9648866625090615],
            ]
        ),
        [
            goes_uphill(adam),
            not_in_place(adam),
            keeps_nothing(adam, "what the averages and the counter hold"),
            Misconception(
                "no correction",
                wrong_adam(correct_first=False, correct_second=False),
                "Neither average is corrected. Both start at zero, so at step t they are too small, by 1 - beta**t.",
            ),
            Misconception(
                "only the mean corrected",
                wrong_adam(correct_second=False),
                "You corrected the average of gradients, but not the average of squares.",
            ),
            Misconception(
                "only the squares corrected",
                wrong_adam(correct_first=False),
                "You corrected the average of squares, but not the average of gradients.",
            ),
            Misconception(
                "t stays 1",
                wrong_adam(t=1),
                "Your first step is right, but t stays 1. It counts the steps of this parameter, so it must be kept in `memory`.",
            ),
            Misconception("epsilon inside", wrong_adam(inside=True), EPSILON_INSIDE),
            Misconception(
                "betas swapped",
                swapped_betas,
                "You swapped the betas: beta1 belongs to the average of gradients, beta2 to the average of squares.",
            ),
            Misconception(
                "not squared",
                wrong_adam(power=1),
                "Your second average takes up the size of the gradient. It should take up its square.",
            ),
        ],
        "five lines: t, the two averages, the two corrections; then one line moves the parameter.",
    ),
    exercise(
        "amsgrad",
        10,
        amsgrad,
        BETAS,
        {"lr": 0.1, "beta1": 0.9, "beta2": 0.99, "epsilon": 1e-8},
        np.array(
            [
                [0.900000002, -1.900000001],
                [0.8066552041877673, -1.9365607721026055],
                [0.8272376406562172, -1.9647446772029837],
            ]
        ),
        [
            goes_uphill(amsgrad),
            not_in_place(amsgrad),
            Misconception(
                "Adam",
                adam,
                "That is Adam. Divide by the root of the largest average of squares so far, not of the present one.",
            ),
            Misconception(
                "largest of the corrected",
                largest_of_corrected,
                "You compare the corrected averages. Compare them as they are, and correct the largest.",
            ),
            Misconception(
                "largest square",
                largest_square,
                "You keep the largest single square. Keep the largest value that the average of squares has had.",
            ),
            Misconception(
                "no average beside it",
                largest_kept_as_average,
                "Your average of squares is overwritten by the largest. Both must be kept: the average goes on falling by itself.",
            ),
        ],
        "one more entry in `memory`: the largest average of squares so far.",
    ),
]
