// Marks of the small Markdown around what is selected.
import { insert, text } from "./form";

/** Puts marks around the selection, or takes them away again. */
export function wrap(mark: string): void {
  const area = text();
  if (!area) return;
  const { selectionStart: from, selectionEnd: to, value } = area;
  const inside = value.slice(from, to);
  if (value.slice(from - mark.length, from) === mark && value.slice(to, to + mark.length) === mark) {
    area.setSelectionRange(from - mark.length, to + mark.length);
    insert(inside);
    area.setSelectionRange(from - mark.length, to - mark.length);
    return;
  }
  insert(`${mark}${inside}${mark}`);
  area.setSelectionRange(from + mark.length, to + mark.length);
}

/** Begins each selected line with something, or no longer. */
export function prefix(with_: string): void {
  const area = text();
  if (!area) return;
  const { value } = area;
  const from = value.lastIndexOf("\n", area.selectionStart - 1) + 1;
  const end = value.indexOf("\n", area.selectionEnd);
  const to = end < 0 ? value.length : end;
  const lines = value.slice(from, to).split("\n");
  const all = lines.every((line) => line.startsWith(with_));
  area.setSelectionRange(from, to);
  insert(lines.map((line) => (all ? line.slice(with_.length) : with_ + line)).join("\n"));
}

export function link(): void {
  const area = text();
  if (!area) return;
  const from = area.selectionStart;
  const words = area.value.slice(from, area.selectionEnd);
  const isUrl = /^https?:\/\/\S+$/.test(words);
  insert(isUrl ? `[](${words})` : `[${words}](https://)`);
  const at = isUrl ? from + 1 : from + words.length + 11;
  area.setSelectionRange(at, at);
}

/** A list goes on with the next line, and ends with an empty one. */
export function nextLine(event: KeyboardEvent): boolean {
  const area = text();
  if (!area || area.selectionStart !== area.selectionEnd) return false;
  const before = area.value.slice(0, area.selectionStart);
  const line = before.slice(before.lastIndexOf("\n") + 1);
  const found = /^(\s*)(?:([-*+]) |(\d{1,4})([.)]) |(> ))(.*)$/.exec(line);
  if (!found) return false;
  event.preventDefault();
  const [, indent = "", bullet, count, after, quote, rest] = found;
  if (!rest) {
    area.setSelectionRange(area.selectionStart - line.length, area.selectionStart);
    insert("");
    return true;
  }
  const next = bullet ? `${bullet} ` : quote ? "> " : `${Number(count) + 1}${after} `;
  insert(`\n${indent}${next}`);
  return true;
}
