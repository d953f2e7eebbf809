"""The text of a program that JAX can trace, and what it calls to change variables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp

from revgraph.core import optimizers
from revgraph.core.errors import GraphError, made_at
from revgraph.core.functions import Assignment
from revgraph.core.ops.faster import dot
from revgraph.core.ops.linear import matmul_op
from revgraph.core.ops.op import Op, is_registered
from revgraph.core.tensor import Tensor, constant, variable
from revgraph.core.writer import Writer
from revgraph.engines.jax.arrays import Trace, Traced, array_of, now, require
from revgraph.engines.jax.forms import FORMS

LARGE = 1 << 12  # entries of a constant that is given to the program, where a smaller one stands in it


class Traceable(Writer):
    """The text of a program whose functions can be traced, and whose arrays are given to it."""

    def __init__(self, roots: Sequence[Tensor]) -> None:
        super().__init__(roots, reuse=False)
        for node in self.rows:
            require_traceable(node)

    def introduced(self) -> Iterator[str]:
        for leaf in self.leaves:
            if isinstance(leaf, constant) and not is_given(leaf):
                self.names[self.text[leaf]] = leaf.data
        yield from ()

    def call(self, node: Tensor, op: Op) -> str:
        """NumPy's `dot` is a method of its arrays, such as constants are, and takes none of JAX's; @ does."""
        return super().call(node, matmul_op if op is dot else op)

    def bind(self, name: str, value: Any) -> str:
        if isinstance(value, optimizers.Step):
            return super().bind(name, Effect(stepped, value))
        if isinstance(value, Assignment):
            return super().bind(name, Effect(assigned, value))
        return super().bind(name, FORMS.get(value, value) if callable(value) else value)


@dataclass(frozen=True)
class Effect:
    """A step, or an assignment, as the function that the program calls."""

    function: Callable[..., Any]
    of: Any

    def __call__(self, *arrays: Any) -> Any:
        return self.function(self.of, *arrays)


def is_given(leaf: Tensor) -> bool:
    """Whether the program is given the array of this leaf."""
    return isinstance(leaf, variable) or (
        isinstance(leaf, constant) and leaf.data.size > LARGE and leaf.dtype.kind == "f"
    )


def require_traceable(node: Tensor) -> None:
    """Raise for an operation or rule that is not the library's: what else it does would happen only once."""
    assert node.op is not None
    work = node.op.forward
    if isinstance(work, optimizers.Step):
        if type(work.rule).__module__ == optimizers.__name__:
            return
        what = f"{type(work.rule).__name__} is an optimizer of your own"
    elif is_registered(node.op) or isinstance(work, Assignment):
        return
    else:
        what = f"{node.op.name} is an operation of your own"
    raise GraphError(
        f"{what}, in plain NumPy, which the engine 'jax' cannot trace.{made_at(node.where)}"
        "\n  Next: build it from the operations of rc, or run it by the engine 'numpy'."
    )


def assigned(assignment: Assignment, value: Any) -> Any:
    target, array = assignment.target, array_of(value)
    target.require_shape(array.shape)
    if target.dtype.kind in "iu":
        require(array == array.astype(target.dtype))
    now.trace.change(target, jnp.copy(array))
    return value


def stepped(step: optimizers.Step, loss: Any, *gradients: Any) -> Any:
    """What a step does, with the rule as it is written for NumPy."""
    trace: Trace = now.trace
    if step.rule.gradient_limit is not None:
        gradients = clipped(gradients, step.rule.gradient_limit)
    rule, (rate, taken) = copy(step.rule), trace.rates[step]
    vars(rule).update(lr=Traced(rate), decay=0.0)
    memories = []
    for target, gradient, before in zip(step.variables, gradients, trace.memories[step], strict=True):
        memory = optimizers.Memory({name: Traced(value) for name, value in before.items()})
        arrays: Any = Traced(trace.values[target]), Traced(array_of(gradient))  # NumPy's, for the rule
        part: Any = optimizers.Block(*arrays)
        rule.update(part, memory, optimizers.Memory(iterations=Traced(taken)))
        if isinstance(rule, optimizers.only_gradient):
            trace.gradients[target] = part.gradient.value
        else:
            trace.change(target, part.data.value)
        memories.append({name: value.value for name, value in memory.items()})
    trace.memories[step] = memories
    return loss


def clipped(gradients: Sequence[Any], limit: float) -> tuple[Any, ...]:
    arrays = [array_of(g) for g in gradients]
    most = jnp.max(jnp.array([jnp.max(jnp.abs(g), initial=0).astype(float) for g in arrays]))
    unit = jnp.where((most > 0) & jnp.isfinite(most), most, 1.0)  # over which no square overflows
    norm = unit * jnp.sqrt(sum(jnp.sum(jnp.square(g / unit.astype(g.dtype))).astype(float) for g in arrays))
    factor = jnp.where(norm > limit, limit / norm, 1.0)
    return tuple(Traced(g * factor.astype(g.dtype)) for g in arrays)
