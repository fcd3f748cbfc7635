// A long list: more rows as they are needed, and several of them chosen together.
import { byId, headers, say, settings, words } from "./page";
import { soon } from "./go";
import { type Merged, offer } from "./offer";

/** Beyond so many the first rows go away again, so that a long walk down the list stays light. */
const MOST_ROWS = 1_500;
const GONE_AT_ONCE = 500;

const rows = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>("#rows > .row")];
const boxes = (): HTMLInputElement[] => [...document.querySelectorAll<HTMLInputElement>("#rows input[name=c]")];

/** How many rows a refresh should bring, so that those that were loaded stay. */
export function loaded(): number {
  return rows().length;
}

let isLoading = false;

async function more(): Promise<void> {
  const link = byId<HTMLAnchorElement>("older");
  const list = byId("list");
  const place = byId("rows");
  if (!link || !list || !place || isLoading) return;
  isLoading = true;
  const after = new URL(link.href).searchParams.get("after") ?? "";
  const from = new URL(list.dataset["refresh"] ?? "", location.href);
  from.searchParams.set("after", after);
  try {
    const answer = await fetch(from, { headers: headers(), credentials: "same-origin" });
    // A refresh that came in between has another end.
    if (!answer.ok || byId("older") !== link) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const known = new Set(rows().map((row) => row.id));
    const fresh = [...page.querySelectorAll<HTMLElement>("#rows > .row")].filter((row) => !known.has(row.id));
    place.append(...fresh.map((row) => document.adoptNode(row)));
    const next = page.getElementById("older");
    if (next) link.replaceWith(document.adoptNode(next));
    else link.remove();
    trim(place);
    watch();
  } catch {
    say(words("failed"));
  } finally {
    isLoading = false;
  }
}

function trim(place: HTMLElement): void {
  const all = rows();
  if (all.length <= MOST_ROWS) return;
  const scroller = place.closest<HTMLElement>(".rows") ?? place;
  const before = scroller.scrollHeight;
  for (const row of all.slice(0, GONE_AT_ONCE)) if (!row.querySelector(":checked, [aria-current]")) row.remove();
  scroller.scrollTop -= before - scroller.scrollHeight;
}

let watcher: IntersectionObserver | null = null;

/** Loads more rows before the reader comes to the end of those that are there. */
export function watch(): void {
  watcher?.disconnect();
  const link = byId("older");
  if (!link) return;
  watcher = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && void more(), { rootMargin: "600px" });
  watcher.observe(link);
}

// Choosing several

let lastPicked = "";
let isPicking = false;

function show(): void {
  const bar = byId("bulk");
  const chosen = boxes().filter((box) => box.checked).length;
  byId("rows")?.classList.toggle("is-picking", isPicking || chosen > 0);
  byId("pick-toggle")?.setAttribute("aria-pressed", String(isPicking || chosen > 0));
  if (!bar) return;
  bar.hidden = chosen === 0;
  const count = byId("bulk-count");
  const text = settings.words.bulkCount.replace("{n}", String(chosen));
  if (count && chosen > 0 && count.textContent !== text) count.textContent = text;
}

/** How tall the bar is depends on words and width; what would lie under it has to know. */
function makeRoom(): void {
  const bar = byId("bulk");
  if (!bar) return;
  new ResizeObserver(() => {
    if (!bar.hidden) document.body.style.setProperty("--above-bulk", `${Math.ceil(innerHeight - bar.getBoundingClientRect().top + 10)}px`);
  }).observe(bar);
}

function here(): HTMLElement | null {
  const focused = document.activeElement?.closest<HTMLElement>("#rows > .row");
  return focused ?? document.querySelector<HTMLElement>("#rows > .row:has([aria-current])") ?? rows()[0] ?? null;
}

export function pick(isRange = false): void {
  const row = here();
  const box = row?.querySelector<HTMLInputElement>("input[name=c]");
  if (!row || !box) return;
  if (isRange) return range(row);
  box.checked = !box.checked;
  lastPicked = row.id;
  row.querySelector<HTMLElement>("a.row-link")?.focus({ preventScroll: true });
  show();
}

function range(row: HTMLElement): void {
  const all = rows();
  const to = all.indexOf(row);
  const from = all.findIndex((one) => one.id === lastPicked);
  for (const one of all.slice(Math.min(from < 0 ? to : from, to), Math.max(from, to) + 1)) {
    const box = one.querySelector<HTMLInputElement>("input[name=c]");
    if (box) box.checked = true;
  }
  lastPicked = row.id;
  show();
}

export function pickAll(isOn: boolean): void {
  for (const box of boxes()) box.checked = isOn;
  if (!isOn) isPicking = false;
  show();
}

export function pickMode(): void {
  if (boxes().some((box) => box.checked)) return pickAll(false);
  isPicking = !isPicking;
  show();
}

interface Came {
  merged?: Merged;
  done: number;
  unchanged: number;
  refused: { id: string; number: number | null; why: string }[];
}

async function send(form: HTMLFormElement, what: string): Promise<void> {
  const body = new URLSearchParams([...new FormData(form)].map(([key, value]) => [key, String(value)]));
  body.set("do", what);
  // The boxes belong to the form by their `form` attribute; those of rows that went away are gone.
  const answer = await fetch(form.action, { method: "POST", headers: headers(), body, credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok) return say(words("failed"));
  const came = (await answer.json()) as Came;
  for (const open of form.querySelectorAll<HTMLDetailsElement>("details[open]")) open.open = false;
  const refused = new Set(came.refused.map((one) => one.id));
  // What was refused stays chosen: it is what is left to look at.
  for (const box of boxes()) if (!refused.has(box.value)) box.checked = false;
  show();
  const first = came.refused[0];
  if (came.merged) offer(came.merged);
  if (first) say(settings.words.bulkRefused.replace("{n}", came.refused.map((one) => `#${one.number ?? "?"}`).join(", ")).replace("{why}", first.why));
  else if (!came.merged) say(settings.words.bulkDone.replace("{n}", String(came.done + came.unchanged)));
  soon("list", "thread");
  byId("rows")?.querySelector<HTMLElement>("a.row-link")?.focus();
}

export function rowsAndPicks(): void {
  watch();
  makeRoom();
  document.addEventListener("inbox:listed", () => {
    watch();
    show();
  });
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const box = target.closest<HTMLInputElement>("#rows input[name=c]");
    if (box) {
      const row = box.closest<HTMLElement>(".row");
      if (event.shiftKey && row) range(row);
      else if (row) lastPicked = row.id;
      show();
    }
    const does = target.closest<HTMLElement>("[data-action]")?.dataset["action"];
    if (does === "pick-mode") pickMode();
    if (does === "pick-all") pickAll(true);
    if (does === "pick-none") pickAll(false);
    if (target.closest("#older")) {
      event.preventDefault();
      void more();
    }
  });
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (form.id !== "bulk") return;
    event.preventDefault();
    const button = event.submitter as HTMLButtonElement | null;
    const what = button?.value ?? "";
    const reason = byId<HTMLInputElement>("bulk-reason");
    if (what.startsWith("level:") && reason && reason.value.trim() === "") {
      reason.focus();
      return;
    }
    void send(form, what);
  });
  show();
}
