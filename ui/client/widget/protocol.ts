// What WIDGET_PROTOCOL.md describes, as types.
import type { Api } from "./api";

export type Language = "en" | "es" | "pt";
export type State = "queued" | "unknown" | "sent" | "delivered" | "read" | "failed";

export interface CardAction {
  type: "open" | "answer";
  label: string;
  path?: string;
  value?: string;
}
export interface Card {
  kind: string;
  reference: string;
  title: string;
  body: string;
  facts: [string, string][];
  actions: CardAction[];
}
export interface Attachment {
  id: string;
  name: string;
  type: string;
  size: number;
  url: string;
}
export interface Message {
  id: string;
  author: { name: string; kind: "contact" | "agent" | "bot" | "system" };
  at: number;
  text: string;
  cards: Card[];
  attachments: Attachment[];
  state?: State | null;
  answered?: string | null;
  /** It went by another way than the chat. */
  elsewhere?: boolean | null;
}
export interface Session {
  token: string;
  visitor: string;
  conversation?: string | null;
  language: Language;
  greeting?: string | null;
  position: number;
  messages: Message[];
  contact: { name?: string | null; email?: string | null; email_verified: boolean };
  settings: { name: string; color?: string | null; is_online: boolean; ask_email: boolean; can_mail: boolean; asks?: Record<string, boolean> | null; max_upload: number };
}
export interface Outgoing {
  id: string;
  text: string;
  attachments: Attachment[];
  answer?: { payload: string; label: string };
  /** The proactive message that it answers, as the server named it. */
  proactive?: string;
  at: number;
  hasFailed?: boolean;
}

/** From the page to the frame. */
export type ToFrame =
  | { switchboard: 1; type: "hello"; identity?: string; page_url: string; page_title: string; isOpen: boolean; isRestored?: boolean; proactive?: string | null }
  | { switchboard: 1; type: "identify"; identity: string }
  | { switchboard: 1; type: "opened" | "closed"; proactive?: string | null };
/** From the frame to the page. */
export type ToPage =
  | { switchboard: 1; type: "ready" | "close" }
  | { switchboard: 1; type: "unread"; count: number; isTalking: boolean }
  | { switchboard: 1; type: "look"; color: string }
  | { switchboard: 1; type: "message"; message: { id: string; kind: string; text: string } };

/** An article in a list. */
export interface Listed {
  id: string;
  title: string;
  path: string;
  language: Language;
  /** Says that it is in another language than the visitor's. */
  note: string | null;
  /** The passage that was found, in pieces; `true` marks what was asked for. */
  passage: [string, boolean][];
}
/** An article to read. */
export interface Article {
  id: string;
  title: string;
  path: string;
  language: Language;
  note: string | null;
  html: string;
}

/** What `articles.ts` gets of the frame. */
export interface Chat {
  api: Api;
  language: Language;
  /** Somebody asked for them; else they are offered. */
  isPressed: boolean;
  greeting: string | null | undefined;
  /** The conversation stands there again. */
  shown: () => void;
}
declare global {
  interface Window {
    chat: Chat;
  }
}

/** What `proactive.ts` gets of the loader. */
export interface Hooks {
  box: HTMLElement;
  inbox: string;
  language: string;
  /** Where the server is. */
  base: string;
  /** Asks the server anew what there is to say. */
  greet: () => void;
  isFree: () => boolean;
  /** Opens the chat by a message. */
  press: (key: string) => void;
}
