"""Two interleaving half-moons in the plane, which no line parts."""

import numpy as np

from revgraph.datasets.common import sklearn_datasets


def load_data(n_samples: int = 100, noise: float = 0.1, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """x: (n_samples, 2) float64; y: (n_samples,) integers, 0 or 1 for the moon."""
    x, y = sklearn_datasets().make_moons(n_samples, noise=noise, random_state=seed)
    return x, y
