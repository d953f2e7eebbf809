"""ngram_loss: how well counting guesses the next token. perplexity: the same loss as a number of choices."""

from collections import Counter
from collections.abc import Callable, Iterator
from math import exp, log

import numpy as np

from revgraph.checks.chapters.common import Array, Rng
from revgraph.checks.exercise import Case, Exercise, Misconception, Recorded, case, edge


def counted(train: Array, test: Array, n: int, vocabulary_size: int, alpha: float = 1.0) -> float:
    seen, before = counts(train, n)
    losses = [
        -log((seen[gram] + alpha) / (before[gram[:-1]] + alpha * vocabulary_size)) for gram in grams(test, n)
    ]
    return sum(losses) / len(losses)


def grams(tokens: Array, n: int) -> list[tuple[int, ...]]:
    return list(zip(*(tokens[i:].tolist() for i in range(n)), strict=False))


def counts(train: Array, n: int) -> tuple[Counter, Counter]:
    """How often each n-gram occurs, and how often its first n - 1 tokens do with one behind them."""
    seen = Counter(grams(train, n))
    before: Counter = Counter()
    for gram, times in seen.items():
        before[gram[:-1]] += times
    return seen, before


def cases(rng: Rng) -> Iterator[Case]:
    yield case(np.array([0, 1, 0, 1, 0, 2]), np.array([0, 1, 0]), 2, 3)
    for n in (1, 2, 3, 2, 4):
        size = int(rng.integers(3, 6))
        train, test = rng.integers(size, size=40), rng.integers(size, size=15)
        train[-1] = size - 1
        yield case(train, test, n, size, alpha=float(rng.uniform(0.1, 2)))
    yield case(np.array([0, 0, 1, 1]), np.array([2, 0, 1, 3]), 2, 4, alpha=0.5)
    yield case(np.array([0, 1, 1, 2, 0, 1, 0, 2, 1, 1]), np.array([0, 1, 0, 2, 2, 1]), 3, 3, alpha=0.3)
    yield case(np.array([0, 1, 1, 2, 0, 1, 0, 2, 1, 1]), np.array([1, 1, 0, 2]), 3, 3, alpha=1.7)
    yield case(np.array([2, 1, 0, 2, 1, 1, 2, 0]), np.array([2, 1, 1, 0]), 1, 3, alpha=0.2)
    yield case(np.array([0, 1, 2, 0]), np.array([0, 1]), 2, 3)
    yield case(np.array([1, 0, 1, 2, 0, 1]), np.array([1, 3, 0, 1, 2]), 2, 5, alpha=0.7)
    yield edge("a text to learn from that is shorter than n", np.array([1]), np.array([0, 1, 1]), 3, 2)


def changed(
    probability: Callable[[int, int, float, int], float] = lambda c, b, alpha, size: (
        (c + alpha) / (b + alpha * size)
    ),
    fold: Callable[[list[float], Array], float] = lambda losses, test: sum(losses) / len(losses),
    window: Callable[[int], int] = lambda n: n,
    learn: Callable[[Array, Array], Array] = lambda train, test: train,
    surprise: Callable[[float], float] = lambda p: -log(p),
) -> Callable[..., float]:
    """Counting with one part replaced."""

    def candidate(train: Array, test: Array, n: int, vocabulary_size: int, alpha: float = 1.0) -> float:
        n = window(n)
        seen, before = counts(learn(train, test), n)
        losses = [
            surprise(probability(seen[g], before[g[:-1]], alpha, vocabulary_size)) for g in grams(test, n)
        ]
        return fold(losses, test)

    return candidate


def all_contexts(train: Array, test: Array, n: int, vocabulary_size: int, alpha: float = 1.0) -> float:
    seen, before = Counter(grams(train, n)), Counter(grams(train, n - 1) if n > 1 else [()] * len(train))
    losses = [-log((seen[g] + alpha) / (before[g[:-1]] + alpha * vocabulary_size)) for g in grams(test, n)]
    return sum(losses) / len(losses)


def size_of_what_was_seen(
    train: Array, test: Array, n: int, vocabulary_size: int, alpha: float = 1.0
) -> float:
    return counted(train, test, n, len(set(train.tolist())), alpha)


def last_left_out(train: Array, test: Array, n: int, vocabulary_size: int, alpha: float = 1.0) -> float:
    return counted(train, test[:-1], n, vocabulary_size, alpha) if len(test) > n else 0.0


def unsmoothed(c: int, b: int, alpha: float, size: int) -> float:
    return c / b if c else 1e-300


NGRAM_LOSS = Exercise(
    name="ngram_loss",
    points=20,
    reference=counted,
    cases=cases,
    why="One Counter of the n-grams is enough: how often a context occurs is the sum over its continuations.",
    recorded=[
        Recorded(
            case(np.array([0, 1, 0, 1, 0, 2]), np.array([0, 1, 0]), 2, 3),
            (log(6 / 3) + log(5 / 3)) / 2,
            "by hand: after 0 came 1 twice of three times, (2+1)/(3+3); after 1 came 0 twice of two, (2+1)/(2+3)",
        )
    ],
    next="take the smallest case by hand: which tokens came after each context, and how often? Then (count + alpha) / (all + alpha · size).",
    misconceptions=[
        Misconception(
            "not smoothed",
            changed(unsmoothed),
            "What never occurred in training has the probability 0 in your counts, and minus its logarithm is infinite. Add alpha to every count.",
        ),
        Misconception(
            "alpha above alone",
            changed(lambda c, b, alpha, size: (c + alpha) / (b or alpha)),
            "You add alpha to the count, but not to the sum below it: the probabilities of a context no longer sum to 1.",
            "alpha was added to how many counts?",
        ),
        Misconception(
            "alpha once below",
            changed(lambda c, b, alpha, size: (c + alpha) / (b + alpha)),
            "Below the line you added alpha once. It was added to the count of each token of the vocabulary.",
        ),
        Misconception(
            "alpha divided alone",
            changed(lambda c, b, alpha, size: c + alpha / (b + alpha * size)),
            "`count + alpha / (...)` divides alpha alone, so what you take the logarithm of is no probability. The sum needs a parenthesis.",
        ),
        Misconception(
            "size of what was seen",
            size_of_what_was_seen,
            "You counted the different tokens of the training text. Some may not occur in it: `vocabulary_size` says how many there are.",
        ),
        Misconception(
            "always 1",
            changed(lambda c, b, alpha, size: (c + 1) / (b + size)),
            "You smoothed by 1 whatever alpha says.",
        ),
        Misconception(
            "context without a token behind it",
            all_contexts,
            "You counted a context at the very end of the training text too, which has no token after it.",
            "count only contexts that have a token after them.",
        ),
        Misconception(
            "one token too many before it",
            changed(window=lambda n: n + 1),
            "You look at n tokens before each one. An n-gram has n tokens in all: n - 1 before it.",
        ),
        Misconception(
            "counts the test too",
            changed(learn=lambda train, test: np.concatenate([train, test])),
            "You counted the test text as well. What is to be guessed must not have been counted.",
        ),
        Misconception(
            "sum",
            changed(fold=lambda losses, test: sum(losses)),
            "You added the losses up. The exercise asks for their mean.",
        ),
        Misconception(
            "last one left out",
            last_left_out,
            "Your loop ends one n-gram too early: the last test token is not guessed.",
            "how many n-grams does a text of n tokens have?",
        ),
        Misconception(
            "divided by all tokens",
            changed(fold=lambda losses, test: sum(losses) / len(test)),
            "You divided by the number of all test tokens. The first n - 1 have too little before them, and are not guessed.",
        ),
        Misconception(
            "base two",
            changed(surprise=lambda p: -np.log2(p)),
            "Your logarithm has base 2. Here the loss is in natural logarithms, as cross-entropy is.",
        ),
        Misconception(
            "logarithm of the mean",
            changed(surprise=float, fold=lambda ps, test: -log(sum(ps) / len(ps))),
            "You took the logarithm of the mean probability. Take the mean of the logarithms.",
        ),
        Misconception(
            "sign",
            changed(surprise=log),
            "The sign is missing: a loss is minus the logarithm.",
        ),
    ],
)


def of_loss(loss: float) -> float:
    return float(np.exp(loss))


def loss_cases(rng: Rng) -> Iterator[Case]:
    for loss in (0.0, 1.0, log(10), 2.5, float(rng.uniform(0.1, 4)), float(rng.uniform(0.1, 4))):
        yield case(loss)


PERPLEXITY = Exercise(
    name="perplexity",
    points=5,
    reference=of_loss,
    cases=loss_cases,
    why="The loss is a mean of logarithms; the exponential undoes the logarithm.",
    recorded=[Recorded(case(log(67)), 67.0, "by hand: guessing among 67 equal choices costs ln 67")],
    next="guessing among k equal choices costs ln k. Which function gives k back?",
    misconceptions=[
        Misconception(
            "base two",
            lambda loss: 2.0**loss,
            "You took 2 to the power of the loss. Our loss is in natural logarithms, so it is e to that power.",
        ),
        Misconception(
            "sign",
            lambda loss: exp(-loss),
            "That is the mean probability, so to speak. Perplexity is one divided by it: the number of choices.",
        ),
        Misconception("the loss itself", lambda loss: loss, "You returned the loss itself."),
        Misconception(
            "logarithm",
            lambda loss: log(loss) if loss > 0 else -1e300,
            "You took the logarithm of the loss. It is a logarithm already; undo it.",
        ),
    ],
)
