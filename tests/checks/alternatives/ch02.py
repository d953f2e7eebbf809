"""Right answers to chapter 02 in other words than the reference's."""

from collections import deque
from functools import partial


class Closures:
    """One closure an operation, children in a tuple; constants are Values too."""

    def __init__(self, data, _children=()):
        self.data, self.grad = data, 0
        self._children = tuple(_children)
        self._backward = lambda: None

    def __add__(self, other):
        other = other if isinstance(other, type(self)) else type(self)(other)
        out = type(self)(self.data + other.data, (self, other))

        def _backward():
            self.grad += out.grad
            other.grad += out.grad

        out._backward = _backward
        return out

    def __mul__(self, other):
        other = other if isinstance(other, type(self)) else type(self)(other)
        out = type(self)(self.data * other.data, (self, other))

        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out._backward = _backward
        return out

    def __pow__(self, exponent):
        out = type(self)(self.data**exponent, (self,))

        def _backward():
            self.grad += (exponent * self.data ** (exponent - 1)) * out.grad

        out._backward = _backward
        return out

    def relu(self):
        out = type(self)(0 if self.data < 0 else self.data, (self,))

        def _backward():
            self.grad += (out.data > 0) * out.grad

        out._backward = _backward
        return out

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + (-other)

    def __truediv__(self, other):
        return self * other**-1

    def __rsub__(self, other):
        return other + (-self)

    def __rtruediv__(self, other):
        return other * self**-1

    __radd__ = __add__
    __rmul__ = __mul__


class Slopes:
    """Each result keeps pairs (operand, slope); a number is part of the operation and no child."""

    def __init__(self, data, slopes=()):
        self.data, self.grad = data, 0.0
        self._children = tuple(dict.fromkeys(child for child, _ in slopes))
        self._backward = partial(self._send, slopes)

    def _send(self, slopes):
        for child, slope in slopes:
            child.grad = child.grad + slope * self.grad

    def __add__(self, other):
        if isinstance(other, Slopes):
            return Slopes(self.data + other.data, [(self, 1.0), (other, 1.0)])
        return Slopes(self.data + other, [(self, 1.0)])

    def __mul__(self, other):
        if isinstance(other, Slopes):
            return Slopes(self.data * other.data, [(self, other.data), (other, self.data)])
        return Slopes(self.data * other, [(self, other)])

    def __pow__(self, n):
        slope = 0.0 if n == 0 else n * self.data ** (n - 1)
        return Slopes(self.data**n, [(self, slope)])

    def relu(self):
        return Slopes(self.data, [(self, 1.0)]) if self.data > 0 else Slopes(0.0, [(self, 0.0)])

    def __neg__(self):
        return Slopes(-self.data, [(self, -1.0)])

    def __sub__(self, other):
        if isinstance(other, Slopes):
            return Slopes(self.data - other.data, [(self, 1.0), (other, -1.0)])
        return self + -other

    def __truediv__(self, other):
        if isinstance(other, Slopes):
            q = self.data / other.data
            return Slopes(q, [(self, 1 / other.data), (other, -q / other.data)])
        return self * (1 / other)

    def __radd__(self, number):
        return Slopes(number + self.data, [(self, 1.0)])

    def __rmul__(self, number):
        return Slopes(number * self.data, [(self, number)])

    def __rsub__(self, number):
        return Slopes(number - self.data, [(self, -1.0)])

    def __rtruediv__(self, number):
        return Slopes(number / self.data, [(self, -number / self.data**2)])


def order_by_counting_parents(root):
    """Kahn's algorithm: a node is done when all its parents are."""
    parents, met, todo = {root: 0}, {root}, [root]
    while todo:
        for child in todo.pop()._children:
            parents[child] = parents.get(child, 0) + 1
            if child not in met:
                met.add(child)
                todo.append(child)
    order, ready = [], deque([root])
    while ready:
        node = ready.popleft()
        order.append(node)
        for child in node._children:
            parents[child] -= 1
            if parents[child] == 0:
                ready.append(child)
    return order[::-1]


def order_with_iterators(root):
    order, seen, stack = [], {id(root)}, [(root, iter(root._children))]
    while stack:
        _, children = stack[-1]
        child = next(children, None)
        if child is None:
            order.append(stack.pop()[0])
        elif id(child) not in seen:
            seen.add(id(child))
            stack.append((child, iter(child._children)))
    return order


def order_by_waiting(root):
    order, done, stack = [], set(), [root]
    while stack:
        node = stack[-1]
        waiting = [child for child in node._children if child not in done]
        if waiting:
            stack.extend(waiting)
            continue
        stack.pop()
        if node not in done:
            done.add(node)
            order.append(node)
    return order


def order_told_on_the_way(root):
    """Prints each node, as one does in order to understand; gives a tuple."""
    order = order_by_waiting(root)
    for node in order:
        print(node, node.data, node._op)
    return tuple(order)


def backward_by_recursion(root):
    """Right, but for a chain of thousands, of which the text says nothing here."""
    order, seen = [], set()

    def visit(node):
        if node in seen:
            return
        seen.add(node)
        for child in node._children:
            visit(child)
        order.append(node)

    visit(root)
    root.grad = 1.0
    while order:
        order.pop()._backward()


def backward_over_order(root):
    root.grad = 1
    for node in order_with_iterators(root)[::-1]:
        node._backward()


def backward_without_a_list(root):
    """Counts the parents that still have to send, and zeroes all the gradients first."""
    nodes = order_by_waiting(root)
    waiting_for = dict.fromkeys(nodes, 0)
    for node in nodes:
        node.grad = 0.0
        for child in node._children:
            waiting_for[child] += 1
    root.grad, ready = 1.0, [root]
    while ready:
        node = ready.pop()
        node._backward()
        for child in node._children:
            waiting_for[child] -= 1
            if waiting_for[child] == 0:
                ready.append(child)


ALTERNATIVES = {
    "value_add": [Closures, Slopes],
    "value_mul": [Closures, Slopes],
    "value_pow": [Closures, Slopes],
    "value_relu": [Closures, Slopes],
    "value_reflected": [Closures, Slopes],
    "topological_order": [
        order_by_counting_parents,
        order_with_iterators,
        order_by_waiting,
        order_told_on_the_way,
    ],
    "backward": [backward_over_order, backward_without_a_list, backward_by_recursion],
}
