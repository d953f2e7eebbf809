"""What the exercises of chapter 13 share."""

from revgraph.checks.chapters.common import Array

Gradients = tuple[Array, Array, Array]  # of x, gamma and beta
