// The chat inside the widget's frame.
import { Api, Refused } from "./widget/api";
import { bytes, el, icon } from "./widget/dom";
import { Outbox } from "./widget/outbox";
import type { Attachment, Language, Message, Session, ToFrame, ToPage } from "./widget/protocol";
import { languageOf, say } from "./widget/texts";
import { bubble, day } from "./widget/view";
import { read, write } from "./shared/storage";
import { ulid } from "./shared/ulid";

const query = new URLSearchParams(location.search);
const inbox = query.get("inbox") ?? "";
const pageOrigin = query.get("origin") ?? location.origin;
const tokenKey = `switchboard.${inbox}.token`;

let language: Language = languageOf(query.get("language")) ?? languageOf(document.documentElement.lang) ?? "en";
const t = (key: string, args?: Record<string, string | number>): string => say(language, key, args);
const api = new Api(inbox);
const outbox = new Outbox(inbox);
const messages = new Map<string, Message>();
let session: Session | null = null;
let position = 0;
let isOpen = window.parent === window;
let isOnline = true;
let unread = 0;
let lastRead = "";
let identity: string | undefined;
let page = { page_url: "", page_title: "", proactive: "" };
let files: Attachment[] = [];
let uploads = 0;
/** The most files of one message: `webchat::MOST_FILES`. */
const MOST_FILES = 10;

function tellPage(message: ToPage): void {
  if (window.parent !== window) window.parent.postMessage(message, pageOrigin);
}

// The room.
const title = el("h1", { class: "chat-title" });
const presence = el("p", { class: "chat-presence" });
const bar = el("p", { class: "chat-bar", role: "status", hidden: true });
const log = el("div", { class: "chat-log", role: "log", tabindex: "0", "aria-live": "polite", "aria-relevant": "additions" });
const typingLine = el("p", { class: "chat-typing", role: "status" });
// What the server wrote.
const { content } = document.querySelector("template")!;
const find = <E extends HTMLElement>(id: string): E | null => content.querySelector<E>(`#chat-${id}`);
const close = find("close")!;
const emailBox = find<HTMLFormElement>("email-form")!;
const form = find<HTMLFormElement>("form")!;
const picked = find("picked")!;
const input = find<HTMLTextAreaElement>("input")!;
const fileInput = find<HTMLInputElement>("file")!;
const attach = find("attach")!;
const send = find<HTMLButtonElement>("send")!;
const mail = find("mail")!;
// There where the inbox asks who it is.
const beforeBox = find<HTMLFormElement>("before");
// There where the inbox shows articles; their script comes when they are looked at.
const shelf = find("shelf");

function words(): void {
  document.documentElement.lang = language;
  title.textContent = session?.settings.name || t("title");
  presence.textContent = isOnline ? t("online") : t("away");
  presence.classList.toggle("is-away", !isOnline);
  log.setAttribute("aria-label", t("log"));
}

function furnish(): void {
  document.querySelector("main")?.replaceChildren(el("header", { class: "chat-head" }, el("div", {}, title, presence), shelf, mail, close), bar, log, typingLine, emailBox, ...(beforeBox ? [beforeBox] : []), form);
  words();
  draw();
}

function look(color: string | null | undefined): void {
  if (!color || !/^#[0-9a-f]{6}$/i.test(color)) return;
  const parts = [1, 3, 5].map((at) => (parseInt(color.slice(at, at + 2), 16) / 255) ** 2.2) as [number, number, number];
  const style = document.documentElement.style;
  style.setProperty("--brand", color);
  style.setProperty("--on-brand", 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2] > 0.36 ? "#10151a" : "#ffffff");
  tellPage({ switchboard: 1, type: "look", color });
}

function ordered(): Message[] {
  const waiting = outbox.all().filter((one) => !messages.has(one.id)).map((one): Message => ({
    id: one.id,
    author: { name: "", kind: "contact" },
    at: one.at,
    text: one.text,
    cards: [],
    attachments: one.attachments,
    state: one.hasFailed ? "failed" : "queued",
  }));
  return [...messages.values(), ...waiting].sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
}

const drawn = new Map<string, { state: string; node: HTMLElement }>();

// Whoever reads the end goes on seeing it: when a picture arrives, when the field below grows, when the keyboard opens.
let isAtEnd = true;
const toEnd = (): void => void (log.scrollTop = log.scrollHeight);
const follow = (): void => {
  if (isAtEnd) toEnd();
};
log.addEventListener("scroll", () => (isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80));
log.addEventListener("load", follow, true);
new ResizeObserver(follow).observe(log);

/** Brings the log up to date; what did not change is left alone, so that screen readers say only news. */
function draw(): void {
  const all = ordered();
  const lastOwn = all.filter((message) => message.author.kind === "contact").at(-1)?.id;
  const nodes: HTMLElement[] = [];
  const keep = (key: string, state: string, make: () => HTMLElement): void => {
    const known = drawn.get(key);
    const node = known?.state === state ? known.node : make();
    drawn.set(key, { state, node });
    nodes.push(node);
  };
  const greeting = session?.greeting ?? t("greeting");
  // Where a proactive message stands first there is no greeting.
  if (greeting) keep("greeting", `${language}${greeting}`, () =>
    bubble(language, { id: "greeting", author: { name: session?.settings.name ?? "", kind: "agent" }, at: 0, text: greeting, cards: [], attachments: [] },
      { isOwn: false, isFirst: false, hasState: false, isWaiting: false, answer: () => {} }));
  let lastDay = "";
  let lastAuthor = "";
  for (const message of all) {
    const today = new Date(message.at).toDateString();
    if (today !== lastDay) {
      keep(`day-${today}`, language + new Date().toDateString(), () => day(language, message.at));
      lastAuthor = "";
    }
    lastDay = today;
    const isOwn = message.author.kind === "contact";
    const author = `${message.author.kind}${message.author.name}`;
    const isFirst = author !== lastAuthor;
    lastAuthor = author;
    const isWaiting = isOwn && !messages.has(message.id) && message.state !== "failed" && !navigator.onLine;
    const hasState = isOwn && (message.id === lastOwn || message.state === "failed");
    keep(message.id, JSON.stringify([message, isFirst, hasState, isWaiting, language]), () =>
      bubble(language, message, {
        isOwn, isFirst, hasState, isWaiting,
        answer: (payload, label) => {
          message.answered = payload.slice(payload.indexOf("|") + 1);
          submit(label, { payload, label });
        },
        retry: () => {
          outbox.mark(message.id, false);
          draw();
          void flush();
        },
      }));
  }
  const wanted = new Set(nodes);
  for (const [key, { node }] of drawn) if (!wanted.has(node)) drawn.delete(key);
  for (const node of [...log.children]) if (!wanted.has(node as HTMLElement)) node.remove();
  nodes.forEach((node, index) => log.children[index] !== node && log.insertBefore(node, log.children[index] ?? null));
  follow();
  mail.hidden = !session?.settings.can_mail || all.length === 0;
  askEmail(all.some((message) => message.author.kind === "contact"));
}

// What was read in one tab is not counted in another.
const readKey = `switchboard.${inbox}.read`;
const tellUnread = (): void => tellPage({ switchboard: 1, type: "unread", count: unread, isTalking: messages.size > 0 });
const isRead = (message: Message): boolean => message.id <= (read(readKey) ?? "");
addEventListener("storage", (event) => {
  if (event.key !== readKey || unread === 0) return;
  unread = Math.min(unread, ordered().filter((message) => message.author.kind !== "contact" && !isRead(message)).length);
  tellUnread();
});
function see(): void {
  const all = ordered();
  const last = all.filter((message) => message.author.kind !== "contact").at(-1);
  if (!isOpen || document.visibilityState !== "visible" || log.hidden) return;
  // Whoever has written nothing yet is offered articles.
  if (all.length === 0 && session && !input.value && shelf?.onclick === browse) browse();
  if (!last) return;
  unread = 0;
  tellUnread();
  if (last.id !== lastRead && session) {
    lastRead = last.id;
    api.read(last.id);
    write(readKey, last.id);
  }
}

/** Loads the articles, which from then on answer the button themselves. */
function browse(pressed?: Event): void {
  window.chat = { api, language, isPressed: !!pressed, greeting: session?.greeting, shown: () => (toEnd(), see()) };
  void import(shelf!.dataset["src"]!);
}

// Leaving an address.
const said = (box: HTMLElement): HTMLElement => box.querySelector("[role=alert]")!;
function askEmail(hasWritten: boolean): void {
  const isDone = emailBox.childElementCount === 1;
  const contact = session?.contact;
  if (!isDone) emailBox.hidden = !(hasWritten && session?.settings.ask_email && !contact?.email && !isOnline);
}
emailBox.onsubmit = (event) => {
  event.preventDefault();
  const field = emailBox.querySelector("input")!;
  const error = said(emailBox);
  error.textContent = "";
  if (!field.checkValidity() || !field.value.includes("@")) {
    error.textContent = emailBox.dataset["invalid"]!;
    field.setAttribute("aria-invalid", "true");
    return field.focus();
  }
  api.post("email", { email: field.value.trim() }).then(
    () => emailBox.replaceChildren(el("p", { role: "status" }, emailBox.dataset["sent"]!)),
    () => (error.textContent = t("error")),
  );
};

/** What the inbox asks before the first message; nobody writes while it stands there. */
function askBefore(): void {
  const asks = session?.settings.asks;
  const isAsked = !!beforeBox && !!asks && outbox.all().length === 0;
  form.hidden = isAsked;
  if (!beforeBox) return;
  beforeBox.hidden = !isAsked;
  for (const box of beforeBox.querySelectorAll<HTMLElement>("[data-asked]")) {
    const isRequired = asks?.[box.dataset["asked"]!];
    box.hidden = isRequired === undefined;
    box.querySelector("input")!.required = !!isRequired;
    box.querySelector<HTMLElement>(".optional")!.hidden = !!isRequired;
  }
}
if (beforeBox)
  beforeBox.onsubmit = (event) => {
    event.preventDefault();
    for (const error of beforeBox.querySelectorAll(".error")) error.textContent = "";
    api.post("about", Object.fromEntries(new FormData(beforeBox))).then(
      () => {
        if (session) session.settings.asks = null;
        askBefore();
        input.focus();
      },
      (error) => {
        const field = error instanceof Refused && beforeBox.querySelector<HTMLInputElement>(`[name=${error.field}]`);
        const box = field && field.parentElement;
        said(box || beforeBox).textContent = (box && error.message) || t("error");
        if (field) {
          field.setAttribute("aria-invalid", "true");
          field.focus();
        }
      },
    );
  };

// Sending.
function submit(text: string, answer?: { payload: string; label: string }): void {
  outbox.add({ id: ulid(), text, attachments: answer ? [] : files, at: Date.now(), proactive: page.proactive, ...(answer && { answer }) });
  if (!answer) {
    files = [];
    picked.replaceChildren();
  }
  draw();
  toEnd();
  void flush();
}

/** Waits, but not longer than until the connection is back. */
const rest = (wait: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, wait);
    addEventListener("online", () => resolve(), { once: true });
  });

let isFlushing = false;
async function flush(): Promise<void> {
  if (isFlushing || !session) return;
  isFlushing = true;
  try {
    for (let next = outbox.next(), wait = 1_000; next; next = outbox.next()) {
      try {
        const stored = await api.send(next);
        if (stored) messages.set(stored.id, stored);
        else messages.set(next.id, { id: next.id, author: { name: "", kind: "contact" }, at: next.at, text: next.text, cards: [], attachments: next.attachments, state: "sent" });
        outbox.done(next.id);
        wait = 1_000;
      } catch (error) {
        const isOut = error instanceof Refused && (error.status === 401 || error.isClosed);
        const was = api.token;
        if (isOut) await begin();
        if (api.token !== was) continue;
        if (error instanceof Refused && !error.isTemporary && !isOut) outbox.mark(next.id, true);
        else {
          // The same id again, later: the server takes a repetition for what it is.
          await rest(wait + Math.random() * 500);
          wait = Math.min(wait * 2, 30_000);
        }
      }
      draw();
    }
  } finally {
    isFlushing = false;
  }
}

async function take(list: FileList | File[]): Promise<void> {
  const limit = session?.settings.max_upload ?? 10_000_000;
  for (const file of list) {
    const item = el("li", {});
    picked.append(item);
    const drop = (text: string): void => {
      item.className = "error";
      item.setAttribute("role", "alert");
      item.textContent = text;
      setTimeout(() => item.remove(), 15_000);
    };
    if (files.length + uploads >= MOST_FILES) {
      drop(t("files-most", { name: file.name, most: MOST_FILES }));
      continue;
    }
    if (file.size > limit) {
      drop(t("file-large", { name: file.name, size: bytes(language, limit) }));
      continue;
    }
    const meter = el("progress", { max: "1", value: "0", "aria-label": t("uploading", { name: file.name }) });
    const remove = el("button", { type: "button", class: "link", "aria-label": t("file-remove", { name: file.name }) }, icon("close"));
    const stop = new AbortController();
    let stored: Attachment | undefined;
    remove.addEventListener("click", () => {
      stop.abort();
      files = files.filter((one) => one !== stored);
      item.remove();
      attach.focus();
    });
    item.append(file.name, meter, remove);
    uploads++;
    send.disabled = true;
    try {
      stored = await api.upload(file, (share) => (meter.value = share), stop.signal);
      files.push(stored);
      meter.remove();
    } catch {
      drop(t("file-failed", { name: file.name }));
    } finally {
      uploads--;
      send.disabled = uploads > 0;
    }
  }
}

// Receiving.
let stopStream = new AbortController();
async function listen(): Promise<void> {
  stopStream.abort();
  const stop = (stopStream = new AbortController());
  for (let failures = 0; !stop.signal.aborted; ) {
    try {
      await api.stream(position, handlers, () => {
        failures = 0;
        // Also for what waits to be sent: a server that was away says nothing when it is back.
        dispatchEvent(new Event("online"));
      }, (at) => (position = Math.max(position, at)), stop.signal);
    } catch (error) {
      if (stop.signal.aborted) return;
      if (error instanceof Refused && (error.status === 401 || error.isClosed)) return void begin();
    }
    if (stop.signal.aborted) return;
    showBar(navigator.onLine ? t("reconnecting") : t("offline"));
    const wait = Math.min(30_000, 1_000 * 2 ** failures++) * (0.6 + Math.random() * 0.4);
    await rest(wait);
  }
}

function showBar(text: string): void {
  bar.hidden = text === "";
  bar.textContent = text;
}

let typingTimer = 0;
function showTyping(text: string): void {
  clearTimeout(typingTimer);
  typingLine.textContent = text;
  if (text) typingTimer = window.setTimeout(() => (typingLine.textContent = ""), 8_000);
}

const handlers = {
  message({ message }: { message: Message }): void {
    const isNew = !messages.has(message.id);
    messages.set(message.id, { ...messages.get(message.id), ...message });
    outbox.done(message.id);
    if (isNew && message.author.kind !== "contact") {
      showTyping("");
      if (!isRead(message)) unread++;
      tellPage({ switchboard: 1, type: "message", message: { id: message.id, kind: message.author.kind, text: message.text } });
      tellUnread();
    }
    draw();
    see();
  },
  delivery({ message, state }: { message: string; state: Message["state"] }): void {
    const known = messages.get(message);
    if (known && state) messages.set(message, { ...known, state });
    draw();
  },
  typing: ({ name, is_typing }: { name: string; is_typing: boolean }): void => showTyping(is_typing ? t("typing", { name: name || t("support") }) : ""),
  presence({ is_online }: { is_online: boolean }): void {
    isOnline = is_online;
    words();
    draw();
  },
  reset: (): void => void begin(),
};

let isBeginning = false;
/** Starts or renews the session; tries until it has one. */
async function begin(): Promise<void> {
  if (isBeginning) return;
  isBeginning = true;
  stopStream.abort();
  try {
    for (let failures = 0; ; failures++) {
      try {
        const token = read(tokenKey) ?? undefined;
        session = await api.session({ token, identity, language, time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone, ...page });
        break;
      } catch (error) {
        const isClosed = error instanceof Refused && error.isClosed;
        if (error instanceof Refused && !error.isTemporary && !isClosed) {
          // A token that is no longer good is forgotten once; then the door itself is closed.
          if (read(tokenKey) === null || failures > 0) return showBar(t("blocked"));
          write(tokenKey, null);
          continue;
        }
        showBar(t(isClosed ? "closed" : navigator.onLine ? "error" : "offline"));
        await rest(Math.min(30_000, 1_000 * 2 ** failures));
      }
    }
    api.token = session.token;
    write(tokenKey, session.token);
    language = languageOf(query.get("language")) ?? languageOf(session.language) ?? language;
    position = session.position;
    isOnline = session.settings.is_online;
    messages.clear();
    unread = 0;
    for (const message of session.messages) {
      messages.set(message.id, message);
      outbox.done(message.id);
      // What came here while the page was closed; whoever wrote has read what stood above.
      if (message.author.kind === "contact") unread = 0;
      else if (!message.elsewhere && !isRead(message)) unread++;
    }
    tellUnread();
    look(session.settings.color);
    showBar("");
    words();
    askBefore();
    draw();
    toEnd();
    see();
  } finally {
    isBeginning = false;
  }
  void listen();
  void flush();
}

// The visitor's hands.
let typedAt = 0;
// What is half written is still there on the next page of this tab.
const draftKey = `switchboard.${inbox}.draft`;
function keepDraft(): void {
  try {
    if (input.value) sessionStorage.setItem(draftKey, input.value);
    else sessionStorage.removeItem(draftKey);
  } catch {
    // Then it goes with the page.
  }
}
try {
  input.value = sessionStorage.getItem(draftKey) ?? "";
} catch {
  // Nothing was kept.
}
function fit(): void {
  input.style.height = "auto";
  input.style.height = `${Math.min(140, input.scrollHeight)}px`;
}
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = input.value.trim();
  if ((text === "" && files.length === 0) || uploads > 0) return input.focus();
  submit(text);
  input.value = "";
  keepDraft();
  typedAt = 0;
  fit();
  input.focus();
});
input.addEventListener("input", () => {
  fit();
  keepDraft();
  const isTyping = input.value !== "";
  if (session && (isTyping ? Date.now() - typedAt > 3_000 : typedAt > 0)) {
    typedAt = isTyping ? Date.now() : 0;
    api.typing(isTyping);
  }
});
input.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});
input.addEventListener("paste", (event) => {
  if (!event.clipboardData?.files.length) return;
  event.preventDefault();
  void take(event.clipboardData.files);
});
attach.addEventListener("click", () => fileInput.click());
fileInput.addEventListener("change", () => {
  void take([...(fileInput.files ?? [])]);
  fileInput.value = "";
});
if (shelf) shelf.onclick = browse;
mail.onclick = () => {
  const { sent, failed } = mail.dataset;
  api.post("transcript", {}).then(() => showBar(sent!), () => showBar(failed!));
};
close.addEventListener("click", () => tellPage({ switchboard: 1, type: "close" }));
document.addEventListener("keydown", (event) => event.key === "Escape" && tellPage({ switchboard: 1, type: "close" }));
document.addEventListener("visibilitychange", see);
addEventListener("offline", () => (showBar(t("offline")), draw()));
addEventListener("online", () => (showBar(""), draw(), void flush()));

// The page around.
let hasBegun = false;
function beginOnce(): void {
  if (!hasBegun) void begin();
  hasBegun = true;
}
addEventListener("message", (event: MessageEvent<ToFrame>) => {
  if (event.source !== window.parent || event.origin !== pageOrigin || event.data?.switchboard !== 1) return;
  const message = event.data;
  if (message.type === "hello") {
    identity = message.identity;
    page = { page_url: String(message.page_url).slice(0, 2_000), page_title: String(message.page_title).slice(0, 300), proactive: message.proactive ?? "" };
    isOpen = message.isOpen;
    beginOnce();
    if (isOpen && !message.isRestored) input.focus();
  } else if (message.type === "identify") {
    identity = message.identity;
    void begin();
  } else {
    isOpen = message.type === "opened";
    if (isOpen) {
      if (message.proactive && message.proactive !== page.proactive) {
        page.proactive = message.proactive;
        void begin();
      }
      toEnd();
      input.focus();
      see();
    }
  }
});

furnish();
if (window.parent === window) beginOnce();
else tellPage({ switchboard: 1, type: "ready" });
