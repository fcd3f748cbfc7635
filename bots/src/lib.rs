//! The worker that answers from the knowledge base or hands over to people.
