// The composer: writing, sending, taking back. Its parts are in `write/`.
import { byId, csrf, headers, openId, say as tell, signInAgain, words } from "./page";
import { onAnswer } from "./answered";
import { soon } from "./go";
import { toEnd } from "./morph";
import { ulid } from "../shared/ulid";
import { cameBack, flush, hold, restore, sent, sentElsewhere, touched } from "./write/drafts";
import { clear, files, isUploading, line, pick } from "./write/files";
import { ask, body, field, form, isNote, text } from "./write/form";
import { link, nextLine, prefix, wrap } from "./write/format";
import { isOpen, missing, onKey, openPicker, picker, typed } from "./write/picker";
import { together } from "./write/together";

export function choose(kind: "reply" | "note"): void {
  const radio = form()?.querySelector<HTMLInputElement>(`input[value=${kind}]`);
  if (radio && !radio.disabled) radio.checked = true;
  invite();
  text()?.focus();
}

/** The empty box asks for what it takes: a reply, or a note. */
function invite(): void {
  const area = text();
  if (!area) return;
  area.dataset["reply"] ??= area.placeholder;
  area.placeholder = (isNote() ? area.dataset["note"] : area.dataset["reply"]) ?? "";
}

function fit(): void {
  const area = text();
  // Browsers that know `field-sizing` grow by themselves.
  if (!area || CSS.supports("field-sizing", "content")) return;
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight}px`;
}

let typedAt = 0;
function tellTyping(isTyping: boolean): void {
  const to = form()?.dataset["typing"];
  const now = Date.now();
  if (!to || isNote() || (isTyping ? now - typedAt < 3_000 : typedAt === 0)) return;
  typedAt = isTyping ? now : 0;
  const about = new URLSearchParams({ is_typing: String(isTyping), csrf });
  void fetch(to, { method: "POST", headers: headers(), body: about, keepalive: true }).catch(() => {});
}

/** What was sent, seen at once; the server's answer or the next event replaces it by its id. */
function bubble(id: string, words_: string): void {
  const timeline = byId("timeline");
  if (!timeline || byId(`m-${id}`)) return;
  const make = (tag: string, name: string, content = ""): HTMLElement => {
    const element = document.createElement(tag);
    element.className = name;
    element.textContent = content;
    return element;
  };
  const article = make("article", `message m-${isNote() ? "note" : "outbound"} a-agent is-pending`);
  article.id = `m-${id}`;
  const inside = make("div", "message-main");
  const head = make("header", "message-head");
  head.append(make("span", "message-author", words("you")));
  const box = make("div", "bubble");
  box.append(make("div", "prose plain", words_));
  const foot = make("footer", "message-foot");
  foot.append(make("span", "delivery", words("sending")));
  inside.append(head, box, foot);
  article.append(inside);
  timeline.append(article);
  toEnd();
}

/** Takes the bubble away again: the text is still in the composer. */
function unbubble(): void {
  for (const pending of document.querySelectorAll("#timeline > .is-pending")) {
    pending.classList.remove("is-pending");
    pending.remove();
  }
}

async function preview(): Promise<void> {
  const place = byId("composer-preview");
  if (!place) return;
  if (!place.hidden) {
    place.hidden = true;
    return place.replaceChildren();
  }
  const answer = await ask("/preview", { method: "POST", body: body() });
  if (!answer.ok) return;
  place.innerHTML = await answer.text();
  place.hidden = false;
}

interface Back {
  text: string;
  revision: number;
  picked: { field: string; value: string; name: string }[];
  cc: string;
  bcc: string;
}

const ends = new Map<string, number>();
/** Shows how long what was sent can still be taken back, and ends it. */
function countDown(): void {
  const place = byId("undo-bar");
  const id = place?.dataset["message"];
  if (!place || !id) return;
  const end = ends.get(id) ?? Date.now() + Number(place.dataset["left"] ?? 0);
  ends.set(id, end);
  const left = Math.ceil((end - Date.now()) / 1_000);
  const shown = place.querySelector(".undo-left");
  if (left <= 0) {
    place.remove();
    soon("thread", "list");
  } else if (shown && shown.textContent !== `${left} s`) shown.textContent = `${left} s`;
}

async function undo(): Promise<void> {
  const place = byId("undo-bar");
  const message = place?.dataset["message"];
  if (!place || !message || !place.dataset["url"]) return;
  await takeBack(place.dataset["url"], { message });
  place.remove();
}

/** What waits for its time comes back into the composer; without scripts its words wait there for the next look. */
function takesBack(event: SubmitEvent): void {
  const sender = event.target;
  const by = event.submitter;
  if (!(sender instanceof HTMLFormElement) || !(by instanceof HTMLButtonElement)) return;
  const url = sender.dataset["undo"];
  const delivery = new FormData(sender).get("delivery");
  if (!url || by.value !== "back" || typeof delivery !== "string") return;
  event.preventDefault();
  event.stopImmediatePropagation();
  by.disabled = true;
  void takeBack(url, { delivery });
}

async function takeBack(url: string, which: Record<string, string>): Promise<void> {
  const about = new URLSearchParams({ ...which, csrf });
  const answer = await fetch(url, { method: "POST", headers: headers(), body: about, credentials: "same-origin" });
  if (answer.status === 409) {
    tell(((await answer.json()) as { words: string }).words);
  } else if (answer.ok) {
    const back = (await answer.json()) as Back;
    const area = text();
    if (area) area.value = area.value ? `${back.text}\n\n${area.value}` : back.text;
    const revision = field("revision");
    if (revision) revision.value = String(back.revision);
    for (const name of ["cc", "bcc"] as const) {
      const copies = field(name);
      if (copies) copies.value = back[name];
      if (back[name]) copies?.closest("details")?.setAttribute("open", "");
    }
    for (const one of back.picked) pick(line(one.name, one.field, one.value));
    fit();
    area?.focus();
  } else tell(words("failed"));
  soon("thread", "list");
}

const tools: Record<string, () => unknown> = {
  bold: () => wrap("**"),
  italic: () => wrap("_"),
  list: () => prefix("- "),
  quote: () => prefix("> "),
  link,
  preview,
  undo,
  emoji: () => openPicker("emoji"),
  canned: () => openPicker("canned"),
  card: () => openPicker("card"),
  suggest: () => openPicker("suggest"),
};

/** What the keys and the command bar know of the composer. */
export function write(tool: string): void {
  if (tool !== "undo") text()?.focus();
  void tools[tool]?.();
}

interface Answered extends CustomEvent {
  detail: { xhr: XMLHttpRequest; requestConfig: { elt: Element } };
}

function onKeys(event: KeyboardEvent): void {
  if (event.target !== text() || event.isComposing) return;
  if (onKey(event)) return event.stopImmediatePropagation();
  const isCommand = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  if (isCommand && event.shiftKey && event.key === "Enter") {
    event.preventDefault();
    event.stopImmediatePropagation();
    return document.querySelector<HTMLElement>("[data-key=send-resolve]")?.click();
  }
  if (isCommand && !event.shiftKey && !event.altKey && (key === "b" || key === "i")) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return write(key === "b" ? "bold" : "italic");
  }
  if (event.altKey && !isCommand && (key === "s" || key === "p")) {
    event.preventDefault();
    return write(key === "s" ? "suggest" : "preview");
  }
  if (event.key === "Enter" && !isCommand && !event.shiftKey && !event.altKey) nextLine(event);
}

function clearAll(): void {
  const area = text();
  if (area) area.value = "";
  const id = field("id");
  if (id) id.value = "";
  clear();
  sent();
  fit();
  missing();
  const shown = byId("composer-preview");
  if (shown) shown.hidden = true;
}

/** The text that is on its way. */
let under = "";
let isOnItsWay = false;
/** The conversation that it belongs to, which may no longer be the one that is open. */
let about: { id: string | undefined; title: string } = { id: undefined, title: "" };
const isElsewhere = (): boolean => about.id !== openId();
/** How the next message is to be sent, once the one before it arrived: with the button that was pressed, or by a key. */
let next: { by: HTMLElement | null; id: string | undefined } | null = null;

/** An answer is here, or there will be none. What was sent meanwhile follows; after a refusal the reader decides. */
function arrived(xhr: XMLHttpRequest): void {
  isOnItsWay = false;
  if (isElsewhere()) return arrivedElsewhere(xhr);
  if (sendsAgain(xhr)) return;
  hold(undefined);
  tries = 0;
  if (xhr.status === 0 || (xhr.status >= 400 && xhr.status !== 409 && xhr.status !== 422)) failed(xhr.status);
  const waiting = next;
  next = null;
  if (waiting?.id === openId() && xhr.status === 200) submit(waiting?.by ?? null);
}

/** The reader went on before the answer came: what they see and write now is about something else. */
function arrivedElsewhere(xhr: XMLHttpRequest): void {
  tries = 0;
  const waiting = next;
  next = null;
  if (about.id && xhr.status === 200) sentElsewhere(about.id, under);
  else if (about.id) {
    cameBack(about.id, under);
    tell(words("notSent", about.title));
  }
  if (waiting?.id === openId()) submit(waiting?.by ?? null);
}

function submit(by: HTMLElement | null): void {
  const sender = form();
  if (sender instanceof HTMLFormElement) sender.requestSubmit(by && sender.contains(by) ? by : null);
}

/** A server that is restarted is back in a moment: how long to wait for it, in milliseconds, each time. */
const AGAIN = [300, 700, 1_500, 3_000, 6_000, 12_000];
let tries = 0;
/** How often something was sent. */
let sends = 0;
/** How the message on its way was sent. */
let sentBy: HTMLElement | null = null;

/** Sends a message once more that met no server, under its id: if it did arrive, it is known there. */
function sendsAgain(xhr: XMLHttpRequest): boolean {
  const id = field("id")?.value;
  const wait = AGAIN[tries];
  const isAway = xhr.status === 0 || (xhr.status >= 502 && xhr.status <= 504);
  if (!isAway || !id || wait === undefined || text()?.value !== under) return false;
  tries += 1;
  const mine = sends;
  setTimeout(() => {
    // Its writer was quicker.
    if (sends !== mine) return;
    if (isElsewhere()) return arrivedElsewhere(xhr);
    if (field("id")?.value === id && text()?.value === under) return submit(sentBy);
    // What was changed meanwhile is another message, which its writer sends.
    failed();
  }, wait);
  return true;
}

function failed(status = 0): void {
  tries = 0;
  // What was changed since is a draft again.
  hold(undefined);
  void flush();
  unbubble();
  if (status === 401) signInAgain();
  else tell(words("failed"));
}

/** What was typed while a message was on its way: it is the beginning of the next one. */
function writtenSince(): string {
  const now = text()?.value ?? "";
  return now.startsWith(under) ? now.slice(under.length).trimStart() : now;
}

function goOn(words: string): void {
  const area = text();
  if (!area) return;
  area.value = words;
  fit();
  touched();
  missing();
}

function isOfComposer({ elt }: { elt: Element }): boolean {
  return elt.closest("form")?.matches("#composer") ?? false;
}

export function compose(): void {
  document.addEventListener("keydown", onKeys, true);
  document.addEventListener("submit", takesBack, true);
  document.addEventListener("input", (event) => {
    const isCopy = (event.target as HTMLElement).matches("#composer-cc, #composer-bcc");
    if (event.target !== text() && !isCopy) return;
    const copied = byId("copies-shown");
    if (copied && isCopy) copied.textContent = [field("cc")?.value, field("bcc")?.value].filter(Boolean).join(", ");
    fit();
    touched();
    tellTyping(text()?.value !== "");
    missing();
    // A changed text is another message: an id that may have arrived already is not used again.
    const id = field("id");
    if (id) id.value = "";
    if (!isCopy) void typed();
  });
  document.addEventListener("change", (event) => {
    const target = event.target as HTMLElement;
    if (!form()?.contains(target) || !target.matches("#reply-way, input[name=kind]")) return;
    const select = byId<HTMLSelectElement>("reply-way");
    if (form() && select) (form() as HTMLFormElement).dataset["channel"] = select.selectedOptions[0]?.dataset["channel"] ?? "";
    invite();
    if (text()?.value) touched();
  });
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const tool = target.closest<HTMLElement>("[data-tool]")?.dataset["tool"];
    if (tool) write(tool);
    const look = target.closest<HTMLElement>("[data-look]")?.dataset["look"];
    if (look) {
      event.preventDefault();
      const message = byId(look);
      message?.scrollIntoView({ block: "center" });
      message?.focus();
    }
    for (const once of document.querySelectorAll<HTMLInputElement>("[data-once]")) if (once.value === "") once.value = ulid();
  });
  document.addEventListener(
    "submit",
    (event) => {
      if (event.target !== form()) return;
      // Two at once would be one text: the second waits until the first has left the composer.
      if (isOnItsWay) {
        event.preventDefault();
        event.stopPropagation();
        next = { by: event.submitter, id: openId() };
        return;
      }
      const area = text();
      const hasMore = (byId("picked")?.childElementCount ?? 0) > 0;
      if (!area || isUploading() || (area.value.trim() === "" && !hasMore)) {
        event.preventDefault();
        event.stopPropagation();
        area?.focus();
        return;
      }
      const id = field("id");
      if (id && id.value === "") id.value = ulid();
      const back = field("undo");
      if (back) back.value = "1";
      under = area.value;
      about = { id: openId(), title: byId("thread")?.dataset["title"] ?? "" };
      hold(about.id);
      sentBy = event.submitter;
      sends += 1;
      if (id && !event.submitter?.matches("[name=at]")) bubble(id.value, area.value);
    },
    true,
  );
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (isOfComposer((event as Answered).detail.requestConfig)) isOnItsWay = true;
  });
  onAnswer((answer) => {
    if (isOfComposer(answer)) arrived(answer.xhr);
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    // The event's own element is the target; who sent is in the request.
    const { requestConfig, xhr } = (event as Answered).detail;
    const sender = requestConfig.elt.closest("form");
    if (!sender?.matches("#composer")) return;
    // Written by the same conversation's composer, which the swap keeps: empty it first.
    if (xhr.status === 200) {
      tellTyping(false);
      const since = writtenSince();
      clearAll();
      if (since) goOn(since);
    }
    unbubble();
    const menu = sender.querySelector<HTMLDetailsElement>("details.send-menu");
    if (menu) menu.open = false;
  });
  document.addEventListener("htmx:afterSwap", () => {
    for (const once of document.querySelectorAll<HTMLInputElement>("[data-once]")) once.value = "";
  });
  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => {
      if (!isOfComposer((event as Answered).detail.requestConfig)) tell(words("failed"));
    });
  }
  document.addEventListener("inbox:opened", () => {
    void flush();
    restore();
    fit();
    missing();
    invite();
  });
  document.addEventListener("inbox:drawn", invite);
  addEventListener("pagehide", () => {
    tellTyping(false);
    void flush(true);
  });
  setInterval(countDown, 250);
  files();
  picker();
  together();
  restore();
  fit();
  missing();
  invite();
}

export { isOpen as isPicking };
