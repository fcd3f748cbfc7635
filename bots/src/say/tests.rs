use conversation::types::{TicketKind, TicketStatus};
use kb::Passage;

use super::*;

fn candidate(id: &str, title: &str, passage: &str) -> Candidate {
    Candidate {
        article_id: id.to_owned(),
        title: title.to_owned(),
        path: format!("/help/{id}"),
        language: Language::En,
        passages: vec![Passage {
            heading: String::new(),
            text: passage.to_owned(),
            marked: String::new(),
        }],
        confidence: 0.9,
    }
}

fn answers(said: &Said) -> Vec<(&str, &str)> {
    said.cards
        .iter()
        .flat_map(|card| &card.actions)
        .filter_map(|action| match action {
            CardAction::Answer { label, value } => Some((label.as_str(), value.as_str())),
            CardAction::Open { .. } => None,
        })
        .collect()
}

#[test]
fn labels_fit_and_differ_in_every_language() {
    let same = "How to change the toner cartridge of the big machine";
    let lists = [
        vec![candidate("a", "Toner", "x"), candidate("b", "Paper", "x")],
        vec![
            candidate("a", same, "x"),
            candidate("b", same, "x"),
            candidate("c", same, "x"),
        ],
        vec![
            candidate("a", "Talk to a person", "x"),
            candidate("b", "Hablar con alguien", "x"),
        ],
        vec![candidate("a", "", "x"), candidate("b", "ç".repeat(400).as_str(), "x")],
    ];
    for &language in Language::ALL {
        let mut all: Vec<Said> = lists.iter().map(|list| clarify(language, list)).collect();
        all.push(answered(language, &candidate("a", "Toner", "Open the door.")));
        for said in all {
            let answers = answers(&said);
            for (at, (label, value)) in answers.iter().enumerate() {
                assert!((1..=LABEL + 4).contains(&label.chars().count()), "{label}");
                assert!(value.len() <= VALUE);
                assert!(
                    answers[..at].iter().all(|(other, _)| other != label),
                    "{label} twice in {answers:?}"
                );
            }
        }
    }
}

#[test]
fn a_choice_has_whole_headlines() {
    let title = "Renovar, cambiar o terminar el contrato de alquiler";
    let said = clarify(
        Language::Es,
        &[candidate("a", title, "x"), candidate("b", "Tóner", "x")],
    );
    assert_eq!(answers(&said)[0], (title, "choose:a"));
    assert_eq!(said.cards[0].body, "", "nothing is said twice");
}

#[test]
fn values_come_back_as_they_were_meant() {
    let said = answered(Language::En, &candidate("en/toner", "Toner", "x"));
    let read: Vec<CardValue> = answers(&said)
        .iter()
        .map(|(_, value)| CardValue::parse(value))
        .collect();
    assert_eq!(
        read,
        [
            CardValue::HelpedYes(Some("en/toner".to_owned())),
            CardValue::HelpedNo(Some("en/toner".to_owned()))
        ]
    );
    let long = "x".repeat(400);
    let said = answered(Language::En, &candidate(&long, "Toner", "x"));
    assert_eq!(CardValue::parse(answers(&said)[0].1), CardValue::HelpedYes(None));
    let said = clarify(Language::En, &[candidate(&long, "A", "x"), candidate("b", "B", "x")]);
    let values: Vec<&str> = answers(&said).iter().map(|(_, value)| *value).collect();
    assert_eq!(values, ["choose:b", "person"]);
}

#[test]
fn a_long_passage_is_cut_and_an_empty_one_left_out() {
    let said = answered(Language::Pt, &candidate("a", "A", &"palavra ".repeat(1_000)));
    assert!(said.text.chars().count() < PASSAGE + 100);
    assert!(said.text.ends_with('…'));
    let said = answered(Language::Pt, &candidate("a", "A", "  "));
    assert_eq!(said.text, words::answer_in_other_language(Language::Pt, Language::En));
}

#[test]
fn a_passage_keeps_its_marks_whole() {
    let mut one = candidate("a", "Paper", "1. Open the door\n2. Pull");
    one.passages[0].marked = "1. **Open** the door\n2. Pull".to_owned();
    assert!(
        answered(Language::En, &one)
            .text
            .ends_with("\n\n1. **Open** the door\n2. Pull")
    );
    // Two passages stand under their headings, two articles under theirs.
    let mut two = one.clone();
    two.passages[0].heading = "A jam".to_owned();
    two.passages.push(Passage {
        heading: "After it".to_owned(),
        ..Passage::default()
    });
    two.passages[1].text = "Close it.".to_owned();
    assert!(
        answered(Language::En, &two)
            .text
            .ends_with("\n\n### A jam\n\n1. **Open** the door\n2. Pull\n\n### After it\n\nClose it.")
    );
    let all = answered_all(Language::En, &[one.clone(), candidate("b", "Toner", "Wait.")]).text;
    assert!(
        all.contains("\n\n### Paper\n\n1. **Open** the door\n2. Pull\n\n### Toner\n\nWait."),
        "{all}"
    );
    // What is cut is cut between lines.
    one.passages[0].marked = "- **one two three** four\n".repeat(200);
    let said = answered(Language::En, &one).text;
    assert!(
        said.ends_with("- **one two three** four\n\n…") && said.chars().count() < PASSAGE + 100,
        "{said}"
    );
}

#[test]
fn the_ticket_is_named_in_text_and_card() {
    let ticket = Ticket {
        id: "01T".into(),
        number: 42,
        conversation_id: "01C".into(),
        contact_id: "01P".into(),
        subject: "toner ".repeat(100),
        kind: TicketKind::Question,
        category: None,
        priority: conversation::types::Priority::Normal,
        level: conversation::types::Level::N1,
        status: TicketStatus::New,
        assignee_id: None,
        brief: String::new(),
        created_at: 0,
        updated_at: 0,
        resolved_at: None,
        problem_id: None,
        due_at: None,
        breached_at: None,
        confirm_until: None,
        bounces: 0,
        version: 1,
    };
    for (language, status) in [(Language::En, "New"), (Language::Es, "Nuevo"), (Language::Pt, "Novo")] {
        let said = handed_over(language, Reason::Unsure, &ticket, None);
        assert!(said.text.contains("T-42"));
        assert!(said.cards[0].title.starts_with("T-42 · toner"));
        assert!(said.cards[0].title.chars().count() < 140);
        assert_eq!(said.cards[0].facts[0].1, status);
    }
}
