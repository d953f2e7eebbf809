"""`check_gradients`: a function's gradients against what nudging its arguments shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from revgraph.core.compiler import run
from revgraph.core.errors import shape_text
from revgraph.core.gradients import gradients
from revgraph.core.tensor import Operand, Tensor, require_nodes, variable

Array = np.ndarray[Any, Any]

NUDGE = 1e-5  # of an entry up to 1 in size; a larger one is nudged in proportion


def check_gradients(
    function: Callable[..., Tensor],
    *arrays: Operand,
    order: int = 1,
    rtol: float = 1e-4,
    atol: float = 1e-6,
    seed: int = 0,
) -> None:
    """Raise an AssertionError unless the gradients of `function` are right at `arrays`.

    function: takes one node for each of `arrays` and returns a node of any shape: an operation, a primitive
    of your own, a whole network. It has to be smooth around `arrays`: at the kink of relu both sides are
    right, and differ.
    order: 2 checks the gradients of the gradients as well. A primitive's gradient has none.
    rtol, atol: how far a gradient may lie from the measured one, as in numpy.allclose.

    Each entry x is moved by ±h, h = 1e-5·max(1, |x|), and Σ g·(f(x + h) - f(x - h)) / 2h compared with the
    gradient by x, for random weights g that `seed` draws: central differences. All is computed in float64.

        cube = rc.primitive(lambda a: a**3, lambda g, ans, a: 3 * g * a * a)
        rc.check_gradients(cube, np.array([0.5, -2.0]))
    """
    if order not in (1, 2):
        raise ValueError(f"order is 1 or, for the gradients of the gradients, 2, not {order!r}")
    if not arrays:
        raise ValueError(
            "no arrays to check the gradients by. Next: give one for each argument of the function"
        )
    rng = np.random.default_rng(seed)
    xs = [variable(np.array(array, np.float64)) for array in arrays]
    y = function(*xs)
    require_nodes([y])
    g = weights_for(y, rng)
    first = gradients(y, xs, g)
    names = [f"argument {i}" for i in range(len(xs))]
    tolerance: dict[str, Any] = {"rtol": rtol, "atol": atol}
    compare(y, xs, g, first, names, tolerance)
    for name, node in zip(names, first if order == 2 else (), strict=False):
        g2 = weights_for(node, rng)
        second = gradients(node, [*xs, g], g2)
        by = [f"{other} of the gradient by {name}" for other in [*names, "the weights"]]
        compare(node, [*xs, g], g2, second, by, tolerance)


def weights_for(y: Tensor, rng: np.random.Generator) -> variable:
    """A random number for each entry of y."""
    value, again = run(y), run(y)
    if not np.array_equal(value, again, equal_nan=True):
        raise ValueError(f"{y!r} gives another value at each run, so nudging its arguments shows nothing")
    return variable(rng.normal(size=np.shape(value)))


def compare(
    y: Tensor,
    xs: Sequence[variable],
    g: variable,
    by_rule: Sequence[Tensor],
    names: Sequence[str],
    tolerance: dict[str, Any],
) -> None:
    """Raise an AssertionError where rule and differences disagree; it names where they are furthest apart."""
    for x, found, name in zip(xs, run(list(by_rule)), names, strict=True):
        measured = central_differences(y, x, g.data)
        if np.shape(found) != measured.shape:
            shapes = f"{shape_text(np.shape(found))}, not {shape_text(measured.shape)}"
            raise AssertionError(f"the gradient by {name} has shape {shapes}")
        right = np.isclose(found, measured, **tolerance)
        if not right.all():
            raise AssertionError(difference_text(np.asarray(found), measured, right, name))


def central_differences(y: Tensor, x: variable, g: Array) -> Array:
    """Σ g·∂y/∂x, for each entry of x, by moving it; x is left as it was."""
    slopes = np.zeros(x.data.shape)
    for at in np.ndindex(slopes.shape):
        middle = float(x.data[at])
        h = NUDGE * max(1.0, abs(middle))
        ends = []
        for x.data[at] in (middle - h, middle + h):
            ends.append(np.asarray(run(y), np.float64))
        x.data[at] = middle
        slopes[at] = np.sum(g * (ends[1] - ends[0])) / (2 * h)
    return slopes


def difference_text(found: Array, measured: Array, right: Array, name: str) -> str:
    """What to say of a gradient that is not right everywhere."""
    gaps = np.where(right, -1, np.nan_to_num(np.abs(found - measured), nan=np.inf))
    at = tuple(int(i) for i in np.unravel_index(np.argmax(gaps), gaps.shape))
    return (
        f"the gradient by {name} is wrong in {np.sum(~right)} of {right.size} entries, "
        f"most at {list(at)}: the rule gives {found[at]:.6g}, central differences give {measured[at]:.6g}"
    )
