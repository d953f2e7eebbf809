"""Each model draws from a generator of its own, which ``dl.seed`` starts."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from revgraph import dl
from revgraph.dl.sklearn import Regressor

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(40, 3)), rng.normal(size=(40, 1))


def model():
    net = dl.sequential(dl.inputs(3), dl.dense(6, activation="tanh"), dl.dropout(0.3), dl.dense(1))
    return dl.Model(net, "mean_squared_error", dl.sgd(lr=0.01)).compile()


def fitted(trained):
    return trained.fit(X, Y, epochs=5, batch_size=8, verbose=False).batch_losses


def test_a_seed_repeats_weights_masks_and_batches():
    runs = []
    for _ in range(2):
        dl.seed(5)
        runs.append(fitted(model()))
    assert runs[0] == runs[1]
    dl.seed(6)
    assert fitted(model()) != runs[0]


def test_a_seed_after_the_model_was_made_counts():
    dl.seed(0)
    trained = model()
    start = trained.get_weights()
    runs = []
    for _ in range(2):
        trained.set_weights(start)
        dl.seed(5)
        runs.append(fitted(trained))
    assert runs[0] == runs[1]


def test_fits_in_threads_repeat():
    def together(workers):
        dl.seed(3)
        models = [model() for _ in range(6)]
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(fitted, models))

    assert together(1) == together(4) == together(6)


def test_a_thread_may_have_a_seed_of_its_own():
    def alone(number):
        dl.seed(number)
        return fitted(model())

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(alone, range(4)))
    dl.seed(11)
    before = dl.glorot_normal()((3,))
    dl.seed(11)
    with ThreadPoolExecutor(1) as pool:
        assert [pool.submit(alone, i).result() for i in range(4)] == together
    assert np.array_equal(dl.glorot_normal()((3,)), before)  # the threads' seeds are none of ours


def test_models_do_not_disturb_each_other():
    dl.seed(4)
    first, second = model(), model()
    alone = fitted(first)
    dl.seed(4)
    first, second = model(), model()
    fitted(second)
    Regressor(random_state=0, epochs=1).fit(X, Y[:, 0])
    assert fitted(first) == alone


def test_a_seed_reaches_the_dropout_of_a_model_that_was_loaded(tmp_path):
    dl.seed(0)
    trained = model()
    fitted(trained)
    trained.save(tmp_path / "model")
    runs = []
    assert fitted(dl.Model.load_from(tmp_path / "model")) == fitted(trained)  # it goes on where it was
    for seed in (1, 1, 2):
        loaded = dl.Model.load_from(tmp_path / "model")
        dl.seed(seed)
        runs.append(loaded.fit(X, Y, epochs=2, shuffle=False, verbose=False).batch_losses)
    assert runs[0] == runs[1] != runs[2]


def test_fits_of_one_model_in_several_threads_wait_for_each_other():
    ends = []
    for workers in (1, 4):
        dl.seed(2)
        trained = model()
        with ThreadPoolExecutor(workers) as pool:
            losses = list(pool.map(fitted, [trained] * 4))
        ends.append((sorted(losses), [weight.tolist() for weight in trained.get_weights()]))
    assert ends[0] == ends[1]
