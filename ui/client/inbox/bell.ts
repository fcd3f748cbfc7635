// The bell: what is new for this agent, in the page, as a tone, and by Web Push.
import { announce, byId, csrf } from "./page";

let unread = -1;

const panel = (): HTMLDetailsElement | null => byId<HTMLDetailsElement>("bell");

/** Two soft notes, made here: nothing is loaded. */
function tone(): void {
  try {
    const audio = new AudioContext();
    const volume = audio.createGain();
    volume.connect(audio.destination);
    volume.gain.setValueAtTime(0.0001, audio.currentTime);
    volume.gain.exponentialRampToValueAtTime(0.12, audio.currentTime + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, audio.currentTime + 0.7);
    for (const [note, after] of [
      [659.25, 0],
      [880, 0.14],
    ] as const) {
      const voice = audio.createOscillator();
      voice.type = "sine";
      voice.frequency.value = note;
      voice.connect(volume);
      voice.start(audio.currentTime + after);
      voice.stop(audio.currentTime + 0.7);
    }
    setTimeout(() => void audio.close(), 1_000);
  } catch {
    // A browser without sound, or one that waits for a press first.
  }
}

async function refresh(): Promise<void> {
  const body = byId("bell-body");
  if (!body) return;
  try {
    const answer = await fetch("/bell", { headers: { "HX-Request": "true" }, credentials: "same-origin" });
    if (!answer.ok) return;
    body.innerHTML = await answer.text();
  } catch {
    return;
  }
  const head = body.querySelector<HTMLElement>("[data-unread]");
  const now = Number(head?.dataset["unread"] ?? 0);
  const count = byId("bell-count");
  if (count) {
    count.textContent = now > 99 ? "99+" : String(now);
    count.hidden = now === 0;
  }
  if (unread >= 0 && now > unread) {
    announce(body.querySelector(".bell-words")?.textContent ?? "");
    // One of several tabs makes the tone: the one that is looked at, or the first that gets the lock.
    if (head?.dataset["sound"] === "true") void navigator.locks?.request("switchboard-tone", { ifAvailable: true }, async (lock) => {
      if (!lock) return;
      tone();
      await new Promise((done) => setTimeout(done, 800));
    });
  }
  unread = now;
}

async function post(values: Record<string, string>): Promise<void> {
  await fetch("/bell", { method: "POST", headers: { "HX-Request": "true", "X-CSRF-Token": csrf }, body: new URLSearchParams({ csrf, ...values }), credentials: "same-origin" }).catch(() => {});
  await refresh();
}

/** The server says that the bell of an agent changed. */
export function told(agent: string | undefined): void {
  const mine = byId("bell-body")?.querySelector<HTMLElement>("[data-agent]")?.dataset["agent"];
  if (!agent || !mine || agent === mine) void refresh();
}

export function openBell(): void {
  const bell = panel();
  if (!bell) return;
  bell.open = !bell.open;
  if (bell.open) bell.querySelector<HTMLElement>("#bell-body a, #bell-body button")?.focus();
}

const bytes = (text: string): Uint8Array<ArrayBuffer> => {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
};

/** Lets this browser take Web Push, or no longer. */
async function push(isOn: boolean): Promise<boolean> {
  if (!("serviceWorker" in navigator) || !("PushManager" in window)) return false;
  const worker = await navigator.serviceWorker.ready;
  const old = await worker.pushManager.getSubscription();
  const say = (values: Record<string, string>): Promise<Response> =>
    fetch("/push", { method: "POST", headers: { "X-CSRF-Token": csrf, "HX-Request": "true" }, body: new URLSearchParams({ csrf, ...values }), credentials: "same-origin" });
  if (!isOn) {
    if (old) await say({ endpoint: old.endpoint, off: "1" });
    await old?.unsubscribe();
    return false;
  }
  if ((await Notification.requestPermission()) !== "granted") return false;
  const { key } = (await (await fetch("/push", { credentials: "same-origin" })).json()) as { key: string };
  const fresh = old ?? (await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) }));
  const { keys } = fresh.toJSON();
  const kept = await say({ endpoint: fresh.endpoint, p256dh: keys?.["p256dh"] ?? "", auth: keys?.["auth"] ?? "" });
  return kept.ok;
}

export function bell(): void {
  if ("serviceWorker" in navigator && window.isSecureContext) void navigator.serviceWorker.register("/sw.js").catch(() => {});
  const button = byId<HTMLInputElement>("push-here");
  if (button) {
    void navigator.serviceWorker?.ready.then(async (worker) => (button.checked = (await worker.pushManager.getSubscription()) !== null));
    button.addEventListener("change", () => void push(button.checked).then((isOn) => (button.checked = isOn)).catch(() => (button.checked = false)));
  }
  byId("tone-try")?.addEventListener("click", tone);
  if (!panel()) return;
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const action = target.closest<HTMLElement>("#bell-body [data-bell]")?.dataset["bell"];
    if (action === "read") {
      event.preventDefault();
      void post({ read: "all" });
    } else if (action === "away" || action === "here") {
      event.preventDefault();
      void post({ away: String(action === "away") });
    } else if (panel()?.open && !target.closest("#bell")) (panel() as HTMLDetailsElement).open = false;
  });
  document.addEventListener("keydown", (event) => {
    const open = panel();
    if (event.key === "Escape" && open?.open) {
      open.open = false;
      open.querySelector("summary")?.focus();
    }
  });
  void refresh();
}
