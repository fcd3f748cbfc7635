// The agents' service worker.
import { serve } from "./worker/pushed";

declare const self: ServiceWorkerGlobalScope;

serve(self, "/inbox", { open: "/", page: "/inbox" });
