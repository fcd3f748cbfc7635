//! The sample knowledge base of a company that leases office machines; the demo uses it.
pub fn articles() {}
