// The agents' inbox: forms are posted by htmx, answers and changes are morphed in.
import htmx from "htmx.org";
import { answers } from "./inbox/answered";
import { bell } from "./inbox/bell";
import { board } from "./inbox/board";
import { blanks, chat } from "./inbox/chat";
import { compose } from "./inbox/compose";
import { filters } from "./inbox/filters";
import { follow } from "./inbox/go";
import { copying } from "./inbox/copying";
import { counting } from "./inbox/counting";
import { keys } from "./inbox/keys";
import { live } from "./inbox/live";
import { offers } from "./inbox/offer";
import { rowsAndPicks } from "./inbox/rows";
import { messages } from "./inbox/timeline";
import { place, stayAtEnd, toEnd } from "./inbox/morph";
import { soon } from "./inbox/go";
import { csrf, main, shownMessages } from "./inbox/page";
import { passkeys } from "./shared/passkeys";
import { zone } from "./shared/zone";

// Where one is now stands on the screen, also where the sections are wider than it.
document.querySelector(".settings-nav [aria-current=page]")?.scrollIntoView({ inline: "center", block: "nearest" });

Object.assign(htmx.config, {
  allowEval: false,
  includeIndicatorStyles: false,
  historyEnabled: false,
  scrollIntoViewOnBoost: false,
  // A style that is set from its text is one that the pages' policy forbids.
  attributesToSettle: ["class", "width", "height"],
  responseHandling: [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    { code: "409|422", swap: true, error: false },
    { code: "[45]..", swap: false, error: true },
  ],
});
htmx.defineExtension("morph", {
  init: () => {},
  getSelectors: () => null,
  onEvent: () => true,
  transformResponse: (text) => text,
  encodeParameters: () => null,
  isInlineSwap: (style) => style === "morph",
  handleSwap: (style, _target, fragment) => {
    if (style !== "morph") return false;
    const thread = (fragment as ParentNode).querySelector("#thread");
    if (thread) place(thread, "answer");
    soon("list");
    return [];
  },
});
document.body.setAttribute("hx-ext", "morph");
document.body.setAttribute("hx-swap", "morph");
document.body.addEventListener("htmx:configRequest", (event) => {
  (event as CustomEvent<{ headers: Record<string, string> }>).detail.headers["X-CSRF-Token"] = csrf;
  (event as CustomEvent<{ headers: Record<string, string> }>).detail.headers["X-Visible"] = document.visibilityState;
  (event as CustomEvent<{ headers: Record<string, string> }>).detail.headers["X-Shown"] = shownMessages();
});
document.body.addEventListener("htmx:afterRequest", (event) => {
  // An action was chosen from a menu: the menu is done. What was refused stays open as it was filled in, and says why.
  const { requestConfig, successful, xhr } = (event as CustomEvent<{ requestConfig: { elt: Element; verb: string }; successful: boolean; xhr: XMLHttpRequest }>).detail;
  const menu = requestConfig.elt.closest<HTMLDetailsElement>("details.pop");
  // What is only looked up is shown in the menu itself.
  if (!menu || !successful || requestConfig.verb === "get") return;
  menu.open = xhr.status >= 400;
  menu.querySelector(".pop-refused")?.remove();
  const problem = document.querySelector("#composer-problem");
  const why = problem?.textContent?.trim();
  // Where the menu was is where the reader goes on.
  if (!menu.open && (document.activeElement === document.body || menu.contains(document.activeElement))) menu.querySelector("summary")?.focus();
  if (!menu.open || !why) return;
  // Once is enough: it is about the menu, not about what is written.
  problem?.remove();
  const said = document.createElement("p");
  said.className = "error pop-refused";
  said.setAttribute("role", "alert");
  said.textContent = why;
  requestConfig.elt.append(said);
  said.scrollIntoView({ block: "nearest" });
});

bell();
blanks();
board();
copying();
counting();
filters();
passkeys();
zone();
if (main?.classList.contains("inbox")) {
  answers();
  compose();
  chat();
  follow();
  keys();
  live();
  rowsAndPicks();
  offers();
  messages();
  if (!location.hash) toEnd();
  if (!location.hash) document.getElementById("unread-mark")?.scrollIntoView({ block: "start" });
  stayAtEnd();
  // Formatted mail is as tall as its content; its scripts never run, so reading it is safe.
  document.addEventListener(
    "load",
    (event) => {
      const frame = event.target;
      if (!(frame instanceof HTMLIFrameElement) || !frame.classList.contains("mail")) return;
      const height = frame.contentDocument?.body.offsetHeight;
      if (height) frame.style.height = `${Math.min(2_000, height + 28)}px`;
    },
    true,
  );
}
