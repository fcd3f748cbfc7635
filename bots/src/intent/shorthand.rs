//! How people write on a phone: "qro falar c/ alguem", "xq no anda", "can u call me".

use kb::analysis::placed_words;

/// What is written, and what is meant: only what means the same wherever it stands, whichever of the three languages
/// is spoken.
const SHORTHAND: &[(&str, &[&str])] = &[
    // English
    ("u", &["you"]),
    ("ur", &["your"]),
    ("r", &["are"]),
    ("pls", &["please"]),
    ("plz", &["please"]),
    ("plss", &["please"]),
    ("thnx", &["thanks"]),
    ("tnx", &["thanks"]),
    ("wat", &["what"]),
    ("wats", &["what", "is"]),
    ("hw", &["how"]),
    ("wanna", &["want", "to"]),
    ("gotta", &["have", "to"]),
    ("gimme", &["give", "me"]),
    ("lemme", &["let", "me"]),
    ("sum1", &["someone"]),
    ("some1", &["someone"]),
    ("any1", &["anyone"]),
    ("didnt", &["didn", "t"]),
    // Spanish
    ("k", &["que"]),
    ("ke", &["que"]),
    ("q", &["que"]),
    ("xq", &["porque"]),
    ("xk", &["porque"]),
    ("xfa", &["por", "favor"]),
    ("xfavor", &["por", "favor"]),
    ("porfa", &["por", "favor"]),
    ("porfis", &["por", "favor"]),
    ("kiero", &["quiero"]),
    ("qiero", &["quiero"]),
    ("qro", &["quero"]),
    ("nesecito", &["necesito"]),
    ("nesesito", &["necesito"]),
    ("necesitp", &["necesito"]),
    ("cn", &["con"]),
    ("cto", &["cuanto"]),
    ("cuant", &["cuanto"]),
    ("cdo", &["cuando"]),
    ("dnd", &["donde"]),
    ("aki", &["aqui"]),
    ("tmb", &["tambien"]),
    ("tbn", &["tambien"]),
    ("msj", &["mensaje"]),
    ("pa", &["para"]),
    ("ud", &["usted"]),
    ("uds", &["ustedes"]),
    ("graciass", &["gracias"]),
    ("grx", &["gracias"]),
    ("grcs", &["gracias"]),
    // Portuguese
    ("vc", &["voce"]),
    ("vcs", &["voces"]),
    ("ce", &["voce"]),
    ("naum", &["nao"]),
    ("pfv", &["por", "favor"]),
    ("pfvr", &["por", "favor"]),
    ("qto", &["quanto"]),
    ("qnto", &["quanto"]),
    ("qdo", &["quando"]),
    ("qnd", &["quando"]),
    ("oq", &["o", "que"]),
    ("tbm", &["tambem"]),
    ("td", &["tudo"]),
    ("mt", &["muito"]),
    ("mto", &["muito"]),
    ("hj", &["hoje"]),
    ("algm", &["alguem"]),
    ("alg", &["alguem"]),
    ("ngm", &["ninguem"]),
    ("blz", &["beleza"]),
    ("obgd", &["obrigado"]),
    ("obgda", &["obrigada"]),
    ("agr", &["agora"]),
    ("dps", &["depois"]),
    ("fzr", &["fazer"]),
    ("vms", &["vamos"]),
    ("tava", &["estava"]),
    // Spanish and Portuguese
    ("pf", &["por", "favor"]),
    ("d", &["de"]),
];

/// Letters that are a word before a slash: "c/ alguem", "p/ hoje".
const SLASHED: &[(&str, &str)] = &[("c", "com"), ("p", "para"), ("s", "sem")];

/// The words of a text, lower-cased and folded, at most `limit`, with the shorthand of phones spelled out.
pub(super) fn read(text: &str, limit: usize) -> Vec<String> {
    let written = placed_words(text, limit);
    let mut read: Vec<String> = Vec::with_capacity(written.len());
    for (at, (place, word)) in written.iter().enumerate() {
        let is_before_slash = text[*place..].chars().nth(1) == Some('/');
        let slashed = SLASHED.iter().find(|(letter, _)| is_before_slash && letter == word);
        let short = SHORTHAND.iter().find(|(short, _)| short == word);
        match (slashed, short, word.as_str()) {
            (Some((_, meant)), ..) => read.push((*meant).to_owned()),
            (None, Some((_, meant)), _) => read.extend(meant.iter().map(|meant| (*meant).to_owned())),
            // "I'm" comes in two words; "5 m" is a length.
            (None, None, "m") if at == 0 || !(written[at - 1].1 == "i" || is_number(&written[at - 1].1)) => {
                read.push("me".to_owned());
            }
            // Elsewhere it counts, or is an English "and".
            (None, None, "n") if at == 0 && written.get(1).is_some_and(|(_, next)| !is_number(next)) => {
                read.push("nao".to_owned());
            }
            _ => read.push(word.clone()),
        }
    }
    read.truncate(limit);
    read
}

fn is_number(word: &str) -> bool {
    word.bytes().any(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{SHORTHAND, read};

    #[test]
    fn letters_are_words_where_they_can_be_nothing_else() {
        let cases = [
            ("falar c/ alguem p/ hoje", "falar com alguem para hoje"),
            ("n funcionou", "nao funcionou"),
            ("n 5 e n 6", "n 5 e n 6"),
            ("no m sirve", "no me sirve"),
            ("I'm waiting, 5 m", "i m waiting 5 m"),
            ("modelo c", "modelo c"),
            ("ação p/ já", "acao para ja"),
        ];
        for (written, meant) in cases {
            assert_eq!(read(written, 20).join(" "), meant, "{written}");
        }
    }

    #[test]
    fn what_is_meant_is_spelled_out_once() {
        assert_eq!(
            read("Kiero hablar cn algm xfa", 20).join(" "),
            "quiero hablar con alguem por favor"
        );
        assert_eq!(read("a b c q", 3).join(" "), "a b c");
        let all: Vec<&str> = SHORTHAND.iter().map(|(short, _)| *short).collect();
        for (short, meant) in SHORTHAND {
            assert_eq!(all.iter().filter(|other| *other == short).count(), 1, "{short}");
            assert!(meant.iter().all(|word| !all.contains(word)), "{short}");
        }
    }
}
