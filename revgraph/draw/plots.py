"""Plots of training, on matplotlib's axes: decision boundaries, confusion matrices, paths of descent."""

import base64
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from html import escape
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from revgraph.draw.frames import SVG, Frame
from revgraph.draw.stepper import Stepper
from revgraph.draw.style import FONT, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's colors, told apart by the color-blind; markers tell the same apart without any color
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
MARKERS = "os^DvPX"

LINES = ("-", "--", ":", "-.")
MARKED = 30  # points of a line; more would hide it

DASHES = ("none", "7,3", "2,3", "9,3,2,3")
HEADER = ("optimizer", "x", "y", "f")

Array = NDArray[np.float64]
Height = Callable[[Any, Any], Any]
Bounds = tuple[tuple[float, float], tuple[float, float]]


def curves(series: Mapping[str, tuple[ArrayLike, ArrayLike]], ax: "Axes | None" = None) -> "Axes":
    """Lines over steps that are counted.

    ``series`` holds the steps (n,) and the values (n,) of each line by its name. ``ax`` is where to draw, by
    default a new picture.
    """
    from matplotlib.ticker import MaxNLocator

    ax = _axes(ax)
    looks = zip(cycle(COLORS), cycle(MARKERS), cycle(LINES), strict=False)
    for (name, (steps, values)), (color, marker, line) in zip(series.items(), looks, strict=False):
        mark = marker if np.size(steps) <= MARKED else ""
        ax.plot(steps, values, color=color, marker=mark, markersize=4, linestyle=line, label=name)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend(loc="best", fontsize="small")
    return ax


def decision_boundary(
    predict: Callable[[Array], ArrayLike],
    x: ArrayLike,
    y: ArrayLike,
    ax: "Axes | None" = None,
    level: float = 0.0,
    resolution: int = 80,
) -> "Axes":
    """Points x (n, 2) of the classes y (n,), on the regions that ``predict`` gives to each class.

    ``predict`` takes points (m, 2) and returns scores: (m,) for two classes, which meet where the score is
    ``level`` (0 for margins, 0.5 for probabilities), or (m, k) for k classes, of which the largest score
    wins. ``resolution`` is the number of points along each side of the picture that predict is asked about,
    ``ax`` where to draw, by default a new picture. ValueError if the shapes of x and y do not fit.
    """
    points, classes = np.asarray(x, dtype=np.float64), np.asarray(y)
    if points.ndim != 2 or points.shape[1] != 2 or classes.shape != points.shape[:1]:
        raise ValueError(f"x is (n, 2) and y is (n,), got {points.shape} and {classes.shape}")
    ax = _axes(ax)
    sides = [np.linspace(*_with_margin(points[:, i]), resolution) for i in (0, 1)]
    across, up = np.meshgrid(*sides)
    scores = np.asarray(predict(np.column_stack([across.ravel(), up.ravel()])), dtype=np.float64)
    regions, borders = _regions(scores.reshape(resolution**2, -1), level)
    labels = np.unique(classes)
    colors = list(islice(cycle(COLORS), max(len(labels), len(borders) + 1)))
    # A class has its region's color; names of classes, and -1 for the first of two, stand in order.
    places = labels.tolist() if set(labels.tolist()) <= set(range(len(borders) + 1)) else range(len(labels))
    regions = regions.reshape(across.shape)
    ax.contourf(across, up, regions, levels=[-np.inf, *borders, np.inf], colors=colors, alpha=0.22)
    if seen := [border for border in borders if regions.min() < border < regions.max()]:
        ax.contour(across, up, regions, levels=seen, colors="#333333", linewidths=1)
    for label, place in zip(labels, places, strict=True):
        spot, color, marker = points[classes == label], colors[int(place)], MARKERS[int(place) % len(MARKERS)]
        ax.scatter(spot[:, 0], spot[:, 1], s=24, c=color, marker=marker, edgecolors="white", label=str(label))
    # Beside the picture: inside, it would cover points or regions.
    ax.legend(title="class", loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False, fontsize="small")
    return ax


def _regions(scores: Array, level: float) -> tuple[Array, list[float]]:
    """A height for each point, and the heights where one class ends and the next begins."""
    if scores.shape[1] == 1:
        return scores[:, 0], [level]
    if scores.shape[1] == 2:  # their difference crosses 0 smoothly, where an argmax jumps
        return scores[:, 1] - scores[:, 0], [0.0]
    return scores.argmax(axis=1).astype(np.float64), [i + 0.5 for i in range(scores.shape[1] - 1)]


def confusion_matrix(
    y_true: ArrayLike, y_pred: ArrayLike, ax: "Axes | None" = None, names: Sequence[str] | None = None
) -> "Axes":
    """How often each class (a row) was taken for each (a column); right answers are on the diagonal.

    Both are integers (n,), or one-hot rows or scores (n, k), of which the largest counts. ``names`` are the
    classes' names, ``ax`` is where to draw, by default a new picture. ValueError if there are not as many
    rows of both, or fewer names than classes.
    """
    true, predicted = _classes(y_true), _classes(y_pred)
    if true.shape != predicted.shape:
        raise ValueError(f"y_true and y_pred have as many rows, got {len(true)} and {len(predicted)}")
    labels = names if names is not None else [str(i) for i in range(max(true.max(), predicted.max()) + 1)]
    n = len(labels)
    if max(true.max(), predicted.max()) >= n:
        raise ValueError(f"there are {n} names, but a class {max(true.max(), predicted.max())}")
    counts = np.zeros((n, n), dtype=int)
    np.add.at(counts, (true, predicted), 1)
    ax = _axes(ax)
    ax.imshow(counts, cmap="Blues")
    for (i, j), count in np.ndenumerate(counts):
        ax.text(
            j, i, str(count), ha="center", va="center", color="white" if count > counts.max() / 2 else "black"
        )
    ax.set_xticks(range(n), labels)
    ax.set_yticks(range(n), labels)
    ax.set(xlabel="predicted", ylabel="true", title=f"{np.trace(counts)} of {counts.sum()} right")
    return ax


def _classes(y: ArrayLike) -> NDArray[np.intp]:
    array = np.asarray(y)
    if array.ndim == 2 and array.shape[1] > 1:
        if np.isnan(array).any():
            row = int(np.argwhere(np.isnan(array))[0, 0])
            raise ValueError(f"row {row} holds nan, which is no class's score")
        return array.argmax(axis=1)
    if array.ndim == 2 and array.dtype.kind in "iub":
        array = array[:, 0]
    single = ". Next: (y > 0.5).astype(int) makes classes of one score" if array.shape[1:] == (1,) else ""
    if array.ndim != 1 or not array.size or array.dtype.kind not in "iub" or array.min() < 0:
        raise ValueError(
            f"classes are integers (n,) from 0 on, or scores (n, k), got {array.dtype} of shape {array.shape}"
            f"{single}"
        )
    return array.astype(np.intp)


def descent(
    f: Height,
    paths: Mapping[str, ArrayLike],
    ax: "Axes | None" = None,
    bounds: Bounds | None = None,
) -> "Axes":
    """Paths of optimizers on the contour map of f.

    ``f`` takes two arrays, x and y, and returns the heights. ``paths`` holds points (steps, 2) by the name of
    the optimizer. ``bounds`` are the limits of x and of y; without them the map holds every path. ``ax`` is
    where to draw, by default a new picture.
    """
    routes = _routes(paths)
    ax = _contour_map(f, routes, _axes(ax), bounds)
    for (name, route), color, marker in zip(routes.items(), cycle(COLORS), cycle(MARKERS), strict=False):
        ax.plot(*route.T, color=color, marker=marker, markersize=3, linewidth=1.2, label=name)
    ax.legend(loc="best", fontsize="small")
    return ax


def descent_frames(
    f: Height,
    paths: Mapping[str, ArrayLike],
    bounds: Bounds | None = None,
    frames: int = 12,
) -> Stepper:
    """The ``paths`` of ``descent`` stepping together: at most ``frames`` pictures, spread over all steps.

    ``f`` and ``bounds`` as for ``descent``.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    routes = _routes(paths)
    canvas = FigureCanvasAgg(Figure(figsize=(5.2, 4.0), dpi=90, layout="constrained"))
    ax = _contour_map(f, routes, canvas.figure.add_subplot(), bounds)
    canvas.draw()  # the layout is made now; before it the map lies elsewhere
    width, height = canvas.get_width_height()
    pixels = {name: ax.transData.transform(route) * (1, -1) + (0, height) for name, route in routes.items()}
    window = "{:.0f} {:.0f} {:.0f} {:.0f}".format(*_box(ax, height))
    ground = f'<image href="data:image/png;base64,{_png(canvas)}"/>'
    legend = _legend(routes, *_box(ax, height)[:2])
    longest = max(map(len, routes.values())) - 1
    pictures = []
    for step in np.unique(np.linspace(0, longest, min(frames, longest + 1)).round().astype(int)):
        trails = map(_trail, (route[: step + 1] for route in pixels.values()), cycle(COLORS), cycle(DASHES))
        svg = _svg(width, height, ground + _window(window, "".join(trails)) + legend)
        pictures.append(Frame(f"Step {step} of {longest}", svg, (), HEADER, tuple(_rows(f, routes, step))))
    return Stepper(pictures)


def _box(ax: "Axes", height: float) -> tuple[float, float, float, float]:
    """Left, top, width and height of the map in pixels from the upper left corner."""
    box = ax.get_window_extent()
    return box.x0, height - box.y1, box.width, box.height


def _svg(width: float, height: float, inside: str) -> str:
    return (
        f'<svg xmlns="{SVG}" width="{width}" height="{height}" viewBox="0 0 {width} {height}">{inside}</svg>'
    )


def _window(box: str, inside: str) -> str:
    """What leaves the box is cut off, as by the frame of the map."""
    x, y, width, height = box.split()
    return f'<svg x="{x}" y="{y}" width="{width}" height="{height}" viewBox="{box}">{inside}</svg>'


def _png(canvas: Any) -> str:
    """The figure as base64 text, in 32 colors: enough for a map, and a quarter of the size."""
    from PIL import Image

    png = io.BytesIO()
    Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB").quantize(32).save(
        png, "PNG", optimize=True
    )
    return base64.b64encode(png.getvalue()).decode()


def _trail(pixels: Array, color: str, dashes: str) -> str:
    known = pixels[np.isfinite(pixels).all(axis=1)]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in known)
    heads = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{color}" stroke="white"/>' for x, y in known[-1:]
    )
    return _line(points, color, dashes) + heads


def _line(points: str, color: str, dashes: str) -> str:
    stroke = f'stroke="{color}" stroke-width="2" stroke-dasharray="{dashes}"'
    return f'<polyline points="{points}" fill="none" {stroke}/>'


def _legend(names: Iterable[str], left: float, top: float) -> str:
    parts = []
    for i, (name, color, dashes) in enumerate(zip(names, cycle(COLORS), cycle(DASHES), strict=False)):
        y = top + 14 + 16 * i
        text = f'<text x="{left + 42:.0f}" y="{y + 4:.0f}" font-size="12" font-family="{FONT}" fill="{INK}"'
        parts.append(_line(f"{left + 8:.0f},{y:.0f} {left + 36:.0f},{y:.0f}", color, dashes))
        parts.append(f'{text} stroke="white" stroke-width="3" paint-order="stroke">{escape(name)}</text>')
    return "".join(parts)


def _rows(f: Height, routes: Mapping[str, Array], step: int) -> Iterator[tuple[str, ...]]:
    for name, route in routes.items():
        x, y = route[min(step, len(route) - 1)]
        yield name, f"{x:.4g}", f"{y:.4g}", f"{float(np.asarray(f(x, y))):.4g}"


def _routes(paths: Mapping[str, ArrayLike]) -> dict[str, Array]:
    routes = {name: np.asarray(path, dtype=np.float64) for name, path in paths.items()}
    for name, route in routes.items():
        if route.ndim != 2 or route.shape[1] != 2 or not len(route):
            raise ValueError(f"a path is points (steps, 2), but {name} has shape {route.shape}")
    return routes


def _contour_map(f: Height, routes: Mapping[str, Array], ax: "Axes", bounds: Bounds | None) -> "Axes":
    points = np.concatenate(list(routes.values()))
    points = points[np.isfinite(points).all(axis=1)]
    limits = bounds or (_with_margin(points[:, 0]), _with_margin(points[:, 1]))
    x, y = np.meshgrid(*(np.linspace(*limit, 120) for limit in limits))
    heights = np.asarray(f(x, y), dtype=np.float64)
    # by quantiles: a valley's floor gets as many lines as its walls
    levels = np.unique(np.quantile(heights[np.isfinite(heights)], np.linspace(0, 1, 16)))
    ax.contourf(x, y, heights, levels=levels, cmap="Greys", alpha=0.35)
    ax.contour(x, y, heights, levels=levels, colors="#8a8a8a", linewidths=0.6)
    ax.set(xlim=limits[0], ylim=limits[1], xlabel="x", ylabel="y")
    return ax


def _with_margin(values: Array) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    margin = 0.12 * (high - low) or 1.0
    return low - margin, high + margin


def _axes(ax: "Axes | None") -> "Axes":
    if ax is not None:
        return ax
    from matplotlib import pyplot

    return pyplot.subplots(figsize=(5.2, 4.0), layout="constrained")[1]
