//! The customer beside the conversation: what is known, editing in place, what a merge would do.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::response::Response;
use channels::webchat::is_ulid;
use conversation::access::Permission;
use conversation::contacts::{self, Contact, Identity};
use conversation::conversations::Conversation;
use conversation::customers::{self, Edit};
use conversation::db::{Db, sql};
use conversation::fields::{self, Field, Target};
use conversation::types::{
    Channel, ContactId, ConversationId, FieldId, IdentityKind, Language, Priority, TicketStatus,
};
use conversation::{Error, Result, access, inboxes, marketing};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use ui::inbox_page::{self, ContactView, FieldView, IdentityView, TicketView};
use ui::{i18n, routes};

use super::actions::{outcome, workable};
use super::list::shown;
use super::organise::{contact_of, merge_of};
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::Posted;
use crate::auth::{SignedIn, html};
use crate::widget;

/// How many pages that a customer saw are shown.
const PAGES: i64 = 5;

/// Custom fields with the values of one object.
fn views(all: &[Field], target: Target, values: &HashMap<(String, FieldId), String>, object: &str) -> Vec<FieldView> {
    all.iter()
        .filter(|field| field.target == target)
        .map(|field| FieldView {
            id: field.id.to_string(),
            name: field.name.clone(),
            kind: field.kind.as_str(),
            choices: field.choices.clone(),
            value: values
                .get(&(object.to_owned(), field.id.clone()))
                .cloned()
                .unwrap_or_default(),
        })
        .collect()
}

/// The contact as the side panel shows it, and the custom fields of the conversation.
pub(super) async fn detail(
    db: &Db,
    me: &SignedIn,
    conversation: &Conversation,
    contact: &Contact,
    name: &str,
    identities: Vec<Identity>,
) -> Result<(ContactView, Vec<FieldView>)> {
    let company = match &contact.company_id {
        Some(id) => contacts::company_name(db, id).await?,
        None => None,
    };
    let all = fields::list(db).await?;
    let company_id = contact.company_id.as_ref().map_or("", |id| id.as_str());
    let mut values = HashMap::new();
    if !all.is_empty() {
        let objects = [contact.id.as_str(), company_id, conversation.id.as_str()];
        for (object, field, value) in fields::values(db, &objects).await? {
            values.insert((object, field), value);
        }
    }
    let ways: Vec<Channel> = inboxes::list(db)
        .await?
        .into_iter()
        .filter(|inbox| inbox.is_enabled)
        .map(|inbox| inbox.channel)
        .collect();
    let tz = customers::time_zone(db, &contact.id).await?;
    let pages = if identities.iter().any(|one| one.kind == IdentityKind::Visitor) {
        widget::store::pages_of(db, &contact.id, PAGES).await?
    } else {
        Vec::new()
    };
    let said = marketing::choices(db, &contact.id).await?;
    let may_write = me.can(Permission::Work);
    let has_whatsapp = identities.iter().any(|one| one.kind == IdentityKind::Whatsapp);
    let view = ContactView {
        name: name.to_owned(),
        own_name: contact.name.clone(),
        company,
        language: contact.language,
        local_time: tz.as_deref().and_then(|tz| local_time(me, tz)),
        tz,
        identities: identities
            .into_iter()
            .map(|identity| IdentityView {
                no_marketing_since: marketing::choice_for(&said, &identity)
                    .filter(|choice| !choice.is_given)
                    .map(|choice| choice.at),
                kind: identity.kind,
                write: match identity.kind {
                    IdentityKind::Email => Some(Channel::Email),
                    IdentityKind::Whatsapp => Some(Channel::Whatsapp),
                    // Whom WhatsApp knows is offered once.
                    IdentityKind::Phone if !has_whatsapp => Some(Channel::Whatsapp),
                    _ => None,
                }
                .filter(|channel| may_write && ways.contains(channel))
                .map(|channel| routes::writing_to(channel, &shown(identity.kind, &identity.value), &contact.name)),
                value: match identity.kind {
                    IdentityKind::Visitor | IdentityKind::Portal => None,
                    IdentityKind::External | IdentityKind::Bridge => known_outside(&identity.value).map(str::to_owned),
                    kind => Some(shown(kind, &identity.value)),
                },
                is_verified: identity.is_verified,
                verified_at: identity.verified_at,
            })
            .collect(),
        privacy: me
            .can(Permission::Administer)
            .then(|| crate::settings::privacy::of_person(contact.id.as_str())),
        since: contact.created_at,
        pages: pages.into_iter().map(|(url, title, at)| (title, url, at)).collect(),
        fields: views(&all, Target::Contact, &values, contact.id.as_str()),
        company_fields: if company_id.is_empty() {
            Vec::new()
        } else {
            views(&all, Target::Company, &values, company_id)
        },
    };
    let own = views(&all, Target::Conversation, &values, conversation.id.as_str());
    Ok((view, own))
}

/// What clocks show in a time zone, with the difference to the reader's.
fn local_time(me: &SignedIn, tz: &str) -> Option<String> {
    let zone = TimeZone::get(tz).ok()?;
    let now = Timestamp::from_millisecond(me.now).ok()?;
    let minutes = (zone.to_offset(now).seconds() - me.tz.to_offset(now).seconds()) / 60;
    let time = i18n::time(me.now, &zone);
    let sign = if minutes < 0 { '−' } else { '+' };
    let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
    Some(match (hours, rest) {
        (0, 0) => time,
        (hours, 0) => format!("{time} ({sign}{hours} h)"),
        (hours, rest) => format!("{time} ({sign}{hours} h {rest} min)"),
    })
}

/// Open tickets of the customer in other conversations, the newest first.
pub(super) async fn other_tickets(db: &Db, conversation: &Conversation) -> Result<Vec<TicketView>> {
    let rows: Vec<(i64, String, TicketStatus, Priority, ConversationId)> = sql("SELECT number, subject, status, priority, conversation_id FROM tickets WHERE contact_id = $1 AND conversation_id <> $2 AND status <> 'resolved' ORDER BY number DESC LIMIT 10")
        .bind(&conversation.contact_id)
        .bind(&conversation.id)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(number, title, status, priority, conversation)| TicketView {
            number: format!("T-{number}"),
            title,
            status,
            priority,
            url: Some(routes::path(routes::CONVERSATION, conversation.as_str())),
        })
        .collect())
}

/// Edits the customer in place.
pub(super) async fn save(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> std::result::Result<Response, Failure> {
    let (me, form) = (&posted.me, &posted.form);
    let found = workable(&app, me, &id).await?;
    let edit = Edit {
        name: form.get("name").to_owned(),
        company: form.get("company").to_owned(),
        language: form.get("language").parse().ok(),
        tz: form.get("tz").to_owned(),
        values: form
            .fields()
            .filter_map(|(name, value)| Some((FieldId::from(name.strip_prefix("field_")?), value.to_owned())))
            .collect(),
    };
    let done = customers::edit(&app.store, &me.actor(), &found.id, &edit).await;
    outcome(&app, me, &found, done).await
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Named {
    identity: String,
}

/// Shows what making the contact of an address part of this one would move.
pub(super) async fn preview(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<String>,
    Query(named): Query<Named>,
) -> std::result::Result<Response, Failure> {
    me.must(conversation::access::Permission::Work)?;
    let db = app.store.db();
    let found = access::conversation(db, &me.actor(), &ConversationId::from(id)).await?;
    let other: Option<ContactId> = contact_of(&app, &named.identity).await?;
    let ctx = me.ctx();
    let conversation = found.id.as_str();
    let page = match other {
        None => {
            let words = i18n::t(me.lang, "error-identity");
            inbox_page::merge_preview(&ctx, conversation, &named.identity, Err(&words))
        }
        Some(other) if other == found.contact_id => {
            let words = i18n::t(me.lang, "error-itself");
            inbox_page::merge_preview(&ctx, conversation, &named.identity, Err(&words))
        }
        Some(other) => {
            let contact = access::contact(db, &me.actor(), &other).await?;
            let moves = customers::merge_preview(db, &other).await?;
            let words = i18n::t_args(
                me.lang,
                "merge-moves",
                &[
                    ("identities", moves.identities.into()),
                    ("conversations", moves.conversations.into()),
                    ("tickets", moves.tickets.into()),
                ],
            );
            let name = if contact.name.trim().is_empty() {
                named.identity.clone()
            } else {
                contact.name
            };
            inbox_page::merge_preview(&ctx, conversation, &named.identity, Ok((&name, &words)))
        }
    };
    Ok(html(page))
}

/// Which merge is asked about.
#[derive(Deserialize)]
pub(super) struct Undone {
    #[serde(default)]
    merge: String,
}

/// Shows what undoing a merge would do.
pub(super) async fn parting(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<String>,
    Query(named): Query<Undone>,
) -> std::result::Result<Response, Failure> {
    me.must(conversation::access::Permission::Work)?;
    let db = app.store.db();
    let found = access::conversation(db, &me.actor(), &ConversationId::from(id)).await?;
    let merge = merge_of(&app, &found, &named.merge).await?;
    let merges = contacts::merges(db, &found.contact_id).await?;
    let other = merges.into_iter().find(|(id, ..)| *id == merge);
    let (_, other, ..) = other.ok_or(Error::NotFound)?;
    let ours = contacts::load(db, &found.contact_id).await?.name;
    let plan = contacts::parting(&app.store, &merge).await?;
    let lines = parting_in_words(me.lang, &plan, &ours, &other);
    Ok(html(inbox_page::parting(
        &me.ctx(),
        found.id.as_str(),
        merge.as_str(),
        &lines,
    )))
}

/// Numbers that one line names; more are counted.
const NAMED: usize = 8;

/// What goes where when a merge is undone, a sentence each.
fn parting_in_words(lang: Language, plan: &contacts::Parting, ours: &str, others: &str) -> Vec<String> {
    let named = |name: &str, key: &str| match name.trim() {
        "" => i18n::t(lang, key).into_owned(),
        name => name.to_owned(),
    };
    let (ours, others) = (named(ours, "merge-part-this"), named(others, "merge-part-other"));
    let mut lines = Vec::new();
    if !plan.back.is_empty() {
        let mut numbers: Vec<String> = plan
            .back
            .iter()
            .take(NAMED)
            .map(|number| format!("#{number}"))
            .collect();
        if plan.back.len() > NAMED {
            numbers.push("…".to_owned());
        }
        let (count, numbers) = (plan.back.len().into(), numbers.join(", ").into());
        let args = [("count", count), ("numbers", numbers), ("name", others.as_str().into())];
        lines.push(i18n::t_args(lang, "merge-part-back", &args));
    }
    for apart in &plan.apart {
        let name = if apart.is_others { &others } else { &ours };
        let into = apart.into.map_or_else(String::new, |number| format!("#{number}"));
        lines.push(i18n::t_args(
            lang,
            if apart.into.is_some() {
                "merge-part-home"
            } else {
                "merge-part-new"
            },
            &[
                ("count", apart.messages.into()),
                ("number", format!("#{}", apart.number).into()),
                ("into", into.into()),
                ("name", name.as_str().into()),
            ],
        ));
    }
    for (number, count) in &plan.stays {
        let args = [("count", (*count).into()), ("number", format!("#{number}").into())];
        lines.push(i18n::t_args(lang, "merge-part-stays", &args));
    }
    lines.push(i18n::t_args(lang, "merge-part-rest", &[("name", others.into())]));
    lines
}

/// How a page with our chat knows its reader: as it says, without the inbox that stands before it. The chat in the
/// portal knows its customers by our own ids, which tell nobody anything.
fn known_outside(value: &str) -> Option<&str> {
    let own = match value.split_once('/') {
        Some((inbox, own)) if is_ulid(inbox) => own,
        _ => value,
    };
    let is_ours = is_ulid(own.strip_prefix("portal:").unwrap_or(own));
    (!is_ours).then_some(own)
}

#[cfg(test)]
mod tests {
    use super::known_outside;

    #[test]
    fn agents_read_no_id_of_ours() {
        let id = "01M82A2KKY8BWK6K74W4MB781F";
        let cases = [
            (id.to_owned(), None),
            (format!("{id}/portal:{id}"), None),
            (format!("{id}/user-17"), Some("user-17")),
            ("shop/17".to_owned(), Some("shop/17")),
        ];
        for (value, expected) in cases {
            assert_eq!(known_outside(&value), expected, "{value}");
        }
    }
}
