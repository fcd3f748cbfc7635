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

function state(words: string): void {
  const place = document.getElementById("draft-state");
  if (place) place.textContent = words;
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
      state(say(answer.ok ? "draftKept" : "draftElsewhere"));
    } catch {
      // Offline: the words stay in this browser, and the next key tries again.
    }
  });
  return running;
}

/** Nothing is waiting any more: it was sent. */
export function sent(): void {
  clearTimeout(timer);
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
