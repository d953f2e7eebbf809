"""Chapter 10: layers, and the loop that trains them. What is random is judged by its properties."""

from revgraph.checks.chapters.ch10_layers_and_models.batches import BATCHES
from revgraph.checks.chapters.ch10_layers_and_models.categorical_accuracy import CATEGORICAL_ACCURACY
from revgraph.checks.chapters.ch10_layers_and_models.dense import DENSE
from revgraph.checks.chapters.ch10_layers_and_models.dense_vjp import DENSE_VJP
from revgraph.checks.chapters.ch10_layers_and_models.dropout import DROPOUT
from revgraph.checks.chapters.ch10_layers_and_models.fit import FIT
from revgraph.checks.chapters.ch10_layers_and_models.glorot_uniform import GLOROT_UNIFORM
from revgraph.checks.chapters.ch10_layers_and_models.l1_l2 import L1_L2

EXERCISES = [GLOROT_UNIFORM, DENSE, DENSE_VJP, L1_L2, DROPOUT, BATCHES, CATEGORICAL_ACCURACY, FIT]
