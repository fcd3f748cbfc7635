//! The statement.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use billing::documents::Document;
use billing::listing::{self, Cursor, Filter};
use billing::period::{self, Account, Period};
use billing::state::Status;
use billing::statement::Sums;
use billing::words::Words;
use billing::{day, settings, statement, stripe, words};
use conversation::types::Language;
use serde::Deserialize;
use ui::client_pages::{self, DocumentRow, Filters, HomeView, Part, SumsCard};
use ui::components::Tone;
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
    pub(super) from: String,
    #[serde(default)]
    pub(super) to: String,
    #[serde(default)]
    pub(super) status: String,
    #[serde(default)]
    sort: String,
    #[serde(default)]
    after: String,
    /// What just happened.
    #[serde(default)]
    said: String,
}

impl Choice {
    /// The days that are chosen; one that is left out is as early, or as late, as any. A day that is none is not chosen.
    pub(super) fn period(&self) -> Option<Period> {
        let day = |text: &str| day::parse(text).ok().map(|day| day.to_string());
        let (from, to) = (day(&self.from), day(&self.to));
        if let (None, None) = (&from, &to) {
            let year: i16 = self.year.parse().ok().filter(|year| (1900..=9999).contains(year))?;
            return Some(Period {
                from: format!("{year:04}-01-01"),
                to: format!("{year:04}-12-31"),
            });
        }
        Some(Period {
            from: from.unwrap_or_else(|| "1900-01-01".to_owned()),
            to: to.unwrap_or_else(|| "9999-12-31".to_owned()),
        })
    }

    /// Whether days are chosen, and not a year or nothing.
    fn has_days(&self) -> bool {
        day::parse(&self.from).is_ok() || day::parse(&self.to).is_ok()
    }

    /// As the address of a page of the list carries it.
    pub(super) fn query(&self) -> String {
        let part = |name: &str, value: &str| format!("{name}={}", routes::escape(value));
        [
            part("year", &self.year),
            part("from", &self.from),
            part("to", &self.to),
            part("status", &self.status),
            part("sort", &self.sort),
        ]
        .join("&")
    }

    /// As the list takes it.
    pub(super) fn filter(&self, client: &Client, today: &str) -> Filter {
        Filter {
            customers: Some(client.customers.clone()),
            status: self.status.parse::<Status>().ok(),
            is_open: self.status == OPEN,
            today: today.to_owned(),
            period: self.period(),
            is_visible: true,
            by_status: self.sort == "status",
            ..Filter::default()
        }
    }
}

/// The sums of a period, written out: the balance before, what was added and taken off, the balance after.
fn balance(account: &Account, lang: Language) -> Vec<(String, String)> {
    let mut rows = vec![("client-before", account.before), ("client-charged", account.charged)];
    if account.credited != 0 {
        rows.push(("client-credited", -account.credited));
    }
    rows.push(("client-paid", -account.paid));
    rows.push(("client-after", account.after));
    rows.into_iter()
        .map(|(key, amount)| (i18n::t(lang, key).into_owned(), account.currency.format(amount, lang)))
        .collect()
}

/// What is owed and was paid in one currency.
fn sums_card(sums: &Sums, has_stripe: bool, lang: Language) -> SumsCard {
    let money = |amount| sums.currency.format(amount, lang);
    let some = |amount: i64| (amount > 0).then(|| money(amount));
    SumsCard {
        currency: sums.currency.to_string(),
        owed: money(sums.owed),
        has_owed: sums.owed > 0,
        overdue: some(sums.overdue),
        pending: some(sums.pending),
        paid: money(sums.paid),
        pay: (has_stripe && sums.open > 1 && sums.owed > sums.pending).then(|| pay_all(sums, lang)),
    }
}

/// Where all that is open in a currency is paid, and the words: the sum, where one payment takes all.
fn pay_all(sums: &Sums, lang: Language) -> (String, String) {
    let words = if usize::try_from(sums.open).is_ok_and(|open| open <= stripe::MOST) {
        let amount = sums.currency.format(sums.owed - sums.pending, lang);
        i18n::t_args(lang, "client-pay-all", &[("amount", amount.into())])
    } else {
        i18n::t(lang, "client-pay-open").into_owned()
    };
    (format!("{}?all={}", routes::PAY, sums.currency), words)
}

/// How the money of these documents is written, for the sum of what is chosen; empty where none of them can be paid.
fn shapes(documents: &[Document], lang: Language) -> String {
    let shapes: serde_json::Map<String, serde_json::Value> = documents
        .iter()
        .filter(|document| document.is_payable())
        .map(|document| {
            let currency = document.currency;
            let (group, point) = currency.marks(lang);
            let shape = serde_json::json!({ "sign": currency.sign(), "digits": currency.digits(), "group": group, "point": point });
            (currency.to_string(), shape)
        })
        .collect();
    if shapes.is_empty() {
        return String::new();
    }
    serde_json::Value::Object(shapes).to_string()
}

/// The form that narrows the list, with what is chosen.
fn filters(choice: &Choice, years: &[i16], said: &Words) -> Filters {
    Filters {
        years: years.iter().map(ToString::to_string).collect(),
        year: if choice.has_days() {
            String::new()
        } else {
            choice.year.clone()
        },
        from: choice.from.clone(),
        to: choice.to.clone(),
        statuses: std::iter::once((OPEN.to_owned(), said.open.to_owned()))
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
    }
}

/// GET `/portal/billing`.
pub(super) async fn show(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Query(choice): Query<Choice>,
) -> Page {
    let client = Client::open(&portal, &reader, &headers, routes::STATEMENT).await?;
    let lang = reader.lang;
    let db = portal.store.db();
    let today = portal.billing.today().to_string();
    let has_stripe = settings::stripe(db, &portal.store).await?.is_set();
    let statement = statement::load(db, &client.customers, &today).await?;
    let filter = choice.filter(&client, &today);
    let after = Cursor::from_text(&choice.after);
    let mut documents = listing::list(db, &filter, after.as_ref(), SHOWN + 1).await?;
    let has_more = i64::try_from(documents.len()).unwrap_or(0) > SHOWN;
    documents.truncate(usize::try_from(SHOWN).unwrap_or(0));
    let next = documents.last().filter(|_| has_more).map(|last| {
        format!(
            "{}?{}&after={}",
            routes::STATEMENT,
            choice.query(),
            routes::escape(&Cursor::behind(last, &filter).to_text())
        )
    });
    let chosen = choice.period();
    let history = statement::history(db, &client.customers, chosen.as_ref(), 30)
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
    let mut periods = Vec::new();
    if let Some(chosen) = &chosen {
        let accounts = period::accounts(db, &client.customers, chosen).await?;
        periods.extend(accounts.iter().map(|account| balance(account, lang)));
    }
    let said = words::of(lang);
    let happened = match choice.said.as_str() {
        "paid" => Some((Tone::Good, "client-paid-thanks")),
        "pending" => Some((Tone::Warn, "client-paid-pending")),
        "unpaid" => Some((Tone::Warn, "client-paid-not")),
        "none" => Some((Tone::Neutral, "client-pay-none")),
        "choose" => Some((Tone::Neutral, "client-choose")),
        _ => None,
    };
    let happened = happened.map(|(tone, key)| (tone, i18n::t(lang, key).into_owned()));
    let view = HomeView {
        frame: client
            .frame(&portal, Part::Billing, routes::STATEMENT, happened)
            .await?,
        sums: statement
            .currencies
            .iter()
            .map(|sums| sums_card(sums, has_stripe, lang))
            .collect(),
        periods,
        csv: format!("{}?{}", routes::MOVEMENTS, choice.query()),
        filters: filters(&choice, &statement.years, said),
        money: if has_stripe {
            shapes(&documents, lang)
        } else {
            String::new()
        },
        documents: documents
            .iter()
            .map(|document| DocumentRow {
                status: said.standing(document.kind, document.status(&today)).to_owned(),
                pay: (has_stripe && document.is_payable()).then(|| format!("/portal/documents/{}/pay", document.id)),
                owed: (has_stripe && document.is_payable())
                    .then(|| (document.currency.to_string(), document.payable())),
                ..view::row(document, lang, &today, "/portal/documents")
            })
            .collect(),
        next,
        history,
    };
    Ok(page(StatusCode::OK, client_pages::home(&portal.ctx(lang), &view)))
}
