//! What other parts of the house know of a customer, each in a panel of its own beside the
//! conversation. A part adds itself to [`PROVIDERS`] and is asked whenever a conversation is opened.

use conversation::Result;
use conversation::contacts::Contact;
use conversation::conversations::Conversation;
use futures::future::BoxFuture;
use maud::Markup;

use crate::app::App;
use crate::auth::SignedIn;

/// Answers with a panel (title, what is shown), or nothing where there is nothing to show. It reads
/// a fixed number of rows by an index: it is asked for every conversation that is opened.
pub(crate) type Provider =
    for<'a> fn(&'a App, &'a SignedIn, &'a Conversation, &'a Contact) -> BoxFuture<'a, Result<Option<(String, Markup)>>>;

/// Everybody who has something to show, in the order in which it stands.
pub(crate) const PROVIDERS: &[Provider] = &[
    crate::tickets::panel::provide,
    super::surveys::panel,
    crate::articles::panel,
    crate::equipment::beside::panel,
    crate::notifications::panel,
];

/// All panels. One that fails leaves its place empty and is logged: the conversation is what the
/// reader came for.
pub(super) async fn panels(
    app: &App,
    me: &SignedIn,
    conversation: &Conversation,
    contact: &Contact,
) -> Vec<(String, Markup)> {
    let mut panels = Vec::new();
    for provider in PROVIDERS {
        match provider(app, me, conversation, contact).await {
            Ok(panel) => panels.extend(panel),
            Err(error) => tracing::warn!(%error, conversation = %conversation.id, "a side panel cannot be shown"),
        }
    }
    panels
}
