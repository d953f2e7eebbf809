"""Functions by their formula, so that a case is plain data and a message can show it."""

from collections.abc import Callable
from typing import Any

import numpy as np

from revgraph.checks.compare import Tolerance

Scalar = Callable[[Any], Any]


# A formula, and its derivative.
FUNCTIONS: dict[str, tuple[Scalar, Scalar]] = {
    "x**2": (lambda x: x**2, lambda x: 2 * x),
    "x**3": (lambda x: x**3, lambda x: 3 * x**2),
    "-x**3": (lambda x: -(x**3), lambda x: -3 * x**2),
    "3*x + 1": (lambda x: 3 * x + 1, lambda x: 3.0),
    "abs(x)": (abs, np.sign),
    "exp(x)": (np.exp, np.exp),
    "sin(x)": (np.sin, np.cos),
    "1/x": (lambda x: 1 / x, lambda x: -1 / x**2),
}


# Differences of rounded numbers: two right formulas agree less closely than elsewhere.
ROUNDED = Tolerance(relative=1e-6, absolute=1e-7)
