"""What the chapters' files share: the names of types."""

import numpy as np

Array = np.ndarray
Rng = np.random.Generator
Shape = tuple[int, ...]
