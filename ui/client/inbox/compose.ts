import { byId, csrf, headers, openId, say, words } from "./page";
import { toEnd } from "./morph";
import { ulid } from "../shared/ulid";
import { read, write } from "../shared/storage";

const form = (): HTMLFormElement | null => byId<HTMLFormElement>("composer");
const text = (): HTMLTextAreaElement | null => byId<HTMLTextAreaElement>("composer-text");
const draftKey = (): string => `switchboard.draft.${openId()}`;
const idField = (): HTMLInputElement | null => form()?.querySelector<HTMLInputElement>("input[name=id]") ?? null;

export function choose(kind: "reply" | "note"): void {
  const radio = form()?.querySelector<HTMLInputElement>(`input[value=${kind}]`);
  if (radio && !radio.disabled) radio.checked = true;
  text()?.focus();
}

function fit(): void {
  const area = text();
  // Browsers that know `field-sizing` grow by themselves.
  if (!area || CSS.supports("field-sizing", "content")) return;
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight}px`;
}

function showPicked(): void {
  const files = byId<HTMLInputElement>("composer-files")?.files ?? [];
  const list = byId("picked");
  if (!list) return;
  list.hidden = files.length === 0;
  list.replaceChildren(
    ...Array.from(files, (file) => {
      const item = document.createElement("li");
      item.textContent = file.name;
      return item;
    }),
  );
}

let typedAt = 0;
function tellTyping(isTyping: boolean): void {
  const to = form()?.dataset["typing"];
  const isNote = form()?.querySelector<HTMLInputElement>("input[value=note]")?.checked;
  const now = Date.now();
  if (!to || isNote || (isTyping ? now - typedAt < 3_000 : typedAt === 0)) return;
  typedAt = isTyping ? now : 0;
  const body = new URLSearchParams({ is_typing: String(isTyping), csrf });
  void fetch(to, { method: "POST", headers: headers(), body, keepalive: true }).catch(() => {});
}

function restore(): void {
  const area = text();
  if (area && area.value === "") area.value = read(draftKey()) ?? "";
  fit();
}

/** What was sent, seen at once; the server's answer or the next event replaces it by its id. */
function bubble(id: string, words_: string, isNote: boolean): void {
  const timeline = byId("timeline");
  if (!timeline || byId(`m-${id}`)) return;
  const make = (tag: string, name: string, content = ""): HTMLElement => {
    const element = document.createElement(tag);
    element.className = name;
    element.textContent = content;
    return element;
  };
  const article = make("article", `message m-${isNote ? "note" : "outbound"} a-agent is-pending`);
  article.id = `m-${id}`;
  const inside = make("div", "message-main");
  const head = make("header", "message-head");
  head.append(make("span", "message-author", words("you")));
  const box = make("div", "bubble");
  box.append(make("div", "prose", words_));
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

interface Answered extends CustomEvent {
  detail: { xhr: XMLHttpRequest; requestConfig: { elt: Element } };
}

export function compose(): void {
  document.addEventListener("input", (event) => {
    if (event.target !== text()) return;
    fit();
    write(draftKey(), text()?.value || null);
    tellTyping(text()?.value !== "");
    // A changed text is another message: an id that may have arrived already is not used again.
    const id = idField();
    if (id) id.value = "";
  });
  document.addEventListener("change", (event) => {
    if (event.target === byId("composer-files")) showPicked();
  });
  document.addEventListener("paste", (event) => {
    const files = byId<HTMLInputElement>("composer-files");
    if (event.target !== text() || !files || !event.clipboardData?.files.length) return;
    event.preventDefault();
    const all = new DataTransfer();
    for (const file of [...(files.files ?? []), ...event.clipboardData.files]) all.items.add(file);
    files.files = all.files;
    showPicked();
  });
  document.addEventListener(
    "submit",
    (event) => {
      if (event.target !== form()) return;
      const area = text();
      const hasFiles = (byId<HTMLInputElement>("composer-files")?.files?.length ?? 0) > 0;
      if (!area || (area.value.trim() === "" && !hasFiles)) {
        event.preventDefault();
        event.stopPropagation();
        area?.focus();
        return;
      }
      const id = idField();
      if (id && id.value === "") id.value = ulid();
      const isNote = form()?.querySelector<HTMLInputElement>("input[value=note]")?.checked ?? false;
      if (id) bubble(id.value, area.value, isNote);
    },
    true,
  );
  document.addEventListener("htmx:beforeSwap", (event) => {
    // The event's own element is the target; who sent is in the request.
    const { requestConfig, xhr } = (event as Answered).detail;
    const sender = requestConfig.elt.closest("form");
    if (!sender?.matches("#composer")) return;
    if (xhr.status === 200) {
      // Written by the same conversation's composer, which the swap keeps: empty it first.
      write(draftKey(), null);
      typedAt = 0;
      const area = text();
      if (area) area.value = "";
      const id = idField();
      if (id) id.value = "";
      const files = byId<HTMLInputElement>("composer-files");
      if (files) files.value = "";
      showPicked();
      fit();
    }
    unbubble();
  });
  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.addEventListener(name, () => {
      unbubble();
      say(words("failed"));
    });
  }
  document.addEventListener("inbox:opened", restore);
  addEventListener("pagehide", () => tellTyping(false));
  restore();
}
