"""Reverse mode, one visit a frame: what has arrived at a Value, and what it sends on to its operands."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from revgraph.dagnet.engine import Value, topological_order
from revgraph.dagnet.trace_graph import describe, label, nearest, operation
from revgraph.draw.frames import Stage, graph_frames
from revgraph.draw.stepper import Stepper

LIMIT = 60  # Values; more are too many to step through
LINES = 8  # operands spelled out in a frame
KEY = (
    "Orange: being visited. Dashed: some of its gradient is still to come. Green: its gradient is final.",
    "Dotted: what it has is wrong, or more arrived after it had sent its gradient on.",
)

# The derivative of y with respect to each operand: a and b, or all the same way where there may be many.
FORMULAS = {
    "+": ("1", "1"),
    "-": ("1", "-1"),
    "*": ("{b}", "{a}"),
    "/": ("1/{b}", "-{a}/{b}²"),
    "**": ("{b}·{a}^({b} - 1)", "{y}·log {a}"),
    "neg": ("-1",),
    "relu": ("(1 if {a} > 0 else 0)",),
    "tanh": ("1 - {y}²",),
    "exp": ("{y}",),
    "log": ("1/{a}",),
    "sigmoid": ("{y}·(1 - {y})",),
}


def step_through(root: Value, order: Iterable[Value] | None = None) -> Stepper:
    """The backward pass from ``root``, frame by frame; no Value's ``grad`` is read or changed.

    ``order`` is the order of visits, root first; by default a right one, every Value after all that were
    computed from it. Give your own to see where a wrong order goes wrong. ValueError if the graph has more
    than 60 Values, or if ``order`` holds a Value that root was not computed from.
    """
    values = topological_order(root)[::-1]
    if len(values) > LIMIT:
        raise ValueError(
            f"{len(values)} Values are too many to step through; take a graph of at most {LIMIT}"
        )
    visits = list(values if order is None else order)
    for value in visits:
        if value not in values:
            raise ValueError(f"{value!r} is in the order of visits, but {root!r} was not computed from it")
    walk = _Walk(values)
    return Stepper(graph_frames(walk.graph, list(walk.stages(visits))))


@dataclass
class _Walk:
    """The state of a backward pass under way over ``values``, root first."""

    values: list[Value]
    arrived: dict[Value, list[float]] = field(default_factory=dict)
    sent: dict[Value, float] = field(default_factory=dict)  # what a visit had at hand

    def __post_init__(self) -> None:
        ranks = nearest(self.values[0])  # of a rank, the first operand is drawn on top
        self.ids = {value: f"v{i}" for i, value in enumerate(ranks)}
        self.names = _names(self.values)
        self.slopes = {value: _slopes(value) for value in self.values}
        self.paths = Counter(child for slopes in self.slopes.values() for child, _ in slopes)
        self.graph = describe(ranks)

    def stages(self, visits: list[Value]) -> Iterator[Stage]:
        root = self.values[0]
        self.arrived[root] = [1.0]
        name = self.names[root]
        yield self._stage(f"Start: ∂{name}/∂{name} = 1, and nothing else is known yet", KEY)
        for value in visits:
            if value._children:
                missing = self._missing(value)
                lines = tuple(self._visit(value))
                yield self._stage(self._title(value, missing), lines, value)
        yield self._last()

    def _visit(self, value: Value) -> Iterator[str]:
        gradient = self.gradient(value)
        self.sent[value] = gradient
        for i, (child, derivative) in enumerate(self.slopes[value]):
            part = gradient * derivative
            self.arrived.setdefault(child, []).append(part)
            if i < LINES:
                name = self.names[child]
                yield (
                    f"∂{self.names[value]}/∂{name} = {self._formula(value, i)}, "
                    f"so {name} gets {_number(gradient)} · {_factor(derivative)} = {_number(part)}"
                )
        if len(self.slopes[value]) > LINES:
            yield f"and so on for {len(self.slopes[value]) - LINES} more operands"

    def gradient(self, value: Value) -> float:
        return sum(self.arrived.get(value, ()))

    def _missing(self, value: Value) -> int:
        return self.paths[value] - len(self.arrived.get(value, ()))

    def _title(self, value: Value, missing: int) -> str:
        title = f"Visit {self.names[value]}, whose gradient is {_number(self.sent[value])}"
        if missing > 0:
            return f"{title} so far: too early, {missing} of {self.paths[value]} paths missing"
        return f"{title}, and final"

    def _formula(self, value: Value, i: int) -> str:
        """The derivative in names, then in numbers, then its value: 1 - y² = 1 - 0.5² = 0.75."""
        number = _number(self.slopes[value][i][1])
        template = _template(value, i)
        operands = dict(zip("ab", value._children, strict=False)) | {"y": value}
        if operation(value) == "w·x+b":
            half = len(value._children) // 2
            operands["a"] = value._children[(i + half) % (2 * half)]  # a weight's input, an input's weight
        by_name = template.format(**{k: self.names[v] for k, v in operands.items()})
        write = _number if template in ("{a}", "{b}", "{y}") else _factor
        by_number = template.format(**{k: write(v.data) for k, v in operands.items()})
        return " = ".join(dict.fromkeys(filter(None, [by_name, by_number, number])))

    def _stage(self, title: str, lines: tuple[str, ...] = (), visiting: Value | None = None) -> Stage:
        states = {self.ids[v]: self._state(v, visiting) for v in self.values}
        active: set[tuple[str, str]] = set()
        if visiting is not None:
            name = self.ids[visiting]
            states[name + "op"] = "visiting"
            active = {(name + "op", name), *((self.ids[c], name + "op") for c in visiting._children)}
        fields = {self.ids[v]: self._fields(v) for v in self.values}
        rows = tuple(self._row(v, states[self.ids[v]]) for v in self.values)
        return Stage(title, lines, states, fields, frozenset(active), ("value", "gradient", "state"), rows)

    def _state(self, value: Value, visiting: Value | None) -> str:
        if value is visiting:
            return "visiting"
        if value in self.sent and self.sent[value] != self.gradient(value):
            return "wrong"
        if value not in self.arrived:
            return ""
        return "pending" if self._missing(value) > 0 else "final"

    def _fields(self, value: Value) -> tuple[str, ...]:
        grad = _number(self.gradient(value)) if value in self.arrived else "?"
        return self.names[value], f"data {_number(value.data)}", f"grad {grad}"

    def _row(self, value: Value, state: str) -> tuple[str, ...]:
        parts = self.arrived.get(value, [])
        total = " + ".join(map(_factor, parts)) + (f" = {_number(sum(parts))}" if len(parts) > 1 else "")
        missing = self._missing(value)
        words = {
            "": "nothing has arrived yet",
            "visiting": "being visited",
            "pending": f"pending: {missing} of {self.paths[value]} paths missing",
            "final": "final",
            "wrong": "more arrived after its visit, and was never sent on",
        }
        return self.names[value], total or "?", words[state]

    def _last(self) -> Stage:
        right = _gradients(self.values, self.slopes)
        wrong = [v for v in self.values if not math.isclose(self.gradient(v), right[v], abs_tol=1e-12)]
        if not wrong:
            return self._stage("Done: every gradient is final")
        lines = tuple(
            f"{self.names[v]} has {_number(self.gradient(v))}, right is {_number(right[v])}" for v in wrong
        )
        stage = self._stage(f"Done, with {len(wrong)} wrong", lines)
        return replace(stage, states={**stage.states, **{self.ids[v]: "wrong" for v in wrong}})


def _slopes(value: Any) -> list[tuple[Value, float]]:
    """The operands of a Value, each with its derivative.

    A learner's own class keeps no derivatives: its ``_backward`` adds them to the operands' ``grad``,
    which is put back afterwards.
    """
    if hasattr(value, "_derivatives"):
        return list(zip(value._children, value._derivatives, strict=True))
    children = list(dict.fromkeys(value._children))
    before = [v.grad for v in (value, *children)]
    for child in children:
        child.grad = 0.0
    value.grad = 1.0
    value._backward()
    slopes = [(child, child.grad) for child in children]
    for v, grad in zip((value, *children), before, strict=True):
        v.grad = grad
    return slopes


def _gradients(values: list[Value], slopes: dict[Value, list[tuple[Value, float]]]) -> dict[Value, float]:
    """The gradient of each Value, these being in an order fit for visiting."""
    gradients = dict.fromkeys(values, 0.0) | {values[0]: 1.0}
    for value in values:
        for child, derivative in slopes[value]:
            gradients[child] += gradients[value] * derivative
    return gradients


def _names(values: list[Value]) -> dict[Value, str]:
    """A label, or c1, c2, … for leaves and v1, v2, … for results without one, in the order of computation."""
    names: dict[Value, str] = {}
    counts = {"c": count(1), "v": count(1)}
    for value in reversed(values):
        kind = "v" if value._children else "c"
        names[value] = label(value) or f"{kind}{next(counts[kind])}"
    return names


def _template(value: Value, i: int) -> str:
    op = operation(value)
    if not hasattr(value, "_derivatives"):
        return ""  # a learner's own class: what its _backward adds is all there is to say
    if op == "w·x+b":
        return "{a}" if i < len(value._children) - 1 else "1"
    if op.startswith("**") and op != "**":
        n = float(op[2:])
        return f"{n:g}·{{a}}^{_factor(n - 1)}"
    return FORMULAS[op][i] if op in FORMULAS else ""


def _number(x: float) -> str:
    return f"{x + 0.0:.4g}"  # 0, never -0


def _factor(x: float) -> str:
    """A number as it stands between signs: in parentheses if negative."""
    return f"({_number(x)})" if x < 0 else _number(x)
