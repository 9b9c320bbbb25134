"""The one exception tree of Installcast.

Every error that may reach a person carries a stable ``type`` (snake case), a message in English and Chinese, and,
where one input is at fault, the ``field`` that names it. The base classes say what kind of failure it is; ``api``
maps them to an HTTP status and ``cli`` to an exit status, each in one place.
"""

from __future__ import annotations

import errno
from typing import Any, ClassVar


class InstallcastError(Exception):
    """Base of all errors raised by Installcast.

    Keyword arguments fill in the message templates ``en`` and ``zh``; ``field`` names the input at fault.
    """

    type: ClassVar[str] = "internal_error"
    en: ClassVar[str] = "Installcast failed: {reason}"
    zh: ClassVar[str] = "Installcast 出错：{reason}"

    def __init__(self, *, field: str | None = None, **values: Any) -> None:
        self.field = field
        self.values = values
        super().__init__(self.message("en"))

    @property
    def details(self) -> dict[str, Any]:
        """What a program needs beside ``type`` and ``field``; it stands in the answer."""
        return {}

    def message(self, locale: str = "en") -> str:
        """Return the sentence for ``locale`` (``"en"`` or ``"zh"``; anything else reads as English)."""
        template = self.zh if locale.startswith("zh") else self.en
        return template.format(field=self.field, **self.values)


def is_shortage(error: BaseException) -> bool:
    """Return whether ``error`` says that descriptors or memory have run out: it says nothing of what was asked, and will pass."""
    if isinstance(error, OSError):
        return error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOMEM)
    return isinstance(error, MemoryError)


def raise_shortage(error: BaseException) -> None:
    """Raise ``error`` again if it is a shortage: whoever takes it for an answer would guess."""
    if is_shortage(error):
        raise error


# --- kinds: one for each way in which a caller has to react -------------------------------------------------------


class InvalidInputError(InstallcastError):
    """The caller sent something that can never work as it is."""

    type = "invalid_input"
    en = "{field}: {reason}"
    zh = "{field}：{reason}"


class NotAuthenticatedError(InstallcastError):
    """Nobody is signed in, or the token is not good."""

    type = "not_authenticated"
    en = "Sign in first: {reason}"
    zh = "请先登录：{reason}"


class NotAllowedError(InstallcastError):
    """The caller is known, but may not do this."""

    type = "not_allowed"
    en = "Not allowed: this needs the scope {scope}."
    zh = "没有权限：需要 {scope}。"


class NotFoundError(InstallcastError):
    """The named thing does not exist, or the caller may not know of it."""

    type = "not_found"
    en = "{what} does not exist."
    zh = "{what} 不存在。"


class ConflictError(InstallcastError):
    """The request does not fit the present state."""

    type = "conflict"
    en = "{reason}"
    zh = "{reason}"


class GoneError(InstallcastError):
    """It existed, and was switched off or removed on purpose."""

    type = "gone"
    en = "{what} is no longer available."
    zh = "{what} 已停用。"


class TooLargeError(InstallcastError):
    """The input is larger than the limit."""

    type = "too_large"
    en = "The request body is larger than {limit} bytes."
    zh = "请求内容超过 {limit} 字节。"


class TooManyError(InstallcastError):
    """A rate or a count limit was reached; later it may work."""

    type = "too_many"
    en = "Too many {what}: at most {limit}. Try again later."
    zh = "{what} 过多：最多 {limit}，请稍后再试。"


class UnavailableError(InstallcastError):
    """It cannot be done at the moment; later it may work."""

    type = "unavailable"
    en = "Not available right now: {reason}"
    zh = "暂时不可用：{reason}"


class StorageFailedError(UnavailableError):
    """The disk that has to hold the task does not work as it should: an I/O error, or mounted read-only."""

    type = "storage_failed"
    en = "{path} cannot be used: {reason}. Check the disk and how it is mounted (dmesg may say more), then try again."
    zh = "{path} 无法使用：{reason}。请检查磁盘及其挂载方式（dmesg 可能有更多信息）后再试。"


class DatabaseDamagedError(StorageFailedError):
    """The database is damaged, and was not when the service started."""

    type = "database_damaged"
    en = "The database {path} is damaged ({reason}). Restart the service: it makes another from the tasks' folders."
    zh = "数据库 {path} 已损坏（{reason}）。请重启服务：它会将其移开，并从任务目录重建任务列表。"


class InsufficientStorageError(StorageFailedError):
    """The disk that has to hold the task is full."""

    type = "insufficient_storage"
    en = "No space left in {path}: free some, then try again."
    zh = "{path} 磁盘空间不足：请先释放空间再重试。"


class NoRoomError(UnavailableError):
    """The disk that has to hold tasks is full, or nearly."""

    type = "no_room"
    en = "No space left in data_dir: installs that run go on, others wait until there is some."
    zh = "data_dir 磁盘空间不足：正在进行的安装会继续，其他安装需等待空间释放。"


# --- what exactly ------------------------------------------------------------------------------------------------


class ConfigurationError(InstallcastError):
    """A setting is unknown or has a bad value. The start stops here."""

    type = "bad_configuration"
    en = "Configuration: {field}: {reason}"
    zh = "配置：{field}：{reason}"


class DataFolderInUseError(ConfigurationError):
    """Another process owns the data folder."""

    type = "data_folder_in_use"
    en = "The data folder {path} belongs to another Installcast process (pid {pid}). Stop it, or choose another data_dir."
    zh = "数据目录 {path} 正被另一个 Installcast 进程（pid {pid}）使用。请先停止它，或改用其他 data_dir。"


class DataFolderNotWritableError(ConfigurationError):
    """The data folder cannot be created or written."""

    type = "data_folder_not_writable"
    en = "The data folder {path} is not writable ({reason}). Change its owner, or choose another data_dir."
    zh = "数据目录 {path} 不可写（{reason}）。请修改其属主，或改用其他 data_dir。"


class DataFolderUnusableError(ConfigurationError):
    """The disk that the data folder lies on is full, or does not work as it should."""

    type = "data_folder_unusable"
    en = "{path} cannot be used: {reason}. Free some space, or check the disk (dmesg may say more)."
    zh = "{path} 无法使用：{reason}。请释放空间或检查磁盘（dmesg 可能有更多信息）。"


class TaskNotFoundError(NotFoundError):
    """No such task, or it belongs to somebody else."""

    type = "task_not_found"
    en = "There is no task {task_id!r}."
    zh = "任务 {task_id!r} 不存在。"


class RecipeNotFoundError(NotFoundError):
    """The catalog has no recipe of that key."""

    type = "recipe_not_found"
    en = "There is no recipe {key!r}. See GET /v1/soft/list, or `installcast recipes list`."
    zh = "没有名为 {key!r} 的软件。可用软件见 GET /v1/soft/list 或 `installcast recipes list`。"


class TimelineNotFoundError(NotFoundError):
    """Nothing is known of how such a run goes."""

    type = "timeline_not_found"
    en = "No timeline of {key} {version} {action} is known: it is learned from a run that succeeds and takes 3 s or more."
    zh = "没有 {key} {version} {action} 的时间线：需有一次用时不少于 3 秒且成功的执行才会记录。"


class RecipeBrokenError(ConflictError):
    """The recipe is in the catalog, but cannot be used as it stands."""

    type = "recipe_broken"
    en = "The recipe {key!r} is broken: {reason}"
    zh = "软件 {key!r} 的定义有误：{reason}"


class UnknownVersionError(InvalidInputError):
    """The recipe does not offer this version."""

    type = "unknown_version"
    en = "version: {key} has no version {version!r}; there is {offered}."
    zh = "version：{key} 没有版本 {version!r}，可选：{offered}。"


class UnknownParameterError(InvalidInputError):
    """The recipe does not declare this parameter."""

    type = "unknown_parameter"
    en = "{field}: {key} has no such parameter; it takes {declared}."
    zh = "{field}：{key} 没有该参数，可用参数：{declared}。"


class InvalidParameterError(InvalidInputError):
    """A parameter is missing, or its value does not fit its declaration. Both reasons are whole sentences."""

    type = "invalid_parameter"
    zh = "{field}：{reason_zh}"


class UnsupportedActionError(InvalidInputError):
    """The recipe has no script for this action."""

    type = "unsupported_action"
    en = "The recipe {key!r} has no {action}."
    zh = "软件 {key!r} 不支持 {action}。"


class UnsupportedPlatformError(ConflictError):
    """The recipe is not made for this system."""

    type = "unsupported_platform"
    en = "{key} is made for {platforms}; this system is {system}."
    zh = "{key} 仅支持 {platforms}，当前系统为 {system}。"


class RootRequiredError(ConflictError):
    """The recipe needs root and the service is not root."""

    type = "root_required"
    en = "{key} changes the system and needs root: start the service as root."
    zh = "{key} 需要修改系统：请以 root 身份运行本服务。"


class TaskActiveError(ConflictError):
    """Another task of the same recipe has not ended yet."""

    type = "task_active"
    en = "{key} is being worked on already{by_task}. Wait for it, or cancel it."
    zh = "{key} 已有任务在进行{by_task}，请等待其完成或先取消。"

    def __init__(self, *, key: str, task_id: str | None) -> None:
        self.task_id = task_id
        super().__init__(field="key", key=key, by_task=f" ({task_id})" if task_id else "")

    @property
    def details(self) -> dict[str, Any]:
        """The active task, for those who may see it."""
        return {"task_id": self.task_id} if self.task_id else {}


class TaskNotActiveError(ConflictError):
    """Only a queued or running task can be canceled."""

    type = "task_not_active"
    en = "The task {task_id} has already ended ({status})."
    zh = "任务 {task_id} 已结束（{status}）。"


class TaskStillActiveError(ConflictError):
    """Only an ended task can be retried."""

    type = "task_still_active"
    en = "The task {task_id} has not ended yet ({status}): cancel it first, or wait."
    zh = "任务 {task_id} 尚未结束（{status}）：请先取消或等待。"


class IdempotencyMismatchError(ConflictError):
    """The same Idempotency-Key came with another request."""

    type = "idempotency_mismatch"
    en = "This Idempotency-Key was used for another request. Use a new one."
    zh = "该 Idempotency-Key 已用于另一个请求，请换一个。"


class InvalidTransitionError(InstallcastError):
    """A task was asked to go from one state to another that cannot follow."""

    type = "invalid_transition"
    en = "Task {task_id}: {actual} cannot become {wanted}; expected one of {expected}."
    zh = "任务 {task_id}：{actual} 不能变为 {wanted}，应为 {expected} 之一。"


class RunnerStartError(UnavailableError):
    """The runner process did not start."""

    type = "runner_start_failed"
    en = "The runner of task {task_id} did not start: {reason}"
    zh = "任务 {task_id} 的执行进程启动失败：{reason}"


class MachineStoppingError(UnavailableError):
    """systemd starts nothing any more, since the machine is shutting down."""

    type = "machine_stopping"
    en = "The machine is shutting down: task {task_id} waits for the next start."
    zh = "系统正在关机：任务 {task_id} 将在下次启动后执行。"


class RunnerLostError(UnavailableError):
    """The runner ended, and nothing that can be read says how its task did."""

    type = "runner_lost"
    en = "Nobody knows how {task_id} ended: {reason}"
    zh = "无法得知任务 {task_id} 的结果：{reason}"


class JournalCorruptError(InstallcastError):
    """A journal holds bytes that are not records."""

    type = "journal_corrupt"
    en = "The journal {path} is damaged at byte {offset}."
    zh = "日志 {path} 在第 {offset} 字节处损坏。"


# --- of the command line, which is a client of the service ----------------------------------------------------------


class ServiceUnreachableError(UnavailableError):
    """Nothing answers where the service should be."""

    type = "service_unreachable"
    en = "No service answers at {where} ({reason}). {advice_en}"
    zh = "{where} 上没有服务应答（{reason}）。{advice_zh}"


class ServiceAnswerError(InstallcastError):
    """The service refused, with the HTTP ``status``; ``reason`` is its own sentence, in the language that was asked for."""

    type = "service_answer"
    en = "{reason}"
    zh = "{reason}"

    def __init__(self, *, status: int, kind: str, reason: str, field: str | None = None) -> None:
        self.status = status
        self.kind = kind
        super().__init__(field=field, reason=reason)
