"""adadelta: a move with the unit of a parameter."""

from typing import Any

import numpy as np

from revgraph.checks.chapters.ch09_optimizers.common import (
    RHO,
    Memory,
    Rule,
    keeps_nothing,
    optimizer,
)
from revgraph.checks.chapters.common import Array
from revgraph.checks.exercise import Misconception


def adadelta(
    parameter: Array, gradient: Array, memory: Memory, lr: float, rho: float, epsilon: float
) -> None:
    memory["a"] = rho * memory.get("a", 0.0) + (1 - rho) * gradient**2
    b = memory.get("b", 0.0)
    move = gradient * np.sqrt(b + epsilon) / np.sqrt(memory["a"] + epsilon)
    memory["b"] = rho * b + (1 - rho) * move**2
    parameter -= lr * move


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


ADADELTA = optimizer(
    name="adadelta",
    points=15,
    reference=adadelta,
    ranges=RHO,
    settings={"lr": 1.0, "rho": 0.9, "epsilon": 1e-6},
    path=np.array(
        [
            [0.9968377855834876, -1.9968377381511013],
            [0.9947526985556963, -2.000878334104818],
            [0.9990594141678937, -2.000878334133121],
        ]
    ),
    next="four lines in this order: average of squares, move, average of moves, parameter.",
    misconceptions=[
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
)
