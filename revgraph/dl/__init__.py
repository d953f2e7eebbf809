"""A Keras-like deep-learning library on revgraph.core.

model = dl.Model(
    model=dl.sequential(dl.inputs(784), dl.dense(100, activation="tanh"), dl.dense(10, activation="softmax")),
    loss=dl.categorical_cross_entropy(),
    optimizer=dl.adam(lr=0.005),
    metrics={"Accuracy": dl.categorical_accuracy()},
)
model.compile()
history = model.fit(x, y, epochs=10, batch_size=100)
"""

from revgraph.core import adadelta, adagrad, adam, adamw, clip_by_norm, rmsprop, sgd, warmup_cosine
from revgraph.core.pickling import pickle_by_name
from revgraph.dl import callbacks
from revgraph.dl.activations import gelu, leaky_relu, linear, relu, sigmoid, softmax, softplus, tanh
from revgraph.dl.history import History
from revgraph.dl.initializers import (
    const,
    glorot_normal,
    glorot_uniform,
    he_normal,
    he_uniform,
    ones,
    random_normal,
    random_uniform,
    zeros,
)
from revgraph.dl.layers.attention import embedding, gpt, multi_head_attention, transformer_block
from revgraph.dl.layers.base import Layer, Pass
from revgraph.dl.layers.basic import dense, dropout, flatten, inputs, reshape, transform
from revgraph.dl.layers.conv import avg_pool2d, conv1d, conv2d, max_pool2d
from revgraph.dl.layers.merge import add, concatenate
from revgraph.dl.layers.normalization import batch_norm, layer_norm
from revgraph.dl.layers.sequential import sequential
from revgraph.dl.losses import (
    Loss,
    binary_cross_entropy,
    categorical_cross_entropy,
    hinge,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
    sparse_categorical_cross_entropy,
    squared_hinge,
)
from revgraph.dl.metrics import binary_accuracy, categorical_accuracy, sparse_categorical_accuracy
from revgraph.dl.model import Model, NotCompiled
from revgraph.dl.randomness import seed
from revgraph.dl.regularizers import l1, l1_l2, l2

__all__ = [
    "History", "Layer", "Loss", "Model", "NotCompiled", "Pass", "adadelta", "adagrad", "adam", "adamw",
    "add", "avg_pool2d", "batch_norm", "binary_accuracy", "binary_cross_entropy", "callbacks",
    "categorical_accuracy", "categorical_cross_entropy", "clip_by_norm", "concatenate", "const", "conv1d",
    "conv2d", "dense", "dropout", "embedding", "flatten", "gelu", "glorot_normal", "glorot_uniform",
    "gpt", "he_normal", "he_uniform", "hinge", "inputs", "kl_divergence", "l1", "l1_l2", "l2",
    "layer_norm", "leaky_relu", "linear", "log_cosh", "max_pool2d", "mean_absolute_error",
    "mean_absolute_percentage_error", "mean_squared_error", "mean_squared_logarithmic_error",
    "multi_head_attention", "ones", "poisson", "random_normal", "random_uniform", "relu", "reshape",
    "rmsprop", "seed", "sequential", "sgd", "sigmoid", "softmax", "softplus",
    "sparse_categorical_accuracy", "sparse_categorical_cross_entropy", "squared_hinge", "tanh",
    "transform", "transformer_block", "warmup_cosine", "zeros",
]  # fmt: skip

pickle_by_name("revgraph")  # what a network's functions name, dl and what lies around it
