"""What earlier runs tell the next: kept for each recipe, version and action, chosen, forgotten."""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from installcast import Installcast, Settings
from installcast.catalog import Catalog, Recipe
from installcast.catalog.timelines import RecordedRuns, Run, file_name
from installcast.parse.timeline import Segment, Timeline, kind_of, sum_of
from installcast.runner.history import HISTORY_FILE, TIMELINE_FILE
from installcast.runner.spec import read_spec
from installcast.tasks.clock_trust import DAY
from installcast.tasks.timelines import MAX_FILES, UNUSED_DAYS, Timelines, this_machine
from tests.tasks.recipes import write_recipe
from tests.tasks.test_retention import retention
from tests.tasks.watching import end_of

MakeSettings = Callable[..., Settings]


def timeline_of(seconds: float, action: str = "install") -> Timeline:
    """A run of the one command of the recipe."""
    command = f"{action}:echo hello"
    return Timeline(seconds, (Segment(sum_of(command), sum_of(kind_of(command)), 0.0, seconds),))


class Shelf:
    """The timelines of a data folder, and the recipe ``web`` (versions ``1.0`` and ``2.*``)."""

    def __init__(self, settings: Settings, recipes: Path) -> None:
        self.settings = settings
        self.recipes = recipes
        write_recipe(recipes, "web", uninstall="echo hello\n")
        settings.data_dir.mkdir(exist_ok=True)
        self.timelines = self.on("here")

    @property
    def recipe(self) -> Recipe:
        return Catalog((self.recipes,)).get("web")

    def on(self, machine: str) -> Timelines:
        """Return the same folder as another machine sees it."""
        return Timelines(self.settings, machine=machine, clock=lambda: 1_700_000_000.0)

    def run(
        self,
        seconds: float,
        version: str = "1.0",
        action: str = "install",
        *,
        timelines: Timelines | None = None,
    ) -> None:
        """A task of that length succeeds."""
        folder = self.settings.data_dir / "task"
        folder.mkdir(exist_ok=True)
        (folder / TIMELINE_FILE).write_text(timeline_of(seconds, action).to_json())
        digest = self.recipe.scripts_digest
        document = {"task_id": "x", "key": "web", "software_version": version, "action": action}
        rest = {"phases": [{"phase": "install", "argv": ["x"]}], "environment": {}, "work_dir": "/"}
        (folder / "task.json").write_text(
            json.dumps({"version": 1, **document, **rest, "scripts_digest": digest})
        )
        (timelines or self.timelines).take(folder, "web", version, action)

    def ship(self, seconds: float, version: str) -> None:
        """The recipe ships a timeline."""
        folder = self.recipes / "web/timelines"
        folder.mkdir(exist_ok=True)
        recorded = RecordedRuns("web", version, "install", (Run(timeline_of(seconds)),))
        (folder / file_name(version, "install")).write_bytes(recorded.encode())

    def chosen(
        self, version: str = "1.0", action: str = "install", *, timelines: Timelines | None = None
    ) -> float | None:
        """Return how long the run took that the next one is held against."""
        scripts = [(action, self.recipe.folder.joinpath("install.sh").read_bytes())]
        timeline = (timelines or self.timelines).choose(self.recipe, version, action, scripts)
        return timeline.duration if timeline else None

    def path(self, version: str = "1.0", action: str = "install") -> Path:
        return self.settings.timelines_dir / "web" / file_name(version, action)


@pytest.fixture
def shelf(settings: MakeSettings, recipes: Path) -> Shelf:
    return Shelf(settings(), recipes)


def test_actions_and_versions_are_separate(shelf: Shelf) -> None:
    """What an uninstall looks like says nothing of an install, and each version has a file of its own."""
    shelf.run(10, "1.0")
    shelf.run(4, "1.0", "uninstall")
    shelf.run(70, "2.1")
    assert shelf.chosen("1.0") == 10
    assert shelf.chosen("1.0", "uninstall") == 4
    assert shelf.chosen("2.1") == 70
    assert shelf.chosen("1.0", "upgrade") is None
    names = sorted(path.name for path in shelf.path().parent.iterdir())
    assert names == ["1.0-install.json", "1.0-uninstall.json", "2.1-install.json"]


def test_files_are_for_the_service_alone(shelf: Shelf) -> None:
    """Folders 0700, files 0600, whatever the umask."""
    old = os.umask(0)
    try:
        shelf.run(10)
    finally:
        os.umask(old)
    modes = [
        stat.S_IMODE(path.stat().st_mode)
        for path in (shelf.path(), shelf.path().parent, shelf.settings.timelines_dir)
    ]
    assert modes == [0o600, 0o700, 0o700]


def test_which_one_is_best(shelf: Shelf) -> None:
    """What was learned before what is shipped; of these the same version, one that is offered as the same, any other."""
    assert shelf.chosen("2.1") is None
    for seconds, version in ((100, "1.0"), (90, "2.0"), (80, "2.1")):
        shelf.ship(seconds, version)
        assert shelf.chosen("2.1") == seconds
    for seconds, version in ((70, "1.0"), (60, "2.0"), (50, "2.1")):
        shelf.run(seconds, version)
        assert shelf.chosen("2.1") == seconds


def test_a_version_that_takes_other_steps_says_nothing(settings: MakeSettings, recipes: Path) -> None:
    """To compile takes other steps than to unpack: that a package took 3 s is no reason to expect it of a build."""
    shelf = Shelf(settings(), recipes)
    steps = "steps: {install: [{title: Unpack}], install 2.*: [{title: Compile}]}\n"
    write_recipe(recipes, "web", declared=steps, uninstall="echo hello\n")
    shelf.run(3, "1.0")
    shelf.ship(4, "1.0")
    assert shelf.chosen("2.1") is None
    shelf.run(70, "2.0")
    assert shelf.chosen("2.1") == 70


def test_one_odd_run_does_not_count(shelf: Shelf) -> None:
    """Of three runs the one that took neither most nor least is chosen; of two the newer; older ones are not kept."""
    shelf.run(10)
    shelf.run(600)
    assert shelf.chosen() == 600
    shelf.run(11)
    assert shelf.chosen() == 11
    for seconds in (12, 13, 14):
        shelf.run(seconds)
    assert shelf.chosen() == 13
    assert len(json.loads(shelf.path().read_text())["runs"]) == 3


def test_a_folder_that_was_copied_to_another_machine(shelf: Shelf) -> None:
    """What was learned elsewhere is better than nothing, and counts no more as soon as there is a run of this machine."""
    for seconds in (10, 11, 12):
        shelf.run(seconds)
    other = shelf.on("other")
    assert shelf.chosen(timelines=other) == 11
    assert [known.here for known in other.known(shelf.recipe)] == [False]
    shelf.run(40, timelines=other)
    assert shelf.chosen(timelines=other) == 40
    assert [known.here for known in other.known(shelf.recipe)] == [True]


def test_changed_scripts_make_it_weaker_and_not_void(shelf: Shelf) -> None:
    """A run of the present scripts comes before those of former ones; while there is none, those still tell much."""
    script = shelf.recipes / "web/install.sh"
    shelf.run(10)
    shelf.run(11)
    script.write_text("#!/bin/bash\necho hello\necho more\n")
    assert shelf.chosen() == 11
    shelf.run(30)
    shelf.run(12)
    script.write_text("#!/bin/bash\necho hello\necho less\n")
    shelf.run(50)
    assert shelf.chosen() == 50


def test_another_script_makes_it_void(shelf: Shelf) -> None:
    """Where nothing of the earlier run is left, nothing is known; an older one that still fits counts."""
    shelf.run(10, "2.1")
    (shelf.recipes / "web/install.sh").write_text("#!/bin/bash\nmake\nmake install\n")
    assert shelf.chosen("2.1") is None
    path = shelf.path("2.0")
    command = "install:make"
    fitting = Timeline(40, (Segment(sum_of(command), sum_of(kind_of(command)), 0.0, 40.0),))
    path.write_bytes(RecordedRuns("web", "2.0", "install", (Run(fitting),)).encode())
    assert shelf.chosen("2.1") == 40


def test_a_damaged_file_is_passed_over(shelf: Shelf, caplog: pytest.LogCaptureFixture) -> None:
    """The next best counts, the log of the service tells, and the next run makes it good."""
    shelf.run(10, "2.0")
    shelf.run(20, "2.1")
    shelf.path("2.1").write_text('{"format": 1, "runs"')
    assert shelf.chosen("2.1") == 10
    assert "2.1-install.json is passed over" in caplog.text
    assert [known.version for known in shelf.timelines.known(shelf.recipe)] == ["2.0"]
    shelf.run(30, "2.1")
    assert shelf.chosen("2.1") == 30


@pytest.mark.parametrize("content", ["", "{", '{"version":1,"duration":-1,"segments":[]}', "x" * 100_000])
def test_what_a_task_left_may_be_anything(
    shelf: Shelf, caplog: pytest.LogCaptureFixture, content: str
) -> None:
    """A script knows where the file is; what is no timeline is not kept."""
    folder = shelf.settings.data_dir / "task"
    folder.mkdir()
    (folder / TIMELINE_FILE).write_text(content)
    shelf.timelines.take(folder, "web", "1.0", "install")
    assert "The timeline of task is not kept" in caplog.text
    assert not shelf.settings.timelines_dir.exists()


def test_links_and_pipes_are_no_timelines(shelf: Shelf, tmp_path: Path) -> None:
    """Nothing is followed, and nobody waits."""
    folder = shelf.settings.data_dir / "task"
    folder.mkdir()
    real = tmp_path / "real.json"
    real.write_text(Timeline(9.0, ()).to_json())
    (folder / TIMELINE_FILE).symlink_to(real)
    shelf.timelines.take(folder, "web", "1.0", "install")
    (folder / TIMELINE_FILE).unlink()
    os.mkfifo(folder / TIMELINE_FILE)
    shelf.timelines.take(folder, "web", "1.0", "install")
    assert not shelf.settings.timelines_dir.exists()


def test_where_nothing_can_be_written_nothing_is_kept(shelf: Shelf, caplog: pytest.LogCaptureFixture) -> None:
    """A disk that refuses costs a line in the log."""
    shelf.settings.timelines_dir.write_text("in the way")
    shelf.run(10)
    assert "is not kept" in caplog.text
    assert shelf.chosen() is None


def test_forgetting(shelf: Shelf) -> None:
    """All, one version, or one action; what the recipe ships stays."""
    for version in ("1.0", "2.0"):
        for action in ("install", "uninstall"):
            shelf.run(10, version, action)
    shelf.ship(99, "1.0")
    forget = shelf.timelines.forget
    assert forget("web", "1.0", "uninstall") == [("1.0", "uninstall")]
    assert forget("web", "2.0") == [("2.0", "install"), ("2.0", "uninstall")]
    assert forget("web") == [("1.0", "install")]
    assert forget("web") == []
    assert shelf.chosen() == 99


def test_unused_ones_age_out(shelf: Shelf) -> None:
    """What no run was held against for long goes, with its empty folder; a run that is held against one keeps it."""
    for version in ("1.0", "2.0"):
        shelf.run(10, version)
        os.utime(shelf.path(version), (1000, 1000))
    assert shelf.chosen("2.0") == 10
    shelf.timelines.prune(2000)
    assert [path.name for path in shelf.path().parent.iterdir()] == ["2.0-install.json"]
    shelf.timelines.prune(time.time() + 1)
    assert list(shelf.settings.timelines_dir.iterdir()) == []
    shelf.settings.timelines_dir.rmdir()
    shelf.timelines.prune(2000)


def test_looking_is_no_use(shelf: Shelf) -> None:
    """The catalog shows what is known all the time, which keeps nothing."""
    shelf.run(10)
    os.utime(shelf.path(), (1000, 1000))
    assert shelf.timelines.expected_seconds(shelf.recipe) == {"1.0": {"install": 10}}
    assert shelf.path().stat().st_mtime == 1000


def test_a_recipe_has_so_many_and_no_more(shelf: Shelf) -> None:
    """The least used go first."""
    for number in range(MAX_FILES + 5):
        shelf.run(10, f"2.{number}")
        os.utime(shelf.path(f"2.{number}"), (number, number))
    kept = {path.name for path in shelf.path().parent.iterdir()}
    assert len(kept) == MAX_FILES
    assert file_name("2.0", "install") not in kept
    assert file_name(f"2.{MAX_FILES + 4}", "install") in kept


def test_what_is_exported_tells_nothing_of_this_machine(shelf: Shelf) -> None:
    """One run, without the machine; what is unknown is not exported."""
    for seconds in (10, 30, 20):
        shelf.run(seconds)
    exported = shelf.timelines.export(shelf.recipe, "1.0", "install")
    assert exported is not None
    assert [(run.timeline.duration, run.machine) for run in exported.runs] == [(20, "")]
    for version in ("9.9", "../../etc/passwd", ""):
        assert shelf.timelines.export(shelf.recipe, version, "install") is None


def test_the_machine_is_known_by_a_sum() -> None:
    """The same one each time, and not its id, which machine-id(5) asks to keep."""
    assert this_machine() == this_machine()
    assert len(this_machine()) == 32
    path = Path("/etc/machine-id")
    if path.exists() and path.read_text().strip():
        assert this_machine() != path.read_text().strip()


SLOW = "echo one\nsleep 1.6\necho two\nsleep 1.6\necho three\n"


async def test_a_task_learns_from_the_one_before(engine: Installcast, recipes: Path) -> None:
    """The first run leaves what the second is held against, which finds it in its folder; lists and plans tell how long it
    takes."""
    write_recipe(recipes, "web", SLOW, uninstall="echo gone\n")
    first = await engine.installer.install({"key": "web"})
    assert (await end_of(engine, first))["progress_basis"] != "history"
    assert (engine.settings.timelines_dir / "web/1.0-install.json").exists()

    listed = {entry["key"]: entry for entry in await engine.list_software()}
    assert 3 < listed["web"]["expected_seconds"]["1.0"]["install"] < 10
    plan = await engine.installer.plan({"key": "web"})
    assert plan["expected_seconds"] == listed["web"]["expected_seconds"]["1.0"]["install"]
    assert (await engine.installer.plan({"key": "web", "version": "2.0"}))["expected_seconds"] is None

    second = await engine.installer.install({"key": "web"}, locale="zh")
    folder = engine.settings.tasks_dir / second
    spec = read_spec(folder)
    assert (spec.history_file, spec.locale) == (folder / HISTORY_FILE, "zh")
    assert Timeline.from_json((folder / HISTORY_FILE).read_text()).duration > 3
    assert (folder / HISTORY_FILE).stat().st_mode & 0o777 == 0o600
    assert (await end_of(engine, second))["progress_basis"] == "history"

    removal = await engine.installer.uninstall({"key": "web"})
    assert read_spec(engine.settings.tasks_dir / removal).history_file is None
    assert (await end_of(engine, removal))["status"] == "succeeded"


async def test_old_ones_go_with_old_logs(engine: Installcast, recipes: Path) -> None:
    """The hourly look removes what was not used for half a year, and not before."""
    write_recipe(recipes, "web")
    shelf = Shelf(engine.settings, recipes)
    shelf.run(10)
    now = time.time()
    for days, remains in ((UNUSED_DAYS - 1, True), (UNUSED_DAYS + 1, False)):
        os.utime(shelf.path(), (now - days * DAY,) * 2)
        await retention(engine, lambda: now).sweep()
        assert shelf.path().exists() is remains


async def test_a_clock_that_leapt_forgets_nothing(engine: Installcast, recipes: Path) -> None:
    """Half a year that did not pass makes nothing old."""
    write_recipe(recipes, "web")
    shelf = Shelf(engine.settings, recipes)
    shelf.run(10)
    await retention(engine, time.time).sweep()
    leapt = time.time() + 400 * DAY
    await retention(engine, lambda: leapt).sweep()
    assert shelf.path().exists()
