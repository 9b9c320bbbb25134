/*! Installcast, MIT license */
// viewer/core/chinese.ts
var e = {
	statuses: {
		queued: "排队中",
		running: "进行中",
		succeeded: "成功",
		failed: "失败",
		canceled: "已取消",
		interrupted: "已中断",
		ended: "已结束"
	},
	actions: {
		install: "安装",
		upgrade: "升级",
		uninstall: "卸载",
		run: "运行",
		follow: "日志"
	},
	log: "安装日志",
	progress: "进度",
	elapsed: "已用时间",
	startedAt: (e) => `开始于 ${e}`,
	startedBy: (e) => `由 ${e} 发起`,
	remaining: (e) => `约剩 ${e}`,
	soonDone: "还剩几秒",
	bases: {
		script: "来自脚本",
		history: "对照以往运行",
		tool: "来自工具输出",
		position: "按脚本位置",
		steps: "按完成的步骤",
		none: "进度未知"
	},
	basisHelp: {
		script: "由脚本自己报告进度。",
		history: "与以往一次成功的运行对照：已用时间所占的比例。",
		tool: "由 apt、make 等工具报告自身进度，再按其在脚本中的位置折算。",
		position: "按脚本执行到的位置，以及此类命令通常所需的时间估算。",
		steps: "按已完成的步骤数计算。",
		none: "无从得知进度，但任务仍在运行。"
	},
	steps: "步骤",
	stepsSummary: (e) => `${e} 个步骤`,
	moreSteps: (e) => `还有 ${e} 步`,
	sectionStates: {
		done: "已完成",
		running: "进行中",
		failed: "失败",
		stopped: "已停止"
	},
	phases: {
		precheck: "预检查",
		verify: "验证",
		rollback: "回滚"
	},
	lines: (e) => `${e.toLocaleString("en")} 行`,
	errors: (e) => `${e.toLocaleString("en")} 个错误`,
	warnings: (e) => `${e.toLocaleString("en")} 个警告`,
	step: (e, t, n) => [e > 0 ? `步骤 ${e}${t ? `/${t}` : ""}` : "", n].filter(Boolean).join(" · "),
	queued: (e) => e > 0 ? `排队等待中：第 ${e} 位` : "等待执行",
	connecting: "正在连接…",
	reconnecting: {
		lost: "连接已断开，正在重新连接…",
		restarting: "服务正在重启，正在重新连接…",
		token_expired: "登录已过期，正在更新…",
		idle: "正在重新连接…"
	},
	attempt: (e) => `（第 ${e} 次尝试）`,
	retryNow: "立即重试",
	offline: "网络已断开。安装仍在继续，网络恢复后日志会自动续传。",
	polling: {
		realtime_off: "实时推送已关闭：每隔几秒获取一次新日志。",
		too_many_viewers: "观看人数过多：每隔几秒获取一次新日志。",
		unreachable: "无法建立实时连接：每隔几秒获取一次新日志。"
	},
	stopped: {
		bad_request: () => "服务无法理解该请求。",
		not_signed_in: () => "请登录后查看日志。",
		not_allowed: () => "没有权限查看该日志：缺少 log:read。",
		no_such_task: () => "该任务不存在，或其日志已被清理。",
		origin_refused: (e) => `服务不允许来自 ${e} 的页面访问：请把它加入服务配置的 server.allowed_origins。`,
		refused: () => "服务拒绝了连接。"
	},
	signIn: "登录",
	cancel: "取消",
	retry: "重试",
	retryFailed: (e) => `重试失败：${e}`,
	confirmCancel: "确定取消？",
	canceling: "正在取消…",
	cancelFailed: (e) => `取消失败：${e}`,
	exitStatus: (e) => `退出码 ${e}`,
	failedWith: (e) => e == null ? "任务失败" : `任务失败，退出码 ${e}`,
	outcome: (e, t) => [{
		none: "",
		succeeded: "改动已回滚。",
		failed: "回滚也失败了，请查看日志。"
	}[e], t ? {
		installed: "软件已安装，并通过检查。",
		partly: "软件只安装了一部分：请重试，或将其卸载。",
		not_installed: "软件未安装，没有残留。",
		unchanged: "未作任何更改。"
	}[t] : ""].filter(Boolean),
	showLine: "定位到该行",
	results: "结果",
	reveal: "显示",
	copy: "复制",
	copied: "已复制",
	notCopied: "此处无法复制",
	copyDiagnosis: "复制诊断信息",
	compareWith: (e) => `与${e && ` ${e} `}成功的那次运行对比`,
	bothSay: "两次相同",
	thisRun: "本次运行",
	thatRun: "成功的那次",
	saidNothing: "此处无输出",
	otherVersion: (e, t, n) => `${e} ${t}（当时 ${n}）`,
	moreDifferences: (e) => `失败之前另有 ${e.toLocaleString("en")} 处不同。`,
	excerpt: (e, t, n) => `第 ${e} 至 ${t} 行，共 ${n} 行：`,
	problems: "错误与警告",
	moreProblems: (e) => `日志中还有 ${e.toLocaleString("en")} 条`,
	levels: {
		WARN: "警告",
		ERROR: "错误"
	},
	lineNumber: (e) => `第 ${e} 行`,
	oncePerOwner: "仅向任务发起者显示一次。",
	secretGone: "已显示过，或无权查看",
	newLines: (e) => e > 0 ? `${e.toLocaleString("en")} 行新日志` : "回到末尾",
	toEnd: "回到末尾",
	reading: "日志的显示方式",
	filter: "显示哪些行",
	allLines: (e) => `全部 ${e.toLocaleString("en")}`,
	times: {
		off: "显示时间",
		clock: "显示相对开始的时间",
		relative: "隐藏时间"
	},
	copySelected: "复制所选行",
	commands: {
		nextLine: "下一行",
		previousLine: "上一行",
		extendDown: "向下扩展选择",
		extendUp: "向上扩展选择",
		nextStep: "下一步骤",
		previousStep: "上一步骤",
		nextProblem: "下一个错误或警告",
		previousProblem: "上一个错误或警告",
		start: "到开头",
		end: "到末尾并跟随",
		openAll: "展开全部步骤",
		closeAll: "折叠全部步骤",
		times: "时间：关闭、时刻、相对开始",
		wrap: "长行换行",
		copy: "复制日志",
		copyLink: "复制所选行的链接",
		selectAll: "选择全部行",
		fullScreen: "全屏",
		download: "下载日志",
		search: "搜索",
		nextMatch: "下一个匹配",
		previousMatch: "上一个匹配",
		help: "键盘快捷键",
		escape: "取消选择"
	},
	searchLog: "搜索日志",
	caseSensitive: "区分大小写",
	regex: "正则表达式（RE2）",
	noMatches: "没有找到",
	keys: "键盘快捷键",
	selectHelp: "点击行号选择该行，按住 Shift 再点击另一行号可选择其间所有行。仅当焦点在日志查看器内时快捷键有效。",
	close: "关闭",
	emptyLog: "日志为空。",
	waitingForLog: "等待第一行日志…",
	missing: (e) => `… 缺失 ${e.toLocaleString("en")} 行 …`,
	stalled: {
		package_lock: (e) => `正在等待包管理器的锁${e ? `：${e}` : ""}`,
		waiting_for_input: (e) => `似乎在等待无人能给出的输入${e ? `：${e}` : ""}`,
		silent: (e) => `没有输出，仍在运行${e ? `；${e}` : ""}`
	},
	stalledFor: (e) => `已 ${e}`,
	networkError: "无法连接到服务。",
	badAnswer: (e) => `服务返回了 ${e}，内容不是预期的 JSON。`,
	noContainer: (e) => `页面上没有 id 为 "${e}" 的元素。`,
	installing: "正在启动…",
	installRefused: "安装未能开始"
}, t = (e, t) => (n) => `${n.toLocaleString("en")} ${n === 1 ? e : t}`, n = t("line", "lines"), r = {
	statuses: {
		queued: "Queued",
		running: "Running",
		succeeded: "Succeeded",
		failed: "Failed",
		canceled: "Canceled",
		interrupted: "Interrupted",
		ended: "Ended"
	},
	actions: {
		install: "Install",
		upgrade: "Upgrade",
		uninstall: "Uninstall",
		run: "Run",
		follow: "Log"
	},
	log: "Install log",
	progress: "Progress",
	elapsed: "Elapsed time",
	startedAt: (e) => `started at ${e}`,
	startedBy: (e) => `by ${e}`,
	remaining: (e) => `about ${e} left`,
	soonDone: "a few seconds left",
	bases: {
		script: "told by the script",
		history: "by an earlier run",
		tool: "told by its tools",
		position: "by its place in the script",
		steps: "by finished steps",
		none: "progress unknown"
	},
	basisHelp: {
		script: "The script itself says how far it is.",
		history: "Held against an earlier successful run: the share of the time that has passed.",
		tool: "What tools such as apt or make say of their own work, in its place in the script.",
		position: "Where the script is in its own text, and how long such commands take as a rule.",
		steps: "How many of the steps are done.",
		none: "Nothing tells how far it is. It is running all the same."
	},
	steps: "Steps",
	stepsSummary: t("step", "steps"),
	moreSteps: (e) => `${e} more to come`,
	sectionStates: {
		done: "done",
		running: "running",
		failed: "failed",
		stopped: "stopped"
	},
	phases: {
		precheck: "Checks before",
		verify: "Verification",
		rollback: "Rollback"
	},
	lines: n,
	errors: t("error", "errors"),
	warnings: t("warning", "warnings"),
	step: (e, t, n) => [e > 0 ? `Step ${e}${t ? `/${t}` : ""}` : "", n].filter(Boolean).join(" · "),
	queued: (e) => e > 0 ? `Waiting: number ${e} in the queue` : "Waiting for its turn",
	connecting: "Connecting…",
	reconnecting: {
		lost: "Connection lost. Reconnecting…",
		restarting: "The service is restarting. Reconnecting…",
		token_expired: "The sign-in has expired. Renewing…",
		idle: "Reconnecting…"
	},
	attempt: (e) => ` (attempt ${e})`,
	retryNow: "Retry now",
	offline: "No network. The install goes on; the log resumes when the network is back.",
	polling: {
		realtime_off: "Live updates are switched off: new lines are fetched every few seconds.",
		too_many_viewers: "Too many people are watching: new lines are fetched every few seconds.",
		unreachable: "No live connection can be made here: new lines are fetched every few seconds."
	},
	stopped: {
		bad_request: () => "The service did not understand the request.",
		not_signed_in: () => "Sign in to see this log.",
		not_allowed: () => "You may not see this log: the scope log:read is missing.",
		no_such_task: () => "There is no such task, or its log has been removed.",
		origin_refused: (e) => `The service does not let pages of ${e} in: add it to server.allowed_origins in its configuration.`,
		refused: () => "The service refused the connection."
	},
	signIn: "Sign in",
	cancel: "Cancel",
	retry: "Try again",
	retryFailed: (e) => `Could not start it again: ${e}`,
	confirmCancel: "Really cancel?",
	canceling: "Canceling…",
	cancelFailed: (e) => `Could not cancel: ${e}`,
	exitStatus: (e) => `exit status ${e}`,
	failedWith: (e) => e == null ? "The task failed" : `The task failed with exit status ${e}`,
	outcome: (e, t) => [{
		none: "",
		succeeded: "The changes were rolled back.",
		failed: "Rolling back failed, too: look at the log."
	}[e], t ? {
		installed: "It is installed and passes its check.",
		partly: "It is only partly installed: try again, or uninstall it.",
		not_installed: "Nothing of it is installed.",
		unchanged: "Nothing was changed."
	}[t] : ""].filter(Boolean),
	showLine: "Show the line",
	results: "Results",
	reveal: "Reveal",
	copy: "Copy",
	copied: "Copied",
	notCopied: "Not allowed here",
	copyDiagnosis: "Copy diagnosis",
	compareWith: (e) => `Compare with the run that succeeded${e && ` on ${e}`}`,
	bothSay: "The same in both",
	thisRun: "This run",
	thatRun: "The run that succeeded",
	saidNothing: "Nothing here",
	otherVersion: (e, t, n) => `${e} ${t} instead of ${n}`,
	moreDifferences: (e) => `${e === 1 ? "One more place" : `${e.toLocaleString("en")} more places`} before the failure differ${e === 1 ? "s" : ""}.`,
	excerpt: (e, t, n) => `Lines ${e} to ${t} of ${n}:`,
	problems: "Errors and warnings",
	moreProblems: (e) => `and ${e.toLocaleString("en")} more in the log`,
	levels: {
		WARN: "Warning",
		ERROR: "Error"
	},
	lineNumber: (e) => `line ${e}`,
	oncePerOwner: "It is shown once, to the user who started the task.",
	secretGone: "already shown, or not yours to see",
	newLines: (e) => e > 0 ? `${n(e).replace(/ (\w+)$/, " new $1")}` : "To the end",
	toEnd: "To the end",
	reading: "How the log is shown",
	filter: "Lines that are shown",
	allLines: (e) => `All ${e.toLocaleString("en")}`,
	times: {
		off: "Show timestamps",
		clock: "Show time since the start",
		relative: "Hide timestamps"
	},
	copySelected: "Copy the selected lines",
	commands: {
		nextLine: "Next line",
		previousLine: "Previous line",
		extendDown: "Select down",
		extendUp: "Select up",
		nextStep: "Next step",
		previousStep: "Previous step",
		nextProblem: "Next error or warning",
		previousProblem: "Previous error or warning",
		start: "To the start",
		end: "To the end, and follow it",
		openAll: "Open all steps",
		closeAll: "Close all steps",
		times: "Timestamps: off, time of day, since the start",
		wrap: "Wrap long lines",
		copy: "Copy the log",
		copyLink: "Copy a link to the selected lines",
		selectAll: "Select all lines",
		fullScreen: "Full screen",
		download: "Download the log",
		search: "Search",
		nextMatch: "Next match",
		previousMatch: "Previous match",
		help: "Keyboard",
		escape: "Let go of what is selected"
	},
	searchLog: "Search the log",
	caseSensitive: "Match case",
	regex: "Regular expression (RE2)",
	noMatches: "Nothing found",
	keys: "Keyboard",
	selectHelp: "Press a line number to select the line, another one with Shift to select all between them. Keys count while the viewer has the focus.",
	close: "Close",
	emptyLog: "The log is empty.",
	waitingForLog: "Waiting for the first line…",
	missing: (e) => `… ${n(e)} missing …`,
	stalled: {
		package_lock: (e) => `Waiting for the package manager's lock${e ? `: ${e}` : ""}`,
		waiting_for_input: (e) => `It seems to wait for an answer that nobody can give${e ? `: ${e}` : ""}`,
		silent: (e) => `No output, but it is still running${e ? `; ${e}` : ""}`
	},
	stalledFor: (e) => `for ${e}`,
	networkError: "The service cannot be reached.",
	badAnswer: (e) => `The service answered ${e} with something that is not its JSON.`,
	noContainer: (e) => `There is no element with the id "${e}".`,
	installing: "Starting…",
	installRefused: "The install was not started"
};
// viewer/core/locale.ts
function i(e) {
	return /^zh\b/i.test(e ?? "") ? "zh" : "en";
}
var a = {
	en: r,
	zh: e
};
// viewer/core/protocol.ts
function o(e) {
	return e !== "queued" && e !== "running";
}
function s(e) {
	return typeof e == "object" && !!e && !Array.isArray(e);
}
// viewer/core/api.ts
var c = class extends Error {
	name = "ServiceError";
	status;
	type;
	field;
	taskId;
	constructor(e, t, n = {}) {
		super(e), this.status = t, this.type = typeof n.type == "string" ? n.type : "network_error", this.field = typeof n.field == "string" ? n.field : null, this.taskId = typeof n.task_id == "string" ? n.task_id : null;
	}
}, l = 1e3, u = class {
	baseUrl;
	locale;
	#e;
	#t;
	constructor(e, t, n = {}, r = fetch) {
		this.baseUrl = e.replace(/\/+$/, ""), this.locale = t;
		let { token: i, getToken: a } = n;
		this.#e = a ?? (i === void 0 ? void 0 : () => i), this.#t = (e, t) => r(e, t);
	}
	get hasToken() {
		return this.#e !== void 0;
	}
	async token() {
		return this.#e?.();
	}
	url(e, t = {}) {
		let n = new URLSearchParams(Object.entries(t).map(([e, t]) => [e, String(t)])).toString();
		return `${this.baseUrl}${e}${n ? `?${n}` : ""}`;
	}
	socketUrl(e, t) {
		return this.url(e, t).replace(/^http/, "ws");
	}
	async call(e, t = {}) {
		let n = {
			"Accept-Language": this.locale,
			...t.headers
		};
		t.body !== void 0 && (n["Content-Type"] = "application/json");
		let r = await this.token();
		r !== void 0 && (n.Authorization = `Bearer ${r}`);
		let i = {
			method: t.method ?? "GET",
			headers: n,
			credentials: r === void 0 ? "same-origin" : "omit",
			cache: "no-store"
		};
		t.body !== void 0 && (i.body = JSON.stringify(t.body)), t.signal && (i.signal = t.signal);
		let o = await this.#n(this.url(e, t.query), i), l = await o.json().catch(() => void 0);
		if (s(l) && l.success === !0) return l.data;
		if (s(l) && l.success === !1) {
			let e = s(l.error) ? l.error : {}, t = e.detail ?? l.message;
			throw new c(String(t), o.status, e);
		}
		throw new c(a[this.locale].badAnswer(o.status), o.status, { type: "bad_answer" });
	}
	status(e, t) {
		return this.call("/v1/log/status", {
			query: {
				task_id: e,
				reveal: "false"
			},
			...t && { signal: t }
		});
	}
	history(e, t, n, r) {
		let i = {
			task_id: e,
			offset: t,
			limit: n
		};
		return this.call("/v1/log/history", {
			query: i,
			...r && { signal: r }
		});
	}
	search(e, { text: t, regex: n, caseSensitive: r }, i, a) {
		let o = {
			task_id: e,
			q: t,
			regex: String(n),
			case_sensitive: String(r),
			from: i,
			limit: l
		};
		return this.call("/v1/log/search", {
			query: o,
			signal: a
		});
	}
	compare(e) {
		return this.call("/v1/log/compare", { query: { task_id: e } });
	}
	cancel(e) {
		return this.call(`/v1/soft/tasks/${encodeURIComponent(e)}/cancel`, { method: "POST" });
	}
	async retry(e, t = {}) {
		let n = `/v1/soft/tasks/${encodeURIComponent(e)}/retry`, r = Object.keys(t).length > 0 ? { parameters: t } : {};
		return (await this.call(n, {
			method: "POST",
			body: r
		})).task_id;
	}
	async takeSecrets(e) {
		let t = `/v1/soft/tasks/${encodeURIComponent(e)}/results`;
		return (await this.call(t, { method: "POST" })).results;
	}
	async #n(e, t) {
		try {
			return await this.#t(e, t);
		} catch (e) {
			throw t.signal?.aborted ? e : new c(a[this.locale].networkError, 0);
		}
	}
};
// viewer/view/dom.ts
function d(e, t = {}, ...n) {
	let r = document.createElement(e);
	t.class && (r.className = t.class);
	for (let [e, n] of Object.entries(t.attributes ?? {})) r.setAttribute(e, n);
	for (let [e, n] of Object.entries(t.on ?? {})) r.addEventListener(e, n);
	for (let e of n) e && r.append(e);
	return r;
}
// viewer/core/format.ts
function f(e) {
	let t = Math.max(0, Math.floor(e)), n = Math.floor(t / 3600), r = Math.floor(t / 60) % 60, i = String(t % 60).padStart(2, "0");
	return n > 0 ? `${n}:${String(r).padStart(2, "0")}:${i}` : `${r}:${i}`;
}
function p(e) {
	let t = Date.parse(e ?? "");
	return Number.isNaN(t) ? void 0 : t;
}
// start/software.ts
function m(e, t) {
	return t === "install" ? e.parameters : e.action_parameters?.[t] ?? [];
}
function h(e) {
	let t = (t) => e.actions.includes(t);
	return (e.installed_version ? [
		"upgrade",
		"install",
		"uninstall"
	] : ["install"]).filter(t).filter((n) => n !== "install" || !e.installed_version || !t("upgrade"));
}
function g(e) {
	let { active_task: t } = e;
	return (typeof t == "string" ? t : t?.task_id) || void 0;
}
function _(e) {
	let { active_task: t } = e;
	return typeof t == "object" ? t?.progress : void 0;
}
function v(e) {
	let t = (e) => e.includes("*");
	return {
		fixed: e.versions.filter((e) => !t(e)),
		patterns: e.versions.filter(t)
	};
}
function y(e, t, n) {
	let r = [...n].filter(([, e]) => e !== "");
	return {
		key: e,
		...t && { version: t },
		parameters: Object.fromEntries(r)
	};
}
var b = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", x = 20;
function S(e, t) {
	let n = Math.min(Math.max(x, t?.min_length ?? 0), t?.max_length ?? Infinity), r = "", i = /* @__PURE__ */ new Uint8Array(64);
	for (; r.length < n;) {
		e(i);
		for (let e of i) e < 224 && r.length < n && (r += b[e % 56]);
	}
	return r;
}
// start/form.ts
function C(e, t, n, r = "") {
	let { words: i } = e, a = /* @__PURE__ */ new Map(), o = T(e, t, n);
	a.set("version", o);
	for (let r of m(t, n)) a.set(r.name, E(e, r));
	let s = d("p", {
		class: "problem",
		attributes: { role: "alert" }
	}), l = d("button", { class: `primary${n === "uninstall" ? " danger" : ""}` }, i.actions[n]), u = d("form", { attributes: { method: "dialog" } }), f = d("button", {
		class: "plain",
		attributes: { type: "button" },
		on: { click: () => h.close() }
	}, i.close), p = [n === "uninstall" ? i.confirmUninstall(t.name) : t.summary, r];
	u.append(d("h2", {}, i.titles[n](t.name)), ...p.filter(Boolean).map((e) => d("p", { class: "muted" }, e)), ...[...a.values()].map((e) => e.node), s, d("div", { class: "buttons" }, f, l));
	let h = d("dialog", { class: "form" }, u), g = "", _ = "", v = async () => {
		for (let e of a.values()) e.problem.textContent = "";
		s.textContent = "", l.disabled = !0;
		let r = new Map([...a].filter(([e]) => e !== "version").map(([e, t]) => [e, t.value()]));
		try {
			let i = y(t.key, String(o.value()), r);
			JSON.stringify(i) !== _ && (g = w()), _ = JSON.stringify(i);
			let a = { "Idempotency-Key": g }, s = await e.service.call(`/v1/soft/${n}`, {
				method: "POST",
				body: i,
				headers: a
			});
			h.close(), e.openTask(s.task_id);
		} catch (e) {
			l.disabled = !1, b(e);
		}
	}, b = (t) => {
		if (!(t instanceof c)) throw t;
		t.status === 401 && e.signIn();
		let n = a.get(t.field ?? "");
		if ((n?.problem ?? s).textContent = t.message, n?.input.focus(), t.taskId) {
			let r = t.taskId, a = d("button", {
				class: "link",
				attributes: { type: "button" }
			}, i.watch);
			a.addEventListener("click", () => {
				h.close(), e.openTask(r);
			}), (n?.problem ?? s).append(" ", a);
		}
	};
	u.addEventListener("submit", (e) => {
		e.preventDefault(), v();
	}), h.addEventListener("close", () => h.remove()), document.body.append(h), h.showModal();
}
function w() {
	return S((e) => crypto.getRandomValues(e));
}
function T(e, t, n) {
	let { fixed: r, patterns: i } = v(t), { words: a } = e, o = n === "uninstall";
	if (i.length === 0) {
		let e = d("select", {}, ...r.map((e) => d("option", {}, e)));
		return A(a.version, "", e, "", () => o ? "" : e.value, o || r.length < 2);
	}
	let s = d("input", { attributes: {
		type: "text",
		list: "versions",
		autocomplete: "off",
		spellcheck: "false"
	} });
	s.value = r[0] ?? "";
	let c = d("datalist", { attributes: { id: "versions" } });
	for (let e of r) c.append(d("option", { attributes: { value: e } }));
	let l = A(a.version, "", s, a.otherVersions(i.join(", ")), () => o ? "" : s.value.trim(), o);
	return l.node.append(c), l;
}
function E(e, t) {
	let n = t.required ? e.words.required : "";
	if (t.type === "boolean") return j(t);
	if (t.type === "enum") {
		let e = d("select", {}, ...(t.choices ?? []).map((e) => d("option", {}, e)));
		return !t.required && t.default === null && e.prepend(d("option", { attributes: { value: "" } })), e.value = String(t.default ?? e.value), A(t.title, n, e, t.help, () => e.value);
	}
	let r = d("input", { attributes: {
		autocomplete: "off",
		spellcheck: "false"
	} });
	return r.required = t.required, r.value = String(t.default ?? ""), t.secret ? O(e, t, r, A(t.title, n || e.words.optional, r, t.help, () => r.value)) : (t.type !== "string" && (r.type = "number", r.step = t.type === "integer" ? "1" : "any", t.minimum !== void 0 && (r.min = String(t.minimum)), t.maximum !== void 0 && (r.max = String(t.maximum))), D(r, t), A(t.title, n, r, t.help, () => r.value));
}
function D(e, t) {
	t.min_length && (e.minLength = t.min_length), t.max_length && (e.maxLength = t.max_length);
}
function O(e, t, n, r) {
	let { words: i } = e;
	n.type = "password", n.autocomplete = "new-password", D(n, t);
	let a = (e) => {
		n.type = e ? "text" : "password", o.textContent = e ? i.hide : i.show;
	}, o = d("button", {
		class: "plain",
		attributes: { type: "button" }
	}, i.show);
	o.addEventListener("click", () => a(n.type === "password"));
	let s = d("button", {
		class: "plain",
		attributes: { type: "button" }
	}, i.generate);
	s.addEventListener("click", () => {
		n.value = S((e) => crypto.getRandomValues(e), t), a(!0);
	});
	let c = d("div", { class: "secret" });
	return n.replaceWith(c), c.append(n, o, s), r;
}
var k = 0;
function A(e, t, n, r, i, a = !1) {
	let o = `field-${++k}`;
	n.id = o;
	let s = d("p", {
		class: "problem",
		attributes: {
			role: "alert",
			id: `${o}-problem`
		}
	});
	n.setAttribute("aria-describedby", `${o}-help ${o}-problem`);
	let c = d("div", { class: "field" }, d("label", { attributes: { for: o } }, e, t ? d("span", { class: "mark" }, t) : null), n, r ? d("p", {
		class: "help",
		attributes: { id: `${o}-help` }
	}, r) : null, s);
	return c.hidden = a, {
		node: c,
		input: n,
		problem: s,
		value: i
	};
}
function j(e) {
	let t = d("input", { attributes: { type: "checkbox" } });
	t.checked = e.default === !0;
	let n = d("p", {
		class: "problem",
		attributes: { role: "alert" }
	});
	return {
		node: d("div", { class: "field" }, d("label", { class: "check" }, t, e.title), e.help ? d("p", { class: "help" }, e.help) : null, n),
		input: t,
		problem: n,
		value: () => t.checked
	};
}
// start/home.ts
var M = 2e3, N = 15e3, P = 6e4, F = 20, I = class {
	node;
	#e;
	#t = d("div", { class: "cards" });
	#n = d("div", { class: "tasks" });
	#r = d("p", {
		class: "problem",
		attributes: { role: "alert" }
	});
	#i = new AbortController();
	#a = [];
	#o;
	#s = 0;
	#c;
	#l = "";
	constructor(e) {
		this.#e = e;
		let { words: t } = e;
		this.#t.append(d("p", { class: "muted" }, t.loading)), this.node = d("main", {}, this.#r, d("section", {}, d("h2", {}, t.software), this.#t), d("section", {}, d("h2", {}, t.tasks), this.#n)), document.addEventListener("visibilitychange", () => this.#u(), { signal: this.#i.signal }), this.#d();
	}
	destroy() {
		this.#i.abort(), clearTimeout(this.#c);
	}
	#u() {
		document.visibilityState === "visible" && this.#d();
	}
	async #d() {
		clearTimeout(this.#c);
		let { service: e } = this.#e, { signal: t } = this.#i, n = !1;
		try {
			let { tasks: r } = await e.call("/v1/soft/tasks", {
				query: { limit: F },
				signal: t
			}), i = r.filter((e) => !o(e.status));
			await this.#f(i.map((e) => e.task_id).join(" ")), this.#r.textContent = "", n = i.length > 0, this.#p(this.#a, r);
		} catch (e) {
			if (t.aborted) return;
			if (!(e instanceof c)) throw e;
			e.status === 401 && this.#e.signIn(), this.#r.textContent = e.message;
		}
		clearTimeout(this.#c), t.aborted || (this.#c = window.setTimeout(() => this.#u(), n ? M : N));
	}
	async #f(e) {
		let t = performance.now();
		if (e === this.#o && t - this.#s < P) return;
		let { signal: n } = this.#i;
		this.#a = (await this.#e.service.call("/v1/soft/list", { signal: n })).software, this.#o = e, this.#s = t;
	}
	#p(e, t) {
		let n = JSON.stringify([
			e,
			t,
			Math.floor(Date.now() / 6e4)
		]);
		if (n === this.#l) return;
		this.#l = n;
		let r = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.name : void 0, i = new Map(t.map((e) => [e.task_id, e.progress]));
		this.#t.replaceChildren(...e.map((e) => this.#m(e, i))), e.length === 0 && this.#t.append(d("p", { class: "muted" }, this.#e.words.noSoftware)), this.#n.replaceChildren(...t.map((e) => this.#v(e))), t.length === 0 && this.#n.append(d("p", { class: "muted" }, this.#e.words.noTasks)), r && this.node.querySelector(`[data-name="${CSS.escape(r)}"]`)?.focus();
	}
	#m(e, t) {
		let { words: n } = this.#e, r = d("article", {
			class: "card",
			attributes: { "data-key": e.key }
		});
		if (r.append(d("div", { class: "card-head" }, d("h3", {}, e.name), this.#h(e)), d("p", { class: "summary" }, e.broken ? n.broken : e.summary)), e.broken) return r.classList.add("broken"), r.append(d("p", { class: "problem" }, e.broken)), r;
		let i = g(e);
		return i ? r.append(this.#_(e, i, t.get(i) ?? _(e))) : r.append(this.#g(e)), r;
	}
	#h(e) {
		let { words: t } = this.#e, { installed_version: n, candidate_version: r } = e, i = d("span", { class: "state" });
		return n ? (i.classList.add("installed"), i.append(t.installed(n)), r && r !== n && i.append(` · ${t.newer(r)}`)) : e.broken || i.append(e.requires_root ? t.needsRoot : t.notInstalled), i;
	}
	#g(e) {
		let t = d("div", { class: "buttons" });
		return h(e).forEach((n, r) => {
			let i = {
				type: "button",
				"data-name": `${e.key} ${n}`
			}, a = d("button", {
				class: r === 0 ? "primary" : "plain",
				attributes: i
			}, this.#e.words.actions[n]);
			a.addEventListener("click", () => C(this.#e, e, n)), t.append(a);
		}), t;
	}
	#_(e, t, n) {
		let r = d("div", { class: "bar" }, d("div", { class: "fill" }));
		return r.firstElementChild.style.width = `${n ?? 0}%`, r.classList.toggle("unknown", !n), d("div", { class: "activity" }, r, this.#y(t, this.#e.words.watch, `${e.key} watch`));
	}
	#v(e) {
		let { words: t, locale: n } = this.#e, r = a[n], i = p(e.started_at), s = p(e.finished_at), c = p(e.created_at), l = this.#y(e.task_id, `${e.key ?? e.task_id} ${e.version ?? ""}`.trim(), e.task_id), u = !o(e.status);
		return d("div", {
			class: "task",
			attributes: { "data-task": e.task_id }
		}, d("span", {
			class: "badge",
			attributes: { "data-status": e.status }
		}, r.statuses[e.status]), l, d("span", { class: "muted action" }, r.actions[e.action ?? ""] ?? e.action ?? ""), d("span", { class: "muted detail" }, u ? `${e.progress ?? 0}% ${e.step ?? ""}` : e.error?.code ?? ""), d("span", { class: "muted took" }, i !== void 0 && s !== void 0 ? f((s - i) / 1e3) : ""), d("span", { class: "muted when" }, c === void 0 ? "" : t.ago(Math.max(0, (Date.now() - c) / 1e3))));
	}
	#y(e, t, n) {
		let r = d("a", { attributes: {
			href: this.#e.taskUrl(e),
			"data-name": n
		} }, t);
		return r.addEventListener("click", (t) => {
			t.ctrlKey || t.metaKey || t.shiftKey || t.button !== 0 || (t.preventDefault(), this.#e.openTask(e));
		}), r;
	}
}, L = class {
	node;
	#e;
	#t;
	#n;
	#r;
	#i;
	#a = d("p", {
		class: "problem",
		attributes: { role: "alert" }
	});
	constructor(e, t) {
		this.#e = e, this.#t = t;
		let { words: n } = e, r = d("a", {
			class: "back",
			attributes: { href: e.taskUrl("") }
		}, `← ${n.all}`);
		r.addEventListener("click", (t) => {
			t.preventDefault(), e.openHome();
		});
		let i = d("button", {
			class: "plain",
			attributes: { type: "button" }
		}, n.again);
		i.addEventListener("click", () => void this.#o()), this.#i = d("button", {
			class: "plain",
			attributes: { type: "button" }
		}, n.actions.uninstall), this.#i.hidden = !0, this.#r = d("div", { class: "buttons again" }, this.#a, this.#i, i), this.#r.hidden = !0;
		let a = d("div", { attributes: { id: "log-container" } });
		this.node = d("main", { class: "task-page" }, r, a, this.#r), this.#n = new window.InstallLogViewer(t, a, {
			locale: e.locale,
			height: "fill",
			retry: !1
		}), this.#n.on("end", ({ status: e, afterState: t }) => {
			this.#r.hidden = e === "succeeded" || e === "ended", t === "partly" && this.#c();
		});
	}
	destroy() {
		this.#n.destroy();
	}
	async #o() {
		let { service: e } = this.#e, t = `/v1/soft/tasks/${encodeURIComponent(this.#t)}/retry`;
		try {
			this.#e.openTask((await e.call(t, {
				method: "POST",
				body: {}
			})).task_id);
		} catch (e) {
			if (!(e instanceof c)) throw e;
			e.status === 401 ? this.#e.signIn() : e.status === 400 ? await this.#s() : this.#a.textContent = e.message;
		}
	}
	async #s() {
		let { entry: e, action: t } = await this.#l();
		e && C(this.#e, e, t, this.#e.words.secretsAgain);
	}
	async #c() {
		let { entry: e } = await this.#l().catch((e) => {
			if (e instanceof c) return { entry: void 0 };
			throw e;
		});
		e?.actions.includes("uninstall") && (this.#i.addEventListener("click", () => C(this.#e, e, "uninstall")), this.#i.hidden = !1);
	}
	async #l() {
		let { service: e } = this.#e, [{ software: t }, n] = await Promise.all([e.call("/v1/soft/list"), e.status(this.#t)]);
		return {
			entry: t.find((e) => e.key === n.key),
			action: n.action ?? "install"
		};
	}
};
// start/words.ts
function R(e, t, n) {
	for (let [t, r, i] of n) {
		let n = Math.floor(e / t);
		if (n >= 1) return `${n}${n === 1 ? r : i}`;
	}
	return t;
}
var z = {
	en: {
		software: "Software",
		tasks: "Recent tasks",
		noTasks: "Nothing has been installed yet. Choose something above.",
		noSoftware: "There are no recipes.",
		loading: "Loading…",
		reload: "Try again",
		signOut: "Sign out",
		otherLanguage: "中文",
		all: "All software",
		installed: (e) => `Installed ${e}`,
		notInstalled: "Not installed",
		newer: (e) => `${e} available`,
		needsRoot: "needs root",
		broken: "This recipe is broken",
		watch: "Watch",
		actions: {
			install: "Install",
			upgrade: "Upgrade",
			uninstall: "Uninstall"
		},
		titles: {
			install: (e) => `Install ${e}`,
			upgrade: (e) => `Upgrade ${e}`,
			uninstall: (e) => `Uninstall ${e}`
		},
		version: "Version",
		otherVersions: (e) => `or another version that fits ${e}`,
		required: "required",
		optional: "optional",
		show: "Show",
		hide: "Hide",
		generate: "Generate",
		close: "Close",
		noParameters: "Nothing to choose here.",
		confirmUninstall: (e) => `${e} will be removed from this machine.`,
		again: "Try again",
		secretsAgain: "Secrets are not kept: give them again.",
		ago: (e) => R(e, "just now", [
			[
				86400,
				" day ago",
				" days ago"
			],
			[
				3600,
				" hour ago",
				" hours ago"
			],
			[
				60,
				" min ago",
				" min ago"
			]
		]),
		by: (e) => `by ${e}`
	},
	zh: {
		software: "软件",
		tasks: "最近任务",
		noTasks: "还没有安装过任何软件，请在上方选择。",
		noSoftware: "没有可用的软件。",
		loading: "加载中…",
		reload: "重试",
		signOut: "退出登录",
		otherLanguage: "English",
		all: "全部软件",
		installed: (e) => `已安装 ${e}`,
		notInstalled: "未安装",
		newer: (e) => `可升级到 ${e}`,
		needsRoot: "需要 root",
		broken: "该软件的定义有误",
		watch: "查看",
		actions: {
			install: "安装",
			upgrade: "升级",
			uninstall: "卸载"
		},
		titles: {
			install: (e) => `安装 ${e}`,
			upgrade: (e) => `升级 ${e}`,
			uninstall: (e) => `卸载 ${e}`
		},
		version: "版本",
		otherVersions: (e) => `或符合 ${e} 的其他版本`,
		required: "必填",
		optional: "可选",
		show: "显示",
		hide: "隐藏",
		generate: "生成",
		close: "关闭",
		noParameters: "无需填写参数。",
		confirmUninstall: (e) => `将从本机移除 ${e}。`,
		again: "重试",
		secretsAgain: "机密参数不会保存，请重新填写。",
		ago: (e) => R(e, "刚刚", [
			[
				86400,
				" 天前",
				" 天前"
			],
			[
				3600,
				" 小时前",
				" 小时前"
			],
			[
				60,
				" 分钟前",
				" 分钟前"
			]
		]),
		by: (e) => `发起者 ${e}`
	}
}, B = "installcast.locale", V = new URL(".", document.baseURI);
function H() {
	let e = W(), t = z[e];
	document.documentElement.lang = e;
	let n = d("div"), r, i = {
		service: new u(V.href, e),
		locale: e,
		words: t,
		openTask: (e) => o(i.taskUrl(e)),
		openHome: () => o(V.href),
		signIn: () => location.assign(new URL(`login?next=${encodeURIComponent(location.pathname)}`, V)),
		taskUrl: (e) => e ? new URL(`tasks/${encodeURIComponent(e)}`, V).href : V.href
	}, a = () => {
		r?.destroy();
		let e = G();
		r = e ? new L(i, e) : new I(i), document.title = e ? `${e} · Installcast` : "Installcast", n.replaceChildren(r.node), scrollTo(0, 0);
	}, o = (e) => {
		history.pushState(null, "", e), a();
	};
	addEventListener("popstate", a), document.getElementById("page")?.replaceChildren(U(i), n), a();
}
function U(e) {
	let t = d("a", {
		class: "brand",
		attributes: { href: V.href }
	});
	t.append(d("img", { attributes: {
		src: new URL("static/icon.svg", V).href,
		alt: "",
		width: "28",
		height: "28"
	} }), "Installcast"), t.addEventListener("click", (t) => {
		t.preventDefault(), e.openHome();
	});
	let n = e.locale === "zh" ? "en" : "zh", r = d("button", {
		class: "link",
		attributes: {
			type: "button",
			lang: n
		}
	}, e.words.otherLanguage);
	return r.addEventListener("click", () => {
		localStorage.setItem(B, n), location.reload();
	}), d("header", { class: "bar-top" }, t, d("nav", {}, r, d("form", { attributes: {
		method: "post",
		action: new URL("logout", V).href
	} }, d("button", { class: "link" }, e.words.signOut))));
}
function W() {
	return i(localStorage.getItem(B) ?? navigator.language);
}
function G() {
	let e = /^tasks\/([^/]+)\/?$/.exec(location.pathname.slice(V.pathname.length));
	return e?.[1] === void 0 ? void 0 : decodeURIComponent(e[1]);
}
H();
