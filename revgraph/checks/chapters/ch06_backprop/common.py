"""What the exercises of chapter 06 share: graphs in words, and numbers for their leaves."""

import numpy as np

from revgraph.checks.chapters.common import Rng

LADDER = "a = x + x; b = a + a; c = b + b; d = c + c; z = d + d"
SHARED = "y = 3 * x; z = 2 * y + 5 * y"
SHORT_PATH_FIRST = "y = 3 * x; z = y + 2 * y"
SHORT_PATH_LAST = "y = 3 * x; z = 2 * y + y"
SQUARE_FIRST = "y = 2 * x; z = x * x + 3 * y"
SQUARE_LAST = "y = 2 * x; z = 3 * y + x * x"
SQUARES = "y = 2 * x; v = 3 * w; a = x * x + 3 * y; b = 2 * v + w * w; z = a + b"
TANGLED_FIRST = "y = 3 * x; a = y * x; b = a + y; z = y + b"
TANGLED_LAST = "y = 3 * x; a = x * y; b = y + a; z = b + y"
DEEP = "z = repeat(neg, x, 3001)"
DEEP_AND_SHORT = "y = repeat(neg, x, 1600); z = x + y"
HIMMELBLAU = "a = x * x + y - 11; b = x + y * y - 7; z = a * a + b * b"


def random_graph(rng: Rng, size: int = 6) -> str:
    """Each new node is made of the one before and another earlier one, so that paths have many lengths."""
    names = ["x", "y"]
    lines = []
    for i in range(size):
        pair = [names[-1], str(rng.choice(names))]
        rng.shuffle(pair)
        name = "z" if i == size - 1 else "abcdefgh"[i]
        lines.append(f"{name} = {pair[0]} {rng.choice(['+', '-', '*'])} {pair[1]}")
        names.append(name)
    return "; ".join(lines)


def number(rng: Rng) -> float:
    return float(np.round(rng.uniform(0.5, 2) * rng.choice([-1, 1]), 2))


def numbers(rng: Rng, *names: str) -> dict[str, float]:
    return {name: number(rng) for name in names}


TORCH = "PyTorch 2.13.0, Tensor.backward()"
