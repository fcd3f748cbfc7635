// The keys of an open menu: letters lead to what begins with them, arrows to the next. Whoever has a menu open means
// what is in it, so that no letter does anything else ("e" of a colleague's name would resolve the conversation). Who
// types slowly types one name all the same: what begins with no name so far begins a new one.
const REST = 2000;

let letters = "";
let typedAt = 0;
let typedIn: Element | null = null;

const plain = (text: string): string => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();

/** What can be reached in a menu, in its order. */
function reachable(menu: Element): HTMLElement[] {
  const all = [...menu.querySelectorAll<HTMLElement>(":is(button, a[href], input:not([type=hidden]), select, textarea)")];
  return all.filter((one) => one.closest("summary") === null && !(one as HTMLButtonElement).disabled && one.offsetParent !== null);
}

/** What something in a menu is called; an avatar is a picture. */
function called(one: HTMLElement): string {
  const said = (one.closest("label") ?? one).cloneNode(true) as HTMLElement;
  for (const picture of said.querySelectorAll("[aria-hidden]")) picture.remove();
  return plain(said.textContent ?? "");
}

/** The one that begins with `letters`, else the one of which a word does; after `now`, so that a letter again goes on. */
function found(letters: string, all: HTMLElement[], now: HTMLElement | undefined): HTMLElement | undefined {
  const isAgain = [...letters].every((letter) => letter === letters[0]);
  const wanted = isAgain ? (letters[0] ?? "") : letters;
  const at = now ? all.indexOf(now) + (isAgain ? 1 : 0) : 0;
  const inTurn = [...all.slice(at), ...all.slice(0, at)].filter((one) => !one.matches("input:not([type=checkbox], [type=radio]), select, textarea"));
  return inTurn.find((one) => called(one).startsWith(wanted)) ?? inTurn.find((one) => called(one).split(/\s+/).some((word) => word.startsWith(wanted)));
}

/** Tells whether the key was the open menu's; fields in it keep theirs. */
export function inMenu(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement;
  // Not every browser gives the focus to what was clicked.
  const menu = target === document.body ? document.querySelector("details.pop[open]") : target.closest("details.pop[open]");
  if (!menu || ["Escape", "Tab", "Enter"].includes(event.key)) return false;
  const all = reachable(menu);
  const now = all.find((one) => one === target);
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const isRadio = target.matches("input[type=radio]");
  if (by !== undefined || event.key === "Home" || event.key === "End") {
    if (isRadio) return true;
    event.preventDefault();
    const at = now ? all.indexOf(now) : by === -1 ? all.length : -1;
    const to = event.key === "Home" ? 0 : event.key === "End" ? all.length - 1 : Math.min(all.length - 1, Math.max(0, at + (by ?? 0)));
    all[to]?.focus();
    return true;
  }
  // A space presses a button, unless it stands within a name that is being typed.
  if (event.key.length !== 1 || (event.key === " " && (letters === "" || event.timeStamp - typedAt > REST))) return true;
  event.preventDefault();
  if (typedIn !== menu || event.timeStamp - typedAt > REST) letters = "";
  typedIn = menu;
  typedAt = event.timeStamp;
  const letter = plain(event.key) || " ";
  const longer = found(letters + letter, all, now);
  letters = longer ? letters + letter : letter;
  (longer ?? found(letter, all, now))?.focus();
  return true;
}

/**
 * Enter in a field means the button beside it, never the first one of a form that has many: a browser would take the
 * first merge that is offered for the number that was typed, and send a reply out of the field of its copies.
 */
export function enters(event: KeyboardEvent): boolean {
  const field = event.target as HTMLElement;
  if (event.key !== "Enter" || !field.matches("input:not([type=checkbox], [type=radio], [type=file], [type=submit], [type=button])")) return false;
  const own = field.closest(".send-at, .number-form")?.querySelector<HTMLElement>("button[type=submit]");
  if (!own && !field.closest("#composer, #bulk")) return false;
  event.preventDefault();
  if (own) own.click();
  else if (field.closest("#bulk")) field.closest(".pop-body")?.querySelector<HTMLElement>("button")?.focus();
  return true;
}
