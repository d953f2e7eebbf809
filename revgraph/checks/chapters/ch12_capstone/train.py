"""train: the whole script, from arrays to a trained network."""

from collections.abc import Callable, Iterator
from types import GeneratorType
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case, part
from revgraph.checks.chapters.ch06_backprop.gradients import gradients
from revgraph.checks.chapters.ch09_optimizers.adam import adam
from revgraph.checks.chapters.ch10_layers_and_models.batches import batches
from revgraph.checks.chapters.ch12_capstone.cnn import cnn
from revgraph.checks.chapters.ch12_capstone.graph import Node, ours
from revgraph.checks.chapters.common import Array, Rng, Shape, fixed
from revgraph.checks.compare import Tolerance
from revgraph.checks.exercise import Exercise, Misconception, Recorded

Passes = Iterator[float]


def train(
    weights: list[Array], pictures: Array, labels: Array, rates: list[float], batch_size: int, rng: Rng
) -> Passes:
    nodes: Any = [Node(value=weight) for weight in weights]
    x, y = Node(name="x"), Node(name="labels")
    ops = ours()
    loss: Any = ops.cross_entropy(cnn(x, nodes, ops), y)
    memories: list[dict[str, Any]] = [{} for _ in weights]
    for lr in rates:
        total = 0.0
        for xb, yb in batches(pictures, labels, batch_size, rng):
            x.value, y.value = xb[..., np.newaxis], yb
            for node, gradient, memory in zip(nodes, gradients(loss, nodes), memories, strict=True):
                adam(node.value, gradient, memory, lr=lr, beta1=0.9, beta2=0.999, epsilon=1e-8)
            total += float(loss.value) * len(xb)
        yield total / len(pictures)


def trained_network(
    candidate: Callable[..., Any],
    weights: list[Array],
    pictures: Array,
    labels: Array,
    rates: list[float],
    batch_size: int,
    seed: int,
) -> Any:
    """The losses; exactly, where they do not depend on the order of the samples."""
    after = [weight.copy() for weight in weights]

    def run(trained: list[Array], rates: list[float], seed: int) -> tuple[Any, Any, Any]:
        """What came back, its losses, and what the generator of chance is like then."""
        rng = np.random.default_rng(seed)
        passes = candidate(trained, pictures, labels, rates, batch_size, rng)
        losses = one_number_each(passes) if hasattr(passes, "__iter__") else None
        return passes, losses, rng.bit_generator.state

    passes, losses, state = run(after, rates, seed)
    if losses is None:
        return None if passes is None else {"a generator": False}
    exact = batch_size >= len(pictures) or not any(rates) or all_alike(pictures, labels)
    facts = {
        "a generator": isinstance(passes, GeneratorType),
        "passes": len(losses),
        "the loss of each pass": losses if exact else None,
        "the weights have moved": any(not np.array_equal(a, w) for a, w in zip(after, weights, strict=True)),
        "the weights": after if exact else None,
    }
    if exact:
        return facts
    fewer = rates[:-1], seed
    (_, again, _), (_, other, _), (_, _, before) = (
        run([w.copy() for w in weights], *how) for how in ((rates, seed), (rates, seed + 1), fewer)
    )
    return facts | {
        "the same from the same rng": bool(np.array_equal(losses, again)),
        "another order from another rng": not np.array_equal(losses, other),
        "a new order each pass": state != before,
    }


def all_alike(pictures: Array, labels: Array) -> bool:
    return bool(np.all(pictures == pictures[:1]) and np.all(labels == labels[0]))


def one_number_each(passes: Any) -> Array:
    return np.array([float(np.asarray(loss)) for loss in passes])


ONE, SEVERAL = "one batch", "several batches"


def train_cases(rng: Rng) -> Iterator[Case]:
    same = fixed()
    for n, rates in ((4, [0.01, 0.01, 0.01]), (6, [0.02, 0.002]), (3, [0.001, 0.02, 0.02])):
        yield part(ONE, case(*drawn(same, n), rates, n, 1))
    for n, batch_size in ((7, 3), (9, 2)):
        yield part(SEVERAL, case(*drawn(same, n), [0.0, 0.0], batch_size, 2))
    for n in (8, 7):
        yield part(SEVERAL, case(*drawn(same, n), [0.01, 0.01], 3, 3))
    for n, batch_size in ((8, 3), (7, 2)):
        yield part(SEVERAL, case(*one_sample(same, n), [0.01, 0.02], batch_size, 6))
    few, some = int(rng.integers(3, 6)), int(rng.integers(5, 8))
    yield part(ONE, case(*drawn(rng, few), [float(rate) for rate in rng.uniform(0.005, 0.02, 2)], few, 4))
    yield part(SEVERAL, case(*drawn(rng, some), [0.0, 0.0], 4, 5))
    yield part(SEVERAL, case(*one_sample(rng, some), [0.02, 0.01], 4, 7))


def drawn(rng: Rng, n: int) -> tuple[list[Array], Array, Array]:
    """Weights for pictures of 4 rows and columns, and the pictures with their labels."""
    weights = [rng.normal(size=shape) / 2 + 0.2 for shape in SHAPES]
    return weights, rng.uniform(0, 1, (n, 4, 4)), rng.integers(0, 3, n)


def one_sample(rng: Rng, n: int) -> tuple[list[Array], Array, Array]:
    """The same, with n copies of one picture: whatever the order, every step can be foretold."""
    weights, pictures, labels = drawn(rng, n)
    return weights, np.repeat(pictures[:1], n, axis=0), np.repeat(labels[:1], n)


SHAPES: list[Shape] = [(3, 3, 1, 2), (2,), (3, 3, 2, 3), (3,), (3, 4), (4,), (4, 3), (3,)]
NOTHING = [np.zeros(shape) for shape in SHAPES]


# Mistakes: the script, with some of its lines done otherwise


def script(
    leaf: Callable[[Array], Array] = lambda weight: weight,
    rate: Callable[[list[float], int], float] = lambda rates, i: rates[i],
    forgets: Callable[[int], bool] = lambda batch: False,
    data: Callable[..., Any] = batches,
    mean: Callable[[list[float], list[int]], float] = lambda losses, sizes: (
        float(np.dot(losses, sizes)) / sum(sizes)
    ),
    uphill: bool = False,
    steps: Callable[[int, int], bool] = lambda i, n: True,
    adds_up: bool = False,
    pictured: Callable[[Array], Array] = lambda xb: xb[..., np.newaxis],
    one_memory: bool = False,
) -> Callable[..., Passes]:
    def answer(
        weights: list[Array], pictures: Array, labels: Array, rates: list[float], batch_size: int, rng: Rng
    ) -> Passes:
        nodes: Any = [Node(value=leaf(weight)) for weight in weights]
        x, y = Node(name="x"), Node(name="labels")
        ops = ours()
        loss: Any = ops.cross_entropy(cnn(x, nodes, ops), y)
        memories: list[dict[str, Any]] = [{}] * len(weights) if one_memory else [{} for _ in weights]
        before: list[Array] = []
        for i in range(len(rates)):
            losses, sizes = [], []
            made = list(data(pictures, labels, batch_size, rng))
            for b, (xb, yb) in enumerate(made):
                x.value, y.value = pictured(xb), yb
                memories = [{} for _ in weights] if forgets(b) else memories
                lr = -rate(rates, i) if uphill else rate(rates, i)
                new = gradients(loss, nodes)
                before = [a + g for a, g in zip(before, new, strict=True)] if adds_up and before else new
                if steps(b, len(made)):
                    for node, gradient, memory in zip(nodes, before, memories, strict=True):
                        adam(node.value, gradient, memory, lr, 0.9, 0.999, 1e-8)
                losses.append(float(loss.value))
                sizes.append(len(xb))
            yield mean(losses, sizes)

    return answer


def in_order(pictures: Array, labels: Array, batch_size: int, rng: Rng) -> Iterator[tuple[Array, Array]]:
    for start in range(0, len(pictures), batch_size):
        yield pictures[start : start + batch_size], labels[start : start + batch_size]


def drawn_once(weights: list[Array], pictures: Array, labels: Array, *how: Any) -> Passes:
    """The batches of the first pass again and again."""
    kept: list[tuple[Array, Array]] = []

    def data(*drawing: Any) -> list[tuple[Array, Array]]:
        kept.extend(() if kept else batches(*drawing))
        return kept

    return script(data=data)(weights, pictures, labels, *how)


def never_begun_anew(*inputs: Any) -> Passes:
    """The sum goes on from one pass to the next."""
    total = 0.0
    for loss in train(*inputs):
        total += loss
        yield total


def first_batch_again(pictures: Array, labels: Array, *how: Any) -> Iterator[tuple[Array, Array]]:
    made = list(batches(pictures, labels, *how))
    yield from made[:1] * len(made)


def one_loss_a_batch(
    weights: list[Array], pictures: Array, labels: Array, rates: list[float], batch_size: int, rng: Rng
) -> Passes:
    for lr in rates:
        for xb, yb in batches(pictures, labels, batch_size, rng):
            yield from train(weights, xb, yb, [lr], batch_size, rng)


TRAIN = Exercise(
    name="train",
    points=20,
    parts={ONE: 12, SEVERAL: 8},
    uses=("cnn", "batches", "adam", "gradients"),
    reference=train,
    probe=trained_network,
    cases=train_cases,
    tolerance=Tolerance(relative=1e-8, absolute=1e-10),
    recorded=[
        Recorded(
            part(SEVERAL, case(NOTHING, np.ones((5, 4, 4)), np.array([0, 1, 2, 0, 1]), [0.0, 0.0], 2, 0)),
            {
                "a generator": True,
                "passes": 2,
                "the loss of each pass": np.log([3.0, 3.0]),
                "the weights have moved": False,
                "the weights": NOTHING,
            },
            "by hand: with weights of zero every one of three classes gets 1/3, and lr = 0 moves nothing",
        )
    ],
    next="in this order: leaves, graph, a memory for each weight; then a loop over the rates, and in it one over the batches.",
    why="the graph is built once, before the loops; a step puts a batch into its leaves, and everything else follows.",
    misconceptions=[
        Misconception(
            "works on copies",
            script(leaf=np.copy),
            "The losses are right, but the weights that were passed in have not moved: you trained copies of them.",
            "which array does a leaf of yours hold?",
        ),
        Misconception(
            "never steps",
            script(rate=lambda rates, i: 0.0),
            "The weights stay as they are, whatever the rates.",
            "which line of yours writes into the weights?",
        ),
        Misconception(
            "forgets",
            script(forgets=lambda batch: True),
            "Adam begins afresh in each step: its memories do not live from one to the next.",
            "before which loop are the memories made?",
        ),
        Misconception(
            "forgets after each pass",
            script(forgets=lambda batch: batch == 0),
            "Adam begins afresh in each pass: its memories do not live from one to the next.",
            "before which loop are the memories made?",
        ),
        Misconception(
            "one memory for all",
            script(one_memory=True),
            "All weights share one memory. Each has its own averages, in its own shape: make a dict for each.",
            "`[{}] * 8` is eight times the same dict; what does a comprehension make?",
        ),
        Misconception(
            "no channel axis",
            script(pictured=lambda xb: xb),
            "You gave the network pictures of three axes. It wants a fourth for the channel, even where there is one.",
            "what does `xb[..., np.newaxis]` give?",
        ),
        Misconception(
            "one step a pass",
            script(steps=lambda i, n: i == n - 1),
            "You step once a pass, after its last batch. Every batch has a step of its own.",
            "how far is the line with `adam` indented?",
        ),
        Misconception(
            "one step a pass, the first",
            script(steps=lambda i, n: i == 0),
            "You step once a pass, with its first batch. Every batch has a step of its own.",
            "on what does it depend in your code whether `adam` is called?",
        ),
        Misconception(
            "adds up gradients",
            script(adds_up=True),
            "You add a batch's gradients to those of the batches before. Each step takes its own batch's alone.",
            "what do your gradients begin with in each step?",
        ),
        Misconception(
            "one rate for all",
            script(rate=lambda rates, i: rates[0]),
            "You took the first learning rate for all passes. Each pass has its own.",
        ),
        Misconception(
            "the last rate for all",
            script(rate=lambda rates, i: rates[-1]),
            "You took the last learning rate for all passes. Each pass has its own.",
        ),
        Misconception(
            "uphill",
            script(uphill=True),
            "The weights move uphill.",
            "which sign does `adam` take care of by itself?",
        ),
        Misconception(
            "mean of the batches",
            script(mean=lambda losses, sizes: float(np.mean(losses))),
            "You averaged over batches. The last one is smaller, so its samples count too much; weigh each batch by its size.",
        ),
        Misconception(
            "not weighed",
            script(mean=lambda losses, sizes: sum(losses) / sum(sizes)),
            "You added up means, and divided by the number of samples. Multiply each mean by its batch's size first.",
        ),
        Misconception(
            "sum",
            script(mean=lambda losses, sizes: float(np.dot(losses, sizes))),
            "You yield the sum over the samples; divide by how many there are.",
        ),
        Misconception(
            "sum of the means",
            script(mean=lambda losses, sizes: sum(losses)),
            "You added up the batches' losses. Each is a mean; the exercise asks for the mean over all samples.",
        ),
        Misconception(
            "never begun anew",
            never_begun_anew,
            "Your sum of losses goes on from one pass to the next. Each pass begins with 0.",
            "how far is the line indented that sets it to 0?",
        ),
        Misconception(
            "last batch",
            script(mean=lambda losses, sizes: losses[-1]),
            "That is the loss of the last batch, not the mean over all samples of the pass.",
        ),
        Misconception(
            "one for each batch",
            one_loss_a_batch,
            "You yield a loss for each batch. The exercise asks for one for each pass.",
            "how far is your `yield` indented?",
        ),
        Misconception(
            "the first batch again and again",
            script(data=first_batch_again),
            "Every step sees the same batch.",
            "where do you put a batch into the leaves?",
        ),
        Misconception(
            "not shuffled",
            script(data=in_order),
            "The samples come in the same order, whatever `rng`. Your `batches` shuffles them.",
        ),
        Misconception(
            "drawn once",
            drawn_once,
            "Every pass takes the same batches in the same order. `batches` shuffles anew each time that it is called.",
            "in which loop do you call `batches`?",
        ),
        Misconception(
            "returns a loss",
            lambda *inputs: next(train(*inputs)),
            "Your function returns one number and is over. With `yield` it hands one over, and goes on with the next pass.",
        ),
        Misconception(
            "a list",
            lambda *inputs: list(train(*inputs)),
            "You returned all losses at the end. With `yield`, each comes when its pass is through, and one can watch.",
        ),
        Misconception(
            "one pass",
            lambda weights, pictures, labels, rates, *how: train(weights, pictures, labels, rates[:1], *how),
            "You trained for a single pass. There is one for each of the rates.",
            "over what does your outer loop run?",
        ),
    ],
)
