//! The chat widget's messages in the normal form. Pure.

use conversation::card::CardAnswer;
use conversation::inbound::{BlobRef, IdentityClaim, InboundAttachment, InboundMessage, Sender};
use conversation::types::{Channel, IdentityKind, InboxId, Language, Millis};

/// The longest text of one message, in characters.
pub const LONGEST_TEXT: usize = 10_000;
/// The most files of one message.
pub const MOST_FILES: usize = 10;
/// The longest words on a button that come back, in characters.
const LONGEST_LABEL: usize = 200;

/// Why a message of the widget was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The browser's id of the message.
    #[error("`id` must be a ULID: 26 characters of 0-9 and A-Z without I, L, O and U, and not above 7ZZZ…")]
    Id,
    /// Nothing to file.
    #[error("the message is empty: give `text`, `attachments` or `answer`")]
    Empty,
    /// Too much to file.
    #[error("the message has more than {LONGEST_TEXT} characters; send it in parts")]
    TooLong,
    /// Too many to file.
    #[error("a message takes at most {MOST_FILES} files; send the others in a second message")]
    TooManyFiles,
    /// A press on a card that says nothing.
    #[error("`answer.payload` must be `<message>|<value>`, at most 500 characters")]
    Answer,
}

/// Who wrote, as the token proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The visitor's id.
    pub visitor: String,
    /// The name of a signed identity.
    pub name: Option<String>,
    /// The language of the frame.
    pub language: Language,
}

/// What the frame posted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Posted {
    /// The ULID that the browser made.
    pub id: String,
    /// The words.
    pub text: String,
    /// The press on a card: payload and words on the button.
    pub answer: Option<(String, String)>,
    /// Uploaded files: name, media type, stored bytes.
    pub files: Vec<(String, String, BlobRef)>,
}

/// Whether a text is a ULID as browsers make them: upper-case Crockford base 32, 128 bits.
pub fn is_ulid(text: &str) -> bool {
    text.len() == 26
        && text.as_bytes()[0] <= b'7'
        && text.bytes().all(|byte| {
            byte.is_ascii_digit() || (byte.is_ascii_uppercase() && !matches!(byte, b'I' | b'L' | b'O' | b'U'))
        })
}

/// The id that makes a repetition recognisable. The visitor is part of it, so that one browser
/// cannot take another one's id.
pub fn external_id(visitor: &str, id: &str) -> String {
    format!("{visitor}:{id}")
}

/// The browser's id in what [`external_id`] made.
pub fn client_id(external_id: &str) -> Option<&str> {
    external_id.split_once(':').map(|(_, id)| id).filter(|id| is_ulid(id))
}

/// Checks what was posted before anything is looked up for it.
///
/// # Errors
/// The first thing that is wrong; final for this message.
pub fn check(posted: &Posted) -> Result<(), Refusal> {
    if !is_ulid(&posted.id) {
        return Err(Refusal::Id);
    }
    if posted.text.chars().count() > LONGEST_TEXT {
        return Err(Refusal::TooLong);
    }
    if posted.files.len() > MOST_FILES {
        return Err(Refusal::TooManyFiles);
    }
    match &posted.answer {
        Some((payload, _)) if payload.len() > 500 || !payload.contains('|') => Err(Refusal::Answer),
        Some(_) => Ok(()),
        None if posted.text.trim().is_empty() && posted.files.is_empty() => Err(Refusal::Empty),
        None => Ok(()),
    }
}

/// The widget's message in the normal form. The time is the server's: a browser's clock says little.
///
/// # Errors
/// As [`check`].
pub fn normalise(inbox: &InboxId, author: &Author, posted: Posted, now: Millis) -> Result<InboundMessage, Refusal> {
    check(&posted)?;
    let answer = posted.answer.map(|(payload, label)| {
        let label: String = label.chars().filter(|c| !c.is_control()).take(LONGEST_LABEL).collect();
        CardAnswer::from_payload(&payload, &label)
    });
    let text = match &answer {
        // The frame sends the label as the text; an older one sends nothing.
        Some(answer) if posted.text.trim().is_empty() => answer.label.clone(),
        _ => posted.text.trim().to_owned(),
    };
    let from = Sender {
        identities: vec![IdentityClaim {
            kind: IdentityKind::Visitor,
            value: author.visitor.clone(),
            // The token proves which browser it is.
            verified: true,
        }],
        address: None,
        name: author.name.clone(),
        language: Some(author.language),
    };
    let id = external_id(&author.visitor, &posted.id);
    let attachments = posted
        .files
        .into_iter()
        .map(|(name, media_type, blob)| InboundAttachment {
            name,
            media_type,
            inline: false,
            content_id: None,
            blob,
            source: None,
        })
        .collect();
    Ok(InboundMessage {
        attachments,
        answer,
        ..InboundMessage::saying(text, from, (inbox.clone(), Channel::Webchat), id, now)
    })
}

#[cfg(test)]
mod tests;
