/** Fields that say how much of what they may hold is used, as WhatsApp counts. */
export function counting(): void {
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)) return;
    const count = field.closest(".counted")?.querySelector<HTMLElement>(".used");
    if (!count) return;
    const most = Number(count.dataset["most"]);
    const used = field.value.trim().length;
    count.textContent = `${used} / ${most}`;
    count.classList.toggle("over", used > most);
  });
}
