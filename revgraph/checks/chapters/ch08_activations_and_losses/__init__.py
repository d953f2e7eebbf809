"""Chapter 08: from scores to probabilities to a loss, whatever the size of the scores."""

from revgraph.checks.chapters.ch08_activations_and_losses.cross_entropy import CROSS_ENTROPY
from revgraph.checks.chapters.ch08_activations_and_losses.cross_entropy_vjp import CROSS_ENTROPY_VJP
from revgraph.checks.chapters.ch08_activations_and_losses.hinge_vjp import HINGE_VJP
from revgraph.checks.chapters.ch08_activations_and_losses.log_softmax import LOG_SOFTMAX
from revgraph.checks.chapters.ch08_activations_and_losses.logsumexp import LOGSUMEXP
from revgraph.checks.chapters.ch08_activations_and_losses.sigmoid import SIGMOID
from revgraph.checks.chapters.ch08_activations_and_losses.softmax import SOFTMAX
from revgraph.checks.chapters.ch08_activations_and_losses.softmax_vjp import SOFTMAX_VJP

EXERCISES = [
    SIGMOID,
    LOGSUMEXP,
    SOFTMAX,
    SOFTMAX_VJP,
    LOG_SOFTMAX,
    CROSS_ENTROPY,
    CROSS_ENTROPY_VJP,
    HINGE_VJP,
]
