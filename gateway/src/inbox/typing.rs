//! What customers see of agents who look and write.

use channels::presence::gives_signs;
use conversation::access::Permission;
use conversation::conversations::Conversation;

use crate::app::App;
use crate::auth::SignedIn;

/// Signs that an agent looks at the conversation or writes in it; nobody waits for them.
pub(super) fn sign(app: &App, me: &SignedIn, conversation: &Conversation, is_typing: bool) {
    if !gives_signs(conversation.channel) || !me.can(Permission::Work) {
        return;
    }
    let (app, conversation) = (app.clone(), conversation.clone());
    tokio::spawn(async move { app.presence.show(&app.store, &conversation, is_typing).await });
}
