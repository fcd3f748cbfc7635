//! The language a customer writes in, where the words themselves make it plain.
//!
//! Spanish and Portuguese share most letters, so the small words decide first: two that only one of
//! the languages has say more than the statistics of a short text.

use conversation::types::Language;
use kb::analysis::folded_words;
use whatlang::{Detector, Lang};

/// Words (folded) that one language has and the other two have not.
const TELLING: [(Language, &[&str]); 3] = [
    (
        Language::En,
        &[
            "the", "is", "are", "my", "you", "your", "please", "what", "how", "when", "where", "why", "does", "not",
            "with", "this", "that", "it", "have", "need", "want", "and", "can", "hello", "our", "we", "was", "for",
            "to", "of", "i", "on", "there", "thanks", "much", "which", "who",
        ],
    ),
    (
        Language::Es,
        &[
            "el", "los", "las", "y", "hola", "gracias", "buenos", "buenas", "mi", "su", "tengo", "puedo", "quiero",
            "necesito", "pero", "con", "del", "al", "una", "un", "hay", "muy", "lo", "ya", "la", "hablar", "hacer",
            "usted", "nuestra", "nuestro", "en", "cuando", "porque", "cuanto", "cuanta", "debo", "debemos", "cual",
            "donde", "quien",
        ],
    ),
    (
        Language::Pt,
        &[
            "o", "os", "um", "uma", "nao", "voce", "voces", "obrigado", "obrigada", "ola", "oi", "bom", "boa", "meu",
            "minha", "seu", "sua", "tenho", "posso", "quero", "preciso", "mas", "com", "do", "da", "dos", "das", "na",
            "em", "ha", "muito", "falar", "fazer", "ao", "pelo", "pela", "nossa", "nosso", "isso", "quanto", "quanta",
            "devo", "devemos", "qual", "onde", "quando", "quem",
        ],
    ),
];
/// Signs that one of the three has alone, and how many words each is worth: names bring letters along, but
/// nobody turns a question mark round in passing.
const SIGNS: [(Language, &[char], usize); 3] = [
    (Language::Es, &['¿', '¡'], 2),
    (Language::Es, &['ñ'], 1),
    (Language::Pt, &['ã', 'õ', 'ç'], 1),
];
/// Words that are looked at.
const WORDS: usize = 100;
/// Statistics on fewer letters are as often wrong as right.
const LETTERS: usize = 40;
/// Letters that statistics look at.
const READ: usize = 1_000;

/// The language of a text; `None` when it is short or could be either.
pub(crate) fn detect(text: &str) -> Option<Language> {
    let words = folded_words(text, WORDS);
    let end = text.char_indices().nth(READ).map_or(text.len(), |(at, _)| at);
    let text = &text[..end];
    let mut votes = TELLING.map(|(language, telling)| {
        let count = words.iter().filter(|word| telling.contains(&word.as_str())).count();
        let signs = SIGNS
            .iter()
            .filter(|(of, signs, _)| *of == language && text.contains(*signs));
        (count + signs.map(|(.., worth)| worth).sum::<usize>(), language)
    });
    votes.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    if votes[0].0 >= 2 && votes[0].0 > 2 * votes[1].0 {
        return Some(votes[0].1);
    }
    if text.chars().filter(|c| c.is_alphabetic()).count() < LETTERS {
        return None;
    }
    let info = Detector::with_allowlist(vec![Lang::Eng, Lang::Spa, Lang::Por]).detect(text)?;
    if !info.is_reliable() {
        return None;
    }
    match info.lang() {
        Lang::Eng => Some(Language::En),
        Lang::Spa => Some(Language::Es),
        Lang::Por => Some(Language::Pt),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::detect;
    use conversation::types::Language::{En, Es, Pt};

    #[test]
    fn only_plain_cases_are_decided() {
        for (text, language) in [
            ("The printer in our office shows an error", Some(En)),
            ("I need a new toner", Some(En)),
            (
                "La impresora de la oficina muestra un error y ya no imprime nada desde ayer",
                Some(Es),
            ),
            ("Quiero hablar con una persona", Some(Es)),
            ("¿Cómo cambio el tóner de mi equipo?", Some(Es)),
            (
                "A impressora do escritório mostra um erro e não imprime mais nada desde ontem",
                Some(Pt),
            ),
            ("Quero falar com um atendente", Some(Pt)),
            ("Não consigo imprimir, o que eu faço com o toner?", Some(Pt)),
            ("¿Cuánto debo?", Some(Es)),
            ("¡Urgente!", Some(Es)),
            ("quanto devo?", Some(Pt)),
            ("a entrega não chegou em São Paulo", Some(Pt)),
            ("Please send it to São Paulo", Some(En)),
            ("Mr Peña wants toner", None),
            ("toner", None),
            ("ok gracias", None),
            ("no imprime", None),
            ("12345 67890 😀😀😀😀", None),
            ("", None),
        ] {
            assert_eq!(detect(text), language, "{text}");
        }
    }

    #[test]
    fn a_flood_is_read_in_part() {
        assert_eq!(detect(&"the is ".repeat(200_000)), Some(En));
        assert_eq!(detect(&"\u{301}".repeat(200_000)), None);
    }
}
