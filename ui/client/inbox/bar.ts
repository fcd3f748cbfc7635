// The command bar: every action, every place, and what a search finds, by a few letters.
import { byId, headers, settings } from "./page";
import { go } from "./go";

interface Item {
  words: string;
  hint: string;
  kind: string;
  run: () => void;
}

const dialog = (): HTMLDialogElement | null => byId<HTMLDialogElement>("commands");
const input = (): HTMLInputElement | null => byId<HTMLInputElement>("commands-input");

let shown: Item[] = [];
let chosen = 0;
let runAction: (action: string) => void = () => {};
let isPossible: (action: string, needs: string) => boolean = () => true;

const plain = (text: string): string => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** How well letters fit words: those that begin words, and those in a row, count more. -1 is not at all. */
export function fit(letters: string, text: string): number {
  const wanted = plain(letters).replace(/\s+/g, "");
  const words = plain(text);
  let score = 0;
  let from = 0;
  let last = -2;
  for (const letter of wanted) {
    const found = words.indexOf(letter, from);
    if (found < 0) return -1;
    if (found === last + 1) score += 4;
    if (found === 0 || /[\s.,:/#-]/.test(words[found - 1] ?? "")) score += 3;
    score -= Math.min(found - from, 6) * 0.2;
    last = found;
    from = found + 1;
  }
  return score - words.length * 0.01;
}

function visit(href: string): void {
  const to = new URL(href, location.href);
  if (to.pathname.startsWith("/inbox")) void go(to.href);
  else location.assign(to.href);
}

function everything(): Item[] {
  const items: Item[] = settings.keys
    .filter(({ action, needs }) => action !== "commands" && action !== "send" && isPossible(action, needs))
    // What can be done with what is open comes before the ways elsewhere.
    .sort((one, other) => Number(other.needs === "act" || other.needs === "write") - Number(one.needs === "act" || one.needs === "write"))
    .map(({ action, key, words: name }) => ({ words: name, hint: key, kind: "action", run: () => runAction(action) }));
  for (const tab of document.querySelectorAll<HTMLAnchorElement>("#views a.tab-like"))
    items.push({ words: tab.querySelector(".views-name")?.textContent ?? "", hint: "", kind: "place", run: () => visit(tab.href) });
  for (const [name, href] of settings.places) items.push({ words: name, hint: "", kind: "place", run: () => visit(href) });
  // Choices of the open conversation: whom to give it to, which label, how long to snooze.
  for (const button of document.querySelectorAll<HTMLButtonElement>("#side .choices button, #desk-bar .choices button")) {
    const menu = button.closest("details")?.querySelector("summary")?.textContent?.trim() ?? "";
    items.push({ words: `${menu}: ${button.textContent?.trim() ?? ""}`, hint: "", kind: "action", run: () => button.click() });
  }
  return items;
}

function draw(): void {
  const list = byId("commands-list");
  if (!list) return;
  list.replaceChildren(
    ...shown.map((item, index) => {
      const line = document.createElement("li");
      line.id = `command-${index}`;
      line.role = "option";
      line.setAttribute("aria-selected", String(index === chosen));
      line.dataset["index"] = String(index);
      line.className = `k-${item.kind}`;
      const name = document.createElement("span");
      name.className = "command-words";
      name.textContent = item.words;
      line.append(name);
      if (item.hint) {
        const hint = document.createElement(item.kind === "action" ? "kbd" : "span");
        hint.className = "command-hint";
        hint.textContent = item.hint;
        line.append(hint);
      }
      return line;
    }),
  );
  input()?.setAttribute("aria-activedescendant", shown.length > 0 ? `command-${chosen}` : "");
  byId(`command-${chosen}`)?.scrollIntoView({ block: "nearest" });
  const none = byId("commands-none");
  if (none) none.hidden = shown.length > 0;
  const count = byId("commands-count");
  if (count) count.textContent = settings.words.found.replace("{n}", String(shown.length));
}

interface Found {
  items: { kind: string; title: string; hint: string; url: string }[];
  /// What of it was not understood; empty when all was.
  notice: string;
}

/** Says what of the words was not understood, or nothing. */
function remark(words: string): void {
  const line = byId("commands-notice");
  if (!line) return;
  line.textContent = words;
  line.hidden = words === "";
}

let journey = 0;
let timer = 0;

async function ask(text: string): Promise<void> {
  const mine = ++journey;
  const answer = await fetch(`/inbox/find?q=${encodeURIComponent(text)}`, { headers: headers(), credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok || mine !== journey) return;
  const { items, notice } = (await answer.json()) as Found;
  if (mine !== journey) return;
  remark(notice);
  shown = [...shown.filter((item) => item.kind !== "found"), ...items.map((one) => ({ words: one.title, hint: one.hint, kind: "found", run: () => visit(one.url) }))];
  draw();
}

function choose(): void {
  const text = input()?.value.trim() ?? "";
  chosen = 0;
  journey++;
  clearTimeout(timer);
  if (text.length < 2) remark("");
  const all = everything();
  if (text === "") shown = all.filter((item) => item.kind === "action" || item.kind === "place").slice(0, 60);
  else {
    shown = all
      .map((item) => ({ item, score: fit(text, item.words) }))
      // Letters strewn over a sentence mean something else.
      .filter(({ score }) => score >= text.length * 2)
      .sort((one, other) => other.score - one.score)
      .slice(0, 8)
      .map(({ item }) => item);
    const number = /^(#|t-?)?(\d{1,12})$/i.exec(text);
    if (number) {
      const n = number[2] as string;
      const isTicket = /^t/i.test(number[1] ?? "");
      const conversation: Item = { words: settings.words.goNumber.replace("{n}", n), hint: "", kind: "place", run: () => visit(`/inbox/go/${n}`) };
      const ticket: Item = { words: settings.words.goTicket.replace("{n}", n), hint: "", kind: "place", run: () => visit(`/inbox/go/T-${n}`) };
      shown.unshift(...(isTicket ? [ticket] : number[1] ? [conversation] : [conversation, ticket]));
    } else {
      const search: Item = { words: settings.words.searchAll.replace("{q}", text), hint: "", kind: "place", run: () => visit(`/inbox?tab=all&q=${encodeURIComponent(text)}`) };
      shown.push(search);
      if (text.length > 1) timer = window.setTimeout(() => void ask(text), 90);
    }
  }
  draw();
}

let cameFrom: Element | null = null;

function run(index: number): void {
  const item = shown[index];
  if (!item) return;
  dialog()?.close();
  (cameFrom as HTMLElement | null)?.focus?.();
  item.run();
}

export function openBar(): void {
  const box = dialog();
  if (!box || box.open) return;
  cameFrom = document.activeElement;
  const field = input();
  if (field) field.value = "";
  box.showModal();
  field?.focus();
  choose();
}

export function commandBar(doAction: (action: string) => void, canDo: (action: string, needs: string) => boolean): void {
  runAction = doAction;
  isPossible = canDo;
  document.addEventListener("input", (event) => event.target === input() && choose());
  document.addEventListener("keydown", (event) => {
    if (event.target !== input() || event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && shown.length > 0) {
      event.preventDefault();
      chosen = (chosen + step + shown.length) % shown.length;
      draw();
    } else if (event.key === "Enter") {
      event.preventDefault();
      run(chosen);
    }
  });
  document.addEventListener("click", (event) => {
    const line = (event.target as Element).closest<HTMLElement>("#commands-list > li");
    if (line) run(Number(line.dataset["index"]));
    else if (event.target === dialog()) dialog()?.close();
  });
}

