//! What the bot says, and what it tells the agent.

use conversation::types::{Language, TicketStatus};

use crate::decide::{Reason, SmallTalk};
use crate::session::BotSession;

/// One sentence in the three languages.
struct Said {
    en: &'static str,
    es: &'static str,
    pt: &'static str,
}

impl Said {
    const fn in_language(&self, language: Language) -> &'static str {
        match language {
            Language::En => self.en,
            Language::Es => self.es,
            Language::Pt => self.pt,
        }
    }
}

/// What stands above the passage of an answer.
pub fn answer_intro(language: Language) -> &'static str {
    const SAID: Said = Said {
        en: "This should answer your question:",
        es: "Esto debería responder su pregunta:",
        pt: "Isto deve responder à sua pergunta:",
    };
    SAID.in_language(language)
}

/// What stands above the passage of an answer that exists in another language alone.
pub fn answer_in_other_language(language: Language, written: Language) -> &'static str {
    let said = match written {
        Language::En => Said {
            en: "This should answer your question:",
            es: "Esto debería responder su pregunta; por ahora solo lo tenemos en inglés:",
            pt: "Isto deve responder à sua pergunta; por enquanto só temos em inglês:",
        },
        Language::Es => Said {
            en: "This should answer your question; so far we have it in Spanish only:",
            es: "Esto debería responder su pregunta:",
            pt: "Isto deve responder à sua pergunta; por enquanto só temos em espanhol:",
        },
        Language::Pt => Said {
            en: "This should answer your question; so far we have it in Portuguese only:",
            es: "Esto debería responder su pregunta; por ahora solo lo tenemos en portugués:",
            pt: "Isto deve responder à sua pergunta:",
        },
    };
    said.in_language(language)
}

/// What stands above several answers.
pub fn answers_intro(language: Language) -> &'static str {
    const SAID: Said = Said {
        en: "Here are the answers to your questions, in their order:",
        es: "Estas son las respuestas a sus preguntas, en su orden:",
        pt: "Aqui estão as respostas às suas perguntas, na ordem:",
    };
    SAID.in_language(language)
}

/// What stands above the state of a customer's tickets.
pub fn tickets_intro(language: Language) -> &'static str {
    const SAID: Said = Said {
        en: "This is where things stand. Write here if you want to add something, or ask for a person.",
        es: "Así va su caso. Escriba aquí si quiere agregar algo, o pida hablar con una persona.",
        pt: "É assim que está. Escreva aqui se quiser acrescentar algo, ou peça para falar com uma pessoa.",
    };
    SAID.in_language(language)
}

/// The question below an answer.
pub fn did_it_help(language: Language) -> &'static str {
    const SAID: Said = Said {
        en: "Did this help?",
        es: "¿Le sirvió?",
        pt: "Isso ajudou?",
    };
    SAID.in_language(language)
}

/// The label of the button "it helped"; at most 20 characters.
pub fn helped_label(language: Language) -> &'static str {
    const SAID: Said = Said {
        en: "Yes, thanks",
        es: "Sí, gracias",
        pt: "Sim, obrigado",
    };
    SAID.in_language(language)
}

/// The label of the button "it did not help"; at most 20 characters.
pub fn not_helped_label(language: Language) -> &'static str {
    const SAID: Said = Said {
        en: "No, not yet",
        es: "No, todavía no",
        pt: "Não, ainda não",
    };
    SAID.in_language(language)
}

/// The label of the button that asks for a person; at most 20 characters.
pub fn person_label(language: Language) -> &'static str {
    const SAID: Said = Said {
        en: "Talk to a person",
        es: "Hablar con alguien",
        pt: "Falar com alguém",
    };
    SAID.in_language(language)
}

/// The label of the button that opens an article; at most 20 characters.
pub fn read_more_label(language: Language) -> &'static str {
    const SAID: Said = Said {
        en: "Read the article",
        es: "Leer el artículo",
        pt: "Ler o artigo",
    };
    SAID.in_language(language)
}

/// A headline as the label of a button: at most `most` characters, cut between words where it can be.
pub fn choice_label(title: &str, most: usize) -> String {
    let title = title.trim();
    if title.chars().count() <= most {
        return title.to_owned();
    }
    let room = most.saturating_sub(1);
    let end = title.char_indices().nth(room).map_or(title.len(), |(at, _)| at);
    let cut = &title[..end];
    // A cut between words is nicer, unless it would throw away half of the label.
    let kept = match cut.rfind(' ') {
        Some(space) if space * 2 > cut.len() => &cut[..space],
        _ => cut,
    };
    format!("{}…", kept.trim_end_matches([' ', ',', ';', ':']))
}

/// The clarifying question.
pub fn clarify(language: Language) -> &'static str {
    const SAID: Said = Said {
        en: "I want to be sure I understand. Which of these is it about?",
        es: "Quiero estar seguro de entender. ¿De cuál de estos temas se trata?",
        pt: "Quero ter certeza de que entendi. Sobre qual destes assuntos você quer saber?",
    };
    SAID.in_language(language)
}

/// Tells the customer that people have it now. `ticket` is the number as it is shown elsewhere.
pub fn handed_over(language: Language, reason: Reason, ticket: &str) -> String {
    let opening = match reason {
        Reason::AskedForPerson => Said {
            en: "Of course, a person will take over.",
            es: "Claro, le atenderá una persona.",
            pt: "Claro, uma pessoa vai atender você.",
        },
        Reason::DidNotHelp | Reason::Repeated => Said {
            en: "I am sorry that this did not solve it. A colleague will look into it.",
            es: "Lamento que esto no lo haya resuelto. Una persona de nuestro equipo lo revisará.",
            pt: "Sinto muito que isso não tenha resolvido. Uma pessoa da nossa equipe vai verificar.",
        },
        Reason::Angry => Said {
            en: "I am sorry for the trouble. A colleague will look after this personally.",
            es: "Lamento las molestias. Una persona de nuestro equipo se ocupará de esto.",
            pt: "Sinto muito pelo transtorno. Uma pessoa da nossa equipe vai cuidar disso.",
        },
        Reason::Sensitive => Said {
            en: "This is a matter for a person, so a colleague will look after it.",
            es: "Este asunto lo debe ver una persona: alguien de nuestro equipo se ocupará.",
            pt: "Este assunto deve ser visto por uma pessoa: alguém da nossa equipe vai cuidar disso.",
        },
        Reason::MediaOnly => Said {
            en: "Thank you, your file has arrived. A colleague will look at it.",
            es: "Gracias, su archivo llegó. Una persona de nuestro equipo lo revisará.",
            pt: "Obrigado, seu arquivo chegou. Uma pessoa da nossa equipe vai olhar.",
        },
        Reason::Unsure | Reason::StillUnclear | Reason::SeveralQuestions | Reason::NoText | Reason::BotFailed => Said {
            en: "I would rather not guess, so a colleague will answer you.",
            es: "Prefiero no adivinar: le responderá una persona de nuestro equipo.",
            pt: "Prefiro não adivinhar: uma pessoa da nossa equipe vai responder.",
        },
    };
    let opening = opening.in_language(language);
    match language {
        Language::En => {
            format!(
                "{opening} Your ticket number is {ticket}. You will get the answer right here; you can add details at any time."
            )
        }
        Language::Es => {
            format!(
                "{opening} Su número de ticket es {ticket}. Recibirá la respuesta por aquí mismo; puede agregar detalles cuando quiera."
            )
        }
        Language::Pt => {
            format!(
                "{opening} O número do seu chamado é {ticket}. A resposta chega por aqui mesmo; você pode acrescentar detalhes quando quiser."
            )
        }
    }
}

/// A courtesy.
pub fn small_talk(language: Language, kind: SmallTalk) -> &'static str {
    let said = match kind {
        SmallTalk::Greeting => Said {
            en: "Hello! What can we help you with?",
            es: "¡Hola! ¿En qué le podemos ayudar?",
            pt: "Olá! Como podemos ajudar?",
        },
        SmallTalk::Thanks => Said {
            en: "You are welcome! Just write if there is anything else.",
            es: "¡Con gusto! Escríbanos si necesita algo más.",
            pt: "De nada! É só escrever se precisar de mais alguma coisa.",
        },
        SmallTalk::GladItHelped => Said {
            en: "Glad that it helped! Just write if there is anything else.",
            es: "¡Me alegra que le haya servido! Escríbanos si necesita algo más.",
            pt: "Que bom que ajudou! É só escrever se precisar de mais alguma coisa.",
        },
    };
    said.in_language(language)
}

/// Why it was handed over, for the agent.
pub fn reason(language: Language, reason: Reason) -> &'static str {
    let said = match reason {
        Reason::AskedForPerson => Said {
            en: "asked for a person",
            es: "pidió una persona",
            pt: "pediu uma pessoa",
        },
        Reason::DidNotHelp => Said {
            en: "the answer did not help",
            es: "la respuesta no sirvió",
            pt: "a resposta não ajudou",
        },
        Reason::Unsure => Said {
            en: "no article fits well enough",
            es: "ningún artículo encaja lo suficiente",
            pt: "nenhum artigo serve bem o bastante",
        },
        Reason::StillUnclear => Said {
            en: "still unclear after asking back",
            es: "sigue sin estar claro después de preguntar",
            pt: "continua pouco claro depois de perguntar",
        },
        Reason::Repeated => Said {
            en: "the same question came again",
            es: "repitió la misma pregunta",
            pt: "repetiu a mesma pergunta",
        },
        Reason::Angry => Said {
            en: "the customer is upset",
            es: "el cliente está molesto",
            pt: "o cliente está irritado",
        },
        Reason::Sensitive => Said {
            en: "a matter kept for people",
            es: "un asunto reservado a personas",
            pt: "um assunto reservado a pessoas",
        },
        Reason::SeveralQuestions => Said {
            en: "several questions at once",
            es: "varias preguntas a la vez",
            pt: "várias perguntas de uma vez",
        },
        Reason::MediaOnly => Said {
            en: "only files, nothing written",
            es: "solo archivos, nada escrito",
            pt: "só arquivos, nada escrito",
        },
        Reason::NoText => Said {
            en: "an empty message",
            es: "un mensaje vacío",
            pt: "uma mensagem vazia",
        },
        Reason::BotFailed => Said {
            en: "the bot failed",
            es: "el bot falló",
            pt: "o bot falhou",
        },
    };
    said.in_language(language)
}

/// The word above the state of a ticket.
pub fn status_label(language: Language) -> &'static str {
    const SAID: Said = Said {
        en: "Status",
        es: "Estado",
        pt: "Situação",
    };
    SAID.in_language(language)
}

/// The state of a ticket.
pub fn ticket_status(language: Language, status: TicketStatus) -> &'static str {
    let said = match status {
        TicketStatus::New => Said {
            en: "New",
            es: "Nuevo",
            pt: "Novo",
        },
        TicketStatus::Open => Said {
            en: "In progress",
            es: "En curso",
            pt: "Em andamento",
        },
        TicketStatus::Waiting => Said {
            en: "Waiting for you",
            es: "A la espera de usted",
            pt: "Aguardando você",
        },
        TicketStatus::Confirming => Said {
            en: "Please confirm",
            es: "Confírmelo, por favor",
            pt: "Confirme, por favor",
        },
        TicketStatus::Resolved => Said {
            en: "Resolved",
            es: "Resuelto",
            pt: "Resolvido",
        },
    };
    said.in_language(language)
}

/// Why a conversation leaves the bot without a word to the customer: the bot was switched off.
pub fn bot_is_off(language: Language) -> &'static str {
    const SAID: Said = Said {
        en: "the bot is switched off for this inbox",
        es: "el bot está desactivado en este buzón",
        pt: "o bot está desativado nesta caixa",
    };
    SAID.in_language(language)
}

/// Why a conversation leaves the bot without a word to the customer: its answer came back.
pub fn came_back(language: Language) -> &'static str {
    const SAID: Said = Said {
        en: "the answer could not be delivered",
        es: "la respuesta no se pudo entregar",
        pt: "a resposta não pôde ser entregue",
    };
    SAID.in_language(language)
}

/// Why a conversation leaves the bot without a word to the customer: somebody else wrote into it.
pub fn stranger_wrote(language: Language) -> &'static str {
    const SAID: Said = Said {
        en: "somebody who takes no part in this conversation wrote",
        es: "escribió alguien que no participa en esta conversación",
        pt: "escreveu alguém que não participa desta conversa",
    };
    SAID.in_language(language)
}

/// What a note says when somebody else wrote into a customer's conversation.
pub fn stranger_note(language: Language) -> &'static str {
    const SAID: Said = Said {
        en: "The last message came with the customer's reply address, but from somebody who takes no part in this conversation. The bot answered nothing: an answer would go to the customer. If they belong here, answer with them in copy; if not, take their message out into a conversation of its own.",
        es: "El último mensaje llegó con la dirección de respuesta del cliente, pero de alguien que no participa en esta conversación. El bot no respondió nada: la respuesta iría al cliente. Si debe participar, responda con esa persona en copia; si no, separe su mensaje en una conversación propia.",
        pt: "A última mensagem chegou com o endereço de resposta do cliente, mas de alguém que não participa desta conversa. O bot não respondeu nada: a resposta iria para o cliente. Se a pessoa deve participar, responda com ela em cópia; se não, separe a mensagem em uma conversa própria.",
    };
    SAID.in_language(language)
}

/// What a note says when the bot failed; the error's own words follow.
pub fn failed_note(language: Language) -> &'static str {
    const SAID: Said = Said {
        en: "The bot failed on this message and has handed it over.",
        es: "El bot falló con este mensaje y lo entregó.",
        pt: "O bot falhou nesta mensagem e a repassou.",
    };
    SAID.in_language(language)
}

/// What a note says when the bot did not answer in time.
pub fn silent_note(language: Language) -> &'static str {
    const SAID: Said = Said {
        en: "The bot did not answer in time.",
        es: "El bot no respondió a tiempo.",
        pt: "O bot não respondeu a tempo.",
    };
    SAID.in_language(language)
}

/// The short note for the agent who takes over: what was asked, what was tried, why it is here.
/// `session` is the session after the decision; plain text, one fact a line.
pub fn brief(language: Language, session: &BotSession, why: Reason) -> String {
    const ASKED: Said = Said {
        en: "Asked",
        es: "Preguntó",
        pt: "Perguntou",
    };
    const BEFORE: Said = Said {
        en: "Before that",
        es: "Antes",
        pt: "Antes",
    };
    const SHOWN: Said = Said {
        en: "Shown",
        es: "Se le mostró",
        pt: "Foi mostrado",
    };
    const OFFERED: Said = Said {
        en: "Offered to choose",
        es: "Se le dio a elegir",
        pt: "Foi dado a escolher",
    };
    const NOTHING_SHOWN: Said = Said {
        en: "No article was shown",
        es: "No se le mostró ningún artículo",
        pt: "Nenhum artigo foi mostrado",
    };
    const BECAUSE: Said = Said {
        en: "Handed over",
        es: "Motivo",
        pt: "Motivo",
    };
    const HELPED: Said = Said {
        en: "helped",
        es: "sirvió",
        pt: "ajudou",
    };
    const NOT_HELPED: Said = Said {
        en: "did not help",
        es: "no sirvió",
        pt: "não ajudou",
    };

    let mut lines = Vec::new();
    if let Some((last, before)) = session.questions.split_last() {
        lines.push(format!("{}: {}", ASKED.in_language(language), one_line(last)));
        for question in before.iter().rev().take(2) {
            lines.push(format!("{}: {}", BEFORE.in_language(language), one_line(question)));
        }
    }
    for answered in session.answered.iter().rev().take(3) {
        let mut line = format!("{}: {}", SHOWN.in_language(language), one_line(&answered.title));
        match answered.helped {
            Some(true) => line.push_str(&format!(" ({})", HELPED.in_language(language))),
            Some(false) => line.push_str(&format!(" ({})", NOT_HELPED.in_language(language))),
            None => {}
        }
        lines.push(line);
    }
    if session.answered.is_empty() {
        lines.push(NOTHING_SHOWN.in_language(language).to_owned());
    }
    if !session.last_offered.is_empty() {
        let titles: Vec<String> = session
            .last_offered
            .iter()
            .map(|offer| one_line(&offer.title))
            .collect();
        lines.push(format!("{}: {}", OFFERED.in_language(language), titles.join(" / ")));
    }
    lines.push(format!("{}: {}", BECAUSE.in_language(language), reason(language, why)));
    lines.join("\n")
}

/// What a customer wrote, on one line and short: a note is not the place for a whole mail.
fn one_line(text: &str) -> String {
    const CHARS: usize = 240;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(CHARS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests;
