//! Replies and notes: with their files and cards, by the chosen way, now or later, and what is to be
//! done with the conversation then.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use conversation::card::{Card, CardKind};
use conversation::conversations::Conversation;
use conversation::desk::{canned, drafts};
use conversation::lifecycle::{Action, act_in};
use conversation::reply::{self, NewReply, ReplyKind, Sending};
use conversation::surveys::by_hand;
use conversation::types::{AttachmentId, Channel, MessageId, Millis};
use conversation::{Error, access, attachments, ways};
use ui::i18n;

use super::came::{Came, Why};
use super::cards;
use super::composing::{self, undo_for};
use super::copies::{self, Copies};
use super::later::{local_time, put_off, wake_at};
use super::outcome::workable;
use super::pages::answer;
use super::uploads::{MOST_FILES, upload};
use super::whatsapp;
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, PostedFiles, Upload, position};

/// The most cards of one message.
const MOST_CARDS: usize = 5;

pub(super) async fn reply(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: PostedFiles,
) -> Result<Response, Failure> {
    let PostedFiles { me, form, files } = posted;
    let found = workable(&app, &me, &id).await?;
    let text = form.get("text").replace("\r\n", "\n");
    let is_note = form.get("kind") == "note";
    let open = canned::open_variables(&text);
    let problem = if !is_note && !open.is_empty() && form.get("anyway").is_empty() {
        Some((StatusCode::UNPROCESSABLE_ENTITY, Why::Open(open)))
    } else {
        let composed = Composed {
            app: &app,
            me: &me,
            conversation: &found,
            form: &form,
            is_note,
        };
        match composed.write(&text, files).await {
            Ok(()) => None,
            Err(Error::Stale { seen, .. }) => Some((StatusCode::CONFLICT, Why::Stale(seen))),
            Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
                let words = failure::words(me.lang, &error);
                Some((StatusCode::UNPROCESSABLE_ENTITY, Why::Refused(words)))
            }
            Err(error) => return Err(error.into()),
        }
    };
    let now = access::conversation(app.store.db(), &me.actor(), &found.id).await?;
    match problem {
        None => answer(&app, &me, &now, StatusCode::OK, Came::Nothing).await,
        Some((status, problem)) => {
            let copies = Some(Copies::of(&form));
            let came = Came::Back {
                text,
                is_note,
                copies,
                problem,
            };
            answer(&app, &me, &now, status, came).await
        }
    }
}

/// One press of the composer's button: what it says, and where.
struct Composed<'a> {
    app: &'a App,
    me: &'a SignedIn,
    conversation: &'a Conversation,
    form: &'a Form,
    is_note: bool,
}

/// How a reply leaves.
struct Leaving {
    /// With the signature.
    text: String,
    sending: Sending,
    /// The conversation as its channel will see it: the way may be another one than the usual.
    toward: Conversation,
}

impl Composed<'_> {
    async fn write(&self, text: &str, files: Vec<Upload>) -> Result<(), Error> {
        let (app, me, form) = (self.app, self.me, self.form);
        let mut taken: Vec<AttachmentId> = form
            .all("attachment")
            .filter(|id| !id.is_empty())
            .map(AttachmentId::from)
            .collect();
        if files.len() + taken.len() > MOST_FILES || form.all("card").count() > MOST_CARDS {
            return Err(self.refused("error-too-large"));
        }
        let cards = self.cards().await?;
        let mut leaving = self.leaving(text.trim()).await?;
        for file in &files {
            taken.push(upload(app, me, file).await?);
        }
        if !self.is_note {
            self.fit_channel(&mut leaving, &taken).await?;
        }
        let new = NewReply {
            id: MessageId::from(match form.get("id") {
                "" => app.store.env().ulid(),
                given => given.to_owned(),
            }),
            conversation: self.conversation.id.clone(),
            kind: if self.is_note {
                ReplyKind::Note
            } else {
                ReplyKind::Customer
            },
            text: leaving.text,
            cards,
            attachments: taken,
            seen: Some(position(form.get("seen_position"))),
        };
        self.commit(new, leaving.sending).await
    }

    fn refused(&self, key: &str) -> Error {
        Error::Invalid(i18n::t(self.me.lang, key).into_owned())
    }

    async fn cards(&self) -> Result<Vec<Card>, Error> {
        let mut given: Vec<Card> = Vec::new();
        for value in self.form.all("card") {
            let card = cards::make(self.app, self.me, self.conversation, value).await?;
            let card = card.ok_or_else(|| self.refused("compose-card-gone"))?;
            if card.kind == CardKind::Survey && self.is_note {
                return Err(self.refused("compose-card-survey-note"));
            }
            // Asked twice in one message is asked once.
            if card.kind != CardKind::Survey || given.iter().all(|known| known.kind != CardKind::Survey) {
                given.push(card);
            }
        }
        Ok(given)
    }

    /// By which way it leaves, when, to whom besides, and signed by whom. A note does not leave.
    async fn leaving(&self, text: &str) -> Result<Leaving, Error> {
        let mut leaving = Leaving {
            text: text.to_owned(),
            sending: Sending::default(),
            toward: self.conversation.clone(),
        };
        if self.is_note {
            return Ok(leaving);
        }
        let ways = ways::of(self.app.store.db(), self.conversation).await?;
        let Some(way) = composing::chosen(&ways, self.form.get("way")) else {
            return Ok(leaving);
        };
        let signature = composing::signature(&self.app.store, self.me, way, self.conversation).await?;
        if !signature.is_empty() {
            leaving.text.push_str("\n\n-- \n");
            leaving.text.push_str(&signature);
        }
        let sending = &mut leaving.sending;
        if !way.is_usual {
            sending.by = Some((way.inbox.clone(), way.recipient.clone()));
            leaving.toward.inbox_id = way.inbox.clone();
            leaving.toward.channel = way.channel;
            leaving.toward.reply_address = Some(way.recipient.clone());
        }
        sending.send_at = leaves_at(self.me, self.form, way.channel)?;
        if way.channel == Channel::Email {
            let copies = Copies::of(self.form);
            sending.cc = copies::addresses(&copies.cc);
            sending.bcc = copies::addresses(&copies.bcc);
        }
        Ok(leaving)
    }

    /// What only its channel knows: its limits, its own kinds of message, what is quoted.
    async fn fit_channel(&self, leaving: &mut Leaving, taken: &[AttachmentId]) -> Result<(), Error> {
        let toward = &leaving.toward;
        let special = whatsapp::special_of(self.form).filter(|_| toward.channel == Channel::Whatsapp);
        let files = attachments::pending(self.app.store.db(), &self.me.actor(), taken).await?;
        if let Err(limit) = whatsapp::check(self.app, toward, &leaving.text, &files, special.as_ref()).await? {
            return Err(Error::Invalid(whatsapp::words(self.me.lang, &limit)));
        }
        leaving.sending.extra = whatsapp::extra_of(special.as_ref());
        // What is quoted has an id on its own channel only.
        if toward.channel == self.conversation.channel {
            leaving.sending.quotes = Some(self.form.get("quotes"))
                .filter(|id| !id.is_empty())
                .map(MessageId::from);
        }
        Ok(())
    }

    /// The message, the surveys that it asks, and what is to be done with the conversation then, in one commit.
    async fn commit(&self, new: NewReply, sending: Sending) -> Result<(), Error> {
        let actor = self.me.actor();
        let id = new.id.clone();
        let asked: Vec<String> = new
            .cards
            .iter()
            .filter(|card| card.kind == CardKind::Survey)
            .map(|card| card.reference.clone())
            .collect();
        let mut tx = self.app.store.begin().await?;
        let replied = reply::reply_in_with(&mut tx, &actor, new, sending).await?;
        if replied.is_repeated {
            return Ok(());
        }
        for card in &asked {
            by_hand::asked_in(&mut tx, &actor, self.conversation, card, &id).await?;
        }
        if let Some(action) = then(self.me, self.form.get("then"))? {
            // Somebody may have resolved it a moment ago: then there is nothing left to snooze.
            match act_in(&mut tx, &actor, &self.conversation.id, action).await {
                Ok(_) | Err(Error::Invalid(_)) => {}
                Err(error) => return Err(error),
            }
        }
        drafts::discard_in(&mut tx, &self.me.agent.id, &self.conversation.id).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// When it leaves: at a time that was chosen, else as soon as it can no longer be taken back.
fn leaves_at(me: &SignedIn, form: &Form, channel: Channel) -> Result<Option<Millis>, Error> {
    let at = match form.get("at") {
        "" => {
            let held = if form.get("undo").is_empty() {
                0
            } else {
                undo_for(channel)
            };
            return Ok((held > 0).then_some(me.now + held));
        }
        "time" => local_time(form.get("at_time"), me),
        preset => wake_at(preset, me.now, &me.tz),
    };
    match at {
        Some(at) if at > me.now => Ok(Some(at)),
        _ => Err(Error::Invalid(i18n::t(me.lang, "compose-later-wrong").into_owned())),
    }
}

/// What is to be done with the conversation then.
fn then(me: &SignedIn, choice: &str) -> Result<Option<Action>, Error> {
    let snooze = |until| Some(Action::Snooze { until });
    Ok(match choice {
        "resolve" => Some(Action::Resolve),
        other => match other.strip_prefix("snooze:") {
            Some(choice) => put_off(choice, me.now, &me.tz).and_then(snooze),
            None => None,
        },
    })
}
