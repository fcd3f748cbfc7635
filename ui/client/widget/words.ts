import type { Language } from "./protocol";

export const LANGUAGES = ["en", "es", "pt"] as const;

/** A text of a bundle in a language, its arguments filled in. */
export function word(texts: Record<string, [string, string, string]>, language: Language, key: string, args: Record<string, string | number> = {}): string {
  const text = texts[key]?.[LANGUAGES.indexOf(language)] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(args[name] ?? ""));
}
