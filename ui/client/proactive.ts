// What a business says first on other people's pages: a bubble above the button. The server sends this with the messages of
// an inbox, where it has any. Nothing of the visitor leaves the page but that a message was shown, or opened.
import type { Hooks } from "./widget/protocol";

interface Said {
  /** How the server knows the message and the language that it is in. */
  key: string;
  text: string;
  name: string;
  pages: string[];
  after: number;
}
interface Loader {
  _: Hooks;
  on: (name: string, listener: () => void) => void;
  proactive?: (said?: Said[]) => void;
}

const WORDS: Record<string, [from: string, close: string]> = {
  en: ["Message from", "Close message"],
  es: ["Mensaje de", "Cerrar el mensaje"],
  pt: ["Mensagem de", "Fechar a mensagem"],
};
const STYLE = `
.first{position:fixed;z-index:2147483000;bottom:92px;right:20px;width:min(300px,calc(100vw - 40px));font:400 15px/1.45 system-ui,sans-serif;color:#17202a}
.left .first{right:auto;left:20px}
.first>div{position:relative;background:#fff;border:1px solid rgb(10 20 30/.14);border-radius:14px;box-shadow:0 8px 30px rgb(10 20 30/.24);max-height:calc(100dvh - 120px);overflow:auto}
.first button{all:unset;box-sizing:border-box;cursor:pointer}
.first .say{display:block;width:100%;padding:12px 42px 14px 16px;border-radius:13px;white-space:pre-line;overflow-wrap:anywhere}
.first strong{display:block;font-size:13px;font-weight:600;color:#4a5763;margin-bottom:2px}
.first .shut{position:absolute;top:6px;right:6px;width:32px;height:32px;border-radius:50%;display:grid;place-items:center;color:#4a5763}
.first .shut:hover{background:rgb(120 130 140/.18)}
.first svg{width:18px;height:18px}
.first button:focus-visible{outline:3px solid var(--c);outline-offset:-3px}
@media(prefers-color-scheme:dark){.first{color:#e8edf1}.first>div{background:#1d252c;border-color:rgb(255 255 255/.2)}.first strong,.first .shut{color:#b4c0ca}.first button:focus-visible{outline-color:#fff}}
@media(prefers-reduced-motion:no-preference){.first>div{animation:f .2s ease-out}@keyframes f{from{opacity:0;transform:translateY(8px)}}}
@media(max-height:300px){.first{display:none}}`;

/** Whether a page is one that a line means: `*` stands for anything, a slash at the end for nothing. */
function isPage(line: string, at: URL): boolean {
  const bare = (text: string): string => text.toLowerCase().replace(/(?<=.)\/$/, "");
  const tail = line.includes("#") ? at.search + at.hash : line.includes("?") ? at.search : "";
  const path = bare((/^https?:/i.test(line) ? at.origin : "") + at.pathname);
  const parts = bare(line).split("*");
  const last = parts.pop()!;
  const isHere = (here: string): boolean => {
    if (parts.length === 0) return here === last;
    let from = 0;
    for (const [index, part] of parts.entries()) {
      const found = here.indexOf(part, from);
      if (found < 0 || (index === 0 && found > 0)) return false;
      from = found + part.length;
    }
    return here.length - last.length >= from && here.endsWith(last);
  };
  // `/prices/*` is also the page above them.
  return isHere(path + tail.toLowerCase()) || isHere(`${path}/${tail.toLowerCase()}`);
}

function start({ _: hooks, on }: Loader): (said?: Said[]) => void {
  const { box, inbox } = hooks;
  const root = box.getRootNode() as ShadowRoot;
  const [from, close] = WORDS[hooks.language] ?? WORDS["en"]!;
  const seenKey = `switchboard.${inbox}.proactive`;
  const counted: Record<"shown" | "opened", string[]> = { shown: [], opened: [] };
  // Where nothing can be kept, each is shown once on a page that is loaded.
  const here = new Set<string>();
  let said: Said[] = [];
  let timer = 0;
  let page = location.href;
  let since = 0;
  /** The chat was opened, or a message was shown: that is enough for this page. */
  let isOver = false;
  let shown: Said | undefined;

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  // It is there before its words are, so that screen readers say them.
  const place = document.createElement("div");
  place.className = "first";
  place.setAttribute("role", "status");
  box.prepend(place);

  const idOf = (one: Said): string => one.key.split(".")[0]!;
  const seen = (): string[] => {
    try {
      const kept: unknown = JSON.parse(localStorage.getItem(seenKey) ?? "[]");
      return Array.isArray(kept) ? kept.map(String) : [];
    } catch {
      return [];
    }
  };
  const remember = (id: string): void => {
    here.add(id);
    try {
      localStorage.setItem(seenKey, JSON.stringify([...seen().filter((one) => one !== id), id].slice(-100)));
    } catch {
      // Then until the next page.
    }
  };
  const fits = (one: Said): boolean => one.pages.length === 0 || one.pages.some((line) => isPage(line, new URL(location.href)));

  const flush = (): void => {
    if (counted.shown.length + counted.opened.length === 0) return;
    navigator.sendBeacon(`${hooks.base}/widget/proactive/${inbox}`, JSON.stringify(counted));
    counted.shown = [];
    counted.opened = [];
  };
  const take = (): void => {
    const hadFocus = place.contains(root.activeElement);
    shown = undefined;
    place.replaceChildren();
    if (hadFocus) box.querySelector<HTMLElement>(":scope>button")?.focus();
  };

  const show = (one: Said): void => {
    isOver = true;
    shown = one;
    remember(idOf(one));
    counted.shown.push(idOf(one));
    const bubble = document.createElement("div");
    bubble.setAttribute("role", "group");
    bubble.setAttribute("aria-label", `${from} ${one.name}`);
    const name = document.createElement("strong");
    name.textContent = one.name;
    const say = document.createElement("button");
    say.type = "button";
    say.className = "say";
    say.append(name, one.text);
    say.addEventListener("click", () => {
      counted.opened.push(idOf(one));
      hooks.press(one.key);
    });
    const shut = document.createElement("button");
    shut.type = "button";
    shut.className = "shut";
    shut.setAttribute("aria-label", close);
    // Pages may forbid HTML that is put together.
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    const cross = document.createElementNS("http://www.w3.org/2000/svg", "path");
    cross.setAttribute("d", "m6 6 12 12M18 6 6 18");
    svg.append(cross);
    shut.append(svg);
    shut.addEventListener("click", take);
    bubble.append(say, shut);
    place.append(bubble);
  };
  const due = (): void => {
    const one = next();
    if (!one || !hooks.isFree()) return;
    // Nobody has seen what was shown in a tab behind another.
    if (document.hidden) document.addEventListener("visibilitychange", plan, { once: true });
    else show(one);
  };
  /** The first one for this page that was not seen. */
  const next = (): Said | undefined => {
    const known = seen();
    return isOver ? undefined : said.find((one) => fits(one) && !here.has(idOf(one)) && !known.includes(idOf(one)));
  };
  const plan = (): void => {
    clearTimeout(timer);
    const one = next();
    if (one) timer = window.setTimeout(due, Math.max(0, since + one.after * 1000 - performance.now()));
  };

  on("open", () => {
    isOver = true;
    take();
    flush();
  });
  // Only now it is known of whoever chatted before whether they are in a conversation.
  on("unread", plan);
  addEventListener("pagehide", flush);
  document.addEventListener("visibilitychange", () => document.hidden && flush());
  document.addEventListener("keydown", (event) => event.key === "Escape" && shown && !event.defaultPrevented && take());
  // Pages that change their address without being loaded; theirs are the functions of the history, so we look.
  setInterval(() => {
    if (location.href === page) return;
    const was = new URL(page);
    page = location.href;
    if (was.pathname === location.pathname && was.search === location.search && !/^#!?\//.test(location.hash)) return;
    since = performance.now();
    isOver = shown !== undefined && fits(shown);
    if (!isOver) take();
    // It may have opened or closed since; browsers ask once a minute.
    hooks.greet();
  }, 500);
  return (fresh) => {
    if (fresh) said = fresh;
    plan();
  };
}

const loader = (window as unknown as { Switchboard?: Loader }).Switchboard;
if (loader?._) loader.proactive ??= start(loader);
