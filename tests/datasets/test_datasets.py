"""Data sets: shapes, ranges, damaged files, and fetching without a network."""

import gzip
import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import sklearn.datasets

from revgraph.datasets import alice, boston_housing, california_housing, digits, mnist, moons


def idx(array):
    sizes = b"".join(int(size).to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes()


@pytest.fixture
def folder(tmp_path):
    """The four files, with a few made-up digits; two of them gzipped."""
    rng = np.random.default_rng(0)
    for part, n in (("train", 6), ("t10k", 3)):
        images = rng.integers(0, 256, (n, 28, 28))
        (tmp_path / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images)))
        (tmp_path / f"{part}-labels-idx1-ubyte").write_bytes(idx(rng.integers(0, 10, n)))
    return tmp_path


def test_mnist_from_files(folder):
    (x, y), (x_test, y_test) = mnist.load_data(folder)
    assert (x.shape, y.shape, x_test.shape, y_test.shape) == ((6, 784), (6, 10), (3, 784), (3, 10))
    assert x.dtype == y.dtype == np.float64
    assert 0 <= x.min() < x.max() <= 1
    assert np.array_equal(y.sum(axis=1), np.ones(6))
    (raw, labels), _ = mnist.load_data(folder, one_hot=False, normalize=False)
    assert np.array_equal(raw / 255, x)
    assert np.array_equal(labels, y.argmax(axis=1))


def test_mnist_as_a_dict(folder):
    (x, y), (x_test, y_test) = mnist.load_data(folder)
    found = mnist.load_data(folder, as_dict=True)
    assert found.keys() == {"train", "test"}
    for part, (a, b) in {"train": (x, y), "test": (x_test, y_test)}.items():
        assert np.array_equal(found[part]["x"], a)
        assert np.array_equal(found[part]["y"], b)


def test_boston_housing_names_what_takes_its_place():
    with pytest.raises(RuntimeError, match=r"race .* scikit-learn withdrew .* california_housing\.load_data"):
        boston_housing.load_data(as_dict=True)


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("train-images-idx3-ubyte.gz", b"\x1f\x8bnot gzip", "train-images-idx3-ubyte.gz is damaged"),
        (
            "t10k-labels-idx1-ubyte",
            idx(np.arange(3))[:-1],
            "t10k-labels-idx1-ubyte is damaged: it has 10 bytes",
        ),
        ("t10k-labels-idx1-ubyte", b"<html>", "does not begin as an IDX file"),
        ("t10k-labels-idx1-ubyte", b"", "does not begin as an IDX file"),
        ("t10k-labels-idx1-ubyte", b"\x00\x00\x08\x03\x00", "t10k-labels-idx1-ubyte is damaged"),
        ("train-labels-idx1-ubyte", idx(np.arange(5)), "6 images but 5 labels"),
    ],
)
def test_a_damaged_file_is_named(folder, name, content, what):
    (folder / name).write_bytes(content)
    with pytest.raises(ValueError, match=what):
        mnist.load_data(folder)


def test_a_truncated_gzip_is_named(folder):
    path = folder / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ValueError, match=r"train-images-idx3-ubyte\.gz is damaged"):
        mnist.load_data(folder)


def test_a_missing_file_is_named(folder):
    (folder / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(FileNotFoundError, match="no t10k-labels-idx1-ubyte"):
        mnist.load_data(folder)


def test_mnist_is_fetched_with_a_line_that_says_so(monkeypatch, capsys):
    asked = {}

    def fetch_openml(**options):
        asked.update(options)
        data = np.zeros((70_000, 4), np.int64)
        return SimpleNamespace(data=data, target=np.array(["7"] * 60_000 + ["3"] * 10_000))

    monkeypatch.setattr(sklearn.datasets, "fetch_openml", fetch_openml)
    (_, y), (_, y_test) = mnist.load_data(one_hot=False)
    assert asked["name"] == "mnist_784"
    assert len(y) == 60_000
    assert set(y) == {7}
    assert set(y_test) == {3}
    assert "MNIST: reading it from" in capsys.readouterr().out


def test_without_a_network_the_error_says_what_to_do(monkeypatch):
    def offline(**options):
        raise OSError("no route to host")

    monkeypatch.setattr(sklearn.datasets, "fetch_openml", offline)
    with pytest.raises(
        ConnectionError, match=r"could not be fetched: no route.*connect to the internet once"
    ):
        mnist.load_data()


def test_california_housing_is_standardized(monkeypatch):
    rng = np.random.default_rng(0)
    found = SimpleNamespace(data=rng.normal(5, 3, (50, 8)), target=rng.random(50))
    monkeypatch.setattr(sklearn.datasets, "fetch_california_housing", lambda **options: found)
    (x, y), (x_test, y_test) = california_housing.load_data()
    assert (x.shape, y.shape, x_test.shape, y_test.shape) == ((40, 8), (40, 1), (10, 8), (10, 1))
    together = np.concatenate([x, x_test])
    assert np.allclose(together.mean(axis=0), 0)
    assert np.allclose(together.std(axis=0), 1)


def test_digits_and_moons_need_no_network():
    (x, y), (x_test, y_test) = digits.load_data()
    assert len(x) + len(x_test) == 1797
    assert x.shape[1:] == (64,)
    assert (x.min(), x.max()) == (0, 1)
    assert y.shape[1:] == y_test.shape[1:] == (10,)
    again, _ = digits.load_data()
    assert np.array_equal(again[0], x)
    x, y = moons.load_data(60)
    assert x.shape == (60, 2)
    assert set(y) == {0, 1}


REAL = Path(os.environ.get("REVGRAPH_MNIST", "../shared/data/mnist"))


@pytest.mark.skipif(not REAL.exists(), reason="no real MNIST files here; REVGRAPH_MNIST names their folder")
def test_the_real_test_digits():
    images, labels = mnist.read_part(REAL, "t10k")
    assert images.shape == (10_000, 784)
    assert list(labels[:10]) == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert np.isclose(images.mean(), 33.791224489795916)


def test_alice_is_one_text_cut_in_two():
    train, test = alice.load_data()
    whole, nothing = alice.load_data(test=0.0)
    assert nothing == ""
    assert train + test == whole
    assert len(whole) == 142_541
    assert len(test) == 14_254
    assert train.startswith("CHAPTER I. Down the Rabbit-Hole\nAlice was beginning to get very tired")
    assert whole.endswith("the happy summer days.\n")
    assert "Gutenberg" not in whole
    with pytest.raises(ValueError, match="share"):
        alice.load_data(test=10)
