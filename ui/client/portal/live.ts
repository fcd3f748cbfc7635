// Follows what happens to the reader's invoices and tickets: what is marked `data-live` is fetched again.
// What somebody types or has ticked stays.
import { recount } from "./select";

export function follow(): void {
  const position = document.body.dataset["position"];
  if (!position || !document.querySelector("[data-live]")) return;
  let timer = 0;
  let isBusy = false;
  let isDue = false;
  const refresh = async (): Promise<void> => {
    if (isBusy) {
      isDue = true;
      return;
    }
    isBusy = true;
    try {
      const answer = await fetch(location.pathname + location.search, { credentials: "same-origin", headers: { "x-live": "1" } });
      if (answer.ok) merge(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      // The next change tries again.
    }
    isBusy = false;
    if (isDue) {
      isDue = false;
      void refresh();
    }
  };
  const source = new EventSource(`/portal/events?after=${position}`);
  source.addEventListener("change", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void refresh(), 60);
  });
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}

function merge(fresh: Document): void {
  for (const now of document.querySelectorAll<HTMLElement>("[data-live]")) {
    const next = now.id ? fresh.getElementById(now.id) : null;
    if (!next || next.innerHTML === now.innerHTML) continue;
    const ticked = [...now.querySelectorAll<HTMLInputElement>("input:checked")].map((box) => box.value);
    const focused = document.activeElement?.closest("[data-live]") === now ? document.activeElement?.getAttribute("href") : null;
    now.replaceChildren(...next.childNodes);
    for (const box of now.querySelectorAll<HTMLInputElement>("input[type=checkbox]")) box.checked = ticked.includes(box.value);
    if (focused) now.querySelector<HTMLElement>(`[href="${CSS.escape(focused)}"]`)?.focus();
  }
  recount();
}
