"""The folder of a task."""

from __future__ import annotations

import json
import shutil
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from installcast.catalog import Catalog
from installcast.runner.environment import LOCK_SECONDS
from installcast.runner.spec import read_spec
from installcast.settings import Settings
from installcast.tasks.folder import Order, journal_file, prepare
from tests.tasks.recipes import write_recipe

DECLARED = """
term: pty
timeout: 77
steps: [{title: {en: Compile, zh: 编译}, weight: 3}]
parameters:
  - {name: port, env: PORT, type: integer, default: 80}
  - {name: pwd, env: DB_PASSWORD, type: string, secret: true}
"""


@pytest.fixture
def order(recipes: Path) -> Order:
    """An install of a recipe that has everything, with a secret."""
    home = write_recipe(
        recipes, "web", declared=DECLARED, precheck="", verify="", rollback="", uninstall="", upgrade=""
    )
    (home / "files").mkdir()
    (home / "files" / "site.conf").write_text("server {}")
    recipe = Catalog([recipes], builtin=None).get("web")
    return Order(recipe, "install", recipe.check("2.5", {"pwd": "correct-horse"}), locale="zh")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the task's folder will be."""
    (tmp_path / "data" / "tasks").mkdir(parents=True)
    return tmp_path / "data" / "tasks" / "web-2.5-x"


def make(folder: Path, order: Order, settings: Settings) -> None:
    """Prepare the folder without files in memory."""
    prepare(folder, order, settings, secrets_file=None, results_file=None)


def test_the_runner_is_told_everything(folder: Path, order: Order, settings: Callable[..., Settings]) -> None:
    """Scripts in order, rollback, limits, steps in the reader's language, and the recipe's variables."""
    prepare(
        folder,
        order,
        settings(runner={"kill_grace": 3}, log={"max_line_bytes": 999}),
        secrets_file=Path("/x/s"),
        results_file=Path("/x/r"),
    )
    spec = read_spec(folder)
    assert [phase.phase for phase in spec.phases] == ["precheck", "install", "verify"]
    assert spec.phases[1].argv == ("/bin/bash", str(folder / "recipe" / "install.sh"))
    assert spec.rollback is not None
    assert (spec.task_id, spec.key, spec.software_version, spec.action) == (
        folder.name,
        "web",
        "2.5",
        "install",
    )
    assert (spec.timeout, spec.kill_grace, spec.term, spec.max_line_bytes) == (77, 3, "pty", 999)
    assert [(step.title, step.weight) for step in spec.steps] == [("编译", 3)]
    assert (spec.secrets_file, spec.results_file) == (Path("/x/s"), Path("/x/r"))
    assert spec.environment["PORT"] == "80"
    assert spec.environment["INSTALLCAST_LANG"] == "zh"
    assert spec.environment["INSTALLCAST_PYTHON"] == sys.executable
    assert Path(spec.environment["INSTALLCAST_SH"]).is_file()
    assert Path(spec.environment["INSTALLCAST_LIB"], "debian.sh").is_file()
    assert stat.S_IMODE(Path(spec.environment["INSTALLCAST_PREFIX"]).stat().st_mode) == 0o700
    assert journal_file(folder).read_bytes() == b""


@pytest.mark.parametrize("action", ["install", "upgrade", "uninstall"])
def test_what_is_asked_after_a_failure(
    folder: Path, order: Order, settings: Callable[..., Settings], action: str
) -> None:
    """Whatever fails, the recipe's own scripts can say what is left; of a plan there is nothing to ask."""
    (order.recipe.folder / "detect.sh").write_text("#!/bin/bash\n")
    asked = Order(Catalog([order.recipe.folder.parent], builtin=None).get("web"), action, order.checked)
    make(folder, asked, settings())
    spec = read_spec(folder)
    assert spec.verify is not None
    assert (spec.verify.phase, spec.verify.argv[-1]) == ("verify", str(folder / "recipe" / "verify.sh"))
    assert spec.detect is None, "the recipe declares none"
    make(folder.with_name("plan"), asked._replace(action="install", planned=True), settings())
    assert read_spec(folder.with_name("plan")).verify is None


def test_apt_waits_for_a_lock(
    folder: Path, order: Order, settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    """apt is told to by a file that exists; a person's own one, of the settings or of the service, takes its place."""
    monkeypatch.delenv("APT_CONFIG", raising=False)
    make(folder, order, settings())
    config = Path(read_spec(folder).environment["APT_CONFIG"])
    assert f'DPkg::Lock::Timeout "{LOCK_SECONDS}";' in config.read_text()
    monkeypatch.setenv("APT_CONFIG", "/etc/ours")
    make(folder.with_name("b"), order, settings())
    assert read_spec(folder.with_name("b")).environment["APT_CONFIG"] == "/etc/ours"
    make(folder.with_name("c"), order, settings(runner={"environment": {"APT_CONFIG": "/etc/theirs"}}))
    assert read_spec(folder.with_name("c")).environment["APT_CONFIG"] == "/etc/theirs"


def test_no_secret_is_in_it(folder: Path, order: Order, settings: Callable[..., Settings]) -> None:
    """Neither the value of a secret nor its variable lies on the disk."""
    make(folder, order, settings())
    for path in folder.rglob("*"):
        if path.is_file():
            assert "correct-horse" not in path.read_text()
    assert "DB_PASSWORD" not in read_spec(folder).environment


def test_an_uninstall_runs_one_script(folder: Path, order: Order, settings: Callable[..., Settings]) -> None:
    """No precheck, no verification, nothing to roll back to."""
    make(folder, order._replace(action="uninstall"), settings())
    spec = read_spec(folder)
    assert [phase.phase for phase in spec.phases] == ["uninstall"]
    assert spec.rollback is None


def test_an_upgrade_is_the_install_of_something_newer(
    folder: Path, order: Order, settings: Callable[..., Settings]
) -> None:
    """Its script runs in the phase install."""
    make(folder, order._replace(action="upgrade"), settings())
    phases = read_spec(folder).phases
    assert [phase.phase for phase in phases] == ["precheck", "install", "verify"]
    assert phases[1].argv[-1].endswith("upgrade.sh")


def test_it_is_a_copy(folder: Path, order: Order, settings: Callable[..., Settings]) -> None:
    """What happens to the recipe later changes nothing for the task."""
    make(folder, order, settings())
    shutil.rmtree(order.recipe.folder)
    assert (folder / "recipe" / "install.sh").read_text() == "#!/bin/bash\necho hello\n"
    assert (folder / "recipe" / "files" / "site.conf").read_text() == "server {}"


def test_only_we_can_look(folder: Path, order: Order, settings: Callable[..., Settings]) -> None:
    """Nothing in it is for the group or others, whatever the umask and the recipe's modes."""
    make(folder, order, settings())
    for path in (folder, *folder.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    assert (folder / "recipe" / "install.sh").stat().st_mode & stat.S_IXUSR


def test_the_service_s_environment_is_not_passed_on(
    folder: Path, order: Order, settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only proxies and certificates are, then the settings' variables, and nothing can take the place of our own."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.setenv("https_proxy", "http://proxy:1")
    monkeypatch.setenv("SSL_CERT_FILE", "/etc/corporate.pem")
    own = {"https_proxy": "http://proxy:2", "SITE": "b", "INSTALLCAST_KEY": "forged"}
    make(folder, order, settings(runner={"environment": own}))
    environment = read_spec(folder).environment
    assert "AWS_SECRET_ACCESS_KEY" not in environment
    assert environment["SSL_CERT_FILE"] == "/etc/corporate.pem"
    assert (environment["https_proxy"], environment["SITE"]) == ("http://proxy:2", "b")
    assert environment["INSTALLCAST_KEY"] == "web"


def test_a_plan_changes_nothing(folder: Path, order: Order, settings: Callable[..., Settings]) -> None:
    """It runs the checks only, and makes no folder for the software."""
    made = settings()
    make(folder, order._replace(planned=True), made)
    spec = read_spec(folder)
    assert [phase.phase for phase in spec.phases] == ["precheck"]
    assert spec.rollback is None
    assert not made.software_dir.exists()


def test_nothing_is_left_when_it_cannot_be_made(
    folder: Path, order: Order, settings: Callable[..., Settings]
) -> None:
    """A folder is there whole or not at all."""
    shutil.rmtree(order.recipe.folder)
    with pytest.raises(FileNotFoundError):
        make(folder, order, settings())
    assert not folder.exists()


def test_task_json_is_readable(folder: Path, order: Order, settings: Callable[..., Settings]) -> None:
    """It is plain JSON of version 1."""
    make(folder, order, settings())
    assert json.loads((folder / "task.json").read_text())["version"] == 1
