"""evaluate: the value of every node, each computed once."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case, edge, part
from revgraph.checks.chapters.ch06_backprop.common import (
    DEEP,
    DEEP_AND_SHORT,
    HIMMELBLAU,
    LADDER,
    SHARED,
    SHORT_PATH_FIRST,
    TANGLED_LAST,
    numbers,
    random_graph,
)
from revgraph.checks.chapters.ch06_backprop.graph import Node, as_float, build, plain, same_numbers
from revgraph.checks.chapters.ch06_backprop.graph_order import graph_order, recursive_order
from revgraph.checks.chapters.common import Function, Rng, fixed, ways
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def evaluate(node: Node, feed: dict[str, Any]) -> Any:
    for n in graph_order(node):
        if n.op is None:
            n.value = feed.get(n.name, n.value)
        else:
            n.value = n.op.forward(*(arg.value for arg in n.args))
    return node.value


VALUES, ONCE, LEFT, DEPTH = "the value", "each node once", "left in the nodes", "graphs of any depth"


def evaluate_cases(rng: Rng) -> Iterator[Case]:
    for draw in (fixed(), rng):
        yield from (part(VALUES, case(*graph)) for graph in _graphs(draw))
    for graph in (SHARED, SHORT_PATH_FIRST, TANGLED_LAST, LADDER):
        yield part(ONCE, case(graph, {}, {"x": 0.5}, look="the calls of forward"))
    yield part(ONCE, case(random_graph(rng), {}, numbers(rng, "x", "y"), look="the calls of forward"))
    for draw in (fixed(), rng):
        yield part(LEFT, case(SHARED, {}, numbers(draw, "x"), look="the nodes"))
        yield part(
            LEFT, case("h = exp(x * y); z = h - x", numbers(draw, "y"), numbers(draw, "x"), look="the nodes")
        )
    for graph in (DEEP, DEEP_AND_SHORT):
        yield part(DEPTH, case(graph, {}, {"x": 0.5}))
    yield part(DEPTH, case(DEEP_AND_SHORT, {}, numbers(rng, "x")))
    yield edge("a leaf alone", "z = x", {}, numbers(rng, "x"))


def _graphs(rng: Rng) -> Iterator[tuple[Any, ...]]:
    """A graph, the values of its leaves, what is fed, and what is fed a second time."""
    yield "z = x * y", {}, numbers(rng, "x", "y")
    yield "z = 2 * x + y", numbers(rng, "y"), numbers(rng, "x")
    yield "z = (x + y) * (x - y)", numbers(rng, "x", "y"), {}
    yield SHARED, {}, numbers(rng, "x")
    yield "z = exp(x) * y", numbers(rng, "y"), {"x": 0.5}, {"x": -1.0}
    yield "z = tanh(x) - x * y", numbers(rng, "y"), {"x": -0.5}, {"x": 1.5}
    yield "z = x * y - x", numbers(rng, "x", "y"), {"x": 5.0}
    yield "z = x - 2 * y", numbers(rng, "x", "y"), {"y": 4.0}
    yield "h = tanh(x * w); z = h * h - w", {"w": rng.normal(size=(2, 3))}, {"x": rng.normal(size=(2, 3))}
    yield LADDER, numbers(rng, "x"), {}


def evaluate_probe(
    candidate: Function,
    graph: str,
    values: dict[str, Any],
    feed: dict[str, Any],
    then: Any = None,
    look: str = "the value",
) -> Any:
    """The value of the output, for ``feed`` and then for another feed.

    With ``look="the calls of forward"`` how often forward was called instead, with "the nodes" what is left in the nodes.
    """
    built = build(graph, values)
    fed = _fed(feed)
    value = plain(candidate(built.output, fed))
    if look == "the calls of forward":
        return {"the number of calls of forward": sum(built.calls.values())}
    if look == "the nodes":
        return {f"the value left in {name}": plain(node.value) for name, node in built.names.items()}
    if fed.keys() != feed.keys() or not all(same_numbers(fed[name], feed[name]) for name in feed):
        return "writes into feed"
    if value is None:
        return None
    if then is None:
        return {"the value": value}
    return {"the value": value, "the value, fed again": plain(candidate(built.output, _fed(then)))}


def _fed(feed: dict[str, Any]) -> dict[str, Any]:
    return {name: as_float(value) for name, value in feed.items()}


def _computes_again(node: Node, feed: dict[str, Any]) -> Any:
    if node.op is None:
        return feed.get(node.name, node.value)
    return node.op.forward(*(_computes_again(arg, feed) for arg in node.args))


def _computes_again_in_the_nodes(node: Node, feed: dict[str, Any]) -> Any:
    if node.op is None:
        node.value = feed.get(node.name, node.value)
    else:
        node.value = node.op.forward(*(_computes_again_in_the_nodes(arg, feed) for arg in node.args))
    return node.value


def _remembering_recursion(node: Node, feed: dict[str, Any]) -> Any:
    for n in recursive_order(node):
        n.value = feed.get(n.name, n.value) if n.op is None else n.op.forward(*(arg.value for arg in n.args))
    return node.value


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


def _forward_on_nodes(node: Node, feed: dict[str, Any]) -> Any:
    for n in graph_order(node):
        n.value = feed.get(n.name, n.value) if n.op is None else n.op.forward(*n.args)
    return node.value


def _arguments_as_a_list(node: Node, feed: dict[str, Any]) -> Any:
    for n in graph_order(node):
        n.value = feed.get(n.name, n.value) if n.op is None else n.op.forward([a.value for a in n.args])
    return node.value


def _evaluate_along(order: Iterable[Node], node: Node, feed: dict[str, Any]) -> Any:
    for n in order:
        n.value = feed.get(n.name, n.value) if n.op is None else n.op.forward(*(a.value for a in n.args))
    return node.value


def _until_the_first_operation(node: Node, feed: dict[str, Any]) -> Any:
    for n in graph_order(node):
        if n.op is None:
            n.value = feed.get(n.name, n.value)
        else:
            return n.op.forward(*(arg.value for arg in n.args))
    return node.value


def _arguments_reversed(node: Node, feed: dict[str, Any]) -> Any:
    for n in graph_order(node):
        values = [arg.value for arg in n.args]
        n.value = feed.get(n.name, n.value) if n.op is None else n.op.forward(*values[::-1])
    return node.value


def _writes_into_feed(node: Node, feed: dict[str, Any]) -> Any:
    for n in graph_order(node):
        n.value = (
            feed.setdefault(n.name, n.value) if n.op is None else n.op.forward(*(a.value for a in n.args))
        )
    return node.value


def _only_where_nothing_is(node: Node, feed: dict[str, Any]) -> Any:
    for n in graph_order(node):
        if n.value is None:
            n.value = feed[n.name] if n.op is None else n.op.forward(*(arg.value for arg in n.args))
    return node.value


EVALUATE = Exercise(
    name="evaluate",
    points=20,
    reference=evaluate,
    cases=evaluate_cases,
    probe=evaluate_probe,
    parts={VALUES: 10, ONCE: 4, LEFT: 4, DEPTH: 2},
    recorded=[
        Recorded(
            part(VALUES, case("h = x * y; z = h + x", {"x": 2.0}, {"y": 3.0})),
            {"the value": np.array(8.0)},
            "by hand",
        ),
        Recorded(
            part(VALUES, case(HIMMELBLAU, {"x": 1.0, "y": 1.0}, {})),
            {"the value": np.array(106.0)},
            "by hand: (1 + 1 − 11)² + (1 + 1 − 7)² = 81 + 25",
        ),
        Recorded(
            part(ONCE, case(HIMMELBLAU, {"x": 1.0, "y": 1.0}, {}, look="the calls of forward")),
            {"the number of calls of forward": 9},
            "by hand",
        ),
    ],
    uses=("graph_order",),
    why="In that order every argument has its value when it is needed, and always one from this call.",
    next="in the order of `graph_order`, every node finds the values of its arguments ready.",
    misconceptions=[
        *ways(
            "computes again",
            "The values are right, but you compute a shared node again for each node that uses it. "
            "In a ladder of 60 additions, that takes thousands of years.",
            "which list holds each node exactly once?",
            _computes_again,
            _computes_again_in_the_nodes,
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
            "writes into feed",
            _writes_into_feed,
            "You wrote into `feed`. It belongs to whoever called your function, and is to hold afterwards what it held before.",
            "what does `feed.get(name, other)` do that `setdefault` and `feed[name] = …` do not?",
        ),
        Misconception(
            "fed by node",
            _wrongly(leaf=lambda node, feed: feed.get(node, node.value)),
            "Nothing of what is in feed has reached a leaf. Its keys are names.",
            "under which key does `feed` hold the value for the leaf n?",
        ),
        Misconception(
            "kept by name",
            _wrongly(key=lambda node: node.name),
            "You stored results under the names of nodes, and most nodes have none, so they overwrote each other.",
            "what, other than its name, tells one node from another?",
        ),
        Misconception(
            "back to front",
            lambda node, feed: _evaluate_along(reversed(graph_order(node)), node, feed),
            "You began with the output: its arguments had no values yet. Values travel from the leaves to it.",
            "which nodes come first in the list that `graph_order` returns?",
        ),
        Misconception(
            "None for what is not fed",
            _wrongly(leaf=lambda node, feed: feed.get(node.name)),
            "A leaf that is not in feed lost its value: `get` gave None for it. It keeps the value it has.",
            "what does `feed.get(name, other)` do?",
        ),
        Misconception(
            "0 for what is not fed",
            _wrongly(leaf=lambda node, feed: feed.get(node.name, 0.0)),
            "A leaf that is not in feed became 0. It keeps the value it has.",
            "what should `feed.get(name, other)` give in place of 0?",
        ),
        Misconception(
            "the first node's value",
            lambda node, feed: _evaluate_along(graph_order(node)[:1], graph_order(node)[0], feed),
            "What came back is the value of the first node in the order. The exercise asks for that of the node you were given.",
            "is the `return` inside the loop?",
        ),
        Misconception(
            "the first operation's value",
            _until_the_first_operation,
            "What came back is the value of the first operation in the order. The exercise asks for that of the node you were given.",
            "is the `return` inside the loop?",
        ),
        Misconception(
            "arguments reversed",
            _arguments_reversed,
            "Each operation got its arguments in the opposite order. A sum and a product do not mind; "
            "x - y does.",
            "in which order does `node.args` hold them?",
        ),
        Misconception(
            "the node itself",
            lambda node, feed: evaluate(node, feed) is None or node,
            "You returned the node. The exercise asks for its value.",
        ),
        Misconception(
            "values beside the graph",
            _wrongly(),
            "The value is right, but you kept what you computed in a table of your own, which is gone when your "
            "function returns. The backward pass will look for it in `node.value`.",
            "where does the text ask for the values to be left?",
        ),
        Misconception(
            "forward on the nodes",
            _forward_on_nodes,
            "You gave `forward` the nodes. It computes with their values.",
            "what does `[arg.value for arg in n.args]` make?",
        ),
        Misconception(
            "arguments as a list",
            _arguments_as_a_list,
            "You gave `forward` one list. It takes the values as arguments of their own.",
            "a star hands a list on as single arguments: `f(*values)`.",
        ),
        Misconception(
            "only where nothing is",
            _only_where_nothing_is,
            "You computed a node only if it had no value yet. Fed again, the graph gives the old result: in each call, everything is computed anew.",
            "whose value may stay, and whose must be computed anew in each call?",
        ),
    ],
)
