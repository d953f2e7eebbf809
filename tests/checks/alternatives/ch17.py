"""Right answers to chapter 17 in other words than the reference's."""

import math

import numpy as np


def flops_by_table(kind, inputs, output):
    entries = int(np.prod(output, dtype=int))
    read = int(np.prod(inputs[0], dtype=int))
    return {"matmul": 2 * entries * inputs[0][-1:][0], "elementwise": entries, "reduction": read}.get(kind, 0)


def flops_by_match(kind, inputs, output):
    match kind:
        case "matmul":
            return math.prod((2, *output, inputs[0][-1]))
        case "elementwise":
            return math.prod(output)
        case "reduction":
            return math.prod(inputs[0])
        case "view" | "copy":
            return 0


def bytes_in_a_loop(kind, inputs, output, itemsize):
    if kind in ("view", "copy"):
        return 0 if kind == "view" else math.prod(output) * itemsize * 2
    total = 0
    for shape in [*inputs, output]:
        size = 1
        for length in shape:
            size *= length
        total += size
    return total * itemsize


def bytes_of_arrays(kind, inputs, output, itemsize):
    write = np.empty(output, np.int8).size
    read = write if kind == "copy" else sum(np.empty(shape, np.int8).size for shape in inputs)
    return (kind != "view") * (read + write) * itemsize


def blocks_inner_outside(a, b, block):
    out = np.zeros((a.shape[0], b.shape[1]))
    for p in range(0, a.shape[1], block):
        for i in range(0, a.shape[0], block):
            for j in range(0, b.shape[1], block):
                out[i : i + block, j : j + block] += np.dot(
                    a[i : i + block, p : p + block], b[p : p + block, j : j + block]
                )
    return out


def blocks_gathered(a, b, block):
    m, k, n = a.shape[0], a.shape[1], b.shape[1]
    out = np.empty((m, n))
    for i in range(math.ceil(m / block)):
        for j in range(math.ceil(n / block)):
            rows, columns = slice(i * block, (i + 1) * block), slice(j * block, min((j + 1) * block, n))
            total = 0.0
            for p in range(math.ceil(k / block)):
                inner = slice(p * block, (p + 1) * block)
                total = total + np.einsum("ip,pj->ij", a[rows, inner], b[inner, columns])
            out[rows, columns] = total
    return out


def blocks_by_broadcasting(a, b, block):
    out = np.zeros((len(a), b.shape[1]))
    for i in range(0, len(a), block):
        for j in range(0, b.shape[1], block):
            for p in range(0, len(b), block):
                left, right = a[i : i + block, p : p + block], b[p : p + block, j : j + block]
                out[i : i + block, j : j + block] += (left[:, :, None] * right[None]).sum(1)
    return out


def blocks_copied(a, b, block):
    out = np.zeros((len(a), b.shape[1]))
    for i in range(0, len(a), block):
        for p in range(0, len(b), block):
            left = np.ascontiguousarray(a[i : i + block, p : p + block])
            for j in range(0, b.shape[1], block):
                out[i : i + block, j : j + block] += left @ np.array(b[p : p + block, j : j + block])
    return out


def blocks_of_plain_arrays(a, b, block):
    return blocks_inner_outside(np.asarray(a, dtype=float), np.asarray(b, dtype=float), block)


def blocks_padded(a, b, block):
    (m, k), n = a.shape, b.shape[1]
    rows, inner, columns = (-(-size // block) * block for size in (m, k, n))
    left, right, out = np.zeros((rows, inner)), np.zeros((inner, columns)), np.zeros((rows, columns))
    left[:m, :k], right[:k, :n] = a, b
    for i in range(0, rows, block):
        for j in range(0, columns, block):
            for p in range(0, inner, block):
                out[i : i + block, j : j + block] += (
                    left[i : i + block, p : p + block] @ right[p : p + block, j : j + block]
                )
    return out[:m, :n]


def blocks_by_tensordot(a, b, block):
    out = np.zeros((len(a), b.shape[1]))
    for i in range(0, len(a), block):
        for j in range(0, b.shape[1], block):
            for p in range(0, len(b), block):
                left, right = a[i : i + block, p : p + block], b[p : p + block, j : j + block]
                out[i : i + block, j : j + block] += np.tensordot(left, right, axes=1)
    return out


def blocks_split(a, b, block):
    def cut(x, axis):
        return np.split(x, range(block, x.shape[axis], block), axis=axis)

    rows = [
        [sum(left @ right for left, right in zip(cut(r, 1), cut(c, 0))) for c in cut(b, 1)] for r in cut(a, 0)
    ]
    return np.vstack([np.hstack(row) for row in rows])


def fuse_by_joining(functions, block):
    def run(x):
        pieces = [x[:0]]
        for start in range(0, x.shape[0], block):
            piece = x[start : start + block]
            for function in functions:
                piece = function(piece)
            pieces.append(piece)
        return np.concatenate(pieces)

    return run


def fuse_split(functions, block):
    def all_of_them(piece):
        for function in functions:
            piece = function(piece)
        return piece

    def run(x):
        return np.hstack([x[:0], *map(all_of_them, np.split(x, range(block, len(x), block)))][bool(len(x)) :])

    return run


def quantize_rint(x):
    scale = max(x.max(), -x.min()) / 127.0
    if scale == 0:
        return np.zeros(x.shape, np.int8), 1.0
    return np.int8(np.rint(x / scale)) if x.ndim == 0 else np.rint(x / scale).astype("int8"), scale


def quantize_floor(x):
    largest = np.abs(x).max()
    whole = np.floor(x * 127 / (largest if largest > 0 else 1) + 0.5)
    return np.clip(whole, -127, 127).astype(np.int8), largest / 127


ALTERNATIVES = {
    "count_flops": [flops_by_table, flops_by_match],
    "count_bytes": [bytes_in_a_loop, bytes_of_arrays],
    "blocked_matmul": [
        blocks_inner_outside,
        blocks_gathered,
        blocks_by_broadcasting,
        blocks_copied,
        blocks_of_plain_arrays,
        blocks_padded,
        blocks_by_tensordot,
        blocks_split,
    ],
    "fuse": [fuse_by_joining, fuse_split],
    "quantize": [quantize_rint, quantize_floor],
    "dequantize": [lambda q, scale: q.astype(np.float64) * scale, lambda q, scale: np.multiply(scale, q)],
}
