"""The isolation on machines that offer less, for accounts other than root's, and in odd places.

What a machine lacks is simulated by refusing its system calls for real (seccomp) to a whole run of
attack_isolation.py.
"""

import errno
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from revgraph.grading.student import isolation as walls
from revgraph.grading.student import syscalls
from revgraph.grading.student.isolation import (
    ACCOUNT,
    COUNTED,
    LANDLOCK,
    OLD_LANDLOCK,
    SECCOMP,
    Bubblewrap,
    LandlockAlone,
    Namespaces,
)

from . import crowd
from .conftest import PROJECT

NO_NAMESPACES = ["unshare"]
NO_BUBBLEWRAP = ["unshare", "pivot_root"]
NO_LANDLOCK = ["landlock_create_ruleset"]
USER, OPENED = ["--as-user"], ["--opened"]
PLACES = {  # of a course, and of Python within
    "tmp": ("/tmp/x/rev graph ü", "."),
    "usr": ("/usr/src/app", ".venv"),
    "run": ("/run/" + "long" * 25, ".venv"),
}
SHOW = """
import json, os, subprocess, sys, sysconfig
from pathlib import Path
from revgraph.grading.student import syscalls
project, place, python, older, *command = sys.argv[1:]
syscalls.unshare(syscalls.CLONE_NEWNS)
syscalls.mount("none", "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)
above = "/tmp" if place.startswith("/tmp/") else os.path.dirname(place)
syscalls.mount("tmpfs", above, "tmpfs", data="mode=1777")
for name in ("solutions", "submitted", "tests"):
    os.makedirs(place + "/" + name)
python = os.path.normpath(os.path.join(place, python))
subprocess.run([sys.executable, "-m", "venv", "--without-pip", python], check=True)
installed = sysconfig.get_path("purelib", vars={"base": python})
others = sysconfig.get_path("purelib")
Path(installed, "all.pth").write_text("import site; site.addsitedir(" + repr(others) + ")")
os.mkdir(installed + "/revgraph")
shown = {"revgraph": installed + "/revgraph", "tests": place + "/tests"}
for name, target in shown.items():
    syscalls.mount(project + "/" + name, target, flags=syscalls.MS_BIND | syscalls.MS_REC)
if older:
    Path(place, "syscalls.py").write_text(older)
    Path(place, "syscalls.py").chmod(0o644)
    replaced = installed + "/revgraph/grading/student/syscalls.py"
    syscalls.mount(place + "/syscalls.py", replaced, flags=syscalls.MS_BIND)
shared = Path(python, "share/feedback")  # inside of what is shown of Python
elsewhere = Path(above, "elsewhere")
closed = [Path(place, name) for name in ("solutions", "submitted", "home")]
closed += [elsewhere / "source", elsewhere / "grades", shared]
if python == place:  # the course's own among Python's: beside what a package has put there, and alone
    closed += [Path(python, "etc"), Path(python, "share/data/own"), Path(python, "lib")]
    record = Path(installed, "some-1.dist-info/RECORD")
    os.makedirs(record.parent)
    record.write_text("../../../share/data/it.txt,,\\n")
    Path(record.parent, "METADATA").write_text("Name: some\\nVersion: 1\\n")
    os.makedirs(python + "/share/data")
    Path(python, "share/data/it.txt").write_text("of a package")
    Path(python, "share/data/it.txt").chmod(0o644)
    os.environ["SHOWN"] = python + "/share/data/it.txt"
for folder in closed:
    os.makedirs(folder, exist_ok=True)
    Path(folder, "secret.txt").write_text("42")
    Path(folder, "secret.txt").chmod(0o644)
os.makedirs(place + "/tmp")
os.chmod(place + "/tmp", 0o1777)
os.symlink(place, above + "/link")
os.symlink(elsewhere, python + "/share/link")
Path(place, "nbgrader_config.py").write_text(f'''
c = get_config()
c.CourseDirectory.source_directory = "{elsewhere}/source"
c.CourseDirectory.feedback_directory = "{shared}/{{student_id}}"
c.CourseDirectory.db_url = "sqlite:///file:{elsewhere}/grades/gradebook.db?mode=rwc&uri=true"
''')
entered = above + "/link" if place == "/usr/src/app" else place
home, temporary = (os.path.join(entered, name) for name in ("home", "tmp"))
os.environ |= {"PYTHONPATH": entered, "PYTHONDONTWRITEBYTECODE": "1", "HOME": home, "TMPDIR": temporary}
names = [*closed, python + "/share/link/source", *(str(f).replace(place, above + "/link") for f in closed)]
os.environ["SECRETS"] = json.dumps([f"{folder}/secret.txt" for folder in names])
os.chdir(entered)
python = python.replace(place, entered, 1) + "/bin/python"
os.execv(python, [python, entered + "/tests/grading/attack_isolation.py", *command])
"""


def run(*arguments, script="attack_isolation.py"):
    return told(sys.executable, Path(__file__).with_name(script), *arguments)


def run_in(place, *arguments, older=""):
    """The same with the course in this place, and inside of it Python, with revgraph installed; `older` is
    another syscalls.py."""
    return told(sys.executable, "-c", SHOW, str(PROJECT), *PLACES[place], older, *arguments)


def told(*command):
    environment = os.environ | {"PYTHONPATH": str(PROJECT)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.skipif(os.getuid() != 0, reason="only root may show this Python in another place")
@pytest.mark.parametrize(
    ("kind", "place", "arguments"),
    [
        (Namespaces, "tmp", []),
        (Namespaces, "usr", USER),
        (Namespaces, "run", []),
        (Bubblewrap, "tmp", [*USER, *NO_NAMESPACES]),
        (Bubblewrap, "usr", NO_NAMESPACES),
        (LandlockAlone, "usr", [*USER, *NO_BUBBLEWRAP]),
        (LandlockAlone, "tmp", [*OPENED, *NO_BUBBLEWRAP]),
    ],
    ids=lambda part: getattr(part, "name", None) or (part if isinstance(part, str) else "".join(part[:1])),
)
def test_all_walls_hold(kind, place, arguments):
    """And an honest submission has its points: in each isolation, as root and as an ordinary user, with
    Python in the course's own folder, of which all else is closed."""
    if kind is Bubblewrap and not shutil.which("bwrap"):
        pytest.skip("bubblewrap is not installed (apt-get install bubblewrap)")
    if PROJECT.is_relative_to(f"/{place}"):
        pytest.skip("this project lies there itself, where every other test grades")
    assert run_in(place, *arguments) == {
        "broken": [],
        "isolation": {"name": kind.name, "lacking": []},
        "honest": [100.0, []],
        "left": 0,
        "refused": "",
    }


@pytest.mark.skipif(os.getuid() != 0, reason="only root may show another file in a place of the project's")
def test_with_an_older_landlock_the_other_walls_hold():
    """Grading is refused all the same: a file that may be read and is yours to write could be emptied."""
    known = Path(syscalls.__file__).read_text("utf-8")
    older = re.sub(r"(def landlock_version.*?\n    return ).*?\n", r"\1 1\n", known, count=1, flags=re.S)
    assert older != known
    found = run_in("usr", *USER, *NO_BUBBLEWRAP, older=older)
    assert found["isolation"] == {"name": LandlockAlone.name, "lacking": [OLD_LANDLOCK]}
    assert found["broken"] == []
    assert "empty files of yours that it may read. Landlock of this Linux is too old" in found["refused"]


def test_grading_is_refused_where_nothing_keeps_a_submission_from_the_course():
    found = run("--as-user", *NO_BUBBLEWRAP, *NO_LANDLOCK)
    assert "read the course's files" in found["refused"]
    assert "see other submissions" in found["refused"]
    assert "This Linux has no Landlock. Next: install bubblewrap" in found["refused"]


def test_root_is_told_which_folder_keeps_submissions_from_another_account(monkeypatch):
    with tempfile.TemporaryDirectory() as closed:  # 0700
        monkeypatch.setattr(walls, "readable", lambda: ["/usr", f"{closed}/bin"])
        (told,) = LandlockAlone([ACCOUNT]).remedies()
    assert told.startswith(f"Python lies below {closed}, which only root may enter, so submissions would run")


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
        (LandlockAlone([COUNTED]), 0),
    ],
)
def test_a_missing_wall_is_a_gap_where_no_other_stands(isolation, gaps):
    assert len(isolation.gaps()) == gaps
    assert isolation.all_lacking()
    assert len(isolation.remedies()) == len(isolation.lacking)


def test_nothing_is_missing_where_each_kernel_has_namespaces_and_all_else():
    assert Namespaces().gaps() == Namespaces().all_lacking() == []


def test_what_a_kernel_starts_runs_after_others_and_its_memory_counts_together():
    found = run(script="kernel_family.py")
    assert found["takes"] > found["held"]
    assert found["too much"] == [False, True]
    assert found["priority of the others"] == [19, 19]
    assert found["lowered"] == 0


def test_no_kernel_starts_more_than_it_may_nor_keeps_another_from_starting_its_own():
    """In the weakest isolation, where Linux counts all of them together: by bombs, threads, vfork, orphans in
    sessions of their own; who has ended makes room."""
    found = run(script="crowd.py")
    most = found["most"]
    assert [most[name] for name in ("threads", "spawned")] == [crowd.MOST] * 2
    assert [found["said"][name] for name in ("threads", "spawned")] == [crowd.MOST] * 2
    assert max(most.values()) <= 2 * crowd.MOST  # who was allowed to, and has not yet
    assert {found["said"][name] for name in ("come_back", "asks_often", "honest")} == {"all"}
    assert found["left"] == 0


NEWEST = """
import ctypes, errno, json
from revgraph.grading.student import syscalls
syscalls.forbid_system_calls(alone=False)
found = {}
for number in (*syscalls.NEWER.values(), *syscalls.YET_TO_COME):
    ctypes.set_errno(0)
    syscalls.libc.syscall(number, *[ctypes.c_long(-1)] * 6)
    found[number] = ctypes.get_errno()
print(json.dumps(found))
"""


def test_calls_are_refused_that_this_machine_s_libseccomp_does_not_know():
    """The arguments are nonsense: a call that is not refused complains of those, if Linux knows it."""
    found = told(sys.executable, "-c", NEWEST)
    refused = {errno.EPERM, errno.ENOSYS, errno.ENOTSUP}
    assert {number for number, code in found.items() if code not in refused} == {
        str(syscalls.NEWER["fchmodat2"])
    }
    assert found[str(syscalls.NEWER["fchmodat2"])] == 0  # without effect
