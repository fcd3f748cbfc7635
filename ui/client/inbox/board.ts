// The live board, and the channels that are tried for the first time: fetched again when something changed, and now
// and then, for waits grow by themselves.
import { Idiomorph } from "idiomorph";
import { byId, signInAgain } from "./page";

const EVERY = 30_000;
const SOON = 1_200;

export function board(): void {
  const room = byId("board") ?? byId("start-tries");
  const url = room?.dataset["url"];
  if (!room || !url) return;
  let timer: number | undefined;
  const refresh = async (): Promise<void> => {
    timer = undefined;
    try {
      const answer = await fetch(url, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
      if (answer.status === 401) return signInAgain();
      if (answer.ok) Idiomorph.morph(room, await answer.text(), { morphStyle: "innerHTML" });
    } catch {
      // The next look is soon enough.
    }
  };
  const soon = (): void => {
    timer ??= window.setTimeout(() => void refresh(), SOON);
  };
  const events = new EventSource(`/events?after=${document.body.dataset["position"] ?? ""}`);
  events.onmessage = soon;
  events.addEventListener("reset", soon);
  setInterval(soon, EVERY);
}
