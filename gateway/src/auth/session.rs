//! Who asks: the agent of the session cookie, or somebody to be asked to sign in.

use std::net::IpAddr;

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use conversation::access::{Permission, can};
use conversation::scope::Scope;
use conversation::types::{Actor, AgentId, Language, Millis, Role};
use jiff::tz::TimeZone;
use ui::{Ctx, routes};

use super::failure::Failure;
use crate::app::App;
use crate::people::agents::Agent;
use crate::people::sessions;

/// How long a proof is enough for what matters most (people, keys, privacy), in milliseconds.
pub const PROVED_FOR: Millis = 30 * 60 * 1000;

/// Whoever asks.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The agent and its session, when they are signed in.
    pub agent: Option<(Agent, sessions::Session)>,
    /// The agent's language, else the one that the cookie or the browser names.
    pub lang: Language,
    /// The time zone of the installation (`server.time_zone`): a browser does not say its own.
    pub tz: TimeZone,
    /// Now.
    pub now: Millis,
    /// The anti-forgery token; empty without a session.
    pub csrf: String,
    /// Whether a script asks for a part of a page.
    pub is_fragment: bool,
    /// The window of messages that the page shows: the first one's id, as the page's script says.
    pub shown: Option<String>,
    /// The query of the page that a script asks for, without the question mark; empty where none said.
    pub page_query: String,
    /// The address that the connection comes from.
    pub peer: Option<IpAddr>,
    /// Where they are, to come back to.
    pub(super) here: String,
}

impl Visitor {
    /// Whether the address is one of the portal's.
    pub(super) fn is_in_portal(&self) -> bool {
        self.here.starts_with(routes::PORTAL)
    }

    /// What components need to know.
    pub fn ctx(&self) -> Ctx<'_> {
        Ctx {
            lang: self.lang,
            now: self.now,
            tz: &self.tz,
            csrf: &self.csrf,
        }
    }

    /// The visitor that the guard found.
    pub fn of(request: &Request) -> Result<Visitor, Failure> {
        request.extensions().get::<Visitor>().cloned().ok_or(Failure::Unguarded)
    }

    /// The agent, or the way to the sign-in page.
    pub fn signed_in(self) -> Result<SignedIn, Failure> {
        match self.agent {
            Some((agent, session)) => Ok(SignedIn {
                agent,
                session,
                lang: self.lang,
                tz: self.tz,
                now: self.now,
                csrf: self.csrf,
                is_fragment: self.is_fragment,
                shown: self.shown,
                page_query: self.page_query,
            }),
            None => Err(Failure::SignIn { next: self.here }),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        parts.extensions.get::<Visitor>().cloned().ok_or(Failure::Unguarded)
    }
}

/// An agent who is signed in. Pages without one lead to the sign-in page, fragments answer 401.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The agent.
    pub agent: Agent,
    /// Their session.
    pub session: sessions::Session,
    /// Their language.
    pub lang: Language,
    /// The time zone that they read times in: their own, else that of the business.
    pub tz: TimeZone,
    /// Now.
    pub now: Millis,
    /// The session's anti-forgery token.
    pub csrf: String,
    /// Whether a script asks for a part of a page.
    pub is_fragment: bool,
    /// The window of messages that the page shows: the first one's id, as the page's script says.
    pub shown: Option<String>,
    /// The query of the page that a script asks for, without the question mark; empty where none said.
    pub page_query: String,
}

impl SignedIn {
    /// What components need to know.
    pub fn ctx(&self) -> Ctx<'_> {
        Ctx {
            lang: self.lang,
            now: self.now,
            tz: &self.tz,
            csrf: &self.csrf,
        }
    }

    /// The agent as the author of what they do.
    pub fn actor(&self) -> Actor {
        Actor::Agent(self.agent.id.clone())
    }

    /// What the lists are narrowed to: a coordinator's companies, the inboxes that one works in.
    pub fn scope(&self) -> Option<Scope> {
        self.agent.scope()
    }

    /// Whose companies are all that is shown of companies: a coordinator's own.
    pub fn companies(&self) -> Option<AgentId> {
        (self.agent.role == Role::Coordinator).then(|| self.agent.id.clone())
    }

    /// Whether their role includes it.
    pub fn can(&self, permission: Permission) -> bool {
        can(self.agent.role, permission)
    }

    /// Refuses when they proved too long ago who they are; `next` is the page to come back to.
    pub fn fresh(&self, next: &str) -> Result<(), Failure> {
        if self.now - self.session.proved_at < PROVED_FOR {
            Ok(())
        } else {
            Err(Failure::Again { next: next.to_owned() })
        }
    }

    /// Refuses when their role does not include it.
    pub fn must(&self, permission: Permission) -> Result<(), Failure> {
        if self.can(permission) {
            Ok(())
        } else {
            Err(Failure::Forbidden)
        }
    }
}

impl<S: Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        Visitor::from_request_parts(parts, state).await?.signed_in()
    }
}

/// The anti-forgery token of a session: bound to it by the instance key.
pub fn csrf(app: &App, session: &sessions::Session) -> String {
    let name: String = session.id.chars().take(16).collect();
    app.store.keys().sign("csrf", &name)
}
