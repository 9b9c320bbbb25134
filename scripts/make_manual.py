"""Make the manual page and the completion of shells in ``share/``, which a wheel puts where man and the shells look."""

from __future__ import annotations

from pathlib import Path

from installcast.cli.app import cli
from installcast.cli.manual import shared_files

SHARE = Path(__file__).parents[1] / "share"


def main() -> None:
    """Write the files."""
    for place, text in shared_files(cli).items():
        path = SHARE / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
