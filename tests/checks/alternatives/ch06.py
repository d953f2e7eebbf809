"""Right answers to chapter 06 in other words than the reference's."""

from collections import Counter

import numpy as np

from revgraph.checks import exercises


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


def piece(name):
    return exercises()[name].reference


def graph_order_generator(node):
    users = Counter()
    seen, stack = {node}, [node]
    while stack:
        n = stack.pop()
        for a in n.args:
            users[a] += 1
            if a not in seen:
                seen.add(a)
                stack.append(a)
    order, ready = [], [node]
    while ready:
        n = ready.pop()
        order.insert(0, n)
        for a in n.args:
            users[a] -= 1
            if not users[a]:
                ready.append(a)
    return order


def graph_order_by_iterators(node):
    order, seen = [], {node}
    stack = [(node, iter(node.args))]
    while stack:
        n, it = stack[-1]
        for a in it:
            if a not in seen:
                seen.add(a)
                stack.append((a, iter(a.args)))
                break
        else:
            order.append(n)
            stack.pop()
    return order


def evaluate_if_in_feed(node, feed):
    order = piece("graph_order")(node)
    for n in order:
        if n.op is not None:
            n.value = n.op.forward(*(a.value for a in n.args))
        elif n.name in feed:
            n.value = feed[n.name]
    return order[-1].value


def evaluate_own_walk(node, feed):
    done, stack = set(), [node]
    while stack:
        n = stack[-1]
        wait = [a for a in n.args if a not in done]
        if wait:
            stack += wait
            continue
        stack.pop()
        if n in done:
            continue
        done.add(n)
        n.value = feed.get(n.name, n.value) if n.op is None else n.op.forward(*[a.value for a in n.args])
    return node.value


def gradients_defaultdict_lists(output, variables):
    piece("evaluate")(output, {})
    arrived = {n: [] for n in piece("graph_order")(output)}
    arrived[output].append(np.ones_like(output.value))
    for n in piece("graph_order")(output)[::-1]:
        if n.op is None or not arrived[n]:
            continue
        sent = n.op.vjp(sum(arrived[n]), n.value, *[a.value for a in n.args])
        if not isinstance(sent, tuple):
            sent = (sent,)
        for a, g in zip(n.args, sent):
            arrived[a].append(g)
    return [np.asarray(sum(arrived[v])) if arrived.get(v) else np.zeros_like(v.value) for v in variables]


def gradients_zeros_everywhere(output, variables):
    piece("evaluate")(output, {})
    g = {n: np.zeros(np.shape(n.value)) for n in [*piece("graph_order")(output), *variables]}
    g[output] = g[output] + 1
    for n in reversed(piece("graph_order")(output)):
        if n.op:
            back = n.op.vjp(g[n], n.value, *(a.value for a in n.args))
            for i, a in enumerate(n.args):
                g[a] = g[a] + (back[i] if len(n.args) == 2 else back)
    return tuple(g[v] for v in variables)


def minimize_by_adding(loss, variables, lr, steps):
    losses = []
    for _ in range(steps):
        grads = piece("gradients")(loss, variables)
        losses.append(loss.value)
        for i in range(len(variables)):
            variables[i].value = variables[i].value + -lr * grads[i]
    return losses


def minimize_in_place_ok(loss, variables, lr, steps):
    losses = []
    while len(losses) < steps:
        losses.append(float(piece("evaluate")(loss, {})))
        grads = piece("gradients")(loss, variables)
        for v, g in zip(variables, grads):
            v.value -= lr * g
    return losses


ALTERNATIVES = {
    "graph_order": [
        order_by_counting,
        order_from_the_leaves,
        order_with_a_stack,
        order_by_iterators,
        order_when_arguments_are_there,
        graph_order_generator,
        graph_order_by_iterators,
    ],
    "evaluate": [evaluate_with_a_table_first, evaluate_and_store, evaluate_if_in_feed, evaluate_own_walk],
    "gradients": [
        gradients_by_lists,
        gradients_pulled,
        gradients_defaultdict_lists,
        gradients_zeros_everywhere,
    ],
    "minimize": [minimize_in_place, minimize_by_index, minimize_by_adding, minimize_in_place_ok],
}
