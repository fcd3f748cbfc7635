import { files } from "./portal/files";
import { filters } from "./portal/filters";
import { hits } from "./portal/hits";
import { follow } from "./portal/live";
import { pay } from "./portal/pay";
import { push } from "./portal/push";
import { selection } from "./portal/select";
import { passkeys } from "./shared/passkeys";
import { zone } from "./shared/zone";
// The portal works without this. It keeps a form from being sent twice by a double press.
document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  if (!form.matches("[data-once]")) return;
  if (form.dataset["sent"]) return event.preventDefault();
  form.dataset["sent"] = "1";
  form.querySelector("button[type=submit]")?.setAttribute("aria-disabled", "true");
});
// A page that comes back from the browser's memory may be sent again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-sent]")) {
    delete form.dataset["sent"];
    form.querySelector("button[type=submit]")?.removeAttribute("aria-disabled");
  }
});

document.documentElement.classList.add("has-script");
selection();
filters();
files();
pay();
follow();
hits();
passkeys();
zone();
push();
