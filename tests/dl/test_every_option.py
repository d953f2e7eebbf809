"""Every option of everything that dl offers, in one table: what another value than the default does.

What is expected is worked out by NumPy, or by another way through the library. An option without a row fails.
"""

import inspect
from functools import partial

import numpy as np
import pytest

import revgraph.core as rc
from revgraph import dl
from revgraph.dl.layers.base import Pass, replay
from tests.dl.test_every_name import (
    ACTIVATED,
    CALLBACKS,
    INITIAL,
    LAYERS,
    LOSSES,
    METRICS,
    OPTIMIZERS,
    REGULARIZED,
)

draw = np.random.default_rng(0)
ROWS, SEQUENCES, IMAGES = (draw.normal(size=size) for size in ((3, 4), (2, 7, 4), (2, 6, 5, 4)))
TABLES = LAYERS, LOSSES, METRICS, REGULARIZED, INITIAL, ACTIVATED, OPTIMIZERS, CALLBACKS


def value_of(layer, *arrays, training=False):
    """The output of a layer, its penalties, and the layer's weights by name."""
    dl.seed(0)
    out = layer(*arrays)
    phase = Pass(training=training)
    (out,) = replay([out], phase)
    weights = {
        node.name.removeprefix(f"{layer.name}_"): node.data for node in dl.layers.base.variables_of(out)
    }
    return rc.run(out), [float(rc.run(penalty)) for penalty in phase.penalties], weights


# Layers with a kernel and a bias.

INPUTS = {"dense": ROWS, "conv1d": SEQUENCES, "conv2d": IMAGES}
WEIGHTED = {
    "dense": partial(dl.dense, 3),
    "conv1d": partial(dl.conv1d, 3, 2, use_bias=True),
    "conv2d": partial(dl.conv2d, 3, 2, use_bias=True),
}


def weighted(name, **options):
    return value_of(WEIGHTED[name](**options), INPUTS[name])


def bias_or_none(name):
    default = inspect.signature(getattr(dl, name)).parameters["use_bias"].default
    (other, _, weights), (plain, _, there) = (weighted(name, use_bias=use) for use in (not default, default))
    without, weights, there = (plain, there, weights) if not default else (other, weights, there)
    assert (set(weights), set(there)) == ({"kernel"}, {"kernel", "bias"})
    return without, weighted(name, bias_initializer="zeros")[0]


def activated(name):
    return weighted(name, activation=rc.tanh)[0], np.tanh(weighted(name)[0])


def initialized(name, weight):
    weights = weighted(name, **{f"{weight}_initializer": dl.const(0.25)})[2]
    assert weights["bias" if weight == "kernel" else "kernel"].std() > 0
    return weights[weight], np.full(weights[weight].shape, 0.25)


def penalized(name, part):
    out, penalties, weights = weighted(name, **{f"{part}_regularizer": dl.l2(0.5)})
    return penalties, [0.5 * np.sum({"activity": out, **weights}[part] ** 2)]


def spaced(name):
    """At distances of 2 a kernel of 2 meets every second entry: of all entries, its two halves."""
    plain = SEQUENCES if name == "conv1d" else IMAGES
    every = tuple(slice(None, None, 2) for _ in range(plain.ndim - 2))
    found = weighted(name, dilation_rate=2)[0]
    return found[(slice(None), *every)], value_of(WEIGHTED[name](), plain[(slice(None), *every)])[0]


def stepped(name):
    every = tuple(slice(None, None, 2) for _ in range(INPUTS[name].ndim - 2))
    return weighted(name, stride=2)[0], weighted(name)[0][(slice(None), *every)]


def surrounded(name):
    """With a kernel of 2, "same" is one zero behind."""
    behind = [(0, 0), *[(0, 1)] * (INPUTS[name].ndim - 2), (0, 0)]
    return weighted(name, padding="same")[0], value_of(WEIGHTED[name](), np.pad(INPUTS[name], behind))[0]


def pooled(name, pool_size=2, **options):
    return value_of(getattr(dl, name)(pool_size, **options), IMAGES)[0]


def pool_rows(name):
    join = np.max if name == "max_pool2d" else np.mean

    def by_numpy(images, height, width, step):
        _, rows, columns, _ = images.shape
        places = [range(0, rows - height + 1, step[0]), range(0, columns - width + 1, step[1])]
        joined = [
            [join(images[:, i : i + height, j : j + width], (1, 2)) for j in places[1]] for i in places[0]
        ]
        return np.transpose(joined, (2, 0, 1, 3))

    return {
        "pool_size": lambda: (pooled(name, (3, 2)), by_numpy(IMAGES, 3, 2, (3, 2))),
        "stride": lambda: (pooled(name, stride=(1, 2)), by_numpy(IMAGES, 2, 2, (1, 2))),
        "padding": lambda: (
            pooled(name, padding="same")[:, :, -1],
            by_numpy(IMAGES[:, :, -1:], 2, 1, (2, 1))[:, :, 0],
        ),
    }


# Attention, by NumPy.


def softmax(a):
    e = np.exp(a - a.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def normed(x, w, prefix, epsilon=1e-5):
    centered = x - x.mean(-1, keepdims=True)
    scale = w[f"{prefix}_gamma"] / np.sqrt(x.var(-1, keepdims=True) + epsilon)
    return centered * scale + w[f"{prefix}_beta"]


def attended(x, w, heads, causal=False, prefix=""):
    def part(name, x):
        return x @ w[f"{prefix}{name}_kernel"] + w.get(f"{prefix}{name}_bias", 0)

    q, k, v = (np.stack(np.split(part(name, x), heads, -1), 1) for name in ("query", "key", "value"))
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1])
    if causal:
        scores = np.where(np.tri(x.shape[1], dtype=bool), scores, -np.inf)
    return part("output", np.concatenate(list((softmax(scores) @ v).swapaxes(0, 1)), -1))


def block(x, w, heads, causal=False, activation=None, epsilon=1e-5, prefix=""):
    activation = activation or (lambda a: a / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (a + 0.044715 * a**3))))
    norm = partial(normed, w=w, epsilon=epsilon)
    x = x + attended(norm(x, prefix=f"{prefix}attention_norm"), w, heads, causal, f"{prefix}attention_")
    inner = activation(
        norm(x, prefix=f"{prefix}norm") @ w[f"{prefix}expand_kernel"] + w[f"{prefix}expand_bias"]
    )
    return x + inner @ w[f"{prefix}contract_kernel"] + w[f"{prefix}contract_bias"]


def attention_of(by_numpy, make, heads=2, theirs=None, **options):
    """Ours with these options, and NumPy's with them or with `theirs`."""
    out, _, weights = value_of(make(heads, **options), SEQUENCES)
    return out, by_numpy(SEQUENCES, weights, heads, **(options if theirs is None else theirs))


attention, blocks = (
    partial(attention_of, attended, dl.multi_head_attention),
    partial(attention_of, block, dl.transformer_block),
)
TOKENS = draw.integers(0, 6, (2, 3)).astype(float)


def gpt(units=4, heads=2, blocks=1):
    out, _, w = value_of(dl.gpt(6, 3, units, heads, blocks), TOKENS)
    x = w["tokens_table"][TOKENS.astype(int)] + w["positions_table"][:3]
    for i in range(1, blocks + 1):
        x = block(x, w, heads, causal=True, prefix=f"block_{i}_")
    assert w["tokens_table"].shape == (6, units)
    return out, normed(x, w, "norm") @ w["tokens_table"].T


def drops(make, array):
    """Whether two predictions are alike, and whether training is like them."""
    layer = make(dropout=0.5)
    kept, again, one = (value_of(layer, array, training=training)[0] for training in (False, False, True))
    plain = value_of(make(), array, training=True)[0]
    assert np.array_equal(plain, value_of(make(), array)[0])
    return [np.array_equal(kept, again), np.array_equal(one, kept)], [True, False]


def drawn(make, array, weights):
    """How far the weights vary that are drawn in another way, which is not at all."""
    found = value_of(make(), array)[2]
    return [found[name].std() for name in weights], [0.0] * len(weights)


PARTS = "query", "key", "value", "output"


def batch_norm(training=False, **options):
    x = ROWS * 3 + 1
    layer = dl.batch_norm(**options)
    out = layer(rc.constant(x))
    phase = Pass(training=True)
    (out,) = replay([out], phase)
    return rc.run([out, *phase.updates])[0], layer.weights["mean"].data, x


# What is no layer.


def loss(name, y_true, y_pred, **options):
    return rc.run(getattr(dl, name)(**options)(rc.constant(y_true), rc.constant(y_pred)))


CLASSES_FIRST = np.eye(2)[:, :, None] * [1, 1, 1]
CHANCES = draw.uniform(0.1, 0.9, (2, 2, 3))


def scores_as(probabilities, name):
    p = np.clip(probabilities, 0.01, 0.99)
    return np.log(p) if "categorical" in name else np.log(p / (1 - p)), p


def from_logits(name):
    y_true, y_pred, _ = LOSSES[name]
    scores, p = scores_as(y_pred, name)
    p = p / p.sum(-1, keepdims=True) if "categorical" in name else p
    return loss(name, y_true, scores, from_logits=True), loss(name, y_true, p)


def mean_of(name):
    y_true, y_pred, mean = LOSSES[name]
    return np.round(loss(name, y_true, y_pred, fold="mean") - mean, 2), 0


def drawn_weights(name, **options):
    dl.seed(0)
    w = getattr(dl, name)(**options)((300, 200))
    return np.round([w.mean(), w.std()], 2)


W = np.array([1.0, -3.0])


def penalty(name, **options):
    return rc.run(getattr(dl, name)(**options)(rc.variable(W)))


def refused(function, *args, **options):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        function(*args, **options)
    return str(caught.value)


GRADIENTS = [1.0, -5.0, 2.0, 0.5, 0.1, 0.0]


def trained(name, gradients=GRADIENTS, **options):
    """Where steps with these gradients lead from 1."""
    x, g = rc.variable(1.0), rc.placeholder("g", ())
    step = getattr(dl, name)(**{"lr": 0.1, **options}).minimize(g * x)
    seen = []
    for gradient in gradients:
        step(g=gradient)
        seen.append(x())
    return seen


def test_adamw_begins_with_the_defaults_of_adam():
    ours, adam = (
        {name: one.default for name, one in inspect.signature(rule).parameters.items()}
        for rule in (rc.adamw, rc.adam)
    )
    assert ours == {**adam, "weight_decay": 0.01}


def by_formula(name, lr=0.1, momentum=0.0, nesterov=False, rho=None, epsilon=None, beta1=0.9, beta2=0.999,
               amsgrad=False, weight_decay=0.01, decay=0.0):  # fmt: skip
    """The same by the formulas of the papers, one number at a time."""
    epsilon = (
        epsilon if epsilon is not None else {"adadelta": 1e-6, "adam": 1e-6, "adamw": 1e-6}.get(name, 1e-9)
    )
    rho = rho if rho is not None else {"adadelta": 0.95}.get(name, 0.9)
    p, v, m, largest, moves, seen = 1.0, 0.0, 0.0, 0.0, 0.0, []
    for t, g in enumerate(GRADIENTS):
        rate = lr / (1 + decay * t)
        if name == "sgd":
            v = momentum * v - rate * g
            p += momentum * v - rate * g if nesterov else v
        elif name == "adagrad":
            v += g * g
            p -= rate * g / (np.sqrt(v) + epsilon)
        elif name == "rmsprop":
            v = rho * v + (1 - rho) * g * g
            p -= rate * g / (np.sqrt(v) + epsilon)
        elif name == "adadelta":
            v = rho * v + (1 - rho) * g * g
            move = g * np.sqrt(moves + epsilon) / np.sqrt(v + epsilon)
            moves = rho * moves + (1 - rho) * move * move
            p -= rate * move
        else:
            p *= 1 - rate * weight_decay * (name == "adamw")
            m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
            largest = max(largest, v)
            size = np.sqrt((largest if amsgrad else v) / (1 - beta2 ** (t + 1)))
            p -= rate * m / (1 - beta1 ** (t + 1)) / (size + epsilon)
        seen.append(p)
    return seen


OTHER_SETTINGS = {
    "lr": 0.05, "momentum": 0.7, "decay": 0.3, "nesterov": True, "rho": 0.5, "epsilon": 0.1, "beta1": 0.5,
    "beta2": 0.4, "amsgrad": True, "weight_decay": 0.4,
}  # fmt: skip


def optimized(name, option):
    """`nesterov` shows beside a momentum, and `amsgrad` where squares are forgotten."""
    beside = {"nesterov": {"momentum": 0.7}, "amsgrad": {"beta2": 0.4}}.get(option, {})
    options = {option: OTHER_SETTINGS[option], **beside}
    assert trained(name, **options) != trained(name, **beside)
    np.testing.assert_allclose(trained(name, **beside), by_formula(name, **beside), rtol=1e-12)
    return trained(name, **options), by_formula(name, **options)


def epochs_until_stopped(losses, **options):
    """After how many epochs early_stopping ends it, and the weight, which was set to each epoch's number."""
    x = dl.inputs(1)()
    model = dl.Model(dl.dense(1, use_bias=False, kernel_initializer="ones")(x), "mean_squared_error", "sgd")

    class measured(dl.callbacks.base_callback):
        invoked_when = "epoch_end"

        def invoke(self, session):
            session.model.set_weights([np.full((1, 1), float(session.epoch))])
            session.history.add(validation_loss=losses[session.epoch - 1], score=-losses[session.epoch - 1])

    history = model.compile().fit(
        np.ones((2, 1)), np.ones((2, 1)), epochs=len(losses), verbose=False,
        callbacks=[measured(), dl.callbacks.early_stopping(**options)],
    )  # fmt: skip
    return len(history["loss"]), model.get_weights()[0].item()


FALLING_AND_RISING = [5.0, 3.0, 2.9, 4.0, 6.0, 7.0]


def callback_model():
    dl.seed(0)
    return dl.Model(dl.sequential(dl.inputs(4), dl.dense(1)), "mean_squared_error", "sgd").compile()


def history_of(callback):
    y = ROWS[:, :1]
    model = callback_model()
    return model, model.fit(ROWS, y, epochs=4, verbose=False, callbacks=[callback]).history


def files_after(folder, **options):
    history_of(dl.callbacks.save(folder / "model-{epoch}", **options))
    return sorted(path.name for path in folder.iterdir())


def measured_at_the_end(make, key):
    """What a callback with data of its own measures last."""
    x, y = ROWS * 2, ROWS[:, 1:2]
    model, history = history_of(make(x, y))
    return history[key][-1], model.evaluate(x, y)


OPTIONS = {
    **{
        f"{name}.{option}": partial(row, name)
        for name in INPUTS
        for option, row in {
            "use_bias": bias_or_none,
            "activation": activated,
            "kernel_initializer": partial(initialized, weight="kernel"),
            "bias_initializer": partial(initialized, weight="bias"),
            "kernel_regularizer": partial(penalized, part="kernel"),
            "bias_regularizer": partial(penalized, part="bias"),
            "activity_regularizer": partial(penalized, part="activity"),
        }.items()
    },
    **{
        f"{name}.{option}": partial(row, name)
        for name in ("conv1d", "conv2d")
        for option, row in {"stride": stepped, "padding": surrounded, "dilation_rate": spaced}.items()
    },
    **{
        f"{name}.{option}": row
        for name in ("max_pool2d", "avg_pool2d")
        for option, row in pool_rows(name).items()
    },
    "batch_norm.momentum": lambda: (lambda out, mean, x: (mean, x.mean(0) / 4))(*batch_norm(momentum=0.75)),
    "batch_norm.epsilon": lambda: (lambda out, mean, x: (out, (x - x.mean(0)) / np.sqrt(x.var(0) + 0.5)))(
        *batch_norm(epsilon=0.5)
    ),
    "layer_norm.epsilon": lambda: (
        value_of(dl.layer_norm(epsilon=0.5), ROWS)[0],
        normed(ROWS, {"_gamma": 1.0, "_beta": 0.0}, "", 0.5),
    ),
    "concatenate.axis": lambda: (value_of(dl.concatenate(axis=0), ROWS, -ROWS)[0], np.r_[ROWS, -ROWS]),
    "embedding.initializer": lambda: (
        value_of(dl.embedding(6, 2, initializer=dl.const(3)), TOKENS)[0],
        np.full((2, 3, 2), 3.0),
    ),
    "multi_head_attention.causal": lambda: attention(causal=True),
    "multi_head_attention.use_bias": lambda: attention(use_bias=False, bias_initializer="ones", theirs={}),
    "multi_head_attention.bias_initializer": lambda: drawn(
        partial(dl.multi_head_attention, 2, bias_initializer=dl.const(2)),
        SEQUENCES,
        [f"{p}_bias" for p in PARTS],
    ),
    "multi_head_attention.kernel_initializer": lambda: drawn(
        partial(dl.multi_head_attention, 2, kernel_initializer=dl.const(2)),
        SEQUENCES,
        [f"{part}_kernel" for part in PARTS],
    ),
    "multi_head_attention.dropout": lambda: drops(partial(dl.multi_head_attention, 2), SEQUENCES),
    "transformer_block.causal": lambda: blocks(causal=True),
    "transformer_block.hidden": lambda: blocks(hidden=5, theirs={}),
    "transformer_block.activation": lambda: blocks(activation="tanh", theirs={"activation": np.tanh}),
    "transformer_block.epsilon": lambda: blocks(epsilon=0.5),
    "transformer_block.dropout": lambda: drops(partial(dl.transformer_block, 2), SEQUENCES),
    "transformer_block.kernel_initializer": lambda: drawn(
        partial(dl.transformer_block, 2, kernel_initializer=dl.const(2)),
        SEQUENCES,
        ["expand_kernel", "contract_kernel", *(f"attention_{part}_kernel" for part in PARTS)],
    ),
    "gpt.units": lambda: gpt(units=8),
    "gpt.heads": lambda: gpt(heads=1),
    "gpt.blocks": lambda: gpt(blocks=3),
    "gpt.dropout": lambda: drops(partial(dl.gpt, 6, 3, 4, 2, 1), TOKENS),
    **{f"{name}.fold": partial(mean_of, name) for name in LOSSES},
    **{
        f"{name}.from_logits": partial(from_logits, name)
        for name in ("categorical_cross_entropy", "sparse_categorical_cross_entropy", "binary_cross_entropy")
    },
    "categorical_cross_entropy.eps": lambda: (
        loss("categorical_cross_entropy", [[1.0, 0]], [[0.0, 1]], eps=0.25),
        -np.log(0.25),
    ),
    "categorical_cross_entropy.axis": lambda: (
        loss("categorical_cross_entropy", CLASSES_FIRST, CHANCES, fold=lambda xs: rc.sum(xs * xs), axis=1),
        np.sum(np.sum(CLASSES_FIRST * np.log(CHANCES), axis=1) ** 2),
    ),
    "kl_divergence.eps": lambda: (loss("kl_divergence", [[1.0]], [[0.0]], eps=0.25), -np.log(0.25)),
    "binary_accuracy.threshold": lambda: (
        rc.run(dl.binary_accuracy(0.8)(rc.constant([[1.0], [0.0]]), rc.constant([[0.9], [0.7]]))),
        1.0,
    ),
    "l1.l1": lambda: (penalty("l1", l1=0.5), 2.0),
    "l2.l2": lambda: (penalty("l2", l2=0.5), 5.0),
    "l1_l2.l1": lambda: (penalty("l1_l2", l1=0.5), 2.0 + 0.1),
    "l1_l2.l2": lambda: (penalty("l1_l2", l2=0.5), 0.04 + 5.0),
    "const.n": lambda: (drawn_weights("const", n=3), [3, 0]),
    "random_normal.mean": lambda: (drawn_weights("random_normal", mean=2), [2, 0.05]),
    "random_normal.stddev": lambda: (drawn_weights("random_normal", stddev=0.5), [0, 0.5]),
    "random_uniform.minval": lambda: (drawn_weights("random_uniform", minval=-1.05), [-0.5, 0.32]),
    "random_uniform.maxval": lambda: (drawn_weights("random_uniform", maxval=1.05), [0.5, 0.32]),
    "leaky_relu.alpha": lambda: (rc.run(dl.leaky_relu(rc.constant([-2.0, 2.0]), alpha=0.1)), [-0.2, 2]),
    "softmax.axis": lambda: (rc.run(dl.softmax(rc.constant(ROWS), axis=0)), softmax(ROWS.T).T),
    "softmax.keepdims": lambda: (
        [refused(dl.softmax, rc.constant(ROWS), keepdims=False)[:15]],
        ["softmax divides"],
    ),
    **{
        f"{name}.{option}": partial(optimized, name, option)
        for name in OPTIMIZERS
        for option in inspect.signature(getattr(dl, name)).parameters
    },
    "early_stopping.monitor": lambda: (
        epochs_until_stopped(FALLING_AND_RISING, monitor="score", patience=2),
        (3, 3.0),
    ),
    "early_stopping.patience": lambda: (epochs_until_stopped(FALLING_AND_RISING, patience=3), (6, 6.0)),
    "early_stopping.min_delta": lambda: (epochs_until_stopped(FALLING_AND_RISING, min_delta=0.5), (3, 3.0)),
    "early_stopping.maximize": lambda: (
        epochs_until_stopped([1.0, 2.0, 1.5, 3.0, 4.0], maximize=True),
        (3, 3.0),
    ),
    "early_stopping.restore_best": lambda: (
        epochs_until_stopped(FALLING_AND_RISING, restore_best=True, patience=2),
        (5, 3.0),
    ),
    "save.save_after_every": lambda folder: (
        files_after(folder, save_after_every=2, save_after_all=False),
        ["model-2", "model-4"],
    ),
    "save.save_after_all": lambda folder: (files_after(folder, save_after_all=False), []),
    "test.x_test": lambda: measured_at_the_end(dl.callbacks.test, "test_loss"),
    "test.y_test": lambda: measured_at_the_end(dl.callbacks.test, "test_loss"),
    "validation.after_every": lambda: (
        [
            len(history_of(dl.callbacks.validation(n, ROWS, ROWS[:, :1]))[1]["validation_loss"])
            for n in (1, 2, 3)
        ],
        [4, 2, 1],
    ),
    "validation.x_validation": lambda: measured_at_the_end(
        partial(dl.callbacks.validation, 1), "validation_loss"
    ),
    "validation.y_validation": lambda: measured_at_the_end(
        partial(dl.callbacks.validation, 1), "validation_loss"
    ),
}


def options():
    """Each option of each name, but for names, and what base_callback takes."""
    for name in (name for table in TABLES for name in table):
        found = getattr(dl, name, None) or getattr(dl.callbacks, name)
        if found.__init__ is dl.callbacks.base_callback.__init__:
            continue
        parameters = inspect.signature(found).parameters.values()
        yield from (f"{name}.{p.name}" for p in parameters if p.default is not p.empty and p.name != "name")


def test_every_option_has_a_row():
    assert set(OPTIONS) == set(options())


@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_does_what_it_says(option, tmp_path):
    row = OPTIONS[option]
    found, expected = row(tmp_path) if option.startswith("save.") else row()
    if isinstance(found, list) and any(isinstance(entry, str) for entry in [*found, *expected]):
        assert found == expected
    else:
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
