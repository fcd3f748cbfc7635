//! Documents in conversations: what the panel beside a conversation offers, and putting a card into it.

use axum::extract::{Path, State};
use axum::response::Response;
use billing::listing::{self, Filter};
use billing::{Billing, DocumentId, customers, notify, words};
use conversation::access::{self, Permission};
use conversation::types::{ContactId, ConversationId, Language, MessageId, is_id};
use ui::inbox_page::InvoiceChoice;
use ui::routes;

use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::Posted;
use crate::auth::see_other;

/// The documents that a contact may see, what is open first; at most six.
pub(crate) async fn choices(
    billing: &Billing,
    contact: &ContactId,
    language: Language,
) -> conversation::Result<Vec<InvoiceChoice>> {
    let db = billing.store.db();
    let today = billing.today().to_string();
    let filter = Filter {
        customers: Some(customers::of_contact(db, contact).await?),
        is_visible: true,
        by_status: true,
        today: today.clone(),
        ..Filter::default()
    };
    let words = words::of(language);
    Ok(listing::list(db, &filter, None, 6)
        .await?
        .into_iter()
        .map(|document| {
            let status = document.status(&today);
            InvoiceChoice {
                url: format!("/billing/documents/{}", document.id),
                id: document.id.to_string(),
                title: portal::client::view::title(&document, language),
                sum: document.currency.format(document.total, language),
                status: words.status(document.kind, status).to_owned(),
                tone: portal::client::view::tone(status),
            }
        })
        .collect())
}

/// POST `document`: the card goes to the customer.
pub(super) async fn drop(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Bill)?;
    let found = access::conversation(app.store.db(), &me.actor(), &ConversationId::from(id)).await?;
    let document = DocumentId::from(form.get("document"));
    let once = form.get("id");
    let message = if is_id(once) {
        MessageId::from(once)
    } else {
        MessageId::from(app.store.env().ulid())
    };
    notify::drop_into(&app.billing, &me.actor(), &found, &document, message, form.get("text")).await?;
    Ok(see_other(&routes::path(routes::CONVERSATION, found.id.as_str())))
}
