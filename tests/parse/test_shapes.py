"""What stays of a line from run to run."""

from __future__ import annotations

import pytest

from installcast.parse.shapes import is_list, names_in, shape_of, versions_in


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "Get:3 http://deb.example.org/debian bookworm InRelease [151 kB]",
            "Hit:1 https://mirror.example.org/debian bookworm InRelease",
        ),
        ("Fetched 48.2 MB in 3s (14.1 MB/s)", "Fetched 975 kB in 1min 2s (9,310 B/s)"),
        ("Setting up libfoo1:amd64 (1:1.2.0-3+deb12u1) ...", "Setting up libfoo1:amd64 (1:1.2.1-1) ..."),
        (
            "   ━━━━━━━━━━ 1.2/1.2 MB 10.3 MB/s eta 0:00:00",
            "   ━━━━━━╸     820.4/820.4 kB 7.0 MB/s eta 0:00:01",
        ),
        ("Created /tmp/tmp.8sKd02Lq1z for it", "Created /tmp/build-77 for it"),
        ("Cloned at 9f8e7d6c5b4a39281706", "Cloned at 0a1b2c3"),
        ("id 6e0f3a52-8d5b-4a43-9a51-7c1f3f3b2a10", "id a11ce000-beef-4bad-8bad-c0ffeec0ffee"),
        ("Tue Nov 24 15:01:02 2026 ready", "Mon Jan  5 03:04:05 2027 ready"),
        (
            "work in tasks/nginx-1.0-01m874gcr42wczpkvmye9rhded",
            "work in tasks/nginx-1.0-01m874gchsjpyv6e4d4mdcfss2",
        ),
        ("Starting worker as process 4711", "Starting worker as process 12"),
        ("Waiting.....", "Waiting..."),
    ],
)
def test_what_differs_between_any_two_runs(one: str, other: str) -> None:
    """Sizes, times, numbers, hashes, mirrors and temporary paths are not part of a shape."""
    assert shape_of(one) == shape_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("checking for ssl... yes", "checking for ssl... no"),
        ("  Downloading foo-1.2-cp311-cp311-linux.whl", "  Downloading foo-1.3.tar.gz"),
        (
            "Get:1 http://deb.example.org/debian bookworm InRelease",
            "Err:1 http://deb.example.org/debian bookworm InRelease",
        ),
        ("Writing /etc/app.conf", "Keeping /etc/app.conf"),
        ("写入配置", "保留配置"),
    ],
)
def test_what_makes_a_difference(one: str, other: str) -> None:
    """Words do."""
    assert shape_of(one) != shape_of(other)


@pytest.mark.parametrize("text", ["", "   ", "-----", " 45% [=====>     ]", "0 12.3M 0 1.2M 0:00:12", "⠹"])
def test_lines_that_say_nothing(text: str) -> None:
    """An empty line, a rule, a bar."""
    assert shape_of(text) is None


@pytest.mark.parametrize(
    ("text", "versions"),
    [
        ("Unpacking libfoo1:amd64 (1:1.2.0-3+deb12u1) over (1:1.1.9-1) ...", {"libfoo1": "1.2.0-3+deb12u1"}),
        (
            "Get:3 http://deb.example.org/d bookworm/main amd64 libfoo1 amd64 1.2-3 [48 kB]",
            {"libfoo1": "1.2-3"},
        ),
        ("  Downloading foo_bar-2.0rc1-cp312-cp312-linux.whl (1.2 MB)", {"foo-bar": "2.0rc1"}),
        ("Successfully installed idna-3.7 foo==1.2", {"idna": "3.7", "foo": "1.2"}),
        ("npm error Found: react@19.0.0", {"react": "19.0.0"}),
        ("libfoo 1.2", {"libfoo": "1.2"}),
        ("nginx version: nginx/1.22.1", {"nginx": "1.22.1"}),
        ("gcc version 12.2.0 (Debian)", {"gcc": "12.2.0"}),
        ("took 1.25s for 3.5 MB from 10.0.0.2, bound to 0.0.0.0:80", {}),
    ],
)
def test_versions(text: str, versions: dict[str, str]) -> None:
    """As package managers write them; sizes, times and addresses are none."""
    assert dict(versions_in(text)) == versions


def test_names() -> None:
    """Packages, files and hosts, without their versions; words of any log are none."""
    assert names_in("Building wheel for foo_bar-1.3.tar.gz failed") == {"foo-bar"}
    assert names_in("error: unknown setting in /etc/app.conf:3") == {"/etc/app.conf"}
    assert "deb.example.org" in names_in("Failed to fetch http://deb.example.org/x/libfoo_1.2_amd64.deb")


def test_lists() -> None:
    """What only enumerates is about nothing."""
    assert is_list("  libgd3 libxpm4 nginx-common")
    assert is_list("Installing collected packages: idna, foo, app")
    assert not is_list("Keeping the configuration app.conf")
    assert not is_list("nginx")
