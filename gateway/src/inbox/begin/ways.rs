//! What both pages that write first share: the ways, who is blocked, the answer.

use axum::http::StatusCode;
use axum::response::Response;
use conversation::blocked::{Blocked, IfBlocked};
use conversation::inboxes::Inbox;
use conversation::types::Channel;
use conversation::{blocked, inboxes};
use maud::{Markup, html};
use ui::components::Tone;
use ui::icons::{Icon, icon};
use ui::layout::Section;
use ui::{i18n, routes};

use super::super::choice::works_in;
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::Failure;
use crate::auth::form::Form;
use crate::framed::{Framed, sheet};

/// What somebody can write first by: the mailboxes, then the numbers on WhatsApp, that they work in.
pub(super) async fn ways(app: &App, me: &SignedIn) -> Result<Vec<Inbox>, Failure> {
    let db = app.store.db();
    let mut used = works_in(db, me, inboxes::list(db).await?).await?;
    used.retain(|inbox| inbox.is_enabled && matches!(inbox.channel, Channel::Email | Channel::Whatsapp));
    used.sort_by_key(|inbox| inbox.channel != Channel::Email);
    Ok(used)
}

/// The way that was asked for by its id or its channel; the first one where there is no such.
pub(super) fn way_of<'a>(ways: &'a [Inbox], by: &str) -> Option<&'a Inbox> {
    let asked = |inbox: &&Inbox| inbox.id.as_str() == by || inbox.channel.as_str() == by;
    ways.iter().find(asked).or_else(|| ways.first())
}

pub(super) fn is_mailbox(inbox: &&Inbox) -> bool {
    inbox.channel == Channel::Email
}

/// By what: links, so that it can be chosen without scripts. Nothing where there is no choice.
pub(super) fn choice_of_ways(me: &SignedIn, ways: &[Inbox], current: Option<&Inbox>) -> Markup {
    let ctx = me.ctx();
    let numbers: Vec<&Inbox> = ways.iter().filter(|inbox| !is_mailbox(inbox)).collect();
    let has_mail = numbers.len() < ways.len();
    let link = |by: &str, glyph: Icon, words: &str, is_current: bool| {
        html! { a.tab href={ (routes::BEGIN) "?by=" (by) } aria-current=[is_current.then_some("page")] { (icon(glyph)) " " (words) } }
    };
    html! {
        @if !numbers.is_empty() && (has_mail || numbers.len() > 1) {
            nav.tabs.begin-ways aria-label=(ctx.t("begin-ways")) {
                @if has_mail { (link(Channel::Email.as_str(), Icon::Email, &ctx.t("begin-by-mail"), current.is_some_and(|one| is_mailbox(&one)))) }
                @for number in &numbers { (link(number.id.as_str(), Icon::Whatsapp, &number.name, current.is_some_and(|one| one.id == number.id))) }
            }
        }
    }
}

/// The page around a form, with what was refused.
pub(super) fn answer(me: &SignedIn, title: &str, body: &Markup, problem: Option<&str>) -> Response {
    let said = problem.map(|words| (Tone::Bad, words));
    let main = html! { main.tickets #main tabindex="-1" { div.tickets-sheet { (sheet(title, said, body)) } } };
    let mut response = Framed::new(Section::Inbox, title).answer(me, &main);
    if problem.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    response
}

/// What one chooses where the recipient is blocked; nothing is chosen beforehand.
pub(super) fn if_blocked_choice(me: &SignedIn, sent: &Form, blocked: &[Blocked]) -> Markup {
    let ctx = me.ctx();
    let said = |key: &str| i18n::t_args(me.lang, key, &[("sender", blocked::names(blocked).into())]);
    html! {
        @if !blocked.is_empty() {
            p.composer-caution { (icon(Icon::Warning)) " " (said("blocked-bar")) }
            fieldset.field {
                legend { (ctx.t("begin-blocked")) }
                @for (value, key) in [("let-in", "begin-blocked-let-in"), ("keep", "begin-blocked-keep")] {
                    label.check { input type="radio" name="blocked" value=(value) required checked[sent.get("blocked") == value]; span { (said(key)) } }
                }
            }
        }
    }
}

/// What was chosen there.
pub(super) fn if_blocked(form: &Form) -> IfBlocked {
    match form.get("blocked") {
        "let-in" => IfBlocked::LetIn,
        "keep" => IfBlocked::Keep,
        _ => IfBlocked::Refuse,
    }
}

/// The id of the message that a form writes.
pub(super) fn id_of(app: &App, sent: &Form) -> String {
    Some(sent.get("id").to_owned())
        .filter(|id| !id.is_empty())
        .unwrap_or_else(|| app.store.env().ulid())
}
