"""Mutants of references that are right all the same, each with the reason."""

SWAPPED = "the same, with two equal things exchanged"
GIVEN = "the first line of the function is given in the notebook, with this default"
NOT_READ = "this number is put aside or written over before it is read"
SIZE = "a distance is the same from either end"

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
        "np.max(np.abs(a - b) / np.where(size == 0, 1, size))": "a NumPy number counts as a number",
        "np.abs(a - b) → np.abs(b - a)": SIZE,
        "np.where(size == 0, 1, size) → np.where(size == 0, 2, size)": "0 divided by it is 0",
    },
    "numerical_vjp": {"1e-06 → 2e-06": GIVEN, "np.zeros(x.shape) → np.ones(x.shape)": NOT_READ},
    **dict.fromkeys(("value_add", "value_mul", "value_pow", "value_relu", "value_reflected"), VALUE),
    "Neuron": {"zip(self.w, x) → zip(x, self.w)": SWAPPED},
    "Layer": {"outputs[0] → outputs[-1]": "of a list of one"},
    "MLP": {"isinstance(x, list | tuple) → isinstance(x, list)": "an input in a tuple is an edge case"},
    "max_margin_loss": {"zip(scores, labels) → zip(labels, scores)": SWAPPED},
}
