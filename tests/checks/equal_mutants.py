"""Mutants of references that are right all the same, each with the reason."""

SWAPPED = "the same, with two equal things exchanged"
GIVEN = "the first line of the function is given in the notebook, with this default"
NOT_READ = "this number is put aside or written over before it is read"
SIZE = "a distance is the same from either end"
NUMBER = "a NumPy number counts as a number"
RESHAPED = "reshape brings the axes back"
PENDING = "something is pending for every node of the graph"

VALUE = {
    "(self, as_value(other)) → (as_value(other), self)": SWAPPED,
    "(self, as_value(other)) → (as_value(other), self) (2)": SWAPPED,
    "Value(a.data + b.data, (a, b)) → Value(a.data + b.data, (b, a))": SWAPPED,
    "Value(a.data * b.data, (a, b)) → Value(a.data * b.data, (b, a))": SWAPPED,
    "Value(max(0.0, self.data), (self,)) → Value(max(self.data, 0.0), (self,))": SWAPPED,
    "self * -1 → self / -1": "1 / -1 is -1",
    "self + other * -1 → self + other / -1": "1 / -1 is -1",
}

EQUAL = {
    "standardize": {
        "np.where(varies, x.std(axis=0), 1) → np.where(varies, x.std(axis=0), 2)": NOT_READ,
        "np.where(varies, x.std(axis=0), 1) → np.where(varies, x.std(axis=0), 0)": NOT_READ,
    },
    "forward_difference": {"1e-06 → 2e-06": GIVEN},
    "central_difference": {"1e-06 → 2e-06": GIVEN},
    "best_step": {
        "abs(central_difference(f, x, h) - df(x)) → abs(df(x) - central_difference(f, x, h))": SIZE,
    },
    "relative_error": {
        "float(np.max(np.abs(a - b) / np.where(size == 0, 1, size))) → "
        "np.max(np.abs(a - b) / np.where(size == 0, 1, size))": NUMBER,
        "np.abs(a - b) → np.abs(b - a)": SIZE,
        "np.where(size == 0, 1, size) → np.where(size == 0, 2, size)": "0 divided by it is 0",
    },
    "numerical_vjp": {"1e-06 → 2e-06": GIVEN, "np.zeros(x.shape) → np.ones(x.shape)": NOT_READ},
    **dict.fromkeys(("value_add", "value_mul", "value_pow", "value_relu", "value_reflected"), VALUE),
    "Neuron": {"zip(self.w, x) → zip(x, self.w)": SWAPPED},
    "Layer": {"outputs[0] → outputs[-1]": "of a list of one"},
    "MLP": {"isinstance(x, list | tuple) → isinstance(x, list)": "an input in a tuple is an edge case"},
    "max_margin_loss": {"zip(scores, labels) → zip(labels, scores)": SWAPPED},
    "pow_vjp": {"np.where(a == 0, 1, a) → np.where(a == 0, 2, a)": "there, ans is 0 as well"},
    "check_vjp": {
        "1e-06 → 2e-06": "any small step will do",
        "np.zeros(x.shape) → np.ones(x.shape)": NOT_READ,
        "np.abs(a - b) → np.abs(b - a)": SIZE,
        "np.where(largest == 0, 1, largest) → np.where(largest == 0, 2, largest)": "0 divided by it is 0",
        "np.max(errors(grad, numerical)) → np.max(errors(numerical, grad))": SIZE,
        "float(max(worst)) → max(worst)": NUMBER,
    },
    "broadcast_shape": {
        "max(len(a), len(b)) → max(len(b), len(a))": SWAPPED,
        "((1,) * (n - len(a)) + a, (1,) * (n - len(b)) + b) → "
        "((1,) * (n - len(b)) + b, (1,) * (n - len(a)) + a)": SWAPPED,
        "zip(a, b) → zip(b, a)": SWAPPED,
        "zip(a, b) → zip(b, a) (2)": SWAPPED,
        "1 not in (p, q) → 1 not in (q, p)": SWAPPED,
    },
    "unbroadcast": {
        "np.sum(g, axis=axes, keepdims=True).reshape → np.sum(g, axis=axes).reshape": RESHAPED,
        "keepdims=True → keepdims=False": RESHAPED,
    },
    "gradients": {
        "node.op is not None and node in pending → node.op is not None": PENDING,
        "[np.asarray(pending.get(v, np.zeros_like(v.value))) for v in variables] → "
        "[pending.get(v, np.zeros_like(v.value)) for v in variables]": NUMBER,
    },
    "minimize": {
        "losses.append(float(evaluate(loss, {}))) → losses.append(evaluate(loss, {}))": NUMBER,
    },
    "sum_vjp": {
        "np.broadcast_to(g, a.shape).copy() → np.broadcast_to(g, a.shape)": "a view holds the same numbers",
    },
    "sigmoid": {"np.where(x >= 0, 1, small) → np.where(x > 0, 1, small)": "at 0, e^-|x| is 1"},
    "cross_entropy": {
        "float(-np.mean(log_softmax(logits)[np.arange(len(labels)), labels])) → "
        "-np.mean(log_softmax(logits)[np.arange(len(labels)), labels])": NUMBER,
    },
}
