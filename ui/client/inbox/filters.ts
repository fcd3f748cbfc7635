import { narrow } from "../shared/filters";
import { morph } from "./morph";
import { main } from "./page";

/** The desk's lists: the whole page is drawn anew around what is being typed. */
export function filters(): void {
  narrow((page) => {
    const fresh = page.getElementById("main");
    if (fresh) morph(main, document.adoptNode(fresh), "answer");
    return fresh !== null;
  });
}
