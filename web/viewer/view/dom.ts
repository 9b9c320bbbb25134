/** Elements are made one by one and filled with text, never with markup. */

export type Child = Node | string | null | undefined | false;

/** Attributes, and listeners under the names of their events; a string alone is the class. */
export type Properties = string | Readonly<Record<string, string | ((event: Event) => void)>>;

export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Properties = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(typeof properties === "string" ? { class: properties } : properties)) {
    if (typeof value === "string") made.setAttribute(name, value);
    else made.addEventListener(name, value);
  }
  for (const child of children) if (child) made.append(child);
  return made;
}

export function button(className: string, press: () => void, ...children: Child[]): HTMLButtonElement {
  return element("button", { type: "button", class: className, click: press }, ...children);
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

/** Return a line drawing on a ground of 64×64; it is decoration, its button has the name. */
export function icon(path: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 64 64");
  svg.setAttribute("aria-hidden", "true");
  const drawing = document.createElementNS(SVG, "path");
  drawing.setAttribute("d", path);
  svg.append(drawing);
  return svg;
}

export function iconButton(name: string, drawing: string, press: () => void): HTMLButtonElement {
  const made = button("icv-icon", press, icon(drawing));
  nameButton(made, name);
  return made;
}

/** Give a button that has no words its name, for those who point at it and those who do not see it. */
export function nameButton(target: HTMLButtonElement, name: string): void {
  if (target.title === name) return;
  target.title = name;
  target.setAttribute("aria-label", name);
}

/** Make `styles` count where `target` is. Constructed style sheets need no `unsafe-inline` from a page's security policy. */
export function adoptStyles(target: Element, styles: string): void {
  const root = target.getRootNode();
  const { adoptedStyleSheets } = root instanceof ShadowRoot ? root : document;
  const sheet = SHEETS.get(styles) ?? new CSSStyleSheet();
  if (!SHEETS.has(styles)) sheet.replaceSync(styles);
  SHEETS.set(styles, sheet);
  if (!adoptedStyleSheets.includes(sheet)) adoptedStyleSheets.push(sheet);
}

/** One sheet serves all viewers of a page. */
const SHEETS = new Map<string, CSSStyleSheet>();
