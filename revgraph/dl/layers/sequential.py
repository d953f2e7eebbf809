"""Layers in a row."""

from collections.abc import Callable
from typing import Any

from revgraph.dl.layers.base import Layer, Tensor
from revgraph.dl.layers.basic import inputs


class sequential(Layer):
    """``sequential(inputs(784), dense(100, activation="tanh"), dense(10))``: each layer feeds the next.

    layers: one or more, of which the first may be ``inputs``; functions of a node will do as well.

    Called without arguments it starts at its own ``inputs``; called on a node, it is a part of a larger net.

    Raises TypeError for what is no layer, ValueError for none, and if called on nothing without ``inputs``.
    """

    def __init__(self, *layers: Callable[..., Tensor], name: str | None = None) -> None:
        super().__init__(name)
        if not layers:
            raise ValueError("sequential needs at least one layer")
        for layer in layers:
            if isinstance(layer, list | tuple):
                raise TypeError(
                    "sequential takes its layers one by one, not in a list. "
                    "Next: dl.sequential(*layers), or dl.sequential(first, second)."
                )
            if isinstance(layer, type):
                name = layer.__name__
                raise TypeError(f"sequential takes layers, and dl.{name} makes one. Next: dl.{name}(...).")
            if not callable(layer) or isinstance(layer, Tensor):
                raise TypeError(f"sequential takes layers, not {layer!r}")
        self.layers = layers

    def __call__(self, *given: Any) -> Tensor:
        layers = self.layers
        if isinstance(layers[0], inputs) and not given:
            given, layers = (layers[0](),), layers[1:]
        if not given:
            raise ValueError(f"{self.name} starts with no dl.inputs: begin with one, or call it on a node")
        for layer in layers:
            given = (layer(*given),)
        return given[0]
