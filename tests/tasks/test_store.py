"""Task state in SQLite."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from collections.abc import AsyncIterator
from contextlib import closing
from importlib.resources import files
from pathlib import Path

import pytest

from installcast.errors import (
    IdempotencyMismatchError,
    InsufficientStorageError,
    InvalidInputError,
    InvalidTransitionError,
    TaskActiveError,
    TaskNotFoundError,
)
from installcast.tasks.state import TaskStatus
from installcast.tasks.store import Idempotency, Store, Task


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """An open store."""
    opened = await Store(tmp_path / "installcast.db").open()
    yield opened
    await opened.close()


def task(
    number: int, key: str = "nginx", user: str = "alice", status: TaskStatus = TaskStatus.SUCCEEDED
) -> Task:
    """A task with all kinds of values."""
    return Task(
        task_id=f"{key}-1-{number:04d}",
        key=key,
        version="1",
        action="install",
        user=user,
        created_at=f"2026-01-01T00:00:{number:02d}.000000Z",
        finished_at=f"2026-01-02T00:00:{number:02d}.000000Z" if status.is_final else None,
        status=status,
        parameters={"port": "80", "title": "名"},
        secret_names=["pwd"],
        locks=["dpkg"],
    )


async def test_what_goes_in_comes_out(store: Store) -> None:
    """A task is read as it was stored, numbered."""
    given = task(1)._replace(
        error={"code": "X", "hint": "h", "seq": 3}, results=[{"name": "url", "value": None, "secret": True}]
    )
    stored = await store.add(given)
    assert stored._replace(number=0) == given
    assert await store.get(given.task_id) == stored
    assert await store.get("nothing") is None


async def test_it_survives_a_new_start(tmp_path: Path) -> None:
    """What was stored is there after a crash: the store is not closed before the file is read again."""
    first = await Store(tmp_path / "x.db").open()
    stored = await first.add(task(1))
    await first.put_user("alice", "scrypt$…", ["log:read"])
    await first.close()
    second = await Store(tmp_path / "x.db").open()
    assert await second.get(stored.task_id) == stored
    assert [user.name for user in await second.list_users()] == ["alice"]
    await second.close()


async def test_only_its_user_can_read_it(store: Store, tmp_path: Path) -> None:
    """The database and all that SQLite puts beside it are 0600."""
    await store.add(task(1))
    for path in tmp_path.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


async def test_nobody_else_opens_it_meanwhile(store: Store) -> None:
    """A second connection is refused, whatever it wants: two of them could corrupt it."""
    connection = sqlite3.connect(store.path, timeout=0)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        connection.execute("SELECT count(*) FROM tasks")
    connection.close()


async def test_one_active_task_a_recipe(store: Store) -> None:
    """A second active task of a recipe is refused, and the error knows the first."""
    first = await store.add(task(1, status=TaskStatus.QUEUED))
    with pytest.raises(TaskActiveError) as caught:
        await store.add(task(2, status=TaskStatus.QUEUED))
    assert caught.value.task_id == first.task_id
    await store.add(task(3, key="redis", status=TaskStatus.QUEUED))
    await store.change(first.task_id, TaskStatus.CANCELED)
    await store.add(task(4, status=TaskStatus.QUEUED))


async def test_asked_at_the_same_time_one_wins(store: Store) -> None:
    """Of many requests for one recipe in one moment exactly one becomes a task."""
    results = await asyncio.gather(
        *(store.add(task(number, status=TaskStatus.QUEUED)) for number in range(10)), return_exceptions=True
    )
    assert sum(isinstance(result, Task) for result in results) == 1
    assert sum(isinstance(result, TaskActiveError) for result in results) == 9


async def test_change_follows_the_rules(store: Store) -> None:
    """A change sets what it is told, in the order of states only."""
    stored = await store.add(task(1, status=TaskStatus.QUEUED))
    running = await store.change(stored.task_id, TaskStatus.RUNNING, started_at="2026", error={"code": "X"})
    assert (running.status, running.started_at, running.error) == (TaskStatus.RUNNING, "2026", {"code": "X"})
    await store.change(stored.task_id, TaskStatus.SUCCEEDED)
    with pytest.raises(InvalidTransitionError):
        await store.change(stored.task_id, TaskStatus.RUNNING)
    with pytest.raises(TaskNotFoundError):
        await store.change("nothing", TaskStatus.RUNNING)


async def test_active_tasks_in_order(store: Store) -> None:
    """Queued and running ones, oldest first."""
    await store.add(task(1))
    await store.add(task(2, key="b", status=TaskStatus.RUNNING))
    await store.add(task(3, key="a", status=TaskStatus.QUEUED))
    assert [found.task_id for found in await store.active()] == ["b-1-0002", "a-1-0003"]


async def test_pages_have_no_double_and_no_hole(store: Store) -> None:
    """Pages run from the newest to the oldest, though new tasks come in between."""
    for number in range(1, 8):
        await store.add(task(number))
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = await store.page(limit=3, cursor=cursor)
        seen += [found.task_id for found in page.tasks]
        await store.add(task(50 + len(seen)))
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    assert seen == [f"nginx-1-{number:04d}" for number in range(7, 0, -1)]


async def test_a_full_last_page_is_the_last(store: Store) -> None:
    """No cursor leads to an empty page."""
    for number in range(1, 5):
        await store.add(task(number))
    page = await store.page(limit=4)
    assert (len(page.tasks), page.next_cursor) == (4, None)


async def test_page_filters(store: Store) -> None:
    """By state, recipe and user."""
    await store.add(task(1))
    await store.add(task(2, user="bob"))
    await store.add(task(3, key="redis", status=TaskStatus.FAILED))
    assert [found.task_id for found in (await store.page(user="bob")).tasks] == ["nginx-1-0002"]
    assert [found.task_id for found in (await store.page(key="redis")).tasks] == ["redis-1-0003"]
    assert (await store.page(statuses=[TaskStatus.RUNNING])).tasks == []
    both = await store.page(key="nginx", user="alice", statuses=[TaskStatus.SUCCEEDED])
    assert [found.task_id for found in both.tasks] == ["nginx-1-0001"]
    several = await store.page(statuses=[TaskStatus.FAILED, TaskStatus.SUCCEEDED], key="redis")
    assert [found.task_id for found in several.tasks] == ["redis-1-0003"]
    for number, key in ((4, "php"), (5, "mariadb")):
        await store.add(task(number, key=key, status=TaskStatus.QUEUED))
    first = await store.page(statuses=[TaskStatus.RUNNING, TaskStatus.QUEUED], limit=1)
    rest = await store.page(statuses=[TaskStatus.QUEUED], cursor=first.next_cursor)
    assert [found.key for found in (*first.tasks, *rest.tasks)] == ["mariadb", "php"]


async def test_page_by_text(store: Store) -> None:
    """Text is looked for in ids, whatever its case and signs; recipes that are named so count, too."""
    await store.add(task(1))
    await store.add(task(2, key="redis"))

    async def found(text: str, *named: str) -> list[str]:
        return [task.key for task in (await store.page(text=text, named=named)).tasks]

    assert await found("NGIN") == ["nginx"]
    assert await found("-1-000") == ["redis", "nginx"]
    assert await found("%") == await found("'") == []
    assert await found("cache", "redis") == ["redis"]


@pytest.mark.parametrize("cursor", ["", "x", "-1", "1;", "٣", "9" * 19])
async def test_what_is_no_cursor(store: Store, cursor: str) -> None:
    """A made-up cursor is told."""
    with pytest.raises(InvalidInputError) as caught:
        await store.page(cursor=cursor)
    assert caught.value.field == "cursor"


async def test_idempotency(store: Store) -> None:
    """The same key of the same user gives the same task, with another body an error, and another user its own."""
    first = await store.add(task(1), Idempotency("k", "body"))
    assert await store.add(task(2), Idempotency("k", "body")) == first
    assert await store.remembered("alice", "k") == (first, "body")
    with pytest.raises(IdempotencyMismatchError):
        await store.add(task(3), Idempotency("k", "other"))
    assert (await store.add(task(4, user="bob"), Idempotency("k", "other"))).user == "bob"
    await store.forget_idempotency("2026-01-01T00:00:02.000000Z")
    assert await store.remembered("alice", "k") is None
    assert await store.remembered("bob", "k") is not None


async def test_a_refused_task_leaves_no_key(store: Store) -> None:
    """The key of a request that was refused is free."""
    await store.add(task(1, status=TaskStatus.QUEUED))
    with pytest.raises(TaskActiveError):
        await store.add(task(2, status=TaskStatus.QUEUED), Idempotency("k", "body"))
    assert await store.remembered("alice", "k") is None


async def test_old_logs(store: Store) -> None:
    """Tasks that ended before a time, until their log is removed."""
    await store.add(task(1))
    await store.add(task(2))
    await store.add(task(3, key="redis", status=TaskStatus.RUNNING))
    assert await store.with_old_logs("2026-01-02T00:00:02.000000Z") == ["nginx-1-0001"]
    await store.log_removed("nginx-1-0001")
    assert await store.with_old_logs("2027") == ["nginx-1-0002"]
    assert await store.task_ids() == {"nginx-1-0001", "nginx-1-0002", "redis-1-0003"}


async def test_successes_before(store: Store) -> None:
    """What did the same before, with success, and has its log: newest first, of one user or of all."""
    for number, user in enumerate(("alice", "bob", "alice", "alice", "alice")):
        await store.add(task(number, user=user))
    await store.add(task(5, key="redis"))
    await store.add(task(6)._replace(version="2"))
    await store.add(task(7, status=TaskStatus.FAILED))
    failed = await store.add(task(8, status=TaskStatus.FAILED))
    await store.add(task(9))
    await store.log_removed("nginx-1-0003")

    async def found(user: str | None, limit: int) -> list[str]:
        return [each.task_id[-1] for each in await store.successes_before(failed, user, limit)]

    assert await found("alice", 20) == ["4", "2", "0"]
    assert await found(None, 20) == ["4", "2", "1", "0"]
    assert await found(None, 2) == ["4", "2"]


async def test_users(store: Store) -> None:
    """Local users are added, replaced, listed by name and removed."""
    await store.put_user("bob", "one", frozenset({"soft:read", "log:read"}))
    await store.put_user("alice", "two", ["admin"])
    await store.put_user("bob", "three", ["log:read"])
    assert await store.list_users() == [("alice", "two", ("admin",)), ("bob", "three", ("log:read",))]
    assert await store.get_user("carol") is None
    assert await store.remove_user("bob") is True
    assert await store.remove_user("bob") is False


async def test_data_of_an_older_version_is_brought_up_to_date(tmp_path: Path) -> None:
    """A database of version 1, which did not know what a task had left, keeps its tasks."""
    path = tmp_path / "x.db"
    schema = files("installcast.tasks").joinpath("schema.sql").read_text()
    lines = schema.partition("CREATE TABLE facts")[0].splitlines(keepends=True)
    first = "".join(
        line for line in lines if not any(word in line for word in ("after_state", "by_day", "masked"))
    )
    old = task(1)._asdict()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(f"{first};PRAGMA user_version = 1;")
        connection.execute(
            "INSERT INTO tasks (task_id, key, version, action, user, status, parameters, secret_names, locks, created_at)"
            " VALUES (?, ?, '1', 'install', 'alice', 'failed', '{}', '[]', '[]', ?)",
            (old["task_id"], old["key"], old["created_at"]),
        )
        connection.commit()
    store = await Store(path).open()
    found = await store.get(old["task_id"])
    assert found is not None
    assert (found.status, found.after_state) == (TaskStatus.FAILED, None)
    new = await store.add(task(2)._replace(after_state="partly"))
    assert new.after_state == "partly"
    await store.close()
    reopened = await Store(path).open()
    assert await reopened.get(new.task_id) == new
    await reopened.close()


async def test_a_full_disk_is_told(tmp_path: Path) -> None:
    """When nothing more can be stored, that is said, and what was stored is still read."""
    store = await Store(tmp_path / "x.db").open()
    stored = await store.add(task(1))
    await store._run(store._connection.execute, "PRAGMA max_page_count = 1")
    large = task(2)._replace(parameters={"text": "x" * 400_000})
    with pytest.raises(InsufficientStorageError):
        await store.add(large)
    assert await store.get(stored.task_id) == stored
    await store.close()
