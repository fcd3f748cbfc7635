// Answers to what a form asked. The library's own event is told to the element that asked, and to nobody when that
// one is gone: the reader went on, or news redrew the thread. The request itself outlives both.
import { openId } from "./page";

export interface Answer {
  elt: Element;
  xhr: XMLHttpRequest;
  /** The conversation that was open when it was asked. */
  id: string | undefined;
}

/** Calls back with every answer, after it was taken in; and when there will be none (a status of 0). */
export function onAnswer(take: (answer: Answer) => void): void {
  document.addEventListener("inbox:answered", (event) => take((event as CustomEvent<Answer>).detail));
}

export function answers(): void {
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { requestConfig, xhr } = (event as CustomEvent<{ requestConfig: { elt: Element }; xhr: XMLHttpRequest }>).detail;
    const detail: Answer = { elt: requestConfig.elt, xhr, id: openId() };
    xhr.addEventListener("loadend", () => document.dispatchEvent(new CustomEvent("inbox:answered", { detail })));
  });
}
