"""Byte-pair encoding in three steps: the most frequent pair, merging it, and applying what was learned."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations, pairwise
from typing import Any

from revgraph.checks.chapters.common import Rng, ways
from revgraph.checks.exercise import Case, Exercise, Misconception, Recorded, case, edge

Pair = tuple[int, int]
Tokens = list[int]
Merges = Sequence[tuple[Pair, int]]


def numbers(value: Any) -> Any:
    """NumPy's integers and arrays count as numbers and lists; a tuple stays one."""
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        return value
    return (tuple if isinstance(value, tuple) else list)(int(one) for one in value)


def most_frequent(tokens: Tokens) -> Pair:
    counts = Counter(pairwise(tokens))
    return min(counts, key=lambda pair: (-counts[pair], pair))


def text(rng: Rng, size: int, length: int) -> Tokens:
    return rng.integers(size, size=length).tolist()


def pair_cases(rng: Rng) -> Iterator[Case]:
    yield case([1, 2, 3, 1, 2])
    yield case([5, 4, 9, 5, 4, 9])
    yield case([7, 7, 7, 2, 3, 2, 3])
    yield case([9, 1, 1, 9, 1, 9, 1])
    yield case([3, 2, 1])
    yield case([9, 30, 10, 31])
    yield case([7, 7, 7, 8, 9, 8, 9])
    yield case([3, 3, 3, 3, 20, 40, 20, 40, 20, 40])
    yield case([2, 9, 5, 4, 6, 9, 6, 9, 5, 4, 2, 9])
    yield case([300, 8, 40, 300, 8, 2, 500, 41, 2, 500, 300, 7])
    yield case([5, 6, 0, 1, 2, 3, 9, 8, 4, 5, 6, 7, 1, 2, 11, 9, 8])
    yield case([7, 2, 3, 9, 1, 7, 2, 0, 3, 9, 5, 1, 4, 6, 1, 4])
    yield case([5, 9, 5, 3, 5, 9, 5, 3])
    yield case([8, 30, 1, 8, 8, 2, 8, 30, 3, 8, 8])
    yield case([4, 4, 5, 4, 4, 6, 7, 4, 4, 8])
    for size, length in ((3, 30), (4, 60), (6, 40)):
        yield case(text(rng, size, length))
    yield edge("a text of one token", [4])


def by_count(
    choose: Callable[[Counter], Pair], pairs: Callable[[Tokens], Iterable[Any]] = pairwise
) -> Callable[[Tokens], Pair]:
    return lambda tokens: choose(Counter(pairs(tokens)))


def first_met(counts: Counter) -> Pair:
    return max(counts, key=lambda pair: counts[pair])


def largest(counts: Counter) -> Pair:
    return max(counts, key=lambda pair: (counts[pair], pair))


def smallest(counts: Counter) -> Pair:
    return min(counts, key=lambda pair: (-counts[pair], pair))


def counted_alone(tokens: Tokens) -> Pair:
    """Pairs that overlap with the one counted before are not counted: 7 7 7 holds one pair."""
    counts: Counter = Counter()
    for pair in set(pairwise(tokens)):
        i = 0
        while i < len(tokens) - 1:
            found = (tokens[i], tokens[i + 1]) == pair
            counts[pair] += found
            i += 2 if found else 1
    return smallest(counts)


def with_count(choose: Callable[[Counter], Pair]) -> Callable[[Tokens], tuple[Pair, int]]:
    def candidate(tokens: Tokens) -> tuple[Pair, int]:
        counts = Counter(pairwise(tokens))
        return choose(counts), max(counts.values(), default=0)

    return candidate


def of_equals(key: Callable[[Pair], Any]) -> Callable[[Tokens], Pair]:
    """Of equally frequent pairs the one whose key is smallest."""
    return by_count(lambda counts: min(counts, key=lambda pair: (-counts[pair], key(pair))))


def last_met(counts: Counter) -> Pair:
    return max(reversed(counts), key=lambda pair: counts[pair])


def at_any_distance(tokens: Tokens) -> Iterator[Any]:
    return combinations(tokens, 2)


def frequent_tokens(tokens: Tokens) -> Tokens:
    counts = Counter(tokens)
    return sorted(counts, key=lambda token: (-counts[token], token))[:2]


MOST_FREQUENT_PAIR = Exercise(
    name="most_frequent_pair",
    points=10,
    reference=most_frequent,
    canonical=numbers,
    cases=pair_cases,
    why="The smallest of (-count, pair) is the most frequent pair, and of equal ones the smallest.",
    recorded=[Recorded(case([2, 1, 2, 1, 2]), (1, 2), "by hand: (2, 1) and (1, 2) occur twice each")],
    next="write all pairs of neighbors down, count them, and mark the largest count. Is it there more than once?",
    misconceptions=[
        Misconception(
            "how often",
            lambda tokens: max(Counter(pairwise(tokens)).values()),
            "You returned how often the pair occurs. The exercise asks for the pair itself.",
            "what does `max(counts, key=...)` give, and what `max(counts.values())`?",
        ),
        *ways(
            "with its count",
            "You returned the pair together with its count. The exercise asks for the pair.",
            "what does `most_common` give?",
            with_count(smallest),
            with_count(first_met),
            lambda tokens: Counter(pairwise(tokens)).most_common(1),
        ),
        Misconception(
            "first of equals",
            by_count(first_met),
            "The count is right. Of equally frequent pairs you took the one that comes first in the text; the exercise asks for the smallest.",
            "how do tuples compare in Python?",
        ),
        Misconception(
            "last of equals",
            by_count(last_met),
            "The count is right. Of equally frequent pairs you took the last that the text brings; the exercise asks for the smallest.",
            "how do tuples compare in Python?",
        ),
        Misconception(
            "second token of equals",
            of_equals(lambda pair: pair[::-1]),
            "The count is right. Of equally frequent pairs you took the one with the smallest second token; the first one decides before it.",
            "how do tuples compare in Python?",
        ),
        Misconception(
            "first token of equals",
            of_equals(lambda pair: pair[0]),
            "The count is right. Of equally frequent pairs you compared the first tokens alone; where these are the same, the second one decides.",
            "how do tuples compare in Python?",
        ),
        Misconception(
            "sum of equals",
            of_equals(sum),
            "The count is right. Of equally frequent pairs you took the one with the smallest sum. Compare them as pairs.",
            "how do tuples compare in Python?",
        ),
        Misconception(
            "equals as text",
            of_equals(lambda pair: [str(token) for token in pair]),
            "The count is right. Of equally frequent pairs you took the smallest as text, where '10' comes before '9'. Compare numbers.",
        ),
        Misconception(
            "last pair missing",
            lambda tokens: smallest(Counter(pairwise(tokens[:-1]))),
            "The last two tokens of the text are a pair as well: yours is not counted.",
            "how many pairs of neighbors do three tokens have?",
        ),
        Misconception(
            "first pair missing",
            lambda tokens: smallest(Counter(pairwise(tokens[1:]))),
            "The first two tokens of the text are a pair as well: yours is not counted.",
            "how many pairs of neighbors do three tokens have?",
        ),
        Misconception(
            "overlapping ones counted once",
            counted_alone,
            "In 7 7 7 you counted one pair. Every two neighbors are one: the token in the middle belongs to both.",
        ),
        Misconception(
            "equal ones left out",
            by_count(smallest, lambda t: [(a, b) for a, b in pairwise(t) if a != b]),
            "You left out pairs of two equal tokens: 7 7 is a pair as well.",
        ),
        Misconception(
            "at any distance",
            by_count(smallest, at_any_distance),
            "You counted tokens that stand apart as well. A pair is two neighbors.",
            "for each token, how many come right after it?",
        ),
        Misconception(
            "largest of equals",
            by_count(largest),
            "The count is right. Of equally frequent pairs you took the largest; the exercise asks for the smallest.",
        ),
        Misconception(
            "pairs without overlap",
            by_count(smallest, lambda t: zip(t[::2], t[1::2], strict=False)),
            "You cut the text into pairs. Every two neighbors are a pair: each token but the last begins one.",
        ),
        Misconception(
            "order forgotten",
            by_count(smallest, lambda t: (tuple(sorted(p)) for p in pairwise(t))),
            "You counted (1, 2) and (2, 1) as one pair. The order matters.",
        ),
        Misconception(
            "rarest",
            by_count(lambda counts: min(counts, key=lambda pair: (counts[pair], pair))),
            "You took the rarest pair.",
        ),
        Misconception(
            "smallest pair",
            by_count(lambda counts: min(counts)),
            "You took the smallest pair, however often it occurs. First the count decides.",
        ),
        Misconception(
            "two most frequent tokens",
            frequent_tokens,
            "You took the two most frequent tokens. They need not stand beside each other; count pairs of neighbors.",
        ),
    ],
)


def merged(tokens: Tokens, pair: Pair, new: int) -> Tokens:
    out, i = [], 0
    while i < len(tokens):
        found = tuple(tokens[i : i + 2]) == tuple(pair)
        out.append(new if found else tokens[i])
        i += 2 if found else 1
    return out


def merge_cases(rng: Rng) -> Iterator[Case]:
    yield case([1, 2, 3, 1, 2], (1, 2), 9)
    yield case([1, 1, 1, 2, 1, 1, 1, 1], (1, 1), 5)
    yield case([2, 1, 2, 1, 2], (1, 2), 7)
    yield case([4, 5, 6], (6, 4), 8)
    yield case([1, 2], (1, 2), 3)
    yield case([1, 3, 2, 1, 2, 2, 2, 1], (2, 2), 4)
    yield case([3, 1, 2, 3, 1, 3, 2], (1, 3), 8)
    yield case([5, 0, 0, 5, 2], (0, 5), 6)
    yield case([11, 2, 1, 12, 1, 2], (1, 2), 256)
    yield case([312, 21, 31, 2, 1, 312, 1, 31], (1, 31), 400)
    for size in (2, 3):
        yield case([300 + token for token in text(rng, size, 30)], (300, 301), 302)
        yield case(text(rng, size, 30), (1, 1), 8)
    yield case([5], (5, 5), 6)
    yield edge("no tokens", [], (1, 2), 3)


def sliding(tokens: Tokens, pair: Pair, new: int) -> Tokens:
    out, i = [], 0
    while i < len(tokens):
        out.append(new if tuple(tokens[i : i + 2]) == pair else tokens[i])
        i += 1
    return out


def from_the_right(tokens: Tokens, pair: Pair, new: int) -> Tokens:
    return merged(tokens[::-1], (pair[1], pair[0]), new)[::-1]


def in_either_order(tokens: Tokens, pair: Pair, new: int) -> Tokens:
    out, i = [], 0
    while i < len(tokens):
        found = tuple(tokens[i : i + 2]) in (tuple(pair), tuple(pair)[::-1])
        out.append(new if found else tokens[i])
        i += 2 if found else 1
    return out


def first_alone(tokens: Tokens, pair: Pair, new: int) -> Tokens:
    for i in range(len(tokens) - 1):
        if (tokens[i], tokens[i + 1]) == pair:
            return [*tokens[:i], new, *tokens[i + 2 :]]
    return list(tokens)


def last_lost(tokens: Tokens, pair: Pair, new: int) -> Tokens:
    out, i = [], 0
    while i < len(tokens) - 1:
        found = (tokens[i], tokens[i + 1]) == pair
        out.append(new if found else tokens[i])
        i += 2 if found else 1
    return out


def added(tokens: Tokens, pair: Pair, new: int) -> Tokens:
    out: Tokens = []
    for i, token in enumerate(tokens):
        out.append(token)
        if i and (tokens[i - 1], token) == pair:
            out.append(new)
    return out


def dropped(tokens: Tokens, pair: Pair, new: int) -> Tokens:
    return [token for token in merged(tokens, pair, new) if token == new or token not in pair]


def as_text(tokens: Tokens, pair: Pair, new: int) -> Tokens:
    first, second = pair
    return [int(one) for one in " ".join(map(str, tokens)).replace(f"{first} {second}", str(new)).split()]


def in_a_tuple(tokens: Tokens, pair: Pair, new: int) -> list[Any]:
    return [(new,) if token == new else token for token in merged(tokens, pair, new)]


def again_and_again(tokens: Tokens, pair: Pair, new: int) -> Tokens:
    out: Tokens = []
    for token in tokens:
        if (out and (out[-1], token) == pair) or (out and out[-1] == new and token == pair[1]):
            out[-1] = new
        else:
            out.append(token)
    return out


MERGE_PAIR = Exercise(
    name="merge_pair",
    points=15,
    reference=merged,
    canonical=numbers,
    cases=merge_cases,
    why="A slice past the end is short, so the last token is compared without an error, and never equals a pair.",
    recorded=[
        Recorded(case([1, 1, 1], (1, 1), 2), [2, 1], "by hand: from the left, and the second 1 is used up"),
    ],
    next="walk through [1, 1, 1] with the pair (1, 1): where do you stand after the first match?",
    misconceptions=[
        Misconception(
            "second one kept",
            sliding,
            "Where a pair was merged, its second token is still there. After a match go on two places further.",
            "by how much does i grow after a match?",
        ),
        Misconception(
            "from the right",
            from_the_right,
            "You merged from the right: [1, 1, 1] becomes [1, new] in place of [new, 1].",
        ),
        Misconception(
            "in either order",
            in_either_order,
            "You merged the two tokens in the other order as well. A pair has an order: (1, 2) is not (2, 1).",
        ),
        Misconception(
            "first match alone",
            first_alone,
            "Only the first match was merged. Go on to the end.",
        ),
        Misconception(
            "last token lost",
            last_lost,
            "The last token is lost where it does not belong to a match.",
            "what happens when i stands on the last token?",
        ),
        Misconception(
            "added behind",
            added,
            "You put the new token after the pair. It takes the pair's place.",
        ),
        Misconception(
            "singles dropped",
            dropped,
            "Tokens of the pair that stand alone are gone. Only two neighbors in this order are merged.",
        ),
        Misconception(
            "as text",
            as_text,
            "As text, `1 2` stands in `11 2` and in `1 21` as well. Compare tokens, not their digits.",
        ),
        Misconception(
            "a tuple inside",
            in_a_tuple,
            "Your new token stands in a tuple of its own. Put the number itself there.",
            "does `out.append(...)` get a number?",
        ),
        Misconception(
            "swallows more",
            again_and_again,
            "Your new token swallows the next one too. It stands for exactly one pair.",
        ),
    ],
)


def encode(tokens: Tokens, merges: Merges) -> Tokens:
    for pair, new in merges:
        tokens = merged(tokens, pair, new)
    return list(tokens)


MERGES = [((1, 2), 10), ((10, 3), 11), ((3, 3), 12), ((11, 11), 13)]


def encode_cases(rng: Rng) -> Iterator[Case]:
    yield case([1, 2, 3, 1, 2], MERGES[:2])
    yield case([1, 2, 3, 1, 2, 3, 3, 3], MERGES)
    yield case([3, 3, 3, 1, 2], MERGES)
    yield case([1, 2, 1, 2, 3, 3], [((1, 2), 10), ((3, 3), 12)])
    yield case([3, 3, 2, 1, 2], [((2, 1), 10), ((3, 3), 12)])
    yield case([4, 5, 4], MERGES)
    yield case([1, 2, 3], [((2, 3), 10), ((1, 2), 11)])
    yield case([4, 1, 2, 3, 3], [((3, 3), 20), ((2, 3), 21), ((1, 2), 22), ((4, 22), 23)])
    yield case([1, 2, 3, 12, 3], [((12, 3), 30), ((2, 3), 31), ((1, 2), 12)])
    yield case([1, 2, 1, 2], [])
    for _ in range(3):
        yield case(2 * [*text(rng, 4, 20), 1, 2, 3, 1, 2, 3, 3, 3], MERGES)
    yield edge("no tokens", [], MERGES)


def first_merge_alone(tokens: Tokens, merges: Merges) -> Tokens:
    return encode(tokens, merges[:1])


def leftmost(tokens: Tokens, merges: Merges) -> Tokens:
    """Whatever pair is met first in the text is merged first, as long as there is one."""
    out, known = list(tokens), {tuple(pair): new for pair, new in merges}
    while at := [i for i, pair in enumerate(pairwise(out)) if pair in known]:
        i = at[0]
        out[i : i + 2] = [known[out[i], out[i + 1]]]
    return out


def one_pass(tokens: Tokens, merges: Merges) -> Tokens:
    """Once through the text, and what a merge has made is not looked at again."""
    out, known, i = [], {tuple(pair): new for pair, new in merges}, 0
    while i < len(tokens):
        pair = tuple(tokens[i : i + 2])
        out.append(known.get(pair, tokens[i]))
        i += 2 if pair in known else 1
    return out


def each_on_the_original(tokens: Tokens, merges: Merges) -> Tokens:
    out = list(tokens)
    for pair, new in merges:
        out = merged(tokens, pair, new)
    return out


BPE_ENCODE = Exercise(
    name="bpe_encode",
    points=10,
    reference=encode,
    canonical=numbers,
    cases=encode_cases,
    uses=("merge_pair",),
    why="Each merge sees what the ones before it have made, so a loop that hands the tokens on is all.",
    recorded=[
        Recorded(case([1, 2, 3], MERGES[:2]), [11], "by hand: 1 2 becomes 10, and then 10 3 becomes 11"),
    ],
    next="apply the first merge to the tokens. To what do you apply the second?",
    misconceptions=[
        Misconception(
            "backwards",
            lambda tokens, merges: encode(tokens, merges[::-1]),
            "You applied the merges from the last to the first. A later merge is made of what earlier ones give.",
        ),
        Misconception(
            "leftmost first",
            leftmost,
            "You merged whatever known pair comes first in the text. The order of `merges` decides: the first of them everywhere, then the second.",
            "which of your loops stands outside: that over the merges, or that over the tokens?",
        ),
        Misconception(
            "one pass",
            one_pass,
            "You went through the text once, and looked up all merges together. One after another goes through the whole text.",
            "which of your loops stands outside: that over the merges, or that over the tokens?",
        ),
        Misconception(
            "the first alone",
            first_merge_alone,
            "Only the first merge was applied.",
            "where does your `return` stand?",
        ),
        Misconception(
            "the original each time",
            each_on_the_original,
            "Only the last merge shows in your result. Each should go on from what the one before has made.",
        ),
        Misconception(
            "first match of each",
            lambda tokens, merges: [*_firsts(tokens, merges)],
            "Of each merge only the first match was made.",
        ),
        Misconception(
            "nothing",
            lambda tokens, merges: list(tokens),
            "Your tokens come back as they were.",
            "what does `merge_pair` return, and what do you do with it?",
        ),
    ],
)


def _firsts(tokens: Tokens, merges: Merges) -> Tokens:
    for pair, new in merges:
        tokens = first_alone(tokens, pair, new)
    return tokens
