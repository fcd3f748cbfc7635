//! Whole conversations: what is said, what is known then, and what the bot does.

use conversation::types::Auto;
use kb::Passage;

use super::*;
use crate::decide;

fn candidate(confidence: f32) -> Candidate {
    Candidate {
        article_id: "es/jam".to_owned(),
        title: "Atasco".to_owned(),
        path: "/help/es/jam".to_owned(),
        language: Language::Es,
        passages: vec![Passage {
            heading: String::new(),
            text: "Abra la tapa.".to_owned(),
            marked: String::new(),
        }],
        confidence,
    }
}

/// One message after the other, as the worker hands them over.
struct Chat<'a> {
    menu: Option<&'a Menu>,
    session: BotSession,
    at: Millis,
}

impl<'a> Chat<'a> {
    fn new(menu: Option<&'a Menu>) -> Chat<'a> {
        Chat {
            menu,
            session: BotSession::default(),
            at: 0,
        }
    }

    /// Says something (or presses, where it begins with `!`); `sure` is how well an article fits.
    fn say(&mut self, said: &str, sure: f32) -> String {
        self.at += 100_000;
        let offer = self.menu.map(offer);
        let answer = said.strip_prefix('!').map(CardValue::parse);
        let press = answer.as_ref().map(|value| press_of("m1", &value.to_string()));
        let picked = match (&answer, &press, offer) {
            (Some(answer), Some(press), _) => pressed(offer, &self.session, answer, press, self.at),
            (None, _, Some(offer)) => typed(offer, &self.session, said),
            _ => None,
        };
        let found = match &picked {
            Some(Picked::Entry(way)) => match way.last().map(|entry| &entry.does) {
                Some(Does::Article { article }) if article == "es/jam" => {
                    Some(Found::Article(Box::new(candidate(1.0))))
                }
                Some(Does::Answer { about: About::Invoices }) => Some(Found::Data(Said {
                    text: "su factura".to_owned(),
                    cards: Vec::new(),
                })),
                _ => None,
            },
            _ => None,
        };
        let candidates = [candidate(sure)];
        let session = self.session.clone();
        let turn = Turn {
            text: if answer.is_some() { "" } else { said },
            language: Language::Es,
            channel: Channel::Whatsapp,
            auto: Auto::None,
            has_attachments: said.contains("📷"),
            is_reaction: false,
            is_about_marketing: false,
            answer,
            session: &session,
            candidates: &candidates,
            parts: &[],
            data: None,
            is_sensitive: said.contains("notario"),
            answer_at: kb::ANSWER_AT,
            at: self.at,
            menu: offer,
            picked: picked.as_ref(),
            found: found.as_ref(),
            press: press.as_deref(),
        };
        let decision = decide(&turn);
        self.session = turn.after(&decision);
        match &decision {
            Decision::Answer { candidate } => format!("answer {}", candidate.article_id),
            Decision::FromData { said } => said.text.clone(),
            Decision::Escalate { reason } => format!("people {}", reason.as_str()),
            Decision::Menu { place, lead } => format!("menu {} {lead:?}", place.as_deref().unwrap_or("top")),
            Decision::Ask { words } => format!("ask {words}"),
            other => format!("{other:?}"),
        }
    }
}

#[test]
fn conversations_with_a_menu() {
    const SURE: f32 = 0.95;
    const LOST: f32 = 0.05;
    let (unanswered, first) = (menu(Appears::Unanswered), menu(Appears::First));
    let greets = "menu top Greeting";
    type Talk<'a> = (&'a str, Option<&'a Menu>, &'a [(&'a str, f32, &'a str)]);
    let talks: &[Talk] = &[
        (
            "without a menu nothing changes",
            None,
            &[
                ("hola", LOST, "SmallTalk { kind: Greeting }"),
                ("2", LOST, "people unsure"),
            ],
        ),
        (
            "a greeting, a submenu, an article",
            Some(&unanswered),
            &[
                ("hola", LOST, greets),
                ("2", LOST, "menu support Asked"),
                ("atasco", LOST, "answer es/jam"),
                ("no me sirvió", LOST, "people did_not_help"),
                ("menú", LOST, "Silent { why: WithPeople }"),
                ("!menu:bills", LOST, "Silent { why: WithPeople }"),
            ],
        ),
        (
            "a real question is answered straight away",
            Some(&unanswered),
            &[
                ("hay un atasco de papel en la bandeja", SURE, "answer es/jam"),
                ("menu", LOST, "menu top Asked"),
                ("1", LOST, "su factura"),
            ],
        ),
        (
            "the menu first, always",
            Some(&first),
            &[
                ("hay un atasco de papel en la bandeja", SURE, greets),
                ("hay un atasco de papel en la bandeja", SURE, "answer es/jam"),
            ],
        ),
        (
            "a person, an angry one and what is for people come before the menu",
            Some(&first),
            &[("quiero hablar con una persona", LOST, "people asked_for_person")],
        ),
        (
            "what is for people comes before the menu",
            Some(&first),
            &[("hay que ir al notario", SURE, "people sensitive")],
        ),
        (
            "what came along is looked at",
            Some(&first),
            &[("📷 miren esto", LOST, "people unsure")],
        ),
        (
            "an unknown question gets the menu, and no loop",
            Some(&unanswered),
            &[
                ("venden elefantes en brasil", LOST, "menu top Unknown"),
                ("pues elefantes africanos grises", LOST, "menu top NotAnEntry"),
                ("ya le dije que elefantes", LOST, "people unsure"),
            ],
        ),
        (
            "an answer between begins the count anew",
            Some(&unanswered),
            &[
                ("venden elefantes en brasil", LOST, "menu top Unknown"),
                ("pues elefantes africanos grises", LOST, "menu top NotAnEntry"),
                ("hay un atasco de papel en la bandeja", SURE, "answer es/jam"),
                ("y jirafas del zoológico", LOST, "menu top Unknown"),
            ],
        ),
        (
            "misses in a submenu stay there",
            Some(&unanswered),
            &[
                ("hola", LOST, greets),
                ("soporte", LOST, "menu support Asked"),
                ("elefantes africanos grises", LOST, "menu support NotAnEntry"),
                ("elefantes africanos rosados", LOST, "people unsure"),
            ],
        ),
        (
            "a person at any time",
            Some(&unanswered),
            &[("hola", LOST, greets), ("6", LOST, "people asked_for_person")],
        ),
        (
            "a person in words",
            Some(&unanswered),
            &[
                ("hola", LOST, greets),
                ("prefiero hablar con alguien", LOST, "people asked_for_person"),
            ],
        ),
        (
            "who only greets is asked twice",
            Some(&unanswered),
            &[
                ("hola", LOST, greets),
                ("buenas", LOST, greets),
                ("hola?", LOST, "people no_text"),
            ],
        ),
        (
            "an entry for people",
            Some(&unanswered),
            &[("hola", LOST, greets), ("!menu:toner", LOST, "people chosen_in_menu")],
        ),
        (
            "an entry whose answer is not to be had",
            Some(&unanswered),
            &[("!menu:machines", LOST, "people chosen_in_menu")],
        ),
        (
            "write your question, and no menu again",
            Some(&unanswered),
            &[
                ("hola", LOST, greets),
                ("otra pregunta", LOST, "ask Escriba."),
                ("venden elefantes en brasil", LOST, "people unsure"),
            ],
        ),
        (
            "write your question, and the answer",
            Some(&unanswered),
            &[
                ("!menu:ask", LOST, "ask Escriba."),
                ("hay un atasco de papel en la bandeja", SURE, "answer es/jam"),
                ("elefantes africanos", LOST, "menu top Unknown"),
            ],
        ),
        (
            "the portal, and a menu from long ago",
            Some(&unanswered),
            &[
                ("!menu:portal", LOST, "Portal"),
                ("!menu:removed", LOST, "menu top Gone"),
                ("!menu-at:other", LOST, "menu other Asked"),
                ("volver", LOST, "menu support Asked"),
                ("volver", LOST, "menu top Asked"),
            ],
        ),
        ("a menu that was removed", None, &[("!menu:bills", LOST, "MenuGone")]),
    ];
    for (name, menu, steps) in talks {
        let mut chat = Chat::new(*menu);
        for (said, sure, expected) in *steps {
            assert_eq!(chat.say(said, *sure), *expected, "{name}: {said}");
        }
    }
}

#[test]
fn what_was_chosen_is_remembered_for_people_and_each_press_once() {
    let menu = menu(Appears::Unanswered);
    let mut chat = Chat::new(Some(&menu));
    chat.say("hola", 0.0);
    chat.say("!menu:support", 0.0);
    assert_eq!(
        (chat.session.menu.path.join("/").as_str(), &chat.session.menu.entry),
        ("Soporte técnico", &None)
    );
    chat.say("!menu:jam", 0.0);
    assert_eq!(chat.session.menu.path, ["Soporte técnico", "Atasco de papel"]);
    assert_eq!(chat.session.menu.entry.as_deref(), Some("jam"));
    chat.say("!menu:jam", 0.0);
    assert_eq!(chat.session.menu.pressed, ["m1|menu:support", "m1|menu:jam"]);
    assert!(chat.session.questions.is_empty(), "a choice is no question");
    let mut back = Chat::new(Some(&menu));
    back.say("!menu:jam", 0.0);
    back.say("!menu-at:other", 0.0);
    assert_eq!(back.session.menu.path, ["Soporte técnico", "Otro equipo"]);
    back.say("menú", 0.0);
    assert_eq!((back.session.menu.path.len(), &back.session.menu.entry), (0, &None));
    let brief = crate::words::brief(Language::Es, &chat.session, Reason::DidNotHelp);
    assert!(
        brief.starts_with("Eligió en el menú: Soporte técnico › Atasco de papel\n"),
        "{brief}"
    );
    let english = crate::words::note_for(Language::En, &brief);
    assert!(english.starts_with("Chose in the menu: Soporte técnico"), "{english}");
    chat.session.menu.pressed = (0..2 * KEPT).map(|at| format!("m{at}|menu")).collect();
    chat.say("!menu:bills", 0.0);
    assert_eq!(chat.session.menu.pressed.len(), KEPT, "as much as is needed");
    assert_eq!(
        chat.session.menu.pressed.last().map(String::as_str),
        Some("m1|menu:bills")
    );

    let anew = chat.session.clone().begun_anew();
    assert_eq!((anew.menu.entry, anew.menu.path.len()), (None, 0));
    assert!(anew.menu.open.is_some(), "an old menu still works");
    assert_eq!(BotSession::from_json("{}").menu, MenuState::default());
}
