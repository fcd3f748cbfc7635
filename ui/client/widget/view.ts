import type { Attachment, Card, Language, Message, State } from "./protocol";
import { bytes, el, icon, ownPath, rich } from "./dom";
import { say } from "./texts";

const GLYPHS: Record<string, string> = { ticket: "ticket", article: "book", choice: "question", survey: "star" };

/** One card, drawn from the same parts as on the other surfaces. */
export function card(language: Language, one: Card, message: Message, answer: (payload: string, label: string) => void): HTMLElement {
  const actions = one.actions.map((action) => {
    const path = ownPath(action.path);
    if (action.type === "open") {
      return path
        ? el("a", { class: "card-action", href: path, target: "_blank", rel: "noopener" }, action.label, icon("external"))
        : el("span", { class: "card-action resting" }, action.label);
    }
    if (message.answered) {
      const isChosen = message.answered === action.value;
      return el("span", { class: `card-action resting${isChosen ? " chosen" : ""}` }, isChosen && icon("check"), action.label);
    }
    const button = el("button", { class: "card-action", type: "button" }, action.label);
    button.addEventListener("click", () => answer(`${message.id}|${action.value ?? ""}`, action.label));
    return button;
  });
  return el(
    "section",
    { class: `card k-${one.kind}`, "aria-label": one.title },
    el("div", { class: "card-head" }, el("span", { class: "card-glyph" }, icon(GLYPHS[one.kind] ?? "file")),
      el("div", {}, el("span", { class: "card-kind" }, GLYPHS[one.kind] ? say(language, `card-${one.kind}`) : ""), el("p", { class: "card-title" }, one.title))),
    one.body !== "" && el("p", { class: "card-body" }, one.body),
    one.facts.length > 0 && el("dl", { class: "card-facts" }, ...one.facts.map(([label, value]) => el("div", {}, el("dt", {}, label), el("dd", {}, value)))),
    actions.length > 0 && el("div", { class: "card-actions" }, ...actions),
  );
}

function file(language: Language, one: Attachment): HTMLElement {
  const url = ownPath(one.url);
  if (url && /^image\/(png|jpeg|gif|webp|avif)$/.test(one.type)) {
    return el("a", { class: "file-picture", href: url, target: "_blank", rel: "noopener" }, el("img", { src: url, alt: one.name, loading: "lazy" }));
  }
  const inside = [icon("file"), el("span", { class: "file-name" }, one.name), el("span", { class: "file-size" }, bytes(language, one.size))];
  return url ? el("a", { class: "file", href: url, download: one.name }, ...inside) : el("span", { class: "file" }, ...inside);
}

const STATES: Record<State, [word: string, glyph: string]> = {
  queued: ["sending", "clock"],
  unknown: ["sending", "clock"],
  sent: ["sent", "check"],
  delivered: ["delivered", "checks"],
  read: ["read", "checks"],
  failed: ["failed", "warning"],
};

export interface Shown {
  isOwn: boolean;
  /** Shows the author: the one before was written by somebody else. */
  isFirst: boolean;
  /** Shows the state: it is the visitor's last message, or it failed. */
  hasState: boolean;
  isWaiting: boolean;
  answer: (payload: string, label: string) => void;
  retry?: () => void;
}

export function authorName(language: Language, message: Message): string {
  const { name, kind } = message.author;
  if (kind === "contact") return say(language, "you");
  return name || say(language, kind === "bot" ? "assistant" : "support");
}

/** One message. */
export function bubble(language: Language, message: Message, shown: Shown): HTMLElement {
  const state = message.state ?? "sent";
  const [word, glyph] = shown.isWaiting ? ["queued", "clock"] : STATES[state];
  const time = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hour12: false }).format(message.at);
  const retry = state === "failed" && shown.retry ? el("button", { class: "link", type: "button" }, say(language, "retry")) : null;
  retry?.addEventListener("click", () => shown.retry?.());
  return el(
    "article",
    { class: `say ${shown.isOwn ? "own" : "theirs"} a-${message.author.kind}`, id: `m-${message.id}` },
    shown.isFirst
      ? el("p", { class: shown.isOwn ? "visually-hidden" : "say-author" }, !shown.isOwn && message.author.kind === "bot" && icon("bot"), authorName(language, message))
      : null,
    message.text.trim() !== "" && el("div", { class: "say-text prose", title: time }, rich(message.text.trimEnd())),
    message.attachments.length > 0 && el("div", { class: "files" }, ...message.attachments.map((one) => file(language, one))),
    ...message.cards.map((one) => card(language, one, message, shown.answer)),
    shown.hasState && el("p", { class: `say-state d-${state}` }, time, " · ", icon(glyph), say(language, word), retry && " ", retry),
  );
}

/** The line between two days. */
export function day(language: Language, at: number): HTMLElement {
  const date = new Date(at);
  const today = new Date();
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  const text =
    date.toDateString() === today.toDateString()
      ? say(language, "today")
      : date.toDateString() === yesterday.toDateString()
        ? say(language, "yesterday")
        : new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long" }).format(date);
  return el("p", { class: "day" }, text);
}
