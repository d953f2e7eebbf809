"""Layers in a row."""

from revgraph.dl.layers.base import Layer, Tensor
from revgraph.dl.layers.basic import inputs


class sequential(Layer):
    """``sequential(inputs(784), dense(100, activation="tanh"), dense(10))``: each layer feeds the next.

    Called without arguments it starts at its own ``inputs``; called on a node, it is a part of a larger net.
    """

    def __init__(self, *layers: Layer, name: str | None = None) -> None:
        super().__init__(name)
        if not layers:
            raise ValueError("sequential needs at least one layer")
        self.layers = layers

    def __call__(self, *given: Tensor) -> Tensor:
        layers = self.layers
        if isinstance(layers[0], inputs) and not given:
            given, layers = (layers[0](),), layers[1:]
        if not given:
            raise ValueError(f"{self.name} starts with no dl.inputs: begin with one, or call it on a node")
        for layer in layers:
            given = (layer(*given),)
        return given[0]
