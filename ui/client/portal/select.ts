// "Select all" of the list of documents.
export function selection(): void {
  document.addEventListener("change", (event) => {
    const box = event.target as HTMLInputElement;
    const form = box.form;
    if (!form?.matches(".bulk")) return;
    const boxes = [...form.querySelectorAll<HTMLInputElement>("input[name=id]")];
    const all = form.querySelector<HTMLInputElement>("[data-all]");
    if (box === all) for (const one of boxes) one.checked = box.checked;
    else if (all) {
      const chosen = boxes.filter((one) => one.checked).length;
      all.checked = chosen === boxes.length;
      all.indeterminate = chosen > 0 && chosen < boxes.length;
    }
  });
}
