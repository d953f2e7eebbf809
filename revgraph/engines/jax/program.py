"""Programs, and what stays at the device from one run to the next."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from revgraph.core import compiler, optimizers
from revgraph.core.engines import NUMPY, bring_home, newer_of, send_away
from revgraph.core.feeding import fed_array
from revgraph.core.functions import Assignment
from revgraph.core.ops.op import find
from revgraph.core.simplify import simplified
from revgraph.core.tensor import Tensor, constant, variable
from revgraph.core.threads import helper
from revgraph.core.writer import Writer
from revgraph.engines.jax.arrays import Trace, Traced, array_of, now
from revgraph.engines.jax.transfer import brought_home, is_large, on_processor
from revgraph.engines.jax.writer import Traceable, is_given

IN_PLACE_FROM = 1 << 22  # bytes of weights from which it pays to write new ones over the old

# A run may write over arrays at the device: from when it takes them until it has kept the newer ones, nobody
# else reads them.
at_work = threading.RLock()


@dataclass
class Newest:
    """What is newest of a variable or an optimizer, at the device; a run puts what it makes of it here."""

    value: Any

    def latest(self, owner: Any) -> Any:
        """The value, or that of a run which was under way when somebody asked for this one."""
        newer = newer_of(owner)
        return newer.value if isinstance(newer, type(self)) else self.value


class Weights(Newest):
    """A variable's array."""

    def bring_home(self, owner: variable) -> None:
        with at_work:
            owner._data[...] = np.asarray(self.latest(owner))


class Memories(Newest):
    """An optimizer's memories: for each variable arrays by name."""

    def bring_home(self, owner: optimizers.Step) -> None:
        with at_work:
            for at, memory in enumerate(self.latest(owner)):
                owner.remember(at, {name: np.array(array) for name, array in memory.items()})


@dataclass
class Plan:
    """What is known of a program once it was traced for some shapes, and settings of its steps.

    drawn       the arguments by which each mask is drawn
    remembered  for each step and each of its variables, what its memory holds by name: zeros at first
    shares      whether a result is so large that it comes home without a copy
    fits        whether memory was enough for a run
    """

    drawn: list[tuple[Any, ...]]
    remembered: list[list[dict[str, Any]]]
    shares: bool
    fits: bool = False


class Program(compiler.Program):
    """A program compiled by JAX, once for all feeds of the same shapes.

    given     the leaves whose arrays it is given, and their names in its text
    changed   the variables that it writes to
    observed  those of which it leaves the gradient
    read      what is given and not changed
    """

    @staticmethod
    def written(nodes: Sequence[Tensor]) -> Writer:
        return Traceable(simplified(nodes))

    def adopt(self, writer: Writer) -> None:
        super().adopt(writer)
        self.names = writer.names
        work = [node.op.forward for node in writer.rows if node.op]
        self.steps = [step for step in work if isinstance(step, optimizers.Step)]
        self.given = {leaf: writer.text[leaf] for leaf in writer.leaves if is_given(leaf)}
        observed = [target for step in self.steps if observes(step) for target in step.variables]
        changed = [target for step in self.steps if not observes(step) for target in step.variables]
        changed += [assignment.target for assignment in work if isinstance(assignment, Assignment)]
        changed += [node.params["average"] for node in writer.rows if node.op is find("move_average")]
        self.observed, self.changed = list(dict.fromkeys(observed)), list(dict.fromkeys(changed))
        self.read = [leaf for leaf in dict.fromkeys([*self.given, *observed]) if leaf not in {*changed}]
        self.constants: dict[Tensor, Any] = {
            leaf: jnp.array(leaf.data) for leaf in self.given if isinstance(leaf, constant)
        }
        self.jitted = jax.jit(self.traced, static_argnums=6)
        self.jitted_in_place = jax.jit(self.traced, static_argnums=6, donate_argnums=(0, 1))
        # Of a GPU the memory may run out, and an error on the way would leave neither old nor new.
        self.in_place = on_processor() and sum(leaf._data.nbytes for leaf in self.changed) >= IN_PLACE_FROM
        self.plans: dict[Any, Plan] = {}
        self.lock = threading.Lock()

    def execute(self, values: list[Any]) -> Any:
        feeds = list(map(fed_array, self.inputs, values))
        try:
            thread = self.in_place and helper(partial(self.computed, self.jitted_in_place, feeds))
            results = result_of(thread) if thread else self.computed(self.jitted, feeds)
        except Exception as error:
            self.explain(error)
            raise
        if results is None:  # a value is wrong: NumPy will say which
            return compiler.program_of(*self.living_nodes(), engine=NUMPY).execute(feeds)
        return results[0] if len(self.nodes) == 1 else tuple(results)

    def computed(self, jitted: Any, feeds: list[Any]) -> list[Any] | None:
        """The results; None where a value was wrong, which has changed nothing."""
        with at_work, jax.enable_x64(True), jax.default_matmul_precision("float32"):
            changed = list(map(newest, self.changed))
            read = [self.constants[leaf] if leaf in self.constants else newest(leaf) for leaf in self.read]
            rates = [
                (float(step.rule.rate(step.global_memory)), step.global_memory["iterations"])
                for step in self.steps
            ]
            settings = repr([settings_of(step) for step in self.steps])
            plan = self.plan(changed, read, feeds, rates, settings)
            masks = [draw(*how) for how in plan.drawn]
            memories = list(map(newest_memories, self.steps, plan.remembered))
            if not plan.fits and jitted is self.jitted_in_place:  # else a run that fails leaves no weights
                changed, memories = jax.tree.map(jnp.array, (changed, memories))
            arrays = changed, memories, read, feeds, masks
            changed, memories, right, results, gradients = jitted(*arrays, rates, settings)
            for array in changed[:1]:  # from here on what the run reads may change
                array.block_until_ready()
            plan.fits = True
            self.keep(changed, memories)
            if right and not np.asarray(right[0]):
                return None
            found = [*results, *gradients]
            if plan.shares:
                found = brought_home(found, jax.tree.leaves((arrays, changed, memories)))
            else:
                found = [np.array(result)[()] for result in found]
            for step in self.steps:
                step.global_memory["iterations"] += 1
                for target in step.variables:
                    target.gradient = None
            for target, gradient in zip(self.observed, found[len(results) :], strict=True):
                target.gradient = gradient
            return found[: len(results)]

    def keep(self, changed: list[Any], memories: list[Any]) -> None:
        """Let variables and steps have what the run made of them."""
        for leaf, array in zip(self.changed, changed, strict=True):
            put(leaf, Weights, array)
        for step, arrays in zip(self.steps, memories, strict=True):
            put(step, Memories, arrays)

    def plan(
        self, changed: list[Any], read: list[Any], feeds: list[Any], rates: list[Any], settings: str
    ) -> Plan:
        key = settings, *(feed.shape for feed in feeds)
        if key not in self.plans:
            empty: list[list[dict[str, Any]]] = [[{} for _ in step.variables] for step in self.steps]
            traces: list[Trace] = []

            def look(changed: list[Any], read: list[Any], feeds: list[Any], rates: list[Any]) -> Any:
                traces.append(self.trace(changed, empty, read, None, rates))
                return self.called(traces[0], feeds), list(traces[0].gradients.values())

            results = jax.tree.leaves(jax.eval_shape(look, changed, read, feeds, rates))
            remembered = [
                [
                    {name: (a.shape, a.dtype) for name, a in memory.items()}
                    for memory in traces[0].memories[step]
                ]
                for step in self.steps
            ]
            self.plans[key] = Plan(traces[0].drawn, remembered, any(map(is_large, results)))
        return self.plans[key]

    def trace(self, changed: Any, memories: Any, read: Any, masks: Any, rates: Any) -> Trace:
        return Trace(
            values=dict(zip([*self.changed, *self.read], [*changed, *read], strict=True)),
            rates=dict(zip(self.steps, rates, strict=True)),
            memories=dict(zip(self.steps, memories, strict=True)),
            masks=masks,
        )

    def traced(
        self, changed: Any, memories: Any, read: Any, feeds: Any, masks: Any, rates: Any, settings: str
    ) -> Any:
        """The function that JAX compiles: new values and memories, whether all was right, results, gradients.

        Where something was wrong, the new ones are the old. It is compiled anew for other settings.
        """
        trace = self.trace(changed, memories, read, iter(masks), rates)
        results = self.called(trace, feeds)
        newer = [trace.values[leaf] for leaf in self.changed], [trace.memories[step] for step in self.steps]
        gradients = [trace.gradients[leaf] for leaf in self.observed]
        if not trace.right:
            return *newer, [], results, gradients
        right = jnp.all(jnp.stack(trace.right))
        kept = jax.tree.map(partial(jnp.where, right), newer, (changed, memories))
        return *kept, [right], results, gradients

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


def result_of(thread: Future[Any]) -> Any:
    """What a run in another thread gives.

    No signal is handled there, which could end it after it has written over weights, and before they are
    kept. An exception that a signal raises here waits until it is done.
    """
    try:
        return thread.result()
    finally:
        wait([thread])


def observes(step: optimizers.Step) -> bool:
    """Whether a step leaves the variables as they are."""
    return isinstance(step.rule, optimizers.only_gradient)


def settings_of(step: optimizers.Step) -> dict[str, Any]:
    """What a rule goes by, but for the rate, which each run is given."""
    return {name: value for name, value in vars(step.rule).items() if name not in ("lr", "decay")}


def newest(leaf: Any) -> Any:
    """The newest value of a variable."""
    newer = newer_of(leaf)
    return newer.value if isinstance(newer, Weights) else leaf.data


def newest_memories(step: optimizers.Step, remembered: list[dict[str, Any]]) -> list[dict[str, Any]]:
    newer = newer_of(step)
    if isinstance(newer, Memories) and list(map(set, newer.value)) == list(map(set, remembered)):
        return newer.value
    bring_home(step)  # where by other settings it remembers something else
    return [
        {name: jnp.array(step.recalled(at).get(name, np.zeros(*like))) for name, like in names.items()}
        for at, names in enumerate(remembered)
    ]


def put(owner: Any, kind: type[Weights | Memories], value: Any) -> None:
    """Let this be the newest value of a variable or an optimizer."""
    newer = newer_of(owner)
    if isinstance(newer, kind):
        newer.value = value
    else:
        send_away(owner, kind(value))


def draw(shape: tuple[int, ...], dtype: Any, rate: float, chance: Any) -> Any:
    return find("dropout_mask").forward(np.broadcast_to(np.zeros((), dtype), shape), rate, chance)
