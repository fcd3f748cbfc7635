//! Whether an article helped, as its readers say.

use std::net::{IpAddr, SocketAddr};

use axum::Extension;
use axum::extract::{ConnectInfo, Form, Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use conversation::types::Language;
use kb::store::Verdict;

use super::{Said, missing, preferred};
use crate::app::App;
use crate::auth::limits;
use crate::readers;

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
    let who = reader(limits::address(peer, &headers), &headers);
    readers::judge(&app, &article, &who, verdict, &said.comment).await;
    let commented = if said.comment.trim().is_empty() {
        ""
    } else {
        "&comment=1"
    };
    Redirect::to(&format!("{}?helped={}{commented}#vote", article.path(), said.helped)).into_response()
}

/// Who reads, as far as a page without sign-in knows: an address and a browser.
fn reader(address: Option<IpAddr>, headers: &HeaderMap) -> String {
    let browser = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let address = address.map(|address| address.to_string()).unwrap_or_default();
    format!("{address}\n{browser}")
}
