"""conv2d in pictures: the kernel sliding over the input, and the patch matrix that im2col makes of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import ArrayLike, NDArray

from revgraph.draw.frames import SVG, Frame
from revgraph.draw.stepper import Stepper
from revgraph.draw.style import FONT, INK, LINE, STATES

CELL = 32  # pixels
GAP = 26
LIMIT = 100  # windows; more are too many to step through

Array = NDArray[np.float64]
Pair = int | tuple[int, int]
Window = tuple[NDArray[np.intp], ...]  # an index of the padded input


def conv2d_frames(
    x: ArrayLike,
    kernel: ArrayLike,
    stride: Pair = (1, 1),
    padding: str = "VALID",
    dilation: Pair = (1, 1),
    g: ArrayLike | None = None,
) -> Stepper:
    """The convolution of x (h, w) with kernel (kh, kw), one window a frame: one image, one channel.

    Without ``g`` the forward pass: each window becomes a row of the patch matrix and an entry of the output.
    With ``g``, the upstream gradient in the output's shape, the backward pass: each row of the patch matrix
    gets g times the kernel, and is added back to the place it came from. ``stride`` and ``dilation`` are
    numbers, or pairs for height and width; ``padding`` is 'VALID' or 'SAME' as TensorFlow defines them.
    ValueError if shapes or padding do not fit, or with more than 100 windows.
    """
    scene = _scene(_matrix("x", x), _matrix("kernel", kernel), _pair(stride), padding, _pair(dilation))
    if g is None:
        return Stepper(list(_forward(scene)))
    upstream = _matrix("g", g)
    if upstream.shape != scene.out:
        raise ValueError(f"g has shape {upstream.shape}, but the output has shape {scene.out}")
    return Stepper(list(_backward(scene, upstream)))


@dataclass(frozen=True)
class _Scene:
    """``rows`` (oh, kh) and ``columns`` (ow, kw) hold where in the padded input each window looks."""

    padded: Array
    outside: NDArray[np.bool_]  # of the padded input: what is padding
    kernel: Array
    rows: NDArray[np.intp]
    columns: NDArray[np.intp]

    @property
    def out(self) -> tuple[int, int]:
        return len(self.rows), len(self.columns)

    def windows(self) -> Iterator[tuple[int, int, Window]]:
        """Output row, output column, and their window."""
        for i, j in np.ndindex(self.out):
            yield i, j, np.ix_(self.rows[i], self.columns[j])


def _scene(
    x: Array, kernel: Array, stride: tuple[int, int], padding: str, dilation: tuple[int, int]
) -> _Scene:
    margins, taps = zip(
        *(_taps(*sizes, padding) for sizes in zip(x.shape, kernel.shape, stride, dilation, strict=True)),
        strict=True,
    )
    if len(taps[0]) * len(taps[1]) > LIMIT:
        raise ValueError(
            f"{len(taps[0])} x {len(taps[1])} windows are too many to step through; at most {LIMIT}"
        )
    outside = np.pad(np.zeros(x.shape, bool), margins, constant_values=True)
    return _Scene(np.pad(x, margins), outside, kernel, taps[0], taps[1])


def _taps(
    size: int, kernel: int, stride: int, dilation: int, padding: str
) -> tuple[tuple[int, int], NDArray[np.intp]]:
    """Along one axis: the padding before and after, and the places (out, kernel) each window reads."""
    span = dilation * (kernel - 1) + 1
    if padding == "SAME":
        missing = max((-(-size // stride) - 1) * stride + span - size, 0)
    elif padding == "VALID":
        missing = 0
    else:
        raise ValueError(f"padding is 'VALID' or 'SAME', got {padding!r}")
    if span > size + missing:
        raise ValueError(f"the kernel spans {span} cells, but the input has only {size}")
    starts = np.arange(0, size + missing - span + 1, stride)
    return (missing // 2, missing - missing // 2), starts[:, None] + dilation * np.arange(kernel)


def _forward(scene: _Scene) -> Iterator[Frame]:
    out = np.full(scene.out, np.nan)
    patches = np.full((out.size, scene.kernel.size), np.nan)
    for step, (i, j, window) in enumerate(scene.windows()):
        patch = scene.padded[window]
        patches[step] = patch.ravel()
        out[i, j] = (patch * scene.kernel).sum()
        picture = _board(
            [_Grid("input", scene.padded, _marks(scene.padded, window), scene.outside)],
            [_Grid("kernel", scene.kernel)],
            [_Grid("output", out, _marks(out, (i, j)))],
            [_Grid("patches, one a row", patches, _marks(patches, step))],
        )
        products = [f"{_number(a)}·{_factor(b)}" for a, b in zip(patch.flat, scene.kernel.flat, strict=True)]
        line = f"output[{i}, {j}] = {' + '.join(products)} = {_number(out[i, j])}"
        yield Frame(
            f"Window {step + 1} gives output[{i}, {j}]",
            picture,
            (line, "im2col: this row of patches times the kernel as a column gives the same."),
        )


def _backward(scene: _Scene, g: Array) -> Iterator[Frame]:
    d_input, d_kernel = np.zeros_like(scene.padded), np.zeros_like(scene.kernel)
    d_patches = np.full((g.size, scene.kernel.size), np.nan)
    for step, (i, j, window) in enumerate(scene.windows()):
        d_patches[step] = (g[i, j] * scene.kernel).ravel()
        d_input[window] += g[i, j] * scene.kernel
        d_kernel += g[i, j] * scene.padded[window]
        marks = _marks(scene.padded, window)
        picture = _board(
            [
                _Grid("input", scene.padded, marks, scene.outside),
                _Grid("its gradient", d_input, marks, scene.outside),
            ],
            [_Grid("kernel", scene.kernel), _Grid("its gradient", d_kernel, np.ones_like(d_kernel, bool))],
            [_Grid("g", g, _marks(g, (i, j)))],
            [_Grid("gradient of the patches", d_patches, _marks(d_patches, step))],
        )
        upstream = _number(g[i, j])
        lines = (
            f"The input's gradient gets {upstream} times the kernel at the window; windows that overlap add.",
            f"The kernel's gradient gets {upstream} times the {scene.kernel.size} marked inputs.",
        )
        yield Frame(f"Window {step + 1} sends g[{i}, {j}] = {upstream} back", picture, lines)


@dataclass(frozen=True)
class _Grid:
    """A matrix to draw; NaN stays blank, ``marks`` stand out, ``outside`` is drawn as padding."""

    title: str
    values: Array
    marks: NDArray[np.bool_] | None = None
    outside: NDArray[np.bool_] | None = None

    def draw(self, left: float, top: float) -> str:
        parts = [_words(self.title, left, top + 12, LINE, "start")]
        for (i, j), value in np.ndenumerate(self.values):
            marked = self.marks is not None and self.marks[i, j]
            outside = self.outside is not None and self.outside[i, j]
            parts.append(_square(value, left + j * CELL, top + 20 + i * CELL, bool(marked), bool(outside)))
        return "".join(sorted(parts, key=lambda part: "stroke-width" in part))  # thick borders on top

    def size(self) -> tuple[float, float]:
        rows, columns = self.values.shape
        return max(columns * CELL, 7 * len(self.title)), rows * CELL + 20


def _square(value: float, x: float, y: float, marked: bool, outside: bool) -> str:
    look = STATES["visiting"] if marked else {"fillcolor": "#e0e0e0" if outside else "#f4f4f4", "color": LINE}
    width = ' stroke-width="2.5"' if marked else ""
    dashes = ' stroke-dasharray="3,3"' if outside else ""
    words = "" if np.isnan(value) else _words(_number(value), x + CELL / 2, y + CELL / 2 + 4, INK, "middle")
    return (
        f'<g><rect x="{x:g}" y="{y:g}" width="{CELL}" height="{CELL}" fill="{look["fillcolor"]}" '
        f'stroke="{look["color"]}"{width}{dashes}/>{words}</g>'
    )


def _words(text: str, x: float, y: float, color: str, anchor: str) -> str:
    style = f'font-family="{FONT}" font-size="{11 if len(text) < 6 or anchor == "start" else 9}"'
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" fill="{color}" {style}>{escape(text)}</text>'


def _board(*columns: Sequence[_Grid]) -> str:
    """Columns of grids, side by side, as SVG."""
    parts, left, height = [], 2.0, 0.0
    for column in columns:
        top = 2.0
        for grid in column:
            parts.append(grid.draw(left, top))
            top += grid.size()[1] + GAP / 2
        left += max(grid.size()[0] for grid in column) + GAP
        height = max(height, top)
    width = left - GAP + 2
    return (
        f'<svg xmlns="{SVG}" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}">{"".join(parts)}</svg>'
    )


def _marks(values: Array, index: int | tuple[int, int] | Window) -> NDArray[np.bool_]:
    marks = np.zeros(values.shape, bool)
    marks[index] = True
    return marks


def _number(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")  # 0, never -0


def _factor(value: float) -> str:
    written = _number(value)
    return f"({written})" if written.startswith("-") else written


def _matrix(name: str, values: ArrayLike) -> Array:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 2:
        raise ValueError(
            f"{name} is to be drawn as a matrix, got shape {array.shape}: pick one image, one channel"
        )
    return array


def _pair(value: Pair) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else value
