"""topological_order: children before what is made of them."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from revgraph.checks.call import Case, case, part
from revgraph.checks.chapters.ch02_scalar_autodiff.common import a_thing
from revgraph.checks.chapters.ch02_scalar_autodiff.graphs import (
    BACKWARD_LONGER,
    DEEP,
    DEEP_AND_SHORT,
    LONGER,
    MIRRORED,
    SHARED,
    UNEQUAL,
    Node,
    build,
    parsed,
    quietly,
    random_graph,
)
from revgraph.checks.chapters.common import Function, Rng, once_more, ways
from revgraph.checks.exercise import Exercise, Misconception, Recorded

ORDER, DEPTH = "the order", "long chains"


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
            stack += [(child, False) for child in node._children]
    return order


def order_found(candidate: Any, graph: str) -> Any:
    """The nodes in the candidate's order, each as it is defined."""
    root = list(build(graph).values())[-1]
    with quietly(graph):
        order, again = candidate(root), once_more(candidate, root)
    if order is None:
        return None
    if not isinstance(order, list | tuple):
        return a_thing(order)
    if not isinstance(again, list | tuple) or Counter(map(id, order)) != Counter(map(id, again)):
        return f"{told(order)}, and when called again {told(again)}"
    return [node.definition if isinstance(node, Node) else a_thing(node) for node in order]


def told(order: Any) -> str:
    return f"a list of {len(order)}" if isinstance(order, list) else a_thing(order)


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
    graphs = ["y = 3x", "f = x + y", "f = x + x", UNEQUAL, MIRRORED, SHARED, LONGER, BACKWARD_LONGER, "x"]
    for graph in (*graphs, random_graph(rng), random_graph(rng)):
        yield part(ORDER, case(graph))
    for graph in (DEEP, DEEP_AND_SHORT):
        yield part(DEPTH, case(graph))


# Orders that go wrong; ``turn`` is -1 for a learner who meets the children from the right


def breadth_first(root: Any, turn: int = 1) -> list[Any]:
    order, seen = [root], {root}
    for node in order:
        for child in node._children[::turn]:
            if child not in seen:
                seen.add(child)
                order.append(child)
    return order[::-1]


def at_first_sight(root: Any, turn: int = 1) -> list[Any]:
    """Depth first, but a node is noted when it is met, not when its children are done."""
    order, stack, seen = [], [root], set()
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            order.append(node)
            stack.extend(node._children[::turn])
    return order[::-1]


def met_when_pushed(root: Any, turn: int = 1) -> list[Any]:
    """Two states on the stack, as it should be; but a node counts as met when it is put there."""
    order, stack, seen = [], [(root, False)], {root}
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
            continue
        stack.append((node, True))
        for child in node._children[::turn]:
            if child not in seen:
                seen.add(child)
                stack.append((child, False))
    return order


TOO_EARLY = [
    lambda root, order=order, turn=turn: order(root, turn)
    for order in (breadth_first, at_first_sight, met_when_pushed)
    for turn in (1, -1)
]


def recursive(root: Any, guard: str = "all", note: str = "after") -> list[Any]:
    """A function that calls itself.

    guard   what stands under `if node not in seen`: "all", "visit" (only the visits), or "nothing"
    note    "after" the children, as it should be, "before" them, or "inside" the loop over them
    """
    order: list[Any] = []
    seen: set[Any] = set()

    def visit(node: Any) -> None:
        new = node not in seen
        seen.add(node)
        notes, visits = new or guard != "all", new or guard == "nothing"
        if note == "before" and notes:
            order.append(node)
        for child in node._children if visits else ():
            visit(child)
            if note == "inside" and notes:
                order.append(node)
        if note == "after" and notes:
            order.append(node)

    visit(root)
    return order


def _listed_again(root: Any) -> list[Any]:
    """A stack without any note of what was met."""
    order, stack = [], [root]
    while stack:
        order.append(stack.pop())
        stack.extend(order[-1]._children)
    return order[::-1]


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


def _moved_further_back(root: Any) -> list[Any]:
    """Breadth first, but a node that is met again takes its place anew."""
    order: list[Any] = []
    queue = [root]
    while queue:
        node = queue.pop(0)
        if node in order:
            order.remove(node)
        order.append(node)
        queue.extend(node._children)
    return order[::-1]


def _leaves_marks(root: Any) -> list[Any]:
    order: list[Any] = []
    stack = [(root, False)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif not hasattr(node, "met"):
            node.met = True
            stack.append((node, True))
            stack += [(child, False) for child in node._children]
    return order


def _changed(change: Function) -> list[Function]:
    """The same change to an order found by a loop, and to one found by recursion."""
    return [lambda root, order=order: change(order(root)) for order in (topological_order, recursive)]


TOPOLOGICAL_ORDER = Exercise(
    name="topological_order",
    points=20,
    parts={ORDER: 12, DEPTH: 8},
    reference=topological_order,
    probe=order_found,
    canonical=facts_of_order,
    cases=order_cases,
    recorded=[Recorded(part(ORDER, case("y = 3x, f = x + y")), ["x", "y = 3x", "f = x + y"], "by hand")],
    why="The pair (node, True) lies on the stack under the node's children, so it comes up when they are done.",
    next="a node may enter the list only when all its children are in it. How can you tell?",
    misconceptions=[
        Misconception(
            "recursion",
            recursive,
            "The order is right, but your function calls itself, and Python allows that only about a thousand "
            "times in a row. A chain of 2,000 Values is nothing special.",
            "keep a list of what is still to do (a stack), and loop while there is something in it.",
        ),
        *ways(
            "placed by the shorter path",
            "A node that is reached by a short path and by a long one got its place by the short one. It then stands "
            "behind a node that is made of it.",
            "when are you sure that all the children of a node are in the list?",
            *TOO_EARLY,
        ),
        Misconception(
            "placed by the first path",
            lambda root: recursive(root, note="before")[::-1],
            "You noted each node when you first met it, before what it is made of, and turned the list around. A node "
            "met early may still be needed by one met later.",
            "what changes when a node is noted after its children?",
        ),
        *ways(
            "parents first",
            "The root comes first. Children belong before what is made of them.",
            "in which line do you append a node, and where are its children then?",
            lambda root: topological_order(root)[::-1],
            lambda root: recursive(root)[::-1],
            lambda root: recursive(root, note="before"),
            lambda root: breadth_first(root)[::-1],
            lambda root: at_first_sight(root)[::-1],
            lambda root: at_first_sight(root, turn=-1)[::-1],
        ),
        *ways(
            "duplicates",
            "A node that is used twice is listed twice. Its gradient would be sent back twice.",
            "where do you ask whether a node was met before, and which lines stand under that `if`?",
            lambda root: recursive(root, guard="nothing"),
            lambda root: recursive(root, guard="visit"),
            lambda root: recursive(root, guard="nothing", note="before")[::-1],
            lambda root: recursive(root, guard="visit", note="before")[::-1],
            _listed_again,
        ),
        Misconception(
            "noted inside the loop",
            lambda root: recursive(root, note="inside"),
            "A node is noted once for each of its children: a leaf never, and a node with two children twice.",
            "is `append` inside the loop over the children, or after it?",
        ),
        *ways(
            "without the root",
            "Everything is in order, but the root is missing. It comes last.",
            "which node do you never append?",
            *_changed(lambda order: order[:-1]),
        ),
        *ways(
            "without the leaves",
            "The nodes without children are missing. They belong to the graph, too.",
            "when do you append a node that has no children?",
            *_changed(lambda order: [node for node in order if node._children]),
        ),
        Misconception(
            "leaves marks on the nodes",
            _leaves_marks,
            "Called again for the same root, your function returns another list. Something is left from the first call: a mark on the nodes, or a list or set that lives on.",
            "where do you note which nodes were met, and is it empty when the next call begins?",
        ),
        Misconception(
            "nothing",
            lambda root: [],
            "Your list is empty.",
            "which line appends a node, and does a `return` inside the loop end it before?",
        ),
        Misconception(
            "only one",
            lambda root: [root],
            "Your list holds the root and nothing else.",
            "how do its children get into the list?",
        ),
        *ways(
            "the root and its children",
            "Your list holds the root and its children, and goes no further. They have children, too.",
            "how do the children of a child get into the list?",
            lambda root: [*root._children, root],
            lambda root: [root, *root._children][::-1],
        ),
        *ways(
            "a set",
            "You returned a set. A set has no order.",
            "what keeps its entries in the order in which they came?",
            *_changed(set),
        ),
        *ways(
            "numbers",
            "Your list holds numbers. It is to hold the Values themselves, which have a `grad` and can send it.",
            "what do you append: the node, or something of it?",
            *_changed(lambda order: [node.data for node in order]),
        ),
        *ways(
            "searches a list",
            "The order is right, but `in` goes through a whole list for each node. The time grows with the square of the number of nodes.",
            "in which kind of collection is `in` fast?",
            _searching_a_list,
            _moved_further_back,
        ),
    ],
)
