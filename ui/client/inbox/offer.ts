// What was just done with one press is taken back with one.
import { byId, csrf, headers, say, words } from "./page";
import { go, soon } from "./go";

/** Conversations that became part of another, as the server tells it. */
export interface Merged {
  url: string;
  from: string[];
  words: string;
}

const LASTS = 15_000;
let offered: Merged | null = null;
let timer = 0;

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
  const body = new URLSearchParams([...merged.from.map((id): [string, string] => ["from", id]), ["csrf", csrf]]);
  const answer = await fetch(merged.url, { method: "POST", headers: headers(), body, credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok) say(words("failed"));
  // The page of the one that was merged showed the other one meanwhile: it is itself again.
  const first = merged.from[0] ?? "";
  if (answer?.ok && merged.from.length === 1 && location.pathname.endsWith(`/${first}`)) await go(location.href, false);
  soon("list", "thread");
}

export function offers(): void {
  document.body.addEventListener("inbox:merged", (event) => offer((event as CustomEvent<Merged>).detail));
  document.addEventListener("click", (event) => {
    if ((event.target as Element).closest("[data-action=take-back]")) takeBack();
  });
}
