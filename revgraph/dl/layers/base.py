"""What every layer shares, and how a graph remembers its layers.

A layer called on nodes gives a node, so layers and plain operations mix freely. The node is an identity that
notes the layer and what it was called on; ``replay`` walks from note to note and builds the graph anew, for
training (where dropout drops) or in another dtype, around the same weights.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import revgraph.core as rc
from revgraph.core.ops.op import first_dtype, op
from revgraph.core.tensor import topological_order

Tensor = rc.Tensor

_counts: Counter[str] = Counter()

note = op(
    "layer",
    lambda out, *inputs, layer: out,
    lambda g, ans, out, *inputs, layer: (g, *[None] * len(inputs)),
    dims=lambda out, *inputs, layer: out,
    dtype=first_dtype,
    text=lambda out, *inputs, layer: out,
    view=True,
    group=lambda layer: layer.name,
)


@dataclass
class Pass:
    """One building of the graph: whether it is for training, and what training has to do besides.

    ``penalties`` are added to the loss; ``updates`` are nodes to run with every step.
    """

    training: bool = False
    penalties: list[Tensor] = field(default_factory=list)
    updates: list[Tensor] = field(default_factory=list)


class Layer:
    """A step of a network. Subclasses define ``call``, and ``build`` if they have weights."""

    def __init__(self, name: str | None = None) -> None:
        kind = type(self).__name__
        _counts[kind] += 1
        self.name = name or f"{kind}_{_counts[kind]}"
        self.weights: dict[str, rc.variable] = {}
        self.built = False

    def __call__(self, *inputs: Tensor) -> Tensor:
        """The layer's output for these inputs; weights are made at the first call."""
        return self.run(Pass(), *inputs)

    def run(self, phase: Pass, *inputs: Tensor) -> Tensor:
        if not self.built:
            self.build(*inputs)
            self.built = True
        out = note(self.call(phase, *inputs), *inputs, layer=self)
        out.name = self.name
        return out

    def build(self, *inputs: Tensor) -> None:
        """Make the weights, for inputs of these shapes."""

    def call(self, phase: Pass, *inputs: Tensor) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__} must define call(self, phase, *inputs)")

    def add_weight(self, name: str, values: np.ndarray, dtype: Any) -> None:
        self.weights[name] = rc.variable(values, name=f"{self.name}_{name}", dtype=dtype)

    @property
    def trainable(self) -> list[rc.variable]:
        """The weights that a step changes."""
        return list(self.weights.values())

    def cast(self, dtype: np.dtype) -> None:
        """Make the weights anew in another dtype."""
        for name, old in self.weights.items():
            if old.dtype != dtype:
                self.weights[name] = rc.variable(old.data, name=old.name, dtype=dtype)

    def __repr__(self) -> str:
        return f"<layer {self.name}>"


def known_size(x: Tensor, axis: int, layer: Layer) -> int:
    """A size of the input that the layer's weights depend on."""
    size = x.shape[axis] if x.shape is not None and len(x.shape) >= abs(axis) else None
    if size is None:
        raise ValueError(
            f"{layer.name} needs to know the size of axis {axis} of its input, which has shape {x.shape}. "
            "Next: give dl.inputs the sizes, or put flatten or reshape before it."
        )
    return size


def layers_of(*outputs: Tensor) -> list[Layer]:
    """The layers that the outputs pass through, each once, from the inputs on."""
    order = topological_order(outputs, args=outer_args)
    return list(dict.fromkeys(node.params["layer"] for node in order if node.op is note))


def outer_args(node: Tensor) -> tuple[Tensor, ...]:
    """What a node was made from, seen from outside of layers."""
    return node.args[1:] if node.op is note else node.args


def replay(
    outputs: Iterable[Tensor], phase: Pass, instead: Mapping[Tensor, Tensor] | None = None
) -> list[Tensor]:
    """The outputs built anew for this pass; ``instead`` maps leaves to what takes their place."""
    outputs = list(outputs)
    new: dict[Tensor, Tensor] = dict(instead or {})
    for node in topological_order(outputs, args=outer_args):
        if node in new:
            continue
        args = [new[arg] for arg in outer_args(node)]
        if node.op is note:
            new[node] = node.params["layer"].run(phase, *args)
        else:
            new[node] = node if node.op is None else node.op(*args, **node.params)
    return [new[output] for output in outputs]
