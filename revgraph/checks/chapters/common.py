"""What the chapters' files share: the names of types."""

from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray
Rng = np.random.Generator
Shape = tuple[int, ...]
Function = Callable[..., Any]
