"""Markers that scripts print for CI systems, read as folds, steps, levels and secrets.

GitHub Actions workflow commands, GitLab job sections, Buildkite's log groups, TeamCity service messages, Azure Pipelines'
logging commands, the terminal's OSC 9;4 (ConEmu), ``[2/5] title`` and ``Step 2/5: title``, and the headings of some tools.
They move the step and the progress, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from installcast.parse import azure, headings
from installcast.parse.azure import AzureCommand, read_azure
from installcast.parse.headings import read_heading
from installcast.parse.levels import LineLevel
from installcast.parse.progress import ProgressModel
from installcast.parse.redact import MASK

LINE_STARTS: tuple[bytes, ...] = (
    rb"\[\d{1,4}/\d{1,4}\]",
    rb"step \d{1,4} ?/",
    rb"[ \t]*::",
    rb"##teamcity\[",
    rb"section_",
    rb"--- |\+\+\+ |~~~ ",
    azure.LINE_START,
    *headings.LINE_STARTS,
)
"""What a line with a marker begins with, in lower case: expressions on bytes. OSC 9;4 aside, which no plain line holds."""

MAX_STEPS = 20
"""``[n/m]`` with a larger total is a tool that counts files, not a script that names its steps."""

MAX_FOLDS = 32
"""Open folds; deeper ones are not told apart."""

MAX_TITLE = 200
"""Characters of a title."""

_COUNTED = re.compile(r"\[(\d{1,4})/(\d{1,4})\][ \t]*(.*)", re.ASCII)
_STEP = re.compile(r"(?i:step) (\d{1,4}) ?/ ?(\d{1,4})\s*(?:[:.\-–—]\s*)?(.*)", re.ASCII)
_GITHUB = re.compile(r"::([A-Za-z][\w-]{0,39})(?: ([^:]*(?::(?!:)[^:]*)*))?::(.*)", re.ASCII)
_GITHUB_LEVELS: dict[str, LineLevel] = {
    "error": "ERROR",
    "warning": "WARN",
    "notice": "INFO",
    "debug": "INFO",
}
_GITLAB = re.compile(r"section_(start|end):\d{1,20}:([\w.-]{1,200})(?:\[[^\]]*\])?(.*)", re.ASCII)
_BUILDKITE = re.compile(r"(?:---|\+\+\+|~~~) (\S.*)")
# Headers of a unified diff, and rules that only look like a header ("--- Logging error ---").
_NOT_BUILDKITE = re.compile(
    r"(?:---|\+\+\+|~~~) (?:[ab]/|/dev/null|.*\t|.*\d{4}-\d\d-\d\d|.*(?:---|\+\+\+|~~~)\s*$)"
)
_TEAMCITY = re.compile(r"##teamcity\[(\w{1,40})\s*+(.*)\]\s*", re.ASCII)
_TEAMCITY_VALUE = re.compile(r"(?:\b(\w{1,40})\s*=\s*)?'((?:[^'|]|\|.)*)'", re.ASCII)
_TEAMCITY_LEVELS: dict[str, LineLevel] = {"ERROR": "ERROR", "FAILURE": "ERROR", "WARNING": "WARN"}
# dnf5 counts its downloads with the bar of each behind it: the text is no title.
_BAR_BEHIND = re.compile(r"\d% \| ", re.ASCII)
_AZURE_LEVELS: dict[str, LineLevel] = {
    "error": "ERROR",
    "warning": "WARN",
    "failed": "ERROR",
    "succeededwithissues": "WARN",
}
_OSC_PROGRESS = re.compile(r"(?:\x1b\]|\x9d)9;4;([0-4])(?:;(\d{1,3}))?(?=[\x07\x1b\x9c])", re.ASCII)


class Marker(NamedTuple):
    """What a marker line shows in place of itself. ``level`` is ``None`` where the text itself tells."""

    text: str
    level: LineLevel | None = None
    secret: str = ""


class MarkerReader:
    """Reads the markers of one task. ``mask`` takes secrets out of titles before they are kept."""

    def __init__(self, model: ProgressModel, mask: Callable[[str], str]) -> None:
        self._model = model
        self._mask = mask
        self._folds: list[tuple[str, str]] = []  # (what closes it, title)
        self._section: str | None = None  # a GitLab section whose title is still to come
        # Of the steps that are being counted: style, total and last number.
        self._sequence: tuple[str, int, int] | None = None
        self._resume: str | None = None  # GitHub's stop-commands: the word that ends it
        self._readers: dict[str, Callable[[str], Marker | None]] = {
            "::": self._github,
            "se": self._gitlab,
            "--": self._dashes,
            "++": self._buildkite,
            "~~": self._buildkite,
            "##": self._hashes,
            "st": self._step,
            **dict.fromkeys(("==", "ta", "pl", "ru", "in", "[#", "[+", "[."), self._heading),
            **{f"[{digit}": self._counted for digit in "0123456789"},
        }

    @property
    def group(self) -> str | None:
        """Title of the innermost open fold."""
        return self._folds[-1][1] if self._folds else None

    def mask_titles(self) -> None:
        """Take newly known secrets out of the titles of open folds."""
        self._folds = [(closer, self._mask(title)) for closer, title in self._folds]

    def close_all(self) -> None:
        """Forget all open folds and counts: another script begins."""
        self._folds.clear()
        self._section = self._sequence = self._resume = None

    def hides(self, text: str) -> bool:
        """Whether an unfinished line may be the announcement of a secret."""
        return text.lstrip(" \t").lower().startswith(("::add-mask", *azure.SECRET_BEGINNINGS))

    def read_escapes(self, raw: str) -> None:
        """Read the progress that a line's escape sequences carry."""
        if "9;4;" not in raw:
            return
        for state, percent in _OSC_PROGRESS.findall(raw):
            if state in "124" and percent:
                self._model.percent(float(percent), "script")

    def read_redrawn(self, text: str) -> None:
        """Read a state of a line that was drawn over: GitLab hides its markers so."""
        found = _GITLAB.fullmatch(text)
        if found is None:
            return
        if found.group(1) == "start":
            self._section = found.group(2)  # its title is what is drawn over the marker
        else:
            self._close(f"gitlab:{found.group(2)}")

    def read(self, text: str) -> Marker | None:
        """Read a line. Returns what it shows, or ``None`` when it is not a marker, or shows as it is."""
        begin = text.lstrip(" \t")[:2].lower()
        if self._section is not None:
            name, self._section = self._section, None
            is_command = begin in ("::", "##")  # which may announce a secret, and is no title
            self._open(f"gitlab:{name}", name if is_command or not text.strip() else text.strip())
            if not is_command:
                return None
        reader = self._readers.get(begin)
        return reader(text) if reader else None

    def _open(self, closer: str, title: str) -> None:
        title = self._mask(title)[:MAX_TITLE]
        if len(self._folds) < MAX_FOLDS:
            self._folds.append((closer, title))
        if title:
            self._model.title(title, "marker")

    def _close(self, closer: str) -> None:
        for index in range(len(self._folds) - 1, -1, -1):
            if self._folds[index][0] == closer:
                del self._folds[index:]
                return

    def _buildkite(self, text: str) -> Marker | None:
        found = _BUILDKITE.fullmatch(text)
        if found is None or _NOT_BUILDKITE.match(text):
            return None
        title = found.group(1).strip()
        self._close("buildkite")
        self._open("buildkite", title)
        return Marker(title)

    def _dashes(self, text: str) -> Marker | None:
        return self._heading(text) or self._buildkite(text)

    def _heading(self, text: str) -> Marker | None:
        heading = read_heading(text)
        if heading is None:
            return None
        self._close(heading.style)
        if heading.title:
            self._open(heading.style, heading.title)
        if heading.percent is not None:
            self._model.percent(heading.percent, "script")
        return None  # the line shows as it is

    def _counted(self, text: str) -> None:
        found = _COUNTED.fullmatch(text)
        if found and not _BAR_BEHIND.search(found.group(3)):
            self._count("[]", int(found.group(1)), int(found.group(2)), found.group(3))

    def _step(self, text: str) -> None:
        found = _STEP.fullmatch(text)
        if found:
            self._count("step", int(found.group(1)), int(found.group(2)), found.group(3))

    def _count(self, style: str, current: int, total: int, title: str) -> None:
        if not 1 <= current <= total:
            return
        if self._is_step(style, current, total):
            self._sequence = (style, total, current)
            self._model.step(current, total, self._mask(title.strip())[:MAX_TITLE], "marker")
        elif self._model.state.current_step:
            self._model.percent(100 * (current - 1) / total, "tool")

    def _is_step(self, style: str, current: int, total: int) -> bool:
        if total > MAX_STEPS or (self._model.planned and len(self._model.planned) != total):
            return False
        sequence = self._sequence
        if sequence is None or sequence[1] == sequence[2]:
            # `[3/5]` out of nowhere is a counter; the word "Step" leaves no doubt.
            return (
                current == 1 or (style == "step" and sequence is None) or sequence == (style, total, current)
            )
        return sequence[:2] == (style, total) and (
            current in (sequence[2], sequence[2] + 1) or (style == "step" and current > sequence[2])
        )

    def _github(self, text: str) -> Marker | None:
        found = _GITHUB.fullmatch(text.lstrip(" \t"))
        if not found:
            return None
        name, properties, value = (
            found.group(1).lower(),
            found.group(2) or "",
            _github_unescape(found.group(3)),
        )
        if name == "add-mask":
            return Marker(f"::add-mask::{MASK}", None, value)
        if self._resume is not None:
            if name == self._resume:
                self._resume = None
            return None
        if name == "group":
            self._close("github")
            self._open("github", value.strip())
            return Marker(value)
        if name == "endgroup":
            self._close("github")
            return Marker("")
        if name == "stop-commands":
            self._resume = found.group(3).strip().lower()
            return None
        if name in _GITHUB_LEVELS:
            place = dict(pair.split("=", 1) for pair in properties.split(",") if "=" in pair)
            where = ":".join(place[key] for key in ("file", "line", "col") if place.get(key))
            return Marker(f"{_github_unescape(where)}: {value}" if where else value, _GITHUB_LEVELS[name])
        return None

    def _gitlab(self, text: str) -> Marker | None:
        found = _GITLAB.fullmatch(text)
        if not found:
            return None
        edge, name, rest = found.groups()
        if edge == "end":
            self._close(f"gitlab:{name}")
            return Marker(rest)
        title = rest.strip() or name
        self._open(f"gitlab:{name}", title)
        return Marker(title)

    def _hashes(self, text: str) -> Marker | None:
        command = read_azure(text)
        return self._teamcity(text) if command is None else self._azure(command)

    def _azure(self, command: AzureCommand) -> Marker | None:
        name, properties, value = command
        if command.is_secret:
            variable = properties.get("variable", "")
            shown = f"##vso[{name}{f' variable={variable};issecret=true' if variable else ''}]{MASK}"
            return Marker(shown, None, value)
        if name in ("group", "section"):
            self._close(f"azure:{name}")
            if name == "group" or not value.startswith("Finishing:"):
                self._open(f"azure:{name}", value.removeprefix("Starting:").strip())
            return Marker(value)
        if name == "endgroup":
            self._close("azure:group")
            return Marker("")
        if name in ("error", "warning"):
            return Marker(value, _AZURE_LEVELS[name])
        if name in ("command", "debug", "task.debug"):
            return Marker(value, "INFO")
        if name == "task.setprogress":
            return self._azure_progress(properties.get("value", "").strip(), value)
        if name == "task.logissue":
            places = (properties.get(key, "") for key in ("sourcepath", "linenumber", "columnnumber"))
            where = ":".join(place for place in places if place)
            level = _AZURE_LEVELS.get(properties.get("type", "").lower(), "INFO")
            return Marker(f"{where}: {value}" if where else value, level)
        if name == "task.complete":
            return Marker(value, _AZURE_LEVELS.get(properties.get("result", "").lower(), "INFO"))
        return None

    def _azure_progress(self, percent: str, title: str) -> Marker | None:
        if not (percent.isascii() and percent.isdecimal()):
            return None
        if title:
            self._model.title(self._mask(title)[:MAX_TITLE], "marker")
        self._model.percent(min(float(percent), 100.0), "script")
        return Marker(title or f"{percent} %")

    def _teamcity(self, text: str) -> Marker | None:
        found = _TEAMCITY.fullmatch(text)
        if not found:
            return None
        name = found.group(1)
        values = {key: _teamcity_unescape(value) for key, value in _TEAMCITY_VALUE.findall(found.group(2))}
        if name in ("progressMessage", "progressStart") and "" in values:
            self._model.title(self._mask(values[""])[:MAX_TITLE], "marker")
            return Marker(values[""])
        if name == "progressFinish":
            return Marker(values.get("", ""))
        if name == "blockOpened" and "name" in values:
            self._open(f"teamcity:{values['name']}", values["name"])
            return Marker(values.get("description") or values["name"])
        if name == "blockClosed":
            self._close(f"teamcity:{values.get('name', '')}")
            return Marker("")
        if name == "message" and "text" in values:
            return Marker(values["text"], _TEAMCITY_LEVELS.get(values.get("status", ""), "INFO"))
        if name == "buildProblem" and "description" in values:
            return Marker(values["description"], "ERROR")
        return None


def _github_unescape(text: str) -> str:
    for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, character)
    return text


def _teamcity_unescape(text: str) -> str:
    def character(found: re.Match[str]) -> str:
        code = found.group(1)
        if code[0] == "0" and len(code) == 6:
            return chr(int(code[2:], 16))
        return " " if code in "nrxlp" else code

    return re.sub(r"\|(0x[0-9A-Fa-f]{4}|.)", character, text)
