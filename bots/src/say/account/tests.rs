use super::*;

fn card(number: usize) -> Card {
    Card {
        kind: CardKind::Invoice,
        reference: format!("d{number}"),
        title: format!("Invoice {number}"),
        body: String::new(),
        facts: Vec::new(),
        actions: Vec::new(),
    }
}

#[test]
fn what_is_owed_is_said_with_the_invoices_that_are_due_first() {
    let some = Owed {
        total: "US$ 348.00".into(),
        overdue: "US$ 116.00".into(),
    };
    for (language, words) in [
        (
            Language::En,
            "You owe US$ 348.00 in all. Of that, US$ 116.00 is past its due date.",
        ),
        (
            Language::Es,
            "En total debe US$ 348.00. De ese importe, US$ 116.00 ya venció.",
        ),
        (
            Language::Pt,
            "O total em aberto é de US$ 348.00. Desse valor, US$ 116.00 já venceu.",
        ),
    ] {
        let said = owed(language, &some, (0..3).map(card).collect(), "/portal");
        assert_eq!(said.text, words);
        let shown: Vec<&str> = said.cards.iter().map(|card| card.reference.as_str()).collect();
        assert_eq!(shown, ["d0", "d1", "d2"]);
    }
    // More than a message shows: the rest is behind a link, and that is said.
    let said = owed(Language::En, &some, (0..4).map(card).collect(), "/portal");
    assert!(said.text.ends_with("all are in your account."), "{}", said.text);
    assert_eq!((said.cards.len(), said.cards[3].kind), (4, CardKind::Choice));
    let nothing = owed(Language::En, &Owed::default(), Vec::new(), "/portal");
    assert_eq!(nothing.text, "You owe nothing: everything is paid.");
    assert!(matches!(&nothing.cards[0].actions[0], CardAction::Open { path, .. } if path == "/portal"));
}

#[test]
fn labels_fit_the_smallest_button_and_an_introduction_says_nothing_of_anybody() {
    for language in [Language::En, Language::Es, Language::Pt] {
        let said = [
            sign_in(language, "/portal/link"),
            owed(language, &Owed::default(), Vec::new(), "/portal"),
        ];
        for action in said.iter().flat_map(|one| &one.cards).flat_map(|card| &card.actions) {
            let CardAction::Open { label, .. } = action else {
                panic!("{action:?}")
            };
            assert!(label.chars().count() <= 20, "{label}");
        }
        assert!(!said[0].text.contains(|c: char| c.is_ascii_digit()));
        assert_eq!(invoices(language, Vec::new(), "/portal"), None);
    }
}
