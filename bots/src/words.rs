//! What the bot says: to customers here, to agents in `for_agents`.

use conversation::types::{Language, TicketStatus};

use crate::decision::{Reason, SmallTalk};

mod for_agents;
mod menu;

pub use for_agents::{
    answered_often, answered_often_note, bot_is_off, brief, came_back, failed_note, note_for, reason, reason_for,
    silent_note, stranger_note, stranger_wrote, without_words,
};
pub use menu::{
    STEP, ask_away, back_label, entry_gone, menu_again, menu_gone, menu_how, menu_label, not_an_entry, portal_intro,
    portal_label, portal_title, unknown_but_menu,
};

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

    const fn all(&self) -> [&'static str; 3] {
        [self.en, self.es, self.pt]
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

/// The question above the button that asks for a person, where nothing else is to be chosen.
pub fn rather_a_person(language: Language) -> &'static str {
    const SAID: Said = Said {
        en: "Would you rather talk to a person?",
        es: "¿Prefiere hablar con una persona?",
        pt: "Prefere falar com uma pessoa?",
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

/// The clarifying question.
pub fn clarify(language: Language) -> &'static str {
    const SAID: Said = Said {
        en: "I want to be sure I understand. Which of these is it about?",
        es: "Quiero estar seguro de entender. ¿De cuál de estos temas se trata?",
        pt: "Quero ter certeza de que entendi. Sobre qual destes assuntos você quer saber?",
    };
    SAID.in_language(language)
}

/// Tells the customer that people have it now. `ticket` is the number as it is shown elsewhere, `opens` when
/// somebody is there again, where nobody is now.
pub fn handed_over(language: Language, reason: Reason, ticket: &str, opens: Option<&str>) -> String {
    let opening = match reason {
        Reason::AskedForPerson => Said {
            en: "Of course, a person will take over.",
            es: "Claro, le atenderá una persona.",
            pt: "Claro, uma pessoa vai atender você.",
        },
        Reason::Repeated => Said {
            en: "I have told you all that I know about this, so a colleague will answer you.",
            es: "Ya le conté todo lo que sé de este tema: le responderá una persona de nuestro equipo.",
            pt: "Já contei tudo o que sei sobre este assunto: uma pessoa da nossa equipe vai responder.",
        },
        Reason::NoText => Said {
            en: "Your message has arrived, and a colleague will look at it.",
            es: "Su mensaje llegó y lo verá una persona de nuestro equipo.",
            pt: "Sua mensagem chegou, e uma pessoa da nossa equipe vai olhar.",
        },
        Reason::DidNotHelp => Said {
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
        Reason::ChosenInMenu => Said {
            en: "Thank you. A colleague will take care of this.",
            es: "Gracias. Una persona de nuestro equipo se ocupará de esto.",
            pt: "Obrigado. Uma pessoa da nossa equipe vai cuidar disso.",
        },
        Reason::MediaOnly => Said {
            en: "Thank you, your file has arrived. A colleague will look at it.",
            es: "Gracias, su archivo llegó. Una persona de nuestro equipo lo revisará.",
            pt: "Obrigado, seu arquivo chegou. Uma pessoa da nossa equipe vai olhar.",
        },
        Reason::Unsure | Reason::StillUnclear | Reason::SeveralQuestions | Reason::BotFailed => Said {
            en: "I would rather not guess, so a colleague will answer you.",
            es: "Prefiero no adivinar: le responderá una persona de nuestro equipo.",
            pt: "Prefiro não adivinhar: uma pessoa da nossa equipe vai responder.",
        },
    };
    let opening = opening.in_language(language);
    let closed = match (opens, language) {
        (None, _) => String::new(),
        (Some(opens), Language::En) => format!(" We are closed now and open again: {opens}."),
        (Some(opens), Language::Es) => format!(" Ahora estamos cerrados; abrimos: {opens}."),
        (Some(opens), Language::Pt) => format!(" Agora estamos fechados; abrimos: {opens}."),
    };
    match language {
        Language::En => {
            format!(
                "{opening}{closed} Your ticket number is {ticket}. You will get the answer right here; you can add details at any time."
            )
        }
        Language::Es => {
            format!(
                "{opening}{closed} Su número de ticket es {ticket}. Recibirá la respuesta por aquí mismo; puede agregar detalles cuando quiera."
            )
        }
        Language::Pt => {
            format!(
                "{opening}{closed} O número do seu chamado é {ticket}. A resposta chega por aqui mesmo; você pode acrescentar detalhes quando quiser."
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
        SmallTalk::About => Said {
            en: "I am an automatic assistant. I answer from our help articles, and where they say nothing a person does. Ask me in your own words.",
            es: "Soy un asistente automático. Respondo con nuestros artículos de ayuda y, donde no alcanzan, lo hace una persona. Pregúnteme con sus propias palabras.",
            pt: "Sou um assistente automático. Respondo com os nossos artigos de ajuda e, quando eles não bastam, uma pessoa responde. Pergunte com as suas próprias palavras.",
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

#[cfg(test)]
mod tests;
