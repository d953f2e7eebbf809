"""What tests of checks share: a shell as a notebook has it."""

import subprocess
import sys

import pytest


@pytest.fixture
def shell(tmp_path, monkeypatch):
    """Runs cells as a notebook does, and gives what they print; importing revgraph.checks makes it speak."""
    monkeypatch.setenv("REVGRAPH_HOME", str(tmp_path / "my_revgraph"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))

    def run(*cells):
        program = (
            "from IPython.core.interactiveshell import InteractiveShell\n"
            "shell = InteractiveShell.instance()\n"
            f"for cell in {('from revgraph.checks import check', *cells)!r}:\n"
            "    shell.run_cell(cell, store_history=True)\n"
        )
        command = [sys.executable, "-c", program]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    return run
