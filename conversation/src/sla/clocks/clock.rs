//! One clock, and how it moves; pure.

use serde::Serialize;

use crate::sla::calendar::{self, Calendar};
use crate::sla::kind::ClockKind;
use crate::sla::policies::Policy;
use crate::types::Millis;

/// One clock of a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Clock {
    /// What it measures.
    pub kind: ClockKind,
    /// The policy that it follows.
    pub policy: String,
    /// Business time that is allowed, in milliseconds.
    pub allowed: Millis,
    /// Business time that was used up before it runs now.
    pub spent: Millis,
    /// When it began.
    pub started_at: Millis,
    /// Since when it runs; `None` while it is held or over.
    pub running_since: Option<Millis>,
    /// When it was stopped: answered, solved.
    pub stopped_at: Option<Millis>,
    /// When it runs out, while it runs.
    pub due_at: Option<Millis>,
    /// When it is near its end, while it runs.
    pub warn_at: Option<Millis>,
    /// When somebody was told that it is near.
    pub warned_at: Option<Millis>,
    /// When it was found to have run out.
    pub breached_at: Option<Millis>,
    /// How often it was kept.
    pub kept: i64,
    /// How often it was broken.
    pub broken: i64,
}

/// What a ticket's life says about its clocks.
pub(super) struct Facts {
    /// When a person answered first since the ticket was opened.
    pub(super) answered_at: Option<Millis>,
    /// Since when the customer waits.
    pub(super) waiting_since: Option<Millis>,
    /// The customer has to act: nothing counts.
    pub(super) is_held: bool,
    pub(super) resolved_at: Option<Millis>,
    pub(super) created_at: Millis,
}

/// Where a clock should stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Should {
    /// It has nothing to measure yet.
    NotBe,
    /// It runs, for what began then.
    Run(Millis),
    /// It waits for the customer.
    Hold,
    /// It is over since then.
    Stop(Millis),
}

fn should(kind: ClockKind, facts: &Facts, at: Millis) -> Should {
    if let Some(resolved) = facts.resolved_at {
        return Should::Stop(resolved);
    }
    match kind {
        ClockKind::First => match (facts.answered_at, facts.waiting_since) {
            (Some(answered), _) => Should::Stop(answered),
            (None, _) if facts.is_held => Should::Hold,
            (None, Some(_)) => Should::Run(facts.created_at),
            // Nobody waits for a first answer: an agent opened it while talking.
            (None, None) => Should::NotBe,
        },
        ClockKind::Next => match (facts.answered_at, facts.waiting_since) {
            (None, _) => Should::NotBe,
            (Some(_), _) if facts.is_held => Should::Hold,
            (Some(_), Some(since)) => Should::Run(since.max(facts.created_at)),
            (Some(_), None) => Should::Stop(at),
        },
        ClockKind::Resolution if facts.is_held => Should::Hold,
        ClockKind::Resolution => Should::Run(facts.created_at),
    }
}

impl Clock {
    fn begun(kind: ClockKind, at: Millis) -> Clock {
        Clock {
            kind,
            policy: String::new(),
            allowed: 0,
            spent: 0,
            started_at: at,
            running_since: None,
            stopped_at: None,
            due_at: None,
            warn_at: None,
            warned_at: None,
            breached_at: None,
            kept: 0,
            broken: 0,
        }
    }

    /// Stops counting at a moment.
    pub(super) fn hold(&mut self, calendar: Option<&Calendar>, at: Millis) {
        if let Some(since) = self.running_since.take() {
            self.spent += calendar::between(calendar, since, at);
        }
        (self.due_at, self.warn_at) = (None, None);
    }

    /// Counts from a moment on.
    fn run(&mut self, policy: &Policy, calendar: Option<&Calendar>, from: Millis) {
        self.running_since = Some(from);
        self.due_at = calendar::after(calendar, from, self.allowed - self.spent);
        let near = self.allowed / 100 * policy.warn_percent;
        self.warn_at = calendar::after(calendar, from, near - self.spent).filter(|at| Some(*at) < self.due_at);
    }

    fn stop(&mut self, calendar: Option<&Calendar>, at: Millis) {
        if self.stopped_at.is_some() {
            return;
        }
        self.hold(calendar, at);
        self.stopped_at = Some(at);
        match self.breached_at {
            Some(_) => {}
            // It ran out, and nobody looked before it was stopped: it is broken all the same.
            None if self.spent > self.allowed => {
                self.breached_at = Some(at);
                self.broken += 1;
            }
            None => self.kept += 1,
        }
    }

    /// What it is after an event at a moment; `None` when there is nothing to measure.
    pub(super) fn moved(
        was: Option<&Clock>,
        kind: ClockKind,
        facts: &Facts,
        policy: &Policy,
        calendar: Option<&Calendar>,
        at: Millis,
    ) -> Option<Clock> {
        let allowed = policy.allowed(kind);
        let should = should(kind, facts, at);
        if was.is_none() && (allowed == 0 || !matches!(should, Should::Run(_) | Should::Hold)) {
            return None;
        }
        let mut clock = was.cloned().unwrap_or_else(|| {
            let started = match should {
                Should::Run(from) => from,
                _ => facts.created_at,
            };
            Clock::begun(kind, started)
        });
        match should {
            Should::NotBe | Should::Hold => clock.hold(calendar, at),
            Should::Stop(when) => clock.stop(calendar, when),
            Should::Run(from) => {
                let mut is_fresh = was.is_none();
                if let Some(stopped) = clock.stopped_at {
                    if kind == ClockKind::Next && from > stopped {
                        // The customer wrote again: it is promised again.
                        clock = Clock {
                            kept: clock.kept,
                            broken: clock.broken,
                            ..Clock::begun(kind, from)
                        };
                        is_fresh = true;
                    } else {
                        // Opened again: what was used up stays used up.
                        clock.stopped_at = None;
                        if clock.breached_at.is_none() {
                            clock.kept -= 1;
                        }
                    }
                }
                let is_changed = clock.policy != policy.id || clock.allowed != allowed;
                if is_changed {
                    clock.hold(calendar, at);
                    clock.policy.clone_from(&policy.id);
                    clock.allowed = allowed;
                }
                if allowed == 0 {
                    clock.hold(calendar, at);
                } else {
                    // A new clock counts from its beginning, one that was held from now, and one that
                    // runs goes on by the hours as they are now.
                    let fallback = if is_fresh { from } else { at };
                    let since = clock.running_since.unwrap_or(fallback);
                    clock.run(policy, calendar, since);
                }
                let is_ahead = |moment: Option<Millis>| moment.is_some_and(|moment| moment > at);
                if is_changed && is_ahead(clock.due_at) {
                    // More time than before: it is not broken any more, and may come near again.
                    if clock.breached_at.take().is_some() {
                        clock.broken -= 1;
                    }
                    if is_ahead(clock.warn_at) {
                        clock.warned_at = None;
                    }
                }
            }
        }
        Some(clock)
    }
}
