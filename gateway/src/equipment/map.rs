//! Sites of all customers on a map, for a coordinator those of their companies: the same library and source of
//! tiles as the customers' map. Without tiles a plan drawn to scale stands there, and the list says it all in words.

use axum::extract::{Query, State};
use axum::http::header;
use axum::response::Response;
use conversation::access::Permission;
use equipment::on_map::{self, AHEAD, Filter};
use equipment::{settings, words};
use maud::html;
use serde::Deserialize;
use ui::components::empty;
use ui::components::map::{MapView, Place, map};
use ui::i18n;
use ui::icons::Icon;
use ui::routes;
use url::form_urlencoded::Serializer;

use super::frame::{Part, frame};
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::{SignedIn, policy_with_pictures};

const HERE: &str = "/equipment/map";
/// So many places stand on one map.
const MOST: usize = 200;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Choice {
    q: String,
    visited: String,
    after: String,
}

/// GET `/equipment/map`.
pub(super) async fn show(
    State(app): State<App>,
    me: SignedIn,
    Query(choice): Query<Choice>,
) -> Result<Response, Failure> {
    me.must(Permission::Read)?;
    let (ctx, lang, db) = (me.ctx(), me.lang, app.store.db());
    let is_own = me.companies().is_some();
    let filter = Filter {
        coordinator: me.companies(),
        search: choice.q.chars().take(200).collect(),
        is_visited: !choice.visited.is_empty(),
    };
    let after = on_map::place(db, &choice.after).await?;
    let mut found = on_map::spots(db, &filter, me.now, after.as_ref(), MOST + 1).await?;
    let has_more = found.len() > MOST;
    found.truncate(MOST);
    let next = found.last().filter(|_| has_more).map(|last| {
        let query = Serializer::new(String::new())
            .append_pair("q", &filter.search)
            .append_pair("visited", &choice.visited)
            .append_pair("after", last.site.id.as_str())
            .finish();
        format!("{HERE}?{query}")
    });
    let may_open = me.can(Permission::Books);
    let places = found
        .iter()
        .map(|spot| Place {
            title: spot.site.name.clone(),
            detail: format!("{} · {}", spot.owner, spot.site.address.replace('\n', ", ")),
            note: i18n::t_args(lang, "eq-machine-count", &[("count", spot.machines.into())]),
            visit: spot.visit.as_ref().map(|(from, to, name)| {
                let when = words::window(*from, *to, app.tz(), lang);
                format!("{when} · {name}")
            }),
            url: if may_open {
                format!("{}?site={}", routes::EQUIPMENT, spot.site.id)
            } else {
                String::new()
            },
            position: spot.site.position(),
        })
        .collect();
    let chosen = settings::load(db).await?;
    let view = MapView {
        places,
        tile_url: chosen.tile_url.clone(),
        attribution: chosen.tile_attribution.clone(),
    };
    let is_asked = !filter.search.is_empty() || filter.is_visited;
    let body = html! {
        p.lead { (ctx.t(if is_own { "eq-map-lead-own" } else { "eq-map-lead" })) }
        form.filters method="get" action=(HERE) role="search" data-filter-load {
            input.input type="search" name="q" value=(filter.search) aria-label=(ctx.t("eq-map-search")) placeholder=(ctx.t("eq-map-search")) autocomplete="off";
            label.check { input type="checkbox" name="visited" value="1" checked[filter.is_visited]; span { (i18n::t_args(lang, "eq-map-visited", &[("days", AHEAD.into())])) } }
            button.button type="submit" { (ctx.t("tickets-show")) }
        }
        @if view.places.is_empty() { (empty(Icon::Map, &ctx.t(if is_asked { "eq-map-none" } else { "eq-no-sites" }), "")) }
        @else { div.eq-map-page { (map(&ctx, &view)) } }
        @if let Some(next) = next { p { a.button.ghost href=(next) { (ctx.t("client-more")) } } }
    };
    let mut response = frame(&me, Part::Map, &ctx.t("eq-map"), None, &body);
    if let Some(policy) = chosen.tile_origin().and_then(policy_with_pictures) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}
