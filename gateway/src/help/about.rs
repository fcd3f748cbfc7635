//! What machines read of a page: schema.org as JSON-LD, and the way from the first page down.

use conversation::types::Language;
use kb::categories::Tree;
use kb::{Article, ArticleKind, markdown};
use serde_json::{Value, json};
use ui::help_pages::{Around, home_path, topic_path};
use ui::i18n;

/// What an answer says to machines at most, in characters.
const ANSWER: usize = 5_000;

/// From the help centre's first page down to a category.
pub(super) fn crumbs(language: Language, tree: &Tree, category: Option<&str>) -> Vec<(String, String)> {
    let mut crumbs = vec![(i18n::t(language, "help-home").into_owned(), home_path(language))];
    for one in category.map(|id| tree.way(id)).unwrap_or_default() {
        crumbs.push((one.name(language).to_owned(), topic_path(language, &one.id)));
    }
    crumbs
}

/// The way to a page (`BreadcrumbList`).
pub(super) fn trail(around: &Around, title: &str) -> String {
    let here = (title.to_owned(), around.path.clone());
    let items: Vec<Value> = around
        .crumbs
        .iter()
        .chain([&here])
        .enumerate()
        .map(|(at, (name, path))| {
            json!({ "@type": "ListItem", "position": at + 1, "name": name, "item": format!("{}{path}", around.public_url) })
        })
        .collect();
    json!({ "@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": items }).to_string()
}

/// An article: `FAQPage` for a question with its answer, `TechArticle` for the others.
pub(super) fn article(around: &Around, article: &Article) -> String {
    let url = format!("{}{}", around.public_url, around.path);
    if article.kind == ArticleKind::Faq {
        let text: String = markdown::to_text(&article.body).chars().take(ANSWER).collect();
        return json!({
            "@context": "https://schema.org",
            "@type": "FAQPage",
            "inLanguage": article.language,
            "url": url,
            "mainEntity": [{ "@type": "Question", "name": article.title, "acceptedAnswer": { "@type": "Answer", "text": text } }],
        })
        .to_string();
    }
    json!({
        "@context": "https://schema.org",
        "@type": "TechArticle",
        "headline": article.title.chars().take(110).collect::<String>(),
        "description": around.description,
        "inLanguage": article.language,
        "dateModified": i18n::iso(article.updated_at),
        "mainEntityOfPage": url,
        "publisher": { "@type": "Organization", "name": around.business.name },
    })
    .to_string()
}

/// The help centre itself, with its search.
pub(super) fn site(around: &Around, language: Language) -> String {
    let home = format!("{}{}", around.public_url, home_path(language));
    json!({
        "@context": "https://schema.org",
        "@type": "WebSite",
        "name": around.business.name,
        "inLanguage": language,
        "url": home,
        "potentialAction": {
            "@type": "SearchAction",
            "target": { "@type": "EntryPoint", "urlTemplate": format!("{home}?q={{search_term_string}}") },
            "query-input": "required name=search_term_string",
        },
    })
    .to_string()
}
