"""Chapter 02: a number that remembers how it was computed, and the order in which to go back."""

import operator
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.exercise import Exercise, Misconception, Recorded

Rng = np.random.Generator
Gradients = Callable[..., tuple[Any, ...]]
Terms = list[tuple[float, "Node"]]

TORCH = "PyTorch 2.13.0, backward of the same expression"


# The class Value. Its operations come in variants, so that the wrong ones differ from the right in one place


class Skeleton:
    """The part of Value that the notebook gives."""

    def __init__(self, data: float, _children: tuple[Any, ...] = ()):
        self.data = data
        self.grad: Any = 0.0
        self._children = _children
        self._backward: Callable[[], None] | None = lambda: None


def operation(
    forward: Callable[..., float],
    gradients: Gradients,
    *,
    assigned: bool = False,
    childless: bool = False,
    forgotten: bool = False,
    called: bool = False,
) -> Callable[..., Any]:
    """A method of Value: ``gradients(out, *operands)`` says what each operand's grad receives.

    The gradients are assigned instead of added, the children left out, the backward function forgotten, or
    called on the spot instead of kept.
    """

    def method(*operands: Any) -> Any:
        value_class = type(operands[0])
        inputs = tuple(v if isinstance(v, Skeleton) else value_class(v) for v in operands)
        out = value_class(forward(*(v.data for v in inputs)), () if childless else inputs)

        def send_back() -> None:
            for v, gradient in zip(inputs, gradients(out, *inputs), strict=True):
                v.grad = gradient if assigned else v.grad + gradient

        if not forgotten:
            out._backward = send_back() if called else send_back  # type: ignore[func-returns-value]
        return out

    return method


FORWARD: dict[str, Callable[..., float]] = {
    "__add__": operator.add,
    "__mul__": operator.mul,
    "__pow__": operator.pow,
    "relu": lambda a: max(0.0, a),
}
GRADIENTS: dict[str, Gradients] = {
    "__add__": lambda out, a, b: (out.grad, out.grad),
    "__mul__": lambda out, a, b: (b.data * out.grad, a.data * out.grad),
    "__pow__": lambda out, a, n: (n.data * a.data ** (n.data - 1) * out.grad if n.data else 0.0, 0.0),
    "relu": lambda out, a: ((a.data > 0) * out.grad,),
}
RIGHT: dict[str, Callable[..., Any]] = {
    **{name: operation(FORWARD[name], GRADIENTS[name]) for name in FORWARD},
    "__neg__": lambda a: a * -1.0,
    "__sub__": lambda a, b: a + b * -1.0,
    "__truediv__": lambda a, b: a * b**-1.0,
    "__radd__": lambda a, number: a + number,
    "__rmul__": lambda a, number: a * number,
    "__rsub__": lambda a, number: a * -1.0 + number,
    "__rtruediv__": lambda a, number: (a**-1.0) * number,
}


def engine(**methods: Callable[..., Any]) -> type:
    """The class Value with some methods replaced."""
    return type("Value", (Skeleton,), RIGHT | methods)


def _number(operand: Any) -> Any:
    return operand.data if isinstance(operand, Skeleton) else operand


def _negated_in_place(a: Any) -> Any:
    a.data = -a.data
    return a


def wrong_gradients(name: str, gradients: Gradients) -> type:
    return engine(**{name: operation(FORWARD[name], gradients)})


# Judging the class: an expression is evaluated, and every gradient sent back

# what stands in an expression -> the method that Python calls for it
METHODS = {
    " + ": "__add__",
    " * ": "__mul__",
    "**": "__pow__",
    "relu": "relu",
    "-a": "__neg__",
    "a - ": "__sub__",
    "a / ": "__truediv__",
}


def arithmetic(Value: Any, expression: str, out_grad: float = 1.0, **numbers: float) -> Any:
    """Evaluate the expression with Values, send ``out_grad`` back from it, and tell all there is to see.

    Two expressions with a comma between them are two results of the same Values; ``out_grad`` is sent back
    from both. The order in which nodes are visited is ours, so only the operations are judged.
    """
    for sign, method in METHODS.items():
        if sign in expression and not hasattr(Value, method):
            raise NotImplementedError(f"Value has no {method} yet")
    inputs = {name: Value(number) for name, number in numbers.items()}
    result = eval(expression, {"__builtins__": {}}, inputs)
    outs = result if isinstance(result, tuple) else (result,)
    if any(out is None for out in outs):
        return None
    if not all(isinstance(out, Value) for out in outs):
        return {"the result": " and ".join(map(_a, outs)), **dict.fromkeys(_facts(inputs, outs))}
    nodes = _reached(outs)
    kept = all(callable(node._backward) for node in nodes)
    for out in outs:
        out.grad = out_grad
    _send_back(nodes)
    found = [name for name, value in inputs.items() if any(value is node for node in nodes)]
    seen = ("a Value", *(out.data for out in outs), *(v.data for v in inputs.values()))
    told = (*seen, ", ".join(found), "a function" if kept else "None", *(v.grad for v in inputs.values()))
    return {name: _plain(name, fact) for name, fact in zip(_names(inputs, outs), told, strict=True)}


def _names(inputs: dict[str, Any], outs: tuple[Any, ...]) -> list[str]:
    return ["the result", *_facts(inputs, outs)]


def _facts(inputs: dict[str, Any], outs: tuple[Any, ...]) -> list[str]:
    data = ["out.data"] if len(outs) == 1 else ["data of the first", "data of the second"]
    grads = [f"{name}.grad" for name in inputs]
    return [*data, *(f"{name}.data" for name in inputs), "reached through _children", "out._backward", *grads]


def _a(thing: Any) -> str:
    name = type(thing).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _plain(name: str, fact: Any) -> float | str:
    if isinstance(fact, str):
        return fact
    if isinstance(fact, bool) or not isinstance(fact, int | float | np.number):
        raise TypeError(f"{name} is {_a(fact)}, not a number")
    return float(fact)


def _reached(outs: tuple[Any, ...]) -> list[Any]:
    """All nodes that lead to ``outs``. The probe travels to whoever answers, and so puts them in no order."""
    nodes = {id(out): out for out in outs}
    coming = list(nodes.values())
    while coming:
        for child in coming.pop()._children:
            if id(child) not in nodes:
                nodes[id(child)] = child
                coming.append(child)
    return list(nodes.values())


def _send_back(nodes: list[Any]) -> None:
    """Let each node send once all that are made of it have sent."""
    waiting = Counter(id(child) for node in nodes for child in node._children)
    ready = [node for node in nodes if not waiting[id(node)]]
    while ready:
        node = ready.pop()
        if callable(node._backward):
            node._backward()
        waiting.subtract(map(id, node._children))
        ready += [child for child in {id(c): c for c in node._children}.values() if not waiting[id(child)]]


# Cases: the first are the ones whose message is easiest to read


def add_cases(rng: Rng) -> Iterator[Case]:
    a, b, g = rng.normal(size=3)
    yield case("a + b", a=2.0, b=3.0)
    yield case("a + b", a=2.0, b=3.0, out_grad=5.0)
    yield case("a + a", a=2.0)
    yield case("a + 10", a=2.0, out_grad=-3.0)
    yield case("(a + b) + a", a=a, b=b, out_grad=g)


def mul_cases(rng: Rng) -> Iterator[Case]:
    a, b, g = rng.normal(size=3)
    yield case("a * b", a=2.0, b=5.0)
    yield case("a * b", a=2.0, b=5.0, out_grad=3.0)
    yield case("a * a", a=4.0)
    yield case("a * 10", a=2.0, out_grad=-3.0)
    yield case("a * b", a=0.0, b=7.0, out_grad=2.0)
    yield case("(a * b) * a", a=a, b=b, out_grad=g)


def pow_cases(rng: Rng) -> Iterator[Case]:
    a, n, g = rng.uniform(1.5, 3.0), rng.uniform(2.5, 4.0), rng.normal()
    yield case("a ** 3", a=2.0)
    yield case("a ** 3", a=2.0, out_grad=10.0)
    yield case("a ** 2, a ** 3", a=-2.0)
    yield case("a ** -1", a=4.0, out_grad=8.0)
    yield case("a ** 0.5", a=9.0, out_grad=6.0)
    yield case("a ** 2", a=0.0)
    yield case("a ** 1", a=0.0, out_grad=2.0)
    yield case("a ** 0", a=2.0)
    yield case(f"(a ** 2) ** {n:.2f}", a=a, out_grad=g)


def relu_cases(rng: Rng) -> Iterator[Case]:
    a, g = np.abs(rng.normal(size=2))
    yield case("a.relu()", a=3.0)
    yield case("a.relu()", a=-3.0)
    yield case("a.relu()", a=3.0, out_grad=5.0)
    yield case("a.relu(), a.relu()", a=3.0)
    yield case("a.relu()", a=0.0)
    yield case("a.relu()", a=2.0, out_grad=-4.0)
    yield case("a.relu().relu()", a=a, out_grad=g)
    yield case("a.relu()", a=-a, out_grad=g)


def reflected_cases(rng: Rng) -> Iterator[Case]:
    a, b, g = rng.uniform(0.5, 2.0, size=3)
    yield case("-a", a=3.0, out_grad=2.0)
    yield case("a - b", a=5.0, b=3.0, out_grad=2.0)
    yield case("a / b", a=6.0, b=2.0)
    yield case("a - 1", a=5.0)
    yield case("a / 4", a=6.0)
    yield case("10 + a", a=2.0)
    yield case("10 * a", a=2.0)
    yield case("10 - a", a=2.0)
    yield case("10 / a", a=2.0)
    yield case("a - a", a=2.0)
    yield case("(3 - a) / (a - b * 4) - 2 / b", a=a, b=b, out_grad=g)


# Graphs written as text, for the order and the way back


class Node:
    """A Value without data: the sum of its children, each times a factor.

    Comparing nodes is counted: a set finds a node by its hash, a list compares it with one after another.
    """

    def __init__(self, definition: str, terms: Terms, budget: list[int]):
        self.definition = definition
        self.terms = terms
        self.grad = 0.0
        self._children = tuple(child for _, child in terms)
        self._budget = budget

    def _backward(self) -> None:
        for factor, child in self.terms:
            child.grad += factor * self.grad

    def __eq__(self, other: object) -> bool:
        self._budget[0] -= 1
        if self._budget[0] < 0:
            raise SearchesAList("a list was searched for a node, over and over")
        return self is other

    __hash__ = object.__hash__


class SearchesAList(RuntimeError):
    """Raised instead of letting a learner wait for minutes."""


def build(graph: str) -> dict[str, Node]:
    """The nodes of ``"y = 3x, f = 2y - 5x"``, by name; the last is the root.

    An ellipsis stands for a chain: ``"x1 = x0, …, x9 = x8"``.
    """
    definitions = list(_written_out(graph.split(", ")))
    budget = [50 * len(definitions) + 1_000]
    nodes: dict[str, Node] = {}
    for definition in definitions:
        name, formula = _parsed(definition)
        for _, leaf in formula:
            if leaf not in nodes:
                nodes[leaf] = Node(leaf, [], budget)
        nodes[name] = Node(definition, [(factor, nodes[child]) for factor, child in formula], budget)
    return nodes


@cache
def _parsed(definition: str) -> tuple[str, list[tuple[float, str]]]:
    """``"f = 2y - 5x"`` as a name and its terms: factors and names."""
    name, _, formula = definition.partition(" = ")
    terms = re.findall(r"([+-]?) ?([\d.]*)([a-z]\w*)", formula)
    return name, [(float(sign + (factor or "1")), child) for sign, factor, child in terms]


def _written_out(definitions: list[str]) -> Iterator[str]:
    for i, definition in enumerate(definitions):
        if definition != "…":
            yield definition
        else:
            first, last = (int(re.findall(r"\d+", definitions[k])[0]) for k in (i - 1, i + 1))
            yield from (f"x{n} = x{n - 1}" for n in range(first + 1, last))


UNEQUAL = "x = 3w, y = 2x, f = x + y"  # the smallest graph on which breadth-first order goes wrong
MIRRORED = "x = 3w, y = 2x, f = y + x"
SHARED = "y = 3x, u = 2y, v = 5y, f = u + v"
DEEP = "x1 = x0, x2 = x1, …, x2000 = x1999"


def random_graph(rng: Rng, size: int = 12) -> str:
    """Each node uses one to three earlier ones, among them its predecessor, in any order."""
    definitions = []
    for n in range(1, size):
        others = rng.choice(n, size=min(n, int(rng.integers(1, 4))), replace=False)
        children = rng.permutation(list({n - 1, *(int(i) for i in others)}))
        terms = [f"{rng.integers(2, 6)}{chr(ord('a') + int(i))}" for i in children]
        definitions.append(f"{chr(ord('a') + n)} = {' + '.join(terms)}")
    return ", ".join(definitions)


# topological_order


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
        return _a(order)
    return [node.definition if isinstance(node, Node) else _a(node) for node in order]


def facts_of_order(order: Any) -> Any:
    """What makes an order right, since many orders are: read from the definitions alone."""
    if isinstance(order, str):
        return {"the result": order, "all nodes": None, "children first": None, "last": None}
    if not isinstance(order, list):
        return order
    made_of = dict(map(_parsed, order))
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


def _recursive(root: Any, once: bool = True, before: bool = False) -> list[Any]:
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


# backward


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
    return {f"{name}.grad": _plain(f"{name}.grad", nodes[name].grad) for name in dict.fromkeys(named)}  # type: ignore[misc]


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
    for node in reversed(_recursive(root)):
        node._backward()


# What the learner is told


def slips(name: str, without_out_grad: Gradients) -> list[Misconception]:
    """The mistakes that any operation invites."""
    forward, gradients = FORWARD[name], GRADIENTS[name]
    return [
        Misconception(
            "= for +=",
            engine(**{name: operation(forward, gradients, assigned=True)}),
            "With `=`, a Value that is used twice keeps only the gradient that came last. Each use is a path to "
            "the result, and paths add.",
            "what should stand in place of `=` so that what is already in `grad` stays?",
        ),
        Misconception(
            "forgets out.grad",
            wrong_gradients(name, without_out_grad),
            "You sent back the derivative of this one operation, as if `out` were the end. `out.grad` says how "
            "much the end moves when `out` moves.",
            "`out` moves by so much, and the end moves `out.grad` times as much. How do two rates combine?",
        ),
        Misconception(
            "never kept",
            engine(**{name: operation(forward, gradients, forgotten=True)}),
            "The number is right, but nothing comes back: `out` was not given your inner function.",
            "look at the last lines of `scale`. Where does the inner function go?",
        ),
        Misconception(
            "called on the spot",
            engine(**{name: operation(forward, gradients, called=True)}),
            "You called the inner function right away, when `out.grad` was still 0. Keep the function itself: "
            "without parentheses.",
            "what is the difference between `send_back` and `send_back()`?",
        ),
        Misconception(
            "no children",
            engine(**{name: operation(forward, gradients, childless=True)}),
            "`out` does not know what it was made from, so nobody can go further back from here.",
            "what is the second argument of `Value`?",
        ),
        Misconception(
            "a plain number",
            engine(**{name: lambda *operands: forward(*map(_number, operands))}),
            "The result is a plain number. It has forgotten where it came from.",
            "wrap the number: what does `scale` return?",
        ),
    ]


NUMBERS_ARE_DATA = "You sent back a Value where a number is wanted. A `grad` is a plain number, so only `.data` may go into it."
ORDER_MATTERS = "breadth first"

EXERCISES = [
    Exercise(
        name="value_add",
        points=10,
        reference=engine(),
        probe=arithmetic,
        cases=add_cases,
        recorded=[
            Recorded(
                case("(a + b) + a", a=0.5, b=-1.5, out_grad=0.25),
                {
                    "the result": "a Value",
                    "out.data": -0.5,
                    "a.data": 0.5,
                    "b.data": -1.5,
                    "reached through _children": "a, b",
                    "out._backward": "a function",
                    "a.grad": 0.5,
                    "b.grad": 0.25,
                },
                TORCH,
            )
        ],
        next="if a moves by a little, by how much does a + b move?",
        misconceptions=[
            *slips("__add__", lambda out, a, b: (1.0, 1.0)),
            Misconception(
                "only the first",
                wrong_gradients("__add__", lambda out, a, b: (out.grad, 0.0)),
                "The gradient of `a` is right. `b` moves the sum, too, and got nothing.",
            ),
            Misconception(
                "mul's rule",
                wrong_gradients("__add__", GRADIENTS["__mul__"]),
                "You multiplied by the other operand. In a sum, a nudge of `a` moves the result equally, whatever `b` is.",
            ),
        ],
    ),
    Exercise(
        name="value_mul",
        points=10,
        reference=engine(),
        probe=arithmetic,
        cases=mul_cases,
        recorded=[
            Recorded(
                case("(a * b) * a", a=0.5, b=-1.5, out_grad=0.25),
                {
                    "the result": "a Value",
                    "out.data": -0.375,
                    "a.data": 0.5,
                    "b.data": -1.5,
                    "reached through _children": "a, b",
                    "out._backward": "a function",
                    "a.grad": -0.375,
                    "b.grad": 0.0625,
                },
                TORCH,
            )
        ],
        next="a rectangle is a wide and b high. Make it a little wider: by how much does its area grow?",
        misconceptions=[
            *slips("__mul__", lambda out, a, b: (b.data, a.data)),
            Misconception(
                "own operand",
                wrong_gradients("__mul__", lambda out, a, b: (a.data * out.grad, b.data * out.grad)),
                "The gradients are swapped: `a` received its own number as the factor, and so did `b`.",
                "2 · 5 becomes 2.1 · 5. Which of the two numbers says how much the product grew?",
            ),
            Misconception(
                "add's rule",
                wrong_gradients("__mul__", GRADIENTS["__add__"]),
                "That is the rule of addition. In a product, the other operand magnifies every nudge.",
            ),
            Misconception(
                "times the product",
                wrong_gradients("__mul__", lambda out, a, b: (out.data * out.grad,) * 2),
                "You multiplied by `out.data`, the whole product. A nudge of one operand meets only the other one.",
            ),
            Misconception(
                "Values in grad",
                wrong_gradients("__mul__", lambda out, a, b: (b * out.grad, a * out.grad)),
                NUMBERS_ARE_DATA,
            ),
        ],
    ),
    Exercise(
        name="value_pow",
        points=15,
        reference=engine(),
        probe=arithmetic,
        cases=pow_cases,
        recorded=[
            Recorded(
                case("a ** 3, a ** -0.5", a=4.0, out_grad=0.5),
                {
                    "the result": "a Value",
                    "data of the first": 64.0,
                    "data of the second": 0.5,
                    "a.data": 4.0,
                    "reached through _children": "a",
                    "out._backward": "a function",
                    "a.grad": 23.96875,
                },
                TORCH,
            )
        ],
        next="the derivative of xⁿ is n · xⁿ⁻¹. Which of its three parts is missing in your line?",
        misconceptions=[
            *slips("__pow__", lambda out, a, n: (n.data * a.data ** (n.data - 1) if n.data else 0.0, 0.0)),
            Misconception(
                "no factor n",
                wrong_gradients("__pow__", lambda out, a, n: (a.data ** (n.data - 1) * out.grad, 0.0)),
                "The exponent went down by one, but it is not there as a factor.",
                "a² grows by a·h twice, once for each side of the square. And a³?",
            ),
            Misconception(
                "exponent not lowered",
                wrong_gradients("__pow__", lambda out, a, n: (n.data * a.data**n.data * out.grad, 0.0)),
                "The factor n is there, but the exponent has not gone down by one.",
            ),
            Misconception(
                "divides by a",
                wrong_gradients("__pow__", lambda out, a, n: (n.data * out.data / a.data * out.grad, 0.0)),
                "You divide by `a.data`, which fails where it is 0. The derivative exists there, too.",
                "write aⁿ⁻¹ as a power of its own.",
            ),
            Misconception(
                "as if squared",
                wrong_gradients("__pow__", lambda out, a, n: (2 * a.data * out.grad, 0.0)),
                "Your gradient is 2a, whatever the exponent: that is right for a² alone.",
            ),
        ],
    ),
    Exercise(
        name="value_relu",
        points=10,
        reference=engine(),
        probe=arithmetic,
        cases=relu_cases,
        recorded=[
            Recorded(
                case("a.relu()", a=0.0, out_grad=0.5),
                {
                    "the result": "a Value",
                    "out.data": 0.0,
                    "a.data": 0.0,
                    "reached through _children": "a",
                    "out._backward": "a function",
                    "a.grad": 0.0,
                },
                TORCH,
            )
        ],
        next="relu is flat on one side and has slope 1 on the other. On which side is `a.data`?",
        misconceptions=[
            *slips("relu", lambda out, a: (float(a.data > 0),)),
            Misconception(
                "slope 1 at 0",
                wrong_gradients("relu", lambda out, a: ((a.data >= 0) * out.grad,)),
                "Everything is right but one point: at 0 the slope is taken to be 0, by agreement.",
                "which comparison leaves the 0 out?",
            ),
            Misconception(
                "always lets through",
                wrong_gradients("relu", lambda out, a: (out.grad,)),
                "The gradient passes even where relu is flat. Nudge a = -3 a little: the result stays 0.",
            ),
            Misconception(
                "wrong side",
                wrong_gradients("relu", lambda out, a: ((a.data < 0) * out.grad,)),
                "The gradient passes on the flat side and stops on the other. It is the other way round.",
            ),
            Misconception(
                "sign of the gradient",
                wrong_gradients("relu", lambda out, a: (max(0.0, out.grad),)),
                "You asked whether `out.grad` is positive. What matters is on which side of 0 the input was.",
            ),
            Misconception(
                "times the input",
                wrong_gradients("relu", lambda out, a: (max(0.0, a.data) * out.grad,)),
                "You multiplied by the value of relu. Wanted is its slope.",
                "relu(3) is 3, relu(3.1) is 3.1. What is the slope?",
            ),
        ],
    ),
    Exercise(
        name="value_reflected",
        points=10,
        reference=engine(),
        probe=arithmetic,
        cases=reflected_cases,
        recorded=[
            Recorded(
                case("(3 - a) / b - 2 / a + -b", a=0.5, b=-1.25, out_grad=0.5),
                {
                    "the result": "a Value",
                    "out.data": -4.75,
                    "a.data": 0.5,
                    "b.data": -1.25,
                    "reached through _children": "a, b",
                    "out._backward": "a function",
                    "a.grad": 4.4,
                    "b.grad": -1.3,
                },
                TORCH,
            )
        ],
        next="do +, * and ** pass their checks? If so, say it with these. What is `a - b` as a sum?",
        misconceptions=[
            Misconception(
                "swapped subtraction",
                engine(__rsub__=lambda a, number: a - number),
                "`10 - a` came out as `a - 10`. Python calls `rsub(a, 10)`: the Value comes first, although it stands on the right.",
                "in `10 - a`, which of the two is taken away?",
            ),
            Misconception(
                "swapped division",
                engine(__rtruediv__=lambda a, number: a / number),
                "`10 / a` came out as `a / 10`. Python calls `rtruediv(a, 10)`: the Value comes first, although it stands on the right.",
                "in `10 / a`, which of the two is below the line?",
            ),
            Misconception(
                "both swapped",
                engine(__rsub__=lambda a, number: a - number, __rtruediv__=lambda a, number: a / number),
                "`10 - a` came out as `a - 10`, and `10 / a` as `a / 10`. In the reflected functions the Value comes first, although it stands on the right.",
                "in `10 - a`, which of the two is taken away?",
            ),
            Misconception(
                "b as a number in -",
                engine(__sub__=lambda a, b: a + _number(b) * -1.0),
                "In `a - b`, b came in as a plain number: the result no longer knows that it was made from `b`.",
                "can you negate the Value `b`, instead of `b.data`?",
            ),
            Misconception(
                "b as a number in /",
                engine(__truediv__=lambda a, b: a * _number(b) ** -1.0),
                "In `a / b`, b came in as a plain number: the result no longer knows that it was made from `b`.",
                "which power of the Value `b` is 1 / b?",
            ),
            Misconception(
                "negates in place",
                engine(__neg__=_negated_in_place),
                "You changed `a` itself. `-a` is a new Value; `a` keeps its number.",
                "which operation gives a new Value with the opposite number?",
            ),
            Misconception(
                "only half negated",
                engine(__sub__=lambda a, b: (a + b) * -1.0),
                "That is `-(a + b)`. Only `b` is to be negated.",
            ),
        ],
    ),
    Exercise(
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
                lambda root: _recursive(root, before=True),
                "You noted a node before its children. A child must be in the list before anything that is made of it.",
                "in which line do you append, and where are the children then?",
            ),
            Misconception(
                "duplicates",
                lambda root: _recursive(root, once=False),
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
                _recursive,
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
    ),
    Exercise(
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
    ),
]
