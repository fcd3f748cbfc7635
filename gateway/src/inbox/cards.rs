//! The cards that an agent can put into a message. A new kind is a line of [`KINDS`]: how it is
//! found, and how its card is made.

use std::pin::Pin;

use conversation::card::{Card, CardAction, CardKind};
use conversation::conversations::Conversation;
use conversation::types::{Actor, TicketId};
use conversation::{Error, Result, access, tickets};
use ui::i18n;
use ui::inbox_page::CardChoiceView;
use ui::routes;

use crate::app::App;
use crate::equipment::beside;

type Later<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// One kind of card.
pub(super) struct Kind {
    /// As it is posted: `kind:reference`.
    pub(super) kind: &'static str,
    /// The key of its words.
    pub(super) words: &'static str,
    /// What fits the words that were typed; those that suit the conversation without any.
    find: for<'a> fn(&'a App, &'a Conversation, &'a str) -> Later<'a, Vec<CardChoiceView>>,
    /// The card, frozen, in the customer's language; `None` when the thing is gone or not theirs.
    make: for<'a> fn(&'a App, &'a Conversation, &'a str) -> Later<'a, Option<Card>>,
}

/// Every kind there is.
pub(super) const KINDS: &[Kind] = &[
    Kind {
        kind: "article",
        words: "compose-card-article",
        find: |app, conversation, words| Box::pin(find_articles(app, conversation, words)),
        make: |app, conversation, id| Box::pin(make_article(app, conversation, id)),
    },
    Kind {
        kind: "ticket",
        words: "compose-card-ticket",
        find: |app, conversation, words| Box::pin(find_tickets(app, conversation, words)),
        make: |app, conversation, id| Box::pin(make_ticket(app, conversation, id)),
    },
    Kind {
        kind: "machine",
        words: "compose-card-machine",
        find: |app, conversation, words| Box::pin(beside::find(app, conversation, words)),
        make: |app, conversation, id| Box::pin(beside::make(app, conversation, id)),
    },
];

/// What fits, of one kind.
pub(super) async fn find(
    app: &App,
    conversation: &Conversation,
    kind: &str,
    words: &str,
) -> Result<Vec<CardChoiceView>> {
    match KINDS.iter().find(|known| known.kind == kind) {
        Some(known) => (known.find)(app, conversation, words).await,
        None => Ok(Vec::new()),
    }
}

/// The card of a `kind:reference`.
pub(super) async fn make(app: &App, conversation: &Conversation, value: &str) -> Result<Option<Card>> {
    let Some((kind, reference)) = value.split_once(':') else {
        return Ok(None);
    };
    match KINDS.iter().find(|known| known.kind == kind) {
        Some(known) => (known.make)(app, conversation, reference).await,
        None => Ok(None),
    }
}

/// How many are offered at a time.
const OFFERED: usize = 8;

async fn find_articles(app: &App, conversation: &Conversation, words: &str) -> Result<Vec<CardChoiceView>> {
    let language = conversation.language;
    if words.trim().is_empty() {
        let all = app.knowledge.published(language);
        return Ok(all
            .iter()
            .take(OFFERED)
            .map(|article| CardChoiceView {
                value: format!("article:{}", article.id),
                title: article.title.clone(),
                detail: String::new(),
            })
            .collect());
    }
    let hits = app
        .knowledge
        .search(language, words, OFFERED)
        .map_err(|error| Error::corrupt("search index", error))?;
    Ok(hits
        .into_iter()
        .map(|hit| CardChoiceView {
            value: format!("article:{}", hit.article_id),
            title: hit.title,
            detail: hit.passage.chars().take(160).collect(),
        })
        .collect())
}

async fn make_article(app: &App, conversation: &Conversation, id: &str) -> Result<Option<Card>> {
    let Some(article) = app.knowledge.article(id) else {
        return Ok(None);
    };
    // The same article in the customer's language, where it was translated.
    let article = if article.language == conversation.language {
        article
    } else {
        app.knowledge
            .translations(&article)
            .into_iter()
            .find(|other| other.language == conversation.language)
            .unwrap_or(article)
    };
    let body: String = app
        .knowledge
        .chosen(&article.id, "")
        .map(|candidate| candidate.text())
        .unwrap_or_default();
    Ok(Some(Card {
        kind: CardKind::Article,
        reference: article.id.clone(),
        title: article.title.clone(),
        body: body.chars().take(400).collect(),
        facts: Vec::new(),
        actions: vec![CardAction::Open {
            label: i18n::t(conversation.language, "compose-card-open").into_owned(),
            path: format!("{}/{}/{}", routes::HELP, article.language, article.slug),
        }],
    }))
}

async fn find_tickets(app: &App, conversation: &Conversation, words: &str) -> Result<Vec<CardChoiceView>> {
    let words = words.trim().trim_start_matches(['#', 'T', 't', '-']).to_lowercase();
    let all = tickets::of_conversation(app.store.db(), &conversation.id).await?;
    Ok(all
        .into_iter()
        .rev()
        .filter(|ticket| {
            ticket.number.to_string().starts_with(&words) || ticket.subject.to_lowercase().contains(&words)
        })
        .take(OFFERED)
        .map(|ticket| CardChoiceView {
            value: format!("ticket:{}", ticket.id),
            title: format!("#{} {}", ticket.number, ticket.subject),
            detail: ui::components::ticket_status_name(conversation.language, ticket.status).into_owned(),
        })
        .collect())
}

async fn make_ticket(app: &App, conversation: &Conversation, id: &str) -> Result<Option<Card>> {
    let owner = Actor::Contact(conversation.contact_id.clone());
    let ticket = match access::ticket(app.store.db(), &owner, &TicketId::from(id)).await {
        Ok(ticket) => ticket,
        Err(Error::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let language = conversation.language;
    Ok(Some(Card {
        kind: CardKind::Ticket,
        reference: ticket.id.to_string(),
        title: format!("#{} {}", ticket.number, ticket.subject),
        body: String::new(),
        facts: vec![(
            i18n::t(language, "compose-card-state").into_owned(),
            ui::components::ticket_status_name(language, ticket.status).into_owned(),
        )],
        actions: Vec::new(),
    }))
}
