"""Data to learn from: ``mnist``, ``digits``, ``moons``, ``california_housing``, each with ``load_data``.

digits and moons come with scikit-learn and need no network; mnist and california_housing are fetched once
through scikit-learn and kept in its cache.
"""

from revgraph.datasets import boston_housing, california_housing, digits, mnist, moons

__all__ = ["boston_housing", "california_housing", "digits", "mnist", "moons"]
