"""topological_order: children before what is made of them."""

from collections.abc import Iterator
from typing import Any

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch02_scalar_autodiff.common import a_thing
from revgraph.checks.chapters.ch02_scalar_autodiff.graphs import (
    DEEP,
    MIRRORED,
    SHARED,
    UNEQUAL,
    Node,
    build,
    parsed,
    random_graph,
)
from revgraph.checks.chapters.common import Rng
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def topological_order(root: Any) -> list[Any]:
    order: list[Any] = []
    seen: set[Any] = set()
    stack = [(root, False)]
    while stack:
        node, children_done = stack.pop()
        if children_done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((child, False) for child in node._children)
    return order


def order_found(candidate: Any, graph: str) -> Any:
    """The nodes in the candidate's order, each as it is defined."""
    root = list(build(graph).values())[-1]
    order = candidate(root)
    if order is None:
        return None
    if not isinstance(order, list):
        return a_thing(order)
    return [node.definition if isinstance(node, Node) else a_thing(node) for node in order]


def facts_of_order(order: Any) -> Any:
    """What makes an order right, since many orders are: read from the definitions alone."""
    if isinstance(order, str):
        return {"the result": order, "all nodes": None, "children first": None, "last": None}
    if not isinstance(order, list):
        return order
    made_of = dict(map(parsed, order))
    place = {name: i for i, name in enumerate(made_of)}
    late = sorted(
        f"no: {child} comes after {name}, which is made of it"
        for name, terms in made_of.items()
        for _, child in terms
        if place.get(child, -1) > place[name]
    )
    return {
        "the result": "a list",
        "all nodes": sorted(order),
        "children first": late[0] if late else "yes",
        "last": order[-1] if order else "nothing",
    }


def order_cases(rng: Rng) -> Iterator[Case]:
    yield case("y = 3x")
    yield case("f = x + y")
    yield case("f = x + x")
    yield case(UNEQUAL)
    yield case(MIRRORED)
    yield case(SHARED)
    yield case("a = 2x, b = 3a, c = 5b, f = x + c + a")
    yield case("x")
    yield case(random_graph(rng))
    yield case(DEEP)


def breadth_first(root: Any, turn: int = 1) -> list[Any]:
    order, seen = [root], {root}
    for node in order:
        for child in node._children[::turn]:
            if child not in seen:
                seen.add(child)
                order.append(child)
    return order[::-1]


def _at_first_sight(root: Any) -> list[Any]:
    """Depth first, but a node is noted when it is met, not when its children are done."""
    order, stack, seen = [], [root], set()
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            order.append(node)
            stack.extend(node._children)
    return order[::-1]


def recursive(root: Any, once: bool = True, before: bool = False) -> list[Any]:
    order: list[Any] = []
    seen: set[Any] = set()

    def visit(node: Any) -> None:
        if once and node in seen:
            return
        seen.add(node)
        if before:
            order.append(node)
        for child in node._children:
            visit(child)
        if not before:
            order.append(node)

    visit(root)
    return order


def _searching_a_list(root: Any) -> list[Any]:
    order: list[Any] = []
    stack = [root]
    while stack:
        node = stack[-1]
        waiting = [child for child in node._children if child not in order]
        if waiting:
            stack.extend(waiting)
        elif stack.pop() not in order:
            order.append(node)
    return order


TOPOLOGICAL_ORDER = Exercise(
    name="topological_order",
    points=20,
    reference=topological_order,
    probe=order_found,
    canonical=facts_of_order,
    cases=order_cases,
    recorded=[Recorded(case("y = 3x, f = x + y"), ["x", "y = 3x", "f = x + y"], "by hand")],
    next="a node may enter the list only when all its children are in it. How can you tell?",
    misconceptions=[
        Misconception(
            "breadth first",
            breadth_first,
            "You went level by level (breadth first). A node that is one step from the root by one path and two "
            "steps by another then ends up behind a node that is made of it.",
            "when are you sure that all the children of a node are in the list?",
        ),
        Misconception(
            "breadth first, from the right",
            lambda root: breadth_first(root, turn=-1),
            "You went level by level (breadth first), from the right. A node that is one step from the root by one "
            "path and two steps by another then ends up behind a node that is made of it.",
            "when are you sure that all the children of a node are in the list?",
        ),
        Misconception(
            "noted at first sight",
            _at_first_sight,
            "You noted each node when you first met it, and turned the list around at the end. A node met early may "
            "still be needed by one met later.",
            "put a node back on the stack below its children, and note it when you meet it the second time.",
        ),
        Misconception(
            "parents first",
            lambda root: topological_order(root)[::-1],
            "It is the right order, backward: the root comes first. Children belong before their parents.",
        ),
        Misconception(
            "parents first, by recursion",
            lambda root: recursive(root, before=True),
            "You noted a node before its children. A child must be in the list before anything that is made of it.",
            "in which line do you append, and where are the children then?",
        ),
        Misconception(
            "duplicates",
            lambda root: recursive(root, once=False),
            "A node that is used twice is listed twice. Its gradient would be sent back twice.",
            "where do you remember which nodes you have met?",
        ),
        Misconception(
            "without the root",
            lambda root: topological_order(root)[:-1],
            "Everything is in order, but the root is missing. It comes last.",
            "which node do you never append?",
        ),
        Misconception(
            "without the leaves",
            lambda root: [node for node in topological_order(root) if node._children],
            "The nodes without children are missing. They belong to the graph, too.",
            "when do you append a node that has no children?",
        ),
        Misconception(
            "recursion",
            recursive,
            "The order is right, but your function calls itself, and Python allows that only about a thousand "
            "times in a row. A chain of 2,000 Values is nothing special.",
            "keep a list of what is still to do (a stack), and loop while there is something in it.",
        ),
        Misconception(
            "searches a list",
            _searching_a_list,
            "The order is right, but `in` goes through a whole list for each node. The time grows with the square of the number of nodes.",
            "in which kind of collection is `in` fast?",
        ),
    ],
)
