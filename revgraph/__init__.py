"""Rebuild a deep-learning library piece by piece, judged against this reference.

``revgraph.core`` builds computational graphs with reverse-mode autodiff, ``revgraph.dl`` is a Keras-like
library on top of it, ``revgraph.dagnet`` a scalar autodiff engine.
"""

__version__ = "0.1.0"
