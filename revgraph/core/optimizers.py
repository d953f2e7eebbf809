"""Optimizers: update rules in plain NumPy, which change a variable in place.

A rule sees one variable at a time: `param.data`, `param.gradient`, and two dicts to remember things in:
`memory`, of this variable and this loss, and `global_memory`, of this loss, where "iterations" counts the
steps taken before this one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from revgraph.core.errors import GraphError, made_at
from revgraph.core.gradients import gradients
from revgraph.core.ops.op import Op, same_dims
from revgraph.core.tensor import Tensor, topological_order, variable

Memory = dict[str, Any]


class optimizer:
    """What all optimizers share. Define `update` in a subclass for a rule of your own.

    class signs(rc.optimizer):
        def update(self, param, memory, global_memory):
            param.data -= self.lr * np.sign(param.gradient)
    """

    def __init__(self, lr: float = 0.001, decay: float = 0.0) -> None:
        self.lr, self.decay = lr, decay

    def update(self, param: variable, memory: Memory, global_memory: Memory) -> None:
        """Change `param.data` in place, by `param.gradient`."""
        raise NotImplementedError(
            f"{type(self).__name__} must define update(self, param, memory, global_memory)"
        )

    def rate(self, global_memory: Memory) -> float:
        """The learning rate of this step: lr divided by 1 + decay·iterations."""
        return self.lr / (1 + self.decay * global_memory["iterations"])

    def minimize(self, loss: Tensor, variables: Sequence[variable] | None = None) -> Tensor:
        """A node that takes one step for `loss` whenever it is run, and whose value is the loss before it.

        variables: what to change; by default every variable the loss depends on. A loss that is no scalar is
        minimized in sum. Each call starts with an empty memory, so one optimizer can minimize several losses.
        """
        if variables is None:
            variables = [node for node in topological_order([loss]) if isinstance(node, variable)]
        if not variables:
            raise GraphError(
                f"nothing to minimize {loss!r} by: it depends on no variable.{made_at(loss.where)}"
                "\n  Next: make what should be trained an rc.variable."
            )
        step = Op(type(self).__name__, Step(self, variables), dims=same_dims, effect=True)
        return step(loss, *gradients(loss, variables))


class Step:
    """What a step does when it is run: store each gradient with its variable, then update them all."""

    def __init__(self, rule: optimizer, variables: Sequence[variable]) -> None:
        self.update = rule.update
        self.variables = list(variables)
        self.memories: list[Memory] = [{} for _ in variables]
        self.global_memory: Memory = {"iterations": 0}

    def __call__(self, loss: Any, *found: Any) -> Any:
        for param, memory, gradient in zip(self.variables, self.memories, found, strict=True):
            param.gradient = gradient
            self.update(param, memory, self.global_memory)
        self.global_memory["iterations"] += 1
        return loss


class sgd(optimizer):
    """Stochastic gradient descent."""

    def update(self, param: variable, memory: Memory, global_memory: Memory) -> None:
        param.data -= self.rate(global_memory) * param.gradient
