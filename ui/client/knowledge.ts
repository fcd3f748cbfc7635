// The article editor works without this. It keeps the text while it is written, takes pasted and dropped files, and
// shows how the article will look.
export {};

const form = document.querySelector<HTMLFormElement>("#editor");
const area = document.querySelector<HTMLTextAreaElement>("#f-body");
if (form && area) write(form, area);

function write(form: HTMLFormElement, area: HTMLTextAreaElement): void {
  const words = JSON.parse(form.dataset["words"] ?? "{}") as Record<string, string>;
  const say = (key: string, name = ""): string => (words[key] ?? "").replace("{name}", name);
  const csrf = document.body.dataset["csrf"] ?? "";
  const state = document.querySelector<HTMLElement>("#keep-state");
  const field = (name: string): HTMLInputElement => form.elements.namedItem(name) as HTMLInputElement;
  const place = `article:${form.dataset["article"] ?? ""}`;
  const told = (text: string): void => {
    if (state) state.textContent = text;
  };
  const body = (): URLSearchParams => {
    const data = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") data.append(name, value);
    return data;
  };
  const text = (): string => {
    const data = body();
    for (const name of ["csrf", "revision", "base"]) data.delete(name);
    return data.toString();
  };
  const headers = { "Content-Type": "application/x-www-form-urlencoded", "X-CSRF-Token": csrf, "HX-Request": "true" };

  // Kept on the server a moment after the last key, one request at a time; until the server has it, this browser does.
  let kept = text();
  let timer = 0;
  let isBusy = false;
  let isStopped = false;
  const remember = (): void => {
    try {
      localStorage.setItem(place, JSON.stringify({ title: field("title").value, body: area.value, questions: field("questions").value }));
    } catch {
      // A full or forbidden store: the server is the other net.
    }
  };
  const forget = (): void => {
    try {
      localStorage.removeItem(place);
    } catch {
      // As above.
    }
  };
  const keep = async (): Promise<void> => {
    if (isBusy || isStopped) return;
    const sent = text();
    if (sent === kept) return;
    isBusy = true;
    told(say("saving"));
    try {
      const answer = await fetch(form.dataset["keep"] ?? "", { method: "POST", headers, body: body() });
      if (answer.ok) {
        const { revision } = (await answer.json()) as { revision: number };
        field("revision").value = String(revision);
        kept = sent;
        if (text() === kept) forget();
        told(say("saved"));
      } else if (answer.status === 409) {
        isStopped = true;
        const { name } = (await answer.json()) as { name: string };
        told(say("conflict", name));
      } else {
        told(say("failed"));
      }
    } catch {
      told(say("failed"));
    }
    isBusy = false;
    if (!isStopped && text() !== kept) later(4_000);
  };
  const later = (wait: number): void => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void keep(), wait);
  };
  form.addEventListener("input", () => {
    remember();
    later(1_200);
    preview();
  });
  form.addEventListener("change", () => later(300));
  addEventListener("online", () => later(0));
  let isSent = false;
  form.addEventListener("submit", () => {
    isSent = true;
    clearTimeout(timer);
  });
  addEventListener("pagehide", () => {
    if (!isSent && !isStopped && text() !== kept) void fetch(form.dataset["keep"] ?? "", { method: "POST", headers, body: body(), keepalive: true });
  });

  // What never reached the server is offered again.
  const recalled = (): { title: string; body: string; questions: string } | null => {
    try {
      return JSON.parse(localStorage.getItem(place) ?? "null") as { title: string; body: string; questions: string } | null;
    } catch {
      forget();
      return null;
    }
  };
  const found = recalled();
  if (found && (found.body !== area.value || found.title !== field("title").value)) {
    const bar = document.createElement("div");
    bar.className = "draft-bar";
    bar.setAttribute("role", "status");
    const line = document.createElement("p");
    line.textContent = say("found");
    const row = document.createElement("p");
    for (const [key, act] of [
      ["restore", (): void => {
        field("title").value = found.title;
        area.value = found.body;
        field("questions").value = found.questions;
        form.dispatchEvent(new Event("input"));
      }],
      ["forget", forget],
    ] as const) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button ghost";
      button.textContent = say(key);
      button.addEventListener("click", () => {
        act();
        bar.remove();
      });
      row.append(button, " ");
    }
    bar.append(line, row);
    form.before(bar);
  } else {
    forget();
  }

  // The preview is drawn by the server, as customers will see it.
  const shown = document.querySelector<HTMLElement>("#preview");
  let drawing = 0;
  let wanted = 0;
  const draw = async (): Promise<void> => {
    if (!shown) return;
    const mine = ++wanted;
    const data = new URLSearchParams({ title: field("title").value, body: area.value });
    try {
      const answer = await fetch(form.dataset["preview"] ?? "", { method: "POST", headers, body: data });
      if (!answer.ok || mine !== wanted) return;
      const html = await answer.text();
      const top = shown.scrollTop;
      shown.innerHTML = html;
      shown.hidden = false;
      shown.scrollTop = top;
    } catch {
      // The next key tries again.
    }
  };
  const preview = (): void => {
    clearTimeout(drawing);
    drawing = window.setTimeout(() => void draw(), 350);
  };
  form.classList.add("has-script");
  void draw();

  // Marks around what is selected. `execCommand` keeps the browser's undo.
  const insert = (text: string): void => {
    area.focus();
    if (!document.execCommand("insertText", false, text)) area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    form.dispatchEvent(new Event("input"));
  };
  const around = (mark: string): void => {
    const { selectionStart: from, selectionEnd: to, value } = area;
    insert(`${mark}${value.slice(from, to)}${mark}`);
    area.setSelectionRange(from + mark.length, to + mark.length);
  };
  const before = (mark: string): void => {
    const { value } = area;
    const from = value.lastIndexOf("\n", area.selectionStart - 1) + 1;
    const end = value.indexOf("\n", area.selectionEnd);
    const to = end < 0 ? value.length : end;
    const lines = value.slice(from, to).split("\n");
    const isNumbered = mark === "1. ";
    const has = (line: string): boolean => (isNumbered ? /^\d+\. /.test(line) : line.startsWith(mark));
    const all = lines.every(has);
    area.setSelectionRange(from, to);
    insert(lines.map((line, at) => (all ? line.replace(/^(\d+\. |#+ |- )/, "") : `${isNumbered ? `${at + 1}. ` : mark}${line}`)).join("\n"));
  };
  const tools = form.querySelector<HTMLElement>(".editor-tools");
  if (tools) tools.hidden = false;
  tools?.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-tool]");
    if (!button) return;
    const mark = button.dataset["mark"] ?? "";
    if (button.dataset["tool"] === "link") {
      const { selectionStart: from, selectionEnd: to, value } = area;
      insert(`[${value.slice(from, to)}](https://)`);
    } else if (mark.endsWith(" ")) before(mark);
    else around(mark);
  });
  area.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    if (event.key === "b") around("**");
    else if (event.key === "i") around("_");
    else if (event.key === "s") form.requestSubmit();
    else return;
    event.preventDefault();
  });

  // Files go up at once and their words into the text.
  const upload = async (files: Iterable<File>): Promise<void> => {
    for (const file of files) {
      told(say("uploading", file.name));
      const data = new FormData();
      data.append("csrf", csrf);
      data.append("files", file, file.name || "picture");
      try {
        const answer = await fetch(form.dataset["files"] ?? "", { method: "POST", headers: { "X-CSRF-Token": csrf, "HX-Request": "true" }, body: data });
        if (!answer.ok) throw new Error(String(answer.status));
        for (const one of (await answer.json()) as { markdown: string }[]) insert(`${one.markdown}\n`);
        told("");
      } catch {
        told(say("uploadFailed", file.name));
      }
    }
  };
  const input = document.querySelector<HTMLInputElement>("#editor-file");
  input?.addEventListener("change", () => {
    void upload([...(input.files ?? [])]).then(() => (input.value = ""));
  });
  area.addEventListener("paste", (event) => {
    const files = event.clipboardData?.files;
    if (!files?.length) return;
    event.preventDefault();
    void upload([...files]);
  });
  area.addEventListener("dragover", (event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  });
  area.addEventListener("drop", (event) => {
    const files = event.dataTransfer?.files;
    if (!files?.length) return;
    event.preventDefault();
    void upload([...files]);
  });
}
