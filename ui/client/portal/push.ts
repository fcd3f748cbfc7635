// Lets this browser take Web Push for the customer who is signed in, or no longer.
const WORKER = "/portal/sw.js";
const KEYS = "/portal/push";

const bytes = (text: string): Uint8Array<ArrayBuffer> => {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
};

const say = (values: Record<string, string>): Promise<Response> =>
  fetch(KEYS, { method: "POST", body: new URLSearchParams(values), credentials: "same-origin" });

/** The worker once it is active; one that was just registered is not at once. */
async function worker(): Promise<ServiceWorkerRegistration> {
  await navigator.serviceWorker.register(WORKER);
  return navigator.serviceWorker.ready;
}

async function turn(isOn: boolean): Promise<boolean> {
  const { pushManager } = await worker();
  const old = await pushManager.getSubscription();
  if (!isOn) {
    if (old) await say({ endpoint: old.endpoint, off: "1" });
    await old?.unsubscribe();
    return false;
  }
  if ((await Notification.requestPermission()) !== "granted") throw new Error("not allowed");
  const { key } = (await (await fetch(KEYS, { credentials: "same-origin" })).json()) as { key: string };
  const fresh = old ?? (await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) }));
  const { keys } = fresh.toJSON();
  const kept = await say({ endpoint: fresh.endpoint, p256dh: keys?.["p256dh"] ?? "", auth: keys?.["auth"] ?? "" });
  if (!kept.ok) throw new Error("not kept");
  return true;
}

export function push(): void {
  const part = document.getElementById("push-here");
  const button = document.getElementById("push-toggle");
  const said = document.getElementById("push-said");
  if (!part || !button || !said) return;
  part.hidden = false;
  let isOn = false;
  const show = (now: boolean): void => {
    isOn = now;
    button.textContent = (now ? button.dataset["off"] : button.dataset["on"]) ?? "";
    button.setAttribute("aria-pressed", String(now));
  };
  const cannot = (): void => void (said.textContent = said.dataset["cannot"] ?? "");
  if (!("serviceWorker" in navigator) || !("PushManager" in window) || !window.isSecureContext) {
    button.hidden = true;
    return cannot();
  }
  show(false);
  void navigator.serviceWorker.getRegistration(WORKER).then(async (known) => show(Boolean(await known?.pushManager.getSubscription())));
  button.addEventListener("click", () => {
    said.textContent = "";
    turn(!isOn).then(show).catch(cannot);
  });
}
