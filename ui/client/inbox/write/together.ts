// Who else has the conversation on the screen. Each page says so while it is looked at.
import { byId, csrf, headers, openId } from "../page";
import { say } from "./words";

export interface Viewing {
  conversation_id: string;
  agent: string;
  name: string;
  is_viewing: boolean;
}

const EVERY = 25_000;
const GONE_AFTER = 60_000;
const viewers = new Map<string, { conversation: string; name: string; at: number }>();
let saidAt = 0;
let saidOf: string | undefined;

function tell(url: string, isHere: boolean): void {
  const body = new URLSearchParams({ is_here: String(isHere), csrf });
  void fetch(url, { method: "POST", headers: headers(), body, keepalive: true, credentials: "same-origin" }).catch(() => {});
}

function here(isForced = false): void {
  const id = openId();
  const url = byId("viewers")?.dataset["here"];
  if (!id || !url || document.visibilityState !== "visible") return;
  if (!isForced && saidOf === url && Date.now() - saidAt < EVERY) return;
  if (saidOf && saidOf !== url) tell(saidOf, false);
  saidOf = url;
  saidAt = Date.now();
  tell(url, true);
}

function draw(): void {
  const place = byId("viewers");
  if (!place) return;
  const now = Date.now();
  const names = [...viewers.values()].filter((one) => one.conversation === openId() && now - one.at < GONE_AFTER).map((one) => one.name);
  const words = names.length === 0 ? "" : say(names.length === 1 ? "viewing" : "viewingMany", { names: names.join(", ") });
  if (place.textContent !== words) place.textContent = words;
}

/** Somebody else looks, or looks away. */
export function viewing(who: Viewing): void {
  const known = viewers.get(who.agent);
  const isNew = who.is_viewing && known?.conversation !== who.conversation_id;
  if (who.is_viewing) viewers.set(who.agent, { conversation: who.conversation_id, name: who.name, at: Date.now() });
  else if (known?.conversation === who.conversation_id) viewers.delete(who.agent);
  // Whoever comes is told at once who is here already.
  if (isNew && who.conversation_id === openId() && Date.now() - saidAt > 1_000) here(true);
  draw();
}

let isGreeted = false;

/** Says for the first time that this page looks: once it hears, so that it hears who answers. */
export function greet(): void {
  if (isGreeted) return;
  isGreeted = true;
  here(true);
}

export function together(): void {
  setInterval(() => {
    if (isGreeted) here();
    draw();
  }, 5_000);
  document.addEventListener("inbox:opened", () => {
    here(true);
    draw();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") here(true);
    else if (saidOf) {
      tell(saidOf, false);
      saidOf = undefined;
    }
  });
  addEventListener("pagehide", () => saidOf && tell(saidOf, false));
  // Where another page of this browser listens for all of them, none of them is told that it opens.
  setTimeout(greet, 1_500);
}
