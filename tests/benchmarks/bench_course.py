"""The capstone of the course: chapter 12's own training, on the pieces that `mine` gives.

    pytest tests/benchmarks/bench_course.py

A row a seed: the time of the training, and the accuracy on pictures that it has never seen.
"""

import pytest

from tests.notebooks import capstone


@pytest.fixture(scope="module")
def chapter():
    return capstone.namespace()


@pytest.mark.parametrize("seed", range(5))
def test_capstone(benchmark, chapter, seed):
    _, _, accuracy = benchmark.pedantic(chapter["trained"], (seed,), rounds=1)
    benchmark.extra_info["accuracy"] = float(accuracy)
    assert accuracy >= 0.97
