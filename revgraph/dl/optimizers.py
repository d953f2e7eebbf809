"""The optimizers of revgraph.core, by name."""

from collections.abc import Sequence
from typing import Any

import revgraph.core as rc
from revgraph.dl.names import lookup

OPTIMIZERS = {
    make.__name__: make for make in (rc.sgd, rc.rmsprop, rc.adagrad, rc.adadelta, rc.adam, rc.adamw)
}


def optimizer_by(wanted: Any) -> Any:
    """By name or class, with its defaults; an optimizer; or a function from a loss to a step."""
    if isinstance(wanted, rc.optimizer):
        return wanted
    found = lookup("optimizer", wanted, OPTIMIZERS)
    return found() if isinstance(found, type) else found


def step_of(optimizer: Any, loss: rc.Tensor, variables: Sequence[rc.variable]) -> rc.Tensor:
    """A node that takes one step for the loss."""
    if isinstance(optimizer, rc.optimizer):
        return optimizer.minimize(loss, variables)
    return optimizer(loss)
