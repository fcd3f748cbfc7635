//! How far a long work is, for a person at a terminal and for a log.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Shows a line that moves in a terminal; elsewhere a line every few seconds.
pub(crate) struct Progress {
    what: &'static str,
    unit: &'static str,
    total: u64,
    done: u64,
    began: Instant,
    shown: Instant,
    every: Duration,
    moves: bool,
    is_silent: bool,
}

impl Progress {
    /// Of `total` units.
    pub(crate) fn new(what: &'static str, unit: &'static str, total: u64) -> Progress {
        let moves = std::io::stderr().is_terminal();
        let now = Instant::now();
        Progress {
            what,
            unit,
            total,
            done: 0,
            began: now,
            shown: now,
            every: Duration::from_millis(if moves { 100 } else { 5000 }),
            moves,
            is_silent: false,
        }
    }

    /// One that shows nothing, for work in the background.
    pub(crate) fn silent() -> Progress {
        Progress {
            is_silent: true,
            ..Progress::new("", "", 0)
        }
    }

    /// Says what is to be done in all, once it is known.
    pub(crate) fn expect(&mut self, total: u64) {
        self.total = total;
    }

    /// Counts what was done.
    pub(crate) fn add(&mut self, units: u64) {
        self.done += units;
        if self.is_silent || self.shown.elapsed() < self.every {
            return;
        }
        self.shown = Instant::now();
        self.show(if self.moves { "\r" } else { "" }, if self.moves { "" } else { "\n" });
    }

    fn show(&self, before: &str, after: &str) {
        if self.total == 0 {
            let _ = write!(
                std::io::stderr(),
                "{before}{}: {} {}, {} s {after}",
                self.what,
                self.done,
                self.unit,
                self.began.elapsed().as_secs()
            );
            return;
        }
        let share = (self.done * 100).checked_div(self.total).unwrap_or(0).min(100);
        let seconds = self.began.elapsed().as_secs();
        // A terminal that went away does not stop the work.
        let _ = write!(
            std::io::stderr(),
            "{before}{}: {} of {} {} ({share} %), {seconds} s {after}",
            self.what,
            self.done,
            self.total,
            self.unit
        );
    }

    /// The last line.
    pub(crate) fn finish(&self) {
        if !self.is_silent && self.moves {
            self.show("\r", "\n");
        }
    }
}
