"""Wrong answers to chapter 06: right at the first call, or as long as the loss falls."""

from collections import Counter

import numpy as np

from revgraph.checks import exercises


def piece(name):
    return exercises()[name].reference


def graph_order_by_marks(node):
    order, stack = [], [(node, False)]
    while stack:
        n, ready = stack.pop()
        if ready:
            order.append(n)
        elif not getattr(n, "seen", False):
            n.seen = True
            stack.append((n, True))
            stack.extend((arg, False) for arg in n.args)
    return order


def graph_order_counting_users_in_a_queue(node):
    """x * x counts once for x, and takes off two: where another node uses x, too, x comes before its turn."""
    users = Counter(arg for n in piece("graph_order")(node) for arg in set(n.args))
    order = [node]
    for n in order:
        for arg in n.args:
            users[arg] -= 1
            if users[arg] == 0:
                order.append(arg)
    return order[::-1]


def evaluate_filling_feed(node, feed):
    for n in piece("graph_order")(node):
        if n.op is None:
            n.value = feed.setdefault(n.name, n.value)
        else:
            n.value = n.op.forward(*[arg.value for arg in n.args])
    return node.value


def evaluate_putting_the_leaves_back(node, feed):
    before = {n: n.value for n in piece("graph_order")(node) if n.op is None}
    value = piece("evaluate")(node, feed)
    for n, old in before.items():
        n.value = old
    return value


def gradients_in_the_nodes(output, variables):
    piece("evaluate")(output, {})
    order = piece("graph_order")(output)
    for node in [*order, *variables]:
        if not hasattr(node, "grad"):
            node.grad = np.zeros_like(node.value)
    output.grad = np.ones_like(output.value)
    for node in reversed(order):
        if node.op is not None:
            grads = node.op.vjp(node.grad, node.value, *(arg.value for arg in node.args))
            for arg, grad in zip(node.args, grads if len(node.args) > 1 else (grads,)):
                arg.grad = arg.grad + grad
    return [np.asarray(v.grad) for v in variables]


def gradients_of_old_values(output, variables):
    if output.value is None:
        piece("evaluate")(output, {})
    pending = {output: np.ones_like(output.value)}
    for node in reversed(piece("graph_order")(output)):
        if node.op is not None:
            grads = node.op.vjp(pending[node], node.value, *(arg.value for arg in node.args))
            for arg, grad in zip(node.args, grads if len(node.args) > 1 else (grads,)):
                pending[arg] = pending.get(arg, 0) + grad
    return [np.asarray(pending.get(v, np.zeros_like(v.value))) for v in variables]


def gradients_by_differences(output, variables):
    def loss(variable, value):
        before, variable.value = variable.value, value
        total = np.sum(piece("evaluate")(output, {}))
        variable.value = before
        return total

    grads = [np.zeros_like(v.value) for v in variables]
    for v, grad in zip(variables, grads):
        for index in np.ndindex(grad.shape):
            up, down = v.value.copy(), v.value.copy()
            up[index] += 1e-5
            down[index] -= 1e-5
            grad[index] = (loss(v, up) - loss(v, down)) / 2e-5
    return grads


def gradients_in_the_list(output, variables):
    grads = piece("gradients")(output, variables)
    for i, grad in enumerate(grads):
        variables[i] = grad
    return variables


def minimize_until_it_grows(loss, variables, lr, steps):
    losses = []
    for _ in range(steps):
        now = float(piece("evaluate")(loss, {}))
        if losses and now > losses[-1]:
            break
        losses.append(now)
        for v, grad in zip(variables, piece("gradients")(loss, variables)):
            v.value = v.value - lr * grad
    return losses


def minimize_until_it_is_flat(loss, variables, lr, steps):
    losses = []
    for _ in range(steps):
        losses.append(float(piece("evaluate")(loss, {})))
        grads = piece("gradients")(loss, variables)
        if all(np.all(np.abs(grad) < 1e-6) for grad in grads):
            break
        for v, grad in zip(variables, grads):
            v.value = v.value - lr * grad
    return losses


WRONG = {
    "graph_order": [graph_order_by_marks, graph_order_counting_users_in_a_queue],
    "evaluate": [evaluate_filling_feed, evaluate_putting_the_leaves_back],
    "gradients": [
        gradients_in_the_nodes,
        gradients_in_the_list,
        gradients_of_old_values,
        gradients_by_differences,
    ],
    "minimize": [minimize_until_it_grows, minimize_until_it_is_flat],
}

NOT_SAID = {"evaluate_putting_the_leaves_back": "It returned None"}
