// One connection per browser: whichever tab holds the lock reads the events and tells the others.
import { bar, byId, openId, words } from "./page";
import { soon } from "./go";
import { told as bellTold } from "./bell";
import { greet, viewing, type Viewing } from "./write/together";

interface Change {
  position: number;
  kind: string;
  conversation_id?: string;
  subject_id?: string;
}
interface Typing {
  conversation_id: string;
  name: string;
  is_typing: boolean;
}
type Told =
  | { type: "change"; change: Change }
  | { type: "typing"; typing: Typing }
  | { type: "viewing"; viewing: Viewing }
  | { type: "state"; isOpen: boolean }
  | { type: "reset" };

const SILENCE = 50_000;
let position = Number(document.body.dataset["position"] ?? 0);

function take(told: Told): void {
  switch (told.type) {
    case "change":
      if (told.change.position <= position) return;
      position = told.change.position;
      if (told.change.kind === "notification.updated") return bellTold(told.change.subject_id);
      soon("list");
      if (told.change.conversation_id !== openId()) return;
      // Who was writing has written; whoever goes on is told of again in a moment.
      if (told.change.kind === "message.created") hush();
      soon("thread");
      break;
    case "typing":
      typing(told.typing);
      break;
    case "viewing":
      viewing(told.viewing);
      break;
    case "state":
      bar("stream", told.isOpen ? "" : words("reconnecting"));
      if (told.isOpen) greet();
      break;
    case "reset":
      location.reload();
  }
}

let typingTimer = 0;
function hush(): void {
  clearTimeout(typingTimer);
  const place = byId("typing");
  if (place) place.textContent = "";
}
function typing(who: Typing): void {
  const place = byId("typing");
  if (!place || who.conversation_id !== openId()) return;
  clearTimeout(typingTimer);
  place.textContent = who.is_typing ? words("typing", who.name) : "";
  if (who.is_typing) typingTimer = window.setTimeout(hush, 8_000);
}

/** Reads the events for as long as this tab lives. */
function lead(tell: (told: Told) => void): void {
  const spread = (told: Told): void => {
    tell(told);
    take(told);
  };
  let heard = Date.now();
  let hasPings = false;
  let source: EventSource;
  let closedFor = 0;
  const connect = (): void => {
    source = new EventSource(`/events?after=${position}`);
    const hear = (event: Event): unknown => {
      heard = Date.now();
      const data = (event as MessageEvent<string>).data;
      try {
        return data ? JSON.parse(data) : null;
      } catch {
        return null;
      }
    };
    source.onopen = () => {
      heard = Date.now();
      closedFor = 0;
      spread({ type: "state", isOpen: true });
    };
    source.onmessage = (event) => {
      const change = hear(event) as Change | null;
      if (change && typeof change.position === "number") spread({ type: "change", change });
    };
    source.addEventListener("typing", (event) => {
      const who = hear(event) as Typing | null;
      if (who) spread({ type: "typing", typing: who });
    });
    source.addEventListener("viewing", (event) => {
      const who = hear(event) as Viewing | null;
      if (who) spread({ type: "viewing", viewing: who });
    });
    source.addEventListener("ping", (event) => {
      hear(event);
      hasPings = true;
    });
    source.addEventListener("reset", () => spread({ type: "reset" }));
    source.onerror = () => {
      spread({ type: "state", isOpen: false });
      // The browser tries again by itself unless the answer was no event stream (a proxy's error page).
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, Math.min(30_000, 1_000 * 2 ** closedFor++));
    };
  };
  connect();
  // A laptop that slept, or a proxy that forgot us, leaves a connection that looks open and is not.
  setInterval(() => {
    if (hasPings && Date.now() - heard > SILENCE && source.readyState === EventSource.OPEN) {
      heard = Date.now();
      source.close();
      spread({ type: "state", isOpen: false });
      connect();
    }
  }, 10_000);
}

export function live(): void {
  const channel = "BroadcastChannel" in window ? new BroadcastChannel("switchboard-events") : null;
  const tell = (told: Told): void => channel?.postMessage(told);
  if (channel && "locks" in navigator) {
    channel.onmessage = (event: MessageEvent<Told>) => take(event.data);
    void navigator.locks.request("switchboard-events", () => {
      // A tab that takes over looks once: something may have happened in between.
      soon("list", "thread");
      lead(tell);
      return new Promise<never>(() => {});
    });
  } else {
    lead(() => {});
  }
  addEventListener("offline", () => bar("network", words("offline")));
  addEventListener("online", () => {
    bar("network", "");
    soon("list", "thread");
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") soon("list", "thread");
  });
  // "5 min" grows old.
  setInterval(() => document.visibilityState === "visible" && soon("list"), 60_000);
}
