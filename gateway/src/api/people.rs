//! Companies and their people, the audit, privacy, and links to files that leave the session.

use axum::Json as Answer;
use axum::extract::State;
use axum::response::Response;
use conversation::access::{self, Permission};
use conversation::audit::{self, Entry};
use conversation::memberships::{self, Colleague, Company, Rights};
use conversation::privacy::{self, Consent};
use conversation::types::{AttachmentId, CompanyId, ContactId, Millis};
use conversation::{Error, attachments, contacts};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Id, Json, Page, Query, Time, at_most, cut, limit};
use super::guard::Caller;
use super::problem::{Outcome, Problem};
use crate::app::App;
use crate::auth::failure::Failure;
use crate::settings::audit::{actor_of, text_of};

/// One line of the audit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub(super) struct EntryView {
    /// Its id.
    id: String,
    /// When.
    at: Time,
    /// `agent:ID`, `contact:ID`, `token:NAME`, `bot`, `system`.
    who: String,
    /// What, such as `agent.signed_in`.
    action: String,
    /// On what: an id, or the route that was refused.
    object: String,
    /// More about it.
    detail: serde_json::Value,
    /// The network address.
    address: String,
    /// The browser or program.
    user_agent: String,
    /// The seal that covers it; null for a few seconds.
    #[schema(required)]
    seal: Option<i64>,
}

impl From<Entry> for EntryView {
    fn from(entry: Entry) -> EntryView {
        let who = serde_json::from_str(&entry.actor).map_or_else(|_| entry.actor.clone(), |actor| text_of(&actor));
        EntryView {
            id: entry.id,
            at: Time(entry.at),
            who,
            action: entry.action,
            object: entry.object,
            detail: serde_json::from_str(&entry.detail).unwrap_or_default(),
            address: entry.address,
            user_agent: entry.user_agent,
            seal: entry.seal,
        }
    }
}

/// What is looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AuditQuery {
    /// The `next` of the page before.
    after: Option<String>,
    /// How many, 1 to 200; 50 unless said.
    limit: Option<i64>,
    /// `agent:ID`, `contact:ID`, `token:NAME`, `bot` or `system`.
    who: Option<String>,
    /// An action, or the beginning of several up to a dot, such as `agent.`.
    action: Option<String>,
    /// The id of what it was done to.
    object: Option<String>,
    /// A network address.
    address: Option<String>,
}

/// List the audit
///
/// Who did what, when, from where; the newest first. For administrators and supervisors.
#[utoipa::path(get, path = "/audit", tag = "access", operation_id = "listAudit", params(AuditQuery),
    responses((status = 200, description = "A page of lines.", body = Page<EntryView>)))]
pub(super) async fn list_audit(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<AuditQuery>,
) -> Outcome<Answer<Page<EntryView>>> {
    caller.may(Permission::Audit)?;
    let limit = limit(query.limit)?;
    let actor = match query.who.as_deref() {
        None => None,
        Some(text) => Some(
            actor_of(text)
                .ok_or_else(|| Problem::invalid("who: write it as agent:ID, contact:ID, token:NAME, bot or system"))?,
        ),
    };
    let filter = audit::Filter {
        actor,
        action: query.action.unwrap_or_default(),
        any_of: Vec::new(),
        object: query.object.unwrap_or_default(),
        address: query.address.unwrap_or_default(),
        since: None,
        until: None,
    };
    let mut rows = audit::find(app.store.db(), &filter, query.after.as_deref(), limit + 1).await?;
    let has_more = cut(&mut rows, limit);
    Ok(Answer(Page {
        next: rows.last().filter(|_| has_more).map(|last| last.id.clone()),
        items: rows.into_iter().map(EntryView::from).collect(),
    }))
}

/// A company.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Company)]
pub(super) struct CompanyView {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
    /// Since when it is known.
    created_at: Time,
}

impl From<Company> for CompanyView {
    fn from(company: Company) -> CompanyView {
        CompanyView {
            id: company.id.to_string(),
            name: company.name,
            created_at: Time(company.created_at),
        }
    }
}

/// Which companies.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct CompaniesQuery {
    /// A part of the name.
    q: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
    /// How many, 1 to 200; 50 unless said.
    limit: Option<i64>,
}

/// List companies
///
/// The organisations that contacts belong to, in the order of their ids.
#[utoipa::path(get, path = "/companies", tag = "access", operation_id = "listCompanies", params(CompaniesQuery),
    responses((status = 200, description = "A page of companies.", body = Page<CompanyView>)))]
pub(super) async fn list_companies(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<CompaniesQuery>,
) -> Outcome<Answer<Page<CompanyView>>> {
    caller.may(Permission::Read)?;
    let limit = limit(query.limit)?;
    let after = query.after.map(CompanyId::from);
    let text = query.q.unwrap_or_default();
    let mut rows = memberships::companies(app.store.db(), &text, None, after.as_ref(), limit + 1).await?;
    let has_more = cut(&mut rows, limit);
    Ok(Answer(Page {
        next: rows.last().filter(|_| has_more).map(|last| last.id.to_string()),
        items: rows.into_iter().map(CompanyView::from).collect(),
    }))
}

/// What somebody may in a company.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CompanyRights)]
pub(super) struct RightsBody {
    /// Manages colleagues and sees everything of the company.
    #[serde(default)]
    is_administrator: bool,
    /// Sees invoices and other documents.
    #[serde(default)]
    sees_documents: bool,
    /// Sees the tickets of colleagues.
    #[serde(default)]
    sees_tickets: bool,
}

impl From<RightsBody> for Rights {
    fn from(body: RightsBody) -> Rights {
        Rights {
            is_administrator: body.is_administrator,
            sees_documents: body.sees_documents,
            sees_tickets: body.sees_tickets,
        }
    }
}

/// Somebody of a company.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CompanyPerson)]
pub(super) struct PersonView {
    /// Who.
    contact_id: String,
    /// Their name.
    name: String,
    /// Their addresses.
    emails: Vec<String>,
    /// What they may.
    rights: RightsBody,
    /// Invited by a colleague, and has not said yes.
    is_invited: bool,
}

impl From<Colleague> for PersonView {
    fn from(one: Colleague) -> PersonView {
        PersonView {
            contact_id: one.contact_id.to_string(),
            name: one.name,
            emails: one.emails,
            rights: RightsBody {
                is_administrator: one.rights.is_administrator,
                sees_documents: one.rights.sees_documents,
                sees_tickets: one.rights.sees_tickets,
            },
            is_invited: one.is_invited,
        }
    }
}

async fn everybody(app: &App, caller: &Caller, company: &CompanyId) -> Outcome<Answer<Page<PersonView>>> {
    access::company(app.store.db(), &caller.actor, company).await?;
    if contacts::company_name(app.store.db(), company).await?.is_none() {
        return Err(Problem::not_found());
    }
    let all = memberships::of_company(app.store.db(), company).await?;
    Ok(Answer(Page {
        items: all.into_iter().map(PersonView::from).collect(),
        next: None,
    }))
}

/// List a company's people
///
/// With what they may in the portal; at most 500.
#[utoipa::path(get, path = "/companies/{id}/people", tag = "access", operation_id = "listCompanyPeople",
    params(("id" = String, Path, description = "The company.")),
    responses((status = 200, description = "All of them.", body = Page<PersonView>)))]
pub(super) async fn list_people(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
) -> Outcome<Answer<Page<PersonView>>> {
    caller.may(Permission::Read)?;
    everybody(&app, &caller, &CompanyId::from(id)).await
}

/// What becomes of somebody in a company.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CompanyPersonBody)]
pub(super) struct PersonBody {
    /// Who.
    contact_id: String,
    /// What they may; null takes them out of the company.
    #[schema(required)]
    rights: Option<RightsBody>,
}

/// Set somebody's rights in a company
///
/// Puts a contact into the company with these rights, changes them, or takes the contact out.
#[utoipa::path(post, path = "/companies/{id}/people", tag = "access", operation_id = "setCompanyPerson", request_body = PersonBody,
    params(("id" = String, Path, description = "The company.")),
    responses((status = 200, description = "Everybody of the company.", body = Page<PersonView>)))]
pub(super) async fn set_person(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<PersonBody>,
) -> Outcome<Answer<Page<PersonView>>> {
    caller.may(Permission::Work)?;
    let (company, contact) = (CompanyId::from(id), ContactId::from(body.contact_id));
    let mut tx = app.store.begin().await?;
    match body.rights {
        Some(rights) => memberships::set_in(&mut tx, &caller.actor, &contact, &company, rights.into()).await?,
        None => memberships::remove_in(&mut tx, &caller.actor, &contact, &company).await?,
    }
    tx.commit().await?;
    everybody(&app, &caller, &company).await
}

/// One answer of a contact.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Consent)]
pub(super) struct ConsentView {
    /// To what: `news` (mail), `whatsapp` (anything there), `marketing` (advertising there), `surveys`.
    kind: String,
    /// Whether they agreed, or took it back.
    is_given: bool,
    /// Where: `portal`, `agent`, `api`.
    source: String,
    /// What they read when they did.
    words: String,
    /// When.
    at: Time,
}

impl From<Consent> for ConsentView {
    fn from(one: Consent) -> ConsentView {
        ConsentView {
            kind: one.kind,
            is_given: one.is_given,
            source: one.source,
            words: one.words,
            at: Time(one.at),
        }
    }
}

async fn answers(app: &App, contact: &ContactId) -> Outcome<Answer<Page<ConsentView>>> {
    let contact = contacts::load(app.store.db(), contact).await?.id;
    let all = privacy::consents(app.store.db(), &contact).await?;
    Ok(Answer(Page {
        items: all.into_iter().map(ConsentView::from).collect(),
        next: None,
    }))
}

/// List a contact's consents
///
/// Every answer, the newest first; the newest of a kind is the one that counts.
#[utoipa::path(get, path = "/contacts/{id}/consents", tag = "access", operation_id = "listConsents",
    params(("id" = String, Path, description = "The contact.")),
    responses((status = 200, description = "All of them.", body = Page<ConsentView>)))]
pub(super) async fn list_consents(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
) -> Outcome<Answer<Page<ConsentView>>> {
    caller.may(Permission::Read)?;
    answers(&app, &ContactId::from(id)).await
}

/// An answer to keep.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ConsentBody)]
pub(super) struct ConsentBody {
    /// To what: `news`, `whatsapp`, `surveys`.
    kind: String,
    /// Whether they agreed, or took it back.
    is_given: bool,
    /// What they read when they did.
    #[schema(max_length = 1000)]
    words: String,
}

/// Keep a consent
///
/// That a contact agreed to something, or took it back, with the words that they read.
#[utoipa::path(post, path = "/contacts/{id}/consents", tag = "access", operation_id = "addConsent", request_body = ConsentBody,
    params(("id" = String, Path, description = "The contact.")),
    responses((status = 200, description = "Every answer of the contact.", body = Page<ConsentView>)))]
pub(super) async fn add_consent(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<ConsentBody>,
) -> Outcome<Answer<Page<ConsentView>>> {
    caller.may(Permission::Work)?;
    // What stands here is the proof of it: a part would prove something else.
    at_most(privacy::LONGEST_WORDS, "words", &body.words)?;
    let contact = ContactId::from(id);
    let mut tx = app.store.begin().await?;
    privacy::consent_in(
        &mut tx,
        &caller.actor,
        &contact,
        &body.kind,
        body.is_given,
        "api",
        &body.words,
    )
    .await?;
    tx.commit_any().await?;
    answers(&app, &contact).await
}

/// What an erasure took.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Erased)]
pub(super) struct ErasedView {
    /// Conversations.
    conversations: u64,
    /// Messages.
    messages: u64,
}

/// Erase a contact
///
/// Names, addresses, messages, files and original mails go, and cannot be brought back. Issued documents
/// stay as they were issued.
#[utoipa::path(post, path = "/contacts/{id}/erase", tag = "access", operation_id = "eraseContact",
    params(("id" = String, Path, description = "The contact.")),
    responses((status = 200, description = "What went.", body = ErasedView)))]
pub(super) async fn erase(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<ErasedView>> {
    caller.may(Permission::Administer)?;
    let done = crate::privacy::erase(&app.store, &caller.actor, &ContactId::from(id)).await?;
    Ok(Answer(ErasedView {
        conversations: done.conversations,
        messages: done.messages,
    }))
}

/// Export a contact
///
/// Everything that is known of the contact, and their files, as a ZIP.
#[utoipa::path(get, path = "/contacts/{id}/export", tag = "access", operation_id = "exportContact",
    params(("id" = String, Path, description = "The contact.")),
    responses((status = 200, description = "The ZIP.", content_type = "application/zip")))]
pub(super) async fn export(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Response> {
    caller.may(Permission::Administer)?;
    let contact = contacts::load(app.store.db(), &ContactId::from(id)).await?.id;
    let nothing = serde_json::json!({});
    audit::note(
        &app.store,
        &caller.actor,
        "contact.exported",
        contact.as_str(),
        &nothing,
    )
    .await?;
    Ok(crate::settings::privacy::act::zip(&app, contact))
}

/// How long a link is good for, in milliseconds.
pub(crate) const LINK_LASTS: Millis = 15 * 60 * 1000;

/// A link to a file.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FileLink {
    /// Where the file is, for whoever has the link.
    url: String,
    /// Until when.
    expires_at: Time,
}

/// Make a link to a file
///
/// Good for fifteen minutes, for whoever has it; making it and each use are recorded.
#[utoipa::path(post, path = "/attachments/{id}/link", tag = "messages", operation_id = "linkAttachment",
    params(("id" = String, Path, description = "The file.")),
    responses((status = 200, description = "The link.", body = FileLink)))]
pub(super) async fn link(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<FileLink>> {
    caller.may(Permission::Work)?;
    let file = access::attachment(app.store.db(), &caller.actor, &AttachmentId::from(id)).await?;
    let expires_at = app.store.now() + LINK_LASTS;
    let path = attachments::link(app.store.keys(), &file.id, expires_at);
    let nothing = serde_json::json!({});
    audit::note(&app.store, &caller.actor, "file.link_made", file.id.as_str(), &nothing).await?;
    Ok(Answer(FileLink {
        url: format!("{}{path}", app.public_url()),
        expires_at: Time(expires_at),
    }))
}

/// GET `/f/{signed}`: the file of a link that is still good; a page of ours says that one is not.
pub(crate) async fn follow(
    State(app): State<App>,
    axum::extract::Path(signed): axum::extract::Path<String>,
) -> Result<Response, Failure> {
    let (id, until) = attachments::linked(app.store.keys(), &signed).ok_or(Error::NotFound)?;
    if until <= app.store.now() {
        return Err(Failure::Gone);
    }
    let system = conversation::types::Actor::System;
    let found = access::attachment(app.store.db(), &system, &id).await;
    let file = found.map_err(why_not)?;
    let detail = serde_json::json!({ "name": file.name, "by": "link" });
    let noted = audit::note(&app.store, &system, "file.opened", file.id.as_str(), &detail).await;
    noted.map_err(why_not)?;
    let bytes = app.store.blobs().get(&file.sha256).await.map_err(why_not)?;
    Ok(portal::files::file_response(&file.name, &file.media_type, bytes))
}

/// A file that is gone for good is told from one that cannot be had at the moment: whoever has the link may come again.
fn why_not(error: Error) -> Failure {
    match error {
        Error::NotFound | Error::Corrupt { .. } => Error::NotFound.into(),
        error => {
            tracing::warn!(%error, "the file of a link could not be read");
            Failure::Away
        }
    }
}
