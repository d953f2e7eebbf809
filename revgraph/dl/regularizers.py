"""Regularizers: a penalty on weights or outputs, added to the loss while training.

Any function from a node to a scalar node will do.
"""

from collections.abc import Callable
from typing import Any

import revgraph.core as rc
from revgraph.core.optimizers import require_setting
from revgraph.dl.names import make_by_name

Regularizer = Callable[[rc.Tensor], rc.Tensor]


def l1(l1: float = 0.01) -> Regularizer:
    """``l1`` · Σ|w|"""
    require_setting("l1", "l1", l1)
    return lambda w: l1 * rc.sum(rc.abs(w))


def l2(l2: float = 0.01) -> Regularizer:
    """``l2`` · Σw²"""
    require_setting("l2", "l2", l2)
    return lambda w: l2 * rc.sum(rc.square(w))


def l1_l2(l1: float = 0.01, l2: float = 0.01) -> Regularizer:
    """``l1`` · Σ|w| + ``l2`` · Σw²"""
    require_setting("l1_l2", "l1", l1)
    require_setting("l1_l2", "l2", l2)
    return lambda w: l1 * rc.sum(rc.abs(w)) + l2 * rc.sum(rc.square(w))


REGULARIZERS: dict[str, Callable[[], Regularizer]] = {"l1": l1, "l2": l2, "l1_l2": l1_l2}


def regularizer_by(wanted: Any) -> Regularizer | None:
    """By name, a callable that takes a node, or None for none."""
    return None if wanted is None else make_by_name("regularizer", wanted, REGULARIZERS)
