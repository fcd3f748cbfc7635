//! Paying several invoices at once: those that were chosen in the list, or all that is open in a currency.

use std::collections::{BTreeMap, HashSet};

use axum::Json;
use axum::extract::{Query, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use billing::documents::{self, Document};
use billing::listing::{self, Cursor, Filter};
use billing::money::Currency;
use billing::stripe::{self, MOST};
use billing::{DocumentId, settings};
use serde_json::json;
use ui::client_pages::{self, Part, PayGroup};
use ui::{i18n, routes};

use super::download::pairs;
use super::pay::{Asked, Back, ask, begin_here, begin_there, draw};
use super::{Client, view};
use crate::Portal;
use crate::request::{Failed, Page, Reader, page, see_other};

/// The most open invoices that are looked at for those of one currency.
const LOOKED_AT: usize = 2_000;
/// The most payments that wait for a person.
const ODD: i64 = 200;

/// What was chosen, as an address has it.
struct Choice {
    ids: Vec<DocumentId>,
    all: Option<Currency>,
    here: String,
}

impl Choice {
    fn read(query: Option<String>) -> Choice {
        let query = query.unwrap_or_default();
        let mut choice = Choice {
            ids: Vec::new(),
            all: None,
            here: format!("{}?{query}", routes::PAY),
        };
        for (name, value) in pairs(query.as_bytes()).unwrap_or_default() {
            match name.as_str() {
                // As many as a page of the list has, and as one payment takes.
                "id" if choice.ids.len() < MOST => choice.ids.push(DocumentId::from(value)),
                "all" => choice.all = value.parse().ok(),
                _ => {}
            }
        }
        choice
    }

    async fn documents(&self, portal: &Portal, client: &Client) -> Result<Vec<Document>, Failed> {
        let db = portal.store.db();
        let mut found = Vec::new();
        if let Some(currency) = self.all {
            let filter = Filter {
                customers: Some(client.customers.clone()),
                is_open: true,
                is_visible: true,
                ..Filter::default()
            };
            let mut after: Option<Cursor> = None;
            while found.len() < LOOKED_AT {
                let page = listing::list(db, &filter, after.as_ref(), 500).await?;
                let Some(last) = page.last() else { break };
                after = Some(Cursor::behind(last, &filter));
                found.extend(page.into_iter().filter(|document| document.currency == currency));
            }
            return Ok(found);
        }
        let mut seen = HashSet::new();
        for id in self.ids.iter().filter(|id| seen.insert(*id)) {
            // One that is not theirs makes the whole request wrong: nobody picks such a one by accident.
            found.push(documents::for_contact(db, &client.contact.id, id).await?);
        }
        Ok(found)
    }
}

/// What can be paid of a choice: a group for each currency, what is due first first.
struct Groups {
    client: Client,
    groups: Vec<Vec<Document>>,
    notes: Vec<String>,
}

async fn open(portal: &Portal, reader: &Reader, headers: &HeaderMap, query: Option<String>) -> Result<Groups, Failed> {
    let choice = Choice::read(query);
    let client = Client::open(portal, reader, headers, &choice.here).await?;
    client.fresh(portal, &choice.here)?;
    let chosen = choice.documents(portal, &client).await?;
    if !settings::stripe(portal.store.db(), &portal.store).await?.is_set() {
        return Err(Failed::instead(see_other(routes::STATEMENT)));
    }
    let count = chosen.len();
    let odd = stripe::odd(portal.store.db(), ODD).await?;
    let odd: HashSet<DocumentId> = odd.into_iter().map(|document| document.id).collect();
    let mut groups: BTreeMap<Currency, Vec<Document>> = BTreeMap::new();
    for document in chosen {
        if document.is_payable() && !odd.contains(&document.id) {
            groups.entry(document.currency).or_default().push(document);
        }
    }
    let mut notes = Vec::new();
    let say = |key: &str, count: usize| {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        i18n::t_args(client.lang, key, &[("count", count.into())])
    };
    let payable: usize = groups.values().map(Vec::len).sum();
    if choice.all.is_none() && payable < count {
        notes.push(say("client-pay-left-out", count - payable));
    }
    let mut later = 0;
    for group in groups.values_mut() {
        group.sort_by(|a, b| (&a.due_on, &a.id).cmp(&(&b.due_on, &b.id)));
        later += group.len().saturating_sub(MOST);
        group.truncate(MOST);
    }
    if later > 0 {
        notes.push(say("client-pay-later", later));
    }
    if groups.is_empty() {
        let nothing = format!("{}?said=none", routes::STATEMENT);
        return Err(Failed::instead(see_other(&nothing)));
    }
    Ok(Groups {
        client,
        groups: groups.into_values().collect(),
        notes,
    })
}

/// GET `/portal/pay`: `id`… or `all` with a currency.
pub(super) async fn show(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Page {
    let Groups {
        client,
        mut groups,
        notes,
    } = open(&portal, &reader, &headers, query).await?;
    if groups.len() > 1 {
        return several_currencies(&portal, &client, &groups, &notes).await;
    }
    let documents = groups.pop().unwrap_or_default();
    if let [one] = documents.as_slice() {
        let alone = format!("{}/pay", routes::path(routes::DOCUMENT, one.id.as_str()));
        return Ok(see_other(&alone));
    }
    draw(&portal, &client, &Asked::several(documents, notes), None).await
}

/// One payment is of one currency: what was chosen in several becomes a payment for each.
async fn several_currencies(portal: &Portal, client: &Client, groups: &[Vec<Document>], notes: &[String]) -> Page {
    let lang = client.lang;
    let all = groups.iter().flatten().map(|document| document.id.as_str());
    let frame = client
        .frame(portal, Part::Billing, &routes::pay_several(all), None)
        .await?;
    let groups: Vec<PayGroup> = groups
        .iter()
        .filter_map(|group| {
            let currency = group.first()?.currency;
            let sum = group.iter().map(Document::payable).sum();
            Some(PayGroup {
                url: routes::pay_several(group.iter().map(|document| document.id.as_str())),
                sum: currency.format(sum, lang),
                lines: group
                    .iter()
                    .map(|one| (view::title(one, lang), currency.format(one.payable(), lang)))
                    .collect(),
            })
        })
        .collect();
    let body = client_pages::pay_groups(&portal.ctx(lang), &frame, &groups, notes);
    Ok(page(StatusCode::OK, body))
}

/// POST `/portal/pay`: to Stripe's own page; works without scripts.
pub(super) async fn hosted(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Page {
    let mut opened = open(&portal, &reader, &headers, query).await?;
    match (opened.groups.pop(), opened.groups.is_empty()) {
        (Some(documents), true) => {
            let asked = Asked::several(documents, opened.notes);
            begin_there(&portal, &opened.client, &asked).await
        }
        _ => Ok(see_other(routes::STATEMENT)),
    }
}

/// POST `/portal/pay/checkout`: the secret for Stripe's frame, as JSON.
pub(super) async fn embedded(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Page {
    let mut opened = open(&portal, &reader, &headers, query).await?;
    match (opened.groups.pop(), opened.groups.is_empty()) {
        (Some(documents), true) => {
            let asked = Asked::several(documents, opened.notes);
            begin_here(&portal, &opened.client, &asked).await
        }
        _ => Ok(Json(json!({ "go": routes::STATEMENT })).into_response()),
    }
}

/// GET `/portal/paid`: asks Stripe itself and says what it says.
pub(super) async fn returned(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Query(back): Query<Back>,
) -> Page {
    let client = Client::open(&portal, &reader, &headers, routes::STATEMENT).await?;
    let db = portal.store.db();
    let ids = stripe::covered(db, &back.session_id).await?;
    for id in &ids {
        documents::for_contact(db, &client.contact.id, id).await?;
    }
    let said = ask(&portal, &client, &ids, &back.session_id).await?;
    Ok(see_other(&format!("{}?said={said}", routes::STATEMENT)))
}
