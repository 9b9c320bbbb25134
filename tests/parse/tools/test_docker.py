"""docker's builds and pulls, as the documentation of BuildKit and of ``docker pull`` shows them."""

from __future__ import annotations

import pytest

from tests.parse.tools.running import last, read_all

BUILD = [
    '#0 building with "default" instance using docker driver',
    "#1 [internal] load build definition from Dockerfile",
    "#1 DONE 0.0s",
    "#5 [builder 1/3] FROM registry.example/library/golang:1.22@sha256:0123",
    "#5 resolve registry.example/library/golang:1.22@sha256:0123 0.0s done",
    "#5 DONE 1.2s",
    "#6 [stage-1 1/2] FROM registry.example/library/alpine:3.20",
    "#6 CACHED",
    "#7 [builder 2/3] WORKDIR /src",
    "#7 DONE 0.1s",
    "#8 [builder 3/3] RUN go build",
    "#8 0.345 go: downloading example.org/x v1.0.0",
    "#8 DONE 9.9s",
    "#9 [stage-1 2/2] COPY --from=builder /src/app /app",
    "#9 DONE 0.1s",
    "#10 exporting to image",
    "#10 exporting layers 0.1s done",
    "#10 naming to registry.example/library/app done",
    "#10 DONE 0.2s",
]


def test_build() -> None:
    """The steps of all stages that are known are counted; the export is the end."""
    fractions = read_all(BUILD)
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert 0.7 < fractions[-3] < 1.0


def test_build_titles() -> None:
    """A step is named by its instruction and its number."""
    reading = last(BUILD[:11])
    assert reading is not None
    assert reading.title == "RUN (3/3 of builder)"


def test_the_next_build() -> None:
    """Another build begins anew."""
    assert read_all([*BUILD, *BUILD[:4]])[-3:] == [1.0, 0.0, 0.0]


PULL = [
    "latest: Pulling from library/nginx",
    "a2abf6c4d29d: Already exists",
    "a9edb18cadd1: Pulling fs layer",
    "589b7251471a: Pulling fs layer",
    "a9edb18cadd1: Verifying Checksum",
    "a9edb18cadd1: Download complete",
    "a9edb18cadd1: Pull complete",
    "589b7251471a: Download complete",
    "589b7251471a: Pull complete",
    "Digest: sha256:0d17b565c37bcbd895e9d92315a05c1c3c9a29f762b011a10c54a66cd53c9b31",
    "Status: Downloaded newer image for nginx:latest",
]


def test_pull() -> None:
    """Layers count as they come, all of them as the image."""
    fractions = read_all(PULL)
    assert fractions[3:] == sorted(fractions[3:])
    assert fractions[-2] == 0.98
    assert fractions[-1] == 1.0
    reading = last(PULL[:1])
    assert reading is not None
    assert reading.title == "Pulling nginx"


def test_layers_on_a_terminal() -> None:
    """On a terminal each layer has a bar."""
    lines = [
        PULL[0],
        PULL[2],
        "a9edb18cadd1: Downloading [========>     ]  12.5MB/25MB",
        "a9edb18cadd1: Extracting [====>   ]  5MB/25MB",
    ]
    assert read_all(lines) == [0.0, 0.0, 0.29, 0.67]


@pytest.mark.parametrize(
    "line",
    [
        "#12 0.345 text",
        "#1 [x]",
        "#3 Done with it",
        "abcdef012345 is a commit",
        "deadbeef: Pulling",
        "Status: ok",
        "Digest: sha256:0",
        "Step 3/9 : RUN make",
    ],
)
def test_other_lines(line: str) -> None:
    """What a step prints, steps of the script, and lines that only look like docker's tell nothing."""
    assert read_all([line]) == []
