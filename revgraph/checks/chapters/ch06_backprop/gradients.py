"""gradients: backpropagation."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case, edge, part
from revgraph.checks.chapters.ch06_backprop.common import (
    DEEP,
    LADDER,
    SHARED,
    SHORT_PATH_FIRST,
    SHORT_PATH_LAST,
    TANGLED_FIRST,
    TANGLED_LAST,
    TORCH,
    numbers,
    random_graph,
)
from revgraph.checks.chapters.ch06_backprop.evaluate import evaluate
from revgraph.checks.chapters.ch06_backprop.graph import Node, as_float, build, plain, reached, same_numbers
from revgraph.checks.chapters.ch06_backprop.graph_order import breadth_first, graph_order
from revgraph.checks.chapters.common import Array, Function, Rng, Shape, fixed, once_more
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def gradients(output: Node, variables: list[Node]) -> list[Array]:
    evaluate(output, {})
    pending = {output: np.ones_like(output.value)}
    for node in reversed(graph_order(output)):
        if node.op is not None and node in pending:
            grads = node.op.vjp(pending[node], node.value, *(arg.value for arg in node.args))
            grads = grads if len(node.args) > 1 else (grads,)
            for arg, grad in zip(node.args, grads):
                pending[arg] = pending[arg] + grad if arg in pending else grad
    return [np.asarray(pending.get(v, np.zeros_like(v.value))) for v in variables]


def _sent(node: Node, g: Any) -> tuple[Any, ...]:
    """What a node sends on to each of its arguments."""
    assert node.op is not None
    grads = node.op.vjp(g, node.value, *(arg.value for arg in node.args))
    return grads if len(node.args) > 1 else (grads,)


NUMBERS, ARRAYS, UNUSED, ONCE = "numbers", "arrays", "unused variables", "each rule once"


def gradients_cases(rng: Rng) -> Iterator[Case]:
    for draw in (fixed(), rng):
        yield from (part(NUMBERS, case(*graph)) for graph in _graphs_of_numbers(draw))
    for draw in (fixed(), rng):
        yield from (part(ARRAYS, case(*graph)) for graph in _graphs_of_arrays(draw))
    for draw in (fixed(), rng):
        yield part(
            UNUSED, case("z = total(x * x)", _arrays(draw, (4,), "x") | _arrays(draw, (2,), "u"), ("x", "u"))
        )
        yield part(UNUSED, case("z = x * y", _arrays(draw, (2, 3), "x", "y", "u"), ("u", "y")))
    for graph in (SHARED, SHORT_PATH_LAST, TANGLED_FIRST, LADDER):
        yield part(ONCE, case(graph, {"x": 0.5}, ("x",), look="the calls of rules"))
    yield part(ONCE, case(random_graph(rng), numbers(rng, "x", "y"), ("x",), look="the calls of rules"))
    for graph in ("y = x * x; z = y * y", TANGLED_FIRST):
        yield part(NUMBERS, case(graph, {"x": 0.5}, ("x",), look="the gradients at another place"))
    yield part(ONCE, case(DEEP, {"x": 0.5}, ("x",)))
    yield edge("a leaf alone", "z = x", _arrays(rng, (3,), "x"), ("x",))


def _graphs_of_numbers(rng: Rng) -> Iterator[tuple[Any, ...]]:
    yield "z = x * y", numbers(rng, "x", "y"), ("x", "y")
    yield "z = x * x", numbers(rng, "x"), ("x",)
    yield "z = exp(x) - y", numbers(rng, "x", "y"), ("y", "x")
    for graph in (SHARED, SHORT_PATH_FIRST, SHORT_PATH_LAST, TANGLED_FIRST, TANGLED_LAST):
        yield graph, numbers(rng, "x"), ("x",)
    for _ in range(2):
        yield random_graph(rng), numbers(rng, "x", "y"), ("x", "y")


def _graphs_of_arrays(rng: Rng) -> Iterator[tuple[Any, ...]]:
    yield "h = tanh(x * w); z = h * h - w", _arrays(rng, (2, 3), "x", "w"), ("w", "x")
    yield "s = x + y; z = s + x", _arrays(rng, (3,), "x", "y"), ("x", "y")
    yield "s = y + x; z = x + s", _arrays(rng, (2, 2), "x", "y"), ("x", "y")
    yield "z = total(exp(x) * x)", _arrays(rng, (4,), "x"), ("x",)


def _arrays(rng: Rng, shape: Shape, *names: str) -> dict[str, Array]:
    return {name: rng.normal(size=shape).round(2) for name in names}


def gradients_probe(
    candidate: Function,
    graph: str,
    values: dict[str, Any],
    variables: tuple[str, ...],
    look: str = "the gradients",
) -> Any:
    """The gradients by name; with ``look="the calls of rules"`` how many calls of rules were one too many, and
    of the rules on the way to the variables how many were never called."""
    built = build(graph, values)
    leaves = [built.names.get(name) or Node(name=name, value=as_float(values[name])) for name in variables]
    given = list(leaves)
    found = candidate(built.output, given)
    if given != leaves:
        return "writes into the list of variables"
    for name, leaf in zip(variables, leaves):
        if not same_numbers(leaf.value, values[name]):
            return f"writes into the value of {name}"
    if look == "the calls of rules":
        extra = (max(0, built.calls["vjp", name] - n) for name, n in built.nodes.items())
        missing = [name for name in _needed(built.output, leaves) if not built.calls["vjp", name]]
        return {"the calls of a rule beyond one a node": sum(extra), "rules never called": ", ".join(missing)}
    if not isinstance(found, list | tuple) or len(found) != len(variables):
        return found if found is None else "not a list with one gradient a variable"
    if look == "the gradients at another place":
        for leaf in leaves:
            leaf.value = leaf.value + 1.0
        found = candidate(built.output, given)
        return {f"d{built.output.name}/d{name}": plain(g) for name, g in zip(variables, found)}
    first = [g.copy() if isinstance(g, Array) else g for g in found]
    again = once_more(candidate, built.output, given)
    if not isinstance(again, list | tuple) or not all(map(same_numbers, first, again)):
        return "another result when called again"
    return {f"d{built.output.name}/d{name}": plain(g) for name, g in zip(variables, found)}


def _needed(output: Node, leaves: list[Node]) -> list[str]:
    """The operations through which the output depends on these leaves."""
    leading = (node for node in reached(output) if not set(leaves).isdisjoint(reached(node)))
    return sorted({node.op.name for node in leading if node.op is not None})


def _of(variables: list[Node], pending: dict[Node, Any]) -> list[Array]:
    return [np.asarray(pending.get(v, np.zeros_like(v.value))) for v in variables]


def _pending(
    output: Node,
    order: Function = graph_order,
    add: Function = lambda pending, arg, grad: pending.get(arg, 0) + grad,
    start: Function = np.ones_like,
    forward: Function = evaluate,
) -> dict[Node, Any]:
    """The gradient of output by each node. What can be done wrong is a parameter."""
    forward(output, {})
    pending = {output: start(output.value)}
    for node in reversed(order(output)):
        if node.op is not None and node in pending:
            for arg, grad in zip(node.args, _sent(node, pending[node])):
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


def _evaluate_what_has_no_value(output: Node, feed: dict[str, Any]) -> None:
    if output.value is None:
        evaluate(output, feed)


def _by_experiment(output: Node, variables: list[Node]) -> list[Array]:
    found = []
    for variable in variables:
        value, slope = variable.value, np.zeros_like(variable.value)
        for index in np.ndindex(value.shape):
            step = np.zeros_like(value)
            step[index] = 1e-6
            variable.value = value + step
            above = np.sum(evaluate(output, {}))
            variable.value = value - step
            slope[index] = (above - np.sum(evaluate(output, {}))) / 2e-6
        variable.value = value
        found.append(slope)
    return found


def _sends_on_all_so_far(output: Node, variables: list[Node]) -> list[Array]:
    evaluate(output, {})
    pending: dict[Node, Any] = {}

    def send(node: Node, g: Any) -> None:
        pending[node] = pending.get(node, 0) + g
        if node.op is not None:
            for arg, grad in zip(node.args, _sent(node, pending[node])):
                send(arg, grad)

    send(output, np.ones_like(output.value))
    return _of(variables, pending)


def _writes_into_variables(output: Node, variables: list[Any]) -> list[Array]:
    variables[:] = gradients(output, variables)
    return variables


def _sums_left_in_the_nodes(output: Any, variables: list[Any]) -> list[Array]:
    evaluate(output, {})
    output.grad = np.ones_like(output.value)
    order: list[Any] = graph_order(output)
    for node in reversed(order):
        for arg, grad in zip(node.args, _sent(node, node.grad) if node.args else ()):
            arg.grad = getattr(arg, "grad", 0) + grad
    return [np.asarray(getattr(v, "grad", np.zeros_like(v.value))) for v in variables]


def _path_by_path(output: Node, variables: list[Node]) -> list[Array]:
    evaluate(output, {})
    pending: dict[Node, Any] = {}

    def send(node: Node, g: Any) -> None:
        pending[node] = pending.get(node, 0) + g
        if node.op is not None:
            for arg, grad in zip(node.args, _sent(node, g)):
                send(arg, grad)

    send(output, np.ones_like(output.value))
    return _of(variables, pending)


def _takes_bare_arrays_apart(output: Node, variables: list[Node]) -> list[Array]:
    evaluate(output, {})
    pending: dict[Node, Any] = {output: np.ones_like(output.value)}
    for node in reversed(graph_order(output)):
        if node.op is not None:
            grads = node.op.vjp(pending[node], node.value, *(arg.value for arg in node.args))
            for arg, grad in zip(node.args, grads):
                pending[arg] = pending.get(arg, 0) + grad
    return _of(variables, pending)


def _not_evaluated(output: Node, variables: list[Node]) -> list[Array]:
    pending = {output: np.array(1.0)}
    for node in reversed(graph_order(output)):
        if node.op is not None:
            for arg, grad in zip(node.args, _sent(node, pending[node])):
                pending[arg] = pending.get(arg, 0) + grad
    return _of(variables, pending)


def _forwards(output: Node, variables: list[Node]) -> list[Array]:
    evaluate(output, {})
    pending = {output: np.ones_like(output.value)}
    for node in graph_order(output):
        if node.op is not None and node in pending:
            for arg, grad in zip(node.args, _sent(node, pending[node])):
                pending[arg] = pending.get(arg, 0) + grad
    return _of(variables, pending)


def _ones_everywhere(output: Node, variables: list[Node]) -> list[Array]:
    evaluate(output, {})
    pending = {node: np.ones_like(node.value) for node in graph_order(output)}
    for node in reversed(graph_order(output)):
        if node.op is not None:
            for arg, grad in zip(node.args, _sent(node, pending[node])):
                pending[arg] = pending[arg] + grad
    return _of(variables, pending)


def _ones_for_every_rule(output: Node, variables: list[Node]) -> list[Array]:
    evaluate(output, {})
    pending: dict[Node, Any] = {output: np.ones_like(output.value)}
    for node in reversed(graph_order(output)):
        if node.op is not None:
            for arg, grad in zip(node.args, _sent(node, np.ones_like(node.value))):
                pending[arg] = pending.get(arg, 0) + grad
    return _of(variables, pending)


def _in_the_order_of_the_graph(output: Node, variables: list[Node]) -> list[Array]:
    pending = _pending(output)
    return [np.asarray(pending[node]) for node in graph_order(output) if node in variables]


ONE_STEP_AT_A_TIME = "a node's gradient is complete only when all nodes that use it have sent theirs. In which order does that come about?"


GRADIENTS = Exercise(
    name="gradients",
    points=30,
    reference=gradients,
    cases=gradients_cases,
    probe=gradients_probe,
    recorded=[
        Recorded(
            part(NUMBERS, case("z = x * y + tanh(x)", {"x": 0.5, "y": -2.0}, ("x", "y"))),
            {
                "dz/dx": np.array(-1.2135522670340726),
                "dz/dy": np.array(0.5),
            },
            TORCH,
        ),
    ],
    parts={NUMBERS: 12, ARRAYS: 8, UNUSED: 4, ONCE: 6},
    next=ONE_STEP_AT_A_TIME,
    uses=("evaluate", "graph_order"),
    why="In the reversed order all that use a node come before it, so what is pending is complete when it is sent on, once.",
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
            "writes into the variables",
            _writes_into_variables,
            "You wrote into the list of variables. Whoever called your function still needs it: `minimize` moves what is in it.",
            "which line makes the list that you return?",
        ),
        Misconception(
            "sums left in the nodes",
            _sums_left_in_the_nodes,
            "Called again for the same graph, your function gives another result. What the first call left, in the nodes or in a table that lives on, counts once more.",
            "where do you collect what arrives at a node, and is it empty when the next call begins?",
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
            "evaluated once",
            _wrong_pending(forward=_evaluate_what_has_no_value),
            "You did not evaluate the graph anew: where its leaves have got other values, your gradients are still those of the old ones.",
            "what does `minimize` do between two calls of `gradients`?",
        ),
        Misconception(
            "by experiment",
            _by_experiment,
            "The gradients are right, but no rule was called: you nudged the variables, and evaluated the graph twice for every number in them.",
            "for a million variables, how often is the graph evaluated, and how often is each rule called?",
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
        Misconception(
            "in the order of evaluation",
            _forwards,
            "Only the arguments of the output received something, and from there it went no further: the other nodes sent "
            "before the output did, or not at all. Gradients travel from the output to the leaves.",
            "which Python function goes through a list back to front?",
        ),
        Misconception(
            "first path wins",
            _wrong_pending(add=lambda pending, arg, grad: pending.get(arg, grad)),
            "A node that is used twice kept only the gradient that came first. Each use is a path to the output, "
            "and paths add.",
            "what should happen when something is pending for a node already?",
        ),
        Misconception(
            "multiplies paths",
            _wrong_pending(add=lambda pending, arg, grad: pending[arg] * grad if arg in pending else grad),
            "Where two paths meet you multiplied their gradients. Along one path they multiply; where paths meet, "
            "they add.",
            "x moves z by two ways at once, by 2 and by 3 for each nudge. By how much does z move in all?",
        ),
        Misconception(
            "every rule gets ones",
            _ones_for_every_rule,
            "Every rule got ones for g, so each node knows only its own slope. What arrives at a node is what its "
            "rule is given.",
            "what stands in your table for the node whose rule you call?",
        ),
        Misconception(
            "in the graph's order",
            _in_the_order_of_the_graph,
            "The gradients came in the order in which the graph holds the variables, or some are missing. There is "
            "one for each entry of `variables`, in that order.",
            "through which list should your last loop go?",
        ),
        Misconception(
            "every node starts with ones",
            _ones_everywhere,
            "Your gradients are too large: every node began with ones. Only the output does; for all others nothing "
            "is pending yet.",
            "by how much has x moved the output before anything has arrived at x?",
        ),
        Misconception(
            "one number for an array",
            _wrong_pending(start=lambda value: np.array(1.0)),
            "You started with the number 1 where the output is an array. What comes first has the shape of the output.",
            "which NumPy function makes ones in the shape of another array?",
        ),
    ],
)
