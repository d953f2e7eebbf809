"""Wrong answers that learners gave to chapter 02: one method of a class, or one function, is wrong."""


def with_methods(name, **methods):
    """A right Value in which some methods are replaced by a learner's."""

    class Value:
        def __init__(self, data, _children=()):
            self.data, self.grad, self._children = data, 0.0, tuple(_children)
            self._backward = lambda: None

        def __add__(self, other):
            a, b = self, as_value(self, other)
            return made(a, a.data + b.data, (a, 1.0), (b, 1.0))

        def __mul__(self, other):
            a, b = self, as_value(self, other)
            return made(a, a.data * b.data, (a, b.data), (b, a.data))

        def __pow__(self, n):
            return made(self, self.data**n, (self, n * self.data ** (n - 1) if n else 0.0))

        def relu(self):
            return made(self, max(0.0, self.data), (self, float(self.data > 0)))

        def __neg__(self):
            return self * -1

        def __sub__(self, other):
            return self + as_value(self, other) * -1

        def __truediv__(self, other):
            return self * as_value(self, other) ** -1

        def __radd__(self, other):
            return self + other

        def __rmul__(self, other):
            return self * other

        def __rsub__(self, other):
            return as_value(self, other) + self * -1

        def __rtruediv__(self, other):
            return as_value(self, other) * self**-1

    for method, function in methods.items():
        setattr(Value, method, function)
    Value.__name__ = name
    return Value


def as_value(one, other):
    return other if isinstance(other, type(one)) else type(one)(other)


def made(like, data, *slopes):
    """A node that sends its gradient back by these slopes."""
    out = type(like)(data, tuple(child for child, _ in slopes))

    def send_back():
        for child, slope in slopes:
            child.grad += slope * out.grad

    out._backward = send_back
    return out


def binary(forward, send):
    """An operation of two Values from what it computes and what `send(a, b, out)` does on the way back."""

    def operation(self, other):
        b = as_value(self, other)
        out = type(self)(forward(self.data, b.data), (self, b))
        out._backward = lambda: send(self, b, out)
        return out

    return operation


def unary(forward, send):
    def operation(self, *args):
        out = type(self)(forward(self.data, *args), (self,))
        out._backward = lambda: send(self, out, *args)
        return out

    return operation


def plus(a, b):
    return a + b


def times(a, b):
    return a * b


def assigns(a, b, out):
    a.grad = out.grad
    b.grad = out.grad


def sends_one(a, b, out):
    a.grad += 1
    b.grad += 1


def sends_further(a, b, out):
    a.grad += out.grad
    b.grad += out.grad
    a._backward()
    b._backward()


def own_factor(a, b, out):
    a.grad += a.data * out.grad
    b.grad += b.data * out.grad


def without_what_arrives(a, b, out):
    a.grad += b.data
    b.grad += a.data


def without_return(self, other):
    made(self, self.data + other.data, (self, 1.0), (other, 1.0))


def without_wrapping(self, other):
    return made(self, self.data + other.data, (self, 1.0), (other, 1.0))


def on_the_operands(self, other):
    other = as_value(self, other)
    out = type(self)(self.data + other.data, (self, other))

    def to_self():
        self.grad = out.grad

    def to_other():
        other.grad = out.grad

    self._backward, other._backward = to_self, to_other
    return out


def positive(a):
    return max(0, a)


def above_one(a, out):
    a.grad += out.grad * (1 if out.data > 1 else 0)


def never_negative(a, out):
    a.grad += (0 if out.data < 0 else 1) * out.grad


def relu_without_what_arrives(a, out):
    a.grad += 1 if a.data > 0 else 0


def wipes(a, out):
    if a.data > 0:
        a.grad += out.grad
    else:
        a.grad = 0


def same_exponent(a, out, n):
    a.grad += n * a.data**n * out.grad


def precedence(a, out, n):
    a.grad += (n * a.data**n - 1) * out.grad


def in_the_same_order(self, other):
    return self + as_value(self, other) * -1


def sends_while_visiting(root):
    seen = set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for child in node._children:
                visit(child)
            node._backward()

    root.grad = 1
    visit(root)


def guard_of_one_line(root):
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
        for child in node._children:
            visit(child)
        order.append(node)

    visit(root)
    root.grad = 1.0
    for node in reversed(order):
        node._backward()


def names_without_calling(root):
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for child in node._children:
                visit(child)
            order.append(node)

    visit(root)
    root.grad = 1.0
    for node in reversed(order):
        node._backward  # noqa: B018


def sends_as_they_come(root):
    root.grad = 1.0
    waiting = [root]
    while waiting:
        node = waiting.pop(0)
        node._backward()
        waiting += node._children


def without_a_guard(root):
    order = []

    def visit(node):
        for child in node._children:
            visit(child)
        order.append(node)

    visit(root)
    return order


def parents_first(root):
    order = []

    def visit(node):
        order.append(node)
        for child in node._children:
            visit(child)

    visit(root)
    return order[::-1]


WRONG = {
    "value_add": [
        with_methods("assigns", __add__=binary(plus, assigns)),
        with_methods("sends_one", __add__=binary(plus, sends_one)),
        with_methods("sends_further", __add__=binary(plus, sends_further)),
        with_methods("without_return", __add__=without_return),
        with_methods("without_wrapping", __add__=without_wrapping),
        with_methods("on_the_operands", __add__=on_the_operands),
    ],
    "value_mul": [
        with_methods("own_factor", __mul__=binary(times, own_factor)),
        with_methods("without_what_arrives", __mul__=binary(times, without_what_arrives)),
    ],
    "value_relu": [
        with_methods("above_one", relu=unary(positive, above_one)),
        with_methods("never_negative", relu=unary(positive, never_negative)),
        with_methods("relu_without_what_arrives", relu=unary(positive, relu_without_what_arrives)),
        with_methods("wipes", relu=unary(positive, wipes)),
    ],
    "value_pow": [
        with_methods("same_exponent", __pow__=unary(pow, same_exponent)),
        with_methods("precedence", __pow__=unary(pow, precedence)),
    ],
    "value_reflected": [with_methods("in_the_same_order", __rsub__=in_the_same_order)],
    "topological_order": [without_a_guard, parents_first],
    "backward": [sends_while_visiting, guard_of_one_line, names_without_calling, sends_as_they_come],
}
