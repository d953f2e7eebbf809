"""Chapter 12 works with any mix of the learner's own pieces and the reference's: each computes the same."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from revgraph.checks import exercises, mine
from revgraph.checks.library import learners_folder
from tests.notebooks import capstone, learner

PIECES = [
    "maximum_vjp", "check_vjp", "add_broadcast_vjp", "evaluate", "gradients", "reshape_vjp", "cross_entropy",
    "cross_entropy_vjp", "adam", "glorot_uniform", "dense", "dense_vjp", "batches", "fit", "conv2d",
    "conv2d_vjp", "max_pool2d", "max_pool2d_vjp",
]  # fmt: skip
CHAPTERS = sorted({exercises()[name].chapter for name in PIECES})


@pytest.fixture(scope="module")
def whole_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``my_revgraph`` of a learner who has solved all the chapters that the capstone builds on."""
    home = tmp_path_factory.mktemp("learner")
    learner.solve(home, CHAPTERS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REVGRAPH_HOME", str(home))
        patch.delenv("NBGRADER_EXECUTION", raising=False)
        for name in PIECES:
            assert mine(name).__module__.startswith("my_revgraph."), f"{name} has not been saved"
    return home


def write_mix(home: Path, whole: Path, own: set[str]) -> None:
    """A folder that has only some pieces of the whole library."""
    for chapter in CHAPTERS:
        kept = [name for name in PIECES if name in own and exercises()[name].chapter == chapter]
        lines = ["from runpy import run_path", f"_whole = run_path({str(whole / f'ch{chapter}.py')!r})"]
        lines += [f"{name} = _whole[{name!r}]" for name in kept]
        (home / f"ch{chapter}.py").write_text("\n".join(lines) + "\n")


def twenty_by_heart() -> list[float]:
    space = capstone.namespace()
    x, y, rng = space["x_train"], space["y_train"], np.random.default_rng(0)
    weights = space["new_weights"](rng)
    measured, expected = space["initial_loss"](space["net_of"](weights), x[:50], y[:50])
    assert measured == pytest.approx(expected, abs=0.3)
    passes = space["train"](weights, x[:20], y[:20], [0.01] * 60, 20, rng)
    return space["overfit"](lambda few, labels: next(passes), x, y, 20, 0.05, 60)


@pytest.fixture(scope="module")
def by_the_reference(tmp_path_factory: pytest.TempPathFactory) -> list[float]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REVGRAPH_HOME", str(tmp_path_factory.mktemp("nothing")))
        losses = twenty_by_heart()
    assert losses[-1] < 0.05, "twenty pictures are not learned by heart"
    return losses


@pytest.mark.parametrize("mix", ["all", 1, 2, 3])
def test_any_mix_of_pieces_trains_the_same(mix, whole_library, by_the_reference, tmp_path, monkeypatch):
    own = set(PIECES if mix == "all" else random.Random(mix).sample(PIECES, len(PIECES) // 2))
    write_mix(tmp_path, whole_library, own)
    monkeypatch.setenv("REVGRAPH_HOME", str(tmp_path))
    assert learners_folder() == tmp_path
    for name in PIECES:
        assert (mine(name) is not exercises()[name].reference) == (name in own)
    np.testing.assert_allclose(twenty_by_heart(), by_the_reference, rtol=1e-6)
