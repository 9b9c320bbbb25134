"""The outline of a shell script: its commands in order, and which of them is running."""

from __future__ import annotations

import random
import re
import subprocess
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import installcast
from installcast.parse.outline import MAX_BYTES, MAX_LINES, MAX_TEXT, MAX_TOLD, Outline, read_outline

SCRIPT = b"""\
#!/bin/bash
# Installs the application.
set -e
VERSION=1.2   # of the application

apt-get update
apt-get install -y nginx \\
    php-fpm
cat > /etc/app.conf <<CONF
# not a comment
make
CONF
for name in a b; do
    sleep 2 # why
done
cd /opt && wget https://example.com/app-$VERSION.tar.gz; tar xf app-$VERSION.tar.gz
"""


def titles(script: str, locale: str = "en") -> list[str]:
    """Return the titles that are steps."""
    return [
        command.title for command in read_outline(script.encode(), locale=locale).commands if command.title
    ]


def test_commands() -> None:
    """Commands have the lines they stand on, the offset behind them, their text on one line, a title and seconds."""
    outline = read_outline(SCRIPT)
    rows = [
        (command.first_line, command.last_line, command.text, command.title) for command in outline.commands
    ]
    assert rows == [
        (3, 3, "set -e", ""),
        (4, 4, "VERSION=1.2", ""),
        (6, 6, "apt-get update", "Refresh the package lists"),
        (7, 8, "apt-get install -y nginx php-fpm", "Install packages: nginx, php-fpm"),
        (9, 9, "cat > /etc/app.conf <<CONF", ""),
        (13, 15, "for name in a b; do sleep 2 done", "Wait 2 s"),
        (
            16,
            16,
            "cd /opt && wget https://example.com/app-$VERSION.tar.gz; tar xf app-$VERSION.tar.gz",
            "Download: app-1.2.tar.gz",
        ),
    ]
    for command in outline.commands:
        assert SCRIPT[: command.end].endswith(b"\n")
        assert command.seconds > 0
    assert SCRIPT[: outline.commands[4].end].endswith(b"CONF\n")


def test_steps_of_a_line() -> None:
    """What stands in one line is one command; its steps say what is in it."""
    (command,) = read_outline(b"apt-get update && apt-get install -y nginx; echo done\n").commands
    assert [step.title for step in command.steps] == [
        "Refresh the package lists",
        "Install packages: nginx",
        "",
    ]
    assert sum(step.seconds for step in command.steps) == pytest.approx(command.seconds)


def test_locale() -> None:
    """Titles are in the language that was asked for."""
    assert titles("apt-get update", "zh-CN") == ["刷新软件包列表"]


@pytest.mark.parametrize("line", [1, 2, 5, 17, 99])
def test_lines_of_no_command(line: int) -> None:
    """Comments and empty lines belong to no command."""
    assert read_outline(SCRIPT).at_line(line) is None


@pytest.mark.parametrize(
    ("line", "index"), [(3, 0), (6, 2), (7, 3), (8, 3), (9, 4), (13, 5), (14, 5), (16, 6)]
)
def test_at_line(line: int, index: int) -> None:
    """Each line of a command leads to it."""
    assert read_outline(SCRIPT).at_line(line) == index


FUNCTIONS = """\
#!/bin/bash
log() {
    echo "$*"
}
packages() {
    log install
    apt-get update
    apt-get install -y nginx
}
service() { systemctl start nginx; }
log begin
packages
sleep 5
service
log end
"""


def test_functions() -> None:
    """A function is no command; its call has the title and the time of its body, and is where its lines belong."""
    outline = read_outline(FUNCTIONS.encode())
    assert [(command.text, command.title) for command in outline.commands] == [
        ("log begin", ""),
        ("packages", "Install packages: nginx"),
        ("sleep 5", "Wait 5 s"),
        ("service", "Start service: nginx"),
        ("log end", ""),
    ]
    assert [outline.at_line(line) for line in (7, 8, 10, 12)] == [1, 1, 3, 1]
    assert outline.at_line(3) is None, "called from several places"
    assert outline.matching(["apt-get", "update"]) == 1


MAIN = """\
#!/bin/sh
set -eu
install() {
    apt-get update
    apt-get install -y "$1"
}
main() {
    install nginx
    curl -fsSL https://example.com/app.tar.gz -o app.tar.gz
    cd /opt/app
    make
}
main "$@"
"""


def test_main() -> None:
    """The commands of the function that is all of the script stand in the place of its call."""
    outline = read_outline(MAIN.encode())
    assert [(command.first_line, command.title) for command in outline.commands] == [
        (2, ""),
        (8, "Install packages: nginx"),
        (9, "Download: app.tar.gz"),
        (10, ""),
        (11, "Compile"),
    ]
    assert [outline.at_line(line) for line in (4, 5, 8, 11, 13)] == [1, 1, 1, 4, None]
    assert outline.matching(["make"]) == 4
    assert outline.matching(["apt-get", "install", "-y", "nginx"]) == 1
    assert len({command.end for command in outline.commands[1:]}) == 1
    assert outline.at_offset(outline.commands[1].end) is None


@pytest.mark.parametrize(
    "call",
    [
        'main "$@"',
        'main "$@" || exit 1',
        "main | tee log",
        '[ "$X" = test ] || main',
        '{ main "$@"; }',
        "( main )",
        'if [ -z "$X" ]; then\n  main\nfi',
        "do_it() { main; }; do_it",
    ],
)
def test_main_called_in_other_ways(call: str) -> None:
    """It does not matter how that function is called."""
    script = MAIN.replace('main "$@"\n', call + "\n")
    assert titles(script) == ["Install packages: nginx", "Download: app.tar.gz", "Compile"]


@pytest.mark.parametrize(
    "script",
    [
        "if ! make; then\n  echo failed\n  exit 1\nfi\n",
        "{ echo a\n echo b\n} && make\n",
        "for x in a b; do\n  make\n  make install\ndone\n",
        "f() {\n  make\n}\nf\n",
    ],
)
def test_told_as_one(script: str) -> None:
    """A loop, a function with one command, and what spends its time elsewhere than inside stay one command."""
    (command,) = read_outline(script.encode()).commands
    assert command.title == "Compile"


def test_whole_time_of_main() -> None:
    """Commands told one by one take as long together as the call told as one."""
    parts = read_outline(MAIN.encode()).commands
    whole = read_outline(MAIN.replace('main "$@"', 'main "$@"; sleep 1').encode()).commands
    assert sum(command.seconds for command in parts) + 1 == pytest.approx(
        sum(command.seconds for command in whole)
    )


def test_locate() -> None:
    """A process leads to the command, and to the step in it."""
    outline = read_outline(b"set -e\nmake clean; make -j$(nproc) && sudo make install\n")
    assert outline.locate(["make", "-j8"]) == (1, 2)
    assert outline.locate(["sudo", "make", "install"]) == outline.locate(["make", "install"]) == (1, 3)
    assert outline.locate(["gcc"]) is None


def test_ends_early() -> None:
    """Behind an unconditional exit, and behind a mistake, nothing is read."""
    assert titles("make\nexit 0\nmake install\n") == ["Compile"]
    assert titles("exec make\nmake install\n") == ["Compile"]
    assert titles("exec 2>&1\nmake\n") == ["Compile"]
    assert titles("make\nif x\n") == ["Compile"]
    assert read_outline(b"make\nexit\n\0\xff" + b"\n" * 5000).commands == ()
    assert len(read_outline(b"make\nexit\n" + b"#" * 5000 + b"\n\0\xff'\n").commands) == 2


@pytest.mark.parametrize(
    "script",
    [
        b"",
        b"#!/usr/bin/env python3\nimport os\n",
        b"#!/usr/bin/python3\nimport os\n",
        b"#!/usr/bin/env -S node --x\nx()\n",
        b"#!/bin/bash\r\nmake\r\n",
        b"\x7fELF\0make\n",
        b"# comments\n\n# only\n",
        b"f() { make; }\n",
        b"make\n" * (MAX_TOLD + 1),
        b"f() {\n" + b"make\n" * MAX_LINES + b"}\nf\n",
        b"make " + b"x" * MAX_BYTES,
    ],
)
def test_no_commands(script: bytes) -> None:
    """What is no shell script, does nothing, or is too long has no commands."""
    outline = read_outline(script)
    assert outline.commands == ()
    assert outline.at_line(1) is outline.at_offset(0) is outline.matching(["make"]) is None


@pytest.mark.parametrize(
    "first",
    [
        "#!/bin/sh",
        "#! /bin/bash -e",
        "#!/usr/bin/env bash",
        "#!/usr/bin/env -S bash -e",
        "#!/bin/busybox sh",
        "make",
    ],
)
def test_shells(first: str) -> None:
    """Scripts for any shell, or without a word of it, are read."""
    assert len(read_outline(f"{first}\nmake install\n".encode()).commands) == (2 if first == "make" else 1)


def test_text_is_bounded() -> None:
    """The text of a command is one line of bounded length, and no more than UTF-8."""
    (command,) = read_outline("echo 'zwölf\n".encode() + b"\xff " * 9000 + b"'\n").commands
    assert command.text.startswith("echo 'zwölf \ufffd")
    assert len(command.text) == MAX_TEXT


def test_secrets_of_variables() -> None:
    """The value of a variable that is called like a secret is in no title."""
    assert titles("DB_PASSWORD=hunter2\n./setup $DB_PASSWORD\n") == ["Run ./setup"]


def test_names_known_only_later() -> None:
    """What is known only when the script runs is left out of titles."""
    assert titles('apt-get install -y $EXTRA nginx\ncurl -o x "https://example.com/$FILE"\n') == [
        "Install packages: nginx and 1 more",
        "Download: x",
    ]


def positions(script: str, folder: Path) -> tuple[list[tuple[str, int]], Outline]:
    """Run a script whose commands ``at NAME`` note where bash stands in it while they run."""
    (folder / "at").write_text(
        '#!/bin/sh\nsed -n "s/^pos:[[:space:]]*/$1 /p" "/proc/$SHELL_PID/fdinfo/255" >> "$POSITIONS"\n'
    )
    (folder / "at").chmod(0o755)
    path = folder / "script.sh"
    path.write_text(script)
    noted = folder / "positions"
    noted.touch()
    starter = 'SHELL_PID=$$ POSITIONS=$1 PATH=$2:$PATH exec bash "$3"'
    subprocess.run(
        ["bash", "-c", starter, "bash", noted, folder, path], check=True, timeout=60, stdin=subprocess.DEVNULL
    )
    rows = [line.split() for line in noted.read_text().splitlines()]
    return [(name, int(position)) for name, position in rows], read_outline(script.encode())


PLACES = """\
#!/bin/bash
echo begin
at 2
at 3; at 3
cat <<E > /dev/null; at 4
at nowhere
E
if true; then
    at 5
    at 5
fi # at nowhere
x=$(at 6)
( at 7 ) && { at 7; }
f() {
    at 8
}

f
for i in 1 2; do
    at 9
done
while read -r line; do at 10; done < <(echo; echo)
at 11 | \\
    cat
"at" 12 \\

true
true
"""


def test_where_bash_stands(tmp_path: Path) -> None:
    """While a process runs, bash stands behind the line that has started it, and that is found."""
    noted, outline = positions(PLACES + "# the end\n", tmp_path)
    texts = [command.text for command in outline.commands]
    names = [name for name, _ in noted]
    assert sorted(set(names), key=int) == [str(number) for number in range(2, 13)]
    for name, position in noted:
        index = outline.at_offset(position)
        assert index is not None
        assert f"at {name}" in texts[index].replace('"', "") or texts[index] == "f", (name, texts[index])


def test_where_bash_stands_in_a_long_script(tmp_path: Path) -> None:
    """It is the same in a script that is longer than bash's buffer."""
    filling = ": " + "x" * 61 + "\n"
    script = "".join(filling * 37 + f"at {number}\n" for number in range(1, 12)) + filling
    noted, outline = positions(script, tmp_path)
    assert len(noted) == 11
    for name, position in noted:
        index = outline.at_offset(position)
        assert index is not None
        assert outline.commands[index].text == f"at {name}"


def test_where_bash_stands_at_the_end_and_beside_jobs(tmp_path: Path) -> None:
    """While bash waits for what is in the background, it stands at the end of the file, where nothing is told; so it is in the
    last command, which its process tells."""
    waiting = "{ read -r; at 1; } < <(sleep 0.3; echo) &\n" + "wait\n" + ": a\n" * 5
    noted, outline = positions(waiting, tmp_path)
    assert noted == [("1", len(waiting))]
    assert outline.at_offset(len(waiting)) is None
    last = "true\nat last\n"
    (tmp_path / "positions").unlink()
    noted, outline = positions(last, tmp_path)
    assert noted == [("last", len(last))]
    assert outline.at_offset(len(last)) is None
    assert outline.matching(["/bin/sh", str(tmp_path / "at"), "last"]) == 1


def test_a_buffer_behind_a_job() -> None:
    """Where something runs in the background, a place one buffer behind a command tells nothing, either."""
    line = b"true\n"
    script = b"sleep 9 &\n" + line * 4000
    outline = read_outline(script)
    assert outline.at_offset(10) == 0
    assert outline.at_offset(10 + 5) == 1
    aligned = (
        b"sleep 9 &\n"
        + b": xxxxxxxxxxxx\n" * 200
        + b"# "
        + b"x" * (8192 - 3000 - 3)
        + b"\n"
        + line
        + b": yyyyyyy\n" * 100
    )
    assert aligned[: 10 + 8192].endswith(b"\n")
    assert read_outline(aligned).at_offset(10 + 8192) is None
    assert read_outline(aligned.replace(b"&", b";")).at_offset(10 + 8192 + 5) is not None


@given(st.binary(max_size=400))
def test_any_bytes(script: bytes) -> None:
    """Whatever the bytes are, there is an outline."""
    _check(read_outline(script))


PIECES = (
    "if for while until case esac do done then else elif fi { } ( ) (( )) [[ ]] ; & && || | |& ;; ;& < > << <<- <<< >& &> ' \" `"
    " $ $( ${ $(( \\ \n # = + * ? a b main make sudo sleep 5 in function time ! coproc exec exit x=1 a=( \0 é ~ - -c bash eval \t"
)


@given(st.lists(st.sampled_from([*PIECES.split(" "), " ", "\n", "<<A\n", "\nA\n"]), max_size=60))
def test_any_pieces(pieces: list[str]) -> None:
    """Whatever is put together of the pieces of scripts, there is an outline."""
    _check(read_outline("".join(pieces).encode()))
    _check(read_outline(" ".join(pieces).encode()))


def test_mutated_scripts() -> None:
    """Real scripts in which bytes are changed, lost or doubled have an outline."""
    chance = random.Random(4)
    folder = Path(installcast.__file__).parent
    scripts = [path.read_bytes() for path in sorted(folder.rglob("*.sh"))]
    assert len(scripts) > 20
    for script in [*scripts, SCRIPT, MAIN.encode(), PLACES.encode()]:
        for _ in range(15):
            changed = bytearray(script)
            for _ in range(chance.randint(1, 6)):
                begin = chance.randrange(len(changed))
                end = begin + chance.choice((0, 1, 1, 2, 30))
                changed[begin:end] = chance.choice(
                    (
                        b"",
                        b"'",
                        b'"',
                        b"`",
                        b"$(",
                        b")",
                        b"}",
                        b"{ ",
                        b"\n",
                        b"\\",
                        b";",
                        b"<<",
                        changed[begin:end] * 2,
                    )
                )
                changed = changed or bytearray(b"x")
            _check(read_outline(bytes(changed)))


def _check(outline: Outline) -> None:
    for index, command in enumerate(outline.commands):
        assert 1 <= command.first_line <= command.last_line
        assert command.seconds > 0
        assert not re.search(r"[\n\0]", command.title)
        assert len(command.text) <= MAX_TEXT
        assert command.seconds == pytest.approx(sum(step.seconds for step in command.steps), abs=0.002)
        assert outline.at_offset(command.end) in (index, None)
        assert outline.matching(command.text.split()) in (None, *range(len(outline.commands)))


LONG = "x" * 4000


@pytest.mark.parametrize(
    "filling", ["'", "`", '"', "$a", "$a ", "${a}", "{a,b}", "$(", "a;", "echo $a $a\n", "<<A ", "case a in "]
)
@pytest.mark.parametrize("begin", ["echo ", "b=", "b=("])
def test_any_script_is_read_in_a_moment_and_in_little_memory(begin: str, filling: str) -> None:
    """Words that repeat thousands of times, and long values in each of them, take neither time nor memory."""
    script = f"#!/bin/bash\na={LONG}\n{begin}{filling * (30_000 // len(filling))}\n".encode()
    began = time.process_time()
    tracemalloc.start()
    try:
        read_outline(script)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 40_000_000
    assert time.process_time() - began < 8
