/** Buttons that copy what stands in a field. */
export function copying(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLButtonElement>("[data-copies]");
    const field = button && document.getElementById(button.dataset["copies"] ?? "");
    if (!button || !(field instanceof HTMLInputElement)) return;
    const before = button.textContent;
    const done = (): void => {
      button.textContent = button.dataset["done"] ?? before;
      setTimeout(() => (button.textContent = before), 2_000);
    };
    // Without a secure origin there is no clipboard to write to: what is selected can be copied by hand.
    field.select();
    navigator.clipboard?.writeText(field.value).then(done, () => document.execCommand("copy") && done());
    if (!navigator.clipboard && document.execCommand("copy")) done();
  });
}
