"""What the command line says while people watch, in English and Chinese. Help of options is English."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Literal

Locale = Literal["en", "zh"]

MESSAGES: Mapping[str, tuple[str, str]] = {
    # --- watching
    "watching": ("{action} {title}", "{action} {title}"),
    "queued": ("waiting for its turn", "排队等待中"),
    "queued_at": ("waiting for its turn, number {position}", "排队等待中，第 {position} 位"),
    "running": ("running", "进行中"),
    "left": ("about {time} left", "约剩 {time}"),
    "stalled.package_lock": (
        "waits for the package lock{detail}, {time}",
        "正在等待软件包锁{detail}，已 {time}",
    ),
    "stalled.waiting_for_input": (
        "seems to wait for an answer that nobody can give{detail}, {time}",
        "似乎在等待无人能给出的输入{detail}，已 {time}",
    ),
    "stalled.silent": ("silent for {time}{detail}", "已 {time} 没有输出{detail}"),
    "stalled.way_out": (
        "If so, it will not go on: cancel it, and make its script ask nothing:  {command}",
        "若确实如此，任务不会自行继续：请取消任务，并让脚本不再提问：  {command}",
    ),
    "stalled.detail": (": {detail}", "：{detail}"),
    "lost": (
        "The connection was lost ({reason}); trying again. The task goes on.",
        "连接已断开（{reason}），正在重连；任务仍在继续。",
    ),
    "lost.short": ("connection lost, trying again", "连接已断开，正在重连"),
    "back": ("Connected again.", "已重新连接。"),
    "polling": (
        "Live viewing is not to be had ({reason}); asking every second instead.",
        "无法实时查看（{reason}），改为每秒查询。",
    ),
    "detached": (
        "Detached; the task goes on. To come back:  {command}",
        "已退出观看，任务仍在继续。再次查看：  {command}",
    ),
    "detached.cancel": ("To stop it:                                {command}", "停止任务：  {command}"),
    "gave_up": ("no answer for {time}", "已 {time}无应答"),
    "come_back": ("To come back:  {command}", "再次查看：  {command}"),
    "watch_hint": ("To watch it:  {command}", "查看日志：  {command}"),
    "gap": ("Lines left out here: {lines} ({size})", "此处省略 {lines} 行（{size}）"),
    # --- the end
    "end.succeeded": ("{title}: {action} succeeded in {time}", "{title}：{action}成功，用时 {time}"),
    "end.failed": ("{title}: {action} failed after {time}", "{title}：{action}失败，用时 {time}"),
    "end.canceled": ("{title}: {action} was canceled after {time}", "{title}：{action}已取消，用时 {time}"),
    "end.interrupted": (
        "{title}: {action} was interrupted after {time}; how far it came is unknown",
        "{title}：{action}被中断，用时 {time}，完成情况未知",
    ),
    "end.ended": (
        "{title}: the log has ended after {time}; its outcome is unknown",
        "{title}：日志已结束，用时 {time}，结果未知",
    ),
    "with_exit_code": (" (exit status {code})", "（退出码 {code}）"),
    "rollback.succeeded": ("What was changed has been rolled back.", "更改已回滚。"),
    "rollback.failed": (
        "The rollback failed, too: look at the log before you try again.",
        "回滚也失败了：重试前请先查看日志。",
    ),
    "after.installed": ("It is installed and passes its check.", "软件已安装，并通过检查。"),
    "after.partly": ("It is only partly installed.", "软件只安装了一部分。"),
    "after.not_installed": ("Nothing of it is installed.", "软件未安装，没有残留。"),
    "after.unchanged": ("Nothing was changed.", "未作任何更改。"),
    "after.retry": ("Try again:  {command}", "重试：  {command}"),
    "after.uninstall": ("Remove it:  {command}", "卸载：  {command}"),
    "cause_line": ("line {line}", "第 {line} 行"),
    "cause_lines": ("the lines around it", "前后的日志"),
    "secret_result": ("(secret, shown once to its owner)", "（机密，仅向所有者显示一次）"),
    "action.install": ("install", "安装"),
    "action.upgrade": ("upgrade", "升级"),
    "action.uninstall": ("uninstall", "卸载"),
    "action.run": ("run", "运行"),
    "action.follow": ("log", "日志"),
    "phase.precheck": ("check", "检查"),
    "phase.install": ("install", "安装"),
    "phase.verify": ("verify", "验证"),
    "phase.rollback": ("roll back", "回滚"),
    "phase.uninstall": ("uninstall", "卸载"),
    "status.queued": ("queued", "排队"),
    "status.running": ("running", "进行中"),
    "status.succeeded": ("succeeded", "成功"),
    "status.failed": ("failed", "失败"),
    "status.canceled": ("canceled", "已取消"),
    "status.interrupted": ("interrupted", "已中断"),
    "status.ended": ("ended", "已结束"),
    # --- tasks
    "no_tasks": (
        "No task is active. All of them:  installcast ps --all",
        "没有进行中的任务。查看全部：  installcast ps --all",
    ),
    "no_tasks_at_all": ("There is no task yet.", "还没有任务。"),
    "cancel_sent": ("{task_id} is being canceled.", "正在取消 {task_id}。"),
    "cancel_late": (
        "{task_id} has already ended: {status}. There is nothing to cancel.",
        "{task_id} 已结束（{status}），无需取消。",
    ),
    "ambiguous_task": ("{text!r} fits several tasks: {tasks}", "{text!r} 匹配多个任务：{tasks}"),
    "no_task": (
        "There is no task {text!r}. See:  installcast ps --all",
        "任务 {text!r} 不存在。查看：  installcast ps --all",
    ),
    "plan.good": ("{key} can be installed.", "{key} 可以安装。"),
    "plan.bad": ("{key} cannot be installed as things are.", "{key} 目前无法安装。"),
    "plan.packages": ("Packages that would change:", "将要变更的软件包："),
    "plan.takes": ("It takes about {time}, as earlier runs did.", "根据以往执行，用时约 {time}。"),
    "no_match": ("Nothing matches.", "没有匹配的内容。"),
    "compare_not_failed": ("The task did not fail.", "该任务并未失败。"),
    "compare_no_earlier_success": (
        "No task of the same recipe, version and action has succeeded before and still has its log.",
        "此前没有同一软件、版本和操作的成功任务，或其日志已被清理。",
    ),
    "compare_same": ("Both say the same.", "两次输出相同。"),
    "compare_too_different": (
        "The two are too different for a first difference to mean anything.",
        "两次输出差异过大，找不到有意义的最先不同之处。",
    ),
    "compare_version": ("{name}: {there} then, {here} now", "{name}：当时 {there}，本次 {here}"),
    "compare_more": ("Other places before the failure that differ: {count}", "失败之前其他不同之处：{count}"),
    "prompt_secret": ("{name} (not shown)", "{name}（不回显）"),
    "ways_of_secrets": (
        "Give the secret with --param-stdin {name} or --param {name}=@FILE.",
        "请用 --param-stdin {name} 或 --param {name}=@文件 提供该机密。",
    ),
    "columns.tasks": ("TASK|ACTION|STATUS|PROGRESS|STEP|AGE|USER", "任务|操作|状态|进度|步骤|创建于|用户"),
    "columns.users": ("USER|SCOPES", "用户|权限"),
    "columns.recipes": (
        "KEY|VERSIONS|INSTALLED|TAKES|NEEDS|SUMMARY",
        "名称|版本|已安装|用时约|需要|说明",
    ),
    "columns.timelines": ("VERSION|ACTION|TAKES|RUNS|RECORDED|FROM", "版本|操作|用时约|次数|记录于|来源"),
    "columns.parameters": ("PARAMETER|TYPE|DEFAULT|ABOUT", "参数|类型|默认值|说明"),
    "field.task": ("task", "任务"),
    "field.status": ("status", "状态"),
    "field.progress": ("progress", "进度"),
    "field.step": ("step", "步骤"),
    "field.phase": ("phase", "阶段"),
    "field.activity": ("doing", "正在执行"),
    "field.queue_position": ("queue position", "排队位置"),
    "field.eta": ("time left", "预计剩余"),
    "field.started": ("started", "开始"),
    "field.finished": ("finished", "结束"),
    "field.lasted": ("lasted", "用时"),
    "field.exit_code": ("exit status", "退出码"),
    "field.rollback": ("rollback", "回滚"),
    "field.after_state": ("left behind", "现状"),
    "field.user": ("user", "用户"),
    "field.versions": ("versions", "版本"),
    "field.installed": ("installed", "已安装"),
    "field.candidate": ("candidate", "可安装"),
    "field.platforms": ("platforms", "平台"),
    "field.actions": ("actions", "操作"),
    "field.needs": ("needs", "需要"),
    "field.takes": ("takes about", "用时约"),
    "field.tags": ("tags", "标签"),
    "root": ("root", "root"),
    "keeps": ("What an uninstall keeps:", "卸载后保留："),
    "keeps.unless": (
        "{text}  (--param {parameter}=true deletes it, too)",
        "{text}（--param {parameter}=true 时一并删除）",
    ),
    "keeps.deletes": ("What it deletes, too ({parameter}=true):", "一并删除（{parameter}=true）："),
    "required": ("required", "必填"),
    "secret": ("secret", "机密"),
    # --- serving
    "serving": (
        "Installcast {version} listens on {url} (data folder {data_dir})",
        "Installcast {version} 正在监听 {url}（数据目录 {data_dir}）",
    ),
    "login_once": ("To sign in, once, within ten minutes:  {url}", "一次性登录链接（十分钟内有效）：  {url}"),
    "demo.serving": ("Installcast serves on {url}", "Installcast 已启动：{url}"),
    "demo.link": (
        "The same log in the browser (the link works once):",
        "在浏览器中查看同一日志（链接仅可使用一次）：",
    ),
    "demo.confirm": (
        "This installs {key} on this machine, for real. Go on?",
        "这将在本机上真实安装 {key}，是否继续？",
    ),
    "demo.left": (
        "The demo has ended. The install goes on by itself; `installcast demo` shows the rest of it.",
        "演示已结束，安装仍在后台继续；再次运行 `installcast demo` 可查看后续日志。",
    ),
    "demo.done": (
        "The service goes on until Ctrl-C. Another link to sign in:  {command}",
        "服务将持续运行，按 Ctrl-C 停止。获取新的登录链接：  {command}",
    ),
    # --- run
    "command_not_found": ("{command}: command not found", "{command}：找不到命令"),
    "not_executable": ("{command}: not executable", "{command}：不可执行"),
    "run.unread": (
        "Its output cannot be written any more ({reason}). The command goes on to its end; Ctrl-C cancels it.",
        "输出已无法写出（{reason}）。命令将继续运行至结束；按 Ctrl-C 可取消。",
    ),
    "log_kept": ("The log is kept:  {path}", "日志保存在：  {path}"),
    # --- what administrators read
    "user_added": ("The user {name} can sign in now ({scope}).", "用户 {name} 现在可以登录（{scope}）。"),
    "user_removed": ("The user {name} is removed.", "用户 {name} 已删除。"),
    "no_users": (
        "There is no local user yet. Add one:  installcast user add NAME",
        "还没有本地用户。添加：  installcast user add NAME",
    ),
    "settings_good": ("{file}: good", "{file}：正确"),
    "settings_good_no_file": ("good; there is no {file}, defaults hold", "正确；{file} 不存在，使用默认值"),
    "recipe_made": ("{folder}: made", "{folder}：已创建"),
    "recipe_next": ("Edit it, then:  {check}", "编辑后检查：  {check}"),
    "recipe_listed": (
        "The service finds it once {folder} is listed in `recipes` of its configuration.",
        "将 {folder} 列入配置项 `recipes` 后，服务才能找到它。",
    ),
    "recipe_good": ("{folder}: good", "{folder}：正确"),
    "timeline.none": (
        "Nothing is known yet of how {key} goes: a run that succeeds and takes 3 s or more tells it.",
        "尚无 {key} 的时间线：一次用时不少于 3 秒且成功的执行后即会记录。",
    ),
    "timeline.here": ("this machine", "本机"),
    "timeline.elsewhere": ("another machine", "其他机器"),
    "timeline.shipped": ("the recipe", "软件定义自带"),
    "timeline.exported": ("{path}: written", "{path}：已写入"),
    "timeline.forgotten": ("Timelines forgotten: {count}", "已清除的时间线：{count}"),
    # --- doctor
    "doctor.settings": ("defaults, file and environment", "默认值、配置文件与环境变量"),
    "doctor.python_old": (
        "{version} is too old: Python 3.11 or newer is needed",
        "{version} 过旧：需要 Python 3.11 或更高版本",
    ),
    "doctor.package_missing": (
        "missing: pip install '{name}>={needed}'",
        "缺失：pip install '{name}>={needed}'",
    ),
    "doctor.package_old": (
        "{version} is too old: pip install --upgrade '{name}>={needed}'",
        "{version} 过旧：pip install --upgrade '{name}>={needed}'",
    ),
    "doctor.not_writable": (
        "{path} is not writable for user {user}: change its owner, or choose another data_dir",
        "用户 {user} 对 {path} 没有写权限：请修改属主，或改用其他 data_dir",
    ),
    "doctor.read_only": (
        "{path} lies on a disk that is mounted read-only: mount it writable (dmesg may say why), or choose another data_dir",
        "{path} 所在磁盘以只读方式挂载：请重新挂载为可写（dmesg 可能有原因），或改用其他 data_dir",
    ),
    "doctor.open_to_others": (
        "{path} is open to others: chmod 700 {path}",
        "{path} 对其他用户开放：chmod 700 {path}",
    ),
    "doctor.foreign_owner": (
        "{path} belongs to user {owner}: be that user, or root",
        "{path} 属于用户 {owner}：请以该用户或 root 运行",
    ),
    "doctor.will_be_made": ("{path} (made at the first start)", "{path}（首次启动时创建）"),
    "doctor.network_filesystem": (
        "{kind}: locks and inotify are not to be trusted on network drives; use a local data_dir",
        "{kind}：网络文件系统上的锁和 inotify 不可靠，请使用本地 data_dir",
    ),
    "doctor.memory_filesystem": (
        "{kind}: everything is lost at the next boot",
        "{kind}：重启后数据会全部丢失",
    ),
    "doctor.memory_folder": ("{path}, in memory", "{path}（内存）"),
    "doctor.no_memory_folder": (
        "none of {tried} is on tmpfs and writable: mount a tmpfs on /dev/shm, or set XDG_RUNTIME_DIR",
        "{tried} 均不是可写的 tmpfs：请在 /dev/shm 挂载 tmpfs，或设置 XDG_RUNTIME_DIR",
    ),
    "doctor.space": ("{free} MiB free", "可用 {free} MiB"),
    "doctor.little_space": (
        "only {free} MiB free in {path}: make room",
        "{path} 仅剩 {free} MiB：请清理空间",
    ),
    "doctor.few_inodes": ("only {count} inodes are left: remove files", "仅剩 {count} 个 inode：请清理文件"),
    "doctor.clock_wrong": (
        "it is set to {time}: set the clock (timedatectl)",
        "系统时间为 {time}：请校准时钟（timedatectl）",
    ),
    "doctor.clock_behind": (
        "it is {time} behind what was written last: set it, or tokens and times will be wrong",
        "比最近写入的文件慢 {time}：请校准时钟，否则令牌与时间会出错",
    ),
    "doctor.no_systemd": (
        "runner.isolation is systemd, but {reason}: mend that, or set auto",
        "runner.isolation 为 systemd，但 {reason}：请排除原因，或改为 auto",
    ),
    "doctor.systemd_silent": (
        "does not answer ({reason}): see `systemctl status`",
        "没有应答（{reason}）：请查看 `systemctl status`",
    ),
    "doctor.systemd_old": (
        "{version} is older than {needed}, the oldest that was tried: if no install starts, set runner.isolation: session",
        "{version} 低于已验证的最低版本 {needed}：若安装无法启动，请设置 runner.isolation: session",
    ),
    "doctor.cgroups": (
        "{kind}; what runs out of memory is told apart",
        "{kind}；可识别内存不足导致的终止",
    ),
    "doctor.no_cgroups": (
        "not mounted: a step that runs out of memory looks like any failure; mount /sys/fs/cgroup",
        "未挂载：无法识别内存不足导致的失败；请挂载 /sys/fs/cgroup",
    ),
    "doctor.no_memory_controller": (
        "{kind} without memory: a step that runs out of memory looks like any failure; boot with cgroup_enable=memory",
        "{kind}，但没有 memory 控制器：无法识别内存不足导致的失败；请以 cgroup_enable=memory 启动内核",
    ),
    "doctor.files": ("up to {limit} open files", "最多可打开 {limit} 个文件"),
    "doctor.few_files": (
        "at most {limit} open files, one for each viewer: raise it (ulimit -Hn, LimitNOFILE= of the unit)",
        "最多只能打开 {limit} 个文件，每个查看者占用一个：请调高限制（ulimit -Hn，或单元的 LimitNOFILE=）",
    ),
    "doctor.sync": ("a small file is safe after {milliseconds} ms", "小文件写入磁盘耗时 {milliseconds} 毫秒"),
    "doctor.slow_sync": (
        "{path}: a small file is safe only after {milliseconds} ms, which slows installs: use a faster disk for data_dir",
        "{path}：小文件写入磁盘需 {milliseconds} 毫秒，会拖慢安装：请把 data_dir 放到更快的磁盘",
    ),
    "doctor.no_sync": (
        "{path} takes no file ({reason}): mend the disk, or choose another data_dir",
        "{path} 无法写入文件（{reason}）：请修复磁盘，或改用其他 data_dir",
    ),
    "doctor.clock_alone": (
        "nothing keeps it right: timedatectl set-ntp true, or install chrony",
        "时钟未同步：timedatectl set-ntp true，或安装 chrony",
    ),
    "doctor.package_lock": (
        "{path} is held by {command} (pid {pid}): installs wait until it ends",
        "{path} 被 {command}（pid {pid}）占用：安装会等待其结束",
    ),
    "doctor.lost_tasks": (
        "{count} lost their runner ({names}): the next start of the service ends them:  {command}",
        "{count} 个任务的执行进程已消失（{names}）：下次启动服务时会将其结束：  {command}",
    ),
    "doctor.systemd": ("systemd: a transient unit for each task", "systemd：每个任务一个临时单元"),
    "doctor.session": ("a session of its own for each task", "每个任务一个独立会话"),
    "doctor.no_inotify": ("unknown limits: logs may come late", "无法读取限制：日志可能延迟"),
    "doctor.few_watches": (
        "only {limit} watches: sysctl fs.inotify.max_user_watches=65536, or logs come once a second",
        "仅 {limit} 个监视：sysctl fs.inotify.max_user_watches=65536，否则日志每秒刷新一次",
    ),
    "doctor.watches": ("{limit} watches", "{limit} 个监视"),
    "doctor.no_bash": ("not found: most recipes need it", "未找到：多数软件定义需要它"),
    "doctor.no_venv": (
        "this Python makes no virtual environments: apt-get install python3-venv (the recipe httpie needs it)",
        "此 Python 无法创建虚拟环境：apt-get install python3-venv（httpie 需要）",
    ),
    "doctor.recipes": ("{count} can be used", "{count} 个可用"),
    "doctor.broken_recipe": ("{key} is broken: {reason}", "{key} 有误：{reason}"),
    "doctor.service_answers": ("answers at {path}", "正常应答：{path}"),
    "doctor.port_in_use": (
        "does not run, and another program has port {port} on {host}: stop that one, or set server.port",
        "未运行，且 {host} 的端口 {port} 被其他程序占用：请停止该程序，或修改 server.port",
    ),
    "doctor.cannot_listen": (
        "cannot listen on {host}:{port} ({reason}): set server.host",
        "无法监听 {host}:{port}（{reason}）：请修改 server.host",
    ),
    "doctor.no_service": (
        "does not run; port {port} on {host} is free:  {command}",
        "未运行；{host} 的端口 {port} 空闲：  {command}",
    ),
    # --- errors of our own
    "error": ("installcast: {reason}", "installcast：{reason}"),
    "aborted": ("Stopped.", "已停止。"),
    "bug": (
        "{reason}. This is a fault of Installcast; INSTALLCAST_TRACEBACK=1 shows where.",
        "{reason}。这是 Installcast 的缺陷；设置 INSTALLCAST_TRACEBACK=1 可查看位置。",
    ),
    "start_service": ("Start it:  {command}", "请先启动：  {command}"),
    "check_url": ("Is the address right, and the service running?", "请检查地址是否正确、服务是否运行。"),
    "not_installcast": ("what answers is not Installcast", "应答的不是 Installcast"),
    "other_user": (
        "The service of {where} belongs to another user. Be that user or root, or use --server with INSTALLCAST_TOKEN.",
        "{where} 的服务属于其他用户。请以该用户或 root 身份运行，或使用 --server 与 INSTALLCAST_TOKEN。",
    ),
    "token_expired": (
        "the token has expired; make a new one, then:  {command}",
        "令牌已过期，请重新获取，然后：  {command}",
    ),
}


def locale_of(environment: Mapping[str, str]) -> Locale:
    """Return which language a person reads, by the rules of POSIX: ``LC_ALL``, then ``LC_MESSAGES``, then ``LANG``."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(name)
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


class Speaker:
    """Says the sentences of the table in one language."""

    def __init__(self, locale: Locale | None = None) -> None:
        self.locale: Locale = locale_of(os.environ) if locale is None else locale

    def __call__(self, sentence: str, /, **values: object) -> str:
        """Return a sentence by its name, with its ``values`` filled in."""
        english, chinese = MESSAGES[sentence]
        return (chinese if self.locale == "zh" else english).format(**values)

    def duration(self, seconds: float, *, tenths: bool = True) -> str:
        """Return a length of time in words, as exact as is of use: ``8.1 s``, ``1 min 23 s``, ``2 h 5 min``."""
        second, minute, hour = ("秒", "分", "小时") if self.locale == "zh" else ("s", "min", "h")
        if tenths and seconds < 10:
            return f"{seconds:.1f} {second}"
        minutes, rest = divmod(round(seconds), 60)
        if not minutes:
            return f"{rest} {second}"
        hours, minutes = divmod(minutes, 60)
        parts = [(hours, hour), (minutes, minute), (0 if hours else rest, second)]
        return " ".join(f"{count} {unit}" for count, unit in parts if count)

    def word(self, kind: str, name: str, **values: object) -> str:
        """Return the text for a status, an action, a reason; one that the table does not know stays as it is."""
        key = f"{kind}.{name}"
        return self(key, **values) if key in MESSAGES else name
