import { byId, main, openId, settings } from "./page";
import { type Answer, onAnswer } from "./answered";
import { commandBar, openBar } from "./bar";
import { choose, write as compose } from "./compose";
import { openBell } from "./bell";
import { go } from "./go";
import { enters, inMenu } from "./menus";
import { takeBack } from "./offer";
import { pick, pickAll } from "./rows";
import { closeWithin, earlier, findWithin, newest, unread } from "./timeline";
import { read, write } from "../shared/storage";

const press = (selector: string): boolean => {
  const element = document.querySelector<HTMLElement>(selector);
  element?.click();
  return element !== null;
};

/** Where in the list the open conversation last stood. */
let lastAt = 0;

function marked(): number {
  const at = [...document.querySelectorAll("a.row-link")].findIndex((link) => link.getAttribute("aria-current") === "true");
  if (at >= 0) lastAt = at;
  return at;
}

function step(by: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLAnchorElement>("a.row-link")];
  if (links.length === 0) return;
  const isReading = main.dataset["pane"] === "thread";
  const focused = links.indexOf(document.activeElement as HTMLAnchorElement);
  const open = marked();
  // What was open left the list, and its neighbour, which stands where it stood, has not been read: that one comes next.
  const isGone = isReading && open < 0;
  const here = focused >= 0 ? focused : isGone ? lastAt : open;
  const to = here < 0 ? 0 : isGone && by === 1 ? here : here + by;
  const next = links[Math.min(links.length - 1, Math.max(0, to))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
  // With a conversation open, stepping opens; in the bare list it only moves.
  if (isReading && next) void go(next.href).then(() => byId(next.closest("li")?.id ?? "")?.querySelector("a")?.focus());
}

/** What is opened once a form's answer is here. */
let afterResolved: { form: HTMLFormElement; next: string | undefined; row: string } | null = null;

function resolved({ elt, xhr, id }: Answer): void {
  if (elt !== afterResolved?.form) return;
  const { next, row } = afterResolved;
  afterResolved = null;
  // Who went elsewhere meanwhile stays there.
  if (xhr.status === 200 && next && openId() === id) void go(next).then(() => byId(row)?.querySelector("a")?.focus());
}

/** Resolves what is open and opens the next of the list, without a look at what is done. */
function resolveNext(): void {
  const form = document.querySelector<HTMLFormElement>("#thread form[data-do=resolve], #thread [data-do=resolve] form, form[data-do=resolve]");
  if (!form?.action.endsWith("/resolve")) return;
  const links = [...document.querySelectorAll<HTMLAnchorElement>("a.row-link")];
  const open = links.findIndex((link) => link.getAttribute("aria-current") === "true");
  const next = links[open + 1] ?? links[open - 1];
  afterResolved = { form, next: next?.href, row: next?.closest("li")?.id ?? "" };
  form.requestSubmit();
}

function fold(selector: string): void {
  const details = [...document.querySelectorAll<HTMLDetailsElement>(selector)].at(-1);
  if (!details) return;
  if (details.closest(".side") && getComputedStyle(details.closest(".side") as Element).display === "none") main.dataset["panel"] = "open";
  details.open = !details.open;
  // What is chosen already comes before what is first.
  const first = (what: string): HTMLElement | null => details.querySelector<HTMLElement>(`.pop-body :is(${what})`);
  if (details.open) (first("input[type=radio]:checked") ?? first("input:not([type=hidden]), select, button, textarea, a"))?.focus();
  else details.querySelector("summary")?.focus();
  details.scrollIntoView({ block: "nearest" });
}

function help(): void {
  const dialog = byId<HTMLDialogElement>("help");
  if (dialog?.open) dialog.close();
  else dialog?.showModal();
}

function panel(): void {
  if (main.dataset["panel"] === "open") delete main.dataset["panel"];
  else main.dataset["panel"] = "open";
}

/** With several chosen, what is done is done with them. */
const withChosen: Record<string, string> = {
  assign: "#bulk [data-bulk=assign]",
  team: "#bulk [data-bulk=team]",
  labels: "#bulk [data-bulk=label]",
  escalate: "#bulk [data-bulk=level]",
  priority: "#bulk [data-bulk=priority]",
  snooze: "#bulk [data-bulk=snooze]",
  merge: "#bulk [data-bulk=merge]",
  spam: "#bulk [data-bulk=spam]",
};

/** Whether an action can do anything now: with no conversation open there is nothing to snooze. */
function isPossible(action: string, needs: string): boolean {
  const bulk = byId("bulk");
  if (bulk && !bulk.hidden && (action === "resolve" || (withChosen[action] && document.querySelector(withChosen[action])))) return true;
  if (action === "bulk") return bulk !== null && !bulk.hidden;
  // Who may only read has neither composer nor menus.
  if (needs === "act") return document.querySelector(`[data-do="${action}"]`) !== null;
  if (needs === "write") return byId("composer") !== null;
  return needs === "" || openId() !== undefined;
}

function run(action: string): void {
  const bulk = byId("bulk");
  if (bulk && !bulk.hidden) {
    if (action === "resolve") return void press("#bulk > button[value='resolve:']");
    const menu = withChosen[action];
    if (menu && document.querySelector(menu)) return fold(menu);
  }
  actions[action]?.();
}

const actions: Record<string, () => unknown> = {
  next: () => step(1),
  previous: () => step(-1),
  open: () => {
    const focused = document.activeElement;
    if (focused instanceof HTMLAnchorElement && focused.matches(".row-link")) focused.click();
    else press("a.row-link[aria-current], a.row-link");
  },
  back: () => press("a.back"),
  begin: () => press("#begin"),
  reply: () => choose("reply"),
  note: () => choose("note"),
  attach: () => press("#composer-files"),
  send: () => byId<HTMLFormElement>("composer")?.requestSubmit(),
  claim: () => press("[data-do=claim] button[type=submit]"),
  assign: () => fold("details[data-do=assign]"),
  escalate: () => fold("details[data-do=escalate]"),
  resolve: () => press("[data-do=resolve] button[type=submit]"),
  snooze: () => fold("details[data-do=snooze]"),
  spam: () => press("form[data-do=spam] button[type=submit]") || fold("details[data-do=spam]"),
  transcript: () => fold("details[data-do=transcript]"),
  why: () => fold("#timeline details.why"),
  panel,
  "tab-unassigned": () => press("[data-tab=unassigned]"),
  "tab-mine": () => press("[data-tab=mine]"),
  "tab-all": () => press("[data-tab=all]"),
  "tab-mentioned": () => press("[data-tab=mentioned]"),
  "tab-team": () => press("[data-tab=team]"),
  "tab-spam": () => press("[data-tab=spam]"),
  views: () => fold("#views"),
  narrow: () => fold("#narrow"),
  sort: () => byId("sort-by")?.focus(),
  pick: () => pick(),
  "pick-range": () => pick(true),
  "pick-all": () => pickAll(true),
  "pick-none": () => pickAll(false),
  bulk: () => document.querySelector<HTMLElement>("#bulk:not([hidden]) summary")?.focus(),
  unread,
  older: () => void earlier().then(() => byId("timeline")?.scrollBy({ top: -byId("timeline")!.clientHeight * 0.8 })),
  newest,
  "find-within": findWithin,
  quoted: () => fold("#timeline details.fold"),
  original: () => press("#timeline > .message:last-of-type a.original") || [...document.querySelectorAll<HTMLElement>("#timeline a.original")].at(-1)?.click(),
  team: () => fold("details[data-do=team]"),
  labels: () => fold("details[data-do=labels]"),
  priority: () => fold("details[data-do=priority]"),
  merge: () => fold("details[data-do=merge]"),
  // The last one: what came now is what is read now.
  split: () => [...document.querySelectorAll<HTMLElement>("#timeline [data-do=split] button")].at(-1)?.click(),
  ticket: () => fold("details[data-do=ticket]"),
  customer: () => fold("details[data-do=customer]"),
  macro: () => fold("details[data-do=macro]"),
  "hand-over": () => fold("details[data-do=hand-over]"),
  follow: () => press("[data-do=follow] button[type=submit]"),
  undo: () => void (takeBack() || compose("undo")),
  suggest: () => compose("suggest"),
  canned: () => compose("canned"),
  emoji: () => compose("emoji"),
  card: () => compose("card"),
  preview: () => compose("preview"),
  "send-menu": () => fold("details[data-do=send]"),
  "resolve-next": resolveNext,
  "send-resolve": () => press("[data-key=send-resolve]"),
  bell: openBell,
  commands: openBar,
  filter: () => byId<HTMLInputElement>("search")?.select(),
  help,
};

const isWriting = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || target.matches("input:not([type=radio], [type=checkbox]), textarea, select"));

export function keys(): void {
  onAnswer(resolved);
  marked();
  document.addEventListener("inbox:listed", marked);
  commandBar(run, isPossible);
  const byKey = new Map(settings.keys.map(({ key, action }) => [key, action]));
  const on = byId<HTMLInputElement>("keys-on");
  if (on) {
    on.checked = read("switchboard.keys") !== "off";
    on.addEventListener("change", () => write("switchboard.keys", on.checked ? null : "off"));
  }
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const form = (event.target as Element).closest<HTMLFormElement>("form");
      // Not `form.id`: the form has a field of that name.
      if (form?.matches("#composer, [data-do]")) {
        event.preventDefault();
        form.requestSubmit();
      }
      return;
    }
    if (enters(event)) return;
    if (event.key === "Escape") return escape(event);
    // From what was looked for to what was found.
    if (event.key === "ArrowDown" && (event.target as Element).matches("#search")) {
      event.preventDefault();
      return document.querySelector<HTMLElement>("a.row-link")?.focus();
    }
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      return openBar();
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target) || (byId<HTMLDialogElement>("help")?.open && event.key !== "?") || byId<HTMLDialogElement>("commands")?.open || inMenu(event)) return;
    // Single keys can be switched off (WCAG 2.1.4), all but the one that leads to the switch.
    if (on && !on.checked && event.key !== "?") return;
    const action = byKey.get(event.key);
    if (action === undefined || !(action in actions)) return;
    event.preventDefault();
    run(action);
  });
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    if (target.closest("[data-action=panel]")) panel();
    for (const details of document.querySelectorAll<HTMLDetailsElement>("details.pop[open]")) {
      if (!details.contains(target)) details.open = false;
    }
  });
  // At the last message it would open below the edge of the thread.
  document.addEventListener(
    "toggle",
    (event) => {
      const details = event.target as HTMLDetailsElement;
      if (details.open && details.matches("#timeline details.pop")) details.querySelector(".pop-body")?.scrollIntoView({ block: "nearest" });
    },
    true,
  );
}

function escape(event: KeyboardEvent): void {
  if (byId<HTMLDialogElement>("commands")?.open || byId<HTMLDialogElement>("help")?.open) return;
  const open = document.querySelector<HTMLDetailsElement>("details.pop[open]");
  if (open) {
    open.open = false;
    open.querySelector("summary")?.focus();
  } else if (closeWithin()) return;
  else if (isWriting(event.target)) (byId("timeline") ?? document.querySelector<HTMLElement>("a.row-link"))?.focus();
  else if (main.dataset["panel"]) delete main.dataset["panel"];
}
