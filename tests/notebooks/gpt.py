"""Chapter 16's own cells, run outside a notebook: benchmarks train what a learner trains."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

import nbformat
import numpy as np

from revgraph import dl
from tests.notebooks.capstone import definitions
from tests.notebooks.one_exercise import PROJECT

FIRST_OF_TRAINING = "graded ="
CHAPTERS = (
    *("04_operations", "05_unbroadcast", "06_backprop", "07_matmul_and_reductions"),
    *("08_activations_and_losses", "10_layers_and_models", "13_normalization", "14_attention"),
    "15_language_models",
)
BATCH, PEAK, WARMUP = 16, 0.01, 50
Chapter = Mapping[str, Any]


def namespace() -> dict[str, Any]:
    """What the chapter defines before its training, of the pieces that ``mine`` gives now."""
    path = PROJECT / "solutions" / "16_gpt" / "16_gpt.ipynb"
    names: dict[str, Any] = {"__name__": "gpt"}
    notebook = nbformat.read(path, as_version=4)
    for statement in definitions(cell.source for cell in notebook.cells if cell.cell_type == "code"):
        if statement.startswith(FIRST_OF_TRAINING):
            return names
        exec(statement, names)
    raise AssertionError(f"the chapter has no line that begins with {FIRST_OF_TRAINING!r}")


def of_pieces(chapter: Chapter, seed: int, steps: int) -> float:
    """Train as the chapter does; the loss on the test text."""
    rng = np.random.default_rng(seed)
    weights = chapter["new_weights"](rng)
    batches = chapter["next_token_batches"](chapter["train"], chapter["CONTEXT"], BATCH, rng)
    chapter["train_gpt"](chapter["new_trainer"](weights), batches, steps, PEAK, WARMUP)
    return float(chapter["test_loss"](weights))


def of_the_library(chapter: Chapter, seed: int, steps: int) -> float:
    """The library's GPT of this size, whose last layer is its table of tokens; same text and schedule."""
    dl.seed(seed)
    context, vocabulary, test = chapter["CONTEXT"], len(chapter["characters"]), chapter["test"]
    rate = dl.warmup_cosine(PEAK, WARMUP, steps)
    layers = dl.gpt(vocabulary, context, chapter["WIDTH"], chapter["HEADS"], chapter["DEPTH"])
    model = dl.Model(
        model=dl.sequential(dl.inputs((None,)), layers),
        loss=dl.sparse_categorical_cross_entropy(fold="mean", from_logits=True),
        optimizer=dl.clip_by_norm(dl.adamw(lr=rate, beta2=0.99, epsilon=1e-8, weight_decay=0.1), 1.0),
        dtype="float64",
    ).compile()
    rng = np.random.default_rng(seed)
    batches = islice(chapter["next_token_batches"](chapter["train"], context, BATCH, rng), steps)
    x, y = map(np.concatenate, zip(*batches, strict=True))
    model.fit(x, y, batch_size=BATCH, shuffle=False, verbose=False)
    n = (len(test) - 1) // context * context
    return float(model.evaluate(test[:n].reshape(-1, context), test[1 : n + 1].reshape(-1, context)))


WAYS: dict[str, Callable[[Chapter, int, int], float]] = {
    "own pieces": of_pieces,
    "lent pieces": of_pieces,
    "the library": of_the_library,
}
