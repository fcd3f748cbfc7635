// What does not fit a form is taken out as soon as it is chosen, and said beside the field; the rest stays chosen.

function say(input: HTMLInputElement, words: string): void {
  const field = input.closest(".field") ?? input.parentElement;
  let place = field?.querySelector<HTMLElement>(".files-said");
  if (!place) {
    place = document.createElement("p");
    place.className = "error files-said";
    place.setAttribute("role", "alert");
    input.after(place);
  }
  place.textContent = words;
  place.hidden = words === "";
}

export function files(): void {
  document.addEventListener("change", (event) => {
    const input = event.target as HTMLInputElement;
    if (!input.matches("input[type=file][data-most]") || !input.files) return;
    const { most, bytes, large, beyond } = input.dataset;
    const kept = new DataTransfer();
    const out: [string[], string | undefined][] = [[[], large], [[], beyond]];
    for (const file of input.files) {
      if (file.size > Number(bytes)) out[0]?.[0].push(file.name);
      else if (kept.items.length >= Number(most)) out[1]?.[0].push(file.name);
      else kept.items.add(file);
    }
    const said = out.filter(([names]) => names.length > 0).map(([names, words]) => (words ?? "{names}").replace("{names}", names.join(", ")));
    if (said.length > 0) input.files = kept.files;
    say(input, said.join(" "));
  });
}
