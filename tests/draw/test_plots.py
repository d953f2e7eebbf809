import base64
import io
import re

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex
from PIL import Image

from revgraph import draw
from revgraph.draw.plots import COLORS

matplotlib.use("Agg")

X = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])


@pytest.fixture
def ax():
    figure, axes = plt.subplots()
    yield axes
    plt.close(figure)


def color_at(ax, x, y):
    """The region's color at a point of the plot."""
    ax.set_axis_off()
    ax.figure.canvas.draw()
    pixels = np.asarray(ax.figure.canvas.buffer_rgba())
    column, row = ax.transData.transform((x, y)).astype(int)
    return pixels[pixels.shape[0] - 1 - row, column, :3]


def nearest(color):
    hues = [np.array(matplotlib.colors.to_rgb(c)) * 0.22 + 0.78 for c in COLORS]
    return int(np.argmin([np.abs(hue - color / 255).max() for hue in hues]))


def test_two_classes_meet_where_the_score_is_level(ax):
    assert draw.decision_boundary(lambda p: p[:, 0], X, [0, 1, 0, 1], ax=ax, level=0.5) is ax
    border = ax.collections[1].get_paths()[0].vertices
    assert border[:, 0] == pytest.approx(0.5)
    assert [nearest(color_at(ax, x, 0.5)) for x in (0.3, 0.7)] == [0, 1]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["0", "1"]
    points = [collection for collection in ax.collections if len(collection.get_offsets()) == 2]
    assert [to_hex(p.get_facecolor()[0]) for p in points] == list(COLORS[:2])
    assert [p.get_offsets().tolist() for p in points] == [X[[0, 2]].tolist(), X[[1, 3]].tolist()]


def test_the_largest_of_several_scores_wins(ax):
    def predict(p):
        return np.stack([0.5 - p[:, 0], p[:, 0] - 0.5, 3 * (p[:, 1] - 0.8)], axis=1)

    draw.decision_boundary(predict, X, [0, 1, 2, 2], ax=ax)
    assert [nearest(color_at(ax, *p)) for p in ((0.1, 0.2), (0.9, 0.2), (0.5, 1.0))] == [0, 1, 2]


def test_two_scores_meet_in_a_smooth_line(ax):
    draw.decision_boundary(lambda p: np.stack([p[:, 0], p[:, 1]], axis=1), X, [0, 1, 0, 1], ax=ax)
    border = ax.collections[1].get_paths()[0].vertices
    assert border[:, 0] == pytest.approx(border[:, 1])


def test_a_model_that_gives_one_answer_everywhere_is_drawn(ax):
    draw.decision_boundary(lambda p: -np.ones(len(p)), X, [-1, 1, -1, 1], ax=ax)
    assert nearest(color_at(ax, 0.5, 0.5)) == 0


def test_rows_of_the_confusion_matrix_are_the_true_classes(ax):
    true = np.array([0, 0, 0, 1, 2, 2])
    predicted = np.eye(3)[[0, 1, 1, 1, 2, 0]]
    draw.confusion_matrix(true, predicted, ax=ax, names=["a", "b", "c"])
    assert [int(text.get_text()) for text in ax.texts] == [1, 2, 0, 0, 1, 0, 1, 0, 1]
    assert ax.get_title() == "3 of 6 right"
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b", "c"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted", "true")


PATHS = {"sgd": [[0.0, 0.0], [1.0, 0.5], [2.0, 1.0]], "lost": [[0.0, 0.0], [np.inf, np.nan]]}


def bowl(x, y):
    return (x - 2) ** 2 + 3 * (y - 1) ** 2


def test_descent_draws_each_path_on_one_map(ax):
    draw.descent(bowl, PATHS, ax=ax)
    assert [line.get_label() for line in ax.lines] == ["sgd", "lost"]
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), PATHS["sgd"])
    assert ax.get_xlim() == pytest.approx((-0.24, 2.24))
    draw.descent(bowl, PATHS, ax=ax, bounds=((-1, 3), (-2, 2)))
    assert (ax.get_xlim(), ax.get_ylim()) == ((-1, 3), (-2, 2))


def test_descent_frames_step_together_and_end_with_the_longest_path():
    frames = draw.descent_frames(bowl, PATHS)
    assert [frame.title for frame in frames] == ["Step 0 of 2", "Step 1 of 2", "Step 2 of 2"]
    assert frames[1].rows == (("sgd", "1", "0.5", "1.75"), ("lost", "inf", "nan", "nan"))
    assert frames[2].svg.count("<circle") == 2
    assert [frame.title for frame in draw.descent_frames(bowl, {"a": np.ones((50, 2))}, frames=3)] == [
        "Step 0 of 49",
        "Step 24 of 49",
        "Step 49 of 49",
    ]


def test_descent_frames_put_a_point_where_the_map_has_it():
    frame = draw.descent_frames(bowl, {"a": [[2.0, 1.0]]}, bounds=((1, 5), (0, 4)))[0]
    x, y, width, height = map(float, re.search('<svg x="[^>]*viewBox="([^"]*)"', frame.svg)[1].split())
    spot = [float(re.search(f'<circle [^>]*{c}="([^"]*)"', frame.svg)[1]) for c in ("cx", "cy")]
    assert spot == pytest.approx([x + width / 4, y + height * 3 / 4], abs=1)
    image = Image.open(io.BytesIO(base64.b64decode(re.search('base64,([^"]*)', frame.svg)[1]))).convert("L")
    corners = [(x, y), (x + width, y), (x, y + height)]
    assert all(image.getpixel(corner) < 120 for corner in corners)


def test_without_ax_a_figure_is_made():
    axes = draw.confusion_matrix([0, 1], [0, 1])
    assert axes.figure.number in plt.get_fignums()
    plt.close(axes.figure)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: draw.decision_boundary(len, np.ones((3, 4)), [1, 2, 3]), r"x is \(n, 2\) .* got \(3, 4\)"),
        (lambda: draw.confusion_matrix([0, 1], [0]), "got 2 and 1"),
        (lambda: draw.confusion_matrix([0.5, 1], [0, 1]), "classes are integers .* float64"),
        (
            lambda: draw.confusion_matrix([0, 1], [[0.5], [1]]),
            r"float64 of shape \(2, 1\). Next: \(y > 0.5\)",
        ),
        (lambda: draw.confusion_matrix([0, 1], [[0, 1], [np.nan, 1]]), "row 1 holds nan"),
        (lambda: draw.confusion_matrix([0, 2], [0, 1], names="ab"), "2 names, but a class 2"),
        (lambda: draw.descent(bowl, {"sgd": [1, 2, 3]}), r"sgd has shape \(3,\)"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_class_has_the_color_of_its_region_also_where_another_is_missing(ax):
    draw.decision_boundary(lambda p: np.tile([3.0, 1.0, 0.0], (len(p), 1)), X, [0, 2, 0, 2], ax=ax)
    points = [collection for collection in ax.collections if len(collection.get_offsets()) == 2]
    assert [to_hex(p.get_facecolor()[0]) for p in points] == [COLORS[0], COLORS[2]]


@pytest.mark.parametrize("predicted", [[[1], [0], [1]], [1, 0, 1]], ids=["a column", "a row"])
def test_a_column_of_classes_is_as_good_as_a_row_of_them(ax, predicted):
    drawn = draw.confusion_matrix(np.array([[0], [1], [1]]), np.array(predicted), ax)
    assert drawn.get_title() == "1 of 3 right"
