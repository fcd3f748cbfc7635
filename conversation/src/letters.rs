//! Letters as they are compared: small, without the accents of our three languages.

/// A small letter without its accent; everything else as it is.
pub const fn bare(letter: char) -> char {
    match letter {
        'á' | 'à' | 'â' | 'ã' | 'ä' | 'å' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ó' | 'ò' | 'ô' | 'õ' | 'ö' | 'ø' => 'o',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        'ý' | 'ÿ' => 'y',
        'ç' => 'c',
        'ñ' => 'n',
        other => other,
    }
}

/// A text in small letters without accents.
pub fn folded(text: &str) -> String {
    text.to_lowercase().chars().map(bare).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_lose_case_and_accents() {
        for (text, expected) in [
            ("Recepção Nº 3", "recepcao nº 3"),
            ("Ñandú, ¿qué tal?", "nandu, ¿que tal?"),
            ("ÀÉÎÕÜ", "aeiou"),
            ("日本", "日本"),
            ("", ""),
        ] {
            assert_eq!(folded(text), expected, "{text}");
        }
    }
}
