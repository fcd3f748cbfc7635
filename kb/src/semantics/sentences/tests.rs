use sha2::{Digest, Sha256};

use super::*;
use crate::article::Article;
use crate::sample;
use crate::semantics::tests::say_the_same_together;
use crate::semantics::{Semantics, dot};

fn vector(text: &str) -> Vec<f32> {
    let model = shipped(Language::En).unwrap();
    let mut vector = model.embed(Role::Question, &[text]).unwrap().remove(0);
    vector.truncate(model.dimensions());
    vector
}

#[test]
fn a_sentence_says_what_the_model_that_it_was_made_from_says() {
    for (text, first) in [(
        "how do I get my money back for the broken machine?",
        [-0.0629, -0.0161, 0.0831, -0.0262, 0.0095, -0.0259],
    )] {
        for (found, expected) in vector(text).iter().zip(first) {
            assert!((found - expected).abs() < 0.012, "{text:?}: {found} for {expected}");
        }
    }
}

#[test]
fn what_means_the_same_is_nearer_than_what_does_not_and_order_counts() {
    for (text, same, other) in [
        ("I want my money back", "how to get a refund", "the printer makes noise"),
        (
            "the money was taken twice",
            "I was charged two times",
            "where is the serial number",
        ),
        (
            "somebody has to come and repair it",
            "I need a technician to visit us",
            "I need the bill again",
        ),
    ] {
        let (near, far) = (dot(&vector(text), &vector(same)), dot(&vector(text), &vector(other)));
        assert!(near > far + 0.05, "{text:?}: {same:?} {near}, {other:?} {far}");
    }
    let (there, back) = (
        vector("from the shop to the warehouse"),
        vector("from the warehouse to the shop"),
    );
    assert!(dot(&there, &back) < 0.999);
}

#[test]
fn any_text_has_a_vector_of_unit_length_or_none_at_all() {
    let model = shipped(Language::En).unwrap();
    let long = "toner ".repeat(100_000);
    let word = "w".repeat(100_000);
    for text in [
        "a",
        "?",
        "What?! (really)",
        "\u{0}\u{1}",
        "日本語のテキスト 🙂",
        "naïve café",
        &long,
        &word,
    ] {
        for role in [Role::Question, Role::Passage] {
            let vector = model.embed(role, &[text]).unwrap().remove(0);
            assert_eq!(vector.len(), model.dimensions() + model.further());
            for part in vector.chunks(model.dimensions()) {
                let length = dot(part, part);
                assert!((length - 1.0).abs() < 1e-3 || length == 0.0, "{text:?}: {length}");
            }
        }
    }
    for nothing in ["", "  \n", "🙂"] {
        assert!(vector(nothing).iter().all(|&number| number == 0.0), "{nothing:?}");
    }
    assert_eq!(vector("Naïve CAFÉ"), vector("naive cafe"));
}

#[test]
fn texts_that_are_run_together_say_what_they_say_alone() {
    let texts = [
        "toner",
        "the machine is broken, and nobody comes",
        "",
        "where is my invoice?",
    ];
    say_the_same_together(&*shipped(Language::En).unwrap(), &texts);
}

#[test]
fn the_file_is_whole_and_of_bearable_size() {
    assert!(ENGLISH.len() <= 20 << 20, "{}", ENGLISH.len());
    Sentences::read(ENGLISH).unwrap().words.check();
    assert_eq!(ENGLISH[8..40], Sha256::digest(&ENGLISH[40..])[..]);
    for cut in [0, 7, 8, 39, 67, 68, 4_000, ENGLISH.len() / 2, ENGLISH.len() - 1] {
        assert!(Sentences::read(&ENGLISH[..cut]).is_none(), "{cut}");
    }
    let mut huge = ENGLISH[..68].to_vec();
    huge[40..68].fill(0xff);
    assert!(Sentences::read(huge.leak()).is_none());
}

#[test]
fn a_base_that_is_too_large_goes_without() {
    let (samples, _) = sample::articles(0);
    let sample = samples.iter().find(|article| article.language == Language::En).unwrap();
    let article = |count: usize| Article {
        questions: (0..count).map(|number| format!("question {number}")).collect(),
        ..sample.clone()
    };
    for (count, is_read) in [(10, true), (MOST_TEXTS, false)] {
        let articles = [article(count)];
        let missing = Semantics::shipped(None).missing(articles.iter());
        assert_eq!(!missing.is_empty(), is_read, "{count}");
    }
}

#[test]
fn spanish_and_portuguese_are_read_by_what_their_words_mean() {
    let near = |language, a: &str, b: &str| {
        let model = shipped(language).unwrap();
        let vectors = model.embed(Role::Question, &[a, b]).unwrap();
        dot(&vectors[0], &vectors[1])
    };
    let (es, pt) = (Language::Es, Language::Pt);
    let mut missed = Vec::new();
    for (language, text, same, other) in [
        (
            es,
            "quiero que me devuelvan la plata",
            "pedir un reembolso",
            "la impresora hace ruido",
        ),
        (
            es,
            "necesito que alguien la arregle",
            "reparar un equipo dañado",
            "pagar la factura",
        ),
        (
            es,
            "dense de baja mi plan",
            "cancelar la suscripción",
            "cambiar la dirección",
        ),
        (
            es,
            "muéstrenme cuánto les debo",
            "ver mi saldo pendiente",
            "horario de la oficina",
        ),
        (
            es,
            "se me perdió la clave",
            "recuperar la contraseña",
            "el estado de mi envío",
        ),
        (
            pt,
            "quero meu dinheiro de volta",
            "pedir reembolso",
            "a impressora faz barulho",
        ),
        (
            pt,
            "preciso que alguém conserte a copiadora",
            "reparar um equipamento quebrado",
            "pagar a fatura",
        ),
        (
            pt,
            "dar baixa no meu plano",
            "cancelar a assinatura",
            "mudar o endereço",
        ),
        (
            pt,
            "vocês abrem no fim de semana?",
            "horário de atendimento no sábado",
            "trocar o toner",
        ),
        (pt, "perdi minha senha", "recuperar o acesso", "previsão do tempo"),
    ] {
        let (same_is, other_is) = (near(language, text, same), near(language, text, other));
        if same_is < other_is + 0.05 {
            missed.push((text, same, same_is, other, other_is));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn each_language_has_vectors_of_its_own() {
    let prints: std::collections::HashSet<_> = Language::ALL
        .iter()
        .map(|&language| shipped(language).unwrap().fingerprint())
        .collect();
    assert_eq!(prints.len(), Language::ALL.len());
}
