"""A model's layers as a table."""

from html import escape

import revgraph.core as rc
from revgraph.core.tensor import topological_order
from revgraph.dl.layers.base import note, outer_args

HEAD = ("layer", "kind", "output shape", "weights")


class Summary:
    """Layers, their output shapes and numbers of weights; a table in a notebook, text elsewhere."""

    def __init__(self, output: rc.Tensor) -> None:
        order = topological_order([output], args=outer_args)
        nodes = [node for node in order if node.op is note or isinstance(node, rc.placeholder)]
        self.rows = [_row(node) for node in nodes]
        layers = {node.params["layer"] for node in nodes if node.op is note}
        self.n_weights = sum(weight.data.size for layer in layers for weight in layer.weights.values())

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
    if node.op is not note:
        return str(node.name), "inputs", shape, "0"
    layer = node.params["layer"]
    return layer.name, type(layer).__name__, shape, f"{sum(w.data.size for w in layer.weights.values()):,}"
