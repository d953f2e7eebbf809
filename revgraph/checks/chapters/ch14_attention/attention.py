"""attention and its rule: a weighted average, whose weights come from what the entries ask for and offer."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from revgraph.checks.chapters.ch14_attention import torch_values as torch
from revgraph.checks.chapters.common import Array, Rng, ways
from revgraph.checks.exercise import Case, Exercise, Misconception, Recorded, case, edge, part

PLAIN, MASKED = "without a mask", "with a mask"


def softmax(scores: Array, axis: int = -1) -> Array:
    exp = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return exp / exp.sum(axis=axis, keepdims=True)


def weights_of(q: Array, k: Array, mask: Array | None) -> Array:
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    return softmax(scores)


def attend(q: Array, k: Array, v: Array, mask: Array | None = None) -> Array:
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    return softmax(scores) @ v


SHAPES = (((), 3, 4, 2, 5), ((), 4, 4, 3, 2), ((2,), 3, 3, 4, 4), ((2, 3), 2, 5, 4, 3))  # leading, n, m, d, e
EYE = np.eye(2)


def cases(rng: Rng) -> Iterator[Case]:
    fixed = np.random.default_rng(14)
    yield part(PLAIN, case(np.array([[2.0, 0.0]]), EYE, np.array([[10.0], [20.0]])))
    for draw, shapes in ((fixed, SHAPES[:2]), (rng, SHAPES)):
        for shape in shapes:
            yield part(PLAIN, case(*drawn(draw, *shape)))
    yield part(MASKED, case(EYE, EYE, np.array([[10.0], [20.0]]), np.array([[True, False], [True, True]])))
    for draw, shapes in ((fixed, SHAPES[:2]), (rng, SHAPES)):
        for shape in shapes:
            yield part(MASKED, case(*drawn(draw, *shape), drawn_mask(draw, *shape[1:3])))
    q, k, v = drawn(rng, (), 3, 3, 4, 2)
    yield edge("scores in the thousands", 300 * q, 300 * k, v)


def drawn_mask(rng: Rng, n: int, m: int) -> Array:
    """Some places hidden, in the first row certainly one, and in no row all."""
    mask = rng.random((n, m)) < 0.6
    mask[np.arange(n), rng.integers(m, size=n)] = True
    mask[0, :2] = True, False
    return mask


def drawn(rng: Rng, leading: tuple[int, ...], n: int, m: int, d: int, e: int) -> tuple[Array, Array, Array]:
    return (
        rng.normal(size=(*leading, n, d)),
        rng.normal(size=(*leading, m, d)),
        rng.normal(size=(*leading, m, e)),
    )


def changed(
    scale: Callable[[Array, Array, Array], float] = lambda q, k, v: np.sqrt(q.shape[-1]),
    axis: int = -1,
    hide: Callable[[Array, Array], Array] = lambda scores, mask: np.where(mask, scores, -np.inf),
    after: Callable[[Array, Array | None], Array] = lambda weights, mask: weights,
) -> Callable[..., Array]:
    """Attention with one part replaced: the divisor, the axis of softmax, how the mask acts."""

    def candidate(q: Array, k: Array, v: Array, mask: Array | None = None) -> Array:
        scores = q @ np.swapaxes(k, -1, -2) / scale(q, k, v)
        if mask is not None:
            scores = hide(scores, mask)
        return after(softmax(scores, axis), mask) @ v

    return candidate


def visible(scores: Array, mask: Array) -> Array:
    return scores


def turned_round(q: Array, k: Array, v: Array, mask: Array | None = None) -> Array:
    scores = q @ k.T / np.sqrt(q.shape[-1])
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    return softmax(scores) @ v


def turns_all_axes(source: str) -> bool:
    return ".T" in source or "transpose(" in source


def without_softmax(q: Array, k: Array, v: Array, mask: Array | None = None) -> Array:
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    return (scores if mask is None else np.where(mask, scores, 0.0)) @ v


ATTENTION = Exercise(
    name="attention",
    points=20,
    parts={PLAIN: 10, MASKED: 10},
    reference=attend,
    why="A score of minus infinity becomes a weight of exactly 0, and the others still sum to 1.",
    uses=("softmax",),
    cases=cases,
    recorded=[
        Recorded(part(PLAIN, case(torch.Q, torch.K, torch.V)), torch.ATTENTION, torch.SOURCE),
        Recorded(part(MASKED, case(torch.Q, torch.K, torch.V, torch.MASK)), torch.MASKED, torch.SOURCE),
    ],
    next="three lines: scores (n, m), weights (n, m) whose rows sum to 1, and weights @ v. What is the shape of each of yours?",
    misconceptions=[
        Misconception(
            "not divided",
            changed(scale=lambda q, k, v: 1.0),
            "Your scores are not divided by √d. With a large d they grow large, and softmax puts all weight on one entry.",
        ),
        Misconception(
            "divided by d",
            changed(scale=lambda q, k, v: q.shape[-1]),
            "You divided the scores by d. A sum of d products has a spread of √d; divide by that.",
        ),
        Misconception(
            "root of the number of keys",
            changed(scale=lambda q, k, v: np.sqrt(k.shape[-2])),
            "You divided by the root of the number of keys. d is the length of a query, its last axis.",
        ),
        Misconception(
            "root of the number of queries",
            changed(scale=lambda q, k, v: np.sqrt(q.shape[-2])),
            "You divided by the root of the number of queries. d is the length of a query, its last axis.",
        ),
        Misconception(
            "root of v's width",
            changed(scale=lambda q, k, v: np.sqrt(v.shape[-1])),
            "You divided by the root of the width of v. d is the length of a query.",
        ),
        Misconception(
            "softmax down the columns",
            changed(axis=-2),
            "Your weights sum to 1 down the columns. Each row of weights belongs to one query, and must sum to 1.",
            "along which axis do the keys lie in the scores?",
        ),
        *ways(
            "mask turned around",
            "Without a mask all is right. With one, you hide what may be seen: True means that a query may look there.",
            "",
            changed(hide=lambda scores, mask: np.where(mask, -np.inf, scores)),
            changed(hide=lambda scores, mask: np.where(mask, -1e9, scores)),
        ),
        Misconception(
            "mask not used",
            changed(hide=visible),
            "Without a mask all is right. The mask changes nothing in your result.",
        ),
        Misconception(
            "score 0",
            changed(hide=lambda scores, mask: np.where(mask, scores, 0.0)),
            "You set hidden scores to 0. exp(0) is 1, so they still get weight.",
            "of which number is the exponential 0?",
        ),
        Misconception(
            "mask behind softmax",
            changed(hide=visible, after=lambda w, mask: w if mask is None else w * mask),
            "You hid the weights after softmax. Then a row no longer sums to 1; hide the scores before it.",
        ),
        Misconception(
            "turns all axes",
            turned_round,
            "Of a stack, `.T` turns all axes round. The scores need the last two of k exchanged, and those alone.",
            "what does `np.swapaxes(k, -1, -2)` do?",
            seen=turns_all_axes,
        ),
        Misconception(
            "no softmax",
            without_softmax,
            "Your weights are the scores themselves. softmax makes them positive and lets each row sum to 1.",
        ),
    ],
)

Gradients = tuple[Array, Array, Array]  # of q, k and v


def vjp(g: Array, ans: Array, q: Array, k: Array, v: Array, mask: Array | None = None) -> Gradients:
    weights = weights_of(q, k, mask)
    g_weights = g @ np.swapaxes(v, -1, -2)
    along = (g_weights * weights).sum(axis=-1, keepdims=True)
    g_scores = weights * (g_weights - along) / np.sqrt(q.shape[-1])
    return g_scores @ k, np.swapaxes(g_scores, -1, -2) @ q, np.swapaxes(weights, -1, -2) @ g


def vjp_cases(rng: Rng) -> Iterator[Case]:
    fixed = np.random.default_rng(41)
    for forward in cases(rng):
        if not forward.edge:
            ans = attend(*forward.args)
            yield replace(forward, args=(fixed.normal(size=ans.shape), ans, *forward.args))


def back(
    through_softmax: Callable[[Array, Array], Array] = lambda g, w: w * (g - (g * w).sum(-1, keepdims=True)),
    scale: Callable[[Array], float] = lambda q: np.sqrt(q.shape[-1]),
    masked: bool = True,
    order: Callable[..., Gradients] = lambda dq, dk, dv: (dq, dk, dv),
) -> Callable[..., Gradients]:
    """The rule with one part replaced."""

    def candidate(g: Array, ans: Array, q: Array, k: Array, v: Array, mask: Array | None = None) -> Gradients:
        weights = weights_of(q, k, mask if masked else None)
        g_scores = through_softmax(g @ np.swapaxes(v, -1, -2), weights) / scale(q)
        dk, dv = np.swapaxes(g_scores, -1, -2) @ q, np.swapaxes(weights, -1, -2) @ g
        return order(g_scores @ k, dk, dv)

    return candidate


def keys_not_turned(
    g: Array, ans: Array, q: Array, k: Array, v: Array, mask: Array | None = None
) -> Gradients:
    w = weights_of(q, k, mask)
    g_w = g @ np.swapaxes(v, -1, -2)
    g_scores = w * (g_w - (g_w * w).sum(-1, keepdims=True)) / np.sqrt(q.shape[-1])
    return g_scores @ k, g_scores @ q, np.swapaxes(w, -1, -2) @ g


def dv_of_scores(g: Array, ans: Array, q: Array, k: Array, v: Array, mask: Array | None = None) -> Gradients:
    dq, dk, _ = vjp(g, ans, q, k, v, mask)
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    scores = scores if mask is None else np.where(mask, scores, 0.0)
    return dq, dk, np.swapaxes(scores, -1, -2) @ g


def all_axes_turned(of_scores: bool, of_weights: bool) -> Callable[..., Gradients]:
    def candidate(g: Array, ans: Array, q: Array, k: Array, v: Array, mask: Array | None = None) -> Gradients:
        w = weights_of(q, k, mask)
        g_w = g @ np.swapaxes(v, -1, -2)
        g_scores = w * (g_w - (g_w * w).sum(-1, keepdims=True)) / np.sqrt(q.shape[-1])
        scores_turned = g_scores.T if of_scores else np.swapaxes(g_scores, -1, -2)
        weights_turned = w.T if of_weights else np.swapaxes(w, -1, -2)
        return g_scores @ k, scores_turned @ q, weights_turned @ g

    return candidate


def weights_not_turned(
    g: Array, ans: Array, q: Array, k: Array, v: Array, mask: Array | None = None
) -> Gradients:
    dq, dk, _ = vjp(g, ans, q, k, v, mask)
    return dq, dk, weights_of(q, k, mask) @ g


ATTENTION_VJP = Exercise(
    name="attention_vjp",
    points=20,
    parts={PLAIN: 12, MASKED: 8},
    reference=vjp,
    why="Two products and a softmax: the rule of each, in reverse order; hidden entries have the weight 0, so nothing flows there.",
    uses=("softmax", "softmax_vjp"),
    cases=vjp_cases,
    recorded=[
        Recorded(
            part(PLAIN, case(torch.UP, torch.ATTENTION, torch.Q, torch.K, torch.V)),
            torch.ATTENTION_VJP,
            torch.SOURCE,
        ),
        Recorded(
            part(MASKED, case(torch.UP, torch.MASKED, torch.Q, torch.K, torch.V, torch.MASK)),
            torch.MASKED_VJP,
            torch.SOURCE,
        ),
    ],
    next="go backwards through your three lines: the product with v, then softmax, then the product of q and k. What arrives at each?",
    misconceptions=[
        Misconception(
            "softmax's sum forgotten",
            back(through_softmax=lambda g, w: w * g),
            "On the way back through softmax you only multiplied by the weights. When one weight grows the others shrink: the sum of g · weights along the row is taken off.",
        ),
        Misconception(
            "softmax skipped",
            back(through_softmax=lambda g, w: g),
            "`dv` is right. For q and k, g passed softmax as if it were not there.",
            "which rule of chapter 08 belongs between the weights and the scores?",
        ),
        Misconception(
            "sum down the columns",
            back(through_softmax=lambda g, w: w * (g - (g * w).sum(-2, keepdims=True))),
            "In softmax's rule you summed down the columns. softmax ran along the rows, and so does its rule.",
        ),
        Misconception(
            "not divided",
            back(scale=lambda q: 1.0),
            "`dv` is right; dq and dk are √d times too large: the scores were divided on the way forward, so g is on the way back.",
        ),
        Misconception(
            "divided twice",
            back(scale=lambda q: q.shape[-1]),
            "`dv` is right; dq and dk are √d times too small: you divided twice.",
        ),
        Misconception(
            "mask forgotten",
            back(masked=False),
            "Without a mask all is right. With one, you computed the weights as if everybody saw everything.",
        ),
        Misconception(
            "q and k exchanged",
            back(order=lambda dq, dk, dv: (dk, dq, dv)),
            "The three gradients are right, but those of q and k are exchanged.",
        ),
        Misconception(
            "weights not turned",
            weights_not_turned,
            "Your dv is the weights times g. Value j was seen by many queries: its gradient sums over them, so the weights are to be transposed.",
            "what are the shapes of weights, of g, and of dv?",
        ),
        *(
            Misconception(
                "turns all axes",
                all_axes_turned(*which),
                "Of a stack, `.T` turns all axes round. Exchange the last two, and those alone.",
                "what does `np.swapaxes(w, -1, -2)` do?",
                seen=turns_all_axes,
            )
            for which in ((True, True), (True, False), (False, True))
        ),
        Misconception(
            "scores not turned for dk",
            keys_not_turned,
            "For dk the gradient of the scores has to be turned: a key gathers from all the queries that looked at it, which is a column.",
            "what are the shapes of q, k and the scores? Which product has the shape of k?",
        ),
        Misconception(
            "dv from the scores",
            dv_of_scores,
            "`dq` and `dk` are right. v was multiplied by the weights, not by the scores.",
        ),
    ],
)
