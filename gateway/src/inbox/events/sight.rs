//! What one browser is told of: what happens in conversations that its reader sees.

use std::collections::HashSet;

use axum::response::sse::Event;
use conversation::db::Db;
use conversation::events::{self, EventKind};
use conversation::scope::Scope;
use conversation::types::{Actor, ConversationId, Position};
use conversation::{Error, access};

use super::{event, reset};
use crate::app::App;
use crate::auth::SignedIn;
use crate::realtime::{Signal, Update};

/// So many conversations are remembered as told of.
const MOST_TOLD: usize = 5_000;
/// After so many events of what is not seen the browser hears how far the log is, so that it need not begin anew when it
/// comes back.
const MOST_UNTOLD: usize = 500;

/// The sight of a reader, for as long as they are connected.
pub(super) struct Sight {
    db: Db,
    me: SignedIn,
    scope: Option<Scope>,
    /// Conversations that they were told of.
    told: HashSet<ConversationId>,
    /// How many events they were not told of since the last that they were.
    untold: usize,
}

impl Sight {
    pub(super) fn new(app: &App, me: SignedIn) -> Sight {
        Sight {
            db: app.store.db().clone(),
            scope: me.scope(),
            me,
            told: HashSet::new(),
            untold: 0,
        }
    }

    /// What the browser hears of an update.
    pub(super) async fn event(&mut self, update: Update) -> Option<Event> {
        match &update {
            Update::Event(happened) => {
                if happened.kind == EventKind::AgentUpdated && happened.subject_id == self.me.agent.id.as_str() {
                    return self.looks_anew(happened).await;
                }
                if let Some(id) = &happened.conversation_id
                    && !self.is_told(id).await
                {
                    return self.passed_over(happened.position);
                }
                self.untold = 0;
            }
            Update::Signal(signal) => {
                let (Signal::CustomerTyping { conversation, .. }
                | Signal::AgentTyping { conversation, .. }
                | Signal::AgentViewing { conversation, .. }) = signal;
                if !self.sees(conversation).await {
                    return None;
                }
            }
            Update::Reset(_) => {}
        }
        event(&self.me, update)
    }

    /// Somebody changed what the reader may see: their page is drawn anew.
    async fn looks_anew(&mut self, happened: &events::Event) -> Option<Event> {
        let before = self.scope.clone();
        match Scope::of(&self.db, &self.me.agent.id).await {
            Ok(scope) => self.scope = scope,
            Err(error) => tracing::warn!(%error, "what an agent sees could not be read"),
        }
        let is_chosen = matches!(happened.data["action"].as_str(), Some("inboxes" | "companies"));
        if self.scope == before && !is_chosen {
            return event(&self.me, Update::Event(happened.clone().into()));
        }
        self.told.clear();
        Some(reset().id(happened.position.to_string()))
    }

    /// Whether an event of this conversation is for them: they see it, or they did when they were told of it last, so that
    /// it leaves their lists.
    async fn is_told(&mut self, id: &ConversationId) -> bool {
        if self.scope.is_none() {
            return true;
        }
        if self.sees(id).await {
            if self.told.len() >= MOST_TOLD {
                self.told.clear();
            }
            self.told.insert(id.clone());
            return true;
        }
        self.told.remove(id)
    }

    async fn sees(&self, id: &ConversationId) -> bool {
        if self.scope.is_none() {
            return true;
        }
        match access::conversation(&self.db, &Actor::Agent(self.me.agent.id.clone()), id).await {
            Ok(_) => true,
            Err(Error::NotFound) => false,
            Err(error) => {
                tracing::warn!(%error, "whether an agent sees a conversation could not be read");
                false
            }
        }
    }

    fn passed_over(&mut self, position: Position) -> Option<Event> {
        self.untold += 1;
        if self.untold < MOST_UNTOLD {
            return None;
        }
        self.untold = 0;
        Some(Event::default().id(position.to_string()).event("ping").data("{}"))
    }
}
