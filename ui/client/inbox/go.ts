import { byId, headers, main, openId, say, words } from "./page";
import { take } from "./morph";

let journey = 0;

/** Opens a page of the inbox without loading it anew. Only the last of several presses counts. */
export async function go(href: string, push = true): Promise<void> {
  const mine = ++journey;
  try {
    const answer = await fetch(href, { headers: { Accept: "text/html" }, credentials: "same-origin" });
    if (mine !== journey) return;
    if (!answer.ok || answer.redirected) return void location.assign(href);
    const page = take(await answer.text(), "answer");
    document.title = page.title;
    const fresh = page.getElementById("main");
    main.dataset["pane"] = openId() ? "thread" : "list";
    if (fresh?.dataset["pane"]) main.dataset["pane"] = fresh.dataset["pane"];
    delete main.dataset["panel"];
    if (push) history.pushState(null, "", href);
  } catch {
    if (mine === journey) say(words("failed"));
  }
}

const running = new Map<string, AbortController>();

/** Fetches one fragment again. A newer call ends an older one. */
async function refresh(id: "list" | "thread"): Promise<void> {
  const from = byId(id)?.dataset["refresh"];
  if (!from) return;
  running.get(id)?.abort();
  const stop = new AbortController();
  running.set(id, stop);
  try {
    const answer = await fetch(from, { headers: headers(), credentials: "same-origin", signal: stop.signal });
    if (answer.status === 401) return location.reload();
    // What is open may have changed while the answer was on its way.
    if (answer.ok && byId(id)?.dataset["refresh"] === from) take(await answer.text(), "live");
  } catch {
    // The connection's own bar says so; the next event or the reconnection refreshes again.
  }
}

const wanted = new Set<"list" | "thread">();
let timer = 0;

/** Asks for a refresh soon; a burst of changes costs one. */
export function soon(...ids: ("list" | "thread")[]): void {
  for (const id of ids) wanted.add(id);
  if (timer) return;
  timer = window.setTimeout(() => {
    timer = 0;
    const now = [...wanted];
    wanted.clear();
    for (const id of now) void refresh(id);
  }, 120);
}

/** Links and filters of the inbox stay on the page. */
export function follow(): void {
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element).closest<HTMLAnchorElement>("a.row-link, a.tab, a.back, .list > a.older");
    if (!link || link.target) return;
    event.preventDefault();
    void go(link.href);
  });
  document.addEventListener("change", (event) => {
    const form = (event.target as Element).closest<HTMLFormElement>("form[data-live]");
    if (!form) return;
    const query = new URLSearchParams([...new FormData(form)].map(([key, value]) => [key, String(value)]));
    void go(`${form.getAttribute("action")}?${query}`);
  });
  addEventListener("popstate", () => void go(location.href, false));
}
