//! Which trace something belongs to. The core knows no collector: whoever installs one says how to name the trace
//! of this moment and how to make a span part of another one's trace. A trace is named as W3C Trace Context does
//! (`traceparent`), and an event keeps the name of the one that it was made in, so that whatever follows from it,
//! in whichever process, joins it.

use std::sync::OnceLock;

use tracing::Span;

use crate::db::{On, sql};
use crate::error::Result;
use crate::events::Event;
use crate::types::{ConversationId, MessageId};

/// How to speak with the collector of this process.
#[derive(Debug, Clone, Copy)]
pub struct Hooks {
    /// Names the trace and the span of this moment; `None` where none is kept.
    pub current: fn() -> Option<String>,
    /// Makes a span a child of the one that is named.
    pub follow: fn(&Span, &str),
}

static HOOKS: OnceLock<Hooks> = OnceLock::new();

/// Says how. Only the first call counts.
pub fn install(hooks: Hooks) {
    let _ = HOOKS.set(hooks);
}

/// Whether anybody keeps traces.
pub fn is_on() -> bool {
    HOOKS.get().is_some()
}

/// The trace of this moment, as a `traceparent`.
pub fn current() -> Option<String> {
    HOOKS.get().and_then(|hooks| (hooks.current)())
}

/// Makes a new span part of the trace that an event, or what it led to, belongs to.
pub fn follow(span: &Span, parent: Option<&str>) {
    if let (Some(hooks), Some(parent)) = (HOOKS.get(), parent) {
        (hooks.follow)(span, parent);
    }
}

/// Notes in the event's trace that it was passed on to a browser.
pub fn passed(event: &Event, to: &'static str) {
    if event.trace.is_none() || !is_on() {
        return;
    }
    let span = tracing::info_span!(
        target: "trace",
        "passed",
        otel.name = format!("{to} {}", event.kind.as_str()),
        otel.kind = "producer",
        event.position = event.position,
    );
    follow(&span, event.trace.as_deref());
}

/// The trace that a message was written in.
///
/// # Errors
/// When the database cannot be asked.
pub async fn of_message(on: impl On, conversation: &ConversationId, message: &MessageId) -> Result<Option<String>> {
    let found: Option<(Option<String>,)> = sql("SELECT trace FROM events WHERE conversation_id = $1 AND kind = 'message.created' AND subject_id = $2 ORDER BY position DESC LIMIT 1")
        .bind(conversation)
        .bind(message)
        .optional(on)
        .await?;
    Ok(found.and_then(|(trace,)| trace))
}
