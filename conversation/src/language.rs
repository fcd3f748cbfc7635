//! The language that a text is written in, among those that the system speaks.
//!
//! Spanish and Portuguese share most letters and half of their words, so the small words decide first: those that only
//! one of the three languages has say more than the statistics of a short text.

use whatlang::{Detector, Lang};

use crate::types::Language;

/// A language and how plainly the words say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Detected {
    /// The language.
    pub language: Language,
    /// The words themselves make it plain: enough to answer in it whatever was spoken before. Otherwise it is the best
    /// guess where nothing else is known.
    pub is_plain: bool,
}

/// Words that one language has and the other two have not, as they are written with accents and without.
const TELLING: [(Language, &[&str]); 3] = [
    (
        Language::En,
        &[
            "also", "and", "any", "are", "be", "been", "but", "can", "can't", "could", "does", "doesn't", "don't",
            "for", "from", "have", "hello", "help", "hi", "how", "i", "if", "is", "it", "it's", "much", "my", "need",
            "not", "of", "on", "or", "our", "please", "regards", "thank", "thanks", "that", "the", "their", "there",
            "they", "this", "to", "want", "was", "we", "were", "what", "when", "where", "which", "who", "why", "with",
            "won't", "working", "would", "yes", "you", "your", // On a phone:
            "pls", "plz", "thx", "u", "ur", "wanna",
        ],
    ),
    (
        Language::Es,
        &[
            "al",
            "ayer",
            "ayuda",
            "buen",
            "buenas",
            "buenos",
            "con",
            "cordiales",
            "cual",
            "cuando",
            "cuanta",
            "cuanto",
            "cuál",
            "cuándo",
            "cuánta",
            "cuánto",
            "cómo",
            "debemos",
            "debo",
            "del",
            "donde",
            "dónde",
            "días",
            "el",
            "en",
            "es",
            "factura",
            "gracias",
            "hablar",
            "hacer",
            "hasta",
            "hay",
            "hola",
            "impresora",
            "la",
            "las",
            "lo",
            "los",
            "mi",
            "muy",
            "más",
            "necesitamos",
            "necesito",
            "nuestra",
            "nuestro",
            "pero",
            "puedo",
            "qué",
            "quien",
            "quiero",
            "quién",
            "saludos",
            "sin",
            "su",
            "sí",
            "tambien",
            "también",
            "tengo",
            "un",
            "una",
            "usted",
            "ustedes",
            "y",
            "ya",
            // On a phone:
            "cdo",
            "cto",
            "dnd",
            "kiero",
            "porfa",
            "tmb",
            "uds",
            "xfa",
            "xq",
        ],
    ),
    (
        Language::Pt,
        &[
            "ajuda",
            "ao",
            "atenciosamente",
            "até",
            "boa",
            "bom",
            "com",
            "da",
            "das",
            "devemos",
            "devo",
            "em",
            "estou",
            "falar",
            "fatura",
            "fazer",
            "há",
            "impressora",
            "isso",
            "lá",
            "meu",
            "minha",
            "muito",
            "na",
            "nao",
            "nossa",
            "nosso",
            "não",
            "o",
            "obrigada",
            "obrigado",
            "oi",
            "ola",
            "olá",
            "onde",
            "ontem",
            "os",
            "ou",
            "pela",
            "pelo",
            "posso",
            "precisamos",
            "preciso",
            "qual",
            "quando",
            "quanta",
            "quanto",
            "quem",
            "quero",
            "sem",
            "seu",
            "sua",
            "também",
            "tenho",
            "um",
            "uma",
            "voce",
            "voces",
            "você",
            "vocês",
            "é",
            // On a phone:
            "hj",
            "mto",
            "naum",
            "obg",
            "oq",
            "pfv",
            "qdo",
            "qro",
            "qto",
            "tbm",
            "vc",
            "vcs",
        ],
    ),
];
/// Nobody turns a mark round in passing.
const TURNED: &[char] = &['¿', '¡'];
/// Letters of one language. Names bring them along, so they only weigh beside words.
const LETTERS: [(Language, &[char]); 2] = [(Language::Es, &['ñ']), (Language::Pt, &['ã', 'õ', 'ç'])];
/// Words that are looked at.
const WORDS: usize = 200;
/// Bytes that are looked at: enough to know, and a log of 10 MB in a mail costs no seconds.
const READ: usize = 4_000;
/// Statistics on fewer letters are as often wrong as right.
const ENOUGH: usize = 40;
/// Nor does a text of fewer words say anything by its letters.
const FEWEST: usize = 4;

/// The language of a text; `None` when it says too little, or is surely none of ours.
pub fn detect(text: &str) -> Option<Detected> {
    let end = (0..=READ.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    let text = &text[..end.unwrap_or_default()];
    let words: Vec<String> = words(text);
    if words.is_empty() {
        return None;
    }
    let mut votes = TELLING.map(|(language, telling)| Votes {
        language,
        words: words.iter().filter(|word| telling.contains(&word.as_str())).count()
            + if language == Language::Es && text.contains(TURNED) {
                2
            } else {
                0
            },
        letters: LETTERS
            .iter()
            .filter(|(of, letters)| *of == language && text.contains(*letters))
            .count(),
    });
    votes.sort_by_key(|votes| std::cmp::Reverse(votes.sum()));
    let [first, second, _] = &votes;
    if first.sum() >= 2 && first.sum() > 2 * second.sum() && first.words > 0 {
        return Some(Detected {
            language: first.language,
            is_plain: true,
        });
    }
    let by_words = (first.words >= 1 && first.sum() > second.sum() + second.sum() / 2).then_some(first.language);
    let is_foreign = words.len() >= FEWEST && is_foreign(text);
    if is_foreign && first.words < 2 {
        return None;
    }
    let by_letters = statistics(text).filter(|_| words.len() >= FEWEST && !is_foreign);
    match (by_words, by_letters) {
        (Some(language), by_letters) => Some(Detected {
            language,
            is_plain: by_letters.is_some_and(|found| found.is_plain && found.language == language),
        }),
        (None, by_letters) => by_letters,
    }
}

struct Votes {
    language: Language,
    words: usize,
    letters: usize,
}

impl Votes {
    const fn sum(&self) -> usize {
        self.words + self.letters
    }
}

/// The words of a text in small letters; addresses are in no language, and `.com` is not Portuguese.
fn words(text: &str) -> Vec<String> {
    text.split_whitespace()
        .filter(|word| !word.contains(['@', '/', '\\']) && !word.contains(".com") && !word.starts_with("www."))
        .flat_map(|word| word.split(|c: char| !c.is_alphabetic() && c != '\'' && c != '’'))
        .filter(|word| !word.is_empty())
        .map(|word| word.to_lowercase().replace('’', "'"))
        .take(WORDS)
        .collect()
}

/// Whether a text is surely in a language that is none of the three, and must not be forced into one.
fn is_foreign(text: &str) -> bool {
    whatlang::detect(text)
        .is_some_and(|any| any.is_reliable() && !matches!(any.lang(), Lang::Eng | Lang::Spa | Lang::Por))
}

/// What the letters of a text say.
fn statistics(text: &str) -> Option<Detected> {
    let found = Detector::with_allowlist(vec![Lang::Eng, Lang::Spa, Lang::Por]).detect(text)?;
    let language = match found.lang() {
        Lang::Eng => Language::En,
        Lang::Spa => Language::Es,
        Lang::Por => Language::Pt,
        _ => return None,
    };
    let is_long = text.chars().filter(|c| c.is_alphabetic()).count() >= ENOUGH;
    Some(Detected {
        language,
        is_plain: is_long && found.is_reliable(),
    })
}

#[cfg(test)]
mod tests;
