"""More wrong answers to chapter 02, as learners write them."""

import runpy
from pathlib import Path

value_class = runpy.run_path(str(Path(__file__).with_name("ch02_readers.py")))["value_class"]


def named(name, **methods):
    made = value_class(**methods)
    made.__name__ = name
    return made


def add_returns_a_number(self, other):
    return self.data + (other.data if hasattr(other, "data") else other)


def add_runs_backward_at_once(self, other):
    other = other if isinstance(other, type(self)) else type(self)(other)
    out = type(self)(self.data + other.data, (self, other))

    def _backward():
        self.grad += out.grad
        other.grad += out.grad

    out._backward = _backward()
    return out


def add_gives_its_gradient_away(self, other):
    other = other if isinstance(other, type(self)) else type(self)(other)
    out = type(self)(self.data + other.data, (self, other))

    def _backward():
        self.grad += out.grad
        other.grad += out.grad
        out.grad = 0.0

    out._backward = _backward
    return out


def add_of_what_is_no_value(self, other):
    wrapped = other if isinstance(other, type(self)) else type(self)(other)
    out = type(self)(self.data + wrapped.data, (self, other))

    def _backward():
        self.grad += out.grad
        wrapped.grad += out.grad

    out._backward = _backward
    return out


def mul_forgets_the_children(self, other):
    other = other if isinstance(other, type(self)) else type(self)(other)
    out = type(self)(self.data * other.data)

    def _backward():
        self.grad += other.data * out.grad
        other.grad += self.data * out.grad

    out._backward = _backward
    return out


def mul_by_the_result(self, other):
    other = other if isinstance(other, type(self)) else type(self)(other)
    out = type(self)(self.data * other.data, (self, other))

    def _backward():
        self.grad += out.data / (self.data or 1) * out.grad
        other.grad += out.data / (other.data or 1) * out.grad

    out._backward = _backward
    return out


def pow_without_the_exponent(self, n):
    out = type(self)(self.data**n, (self,))

    def _backward():
        self.grad += self.data ** (n - 1) * out.grad

    out._backward = _backward
    return out


def relu_always_passes(self):
    out = type(self)(max(0.0, self.data), (self,))

    def _backward():
        self.grad += out.grad

    out._backward = _backward
    return out


def relu_of_gains_alone(self):
    out = type(self)(max(0.0, self.data), (self,))

    def _backward():
        if self.data > 0 and out.grad > 0:
            self.grad += out.grad

    out._backward = _backward
    return out


def truediv_of_the_data(self, other):
    return type(self)(self.data / (other.data if hasattr(other, "data") else other), (self,))


def neg_is_data(self):
    self.data = -self.data
    return self


def order_by_recursion_twice(root):
    order = []
    for child in root._children:
        order.extend(order_by_recursion_twice(child))
    order.append(root)
    return order


def order_by_depth(root):
    """Breadth first from the root, reversed: a node may come before its child."""
    seen, queue = [root], [root]
    while queue:
        node = queue.pop(0)
        for child in node._children:
            if child not in seen:
                seen.append(child)
                queue.append(child)
    return seen[::-1]


def backward_forgets_the_seed(root):
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for child in node._children:
                visit(child)
            order.append(node)

    visit(root)
    for node in reversed(order):
        node._backward()


def backward_zeroes_first(root):
    """The root's gradient is set before all are set to 0."""
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for child in node._children:
                visit(child)
            order.append(node)

    root.grad = 1.0
    visit(root)
    for node in order:
        node.grad = 0.0
    for node in reversed(order):
        node._backward()


WRONG = {
    "value_add": [
        named("add_returns_a_number", __add__=add_returns_a_number),
        named("add_runs_backward_at_once", __add__=add_runs_backward_at_once),
        named("add_gives_its_gradient_away", __add__=add_gives_its_gradient_away),
        named("add_of_what_is_no_value", __add__=add_of_what_is_no_value),
    ],
    "value_mul": [
        named("mul_forgets_the_children", __mul__=mul_forgets_the_children),
        named("mul_by_the_result", __mul__=mul_by_the_result),
    ],
    "value_pow": [named("pow_without_the_exponent", __pow__=pow_without_the_exponent)],
    "value_relu": [
        named("relu_always_passes", relu=relu_always_passes),
        named("relu_of_gains_alone", relu=relu_of_gains_alone),
    ],
    "value_reflected": [
        named("truediv_of_the_data", __truediv__=truediv_of_the_data),
        named("neg_is_data", __neg__=neg_is_data),
    ],
    "topological_order": [order_by_recursion_twice, order_by_depth],
    "backward": [backward_forgets_the_seed, backward_zeroes_first],
}

SAID = {
    "add_gives_its_gradient_away": "a Value that has set its own grad to 0",
    "add_of_what_is_no_value": "_children holds an int, which is no Value",
}

NOT_SAID = {
    "mul_by_the_result": "in place of its gradient",
    "relu_of_gains_alone": "no gradient came back",
}
