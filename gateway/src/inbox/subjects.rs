//! Mails in a conversation that came under quite another subject than the one before them: most are another matter,
//! which the agent may take out with one press.

use std::collections::HashMap;

use conversation::Result;
use conversation::conversations::{Conversation, Message};
use conversation::db::{Db, sql};
use conversation::thread::is_other_subject;
use conversation::types::{Auto, Channel, MessageId, MessageKind};

/// The new subjects among these messages, which stand in their order, by the mail that brought them.
pub(super) async fn new_in(
    db: &Db,
    conversation: &Conversation,
    messages: &[Message],
) -> Result<HashMap<MessageId, String>> {
    let mails: Vec<(&Message, &str)> = messages
        .iter()
        .filter(|one| one.kind == MessageKind::Inbound && one.channel == Channel::Email && one.auto == Auto::None)
        .filter_map(|one| Some((one, one.subject.as_deref()?)))
        .collect();
    let first = conversation.subject.as_deref().unwrap_or_default();
    let (Some((earliest, _)), true) = (
        mails.first(),
        mails.iter().any(|(_, subject)| is_other_subject(first, subject)),
    ) else {
        return Ok(HashMap::new());
    };
    let before: Option<(String,)> = sql("SELECT subject FROM messages WHERE conversation_id = $1 AND kind = 'inbound' AND channel = 'email' AND auto = 'none' AND subject IS NOT NULL AND (at < $2 OR (at = $2 AND id < $3)) ORDER BY at DESC, id DESC LIMIT 1")
        .bind(&conversation.id)
        .bind(earliest.at)
        .bind(&earliest.id)
        .optional(db)
        .await?;
    // Before the first mail there is only what the conversation is called.
    let mut last = before.map_or_else(|| first.to_owned(), |(subject,)| subject);
    let mut found = HashMap::new();
    for (mail, subject) in mails {
        if is_other_subject(&last, subject) {
            found.insert(mail.id.clone(), subject.to_owned());
        }
        subject.clone_into(&mut last);
    }
    Ok(found)
}
