"""npm's last line, and its debug log. The lines are as npm 10 and 11 print them."""

from __future__ import annotations

import pytest

from installcast.parse.tools.npm import NpmLog
from tests.parse.tools.running import read_all


@pytest.mark.parametrize(
    "line",
    [
        "added 62 packages in 12s",
        "added 153 packages, and audited 154 packages in 9s",
        "added 1 package, removed 2 packages, and changed 3 packages in 800ms",
        "changed 1 package in 2s",
        "up to date in 1s",
        "up to date, audited 63 packages in 1s",
        "removed 3 packages, and audited 60 packages in 2m",
    ],
)
def test_end(line: str) -> None:
    """npm tells how it ended."""
    assert read_all([line]) == [1.0]


@pytest.mark.parametrize(
    "line", ["added 62 packages", "added 3 users in 2s", "changed in 3s", "up to date", "removed, then added"]
)
def test_other_lines(line: str) -> None:
    """Lines that only look like npm's end tell nothing."""
    assert read_all([line]) == []


def test_log() -> None:
    """The log leads from the packages that are found over their archives to the end."""
    log = NpmLog()
    lines = [
        "0 verbose cli /usr/bin/node /usr/bin/npm",
        "15 silly fetch manifest express@*",
        "17 http fetch GET 200 https://npm.example/express 100ms (cache miss)",
        "30 silly placeDep ROOT express@5.3.0 OK for: x@1.0.0 want: ^5.3.0",
        "31 silly placeDep ROOT vary@1.1.2 OK for: express@5.3.0 want: ^1",
        "40 silly tarball no local data for express@https://npm.example/express/-/express-5.3.0.tgz. Extracting by manifest.",
        "41 silly tarball no local data for vary@https://npm.example/vary/-/vary-1.1.2.tgz. Extracting by manifest.",
        "42 http fetch GET 200 https://npm.example/express/-/express-5.3.0.tgz 45ms (cache miss)",
        "43 http fetch GET 200 https://npm.example/vary/-/vary-1.1.2.tgz 49ms (cache miss)",
        "44 info run esbuild@0.21.5 postinstall node_modules/esbuild node install.js",
        "45 silly ADD node_modules/vary",
        "46 verbose exit 0",
    ]
    found = [reading for line in lines if (reading := log.read(line))]
    fractions = [reading.fraction for reading in found]
    assert fractions == sorted(fractions)
    assert [round(fraction, 2) for fraction in fractions[-6:]] == [0.5, 0.7, 0.9, 0.9, 0.97, 1.0]
    assert [reading.title for reading in found if reading.title] == [
        "Resolving express",
        "Resolving vary",
        "Downloading express-5.3.0",
        "Downloading vary-1.1.2",
        "Running esbuild@0.21.5 postinstall",
    ]
