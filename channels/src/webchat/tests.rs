use super::*;

const ID: &str = "01HZX3Q4R5S6T7V8W9XAYBZC0D";

fn author() -> Author {
    Author {
        visitor: "01HZX00000000000000000V1S1".into(),
        name: None,
        language: Language::Pt,
    }
}

fn posted(text: &str) -> Posted {
    Posted {
        id: ID.into(),
        text: text.into(),
        ..Posted::default()
    }
}

fn file(number: i64) -> (String, String, BlobRef) {
    let blob = BlobRef {
        sha256: "ab".into(),
        size: number,
    };
    (format!("{number}.png"), "image/png".into(), blob)
}

#[test]
fn what_is_refused() {
    let long = "é".repeat(LONGEST_TEXT + 1);
    let answer = |payload: &str| Posted {
        answer: Some((payload.into(), "Sim".into())),
        ..posted("")
    };
    for (name, posted, refusal) in [
        (
            "no id",
            Posted {
                id: String::new(),
                ..posted("a")
            },
            Refusal::Id,
        ),
        (
            "lower case",
            Posted {
                id: ID.to_lowercase(),
                ..posted("a")
            },
            Refusal::Id,
        ),
        (
            "letter U",
            Posted {
                id: "01HZX3Q4R5S6T7V8W9XAYBZCU0".into(),
                ..posted("a")
            },
            Refusal::Id,
        ),
        (
            "129 bits",
            Posted {
                id: "8ZZZZZZZZZZZZZZZZZZZZZZZZZ".into(),
                ..posted("a")
            },
            Refusal::Id,
        ),
        (
            "26 bytes that are not ASCII",
            Posted {
                id: "é".repeat(13),
                ..posted("a")
            },
            Refusal::Id,
        ),
        ("empty", posted(" \n "), Refusal::Empty),
        ("too long", posted(&long), Refusal::TooLong),
        (
            "eleven files",
            Posted {
                files: (0..11).map(file).collect(),
                ..posted("")
            },
            Refusal::TooManyFiles,
        ),
        ("no value", answer("helped:yes"), Refusal::Answer),
        (
            "endless answer",
            answer(&format!("a|{}", "x".repeat(600))),
            Refusal::Answer,
        ),
    ] {
        assert_eq!(
            normalise(&"in".into(), &author(), posted, 5).unwrap_err(),
            refusal,
            "{name}"
        );
    }
}

#[test]
fn a_message_in_the_normal_form() {
    let message = normalise(
        &"in".into(),
        &author(),
        Posted {
            files: vec![file(7)],
            ..posted("  olá  ")
        },
        5,
    )
    .unwrap();
    assert_eq!(message.external_id, format!("01HZX00000000000000000V1S1:{ID}"));
    assert_eq!(client_id(&message.external_id), Some(ID));
    assert_eq!((message.text.as_str(), message.sent_at), ("olá", 5));
    assert_eq!(message.attachments[0].name, "7.png");
    assert!(message.from.identities[0].verified);
    assert_eq!(message.from.language, Some(Language::Pt));
}

#[test]
fn a_press_without_words_says_its_label() {
    let message = normalise(
        &"in".into(),
        &author(),
        Posted {
            answer: Some(("01M|helped:yes".into(), "Sim\u{7}".into())),
            ..posted("")
        },
        5,
    )
    .unwrap();
    let answer = message.answer.unwrap();
    assert_eq!(message.text, "Sim");
    assert_eq!(
        (answer.value.as_str(), answer.message.unwrap().as_str()),
        ("helped:yes", "01M")
    );
}

#[test]
fn other_external_ids_have_no_client_id() {
    for text in ["", "abc", "a:b", "form:01HZX", "<a:b@c>"] {
        assert_eq!(client_id(text), None, "{text}");
    }
}
