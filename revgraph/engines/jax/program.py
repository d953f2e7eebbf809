"""Programs, and what stays at the device from one run to the next."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from revgraph.core import compiler, optimizers
from revgraph.core.engines import NUMPY, newer_of, send_away
from revgraph.core.feeding import fed_array
from revgraph.core.functions import Assignment
from revgraph.core.ops.op import find
from revgraph.core.simplify import simplified
from revgraph.core.tensor import Tensor, constant, variable
from revgraph.core.writer import Writer
from revgraph.engines.jax.arrays import Trace, Traced, array_of, now
from revgraph.engines.jax.writer import Traceable, is_given


@dataclass
class OnDevice:
    """A variable's newest value."""

    array: Any

    def bring_home(self, owner: variable) -> None:
        owner._data[...] = np.asarray(self.array)


@dataclass
class MemoriesOnDevice:
    """An optimizer's newest memories: for each variable arrays by name."""

    memories: list[dict[str, Any]]

    def bring_home(self, owner: optimizers.Step) -> None:
        for at, memory in enumerate(self.memories):
            owner.remember(at, {name: np.array(value) for name, value in memory.items()})


@dataclass
class Plan:
    """What is known of a program once it was traced for some shapes.

    drawn       the arguments by which each mask is drawn
    remembered  for each step and each of its variables, what its memory holds by name: zeros at first
    """

    drawn: list[tuple[Any, ...]]
    remembered: list[list[dict[str, Any]]]


class Program(compiler.Program):
    """A program compiled by JAX, once for all feeds of the same shapes."""

    @staticmethod
    def written(nodes: Sequence[Tensor]) -> Writer:
        return Traceable(simplified(nodes))

    def adopt(self, writer: Writer) -> None:
        super().adopt(writer)
        self.names = writer.names
        work = [node.op.forward for node in writer.rows if node.op]
        self.steps = [step for step in work if isinstance(step, optimizers.Step)]
        self.given = {leaf: writer.text[leaf] for leaf in writer.leaves if is_given(leaf)}
        changed = [target for step in self.steps for target in step.variables]
        changed += [assignment.target for assignment in work if isinstance(assignment, Assignment)]
        changed += [node.params["average"] for node in writer.rows if node.op is find("move_average")]
        self.leaves = list(dict.fromkeys([*self.given, *changed]))
        self.constants: dict[Tensor, Any] = {
            leaf: jnp.array(leaf.data) for leaf in self.given if isinstance(leaf, constant)
        }
        self.jitted = jax.jit(self.traced)
        self.plans: dict[Any, Plan] = {}
        self.lock = threading.Lock()

    def execute(self, values: list[Any]) -> Any:
        feeds = list(map(fed_array, self.inputs, values))
        with jax.enable_x64(True), jax.default_matmul_precision("float32"):
            try:
                return self.run_on_device(feeds)
            except Exception as error:
                self.explain(error)
                raise

    def run_on_device(self, feeds: list[Any]) -> Any:
        values = [self.constants[leaf] if leaf in self.constants else at_device(leaf) for leaf in self.leaves]
        rates = [
            (float(step.rule.rate(step.global_memory)), step.global_memory["iterations"])
            for step in self.steps
        ]
        plan = self.plan(feeds, values, rates)
        masks = [draw(*how) for how in plan.drawn]
        memories = list(map(memories_at_device, self.steps, plan.remembered))
        results, right, changed, gradients, memories = self.jitted(feeds, values, rates, memories, masks)
        if not all(map(bool, right)):  # NumPy will say what is wrong
            return compiler.program_of(*self.living_nodes(), engine=NUMPY).execute(feeds)
        self.keep(changed, gradients, memories)
        found = [np.array(result)[()] for result in results]
        return found[0] if len(self.nodes) == 1 else tuple(found)

    def keep(self, changed: list[Any], gradients: list[Any], memories: list[Any]) -> None:
        """Let variables and steps have what the run made of them."""
        for leaf, array in zip(self.leaves, changed, strict=True):
            if array is not None:
                send_away(leaf, OnDevice(array))
        gradient_of = dict(zip(self.leaves, gradients, strict=True))
        for step, newer in zip(self.steps, memories, strict=True):
            send_away(step, MemoriesOnDevice(newer))
            step.global_memory["iterations"] += 1
            for target in step.variables:
                gradient = gradient_of[target]
                target.gradient = None if gradient is None else np.array(gradient)

    def plan(self, feeds: list[Any], values: list[Any], rates: list[Any]) -> Plan:
        key = tuple(feed.shape for feed in feeds)
        if key not in self.plans:
            empty: list[list[dict[str, Any]]] = [[{} for _ in step.variables] for step in self.steps]
            traces: list[Trace] = []

            def look(feeds: list[Any], values: list[Any], rates: list[Any]) -> Any:
                traces.append(self.trace(values, rates, empty, None))
                return self.called(traces[0], feeds)

            jax.eval_shape(look, feeds, values, rates)
            remembered = [
                [
                    {name: (a.shape, a.dtype) for name, a in memory.items()}
                    for memory in traces[0].memories[step]
                ]
                for step in self.steps
            ]
            self.plans[key] = Plan(traces[0].drawn, remembered)
        return self.plans[key]

    def trace(self, values: Any, rates: Any, memories: Any, masks: Any) -> Trace:
        return Trace(
            values=dict(zip(self.leaves, values, strict=True)),
            rates=dict(zip(self.steps, rates, strict=True)),
            memories=dict(zip(self.steps, memories, strict=True)),
            masks=masks,
        )

    def traced(self, feeds: Any, values: Any, rates: Any, memories: Any, masks: Any) -> Any:
        """The function that JAX compiles: results, checks, new values, gradients to keep, new memories."""
        trace = self.trace(values, rates, memories, iter(masks))
        results = self.called(trace, feeds)
        changed, gradients = (
            [those.get(leaf) for leaf in self.leaves] for those in (trace.changed, trace.gradients)
        )
        return results, trace.right, changed, gradients, [trace.memories[step] for step in self.steps]

    def called(self, trace: Trace, feeds: list[Any]) -> list[Any]:
        """The program's results, as JAX's arrays."""
        with self.lock:
            now.trace = trace
            self.names.update((text, Traced(trace.values[leaf])) for leaf, text in self.given.items())
            try:
                results = self.function(*map(Traced, feeds))
            finally:
                self.names.update((text, None) for text in self.given.values())
                del now.trace
        return list(map(array_of, results if isinstance(results, tuple) else (results,)))


def at_device(leaf: Any) -> Any:
    """The newest value of a variable; its array is copied, since whoever has it may change it meanwhile."""
    newer = newer_of(leaf)
    return newer.array if isinstance(newer, OnDevice) else leaf.data.copy()


def memories_at_device(step: optimizers.Step, remembered: list[dict[str, Any]]) -> list[dict[str, Any]]:
    newer = newer_of(step)
    if isinstance(newer, MemoriesOnDevice):
        return newer.memories
    return [
        {name: jnp.array(step.recalled(at).get(name, np.zeros(*like))) for name, like in names.items()}
        for at, names in enumerate(remembered)
    ]


def draw(shape: tuple[int, ...], dtype: Any, rate: float, chance: Any) -> Any:
    return find("dropout_mask").forward(np.broadcast_to(np.zeros((), dtype), shape), rate, chance)
