//! The sample articles in their categories, one for agents alone, and one that waits for a review.

use std::collections::BTreeMap;

use anyhow::Result;
use conversation::Store;
use conversation::types::{Actor, Language};
use kb::categories::{self, NewCategory};
use kb::drafts::{self, NewArticle, Words};
use kb::{Article, ArticleKind, Audience, Place, store};

/// Names in English, Spanish and Portuguese, and the groups that stand in it.
const CATEGORIES: [(&str, &str, &str, &[&str]); 3] = [
    (
        "Printers and copiers",
        "Impresoras y copiadoras",
        "Impressoras e copiadoras",
        &[
            "change-toner",
            "clear-paper-jam",
            "print-quality-lines",
            "printer-offline",
            "scan-to-email",
        ],
    ),
    (
        "Invoices and contract",
        "Facturas y contrato",
        "Faturas e contrato",
        &[
            "copy-of-invoice",
            "payment-methods",
            "contract-renewal",
            "send-meter-reading",
        ],
    ),
    (
        "Visits and contact",
        "Visitas y contacto",
        "Visitas e contato",
        &["service-visit", "move-machine", "business-hours"],
    ),
];

pub(super) async fn seed(data: &Store, editor: &Actor) -> Result<()> {
    let (articles, problems) = kb::sample::articles(data.now());
    anyhow::ensure!(problems.is_empty(), "the sample articles have problems: {problems:?}");
    let mut shelf: BTreeMap<&str, String> = BTreeMap::new();
    for (place, (en, es, pt, groups)) in CATEGORIES.into_iter().enumerate() {
        let new = NewCategory {
            parent: None,
            names: BTreeMap::from([
                (Language::En, en.to_owned()),
                (Language::Es, es.to_owned()),
                (Language::Pt, pt.to_owned()),
            ]),
            place: i64::try_from(place).unwrap_or(0),
        };
        let category = categories::create(data, &Actor::System, new).await?;
        shelf.extend(groups.iter().map(|group| (*group, category.id.clone())));
    }
    let placed: Vec<Article> = articles
        .into_iter()
        .map(|article| Article {
            place: Place {
                category: shelf.get(article.group.as_str()).cloned(),
                ..Place::default()
            },
            ..article
        })
        .collect();
    store::import(data, &Actor::System, &placed).await?;

    let inner = NewArticle {
        language: Language::Es,
        kind: ArticleKind::Manual,
        title: "Códigos de servicio del fusor".to_owned(),
        body: "Solo para N2.\n\n| Código | Qué hacer |\n|---|---|\n| C-2557 | Reiniciar el contador del revelador |\n| C-0130 | Medir la resistencia del termistor |".to_owned(),
        questions: Vec::new(),
        category: shelf.get("change-toner").cloned(),
        audience: Audience::N2,
        slug: String::new(),
    };
    let inner = drafts::create(data, editor, inner).await?;
    drafts::publish(data, editor, &inner.id, false).await?;
    if let Ok(waiting) = store::load(data.db(), "es/cambiar-toner").await {
        let words = Words {
            body: waiting
                .body
                .replacen("## ", "Tenga a mano el cartucho nuevo.\n\n## ", 1),
            ..Words::of(&waiting)
        };
        drafts::save(data, editor, &waiting.id, &words, 0, waiting.version).await?;
        drafts::ask_review(data, editor, &waiting.id).await?;
    }
    Ok(())
}
