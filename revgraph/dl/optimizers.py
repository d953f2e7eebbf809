"""The optimizers of revgraph.core, by name."""

from typing import Any

import revgraph.core as rc
from revgraph.dl.names import lookup

OPTIMIZERS = {
    make.__name__: make for make in (rc.sgd, rc.rmsprop, rc.adagrad, rc.adadelta, rc.adam, rc.adamw)
}


def optimizer_by(wanted: Any) -> rc.optimizer:
    """By name, with its defaults, or an optimizer."""
    return wanted if isinstance(wanted, rc.optimizer) else lookup("optimizer", wanted, OPTIMIZERS)()
