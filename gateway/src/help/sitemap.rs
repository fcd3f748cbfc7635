//! What search engines ask for: `robots.txt`, and the addresses of all articles with their translations.

use std::fmt::Write;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use conversation::types::Language;
use ui::help_pages::{home_path, topic_path};
use ui::i18n;

use crate::app::App;

/// Addresses of one file; engines take 50,000 or 50 MB.
const PART: usize = 5_000;

/// GET `/robots.txt`.
pub(super) async fn robots(State(app): State<App>) -> Response {
    let text = format!(
        "User-agent: *\nAllow: /help/\nAllow: /portal/brand.css\nAllow: /portal/logo\nDisallow: /help/*/suggest\nDisallow: /inbox\nDisallow: /knowledge\nDisallow: /billing\nDisallow: /settings\nDisallow: /portal/\nDisallow: /l/\nDisallow: /sign-in\nDisallow: /set-up\nDisallow: /welcome/\nDisallow: /api/\n\nSitemap: {}/sitemap.xml\n",
        app.public_url()
    );
    let head = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    (head, text).into_response()
}

/// GET `/sitemap.xml`: the files of each language.
pub(super) async fn index(State(app): State<App>, headers: HeaderMap) -> Response {
    app.knowledge.ready().await;
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    for language in Language::ALL {
        let (_, count) = app.knowledge.page(*language, 0, 0);
        for part in 1..=count.div_ceil(PART) {
            line(
                &mut xml,
                &format!(
                    "<sitemap><loc>{}/sitemaps/{language}-{part}.xml</loc></sitemap>",
                    app.public_url()
                ),
            );
        }
    }
    xml.push_str("</sitemapindex>\n");
    answer(&headers, xml)
}

/// GET `/sitemaps/{language}-{part}.xml`.
pub(super) async fn part(State(app): State<App>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    app.knowledge.ready().await;
    let named = name
        .strip_suffix(".xml")
        .and_then(|name| name.split_once('-'))
        .and_then(|(language, part)| Some((language.parse::<Language>().ok()?, part.parse::<usize>().ok()?)));
    let Some((language, part)) = named.filter(|(_, part)| (1..=1_000).contains(part)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let (articles, count) = app.knowledge.page(language, (part - 1) * PART, PART);
    if articles.is_empty() {
        return StatusCode::NOT_FOUND.into_response();
    }
    let url = app.public_url();
    let mut xml = String::with_capacity(articles.len() * 400);
    xml.push_str(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" xmlns:xhtml=\"http://www.w3.org/1999/xhtml\">\n",
    );
    if part == 1 {
        line(&mut xml, &format!("<url><loc>{url}{}</loc></url>", home_path(language)));
        let counts = app.knowledge.category_counts(language);
        for category in app.knowledge.tree().all() {
            if counts.contains_key(&category.id) {
                line(
                    &mut xml,
                    &format!("<url><loc>{url}{}</loc></url>", topic_path(language, &category.id)),
                );
            }
        }
    }
    for article in &articles {
        let mut entry = format!("<url><loc>{url}{}</loc>", article.path());
        // Writing to a String cannot fail.
        let _ = write!(entry, "<lastmod>{}</lastmod>", i18n::iso(article.updated_at));
        let translations = app.knowledge.translations(article);
        if translations.len() > 1 {
            for other in &translations {
                let _ = write!(
                    entry,
                    "<xhtml:link rel=\"alternate\" hreflang=\"{}\" href=\"{url}{}\"/>",
                    other.language,
                    other.path()
                );
            }
        }
        entry.push_str("</url>");
        line(&mut xml, &entry);
    }
    xml.push_str("</urlset>\n");
    tracing::debug!(%language, part, count, "a sitemap was read");
    answer(&headers, xml)
}

fn line(xml: &mut String, text: &str) {
    xml.push_str(text);
    xml.push('\n');
}

fn answer(headers: &HeaderMap, xml: String) -> Response {
    let mut response = super::tagged(headers, &xml.clone(), xml);
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        axum::http::HeaderValue::from_static("application/xml; charset=utf-8"),
    );
    response
}
