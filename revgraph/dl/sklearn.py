"""A revgraph network as a scikit-learn estimator, for pipelines, cross-validation and grid search.

    from revgraph.dl.sklearn import Classifier
    cross_val_score(make_pipeline(StandardScaler(), Classifier(epochs=30)), x, y)

Both estimators take ``epochs``, ``batch_size`` and ``verbose`` as `Model.fit` does, and

    build          ``build(n_inputs, n_outputs)`` gives the network, with a linear last layer
    optimizer      a name or an optimizer
    learning_rate  of an optimizer that is named; None for its own
    random_state   makes a fit repeatable: weights, order of the batches

Needs scikit-learn 1.6 or newer, which ``import revgraph.dl`` does not.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, check_random_state, validate_data

from revgraph.core.optimizers import require_setting
from revgraph.dl.layers.base import Layer
from revgraph.dl.layers.basic import dense, inputs
from revgraph.dl.layers.sequential import sequential
from revgraph.dl.losses import mean_squared_error, sparse_categorical_cross_entropy
from revgraph.dl.model import Model
from revgraph.dl.optimizers import optimizer_by
from revgraph.dl.randomness import seeded

Build = Callable[[int, int], Layer]


def one_hidden_layer(n_inputs: int, n_outputs: int, units: int = 32) -> Layer:
    """The network both estimators build by default; its last layer is linear."""
    return sequential(inputs(n_inputs), dense(units, activation="relu"), dense(n_outputs))


class _Network(BaseEstimator):
    """What both estimators share."""

    def __init__(
        self,
        build: Build = one_hidden_layer,
        epochs: int = 100,
        batch_size: int = 32,
        optimizer: Any = "adam",
        learning_rate: float | None = 0.01,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.build = build
        self.epochs = epochs
        self.batch_size = batch_size
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.random_state = random_state
        self.verbose = verbose

    def _train(self, x: np.ndarray, y: np.ndarray, n_outputs: int, loss: Any) -> None:
        optimizer = optimizer_by(self.optimizer)
        if isinstance(self.optimizer, str | type) and self.learning_rate is not None:
            require_setting(type(self).__name__, "learning_rate", self.learning_rate)
            optimizer.lr = self.learning_rate
        with self._chance():
            self.model_ = Model(self.build(x.shape[1], n_outputs), loss, optimizer).compile()
            found = self.model_.output.shape
            if found is not None and found[1:] != (n_outputs,):
                raise ValueError(
                    f"build gave a network whose output has shape {found}; {n_outputs} outputs are needed. "
                    "Next: build(n_inputs, n_outputs) ends in a layer of n_outputs."
                )
            self.history_ = self.model_.fit(x, y, self.epochs, self.batch_size, verbose=self.verbose)
        self.n_iter_ = self.epochs

    def _chance(self) -> AbstractContextManager[None]:
        """What makes weights and batches random: ``random_state``, or else what ``dl.seed`` says."""
        if self.random_state is None:
            return nullcontext()
        return seeded(int(check_random_state(self.random_state).randint(2**31)))

    def _outputs(self, x: Any) -> np.ndarray:
        check_is_fitted(self)
        found = self.model_.predict(validate_data(self, x, reset=False))
        if np.isnan(found).any():
            raise ValueError(
                "the network predicts nan: its training went out of bounds. "
                "Next: an optimizer with a smaller learning rate, and fit again."
            )
        return found

    def __getstate__(self) -> dict[str, Any]:
        """The network goes through dill, so that estimators pickle although networks hold lambdas."""
        import dill

        state = dict(super().__getstate__())
        return {k: dill.dumps(v, recurse=True) if k == "model_" else v for k, v in state.items()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        import dill

        super().__setstate__({k: dill.loads(v) if k == "model_" else v for k, v in state.items()})


class Classifier(ClassifierMixin, _Network):
    """A network that classifies: softmax cross-entropy over the classes found in y."""

    def fit(self, X: Any, y: Any) -> Classifier:
        X, y = validate_data(self, X, y)
        check_classification_targets(y)
        self.classes_, indices = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"Classifier can't train when only one class is present: {self.classes_[0]!r}")
        loss = sparse_categorical_cross_entropy(fold="mean", from_logits=True)
        self._train(X, indices, len(self.classes_), loss)
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """(n, classes): each row sums to 1, columns in the order of ``classes_``."""
        scores = self._outputs(X)
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    def predict(self, X: Any) -> np.ndarray:
        best = self._outputs(X).argmax(axis=1)
        return self.classes_[best]


class Regressor(RegressorMixin, _Network):
    """A network that predicts numbers: mean squared error, on targets scaled to spread 1."""

    def fit(self, X: Any, y: Any) -> Regressor:
        X, y = validate_data(self, X, y, multi_output=True, y_numeric=True)
        self._one_column = y.ndim == 1
        columns = y.reshape(len(y), -1).astype(float)
        self.center_, spread = columns.mean(axis=0), columns.std(axis=0)
        self.spread_ = np.where(spread > 0, spread, 1.0)
        targets = (columns - self.center_) / self.spread_
        self._train(X, targets, columns.shape[1], mean_squared_error(fold="mean"))
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def predict(self, X: Any) -> np.ndarray:
        out = self._outputs(X) * self.spread_ + self.center_
        return out[:, 0] if self._one_column else out
