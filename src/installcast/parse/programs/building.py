"""Building from source: configure, make, cmake, ninja, meson, compilers."""

from __future__ import annotations

from collections.abc import Sequence

from installcast.parse.programs.arguments import Call, names_in, split
from installcast.parse.programs.job import Job, Phrase, file_name, trivial
from installcast.parse.shell.variables import UNKNOWN

CONFIGURE = Phrase("Configure the build", "配置编译")
PREPARE = Phrase("Prepare the build", "准备编译")
COMPILE = Phrase("Compile", "编译")
INSTALL = Phrase("Install what was built", "安装编译结果")
TEST = Phrase("Run tests", "运行测试")
CLEAN = Phrase("Clean the build", "清理编译结果")

_MAKE_VALUED = names_in("-C --directory -f --file --makefile -I -o -W -O -l")
_CLEANING = {"clean", "distclean", "mrproper", "uninstall", "depend"}
_TESTING = {"test", "tests", "check", "installcheck"}
_MESON_VALUED = names_in("-C --prefix --buildtype -D --cross-file --native-file")


def configure(call: Call) -> Job:
    """``./configure``, ``./config``, ``./autogen.sh``, ``autoreconf``, ``phpize``, ``qmake``."""
    if call.program in ("configure", "Configure", "config"):
        return Job(CONFIGURE, (), 10)
    return Job(
        PREPARE, (), 2 if call.program in ("phpize", "qmake", "aclocal", "automake", "autoconf") else 8
    )


def make(call: Call) -> Job:
    """``make`` and ``gmake``."""
    rest = [word for at, word in enumerate(call.words) if not _is_jobs(call.words, at)]
    parallel = len(rest) < len(call.words)
    given = split(rest, _MAKE_VALUED)
    if given.has("-v", "--version", "-n", "--dry-run", "--just-print"):
        return trivial(0.05)
    targets = {word for word in given.operands if "=" not in word}
    if targets and targets <= _CLEANING:
        return Job(CLEAN, (), 0.5)
    if targets and all("install" in target for target in targets):
        return Job(INSTALL, (), 2)
    if targets & _TESTING:
        return Job(TEST, (), 30)
    if targets and all(target.endswith(("config", "configure", "deps", "fetch")) for target in targets):
        return Job(CONFIGURE, (), 5)
    names = tuple(
        target
        for target in given.operands
        if target in targets and target not in ("all", "install", "default")
    )
    return Job(COMPILE, names, 40 if parallel else 60)


def _is_jobs(words: Sequence[str], at: int) -> bool:
    """Whether the word there is ``-j``, or the number that may stand behind it."""
    word = words[at]
    if at and words[at - 1] in ("-j", "--jobs"):
        return word.isdigit() or word == UNKNOWN
    return word.startswith("--jobs") or (word.startswith("-j") and not word[2:3].isalpha())


def cmake(call: Call) -> Job:
    """``cmake``, whose first option says what it does."""
    if "--build" in call.words:
        given = split(call.words, {"--build", "-j", "--parallel", "--target", "-t", "--config", "--preset"})
        target = given.value("--target", "-t")
        if target == "install":
            return Job(INSTALL, (), 20)  # compiles what is not yet compiled
        return Job(CLEAN, (), 0.5) if target == "clean" else Job(COMPILE, (), 35)
    if "--install" in call.words:
        return Job(INSTALL, (), 0.7)
    if "-E" in call.words or "-P" in call.words or "--version" in call.words:
        return trivial(0.1)
    return Job(CONFIGURE, (), 4)


def ninja(call: Call) -> Job:
    """``ninja``, ``samu``, ``scons``, ``bazel``, ``waf``."""
    given = split(call.words, {"-C", "-f", "-j", "-k", "-l", "-t", "-d"})
    targets = set(given.operands)
    if given.has("-t") or given.has("--version"):
        return trivial(0.2)
    if targets & {"install", "uninstall"}:
        return Job(INSTALL, (), 2)
    if targets & _TESTING:
        return Job(TEST, (), 20)
    if targets & {"configure"}:
        return Job(CONFIGURE, (), 4)
    return Job(COMPILE, (), 100 if call.program == "bazel" else 30)


def meson(call: Call) -> Job:
    """``meson``; without a command it sets up."""
    given = split(call.words, _MESON_VALUED)
    verb = given.operands[0] if given.operands else ""
    if verb == "compile":
        return Job(COMPILE, (), 30)
    if verb == "install":
        return Job(INSTALL, (), 2)
    if verb == "test":
        return Job(TEST, (), 20)
    return trivial(0.4) if verb in ("", "introspect", "wrap") else Job(CONFIGURE, (), 5)


def compiler(call: Call) -> Job:
    """``gcc`` and other compilers, for single files."""
    given = split(call.words, {"-o", "-I", "-L", "-l", "-D", "-std", "-include"})
    names = tuple(map(file_name, given.operands[:4]))
    if given.has("--version", "-v", "-dumpversion", "-dumpmachine", "-print-search-dirs") or not names:
        return trivial(0.03)
    return Job(COMPILE, names, 1.5)
