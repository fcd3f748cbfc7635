// The loader on other people's pages: a button, and on demand a frame of ours. It reads nothing of
// the page but its address and title, and talks only to that frame.
import type { Hooks, ToFrame, ToPage } from "./widget/protocol";

interface Options {
  inbox?: string;
  identity?: string;
  language?: string;
  color?: string;
  position?: string;
  hidden?: string;
}
type Listener = (value: unknown) => void;

const WORDS: Record<string, [open: string, close: string, unread: string]> = {
  en: ["Open chat", "Close chat", "unread"],
  es: ["Abrir el chat", "Cerrar el chat", "sin leer"],
  pt: ["Abrir o chat", "Fechar o chat", "não lidas"],
};
const STYLE = `
:host{all:initial}
button{position:fixed;z-index:2147483000;bottom:20px;right:20px;width:58px;height:58px;border:0;border-radius:50%;
background:var(--c);color:var(--t);cursor:pointer;display:grid;place-items:center;box-shadow:0 4px 18px rgb(10 20 30/.28),0 0 0 1.5px rgb(255 255 255/.4)}
button:hover{filter:brightness(1.08)}
button:focus-visible{outline:3px solid var(--c);outline-offset:3px}
svg{width:28px;height:28px;fill:none;stroke:currentColor;stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}
b{position:absolute;top:-3px;right:-3px;min-width:22px;height:22px;padding:0 6px;box-sizing:border-box;border-radius:11px;
background:#c5221f;color:#fff;font:600 12px/22px system-ui,sans-serif;text-align:center}
iframe{position:fixed;z-index:2147483000;bottom:92px;right:20px;width:384px;height:min(640px,calc(100dvh - 116px));border:0;
border-radius:16px;box-shadow:0 10px 44px rgb(10 20 30/.26);color-scheme:normal;background:transparent}
.left button,.left iframe{right:auto;left:20px}
[hidden]{display:none!important}
@media(prefers-reduced-motion:no-preference){iframe{animation:r .16s ease-out}@keyframes r{from{opacity:0;transform:translateY(10px)}}}
@media(max-width:480px),(max-height:480px){iframe{bottom:0;height:100dvh;border-radius:0}.open.ready button{display:none}}
@media(max-width:480px){iframe{inset:0!important;width:100%}}
@media print{:host{display:none}}`;

function start(): void {
  const script = document.currentScript as HTMLScriptElement | null;
  const options: Options = { ...(window as { switchboard?: Options }).switchboard, ...script?.dataset };
  const base = script?.src ? new URL(script.src).origin : location.origin;
  const inbox = options.inbox;
  if (!inbox) return console.error("switchboard: the script tag needs data-inbox");
  if ("Switchboard" in window) return;

  const tags = [options.language, document.documentElement.lang, navigator.language];
  const language = tags.map((tag) => (tag ?? "").slice(0, 2).toLowerCase()).find((tag) => tag in WORDS) ?? "";
  const words = WORDS[language] ?? WORDS["en"]!;
  const listeners: Record<string, Listener[]> = {};
  const emit = (name: string, value?: unknown): void => listeners[name]?.forEach((listener) => listener(value));
  const mark = `switchboard.${inbox}.seen`;
  const openMark = `switchboard.${inbox}.open`;
  let identity = options.identity;
  let frame: HTMLIFrameElement | null = null;
  let isReady = false;
  let isOpen = false;
  let unread = 0;
  /** It was open on the page before: it stands there again, and takes nobody's focus. */
  let isRestored = false;
  /** The proactive message that opened the chat. */
  let proactive: string | null = "";
  /** Nobody is spoken to who is in a conversation; of who chatted before the frame says whether they are. */
  let isFree = false;

  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  const box = document.createElement("div");
  if (options.position === "left") box.className = "left";
  const button = document.createElement("button");
  button.type = "button";
  const badge = document.createElement("b");
  badge.hidden = true;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.append(path);
  button.append(svg, badge);
  box.append(button);
  root.append(box);
  // A constructed sheet is not an inline style, so the page's own policy does not forbid it.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];

  const look = (color: string): void => {
    if (!/^#[0-9a-f]{6}$/i.test(color)) return;
    const [r, g, b] = [1, 3, 5].map((at) => (parseInt(color.slice(at, at + 2), 16) / 255) ** 2.2) as [number, number, number];
    host.style.setProperty("--c", color);
    host.style.setProperty("--t", 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.36 ? "#10151a" : "#ffffff");
  };
  const draw = (): void => {
    box.classList.toggle("open", isOpen);
    // On a phone the frame covers the page and closes itself; until it can, the button stays on it.
    box.classList.toggle("ready", isReady);
    path.setAttribute("d", isOpen ? "m6 9 6 6 6-6" : "M20 11.5a7.5 7.5 0 0 1-11.2 6.5L4 19.5l1.4-4.3A7.5 7.5 0 1 1 20 11.5z");
    button.setAttribute("aria-expanded", String(isOpen));
    button.setAttribute("aria-label", isOpen ? words[1] : unread ? `${words[0]} (${unread} ${words[2]})` : words[0]);
    badge.hidden = isOpen || unread === 0;
    badge.textContent = unread > 9 ? "9+" : String(unread);
    if (frame) frame.hidden = !isOpen;
  };
  const tell = (message: ToFrame): void => {
    if (isReady) frame?.contentWindow?.postMessage(message, base);
  };
  const load = (): void => {
    if (frame) return;
    frame = document.createElement("iframe");
    frame.title = words[0];
    frame.allow = "clipboard-write";
    const query = new URLSearchParams({ inbox, origin: location.origin, language });
    frame.src = `${base}/widget/frame?${query}`;
    frame.hidden = true;
    box.prepend(frame);
  };
  const set = (open: boolean): void => {
    if (open === isOpen) return;
    isOpen = open;
    if (open) load();
    try {
      if (open) localStorage.setItem(mark, "1");
      sessionStorage[open ? "setItem" : "removeItem"](openMark, proactive ?? "");
    } catch {
      // Then the unread count waits for the next opening, and the next page begins closed.
    }
    draw();
    tell({ switchboard: 1, type: open ? "opened" : "closed", proactive });
    if (!open) button.focus();
    emit(open ? "open" : "close");
  };

  addEventListener("message", (event: MessageEvent<ToPage>) => {
    if (event.origin !== base || !frame || event.source !== frame.contentWindow || event.data?.switchboard !== 1) return;
    const message = event.data;
    if (message.type === "ready") {
      isReady = true;
      draw();
      const hello: ToFrame = { switchboard: 1, type: "hello", page_url: location.href, page_title: document.title, isOpen, isRestored, proactive };
      tell(identity ? { ...hello, identity } : hello);
      emit("ready");
    } else if (message.type === "close") set(false);
    else if (message.type === "unread") {
      unread = Math.max(0, Number(message.count) || 0);
      isFree = !message.isTalking;
      draw();
      emit("unread", unread);
    } else if (message.type === "look") look(options.color ?? message.color);
    else if (message.type === "message") emit("message", message.message);
  });
  button.addEventListener("click", () => set(!isOpen));

  const greet = (): void => {
    const script = document.createElement("script");
    script.crossOrigin = "anonymous";
    script.src = `${base}/widget/proactive/${inbox}?language=${language}`;
    root.append(script);
    script.onload = script.remove;
  };
  (window as unknown as { Switchboard: object }).Switchboard = {
    open: () => set(true),
    close: () => set(false),
    toggle: () => set(!isOpen),
    identify: (jwt: string) => {
      identity = jwt;
      tell({ switchboard: 1, type: "identify", identity: jwt });
    },
    on: (name: string, listener: Listener) => {
      (listeners[name] ??= []).push(listener);
      return () => (listeners[name] = (listeners[name] ?? []).filter((one) => one !== listener));
    },
    // For `proactive.ts` alone.
    _: {
      box,
      inbox,
      language,
      base,
      greet,
      isFree: () => isFree && !isOpen,
      press: (key: string) => {
        proactive = key;
        set(true);
      },
    } satisfies Hooks,
  };

  look("#0b6b5d");
  if (options.color) look(options.color);
  if (options.hidden !== undefined) button.hidden = true;
  draw();
  const show = (): void => {
    document.body.append(host);
    // Who chatted before is told of answers without opening it first.
    let isKnown = identity !== undefined;
    try {
      isKnown ||= localStorage.getItem(mark) !== null;
      // On a phone it would cover the page that was just opened.
      proactive = sessionStorage.getItem(openMark);
      isRestored = proactive !== null && matchMedia("(min-width:481px)").matches;
    } catch {
      // Not known, then.
    }
    isFree = !isKnown;
    if (isRestored) set(true);
    if (isKnown) setTimeout(load, 800);
    if (!button.hidden) greet();
  };
  if (document.body) show();
  else addEventListener("DOMContentLoaded", show);
}
start();
