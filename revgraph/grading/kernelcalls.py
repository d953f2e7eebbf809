"""The Linux system calls that the sandbox needs and Python 3.11 does not have. They raise OSError."""

from __future__ import annotations

import ctypes
import os
import platform
import struct

libc = ctypes.CDLL(None, use_errno=True)
NULL = ctypes.c_void_p()

CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC = 0x20000, 0x2000000, 0x4000000, 0x8000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
MNT_DETACH = 2
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP = 1, 4, 24
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 36, 38

# Numbers from 424 on are the same on every architecture.
PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
MOUNT_SETATTR, LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 442, 444, 445, 446


def checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def unshare(flags: int) -> None:
    checked(libc.unshare(flags))


def mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    parts = [text.encode() if text else None for text in (source, target, kind)]
    checked(libc.mount(*parts, ctypes.c_ulong(flags), data.encode() if data else None))


def bind_read_only(source: str, target: str) -> None:
    """Show `source`, with everything mounted below it, at `target`: read-only, without devices and setuid."""
    mount(source, target, flags=MS_BIND | MS_REC)
    attributes = struct.pack("QQQQ", MS_RDONLY | MS_NOSUID | MS_NODEV, 0, 0, 0)
    at_fdcwd, recursive = -100, 0x8000
    checked(libc.syscall(MOUNT_SETATTR, at_fdcwd, target.encode(), recursive, attributes, len(attributes)))


def enter_root(folder: str) -> None:
    """Make `folder`, a mount point, the root of this mount namespace, and let go of the old one."""
    os.chdir(folder)
    checked(libc.syscall(PIVOT_ROOT[platform.machine()], b".", b"."))
    checked(libc.umount2(b".", MNT_DETACH))
    os.chdir("/")


def prctl(option: int, value: int) -> None:
    checked(libc.prctl(option, ctypes.c_ulong(value), NULL, NULL, NULL))


def drop_capabilities() -> None:
    """Give up every capability, for this process and whatever it starts."""
    for capability in range(64):
        if libc.prctl(PR_CAPBSET_DROP, ctypes.c_ulong(capability), NULL, NULL, NULL) != 0:
            break  # beyond the last capability this kernel knows
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    version_3 = struct.pack("Ii", 0x20080522, 0)
    checked(libc.capset(version_3, bytes(24)))


def landlock_version() -> int:
    """The version of Landlock this kernel has, 0 for none."""
    return max(0, libc.syscall(LANDLOCK_CREATE, NULL, ctypes.c_size_t(0), 1))


def landlock(readable: list[str], writable: list[str]) -> None:
    """From here on this thread reads only below `readable`, writes only below `writable`, opens no TCP
    connection, and neither signals a process outside nor reaches its abstract sockets (as far as the
    kernel's version of Landlock goes)."""
    version = landlock_version()
    everything = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)) - 1
    tcp, scopes = (3 if version >= 4 else 0), (3 if version >= 6 else 0)
    attributes = struct.pack("QQQ", everything, tcp, scopes)[
        : 8 if version < 4 else 16 if version < 6 else 24
    ]
    rules = checked(libc.syscall(LANDLOCK_CREATE, attributes, ctypes.c_size_t(len(attributes)), 0))
    execute_and_read, on_files = 0b1101, 0b110 | 1 | 1 << 14 | 1 << 15
    for paths, allowed in ((readable, execute_and_read), (writable, everything)):
        for path in paths:
            _allow(rules, path, allowed & everything & (~0 if os.path.isdir(path) else on_files))
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    checked(libc.syscall(LANDLOCK_RESTRICT, rules, 0))
    os.close(rules)


def _allow(rules: int, path: str, allowed: int) -> None:
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    path_beneath = 1
    rule = struct.pack("=Qi", allowed, handle)
    checked(libc.syscall(LANDLOCK_ADD, rules, path_beneath, rule, 0))
    os.close(handle)


FORBIDDEN = [
    *("mount", "umount2", "pivot_root", "chroot", "unshare", "setns", "open_tree", "move_mount", "fsopen"),
    *("fsmount", "mount_setattr", "ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "bpf"),
    *("perf_event_open", "userfaultfd", "keyctl", "add_key", "request_key", "kexec_load", "kexec_file_load"),
    *(
        "init_module",
        "finit_module",
        "delete_module",
        "io_uring_setup",
        "open_by_handle_at",
        "syslog",
        "acct",
    ),
    *("swapon", "swapoff", "reboot", "quotactl", "personality"),
]


def forbid_system_calls() -> None:
    """Let libseccomp refuse the system calls that a notebook never needs. OSError where it is missing."""
    seccomp = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    seccomp.seccomp_init.restype = ctypes.c_void_p
    allow, refuse = 0x7FFF0000, 0x00050000 | 1  # SCMP_ACT_ALLOW; SCMP_ACT_ERRNO(EPERM)
    rules = ctypes.c_void_p(seccomp.seccomp_init(allow))
    for name in FORBIDDEN:
        number = seccomp.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:
            checked(seccomp.seccomp_rule_add(rules, refuse, number, 0))
    result = seccomp.seccomp_load(rules)
    if result < 0:
        raise OSError(-result, os.strerror(-result))
    seccomp.seccomp_release(rules)
