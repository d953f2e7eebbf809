"""sample: the next token is drawn, not chosen. Judged by how often each comes."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from revgraph.checks.chapters.common import Array, Rng, ways
from revgraph.checks.exercise import Case, Exercise, Misconception, Recorded, Tolerance, case

DRAWS = 600  # two shares part by 0.029: the tolerance is four and a half times that
AGAIN = 40  # draws, from a second generator of the same seed


def reference(logits: Array, temperature: float, top_k: int | None, rng: Rng) -> int:
    scores = logits / temperature
    if top_k is not None:
        scores = np.where(scores >= np.sort(scores)[-top_k], scores, -np.inf)
    return int(rng.choice(len(scores), p=softmax(scores)))


def softmax(scores: Array) -> Array:
    exp = np.exp(scores - scores.max())
    return exp / exp.sum()


def drawn(
    candidate: Callable[..., Any], logits: Array, temperature: float, top_k: int | None, seed: int
) -> dict[str, Any] | None:
    """How often each token comes, and whether it is the generator that decides."""

    def tokens(n: int) -> list[Any]:
        rng = np.random.default_rng(seed)
        return [candidate(logits.copy(), temperature, top_k, rng) for _ in range(n)]

    many = tokens(DRAWS)
    odd = [token for token in many if not is_integer(token)]
    if odd:
        return None if odd[0] is None else {"a token is": type(odd[0]).__name__}
    if many[:AGAIN] != tokens(AGAIN):
        return {"a token is": "an integer", "the same from the same rng": False}
    if not all(0 <= token < len(logits) for token in many):
        return {"a token is": f"between {min(many)} and {max(many)}, of {len(logits)} tokens"}
    counts = np.bincount(many, minlength=len(logits))
    candidate(
        logits, temperature, top_k, np.random.default_rng(seed)
    )  # the judge sees whether it writes there
    return {
        "a token is": "an integer",
        "shares": counts / DRAWS,
        "never drawn": np.flatnonzero(counts == 0).tolist() if top_k else [],
        "the same from the same rng": True,
    }


def is_integer(token: Any) -> bool:
    if isinstance(token, np.ndarray):
        return token.ndim == 0 and token.dtype.kind in "iu"
    return isinstance(token, int | np.integer)


KINDS: tuple[tuple[list[float], float, int | None], ...] = (
    ([0.0, 2.0, 1.0], 1.0, None),
    ([3.0, 0.05, -0.05, 0.04, -0.04, 0.03, -0.03, 0.02, -0.02, 0.01, -0.01, 0.0], 1.0, None),
    ([0.003, 0.3, -0.003, 0.002, -0.002, 0.001, -0.001, 0.0], 0.1, None),
    ([6.0, 3.0, 0.0, -3.0], 3.0, None),
    ([0.5, 1.0, 0.2, 0.8], 1.0, 2),
    ([0.25, 1.25, 0.0, 0.875], 0.25, 2),
    ([8.0, 0.0, 4.0, 6.0, 2.0], 4.0, 3),
    ([0.0, 3.0, 1.0], 1.0, 1),
)


def cases(rng: Rng) -> Iterator[Case]:
    for logits, temperature, top_k in KINDS:
        yield case(np.array(logits), temperature, top_k, 16)
    for i in (3, 6):
        logits, temperature, top_k = KINDS[i]
        yield case(rng.permutation(np.array(logits)), temperature, top_k, int(rng.integers(1000)))


def changed(
    scale: Callable[[Array, float], Array] = lambda logits, temperature: logits / temperature,
    keep: Callable[[Array, int], Array] = lambda scores, k: scores >= np.sort(scores)[-k],
    weigh: Callable[[Array], Array] = softmax,
) -> Callable[..., int]:
    def candidate(logits: Array, temperature: float, top_k: int | None, rng: Rng) -> int:
        scores = scale(logits, temperature)
        if top_k is not None:
            scores = np.where(keep(scores, top_k), scores, -np.inf)
        return int(rng.choice(len(scores), p=weigh(scores)))

    return candidate


def of_one_more(scores: Array, k: int) -> Array:
    return scores >= np.sort(scores)[-min(k + 1, len(scores))]


def place_among_the_k(logits: Array, temperature: float, top_k: int | None, rng: Rng) -> int:
    scores = logits / temperature
    if top_k is not None:
        scores = np.sort(scores)[-top_k:]
    return int(rng.choice(len(scores), p=softmax(scores)))


def temperature_unused(with_top_k: bool) -> Callable[..., int]:
    def candidate(logits: Array, temperature: float, top_k: int | None, rng: Rng) -> int:
        unused = (top_k is not None) == with_top_k
        return reference(logits, 1.0 if unused else temperature, top_k, rng)

    return candidate


def alike_among_the_k(logits: Array, temperature: float, top_k: int | None, rng: Rng) -> int:
    if top_k is None:
        return reference(logits, temperature, top_k, rng)
    return int(rng.choice(np.argsort(logits)[-top_k:]))


def likeliest_of_the_k(logits: Array, temperature: float, top_k: int | None, rng: Rng) -> int:
    return reference(logits, temperature, top_k, rng) if top_k is None else int(np.argmax(logits))


def one_hot(logits: Array, temperature: float, top_k: int | None, rng: Rng) -> Array:
    return np.eye(len(logits), dtype=int)[reference(logits, temperature, top_k, rng)]


def chances_cut(logits: Array, temperature: float, top_k: int | None, rng: Rng) -> int:
    p = softmax(logits / temperature)
    if top_k is not None:
        p = np.where(p >= np.sort(p)[-top_k], p, 0.0)
    return int(rng.choice(len(p), p=p))


SAMPLE = Exercise(
    name="sample",
    points=15,
    reference=reference,
    probe=drawn,
    cases=cases,
    tolerance=Tolerance(relative=0, absolute=0.13),
    uses=("softmax",),
    why="Hidden scores of minus infinity have the probability 0, so the rest needs no special treatment.",
    recorded=[
        Recorded(
            case(np.log(np.array([6.0, 3.0, 1.0])), 1.0, 2, 0),
            {
                "a token is": "an integer",
                "shares": np.array([2 / 3, 1 / 3, 0.0]),
                "never drawn": [2],
                "the same from the same rng": True,
            },
            "by hand: of the chances 6, 3 and 1 the first two are kept",
        )
    ],
    next="three steps: divide by the temperature, hide all but the k largest, then draw with the chances that softmax gives.",
    misconceptions=[
        Misconception(
            "always the likeliest",
            lambda logits, temperature, top_k, rng: int(np.argmax(logits)),
            "You always take the likeliest token. It is to be drawn: others come too, with their chances.",
            "which method of `rng` draws one of several with given chances?",
        ),
        Misconception(
            "temperature multiplies",
            changed(scale=lambda logits, temperature: logits * temperature),
            "You multiplied by the temperature. Divided by a low one, differences grow, and the likeliest comes almost always.",
        ),
        Misconception(
            "temperature not used",
            changed(scale=lambda logits, temperature: logits),
            "The temperature changes nothing in your shares.",
        ),
        Misconception(
            "temperature twice",
            changed(scale=lambda logits, temperature: logits / temperature**2),
            "The temperature counts twice in your shares. The scores are to be divided by it once.",
        ),
        Misconception(
            "root of the temperature",
            changed(scale=lambda logits, temperature: logits / np.sqrt(temperature)),
            "The root of the temperature is what counts in your shares. Divide by the temperature itself.",
        ),
        Misconception(
            "temperature not used with top_k",
            temperature_unused(with_top_k=True),
            "Without top_k all is right. With it, the temperature changes nothing in your shares.",
        ),
        Misconception(
            "temperature not used without top_k",
            temperature_unused(with_top_k=False),
            "With top_k all is right. Without it, the temperature changes nothing in your shares.",
        ),
        Misconception(
            "top_k not used",
            changed(keep=lambda scores, k: np.ones(len(scores), bool)),
            "Without top_k all is right. With it, tokens come that are not among the k likeliest.",
        ),
        Misconception(
            "place among the k",
            place_among_the_k,
            "With top_k you return the place among the k sorted ones. The exercise asks for the token's own number.",
            "which token is the largest score's, before they are sorted?",
        ),
        Misconception(
            "a float",
            lambda logits, temperature, top_k, rng: float(reference(logits, temperature, top_k, rng)),
            "Your token is a float. It is to pick a row of a table, so it has to be an integer.",
        ),
        Misconception(
            "chances do not sum to 1",
            chances_cut,
            "The chances that you draw with do not sum to 1: what is cut off behind softmax is missing. Hide the scores before softmax.",
            "of which score is the chance exactly 0?",
        ),
        Misconception(
            "the k unlikeliest",
            changed(keep=lambda scores, k: scores <= np.sort(scores)[k - 1]),
            "You kept the k unlikeliest tokens.",
            "from smallest to largest: where in `np.sort(scores)` does the k-th largest stand?",
        ),
        Misconception(
            "one too many",
            changed(keep=of_one_more),
            "You kept k + 1 tokens.",
        ),
        *ways(
            "all alike",
            "All your tokens come equally often. Each has its own chance, by softmax.",
            "",
            changed(weigh=lambda scores: (scores > -np.inf) / (scores > -np.inf).sum()),
            lambda logits, temperature, top_k, rng: int(rng.integers(len(logits))),
        ),
        Misconception(
            "the likeliest of the k",
            likeliest_of_the_k,
            "Without top_k all is right. With it, you always take the likeliest token.",
            "which method of `rng` draws one of several with given chances?",
        ),
        Misconception(
            "alike among the k",
            alike_among_the_k,
            "Without top_k all is right. With it, the k likeliest come equally often: each has its own chance, by softmax.",
        ),
        Misconception(
            "an array",
            one_hot,
            "What comes back is an array with axes. The exercise asks for one number: which token was drawn.",
            "what does `rng.choice(n, p=...)` give?",
        ),
        Misconception(
            "own generator",
            lambda logits, temperature, top_k, rng: reference(
                logits, temperature, top_k, np.random.default_rng()
            ),
            "Your tokens do not come from the `rng` you are given, so a text cannot be repeated. Draw from it alone.",
        ),
    ],
)
