use conversation::desk::Texts;
use conversation::menus::{Appears, Route};
use conversation::types::{Auto, InboxId, TeamId};
use kb::Passage;

use super::*;
use crate::decide;

fn texts(es: &str, pt: &str) -> Texts {
    Texts::of([(Language::Es, es.to_owned()), (Language::Pt, pt.to_owned())])
}

fn entry(id: &str, es: &str, pt: &str, does: Does) -> Entry {
    Entry {
        id: id.to_owned(),
        title: texts(es, pt),
        description: Texts::default(),
        does,
    }
}

/// Facturas · Soporte técnico (Atasco de papel, Tóner, Otro equipo (…)) · Mis equipos · Otra pregunta · Portal.
fn menu(appears: Appears) -> Menu {
    let deeper = vec![
        entry(
            "plotter",
            "Plotter",
            "Plotter",
            Does::Ask {
                words: Texts::default(),
            },
        ),
        entry("scanner", "Escáner", "Scanner", Does::Portal),
    ];
    let support = vec![
        entry(
            "jam",
            "Atasco de papel",
            "Papel atolado",
            Does::Article {
                article: "es/jam".to_owned(),
            },
        ),
        entry(
            "toner",
            "Pedir tóner",
            "Pedir toner",
            Does::People(Route {
                team: Some(TeamId::from("t1")),
                ..Route::default()
            }),
        ),
        entry(
            "other",
            "Otro equipo",
            "Outro equipamento",
            Does::Submenu { entries: deeper },
        ),
    ];
    Menu {
        inbox: InboxId::from("i1"),
        is_on: true,
        appears,
        greeting: texts("¡Hola!\n¿En qué le ayudamos?", "Olá!"),
        entries: vec![
            entry(
                "bills",
                "Facturas y pagos",
                "Faturas e pagamentos",
                Does::Answer { about: About::Invoices },
            ),
            entry(
                "support",
                "Soporte técnico",
                "Suporte técnico",
                Does::Submenu { entries: support },
            ),
            entry(
                "machines",
                "Mis equipos",
                "Meus equipamentos",
                Does::Answer { about: About::Machines },
            ),
            entry(
                "ask",
                "Otra pregunta",
                "Outra pergunta",
                Does::Ask {
                    words: texts("Escriba.", "Escreva."),
                },
            ),
            entry("portal", "Portal de clientes", "Portal do cliente", Does::Portal),
        ],
        updated_at: 0,
    }
}

fn offer(menu: &Menu) -> Offer<'_> {
    Offer {
        menu,
        of_inbox: Language::Es,
    }
}

fn open_at(place: &str) -> BotSession {
    BotSession {
        menu: MenuState {
            open: Some(place.to_owned()),
            is_waiting: true,
            ..MenuState::default()
        },
        ..BotSession::default()
    }
}

/// What was picked, in a few letters.
fn short(picked: Option<Picked<'_>>) -> String {
    match picked {
        None => "-".to_owned(),
        Some(Picked::Entry(way)) => way.iter().map(|entry| entry.id.as_str()).collect::<Vec<_>>().join("/"),
        Some(Picked::Place(place)) => format!("at {}", place.as_deref().unwrap_or("top")),
        Some(other) => format!("{other:?}").to_lowercase(),
    }
}

#[test]
fn what_is_typed_chooses_by_number_title_or_nearly_the_title() {
    let menu = menu(Appears::Unanswered);
    let (closed, top, support, other) = (BotSession::default(), open_at(""), open_at("support"), open_at("other"));
    let mut asking = open_at("");
    asking.menu.is_asking = true;
    let gone = open_at("no such place");
    let table: &[(&str, &BotSession, &str)] = &[
        // The word for it, wherever one is.
        ("menu", &closed, "at top"),
        ("Menú", &top, "at top"),
        ("MENU POR FAVOR", &closed, "at top"),
        ("inicio", &other, "at top"),
        ("início", &closed, "at top"),
        ("0", &other, "at top"),
        ("0️⃣", &top, "at top"),
        ("ver opciones", &closed, "at top"),
        ("volver", &closed, "at top"),
        ("volver", &support, "at top"),
        ("volver", &other, "at support"),
        ("voltar", &other, "at support"),
        ("back", &other, "at support"),
        ("volver al menú", &other, "at top"),
        ("volver al menú", &asking, "at top"),
        ("el menú de la impresora no abre", &top, "-"),
        ("me pueden volver a enviar la factura?", &closed, "-"),
        // Numbers.
        ("2", &closed, "-"),
        ("1", &top, "bills"),
        ("2", &top, "support"),
        ("2.", &top, "support"),
        ("2)", &top, "support"),
        (" 2 ", &top, "support"),
        ("02", &top, "support"),
        ("2️⃣", &top, "support"),
        ("dos", &top, "support"),
        ("la dos", &top, "support"),
        ("opción 2", &top, "support"),
        ("a opção 2 por favor", &top, "support"),
        ("number two please", &top, "support"),
        ("cuatro", &top, "ask"),
        ("cinco", &top, "portal"),
        ("6", &top, "person"),
        ("7", &top, "-"),
        ("99999999999999999999", &top, "-"),
        ("2 hojas se atascaron", &top, "-"),
        ("1", &support, "support/jam"),
        ("2", &support, "support/toner"),
        ("3", &support, "support/other"),
        ("4", &support, "at top"),
        ("2", &other, "support/other/scanner"),
        // A person is added where nobody leads to one.
        ("3", &other, "person"),
        ("4", &other, "at support"),
        ("2", &asking, "-"),
        ("2", &gone, "-"),
        // Titles, in whichever language they are.
        ("Facturas y pagos", &top, "bills"),
        ("facturas", &top, "bills"),
        ("Factura", &top, "bills"),
        ("fatura", &top, "bills"),
        ("pagos", &top, "bills"),
        ("soporte", &top, "support"),
        ("soprte tecnico", &top, "support"),
        ("suporte tecnico", &top, "support"),
        ("quiero ver mis equipos", &top, "machines"),
        ("el portal", &top, "portal"),
        ("atasco", &support, "support/jam"),
        ("atasco de papel", &top, "-"),
        // Could be more than one, or asks something.
        ("otra", &support, "support/other"),
        ("portal de pagos", &top, "-"),
        ("no", &top, "-"),
        ("sí", &top, "-"),
        ("hola", &top, "-"),
        ("no me llegó la factura de marzo", &top, "-"),
        (
            "tengo un problema con la factura y con el portal de clientes desde ayer",
            &top,
            "-",
        ),
    ];
    for (text, session, expected) in table {
        assert_eq!(short(typed(offer(&menu), session, text)), *expected, "{text}");
    }
}

#[test]
fn a_question_that_is_open_is_nearer_than_the_menu_before_it() {
    let menu = menu(Appears::Unanswered);
    let mut session = open_at("");
    session.offered = vec![crate::session::Offered {
        article: "a".to_owned(),
        title: "About a".to_owned(),
    }];
    assert_eq!(typed(offer(&menu), &session, "1"), None);
    assert_eq!(short(typed(offer(&menu), &session, "menú")), "at top");
}

#[test]
fn what_is_pressed_works_later_too_or_is_gone_and_twice_is_once() {
    let menu = menu(Appears::Unanswered);
    let fresh = BotSession::default();
    let table: &[(&str, &str)] = &[
        ("menu:bills", "bills"),
        ("menu:jam", "support/jam"),
        ("menu:scanner", "support/other/scanner"),
        ("menu:removed", "gone"),
        ("menu", "at top"),
        ("menu-at:support", "at support"),
        ("menu-at:removed", "gone"),
        ("menu-at:bills", "gone"),
        ("person", "-"),
        ("helped:yes:a", "-"),
        ("choose:a", "-"),
        ("menu:", "-"),
        ("menus", "-"),
    ];
    for (value, expected) in table {
        let answer = CardValue::parse(value);
        let picked = pressed(Some(offer(&menu)), &fresh, &answer, "m1|x", 1_000);
        assert_eq!(short(picked), *expected, "{value}");
        if *expected != "-" {
            assert_eq!(answer.to_string(), *value);
            assert_eq!(
                short(pressed(None, &fresh, &answer, "m1|x", 1_000)),
                "gone",
                "{value}: there is no menu"
            );
        }
    }
    let mut session = open_at("");
    session.menu.pressed = vec!["m1|menu:bills".to_owned()];
    session.menu.pressed_at = 1_000;
    let again = |press: &str, at: Millis| {
        short(pressed(
            Some(offer(&menu)),
            &session,
            &CardValue::Menu("bills".to_owned()),
            press,
            at,
        ))
    };
    assert_eq!(again("m1|menu:bills", 2_000), "twice");
    // Clocks of telephones go back, too.
    assert_eq!(again("m1|menu:bills", 900), "twice");
    assert_eq!(again("m1|menu:bills", 62_000), "bills", "a minute later it is meant");
    assert_eq!(again("m2|menu:bills", 2_000), "bills", "another menu");
    session.menu.pressed_at = 0;
    let picked = pressed(
        Some(offer(&menu)),
        &session,
        &CardValue::Menu("bills".to_owned()),
        "m1|menu:bills",
        2_000,
    );
    assert_eq!(short(picked), "bills", "something else was said between");
}

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
    assert!(chat.session.menu.path.is_empty(), "a submenu is on the way only");
    chat.say("!menu:jam", 0.0);
    assert_eq!(chat.session.menu.path, ["Soporte técnico", "Atasco de papel"]);
    assert_eq!(chat.session.menu.entry.as_deref(), Some("jam"));
    chat.say("!menu:jam", 0.0);
    assert_eq!(chat.session.menu.pressed, ["m1|menu:support", "m1|menu:jam"]);
    assert!(chat.session.questions.is_empty(), "a choice is no question");
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

#[test]
fn the_card_of_a_menu() {
    let menu = menu(Appears::Unanswered);
    let card = |language, place, lead| {
        crate::say::menu::shown(language, offer(&menu), place, lead)
            .unwrap()
            .cards
            .remove(0)
    };
    let labels = |card: &conversation::card::Card| -> Vec<String> {
        card.actions
            .iter()
            .map(|action| match action {
                conversation::card::CardAction::Answer { label, value } => format!("{label} {value}"),
                conversation::card::CardAction::Open { label, .. } => label.clone(),
            })
            .collect()
    };
    let top = card(Language::Es, None, Lead::Greeting);
    assert_eq!(top.title, "¡Hola!");
    assert_eq!(
        top.body,
        "¿En qué le ayudamos?\nElija una opción o escriba su pregunta."
    );
    assert_eq!(
        labels(&top),
        [
            "Facturas y pagos menu:bills",
            "Soporte técnico menu:support",
            "Mis equipos menu:machines",
            "Otra pregunta menu:ask",
            "Portal de clientes menu:portal",
            "Hablar con alguien person"
        ]
    );
    let support = card(Language::Pt, Some("support"), Lead::Asked);
    assert_eq!(support.title, "Suporte técnico");
    assert_eq!(
        labels(&support),
        [
            "Papel atolado menu:jam",
            "Pedir toner menu:toner",
            "Outro equipamento menu:other",
            "Voltar menu"
        ]
    );
    let other = card(Language::Es, Some("other"), Lead::NotAnEntry);
    assert_eq!(other.title, crate::words::not_an_entry(Language::Es));
    assert_eq!(
        labels(&other).last().map(String::as_str),
        Some("Volver menu-at:support")
    );
    // Whose language has no words reads those of the inbox.
    assert_eq!(card(Language::En, None, Lead::Greeting).title, "¡Hola!");
    assert!(crate::say::menu::shown(Language::Es, offer(&menu), Some("gone"), Lead::Asked).is_none());
}
