"""Markers in the output, as scripts for CI systems print them."""

from __future__ import annotations

import pytest

from installcast.parse.markers import MAX_TITLE, Marker, MarkerReader
from installcast.parse.progress import ProgressModel, StepPlan


class Script:
    """A script that prints, and what became of it."""

    def __init__(self, *plan: str) -> None:
        self.model = ProgressModel([StepPlan(title) for title in plan])
        self.markers = MarkerReader(self.model, lambda text: text.replace("hunter2", "***"))

    def prints(self, *lines: str) -> list[Marker | None]:
        """Print ``lines``; return what each shows."""
        return [self.markers.read(line) for line in lines]

    @property
    def step(self) -> tuple[str, int, int, int]:
        """Title, number, total and progress."""
        state = self.model.state
        return state.step, state.current_step, state.total_steps, state.progress


def test_counted_steps() -> None:
    """``[n/m] title`` that counts from 1 in order names the steps, and its line stays as it is."""
    script = Script()
    assert script.prints("[1/5] Fetch") == [None]
    assert script.step == ("Fetch", 1, 5, 0)
    script.prints("[2/5] Compile")
    assert script.step == ("Compile", 2, 5, 20)
    script.prints("[2/5] Compile it still", "[3/5] Link")
    assert script.step == ("Link", 3, 5, 40)


@pytest.mark.parametrize(
    "line",
    ["[3/5] out of nowhere", "[1/21] Building CXX object", "[0/5] x", "[6/5] x", "[1/5]no", "see [1/5] x"],
)
def test_counters_are_no_steps(line: str) -> None:
    """A counter that does not begin at 1, has more than 20, or cannot be, is a tool's."""
    script = Script()
    script.prints(line)
    assert script.step[1:] == ((1, 5, 0) if line == "[1/5]no" else (0, 0, 0))


def test_a_counter_inside_a_step() -> None:
    """Another count while one is going on is a tool at work on the present step."""
    script = Script()
    script.prints("[1/2] Build", "[1/4] gcc a.c", "[3/4] gcc c.c")
    assert script.step == ("Build", 1, 2, 25)
    script.prints("[2/2] Install")
    assert script.step == ("Install", 2, 2, 50)


def test_a_new_count_after_the_last() -> None:
    """When all steps were counted, a new count begins; the progress does not fall."""
    script = Script()
    script.prints("[1/2] a", "[2/2] b", "[1/3] c")
    assert script.step == ("c", 1, 3, 50)


def test_bars_behind_a_count_are_no_titles() -> None:
    """A package manager that counts its downloads, each with its bar, names no steps."""
    script = Script()
    script.prints("[1/5] nginx-core-2:1.26.2-1.fc41.x86_64 100% |   2.9 MiB/s | 658.2 KiB |  00m00s")
    assert script.step == ("", 0, 0, 0)


def test_a_count_beside_the_declared_steps() -> None:
    """Where the recipe declares another number of steps, a count is a tool's."""
    script = Script("Fetch", "Build")
    script.prints("[1/3] x")
    assert script.step == ("", 0, 2, 0)
    script.prints("[1/2] mine")
    assert script.step == ("mine", 1, 2, 0)


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("Step 2/5: Compile", "Compile"),
        ("Step 2/5 : RUN make", "RUN make"),
        ("STEP 2/5 - x", "x"),
        ("step 2/5", ""),
    ],
)
def test_step_lines(line: str, title: str) -> None:
    """``Step n/m`` leaves no doubt, so it may begin anywhere."""
    script = Script()
    assert script.prints(line) == [None]
    assert script.step == (title, 2, 5, 20)


def test_github_groups() -> None:
    """A group is a fold and names the step; the markers show their title or nothing."""
    script = Script()
    assert script.prints("::group::Prepare") == [Marker("Prepare")]
    assert (script.markers.group, script.step[0]) == ("Prepare", "Prepare")
    assert script.prints("text") == [None]
    assert script.prints("::endgroup::") == [Marker("")]
    assert script.markers.group is None


def test_github_annotations() -> None:
    """Annotations have their level, and tell the place in a file."""
    assert Script().prints(
        "::error file=app.js,line=10,col=15::Broken",
        "::warning::Low%20memory 100%25",
        "::notice file=app.js::Note",
        "::debug::deep",
        "  ::error::indented",
    ) == [
        Marker("app.js:10:15: Broken", "ERROR"),
        Marker("Low%20memory 100%", "WARN"),
        Marker("app.js: Note", "INFO"),
        Marker("deep", "INFO"),
        Marker("indented", "ERROR"),
    ]


def test_github_masks() -> None:
    """``add-mask`` hands over the value and does not show it."""
    assert Script().prints("::add-mask::hunter2%0Aline two") == [
        Marker("::add-mask::***", None, "hunter2\nline two")
    ]
    assert Script().markers.hides("::add-mask::hun")
    assert Script().markers.hides(" ::ADD-MASK::hun")
    assert not Script().markers.hides("::group::x")


def test_github_commands_can_be_stopped() -> None:
    """Between ``stop-commands`` and its word commands are text; a mask is heard even then."""
    script = Script()
    assert script.prints(
        "::stop-commands::pause", "::group::no", "::add-mask::x", "::pause::", "::group::yes"
    ) == [
        None,
        None,
        Marker("::add-mask::***", None, "x"),
        None,
        Marker("yes"),
    ]


@pytest.mark.parametrize("line", ["::", ":: x", "::1::x", "::unknown::x", "std::vector<int>::size"])
def test_not_github(line: str) -> None:
    """What GitHub would not understand stays as it is."""
    script = Script()
    assert script.prints(line) == [None]
    assert script.markers.group is None


def test_gitlab_sections() -> None:
    """A section's marker is drawn over by its title; its name closes it, and sections nest."""
    script = Script()
    script.markers.read_redrawn("section_start:1560896352:fetch[collapsed=true]")
    assert script.prints("Fetching sources") == [None]
    assert script.markers.group == "Fetching sources"
    script.markers.read_redrawn("section_start:1560896353:inner")
    script.prints("Inner")
    assert script.markers.group == "Inner"
    script.markers.read_redrawn("section_end:1560896354:inner")
    assert script.prints("") == [None]
    assert script.markers.group == "Fetching sources"
    script.markers.read_redrawn("section_end:1560896355:fetch")
    assert script.markers.group is None


def test_a_command_in_place_of_a_sections_title() -> None:
    """A secret that is announced where a title was expected is heard, and the section has its name for a title."""
    script = Script()
    script.markers.read_redrawn("section_start:1:fetch")
    assert script.prints("::add-mask::hunter2") == [Marker("::add-mask::***", None, "hunter2")]
    assert script.markers.group == "fetch"
    script.markers.read_redrawn("section_start:2:load")
    assert script.prints("##vso[task.setsecret]hunter2") == [
        Marker("##vso[task.setsecret]***", None, "hunter2")
    ]
    assert script.markers.group == "load"


def test_gitlab_sections_without_a_terminal() -> None:
    """A marker that nothing is drawn over shows its title, else its name."""
    script = Script()
    assert script.prints("section_start:1:build") == [Marker("build")]
    assert script.markers.group == "build"
    assert script.prints("section_end:2:build") == [Marker("")]
    assert script.markers.group is None


def test_buildkite_groups() -> None:
    """Each header begins a group, which the next one ends."""
    script = Script()
    assert script.prints("--- :package: Install", "+++ Test", "~~~ Quiet") == [
        Marker(":package: Install"),
        Marker("Test"),
        Marker("Quiet"),
    ]
    assert script.markers.group == "Quiet"


@pytest.mark.parametrize(
    "line",
    [
        "--- a/src/x.c",
        "+++ b/src/x.c",
        "--- /dev/null",
        "--- x.c\t2026-01-02 03:04:05",
        "--- x.c.orig 2026-01-02",
        "--- Logging error ---",
        "--- 127.0.0.1 ping statistics ---",
        "---",
        "--- ",
        "-----",
    ],
)
def test_not_buildkite(line: str) -> None:
    """Diffs and rulers are no headers."""
    script = Script()
    assert script.prints(line) == [None]
    assert script.markers.group is None


def test_teamcity() -> None:
    """Service messages name the step, open folds and tell levels, and show what they say."""
    script = Script()
    assert script.prints(
        "##teamcity[blockOpened name='Compile' description='All of it']",
        "##teamcity[progressMessage 'Compiling |[core|] it|'s ||']",
        "##teamcity[message text='Careful' status='WARNING']",
        "##teamcity[message text='Plain']",
        "##teamcity[buildProblem description='Broken |0x00e9']",
    ) == [
        Marker("All of it"),
        Marker("Compiling [core] it's |"),
        Marker("Careful", "WARN"),
        Marker("Plain", "INFO"),
        Marker("Broken é", "ERROR"),
    ]
    assert (script.markers.group, script.step[0]) == ("Compile", "Compiling [core] it's |")
    assert script.prints("##teamcity[blockClosed name='Compile']") == [Marker("")]
    assert script.markers.group is None
    assert script.prints("##teamcity[testStarted name='x']", "##teamcity[") == [None, None]


def test_azure_folds_and_levels() -> None:
    """Azure's sections and groups are folds, its issues have their level and their place."""
    script = Script()
    assert script.prints(
        "##[section]Starting: Build",
        "##[group]Restore",
        "##[command]dotnet restore",
        "##[endgroup]",
        "##[warning]Old",
        "##[error]Broken",
        "##[debug]deep",
        "##vso[task.logissue type=error;sourcepath=app.cs;linenumber=10;columnnumber=5;code=100]No such type%3B really",
        "##vso[task.logissue type=warning]Careful",
        "##VSO[TASK.COMPLETE Result=SucceededWithIssues;]DONE",
    ) == [
        Marker("Starting: Build"),
        Marker("Restore"),
        Marker("dotnet restore", "INFO"),
        Marker(""),
        Marker("Old", "WARN"),
        Marker("Broken", "ERROR"),
        Marker("deep", "INFO"),
        Marker("app.cs:10:5: No such type; really", "ERROR"),
        Marker("Careful", "WARN"),
        Marker("DONE", "WARN"),
    ]
    assert script.markers.group == "Build"
    assert script.prints("##[section]Finishing: Build") == [Marker("Finishing: Build")]
    assert script.markers.group is None


def test_azure_progress() -> None:
    """``task.setprogress`` moves the progress, and its message names what is done."""
    script = Script()
    assert script.prints(
        "##vso[task.setprogress value=75;currentOperation=x]Upload Log", "##vso[task.setprogress value=80]"
    ) == [
        Marker("Upload Log"),
        Marker("80 %"),
    ]
    assert script.step == ("Upload Log", 0, 0, 80)
    assert script.prints("##vso[task.setprogress value=all]x", "##vso[task.setprogress]x") == [None, None]


def test_azure_secrets() -> None:
    """Secrets and secret variables are handed over and not shown, also while their line is unfinished."""
    assert Script().prints(
        "##vso[task.setsecret]hunter2",
        " ##vso[task.setvariable variable=TOKEN;isSecret=true]one%0Atwo",
        "##vso[task.setvariable variable=NAME]plain",
        "##vso[artifact.upload]x",
    ) == [
        Marker("##vso[task.setsecret]***", None, "hunter2"),
        Marker("##vso[task.setvariable variable=TOKEN;issecret=true]***", None, "one\ntwo"),
        None,
        None,
    ]
    assert Script().markers.hides("##vso[task.setsecret]hun")
    assert Script().markers.hides(" ##VSO[task.setVariable variable=x;issecret=true]hun")
    assert not Script().markers.hides("##[group]x")


@pytest.mark.parametrize(
    "lines",
    [
        ("==> Installing nginx",),
        ("-----> Installing nginx",),
        ("TASK [web] ********", "TASK [Installing nginx] *******"),
        ("PLAY [Installing nginx] *****",),
    ],
)
def test_headings(lines: tuple[str, ...]) -> None:
    """A heading names the step and begins a fold, which the next one of its kind ends; its line stays as it is."""
    script = Script()
    assert script.prints(*lines) == [None] * len(lines)
    assert (script.markers.group, script.step[0]) == ("Installing nginx", "Installing nginx")


def test_the_end_of_a_play() -> None:
    """Ansible's recap belongs to no task."""
    script = Script()
    script.prints("TASK [web : Install] ********", "PLAY RECAP **********")
    assert script.markers.group is None


def test_yunohost() -> None:
    """YunoHost's bar names the step, and what it has done is the progress."""
    script = Script()
    script.prints("Info: [#####+++............] > Setting up a database…")
    assert script.step == ("Setting up a database…", 0, 0, 25)
    script.prints("[##########++++++++..] > Restarting services…")
    assert script.step == ("Restarting services…", 0, 0, 50)
    script.prints("[####################] > Installation of nextcloud completed")
    assert script.step[3] == 99


@pytest.mark.parametrize(
    "line",
    [
        "==> access.log <==",
        "==>",
        "---> x",
        "------> x",
        "TASK [x]",
        "task [x] ***",
        "PLAY RECAP",
        "[####++] > too short",
        "[########] done",
        "[#+#+#+#+#+] > x",
        "Info: nothing",
    ],
)
def test_not_headings(line: str) -> None:
    """Names of files, rulers and other brackets are no headings."""
    script = Script()
    assert script.prints(line) == [None]
    assert (script.markers.group, script.step) == (None, ("", 0, 0, 0))


@pytest.mark.parametrize(
    ("raw", "progress"),
    [
        ("\x1b]9;4;1;40\x07", 40),
        ("\x1b]9;4;1;40\x1b\\", 40),
        ("\x1b]9;4;2;30\x07", 30),
        ("\x1b]9;4;1;10\x07\x1b]9;4;1;70\x07\x1b]9;4;0;0\x07", 70),
        ("\x1b]9;4;3\x07", 0),
        ("\x1b]9;4;1;400\x07", 99),
        ("\x1b]9;9;1;40\x07", 0),
        ("9;4;1;40", 0),
    ],
)
def test_osc_progress(raw: str, progress: int) -> None:
    """The terminal's progress is read; states without a value move nothing."""
    script = Script()
    script.markers.read_escapes(raw)
    assert script.model.state.progress == progress


def test_titles_are_masked_and_bounded() -> None:
    """A title shows no secret, and not more than fits."""
    script = Script()
    script.prints("::group::Use hunter2 " + "x" * 1000)
    assert script.markers.group is not None
    assert script.markers.group.startswith("Use *** x")
    assert len(script.markers.group) == len(script.step[0]) == MAX_TITLE
    script.markers.close_all()
    script.prints("[1/2] hunter2")
    assert script.step[0] == "***"


def test_secrets_that_come_later_leave_open_folds() -> None:
    """The title of an open fold loses a secret that was announced after it."""
    script = Script()
    script.markers = MarkerReader(script.model, lambda text: text.replace("later", "***"))
    script.markers._folds = [("github", "Use later")]
    script.markers.mask_titles()
    assert script.markers.group == "Use ***"


def test_folds_are_bounded() -> None:
    """A script that opens folds without end keeps the outer ones."""
    script = Script()
    for index in range(1000):
        script.prints(f"##teamcity[blockOpened name='{index}']")
    assert script.markers.group == "31"


def test_another_script_begins_fresh() -> None:
    """Folds and counts end with the script that made them."""
    script = Script()
    script.prints("::group::x", "[1/3] a")
    script.markers.close_all()
    assert script.markers.group is None
    script.prints("[1/4] b")
    assert script.step[:3] == ("b", 1, 4)
