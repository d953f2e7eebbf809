"""Of wrong answers that were told a mistake they had not made: on no seed are they told it again."""

import re
from types import FunctionType

import numpy as np
import pytest

from revgraph.checks import exercises
from tests.checks.remembering import remembered_exercise

SEEDS = range(5)


def adagrad_larger(parameter, gradient, memory, lr, epsilon):
    memory["a"] = memory.get("a", 0.0) + gradient**2
    parameter -= lr * gradient / np.maximum(np.sqrt(memory["a"]), epsilon)


def adagrad_half_corrected(parameter, gradient, memory, lr, epsilon):
    memory["a"] = memory.get("a", 0.0) + gradient**2
    root = np.sqrt(memory["a"])
    parameter -= lr * gradient / np.where(root > epsilon / 2, root, 2 * epsilon)


def batches_with_columns(x, y, batch_size, rng):
    order = rng.permutation(len(x))
    for start in range(0, len(x), batch_size):
        chosen = order[start : start + batch_size]
        yield x[chosen], y[chosen][:, None]


def output_size_by_even_zeros(size, kernel, stride, padding):
    zeros = (kernel - 1) // 2 if padding == "SAME" else 0
    return (size + 2 * zeros - kernel) // stride + 1


def clipped_on_both_sides():
    return lambda x: np.clip(x, 0, 6), lambda g, ans, x: g * (x > 0)


def clip_entries_of_the_list(gradients, limit):
    norm = np.sqrt(sum(np.sum(g**2) for g in gradients))
    if norm > limit:
        for i, g in enumerate(gradients):
            gradients[i] = g * limit / norm
    return gradients


@pytest.mark.parametrize(
    ("name", "answer", "untrue"),
    [
        ("adagrad", adagrad_larger, "0 / 0"),
        ("adagrad", adagrad_half_corrected, "0 / 0"),
        ("batches", batches_with_columns, "every sample once"),
        ("output_size", output_size_by_even_zeros, "like 'VALID'"),
        ("your_own_op", clipped_on_both_sides, "factor"),
        ("your_own_op", clipped_on_both_sides, "numbers alone"),
        ("clip_by_norm", clip_entries_of_the_list, "into the arrays"),
    ],
)
def test_what_is_not_so_is_not_said(name, answer, untrue):
    exercise = remembered_exercise(name)
    verdicts = [exercise.judge(answer, seed) for seed in SEEDS]
    assert not any(verdict.passed for verdict in verdicts)
    reports = [verdict.report for verdict in verdicts]
    said = {f"{told.diagnosis} {told.difference.path}" for told in reports}
    assert not [one for one in said if untrue in one]


def bincount_col2im(cols, x_shape, kernel_size, stride=(1, 1), padding="VALID"):
    im2col = exercises()["im2col"].reference
    places = np.arange(1.0, 1 + np.prod(x_shape)).reshape(x_shape)
    rows = im2col(places, kernel_size, stride, padding).astype(int)
    return np.bincount(rows.ravel(), cols.ravel(), minlength=1 + int(np.prod(x_shape)))[1:].reshape(x_shape)


def test_a_dtype_that_differs_in_an_edge_case_is_told():
    said = exercises()["col2im"].judge(bincount_col2im).message
    assert "the numbers come as int64; expected is float64" in said


SPEAKS_OF_SEVERAL = re.compile(r"\b(for both|both gradients|two gradients|each gradient|neither|to each)\b")
IN_ONE = [
    pytest.param(exercise, known, key, id=f"{name}-{known.name}-{key}")
    for name, exercise in exercises().items()
    if isinstance(exercise.reference, FunctionType) and name.endswith("_vjp")
    for known in exercise.misconceptions
    if SPEAKS_OF_SEVERAL.search(known.diagnosis)
    for key in (0, 1)
]


@pytest.mark.parametrize(("exercise", "known", "key"), IN_ONE)
def test_what_is_said_of_several_results_is_not_said_of_one(exercise, known, key):
    def one_wrong(*args, **kwargs):
        results = list(exercise.reference(*args, **kwargs))
        results[key] = known.answer(*args, **kwargs)[key]
        return tuple(results)

    said = exercise.judge(one_wrong).report.diagnosis
    assert "This is in the" not in said or not SPEAKS_OF_SEVERAL.search(said)
