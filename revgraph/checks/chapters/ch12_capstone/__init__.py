"""Chapter 12: a convolutional network of the learner's own pieces, and the questions asked before it is trained.

The network is written once, for any engine: it is handed its operations. The judge hands it its own, which
compute at once; what goes wrong in a layer is told in words.
"""

from revgraph.checks.chapters.ch12_capstone.cnn import CNN
from revgraph.checks.chapters.ch12_capstone.edge_filter import EDGE_FILTER
from revgraph.checks.chapters.ch12_capstone.initial_loss import INITIAL_LOSS
from revgraph.checks.chapters.ch12_capstone.overfit import OVERFIT
from revgraph.checks.chapters.ch12_capstone.train import TRAIN
from revgraph.checks.chapters.ch12_capstone.your_own_op import YOUR_OWN_OP

EXERCISES = [EDGE_FILTER, INITIAL_LOSS, OVERFIT, CNN, TRAIN, YOUR_OWN_OP]
