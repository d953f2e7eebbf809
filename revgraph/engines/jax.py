"""The engine "jax": the same program, traced by ``jax.jit``, on whatever device JAX has.

The program's text and the optimizers' rules are NumPy. Here they are called with arrays that stand for JAX's
(`Traced`): NumPy hands its functions over to them, and they call the one of the same name in ``jax.numpy``.
Only operations that do more than call NumPy have a form of their own, in the table FORMS.

JAX wants functions without effects. What a program changes (variables by steps, running averages) is given to
the traced function and returned by it, and stays at the device until somebody reads it (`send_away`). Masks
are drawn by NumPy before the run, from the generator they always come from. Checks of values are answers of
the program: if one says no, nothing is kept, and NumPy runs the program to say what is wrong.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

import revgraph.dl  # noqa: F401  some of its operations have forms below, too
from revgraph.core import compiler, optimizers
from revgraph.core.engines import newer_of, send_away
from revgraph.core.errors import GraphError, made_at
from revgraph.core.feeding import fed_array
from revgraph.core.functions import Assignment
from revgraph.core.ops.indexing import filled, slice_from
from revgraph.core.ops.op import find, is_registered
from revgraph.core.ops.windows import Layout
from revgraph.core.simplify import simplified
from revgraph.core.tensor import Tensor, constant, variable
from revgraph.core.writer import Writer

LARGE = 1 << 12  # entries of a constant that is given to the program, where a smaller one stands in it
REDUCED_BY = {"add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min"}


# Arrays that stand for JAX's


class Traced(NDArrayOperatorsMixin):
    """An array of JAX that NumPy code takes for its own, changes in place included."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **options: Any
    ) -> Any:
        name = ufunc.__name__
        if method == "reduce":
            name, options = REDUCED_BY[name], {"axis": 0, **options}
        elif method != "__call__":
            raise TypeError(f"np.{name}.{method} cannot be traced by JAX")
        result = getattr(jnp, name)(*map(plain, inputs), **options)
        if out is None:
            return Traced(result)
        (target,) = out
        target.value = jnp.broadcast_to(result.astype(target.dtype), target.shape)
        return target

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        return traced(getattr(jnp, function.__name__)(*plain(args), **plain(options)))

    def __getattr__(self, name: str) -> Any:
        """The array's own: its shape and dtype, and its methods, which are NumPy's."""
        found = getattr(self.value, name)
        if not callable(found):
            return traced(found)
        return lambda *args, **options: traced(found(*plain(args), **plain(options)))

    def __len__(self) -> int:
        return len(self.value)

    def __getitem__(self, index: Any) -> Traced:
        return Traced(self.value[inside(self.shape, index)])


def plain(thing: Any) -> Any:
    """Arguments with JAX's arrays in the places of those that stand for them."""
    if isinstance(thing, list | tuple):
        return type(thing)(map(plain, thing))
    if isinstance(thing, dict):
        return {key: plain(value) for key, value in thing.items()}
    return thing.value if isinstance(thing, Traced) else thing


def traced(result: Any) -> Any:
    if isinstance(result, list | tuple) and any(isinstance(part, jax.Array) for part in result):
        return type(result)(map(traced, result))
    return Traced(result) if isinstance(result, jax.Array) else result


def inside(shape: Sequence[int], index: Any) -> Any:
    """The index for JAX, which takes one outside of an axis for the last, where NumPy raises an error."""
    parts = index if isinstance(index, tuple) else (index,)
    sizes = list(shape)
    for at, part in enumerate(parts):
        if part is ...:
            taken = sum(later is not None for later in parts[at + 1 :])
            sizes = sizes[len(sizes) - taken :]
        elif part is not None:
            require_inside(sizes.pop(0), part)
    return plain(parts)


def require_inside(size: int, part: Any) -> None:
    if isinstance(part, Traced):
        require((part.value >= -size) & (part.value < size))
    elif not isinstance(part, slice):
        np.empty(size, bool)[part]  # raises NumPy's error


# What a run of the program knows besides its text


@dataclass
class Trace:
    """One tracing of a program: what it may change, and what it leaves behind.

    values    each variable's newest value
    rates     the learning rate of each step, and how many steps it has taken
    memories  for each step its memory of each variable
    masks     what was drawn before the run; while planning None
    drawn     how the masks are drawn: their operation's arguments
    right     whether each value that was to be checked is right
    """

    values: dict[variable, Any]
    rates: Mapping[optimizers.Step, tuple[Any, Any]]
    memories: dict[optimizers.Step, list[dict[str, Any]]]
    masks: Iterator[Any] | None = None
    drawn: list[tuple[Any, ...]] = field(default_factory=list)
    right: list[Any] = field(default_factory=list)
    changed: dict[variable, Any] = field(default_factory=dict)
    gradients: dict[variable, Any] = field(default_factory=dict)

    def change(self, target: variable, value: Any) -> None:
        value = jnp.broadcast_to(jnp.asarray(value, target.dtype), target.shape)
        self.values[target] = self.changed[target] = value


now = threading.local()  # .trace is the one that is under way


def require(entries: Any) -> None:
    """Note whether all these are true."""
    now.trace.right.append(jnp.all(entries))


# Operations that do more than call NumPy


def windows(
    x: Any, size: Any, stride: Any, dilation: Any = (1, 1), padding: str = "VALID", fill: float = 0
) -> Traced:
    layout = Layout(x.shape, size, stride, dilation, padding)
    padded = jnp.pad(plain(x), ((0, 0), *layout.padding, (0, 0)), constant_values=fill)
    entries = jnp.stack([padded[place] for _, _, place in layout.places()], axis=3)
    return Traced(entries.reshape(layout.windows_shape))


def overlap_add(
    g: Traced, like: Any, size: Any, stride: Any, dilation: Any = (1, 1), padding: str = "VALID", **_: Any
) -> Traced:
    def cut(images: Any) -> Any:
        return plain(windows(Traced(images), size, stride, dilation, padding))

    (result,) = jax.linear_transpose(cut, jax.ShapeDtypeStruct(like.shape, g.dtype))(g.value)
    return Traced(result)


def convolved(x: Any, kernel: Any, stride: Any, dilation: Any = (1, 1), padding: str = "VALID") -> Any:
    layout = Layout(x.shape, kernel.shape[:2], stride, dilation, padding)
    dtype = jnp.result_type(x.dtype, kernel.dtype)
    return jax.lax.conv_general_dilated(
        x.astype(dtype),
        kernel.astype(dtype),
        stride,
        layout.padding,
        rhs_dilation=dilation,
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
    )


def conv2d(x: Any, kernel: Any, **layout: Any) -> Traced:
    return Traced(convolved(jnp.asarray(plain(x)), jnp.asarray(plain(kernel)), **layout))


def input_gradient(g: Any, kernel: Any, x: Any, **layout: Any) -> Traced:
    g, kernel = jnp.asarray(plain(g)), jnp.asarray(plain(kernel))
    shape = jax.ShapeDtypeStruct(np.shape(x), jnp.result_type(g, kernel))
    (result,) = jax.linear_transpose(lambda x: convolved(x, kernel, **layout), shape)(g.astype(shape.dtype))
    return Traced(result)


def kernel_gradient(x: Any, g: Any, kernel: Any, **layout: Any) -> Traced:
    x, g = jnp.asarray(plain(x)), jnp.asarray(plain(g))
    shape = jax.ShapeDtypeStruct(np.shape(kernel), jnp.result_type(x, g))
    (result,) = jax.linear_transpose(lambda k: convolved(x, k, **layout), shape)(g.astype(shape.dtype))
    return Traced(result)


def masked(condition: Any, a: Any, keep: bool = True) -> Traced:
    condition, a = jnp.asarray(plain(condition)), jnp.asarray(plain(a))
    return Traced(jnp.where(condition, a, 0) if keep else jnp.where(condition, 0, a))


def put(values: Any, like: Any, *nodes: Any, index: tuple[Any, ...]) -> Traced:
    place = inside(np.shape(like), filled(index, nodes))
    return Traced(jnp.zeros(np.shape(like), values.dtype).at[place].add(plain(values)))


def insert(part: Any, start: Any, joined: Any, axis: int) -> Traced:
    place = slice_from(start, part, axis)
    return Traced(jnp.zeros(np.shape(joined), part.dtype).at[place].set(plain(part)))


def as_index(numbers: Any, size: int) -> Any:
    """Numbers from 0 to below `size`, noted down to be checked."""
    numbers = jnp.asarray(plain(numbers))
    require((numbers >= 0) & (numbers < size) & (numbers == jnp.floor(numbers)))
    return numbers.astype(int)


def take_rows(table: Any, tokens: Any) -> Traced:
    return Traced(jnp.asarray(plain(table))[as_index(tokens, len(table))])


def add_rows(rows: Any, table: Any, tokens: Any) -> Traced:
    return Traced(jnp.zeros(np.shape(table), rows.dtype).at[as_index(tokens, len(table))].add(plain(rows)))


def one_hot_mask(labels: Any, like: Any) -> Traced:
    if np.shape(labels) != np.shape(like)[:-1]:
        raise ValueError(f"class indices of shape {np.shape(labels)} for a prediction of {np.shape(like)}")
    n_classes = np.shape(like)[-1]
    return Traced(as_index(labels, n_classes)[..., None] == jnp.arange(n_classes))


def unit_labels(labels: Any) -> Any:
    require((plain(labels) >= 0) & (plain(labels) <= 1))
    return labels


def dropout_mask(x: Any, rate: float, chance: Any) -> Traced:
    trace = now.trace
    trace.drawn.append((np.shape(x), x.dtype, rate, chance))
    return Traced(jnp.ones(np.shape(x), x.dtype) if trace.masks is None else next(trace.masks))


def move_average(value: Any, average: variable, momentum: float) -> Any:
    old = now.trace.values[average]
    now.trace.change(average, old + (1 - momentum) * (plain(value) - old))
    return value


FORMS = {
    find(name).forward: form
    for name, form in {
        "windows": windows,
        "overlap_add": overlap_add,
        "conv2d": conv2d,
        "conv2d_input_gradient": input_gradient,
        "conv2d_kernel_gradient": kernel_gradient,
        "masked": masked,
        "copy": lambda a: a,  # arrays of JAX never change
        "put": put,
        "insert": insert,
        "take_rows": take_rows,
        "add_rows": add_rows,
        "one_hot_mask": one_hot_mask,
        "unit_labels": unit_labels,
        "dropout_mask": dropout_mask,
        "move_average": move_average,
    }.items()
}


# What changes variables


def assigned(assignment: Assignment, value: Any) -> Any:
    now.trace.change(assignment.target, jnp.copy(plain(value)))
    return value


def stepped(step: optimizers.Step, loss: Any, *found: Any) -> Any:
    """What a step does, with the rule as it is written for NumPy."""
    trace: Trace = now.trace
    if step.rule.gradient_limit is not None:
        found = clipped(found, step.rule.gradient_limit)
    rule, (rate, taken) = copy(step.rule), trace.rates[step]
    rule.lr, rule.decay = Traced(rate), 0.0
    memories = []
    for target, gradient, before in zip(step.variables, found, trace.memories[step], strict=True):
        memory = optimizers.Memory({name: Traced(value) for name, value in before.items()})
        part = optimizers.Block(Traced(trace.values[target]), Traced(jnp.asarray(plain(gradient))))
        rule.update(part, memory, optimizers.Memory(iterations=Traced(taken)))
        if isinstance(rule, optimizers.only_gradient):
            trace.gradients[target] = part.gradient.value
        else:
            trace.change(target, part.data.value)
        memories.append({name: value.value for name, value in memory.items()})
    trace.memories[step] = memories
    return loss


def clipped(gradients: Sequence[Any], limit: float) -> list[Any]:
    arrays = [jnp.asarray(plain(g)) for g in gradients]
    norm = jnp.sqrt(sum(jnp.vdot(g, g).astype(float) for g in arrays))
    factor = jnp.where(norm > limit, limit / norm, 1.0)
    return [Traced(g * factor.astype(g.dtype)) for g in arrays]


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


# Programs


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
        self.constants = {leaf: jnp.array(leaf.data) for leaf in self.given if isinstance(leaf, constant)}
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
            nodes = [node for node in (ref() for ref in self.nodes) if node is not None]
            return compiler.Program(nodes, lambda _: None).execute(feeds)
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
            empty = [[{} for _ in step.variables] for step in self.steps]
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
        by_step = (dict(zip(self.steps, several, strict=True)) for several in (rates, memories))
        return Trace(dict(zip(self.leaves, values, strict=True)), *by_step, masks)

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
        return [
            jnp.asarray(plain(result)) for result in (results if isinstance(results, tuple) else (results,))
        ]


def at_device(leaf: Tensor) -> Any:
    """The newest value of a variable; its array is copied, since whoever has it may change it meanwhile."""
    newer = newer_of(leaf)
    return newer.array if isinstance(newer, OnDevice) else jnp.array(leaf.data)


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
