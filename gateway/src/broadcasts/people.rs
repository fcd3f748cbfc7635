//! The recipients of a broadcast: by where they stand, and as CSV.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use conversation::access::Permission;
use conversation::broadcasts::{self, Recipient, Shown};
use conversation::types::{Channel, ContactId, Language};
use maud::html;
use serde::Deserialize;
use ui::components::empty;
use ui::icons::{Icon, icon};
use ui::spreadsheet::{self, Cell};
use ui::{i18n, routes};

use super::frame::{frame, page_of};
use super::words;
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::Failure;
use crate::download::download;

const ROWS: usize = 100;
/// How many lines one question of the CSV reads.
const PART: i64 = 1_000;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    state: String,
    after: String,
}

impl Asked {
    fn shown(&self) -> Option<Shown> {
        self.state.parse().ok()
    }
}

/// As people write it.
pub(super) fn address(channel: Channel, one: &Recipient) -> String {
    let is_number = channel == Channel::Whatsapp && one.address.bytes().all(|byte| byte.is_ascii_digit());
    match is_number && !one.address.is_empty() {
        true => format!("+{}", one.address),
        false => one.address.clone(),
    }
}

pub(super) async fn show(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    me.must(Permission::Audit)?;
    let (db, ctx) = (app.store.db(), me.ctx());
    let broadcast = super::show::seen(&app, &me, &id).await?;
    let figures = broadcasts::figures(db, &id).await?;
    let after = Some(asked.after.as_str()).filter(|id| !id.is_empty());
    let mut all = broadcasts::recipients(db, &id, asked.shown(), after, ROWS as i64 + 1).await?;
    let has_more = all.len() > ROWS;
    all.truncate(ROWS);
    let url = format!("{}/recipients", page_of(&id));
    let state = asked.shown().map(Shown::as_str).unwrap_or_default();
    let body = html! {
        div.list-head {
            a.button.ghost href=(page_of(&id)) { (icon(Icon::Back)) span { (broadcast.name) } }
            a.button.ghost href={ (url) ".csv?state=" (state) } download { (icon(Icon::File)) span { (ctx.t("audit-export")) } }
        }
        nav.queues aria-label=(ctx.t("broadcast-recipients")) {
            a href=(url) aria-current=[state.is_empty().then_some("true")] { (ctx.t("broadcast-all")) }
            @for shown in Shown::ALL {
                @let count = figures.of(*shown);
                @if count > 0 || state == shown.as_str() { a href={ (url) "?state=" (shown.as_str()) } aria-current=[(state == shown.as_str()).then_some("true")] { (ctx.t(words::shown_key(*shown))) span.count { (i18n::number(me.lang, count)) } } }
            }
        }
        @if all.is_empty() { (empty(Icon::People, &ctx.t("broadcast-nobody"), "")) }
        @else {
            ul.people {
                @for one in &all {
                    li.person {
                        span.inbox-name {
                            strong { (if one.name.is_empty() { ctx.t("broadcast-unnamed") } else { one.name.as_str().into() }) }
                            span.muted { (address(broadcast.channel, one)) }
                            @if !one.why.is_empty() { span.muted { (words::why(me.lang, broadcast.channel, &one.why, one.theirs.as_deref())) } }
                        }
                        span.cast-stands { (ctx.t(words::shown_key(one.shown))) @if one.is_answered { " · " (ctx.t("broadcast-answered")) } }
                        @if let Some(conversation) = &one.conversation_id { a.button.ghost href={ (routes::INBOX) "/c/" (conversation) } aria-label={ (ctx.t("broadcast-open")) ": " (one.name) } { (ctx.t("broadcast-open")) } }
                    }
                }
            }
        }
        @if let Some(last) = all.last().filter(|_| has_more) { p { a.button.ghost href={ (url) "?state=" (state) "&after=" (last.contact_id) } { (ctx.t("tickets-more")) } } }
    };
    Ok(frame(&me, &ctx.t("broadcast-recipients"), None, &body))
}

/// What the columns are called.
const HEAD: [&str; 8] = [
    "contact",
    "name",
    "address",
    "state",
    "reason",
    "at",
    "answered",
    "conversation",
];

fn csv_line(lang: Language, channel: Channel, one: &Recipient) -> String {
    let at = one.at.map(i18n::iso).unwrap_or_default();
    let conversation = one
        .conversation_id
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    let address = address(channel, one);
    let cells = [
        Cell::Text(one.contact_id.as_str()),
        Cell::Text(&one.name),
        // A telephone number begins like a formula and is none.
        if channel == Channel::Whatsapp && !address.contains(|c: char| c != '+' && !c.is_ascii_digit()) {
            Cell::Number(&address)
        } else {
            Cell::Text(&address)
        },
        Cell::Text(one.shown.as_str()),
        Cell::Text(&one.why),
        Cell::Text(&at),
        Cell::Text(if one.is_answered { "true" } else { "false" }),
        Cell::Text(&conversation),
    ];
    spreadsheet::row(lang, cells)
}

/// GET `state`: the recipients as CSV, part after part.
pub(super) async fn csv(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    me.must(Permission::Audit)?;
    let broadcast = super::show::seen(&app, &me, &id).await?;
    let (store, shown, lang) = (app.store.clone(), asked.shown(), me.lang);
    Ok(download(
        "recipients.csv",
        lang,
        &HEAD,
        move |last: Option<ContactId>| {
            let (store, id, channel) = (store.clone(), broadcast.id.clone(), broadcast.channel);
            async move {
                let last = last.as_ref().map(ContactId::as_str);
                let rows = broadcasts::recipients(store.db(), &id, shown, last, PART).await?;
                let Some(last) = rows.last() else { return Ok(None) };
                let text = rows.iter().map(|one| csv_line(lang, channel, one)).collect();
                Ok(Some((text, Some(last.contact_id.clone()))))
            }
        },
    ))
}
