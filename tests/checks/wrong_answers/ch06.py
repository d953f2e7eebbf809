"""Wrong answers that learners gave to chapter 06."""

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


WRONG = {
    "gradients": [last_path_and_ones_everywhere, nothing_for_a_stranger],
    "evaluate": [leaves_no_value],
}
