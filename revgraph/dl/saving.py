"""Models and weights as files. A file is written whole or not at all."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import revgraph.core as rc
from revgraph.core.conversion import converted
from revgraph.files import write_atomically

if TYPE_CHECKING:
    from revgraph.dl.model import Model

MARK = b"revgraph model 1\n"


def save(model: Model, path: Path) -> None:
    import dill  # takes a while to import, and only saving needs it

    require_place(path)
    write_atomically(path.resolve(), MARK + dill.dumps(model, recurse=True))


def require_place(path: Path) -> None:
    if not path.parent.is_dir():
        raise FileNotFoundError(f"cannot save to {path}: there is no folder {path.parent}")
    if path.is_dir():
        raise IsADirectoryError(f"cannot save to {path}: it is a folder. Next: a file's name behind it.")
    if path.exists() and not path.is_file():
        raise ValueError(f"cannot save to {path}: it is no file, and would be lost")


def load(path: Path, kind: type[Model]) -> Model:
    import dill

    content = path.read_bytes()
    if not content.startswith(MARK):
        raise ValueError(f"{path} is not a model that revgraph saved. Next: write one with model.save(path).")
    try:
        model = dill.loads(content[len(MARK) :])
    except Exception as error:
        raise ValueError(
            f"{path} begins like a saved model but cannot be read: {type(error).__name__}: {error}"
        ) from error
    if not isinstance(model, kind):
        raise ValueError(f"{path} holds a {type(model).__name__}, not a model")
    return model


def save_weights(weights: Sequence[rc.variable], path: Path) -> None:
    require_place(path)
    content = io.BytesIO()
    np.savez(content, *[weight.data for weight in weights])
    write_atomically(path.resolve(), content.getvalue())


def load_weights(weights: Sequence[rc.variable], path: Path) -> None:
    assign(weights, _arrays(path), str(path))


def assign(weights: Sequence[rc.variable], values: Sequence[Any], source: str) -> None:
    """Give all weights these values, or raise a ValueError and change none."""
    if len(values) != len(weights):
        raise ValueError(f"{source} holds {len(values)} arrays; this model has {len(weights)} weights")
    arrays = [weight_array(weight, value, source) for weight, value in zip(weights, values, strict=True)]
    for weight, array in zip(weights, arrays, strict=True):
        if weight.data.shape != array.shape:
            raise ValueError(
                f"{weight.name or 'a variable'} has shape {weight.data.shape}, "
                f"but {source} has {array.shape} in its place"
            )
    for weight, array in zip(weights, arrays, strict=True):  # only now that all fit
        weight.data = array


def weight_array(weight: rc.variable, value: Any, source: str) -> np.ndarray[Any, Any]:
    """A value for a weight as an array of its dtype."""
    try:
        return converted(value, weight.dtype)
    except (TypeError, ValueError) as error:
        name = weight.name or "a variable"
        raise ValueError(f"what stands for {name} in {source} is no array of real numbers: {error}") from None


def _arrays(path: Path) -> list[np.ndarray[Any, Any]]:
    with path.open("rb") as opened:
        try:
            with np.load(opened, allow_pickle=False) as file:
                return [file[f"arr_{i}"] for i in range(len(file.files))]
        except Exception as error:  # a damaged file: zipfile, zlib and numpy have no one error for that
            if path.read_bytes().startswith(MARK):
                raise ValueError(f"{path} holds a whole model. Next: dl.Model.load_from.") from None
            raise ValueError(f"{path} holds no weights saved by save_weights: {error}") from error
