"""Chapter 16 before its training: each wrong piece is named, also those that no finite difference can see."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import nbformat
import numpy as np
import pytest

from revgraph.checks import exercises
from tests.notebooks import gpt
from tests.notebooks.one_exercise import PROJECT

right = {name: exercise.reference for name, exercise in exercises().items()}


def looks_ahead(n: int) -> np.ndarray:
    return np.ones((n, n), bool)


def never_corrected(parameter, gradient, memory, lr, beta1, beta2, epsilon, weight_decay) -> None:
    m = memory["m"] = beta1 * memory.get("m", 0.0) + (1 - beta1) * gradient
    v = memory["v"] = beta2 * memory.get("v", 0.0) + (1 - beta2) * gradient**2
    parameter -= lr * weight_decay * parameter
    parameter -= lr * m / (np.sqrt(v) + epsilon)


def over_all(x: np.ndarray, axis: int = -1) -> np.ndarray:
    return np.exp(x - x.max()) / np.exp(x - x.max()).sum()


def each_by_itself(gradients: list, limit: float) -> list:
    return [right["clip_by_norm"]([g], limit)[0] for g in gradients]


def copies(tokens, context, batch_size, rng):
    for x, _ in right["next_token_batches"](tokens, context, batch_size, rng):
        yield x, x


def forgets_repeats(g, ans, table, tokens) -> np.ndarray:
    out = np.zeros_like(table)
    out[tokens] += g
    return out


WRONG: dict[str, Callable[..., Any]] = {
    "causal_mask": looks_ahead,
    "adamw": never_corrected,
    "softmax": over_all,
    "clip_by_norm": each_by_itself,
    "next_token_batches": copies,
    "embedding_vjp": forgets_repeats,
    "own_gelu": lambda x: x / 2 * (1 + np.tanh(np.sqrt(2 * np.pi) * (x + 0.044715 * x**3))),
}


@pytest.fixture(scope="module")
def chapter() -> dict[str, Any]:
    return gpt.namespace()


def test_with_pieces_that_are_right_it_says_nothing(chapter: dict[str, Any]) -> None:
    assert chapter["wrong_pieces"]() == []


def test_every_piece_that_the_chapter_fetches_is_judged(chapter: dict[str, Any]) -> None:
    cells = nbformat.read(PROJECT / "course" / "16_gpt" / "16_gpt.ipynb", as_version=4).cells
    (fetching,) = (cell.source for cell in cells if cell.source.startswith("own_layer_norm"))
    calls = re.findall(r"mine\((.+)\)", fetching)
    assert sorted(re.findall(r'"(\w+)"', " ".join(calls))) == sorted(chapter["PIECES"])


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_piece_is_named(chapter: dict[str, Any], monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setitem(chapter, name, WRONG[name])
    piece = name.removeprefix("own_")
    assert chapter["is_to_blame"](chapter["judged"](piece))


def test_where_grading_runs_nothing_is_judged_twice(
    chapter: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    monkeypatch.setitem(chapter, "softmax", over_all)
    assert chapter["wrong_pieces"]() == []
