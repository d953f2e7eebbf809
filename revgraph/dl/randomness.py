"""The one generator behind initial weights, dropout and shuffling."""

import numpy as np

_generator = np.random.default_rng()


def generator() -> np.random.Generator:
    return _generator


def seed(value: int | None) -> None:
    """Make what follows repeatable: initial weights, dropout masks, the order of the batches."""
    _generator.bit_generator.state = np.random.default_rng(value).bit_generator.state
