"""What learners are judged against is the library: it gives every exercise's answers itself.

Here the library stands as the candidate. It passes an exercise only where it gives what the exercise's
reference gives, on what three seeds draw, so the two can err only together; then PyTorch's values tell.
"""

import inspect
import os
import runpy
from pathlib import Path

import numpy as np
import pytest

import revgraph.core as rc
import revgraph.dl as dl
from revgraph.checks import exercises
from revgraph.checks.compare import Tolerance, difference
from revgraph.dagnet import engine, nn
from revgraph.dl.layers.attention import causal_mask, merge_heads, split_heads
from revgraph.dl.layers.base import Pass

SEEDS = range(min(3, int(os.environ.get("REVGRAPH_SEEDS", 3))))


def value(function):
    """The candidate that runs a function of nodes."""

    def candidate(*args, **params):
        nodes = [rc.constant(arg) if isinstance(arg, np.ndarray) else arg for arg in args]
        return rc.run(function(*nodes, **params))

    return candidate


def vjp(function, *constants):
    """The candidate that differentiates a function of nodes by its arrays, `constants` aside."""

    def candidate(g, ans, *args, **params):
        names = [name for name in inspect.signature(function).parameters if name not in params]
        given = dict(zip(names, args, strict=False))
        arrays = {name: x for name, x in given.items() if isinstance(x, np.ndarray) and name not in constants}
        xs = {name: rc.variable(x) for name, x in arrays.items()}
        found = rc.run(rc.gradients([function(**{**given, **xs}, **params)], list(xs.values()), grad_ys=[g]))
        return found[0] if len(xs) == 1 else tuple(found)

    return candidate


def optimizer(make):
    """The candidate that takes one step of an optimizer of the library: its loss has the given gradient."""

    def candidate(parameter, gradient, memory, **hyper):
        if not memory:
            memory["gradient"] = rc.placeholder("gradient", np.shape(gradient))
            memory["parameter"] = rc.variable(parameter)
            loss = rc.sum(memory["parameter"] * memory["gradient"])
            memory["step"] = make(**hyper).minimize(loss)
        rc.run(memory["step"], {memory["gradient"]: gradient})
        parameter[...] = memory["parameter"].data

    return candidate


def broadcast_shape(a, b):
    try:
        return (rc.constant(np.zeros(a)) + rc.constant(np.zeros(b))).shape
    except rc.GraphError as error:
        raise ValueError from error


def unbroadcast(g, shape):
    x = rc.variable(np.zeros(shape))
    return rc.run(rc.gradients([rc.broadcast_to(x, np.shape(g))], x, grad_ys=[g]))


def cross_entropy(logits, labels):
    return dl.sparse_categorical_cross_entropy("mean", from_logits=True)(rc.constant(labels), logits)


def hinge(scores, labels):
    return rc.mean(rc.relu(1 - labels * scores))


def dense(x, w, b):
    return x @ w + b


def categorical_accuracy(y_true, y_pred):
    return float(rc.run(dl.categorical_accuracy()(rc.constant(y_true), rc.constant(y_pred))))


def l1_l2(w, l1, l2):
    return float(rc.run(dl.l1_l2(l1, l2)(rc.constant(w))))


def conv2d(x, k, stride=(1, 1), padding="VALID"):
    return rc.conv2d(x, k, padding=padding, stride=stride)


def output_size(size, kernel, stride, padding):
    return conv2d(
        rc.constant(np.zeros((1, size, 1, 1))), np.zeros((kernel, 1, 1, 1)), (stride, 1), padding
    ).shape[1]


def im2col(x, kernel_size, stride=(1, 1), padding="VALID"):
    """Windows are what a convolution gives whose kernels pick one entry each."""
    n_entries = int(np.prod(kernel_size)) * x.shape[3]
    pick = np.eye(n_entries).reshape(*kernel_size, x.shape[3], n_entries)
    return rc.reshape(conv2d(x, pick, stride, padding), (-1, n_entries))


def col2im(cols, x_shape, kernel_size, stride=(1, 1), padding="VALID"):
    x = rc.variable(np.zeros(x_shape))
    return rc.run(rc.gradients([im2col(x, kernel_size, stride, padding)], x, grad_ys=[cols]))


def pool(x, size, stride):
    return rc.max_pool2d(x, size, stride)


def with_weights(layer, x, **weights):
    """A layer's output for x in training, with nodes in place of its weights."""
    layer(x)
    layer.weights |= weights
    return layer.call(Pass(training=True), x)


def layer_norm(x, gamma, beta, epsilon=1e-5):
    return with_weights(dl.layer_norm(epsilon), x, gamma=gamma, beta=beta)


def batch_norm_training(x, gamma, beta, epsilon=1e-5):
    return with_weights(dl.batch_norm(epsilon=epsilon), x, gamma=gamma, beta=beta)


def batch_norm(x, gamma, beta, running, training, momentum=0.9, epsilon=1e-5):
    layer, node, phase = dl.batch_norm(momentum, epsilon), rc.constant(x), Pass(training=training)
    layer(node)
    layer.weights |= {name: rc.variable(array) for name, array in running.items()}
    layer.weights |= {"gamma": rc.constant(gamma), "beta": rc.constant(beta)}
    out, *_ = rc.run([layer.call(phase, node), *phase.updates])
    running.update({name: layer.weights[name].data for name in running})
    return out


def clip_by_norm(gradients, limit):
    variables = [rc.variable(g) for g in gradients]
    loss = sum(rc.sum(v * rc.constant(g)) for v, g in zip(variables, gradients, strict=True))
    rc.run(rc.clip_by_norm(rc.sgd(), limit).minimize(loss, variables))
    return [v.gradient for v in variables]


def embedding(table, tokens):
    tokens = rc.constant(tokens) if isinstance(tokens, np.ndarray) else tokens
    return with_weights(dl.embedding(*table.shape), tokens, table=table)


def attention(q, k, v, mask=None):
    scores = q @ rc.transpose(k, (*range(k.ndim - 2), -1, -2)) / np.sqrt(q.shape[-1])
    return rc.softmax(scores if mask is None else rc.where(mask, scores, -np.inf)) @ v


def multi_head_attention(x, wq, wk, wv, wo, heads, mask=None):
    layer = dl.multi_head_attention(heads, causal=mask is not None, use_bias=False)
    node = rc.constant(x)
    layer(node)
    parts = layer.query, layer.key, layer.value, layer.output
    for part, kernel in zip(parts, (wq, wk, wv, wo), strict=True):
        part.weights["kernel"].data = kernel
    return rc.run(layer(node))


def normalized(x, gamma, beta):
    return rc.run(layer_norm(*(rc.constant(array) for array in (x, gamma, beta))))


def gpt_block(x, weights, heads):
    x = x + multi_head_attention(
        normalized(x, *weights["norm1"]), *weights["attention"], heads, mask="causal"
    )
    w1, b1, w2, b2 = weights["mlp"]
    return x + rc.run(rc.gelu(rc.constant(normalized(x, *weights["norm2"])) @ w1 + b1) @ w2 + b2)


def gpt(tokens, weights, heads):
    x = rc.run(embedding(rc.constant(weights["tokens"]), tokens)) + weights["positions"][: tokens.shape[1]]
    for block in weights["blocks"]:
        x = gpt_block(x, block, heads)
    w, b = weights["out"]
    return normalized(x, *weights["norm"]) @ w + b


def gradients(output, variables):
    """Chapter 06's graph, node for node in the library's, by its own rules: their calls are counted."""
    made = {}
    for node in exercises()["graph_order"].reference(output):
        op = rc.primitive(node.op.forward, node.op.vjp) if node.op else None
        made[node] = op(*map(made.get, node.args)) if op else rc.variable(node.value)
    xs = [made.get(node, rc.variable(node.value)) for node in variables]
    return rc.run(rc.gradients([made[output]], xs))


@pytest.fixture(autouse=True)
def values_that_send_back(monkeypatch):
    """The library's Value keeps its derivatives; a learner's keeps a function that sends it back."""

    def send_back(value):
        for child, derivative in zip(value._children, value._derivatives, strict=True):
            child.grad += value.grad * derivative

    monkeypatch.setattr(
        engine.Value, "_backward", property(lambda value: lambda: send_back(value)), raising=False
    )


LIBRARY = {
    **dict.fromkeys(("value_add", "value_mul", "value_pow", "value_relu", "value_reflected"), engine.Value),
    "topological_order": engine.topological_order,
    "Neuron": nn.Neuron,
    "Layer": nn.Layer,
    "MLP": nn.MLP,
    "mul_vjp": vjp(lambda a, b: a * b),
    "truediv_vjp": vjp(lambda a, b: a / b),
    "pow_vjp": vjp(lambda a, b: a**b),
    "maximum_vjp": vjp(lambda a, b: rc.maximum(a, b)),
    "exp_vjp": vjp(lambda a: rc.exp(a)),
    "log_vjp": vjp(lambda a: rc.log(a)),
    "tanh_vjp": vjp(lambda a: rc.tanh(a)),
    "gradients": gradients,
    "broadcast_shape": broadcast_shape,
    "unbroadcast": unbroadcast,
    "add_broadcast_vjp": vjp(lambda a, b: a + b),
    "mul_broadcast_vjp": vjp(lambda a, b: a * b),
    "matmul_vjp": vjp(lambda a, b: a @ b),
    "sum_vjp": vjp(lambda a, axis=None, keepdims=False: rc.sum(a, axis, keepdims)),
    "mean_vjp": vjp(lambda a, axis=None, keepdims=False: rc.mean(a, axis, keepdims)),
    "max_vjp": vjp(lambda a, axis=None, keepdims=False: rc.max(a, axis, keepdims)),
    "reshape_vjp": vjp(lambda a, shape: rc.reshape(a, shape)),
    "transpose_vjp": vjp(lambda a, axes=None: rc.transpose(a, axes)),
    "getitem_vjp": vjp(lambda a, index: a[index], "index"),
    "pad_vjp": vjp(lambda a, pad_width: rc.pad(a, pad_width)),
    "sigmoid": value(rc.sigmoid),
    "logsumexp": value(lambda x, axis=-1: rc.logsumexp(x, axis)),
    "softmax": value(lambda x, axis=-1: rc.softmax(x, axis)),
    "log_softmax": value(lambda x, axis=-1: rc.log_softmax(x, axis)),
    "softmax_vjp": vjp(lambda x, axis=-1: rc.softmax(x, axis)),
    "cross_entropy": lambda logits, labels: float(rc.run(cross_entropy(rc.constant(logits), labels))),
    "cross_entropy_vjp": vjp(cross_entropy, "labels"),
    "hinge_vjp": vjp(hinge, "labels"),
    "sgd": optimizer(rc.sgd),
    "momentum": optimizer(rc.sgd),
    "nesterov": optimizer(lambda **hyper: rc.sgd(nesterov=True, **hyper)),
    "adagrad": optimizer(rc.adagrad),
    "rmsprop": optimizer(rc.rmsprop),
    "adadelta": optimizer(rc.adadelta),
    "adam": optimizer(rc.adam),
    "amsgrad": optimizer(lambda **hyper: rc.adam(amsgrad=True, **hyper)),
    "dense": value(dense),
    "dense_vjp": vjp(dense),
    "l1_l2": l1_l2,
    "categorical_accuracy": categorical_accuracy,
    "output_size": output_size,
    "conv2d_naive": value(conv2d),
    "conv2d": value(conv2d),
    "conv2d_vjp": vjp(conv2d),
    "im2col": value(im2col),
    "col2im": col2im,
    "max_pool2d": value(pool),
    "max_pool2d_vjp": vjp(pool),
    "layer_norm": value(layer_norm),
    "layer_norm_vjp": vjp(layer_norm),
    "batch_norm": batch_norm,
    "batch_norm_vjp": vjp(batch_norm_training),
    "clip_by_norm": clip_by_norm,
    "warmup_cosine": lambda step, peak, warmup, total: rc.warmup_cosine(peak, warmup, total)(step),
    "adamw": optimizer(rc.adamw),
    "embedding": value(embedding),
    "embedding_vjp": vjp(embedding, "tokens"),
    "causal_mask": lambda n: rc.run(causal_mask(*[rc.constant(np.zeros((n, 1)))] * 2)),
    "attention": value(attention),
    "attention_vjp": vjp(attention, "mask"),
    "split_heads": value(lambda x, heads: split_heads(x, heads=heads)),
    "merge_heads": value(merge_heads),
    "multi_head_attention": multi_head_attention,
    "gpt_block": gpt_block,
    "gpt": gpt,
    "gelu": value(rc.gelu),
    "gelu_vjp": vjp(lambda x: rc.gelu(x)),
    "perplexity": lambda loss: float(rc.run(rc.exp(rc.constant(loss)))),
}


DRAWS = "it draws, and the library draws its own way"
RECIPE = "a recipe for the learner's own pieces; it has recorded values"
WITHOUT = {
    **dict.fromkeys(("standardize", "one_hot"), "plain numpy; the library has no such function"),
    **dict.fromkeys(("forward_difference", "central_difference", "best_step", "relative_error"), "numerical"),
    "numerical_vjp": "numerical: what the library's own gradients are tested with",
    "check_vjp": "numerical: what the library's own gradients are tested with",
    "added_axes": "a step on the way to unbroadcast",
    "stretched_axes": "a step on the way to unbroadcast",
    "same_padding": "a step on the way to output_size and im2col",
    "backward": "chapter 02's graphs are made of its own nodes",
    "max_margin_loss": RECIPE,
    "sgd_step": RECIPE,
    "graph_order": "many orders are right",
    "evaluate": "chapter 06's graphs are made of its own nodes; gradients evaluates them in the library",
    "minimize": RECIPE,
    **dict.fromkeys(
        ("glorot_uniform", "dropout", "batches", "he_normal", "next_token_batches", "sample"), DRAWS
    ),
    "sinusoidal_positions": "the library's GPT learns its positions",
    **dict.fromkeys(("ngram_loss", "most_frequent_pair", "merge_pair", "bpe_encode"), "counting, in lists"),
    **dict.fromkeys(("fit", "edge_filter", "initial_loss", "overfit", "cnn", "train", "train_gpt"), RECIPE),
    "cached_attention": "the library's GPT writes without a cache",
    **dict.fromkeys(("count_flops", "count_bytes"), "the library does not count what its programs cost"),
    **dict.fromkeys(("blocked_matmul", "fuse"), "watched, block by block; the library leaves that to NumPy"),
    **dict.fromkeys(("quantize", "dequantize"), "the library has no numbers of one byte; recorded"),
    "your_own_op": "any operation is right",
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", LIBRARY)
def test_the_library_gives_the_references_answers(name, seed):
    verdict = exercises()[name].judge(LIBRARY[name], seed)
    assert verdict.passed, verdict.message


def test_every_exercise_has_a_counterpart_or_a_reason_why_not():
    assert not set(LIBRARY) & set(WITHOUT)
    assert set(LIBRARY) | set(WITHOUT) == set(exercises())


FROM_PYTORCH = [
    name
    for name, exercise in exercises().items()
    if exercise.chapter >= "13" and any(one.source.startswith("PyTorch") for one in exercise.recorded)
]


@pytest.fixture(scope="module")
def pytorch():
    pytest.importorskip("torch", reason="PyTorch is not installed: the recorded values stand alone")
    return runpy.run_path(str(Path(__file__).parents[1] / "fixtures" / "record_chapters.py"))


@pytest.mark.parametrize("name", FROM_PYTORCH)
def test_pytorch_passes_as_a_learner_and_gives_what_was_recorded(name, pytorch):
    for seed in SEEDS:
        verdict = exercises()[name].judge(pytorch["PYTORCH"][name], seed)
        assert verdict.passed, verdict.message
    for exercise, one in pytorch["recorded"]():
        if exercise.name == name:
            close = Tolerance(1e-7, 1e-7) if name == "dequantize" else Tolerance(1e-13, 1e-13)  # float32
            assert difference(one.value, pytorch["again"](exercise, one), close) is None
