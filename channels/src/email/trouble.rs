//! Why reading a mailbox ends: its server, or our store.

use super::imap::MailboxError;

/// Why reading a mailbox ended.
#[derive(Debug)]
pub(super) enum Trouble {
    Mailbox(MailboxError),
    Store(conversation::Error),
}

impl From<MailboxError> for Trouble {
    fn from(error: MailboxError) -> Self {
        Trouble::Mailbox(error)
    }
}

impl From<conversation::Error> for Trouble {
    fn from(error: conversation::Error) -> Self {
        Trouble::Store(error)
    }
}
