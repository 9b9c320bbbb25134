/** Every sentence of the viewer, in English and Chinese. */

import type { AfterState, PollReason, RetryReason, StopReason, TaskStatus } from "./protocol.js";

export type Locale = "en" | "zh";

/** Return the locale for a language tag such as `zh-CN`; English for any other language. */
export function localeOf(tag: string | null | undefined): Locale {
  return /^zh\b/i.test(tag ?? "") ? "zh" : "en";
}

/** Return what the service says in English and perhaps in Chinese, for `locale`. */
export function textIn(locale: Locale, english: string | null | undefined, chinese: string | null | undefined): string {
  return (locale === "zh" ? chinese : "") || english || "";
}

export interface Words {
  statuses: Record<TaskStatus, string>;
  actions: Record<string, string>;
  log: string;
  progress: string;
  elapsed: string;
  remaining: (time: string) => string;
  step: (current: number, total: number, title: string) => string;
  queued: (position: number) => string;
  unknownProgress: string;
  connecting: string;
  reconnecting: Record<RetryReason, string>;
  attempt: (attempt: number) => string;
  retryNow: string;
  offline: string;
  polling: Record<PollReason, string>;
  stopped: Record<StopReason, (origin: string) => string>;
  signIn: string;
  cancel: string;
  confirmCancel: string;
  canceling: string;
  cancelFailed: (reason: string) => string;
  failedWith: (code: number | null | undefined) => string;
  rolledBack: { succeeded: string; failed: string };
  left: Record<AfterState, string>;
  showLine: string;
  results: string;
  reveal: string;
  copy: string;
  copied: string;
  oncePerOwner: string;
  secretGone: string;
  newLines: (count: number) => string;
  toEnd: string;
  timestamps: string;
  download: string;
  emptyLog: string;
  waitingForLog: string;
  missing: (lines: number) => string;
  stalled: Record<"package_lock" | "waiting_for_input" | "silent", (detail: string) => string>;
  stalledFor: (time: string) => string;
  networkError: string;
  badAnswer: (status: number) => string;
  noContainer: (id: string) => string;
  installing: string;
  installRefused: string;
}

const lines = (count: number): string => `${count.toLocaleString("en")} ${count === 1 ? "line" : "lines"}`;

const en: Words = {
  statuses: {
    queued: "Queued",
    running: "Running",
    succeeded: "Succeeded",
    failed: "Failed",
    canceled: "Canceled",
    interrupted: "Interrupted",
    ended: "Ended",
  },
  actions: { install: "Install", upgrade: "Upgrade", uninstall: "Uninstall", run: "Run", follow: "Log" },
  log: "Install log",
  progress: "Progress",
  elapsed: "Elapsed time",
  remaining: (time) => `about ${time} left`,
  step: (current, total, title) => (total ? `Step ${current}/${total}${title ? ` · ${title}` : ""}` : title),
  queued: (position) => (position > 0 ? `Waiting: number ${position} in the queue` : "Waiting for its turn"),
  unknownProgress: "progress unknown",
  connecting: "Connecting…",
  reconnecting: {
    lost: "Connection lost. Reconnecting…",
    restarting: "The service is restarting. Reconnecting…",
    token_expired: "The sign-in has expired. Renewing…",
    idle: "Reconnecting…",
  },
  attempt: (attempt) => ` (attempt ${attempt})`,
  retryNow: "Retry now",
  offline: "No network. The install goes on; the log resumes when the network is back.",
  polling: {
    realtime_off: "Live updates are switched off: new lines are fetched every few seconds.",
    too_many_viewers: "Too many people are watching: new lines are fetched every few seconds.",
    unreachable: "No live connection can be made here: new lines are fetched every few seconds.",
  },
  stopped: {
    bad_request: () => "The service did not understand the request.",
    not_signed_in: () => "Sign in to see this log.",
    not_allowed: () => "You may not see this log: the scope log:read is missing.",
    no_such_task: () => "There is no such task, or its log has been removed.",
    origin_refused: (origin) =>
      `The service does not let pages of ${origin} in: add it to server.allowed_origins in its configuration.`,
    refused: () => "The service refused the connection.",
  },
  signIn: "Sign in",
  cancel: "Cancel",
  confirmCancel: "Really cancel?",
  canceling: "Canceling…",
  cancelFailed: (reason) => `Could not cancel: ${reason}`,
  failedWith: (code) => (code === null || code === undefined ? "The task failed" : `The task failed with exit status ${code}`),
  rolledBack: { succeeded: "The changes were rolled back.", failed: "Rolling back failed, too: look at the log." },
  left: {
    installed: "It is installed and passes its check.",
    partly: "It is only partly installed: try again, or uninstall it.",
    not_installed: "Nothing of it is installed.",
    unchanged: "Nothing was changed.",
  },
  showLine: "Show the line",
  results: "Results",
  reveal: "Reveal",
  copy: "Copy",
  copied: "Copied",
  oncePerOwner: "It is shown once, to the user who started the task.",
  secretGone: "already shown, or not yours to see",
  newLines: (count) => (count > 0 ? `${lines(count).replace(/ (\w+)$/, " new $1")}` : "To the end"),
  toEnd: "To the end",
  timestamps: "Timestamps",
  download: "Download log",
  emptyLog: "The log is empty.",
  waitingForLog: "Waiting for the first line…",
  missing: (count) => `… ${lines(count)} missing …`,
  stalled: {
    package_lock: (detail) => `Waiting for the package manager's lock${detail ? `: ${detail}` : ""}`,
    waiting_for_input: (detail) => `It seems to wait for an answer that nobody can give${detail ? `: ${detail}` : ""}`,
    silent: (detail) => `No output, but it is still running${detail ? `; ${detail}` : ""}`,
  },
  stalledFor: (time) => `for ${time}`,
  networkError: "The service cannot be reached.",
  badAnswer: (status) => `The service answered ${status} with something that is not its JSON.`,
  noContainer: (id) => `There is no element with the id "${id}".`,
  installing: "Starting…",
  installRefused: "The install was not started",
};

const zh: Words = {
  statuses: {
    queued: "排队中",
    running: "进行中",
    succeeded: "成功",
    failed: "失败",
    canceled: "已取消",
    interrupted: "已中断",
    ended: "已结束",
  },
  actions: { install: "安装", upgrade: "升级", uninstall: "卸载", run: "运行", follow: "日志" },
  log: "安装日志",
  progress: "进度",
  elapsed: "已用时间",
  remaining: (time) => `约剩 ${time}`,
  step: (current, total, title) => (total ? `步骤 ${current}/${total}${title ? ` · ${title}` : ""}` : title),
  queued: (position) => (position > 0 ? `排队等待中：第 ${position} 位` : "等待执行"),
  unknownProgress: "进度未知",
  connecting: "正在连接…",
  reconnecting: {
    lost: "连接已断开，正在重新连接…",
    restarting: "服务正在重启，正在重新连接…",
    token_expired: "登录已过期，正在更新…",
    idle: "正在重新连接…",
  },
  attempt: (attempt) => `（第 ${attempt} 次尝试）`,
  retryNow: "立即重试",
  offline: "网络已断开。安装仍在继续，网络恢复后日志会自动续传。",
  polling: {
    realtime_off: "实时推送已关闭：每隔几秒获取一次新日志。",
    too_many_viewers: "观看人数过多：每隔几秒获取一次新日志。",
    unreachable: "无法建立实时连接：每隔几秒获取一次新日志。",
  },
  stopped: {
    bad_request: () => "服务无法理解该请求。",
    not_signed_in: () => "请登录后查看日志。",
    not_allowed: () => "没有权限查看该日志：缺少 log:read。",
    no_such_task: () => "该任务不存在，或其日志已被清理。",
    origin_refused: (origin) => `服务不允许来自 ${origin} 的页面访问：请把它加入服务配置的 server.allowed_origins。`,
    refused: () => "服务拒绝了连接。",
  },
  signIn: "登录",
  cancel: "取消",
  confirmCancel: "确定取消？",
  canceling: "正在取消…",
  cancelFailed: (reason) => `取消失败：${reason}`,
  failedWith: (code) => (code === null || code === undefined ? "任务失败" : `任务失败，退出码 ${code}`),
  rolledBack: { succeeded: "改动已回滚。", failed: "回滚也失败了，请查看日志。" },
  left: {
    installed: "软件已安装，并通过检查。",
    partly: "软件只安装了一部分：请重试，或将其卸载。",
    not_installed: "软件未安装，没有残留。",
    unchanged: "未作任何更改。",
  },
  showLine: "定位到该行",
  results: "结果",
  reveal: "显示",
  copy: "复制",
  copied: "已复制",
  oncePerOwner: "仅向任务发起者显示一次。",
  secretGone: "已显示过，或无权查看",
  newLines: (count) => (count > 0 ? `${count.toLocaleString("en")} 行新日志` : "回到末尾"),
  toEnd: "回到末尾",
  timestamps: "时间",
  download: "下载日志",
  emptyLog: "日志为空。",
  waitingForLog: "等待第一行日志…",
  missing: (count) => `… 缺失 ${count.toLocaleString("en")} 行 …`,
  stalled: {
    package_lock: (detail) => `正在等待包管理器的锁${detail ? `：${detail}` : ""}`,
    waiting_for_input: (detail) => `似乎在等待无人能给出的输入${detail ? `：${detail}` : ""}`,
    silent: (detail) => `没有输出，仍在运行${detail ? `；${detail}` : ""}`,
  },
  stalledFor: (time) => `已 ${time}`,
  networkError: "无法连接到服务。",
  badAnswer: (status) => `服务返回了 ${status}，内容不是预期的 JSON。`,
  noContainer: (id) => `页面上没有 id 为 "${id}" 的元素。`,
  installing: "正在启动…",
  installRefused: "安装未能开始",
};

export const WORDS: Readonly<Record<Locale, Words>> = { en, zh };
