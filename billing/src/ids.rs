//! Ids and texts as columns.

use conversation::{ids, text_columns};

ids! {
    /// Who is billed.
    CustomerId,
    /// An invoice, an estimate or a credit note.
    DocumentId,
}

text_columns!(
    crate::money::Currency,
    crate::totals::Rounding,
    crate::state::Kind,
    crate::state::State,
    crate::payments::EntryKind,
    crate::payments::EntryState,
    crate::payments::Method,
    crate::customers::Preferred,
);
