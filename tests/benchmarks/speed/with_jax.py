"""Each work in JAX, written by hand: one jitted function a step, which is given the buffers it updates."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from tests.benchmarks.speed.works import Arrays

jax.config.update("jax_enable_x64", True)
if "REVGRAPH_BENCH_CACHE" in os.environ:
    jax.config.update("jax_compilation_cache_dir", os.environ["REVGRAPH_BENCH_CACHE"])
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)

Step = Callable[[], Any]
Loss = Callable[..., Any]

INPUTS = ("x", "y", "g")


def on_device(value: Any) -> Any:
    return jax.tree.map(jnp.asarray, value)


def adam_step(weights: Any, gradients: Any, moments: Any, t: Any) -> tuple[Any, Any]:
    b1, b2, lr, epsilon = 0.9, 0.999, 0.001, 1e-6
    first = jax.tree.map(lambda m, g: b1 * m + (1 - b1) * g, moments[0], gradients)
    second = jax.tree.map(lambda v, g: b2 * v + (1 - b2) * g * g, moments[1], gradients)
    scale1, scale2 = 1 - b1**t, 1 - b2**t
    move = lambda p, m, v: p - lr * (m / scale1) / (jnp.sqrt(v / scale2) + epsilon)  # noqa: E731
    return jax.tree.map(move, weights, first, second), (first, second)


def training(a: Arrays, loss: Loss) -> Step:
    """A step by Adam of a loss(weights, x, y), whole in one function."""
    weights = on_device({key: part for key, part in a.items() if key not in INPUTS})
    x, y = on_device(a["x"]), on_device(a["y"])
    zeros = jax.tree.map(jnp.zeros_like, weights)
    state = [weights, (zeros, jax.tree.map(jnp.zeros_like, weights)), 0]

    @partial(jax.jit, donate_argnums=(0, 1))
    def update(weights: Any, moments: Any, t: Any) -> Any:
        value, gradients = jax.value_and_grad(loss)(weights, x, y)
        return value, *adam_step(weights, gradients, moments, t.astype(value.dtype))

    def step() -> float:
        state[2] += 1
        value, state[0], state[1] = update(state[0], state[1], jnp.asarray(state[2]))
        jax.block_until_ready(state[0])
        return float(value)

    return step


def entropy_of(scores: Any, y: Any) -> Any:
    return -(y * jax.nn.log_softmax(scores)).sum()


def dense(w: Any, x: Any, number: int) -> Any:
    return x @ w[f"w{number}"] + w[f"b{number}"]


def convolved(x: Any, k: Any) -> Any:
    return lax.conv_general_dilated(x, k, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))


def largest(x: Any) -> Any:
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def mean_of_windows(x: Any) -> Any:
    return lax.reduce_window(x, 0.0, lax.add, (1, 2, 2, 1), (1, 2, 2, 1), "VALID") / 4


def mlp(a: Arrays) -> Step:
    return training(a, lambda w, x, y: entropy_of(dense(w, jnp.tanh(dense(w, x, 1)), 2), y))


def predict(a: Arrays) -> Step:
    w = on_device(a)
    network = jax.jit(lambda w: jax.nn.softmax(dense(w, jnp.tanh(dense(w, w["x"], 1)), 2)))
    return lambda: (jax.block_until_ready(network(w)),)


def cnn(a: Arrays) -> Step:
    def loss(w: Any, x: Any, y: Any) -> Any:
        z = jax.nn.relu(convolved(x.reshape(-1, 28, 28, 1), w["k1"]) + w["c1"])
        z = jax.nn.relu(dense(w, z.reshape(len(x), -1), 1))
        return entropy_of(dense(w, z, 2), y) + 0.01 * jnp.abs(w["k1"]).sum()

    return training(a, loss)


def lenet(a: Arrays) -> Step:
    def loss(w: Any, x: Any, y: Any) -> Any:
        z = largest(jax.nn.relu(convolved(x, w["k1"]) + w["c1"]))
        z = largest(jax.nn.relu(convolved(z, w["k2"]) + w["c2"]))
        z = jax.nn.relu(dense(w, z.reshape(len(x), -1), 1))
        return entropy_of(dense(w, z, 2), y)

    return training(a, loss)


def normed(x: Any, gamma: Any, beta: Any, axis: Any = -1) -> Any:
    mean, variance = x.mean(axis, keepdims=True), x.var(axis, keepdims=True)
    return (x - mean) * lax.rsqrt(variance + 1e-5) * gamma + beta


def block_of(w: Any, x: Any) -> Any:
    (n, t, d), heads = x.shape, 4
    z = normed(x, w["gamma1"], w["beta1"])
    q, k, v = ((z @ w[f"w{part}"] + w[f"b{part}"]).reshape(n, t, heads, d // heads) for part in "qkv")
    scores = jnp.einsum("nihd,njhd->nhij", q, k) / (d // heads) ** 0.5
    scores = jnp.where(jnp.tri(t, dtype=bool), scores, -jnp.inf)
    mixed = jnp.einsum("nhij,njhd->nihd", jax.nn.softmax(scores), v).reshape(n, t, d)
    x = x + mixed @ w["wo"] + w["bo"]
    return x + dense(w, jax.nn.gelu(dense(w, normed(x, w["gamma2"], w["beta2"]), 1)), 2)


def gpt(a: Arrays) -> Step:
    def loss(w: Any, x: Any, y: Any) -> Any:
        z = w["tokens"][x] + w["positions"][: x.shape[1]]
        for part in w["blocks"]:
            z = block_of(part, z)
        scores = normed(z, w["gamma"], w["beta"]) @ w["tokens"].T
        return -jnp.take_along_axis(jax.nn.log_softmax(scores), y[..., None], -1).mean()

    return training(a, loss)


def differentiated(f: Callable[..., Any], xs: tuple[Any, ...], g: Any) -> Step:
    """Forward and backward: y, and the gradients of xs."""

    @jax.jit
    def both(g: Any, *xs: Any) -> Any:  # what it closed over would be a constant, and folded
        y, back = jax.vjp(f, *xs)
        return y, *back(jnp.ones_like(y) if g is None else g)

    g, *xs = on_device((g, *xs))
    return lambda: jax.tree.leaves(jax.block_until_ready(both(g, *xs)))


def block(a: Arrays) -> Step:
    weights = {key: part for key, part in a.items() if key not in INPUTS}
    return differentiated(lambda x, w: block_of(w, x), (a["x"], weights), a["g"])


def conv2d(a: Arrays) -> Step:
    return differentiated(convolved, (a["x"], a["k"]), a["g"])


def max_pool2d(a: Arrays) -> Step:
    return differentiated(largest, (a["x"],), a["g"])


def avg_pool2d(a: Arrays) -> Step:
    return differentiated(mean_of_windows, (a["x"],), a["g"])


def layer_norm(a: Arrays) -> Step:
    return differentiated(normed, (a["x"], a["gamma"], a["beta"]), a["g"])


def batch_norm(a: Arrays) -> Step:
    f = partial(normed, axis=(0, 1, 2))
    return differentiated(f, (a["x"], a["gamma"], a["beta"]), a["g"])


def entropy(a: Arrays) -> Step:
    y = on_device(a["y"])[:, None]
    loss = lambda x: -jnp.take_along_axis(jax.nn.log_softmax(x), y, -1).mean()  # noqa: E731
    return differentiated(loss, (a["x"],), None)


def embedding(a: Arrays) -> Step:
    x = on_device(a["x"])
    return differentiated(lambda table: table[x], (a["table"],), a["g"])


def adam(a: Arrays) -> Step:
    weights = {"p": a["p"], "x": a["g"], "y": a["g"]}
    return training(weights, lambda w, x, y: (w["p"] * x).sum())


def xor(a: Arrays) -> Step:
    x, t = on_device(a["x"]), on_device(a["y"])
    weights = on_device({key: part for key, part in a.items() if key not in INPUTS})
    state = [weights]

    def loss(w: Any) -> Any:
        return -(t * jnp.log(jax.nn.softmax(dense(w, jnp.tanh(dense(w, x, 1)), 2)))).sum()

    @partial(jax.jit, donate_argnums=0)
    def update(weights: Any) -> Any:
        value, gradients = jax.value_and_grad(loss)(weights)
        return value, jax.tree.map(lambda p, g: p - 0.1 * g, weights, gradients)

    def step() -> float:
        value, state[0] = update(state[0])
        return float(value)

    return step


STEPS: dict[str, Callable[[Arrays], Step]] = {
    "gpt_small": gpt, "gpt_large": gpt, "entropy_10": entropy, "entropy_5000": entropy,
    **{f.__name__: f for f in (mlp, cnn, lenet, block, conv2d, max_pool2d, avg_pool2d, layer_norm, batch_norm,
                               embedding, adam, predict, xor)},
}  # fmt: skip
