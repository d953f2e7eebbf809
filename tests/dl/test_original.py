"""The original's documentation: docs/original.md row by row, and the programs of its pages on dl."""

import ast
import inspect
import re
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

import revgraph.core as rc
import revgraph.datasets.mnist as mnist
import revgraph.dl as dl
from revgraph.datasets import boston_housing

PAGE = (Path(__file__).parents[2] / "docs" / "original.md").read_text("utf-8")
NAMES = {"rc": rc, "dl": dl, "mnist": mnist, "boston_housing": boston_housing}
ROW = re.compile(r"^\| `([\w.]+)(\(.*\))?` \| (same|same, and more|differs because) \| (.*) ?\|$", re.M)
ROWS = {name: (parameters, here, note.strip()) for name, parameters, here, note in ROW.findall(PAGE)}


def documented(parameters):
    """The parameters of a signature as the page writes it: names, and the defaults that it gives."""
    arguments = ast.parse(f"def f{parameters}: pass").body[0].args
    defaults = [inspect.Parameter.empty] * (len(arguments.args) - len(arguments.defaults))
    defaults += [ast.literal_eval(default) for default in arguments.defaults]
    names = [argument.arg for argument in arguments.args]
    return [*zip(names, defaults, strict=True), *([(arguments.vararg.arg, None)] if arguments.vararg else [])]


def found(name):
    node = NAMES
    for part in name.split("."):
        node = node[part] if isinstance(node, dict) else getattr(node, part)
    return node


def test_every_row_is_read():
    tables = [line for line in PAGE.splitlines() if line.startswith("| `")]
    assert len(ROWS) == len(
        [line for line in tables if re.match(r"\| `(rc|dl|mnist|boston_housing)\.", line)]
    )
    assert len(ROWS) > 90
    assert {here for _, here, _ in ROWS.values()} == {"same", "same, and more", "differs because"}


OTHER_PARAMETERS = {"boston_housing.load_data"}  # its note says so


@pytest.mark.parametrize("name", ROWS)
def test_a_row_holds(name):
    parameters, here, note = ROWS[name]
    target = found(name)
    assert here == "same" or note, "a difference is told"
    if not parameters or name in OTHER_PARAMETERS:
        assert not parameters or here == "differs because"
        return
    signature = list(inspect.signature(target).parameters.values())
    ours = [(p.name, p.default) for p in signature if p.name not in ("self", "_", "__")]
    theirs = documented(parameters)
    for i, (wanted, default) in enumerate(theirs):
        assert ours[i][0] == wanted
        if (
            default is not inspect.Parameter.empty
            and signature[0].kind is not inspect.Parameter.VAR_POSITIONAL
        ):
            assert ours[i][1] == default, f"{name}({wanted}=)"
    if here == "same":
        assert len(ours) == len(theirs)
    further = ours[len(theirs) :]
    assert all(default is not inspect.Parameter.empty for _, default in further) or "name" in dict(further)


def test_every_name_of_the_original_has_a_row():
    listed = {name.split(".")[-1] for name in ROWS}
    layers = "inputs dense conv2d flatten reshape transform sequential"
    functions = "linear tanh sigmoid relu softmax softplus zeros ones const random_normal random_uniform"
    losses = "categorical_cross_entropy poisson kl_divergence mean_squared_error mean_absolute_error hinge"
    more_losses = "mean_absolute_percentage_error mean_squared_logarithmic_error log_cosh squared_hinge"
    others = (
        "glorot_normal glorot_uniform l1 l2 l1_l2 categorical_accuracy Model compile fit predict predict_one"
    )
    callbacks = "get_model load_from progress validation test save base_callback invoked_when load_data"
    for names in (layers, functions, losses, more_losses, others, callbacks):
        assert set(names.split()) <= listed


# The programs of its pages

XOR_X = [[0, 0], [0, 1], [1, 0], [1, 1]]
XOR_Y = [[0, 1], [1, 0], [1, 0], [0, 1]]


def test_the_xor_perceptron():
    dl.seed(0)
    architecture = dl.sequential(
        dl.inputs(2), dl.dense(8, activation="tanh"), dl.dense(2, activation="sigmoid")
    )
    model = dl.Model(model=architecture, loss=dl.mean_squared_error(), optimizer=dl.sgd(lr=0.1, momentum=0.9))
    model.compile()
    model.fit(XOR_X, XOR_Y, epochs=200, batch_size=1)
    assert np.array_equal(np.round(model.predict(XOR_X)), XOR_Y)
    assert np.array_equal(np.round(model.predict_one([0, 1])), [1, 0])


def test_layers_on_each_other_and_the_last_one_in_a_function():
    dl.seed(0)
    l0 = dl.inputs(2)()
    l1 = dl.dense(10)(l0)
    l2 = dl.transform(lambda x: (x > 0) * x)(l1)
    l3 = lambda: dl.dense(2, activation="softmax")(l2)  # noqa: E731
    assert l0.name == "x"
    model = dl.Model(model=l3, loss=dl.categorical_cross_entropy(), optimizer=dl.adam(lr=0.05)).compile()
    model.fit(x=XOR_X, y=XOR_Y, epochs=100)
    predict = model.get_model()
    assert np.array_equal(predict(x=XOR_X).argmax(axis=1), [1, 0, 0, 1])
    assert np.array_equal(predict(XOR_X), model.output(x=XOR_X))
    assert np.array_equal(rc.run(model.output, feed_dict={"x": XOR_X}), model.predict(XOR_X))


def test_metrics_of_the_page():
    model = dl.Model(
        model=dl.sequential(dl.inputs(784), dl.dense(9, use_bias=True)),
        loss=dl.mean_squared_error(),
        optimizer=dl.sgd(lr=0.01),
        metrics={
            "Accuracy": dl.categorical_accuracy(),
            "My MAE": lambda y_true, y_pred: rc.sum(rc.abs(y_true - y_pred)) / rc.len(y_true),
        },
    )
    model.compile()
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(11, 784)), np.eye(9)[rng.integers(0, 9, 11)]
    found = model.evaluate_metrics(x, y, batch_size=3)
    prediction = model.predict(x)
    assert np.isclose(found["My MAE"], np.abs(y - prediction).sum() / 11)
    assert np.isclose(found["Accuracy"], (y.argmax(axis=1) == prediction.argmax(axis=1)).mean())


def test_initializers_activations_and_regularizers_of_ones_own():
    ours = {"kernel_initializer": lambda s: np.ones(shape=s), "bias_initializer": dl.const(n=2.0)}
    layer = dl.dense(3, True, lambda x: x / 2, **ours, kernel_regularizer=lambda w: 0.5 * rc.sum(w))
    assert np.array_equal(rc.run(layer(rc.constant([[1.0, 2.0]]))), [[2.5, 2.5, 2.5]])
    convolution = dl.conv2d(filters=6, kernel_size=(3, 3), padding="same")
    assert convolution(dl.inputs((5, 4, 2))()).shape == (None, 5, 4, 6)
    assert list(convolution.weights) == ["kernel"]


def test_defaults_are_the_documented_ones():
    dl.seed(0)
    layer = dl.dense(200)
    layer(rc.constant(np.ones((1, 300))))
    kernel, bias = (layer.weights[name].data for name in ("kernel", "bias"))
    assert np.isclose(kernel.std(), np.sqrt(2 / 500), rtol=0.02)
    assert np.isclose(bias.std(), np.sqrt(2 / 201), rtol=0.15)
    assert np.abs(kernel).max() > np.sqrt(6 / 500)  # not the uniform one
    assert np.array_equal(dl.const()((2,)), [1, 1])
    assert np.abs(dl.random_uniform(minval=3, maxval=4)((50,)) - 3.5).max() <= 0.5


@pytest.fixture(scope="module")
def digits():
    """scikit-learn's digits, enlarged to MNIST's 28 by 28 pixels."""
    known = load_digits()
    images = np.pad(np.kron(known.images / 16, np.ones((3, 3))), ((0, 0), (2, 2), (2, 2)))
    return images.reshape(-1, 784), np.eye(10)[known.target]


def test_the_convolutional_network_for_mnist(digits, tmp_path):
    x, y = digits
    dl.seed(0)
    layers = dl.sequential(
        dl.inputs(784),
        dl.reshape((28, 28, 1)),
        dl.conv2d(
            filters=12, kernel_size=(3, 3), padding="same", activation="relu", use_bias=True,
            kernel_regularizer=dl.l1(), bias_regularizer=dl.l1(), bias_initializer="zeros",
        ),
        dl.flatten(),
        dl.dense(
            units=128, activation="relu", use_bias=True,
            kernel_regularizer=dl.l1(), bias_regularizer=dl.l1(),
        ),
        dl.dense(
            units=10, activation="softmax", use_bias=True,
            kernel_regularizer=dl.l1(), bias_regularizer=dl.l1(),
        ),
    )  # fmt: skip
    model = dl.Model(
        model=layers,
        loss=dl.categorical_cross_entropy(),
        optimizer=dl.adam(lr=0.01, decay=0.01),
        metrics={"Accuracy": dl.categorical_accuracy()},
    )
    model.compile()
    history = model.fit(
        x=x[:300],
        y=y[:300],
        epochs=3,
        batch_size=30,
        train_test_validation=(0.85, 0, 0.15),
        callbacks=[
            dl.callbacks.progress(),
            dl.callbacks.validation(),
            dl.callbacks.test(x_test=x[1000:1100], y_test=y[1000:1100]),
            dl.callbacks.save(str(tmp_path / "cnn.pkl")),
        ],
    )
    assert history["test_Accuracy"][0] > 0.7
    assert len(history["validation_Accuracy"]) == 3
    loaded = dl.Model.load_from(str(tmp_path / "cnn.pkl"))
    assert np.argmax(loaded.predict_one(x[5])) == np.argmax(model.predict_one(x[5]))
