//! The language a text is written in, among those that the system speaks.

use conversation::types::Language;
use whatlang::{Detector, Lang};

/// Words that say which of the three languages it is, even alone. Each is common in its language
/// and absent from the other two; "do" is English and Portuguese.
const EN: &[&str] = &[
    "the", "is", "are", "you", "your", "my", "please", "thanks", "thank", "hello", "hi", "what", "how", "when",
    "where", "why", "does", "doesn't", "don't", "can't", "not", "with", "this", "that", "it", "have", "need", "want",
    "and", "yes", "regards", "of", "to", "for", "we", "our", "i", "help", "working", "also", "any", "can", "would",
    "could", "which", "who", "was", "were", "there", "but", "from", "they", "their", "if", "or", "an", "on", "be",
    "been",
];
const ES: &[&str] = &[
    "la",
    "en",
    "hay",
    "impresora",
    "el",
    "los",
    "las",
    "y",
    "es",
    "usted",
    "ustedes",
    "hola",
    "gracias",
    "buenos",
    "buenas",
    "días",
    "dias",
    "qué",
    "cómo",
    "cuándo",
    "dónde",
    "mi",
    "su",
    "tengo",
    "puedo",
    "quiero",
    "necesito",
    "favor",
    "sí",
    "muy",
    "pero",
    "con",
    "del",
    "al",
    "una",
    "un",
    "hasta",
    "saludos",
    "cordiales",
    "factura",
    "funciona",
    "ayuda",
    "está",
    "esta",
    "lo",
];
const PT: &[&str] = &[
    "impressora",
    "o",
    "os",
    "não",
    "nao",
    "você",
    "voce",
    "vocês",
    "obrigado",
    "obrigada",
    "olá",
    "ola",
    "oi",
    "bom",
    "boa",
    "dia",
    "tarde",
    "meu",
    "minha",
    "seu",
    "sua",
    "tenho",
    "posso",
    "quero",
    "preciso",
    "sim",
    "muito",
    "mas",
    "com",
    "da",
    "dos",
    "das",
    "em",
    "um",
    "uma",
    "até",
    "atenciosamente",
    "fatura",
    "boleto",
    "é",
    "são",
    "estou",
];

/// The language of a text, or `None` when it says too little.
pub fn detect(text: &str) -> Option<Language> {
    // Enough to know; a 10 MB log in a mail must not cost seconds.
    let text = truncate(text, 4_000);
    let words: Vec<String> = text
        .split_whitespace()
        // Addresses are in no language, and `.com` is not Portuguese.
        .filter(|word| !word.contains(['@', '/', '\\']) && !word.contains(".com") && !word.starts_with("www."))
        .flat_map(|word| word.split(|c: char| !c.is_alphabetic() && c != '\''))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    if words.is_empty() {
        return None;
    }
    let count = |list: &[&str]| words.iter().filter(|word| list.contains(&word.as_str())).count();
    let scores = [
        (Language::En, count(EN)),
        (Language::Es, count(ES)),
        (Language::Pt, count(PT)),
    ];
    let best = scores.iter().max_by_key(|(_, n)| *n).copied()?;
    let second = scores
        .iter()
        .filter(|(l, _)| *l != best.0)
        .map(|(_, n)| *n)
        .max()
        .unwrap_or(0);
    // Function words alone decide where they are clear: half the votes ahead.
    if best.1 >= 1 && best.1 > second + second / 2 {
        return Some(best.0);
    }
    if words.len() < 4 {
        return None;
    }
    // A language that is surely none of the three is not forced into one.
    if let Some(info) = whatlang::detect(text)
        && info.is_reliable()
        && !matches!(info.lang(), Lang::Eng | Lang::Spa | Lang::Por)
    {
        return None;
    }
    Detector::with_allowlist(vec![Lang::Eng, Lang::Spa, Lang::Por])
        .detect_lang(text)
        .and_then(|lang| match lang {
            Lang::Eng => Some(Language::En),
            Lang::Spa => Some(Language::Es),
            Lang::Por => Some(Language::Pt),
            _ => None,
        })
}

/// The first `max` bytes, cut at a character.
pub(crate) fn truncate(text: &str, max: usize) -> &str {
    if text.len() <= max {
        return text;
    }
    let mut end = max;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests;
