"""The isolation on machines that offer less, and for accounts other than root's.

What a machine lacks is simulated by refusing its system calls for real (seccomp) to a whole run of
attack_isolation.py.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from revgraph.grading.student.isolation import (
    ACCOUNT,
    LANDLOCK,
    OLD_LANDLOCK,
    SECCOMP,
    Bubblewrap,
    LandlockAlone,
    Namespaces,
)

from .conftest import PROJECT

NO_NAMESPACES = ["unshare"]
NO_BUBBLEWRAP = ["unshare", "pivot_root"]
NO_LANDLOCK = ["landlock_create_ruleset"]


def run(*arguments, script="attack_isolation.py"):
    environment = os.environ | {"PYTHONPATH": str(PROJECT)}
    command = [sys.executable, Path(__file__).with_name(script), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def assert_it_holds(found, kind):
    assert found["isolation"] == {"name": kind.name, "lacking": []}
    assert found["broken"] == []
    assert found["honest"] == [80.0, []]


def test_an_ordinary_user_is_isolated_as_root_is():
    assert_it_holds(run("--as-user"), Namespaces)


@pytest.mark.skipif(
    not shutil.which("bwrap"), reason="bubblewrap is not installed (apt-get install bubblewrap)"
)
@pytest.mark.parametrize("account", [["--as-user"], []], ids=["ordinary user", "this account"])
def test_bubblewrap_where_we_may_make_no_namespaces(account):
    assert_it_holds(run(*account, *NO_NAMESPACES), Bubblewrap)


def test_landlock_and_seccomp_where_there_is_neither():
    assert_it_holds(run("--as-user", *NO_BUBBLEWRAP), LandlockAlone)


def test_grading_is_refused_where_nothing_keeps_a_submission_from_the_course():
    found = run("--as-user", *NO_BUBBLEWRAP, *NO_LANDLOCK)
    assert "read the course's files" in found["refused"]
    assert "see other submissions" in found["refused"]


@pytest.mark.parametrize(
    ("isolation", "gaps"),
    [
        (Namespaces([LANDLOCK, SECCOMP]), 0),
        (Bubblewrap(), 0),
        (Bubblewrap([LANDLOCK]), 1),
        (Bubblewrap([LANDLOCK, SECCOMP]), 2),
        (LandlockAlone(), 0),
        (LandlockAlone([LANDLOCK]), 3),
        (LandlockAlone([OLD_LANDLOCK]), 1),
        (LandlockAlone([SECCOMP]), 2),
        (LandlockAlone([ACCOUNT]), 1),
    ],
)
def test_a_missing_wall_is_a_gap_where_no_other_stands(isolation, gaps):
    assert len(isolation.gaps()) == gaps
    assert isolation.all_lacking()


def test_nothing_is_missing_where_each_kernel_has_namespaces_and_all_else():
    assert Namespaces().gaps() == Namespaces().all_lacking() == []


def test_what_a_kernel_starts_runs_after_others_and_its_memory_counts_together():
    found = run(script="kernel_family.py")
    assert found["takes"] > found["held"]
    assert found["too much"] == [False, True]
    assert found["priority of the others"] == [19, 19]
    assert found["lowered"] == 0
