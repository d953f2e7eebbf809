"""What every layer shares, and how a graph remembers its layers.

A layer called on nodes gives a node, so layers and plain operations mix freely. The node is an identity that
notes the layer and what it was called on; ``replay`` walks from note to note and builds the graph anew, for
training (where dropout drops) or in another dtype, around the same weights.

A layer may call other layers, however it holds them: in an attribute, a list, a dict, a closure. Their notes
lie inside its own, so they are found in the graph, and they run in the pass that the outer one runs in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import revgraph.core as rc
from revgraph.core.ops.op import first_dtype, op
from revgraph.core.tensor import as_tensor, topological_order
from revgraph.dl.randomness import Ambient, Stream, ambient

Tensor = rc.Tensor

_counts: Counter[str] = Counter()

layer_note = op(
    "layer",
    lambda out, *inputs, layer: out,
    lambda g, ans, out, *inputs, layer: (g, *[None] * len(inputs)),
    dims=lambda out, *inputs, layer: out,
    dtype=first_dtype,
    text=lambda out, *inputs, layer: out,
    view=True,
    group=lambda layer: layer,
)


@dataclass
class Pass:
    """One building of the graph: whether it is for training, and what training has to do besides.

    training   whether dropout drops and normalization goes by the batch
    chance     where random masks come from
    penalties  nodes that are added to the loss
    updates    nodes to run with every step
    earlier    nodes of the network from before it was brought into another dtype, with what they became
    """

    training: bool = False
    chance: Stream | Ambient = ambient
    penalties: list[Tensor] = field(default_factory=list)
    updates: list[Tensor] = field(default_factory=list)
    earlier: Mapping[Tensor, Tensor] = field(default_factory=dict)
    _penalized: set[Tensor] = field(default_factory=set, init=False)
    _notes: set[Tensor] = field(default_factory=set, init=False)  # of the layers that ran in this pass
    _again: dict[Tensor, Tensor] = field(default_factory=dict, init=False)  # nodes from before, and from it
    _final: dict[Tensor, Tensor] = field(default_factory=dict, init=False)

    def penalize(self, subject: Tensor, penalty: Tensor) -> None:
        """Add a penalty on ``subject``, once however often the layer that it belongs to is called."""
        if not isinstance(penalty, Tensor) or penalty.shape not in (None, ()):
            raise ValueError(
                f"a regularizer gives one number, not {penalty!r:.80}. Next: rc.sum over it at the end."
            )
        if subject not in self._penalized:
            self._penalized.add(subject)
            self.penalties.append(penalty)

    def build(self, outputs: Iterable[Tensor]) -> None:
        """Build the outputs, made before, again in this pass."""
        for node in topological_order(outputs, args=self._built_from):
            if node in self._again:
                continue
            args = [self._again[arg] for arg in self._built_from(node)]
            if node in self.earlier:
                self._again[node] = args[0]
            elif node.op is layer_note:
                self._again[node] = node.params["layer"].run(self, *args)
            else:
                self._again[node] = node if node.op is None else node.op(*args, **node.params)

    def _built_from(self, node: Tensor) -> tuple[Tensor, ...]:
        return (self.earlier[node],) if node in self.earlier else outer_args(node)

    # A function that a layer or the loss calls may hold a node of the network as it was built before.

    def of_this_pass(self, nodes: Iterable[Tensor]) -> list[Tensor]:
        """The nodes, with each node from before that they are made from in its form of this pass.

        Raises ValueError where a node would be made from itself, since a name means another node by now.
        """
        nodes, final = list(nodes), self._final
        for node in topological_order(nodes, args=self._made_from):
            if node in final:
                continue
            made_from = self._made_from(node)
            if any(arg not in final for arg in made_from):
                raise ValueError(
                    f"{node!r} is made from itself when the network is built again: a function in it uses a "
                    "name that means another node by now. Next: call the layer on that node as well."
                )
            args = [final[arg] for arg in made_from]
            final[node] = args[0] if self._counterpart(node) is not node else made_again(node, args)
            final[final[node]] = final[node]
        return [final[node] for node in nodes]

    def _made_from(self, node: Tensor) -> tuple[Tensor, ...]:
        if node in self._final:
            return ()
        counterpart = self._counterpart(node)
        return node.args if counterpart is node else (counterpart,)

    def _counterpart(self, node: Tensor) -> Tensor:
        """What takes the place of a node from before; of others, the node itself."""
        if node in self.earlier or (node.op is layer_note and node not in self._notes):
            self.build([node])
        return self._again.get(node, node)

    def became(self) -> dict[Tensor, Tensor]:
        """What each node from before, which a function may hold, became in this pass."""
        return {
            node: self._final.get(node, again) for node, again in self._again.items() if node is not again
        }


def made_again(node: Tensor, args: Sequence[Any]) -> Tensor:
    """The node if these are its arguments, else one like it with them."""
    if node.op is None or all(new is old for new, old in zip(args, node.args, strict=True)):
        return node
    again = node.op(*args, **node.params)
    again.name = node.name
    return again


_current: ContextVar[Pass | None] = ContextVar("pass", default=None)


class Layer:
    """A step of a network. For one of your own define ``call``, and ``build`` if it has weights.

        class scale(dl.Layer):
            def build(self, x):
                self.add_weight("factor", np.ones(x.shape[-1]), x.dtype)

            def call(self, phase, x):
                return x * self.weights["factor"]

    Layers that ``call`` calls belong to it, wherever it keeps them: they are trained, saved and counted with
    it. So do variables that it holds as attributes. Make both in ``__init__`` or ``build``: what ``call``
    makes would be another one in training than in prediction.

    name: by default the class's and a number. The layers of a model have different names.
    """

    def __init__(self, name: str | None = None) -> None:
        if name is not None and not isinstance(name, str):
            kind = type(self).__name__
            raise TypeError(
                f"the name of a layer is a text, not {name!r}. "
                f"Next: dl.{kind}(...)(node), to call it on a node; its options come first."
            )
        self.name = name or automatic_name(type(self))
        self.named = not isinstance(self.name, AutomaticName)
        self.weights: dict[str, rc.variable] = {}
        self.built = False

    def __call__(self, *inputs: Any) -> Tensor:
        """The layer's output for these nodes; weights are made at the first call.

        Raises TypeError if called on nothing, on more than it takes, or on what is no node and no array.
        """
        if not inputs:
            raise TypeError(
                f"{self.name} is called on no input. "
                "Next: begin with dl.inputs, as in dl.sequential(dl.inputs(4), ...), or call it on a node."
            )
        most = getattr(type(self).call, "most", len(inputs))
        if len(inputs) > most:
            raise TypeError(
                f"{self.name} takes {most} input{'s' * (most > 1)}, and is called on {len(inputs)}. "
                "Next: dl.concatenate()(a, b) or dl.add()(a, b) makes one of several."
            )
        return self.run(_current.get() or Pass(), *map(as_node, inputs))

    def run(self, phase: Pass, *inputs: Tensor) -> Tensor:
        """The output in this pass; layers that are called meanwhile run in it as well."""
        if "weights" not in vars(self):
            raise TypeError(
                f"the __init__ of {type(self).__name__} does not call super().__init__(). "
                "Next: let it begin with that line."
            )
        if not self.built:
            self.build(*inputs)
            self.built = True
        outer = _current.get()
        token = _current.set(phase)
        try:
            result = self.call(phase, *inputs)
        finally:
            _current.reset(token)
        if not isinstance(result, Tensor):
            raise TypeError(
                f"{self.name} gives {result!r:.80}, and not a node. Next: let its function return the result."
            )
        out = layer_note(result, *inputs, layer=self)
        out.name = self.name
        phase._notes.add(out)
        if outer is not None:  # a layer may run others in a pass of its own choice
            outer._notes |= phase._notes
        return out

    def build(self, *inputs: Tensor) -> None:
        """Make the weights, for inputs of these shapes."""

    def call(self, phase: Pass, *inputs: Tensor) -> Tensor:
        """The output, made of nodes; ``phase.training`` tells whether it is for training."""
        raise NotImplementedError(f"{type(self).__name__} must define call(self, phase, *inputs)")

    def draw_weight(
        self,
        name: str,
        initializer: Callable[[tuple[int, ...]], np.ndarray],
        shape: tuple[int, ...],
        dtype: Any,
    ) -> None:
        """Make a variable of this shape, ``self.weights[name]``, of what the initializer gives for it."""
        values = np.asarray(initializer(shape))
        if values.shape != shape:
            raise ValueError(
                f"the initializer of {self.name}'s {name} gave shape {values.shape}; it was asked for {shape}"
            )
        self.add_weight(name, values, dtype)

    def add_weight(self, name: str, values: np.ndarray, dtype: Any) -> None:
        """Make a variable from these values, as ``self.weights[name]``."""
        self.weights[name] = rc.variable(values, name=f"{self.name}_{name}", dtype=dtype)

    @property
    def trainable(self) -> list[rc.variable]:
        """The weights that a step changes."""
        return list(self.weights.values())

    def part_name(self, part: str) -> str:
        """A name for a layer within this one."""
        return AutomaticName(f"{self.name}_{part}")

    def rename(self, name: str) -> None:
        """Give the layer, and with it its weights, another name."""
        for key, weight in self.weights.items():
            weight.name = f"{name}_{key}"
        self.name = name

    def __repr__(self) -> str:
        return f"<layer {self.name}>"


def takes(most: int) -> Callable[[Callable[..., Tensor]], Callable[..., Tensor]]:
    """Mark the ``call`` of a layer: it reads at most so many inputs, and no more may be given."""

    def mark(call: Callable[..., Tensor]) -> Callable[..., Tensor]:
        call.most = most  # type: ignore[attr-defined]
        return call

    return mark


class AutomaticName(str):
    """A name that no user gave, so that another may take its place."""


def automatic_name(layer_class: type[Layer]) -> str:
    name = layer_class.__name__
    _counts[name] += 1
    return AutomaticName(f"{name}_{_counts[name]}")


def as_node(value: Any) -> Tensor:
    """What a layer is called on, as a node."""
    if isinstance(value, Layer):
        raise TypeError(
            f"a layer is called on nodes, not on the layer {value.name}. "
            "Next: call that one first, as in dl.dense(3)(dl.inputs(4)())."
        )
    if isinstance(value, list | tuple) and any(isinstance(part, Tensor) for part in value):
        raise TypeError("a layer takes its inputs one by one, not in a list. Next: layer(a, b).")
    return as_tensor(value)


def known_size(x: Tensor, axis: int, layer: Layer) -> int:
    """A size of the input that the layer's weights depend on."""
    size = x.shape[axis] if x.shape is not None and len(x.shape) >= abs(axis) else None
    if size is None:
        raise ValueError(
            f"{layer.name} needs to know the size of axis {axis} of its input, which has shape {x.shape}. "
            "Next: give dl.inputs the sizes, or put flatten or reshape before it."
        )
    return size


def require_features(x: Tensor, size: int, layer: Layer) -> None:
    """Raise where the last axis of an input has another size than the layer was made for."""
    if known_size(x, -1, layer) != size:
        raise ValueError(
            f"{layer.name} was made for {size} features, and its input has shape {x.shape}. "
            "Next: a layer of its own for each size."
        )


def layers_of(*outputs: Tensor) -> list[Layer]:
    """The layers that the outputs pass through, those within layers too, each once, from the inputs on."""
    notes = (node for node in topological_order(outputs) if node.op is layer_note)
    return list(dict.fromkeys(node.params["layer"] for node in notes))


def variables_of(*outputs: Tensor) -> list[rc.variable]:
    """The variables that the outputs depend on, from the inputs on."""
    return [node for node in topological_order(outputs) if isinstance(node, rc.variable)]


def held_variables(value: Any) -> Iterator[rc.variable]:
    """The variables in an attribute of a layer, or in all of them, ``vars(layer)``."""
    if isinstance(value, rc.variable):
        yield value
    elif type(value) in (dict, list, tuple):
        for entry in value.values() if isinstance(value, dict) else value:
            yield from held_variables(entry)


def cast_layers(layers: Iterable[Layer], dtype: np.dtype) -> None:
    """Make the variables that the layers hold anew in another dtype; one that two hold stays one."""
    new: dict[rc.variable, rc.variable] = {}
    for layer in layers:
        for name, value in vars(layer).items():
            setattr(layer, name, attribute_in_dtype(value, dtype, new))


def attribute_in_dtype(value: Any, dtype: np.dtype, new: dict[rc.variable, rc.variable]) -> Any:
    """An attribute with its variables in this dtype."""
    if isinstance(value, rc.variable) and value.dtype.kind == "f" and value.dtype != dtype:
        return new.setdefault(value, rc.variable(value.data, name=value.name, dtype=dtype))
    if type(value) is dict:
        value.update({key: attribute_in_dtype(entry, dtype, new) for key, entry in value.items()})
    elif type(value) is list:
        value[:] = [attribute_in_dtype(entry, dtype, new) for entry in value]
    elif type(value) is tuple:
        return tuple(attribute_in_dtype(entry, dtype, new) for entry in value)
    return value


def outer_args(node: Tensor) -> tuple[Tensor, ...]:
    """What a node was made from, seen from outside of layers."""
    return node.args[1:] if node.op is layer_note else node.args


def replay(
    outputs: Iterable[Tensor], phase: Pass, instead: Mapping[Tensor, Tensor] | None = None
) -> list[Tensor]:
    """The outputs built anew for this pass; ``instead`` maps leaves to what takes their place."""
    outputs = list(outputs)
    phase._again.update(instead or {})
    phase.build(outputs)
    phase.penalties[:] = phase.of_this_pass(phase.penalties)
    phase.updates[:] = phase.of_this_pass(phase.updates)
    return phase.of_this_pass(outputs)
