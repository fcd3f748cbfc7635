use super::*;
use crate::sample;

fn sample_index() -> Index {
    let index = Index::in_memory().unwrap();
    index.upsert(&sample::articles(0).0).unwrap();
    index
}

#[test]
fn people_find_what_they_mean() {
    let index = sample_index();
    for (language, query, first) in [
        (Language::En, "paper jam", "en/clear-paper-jam"),
        (Language::En, "copy of my invoice", "en/copy-of-invoice"),
        (Language::En, "catridge", "en/change-toner"),
        (Language::En, "opening hours saturday", "en/business-hours"),
        (Language::Es, "atasco", "es/atasco-de-papel"),
        (Language::Es, "como pago con tarjeta", "es/formas-de-pago"),
        (Language::Es, "direccion del horario", "es/horario-y-contacto"),
        (Language::Pt, "digitalizacao nao chega", "pt/digitalizar-para-email"),
        (Language::Pt, "impressora off-line", "pt/impressora-offline"),
        (Language::Pt, "segunda via", "pt/segunda-via-da-fatura"),
    ] {
        let hits = index.search(language, query, 5).unwrap();
        assert_eq!(hits.first().map(|hit| hit.article_id.as_str()), Some(first), "{query}");
        assert!(
            hits.iter()
                .all(|hit| hit.language == language && !hit.is_other_language)
        );
        assert_eq!(hits[0].path(), format!("/help/{first}"));
    }
}

#[test]
fn what_only_another_language_has_is_flagged() {
    let hits = sample_index()
        .search(Language::Es, "reading the counter of pages", 3)
        .unwrap();
    assert!(!hits.is_empty());
    let hits = sample_index().search(Language::En, "boleto", 3).unwrap();
    assert!(hits[0].is_other_language);
    assert_eq!(hits[0].language, Language::Pt);
}

#[test]
fn asked_words_are_highlighted_in_the_passage() {
    let index = sample_index();
    let hits = index.search(Language::Pt, "visor folha bandija", 1).unwrap();
    let marked: Vec<&str> = hits[0]
        .highlights
        .iter()
        .map(|range| &hits[0].passage[range.clone()])
        .collect();
    assert!(
        marked.contains(&"visor") && marked.contains(&"folha") && marked.contains(&"bandeja"),
        "{marked:?}"
    );
}

#[test]
fn any_text_is_a_query() {
    let index = sample_index();
    let long = "toner ".repeat(50_000);
    for query in [
        "",
        "   ",
        "\"",
        "(((",
        "AND OR NOT",
        "title:toner",
        "a:b:c",
        "*",
        "toner~2^9",
        "[a TO b]",
        "+-+-",
        "\\",
        "🙏",
        "\u{0}\u{202e}",
        "the of and",
        "' OR 1=1 --",
        long.as_str(),
        &"x".repeat(100_000),
    ] {
        index.search(Language::En, query, 5).unwrap();
    }
    assert!(!index.search(Language::En, "AND toner OR (", 5).unwrap().is_empty());
    assert_eq!(index.search(Language::En, "toner", 0).unwrap(), []);
    assert_eq!(index.search(Language::En, "toner", 2).unwrap().len(), 2);
}

#[test]
fn one_edit_apart() {
    for (a, b, is_near) in [
        ("toner", "toner", true),
        ("toner", "tone", true),
        ("toner", "tonner", true),
        ("toner", "tomer", true),
        ("toner", "tonre", true),
        ("toner", "otner", true),
        ("toner", "tenor", false),
        ("toner", "ton", false),
        ("ção", "cão", true),
        ("", "", true),
        ("", "a", true),
        ("", "ab", false),
    ] {
        assert_eq!(is_one_edit_apart(a, b), is_near, "{a} {b}");
        assert_eq!(is_one_edit_apart(b, a), is_near, "{b} {a}");
    }
}
