"""gradients: backpropagation."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch06_backprop.common import (
    DEEP,
    LADDER,
    SHARED,
    SHORT_PATH_FIRST,
    SHORT_PATH_LAST,
    TORCH,
    numbers,
    random_graph,
)
from revgraph.checks.chapters.ch06_backprop.evaluate import evaluate
from revgraph.checks.chapters.ch06_backprop.graph import Node, as_float, build, plain
from revgraph.checks.chapters.ch06_backprop.graph_order import breadth_first, graph_order
from revgraph.checks.chapters.common import Array, Function, Rng
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def gradients(output: Node, variables: list[Node]) -> list[Array]:
    evaluate(output, {})
    pending = {output: np.ones_like(output.value)}
    for node in reversed(graph_order(output)):
        if node.op is not None and node in pending:
            grads = node.op.vjp(pending[node], node.value, *(arg.value for arg in node.args))
            grads = grads if len(node.args) > 1 else (grads,)
            for arg, grad in zip(node.args, grads, strict=True):
                pending[arg] = pending[arg] + grad if arg in pending else grad
    return [np.asarray(pending.get(v, np.zeros_like(v.value))) for v in variables]


def _sent(node: Node, g: Any) -> tuple[Any, ...]:
    """What a node sends on to each of its arguments."""
    assert node.op is not None
    grads = node.op.vjp(g, node.value, *(arg.value for arg in node.args))
    return grads if len(node.args) > 1 else (grads,)


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


def gradients_probe(
    candidate: Function, graph: str, values: dict[str, Any], variables: tuple[str, ...]
) -> Any:
    """The gradients by name, and how many calls of rules were one too many."""
    built = build(graph, values)
    leaves = [built.names.get(name) or Node(name=name, value=as_float(values[name])) for name in variables]
    found = candidate(built.output, leaves)
    if not isinstance(found, list | tuple) or len(found) != len(variables):
        return found if found is None else "not a list with one gradient a variable"
    by_name = {f"d{built.output.name}/d{name}": plain(g) for name, g in zip(variables, found, strict=True)}
    extra = {name: max(0, built.calls["vjp", name] - n) for name, n in built.nodes.items()}
    return by_name | {"the calls of a rule beyond one a node": sum(extra.values())}


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


ONE_STEP_AT_A_TIME = "a node's gradient is complete only when all nodes that use it have sent theirs. In which order does that come about?"


GRADIENTS = Exercise(
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
            _wrong_pending(order=breadth_first),
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
)
