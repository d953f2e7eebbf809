"""Wrong answers to chapter 17 whose messages have to hold some words, and others not."""

import numpy as np


def fuse_returns_in_the_loop(functions, block):
    def fused(x):
        out = np.empty_like(x)
        for start in range(0, len(x), block):
            piece = x[start : start + block]
            for function in functions:
                piece = function(piece)
            out[start : start + block] = piece
            return out

    return fused


def quantize_into_a_dict(x):
    scale = float(np.max(np.abs(x)) / 127)
    return {"q": np.round(x / (scale or 1.0)).astype(np.int8), "scale": scale}


def quantize_for_each_axis(x):
    scale = np.max(np.abs(x), keepdims=True) / 127
    return np.round(x / np.where(scale == 0, 1, scale)).astype(np.int8), scale


def dequantize_shifted(q, scale):
    return (q - 128) * scale


WRONG = {
    "fuse": [fuse_returns_in_the_loop],
    "quantize": [quantize_into_a_dict, quantize_for_each_axis],
    "dequantize": [dequantize_shifted],
}
SAID = {
    "quantize_into_a_dict": "It returned a dict",
    "dequantize_shifted": "does not fit into an int8",
}
NOT_SAID = {
    "quantize_into_a_dict": "is a str",
    "quantize_for_each_axis": "(4,) instead of (4,)",
    "dequantize_shifted": "what a float holds",
}
