//! The customer beside the conversation: who they are, how they are known, editing in place, merging.

use conversation::types::{ActorKind, IdentityKind, Language};
use maud::{Markup, html};

use super::side::action;
use super::views::{FieldView, IdentityView, SideView};
use crate::components::{avatar, form, time_tag};
use crate::icons::{Icon, icon};
use crate::{Ctx, i18n, routes};

/// The head of the side panel.
pub(super) fn contact(ctx: &Ctx<'_>, view: &SideView) -> Markup {
    let contact = &view.contact;
    let name = if contact.name.trim().is_empty() {
        ctx.t("author-customer")
    } else {
        contact.name.as_str().into()
    };
    html! {
        section.side-block.contact {
            div.contact-head {
                (avatar(ActorKind::Contact, &contact.name))
                div { h3.contact-name { (name) } @if let Some(company) = &contact.company { p.contact-company { (icon(Icon::Company)) (company) } } }
            }
            @let (first, more) = contact.identities.split_at(shown_at_once(contact.identities.len()));
            ul.identities { @for identity in first { (identity_item(ctx, identity)) } }
            @if !more.is_empty() {
                details.more-identities {
                    summary { (i18n::t_args(ctx.lang, "identity-more", &[("count", (more.len() as i64).into())])) }
                    ul.identities { @for identity in more { (identity_item(ctx, identity)) } }
                }
            }
            dl.facts {
                @if let Some(language) = contact.language { div { dt { (ctx.t("side-language")) } dd { (i18n::own_name(language)) } } }
                @if let Some(time) = &contact.local_time { div { dt { (ctx.t("side-local-time")) } dd { (time) } } }
                div { dt { (ctx.t("side-since")) } dd { (i18n::date(ctx.lang, contact.since, ctx.tz)) } }
                @for field in contact.fields.iter().chain(&contact.company_fields) { (fact(ctx, field)) }
            }
            @if view.can_write || contact.privacy.is_some() {
                div.contact-actions {
                    @if view.can_write { (edit(ctx, view)) }
                    @if let Some(url) = &contact.privacy { a.button.ghost href=(url) { (icon(Icon::Verified)) (ctx.t("privacy-of")) } }
                }
            }
        }
        @if !contact.pages.is_empty() {
            section.side-block {
                h3 { (icon(Icon::Globe)) (ctx.t("side-pages")) }
                ul.pages-seen {
                    @for (title, url, at) in &contact.pages {
                        li { @if is_link(url) { a href=(url) target="_blank" rel="noopener noreferrer" title=(url) { (if title.trim().is_empty() { url } else { title }) } } @else { (title) } " " (time_tag(ctx, *at, &i18n::relative(ctx.lang, ctx.now, *at, ctx.tz))) }
                    }
                }
            }
        }
    }
}

fn is_link(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

/// One custom value among the facts; empty ones are left out.
fn fact(ctx: &Ctx<'_>, field: &FieldView) -> Markup {
    html! {
        @if !field.value.is_empty() {
            div { dt { (field.name) } dd {
                @match field.kind {
                    "link" if is_link(&field.value) => a href=(field.value) target="_blank" rel="noopener noreferrer" { (field.value) },
                    "yes_no" => (if field.value == "yes" { ctx.t("field-yes") } else { ctx.t("field-no") }),
                    _ => (field.value),
                }
            } }
        }
    }
}

/// The conversation's own custom fields.
pub(super) fn conversation_fields(ctx: &Ctx<'_>, view: &SideView) -> Markup {
    html! {
        @if view.fields.iter().any(|field| !field.value.is_empty()) {
            section.side-block {
                h3 { (ctx.t("side-fields")) }
                dl.facts { @for field in &view.fields { (fact(ctx, field)) } }
            }
        }
    }
}

fn edit(ctx: &Ctx<'_>, view: &SideView) -> Markup {
    let contact = &view.contact;
    html! {
        details.pop.action-pop.customer-edit data-do="customer" {
            summary.button.ghost { (icon(Icon::Note)) span { (ctx.t("customer-edit")) } }
            div.pop-body {
                (action(ctx, routes::CUSTOMER, &view.conversation, "customer-save", &html! {
                    div.field { label for="customer-name" { (ctx.t("customer-name")) } input.input #customer-name name="name" value=(contact.own_name) maxlength="200" autocomplete="off"; }
                    div.field { label for="customer-company" { (ctx.t("filter-company")) } input.input #customer-company name="company" value=(contact.company.as_deref().unwrap_or_default()) maxlength="200" autocomplete="off"; }
                    div.field {
                        label for="customer-language" { (ctx.t("side-language")) }
                        select.input #customer-language name="language" {
                            option value="" { "–" }
                            @for language in Language::ALL { option value=(language) selected[contact.language == Some(*language)] { (i18n::own_name(*language)) } }
                        }
                    }
                    div.field { label for="customer-tz" { (ctx.t("customer-tz")) } input.input #customer-tz name="tz" value=(contact.tz.as_deref().unwrap_or_default()) placeholder="America/Sao_Paulo" maxlength="64" autocomplete="off"; }
                    @for field in contact.fields.iter().chain(&contact.company_fields).chain(&view.fields) { (input(ctx, field)) }
                    (crate::components::button(&ctx.t("customer-save")))
                }))
            }
        }
    }
}

fn input(ctx: &Ctx<'_>, field: &FieldView) -> Markup {
    let (id, name) = (format!("field-{}", field.id), format!("field_{}", field.id));
    let select = |options: Vec<(String, String)>| {
        html! {
            select.input id=(id) name=(name) {
                option value="" { "–" }
                @for (value, words) in &options { option value=(value) selected[*value == field.value] { (words) } }
            }
        }
    };
    html! {
        div.field {
            label for=(id) { (field.name) }
            @match field.kind {
                "choice" => (select(field.choices.iter().map(|choice| (choice.clone(), choice.clone())).collect())),
                "yes_no" => (select(vec![("yes".to_owned(), ctx.t("field-yes").into_owned()), ("no".to_owned(), ctx.t("field-no").into_owned())])),
                "date" => input.input id=(id) name=(name) type="date" value=(field.value);,
                "number" => input.input id=(id) name=(name) inputmode="decimal" value=(field.value) maxlength="40" autocomplete="off";,
                "link" => input.input id=(id) name=(name) type="url" value=(field.value) maxlength="1000" autocomplete="off";,
                _ => input.input id=(id) name=(name) value=(field.value) maxlength="1000" autocomplete="off";,
            }
        }
    }
}

/// How many of somebody's addresses stand there at once: what can be done stays on the first screen.
fn shown_at_once(all: usize) -> usize {
    const MOST: usize = 6;
    if all > MOST + 1 { MOST } else { all }
}

fn identity_item(ctx: &Ctx<'_>, identity: &IdentityView) -> Markup {
    let (glyph, word) = match identity.kind {
        IdentityKind::Email => (Icon::Email, ctx.t("identity-email")),
        IdentityKind::Phone => (Icon::Phone, ctx.t("identity-phone")),
        IdentityKind::Whatsapp => (Icon::Whatsapp, ctx.t("identity-whatsapp")),
        IdentityKind::Instagram => (Icon::Instagram, ctx.t("identity-instagram")),
        IdentityKind::Messenger => (Icon::Messenger, ctx.t("identity-messenger")),
        IdentityKind::Visitor => (Icon::Webchat, ctx.t("identity-visitor")),
        IdentityKind::Bridge => (Icon::Bridge, ctx.t("identity-bridge")),
        IdentityKind::External => (Icon::Person, ctx.t("identity-external")),
        IdentityKind::Portal => (Icon::Portal, ctx.t("identity-portal")),
    };
    let verified = identity.verified_at.map_or_else(
        || ctx.t("identity-verified").into_owned(),
        |at| {
            i18n::t_args(
                ctx.lang,
                "identity-verified-since",
                &[("date", i18n::date(ctx.lang, at, ctx.tz).into())],
            )
        },
    );
    html! {
        li {
            span title=(word) { (icon(glyph)) span.visually-hidden { (word) ": " } }
            span.identity-value title=[identity.value.as_deref()] { (identity.value.as_deref().unwrap_or(&word)) }
            @if identity.is_verified {
                span.verified title=(verified) { (icon(Icon::Verified)) span.visually-hidden { (verified) } }
            } @else { span.unverified { (ctx.t("identity-unverified")) } }
            @if let Some(url) = &identity.write {
                @let words = i18n::t_args(ctx.lang, "begin-write", &[("to", identity.value.clone().unwrap_or_default().into())]);
                a.identity-write href=(url) aria-label=(words) title=(words) { (icon(Icon::Compose)) }
            }
            @if let Some(at) = identity.no_marketing_since {
                span.identity-note { (i18n::t_args(ctx.lang, "identity-no-marketing", &[("date", i18n::date(ctx.lang, at, ctx.tz).into())])) }
            }
        }
    }
}

/// Another contact into this one: with scripts it is shown first what would move.
pub(super) fn merge_contact(ctx: &Ctx<'_>, view: &SideView) -> Markup {
    let merge = routes::path(routes::MERGE_CONTACT, &view.conversation);
    let preview = routes::path(routes::MERGE_PREVIEW, &view.conversation);
    html! {
        form method="post" action=(merge) hx-get=(preview) hx-target="#merge-preview" hx-swap="innerHTML" data-do="merge-look" {
            (form::csrf(ctx))
            div.field {
                label for="merge-identity" { (ctx.t("merge-contact")) }
                p.hint { (ctx.t("merge-contact-hint")) }
                span.number-form { input.input #merge-identity name="identity" required maxlength="254" autocomplete="off"; button.button.ghost type="submit" { (ctx.t("merge-look")) } }
            }
        }
        div.merge-preview #merge-preview aria-live="polite" {}
    }
}

/// What a merge would do, and the button that does it. `found` is nothing where nobody is known by
/// that address: (name, words on what moves).
pub fn merge_preview(ctx: &Ctx<'_>, conversation: &str, identity: &str, found: Result<(&str, &str), &str>) -> Markup {
    html! {
        @match found {
            Err(words) => p.error { (words) },
            Ok((name, moves)) => {
                p { strong { (name) } }
                p.hint { (moves) }
                p.caution { (icon(Icon::Warning)) " " (ctx.t("merge-warning")) }
                (action(ctx, routes::MERGE_CONTACT, conversation, "merge-contact", &html! {
                    input type="hidden" name="identity" value=(identity);
                    (crate::components::button(&ctx.t("action-merge")))
                }))
            },
        }
    }
}

/// A merge's way back: with scripts it is shown first what goes where.
pub(super) fn unmerge_contact(ctx: &Ctx<'_>, conversation: &str, merge: &str) -> Markup {
    let path = routes::path(routes::UNMERGE_CONTACT, conversation);
    let place = format!("unmerge-{merge}");
    html! {
        form method="post" action=(path) hx-get=(path) hx-target=(format!("#{place}")) hx-swap="innerHTML" data-do="unmerge-look" {
            (form::csrf(ctx))
            input type="hidden" name="merge" value=(merge);
            button.link type="submit" { (ctx.t("merge-undo")) }
        }
        div.merge-preview id=(place) aria-live="polite" {}
    }
}

/// What undoing a merge would do, said line by line, and the button that does it.
pub fn parting(ctx: &Ctx<'_>, conversation: &str, merge: &str, lines: &[String]) -> Markup {
    html! {
        ul { @for line in lines { li { (line) } } }
        (action(ctx, routes::UNMERGE_CONTACT, conversation, "unmerge", &html! {
            input type="hidden" name="merge" value=(merge);
            (crate::components::button(&ctx.t("merge-part")))
        }))
    }
}
