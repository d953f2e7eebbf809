"""backward: everybody sends once, when all has arrived."""

import re
from collections.abc import Iterator
from typing import Any

from revgraph.checks.call import Case, case, edge
from revgraph.checks.chapters.ch02_scalar_autodiff.common import TORCH, plain
from revgraph.checks.chapters.ch02_scalar_autodiff.graphs import (
    BACKWARD_LONGER,
    DEEP,
    LONGER,
    MIRRORED,
    SHARED,
    UNEQUAL,
    build,
    quietly,
    random_graph,
)
from revgraph.checks.chapters.ch02_scalar_autodiff.topological_order import (
    TOO_EARLY,
    recursive,
    topological_order,
)
from revgraph.checks.chapters.common import Function, Rng, ways
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def backward(root: Any) -> None:
    root.grad = 1.0
    for node in reversed(topological_order(root)):
        node._backward()


def gradients_sent(candidate: Any, graph: str, root_grad: float = 0.0) -> dict[str, float | str]:
    """Every grad after the candidate's backward; ``root_grad`` is what the root's was before."""
    nodes = build(graph)
    root = list(nodes.values())[-1]
    root.grad = root_grad
    with quietly(graph):
        candidate(root)
    named = re.findall(r"[a-z]\w*", graph)
    return {f"{name}.grad": plain(f"{name}.grad", nodes[name].grad) for name in dict.fromkeys(named)}


def backward_cases(rng: Rng) -> Iterator[Case]:
    c = rng.integers(2, 9, size=4)
    yield case("y = 3x")
    yield case("f = 2x + 5y")
    yield case("y = 3x, z = 5y")
    yield case("f = x + x")
    yield case(SHARED)
    yield case(UNEQUAL)
    yield case(MIRRORED)
    yield case(LONGER)
    yield case(BACKWARD_LONGER)
    yield case("y = 3x, f = 2y - 5y")
    yield case(f"a = {c[0]}x, b = {c[1]}a, c = {c[2]}b, f = x + c - {c[3]}a")
    yield case("y = 3x", root_grad=5.0)
    yield case(SHARED, root_grad=-2.0)
    yield case(UNEQUAL, root_grad=1.5)
    yield case(random_graph(rng))
    yield edge("a chain of 2,000 Values", DEEP)


def _in_this_order(order_of: Function) -> Function:
    def backward(root: Any) -> None:
        root.grad = 1.0
        for node in order_of(root):
            node._backward()

    return backward


def _sends_and_follows(root: Any, turn: int = 1) -> None:
    def send(node: Any) -> None:
        node._backward()
        for child in node._children[::turn]:
            send(child)

    root.grad = 1.0
    send(root)


def _sends_on_arrival(root: Any, turn: int = 1, where: int = 0) -> None:
    root.grad, coming = 1.0, [root]
    while coming:
        node = coming.pop(where)
        node._backward()
        coming += node._children[::turn]


def _never_starts(root: Any) -> None:
    for node in reversed(topological_order(root)):
        node._backward()


def _starts_only_from_0(root: Any) -> None:
    root.grad = root.grad or 1.0
    _never_starts(root)


def _starts_too_late(root: Any) -> None:
    _never_starts(root)
    root.grad = 1.0


def _adds_one(root: Any) -> None:
    root.grad += 1.0
    _never_starts(root)


def _starts_everywhere(root: Any, add: bool = True, order: Function = topological_order) -> None:
    for node in reversed(order(root)):
        node.grad = node.grad + 1.0 if add else 1.0
        node._backward()


def _ones_first(root: Any) -> None:
    for node in topological_order(root):
        node.grad = 1.0
    _never_starts(root)


def _nobody_sends(root: Any) -> None:
    root.grad = 1.0


def _the_root_and_its_children_send(root: Any, turn: int = 1) -> None:
    _only_the_root_sends(root)
    for child in root._children[::turn]:
        child._backward()


def _only_the_root_sends(root: Any) -> None:
    root.grad = 1.0
    root._backward()


# What sets gradients to 0 when some have arrived


def _clears_itself_first(root: Any) -> None:
    root.grad = 1.0
    for node in reversed(topological_order(root)):
        node.grad = 0.0
        node._backward()


def _clears_all_but_the_root(root: Any) -> None:
    root.grad = 1.0
    for node in reversed(topological_order(root)):
        if node is not root:
            node.grad = 0.0
        node._backward()


def _clears_inner_nodes(root: Any) -> None:
    root.grad = 1.0
    for node in reversed(topological_order(root)):
        node._backward()
        if node._children:
            node.grad = 0.0


def _clears_children_first(root: Any, turn: int = 1) -> None:
    root.grad = 1.0
    for node in reversed(topological_order(root)):
        for child in node._children[::turn]:
            child.grad = 0.0
        node._backward()


def _clears_and_sends(source: str) -> bool:
    return all(re.search(part, source) for part in (r"grad = 0", r"grad = 1", r"_backward\(\)"))


BACKWARD = Exercise(
    name="backward",
    points=15,
    reference=backward,
    probe=gradients_sent,
    cases=backward_cases,
    uses=("topological_order",),
    recorded=[
        Recorded(
            case("y = 3x, u = 2y, v = 5y, f = u + v"),
            {"y.grad": 7.0, "x.grad": 21.0, "u.grad": 1.0, "v.grad": 1.0, "f.grad": 1.0},
            TORCH,
        )
    ],
    why="It knows nothing of sums and products: what an operation is, is said where the operation is; the order is said here.",
    next="does `topological_order` pass its check? If so: who may send first, and when is a node's `grad` complete?",
    misconceptions=[
        *(
            Misconception(
                "clears as it walks",
                answer,
                "You set gradients to 0 after something has arrived, and that is lost. If they are to be cleared, then all "
                "of them, before the root gets its 1.",
                "a node may have several parents, and each sends to it. When has the first of them sent?",
                seen=_clears_and_sends,
            )
            for answer in (
                _clears_itself_first,
                _clears_all_but_the_root,
                _clears_inner_nodes,
                _clears_children_first,
            )
        ),
        *ways(
            "goes no further",
            "Only the children of the root received something, and from there it went no further: they sent before the root did, or not at all.",
            "`topological_order` puts children first. From which end do you walk it on the way back?",
            _in_this_order(topological_order),
            _in_this_order(recursive),
            _only_the_root_sends,
        ),
        *ways(
            "sends again",
            "A node with two parents sent its gradient twice, and the second time everything, including what it had already sent.",
            "collect first: a node sends once, when all its parents have sent. Is each node in your list once?",
            _sends_and_follows,
            lambda root: _sends_and_follows(root, turn=-1),
            _sends_on_arrival,
            lambda root: _sends_on_arrival(root, turn=-1),
            lambda root: _sends_on_arrival(root, where=-1),
            _in_this_order(lambda root: recursive(root, guard="nothing")[::-1]),
            _in_this_order(lambda root: recursive(root, guard="visit")[::-1]),
        ),
        *ways(
            "sends too early",
            "A node sent its gradient before all of it had arrived: one of the nodes made of it had not sent yet.",
            "which function gives you the order you need?",
            *[_in_this_order(lambda root, order=order: order(root)[::-1]) for order in TOO_EARLY],
            _in_this_order(lambda root: recursive(root, note="before")),
        ),
        *ways(
            "stops at the children",
            "The root and its children sent, and from there it went no further.",
            "in a graph of a hundred levels, who tells each node that its turn has come?",
            _the_root_and_its_children_send,
            lambda root: _the_root_and_its_children_send(root, turn=-1),
        ),
        Misconception(
            "nobody sends",
            _nobody_sends,
            "The root has its 1, but nothing has left it.",
            "`node._backward` is a function. What calls that of the root?",
        ),
        Misconception(
            "does nothing",
            lambda root: None,
            "Every `grad` is what it was: neither did the root get its 1, nor has any node sent.",
            "what does the root's `grad` have to be, before its `_backward` is called?",
        ),
        Misconception(
            "never starts",
            _never_starts,
            "Everybody passes on what arrives, but nothing ever arrives: the root was not set to 1.",
            "if the root moves by h, by how much does the root move?",
        ),
        Misconception(
            "starts only from 0",
            _starts_only_from_0,
            "You set the root to 1 only where it was 0. It may hold something from before; here it is 1, whatever it was.",
            "what does `root.grad` hold after a first `backward`?",
        ),
        Misconception(
            "starts too late",
            _starts_too_late,
            "The root got its 1 after the others had sent, so there was nothing yet to pass on.",
            "what must be known before the first node sends?",
        ),
        Misconception(
            "adds to the root",
            _adds_one,
            "You added 1 to `root.grad`. It may hold something from before; here it is 1, whatever it was.",
            "which of `=` and `+=` forgets what was there before?",
        ),
        *ways(
            "starts everywhere",
            "Every node started with a gradient of 1. Only the root does; the others receive theirs.",
            "whose gradient do we know before anything has been sent?",
            _starts_everywhere,
            lambda root: _starts_everywhere(root, add=False),
            *[
                lambda root, order=order: _starts_everywhere(root, add=False, order=order)
                for order in TOO_EARLY
            ],
            _ones_first,
        ),
    ],
)
