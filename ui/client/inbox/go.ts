import { byId, headers, main, openId, say, signInAgain, words } from "./page";
import { parse, take, waits } from "./morph";
import { loaded } from "./rows";

let journey = 0;

/** Opens a page of the inbox without loading it anew. Only the last of several presses counts. */
export async function go(href: string, push = true, isWithin = false): Promise<void> {
  const mine = ++journey;
  try {
    const answer = await fetch(href, { headers: { Accept: "text/html" }, credentials: "same-origin" });
    if (mine !== journey) return;
    if (!answer.ok || answer.redirected) return void location.assign(href);
    const page = parse(await answer.text());
    if (mine !== journey) return;
    // What is being typed is newer than what was asked for.
    const field = document.activeElement;
    if (isWithin && field instanceof HTMLInputElement && field.id === "search") page.getElementById("search")?.setAttribute("value", field.value);
    // What is taken in comes into view: on a phone a pane that is still hidden could not be scrolled to its end.
    main.dataset["pane"] = page.getElementById("main")?.dataset["pane"] ?? (page.getElementById("thread")?.dataset["id"] ? "thread" : "list");
    delete main.dataset["panel"];
    take(page, "answer");
    document.title = page.title;
    if (push) history.pushState(null, "", href);
    else if (isWithin) history.replaceState(null, "", href);
  } catch {
    if (mine === journey) say(words("failed"));
  }
}

const running = new Map<string, AbortController>();

/** Fetches one fragment again. A newer call ends an older one. */
async function refresh(id: "list" | "thread"): Promise<void> {
  const from = byId(id)?.dataset["refresh"];
  if (!from) return;
  // The row of what is open is marked, also where that became another one by a merge.
  const about = new URL(from, location.href);
  const open = openId();
  if (id === "list" && open && about.searchParams.get("selected") !== open) about.searchParams.set("selected", open);
  const asked = about.pathname + about.search;
  running.get(id)?.abort();
  const stop = new AbortController();
  running.set(id, stop);
  const shown = location.search;
  try {
    // Rows that were loaded stay; a walk far down the list is not disturbed.
    const rows = id === "list" ? loaded() : 0;
    const to = rows > 50 ? `${asked}&rows=${rows}` : asked;
    if (rows > 300) return void refreshed(asked);
    const answer = await fetch(to, { headers: headers(), credentials: "same-origin", signal: stop.signal });
    if (answer.status === 401) return signInAgain();
    const html = answer.ok ? await answer.text() : "";
    // What is open, and the list that it leads back to, may have changed while the answer was on its way.
    if (location.search !== shown) return soon(id);
    if (html && byId(id)?.dataset["refresh"] === from) take(parse(html), "live");
  } catch {
    // The connection's own bar says so; the next event or the reconnection refreshes again.
  }
}

/** Renews rows in place, and what stands above them, without moving any. */
async function refreshed(from: string): Promise<void> {
  const answer = await fetch(from, { headers: headers(), credentials: "same-origin" });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const row of page.querySelectorAll<HTMLElement>("#rows > .row")) {
    const old = byId(row.id);
    const isPicked = old?.querySelector<HTMLInputElement>("input[name=c]")?.checked ?? false;
    if (!old || old.contains(document.activeElement)) continue;
    const box = row.querySelector<HTMLInputElement>("input[name=c]");
    if (box) box.checked = isPicked;
    old.replaceWith(document.adoptNode(row));
  }
  const list = page.getElementById("list");
  if (list) waits(list);
  for (const tab of page.querySelectorAll<HTMLElement>(".tabs > .tab")) {
    const old = document.querySelector(`.tab[data-tab="${tab.dataset["tab"]}"] .tab-count`);
    const fresh = tab.querySelector(".tab-count");
    if (old && fresh) old.textContent = fresh.textContent;
  }
}

const wanted = new Set<"list" | "thread">();
let timer = 0;

/** Asks for a refresh soon; a burst of changes costs one. */
export function soon(...ids: ("list" | "thread")[]): void {
  for (const id of ids) wanted.add(id);
  if (timer) return;
  const run = (): void => {
    const now = [...wanted];
    wanted.clear();
    for (const id of now) void refresh(id);
  };
  // The first change is shown at once; those that follow it wait a moment and come together. Nobody
  // looks at a hidden page: it keeps up slowly, and catches up when it is shown.
  const isHidden = document.visibilityState === "hidden";
  if (!isHidden) queueMicrotask(run);
  timer = window.setTimeout(
    () => {
      timer = 0;
      if (wanted.size > 0) soon();
    },
    isHidden ? 5_000 : 150,
  );
  if (isHidden) setTimeout(run, 4_900);
}

let typing = 0;

/** Asks for the list that a form describes; while somebody types, the page before is the one before the typing. */
function narrow(form: HTMLFormElement, isTyping: boolean): void {
  clearTimeout(typing);
  const query = new URLSearchParams([...new FormData(form)].map(([key, value]) => [key, String(value)]));
  const to = `${form.getAttribute("action")}?${query}`;
  if (to !== location.pathname + location.search) void go(to, !isTyping, isTyping);
}

/** How often in a row a search was behind what was said. */
let behind = 0;

/** What was said a moment ago is found a moment later: the list is asked for again, ever less often. */
function catchUp(): void {
  if (byId("list")?.dataset["behind"] === undefined) behind = 0;
  else if (behind < 6) setTimeout(() => soon("list"), 300 * 2 ** behind++);
}

/** Links and filters of the inbox stay on the page. */
export function follow(): void {
  document.addEventListener("inbox:listed", catchUp);
  catchUp();
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element).closest<HTMLAnchorElement>("a.row-link, a.tab, a.tab-like, a.back, a.jump, .list > a.newer, #timeline > a.newer, .found-list a");
    if (!link || link.target) return;
    event.preventDefault();
    void go(link.href);
  });
  document.addEventListener("change", (event) => {
    const form = (event.target as Element).closest<HTMLFormElement>("form[data-live]");
    if (form) narrow(form, false);
  });
  // What is typed is looked for once the typing rests; one letter says too little.
  document.addEventListener("input", (event) => {
    const field = event.target as HTMLInputElement;
    const form = field.closest<HTMLFormElement>("form[data-live]");
    if (!form || !field.matches("input[type=search]") || (event as InputEvent).isComposing) return;
    clearTimeout(typing);
    if (field.value.trim().length !== 1) typing = window.setTimeout(() => narrow(form, true), 300);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (!form.matches("form[data-live]")) return;
    event.preventDefault();
    form.dispatchEvent(new Event("change", { bubbles: true }));
  });
  addEventListener("popstate", () => void go(location.href, false));
}
