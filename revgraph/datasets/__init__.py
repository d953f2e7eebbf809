"""Data to learn from: ``mnist``, ``digits``, ``moons``, ``california_housing``, ``alice``.

Each has ``load_data``. alice, a book, lies beside this file; digits and moons come with scikit-learn; neither
needs a network. mnist and california_housing are fetched once through scikit-learn and kept in its cache.
"""

from revgraph.datasets import alice, boston_housing, california_housing, digits, mnist, moons

__all__ = ["alice", "boston_housing", "california_housing", "digits", "mnist", "moons"]
