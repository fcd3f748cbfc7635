//! Telling customers: by the chat they prefer, else by mail with a link that signs in.

use billing::customers::{self, Customer, Preferred};
use billing::{CustomerId, settings as business};
use conversation::card::Card;
use conversation::db::{On, sql};
use conversation::notices::{self, Look, NewNotice};
use conversation::reply::{self, NewReply, ReplyKind};
use conversation::types::{Actor, ConversationId, MessageId};
use conversation::{Error, Result, Tx, doors};

use crate::Equipment;

/// What a customer is told.
pub(crate) struct News {
    pub(crate) subject: String,
    pub(crate) text: String,
    /// The words on the button.
    pub(crate) button: &'static str,
    /// Where it leads: a path of the portal.
    pub(crate) path: String,
    /// What goes with a chat.
    pub(crate) cards: Vec<Card>,
}

/// The customer, held until they were told.
pub(crate) async fn customer(on: impl On, id: &CustomerId) -> Result<Customer> {
    customers::load(on, id).await
}

/// Tells a customer; false where they have no address. A chat that cannot be written to becomes a mail.
pub(crate) async fn tell_in(tx: &mut Tx, equipment: &Equipment, customer: &Customer, news: News) -> Result<bool> {
    if customer.channel == Preferred::Whatsapp && by_whatsapp(tx, customer, &news).await? {
        return Ok(true);
    }
    let Some(email) = &customer.email else {
        return Ok(false);
    };
    let path = match customers::recipient(&mut *tx, customer).await? {
        Some(contact) => doors::make_in(tx, &contact, Some(&news.path), email).await?,
        None => news.path,
    };
    let billing = &equipment.billing;
    let own = business::business(&mut *tx, &billing.store).await?;
    let name = billing.business_name(&own);
    let look = Look {
        title: news.subject.clone(),
        business: name.clone(),
        color: own.color.clone(),
        footer: name,
        ..Look::default()
    };
    let notice = NewNotice {
        recipient: email.clone(),
        language: customer.language,
        subject: news.subject,
        text: news.text,
        action_label: news.button.to_owned(),
        action_url: format!("{}{path}", billing.public_url),
    };
    Ok(notices::put_dressed_in(tx, notice, &look).await?.is_some())
}

async fn by_whatsapp(tx: &mut Tx, customer: &Customer, news: &News) -> Result<bool> {
    let row: Option<(ConversationId,)> = sql(
        "SELECT v.id FROM conversations v JOIN contacts c ON c.id = v.contact_id
         WHERE v.channel = 'whatsapp' AND v.merged_into IS NULL AND (c.id = $1 OR c.company_id = $2) ORDER BY v.last_message_at DESC LIMIT 1",
    )
    .bind(customer.contact_id.as_ref())
    .bind(customer.company_id.as_ref())
    .optional(&mut *tx)
    .await?;
    let Some((conversation,)) = row else {
        return Ok(false);
    };
    let new = NewReply {
        id: MessageId::from(tx.env().ulid()),
        conversation,
        kind: ReplyKind::Customer,
        text: news.text.clone(),
        cards: news.cards.clone(),
        attachments: Vec::new(),
        seen: None,
    };
    match reply::reply_in(tx, &Actor::System, new).await {
        Ok(_) => Ok(true),
        Err(Error::Invalid(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
