"""The engine "jax" trains as NumPy does: every layer, loss and optimizer; and what it refuses."""

import inspect
import subprocess
import sys

import numpy as np
import pytest

import revgraph.core as rc
from revgraph import dl
from revgraph.core.engines import away, current_engine
from revgraph.dl.optimizers import OPTIMIZERS
from tests.dl.test_every_name import LAYERS, LOSSES, model_of

pytest.importorskip("jax", reason='JAX is not installed (pip install "revgraph[jax]")')

from revgraph.engines.jax import program

BOTH = ("numpy", "jax")
RULES = {
    **OPTIMIZERS,
    "momentum": lambda: rc.sgd(lr=0.1, momentum=0.9, decay=0.1),
    "nesterov": lambda: rc.sgd(lr=0.1, momentum=0.9, nesterov=True),
    "amsgrad": lambda: rc.adam(amsgrad=True),
    "clipped": lambda: rc.clip_by_norm(rc.adamw(lr=rc.warmup_cosine(0.1, 3, 20)), 0.5),
}


@pytest.fixture(params=[False, True], ids=["beside", "in place"])
def writes_over(request, monkeypatch):
    """New weights lie beside the old, or over them, as large ones do."""
    monkeypatch.setattr(program, "IN_PLACE_FROM", 0 if request.param else 1 << 60)


def assert_close(ours, theirs, tolerance=1e-10):
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, tolerance, tolerance)


def trained(name, engine, dtype="float64"):
    """What a fit of a model with this layer gives; the last batch is smaller, and masks are drawn."""
    dl.seed(3)
    model, x, y = model_of(name, dtype)
    model.engine = engine
    losses = model.fit(x, y, epochs=2, batch_size=2, verbose=False).batch_losses
    return [losses, model.predict(x), model.evaluate(x, y), *model.get_weights()]


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_trains_as_with_numpy(name):
    assert_close(trained(name, "jax"), trained(name, "numpy"))


@pytest.mark.parametrize("name", ["batch_norm", "conv2d", "gpt"])
def test_float32_stays_float32(name):
    found = trained(name, "jax", "float32")
    assert_close(found, trained(name, "numpy", "float32"), 1e-4)
    assert {weights.dtype for weights in found[3:]} == {np.dtype("float32")}


def test_every_loss_and_its_gradient():
    nodes = []
    for name, (y_true, y_pred, _) in LOSSES.items():
        prediction = rc.variable(np.clip(y_pred, 0.07, 0.93))
        loss = getattr(dl, name)()(rc.constant(y_true), prediction)
        nodes += [loss, rc.gradients(loss, prediction)]
    assert_close(*(rc.run(nodes, engine=engine) for engine in BOTH))


def steps_of(rule, engines):
    """A large variable, which NumPy updates in blocks, and a small one, after a step by each engine."""
    draw = np.random.default_rng(0)
    large, small = rc.variable(draw.normal(size=(300, 150))), rc.variable(draw.normal(size=3))
    loss = rc.sum(rc.square(rc.tanh(large))) + rc.sum(rc.square(small - 1)) + small[0] * large[0, 0]
    step = rule().minimize(loss)
    losses = [rc.run(step, engine=engine) for engine in engines]
    return [losses, large.data, small.data]


@pytest.mark.usefixtures("writes_over")
@pytest.mark.parametrize("rule", RULES)
def test_every_rule_and_a_change_of_engine_on_the_way(rule):
    expected = steps_of(RULES[rule], ["numpy"] * 8)
    assert_close(steps_of(RULES[rule], ["jax"] * 4 + ["numpy"] * 2 + ["jax"] * 2), expected)


SETTINGS = [
    (rule, name) for rule in OPTIMIZERS for name in inspect.signature(OPTIMIZERS[rule]).parameters
] + [("clipped", "gradient_limit")]  # fmt: skip


@pytest.mark.usefixtures("writes_over")
@pytest.mark.parametrize(("rule", "name"), SETTINGS)
def test_a_setting_changed_on_the_way_counts_from_there_on(rule, name):
    found = []
    for engine in BOTH:
        w = rc.variable([1.0, -2.0])
        others = {"nesterov": {"momentum": 0.9}, "amsgrad": {"beta2": 0.5}}.get(name, {})
        optimizer = (
            rc.clip_by_norm(rc.sgd(lr=0.1), 2.0) if rule == "clipped" else OPTIMIZERS[rule](lr=0.1, **others)
        )
        step = optimizer.minimize(rc.sum(rc.square(w) * [1.0, 5.0]))
        for change in (lambda old: old, lambda old: (not old) if isinstance(old, bool) else old / 2 + 0.3):
            setattr(optimizer, name, change(getattr(optimizer, name)))
            for _ in range(3):
                rc.run(step, engine=engine)
        found.append(w.data)
    assert_close(*found)


ONE, TWO, WHOLE = rc.variable(1.0), rc.variable([1.5, 2.5]), rc.variable([1, 2], dtype=int)
MISFITS = {
    "a vector": (ONE, TWO, "keeps its shape"),
    "a number": (TWO, ONE, "keeps its shape"),
    "fractions": (WHOLE, TWO, "not made of integers"),
}


@pytest.mark.parametrize(("target", "value", "message"), MISFITS.values(), ids=MISFITS)
@pytest.mark.parametrize("engine", ["numpy", "jax"])
def test_a_variable_takes_no_more_by_one_engine_than_by_another(engine, target, value, message):
    before = target.data.tolist()
    with pytest.raises(rc.GraphError, match=message):
        rc.run(rc.assign(target, value), engine=engine)
    assert target.data.tolist() == before


@pytest.mark.usefixtures("writes_over")
def test_what_is_fetched_beside_a_step_is_from_before_it():
    w = rc.variable([1.0, 2.0])
    step = rc.sgd(lr=0.25).minimize(rc.sum(w * w))
    set_to = rc.assign(w, w + 10)
    for engine in BOTH:
        w.data = [1.0, 2.0]
        before, value, _ = rc.run([w, step, w * 1], engine=engine)
        assert (before.tolist(), value, w.data.tolist()) == ([1, 2], 5, [0.5, 1])
        assert rc.run([set_to, w], engine=engine)[1].tolist() == [0.5, 1]
        assert w.data.tolist() == [10.5, 11]


@pytest.mark.usefixtures("writes_over")
def test_weights_come_home_whoever_asks(tmp_path):
    found = {}
    for engine in BOTH:
        dl.seed(3)
        model, x, y = model_of("dense")
        model.engine = engine
        model.fit(x, y, epochs=1, verbose=False)
        assert bool(away) == (engine == "jax")
        model.save(tmp_path / "model")
        loaded = dl.Model.load_from(tmp_path / "model")
        assert loaded.engine == engine
        loaded.fit(x, y, epochs=2, verbose=False)
        model.weights[0].data[0] = 7.0  # in place, after it came home
        found[engine] = [loaded.predict(x), model.predict(x), rc.run(model.weights[0])]
        del model, loaded
    assert_close(found["jax"], found["numpy"], 1e-6)


@pytest.mark.usefixtures("writes_over")
def test_gradient_leaves_them_with_the_variables_and_a_step_leaves_none():
    w, x = rc.variable([1.0, 2.0]), rc.placeholder("x", (2,))
    fed = np.array([3.0, 4.0])
    rc.run(rc.gradient(rc.sum(w * x)), {x: fed}, "jax")
    fed[:] = 0
    assert w.gradient.tolist() == [3, 4]
    rc.run(rc.sgd().minimize(rc.sum(w * x)), {x: fed}, "jax")
    assert w.gradient is None


@pytest.mark.usefixtures("writes_over")
def test_a_value_that_is_refused_changes_nothing():
    for engine in BOTH:
        dl.seed(0)
        network = dl.sequential(dl.inputs(2), dl.dense(3, activation="softmax"))
        model = dl.Model(network, "sparse_categorical_cross_entropy", "adam", engine=engine).compile()
        model.fit(np.ones((2, 2)), np.array([0, 1]), verbose=False)
        before = model.get_weights()
        feed = {model.inputs[0]: np.ones((2, 2)), model.target: np.array([0, 3])}
        with pytest.raises(rc.GraphError, match="the label 3 in row 1 is no class"):
            rc.run(model._step, feed, engine)
        assert_close(model.get_weights(), before, 0)


@pytest.mark.parametrize("index", [5, -6])
def test_an_index_outside_is_an_error_and_not_the_last_entry(index):
    x, i = rc.variable(np.arange(5.0)), rc.placeholder("i", (), dtype=int)
    for node in (x[i], rc.gradients(x[i], x)):
        with pytest.raises(rc.GraphError, match="out of bounds"):
            rc.run(node, {i: index}, "jax")
        assert np.isfinite(rc.run(node, {i: 4}, "jax")).all()


class Signs(rc.optimizer):
    def update(self, param, memory, global_memory):
        param.data -= self.lr * np.sign(param.gradient)


def noise():
    return np.random.default_rng().normal(size=3)


REFUSED = {
    "twice is an operation of your own": lambda x: rc.primitive(lambda a: 2 * a, name="twice")(x),
    "noise is an operation of your own": lambda x: x + rc.primitive(noise, shape=lambda: (3,))(),
    "rounded is an operation of your own": lambda x: rc.no_grad(lambda a: np.round(a))(x) + 0 * x,
    "Signs is an optimizer of your own": lambda x: Signs().minimize(rc.sum(x)),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_traced_is_named_with_its_line(what):
    node = REFUSED[what](rc.variable([1.0, 2.0, 3.0]))
    name = what.replace("rounded", "lambda")
    with pytest.raises(rc.GraphError, match=rf"(?s){name}, in plain NumPy.*test_jax_training.*Next:"):
        rc.run(node, engine="jax")
    rc.run(node, engine="numpy")


def test_shapes_that_do_not_fit_name_the_node():
    x, y = rc.placeholder("x", (None,)), rc.placeholder("y", (None,))
    with pytest.raises(
        rc.GraphError, match=r"(?s)add of shapes \(2,\) and \(3,\).*made at .*test_jax_training"
    ):
        rc.run(x + y, {x: [1, 2], y: [1, 2, 3]}, "jax")


MISFITS = {  # shapes that only the run knows: a program, and what to feed
    "one axis less than the prediction": (
        lambda x, y: dl.sparse_categorical_cross_entropy()(y, rc.softmax(x)),
        np.ones((2, 3)),
        np.ones((2, 1)),
    ),
    "the input has 2 channels and the kernel takes 3": (
        lambda x, y: rc.conv2d(x, rc.variable(np.ones((1, 1, 3, 1)))) + rc.sum(y),
        np.ones((1, 2, 2, 2)),
        np.ones(1),
    ),
}


@pytest.mark.parametrize("words", MISFITS)
def test_what_does_not_fit_is_told_in_numpys_words(words):
    make, *fed = MISFITS[words]
    x, y = rc.placeholder("x"), rc.placeholder("y")
    node = make(x, y)
    for engine in BOTH:
        with pytest.raises(rc.GraphError, match=words):
            rc.run(node, {x: fed[0], y: fed[1]}, engine)


def test_an_engine_is_chosen_for_a_block_or_from_there_on():
    with rc.engine("jax"):
        assert current_engine() == "jax"
        with rc.engine("numpy"):
            assert current_engine() == "numpy"
        assert current_engine() == "jax"
    assert current_engine() == "numpy"
    with pytest.raises(ValueError, match=r"no engine 'torch'\. Next: one of 'numpy', 'jax'"):
        rc.engine("torch")
    with pytest.raises(ValueError, match="no engine 'jaxx'"):
        dl.Model(dl.sequential(dl.inputs(1)), engine="jaxx")


def test_without_jax_it_says_what_to_install():
    """And all the rest of the library works."""
    program = (
        "import sys; sys.modules['jax'] = None; import revgraph.core as rc, revgraph.dl; rc.engine('jax')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "ImportError: the engine 'jax' needs jax" in done.stderr
    assert 'pip install "revgraph[jax]"' in done.stderr
