"""Names of environment variables that a recipe may not declare, because they change how a program runs.

Whoever can set such a variable can run code of his own in a script that never mentions it (``BASH_ENV``,
``LD_PRELOAD``, ``GIT_SSH_COMMAND`` …), or lead it elsewhere (``PATH``, ``APT_CONFIG``, ``OPENSSL_CONF`` …).
"""

from __future__ import annotations

import re

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")

_REFUSED_PREFIXES = (
    # the dynamic linker and the C library
    "LD_", "DYLD_", "MALLOC_", "GLIBC_", "LC_",
    # interpreters and their package managers
    "BASH", "PYTHON", "PIP_", "UV_", "CONDA_", "PERL", "RUBY", "GEM_", "BUNDLE_", "NPM_CONFIG_", "CARGO_",
    "COMPOSER_", "PHP_INI_",
    # tools that take commands from their environment
    "GIT_", "SSH_", "SUDO_", "RSYNC_", "SYSTEMD_", "XDG_",
    # the package manager of the system
    "APT_", "DEB", "DPKG_", "NEEDRESTART_", "UCF_",
    # what we say ourselves
    "INSTALLCAST_", "ONEINSTACK_",
)  # fmt: skip

_REFUSED_NAMES = frozenset(
    {
        # the shell
        "CDPATH", "ENV", "FIGNORE", "FPATH", "GLOBIGNORE", "IFS", "OLDPWD", "OPTIND", "PATH", "PROMPT_COMMAND", "PS0", "PS1",
        "PS2", "PS3", "PS4", "PWD", "SHELL", "SHELLOPTS", "SHLVL", "TMOUT", "_",
        # who and where
        "HOME", "LANG", "LANGUAGE", "LOGNAME", "TEMP", "TERM", "TMP", "TMPDIR", "TZ", "TZDIR", "USER", "VIRTUAL_ENV",
        # the C library: converters, message catalogs, resolver
        "GCONV_PATH", "HOSTALIASES", "LOCALDOMAIN", "LOCPATH", "NIS_PATH", "NLSPATH", "RESOLV_HOST_CONF", "RES_OPTIONS",
        "TERMCAP", "TERMINFO", "TERMINFO_DIRS",
        # programs that other programs start
        "BROWSER", "EDITOR", "LESSCLOSE", "LESSOPEN", "MANPAGER", "PAGER", "VISUAL",
        # compilers, build tools and archivers
        "CC", "CFLAGS", "CPP", "CPPFLAGS", "CXX", "CXXFLAGS", "GNUMAKEFLAGS", "GZIP", "LDFLAGS", "LIBRARY_PATH", "MAKEFILES",
        "MAKEFLAGS", "MFLAGS", "PKG_CONFIG", "PKG_CONFIG_PATH", "TAR_OPTIONS", "XZ_DEFAULTS", "XZ_OPT",
        # runtimes
        "CLASSPATH", "GOFLAGS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "NODE_EXTRA_CA_CERTS", "NODE_OPTIONS", "NODE_PATH",
        "RUSTC", "RUSTC_WRAPPER", "RUSTFLAGS", "_JAVA_OPTIONS",
        # transfers and their trust
        "CURL_CA_BUNDLE", "CURL_HOME", "NETRC", "OPENSSL_CONF", "OPENSSL_ENGINES", "OPENSSL_MODULES", "REQUESTS_CA_BUNDLE",
        "SSLKEYLOGFILE", "SSL_CERT_DIR", "SSL_CERT_FILE", "SYSTEM_WGETRC", "WGETRC",
    }
)  # fmt: skip


def refusal(name: str) -> str | None:
    """Return why ``name`` cannot be declared as a recipe's variable, or ``None`` when it can."""
    if not _NAME.fullmatch(name):
        return "is no name for a variable: letters, digits and _ only, not a digit first, 64 at most"
    upper = name.upper()
    if upper in _REFUSED_NAMES or upper.startswith(_REFUSED_PREFIXES):
        return "is refused: it could change how programs run"
    return None
