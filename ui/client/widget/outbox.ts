import type { Outgoing } from "./protocol";
import { read, write } from "../shared/storage";

/** What was written and is not yet known to be stored. It survives the page and keeps its ids. */
export class Outbox {
  private readonly key: string;
  private waiting: Outgoing[];

  constructor(inbox: string) {
    this.key = `switchboard.${inbox}.outbox`;
    this.waiting = this.kept();
  }

  private kept(): Outgoing[] {
    try {
      const kept: unknown = JSON.parse(read(this.key) ?? "[]");
      return Array.isArray(kept) ? (kept as Outgoing[]).filter((one) => typeof one?.id === "string" && typeof one.text === "string") : [];
    } catch {
      return [];
    }
  }
  /** What another tab keeps stands there, too, and stays. */
  private change(edit: (all: Outgoing[]) => Outgoing[]): void {
    this.waiting = edit(this.waiting);
    const kept = edit(this.kept());
    write(this.key, kept.length > 0 ? JSON.stringify(kept) : null);
  }

  all(): readonly Outgoing[] {
    return this.waiting;
  }
  next(): Outgoing | undefined {
    return this.waiting.find((one) => !one.hasFailed);
  }
  add(message: Outgoing): void {
    this.change((all) => [...all, message]);
  }
  done(id: string): void {
    if (this.waiting.some((one) => one.id === id)) this.change((all) => all.filter((one) => one.id !== id));
  }
  mark(id: string, hasFailed: boolean): void {
    this.change((all) => all.map((one) => (one.id === id ? { ...one, hasFailed } : one)));
  }
}
