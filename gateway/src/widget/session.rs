//! Who is on the other side: visitors, their tokens, signed identities.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{Extensions, HeaderMap, StatusCode, header};
use conversation::contacts::{self, Identity};
use conversation::events::{EventKind, NewEvent};
use conversation::inboxes::{self, Inbox};
use conversation::types::{Actor, Channel, ContactId, DeliveryState, IdentityKind, Language, MessageKind};
use conversation::{Store, deliveries};
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::{Answer, Refused, json};
use super::identity::{self, Claims};
use super::limits::LARGEST;
use super::settings::WidgetSettings;
use super::store::{self, Visitor};
use super::{Widget, before, proactive, transcript, view};

#[derive(Deserialize)]
struct Begin {
    token: Option<String>,
    identity: Option<String>,
    #[serde(default)]
    language: String,
    #[serde(default)]
    page_url: String,
    #[serde(default)]
    page_title: String,
    #[serde(default)]
    time_zone: String,
    /// The proactive message that opened the chat.
    #[serde(default)]
    proactive: Option<String>,
}

/// The inbox of a key, if it takes messages.
pub(super) async fn inbox(store: &Store, key: &str) -> Answer<Inbox> {
    let inbox = inboxes::find(store.db(), Channel::Webchat, key).await?;
    if inbox.is_enabled {
        Ok(inbox)
    } else {
        Err(Refused::missing())
    }
}

/// The inbox and the visitor of a request with a token.
pub(super) async fn visitor(widget: &Widget, key: &str, headers: &HeaderMap) -> Answer<(Inbox, Visitor)> {
    let store = &widget.app.store;
    let inbox = inbox(store, key).await?;
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or_else(Refused::session)?;
    let visitor = store::visitor(store.db(), &inbox.id, token.trim(), store.now())
        .await?
        .ok_or_else(Refused::session)?;
    Ok((inbox, visitor))
}

/// POST `session`.
pub(super) async fn begin(
    State(widget): State<Widget>,
    Path(key): Path<String>,
    extensions: Extensions,
    body: Bytes,
) -> Answer<Json<Value>> {
    let store = &widget.app.store;
    let begin: Begin = json(&body)?;
    let address = portal::request::address_of(&extensions);
    widget.limits.sessions.check(&address)?;
    let inbox = inbox(store, &key).await?;
    let settings: WidgetSettings = inboxes::settings(store, &inbox.id).await?;
    let language = Language::from_tag(&begin.language).unwrap_or(inbox.language);
    let claims = match begin.identity.as_deref().filter(|token| !token.is_empty()) {
        Some(token) => Some(identity::verify(token, settings.identity_secret(), store.now())?),
        None => None,
    };
    let page = (cut(&begin.page_url, 500), cut(&begin.page_title, 200));
    let page = (page.0.as_str(), page.1.as_str());
    // Users of two sites may have the same number there.
    let user = claims.as_ref().map(|claims| format!("{}/{}", inbox.id, claims.sub));

    let known = match begin.token.filter(|token| !token.is_empty()) {
        Some(token) => {
            let visitor = store::visitor(store.db(), &inbox.id, &token, store.now())
                .await?
                .ok_or_else(Refused::session)?;
            Some((visitor, token))
        }
        None => None,
    };
    let known = match known {
        // A browser that was signed in and is not any more is somebody else's now.
        Some((visitor, _)) if visitor.signed_as.is_some() && user.is_none() => return Err(Refused::session()),
        Some((visitor, token)) => match (&claims, &user) {
            (Some(claims), Some(user)) if !may_become(store, &visitor, claims, user).await? => None,
            _ => Some((visitor, token)),
        },
        None => None,
    };
    let (mut visitor, token) = match known {
        Some((visitor, token)) => (Visitor { language, ..visitor }, token),
        None => {
            widget.limits.visitors.check(&address)?;
            store::add_visitor(store, &inbox.id, language, page).await?
        }
    };
    store::touch(store, &visitor, page).await?;
    if !begin.time_zone.is_empty()
        && let Some(contact) = store::contact(store.db(), &visitor).await?
    {
        conversation::customers::learn_time_zone(store, &contact, &begin.time_zone).await?;
    }
    if let (Some(claims), Some(user)) = (&claims, user) {
        bind(store, &visitor, claims, &user).await?;
        visitor.signed_as = Some(user);
    }
    let mut told = describe(&widget, &inbox, &settings, &visitor, &token).await?;
    open_with(&widget, &inbox, begin.proactive.as_deref(), &mut told).await?;
    Ok(Json(told))
}

fn cut(text: &str, most: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(most).collect()
}

/// What the frame is told.
async fn describe(
    widget: &Widget,
    inbox: &Inbox,
    settings: &WidgetSettings,
    visitor: &Visitor,
    token: &str,
) -> Answer<Value> {
    let store = &widget.app.store;
    // Before the messages, so that nothing falls between them and the stream.
    let position = store.head().await?;
    let contact = store::contact(store.db(), visitor).await?;
    let conversation = match &contact {
        Some(contact) => store::current(store, contact).await?,
        None => None,
    };
    let messages = match (&contact, &conversation) {
        (Some(contact), Some(conversation)) => view::timeline(&widget.app, visitor, contact, &conversation.id).await?,
        _ => Vec::new(),
    };
    if let Some(conversation) = &conversation
        && let Some(last) = messages
            .iter()
            .rev()
            .find(|message| message.kind == MessageKind::Outbound)
    {
        deliveries::mark_seen(store, &conversation.id, &last.message, DeliveryState::Delivered).await?;
    }
    let (name, email, email_verified) = match &contact {
        Some(contact) => about(store, contact).await?,
        None => (None, None, false),
    };
    let asks = match &conversation {
        None => before::told(store, settings, visitor, contact.as_ref()).await?,
        Some(_) => Value::Null,
    };
    // A chat without a colour of its own wears the business's.
    let business = billing::settings::business(store.db(), store).await?;
    let of_business = Some(business.color.as_str()).filter(|color| billing::settings::is_color(color));
    let has_mailbox = inboxes::default_email(store.db()).await?.is_some();
    let can_mail = has_mailbox && email_verified && conversation.as_ref().is_none_or(transcript::is_theirs);
    Ok(json!({
        "token": token,
        "visitor": visitor.visitor,
        "conversation": conversation.map(|conversation| conversation.id),
        "language": visitor.language,
        "greeting": settings.greeting_in(visitor.language),
        "position": position,
        "messages": messages.iter().map(|message| &message.json).collect::<Vec<_>>(),
        "contact": { "name": name, "email": email, "email_verified": email_verified },
        "settings": {
            "name": inbox_name(widget, inbox),
            "color": settings.valid_color().or(of_business),
            "is_online": widget.presence.is_online(store).await?,
            "asks": asks,
            "can_mail": can_mail,
            "ask_email": has_mailbox && email.is_none(),
            "max_upload": LARGEST,
        },
    }))
}

/// Where a chat begins with a proactive message, or is about to, that is its first line and there is no greeting.
async fn open_with(widget: &Widget, inbox: &Inbox, key: Option<&str>, told: &mut Value) -> Answer<()> {
    let has_begun = !told["conversation"].is_null();
    if !has_begun && let Some(opening) = proactive::opening(widget, inbox, key.unwrap_or_default()).await? {
        told["messages"] = json!([view::opening(&widget.app, &opening).await?]);
    }
    if told["messages"][0]["proactive"] == true {
        told["greeting"] = "".into();
    }
    Ok(())
}

/// The name that customers see: the business's, not the one that agents gave the account.
fn inbox_name(widget: &Widget, _: &Inbox) -> String {
    widget.app.business_name()
}

async fn about(store: &Store, contact: &ContactId) -> Answer<(Option<String>, Option<String>, bool)> {
    let known = contacts::load(store.db(), contact).await?;
    let name = Some(known.name).filter(|name| !name.is_empty());
    let identities = contacts::identities(store.db(), contact).await?;
    let verified = identities
        .into_iter()
        .find(|identity| identity.kind == IdentityKind::Email && identity.is_verified);
    match verified {
        Some(identity) => Ok((name, Some(identity.value), true)),
        None => {
            let said = contacts::said(store.db(), contact).await?;
            let email = said.into_iter().find(|(kind, _)| *kind == IdentityKind::Email);
            Ok((name, email.map(|(_, value)| value), false))
        }
    }
}

fn proves_a_person(identity: &Identity) -> bool {
    identity.is_verified && identity.kind != IdentityKind::Visitor
}

/// Whether the browser's past may become this user's: on a shared machine it must not, or two
/// people would become one.
async fn may_become(store: &Store, visitor: &Visitor, claims: &Claims, user: &str) -> Answer<bool> {
    if let Some(before) = &visitor.signed_as {
        return Ok(before == user);
    }
    let Some(contact) = store::contact(store.db(), visitor).await? else {
        return Ok(true);
    };
    let identities = contacts::identities(store.db(), &contact).await?;
    let is_same = |identity: &Identity| match identity.kind {
        IdentityKind::External => identity.value == user,
        IdentityKind::Email => Some(&identity.value) == claims.email.as_ref(),
        IdentityKind::Phone => Some(&identity.value) == claims.phone.as_ref(),
        _ => false,
    };
    let mut proved = identities
        .iter()
        .filter(|identity| proves_a_person(identity))
        .peekable();
    Ok(proved.peek().is_none() || proved.any(is_same))
}

/// Records what the signed identity proves; contacts that turn out to be one person are merged.
async fn bind(store: &Store, visitor: &Visitor, claims: &Claims, user: &str) -> Answer<()> {
    if visitor.signed_as.as_deref() == Some(user) && is_recorded(store, visitor, claims, user).await? {
        return Ok(());
    }
    let mut tx = store.begin().await?;
    store::sign_as_in(&mut tx, visitor, user).await?;
    let by_visitor = contacts::by_identity(&mut tx, IdentityKind::Visitor, &visitor.visitor).await?;
    let by_user = contacts::by_identity(&mut tx, IdentityKind::External, user).await?;
    let name = claims.name.as_deref().unwrap_or_default();
    let mut contact = match by_visitor.or(by_user) {
        Some((contact, _)) => contact.id,
        None => contacts::create_in(&mut tx, &Actor::System, name, Some(visitor.language)).await?,
    };
    let proofs = [
        (IdentityKind::External, Some(user)),
        (IdentityKind::Visitor, Some(visitor.visitor.as_str())),
        (IdentityKind::Email, claims.email.as_deref()),
        (IdentityKind::Phone, claims.phone.as_deref()),
    ];
    for (kind, value) in proofs {
        if let Some(value) = value {
            let actor = Actor::Contact(contact.clone());
            contact = contacts::prove_in(&mut tx, &actor, &contact, kind, value, "signed").await?;
        }
    }
    tx.emit(NewEvent {
        kind: EventKind::ContactUpdated,
        conversation: None,
        subject: contact.to_string(),
        actor: Actor::Contact(contact.clone()),
        data: json!({}),
    });
    tx.commit().await?;
    call(store, &contact, name).await
}

/// What they are called, where nobody said it yet.
pub(super) async fn call(store: &Store, contact: &ContactId, name: &str) -> Answer<()> {
    let known = contacts::load(store.db(), contact).await?;
    if !known.name.is_empty() || name.is_empty() {
        return Ok(());
    }
    let company = match &known.company_id {
        Some(id) => contacts::company_name(store.db(), id).await?,
        None => None,
    };
    let actor = Actor::Contact(contact.clone());
    contacts::edit(store, &actor, contact, name, known.language, company.as_deref()).await?;
    Ok(())
}

/// Whether everything that the identity proves stands already: most pages that are loaded say
/// nothing new.
async fn is_recorded(store: &Store, visitor: &Visitor, claims: &Claims, user: &str) -> Answer<bool> {
    let Some(contact) = store::contact(store.db(), visitor).await? else {
        return Ok(false);
    };
    let identities = contacts::identities(store.db(), &contact).await?;
    let has = |kind: IdentityKind, value: Option<&str>| {
        value.is_none_or(|value| {
            identities
                .iter()
                .any(|identity| identity.kind == kind && identity.value == value && identity.is_verified)
        })
    };
    Ok(has(IdentityKind::External, Some(user))
        && has(IdentityKind::Email, claims.email.as_deref())
        && has(IdentityKind::Phone, claims.phone.as_deref()))
}

/// The visitor's contact, made now where an address is left before the first message.
pub(super) async fn contact_of(store: &Store, visitor: &Visitor) -> Answer<ContactId> {
    if let Some(contact) = store::contact(store.db(), visitor).await? {
        return Ok(contact);
    }
    let mut tx = store.begin().await?;
    let contact = contacts::create_in(&mut tx, &Actor::System, "", Some(visitor.language)).await?;
    let actor = Actor::Contact(contact.clone());
    let contact = contacts::prove_in(
        &mut tx,
        &actor,
        &contact,
        IdentityKind::Visitor,
        &visitor.visitor,
        Channel::Webchat.as_str(),
    )
    .await?;
    tx.commit().await?;
    Ok(contact)
}

/// A status that ends a request without more words.
pub(super) const NOTHING: StatusCode = StatusCode::NO_CONTENT;
