//! The public form that opens a ticket.

use axum::extract::{Multipart, Query, State};
use axum::http::{HeaderMap, StatusCode};
use conversation::inbound::{IdentityClaim, InboundMessage, Sender};
use conversation::inboxes::{self, Inbox, NewInbox};
use conversation::ingest::{Outcome, ingest_one};
use conversation::types::{Actor, Channel, IdentityKind, Language, Millis};
use conversation::{Error, Store, contacts, tickets};
use ui::client_pages::{Frame, Part};
use ui::i18n;
use ui::portal_pages::{self, TicketFormView};

use crate::client::Client;
use crate::multipart::{self, MOST_FILES, Posted, Trouble};
use crate::request::{Failed, Page, Reader, page};
use crate::{Portal, links, words};

/// People do not fill a form in less, in milliseconds.
pub(crate) const QUICKEST: Millis = 2_000;
/// A form that was open for longer may be anybody's, in milliseconds.
pub(crate) const SLOWEST: Millis = 24 * 60 * 60 * 1000;

const LONGEST_SUBJECT: usize = 200;
const LONGEST_TEXT: usize = 20_000;
const LONGEST_NAME: usize = 120;

/// When the form was drawn, signed; its ULID makes a repeated POST recognisable.
pub(crate) fn new_token(store: &Store) -> String {
    let text = format!("{}-{}", store.env().ulid(), store.now());
    store.keys().sign("ticket form", &text)
}

/// The ULID and the age of a token of ours, in milliseconds.
pub(crate) fn check_token(store: &Store, token: &str) -> Option<(String, Millis)> {
    let (id, drawn_at) = store.keys().check("ticket form", token)?.split_once('-')?;
    Some((id.to_owned(), store.now() - drawn_at.parse::<Millis>().ok()?))
}

/// The inbox that portal messages come by: the first one of the channel, made when there is none.
pub(crate) async fn inbox(store: &Store) -> conversation::Result<Inbox> {
    let find = async || -> conversation::Result<Option<Inbox>> {
        let all = inboxes::list(store.db()).await?;
        Ok(all
            .into_iter()
            .find(|inbox| inbox.channel == Channel::Portal && inbox.is_enabled))
    };
    if let Some(inbox) = find().await? {
        return Ok(inbox);
    }
    let new = NewInbox {
        channel: Channel::Portal,
        name: "Portal".to_owned(),
        language: Language::En,
        address: "portal".to_owned(),
        // Whoever fills a form wants a person; an administrator may decide otherwise.
        bot_enabled: false,
        settings: serde_json::json!({}),
    };
    match inboxes::create(store, &Actor::System, new).await {
        // Somebody else made it at the same moment.
        Ok(_) | Err(Error::Conflict(_)) => {}
        Err(error) => return Err(error),
    }
    find()
        .await?
        .ok_or_else(|| Error::Invalid("the portal's inbox is disabled; enable it in the settings".to_owned()))
}

/// What the form begins with.
#[derive(serde::Deserialize)]
pub(crate) struct About {
    #[serde(default)]
    about: String,
}

/// GET `/portal/tickets/new`.
pub(crate) async fn show(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Query(about): Query<About>,
) -> Page {
    let mut view = empty(&portal);
    view.subject = about.about.chars().take(LONGEST_SUBJECT).collect();
    if let Some(client) = Client::find(&portal, &reader, &headers).await? {
        let (_, address) = links::identities(&portal.store, &client.contact).await?;
        view.frame = Some(frame(&portal, &client).await?);
        view.name = client.contact.name;
        view.email = address.unwrap_or_default();
    }
    Ok(page(
        StatusCode::OK,
        portal_pages::ticket_form(&portal.ctx(reader.lang), &view),
    ))
}

async fn frame(portal: &Portal, client: &Client) -> Result<Frame, Failed> {
    client.frame(portal, Part::Support, ui::routes::TICKET_NEW, None).await
}

fn empty(portal: &Portal) -> TicketFormView {
    TicketFormView {
        business: portal.business(),
        token: new_token(&portal.store),
        max_bytes: i64::try_from(multipart::LARGEST_FILE * MOST_FILES).unwrap_or(i64::MAX),
        ..TicketFormView::default()
    }
}

/// POST `/portal/tickets/new`.
pub(crate) async fn submit(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    multipart: Multipart,
) -> Page {
    let store = &portal.store;
    // A token that is not ours stores no file of its sender.
    let posted = multipart::read(store, multipart, |posted| {
        check_token(store, posted.field("token")).is_some()
    })
    .await?;
    let lang = Language::from_tag(posted.field("language")).unwrap_or(reader.lang);
    let signed_in = Client::find(&portal, &reader, &headers).await?;
    let frame = match &signed_in {
        Some(client) => Some(frame(&portal, client).await?),
        None => None,
    };
    let again = |mut errors: Vec<(String, String)>, token: Option<String>| {
        // No browser keeps chosen files on the page that comes back.
        if !posted.files.is_empty() && !errors.iter().any(|(field, _)| field == "files") {
            let words = i18n::t(lang, "ticket-form-files-again").into_owned();
            errors.push(("files".to_owned(), words));
        }
        let view = TicketFormView {
            subject: posted.field("subject").to_owned(),
            text: posted.field("text").to_owned(),
            name: posted.field("name").to_owned(),
            email: posted.field("email").to_owned(),
            token: token.unwrap_or_else(|| new_token(store)),
            errors,
            frame: frame.clone(),
            ..empty(&portal)
        };
        let body = portal_pages::ticket_form(&portal.ctx(lang), &view);
        Ok(page(StatusCode::UNPROCESSABLE_ENTITY, body))
    };
    let id = match usable(&portal, &posted, signed_in.is_some(), words::of(lang)) {
        Ok(id) => id,
        Err((errors, token)) => return again(errors, token),
    };
    let email = contacts::normal_email(posted.field("email"))?;
    portal.limits.forms.check(&reader.address)?;
    let is_stranger = signed_in.is_none();
    if is_stranger {
        // Each submission causes a mail to whatever address was typed.
        portal.limits.mails.check(&email)?;
    }
    let signed_in = signed_in.as_ref().map(|one| &one.contact);
    let (ticket, address) = file(store, &posted, &id, &email, signed_in, lang)
        .await
        .inspect_err(|error| {
            // The same form is pressed again while we are the ones who cannot take it.
            if matches!(error, Failed::Core(error) if error.is_transient()) {
                portal.limits.forms.give_back(&reader.address);
                if is_stranger {
                    portal.limits.mails.give_back(&email);
                }
            }
        })?;
    let url = ui::routes::path(ui::routes::TICKET, ticket.id.as_str());
    let body = portal_pages::ticket_thanks(
        &portal.ctx(lang),
        &portal.business(),
        &tickets::number_text(ticket.number),
        address.as_deref().unwrap_or(&email),
        frame.as_ref().map(|frame| (frame, url.as_str())),
    );
    Ok(page(StatusCode::OK, body))
}

/// What is wrong, by field, and the token of the form that is shown again; a new one where there is none.
type Again = (Vec<(String, String)>, Option<String>);

/// The id of a form that a person filled in as it should be.
fn usable(portal: &Portal, posted: &Posted, is_signed_in: bool, words: &words::Words) -> Result<String, Again> {
    let about_all = |text: &str| vec![(String::new(), text.to_owned())];
    let token = posted.field("token").to_owned();
    let id = match check_token(&portal.store, &token) {
        // The same form again, now that a person has had the time to press twice. Who is signed in is known to be
        // one, however quick: what they write was prepared, or filled in by their browser.
        Some((_, age)) if age < QUICKEST && !is_signed_in => {
            return Err((about_all(words.too_fast), Some(token)));
        }
        Some((id, age)) if age <= SLOWEST => id,
        _ => return Err((about_all(words.too_old), None)),
    };
    if !posted.field("website").is_empty() {
        return Err((about_all(words.trap), Some(token)));
    }
    let errors = wrong_fields(posted, words);
    if !errors.is_empty() {
        return Err((errors, Some(token)));
    }
    Ok(id)
}

/// Files what the form says; its ticket, and the address that hears of it.
async fn file(
    store: &Store,
    posted: &Posted,
    id: &str,
    email: &str,
    signed_in: Option<&contacts::Contact>,
    lang: Language,
) -> Result<(tickets::Ticket, Option<String>), Failed> {
    let (identities, address) = match signed_in {
        Some(contact) => {
            let (identities, own) = links::identities(store, contact).await?;
            (identities, own.or(Some(email.to_owned())))
        }
        None => {
            let claim = IdentityClaim {
                kind: IdentityKind::Email,
                value: email.to_owned(),
                verified: false,
            };
            (vec![claim], Some(email.to_owned()))
        }
    };
    let from = Sender {
        identities,
        address: address.clone(),
        name: Some(posted.field("name").to_owned()),
        language: Some(lang),
    };
    let message = InboundMessage {
        subject: Some(posted.field("subject").to_owned()),
        attachments: posted.files.clone(),
        ..written(store, posted.field("text"), from, format!("form:{id}")).await?
    };
    let filed = ingest_one(store, message).await?;
    let (Some(conversation), false) = (filed.conversation, filed.outcome == Outcome::Quarantined) else {
        return Err(Failed::Status(StatusCode::INTERNAL_SERVER_ERROR));
    };
    let ticket = tickets::of_conversation(store.db(), &conversation)
        .await?
        .into_iter()
        .next()
        .ok_or(Error::NotFound)?;
    Ok((ticket, address))
}

fn wrong_fields(posted: &Posted, words: &words::Words) -> Vec<(String, String)> {
    let mut errors = Vec::new();
    let mut wrong = |field: &str, text: &str| errors.push((field.to_owned(), text.to_owned()));
    for (field, most) in [
        ("subject", LONGEST_SUBJECT),
        ("text", LONGEST_TEXT),
        ("name", LONGEST_NAME),
    ] {
        match posted.field(field).chars().count() {
            0 => wrong(field, words.required),
            length if length > most => wrong(field, words.too_long),
            _ => {}
        }
    }
    if posted.field("email").is_empty() {
        wrong("email", words.required);
    } else if contacts::normal_email(posted.field("email")).is_err() {
        wrong("email", words.bad_email);
    }
    if let Some(trouble) = &posted.trouble {
        wrong("files", &trouble_text(trouble, words));
    }
    errors
}

pub(crate) fn trouble_text(trouble: &Trouble, words: &words::Words) -> String {
    let mut said = Vec::new();
    for (words, names) in [
        (words.file_too_large, &trouble.large),
        (words.too_many_files, &trouble.beyond),
    ] {
        if !names.is_empty() {
            said.push(words.replace("{}", &names.join(", ")));
        }
    }
    said.join(" ")
}

/// A contact who is signed in, as the sender of what they write; `language` where the page says which they read.
pub(crate) async fn sender(
    store: &Store,
    contact: &contacts::Contact,
    language: Option<Language>,
) -> conversation::Result<Sender> {
    let (identities, address) = links::identities(store, contact).await?;
    Ok(Sender {
        identities,
        address,
        name: None,
        language,
    })
}

/// What somebody wrote in the portal. By `external_id` the same words that are sent again are known.
pub(crate) async fn written(
    store: &Store,
    text: &str,
    from: Sender,
    external_id: String,
) -> conversation::Result<InboundMessage> {
    let by = (inbox(store).await?.id, Channel::Portal);
    Ok(InboundMessage::saying(
        text.to_owned(),
        from,
        by,
        external_id,
        store.now(),
    ))
}
