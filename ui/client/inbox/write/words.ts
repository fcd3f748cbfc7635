const place = document.getElementById("desk-settings");
const words: Record<string, string> = place?.textContent ? (JSON.parse(place.textContent) as Record<string, string>) : {};

/** A text that the page gave in the reader's language; `{name}` in it is filled. */
export function say(key: string, values: Record<string, string> = {}): string {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
