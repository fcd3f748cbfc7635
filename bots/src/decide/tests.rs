use conversation::types::{Channel, Language};
use kb::Passage;

use super::*;
use crate::decision::Said;
use crate::session::{Answered, BotSession, Offered};

fn passage(heading: &str) -> Passage {
    Passage {
        heading: heading.to_owned(),
        text: "Do this.".to_owned(),
        marked: String::new(),
    }
}

fn candidate(id: &str, confidence: f32) -> Candidate {
    Candidate {
        article_id: id.to_owned(),
        title: format!("About {id}"),
        path: format!("/help/en/{id}"),
        language: Language::En,
        passages: vec![passage("")],
        confidence,
    }
}

fn turn<'a>(text: &'a str, session: &'a BotSession, candidates: &'a [Candidate]) -> Turn<'a> {
    Turn {
        text,
        language: Language::En,
        channel: Channel::Webchat,
        auto: Auto::None,
        has_attachments: false,
        is_reaction: false,
        is_about_marketing: false,
        answer: None,
        session,
        candidates,
        parts: &[],
        data: None,
        is_sensitive: false,
        answer_at: kb::ANSWER_AT,
        at: 0,
        menu: None,
        picked: None,
        found: None,
        press: None,
    }
}

fn answered() -> BotSession {
    BotSession {
        last_question: Some("how do I change the toner".to_owned()),
        questions: vec!["how do I change the toner".to_owned()],
        answered: vec![Answered {
            article: "toner".to_owned(),
            title: "Toner".to_owned(),
            headings: Some(vec![String::new()]),
            helped: None,
        }],
        ..BotSession::default()
    }
}

fn offered() -> BotSession {
    BotSession {
        last_question: Some("it does not print".to_owned()),
        offered: ["offline", "lines"]
            .map(|id| Offered {
                article: id.to_owned(),
                title: format!("About {id}"),
            })
            .to_vec(),
        times_asked: 1,
        ..BotSession::default()
    }
}

/// A decision in a few letters, for tables.
fn short(decision: &Decision) -> String {
    match decision {
        Decision::Answer { candidate } => format!("answer {}", candidate.article_id),
        Decision::AnswerAll { candidates } => format!("answer {} questions", candidates.len()),
        Decision::FromData { said } => said.text.clone(),
        Decision::Clarify { candidates } => {
            let ids: Vec<_> = candidates
                .iter()
                .map(|candidate| candidate.article_id.as_str())
                .collect();
            format!("clarify {}", ids.join(" "))
        }
        Decision::Escalate { reason } => format!("escalate {}", reason.as_str()),
        Decision::Menu { place, lead } => format!("menu {} {lead:?}", place.as_deref().unwrap_or("top")),
        Decision::Ask { words } => format!("ask {words}"),
        Decision::Portal => "portal".to_owned(),
        Decision::MenuGone => "menu gone".to_owned(),
        Decision::SmallTalk { kind } => format!("{kind:?}"),
        Decision::Silent { why } => format!("silent {why:?}"),
    }
}

#[test]
fn the_rules_for_text() {
    let fresh = BotSession::default();
    let (answered, offered) = (answered(), offered());
    let sure = [candidate("toner", 0.9), candidate("jam", 0.03)];
    let other = [candidate("jam", 0.9)];
    let close = [
        candidate("offline", 0.45),
        candidate("lines", 0.35),
        candidate("jam", 0.15),
        candidate("x", 0.02),
    ];
    let close_and_sure = [candidate("offline", 0.62), candidate("lines", 0.32)];
    let unsure = [candidate("toner", 0.3), candidate("jam", 0.05)];
    let table: &[(&str, &BotSession, &[Candidate], &str)] = &[
        ("how do I change the toner", &fresh, &sure, "answer toner"),
        ("something odd", &fresh, &unsure, "escalate unsure"),
        ("something odd", &fresh, &[], "escalate unsure"),
        ("it does not print", &fresh, &close, "clarify offline lines jam"),
        ("it does not print", &fresh, &close_and_sure, "clarify offline lines"),
        ("it just does not print", &offered, &close, "escalate still_unclear"),
        ("it just does not print", &offered, &close_and_sure, "answer offline"),
        ("the second one", &offered, &close, "answer lines"),
        ("2", &offered, &close, "answer lines"),
        ("about lines", &offered, &close, "answer lines"),
        (
            "I want to talk to a person about the toner",
            &fresh,
            &sure,
            "escalate asked_for_person",
        ),
        ("quiero hablar con alguien", &fresh, &sure, "escalate asked_for_person"),
        ("this is unacceptable", &fresh, &sure, "escalate angry"),
        ("that did not help", &answered, &sure, "escalate did_not_help"),
        ("yes, thanks", &answered, &sure, "GladItHelped"),
        ("thanks", &answered, &sure, "Thanks"),
        ("thanks", &fresh, &[], "Thanks"),
        ("buenos días", &fresh, &[], "Greeting"),
        ("how do I change the toner?", &answered, &sure, "escalate repeated"),
        ("what about changing toner", &answered, &sure, "escalate repeated"),
        ("and when paper jams", &answered, &other, "answer jam"),
        (
            "how do I pay it? when does the contract end?",
            &fresh,
            &unsure,
            "escalate several_questions",
        ),
        (
            "how do I change the toner? where does it go?",
            &fresh,
            &sure,
            "answer toner",
        ),
        ("  ", &fresh, &sure, "escalate no_text"),
    ];
    for (text, session, candidates, expected) in table {
        assert_eq!(short(&decide(&turn(text, session, candidates))), *expected, "{text}");
    }
}

#[test]
fn machines_and_reactions_get_no_answer_whatever_they_say() {
    let session = BotSession::default();
    let sure = [candidate("toner", 0.99)];
    for auto in [Auto::AutoReply, Auto::Bounce, Auto::Bulk, Auto::Loop] {
        let turn = Turn {
            auto,
            ..turn("I want to talk to a person", &session, &sure)
        };
        assert_eq!(
            decide(&turn),
            Decision::Silent {
                why: Silence::Automatic
            }
        );
    }
    let reaction = Turn {
        is_reaction: true,
        ..turn("👍", &session, &sure)
    };
    assert_eq!(decide(&reaction), Decision::Silent { why: Silence::Reaction });
    let word = Turn {
        is_about_marketing: true,
        is_reaction: false,
        ..reaction
    };
    assert_eq!(
        decide(&word),
        Decision::Silent {
            why: Silence::Marketing
        }
    );
    let handed_over = BotSession {
        escalated: Some(Reason::Unsure),
        ..BotSession::default()
    };
    assert_eq!(
        decide(&turn("toner?", &handed_over, &sure)),
        Decision::Silent {
            why: Silence::WithPeople
        }
    );
}

#[test]
fn a_picture_alone_goes_to_people_and_one_with_a_question_is_answered() {
    let session = BotSession::default();
    let sure = [candidate("toner", 0.9)];
    let alone = Turn {
        has_attachments: true,
        ..turn(" \n", &session, &sure)
    };
    assert_eq!(short(&decide(&alone)), "escalate media_only");
    let captioned = Turn {
        has_attachments: true,
        ..turn("how do I change the toner", &session, &sure)
    };
    assert_eq!(short(&decide(&captioned)), "answer toner");
    let greeting = Turn {
        has_attachments: true,
        ..turn("hello", &session, &[])
    };
    assert_eq!(short(&decide(&greeting)), "escalate unsure");
}

#[test]
fn the_buttons() {
    let offered = offered();
    let candidates = [candidate("lines", 0.2)];
    for (value, expected) in [
        ("helped:yes:toner", "GladItHelped"),
        ("helped:yes", "GladItHelped"),
        ("helped:no:en/toner", "escalate did_not_help"),
        ("person", "escalate asked_for_person"),
        ("choose:lines", "answer lines"),
        ("choose:gone", "escalate still_unclear"),
        ("pay:invoice-7", "silent NotMine"),
        ("", "silent NotMine"),
    ] {
        let turn = Turn {
            answer: Some(CardValue::parse(value)),
            ..turn("Label", &offered, &candidates)
        };
        assert_eq!(short(&decide(&turn)), expected, "{value}");
    }
}

#[test]
fn button_values_read_back() {
    for value in ["helped:yes:en/toner", "helped:no:", "choose:a:b", "person", "survey:5"] {
        assert_eq!(CardValue::parse(value).to_string(), value);
    }
}

#[test]
fn a_session_follows_the_turns() {
    let close = [candidate("offline", 0.45), candidate("lines", 0.35)];
    let start = BotSession::default();
    let first = turn("it does not print", &start, &close);
    let decision = decide(&first);
    let asked = first.after(&decision);
    assert_eq!((asked.times_asked, asked.offered.len()), (1, 2));

    let choice = Turn {
        answer: Some(CardValue::parse("choose:lines")),
        ..turn("About lines", &asked, &close)
    };
    let decision = decide(&choice);
    assert_eq!(short(&decision), "answer lines");
    let shown = choice.after(&decision);
    assert!(shown.offered.is_empty());
    assert_eq!(shown.answered[0].article, "lines");
    assert_eq!(shown.questions, ["it does not print"]);

    let no = Turn {
        answer: Some(CardValue::parse("helped:no:lines")),
        ..turn("No", &shown, &[])
    };
    let decision = decide(&no);
    let over = no.after(&decision);
    assert_eq!(over.answered[0].helped, Some(false));
    assert_eq!(over.escalated, Some(Reason::DidNotHelp));
    assert_eq!(short(&decide(&turn("hello?", &over, &close))), "silent WithPeople");
}

#[test]
fn a_session_stays_small() {
    let mut session = BotSession::default();
    for number in 0..100 {
        let text = format!("question {number} {}", "long ".repeat(1_000));
        let sure = [candidate(&format!("a{number}"), 0.9)];
        let turn = turn(&text, &session, &sure);
        let decision = decide(&turn);
        session = turn.after(&decision);
    }
    assert_eq!(session.questions.len(), BotSession::KEPT);
    assert_eq!(session.answered.len(), BotSession::KEPT);
    assert!(session.to_json().len() < 20_000);
}

#[test]
fn several_questions_are_answered_one_by_one_or_handed_over_whole() {
    let session = BotSession::default();
    let unsure = [candidate("toner", 0.5), candidate("jam", 0.4)];
    let text = "how do I change the toner? what do I do when paper jams?";
    let both = [candidate("toner", 0.9), candidate("jam", 0.8)];
    let one = [candidate("toner", 0.9), candidate("jam", 0.3)];
    for (parts, expected) in [
        (&both[..], "answer 2 questions"),
        (&one[..], "escalate several_questions"),
        (&[], "escalate several_questions"),
    ] {
        let turn = Turn {
            parts,
            ..turn(text, &session, &unsure)
        };
        assert_eq!(short(&decide(&turn)), expected);
    }
    let shown = answered();
    let again = Turn {
        parts: &both,
        ..turn(text, &shown, &unsure)
    };
    assert_eq!(short(&decide(&again)), "escalate several_questions");
}

#[test]
fn sensitive_matters_own_data_and_the_threshold_decide_in_this_order() {
    let session = BotSession::default();
    let sure = [candidate("toner", 0.7)];
    let said = Said {
        text: "Ticket #7 is in progress".to_owned(),
        cards: Vec::new(),
    };
    let with_data = Turn {
        data: Some(&said),
        ..turn("where is my ticket", &session, &sure)
    };
    assert_eq!(short(&decide(&with_data)), "Ticket #7 is in progress");
    let sensitive = Turn {
        is_sensitive: true,
        ..with_data.clone()
    };
    assert_eq!(short(&decide(&sensitive)), "escalate sensitive");
    let strict = Turn {
        answer_at: 0.8,
        ..turn("toner", &session, &sure)
    };
    assert_eq!(short(&decide(&strict)), "escalate unsure");
    let person = Turn {
        data: Some(&said),
        ..turn("I want to talk to a person about my ticket", &session, &sure)
    };
    assert_eq!(short(&decide(&person)), "escalate asked_for_person");
}

#[test]
fn another_passage_of_an_article_answers_another_question() {
    let answered = answered();
    let order = Candidate {
        passages: vec![passage(""), passage("Order a cartridge")],
        ..candidate("toner", 0.9)
    };
    let decide_on = |session: &BotSession, candidate: &Candidate| {
        short(&decide(&turn(
            "and how do I order one?",
            session,
            std::slice::from_ref(candidate),
        )))
    };
    assert_eq!(decide_on(&answered, &order), "answer toner");
    let new = answered.unseen(&order, 3).unwrap();
    assert_eq!(
        new.passages,
        [passage("Order a cartridge")],
        "what was shown is left out"
    );
    assert_eq!(decide_on(&answered, &candidate("toner", 0.9)), "escalate repeated");

    // Whoever still asks after three passages of it is not helped by a fourth.
    let mut often = answered;
    for heading in ["One", "Two"] {
        often.answered.push(Answered::from(&Candidate {
            passages: vec![passage(heading)],
            ..candidate("toner", 0.9)
        }));
    }
    assert_eq!(decide_on(&often, &order), "escalate repeated");

    // What older versions stored names no passage.
    often.answered.truncate(1);
    often.answered[0].headings = None;
    assert_eq!(decide_on(&often, &order), "escalate repeated");
}

#[test]
fn who_names_nothing_is_asked_what_it_is_about_and_then_meets_a_person() {
    let mut session = BotSession::default();
    for expected in ["Greeting", "Greeting", "escalate no_text"] {
        let turn = turn("???", &session, &[]);
        let decision = decide(&turn);
        assert_eq!(short(&decision), expected);
        session = turn.after(&decision);
    }
    let fresh = BotSession::default();
    let answered = answered();
    for (text, session, expected) in [
        ("hola", &fresh, "Greeting"),
        ("👍", &fresh, "silent Reaction"),
        ("👍🏽", &answered, "GladItHelped"),
        ("❤️", &answered, "GladItHelped"),
        ("👎", &answered, "escalate did_not_help"),
        ("???", &answered, "escalate no_text"),
        ("are you a robot?", &fresh, "About"),
        ("¿sos un bot?", &fresh, "About"),
        ("você é um robô?", &fresh, "About"),
        ("¿qué podés hacer?", &fresh, "About"),
        ("ayuda", &fresh, "About"),
        ("talk to a person", &fresh, "escalate asked_for_person"),
    ] {
        assert_eq!(short(&decide(&turn(text, session, &[]))), expected, "{text}");
    }
}

#[test]
fn what_is_joined_by_also_is_answered_whole_or_not_at_all() {
    let fresh = BotSession::default();
    let text = "the machine makes a strange noise and also I want to pay the invoice by transfer";
    let best = [candidate("pay", 0.95)];
    let asked = |parts: &[Candidate]| {
        short(&decide(&Turn {
            parts,
            ..turn(text, &fresh, &best)
        }))
    };
    assert_eq!(
        asked(&[candidate("noise", 0.8), candidate("pay", 0.9)]),
        "answer 2 questions"
    );
    assert_eq!(
        asked(&[candidate("noise", 0.2), candidate("pay", 0.9)]),
        "escalate several_questions"
    );
    // Both are about one thing, and one article is sure to cover it.
    assert_eq!(asked(&[candidate("pay", 0.3), candidate("pay", 0.9)]), "answer pay");
}
