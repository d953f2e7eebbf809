"""Chapter 11: convolution and pooling, forward and backward, and the patch matrix that carries both."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.exercise import Exercise, Misconception, Recorded
from revgraph.checks.report import SHOWN

Shape = tuple[int, ...]
Pair = tuple[int, int]
Array = np.ndarray
Rng = np.random.Generator

# Images, kernels, stride, padding. All sizes differ, so that no axis can pass for another; the first two are
# small enough to be read in a message. What each catches: strides that leave a remainder, a padding that
# depends on the stride, even kernels, a kernel of 1 x 1, strides larger than the kernel, a kernel as large
# as the image, no image at all.
LAYOUTS: list[tuple[Shape, Shape, Pair, str]] = [
    ((1, 2, 3, 1), (1, 2, 1, 1), (1, 1), "VALID"),
    ((1, 3, 2, 1), (2, 1, 1, 1), (1, 1), "SAME"),
    ((1, 1, 6, 1), (1, 2, 1, 1), (1, 3), "VALID"),
    ((2, 5, 6, 3), (3, 2, 3, 4), (1, 1), "VALID"),
    ((2, 5, 6, 2), (2, 3, 2, 3), (1, 2), "VALID"),
    ((2, 6, 5, 2), (3, 2, 2, 3), (2, 3), "SAME"),
    ((2, 5, 7, 2), (2, 4, 2, 1), (2, 1), "SAME"),
    ((2, 4, 7, 1), (1, 1, 1, 2), (1, 1), "SAME"),
    ((2, 6, 7, 2), (2, 1, 2, 3), (3, 2), "VALID"),
    ((2, 5, 4, 2), (1, 2, 2, 3), (3, 3), "SAME"),
    ((2, 4, 5, 3), (4, 5, 3, 2), (1, 1), "VALID"),
    ((0, 4, 5, 2), (3, 2, 2, 3), (1, 1), "SAME"),
]

# Images, window, stride. The first is small enough to be read in a message.
POOLS: list[tuple[Shape, Pair, Pair]] = [
    ((1, 1, 6, 1), (1, 2), (1, 2)),
    ((1, 2, 3, 1), (2, 2), (1, 1)),
    ((2, 5, 7, 3), (2, 2), (2, 2)),
    ((2, 4, 7, 2), (2, 3), (1, 2)),
    ((2, 7, 5, 2), (3, 2), (2, 3)),
    ((2, 6, 7, 3), (2, 1), (3, 2)),
    ((2, 3, 4, 3), (3, 4), (1, 1)),
    ((0, 4, 5, 2), (2, 3), (2, 1)),
]

SMALL = np.array([-5.0, -4.0, -3.0, -2.0, -1.0, 1.0, 2.0, 3.0, 4.0, 5.0])


def _draw(rng: Rng, shape: Shape) -> Array:
    """Random numbers, no two alike; where a message shows them all, they are easy to read."""
    size = int(np.prod(shape))
    if size <= SHOWN:
        return rng.choice(SMALL, size, replace=False).reshape(shape)
    return rng.normal(size=shape)


# output_size and same_padding


def output_size(size: int, kernel: int, stride: int, padding: str) -> int:
    if padding == "SAME":
        return -(-size // stride)
    return (size - kernel) // stride + 1


def same_padding(size: int, kernel: int, stride: int) -> Pair:
    last_start = (output_size(size, kernel, stride, "SAME") - 1) * stride
    missing = max(last_start + kernel - size, 0)
    return missing // 2, missing - missing // 2


def _axes(rng: Rng) -> list[tuple[int, int, int]]:
    """(size, kernel, stride), the simplest first, then some at random."""
    known = [
        (5, 3, 1),
        (5, 2, 1),
        (7, 3, 2),
        (8, 3, 2),
        (6, 4, 3),
        (5, 1, 3),
        (10, 2, 4),
        (4, 4, 2),
        (7, 5, 5),
    ]
    drawn = zip(rng.integers(6, 20, 4), rng.integers(1, 7, 4), rng.integers(1, 6, 4), strict=True)
    return known + [(int(size), int(kernel), int(stride)) for size, kernel, stride in drawn]


def output_size_cases(rng: Rng) -> Iterator[Case]:
    for padding in ("VALID", "SAME"):
        for axis in _axes(rng):
            yield case(*axis, padding)


def same_padding_cases(rng: Rng) -> Iterator[Case]:
    for axis in _axes(rng):
        yield case(*axis)


def _output_size_mistaken(valid: Callable[..., int], same: Callable[..., int]) -> Callable[..., int]:
    def answer(size: int, kernel: int, stride: int, padding: str) -> int:
        return same(size, kernel, stride) if padding == "SAME" else valid(size, kernel, stride)

    return answer


def _right_valid(size: int, kernel: int, stride: int) -> int:
    return output_size(size, kernel, stride, "VALID")


def _right_same(size: int, kernel: int, stride: int) -> int:
    return output_size(size, kernel, stride, "SAME")


def _missing(size: int, kernel: int, stride: int) -> int:
    return sum(same_padding(size, kernel, stride))


def _missing_of_floor(size: int, kernel: int, stride: int) -> Pair:
    missing = max((size // stride - 1) * stride + kernel - size, 0)
    return missing // 2, missing - missing // 2


def _missing_unclipped(size: int, kernel: int, stride: int) -> Pair:
    missing = (_right_same(size, kernel, stride) - 1) * stride + kernel - size
    return missing // 2, missing - missing // 2


# conv2d_naive and conv2d


def _output_shape(shape: Shape, kernel_size: Shape, stride: Pair, padding: str) -> Pair:
    """Rows and columns of the output for images of a shape (n, h, w, c)."""
    rows, columns = (
        output_size(*axis, padding) for axis in zip(shape[1:3], kernel_size, stride, strict=True)
    )
    return rows, columns


def _margins(shape: Shape, kernel_size: Shape, stride: Pair, padding: str) -> list[Pair]:
    """Zeros before and after each of the four axes."""
    if padding == "VALID":
        return [(0, 0)] * 4
    inner = [same_padding(*axis) for axis in zip(shape[1:3], kernel_size, stride, strict=True)]
    return [(0, 0), *inner, (0, 0)]


def _inside(array: Array, margins: list[Pair]) -> Array:
    """What is left of an array when its margins are cut off: undoes `np.pad`."""
    return array[
        tuple(slice(before, n - after) for n, (before, after) in zip(array.shape, margins, strict=True))
    ]


def conv2d_naive(x: Array, k: Array, stride: Pair = (1, 1), padding: str = "VALID") -> Array:
    (kh, kw, _, out_channels), (sh, sw) = k.shape, stride
    padded = np.pad(x, _margins(x.shape, (kh, kw), stride, padding))
    out = np.zeros((len(x), *_output_shape(x.shape, (kh, kw), stride, padding), out_channels))
    for image, i, j, channel in np.ndindex(*out.shape):
        window = padded[image, i * sh : i * sh + kh, j * sw : j * sw + kw]
        out[image, i, j, channel] = np.sum(window * k[..., channel])
    return out


def conv2d(x: Array, k: Array, stride: Pair = (1, 1), padding: str = "VALID") -> Array:
    kh, kw, in_channels, out_channels = k.shape
    patches = im2col(x, (kh, kw), stride, padding)
    out = patches @ k.reshape(kh * kw * in_channels, out_channels)
    return out.reshape(len(x), *_output_shape(x.shape, (kh, kw), stride, padding), out_channels)


def conv2d_cases(rng: Rng) -> Iterator[Case]:
    for x_shape, k_shape, stride, padding in LAYOUTS:
        x, k = _draw(rng, x_shape), _draw(rng, k_shape)
        yield case(x, k) if (stride, padding) == ((1, 1), "VALID") else case(x, k, stride, padding)


Conv2d = Callable[..., Array]


def _conv2d_like(change: Callable[[Array, Array, Pair, str], Array]) -> Conv2d:
    """A wrong convolution with a convolution's default arguments."""

    def answer(x: Array, k: Array, stride: Pair = (1, 1), padding: str = "VALID") -> Array:
        return change(x, k, stride, padding)

    return answer


def _conv2d_padded(x: Array, k: Array, stride: Pair, margins: list[Pair]) -> Array:
    return conv2d(np.pad(x, margins), k, stride, "VALID")


def _floor_windows(x: Array, k: Array, stride: Pair, padding: str) -> Array:
    right = conv2d(x, k, stride, padding)
    if padding == "VALID":
        return right
    return right[:, : x.shape[1] // stride[0], : x.shape[2] // stride[1]]


def _more_before(x: Array, k: Array, stride: Pair, padding: str) -> Array:
    margins = _margins(x.shape, k.shape[:2], stride, padding)
    return _conv2d_padded(x, k, stride, [(after, before) for before, after in margins])


def _equal_margins(x: Array, k: Array, stride: Pair, padding: str) -> Array:
    if padding == "VALID":
        return conv2d(x, k, stride, padding)
    return _conv2d_padded(x, k, stride, [(0, 0), *((n // 2, n // 2) for n in k.shape[:2]), (0, 0)])


def _margins_of_stride_one(x: Array, k: Array, stride: Pair, padding: str) -> Array:
    return _conv2d_padded(x, k, stride, _margins(x.shape, k.shape[:2], (1, 1), padding))


def _windows_one_apart(x: Array, k: Array, stride: Pair, padding: str) -> Array:
    rows, columns = _output_shape(x.shape, k.shape[:2], stride, padding)
    margins = _margins(x.shape, k.shape[:2], stride, padding)
    return _conv2d_padded(x, k, (1, 1), margins)[:, :rows, :columns]


def _kernel_read_as(*order: int) -> Conv2d:
    """The kernel flattened with its axes in another order than the patches have."""
    return _conv2d_like(lambda x, k, *how: conv2d(x, k.transpose(*order, 3).reshape(k.shape), *how))


def _output_columns_first(x: Array, k: Array, stride: Pair, padding: str) -> Array:
    right = conv2d(x, k, stride, padding)
    n, rows, columns, channels = right.shape
    return right.reshape(n, columns, rows, channels)


# im2col and col2im


def im2col(x: Array, kernel_size: Pair, stride: Pair = (1, 1), padding: str = "VALID") -> Array:
    patches = _patches(x, kernel_size, stride, _margins(x.shape, kernel_size, stride, padding))
    n, rows, columns, kh, kw, channels = patches.shape
    return patches.reshape(n * rows * columns, kh * kw * channels)


def _patches(x: Array, kernel_size: Pair, stride: Pair, margins: list[Pair]) -> Array:
    """(n, rows, columns, kh, kw, channels): the windows of the padded images."""
    (kh, kw), (sh, sw), padded = kernel_size, stride, np.pad(x, margins)
    rows, columns = _output_shape(padded.shape, kernel_size, stride, "VALID")
    patches = np.zeros((len(x), rows, columns, kh, kw, x.shape[3]))
    for i, j in np.ndindex(kh, kw):  # fewer rounds than over the windows; chapter 12 trains with this
        patches[:, :, :, i, j] = padded[:, i : i + rows * sh : sh, j : j + columns * sw : sw]
    return patches


def col2im(
    cols: Array, x_shape: Shape, kernel_size: Pair, stride: Pair = (1, 1), padding: str = "VALID"
) -> Array:
    margins = _margins(x_shape, kernel_size, stride, padding)
    return _inside(_padded_col2im(cols, x_shape, kernel_size, stride, padding), margins)


def _padded_col2im(
    cols: Array,
    x_shape: Shape,
    kernel_size: Pair,
    stride: Pair,
    padding: str,
    apart: Pair | None = None,
    overwrite: bool = False,
) -> Array:
    """The sum over windows, with the margins still around it. ``apart`` and ``overwrite`` make it wrong."""
    (kh, kw), (sh, sw) = kernel_size, apart or stride
    rows, columns = _output_shape(x_shape, kernel_size, stride, padding)
    margins = _margins(x_shape, kernel_size, stride, padding)
    sums = np.zeros(tuple(n + before + after for n, (before, after) in zip(x_shape, margins, strict=True)))
    patches = cols.reshape(x_shape[0], rows, columns, kh, kw, x_shape[3])
    if overwrite:
        for i, j in np.ndindex(rows, columns):
            sums[:, i * sh : i * sh + kh, j * sw : j * sw + kw] = patches[:, i, j]
        return sums
    for i, j in np.ndindex(kh, kw):
        sums[:, i : i + rows * sh : sh, j : j + columns * sw : sw] += patches[:, :, :, i, j]
    return sums


def im2col_cases(rng: Rng) -> Iterator[Case]:
    for x_shape, k_shape, stride, padding in LAYOUTS:
        x, size = _draw(rng, x_shape), k_shape[:2]
        yield case(x, size) if (stride, padding) == ((1, 1), "VALID") else case(x, size, stride, padding)


def col2im_cases(rng: Rng) -> Iterator[Case]:
    for x_shape, k_shape, stride, padding in [((1, 1, 4, 1), (1, 2), (1, 1), "VALID"), *LAYOUTS]:
        size = k_shape[:2]
        rows, columns = _output_shape(x_shape, size, stride, padding)
        cols = _draw(rng, (x_shape[0] * rows * columns, int(np.prod(size)) * x_shape[3]))
        how = () if (stride, padding) == ((1, 1), "VALID") else (stride, padding)
        yield case(cols, x_shape, size, *how)


def _im2col_like(change: Callable[[Array, Pair, Pair, str], Array]) -> Callable[..., Array]:
    def answer(x: Array, kernel_size: Pair, stride: Pair = (1, 1), padding: str = "VALID") -> Array:
        return change(x, kernel_size, stride, padding)

    return answer


def _im2col_ordered(*order: int) -> Callable[..., Array]:
    """The six axes (image, row, column, kernel row, kernel column, channel) in another order."""

    def change(x: Array, kernel_size: Pair, stride: Pair, padding: str) -> Array:
        patches = _patches(x, kernel_size, stride, _margins(x.shape, kernel_size, stride, padding))
        entries = kernel_size[0] * kernel_size[1] * x.shape[3]
        return patches.transpose(order).reshape(patches.size // entries, entries)

    return _im2col_like(change)


def _im2col_more_before(x: Array, kernel_size: Pair, stride: Pair, padding: str) -> Array:
    margins = _margins(x.shape, kernel_size, stride, padding)
    return im2col(np.pad(x, [(after, before) for before, after in margins]), kernel_size, stride)


def _im2col_one_apart(x: Array, kernel_size: Pair, stride: Pair, padding: str) -> Array:
    rows, columns = _output_shape(x.shape, kernel_size, stride, padding)
    patches = _patches(x, kernel_size, (1, 1), _margins(x.shape, kernel_size, stride, padding))
    return patches[:, :rows, :columns].reshape(-1, kernel_size[0] * kernel_size[1] * x.shape[3])


def _col2im_like(change: Callable[[Array, Shape, Pair, Pair, str], Array]) -> Callable[..., Array]:
    def answer(
        cols: Array, x_shape: Shape, kernel_size: Pair, stride: Pair = (1, 1), padding: str = "VALID"
    ) -> Array:
        return change(cols, x_shape, kernel_size, stride, padding)

    return answer


def _col2im_altered(**change: Any) -> Callable[..., Array]:
    return _col2im_like(
        lambda cols, shape, size, stride, padding: _inside(
            _padded_col2im(cols, shape, size, stride, padding, **change),
            _margins(shape, size, stride, padding),
        )
    )


_col2im_overwriting = _col2im_altered(overwrite=True)
_col2im_one_apart = _col2im_altered(apart=(1, 1))


def _col2im_averaging(cols: Array, shape: Shape, *how: Any) -> Array:
    copies = col2im(np.ones_like(cols), shape, *how)
    return col2im(cols, shape, *how) / np.maximum(copies, 1)


def _col2im_from_the_corner(cols: Array, shape: Shape, size: Pair, stride: Pair, padding: str) -> Array:
    """The margins are cut off at the far end only."""
    return _padded_col2im(cols, shape, size, stride, padding)[:, : shape[1], : shape[2]]


def _col2im_channels_first(cols: Array, shape: Shape, size: Pair, *how: Any) -> Array:
    reread = cols.reshape(len(cols), shape[3], *size).transpose(0, 2, 3, 1)
    return col2im(reread.reshape(cols.shape), shape, size, *how)


# conv2d_vjp


def conv2d_vjp(
    g: Array, ans: Array, x: Array, k: Array, stride: Pair = (1, 1), padding: str = "VALID"
) -> tuple[Array, Array]:
    return _conv2d_gradients(g, x, k, stride, padding)


def _conv2d_gradients(
    g: Array, x: Array, k: Array, stride: Pair, padding: str, back: Callable[..., Array] = col2im
) -> tuple[Array, Array]:
    """(dx, dk); ``back`` carries the gradient of the patches back to the images."""
    g_rows, k_matrix = g.reshape(-1, k.shape[3]), k.reshape(-1, k.shape[3])
    how = (k.shape[:2], stride, padding)
    return back(g_rows @ k_matrix.T, x.shape, *how), (im2col(x, *how).T @ g_rows).reshape(k.shape)


def conv2d_vjp_cases(rng: Rng) -> Iterator[Case]:
    for question in conv2d_cases(rng):
        ans = conv2d(*question.args)
        yield case(_draw(rng, ans.shape), ans, *question.args)


Gradients = tuple[Array, Array]


def _conv2d_vjp_like(change: Callable[[Array, Array, Array, Pair, str], Any]) -> Callable[..., Any]:
    def answer(
        g: Array, ans: Array, x: Array, k: Array, stride: Pair = (1, 1), padding: str = "VALID"
    ) -> Any:
        return change(g, x, k, stride, padding)

    return answer


def _mirrored(k: Array) -> Array:
    return k[::-1, ::-1]


def _dx_mirrored(g: Array, x: Array, k: Array, *how: Any) -> Gradients:
    return _conv2d_gradients(g, x, _mirrored(k), *how)


def _dk_mirrored(g: Array, x: Array, k: Array, *how: Any) -> Gradients:
    dx, dk = _conv2d_gradients(g, x, k, *how)
    return dx, _mirrored(dk).copy()


def _backward_one_apart(g: Array, x: Array, k: Array, stride: Pair, padding: str) -> Gradients:
    dx, _ = _conv2d_gradients(g, x, k, stride, padding, _col2im_one_apart)
    patches = _im2col_one_apart(x, k.shape[:2], stride, padding)
    return dx, (patches.T @ g.reshape(-1, k.shape[3])).reshape(k.shape)


def _dk_averaged(g: Array, x: Array, k: Array, *how: Any) -> Gradients:
    dx, dk = _conv2d_gradients(g, x, k, *how)
    return dx, dk / max(len(x), 1)


# max_pool2d and max_pool2d_vjp


def max_pool2d(x: Array, size: Pair, stride: Pair) -> Array:
    return _pool_windows(x, size, stride).max(axis=3)


def _pool_windows(x: Array, size: Pair, stride: Pair) -> Array:
    """(n, rows, columns, entries of a window, channels)."""
    rows, columns = _output_shape(x.shape, size, stride, "VALID")
    return im2col(x, size, stride).reshape(len(x), rows, columns, size[0] * size[1], x.shape[3])


def max_pool2d_vjp(g: Array, ans: Array, x: Array, size: Pair, stride: Pair) -> Array:
    largest = _largest(ans, x, size, stride)
    return _pool_back(g, largest / largest.sum(axis=3, keepdims=True), x, size, stride)


def _largest(ans: Array, x: Array, size: Pair, stride: Pair) -> Array:
    """Of each entry of each window, whether it equals the window's maximum."""
    return _pool_windows(x, size, stride) == np.expand_dims(ans, 3)


def _pool_back(
    g: Array, shares: Array, x: Array, size: Pair, stride: Pair, back: Callable[..., Array] = col2im
) -> Array:
    """Each entry of a window takes its share of the window's gradient."""
    parts = np.expand_dims(g, 3) * shares
    entries = size[0] * size[1] * x.shape[3]
    return back(parts.reshape(-1, entries), x.shape, size, stride)


def max_pool2d_cases(rng: Rng) -> Iterator[Case]:
    yield case(np.array([4.0, 1.0, -3.0, -2.0, 0.0, 5.0]).reshape(1, 1, 6, 1), (1, 2), (1, 2))
    for shape, size, stride in POOLS:
        yield case(_draw(rng, shape), size, stride)


def max_pool2d_vjp_cases(rng: Rng) -> Iterator[Case]:
    tied = np.array([4.0, 1.0, -3.0, -3.0, 5.0, 5.0]).reshape(1, 1, 6, 1)
    yield _pool_vjp_case(rng, tied, (1, 2), (1, 2))
    for shape, size, stride in POOLS:
        yield _pool_vjp_case(rng, _draw(rng, shape), size, stride)
        yield _pool_vjp_case(rng, rng.integers(-2, 1, shape).astype(float), size, stride)
    yield _pool_vjp_case(rng, np.zeros((2, 3, 4, 2)), (2, 2), (1, 2))


def _pool_vjp_case(rng: Rng, x: Array, size: Pair, stride: Pair) -> Case:
    ans = max_pool2d(x, size, stride)
    return case(_draw(rng, ans.shape), ans, x, size, stride)


def _pool_windows_that_stick_out(x: Array, size: Pair, stride: Pair) -> Array:
    over = [
        (0, -(-(n - s) // step) * step + s - n) for n, s, step in zip(x.shape[1:3], size, stride, strict=True)
    ]
    return max_pool2d(np.pad(x, [(0, 0), *over, (0, 0)], constant_values=-np.inf), size, stride)


def _pool_vjp_first(g: Array, ans: Array, x: Array, size: Pair, stride: Pair) -> Array:
    largest = _largest(ans, x, size, stride)
    return _pool_back(g, largest & (np.cumsum(largest, axis=3) == 1), x, size, stride)


def _pool_vjp_overwriting(g: Array, ans: Array, x: Array, size: Pair, stride: Pair) -> Array:
    largest = _largest(ans, x, size, stride)
    shares = largest / largest.sum(axis=3, keepdims=True)
    return _pool_back(g, shares, x, size, stride, _col2im_overwriting)


def _pool_vjp_spread(g: Array, ans: Array, x: Array, size: Pair, stride: Pair) -> Array:
    entries = size[0] * size[1]
    return _pool_back(g, np.full((1, 1, 1, entries, 1), 1 / entries), x, size, stride)


def _pool_vjp_one_count(g: Array, ans: Array, x: Array, size: Pair, stride: Pair) -> Array:
    largest = _largest(ans, x, size, stride)
    return _pool_back(g, largest / max(largest.sum(), 1), x, size, stride)


# Values from elsewhere: images (2, 2, 3, 2) and kernels (2, 2, 2, 3), stride (1, 2), 'SAME'. PyTorch has no
# such padding: there, a column and a row of zeros were put behind by hand.


def _whole(start: int, step: int, modulus: int, shape: Shape) -> Array:
    """Whole numbers that look random: enough to tell every mistake, easy to type elsewhere."""
    return (np.arange(float(np.prod(shape))) * step % modulus - start).reshape(shape)


def _listed(numbers: str, shape: Shape) -> Array:
    return np.array([float(word) for word in numbers.split()]).reshape(shape)


X = _whole(5, 7, 11, (2, 2, 3, 2))
K = _whole(3, 5, 7, (2, 2, 2, 3))
G = _whole(2, 3, 5, (2, 2, 2, 3))
COLS = _whole(3, 3, 7, (8, 8))
POOLED = _whole(20, 17, 41, (2, 4, 5, 1))
HOW = ((1, 2), "SAME")
TORCH = "PyTorch 2.13.0, "

CONVOLVED = _listed("-4 -10 5 -8 -6 10 -8 14 1 13 -17 -5 -3 -18 16 0 11 15 5 -19 -1 11 -4 2", (2, 2, 2, 3))
X_GRADIENT = _listed("8 6 -3 -5 -6 -6 -5 -5 2 16 4 3 7 8 -5 -4 8 6 -9 -8 -7 1 -5 -5", X.shape)
K_GRADIENT = _listed("15 -1 3 -22 10 7 1 12 -12 -10 4 3 0 -1 3 -10 -6 8 5 2 4 -5 1 -3", K.shape)
UNFOLDED = _listed(
    "-5 2 -2 5 4 0 -4 3  1 -3 0 0 -1 -5 0 0  4 0 -4 3 0 0 0 0  -1 -5 0 0 0 0 0 0 "
    "2 -2 5 1 0 -4 3 -1  -3 4 0 0 -5 2 0 0  0 -4 3 -1 0 0 0 0  -5 2 0 0 0 0 0 0",
    (8, 8),
)
FOLDED = _listed("-3 0 3 -1 0 3 5 -3 3 -5 -3 3 2 -2 1 -3 -2 1 1 0 -1 5 0 -1", X.shape)
LARGEST = _listed("17 17 20 20 20 20 12 19 15 8 18 11", (2, 3, 2, 1))
POOL_GRADIENT = _listed(
    "0 0 0 0 0 0 0 3 0 0 0 0 18 0 0 0 0 0 0 0  0 0 0 0 8 0 7 0 0 0 0 9 0 10 0 0 11 0 12 0", POOLED.shape
)

FLIPS = Misconception(
    "flips the kernel",
    _conv2d_like(lambda x, k, *how: conv2d(x, _mirrored(k), *how)),
    "You turned the kernel around, as mathematicians do. Deep learning lays it on the image as it is.",
    "which entry of the kernel meets the upper left pixel of the window?",
)
FLOOR = Misconception(
    "floor with SAME",
    _conv2d_like(_floor_windows),
    "With 'SAME', your output lacks its last row or column when the stride leaves a remainder.",
    "with 5 pixels and a stride of 2, windows start at 0, 2 and 4. How many are these?",
)
MORE_BEFORE = Misconception(
    "more zeros before",
    _conv2d_like(_more_before),
    "You put the odd zero in front. 'SAME' puts it behind: below, and on the right.",
    "which of the two numbers of `same_padding` is the larger?",
)
EQUAL_MARGINS = Misconception(
    "equal margins",
    _conv2d_like(_equal_margins),
    "You put half a kernel of zeros on either side. 'SAME' adds only what the windows need, and sometimes "
    "one more behind.",
    "what does `same_padding` say for each of the two axes?",
)
STRIDES_SWAPPED = Misconception(
    "strides swapped",
    _conv2d_like(lambda x, k, stride, padding: conv2d(x, k, stride[::-1], padding)),
    "You swapped the two strides. The first is the step from row to row, the second from column to column.",
)
ONE_APART = Misconception(
    "windows one apart",
    _conv2d_like(_windows_one_apart),
    "The output has the right size, but your windows start one pixel apart, whatever the stride.",
    "at which row of the image does the window of output row `i` start?",
)
READS_ORDER = "compare with your loop in `im2col`: in which order do the numbers of a window stand in a row?"

EXERCISES = [
    Exercise(
        name="output_size",
        points=5,
        reference=output_size,
        cases=output_size_cases,
        recorded=[
            Recorded(case(7, 3, 2, "VALID"), 3, "by hand: windows start at 0, 2, 4"),
            Recorded(case(7, 3, 2, "SAME"), 4, "by hand: windows start at 0, 2, 4, 6"),
        ],
        next="write down where the windows start: 0, stride, 2 · stride, and so on. Which is the last?",
        misconceptions=[
            Misconception(
                "forgets the first window",
                _output_size_mistaken(lambda size, kernel, stride: (size - kernel) // stride, _right_same),
                "With 'VALID', yours is one too few. You counted the moves; the window also counts before it moves.",
            ),
            Misconception(
                "divides first",
                _output_size_mistaken(lambda size, kernel, stride: size // stride - kernel + 1, _right_same),
                "With 'VALID', you divided the size by the stride before you took the kernel away. "
                "The kernel is measured in pixels, not in steps.",
            ),
            Misconception(
                "ceil with VALID",
                _output_size_mistaken(
                    lambda size, kernel, stride: -(-(size - kernel) // stride) + 1, _right_same
                ),
                "With 'VALID', you rounded up. A window that sticks out does not count.",
            ),
            Misconception(
                "floor with SAME",
                _output_size_mistaken(_right_valid, lambda size, kernel, stride: size // stride),
                "With 'SAME', you rounded down. A start at the last pixel counts, too: the rest is filled with zeros.",
                "with 5 pixels and a stride of 2, windows start at 0, 2 and 4.",
            ),
            Misconception(
                "SAME without stride",
                _output_size_mistaken(_right_valid, lambda size, kernel, stride: size),
                "With 'SAME', you returned the size of the input. That holds for stride 1 only.",
            ),
            Misconception(
                "never pads",
                _output_size_mistaken(_right_valid, _right_valid),
                "You treated 'SAME' like 'VALID'. With 'SAME', every stride-th pixel starts a window.",
            ),
            Misconception(
                "as a float",
                lambda *axis: float(output_size(*axis)),
                "The numbers are right, but they come as floats. An array cannot have 3.0 rows: return an int.",
                "`//` stays with whole numbers; `/` and `np.ceil` do not.",
            ),
        ],
    ),
    Exercise(
        name="same_padding",
        points=10,
        reference=same_padding,
        cases=same_padding_cases,
        recorded=[
            Recorded(
                case(6, 3, 2), (0, 1), "TensorFlow's documentation of tf.nn.convolution, the formula for SAME"
            ),
            Recorded(case(5, 3, 1), (1, 1), TORCH + "conv2d(padding='same')"),
            Recorded(case(5, 4, 1), (1, 2), TORCH + "conv2d(padding='same')"),
        ],
        next="where does the last window start, and where does it end? What is missing there?",
        misconceptions=[
            Misconception(
                "more before",
                lambda size, kernel, stride: same_padding(size, kernel, stride)[::-1],
                "When the number of zeros is odd, you put the extra one in front. It belongs behind.",
            ),
            Misconception(
                "equal on both sides",
                lambda size, kernel, stride: (_missing(size, kernel, stride) // 2,) * 2,
                "You put the same number on both sides, and lost a zero where the number is odd.",
                "if `before` zeros of `missing` stand in front, how many are left for behind?",
            ),
            Misconception(
                "half a kernel",
                lambda size, kernel, stride: (kernel // 2, kernel // 2),
                "You put half a kernel on either side. That is right only for odd kernels that move by 1.",
                "with stride 2, does the last window always stick out?",
            ),
            Misconception(
                "as for stride 1",
                lambda size, kernel, stride: same_padding(size, kernel, 1),
                "That is the padding for stride 1. With a larger stride the last window starts elsewhere.",
            ),
            Misconception(
                "negative padding",
                _missing_unclipped,
                "One of your numbers is negative. When the windows leave pixels over, nothing is missing.",
                "which of the two, your number or 0, do you want when your number is below 0?",
            ),
            Misconception(
                "rounds down",
                _missing_of_floor,
                "You took one window too few where the stride does not divide the size: "
                "with 'SAME', their number is rounded up.",
                "your `output_size` knows the number of windows.",
            ),
        ],
    ),
    Exercise(
        name="conv2d_naive",
        points=15,
        reference=conv2d_naive,
        cases=conv2d_cases,
        recorded=[Recorded(case(X, K, *HOW), CONVOLVED, TORCH + "conv2d")],
        next="take one number of the output: which window of the image, and which kernel, does it come from?",
        misconceptions=[
            FLIPS,
            FLOOR,
            MORE_BEFORE,
            EQUAL_MARGINS,
            Misconception(
                "margins of stride 1",
                _conv2d_like(_margins_of_stride_one),
                "You padded as if the stride were 1. How many zeros are needed depends on the stride.",
            ),
            STRIDES_SWAPPED,
            ONE_APART,
            Misconception(
                "first channel only",
                _conv2d_like(lambda x, k, *how: conv2d(x[..., :1], k[:, :, :1], *how)),
                "Only the first input channel arrives. A kernel covers all channels, and their products are summed.",
            ),
            Misconception(
                "averages channels",
                _conv2d_like(lambda x, k, *how: conv2d(x, k, *how) / x.shape[3]),
                "You averaged over the input channels. Their products are summed, like those of the pixels.",
            ),
            Misconception(
                "never pads",
                _conv2d_like(lambda x, k, stride, padding: conv2d(x, k, stride)),
                "You treated 'SAME' like 'VALID': no zeros were put around the image.",
            ),
        ],
    ),
    Exercise(
        name="im2col",
        points=10,
        reference=im2col,
        cases=im2col_cases,
        recorded=[
            Recorded(case(X, (2, 2), *HOW), UNFOLDED, TORCH + "nn.functional.unfold, channels moved last")
        ],
        next="the first row of the matrix is the first window of the first image, all of it. Which is the second?",
        misconceptions=[
            Misconception(
                "channels first",
                _im2col_ordered(0, 1, 2, 5, 3, 4),
                "The right windows, but in each row you put one channel after the other. Here the channels of "
                "one pixel stand together.",
                "in `x`, which axis is the last? A plain reshape of a window keeps that order.",
            ),
            Misconception(
                "a patch a column",
                _im2col_like(lambda x, *how: im2col(x, *how).T),
                "Your patches are the columns of the matrix. Here a patch is a row.",
            ),
            Misconception(
                "images last",
                _im2col_ordered(1, 2, 0, 3, 4, 5),
                "The rows are right, but in another order: you go through all images at one place, then move on. "
                "Here all windows of the first image come first.",
                "which axis should come first before you reshape?",
            ),
            Misconception(
                "windows column by column",
                _im2col_ordered(0, 2, 1, 3, 4, 5),
                "The rows are right, but your windows move down first. They move to the right first, then down.",
            ),
            Misconception(
                "pixels column by column",
                _im2col_ordered(0, 1, 2, 4, 3, 5),
                "The right windows, but each is read column by column. Read it row by row.",
            ),
            Misconception(
                "strides swapped",
                _im2col_like(lambda x, size, stride, padding: im2col(x, size, stride[::-1], padding)),
                STRIDES_SWAPPED.diagnosis,
            ),
            Misconception(
                "windows one apart", _im2col_like(_im2col_one_apart), ONE_APART.diagnosis, ONE_APART.next
            ),
            Misconception(
                "more zeros before",
                _im2col_like(_im2col_more_before),
                MORE_BEFORE.diagnosis,
                MORE_BEFORE.next,
            ),
        ],
    ),
    Exercise(
        name="conv2d",
        points=10,
        reference=conv2d,
        cases=conv2d_cases,
        recorded=[Recorded(case(X, K, *HOW), CONVOLVED, TORCH + "conv2d")],
        next="which shapes do the patch matrix, the kernel as a matrix, and their product have?",
        misconceptions=[
            FLIPS,
            Misconception(
                "kernel channels first",
                _kernel_read_as(2, 0, 1),
                "You flattened the kernel channel by channel, but a row of patches goes pixel by pixel.",
                READS_ORDER,
            ),
            Misconception(
                "kernel column by column",
                _kernel_read_as(1, 0, 2),
                "You flattened the kernel column by column, but a row of patches goes row by row.",
                READS_ORDER,
            ),
            Misconception(
                "reshape instead of transpose",
                _conv2d_like(
                    lambda x, k, *how: conv2d(x, k.reshape(k.shape[3], -1).T.reshape(k.shape), *how)
                ),
                "You reshaped the kernel to (out, …) and transposed it. A reshape does not move an axis, so "
                "the numbers of different kernels got mixed.",
                "out is the last axis already. Which shape keeps it there?",
            ),
            Misconception(
                "output columns first",
                _conv2d_like(_output_columns_first),
                "The numbers are right, but you gave the output its width before its height.",
            ),
            STRIDES_SWAPPED,
            Misconception(
                "averages",
                _conv2d_like(lambda x, k, *how: conv2d(x, k, *how) / (k.shape[0] * k.shape[1])),
                "You averaged over the window. A convolution sums.",
            ),
            Misconception(
                "never pads",
                _conv2d_like(lambda x, k, stride, padding: conv2d(x, k, stride)),
                "You treated 'SAME' like 'VALID': no zeros were put around the image.",
                "does `padding` reach `im2col`?",
            ),
        ],
    ),
    Exercise(
        name="col2im",
        points=10,
        reference=col2im,
        cases=col2im_cases,
        recorded=[
            Recorded(
                case(COLS, X.shape, (2, 2), *HOW), FOLDED, TORCH + "nn.functional.fold, channels moved last"
            )
        ],
        next="`im2col` read a window of the padded image into a row. Where does the row go back to?",
        misconceptions=[
            Misconception(
                "overwrites",
                _col2im_overwriting,
                "Where windows overlap, only the last one is left. Each copy is a path to the loss, and paths add.",
                "what is the difference between `=` and `+=` on a piece of an array?",
            ),
            Misconception(
                "averages",
                _col2im_like(_col2im_averaging),
                "You divided by the number of windows that share a pixel. That would undo `im2col`; "
                "what we need is its adjoint, and that one sums.",
                "which chapter summed copies, and why did it not average them?",
            ),
            Misconception(
                "keeps the margins",
                _col2im_like(_padded_col2im),
                "Yours still has the zeros around it. The result has the shape `x_shape`.",
                "how many rows and columns did the padding add in front?",
            ),
            Misconception(
                "cuts only behind",
                _col2im_like(_col2im_from_the_corner),
                "You cut the margins off behind only. The zeros in front are still there, and the picture has moved.",
                "at which row of the padded picture does the real one begin?",
            ),
            Misconception(
                "ignores the stride",
                _col2im_one_apart,
                "You put the windows back one pixel apart. They go back to where they were taken from.",
                ONE_APART.next,
            ),
            Misconception(
                "channels first",
                _col2im_like(_col2im_channels_first),
                "You read each row channel by channel. `im2col` wrote it pixel by pixel, channels last.",
            ),
        ],
    ),
    Exercise(
        name="conv2d_vjp",
        points=15,
        reference=conv2d_vjp,
        cases=conv2d_vjp_cases,
        recorded=[
            Recorded(case(G, CONVOLVED, X, K, *HOW), (X_GRADIENT, K_GRADIENT), TORCH + "Tensor.backward(g)")
        ],
        next="forward is im2col, a product of matrices, a reshape. Take them in reverse: what does each send back?",
        misconceptions=[
            Misconception(
                "mirrored kernel",
                _conv2d_vjp_like(_dx_mirrored),
                "The input's gradient used a mirrored kernel. Each pixel gets g times the kernel entry that "
                "it met on the way forward.",
                "`col2im` puts each window's share back in place. Is there anything left to turn around?",
            ),
            Misconception(
                "mirrored kernel gradient",
                _conv2d_vjp_like(_dk_mirrored),
                "The kernel's gradient came out mirrored. Its upper left entry belongs to the upper left pixel of "
                "each window.",
            ),
            Misconception(
                "ignores the stride",
                _conv2d_vjp_like(_backward_one_apart),
                "Your backward pass takes windows one pixel apart. It needs the windows of the forward pass.",
                "do `im2col` and `col2im` both get `stride`?",
            ),
            Misconception(
                "stride and padding left out",
                lambda g, ans, x, k, *how: _conv2d_gradients(g, x, k, (1, 1), "VALID"),
                "Your backward pass is right for stride 1 without padding, and knows of nothing else.",
                "which arguments do `im2col` and `col2im` need, to cut the same windows as the forward pass?",
            ),
            Misconception(
                "averages over the batch",
                _conv2d_vjp_like(_dk_averaged),
                "You averaged the kernel's gradient over the images. Every image is a path to the loss, and paths add.",
            ),
            Misconception(
                "overwrites",
                _conv2d_vjp_like(
                    lambda g, x, k, stride, padding: _conv2d_gradients(
                        g, x, k, stride, padding, _col2im_overwriting
                    )
                ),
                "In the input's gradient, windows that overlap overwrite each other. Their gradients add.",
            ),
            Misconception(
                "swapped",
                _conv2d_vjp_like(lambda *inputs: _conv2d_gradients(*inputs)[::-1]),
                "The two gradients are in the wrong order: x's comes first.",
            ),
            Misconception(
                "g ignored",
                _conv2d_vjp_like(lambda g, *inputs: _conv2d_gradients(np.ones_like(g), *inputs)),
                "That is right for a g of ones. Each number of the output has its own upstream gradient.",
            ),
        ],
    ),
    Exercise(
        name="max_pool2d",
        points=5,
        reference=max_pool2d,
        cases=max_pool2d_cases,
        recorded=[Recorded(case(POOLED, (2, 3), (1, 2)), LARGEST, TORCH + "max_pool2d")],
        next="how many windows fit, and which axes of a window does the maximum go over?",
        misconceptions=[
            Misconception(
                "starts from zero",
                lambda x, size, stride: np.maximum(max_pool2d(x, size, stride), 0),
                "Windows without a positive number come out as 0: the search for the largest began at 0.",
                "what is the largest of −3 and −2, and what would you have to begin with to find it?",
            ),
            Misconception(
                "averages",
                lambda x, size, stride: _pool_windows(x, size, stride).mean(axis=3),
                "That is the mean of each window; asked is its largest entry.",
            ),
            Misconception(
                "windows that stick out",
                _pool_windows_that_stick_out,
                "You also took windows that stick out at the edge. Only windows that fit count.",
                "which padding does your `output_size` call name?",
            ),
            Misconception(
                "stride is the size",
                lambda x, size, stride: max_pool2d(x, size, size),
                "You moved each window by its own size. The step is `stride`; windows may overlap or leave gaps.",
            ),
            Misconception(
                "size swapped",
                lambda x, size, stride: max_pool2d(x, size[::-1], stride),
                "You swapped the two sizes of the window. The first is its height, the second its width.",
            ),
            Misconception(
                "strides swapped",
                lambda x, size, stride: max_pool2d(x, size, stride[::-1]),
                STRIDES_SWAPPED.diagnosis,
            ),
            Misconception(
                "over the channels too",
                lambda x, size, stride: max_pool2d(x, size, stride).max(axis=3, keepdims=True),
                "You took the maximum over the channels, too. Each channel is pooled by itself.",
            ),
        ],
    ),
    Exercise(
        name="max_pool2d_vjp",
        points=10,
        reference=max_pool2d_vjp,
        cases=max_pool2d_vjp_cases,
        recorded=[
            Recorded(
                case(np.arange(1.0, 13.0).reshape(LARGEST.shape), LARGEST, POOLED, (2, 3), (1, 2)),
                POOL_GRADIENT,
                TORCH + "Tensor.backward(g), no ties",
            )
        ],
        next="which entries of a window share its gradient, and how many of them are there?",
        misconceptions=[
            Misconception(
                "first maximum only",
                _pool_vjp_first,
                "Only the first of several equal maxima gets a gradient. Here ties share it equally.",
                "how many entries of the window equal its maximum?",
            ),
            Misconception(
                "whole gradient to each",
                lambda g, ans, x, *how: _pool_back(g, _largest(ans, x, *how), x, *how),
                "Every maximum gets the whole gradient, so a tie hands out more than came in. They share it.",
                "how many entries of the window equal its maximum?",
            ),
            Misconception(
                "to all entries",
                _pool_vjp_spread,
                "You spread the gradient over the whole window, as average pooling does. Only the largest entries "
                "moved the result.",
            ),
            Misconception(
                "overwrites",
                _pool_vjp_overwriting,
                "Where windows overlap, only the last one is left. A pixel that is the largest of two windows gets "
                "both gradients.",
            ),
            Misconception(
                "one count for all",
                _pool_vjp_one_count,
                "You divided by the number of maxima in all windows together. Each window shares its own gradient.",
                "which axis does the count go over, and does it stay?",
            ),
            Misconception(
                "g ignored",
                lambda g, *inputs: max_pool2d_vjp(np.ones_like(g), *inputs),
                "You found who shares, but not what: each window hands out its own entry of g.",
            ),
        ],
    ),
]
