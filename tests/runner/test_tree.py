"""What a script starts is found and ended, whatever it does to get away; what it leaves running on success lives on."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest

from installcast.runner.probe import send_cancel

from .conftest import MakeTask, Task, is_alive

# Each leaves its pid in the folder `pids` and then waits for ever.
ESCAPES = {
    "background": "sleep 1001 & echo $! > pids/background",
    "setsid": "setsid sleep 1002 & echo $! > pids/setsid",
    "double-fork": "( ( sh -c 'echo $$ > pids/double-fork; exec sleep 1003' & ) & )",
    "setsid-double-fork": "( setsid sh -c '( echo $$ > pids/leader; sleep 1004 & echo $! > pids/setsid-double-fork )' & )",
    "nohup": "nohup sleep 1005 > /dev/null 2>&1 & echo $! > pids/nohup",
    "deaf": "sh -c 'trap \"\" TERM HUP INT; echo $$ > pids/deaf; while :; do sleep 0.2; done' &",
    "stopped": "sleep 1006 & echo $! > pids/stopped; kill -STOP $!",
    "daemon": f"{sys.executable} -c 'import os; os.fork() and os._exit(0); os.setsid(); os.fork() and os._exit(0);"
    'open("pids/daemon", "w").write(str(os.getpid())); os.execvp("sleep", ["sleep", "1007"])\'',
}


def _pids(task: Task) -> dict[str, int]:
    return {
        path.name: int(text)
        for path in (task.folder / "work/pids").iterdir()
        if (text := path.read_text().strip())
    }


@pytest.mark.parametrize("how", ESCAPES)
def test_cancel_leaves_nothing(make_task: MakeTask, how: str) -> None:
    """Whatever a script started, and however it tried to leave, is gone after a cancel."""
    task = make_task(install=f"mkdir pids\n{ESCAPES[how]}\necho ready; sleep 1000", kill_grace=0.3)
    task.start()
    task.wait_for_line("ready")
    task.wait_for(lambda: how in _pids(task), "work/pids")
    pids = _pids(task)
    assert is_alive(pids[how])
    send_cancel(task.folder, "alice")
    assert task.wait().status == "canceled"
    assert [name for name, pid in pids.items() if is_alive(pid)] == []


def test_a_tree_that_keeps_forking_is_caught(make_task: MakeTask) -> None:
    """Processes that live only to start the next one are caught, too."""
    hopper = 'import os\nwhile True:\n    if os.fork(): os._exit(0)\n    os.setsid()\n    open("hops", "a").write(".")\n'
    task = make_task(
        install=f"cat > hop.py <<'END'\n{hopper}END\n{sys.executable} -I -S hop.py & echo ready; sleep 1000",
        kill_grace=0.1,
    )
    task.start()
    task.wait_for(lambda: (task.folder / "work/hops").exists(), "work")
    send_cancel(task.folder, "alice")
    assert task.wait().status == "canceled"
    hops = (task.folder / "work/hops").stat().st_size
    assert hops > 0
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            assert b"hop.py" not in command.read_bytes()


def test_a_daemon_of_a_good_install_lives_on(make_task: MakeTask) -> None:
    """A task ends although a daemon holds its output; the daemon goes on, and may print as much as it likes."""
    task = make_task(
        install="""
        mkfifo go
        setsid bash -c 'read x < go; seq 200000; echo $? > printed; sleep 1000' &
        echo $! > daemon
        echo installed
        """
    )
    outcome = task.run()
    daemon = int(task.work_text("daemon"))
    task.left_behind.append(daemon)
    assert outcome.status == "succeeded"
    assert 1.5 < outcome.duration < 60
    assert is_alive(daemon)
    (task.folder / "work/go").write_text("go\n")
    task.wait_for(lambda: (task.folder / "work/printed").exists() and task.work_text("printed"), "work")
    assert task.work_text("printed") == "0"


def test_a_known_daemon_is_waited_for_once(make_task: MakeTask) -> None:
    """The check after an install does not wait as long again for a daemon that the install left behind."""
    task = make_task(install="setsid sleep 1000 & echo $! > daemon; echo installed", verify="echo checked")
    task.run()
    task.left_behind.append(int(task.work_text("daemon")))
    said = [record for record in task.records() if not record.get("kind")]
    installed, checked, ended = (datetime.fromisoformat(record["timestamp"]) for record in said)
    assert ended - checked < checked - installed


def test_what_a_background_process_prints_in_time_is_on_record(make_task: MakeTask) -> None:
    """Output that is still in the pipe, or comes soon after the script's end, is not lost."""
    task = make_task(install="(sleep 0.3; echo late) & seq 1000")
    task.run()
    assert task.messages()[:-1] == [*map(str, range(1, 1001)), "late"]


def test_the_activity_is_the_command_that_runs(make_task: MakeTask) -> None:
    """`live.json` names the youngest command at the bottom of the tree, with secrets masked."""
    task = make_task(install="sh -c 'sleep 1008 # ; true'; true")
    task.start()
    task.wait_for(lambda: task.live().get("activity") == "sleep 1008", "live.json")
    send_cancel(task.folder, "alice")
    task.wait()
    assert [r["message"] for r in task.records() if r.get("kind") == "progress"] == ["sleep 1008"]


def test_orphans_are_reaped(make_task: MakeTask) -> None:
    """Processes that lost their parent do not pile up as zombies under the runner."""
    task = make_task(install="for i in $(seq 20); do ( true & ); done; mkfifo go; echo ready; read x < go")
    task.start()
    task.wait_for_line("ready")
    listing = subprocess.run(
        ["ps", "-o", "stat=", "--ppid", str(task.pid())], capture_output=True, text=True, check=True
    ).stdout.split()
    (task.folder / "work/go").write_text("go\n")
    task.wait()
    assert [state for state in listing if state.startswith("Z")] == []
