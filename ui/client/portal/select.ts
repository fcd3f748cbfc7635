// "Select all" of the list of documents, and what the chosen ones come to.
interface Shape {
  sign: string;
  digits: number;
  group: string;
  point: string;
}

/** An amount in minor units as the page writes money. */
function money(amount: number, shape: Shape): string {
  const text = String(amount).padStart(shape.digits + 1, "0");
  const whole = text.slice(0, text.length - shape.digits).replace(/\B(?=(\d{3})+$)/g, shape.group);
  return `${shape.sign}\u00a0${whole}${shape.digits ? shape.point + text.slice(-shape.digits) : ""}`;
}

/** Says what the chosen ones come to; the sum of each currency for itself. */
function total(form: HTMLFormElement): void {
  const bar = form.querySelector<HTMLElement>("[data-money]");
  const place = bar?.querySelector("[role=status]");
  if (!bar || !place) return;
  const shapes = JSON.parse(bar.dataset["money"] ?? "{}") as Record<string, Shape>;
  const sums = new Map<string, number>();
  let count = 0;
  for (const box of form.querySelectorAll<HTMLInputElement>("input[data-owed]:checked")) {
    const code = box.dataset["currency"] ?? "";
    sums.set(code, (sums.get(code) ?? 0) + Number(box.dataset["owed"]));
    count += 1;
  }
  const parts: string[] = [];
  for (const [code, sum] of sums) {
    const shape = shapes[code];
    if (shape) parts.push(money(sum, shape));
  }
  const words = count ? (bar.dataset["chosen"] ?? "").replace("{count}", String(count)).replace("{amount}", () => parts.join(" + ")) : (bar.dataset["none"] ?? "");
  const wasShown = bar.hasAttribute("data-some");
  bar.toggleAttribute("data-some", count > 0);
  // The bar comes up over the list: what was just chosen stays in sight.
  if (count && !wasShown && form.contains(document.activeElement)) document.activeElement?.scrollIntoView({ block: "nearest" });
  if (place.textContent !== words) place.textContent = words;
}

function count(form: HTMLFormElement): void {
  const boxes = [...form.querySelectorAll<HTMLInputElement>("input[name=id]")];
  const all = form.querySelector<HTMLInputElement>("[data-all]");
  if (all) {
    const chosen = boxes.filter((one) => one.checked).length;
    all.checked = chosen === boxes.length && chosen > 0;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
  }
  total(form);
}

/** The same after a list was drawn anew, or came back with what was chosen. */
export function recount(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form.bulk")) count(form);
}

export function selection(): void {
  document.addEventListener("change", (event) => {
    const box = event.target as HTMLInputElement;
    const form = box.form;
    if (!form?.matches(".bulk")) return;
    if (box.matches("[data-all]")) for (const one of form.querySelectorAll<HTMLInputElement>("input[name=id]")) one.checked = box.checked;
    count(form);
  });
  recount();
  addEventListener("pageshow", recount);
}
