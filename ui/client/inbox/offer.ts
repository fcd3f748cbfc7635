// What was just done with one press is taken back with one.
import { byId, csrf, headers, say, words } from "./page";
import { go, soon } from "./go";

/** Conversations that became part of another, or messages that were moved to another, as the server tells it. */
export interface Merged {
  url: string;
  from: string[];
  words: string;
  /** What is posted besides to take it back. */
  fields?: [string, string][];
}

const LASTS = 15_000;
let offered: Merged | null = null;
let timer = 0;
/** The page of the one that was merged, where it was open. */
let left = "";

function end(): void {
  offered = null;
  const place = byId("offer-bar");
  if (place) place.hidden = true;
}

/** Nobody loses the button from under the pointer or the focus. */
function later(): void {
  clearTimeout(timer);
  timer = window.setTimeout(() => (byId("offer-bar")?.matches(":hover, :focus-within") ? later() : end()), LASTS);
}

export function offer(merged: Merged): void {
  const place = byId("offer-bar");
  const said = place?.querySelector(".offer-words");
  if (!place || !said) return;
  offered = merged;
  place.hidden = false;
  said.textContent = merged.words;
  // The thread shows the one that remains: so does the address, for a reload and for the row that is marked.
  const [only] = merged.from;
  if (merged.from.length === 1 && location.pathname.endsWith(`/${only}`)) {
    left = location.href;
    history.replaceState(null, "", merged.url.replace(/\/unmerge$/, "") + location.search);
    soon("list");
  } else left = "";
  later();
}

/** Takes back what is offered; says whether anything was. */
export function takeBack(): boolean {
  const merged = offered;
  if (!merged) return false;
  end();
  void undo(merged);
  return true;
}

async function undo(merged: Merged): Promise<void> {
  const body = new URLSearchParams([...merged.from.map((id): [string, string] => ["from", id]), ...(merged.fields ?? []), ["csrf", csrf]]);
  const answer = await fetch(merged.url, { method: "POST", headers: headers(), body, credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok) say(words("failed"));
  // It was left for the other one, which is still open: back to it.
  if (answer?.ok && left && merged.url.startsWith(`${location.pathname}/`)) {
    history.replaceState(null, "", left);
    await go(left, false);
  }
  soon("list", "thread");
}

export function offers(): void {
  document.body.addEventListener("inbox:merged", (event) => offer((event as CustomEvent<Merged>).detail));
  // Taken back by its line in the thread: there is nothing to offer any more.
  document.addEventListener("submit", (event) => {
    if (offered && (event.target as Element).getAttribute("action") === offered.url) end();
  });
  document.addEventListener("click", (event) => {
    if ((event.target as Element).closest("[data-action=take-back]")) takeBack();
  });
}
