use std::io::Write;
use std::process::Command;

use super::*;
use crate::ids::DocumentId;
use crate::money::Currency;
use crate::state::State;
use crate::totals::Rounding;

fn content(lines: usize, language: conversation::types::Language, currency: &str) -> Content {
    let currency: Currency = currency.parse().unwrap();
    let lines: Vec<Line> = (0..lines)
        .map(|index| Line {
            description: format!(
                "Línea {index}: alquiler de impressora, ação e coração — ñ ç ã ü € ₡ ₲\nsegunda línea"
            ),
            quantity: 1_500,
            unit_price: 12_345,
            discount: if index % 3 == 0 { 1_000 } else { 0 },
            taxes: vec![crate::totals::Tax {
                name: "IVA".to_owned(),
                rate: 1_600,
            }],
        })
        .collect();
    let totals = totals(&lines, Rounding::Total).unwrap();
    let document = Document {
        id: DocumentId::from("01HZX0000000000000000000AA"),
        kind: Kind::Invoice,
        customer_id: "c".into(),
        number: Some("INV-2026-0042".to_owned()),
        external_number: None,
        state: State::PartlyPaid,
        currency,
        language,
        issued_on: "2026-01-31".to_owned(),
        due_on: "2026-02-15".to_owned(),
        rounding: Rounding::Total,
        notes: "Gracias por su preferencia. Obrigado! ".repeat(10),
        net: totals.net,
        tax: totals.tax,
        total: totals.total,
        paid: 5_000,
        credited: 0,
        pending: 0,
        disputed: 0,
        issuer: None,
        bill_to: None,
        related_id: None,
        recurring_id: None,
        is_published: false,
        is_reminded: true,
        sent_at: Some(0),
        viewed_at: None,
        settled_at: None,
        created_at: 0,
        updated_at: 0,
        version: 1,
    };
    Content {
        document,
        lines,
        totals,
        issuer: Business {
            name: "Copiadoras Andinas S.A. de C.V.".to_owned(),
            address: "Av. Reforma 123\nCol. Juárez\n06600 Ciudad de México".to_owned(),
            tax_id: "CAN010203XY4".to_owned(),
            email: "facturas@andinas.example".to_owned(),
            bank: "Banco Ejemplo\nCLABE 0123 4567 8901 2345 67".to_owned(),
            footer: "Gracias".to_owned(),
            ..Business::default()
        },
        bill_to: BillTo {
            name: "Papelería São João & Filhos".to_owned(),
            address: "Rua da Consolação, 100\nSão Paulo".to_owned(),
            tax_id: "12.345.678/0001-90".to_owned(),
            email: None,
        },
        related: None,
    }
}

/// A logo of 48 × 48 pixels.
const LOGO: &[u8] = include_bytes!("logo.png");

fn run(program: &str, args: &[&str], bytes: &[u8]) -> Option<(bool, String)> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let output = Command::new(program)
        .args(args.iter().map(|arg| {
            if *arg == "FILE" {
                file.path().to_str().unwrap()
            } else {
                arg
            }
        }))
        .output();
    match output {
        Ok(output) => {
            let text = format!(
                "{}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
            Some((output.status.success(), text))
        }
        Err(error) if std::env::var("CI").is_ok_and(|value| value == "true") => panic!("{program}: {error}"),
        Err(_) => {
            eprintln!("skipped: {program} is not installed (Debian: qpdf, poppler-utils)");
            None
        }
    }
}

#[test]
fn documents_are_sound_files_with_their_words() {
    use conversation::types::Language::{En, Es, Pt};
    for (lines, language, currency, logo, pages) in [
        (1, En, "USD", false, 1),
        (3, Es, "MXN", true, 1),
        (60, Pt, "BRL", true, 0),
        (500, Es, "PYG", false, 0),
    ] {
        let content = content(lines, language, currency);
        let logo = logo.then(|| (Bytes::from_static(LOGO), "image/png".to_owned()));
        let bytes = draw(&content, logo).unwrap();
        let Some((is_sound, said)) = run("qpdf", &["--check", "FILE"], &bytes) else {
            return;
        };
        assert!(is_sound, "{said}");
        let Some((_, text)) = run("pdftotext", &["-layout", "FILE", "-"], &bytes) else {
            return;
        };
        let total = content.document.currency.format(content.document.total, language);
        for words in [
            "INV-2026-0042",
            "Papelería São João & Filhos",
            "ação e coração",
            "₲",
            &total,
        ] {
            let plain = |text: &str| text.replace('\u{a0}', " ");
            assert!(plain(&text).contains(&plain(words)), "{words} in {text}");
        }
        if pages > 0 {
            assert_eq!(text.matches('\u{c}').count(), pages, "{lines} lines");
        }
        if let Ok(folder) = std::env::var("PDF_FOLDER") {
            std::fs::write(format!("{folder}/{lines}-{language}.pdf"), &bytes).unwrap();
        }
    }
}

#[test]
fn the_same_document_is_the_same_bytes() {
    let make = || draw(&content(5, conversation::types::Language::Es, "EUR"), None).unwrap();
    assert_eq!(make(), make());
}

#[test]
fn no_text_breaks_a_page() {
    for odd in [
        "",
        "x",
        &"x".repeat(3_000),
        &"word ".repeat(600),
        "日本語 العربية 🎉 \u{0}\u{7}\u{202e}",
        &"a\n".repeat(400),
    ] {
        let mut content = content(2, conversation::types::Language::En, "USD");
        content.lines[1].description = odd.to_owned();
        content.document.notes = odd.to_owned();
        content.bill_to.name = odd.to_owned();
        content.bill_to.address = odd.to_owned();
        content.issuer.name = odd.to_owned();
        content.issuer.bank = odd.to_owned();
        content.issuer.color = odd.to_owned();
        let bytes = draw(
            &content,
            Some((Bytes::from_static(b"not a picture"), "image/png".to_owned())),
        )
        .unwrap();
        if let Some((is_sound, said)) = run("qpdf", &["--check", "FILE"], &bytes) {
            assert!(is_sound, "{said}");
        }
    }
}
