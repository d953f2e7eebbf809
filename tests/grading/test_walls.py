"""The walls on machines that offer less, and for accounts other than root's.

What a machine lacks is simulated by refusing its system calls for real (seccomp) to a whole run of walls.py.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from revgraph.grading.student.sandbox import ACCOUNT, BUBBLEWRAP, LANDLOCK, NAMESPACES, SECCOMP, Walls

from .conftest import PROJECT

NO_NAMESPACES = ["unshare"]
NO_BUBBLEWRAP = ["unshare", "pivot_root"]
NO_LANDLOCK = ["landlock_create_ruleset"]


def run(*arguments):
    environment = os.environ | {"PYTHONPATH": str(PROJECT)}
    script = Path(__file__).with_name("walls.py")
    done = subprocess.run(
        [sys.executable, script, *arguments], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def assert_they_hold(found, root):
    assert found["walls"] == {"root": root, "missing": []}
    assert found["broken"] == []
    assert found["honest"] == [80.0, []]


def test_an_ordinary_user_has_the_same_walls_as_root():
    assert_they_hold(run("--as-user"), NAMESPACES)


@pytest.mark.skipif(
    not shutil.which("bwrap"), reason="bubblewrap is not installed (apt-get install bubblewrap)"
)
@pytest.mark.parametrize("account", [["--as-user"], []], ids=["ordinary user", "this account"])
def test_bubblewrap_where_we_may_make_no_namespaces(account):
    assert_they_hold(run(*account, *NO_NAMESPACES), BUBBLEWRAP)


def test_landlock_and_seccomp_where_there_is_neither():
    assert_they_hold(run("--as-user", *NO_BUBBLEWRAP), "")


def test_grading_is_refused_where_nothing_keeps_a_submission_from_the_course():
    found = run("--as-user", *NO_BUBBLEWRAP, *NO_LANDLOCK)
    assert "read the course's files, see other submissions" in found["refused"]


@pytest.mark.parametrize(
    ("walls", "gaps"),
    [
        (Walls(NAMESPACES, [LANDLOCK, SECCOMP]), 0),
        (Walls(BUBBLEWRAP), 0),
        (Walls(BUBBLEWRAP, [LANDLOCK]), 1),
        (Walls(BUBBLEWRAP, [LANDLOCK, SECCOMP]), 2),
        (Walls(""), 0),
        (Walls("", [LANDLOCK]), 2),
        (Walls("", [SECCOMP]), 2),
        (Walls("", [ACCOUNT]), 1),
    ],
)
def test_a_missing_wall_is_a_gap_where_no_other_stands(walls, gaps):
    assert len(walls.gaps()) == gaps
    assert bool(walls.lacking) == (walls != Walls(NAMESPACES))
