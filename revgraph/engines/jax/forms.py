"""The operations that do more than call NumPy, as JAX computes them."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from revgraph.core.ops.activations import CUBIC, SLOPE
from revgraph.core.ops.conv import require_channels
from revgraph.core.ops.indexing import filled, places, slice_from
from revgraph.core.ops.op import find
from revgraph.core.ops.windows import Layout
from revgraph.core.tensor import variable
from revgraph.dl.losses import PROBABLY, Span, require_one_a_row  # dl's operations have forms here, too
from revgraph.engines.jax.arrays import Traced, array_of, as_one_dtype, inside, now, plain, require


def windows(
    x: Any, size: Any, stride: Any, dilation: Any = (1, 1), padding: str = "VALID", fill: float = 0
) -> Traced:
    layout = Layout(x.shape, size, stride, dilation, padding)
    padded = jnp.pad(plain(x), ((0, 0), *layout.padding, (0, 0)), constant_values=fill)
    entries = jnp.stack([padded[place] for _, _, place in layout.places()], axis=3)
    return Traced(entries.reshape(layout.windows_shape))


def overlap_add(
    g: Traced, like: Any, size: Any, stride: Any, dilation: Any = (1, 1), padding: str = "VALID", **_: Any
) -> Traced:
    def cut(images: Any) -> Any:
        return plain(windows(Traced(images), size, stride, dilation, padding))

    (result,) = jax.linear_transpose(cut, jax.ShapeDtypeStruct(like.shape, g.dtype))(array_of(g))
    return Traced(result)


def convolved(x: Any, kernel: Any, stride: Any, dilation: Any = (1, 1), padding: str = "VALID") -> Any:
    layout = Layout(x.shape, kernel.shape[:2], stride, dilation, padding)
    dtype = np.result_type(x.dtype, kernel.dtype)  # where JAX makes float32 of integers beside it
    return jax.lax.conv_general_dilated(
        x.astype(dtype),
        kernel.astype(dtype),
        stride,
        layout.padding,
        rhs_dilation=dilation,
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
    )


def conv2d(x: Any, kernel: Any, **layout: Any) -> Traced:
    require_channels(np.shape(x), np.shape(kernel))
    return Traced(convolved(array_of(x), array_of(kernel), **layout))


def input_gradient(g: Any, kernel: Any, x: Any, **layout: Any) -> Traced:
    g, kernel = array_of(g), array_of(kernel)
    shape = jax.ShapeDtypeStruct(np.shape(x), np.result_type(g.dtype, kernel.dtype))
    (result,) = jax.linear_transpose(lambda x: convolved(x, kernel, **layout), shape)(g.astype(shape.dtype))
    return Traced(result)


def kernel_gradient(x: Any, g: Any, kernel: Any, **layout: Any) -> Traced:
    x, g = array_of(x), array_of(g)
    shape = jax.ShapeDtypeStruct(np.shape(kernel), np.result_type(x.dtype, g.dtype))
    (result,) = jax.linear_transpose(lambda k: convolved(x, k, **layout), shape)(g.astype(shape.dtype))
    return Traced(result)


def max_pool2d(x: Any, size: Any, stride: Any, padding: str = "VALID") -> Traced:
    return Traced(jnp.max(plain(windows(x, size, stride, padding=padding, fill=-np.inf)), (3, 4)))


def max_pool_gradient(g: Any, ans: Any, x: Any, size: Any, stride: Any, padding: str = "VALID") -> Traced:
    g, ans = array_of(g), array_of(ans)
    patches = plain(windows(x, size, stride, padding=padding, fill=-np.inf))
    attains = patches == jnp.expand_dims(ans, (3, 4))
    share = g / jnp.sum(attains, (3, 4)).astype(g.dtype)
    shares = jnp.where(attains, jnp.expand_dims(share, (3, 4)), 0)
    return overlap_add(Traced(shares), x, size, stride, padding=padding)


def sum_pool2d(x: Any, size: Any, stride: Any, padding: str = "VALID", divisor: int = 1) -> Traced:
    return Traced(jnp.sum(plain(windows(x, size, stride, padding=padding)), (3, 4)) / divisor)


def spread(g: Any, like: Any, size: Any, stride: Any, padding: str = "VALID", divisor: int = 1) -> Traced:
    g = jnp.expand_dims(array_of(g), (3, 4)) / divisor
    everywhere = jnp.broadcast_to(g, (*g.shape[:3], *size, g.shape[5]))
    return overlap_add(Traced(everywhere), like, size, stride, padding=padding)


def softmax(a: Any, axis: Any) -> Traced:
    return Traced(jax.nn.softmax(plain(a), axis))


def log_softmax(a: Any, axis: Any) -> Traced:
    return Traced(jax.nn.log_softmax(plain(a), axis))


def logsumexp(a: Any, axis: Any, keepdims: bool = False) -> Traced:
    return Traced(jax.nn.logsumexp(plain(a), axis, keepdims=keepdims))


def top_of(a: Any, axis: Any) -> Traced:
    return Traced(jnp.max(plain(a), axis, keepdims=True))


def gelu_gate(a: Any) -> Traced:
    b = jnp.clip(plain(a), -10, 10)
    return Traced(0.5 + 0.5 * jnp.tanh(SLOPE * b * (1 + CUBIC * b * b)))


def gelu_gate_gradient(g: Any, gate: Any, a: Any) -> Traced:
    g, gate, b = array_of(g), array_of(gate), jnp.clip(plain(a), -10, 10)
    return Traced(g * gate * (1 - gate) * (2 * SLOPE) * (1 + 3 * CUBIC * b * b))


def gelu_gradient(g: Any, gate: Any, a: Any) -> Traced:
    g = array_of(g)
    return Traced(g * array_of(gate)) + gelu_gate_gradient(g * plain(a), gate, a)


def masked(condition: Any, a: Any, keep: bool = True, fill: float = 0.0) -> Traced:
    condition, a = array_of(condition), array_of(a)
    return Traced(jnp.where(condition, a, fill) if keep else jnp.where(condition, fill, a))


def stacks_dot(a: Any, b: Any) -> Traced:
    a, b = as_one_dtype([a, b])
    return Traced(jnp.matmul(a, b))


def columns_dot(a: Any, b: Any) -> Traced:
    a, b = as_one_dtype([a, b])
    return Traced(jnp.matmul(a.reshape(-1, a.shape[-1]).T, b.reshape(-1, b.shape[-1])))


def softmax_gradient(y: Any, g: Any) -> Traced:
    y, g = array_of(y), array_of(g)
    return Traced(y * (g - jnp.sum(g * y, -1, keepdims=True)))


def attention_weights(a: Any, b: Any, *mask: Any) -> Traced:
    scores = stacks_dot(a, b)
    for condition in mask:
        scores = masked(condition, scores, fill=-np.inf)
    return softmax(scores, -1)


def attention_gradient(y: Any, a: Any, b: Any, *mask: Any) -> Traced:
    found = softmax_gradient(y, stacks_dot(a, b))
    for condition in mask:
        found = masked(condition, found)
    return found


def put(values: Any, like: Any, *nodes: Any, index: tuple[Any, ...]) -> Traced:
    place = inside(np.shape(like), filled(index, nodes))
    return Traced(jnp.zeros(np.shape(like), values.dtype).at[place].add(plain(values)))


def insert(part: Any, start: Any, joined: Any, axis: int) -> Traced:
    place = slice_from(start, part, axis)
    return Traced(jnp.zeros(np.shape(joined), part.dtype).at[place].set(plain(part)))


def pick(a: Any, at: Any) -> Traced:
    return Traced(array_of(a)[inside(np.shape(a), places(a, at))])


def place(values: Any, at: Any, like: Any) -> Traced:
    index = inside(np.shape(like), places(like, at))
    return Traced(jnp.zeros(np.shape(like), values.dtype).at[index].add(plain(values)))


def placed_on(a: Any, values: Any, at: Any) -> Traced:
    return Traced(array_of(a).at[inside(np.shape(a), places(a, at))].add(plain(values)))


def as_index(numbers: Any, size: int) -> Any:
    """Numbers from 0 to below `size`, noted down to be checked."""
    numbers = array_of(numbers)
    require((numbers >= 0) & (numbers < size) & (numbers == jnp.floor(numbers)))
    return numbers.astype(int)


def take_rows(table: Any, tokens: Any) -> Traced:
    return Traced(array_of(table)[as_index(tokens, len(table))])


def add_rows(rows: Any, table: Any, tokens: Any) -> Traced:
    return Traced(jnp.zeros(np.shape(table), rows.dtype).at[as_index(tokens, len(table))].add(plain(rows)))


def class_indices(labels: Any, like: Any) -> Traced:
    require_one_a_row(labels, like)
    size = np.shape(like)[-1]
    return Traced(as_index(labels, size), below=size)


def one_hot_mask(labels: Any, like: Any) -> Traced:
    return Traced(plain(class_indices(labels, like))[..., None] == jnp.arange(np.shape(like)[-1]))


def labels_within(labels: Any, span: Span) -> Any:
    require((plain(labels) >= span.least) & (plain(labels) <= span.most))
    return labels


def probabilities(p: Any) -> Any:
    require(~((plain(p) < -PROBABLY) | (plain(p) > 1 + PROBABLY)))
    return p


def dropout_mask(x: Any, rate: float, chance: Any) -> Traced:
    trace = now.trace
    trace.drawn.append((np.shape(x), x.dtype, rate, chance))
    return Traced(jnp.ones(np.shape(x), x.dtype) if trace.masks is None else next(trace.masks))


def move_average(value: Any, average: variable, momentum: float) -> Any:
    old = now.trace.values[average]
    now.trace.change(average, old + (1 - momentum) * (plain(value) - old))
    return value


FORMS = {
    find(name).forward: form
    for name, form in {
        "windows": windows,
        "overlap_add": overlap_add,
        "conv2d": conv2d,
        "conv2d_input_gradient": input_gradient,
        "conv2d_kernel_gradient": kernel_gradient,
        "max_pool2d": max_pool2d,
        "max_pool2d_gradient": max_pool_gradient,
        "sum_pool2d": sum_pool2d,
        "spread": spread,
        "softmax": softmax,
        "log_softmax": log_softmax,
        "logsumexp": logsumexp,
        "top_of": top_of,
        "gelu_gate": gelu_gate,
        "gelu_gate_gradient": gelu_gate_gradient,
        "gelu_gradient": gelu_gradient,
        "masked": masked,
        "stacks_dot": stacks_dot,
        "rows_dot": stacks_dot,
        "columns_dot": columns_dot,
        "softmax_gradient": softmax_gradient,
        "attention_weights": attention_weights,
        "attention_gradient": attention_gradient,
        "all_products": lambda a, b: Traced(jnp.sum(array_of(a) * array_of(b))),
        "row_sums": lambda a, keepdims: Traced(jnp.sum(plain(a), -1, keepdims=keepdims)),
        "column_sums": lambda a, axes: Traced(jnp.sum(plain(a), tuple(range(axes)))),
        "exp_difference": lambda a, b: np.exp(a - b),
        "add_row": np.add,
        "subtract_row": np.subtract,
        "multiply_row": np.multiply,
        "divide_row": np.divide,
        "pick": pick,
        "place": place,
        "placed_on": placed_on,
        "copy": lambda a: a,  # arrays of JAX never change
        "put": put,
        "insert": insert,
        "take_rows": take_rows,
        "add_rows": add_rows,
        "class_indices": class_indices,
        "one_hot_mask": one_hot_mask,
        "labels_within": labels_within,
        "probabilities": probabilities,
        "dropout_mask": dropout_mask,
        "move_average": move_average,
    }.items()
}
