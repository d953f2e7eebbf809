"""Attack the isolation, and grade one honest submission, after this process was refused some system calls.

Run by test_isolation.py as `python attack_isolation.py CALL… [--as-user | --opened]`; prints what came of it
as JSON. With --opened root's Python is open to all accounts.
"""

import json
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import nbformat

from revgraph.grading import selftest
from revgraph.grading.source import Source
from revgraph.grading.student import syscalls
from revgraph.grading.submission.read import Loaded, Submission
from revgraph.grading.worker import Setting, WeakIsolation, run_and_judge, start_warm_process
from tests.grading import corpus

PROJECT = Path(__file__).parents[2]
READS_ITS_FILE = corpus.extra("assert open('data.txt').read() == 'here'; open('mine.txt', 'w').write('x')")


def honest():
    """What a full answer earns that reads a file beside the notebook and writes one, and what went wrong.

    Raises WeakIsolation where grading is refused.
    """
    released = nbformat.from_dict(json.loads(json.dumps(corpus.small_chapter())))
    draft = corpus.Draft(released)
    READS_ITS_FILE(draft)
    setting = Setting(corpus.NAME, ((corpus.NAME, Source(json.dumps(released))),), 1)
    warm = start_warm_process(setting)
    setting = replace(setting, run_folder=warm.run_folder)
    loaded = Loaded(json.dumps(draft.notebook), {"data.txt": b"here"})
    graded = run_and_judge(setting, Submission("ada", corpus.NAME, loaded=loaded))
    errors = [
        out.ename for cell in graded.notebook.cells for out in cell.get("outputs", []) if "ename" in out
    ]
    return sum(check.points for check in graded.checks), [*graded.notes, *errors]


def main(calls):
    syscalls.refuse([syscalls.Rule(call) for call in calls])
    refused, earned = "", None
    try:
        earned = honest()
    except WeakIsolation as gap:
        refused = str(gap)
    held = selftest.try_all()
    broken = [(name, text) for name, is_held, text in held.attempts if not is_held]
    isolation = {"name": held.isolation.name, "lacking": held.isolation.lacking}
    print(json.dumps({"broken": broken, "isolation": isolation, "honest": earned, "refused": refused}))


def open_python():
    """As root: show the folders that hold Python and the project so that everybody may read them."""
    syscalls.unshare(syscalls.CLONE_NEWNS)
    syscalls.mount("none", "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)
    needed = [Path(path).resolve() for path in (sys.prefix, sys.base_prefix, PROJECT)]
    for folder in dict.fromkeys(part for path in needed for part in [*reversed(path.parents), path]):
        if folder.stat().st_mode & 0o005 != 0o005:
            open_up(folder)


def become_an_ordinary_user():
    os.setgroups([])
    os.setresgid(*[54321] * 3)
    os.setresuid(*[54321] * 3)


def open_up(folder):
    """Put in its place, in this mount namespace, a readable folder with the same content."""
    bind = syscalls.MS_BIND | syscalls.MS_REC
    behind = tempfile.mkdtemp()
    syscalls.mount(str(folder), behind, flags=bind)
    syscalls.mount("tmpfs", str(folder), "tmpfs", data="mode=755")
    for entry in Path(behind).iterdir():
        target = folder / entry.name
        if entry.is_symlink():
            target.symlink_to(os.readlink(entry))
        else:
            target.mkdir() if entry.is_dir() else target.touch()
            syscalls.mount(str(entry), str(target), flags=bind)


if __name__ == "__main__":
    calls = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    if os.getuid() == 0 and {"--as-user", "--opened"} & set(sys.argv):
        open_python()
    if os.getuid() == 0 and "--as-user" in sys.argv:
        become_an_ordinary_user()
        os.environ["HOME"] = tempfile.mkdtemp()
        os.execv(sys.executable, [sys.executable, __file__, *calls])  # without any capability left
    main(calls)
