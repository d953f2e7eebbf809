"""scikit-learn's digits: 1,797 handwritten digits of 8 by 8 pixels, without a network."""

from revgraph.datasets.common import Split, shuffled_split, sklearn_datasets
from revgraph.datasets.common import one_hot as encode


def load_data(
    one_hot: bool = True, normalize: bool = True, test_fraction: float = 0.2, seed: int = 0
) -> Split:
    """``(x_train, y_train), (x_test, y_test)``.

    x: (n, 64) float64, from 0 to 1 with ``normalize``, else from 0 to 16.
    y: (n, 10) float64 with ``one_hot``, else (n,) integers.
    """
    found = sklearn_datasets().load_digits()
    x = found.data / 16 if normalize else found.data
    return shuffled_split(x, encode(found.target, 10) if one_hot else found.target, test_fraction, seed)
