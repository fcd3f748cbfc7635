//! Sites, machines and visits on a map: the reader's own only. Without a source of tiles a plan drawn to scale
//! stands there, and the list beside it says the same in words.

use std::collections::HashMap;

use ::equipment::machines::{self, Filter};
use ::equipment::{settings, sites, visits, words};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use conversation::types::Millis;
use maud::html;
use ui::assets;
use ui::client_pages::framed;
use ui::components::empty;
use ui::components::map::{MapView, Place, map};
use ui::i18n;
use ui::icons::Icon;
use ui::routes;

use super::{PART, Tab, tabs};
use crate::Portal;
use crate::client::Client;
use crate::request::{Page, Reader, page};

/// The policy of a page with a map: as any other, and pictures from the one configured source of tiles.
pub fn policy(origin: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob: {origin}; media-src 'self' blob:; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ))
    .ok()
}

/// GET `/portal/map`.
pub(super) async fn show(State(portal): State<Portal>, reader: Reader, headers: HeaderMap) -> Page {
    const DAY: Millis = 86_400_000;
    let client = Client::open(&portal, &reader, &headers, routes::MAP).await?;
    let (db, lang, ctx) = (portal.store.db(), reader.lang, portal.ctx(reader.lang));
    let own = sites::of_customers(db, &client.customers).await?;
    let filter = Filter {
        customers: Some(client.customers.clone()),
        is_here: true,
        ..Filter::default()
    };
    let here = machines::by_site(db, &filter).await?;
    let coming = visits::coming(db, &client.customers, portal.store.now() - DAY, 50).await?;
    let mut due: HashMap<&str, String> = HashMap::new();
    for visit in &coming {
        if let Some(site) = &visit.site_id {
            let when = words::window(visit.starts_at, visit.ends_at, portal.billing.zone.now(), lang);
            due.entry(site.as_str()).or_insert(when);
        }
    }
    let places = own
        .iter()
        .map(|site| {
            let count = here.get(&site.id).copied().unwrap_or(0);
            Place {
                title: site.name.clone(),
                detail: site.address.replace('\n', ", "),
                note: i18n::t_args(lang, "eq-machine-count", &[("count", count.into())]),
                visit: due.get(site.id.as_str()).cloned(),
                url: format!("{}?site={}", routes::MACHINES, site.id),
                position: site.position(),
            }
        })
        .collect();
    let chosen = settings::load(db).await?;
    let origin = chosen.tile_origin().map(str::to_owned);
    let view = MapView {
        places,
        tile_url: chosen.tile_url.clone(),
        attribution: chosen.tile_attribution.clone(),
    };
    let body = html! {
        h1 { (ctx.t("eq-map")) }
        (tabs(&ctx, Tab::Map))
        @if view.places.is_empty() { (empty(Icon::Map, &ctx.t("eq-no-sites"), "")) }
        @else { (map(&ctx, &view)) }
    };
    let head = html! { @if origin.is_some() {
        link rel="stylesheet" href=(assets::url("map.css"));
        script src=(assets::url("map.js")) defer {}
    } };
    let frame = client.frame(&portal, PART, routes::MAP, None).await?;
    let mut response = page(
        StatusCode::OK,
        framed(&ctx, &frame, &ctx.t("eq-map"), Some(head), &body),
    );
    if let Some(policy) = origin.as_deref().and_then(policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}
