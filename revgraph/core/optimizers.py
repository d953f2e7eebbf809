"""Optimizers: update rules in plain NumPy, which change a variable in place.

A rule sees one variable at a time: `param.data`, `param.gradient`, and two memories, dicts:
`memory`, of this variable and this loss, and `global_memory`, of this loss, where "iterations" counts the
steps taken before this one. p, g and lr below are the variable, its gradient, and the learning rate divided
by 1 + decay·iterations; arithmetic is entry by entry.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from functools import cached_property
from numbers import Real
from typing import Any

import numpy as np

from revgraph.core.engines import bring_home
from revgraph.core.errors import GraphError, made_at
from revgraph.core.functions import no_grad_op
from revgraph.core.gradients import gradients
from revgraph.core.ops.op import Op, same_dims
from revgraph.core.tensor import Tensor, topological_order, variable
from revgraph.core.threads import SHARED, share

BLOCK = 1 << 15  # entries of a large variable that are updated at a time
BLOCK_OF_SEVERAL = 1 << 17  # of one that several threads update: they wait for each other at each call
Schedule = Callable[[int], float]
AVERAGING = ("beta1", "beta2", "rho")  # how much of an average stays at each step


class Memory(dict[str, Any]):
    """What an optimizer remembers, by name: None for what was never set."""

    def __missing__(self, name: str) -> None:
        return None


class optimizer:
    """What all optimizers share. Define `update` in a subclass for a rule of your own:

    class signs(rc.optimizer):
        def update(self, param, memory, global_memory):
            param.data -= self.lr * np.sign(param.gradient)

    `memory` belongs to the variable and `global_memory` to the loss; both give None for what was never set.
    The hooks around `update` do nothing unless you define them. `lr` is a number, or a schedule: a function
    from the number of the step, counted from 0, to a number.
    """

    lr: float | Schedule
    decay: float
    gradient_limit: float | None = None  # of the gradients' common norm, set by clip_by_norm
    entrywise = False  # whether each entry is updated by itself, so that a variable may be taken in blocks

    def __init__(self, lr: float | Schedule = 0.001, decay: float = 0.0, **settings: float) -> None:
        for name, setting in {"lr": lr, "decay": decay, **settings}.items():
            require_setting(type(self).__name__, name, setting)
            setattr(self, name, setting)

    def init_global_memory(self, global_memory: Memory) -> None:
        """Called once, before the first step."""

    def init_param_memory(self, param: Any, memory: Memory, global_memory: Memory) -> None:
        """Called once for each variable, before its first update."""

    def before_update(self, global_memory: Memory) -> None:
        """Called in each step before the variables are updated."""

    def after_update(self, global_memory: Memory) -> None:
        """Called in each step after the variables were updated."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value}' for name, value in vars(self).items())})"

    def update(self, param: Any, memory: Memory, global_memory: Memory) -> None:
        """Change `param.data` in place, by `param.gradient`."""
        raise NotImplementedError(
            f"{type(self).__name__} must define update(self, param, memory, global_memory)"
        )

    def rate(self, global_memory: Memory) -> float:
        """The learning rate of this step."""
        step = global_memory["iterations"]
        return (self.scheduled(global_memory) if callable(self.lr) else self.lr) / (1 + self.decay * step)

    def scheduled(self, global_memory: Memory) -> float:
        """What the schedule says for this step, for which it is asked once."""
        step = global_memory["iterations"]
        if global_memory["scheduled_at"] != step:
            rate = self.lr(step)  # type: ignore[operator]
            require_setting(type(self).__name__, f"what the schedule of lr gives for step {step}", rate)
            global_memory.update(scheduled=float(rate), scheduled_at=step)
        return global_memory["scheduled"]

    def minimize(self, target: Tensor, variables: variable | Sequence[variable] | None = None) -> Tensor:
        """A node that takes one step for the loss `target` whenever it is run; its value is the loss before.

        variables: what to change, one or several; by default every variable the loss depends on, but for
        what `rc.no_grad` cuts off. A loss that is no scalar is minimized in sum. Each call starts with an
        empty memory, so one optimizer can minimize several losses.
        """
        require_loss(target)
        chosen = trainable(target, variables)
        step = Op(type(self).__name__, Step(self, chosen), dims=same_dims, view=True, effect=True)
        return step(target, *gradients(target, chosen))


def require_setting(rule: str, name: str, setting: Any) -> None:
    """Raise unless an optimizer's setting is a number from 0 on; the rate may be a schedule."""
    if name == "lr" and callable(setting) and not isinstance(setting, Tensor):
        return
    if isinstance(setting, bool) or not isinstance(setting, Real):
        raise TypeError(f"{rule}: {name} is a number, such as 0.01, not {setting!r}")
    number = float(setting)
    if not 0 <= number < math.inf:
        also = "; a negative rate would climb" if name == "lr" and number < 0 else ""
        raise ValueError(f"{rule}: {name} is a number from 0 on, not {setting}{also}")
    if name in AVERAGING and number >= 1:
        raise ValueError(f"{rule}: {name} is a number from 0 to below 1, not {setting}")


def require_loss(loss: Any) -> None:
    """Raise where something else than a node is to be minimized."""
    if isinstance(loss, list | tuple):
        raise TypeError("minimize takes one node, not several. Next: minimize their sum, loss_a + loss_b.")
    if not isinstance(loss, Tensor):
        raise TypeError(
            f"minimize takes the node of a loss, not {type(loss).__name__}: {loss!r:.60}."
            " Next: build the loss from rc.variables; a number that is computed already has no gradient."
        )


def trainable(loss: Tensor, given: Any) -> list[variable]:
    """The variables to change for this loss."""
    if given is None:
        found = reached_from(loss)
    else:
        found = list(given) if isinstance(given, Iterable) and not isinstance(given, Tensor) else [given]
    for node in found:
        if not isinstance(node, variable):
            raise TypeError(
                f"a step changes variables only, and {node!r:.80} is none. Next: minimize(loss, [w, b])."
            )
        if node.dtype.kind != "f":
            raise TypeError(
                f"{node!r} holds no fractions, so no step can change it.{made_at(node.where)}"
                "\n  Next: rc.variable(..., dtype=float)."
            )
    if not found:
        why = "no variable is trained"
        if given is None:
            why = "it depends on no variable of a floating dtype, or through rc.no_grad alone"
        raise GraphError(
            f"nothing to minimize {loss!r} by: {why}.{made_at(loss.where)}"
            "\n  Next: make what should be trained an rc.variable."
        )
    return list(dict.fromkeys(found))


def reached_from(loss: Tensor) -> list[variable]:
    """The variables that a loss depends on, but for what `no_grad` cuts off, and those of integers, data."""
    order = topological_order([loss], differentiated)
    return [node for node in order if isinstance(node, variable) and node.dtype.kind == "f"]


def differentiated(node: Tensor) -> tuple[Tensor, ...]:
    """The arguments that a gradient may go on to; not those that only note what a group was made from."""
    if node.op is no_grad_op:
        return ()
    return node.args[:1] if node.op and node.op.group else node.args


def clip_by_norm(rule: optimizer, limit: float) -> optimizer:
    """An optimizer like `rule` whose steps take gradients of a common norm of at most `limit`.

    The norm is that of all gradients of a step together, √(Σ‖g‖²). Above the limit each is multiplied by
    limit / norm, so that they keep their direction (Pascanu, Mikolov and Bengio 2013).

    Raises TypeError for what is no optimizer, ValueError for a limit that is not above 0.
    """
    if not isinstance(rule, optimizer):
        raise TypeError(f"clip_by_norm takes an optimizer, not {rule!r}. Next: clip_by_norm(rc.adam(), 1.0).")
    require_setting("clip_by_norm", "limit", limit)
    if limit == 0:
        raise ValueError("clip_by_norm: a limit of 0 leaves no gradient")
    rule = copy(rule)
    rule.gradient_limit = limit
    return rule


def clipped(gradients: tuple[Any, ...], limit: float) -> tuple[Any, ...]:
    """The gradients, scaled down by one factor where their common norm is above the limit."""
    norm = math.hypot(*map(norm_of, gradients))
    return tuple(g * g.dtype.type(limit / norm) for g in gradients) if norm > limit else gradients


def norm_of(g: np.ndarray[Any, Any]) -> float:
    """√Σg², also where the squares are more than the dtype holds."""
    with np.errstate(over="ignore"):
        square = float(np.vdot(g, g))
    if square != math.inf or not np.all(np.isfinite(g)):
        return math.sqrt(square)
    largest = float(np.abs(g).max())
    return largest * float(np.linalg.norm(g.ravel() / g.dtype.type(largest)))


def warmup_cosine(peak: float, warmup: int, total: int) -> Schedule:
    """A schedule: the rate rises evenly to `peak` in `warmup` steps, then falls as half a cosine.

    It is peak·(step + 1)/warmup below `warmup`, then peak·(1 + cos(π·(step - warmup)/(total - warmup)))/2,
    and 0 from step `total` on (Loshchilov and Hutter 2017).

        rc.adam(lr=rc.warmup_cosine(peak=0.003, warmup=100, total=2000))

    Raises ValueError unless 0 ≤ warmup < total and peak is a number from 0 on.
    """
    require_setting("warmup_cosine", "peak", peak)
    if not 0 <= warmup < total:
        raise ValueError(f"warmup_cosine: the warmup ends before the total, not {warmup} of {total} steps")

    def rate(step: int) -> float:
        if step < warmup:
            return peak * (step + 1) / warmup
        share = min(1.0, (step - warmup) / (total - warmup))
        return peak * (1 + math.cos(math.pi * share)) / 2

    return rate


class only_gradient(optimizer):
    """Leaves the variables as they are."""

    def update(self, param: Any, memory: Memory, global_memory: Memory) -> None:
        pass


def gradient(target: Tensor, variables: variable | Sequence[variable] | None = None) -> Tensor:
    """A node that, when run, leaves the gradient of `target` by each variable in its `.gradient`.

    Its value is target's; unless `variables` are given they are what an optimizer would change.
    """
    return only_gradient().minimize(target, variables)


class Step:
    """What a step does when it is run: store each gradient with its variable, then update them all."""

    def __init__(self, rule: optimizer, variables: Sequence[variable]) -> None:
        self.rule, self.variables = rule, list(variables)
        self.memories: list[Memory | list[Memory]] = [self.memory_for(param.data.size) for param in variables]
        self.global_memory = Memory(iterations=0)

    def memory_for(self, size: int) -> Memory | list[Memory]:
        """An empty memory; for a large variable one a block: what a block needs fits into the cache."""
        if size <= BLOCK or not is_entrywise(self.rule):
            return Memory()
        return [Memory() for _ in range(0, size, block_size(size))]

    def __call__(self, loss: Any, *found: Any) -> Any:
        rule, global_memory = self.rule, self.global_memory
        if rule.gradient_limit is not None:
            found = clipped(found, rule.gradient_limit)
        for param, gradient in zip(self.variables, found, strict=True):
            param.gradient = gradient
        if not global_memory["iterations"]:
            self.start()
        rule.before_update(global_memory)
        self.update()
        rule.after_update(global_memory)
        global_memory["iterations"] += 1
        return loss

    def update(self) -> None:
        """Let the rule change the variables; our rules large ones in several threads."""
        update, global_memory = self.rule.update, self.global_memory
        if self.shares:
            share(update, ((part, memory, global_memory) for part, memory in self.parts()))
        else:
            for part, memory in self.parts():
                update(part, memory, global_memory)

    @cached_property
    def shares(self) -> bool:
        """Whether it works in several threads."""
        is_ours = type(self.rule).update.__module__ == __name__
        return is_ours and any(param.data.size >= SHARED for param in self.variables)

    def __getstate__(self) -> dict[str, Any]:
        bring_home(self)
        return vars(self)

    def recalled(self, at: int) -> dict[str, Any]:
        """What is remembered of a variable: arrays of its shape, by name."""
        memory = self.memories[at]
        if isinstance(memory, dict):
            return dict(memory)
        shape = self.variables[at].data.shape
        return {name: np.concatenate([block[name] for block in memory]).reshape(shape) for name in memory[0]}

    def remember(self, at: int, values: dict[str, Any]) -> None:
        """Remember these arrays of a variable in place of those before."""
        memory = self.memories[at]
        if isinstance(memory, dict):
            memory.update(values)
            return
        data = self.variables[at].data
        step = entries_of(memory, data.size)
        for name, value in values.items():
            for i, block in enumerate(memory):
                block[name] = value.reshape(-1)[i * step : (i + 1) * step].copy()

    def start(self) -> None:
        """Let the rule prepare what it remembers."""
        self.rule.init_global_memory(self.global_memory)
        for part, memory in self.parts():
            self.rule.init_param_memory(part, memory, self.global_memory)

    def parts(self) -> Iterator[tuple[Any, Memory]]:
        """Each variable with its memory; a large one in blocks, each with a memory of its own."""
        for param, memory in zip(self.variables, self.memories, strict=True):
            if isinstance(memory, dict):
                yield param, memory
            else:
                yield from zip(blocks(param, entries_of(memory, param.data.size)), memory, strict=True)


def is_entrywise(rule: optimizer) -> bool:
    """Whether `entrywise` is said of the `update` in use: a subclass's own may look at a whole variable."""
    for kind in (rule, *type(rule).__mro__):
        if "entrywise" in vars(kind):
            return bool(vars(kind)["entrywise"])
        if not {"update", "init_param_memory"}.isdisjoint(vars(kind)):
            return False
    return False


def block_size(size: int) -> int:
    """How many entries of a variable of this size are updated at a time."""
    return BLOCK if size < SHARED else BLOCK_OF_SEVERAL


def entries_of(memories: list[Memory], size: int) -> int:
    """How many entries a block has of a variable of this size: as many as are remembered of the first one."""
    remembered = (len(value) for value in memories[0].values() if isinstance(value, np.ndarray))
    return next(remembered, block_size(size))


def blocks(param: variable, entries: int) -> Iterator[Block]:
    """The variable in pieces of so many entries."""
    data, gradient = param.data.reshape(-1), param.gradient.reshape(-1)
    for i in range(0, data.size, entries):
        yield Block(data[i : i + entries], gradient[i : i + entries])


class Block:
    """A piece of a variable, as an update rule sees it."""

    __slots__ = ("data", "gradient")

    def __init__(self, data: np.ndarray[Any, Any], gradient: np.ndarray[Any, Any]) -> None:
        self.data, self.gradient = data, gradient


def zeros(memory: Memory, name: str, like: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """What is remembered under `name`; zeros at first. Of short floats it is kept in float32."""
    if name not in memory:
        memory[name] = np.zeros_like(like, dtype=np.result_type(like.dtype, np.float32))
    return memory[name]


def fading_sum(memory: Memory, name: str, value: np.ndarray[Any, Any], rate: float) -> np.ndarray[Any, Any]:
    """The running sum a ← rate·a + value, in place."""
    total = zeros(memory, name, value)
    total *= rate
    total += value
    return total


def average(memory: Memory, name: str, value: np.ndarray[Any, Any], rate: float) -> np.ndarray[Any, Any]:
    """The running average a ← rate·a + (1 - rate)·value, in place."""
    mean = zeros(memory, name, value)
    mean *= rate
    mean += (1 - rate) * value
    return mean


class sgd(optimizer):
    """Stochastic gradient descent: p ← p - lr·g.

    With momentum: v ← momentum·v - lr·g, then p ← p + v, or by Nesterov p ← p + momentum·v - lr·g.
    """

    momentum: float
    entrywise = True

    def __init__(
        self, lr: float | Schedule = 0.001, momentum: float = 0.0, decay: float = 0.0, nesterov: bool = False
    ) -> None:
        super().__init__(lr, decay, momentum=momentum)
        self.nesterov = nesterov

    def update(self, param: Any, memory: Memory, global_memory: Memory) -> None:
        move = -self.rate(global_memory) * param.gradient
        if self.momentum:
            v = zeros(memory, "velocity", param.data)
            v *= self.momentum
            v += move
            move = move + self.momentum * v if self.nesterov else v
        param.data += move


class adagrad(optimizer):
    """a ← a + g², p ← p - lr·g / (√a + epsilon). Duchi, Hazan and Singer, JMLR 12 (2011)."""

    epsilon: float
    entrywise = True

    def __init__(self, lr: float | Schedule = 0.001, epsilon: float = 1e-9, decay: float = 0.0) -> None:
        super().__init__(lr, decay, epsilon=epsilon)

    def update(self, param: Any, memory: Memory, global_memory: Memory) -> None:
        g = param.gradient
        a = zeros(memory, "squares", param.data)
        a += g * g
        param.data -= self.rate(global_memory) * g / (np.sqrt(a) + self.epsilon)


class rmsprop(optimizer):
    """a ← rho·a + (1 - rho)·g², p ← p - lr·g / (√a + epsilon). Tieleman and Hinton, lecture 6.5 (2012)."""

    rho: float
    epsilon: float
    entrywise = True

    def __init__(
        self, lr: float | Schedule = 0.001, rho: float = 0.9, epsilon: float = 1e-9, decay: float = 0.0
    ) -> None:
        super().__init__(lr, decay, rho=rho, epsilon=epsilon)

    def update(self, param: Any, memory: Memory, global_memory: Memory) -> None:
        g = param.gradient
        a = average(memory, "squares", g * g, self.rho)
        param.data -= self.rate(global_memory) * g / (np.sqrt(a) + self.epsilon)


class adadelta(optimizer):
    """The gradient, scaled by the size of recent moves over that of recent gradients.

    a ← rho·a + (1 - rho)·g², d = g·√(b + epsilon) / √(a + epsilon), b ← rho·b + (1 - rho)·d², p ← p - lr·d.
    Zeiler (2012), algorithm 1.
    """

    rho: float
    epsilon: float
    entrywise = True

    def __init__(
        self, lr: float | Schedule = 1.0, rho: float = 0.95, epsilon: float = 1e-6, decay: float = 0.0
    ) -> None:
        super().__init__(lr, decay, rho=rho, epsilon=epsilon)

    def update(self, param: Any, memory: Memory, global_memory: Memory) -> None:
        g = param.gradient
        a = average(memory, "squares", g * g, self.rho)
        b = zeros(memory, "moves", param.data)
        move = g * np.sqrt(b + self.epsilon) / np.sqrt(a + self.epsilon)
        average(memory, "moves", move * move, self.rho)
        param.data -= self.rate(global_memory) * move


class adam(optimizer):
    """By averages of gradient and square, in which older ones fade. Kingma and Ba (2015), algorithm 1.

    m ← beta1·m + g, v ← beta2·v + g², and at step t, counted from 1, p ← p - lr·m̂ / (√v̂ + epsilon).
    m̂ is m over the sum of its weights, 1 + beta1 + … + beta1ᵗ⁻¹ = (1 - beta1ᵗ) / (1 - beta1), and so is v̂.
    These sums are numbers, which lr and epsilon take on in the place of m and v, as at the end of the paper's
    section 2: the paper multiplies each gradient by 1 - beta, for which arrays would be gone through again.
    amsgrad takes the largest v so far for v, as PyTorch does.
    """

    beta1: float
    beta2: float
    epsilon: float
    entrywise = True

    def __init__(
        self,
        lr: float | Schedule = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        amsgrad: bool = False,
        epsilon: float = 1e-6,
        decay: float = 0.0,
    ) -> None:
        super().__init__(lr, decay, beta1=beta1, beta2=beta2, epsilon=epsilon)
        self.amsgrad = amsgrad

    def update(self, param: Any, memory: Memory, global_memory: Memory) -> None:
        g, t = param.gradient, global_memory["iterations"] + 1
        m = fading_sum(memory, "gradients", g, self.beta1)
        v = fading_sum(memory, "squares", g * g, self.beta2)
        if self.amsgrad:
            v = np.maximum(zeros(memory, "largest", v), v, out=memory["largest"])
        weights = (1 - self.beta1**t) / (1 - self.beta1)
        root = ((1 - self.beta2**t) / (1 - self.beta2)) ** 0.5  # a power, which any engine's number has
        move = np.sqrt(v, out=np.empty_like(v))  # an array, also of a single number
        move += self.epsilon * root
        np.divide(m, move, out=move)
        move *= self.rate(global_memory) * root / weights
        param.data -= move


class adamw(adam):
    """adam, with weights that also decay: p ← p - lr·weight_decay·p. Loshchilov and Hutter (2019)."""

    entrywise = True

    def __init__(
        self,
        lr: float | Schedule = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        amsgrad: bool = False,
        epsilon: float = 1e-6,
        decay: float = 0.0,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(lr, beta1, beta2, amsgrad, epsilon, decay)
        require_setting("adamw", "weight_decay", weight_decay)
        self.weight_decay = weight_decay

    def update(self, param: Any, memory: Memory, global_memory: Memory) -> None:
        param.data *= 1 - self.rate(global_memory) * self.weight_decay
        super().update(param, memory, global_memory)
