import { narrow } from "../shared/filters";
import { recount } from "./select";

/** The customer's lists: what stands in `data-filtered` is the other list, the form stays as it is. */
export function filters(): void {
  narrow((page) => {
    const places = [...document.querySelectorAll<HTMLElement>("[data-filtered]")];
    for (const place of places) {
      const next = page.getElementById(place.id);
      if (!next) return false;
      place.replaceChildren(...document.adoptNode(next).childNodes);
    }
    recount();
    return places.length > 0;
  });
}
