// Articles while the reader types: the help centre's own page of results, asked for and cut out.

const QUIET = 180;
const MOST = 5;

/** Fields with `data-hits` name the place that their results stand in. */
export function hits(): void {
  let timer: number | undefined;
  let asked: AbortController | undefined;
  document.addEventListener("input", (event) => {
    const field = event.target as HTMLInputElement;
    const place = document.getElementById(field.dataset["hits"] ?? "");
    const url = field.form?.action;
    if (!place || !url) return;
    clearTimeout(timer);
    asked?.abort();
    const words = field.value.trim();
    if (words.length < 3) return show(place, []);
    const own = (asked = new AbortController());
    timer = window.setTimeout(async () => {
      try {
        const answer = await fetch(`${url}?q=${encodeURIComponent(words)}`, { signal: own.signal, headers: { accept: "text/html" } });
        if (!answer.ok) return;
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        show(place, [...page.querySelectorAll<HTMLAnchorElement>(".help-list a:has(.hit-title)")].slice(0, MOST), true);
      } catch {
        // Superseded by the next letter, or the connection is away: the button still leads to the page.
      }
    }, QUIET);
  });
}

function show(place: HTMLElement, found: HTMLAnchorElement[], isAnswer = false): void {
  const list = document.createElement("ul");
  list.className = "help-list";
  for (const link of found) {
    link.target = "_blank";
    link.rel = "noopener";
    const item = document.createElement("li");
    item.append(document.adoptNode(link));
    list.append(item);
  }
  place.replaceChildren(...(found.length > 0 ? [list] : []));
  const said = document.getElementById(`${place.id}-said`);
  if (!said) return;
  const { some = "", none = "" } = said.dataset;
  said.textContent = !isAnswer ? "" : found.length > 0 ? some.replace("{n}", String(found.length)) : none;
}
