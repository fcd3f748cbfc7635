//! Telling a customer: everybody who may see what it is about finds it in the portal; the mail goes to the customer's
//! address and the chat to whoever of them writes by WhatsApp, unless that person chose otherwise.

use conversation::card::Card;
use conversation::conversations::Conversation;
use conversation::db::{On, composed_sql, placeholders, sql};
use conversation::notices::{self, Look, NewNotice};
use conversation::notifications::{self, Kind, News as Told, Sender, Ways};
use conversation::reply::{self, NewReply, ReplyKind};
use conversation::types::{Actor, Channel, ContactId, ConversationId, IdentityKind, InboxId, Language, MessageId};
use conversation::{Error, Result, Tx, access, contacts, doors, inboxes, ways};
use serde_json::Value;

use crate::customers::{self, Customer, Preferred};
use crate::{Billing, words};

/// Characters that a template of WhatsApp's takes; a little is left for the link.
const MOST_OF_TEMPLATE: usize = 900;

/// What a customer is told.
pub struct News {
    /// What the portal shows.
    pub told: Told,
    /// The subject of the mail.
    pub subject: String,
    /// The words of mail and chat.
    pub text: String,
    /// In a few words, for a template of WhatsApp's, where `text` is too long for one.
    pub short: String,
    /// The words on the button.
    pub button: String,
    /// How the mail is dressed.
    pub look: Look,
    /// What goes with a chat.
    pub cards: Vec<Card>,
    /// Whether the customer's chat may carry it; else it is a mail.
    pub has_chat: bool,
    /// The language of the words.
    pub language: Language,
}

/// Tells a customer. False when nobody was reached: no address, and nobody who chose another way.
pub async fn tell_in(tx: &mut Tx, billing: &Billing, customer: &Customer, news: News) -> Result<bool> {
    let people = customers::who_see(&mut *tx, customer).await?;
    let main = customers::recipient(&mut *tx, customer).await?;
    let chat = if news.has_chat && customer.channel == Preferred::Whatsapp {
        chat_of(&mut *tx, &people).await?
    } else {
        None
    };
    let senders: Vec<(ContactId, Sender)> = people
        .into_iter()
        .map(|person| {
            let is_main = main.as_ref() == Some(&person);
            let is_chat = chat.as_ref().is_some_and(|(_, owner)| *owner == person);
            let sender = Sender {
                usual: Ways {
                    mail: is_main && chat.is_none(),
                    whatsapp: is_chat,
                    push: true,
                },
                can: Ways {
                    mail: is_main,
                    whatsapp: is_chat,
                    push: true,
                },
            };
            (person, sender)
        })
        .collect();
    let told = notifications::tell_in(tx, &news.told, &senders).await?;
    let mut is_chatted = false;
    if let Some((conversation, owner)) = &chat {
        let wants = told_of(&senders, &told, owner).is_some_and(|told| told.whatsapp);
        is_chatted = wants && by_whatsapp(tx, billing, conversation, &news).await?;
    }
    let mine = main.as_ref().and_then(|main| told_of(&senders, &told, main));
    let is_mailed = match mine {
        Some(told) if told.is_chosen => told.mail,
        // A chat that cannot be written to becomes a mail.
        _ => !is_chatted,
    } && by_mail(tx, billing, customer, main.as_ref(), &news).await?;
    Ok(is_chatted || is_mailed || told.iter().any(|told| told.is_chosen))
}

fn told_of(
    senders: &[(ContactId, Sender)],
    told: &[notifications::Told],
    person: &ContactId,
) -> Option<notifications::Told> {
    let place = senders.iter().position(|(known, _)| known == person)?;
    told.get(place).copied()
}

async fn by_mail(
    tx: &mut Tx,
    billing: &Billing,
    customer: &Customer,
    main: Option<&ContactId>,
    news: &News,
) -> Result<bool> {
    let Some(email) = &customer.email else {
        return Ok(false);
    };
    let path = &news.told.path;
    let path = match main {
        Some(contact) => doors::make_in(tx, contact, Some(path), email).await?,
        None => path.clone(),
    };
    let mut look = news.look.clone();
    if let Some(contact) = main {
        look.stop = stop(billing, contact, news.told.kind, news.language);
    }
    let notice = NewNotice {
        recipient: email.clone(),
        language: news.language,
        subject: news.subject.clone(),
        text: news.text.clone(),
        action_label: news.button.clone(),
        action_url: format!("{}{path}", billing.public_url),
    };
    Ok(notices::put_dressed_in(tx, notice, &look).await?.is_some())
}

/// The words and the address that end mails of a kind for somebody, where one press may.
pub fn stop(billing: &Billing, contact: &ContactId, kind: Kind, language: Language) -> Option<(String, String)> {
    kind.ends_by_link().then(|| {
        let path = notifications::stop_path(billing.store.keys(), contact, kind);
        let words = notifications::stop_words(language).to_owned();
        (words, format!("{}{path}", billing.public_url))
    })
}

/// The newest WhatsApp conversation of these people, and whose it is.
pub async fn chat_of(on: impl On, people: &[ContactId]) -> Result<Option<(ConversationId, ContactId)>> {
    if people.is_empty() {
        return Ok(None);
    }
    let list = placeholders(1, people.len(), 0);
    composed_sql(format!(
        "SELECT id, contact_id FROM conversations WHERE channel = 'whatsapp' AND merged_into IS NULL AND contact_id IN {list} ORDER BY last_message_at DESC, id DESC LIMIT 1"
    ))
    .bind_all(people.iter().map(ContactId::as_str))
    .optional(on)
    .await
}

/// Writes into a conversation on WhatsApp: freely while its window is open, else what fits into the template of its
/// inbox. False where it cannot carry it: nothing is written then.
pub async fn by_whatsapp(tx: &mut Tx, billing: &Billing, id: &ConversationId, news: &News) -> Result<bool> {
    let conversation = access::conversation(&mut *tx, &Actor::System, id).await?;
    let now = tx.now();
    let is_open = ways::is_window_open(&mut *tx, &conversation, now).await?;
    let (text, cards) = if is_open {
        (news.text.clone(), news.cards.clone())
    } else if has_template(tx, &conversation).await? {
        let link = format!("{}{}", billing.public_url, news.told.path);
        let fits = news.text.chars().count() <= MOST_OF_TEMPLATE;
        let words = if fits { &news.text } else { &news.short };
        let words: String = words.chars().take(MOST_OF_TEMPLATE).collect();
        (format!("{words}\n{}: {link}", news.button), Vec::new())
    } else {
        return Ok(false);
    };
    let new = NewReply {
        cards,
        ..NewReply::of(
            MessageId::from(tx.env().ulid()),
            &conversation.id,
            ReplyKind::Customer,
            text,
        )
    };
    match reply::reply_in(tx, &Actor::System, new).await {
        Ok(_) => Ok(true),
        Err(Error::Invalid(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether the inbox has a template that carries words once the window is closed.
async fn has_template(tx: &mut Tx, conversation: &Conversation) -> Result<bool> {
    let inbox: InboxId = conversation.inbox_id.clone();
    let settings: Value = inboxes::settings(tx.store(), &inbox).await?;
    let parameters = settings["template"]["parameters"].as_array();
    Ok(parameters.is_some_and(|list| list.iter().any(|one| one == "text")))
}

/// The mail address that somebody proved, else the oldest one that they are known by.
pub async fn address_of(on: impl On, contact: &ContactId) -> Result<Option<String>> {
    let known = contacts::identities(on, contact).await?;
    let emails = || known.iter().filter(|one| one.kind == IdentityKind::Email);
    Ok(emails()
        .find(|one| one.is_verified)
        .or_else(|| emails().next())
        .map(|one| one.value.clone()))
}

/// What a document is called: "Invoice F-12".
pub(crate) fn name_of(document: &crate::documents::Document, language: Language) -> String {
    format!("{} {}", words::of(language).kind(document.kind), document.name())
}

/// What happens to somebody who never chose, for the page that asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usual {
    /// Of new documents and receipts.
    pub documents: Ways,
    /// Of reminders: due invoices, readings, contracts.
    pub reminders: Ways,
    /// Of what is said in a conversation: tickets, visits, surveys.
    pub talk: Ways,
    /// Whether they have an address that mail reaches.
    pub has_mail: bool,
    /// Whether they ever wrote by WhatsApp: nobody else can be written to there.
    pub has_whatsapp: bool,
}

impl Usual {
    /// For a kind.
    pub fn of(&self, kind: Kind) -> Ways {
        match kind {
            Kind::Invoice | Kind::Payment => self.documents,
            Kind::Due | Kind::Reading | Kind::Contract => self.reminders,
            Kind::Ticket | Kind::Visit | Kind::Survey => self.talk,
            Kind::Access => Ways::USUAL,
            Kind::Colleague => Ways::default(),
        }
    }
}

/// What happens to a contact who never chose.
pub async fn usual(on: impl On, contact: &ContactId) -> Result<Usual> {
    let mut on = on;
    let chat = chat_of(&mut on, std::slice::from_ref(contact)).await?;
    let (mut documents, mut reminders) = (Ways::USUAL, Ways::USUAL);
    for id in customers::of_contact(&mut on, contact).await? {
        let customer = customers::load(&mut on, &id).await?;
        if customers::recipient(&mut on, &customer).await?.as_ref() == Some(contact) {
            documents = Ways::MAIL;
            reminders.mail = true;
        }
        if customer.channel == Preferred::Whatsapp && chat.is_some() {
            reminders = Ways::WHATSAPP;
        }
    }
    let last: Option<(Channel,)> = sql("SELECT channel FROM conversations WHERE contact_id = $1 AND merged_into IS NULL ORDER BY last_message_at DESC, id DESC LIMIT 1")
        .bind(contact)
        .optional(&mut on)
        .await?;
    let has_mail = address_of(&mut on, contact).await?.is_some();
    let talk = match last {
        Some((channel,)) => Sender::of_channel(channel).usual,
        None if has_mail => Ways::MAIL,
        None => Ways::USUAL,
    };
    Ok(Usual {
        documents,
        reminders,
        talk,
        has_mail,
        has_whatsapp: chat.is_some(),
    })
}
