"""Callbacks: early stopping as Keras's, marked methods as the original's, and nothing lost on the way."""

import re

import numpy as np
import pytest

from revgraph import dl
from revgraph.dl.callbacks import base_callback, invoked_when

rng = np.random.default_rng(0)
X = rng.normal(size=(20, 3))
Y = X @ [[1.0], [-2.0], [0.5]]


def model(lr=0.01, metrics=None):
    dl.seed(0)
    net = dl.sequential(dl.inputs(3), dl.dense(1))
    return dl.Model(net, "mean_squared_error", dl.sgd(lr=lr), metrics=metrics).compile()


class told(base_callback):
    """Records numbers as if they had been measured, one an epoch; None for an epoch without."""

    invoked_when = "epoch_end"

    def __init__(self, values):
        super().__init__()
        self.values = values

    def invoke(self, session):
        value = self.values[session.epoch - 1]
        if value is not None:
            session.history.add(told=value)


# The epochs until Keras's EarlyStopping ends the training: by its source, when wait >= patience.
KERAS = [
    ([3, 2, 2, 2, 2, 2, 2, 2], 0, 3),
    ([3, 2, 2, 2, 2, 2, 2, 2], 1, 3),
    ([3, 2, 2, 2, 2, 2, 2, 2], 2, 4),
    ([3, 2, 2, 1, 2, 2, 2, 0], 3, 7),
    ([1, 2, 3, 4, 5, 6, 7, 8], 5, 6),
    ([8, 7, 6, 5, 4, 3, 2, 1], 0, 8),
    ([3, None, 2, None, 2, None, 2, None], 2, 7),
    ([np.nan, np.nan, 1, 1, 1, 1, 1, 1], 3, 6),
]


@pytest.mark.parametrize(("values", "patience", "epochs"), KERAS)
def test_early_stopping_is_as_patient_as_keras(values, patience, epochs):
    callbacks = [told(values), dl.callbacks.early_stopping("told", patience)]
    history = model().fit(X, Y, epochs=8, verbose=False, callbacks=callbacks)
    assert len(history["loss"]) == epochs


@pytest.mark.parametrize("order", [1, -1])
def test_early_stopping_beside_a_validation_every_second_epoch(order):
    callbacks = [dl.callbacks.validation(2, X, Y), dl.callbacks.early_stopping(patience=2)]
    history = model(lr=0.0).fit(X, Y, epochs=20, verbose=False, callbacks=callbacks[::order])
    assert len(history["validation_loss"]) == 3
    assert len(history["loss"]) == 6


def test_early_stopping_without_any_measurement_says_so_before_much_is_lost():
    trained = model()
    with pytest.raises(KeyError, match="'validation_loss' was not recorded; recorded are: loss"):
        trained.fit(X, Y, epochs=5, verbose=False, callbacks=[dl.callbacks.early_stopping()])
    for monitor in ("validation_acuracy", "los"):
        stopper = dl.callbacks.early_stopping(monitor)
        with pytest.raises(KeyError, match=f"'{monitor}' was not recorded; recorded are: loss"):
            trained.fit(X, Y, epochs=5, verbose=False, validation_data=(X, Y), callbacks=[stopper])
    with pytest.warns(RuntimeWarning, match="early_stopping never saw 'other'"):
        trained.fit(
            X, Y, epochs=2, verbose=False, callbacks=[told([1, 1]), dl.callbacks.early_stopping("other")]
        )


def test_early_stopping_used_twice_keeps_the_models_apart():
    stopper = dl.callbacks.early_stopping("told", patience=5, restore_best=True)
    model().fit(X, Y, epochs=2, verbose=False, callbacks=[told([1, 1]), stopper])
    second = model(lr=0.0)
    start = second.get_weights()
    never_better = told([np.nan, np.nan])
    second.fit(X, Y, epochs=2, verbose=False, callbacks=[never_better, stopper])
    assert all(np.array_equal(a, b) for a, b in zip(start, second.get_weights(), strict=True))


def test_early_stopping_restores_the_best_weights():
    trained = model(lr=5.0)  # it gets worse from the first step on
    start = trained.get_weights()
    stopper = dl.callbacks.early_stopping("validation_loss", patience=3, restore_best=True)
    best = trained.fit(X, Y, epochs=1, verbose=False, callbacks=[]) and trained.get_weights()
    trained.set_weights(start)
    trained.fit(X, Y, epochs=9, verbose=False, callbacks=[stopper], validation_data=(X, Y))
    assert all(np.allclose(a, b) for a, b in zip(best, trained.get_weights(), strict=True))


# The original's callbacks


def test_marked_methods_are_called_when_their_condition_holds():
    calls = []

    class spy(base_callback):
        @invoked_when(lambda self: self.before_all)
        def begin(self):
            calls.append(("begin", self.n_epochs, self.n_batches, self.epoch, self.x_train.shape))

        @invoked_when(lambda self: self.before_epoch)
        def epoch_begins(self):
            calls.append(("epoch", self.epoch))

        @invoked_when(lambda self: self.after_batch and self.batch == 1)
        def second_batch(self):
            calls.append(("batch", self.epoch, self.x_batch.shape, self.y_batch.shape))

        @invoked_when(lambda self: self.after_epoch and (self.epoch + 1) % 2 == 0)
        def every_second(self):
            self.output("said", self.epoch)
            measured = self.session.evaluate(self.x_validation, self.y_validation)
            calls.append(("measured", self.epoch, measured > 0, len(self.x_test)))

        @invoked_when(lambda self: self.after_all)
        def after_all(self):
            calls.append(("end", self.session is trained))

    trained = model()
    parts = (0.5, 0.2, 0.3)
    trained.fit(X, Y, epochs=2, batch_size=4, train_test_validation=parts, verbose=False, callbacks=[spy()])
    assert calls == [
        ("begin", 2, 3, None, (10, 3)),
        ("epoch", 0),
        ("batch", 0, (4, 3), (4, 1)),
        ("epoch", 1),
        ("batch", 1, (4, 3), (4, 1)),
        ("measured", 1, True, 4),
        ("end", True),
    ]


def test_output_prints_unless_told_to_be_quiet(capsys):
    class shout(base_callback):
        @invoked_when(lambda self: self.after_epoch)
        def tell(self):
            self.output("after", self.epoch, end="!\n")

    model().fit(X, Y, verbose=True, callbacks=[shout()])
    assert "after 0!\n" in capsys.readouterr().out
    model().fit(X, Y, verbose=False, callbacks=[shout()])
    assert capsys.readouterr().out == ""


def test_a_method_with_a_condition_may_be_inherited_and_replaced():
    calls = []

    class parent(base_callback):
        @invoked_when(lambda self: self.after_all)
        def tell(self):
            calls.append("parent")

    class child(parent):
        @invoked_when(lambda self: self.before_all)
        def tell(self):
            calls.append("child")

    model().fit(X, Y, verbose=False, callbacks=[parent(), child()])
    assert calls == ["child", "parent"]


# What is split off


def test_validation_and_test_take_what_was_split_off():
    metrics = {"error": "mean_absolute_error"}
    parts = (0.5, 0.25, 0.25)
    callbacks = [dl.callbacks.validation(), dl.callbacks.test()]
    named = model(metrics=metrics).fit(
        X, Y, epochs=4, train_test_validation=parts, verbose=False, callbacks=callbacks
    )
    plain = model(metrics=metrics).fit(X, Y, epochs=4, train_test_validation=parts, verbose=False)
    assert named.history == plain.history
    assert [len(named[key]) for key in ("validation_loss", "validation_error", "test_loss")] == [4, 4, 1]
    seldom = model().fit(
        X,
        Y,
        epochs=4,
        train_test_validation=parts,
        verbose=False,
        callbacks=[dl.callbacks.validation(after_every=2)],
    )
    assert len(seldom["validation_loss"]) == 2


def test_validation_and_test_without_any_data_warn_and_go_on():
    for callback in (dl.callbacks.validation(), dl.callbacks.test()):
        with pytest.warns(RuntimeWarning, match=r"has nothing to measure.*train_test_validation="):
            history = model().fit(X, Y, verbose=False, callbacks=[callback])
        assert list(history) == ["loss"]


WRONG_DATA = [(X[:, :2], Y), (X, Y[:3]), (X[:0], Y[:0]), ((row for row in X), Y), (X, [None] * 20)]


@pytest.mark.parametrize("data", WRONG_DATA, ids=["narrow", "short", "none", "generator", "None"])
@pytest.mark.parametrize("given", ["to fit", "validation", "test"])
def test_data_that_cannot_be_measured_are_told_before_training(data, given):
    trained = model()
    before = trained.get_weights()
    options = {
        "to fit": {"validation_data": data},
        "validation": {"callbacks": [dl.callbacks.validation(1, *data)]},
        "test": {"callbacks": [dl.callbacks.test(*data)]},
    }
    with pytest.raises((TypeError, ValueError)):
        trained.fit(X, Y, verbose=False, **options[given])
    np.testing.assert_array_equal(trained.get_weights()[0], before[0])


def test_validation_data_every_second_epoch():
    every_second = dl.callbacks.validation(after_every=2)
    history = model().fit(X, Y, epochs=4, verbose=False, validation_data=(X, Y), callbacks=[every_second])
    assert len(history["validation_loss"]) == 2


def test_validation_data():
    history = model().fit(X, Y, epochs=3, verbose=False, validation_data=(X[:5], Y[:5, 0]))
    assert len(history["validation_loss"]) == 3
    assert history["validation_loss"][-1] < history["validation_loss"][0]


def test_a_line_tells_what_was_measured_in_its_epoch_and_the_test_at_the_end(capsys):
    model().fit(X, Y, epochs=2, callbacks=[dl.callbacks.validation(2, X, Y), dl.callbacks.test(X, Y)])
    first, second, last = capsys.readouterr().out.splitlines()
    assert "validation" not in first
    assert "validation loss" in second
    assert re.fullmatch(r"test loss \d\.\d{4}", last)
    model().fit(X, Y, epochs=2, callbacks=[dl.callbacks.progress(), dl.callbacks.test(X, Y)])
    out, err = capsys.readouterr()
    assert re.fullmatch(r"test loss \d\.\d{4}\n", out)  # a bar in place of the lines
    assert "epoch 2/2" in err


# Saving


def test_a_path_may_have_braces_of_its_own(tmp_path):
    folder = tmp_path / "{run} {0}"
    folder.mkdir()
    callback = dl.callbacks.save(folder / "m{}-{epoch}-{epoch:03d}.pkl", save_after_every=1)
    model().fit(X, Y, epochs=2, verbose=False, callbacks=[callback])
    assert sorted(p.name for p in folder.iterdir()) == ["m{}-1-001.pkl", "m{}-2-002.pkl"]


def test_a_folder_that_is_not_there_is_told_before_training(tmp_path):
    trained = model()
    before = trained.get_weights()
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        trained.fit(X, Y, verbose=False, callbacks=[dl.callbacks.save(tmp_path / "none" / "m.pkl")])
    assert all(np.array_equal(a, b) for a, b in zip(before, trained.get_weights(), strict=True))


@pytest.mark.parametrize("turn", [1, -1], ids=["saved before", "saved after"])
def test_what_is_measured_and_saved_at_the_end_are_the_weights_put_back(turn, tmp_path):
    draw = np.random.default_rng(0)
    x = draw.normal(size=(64, 3))
    y = x @ np.ones((3, 1))
    trained = dl.Model(
        dl.sequential(dl.inputs(3), dl.dense(1)), "mean_squared_error", dl.sgd(lr=0.03)
    ).compile()
    stop = dl.callbacks.early_stopping("validation_loss", patience=2, restore_best=True)
    history = trained.fit(
        x,
        y,
        epochs=30,
        train_test_validation=(0.5, 0.25, 0.25),
        shuffle=False,
        verbose=False,
        callbacks=[dl.callbacks.save(tmp_path / "best"), stop][::turn],
    )
    test = x[32:48], y[32:48]
    assert history["test_loss"] == [trained.evaluate(*test)]
    assert dl.Model.load_from(tmp_path / "best").evaluate(*test) == trained.evaluate(*test)
