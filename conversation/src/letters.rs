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

/// Whether a character only changes in which direction others are read: what hides the end of a file's name or who
/// somebody is.
pub const fn turns_direction(letter: char) -> bool {
    matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A name without what turns its direction.
pub fn straight(name: &str) -> String {
    let name: String = name.chars().filter(|letter| !turns_direction(*letter)).collect();
    name.trim().to_owned()
}

/// A text in small letters without accents.
pub fn folded(text: &str) -> String {
    text.to_lowercase().chars().map(bare).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_as_it_is_written() {
        for (name, expected) in [
            ("Ana\u{202e}gnp.exe", "Anagnp.exe"),
            (" \u{2066}\u{2069} ", ""),
            ("مرحبا شركة", "مرحبا شركة"),
            ("👩\u{200d}🔧 Zoë", "👩\u{200d}🔧 Zoë"),
        ] {
            assert_eq!(straight(name), expected, "{name:?}");
        }
    }

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
