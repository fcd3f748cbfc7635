//! How the sample business works: teams, labels, limits of waiting, canned replies, macros, rules, kept lists.

use anyhow::Result;
use conversation::desk::Texts;
use conversation::desk::canned::{self, NewCannedReply};
use conversation::desk::hours::{self, Schedule, Span};
use conversation::desk::macros;
use conversation::desk::rules::{self, Condition, Field, Occasion, Operator, Rule};
use conversation::desk::steps::Step;
use conversation::store::Store;
use conversation::types::{Actor, AgentId, Language, Priority, TeamId};
use conversation::{labels, saved_views, sla, teams};

use crate::app::App;
use crate::people::agents;

/// Whoever furnishes it is nobody of the business.
const SYSTEM: &Actor = &Actor::System;

/// The first greets, the last takes leave. Shortcut, title, category, and the words in Spanish, Portuguese and English.
const CANNED: [(&str, &str, &str, [&str; 3]); 5] = [
    (
        "hola",
        "Saludo",
        "General",
        [
            "Hola, {{contact.first_name}}: gracias por escribirnos. Soy {{agent.first_name}} y me ocupo de su consulta.",
            "Olá, {{contact.first_name}}: obrigado pela mensagem. Sou {{agent.first_name}} e vou cuidar do seu pedido.",
            "Hello {{contact.first_name}}, thank you for writing. I am {{agent.first_name}} and I am looking into it.",
        ],
    ),
    (
        "visita",
        "Visita del técnico",
        "Servicio",
        [
            "Un técnico puede pasar mañana entre las 9 y las 12. ¿Le viene bien? Por favor confirme la dirección y el piso.",
            "Um técnico pode passar amanhã entre 9h e 12h. Está bem assim? Por favor, confirme o endereço e o andar.",
            "A technician can come tomorrow between 9 and 12. Does that suit you? Please confirm the address and the floor.",
        ],
    ),
    (
        "serie",
        "Pedir el número de serie",
        "Servicio",
        [
            "¿Nos envía el número de serie? Está en la etiqueta de la puerta delantera y empieza por CA.",
            "Pode nos enviar o número de série? Ele fica na etiqueta da porta frontal e começa com CA.",
            "Could you send us the serial number? It is on the label at the front door and begins with CA.",
        ],
    ),
    (
        "pago",
        "Formas de pago",
        "Facturación",
        [
            "Puede pagar por transferencia con los datos que están al pie de la factura, o en línea desde su portal.",
            "Você pode pagar por transferência com os dados no rodapé da fatura, ou on-line pelo seu portal.",
            "You can pay by transfer with the details at the foot of the invoice, or online in your portal.",
        ],
    ),
    (
        "cierre",
        "Despedida",
        "General",
        [
            "Me alegra que esté resuelto. Si vuelve a ocurrir, responda a este mensaje y lo retomo yo.",
            "Que bom que está resolvido. Se acontecer de novo, responda a esta mensagem e eu retomo.",
            "I am glad that this is solved. Should it happen again, just answer this message.",
        ],
    ),
];

fn texts(words: &[&str; 3]) -> Texts {
    let languages = [Language::Es, Language::Pt, Language::En];
    Texts::of(languages.into_iter().zip(words.iter().map(|one| (*one).to_owned())))
}

fn rule(name: &str, rank: i64, words: &str, steps: Vec<Step>) -> Rule {
    Rule {
        id: String::new(),
        name: name.to_owned(),
        rank,
        occasion: Occasion::Received,
        minutes: 0,
        in_hours: false,
        conditions: vec![Condition {
            field: Field::Message,
            operator: Operator::HasWord,
            value: words.to_owned(),
        }],
        steps,
        is_last: false,
        is_enabled: true,
        enabled_at: None,
        due_from: 0,
        updated_at: 0,
    }
}

/// Furnishes the desk.
pub(super) async fn seed(app: &App) -> Result<()> {
    let store = &app.store;
    let people: Vec<AgentId> = agents::list(store.db())
        .await?
        .into_iter()
        .map(|agent| agent.id)
        .collect();
    let half: Vec<AgentId> = people.iter().step_by(2).cloned().collect();
    let engineers = teams::create(store, SYSTEM, "Técnicos", &people).await?;
    teams::create(store, SYSTEM, "Facturación", &half).await?;
    let minutes = [
        (Priority::Urgent, 15),
        (Priority::High, 60),
        (Priority::Normal, 240),
        (Priority::Low, 1440),
    ];
    sla::set(store, SYSTEM, &minutes).await?;
    replies_and_macros(store).await?;
    labels_and_rules(store, engineers).await?;
    if let Some(ana) = people.first() {
        saved_views::create(store, ana, "Urgentes", "tab=all&priority=urgent&sort=waiting", true).await?;
        let query = "tab=unassigned&channel=whatsapp";
        saved_views::create(store, ana, "WhatsApp sin asignar", query, true).await?;
    }
    office_hours(store).await
}

async fn replies_and_macros(store: &Store) -> Result<()> {
    for (shortcut, title, category, words) in &CANNED {
        let new = NewCannedReply {
            owner: None,
            shortcut: (*shortcut).to_owned(),
            title: (*title).to_owned(),
            category: (*category).to_owned(),
            bodies: texts(words),
            fits: None,
        };
        canned::create(store, SYSTEM, new).await?;
    }
    let reply = |(_, _, _, words): &(_, _, _, [&str; 3])| Step::Reply { texts: texts(words) };
    let [greeting, .., farewell] = &CANNED;
    let greet = [Step::Take, reply(greeting)];
    macros::save(store, SYSTEM, None, None, "Tomar y saludar", &greet, None).await?;
    let part = [reply(farewell), Step::Resolve];
    macros::save(store, SYSTEM, None, None, "Despedirse y resolver", &part, None).await?;
    Ok(())
}

async fn labels_and_rules(store: &Store, engineers: TeamId) -> Result<()> {
    let mut tags = Vec::new();
    for (name, tint) in [("Avería", 3), ("Facturación", 1), ("Tóner", 2), ("Contrato", 4)] {
        let label = labels::create(store, SYSTEM, name, Some(tint)).await?.id;
        tags.push(Step::Label { label });
    }
    let to_engineers = Step::Team {
        team: Some(engineers.clone()),
    };
    let urgent = Step::Priority {
        priority: Priority::Urgent,
    };
    for one in [
        rule(
            "Facturas a Facturación",
            1,
            "factura, facturas, fatura, faturas, invoice, invoices, boleto, boletos, cobro",
            vec![tags[1].clone()],
        ),
        rule(
            "Humo, robo o ruido es urgente",
            2,
            "quemado, humo, robo, robaron, stolen, smoke, fumaça, ruido horrible",
            vec![tags[0].clone(), urgent, to_engineers],
        ),
        rule("Tóner", 3, "tóner, toner", vec![tags[2].clone()]),
        rule(
            "Contratos",
            4,
            "contrato, contratos, contract, contracts",
            vec![tags[3].clone()],
        ),
    ] {
        rules::save(store, SYSTEM, &one).await?;
    }
    for one in by_time(engineers) {
        rules::save(store, SYSTEM, &one).await?;
    }
    Ok(())
}

/// What happens where nothing does.
fn by_time(engineers: TeamId) -> [Rule; 3] {
    let timed = |name: &str, occasion, minutes, in_hours, steps| Rule {
        occasion,
        minutes,
        in_hours,
        conditions: Vec::new(),
        ..rule(name, 0, "", steps)
    };
    let remind = Step::Reply {
        texts: texts(&[
            "Hola, {{contact.first_name}}: ¿pudo ver nuestra respuesta? Seguimos a la espera de la suya.",
            "Olá, {{contact.first_name}}: conseguiu ver a nossa resposta? Continuamos aguardando a sua.",
            "Hello {{contact.first_name}}, did you see our answer? We are still waiting for yours.",
        ]),
    };
    let part = Step::Reply {
        texts: texts(&[
            "Cerramos esta conversación porque no supimos más de usted. Si nos escribe, la retomamos.",
            "Encerramos esta conversa porque não tivemos mais notícias suas. Se nos escrever, retomamos.",
            "We close this conversation, as we have not heard from you. Write to us and we take it up again.",
        ]),
    };
    let late = vec![
        Step::Priority {
            priority: Priority::High,
        },
        Step::Tell {
            team: engineers,
            text: "Lleva dos horas de atención sin respuesta.".to_owned(),
        },
    ];
    [
        timed("Dos horas sin respuesta", Occasion::WaitingUs, 120, true, late),
        timed(
            "Recordar a los tres días",
            Occasion::WaitingCustomer,
            3 * 1440,
            false,
            vec![remind],
        ),
        timed(
            "Cerrar a los siete días",
            Occasion::WaitingCustomer,
            7 * 1440,
            false,
            vec![part, Step::Resolve],
        ),
    ]
}

async fn office_hours(store: &Store) -> Result<()> {
    let day = vec![
        Span {
            from: 8 * 60,
            to: 13 * 60,
        },
        Span {
            from: 14 * 60,
            to: 18 * 60,
        },
    ];
    let week = (0..7)
        .map(|number| if number < 5 { day.clone() } else { Vec::new() })
        .collect();
    let schedule = Schedule {
        id: String::new(),
        name: "Oficina de Quito".to_owned(),
        time_zone: super::business::TIME_ZONE.to_owned(),
        week,
        holidays: Vec::new(),
    };
    hours::save(store, SYSTEM, schedule).await?;
    Ok(())
}
