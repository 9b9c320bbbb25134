"""``python -m installcast`` is ``installcast``."""

from __future__ import annotations

from installcast.cli import main

if __name__ == "__main__":
    main()
