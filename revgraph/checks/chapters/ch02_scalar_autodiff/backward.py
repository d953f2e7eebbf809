"""backward: everybody sends once, when all has arrived."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch02_scalar_autodiff.common import TORCH, plain
from revgraph.checks.chapters.ch02_scalar_autodiff.graphs import (
    DEEP,
    MIRRORED,
    SHARED,
    UNEQUAL,
    build,
    random_graph,
)
from revgraph.checks.chapters.ch02_scalar_autodiff.topological_order import (
    breadth_first,
    recursive,
    topological_order,
)
from revgraph.checks.chapters.common import Rng
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def backward(root: Any) -> None:
    root.grad = 1.0
    for node in reversed(topological_order(root)):
        node._backward()


def gradients_sent(candidate: Any, graph: str, root_grad: float = 0.0) -> dict[str, float]:
    """Every grad after the candidate's backward; ``root_grad`` is what the root's was before."""
    nodes = build(graph)
    root = list(nodes.values())[-1]
    root.grad = root_grad
    candidate(root)
    named = re.findall(r"[a-z]\w*", graph)
    return {f"{name}.grad": plain(f"{name}.grad", nodes[name].grad) for name in dict.fromkeys(named)}  # type: ignore[misc]


def backward_cases(rng: Rng) -> Iterator[Case]:
    c = rng.integers(2, 9, size=4)
    yield case("y = 3x")
    yield case("f = 2x + 5y")
    yield case("y = 3x, z = 5y")
    yield case("f = x + x")
    yield case(SHARED)
    yield case(UNEQUAL)
    yield case(MIRRORED)
    yield case("y = 3x, f = 2y - 5y")
    yield case(f"a = {c[0]}x, b = {c[1]}a, c = {c[2]}b, f = x + c - {c[3]}a")
    yield case("y = 3x", root_grad=5.0)
    yield case(random_graph(rng))
    yield case(DEEP)


def _backward_in(order_of: Callable[[Any], list[Any]]) -> Callable[[Any], None]:
    def backward(root: Any) -> None:
        root.grad = 1.0
        for node in order_of(root):
            node._backward()

    return backward


def _sends_again(root: Any) -> None:
    def send(node: Any) -> None:
        node._backward()
        for child in node._children:
            send(child)

    root.grad = 1.0
    send(root)


def _never_starts(root: Any) -> None:
    for node in reversed(topological_order(root)):
        node._backward()


def _adds_one(root: Any) -> None:
    root.grad += 1.0
    for node in reversed(topological_order(root)):
        node._backward()


def _starts_everywhere(root: Any) -> None:
    for node in reversed(topological_order(root)):
        node.grad += 1.0
        node._backward()


def _recursive_backward(root: Any) -> None:
    root.grad = 1.0
    for node in reversed(recursive(root)):
        node._backward()


BACKWARD = Exercise(
    name="backward",
    points=15,
    reference=backward,
    probe=gradients_sent,
    cases=backward_cases,
    recorded=[
        Recorded(
            case("y = 3x, u = 2y, v = 5y, f = u + v"),
            {"y.grad": 7.0, "x.grad": 21.0, "u.grad": 1.0, "v.grad": 1.0, "f.grad": 1.0},
            TORCH,
        )
    ],
    next="does `topological_order` pass its check? If so: who may send first, and when is a node's `grad` complete?",
    misconceptions=[
        Misconception(
            "children first",
            _backward_in(topological_order),
            "You went from the leaves to the root. On the way back the root begins, and each node waits for all that is made of it.",
            "`topological_order` puts children first. How do you walk a list from its end?",
        ),
        Misconception(
            "sends again",
            _sends_again,
            "A node with two parents sent its gradient twice, and the second time everything, including what it had already sent.",
            "collect first: a node sends once, when all its parents have sent.",
        ),
        Misconception(
            "breadth first",
            _backward_in(lambda root: breadth_first(root)[::-1]),
            "A node sent its gradient before all of it had arrived: this is breadth-first order.",
            "which function gives you the order you need?",
        ),
        Misconception(
            "breadth first, from the right",
            _backward_in(lambda root: breadth_first(root, turn=-1)[::-1]),
            "A node sent its gradient before all of it had arrived: this is breadth-first order, from the right.",
            "which function gives you the order you need?",
        ),
        Misconception(
            "never starts",
            _never_starts,
            "Everybody passes on what arrives, but nothing ever arrives: all the gradients stay 0.",
            "if the root moves by h, by how much does the root move?",
        ),
        Misconception(
            "adds to the root",
            _adds_one,
            "You added 1 to `root.grad`. It may hold something from before; here it is 1, whatever it was.",
            "which of `=` and `+=` forgets what was there before?",
        ),
        Misconception(
            "starts everywhere",
            _starts_everywhere,
            "Every node started with a gradient of 1. Only the root does; the others receive theirs.",
            "whose gradient do we know before anything has been sent?",
        ),
        Misconception(
            "recursion",
            _recursive_backward,
            "The gradients are right, but a chain of 2,000 Values is too deep for a function that calls itself.",
            "write `topological_order` as a loop, and use it here.",
        ),
    ],
)
