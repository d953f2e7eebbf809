"""MNIST: 70,000 handwritten digits of 28 by 28 gray pixels (LeCun, Cortes and Burges 1998)."""

import gzip
import zlib
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from revgraph.datasets.common import fetch_announced, sklearn_datasets
from revgraph.datasets.common import one_hot as encode

N_TRAIN = 60_000
NAMES = {"images": "images-idx3-ubyte", "labels": "labels-idx1-ubyte"}


def load_data(
    path: str | Path | None = None, one_hot: bool = True, normalize: bool = True, *, as_dict: bool = False
) -> Any:
    """``(x_train, y_train), (x_test, y_test)`` with 60,000 and 10,000 samples.

    x: (n, 784), float64 from 0 to 1 with ``normalize``, else integers from 0 to 255.
    y: (n, 10) float64 with ``one_hot``, else (n,) integers.
    path: a folder with the four IDX files (train- and t10k-, images and labels, plain or .gz); without it the
    data are fetched through scikit-learn once and then read from its cache.
    as_dict: ``{"train": {"x": ..., "y": ...}, "test": {"x": ..., "y": ...}}`` in place of tuples.

    Raises FileNotFoundError or ValueError that name the file that is missing, damaged or short.
    """
    parts = (read_part(path, "train"), read_part(path, "t10k")) if path is not None else _fetched()
    train, test = (_prepared(x, y, one_hot, normalize) for x, y in parts)
    if as_dict:
        return {name: {"x": x, "y": y} for name, (x, y) in (("train", train), ("test", test))}
    return train, test


def read_part(path: str | Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    """Images (n, 784) and labels (n,), as bytes, of the part "train" or "t10k" in a folder of IDX files."""
    images, labels = (read_idx(_find(Path(path), f"{part}-{name}")) for name in NAMES.values())
    if len(images) != len(labels):
        raise ValueError(f"{path}: {len(images)} images but {len(labels)} labels in the {part} files")
    return images.reshape(len(images), -1), labels


def _find(folder: Path, name: str) -> Path:
    for candidate in (folder / name, folder / f"{name}.gz", folder / name.replace("-idx", ".idx")):
        if candidate.exists():
            return candidate
    raise FileNotFoundError(f"{folder} has no {name}, nor {name}.gz. Next: put the four MNIST files there.")


def read_idx(path: str | Path) -> np.ndarray:
    """The array in an IDX file of bytes, plain or gzipped.

    The format: two zero bytes, 8 for unsigned bytes, the number of axes, each size as four bytes (the most
    significant first), then the entries.
    """
    content = _content(Path(path))
    n_axes = content[3] if len(content) > 3 else 0
    if content[:3] != b"\x00\x00\x08" or n_axes == 0:
        raise ValueError(f"{path} is damaged: it does not begin as an IDX file of bytes does")
    start = 4 + 4 * n_axes
    sizes = [int.from_bytes(content[at : at + 4], "big") for at in range(4, start, 4)]
    expected = start + prod(sizes)
    if len(content) != expected:
        raise ValueError(f"{path} is damaged: it has {len(content):,} bytes where {expected:,} belong")
    return np.frombuffer(content, np.uint8, offset=start).reshape(sizes)


def _content(path: Path) -> bytes:
    content = path.read_bytes()
    if not content.startswith(b"\x1f\x8b"):
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{path} is damaged: {error}") from error


def _fetched() -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    fetcher = sklearn_datasets().fetch_openml
    found = fetch_announced("MNIST", "15 MB", fetcher, name="mnist_784", version=1, as_frame=False)
    x, y = found.data.astype(np.uint8), found.target.astype(np.uint8)
    return (x[:N_TRAIN], y[:N_TRAIN]), (x[N_TRAIN:], y[N_TRAIN:])


def _prepared(x: np.ndarray, y: np.ndarray, one_hot: bool, normalize: bool) -> tuple[np.ndarray, np.ndarray]:
    return x / 255 if normalize else x.astype(np.int64), encode(y, 10) if one_hot else y.astype(np.int64)
