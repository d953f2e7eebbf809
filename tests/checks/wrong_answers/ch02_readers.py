"""Wrong answers to chapter 02, as learners give them."""


def value_class(**methods):
    """A class Value as other courses write it, with some methods replaced."""

    class Value:
        def __init__(self, data, _children=()):
            self.data, self.grad, self._children = data, 0.0, tuple(_children)
            self._backward = lambda: None

        def __add__(self, other):
            other = other if isinstance(other, Value) else Value(other)
            out = Value(self.data + other.data, (self, other))

            def _backward():
                self.grad += out.grad
                other.grad += out.grad

            out._backward = _backward
            return out

        def __mul__(self, other):
            other = other if isinstance(other, Value) else Value(other)
            out = Value(self.data * other.data, (self, other))

            def _backward():
                self.grad += other.data * out.grad
                other.grad += self.data * out.grad

            out._backward = _backward
            return out

        def __pow__(self, n):
            out = Value(self.data**n, (self,))

            def _backward():
                self.grad += (n * self.data ** (n - 1) if n else 0.0) * out.grad

            out._backward = _backward
            return out

        def relu(self):
            out = Value(self.data if self.data > 0 else 0.0, (self,))

            def _backward():
                self.grad += (self.data > 0) * out.grad

            out._backward = _backward
            return out

        def __neg__(self):
            return self * -1

        def __sub__(self, other):
            return self + (-other)

        def __truediv__(self, other):
            return self * other**-1

        def __rsub__(self, other):
            return (-self) + other

        def __rtruediv__(self, other):
            return self**-1 * other

        __radd__, __rmul__ = __add__, __mul__

    for name, method in methods.items():
        setattr(Value, name, method)
    return Value


def operation(forward, shares):
    """A method by its number, and by what its inner function does to the operands."""

    def method(self, *others):
        others = tuple(o if isinstance(o, type(self)) else type(self)(o) for o in others)
        out = type(self)(forward(self.data, *(o.data for o in others)), (self, *others))
        out._backward = lambda: shares(out, self, *others)
        return out

    return method


def named(name, **methods):
    made = value_class(**methods)
    made.__name__ = name
    return made


def add_assigns(out, a, b):
    a.grad, b.grad = out.grad, out.grad


def add_only_own(out, a, b):
    a.grad += out.grad
    a.grad += out.grad


def add_doubles(out, a, b):
    a.grad += 2 * out.grad
    b.grad += 2 * out.grad


def mul_of_own(out, a, b):
    a.grad += a.data * out.grad
    b.grad += b.data * out.grad


def mul_divides(out, a, b):
    a.grad += out.data / a.data * out.grad
    b.grad += out.data / b.data * out.grad


def mul_assigns_one(out, a, b):
    a.grad += b.data * out.grad
    b.grad = a.data * out.grad


def pow_of_the_exponent(self, n):
    out = type(self)(self.data**n, (self,))

    def _backward():
        self.grad += n * self.data**n - 1 * out.grad

    out._backward = _backward
    return out


def pow_assigned(self, n):
    out = type(self)(self.data**n, (self,))

    def _backward():
        self.grad = (n * self.data ** (n - 1) if n else 0.0) * out.grad

    out._backward = _backward
    return out


def relu_by_sign_of_grad(self):
    out = type(self)(max(0, self.data), (self,))

    def _backward():
        self.grad += out.grad if out.grad > 0 else 0

    out._backward = _backward
    return out


def relu_at_one(self):
    out = type(self)(max(0, self.data), (self,))

    def _backward():
        self.grad += out.grad * (1 if out.data > 1 else 0)

    out._backward = _backward
    return out


def relu_wipes(self):
    out = type(self)(max(0, self.data), (self,))

    def _backward():
        self.grad = self.grad + out.grad if self.data > 0 else 0.0

    out._backward = _backward
    return out


def relu_leaky(self):
    out = type(self)(self.data if self.data > 0 else 0.01 * self.data, (self,))

    def _backward():
        self.grad += (1 if self.data > 0 else 0.01) * out.grad

    out._backward = _backward
    return out


def rsub_as_sub(self, other):
    return self - other


def rdiv_as_div(self, other):
    return self / other


def neg_of_the_number(self):
    return type(self)(-self.data)


def sub_of_numbers(self, other):
    other = other.data if hasattr(other, "data") else other
    return self + (-other)


def order_level_by_level(root):
    queue, order, seen = [root], [], {root}
    while queue:
        node = queue.pop(0)
        order.append(node)
        for child in node._children:
            if child not in seen:
                seen.add(child)
                queue.append(child)
    return list(reversed(order))


def order_appends_first(root):
    order, seen = [], set()

    def visit(node):
        if node in seen:
            return
        seen.add(node)
        order.append(node)
        for child in node._children:
            visit(child)

    visit(root)
    return order


def order_never_remembers(root):
    order = []

    def visit(node):
        for child in node._children:
            visit(child)
        order.append(node)

    visit(root)
    return order


def order_remembers_too_late(root):
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            for child in node._children:
                visit(child)
            order.append(node)

    visit(root)
    return order


def order_only_children(root):
    return [*root._children, root]


def order_in_a_list(root):
    order, stack = [], [(root, False)]
    while stack:
        node, done = stack.pop()
        if done and node not in order:
            order.append(node)
        elif node not in order:
            stack.append((node, True))
            stack += [(child, False) for child in node._children]
    return order


def order_depth_first_reversed(root):
    order, stack, seen = [], [root], set()
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        order.append(node)
        stack += node._children
    order.reverse()
    return order


def backward_unreversed(root):
    root.grad = 1.0
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for child in node._children:
                visit(child)
            order.append(node)

    visit(root)
    for node in order:
        node._backward()


def backward_by_following(root):
    root.grad = 1.0

    def follow(node):
        node._backward()
        for child in node._children:
            follow(child)

    follow(root)


def backward_once_each(root):
    root.grad, seen, todo = 1.0, set(), [root]
    while todo:
        node = todo.pop(0)
        if node not in seen:
            seen.add(node)
            node._backward()
            todo += node._children


def backward_seeds_all(root):
    for node in order_depth_first_reversed(root)[::-1]:
        node.grad = 1.0
        node._backward()


def backward_stops_at_the_children(root):
    root.grad = 1.0
    root._backward()
    for child in root._children:
        child._backward()


WRONG = {
    "value_add": [
        named("assigns", __add__=operation(lambda a, b: a + b, add_assigns)),
        named("both_to_the_first", __add__=operation(lambda a, b: a + b, add_only_own)),
        named("doubles", __add__=operation(lambda a, b: a + b, add_doubles)),
    ],
    "value_mul": [
        named("own_number", __mul__=operation(lambda a, b: a * b, mul_of_own)),
        named("divides", __mul__=operation(lambda a, b: a * b, mul_divides)),
        named("assigns_one", __mul__=operation(lambda a, b: a * b, mul_assigns_one)),
    ],
    "value_pow": [
        named("precedence", __pow__=pow_of_the_exponent),
        named("assigned", __pow__=pow_assigned),
    ],
    "value_relu": [
        named("sign_of_grad", relu=relu_by_sign_of_grad),
        named("at_one", relu=relu_at_one),
        named("wipes", relu=relu_wipes),
        named("leaky", relu=relu_leaky),
    ],
    "value_reflected": [
        named("rsub", __rsub__=rsub_as_sub),
        named("rdiv", __rtruediv__=rdiv_as_div),
        named("neg", __neg__=neg_of_the_number),
        named("sub", __sub__=sub_of_numbers),
    ],
    "topological_order": [
        order_level_by_level,
        order_appends_first,
        order_never_remembers,
        order_remembers_too_late,
        order_only_children,
        order_in_a_list,
        order_depth_first_reversed,
    ],
    "backward": [
        backward_unreversed,
        backward_by_following,
        backward_once_each,
        backward_seeds_all,
        backward_stops_at_the_children,
    ],
}
