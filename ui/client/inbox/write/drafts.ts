// Drafts are kept on the server, a moment after the last key; what could not be kept there waits in
// the browser.
import { headers, openId } from "../page";
import { read, write } from "../../shared/storage";
import { base, body, field, text } from "./form";
import { say } from "./words";

const localKey = (id: string): string => `switchboard.draft.${id}`;
let pending: { id: string; url: string; body: URLSearchParams } | null = null;
let timer = 0;
let running: Promise<void> = Promise.resolve();
/** The conversation whose words are on their way as a message: they are no draft, unless they come back. */
let held: string | undefined;

function state(words: string, isElsewhere = false): void {
  const place = document.getElementById("draft-state");
  if (place) place.textContent = words;
  place?.classList.toggle("is-elsewhere", isElsewhere);
}

/** Something was written: it is kept soon. */
export function touched(): void {
  const id = openId();
  if (!id || !base()) return;
  pending = { id, url: `${base()}/draft`, body: body() };
  write(localKey(id), text()?.value || null);
  state("");
  clearTimeout(timer);
  timer = window.setTimeout(() => void flush(), 700);
}

/** Keeps what waits, at once; when the page goes away, too. */
export function flush(keepalive = false): Promise<void> {
  clearTimeout(timer);
  // A page that goes away cannot wait for the answer.
  if (pending?.id === held && !keepalive) return running;
  const job = pending;
  pending = null;
  if (!job) return running;
  running = running.then(async () => {
    // The revision that the last answer brought, if it is about the same conversation.
    if (openId() === job.id) job.body.set("revision", field("revision")?.value ?? "0");
    try {
      const answer = await fetch(job.url, { method: "POST", headers: headers(), body: job.body, keepalive, credentials: "same-origin" });
      if (!answer.ok && answer.status !== 409) return;
      const kept = (await answer.json()) as { revision: number };
      if (answer.ok) write(localKey(job.id), null);
      if (openId() !== job.id) return;
      const revision = field("revision");
      if (revision) revision.value = String(kept.revision);
      state(say(answer.ok ? "draftKept" : "draftElsewhere"), !answer.ok);
    } catch {
      // Offline: the words stay in this browser, and the next key tries again.
    }
  });
  return running;
}

/** What is written in this conversation is being sent. */
export function hold(id: string | undefined): void {
  held = id;
}

/** It came to nothing: the words wait in this browser until the conversation is opened again. */
export function cameBack(id: string, words: string): void {
  held = undefined;
  write(localKey(id), words || null);
}

/** It was sent from a conversation that is no longer open. What was written behind it stays. */
export function sentElsewhere(id: string, words: string): void {
  held = undefined;
  if (pending?.id === id) pending = null;
  const kept = read(localKey(id));
  write(localKey(id), (kept?.startsWith(words) && kept.slice(words.length).trimStart()) || null);
}

/** Nothing is waiting any more: it was sent. */
export function sent(): void {
  clearTimeout(timer);
  held = undefined;
  pending = null;
  const id = openId();
  if (id) write(localKey(id), null);
  const revision = field("revision");
  if (revision) revision.value = "0";
  state("");
}

/** Words that this browser could not give to the server. */
export function restore(): void {
  const area = text();
  const id = openId();
  if (area && id && area.value === "") area.value = read(localKey(id)) ?? "";
}
