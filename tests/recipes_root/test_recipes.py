"""Every recipe of the catalog, installed, asked, upgraded and removed for real."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.recipes_root import clients
from tests.recipes_root.machine import Machine, Run, bring_back_older, listens

pytestmark = [pytest.mark.root, pytest.mark.timeout(1800)]

Check = Callable[[Run, int], None]
"""Takes a finished task and the port that counts, and asks the installed thing itself."""

PASSWORD = "a\"b\\c $(x) 密码'"
"""Every character here means something to somebody on the way: shells, configuration files, SQL."""


async def start_clean(machine: Machine, key: str) -> None:
    """Remove what the copied machine brought: a test begins without it."""
    if (await machine.versions(key))[0]:
        await machine.succeed("uninstall", key, purge=True)
    assert (await machine.versions(key))[0] is None


async def lifecycle(
    machine: Machine,
    key: str,
    *,
    package: str,
    ports: tuple[int, int],
    check: Check,
    **first: Any,
) -> None:
    """Plan, install, upgrade from older packages, install again over it on another port, remove, install again on what
    was kept, and remove with all that belongs to it. ``package`` is a regular expression for the server's package."""
    port, other = ports
    await start_clean(machine, key)

    plan = await machine.engine.installer.plan({"key": key, "parameters": {"port": port}})
    assert plan["ok"], plan
    assert any(re.match(rf"\+ {package} ", line) for line in plan["packages"]), plan
    assert (await machine.versions(key))[0] is None

    install = await machine.succeed("install", key, port=port, **first)
    recipe = machine.engine.catalog.get(key)
    assert install.steps == [step.title_in("en") for step in recipe.steps_for("install")]
    version, candidate = await machine.versions(key)
    assert version == candidate
    check(install, port)

    bring_back_older(package)
    outdated, candidate = await machine.versions(key)
    plan = await machine.engine.installer.plan({"key": key}, action="upgrade")
    assert (outdated == candidate) == (not plan["packages"]), plan
    upgrade = await machine.succeed("upgrade", key)
    assert await machine.versions(key) == (version, version)
    check(upgrade, port)

    over = await machine.succeed("install", key, port=other)
    check(over, other)
    assert not listens(port)

    uninstall = await machine.succeed("uninstall", key)
    assert "Kept: " in uninstall.text
    assert (await machine.versions(key))[0] is None
    assert not listens(other)

    check(await machine.succeed("install", key, port=port), port)
    await machine.succeed("uninstall", key, purge=True)
    assert (await machine.versions(key))[0] is None
    assert not listens(port)
    seconds = " | ".join(f"{run.seconds:.0f} s" for run in (install, over, upgrade, uninstall))
    machine.seen.append(f"| {key} | {version} | {seconds} |")
    if outdated == version:
        machine.seen.append(
            f"| {key}: no older package was to be had, so the upgrade had nothing to do | | | | | |"
        )


async def test_nginx(machine: Machine, port: int, other_port: int) -> None:
    """nginx serves its page on the port that was asked for."""

    def check(run: Run, port: int) -> None:
        assert clients.http_server(port).startswith("nginx/")
        assert run.results["url"].endswith(f":{port}/")

    await lifecycle(
        machine,
        "nginx",
        package="nginx",
        ports=(port, other_port),
        check=check,
    )
    assert not Path("/etc/nginx").exists()


async def test_redis(machine: Machine, port: int, other_port: int) -> None:
    """Redis takes the password that was given, made or kept, and keeps its data."""
    passwords: list[str] = []

    def check(run: Run, port: int) -> None:
        passwords.extend(run.secrets.values())
        assert "NOAUTH" in clients.redis_without_password(port)
        answer = clients.redis(port, passwords[-1], "SET", "kept", "value")
        assert answer == "+OK\r\n"

    await lifecycle(
        machine,
        "redis",
        package="redis-server",
        ports=(port, other_port),
        check=check,
    )
    assert len(passwords) == 1, "one is made at the first install, and kept from then on"
    assert not Path("/etc/redis").exists()


async def test_redis_with_given_password(machine: Machine, port: int) -> None:
    """A given password counts, whatever characters it holds, and a limit of memory."""
    await start_clean(machine, "redis")
    run = await machine.succeed("install", "redis", port=port, pwd=PASSWORD, memory=77)
    assert run.secrets == {}
    assert PASSWORD not in run.text
    assert str(77 * 1024 * 1024) in clients.redis(port, PASSWORD, "CONFIG", "GET", "maxmemory")
    await machine.succeed("uninstall", "redis", purge=True)


async def test_memcached(machine: Machine, port: int, other_port: int) -> None:
    """Memcached runs with the memory that was asked for."""
    memory = iter([33, 33, 64, 64])

    def check(run: Run, port: int) -> None:
        assert clients.memcached_megabytes(port) == next(memory)

    await lifecycle(
        machine,
        "memcached",
        package="memcached",
        ports=(port, other_port),
        check=check,
        memory=33,
    )
    assert not Path("/etc/memcached.conf").exists()


async def test_postgresql(machine: Machine, port: int, other_port: int) -> None:
    """PostgreSQL lets the superuser in with the password that was made, and keeps its databases."""
    passwords: list[str] = []

    def check(run: Run, port: int) -> None:
        passwords.extend(run.secrets.values())
        statement = (
            "CREATE TABLE IF NOT EXISTS kept (n int); INSERT INTO kept VALUES (1); SELECT count(*) FROM kept"
        )
        counts.append(clients.postgresql(port, "postgres", passwords[-1], statement).splitlines()[-1])

    counts: list[str] = []
    await lifecycle(
        machine,
        "postgresql",
        package="postgresql-[0-9]+",
        ports=(port, other_port),
        check=check,
    )
    assert counts == ["1", "2", "3", "4"], "the table outlives upgrades, and an uninstall without purge"
    assert len(passwords) == 1
    assert not Path("/var/lib/postgresql").exists()


async def test_postgresql_user(machine: Machine, port: int) -> None:
    """A user of another name gets a database of that name; a password may hold any character."""
    await start_clean(machine, "postgresql")
    run = await machine.succeed("install", "postgresql", port=port, username="app_1", pwd=PASSWORD)
    assert PASSWORD not in run.text
    assert clients.postgresql(port, "app_1", PASSWORD, "SELECT current_database()") == "app_1"
    logs = Path("/var/log/postgresql").glob("*.log")
    assert not any(PASSWORD in log.read_text() for log in logs)
    await machine.succeed("uninstall", "postgresql", purge=True)


async def test_mariadb(machine: Machine, port: int, other_port: int) -> None:
    """MariaDB lets root in over the network with the password that was made, and keeps its databases."""
    passwords: list[str] = []
    counts: list[str] = []

    def check(run: Run, port: int) -> None:
        passwords.extend(run.secrets.values())
        statement = """CREATE DATABASE IF NOT EXISTS kept; CREATE TABLE IF NOT EXISTS kept.t (n int);
            INSERT INTO kept.t VALUES (1); SELECT COUNT(*) FROM kept.t"""
        counts.append(clients.mariadb(port, passwords[-1], statement))

    await lifecycle(
        machine,
        "mariadb",
        package="mariadb-server",
        ports=(port, other_port),
        check=check,
    )
    assert counts == ["1", "2", "3", "4"], "the table outlives upgrades, and an uninstall without purge"
    assert len(passwords) == 1
    assert not Path("/var/lib/mysql").exists()


async def test_mariadb_with_given_password(machine: Machine, port: int) -> None:
    """A given password counts, whatever characters it holds."""
    await start_clean(machine, "mariadb")
    run = await machine.succeed("install", "mariadb", port=port, pwd=PASSWORD)
    assert PASSWORD not in run.text
    assert clients.mariadb(port, PASSWORD, "SELECT CURRENT_USER()") == "root@localhost"
    await machine.succeed("uninstall", "mariadb", purge=True)


async def test_php(machine: Machine, port: int, other_port: int) -> None:
    """PHP runs on the command line with the extensions that were asked for; FPM listens where it was told to."""

    def check(run: Run, port: int) -> None:
        version = clients.command_output("php", "-r", "echo PHP_VERSION;")
        assert run.results["version"] == version
        assert run.results["fastcgi"] == f"127.0.0.1:{port}"
        assert listens(port)
        assert "gd" in clients.command_output("php", "-m").split()

    await start_clean(machine, "php")
    install = await machine.succeed("install", "php", port=port, extensions="gd mbstring")
    check(install, port)
    version, candidate = await machine.versions("php")
    assert version == candidate
    bring_back_older("php[0-9.]+-fpm")
    upgrade = await machine.succeed("upgrade", "php")
    assert await machine.versions("php") == (version, version)
    check(upgrade, port)
    over = await machine.succeed("install", "php", port=other_port, extensions="gd")
    check(over, other_port)
    assert not listens(port)
    uninstall = await machine.succeed("uninstall", "php", purge=True)
    assert (await machine.versions("php"))[0] is None
    assert not listens(other_port)
    assert not Path("/etc/php").exists()
    seconds = " | ".join(f"{run.seconds:.0f} s" for run in (install, over, upgrade, uninstall))
    machine.seen.append(f"| php | {version} | {seconds} |")


async def test_nodejs(machine: Machine) -> None:
    """Node runs JavaScript, and npm is there when it was asked for."""
    await start_clean(machine, "nodejs")
    install = await machine.succeed("install", "nodejs", npm=True)
    version, candidate = await machine.versions("nodejs")
    assert version == candidate
    assert clients.command_output("/usr/bin/node", "-p", "6 * 7") == "42"
    assert re.fullmatch(r"[0-9.]+", clients.command_output("/usr/bin/npm", "--version"))
    over = await machine.succeed("install", "nodejs")
    bring_back_older("nodejs")
    upgrade = await machine.succeed("upgrade", "nodejs")
    assert await machine.versions("nodejs") == (version, version)
    uninstall = await machine.succeed("uninstall", "nodejs")
    assert (await machine.versions("nodejs"))[0] is None
    assert not Path("/usr/bin/node").exists()
    seconds = " | ".join(f"{run.seconds:.0f} s" for run in (install, over, upgrade, uninstall))
    machine.seen.append(f"| nodejs, with npm | {version} | {seconds} |")


async def test_httpie(machine: Machine) -> None:
    """HTTPie comes into its own folder, in the version that was asked for, and goes with it."""
    prefix = machine.engine.settings.software_dir / "httpie"
    install = await machine.succeed("install", "httpie", "3.2.3")
    assert (await machine.versions("httpie"))[0] == "3.2.3"
    assert clients.command_output(install.results["command"], "--version") == "3.2.3"
    assert install.results["command"].startswith(f"{prefix}/")
    over = await machine.succeed("install", "httpie", "3.2.3")
    upgrade = await machine.succeed("upgrade", "httpie")
    version, _ = await machine.versions("httpie")
    assert version
    assert version != "3.2.3"
    uninstall = await machine.succeed("uninstall", "httpie")
    assert (await machine.versions("httpie"))[0] is None
    assert not list(prefix.iterdir())
    seconds = " | ".join(f"{run.seconds:.0f} s" for run in (install, over, upgrade, uninstall))
    machine.seen.append(f"| httpie 3.2.3, upgraded | {version} | {seconds} |")


async def test_nginx_from_source(machine: Machine, nginx_tarball: Path, port: int, other_port: int) -> None:
    """nginx is compiled from a local tarball, serves its page, is built again over itself, and goes."""
    await start_clean(machine, "nginx")
    version = nginx_tarball.name.split("_")[1].removesuffix(".orig.tar.gz")
    source = {"tarball": str(nginx_tarball), "sha256": hashlib.sha256(nginx_tarball.read_bytes()).hexdigest()}
    install = await machine.succeed("install", "nginx", version, port=port, **source)
    assert (await machine.versions("nginx"))[0] == version
    assert clients.http_server(port) == f"nginx/{version}"
    recipe = machine.engine.catalog.get("nginx")
    assert install.steps == [step.title_in("en") for step in recipe.steps_for("install", version)]
    upgrade = await machine.succeed("upgrade", "nginx", version, **source)
    assert clients.http_server(port) == f"nginx/{version}"
    refused = await machine.fail("install", "nginx", "distro", port=other_port)
    assert refused.status["error"]["code"] == "PACKAGE_CONFLICT"
    over = await machine.succeed("install", "nginx", version, port=other_port, **source)
    assert clients.http_server(other_port) == f"nginx/{version}"
    assert not listens(port)
    uninstall = await machine.succeed("uninstall", "nginx")
    assert (await machine.versions("nginx"))[0] != version
    assert not listens(other_port)
    assert Path("/usr/local/nginx/conf/nginx.conf").exists()
    await machine.succeed("uninstall", "nginx", purge=True)
    seconds = " | ".join(f"{run.seconds:.0f} s" for run in (install, over, upgrade, uninstall))
    machine.seen.append(f"| nginx from source | {version} | {seconds} |")


@pytest.mark.parametrize(
    ("version", "change", "code"),
    [
        (None, {"sha256": "0" * 64}, "CHECKSUM_MISMATCH"),
        (None, {"tarball": "/nowhere/nginx.tar.gz"}, "TARBALL_MISSING"),
        (None, {"tarball": "/etc/hostname", "sha256": ""}, None),
        ("1.0.1", {}, "WRONG_VERSION"),
        (None, {"tarball": "", "sha256": "", "mirror": "http://127.0.0.1:9/nothing"}, "DOWNLOAD_FAILED"),
    ],
)
async def test_bad_source(
    machine: Machine,
    nginx_tarball: Path,
    port: int,
    version: str | None,
    change: dict[str, str],
    code: str | None,
) -> None:
    """A source that is not what was promised is refused, and leaves nothing behind."""
    await start_clean(machine, "nginx")
    held = nginx_tarball.name.split("_")[1].removesuffix(".orig.tar.gz")
    digest = hashlib.sha256(nginx_tarball.read_bytes()).hexdigest()
    parameters = {"port": port, "tarball": str(nginx_tarball), "sha256": digest} | change
    run = await machine.fail("install", "nginx", version or held, **parameters)
    assert code is None or run.status["error"]["code"] == code
    assert run.status["rollback"] in ("none", "succeeded")
    assert not Path("/usr/local/nginx").exists()
    assert not listens(port)


async def test_port_in_use(machine: Machine) -> None:
    """A port that somebody else holds is told before anything is touched."""
    await start_clean(machine, "nginx")
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        plan = await machine.engine.installer.plan({"key": "nginx", "port": port})
        assert (plan["ok"], plan["error"]["code"]) == (False, "PORT_IN_USE")
        run = await machine.fail("install", "nginx", port=port)
    assert run.status["error"]["code"] == "PORT_IN_USE"
    assert run.status["phase"] == "precheck"
    assert run.status["rollback"] == "none"
    assert (await machine.versions("nginx"))[0] is None


async def test_failed_install_is_undone(machine: Machine, port: int) -> None:
    """An install that fails half way takes its packages away again, and leaves what was there before."""
    await start_clean(machine, "nginx")
    broken = Path("/etc/nginx/conf.d/broken.conf")
    broken.parent.mkdir(parents=True)
    broken.write_text("this is no configuration;\n")
    run = await machine.fail("install", "nginx", port=port)
    assert run.status["rollback"] == "succeeded", run.text
    assert (await machine.versions("nginx"))[0] is None
    assert broken.exists()
    shutil.rmtree("/etc/nginx")


async def test_failed_install_over_a_working_one(machine: Machine, port: int, other_port: int) -> None:
    """An install over a working one that fails leaves the working one, on its own port."""
    await start_clean(machine, "nginx")
    await machine.succeed("install", "nginx", port=port)
    broken = Path("/etc/nginx/conf.d/broken.conf")
    broken.write_text("this is no configuration;\n")
    run = await machine.run("install", "nginx", None, {"port": other_port})
    broken.unlink()
    assert run.status["status"] == "failed"
    assert run.status["rollback"] == "succeeded", run.text
    assert clients.http_server(port).startswith("nginx/")
    site = Path("/etc/nginx/sites-available/default").read_text()
    assert f"listen {port} " in site
    assert f"listen {other_port} " not in site
    await machine.succeed("uninstall", "nginx", purge=True)


@pytest.mark.parametrize(
    ("key", "moment"), [("php", "Unpacking php"), ("mariadb", "Setting up mariadb-server")]
)
async def test_cancel_in_the_middle(machine: Machine, port: int, key: str, moment: str) -> None:
    """An install that is canceled while packages are unpacked or set up is undone, and the next one works."""
    await start_clean(machine, key)
    task_id = await machine.engine.installer.install({"key": key, "port": port})
    canceled = False
    async for message in machine.stream(task_id).follow():
        if message.message.startswith(moment) and not canceled:
            canceled = True
            await machine.engine.installer.cancel(task_id)
    status = await machine.engine.status(task_id)
    assert (status["status"], status["rollback"]) == ("canceled", "succeeded")
    assert (await machine.versions(key))[0] is None
    await machine.succeed("install", key, port=port)
    await machine.succeed("uninstall", key, purge=True)


async def test_package_lock_is_waited_for(machine: Machine, port: int) -> None:
    """While another program holds the package manager, an install waits, says so, and goes on when it is free."""
    await start_clean(machine, "memcached")
    descriptor = os.open("/var/lib/dpkg/lock-frontend", os.O_RDWR | os.O_CREAT, 0o640)
    fcntl.lockf(descriptor, fcntl.LOCK_EX)
    task_id = await machine.engine.installer.install({"key": "memcached", "port": port})
    messages = []
    waited = False
    async for message in machine.stream(task_id).follow():
        messages.append(message)
        if "Waiting for cache lock" in message.message and not waited:
            waited = True
            os.close(descriptor)
    assert waited
    assert messages[-1].status == "succeeded"
    await machine.succeed("uninstall", "memcached", purge=True)
