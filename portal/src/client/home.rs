//! The statement.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use billing::listing::{self, Cursor, Filter};
use billing::state::Status;
use billing::{statement, words};
use serde::Deserialize;
use ui::client_pages::{self, DocumentRow, Filters, HomeView, Part, SumsCard};
use ui::{i18n, routes};

use super::{Client, view};
use crate::Portal;
use crate::request::{Page, Reader, page};

/// How many documents a page shows.
const SHOWN: i64 = 50;

/// The choice of everything that is still to be paid, whatever its status.
const OPEN: &str = "open";

/// What the list is filtered by.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Choice {
    #[serde(default)]
    pub(super) year: String,
    #[serde(default)]
    pub(super) status: String,
    #[serde(default)]
    sort: String,
    #[serde(default)]
    after: String,
}

impl Choice {
    /// As the list takes it.
    pub(super) fn filter(&self, client: &Client, today: &str) -> Filter {
        Filter {
            customers: Some(client.customers.clone()),
            status: self.status.parse::<Status>().ok(),
            is_open: self.status == OPEN,
            today: today.to_owned(),
            year: self.year.parse().ok(),
            is_visible: true,
            by_status: self.sort == "status",
            ..Filter::default()
        }
    }
}

/// GET `/portal/billing`.
pub(super) async fn show(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Query(choice): Query<Choice>,
) -> Page {
    let client = match Client::open(&portal, &reader, &headers, routes::STATEMENT).await? {
        Ok(client) => client,
        Err(response) => return Ok(response),
    };
    let lang = reader.lang;
    let db = portal.store.db();
    let today = portal.billing.today().to_string();
    let statement = statement::load(db, &client.customers, &today).await?;
    let filter = choice.filter(&client, &today);
    let after = Cursor::from_text(&choice.after);
    let mut documents = listing::list(db, &filter, after.as_ref(), SHOWN + 1).await?;
    let has_more = i64::try_from(documents.len()).unwrap_or(0) > SHOWN;
    documents.truncate(usize::try_from(SHOWN).unwrap_or(0));
    let next = documents.last().filter(|_| has_more).map(|last| {
        format!(
            "{}?year={}&status={}&sort={}&after={}",
            routes::STATEMENT,
            routes::escape(&choice.year),
            routes::escape(&choice.status),
            routes::escape(&choice.sort),
            routes::escape(&Cursor::behind(last, &filter).to_text())
        )
    });
    let sums = statement
        .currencies
        .iter()
        .map(|sums| {
            let money = |amount| sums.currency.format(amount, lang);
            let some = |amount: i64| (amount > 0).then(|| money(amount));
            SumsCard {
                currency: sums.currency.to_string(),
                owed: money(sums.owed),
                has_owed: sums.owed > 0,
                overdue: some(sums.overdue),
                pending: some(sums.pending),
                paid: money(sums.paid),
            }
        })
        .collect();
    let history = statement::history(db, &client.customers, 30)
        .await?
        .into_iter()
        .map(|past| {
            let (text, tone) = view::entry_words(past.kind, past.state, past.method, &past.detail, lang);
            (
                words::day(&past.happened_on, lang),
                past.number.unwrap_or_default(),
                text,
                past.currency.format(past.amount, lang),
                tone,
            )
        })
        .collect();
    let said = words::of(lang);
    let view = HomeView {
        frame: client.frame(&portal, Part::Billing, routes::STATEMENT, None).await?,
        sums,
        filters: Filters {
            years: statement.years.iter().map(ToString::to_string).collect(),
            year: choice.year.clone(),
            statuses: std::iter::once((OPEN.to_owned(), i18n::t(lang, "client-to-pay").into_owned()))
                .chain(
                    said.statuses
                        .iter()
                        // Whether something was looked at is nothing that its reader looks for.
                        .filter(|(status, _)| !matches!(status, Status::Draft | Status::Sent | Status::Viewed))
                        .map(|(status, words)| (status.as_str().to_owned(), (*words).to_owned())),
                )
                .collect(),
            status: choice.status.clone(),
            sort: choice.sort.clone(),
        },
        documents: documents
            .iter()
            .map(|document| DocumentRow {
                status: view::standing(document, lang, &today),
                ..view::row(document, lang, &today, "/portal/documents")
            })
            .collect(),
        next,
        history,
    };
    Ok(page(StatusCode::OK, client_pages::home(&portal.ctx(lang), &view)))
}
