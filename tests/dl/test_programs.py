"""Whole programs, as their users write them."""

import numpy as np
from sklearn.datasets import load_digits

import revgraph.core as rc
from revgraph import dl

XOR_X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR_Y = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [1.0, 0.0]])


def test_xor_with_layers():
    dl.seed(1)
    model = dl.Model(
        model=dl.sequential(dl.inputs(2), dl.dense(8, activation="tanh"), dl.dense(2, activation="softmax")),
        loss=dl.categorical_cross_entropy(),
        optimizer=dl.adam(lr=0.05),
        metrics={"Accuracy": dl.categorical_accuracy()},
    )
    model.compile()
    history = model.fit(XOR_X, XOR_Y, epochs=100, batch_size=1, verbose=0)
    assert model.evaluate_metrics(XOR_X, XOR_Y)["Accuracy"] == 1
    assert history["loss"][-1] < 0.05 < history["loss"][0]
    assert model.predict_one(XOR_X[1]).argmax() == 1


def test_xor_with_functional_layers_and_a_metric_of_ones_own():
    dl.seed(1)
    l0 = dl.inputs(2)()
    l1 = dl.dense(10, activation="tanh")(l0)
    out = dl.dense(2, activation="softmax")(l1)
    model = dl.Model(
        model=out,
        loss=dl.categorical_cross_entropy(),
        optimizer=dl.rmsprop(lr=0.05),
        metrics={"right": lambda y_true, y_pred: rc.mean(rc.all(rc.abs(y_true - y_pred) < 0.5, axis=1))},
    )
    model.compile()
    model.fit(XOR_X, XOR_Y, epochs=100, batch_size=2, verbose=0)
    assert model.evaluate_metrics(XOR_X, XOR_Y) == {"right": 1.0}
    assert rc.run(l1, {l0: XOR_X}).shape == (4, 10)  # a layer's output is a node like any other


def small_digits(n):
    """scikit-learn's digits, enlarged to MNIST's 28 by 28 pixels."""
    found = load_digits()
    images = np.kron(found.images[:n] / 16, np.ones((3, 3)))
    return np.pad(images, ((0, 0), (2, 2), (2, 2))).reshape(n, 784), np.eye(10)[found.target[:n]]


def test_the_convolutional_network_for_mnist():
    dl.seed(0)
    model = dl.Model(
        model=dl.sequential(
            dl.inputs(784),
            dl.reshape((28, 28, 1)),
            dl.conv2d(
                filters=12,
                kernel_size=(3, 3),
                padding="same",
                activation="relu",
                use_bias=True,
                bias_initializer="zeros",
                kernel_regularizer=dl.l1(),
                kernel_initializer="glorot_normal",
            ),
            dl.flatten(),
            dl.dense(128, activation="relu"),
            dl.dense(10, activation="softmax"),
        ),
        loss=dl.categorical_cross_entropy(fold="mean"),
        optimizer=dl.adam(lr=0.01, decay=0.01),
        metrics={"Accuracy": dl.categorical_accuracy()},
        dtype="float32",
    ).compile()
    x, y = small_digits(600)
    history = model.fit(x, y, epochs=4, batch_size=100, train_test_validation=(0.85, 0, 0.15), verbose=0)
    assert abs(history.batch_losses[0] - np.log(10)) < 1.5  # the penalty comes on top
    assert history["validation_Accuracy"][-1] > 0.8
