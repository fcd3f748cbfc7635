// Forms that narrow a list act at once: what is chosen when it is chosen, what is typed when the typing
// rests. Without scripts their button does the same.
/** Puts what the list is now in the place of what it was; says whether the page had it. */
type Swap = (fresh: Document, form: HTMLFormElement) => boolean;

/** So long rests whoever has typed a word. */
const REST = 250;

let running: AbortController | null = null;
let timer = 0;
let swap: Swap = () => false;

/** Says quietly that the list is another one now. */
function tell(words: string): void {
  let place = document.getElementById("filters-said");
  if (!place) {
    place = document.createElement("p");
    place.id = "filters-said";
    place.className = "visually-hidden";
    place.setAttribute("role", "status");
    document.body.append(place);
  }
  place.textContent = "";
  place.textContent = words;
}

function address(form: HTMLFormElement): string {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string" && value !== "") query.append(name, value);
  const path = form.getAttribute("action") || location.pathname;
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

async function renew(form: HTMLFormElement): Promise<void> {
  clearTimeout(timer);
  const to = address(form);
  const said = form.dataset["filter"] ?? "";
  running?.abort();
  const mine = (running = new AbortController());
  try {
    const answer = await fetch(to, { headers: { Accept: "text/html" }, credentials: "same-origin", signal: mine.signal });
    if (!answer.ok || answer.redirected) return void location.assign(to);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (running !== mine) return;
    history.replaceState(null, "", to);
    // What is being typed is newer than what was asked for; every other field shows what the list is of.
    const field = document.activeElement;
    if (field instanceof HTMLInputElement && field.type === "search" && field.form === form)
      page.querySelector(`form[data-filter] input[name="${field.name}"]`)?.setAttribute("value", field.value);
    if (!swap(page, form)) return void location.assign(to);
    tell(said);
  } catch (error) {
    // A newer question took its place; whatever else went wrong, the browser says best by itself.
    if (!(error instanceof DOMException && error.name === "AbortError")) location.assign(to);
  }
}

/** Days count only for a span of one's own: whoever sets one means that. */
function span(form: HTMLFormElement, field: Element): boolean {
  const period = form.querySelector<HTMLSelectElement>("select[name=period]");
  if (!period) return true;
  const days = [...form.querySelectorAll<HTMLInputElement>("input[type=date]")];
  if (days.includes(field as HTMLInputElement)) period.value = "custom";
  const isReady = period.value !== "custom" || days.every((day) => day.value !== "");
  if (!isReady) days.find((day) => day.value === "")?.focus();
  return isReady;
}

export function narrow(by: Swap): void {
  swap = by;
  if (!document.querySelector("form[data-filter], form[data-filter-load]")) return;
  document.documentElement.dataset["filters"] = "live";
  document.addEventListener("change", (event) => {
    const field = event.target as Element;
    if (field.matches("input[type=search]")) return;
    field.closest<HTMLFormElement>("form[data-filter-load]")?.requestSubmit();
    const form = field.closest<HTMLFormElement>("form[data-filter]");
    if (form && span(form, field)) void renew(form);
  });
  document.addEventListener("input", (event) => {
    const field = event.target as HTMLElement;
    const form = field.closest<HTMLFormElement>("form[data-filter]");
    if (!form || !field.matches("input[type=search]") || (event as InputEvent).isComposing) return;
    clearTimeout(timer);
    timer = window.setTimeout(() => void renew(form), REST);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (!form.matches("form[data-filter]")) return;
    event.preventDefault();
    void renew(form);
  });
}
