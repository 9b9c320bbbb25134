"""Make the npm package ``installcast-….tgz`` in the folder that is named, ``dist/`` where none is, and print its path."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

from build_web import REPOSITORY, WEB, build, run_node

TSC = "node_modules/typescript/bin/tsc"
PAGES = (WEB / "package.json", WEB / "README.md", WEB / "README.zh.md", REPOSITORY / "LICENSE")


def main() -> int:
    """Return the exit status."""
    target = Path(sys.argv[1] if len(sys.argv) > 1 else REPOSITORY / "dist").resolve()
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "package"
        build(Path(folder) / "static", package / "dist")
        types = str(package / "dist/types")
        run_node("node", TSC, "-p", "tsconfig.package.json", "--outDir", types, folder=WEB)
        for page in PAGES:
            shutil.copy(page, package)
        pack = ["npm", "pack", "--json", "--ignore-scripts", "--pack-destination", str(target)]
        packed = json.loads(run_node(*pack, folder=package))
    print(target / packed[0]["filename"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
