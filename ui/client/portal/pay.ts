// Stripe's embedded Checkout on the pay page. Stripe's own script is loaded by the page; without it, or when it
// fails, the button to Stripe's page below stays.
interface Embedded {
  mount(place: HTMLElement): void;
}
interface Stripe {
  initEmbeddedCheckout(options: { fetchClientSecret: () => Promise<string> }): Promise<Embedded>;
}
declare global {
  interface Window {
    Stripe?: (key: string) => Stripe;
  }
}

export function pay(): void {
  const place = document.getElementById("checkout");
  const url = place?.dataset["checkout"];
  const key = place?.dataset["key"];
  if (!place || !url || !key) return;
  const wait = place.querySelector<HTMLElement>("[data-wait]");
  const begin = async (): Promise<void> => {
    if (!window.Stripe) return;
    if (wait) wait.hidden = false;
    try {
      const answer = await fetch(url, { method: "POST", credentials: "same-origin" });
      const started = (await answer.json()) as { client_secret?: string; go?: string };
      if (started.go) return location.assign(started.go);
      const secret = started.client_secret;
      if (!answer.ok || !secret) throw new Error(String(answer.status));
      const checkout = await window.Stripe(key).initEmbeddedCheckout({ fetchClientSecret: () => Promise.resolve(secret) });
      if (wait) wait.hidden = true;
      checkout.mount(place);
    } catch {
      if (wait) wait.hidden = true;
    }
  };
  if (document.readyState === "complete") void begin();
  else addEventListener("load", () => void begin());
}
