//! The customer's side: ticket form, sign-in by link, tickets.
