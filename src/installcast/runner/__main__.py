"""``python -I -S …/installcast/runner/__main__.py [--foreground] TASK_FOLDER``, or ``python -m installcast.runner``.

Without site packages a runner starts in a fraction of the time, and no third party can get into it.
"""

from __future__ import annotations

import sys
from pathlib import Path

if not __package__:
    # Started as a file. Last in the path, so that nothing that lies beside Installcast can stand in for a standard module.
    sys.path.append(str(Path(__file__).resolve().parents[2]))

from installcast.runner.start import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
