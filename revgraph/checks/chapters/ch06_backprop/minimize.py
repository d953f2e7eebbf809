"""minimize: gradient descent on a graph."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case, edge, part
from revgraph.checks.chapters.ch06_backprop.common import HIMMELBLAU, numbers
from revgraph.checks.chapters.ch06_backprop.evaluate import evaluate
from revgraph.checks.chapters.ch06_backprop.gradients import gradients
from revgraph.checks.chapters.ch06_backprop.graph import Node, build, plain
from revgraph.checks.chapters.common import Array, Function, Rng, fixed, ways
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def minimize(loss: Node, variables: list[Node], lr: float, steps: int) -> list[float]:
    losses = []
    for _ in range(steps):
        losses.append(float(evaluate(loss, {})))
        for variable, grad in zip(variables, gradients(loss, variables)):
            variable.value = variable.value - lr * grad
    return losses


LOSSES, PLACES = "the losses", "the steps"


def minimize_cases(rng: Rng) -> Iterator[Case]:
    for look, name in (("the places", PLACES), ("the losses", LOSSES)):
        for draw in (fixed(), rng):
            yield from (part(name, case(*descent, look=look)) for descent in _descents(draw))
    yield edge("no steps at all", "z = x * x", numbers(rng, "x"), ("x",), 0.1, 0)


def _descents(rng: Rng) -> Iterator[tuple[Any, ...]]:
    yield "z = (x - 3) * (x - 3)", numbers(rng, "x"), ("x",), 0.1, 3
    yield "z = (x - t) * (x - t)", numbers(rng, "x", "t"), ("x",), 0.25, 2
    yield HIMMELBLAU, numbers(rng, "x", "y"), ("x", "y"), 0.01, 5
    # Steps so long that the loss grows, or stays as it is.
    yield "z = (x - 3) * (x - 3)", numbers(rng, "x"), ("x",), 1.25, 4
    yield "z = x * x", numbers(rng, "x"), ("x",), 1.0, 3
    # At the lowest point already, and close to it.
    yield "z = (x - 3) * (x - 3)", {"x": 3.0}, ("x",), 0.1, 3
    yield "z = x * x", {"x": 1e-3}, ("x",), 0.25, 4
    starts = {name: rng.normal(size=(2, 3)).round(2) for name in "xy"}
    yield "d = x * y - 1; z = total(d * d)", starts, ("y", "x"), 0.05, 4


def minimize_probe(
    candidate: Function,
    graph: str,
    values: dict[str, Any],
    variables: tuple[str, ...],
    lr: float,
    steps: int,
    look: str = "the losses",
) -> Any:
    """The losses; with ``look="the places"`` where all leaves with a name of their own have gone instead."""
    built = build(graph, values)
    losses = candidate(built.output, [built.names[name] for name in variables], lr, steps)
    if look == "the places":
        return {f"{name} at the end": plain(built.names[name].value) for name in values}
    return [plain(loss) for loss in losses] if isinstance(losses, list | tuple | Array) else plain(losses)


def _step(variables: list[Node], grads: list[Array], lr: float) -> None:
    for variable, grad in zip(variables, grads):
        variable.value = variable.value - lr * grad


def _descent(
    loss: Node, variables: list[Node], lr: float, steps: int, step: Function = _step, after: bool = False
) -> list[float]:
    losses = []
    for _ in range(steps):
        before = float(evaluate(loss, {}))
        step(variables, gradients(loss, variables), lr)
        losses.append(float(evaluate(loss, {})) if after else before)
    return losses


def _one_after_another(loss: Node, variables: list[Node], lr: float, steps: int) -> list[float]:
    losses = []
    for _ in range(steps):
        losses.append(float(evaluate(loss, {})))
        for variable in variables:
            _step([variable], gradients(loss, [variable]), lr)
    return losses


def _gradients_once(loss: Node, variables: list[Node], lr: float, steps: int) -> list[float]:
    grads = gradients(loss, variables)
    losses = []
    for _ in range(steps):
        losses.append(float(evaluate(loss, {})))
        _step(variables, grads, lr)
    return losses


def _no_step(variables: list[Node], grads: list[Array], lr: float) -> None:
    """``for v, g in zip(…): v = v.value - lr * g`` gives the name v another meaning, and that is all."""


def _becomes_the_step(variables: list[Node], grads: list[Array], lr: float) -> None:
    for variable, grad in zip(variables, grads):
        variable.value = -lr * grad


def _multiplied(variables: list[Node], grads: list[Array], lr: float) -> None:
    for variable, grad in zip(variables, grads):
        variable.value = variable.value * (1 - lr * grad)


def _same_loss(loss: Node, variables: list[Node], lr: float, steps: int) -> list[float]:
    return [_descent(loss, variables, lr, steps)[0]] * steps


def _by_the_sign(variables: list[Node], grads: list[Array], lr: float) -> None:
    _step(variables, [np.sign(grad) for grad in grads], lr)


def _noted_for_each(loss: Node, variables: list[Node], lr: float, steps: int) -> list[float]:
    losses = []
    for _ in range(steps):
        for variable, grad in zip(variables, gradients(loss, variables)):
            _step([variable], [grad], lr)
            losses.append(float(evaluate(loss, {})))
    return losses


def _stops_before_noting(loss: Node, variables: list[Node], lr: float, steps: int) -> list[float]:
    losses: list[float] = []
    for _ in range(steps):
        now = float(evaluate(loss, {}))
        if losses and now > losses[-1]:
            break
        losses += _descent(loss, variables, lr, 1)
    return losses


def _stops_after_noting(loss: Node, variables: list[Node], lr: float, steps: int) -> list[float]:
    losses: list[float] = []
    for _ in range(steps):
        losses.append(float(evaluate(loss, {})))
        if losses[-2:] != sorted(losses[-2:], reverse=True):
            break
        _step(variables, gradients(loss, variables), lr)
    return losses


MINIMIZE = Exercise(
    name="minimize",
    points=20,
    reference=minimize,
    cases=minimize_cases,
    probe=minimize_probe,
    parts={PLACES: 12, LOSSES: 8},
    recorded=[
        Recorded(
            part(LOSSES, case("z = x * x + x * y + y * y", {"x": 1.0, "y": -2.0}, ("x", "y"), 0.1, 3)),
            [np.array(3.0), np.array(2.19), np.array(1.6563)],
            "PyTorch 2.13.0, torch.optim.SGD",
        ),
        Recorded(
            part(
                PLACES,
                case(
                    "z = x * x + x * y + y * y", {"x": 1.0, "y": -2.0}, ("x", "y"), 0.1, 3, look="the places"
                ),
            ),
            {"x at the end": np.array(0.922), "y at the end": np.array(-1.265)},
            "PyTorch 2.13.0, torch.optim.SGD",
        ),
        Recorded(
            part(LOSSES, case(HIMMELBLAU, {"x": 0.0, "y": 0.0}, ("x", "y"), 0.01, 3)),
            [np.array(170.0), np.array(162.18410272000003), np.array(149.1808933524183)],
            "PyTorch 2.13.0, torch.optim.SGD",
        ),
        Recorded(
            part(PLACES, case(HIMMELBLAU, {"x": 0.0, "y": 0.0}, ("x", "y"), 0.01, 3, look="the places")),
            {"x at the end": np.array(0.604724168524076), "y at the end": np.array(0.830104151257185)},
            "PyTorch 2.13.0, torch.optim.SGD",
        ),
    ],
    uses=("gradients", "evaluate"),
    why="All gradients are computed before anything moves: a step goes from one place, for all variables at once.",
    next="one step: the loss as it is now, all gradients, and only then all variables.",
    misconceptions=[
        Misconception(
            "uphill",
            partial(_descent, step=lambda variables, grads, lr: _step(variables, grads, -lr)),
            "You went uphill. The gradient points to where the loss grows.",
        ),
        Misconception(
            "loss after the step",
            partial(_descent, after=True),
            "The steps are right, but each loss was taken after its step. Take it before.",
            "what should be the first entry of the list, if steps is 1?",
        ),
        Misconception(
            "one after another",
            _one_after_another,
            "You moved one variable, and computed the next one's gradient at the new place. A step moves all "
            "variables at once, from the same place.",
            "how many calls of `gradients` does one step need?",
        ),
        Misconception(
            "gradients once",
            _gradients_once,
            "You computed the gradients once, at the start. After each step the slope is another one.",
        ),
        Misconception(
            "nothing moves",
            partial(_descent, step=_no_step),
            "The variables have not moved. `v = …` in a loop only gives the name v another meaning; "
            "`v.value = …` changes the node.",
        ),
        Misconception(
            "last loss only",
            lambda loss, variables, lr, steps: (_descent(loss, variables, lr, steps) or [0.0])[-1],
            "You returned a single loss. Return the list of all of them, one a step.",
        ),
        Misconception(
            "one loss too many",
            lambda loss, variables, lr, steps: [
                *_descent(loss, variables, lr, steps),
                float(evaluate(loss, {})),
            ],
            "Your list has one loss too many: there is one a step, taken before it.",
        ),
        Misconception(
            "no learning rate",
            lambda loss, variables, lr, steps: _descent(loss, variables, 1.0, steps),
            "You subtracted the whole gradient. The learning rate says how much of it a step takes.",
        ),
        Misconception(
            "learning rate twice",
            lambda loss, variables, lr, steps: _descent(loss, variables, lr * lr, steps),
            "The learning rate went into the step twice.",
            "in how many places do you multiply by `lr`?",
        ),
        Misconception(
            "divides by the learning rate",
            lambda loss, variables, lr, steps: _descent(loss, variables, 1 / lr, steps),
            "You divided by the learning rate. It says which part of the gradient a step takes: multiply by it.",
        ),
        Misconception(
            "the sign alone",
            partial(_descent, step=_by_the_sign),
            "Your steps are all of the same size: you took only the sign of the gradient. Where the slope is small, "
            "so is the step.",
        ),
        Misconception(
            "one step too few",
            lambda loss, variables, lr, steps: [
                *_descent(loss, variables, lr, steps - 1),
                float(evaluate(loss, {})),
            ],
            "The losses are right, and one step is missing: the last loss is followed by a step, too.",
            "for `steps` 1, how often must the variables move?",
        ),
        Misconception(
            "a loss for each variable",
            _noted_for_each,
            "You noted a loss for each variable, after it had moved. There is one a step, before anything moves.",
            "how far is your `append` indented?",
        ),
        Misconception(
            "becomes the step",
            partial(_descent, step=_becomes_the_step),
            "A variable became the step itself. The step is subtracted from what the variable was.",
            "what is `variable.value` before the step, and what after it?",
        ),
        Misconception(
            "multiplies",
            partial(_descent, step=_multiplied),
            "You multiplied a variable by 1 − lr · gradient. The step does not depend on how large the variable is: it is subtracted.",
            "where the variable is 0, and the gradient is not, where should a step lead?",
        ),
        Misconception(
            "loss of the first step",
            _same_loss,
            "Every entry of your list is the first loss. After each step the graph must be evaluated again.",
            "which of your functions computes the loss anew?",
        ),
        *ways(
            "stops when the loss grows",
            "You stopped where the loss grew. Take as many steps as `steps` says, wherever they lead.",
            "what ends your loop, besides its count?",
            _stops_before_noting,
            _stops_after_noting,
        ),
        Misconception(
            "one step",
            lambda loss, variables, lr, steps: _descent(loss, variables, lr, 1),
            "You took one step, whatever `steps` says.",
            "is the `return` inside the loop?",
        ),
    ],
)
