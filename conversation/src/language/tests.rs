use super::{Detected, detect};
use crate::types::Language::{En, Es, Pt};

/// A text says its language plainly, probably, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    Plain,
    Likely,
}
use Says::{Likely, Plain};

#[test]
fn the_three_languages_are_told_apart() {
    let mut wrong = Vec::new();
    for (text, expected) in [
        // One word or two: a guess, or nothing.
        ("Hello", Some((En, Likely))),
        ("thanks", Some((En, Likely))),
        ("Gracias", Some((Es, Likely))),
        ("ok gracias", Some((Es, Likely))),
        ("Obrigado", Some((Pt, Likely))),
        ("Oi", Some((Pt, Likely))),
        ("toner", None),
        ("ok", None),
        ("no imprime", None),
        ("X200-7731", None),
        ("12345 67890 😀😀😀😀", None),
        ("https://shop.example.com/no/com ana@example.com", None),
        ("", None),
        // Short, and plain.
        ("I need a new toner", Some((En, Plain))),
        ("The printer is not working", Some((En, Plain))),
        ("Where’s my invoice? I don’t have it", Some((En, Plain))),
        ("Quiero hablar con una persona", Some((Es, Plain))),
        ("¿Cuánto debo?", Some((Es, Plain))),
        ("¡Urgente!", Some((Es, Plain))),
        ("La impresora no imprime", Some((Es, Plain))),
        ("La impresora no funciona desde ayer", Some((Es, Plain))),
        ("Cuando llega el tecnico", Some((Es, Plain))),
        ("buenos dias, necesito ayuda", Some((Es, Plain))),
        ("Quero falar com um atendente", Some((Pt, Plain))),
        ("quanto devo?", Some((Pt, Plain))),
        ("A impressora não imprime", Some((Pt, Plain))),
        ("nao consigo imprimir, o que eu faço", Some((Pt, Plain))),
        ("Quando chega o tecnico", Some((Pt, Plain))),
        ("bom dia, preciso de ajuda", Some((Pt, Plain))),
        // As thumbs type.
        ("vcs abrem hj?", Some((Pt, Plain))),
        ("qdo vcs abrem", Some((Pt, Plain))),
        ("preciso d toner hj pfv", Some((Pt, Plain))),
        ("kiero toner xfa", Some((Es, Plain))),
        ("dnd estan uds", Some((Es, Plain))),
        ("can u call me pls", Some((En, Plain))),
        // Whole sentences.
        ("Coffee. Do you also repair coffee machines?", Some((En, Plain))),
        ("The printer in our office shows an error", Some((En, Plain))),
        (
            "Could you send the invoice of March again? We have not received it yet.",
            Some((En, Plain)),
        ),
        (
            "La impresora de la oficina muestra un error y ya no imprime nada desde ayer",
            Some((Es, Plain)),
        ),
        ("¿Cómo cambio el tóner de mi equipo?", Some((Es, Plain))),
        ("Hola, necesito ayuda con mi factura", Some((Es, Plain))),
        (
            "Nos llego la copia de marzo pero sin el detalle, me la reenvian por favor",
            Some((Es, Plain)),
        ),
        (
            "A impressora do escritório mostra um erro e não imprime mais nada desde ontem",
            Some((Pt, Plain)),
        ),
        ("Não consigo imprimir, o que eu faço com o toner?", Some((Pt, Plain))),
        ("Bom dia, preciso da segunda via do boleto", Some((Pt, Plain))),
        (
            "Segue em anexo a foto do contador, por favor confirmem a leitura",
            Some((Pt, Plain)),
        ),
        // Names and places of another language.
        ("Please send it to São Paulo", Some((En, Plain))),
        ("The invoice of Señor Peña is not ours", Some((En, Plain))),
        ("a entrega não chegou em São Paulo", Some((Pt, Plain))),
        // None of the three.
        (
            "Der Drucker druckt seit gestern nicht mehr und zeigt einen Fehler an",
            None,
        ),
        ("Принтер не печатает со вчерашнего дня", None),
        ("プリンターが動きません", None),
    ] {
        let expected = expected.map(|(language, says)| Detected {
            language,
            is_plain: says == Plain,
        });
        let found = detect(text);
        if found != expected {
            wrong.push(format!("{text}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_name_alone_says_nothing() {
    for text in ["Mr Peña wants toner", "João", "Sr. Muñoz, Calle 5"] {
        assert!(detect(text).is_none_or(|found| !found.is_plain), "{text}");
    }
}

#[test]
fn a_flood_is_read_in_part() {
    let flood = detect(&"the is ".repeat(200_000)).map(|found| found.language);
    assert_eq!(flood, Some(En));
    assert_eq!(detect(&"\u{301}".repeat(200_000)), None);
    assert_eq!(detect(&"é".repeat(200_000)), None);
}

#[test]
fn no_word_tells_of_two_languages() {
    let mut all: Vec<&str> = super::TELLING.iter().flat_map(|(_, words)| *words).copied().collect();
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count);
}
