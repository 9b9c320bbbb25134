"""What the text of a script tells about its failures."""

from __future__ import annotations

import time

import pytest

from installcast.parse.script_facts import ScriptFacts


@pytest.mark.parametrize(
    ("script", "stops"),
    [
        (b"#!/bin/bash -e\n", True),
        (b"#!/bin/bash\nset -euo pipefail\n", True),
        (b"set -o errexit\n", True),
        (b"#!/bin/bash\nset -x\n", False),
        (b"", False),
        (None, None),
    ],
)
def test_whether_it_stops_at_errors(script: bytes | None, stops: bool | None) -> None:
    """`set -e` in its forms; nothing is known of a script that nobody has."""
    assert ScriptFacts(script).stops_at_errors is stops


def test_the_only_address() -> None:
    """One literal address is told; several, or one with a variable in it, are not."""
    assert (
        ScriptFacts(b'curl -fsSL "https://a.example/x.tgz" | tar xz\n').only_url == "https://a.example/x.tgz"
    )
    assert ScriptFacts(b"wget https://a.example/$V.tgz\n").only_url == ""
    assert ScriptFacts(b"wget https://a.example/a\nwget https://a.example/b\n").only_url == ""
    assert ScriptFacts(b"# see https://a.example/\n").only_url == ""


@pytest.mark.parametrize(
    ("command", "silent"),
    [
        (b"wget -q http://a.example/x", True),
        (b"wget --quiet http://a.example/x", True),
        (b"wget http://a.example/x", False),
        (b"curl -fs http://a.example/x", True),
        (b"curl -fsSL http://a.example/x", False),
        (b"curl -sSL http://a.example/x", True),
        (b"curl -O http://a.example/x", True),
        (b"curl --fail -O http://a.example/x", False),
    ],
)
def test_silent_downloads(command: bytes, silent: bool) -> None:
    """wget -q says nothing of a failure, nor curl -s without -S, and curl without -f takes an error page for a success."""
    assert bool(ScriptFacts(command).silent_downloads) is silent


@pytest.mark.parametrize(
    ("line", "tolerates", "tries"),
    [
        (b"modprobe nf || true", True, True),
        (b"modprobe nf || :", True, True),
        (b"modprobe nf || echo 'no nf'", True, True),
        (b"modprobe nf || insmod nf.ko", False, True),
        (b"if modprobe nf; then", False, True),
        (b"modprobe nf || exit 1", False, False),
        (b"modprobe nf || { echo no; exit 1; }", False, False),
        (b"modprobe nf || die 'no nf'", False, False),
        (b"modprobe nf", False, False),
    ],
)
def test_what_may_fail(line: bytes, tolerates: bool, tries: bool) -> None:
    """A command with `|| true` may fail, one that is tried may, too, and one whose failure ends the script may not."""
    facts = ScriptFacts(b"echo\n" + line + b"\n")
    assert (facts.tolerates("modprobe", 2), facts.tries("modprobe", 2)) == (tolerates, tries)
    assert facts.tolerates("modprobe") is tolerates
    assert not facts.tolerates("modprobe", 1)
    assert not facts.tolerates("other", 2)


def test_what_follows_the_end() -> None:
    """A trap at the exit prints more after the command that failed."""
    assert ScriptFacts(b"trap cleanup EXIT\n").cleans_up
    assert not ScriptFacts(b"trap '' INT\n").cleans_up


def test_another_way_to_download() -> None:
    """A download that another one stands in for may fail, one that ends the script may not."""
    assert ScriptFacts(b"wget http://a/x || wget http://b/x\n").downloads_have_a_fallback
    assert not ScriptFacts(b"wget http://a/x || exit 1\n").downloads_have_a_fallback


@pytest.mark.parametrize(
    "filling", [b"\n", b" ", b"set -", b"trap ", b"curl -s ", b"|| ", b"a || {", b"curl http://"]
)
def test_any_script_is_read_in_a_moment(filling: bytes) -> None:
    """A script that is nothing but blank lines, or one word, keeps nobody waiting."""
    facts = ScriptFacts(filling * (200_000 // len(filling)))
    began = time.process_time()
    _ = (
        facts.stops_at_errors,
        facts.only_url,
        facts.silent_downloads,
        facts.cleans_up,
        facts.downloads_have_a_fallback,
    )
    assert time.process_time() - began < 2
