use super::*;

fn index_terms(language: Language, text: &str) -> Vec<String> {
    let mut chain = index_chain(language);
    let mut stream = chain.token_stream(text);
    let mut terms = Vec::new();
    while stream.advance() {
        terms.push(stream.token().text.clone());
    }
    terms
}

#[test]
fn accents_and_endings_do_not_matter() {
    for (language, a, b) in [
        (Language::Pt, "impressões", "impressoes"),
        (Language::Pt, "impressão", "impressao"),
        (Language::Pt, "página", "paginas"),
        (Language::Pt, "configurações", "configuracao"),
        (Language::Pt, "disponível", "disponivel"),
        (Language::Pt, "manutenção", "manutencao"),
        (Language::Es, "configuración", "configuracion"),
        (Language::Es, "tóner", "toner"),
        (Language::Es, "impresión", "impresion"),
        (Language::Es, "páginas", "pagina"),
        (Language::En, "printing", "printed"),
        (Language::En, "CAFÉ", "cafe"),
    ] {
        assert_eq!(index_terms(language, a), index_terms(language, b), "{a} / {b}");
    }
}

#[test]
fn folded_words_are_bounded() {
    assert_eq!(
        folded_words("¿Dónde está el TÓNER?", 9),
        ["donde", "esta", "el", "toner"]
    );
    assert_eq!(folded_words("a b c d", 2), ["a", "b"]);
    assert_eq!(folded_words("…🙏!", 9), Vec::<String>::new());
    assert_eq!(folded_words(&"x".repeat(10_000), 9), Vec::<String>::new());
}

#[test]
fn stems_and_folds_come_in_pairs() {
    let words = Splitter::without_synonyms(Language::Es).words("¿Cómo hago las configuraciones rápidas?", 9);
    let pairs: Vec<(&str, bool)> = words
        .iter()
        .map(|word| (word.folded.as_str(), word.is_function_word))
        .collect();
    assert_eq!(
        pairs,
        [
            ("como", true),
            ("hago", true),
            ("las", true),
            ("configuraciones", false),
            ("rapidas", false)
        ]
    );
    assert_eq!(words[3].stem, "configur");
}
