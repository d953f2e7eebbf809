"""Warm kernels by name in nbval, and what they have imported; test_corpus.py has them in nbgrader."""

import inspect
import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from revgraph.grading.kernels import isolated
from revgraph.grading.kernels import warm as warm_side
from revgraph.grading.kernels.warm import WarmConnection, WarmProcess
from revgraph.grading.runner import Runner
from revgraph.grading.source import Source
from revgraph.grading.student.limits import DEFAULT
from revgraph.grading.student.warm_process import import_for_all
from revgraph.grading.worker import Setting, start_warm_process

from .conftest import IS_WARM, PROJECT


def test_warm_kernels_in_nbval(with_warm_kernels, tmp_path):
    told = new_output("stream", name="stdout", text="True\nTrue\n")
    code = f"{IS_WARM}\nprint('wave' in sys.modules)"
    cells = [new_code_cell(code, outputs=[told], execution_count=1)]
    nbformat.write(new_notebook(cells=cells), tmp_path / "warm.ipynb")
    command = [sys.executable, "-m", "pytest", "-q", "--nbval", "--nbval-kernel-name=warm", "warm.ipynb"]
    environment = with_warm_kernels | {"REVGRAPH_WARM_IMPORTS": "tomllib wave"}
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert "1 passed" in run.stdout, run.stdout + run.stderr


def test_a_kernel_has_large_libraries_from_the_start():
    large = ("wave.Error", "tomllib", "a_library_that_is_not_installed")
    warm = WarmProcess().told(package=str(PROJECT / "revgraph"), large=large)
    notebook = new_notebook(cells=[new_code_cell("import sys\nprint({'wave', 'tomllib'} <= {*sys.modules})")])
    Runner(notebook, WarmConnection(warm.run_folder), DEFAULT, 0, {}).run_notebook()
    warm.close()
    assert [output.text for output in notebook.cells[0].outputs] == ["True\n"]


def test_a_kernel_that_does_not_start_is_no_fault_of_a_submission(monkeypatch):
    """Or it would have a score of 0, for a line that never ran."""
    monkeypatch.setattr(isolated, "environment", lambda: {"\0": ""})
    warm = WarmProcess().told(package=str(PROJECT / "revgraph"))
    notebook = new_notebook(cells=[new_code_cell("1")])
    with pytest.raises(RuntimeError, match="the kernel did not start: ValueError: embedded null byte"):
        Runner(notebook, WarmConnection(warm.run_folder), DEFAULT, 0, {}).run_notebook()
    warm.close()
    assert notebook.cells[0].outputs == []


def addresses(process):
    """Kilobytes of memory that it has asked for, used or not: what its limit counts."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmSize:"))


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_threads_set_no_memory_aside():
    """Ten would have 64 MB each, a quarter of what a submission may have."""
    warm = WarmProcess().told(package=str(PROJECT / "revgraph"))
    imports = "import time\nfrom concurrent.futures import ThreadPoolExecutor\nfrom pathlib import Path"
    threads = "with ThreadPoolExecutor(10) as ten: list(ten.map(lambda n: time.sleep(0.1) or [n], range(10)))"
    code = f"{imports}\n{threads}\n{inspect.getsource(addresses)}\nprint(addresses('self'))"
    notebook = new_notebook(cells=[new_code_cell(code)])
    Runner(notebook, WarmConnection(warm.run_folder), DEFAULT, 0, {}).run_notebook()
    before = addresses(warm._process.pid)
    warm.close()
    assert int(notebook.cells[0].outputs[0].text) - before < 300_000


def test_large_libraries_take_nothing_of_a_submissions_memory(tmp_path, monkeypatch):
    """PyTorch's of PyPI have more addresses than a submission may have; so has what Python imports here."""
    mapped = "import builtins, mmap\nbuiltins.mapped = mmap.mmap(-1, 3 << 30, prot=mmap.PROT_READ)"
    (tmp_path / "sitecustomize.py").write_text(mapped)
    started = warm_side.environment()
    monkeypatch.setattr(
        warm_side, "environment", lambda: started | {"PYTHONPATH": f"{tmp_path}:{started['PYTHONPATH']}"}
    )
    warm = WarmProcess().told(package=str(PROJECT / "revgraph"))
    cells = [new_code_cell("len(mapped) > 2_000_000_000"), new_code_cell("bytes(2_000_000_000)")]
    notebook = new_notebook(cells=cells)
    Runner(notebook, WarmConnection(warm.run_folder), DEFAULT, 0, {}).run_notebook()
    warm.close()
    had, took = (cell.outputs[0] for cell in cells)
    assert had.data["text/plain"] == "True"
    assert took.ename == "MemoryError"


def test_no_two_kernels_draw_the_same_numbers():
    """Of every generator that a kernel has from the process it forks from."""
    pytest.importorskip("torch")
    draws = [
        "random.random()",
        "np.random.rand()",
        "np.random.default_rng().random()",
        "torch.rand(1).item()",
    ]
    code = f"import random, numpy as np, torch\nprint({', '.join(draws)})"
    warm = WarmProcess().told(package=str(PROJECT / "revgraph"), large=("torch",))
    notebooks = [new_notebook(cells=[new_code_cell(code)]) for _ in range(2)]
    for notebook in notebooks:
        Runner(notebook, WarmConnection(warm.run_folder), DEFAULT, 0, {}).run_notebook()
    warm.close()
    drawn = [notebook.cells[0].outputs[0].text.split() for notebook in notebooks]
    assert [len(numbers) for numbers in drawn] == [len(draws)] * 2
    assert all(one != other for one, other in zip(*drawn, strict=True))


def test_a_module_takes_the_place_of_no_function_that_bears_its_name(tmp_path, monkeypatch):
    (tmp_path / "large_one").mkdir()
    (tmp_path / "large_one" / "__init__.py").write_text("def progress(): ...\n")
    for module in ("progress", "plain"):
        (tmp_path / "large_one" / f"{module}.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("progress", "plain"):
        import_for_all(f"large_one.{name}")
    assert callable(sys.modules["large_one"].progress)
    assert "large_one.plain" in sys.modules


def test_fonts_are_looked_for_once(monkeypatch, tmp_path):
    """For an account, not for each run: where there are thousands it takes matplotlib minutes."""
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path / "cache"))
    assert list(tmp_path.iterdir()) == []
    notebook = Source(json.dumps(new_notebook()))
    start_warm_process(Setting("fonts", (("fonts", notebook),), 0)).close()
    (known,) = tmp_path.glob("cache/fontlist-*.json")
    known.write_text(json.dumps(json.loads(known.read_text())))  # not as matplotlib would write it anew
    second = WarmProcess().told(package=str(PROJECT / "revgraph"))
    assert second.isolation
    (taken,) = Path(second._home).glob("fontlist-*.json")
    assert taken.read_bytes() == known.read_bytes()
    second.close()


def test_a_cache_that_cannot_be_written_keeps_nobody_from_grading(monkeypatch, tmp_path):
    (tmp_path / "cache").write_text("a file in its place")
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path / "cache"))
    warm = WarmProcess().told(package=str(PROJECT / "revgraph"))
    assert warm.isolation
    warm.keep_fonts()
    warm.close()


def test_an_account_without_a_home_keeps_no_fonts(monkeypatch, tmp_path):
    for name in ("HOME", "XDG_CACHE_HOME", "MPLCONFIGDIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.path.expanduser", lambda path: path)  # as where nobody knows the account
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fontlist-1.json").touch()
    warm_side.copy_fonts(tmp_path, warm_side.font_cache())
    assert [path.name for path in tmp_path.iterdir()] == ["fontlist-1.json"]
