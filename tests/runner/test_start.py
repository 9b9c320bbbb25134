"""A task starts at most once, in a process that belongs to nobody, and whoever started it knows whether it did."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import installcast
from installcast.runner.outcome import read_exit
from installcast.runner.probe import is_running, read_started, runner_argv
from installcast.runner.spec import Secrets
from installcast.runner.tree import start_time

from .conftest import MakeTask, is_alive

WAITS = "mkfifo go; echo ready; read x < go; echo done"


def test_the_first_process_ends_when_the_runner_has_the_task(make_task: MakeTask) -> None:
    """Status 0 means: the lock is held, `started` names the runner, and it is nobody's child and in no terminal."""
    task = make_task(install=WAITS)
    task.start()
    started = read_started(task.folder)
    assert is_running(task.folder)
    assert started is not None
    assert started.start_time == start_time(started.pid)
    assert started.boot_id == Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    state = Path(f"/proc/{started.pid}/stat").read_text().rpartition(")")[2].split()
    parent, session, terminal = int(state[1]), int(state[3]), int(state[4])
    assert parent != os.getpid()
    assert session not in (os.getsid(0), started.pid)
    assert terminal == 0
    task.wait_for_line("ready")
    (task.folder / "work/go").write_text("go\n")
    assert task.wait().status == "succeeded"


def test_a_running_task_is_not_started_again(make_task: MakeTask) -> None:
    """A second runner is refused while the first lives, takes nothing from it, and says why."""
    task = make_task(install=WAITS)
    task.start()
    task.wait_for_line("ready")
    answer = task.try_to_start()
    assert answer.returncode == 125
    assert answer.stderr == "installcast runner: thing-1.0-0 runs already\n"
    (task.folder / "work/go").write_text("go\n")
    assert task.wait().status == "succeeded"
    assert task.messages()[:-1] == ["ready", "done"]


def test_an_ended_task_is_not_started_again(make_task: MakeTask) -> None:
    """A task runs once, whatever it ended as, even when its runner died."""
    task = make_task(install="echo once >> count")
    task.run()
    answer = task.try_to_start()
    assert answer.returncode == 125
    assert "has been run before" in answer.stderr
    assert task.work_text("count") == "once"


def test_two_at_the_same_time(make_task: MakeTask) -> None:
    """Of many starts at once exactly one runs the task."""
    task = make_task(install="echo once >> count")
    starts = [subprocess.Popen(runner_argv(task.folder), stderr=subprocess.PIPE) for _ in range(6)]
    for process in starts:
        process.communicate(timeout=30)
    assert sorted(process.returncode for process in starts) == [0, 125, 125, 125, 125, 125]
    task.wait()
    assert task.work_text("count") == "once"


def test_what_cannot_be_run_is_told_in_one_line(make_task: MakeTask, tmp_path: Path) -> None:
    """No folder, no description, a broken one, no working directory: one line that names the cause, status 125."""
    task = make_task(install="echo unused")
    (task.folder / "work").rmdir()
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "task.json").write_text('{"version": 1, "phases": []}')
    for folder, cause in (
        (tmp_path / "nowhere", "nowhere/task.json: No such file"),
        (broken, "task.json: phases: expected at least one"),
        (task.folder, "work: No such file"),
    ):
        answer = subprocess.run(runner_argv(folder), capture_output=True, text=True, check=False)
        assert answer.returncode == 125
        assert cause in answer.stderr
        assert answer.stderr.count("\n") == 1
        assert not is_running(folder)


def test_where_something_cannot_be_had_nothing_has_begun(make_task: MakeTask) -> None:
    """A start that fails for want of space uses nothing up: neither the task nor its secrets."""
    task = make_task(install="echo once >> count", secrets=Secrets({"THING": "swordfish"}, ("swordfish",)))
    inject = ["-e", "trace=?mknod,mknodat", "-e", "inject=?mknod,mknodat:error=ENOSPC"]
    answer = subprocess.run(
        ["strace", "-f", "-qq", "-o", "/dev/null", *inject, *runner_argv(task.folder)],
        check=False,
        capture_output=True,
        timeout=60,
    )
    assert answer.returncode == 125
    assert not (task.folder / "started").exists()
    assert task.run().status == "succeeded"
    assert task.work_text("count") == "once"


def test_usage(tmp_path: Path) -> None:
    """Without a folder, or with a word that is none, the runner says how it is called."""
    for arguments in ([], ["--help"], ["--foreground"], ["a", "b"]):
        command = [*runner_argv(tmp_path)[:-1], *arguments]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        assert answer.returncode == 2
        assert answer.stderr.startswith("usage: ")


def test_in_the_foreground_the_status_is_the_scripts_own(make_task: MakeTask) -> None:
    """`--foreground` returns when the task has ended, with the status of its script."""
    assert make_task(install="exit 0").start_in_foreground().wait(timeout=30) == 0
    assert make_task(install="exit 7").start_in_foreground().wait(timeout=30) == 7
    assert make_task(install="kill -KILL $$").start_in_foreground().wait(timeout=30) == 137
    assert make_task(install="sleep 100", timeout=0.2).start_in_foreground().wait(timeout=30) == 124


def test_sigint_cancels_in_the_foreground(make_task: MakeTask) -> None:
    """Ctrl-C cancels a task that runs here and now; a script that ends well on that is no success."""
    task = make_task(install="trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done")
    process = task.start_in_foreground()
    task.wait_for(lambda: (task.folder / "journal.jsonl").exists() and "ready" in task.messages(), ".")
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 130
    outcome = read_exit(task.folder)
    assert outcome is not None
    assert (outcome.status, outcome.exit_code) == ("canceled", 0)


def test_nothing_of_the_starter_is_inherited(make_task: MakeTask, tmp_path: Path) -> None:
    """Neither variables nor descriptors of whoever starts a runner reach a script, and its umask is 022."""
    task = make_task(install="env; ls /proc/self/fd; umask")
    read_end, write_end = os.pipe()
    os.set_inheritable(write_end, True)
    previous = os.umask(0o077)
    try:
        subprocess.run(
            runner_argv(task.folder), env={"SERVER_TOKEN": "hidden"}, close_fds=False, check=True, timeout=30
        )
    finally:
        os.umask(previous)
        os.close(write_end)
        os.close(read_end)
    task.wait()
    messages = task.messages()
    assert not any("SERVER_TOKEN" in message for message in messages)
    assert [message for message in messages if message.isdecimal() and len(message) == 1] == [
        "0",
        "1",
        "2",
        "3",
        "4",
    ]
    assert "0022" in messages


def test_a_runner_loads_nothing_but_the_standard_library() -> None:
    """What a runner imports is in the standard library or in its own rooms, so that it starts fast and stays small."""
    root = Path(installcast.__file__).parents[1]
    code = (
        "import sys; before = set(sys.modules); sys.path.append(sys.argv[1]);"
        "import installcast.runner.__main__;"
        "print(*sorted(set(sys.modules) - before))"
    )
    answer = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, str(root)], capture_output=True, text=True, check=True
    )
    loaded = answer.stdout.split()
    assert "installcast.runner.start" in loaded
    foreign = {
        name
        for name in loaded
        if name.partition(".")[0] not in sys.stdlib_module_names
        and not name.startswith(("installcast.parse", "installcast.runner"))
    }
    assert foreign == {"installcast", "installcast.record"}
    assert not {"asyncio", "subprocess", "logging", "dataclasses", "argparse", "shutil"} & set(loaded)


def test_a_script_survives_its_runner(make_task: MakeTask) -> None:
    """When the runner is killed its script gets no SIGPIPE: it goes on, and waits at most for a reader."""
    task = make_task(
        install="mkfifo go; echo ready; read x < go; seq 100; echo $? > wrote; seq 100000; echo never > end"
    )
    task.start()
    task.wait_for_line("ready")
    script = task.wait_for(lambda: task.live().get("script"), "live.json")
    task.left_behind.append(script["pid"])
    assert script["start_time"] == start_time(script["pid"])
    task.kill_runner()
    (task.folder / "work/go").write_text("go\n")
    task.wait_for(lambda: (task.folder / "work/wrote").exists() and task.work_text("wrote"), "work")
    assert task.work_text("wrote") == "0"
    assert is_alive(script["pid"])
    assert read_exit(task.folder) is None
    assert not is_running(task.folder)


def test_records_come_fast(make_task: MakeTask) -> None:
    """From the start of the process to the first record of the script it takes a fraction of a second."""
    task = make_task(install="echo first")
    before = os.times().elapsed
    task.start()
    task.wait_for_line("first")
    assert os.times().elapsed - before < 1


def test_a_runner_is_small(make_task: MakeTask) -> None:
    """A runner takes at most 20 MiB of memory of its own, after 100,000 lines, too."""
    task = make_task(install="seq 100000; " + WAITS)
    task.start()
    task.wait_for_line("ready")
    status = Path(f"/proc/{task.pid()}/status").read_text()
    anonymous = int(status.partition("RssAnon:")[2].split()[0])
    (task.folder / "work/go").write_text("go\n")
    assert task.wait().status == "succeeded"
    assert anonymous < 20 * 1024


def test_started_is_json_with_the_agreed_keys(make_task: MakeTask) -> None:
    """`started` holds pid, start time, boot and date."""
    task = make_task(install="true")
    task.run()
    values = json.loads((task.folder / "started").read_text())
    assert set(values) == {"pid", "start_time", "boot_id", "started_at"}
