"""The Linux system calls that isolation needs and Python 3.11 does not have. They raise OSError."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import platform
import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

libc = ctypes.CDLL(None, use_errno=True)
NULL = ctypes.c_void_p()

CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC = 0x20000, 0x2000000, 0x4000000, 0x8000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
MNT_DETACH = 2
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP = 1, 4, 24
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 36, 38

PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
# Numbers from 424 on are the same on every architecture. An older libseccomp knows no name of the newer ones.
MOUNT_SETATTR, LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 442, 444, 445, 446
NEWER = {
    **{"pidfd_send_signal": 424, "io_uring_setup": 425, "open_tree": 428, "move_mount": 429, "fsopen": 430},
    **{"fsconfig": 431, "fsmount": 432, "fspick": 433, "clone3": 435, "pidfd_getfd": 438},
    **{"mount_setattr": MOUNT_SETATTR, "quotactl_fd": 443, "memfd_secret": 447, "fchmodat2": 452},
    **{"setxattrat": 463, "removexattrat": 466, "open_tree_attr": 467, "file_setattr": 469},
}
# Those that Linux had not yet when this was written: nobody has looked at what they make possible.
YET_TO_COME = range(470, 500)


def raise_on_error(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def unshare(flags: int) -> None:
    raise_on_error(libc.unshare(flags))


def mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    parts = [text.encode() if text else None for text in (source, target, kind)]
    raise_on_error(libc.mount(*parts, ctypes.c_ulong(flags), data.encode() if data else None))


def bind_read_only(source: str, target: str) -> None:
    """Show `source`, with everything mounted below it, at `target`: read-only, without devices and setuid."""
    mount(source, target, flags=MS_BIND | MS_REC)
    attributes = struct.pack("QQQQ", MS_RDONLY | MS_NOSUID | MS_NODEV, 0, 0, 0)
    at_fdcwd, recursive = -100, 0x8000
    raise_on_error(
        libc.syscall(MOUNT_SETATTR, at_fdcwd, target.encode(), recursive, attributes, len(attributes))
    )


def enter_root(folder: str) -> None:
    """Make `folder`, a mount point, the root of this mount namespace, and unmount the old one."""
    os.chdir(folder)
    raise_on_error(libc.syscall(PIVOT_ROOT[platform.machine()], b".", b"."))
    raise_on_error(libc.umount2(b".", MNT_DETACH))
    os.chdir("/")


def prctl(option: int, value: int) -> None:
    raise_on_error(libc.prctl(option, ctypes.c_ulong(value), NULL, NULL, NULL))


def drop_capabilities() -> None:
    """Give up every capability, for this process and whatever it starts."""
    for capability in range(64):
        if libc.prctl(PR_CAPBSET_DROP, ctypes.c_ulong(capability), NULL, NULL, NULL) != 0:
            break  # beyond the last capability this kernel knows
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    version_3 = struct.pack("Ii", 0x20080522, 0)
    raise_on_error(libc.capset(version_3, bytes(24)))


def landlock_version() -> int:
    """The version of Landlock this kernel has, 0 for none."""
    return max(0, libc.syscall(LANDLOCK_CREATE, NULL, ctypes.c_size_t(0), 1))


def landlock_keeps_from_truncating() -> None:
    """Raises OSError where Landlock is too old for that."""
    if landlock_version() < 3:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))


def landlock(readable: list[str], writable: list[str], listable: list[str]) -> None:
    """From here on this thread reads only below `readable`, writes only below `writable`, lists folders only
    there and below `listable`, opens no TCP connection, and neither signals a process outside nor reaches its
    abstract sockets (as far as the kernel's version of Landlock goes)."""
    version = landlock_version()
    everything = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)) - 1
    tcp, scopes = (3 if version >= 4 else 0), (3 if version >= 6 else 0)
    attributes = struct.pack("QQQ", everything, tcp, scopes)[
        : 8 if version < 4 else 16 if version < 6 else 24
    ]
    rules = raise_on_error(libc.syscall(LANDLOCK_CREATE, attributes, ctypes.c_size_t(len(attributes)), 0))
    execute_and_read, on_files = 0b1101, 0b110 | 1 | 1 << 14 | 1 << 15
    list_only = 0b1000
    for paths, allowed in ((listable, list_only), (readable, execute_and_read), (writable, everything)):
        for path in filter(os.path.exists, paths):  # not a link that leads nowhere
            _allow(rules, path, allowed & everything & (~0 if os.path.isdir(path) else on_files))
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    raise_on_error(libc.syscall(LANDLOCK_RESTRICT, rules, 0))
    os.close(rules)


def _allow(rules: int, path: str, allowed: int) -> None:
    if not allowed:
        return  # a file where only folders are meant
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    path_beneath = 1
    rule = struct.pack("=Qi", allowed, handle)
    raise_on_error(libc.syscall(LANDLOCK_ADD, rules, path_beneath, rule, 0))
    os.close(handle)


FORBIDDEN = [
    *("mount", "umount2", "pivot_root", "chroot", "unshare", "setns", "open_tree", "move_mount", "fsopen"),
    *("fsmount", "mount_setattr", "ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "bpf"),
    *("perf_event_open", "userfaultfd", "keyctl", "add_key", "request_key", "kexec_load", "kexec_file_load"),
    *("init_module", "finit_module", "delete_module", "io_uring_setup", "open_by_handle_at", "syslog"),
    *("acct", "swapon", "swapoff", "reboot", "quotactl", "quotactl_fd", "personality", "pidfd_getfd"),
    *("open_tree_attr", "fsconfig", "fspick"),
]
# A whole machine has a limited number of these: one process that takes them all leaves none to a database.
OF_THE_MACHINE = ["io_setup"]
# Memory that no limit counts. Shared memory of POSIX lies in /dev/shm, which is a part of one's own files.
UNCOUNTED = ["memfd_create", "memfd_secret", "mq_open"]
# Uncounted too, and where there are no namespaces, others' is found by trying small numbers.
OF_SYSTEM_V = [
    *("shmget", "shmat", "shmctl", "semget", "semop", "semtimedop", "semctl"),
    *("msgget", "msgsnd", "msgrcv", "msgctl"),
]
# Where no namespaces do it, these keep other processes of this account and the machine's services apart.
FORBIDDEN_AMONG_OTHERS = [
    *(
        "connect",
        "tkill",
        "rt_sigqueueinfo",
        "rt_tgsigqueueinfo",
        "pidfd_send_signal",
        "mq_open",
        "mq_unlink",
    ),
    *("truncate", "mknod", "mknodat", "inotify_add_watch", "fanotify_init"),
]
# Landlock knows no rights for these. A copied file is the same one without them, so copying goes on; a call
# that is refused would end it.
WITHOUT_EFFECT_AMONG_OTHERS = [
    *("chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat"),
    *("utime", "utimes", "futimesat", "utimensat"),
]
NOT_SUPPORTED_AMONG_OTHERS = [
    *("setxattr", "lsetxattr", "fsetxattr", "setxattrat", "removexattr", "lremovexattr", "fremovexattr"),
    *("removexattrat", "file_setattr"),
]
SCHEDULING = ["sched_setparam", "sched_setattr", "sched_setaffinity"]
F_SETOWN, F_SETOWN_EX = 8, 15
FIOSETOWN, SIOCSPGRP = 0x8901, 0x8902  # of ioctl: who gets a file's signals
F_SETLEASE, F_NOTIFY = 1024, 1026  # let others wait who open a file; tell who opens one in a folder
IOCTL_TYPE = 0xFF00
ATTRIBUTES = (0x5800, 0x6600, 0x7600, 0x9400)  # types of ioctl that change a file that is open for reading
SOCKET_KIND = 0xF
LOW = 0xFFFFFFFF  # a filter sees 64 bits; of a number Linux takes these, whatever stands above them
NOT_EQUAL, MASKED_EQUAL = 1, 7  # enum scmp_compare
ALLOW, FAIL, ASK = 0x7FFF0000, 0x00050000, 0x7FC00000  # SCMP_ACT_ALLOW, SCMP_ACT_ERRNO, SCMP_ACT_NOTIFY
SET_MODE_FILTER, NEW_LISTENER, WAIT_KILLABLE = 1, 1 << 3, 1 << 5  # of <linux/seccomp.h>
LONGEST_FILTER = 4096 * 8  # bytes
NOTIF_SET_FLAGS, SYNC_WAKE_UP = 0x40082104, 1
NOTIF_RECV, NOTIF_SEND, NOTIF_CONTINUE = 0xC0502100, 0xC0182101, 1  # of <linux/seccomp.h>


class Argument(ctypes.Structure):
    """libseccomp's struct scmp_arg_cmp: a condition on one argument of a system call."""

    _fields_ = (
        ("index", ctypes.c_uint),
        ("compare", ctypes.c_int),
        ("a", ctypes.c_uint64),
        ("b", ctypes.c_uint64),
    )


@dataclass(frozen=True)
class Rule:
    """A system call that fails with `code`, always or under a condition."""

    call: str | int  # by name or number
    argument: Argument | None = None
    code: int = errno.EPERM


def forbid_system_calls(alone: bool) -> None:
    """Let libseccomp refuse the system calls that a notebook never needs, and all sockets but local ones.

    A process that is not `alone` in its namespaces may not signal or limit another one either, nor connect
    to anything. Raises OSError where libseccomp is missing.
    """
    newest = [Rule("clone3", code=errno.ENOSYS)]  # a filter cannot see its flags; libc falls back to clone
    unknown = (*OF_THE_MACHINE, *UNCOUNTED, *OF_SYSTEM_V, *YET_TO_COME)
    newest += [Rule(call, code=errno.ENOSYS) for call in unknown]
    own = [Rule("clone", Argument(0, MASKED_EQUAL, CLONE_NEWUSER, CLONE_NEWUSER))]
    local = [Rule("socket", Argument(0, NOT_EQUAL, socket.AF_UNIX), errno.EOPNOTSUPP)]  # ZeroMQ expects that
    files = [_with_command("fcntl", command, errno.EINVAL) for command in (F_SETLEASE, F_NOTIFY)]
    files += [
        Rule("ioctl", Argument(1, MASKED_EQUAL, IOCTL_TYPE, kind), errno.EOPNOTSUPP) for kind in ATTRIBUTES
    ]
    rules = [*map(Rule, FORBIDDEN), *newest, *own, *local, *files]
    refuse(rules if alone else [*rules, *map(Rule, FORBIDDEN_AMONG_OTHERS), *_only_itself()])


def _only_itself() -> list[Rule]:
    """What is done to others by number is done to this process alone: signals, limits, priorities; and
    nothing is said to others without a connection, which is refused."""
    itself = os.getpid()
    signals = [Rule(name, Argument(0, NOT_EQUAL, itself)) for name in ("kill", "tgkill")]
    owners = [_with_command("fcntl", command) for command in (F_SETOWN, F_SETOWN_EX)]
    owners += [_with_command("ioctl", request) for request in (FIOSETOWN, SIOCSPGRP)]
    others = [Rule(name, Argument(0, NOT_EQUAL, 0)) for name in ("prlimit64", *SCHEDULING)]
    others += [Rule("setpriority", Argument(0, NOT_EQUAL, os.PRIO_PROCESS))]
    others += [Rule("sched_setscheduler", Argument(0, NOT_EQUAL, 0), 0)]  # ZeroMQ does it to its own threads
    others += [Rule("setpriority", Argument(1, NOT_EQUAL, 0)), Rule("ioprio_set", Argument(1, NOT_EQUAL, 0))]
    others += [Rule("ioprio_set", Argument(0, NOT_EQUAL, 1))]
    datagrams = [
        Rule(call, Argument(1, MASKED_EQUAL, SOCKET_KIND, kind), errno.EOPNOTSUPP)
        for call in ("socket", "socketpair")
        for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW)
    ]
    datagrams += [Rule("sendto", Argument(4, NOT_EQUAL, 0))]
    quiet = [Rule(call, code=0) for call in WITHOUT_EFFECT_AMONG_OTHERS]
    unknown = [Rule(call, code=errno.ENOTSUP) for call in NOT_SUPPORTED_AMONG_OTHERS]
    return [*signals, *owners, *others, *datagrams, *quiet, *unknown]


def _with_command(call: str, command: int, code: int = errno.EPERM) -> Rule:
    return Rule(call, Argument(1, MASKED_EQUAL, LOW, command), code)


def refuse(rules: list[Rule]) -> None:
    """From here on the system calls of `rules` fail, in this process and in what it starts."""
    with _filter() as (seccomp, loaded):
        for rule in rules:
            _add(seccomp, loaded, rule, FAIL | rule.code)
        _check_seccomp(seccomp.seccomp_load(loaded))


def ask_before(calls: list[str]) -> int:
    """From here on the system calls of `calls` wait, in this process and in what it starts, until whoever
    holds the listener that is returned has given an `answer`. Once nobody holds it, they fail.

    A process has one listener at most, and what it starts has the same. Raises OSError before Linux 5.7 and
    libseccomp 2.5.
    """
    with _filter() as (seccomp, loaded):
        if seccomp.seccomp_api_get() < 6:  # from Linux 5.5 on an answer may be to go on; no level is that
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
        for call in calls:
            _add(seccomp, loaded, Rule(call), ASK)
        return _load_with_listener(seccomp, loaded)


def _load_with_listener(seccomp: ctypes.CDLL, loaded: ctypes.c_void_p) -> int:
    """Like seccomp_load, with two flags that seccomp_load cannot set. A process whose question has been read
    is interrupted by no signal but those that kill (Linux 5.19 and newer), and the question is read at once
    (6.6 and newer). Otherwise the end of a shell's first command would interrupt the start of its second."""
    reading, writing = os.pipe()
    _check_seccomp(seccomp.seccomp_export_bpf(loaded, writing))
    rules = ctypes.create_string_buffer(os.read(reading, LONGEST_FILTER))
    os.close(reading)
    os.close(writing)
    program = struct.pack("HxxxxxxQ", (len(rules) - 1) // 8, ctypes.addressof(rules))
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    load = partial(libc.syscall, seccomp.seccomp_syscall_resolve_name(b"seccomp"), SET_MODE_FILTER)
    listener = load(NEW_LISTENER | WAIT_KILLABLE, program)
    if listener < 0:
        listener = raise_on_error(load(NEW_LISTENER, program))
    with contextlib.suppress(OSError):
        fcntl.ioctl(listener, NOTIF_SET_FLAGS, SYNC_WAKE_UP)
    return int(listener)


def answer(listener: int, allowed: Callable[[], bool]) -> None:
    """Tell the next process that waits to go on, or EAGAIN, Linux's own error for too many processes. One
    that was killed meanwhile gets no answer."""
    asked = bytearray(80)  # struct seccomp_notif, and below struct seccomp_notif_resp
    with contextlib.suppress(FileNotFoundError):
        fcntl.ioctl(listener, NOTIF_RECV, asked)
        error, flags = (0, NOTIF_CONTINUE) if allowed() else (-errno.EAGAIN, 0)
        fcntl.ioctl(listener, NOTIF_SEND, asked[:8] + struct.pack("qiI", 0, error, flags))


@contextlib.contextmanager
def _filter() -> Iterator[tuple[ctypes.CDLL, ctypes.c_void_p]]:
    """libseccomp, and a filter that allows everything, to be filled and loaded."""
    seccomp = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    seccomp.seccomp_init.restype = ctypes.c_void_p
    loaded = ctypes.c_void_p(seccomp.seccomp_init(ALLOW))
    yield seccomp, loaded
    seccomp.seccomp_release(loaded)


def _add(seccomp: ctypes.CDLL, loaded: ctypes.c_void_p, rule: Rule, action: int) -> None:
    """To the filter, unless this architecture has no such call."""
    number = rule.call
    if isinstance(number, str):
        number = NEWER.get(number) or seccomp.seccomp_syscall_resolve_name(number.encode())
    conditions = (Argument * 1)(rule.argument) if rule.argument else None
    if number >= 0:
        count = ctypes.c_uint(1 if rule.argument else 0)
        _check_seccomp(
            seccomp.seccomp_rule_add_array(loaded, ctypes.c_uint32(action), number, count, conditions)
        )


def _check_seccomp(result: int) -> int:
    if result < 0:
        raise OSError(-result, os.strerror(-result))
    return result
