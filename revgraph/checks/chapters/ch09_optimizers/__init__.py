"""Chapter 09: from plain descent to Adam. Every rule writes into its parameter."""

from revgraph.checks.chapters.ch09_optimizers.adadelta import ADADELTA
from revgraph.checks.chapters.ch09_optimizers.adagrad import ADAGRAD
from revgraph.checks.chapters.ch09_optimizers.adam import ADAM
from revgraph.checks.chapters.ch09_optimizers.amsgrad import AMSGRAD
from revgraph.checks.chapters.ch09_optimizers.momentum import MOMENTUM
from revgraph.checks.chapters.ch09_optimizers.nesterov import NESTEROV
from revgraph.checks.chapters.ch09_optimizers.rmsprop import RMSPROP
from revgraph.checks.chapters.ch09_optimizers.sgd import SGD

EXERCISES = [SGD, MOMENTUM, NESTEROV, ADAGRAD, RMSPROP, ADADELTA, ADAM, AMSGRAD]
