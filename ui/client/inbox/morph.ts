import htmx from "htmx.org";
import { Idiomorph } from "idiomorph";
import { announce, byId, openId, words } from "./page";

/** `live`: the world changed; `answer`: the server answered what the reader did. */
export type Mode = "live" | "answer";

const KEEP_WHOLE = new Set(["typing", "picked", "live-bar", "offer-bar", "announcer", "help", "earlier", "within", "viewers", "composer-picker", "composer-preview", "composer-missing", "draft-state"]);

function isAtEnd(): boolean {
  const timeline = byId("timeline");
  return !timeline || timeline.scrollHeight - timeline.scrollTop - timeline.clientHeight < 90;
}

let isFollowing = true;

export function toEnd(): void {
  const timeline = byId("timeline");
  if (timeline) timeline.scrollTop = timeline.scrollHeight;
  isFollowing = true;
}

/** The height of the timeline as it was; 0 before it is known. */
let height = 0;
const sizes = new ResizeObserver(() => {
  const now = byId("timeline")?.clientHeight ?? 0;
  if (height > 0 && now !== height && isFollowing) toEnd();
  height = now;
});

function watch(): void {
  const timeline = byId("timeline");
  sizes.disconnect();
  height = 0;
  if (timeline) sizes.observe(timeline);
}

/**
 * Pictures make the timeline longer when they arrive, what is opened below makes it shorter: whoever was at its end
 * stays there.
 */
export function stayAtEnd(): void {
  watch();
  document.addEventListener("inbox:opened", watch);
  document.addEventListener("scroll", (event) => event.target === byId("timeline") && (isFollowing = isAtEnd()), true);
  document.addEventListener(
    "load",
    (event) => {
      if (isFollowing && event.target instanceof HTMLImageElement && event.target.closest("#timeline")) toEnd();
    },
    true,
  );
}

/** Changes `old` into `fresh`, keeping focus, selection, what is open and what is being written. */
export function morph(old: Element, fresh: Element, mode: Mode): void {
  const wasAtEnd = isAtEnd();
  const focused = document.activeElement;
  const focusedRow = [...document.querySelectorAll("#rows > .row")].findIndex((row) => row.contains(focused));
  const hadFocus = focused !== null && focused !== document.body && old.contains(focused);
  const isSeen = wasAtEnd && document.visibilityState === "visible";
  const known = new Set(Array.from(document.querySelectorAll("#timeline > .m-inbound"), (message) => message.id));
  Idiomorph.morph(old, fresh, {
    morphStyle: "outerHTML",
    callbacks: {
      beforeNodeMorphed(from: Node, to: Node): boolean {
        if (!(from instanceof HTMLElement) || !(to instanceof HTMLElement)) return true;
        // A form's own `id` is hidden by its field of that name.
        const id = from.getAttribute("id") ?? "";
        if ((KEEP_WHOLE.has(id) || id.startsWith("template-list-")) && id === to.getAttribute("id")) return false;
        if (from instanceof HTMLTextAreaElement && to instanceof HTMLTextAreaElement) to.value = from.value;
        else if (from instanceof HTMLInputElement && to instanceof HTMLInputElement) {
          if (from.type === "radio" || from.type === "checkbox") {
            if (!to.disabled) to.checked = from.value === to.value && from.checked;
            to.toggleAttribute("checked", to.checked);
          } else if (from.name === "id") to.value = from.value;
          // What is being typed is the reader's until they act.
          // Who gets a copy follows the newest mail, until the reader says otherwise.
          else if (from.type !== "hidden" && mode === "live" && !(from.matches("#composer-cc, #composer-bcc") && from.value === from.defaultValue)) to.value = from.value;
          // The reader has seen the new state only if it came into view; else a reply is held back.
          else if (from.name === "seen_position" && mode === "live" && !isSeen) to.value = from.value;
        } else if (from instanceof HTMLSelectElement && to instanceof HTMLSelectElement) {
          if ([...to.options].some((option) => option.value === from.value)) {
            for (const option of to.options) option.toggleAttribute("selected", option.value === from.value);
          }
        }
        return true;
      },
      beforeAttributeUpdated(name: string, node: Node): boolean {
        if (name === "open") return !(node instanceof HTMLDetailsElement);
        return name !== "style" && name !== "data-panel";
      },
      beforeNodeRemoved(node: Node): boolean {
        if (!(node instanceof HTMLElement)) return true;
        // Why the reader was refused stays until they act, whatever else happens meanwhile.
        const isTheirs = node.id === "composer-problem" || node.id === "unread-mark" || node.classList.contains("pop-refused");
        return !node.classList.contains("is-pending") && !(mode === "live" && isTheirs);
      },
    },
  } as Parameters<typeof Idiomorph.morph>[2]);
  const now = byId(fresh.id);
  if (now) htmx.process(now);
  if (wasAtEnd) toEnd();
  if (hadFocus && (document.activeElement === null || document.activeElement === document.body)) {
    // What had the focus is gone: its neighbour has it now.
    const links = document.querySelectorAll<HTMLElement>("#rows a.row-link");
    (links[Math.min(Math.max(focusedRow, 0), links.length - 1)] ?? byId("timeline") ?? byId("main"))?.focus({ preventScroll: true });
  }
  const news = [...document.querySelectorAll("#timeline > .m-inbound")].filter((message) => !known.has(message.id));
  const last = news.at(-1);
  if (mode === "live" && last && known.size > 0) {
    announce(words("newMessage", last.querySelector(".message-author")?.textContent ?? ""));
  }
}

export function parse(html: string): Document {
  return new DOMParser().parseFromString(html, "text/html");
}

/** Puts one conversation's pane in place of another's, or morphs when it is the same one. */
export function place(fresh: Element, mode: Mode): void {
  const old = byId("thread");
  if (!old) return;
  if (old.dataset["id"] === (fresh as HTMLElement).dataset["id"]) {
    // Another window of the same conversation: what was loaded above the old one is not above it.
    const first = old.querySelector<HTMLElement>("#timeline > .message, #timeline > .activity")?.id;
    if (first && !fresh.querySelector(`#${first}`)) byId("earlier")?.remove();
    morph(old, fresh, mode);
    document.dispatchEvent(new Event("inbox:drawn"));
    return;
  }
  old.replaceWith(fresh);
  htmx.process(fresh as HTMLElement);
  toEnd();
  document.dispatchEvent(new CustomEvent("inbox:opened", { detail: openId() }));
}

/** How many customers wait for this agent: the rail stands beside what is fetched, and says what the list knows. */
export function waits(list: HTMLElement): void {
  const count = byId("rail-waiting");
  if (!count) return;
  count.textContent = list.dataset["waiting"] ?? "";
  count.hidden = !list.dataset["waiting"];
}

/** Takes what a whole page or a fragment brings. */
export function take(page: Document, mode: Mode): void {
  const list = page.getElementById("list");
  const oldList = byId("list");
  if (list && oldList) {
    waits(list);
    morph(oldList, document.adoptNode(list), mode);
    document.dispatchEvent(new Event("inbox:listed"));
  }
  const thread = page.getElementById("thread");
  if (thread) place(document.adoptNode(thread), mode);
}
