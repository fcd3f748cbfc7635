//! What a chat asks before its first message: name, e-mail address and telephone, as the inbox's settings say. Who is
//! known already, or has written before, is not asked.

use std::fmt;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use conversation::contacts::{self, claim, said};
use conversation::telephone;
use conversation::types::{ContactId, IdentityKind, Language};
use conversation::{Store, inboxes};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use ui::i18n;

use super::error::{Answer, Refused, json};
use super::session::{self, NOTHING};
use super::settings::WidgetSettings;
use super::store::{self, Visitor};
use super::{Widget, api};

/// The longest name, in characters.
const LONGEST_NAME: usize = 100;

/// Whether something is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// It is not.
    #[default]
    No,
    /// It may stay empty.
    Optional,
    /// Nobody writes before it is said.
    Required,
}

impl Ask {
    /// All there are, from the least.
    pub const ALL: [Ask; 3] = [Ask::No, Ask::Optional, Ask::Required];

    /// As settings and forms write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Ask::No => "no",
            Ask::Optional => "optional",
            Ask::Required => "required",
        }
    }

    /// What [`Ask::as_str`] wrote.
    pub fn of(text: &str) -> Option<Ask> {
        Ask::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// What may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// What they are called.
    Name,
    /// Where they are written to.
    Email,
    /// Where they are called.
    Phone,
}

impl Asked {
    /// In the order in which they are asked.
    pub const ALL: [Asked; 3] = [Asked::Name, Asked::Email, Asked::Phone];

    /// As requests and forms name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Asked::Name => "name",
            Asked::Email => "email",
            Asked::Phone => "phone",
        }
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What an inbox asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Before {
    /// The name.
    pub name: Ask,
    /// The e-mail address. It is not proved by being said.
    pub email: Ask,
    /// The telephone number. It is not proved by being said.
    pub phone: Ask,
}

impl Before {
    /// Whether one thing is asked.
    pub const fn of(&self, asked: Asked) -> Ask {
        match asked {
            Asked::Name => self.name,
            Asked::Email => self.email,
            Asked::Phone => self.phone,
        }
    }

    /// What is asked of anybody, and whether it must be said.
    pub fn all(&self) -> impl Iterator<Item = (Asked, bool)> {
        let before = *self;
        Asked::ALL
            .into_iter()
            .map(move |asked| (asked, before.of(asked)))
            .filter(|(_, ask)| *ask != Ask::No)
            .map(|(asked, ask)| (asked, ask == Ask::Required))
    }
}

/// What is still to be said by a visitor who has no conversation.
async fn missing(
    store: &Store,
    before: Before,
    visitor: &Visitor,
    contact: Option<&ContactId>,
) -> Answer<Vec<(Asked, bool)>> {
    // The site itself says who they are.
    if visitor.signed_as.is_some() {
        return Ok(Vec::new());
    }
    let mut all: Vec<_> = before.all().collect();
    let Some(contact) = contact.filter(|_| !all.is_empty()) else {
        return Ok(all);
    };
    let name = contacts::load(store.db(), contact).await?.name;
    let mut kinds: Vec<IdentityKind> = contacts::identities(store.db(), contact)
        .await?
        .into_iter()
        .map(|identity| identity.kind)
        .collect();
    kinds.extend(said(store.db(), contact).await?.into_iter().map(|(kind, _)| kind));
    all.retain(|(asked, _)| match asked {
        Asked::Name => name.is_empty(),
        Asked::Email => !kinds.contains(&IdentityKind::Email),
        Asked::Phone => !kinds.contains(&IdentityKind::Phone) && !kinds.contains(&IdentityKind::Whatsapp),
    });
    Ok(all)
}

/// What the frame is told: each thing with whether it must be said; `null` where nothing is asked.
pub(super) async fn told(
    store: &Store,
    settings: &WidgetSettings,
    visitor: &Visitor,
    contact: Option<&ContactId>,
) -> Answer<Value> {
    let missing = missing(store, settings.before, visitor, contact).await?;
    if missing.is_empty() {
        return Ok(Value::Null);
    }
    let told: Map<String, Value> = missing
        .into_iter()
        .map(|(asked, is_required)| (asked.to_string(), is_required.into()))
        .collect();
    Ok(Value::Object(told))
}

/// Refuses the first message of somebody who has not said what must be said.
pub(super) async fn check(
    store: &Store,
    settings: &WidgetSettings,
    visitor: &Visitor,
    contact: Option<&ContactId>,
) -> Answer<()> {
    let missing = missing(store, settings.before, visitor, contact).await?;
    match missing.iter().find(|(_, is_required)| *is_required) {
        None => Ok(()),
        Some((asked, _)) => Err(Refused::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "about",
            format!("this chat asks for `{asked}` first: POST about"),
        )),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct About {
    name: String,
    email: String,
    phone: String,
}

/// POST `about`: what was asked. What is not asked is not taken.
pub(super) async fn about(
    State(widget): State<Widget>,
    Path(key): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<StatusCode> {
    let store = &widget.app.store;
    let (inbox, visitor) = session::visitor(&widget, &key, &headers).await?;
    let about: About = json(&body)?;
    widget.limits.messages.check(&visitor.visitor)?;
    let settings: WidgetSettings = inboxes::settings(store, &inbox.id).await?;
    let contact = store::contact(store.db(), &visitor).await?;
    let missing = missing(store, settings.before, &visitor, contact.as_ref()).await?;
    // All is read before anything is kept.
    let mut read = Vec::new();
    for (asked, is_required) in missing {
        let text = match asked {
            Asked::Name => about.name.trim(),
            Asked::Email => about.email.trim(),
            Asked::Phone => about.phone.trim(),
        };
        match text {
            "" if is_required => return Err(wrong(visitor.language, asked, "before-missing")),
            "" => {}
            text => read.push((asked, value(store, &visitor, asked, text).await?)),
        }
    }
    for (asked, value) in read {
        let contact = session::contact_of(store, &visitor).await?;
        match asked {
            Asked::Name => session::call(store, &contact, &value).await?,
            Asked::Email => api::leave_email(&widget, &visitor, &contact, &value).await?,
            Asked::Phone => {
                claim(store, &contact, IdentityKind::Phone, &value).await?;
            }
        }
    }
    Ok(NOTHING)
}

/// What was typed as it is kept.
async fn value(store: &Store, visitor: &Visitor, asked: Asked, text: &str) -> Answer<String> {
    let read = match asked {
        Asked::Name => {
            let is_name = text.chars().count() <= LONGEST_NAME && !text.chars().any(char::is_control);
            return is_name
                .then(|| text.to_owned())
                .ok_or_else(|| wrong(visitor.language, asked, "before-name-wrong"));
        }
        Asked::Email => contacts::normal_email(text),
        Asked::Phone => telephone::read(text, telephone::home(store.db()).await?),
    };
    let key = match asked {
        Asked::Email => "before-email-wrong",
        _ => "before-phone-wrong",
    };
    read.map_err(|_| wrong(visitor.language, asked, key))
}

/// A refusal in the visitor's words, which the frame shows at the field.
fn wrong(lang: Language, asked: Asked, key: &str) -> Refused {
    Refused::of_field(asked.as_str(), i18n::t(lang, key).into_owned())
}

/// For the page of the frame: what anybody may be asked.
pub(super) fn asked_of_anybody(settings: &WidgetSettings) -> Vec<&'static str> {
    settings.before.all().map(|(asked, _)| asked.as_str()).collect()
}
