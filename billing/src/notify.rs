//! Telling customers: the mail with a document, reminders, thanks for a payment. Mails leave as notices
//! with a link that signs in; whoever prefers WhatsApp gets a message with the document's card there.

use std::collections::BTreeMap;

use conversation::inbound::BlobRef;
use conversation::notices::Look;
use conversation::notifications::{self, News as Told, Sender};
use conversation::outbound::OutboundAttachment;
use conversation::reply::{self, NewReply, ReplyKind};
use conversation::types::{Actor, Language, MessageId};
use conversation::{Error, Result, Tx};
use serde_json::json;

use crate::customers::{self, Customer};
use crate::documents::{self, Document};
use crate::ids::{CustomerId, DocumentId};
use crate::money::Minor;
use crate::settings::{self, Business};
use crate::state::Kind;
use crate::{Billing, card, pdf, telling, words};

/// Where a customer's invoices stand together.
pub(crate) const STATEMENT: &str = "/portal/billing";

/// What a customer is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// Here is a document.
    Sent,
    /// An invoice is or was due, so many days ago; negative before its day.
    Reminder(i64),
    /// A payment of this amount arrived.
    Paid(i64),
    /// A payment of this amount, which was on its way, came to nothing.
    Unpaid(i64),
}

/// The mail as it would be written, for the preview of the settings, too.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The subject.
    pub subject: String,
    /// The words.
    pub text: String,
    /// The words on the button.
    pub button: String,
    /// How it is dressed; without its file.
    pub look: Look,
}

/// What a mail with this news says.
pub fn mail(billing: &Billing, business: &Business, document: &Document, news: News) -> Mail {
    let language = document.language;
    let words = words::of(language);
    let name = billing.business_name(business);
    let kind = words.kind(document.kind);
    let open = document.open();
    let (template, subject, amount) = match news {
        News::Sent => (
            match document.kind {
                Kind::Invoice => words.mail_invoice,
                Kind::Estimate => words.mail_estimate,
                Kind::CreditNote => words.mail_credit,
            },
            format!("{kind} {} {} {name}", document.name(), words.from),
            document.total,
        ),
        News::Reminder(days) => (
            if days > 0 {
                words.remind_after
            } else {
                words.remind_before
            },
            format!("{}: {kind} {}", words.reminder, document.name()),
            open,
        ),
        News::Paid(amount) => (
            words.mail_paid,
            format!("{}: {kind} {}", words.paid_subject, document.name()),
            amount,
        ),
        News::Unpaid(amount) => (
            words.mail_unpaid,
            format!("{}: {kind} {}", words.unpaid_subject, document.name()),
            amount,
        ),
    };
    let text = template
        .replace("{number}", document.name())
        .replace("{amount}", &document.currency.format(amount, language))
        .replace("{due}", &words::day(&document.due_on, language))
        .replace("{business}", &name);
    let shown = card::card(document, language, &billing.today().to_string());
    let button = if document.is_payable() && document.kind == Kind::Invoice {
        words.see_and_pay
    } else {
        words.see
    };
    let footer = [&*name, business.email.trim(), business.phone.trim()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" · ");
    Mail {
        subject,
        text,
        button: button.to_owned(),
        look: Look {
            title: shown.title,
            business: name,
            color: business.color.clone(),
            facts: shown.facts,
            footer,
            ..Look::default()
        },
    }
}

/// Tells the customer of a document; false where they have no address. The PDF is made and stored before
/// the transaction.
pub async fn tell(billing: &Billing, document: &Document, news: News) -> Result<bool> {
    let business = settings::business(billing.store.db(), &billing.store).await?;
    let file = if business.attach_pdf && !matches!(news, News::Paid(_) | News::Unpaid(_)) {
        Some(attachment(billing, document).await?)
    } else {
        None
    };
    let mut tx = billing.store.begin().await?;
    let customer = customers::load(&mut tx, &document.customer_id).await?;
    let is_told = tell_in(&mut tx, billing, &customer, &business, document, news, file).await?;
    tx.commit_any().await?;
    Ok(is_told)
}

/// Thanks the customer for a payment of these invoices, in the transaction that writes it: once, or not at all. A mail,
/// whatever the customer prefers: it is the receipt.
pub(crate) async fn thank_in(tx: &mut Tx, billing: &Billing, paid: &[(DocumentId, Minor)]) -> Result<()> {
    settled_in(tx, billing, paid, true).await
}

/// Says that a payment that was on its way came to nothing, in the transaction that writes it: whoever paid by a slip or a
/// debit believes otherwise.
pub(crate) async fn regret_in(tx: &mut Tx, billing: &Billing, unpaid: &[(DocumentId, Minor)]) -> Result<()> {
    settled_in(tx, billing, unpaid, false).await
}

/// One payment is one piece of news to each customer whose invoices it is of.
async fn settled_in(tx: &mut Tx, billing: &Billing, amounts: &[(DocumentId, Minor)], is_paid: bool) -> Result<()> {
    let business = settings::business(&mut *tx, &billing.store).await?;
    let mut of_customers: BTreeMap<CustomerId, Vec<(Document, Minor)>> = BTreeMap::new();
    for (id, amount) in amounts {
        let document = documents::load(&mut *tx, id).await?;
        let customer = document.customer_id.clone();
        of_customers.entry(customer).or_default().push((document, *amount));
    }
    for (id, invoices) in of_customers {
        let customer = customers::load(&mut *tx, &id).await?;
        let news = match invoices.as_slice() {
            [(document, amount)] => {
                let news = if is_paid {
                    News::Paid(*amount)
                } else {
                    News::Unpaid(*amount)
                };
                whole(billing, &business, document, news, None)
            }
            _ => match together(billing, &business, &invoices, is_paid) {
                Some(news) => news,
                None => continue,
            },
        };
        if is_paid && !business.send_thanks {
            // No mail then; the portal says it all the same.
            let people = customers::who_see(&mut *tx, &customer).await?;
            let people: Vec<_> = people.into_iter().map(|one| (one, Sender::NONE)).collect();
            notifications::tell_in(tx, &news.told, &people).await?;
        } else {
            telling::tell_in(tx, billing, &customer, news).await?;
        }
    }
    Ok(())
}

/// What is told of one payment of several invoices: their sum, and each with its number.
fn together(
    billing: &Billing,
    business: &Business,
    invoices: &[(Document, Minor)],
    is_paid: bool,
) -> Option<telling::News> {
    let (first, _) = invoices.first()?;
    let language = first.language;
    let words = words::of(language);
    let currency = first.currency;
    let amount = currency.format(invoices.iter().map(|(_, amount)| amount).sum(), language);
    let count = invoices.len().to_string();
    let title = words.several.replace("{count}", &count);
    let (template, subject, kind) = if is_paid {
        (words.mail_paid_several, words.paid_subject, "payment-several")
    } else {
        (words.mail_unpaid_several, words.unpaid_subject, "unpaid-several")
    };
    let dressed = mail(billing, business, first, News::Paid(0)).look;
    Some(telling::News {
        told: Told {
            kind: notifications::Kind::Payment,
            words: kind,
            args: json!({ "count": invoices.len(), "amount": amount }),
            path: STATEMENT.to_owned(),
            subject: first.id.to_string(),
        },
        subject: format!("{subject}: {title}"),
        text: template.replace("{amount}", &amount).replace("{count}", &count),
        short: format!("{title} · {amount}"),
        button: words.see_all.to_owned(),
        look: Look {
            title,
            facts: invoices
                .iter()
                .map(|(document, amount)| (document.name().to_owned(), currency.format(*amount, language)))
                .collect(),
            ..dressed
        },
        cards: Vec::new(),
        has_chat: false,
        language,
    })
}

/// The PDF as a stored file.
pub async fn attachment(billing: &Billing, document: &Document) -> Result<OutboundAttachment> {
    let bytes = pdf::of(billing, document).await?;
    let blob: BlobRef = billing.store.put_blob(&bytes).await?;
    Ok(OutboundAttachment {
        name: pdf::file_name(document),
        media_type: "application/pdf".to_owned(),
        blob,
    })
}

/// What the portal shows of it.
fn told(billing: &Billing, document: &Document, news: News) -> Told {
    let language = document.language;
    let amount = match news {
        News::Paid(amount) | News::Unpaid(amount) => amount,
        News::Sent => document.total,
        News::Reminder(_) => document.open(),
    };
    let (kind, words) = match (news, document.kind) {
        (News::Paid(_), _) => (notifications::Kind::Payment, "payment"),
        (News::Unpaid(_), _) => (notifications::Kind::Payment, "unpaid"),
        (News::Reminder(_), _) if document.due_on < billing.today().to_string() => {
            (notifications::Kind::Due, "overdue")
        }
        (News::Reminder(_), _) => (notifications::Kind::Due, "due"),
        (News::Sent, Kind::Estimate) => (notifications::Kind::Invoice, "estimate"),
        (News::Sent, Kind::CreditNote) => (notifications::Kind::Invoice, "credit"),
        (News::Sent, Kind::Invoice) => (notifications::Kind::Invoice, "invoice"),
    };
    Told {
        kind,
        words,
        args: json!({
            "number": document.name(),
            "amount": document.currency.format(amount, language),
            "day": document.due_on,
        }),
        path: card::path(&document.id),
        subject: document.id.to_string(),
    }
}

/// Tells everybody whom it concerns. New documents and receipts are mails, whatever the customer prefers.
async fn tell_in(
    tx: &mut Tx,
    billing: &Billing,
    customer: &Customer,
    business: &Business,
    document: &Document,
    news: News,
    file: Option<OutboundAttachment>,
) -> Result<bool> {
    telling::tell_in(tx, billing, customer, whole(billing, business, document, news, file)).await
}

/// What is told of one document, for every way.
fn whole(
    billing: &Billing,
    business: &Business,
    document: &Document,
    news: News,
    file: Option<OutboundAttachment>,
) -> telling::News {
    let language = document.language;
    let today = billing.today().to_string();
    let mail = mail(billing, business, document, news);
    telling::News {
        told: told(billing, document, news),
        short: format!(
            "{} · {}",
            telling::name_of(document, language),
            words::day(&document.due_on, language)
        ),
        subject: mail.subject,
        text: mail.text,
        button: mail.button,
        look: Look { file, ..mail.look },
        cards: vec![card::card(document, language, &today)],
        has_chat: matches!(news, News::Reminder(_)),
        language,
    }
}

/// Puts a document's card into a conversation whose contact may see it.
///
/// # Errors
/// [`Error::Conflict`] when the contact may not see it; otherwise as [`reply::reply`].
pub async fn drop_into(
    billing: &Billing,
    actor: &Actor,
    conversation: &conversation::conversations::Conversation,
    id: &DocumentId,
    message: MessageId,
    text: &str,
) -> Result<()> {
    let document = documents::load(billing.store.db(), id).await?;
    let may = customers::may_see(billing.store.db(), &conversation.contact_id, &document.customer_id).await?;
    if !may || !document.is_visible() {
        return Err(Error::Conflict(
            "this document is not for this customer: it is a draft or somebody else's".to_owned(),
        ));
    }
    let today = billing.today().to_string();
    let language: Language = conversation.language;
    let new = NewReply {
        cards: vec![card::card(&document, language, &today)],
        ..NewReply::of(message, &conversation.id, ReplyKind::Customer, text.to_owned())
    };
    reply::reply(&billing.store, actor, new).await?;
    Ok(())
}
