//! Filing what another desk holds, page by page. A conversation that has not changed since it came is not asked
//! for again, so a broken import goes on, and a later one brings what is new.

use std::collections::HashMap;

use anyhow::{Context, Result};
use conversation::Store;
use conversation::inbound::{IdentityClaim, InboundAttachment, InboundMessage, Sender};
use conversation::ingest::Outcome;
use conversation::ingest::past::{self, By, Past, PastContact, PastConversation, Writer};
use conversation::telephone::{self, Country};
use conversation::types::{Actor, Channel, ConversationStatus, LabelId};
use conversation::{contacts, labels};
use serde_json::Value;

use super::api::Api;
use super::chatwoot::Chatwoot;
use super::desk::{Entry, Linked, Person, Thread, Wrote};
use super::freescout::FreeScout;
use super::zammad::Zammad;
use super::{Report, Target};
use crate::backup::progress::Progress;

/// Another desk.
pub(crate) enum Desk {
    /// Chatwoot.
    Chatwoot(Chatwoot),
    /// Zammad.
    Zammad(Zammad),
    /// FreeScout.
    FreeScout(FreeScout),
}

impl Desk {
    fn api(&self) -> &Api {
        match self {
            Desk::Chatwoot(desk) => desk.api(),
            Desk::Zammad(desk) => desk.api(),
            Desk::FreeScout(desk) => desk.api(),
        }
    }

    /// What it is called in the list of what came.
    fn source(&self) -> String {
        let kind = match self {
            Desk::Chatwoot(_) => "chatwoot",
            Desk::Zammad(_) => "zammad",
            Desk::FreeScout(_) => "freescout",
        };
        format!("{kind}:{}", self.api().name())
    }

    async fn people(&mut self, page: usize) -> Result<Option<Vec<Person>>> {
        match self {
            Desk::Chatwoot(desk) => desk.people(page).await,
            Desk::Zammad(desk) => desk.people(page).await,
            Desk::FreeScout(desk) => desk.people(page).await,
        }
    }

    async fn list(&self, page: usize) -> Result<Option<(Vec<Value>, u64)>> {
        match self {
            Desk::Chatwoot(desk) => desk.list(page).await,
            Desk::Zammad(desk) => Ok(desk.list(page).await?.map(|rows| (rows, 0))),
            Desk::FreeScout(desk) => desk.list(page).await,
        }
    }

    async fn thread(&self, row: &Value) -> Result<Result<Thread, &'static str>> {
        match self {
            Desk::Chatwoot(desk) => desk.thread(row).await,
            Desk::Zammad(desk) => desk.thread(row).await,
            Desk::FreeScout(desk) => desk.thread(row).await,
        }
    }
}

/// What is asked for beside the desk itself.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Options {
    /// Only look.
    pub(crate) is_dry: bool,
    /// Conversations come as resolved, whatever they are there.
    pub(crate) is_resolved: bool,
}

/// Files people and conversations of a desk.
///
/// # Errors
/// When the desk or the database refuses for long; calling it again goes on.
pub(crate) async fn import(
    store: &Store,
    target: &Target,
    desk: &mut Desk,
    options: Options,
    progress: &mut Progress,
) -> Result<Report> {
    let source = desk.source();
    let mut filing = Filing {
        store,
        target,
        source: &source,
        home: telephone::home(store.db()).await?,
        options,
        labels: HashMap::new(),
        report: Report {
            is_dry: options.is_dry,
            ..Report::default()
        },
    };
    for page in 1.. {
        let Some(people) = desk.people(page).await? else { break };
        filing.people(&people).await?;
    }
    for page in 1.. {
        let Some((rows, count)) = desk.list(page).await? else {
            break;
        };
        progress.expect(count);
        for row in &rows {
            filing.row(desk, row).await?;
            progress.add(1);
        }
    }
    progress.finish();
    Ok(filing.report)
}

struct Filing<'a> {
    store: &'a Store,
    target: &'a Target,
    source: &'a str,
    /// The country of numbers that are written without their own.
    home: Option<Country>,
    options: Options,
    labels: HashMap<String, LabelId>,
    report: Report,
}

impl Filing<'_> {
    async fn people(&mut self, people: &[Person]) -> Result<()> {
        let all: Vec<PastContact> = people
            .iter()
            .map(|person| PastContact {
                identities: person.identities(self.source, self.home),
                name: person.name.clone(),
                language: None,
                company: person.company.clone(),
            })
            .collect();
        let new = if self.options.is_dry {
            let mut new = 0;
            for one in &all {
                let mut is_known = false;
                for (kind, value) in &one.identities {
                    is_known |= contacts::by_identity(self.store.db(), *kind, value).await?.is_some();
                }
                new += usize::from(!is_known);
            }
            new
        } else {
            let mut new = 0;
            for part in all.chunks(100) {
                new += past::contacts(self.store, part, self.source).await?;
            }
            new
        };
        self.report.contacts += new;
        self.report.contacts_known += all.len() - new;
        Ok(())
    }

    async fn row(&mut self, desk: &Desk, row: &Value) -> Result<()> {
        let key = super::desk::id(&row["id"]).unwrap_or_default();
        let stamp = ["updated_at", "updatedAt", "last_activity_at", "timestamp"]
            .iter()
            .map(|name| &row[*name])
            .find(|value| !value.is_null())
            .map(ToString::to_string)
            .unwrap_or_default();
        let before = past::known(self.store.db(), self.source, "stamp", &key).await?;
        if !stamp.is_empty() && before.as_deref() == Some(stamp.as_str()) {
            self.report.conversations_known += 1;
            return Ok(());
        }
        let thread = match desk.thread(row).await? {
            Ok(thread) => thread,
            Err(why) => {
                self.report.leave_out(why, format!("conversation {key}"));
                return Ok(());
            }
        };
        if thread.entries.is_empty() {
            self.report
                .leave_out("nothing was written in it", format!("conversation {key}"));
            return Ok(());
        }
        if self.options.is_dry {
            let is_new = past::known(self.store.db(), self.source, "conversation", &key)
                .await?
                .is_none();
            self.report.conversations += usize::from(is_new);
            self.report.messages += thread.entries.len();
            self.report.files += thread.entries.iter().map(|entry| entry.files.len()).sum::<usize>();
            for entry in &thread.entries {
                self.writer(&entry.by);
            }
            return Ok(());
        }
        let labels = self.labels(&thread.labels).await?;
        let mut messages = Vec::with_capacity(thread.entries.len());
        for entry in &thread.entries {
            messages.push(self.message(desk.api(), &thread, entry).await?);
        }
        let assignee = thread.assignee.as_ref().map(|email| email.to_lowercase());
        let past = PastConversation {
            source: self.source.to_owned(),
            key: key.clone(),
            status: if self.options.is_resolved {
                ConversationStatus::Resolved
            } else {
                thread.status
            },
            is_spam: thread.is_spam,
            priority: thread.priority,
            assignee: assignee.and_then(|email| self.target.agents.get(&email).cloned()),
            labels,
            messages,
        };
        let filed = past::conversation(self.store, &past)
            .await
            .with_context(|| format!("conversation {key} could not be filed; call it again, it goes on"))?;
        for (past, filed) in past.messages.iter().zip(filed) {
            match filed.outcome {
                Outcome::Created => self.report.conversations += 1,
                Outcome::Duplicate | Outcome::Passed => self.report.messages_known += 1,
                Outcome::Quarantined => self.report.quarantined += 1,
                Outcome::Appended => {}
            }
            if matches!(filed.outcome, Outcome::Created | Outcome::Appended) {
                self.report.messages += 1;
                self.report.files += past.message.attachments.len();
            }
        }
        let mut tx = self.store.begin().await?;
        past::remember_in(&mut tx, self.source, "stamp", &key, &stamp).await?;
        tx.commit_silently().await?;
        Ok(())
    }

    async fn labels(&mut self, names: &[String]) -> Result<Vec<LabelId>> {
        let mut found = Vec::new();
        for name in names {
            let id = match self.labels.get(name) {
                Some(id) => id.clone(),
                None => match labels::create(self.store, &Actor::System, name, None).await {
                    Ok(label) => label.id,
                    Err(conversation::Error::Invalid(why)) => {
                        self.report.leave_out(&why, format!("label {name}"));
                        continue;
                    }
                    Err(error) => return Err(error.into()),
                },
            };
            self.labels.insert(name.clone(), id.clone());
            if !found.contains(&id) {
                found.push(id);
            }
        }
        Ok(found)
    }

    /// Who wrote it, here.
    fn writer(&mut self, by: &Wrote) -> By {
        let mut of = |email: &Option<String>, name: &String| {
            let email = email.as_ref().map(|email| email.to_lowercase());
            let agent = email.as_ref().and_then(|email| self.target.agents.get(email).cloned());
            if agent.is_none() {
                self.report.strangers.insert(email.unwrap_or_else(|| name.clone()));
            }
            Writer {
                agent,
                name: name.clone(),
            }
        };
        match by {
            Wrote::Customer(_) => By::Customer,
            Wrote::Business(email, name) => By::Business(of(email, name)),
            Wrote::Note(email, name) => By::Note(of(email, name)),
        }
    }

    async fn message(&mut self, api: &Api, thread: &Thread, entry: &Entry) -> Result<Past> {
        let by = self.writer(&entry.by);
        let person = match &entry.by {
            Wrote::Customer(Some(other)) if !other.identities(self.source, self.home).is_empty() => other,
            _ => &thread.customer,
        };
        let claims = person
            .identities(self.source, self.home)
            .into_iter()
            .map(|(kind, value)| IdentityClaim {
                kind,
                value,
                verified: false,
            });
        let html = entry.html.as_deref().and_then(channels::email::html::sanitise);
        let text = match (&entry.html, entry.text.is_empty()) {
            (Some(html), true) => channels::email::html::to_text(html),
            _ => entry.text.clone(),
        };
        let mut attachments = Vec::new();
        for file in &entry.files {
            if let Some(one) = self.file(api, &thread.key, file).await? {
                attachments.push(one);
            }
        }
        let id = match &entry.message_id {
            Some(id) => channels::email::normal::usable_id(id),
            None => format!("{}:{}", self.source, entry.key),
        };
        let inbox = &self.target.inbox;
        let from = Sender {
            identities: claims.collect(),
            address: match inbox.channel {
                Channel::Email => thread.customer.email.as_ref().map(|email| email.to_lowercase()),
                _ => None,
            },
            name: Some(person.name.clone()).filter(|name| !name.is_empty()),
            language: None,
        };
        let message = InboundMessage {
            recipients: entry.recipients.clone(),
            subject: thread.subject.clone(),
            html,
            attachments,
            ..InboundMessage::saying(text, from, (inbox.id.clone(), inbox.channel), id, entry.at)
        };
        Ok(Past { message, by })
    }

    /// A file, stored here; what cannot be had is left out and named, the message comes without it.
    async fn file(&mut self, api: &Api, thread: &str, file: &Linked) -> Result<Option<InboundAttachment>> {
        let fetched = match api.file(&file.address).await {
            Ok(fetched) => fetched,
            Err(error) => {
                let what = format!("{} of conversation {thread} ({error:#})", file.name);
                self.report.leave_out("the file could not be fetched", what);
                return Ok(None);
            }
        };
        let blob = self.store.put_blob(&fetched.bytes).await?;
        let said = file.media_type.clone().or(fetched.media_type);
        Ok(Some(InboundAttachment {
            name: file.name.clone(),
            media_type: said.unwrap_or_else(|| "application/octet-stream".to_owned()),
            inline: file.content_id.is_some(),
            content_id: file.content_id.clone(),
            blob,
            source: None,
        }))
    }
}
