//! The page that a machine's label opens. Whoever may see the machine is led to it. Everybody else can ask for
//! something, and learns nothing: not what machine it is, not whose, not even whether the code is one of ours. The
//! answer goes to the address they give, and its page opens only from there.

use ::equipment::machines;
use ::equipment::requests::{self as asked_for, Asked};
use ::equipment::{RequestKind, words};
use axum::extract::{Multipart, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use conversation::contacts;
use conversation::inbound::{IdentityClaim, InboundMessage, Sender};
use conversation::types::IdentityKind;
use maud::html;
use serde::Deserialize;
use ui::layout::{Page as Frame, Surface, language_switch, page as frame};
use ui::{i18n, routes};

use super::requests::{fields, given, says_something};
use crate::form::{QUICKEST, SLOWEST, check_token, new_token, trouble_text, written};
use crate::multipart::{self, Posted};
use crate::request::{Page, Reader, page, see_other};
use crate::{Portal, links, words as portal_words};

/// The kinds that a stranger can ask for.
const KINDS: [RequestKind; 3] = [RequestKind::Service, RequestKind::Toner, RequestKind::Reading];

#[derive(Debug, Default, Deserialize)]
pub(super) struct Choice {
    #[serde(default)]
    kind: String,
}

fn path(code: &str) -> String {
    format!("/m/{code}")
}

/// GET `/m/{code}`.
pub(super) async fn show(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Path(code): Path<String>,
    Query(choice): Query<Choice>,
) -> Page {
    portal.limits.secrets.check(&reader.address)?;
    let code = machines::typed_code(&code);
    if let Some(contact) = links::signed_in(&portal.store, &headers).await?
        && let Some(machine) = machines::by_code(portal.store.db(), &code).await?
        && machines::for_contact(portal.store.db(), &contact.id, &machine.id)
            .await
            .is_ok()
    {
        return Ok(see_other(&::equipment::card::machine_path(&machine.id)));
    }
    let kind = choice.kind.parse().unwrap_or(RequestKind::Service);
    let token = new_token(&portal.store);
    Ok(draw(&portal, &reader, &code, kind, &Posted::default(), &token, None))
}

fn draw(
    portal: &Portal,
    reader: &Reader,
    code: &str,
    kind: RequestKind,
    posted: &Posted,
    token: &str,
    wrong: Option<&str>,
) -> Response {
    let (lang, ctx) = (reader.lang, portal.ctx(reader.lang));
    let words = words::of(lang);
    let title = i18n::t(lang, "eq-label-title");
    let body = html! {
        div.portal {
            header.portal-head { span.portal-brand { (portal.billing.called.now()) } (language_switch(&ctx, &path(code))) }
            main.sheet #main tabindex="-1" {
                h1 { (title) }
                p.lead { (ctx.t("eq-label-lead")) " " span.mono { (machines::printed(code)) } }
                nav.eq-kinds aria-label=(ctx.t("eq-request-kind")) {
                    @for one in KINDS { a href={ (path(code)) "?kind=" (one) } aria-current=[(one == kind).then_some("page")] { (words.request(one)) } }
                }
                @if let Some(wrong) = wrong { p.form-summary role="alert" { (wrong) } }
                form method="post" action=(path(code)) enctype="multipart/form-data" data-once {
                    input type="hidden" name="token" value=(token);
                    input type="hidden" name="kind" value=(kind);
                    input type="hidden" name="language" value=(lang);
                    div.trap aria-hidden="true" { label { "Website" input name="website" tabindex="-1" autocomplete="off"; } }
                    (fields(&ctx, kind, posted))
                    div.pair {
                        div.field { label for="f-name" { (ctx.t("eq-your-name")) } input.input #f-name name="name" required maxlength="120" autocomplete="name" value=(posted.field("name")); }
                        div.field { label for="f-email" { (ctx.t("field-email")) } input.input #f-email type="email" name="email" required maxlength="254" autocomplete="email" value=(posted.field("email")); }
                    }
                    div.field { label for="f-files" { (ctx.t("eq-field-photo")) span.optional { " (" (ctx.t("form-optional")) ")" } } input.input.file-input #f-files type="file" name="files" multiple accept="image/*"; }
                    button.button.primary type="submit" { (ctx.t("eq-send-request")) }
                }
                p.muted { (ctx.t("eq-label-owner")) " " a href={ (crate::link::REQUEST) "?next=" (routes::escape(&path(code))) } { (ctx.t("eq-label-sign-in")) } }
            }
        }
    };
    let drawn = Frame {
        head: Some(ui::portal_pages::brand()),
        ..Frame::new(lang, &title, Surface::Portal)
    };
    let markup = frame(&drawn, &body);
    let status = if wrong.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    page(status, markup)
}

/// POST `/m/{code}`.
pub(super) async fn submit(
    State(portal): State<Portal>,
    reader: Reader,
    Path(code): Path<String>,
    multipart: Multipart,
) -> Page {
    portal.limits.secrets.check(&reader.address)?;
    let store = &portal.store;
    let code = machines::typed_code(&code);
    let posted = multipart::read(store, multipart, |_| true).await?;
    let reader = Reader {
        lang: conversation::types::Language::from_tag(posted.field("language")).unwrap_or(reader.lang),
        ..reader
    };
    let words = portal_words::of(reader.lang);
    let kind = posted.field("kind").parse().unwrap_or(RequestKind::Service);
    let token = posted.field("token").to_owned();
    let again = |why: &str, token: &str| Ok(draw(&portal, &reader, &code, kind, &posted, token, Some(why)));
    let id = match check_token(store, &token) {
        Some((_, age)) if age < QUICKEST => return again(words.too_fast, &token),
        Some((id, age)) if age <= SLOWEST => id,
        _ => return again(words.too_old, &new_token(store)),
    };
    if !posted.field("website").is_empty() {
        return again(words.trap, &token);
    }
    if let Some(trouble) = &posted.trouble {
        return again(&trouble_text(trouble, words), &token);
    }
    let Ok(email) = contacts::normal_email(posted.field("email")) else {
        return again(words.bad_email, &token);
    };
    if posted.field("name").is_empty() || !says_something(kind, &posted) {
        return again(words.required, &token);
    }
    portal.limits.forms.check(&reader.address)?;
    // Each request causes a mail to whatever address was typed.
    portal.limits.mails.check(&email)?;
    let asked = Asked {
        machine: machines::by_code(store.db(), &code).await?,
        is_known: false,
        kind,
        fields: given(reader.lang, kind, &posted),
        text: posted.field("text").to_owned(),
        code,
    };
    let from = Sender {
        identities: vec![IdentityClaim {
            kind: IdentityKind::Email,
            value: email.clone(),
            verified: false,
        }],
        address: Some(email.clone()),
        name: Some(posted.field("name").chars().take(120).collect()),
        language: Some(reader.lang),
    };
    let message = InboundMessage {
        attachments: posted.files.clone(),
        ..written(store, "", from, format!("label:{id}")).await?
    };
    let request = asked_for::file(&portal.equipment, asked, message).await?;
    let number = match &request.ticket_id {
        Some(id) => conversation::tickets::number_text(conversation::tickets::load(store.db(), id).await?.number),
        None => String::new(),
    };
    let ctx = portal.ctx(reader.lang);
    let body = ui::portal_pages::ticket_thanks(&ctx, &portal.business(), &number, &email, None);
    Ok(page(StatusCode::OK, body))
}
