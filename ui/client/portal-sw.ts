// The portal's service worker: shows what the server pushes, and opens what is pressed. It keeps no
// pages: a statement from yesterday would mislead.
/// <reference lib="webworker" />
declare const self: ServiceWorkerGlobalScope;

interface Word {
  title: string;
  body: string;
  url: string;
  tag: string;
}

self.addEventListener("install", () => void self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  let word: Word;
  try {
    word = event.data?.json() as Word;
  } catch {
    return;
  }
  event.waitUntil(self.registration.showNotification(word.title, { body: word.body, tag: word.tag, icon: "/icon-192.png", badge: "/icon-192.png", data: { url: word.url } }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const data = event.notification.data as { url?: string } | null;
  const url = new URL(data?.url ?? "/portal/notifications", self.location.origin);
  // Only pages of ours.
  if (url.origin !== self.location.origin || !url.pathname.startsWith("/portal")) return;
  event.waitUntil(
    self.clients.matchAll({ type: "window", includeUncontrolled: true }).then(async (pages) => {
      const page = pages.find((one) => new URL(one.url).pathname.startsWith("/portal"));
      if (!page) return void (await self.clients.openWindow(url.href));
      await page.focus();
      // A page that this worker does not serve cannot be led elsewhere by it.
      await page.navigate(url.href).catch(() => self.clients.openWindow(url.href));
    }),
  );
});
