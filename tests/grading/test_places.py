"""Grading works wherever Python, the course and the temporary folder lie."""

import json
import os
import subprocess
import sys

import pytest

from .conftest import PROJECT

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="only root may show this Python in another place")
PLACES = ["/tmp/x/rev graph ü", "/usr/src/app", "/run/" + "long" * 25]
SHOW = """
import os, sys
from pathlib import Path
from revgraph.grading.student import syscalls
project, place, *command = sys.argv[1:]
syscalls.unshare(syscalls.CLONE_NEWNS)
syscalls.mount("none", "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)
above = "/tmp" if place.startswith("/tmp/") else os.path.dirname(place)
syscalls.mount("tmpfs", above, "tmpfs", data="mode=1777")
shown = {"revgraph": project + "/revgraph", "tests": project + "/tests", ".venv": sys.prefix}
for name, source in shown.items():
    os.makedirs(place + "/" + name)
    syscalls.mount(source, place + "/" + name, flags=syscalls.MS_BIND | syscalls.MS_REC)
for name in ("solutions", "submitted"):
    os.makedirs(place + "/" + name)
Path(place, "nbgrader_config.py").touch()
environment = os.environ | {"PYTHONPATH": place}
python = place + "/.venv/bin/python"
os.chdir(place)
os.execve(python, [python, place + "/tests/grading/attack_isolation.py", *command], environment)
"""


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.split("/")[1])
def test_python_and_course_in_one_folder(place):
    """The course's files are closed there, and Python beside them is open."""
    command = [sys.executable, "-c", SHOW, str(PROJECT), place]
    environment = os.environ | {"PYTHONPATH": str(PROJECT)}
    run = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout.splitlines()[-1])
    assert found == {"broken": [], "isolation": {"name": "namespaces", "lacking": []}, "honest": [80.0, []]}
