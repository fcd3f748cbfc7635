// What a service worker does: it shows what the server pushes, and opens what is pressed. It keeps no pages: one from
// yesterday would mislead.

interface Word {
  title: string;
  body: string;
  url: string;
  tag: string;
}

/// `home` is opened where a word leads nowhere; pages below `ours` are the worker's to open and to lead on.
export function serve(self: ServiceWorkerGlobalScope, home: string, ours: { open: string; page: string }): void {
  self.addEventListener("install", () => void self.skipWaiting());
  self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

  self.addEventListener("push", (event) => {
    let word: Word;
    try {
      word = event.data?.json() as Word;
    } catch {
      return;
    }
    event.waitUntil(
      self.registration.showNotification(word.title, {
        body: word.body,
        tag: word.tag,
        icon: "/icon-192.png",
        badge: "/icon-192.png",
        data: { url: word.url },
      }),
    );
  });

  self.addEventListener("notificationclick", (event) => {
    event.notification.close();
    const data = event.notification.data as { url?: string } | null;
    const url = new URL(data?.url ?? home, self.location.origin);
    if (url.origin !== self.location.origin || !url.pathname.startsWith(ours.open)) return;
    event.waitUntil(
      self.clients.matchAll({ type: "window", includeUncontrolled: true }).then(async (pages) => {
        const page = pages.find((one) => new URL(one.url).pathname.startsWith(ours.page));
        if (!page) return void (await self.clients.openWindow(url.href));
        await page.focus();
        // A page that this worker does not serve cannot be led elsewhere by it.
        await page.navigate(url.href).catch(() => self.clients.openWindow(url.href));
      }),
    );
  });
}
