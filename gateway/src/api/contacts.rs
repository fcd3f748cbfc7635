//! Contacts: lists, one with its identities, changes, merges and their undoing.

use axum::Json as Answer;
use axum::extract::State;
use conversation::Store;
use conversation::access::Permission;
use conversation::contacts::{self, Contact, Identity};
use conversation::telephone;
use conversation::types::{self, ContactId, IdentityKind, MergeId};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::enums;
use super::extract::{Created, Id, Json, Page, Query, Time, at_most, cut, given, limit};
use super::guard::Caller;
use super::problem::{Outcome, Problem};
use super::restructure::MergeBody;
use crate::app::App;

/// A person.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Contact)]
pub(super) struct ContactView {
    /// Its id.
    id: String,
    /// The name; empty when nobody said one.
    name: String,
    /// The language they use.
    #[schema(required, value_type = Option<enums::Language>)]
    language: Option<types::Language>,
    /// The organisation.
    #[schema(required)]
    company_id: Option<String>,
    /// When it was first seen.
    created_at: Time,
    /// When it changed last.
    updated_at: Time,
}

impl From<Contact> for ContactView {
    fn from(contact: Contact) -> ContactView {
        ContactView {
            id: contact.id.to_string(),
            name: contact.name,
            language: contact.language,
            company_id: contact.company_id.map(|id| id.to_string()),
            created_at: Time(contact.created_at),
            updated_at: Time(contact.updated_at),
        }
    }
}

/// One way a channel knows a contact.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Identity)]
pub(super) struct IdentityView {
    /// Its id.
    id: String,
    /// The kind.
    #[schema(value_type = enums::IdentityKind)]
    kind: types::IdentityKind,
    /// The normalised value: a lower-cased address, `+E.164`, a `wa_id`.
    value: String,
    /// Whether it was proved.
    is_verified: bool,
    /// Where it came from: a channel, `signed`, `confirmed`, `agent`.
    source: String,
    /// Since when.
    created_at: Time,
}

impl From<Identity> for IdentityView {
    fn from(identity: Identity) -> IdentityView {
        IdentityView {
            id: identity.id.to_string(),
            kind: identity.kind,
            value: identity.value,
            is_verified: identity.is_verified,
            source: identity.source,
            created_at: Time(identity.created_at),
        }
    }
}

/// A merge that can be undone.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Merge)]
pub(super) struct MergeView {
    /// Its id.
    id: String,
    /// The name of the contact that became part of this one.
    name: String,
    /// Why.
    reason: String,
    /// When.
    at: Time,
}

/// A contact with what belongs to it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ContactDetail {
    /// The contact.
    contact: ContactView,
    /// How channels know it.
    identities: Vec<IdentityView>,
    /// The name of the organisation.
    #[schema(required)]
    company: Option<String>,
    /// The merges that made it what it is, newest first.
    merges: Vec<MergeView>,
}

/// Which contacts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Only the one that has this identity: a kind, a colon and the value, such as
    /// `email:ana@example.com` or `phone:+5511987654321`. A number may be written as it is dialled in the country of the
    /// business.
    identity: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
    /// How many: 1 to 200, 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// List contacts
///
/// The newest first. Contacts that became part of another one are left out.
#[utoipa::path(get, path = "/contacts", tag = "contacts", operation_id = "listContacts",
    params(ListQuery), responses((status = 200, description = "A page of contacts.", body = Page<ContactView>)))]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Outcome<Answer<Page<ContactView>>> {
    caller.may(Permission::Read)?;
    let limit = limit(query.limit)?;
    if let Some(identity) = &query.identity {
        let (kind, value) = identity_of(&app, identity).await?;
        let found = contacts::by_identity(app.store.db(), kind, &value).await?;
        return Ok(Answer(Page {
            items: found.into_iter().map(|(contact, _)| contact.into()).collect(),
            next: None,
        }));
    }
    let after = query.after.map(ContactId::from);
    let mut rows = contacts::list(app.store.db(), after.as_ref(), limit + 1).await?;
    let has_more = cut(&mut rows, limit);
    Ok(Answer(Page {
        next: rows.last().filter(|_| has_more).map(|last| last.id.to_string()),
        items: rows.into_iter().map(ContactView::from).collect(),
    }))
}

async fn identity_of(app: &App, text: &str) -> Outcome<(IdentityKind, String)> {
    let (kind, value) = text
        .split_once(':')
        .ok_or_else(|| Problem::invalid("identity: a kind, a colon and the value, such as email:ana@example.com"))?;
    let kind: IdentityKind = kind
        .parse()
        .map_err(|error| Problem::invalid(format!("identity: {error}")))?;
    let home = telephone::home(app.store.db()).await?;
    let number = || telephone::read(value, home).ok();
    let value = match kind {
        IdentityKind::Email => contacts::normal_email(value)?,
        IdentityKind::Phone => number().unwrap_or_else(|| value.trim().to_owned()),
        // As Meta says it: digits alone, with the country code.
        IdentityKind::Whatsapp if !contacts::is_phone(value.trim()) => number().map_or_else(
            || value.trim().to_owned(),
            |number| number.trim_start_matches('+').to_owned(),
        ),
        _ => value.trim().to_owned(),
    };
    Ok((kind, value))
}

pub(super) async fn detail(store: &Store, id: &ContactId) -> conversation::Result<ContactDetail> {
    let db = store.db();
    let contact = contacts::load(db, id).await?;
    Ok(ContactDetail {
        identities: contacts::identities(db, &contact.id)
            .await?
            .into_iter()
            .map(IdentityView::from)
            .collect(),
        company: match &contact.company_id {
            Some(company) => contacts::company_name(db, company).await?,
            None => None,
        },
        merges: contacts::merges(db, &contact.id)
            .await?
            .into_iter()
            .map(|(id, name, reason, at)| MergeView {
                id: id.to_string(),
                name,
                reason,
                at: Time(at),
            })
            .collect(),
        contact: contact.into(),
    })
}

/// Read a contact
///
/// With its identities, its organisation and the merges that can be undone. The id of a contact
/// that became part of another one leads to that one.
#[utoipa::path(get, path = "/contacts/{id}", tag = "contacts", operation_id = "getContact",
    params(("id" = String, Path, description = "The contact.")),
    responses((status = 200, description = "The contact.", body = ContactDetail)))]
pub(super) async fn read(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<ContactDetail>> {
    caller.may(Permission::Read)?;
    Ok(Answer(detail(&app.store, &ContactId::from(id)).await?))
}

/// What to change; a field that is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ContactPatch {
    /// The name.
    #[schema(max_length = 200)]
    name: Option<String>,
    /// The language; null when it is not known.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<enums::Language>)]
    language: Option<Option<types::Language>>,
    /// The name of the organisation; null for none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    company: Option<Option<String>>,
}

/// Change a contact
///
/// Name, language and organisation. An organisation is found by its name, or made.
#[utoipa::path(patch, path = "/contacts/{id}", tag = "contacts", operation_id = "updateContact",
    params(("id" = String, Path, description = "The contact.")), request_body = ContactPatch,
    responses((status = 200, description = "The contact as it is now.", body = ContactDetail)))]
pub(super) async fn edit(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(patch): Json<ContactPatch>,
) -> Outcome<Answer<ContactDetail>> {
    caller.may(Permission::Work)?;
    at_most(200, "name", patch.name.as_deref().unwrap_or_default())?;
    let db = app.store.db();
    let contact = contacts::load(db, &ContactId::from(id)).await?;
    let company = match (patch.company, &contact.company_id) {
        (Some(company), _) => company,
        (None, Some(company)) => contacts::company_name(db, company).await?,
        (None, None) => None,
    };
    contacts::edit(
        &app.store,
        &caller.actor,
        &contact.id,
        patch.name.as_deref().unwrap_or(&contact.name),
        patch.language.unwrap_or(contact.language),
        company.as_deref(),
    )
    .await?;
    Ok(Answer(detail(&app.store, &contact.id).await?))
}

/// What was merged.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Merged {
    /// The merge; undo it at `/contacts/merges/{id}/undo`.
    merge_id: String,
    /// The contact that remains.
    contact: ContactDetail,
}

/// Merge contacts
///
/// Makes another contact part of this one: identities, conversations and tickets follow. It can be
/// undone.
#[utoipa::path(post, path = "/contacts/{id}/merge", tag = "contacts", operation_id = "mergeContacts",
    params(("id" = String, Path, description = "The contact that remains.")), request_body = MergeBody,
    responses((status = 201, description = "The merge and the contact that remains.", body = Merged)))]
pub(super) async fn merge(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<MergeBody>,
) -> Outcome<Created<Merged>> {
    caller.may(Permission::Work)?;
    let winner = ContactId::from(id);
    let merge = contacts::merge(&app.store, &caller.actor, &winner, &ContactId::from(body.from)).await?;
    Ok(Created(
        format!("/contacts/{winner}"),
        Merged {
            merge_id: merge.to_string(),
            contact: detail(&app.store, &winner).await?,
        },
    ))
}

/// Undo a merge of contacts
///
/// What came from the other contact goes back to it, as far as it is still there. What either wrote in a conversation of
/// the other's meanwhile is taken out of it.
#[utoipa::path(post, path = "/contacts/merges/{id}/undo", tag = "contacts", operation_id = "undoContactMerge",
    params(("id" = String, Path, description = "The merge.")),
    responses((status = 204, description = "There are two contacts again.")))]
pub(super) async fn undo(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<StatusCode> {
    caller.may(Permission::Work)?;
    contacts::unmerge(&app.store, &caller.actor, &MergeId::from(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
