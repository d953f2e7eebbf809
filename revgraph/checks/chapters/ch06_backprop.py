"""Chapter 06: backpropagation, on graphs of nodes that know no more than their operation and its arguments.

A graph is put to a candidate as text, such as ``"y = 3 * x; z = 2 * y + 5 * y"``: the last name is the output,
names that are never assigned are leaves. The probes build it, and count how often an operation is called.
"""

import ast
from collections import Counter, deque
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.exercise import Exercise, Misconception, Recorded

Array = np.ndarray
Rng = np.random.Generator
Function = Callable[..., Any]


# The graph, as the notebook gives it


class Op(NamedTuple):
    """An operation: what it computes, and its rule."""

    name: str
    forward: Function
    vjp: Function


class Node:
    """A leaf (``op`` is None), which holds a value, or an operation on other nodes, its ``args``."""

    def __init__(
        self, op: Op | None = None, args: tuple["Node", ...] = (), name: str = "", value: Any = None
    ):
        self.op, self.args, self.name, self.value = op, args, name, value

    def __add__(self, other: Any) -> "Node":
        return apply(ADD, self, other)

    def __sub__(self, other: Any) -> "Node":
        return apply(SUB, self, other)

    def __mul__(self, other: Any) -> "Node":
        return apply(MUL, self, other)

    def __rmul__(self, other: Any) -> "Node":
        return apply(MUL, other, self)


def apply(op: Op, *args: Any) -> Node:
    """A new node; a plain number among the arguments becomes a leaf."""
    nodes = (a if isinstance(a, Node) else Node(name=f"{a:g}", value=np.array(float(a))) for a in args)
    return Node(op, tuple(nodes))


ADD = Op("+", np.add, lambda g, ans, a, b: (g, g))
SUB = Op("-", np.subtract, lambda g, ans, a, b: (g, -g))
MUL = Op("*", np.multiply, lambda g, ans, a, b: (_unbroadcast(g * b, a), _unbroadcast(g * a, b)))
NEG = Op("neg", np.negative, lambda g, ans, a: -g)
EXP = Op("exp", np.exp, lambda g, ans, a: g * ans)
TANH = Op("tanh", np.tanh, lambda g, ans, a: g * (1 - ans**2))
TOTAL = Op("total", np.sum, lambda g, ans, a: g * np.ones_like(a))
OPS = (ADD, SUB, MUL, NEG, EXP, TANH, TOTAL)


def _unbroadcast(g: Array, operand: Array) -> Array:
    """Numbers stand beside arrays in these graphs, and no other shapes are mixed."""
    return g if np.shape(g) == np.shape(operand) else np.sum(g)


# The right answers


def graph_order(node: Node) -> list[Node]:
    order: list[Node] = []
    seen: set[Node] = set()
    stack = [(node, False)]
    while stack:
        current, ready = stack.pop()
        if ready:
            order.append(current)
        elif current not in seen:
            seen.add(current)
            stack.append((current, True))
            stack += [(arg, False) for arg in current.args]
    return order


def evaluate(node: Node, feed: dict[str, Any]) -> Any:
    for n in graph_order(node):
        if n.op is None:
            n.value = feed.get(n.name, n.value)
        else:
            n.value = n.op.forward(*(arg.value for arg in n.args))
    return node.value


def gradients(output: Node, variables: list[Node]) -> list[Array]:
    return _of(variables, _pending(output))


def _of(variables: list[Node], pending: dict[Node, Any]) -> list[Array]:
    return [np.asarray(pending.get(v, np.zeros_like(v.value))) for v in variables]


def _pending(
    output: Node,
    order: Function = graph_order,
    add: Function = lambda pending, arg, grad: pending.get(arg, 0) + grad,
    start: Function = np.ones_like,
) -> dict[Node, Any]:
    """The gradient of output by each node. What can be done wrong is a parameter."""
    evaluate(output, {})
    pending = {output: start(output.value)}
    for node in reversed(order(output)):
        if node.op is not None and node in pending:
            for arg, grad in zip(node.args, _sent(node, pending[node]), strict=True):
                pending[arg] = add(pending, arg, grad)
    return pending


def _sent(node: Node, g: Any) -> tuple[Any, ...]:
    """What a node sends on to each of its arguments."""
    assert node.op is not None
    grads = node.op.vjp(g, node.value, *(arg.value for arg in node.args))
    return grads if len(node.args) > 1 else (grads,)


def minimize(loss: Node, variables: list[Node], lr: float, steps: int) -> list[float]:
    losses = []
    for _ in range(steps):
        losses.append(float(evaluate(loss, {})))
        _step(variables, gradients(loss, variables), lr)
    return losses


def _step(variables: list[Node], grads: list[Array], lr: float) -> None:
    for variable, grad in zip(variables, grads, strict=True):
        variable.value = variable.value - lr * grad


# Building a graph from its text


class Built(NamedTuple):
    output: Node
    names: dict[str, Node]
    nodes: Counter[str]  # of each operation
    calls: Counter[tuple[str, str]]  # of each operation's forward and vjp


FUNCTIONS = {
    "exp": partial(apply, EXP),
    "neg": partial(apply, NEG),
    "tanh": partial(apply, TANH),
    "total": partial(apply, TOTAL),
}


def repeat(function: partial[Node], x: Node, times: int) -> Node:
    """f(f(f(… x …))), for one of FUNCTIONS."""
    (op,) = function.args
    for _ in range(times):
        x = Node(op, (x,))
    return x


def build(graph: str, values: dict[str, Any]) -> Built:
    """The graph of this text; its leaves hold ``values``, or None. The calls of its operations are counted."""
    tree = ast.parse(graph)
    used = [n.id for n in ast.walk(tree) if isinstance(n, ast.Name)]
    assigned = [
        t.id for s in tree.body if isinstance(s, ast.Assign) for t in s.targets if isinstance(t, ast.Name)
    ]
    known = {**FUNCTIONS, "repeat": repeat}
    leaves = {
        n: Node(name=n, value=_float(values.get(n))) for n in used if n not in known and n not in assigned
    }
    names: dict[str, Any] = dict(leaves)
    exec(graph, {**known, "__builtins__": {}}, names)
    for name in assigned:
        names[name].name = names[name].name or name
    output = names[assigned[-1]]
    calls: Counter[tuple[str, str]] = Counter()
    counted = {op: _counted(op, calls) for op in OPS}
    nodes: Counter[str] = Counter()
    for node in _reached(output):
        if node.op is not None:
            nodes[node.op.name] += 1
            node.op = counted[node.op]
    return Built(output, names, nodes, calls)


def _reached(output: Node) -> list[Node]:
    """All nodes of the graph, output first. The probes travel to whoever answers, and so hold no other order."""
    nodes = {output: None}
    coming = deque(nodes)
    while coming:
        for arg in coming.popleft().args:
            if arg not in nodes:
                nodes[arg] = None
                coming.append(arg)
    return list(nodes)


def _float(value: Any) -> Any:
    return None if value is None else np.array(value, dtype=float)


def _counted(op: Op, calls: Counter[tuple[str, str]]) -> Op:
    def call(what: str, function: Function, *args: Any) -> Any:
        calls[what, op.name] += 1
        try:
            return function(*args)
        except TypeError as error:
            if any(arg is None for arg in args):
                raise ValueError(
                    f"the {what} of {op.name} was called before all it needs had a value"
                ) from error
            raise

    return Op(op.name, partial(call, "forward", op.forward), partial(call, "vjp", op.vjp))


def label(node: Node) -> str:
    """The node's name, or what it is made of."""
    if node.name or node.op is None:
        return node.name
    parts = [arg.name or "…" for arg in node.args]
    return node.op.name.join(parts) if len(parts) > 1 else f"{node.op.name}({parts[0]})"


def _plain(value: Any) -> Any:
    """Numbers as arrays without axes, so that all of them compare alike; a node in words."""
    if isinstance(value, Node):
        return "a node, not its value"
    return np.asarray(value, dtype=float) if isinstance(value, float | int | np.generic) else value


# The probes


def graph_order_probe(candidate: Function, graph: str) -> Any:
    """The graph, its nodes numbered, and the numbers in the candidate's order."""
    built = build(graph, {})
    order = candidate(built.output)
    if order is None:
        return None
    if not isinstance(order, list | tuple) or not all(isinstance(node, Node) for node in order):
        return "not a list of nodes"
    number = {node: i for i, node in enumerate(_reached(built.output))}
    nodes = [(label(node), [number[arg] for arg in node.args]) for node in number]
    return {"nodes": nodes, "order": [number.get(node, -1) for node in order]}


RIGHT = "every node once, arguments first"


def facts_of_order(found: Any) -> Any:
    """What makes an order right, since many orders are."""
    if not isinstance(found, dict):
        return {"the order": found, "the graph": None}
    return {"the order": next(_faults(**found), RIGHT), "the graph": found["nodes"]}


def _faults(nodes: list[tuple[str, list[int]]], order: list[int]) -> Iterator[str]:
    """In the order of ``nodes``, so that two orders with the same fault are told the same."""
    count = Counter(order)
    names = dict(enumerate(name for name, _ in nodes))
    yield from (f"{names[i]} is missing" for i in names if not count[i])
    yield from (f"{names[i]} is there {count[i]} times" for i in names if count[i] > 1)
    yield from (["a node of another graph is there"] if set(order) - set(names) else [])
    place = {i: at for at, i in enumerate(order)}
    for i, (name, args) in enumerate(nodes):
        for arg in args:
            if place[i] < place[arg]:
                yield f"{name} stands before its argument {names[arg]}"


def evaluate_probe(
    candidate: Function, graph: str, values: dict[str, Any], feed: dict[str, Any], then: Any = None
) -> dict[str, Any]:
    """The value of the output, for ``feed`` and then for another feed; and the calls of forward."""
    built = build(graph, values)
    found = {"the value": _plain(candidate(built.output, _fed(feed)))}
    if then is not None:
        found["the value, fed again"] = _plain(candidate(built.output, _fed(then)))
    return found | {"the number of calls of forward": sum(built.calls.values())}


def _fed(feed: dict[str, Any]) -> dict[str, Any]:
    return {name: _float(value) for name, value in feed.items()}


def gradients_probe(
    candidate: Function, graph: str, values: dict[str, Any], variables: tuple[str, ...]
) -> Any:
    """The gradients by name, and how many calls of rules were one too many."""
    built = build(graph, values)
    leaves = [built.names.get(name) or Node(name=name, value=_float(values[name])) for name in variables]
    found = candidate(built.output, leaves)
    if not isinstance(found, list | tuple) or len(found) != len(variables):
        return found if found is None else "not a list with one gradient a variable"
    by_name = {f"d{built.output.name}/d{name}": _plain(g) for name, g in zip(variables, found, strict=True)}
    extra = {name: max(0, built.calls["vjp", name] - n) for name, n in built.nodes.items()}
    return by_name | {"the calls of a rule beyond one a node": sum(extra.values())}


def minimize_probe(
    candidate: Function, graph: str, values: dict[str, Any], variables: tuple[str, ...], lr: float, steps: int
) -> dict[str, Any]:
    """The losses, and where all leaves with a name of their own have gone."""
    built = build(graph, values)
    losses = candidate(built.output, [built.names[name] for name in variables], lr, steps)
    found = [_plain(loss) for loss in losses] if isinstance(losses, list | tuple | Array) else _plain(losses)
    return {"the losses": found} | {f"{name} at the end": _plain(built.names[name].value) for name in values}


# Cases

LADDER = "a = x + x; b = a + a; c = b + b; d = c + c; z = d + d"
SHARED = "y = 3 * x; z = 2 * y + 5 * y"
SHORT_PATH_FIRST = "y = 3 * x; z = y + 2 * y"
SHORT_PATH_LAST = "y = 3 * x; z = 2 * y + y"
DEEP = "z = repeat(neg, x, 3001)"
HIMMELBLAU = "a = x * x + y - 11; b = x + y * y - 7; z = a * a + b * b"


def random_graph(rng: Rng, size: int = 6) -> str:
    """Each new node is made of the one before and another earlier one, so that paths have many lengths."""
    names = ["x", "y"]
    lines = []
    for i in range(size):
        pair = [names[-1], str(rng.choice(names))]
        rng.shuffle(pair)
        name = "z" if i == size - 1 else "abcdefgh"[i]
        lines.append(f"{name} = {pair[0]} {rng.choice(['+', '-', '*'])} {pair[1]}")
        names.append(name)
    return "; ".join(lines)


def graph_order_cases(rng: Rng) -> Iterator[Case]:
    for graph in ["z = x * y", "z = x * x", SHARED, SHORT_PATH_FIRST, SHORT_PATH_LAST, "z = x", LADDER]:
        yield case(graph)
    for _ in range(3):
        yield case(random_graph(rng))
    yield case(DEEP)


def number(rng: Rng) -> float:
    return float(np.round(rng.uniform(0.5, 2) * rng.choice([-1, 1]), 2))


def numbers(rng: Rng, *names: str) -> dict[str, float]:
    return {name: number(rng) for name in names}


def evaluate_cases(rng: Rng) -> Iterator[Case]:
    yield case("z = x * y", {}, numbers(rng, "x", "y"))
    yield case("z = 2 * x + y", numbers(rng, "y"), numbers(rng, "x"))
    yield case("z = (x + y) * (x - y)", numbers(rng, "x", "y"), {})
    yield case(SHARED, {}, numbers(rng, "x"))
    yield case("z = exp(x) * y", numbers(rng, "y"), {"x": 0.5}, {"x": -1.0})
    yield case("z = x * y - x", numbers(rng, "x", "y"), {"x": 5.0})
    yield case(
        "h = tanh(x * w); z = h * h - w", {"w": rng.normal(size=(2, 3))}, {"x": rng.normal(size=(2, 3))}
    )
    yield case("z = x", {}, numbers(rng, "x"))
    yield case(LADDER, numbers(rng, "x"), {})
    yield case(DEEP, {}, {"x": 0.5})


def gradients_cases(rng: Rng) -> Iterator[Case]:
    yield case("z = x * y", numbers(rng, "x", "y"), ("x", "y"))
    yield case("z = x * x", numbers(rng, "x"), ("x",))
    yield case("z = exp(x) - y", numbers(rng, "x", "y"), ("y", "x"))
    for graph in (SHARED, SHORT_PATH_FIRST, SHORT_PATH_LAST):
        yield case(graph, numbers(rng, "x"), ("x",))
    yield case("h = tanh(x * w); z = h * h - w", {n: rng.normal(size=(2, 3)) for n in "xw"}, ("w", "x"))
    yield case("s = x + y; z = s + x", {n: rng.normal(size=3) for n in "xy"}, ("x", "y"))
    yield case("z = total(x * x)", {"x": rng.normal(size=4), "u": rng.normal(size=2)}, ("x", "u"))
    yield case("z = x", {"x": rng.normal(size=3)}, ("x",))
    yield case(LADDER, numbers(rng, "x"), ("x",))
    for _ in range(2):
        yield case(random_graph(rng), numbers(rng, "x", "y"), ("x", "y"))
    yield case(DEEP, {"x": 0.5}, ("x",))


def minimize_cases(rng: Rng) -> Iterator[Case]:
    yield case("z = (x - 3) * (x - 3)", numbers(rng, "x"), ("x",), 0.1, 3)
    yield case("z = (x - t) * (x - t)", numbers(rng, "x", "t"), ("x",), 0.25, 2)
    yield case(HIMMELBLAU, numbers(rng, "x", "y"), ("x", "y"), 0.01, 5)
    starts = {"x": rng.normal(size=(2, 3)), "y": rng.normal(size=(2, 3))}
    yield case("d = x * y - 1; z = total(d * d)", starts, ("y", "x"), 0.05, 4)
    yield case("z = x * x", numbers(rng, "x"), ("x",), 0.1, 0)


# Wrong orders


def _breadth_first(node: Node) -> list[Node]:
    order, queue = {node: None}, deque([node])
    while queue:
        found = [arg for arg in dict.fromkeys(queue.popleft().args) if arg not in order]
        order.update(dict.fromkeys(found))
        queue.extend(found)
    return list(order)[::-1]


def _seen_when_found(node: Node) -> list[Node]:
    order, seen, stack = [], {node}, [node]
    while stack:
        current = stack.pop()
        order.append(current)
        for arg in current.args:
            if arg not in seen:
                seen.add(arg)
                stack.append(arg)
    return order[::-1]


def _recursive(node: Node) -> list[Node]:
    return list(_visited(node, {}))


def _visited(node: Node, order: dict[Node, None]) -> dict[Node, None]:
    if node not in order:
        for arg in node.args:
            _visited(arg, order)
        order[node] = None
    return order


def _once_a_path(node: Node) -> list[Node]:
    return [n for arg in node.args for n in _once_a_path(arg)] + [node]


def _by_name(node: Node) -> list[Node]:
    return list({n.name: n for n in graph_order(node)}.values())


# Wrong values


def _computes_again(node: Node, feed: dict[str, Any]) -> Any:
    if node.op is None:
        return feed.get(node.name, node.value)
    return node.op.forward(*(_computes_again(arg, feed) for arg in node.args))


def _remembering_recursion(node: Node, feed: dict[str, Any]) -> Any:
    return _evaluate_in(feed, _recursive(node))


def _evaluate_in(
    feed: dict[str, Any],
    order: list[Node],
    leaf: Function = lambda node, feed: feed.get(node.name, node.value),
    key: Function = lambda node: node,
) -> Any:
    """Evaluate with a table of values beside the graph. What can be done wrong is a parameter."""
    values: dict[Any, Any] = {}
    for node in order:
        values[key(node)] = (
            leaf(node, feed) if node.op is None else node.op.forward(*(values[key(arg)] for arg in node.args))
        )
    return values[key(order[-1])]


def _wrongly(**wrong: Any) -> Function:
    return lambda node, feed: _evaluate_in(feed, graph_order(node), **wrong)


def _keeps_old_values(node: Node, feed: dict[str, Any]) -> Any:
    for n in graph_order(node):
        if n.op is None:
            n.value = feed.get(n.name, n.value)
        elif n.value is None:
            n.value = n.op.forward(*(arg.value for arg in n.args))
    return node.value


# Wrong gradients


def _wrong_pending(**wrong: Any) -> Function:
    def answer(output: Node, variables: list[Node]) -> list[Array]:
        return _of(variables, _pending(output, **wrong))

    return answer


def _collected(collect: Function) -> Function:
    def answer(output: Node, variables: list[Node]) -> list[Array]:
        pending = _pending(output)
        return [collect(pending, v) for v in variables]

    return answer


def _adds_in_place(pending: dict[Node, Any], arg: Node, grad: Any) -> Any:
    if arg not in pending:
        return grad
    total = pending[arg]
    total += grad
    return total


def _sends_on_all_so_far(output: Node, variables: list[Node]) -> list[Array]:
    evaluate(output, {})
    pending: dict[Node, Any] = {}

    def send(node: Node, g: Any) -> None:
        pending[node] = pending.get(node, 0) + g
        if node.op is not None:
            for arg, grad in zip(node.args, _sent(node, pending[node]), strict=True):
                send(arg, grad)

    send(output, np.ones_like(output.value))
    return _of(variables, pending)


def _path_by_path(output: Node, variables: list[Node]) -> list[Array]:
    evaluate(output, {})
    pending: dict[Node, Any] = {}

    def send(node: Node, g: Any) -> None:
        pending[node] = pending.get(node, 0) + g
        if node.op is not None:
            for arg, grad in zip(node.args, _sent(node, g), strict=True):
                send(arg, grad)

    send(output, np.ones_like(output.value))
    return _of(variables, pending)


def _takes_bare_arrays_apart(output: Node, variables: list[Node]) -> list[Array]:
    evaluate(output, {})
    pending: dict[Node, Any] = {output: np.ones_like(output.value)}
    for node in reversed(graph_order(output)):
        if node.op is not None:
            grads = node.op.vjp(pending[node], node.value, *(arg.value for arg in node.args))
            for arg, grad in zip(node.args, grads, strict=False):
                pending[arg] = pending.get(arg, 0) + grad
    return _of(variables, pending)


def _not_evaluated(output: Node, variables: list[Node]) -> list[Array]:
    pending = {output: np.array(1.0)}
    for node in reversed(graph_order(output)):
        if node.op is not None:
            for arg, grad in zip(node.args, _sent(node, pending[node]), strict=True):
                pending[arg] = pending.get(arg, 0) + grad
    return _of(variables, pending)


# Wrong descents


def _descent(
    loss: Node, variables: list[Node], lr: float, steps: int, step: Function = _step, after: bool = False
) -> list[float]:
    losses = []
    for _ in range(steps):
        before = float(evaluate(loss, {}))
        step(variables, gradients(loss, variables), lr)
        losses.append(float(evaluate(loss, {})) if after else before)
    return losses


def _one_after_another(loss: Node, variables: list[Node], lr: float, steps: int) -> list[float]:
    losses = []
    for _ in range(steps):
        losses.append(float(evaluate(loss, {})))
        for variable in variables:
            _step([variable], gradients(loss, [variable]), lr)
    return losses


def _gradients_once(loss: Node, variables: list[Node], lr: float, steps: int) -> list[float]:
    grads = gradients(loss, variables)
    losses = []
    for _ in range(steps):
        losses.append(float(evaluate(loss, {})))
        _step(variables, grads, lr)
    return losses


def _no_step(variables: list[Node], grads: list[Array], lr: float) -> None:
    """``for v, g in zip(…): v = v.value - lr * g`` gives the name v another meaning, and that is all."""


# Recorded values

TORCH = "PyTorch 2.13.0, Tensor.backward()"
ONE_STEP_AT_A_TIME = "a node's gradient is complete only when all nodes that use it have sent theirs. In which order does that come about?"

EXERCISES = [
    Exercise(
        name="graph_order",
        points=20,
        reference=graph_order,
        cases=graph_order_cases,
        probe=graph_order_probe,
        canonical=facts_of_order,
        recorded=[
            Recorded(
                case("h = x * y; z = h + x"),
                {"nodes": [("z", [1, 2]), ("h", [2, 3]), ("x", []), ("y", [])], "order": [2, 3, 1, 0]},
                "by hand",
            )
        ],
        next="before a node may be added to the list, what must be in it already?",
        misconceptions=[
            Misconception(
                "parents first",
                lambda node: graph_order(node)[::-1],
                "Your order is right, back to front: it begins with the output. Here the leaves come first.",
            ),
            Misconception(
                "breadth first",
                _breadth_first,
                "You went breadth first, level by level. Where a short and a long path lead to the same node, "
                "it is reached by the short one, too early.",
                "draw z = y + 2·y. On which level does y stand?",
            ),
            Misconception(
                "seen when found",
                _seen_when_found,
                "You listed nodes before their arguments, and turned the list around. Where two paths to a node differ "
                "in length, it still comes too late for one of its users.",
                "add a node to the list only after all its arguments: come back to it when they are done.",
            ),
            Misconception(
                "once a path",
                _once_a_path,
                "A node that is used twice is in your list twice. Each node belongs there once.",
                "how can you remember which nodes you have been to?",
            ),
            Misconception(
                "recursive",
                _recursive,
                "The order is right, but you call a function within itself once a level, and Python stops that "
                "at about 1000 levels.",
                "keep a list of your own with the nodes still to do, and take the last one in a while loop.",
            ),
            Misconception(
                "leaves left out",
                lambda node: [n for n in graph_order(node) if n.op is not None],
                "You left out the leaves. They are nodes, too: their values and gradients are what we are after.",
            ),
            Misconception(
                "known by name",
                _by_name,
                "You recognize nodes by their name, and most nodes have none. The node itself can be kept in a set.",
            ),
            Misconception(
                "output left out",
                lambda node: graph_order(node)[:-1],
                "The node you were given is not in your list. It comes last, after its arguments.",
            ),
        ],
    ),
    Exercise(
        name="evaluate",
        points=20,
        reference=evaluate,
        cases=evaluate_cases,
        probe=evaluate_probe,
        recorded=[
            Recorded(
                case("h = x * y; z = h + x", {"x": 2.0}, {"y": 3.0}),
                {"the value": np.array(8.0), "the number of calls of forward": 2},
                "by hand",
            ),
            Recorded(
                case(HIMMELBLAU, {"x": 1.0, "y": 1.0}, {}),
                {"the value": np.array(106.0), "the number of calls of forward": 9},
                "by hand: (1 + 1 − 11)² + (1 + 1 − 7)² = 81 + 25",
            ),
        ],
        next="in the order of `graph_order`, every node finds the values of its arguments ready.",
        misconceptions=[
            Misconception(
                "computes again",
                _computes_again,
                "The values are right, but you compute a shared node again for each node that uses it. "
                "In a ladder of 60 additions, that takes thousands of years.",
                "which list holds each node exactly once?",
            ),
            Misconception(
                "recursive",
                _remembering_recursion,
                "The values are right, but you call a function within itself once a level, and Python stops that "
                "at about 1000 levels.",
                "`graph_order` has done the walking. A loop over its list is enough.",
            ),
            Misconception(
                "keeps old values",
                _keeps_old_values,
                "You kept the values of the last call: fed again, the graph gives the old result.",
                "whose value may stay, and whose must be computed anew in each call?",
            ),
            Misconception(
                "own value first",
                _wrongly(leaf=lambda node, feed: node.value if node.value is not None else feed[node.name]),
                "A leaf that has a value of its own ignored what you fed it. What is fed comes first.",
            ),
            Misconception(
                "feed only",
                _wrongly(leaf=lambda node, feed: feed[node.name]),
                "You looked up every leaf in feed. One that is not there keeps the value it has.",
                "what does `feed.get(name, other)` do?",
            ),
            Misconception(
                "fed by node",
                _wrongly(leaf=lambda node, feed: feed.get(node, node.value)),
                "You looked up nodes in feed. Its keys are their names.",
            ),
            Misconception(
                "kept by name",
                _wrongly(key=lambda node: node.name),
                "You stored results under the names of nodes, and most nodes have none, so they overwrote each other.",
                "what, other than its name, tells one node from another?",
            ),
            Misconception(
                "the node itself",
                lambda node, feed: evaluate(node, feed) is None or node,
                "You returned the node. Asked is its value.",
            ),
        ],
    ),
    Exercise(
        name="gradients",
        points=30,
        reference=gradients,
        cases=gradients_cases,
        probe=gradients_probe,
        recorded=[
            Recorded(
                case("z = x * y + tanh(x)", {"x": 0.5, "y": -2.0}, ("x", "y")),
                {
                    "dz/dx": np.array(-1.2135522670340726),
                    "dz/dy": np.array(0.5),
                    "the calls of a rule beyond one a node": 0,
                },
                TORCH,
            ),
        ],
        next=ONE_STEP_AT_A_TIME,
        misconceptions=[
            Misconception(
                "last path wins",
                _wrong_pending(add=lambda pending, arg, grad: grad),
                "A node that is used twice kept only the gradient that came last. Each use is a path to the output, "
                "and paths add.",
                "what should happen when something is pending for a node already?",
            ),
            Misconception(
                "sends all so far again",
                _sends_on_all_so_far,
                "Each time something arrives at a node, you send on *everything* that has arrived so far. "
                "The first part is then sent twice.",
                ONE_STEP_AT_A_TIME,
            ),
            Misconception(
                "breadth first",
                _wrong_pending(order=_breadth_first),
                "You visited nodes level by level from the output. A node that is also reached by a longer path "
                "sent its gradient on before all of it had arrived.",
                ONE_STEP_AT_A_TIME,
            ),
            Misconception(
                "path by path",
                _path_by_path,
                "The gradients are right, but you follow every path on its own, and call the rule of a shared node "
                "once a path. The number of paths can double with every node.",
                ONE_STEP_AT_A_TIME,
            ),
            Misconception(
                "adds in place",
                _wrong_pending(add=_adds_in_place),
                "You added with `+=` into an array that another node holds, too: the rule of + sends the same array "
                "to both of its arguments.",
                "`a = a + b` makes a new array; `a += b` writes into the old one.",
            ),
            Misconception(
                "bare array taken apart",
                _takes_bare_arrays_apart,
                "The rule of an operation with one argument returns the gradient itself, and you went through its "
                "entries as if it were a tuple of gradients.",
                "you met this in `check_vjp`: what can you wrap around a single gradient?",
            ),
            Misconception(
                "not evaluated",
                _not_evaluated,
                "A rule was called before its node had a value. Rules need the operands and the result.",
                "which of your functions leaves in every node its value?",
            ),
            Misconception(
                "None for strangers",
                _collected(lambda pending, v: pending.get(v)),
                "A variable that the output does not depend on got None. Its gradient is known: nudging it changes "
                "nothing, so it is zero.",
                "which NumPy function makes zeros in the shape of another array?",
            ),
            Misconception(
                "a bare zero",
                _collected(lambda pending, v: pending.get(v, 0.0)),
                "A variable that the output does not depend on got a single 0. A gradient has the shape of its variable.",
                "which NumPy function makes zeros in the shape of another array?",
            ),
            Misconception(
                "no entry for strangers",
                _collected(lambda pending, v: pending[v]),
                "Nothing is pending for a variable that the output does not depend on. Its gradient is zero everywhere.",
                "a dict's `get` takes a second argument: what to give if there is no entry.",
            ),
            Misconception(
                "starts with the value",
                _wrong_pending(start=np.array),
                "You started with the value of the output, but its gradient by itself is what comes first.",
                "by how much does the output move when the output moves by 1?",
            ),
        ],
    ),
    Exercise(
        name="minimize",
        points=20,
        reference=minimize,
        cases=minimize_cases,
        probe=minimize_probe,
        recorded=[
            Recorded(
                case("z = x * x + x * y + y * y", {"x": 1.0, "y": -2.0}, ("x", "y"), 0.1, 3),
                {
                    "the losses": [np.array(3.0), np.array(2.19), np.array(1.6563)],
                    "x at the end": np.array(0.922),
                    "y at the end": np.array(-1.265),
                },
                "PyTorch 2.13.0, torch.optim.SGD",
            ),
            Recorded(
                case(HIMMELBLAU, {"x": 0.0, "y": 0.0}, ("x", "y"), 0.01, 3),
                {
                    "the losses": [
                        np.array(170.0),
                        np.array(162.18410272000003),
                        np.array(149.1808933524183),
                    ],
                    "x at the end": np.array(0.604724168524076),
                    "y at the end": np.array(0.830104151257185),
                },
                "PyTorch 2.13.0, torch.optim.SGD",
            ),
        ],
        next="one step: the loss as it is now, all gradients, and only then all variables.",
        misconceptions=[
            Misconception(
                "uphill",
                partial(_descent, step=lambda variables, grads, lr: _step(variables, grads, -lr)),
                "You went uphill. The gradient points to where the loss grows.",
            ),
            Misconception(
                "loss after the step",
                partial(_descent, after=True),
                "The steps are right, but each loss was taken after its step. Take it before.",
                "what should be the first entry of the list, if steps is 1?",
            ),
            Misconception(
                "one after another",
                _one_after_another,
                "You moved one variable, and computed the next one's gradient at the new place. A step moves all "
                "variables at once, from the same place.",
                "how many calls of `gradients` does one step need?",
            ),
            Misconception(
                "gradients once",
                _gradients_once,
                "You computed the gradients once, at the start. After each step the slope is another one.",
            ),
            Misconception(
                "nothing moves",
                partial(_descent, step=_no_step),
                "The variables have not moved. `v = …` in a loop only gives the name v another meaning; "
                "`v.value = …` changes the node.",
            ),
            Misconception(
                "last loss only",
                lambda loss, variables, lr, steps: (_descent(loss, variables, lr, steps) or [0.0])[-1],
                "You returned a single loss. Return the list of all of them, one a step.",
            ),
            Misconception(
                "one loss too many",
                lambda loss, variables, lr, steps: [
                    *_descent(loss, variables, lr, steps),
                    float(evaluate(loss, {})),
                ],
                "Your list has one loss too many: there is one a step, taken before it.",
            ),
            Misconception(
                "no learning rate",
                lambda loss, variables, lr, steps: _descent(loss, variables, 1.0, steps),
                "You subtracted the whole gradient. The learning rate says how much of it a step takes.",
            ),
        ],
    ),
]
