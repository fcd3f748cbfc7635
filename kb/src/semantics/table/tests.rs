use conversation::types::Language;

use super::*;
use crate::answerer::Answerer;
use crate::article::{Article, ArticleKind, ArticleStatus, Place};
use crate::semantics::shipped::{ENGLISH, table};
use crate::semantics::{Semantics, dot};

fn vector(language: Language, text: &str) -> Vec<f32> {
    table(language)
        .unwrap()
        .embed(Role::Question, &[text])
        .unwrap()
        .remove(0)
}

fn nearness(a: (Language, &str), b: (Language, &str)) -> f32 {
    dot(&vector(a.0, a.1), &vector(b.0, b.1))
}

#[test]
fn what_means_the_same_is_nearer_than_what_does_not() {
    let (en, es, pt) = (Language::En, Language::Es, Language::Pt);
    for (text, same, other) in [
        (
            (en, "I want my money back"),
            (en, "how to get a refund"),
            (en, "the printer makes noise"),
        ),
        (
            (en, "my package never arrived"),
            (en, "track a delivery"),
            (en, "change my password"),
        ),
        (
            (en, "the screen stays dark"),
            (en, "display is black"),
            (en, "opening hours"),
        ),
        (
            (en, "unsubscribing"),
            (en, "cancel the subscription"),
            (en, "weather forecast"),
        ),
        (
            (es, "quiero que me devuelvan el dinero"),
            (es, "solicitar un reembolso"),
            (es, "la impresora hace ruido"),
        ),
        (
            (es, "¿dónde está mi paquete?"),
            (es, "seguimiento de un envío"),
            (es, "cambiar la contraseña"),
        ),
        (
            (pt, "esqueci minha senha"),
            (pt, "recuperar o acesso"),
            (pt, "previsão do tempo"),
        ),
        (
            (pt, "a máquina não liga"),
            (pt, "o equipamento está quebrado"),
            (pt, "pagar a fatura"),
        ),
        // Words that no list holds and that are nearly English; and across languages.
        (
            (es, "configuraciones internacionales"),
            (en, "international configuration"),
            (en, "red shoes"),
        ),
        ((pt, "fatura"), (es, "factura"), (es, "tormenta")),
        ((es, "lluvia"), (en, "rain"), (en, "invoice")),
    ] {
        let (near, far) = (nearness(text, same), nearness(text, other));
        assert!(near > far + 0.1, "{text:?}: {same:?} {near}, {other:?} {far}");
    }
}

#[test]
fn any_text_has_a_vector_of_unit_length_or_none_at_all() {
    for &language in Language::ALL {
        let model = table(language).unwrap();
        let long = "toner ".repeat(100_000);
        let word = "a".repeat(100_000);
        let texts = ["paper jam", "", "語 🙏 \u{0}", &long, &word, "ñandú 12345 x", "é"];
        for (text, vector) in texts.iter().zip(model.embed(Role::Passage, &texts).unwrap()) {
            assert_eq!(vector.len(), model.dimensions());
            let length = dot(&vector, &vector);
            assert!(
                (length - 1.0).abs() < 1e-4 || length == 0.0,
                "{language} {}: {length}",
                &text[..text.len().min(9)]
            );
        }
        assert_eq!(vector(language, "語"), vec![0.0; model.dimensions()]);
        assert_ne!(vector(language, "papel internet toner")[0], 0.0);
    }
    assert_eq!(vector(Language::En, "Réfund!"), vector(Language::En, "refund"));
}

#[test]
fn the_table_is_whole_and_of_bearable_size() {
    assert!(ENGLISH.len() <= 8 << 20, "{}", ENGLISH.len());
    let table = Table::read(ENGLISH).unwrap();
    assert!(table.words.len() > 20_000);
    table.words.check();
    for cut in [0, 7, 8, 19, 20, 4_000, ENGLISH.len() - 1] {
        assert!(Table::read(&ENGLISH[..cut]).is_none(), "{cut}");
    }
    let mut huge = ENGLISH[..20].to_vec();
    huge[8..20].fill(0xff);
    assert!(Table::read(huge.leak()).is_none());
}

fn article(id: &str, title: &str, body: &str) -> Article {
    Article {
        id: id.to_owned(),
        kind: ArticleKind::Faq,
        slug: id.to_owned(),
        language: Language::En,
        group: id.to_owned(),
        title: title.to_owned(),
        body: body.to_owned(),
        questions: Vec::new(),
        status: ArticleStatus::Published,
        place: Place::default(),
        version: 1,
        updated_at: 0,
    }
}

#[test]
fn a_few_articles_without_a_single_example_are_found_by_what_they_mean() {
    let articles = [
        article(
            "refund",
            "Refunds",
            "Reimbursement takes five days after the purchase comes back.",
        ),
        article(
            "hours",
            "Opening hours",
            "The store is open from nine to six, on Saturdays until noon.",
        ),
        article(
            "password",
            "Reset your password",
            "Choose another one in the settings of the account.",
        ),
        article(
            "pets",
            "Pets",
            "Dogs are welcome in all rooms and sleep on their own blanket.",
        ),
        article("ceramics", "Ceramics", "The kiln is fired on Mondays."),
        article("bees", "Beekeeping", "Hives can be rented from spring on."),
        article(
            "delivery",
            "Delivery",
            "Parcels leave on the day of the order. Follow yours with its number.",
        ),
    ];
    let first = |answerer: &Answerer, question: &str| {
        let found = answerer.candidates(None, Language::En, question, 1);
        found.first().map_or(String::new(), |best| best.article_id.clone())
    };
    let shipped = Answerer::train(&articles);
    let without = Answerer::train_in_full(&articles, &crate::settings::Settings::default(), &Semantics::default());
    assert!(shipped.has_sense(Language::En) && !without.has_sense(Language::En));
    let mut missed = 0;
    for (question, right) in [
        ("can I have my money back", "refund"),
        ("when do your shops close", "hours"),
        ("I forgot my login", "password"),
        ("when will my package arrive", "delivery"),
        ("may the puppy stay with us", "pets"),
        ("pottery", "ceramics"),
        ("honey", "bees"),
    ] {
        assert_eq!(first(&shipped, question), right, "{question}");
        missed += usize::from(first(&without, question) != right);
    }
    assert!(missed >= 2, "{missed}");
}
