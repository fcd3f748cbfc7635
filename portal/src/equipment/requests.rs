//! A request about a machine of one's own.

use ::equipment::machines::Machine;
use ::equipment::requests::{self, Asked};
use ::equipment::{MachineId, RequestKind, words};
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use conversation::inbound::InboundMessage;
use conversation::types::{Language, is_id};
use maud::{Markup, html};
use serde::Deserialize;
use ui::Ctx;
use ui::client_pages::framed;
use ui::i18n;
use ui::icons::{Icon, icon};
use ui::routes;

use super::PART;
use super::machines::open;
use crate::client::Client;
use crate::form::{sender, trouble_text, written};
use crate::multipart::{self, Posted};
use crate::request::{Failed, Page, Reader, page, see_other};
use crate::{Portal, words as portal_words};

#[derive(Debug, Default, Deserialize)]
pub(super) struct Choice {
    #[serde(default)]
    kind: String,
}

/// GET `/portal/machines/{id}/request`.
pub(super) async fn show(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(choice): Query<Choice>,
) -> Page {
    let here = format!(
        "{}/request",
        ::equipment::card::machine_path(&MachineId::from(id.as_str()))
    );
    let (client, machine) = open(&portal, &reader, &headers, &id, &here).await?;
    let kind = choice.kind.parse().unwrap_or(RequestKind::Service);
    let once = portal.store.env().ulid();
    draw(&portal, &client, &machine, kind, &Posted::default(), &once, None).await
}

/// The fields of a kind, and what else there is to say.
pub(super) fn fields(ctx: &Ctx<'_>, kind: RequestKind, posted: &Posted) -> Markup {
    html! {
        @for field in requests::fields_of(kind) {
            @let id = format!("f-{field}");
            div.field {
                label for=(id) { (ctx.t(&format!("eq-field-{}", field.replace('_', "-")))) }
                @match *field {
                    "urgency" => select.input id=(id) name=(field) { @for value in ["still-works", "stands-still"] { option value=(value) selected[posted.field(field) == value] { (ctx.t(&format!("eq-urgency-{value}"))) } } },
                    "problem" => textarea.input id=(id) name=(field) rows="4" required maxlength="2000" { (posted.field(field)) },
                    "quantity" | "counter_mono" | "counter_color" => input.input id=(id) name=(field) inputmode="numeric" maxlength="20" value=(posted.field(field));,
                    _ => input.input id=(id) name=(field) maxlength="200" value=(posted.field(field));,
                }
            }
        }
        @if kind != RequestKind::Service && kind != RequestKind::Support {
            div.field { label for="f-text" { (ctx.t("eq-field-text")) span.optional { " (" (ctx.t("form-optional")) ")" } } textarea.input #f-text name="text" rows="3" maxlength="20000" { (posted.field("text")) } }
        }
    }
}

/// Label and value of what was given, in the sender's language.
pub(super) fn given(lang: Language, kind: RequestKind, posted: &Posted) -> Vec<(String, String)> {
    requests::fields_of(kind)
        .iter()
        .map(|field| {
            let label = i18n::t(lang, &format!("eq-field-{}", field.replace('_', "-"))).into_owned();
            let value = match (*field, posted.field(field)) {
                ("urgency", value @ ("still-works" | "stands-still")) => {
                    i18n::t(lang, &format!("eq-urgency-{value}")).into_owned()
                }
                ("urgency", _) => String::new(),
                (_, value) => value.to_owned(),
            };
            (label, value)
        })
        .collect()
}

/// Whether anything was said.
pub(super) fn says_something(kind: RequestKind, posted: &Posted) -> bool {
    requests::fields_of(kind)
        .iter()
        .any(|field| *field != "urgency" && !posted.field(field).is_empty())
        || !posted.field("text").is_empty()
}

async fn draw(
    portal: &Portal,
    client: &Client,
    machine: &Machine,
    kind: RequestKind,
    posted: &Posted,
    once: &str,
    wrong: Option<String>,
) -> Page {
    let (lang, ctx) = (client.lang, portal.ctx(client.lang));
    let words = words::of(lang);
    let back = ::equipment::card::machine_path(&machine.id);
    let here = format!("{back}/request");
    let body = html! {
        p { a.back href=(back) { (icon(Icon::Back)) (machine.name()) } }
        h1 { (ctx.t("eq-request-title")) }
        nav.eq-kinds aria-label=(ctx.t("eq-request-kind")) {
            @for one in RequestKind::ALL.iter().filter(|one| **one != RequestKind::Reading) {
                a href={ (here) "?kind=" (one) } aria-current=[(*one == kind).then_some("page")] { (words.request(*one)) }
            }
            a href={ (routes::READINGS) "?machine=" (machine.id) } { (words.request(RequestKind::Reading)) }
        }
        @if let Some(wrong) = &wrong { p.form-summary role="alert" { (wrong) } }
        form.eq-form method="post" action=(here) enctype="multipart/form-data" data-once {
            input type="hidden" name="once" value=(once);
            input type="hidden" name="kind" value=(kind);
            (fields(&ctx, kind, posted))
            div.field { label for="f-files" { (ctx.t("eq-field-photo")) span.optional { " (" (ctx.t("form-optional")) ")" } } input.input.file-input #f-files type="file" name="files" multiple accept="image/*,application/pdf"; }
            div.sheet-actions { button.button.primary.large type="submit" { (ctx.t("eq-send-request")) } }
        }
    };
    let frame = client.frame(portal, PART, &here, None).await?;
    let status = if wrong.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok(page(
        status,
        framed(&ctx, &frame, &ctx.t("eq-request-title"), None, &body),
    ))
}

/// POST `/portal/machines/{id}/request`.
pub(super) async fn submit(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Path(id): Path<String>,
    multipart: Result<Multipart, MultipartRejection>,
) -> Page {
    let here = format!(
        "{}/request",
        ::equipment::card::machine_path(&MachineId::from(id.as_str()))
    );
    let (client, machine) = open(&portal, &reader, &headers, &id, &here).await?;
    portal.limits.replies.check(client.contact.id.as_str())?;
    let store = &portal.store;
    let multipart = multipart.map_err(|error| Failed::Status(error.status()))?;
    let posted = multipart::read(store, multipart, |_| true).await?;
    let kind: RequestKind = posted
        .field("kind")
        .parse()
        .map_err(|_| Failed::Status(StatusCode::UNPROCESSABLE_ENTITY))?;
    let once = posted.field("once").to_owned();
    if !is_id(&once) {
        return Err(Failed::Status(StatusCode::BAD_REQUEST));
    }
    let words = portal_words::of(reader.lang);
    let wrong = match &posted.trouble {
        Some(trouble) => Some(trouble_text(trouble, words)),
        None if !says_something(kind, &posted) => Some(words.required.to_owned()),
        None => None,
    };
    if wrong.is_some() {
        return draw(&portal, &client, &machine, kind, &posted, &once, wrong).await;
    }
    let from = sender(store, &client.contact, Some(reader.lang)).await?;
    let asked = Asked {
        code: machine.code.clone(),
        machine: Some(machine),
        is_known: true,
        kind,
        fields: given(reader.lang, kind, &posted),
        text: posted.field("text").to_owned(),
    };
    // The contact is part of it, so that one customer cannot take another one's id.
    let id = format!("machine:{}:{once}", client.contact.id);
    let message = InboundMessage {
        attachments: posted.files.clone(),
        ..written(store, "", from, id).await?
    };
    let request = requests::file(&portal.equipment, asked, message).await?;
    match request.ticket_id {
        Some(ticket) => Ok(see_other(&format!(
            "{}?sent=request",
            routes::path(routes::TICKET, ticket.as_str())
        ))),
        None => Ok(see_other(routes::SUPPORT)),
    }
}
