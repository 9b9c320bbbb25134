/** Every sentence of the start page that is not the viewer's, in English and Chinese. */

import type { Locale } from "../viewer/core/locale.js";

export type Action = "install" | "upgrade" | "uninstall";

export interface PageWords {
  software: string;
  tasks: string;
  noTasks: string;
  noSoftware: string;
  loading: string;
  reload: string;
  signOut: string;
  otherLanguage: string;
  all: string;
  installed: (version: string) => string;
  notInstalled: string;
  newer: (version: string) => string;
  needsRoot: string;
  broken: string;
  watch: string;
  actions: Record<Action, string>;
  titles: Record<Action, (name: string) => string>;
  version: string;
  otherVersions: (patterns: string) => string;
  required: string;
  optional: string;
  show: string;
  hide: string;
  generate: string;
  close: string;
  noParameters: string;
  confirmUninstall: (name: string) => string;
  again: string;
  secretsAgain: string;
  ago: (seconds: number) => string;
  by: (user: string) => string;
}

function ago(seconds: number, now: string, units: readonly [number, string, string][]): string {
  for (const [size, one, many] of units) {
    const count = Math.floor(seconds / size);
    if (count >= 1) return `${count}${count === 1 ? one : many}`;
  }
  return now;
}

const en: PageWords = {
  software: "Software",
  tasks: "Recent tasks",
  noTasks: "Nothing has been installed yet. Choose something above.",
  noSoftware: "There are no recipes.",
  loading: "Loading…",
  reload: "Try again",
  signOut: "Sign out",
  otherLanguage: "中文",
  all: "All software",
  installed: (version) => `Installed ${version}`,
  notInstalled: "Not installed",
  newer: (version) => `${version} available`,
  needsRoot: "needs root",
  broken: "This recipe is broken",
  watch: "Watch",
  actions: { install: "Install", upgrade: "Upgrade", uninstall: "Uninstall" },
  titles: {
    install: (name) => `Install ${name}`,
    upgrade: (name) => `Upgrade ${name}`,
    uninstall: (name) => `Uninstall ${name}`,
  },
  version: "Version",
  otherVersions: (patterns) => `or another version that fits ${patterns}`,
  required: "required",
  optional: "optional",
  show: "Show",
  hide: "Hide",
  generate: "Generate",
  close: "Close",
  noParameters: "Nothing to choose here.",
  confirmUninstall: (name) => `${name} will be removed from this machine.`,
  again: "Try again",
  secretsAgain: "Secrets are not kept: give them again.",
  ago: (seconds) =>
    ago(seconds, "just now", [[86_400, " day ago", " days ago"], [3600, " hour ago", " hours ago"], [60, " min ago", " min ago"]]),
  by: (user) => `by ${user}`,
};

const zh: PageWords = {
  software: "软件",
  tasks: "最近任务",
  noTasks: "还没有安装过任何软件，请在上方选择。",
  noSoftware: "没有可用的软件。",
  loading: "加载中…",
  reload: "重试",
  signOut: "退出登录",
  otherLanguage: "English",
  all: "全部软件",
  installed: (version) => `已安装 ${version}`,
  notInstalled: "未安装",
  newer: (version) => `可升级到 ${version}`,
  needsRoot: "需要 root",
  broken: "该软件的定义有误",
  watch: "查看",
  actions: { install: "安装", upgrade: "升级", uninstall: "卸载" },
  titles: {
    install: (name) => `安装 ${name}`,
    upgrade: (name) => `升级 ${name}`,
    uninstall: (name) => `卸载 ${name}`,
  },
  version: "版本",
  otherVersions: (patterns) => `或符合 ${patterns} 的其他版本`,
  required: "必填",
  optional: "可选",
  show: "显示",
  hide: "隐藏",
  generate: "生成",
  close: "关闭",
  noParameters: "无需填写参数。",
  confirmUninstall: (name) => `将从本机移除 ${name}。`,
  again: "重试",
  secretsAgain: "机密参数不会保存，请重新填写。",
  ago: (seconds) => ago(seconds, "刚刚", [[86_400, " 天前", " 天前"], [3600, " 小时前", " 小时前"], [60, " 分钟前", " 分钟前"]]),
  by: (user) => `发起者 ${user}`,
};

export const PAGE_WORDS: Readonly<Record<Locale, PageWords>> = { en, zh };
