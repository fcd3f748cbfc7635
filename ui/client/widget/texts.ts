import texts from "texts";
import type { Language } from "./protocol";
import { LANGUAGES, word } from "./words";

/** The text of a language, its arguments filled in. */
export const say = (language: Language, key: string, args?: Record<string, string | number>): string => word(texts, language, key, args);

export function languageOf(tag: string | null | undefined): Language | null {
  const primary = (tag ?? "").slice(0, 2).toLowerCase();
  return LANGUAGES.find((language) => language === primary) ?? null;
}
