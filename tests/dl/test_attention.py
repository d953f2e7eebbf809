"""Embedding, attention and the GPT: what they can see, what they learn, and what they say."""

import numpy as np
import pytest

import revgraph.core as rc
from revgraph import dl
from revgraph.dl.layers.attention import add_rows_forward
from revgraph.dl.layers.base import Pass, replay

rng = np.random.default_rng(0)


def language_model(dropout=0.0, **options):
    dl.seed(0)
    layer = dl.gpt(11, 8, units=16, heads=2, blocks=1, dropout=dropout)
    loss = dl.sparse_categorical_cross_entropy(fold="mean", from_logits=True)
    optimizer = dl.clip_by_norm(dl.adamw(lr=dl.warmup_cosine(0.02, 10, 150)), 1.0)
    metrics = {"right": dl.sparse_categorical_accuracy()}
    return dl.Model(dl.sequential(dl.inputs((None,)), layer), loss, optimizer, metrics, **options).compile()


def counting(n):
    """Sequences that count on by a step of their own, so that one token alone does not tell the next."""
    start, step = rng.integers(0, 11, (n, 1)), rng.integers(1, 4, (n, 1))
    tokens = (start + step * np.arange(9)) % 11
    return tokens[:, :-1], tokens[:, 1:]


def test_a_gpt_learns_what_only_attention_solves(tmp_path):
    model = language_model(dtype="float32")
    x, y = counting(256)
    assert abs(model.evaluate(x, y) - np.log(11)) < 0.05  # at first each token is equally likely
    history = model.fit(x, y, epochs=38, batch_size=64, verbose=False)
    assert history["loss"][-1] < 0.5
    held_out = counting(100)
    assert model.evaluate_metrics(*held_out)["right"] > 0.8  # the first token's successor is a guess
    model.save(tmp_path / "gpt")
    loaded = dl.Model.load_from(tmp_path / "gpt")
    assert np.array_equal(loaded.predict(x[:3]), model.predict(x[:3]))
    assert model.predict(x[:3]).dtype == np.float32


def test_a_token_sees_itself_and_those_before_it_alone():
    model = language_model()
    x, _ = counting(4)
    whole = model.predict(x)
    changed = x.copy()
    changed[:, 5] = (changed[:, 5] + 1) % 11
    found = model.predict(changed)
    assert np.array_equal(found[:, :5], whole[:, :5])
    assert not np.allclose(found[:, 5:], whole[:, 5:])
    assert np.allclose(model.predict(x[:, :3]), whole[:, :3])  # fewer tokens than it could see


def test_tokens_and_contexts_that_do_not_fit_are_named():
    model = language_model()
    x, y = counting(4)
    for wrong in (11, -1, 0.5, np.nan):
        tokens = x.astype(float)
        tokens[2, 3] = wrong
        with pytest.raises(ValueError, match=r"the token .* at \(2, 3\) is none: the 11 tokens are .* to 10"):
            model.predict(tokens)
    with pytest.raises(ValueError, match="sees 8 tokens, and was given 9"):
        model.predict(np.zeros((2, 9)))
    with pytest.raises(ValueError, match=r"the label 11 in row \(1, 7\) is no class"):
        model.fit(x, np.where(np.indices(y.shape)[0] * 8 + np.indices(y.shape)[1] == 15, 11, y))
    with pytest.raises(ValueError, match="sees 3 tokens cannot take 4"):
        dl.gpt(5, 3, units=4, heads=2)(dl.inputs(4)())
    with pytest.raises(ValueError, match="vectors of 6 numbers cannot be split into 4 heads"):
        dl.multi_head_attention(4)(rc.constant(np.ones((1, 2, 6))))
    with pytest.raises(ValueError, match="the number of heads is at least 1"):
        dl.multi_head_attention(0)


@pytest.mark.parametrize("wrong", [11, -1, 0.5, 70_000])
def test_a_gradient_that_runs_alone_looks_at_its_tokens_too(wrong):
    layer, tokens = dl.embedding(11, 4), rc.placeholder("tokens", (2,))
    y = layer(tokens)
    by_table = rc.gradients(y, layer.weights["table"])
    np.testing.assert_array_equal(by_table(tokens=[3, 3])[3], [2, 2, 2, 2])
    with pytest.raises(ValueError, match=r"at \(1,\) is none: the 11 tokens are .* to 10"):
        by_table(tokens=[3, wrong])


def test_the_rules_of_taking_rows_can_be_derived_again():
    table = rc.variable(rng.normal(size=(5, 3)))
    rows = dl.embedding(5, 3)
    tokens = rc.constant([[0.0, 4, 4], [2, 0, 4]])
    rows(tokens)
    rows.weights["table"] = table
    loss = rc.sum(rc.run(rows(tokens)) * rows(tokens) ** 3)
    weights = rc.constant(rng.normal(size=(5, 3)))
    second = rc.gradients(rc.sum(rc.gradients(loss, table) * weights), table)
    once = rng.normal(size=(5, 3)) * 0
    for token in (0, 4, 4, 2, 0, 4):
        once[token] += 1
    expected = once * table.data * 6 * table.data * weights.data
    np.testing.assert_allclose(rc.run(second), expected)
    empty = rc.gradients(rc.sum(rows(rc.constant(np.zeros((0, 3))))), table)
    assert np.array_equal(rc.run(empty), np.zeros((5, 3)))


@pytest.mark.parametrize(("rows", "count"), [(7, 50), (3000, 500), (300, 9000)])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_a_tables_gradient_sums_the_rows_of_each_token(rows, count, dtype):
    """By a product, by turns or by neighbours, as there are many or few of each."""
    tokens, g = rng.integers(0, rows, (2, count // 2)), rng.integers(-3, 4, (2, count // 2, 5)).astype(dtype)
    expected = np.zeros((rows, 5), dtype)
    np.add.at(expected, tokens, g)
    found = add_rows_forward(g, expected, tokens.astype(dtype if rows < 2000 else int))
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, expected)


def test_dropout_in_all_its_places_drops_in_training_alone():
    model = language_model(dropout=0.5)
    x, _ = counting(3)
    assert np.array_equal(model.predict(x), model.predict(x))
    (training,) = replay([model.output], Pass(training=True))
    feed = {model.inputs[0]: x}
    assert not np.array_equal(rc.run(training, feed), rc.run(training, feed))


def test_cross_attention_gathers_from_the_second():
    dl.seed(0)
    layer = dl.multi_head_attention(2)
    x, memory = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 5, 4))
    found = rc.run(layer(rc.constant(x), rc.constant(memory)))
    assert found.shape == (2, 3, 4)
    mixed = memory[:, ::-1]  # the order of what is gathered from does not matter
    np.testing.assert_allclose(rc.run(layer(rc.constant(x), rc.constant(mixed))), found)


# Schedules and clipping


def test_causal_attention_to_fewer_rows_leaves_each_row_those_up_to_it():
    """So does PyTorch's scaled_dot_product_attention(is_causal=True)."""
    x, memory = rng.normal(size=(2, 5, 4)), rng.normal(size=(2, 3, 4))
    layer = dl.multi_head_attention(2, causal=True)
    found = rc.run(layer(rc.constant(x), rc.constant(memory)))
    for i in range(5):
        seen = rc.run(layer(rc.constant(x[:, i : i + 1]), rc.constant(memory[:, : i + 1])))
        np.testing.assert_allclose(found[:, i : i + 1], seen)


def test_a_schedule_sets_the_rate_of_each_step():
    w = rc.variable(0.0)
    step = rc.sgd(lr=lambda step: [1.0, 0.1, 0.01][step]).minimize(w)
    values = [float(rc.run(w)) for _ in range(3) if rc.run(step) is not None]
    np.testing.assert_allclose(values, [-1, -1.1, -1.11])
    rate = dl.warmup_cosine(2.0, warmup=4, total=12)
    np.testing.assert_allclose([rate(i) for i in range(4)], [0.5, 1, 1.5, 2])
    np.testing.assert_allclose([rate(4), rate(8), rate(12), rate(99)], [2, 1, 0, 0], atol=1e-12)
    assert dl.warmup_cosine(2.0, 0, 4)(0) == 2
    for wrong in ((-1, 4), (4, 4), (5, 4)):
        with pytest.raises(ValueError, match="the warmup ends before the total"):
            dl.warmup_cosine(1.0, *wrong)


def test_gradients_are_clipped_together_and_keep_their_direction():
    a, b = rc.variable([3.0, 0.0]), rc.variable(4.0)
    loss = rc.sum(a * [3.0, 0.0]) + b * 4.0
    original = rc.sgd(lr=1.0)
    rc.run(dl.clip_by_norm(original, 1.0).minimize(loss))
    np.testing.assert_allclose([*a.gradient, b.gradient], [0.6, 0, 0.8])
    np.testing.assert_allclose([*a.data, b.data], [2.4, 0, 3.2])
    rc.run(dl.clip_by_norm(original, 100.0).minimize(loss))
    np.testing.assert_allclose(a.gradient, [3, 0])  # untouched below the limit
    assert original.gradient_limit is None
    c = rc.variable(np.ones(2), dtype="float32")
    rc.run(dl.clip_by_norm(rc.adam(), 0.5).minimize(rc.sum(c)))
    assert c.gradient.dtype == np.float32
    with pytest.raises(TypeError, match="clip_by_norm takes an optimizer"):
        dl.clip_by_norm("adam", 1.0)
    with pytest.raises(ValueError, match="leaves no gradient"):
        dl.clip_by_norm(rc.adam(), 0)


def test_an_infinite_gradient_reaches_no_other_token():
    table = dl.embedding(4, 2)
    tokens = rc.placeholder("tokens", (None,))
    loss = rc.sum(table(tokens) * np.array([[1.0, 1], [np.inf, 1], [2, 2]]))
    with np.errstate(invalid="ignore"):
        found = rc.run(rc.gradients(loss, table.weights["table"]), {tokens: [0, 1, 2]})
    np.testing.assert_array_equal(found, [[1, 1], [np.inf, 1], [2, 2], [0, 0]])
