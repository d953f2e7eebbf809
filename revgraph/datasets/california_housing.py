"""California housing: 20,640 districts, eight numbers each, and the median price (Pace and Barry 1997)."""

from revgraph.datasets.common import Split, fetch_announced, shuffled_split, sklearn_datasets


def load_data(normalize: bool = True, test_fraction: float = 0.2, seed: int = 0) -> Split:
    """``(x_train, y_train), (x_test, y_test)``, fetched through scikit-learn once and then cached.

    x: (n, 8) float64; with ``normalize`` each column has mean 0 and standard deviation 1.
    y: (n, 1) float64, the median house value in units of 100,000 dollars.
    """
    found = fetch_announced("California housing", "400 kB", sklearn_datasets().fetch_california_housing)
    x = (found.data - found.data.mean(axis=0)) / found.data.std(axis=0) if normalize else found.data
    return shuffled_split(x, found.target[:, None], test_fraction, seed)
