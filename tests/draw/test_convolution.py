import math
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import correlate2d

from revgraph.draw import conv2d_frames
from revgraph.draw.style import STATES

MARKED = STATES["visiting"]["fillcolor"]


def numbers(frame):
    """The grids of a frame, by title, as text in reading order; blank cells are left out."""
    grids = {}
    for text in ElementTree.fromstring(frame.svg).iter("{http://www.w3.org/2000/svg}text"):
        if text.get("text-anchor") == "start":
            cells = grids.setdefault(text.text, [])
            start = len(grids), len(cells)  # two grids may have the same title
        else:
            cells.append((start, float(text.get("y")), float(text.get("x")), text.text))
    return {title: [cell[-1] for cell in sorted(cells)] for title, cells in grids.items()}


def correlate(x, kernel, stride):
    return correlate2d(x, kernel, "valid")[:: stride[0], :: stride[1]]


def units(shape):
    return np.eye(math.prod(shape)).reshape(-1, *shape)


def written(values):
    return [f"{value:g}" for value in values]


@settings(max_examples=30)
@given(*[st.tuples(st.integers(low, high), st.integers(low, high)) for low, high in ((3, 6), (1, 3), (1, 3))])
def test_the_last_frame_shows_the_whole_result(shape, kernel_shape, stride):
    rng = np.random.default_rng(0)
    x, kernel = rng.integers(-9, 9, shape), rng.integers(-9, 9, kernel_shape)
    out = correlate(x, kernel, stride)
    assert numbers(conv2d_frames(x, kernel, stride)[-1])["output"] == written(out.ravel())
    g = rng.integers(-9, 9, out.shape)
    frames = conv2d_frames(x, kernel, stride, g=g)
    d_input = [(g * correlate(unit, kernel, stride)).sum() for unit in units(shape)]  # linear in each
    d_kernel = [(g * correlate(x, unit, stride)).sum() for unit in units(kernel_shape)]
    assert numbers(frames[-1])["its gradient"] == written(d_input + d_kernel)
    assert len(frames) == g.size


def test_same_padding_puts_the_odd_one_after():
    frame = conv2d_frames(np.ones((4, 5)), np.ones((3, 3)), 2, "SAME")[-1]
    assert numbers(frame)["output"] == [
        "6",
        "9",
        "6",
        "4",
        "6",
        "4",
    ]  # as TensorFlow: 0 and 1 row, 1 and 1 column
    assert len(numbers(frame)["input"]) == 5 * 7


def test_dilation_spreads_the_window():
    frame = conv2d_frames(np.arange(25).reshape(5, 5), [[1, 0], [0, 1]], dilation=2)[0]
    assert frame.lines[0] == "output[0, 0] = 0·1 + 2·0 + 10·0 + 12·1 = 12"
    assert numbers(frame)["patches, one a row"] == ["0", "2", "10", "12"]


def test_a_frame_marks_its_window_the_row_that_is_made_of_it_and_what_comes_out():
    frame = conv2d_frames(np.arange(12).reshape(3, 4), [[1, 2], [0, -1]])[3]
    cells = [(cell.find("{*}rect"), cell.find("{*}text")) for cell in ElementTree.fromstring(frame.svg)]
    marked = [text.text for rect, text in cells if rect is not None and rect.get("fill") == MARKED]
    assert marked == ["4", "5", "8", "9", "5", "4", "5", "8", "9"]


def test_a_frame_shows_what_is_known_so_far():
    frames = conv2d_frames(np.ones((3, 4)), [[1.0, -0.5]])
    assert [len(numbers(frame)["output"]) for frame in frames] == list(range(1, 10))
    assert frames[0].lines[0] == "output[0, 0] = 1·1 + 1·(-0.5) = 0.5"
    assert len(re.findall('stroke-width="2.5"', frames[0].svg)) == 2 + 1 + 2


@pytest.mark.parametrize(("kernel", "factor"), [(-0.0, "0"), (-0.001, "0"), (-0.5, "(-0.5)")])
def test_nothing_is_minus_zero(kernel, factor):
    frame = conv2d_frames([[-0.001]], [[kernel]])[0]
    assert frame.lines[0] == f"output[0, 0] = 0·{factor} = 0"
    assert "-0<" not in frame.svg


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"x": np.ones((1, 4, 4, 1))}, r"x .* shape \(1, 4, 4, 1\): pick one image"),
        ({"padding": "same"}, "'VALID' or 'SAME', got 'same'"),
        ({"dilation": 3}, "spans 7 cells, but the input has only 4"),
        ({"g": np.ones((3, 3))}, r"g has shape \(3, 3\), but the output has shape \(2, 2\)"),
        ({"x": np.ones((20, 20))}, "18 x 18 windows are too many"),
    ],
)
def test_errors(arguments, message):
    with pytest.raises(ValueError, match=message):
        conv2d_frames(**({"x": np.ones((4, 4)), "kernel": np.ones((3, 3))} | arguments))
