"""The panel of a verdict: what it shows, that it needs no colors, and that its inputs can be copied."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from revgraph.checks import Exercise, case, exercises, panel
from revgraph.checks.panel import as_code
from revgraph.checks.same import same_data


def shown(candidate, reference, *arguments):
    """The panel of an exercise of one case, as a tree."""
    exercise = Exercise("f", points=1, reference=reference, cases=lambda rng: [case(*arguments)])
    html = exercise.judge(candidate)._repr_mimebundle_()["text/html"]
    return ElementTree.fromstring(html.replace("&nbsp;", " "))


def grid(tree, name):
    (table,) = (t for t in tree.iter("table") if t.get("aria-label", "").startswith(name))
    return [["".join(cell.itertext()) for cell in row] for row in table.iter("tr")]


def test_arrays_stand_side_by_side_and_each_differing_entry_is_marked_in_words():
    def last_two_wrong(x):
        return x + np.array([[0, 0, 0], [0, 0.5, 1]])

    tree = shown(last_two_wrong, lambda x: x, np.arange(6.0).reshape(2, 3))
    assert grid(tree, "yours") == [["", "0", "1", "2"], ["0", "0", "1", "2"], ["1", "3", "≠ 4.5", "≠ 6"]]
    assert grid(tree, "expected") == [["", "0", "1", "2"], ["0", "0", "1", "2"], ["1", "3", "4", "5"]]
    assert [mark.text for mark in tree.iter("mark")] == ["≠ 4.5", "≠ 6", "4", "5"]
    assert {header.get("scope") for header in tree.iter("th")} == {"col", "row"}


def test_of_a_large_array_the_first_difference_is_shown_with_its_indices():
    def one_wrong(x):
        x = x.copy()
        x[1, 30, 20] = -1
        return x

    tree = shown(one_wrong, lambda x: x, np.zeros((2, 40, 50)))
    (label,) = (
        t.get("aria-label") for t in tree.iter("table") if t.get("aria-label", "").startswith("yours")
    )
    assert label == "yours: shape (2, 40, 50), at [1]; 1 of 4000 differ"
    rows = grid(tree, "yours")
    assert rows[0] == ["", "19", "20", "21", "22", "23", "24"]
    assert rows[2] == ["30", "0", "≠ -1", "0", "0", "0", "0"]
    assert len(rows) == 1 + panel.ROWS


def test_of_another_shape_each_side_has_its_own():
    tree = shown(lambda x: x[0], lambda x: x, np.ones((2, 3)))
    assert [len(grid(tree, name)) for name in ("yours", "expected")] == [2, 3]
    assert not list(tree.iter("mark"))


def test_a_number_and_an_array_are_told_in_words():
    tree = shown(lambda x: 1.0, lambda x: x, np.ones((2, 3)))
    words = [" ".join(row.itertext()) for row in tree.iter("tr")]
    assert words == [
        "called with x=[[1, 1, 1], [1, 1, 1]]",
        "yours 1",
        "expected shape (2, 3)  1  1  1  1  1  1",
    ]


def test_a_pass_is_one_line():
    tree = shown(lambda x: x, lambda x: x, np.ones(2))
    assert " ".join("".join(tree.itertext()).split()) == "Passed f: all 1 cases pass, 1 points"


def test_the_title_is_there_for_a_screen_reader_and_counts_what_ticks_and_crosses_show():
    verdict = exercises()["unbroadcast"].judge(lambda g, shape: np.zeros(shape))
    html = verdict._repr_mimebundle_()["text/html"]
    ticks = re.search('<span aria-hidden="true"[^>]*>&nbsp; ([✓✗]+)</span>', html)[1]
    assert [tick == "✓" for tick in ticks] == list(verdict.cases)
    title = f"unbroadcast: {sum(verdict.cases)} of {len(verdict.cases)} cases pass"
    assert f'role="status" aria-label="Not yet: {title}"' in html


def test_ticks_are_left_out_where_all_pass_and_where_they_are_too_many():
    def crosses(cases, wrong):
        exercise = Exercise(
            "f", points=1, reference=lambda x: x, cases=lambda rng: [case(float(x)) for x in range(cases)]
        )
        html = exercise.judge(lambda x: x + (x == wrong))._repr_mimebundle_()["text/html"]
        return [len(ticks) for ticks in re.findall("[✓✗]+", html)]

    assert crosses(panel.TICKS, 1) == [panel.TICKS]
    assert crosses(panel.TICKS, -1) == []
    assert crosses(panel.TICKS + 1, 1) == []


def test_copied_inputs_are_the_inputs():
    copied = 0
    for exercise in exercises().values():
        for one in exercise.cases(np.random.default_rng(0)):
            if code := as_code(one, exercise.argument_names()):
                variables = {"np": np}
                exec(code, variables)
                values = [value for name, value in variables.items() if name not in ("np", "__builtins__")]
                assert same_data(values, [*one.args, *one.kwargs.values()]), code
                copied += 1
    assert copied > 400


def luminance(color):
    """Relative luminance as WCAG 2 defines it."""
    parts = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("color", [panel.GREEN, panel.ORANGE])
def test_text_is_told_from_its_ground(color):
    assert contrast(color, "#ffffff") >= 4.5


@pytest.mark.parametrize("page", ["#ffffff", "#111111"])  # JupyterLab's, light and dark
@pytest.mark.parametrize("color", panel.BORDERS.values())
def test_the_border_is_told_from_the_page(color, page):
    assert contrast(color, page) >= 3
