//! What a mail comes to once it is read.

use conversation::inbound::Bounce;
use conversation::letters::turns_direction;
use conversation::types::{Auto, Language};
use jiff::Timestamp;
use serde::Serialize;

use super::calendar::Invitation;
use crate::email::cut;
use crate::email::headers::Headers;

/// How many files of one mail are listed.
pub(super) const MAX_ATTACHMENTS: usize = 1_000;

/// One mail, read.
#[derive(Debug, Clone)]
pub struct ParsedMail {
    /// The Message-ID without angle brackets, or `sha256-<hex>@missing`.
    pub message_id: String,
    /// The ids of In-Reply-To.
    pub in_reply_to: Vec<String>,
    /// The ids of References, oldest first.
    pub references: Vec<String>,
    /// The subject, decoded.
    pub subject: Option<String>,
    /// The sender.
    pub from: Option<MailAddress>,
    /// Who it was addressed to.
    pub to: Vec<MailAddress>,
    /// Who got a copy.
    pub cc: Vec<MailAddress>,
    /// Who got a copy that nobody else sees: only the sender's own copy says it.
    pub bcc: Vec<MailAddress>,
    /// Where answers should go.
    pub reply_to: Vec<MailAddress>,
    /// When the sender says it was sent.
    pub date: Option<Timestamp>,
    /// The whole body as text.
    pub text: String,
    /// What the sender wrote now.
    pub reply: String,
    /// The body as sanitised HTML.
    pub html: Option<String>,
    /// The files.
    pub attachments: Vec<MailAttachment>,
    /// Whether a person wrote it.
    pub auto: Auto,
    /// What a delivery status notification says.
    pub bounce: Option<Bounce>,
    /// A notification that says the mail is only late, not lost.
    pub is_delayed: bool,
    /// The language of the reply.
    pub language: Option<Language>,
    /// Why a person should look at it.
    pub quarantined: Option<String>,
    /// The addresses it was delivered to, from Delivered-To, X-Original-To, Envelope-To and the
    /// like: the ones that carry a reply token even when To does not.
    pub delivered_to: Vec<String>,
    /// Whether the receiving server says that the sender's address is forged (RFC 8601).
    pub is_forged: bool,
    /// A meeting that it invites to, answers or cancels.
    pub invitation: Option<Invitation>,
    /// Somebody signed it (S/MIME or PGP); nothing is verified.
    pub is_signed: bool,
    /// It cannot be read without a key (S/MIME or PGP).
    pub is_encrypted: bool,
    /// The mail inside, when this one forwards it.
    pub forwarded: Option<Forwarded>,
    /// Outlook's id of the thread.
    pub thread_index: Option<ThreadIndex>,
    /// The header fields.
    pub headers: Headers,
}

/// A name and an address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct MailAddress {
    /// The display name.
    pub name: Option<String>,
    /// The address as written.
    pub address: String,
}

/// Thread-Index ([MS-OXOMSG] 2.2.1.3): its first 22 bytes are the same in the whole thread, and each
/// answer adds five.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadIndex {
    /// The bytes that name the thread, lower-case hexadecimal.
    pub id: String,
    /// Whether the mail is the first of its thread.
    pub begins: bool,
}

/// One file of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailAttachment {
    /// The file name as sent, without any path, or one made from the type.
    pub name: String,
    /// The media type.
    pub media_type: String,
    /// Shown inside the body.
    pub inline: bool,
    /// The Content-ID without angle brackets.
    pub content_id: Option<String>,
    /// SHA-256 of the bytes, lower-case hexadecimal.
    pub sha256: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl ParsedMail {
    pub(super) fn empty(headers: Headers) -> ParsedMail {
        ParsedMail {
            message_id: String::new(),
            in_reply_to: Vec::new(),
            references: Vec::new(),
            subject: None,
            from: None,
            to: Vec::new(),
            cc: Vec::new(),
            bcc: Vec::new(),
            reply_to: Vec::new(),
            date: None,
            text: String::new(),
            reply: String::new(),
            html: None,
            attachments: Vec::new(),
            auto: Auto::None,
            bounce: None,
            is_delayed: false,
            language: None,
            quarantined: None,
            delivered_to: Vec::new(),
            is_forged: false,
            invitation: None,
            is_signed: false,
            is_encrypted: false,
            forwarded: None,
            thread_index: None,
            headers,
        }
    }
}

/// The mail that was passed on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Forwarded {
    /// Who had written it; the address is empty where the program gave only a name.
    pub from: Option<MailAddress>,
    /// To whom, as written.
    pub to: Option<String>,
    /// Its subject.
    pub subject: Option<String>,
    /// Its date, as written.
    pub date: Option<String>,
    /// Its words.
    pub body: String,
    /// What the one who passed it on wrote above it.
    pub comment: String,
}

/// A file name without path, control characters or direction overrides.
pub(crate) fn file_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let name: String = name
        .chars()
        .filter(|c| !c.is_control() && !turns_direction(*c))
        .collect();
    let name = name.trim().trim_start_matches('.');
    cut::truncate(name, 200).to_owned()
}
