//! Documents as cards of a conversation.

use conversation::card::{Card, CardAction, CardKind};
use conversation::types::{Actor, ContactId, Language};
use conversation::{Result, Tx};

use crate::documents::{self, Document};
use crate::ids::DocumentId;
use crate::listing::{self, Filter};
use crate::state::{Kind, State};
use crate::{Billing, customers, words};

/// Where the portal shows a document.
pub fn path(id: &DocumentId) -> String {
    format!("/portal/documents/{id}")
}

/// The card of a document as it stands on this day. Its link opens the portal, which asks who is there;
/// a mail that goes to the customer's own address gets a link that signs in when it is composed.
pub fn card(document: &Document, language: Language, today: &str) -> Card {
    let words = words::of(language);
    let money = |amount| document.currency.format(amount, language);
    let status = document.status(today);
    let mut facts = vec![(words.total.to_owned(), money(document.total))];
    if document.kind == Kind::Invoice && document.open() != document.total && document.open() > 0 {
        facts.push((words.open.to_owned(), money(document.open())));
    }
    if document.pending > 0 {
        facts.push((words.pending.to_owned(), money(document.pending)));
    }
    if document.disputed > 0 {
        facts.push((words.disputed.to_owned(), money(document.disputed)));
    }
    let due = match document.kind {
        Kind::Invoice => Some(words.due),
        Kind::Estimate => Some(words.valid),
        Kind::CreditNote => None,
    };
    if let (Some(label), false) = (due, matches!(document.state, State::Paid | State::Void)) {
        facts.push((label.to_owned(), words::day(&document.due_on, language)));
    }
    facts.push((
        words.status.to_owned(),
        words.standing(document.kind, status).to_owned(),
    ));
    let label = if document.is_payable() && document.kind == Kind::Invoice {
        words.see_and_pay
    } else {
        words.see
    };
    Card {
        kind: CardKind::Invoice,
        reference: document.id.to_string(),
        title: format!("{} {}", words.kind(document.kind), document.name()),
        body: String::new(),
        facts,
        actions: vec![CardAction::Open {
            label: label.to_owned(),
            path: path(&document.id),
        }],
    }
}

/// Draws the cards of a document anew in every conversation that shows it.
pub(crate) async fn refresh_in(tx: &mut Tx, billing: &Billing, actor: &Actor, id: &DocumentId) -> Result<()> {
    let document = documents::load(&mut *tx, id).await?;
    let today = billing.today().to_string();
    conversation::cards::refresh_in(tx, actor, id.as_str(), |language| card(&document, language, &today)).await?;
    Ok(())
}

/// What a contact owes, as cards, what is due first first; at most ten. The caller has made sure that the
/// contact is who they say they are.
pub async fn owed_by(billing: &Billing, contact: &ContactId, language: Language) -> Result<Vec<Card>> {
    let db = billing.store.db();
    let customers = customers::of_contact(db, contact).await?;
    let filter = Filter {
        customers: Some(customers),
        is_open: true,
        ..Filter::default()
    };
    let today = billing.today().to_string();
    let mut documents = listing::list(db, &filter, None, 50).await?;
    documents.sort_by(|a, b| a.due_on.cmp(&b.due_on));
    Ok(documents
        .iter()
        .take(10)
        .map(|document| card(document, language, &today))
        .collect())
}
