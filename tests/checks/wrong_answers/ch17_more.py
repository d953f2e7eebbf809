"""More wrong answers to chapter 17, and words that messages have to hold."""

from math import ceil

import numpy as np


def matmul_of_copies(a, b, block):
    return np.asarray(a) @ np.asarray(b)


def matmul_whole_rows_of_copies(a, b, block):
    a, b = np.array(a), np.array(b)
    out = np.zeros((len(a), b.shape[1]))
    for i in range(0, len(a), block):
        for j in range(0, b.shape[1], block):
            out[i : i + block, j : j + block] = a[i : i + block] @ b[:, j : j + block]
    return out


def matmul_wrong_block_of_b(a, b, block):
    (m, k), n = a.shape, b.shape[1]
    out = np.zeros((m, n))
    for i in range(0, m, block):
        for j in range(0, n, block):
            for p in range(0, k, block):
                out[i : i + block, j : j + block] += (
                    a[i : i + block, p : p + block] @ b[j : j + block, p : p + block].T
                )
    return out


def fuse_keeps_its_pieces(functions, block):
    pieces = []

    def fused(x):
        for start in range(0, len(x), block):
            piece = x[start : start + block]
            for function in functions:
                piece = function(piece)
            pieces.append(piece)
        return np.concatenate(pieces)

    return fused


def fuse_keeps_its_array(functions, block):
    out = None

    def fused(x):
        nonlocal out
        if out is None:
            out = np.empty_like(x)
        for start in range(0, len(x), block):
            piece = x[start : start + block]
            for function in functions:
                piece = function(piece)
            out[start : start + block] = piece
        return out

    return fused


def fuse_equal_pieces(functions, block):
    def fused(x):
        pieces = []
        for piece in np.array_split(x, ceil(len(x) / block)):
            for function in functions:
                piece = function(piece)
            pieces.append(piece)
        return np.concatenate(pieces)

    return fused


WRONG = {
    "blocked_matmul": [matmul_of_copies, matmul_whole_rows_of_copies, matmul_wrong_block_of_b],
    "fuse": [fuse_keeps_its_pieces, fuse_keeps_its_array, fuse_equal_pieces],
}
SAID = {
    "matmul_of_copies": "not put together from products of blocks",
    "matmul_whole_rows_of_copies": "not put together from products of blocks",
    "matmul_wrong_block_of_b": "two ranges of your block of b are exchanged",
    "fuse_keeps_its_pieces": "your function keeps something of the first",
    "fuse_keeps_its_array": "your function keeps something of the first",
    "fuse_equal_pieces": "pieces of nearly the same length",
}
