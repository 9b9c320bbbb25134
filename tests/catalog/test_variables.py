"""Names that could change how a program runs cannot be declared."""

from __future__ import annotations

import pytest

from installcast.catalog.variables import refusal


@pytest.mark.parametrize(
    "name",
    [
        *(
            "PATH",
            "LD_PRELOAD",
            "LD_LIBRARY_PATH",
            "BASH_ENV",
            "BASHOPTS",
            "BASH_FUNC_x",
            "ENV",
            "IFS",
            "SHELLOPTS",
            "PS4",
        ),
        *(
            "PYTHONPATH",
            "PYTHONSTARTUP",
            "PERL5OPT",
            "RUBYOPT",
            "NODE_OPTIONS",
            "GIT_SSH_COMMAND",
            "GIT_CONFIG_COUNT",
        ),
        *(
            "APT_CONFIG",
            "DEBIAN_FRONTEND",
            "DEBCONF_DB_OVERRIDE",
            "DPKG_ROOT",
            "PIP_INDEX_URL",
            "npm_config_registry",
        ),
        *(
            "INSTALLCAST_EVENTS",
            "ONEINSTACK_PROGRESS_FD",
            "HOME",
            "TMPDIR",
            "SUDO_ASKPASS",
            "MAKEFLAGS",
            "OPENSSL_CONF",
        ),
        *("ld_preload", "Path"),
    ],
)
def test_dangerous(name: str) -> None:
    """Loaders, interpreters, shells, package managers and our own names are refused, in any case."""
    assert refusal(name) == "is refused: it could change how programs run"


@pytest.mark.parametrize("name", ["", "1A", "A-B", "A B", "A=B", "BASH_FUNC_x%%", "Ä", "A\n", "A" * 65])
def test_no_name(name: str) -> None:
    """What is no name of a variable is refused, too."""
    assert str(refusal(name)).startswith("is no name for a variable")


@pytest.mark.parametrize(
    "name", ["PORT", "DB_PASSWORD", "USERNAME", "HOW", "COUNT", "PATHS", "_X", "http_proxy", "GITEA_URL"]
)
def test_harmless(name: str) -> None:
    """Everything else can be declared."""
    assert refusal(name) is None
