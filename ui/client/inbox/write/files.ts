// Files go up at once, with their progress, by button, paste and drop.
import { announce, byId, csrf, headers, say as tell } from "../page";
import { base, channel, form, isNote } from "./form";
import { touched } from "./drafts";
import { say } from "./words";

const MEGABYTE = 1024 * 1024;
/** The most files of one message: `reply::MOST_FILES`. */
const MOST_FILES = 20;
/** What each channel carries in one file, in bytes. */
const MOST: Record<string, number> = { email: 20 * MEGABYTE, whatsapp: 16 * MEGABYTE, webchat: 20 * MEGABYTE, portal: 20 * MEGABYTE };

/** A line of what goes along; `value` empty while it is on its way. */
export function line(name: string, field: string, value: string): HTMLLIElement {
  const item = document.createElement("li");
  item.dataset["picked"] = field;
  const label = document.createElement("span");
  label.textContent = name;
  const hidden = document.createElement("input");
  hidden.type = "hidden";
  hidden.name = value ? field : "";
  hidden.value = value;
  const out = document.createElement("button");
  out.type = "button";
  out.className = "link";
  out.dataset["unpick"] = "";
  out.setAttribute("aria-label", say("remove", { name }));
  out.textContent = "×";
  item.append(label, hidden, out);
  return item;
}

export function pick(item: HTMLLIElement): void {
  const list = byId("picked");
  if (!list) return;
  list.append(item);
  list.hidden = false;
}

export function clear(): void {
  const list = byId("picked");
  list?.replaceChildren();
  if (list) list.hidden = true;
}

/** Whether something is still going up: sending waits for it. */
export const isUploading = (): boolean => document.querySelector("#picked li[data-upload]") !== null;

/** Takes what fits; what does not is said, all of it at once, and the rest goes up. */
function take(files: Iterable<File>): void {
  const most = isNote() ? 20 * MEGABYTE : (MOST[channel()] ?? 20 * MEGABYTE);
  const refused: string[] = [];
  const beyond: string[] = [];
  for (const file of files) {
    if (file.size > most) refused.push(say("fileLarge", { name: file.name, most: `${Math.floor(most / MEGABYTE)} MB` }));
    else if (document.querySelectorAll('#picked li[data-picked="attachment"]').length >= MOST_FILES) beyond.push(file.name);
    else upload(file);
  }
  if (beyond.length > 0) refused.push(say("filesMany", { most: String(MOST_FILES), names: beyond.join(", ") }));
  if (refused.length > 0) tell(refused.join(" "));
}

function upload(file: File): void {
  const item = line(file.name, "attachment", "");
  item.dataset["upload"] = "";
  const bar = document.createElement("progress");
  bar.max = 100;
  bar.setAttribute("aria-label", file.name);
  item.insertBefore(bar, item.lastChild);
  pick(item);
  const data = new FormData();
  data.append("csrf", csrf);
  data.append("files", file, file.name || "file");
  const request = new XMLHttpRequest();
  request.open("POST", `${base()}/uploads`);
  for (const [name, value] of Object.entries(headers())) request.setRequestHeader(name, value);
  request.upload.onprogress = (event) => {
    if (event.lengthComputable) bar.value = Math.round((event.loaded / event.total) * 100);
  };
  const failed = (): void => {
    item.remove();
    tell(say("fileFailed", { name: file.name }));
  };
  request.onerror = failed;
  request.onload = () => {
    if (request.status === 413) {
      item.remove();
      return tell(say("fileServer", { name: file.name }));
    }
    if (request.status !== 200) return failed();
    const [kept] = JSON.parse(request.responseText) as { id: string; name: string }[];
    const hidden = item.querySelector("input");
    if (!kept || !hidden) return failed();
    hidden.name = "attachment";
    hidden.value = kept.id;
    delete item.dataset["upload"];
    bar.remove();
    announce(kept.name);
    touched();
  };
  request.send(data);
}

export function files(): void {
  document.addEventListener("change", (event) => {
    const input = byId<HTMLInputElement>("composer-files");
    if (event.target !== input || !input?.files) return;
    take(input.files);
    input.value = "";
  });
  document.addEventListener("paste", (event) => {
    if (!form()?.contains(event.target as Node) || !event.clipboardData?.files.length) return;
    event.preventDefault();
    take(event.clipboardData.files);
  });
  const over = (event: DragEvent): HTMLElement | null => {
    const place = (event.target as Element | null)?.closest?.<HTMLElement>("#conversation") ?? null;
    return place && form() && event.dataTransfer?.types.includes("Files") ? place : null;
  };
  document.addEventListener("dragover", (event) => {
    const place = over(event);
    if (!place) return;
    event.preventDefault();
    place.classList.add("is-dropping");
  });
  for (const name of ["dragleave", "drop"] as const) {
    document.addEventListener(name, (event) => {
      const place = over(event);
      if (name === "drop" || event.target === place) document.querySelector(".is-dropping")?.classList.remove("is-dropping");
      if (name !== "drop" || !place) return;
      event.preventDefault();
      take(event.dataTransfer?.files ?? []);
    });
  }
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest("[data-unpick]");
    if (!button) return;
    const list = byId("picked");
    button.closest("li")?.remove();
    if (list) list.hidden = list.childElementCount === 0;
    touched();
  });
}
