// One list to choose from, below the text: canned replies by `/`, people by `@`, cards, emoji, answers
// of the knowledge base. The text keeps the focus; arrows choose, Enter takes, Escape closes.
import { announce, byId, openId } from "../page";
import { ask, base, body, insert, isNote, text } from "./form";
import { touched } from "./drafts";
import { find as findEmoji } from "./emoji";
import { line, pick } from "./files";
import { say } from "./words";

type Kind = "canned" | "people" | "card" | "suggest" | "emoji";

let open: Kind | null = null;
/** Where the letters begin that are replaced. */
let from = 0;
let asked = 0;
let people: string[] | null = null;
let peopleOf = "";

const place = (): HTMLElement | null => byId("composer-picker");
const options = (): HTMLElement[] => [...(place()?.querySelectorAll<HTMLElement>("[role=option]") ?? [])];

export const isOpen = (): boolean => open !== null;

export function close(): void {
  const box = place();
  open = null;
  asked++;
  box?.replaceChildren();
  if (box) box.hidden = true;
  const area = text();
  area?.removeAttribute("aria-activedescendant");
  area?.removeAttribute("aria-controls");
}

function show(kind: Kind, content: Node[]): void {
  const box = place();
  if (!box) return;
  open = kind;
  box.dataset["kind"] = kind;
  // What stands there already stays, and with it the focus and the keyboard of a phone.
  const isThere = content.every((node, at) => node.parentNode !== box || box.childNodes[at] === node);
  if (isThere) for (const old of [...box.childNodes]) if (!content.includes(old as ChildNode)) old.remove();
  if (isThere) box.append(...content.filter((node) => node.parentNode !== box));
  else box.replaceChildren(...content);
  box.hidden = false;
  const first = options()[0];
  text()?.setAttribute("aria-controls", "composer-picker");
  if (first) select(first, false);
}

function select(option: HTMLElement, isLoud = true): void {
  for (const other of options()) other.setAttribute("aria-selected", String(other === option));
  text()?.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
  if (isLoud) announce(option.querySelector(".pick-head")?.textContent ?? option.textContent ?? "");
}

function step(by: number): void {
  const all = options();
  const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
  const next = all[(at + by + all.length) % all.length];
  if (next) select(next);
}

/** How many options stand in one row. */
function columns(): number {
  const all = options();
  const next = all.findIndex((option) => option.offsetTop > (all[0]?.offsetTop ?? 0));
  return next < 1 ? Math.max(1, all.length) : next;
}

/** A list that the server draws. Only the newest question counts. */
async function load(kind: Kind, path: string, head: Node[] = []): Promise<void> {
  const mine = ++asked;
  try {
    const answer = await ask(path);
    if (mine !== asked || !answer.ok) return;
    const drawn = document.createElement("div");
    drawn.innerHTML = await answer.text();
    if (mine === asked) show(kind, [...head, ...drawn.childNodes]);
  } catch {
    // The connection's own bar says so.
  }
}

function listOf(words: [string, string][], kind: Kind): HTMLUListElement {
  const list = document.createElement("ul");
  list.setAttribute("role", "listbox");
  list.append(
    ...words.map(([value, label], index) => {
      const item = document.createElement("li");
      item.id = `pick-${index}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", String(index === 0));
      item.dataset[kind] = value;
      item.title = label;
      item.textContent = kind === "emoji" ? value : label;
      return item;
    }),
  );
  return list;
}

/** What was just typed may begin or narrow a list. */
export async function typed(): Promise<void> {
  const area = text();
  if (!area) return;
  const before = area.value.slice(0, area.selectionStart);
  const slash = /(?:^|\s)\/([\p{L}\p{N}_.-]*)$/u.exec(before);
  if (slash) {
    from = before.length - (slash[1] ?? "").length - 1;
    return load("canned", `/canned?q=${encodeURIComponent(slash[1] ?? "")}`);
  }
  const at = isNote() ? /(?:^|\s)@([\p{L} ]{0,40})$/u.exec(before) : null;
  if (at) {
    const mine = ++asked;
    const conversation = openId() ?? "";
    if (peopleOf !== conversation) people = null;
    peopleOf = conversation;
    people ??= await fetch(`/inbox/people?conversation=${encodeURIComponent(conversation)}`, { credentials: "same-origin" })
      .then(async (answer) => (answer.ok ? ((await answer.json()) as string[]) : null))
      .catch(() => null);
    if (mine !== asked) return;
    const letters = (at[1] ?? "").toLowerCase();
    const fits = (people ?? []).filter((name) => name.toLowerCase().startsWith(letters)).slice(0, 8);
    from = before.length - (at[1] ?? "").length;
    if (fits.length > 0) return show("people", [listOf(fits.map((name) => [name, name]), "people")]);
  }
  if (open === "canned" || open === "people") close();
}

function search(kind: Kind, label: string, find: (words: string) => void): HTMLInputElement {
  const input = document.createElement("input");
  input.className = "input";
  input.type = "search";
  input.setAttribute("aria-label", label);
  input.placeholder = label;
  input.addEventListener("input", (event) => {
    event.stopPropagation();
    find(input.value);
  });
  input.addEventListener("keydown", (event) => {
    if (onKey(event)) event.stopPropagation();
  });
  input.dataset["picker"] = kind;
  return input;
}

export function openPicker(kind: Kind): void {
  if (open === kind) return close();
  const area = text();
  from = area?.selectionStart ?? 0;
  if (kind === "canned") {
    insert(from > 0 && !/\s$/.test(area?.value.slice(0, from) ?? "") ? " /" : "/");
    return void typed();
  }
  if (kind === "suggest") return void load("suggest", "/suggest");
  if (kind === "emoji") {
    const draw = (words: string): void => {
      const box = place();
      box?.querySelector("ul")?.remove();
      box?.append(listOf(findEmoji(words), "emoji"));
    };
    const input = search("emoji", say("emojiSearch"), draw);
    show("emoji", [input]);
    draw("");
    return input.focus();
  }
  if (kind === "card") {
    const kinds = [...document.querySelectorAll<HTMLElement>("#card-kinds [data-kind]")];
    let chosen = kinds[0]?.dataset["kind"] ?? "";
    const tabs = document.createElement("div");
    tabs.className = "picker-tabs";
    const find = (words: string): void => void reload(words);
    const input = search("card", say("cardSearch"), find);
    const reload = (words: string): Promise<void> => load("card", `/cards?kind=${chosen}&q=${encodeURIComponent(words)}`, [tabs, input]);
    for (const one of kinds) {
      const tab = document.createElement("button");
      tab.type = "button";
      tab.className = "button ghost";
      tab.textContent = one.textContent;
      tab.setAttribute("aria-pressed", String(one.dataset["kind"] === chosen));
      tab.addEventListener("click", () => {
        chosen = one.dataset["kind"] ?? "";
        for (const other of tabs.children) other.setAttribute("aria-pressed", String(other === tab));
        void reload(input.value);
        input.focus();
      });
      tabs.append(tab);
    }
    // The field is there before the list is: what is typed at once is looked for, and is no reply.
    show("card", [tabs, input]);
    input.focus();
    void reload("");
  }
}

async function take(option: HTMLElement, other: boolean): Promise<void> {
  const { canned, people: person, card, emoji, suggestion, title } = option.dataset;
  const area = text();
  if (emoji) {
    close();
    area?.focus();
    return insert(emoji);
  }
  if (person) {
    close();
    return insert(`${person} `, from);
  }
  if (suggestion !== undefined && !other) {
    close();
    return insert(suggestion);
  }
  if (card) {
    close();
    pick(line(title ?? card, "card", card));
    area?.focus();
    return touched();
  }
  if (canned) {
    const start = from;
    close();
    const answer = await fetch(`${base()}/canned`, { method: "POST", body: body({ canned, text: "" }), headers: { "HX-Request": "true" }, credentials: "same-origin" });
    if (!answer.ok) return;
    const filled = (await answer.json()) as { text: string; missing: string[] };
    insert(filled.text, start);
    missing();
  }
}

/** What a variable stands for, in the reader's words; one that is none stays as it was written. */
function named(name: string): string {
  const words = say(`variable:${name}`);
  return words.startsWith("variable:") ? name : words;
}

/** Names the variables that nobody has filled; the first of them is selected, to be written over. */
export function missing(): void {
  const area = text();
  const place = byId("composer-missing");
  if (!area || !place) return;
  const names = [...new Set([...area.value.matchAll(/\{\{\s*([a-z._]+)\s*\}\}/g)].map((found) => found[1] ?? ""))];
  place.hidden = names.length === 0 || isNote();
  const words = names.length > 0 ? say("missing", { names: names.map((name) => named(name)).join(", ") }) : "";
  if (place.textContent !== words) place.textContent = words;
}

/** Keys of an open list; tells whether the key was one. */
export function onKey(event: KeyboardEvent): boolean {
  if (!open) return false;
  const all = options();
  const isGrid = open === "emoji";
  switch (event.key) {
    case "ArrowDown":
      step(isGrid ? columns() : 1);
      break;
    case "ArrowUp":
      step(isGrid ? -columns() : -1);
      break;
    case "ArrowRight":
    case "ArrowLeft":
      if (!isGrid) return false;
      step(event.key === "ArrowRight" ? 1 : -1);
      break;
    case "Enter":
    case "Tab": {
      const chosen = all.find((option) => option.getAttribute("aria-selected") === "true");
      if (!chosen || event.ctrlKey || event.metaKey) return false;
      void take(chosen, event.shiftKey);
      break;
    }
    case "Escape":
      close();
      text()?.focus();
      break;
    default:
      return false;
  }
  event.preventDefault();
  return true;
}

export function picker(): void {
  document.addEventListener("mousedown", (event) => {
    const target = event.target as Element;
    const option = target.closest<HTMLElement>("#composer-picker [role=option]");
    if (option && !target.closest("a")) {
      event.preventDefault();
      void take(option, event.shiftKey);
    } else if (open && !target.closest("#composer-picker, [data-tool], #composer-text")) close();
  });
  document.addEventListener("inbox:opened", close);
}
