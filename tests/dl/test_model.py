"""Model: training, measuring, predicting, saving, and what it says when something is wrong."""

import os
import subprocess
import sys
import warnings

import numpy as np
import pytest

import revgraph
import revgraph.core as rc
from revgraph import dl

rng = np.random.default_rng(0)
X = rng.normal(size=(70, 3))
Y = (X @ [[1.0], [-2.0], [0.5]]) + 0.3


def linear_model(**options):
    dl.seed(0)
    settings = {"loss": dl.mean_squared_error(fold="mean"), "optimizer": dl.sgd(lr=0.1), **options}
    return dl.Model(model=dl.sequential(dl.inputs(3), dl.dense(1)), **settings).compile()


def test_training_finds_the_line():
    model = linear_model()
    history = model.fit(X, Y, epochs=30, batch_size=16, verbose=0)
    assert history["loss"][0] > history["loss"][-1]
    assert history["loss"][-1] < 1e-6
    assert np.allclose(model.weights[0].data[:, 0], [1, -2, 0.5], atol=1e-3)
    assert np.allclose(model.predict(X), Y, atol=1e-2)
    assert model.predict_one(X[3]).shape == (1,)
    assert np.allclose(model.predict_one(X[3]), model.predict(X)[3])


def test_the_last_smaller_batch_is_trained_on_too():
    seen = []
    model = linear_model()
    spy = dl.callbacks.base_callback("batch_end", lambda session: seen.append(session.batch))
    model.fit(X, Y, batch_size=16, verbose=0, callbacks=[spy])
    assert seen == [1, 2, 3, 4, 5]  # 70 = 4·16 + 6
    model = linear_model()
    before = model.get_weights()
    model.fit(X[:5], Y[:5], batch_size=16, verbose=0)
    assert not np.array_equal(before[0], model.get_weights()[0])


def test_the_loss_of_an_epoch_is_a_mean_over_samples_whatever_the_fold():
    first = [
        linear_model(loss=dl.mean_squared_error(fold=fold), optimizer=dl.sgd(lr=0.0)).fit(
            X, Y, batch_size=16, verbose=0
        )["loss"][0]
        for fold in ("sum", "mean")
    ]
    model = linear_model()
    assert np.isclose(first[0], first[1])
    assert np.isclose(first[0], model.evaluate(X, Y))
    assert np.isclose(model.evaluate(X, Y, batch_size=9), model.evaluate(X, Y))


def test_penalties_count_in_training_and_not_in_evaluation():
    dl.seed(0)
    net = dl.sequential(dl.inputs(3), dl.dense(1, kernel_regularizer=dl.l2(0.5)))
    model = dl.Model(net, loss=dl.mean_squared_error(fold="mean"), optimizer=dl.sgd(lr=0.0)).compile()
    trained = model.fit(X, Y, batch_size=70, verbose=0)["loss"][0]
    penalty = 0.5 * np.sum(model.weights[0].data ** 2)
    assert np.isclose(trained, model.evaluate(X, Y) + penalty)


def test_fractions_for_testing_and_validation():
    model = linear_model(metrics={"error": "mean_absolute_error"})
    history = model.fit(X, Y, epochs=3, verbose=0, train_test_validation=(0.5, 0.2, 0.3))
    assert len(history["validation_loss"]) == len(history["validation_error"]) == 3
    assert len(history["test_loss"]) == 1
    for wrong in [
        (0.5, 0.5),
        (0.5, 0.2, 0.2),
        (1.2, -0.2, 0.0),
        ("a", "b", "c"),
        (0.5, None, 0.5),
        (np.nan,) * 3,
    ]:
        with pytest.raises(ValueError, match="three fractions that sum to 1"):
            model.fit(X, Y, verbose=0, train_test_validation=wrong)


def test_without_shuffle_the_order_is_kept():
    histories = [
        linear_model().fit(X, Y, epochs=2, batch_size=10, shuffle=False, verbose=0).batch_losses
        for _ in range(2)
    ]
    assert histories[0] == histories[1]


def test_a_row_of_targets_becomes_a_column():
    model = linear_model()
    assert np.isclose(model.evaluate(X, Y[:, 0]), model.evaluate(X, Y))
    model.fit(X, Y[:, 0], epochs=30, verbose=0)
    assert model.evaluate(X, Y) < 1e-3


def test_metrics_are_means_over_samples_and_may_be_lambdas():
    model = linear_model(metrics={"bias": lambda y_true, y_pred: rc.mean(y_pred - y_true)})
    expected = (model.predict(X) - Y).mean()
    assert np.isclose(model.evaluate_metrics(X, Y, batch_size=9)["bias"], expected)


def test_float32_stays_float32():
    model = linear_model(dtype="float32", optimizer=dl.adam())
    model.fit(X, Y, epochs=2, verbose=0)
    assert {w.data.dtype for w in model.weights} == {np.dtype("float32")}
    assert model.predict(X).dtype == np.float32
    assert all(w.gradient.dtype == np.float32 for w in model.weights)


def test_functional_layers_with_two_inputs():
    dl.seed(0)
    a, b = dl.inputs(2, name="a")(), dl.inputs(1, name="b")()
    out = dl.dense(1)(dl.concatenate()(a, b))
    model = dl.Model(out, loss="mean_squared_error", optimizer=dl.sgd(lr=0.01)).compile()
    model.fit([X[:, :2], X[:, 2:]], Y, epochs=20, verbose=0)
    model.fit({"b": X[:, 2:], "a": X[:, :2]}, Y, epochs=20, verbose=0)
    assert model.evaluate([X[:, :2], X[:, 2:]], Y) < 1e-6
    assert model.predict_one([X[0, :2], X[0, 2:]]).shape == (1,)
    with pytest.raises(ValueError, match="the model's inputs are a, b"):
        model.predict({"a": X[:, :2]})
    with pytest.raises(ValueError, match="2 inputs; given were 3"):
        model.predict([X, X, X])


def test_plain_operations_between_layers_are_kept_in_training():
    dl.seed(0)
    x = dl.inputs(3)()
    hidden = dl.dropout(0.0)(rc.square(x) + x)
    model = dl.Model(
        dl.dense(1)(hidden), loss="mean_squared_error", optimizer="adam", dtype="float32"
    ).compile()
    before = model.evaluate(X, Y)
    model.fit(X, Y, epochs=5, verbose=0)
    assert model.evaluate(X, Y) < before


def test_batch_norm_learns_its_averages_in_fit():
    dl.seed(0)
    norm = dl.batch_norm(momentum=0.5)
    model = dl.Model(dl.sequential(dl.inputs(3), norm, dl.dense(1)), "mean_squared_error", dl.sgd(lr=1e-3))
    model.compile().fit(5 * X + 2, Y, epochs=30, batch_size=70, verbose=0)
    assert np.allclose(norm.weights["mean"].data, (5 * X + 2).mean(axis=0), rtol=1e-3)
    assert np.allclose(norm.weights["variance"].data, (5 * X).var(axis=0), rtol=1e-3)


def test_callbacks_are_invoked_at_their_moments():
    calls = []

    class spy(dl.callbacks.base_callback):
        invoked_when = ("train_begin", "epoch_begin", "epoch_end", "train_end")

        def invoke(self, session):
            calls.append((session.moment, session.epoch))

    linear_model().fit(X, Y, epochs=2, verbose=0, callbacks=[spy()])
    assert calls == [
        ("train_begin", 0),
        ("epoch_begin", 1),
        ("epoch_end", 1),
        ("epoch_begin", 2),
        ("epoch_end", 2),
        ("train_end", 2),
    ]
    with pytest.raises(ValueError, match="names one or more of: train_begin"):
        linear_model().fit(X, Y, verbose=0, callbacks=[dl.callbacks.base_callback("sometimes", print)])


def test_validation_test_and_save_callbacks(tmp_path):
    history = linear_model().fit(
        X,
        Y,
        epochs=4,
        verbose=0,
        callbacks=[
            dl.callbacks.validation(2, X[:9], Y[:9]),
            dl.callbacks.test(X[9:20], Y[9:20]),
            dl.callbacks.save(tmp_path / "model-{epoch}.dill", save_after_every=3, save_after_all=True),
        ],
    )
    assert len(history["validation_loss"]) == 2
    assert len(history["test_loss"]) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["model-3.dill", "model-4.dill"]


def test_early_stopping_stops_and_restores_the_best():
    model = linear_model(optimizer=dl.sgd(lr=0.0))
    stopper = dl.callbacks.early_stopping("loss", patience=2, restore_best=True)
    history = model.fit(X, Y, epochs=50, verbose=0, callbacks=[stopper], shuffle=False)
    assert len(history["loss"]) == 3  # the first is the best, and two in a row bring nothing better
    with pytest.raises(KeyError, match="'validation_loss' was not recorded; recorded are: loss"):
        model.fit(X, Y, verbose=0, callbacks=[dl.callbacks.early_stopping()])


def test_a_line_an_epoch(capsys):
    linear_model().fit(X, Y, epochs=2, shuffle=False)
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("epoch 1/2  loss ")
    assert second.startswith("epoch 2/2  loss ")


def test_progress_shows_a_bar(capsys):
    linear_model().fit(X, Y, epochs=2, verbose=0, callbacks=[dl.callbacks.progress()])
    assert "epoch 2/2: 100%" in capsys.readouterr().err


def test_summary():
    dl.seed(0)
    net = dl.sequential(
        dl.inputs(3, name="x"), dl.dense(4, name="hidden"), dl.dropout(0.1, name="d"), dl.dense(1)
    )
    text = repr(dl.Model(net).summary())
    assert "hidden" in text
    assert "(None, 4)" in text
    assert text.endswith("21 weights")
    assert (
        "<td>hidden</td><td>dense</td><td>(None, 4)</td><td>16</td>" in dl.Model(net).summary()._repr_html_()
    )


def test_a_layer_called_twice_has_its_weights_in_both_rows_and_once_in_the_sum():
    shared = dl.dense(3)
    summary = dl.Model(shared(shared(dl.inputs(3)()))).summary()
    assert [row[3] for row in summary.rows] == ["0", "12", "12"]
    assert summary.n_weights == 12


def test_a_history_says_how_long_it_is_and_what_came_last():
    history = dl.History()
    assert repr(history) == "<History of 0 epochs: nothing yet>"
    history.add(loss=2.0)
    history.add(loss=0.12345, validation_loss=1.0)
    assert repr(history) == "<History of 2 epochs: loss 0.1235, validation_loss 1>"


def test_plot_of_a_history():
    import matplotlib as mpl

    mpl.use("Agg")
    ax = linear_model().fit(X, Y, epochs=3, verbose=0, train_test_validation=(0.8, 0, 0.2)).plot()
    assert [line.get_label() for line in ax.lines] == ["loss", "validation loss"]


def test_plot_puts_a_loss_at_the_epoch_it_was_measured_in():
    import matplotlib as mpl

    mpl.use("Agg")
    every_second = dl.callbacks.validation(2, X, Y)
    ax = linear_model().fit(X, Y, epochs=5, verbose=0, callbacks=[every_second]).plot()
    assert [list(line.get_xdata()) for line in ax.lines] == [[1, 2, 3, 4, 5], [2, 4]]
    assert (
        len({(line.get_linestyle(), line.get_marker()) for line in ax.lines}) == 2
    )  # told apart without color


# Saving


def test_training_continues_where_it_was_saved(tmp_path):
    kept, saved = (
        linear_model(optimizer=dl.adam(lr=0.05), metrics={"b": lambda t, p: rc.mean(p - t)}) for _ in range(2)
    )
    for model in (kept, saved):
        model.fit(X, Y, epochs=3, shuffle=False, verbose=0)
    saved.save(tmp_path / "model.dill")
    loaded = dl.Model.load_from(tmp_path / "model.dill")
    assert np.array_equal(loaded.predict(X), kept.predict(X))
    for model in (kept, loaded):
        model.fit(X, Y, epochs=3, shuffle=False, verbose=0)
    assert np.allclose(loaded.predict(X), kept.predict(X), rtol=1e-12)
    assert loaded.evaluate_metrics(X, Y).keys() == {"b"}


def residual():
    """A layer of a class that no other process can import, as one that was written in a notebook."""

    class Residual(dl.Layer):
        def __init__(self):
            super().__init__()
            self.inner = dl.dense(3)

        def call(self, phase, x):
            return x + dl.relu(self.inner(x))

    return Residual()


def test_a_model_with_lambdas_loads_in_another_process(tmp_path):
    dl.seed(0)
    functions = [lambda x: rc.square(x), lambda x: dl.tanh(x), lambda x: revgraph.dl.linear(x)]
    net = dl.sequential(dl.inputs(3), *map(dl.transform, functions), residual(), dl.dense(1))
    model = dl.Model(net, loss=lambda t, p: rc.sum(rc.abs(t - p)), optimizer=dl.rmsprop()).compile()
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / "model.dill")
    np.save(tmp_path / "x.npy", X)
    program = (
        "import sys, numpy as np\nfrom revgraph import dl\n"
        "model = dl.Model.load_from(sys.argv[1] + '/model.dill')\n"
        "x = np.load(sys.argv[1] + '/x.npy')\n"
        "np.save(sys.argv[1] + '/y.npy', model.predict(x))\n"
        "model.fit(x, x[:, :1], verbose=0)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True)
    assert np.array_equal(np.load(tmp_path / "y.npy"), model.predict(X))


def test_weights_alone_travel_as_arrays(tmp_path):
    trained, fresh = linear_model(), linear_model()
    trained.fit(X, Y, verbose=0)
    trained.save_weights(tmp_path / "weights.npz")
    fresh.load_weights(tmp_path / "weights.npz")
    assert np.array_equal(fresh.predict(X), trained.predict(X))
    other = dl.Model(dl.sequential(dl.inputs(4), dl.dense(1)))
    with pytest.raises(ValueError, match=r"has shape \(4, 1\), but .* has \(3, 1\)"):
        other.load_weights(tmp_path / "weights.npz")
    (tmp_path / "nothing.npz").write_bytes(b"nothing")
    with pytest.raises(ValueError, match="holds no weights"):
        fresh.load_weights(tmp_path / "nothing.npz")


def test_weights_that_were_damaged_on_their_way_are_named(tmp_path):
    """Whatever byte it is: zipfile, zlib and numpy have errors of many kinds for that."""
    path = tmp_path / "weights.npz"
    np.savez_compressed(path, np.arange(50.0), np.ones(3))
    whole, model, refused = path.read_bytes(), linear_model(), 0
    draw = np.random.default_rng(0)
    for _ in range(300):
        damaged = np.frombuffer(whole, np.uint8).copy()
        damaged[draw.integers(len(whole), size=2)] = draw.integers(256, size=2)
        path.write_bytes(damaged.tobytes())
        with pytest.raises(ValueError, match=r"holds no weights|has shape|\d+ arrays") as told:
            model.load_weights(path)
        refused += "holds no weights" in str(told.value)
    assert refused > 200
    with pytest.raises(FileNotFoundError):
        model.load_weights(tmp_path / "nowhere.npz")


def test_a_file_that_is_no_model_is_named(tmp_path):
    path = tmp_path / "model.dill"
    path.write_bytes(b"something else")
    with pytest.raises(ValueError, match=r"model\.dill is not a model"):
        dl.Model.load_from(path)
    linear_model().save(path)
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(ValueError, match="cannot be read"):
        dl.Model.load_from(path)


# Errors


@pytest.mark.parametrize("save", ["save", "save_weights"])
def test_what_is_at_a_path_is_not_lost(save, tmp_path):
    model = linear_model()
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*nowhere"):
        getattr(model, save)(tmp_path / "nowhere" / "model")
    with pytest.raises(IsADirectoryError, match="it is a folder"):
        getattr(model, save)(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="it is no file, and would be lost"):
        getattr(model, save)(tmp_path / "pipe")
    (tmp_path / "newest").symlink_to(tmp_path / "Größe 3")
    getattr(model, save)(tmp_path / "newest")
    assert (tmp_path / "newest").is_symlink()
    assert (tmp_path / "Größe 3").is_file()


def test_a_model_is_no_file_of_weights(tmp_path):
    linear_model().save(tmp_path / "model")
    with pytest.raises(ValueError, match=r"a whole model. Next: dl.Model.load_from"):
        linear_model().load_weights(tmp_path / "model")


def test_what_needs_compiling_says_so():
    model = dl.Model(dl.sequential(dl.inputs(3), dl.dense(1)), loss="hinge", optimizer="sgd")
    for use in (model.fit, model.evaluate, model.evaluate_metrics):
        with pytest.raises(dl.NotCompiled, match=r"Next: model\.compile\(\)"):
            use(X, Y)
    assert model.predict(X).shape == (70, 1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: linear_model(loss="mean_square_error"), "unknown loss .* Did you mean 'mean_squared_error'"),
        (lambda: linear_model(optimizer="adamm"), "unknown optimizer 'adamm'. Did you mean 'adam"),
        (lambda: linear_model(metrics={"a": "accuracy"}), "unknown metric 'accuracy'"),
        (lambda: linear_model(loss=None), "this model has no loss"),
        (lambda: linear_model(optimizer=None), "this model has no optimizer"),
        (lambda: linear_model(dtype="int32"), "dtype is 'float64' or 'float32'"),
        (lambda: linear_model().fit(X, Y[:9]), "x has 70 samples and y has 9"),
        (lambda: linear_model().fit(X[:0], Y[:0]), "there are no samples"),
        (lambda: linear_model().fit(X, Y, batch_size=0), "batch_size must be at least 1"),
        (lambda: linear_model().predict(X[:, :2]), "was fed an array of shape"),
        (
            lambda: dl.Model(dl.sequential(dl.inputs(3), dl.flatten()), "hinge", "sgd").compile(),
            "nothing to minimize",
        ),
    ],
)
def test_what_is_wrong_is_said(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_loss_that_is_not_finite_warns_once_with_its_place():
    model = linear_model(optimizer=dl.sgd(lr=1e200))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, Y, epochs=3, batch_size=35, verbose=0)
    said = [str(w.message) for w in caught if "the loss became" in str(w.message)]
    assert len(said) == 1
    assert "in epoch" in said[0]
    assert "batch" in said[0]


def test_predict_takes_portions_without_copying_them():
    seen = []
    note = rc.primitive(lambda a: seen.append(a) or 2 * a, shape=lambda a: a)
    model = dl.Model(dl.sequential(dl.inputs(3), dl.transform(note)))
    x = np.arange(30.0).reshape(10, 3)
    np.testing.assert_array_equal(model.predict(x, batch_size=4), 2 * x)
    assert [len(part) for part in seen] == [4, 4, 2]
    assert all(np.shares_memory(part, x) for part in seen)


def two_inputs():
    a, b = (dl.inputs(2, name=name)() for name in "ab")
    return dl.Model(dl.dense(1)(dl.add()(a, b)))


@pytest.mark.parametrize("rows", [(5, 1), (1024, 2048)])
def test_inputs_of_different_lengths_predict_nothing(rows):
    with pytest.raises(ValueError, match="have a row a sample, and these have"):
        two_inputs().predict([np.ones((n, 2)) for n in rows])


@pytest.mark.parametrize("given", [{"a": [1.0, 2.0]}, {"a": [1.0, 2.0], "b": [1.0, 2.0], "c": [1.0]}])
def test_one_sample_has_the_inputs_of_the_model(given):
    with pytest.raises(ValueError, match="the model's inputs are a, b"):
        two_inputs().predict_one(given)
    model = two_inputs()
    one = {"a": [1.0, 2.0], "b": [3.0, 4.0]}
    np.testing.assert_array_equal(model.predict_one(one), model.predict_one([one["a"], one["b"]]))


NO_WEIGHTS = [[[None], [1.0]], [["1"], ["2"]], [[1j], [2]], np.ma.array([[9.0], [2]], mask=[[1], [0]])]


@pytest.mark.parametrize("kernel", NO_WEIGHTS, ids=["None", "texts", "complex", "masked"])
def test_what_is_no_number_becomes_no_weight(kernel):
    model = dl.Model(dl.sequential(dl.inputs(2), dl.dense(1)))
    before = model.get_weights()
    with pytest.raises(ValueError, match="is no array of real numbers"):
        model.set_weights([kernel, [1.0]])
    assert all(map(np.array_equal, before, model.get_weights()))


def test_a_model_whose_weights_are_all_fixed_trains_none_of_them():
    class fixed(dl.dense):
        trainable = property(lambda self: [])

    model = dl.Model(dl.sequential(dl.inputs(3), fixed(1)), "mean_squared_error", "sgd")
    with pytest.raises(rc.GraphError, match=r"nothing to minimize .* no variable is trained"):
        model.compile()


@pytest.mark.parametrize("inside", [True, False], ids=["inside the layer", "behind it"])
def test_layers_are_fixed_by_no_grad(inside):
    fixed = dl.dense(4, activation="tanh")
    cut = dl.transform(lambda h: rc.no_grad(fixed(h) if inside else h))
    h = dl.inputs(3)()
    model = dl.Model(dl.dense(1)(cut(h if inside else fixed(h))), "mean_squared_error", dl.adamw(lr=0.1))
    before = model.get_weights()
    model.compile().fit(rng.normal(size=(8, 3)), rng.normal(size=(8, 1)), verbose=False)
    stayed = [np.array_equal(*pair) for pair in zip(before, model.get_weights(), strict=True)]
    assert stayed == [True, True, False, False]


def test_fewer_rows_than_samples_are_not_measured():
    layers = dl.inputs(3), dl.transform(lambda x: x[::2]), dl.dense(1)
    model = dl.Model(
        dl.sequential(*layers), "mean_squared_error", "sgd", {"again": "mean_squared_error"}
    ).compile()
    x, y = rng.normal(size=(2, 3)), rng.normal(size=(2, 1))
    for measure in (model.evaluate, model.evaluate_metrics):
        with pytest.raises(ValueError, match=r"gives 1 rows for 2 samples(.|\n)*leave the first axis"):
            measure(x, y)
