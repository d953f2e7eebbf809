"""Warm kernels by name in nbval; test_corpus.py has them in nbgrader."""

import subprocess
import sys

import nbformat
from nbformat.v4 import new_code_cell, new_notebook, new_output

from .conftest import IS_WARM


def test_warm_kernels_in_nbval(with_warm_kernels, tmp_path):
    told = new_output("stream", name="stdout", text="True\n")
    cells = [new_code_cell(IS_WARM, outputs=[told], execution_count=1)]
    nbformat.write(new_notebook(cells=cells), tmp_path / "warm.ipynb")
    command = [sys.executable, "-m", "pytest", "-q", "--nbval", "--nbval-kernel-name=warm", "warm.ipynb"]
    run = subprocess.run(command, cwd=tmp_path, env=with_warm_kernels, capture_output=True, text=True)
    assert "1 passed" in run.stdout, run.stdout + run.stderr
