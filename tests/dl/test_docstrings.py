"""The programs in dl's docstrings run."""

import inspect
import re
import textwrap

import numpy as np
import pytest

import revgraph.core as rc
from revgraph import dl

WITH_PROGRAMS = {
    "dl": dl,
    "dl.Layer": dl.Layer,
    "dl.gpt": dl.gpt,
    "dl.callbacks": dl.callbacks,
    "dl.callbacks.invoked_when": dl.callbacks.invoked_when,
    "rc.warmup_cosine": rc.warmup_cosine,
}
BLOCK = re.compile(r"(?:^ {4}.*\n(?:^\n(?= {4}))?)+", re.M)
rng = np.random.default_rng(0)


def programs(documented):
    doc = inspect.getdoc(documented) + "\n"
    if documented is dl:  # all of it, below the first line
        return [doc.split("\n\n", 1)[1]]
    return [textwrap.dedent(block) for block in BLOCK.findall(doc)]


@pytest.mark.parametrize("name", WITH_PROGRAMS)
def test_a_program_in_a_docstring_runs(name):
    found = programs(WITH_PROGRAMS[name])
    assert found
    given = {
        "dl": dl,
        "rc": rc,
        "np": np,
        "x": rng.normal(size=(20, 784)),
        "y": np.eye(10)[rng.integers(0, 10, 20)],
    }
    made = given.copy()
    for program in found:
        exec(program, made)
    callbacks = [made[name]() for name in ("shout", "enough") if name in made]
    layers = [made["scale"]()] if "scale" in made else []
    if callbacks or layers:
        net = dl.sequential(dl.inputs(784), *layers, dl.dense(10))
        model = dl.Model(net, "mean_squared_error", "sgd").compile()
        model.fit(given["x"], given["y"], epochs=2, callbacks=callbacks)
        assert len(model.weights) == 2 + len(layers)
