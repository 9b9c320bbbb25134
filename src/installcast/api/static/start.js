/*! Installcast, MIT license */
// viewer/core/locale.ts
function e(e) {
	return /^zh\b/i.test(e ?? "") ? "zh" : "en";
}
var t = (e) => `${e.toLocaleString("en")} ${e === 1 ? "line" : "lines"}`, n = {
	en: {
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
		remaining: (e) => `about ${e} left`,
		step: (e, t, n) => t ? `Step ${e}/${t}${n ? ` · ${n}` : ""}` : n,
		queued: (e) => e > 0 ? `Waiting: number ${e} in the queue` : "Waiting for its turn",
		unknownProgress: "progress unknown",
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
		confirmCancel: "Really cancel?",
		canceling: "Canceling…",
		cancelFailed: (e) => `Could not cancel: ${e}`,
		failedWith: (e) => e == null ? "The task failed" : `The task failed with exit status ${e}`,
		rolledBack: {
			succeeded: "The changes were rolled back.",
			failed: "Rolling back failed, too: look at the log."
		},
		left: {
			installed: "It is installed and passes its check.",
			partly: "It is only partly installed: try again, or uninstall it.",
			not_installed: "Nothing of it is installed.",
			unchanged: "Nothing was changed."
		},
		showLine: "Show the line",
		results: "Results",
		reveal: "Reveal",
		copy: "Copy",
		copied: "Copied",
		oncePerOwner: "It is shown once, to the user who started the task.",
		secretGone: "already shown, or not yours to see",
		newLines: (e) => e > 0 ? `${t(e).replace(/ (\w+)$/, " new $1")}` : "To the end",
		toEnd: "To the end",
		timestamps: "Timestamps",
		download: "Download log",
		emptyLog: "The log is empty.",
		waitingForLog: "Waiting for the first line…",
		missing: (e) => `… ${t(e)} missing …`,
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
	},
	zh: {
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
		remaining: (e) => `约剩 ${e}`,
		step: (e, t, n) => t ? `步骤 ${e}/${t}${n ? ` · ${n}` : ""}` : n,
		queued: (e) => e > 0 ? `排队等待中：第 ${e} 位` : "等待执行",
		unknownProgress: "进度未知",
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
		confirmCancel: "确定取消？",
		canceling: "正在取消…",
		cancelFailed: (e) => `取消失败：${e}`,
		failedWith: (e) => e == null ? "任务失败" : `任务失败，退出码 ${e}`,
		rolledBack: {
			succeeded: "改动已回滚。",
			failed: "回滚也失败了，请查看日志。"
		},
		left: {
			installed: "软件已安装，并通过检查。",
			partly: "软件只安装了一部分：请重试，或将其卸载。",
			not_installed: "软件未安装，没有残留。",
			unchanged: "未作任何更改。"
		},
		showLine: "定位到该行",
		results: "结果",
		reveal: "显示",
		copy: "复制",
		copied: "已复制",
		oncePerOwner: "仅向任务发起者显示一次。",
		secretGone: "已显示过，或无权查看",
		newLines: (e) => e > 0 ? `${e.toLocaleString("en")} 行新日志` : "回到末尾",
		toEnd: "回到末尾",
		timestamps: "时间",
		download: "下载日志",
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
	}
};
// viewer/core/protocol.ts
function r(e) {
	return e !== "queued" && e !== "running";
}
function i(e) {
	return typeof e == "object" && !!e && !Array.isArray(e);
}
// viewer/core/api.ts
var a = class extends Error {
	name = "ServiceError";
	status;
	type;
	field;
	taskId;
	constructor(e, t, n = {}) {
		super(e), this.status = t, this.type = typeof n.type == "string" ? n.type : "network_error", this.field = typeof n.field == "string" ? n.field : null, this.taskId = typeof n.task_id == "string" ? n.task_id : null;
	}
}, o = class {
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
		let r = {
			"Accept-Language": this.locale,
			...t.headers
		};
		t.body !== void 0 && (r["Content-Type"] = "application/json");
		let o = await this.token();
		o !== void 0 && (r.Authorization = `Bearer ${o}`);
		let s = {
			method: t.method ?? "GET",
			headers: r,
			credentials: o === void 0 ? "same-origin" : "omit",
			cache: "no-store"
		};
		t.body !== void 0 && (s.body = JSON.stringify(t.body)), t.signal && (s.signal = t.signal);
		let c = await this.#n(this.url(e, t.query), s), l = await c.json().catch(() => void 0);
		if (i(l) && l.success === !0) return l.data;
		if (i(l) && l.success === !1) {
			let e = i(l.error) ? l.error : {}, t = e.detail ?? l.message;
			throw new a(String(t), c.status, e);
		}
		throw new a(n[this.locale].badAnswer(c.status), c.status, { type: "bad_answer" });
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
	cancel(e) {
		return this.call(`/v1/soft/tasks/${encodeURIComponent(e)}/cancel`, { method: "POST" });
	}
	async takeSecrets(e) {
		let t = `/v1/soft/tasks/${encodeURIComponent(e)}/results`;
		return (await this.call(t, { method: "POST" })).results;
	}
	async #n(e, t) {
		try {
			return await this.#t(e, t);
		} catch (e) {
			throw t.signal?.aborted ? e : new a(n[this.locale].networkError, 0);
		}
	}
};
// viewer/view/dom.ts
function s(e, t = {}, ...n) {
	let r = document.createElement(e);
	t.class && (r.className = t.class);
	for (let [e, n] of Object.entries(t.attributes ?? {})) r.setAttribute(e, n);
	for (let [e, n] of Object.entries(t.on ?? {})) r.addEventListener(e, n);
	for (let e of n) e && r.append(e);
	return r;
}
// viewer/core/format.ts
function c(e) {
	let t = Math.max(0, Math.floor(e)), n = Math.floor(t / 3600), r = Math.floor(t / 60) % 60, i = String(t % 60).padStart(2, "0");
	return n > 0 ? `${n}:${String(r).padStart(2, "0")}:${i}` : `${r}:${i}`;
}
function l(e) {
	let t = Date.parse(e ?? "");
	return Number.isNaN(t) ? void 0 : t;
}
// start/software.ts
function u(e, t) {
	return t === "install" ? e.parameters : e.action_parameters?.[t] ?? [];
}
function d(e) {
	let t = (t) => e.actions.includes(t);
	return (e.installed_version ? [
		"upgrade",
		"install",
		"uninstall"
	] : ["install"]).filter(t).filter((n) => n !== "install" || !e.installed_version || !t("upgrade"));
}
function f(e) {
	let { active_task: t } = e;
	return (typeof t == "string" ? t : t?.task_id) || void 0;
}
function p(e) {
	let { active_task: t } = e;
	return typeof t == "object" ? t?.progress : void 0;
}
function m(e) {
	let t = (e) => e.includes("*");
	return {
		fixed: e.versions.filter((e) => !t(e)),
		patterns: e.versions.filter(t)
	};
}
function h(e, t, n) {
	let r = [...n].filter(([, e]) => e !== "");
	return {
		key: e,
		...t && { version: t },
		parameters: Object.fromEntries(r)
	};
}
var g = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", _ = 20;
function v(e, t) {
	let n = Math.min(Math.max(_, t?.min_length ?? 0), t?.max_length ?? Infinity), r = "", i = /* @__PURE__ */ new Uint8Array(64);
	for (; r.length < n;) {
		e(i);
		for (let e of i) e < 224 && r.length < n && (r += g[e % 56]);
	}
	return r;
}
// start/form.ts
function y(e, t, n, r = "") {
	let { words: i } = e, o = /* @__PURE__ */ new Map(), c = x(e, t, n);
	o.set("version", c);
	for (let r of u(t, n)) o.set(r.name, S(e, r));
	let l = s("p", {
		class: "problem",
		attributes: { role: "alert" }
	}), d = s("button", { class: `primary${n === "uninstall" ? " danger" : ""}` }, i.actions[n]), f = s("form", { attributes: { method: "dialog" } }), p = s("button", {
		class: "plain",
		attributes: { type: "button" },
		on: { click: () => g.close() }
	}, i.close), m = [n === "uninstall" ? i.confirmUninstall(t.name) : t.summary, r];
	f.append(s("h2", {}, i.titles[n](t.name)), ...m.filter(Boolean).map((e) => s("p", { class: "muted" }, e)), ...[...o.values()].map((e) => e.node), l, s("div", { class: "buttons" }, p, d));
	let g = s("dialog", { class: "form" }, f), _ = "", v = "", y = async () => {
		for (let e of o.values()) e.problem.textContent = "";
		l.textContent = "", d.disabled = !0;
		let r = new Map([...o].filter(([e]) => e !== "version").map(([e, t]) => [e, t.value()]));
		try {
			let i = h(t.key, String(c.value()), r);
			JSON.stringify(i) !== v && (_ = b()), v = JSON.stringify(i);
			let a = { "Idempotency-Key": _ }, o = await e.service.call(`/v1/soft/${n}`, {
				method: "POST",
				body: i,
				headers: a
			});
			g.close(), e.openTask(o.task_id);
		} catch (e) {
			d.disabled = !1, C(e);
		}
	}, C = (t) => {
		if (!(t instanceof a)) throw t;
		t.status === 401 && e.signIn();
		let n = o.get(t.field ?? "");
		if ((n?.problem ?? l).textContent = t.message, n?.input.focus(), t.taskId) {
			let r = t.taskId, a = s("button", {
				class: "link",
				attributes: { type: "button" }
			}, i.watch);
			a.addEventListener("click", () => {
				g.close(), e.openTask(r);
			}), (n?.problem ?? l).append(" ", a);
		}
	};
	f.addEventListener("submit", (e) => {
		e.preventDefault(), y();
	}), g.addEventListener("close", () => g.remove()), document.body.append(g), g.showModal();
}
function b() {
	return v((e) => crypto.getRandomValues(e));
}
function x(e, t, n) {
	let { fixed: r, patterns: i } = m(t), { words: a } = e, o = n === "uninstall";
	if (i.length === 0) {
		let e = s("select", {}, ...r.map((e) => s("option", {}, e)));
		return E(a.version, "", e, "", () => o ? "" : e.value, o || r.length < 2);
	}
	let c = s("input", { attributes: {
		type: "text",
		list: "versions",
		autocomplete: "off",
		spellcheck: "false"
	} });
	c.value = r[0] ?? "";
	let l = s("datalist", { attributes: { id: "versions" } });
	for (let e of r) l.append(s("option", { attributes: { value: e } }));
	let u = E(a.version, "", c, a.otherVersions(i.join(", ")), () => o ? "" : c.value.trim(), o);
	return u.node.append(l), u;
}
function S(e, t) {
	let n = t.required ? e.words.required : "";
	if (t.type === "boolean") return D(t);
	if (t.type === "enum") {
		let e = s("select", {}, ...(t.choices ?? []).map((e) => s("option", {}, e)));
		return !t.required && t.default === null && e.prepend(s("option", { attributes: { value: "" } })), e.value = String(t.default ?? e.value), E(t.title, n, e, t.help, () => e.value);
	}
	let r = s("input", { attributes: {
		autocomplete: "off",
		spellcheck: "false"
	} });
	return r.required = t.required, r.value = String(t.default ?? ""), t.secret ? w(e, t, r, E(t.title, n || e.words.optional, r, t.help, () => r.value)) : (t.type !== "string" && (r.type = "number", r.step = t.type === "integer" ? "1" : "any", t.minimum !== void 0 && (r.min = String(t.minimum)), t.maximum !== void 0 && (r.max = String(t.maximum))), C(r, t), E(t.title, n, r, t.help, () => r.value));
}
function C(e, t) {
	t.min_length && (e.minLength = t.min_length), t.max_length && (e.maxLength = t.max_length);
}
function w(e, t, n, r) {
	let { words: i } = e;
	n.type = "password", n.autocomplete = "new-password", C(n, t);
	let a = (e) => {
		n.type = e ? "text" : "password", o.textContent = e ? i.hide : i.show;
	}, o = s("button", {
		class: "plain",
		attributes: { type: "button" }
	}, i.show);
	o.addEventListener("click", () => a(n.type === "password"));
	let c = s("button", {
		class: "plain",
		attributes: { type: "button" }
	}, i.generate);
	c.addEventListener("click", () => {
		n.value = v((e) => crypto.getRandomValues(e), t), a(!0);
	});
	let l = s("div", { class: "secret" });
	return n.replaceWith(l), l.append(n, o, c), r;
}
var T = 0;
function E(e, t, n, r, i, a = !1) {
	let o = `field-${++T}`;
	n.id = o;
	let c = s("p", {
		class: "problem",
		attributes: {
			role: "alert",
			id: `${o}-problem`
		}
	});
	n.setAttribute("aria-describedby", `${o}-help ${o}-problem`);
	let l = s("div", { class: "field" }, s("label", { attributes: { for: o } }, e, t ? s("span", { class: "mark" }, t) : null), n, r ? s("p", {
		class: "help",
		attributes: { id: `${o}-help` }
	}, r) : null, c);
	return l.hidden = a, {
		node: l,
		input: n,
		problem: c,
		value: i
	};
}
function D(e) {
	let t = s("input", { attributes: { type: "checkbox" } });
	t.checked = e.default === !0;
	let n = s("p", {
		class: "problem",
		attributes: { role: "alert" }
	});
	return {
		node: s("div", { class: "field" }, s("label", { class: "check" }, t, e.title), e.help ? s("p", { class: "help" }, e.help) : null, n),
		input: t,
		problem: n,
		value: () => t.checked
	};
}
// start/home.ts
var O = 2e3, k = 15e3, A = 6e4, j = 20, M = class {
	node;
	#e;
	#t = s("div", { class: "cards" });
	#n = s("div", { class: "tasks" });
	#r = s("p", {
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
		this.#t.append(s("p", { class: "muted" }, t.loading)), this.node = s("main", {}, this.#r, s("section", {}, s("h2", {}, t.software), this.#t), s("section", {}, s("h2", {}, t.tasks), this.#n)), document.addEventListener("visibilitychange", () => this.#u(), { signal: this.#i.signal }), this.#d();
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
			let { tasks: i } = await e.call("/v1/soft/tasks", {
				query: { limit: j },
				signal: t
			}), a = i.filter((e) => !r(e.status));
			await this.#f(a.map((e) => e.task_id).join(" ")), this.#r.textContent = "", n = a.length > 0, this.#p(this.#a, i);
		} catch (e) {
			if (t.aborted) return;
			if (!(e instanceof a)) throw e;
			e.status === 401 && this.#e.signIn(), this.#r.textContent = e.message;
		}
		clearTimeout(this.#c), t.aborted || (this.#c = window.setTimeout(() => this.#u(), n ? O : k));
	}
	async #f(e) {
		let t = performance.now();
		if (e === this.#o && t - this.#s < A) return;
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
		this.#t.replaceChildren(...e.map((e) => this.#m(e, i))), e.length === 0 && this.#t.append(s("p", { class: "muted" }, this.#e.words.noSoftware)), this.#n.replaceChildren(...t.map((e) => this.#v(e))), t.length === 0 && this.#n.append(s("p", { class: "muted" }, this.#e.words.noTasks)), r && this.node.querySelector(`[data-name="${CSS.escape(r)}"]`)?.focus();
	}
	#m(e, t) {
		let { words: n } = this.#e, r = s("article", {
			class: "card",
			attributes: { "data-key": e.key }
		});
		if (r.append(s("div", { class: "card-head" }, s("h3", {}, e.name), this.#h(e)), s("p", { class: "summary" }, e.broken ? n.broken : e.summary)), e.broken) return r.classList.add("broken"), r.append(s("p", { class: "problem" }, e.broken)), r;
		let i = f(e);
		return i ? r.append(this.#_(e, i, t.get(i) ?? p(e))) : r.append(this.#g(e)), r;
	}
	#h(e) {
		let { words: t } = this.#e, { installed_version: n, candidate_version: r } = e, i = s("span", { class: "state" });
		return n ? (i.classList.add("installed"), i.append(t.installed(n)), r && r !== n && i.append(` · ${t.newer(r)}`)) : e.broken || i.append(e.requires_root ? t.needsRoot : t.notInstalled), i;
	}
	#g(e) {
		let t = s("div", { class: "buttons" });
		return d(e).forEach((n, r) => {
			let i = {
				type: "button",
				"data-name": `${e.key} ${n}`
			}, a = s("button", {
				class: r === 0 ? "primary" : "plain",
				attributes: i
			}, this.#e.words.actions[n]);
			a.addEventListener("click", () => y(this.#e, e, n)), t.append(a);
		}), t;
	}
	#_(e, t, n) {
		let r = s("div", { class: "bar" }, s("div", { class: "fill" }));
		return r.firstElementChild.style.width = `${n ?? 0}%`, r.classList.toggle("unknown", !n), s("div", { class: "activity" }, r, this.#y(t, this.#e.words.watch, `${e.key} watch`));
	}
	#v(e) {
		let { words: t, locale: i } = this.#e, a = n[i], o = l(e.started_at), u = l(e.finished_at), d = l(e.created_at), f = this.#y(e.task_id, `${e.key ?? e.task_id} ${e.version ?? ""}`.trim(), e.task_id), p = !r(e.status);
		return s("div", {
			class: "task",
			attributes: { "data-task": e.task_id }
		}, s("span", {
			class: "badge",
			attributes: { "data-status": e.status }
		}, a.statuses[e.status]), f, s("span", { class: "muted action" }, a.actions[e.action ?? ""] ?? e.action ?? ""), s("span", { class: "muted detail" }, p ? `${e.progress ?? 0}% ${e.step ?? ""}` : e.error?.code ?? ""), s("span", { class: "muted took" }, o !== void 0 && u !== void 0 ? c((u - o) / 1e3) : ""), s("span", { class: "muted when" }, d === void 0 ? "" : t.ago(Math.max(0, (Date.now() - d) / 1e3))));
	}
	#y(e, t, n) {
		let r = s("a", { attributes: {
			href: this.#e.taskUrl(e),
			"data-name": n
		} }, t);
		return r.addEventListener("click", (t) => {
			t.ctrlKey || t.metaKey || t.shiftKey || t.button !== 0 || (t.preventDefault(), this.#e.openTask(e));
		}), r;
	}
}, N = class {
	node;
	#e;
	#t;
	#n;
	#r;
	#i;
	#a = s("p", {
		class: "problem",
		attributes: { role: "alert" }
	});
	constructor(e, t) {
		this.#e = e, this.#t = t;
		let { words: n } = e, r = s("a", {
			class: "back",
			attributes: { href: e.taskUrl("") }
		}, `← ${n.all}`);
		r.addEventListener("click", (t) => {
			t.preventDefault(), e.openHome();
		});
		let i = s("button", {
			class: "plain",
			attributes: { type: "button" }
		}, n.again);
		i.addEventListener("click", () => void this.#o()), this.#i = s("button", {
			class: "plain",
			attributes: { type: "button" }
		}, n.actions.uninstall), this.#i.hidden = !0, this.#r = s("div", { class: "buttons again" }, this.#a, this.#i, i), this.#r.hidden = !0;
		let a = s("div", { attributes: { id: "log-container" } });
		this.node = s("main", { class: "task-page" }, r, a, this.#r), this.#n = new window.InstallLogViewer(t, a, {
			locale: e.locale,
			height: "fill"
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
			if (!(e instanceof a)) throw e;
			e.status === 401 ? this.#e.signIn() : e.status === 400 ? await this.#s() : this.#a.textContent = e.message;
		}
	}
	async #s() {
		let { entry: e, action: t } = await this.#l();
		e && y(this.#e, e, t, this.#e.words.secretsAgain);
	}
	async #c() {
		let { entry: e } = await this.#l().catch((e) => {
			if (e instanceof a) return { entry: void 0 };
			throw e;
		});
		e?.actions.includes("uninstall") && (this.#i.addEventListener("click", () => y(this.#e, e, "uninstall")), this.#i.hidden = !1);
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
function P(e, t, n) {
	for (let [t, r, i] of n) {
		let n = Math.floor(e / t);
		if (n >= 1) return `${n}${n === 1 ? r : i}`;
	}
	return t;
}
var F = {
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
		ago: (e) => P(e, "just now", [
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
		ago: (e) => P(e, "刚刚", [
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
}, I = "installcast.locale", L = new URL(".", document.baseURI);
function R() {
	let e = B(), t = F[e];
	document.documentElement.lang = e;
	let n = s("div"), r, i = {
		service: new o(L.href, e),
		locale: e,
		words: t,
		openTask: (e) => c(i.taskUrl(e)),
		openHome: () => c(L.href),
		signIn: () => location.assign(new URL(`login?next=${encodeURIComponent(location.pathname)}`, L)),
		taskUrl: (e) => e ? new URL(`tasks/${encodeURIComponent(e)}`, L).href : L.href
	}, a = () => {
		r?.destroy();
		let e = V();
		r = e ? new N(i, e) : new M(i), document.title = e ? `${e} · Installcast` : "Installcast", n.replaceChildren(r.node), scrollTo(0, 0);
	}, c = (e) => {
		history.pushState(null, "", e), a();
	};
	addEventListener("popstate", a), document.getElementById("page")?.replaceChildren(z(i), n), a();
}
function z(e) {
	let t = s("a", {
		class: "brand",
		attributes: { href: L.href }
	});
	t.append(s("img", { attributes: {
		src: new URL("static/icon.svg", L).href,
		alt: "",
		width: "28",
		height: "28"
	} }), "Installcast"), t.addEventListener("click", (t) => {
		t.preventDefault(), e.openHome();
	});
	let n = e.locale === "zh" ? "en" : "zh", r = s("button", {
		class: "link",
		attributes: {
			type: "button",
			lang: n
		}
	}, e.words.otherLanguage);
	return r.addEventListener("click", () => {
		localStorage.setItem(I, n), location.reload();
	}), s("header", { class: "bar-top" }, t, s("nav", {}, r, s("form", { attributes: {
		method: "post",
		action: new URL("logout", L).href
	} }, s("button", { class: "link" }, e.words.signOut))));
}
function B() {
	return e(localStorage.getItem(I) ?? navigator.language);
}
function V() {
	let e = /^tasks\/([^/]+)\/?$/.exec(location.pathname.slice(L.pathname.length));
	return e?.[1] === void 0 ? void 0 : decodeURIComponent(e[1]);
}
R();
