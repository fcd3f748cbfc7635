// A chat's own parts of the inbox: the window that counts down, the message that is answered, templates
// with their preview, what else than words is sent.
import htmx from "htmx.org";
import { toEnd } from "./morph";
import { byId, openId } from "./page";
import { soon } from "./go";

/** The window's words, and the moment at which it closes. */
function tick(): void {
  const place = byId("chat-window");
  const until = Number(place?.dataset["windowUntil"] ?? 0);
  if (!place || !until || place.classList.contains("closed")) return;
  const minutes = Math.floor((until - Date.now()) / 60_000);
  const words = place.querySelector("span");
  if (until <= Date.now()) {
    place.className = "window closed";
    if (words) words.textContent = place.dataset["closed"] ?? "";
    // What can be sent now is for the server to say.
    soon("thread");
    return;
  }
  const left = `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
  const text = (place.dataset["words"] ?? "{time}").replace("{time}", left);
  if (words && words.textContent !== text) words.textContent = text;
  place.classList.toggle("warn", minutes < 120);
  place.classList.toggle("good", minutes >= 120);
}

function answer(message: string, excerpt: string): void {
  const field = byId<HTMLInputElement>("quotes");
  const line = byId("quoting");
  const words = byId("quoting-words");
  if (!field || !line || !words) return;
  field.value = message;
  words.textContent = excerpt;
  line.hidden = message === "";
  if (message) byId("composer-text")?.focus();
}

function list(): HTMLElement | null {
  return document.querySelector<HTMLElement>("#template-picker[open] .template-list");
}

/** Fetches the list once the picker is open. */
function fill(): void {
  const place = list();
  const url = place?.dataset["url"];
  if (!place || !url || place.childElementCount > 0 || place.dataset["asked"]) return;
  place.dataset["asked"] = "1";
  void Promise.resolve(htmx.ajax("get", url, { target: place, swap: "innerHTML" })).finally(() => delete place.dataset["asked"]);
}

/** The preview shows what is typed. */
function preview(field: HTMLInputElement): void {
  const form = field.closest(".template-form, .begin-form");
  const key = field.dataset["blank"] ?? "";
  for (const place of form?.querySelectorAll<HTMLElement>("[data-shows]") ?? []) {
    if (place.dataset["shows"] !== key) continue;
    place.textContent = field.value || (place.dataset["empty"] ?? "");
    place.classList.toggle("is-filled", field.value !== "");
  }
}

function filter(field: HTMLInputElement): void {
  const wanted = field.value.toLocaleLowerCase().split(/\s+/);
  for (const line of field.parentElement?.querySelectorAll<HTMLElement>(".template-choices > li") ?? []) {
    const words = (line.dataset["words"] ?? "").toLocaleLowerCase();
    line.hidden = !wanted.every((word) => words.includes(word));
  }
}

/** What was sent is done: the fields are empty for the next message. */
function empty(): void {
  answer("", "");
  const box = byId<HTMLDetailsElement>("special");
  if (!box) return;
  box.open = false;
  for (const field of box.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("textarea, input")) {
    if (field instanceof HTMLInputElement && field.type === "radio") field.checked = field.value === "";
    else if (field.name !== "list_button") field.value = "";
  }
}

export function chat(): void {
  let opened = openId();
  const look = (): void => {
    tick();
    if (opened !== openId()) {
      opened = openId();
      empty();
    }
    fill();
  };
  setInterval(look, 10_000);
  document.addEventListener("toggle", (event) => (event.target as Element).id === "template-picker" && fill(), true);
  document.addEventListener("inbox:opened", look);
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const button = target.closest<HTMLElement>("[data-quotes]");
    if (button) answer(button.dataset["quotes"] ?? "", button.dataset["excerpt"] ?? "");
    else if (target.closest("#quoting-stop")) answer("", "");
  });
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!(field instanceof HTMLInputElement)) return;
    if (field.id === "template-filter") filter(field);
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { requestConfig, xhr } = (event as CustomEvent<{ requestConfig: { elt: Element }; xhr: XMLHttpRequest }>).detail;
    const form = requestConfig.elt.closest("form");
    if (xhr.status !== 200) return;
    if (form?.matches("#composer")) empty();
    if (form?.matches(".template-form")) {
      form.closest(".template-list")?.replaceChildren();
      const picker = byId<HTMLDetailsElement>("template-picker");
      if (picker) picker.open = false;
      document.addEventListener("inbox:drawn", toEnd, { once: true });
    }
  });
  look();
}

/** Templates are filled in conversations, and where one writes first. */
export function blanks(): void {
  const all = (): void => document.querySelectorAll<HTMLInputElement>("[data-blank]").forEach(preview);
  document.addEventListener("input", ({ target }) => {
    if (target instanceof HTMLInputElement && target.dataset["blank"]) preview(target);
  });
  document.addEventListener("htmx:afterSettle", all);
  all();
}
