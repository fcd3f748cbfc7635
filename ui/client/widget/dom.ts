type Child = Node | string | null | undefined | false;

/** An element with attributes and children. Text is always text: nothing here parses HTML. */
export function el<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Record<string, string | boolean | null | undefined>, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (typeof value === "string") element.setAttribute(name, value);
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

/** An icon of the page's sprite. */
export function icon(name: string): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** Text with its web addresses as links. */
export function rich(text: string): DocumentFragment {
  const out = document.createDocumentFragment();
  let from = 0;
  for (const match of text.matchAll(/https?:\/\/[^\s<>"«»“”]+/g)) {
    const link = match[0].replace(/[.,;:!?'*_)\]]+$/, (end) => (end.startsWith(")") && match[0].includes("(") ? ")" : ""));
    out.append(text.slice(from, match.index));
    out.append(el("a", { href: link, target: "_blank", rel: "noopener noreferrer nofollow" }, link));
    from = match.index + link.length;
  }
  out.append(text.slice(from));
  return out;
}

/** An address of this installation, or nothing: what comes from outside may name anything. */
export function ownPath(path: string | undefined): string | null {
  return path && /^\/(?![/\\])/.test(path) && !path.includes("\\") ? path : null;
}

export function bytes(language: string, size: number): string {
  const [unit, name] = size < 1e6 ? [1e3, "kB"] : [1e6, "MB"];
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(size / Number(unit))} ${name}`;
}
