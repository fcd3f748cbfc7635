use super::*;
use crate::article::ArticleKind;
use crate::sample;
use crate::settings::ANSWER_AT;

#[test]
fn training_is_repeatable_and_quick() {
    let articles = sample::articles(0).0;
    let (a, b) = (Answerer::train(&articles), Answerer::train(&articles));
    for question in ["the toner is empty, what now", "do you sell cars", ""] {
        assert_eq!(
            a.candidates(None, Language::En, question, 5),
            b.candidates(None, Language::En, question, 5)
        );
    }
}

#[test]
fn an_answer_carries_the_passage_that_fits() {
    let answerer = Answerer::train(&sample::articles(0).0);
    let best = answerer
        .candidates(None, Language::En, "what do I do with used toner cartridges?", 3)
        .remove(0);
    assert_eq!(
        (
            best.article_id.as_str(),
            best.passages.last().map(|last| last.heading.as_str())
        ),
        ("en/change-toner", Some("Used cartridges"))
    );
    assert!(best.text().contains("driver takes them back"));
    assert!(best.confidence >= ANSWER_AT);
    assert_eq!(best.path, "/help/en/change-toner");
}

#[test]
fn who_asks_for_no_more_than_the_headline_reads_how_the_article_begins() {
    let answerer = Answerer::train(&sample::articles(0).0);
    for (language, question) in [
        (Language::En, "how to pay?"),
        (Language::Es, "cómo pago?"),
        (Language::Pt, "como pago?"),
    ] {
        let best = answerer.candidates(None, language, question, 1).remove(0);
        assert!(
            best.article_id.contains("pag") || best.article_id.contains("pay"),
            "{question}: {best:?}"
        );
        assert_eq!(best.passages[0].heading, "", "{question}: {best:?}");
    }
}

#[test]
fn confidence_falls_from_the_article_s_own_words_to_nonsense() {
    let answerer = Answerer::train(&sample::articles(0).0);
    let confidence = |text: &str| {
        answerer
            .candidates(None, Language::Pt, text, 1)
            .first()
            .map_or(0.0, |candidate| candidate.confidence)
    };
    let own = confidence("como envio a leitura do contador");
    let near = confidence("onde informo a leitura");
    let nonsense = confidence("xyzzy plugh");
    assert!(
        own > 0.9 && own > near && near > nonsense && nonsense < 0.1,
        "{own} {near} {nonsense}"
    );
}

#[test]
fn small_and_empty_bases_answer_without_panic() {
    let articles = sample::articles(0).0;
    for count in 0..5 {
        let answerer = Answerer::train(&articles[..count]);
        assert_eq!(answerer.is_empty(), count == 0);
        for question in ["the toner is empty", "", "????", "\u{0}🙏", &"toner ".repeat(100_000)] {
            for candidate in answerer.candidates(None, Language::En, question, 5) {
                assert!((0.0..=1.0).contains(&candidate.confidence), "{candidate:?}");
            }
        }
    }
    let bare = Article {
        body: String::new(),
        questions: Vec::new(),
        title: String::new(),
        ..articles[0].clone()
    };
    assert_eq!(Answerer::train(&[bare]).candidates(None, Language::En, "toner", 5), []);
}

#[test]
fn drafts_are_not_answered_with() {
    let drafts: Vec<Article> = sample::articles(0)
        .0
        .into_iter()
        .map(|article| Article {
            status: ArticleStatus::Draft,
            ..article
        })
        .collect();
    assert!(Answerer::train(&drafts).is_empty());
}

#[test]
fn articles_without_example_questions_are_found_by_their_text() {
    let articles: Vec<Article> = sample::articles(0)
        .0
        .into_iter()
        .map(|article| Article {
            questions: Vec::new(),
            kind: ArticleKind::Manual,
            ..article
        })
        .collect();
    let answerer = Answerer::train(&articles);
    for (language, question, group) in [
        (
            Language::En,
            "clear a paper jam in the document feeder",
            "clear-paper-jam",
        ),
        (
            Language::Es,
            "aviso de renovación del contrato 60 días antes",
            "contract-renewal",
        ),
        (Language::Pt, "trocar o cartucho de toner vazio", "change-toner"),
    ] {
        let best = answerer.candidates(None, language, question, 1).remove(0);
        let article = articles.iter().find(|article| article.id == best.article_id).unwrap();
        assert_eq!(article.group, group, "{question}");
        assert!(best.confidence >= 0.3, "{question}: {}", best.confidence);
    }
}
