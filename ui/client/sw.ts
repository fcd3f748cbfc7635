// The service worker: shows what the server pushes, and opens what is pressed. It keeps no pages:
// an inbox from yesterday would mislead.
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
  const url = new URL((event.notification.data as { url?: string } | null)?.url ?? "/inbox", self.location.origin);
  // Only pages of ours.
  if (url.origin !== self.location.origin) return;
  event.waitUntil(
    self.clients.matchAll({ type: "window", includeUncontrolled: true }).then(async (pages) => {
      const page = pages.find((one) => new URL(one.url).pathname.startsWith("/inbox"));
      if (!page) return void (await self.clients.openWindow(url.href));
      await page.focus();
      await page.navigate(url.href);
    }),
  );
});
