"""The work of each row: its title, and the arrays that every engine starts from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

Arrays = dict[str, Any]
Draw = np.random.Generator

LETTERS = 65  # of the character GPT


@dataclass
class Work:
    """A row of the table.

    arrays   from a generator to the inputs and weights, by name, in float64; whole numbers stay whole
    rivals   the engines that it is measured against, and our own programs computed by JAX
    dtypes   the dtypes that it is measured at
    trains   whether each call changes the weights, so that its results are the losses of the first steps
    """

    title: str
    arrays: Callable[[Draw], Arrays]
    rivals: tuple[str, ...] = ("eager", "compile", "jax", "on jax")
    dtypes: tuple[str, ...] = ("float32", "float64")
    trains: bool = True


def weight(draw: Draw, *shape: int) -> np.ndarray:
    """A kernel (..., in, out) that keeps the scale of what goes through it."""
    return draw.normal(size=shape) / np.sqrt(np.prod(shape[:-1]))


def one_hot(draw: Draw, n: int, classes: int) -> np.ndarray:
    return np.eye(classes)[draw.integers(0, classes, n)]


def xor(draw: Draw) -> Arrays:
    points, targets = np.array([[0.0, 1.0]]), np.array([[1.0, 0.0]])
    return {
        "x": points, "y": targets,
        "w1": draw.normal(size=(2, 8)), "b1": np.zeros(8), "w2": draw.normal(size=(8, 2)), "b2": np.zeros(2),
    }  # fmt: skip


def mlp(draw: Draw, n: int = 128) -> Arrays:
    return {
        "x": draw.random((n, 784)), "y": one_hot(draw, n, 10),
        "w1": weight(draw, 784, 100), "b1": np.zeros(100), "w2": weight(draw, 100, 10), "b2": np.zeros(10),
    }  # fmt: skip


def cnn(draw: Draw) -> Arrays:
    return {
        "x": draw.random((500, 784)), "y": one_hot(draw, 500, 10),
        "k1": weight(draw, 3, 3, 1, 12), "c1": np.zeros(12),
        "w1": weight(draw, 9408, 128), "b1": np.zeros(128), "w2": weight(draw, 128, 10), "b2": np.zeros(10),
    }  # fmt: skip


def lenet(draw: Draw) -> Arrays:
    return {
        "x": draw.random((64, 28, 28, 1)), "y": one_hot(draw, 64, 10),
        "k1": weight(draw, 3, 3, 1, 16), "c1": np.zeros(16),
        "k2": weight(draw, 3, 3, 16, 32), "c2": np.zeros(32),
        "w1": weight(draw, 7 * 7 * 32, 64), "b1": np.zeros(64),
        "w2": weight(draw, 64, 10), "b2": np.zeros(10),
    }  # fmt: skip


def block_weights(draw: Draw, scale: float = 1.0) -> Arrays:
    """Of one transformer block, in the order in which revgraph keeps them."""
    d = 64
    arrays: Arrays = {"gamma1": np.ones(d), "beta1": np.zeros(d)}
    for part in "qkvo":
        arrays |= {f"w{part}": scale * weight(draw, d, d), f"b{part}": np.zeros(d)}
    arrays |= {"gamma2": np.ones(d), "beta2": np.zeros(d)}
    arrays |= {"w1": scale * weight(draw, d, 4 * d), "b1": np.zeros(4 * d)}
    return arrays | {"w2": scale * weight(draw, 4 * d, d), "b2": np.zeros(d)}


def block(draw: Draw) -> Arrays:
    return {"x": draw.normal(size=(8, 64, 64)), "g": draw.normal(size=(8, 64, 64)), **block_weights(draw)}


def gpt(batch: int, context: int) -> Callable[[Draw], Arrays]:
    def arrays(draw: Draw) -> Arrays:
        text = draw.integers(0, LETTERS, (batch, context + 1))
        return {
            "x": text[:, :-1], "y": text[:, 1:],
            "tokens": 0.02 * draw.normal(size=(LETTERS, 64)),
            "positions": 0.02 * draw.normal(size=(context, 64)),
            "blocks": [block_weights(draw, 0.2) for _ in range(2)],
            "gamma": np.ones(64), "beta": np.zeros(64),
        }  # fmt: skip

    return arrays


def conv2d(draw: Draw) -> Arrays:
    x, k = draw.normal(size=(32, 28, 28, 32)), weight(draw, 3, 3, 32, 64)
    return {"x": x, "k": k, "g": draw.normal(size=(32, 28, 28, 64))}


def pool(draw: Draw) -> Arrays:
    return {"x": draw.normal(size=(32, 28, 28, 32)), "g": draw.normal(size=(32, 14, 14, 32))}


def cross_entropy(n: int, classes: int) -> Callable[[Draw], Arrays]:
    def arrays(draw: Draw) -> Arrays:
        return {"x": draw.normal(size=(n, classes)), "y": draw.integers(0, classes, n)}

    return arrays


def layer_norm(draw: Draw) -> Arrays:
    shape = (32, 128, 64)
    return {
        "x": draw.normal(size=shape), "g": draw.normal(size=shape),
        "gamma": draw.normal(size=64), "beta": draw.normal(size=64),
    }  # fmt: skip


def batch_norm(draw: Draw) -> Arrays:
    shape = (64, 14, 14, 32)
    return {
        "x": draw.normal(size=shape), "g": draw.normal(size=shape),
        "gamma": draw.normal(size=32), "beta": draw.normal(size=32),
    }  # fmt: skip


def embedding(draw: Draw) -> Arrays:
    return {
        "x": draw.integers(0, 5_000, (32, 128)), "table": draw.normal(size=(5_000, 64)),
        "g": draw.normal(size=(32, 128, 64)),
    }  # fmt: skip


def adam(draw: Draw) -> Arrays:
    return {"p": draw.normal(size=(2_500, 4_000)), "g": draw.normal(size=(2_500, 4_000))}


def moons(draw: Draw) -> Arrays:
    """Points of two half circles, and the weights of neurons 2-16-16-1."""
    angles, classes = np.pi * draw.random(20), np.arange(20) % 2
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    points = np.where(classes[:, None], [1, 0.5] - circle, circle) + 0.1 * draw.normal(size=(20, 2))
    sizes = (2, 16, 16, 1)
    layers = [draw.uniform(-1, 1, (n, k)) for k, n in pairwise(sizes)]
    return {"x": points, "y": 2.0 * classes - 1, "layers": layers}


WORKS = {
    "mlp": Work("MLP 784-100-10, b128, a step", mlp),
    "cnn": Work("the MNIST CNN, b500, a step", cnn),
    "lenet": Work("two conv-relu-pool, dense 64, dense 10, b64, a step", lenet),
    "block": Work("a transformer block, b8, t64, d64, 4 heads", block, trains=False),
    "gpt_small": Work("character GPT, 2 layers, d64, 4 heads, b16 x t32, a step", gpt(16, 32)),
    "gpt_large": Work("character GPT, 2 layers, d64, 4 heads, b32 x t128, a step", gpt(32, 128)),
    "conv2d": Work("conv2d 32→64, 3x3, 28², b32", conv2d, trains=False),
    "max_pool2d": Work("max_pool2d 2x2, 28² x 32, b32", pool, trains=False),
    "avg_pool2d": Work("avg_pool2d 2x2, 28² x 32, b32", pool, trains=False),
    "entropy_10": Work("softmax + cross-entropy, 10 classes, b4096", cross_entropy(4096, 10), trains=False),
    "entropy_5000": Work(
        "softmax + cross-entropy, 5,000 classes, b256", cross_entropy(256, 5_000), trains=False
    ),
    "layer_norm": Work("layer_norm, 32 x 128 x 64", layer_norm, trains=False),
    "batch_norm": Work("batch_norm, 64 x 14² x 32", batch_norm, trains=False),
    "embedding": Work("embedding, 5,000 tokens x 64, b32 x t128", embedding, trains=False),
    "adam": Work("Adam on 10 million weights, loss Σ p·g, a step", adam),
    "predict": Work("predict on 10,000 rows, MLP 784-100-10", lambda draw: mlp(draw, 10_000), trains=False),
    "xor": Work("XOR net 2-8-2, b1, a step", xor, ("eager", "compile", "jax", "on jax", "by hand")),
    "scalars": Work("scalars: MLP 2-16-16-1 on 20 points, a step", moons, ("eager", "by hand"), ("float64",)),
}  # fmt: skip


def arrays_of(name: str, dtype: str) -> Arrays:
    """What a work starts from, in this dtype."""
    return in_dtype(WORKS[name].arrays(np.random.default_rng(0)), dtype)


def in_dtype(value: Any, dtype: str) -> Any:
    if isinstance(value, dict):
        return {key: in_dtype(part, dtype) for key, part in value.items()}
    if isinstance(value, list):
        return [in_dtype(part, dtype) for part in value]
    return value if value.dtype.kind in "iu" else value.astype(dtype)
