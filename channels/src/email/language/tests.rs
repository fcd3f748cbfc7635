use super::*;

#[test]
fn the_three_languages_are_told_apart() {
    let cases = [
        ("The printer is not working", Some(Language::En)),
        ("Hello", Some(Language::En)),
        ("thanks", Some(Language::En)),
        ("Coffee. Do you also repair coffee machines?", Some(Language::En)),
        ("La impresora no funciona desde ayer", Some(Language::Es)),
        ("La impresora no imprime", Some(Language::Es)),
        ("A impressora não imprime", Some(Language::Pt)),
        ("Gracias", Some(Language::Es)),
        ("Hola, necesito ayuda con mi factura", Some(Language::Es)),
        ("A impressora não funciona desde ontem", Some(Language::Pt)),
        ("Obrigado", Some(Language::Pt)),
        ("Bom dia, preciso da segunda via do boleto", Some(Language::Pt)),
        ("ok", None),
        ("X200-7731", None),
        ("https://shop.example.com/no/com ana@example.com", None),
        ("", None),
    ];
    for (text, expected) in cases {
        assert_eq!(detect(text), expected, "{text}");
    }
}
