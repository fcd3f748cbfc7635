// The help centre works without this. It shows results below the search box while somebody types.
const form = document.querySelector<HTMLFormElement>(".help-search[data-suggest]");
const input = form?.querySelector<HTMLInputElement>("input[name=q]");
const box = form?.querySelector<HTMLElement>(".help-suggest");
if (form && input && box) {
  let timer = 0;
  let running: AbortController | null = null;
  const hide = (): void => {
    box.hidden = true;
  };
  const ask = async (): Promise<void> => {
    const query = input.value.trim();
    running?.abort();
    if (query.length < 2) return hide();
    running = new AbortController();
    try {
      const answer = await fetch(`${form.dataset["suggest"] ?? ""}?q=${encodeURIComponent(query)}`, { signal: running.signal });
      if (!answer.ok) return hide();
      box.innerHTML = await answer.text();
      box.hidden = false;
    } catch {
      // Another key came, or the network went: the button still searches.
    }
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void ask(), 140);
  });
  form.addEventListener("keydown", (event) => {
    const links = [...box.querySelectorAll<HTMLElement>("a")];
    if (event.key === "Escape" && !box.hidden) {
      hide();
      input.focus();
      event.preventDefault();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !box.hidden && links.length > 0) {
      const at = links.indexOf(document.activeElement as HTMLElement);
      const next = event.key === "ArrowDown" ? at + 1 : at - 1;
      (links[next] ?? (next < 0 ? input : links[0]))?.focus();
      event.preventDefault();
    }
  });
  document.addEventListener("click", (event) => {
    if (!form.contains(event.target as Node)) hide();
  });
  input.addEventListener("focus", () => {
    if (box.childElementCount > 0 && input.value.trim().length >= 2) box.hidden = false;
  });
}
export {};
