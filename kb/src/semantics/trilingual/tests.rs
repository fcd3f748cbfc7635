use sha2::{Digest, Sha256};

use super::*;
use crate::semantics::dot;
use crate::semantics::tests::say_the_same_together;

fn vectors(texts: &[&str]) -> Vec<Vec<f32>> {
    shipped().unwrap().embed(Role::Question, texts).unwrap()
}

/// Cosine of two texts.
fn near(a: &str, b: &str) -> f32 {
    let vectors = vectors(&[a, b]);
    dot(&vectors[0], &vectors[1])
}

#[test]
fn a_sentence_says_what_the_model_that_it_was_made_from_says() {
    for (text, first) in [
        (
            "how do i get my money back for the broken machine?",
            [0.0230, 0.0720, 0.0138, 0.0585, -0.1007, -0.0560],
        ),
        (
            "se trabó el papel y no imprime",
            [-0.0626, -0.0405, -0.0709, 0.0603, -0.0518, -0.0245],
        ),
        (
            "preciso da segunda via do boleto, por favor",
            [-0.0296, -0.0417, -0.0522, 0.0044, -0.0911, 0.0689],
        ),
    ] {
        for (found, expected) in vectors(&[text])[0].iter().zip(first) {
            assert!((found - expected).abs() < 0.02, "{text:?}: {found} for {expected}");
        }
    }
}

#[test]
fn words_are_cut_into_the_likeliest_pieces() {
    let model = Trilingual::read(FILE).unwrap();
    for (text, pieces) in [
        ("Se TRABÓ  el papel", " se| tra|b|ó| el| papel"),
        ("o boleto,\nnão?", " o| bole|to|,| não|?"),
        ("ﬁne", " fine"),
    ] {
        let rows = model.pieces.of(text, 40);
        let expected: Vec<Option<usize>> = pieces
            .split('|')
            .map(|piece| model.pieces.words.find(piece.as_bytes()))
            .collect();
        let found: Vec<Option<usize>> = rows[1..rows.len() - 1].iter().map(|&row| Some(row)).collect();
        assert_eq!(found, expected, "{text:?}");
    }
    // What nobody can spell with them is unknown, and what is too long is cut off.
    let unknown = model.pieces.words.find(b"\0").unwrap();
    assert!(model.pieces.of("日本", 40).contains(&unknown));
    assert_eq!(model.pieces.of(&"toner ".repeat(1_000), 40).len(), 40);
}

#[test]
fn what_means_the_same_is_near_in_any_of_the_three() {
    for (text, same, other) in [
        (
            "quiero que me devuelvan la plata",
            "how to get a refund",
            "la impresora hace ruido",
        ),
        (
            "preciso trocar o toner",
            "cambiar el cartucho de tóner",
            "where is my invoice",
        ),
        ("I want my money back", "quero meu dinheiro de volta", "I want my lunch"),
        (
            "a máquina está com defeito",
            "el equipo está dañado",
            "quero pagar a conta",
        ),
    ] {
        let (same_is, other_is) = (near(text, same), near(text, other));
        assert!(
            same_is > other_is + 0.1,
            "{text:?}: {same:?} {same_is}, {other:?} {other_is}"
        );
    }
}

#[test]
fn any_text_has_a_vector_of_unit_length_or_none_at_all() {
    let model = shipped().unwrap();
    let long = "tóner ".repeat(100_000);
    let word = "w".repeat(100_000);
    for text in [
        "a",
        "?",
        "\u{0}\u{1}",
        "日本語 🙂",
        "naïve café",
        "",
        "  \n",
        &long,
        &word,
    ] {
        for role in [Role::Question, Role::Passage] {
            let vector = model.embed(role, &[text]).unwrap().remove(0);
            assert_eq!(vector.len(), model.dimensions());
            let length = dot(&vector, &vector);
            assert!((length - 1.0).abs() < 1e-3 || length == 0.0, "{text:?}: {length}");
        }
    }
    for nothing in ["", "  \n", "\u{1}"] {
        assert!(
            vectors(&[nothing])[0].iter().all(|&number| number == 0.0),
            "{nothing:?}"
        );
    }
}

#[test]
fn texts_that_are_run_together_say_what_they_say_alone() {
    let texts = ["toner", "a máquina quebrou, e ninguém vem", "", "where is my invoice?"];
    say_the_same_together(&*shipped().unwrap(), &texts);
}

#[test]
fn the_file_is_whole_and_of_bearable_size() {
    assert!(FILE.len() <= 14 << 20, "{}", FILE.len());
    Trilingual::read(FILE).unwrap().pieces.words.check();
    assert_eq!(FILE[8..40], Sha256::digest(&FILE[40..])[..]);
    for cut in [0, 7, 8, 39, 59, 60, 4_000, FILE.len() / 2, FILE.len() - 1] {
        assert!(Trilingual::read(&FILE[..cut]).is_none(), "{cut}");
    }
    let mut huge = FILE[..60].to_vec();
    huge[40..60].fill(0xff);
    assert!(Trilingual::read(huge.leak()).is_none());
}
