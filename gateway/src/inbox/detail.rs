//! What the page says about the customer: who they are, where they look, what else they asked.

use std::collections::HashMap;

use channels::webchat::is_ulid;
use conversation::access::{self, Permission};
use conversation::contacts::{Contact, Identity};
use conversation::conversations::Conversation;
use conversation::db::{Db, sql};
use conversation::fields::{Field, Target};
use conversation::types::{Channel, ConversationId, FieldId, IdentityKind, Priority, TicketStatus};
use conversation::{Result, contacts, customers, fields, inboxes, marketing};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ui::inbox_page::{ContactView, FieldView, IdentityView, TicketView};
use ui::{i18n, routes};

use super::identities::shown;
use crate::auth::SignedIn;
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
    let ways = inboxes::channels(db).await?;
    let tz = customers::time_zone(db, &contact.id).await?;
    let pages = if identities.iter().any(|one| one.kind == IdentityKind::Visitor) {
        widget::store::pages_of(db, &contact.id, PAGES).await?
    } else {
        Vec::new()
    };
    let said = marketing::choices(db, &contact.id).await?;
    let may_write = me.can(Permission::Work);
    let has_whatsapp = identities.iter().any(|one| one.kind == IdentityKind::Whatsapp);
    let unproved = contacts::said(db, &contact.id).await?;
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
                    IdentityKind::External
                    | IdentityKind::Bridge
                    | IdentityKind::Instagram
                    | IdentityKind::Messenger => known_outside(&identity.value).map(str::to_owned),
                    kind => Some(shown(kind, &identity.value)),
                },
                is_verified: identity.is_verified,
                verified_at: identity.verified_at,
            })
            // What they only say is nowhere to write to by a press: it may be somebody else's.
            .chain(unproved.into_iter().map(|(kind, value)| IdentityView {
                kind,
                value: Some(shown(kind, &value)),
                is_verified: false,
                verified_at: None,
                write: None,
                no_marketing_since: None,
            }))
            .collect(),
        privacy: me
            .can(Permission::Administer)
            .then(|| routes::privacy_of(contact.id.as_str())),
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
pub(super) async fn other_tickets(db: &Db, me: &SignedIn, conversation: &Conversation) -> Result<Vec<TicketView>> {
    let rows: Vec<(i64, String, TicketStatus, Priority, ConversationId)> = sql("SELECT number, subject, status, priority, conversation_id FROM tickets WHERE contact_id = $1 AND conversation_id <> $2 AND status <> 'resolved' ORDER BY number DESC LIMIT 10")
        .bind(&conversation.contact_id)
        .bind(&conversation.id)
        .all(db)
        .await?;
    let ids: Vec<ConversationId> = rows.iter().map(|row| row.4.clone()).collect();
    let seen = access::seen_among(db, &me.actor(), &ids).await?;
    Ok(rows
        .into_iter()
        .filter(|row| seen.contains(&row.4))
        .map(|(number, title, status, priority, conversation)| TicketView {
            number: format!("T-{number}"),
            title,
            status,
            priority,
            url: Some(routes::path(routes::CONVERSATION, conversation.as_str())),
        })
        .collect())
}

/// How a page with our chat knows its reader: as it says, without the inbox that stands before it. The chat in the
/// portal knows its customers by our own ids, which tell nobody anything.
pub(super) fn known_outside(value: &str) -> Option<&str> {
    let own = match value.split_once('/') {
        Some((inbox, own)) if is_ulid(inbox) => own,
        _ => value,
    };
    let is_ours = is_ulid(own.strip_prefix("portal:").unwrap_or(own));
    (!is_ours).then_some(own)
}
