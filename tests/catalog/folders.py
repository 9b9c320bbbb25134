"""Recipe folders to read."""

from __future__ import annotations

from pathlib import Path

SCRIPT = "#!/bin/sh\necho done\n"


def make_recipe(root: Path, key: str, document: str | None = None, **scripts: str) -> Path:
    """Make ``root/key`` with ``recipe.yaml`` (none for ``None``) and executable ``<name>.sh`` files, ``install.sh`` always."""
    folder = root / key
    folder.mkdir(parents=True)
    if document is not None:
        (folder / "recipe.yaml").write_text(document, encoding="utf-8")
    for name, text in {"install": SCRIPT, **scripts}.items():
        script = folder / f"{name}.sh"
        script.write_text(text)
        script.chmod(0o755)
    return folder
