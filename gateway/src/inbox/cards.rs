//! The cards that an agent can put into a message. A new kind is a line of [`KINDS`]: how it is
//! found, and how its card is made.

use std::pin::Pin;

use billing::listing;
use billing::{DocumentId, customers, documents};
use conversation::access::Permission;
use conversation::card::{Card, CardAction, CardKind};
use conversation::conversations::Conversation;
use conversation::surveys::by_hand;
use conversation::tickets::list::{self, Among, Sort, State};
use conversation::tickets::number_text;
use conversation::types::{Actor, TicketId};
use conversation::{Error, Result, access, tickets};
use ui::i18n;
use ui::inbox_page::CardChoiceView;
use ui::routes;

use crate::app::App;
use crate::auth::SignedIn;
use crate::equipment::beside;

type Later<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// One kind of card.
pub(super) struct Kind {
    /// As it is posted: `kind:reference`.
    pub(super) kind: &'static str,
    /// The key of its words.
    pub(super) words: &'static str,
    /// Who may send it.
    needs: Permission,
    /// What fits the words that were typed; those that suit the conversation without any. It is said in the
    /// language of the agent who chooses.
    find: for<'a> fn(&'a App, &'a SignedIn, &'a Conversation, &'a str) -> Later<'a, Vec<CardChoiceView>>,
    /// The card, frozen, in the customer's language; `None` when the thing is gone or not theirs.
    make: for<'a> fn(&'a App, &'a Conversation, &'a str) -> Later<'a, Option<Card>>,
}

/// Every kind there is.
pub(super) const KINDS: &[Kind] = &[
    Kind {
        kind: "invoice",
        words: "compose-card-invoice",
        needs: Permission::Books,
        find: |app, me, conversation, words| Box::pin(find_documents(app, me, conversation, words)),
        make: |app, conversation, id| Box::pin(make_document(app, conversation, id)),
    },
    Kind {
        kind: "ticket",
        words: "compose-card-ticket",
        needs: Permission::Work,
        find: |app, me, conversation, words| Box::pin(find_tickets(app, me, conversation, words)),
        make: |app, conversation, id| Box::pin(make_ticket(app, conversation, id)),
    },
    Kind {
        kind: "machine",
        words: "compose-card-machine",
        needs: Permission::Work,
        find: |app, _, conversation, words| Box::pin(beside::find(app, conversation, words)),
        make: |app, conversation, id| Box::pin(beside::make(app, conversation, id)),
    },
    Kind {
        kind: SURVEY,
        words: "compose-card-survey",
        needs: Permission::Work,
        find: |app, me, conversation, words| Box::pin(find_survey(app, me, conversation, words)),
        make: |app, conversation, _| Box::pin(by_hand::card(&app.store, conversation)),
    },
    Kind {
        kind: "article",
        words: "compose-card-article",
        needs: Permission::Work,
        find: |app, _, conversation, words| Box::pin(find_articles(app, conversation, words)),
        make: |app, conversation, id| Box::pin(make_article(app, conversation, id)),
    },
];

/// The kinds that an agent may send.
pub(super) fn kinds(me: &SignedIn) -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().filter(|kind| me.can(kind.needs))
}

/// What fits, of one kind; of every kind, a few of each, where none is said.
pub(super) async fn find(
    app: &App,
    me: &SignedIn,
    conversation: &Conversation,
    kind: &str,
    words: &str,
) -> Result<Vec<CardChoiceView>> {
    let mut found = Vec::new();
    for known in kinds(me).filter(|known| kind.is_empty() || known.kind == kind) {
        let mut of_kind = (known.find)(app, me, conversation, words).await?;
        if kind.is_empty() {
            of_kind.truncate(OF_EACH);
            for one in &mut of_kind {
                one.kind
                    .get_or_insert_with(|| i18n::t(me.lang, known.words).into_owned());
            }
        } else {
            // All are of the kind that was asked for.
            of_kind.iter_mut().for_each(|one| one.kind = None);
        }
        found.append(&mut of_kind);
    }
    Ok(found)
}

/// The card of a `kind:reference`.
pub(super) async fn make(app: &App, me: &SignedIn, conversation: &Conversation, value: &str) -> Result<Option<Card>> {
    let Some((kind, reference)) = value.split_once(':') else {
        return Ok(None);
    };
    match kinds(me).find(|known| known.kind == kind) {
        Some(known) => (known.make)(app, conversation, reference).await,
        None => Ok(None),
    }
}

/// The question how it was, which is asked anew with each message that carries it.
pub(super) const SURVEY: &str = "survey";

async fn find_survey(
    app: &App,
    me: &SignedIn,
    conversation: &Conversation,
    words: &str,
) -> Result<Vec<CardChoiceView>> {
    let title = i18n::t(me.lang, "compose-card-survey").into_owned();
    if !title.to_lowercase().contains(&words.trim().to_lowercase()) {
        return Ok(Vec::new());
    }
    let card = by_hand::card(&app.store, conversation).await?;
    Ok(card
        .into_iter()
        .map(|card| CardChoiceView {
            value: format!("{SURVEY}:new"),
            title: card.title,
            detail: i18n::t(me.lang, "compose-card-survey-hint").into_owned(),
            kind: None,
        })
        .collect())
}

/// How many are offered at a time.
const OFFERED: usize = 8;
/// How many of each kind, where all kinds are offered together.
const OF_EACH: usize = 3;
/// How many of a customer's tickets are looked through for words.
const LOOKED_AT: i64 = 200;

/// The documents that the conversation's customer may see, what is open first.
async fn find_documents(
    app: &App,
    me: &SignedIn,
    conversation: &Conversation,
    words: &str,
) -> Result<Vec<CardChoiceView>> {
    let db = app.store.db();
    let today = app.billing.today().to_string();
    let filter = listing::Filter {
        customers: Some(customers::of_contact(db, &conversation.contact_id).await?),
        is_visible: true,
        by_status: true,
        today: today.clone(),
        search: words.trim().to_owned(),
        ..listing::Filter::default()
    };
    let said = billing::words::of(me.lang);
    let most = i64::try_from(OFFERED).unwrap_or(8);
    Ok(listing::list(db, &filter, None, most)
        .await?
        .into_iter()
        .map(|document| CardChoiceView {
            value: format!("invoice:{}", document.id),
            title: portal::client::view::title(&document, me.lang),
            detail: format!(
                "{} · {} · {}",
                document.currency.format(document.total, me.lang),
                said.status(document.kind, document.status(&today)),
                billing::words::day(&document.issued_on, me.lang)
            ),
            // An invoice, an estimate or a credit note.
            kind: Some(said.kind(document.kind).to_owned()),
        })
        .collect())
}

async fn make_document(app: &App, conversation: &Conversation, id: &str) -> Result<Option<Card>> {
    match documents::for_contact(app.store.db(), &conversation.contact_id, &DocumentId::from(id)).await {
        Ok(document) => {
            let today = app.billing.today().to_string();
            Ok(Some(billing::card::card(&document, conversation.language, &today)))
        }
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

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
                kind: None,
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
            kind: None,
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

/// The customer's tickets, those of this conversation first, then what changed last.
async fn find_tickets(
    app: &App,
    me: &SignedIn,
    conversation: &Conversation,
    words: &str,
) -> Result<Vec<CardChoiceView>> {
    let words = words.trim().to_lowercase();
    let filter = list::Filter {
        state: State::Any,
        among: Some(Among {
            contacts: vec![conversation.contact_id.clone()],
            ..Among::default()
        }),
        ..list::Filter::default()
    };
    let mut all = list::page(app.store.db(), &filter, Sort::Updated, None, LOOKED_AT).await?;
    all.sort_by_key(|ticket| ticket.conversation_id != conversation.id);
    Ok(all
        .into_iter()
        .filter(|ticket| {
            let number = number_text(ticket.number).to_lowercase();
            number.starts_with(&words)
                || number
                    .trim_start_matches("t-")
                    .starts_with(words.trim_start_matches('#'))
                || ticket.subject.to_lowercase().contains(&words)
        })
        .take(OFFERED)
        .map(|ticket| CardChoiceView {
            value: format!("ticket:{}", ticket.id),
            title: format!("{} {}", number_text(ticket.number), ticket.subject),
            detail: ui::components::ticket_status_name(me.lang, ticket.status).into_owned(),
            kind: None,
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
    Ok(Some(tickets::card::of(conversation.language, &ticket)))
}
