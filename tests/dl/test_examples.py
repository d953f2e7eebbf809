"""The examples run, and arrive where they say."""

import gzip
import subprocess
import sys
from pathlib import Path

import numpy as np

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(name, *arguments):
    command = [sys.executable, "-W", "error", str(EXAMPLES / name), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=EXAMPLES.parent).stdout


def test_newtons_method_squares_its_error():
    last = run("newton.py").splitlines()[-1]
    assert "x = [3. 2.]" in last
    assert float(last.split("=")[-1]) < 1e-20


def test_xor_is_learned_and_its_program_is_shown():
    out = run("xor.py")
    assert "def program(" in out
    assert out.endswith("answers [0 1 1 0]\n")


def test_the_network_for_mnist_reads_a_folder(tmp_path):
    rng = np.random.default_rng(0)
    marks = rng.integers(0, 256, (10, 28, 28))  # each class has a picture of its own
    for part, n in (("train", 400), ("t10k", 50)):
        labels = rng.integers(0, 10, n)
        for name, array in (("images-idx3", marks[labels]), ("labels-idx1", labels)):
            sizes = b"".join(int(size).to_bytes(4, "big") for size in array.shape)
            content = bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes()
            (tmp_path / f"{part}-{name}-ubyte.gz").write_bytes(gzip.compress(content))
    assert "accuracy on the test digits:" in run("mnist_cnn.py", tmp_path)


def test_the_gpt_learns_and_writes():
    out = run("gpt.py", 30)
    loss = float(out.split("never saw: ")[1].split()[0])
    assert loss < 3.6  # below that of letters drawn evenly, log 67 = 4.20
    assert len(out.split("never saw: ")[1]) > 300
