"""What scripts print and report is read in order, at once, whole, and without ever stopping them."""

from __future__ import annotations

from pathlib import Path

from installcast.runner.probe import send_cancel

from .conftest import MakeTask


def test_out_and_err_keep_their_order(make_task: MakeTask) -> None:
    """One pipe for both: what was written first stands first."""
    task = make_task(install='for i in $(seq 200); do echo "out $i"; echo "err $i" >&2; done')
    task.run()
    assert task.messages()[:-1] == [f"{stream} {i}" for i in range(1, 201) for stream in ("out", "err")]


def test_two_hundred_thousand_lines_are_whole(make_task: MakeTask, tmp_path: Path) -> None:
    """Every byte of a big output is on record, once, in order."""
    task = make_task(install="seq -f '%.0f \\\"ä\\\" a line of output' 200000 | tee copy")
    outcome = task.run()
    records = task.records()
    # On a busy machine it may be silent for so long that a heartbeat says what it is doing.
    printed = "".join(record["message"] + "\n" for record in records[:-1] if not record.get("kind"))
    assert printed == (task.folder / "work/copy").read_text()
    assert [record["seq"] for record in records] == list(range(len(records)))
    assert (outcome.status, outcome.last_seq) == ("succeeded", len(records) - 1)


def test_the_last_line_needs_no_newline(make_task: MakeTask) -> None:
    """Output that ends in the middle of a line is not lost, in each of the scripts."""
    task = make_task(install="printf 'one\\ntwo'", verify="printf three")
    task.run()
    assert [(r["phase"], r["message"]) for r in task.records()[:-1]] == [
        ("install", "one"),
        ("install", "two"),
        ("verify", "three"),
    ]


def test_an_unfinished_line_is_shown_after_a_silence(make_task: MakeTask) -> None:
    """A prompt is in `live.json` with the number that it will have, and in no record until it is finished."""
    task = make_task(install="mkfifo go; echo first; printf 'Password: '; read x < go; echo given")
    task.start()
    live = task.wait_for(lambda: task.live().get("partial") and task.live(), "live.json")
    assert live["next_seq"] == 1
    assert '"message":"Password: "' in live["partial"]
    assert '"partial":true' in live["partial"]
    assert task.messages() == ["first"]
    (task.folder / "work/go").write_text("go\n")
    task.wait()
    assert task.messages()[1] == "Password: given"


def test_a_redrawn_line_is_one_record(make_task: MakeTask) -> None:
    """A bar that is drawn again and again is live while it lives, and one record at its end."""
    task = make_task(install="mkfifo go; printf ' 10%%\\r 20%%'; read x < go; printf '\\r100%%\\n'")
    task.start()
    task.wait_for(lambda: " 20%" in (task.live().get("partial") or ""), "live.json")
    (task.folder / "work/go").write_text("go\n")
    task.wait()
    assert task.messages()[:-1] == ["100%"]


def test_reports_come_before_the_output_after_them(make_task: MakeTask) -> None:
    """A secret that a script announces is masked in the line that it prints next; a step is on its lines."""
    task = make_task(
        install="""
        . "$INSTALLCAST_SH"
        for i in $(seq 50); do secret "value-$i-secret"; echo "it is value-$i-secret"; done
        """
    )
    task.run()
    assert task.messages()[:-1] == ["it is ***"] * 50


def test_events_and_progress_are_read_while_nothing_is_printed(make_task: MakeTask) -> None:
    """A report wakes the runner by itself; both channels count, and percentages on descriptor 3 are of the whole."""
    task = make_task(
        install="""
        mkfifo go end
        echo '{"type":"step","current":1,"total":2,"title":"Fetch"}' >> "$INSTALLCAST_EVENTS"
        read x < go
        echo '{"type":"progress","percent":35,"code":"compile","message":"compiling"}' >&"$ONEINSTACK_PROGRESS_FD"
        read x < end
        """
    )
    task.start()
    task.wait_for(lambda: task.live().get("step") == "Fetch", "live.json")
    (task.folder / "work/go").write_text("go\n")
    task.wait_for(lambda: task.live().get("progress") == 35, "live.json")
    (task.folder / "work/end").write_text("go\n")
    task.wait()
    told = [record for record in task.records() if record.get("kind") == "progress"]
    assert ("compiling", 35) in [(record["message"], record["progress"]) for record in told]


def test_reports_at_the_very_end_count(make_task: MakeTask) -> None:
    """What a script reports as its last deed, without printing anything, is heard; many megabytes are not waited for."""
    task = make_task(
        install="""
        . "$INSTALLCAST_SH"
        yes '{"type":"progress","percent":1}' | head -n 100000 >> "$INSTALLCAST_EVENTS"
        echo '{"type":"log","level":"WARN","message":"last words"}' >> "$INSTALLCAST_EVENTS"
        """
    )
    task.run()
    assert "last words" in task.messages()


def test_a_report_file_that_was_written_from_its_start(make_task: MakeTask) -> None:
    """A script that writes with > where >> was meant is heard, too."""
    task = make_task(
        install="""
        mkfifo first second
        echo '{"type":"step","current":1,"total":2,"title":"A rather long title"}' > "$INSTALLCAST_EVENTS"
        read x < first
        echo '{"type":"step","current":2,"total":2,"title":"B"}' > "$INSTALLCAST_EVENTS"
        read x < second
        """
    )
    task.start()
    for gate, step in (("first", "A rather long title"), ("second", "B")):
        task.wait_for(lambda step=step: task.live().get("step") == step, "live.json")  # type: ignore[misc]
        (task.folder / "work" / gate).write_text("go\n")
    assert task.wait().step == "B"


def test_a_script_may_close_or_lose_what_it_was_given(make_task: MakeTask) -> None:
    """Closed descriptors and removed files of ours do a script no harm."""
    task = make_task(
        install="""
        exec 3>&-; exec 1>&-; exec 2>&-
        rm -f "$INSTALLCAST_EVENTS"
        . "$INSTALLCAST_SH"; step 1 2 "nowhere"; warn "nobody"
        touch done
        """
    )
    assert task.run().status == "succeeded"
    assert (task.folder / "work/done").exists()


def test_a_terminal_where_the_recipe_asks_for_one(make_task: MakeTask) -> None:
    """With `term: pty` a script sees a wide terminal on out and err, which is not its controlling one."""
    task = make_task(
        install="""
        [ -t 1 ] && [ -t 2 ] && [ ! -t 0 ] && echo "terminal"
        stty size <&1
        (: < /dev/tty) 2>/dev/null || echo "not controlling"
        printf 'a\\nb\\n'
        sleep 0.2 & echo "end"
        """,
        term="pty",
        verify="echo again",
    )
    outcome = task.run()
    assert outcome.status == "succeeded"
    assert task.messages()[:-1] == ["terminal", "50 200", "not controlling", "a", "b", "end", "again"]


def test_a_terminal_of_a_canceled_task(make_task: MakeTask) -> None:
    """Cancel works on a terminal as on a pipe."""
    task = make_task(install="echo ready; sleep 1000", term="pty")
    task.start()
    task.wait_for_line("ready")
    send_cancel(task.folder, "alice")
    assert task.wait().status == "canceled"


def test_nonsense_commands_are_passed_over(make_task: MakeTask) -> None:
    """What comes through the control FIFO and is no command does nothing."""
    task = make_task(install="mkfifo go; echo ready; read x < go")
    task.start()
    task.wait_for_line("ready")
    for nonsense in (
        b"\n",
        b"{}\n",
        b"[1]\n",
        b"\xff\xfe\n",
        b'{"command":7}\n',
        b'{"command":"dance"}\n',
        b"x" * 5000 + b"\n",
    ):
        (task.folder / "control").write_bytes(nonsense)
    (task.folder / "work/go").write_text("go\n")
    assert task.wait().status == "succeeded"
