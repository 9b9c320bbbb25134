"""Nothing that is put into the environment of a script makes a good one fail, or say anything else.

Each script runs twice, without us and in a real runner: how it ends and what it prints has to be the same. apt and dpkg are
the real ones, and work on a root of their own.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import installcast
from installcast.runner.environment import SEARCH_PATH, user

from .conftest import MakeTask, Task, open_folder, wait_until

_CONTROL = """Package: tiny
Version: 1
Architecture: all
Maintainer: Nobody <nobody@example.org>
Description: nothing
"""

_OPTIONS = (
    ("Dir", "{root}"),
    ("Dir::State::status", "{root}/var/lib/dpkg/status"),
    ("Dir::Bin::dpkg", "/usr/bin/dpkg"),
    ("Dir::Bin::methods", "/usr/lib/apt/methods"),
    ("Dir::Bin::solvers::", "/usr/lib/apt/solvers"),
    ("Dir::Bin::planners::", "/usr/lib/apt/planners"),
    ("Dpkg::Options::", "--force-not-root"),
    ("Dpkg::Options::", "--root={root}"),
    ("APT::Sandbox::User", "root"),
)
"""Of an apt that leaves the machine alone."""

_OTHER_LINES = (
    "Progress: [",
    "sh: 0: getcwd() failed",  # of a stand-in that is called where no folder is any more
    "debconf: ",  # of the machine's own, which others may be using
    "Ended with exit status 0",  # the runner's
)

_QUIET = {"DEBIAN_FRONTEND": "noninteractive"}


Seen = list[str]
"""The lines that a script printed."""


@pytest.fixture(scope="module")
def program() -> Iterator[Path]:
    """A copy of Installcast in a folder that everybody may enter, as where it is installed for a machine."""
    with open_folder() as folder:
        ours = shutil.ignore_patterns("static", "__pycache__")
        shutil.copytree(Path(installcast.__file__).parent, folder / "installcast", ignore=ours)
        yield folder / "installcast/runner"


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with something to install for dpkg, and for pip."""
    folder = tmp_path_factory.mktemp("packages")
    (folder / "tree/DEBIAN").mkdir(parents=True)
    (folder / "tree/DEBIAN/control").write_text(_CONTROL)
    (folder / "tree/tiny").write_text("installed\n")
    build = ["dpkg-deb", "--build", str(folder / "tree"), str(folder / "tiny.deb")]
    subprocess.run(build, check=True, capture_output=True)
    with zipfile.ZipFile(folder / "thing-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("thing.py", "x = 1\n")
        wheel.writestr("thing-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: thing\nVersion: 1\n")
        wheel.writestr(
            "thing-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr("thing-1.dist-info/RECORD", "")
    return folder


@pytest.fixture
def world(packages: Path, tmp_path: Path) -> Callable[[], dict[str, str]]:
    """Make a new root for apt, always in the same place; return the variables that scripts find it by."""

    def make() -> dict[str, str]:
        folder = tmp_path / "world"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(packages, folder)
        root = folder / "root"
        for name in (
            *(
                "var/lib/dpkg/info",
                "var/lib/dpkg/updates",
                "var/lib/dpkg/triggers",
                "var/lib/apt/lists/partial",
            ),
            *("var/cache/apt/archives/partial", "var/log/apt", "etc/apt/apt.conf.d", "etc/apt/preferences.d"),
            *("etc/apt/sources.list.d", "etc/apt/trusted.gpg.d"),
        ):
            (root / name).mkdir(parents=True)
        for name in ("status", "available"):
            (root / "var/lib/dpkg" / name).touch()
        options = [f"-o{name}={value.format(root=root)}" for name, value in _OPTIONS]
        return {"WORLD": str(folder), "OPTIONS": " ".join(options), "PYTHON": sys.executable}

    return make


def lines_of(text: str) -> list[str]:
    """Return what is to be seen at last of each line, but for apt's percentages and what is not the script's word."""
    last_states = (line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    return [line for line in last_states if not line.startswith(_OTHER_LINES)]


Alone = Callable[[str], Seen]


@pytest.fixture
def alone(world: Callable[[], dict[str, str]], tmp_path: Path) -> Alone:
    """Run scripts without us."""

    def run(script: str) -> Seen:
        folder = tmp_path / "alone"
        (folder / "work").mkdir(parents=True)
        (folder / "script.sh").write_text(script)
        name, home = user()
        environment = {
            "PATH": SEARCH_PATH,
            "HOME": home,
            "USER": name,
            "LANG": "C.UTF-8",
            **_QUIET,
            **world(),
        }
        done = subprocess.run(
            ["/bin/bash", str(folder / "script.sh")],
            cwd=folder / "work",
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return lines_of(done.stdout.decode().removesuffix("\n"))

    return run


Prepare = Callable[..., Task]


@pytest.fixture
def prepare(make_task: MakeTask, program: Path, world: Callable[[], dict[str, str]]) -> Prepare:
    """Make a task for a script, with the whole environment that a service gives it."""

    def make(script: str, **options: Any) -> Task:
        environment = {"APT_CONFIG": str(program / "shell/apt.conf"), **world()}
        return make_task(install=script, environment=environment, program=program, **options)

    return make


def run_in_task(task: Task) -> Seen:
    """Run the script of ``task``, which has to end well."""
    assert task.run().exit_code == 0, task.messages()
    return lines_of("\n".join(record["message"] for record in task.records()[:-1] if not record.get("kind")))


_INSTALL = 'apt-get $OPTIONS install -y "$WORLD/tiny.deb" && cat "$WORLD/root/tiny"\n'


def _with(option: str) -> str:
    return _INSTALL.replace(" install", f" {option} install", 1)


SCRIPTS = {
    "an install": _INSTALL,
    "its output hidden": f"({_INSTALL}) > /dev/null 2>&1 && cat $WORLD/root/tiny",
    "apt": _INSTALL.replace("apt-get", "apt").replace("&&", "2> /dev/null &&"),
    "closed descriptors": f"exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-\n{_INSTALL}",
    "no input": f"exec 0<&- 3>&-\n{_INSTALL}",
    "descriptors of its own": (
        "exec 3> three 4> four 5> five 6> six 7> seven 8> eight 9> nine\n"
        f"{_INSTALL}for n in 3 4 5 6 7 8 9; do echo $n >&$n; done; cat three four five six seven eight nine\n"
    ),
    "a lock on descriptor 9": (
        f"(flock 9; {_INSTALL}\n(flock -n 8 || echo still locked) 8< lock) 9> lock\n(flock -n 9 && echo free) 9< lock\n"
    ),
    "a lock that apt must not keep": f"exec 9> lock; flock 9; {_INSTALL} flock -u 9; flock -n lock echo free\n",
    "dash": f"cat > inner <<'END'\nset -eu\n{_INSTALL}END\ndash inner\n",
    "piped into a shell": f"cat > inner <<'END'\n{_INSTALL}END\ncat inner | bash\ncat inner | sh\n",
    "an empty environment": 'env -i apt-get --version | head -n 1; env -i "$(type -P env)" | sort; env -i true\n',
    "an environment of its own": f"env -i PATH=$PATH WORLD=$WORLD OPTIONS=\"$OPTIONS\" sh -c '{_INSTALL}'\n",
    "a path of its own": f"PATH=/usr/bin:/bin:/usr/sbin:/sbin\n{_INSTALL}",
    "a path that is gone": "unset PATH; /usr/bin/apt-get --version | /usr/bin/head -n 1; type ls 2> /dev/null || echo none\n",
    "a path in front": "mkdir bin; printf '#!/bin/sh\\necho mine\\n' > bin/apt-get; chmod +x bin/*; PATH=bin:$PATH apt-get\n",
    "where is it": "command -v apt-get; which apt; type -P apt-get; hash apt-get; hash -t apt-get\n",
    "the whole path": "/usr/bin/apt-get --version | head -n 1; [ -x /usr/bin/apt-get ] && echo there\n",
    "strict": f"set -euo pipefail; shopt -s nullglob; export SHELLOPTS\n{_INSTALL}",
    "without our variables": f"unset APT_CONFIG ${{!INSTALLCAST_@}} ONEINSTACK_PROGRESS_FD\n{_INSTALL}",
    "a status of its own": f"exec 5> status\n{_with('-o APT::Status-Fd=5')}grep ^pm status | cut -d: -f 1,2\n",
    "a status on its output": _with("-o APT::Status-Fd=1").replace(" &&", " | grep pmstatus | sort;"),
    "a configuration of its own": (
        "echo 'APT::Get::Assume-Yes \"true\";' > apt.conf; export APT_CONFIG=$PWD/apt.conf\n"
        f"{_INSTALL.replace('-y', '')}"
    ),
    "quiet": 'apt-get $OPTIONS -qq install -y "$WORLD/tiny.deb"; echo $?\n',
    "simulated": 'apt-get $OPTIONS -s install "$WORLD/tiny.deb"; apt-get $OPTIONS -s -qq install "$WORLD/tiny.deb"\n',
    "captured": (
        'out=$(apt-get $OPTIONS -qq -s install "$WORLD/tiny.deb" 2>&1); echo "[$out]"\n'
        'uris=$(apt-get $OPTIONS --print-uris -qq install "$WORLD/tiny.deb"); echo "[$uris]"\n'
        'targets=$(apt-get $OPTIONS indextargets); echo "[$targets]"\n'
    ),
    "downloads": "apt-get $OPTIONS download tiny; echo $?; apt-get $OPTIONS update; echo $?; apt-get $OPTIONS check; echo $?\n",
    "a failure": "apt-get $OPTIONS install -y no-such-package; echo $?; apt-get $OPTIONS nonsense; echo $?\n",
    "help": "apt-get --help | head -n 3; apt-get | head -n 1; apt --version\n",
    "in a folder that is gone": f"mkdir gone; cd gone; rmdir ../gone; {_INSTALL}",
    "its own work folder without rights": f"chmod 500 . ..; {_INSTALL}",
    "no temporary folder": f"export TMPDIR=/nonexistent; {_INSTALL}",
    "another umask": f"umask 077; {_INSTALL} stat -c %a $WORLD/root/tiny\n",
    "in the background": f"({_INSTALL}) > log 2>&1 & wait $!; tail -n 1 log\n",
    "by xargs": 'echo "$WORLD/tiny.deb" | xargs apt-get $OPTIONS install -y; cat "$WORLD/root/tiny"\n',
    "by find": 'find "$WORLD" -name tiny.deb -exec apt-get $OPTIONS install -y {} +\n',
    "by a time limit": f"timeout 60 nice sh -c '{_INSTALL}'\n",
    "by python": (
        "cat > call.py <<'END'\nimport subprocess\nprint(subprocess.run(['apt-get', '--version'], capture_output=True, "
        "text=True, close_fds=True).stdout.split()[0])\ntry:\n    subprocess.run(['no-such-command'])\n"
        "except FileNotFoundError:\n    print('not found')\nEND\n$PYTHON -I call.py\n"
    ),
    "git": (
        "git init -q -b main one; cd one; echo a > a; git add a; git -c user.name=n -c user.email=e commit -q -m m; cd ..\n"
        'out=$(git clone -q one two 2>&1); echo "[$out]"; cd two; git checkout -q -b other; git status --short\n'
    ),
    "an old pip": (
        "$PYTHON -m venv --copies old >/dev/null; old/bin/pip --version | cut -d' ' -f 1-2\n"
        "old/bin/pip install --no-index --disable-pip-version-check $WORLD/thing-1-py3-none-any.whl; echo $?\n"
        "old/bin/python -c 'import thing; print(thing.x)'\n"
    ),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_as_without_us(alone: Alone, prepare: Prepare, name: str) -> None:
    """The script ends as it does without us, and prints what it prints without us."""
    expected = alone(SCRIPTS[name])
    assert run_in_task(prepare(SCRIPTS[name])) == expected


_AS_NOBODY = "cd /; apt-get --version | head -n 1; env no-such-command; echo $?; no-such-command; echo $?"

AS_ROOT = {
    "sudo": f"sudo {_INSTALL}",
    "sudo with our environment": f"sudo -E {_INSTALL}",
    "sudo and a shell": f"sudo -E sh -c '{_INSTALL}'; sudo OPTIONS=\"$OPTIONS\" WORLD=$WORLD bash -c '{_INSTALL}'\n",
    "another user by su": f"su -s /bin/sh -c '{_AS_NOBODY}' nobody\n",
    "another user by runuser": f"runuser -u nobody -- bash -c '{_AS_NOBODY}'; runuser -u nobody -- no-such-command; echo $?\n",
    "another user by setpriv": f"setpriv --reuid 65534 --clear-groups sh -c '{_AS_NOBODY}'\n",
    "another user in python": (
        "cat > /tmp/as-nobody-$$.py <<'END'\nimport os, subprocess\nos.setuid(65534)\ntry:\n"
        "    subprocess.run(['no-such-command'])\nexcept OSError as error:\n    print(error.strerror)\nEND\n"
        "/usr/bin/python3 -I /tmp/as-nobody-$$.py; rm /tmp/as-nobody-$$.py\n"
    ),
    "another user's apt": "runuser -u nobody -- apt-get -qq indextargets > /dev/null; echo $?\n",
}


@pytest.mark.machine
@pytest.mark.parametrize("name", AS_ROOT)
def test_as_without_us_as_root(alone: Alone, prepare: Prepare, name: str) -> None:
    """So it is for scripts that change their user, and for sudo, which changes the environment."""
    expected = alone(AS_ROOT[name])
    assert run_in_task(prepare(AS_ROOT[name])) == expected


@pytest.mark.machine
def test_a_data_folder_without_execution(alone: Alone, prepare: Prepare, tmp_path: Path) -> None:
    """Where nothing may be executed that lies in the data folder, a script goes on as before."""
    expected = alone(_INSTALL)
    data = tmp_path / "data"
    data.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "noexec", "tmpfs", str(data)], check=True)
    try:
        assert run_in_task(prepare(_INSTALL, folder=data / "thing-1.0-noexec")) == expected
    finally:
        subprocess.run(["umount", "--lazy", str(data)], check=True)


@pytest.mark.machine
def test_a_full_data_folder(prepare: Prepare, tmp_path: Path) -> None:
    """apt ends with 100 where it cannot write its status: on a full disk it can."""
    data = tmp_path / "data"
    data.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(data)], check=True)
    try:
        fill = "cat /dev/zero > fill 2> /dev/null\n"
        task = prepare(fill + _INSTALL, folder=data / "thing-1.0-full")
        assert task.run().exit_code == 0
        assert (Path(task.spec.environment["WORLD"]) / "root/tiny").exists()
    finally:
        subprocess.run(["umount", "--lazy", str(data)], check=True)


def test_a_runner_that_is_killed(prepare: Prepare) -> None:
    """An apt that runs when the runner dies, and one that is started later, know nothing of it."""
    hook = '-oDPkg::Pre-Invoke::="echo > $PWD/under-way; cat $PWD/gate"'
    task = prepare(
        f"mkfifo gate\n{_with(hook)}echo $? > first\n"
        "apt-get $OPTIONS install --reinstall -y $WORLD/tiny.deb; echo $? > second; echo > done\n"
    )
    work = task.folder / "work"
    task.start()
    wait_until((work / "under-way").exists, [work])
    task.kill_runner()
    with (task.folder / "output").open("rb"):  # as the server does, so that nothing in there is lost
        (work / "gate").write_text("")
        wait_until((work / "done").exists, [work])
    assert [(work / name).read_text() for name in ("first", "second")] == ["0\n", "0\n"]


def test_apt_is_heard(prepare: Prepare) -> None:
    """All these scripts ran with what makes apt tell more: this is how it is called."""
    show = "-oDPkg::Pre-Invoke::=\"tr '\\0' ' ' < /proc/\\$PPID/cmdline\""
    task = prepare(_with(show))
    task.run()
    assert any("apt-get -o APT::Status-Fd=9 -oDir=" in line for line in task.messages())
