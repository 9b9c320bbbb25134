"""Package managers of programming languages, their environments and build scripts."""

from __future__ import annotations

from collections.abc import Sequence

from installcast.parse.programs.arguments import Call, names_in, split
from installcast.parse.programs.job import RUN, Job, Phrase, address_name, file_name, shown, trivial
from installcast.parse.programs.package_weights import python_seconds
from installcast.parse.programs.packages import package_names

PYTHON = Phrase("Install Python packages", "安装 Python 包")
PYTHON_DOWNLOAD = Phrase("Download Python packages", "下载 Python 包")
PYTHON_REMOVE = Phrase("Remove Python packages", "卸载 Python 包")
PYTHON_BUILD = Phrase("Build Python packages", "构建 Python 包")
ENVIRONMENT = Phrase("Create a Python environment", "创建 Python 虚拟环境")
NPM = Phrase("Install npm packages", "安装 npm 包")
DEPENDENCIES = Phrase("Install dependencies", "安装依赖")
NPM_REMOVE = Phrase("Remove npm packages", "卸载 npm 包")
NPM_SCRIPT = Phrase("Run npm script", "运行 npm 脚本")
GEMS = Phrase("Install Ruby gems", "安装 Ruby gem")
PHP = Phrase("Install PHP packages", "安装 PHP 包")
CRATES = Phrase("Install Rust programs", "安装 Rust 程序")
GO = Phrase("Install Go programs", "安装 Go 程序")
COMPILE = Phrase("Compile", "编译")
TEST = Phrase("Run tests", "运行测试")
FETCH = Phrase("Download dependencies", "下载依赖")
PERL = Phrase("Install Perl modules", "安装 Perl 模块")
TOOLCHAIN = Phrase("Install", "安装")
PROJECT = Phrase("Create a project", "创建项目")

_PIP_VALUED = names_in(
    "-r --requirement -c --constraint -e --editable -t --target -i --index-url --extra-index-url -f --find-links --prefix"
    " --root --python --log --proxy --retries --timeout --cert --trusted-host --cache-dir --progress-bar -d --dest -w"
    " --wheel-dir --upgrade-strategy --no-binary --only-binary --platform -p --extra --group --index"
)
_NPM_VALUED = names_in(
    "--prefix -C --dir --cwd --registry --loglevel -w --workspace --omit --filter -F --cache"
)
_RUN_SECONDS = {"build": 8.0, "compile": 8.0, "test": 8.0, "lint": 4.0, "start": 2.0}


def pip(call: Call) -> Job:
    """``pip``, and the ``pip`` of ``uv`` and ``python -m``."""
    given = split(call.words, _PIP_VALUED)
    verb, *operands = given.operands or ("",)
    files = tuple(file_name(given.value(name)) for name in ("-r", "--requirement") if given.has(name))
    own = given.value("-e", "--editable")
    names = (*files, *_python_names([*operands, *([own] if own else [])]))
    seconds = 15 * len(files) + sum(map(python_seconds, names[len(files) :]))
    if verb == "install":
        # Nothing but pip's own family needs no resolver to speak of.
        is_own = not files and set(names) <= {"pip", "setuptools", "wheel"}
        return Job(PYTHON, names, (2.5 if is_own else 6) + seconds)
    if verb == "sync":
        return Job(PYTHON, names, 10)
    if verb in ("download", "wheel"):
        return Job(PYTHON_DOWNLOAD if verb == "download" else PYTHON_BUILD, names, 4 + seconds)
    if verb == "uninstall":
        return Job(PYTHON_REMOVE, names, 1.5)
    return trivial(0.7)


def _python_names(operands: Sequence[str]) -> tuple[str, ...]:
    names = []
    for word in operands:
        if "://" in word:
            names.append(address_name(word.partition("#")[0]).removesuffix(".git").partition("@")[0])
        elif word.rstrip("/") in (".", "..") or word.startswith("."):
            names.append(word)
        else:
            names.extend(package_names([word]))
    return tuple(names)


def uv(call: Call) -> Job:
    """``uv``: the same work as pip's, several times faster."""
    given = split(call.words, _PIP_VALUED)
    verb, *operands = given.operands or ("",)
    if verb == "pip":
        job = pip(Call("pip", call.words[list(call.words).index("pip") + 1 :]))
        return job._replace(seconds=0.5 + 0.25 * job.seconds)
    if verb == "venv":
        return Job(ENVIRONMENT, (), 0.3)
    if verb in ("sync", "lock"):
        return Job(DEPENDENCIES, ("uv",), 5)
    if verb in ("add", "tool", "python"):
        names = _python_names(operands if verb == "add" else operands[1:])
        return Job(TOOLCHAIN if verb == "python" else PYTHON, names, 4)
    if verb == "build":
        return Job(PYTHON_BUILD, (), 5)
    return Job(RUN, tuple(operands[:1]), 3) if verb == "run" else trivial(0.1)


def environments(call: Call) -> Job:
    """``virtualenv``, ``pipx``, ``poetry``, ``pipenv``, ``conda`` and ``mamba``."""
    given = split(call.words, _PIP_VALUED | {"-n", "--name"})
    verb, *operands = given.operands or ("",)
    if call.program in ("virtualenv", "pyvenv"):
        return Job(ENVIRONMENT, (), 2)
    names = _python_names(operands)
    if call.program == "pipx":
        return Job(PYTHON, names, 10 + sum(map(python_seconds, names))) if verb == "install" else trivial(1)
    if call.program in ("conda", "mamba", "micromamba"):
        if verb in ("create", "install", "update", "env"):
            return Job(DEPENDENCIES if verb == "env" else PYTHON, ("conda",) if verb == "env" else names, 50)
        return trivial(1)
    if verb in ("install", "sync", "add", "update", "lock"):
        return Job(PYTHON, names, 20) if names else Job(DEPENDENCIES, (call.program,), 25)
    return Job(PYTHON_BUILD, (), 5) if verb == "build" else trivial(1)


def npm(call: Call) -> Job:
    """``npm``, ``yarn``, ``pnpm``, ``bun``."""
    given = split(call.words, _NPM_VALUED)
    verb, *operands = given.operands or ("",)
    quick = {"npm": 1.0, "yarn": 1.0, "pnpm": 0.6, "bun": 0.3}.get(call.program, 1.0)
    if call.program == "yarn" and verb == "global" and operands:
        verb, *operands = operands
    if verb in ("ci", "clean-install", "install-ci-test") or (call.program == "yarn" and not given.operands):
        return Job(DEPENDENCIES, (call.program,), 12 * quick)
    if verb in ("install", "i", "add", "in", "isntall"):
        names = tuple(_npm_name(word) for word in operands)
        if not names:
            return Job(DEPENDENCIES, (call.program,), 12 * quick)
        return Job(NPM, names, (4 + 3 * len(names)) * quick)
    if verb in ("run", "run-script", "rum"):
        script = operands[0] if operands else ""
        return Job(NPM_SCRIPT, (script,), _RUN_SECONDS.get(script.partition(":")[0], 5))
    if verb in _RUN_SECONDS:
        return Job(NPM_SCRIPT, (verb,), _RUN_SECONDS[verb])
    if verb in ("uninstall", "remove", "rm", "un"):
        return Job(NPM_REMOVE, tuple(map(_npm_name, operands)), 2)
    if verb in ("update", "upgrade", "up"):
        return Job(DEPENDENCIES, (call.program,), 10 * quick)
    if verb in ("exec", "dlx", "create", "x"):
        return Job(RUN, tuple(map(_npm_name, operands[:1])), 5)
    if verb in ("audit", "dedupe", "prune", "rebuild", "publish", "pack"):
        return Job(RUN, (f"{call.program} {verb}",), 4)
    return trivial(0.8)


def _npm_name(word: str) -> str:
    if "://" in word or word.startswith("git+"):
        return address_name(word).removesuffix(".git")
    return word[0] + word[1:].partition("@")[0] if word else word


def npx(call: Call) -> Job:
    """``npx`` and ``bunx``."""
    given = split(call.words, {"-p", "--package"})
    return Job(RUN, tuple(map(_npm_name, given.operands[:1])), 6)


def ruby(call: Call) -> Job:
    """``gem`` and ``bundle``."""
    given = split(
        call.words,
        {"-v", "--version", "--path", "--jobs", "-j", "--without", "-i", "--install-dir", "--gemfile"},
    )
    verb, *operands = given.operands or ("install" if call.program in ("bundle", "bundler") else "",)
    if call.program == "gem":
        if verb in ("install", "update"):
            return Job(GEMS, tuple(operands), 4 + 6 * max(1, len(operands)))
        return trivial(0.5)
    if verb in ("install", "update"):
        return Job(DEPENDENCIES, ("bundler",), 30)
    return Job(RUN, tuple(operands[:1]), 4) if verb == "exec" else trivial(0.6)


def composer(call: Call) -> Job:
    """PHP's ``composer``."""
    given = split(call.words, {"-d", "--working-dir"})
    verb, *operands = given.operands or ("",)
    if verb in ("install", "update", "i", "u"):
        return Job(DEPENDENCIES, ("composer",), 14)
    if verb in ("require", "global"):
        return Job(PHP, tuple(word.partition(":")[0] for word in operands), 10)
    if verb == "create-project":
        return Job(PROJECT, tuple(operands[:1]), 20)
    return trivial(1)


def cargo(call: Call) -> Job:
    """Rust's ``cargo`` and ``rustup``."""
    given = split(
        call.words,
        {
            "--version",
            "--vers",
            "--root",
            "--target",
            "--features",
            "-p",
            "--package",
            "-j",
            "--git",
            "--path",
        },
    )
    verb, *operands = [word for word in given.operands if not word.startswith("+")] or ("",)
    if call.program.startswith("rustup"):
        return Job(TOOLCHAIN, ("Rust",), 25) if verb in ("", "install", "update", "toolchain") else trivial(3)
    if verb in ("build", "b", "rustc"):
        return Job(COMPILE, ("cargo",), 60)
    if verb == "install":
        names = tuple(operands) or (address_name(given.value("--git")),)
        return Job(CRATES, tuple(filter(None, names)), 90)
    if verb in ("fetch", "vendor", "update"):
        return Job(FETCH, ("cargo",), 8)
    if verb in ("test", "t", "check", "clippy"):
        return Job(TEST, ("cargo",), 60)
    return Job(RUN, ("cargo run",), 30) if verb == "run" else trivial(0.3)


def go(call: Call) -> Job:
    """``go``."""
    given = split(call.words, {"-o", "-ldflags", "-tags", "-C", "-gcflags", "-mod", "-p"})
    verb, *operands = given.operands or ("",)
    if verb == "build":
        return Job(COMPILE, ("go",), 25)
    if verb in ("install", "get"):
        return Job(GO, tuple(file_name(word.partition("@")[0]) for word in operands), 20)
    if verb == "mod":
        return (
            Job(FETCH, ("go",), 8) if operands[:1] in (["download"], ["tidy"], ["vendor"]) else trivial(0.3)
        )
    if verb in ("test", "vet"):
        return Job(TEST, ("go",), 25)
    return Job(RUN, (f"go {verb}",), 8) if verb in ("generate", "run") else trivial(0.1)


def java(call: Call) -> Job:
    """``mvn``, ``gradle``, ``ant``, ``sbt``, ``dotnet``, ``msbuild``."""
    given = split(call.words, {"-f", "--file", "-P", "-o", "-c"})
    if call.program == "dotnet" and not set(given.operands) & {"build", "publish", "restore", "test", "tool"}:
        return trivial(1)
    return Job(COMPILE, (call.program,), 25 if call.program == "dotnet" else 50)


def perl_modules(call: Call) -> Job:
    """``cpan``, ``cpanm``, ``pecl``, ``pear``, ``luarocks``."""
    given = split(call.words)
    names = tuple(word for word in given.operands if word not in ("install", "-i"))
    if call.program in ("cpan", "cpanm"):
        return Job(PERL, names, 8 + 10 * max(1, len(names)))
    return Job(TOOLCHAIN, names, 15) if "install" in given.operands else trivial(1)


def versions(call: Call) -> Job:
    """``nvm``, ``pyenv``, ``rbenv``, ``asdf``, ``sdk``, ``n``, ``fnm``, ``corepack``: programs that bring a language."""
    given = split(call.words)
    verb, *operands = given.operands or ("",)
    if verb in ("install", "prepare") or (call.program == "n" and verb):
        seconds = {"pyenv": 120.0, "rbenv": 240.0, "asdf": 60.0}.get(call.program, 10.0)
        label = {"nvm": "Node.js", "n": "Node.js", "fnm": "Node.js", "pyenv": "Python", "rbenv": "Ruby"}
        return Job(
            TOOLCHAIN,
            (" ".join(filter(shown, [label.get(call.program, call.program), *operands[-1:]])),),
            seconds,
        )
    return trivial(0.3)
