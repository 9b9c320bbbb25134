/** The dialog that asks for what a recipe wants to know, made from its declaration. */

import { ServiceError } from "../viewer/core/api.js";
import { element } from "../viewer/view/dom.js";
import type { App } from "./app.js";
import type { Parameter, Software } from "./software.js";
import { generateSecret, parametersOf, requestBody, versionsOf } from "./software.js";
import type { Action } from "./words.js";

interface Field {
  node: HTMLElement;
  input: HTMLInputElement | HTMLSelectElement;
  problem: HTMLElement;
  value(): string | boolean;
}

/** Ask for the parameters of `action`; resolves when the dialog is closed. `hint` says why it was opened by itself. */
export function openForm(app: App, software: Software, action: Action, hint = ""): void {
  const { words } = app;
  const fields = new Map<string, Field>();
  const version = versionField(app, software, action);
  fields.set("version", version);
  for (const parameter of parametersOf(software, action)) fields.set(parameter.name, parameterField(app, parameter));
  const problem = element("p", { class: "problem", attributes: { role: "alert" } });
  const submit = element("button", { class: `primary${action === "uninstall" ? " danger" : ""}` }, words.actions[action]);
  const form = element("form", { attributes: { method: "dialog" } });
  const close = element("button", { class: "plain", attributes: { type: "button" }, on: { click: () => dialog.close() } }, words.close);
  const notes = [action === "uninstall" ? words.confirmUninstall(software.name) : software.summary, hint];
  form.append(
    element("h2", {}, words.titles[action](software.name)),
    ...notes.filter(Boolean).map((note) => element("p", { class: "muted" }, note)),
    ...[...fields.values()].map((field) => field.node),
    problem,
    element("div", { class: "buttons" }, close, submit),
  );
  const dialog = element("dialog", { class: "form" }, form);
  // The same request, pressed twice or sent again after a broken answer, is still one task.
  let idempotencyKey = "";
  let sent = "";

  const send = async (): Promise<void> => {
    for (const field of fields.values()) field.problem.textContent = "";
    problem.textContent = "";
    submit.disabled = true;
    const values = new Map([...fields].filter(([name]) => name !== "version").map(([name, field]) => [name, field.value()]));
    try {
      const body = requestBody(software.key, String(version.value()), values);
      if (JSON.stringify(body) !== sent) idempotencyKey = newKey();
      sent = JSON.stringify(body);
      const headers = { "Idempotency-Key": idempotencyKey };
      const started = await app.service.call<{ task_id: string }>(`/v1/soft/${action}`, { method: "POST", body, headers });
      dialog.close();
      app.openTask(started.task_id);
    } catch (error) {
      submit.disabled = false;
      explain(error);
    }
  };

  const explain = (error: unknown): void => {
    if (!(error instanceof ServiceError)) throw error;
    if (error.status === 401) app.signIn();
    const field = fields.get(error.field ?? "");
    (field?.problem ?? problem).textContent = error.message;
    field?.input.focus();
    if (error.taskId) {
      const taskId = error.taskId;
      const watch = element("button", { class: "link", attributes: { type: "button" } }, words.watch);
      watch.addEventListener("click", () => {
        dialog.close();
        app.openTask(taskId);
      });
      (field?.problem ?? problem).append(" ", watch);
    }
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void send();
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function newKey(): string {
  // Not randomUUID: a page that is neither HTTPS nor local does not have it.
  return generateSecret((bytes) => crypto.getRandomValues(bytes));
}

function versionField(app: App, software: Software, action: Action): Field {
  const { fixed, patterns } = versionsOf(software);
  const { words } = app;
  const hidden = action === "uninstall";
  if (patterns.length === 0) {
    const input = element("select", {}, ...fixed.map((version) => element("option", {}, version)));
    return field(words.version, "", input, "", () => (hidden ? "" : input.value), hidden || fixed.length < 2);
  }
  const input = element("input", { attributes: { type: "text", list: "versions", autocomplete: "off", spellcheck: "false" } });
  input.value = fixed[0] ?? "";
  const list = element("datalist", { attributes: { id: "versions" } });
  for (const version of fixed) list.append(element("option", { attributes: { value: version } }));
  const made = field(words.version, "", input, words.otherVersions(patterns.join(", ")), () => (hidden ? "" : input.value.trim()), hidden);
  made.node.append(list);
  return made;
}

function parameterField(app: App, parameter: Parameter): Field {
  const mark = parameter.required ? app.words.required : "";
  if (parameter.type === "boolean") return checkbox(parameter);
  if (parameter.type === "enum") {
    const options = parameter.choices ?? [];
    const select = element("select", {}, ...options.map((choice) => element("option", {}, choice)));
    if (!parameter.required && parameter.default === null) select.prepend(element("option", { attributes: { value: "" } }));
    select.value = String(parameter.default ?? select.value);
    return field(parameter.title, mark, select, parameter.help, () => select.value);
  }
  const input = element("input", { attributes: { autocomplete: "off", spellcheck: "false" } });
  input.required = parameter.required;
  input.value = String(parameter.default ?? "");
  if (parameter.secret) {
    const made = field(parameter.title, mark || app.words.optional, input, parameter.help, () => input.value);
    return withSecretTools(app, parameter, input, made);
  }
  if (parameter.type !== "string") {
    input.type = "number";
    input.step = parameter.type === "integer" ? "1" : "any";
    if (parameter.minimum !== undefined) input.min = String(parameter.minimum);
    if (parameter.maximum !== undefined) input.max = String(parameter.maximum);
  }
  limitLength(input, parameter);
  return field(parameter.title, mark, input, parameter.help, () => input.value);
}

function limitLength(input: HTMLInputElement, parameter: Parameter): void {
  if (parameter.min_length) input.minLength = parameter.min_length;
  if (parameter.max_length) input.maxLength = parameter.max_length;
}

function withSecretTools(app: App, parameter: Parameter, input: HTMLInputElement, made: Field): Field {
  const { words } = app;
  input.type = "password";
  input.autocomplete = "new-password";
  limitLength(input, parameter);
  const reveal = (shown: boolean): void => {
    input.type = shown ? "text" : "password";
    show.textContent = shown ? words.hide : words.show;
  };
  const show = element("button", { class: "plain", attributes: { type: "button" } }, words.show);
  show.addEventListener("click", () => reveal(input.type === "password"));
  const generate = element("button", { class: "plain", attributes: { type: "button" } }, words.generate);
  generate.addEventListener("click", () => {
    input.value = generateSecret((bytes) => crypto.getRandomValues(bytes), parameter);
    // It cannot be looked up later: whoever generates it has to see it.
    reveal(true);
  });
  const row = element("div", { class: "secret" });
  input.replaceWith(row);
  row.append(input, show, generate);
  return made;
}

let fieldCount = 0;

function field(
  title: string,
  mark: string,
  input: HTMLInputElement | HTMLSelectElement,
  help: string,
  value: () => string | boolean,
  hidden = false,
): Field {
  const id = `field-${++fieldCount}`;
  input.id = id;
  const problem = element("p", { class: "problem", attributes: { role: "alert", id: `${id}-problem` } });
  input.setAttribute("aria-describedby", `${id}-help ${id}-problem`);
  const node = element(
    "div",
    { class: "field" },
    element("label", { attributes: { for: id } }, title, mark ? element("span", { class: "mark" }, mark) : null),
    input,
    help ? element("p", { class: "help", attributes: { id: `${id}-help` } }, help) : null,
    problem,
  );
  node.hidden = hidden;
  return { node, input, problem, value };
}

function checkbox(parameter: Parameter): Field {
  const input = element("input", { attributes: { type: "checkbox" } });
  input.checked = parameter.default === true;
  const problem = element("p", { class: "problem", attributes: { role: "alert" } });
  const label = element("label", { class: "check" }, input, parameter.title);
  const help = parameter.help ? element("p", { class: "help" }, parameter.help) : null;
  return { node: element("div", { class: "field" }, label, help, problem), input, problem, value: () => input.checked };
}
