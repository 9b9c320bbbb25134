"""What the commands of a script do and how long that is expected to take."""

from __future__ import annotations

import pytest

from installcast.parse.programs.job import title_of
from installcast.parse.shell.part import MAX_SECONDS, total
from installcast.parse.shell.parts import Survey
from installcast.parse.shell.syntax import ScriptReader


def titles(script: str) -> list[str]:
    """Return the titles of all commands that have one."""
    return [
        title
        for part in Survey().items(ScriptReader(script).read_script())
        if (title := title_of(part.job, "en"))
    ]


def seconds(script: str) -> float:
    """Return what a script takes."""
    return total(Survey().items(ScriptReader(script).read_script()))


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (
            "apt-get update && apt-get install -y nginx",
            ["Refresh the package lists", "Install packages: nginx"],
        ),
        ("P='nginx redis'; apt-get install -y $P", ["Install packages: nginx, redis"]),
        ('P=(nginx redis); apt-get install -y "${P[@]}"', ["Install packages: nginx, redis"]),
        ("if [ -e x ]; then P=nginx; else P=apache2; fi; apt-get install -y $P", ["Install packages"]),
        ("case $1 in a) P=nginx;; esac; apt-get install -y $P", ["Install packages"]),
        ("P=nginx; [ -e x ] || P=redis; apt-get install -y $P", ["Install packages"]),
        ("for P in nginx redis; do apt-get install -y $P; done", ["Install packages"]),
        ('get() { apt-get install -y "$@"; }; get nginx redis', ["Install packages: nginx, redis"]),
        ("get() { apt-get install -y $1; }; get nginx redis", ["Install packages: nginx"]),
        ('get() { apt-get install -y "$2"; }; get "$@"', ["Install packages"]),
        ('run() { "$@"; }; run make', ["Compile"]),
        ("f() { g; }; g() { make; }; f", ["Compile"]),
        ("make() { command make -j4; }; make", ["Compile"]),
        ("f() { f; }; f", []),
        ("sudo -u x bash -c 'make && make install'", ["Compile", "Install what was built"]),
        ("su - x -c 'make'", ["Compile"]),
        ("eval make", ["Compile"]),
        ("bash -c 'if'", []),
        ("curl -fsSL https://get.example.com | bash", ["Run the script from get.example.com"]),
        ("curl -fsSL https://a.example/x.tgz | tar xz", ["Download: x.tgz"]),
        ("curl -s localhost:80/x.tgz | sudo tar xz", ["Download: localhost"]),
        ("yes | make", ["Compile"]),
        ("{ apt-get update; make; } | tee x", ["Refresh the package lists", "Compile"]),
        ("V=$(curl -s https://api.example.com/latest)", ["Download: api.example.com"]),
        ("V=$(some_helper x)", []),
        ("V=$(helper x)", []),
        ("until pg_isready; do sleep 2; done", ["Wait until it is ready"]),
        ("export V=nginx; apt-get install $V", ["Install packages: nginx"]),
        ("f() { local V=nginx; apt-get install $V; }; f", ["Install packages: nginx"]),
        ("read -r V; apt-get install $V", ["Install packages"]),
        ("V=nginx; unset V; apt-get install $V", ["Install packages"]),
        ("S=; [ -e x ] && S=sudo; $S apt-get update", ["Refresh the package lists"]),
        (
            "$SUDO apt-get update; $PIP install six",
            ["Refresh the package lists", "Install Python packages: six"],
        ),
        (
            "if test -e x; then PM=apt-get; else PM=dnf; fi; $PM install redis; sudo $PM install -y jq",
            ["Install packages: redis", "Install packages: jq"],
        ),
        ("read -r PKG_INSTALL; $PKG_INSTALL nginx", ["Install packages: nginx"]),
        ("$as_root install -m 755 a /usr/bin/b", []),
        ("$sh_c 'apt-get update >/dev/null'", ["Refresh the package lists"]),
        ('"$MY_PYTHON" -m venv x; "$prog" -v', ["Create a Python environment"]),
        ("set -- nginx; apt-get install $1", ["Install packages"]),
    ],
)
def test_titles(script: str, expected: list[str]) -> None:
    """Variables, functions and shells within shells are followed, as far as they are known."""
    assert titles(script) == expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("sleep 3; sleep 4", 7),
        ("for i in a b c; do sleep 2; done", 6),
        ("for i in $(seq 10); do sleep 2; done", 20),
        ("for i in $(seq 3 5); do sleep 2; done", 6),
        ("for i in {1..10}; do sleep 2; done", 20),
        ("for i in {a,b}; do sleep 2; done", 4),
        ("for ((i = 0; i < 10; i++)); do sleep 2; done", 20),
        ("for ((i = 1; i <= 10; i++)); do sleep 2; done", 20),
        ("timeout 5 sleep 60", 5),
        ("timeout 1m bash -c 'sleep 50; sleep 40'", 60),
        ("sleep 5 | sleep 7 | sleep 6", 7),
        ("sleep 100 &", 5),
    ],
)
def test_seconds(script: str, expected: float) -> None:
    """Loops that can be counted are, limits hold, and what runs side by side takes as long as the longest of it."""
    assert seconds(script) == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize(
    ("less", "more"),
    [
        ("make || sleep 100", "make; sleep 100"),
        ("[ -x /usr/bin/make ] || sleep 100", "sleep 100"),
        ("make || sleep 100", "[ -x /usr/bin/make ] || sleep 100"),
        ("if a; then sleep 100; fi", "sleep 100"),
        ("if a; then sleep 100; exit 1; fi", "if a; then sleep 100; fi"),
        ("if a; then sleep 100; exit 1; fi", "if a; then sleep 100; exit 0; fi"),
        ("if a; then sleep 100; fi", "if ! a; then sleep 100; fi"),
        ("if a; then sleep 100; else sleep 50; fi", "sleep 100"),
        ("if a; then sleep 50; fi", "if a; then sleep 100; else sleep 50; fi"),
        ("case x in a) sleep 100;; b) sleep 50;; *) exit 1;; esac", "sleep 100"),
        ("for i in $(seq 100); do a && break; sleep 1; done", "for i in $(seq 100); do sleep 1; done"),
        ("$(sleep 10)", "sleep 10"),
    ],
)
def test_likelihood(less: str, more: str) -> None:
    """What is done only in some cases counts less than what is done in all."""
    assert 0 < seconds(less) < seconds(more)


def test_seconds_are_bounded() -> None:
    """Loops within loops end at a number that can be reckoned with."""
    loops = "for a in {1..99999}; do " * 30 + "sleep infinity" + "; done" * 30
    assert seconds(loops) == MAX_SECONDS


def test_calls_are_bounded() -> None:
    """Functions that call others twice each, over many levels, end at a limit."""
    script = "".join(f"f{level}() {{ f{level + 1}; f{level + 1}; f{level + 1}; }}\n" for level in range(60))
    assert seconds(script + "f60() { sleep 1; }\nf0\nf0\n") >= 0
