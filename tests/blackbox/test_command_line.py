"""Section 8 of the contract: commands and exit statuses."""

from __future__ import annotations

import json
import signal
import subprocess

from tests.service import Client, Service


def test_install_shows_the_log_and_returns_the_scripts_status(service: Service) -> None:
    """0 for a success, the script's own status for a failure, 128+N for a signal."""
    good = service.run("install", "chatter", "--param", "port=8082")
    assert good.returncode == 0, good.stderr
    assert "to standard output" in good.stdout
    assert service.run("install", "failing").returncode == 7
    assert service.run("install", "failing", "--param", "how=signal").returncode == 137


def test_json_is_records(service: Service) -> None:
    """`--json` prints the records, one a line, and nothing else."""
    result = service.run("install", "chatter", "--json")
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert [record["seq"] for record in records] == list(range(len(records)))
    assert records[-1]["final"] is True


def test_exit_statuses(service: Service) -> None:
    """2 wrong usage, 3 not found, 5 not reachable."""
    assert service.run("install").returncode == 2
    assert service.run("install", "no-such-recipe").returncode == 3
    assert service.run("status", "no-such-task").returncode == 3
    assert (
        service.run("--server", "http://127.0.0.1:9", "ps", environment={"INSTALLCAST_TOKEN": "x"}).returncode
        == 5
    )


def test_not_allowed_is_4(service: Service) -> None:
    """A token without the scope."""
    token = service.token("carol", "soft:read")
    options = {"INSTALLCAST_TOKEN": token}
    assert service.run("--server", service.url, "install", "bare", environment=options).returncode == 4


def test_detach_then_ask(service: Service) -> None:
    """--detach prints the id; logs, status, ps and search know it."""
    task_id = service.run("install", "chatter", "--detach", check=True).stdout.strip().split()[-1]
    followed = service.run("logs", task_id, "-f")
    assert followed.returncode == 0
    assert "red and bold" in service.run("logs", task_id, check=True).stdout
    assert "succeeded" in service.run("status", task_id, check=True).stdout
    assert task_id in service.run("ps", "--all", check=True).stdout
    assert "red and bold" in service.run("search", task_id, "red and", check=True).stdout
    since = service.run("logs", task_id, "--since", "3", "--json", check=True)
    assert json.loads(since.stdout.splitlines()[0])["seq"] == 3


def test_control_c_detaches(service: Service, client: Client) -> None:
    """Ctrl-C while watching cancels nothing and says how to come back."""
    process = subprocess.Popen(
        service._argv("install", "slow", "--param", "count=60"),
        env=service.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "line 3" in line:
            break
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert "installcast logs" in errors
    admin = service.client("root", "admin")
    task = next(t for t in admin.data("GET", "/v1/soft/tasks", params={"key": "slow"})["tasks"])
    assert admin.finish(task["task_id"])["status"] == "succeeded"


def test_run_needs_no_service(service: Service, tmp_path: object) -> None:
    """`run` carries a command out here and now and returns its status."""
    data_dir = ["--data-dir", str(tmp_path)]
    result = service.run(
        *data_dir, "run", "--name", "try", "--", "sh", "-c", "echo here; echo there >&2; exit 5"
    )
    assert result.returncode == 5
    assert "here" in result.stdout
    assert "there" in result.stdout
    assert service.run(*data_dir, "run", "--", "no-such-command").returncode == 127


def test_recipes(service: Service, tmp_path: object) -> None:
    """new makes a recipe that check accepts; check names file, line and key of a broken one."""
    assert "nginx" in service.run("recipes", "list", check=True).stdout
    service.run("recipes", "new", "mine", check=True, cwd=str(tmp_path))
    assert service.run("recipes", "check", f"{tmp_path}/mine").returncode == 0
    broken = service.run("recipes", "check", str(service.folder / "recipes/broken"))
    assert broken.returncode != 0
    assert "recipe.yaml:2" in broken.stdout + broken.stderr


def test_users_and_sign_in(service: Service, client: Client) -> None:
    """A local user is added, listed and removed; a login link is made."""
    service.run("user", "add", "dora", "--password-stdin", input="a long enough password\n", check=True)
    assert "dora" in service.run("user", "list", check=True).stdout
    assert service.url in service.run("login-link", check=True).stdout
    service.run("user", "remove", "dora", check=True)
    assert "dora" not in service.run("user", "list", check=True).stdout


def test_help_and_version(service: Service) -> None:
    """Every command explains itself."""
    assert service.run("--version", check=True).stdout.strip()
    words = "serve demo plan install upgrade uninstall logs ps cancel retry doctor run status search"
    words += " recipes user login-link token config"
    shown = service.run("--help", check=True).stdout
    for word in words.split():
        assert word in shown
        assert service.run(word, "--help").returncode == 0


def test_doctor(service: Service) -> None:
    """doctor looks at the machine and says what it saw."""
    result = service.run("doctor", "--json")
    assert result.stdout.strip()
    for line in result.stdout.splitlines():
        json.loads(line)
