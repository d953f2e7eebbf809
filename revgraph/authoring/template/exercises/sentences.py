"""What the exercises about text share: a helper module, since it lists no EXERCISES."""

WORDS = ["the", "a", "of", "data", "mean", "median", "count", "The", "One", "table", "row", "Value"]
MARKS = ["", "", "", ",", ".", "!"]


def sentence(rng, length):
    """Words drawn by rng, some in capitals, some followed by a mark."""
    return " ".join(rng.choice(WORDS) + rng.choice(MARKS) for _ in range(length))
