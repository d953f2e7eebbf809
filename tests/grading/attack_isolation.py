"""Attack the isolation, and grade one honest submission, after this process was refused some system calls.

Run by test_isolation.py as `python attack_isolation.py CALL… [--as-user | --opened]`; prints what came of it
as JSON. With --opened root's Python is open to all accounts.
"""

import contextlib
import json
import os
import signal
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import nbformat
import psutil
from nbgrader.coursedir import CourseDirectory

from revgraph.authoring.chapters import nbgrader_settings
from revgraph.grading import assignment, selftest
from revgraph.grading.source import Source
from revgraph.grading.student import syscalls
from revgraph.grading.submission.read import Loaded, Submission
from revgraph.grading.worker import Setting, WeakIsolation, run_and_judge, start_warm_process
from tests.grading import corpus

PROJECT = Path(__file__).parents[2]
READS_ITS_FILE = corpus.extra("assert open('data.txt').read() == 'here'; open('mine.txt', 'w').write('x')")
WAITS, HOLDS = ["/bin/sleep", "98763"], ["/bin/sleep", "98764"]
STARTS_SOME = corpus.extra(f"""
import os, subprocess, threading
subprocess.run({WAITS})
started = [subprocess.Popen(['true']) for _ in range(9)]; assert not any(p.wait() for p in started)
waiting = threading.Event(); threads = [threading.Thread(target=waiting.wait) for _ in range(9)]
for thread in threads: thread.start()
waiting.set()
""")
TAKES_ALL = corpus.extra(f"""
import os, resource, signal
_, most = resource.getrlimit(resource.RLIMIT_NPROC)
try:
    while os.posix_spawn({HOLDS[0]!r}, {HOLDS}, {{}}): pass
except OSError:
    signal.pause()
""")


SECRETS, SHOWN = json.loads(os.environ.get("SECRETS", "[]")), os.environ.get("SHOWN", os.devnull)
FINDS_NO_SECRET = corpus.extra(f"""
import os
def can_be_read(path):
    try: return open(path).read()
    except OSError: return ""
readable = [path for path in {SECRETS} if can_be_read(path)]
assert not readable, readable
assert open({SHOWN!r}).read() or {SHOWN!r} == os.devnull
""")


def private_folders():
    """Of the course in this folder, if a test has put one here."""
    if not SECRETS:
        return ()
    return assignment._private(CourseDirectory(config=nbgrader_settings(Path.cwd())))


@contextmanager
def greedy_neighbour(setting):
    """While an honest submission waits, another one takes all the processes it can get, and keeps them."""
    director = os.fork()
    if director == 0:
        os.setsid()
        until_steady(WAITS)
        draft = corpus.Draft(nbformat.from_dict(json.loads(json.dumps(corpus.small_chapter()))))
        TAKES_ALL(draft)
        if os.fork() == 0:
            loaded = Loaded(json.dumps(draft.notebook), {})
            run_and_judge(setting, Submission("bob", corpus.NAME, loaded=loaded))
            os._exit(1)
        until_steady(HOLDS)
        running(WAITS)[0].kill()
        signal.pause()
    try:
        yield
    finally:
        os.killpg(director, signal.SIGKILL)  # and with its connection the neighbour's kernel ends
        os.waitpid(director, 0)


def running(command):
    return [process for process in psutil.process_iter(["cmdline"]) if process.info["cmdline"] == command]


def until_steady(command):
    """Until as many of them as before are there; half a minute is enough for a busy machine."""
    before = 0
    for _ in range(300):
        now = len(running(command))
        if now == before > 0:
            return
        before = now
        time.sleep(0.1)
    raise TimeoutError(f"no {command} was started")


def in_command_lines(folders):
    """Which of them the processes that come from this one name there, where every account reads it. Python
    itself may lie in one."""
    words = set()
    for one in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            words |= set(one.cmdline()) - {sys.executable}
    return sorted(word for word in words if any(folder in word for folder in folders))


def honest():
    """What a full answer earns that reads a file beside the notebook, writes one, and starts processes and
    threads beside a neighbour that has taken all there are; and what went wrong.

    Raises WeakIsolation where grading is refused.
    """
    released = nbformat.from_dict(json.loads(json.dumps(corpus.small_chapter())))
    draft = corpus.Draft(released)
    READS_ITS_FILE(draft)
    STARTS_SOME(draft)
    FINDS_NO_SECRET(draft)
    sources = ((corpus.NAME, Source(json.dumps(released))),)
    setting = Setting(corpus.NAME, sources, 1, hidden=private_folders())
    warm = start_warm_process(setting)
    setting = replace(setting, run_folder=warm.run_folder)
    loaded = Loaded(json.dumps(draft.notebook), {"data.txt": b"here"})
    told = in_command_lines(setting.hidden)
    with greedy_neighbour(setting):
        graded = run_and_judge(setting, Submission("ada", corpus.NAME, loaded=loaded))
    errors = [
        out.ename for cell in graded.notebook.cells for out in cell.get("outputs", []) if "ename" in out
    ]
    return sum(check.points for check in graded.checks), [*graded.notes, *errors, *told]


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
    left = len(running(HOLDS))
    found = {"broken": broken, "isolation": isolation, "honest": earned, "left": left, "refused": refused}
    print(json.dumps(found))


def open_python():
    """As root: show the folders that hold Python and the project so that everybody may read them."""
    syscalls.unshare(syscalls.CLONE_NEWNS)
    syscalls.mount("none", "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)
    packages = [path for path in sys.path if path.endswith("site-packages")]
    needed = [Path(path).resolve() for path in (sys.prefix, sys.base_prefix, PROJECT, *packages)]
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
