"""A model's layers as a table."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import revgraph.core as rc
from revgraph.core.tensor import topological_order
from revgraph.dl.layers.base import layer_note, outer_args

if TYPE_CHECKING:
    from revgraph.dl.model import Model

HEAD = ("layer", "kind", "output shape", "weights")


class Summary:
    """Layers, their output shapes and numbers of weights; a table in a notebook, text elsewhere.

    A layer's row counts the weights of the layers in it as well, and the variables that it uses besides. The
    total counts each weight once, and those beside layers too.
    """

    def __init__(self, model: Model) -> None:
        order = topological_order([model.output], args=outer_args)
        nodes = [node for node in order if node.op is layer_note or isinstance(node, rc.placeholder)]
        self.rows = [_row(node) for node in nodes]
        self.n_weights = sum(weight.data.size for weight in model.weights)

    def __repr__(self) -> str:
        table = [HEAD, *self.rows]
        widths = [max(len(row[i]) for row in table) for i in range(3)]
        lines = [
            "  ".join([*(cell.ljust(w) for cell, w in zip(row[:3], widths, strict=True)), row[3].rjust(9)])
            for row in table
        ]
        rule = "-" * len(lines[0])
        return "\n".join([lines[0], rule, *lines[1:], rule, f"{self.n_weights:,} weights"])

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{cell}</th>" for cell in HEAD)
        rows = "".join(f"<tr>{''.join(f'<td>{escape(c)}</td>' for c in row)}</tr>" for row in self.rows)
        return f"<table><tr>{head}</tr>{rows}</table><p>{self.n_weights:,} weights</p>"


def _row(node: rc.Tensor) -> tuple[str, str, str, str]:
    shape = str(node.shape)
    if node.op is not layer_note:
        return str(node.name), "inputs", shape, "0"
    layer = node.params["layer"]
    return layer.name, type(layer).__name__, shape, f"{sum(w.data.size for w in _weights_within(node)):,}"


def _weights_within(note: rc.Tensor) -> list[rc.variable]:
    """The weights of a layer and of the layers that it calls, and the variables that they use besides."""
    inputs = set(note.args[1:])
    nodes = topological_order([note.args[0]], args=lambda node: () if node in inputs else node.args)
    within = [note, *(node for node in nodes if node not in inputs)]
    layers = [node.params["layer"] for node in within if node.op is layer_note]
    weights = [weight for layer in layers for weight in layer.weights.values()]
    return list(dict.fromkeys([*weights, *(node for node in within if isinstance(node, rc.variable))]))
