"""Everything that dl offers, in tables: each name has a row, and each row everything promised of its kind.

A value known from elsewhere (Keras's documentation, the definition; PyTorch's are in test_pytorch), gradients
against central differences, float32 kept, saved and loaded, exported, and documented with every parameter. A
name without a row fails, and so does a layer that nobody exported.
"""

import inspect
import pkgutil
from functools import partial
from importlib import import_module

import numpy as np
import pytest

import revgraph.core as rc
from revgraph import dl
from revgraph.dl.activations import ACTIVATIONS
from revgraph.dl.initializers import INITIALIZERS
from revgraph.dl.layers.base import Pass, replay
from revgraph.dl.losses import LOSSES as KNOWN_LOSSES
from revgraph.dl.metrics import METRICS as KNOWN_METRICS
from revgraph.dl.optimizers import OPTIMIZERS
from revgraph.dl.regularizers import REGULARIZERS
from tests.dl import test_pytorch

rng = np.random.default_rng(0)
ROWS, IMAGES, SEQUENCES, VECTORS = (3, 4), (2, 6, 5, 3), (2, 7, 3), (2, 3, 4)


def tokens(draw, n):
    return draw.integers(0, 6, (n, 3)).astype(float)


# A layer, and the shapes of its inputs. What is compared with PyTorch stands in test_pytorch under its name.
LAYERS = {
    "add": (dl.add, [ROWS, ROWS]),
    "avg_pool2d": (lambda: dl.avg_pool2d(2, padding="same"), [IMAGES]),
    "batch_norm": (dl.batch_norm, [ROWS]),
    "concatenate": (dl.concatenate, [ROWS, ROWS]),
    "conv1d": (lambda: dl.conv1d(2, 3, activation="tanh", use_bias=True), [SEQUENCES]),
    "conv2d": (lambda: dl.conv2d(2, (3, 2), (2, 1), "same", "tanh", use_bias=True), [IMAGES]),
    "dense": (lambda: dl.dense(2, activation="tanh"), [ROWS]),
    "dropout": (lambda: dl.dropout(0.5), [ROWS]),
    "embedding": (lambda: dl.embedding(6, 2), [tokens]),
    "flatten": (dl.flatten, [IMAGES]),
    "gpt": (lambda: dl.gpt(6, context=3, units=4, heads=2, blocks=1, dropout=0.1), [tokens]),
    "layer_norm": (dl.layer_norm, [ROWS]),
    "max_pool2d": (lambda: dl.max_pool2d(2), [IMAGES]),
    "multi_head_attention": (
        lambda: dl.multi_head_attention(2, causal=True, dropout=0.1),
        [VECTORS, VECTORS],
    ),
    "reshape": (lambda: dl.reshape((-1, 2)), [ROWS]),
    "sequential": (lambda: dl.sequential(dl.dense(2, activation="tanh"), dl.dense(1)), [ROWS]),
    "transform": (lambda: dl.transform(rc.square), [ROWS]),
    "transformer_block": (lambda: dl.transformer_block(2, hidden=5, dropout=0.1), [VECTORS]),
}
# Compared with what they are by definition, not with PyTorch: the test of this name in test_layers.
BY_DEFINITION = {
    "dropout": "test_dropout_drops_in_training_alone",
    "inputs": "test_sequential_starts_itself_or_continues",
    "sequential": "test_sequential_starts_itself_or_continues",
    "transform": "test_transform_takes_any_function_of_nodes",
}

# y_true, y_pred and the mean that Keras's documentation gives.
BITS, GUESSES, ONES = [[0.0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]], [[1.0, 1], [1, 0]]
CLASSES = [[0.05, 0.95, 0], [0.1, 0.8, 0.1]]
LOSSES = {
    "binary_cross_entropy": (BITS, GUESSES, 0.815),
    "categorical_cross_entropy": ([[0.0, 1, 0], [0, 0, 1]], CLASSES, 1.177),
    "hinge": (BITS, GUESSES, 1.3),
    "kl_divergence": (BITS, GUESSES, 0.458),
    "log_cosh": (BITS, [[1.0, 1], [0, 0]], 0.108),
    "mean_absolute_error": (BITS, ONES, 0.5),
    "mean_absolute_percentage_error": ([[2.0, 1], [2, 3]], [[1.0, 1], [1, 0]], 50),
    "mean_squared_error": (BITS, ONES, 0.5),
    "mean_squared_logarithmic_error": (BITS, ONES, 0.240),
    "poisson": (BITS, [[1.0, 1], [0, 0]], 0.5),
    "sparse_categorical_cross_entropy": ([1.0, 2], CLASSES, 1.177),
    "squared_hinge": (BITS, GUESSES, 1.86),
}
METRICS = {
    "binary_accuracy": ([[1.0], [1], [0], [0]], [[0.98], [1], [0], [0.6]], 0.75),
    "categorical_accuracy": ([[0.0, 0, 1], [0, 1, 0]], [[0.1, 0.9, 0.8], [0.05, 0.95, 0]], 0.5),
    "sparse_categorical_accuracy": ([2.0, 1], [[0.1, 0.9, 0.8], [0.05, 0.95, 0]], 0.5),
}
W = np.array([[1.0, -2.0], [0.5, 3.0]])
REGULARIZED = {"l1": 0.01 * 6.5, "l2": 0.01 * 14.25, "l1_l2": 0.01 * (6.5 + 14.25)}
# The variance of entries of a kernel (300, 200), from the papers and from Keras's defaults, and the bounds.
INITIAL = {
    "const": (1.0, 0, 0),
    "glorot_normal": (0, 2 / 500, np.inf),
    "glorot_uniform": (0, 2 / 500, np.sqrt(6 / 500)),
    "he_normal": (0, 2 / 300, np.inf),
    "he_uniform": (0, 2 / 300, np.sqrt(6 / 300)),
    "ones": (1.0, 0, 0),
    "random_normal": (0, 0.05**2, np.inf),
    "random_uniform": (0, 0.1**2 / 12, 0.05),
    "zeros": (0, 0, 0),
}
ACTIVATED = {  # of -1, 0 and 2
    "gelu": [-0.158808, 0, 1.954598],
    "leaky_relu": [-0.3, 0, 2],
    "linear": [-1, 0, 2],
    "relu": [0, 0, 2],
    "sigmoid": [0.268941, 0.5, 0.880797],
    "softmax": [0.042010, 0.114195, 0.843795],
    "softplus": [0.313262, 0.693147, 2.126928],
    "tanh": [-0.761594, 0, 0.964028],
}
X, Y = rng.normal(size=(12, 3)), rng.normal(size=(12, 1))
CALLBACKS = {  # what each leaves behind after three epochs, given a folder
    "early_stopping": (lambda folder: dl.callbacks.early_stopping("loss", min_delta=1e9), "an early end"),
    "progress": (lambda folder: dl.callbacks.progress(), "a bar"),
    "report": (lambda folder: dl.callbacks.report(), "a line"),
    "save": (lambda folder: dl.callbacks.save(folder / "model"), "a file"),
    "test": (lambda folder: dl.callbacks.test(X, Y), "test_loss"),
    "validation": (lambda folder: dl.callbacks.validation(1, X, Y), "validation_loss"),
}
OTHERS = {"History", "Layer", "Loss", "Model", "NotCompiled", "Pass", "callbacks", "inputs", "seed"}
OTHERS |= {"clip_by_norm", "warmup_cosine"}  # beside PyTorch's in test_pytorch


def ours(parent, package):
    """The classes in a package that derive from ``parent`` and are not for deriving from alone."""
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        for name, found in vars(import_module(module.name)).items():
            derived = isinstance(found, type) and issubclass(found, parent)
            abstract = name.startswith("_") or name in (parent.__name__, "WeightedLayer")
            if derived and not abstract and found.__module__ == module.name:
                yield name


def test_every_name_has_a_row():
    assert {*LAYERS, "inputs"} == set(ours(dl.Layer, dl))
    assert set(CALLBACKS) == set(ours(dl.callbacks.base_callback, dl))
    assert set(LOSSES) == set(KNOWN_LOSSES)
    assert set(METRICS) == set(KNOWN_METRICS)
    assert set(REGULARIZED) == set(REGULARIZERS)
    assert set(INITIAL) == set(INITIALIZERS)
    assert set(ACTIVATED) == set(ACTIVATIONS)
    tables = (LAYERS, LOSSES, METRICS, REGULARIZED, INITIAL, ACTIVATED, OPTIMIZERS, OTHERS)
    assert sorted(name for table in tables for name in table) == sorted(dl.__all__)


def test_every_layer_is_compared_with_something():
    compared = {name.split("_valid")[0].split("_same")[0] for name in test_pytorch.LAYERS}
    compared |= {"dense"} & {name.split("_")[0] for name in test_pytorch.LAYERS}
    assert {*LAYERS, "inputs"} <= compared | set(BY_DEFINITION)
    definitions = (test_pytorch.FIXTURES.parent / "dl" / "test_layers.py").read_text("utf-8")
    assert all(f"def {test}(" in definitions for test in BY_DEFINITION.values())


def public():
    yield from ((name, getattr(dl, name)) for name in dl.__all__ if name != "callbacks")
    yield from ((f"callbacks.{name}", getattr(dl.callbacks, name)) for name in CALLBACKS)
    yield "callbacks.base_callback", dl.callbacks.base_callback
    yield "callbacks.invoked_when", dl.callbacks.invoked_when
    for owner in (dl.Model, dl.History, dl.Layer, dl.Pass):
        for name, found in vars(owner).items():
            if inspect.isfunction(found) and not name.startswith("_"):
                yield f"{owner.__name__}.{name}", found


DOCUMENTED = dict(public())
SELF_EXPLAINING = {"self", "name", "x", "y_true", "y_pred"}


@pytest.mark.parametrize("name", DOCUMENTED)
def test_a_name_is_documented_with_all_its_parameters(name):
    found = DOCUMENTED[name]
    doc = inspect.getdoc(found) or ""
    assert len(doc) > 10
    if isinstance(found, type) and doc == inspect.getdoc(found.__mro__[1]):
        raise AssertionError(f"{name} has only the docstring of what it derives from")
    if isinstance(found, rc.Tensor) or not (inspect.isfunction(found) or isinstance(found, type)):
        return  # an operation of core's, which its own tests ask
    if found.__module__.startswith("revgraph.dl") and "." not in name and found is not dl.NotCompiled:
        assert not [p for p in parameters(found) if p.kind is p.VAR_KEYWORD], "options hide"
        missing = [p.name for p in parameters(found) if p.name not in doc and p.name not in SELF_EXPLAINING]
        assert not missing, f"{name} does not say what {missing} are"


def parameters(found):
    return list(inspect.signature(found).parameters.values())


def test_losses_and_layers_show_their_options():
    assert list(inspect.signature(dl.kl_divergence).parameters) == ["fold", "eps"]
    assert "from_logits" in inspect.signature(dl.binary_cross_entropy).parameters
    assert "kernel_regularizer" in inspect.signature(dl.dense).parameters
    assert "bias_initializer" in inspect.signature(dl.conv2d).parameters
    with pytest.raises(TypeError, match="epsilon"):
        dl.kl_divergence(epsilon=1)


# Layers


def slopes(function, array, step=1e-5):
    """The gradient of a number by each entry of an array, by central differences."""
    result = np.zeros_like(array)
    for index in np.ndindex(array.shape):
        kept = array[index]
        array[index] = kept + step
        above = function()
        array[index] = kept - step
        result[index] = (above - function()) / (2 * step)
        array[index] = kept
    return result


def layer_and_inputs(name, dtype):
    dl.seed(1)
    make, shapes = LAYERS[name]
    draw = np.random.default_rng(2)
    inputs = [
        rc.constant(shape(draw, 2), dtype=dtype)
        if callable(shape)
        else rc.variable(draw.normal(size=shape), dtype=dtype)
        for shape in shapes
    ]
    return make(), inputs


@pytest.mark.parametrize("name", LAYERS)
def test_a_layers_gradients_agree_with_central_differences(name):
    layer, inputs = layer_and_inputs(name, "float64")
    out = layer(*inputs)
    upstream = np.random.default_rng(3).normal(size=rc.run(out).shape)
    loss = rc.sum(out * upstream)
    by = dl.layers.base.variables_of(loss)
    for variable, gradient in zip(by, rc.run(rc.gradients(loss, by)), strict=True):
        expected = slopes(lambda: rc.run(loss), variable.data)
        np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=1e-8, err_msg=str(variable.name))


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_keeps_float32_in_both_passes(name):
    layer, inputs = layer_and_inputs(name, "float32")
    out = layer(*inputs)
    phase = Pass(training=True)
    (training,) = replay([out], phase)
    variables = dl.layers.base.variables_of(training)
    nodes = [out, training, *rc.gradients(training, variables), *phase.updates]
    assert {value.dtype for value in rc.run(nodes)} == {np.dtype("float32")}
    assert {weight.dtype for weight in dl.layers.base.variables_of(out)} == {np.dtype("float32")}


def model_of(name, dtype="float32"):
    """A model that holds this layer, and data for it."""
    dl.seed(1)
    make, shapes = LAYERS[name]
    sizes = [(3,) if callable(shape) else shape[1:] for shape in shapes]
    inputs = [dl.inputs(size, name=f"x{i}")() for i, size in enumerate(sizes)]
    out = dl.dense(1)(dl.flatten()(make()(*inputs)))
    draw = np.random.default_rng(2)
    x = [shape(draw, 5) if callable(shape) else draw.normal(size=(5, *shape[1:])) for shape in shapes]
    model = dl.Model(out, loss="mean_squared_error", optimizer=dl.adam(lr=0.01), dtype=dtype).compile()
    return model, x if len(x) > 1 else x[0], draw.normal(size=(5, 1))


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_is_trained_saved_and_loaded_in_a_model(name, tmp_path):
    model, x, y = model_of(name)
    before = model.get_weights()
    model.fit(x, y, epochs=3, batch_size=2, verbose=False)
    assert all(not np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    model.save(tmp_path / "model.dill")
    model.save_weights(tmp_path / "weights.npz")
    loaded, (again, *_) = dl.Model.load_from(tmp_path / "model.dill"), model_of(name)
    again.load_weights(tmp_path / "weights.npz")
    for other in (loaded, again):
        assert other.predict(x).dtype == np.float32
        np.testing.assert_array_equal(other.predict(x), model.predict(x))
        assert other.evaluate(x, y) == model.evaluate(x, y)
    for other in (model, loaded):  # chance goes on where it was
        other.fit(x, y, epochs=2, batch_size=2, verbose=False)
    np.testing.assert_array_equal(loaded.predict(x), model.predict(x))


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_is_counted_and_drawn(name):
    model, *_ = model_of(name)
    counted = sum(weight.data.size for weight in model.weights)
    assert repr(model.summary()).endswith(f"{counted:,} weights")
    assert "svg" in model.plot()._repr_mimebundle_()["image/svg+xml"]


# Losses and metrics


def of(table, name, dtype="float64", **options):
    y_true, y_pred, mean = table[name]
    function = getattr(dl, name)(**options)
    target, prediction = rc.constant(y_true, dtype=dtype), rc.variable(y_pred, dtype=dtype)
    return function(target, prediction), prediction, mean, len(y_true)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_gives_what_keras_documents(name, dtype):
    node, prediction, mean, n = of(LOSSES, name, dtype)
    value, gradient = rc.run([node, rc.gradients(node, prediction)])
    assert abs(value / n - mean) < 6e-4 * max(1, mean)
    assert (value.dtype, gradient.dtype) == (dtype, dtype)
    assert np.isclose(rc.run(of(LOSSES, name, dtype, fold="mean")[0]), value / n)
    assert np.isclose(rc.run(of(LOSSES, name, dtype, fold=lambda xs: rc.sum(xs) / rc.len(xs))[0]), value / n)


@pytest.mark.parametrize("name", LOSSES)
def test_a_losss_gradient_agrees_with_central_differences(name):
    y_true, y_pred, _ = LOSSES[name]
    prediction = rc.variable(np.clip(y_pred, 0.07, 0.93) + rng.uniform(0, 0.01, np.shape(y_pred)))
    node = getattr(dl, name)()(rc.constant(y_true), prediction)
    expected = slopes(lambda: rc.run(node), prediction.data, 1e-6)
    np.testing.assert_allclose(rc.run(rc.gradients(node, prediction)), expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_gives_what_keras_documents(name):
    node, _, mean, _ = of(METRICS, name)
    assert rc.run(node) == mean


@pytest.mark.parametrize("name", [*LOSSES, *METRICS])
def test_a_loss_or_metric_by_name_is_trained_measured_and_saved(name, tmp_path):
    dl.seed(0)
    sparse = name.startswith("sparse")
    labels = rng.integers(0, 3, 14)
    y = labels if sparse else np.eye(3)[labels]
    net = dl.sequential(dl.inputs(2), dl.dense(3, activation="softmax"))
    loss = name if name in LOSSES else f"{'sparse_' * sparse}categorical_cross_entropy"
    model = dl.Model(net, loss, dl.sgd(lr=0.01), metrics={"same": name}).compile()
    x = rng.normal(size=(14, 2))
    model.fit(x, y, epochs=2, batch_size=5, verbose=False)
    model.save(tmp_path / "model")
    loaded = dl.Model.load_from(tmp_path / "model")
    for batch_size in (1, 4, 14, 100):
        measured = model.evaluate_metrics(x, y, batch_size)["same"]
        assert np.isclose(loaded.evaluate_metrics(x, y, 3)["same"], measured)
        assert np.isclose(model.evaluate(x, y, batch_size), loaded.evaluate(x, y))
        assert name in METRICS or np.isclose(measured, model.evaluate(x, y))


# Regularizers, initializers, activations, optimizers


@pytest.mark.parametrize("name", REGULARIZERS)
def test_a_regularizer(name, tmp_path):
    w = rc.variable(W, dtype="float32")
    penalty = getattr(dl, name)()(w)
    value, gradient = rc.run([penalty, rc.gradients(penalty, w)])
    assert np.isclose(value, REGULARIZED[name])
    assert (value.dtype, gradient.dtype) == (np.float32, np.float32)
    w = rc.variable(W)
    penalty = getattr(dl, name)()(w)
    expected = slopes(lambda: rc.run(penalty), w.data)
    np.testing.assert_allclose(rc.run(rc.gradients(penalty, w)), expected, rtol=1e-6)
    saved_and_loaded(tmp_path, kernel_regularizer=name)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_an_initializer(name, tmp_path):
    dl.seed(0)
    mean, variance, bound = INITIAL[name]
    w = getattr(dl, name)()((300, 200))
    assert w.shape == (300, 200)
    assert abs(w.mean() - mean) <= 5 * np.sqrt(variance / w.size)
    assert np.isclose(w.var(), variance, rtol=0.02)
    assert np.abs(w - mean).max() <= bound
    dl.seed(0)
    assert np.array_equal(getattr(dl, name)()((300, 200)), w)
    saved_and_loaded(tmp_path, kernel_initializer=name, bias_initializer=name)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation(name, tmp_path):
    x = rc.constant([[-1.0, 0.0, 2.0]], dtype="float32")
    value = rc.run(getattr(dl, name)(x))
    np.testing.assert_allclose(value, [ACTIVATED[name]], rtol=1e-4, atol=1e-6)
    assert value.dtype == np.float32
    x = rc.variable(np.random.default_rng(0).normal(size=(2, 3)))
    loss = rc.sum(getattr(dl, name)(x) * np.arange(6.0).reshape(2, 3))
    expected = slopes(lambda: rc.run(loss), x.data)
    np.testing.assert_allclose(rc.run(rc.gradients(loss, x)), expected, rtol=1e-5, atol=1e-8)
    saved_and_loaded(tmp_path, activation=name)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_by_name_class_or_object(name, tmp_path):
    for optimizer in (name, getattr(dl, name), getattr(dl, name)()):
        saved_and_loaded(tmp_path, optimizer=optimizer)


def saved_and_loaded(folder, optimizer="adam", **options):
    """A model of one dense layer with these options is the same after a way through a file, and trains on."""
    dl.seed(0)
    net = dl.sequential(dl.inputs(3), dl.dense(2, **options))
    model = dl.Model(net, "mean_squared_error", optimizer, dtype="float32").compile()
    y = np.concatenate([Y, -Y], axis=1)
    model.fit(X, y, epochs=2, batch_size=5, verbose=False)
    model.save(folder / "model")
    loaded = dl.Model.load_from(folder / "model")
    for other in (model, loaded):
        assert other.fit(X, y, epochs=2, batch_size=5, verbose=False)["loss"][-1] > 0
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))


# Callbacks


@pytest.mark.parametrize("name", CALLBACKS)
def test_a_callback_does_what_it_is_for_and_goes_through_a_file(name, tmp_path, capsys):
    import dill

    make, leaves = CALLBACKS[name]
    dl.seed(0)
    callback = dill.loads(dill.dumps(make(tmp_path)))
    net = dl.sequential(dl.inputs(3), dl.dense(1))
    model = dl.Model(net, "mean_squared_error", "sgd").compile()
    history = model.fit(X, Y, epochs=3, batch_size=5, verbose=False, callbacks=[callback])
    out, err = capsys.readouterr()
    left = {
        "an early end": len(history["loss"]) == 2,
        "a bar": "epoch 3/3" in err,
        "a line": "epoch 3/3" in out,
        "a file": (tmp_path / "model").exists(),
        "test_loss": "test_loss" in history,
        "validation_loss": len(history.history.get("validation_loss", ())) == 3,
    }
    assert {what for what, there in left.items() if there} == {leaves}


ANY_NUMBER = {"sequential", "transform"}  # as many as what they are made of takes


@pytest.mark.parametrize(
    "name", [name for name, (_, shapes) in LAYERS.items() if len(shapes) == 1 and name not in ANY_NUMBER]
)
def test_a_layer_reads_all_that_it_is_called_on_or_refuses_it(name):
    layer, inputs = layer_and_inputs(name, "float64")
    with pytest.raises(TypeError, match="takes 1 input, and is called on 2"):
        layer(*inputs, *inputs)


def test_attention_takes_two_inputs_at_most():
    layer, inputs = layer_and_inputs("multi_head_attention", "float64")
    with pytest.raises(TypeError, match="takes 2 inputs, and is called on 3"):
        layer(*inputs, inputs[0])


@pytest.mark.parametrize("make", [dl.layer_norm, dl.batch_norm])
@pytest.mark.parametrize("features", [1, 5])
def test_a_norm_made_for_some_features_takes_no_other_number_of_them(make, features):
    layer = make()
    layer(rc.placeholder("a", (None, 4)))
    with pytest.raises(ValueError, match="was made for 4 features"):
        layer(rc.placeholder("b", (None, features)))


WRONG_LABELS = {
    "binary_cross_entropy": ([2.0, 0], "from 0 to 1"),
    "categorical_cross_entropy": ([-5.0, 1], "from 0 on"),
    "hinge": ([3.0, 1], "from -1 to 1"),
    "kl_divergence": ([2.0, -1], "from 0 to 1"),
    "squared_hinge": ([-2.0, 1], "from -1 to 1"),
}


@pytest.mark.parametrize("name", WRONG_LABELS)
def test_labels_that_a_loss_does_not_take_are_refused(name):
    labels, span = WRONG_LABELS[name]
    node = getattr(dl, name)()(rc.constant([labels]), rc.constant([[0.5, 0.5]]))
    with pytest.raises(rc.GraphError, match=f"takes labels {span}, and .* stands in row 0"):
        rc.run(node)
    net = dl.sequential(dl.inputs(2), dl.dense(2, activation="sigmoid"))
    model = dl.Model(net, name, "sgd").compile()
    before, y = model.get_weights(), np.array([[0.0, 1.0]] * 9 + [labels])
    for call in (partial(model.fit, batch_size=2, verbose=False), model.train_on_batch, model.evaluate):
        with pytest.raises(ValueError, match=f"takes labels {span}, and .* stands in row 9"):
            call(np.ones((10, 2)), y)
    assert all(map(np.array_equal, before, model.get_weights()))
