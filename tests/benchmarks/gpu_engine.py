"""The engine "jax" on the device that JAX finds, against NumPy on the same machine. Run by hand:

    python tests/benchmarks/gpu_engine.py

For each row by how much the losses of both engines differ, and the median time of a training step. Needs
numpy, dill, jax and the source tree alone.
"""

import platform
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import jax
import numpy as np

from revgraph import dl

rng = np.random.default_rng(0)


def mlp():
    network = dl.sequential(
        dl.inputs(784), dl.dense(100, activation="relu"), dl.dense(10, activation="softmax")
    )
    return network, rng.normal(size=(128, 784)), rng.integers(0, 10, 128)


def cnn():
    network = dl.sequential(
        *(dl.inputs((28, 28, 1)), dl.conv2d(32, 3, activation="relu"), dl.max_pool2d(2)),
        *(dl.conv2d(64, 3, activation="relu"), dl.max_pool2d(2), dl.flatten(), dl.dropout(0.3)),
        *(dl.dense(128, activation="relu"), dl.dense(10, activation="softmax")),
    )
    return network, rng.normal(size=(500, 28, 28, 1)), rng.integers(0, 10, 500)


def gpt():
    network = dl.sequential(
        dl.inputs(128), dl.gpt(65, context=128, units=64, heads=2, blocks=2), dl.transform(softmax)
    )
    return network, rng.integers(0, 65, (32, 128)), rng.integers(0, 65, (32, 128))


def softmax(scores):
    import revgraph.core as rc

    return rc.softmax(scores)


def measured(make, engine, dtype, steps):
    """The losses of a training, and the seconds of a step, the first two left out."""
    global rng
    rng = np.random.default_rng(0)
    dl.seed(0)
    network, x, y = make()
    loss = dl.sparse_categorical_cross_entropy(fold="mean")
    model = dl.Model(network, loss, dl.adam(lr=0.001), dtype=dtype, engine=engine).compile()
    losses, times = [], []
    for _ in range(steps):
        begun = time.perf_counter()
        losses.append(model.train_on_batch(x, y))
        times.append(time.perf_counter() - begun)
    return np.array(losses), statistics.median(times[2:]), times[0]


def main():
    print(f"NumPy {np.__version__}, JAX {jax.__version__} on {jax.devices()[0]}; {platform.processor()}")
    print("row   dtype    differ   NumPy      JAX        ratio  first")
    for make in (mlp, cnn, gpt):
        for dtype in ("float64", "float32"):
            expected, numpy, _ = measured(make, "numpy", dtype, 6)
            found, step, first = measured(make, "jax", dtype, 6)
            _, long, _ = measured(make, "jax", dtype, 50)
            step, differ = min(step, long), np.max(np.abs(found - expected))
            row = f"{make.__name__:5} {dtype}  {differ:.0e}  {numpy * 1e3:8.2f} ms {step * 1e3:8.2f} ms"
            print(f"{row}  {step / numpy:5.3f}  {first:.1f} s", flush=True)


if __name__ == "__main__":
    main()
