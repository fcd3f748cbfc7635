//! Whether an article helped, as its readers say.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::LazyLock;

use axum::Extension;
use axum::extract::{ConnectInfo, Form, Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use conversation::types::Language;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use kb::store::Verdict;
use kb::{Article, feedback};
use sha2::{Digest, Sha256};

use super::{Said, missing, preferred};
use crate::app::App;
use crate::auth::limits;

/// Verdicts that are kept, per second: whoever posts more only fills the table.
const A_SECOND: NonZeroU32 = NonZeroU32::new(20).unwrap();

static KEPT: LazyLock<DefaultDirectRateLimiter> = LazyLock::new(|| RateLimiter::direct(Quota::per_second(A_SECOND)));

/// POST `helped` = `yes|no`, `comment`.
pub(super) async fn feedback(
    State(app): State<App>,
    Path((tag, slug)): Path<(String, String)>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    Form(said): Form<Said>,
) -> Response {
    app.knowledge.ready().await;
    let article = Language::from_tag(&tag).and_then(|language| app.knowledge.at(language, &slug));
    let Some(article) = article else {
        return missing(&app, preferred(&headers)).await;
    };
    let verdict = match said.helped.as_str() {
        "yes" => Some(Verdict::Helped),
        "no" => Some(Verdict::NotHelped),
        _ => None,
    };
    let Some(verdict) = verdict else {
        return Redirect::to(&article.path()).into_response();
    };
    let peer = peer.map(|Extension(ConnectInfo(peer))| peer.ip());
    let reader = reader(&app, &article, limits::address(peer, &headers), &headers);
    if KEPT.check().is_ok()
        && let Err(error) = feedback::say(&app.store, &article.id, &reader, verdict, &said.comment).await
    {
        // The reader has done their part; one verdict less is no reason for an error page.
        tracing::warn!(%error, article = article.id, "a verdict could not be kept");
    }
    let commented = if said.comment.trim().is_empty() {
        ""
    } else {
        "&comment=1"
    };
    Redirect::to(&format!("{}?helped={}{commented}#vote", article.path(), said.helped)).into_response()
}

/// A reader of one article: a code of address and browser that nobody can turn back, and that is another one for
/// every article, so that it says nothing about what else they read.
fn reader(app: &App, article: &Article, address: Option<IpAddr>, headers: &HeaderMap) -> String {
    let browser = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let address = address.map(|address| address.to_string()).unwrap_or_default();
    let digest = hex::encode(Sha256::digest(format!("{}\n{address}\n{browser}", article.id)));
    let signed = app.store.keys().sign("reader", &digest);
    signed.rsplit('.').next().unwrap_or_default().to_owned()
}
