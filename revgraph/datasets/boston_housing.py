"""Boston housing is gone. ``california_housing`` takes its place."""

from typing import Any, NoReturn


def load_data(*_: Any, **__: Any) -> NoReturn:
    """Raise a RuntimeError that says why, and what to load instead."""
    raise RuntimeError(
        "the Boston housing data are not offered: one of their variables rates towns by the race of those "
        "who live there, as if segregation raised prices, and scikit-learn withdrew them for it. "
        "Next: from revgraph.datasets import california_housing, and california_housing.load_data()."
    )
