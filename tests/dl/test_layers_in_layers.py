"""Layers in layers, and variables and nodes beside them: trained, saved, counted, cast, in one pass."""

import numpy as np
import pytest

import revgraph.core as rc
from revgraph import dl
from revgraph.core.tensor import topological_order
from revgraph.dl.layers.base import Pass, replay

rng = np.random.default_rng(0)
X = rng.normal(size=(40, 3))
Y = X @ rng.normal(size=(3, 1))


class Attribute(dl.Layer):
    """The residual block that everyone writes."""

    def __init__(self):
        super().__init__()
        self.inner = dl.dense(3, activation="tanh")
        self.drop = dl.dropout(0.5)

    def call(self, phase, x):
        return x + self.drop(self.inner(x))


class InList(Attribute):
    def __init__(self):
        super().__init__()
        self.steps = [self.inner, self.drop]
        del self.inner, self.drop

    def call(self, phase, x):
        out = x
        for step in self.steps:
            out = step(out)
        return x + out


class InDict(Attribute):
    def __init__(self):
        super().__init__()
        self.steps = {"inner": (self.inner,), "drop": [{"deep": self.drop}]}
        del self.inner, self.drop

    def call(self, phase, x):
        return x + self.steps["drop"][0]["deep"](self.steps["inner"][0](x))


class Nested(dl.Layer):
    def __init__(self):
        super().__init__()
        self.block = Attribute()

    def call(self, phase, x):
        return self.block(x)


def in_a_closure():
    inner, drop = dl.dense(3, activation="tanh"), dl.dropout(0.5)
    return dl.transform(lambda x: x + drop(inner(x)))


def in_a_sequential():
    part = dl.sequential(dl.dense(3, activation="tanh"), dl.dropout(0.5))
    return dl.transform(lambda x: x + part(x))


KEPT = [Attribute, InList, InDict, Nested, in_a_closure, in_a_sequential]
however_kept = pytest.mark.parametrize("make", KEPT)


def model_with(make, dtype="float64"):
    dl.seed(0)
    net = dl.sequential(dl.inputs(3), make(), dl.dense(1))
    return dl.Model(net, "mean_squared_error", dl.adam(lr=0.01), dtype=dtype).compile()


@however_kept
def test_they_are_trained_and_counted(make):
    model = model_with(make)
    assert sorted(w.data.shape for w in model.weights) == [(1,), (3,), (3, 1), (3, 3)]
    assert repr(model.summary()).endswith("16 weights")
    assert model.summary().rows[1][3] == "12"
    before = model.get_weights()
    model.fit(X, Y, epochs=3, verbose=False)
    assert all(not np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


@however_kept
def test_they_are_saved_and_loaded(make, tmp_path):
    model, fresh = model_with(make), model_with(make)
    model.fit(X, Y, epochs=3, verbose=False)
    model.save_weights(tmp_path / "weights.npz")
    fresh.load_weights(tmp_path / "weights.npz")
    assert np.array_equal(fresh.predict(X), model.predict(X))
    model.save(tmp_path / "model")
    loaded = dl.Model.load_from(tmp_path / "model")
    assert np.array_equal(loaded.predict(X), model.predict(X))
    assert len(loaded.weights) == 4


@however_kept
def test_they_are_cast(make):
    model = model_with(make, "float32")
    model.fit(X, Y, epochs=2, verbose=False)
    assert {w.data.dtype for w in model.weights} == {np.dtype("float32")}
    assert model.predict(X).dtype == np.float32


@however_kept
def test_their_dropout_drops_in_training_alone(make):
    model = model_with(make)
    (training,) = replay([model.output], Pass(training=True))
    feed = {model.inputs[0]: X}
    assert not np.array_equal(rc.run(training, feed), rc.run(training, feed))
    assert np.array_equal(model.predict(X), model.predict(X))


def test_a_penalty_of_an_inner_layer_counts():
    class block(dl.Layer):
        def __init__(self):
            super().__init__()
            self.inner = dl.dense(2, kernel_regularizer=dl.l2(0.5))

        def call(self, phase, x):
            return self.inner(x)

    dl.seed(0)
    model = dl.Model(dl.sequential(dl.inputs(3), block()), "mean_squared_error", dl.sgd(lr=0.0)).compile()
    y = np.zeros((40, 2))
    kernel = next(w for w in model.weights if w.data.ndim == 2)
    penalty = 0.5 * np.sum(kernel.data**2)
    assert np.isclose(40 * model.train_on_batch(X, y), 40 * model.evaluate(X, y) + penalty)


def test_a_shared_layers_penalty_counts_once():
    shared = dl.dense(3, kernel_regularizer=dl.l2(0.5), activity_regularizer=dl.l1(0.1))
    phase = Pass(training=True)
    x = rc.constant(X)
    once = shared(x)
    replay([shared(once)], phase)
    assert len(phase.penalties) == 3  # the kernel's, and one for each of two outputs
    kernel = shared.weights["kernel"].data
    assert np.isclose(rc.run(phase.penalties[0]), 0.5 * np.sum(kernel**2))


def test_moving_averages_of_an_inner_batch_norm_move_and_are_not_trained():
    class block(dl.Layer):
        def __init__(self):
            super().__init__()
            self.norm = dl.batch_norm(momentum=0.5)

        def call(self, phase, x):
            return self.norm(x)

    layer = block()
    net = dl.sequential(dl.inputs(3), layer, dl.dense(1))
    model = dl.Model(net, "mean_squared_error", dl.sgd(lr=0.0)).compile()
    model.fit(5 * X + 2, Y, epochs=30, verbose=False)
    assert np.allclose(layer.norm.weights["mean"].data, (5 * X + 2).mean(axis=0))
    assert len(model.weights) == 6


def test_a_layer_whose_weights_are_fixed_stays_as_it_is():
    class frozen(dl.dense):
        @property
        def trainable(self):
            return []

    model = model_with(lambda: frozen(2))
    before = model.get_weights()
    model.fit(X, Y, epochs=2, verbose=False)
    same = [np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True)]
    assert same == [True, True, False, False]


# Variables beside layers


def test_a_variable_beside_a_layer_is_trained_saved_and_counted(tmp_path):
    def make():
        scale = rc.variable(np.full(3, 0.5), name="scale")
        return scale, dl.transform(lambda x: x * scale)

    dl.seed(0)
    scale, layer = make()
    offset = rc.variable(0.0, name="offset")
    out = dl.dense(1, use_bias=False)(layer(dl.inputs(3)())) + offset
    model = dl.Model(out, "mean_squared_error", dl.sgd(lr=0.001)).compile()
    assert {w.name for w in model.weights} >= {"scale", "offset"}
    assert repr(model.summary()).endswith("7 weights")
    model.fit(X, Y + 3, epochs=200, verbose=False)
    assert not np.allclose(scale.data, 0.5)
    assert np.isclose(offset.data, 3, atol=0.1)
    model.save_weights(tmp_path / "weights.npz")
    kept = model.predict(X)
    scale.data, offset.data = np.zeros(3), 0.0
    model.load_weights(tmp_path / "weights.npz")
    assert np.array_equal(model.predict(X), kept)
    model.save(tmp_path / "model")
    assert np.array_equal(dl.Model.load_from(tmp_path / "model").predict(X), kept)


def test_a_variable_that_a_layer_holds_is_trained_and_cast():
    class scale(dl.Layer):
        def __init__(self):
            super().__init__()
            self.factors = {"all": [rc.variable(np.ones(3))]}
            self.power = rc.variable(1.0)

        def call(self, phase, x):
            return x * self.factors["all"][0] * self.power

    layer = scale()
    model = model_with(lambda: layer, "float32")
    model.fit(X, Y, epochs=3, verbose=False)
    assert layer.power.dtype == layer.factors["all"][0].dtype == np.float32
    assert layer.power.data != 1
    assert model.predict(X).dtype == np.float32


def test_a_variable_that_the_loss_depends_on_is_trained_and_saved():
    width = rc.variable(1.0, name="width")

    def loss(y_true, y_pred):
        return rc.sum(rc.square((y_true - y_pred) / width)) + 80 * rc.log(width)

    model = dl.Model(dl.sequential(dl.inputs(3), dl.dense(1)), loss, dl.sgd(lr=0.0005)).compile()
    model.fit(X, Y, epochs=30, verbose=False)
    assert width.data != 1
    assert width in set(model.weights)


MADE_ANEW = {
    "a transform": (lambda x: x * rc.variable(0.5), "mean_squared_error"),
    "a layer in a transform": (lambda x: dl.dense(2)(x), "mean_squared_error"),
    "the loss": (lambda x: x, lambda t, p: rc.sum(rc.square(t - p)) * rc.variable(1.0)),
}


@pytest.mark.parametrize("where", MADE_ANEW)
def test_a_variable_that_is_made_anew_at_each_call_is_an_error(where):
    function, loss = MADE_ANEW[where]
    net = dl.sequential(dl.inputs(3), dl.transform(function), dl.dense(1))
    with pytest.raises(ValueError, match=r"(?s)is made anew each time.*Next: make it once, outside"):
        dl.Model(net, loss, "sgd").compile()


def test_a_variable_of_another_dtype_is_an_error():
    scale = rc.variable(1.0)
    net = dl.sequential(dl.inputs(3), dl.transform(lambda x: x * scale))
    with pytest.raises(ValueError, match=r"(?s)beside layers in a model of float32.*dtype='float32'"):
        dl.Model(net, dtype="float32")


# Models that share layers


def test_models_of_different_dtype_cannot_share_weights():
    layers = dl.inputs(3), dl.dense(1)
    first = dl.Model(dl.sequential(*layers), "mean_squared_error", dl.sgd(lr=0.1)).compile()
    with pytest.raises(
        ValueError, match=r"has weights of float64 in another model.*Next: make the layers anew"
    ):
        dl.Model(dl.sequential(*layers), dtype="float32")
    before = first.predict(X)
    first.fit(X, Y, verbose=False)
    assert not np.array_equal(first.predict(X), before)
    assert first.weights[0].dtype == np.float64
    del first
    assert dl.Model(dl.sequential(*layers), dtype="float32").predict(X).dtype == np.float32


def test_models_of_one_dtype_share_weights():
    layers = dl.inputs(3), dl.dense(1)
    first, second = (dl.Model(dl.sequential(*layers), "mean_squared_error", "sgd").compile() for _ in "ab")
    first.fit(X, Y, verbose=False)
    assert np.array_equal(first.predict(X), second.predict(X))
    assert all(a is b for a, b in zip(first.weights, second.weights, strict=True))


def test_layers_of_one_name():
    x = dl.inputs(3)()
    with pytest.raises(ValueError, match="two layers are named 'same'"):
        dl.Model(dl.dense(2, name="same")(dl.dense(2, name="same")(x)))
    first, second = dl.dense(2), dl.dense(2)
    second.name = first.name  # as of a model that was loaded, beside a new layer
    model = dl.Model(second(first(x)))
    assert len({layer.name for layer in model.layers}) == 2
    blocks = dl.transformer_block(2), dl.transformer_block(2)
    blocks[1].rename(blocks[0].name)
    for part in ("attention", "norm", "attention_norm"):
        getattr(blocks[1], part).rename(getattr(blocks[0], part).name)
    several = dl.Model(blocks[1](blocks[0](dl.inputs((3, 4))())))
    assert len({layer.name for layer in several.layers}) == len(several.layers)
    assert len({weight.name for weight in model.weights}) == 4


# Nodes that a function of the network holds


def test_a_node_that_a_function_holds_is_that_of_the_same_pass():
    dl.seed(0)
    x = dl.inputs(3)()
    dropped = dl.dropout(0.5)(x)
    nothing = dl.transform(lambda y: y - dropped)(dropped)  # 0 also where dropout drops
    phase = Pass(training=True)
    (training,) = replay([nothing + 0 * x], phase)
    assert np.array_equal(rc.run(training, {x: X}), np.zeros_like(X))
    model = dl.Model(dl.dense(1)(nothing), "mean_squared_error", "sgd", dtype="float32").compile()
    assert model.predict(X).dtype == np.float32
    model.fit(X, Y, verbose=False)


def test_a_node_that_the_loss_holds_is_that_of_training():
    dl.seed(0)
    x = dl.inputs(3)()
    hidden = dl.dropout(0.5)(x)
    out = dl.dense(1)(hidden)
    seen = {}

    def loss(y_true, y_pred):
        seen["last"] = rc.sum(hidden)
        return rc.sum(rc.square(y_true - y_pred)) + 1000 * rc.sum(rc.square(hidden - x))

    model = dl.Model(out, loss, dl.sgd(lr=0.0)).compile()
    assert model.train_on_batch(X, Y) > 1000  # what is dropped differs from x
    assert model.evaluate(X, Y) < 1000


def test_an_input_that_a_function_holds_is_an_input():
    a, b = dl.inputs(3, name="a")(), dl.inputs(3, name="b")()
    model = dl.Model(dl.transform(lambda x: x - b)(a), "mean_squared_error", "sgd")
    assert [leaf.name for leaf in model.inputs] == ["a", "b"]
    assert np.array_equal(model.predict([X, 2 * X]), -X)
    assert np.array_equal(model.predict({"b": X, "a": X}), 0 * X)


def test_a_name_that_means_another_node_by_now_is_an_error():
    x = dl.inputs(3)()
    x = dl.transform(lambda y: y + x)(x)
    with pytest.raises(ValueError, match=r"is made from itself .* another node by now"):
        dl.Model(dl.dense(1)(x), "mean_squared_error", "sgd").compile()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_branch_that_only_a_function_knows_is_trained_and_measured(dtype):
    dl.seed(0)
    x = dl.inputs(3)()
    hidden = dl.dropout(0.5)(dl.dense(3, activation="tanh")(x))
    aside = rc.square(dl.dense(2, name="aside")(dl.dropout(0.5)(hidden)))
    inner = dl.dense(3, name="inner")(dl.dropout(0.5)(x))
    out = dl.dense(1)(dl.transform(lambda y: y + inner)(hidden))

    def loss(y_true, y_pred):
        return rc.sum(rc.square(y_true - y_pred)) + rc.sum(aside)

    model = dl.Model(out, loss, dl.sgd(lr=0.001), dtype=dtype).compile()
    assert {w.dtype for w in model.weights} == {np.dtype(dtype)}
    assert {str(w.name).split("_")[0] for w in model.weights} == {"dense", "aside", "inner"}
    before = model.get_weights()
    first = model.evaluate(X, Y)
    assert model.evaluate(X, Y) == first  # nothing drops
    assert model.predict(X).dtype == dtype
    model.fit(X, Y, epochs=50, batch_size=10, verbose=False)
    assert all(not np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    assert model.evaluate(X, Y) < first
    masks = [node for node in topological_order(model._step) if node.kind == "dropout_mask"]
    assert len(masks) == 3  # each drops once in a step


def test_a_layer_may_run_another_as_it_predicts():
    class fixed(dl.Layer):
        def __init__(self):
            super().__init__()
            self.inner = dl.transform(dl.dropout(0.5))

        def call(self, phase, x):
            return self.inner.run(Pass(), x)

    (training,) = replay([fixed()(rc.constant(X))], Pass(training=True))
    assert np.array_equal(rc.run(training), X)


def test_a_layers_row_counts_the_variables_that_it_holds():
    class Scaled(dl.Layer):
        def __init__(self):
            super().__init__()
            self.scale, self.parts = rc.variable(np.ones(3)), [dl.dense(3), rc.variable(0.0)]

        def call(self, phase, x):
            return self.parts[0](x) * self.scale + self.parts[1]

    layer = Scaled()
    summary = dl.Model(dl.sequential(dl.inputs(3), layer, layer, dl.dense(1))).summary()
    assert [row[3] for row in summary.rows if row[1] != "sequential"] == ["0", "16", "16", "4"]
    assert summary.n_weights == 20
