"""Taking entries out, putting them back, and joining arrays.

What was taken gets its gradient back by addition, since an entry may be taken more than once.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from revgraph.core.errors import GraphError
from revgraph.core.ops.broadcasting import broadcast_dims
from revgraph.core.ops.op import Op, as_ints, first_dtype, op, same_dims
from revgraph.core.ops.shaping import expand_dims, normalized
from revgraph.core.tensor import (
    Dims,
    Operand,
    Tensor,
    as_numbers,
    as_tensor,
    constant,
    shape_of,
    unknown_size,
)

Array = np.ndarray[Any, Any]


class Argument:
    """Stands in an index for a node: the one at `position` among the nodes given beside the index."""

    def __init__(self, position: int) -> None:
        self.position = position


def filled(index: tuple[Any, ...], nodes: Sequence[Any]) -> tuple[Any, ...]:
    """The index with the nodes' values, dims or texts in their places."""
    return tuple(nodes[part.position] if isinstance(part, Argument) else part for part in index)


def spelled_out(index: tuple[Any, ...], rank: int) -> list[Any]:
    """The index with a slice for each axis that an ellipsis, or nothing at all, stands for."""
    parts = list(index) if any(part is ... for part in index) else [*index, ...]
    missing = rank - sum(part is not None and part is not ... for part in parts)
    if missing < 0:
        raise ValueError(f"{rank - missing} indices are too many for {rank} axes")
    if sum(part is ... for part in parts) > 1:
        raise ValueError(
            "an index has one ellipsis (...) at most; with two, NumPy cannot tell which axes each is"
        )
    at = next(i for i, part in enumerate(parts) if part is ...)
    return parts[:at] + [slice(None)] * missing + parts[at + 1 :]


def sliced_size(size: int, part: slice) -> int:
    if size >= 0:
        return len(range(*part.indices(size)))
    return size if part in (slice(None), slice(None, None, 1)) else unknown_size()


def indexed_dims(a: Dims, *nodes: Dims, index: tuple[Any, ...]) -> Dims:
    """The dims of a[index], by NumPy's rules.

    Integers and integer arrays broadcast to one block of axes. It stands where they stood if they were
    neighbors, otherwise in front.
    """
    if a is None:
        return None
    sizes, result, arrays, starts = iter(a), list[int](), list[Dims](), list[int]()
    neighbor = False
    for part in spelled_out(index, len(a)):
        picks = isinstance(part, int | Argument)
        if picks:
            arrays.append(nodes[part.position] if isinstance(part, Argument) else ())
            starts += [] if neighbor else [len(result)]
            require_inside(next(sizes), part)
        else:
            result.append(1 if part is None else sliced_size(next(sizes), part))
        neighbor = picks
    block = broadcast_dims(*arrays)
    at = starts[0] if len(starts) == 1 else 0
    return None if block is None else (*result[:at], *block, *result[at:])


def require_inside(size: int, part: Any) -> None:
    if isinstance(part, int) and size >= 0 and not -size <= part < size:
        raise ValueError(f"index {part} is outside an axis of size {size}")


def index_text(part: Any) -> str:
    """A part of an index as it is written between brackets."""
    if isinstance(part, slice):
        start, stop, step = ("" if end is None else str(end) for end in (part.start, part.stop, part.step))
        return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"
    return "..." if part is ... else str(part)


def getitem_text(a: str, *nodes: str, index: tuple[Any, ...]) -> str:
    return f"{a}[{', '.join(map(index_text, filled(index, nodes))) or '()'}]"


def put_forward(values: Array, like: Array, *nodes: Array, index: tuple[Any, ...]) -> Array:
    """Zeros of the shape of `like`, with `values` added at `index`."""
    result = np.zeros(np.shape(like), values.dtype)
    if nodes:  # the same entry may occur repeatedly
        np.add.at(result, filled(index, nodes), values)
    else:
        result[index] = values
    return result


_getitem = op(
    "getitem",
    lambda a, *nodes, index: a[filled(index, nodes)],
    lambda g, ans, a, *nodes, index: (_put(g, a, *nodes, index=index), *[None] * len(nodes)),
    dims=indexed_dims,
    dtype=first_dtype,
    text=getitem_text,
    view=True,
    gaps=True,
)

_put: Op = op(
    "put",
    put_forward,
    lambda g, ans, values, like, *nodes, index: (
        _getitem(g, *nodes, index=index),
        *[None] * (1 + len(nodes)),
    ),
    dims=lambda values, like, *nodes, index: like,
    dtype=first_dtype,
    shape_only=(1,),
)


def getitem(a: Operand, index: Any) -> Tensor:
    """a[index] with NumPy's meaning: integers, slices, None, an ellipsis, lists, arrays, or integer nodes."""
    nodes: list[Tensor] = []
    parts: list[Any] = []
    masks: list[tuple[int, tuple[int, ...]]] = []  # how many parts there are up to each, and its shape
    for part in index if isinstance(index, tuple) else (index,):
        if part is None or part is ...:
            parts.append(part)
        elif isinstance(part, slice):
            parts.append(slice(*map(slice_end, (part.start, part.stop, part.step))))
        elif isinstance(part, int | np.integer) and not isinstance(part, bool):
            parts.append(int(part))
        else:
            for positions in index_nodes(part):
                parts.append(Argument(len(nodes)))
                nodes.append(positions)
            masks += [(len(parts), np.shape(part))] if is_mask(part) else []
    return _getitem(of_mask_sizes(as_tensor(a), parts, masks), *nodes, index=tuple(parts))


def slice_end(end: Any) -> int | None:
    """An end or the step of a slice: an integer, or nothing."""
    try:
        return None if end is None else operator.index(end)
    except TypeError:
        raise TypeError(
            f"a slice goes from an integer to an integer, not to {end!r:.60}. "
            "Next: numbers that are known before the run, or as the index itself a node of integers."
        ) from None


def is_mask(part: Any) -> bool:
    return not isinstance(part, Tensor) and np.asarray(part).dtype == bool


def of_mask_sizes(a: Tensor, parts: list[Any], masks: list[tuple[int, tuple[int, ...]]]) -> Tensor:
    """The array, with a look at the axes that each mask chooses from: they have the mask's shape."""
    for behind, shape in masks:
        before = [part for part in parts[: behind - len(shape)] if part is not None]
        after = [part for part in parts[behind:] if part is not None]
        first = -len(shape) - len(after) if any(part is ... for part in before) else len(before)
        checked = _of_sizes(a, first=first, sizes=shape)
        a = a if a.dims is not None and checked.dims == a.dims else checked
    return a


def sized_dims(a: Dims, first: int, sizes: tuple[int, ...]) -> Dims:
    """The dims, which have these sizes from axis `first` on."""
    if not a:
        return a
    start = first % len(a)
    found = a[start : start + len(sizes)]
    if len(found) == len(sizes) and any(0 <= n != size for n, size in zip(found, sizes, strict=True)):
        raise ValueError(f"a mask of shape {sizes} cannot choose from axes of the shape {shape_of(found)}")
    return (*a[:start], *sizes, *a[start + len(sizes) :])


def of_sizes(a: Array, first: int, sizes: tuple[int, ...]) -> Array:
    sized_dims(np.shape(a), first, sizes)
    return a


_of_sizes: Op = op(
    "mask",
    of_sizes,
    lambda g, ans, a, first, sizes: g,
    dims=sized_dims,
    dtype=first_dtype,
    view=True,
)


def index_nodes(part: Any) -> list[Tensor]:
    """An index array as nodes of integers; a mask as the positions, axis by axis, where it is true."""
    if isinstance(part, Tensor):
        if part.dtype == bool:
            raise TypeError(
                f"{part!r} cannot be an index: how many entries it chooses is known at the run only. "
                "Next: rc.where(mask, x, 0), or x[rc.run(mask)] for a mask that stays."
            )
        if part.dtype.kind not in "iu":
            raise TypeError(f"{part!r} cannot be an index: give it an integer dtype, such as dtype=int")
        return [part]
    array = np.asarray(part)
    if array.dtype == bool:
        if not array.ndim:
            raise TypeError(f"{part!r} is no index. Next: a mask has the shape of the axes it chooses from.")
        return [constant(positions, dtype=np.intp) for positions in array.nonzero()]
    if array.dtype.kind not in "iu" and array.size:
        raise TypeError(f"an index is made of integers, not of {array.dtype}")
    return [constant(array, dtype=np.intp)]


# One entry of each row, at the place that an array of integers names.


def places(like: Array, at: Array) -> tuple[Array, ...]:
    """The index of one entry in each row (the last axis) of `like`."""
    return (*np.ogrid[tuple(slice(size) for size in np.shape(like)[:-1])], at)


def entries_at(a: Array, at: Array) -> tuple[Array, Any]:
    """An array and an index of it, which give those entries of `a`.

    The array is `a` laid flat, where that makes no copy: one number an entry is found in half the time.
    """
    width = a.shape[-1]
    if not (a.flags.c_contiguous and at.size and at.view(f"u{at.itemsize}").max() < width):
        return a, places(a, at)  # which counts from the end below 0, and raises the error of a wrong one
    return a.reshape(-1), np.arange(0, a.size, width).reshape(at.shape) + at


def pick_forward(a: Array, at: Array) -> Array:
    entries, index = entries_at(a, at)
    return entries[index]


def placed_on_forward(a: Array, values: Array, at: Array, out: Array | None = None) -> Array:
    result = np.array(a) if out is None else out
    entries, index = entries_at(result, at)
    entries[index] += values
    return result


pick: Op = op(
    "pick",
    pick_forward,
    lambda g, ans, a, at: (place(g, at, a), None),
    dims=lambda a, at: at if a is None else a[:-1],
    dtype=first_dtype,
    doc="The entry `at` of each row of `a`: (..., n) and integers (...) → (...).",
)

place: Op = op(
    "place",
    lambda values, at, like: placed_on_forward(np.zeros(np.shape(like), values.dtype), values, at),
    lambda g, ans, values, at, like: (pick(g, at), None, None),
    dims=lambda values, at, like: like,
    dtype=first_dtype,
    shape_only=(2,),
    doc="Zeros in the shape of `like`, but for one entry of each row.",
)

placed_on = op(
    "placed_on",
    placed_on_forward,
    dtype=first_dtype,
    dims=same_dims,
    in_place=True,
    doc="a + place(values, at, a).",
)


def joined_dims(*parts: Dims, axis: int) -> Dims:
    """The dims of a concatenation: sizes along `axis` add up, the others must be equal."""
    if not parts:
        raise ValueError("there is nothing to join")
    known = [dims for dims in parts if dims is not None]
    if len(known) < len(parts):
        return None
    ranks = {len(dims) for dims in known}
    if len(ranks) > 1:
        raise ValueError("they must have equally many axes")
    (at,) = normalized(axis, ranks.pop())
    result = []
    for i, sizes in enumerate(zip(*known, strict=True)):
        certain = [size for size in sizes if size >= 0]
        if i == at:
            result.append(sum(sizes) if len(certain) == len(sizes) else unknown_size())
        elif len(set(certain)) > 1:
            raise ValueError(f"sizes differ along axis {i}, which is not the axis they are joined along")
        else:
            result.append(certain[0] if certain else sizes[0])
    return tuple(result)


def concatenate_vjp(g: Tensor, ans: Tensor, *parts: Tensor, axis: int) -> list[Tensor]:
    """Each part gets back what became of it: the slice that starts where the part before it ended."""
    gradients: list[Tensor] = []
    start: int | Tensor = 0
    for part in parts:
        size = None if part.dims is None else part.dims[axis]
        if isinstance(start, int) and size is not None and size >= 0 and g.ndim is not None:
            place = [slice(None)] * g.ndim
            place[axis] = slice(start, start + size)
            gradients.append(getitem(g, tuple(place)))
            start += size
        else:
            start = constant(start, dtype=np.intp) if isinstance(start, int) else start
            gradients.append(_part(g, part, start, axis=axis))
            start = _end(part, start, axis=axis)
    return gradients


_concatenate = op(
    "concatenate",
    lambda *parts, axis: np.concatenate(parts, axis),
    concatenate_vjp,
    dims=joined_dims,
    text=lambda *parts, axis: f"np.concatenate(({', '.join(parts)},), axis={axis})",
)


def slice_from(start: Array, like: Array, axis: int) -> tuple[slice, ...]:
    """The index of as many entries along `axis` as `like` has, from `start` on."""
    before = (slice(None),) * (axis % np.ndim(like))
    return (*before, slice(int(start), int(start) + np.shape(like)[axis]))


def insert_forward(part: Array, start: Array, joined: Array, axis: int) -> Array:
    result = np.zeros(np.shape(joined), part.dtype)
    result[slice_from(start, part, axis)] = part
    return result


# Where sizes are known at the run only, the parts' places are nodes.
_end = op(
    "end",
    lambda part, start, axis: start + np.shape(part)[axis],
    dims=lambda part, start, axis: (),
    dtype=lambda part, start: np.dtype(np.intp),
    shape_only=(0,),
)

_part: Op = op(
    "part",
    lambda joined, part, start, axis: joined[slice_from(start, part, axis)],
    lambda g, ans, joined, part, start, axis: (_insert(g, start, joined, axis=axis), None, None),
    dims=lambda joined, part, start, axis: part,
    dtype=first_dtype,
    shape_only=(1,),
    view=True,
    gaps=True,
)

_insert: Op = op(
    "insert",
    insert_forward,
    lambda g, ans, part, start, joined, axis: (_part(g, part, start, axis=axis), None, None),
    dims=lambda part, start, joined, axis: joined,
    dtype=first_dtype,
    shape_only=(2,),
)


def concatenate(tensors: Sequence[Operand], axis: int = 0) -> Tensor:
    """The tensors one after the other along `axis`; their other sizes must be equal."""
    return _concatenate(*tensors, axis=as_ints(axis))


def stack(tensors: Sequence[Operand], axis: int = 0) -> Tensor:
    """Tensors of one shape side by side along a new axis, at position `axis` of the result."""
    return concatenate([expand_dims(tensor, axis) for tensor in tensors], axis)


Pairs = tuple[tuple[int, int], ...]


def padded_dims(a: Dims, pad_width: Pairs, constant_values: float = 0) -> Dims:
    if a is None:
        return None
    if any(width < 0 for pair in pad_width for width in pair):
        raise ValueError("a width is 0 or more; slices take entries away")
    if len(a) != len(pad_width):
        raise ValueError(f"{len(pad_width)} pairs of widths for {len(a)} axes; each axis takes one")
    return tuple(
        size + before + after if size >= 0 else (size if before == after == 0 else unknown_size())
        for size, (before, after) in zip(a, pad_width, strict=True)
    )


_pad = op(
    "pad",
    np.pad,
    lambda g, ans, a, pad_width, **_: getitem(g, tuple(slice(b, -e or None) for b, e in pad_width)),
    dims=padded_dims,
)


def pad(xs: Operand, pad_width: Any, constant_values: float = 0) -> Tensor:
    """`xs` with a constant around it, zero by default.

    pad_width: a pair (before, after) for each axis, or one pair, or a number, for all axes.

    Raises ValueError where integers are to be padded with what is none.
    """
    xs = as_tensor(xs)
    as_numbers(constant_values, xs.dtype)
    options = {"constant_values": float(constant_values)} if constant_values else {}
    pairs = pairs_of(pad_width, xs)
    return _pad(xs, pad_width=pairs, **options) if pairs else xs


def pairs_of(pad_width: Any, a: Tensor) -> Pairs:
    """The widths before and after each axis of `a`."""
    widths = np.asarray(pad_width)
    if widths.dtype.kind not in "iu" or widths.ndim > 2:
        raise TypeError(f"pad_width is a number, a pair, or a pair for each axis, not {pad_width!r}")
    if widths.ndim < 2 or len(widths) == 1:
        if a.ndim is None:
            raise GraphError(f"{a!r} has an unknown number of axes: pad needs a pair of widths for each")
        widths = np.broadcast_to(widths, (a.ndim, 2))
    return tuple((int(before), int(after)) for before, after in widths)
