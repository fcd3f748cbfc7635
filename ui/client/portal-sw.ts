// The portal's service worker.
import { serve } from "./worker/pushed";

declare const self: ServiceWorkerGlobalScope;

serve(self, "/portal/notifications", { open: "/portal", page: "/portal" });
