//! A customer tells that they paid by transfer, with the receipt if they have it. The money is on its way from then on, and
//! what they told stands in the inbox, where somebody looks for it.

use axum::extract::{FromRequest as _, Multipart, Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use billing::announced::{self, Transfer};
use billing::documents::Document;
use billing::{day, words as paper};
use conversation::Error;
use conversation::db::{On, sql};
use conversation::inbound::{FOR_PEOPLE, InboundMessage};
use conversation::ingest::ingest_one;
use conversation::types::{Channel, ConversationId, Language};
use serde_json::json;
use ui::client_pages::TransferForm;
use ui::{core_words, i18n, routes};

use super::{Client, document};
use crate::form::{SLOWEST, check_token, new_token, sender, trouble_text, written};
use crate::multipart::{self, MOST_FILES, Posted};
use crate::request::{Page, Reader, see_other};
use crate::{Portal, links, words};

/// The longest reference, in characters.
const LONGEST_REFERENCE: usize = 120;

/// The name under which the message of a telling is filed.
fn message_name(name: &str) -> String {
    format!("transfer:{name}")
}

/// The conversation in which a transfer was told of, by [`billing::payments::Entry::announced`].
///
/// # Errors
/// When the database cannot be reached.
pub async fn conversation_of(on: impl On, name: &str) -> conversation::Result<Option<ConversationId>> {
    let found: Option<(ConversationId,)> = sql(
        "SELECT m.conversation_id FROM messages m JOIN inboxes i ON i.id = m.inbox_id WHERE i.channel = $1 AND m.external_id = $2",
    )
    .bind(Channel::Portal)
    .bind(message_name(name))
    .optional(on)
    .await?;
    Ok(found.map(|(id,)| id))
}

/// The form below what a transfer needs; `sent` is what was typed, and why it was not taken.
pub(super) fn form(
    portal: &Portal,
    document: &Document,
    lang: Language,
    sent: Option<(&Posted, String)>,
) -> TransferForm {
    let typed = |name: &str, usual: String| sent.as_ref().map_or(usual, |(posted, _)| posted.field(name).to_owned());
    TransferForm {
        token: new_token(&portal.store),
        sign: document.currency.sign().to_owned(),
        amount: typed("amount", document.currency.bare(document.payable().max(0))),
        day: typed("day", portal.billing.today().to_string()),
        reference: typed("reference", String::new()),
        max_bytes: i64::try_from(multipart::LARGEST_FILE * MOST_FILES).unwrap_or(i64::MAX),
        files_again: sent
            .as_ref()
            .filter(|(posted, _)| !posted.files.is_empty())
            .map(|_| i18n::t(lang, "ticket-form-files-again").into_owned()),
        wrong: sent.map(|(_, why)| why),
    }
}

/// POST `/portal/documents/{id}/transfer`: `amount`, `day`, `reference`, `files`.
pub(super) async fn tell(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Path(id): Path<String>,
    request: Request,
) -> Page {
    let (client, found) = document::open(&portal, &reader, &headers, &id).await?;
    let store = &portal.store;
    let multipart = Multipart::from_request(request, &()).await;
    let multipart = multipart.map_err(|error| crate::request::Failed::Status(error.status()))?;
    let is_ours = |posted: &Posted| check_token(store, posted.field("token")).is_some();
    let posted = multipart::read(store, multipart, is_ours).await?;
    let (name, told) = match read(&portal, &found, &posted, client.lang) {
        Ok(told) => told,
        Err(why) => return again(&portal, &client, &found, &posted, why).await,
    };
    portal.limits.forms.check(&reader.address)?;
    let message = message(&portal, &client, &found, &posted, &name, &told).await?;
    match announced::announce(&portal.billing, &client.actor, told).await {
        Ok(()) => {}
        Err(Error::Invalid(why) | Error::Conflict(why)) => {
            let why = why.rsplit(": ").next().unwrap_or_default();
            let why = core_words::said(client.lang, why).unwrap_or_else(|| why.to_owned());
            return again(&portal, &client, &found, &posted, why).await;
        }
        Err(error) => return Err(error.into()),
    }
    ingest_one(store, message).await?;
    let (whose, address, agent) = (&client.contact.id, &client.address, &client.agent);
    links::note(store, whose, "announced", found.name(), address, agent).await?;
    let url = routes::path(routes::DOCUMENT, found.id.as_str());
    Ok(see_other(&format!("{url}?said=announced")))
}

/// What the form says and its name, or what is wrong with it.
fn read(portal: &Portal, document: &Document, posted: &Posted, lang: Language) -> Result<(String, Transfer), String> {
    let words = words::of(lang);
    let name = match check_token(&portal.store, posted.field("token")) {
        Some((name, age)) if age <= SLOWEST => name,
        _ => return Err(words.too_old.to_owned()),
    };
    if let Some(trouble) = &posted.trouble {
        return Err(trouble_text(trouble, words));
    }
    let translated = |why: String| core_words::said(lang, &why).unwrap_or(why);
    let amount = document.currency.parse(posted.field("amount"));
    let happened_on = match posted.field("day") {
        "" => Ok(portal.billing.today()),
        text => day::parse(text),
    };
    let told = Transfer {
        document: document.id.clone(),
        amount: amount.map_err(|why| translated(why.to_string()))?,
        happened_on: happened_on.map_err(|why| translated(why.to_string()))?.to_string(),
        reference: posted.field("reference").chars().take(LONGEST_REFERENCE).collect(),
        name: name.clone(),
    };
    Ok((name, told))
}

/// What stands in the inbox.
async fn message(
    portal: &Portal,
    client: &Client,
    document: &Document,
    posted: &Posted,
    name: &str,
    told: &Transfer,
) -> conversation::Result<InboundMessage> {
    let lang = client.lang;
    let args = [
        ("name", document.name().to_owned().into()),
        ("amount", document.currency.format(told.amount, lang).into()),
        ("day", paper::day(&told.happened_on, lang).into()),
    ];
    let mut text = i18n::t_args(lang, "client-transfer-told", &args);
    if !told.reference.is_empty() {
        let reference = [("reference", told.reference.clone().into())];
        text.push('\n');
        text.push_str(&i18n::t_args(lang, "client-transfer-referenced", &reference));
    }
    let from = sender(&portal.store, &client.contact, Some(lang)).await?;
    Ok(InboundMessage {
        subject: Some(i18n::t_args(lang, "client-transfer-subject", &args)),
        attachments: posted.files.clone(),
        extra: Some(json!({ "type": "transfer", "document": document.id, (FOR_PEOPLE): true })),
        ..written(&portal.store, &text, from, message_name(name)).await?
    })
}

async fn again(portal: &Portal, client: &Client, found: &Document, posted: &Posted, why: String) -> Page {
    let form = form(portal, found, client.lang, Some((posted, why)));
    document::draw_with(
        portal,
        client,
        found,
        None,
        StatusCode::UNPROCESSABLE_ENTITY,
        Some(form),
    )
    .await
}
