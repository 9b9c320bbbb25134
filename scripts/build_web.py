"""Build the pages into ``src/installcast/api/static/``; with ``--check``, say whether what is there is what the sources make.

The built files are kept in the repository, so that a clone and a wheel need no Node to run (docs/design.md, 14).
"""

from __future__ import annotations

import argparse
import gzip
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
WEB = REPOSITORY / "web"
STATIC = REPOSITORY / "src/installcast/api/static"
VIEWER = "frontend_realtime_log.js"
"""The one script that every page with a log loads."""
MOST_VIEWER_BYTES = 40_960
"""How large it may be, gzipped at level 9. A page on a slow line waits for all of it; see docs/design.md, 53."""


def main() -> int:
    """Return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="change nothing; fail when the built files are not up to date"
    )
    check: bool = parser.parse_args().check
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "static"
        build(made, Path(folder) / "package")
        size = len(gzip.compress((made / VIEWER).read_bytes(), 9, mtime=0))
        different = differences(made, STATIC)
        if not check:
            STATIC.mkdir(exist_ok=True)
            for name in different:
                if (made / name).exists():
                    (STATIC / name).parent.mkdir(exist_ok=True)
                    shutil.copyfile(made / name, STATIC / name)
                else:
                    (STATIC / name).unlink()
            print(
                f"{STATIC.relative_to(REPOSITORY)}: {len(different)} files changed; {VIEWER}: {size:,} bytes gzipped"
            )
            return 0
    if different:
        print(f"Built files are out of date, run `make build`: {', '.join(different)}", file=sys.stderr)
    if size > MOST_VIEWER_BYTES:
        print(
            f"{VIEWER} is {size:,} bytes gzipped, {size - MOST_VIEWER_BYTES:,} more than it may be: make the sources of"
            " web/viewer say the same with less, or say in docs/design.md why it may be larger, and change the limit here.",
            file=sys.stderr,
        )
    return 1 if different or size > MOST_VIEWER_BYTES else 0


def build(static: Path, package: Path) -> None:
    """Make the service's files and the npm package, with the Node of this environment."""
    if not (WEB / "node_modules").is_dir():
        raise SystemExit("web/node_modules is missing: run `make install`")
    run_node("node", "build.ts", str(static), str(package), folder=WEB)


def run_node(*argv: str, folder: Path) -> str:
    """Run ``node``, ``npm`` or one of their tools in ``folder``, with the Node of this environment; return what it prints.

    Raises :class:`subprocess.CalledProcessError`.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    if shutil.which(argv[0], path=path) is None:
        raise SystemExit("There is no Node here: run `make install`, which brings one")
    environment = {**os.environ, "PATH": path}
    answer = subprocess.run(argv, cwd=folder, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return answer.stdout


def differences(made: Path, kept: Path) -> list[str]:
    """Return the paths, below both folders, of files that are not the same in both, or in one of them only."""
    names = {
        str(path.relative_to(folder))
        for folder in (made, kept)
        for path in folder.rglob("*")
        if path.is_file()
    }

    def content(path: Path) -> bytes | None:
        return path.read_bytes() if path.exists() else None

    return sorted(name for name in names if content(made / name) != content(kept / name))


if __name__ == "__main__":
    sys.exit(main())
