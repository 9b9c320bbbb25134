"""Causes of an end that no line of the output tells: what the runner itself knows, and what is to be done about it."""

from __future__ import annotations

from collections.abc import Sequence

from installcast.parse.parser import Error

SECRET_LOST = Error(
    "SECRET_LOST",
    "Secrets are kept in memory only, and the machine was restarted: start the task again and give them again.",
    "机密参数只保存在内存中，机器重启后已丢失：请重新发起任务并再次填写。",
)
SCRIPT_NOT_STARTED = Error(
    "SCRIPT_NOT_STARTED",
    "The script could not be started: check that it exists, that it may be executed, and its first line.",
    "脚本无法启动：请检查脚本是否存在、是否可执行以及其首行解释器。",
)
VERIFY_FAILED = Error(
    "VERIFY_FAILED",
    "The script ended well, but the check after it did not: what was installed does not work as it should.",
    "脚本已正常结束，但安装后的检查未通过：所安装的软件不能正常工作。",
)
KILLED = Error(
    "KILLED",
    "The script was killed from outside: by somebody, or by the kernel for want of memory (see dmesg).",
    "脚本被外部终止：可能是人为操作，也可能是内存不足被内核终止（请查看 dmesg）。",
)
OOM_KILLED = Error(
    "OOM_KILLED",
    "The kernel killed a process of the install for want of memory: give the machine more memory or swap, then try again.",
    "内存不足，内核终止了安装中的进程：请增加内存或交换空间后再试。",
)
RUNNER_FAULT = Error(
    "RUNNER_FAULT",
    "Installcast itself failed and ended the script (runner.log of the task tells where): check what was installed so far.",
    "Installcast 自身出错并终止了脚本（详见该任务的 runner.log）：请检查已完成的部分。",
)


def timed_out(seconds: float) -> Error:
    """Return the cause of a task that was ended at its limit of so many seconds."""
    return Error(
        "TIMEOUT",
        f"It took longer than {seconds:g} seconds: find out what it waited for, or raise the time limit of the recipe.",
        f"运行时间超过 {seconds:g} 秒：请查明其等待的原因，或提高该软件的超时时间。",
    )


def hidden_failures(lines: Sequence[tuple[int | None, str]]) -> str:
    """Return the words for commands that failed in a script that ended with 0: the seq and the text of each one's line."""
    how_many = f"{len(lines)} commands" if len(lines) > 1 else "a command"
    told = "; ".join(
        text if seq is None else f"{text.strip()} (record {seq})" for seq, text in lines[:_MOST_TOLD]
    )
    more = f"; and {len(lines) - _MOST_TOLD} more" if len(lines) > _MOST_TOLD else ""
    return f"Ended with exit status 0, but {how_many} failed: {told}{more}"


_MOST_TOLD = 3


def interrupted(why: str, why_zh: str) -> Error:
    """Return the cause of a task that did not come to its end. ``why`` is half a sentence."""
    return Error(
        "INTERRUPTED",
        f"{why}: check what was installed so far, then start the task again.",
        f"{why_zh}：请检查已完成的部分，然后重新发起任务。",
    )


ENDED_FROM_OUTSIDE = interrupted(
    "The machine or the service manager ended the runner", "执行进程被系统或服务管理器终止"
)
GIVEN_UP_UNRUN = Error(
    "INTERRUPTED",
    "The service was killed while it gave this task up; nothing was run: start the task again.",
    "服务在放弃该任务时被终止，未执行任何操作：请重新发起任务。",
)
