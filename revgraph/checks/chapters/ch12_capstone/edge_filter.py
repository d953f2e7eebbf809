"""edge_filter: how strong an edge is, wherever it runs."""

from collections.abc import Callable, Iterator

import numpy as np

from revgraph.checks.call import Case, case, edge
from revgraph.checks.chapters.ch11_conv2d.conv2d import conv2d
from revgraph.checks.chapters.common import Array, Rng, fixed, ways
from revgraph.checks.exercise import Exercise, Misconception, Recorded

SOBEL = np.array([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])


def edge_filter(images: Array) -> Array:
    kernels = np.stack([SOBEL, SOBEL.T], axis=-1)[:, :, np.newaxis]
    responses = conv2d(images[..., np.newaxis], kernels)
    return np.sqrt(np.sum(responses**2, axis=-1))


def edge_filter_cases(rng: Rng) -> Iterator[Case]:
    yield case(np.array([[[0.0, 0.0, 1.0], [0.0, 1.0, 1.0], [0.0, 1.0, 1.0]]]))
    for source in (fixed(), rng):
        for shape in ((1, 4, 5), (2, 8, 8), (3, 5, 7)):
            yield case(source.integers(0, 17, shape).astype(float))
    yield case(np.full((1, 4, 4), 3.0))
    yield edge("a batch of no images", np.zeros((0, 6, 5)))


KERNELS = np.stack([SOBEL, SOBEL.T], axis=-1)[:, :, np.newaxis]


def responses(images: Array, kernels: Array = KERNELS, padding: str = "VALID") -> Array:
    """(n, rows, columns, 2): what the two kernels see, left to right and top to bottom."""
    return conv2d(images[..., np.newaxis], kernels, (1, 1), padding)


def edges_of(combine: Callable[[Array], Array]) -> Callable[[Array], Array]:
    return lambda images: combine(responses(images))


def mixed_kernels(images: Array) -> Array:
    kernels = np.stack([SOBEL, SOBEL.T]).reshape(3, 3, 1, 2)
    return np.sqrt(np.sum(responses(images, kernels) ** 2, axis=3))


PICTURE = np.array([[[3.0, 1, 4, 1], [5, 9, 2, 6], [5, 3, 5, 8], [9, 7, 9, 3]]])
EDGES = np.sqrt(np.array([[[74.0, 122.0], [58.0, 90.0]]]))


EDGE_FILTER = Exercise(
    name="edge_filter",
    points=10,
    reference=edge_filter,
    cases=edge_filter_cases,
    recorded=[
        Recorded(
            case(PICTURE), EDGES, "SciPy 1.17.1, the hypot of ndimage.sobel along both axes, inner pixels"
        )
    ],
    next="which shapes do the pictures, the kernels and the two responses have?",
    why="two kernels are two output channels, so one convolution does it; `np.stack` makes the axis that holds them.",
    misconceptions=[
        Misconception(
            "only left to right",
            edges_of(lambda seen: np.abs(seen[..., 0])),
            "You see only what changes from left to right. An edge can also lie across.",
            "the transposed kernel makes a second output channel. Is it there?",
        ),
        Misconception(
            "only top to bottom",
            edges_of(lambda seen: np.abs(seen[..., 1])),
            "You see only what changes from top to bottom. An edge can also stand upright.",
            "how many output channels has your kernel?",
        ),
        Misconception(
            "adds the responses",
            edges_of(lambda seen: np.abs(seen.sum(axis=3))),
            "You added the two responses with their signs, so that some edges cancel.",
            "two sides of a right triangle are known. How long is the third?",
        ),
        Misconception(
            "adds their sizes",
            edges_of(lambda seen: np.abs(seen).sum(axis=3)),
            "You added the sizes of the two responses. That makes slanted edges stronger than straight ones.",
            "two sides of a right triangle are known. How long is the third?",
        ),
        Misconception(
            "no root",
            edges_of(lambda seen: (seen**2).sum(axis=3)),
            "That is the square; the root is missing.",
            "how strong is an edge of 3 across and 4 down?",
        ),
        Misconception(
            "mean",
            edges_of(lambda seen: np.sqrt((seen**2).mean(axis=3))),
            "You averaged the two squares. Their sum is asked for.",
            "how strong is an edge of 3 across and 4 down?",
        ),
        Misconception(
            "padded",
            lambda images: np.sqrt((responses(images, padding="SAME") ** 2).sum(axis=3)),
            "You padded with zeros, and the border of every picture has become an edge.",
            "which padding looks only at windows that fit?",
        ),
        *ways(
            "divides by the largest number",
            "You divided the pictures by their largest number. The exercise asks how strong the edges are in the pictures as they come.",
            "does the text say anything of a scale?",
            lambda images: edge_filter(images / images.max()),
            lambda images: edge_filter(images / images.max(axis=(1, 2), keepdims=True)),
        ),
        Misconception(
            "divides by the strongest edge",
            lambda images: edge_filter(images) / edge_filter(images).max(),
            "You divided by the strongest edge. The exercise asks how strong each is, and not compared with another.",
            "does the text say anything of a scale?",
        ),
        Misconception(
            "kernels mixed",
            mixed_kernels,
            "A reshape has mixed the two kernels: it does not move an axis. Each should lie in one output channel.",
            "which axis of `np.stack` should the new one be?",
        ),
        Misconception(
            "keeps the channel",
            edges_of(lambda seen: np.sqrt((seen**2).sum(axis=3, keepdims=True))),
            "The numbers are right, but an axis of size 1 is left. The result is a picture for each picture.",
            "what does `keepdims` keep, or which axis did you add at the beginning?",
        ),
        Misconception(
            "the stronger one",
            edges_of(lambda seen: np.abs(seen).max(axis=3)),
            "You took the stronger of the two responses. A slanted edge gives some of both, and both count.",
            "how strong is an edge of 3 across and 4 down?",
        ),
        Misconception(
            "the same kernel twice",
            lambda images: np.sqrt(2) * np.abs(responses(images)[..., 0]),
            "Both of your kernels look from left to right. The second is the transpose of the first.",
        ),
        Misconception(
            "both responses",
            edges_of(np.abs),
            "You returned the two responses, each by itself. The exercise asks for one strength for each place.",
            "which axis holds the two of them?",
        ),
        Misconception(
            "one number",
            lambda images: np.sqrt(np.sum(responses(images) ** 2)),
            "You summed over everything. The exercise asks for a strength for each place: sum over the two responses alone.",
            "which axis holds the two of them?",
        ),
        Misconception(
            "signed responses",
            responses,
            "You returned the two responses as they are. Square them, sum over the last axis, take the root.",
        ),
        *ways(
            "an axis is missing",
            "`conv2d` was given something with three axes. Images are (n, height, width, channels), kernels (3, 3, channels in, channels out), even where there is one channel only.",
            "which of the two has three axes, and where is the one of size 1 missing?",
            lambda images: np.sqrt(np.sum(conv2d(images, KERNELS) ** 2, axis=-1)),
            lambda images: np.sqrt(np.sum(conv2d(images[..., np.newaxis], KERNELS[:, :, 0]) ** 2, axis=-1)),
        ),
        Misconception(
            "root of the size of the sum",
            edges_of(lambda seen: np.sqrt(np.abs(seen.sum(axis=3)))),
            "You took the root of the sum of the responses. Square each of them first.",
        ),
    ],
)
