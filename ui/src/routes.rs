//! The addresses that the pages link and post to, in axum's syntax. The gateway mounts them; a
//! template becomes an address with [`path`].
//!
//! **Answers.** A POST from a page with scripts carries `HX-Request: true` and gets back the
//! `inbox_page::thread` fragment: 200 done, 409 stale (the composer keeps the text and says what is
//! new), 422 not acceptable (the composer says why). Without that header a POST answers 303 to the
//! page. A GET of a fragment answers that fragment alone.

use conversation::types::Channel;

/// The inbox. Query: `tab` = `unassigned|mine|mentioned|team|all`; to narrow it `status` =
/// `open|snoozed|resolved|any`, `channel`, `inbox`, `level`, `priority`, `assignee` (`none` is nobody), `team`, `label`,
/// `language`, `company`, `waiting` (minutes or more), `since` (days or less); `sort` = `newest|oldest|waiting|priority|due`;
/// `q` (words to search for, in any state); `view` (the kept list that this came from); `after` (where a later page
/// begins); `rows` (how many).
pub const INBOX: &str = "/inbox";
/// The second step of a sign-in. POST `code`.
pub const SECOND: &str = "/sign-in/second";
/// The proof again, of somebody who is signed in. POST `next` and `code`, `password` or a passkey's answer.
pub const AGAIN: &str = "/sign-in/again";
/// POST: JSON `{step, options}` for `navigator.credentials.get`.
pub const PASSKEY_BEGIN: &str = "/sign-in/passkey/begin";
/// POST `step`, `credential`, `next`: signs in with a passkey.
pub const PASSKEY: &str = "/sign-in/passkey";
/// GET `next`, `again`: leads to the provider of the single sign-on.
pub const SSO: &str = "/sign-in/sso";
/// Where the provider leads back to.
pub const SSO_CALLBACK: &str = "/sign-in/sso/callback";
/// GET: `inbox_page::list`. Query as for [`INBOX`], and `selected`.
pub const INBOX_LIST: &str = "/inbox/list";
/// GET `q`: JSON `{items: [{kind, title, hint, url}]}` for the command bar: conversations, contacts, tickets, articles.
pub const FIND: &str = "/inbox/find";
/// Writing first, and passing a message on.
pub const BEGIN: &str = "/inbox/new";
/// Leads to the conversation of a number (`12`) or of a ticket's (`T-1042`).
pub const GO: &str = "/inbox/go/{number}";
/// POST `c` (conversations, several), `do` = `what:value` with `what` = `assign|team|label|unlabel|level|priority|snooze|resolve`,
/// `reason`. Answers JSON `{done, unchanged, refused: [{id, number, why}]}` to a script.
pub const BULK: &str = "/inbox/bulk";
/// POST `name`, `query`, `is_shared`: keeps a list.
pub const VIEWS: &str = "/inbox/views";
/// POST `do` = `change|remove`, else as [`VIEWS`].
pub const VIEW: &str = "/inbox/views/{id}";
/// POST `label` (several: those that it carries from now on), `new` (words of one more).
pub const LABELS: &str = "/inbox/c/{id}/labels";
/// POST `team` (a team's id, empty for none).
pub const GIVE: &str = "/inbox/c/{id}/team";
/// The inbox with one conversation open. Query as for [`INBOX`], and `at`: a message that the timeline is opened at.
pub const CONVERSATION: &str = "/inbox/c/{id}";
/// GET: `inbox_page::thread`.
pub const THREAD: &str = "/inbox/c/{id}/thread";
/// GET `before` (a place in the timeline): `inbox_page::earlier`.
pub const EARLIER: &str = "/inbox/c/{id}/messages";
/// GET `q`: JSON `{messages}`, the ids of those that hold the words, oldest first.
pub const WITHIN: &str = "/inbox/c/{id}/within";
/// GET: the head of a mail as it arrived.
pub const MESSAGE_HEADERS: &str = "/inbox/m/{id}/headers";
/// POST multipart: `id` (ULID made by the client), `text`, `kind` = `reply|note`, `seen_position`,
/// `channel`, `files…`, `csrf`.
pub const REPLY: &str = "/inbox/c/{id}/reply";
/// The first steps of an installation.
pub const START: &str = "/settings/start";
/// GET `q` or `person`: what is kept how long, and one person's data.
pub const PRIVACY: &str = "/settings/privacy";
/// POST: takes the conversation.
pub const CLAIM: &str = "/inbox/c/{id}/claim";
/// POST `agent` (an agent's id, empty for nobody).
pub const ASSIGN: &str = "/inbox/c/{id}/assign";
/// POST `level` = `N1|N2|N3`, `reason`.
pub const ESCALATE: &str = "/inbox/c/{id}/escalate";
/// POST.
pub const RESOLVE: &str = "/inbox/c/{id}/resolve";
/// POST.
pub const REOPEN: &str = "/inbox/c/{id}/reopen";
/// POST `for` = `1h|3h|tomorrow|monday`.
pub const SNOOZE: &str = "/inbox/c/{id}/snooze";
/// POST `is_typing` = `true|false`; answers 204.
pub const TYPING: &str = "/inbox/c/{id}/typing";
/// POST `delivery`: tries a failed delivery again.
pub const RETRY: &str = "/inbox/c/{id}/retry";
/// What becomes of a message that waits for its time.
pub const SCHEDULED: &str = "/inbox/c/{id}/scheduled";
/// POST `message`: takes the message out into a conversation of its own.
pub const SPLIT: &str = "/inbox/c/{id}/split";
/// POST `message`, `number`: moves the message into another conversation.
pub const MOVE: &str = "/inbox/c/{id}/move";
/// POST `number`: makes the conversation part of another.
pub const MERGE: &str = "/inbox/c/{id}/merge";
/// POST `from`…: takes back that these conversations became part of this one.
pub const UNMERGE: &str = "/inbox/c/{id}/unmerge";
/// POST `identity` (an address or a telephone number): makes that contact part of this one.
pub const MERGE_CONTACT: &str = "/inbox/c/{id}/merge-contact";
/// GET `identity`: what such a merge would do.
pub const MERGE_PREVIEW: &str = "/inbox/c/{id}/merge-preview";
/// POST `name`, `company`, `language`, `tz`, `field_{id}`…: edits the customer.
pub const CUSTOMER: &str = "/inbox/c/{id}/customer";
/// POST `merge`: undoes such a merge.
pub const UNMERGE_CONTACT: &str = "/inbox/c/{id}/unmerge-contact";
/// POST `message`, `article`: the article answers what the message asked.
pub const TEACH: &str = "/inbox/c/{id}/teach";
/// POST `priority`.
pub const PRIORITY: &str = "/inbox/c/{id}/priority";
/// POST `subject`: opens a ticket.
pub const OPEN_TICKET: &str = "/inbox/c/{id}/ticket";
/// GET: a file of a message.
pub const FILE: &str = "/files/{id}";
/// GET: the HTML of a message as a document of its own, for a sandboxed frame. `images=1` lets
/// remote images load.
pub const MESSAGE_HTML: &str = "/inbox/m/{id}/html";
/// GET `n`: the nth picture of a mail that stands on another server, fetched by us.
pub const MESSAGE_IMAGE: &str = "/inbox/m/{id}/image";
/// POST `address`, `name`: makes the sender of a forwarded mail the contact of the conversation.
pub const GIVE_TO: &str = "/inbox/c/{id}/sender";
/// POST `do` = `spam|block`, `block…` = `sender|domain`: marks as spam, shuts the sender out, or both.
pub const SPAM: &str = "/inbox/c/{id}/spam";
/// POST: takes it out of spam.
pub const NOT_SPAM: &str = "/inbox/c/{id}/not-spam";
/// POST: lets its customer in again.
pub const UNBLOCK: &str = "/inbox/c/{id}/unblock";
/// POST `address` or `other`: sends the conversation there by mail.
pub const TRANSCRIPT: &str = "/inbox/c/{id}/transcript";
/// POST `address`: takes the mark off an address from which mail came back.
pub const FORGIVE: &str = "/inbox/c/{id}/forgive";
/// GET: the message as it arrived.
pub const MESSAGE_RAW: &str = "/inbox/m/{id}/raw";
/// POST `text`, `kind`, `way`, `card…`, `attachment…`, `revision`: keeps the draft; answers JSON
/// `{revision}`, 409 when another window changed it.
pub const DRAFT: &str = "/inbox/c/{id}/draft";
/// POST multipart `files…`: answers JSON `[{id, name, size}]` to be posted as `attachment`.
pub const UPLOADS: &str = "/inbox/c/{id}/uploads";
/// POST `text`, `way`: the message as its channel will show it.
pub const PREVIEW: &str = "/inbox/c/{id}/preview";
/// GET `q`: canned replies to choose from. POST `canned`: answers JSON `{text, missing, language}`.
pub const CANNED: &str = "/inbox/c/{id}/canned";
/// GET `kind`, `q`: cards to choose from.
pub const CARDS: &str = "/inbox/c/{id}/cards";
/// GET: answers of the knowledge base to what the customer wrote last.
pub const SUGGEST: &str = "/inbox/c/{id}/suggest";
/// POST `message`: takes back what has not left; answers JSON `{text, files, cards}`.
pub const UNDO: &str = "/inbox/c/{id}/undo";
/// POST `is_here` = `true|false`: the conversation is on the agent's screen; answers 204.
pub const HERE: &str = "/inbox/c/{id}/here";
/// POST `on` = `true|false`.
pub const FOLLOW: &str = "/inbox/c/{id}/follow";
/// POST `macro`, `once`.
pub const MACRO: &str = "/inbox/c/{id}/macro";
/// POST `to` = `agent:ID|team:ID`, `text`: gives it away with a note.
pub const HAND_OVER: &str = "/inbox/c/{id}/hand-over";
/// GET: JSON, the names that a note can call.
pub const PEOPLE: &str = "/inbox/people";
/// GET: the web app manifest of the agents' pages.
pub const MANIFEST: &str = "/manifest.webmanifest";
/// GET: the service worker; it stands at the root, so that it may serve every page.
pub const SERVICE_WORKER: &str = "/sw.js";
/// GET: what the agent was told. POST `read` (a conversation or `all`), or `away` = `true|false`.
pub const BELL: &str = "/bell";
/// POST `endpoint`, `p256dh`, `auth`: this browser takes Web Push; with `off` no more. GET: JSON `{key}`.
pub const PUSH: &str = "/push";
/// Server-sent events. Query `after` = position; `Last-Event-ID` wins over it. Each change is an
/// unnamed event with id = position and data `{position, kind, conversation_id, …}`; `typing`
/// (`{conversation_id, name, is_typing}`), `ping` (every 20 s) and `reset` are named ones without id.
pub const EVENTS: &str = "/events";

/// POST `message`, `emoji` (empty takes it back): reacts to a message of a chat.
pub const REACT: &str = "/inbox/c/{id}/react";
/// GET: the templates that a WhatsApp conversation can be sent; with `name` and `language` one of them with its
/// blanks. POST multipart `id`, `name`, `language`, `value.…`, `files`, `csrf`: sends it.
pub const TEMPLATES: &str = "/inbox/c/{id}/templates";
/// GET: a shared contact as a file for an address book (RFC 6350). Query `n`: which one, from 0.
pub const CONTACT_CARD: &str = "/inbox/m/{id}/contact.vcf";

/// Tickets of all conversations.
pub const TICKETS: &str = "/tickets";
/// The knowledge base's editing side.
pub const KNOWLEDGE: &str = "/knowledge";
/// Billing. Query: `q`, `status`, `kind`, `after`.
pub const BILLING: &str = "/billing";
/// POST `document`, `id` (ULID made by the page): puts a document's card into the conversation.
pub const DROP_INVOICE: &str = "/inbox/c/{id}/invoice";
/// Machines, sites, contracts, readings, requests and visits. Query: `q`, `customer`, `status`, `after`.
pub const EQUIPMENT: &str = "/equipment";
/// A technician's visits of a day, for the phone. Query: `day`.
pub const MY_VISITS: &str = "/visits";
/// The reports. Query `period` = `7d|30d|90d|365d|month|last-month|custom`, `from`, `to` (days), `times` =
/// `calendar|work`, `by` (what the table is broken down by).
pub const REPORTS: &str = "/reports";
/// GET `table` = `days|waits|breakdown`, else as [`REPORTS`]: a table as CSV.
pub const REPORTS_CSV: &str = "/reports.csv";
/// POST `every` = `weekly|monthly`, `by`, `times`: mails the report to whoever asks.
pub const REPORT_MAILS: &str = "/reports/mails";
/// POST: mails it no more.
pub const REPORT_MAIL_REMOVE: &str = "/reports/mails/{id}/remove";
/// GET: the live board; a fragment for its script. Query `wall=1`: for a screen on the wall.
pub const BOARD: &str = "/board";
/// GET: the page of a survey behind its signed link, `score` chosen beforehand; POST `score`, `comment`.
pub const SURVEY: &str = "/s/{signed}";
/// GET: asks whether no more mail of this kind is wanted; POST takes it back, with `give` gives it again.
pub const LEAVE: &str = "/u/{signed}";
/// GET: broadcasts; POST makes one.
pub const BROADCASTS: &str = "/broadcasts";
/// Settings.
pub const SETTINGS: &str = "/settings";

/// GET: the form; POST `email`, `password`, `next`, `csrf`.
pub const SIGN_IN: &str = "/sign-in";
/// GET: the form; POST `email`, `csrf`: mails a link to whoever forgot the password.
pub const FORGOTTEN: &str = "/sign-in/forgotten";
/// POST.
pub const SIGN_OUT: &str = "/sign-out";
/// GET with `token`: the form; POST `token`, `name`, `email`, `password`, `csrf`.
pub const SET_UP: &str = "/set-up";

/// The loader that other people's pages link.
pub const WIDGET_SCRIPT: &str = "/widget.js";
/// The frame. Query `inbox`, `origin`.
pub const WIDGET_FRAME: &str = "/widget/frame";
/// The widget's protocol; see `WIDGET_PROTOCOL.md`.
pub const WIDGET_API: &str = "/widget/api/{inbox}";
/// The page that shows the widget.
pub const SAMPLE: &str = "/sample";

/// The help centre: GET leads to the reader's language. Below it `/{language}` (query `q`) and
/// `/{language}/{slug}`; POST `helped` = `yes|no` to `/{language}/{slug}/feedback`.
pub const HELP: &str = "/help";
/// The documentation of the product itself.
pub const MANUAL: &str = "/manual";

/// The customer's home: what is open, what is due, what happened.
pub const PORTAL: &str = "/portal";
/// The statement. Query: `year`, `status`, `sort`, `after`.
pub const STATEMENT: &str = "/portal/billing";
/// The customer's machines. Query: `q`, `site`, `after`.
pub const MACHINES: &str = "/portal/machines";
/// Readings that are wanted; query `machine`: those of one. POST `value-…`, `on`, `meaning-…`.
pub const READINGS: &str = "/portal/readings";
/// The customer's contracts.
pub const CONTRACTS: &str = "/portal/contracts";
/// The technicians' visits to the customer.
pub const VISITS: &str = "/portal/visits";
/// The customer's sites on a map.
pub const MAP: &str = "/portal/map";
/// GET: the preview of a document.
pub const DOCUMENT: &str = "/portal/documents/{id}";
/// GET: tickets and help.
pub const SUPPORT: &str = "/portal/support";
/// GET: devices, accesses, sign-out.
pub const ACCOUNT: &str = "/portal/account";
/// What the signed-in customer was told. Query: `after` (the id that a later page begins behind). POST `read` = an id or `all`.
pub const NOTIFICATIONS: &str = "/portal/notifications";
/// The ways that they chose by kind. POST `{kind}_{way}` = `on`, or `do` = `usual`.
pub const NOTIFICATION_SETTINGS: &str = "/portal/notifications/settings";
/// Leads to what one is about, and marks it read.
pub const NOTIFICATION: &str = "/portal/notifications/open/{id}";
/// POST `endpoint`, `p256dh`, `auth`: this browser of a customer takes Web Push; with `off` no more. GET: JSON `{key}`.
pub const PORTAL_PUSH: &str = "/portal/push";
/// GET: the service worker of the portal; its place says which pages it serves.
pub const PORTAL_WORKER: &str = "/portal/sw.js";
/// Server-sent events: `change` when something of the reader's changed.
pub const PORTAL_EVENTS: &str = "/portal/events";
/// POST `id`… or `all`: a ZIP of documents.
pub const DOWNLOAD: &str = "/portal/documents.zip";
/// GET `id`… or `all` (a currency): the page to pay several invoices at once; POST leads to Stripe's own page.
pub const PAY: &str = "/portal/pay";
/// POST, as [`PAY`]: the secret for Stripe's frame, as JSON.
pub const PAY_CHECKOUT: &str = "/portal/pay/checkout";
/// GET `session_id`: where the payer of several comes back to.
pub const PAID: &str = "/portal/paid";
/// GET `from`, `to`, `year`: what happened on the account, as a CSV.
pub const MOVEMENTS: &str = "/portal/billing.csv";
/// GET: the form; POST multipart `subject, text, name, email, files…, website` (honeypot), `token`
/// (time token), `language`.
pub const TICKET_NEW: &str = "/portal/tickets/new";
/// GET: the ticket of a signed link; POST multipart `id`, `text`, `files…`, `csrf`.
pub const TICKET: &str = "/portal/tickets/{id}";
/// GET: says what the link does, consumes nothing; POST follows it.
pub const LINK: &str = "/l/{token}";
/// POST `language`, `next`: remembers the reader's language. GET works, too, for links.
pub const LANGUAGE: &str = "/language";

/// Fills the one `{…}` of a template. Characters that would end the segment are escaped.
pub fn path(template: &str, id: &str) -> String {
    match (template.find('{'), template.find('}')) {
        (Some(open), Some(close)) if open < close => {
            format!("{}{}{}", &template[..open], escape(id), &template[close + 1..])
        }
        _ => template.to_owned(),
    }
}

/// The page to pay these invoices at once.
pub fn pay_several<'a>(ids: impl Iterator<Item = &'a str>) -> String {
    let ids: Vec<String> = ids.map(|id| format!("id={}", escape(id))).collect();
    format!("{PAY}?{}", ids.join("&"))
}

/// Percent-encodes everything that is not unreserved (RFC 3986), for segments and query values.
pub fn escape(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    out
}

/// Where somebody is written to first, with what is known filled in.
pub fn writing_to(channel: Channel, to: &str, name: &str) -> String {
    format!("{BEGIN}?by={channel}&to={}&name={}", escape(to), escape(name))
}

/// The settings of privacy with one person's data.
pub fn privacy_of(contact: &str) -> String {
    format!("{PRIVACY}?person={}", escape(contact))
}

#[cfg(test)]
mod tests {
    use super::{REPLY, SAMPLE, path, pay_several};

    #[test]
    fn an_id_cannot_leave_its_segment() {
        assert_eq!(path(REPLY, "01ABC"), "/inbox/c/01ABC/reply");
        assert_eq!(path(REPLY, "a/../b?c#d"), "/inbox/c/a%2F..%2Fb%3Fc%23d/reply");
        assert_eq!(path(SAMPLE, "x"), "/sample");
        assert_eq!(
            pay_several(["01ABC", "x&y"].into_iter()),
            "/portal/pay?id=01ABC&id=x%26y"
        );
    }
}
