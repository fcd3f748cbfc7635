import texts from "texts";
import type { Language } from "./protocol";

/** The text of a language, its arguments filled in. */
export function say(language: Language, key: string, args: Record<string, string | number> = {}): string {
  const text = texts[language]?.[key] ?? texts.en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(args[name] ?? ""));
}

export function languageOf(tag: string | null | undefined): Language | null {
  const primary = (tag ?? "").slice(0, 2).toLowerCase();
  return primary === "en" || primary === "es" || primary === "pt" ? primary : null;
}
