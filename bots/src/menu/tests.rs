mod talks;

use conversation::desk::Texts;
use conversation::menus::{Appears, Route};
use conversation::types::{InboxId, TeamId};

use super::*;

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
