//! One message to many customers.

use std::collections::BTreeMap;

use axum::Json as Answer;
use axum::extract::State;
use channels::broadcasts::Voices;
use channels::whatsapp::templates;
use conversation::access::Permission;
use conversation::broadcasts::{self, Audience, Broadcast, Content, Draft, Figures, Recipient, Shown};
use conversation::types::{Channel, CompanyId, InboxId, LabelId, Language};
use conversation::{contacts, inboxes, labels};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::enums;
use super::extract::{Created, Id, Json, Page, Query, Time, at_most, cut_after, limit, page_end};
use super::guard::{Caller, OnceId};
use super::problem::{Outcome, Problem};
use crate::app::App;

/// What a broadcast says: a template on WhatsApp, a subject and a text by mail. In all of them the variables
/// `{{contact.name}}`, `{{contact.first_name}}`, `{{contact.email}}`, `{{company.name}}` and `{{inbox.name}}` stand for what is
/// known of each recipient; whoever lacks one that is named gets none.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BroadcastMessage {
    /// The subject of the mail.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schema(max_length = 300)]
    subject: String,
    /// The text of the mail: plain text with a small Markdown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schema(max_length = 20000)]
    text: String,
    /// The template; each recipient gets it in their language where it is approved in that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    template: Option<BroadcastTemplate>,
}

/// A template that Meta approved.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BroadcastTemplate {
    /// Its name.
    name: String,
    /// Its language for whoever speaks none that it is approved in, such as `pt_BR`.
    language: String,
    /// What fills its blanks, by their keys as the list of templates gives them.
    #[serde(default)]
    values: BTreeMap<String, String>,
}

/// Who gets a broadcast: all customers with an address of its channel, narrowed by every condition that is given.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct BroadcastAudience {
    /// Only who speaks this language.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<enums::Language>)]
    language: Option<Language>,
    /// Only people of the company with this id.
    #[serde(skip_serializing_if = "Option::is_none")]
    company: Option<String>,
    /// Only who has a conversation with the label of this id.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    /// Only who wrote within so many days.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 3650)]
    wrote_within_days: Option<i64>,
    /// Only these addresses or numbers, one a line, each with a name behind a comma where there is one, at most 5000. The conditions
    /// do not count then. Whoever is not known yet becomes a contact. It is not given back.
    #[serde(skip_serializing)]
    #[schema(max_length = 500000)]
    list: Option<String>,
}

/// How many recipients stand where.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BroadcastFigures {
    /// How many get it, or were to.
    total: i64,
    /// How many wait for it.
    waiting: i64,
    /// How many messages are on their way.
    underway: i64,
    /// How many messages the channel took.
    sent: i64,
    /// How many of them arrived, as far as the channel tells.
    delivered: i64,
    /// How many of them were read, as far as the channel tells.
    read: i64,
    /// How many messages failed, by the code of the delivery.
    failed: BTreeMap<String, i64>,
    /// How many people get none, by the reason: `no_address`, `refuses`, `no_marketing`, `blocked`, `spam`, `erased`,
    /// `unreachable`, `unknown`, `twice`.
    left_out: BTreeMap<String, i64>,
    /// How many wrote in that conversation within two weeks.
    answered: i64,
    /// How many said within two weeks that they want no marketing.
    refused: i64,
}

impl From<Figures> for BroadcastFigures {
    fn from(figures: Figures) -> BroadcastFigures {
        BroadcastFigures {
            total: figures.total(),
            waiting: figures.of(Shown::Waiting),
            underway: figures.of(Shown::Underway),
            sent: figures.sent(),
            delivered: figures.delivered(),
            read: figures.of(Shown::Read),
            answered: figures.answered,
            refused: figures.refused,
            failed: figures.failed,
            left_out: figures.left_out,
        }
    }
}

/// A broadcast.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Broadcast)]
pub(super) struct BroadcastView {
    /// Its id.
    id: String,
    /// What people call it; customers do not see it.
    name: String,
    /// The account that it leaves by.
    inbox: String,
    /// The channel of that.
    #[schema(value_type = enums::Channel)]
    channel: Channel,
    /// How far it is.
    #[schema(value_type = enums::BroadcastState)]
    state: broadcasts::State,
    /// What is said.
    message: BroadcastMessage,
    /// To whom.
    audience: BroadcastAudience,
    /// Whether it goes only to whoever did not say that they want no marketing.
    is_marketing: bool,
    /// Messages a minute.
    pace: i64,
    /// When it begins, where a time was said.
    #[schema(required)]
    start_at: Option<Time>,
    /// The code of what holds it up, or paused it; empty where nothing does.
    held: String,
    /// Until when it waits because of that.
    #[schema(required)]
    held_until: Option<Time>,
    /// When it was made.
    created_at: Time,
    /// When it began to leave.
    #[schema(required)]
    started_at: Option<Time>,
    /// When the last one was written, or it was cancelled.
    #[schema(required)]
    finished_at: Option<Time>,
    /// What came of it; in lists without `answered` and `refused`, which are 0 there.
    figures: BroadcastFigures,
}

impl BroadcastView {
    fn of(one: Broadcast, figures: Figures) -> BroadcastView {
        let message = match one.content {
            Content::Mail { subject, text } => BroadcastMessage {
                subject,
                text,
                template: None,
            },
            Content::Template { name, language, values } => BroadcastMessage {
                subject: String::new(),
                text: String::new(),
                template: Some(BroadcastTemplate { name, language, values }),
            },
        };
        BroadcastView {
            id: one.id,
            name: one.name,
            inbox: one.inbox.to_string(),
            channel: one.channel,
            state: one.state,
            message,
            audience: BroadcastAudience {
                language: one.audience.language,
                company: one.audience.company.map(|id| id.to_string()),
                label: one.audience.label.map(|id| id.to_string()),
                wrote_within_days: one.audience.days,
                list: None,
            },
            is_marketing: one.is_marketing,
            pace: one.pace,
            start_at: one.start_at.map(Time),
            held: one.held,
            held_until: one.held_until.map(Time),
            created_at: Time(one.created_at),
            started_at: one.started_at.map(Time),
            finished_at: one.finished_at.map(Time),
            figures: figures.into(),
        }
    }
}

async fn view(app: &App, id: &str) -> Outcome<BroadcastView> {
    let one = broadcasts::load(app.store.db(), id).await?;
    let figures = broadcasts::figures(app.store.db(), id).await?;
    Ok(BroadcastView::of(one, figures))
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct BroadcastQuery {
    /// The `next` of the page before.
    after: Option<String>,
    /// How many: 1 to 200, 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// List broadcasts
///
/// The newest first.
#[utoipa::path(get, path = "/broadcasts", tag = "broadcasts", operation_id = "listBroadcasts", params(BroadcastQuery),
    responses((status = 200, description = "A page of broadcasts.", body = Page<BroadcastView>)))]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<BroadcastQuery>,
) -> Outcome<Answer<Page<BroadcastView>>> {
    caller.may(Permission::Audit)?;
    let limit = limit(query.limit)?;
    let after = page_end(query.after.as_deref())?;
    let before = after.as_ref().map(|end| end.id.as_str());
    let mut rows = broadcasts::list(app.store.db(), before, limit + 1).await?;
    let next = cut_after(&mut rows, limit, |last| (last.created_at, last.id.clone()));
    let mut items = Vec::with_capacity(rows.len());
    for one in rows {
        let figures = broadcasts::standings(app.store.db(), &one.id).await?;
        items.push(BroadcastView::of(one, figures));
    }
    Ok(Answer(Page { items, next }))
}

/// A broadcast to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewBroadcast {
    /// A ULID of your own: the same request sent twice makes one broadcast.
    #[schema(min_length = 26, max_length = 26, example = "01ARZ3NDEKTSV4RRFFQ69G5FAV")]
    id: Option<String>,
    /// What people call it.
    #[schema(max_length = 100)]
    name: String,
    /// The id of the mailbox or of the WhatsApp number that it leaves by.
    inbox: String,
    /// What is said.
    message: BroadcastMessage,
    /// To whom; everybody unless given.
    #[serde(default)]
    audience: BroadcastAudience,
    /// A notice of service, which goes to whoever wants no marketing, too. Refused for a template of the category `MARKETING`.
    #[serde(default)]
    is_service: bool,
    /// Messages a minute: 120 on WhatsApp and 60 by mail unless given.
    #[schema(minimum = 1, maximum = 1200)]
    pace: Option<i64>,
}

/// What is said, looked through, and whether it advertises by what it is.
async fn content(app: &App, inbox: &inboxes::Inbox, message: BroadcastMessage) -> Outcome<(Content, bool)> {
    let Some(template) = message.template else {
        let content = Content::Mail {
            subject: message.subject,
            text: message.text,
        };
        return Ok((content, false));
    };
    if !message.text.is_empty() || !message.subject.is_empty() {
        return Err(Problem::invalid("message: either a template, or a subject and a text"));
    }
    let found = templates::find(app.store.db(), &inbox.id, &template.name, &template.language)
        .await?
        .filter(|one| one.is_usable() && one.preview(&BTreeMap::new()).header_file.is_none())
        .ok_or_else(|| Problem::invalid("template: none that can be sent is called so in this language"))?;
    for variable in found.variables() {
        if template
            .values
            .get(&variable.key)
            .is_none_or(|value| value.trim().is_empty())
        {
            return Err(Problem::invalid(format!("values: {} is not filled", variable.key)));
        }
    }
    let content = Content::Template {
        name: template.name,
        language: template.language,
        values: template.values,
    };
    Ok((content, found.is_marketing()))
}

async fn audience(app: &App, given: &BroadcastAudience) -> Outcome<Audience> {
    let db = app.store.db();
    let company = given.company.as_deref().map(CompanyId::from);
    if let Some(id) = &company
        && contacts::company_name(db, id).await?.is_none()
    {
        return Err(Problem::invalid("company: there is none with this id"));
    }
    let label = given.label.as_deref().map(LabelId::from);
    if let Some(id) = &label
        && !labels::list(db).await?.iter().any(|one| one.id == *id)
    {
        return Err(Problem::invalid("label: there is none with this id"));
    }
    Ok(Audience {
        language: given.language,
        company,
        label,
        days: given.wrote_within_days,
        ..Audience::default()
    })
}

/// Make a broadcast
///
/// Nothing leaves before it is started. Who gets it is looked up at once, and for many people goes on afterwards: as long as it is
/// `counting`, `figures` grow; then it is `ready`, and they say how many get it and how many do not and why.
#[utoipa::path(post, path = "/broadcasts", tag = "broadcasts", operation_id = "createBroadcast", request_body = NewBroadcast,
    responses((status = 201, description = "It was made.", body = BroadcastView, headers(("Location" = String, description = "Its path.")))))]
pub(super) async fn create(
    State(app): State<App>,
    caller: Caller,
    OnceId(once): OnceId,
    Json(body): Json<NewBroadcast>,
) -> Outcome<Created<BroadcastView>> {
    caller.may(Permission::Administer)?;
    at_most(broadcasts::LONGEST_NAME, "name", &body.name)?;
    let inbox = match inboxes::load(app.store.db(), &InboxId::from(body.inbox.as_str())).await {
        Err(conversation::Error::NotFound) => return Err(Problem::invalid("inbox: there is none with this id")),
        found => found?,
    };
    let (content, advertises) = content(&app, &inbox, body.message).await?;
    if advertises && body.is_service {
        return Err(Problem::invalid("is_service: this template is marketing"));
    }
    let draft = Draft {
        name: body.name,
        inbox: inbox.id,
        content,
        audience: audience(&app, &body.audience).await?,
        list: body.audience.list,
        is_marketing: !body.is_service,
        pace: body.pace.unwrap_or(broadcasts::usual_pace(inbox.channel)),
    };
    // A repeated request whose first answer was lost with its process has the same id.
    let id = body.id.or(once).unwrap_or_else(|| app.store.env().ulid());
    let made = broadcasts::create(&app.store, &caller.actor, &id, &draft).await?;
    broadcasts::count_now(&app.store, &Voices, &made.id).await?;
    Ok(Created(format!("/broadcasts/{}", made.id), view(&app, &made.id).await?))
}

/// Read a broadcast
///
/// With what came of it until now; ask again while it is `counting` or `sending`.
#[utoipa::path(get, path = "/broadcasts/{id}", tag = "broadcasts", operation_id = "getBroadcast",
    params(("id" = String, Path, description = "The broadcast.")),
    responses((status = 200, description = "It, with what came of it.", body = BroadcastView)))]
pub(super) async fn read(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<BroadcastView>> {
    caller.may(Permission::Audit)?;
    Ok(Answer(view(&app, &id).await?))
}

/// What to do with a broadcast.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BroadcastAction {
    /// `start` begins it, or goes on with one that was paused; `pause` stops it, or takes the time back from one that waits for it;
    /// `cancel` ends it for good.
    #[serde(rename = "do")]
    what: BroadcastDo,
    /// With `start`: when it begins, at most a year ahead; at once unless given.
    at: Option<Time>,
}

/// What can be done with a broadcast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum BroadcastDo {
    /// It begins, or goes on.
    Start,
    /// It stops.
    Pause,
    /// It ends.
    Cancel,
}

/// Start, pause or cancel a broadcast
///
/// What cannot be done as it stands is 409. Messages that were written already leave, whatever is done here.
#[utoipa::path(post, path = "/broadcasts/{id}/actions", tag = "broadcasts", operation_id = "actOnBroadcast", request_body = BroadcastAction,
    params(("id" = String, Path, description = "The broadcast.")),
    responses((status = 200, description = "It, as it stands now.", body = BroadcastView)))]
pub(super) async fn act(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<BroadcastAction>,
) -> Outcome<Answer<BroadcastView>> {
    caller.may(Permission::Administer)?;
    if body.at.is_some() && body.what != BroadcastDo::Start {
        return Err(Problem::invalid("at: only with `start`"));
    }
    let (store, actor) = (&app.store, &caller.actor);
    match body.what {
        BroadcastDo::Start => broadcasts::start(store, actor, &id, body.at.map(|at| at.0)).await?,
        BroadcastDo::Pause => broadcasts::pause(store, actor, &id).await?,
        BroadcastDo::Cancel => broadcasts::cancel(store, actor, &id).await?,
    }
    Ok(Answer(view(&app, &id).await?))
}

/// One recipient of a broadcast.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BroadcastRecipient {
    /// The contact.
    contact: String,
    /// Their name; may be empty.
    name: String,
    /// The address, or the number in digits; empty where there is none.
    address: String,
    /// Where they stand.
    #[schema(value_type = enums::RecipientState)]
    state: Shown,
    /// Why they get none, or the code of what failed; empty else.
    reason: String,
    /// The conversation that the message stands in.
    #[schema(required)]
    conversation: Option<String>,
    /// When it was written.
    #[schema(required)]
    written_at: Option<Time>,
    /// Whether they wrote in that conversation within two weeks.
    is_answered: bool,
}

impl From<Recipient> for BroadcastRecipient {
    fn from(one: Recipient) -> BroadcastRecipient {
        BroadcastRecipient {
            contact: one.contact_id.to_string(),
            name: one.name,
            address: one.address,
            state: one.shown,
            reason: one.why,
            conversation: one.conversation_id.map(|id| id.to_string()),
            written_at: one.at.map(Time),
            is_answered: one.is_answered,
        }
    }
}

/// Which recipients.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct RecipientQuery {
    /// Only those who stand here.
    #[param(value_type = Option<enums::RecipientState>)]
    state: Option<Shown>,
    /// The `next` of the page before.
    after: Option<String>,
    /// How many: 1 to 200, 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// List the recipients of a broadcast
///
/// Also those who get none, with the reason.
#[utoipa::path(get, path = "/broadcasts/{id}/recipients", tag = "broadcasts", operation_id = "listBroadcastRecipients",
    params(("id" = String, Path, description = "The broadcast."), RecipientQuery),
    responses((status = 200, description = "A page of recipients.", body = Page<BroadcastRecipient>)))]
pub(super) async fn recipients(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Query(query): Query<RecipientQuery>,
) -> Outcome<Answer<Page<BroadcastRecipient>>> {
    caller.may(Permission::Audit)?;
    let limit = limit(query.limit)?;
    let after = page_end(query.after.as_deref())?;
    let after = after.as_ref().map(|end| end.id.as_str());
    broadcasts::load(app.store.db(), &id).await?;
    let mut rows = broadcasts::recipients(app.store.db(), &id, query.state, after, limit + 1).await?;
    let next = cut_after(&mut rows, limit, |last| (0, last.contact_id.to_string()));
    Ok(Answer(Page {
        items: rows.into_iter().map(BroadcastRecipient::from).collect(),
        next,
    }))
}
