// Help articles inside the chat's window: looked for, read, and left for the conversation. The frame loads this when
// somebody looks at them first, or opens a chat in which nothing was said yet.
import texts from "texts/articles";
import { el, icon, rich } from "./widget/dom";
import type { Article, Chat, Listed } from "./widget/protocol";
import { word } from "./widget/words";

/** A search begins after so many milliseconds without a key. */
const PAUSE = 160;

/**
 * The nodes of an article as our server drew it, the same as in the help centre. What it names stays below names of its
 * own, so that no heading takes the place of a part of the chat; other pages open beside this one.
 */
function drawn(html: string): ChildNode[] {
  const { body } = new DOMParser().parseFromString(html, "text/html");
  for (const named of body.querySelectorAll("[id]")) named.id = `shelf-${named.id}`;
  for (const link of body.querySelectorAll("a")) {
    const target = link.getAttribute("href") ?? "";
    if (target.startsWith("#")) link.setAttribute("href", `#shelf-${target.slice(1)}`);
    else {
      link.target = "_blank";
      link.rel = "noopener";
    }
  }
  return [...body.childNodes];
}

function furnish({ api, language, isPressed, greeting, shown }: Chat): void {
  const t = (key: string, args?: Record<string, string | number>): string => word(texts, language, key, args);
  const find = <E extends HTMLElement>(selector: string): E => document.querySelector<E>(selector)!;
  const button = find<HTMLButtonElement>("#chat-shelf");
  const log = find(".chat-log");
  const form = find<HTMLFormElement>("#chat-form");

  const field = el("input", { class: "input", type: "search", id: "shelf-field", maxlength: "300", autocomplete: "off", enterkeyhint: "search" });
  const search = el("form", { class: "shelf-search", role: "search" }, el("label", { for: field.id }, t("title")), el("div", {}, icon("search"), field));
  const status = el("p", { class: "shelf-status", role: "status" });
  const list = el("ul", { class: "shelf-list" });
  // Most greetings ask what the search asks.
  const isMore = !!greeting && !greeting.includes(t("title"));
  const home = el("div", {}, isMore && el("p", { class: "shelf-greeting prose" }, rich(greeting)), search, status, list);
  const page = el("article", { class: "shelf-page", hidden: true });
  const news = el("p", { class: "shelf-news", role: "status" });
  const write = el("button", { class: "button primary", type: "button" }, t("contact"));
  const shelf = el("section", { class: "shelf", "aria-labelledby": button.id, hidden: true }, news, home, page, el("div", { class: "shelf-foot" }, el("p", {}, t("still")), write));
  log.before(shelf);

  // Between articles and conversation.
  const focus = (): void => (page.hidden ? field : find(".shelf-page h2")).focus();
  function turn(isOn: boolean): void {
    shelf.hidden = !isOn;
    log.hidden = isOn;
    shelf.parentElement!.classList.toggle("is-reading", isOn);
    button.setAttribute("aria-expanded", String(isOn));
    news.replaceChildren();
    if (!isOn) shown();
  }
  function converse(): void {
    turn(false);
    find(form.hidden ? "#chat-before .field:not([hidden]) input" : "#chat-input").focus();
  }
  write.onclick = converse;
  button.onclick = () => {
    if (!shelf.hidden) return converse();
    turn(true);
    focus();
  };
  form.addEventListener("submit", () => turn(false));
  // Whoever reads is told that somebody wrote, and reads on until they look.
  new MutationObserver((changes) => {
    const isNews = changes.some(({ addedNodes }) => [...addedNodes].some((node) => node instanceof Element && node.matches(".theirs:last-child")));
    if (shelf.hidden || !isNews || news.firstChild) return;
    const show = el("button", { class: "link", type: "button" }, t("news"));
    show.onclick = converse;
    news.append(show);
  }).observe(log, { childList: true });

  // The list: what helps most, or what was found.
  let asked = 0;
  async function look(): Promise<void> {
    const number = ++asked;
    const query = field.value.trim();
    const answer = await api.get<{ items: Listed[] }>(`articles?q=${encodeURIComponent(query)}`).catch(() => null);
    // Another key came meanwhile.
    if (number !== asked) return;
    if (!answer) return void (status.textContent = t("failed"));
    const { items } = answer;
    status.textContent = items.length === 0 ? `${t("nothing")}. ${t("nothing-hint")}` : query ? t("found", { count: items.length }) : t("top");
    list.replaceChildren(...items.map(row));
  }
  function row(item: Listed): HTMLElement {
    const link = el(
      "a",
      { href: item.path, hreflang: item.language },
      el("span", { class: "shelf-title", lang: item.language }, item.title),
      item.note && el("span", { class: "shelf-note" }, ` · ${item.note}`),
      item.passage.length > 0 && el("span", { class: "shelf-passage", lang: item.language }, ...item.passage.map(([text, isMarked]) => (isMarked ? el("mark", {}, text) : document.createTextNode(text)))),
    );
    link.onclick = (event) => {
      // With one of these keys browsers open it elsewhere.
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      void read(item.id, link);
    };
    return el("li", {}, link);
  }
  let timer = 0;
  field.oninput = () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void look(), PAUSE);
  };
  search.onsubmit = (event) => {
    event.preventDefault();
    clearTimeout(timer);
    void look();
  };

  // One article.
  let back = (): void => {};
  async function read(id: string, link: HTMLElement): Promise<void> {
    const article = await api.get<Article>(`articles/${id}`).catch(() => null);
    if (!article) return void (status.textContent = t("failed"));
    const place = shelf.scrollTop;
    const leave = el("button", { class: "link shelf-back", type: "button" }, icon("back"), t("back"));
    leave.onclick = back = () => {
      page.hidden = true;
      home.hidden = false;
      shelf.scrollTop = place;
      (link.isConnected ? link : field).focus();
    };
    page.replaceChildren(
      leave,
      el("h2", { tabindex: "-1", lang: article.language }, article.title),
      ...(article.note ? [el("p", { class: "shelf-note" }, article.note)] : []),
      el("div", { class: "article", lang: article.language }),
      vote(id),
      el("a", { class: "shelf-tab", href: article.path, target: "_blank", rel: "noopener" }, t("tab"), icon("external")),
    );
    page.querySelector(".article")!.append(...drawn(article.html));
    home.hidden = true;
    page.hidden = false;
    shelf.scrollTop = 0;
    focus();
  }
  function vote(id: string): HTMLElement {
    const box = el("div", { class: "shelf-vote", role: "group", "aria-label": t("question") }, el("strong", {}, t("question")));
    const said = el("p", { role: "status", tabindex: "-1" });
    const choice = (key: string, helped: boolean): HTMLElement => {
      const one = el("button", { class: "button ghost", type: "button" }, t(key));
      one.onclick = () =>
        void api.post(`articles/${id}/verdict`, { helped }).then(
          () => {
            box.replaceChildren(said);
            said.textContent = t(helped ? "thanks" : "sorry");
            said.focus();
          },
          () => {
            box.append(said);
            said.textContent = t("failed");
          },
        );
      return one;
    };
    box.append(choice("yes", true), choice("no", false));
    return box;
  }

  shelf.onkeydown = (event) => {
    const links = [...list.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement as HTMLAnchorElement);
    if (event.key === "Escape" && (!page.hidden || field.value)) {
      // One step back; only from the list it closes the chat.
      event.preventDefault();
      event.stopPropagation();
      if (!page.hidden) return back();
      field.value = "";
      field.focus();
      void look();
    } else if (page.hidden && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      const next = event.key === "ArrowDown" ? links[at + 1] : at > 0 ? links[at - 1] : field;
      event.preventDefault();
      next?.focus();
    }
  };

  const begin = (): void => {
    void look();
    // Who asked for them goes there; who may be writing is left where they are, and who wrote meanwhile sees that.
    if (!isPressed && log.querySelector(".own")) return;
    turn(true);
    if (isPressed) field.focus();
  };
  const style = el("link", { rel: "stylesheet", href: button.dataset["style"] });
  style.onload = style.onerror = begin;
  document.head.append(style);
}

furnish(window.chat);
