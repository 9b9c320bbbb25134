"""What a script's environment is made of."""

from __future__ import annotations

import os
import pwd
import re
from pathlib import Path

import pytest

import installcast.catalog
from installcast.runner import environment as environment_module
from installcast.runner.environment import LOCK_SECONDS, apt_config, script_environment

FOLDER = Path("/data/tasks/thing-1.0-x")


def build(**options: object) -> dict[str, str]:
    return script_environment(
        FOLDER,
        task_id="thing-1.0-x",
        key="thing",
        software_version="1.0",
        action="install",
        **options,  # type: ignore[arg-type]
    )


def test_it_is_built_from_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the service's own environment is in it."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
    monkeypatch.setenv("PATH", "/tmp/evil")
    environment = build()
    assert "AWS_SECRET_ACCESS_KEY" not in environment
    assert environment["PATH"] == "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    assert environment["HOME"] == pwd.getpwuid(os.geteuid()).pw_dir


def test_the_agreed_variables() -> None:
    """A script knows what it is run for, and where it may report to."""
    environment = build()
    assert environment["INSTALLCAST_KEY"] == "thing"
    assert environment["INSTALLCAST_VERSION"] == "1.0"
    assert environment["INSTALLCAST_ACTION"] == "install"
    assert environment["INSTALLCAST_TASK_ID"] == "thing-1.0-x"
    assert environment["INSTALLCAST_EVENTS"] == f"{FOLDER}/events"
    assert environment["INSTALLCAST_SH"] == f"{FOLDER}/lib/installcast.sh"
    assert environment["ONEINSTACK_PROGRESS_FD"] == "3"


def test_tools_ask_nothing_and_page_nothing() -> None:
    """Debconf, git and pagers are told that nobody is there."""
    environment = build()
    assert environment["DEBIAN_FRONTEND"] == "noninteractive"
    assert environment["GIT_TERMINAL_PROMPT"] == "0"
    assert environment["PAGER"] == environment["SYSTEMD_PAGER"] == "cat"
    assert environment["TERM"] == "dumb"


def test_a_terminal_has_a_type() -> None:
    """On a terminal tools may use colours."""
    assert build(term="pty")["TERM"] == "xterm-256color"


def test_extra_variables_cannot_lie_about_the_task() -> None:
    """Parameters and settings may replace what is only a default, and nothing that names the task."""
    environment = build(extra={"PORT": "80", "LANG": "de_DE.UTF-8", "INSTALLCAST_TASK_ID": "another"})
    assert environment["PORT"] == "80"
    assert environment["LANG"] == "de_DE.UTF-8"
    assert environment["INSTALLCAST_TASK_ID"] == "thing-1.0-x"


def test_package_managers_wait_equally_long() -> None:
    """zypper by a variable, apt by a file, our own functions for recipes by an option: one time for all of them."""
    assert build()["ZYPP_LOCK_TIMEOUT"] == str(LOCK_SECONDS)
    config = Path(environment_module.__file__).with_name("shell") / "apt.conf"
    assert re.findall(r'Timeout "(\d+)";', config.read_text()) == [str(LOCK_SECONDS)] * 2
    functions = Path(installcast.catalog.__file__).with_name("shell") / "debian.sh"
    assert f"APT_LOCK_SECONDS={LOCK_SECONDS} " in functions.read_text()


def test_tools_tell_more_where_that_is_safe() -> None:
    """What a tool could refuse, or what takes the place of a user's own file, is not among it: an old pip ends with 3 over a
    bar that it does not know, wget with 1 over a file that another user may not read, apt with 100 over a descriptor that
    is closed."""
    environment = build()
    assert environment["GIT_PROGRESS_DELAY"] == "0"
    assert environment["CARGO_TERM_PROGRESS_WHEN"] == "always"
    assert environment["CARGO_TERM_PROGRESS_WIDTH"].isdigit()
    assert not {"PIP_PROGRESS_BAR", "WGETRC", "SYSTEM_WGETRC", "NINJA_STATUS"} & set(environment)
    config = (Path(environment_module.__file__).with_name("shell") / "apt.conf").read_text()
    assert 'Dpkg::Progress "1";' in config
    assert "Status-Fd" not in config


def test_apt_can_read_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own file serves every user who can get at it; where a folder above is closed to some, the task gets a copy."""
    closed = tmp_path / "closed"
    (closed / "shell").mkdir(parents=True)
    (closed / "shell" / "apt.conf").write_text("x")
    closed.chmod(0o700)
    monkeypatch.setattr(environment_module, "__file__", str(closed / "environment.py"))
    assert apt_config(FOLDER) == (FOLDER / "lib/apt.conf", b"x")
