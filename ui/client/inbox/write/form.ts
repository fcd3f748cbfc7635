// The composer's form, and what stands in it. It is morphed while the page lives: nothing is kept.
import { byId, csrf, headers, openId } from "../page";

export const form = (): HTMLFormElement | null => byId<HTMLFormElement>("composer");
export const text = (): HTMLTextAreaElement | null => byId<HTMLTextAreaElement>("composer-text");
export const base = (): string => form()?.dataset["base"] ?? "";
export const isNote = (): boolean => form()?.querySelector<HTMLInputElement>("input[value=note]")?.checked ?? false;
export const field = (name: string): HTMLInputElement | null => form()?.querySelector<HTMLInputElement>(`input[name=${name}]`) ?? null;

/** The channel that a reply would leave by. */
export function channel(): string {
  const select = byId<HTMLSelectElement>("reply-way");
  return select?.selectedOptions[0]?.dataset["channel"] ?? form()?.dataset["channel"] ?? "";
}

/** Puts words where the caret is, as if they were typed: undo works, and the draft is kept. */
export function insert(words: string, from?: number): void {
  const area = text();
  if (!area) return;
  area.focus();
  if (from !== undefined) area.setSelectionRange(from, area.selectionEnd);
  if (!document.execCommand("insertText", false, words)) {
    area.setRangeText(words, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
}

/** What a POST of the composer's helpers carries. */
export function body(more: Record<string, string> = {}): URLSearchParams {
  const out = new URLSearchParams({ csrf, ...more });
  const values = form() ? new FormData(form() as HTMLFormElement) : new FormData();
  for (const name of ["text", "kind", "way", "card", "attachment", "revision", "cc", "bcc"]) {
    for (const value of values.getAll(name)) if (typeof value === "string" && !(name in more)) out.append(name, value);
  }
  return out;
}

export async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${base()}${path}`, { credentials: "same-origin", ...init, headers: { ...headers(), ...init.headers } });
}

export const here = openId;
