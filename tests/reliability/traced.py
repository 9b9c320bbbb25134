"""``python traced.py NAME COMMAND …``: run COMMAND so that each call which leaves a trace waits for :mod:`crash_points`.

A seccomp filter with a listener (seccomp_unotify(2), Linux 5.5) hands these calls, of all threads in the order in which
they are made, to whoever listens at the abstract socket NAME. It needs no privileges and nothing of the program itself.
"""

from __future__ import annotations

import ctypes
import os
import platform
import socket
import sys

CALLS = {
    "x86_64": {
        "write": 1, "pwrite64": 18, "writev": 20, "sendto": 44, "clone": 56, "fork": 57, "vfork": 58,
        "fsync": 74, "fdatasync": 75, "ftruncate": 77, "rename": 82, "mkdir": 83, "rmdir": 84, "link": 86,
        "unlink": 87, "chmod": 90, "openat": 257, "mkdirat": 258, "unlinkat": 263, "renameat": 264,
        "fallocate": 285, "renameat2": 316, "clone3": 435,
    },
    "aarch64": {
        "mkdirat": 34, "unlinkat": 35, "renameat": 38, "ftruncate": 46, "fallocate": 47, "openat": 56, "write": 64,
        "writev": 66, "pwrite64": 68, "fsync": 82, "fdatasync": 83, "sendto": 206, "clone": 220,
        "renameat2": 276, "clone3": 435,
    },
}[platform.machine()]  # fmt: skip
"""Numbers of the calls that make, change, sync or send something. Of ``openat`` only those that may make a file.

Without ``sendmsg``, which hands the listener over.
"""

_SECCOMP = {"x86_64": 317, "aarch64": 277}[platform.machine()]
_SET_MODE_FILTER, _NEW_LISTENER = 1, 8
_NO_NEW_PRIVS = 38

# linux/bpf_common.h, linux/seccomp.h
_LOAD_WORD, _JUMP_EQUAL, _JUMP_SET, _RETURN = 0x20, 0x15, 0x45, 0x06
_NOTIFY, _ALLOW = 0x7FC00000, 0x7FFF0000
_NUMBER, _OPEN_FLAGS = 0, 16 + 2 * 8
"""Offsets in ``struct seccomp_data``: the call's number, the third argument."""


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("if_true", ctypes.c_uint8),
        ("if_false", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.POINTER(_Instruction)))


def _filter() -> list[_Instruction]:
    plain = [number for name, number in CALLS.items() if name != "openat"]
    # Behind the comparisons: allow · look at the flags of openat · notify.
    comparisons = [
        _Instruction(_JUMP_EQUAL, len(plain) - place + 4, 0, number) for place, number in enumerate(plain)
    ]
    return [
        _Instruction(_LOAD_WORD, 0, 0, _NUMBER),
        *comparisons,
        _Instruction(_JUMP_EQUAL, 1, 0, CALLS["openat"]),
        _Instruction(_RETURN, 0, 0, _ALLOW),
        _Instruction(_LOAD_WORD, 0, 0, _OPEN_FLAGS),
        _Instruction(_JUMP_SET, 1, 0, os.O_CREAT),
        _Instruction(_RETURN, 0, 0, _ALLOW),
        _Instruction(_RETURN, 0, 0, _NOTIFY),
    ]


def _listen() -> int:
    """Install the filter; return the descriptor of its listener."""
    libc = ctypes.CDLL(None, use_errno=True)
    instructions = _filter()
    program = _Program(len(instructions), (_Instruction * len(instructions))(*instructions))
    if libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    listener: int = libc.syscall(_SECCOMP, _SET_MODE_FILTER, _NEW_LISTENER, ctypes.byref(program))
    if listener < 0:
        raise OSError(ctypes.get_errno(), "seccomp")
    return listener


def main(name: str, command: list[str]) -> None:
    """Become ``command``."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as home:
        home.connect(f"\0{name}")
        listener = _listen()
        socket.send_fds(home, [b"%d" % os.getpid()], [listener])
        home.recv(1)
    os.close(listener)
    os.execvp(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
