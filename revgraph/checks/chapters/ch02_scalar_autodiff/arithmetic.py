"""Judging the class Value: an expression is evaluated, and every gradient sent back."""

from collections import Counter
from typing import Any

from revgraph.checks.chapters.ch02_scalar_autodiff.common import a_thing, plain

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


def arithmetic(
    Value: Any, expression: str, out_grad: float = 1.0, grad_before: float = 0.0, **numbers: float
) -> Any:
    """Evaluate the expression with Values, send ``out_grad`` back from it, and tell all there is to see.

    Two expressions with a comma between them are two results of the same Values; ``out_grad`` is sent back
    from both. ``grad_before`` is what the numbers have received by other paths. The order in which nodes are
    visited is ours, so only the operations are judged.
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
        return {
            "the result": " and ".join(_seen(out, Value) for out in outs),
            **dict.fromkeys(_facts(inputs, outs)),
        }
    nodes = _reached(outs)
    kept = all(callable(node._backward) for node in nodes)
    for value in inputs.values():
        value.grad += grad_before
    for out in outs:
        out.grad = out_grad
    _send_back(nodes, outs)
    kind = (
        "a Value that has set its own grad to 0"
        if any(out.grad == 0 != out_grad for out in outs)
        else "a Value"
    )
    seen = (kind, *(out.data for out in outs), *(v.data for v in inputs.values()))
    backward = "a function" if kept else "None"
    told = (*seen, _found(inputs, nodes), backward, *(v.grad for v in inputs.values()))
    return {name: plain(name, fact) for name, fact in zip(_names(inputs, outs), told, strict=True)}


def _seen(out: Any, Value: Any) -> str:
    told = a_thing(out)
    return f"{told} of another class" if told == "a Value" and not isinstance(out, Value) else told


def _names(inputs: dict[str, Any], outs: tuple[Any, ...]) -> list[str]:
    return ["the result", *_facts(inputs, outs)]


def _facts(inputs: dict[str, Any], outs: tuple[Any, ...]) -> list[str]:
    data = ["out.data"] if len(outs) == 1 else ["data of the first", "data of the second"]
    grads = [f"{name}.grad" for name in inputs]
    return [*data, *(f"{name}.data" for name in inputs), "reached through _children", "out._backward", *grads]


def _found(inputs: dict[str, Any], nodes: list[Any]) -> str:
    """The names that are found by going from children to children."""
    for node in nodes:
        if not isinstance(node._children, tuple | list | set):
            return f"nothing: _children holds {a_thing(node._children)}, not a tuple"
        for child in node._children:
            if not hasattr(child, "_children"):
                return f"_children holds {a_thing(child)}, which is no Value"
    return ", ".join(name for name, value in inputs.items() if any(value is node for node in nodes))


def _children(node: Any) -> Any:
    several = node._children if isinstance(node._children, tuple | list | set) else ()
    return [child for child in several if hasattr(child, "_children")]


def _reached(outs: tuple[Any, ...]) -> list[Any]:
    """All nodes that lead to ``outs``. The probe travels to whoever answers, and so puts them in no order."""
    nodes = {id(out): out for out in outs}
    coming = list(nodes.values())
    while coming:
        for child in _children(coming.pop()):
            if id(child) not in nodes:
                nodes[id(child)] = child
                coming.append(child)
    return list(nodes.values())


def _send_back(nodes: list[Any], outs: tuple[Any, ...]) -> None:
    """Let each node send once all that are made of it have sent.

    What was made from nothing has nobody to send to; if it was given a function, that is a mistake.
    """
    waiting = Counter(id(child) for node in nodes for child in _children(node))
    ready = [node for node in nodes if not waiting[id(node)]]
    while ready:
        node = ready.pop()
        if callable(node._backward) and (_children(node) or any(node is out for out in outs)):
            node._backward()
        waiting.subtract(map(id, _children(node)))
        ready += [child for child in {id(c): c for c in _children(node)}.values() if not waiting[id(child)]]
