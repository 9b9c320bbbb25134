"""Package managers of systems: apt, dpkg, dnf, zypper, apk, pacman, snap, flatpak, brew."""

from __future__ import annotations

import re
from collections.abc import Sequence

from installcast.parse.programs.arguments import Call, names_in, split
from installcast.parse.programs.job import Job, Phrase, file_name, trivial
from installcast.parse.programs.package_weights import system_seconds
from installcast.parse.shell.variables import UNKNOWN

INSTALL = Phrase("Install packages", "安装软件包")
REINSTALL = Phrase("Reinstall packages", "重新安装软件包")
REMOVE = Phrase("Remove packages", "卸载软件包")
UPGRADE = Phrase("Upgrade packages", "升级软件包")
UPGRADE_SYSTEM = Phrase("Upgrade the system", "升级系统")
REFRESH = Phrase("Refresh the package lists", "刷新软件包列表")
DOWNLOAD = Phrase("Download packages", "下载软件包")
CLEAN = Phrase("Clean the package cache", "清理软件包缓存")
REPOSITORY = Phrase("Add a package repository", "添加软件源")
BUILD_DEPENDENCIES = Phrase("Install build dependencies", "安装编译依赖")
CONFIGURE = Phrase("Configure packages", "配置软件包")
SIMULATE = Phrase("See what would be installed", "查看将要安装的软件包")

UNNAMED_PACKAGES = 3
"""Taken for as many where the list is known only when the script runs."""

_APT_START = 3.0
_APT_VALUED = names_in(
    "-o --option -t --target-release --default-release -c --config-file -a --host-architecture"
)
_DNF_VALUED = names_in(
    "-c --config -d -e -x --exclude --enablerepo --disablerepo --repo --repoid --installroot --releasever --setopt"
    " --forcearch --downloaddir --destdir"
)
_APK_VALUED = names_in("-t --virtual -X --repository -p --root --arch --keys-dir --repositories-file")
_ZYPPER_VALUED = names_in("-r --repo --from -R --root -C -p --plus-repo")


def package_names(operands: Sequence[str]) -> tuple[str, ...]:
    """Return the names of packages: without versions, and of files the last part of their path."""
    return tuple(
        file_name(word) if "/" in word else re.split(r"[=<>~!\[:]", word, maxsplit=1)[0] or word
        for word in operands
    )


def _install(phrase: Phrase, names: tuple[str, ...], start: float) -> Job:
    weights = [
        UNNAMED_PACKAGES * system_seconds("") if name == UNKNOWN else system_seconds(name) for name in names
    ]
    return Job(phrase, names, start + sum(weights))


def apt(call: Call) -> Job:
    """``apt``, ``apt-get``, ``aptitude``."""
    given = split(call.words, _APT_VALUED)
    verb, *operands = given.operands or ("",)
    names = package_names(operands)
    if given.has("-s", "--simulate", "--just-print", "--dry-run", "--print-uris"):
        return Job(SIMULATE, names, 0.6)
    if verb in ("update", "indexupdate"):
        return Job(REFRESH, (), 3.5)
    if verb in ("install", "reinstall", "satisfy"):
        job = _install(REINSTALL if verb == "reinstall" else INSTALL, names, _APT_START)
        if given.has("-d", "--download-only"):
            return Job(DOWNLOAD, names, job.seconds * 0.25)
        if given.has("--only-upgrade"):
            return Job(UPGRADE, names, job.seconds)
        if given.has("--no-install-recommends", "--without-recommends"):
            return job._replace(seconds=_APT_START + (job.seconds - _APT_START) * 0.75)
        return (
            job if names else Job(CONFIGURE, (), 3)
        )  # `apt-get -f install` completes what was left half done
    if verb in ("remove", "purge", "autoremove", "autopurge"):
        return Job(REMOVE, names, 3 + 0.5 * len(names))
    if verb in ("upgrade", "dist-upgrade", "full-upgrade", "safe-upgrade"):
        return _install(UPGRADE, names, _APT_START) if names else Job(UPGRADE_SYSTEM, (), 30)
    if verb == "build-dep":
        return Job(BUILD_DEPENDENCIES, names, 40)
    if verb in ("download", "source"):
        return Job(DOWNLOAD, names, 3)
    if verb in ("clean", "autoclean"):
        return Job(CLEAN, (), 0.2)
    return trivial(0.3)


def dpkg(call: Call) -> Job:
    """``dpkg`` and ``dpkg-reconfigure``."""
    given = split(call.words, {"--root", "--instdir", "--admindir"})
    names = package_names(given.operands)
    if call.program == "dpkg-reconfigure":
        return Job(CONFIGURE, names, 1.5)
    if given.has("-i", "--install", "--unpack"):
        return _install(INSTALL, tuple(name.split("_")[0] for name in names), 1.5)
    if given.has("--configure"):
        return Job(CONFIGURE, names, 2)
    if given.has("-r", "--remove", "-P", "--purge"):
        return Job(REMOVE, names, 2)
    return trivial(0.05)


def dnf(call: Call) -> Job:
    """``dnf``, ``yum``, ``microdnf``, ``tdnf``."""
    given = split(call.words, _DNF_VALUED)
    verb, *operands = given.operands or ("",)
    names = package_names(operands)
    if verb in ("install", "localinstall", "reinstall"):
        return _install(REINSTALL if verb == "reinstall" else INSTALL, names, 10)
    if verb in ("update", "upgrade", "distro-sync", "update-minimal", "upgrade-minimal"):
        return _install(UPGRADE, names, 10) if names else Job(UPGRADE_SYSTEM, (), 45)
    if verb in ("remove", "erase", "autoremove"):
        return Job(REMOVE, names, 4 + 0.5 * len(names))
    if verb in ("makecache", "check-update"):
        return Job(REFRESH, (), 8)
    if verb in ("groupinstall", "group"):
        return Job(INSTALL, names if verb == "groupinstall" else names[1:], 60)
    if verb == "builddep":
        return Job(BUILD_DEPENDENCIES, names, 40)
    if verb == "module":
        return Job(INSTALL, names[1:], 20) if "install" in operands[:1] else trivial(3)
    if verb in ("config-manager", "copr"):
        return Job(REPOSITORY, (), 2)
    if verb == "clean":
        return Job(CLEAN, (), 0.5)
    return trivial(2)


def zypper(call: Call) -> Job:
    """``zypper``."""
    given = split(call.words, _ZYPPER_VALUED)
    verb, *operands = given.operands or ("",)
    names = package_names(operands)
    if verb in ("install", "in"):
        return _install(INSTALL, names, 8)
    if verb in ("refresh", "ref"):
        return Job(REFRESH, (), 6)
    if verb in ("update", "up", "patch", "dist-upgrade", "dup"):
        return _install(UPGRADE, names, 8) if names else Job(UPGRADE_SYSTEM, (), 45)
    if verb in ("remove", "rm"):
        return Job(REMOVE, names, 3)
    if verb in ("addrepo", "ar"):
        return Job(REPOSITORY, (), 1)
    return trivial(1)


def apk(call: Call) -> Job:
    """Alpine's ``apk``."""
    given = split(call.words, _APK_VALUED)
    verb, *operands = given.operands or ("",)
    names = package_names(operands)
    if verb == "add":
        return Job(INSTALL, names, 1.5 + 0.35 * sum(map(system_seconds, names)))
    if verb == "update":
        return Job(REFRESH, (), 1.5)
    if verb == "upgrade":
        return Job(UPGRADE_SYSTEM, (), 8)
    if verb == "del":
        return Job(REMOVE, names, 1)
    return trivial(0.2)


def pacman(call: Call) -> Job:
    """Arch's ``pacman``, ``yay`` and ``paru``."""
    given = split(call.words, {"-b", "--dbpath", "--root", "--config", "--cachedir"})
    names = package_names(given.operands)
    if given.has("-S", "--sync", "-U", "--upgrade"):
        if names:
            return _install(INSTALL, names, 5)
        if given.has("-u", "--sysupgrade"):
            return Job(UPGRADE_SYSTEM, (), 45)
        return Job(CLEAN, (), 0.3) if given.has("-c") else Job(REFRESH, (), 3)
    if given.has("-R", "--remove"):
        return Job(REMOVE, names, 1.5)
    return trivial(0.1)


def bundles(call: Call) -> Job:
    """``snap``, ``flatpak``, ``brew``: each package brings its own world."""
    given = split(call.words, {"--channel"} if call.program == "snap" else ())
    verb, *operands = given.operands or ("",)
    names = package_names(operands[-1:] if call.program == "flatpak" else operands)
    if verb in ("install", "refresh", "reinstall") or (verb == "upgrade" and names):
        return Job(UPGRADE if verb in ("refresh", "upgrade") else INSTALL, names, 5 + 18 * max(1, len(names)))
    if verb in ("update", "upgrade"):
        return (
            Job(REFRESH, (), 10)
            if call.program == "brew" and verb == "update"
            else Job(UPGRADE_SYSTEM, (), 60)
        )
    if verb in ("remove", "uninstall"):
        return Job(REMOVE, names, 3)
    if verb in ("tap", "remote-add"):
        return Job(REPOSITORY, (), 4)
    return trivial(0.3)


def rpm(call: Call) -> Job:
    """``rpm``."""
    given = split(call.words)
    names = package_names(given.operands)
    if given.has("--import"):
        return Job(REPOSITORY, (), 1)
    if given.has("-q", "--query", "-V"):
        return trivial(0.1)
    if given.has("-i", "-U", "-F", "--install", "--upgrade"):
        return _install(INSTALL, names, 3)
    if given.has("-e", "--erase"):
        return Job(REMOVE, names, 2)
    return trivial(0.1)


def repository(call: Call) -> Job:
    """``add-apt-repository`` and ``yum-config-manager``."""
    return Job(REPOSITORY, (), 6 if call.program == "add-apt-repository" else 2)
