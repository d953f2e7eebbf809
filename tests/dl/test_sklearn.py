"""Networks as scikit-learn estimators."""

import warnings

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_iris
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from revgraph import dl
from revgraph.dl.sklearn import Classifier, Regressor


@parametrize_with_checks([Classifier(epochs=40), Regressor(epochs=40)])
def test_scikit_learns_own_checks(estimator, check):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the checks feed absurd data on purpose
        check(estimator)


def test_in_a_pipeline_and_cross_validated():
    x, y = load_iris(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    pipeline = make_pipeline(StandardScaler(), Classifier(epochs=20, random_state=0))
    scores = cross_val_score(pipeline, x, names, cv=3)
    assert scores.mean() > 0.93
    probabilities = pipeline.fit(x, names).predict_proba(x)
    assert np.allclose(probabilities.sum(axis=1), 1)


def test_a_regressor_beats_the_mean():
    x, y = load_diabetes(return_X_y=True)
    scores = cross_val_score(Regressor(epochs=30, random_state=0), x, y, cv=3)
    assert scores.mean() > 0.4


def test_grid_search_varies_its_parameters():
    x, y = load_iris(return_X_y=True)
    search = GridSearchCV(Classifier(random_state=0), {"epochs": [1, 30]}, cv=3).fit(x, y)
    assert search.best_params_ == {"epochs": 30}


def test_the_same_random_state_gives_the_same_network():
    x, y = load_iris(return_X_y=True)
    first, second = (Classifier(epochs=3, random_state=7).fit(x, y).predict_proba(x) for _ in range(2))
    assert np.array_equal(first, second)


def test_what_would_train_something_else_is_an_error():
    x, y = np.arange(12.0).reshape(6, 2), [0, 1] * 3
    for rate, error in ((-0.1, ValueError), ("0.1", TypeError)):
        with pytest.raises(error, match="Classifier: learning_rate is a number"):
            Classifier(learning_rate=rate).fit(x, y)

    def probabilities(n_inputs, n_outputs):
        return dl.sequential(dl.inputs(n_inputs), dl.dense(n_outputs, activation="softmax"))

    with pytest.raises(ValueError, match="last layer without activation"):
        Classifier(probabilities).fit(x, y)
    by_class = Classifier(optimizer=dl.adam, learning_rate=0.25, epochs=1).fit(x, y)
    assert by_class.model_.optimizer.lr == 0.25


def test_one_class_is_not_enough():
    with pytest.raises(ValueError, match="only one class"):
        Classifier().fit(np.ones((4, 2)), np.zeros(4))


@pytest.mark.filterwarnings("ignore:the loss became:RuntimeWarning", "ignore:overflow:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("estimator", [Classifier, Regressor])
def test_a_network_that_predicts_nan_gives_no_answer(estimator):
    x = np.random.default_rng(0).normal(size=(20, 3))
    lost = estimator(optimizer=dl.sgd(lr=1e300), epochs=3).fit(x, np.arange(20) % 2)
    with pytest.raises(ValueError, match="the network predicts nan"):
        lost.predict(x)
