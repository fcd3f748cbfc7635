import type { Outgoing } from "./protocol";
import { read, write } from "../shared/storage";

/** What was written and is not yet known to be stored. It survives the page and keeps its ids. */
export class Outbox {
  private readonly key: string;
  private waiting: Outgoing[];

  constructor(inbox: string) {
    this.key = `switchboard.${inbox}.outbox`;
    try {
      const kept: unknown = JSON.parse(read(this.key) ?? "[]");
      this.waiting = Array.isArray(kept) ? (kept as Outgoing[]).filter((one) => typeof one?.id === "string" && typeof one.text === "string") : [];
    } catch {
      this.waiting = [];
    }
  }

  private save(): void {
    write(this.key, this.waiting.length > 0 ? JSON.stringify(this.waiting) : null);
  }

  all(): readonly Outgoing[] {
    return this.waiting;
  }
  next(): Outgoing | undefined {
    return this.waiting.find((one) => !one.hasFailed);
  }
  add(message: Outgoing): void {
    this.waiting.push(message);
    this.save();
  }
  done(id: string): void {
    const left = this.waiting.filter((one) => one.id !== id);
    if (left.length === this.waiting.length) return;
    this.waiting = left;
    this.save();
  }
  fail(id: string): void {
    this.mark(id, true);
  }
  retry(id: string): void {
    this.mark(id, false);
  }
  private mark(id: string, hasFailed: boolean): void {
    for (const one of this.waiting) if (one.id === id) one.hasFailed = hasFailed;
    this.save();
  }
}
