//! What a turn needs to know of the inbox's menu: whether there is one, and what a chosen entry shows.

use conversation::conversations::{Conversation, Message};
use conversation::inboxes::Inbox;
use conversation::menus::{self, Does, Menu};
use conversation::types::Language;
use conversation::{Result, Store};
use kb::Candidate;

use super::Bot;
use crate::business;
use crate::menu::{self, Found, Picked};

impl Bot {
    /// The menu that this conversation shows: where it is on, and both the question and the answer go by a channel of menus.
    pub(super) async fn menu(
        &self,
        store: &Store,
        inbox: &Inbox,
        conversation: &Conversation,
        message: &Message,
    ) -> Result<Option<Menu>> {
        if ![inbox.channel, conversation.channel, message.channel]
            .into_iter()
            .all(menu::is_shown_by)
        {
            return Ok(None);
        }
        let menu = menus::load(store.db(), &inbox.id).await?;
        Ok(menu.filter(|menu| menu.is_on))
    }

    /// What the chosen entry shows.
    pub(super) async fn found(
        &self,
        store: &Store,
        conversation: &Conversation,
        picked: Option<&Picked<'_>>,
        language: Language,
    ) -> Result<Option<Found>> {
        let Some(Picked::Entry(way)) = picked else {
            return Ok(None);
        };
        Ok(match way.last().map(|entry| &entry.does) {
            Some(Does::Article { article }) => self.article(article, language).map(Box::new).map(Found::Article),
            Some(Does::Answer { about }) => {
                let matter = menu::matter(*about);
                business::answer(&self.sources, store, conversation, matter, language, false)
                    .await?
                    .map(Found::Data)
            }
            _ => None,
        })
    }

    /// An article for customers, in a language where it has that.
    fn article(&self, id: &str, language: Language) -> Option<Candidate> {
        let article = self.knowledge.article(id)?;
        let of_language = self
            .knowledge
            .translations(&article)
            .into_iter()
            .find(|one| one.language == language && one.is_public());
        match of_language {
            Some(translation) => self.knowledge.chosen(&translation.id, &translation.title),
            None => article
                .is_public()
                .then(|| self.knowledge.chosen(id, &article.title))
                .flatten(),
        }
    }
}
