//! The menu of the sample business on WhatsApp.

use conversation::desk::Texts;
use conversation::menus::{self, About, Appears, Does, Entry, NewMenu, Route};
use conversation::types::{Actor, InboxId, Language};
use conversation::{Result, Store};

/// English, Spanish, Portuguese.
type Words = [&'static str; 3];

fn texts(words: Words) -> Texts {
    let [en, es, pt] = words.map(str::to_owned);
    Texts::of([(Language::En, en), (Language::Es, es), (Language::Pt, pt)])
}

fn entry(title: Words, description: Words, does: Does) -> Entry {
    Entry {
        id: String::new(),
        title: texts(title),
        description: texts(description),
        does,
    }
}

fn article(title: Words, id: &str) -> Entry {
    let article = id.to_owned();
    entry(title, [""; 3], Does::Article { article })
}

/// Writes it.
pub(super) async fn write(store: &Store, inbox: &InboxId) -> Result<()> {
    let support = vec![
        article(["Paper jam", "Atasco de papel", "Papel atolado"], "es/atasco-de-papel"),
        article(
            ["Change the toner", "Cambiar el tóner", "Trocar o toner"],
            "es/cambiar-toner",
        ),
        article(
            ["Printer is offline", "Impresora sin conexión", "Impressora offline"],
            "es/impresora-sin-conexion",
        ),
        entry(
            ["Something else", "Otra cosa", "Outra coisa"],
            [""; 3],
            Does::People(Route::default()),
        ),
    ];
    let new = NewMenu {
        is_on: true,
        appears: Appears::Unanswered,
        greeting: texts([
            "Hello! This is Copiadoras Andinas.\nWhat can we help you with?",
            "¡Hola! Le saluda Copiadoras Andinas.\n¿En qué le podemos ayudar?",
            "Olá! Aqui é a Copiadoras Andinas.\nComo podemos ajudar?",
        ]),
        entries: vec![
            entry(
                ["My invoices", "Mis facturas", "Minhas faturas"],
                ["See and pay them", "Verlas y pagarlas", "Ver e pagar"],
                Does::Answer { about: About::Invoices },
            ),
            entry(
                ["Technical support", "Soporte técnico", "Suporte técnico"],
                [
                    "Paper, toner, connection",
                    "Papel, tóner, conexión",
                    "Papel, toner, conexão",
                ],
                Does::Submenu { entries: support },
            ),
            entry(
                ["My machines", "Mis equipos", "Meus equipamentos"],
                [""; 3],
                Does::Answer { about: About::Machines },
            ),
            entry(
                ["Ask a question", "Hacer una pregunta", "Fazer uma pergunta"],
                [""; 3],
                Does::Ask {
                    words: Texts::default(),
                },
            ),
            entry(
                ["Talk to a person", "Hablar con una persona", "Falar com uma pessoa"],
                [""; 3],
                Does::People(Route::default()),
            ),
        ],
    };
    menus::save(store, &Actor::System, inbox, new).await.map(drop)
}
