"""Wrong answers that learners gave to chapter 17."""

from math import prod

import numpy as np


def flops_multiplications_alone(kind, inputs, output):
    if kind == "matmul":
        return inputs[0][-1] * prod(output)
    if kind == "elementwise":
        return prod(output)
    return prod(inputs[0]) if kind == "reduction" else 0


def flops_of_two_axes(kind, inputs, output):
    if kind == "matmul":
        (m, k), n = inputs[0][-2:], inputs[1][-1]
        return 2 * m * k * n
    if kind == "elementwise":
        return prod(output)
    return prod(inputs[0]) if kind == "reduction" else 0


def flops_reduction_by_output(kind, inputs, output):
    if kind == "matmul":
        return 2 * inputs[0][-1] * prod(output)
    if kind in ("elementwise", "reduction"):
        return prod(output)
    return 0


def flops_all_inputs(kind, inputs, output):
    if kind == "matmul":
        return 2 * inputs[0][-1] * prod(output)
    if kind in ("elementwise", "reduction"):
        return sum(prod(shape) for shape in inputs)
    return 0


def flops_no_zero(kind, inputs, output):
    if kind == "matmul":
        return 2 * inputs[0][-1] * prod(output)
    if kind == "elementwise":
        return prod(output)
    if kind == "reduction":
        return prod(inputs[0])


def bytes_without_the_output(kind, inputs, output, itemsize):
    if kind == "view":
        return 0
    if kind == "copy":
        return 2 * itemsize * prod(output)
    return itemsize * sum(prod(s) for s in inputs)


def bytes_copy_of_the_input(kind, inputs, output, itemsize):
    if kind == "view":
        return 0
    return itemsize * (sum(prod(s) for s in inputs) + prod(output))


def bytes_views_move(kind, inputs, output, itemsize):
    if kind in ("copy", "view"):
        return 2 * itemsize * prod(output)
    return itemsize * (sum(prod(s) for s in inputs) + prod(output))


def bytes_always_eight(kind, inputs, output, itemsize):
    if kind == "view":
        return 0
    if kind == "copy":
        return 16 * prod(output)
    return 8 * (sum(prod(s) for s in inputs) + prod(output))


def bytes_one_input(kind, inputs, output, itemsize):
    if kind == "view":
        return 0
    if kind == "copy":
        return 2 * itemsize * prod(output)
    return itemsize * (prod(inputs[0]) + prod(output))


def matmul_overwrites(a, b, block):
    out = np.zeros((len(a), b.shape[1]))
    for i in range(0, a.shape[0], block):
        for j in range(0, b.shape[1], block):
            for p in range(0, a.shape[1], block):
                out[i : i + block, j : j + block] = (
                    a[i : i + block, p : p + block] @ b[p : p + block, j : j + block]
                )
    return out


def matmul_all_at_once(a, b, block):
    return a @ b


def matmul_whole_rows(a, b, block):
    out = np.zeros((len(a), b.shape[1]))
    for i in range(0, len(a), block):
        out[i : i + block] = a[i : i + block] @ b
    return out


def matmul_full_blocks_only(a, b, block):
    out = np.zeros((len(a), b.shape[1]))
    for i in range(len(a) // block):
        for j in range(b.shape[1] // block):
            for p in range(a.shape[1] // block):
                r, c, s = (slice(t * block, (t + 1) * block) for t in (i, j, p))
                out[r, c] += a[r, s] @ b[s, c]
    return out


def matmul_steps_of_one(a, b, block):
    out = np.zeros((len(a), b.shape[1]))
    for i in range(0, len(a)):
        for j in range(0, b.shape[1]):
            for p in range(0, a.shape[1]):
                out[i, j] += a[i, p] * b[p, j]
    return out


def fuse_runs_at_once(functions, block):
    def fused(x):
        for f in functions:
            x = f(x)
        return x

    return fused


def fuse_each_from_the_piece(functions, block):
    def fused(x):
        out = np.empty_like(x)
        for start in range(0, len(x), block):
            piece = x[start : start + block]
            for f in functions:
                out[start : start + block] = f(piece)
        return out

    return fused


def fuse_backwards(functions, block):
    def fused(x):
        pieces = []
        for start in range(0, len(x), block):
            piece = x[start : start + block]
            for f in reversed(functions):
                piece = f(piece)
            pieces.append(piece)
        return np.concatenate(pieces)

    return fused


def fuse_loses_the_tail(functions, block):
    def fused(x):
        out = np.zeros_like(x)
        for b in range(len(x) // block):
            piece = x[b * block : (b + 1) * block]
            for f in functions:
                piece = f(piece)
            out[b * block : (b + 1) * block] = piece
        return out

    return fused


def fuse_without_return(functions, block):
    def fused(x):
        out = np.empty_like(x)
        for start in range(0, len(x), block):
            piece = x[start : start + block]
            for f in functions:
                piece = f(piece)
            out[start : start + block] = piece

    return fused


def quantize_by_128(x):
    scale = np.abs(x).max() / 128
    return np.clip(np.round(x / (scale or 1)), -128, 127).astype(np.int8), float(scale)


def quantize_cuts(x):
    scale = np.abs(x).max() / 127
    return (x / (scale or 1)).astype(np.int8), float(scale)


def quantize_largest_without_sign(x):
    scale = x.max() / 127
    return np.round(x / (scale or 1)).astype(np.int8), float(scale)


def quantize_stays_float(x):
    scale = np.abs(x).max() / 127
    return np.round(x / (scale or 1)), float(scale)


def quantize_row_by_row(x):
    scale = np.abs(x).max(axis=-1, keepdims=True) / 127
    return np.round(x / np.where(scale, scale, 1)).astype(np.int8), scale


def dequantize_divides(q, scale):
    return q / scale if scale else q * 0.0


def dequantize_in_eight_bits(q, scale):
    return (q * np.int8(round(scale))).astype(float)


def dequantize_in_place(q, scale):
    q = q.astype(float)
    q * scale
    return q


def dequantize_by_a_rounded_scale(q, scale):
    return q * np.round(scale, 3)


def dequantize_by_a_whole_scale(q, scale):
    return q * np.round(scale)


WRONG = {
    "count_flops": [
        flops_multiplications_alone,
        flops_of_two_axes,
        flops_reduction_by_output,
        flops_all_inputs,
        flops_no_zero,
    ],
    "count_bytes": [
        bytes_without_the_output,
        bytes_copy_of_the_input,
        bytes_views_move,
        bytes_always_eight,
        bytes_one_input,
    ],
    "blocked_matmul": [
        matmul_overwrites,
        matmul_all_at_once,
        matmul_whole_rows,
        matmul_full_blocks_only,
        matmul_steps_of_one,
    ],
    "fuse": [
        fuse_runs_at_once,
        fuse_each_from_the_piece,
        fuse_backwards,
        fuse_loses_the_tail,
        fuse_without_return,
    ],
    "quantize": [
        quantize_by_128,
        quantize_cuts,
        quantize_largest_without_sign,
        quantize_stays_float,
        quantize_row_by_row,
    ],
    "dequantize": [
        dequantize_by_a_rounded_scale,
        dequantize_by_a_whole_scale,
        dequantize_divides,
        dequantize_in_eight_bits,
        dequantize_in_place,
    ],
}
