"""Right answers to chapter 06 in other words than the reference's."""

from collections import Counter

import numpy as np


def order_by_counting(node):
    """Kahn's algorithm, with a stack for both walks."""
    users, todo = Counter(), [node]
    while todo:
        for arg in todo.pop().args:
            users[arg] += 1
            if users[arg] == 1:
                todo.append(arg)
    order, due = [], [node]
    while due:
        order.append(due.pop())
        for arg in order[-1].args:
            users[arg] -= 1
            if users[arg] == 0:
                due.append(arg)
    return order[::-1]


def order_from_the_leaves(node):
    """Kahn's algorithm the other way round: a node is due when all it is made of is listed."""
    nodes, todo = {node}, [node]
    while todo:
        new = [arg for arg in set(todo.pop().args) if arg not in nodes]
        nodes.update(new)
        todo += new
    missing = {n: len(n.args) for n in nodes}
    users = {n: [] for n in nodes}
    for n in nodes:
        for arg in n.args:
            users[arg].append(n)
    due = [n for n in nodes if not n.args]
    for n in due:
        for user in users[n]:
            missing[user] -= 1
            if missing[user] == 0:
                due.append(user)
    return tuple(due)


def order_with_a_stack(node):
    """A stack of the chapter on scalars: a node, and whether its arguments are done."""
    order, seen, stack = [], set(), [(node, False)]
    while stack:
        current, ready = stack.pop()
        if ready:
            order.append(current)
        elif current not in seen:
            seen.add(current)
            stack.append((current, True))
            stack.extend((arg, False) for arg in current.args)
    return order


def order_by_iterators(node):
    order, seen, stack = [], {node}, [(node, iter(node.args))]
    while stack:
        current, remaining = stack[-1]
        arg = next((a for a in remaining if a not in seen), None)
        if arg is None:
            order.append(current)
            stack.pop()
        else:
            seen.add(arg)
            stack.append((arg, iter(arg.args)))
    return order


def order_when_arguments_are_there(node):
    order, done, stack = [], set(), [node]
    while stack:
        current = stack[-1]
        missing = [arg for arg in current.args if arg not in done]
        if missing:
            stack.extend(missing)
            continue
        stack.pop()
        if current not in done:
            done.add(current)
            order.append(current)
    return order


def evaluate_beside(node, feed):
    values = {}
    for n in order_by_counting(node):
        if n.op is None:
            values[n] = feed.get(n.name) if n.name in feed else n.value
        else:
            values[n] = n.op.forward(*[values[arg] for arg in n.args])
    return values[node]


def evaluate_with_a_table_first(node, feed):
    """Everything in a table, and from there into the nodes."""
    values = {}
    for n in order_when_arguments_are_there(node):
        if n.op:
            values[n] = n.op.forward(*(values[arg] for arg in n.args))
        else:
            values[n] = feed.get(n.name, n.value)
    for n, value in values.items():
        n.value = value
    return values[node]


def evaluate_and_store(node, feed):
    for n in order_by_iterators(node):
        if n.op is not None:
            n.value = n.op.forward(*[arg.value for arg in n.args])
        elif n.name in feed:
            n.value = feed[n.name]
    return node.value


def gradients_by_lists(output, variables):
    """Collect what arrives at each node, and add it up when the node is visited."""
    evaluate_and_store(output, {})
    arrived = {output: [np.ones(np.shape(output.value))]}
    for node in order_by_iterators(output)[::-1]:
        if node.op is None or node not in arrived:
            continue
        g = sum(arrived[node])
        parts = node.op.vjp(g, node.value, *[arg.value for arg in node.args])
        for arg, part in zip(node.args, parts if isinstance(parts, tuple) else [parts]):
            arrived.setdefault(arg, []).append(part)
    return [sum(arrived[v]) if v in arrived else np.zeros(np.shape(v.value)) for v in variables]


def gradients_pulled(output, variables):
    """Start every node at zero, and skip what leads to no variable."""
    evaluate_and_store(output, {})
    order = order_by_counting(output)
    leads = set(variables)
    for node in order:
        if any(arg in leads for arg in node.args):
            leads.add(node)
    total = {node: np.zeros(np.shape(node.value)) for node in [*order, *variables]}
    total[output] = np.ones(np.shape(output.value))
    for node in order[::-1]:
        if node.op is not None and node in leads:
            parts = node.op.vjp(total[node], node.value, *[arg.value for arg in node.args])
            if len(node.args) == 1:
                parts = [parts]
            for arg, part in zip(node.args, parts):
                total[arg] = total[arg] + part
    return tuple(total[v] for v in variables)


def minimize_in_place(loss, variables, lr, steps):
    losses = []
    for _ in range(steps):
        grads = gradients_by_lists(loss, variables)
        losses.append(loss.value)
        for variable, grad in zip(variables, grads):
            variable.value -= lr * grad
    return losses


def minimize_by_index(loss, variables, lr, steps):
    losses = np.zeros(steps)
    for i in range(steps):
        losses[i] = evaluate_beside(loss, {})
        grads = gradients_pulled(loss, variables)
        for k in range(len(variables)):
            variables[k].value = variables[k].value - lr * grads[k]
    return losses.tolist()


ALTERNATIVES = {
    "graph_order": [
        order_by_counting,
        order_from_the_leaves,
        order_with_a_stack,
        order_by_iterators,
        order_when_arguments_are_there,
    ],
    "evaluate": [evaluate_with_a_table_first, evaluate_and_store],
    "gradients": [gradients_by_lists, gradients_pulled],
    "minimize": [minimize_in_place, minimize_by_index],
}
