/** Elements are made one by one and filled with text, never with markup. */

export type Child = Node | string | null | undefined | false;

export interface Properties {
  class?: string;
  attributes?: Record<string, string>;
  on?: Partial<Record<keyof HTMLElementEventMap, (event: Event) => void>>;
}

export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Properties = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  if (properties.class) made.className = properties.class;
  for (const [name, value] of Object.entries(properties.attributes ?? {})) made.setAttribute(name, value);
  for (const [type, listener] of Object.entries(properties.on ?? {})) made.addEventListener(type, listener);
  for (const child of children) if (child) made.append(child);
  return made;
}

export function button(label: string, press: () => void, className = "icv-button"): HTMLButtonElement {
  return element("button", { class: className, attributes: { type: "button" }, on: { click: press } }, label);
}

/** Set the text of `target` only when it changes: a screen reader would say it again. */
export function setText(target: HTMLElement, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

/** Whether `value` is an address that is safe to open: http or https, nothing else. */
export function isSafeUrl(value: string): boolean {
  return /^https?:\/\//i.test(value) && URL.canParse(value);
}

const SVG = "http://www.w3.org/2000/svg";

/** Return a 16×16 line drawing; it is decoration, its button has the name. */
export function icon(path: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  const attributes = { viewBox: "0 0 16 16", width: "16", height: "16", "aria-hidden": "true", focusable: "false" };
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  const drawing = document.createElementNS(SVG, "path");
  const stroke = { d: path, fill: "none", stroke: "currentColor", "stroke-width": "1.5", "stroke-linecap": "round", "stroke-linejoin": "round" };
  for (const [name, value] of Object.entries(stroke)) drawing.setAttribute(name, value);
  svg.append(drawing);
  return svg;
}

export function iconButton(name: string, path: string, press: () => void): HTMLButtonElement {
  const made = button("", press, "icv-icon");
  made.title = name;
  made.setAttribute("aria-label", name);
  made.append(icon(path));
  return made;
}

/** Make `styles` count where `target` is. Constructed style sheets need no `unsafe-inline` from a page's security policy. */
export function adoptStyles(target: Element, styles: string): void {
  const root = target.getRootNode();
  const home = root instanceof ShadowRoot ? root : document;
  const known = home.adoptedStyleSheets.some((sheet) => STYLE_TEXTS.get(sheet) === styles);
  if (known) return;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(styles);
  STYLE_TEXTS.set(sheet, styles);
  home.adoptedStyleSheets = [...home.adoptedStyleSheets, sheet];
}

const STYLE_TEXTS = new WeakMap<CSSStyleSheet, string>();
