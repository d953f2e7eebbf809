"""evaluate: the value of every node, each computed once."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch06_backprop.common import DEEP, HIMMELBLAU, LADDER, SHARED, numbers
from revgraph.checks.chapters.ch06_backprop.graph import Node, as_float, build, plain
from revgraph.checks.chapters.ch06_backprop.graph_order import graph_order, recursive_order
from revgraph.checks.chapters.common import Function, Rng
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def evaluate(node: Node, feed: dict[str, Any]) -> Any:
    for n in graph_order(node):
        if n.op is None:
            n.value = feed.get(n.name, n.value)
        else:
            n.value = n.op.forward(*(arg.value for arg in n.args))
    return node.value


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


def evaluate_probe(
    candidate: Function, graph: str, values: dict[str, Any], feed: dict[str, Any], then: Any = None
) -> dict[str, Any]:
    """The value of the output, for ``feed`` and then for another feed; and the calls of forward."""
    built = build(graph, values)
    found = {"the value": plain(candidate(built.output, _fed(feed)))}
    if then is not None:
        found["the value, fed again"] = plain(candidate(built.output, _fed(then)))
    return found | {"the number of calls of forward": sum(built.calls.values())}


def _fed(feed: dict[str, Any]) -> dict[str, Any]:
    return {name: as_float(value) for name, value in feed.items()}


def _computes_again(node: Node, feed: dict[str, Any]) -> Any:
    if node.op is None:
        return feed.get(node.name, node.value)
    return node.op.forward(*(_computes_again(arg, feed) for arg in node.args))


def _remembering_recursion(node: Node, feed: dict[str, Any]) -> Any:
    return _evaluate_in(feed, recursive_order(node))


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


EVALUATE = Exercise(
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
)
