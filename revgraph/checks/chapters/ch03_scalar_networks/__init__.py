"""Chapter 03: neurons, layers and a network of scalar Values, and what it takes to train one."""

from revgraph.checks.chapters.ch03_scalar_networks.layer import LAYER
from revgraph.checks.chapters.ch03_scalar_networks.max_margin_loss import MAX_MARGIN_LOSS
from revgraph.checks.chapters.ch03_scalar_networks.mlp import NETWORK
from revgraph.checks.chapters.ch03_scalar_networks.neuron import NEURON
from revgraph.checks.chapters.ch03_scalar_networks.sgd_step import SGD_STEP

EXERCISES = [NEURON, LAYER, NETWORK, MAX_MARGIN_LOSS, SGD_STEP]
