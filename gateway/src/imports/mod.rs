//! What a business had before: mailboxes as files, and other desks by their API. Everything goes the way of all
//! messages ([`conversation::ingest::past`]), is filed as history, and comes once however often it is called.

pub(crate) mod api;
pub(crate) mod chatwoot;
pub(crate) mod desk;
pub(crate) mod filing;
pub(crate) mod freescout;
pub(crate) mod maildir;
pub(crate) mod mails;
pub(crate) mod mbox;
pub(crate) mod zammad;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use anyhow::{Result, bail};
use conversation::db::sql;
use conversation::inboxes::{self, Inbox};
use conversation::types::{AgentId, Channel};
use conversation::{Error, Store};
use serde::Serialize;

/// What came, and what did not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Report {
    /// Nothing was written.
    pub(crate) is_dry: bool,
    /// People that are new here.
    pub(crate) contacts: usize,
    /// People that were known already.
    pub(crate) contacts_known: usize,
    /// Conversations that began with this.
    pub(crate) conversations: usize,
    /// Conversations that came before and have not changed since.
    pub(crate) conversations_known: usize,
    /// Messages that came.
    pub(crate) messages: usize,
    /// Messages that were here already.
    pub(crate) messages_known: usize,
    /// Files that came.
    pub(crate) files: usize,
    /// Messages that nobody could file; their bytes stand in quarantine.
    pub(crate) quarantined: usize,
    /// People of the business who wrote and have no account here; their name stands beside what they wrote.
    pub(crate) strangers: BTreeSet<String>,
    /// What was left out, by why.
    pub(crate) left_out: BTreeMap<String, usize>,
    /// The first of it, by name.
    pub(crate) examples: Vec<String>,
}

/// As many things that were left out are named.
const EXAMPLES: usize = 20;

impl Report {
    /// Counts something that is left out.
    pub(crate) fn leave_out(&mut self, why: &str, what: impl fmt::Display) {
        *self.left_out.entry(why.to_owned()).or_default() += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(format!("{what}: {why}"));
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = if self.is_dry { "would come" } else { "came" };
        writeln!(
            f,
            "people:        {} {verb}, {} known",
            self.contacts, self.contacts_known
        )?;
        writeln!(
            f,
            "conversations: {} {verb}, {} unchanged since last time",
            self.conversations, self.conversations_known
        )?;
        writeln!(
            f,
            "messages:      {} {verb}, {} here already",
            self.messages, self.messages_known
        )?;
        writeln!(f, "files:         {} {verb}", self.files)?;
        if self.quarantined > 0 {
            writeln!(
                f,
                "quarantine:    {} (Settings → Quarantine shows them)",
                self.quarantined
            )?;
        }
        for (why, count) in &self.left_out {
            writeln!(f, "left out:      {count}: {why}")?;
        }
        for example in &self.examples {
            writeln!(f, "  {example}")?;
        }
        if !self.strangers.is_empty() {
            let names: Vec<&str> = self.strangers.iter().map(String::as_str).collect();
            writeln!(
                f,
                "without an account here, so shown by name: {}\n  (to have what they wrote under their account, `switchboard agent add` them before the import)",
                names.join(", ")
            )?;
        }
        Ok(())
    }
}

/// Where it goes.
pub(crate) struct Target {
    /// The inbox.
    pub(crate) inbox: Inbox,
    /// Agents by address, lower-cased.
    pub(crate) agents: HashMap<String, AgentId>,
}

impl Target {
    /// The inbox of this name, id or address.
    ///
    /// # Errors
    /// When there is none, or it is of another kind than asked for.
    pub(crate) async fn find(store: &Store, name: &str, only: Option<Channel>) -> Result<Target> {
        let all = inboxes::list(store.db()).await?;
        let of_kind = |inbox: &&Inbox| only.is_none_or(|channel| inbox.channel == channel);
        let mut found = None;
        for channel in Channel::ALL
            .iter()
            .filter(|channel| only.is_none_or(|only| only == **channel))
        {
            match inboxes::find(store.db(), *channel, name).await {
                Ok(inbox) => found = found.or(Some(inbox)),
                Err(Error::NotFound) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let Some(inbox) = found else {
            let known: Vec<String> = all.iter().filter(of_kind).map(|inbox| inbox.name.clone()).collect();
            let kind = only.map_or(String::new(), |channel| format!("{channel} "));
            if known.is_empty() {
                bail!("there is no {kind}inbox `{name}`; add one in the settings first (Settings → Inboxes)");
            }
            bail!("there is no {kind}inbox `{name}`; there are: {}", known.join(", "));
        };
        let rows: Vec<(String, AgentId)> = sql("SELECT email, id FROM agents").all(store.db()).await?;
        let agents = rows.into_iter().map(|(email, id)| (email.to_lowercase(), id)).collect();
        Ok(Target { inbox, agents })
    }
}
