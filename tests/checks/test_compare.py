"""What counts as the same answer."""

import numpy as np
import pytest

from revgraph.checks.compare import Tolerance, difference
from revgraph.checks.same import SMALL, same_data

ROW = np.array([1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (ROW, ROW + 1e-12),
        (np.array(2.0), np.float64(2.0)),
        (np.array([np.nan, np.inf]), np.array([np.nan, np.inf])),
        (2.5, np.array(2.5)),
        (2.0, 2),
        (3, np.int64(3)),
        (True, np.True_),
        ((ROW, ROW), [ROW, ROW]),
        ((2, 3), (2, 3)),
        ((2, 3), [2, 3]),
        ([2, 3], (2, 3)),
        ([(1, 2), 3], ([1, 2], 3)),
        ({"a": ROW}, {"a": ROW.copy()}),
        (None, None),
        ("word", "word"),
    ],
)
def test_the_same(expected, got):
    assert difference(expected, got, Tolerance()) is None


NEAR = [0.0, -0.0, 1.0, 1 + 5e-8, 1 + 2e-7, 1e-10, 1e-9, 2e-9, 1 / 3, 1e308, -1e308, 5e-324]
NEAR += [np.inf, -np.inf, np.nan, 1 + 0j, 1 + 1e-8j, complex(np.nan, 0), complex(np.inf, 1)]
NEAR += [np.float32(1.1), np.float64(1.1), np.float16(1.1), np.longdouble(1) / 3, np.array(1.1)]
NEAR += [3, np.int8(3), np.uint64(2**63)]


@pytest.mark.parametrize("expected", NEAR[:-4], ids=repr)
def test_a_number_is_as_close_as_numpy_says(expected):
    for got in NEAR:
        number = np.asarray(got, complex if np.iscomplexobj(got) else float)
        with np.errstate(all="ignore"):
            close = np.isclose(number, expected, rtol=1e-7, atol=1e-9, equal_nan=True)
        assert (difference(expected, got, Tolerance()) is None) == close, got


@pytest.mark.parametrize(
    ("expected", "got", "kind"),
    [
        (ROW, ROW + 1e-6, "value"),
        (ROW, ROW[None], "shape"),
        (ROW, ROW.astype("float32"), "dtype"),
        (ROW, [1.0, 2.0, 3.0], "type"),
        (ROW, None, "type"),
        (np.array([np.nan]), np.array([0.0]), "value"),
        (np.arange(3), np.array([0, 1, 3]), "value"),
        (2.5, np.array([2.5]), "shape"),
        (2.5, "2.5", "type"),
        (1.0, True, "type"),
        (3, 3.0, "dtype"),
        (True, 1, "type"),
        ((2, 3), (2, 3, 4), "length"),
        ((2, 3), (2, 4), "value"),
        ({"a": 1}, {"b": 1}, "length"),
        ("word", "words", "value"),
    ],
)
def test_not_the_same(expected, got, kind):
    assert difference(expected, got, Tolerance()).kind == kind


def test_all_differing_entries_are_found():
    found = difference(np.zeros((2, 3)), np.array([[0, 1.0, 0], [0, 0, 2.0]]), Tolerance())
    assert found.entries == ((0, 1), (1, 2))


def test_the_path_leads_to_the_difference():
    found = difference((ROW, {"b": ROW}), (ROW, {"b": -ROW}), Tolerance())
    assert found.path == (1, "b")


ENTRIES = {  # of every kind of array: pairs that may or may not be equal, among them those that equal nothing
    "?": (True, False),
    "i8": (1, -1),
    "u1": (1, 255),
    "f2": (0.0, -0.0, np.nan, np.inf, 1.0),
    "f4": (0.0, -0.0, np.nan, 1.0, 1.0 + 1e-7),
    "f8": (0.0, -0.0, np.nan, 1.0, 1.0 + 1e-12, 1.0 + 1e-3),
    "c16": (0.0, np.nan, 1j, complex(np.nan, 1)),
    "M8[s]": (0, 1, "NaT"),
    "m8[s]": (0, 1, "NaT"),
    "S2": (b"a", b"ab"),
    "U2": ("a", "ab"),
    "O": (1, 1.0, "a", None, np.nan),
}


@pytest.mark.parametrize("dtype", ENTRIES)
def test_no_verdict_depends_on_how_many_entries_an_array_has(dtype):
    def judged(n, one, other):
        a, b = (np.array([entry] * n, dtype) for entry in (one, other))
        return difference(a, b, Tolerance()) is None, same_data(a, b)

    many = SMALL // np.dtype(dtype).itemsize + 1
    for one in ENTRIES[dtype]:
        for other in ENTRIES[dtype]:
            assert judged(2, one, other) == judged(many, one, other), (one, other)
