import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

import revgraph.core as rc
from revgraph import dl
from revgraph.dagnet import Value, draw_dot

TEXT = "{http://www.w3.org/2000/svg}text"


@pytest.fixture
def net():
    x = rc.placeholder("x", (None, 3))
    w, v = rc.variable(np.ones((3, 4)), name="w"), rc.variable(np.ones((4, 2)), name="v")
    hidden = rc.tanh(x @ w)
    out = hidden @ v
    return {"x": x, "w": w, "v": v, "hidden": hidden, "out": out, "loss": rc.sum((out - 1) ** 2, axis=0)}


def fields(picture, kind):
    return [node.fields for node in picture.graph.nodes if node.kind == kind]


def arrows(picture, kind="forward"):
    names = {node.id: node.fields[0] for node in picture.graph.nodes}
    return [(names[e.source], names[e.target]) for e in picture.graph.edges if e.kind == kind]


def test_nodes_say_name_operation_shape_and_dtype(net):
    picture = rc.draw_graph(net["loss"])
    assert fields(picture, "placeholder") == [("x", "(?, 3) float64")]
    assert fields(picture, "variable") == [("w", "(3, 4) float64"), ("v", "(4, 2) float64")]
    assert fields(picture, "constant") == [("1",), ("2",)]
    assert fields(picture, "tensor")[-1] == ("sum(axis=0)", "(2,) float64")
    assert ("x", "matmul") in arrows(picture)
    assert ("2", "pow") in arrows(picture)
    assert [kind for kind, _ in picture.graph.legend] == ["placeholder", "variable", "constant", "tensor"]


def test_a_node_used_twice_has_two_arrows():
    x = rc.variable(2.0, name="x")
    assert arrows(rc.draw_graph(x * x)) == [("x", "mul")] * 2


def test_a_number_worked_out_beforehand_is_one_node():
    x = rc.variable(2.0, name="x")
    picture = rc.draw_graph(x ** (rc.constant(2.0) + 1))
    assert arrows(picture) == [("x", "pow"), ("3", "pow")]


def derivatives(picture):
    return {f[0] for f in fields(picture, "gradient") if f[0].startswith("∂")}


def test_the_gradient_graph_has_a_color_of_its_own(net):
    picture = rc.draw_graph(net["loss"], gradients=True)
    assert derivatives(picture) == {"∂/∂w = matmul", "∂/∂v = matmul"}
    assert arrows(picture) == arrows(rc.draw_graph(net["loss"]))
    assert ("transpose", "∂/∂w = matmul") in arrows(picture, "gradient")
    assert derivatives(rc.draw_graph(net["loss"], gradients=[net["x"]])) == {"∂/∂x = matmul"}


def test_gradients_that_are_one_node_are_named_together():
    a, b = rc.variable(np.ones(3), name="a"), rc.variable(np.ones(3))
    assert derivatives(rc.draw_graph(rc.exp(a + b), gradients=True)) == {"∂/∂a, ∂/∂variable = mul"}


def test_layers_are_framed_and_fold_up_by_depth():
    class block(dl.dense):
        """A layer within a layer."""

        def call(self, phase, x):
            return self.inner.run(phase, super().call(phase, x))

    outer = block(4, name="block", activation="tanh")
    outer.inner = dl.dense(2, name="inner")
    x = dl.inputs(3, name="x")()
    out = outer(x)
    loss = rc.sum(out)
    groups = {n.fields[0]: n.group for n in rc.draw_graph(loss).graph.nodes}
    assert groups["block_kernel"] == groups["tanh"] == ("block",)
    assert groups["inner_kernel"] == ("block", "inner")
    assert groups["sum"] == ()
    one = rc.draw_graph(loss, depth=1)
    assert fields(one, "group") == [("inner", "(?, 2) float64")]
    assert ("tanh", "inner") in arrows(one)
    folded = rc.draw_graph(loss, depth=0)
    assert ("block", "(?, 2) float64") in fields(folded, "group")
    assert ("block", "sum") in arrows(folded)


def test_the_gradient_graph_of_a_layer_has_a_frame_of_its_own():
    x = dl.inputs(3, name="x")()
    loss = rc.sum(dl.dense(2, name="out")(dl.dense(4, name="hidden", activation="tanh")(x)))
    groups = {n.fields[0]: n.group for n in rc.draw_graph(loss, gradients=True).graph.nodes}
    assert groups["∂/∂out_kernel = matmul"] == groups["∂/∂out_bias = sum(axis=0)"] == ("∂ out",)
    assert groups["∂/∂hidden_kernel = matmul"] == groups["sub"] == ("∂ hidden",)  # 1 - tanh**2
    assert groups["broadcast_like"] == ()  # the gradient of the loss
    assert groups["out_kernel"] == ("out",)
    folded = rc.draw_graph(loss, gradients=True, depth=0)
    assert {name for name, _ in fields(folded, "gradient group")} == {"∂ out", "∂ hidden"}
    assert ("∂ out", "∂ hidden") in arrows(folded, "gradient")
    assert fields(folded, "group") == fields(rc.draw_graph(loss, depth=0), "group")


def test_a_model_is_drawn_by_its_layers():
    model = dl.Model(dl.sequential(dl.inputs(5), dl.dense(3, name="first"), dl.dense(2, name="second")))
    assert fields(model.plot(), "group") == [("first", "(?, 3) float64"), ("second", "(?, 2) float64")]
    assert ("first", "second") in arrows(model.plot())
    unfolded = model.plot(depth=None)
    assert ("first_kernel", "(5, 3) float64") in fields(unfolded, "variable")
    assert [n.group for n in unfolded.graph.nodes if n.fields[0] == "first_kernel"] == [("first",)]


def test_distance_draws_a_part(net):
    picture = rc.draw_graph(net["loss"], distance=1)
    assert [n.fields[0] for n in picture.graph.nodes] == ["pow", "sum(axis=0)"]


def test_a_large_graph_says_how_to_see_a_part():
    x = rc.variable(1.0)
    for _ in range(300):
        x = rc.sin(x)
    with pytest.raises(rc.GraphError, match=r"301 nodes.*\n.*distance=5.*depth=0.*limit=301"):
        rc.draw_graph(x)
    assert len(rc.draw_graph(x, distance=20).graph.nodes) == 21
    assert rc.draw_graph(x, limit=301).source.count("->") == 300
    assert x._repr_mimebundle_() == {"text/plain": repr(x)}


def test_a_graph_without_variables_says_what_to_name():
    with pytest.raises(rc.GraphError, match=r"gradients=\[x\]"):
        rc.draw_graph(rc.placeholder("x", ()) ** 2, gradients=True)


def test_a_notebook_shows_the_graph_and_the_repr(net):
    bundle = net["out"]._repr_mimebundle_()
    assert bundle["text/plain"] == repr(net["out"])
    assert ">matmul</text>" in bundle["image/svg+xml"]


def test_pictures_are_loaded_only_when_asked_for():
    code = "import sys, revgraph.core; print([m for m in sys.modules if m.startswith('revgraph.draw')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


NAMES = [
    "<lambda>",
    "<b>",
    "ends in \\",
    "{a|b}",
    'quo"te',
    "a&amp;b",
    "tab\t",
    "two\nlines",
    "nul\0",
    "half\ud800",
]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_any_name_is_drawn_letter_by_letter(name):
    x = rc.placeholder(name, (None, 3))
    own = rc.primitive(lambda a: a, name=name)
    y = own(dl.dense(2, name=name)(x))
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name)
    for picture in (rc.draw_graph(y), rc.draw_graph(y, depth=0), draw_dot(Value(1.0, name) * 2)):
        texts = ["".join(text.itertext()) for text in ElementTree.fromstring(picture.svg()).iter(TEXT)]
        assert any(shown in text for text in texts), texts


def test_two_layers_of_one_name_have_frames_of_their_own():
    x = dl.inputs(3)()
    y = dl.dense(2, name="same")(dl.dense(4, name="same")(x))
    groups = {node.group for node in rc.draw_graph(y).graph.nodes}
    assert groups == {(), ("same",), ("same (2)",)}
    assert len(fields(rc.draw_graph(y, depth=0), "group")) == 2
    twice = dl.dense(3, name="shared")
    assert {node.group for node in rc.draw_graph(twice(twice(x))).graph.nodes} == {(), ("shared",)}
