"""Wrong answers to chapter 02 that were accepted, or told a mistake that is not theirs."""

from revgraph.checks import exercises
from revgraph.checks.chapters.ch02_scalar_autodiff.wrong_values import edited


def named(name, *edits):
    made = edited("relu", *edits)
    made.__name__ = name
    return made


def order_of(root):
    return exercises()["topological_order"].reference(root)


def order_met_again(root):
    order, queue = [], [root]
    while queue:
        node = queue.pop(0)
        if node in order:
            order.remove(node)
        order.append(node)
        queue.extend(node._children)
    return order[::-1]


def order_by_marks(root):
    order, stack = [], [(root, False)]
    while stack:
        node, ready = stack.pop()
        if ready:
            order.append(node)
        elif not getattr(node, "visited", False):
            node.visited = True
            stack.append((node, True))
            for child in node._children:
                stack.append((child, False))
    return order


def order_of_children(root):
    return [root, *root._children][::-1]


def backward_without_the_root(root):
    root.grad = 1.0
    for node in order_of(root)[:-1][::-1]:
        node._backward()


def backward_if_zero(root):
    if root.grad == 0:
        root.grad = 1.0
    for node in reversed(order_of(root)):
        node._backward()


WRONG = {
    "value_relu": [
        named("gate_of_its_gradient", (r"self\.data > 0", "self.grad > 0")),
        named(
            "relu_itself",
            (r"^ +out = .*\n", "    if self.data > 0:\n        return self\n    return self * 0\n\\g<0>"),
        ),
    ],
    "topological_order": [order_met_again, order_by_marks, order_of_children],
    "backward": [backward_without_the_root, backward_if_zero],
}
