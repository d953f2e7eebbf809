"""graph_order: arguments before the nodes that use them."""

from collections import Counter, deque
from collections.abc import Iterator
from functools import partial
from typing import Any

from revgraph.checks.call import Case, case, edge, part
from revgraph.checks.chapters.ch06_backprop.common import (
    DEEP,
    DEEP_AND_SHORT,
    LADDER,
    SHARED,
    SHORT_PATH_FIRST,
    SHORT_PATH_LAST,
    SQUARE_FIRST,
    SQUARE_LAST,
    SQUARES,
    TANGLED_FIRST,
    TANGLED_LAST,
    random_graph,
)
from revgraph.checks.chapters.ch06_backprop.graph import Node, build, label, reached
from revgraph.checks.chapters.common import Function, Rng, once_more, ways
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def graph_order(node: Node) -> list[Node]:
    users: Counter[Node] = Counter()  # of each node, how many have not been listed yet
    found = [node]
    for n in found:  # grows on the way
        for arg in n.args:
            users[arg] += 1
            if users[arg] == 1:
                found.append(arg)
    order, due = [], [node]
    while due:
        order.append(due.pop())
        for arg in order[-1].args:
            users[arg] -= 1
            if users[arg] == 0:
                due.append(arg)
    return order[::-1]


SMALL, LARGE = "small graphs", "graphs of any depth"


def graph_order_cases(rng: Rng) -> Iterator[Case]:
    small = [
        "z = x * y",
        "z = x * x",
        SHARED,
        SHORT_PATH_FIRST,
        SHORT_PATH_LAST,
        SQUARE_FIRST,
        SQUARE_LAST,
        SQUARES,
        TANGLED_FIRST,
        TANGLED_LAST,
        LADDER,
    ]
    for graph in [*small, *(random_graph(rng) for _ in range(3))]:
        yield part(SMALL, case(graph))
    for graph in [DEEP, DEEP_AND_SHORT, f"z = repeat(neg, x, {rng.integers(1200, 1600)})"]:
        yield part(LARGE, case(graph))
    yield edge("a leaf alone", "z = x")


def graph_order_probe(candidate: Function, graph: str) -> Any:
    """The graph, its nodes numbered, and the numbers in the candidate's order."""
    built = build(graph, {})
    order, again = candidate(built.output), once_more(candidate, built.output)
    if order is None:
        return None
    if not isinstance(order, list | tuple):
        return f"{type(order).__name__}, not a list of nodes"
    if not all(isinstance(node, Node) for node in order):
        return "a list that holds what is no node"
    if not isinstance(again, list | tuple) or Counter(order) != Counter(again):
        of = f"one of {len(again)}" if isinstance(again, list | tuple) else f"a {type(again).__name__}"
        return f"a list of {len(order)}, and when called again {of}"
    number = {node: i for i, node in enumerate(reached(built.output))}
    nodes = [(label(node), [number[arg] for arg in node.args]) for node in number]
    return {"nodes": nodes, "order": [number.get(node, -1) for node in order]}


RIGHT = "every node once, arguments first"


def facts_of_order(found: Any) -> Any:
    """What makes an order right, since many orders are."""
    if found is None:
        return None
    if not isinstance(found, dict):
        return {"the order": found, "the graph": None}
    return {"the order": next(_faults(**found), RIGHT), "the graph": str(found["nodes"])}  # quick to compare


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


def breadth_first(node: Node) -> list[Node]:
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


def _marked_when_pushed(node: Node) -> list[Node]:
    order, seen, stack = [], {node}, [(node, False)]
    while stack:
        current, has_waited = stack.pop()
        if has_waited:
            order.append(current)
            continue
        stack.append((current, True))
        for arg in current.args:
            if arg not in seen:
                seen.add(arg)
                stack.append((arg, False))
    return order


def _pushed_twice(node: Node) -> list[Node]:
    order, stack, seen = [], [node], {node}
    while stack:
        todo = [arg for arg in stack[-1].args if arg not in seen]
        if not todo:
            order.append(stack.pop())
        seen.update(todo)
        stack += todo
    return order


def _by_distance(node: Node) -> list[Node]:
    distance, queue = {node: 0}, deque([node])
    while queue:
        current = queue.popleft()
        for arg in current.args:
            if arg not in distance:
                distance[arg] = distance[current] + 1
                queue.append(arg)
    return sorted(distance, key=lambda n: -distance[n])


def recursive_order(node: Node) -> list[Node]:
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


def _leaves_marks(node: Any) -> list[Node]:
    order, stack = [], [(node, False)]
    while stack:
        current, has_waited = stack.pop()
        if has_waited:
            order.append(current)
        elif not hasattr(current, "met"):
            current.met = True
            stack += [(current, True), *((arg, False) for arg in current.args)]
    return order


def _counts(node: Node) -> Counter[Node]:
    return Counter(arg for n in graph_order(node) for arg in n.args)


def _by_counting(
    node: Node, users: Counter[Node], uses: Function = lambda n: n.args, done: Function = lambda n: n == 0
) -> list[Node]:
    """By counting users, as right as these counts are."""
    order, due = [], [node]
    while due:
        order.append(due.pop())
        for arg in uses(order[-1]):
            users[arg] -= 1
            if done(users[arg]):
                due.append(arg)
    return order[::-1]


def _counted_along_every_path(node: Node) -> list[Node]:
    users: Counter[Node] = Counter()
    coming = [node]
    while coming:
        args = coming.pop().args
        users.update(args)
        coming += args
    return _by_counting(node, users)


def _taken_off_once(node: Node) -> list[Node]:
    return _by_counting(node, _counts(node), lambda n: dict.fromkeys(n.args))


def _counted_once_a_user(node: Node, done: Function) -> list[Node]:
    users = Counter(arg for n in graph_order(node) for arg in set(n.args))
    return _by_counting(node, users, done=done)


GRAPH_ORDER = Exercise(
    name="graph_order",
    points=20,
    reference=graph_order,
    cases=graph_order_cases,
    probe=graph_order_probe,
    canonical=facts_of_order,
    recorded=[
        Recorded(
            part(SMALL, case("h = x * y; z = h + x")),
            {"nodes": [("z", [1, 2]), ("h", [2, 3]), ("x", []), ("y", [])], "order": [2, 3, 1, 0]},
            "by hand",
        )
    ],
    parts={SMALL: 14, LARGE: 6},
    next="going from the output, when may a node be added to the list? And when is the last of its users listed?",
    why="Once the users are counted, no node is met twice: when the last of them is listed, its turn has come.",
    misconceptions=[
        Misconception(
            "parents first",
            lambda node: graph_order(node)[::-1],
            "Your order is right, back to front: it begins with the output. Here the leaves come first.",
        ),
        Misconception(
            "breadth first",
            breadth_first,
            "You went breadth first, level by level. Where a short and a long path lead to the same node, "
            "it is reached by the short one, too early.",
            "draw z = y + 2·y. On which level does y stand?",
        ),
        Misconception(
            "breadth first",
            _by_distance,
            "You sorted nodes by their shortest way to the output. Where a short and a long path lead to the same "
            "node, the long one counts: all its users come after it.",
            "draw z = y + 2·y. How far is y from z, by each of the two paths?",
        ),
        Misconception(
            "a set",
            lambda node: set(graph_order(node)),
            "You returned a set, and a set knows no order. The order is what is asked for.",
            "a set may help you to remember where you have been, beside a list that you return.",
        ),
        Misconception(
            "seen when found",
            _seen_when_found,
            "A node went into your list with the first of its users, and then the list was turned around. It must wait "
            "for the last of its users: where two paths to a node differ in length, it comes too late for one of them.",
            "which number says how many users are still to come, and when is it 0?",
        ),
        Misconception(
            "marked when pushed",
            _marked_when_pushed,
            "You marked a node when you put it on the stack. Where a short and a long path lead to it, it keeps its place "
            "by the short one, and what comes by the long one finds it marked, but not listed yet.",
            "z = y + 2·y: which node is marked when 2·y looks at it, and is it in the list?",
        ),
        Misconception(
            "marked when pushed",
            _pushed_twice,
            "You marked nodes after you had put all arguments of one on the stack: x * x puts x there twice. And where a "
            "short and a long path lead to a node, what comes by the long one finds it marked, but not listed yet.",
            "may a node be on the stack twice? What would you do when it comes up again?",
        ),
        Misconception(
            "once a path",
            _once_a_path,
            "A node that is used twice is in your list twice. Each node belongs there once.",
            "how can you remember which nodes you have been to?",
        ),
        Misconception(
            "recursive",
            recursive_order,
            "The order is right, but you call a function within itself once a level, and Python stops that "
            "at about 1000 levels.",
            "keep a list of your own with the nodes still to do, and take the last one in a while loop.",
        ),
        Misconception(
            "leaves marks on the nodes",
            _leaves_marks,
            "Called again for the same graph, your function returns another list. Something is left from the first call: a mark on the nodes, or a list or set that lives on.",
            "where do you note which nodes you have been to, and is it empty when the next call begins?",
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
        Misconception(
            "counted along every path",
            _counted_along_every_path,
            "A node is missing that is used by a node which is used twice. You counted its users once for each "
            "path, and took off one for each user, so its count never came down to 0.",
            "through how many nodes do you walk when you count? Each must be met once.",
        ),
        *ways(
            "counted once a user",
            "In x * x, the node x is used twice by one node. You counted 1 and took off 2, so x came up too early.",
            "how many uses of x does x * x add to the count, and how many does it take off?",
            partial(_counted_once_a_user, done=lambda n: n <= 0),
            partial(_counted_once_a_user, done=lambda n: n == 0),
        ),
        Misconception(
            "taken off once a user",
            _taken_off_once,
            "In x * x, the node x is used twice by one node. You counted 2 and took off 1, so x never came up.",
            "how many uses of x does x * x add to the count, and how many does it take off?",
        ),
    ],
)
