mod matters;

use super::*;

fn failures<'a>(texts: &[&'a str], is_right: impl Fn(&str) -> bool) -> Vec<&'a str> {
    texts.iter().copied().filter(|text| !is_right(text)).collect()
}

#[test]
fn a_person_is_asked_for_in_many_words() {
    let asked = [
        "I want to talk to a person",
        "can I speak with a human please",
        "Could you connect me with an agent?",
        "agent",
        "human please",
        "a real person please",
        "transfer me to a representative",
        "put me through to your support team",
        "let me talk to someone",
        "I need to speak to somebody in sales",
        "is there anybody there?",
        "I don't want to talk to a bot",
        "stop, I hate talking to machines",
        "no more bots",
        "can someone call me?",
        "please call me",
        "I'd like to speak to the manager",
        "I would prefer a human being",
        "get me an operator",
        "live agent",
        "Is there a real human here",
        "why can't I talk to a human?",
        "quiero hablar con una persona",
        "Necesito hablar con un asesor",
        "me puede comunicar con un agente por favor",
        "páseme con un operador",
        "comuníqueme con alguien",
        "hablar con alguien de soporte",
        "quiero un asesor",
        "asesor",
        "una persona por favor",
        "que me atienda una persona",
        "necesito que me llamen",
        "pueden llamarme?",
        "hay alguien ahí?",
        "atención humana",
        "prefiero una persona real",
        "no quiero hablar con un robot",
        "me pasa con el encargado",
        "quisiera comunicarme con ustedes",
        "transfiéreme a un ejecutivo",
        "quero falar com uma pessoa",
        "Quero falar com um atendente",
        "preciso falar com alguém",
        "atendente",
        "atendente por favor",
        "me passa para um humano",
        "pode me transferir para o suporte?",
        "atendimento humano",
        "chama um atendente",
        "tem alguém aí?",
        "não quero falar com robô",
        "podem me ligar?",
        "gostaria de conversar com um consultor",
        "quero uma pessoa de verdade",
        "falar com gente de verdade",
        "me transfere pra alguém",
    ];
    assert_eq!(failures(&asked, asks_for_person), Vec::<&str>::new());
}

#[test]
fn a_person_is_mentioned_and_not_asked_for() {
    let not_asked = [
        "the person who came yesterday left the door open",
        "how do I add a person to the address book?",
        "the technician spoke to our receptionist",
        "what does the agent software on the PC do?",
        "I don't need to talk to anyone, just send the toner",
        "the machine prints a human figure on every page",
        "the support bracket of the tray is broken",
        "who is the contact for invoices?",
        "la persona que vino ayer dejó la puerta abierta",
        "cómo agrego una persona a la libreta de direcciones",
        "el técnico dijo que volvía hoy",
        "no necesito hablar con nadie, solo envíen el tóner",
        "el agente de red no instala",
        "cuándo viene el técnico",
        "a pessoa que veio ontem deixou a porta aberta",
        "como incluo uma pessoa no catálogo",
        "o técnico disse que voltava hoje",
        "não preciso falar com ninguém, só mandem o toner",
        "quando vem o técnico",
        "qual é o horário de atendimento",
        "the paper is stuck",
        "",
        "???",
    ];
    assert_eq!(failures(&not_asked, |text| !asks_for_person(text)), Vec::<&str>::new());
}

#[test]
fn thanks_are_thanks_only_when_nothing_else_is_said() {
    let thanks = [
        "thanks",
        "Thank you very much!",
        "ok thanks",
        "thx",
        "great, thank you so much",
        "Muchas gracias",
        "gracias 🙏",
        "mil gracias, muy amable",
        "perfecto gracias",
        "ok, gracias",
        "obrigado",
        "Muito obrigada!",
        "valeu",
        "ok, obrigado",
        "perfeito, obrigado pela ajuda",
        "no, thanks",
    ];
    assert_eq!(failures(&thanks, is_thanks), Vec::<&str>::new());
    let not = [
        "thanks but it still does not print",
        "thank you, and how do I pay?",
        "gracias pero sigue igual",
        "gracias, y el toner?",
        "obrigado, mas não funcionou",
        "ok",
        "no",
        "",
        "toner",
        "thanks in advance, the tray is broken",
    ];
    assert_eq!(failures(&not, |text| !is_thanks(text)), Vec::<&str>::new());
}

#[test]
fn greetings_are_greetings_only_when_nothing_else_is_said() {
    let greetings = [
        "hello",
        "Hi there!",
        "good morning",
        "hey",
        "Hola",
        "buenas tardes",
        "Hola, buenos días",
        "hola, ¿cómo está?",
        "oi",
        "Olá, bom dia",
        "boa tarde",
        "oi tudo bem?",
        "Hello, how are you",
    ];
    assert_eq!(failures(&greetings, is_greeting), Vec::<&str>::new());
    let not = [
        "hello, the printer is offline",
        "hola necesito toner",
        "bom dia, preciso da fatura",
        "good",
        "thanks",
        "",
        "buenas, no imprime",
    ];
    assert_eq!(failures(&not, |text| !is_greeting(text)), Vec::<&str>::new());
}

#[test]
fn what_is_said_about_an_answer() {
    let yes = [
        "yes",
        "Yes it helped, thanks",
        "yep",
        "that worked",
        "it works now",
        "problem solved",
        "solved",
        "sí",
        "si, gracias",
        "sí me sirvió",
        "ya funciona",
        "me ayudó, gracias",
        "problema resuelto",
        "listo, quedó bien",
        "sim",
        "sim, ajudou",
        "deu certo",
        "funcionou, obrigado",
        "resolvido",
        "agora funcionou",
    ];
    assert_eq!(failures(&yes, |text| helped(text) == Some(true)), Vec::<&str>::new());
    let no = [
        "no",
        "Nope",
        "not really",
        "that did not help",
        "it didn't work",
        "doesn't help",
        "it still doesn't work",
        "still not working",
        "I already tried that",
        "same problem",
        "that is not what I asked",
        "no me sirvió",
        "no funcionó",
        "sigue igual",
        "ya lo intenté",
        "eso no es",
        "no me ayuda",
        "sigue sin imprimir",
        "não",
        "não ajudou",
        "não funcionou",
        "continua igual",
        "já tentei isso",
        "não resolveu",
        "não deu certo",
        "continua sem imprimir",
    ];
    assert_eq!(failures(&no, |text| helped(text) == Some(false)), Vec::<&str>::new());
    let neither = [
        "where is the toner box?",
        "how do I pay the invoice",
        "cuánto cuesta el traslado",
        "onde fica o contador",
        "and for the big copier on the second floor?",
        "",
        "ok",
    ];
    assert_eq!(failures(&neither, |text| helped(text).is_none()), Vec::<&str>::new());
}

#[test]
fn anger_is_heard() {
    let angry = [
        "This is ridiculous",
        "worst service ever",
        "I am fed up with this",
        "how many times do I have to ask",
        "THE PRINTER IS BROKEN AGAIN!!!",
        "my lawyer will contact you",
        "pésimo servicio",
        "esto es inaceptable",
        "es una vergüenza",
        "cuántas veces tengo que escribir",
        "voy a denunciarlos",
        "péssimo atendimento",
        "isso é um absurdo",
        "quantas vezes preciso pedir",
        "vou no procon",
        "estou cansado de esperar",
    ];
    assert_eq!(failures(&angry, is_angry), Vec::<&str>::new());
    let calm = [
        "the print quality is terrible",
        "PLEASE SEND TONER",
        "mala calidad de impresión",
        "a impressão está ruim",
        "How many times can a drum be used?",
        "the paper is stuck!",
    ];
    assert_eq!(failures(&calm, |text| !is_angry(text)), Vec::<&str>::new());
}

#[test]
fn a_choice_in_words() {
    for (text, place) in [
        ("1", Some(0)),
        ("the first one", Some(0)),
        ("2)", Some(1)),
        ("the second one please", Some(1)),
        ("one", Some(0)),
        ("el segundo", Some(1)),
        ("la primera", Some(0)),
        ("opción 3", Some(2)),
        ("a segunda opção", Some(1)),
        ("o terceiro", Some(2)),
        ("4", None),
        ("1 or 2", None),
        ("the toner", None),
        ("", None),
        ("2 copies are missing from my order", None),
    ] {
        assert_eq!(chosen_number(text), place, "{text}");
    }
}

#[test]
fn questions_are_counted() {
    for (text, count) in [
        ("", 0),
        ("the printer is offline", 0),
        ("how do I pay?", 1),
        ("how do I pay???", 1),
        ("how do I pay? and when does the contract end?", 2),
        ("¿Cómo pago la factura? ¿Cuándo viene el técnico?", 2),
        (
            "Three things:\n1. toner for the copier\n2. a copy of the invoice\n3) the new address is wrong",
            3,
        ),
        ("ok? yes? no?", 0),
        ("See https://x.example/?a=1&b=2 how do I scan it?", 1),
    ] {
        assert_eq!(questions_in(text), count, "{text}");
    }
}

#[test]
fn any_text_is_read_in_bounded_time() {
    let long = "no quiero hablar con ".repeat(200_000);
    for text in [long.as_str(), "????????????", "\u{0}\u{202e}🙏🙏", "¿¿¿"] {
        asks_for_person(text);
        is_angry(text);
        is_thanks(text);
        is_greeting(text);
        helped(text);
        chosen_number(text);
        assert!(questions_in(text) < 10);
    }
}

#[test]
fn follow_ups_are_short_and_lean_on_what_was_asked() {
    for text in [
        "and for the black one?",
        "what about the second floor?",
        "¿y para el negro?",
        "¿y si es de color?",
        "e para o preto?",
        "e se for colorida?",
        "does it cost anything?",
        "also on saturdays?",
    ] {
        assert!(super::is_follow_up(text), "{text}");
    }
    for text in [
        "how do I change the toner",
        "the printer prints black stripes on every page since this morning and nobody knows why",
        "quiero pagar con tarjeta",
    ] {
        assert!(!super::is_follow_up(text), "{text}");
    }
}

#[test]
fn a_mail_is_taken_apart_into_its_questions() {
    assert_eq!(
        super::questions("Good morning. How do I change the toner? And when does the technician come?"),
        ["How do I change the toner?", "And when does the technician come?"]
    );
    assert_eq!(
        super::questions("Please:\n1. change the toner cartridge\n2) send the october invoice"),
        ["change the toner cartridge", "send the october invoice"]
    );
    assert!(super::questions("How do I pay it? The machine on the third floor makes a noise").is_empty());
    assert!(super::questions(&"what is that thing? ".repeat(50)).is_empty());
}

#[test]
fn sensitive_words_are_found_whole_and_without_accents() {
    let phrases = ["data protection", "difamación", "  "];
    assert!(super::mentions(
        "A question about DATA protection.",
        phrases.into_iter()
    ));
    assert!(super::mentions("es una difamacion", phrases.into_iter()));
    assert!(!super::mentions(
        "my data is in the protection box",
        phrases.into_iter()
    ));
    assert!(!super::mentions("", phrases.into_iter()));
}

#[test]
fn what_is_joined_by_also_is_taken_apart() {
    for (text, parts) in [
        (
            "I want to move the printer to the 3rd floor and also get a copy of the last invoice",
            &[
                "I want to move the printer to the 3rd floor",
                "get a copy of the last invoice",
            ][..],
        ),
        (
            "hola, la máquina hace un ruido raro y además el tóner se acaba rápido, también quisiera saber cómo pago la factura",
            &[
                "hola, la máquina hace un ruido raro",
                "el tóner se acaba rápido",
                "quisiera saber cómo pago la factura",
            ],
        ),
        (
            "Como troco o toner? Também preciso da segunda via da fatura.",
            &["Como troco o toner?", "preciso da segunda via da fatura."],
        ),
        (
            "¿Cómo pago la factura? ¿Y cuándo vence el plazo? Otra cosa: la impresora no anda bien",
            &[
                "¿Cómo pago la factura?",
                "¿Y cuándo vence el plazo?",
                "la impresora no anda bien",
            ],
        ),
    ] {
        assert_eq!(super::questions(text), parts, "{text}");
        assert_eq!(super::questions_in(text), parts.len(), "{text}");
    }
    for text in [
        "the printer also prints black lines on every page",
        "quiero pagar con tarjeta y también por transferencia",
        "a impressora também não imprime",
        "ademas",
        "",
    ] {
        assert!(!super::are_separate(text), "{text}");
    }
}

#[test]
fn who_is_there_is_asked_in_many_ways_and_machines_are_not_meant() {
    for text in [
        "are you a bot",
        "is this a real person?",
        "am I talking to a machine?",
        "what can you do",
        "sos un robot?",
        "¿es usted una persona?",
        "con quién hablo?",
        "en qué me pueden ayudar",
        "você é um robô?",
        "estou falando com uma pessoa?",
        "quem é você?",
        "menu",
    ] {
        assert!(super::asks_about_bot(text), "{text}");
        assert!(!super::asks_for_person(text), "{text}");
    }
    for text in [
        "is it a machine fault",
        "es una máquina nueva",
        "e uma máquina maior?",
        "can you help me with the toner",
        "qué pueden hacer con el ruido de la máquina que nos trajeron ayer",
    ] {
        assert!(!super::asks_about_bot(text), "{text}");
    }
}

#[test]
fn the_shorthand_of_phones_is_read() {
    let persons = [
        "kiero hablar cn alguien",
        "kiero hablar cn una persona xfa",
        "nesecito un asesor xfa",
        "qro falar c/ um atendente pfv",
        "qro falar com algm",
        "m passa p/ um atendente pfv",
        "vcs podem me ligar pfv",
        "uds pueden llamarme?",
        "can u call me pls",
        "wanna talk to a human",
        "lemme talk to sum1",
    ];
    assert_eq!(failures(&persons, asks_for_person), [""; 0]);
    let balances = ["cto debo?", "qto devo", "qto eu devo pra vcs", "hw much do i owe u"];
    assert_eq!(
        failures(&balances, |text| matter(text) == Some(Matter::Balance)),
        [""; 0]
    );
    let visits = [
        "dnd esta mi tecnico",
        "qdo vem o tecnico",
        "wen is the tech coming",
        "a q hora viene el tecnico",
    ];
    assert_eq!(failures(&visits, |text| matter(text) == Some(Matter::Visit)), [""; 0]);
    let not_helped = [
        "naum funcionou",
        "n funcionou",
        "n deu certo",
        "didnt work",
        "no m sirvio",
        "nao adiantou nd",
    ];
    assert_eq!(failures(&not_helped, |text| helped(text) == Some(false)), [""; 0]);
    let thanks = ["obgd", "mt obg", "grcs", "thnx a lot", "mto obrigado", "thx u"];
    assert_eq!(failures(&thanks, is_thanks), [""; 0]);
    let none = [
        "me passa o preco p 2 maquinas",
        "el toner pa la hp",
        "modelo d 5",
        "r 200 d toner",
    ];
    assert_eq!(
        failures(&none, |text| !asks_for_person(text) && matter(text).is_none()),
        [""; 0]
    );
}
