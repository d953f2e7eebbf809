"""Losses and metrics: whatever the size of a batch, the form of a single output, or a wrong label."""

import numpy as np
import pytest

import revgraph.core as rc
from revgraph import dl
from revgraph.dl.sklearn import Classifier, Regressor

rng = np.random.default_rng(0)
X = rng.normal(size=(60, 3))
Y = X @ [[1.0], [-2.0], [0.5]] + rng.normal(size=(60, 1))
LABELS = rng.integers(0, 4, 60)


def regression(**options):
    dl.seed(0)
    settings = {"loss": dl.mean_squared_error(), "optimizer": dl.sgd(lr=0.001), **options}
    return dl.Model(dl.sequential(dl.inputs(3), dl.dense(1)), **settings).compile()


def rmse(y_true, y_pred):
    return rc.sqrt(rc.mean(rc.square(y_true - y_pred)))


@pytest.mark.parametrize("batch_size", [1, 7, 25, 60, 1000])
def test_metrics_do_not_depend_on_the_batch_size(batch_size):
    loss = dl.mean_squared_error()
    metrics = {
        "a loss": loss,
        "by name": "mean_squared_error",
        "with a fold": dl.mean_squared_error(fold="mean"),
        "rmse": rmse,
        "the original's": lambda t, p: rc.sum(rc.abs(t - p)) / rc.len(t),
        "median-like": lambda t, p: rc.max(rc.abs(t - p)),
    }
    model = regression(metrics=metrics, loss=loss)
    errors = model.predict(X) - Y
    squares = np.mean(errors**2)
    found = model.evaluate_metrics(X, Y, batch_size)
    expected = [squares] * 3 + [np.sqrt(squares), np.mean(np.abs(errors)), np.abs(errors).max()]
    assert np.allclose(list(found.values()), expected)
    assert np.isclose(model.evaluate(X, Y, batch_size), squares)


def test_a_loss_of_any_fold_is_measured_on_all_samples_at_once():
    model = regression(loss=dl.mean_absolute_error(fold=rc.max))
    worst = np.abs(model.predict(X) - Y).max()
    assert np.isclose(model.evaluate(X, Y, batch_size=7), worst)


def test_a_loss_may_look_at_other_nodes_of_the_network():
    dl.seed(0)
    hidden = dl.dense(2)(dl.inputs(3)())
    model = dl.Model(
        dl.dense(1)(hidden), lambda t, p: rc.sum(rc.square(t - p)) + rc.sum(rc.square(hidden)), "sgd"
    ).compile()
    whole = model.evaluate(X, Y)
    assert np.isclose(whole, sum(model.evaluate(X[i : i + 20], Y[i : i + 20]) for i in (0, 20, 40)))


# A single output


def of_one_output(net, target):
    dl.seed(0)
    model = dl.Model(dl.sequential(*net), "mean_squared_error", dl.sgd(lr=0.001)).compile()
    history = model.fit(X, target, epochs=5, batch_size=20, shuffle=False, verbose=False)
    return history["loss"], model.evaluate(X, target), np.ravel(model.predict(X))


def test_outputs_in_a_row_train_as_in_a_column():
    layers = dl.inputs(3), dl.dense(1)
    row = dl.transform(lambda x: x[:, 0])
    column = of_one_output(layers, Y)
    for net, target in (((*layers, row), Y[:, 0]), ((*layers, row), Y), (layers, Y[:, 0])):
        net = [dl.dense(1) if isinstance(layer, dl.dense) else layer for layer in net]
        for found, expected in zip(of_one_output(net, target), column, strict=True):
            assert np.allclose(found, expected)


MEANS = [
    "binary_cross_entropy", "hinge", "log_cosh", "mean_absolute_error", "mean_absolute_percentage_error",
    "mean_squared_error", "mean_squared_logarithmic_error", "poisson", "squared_hinge",
]  # fmt: skip


@pytest.mark.parametrize("name", MEANS)
@pytest.mark.parametrize("unknown", [False, True])
def test_losses_of_nodes_in_a_row_and_in_a_column_are_one(name, unknown):
    t, p = rng.integers(0, 2, 5) + 0.0, rng.uniform(0.1, 0.9, 5)
    loss = getattr(dl, name)()
    expected = rc.run(loss(rc.constant(t[:, None]), rc.constant(p[:, None])))
    by_column = rc.gradients(loss(rc.constant(t[:, None]), column := rc.variable(p[:, None])), column)
    for target in (t, t[:, None]):
        for prediction in (p, p[:, None]):
            if unknown:
                a, b = rc.placeholder("a"), rc.placeholder("b")
                found = rc.run([loss(a, b), rc.gradients(loss(a, b), b)], {a: target, b: prediction})
            else:
                b = rc.variable(prediction)
                found = rc.run([loss(rc.constant(target), b), rc.gradients(loss(rc.constant(target), b), b)])
            assert np.isclose(found[0], expected)
            assert found[1].shape == prediction.shape
            assert np.allclose(found[1].ravel(), rc.run(by_column).ravel())


def test_targets_of_another_shape_are_an_error():
    loss = dl.mean_squared_error()
    with pytest.raises(ValueError, match="entry by entry, so they have one shape"):
        loss(rc.constant(np.ones((5, 1))), rc.constant(np.ones((5, 3))))
    a, b = rc.placeholder("a", (None, 1)), rc.placeholder("b", (None, 1))
    with pytest.raises(ValueError, match="entry by entry"):
        rc.run(loss(a, b), {a: np.ones((4, 1)), b: np.ones((1, 1))})
    assert np.isclose(rc.run(loss([1.0, 2.0], [0.0, 0.0])), 5)


def test_hinge_takes_zeros_and_ones():
    scores = rng.normal(size=(6, 1))
    bits = rng.integers(0, 2, (6, 1)) + 0.0
    for loss in (dl.hinge(), dl.squared_hinge()):
        as_signs = rc.run(loss(2 * bits - 1, scores))
        assert np.isclose(rc.run(loss(bits, scores)), as_signs)
        assert np.isclose(rc.run(loss(np.ones((6, 1)), scores)), rc.run(loss(np.ones((6, 1)), scores)))
    assert np.isclose(rc.run(dl.hinge()([[-1.0], [0.0]], [[0.5], [0.5]])), 1.5 + 1)  # left as they are


# Class indices


def classification(activation="softmax", **options):
    dl.seed(0)
    net = dl.sequential(dl.inputs(3), dl.dense(4, activation=activation))
    settings = {"loss": "sparse_categorical_cross_entropy", "optimizer": "sgd", **options}
    return dl.Model(net, **settings).compile()


@pytest.mark.parametrize("wrong", [4, -1, 1.5, np.nan, np.inf, 1e20])
@pytest.mark.parametrize("from_logits", [False, True])
def test_a_label_that_is_no_class_is_named_with_its_row(wrong, from_logits):
    labels = LABELS.astype(float)
    labels[37] = wrong
    model = classification(
        None if from_logits else "softmax",
        loss=dl.sparse_categorical_cross_entropy(from_logits=from_logits),
        metrics={"right": dl.sparse_categorical_accuracy()},
    )
    before = model.get_weights()
    for use in (model.fit, model.evaluate, model.evaluate_metrics, model.train_on_batch):
        with pytest.raises(ValueError, match=r"the label .* in row 37 is no class.* from 0 to 3"):
            use(X, labels)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    for function in (dl.sparse_categorical_cross_entropy(), dl.sparse_categorical_accuracy()):
        with pytest.raises(ValueError, match=r"in row 37 is no class"):
            rc.run(function(rc.constant(labels), rc.constant(np.full((60, 4), 0.25))))


def test_labels_may_stand_in_a_column():
    model = classification(metrics={"right": "sparse_categorical_accuracy"})
    assert model.evaluate(X, LABELS[:, None]) == model.evaluate(X, LABELS)
    assert model.evaluate_metrics(X, LABELS[:, None]) == model.evaluate_metrics(X, LABELS)


def test_a_classifier_with_too_few_outputs_says_so():
    narrow = Classifier(build=lambda n, k: dl.sequential(dl.inputs(n), dl.dense(2)), epochs=1)
    with pytest.raises(ValueError, match=r"output has shape \(None, 2\); 4 outputs are needed"):
        narrow.fit(X, LABELS)
    wide = Regressor(build=lambda n, k: dl.sequential(dl.inputs(n), dl.dense(2)), epochs=1)
    with pytest.raises(ValueError, match="1 outputs are needed"):
        wide.fit(X, Y[:, 0])


def test_class_indices_and_one_hot_rows_are_told_apart():
    one_hot = classification(loss="categorical_cross_entropy")
    with pytest.raises(ValueError, match=r"4 outputs\. Next: one-hot rows, .* or dl\.sparse_cat"):
        one_hot.fit(X, LABELS)
    with pytest.raises(ValueError, match=r"Next: dl\.sparse_categorical_accuracy\(\)"):
        classification(metrics={"right": dl.categorical_accuracy()})
    with pytest.raises(ValueError, match="one axis less"):
        dl.sparse_categorical_accuracy()(rc.constant(np.eye(4)), rc.constant(np.eye(4)))


@pytest.mark.parametrize("name", ["categorical", "sparse_categorical"])
def test_one_output_is_no_choice_among_classes(name):
    sigmoid = dl.sequential(dl.inputs(3), dl.dense(1, activation="sigmoid"))
    with pytest.raises(ValueError, match=r"one output.*Next: dl\.binary_accuracy\(\)"):
        dl.Model(sigmoid, "binary_cross_entropy", "sgd", metrics={"right": f"{name}_accuracy"}).compile()
    with pytest.raises(ValueError, match=r"one output.*Next: dl\.binary_cross_entropy\(\)"):
        dl.Model(sigmoid, f"{name}_cross_entropy", "sgd").compile()


@pytest.mark.parametrize("wrong", [-1.0, 2.0, np.nan])
def test_a_label_that_is_no_probability_is_named_with_its_row(wrong):
    bits = rng.integers(0, 2, (60, 1)) + 0.0
    bits[23] = wrong
    for from_logits, activation in ((False, "sigmoid"), (True, None)):
        net = dl.sequential(dl.inputs(3), dl.dense(1, activation=activation))
        model = dl.Model(net, dl.binary_cross_entropy(from_logits=from_logits), "sgd").compile()
        with pytest.raises(ValueError, match=r"labels from 0 to 1, and .* stands in row 23.*or dl\.hinge"):
            model.fit(X, bits, shuffle=False, verbose=False)
        assert np.isfinite(model.evaluate(X, np.full((60, 1), 0.3)))  # what is between is no mistake


CHOICES = [
    ("categorical_cross_entropy", "softmax", np.eye(4)[LABELS]),
    ("sparse_categorical_cross_entropy", "softmax", LABELS),
    ("binary_cross_entropy", "sigmoid", np.eye(4)[LABELS]),
]


@pytest.mark.parametrize(("name", "activation", "y"), CHOICES)
def test_scores_and_probabilities_are_told_apart(name, activation, y):
    """A softmax of a softmax, or the logarithm of a score, trains something else in silence."""
    with pytest.raises(ValueError, match=f"its last step is a {activation}(.|\n)*without activation"):
        classification(activation, loss=getattr(dl, name)(from_logits=True))
    scores = classification(None, loss=name)
    scores.set_weights([9 * weight for weight in scores.get_weights()])
    with pytest.raises(ValueError, match=f"takes probabilities(.|\n)*{activation}(.|\n)*or from_logits=True"):
        scores.fit(X, y, verbose=False)
    assert np.isfinite(classification(rc.softmax, loss=name).evaluate(X, y))


ACCURACIES = [
    ("categorical_accuracy", np.eye(4)[[0, 0, 1]]),
    ("sparse_categorical_accuracy", np.array([0, 0, 1])),
    ("binary_accuracy", np.eye(4)[[2, 2, 2]]),
]


@pytest.mark.parametrize(("name", "y"), ACCURACIES)
def test_nan_is_never_a_right_answer(name, y):
    """argmax gives nan for the largest, and no comparison holds of it."""
    p = np.array([[0.9, 0.1, 0, 0], [np.nan] * 4, [np.nan, 1, 0, 0]])
    measured = rc.run(getattr(dl, name)()(rc.constant(y), rc.constant(p)))
    right = {"categorical_accuracy": 1 / 3, "sparse_categorical_accuracy": 1 / 3, "binary_accuracy": 3 / 12}
    assert measured == pytest.approx(right[name])


def test_a_target_that_is_nan_is_never_met():
    y, p = rc.constant([np.nan, 0.0, 1.0]), rc.constant([0.1, 0.2, 0.9])
    assert rc.run(dl.binary_accuracy()(y, p)) == pytest.approx(2 / 3)


SURE = {
    "categorical_cross_entropy": ("softmax", 3),
    "sparse_categorical_cross_entropy": ("softmax", 3),
    "binary_cross_entropy": ("sigmoid", 1),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", SURE)
def test_a_network_that_starts_out_sure_and_wrong_learns(name, dtype):
    activation, units = SURE[name]
    labels = (X[:, 0] > 0).astype(int)
    y = np.eye(3)[labels] if name.startswith("categorical") else labels
    dl.seed(0)
    net = dl.sequential(
        dl.inputs(3), dl.dense(units, activation=activation, kernel_initializer=lambda s: -300 * np.ones(s))
    )
    net.layers[1].bias_initializer = lambda shape: 500.0 * np.arange(1, 1 + shape[0])
    model = dl.Model(net, name, dl.adam(lr=30.0), dtype=dtype).compile()
    start = model.evaluate(X, y)
    assert start > 100  # its exact loss, of which clipped probabilities would show 16 at most
    assert np.isclose(model.train_on_batch(X, y), start, rtol=1e-4)
    history = model.fit(X, y, epochs=300, verbose=False)
    assert history["loss"][-1] < 0.1 * start
    assert np.isclose(model.evaluate(X, y), model.train_on_batch(X, y), rtol=1e-4)


def test_the_logarithm_of_a_softmax_is_taken_over_the_axis_that_it_normalizes():
    scores = rc.variable(rng.normal(size=(4, 3)))
    for axis in (1, -1, 0, -2):
        y = np.eye(3)[[0, 1, 2, 0]]
        loss = dl.categorical_cross_entropy(axis=1)(rc.constant(y), rc.softmax(scores, axis))
        e = np.exp(scores.data)
        expected = -np.sum(y * np.log(e / e.sum(axis=axis, keepdims=True)))
        assert np.isclose(rc.run(loss), expected)


def test_a_metric_of_arrays_is_a_number():
    assert rc.run(dl.binary_accuracy()(np.array([[1.0], [0]]), np.array([[0.7], [0.8]]))) == 0.5
    assert rc.run(dl.categorical_accuracy()(np.eye(2), np.eye(2))) == 1
    assert rc.run(dl.sparse_categorical_accuracy()(np.array([0, 1]), np.eye(2))) == 1
