//! What happened on the account as a CSV, for whoever keeps the customer's books.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use billing::payments::{EntryKind, EntryState};
use billing::period::{self, Movement, Period};
use billing::state::Kind;
use billing::words;
use conversation::types::Language;
use ui::spreadsheet::{self, Cell};
use ui::{i18n, routes};

use super::home::Choice;
use super::{Client, view};
use crate::request::{Page, Reader};
use crate::{Portal, links};

/// The heads of the columns.
const HEAD: [&str; 7] = [
    "client-csv-day",
    "client-csv-what",
    "client-csv-number",
    "client-csv-currency",
    "client-csv-charge",
    "client-csv-payment",
    "client-csv-balance",
];
/// The most rows of one file.
const MOST: i64 = 50_000;

/// Before anything that was ever issued.
const EVER: &str = "1900-01-01";

/// What a movement is, in words.
fn what(one: &Movement, lang: Language) -> String {
    if let Ok(kind) = one.what.parse::<Kind>() {
        return words::of(lang).kind(kind).to_owned();
    }
    match (one.what.parse::<EntryKind>(), one.method) {
        (Ok(kind), Some(method)) => view::entry_words(kind, EntryState::Succeeded, method, &one.detail, lang).0,
        _ => one.what.clone(),
    }
}

/// GET `/portal/billing.csv`: `from`, `to`, `year` as the list takes them; everything until today without.
pub(super) async fn csv(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Query(choice): Query<Choice>,
) -> Page {
    let client = Client::open(&portal, &reader, &headers, routes::STATEMENT).await?;
    portal.limits.downloads.check(client.contact.id.as_str())?;
    let lang = reader.lang;
    let db = portal.store.db();
    let period = choice.period().unwrap_or_else(|| Period {
        from: EVER.to_owned(),
        to: portal.billing.today().to_string(),
    });
    let mut balances: Vec<(billing::money::Currency, i64)> = period::accounts(db, &client.customers, &period)
        .await?
        .into_iter()
        .map(|one| (one.currency, one.before))
        .collect();
    let mut text = spreadsheet::MARK.to_owned();
    let head = HEAD.map(|key| i18n::t(lang, key));
    text.push_str(&spreadsheet::row(lang, head.iter().map(|cell| Cell::Text(cell))));
    // Four of words, three of amounts.
    let mut line = |fields: &[String; 7]| {
        let cells = fields.iter().enumerate().map(|(place, one)| match place {
            0..4 => Cell::Text(one),
            _ => Cell::Number(one),
        });
        text.push_str(&spreadsheet::row(lang, cells));
    };
    for (currency, before) in &balances {
        if *before != 0 {
            let words = i18n::t(lang, "client-before").into_owned();
            let none = String::new;
            let (code, balance) = (currency.to_string(), currency.bare(*before));
            line(&[period.from.clone(), words, none(), code, none(), none(), balance]);
        }
    }
    for one in period::movements(db, &client.customers, &period, MOST).await? {
        let Some((currency, balance)) = balances.iter_mut().find(|(currency, _)| *currency == one.currency) else {
            continue;
        };
        *balance += one.amount;
        let (charge, payment) = match one.amount >= 0 {
            true => (currency.bare(one.amount), String::new()),
            false => (String::new(), currency.bare(-one.amount)),
        };
        let (words, code, balance) = (what(&one, lang), currency.to_string(), currency.bare(*balance));
        line(&[
            one.day.clone(),
            words,
            one.number.clone().unwrap_or_default(),
            code,
            charge,
            payment,
            balance,
        ]);
    }
    let (id, from) = (&client.contact.id, &client.address);
    links::note(&portal.store, id, "downloaded", "CSV", from, &client.agent).await?;
    let since = if period.from == EVER {
        String::new()
    } else {
        format!("-{}", period.from)
    };
    let name = format!("{}{since}-{}.csv", i18n::t(lang, "client-csv-name"), period.to);
    Ok((
        [
            (header::CONTENT_TYPE, spreadsheet::MEDIA_TYPE.to_owned()),
            (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        ],
        text,
    )
        .into_response())
}
