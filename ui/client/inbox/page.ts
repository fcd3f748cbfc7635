/** What the page tells this program, in the reader's language. */
export interface Settings {
  keys: { action: string; key: string; words: string; needs: "" | "open" | "write" | "act" }[];
  words: Record<
    | "reconnecting" | "offline" | "failed" | "newMessage" | "newMessages" | "notSent" | "typing" | "sending" | "you" | "bulkCount" | "bulkDone" | "bulkRefused" | "found"
    | "goNumber" | "goTicket" | "searchAll" | "within" | "withinNone",
    string
  >;
  places: [string, string][];
  agent: string;
}

export const settings = JSON.parse(document.getElementById("inbox-settings")?.textContent ?? "{}") as Settings;

export const main = document.getElementById("main") as HTMLElement;
export const csrf = document.body.dataset["csrf"] ?? "";

export function byId<T extends HTMLElement = HTMLElement>(id: string): T | null {
  return document.getElementById(id) as T | null;
}

/** The conversation that is open. */
export function openId(): string | undefined {
  return byId("thread")?.dataset["id"];
}

export function words(key: keyof Settings["words"], name = ""): string {
  return settings.words[key].replace("{name}", name);
}

/** The session is over: the sign-in says so, and leads back here. What is being written waits in this browser. */
export function signInAgain(): void {
  location.assign(`/sign-in?ended=1&next=${encodeURIComponent(location.pathname + location.search)}`);
}

export function announce(text: string): void {
  const place = byId("announcer");
  if (place) place.textContent = text;
}

const reasons = new Map<string, string>();

/** Shows a word at the bottom while a reason lasts; an empty text ends it. */
export function bar(reason: string, text: string): void {
  if (text) reasons.set(reason, text);
  else reasons.delete(reason);
  const place = byId("live-bar");
  if (!place) return;
  const last = [...reasons.values()].pop() ?? "";
  place.hidden = last === "";
  if (place.textContent !== last) place.textContent = last;
}

/** A word that goes by itself. */
export function say(text: string): void {
  bar("said", text);
  setTimeout(() => bar("said", ""), 6_000);
}

/** Which messages are shown, so that an answer brings the same: the first one, and how many where they are not the last. */
export function shownMessages(): string {
  const first = document.querySelector<HTMLElement>("#timeline > .message, #timeline > .activity")?.id.slice(2) ?? "";
  const most = byId("timeline")?.dataset["most"];
  return first && most ? `${first}:${most}` : first;
}

export const headers = (): Record<string, string> => ({
  "HX-Request": "true",
  // As htmx does: the way back from a conversation leads to the list that is shown.
  "HX-Current-URL": location.href,
  "X-CSRF-Token": csrf,
  "X-Visible": document.visibilityState,
  "X-Shown": shownMessages(),
});
