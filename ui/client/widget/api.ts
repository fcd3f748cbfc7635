import type { Attachment, Message, Outgoing, Session, State } from "./protocol";

/** An answer that was not 2xx. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    words = "",
    /** The field of a form that it is about; the words are for the visitor then. */
    readonly field = "none",
  ) {
    super(words);
  }
  /** The inbox is switched off, for a while or for good. */
  get isClosed(): boolean {
    return this.status === 404;
  }
  /** Whether the same request may work later. */
  get isTemporary(): boolean {
    return this.status === 429 || this.status >= 500;
  }
}

export interface Events {
  message: (event: { message: Message }) => void;
  delivery: (event: { message: string; state: State }) => void;
  typing: (event: { name: string; is_typing: boolean }) => void;
  presence: (event: { is_online: boolean }) => void;
  reset: () => void;
}

const SILENCE = 45_000;

/** The server's side of one inbox. */
export class Api {
  token = "";
  private readonly base: string;

  constructor(inbox: string) {
    this.base = `/widget/api/${encodeURIComponent(inbox)}/`;
  }

  private headers(): Record<string, string> {
    return this.token ? { Authorization: `Bearer ${this.token}` } : {};
  }

  get<T>(path: string): Promise<T> {
    return this.ask(path, {});
  }
  post<T>(path: string, body: unknown): Promise<T> {
    return this.ask(path, { method: "POST", body: JSON.stringify(body) });
  }
  private async ask<T>(path: string, request: RequestInit): Promise<T> {
    const answer = await fetch(this.base + path, {
      ...request,
      headers: { ...this.headers(), "Content-Type": "application/json" },
      // A connection that is lost without a word is not waited for; older browsers wait.
      signal: AbortSignal.timeout?.(SILENCE) ?? null,
    });
    if (!answer.ok) {
      const why = await answer.json().catch(() => ({}));
      throw new Refused(answer.status, why.message, why.field);
    }
    return (answer.status === 204 ? null : await answer.json()) as T;
  }

  session(body: object): Promise<Session> {
    return this.post("session", body);
  }
  send(message: Outgoing): Promise<Message | null> {
    const { id, text, answer, proactive } = message;
    return this.post("messages", { id, text, proactive, attachments: message.attachments.map((file) => file.id), ...(answer && { answer }) });
  }
  typing(isTyping: boolean): void {
    void this.post("typing", { is_typing: isTyping }).catch(() => {});
  }
  read(message: string): void {
    void this.post("read", { message }).catch(() => {});
  }

  upload(file: File, progress: (share: number) => void, stop: AbortSignal): Promise<Attachment> {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("POST", `${this.base}uploads`);
      request.setRequestHeader("Authorization", `Bearer ${this.token}`);
      request.responseType = "json";
      request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
      request.onload = () => (request.status < 300 ? resolve(request.response as Attachment) : reject(new Refused(request.status)));
      request.onerror = request.onabort = reject;
      stop.onabort = () => request.abort();
      const form = new FormData();
      form.append("file", file, file.name);
      request.send(form);
    });
  }

  /**
   * Reads the events after a position until `stop`; answers when the connection ends. Server-sent
   * events over fetch, because EventSource cannot carry the bearer header.
   */
  async stream(after: number, on: Events, opened: () => void, moved: (position: number) => void, stop: AbortSignal): Promise<void> {
    const own = new AbortController();
    const end = (): void => own.abort();
    stop.addEventListener("abort", end);
    let watch = setTimeout(end, SILENCE);
    try {
      const answer = await fetch(`${this.base}stream?after=${after}`, {
        headers: { ...this.headers(), Accept: "text/event-stream" },
        cache: "no-store",
        signal: own.signal,
      });
      if (!answer.ok || !answer.body) throw new Refused(answer.status);
      opened();
      const reader = answer.body.getReader();
      const decoder = new TextDecoder();
      let rest = "";
      let event: { name: string; data: string[]; id: string } = { name: "message", data: [], id: "" };
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        clearTimeout(watch);
        watch = setTimeout(end, SILENCE);
        const lines = (rest + decoder.decode(value, { stream: true })).split(/\r\n|\n|\r(?!$)/);
        rest = lines.pop() ?? "";
        for (const line of lines) {
          if (line === "") {
            if (event.data.length > 0 || event.name === "reset") dispatch(on, event.name, event.data.join("\n"));
            if (event.id !== "") moved(Number(event.id));
            event = { name: "message", data: [], id: "" };
            continue;
          }
          const colon = line.indexOf(":");
          if (colon === 0) continue;
          const field = colon < 0 ? line : line.slice(0, colon);
          const content = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
          if (field === "event") event.name = content;
          else if (field === "data") event.data.push(content);
          else if (field === "id" && /^\d+$/.test(content)) event.id = content;
        }
      }
    } finally {
      clearTimeout(watch);
      stop.removeEventListener("abort", end);
      own.abort();
    }
  }
}

function dispatch(on: Events, name: string, data: string): void {
  let value: unknown = null;
  try {
    value = data === "" ? null : JSON.parse(data);
  } catch {
    return;
  }
  const handler = Object.hasOwn(on, name) ? on[name as keyof Events] : undefined;
  if (handler) (handler as (value: unknown) => void)(value);
}
