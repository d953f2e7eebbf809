"""Warm kernels by name, where others start kernels.

The package need not be installed: its entry point is declared beside it, as an installation does.
"""

import json
import os
import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from .conftest import PROJECT

pytestmark = pytest.mark.xdist_group("elsewhere")
IS_WARM = "import sys\nprint('revgraph.grading.zygote' in sys.orig_argv)"


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """In which programs find our provisioner, as installed, and a kernelspec that names it."""
    folder = tmp_path_factory.mktemp("installed")
    (folder / "revgraph-0.dist-info").mkdir()
    (folder / "revgraph-0.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: revgraph\nVersion: 0\n"
    )
    entry = (
        "[jupyter_client.kernel_provisioners]\nrevgraph-warm = revgraph.grading.provisioner:WarmProvisioner\n"
    )
    (folder / "revgraph-0.dist-info" / "entry_points.txt").write_text(entry)
    (folder / "kernels" / "warm").mkdir(parents=True)
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": command, "display_name": "warm", "language": "python"}
    spec["metadata"] = {"kernel_provisioner": {"provisioner_name": "revgraph-warm"}}
    (folder / "kernels" / "warm" / "kernel.json").write_text(json.dumps(spec))
    paths = os.pathsep.join([str(folder), str(PROJECT)])
    return os.environ | {"PYTHONPATH": paths, "JUPYTER_PATH": str(folder)}


def test_warm_kernels_in_nbval(environment, tmp_path):
    told = new_output("stream", name="stdout", text="True\n")
    cells = [new_code_cell(IS_WARM, outputs=[told], execution_count=1)]
    nbformat.write(new_notebook(cells=cells), tmp_path / "warm.ipynb")
    command = [sys.executable, "-m", "pytest", "-q", "--nbval", "--nbval-kernel-name=warm", "warm.ipynb"]
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert "1 passed" in run.stdout, run.stdout + run.stderr
