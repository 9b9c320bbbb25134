/** Every sentence of the console in Chinese. */

import type { Parameter } from "../api/types.js";
import type { Problem } from "../core/checks.js";
import type { ConsoleWords } from "./words.js";

export const CHINESE: ConsoleWords = {
  pages: { overview: "概览", catalog: "软件", tasks: "任务" },
  sections: "栏目",
  skip: "跳到正文",
  otherLanguage: "English",
  themes: { system: "主题：跟随系统", light: "主题：浅色", dark: "主题：深色" },
  signedInAs: (user) => `已登录：${user}`,
  signIn: "登录",
  signOut: "退出登录",
  sessionEnded: "登录已过期。安装仍在进行，重新登录后会回到此页。",
  lost: "服务暂时没有响应。安装仍在进行，本页会自动恢复。",
  back: "已重新连接。",
  nowActive: (count) => `${count} 个任务进行中或排队中`,
  nowhere: "页面不存在",
  loading: "加载中…",
  notRead: "暂时无法读取。",
  lookAgain: "重试",
  close: "关闭",
  asTable: "以表格显示数据",
  searchSoftware: "搜索软件",
  searchTasks: "搜索任务",
  state: "状态",
  tags: "标签",
  user: "用户",
  everyState: "全部状态",
  everyTag: "全部标签",
  everySoftware: "全部软件",
  everybody: "全部用户",
  nothingFits: "没有符合条件的结果。",
  showAll: "显示全部",
  countShown: (shown, all) => (shown === all ? `共 ${all} 项` : `显示 ${all} 项中的 ${shown} 项`),
  states: { installed: "已安装", available: "未安装", running: "进行中", broken: "有误", upgradable: "可升级" },
  noSoftware: "没有可用的软件。",
  noSummary: "暂无简介。",
  noSuchSoftware: (key) => `没有名为“${key}”的软件。`,
  broken: "该软件的定义有误，无法使用：",
  installed: (version) => `已安装 ${version}`,
  notInstalled: "未安装",
  detecting: "正在检测…",
  cannotTell: (reason) => `无法判断是否已安装：${reason}`,
  newer: (version) => `可升级到 ${version}`,
  busyElsewhere: "其他用户正在操作此软件。",
  watch: "查看",
  actions: { install: "安装", upgrade: "升级", uninstall: "卸载" },
  titles: {
    install: (name) => `安装 ${name}`,
    upgrade: (name) => `升级 ${name}`,
    uninstall: (name) => `卸载 ${name}`,
  },
  whatToDo: "操作",
  mayNotInstall: "您可以查看，但没有安装权限。",
  conflict: (name) => `${name} 有任务正在进行，结束后才能执行以下操作。`,
  waitsFor: (names) => `现在可以开始，但会排队等待 ${names} 完成。`,
  runsSoFar: "历次运行",
  version: "版本",
  ofSystem: (version) => `${version}（系统自带）`,
  versionName: (version) => (version === "distro" ? "distro（系统自带）" : version),
  otherVersions: (patterns) => `也可输入符合 ${patterns} 的其他版本。`,
  required: "必填",
  optional: "可选",
  noChoice: "不选",
  noParameters: "无需填写参数。",
  show: "显示",
  hide: "隐藏",
  generate: "生成",
  copy: "复制",
  copied: "已复制",
  limits,
  problem,
  confirmUninstall: (name) => `将从本机移除 ${name}。`,
  keeps: "将保留：",
  alsoDeletes: "还将删除：",
  checks: "预检",
  checkLater: "填写完整后会自动预检。",
  checking: "检查中…",
  checkPassed: "检查通过，可以开始。",
  noChecks: "该软件没有预检，可以直接开始。",
  checkWarned: "可以开始，但请先阅读以下提示。",
  checkFailed: "检查未通过。",
  checkAgain: "重新检查",
  findings: { failed: "未通过", warning: "警告", passed: "通过" },
  packagesChange: (count) => `将变更 ${count} 个软件包`,
  changes: { add: "新增", change: "变更", remove: "移除" },
  takesUsually: (time) => `通常需要 ${time}。`,
  task: (id) => `任务 ${id}`,
  queued: (position) => (position > 0 ? `排队中，第 ${position} 位` : "等待执行"),
  waitsForLock: (key, lock) => `等待 ${key} 释放 ${lock}`,
  by: (user) => `由 ${user} 发起`,
  usually: (time) => `通常 ${time}`,
  against: {
    slower: (time) => `比平时慢（${time}）`,
    faster: (time) => `比平时快（${time}）`,
  },
  again: "重试",
  older: "显示更早的任务",
  noTasks: "还没有安装过任何软件。",
  toCatalog: "选择软件",
  cancelTitle: (name) => `取消 ${name}？`,
  cancelHelp: "它启动的所有进程都会结束，已做的更改可能只完成了一部分。",
  reallyCancel: "取消任务",
  keepRunning: "继续运行",
  retryTitle: (name) => `重新运行 ${name}？`,
  retryHelp: "将以相同的参数开始一个新任务。",
  secretsAgain: "将以相同的参数开始一个新任务。机密参数不会保存，请重新填写。",
  stepTimes: "步骤耗时",
  longestSteps: (shown, all) => `共 ${all} 个步骤，显示耗时最长的 ${shown} 个。`,
  stepsTold: (told, all) => `共 ${all} 个步骤，可区分 ${told} 个，其余没有输出。`,
  firstSteps: (told) => `步骤过多，仅区分前 ${told} 个。`,
  thisRun: "本次",
  earlierRun: "较早的运行",
  welcome: "欢迎使用",
  runsNow: "正在进行",
  nothingRuns: "当前没有任务在运行。",
  period: "时间范围",
  lastDays: (days) => `最近 ${days} 天`,
  tasksDone: "任务总数",
  successRate: "成功率",
  perDay: "每日任务数",
  causes: "失败原因",
  noFailures: "没有失败的任务。",
  usualDurations: "通常耗时",
  noDurations: "还没有成功的任务。",
  median: "中位数",
  p90: "90% 不超过",
  lastFailures: "最近失败的任务",
};

function limits({ type, minimum, maximum, min_length: least, max_length: most }: Parameter): string {
  if (type === "integer" || type === "number") {
    if (minimum !== undefined && maximum !== undefined) return `范围 ${minimum} 至 ${maximum}。`;
    if (minimum !== undefined) return `不小于 ${minimum}。`;
    return maximum === undefined ? "" : `不大于 ${maximum}。`;
  }
  if (type !== "string") return "";
  if (least && most) return `${least} 至 ${most} 个字符。`;
  if (least) return `至少 ${least} 个字符。`;
  return most ? `最多 ${most} 个字符。` : "";
}

function problem(fault: Problem): string {
  switch (fault.kind) {
    case "missing":
      return "此项必填。";
    case "too_short":
      return `至少需要 ${fault.least} 个字符。`;
    case "too_long":
      return `最多 ${fault.most} 个字符。`;
    case "too_small":
      return `不能小于 ${fault.least}。`;
    case "too_large":
      return `不能大于 ${fault.most}。`;
    case "not_whole":
      return "应为整数。";
    case "not_a_number":
      return "应为数字。";
    case "pattern":
      return `不符合格式 ${fault.pattern}`;
    case "character":
      return `不能包含字符 ${fault.character}`;
    case "leading_dash":
      return "不能以“-”开头。";
    case "version":
      return `应为 ${fault.versions} 之一`;
  }
}
