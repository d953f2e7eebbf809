"""The commonest slips: each gets a sentence that says what to write instead."""

import numpy as np
import pytest

import revgraph.core as rc
from revgraph import dl

X, Y = np.random.default_rng(0).normal(size=(10, 3)), np.zeros((10, 2))


def model(**options):
    net = dl.sequential(dl.inputs(3), dl.dense(2))
    return dl.Model(net, **{"loss": "mean_squared_error", "optimizer": "sgd", **options}).compile()


def two_inputs():
    return dl.Model(dl.add()(dl.inputs(2, name="left")(), dl.inputs(2, name="right")()))


class Table:
    """As pandas' tables do, it gives the names of its columns when it is gone through."""

    def __iter__(self):
        return iter(["a", "b"])


class Unbegun(dl.Layer):
    def __init__(self):
        self.inner = dl.dense(2)


SLIPS = {
    "a loss without parentheses": (
        lambda: model(loss=dl.mean_squared_error),
        r"makes a loss and is none itself. Next: dl.mean_squared_error\(\)",
    ),
    "a metric without parentheses": (
        lambda: model(metrics={"a": dl.categorical_accuracy}),
        r"makes a metric and is none itself. Next: dl.categorical_accuracy\(\)",
    ),
    "a loss as a metric without parentheses": (
        lambda: model(metrics={"a": dl.hinge}),
        r"Next: dl.hinge\(\)",
    ),
    "an initializer without parentheses": (
        lambda: dl.dense(2, kernel_initializer=dl.zeros),
        r"Next: dl.zeros\(\)",
    ),
    "a regularizer without parentheses": (
        lambda: dl.dense(2, kernel_regularizer=dl.l2),
        r"Next: dl.l2\(\)",
    ),
    "a callback without parentheses": (
        lambda: model().fit(X, Y, callbacks=[dl.callbacks.progress], verbose=False),
        r"callbacks are made of .* Next: progress\(\)",
    ),
    "metrics in a list": (
        lambda: model(metrics=[dl.categorical_accuracy()]),
        r'metrics is a dict .* Next: metrics=\{"Accuracy"',
    ),
    "fractions in a text": (
        lambda: model().fit(X, Y, train_test_validation="abc"),
        "train_test_validation is three fractions, not 'abc'",
    ),
    "attention on two axes": (
        lambda: dl.multi_head_attention(2)(dl.inputs(4)()),
        r"takes vectors in rows, \(n, t, d\), and its input has shape \(None, 4\)",
    ),
    "a model of short floats": (
        lambda: model(dtype="float16"),
        "dtype is 'float64' or 'float32', not 'float16'",
    ),
    "a metric named loss": (lambda: model(metrics={"loss": "hinge"}), 'cannot be named "loss"'),
    "a layer for a model": (lambda: dl.Model(dl.dense(3)), r"dense_\d+ is called on no input.*dl.inputs"),
    "a text for a model": (lambda: dl.Model("dense"), "a model is made of dl.sequential"),
    "a model without inputs": (
        lambda: dl.Model(dl.dense(3)(rc.constant(X))),
        "this network has no input. Next: begin it with dl.inputs",
    ),
    "layers in a list": (
        lambda: dl.sequential([dl.inputs(3), dl.dense(2)]),
        r"one by one, not in a list. Next: dl.sequential\(\*layers\)",
    ),
    "no layer": (lambda: dl.sequential(dl.inputs(3), "dense"), "sequential takes layers, not 'dense'"),
    "a layer called on a layer": (
        lambda: dl.dense(2)(dl.inputs(3)),
        r"not on the layer inputs_\d+. Next: call that one first",
    ),
    "units as a text": (lambda: dl.dense("10"), "dense's number of units is a whole number, not '10'"),
    "no units": (lambda: dl.dense(0), "dense's number of units is at least 1, not 0"),
    "fewer than no units": (lambda: dl.dense(-3), "at least 1, not -3"),
    "units as a fraction": (lambda: dl.dense(2.5), "is a whole number, not 2.5"),
    "an activation in second place": (
        lambda: dl.dense(10, "relu"),
        r"use_bias before the activation.* Next: dl.dense\(10, activation='relu'\)",
    ),
    "no filters": (lambda: dl.conv2d(0, 3), "conv2d's number of filters is at least 1"),
    "padding as a number": (lambda: dl.conv2d(3, 3, padding=1), "padding is 'valid' or 'same', not 1"),
    "no size": (lambda: dl.inputs(0), "the shape of inputs is at least 1"),
    "a size as a text": (lambda: dl.inputs("784"), "the shape of inputs is a whole number"),
    "a generator for x": (
        lambda: model().fit((row for row in X), Y),
        r"x is a generator, .* Next: pass np.array\(list\(x\)\)",
    ),
    "a generator for y": (lambda: model().fit(X, iter(Y)), "y is a generator"),
    "nothing to train on": (
        lambda: model().fit(X, Y, train_test_validation=(0.0, 0.5, 0.5)),
        "there is nothing to train on: 0.0 of 10 samples",
    ),
    "a loss without its fold": (
        lambda: model(loss=lambda t, p: rc.square(t - p)),
        r"the loss gives shape \(None, 2\), where one number is needed. Next: rc.sum",
    ),
    "a metric without its fold": (
        lambda: model(metrics={"far": lambda t, p: rc.abs(t - p) > 1}),
        r"the metric 'far' gives shape \(None, 2\)",
    ),
    "a loss that is no node": (lambda: model(loss=lambda t, p: None), "the loss gives None and not a node"),
    "epochs as a text": (lambda: model().fit(X, Y, epochs="3"), "epochs is a whole number, not '3'"),
    "fewer than no epochs": (lambda: model().fit(X, Y, epochs=-1), "epochs is a number from 0 on"),
    "a layer that does not begin as one": (
        lambda: Unbegun()(rc.constant(X)),
        r"__init__ of Unbegun does not call super\(\).__init__\(\)",
    ),
    "a function that returns nothing": (
        lambda: dl.transform(lambda x: None)(rc.constant(X)),
        r"transform_\d+ gives None, and not a node. Next: let its function return",
    ),
    "an activation that returns nothing": (
        lambda: dl.dense(2, activation=lambda x: None)(rc.constant(X)),
        r"dense_\d+ gives None",
    ),
    "an initializer of another shape": (
        lambda: dl.dense(2, kernel_initializer=lambda shape: np.ones(3))(rc.constant(X)),
        r"initializer of dense_\d+'s kernel gave shape \(3,\); it was asked for \(3, 2\)",
    ),
    "a regularizer without its sum": (
        lambda: dl.dense(2, kernel_regularizer=lambda w: 0.1 * rc.abs(w))(rc.constant(X)),
        "a regularizer gives one number",
    ),
    "a sum of different shapes": (
        lambda: dl.add()(dl.inputs(3)(), dl.inputs(1)()),
        r"adds inputs of one shape; these have \(None, 3\) and \(None, 1\)",
    ),
    "validation data without y": (
        lambda: model().fit(X, Y, validation_data=X, verbose=False),
        "validation_data is x and y",
    ),
    "a fraction of an epoch": (
        lambda: dl.callbacks.save("m", save_after_every=0.5),
        "save_after_every is a number of epochs from 1 on, not 0.5",
    ),
    "a batch size as a text": (lambda: model().fit(X, Y, batch_size="2"), "batch_size is a whole number"),
    "half the data of a callback": (lambda: dl.callbacks.validation(1, X), "both or neither"),
    "data in place of a number": (lambda: dl.callbacks.validation(X, Y), "after_every is a number of epochs"),
    "a condition that is none": (
        lambda: dl.callbacks.invoked_when("after_epoch"),
        r"Next: @invoked_when\(lambda self: self.after_epoch\)",
    ),
    "a layer without parentheses": (
        lambda: dl.sequential(dl.inputs(3), dl.flatten),
        r"dl.flatten makes one. Next: dl.flatten\(...\)",
    ),
    "a layer called at once": (lambda: dl.flatten(dl.inputs(3)()), r"Next: dl.flatten\(...\)\(node\)"),
    "inputs of a layer in a list": (
        lambda: dl.add()([dl.inputs(3)(), dl.inputs(3)()]),
        r"one by one, not in a list. Next: layer\(a, b\)",
    ),
    "a rate as a text": (lambda: dl.dropout("0.5"), "the rate of dropout is a number, not '0.5'"),
    "a rate of 1": (lambda: dl.dropout(1.0), "a number from 0 to below 1, not 1.0"),
    "a momentum above 1": (lambda: dl.batch_norm(momentum=1.5), "batch_norm's momentum is a number"),
    "an epsilon below 0": (lambda: dl.layer_norm(-1), "layer_norm's epsilon is a number from 0 on, not -1"),
    "a penalty below 0": (lambda: dl.l2(-0.1), "l2 is a number from 0 on, not -0.1"),
    "a penalty as a text": (lambda: dl.l1_l2(0.1, "0.1"), "l2 is a number, such as 0.01, not '0.1'"),
    "a shape as a text": (lambda: dl.reshape("2"), "reshape takes whole numbers, one or a tuple, not '2'"),
    "patience below 0": (lambda: dl.callbacks.early_stopping(patience=-1), "patience is a number of epochs"),
    "a seed as a text": (lambda: dl.seed("1"), "a seed is a whole number from 0 on, or None, not '1'"),
    "one callback without parentheses": (
        lambda: model().fit(X, Y, callbacks=dl.callbacks.progress),
        r"Next: progress\(\)",
    ),
    "one fraction": (
        lambda: model().fit(X, Y, train_test_validation=0.8),
        r"three fractions, not 0.8. Next: \(0.8, 0.1, 0.1\)",
    ),
    "texts for x": (lambda: model().predict(X.astype(str)), "holds <U32, and no real numbers"),
    "a text for one sample": (lambda: model().predict_one(["1", "2", "3"]), "no real numbers"),
    "None in x": (lambda: model().predict([[None, 1.0, 2.0]]), "it holds None or other objects"),
    "complex numbers for x": (lambda: model().predict(X * 1j), "holds complex128"),
    "masked entries for y": (lambda: model().fit(X, np.ma.masked_array(Y, Y == 0)), "entries .* are masked"),
    "names for classes": (
        lambda: model(loss="sparse_categorical_cross_entropy").fit(X, ["cat", "dog"] * 5),
        r"y holds texts(.|\n)*np.unique\(y, return_inverse=True\)",
    ),
    "None in y": (lambda: model().fit(X, [[None, 1.0]] * 10), "it holds None or other objects"),
    "a schedule that gives nothing": (
        lambda: model(optimizer=dl.sgd(lr=lambda step: None)).fit(X, Y, verbose=False),
        "schedule of lr gives for step 0 is a number, such as 0.01, not None",
    ),
    "a schedule that climbs": (
        lambda: model(optimizer=dl.sgd(lr=lambda step: -0.1)).fit(X, Y, verbose=False),
        "schedule of lr gives for step 0 is a number from 0 on, not -0.1",
    ),
    "validation data twice": (
        lambda: model().fit(X, Y, validation_data=(X, Y), callbacks=[dl.callbacks.validation(2, X, Y)]),
        "given twice",
    ),
    "two validations": (
        lambda: model().fit(X, Y, callbacks=[dl.callbacks.validation(1, X, Y) for _ in range(2)]),
        r"2 callbacks measure validation_loss, and one history keeps one. Next: one validation\(\)",
    ),
    "two tests": (
        lambda: model().fit(X, Y, callbacks=[dl.callbacks.test(X, Y), dl.callbacks.test(X, Y)]),
        "2 callbacks measure test_loss",
    ),
    "names of classes in a table of objects": (
        lambda: model(loss="sparse_categorical_cross_entropy").fit(X, np.array(["cat", "dog"] * 5, object)),
        r"y holds texts(.|\n)*np.unique\(y, return_inverse=True\)",
    ),
    "a column of texts in x": (
        lambda: model().predict(np.array([[1.0, 2.0, "a city"]], object)),
        "it holds None or other objects, such as 'a city'",
    ),
    "a table for two inputs": (
        lambda: two_inputs().predict(Table()),
        "the model has 2 inputs, so x is a list of as many, or a dict by name; given was of type Table",
    ),
    "None for two inputs": (
        lambda: two_inputs().predict(None),
        "so x is a list .* given was of type NoneType",
    ),
    "one number for two inputs": (
        lambda: two_inputs().predict_one(3),
        "so x is a list .* given was of type int",
    ),
    "nothing for the weights": (
        lambda: model().set_weights(None),
        "the weights are a list of arrays, as get_weights gives them, not None",
    ),
    "a text for a weight": (
        lambda: model().set_weights([np.zeros((3, 2)), ["a", "b"]]),
        "^what stands for dense_[0-9]+_bias in what was given is no array of real numbers",
    ),
    "no function to transform": (lambda: dl.transform(3), "transform takes a function of nodes, not 3"),
    "softmax without its axis": (lambda: dl.softmax(rc.constant(X), keepdims=False), "leave keepdims out"),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_gets_a_sentence(slip):
    make, message = SLIPS[slip]
    with pytest.raises((TypeError, ValueError), match=message):
        make()


def test_numpys_whole_numbers_are_whole_numbers():
    three = np.int64(3)
    net = dl.sequential(dl.inputs((three, np.int32(8))), dl.conv1d(three, three, stride=three), dl.flatten())
    assert dl.Model(net).predict(np.zeros((2, 3, 8))).shape == (2, 3)
    assert dl.dense(three).units == 3
    model().fit(X, Y, batch_size=three, verbose=False)
    assert dl.reshape((three, -1))(rc.constant(np.zeros((2, 6)))).shape == (2, 3, 2)
    assert dl.max_pool2d(np.int64(2))(rc.constant(np.zeros((1, 4, 4, 1)))).shape == (1, 2, 2, 1)


def test_numbers_in_a_table_of_objects_are_numbers():
    objects = X.astype(object)
    objects[0] = [np.float32(1), 2, True]
    trained = model()
    np.testing.assert_array_equal(trained.predict(objects), trained.predict(objects.astype(float)))
    trained.fit(objects, Y.astype(object), verbose=False)


def test_a_schedule_is_asked_once_a_step():
    asked = []
    trained = model(optimizer=dl.adam(lr=lambda step: asked.append(step) or 0.01))
    trained.fit(X, Y, epochs=3, verbose=False)
    assert asked == [0, 1, 2]


def test_weights_are_set_all_or_none():
    trained = model()
    before = trained.get_weights()
    for wrong in ([np.ones((3, 2)), np.ones(5)], [np.ones((3, 2))], [np.ones((3, 2)), np.ones(2), 1.0]):
        with pytest.raises(ValueError, match=r"has shape \(2,\), but what was given has|holds \d arrays"):
            trained.set_weights(wrong)
        assert all(np.array_equal(a, b) for a, b in zip(before, trained.get_weights(), strict=True))
    trained.set_weights([[[1, 2], [3, 4], [5, 6]], [0, 1]])
    assert np.array_equal(trained.get_weights()[1], [0, 1])


def test_inputs_of_one_name_are_told_apart_in_a_list_alone():
    out = dl.dense(1)(dl.add()(dl.inputs(2)(), dl.inputs(2)()))
    several = dl.Model(out)
    assert several.predict([X[:, :2], X[:, 1:]]).shape == (10, 1)
    with pytest.raises(ValueError, match=r"several inputs are named 'x'.*name='left'"):
        several.predict({"x": X[:, :2]})
