//! Ids.

use conversation::ids;

ids! {
    /// Who is billed.
    CustomerId,
    /// An invoice, an estimate or a credit note.
    DocumentId,
}
