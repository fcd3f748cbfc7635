// The messages of the open conversation: earlier ones as they are wanted, the first unread one, and
// words within it.
import { byId, headers, openId, say, settings, words } from "./page";
import { go } from "./go";
import { toEnd } from "./morph";

const timeline = (): HTMLElement | null => byId("timeline");

/** The day marks of what was loaded above stand once only. */
export function days(): void {
  let last = "";
  for (const mark of document.querySelectorAll<HTMLElement>("#timeline .day")) {
    const day = mark.dataset["day"] ?? "";
    mark.hidden = day === last;
    last = day;
  }
}

let isLoading = false;

/** Puts the messages above those that are shown; the reader's place stays where it is. */
export async function earlier(): Promise<boolean> {
  const place = byId("earlier");
  const before = place?.dataset["before"];
  const box = timeline();
  if (!place || !before || !box || isLoading) return false;
  isLoading = true;
  const id = openId();
  try {
    const answer = await fetch(`${place.dataset["url"]}?before=${encodeURIComponent(before)}`, { headers: headers(), credentials: "same-origin" });
    if (!answer.ok || openId() !== id) return false;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const piece = page.getElementById("earlier");
    if (!piece) return false;
    place.querySelector(":scope > a.older")?.remove();
    const height = box.scrollHeight;
    const top = box.scrollTop;
    place.prepend(...[...piece.childNodes].map((node) => document.adoptNode(node)));
    if (piece.dataset["before"]) place.dataset["before"] = piece.dataset["before"];
    else delete place.dataset["before"];
    days();
    box.scrollTop = top + box.scrollHeight - height;
    return true;
  } catch {
    say(words("failed"));
    return false;
  } finally {
    isLoading = false;
  }
}

function flash(element: HTMLElement): void {
  element.closest("details")?.setAttribute("open", "");
  element.scrollIntoView({ block: "center" });
  element.focus({ preventScroll: true });
  element.classList.remove("is-flashed");
  // Twice in a row is seen twice.
  void element.offsetWidth;
  element.classList.add("is-flashed");
}

/** Shows one message, wherever in the conversation it is. */
export async function showMessage(id: string): Promise<void> {
  if (!byId(`m-${id}`)) {
    const url = new URL(location.href);
    url.searchParams.set("at", id);
    await go(url.href, false, true);
  }
  const found = byId(`m-${id}`);
  if (found) flash(found);
}

export function unread(): void {
  const mark = byId("unread-mark");
  const link = byId<HTMLAnchorElement>("unread-jump");
  if (mark) mark.scrollIntoView({ block: "start" });
  else if (link) link.click();
}

export function newest(): void {
  const link = document.querySelector<HTMLAnchorElement>("#timeline > a.newer");
  if (!link) return toEnd();
  const url = new URL(location.href);
  url.searchParams.delete("at");
  url.hash = "";
  void go(url.href, false, true).then(toEnd);
}

// Words within the conversation

let hits: string[] = [];
let at = -1;
let asked = "";

function mark(text: string): void {
  const registry = (CSS as unknown as { highlights?: Map<string, unknown> }).highlights;
  const Highlight_ = (window as unknown as { Highlight?: new (...ranges: Range[]) => unknown }).Highlight;
  if (!registry || !Highlight_) return;
  registry.delete("within");
  const wanted = text.trim().toLowerCase();
  const box = timeline();
  if (wanted === "" || !box) return;
  const ranges: Range[] = [];
  const walk = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
  while (walk.nextNode() && ranges.length < 2_000) {
    const content = walk.currentNode.textContent?.toLowerCase() ?? "";
    for (let from = content.indexOf(wanted); from >= 0; from = content.indexOf(wanted, from + wanted.length)) {
      const range = new Range();
      range.setStart(walk.currentNode, from);
      range.setEnd(walk.currentNode, Math.min(from + wanted.length, walk.currentNode.textContent?.length ?? 0));
      ranges.push(range);
    }
  }
  registry.set("within", new Highlight_(...ranges));
}

function count(): void {
  const place = byId("within-count");
  if (!place) return;
  place.textContent =
    asked === "" ? "" : hits.length === 0 ? words("withinNone") : settings.words.within.replace("{i}", String(at + 1)).replace("{n}", String(hits.length));
}

async function search(text: string): Promise<void> {
  const form = byId("within");
  if (!form) return;
  asked = text.trim();
  hits = [];
  at = -1;
  if (asked !== "") {
    const answer = await fetch(`${form.dataset["url"]}?q=${encodeURIComponent(asked)}`, { headers: headers(), credentials: "same-origin" }).catch(() => null);
    if (!answer?.ok) return say(words("failed"));
    hits = ((await answer.json()) as { messages: string[] }).messages;
    // The newest first: it is what people mean.
    at = hits.length - 1;
  }
  await step(0);
}

async function step(by: number): Promise<void> {
  const input = byId<HTMLInputElement>("within-input");
  if (hits.length > 0) {
    at = (at + by + hits.length) % hits.length;
    await showMessage(hits[at] as string);
    const again = byId<HTMLInputElement>("within-input");
    const form = byId("within");
    if (form) form.hidden = false;
    if (again && again.value === "") again.value = asked;
    again?.focus({ preventScroll: true });
  } else input?.focus();
  mark(asked);
  count();
}

export function findWithin(): void {
  const form = byId("within");
  if (!form) return;
  form.hidden = false;
  byId<HTMLInputElement>("within-input")?.select();
}

export function closeWithin(): boolean {
  const form = byId("within");
  if (!form || form.hidden) return false;
  form.hidden = true;
  asked = "";
  mark("");
  timeline()?.focus();
  return true;
}

export function messages(): void {
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    if (target.closest("#earlier > a.older")) {
      event.preventDefault();
      void earlier();
    }
    const within = target.closest<HTMLElement>("[data-within]")?.dataset["within"];
    if (within === "next") void step(1);
    if (within === "previous") void step(-1);
    if (within === "close") closeWithin();
  });
  document.addEventListener("submit", (event) => {
    if ((event.target as Element).id !== "within") return;
    event.preventDefault();
    const text = byId<HTMLInputElement>("within-input")?.value ?? "";
    if (text.trim() === asked && hits.length > 0) void step(-1);
    else void search(text);
  });
  // Whoever scrolls to the top wants what is above.
  document.addEventListener(
    "scroll",
    (event) => {
      const box = timeline();
      if (event.target === box && box && box.scrollTop < 300 && byId("earlier")?.dataset["before"]) void earlier();
    },
    true,
  );
  document.addEventListener("inbox:drawn", days);
  document.addEventListener("inbox:opened", () => {
    hits = [];
    asked = "";
    const target = location.hash.startsWith("#m-") ? byId(location.hash.slice(1)) : null;
    if (target) flash(target);
    else byId("unread-mark")?.scrollIntoView({ block: "start" });
  });
  days();
}
