"""Mutants of references that are right all the same, each with the reason."""

SWAPPED = "the same, with two equal things exchanged"
GIVEN = "the first line of the function is given in the notebook, with this default"
NOT_READ = "this number is put aside or written over before it is read"
SIZE = "a distance is the same from either end"
NUMBER = "a NumPy number counts as a number"
RESHAPED = "reshape brings the axes back"
FACTOR_1 = "there, the factor is 1"
SAME_LENGTH = "both have the same length always"
ANY_NEGATIVE = "reshape takes any negative size for the one that is left"
LABEL = "a node's name is for pictures"
EVEN = "a cosine is even"
SHIFT = "one number more in every exponent leaves the shares as they are; huge scores are not announced"
ODD = "an odd d is not announced"
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

ATTENTION = {
    "np.exp(scores - scores.max(axis=axis, keepdims=True)) → np.exp(scores)": SHIFT,
    "np.exp(scores - scores.max(axis=axis, keepdims=True)) → "
    "np.exp(scores + scores.max(axis=axis, keepdims=True))": SHIFT,
    "scores - scores.max(axis=axis, keepdims=True) → scores - scores.max(keepdims=True)": SHIFT,
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
    "amsgrad": {
        "memory.get('largest', 0.0) → memory.get('largest', -1.0)": "an average of squares is never below 0",
    },
    "glorot_uniform": {
        "(window * shape[-2], window * shape[-1]) → (window * shape[-1], window * shape[-2])": SWAPPED,
    },
    "l1_l2": {
        "float(l1 * np.sum(np.abs(w)) + l2 * np.sum(w ** 2)) → "
        "l1 * np.sum(np.abs(w)) + l2 * np.sum(w ** 2)": NUMBER,
    },
    "dropout": {"rng.random(x.shape) >= rate → rng.random(x.shape) > rate": "no draw is exactly the rate"},
    "categorical_accuracy": {
        "float(np.mean(np.argmax(y_true, axis=1) == np.argmax(y_pred, axis=1))) → "
        "np.mean(np.argmax(y_true, axis=1) == np.argmax(y_pred, axis=1))": NUMBER,
    },
    "same_padding": {
        "max(last_start + kernel - size, 0) → max(0, last_start + kernel - size)": SWAPPED,
    },
    "conv2d_naive": {"np.zeros((len(x), oh, ow, out)) → np.ones((len(x), oh, ow, out))": NOT_READ},
    "im2col": {
        "np.zeros((n, oh, ow, kh, kw, channels)) → np.ones((n, oh, ow, kh, kw, channels))": NOT_READ,
    },
    "conv2d_vjp": {"-1 → -2": ANY_NEGATIVE, "-1 → -2 (2)": ANY_NEGATIVE},
    "max_pool2d_vjp": {
        "col2im(shares.reshape(n * oh * ow, entries * channels), x.shape, size, stride) → "
        "col2im(shares.reshape(entries * channels, n * oh * ow), x.shape, size, stride)": RESHAPED,
    },
    "train": {
        "(Node(name='x'), Node(name='labels')) → (Node(name='labels'), Node(name='x'))": LABEL,
        "(Node(name='x'), Node(name='labels')) → (Node(), Node(name='labels'))": LABEL,
        "(Node(name='x'), Node(name='labels')) → (Node(name='x'), Node())": LABEL,
        "zip(nodes, gradients(loss, nodes), memories, strict=True) → "
        "zip(nodes, gradients(loss, nodes), memories)": SAME_LENGTH,
        "strict=True → strict=False": SAME_LENGTH,
        "float(loss.value) * len(xb) → loss.value * len(xb)": NUMBER,
    },
    "clip_by_norm": {
        "(float(np.sum(g ** 2)) for g in gradients) → (np.sum(g ** 2) for g in gradients)": NUMBER,
        "limit / norm if norm > limit else 1.0 → limit / norm if norm >= limit else 1.0": FACTOR_1,
    },
    "warmup_cosine": {
        "(step - warmup) / (total - warmup) → (warmup - step) / (total - warmup)": EVEN,
        "(step - warmup) / (total - warmup) → (step - warmup) / (warmup - total)": EVEN,
    },
    "cached_attention": dict.fromkeys(
        ("axis=-2 → axis=2", "axis=-2 → axis=2 (2)"), "keys and values have four axes, as the exercise says"
    ),
    "sample": {
        "np.exp(scores - scores.max()) → np.exp(scores)": SHIFT,
        "np.exp(scores - scores.max()) → np.exp(scores + scores.max())": SHIFT,
        "int(rng.choice(len(scores), p=softmax(scores))) → "
        "rng.choice(len(scores), p=softmax(scores))": NUMBER,
    },
    "attention": ATTENTION,
    "attention_vjp": ATTENTION,
    "sinusoidal_positions": {
        "np.zeros((n, d)) → np.ones((n, d))": NOT_READ,
        "np.cos(angles[:, :d // 2]) → np.cos(angles)": ODD,
        "(:, :d // 2) → (:, :d // 2 + 1)": ODD,
        ":d // 2 → :d": ODD,
        "d // 2 → d // 1": ODD,
    },
    "ngram_loss": {
        "list(zip(*(tokens[i:].tolist() for i in range(n)), strict=False)) → "
        "zip(*(tokens[i:].tolist() for i in range(n)), strict=False)": "it is gone through once",
        "list(zip(*(tokens[i:].tolist() for i in range(n)), strict=False)) → "
        "list(zip(*(tokens[i:].tolist() for i in range(n))))": "False is what holds without it",
    },
    "perplexity": {"float(np.exp(loss)) → np.exp(loss)": NUMBER},
    "merge_pair": {
        "tuple(tokens[i:i + 2]) == tuple(pair) → tuple(tokens[i:i + 2]) == pair": "a pair is a tuple"
    },
    "bpe_encode": {"list(tokens) → tokens": "merging makes a new list"},
    "count_flops": {"inputs[0] → inputs[-1] (2)": "a reduction has one input"},
    "quantize": {
        "scale or 1.0 → scale or 2.0": "0 divided by it is 0",
        "(np.round(x / (scale or 1.0)).astype(np.int8), float(scale)) → "
        "(np.round(x / (scale or 1.0)).astype(np.int8), scale)": NUMBER,
    },
    "dequantize": {"q * float(scale) → q * scale": NUMBER},
}
