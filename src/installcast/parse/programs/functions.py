"""Functions that a script takes from elsewhere, such as ``install_docker``: what their names say."""

from __future__ import annotations

import re
from collections.abc import Mapping

from installcast.parse.programs import packages
from installcast.parse.programs.arguments import Call
from installcast.parse.programs.job import Job, Phrase, trivial
from installcast.parse.shell.variables import UNKNOWN

# The first word of a name, in Chinese, and the seconds of such work.
_DEEDS: Mapping[str, tuple[str, float]] = {
    "install": ("安装", 12),
    "reinstall": ("重新安装", 12),
    "build": ("构建", 30),
    "compile": ("编译", 40),
    "download": ("下载", 5),
    "fetch": ("下载", 5),
    "clone": ("克隆", 6),
    "extract": ("解压", 2),
    "unpack": ("解压", 2),
    "setup": ("配置", 3),
    "configure": ("配置", 2),
    "config": ("配置", 1),
    "deploy": ("部署", 6),
    "update": ("更新", 4),
    "upgrade": ("升级", 12),
    "remove": ("卸载", 3),
    "uninstall": ("卸载", 4),
    "start": ("启动", 1.2),
    "restart": ("重启", 1.5),
    "reload": ("重新加载", 0.4),
    "stop": ("停止", 1),
    "enable": ("启用", 0.4),
    "disable": ("停用", 0.4),
    "create": ("创建", 0.5),
    "generate": ("生成", 0.8),
    "prepare": ("准备", 1),
    "init": ("初始化", 2),
    "initialize": ("初始化", 2),
    "initialise": ("初始化", 2),
    "bootstrap": ("初始化", 5),
    "migrate": ("迁移", 4),
    "backup": ("备份", 2),
    "restore": ("恢复", 2),
    "verify": ("验证", 1),
    "test": ("测试", 2),
    "wait": ("等待", 2),
}
_LINKING = frozenset({"for", "until", "the"})


def words_of(name: str) -> list[str]:
    """Return the words that the name of a function or of a script is made of, in lower case."""
    return [word for word in re.split(r"[_\W]+", name.lower().removesuffix(".sh")) if word]


def seconds_by_name(name: str, usual: float) -> float:
    """Return what a function or a script of this name takes; ``usual`` where it tells of no deed."""
    first = words_of(name)[:1]
    return _DEEDS[first[0]][1] if first and first[0] in _DEEDS else usual


def by_name(call: Call) -> Job:
    """Return what a function does by its name; one that tells of no deed does something small."""
    first, *others = words_of(call.program) or [""]
    if first not in _DEEDS:
        return trivial(0.05)
    if first == "install" and set(others) <= {
        "package",
        "packages",
        "pkg",
        "pkgs",
        "deps",
        "dependencies",
        "prerequisites",
    }:
        return packages.apt(Call("apt", ["install", *(call.words or [UNKNOWN])]))
    chinese, seconds = _DEEDS[first]
    rest = " ".join(part for part in others if part not in _LINKING)
    if first == "wait":
        return Job(Phrase(f"Wait for {rest}" if rest else "Wait", f"等待 {rest}".strip()), (), seconds)
    return Job(Phrase(f"{first.capitalize()} {rest}".strip(), f"{chinese} {rest}".strip()), (), seconds)
