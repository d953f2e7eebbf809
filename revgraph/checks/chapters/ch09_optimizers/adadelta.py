"""adadelta: a move with the unit of a parameter."""

from typing import Any

import numpy as np

from revgraph.checks.chapters.ch09_optimizers.common import (
    RHO,
    Memory,
    Rule,
    expects_a_first,
    keeps_nothing,
    optimizer,
    own_settings,
)
from revgraph.checks.chapters.common import Array
from revgraph.checks.exercise import Misconception


def adadelta(
    parameter: Array, gradient: Array, memory: Memory, lr: float, rho: float, epsilon: float
) -> None:
    a = rho * memory.get("a", 0.0) + (1 - rho) * gradient**2
    b = memory.get("b", 0.0)
    move = gradient * np.sqrt(b + epsilon) / np.sqrt(a + epsilon)
    memory["a"] = a
    memory["b"] = rho * b + (1 - rho) * move**2
    parameter -= lr * move


def never_moving(
    parameter: Array, gradient: Array, memory: Memory, lr: float, rho: float, epsilon: float
) -> None:
    adadelta(parameter, gradient, memory, lr, rho, 0.0)


def wrong_adadelta(
    moves_first: bool = False,
    outside: str = "",
    ratio: bool = True,
    turned: bool = False,
    keeps: str = "move",
    roots: bool = True,
    old: float | None = None,
    power: int = 2,
) -> Rule:
    """``keeps``: what the second average takes up, "move", "gradient" or "step" (the move times lr);
    ``outside``: below which averages epsilon stands outside the root, of "ab"."""

    def candidate(
        parameter: Array, gradient: Array, memory: Memory, lr: float, rho: float, epsilon: float
    ) -> None:
        def root(average: str, value: Any) -> Any:
            if not roots:
                return value + epsilon
            return np.sqrt(value) + epsilon if average in outside else np.sqrt(value + epsilon)

        a = memory["a"] = rho * memory.get("a", 0.0) + (1 - rho) * gradient**2
        b = memory.get("b", 0.0)
        if moves_first:
            b = rho * b + (1 - rho) * gradient**2
        share = root("a", a) / root("b", b) if turned else (root("b", b) if ratio else 1.0) / root("a", a)
        move = gradient * share
        kept = {"move": move, "gradient": gradient, "step": lr * move}[keeps]
        memory["b"] = b if moves_first else (rho if old is None else old) * b + (1 - rho) * kept**power
        parameter -= lr * move

    return candidate


ADADELTA = optimizer(
    name="adadelta",
    points=5,
    reference=adadelta,
    ranges=RHO,
    simple={"lr": 1.0, "rho": 0.9, "epsilon": 1e-6},
    path=[
        [0.9968377855834876, -1.9968377381511013],
        [0.9947526985556963, -2.000878334104818],
        [0.9990594141678937, -2.000878334133121],
    ],
    next="four lines in this order: average of squares, move, average of moves, parameter.",
    why="the move is made from the old average of moves and only then taken up by it.",
    misconceptions=[
        *keeps_nothing(adadelta, "the pair of averages"),
        expects_a_first(adadelta),
        Misconception(
            "epsilon outside",
            wrong_adadelta(outside="ab"),
            "You put epsilon outside the roots. Here it belongs inside: while both averages are near zero it sets the size of the move.",
        ),
        *(
            Misconception(
                f"epsilon outside {where}",
                wrong_adadelta(outside=average),
                f"In the root {where} the line, you put epsilon outside. It belongs inside both roots.",
            )
            for where, average in (("above", "b"), ("below", "a"))
        ),
        Misconception(
            "no epsilon",
            never_moving,
            "Without epsilon nothing ever moves: the average of earlier moves is 0 at first, so the first move is 0, and the next one too.",
            "where does epsilon stand in the formula of the move?",
            seen=lambda source: source.count("epsilon") == 1,  # in the first line alone
        ),
        Misconception(
            "average of moves not weighed",
            wrong_adadelta(old=1.0),
            "Your average of moves never forgets: the old one is not multiplied by rho.",
        ),
        Misconception(
            "moves not squared",
            wrong_adadelta(power=1),
            "Your second average takes up the move. It should take up its square.",
        ),
        own_settings(adadelta, rho=0.95),
        Misconception(
            "no numerator",
            wrong_adadelta(ratio=False),
            "Your move has no numerator: the root of the average of earlier moves is missing. What is left is RMSProp.",
        ),
        Misconception(
            "quotient turned",
            wrong_adadelta(turned=True),
            "Your quotient is upside down: the moves belong above, the gradients below.",
        ),
        Misconception(
            "no roots",
            wrong_adadelta(roots=False),
            "You divide the averages themselves; take their roots.",
        ),
        Misconception(
            "gradients in both",
            wrong_adadelta(keeps="gradient"),
            "Your second average takes up the gradient. It should take up the move that was made.",
        ),
        Misconception(
            "step for move",
            wrong_adadelta(keeps="step"),
            "Your second average takes up lr times the move. It holds the moves themselves.",
        ),
        Misconception(
            "the roots cancel",
            wrong_adadelta(moves_first=True),
            "Your moves are the gradients themselves: both roots are always equal, and cancel. The move takes the new average of squares and the old average of moves.",
            "which of the two averages is updated before the move, and which afterwards?",
        ),
    ],
)
