"""Wrong answers that learners gave to chapter 06, or would."""

from collections import Counter

import numpy as np


def run(output):
    """The nodes, children first, each with its value."""
    order = []

    def visit(node):
        if node not in order:
            for arg in node.args:
                visit(arg)
            order.append(node)

    visit(output)
    for node in order:
        if node.op is not None:
            node.value = node.op.forward(*[arg.value for arg in node.args])
    return order


def rules(node, g):
    found = node.op.vjp(g, node.value, *[arg.value for arg in node.args])
    return found if len(node.args) > 1 else (found,)


def last_path_and_ones_everywhere(output, variables):
    order = run(output)
    grads = {node: np.ones_like(output.value) for node in order}
    for node in reversed(order):
        if node.op is not None:
            for arg, g in zip(node.args, rules(node, grads[node]), strict=True):
                grads[arg] = g
    return [np.asarray(grads.get(one, np.zeros_like(one.value))) for one in variables]


def nothing_for_a_stranger(output, variables):
    order = run(output)
    grads = {output: np.ones_like(output.value)}
    for node in reversed(order):
        if node.op is not None and node in grads:
            for arg, g in zip(node.args, rules(node, grads[node]), strict=True):
                grads[arg] = grads[arg] + g if arg in grads else g
    return [grads.get(one) for one in variables]


def leaves_no_value(node, feed):
    """The result is right, but no node keeps its value."""

    def value_of(one):
        if one.op is None:
            return np.asarray(feed.get(one, feed.get(one.name, one.value)))
        return one.op.forward(*[value_of(arg) for arg in one.args])

    return value_of(node)


def _order(node):
    order, seen = [], set()
    stack = [(node, False)]
    while stack:
        n, ready = stack.pop()
        if ready:
            order.append(n)
        elif n not in seen:
            seen.add(n)
            stack.append((n, True))
            stack += [(arg, False) for arg in n.args]
    return order


def order_by_recursion(node):
    order, seen = [], set()

    def visit(n):
        if n not in seen:
            seen.add(n)
            for arg in n.args:
                visit(arg)
            order.append(n)

    visit(node)
    return order


def order_without_seen(node):
    order = []

    def visit(n):
        for arg in n.args:
            visit(arg)
        order.append(n)

    visit(node)
    return order


def order_not_turned(node):
    users = Counter(arg for n in _order(node) for arg in n.args)
    order, due = [], [node]
    while due:
        order.append(due.pop())
        for arg in order[-1].args:
            users[arg] -= 1
            if users[arg] == 0:
                due.append(arg)
    return order


def order_of_a_queue(node):
    order, queue = [], [node]
    while queue:
        n = queue.pop(0)
        if n not in order:
            order.append(n)
            queue += n.args
    return order[::-1]


def order_by_set_of_args(node):
    users = Counter(arg for n in _order(node) for arg in set(n.args))
    order, due = [], [node]
    while due:
        order.append(due.pop())
        for arg in order[-1].args:
            users[arg] -= 1
            if users[arg] <= 0:
                due.append(arg)
    return order[::-1]


def evaluate_recursively(node, feed):
    if node.op is None:
        return feed.get(node.name, node.value)
    return node.op.forward(*[evaluate_recursively(arg, feed) for arg in node.args])


def evaluate_returns_node(node, feed):
    for n in _order(node):
        n.value = feed.get(n.name, n.value) if n.op is None else n.op.forward(*[a.value for a in n.args])
    return node


def evaluate_without_a_star(node, feed):
    for n in _order(node):
        n.value = feed.get(n.name, n.value) if n.op is None else n.op.forward([a.value for a in n.args])
    return node.value


def evaluate_feed_required(node, feed):
    for n in _order(node):
        n.value = feed[n.name] if n.op is None else n.op.forward(*[a.value for a in n.args])
    return node.value


def evaluate_if_missing(node, feed):
    for n in _order(node):
        if n.value is None:
            n.value = feed[n.name] if n.op is None else n.op.forward(*[a.value for a in n.args])
    return node.value


def _evaluate(node):
    for n in _order(node):
        if n.op is not None:
            n.value = n.op.forward(*[a.value for a in n.args])
    return node.value


def _backward(output, variables, order, add, stranger):
    _evaluate(output)
    pending = {output: np.ones_like(output.value)}
    for node in order(output):
        if node.op is not None and node in pending:
            grads = node.op.vjp(pending[node], node.value, *[a.value for a in node.args])
            grads = grads if len(node.args) > 1 else (grads,)
            for arg, grad in zip(node.args, grads):
                pending[arg] = add(pending.get(arg), grad)
    return [pending.get(v, stranger(v)) for v in variables]


def _plus(old, new):
    return new if old is None else old + new


def gradients_overwritten(output, variables):
    return _backward(output, variables, lambda n: _order(n)[::-1], lambda old, new: new, _zeros)


def gradients_forwards(output, variables):
    return _backward(output, variables, _order, _plus, _zeros)


def gradients_none(output, variables):
    return _backward(output, variables, lambda n: _order(n)[::-1], _plus, lambda v: None)


def gradients_zero(output, variables):
    return _backward(output, variables, lambda n: _order(n)[::-1], _plus, lambda v: 0)


def gradients_of_a_queue(output, variables):
    return _backward(output, variables, lambda n: order_of_a_queue(n)[::-1], _plus, _zeros)


def _zeros(v):
    return np.zeros_like(v.value)


def gradients_in_a_dict(output, variables):
    return dict(zip(variables, _backward(output, variables, lambda n: _order(n)[::-1], _plus, _zeros)))


def gradients_not_evaluated(output, variables):
    pending = {output: np.ones_like(output.value)}
    for node in _order(output)[::-1]:
        if node.op is not None:
            grads = node.op.vjp(pending[node], node.value, *[a.value for a in node.args])
            for arg, grad in zip(node.args, grads if len(node.args) > 1 else (grads,)):
                pending[arg] = pending.get(arg, 0) + grad
    return [pending.get(v, np.zeros_like(v.value)) for v in variables]


def _gradients(output, variables):
    return _backward(output, variables, lambda n: _order(n)[::-1], _plus, _zeros)


def minimize_renames(loss, variables, lr, steps):
    losses = []
    for _ in range(steps):
        grads = _gradients(loss, variables)
        losses.append(float(loss.value))
        for variable, grad in zip(variables, grads):
            variable = variable.value - lr * grad
    return losses


def minimize_uphill(loss, variables, lr, steps):
    losses = []
    for _ in range(steps):
        grads = _gradients(loss, variables)
        losses.append(float(loss.value))
        for variable, grad in zip(variables, grads):
            variable.value = variable.value + lr * grad
    return losses


def minimize_returns_in_the_loop(loss, variables, lr, steps):
    losses = []
    for _ in range(steps):
        grads = _gradients(loss, variables)
        losses.append(float(loss.value))
        for variable, grad in zip(variables, grads):
            variable.value = variable.value - lr * grad
        return losses


def minimize_notes_afterwards(loss, variables, lr, steps):
    losses = []
    for _ in range(steps):
        for variable, grad in zip(variables, _gradients(loss, variables)):
            variable.value = variable.value - lr * grad
        losses.append(float(_evaluate(loss)))
    return losses


WRONG = {
    "graph_order": [
        order_by_recursion,
        order_without_seen,
        order_not_turned,
        order_of_a_queue,
        order_by_set_of_args,
    ],
    "evaluate": [
        leaves_no_value,
        evaluate_recursively,
        evaluate_returns_node,
        evaluate_without_a_star,
        evaluate_feed_required,
        evaluate_if_missing,
    ],
    "gradients": [
        last_path_and_ones_everywhere,
        nothing_for_a_stranger,
        gradients_overwritten,
        gradients_forwards,
        gradients_none,
        gradients_zero,
        gradients_of_a_queue,
        gradients_in_a_dict,
        gradients_not_evaluated,
    ],
    "minimize": [minimize_renames, minimize_uphill, minimize_returns_in_the_loop, minimize_notes_afterwards],
}
