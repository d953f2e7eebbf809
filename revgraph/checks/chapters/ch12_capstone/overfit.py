"""overfit: a few samples, learned by heart."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case, part
from revgraph.checks.chapters.common import Array, Function, Rng, fixed
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def overfit(step: Function, x: Array, labels: Array, n: int, goal: float, at_most: int) -> list[float]:
    losses: list[float] = []
    for _ in range(at_most):
        losses.append(step(x[:n], labels[:n]))
        if losses[-1] < goal:
            break
    return losses


def overfit_to_given_losses(
    candidate: Function, losses: list[float], samples: int, n: int, goal: float, at_most: int
) -> Any:
    """The steps give ``losses``, one after another, and the last again and again. Label i belongs to row i of x."""
    x, labels, seen = np.arange(2.0 * samples).reshape(samples, 2), np.arange(samples), list[Any]()

    def step(xb: Array, yb: Array) -> float:
        seen.append((np.asarray(xb), np.asarray(yb)))
        if len(seen) > len(losses) + at_most + 20:
            raise RuntimeError("the steps never end")
        return losses[min(len(seen), len(losses)) - 1]

    found = candidate(step, x, labels, n, goal, at_most)
    if found is None:
        return None
    return {
        "each step trained on": trained_on(seen, x, labels, n),
        "number of steps": len(seen),
        "the list of losses": np.asarray(found, float),
    }


SAME_SAMPLES = "the same first n samples"


def trained_on(seen: list[tuple[Array, Array]], x: Array, labels: Array, n: int) -> str:
    if any(np.ndim(yb) == 0 for _, yb in seen):
        return "a single sample, not a batch"
    if any(np.ndim(xb) == 1 and np.ndim(yb) == 2 for xb, yb in seen):
        return "labels as images, and images as labels"
    if any(np.ndim(yb) != 1 or yb.dtype.kind != labels.dtype.kind for _, yb in seen):
        return "labels in another form"
    if any(len(xb) != len(yb) for xb, yb in seen):
        fewer = all(len(xb) < len(yb) for xb, yb in seen)
        return "fewer images than labels" if fewer else "more images than labels"
    if any(not np.array_equal(xb, x[yb]) for xb, yb in seen):
        return "images with the labels of others"
    if all(np.array_equal(np.sort(yb), labels[:n]) for _, yb in seen):
        return SAME_SAMPLES
    if all(len(yb) == len(labels) for _, yb in seen):
        return "all samples"
    if all(len(yb) == n for _, yb in seen):
        return f"{n} samples, but not always the first {n}"
    sizes = sorted({len(yb) for _, yb in seen})
    return f"batches of size {' and '.join(map(str, sizes))}"


GOAL, LIMIT = "stops at the goal", "stops at the limit"


def overfit_cases(rng: Rng) -> Iterator[Case]:
    yield part(GOAL, case([2.0, 1.0, 0.05, 0.01], samples=9, n=3, goal=0.1, at_most=50))
    yield part(GOAL, case([2.0, 2.5, 1.5, 1.6, 0.05, 0.01], samples=9, n=4, goal=0.1, at_most=50))
    yield part(GOAL, case([2.0, 1.0, 1.5, 0.7, 0.9, 0.05], samples=9, n=2, goal=0.1, at_most=50))
    yield part(GOAL, case([2.0, 0.5, 0.25, 0.2, 0.1], samples=8, n=3, goal=0.25, at_most=50))
    yield part(GOAL, case([2.0, 1.0, 0.5, 0.4, 0.1], samples=9, n=4, goal=0.5, at_most=50))
    yield part(GOAL, case([2.0, 1.9, 0.5], samples=8, n=2, goal=0.6, at_most=3))
    yield part(GOAL, case([0.001, 0.0005], samples=7, n=2, goal=0.01, at_most=5))
    yield part(LIMIT, case([2.0, 1.9, 1.8], samples=8, n=5, goal=0.01, at_most=6))
    yield part(LIMIT, case([2.0, 1.9, 1.8, 1.7, 0.005], samples=9, n=4, goal=0.01, at_most=4))
    for source in (fixed(), rng):
        falling = 3 * np.exp(-np.cumsum(source.uniform(0.01, 0.3, 40)))
        losses = [float(loss) for loss in falling]
        yield part(GOAL, case(losses, samples=30, n=20, goal=float(falling[25]), at_most=100))
        yield part(LIMIT, case(losses, samples=30, n=20, goal=float(falling[25]), at_most=20))


def overfit_on(choose: Callable[[Array, int, int], Any]) -> Function:
    """The right loop, on other samples: ``choose(indices, n, i)`` gives those of step i."""

    def answer(step: Function, x: Array, labels: Array, n: int, goal: float, at_most: int) -> list[float]:
        losses: list[float] = []
        while len(losses) < at_most and (not losses or losses[-1] >= goal):
            chosen = choose(labels, n, len(losses))
            losses.append(step(x[chosen], labels[chosen]))
        return losses

    return answer


def always_all(step: Function, x: Array, labels: Array, n: int, goal: float, at_most: int) -> list[float]:
    return [step(x[:n], labels[:n]) for _ in range(at_most)]


def without_the_last(*inputs: Any) -> list[float]:
    losses = overfit(*inputs)
    return losses[:-1] if losses[-1] < inputs[4] else losses


def stops_above(step: Function, x: Array, labels: Array, n: int, goal: float, at_most: int) -> list[float]:
    losses: list[float] = []
    while len(losses) < at_most and (not losses or losses[-1] <= goal):
        losses.append(step(x[:n], labels[:n]))
    return losses


def two_a_round(step: Function, x: Array, labels: Array, n: int, goal: float, at_most: int) -> list[float]:
    losses: list[float] = []
    for _ in range(at_most):
        if step(x[:n], labels[:n]) < goal:
            break
        losses.append(step(x[:n], labels[:n]))
    return losses


def one_more(step: Function, x: Array, labels: Array, n: int, goal: float, at_most: int) -> list[float]:
    losses = overfit(step, x, labels, n, goal, at_most)
    return [*losses, step(x[:n], labels[:n])] if len(losses) < at_most else losses


def until_it_rises(step: Function, x: Array, labels: Array, n: int, goal: float, at_most: int) -> list[float]:
    losses: list[float] = []
    for _ in range(at_most):
        losses.append(step(x[:n], labels[:n]))
        if losses[-1] < goal or losses[-1] > min(losses):
            break
    return losses


def already_at_the_goal(
    step: Function, x: Array, labels: Array, n: int, goal: float, at_most: int
) -> list[float]:
    return overfit(step, x, labels, n, float(np.nextafter(goal, np.inf)), at_most)


def without_limit(step: Function, x: Array, labels: Array, n: int, goal: float, at_most: int) -> list[float]:
    return overfit(step, x, labels, n, goal, 10**9)


OVERFIT = Exercise(
    name="overfit",
    points=10,
    parts={GOAL: 7, LIMIT: 3},
    reference=overfit,
    probe=overfit_to_given_losses,
    cases=overfit_cases,
    recorded=[
        Recorded(
            part(GOAL, case([0.9, 0.3, 0.1], samples=6, n=2, goal=0.2, at_most=10)),
            {
                "each step trained on": SAME_SAMPLES,
                "number of steps": 3,
                "the list of losses": np.array([0.9, 0.3, 0.1]),
            },
            "by hand: 0.1 is the first below 0.2",
        )
    ],
    next="go through the losses by hand: after which of them is it time to stop?",
    why="`for` takes care of the limit; noting before deciding keeps the loss that has reached the goal.",
    misconceptions=[
        Misconception(
            "all samples",
            overfit_on(lambda labels, n, i: labels),
            "You trained on all samples. The test is about a few.",
            "which slice gives the first n rows?",
        ),
        Misconception(
            "the next ones each time",
            overfit_on(lambda labels, n, i: (np.arange(n) + i * n) % len(labels)),
            "You took other samples in each step. It must be the same few, again and again.",
            "does your slice depend on the step?",
        ),
        Misconception(
            "as many steps as samples",
            lambda step, x, labels, n, goal, at_most: overfit(step, x, labels, n, goal, n),
            "You took at most n steps. n is the number of samples; `at_most` is that of the steps.",
        ),
        Misconception(
            "two steps a round",
            two_a_round,
            "You took two steps for each loss that you noted. Every call of `step` trains once more.",
            "call `step` once in a round, and give what it returns a name.",
        ),
        Misconception(
            "other samples",
            overfit_on(lambda labels, n, i: labels[-n:]),
            "You trained on n samples, but not on the first n in every step. Those are asked for.",
            "which slice gives the first n rows?",
        ),
        Misconception(
            "one at a time",
            overfit_on(lambda labels, n, i: labels[i % n : i % n + 1]),
            "You trained on one sample a step. All n of them go into one batch.",
            "which slice gives the first n rows?",
        ),
        Misconception(
            "one sample too few",
            overfit_on(lambda labels, n, i: labels[: n - 1]),
            "You trained on n - 1 samples. `x[:n]` has n rows: the end of a slice is left out already.",
        ),
        Misconception(
            "one sample too many",
            overfit_on(lambda labels, n, i: labels[: n + 1]),
            "You trained on n + 1 samples. `x[:n]` has n rows, which count from 0.",
        ),
        Misconception(
            "always all steps",
            always_all,
            "You did not stop when the goal was reached.",
            "what should happen once a loss lies below `goal`?",
        ),
        Misconception(
            "one step more",
            one_more,
            "You took one more step after the loss had fallen below the goal.",
            "at which place in the loop do you look at the loss?",
        ),
        Misconception(
            "without the last loss",
            without_the_last,
            "The loss that reached the goal is missing from your list.",
            "do you note the loss before you decide to stop?",
        ),
        Misconception(
            "until it rises",
            until_it_rises,
            "You gave up when the loss rose. It may rise now and then on its way down.",
            "which two things may end the loop?",
        ),
        Misconception(
            "without a limit",
            without_limit,
            "A network that cannot learn would keep you here forever: `at_most` steps are allowed.",
            "what ends your loop if the loss never reaches the goal?",
        ),
        Misconception(
            "only the last",
            lambda *inputs: overfit(*inputs)[-1],
            "You returned the last loss alone. The exercise asks for the list of all of them.",
            "what is appended to in your loop, and is it what you return?",
        ),
        Misconception(
            "already at the goal",
            already_at_the_goal,
            "You stopped when a loss was equal to the goal. It should lie below.",
            "which is it, `<` or `<=`?",
        ),
        Misconception(
            "one step over the limit",
            lambda step, x, labels, n, goal, at_most: overfit(step, x, labels, n, goal, at_most + 1),
            "You took one step more than `at_most`.",
            "how many rounds does your loop make if the goal is never reached?",
        ),
        Misconception(
            "one step short of the limit",
            lambda step, x, labels, n, goal, at_most: overfit(step, x, labels, n, goal, at_most - 1),
            "You took one step less than `at_most`.",
            "how many rounds does your loop make if the goal is never reached?",
        ),
        Misconception(
            "one step",
            lambda step, x, labels, n, goal, at_most: [step(x[:n], labels[:n])],
            "You took a single step.",
            "is your `return` in the loop, or after it?",
        ),
        Misconception(
            "a step before the loop",
            lambda step, x, labels, n, goal, at_most: [
                step(x[:n], labels[:n]),
                *overfit(step, x, labels, n, goal, at_most),
            ],
            "You took a step before the loop. It counts, too: towards the limit, and it may have reached the goal.",
            "how often is `step` called if the first loss lies below the goal?",
        ),
        Misconception(
            "labels first",
            lambda step, *inputs: overfit(lambda xb, yb: step(yb, xb), *inputs),
            "You hand `step` the labels first. It takes the images, then their labels.",
            "in which order does `step` take the two?",
        ),
        Misconception(
            "labels not cut",
            lambda step, x, labels, *how: overfit(lambda xb, yb: step(xb, labels), x, labels, *how),
            "You took the first n images, and all the labels.",
            "which slice do the labels need?",
        ),
        Misconception(
            "the nth alone",
            lambda step, x, labels, n, *how: overfit(
                lambda xb, yb: step(x[n], labels[n]), x, labels, n, *how
            ),
            "`x[n]` is a single sample, the one with index n. The first n are a slice.",
            "what does the colon do in `x[:n]`?",
        ),
        Misconception(
            "stops above the goal",
            stops_above,
            "You stopped at the first loss above the goal. It is reached when a loss lies below it.",
            "which way round does your `<` or `>` point?",
        ),
    ],
)
