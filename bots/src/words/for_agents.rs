//! What the bot tells agents.

use conversation::types::Language;

use super::Said;
use super::menu::{CHOSE, STEP};
use crate::decision::Reason;
use crate::session::{Answered, BotSession};

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
        Reason::ChosenInMenu => Said {
            en: "chosen in the menu",
            es: "lo eligió en el menú",
            pt: "escolheu no menu",
        },
        Reason::BotFailed => Said {
            en: "the bot failed",
            es: "el bot falló",
            pt: "o bot falhou",
        },
    };
    said.in_language(language)
}

const BOT_IS_OFF: Said = Said {
    en: "the bot is switched off for this inbox",
    es: "el bot está desactivado en este buzón",
    pt: "o bot está desativado nesta caixa",
};

/// Why a conversation leaves the bot without a word to the customer: the bot was switched off.
pub fn bot_is_off(language: Language) -> &'static str {
    BOT_IS_OFF.in_language(language)
}

const CAME_BACK: Said = Said {
    en: "the answer could not be delivered",
    es: "la respuesta no se pudo entregar",
    pt: "a resposta não pôde ser entregue",
};

/// Why a conversation leaves the bot without a word to the customer: its answer came back.
pub fn came_back(language: Language) -> &'static str {
    CAME_BACK.in_language(language)
}

const STRANGER_WROTE: Said = Said {
    en: "somebody who takes no part in this conversation wrote",
    es: "escribió alguien que no participa en esta conversación",
    pt: "escreveu alguém que não participa desta conversa",
};

/// Why a conversation leaves the bot without a word to the customer: somebody else wrote into it.
pub fn stranger_wrote(language: Language) -> &'static str {
    STRANGER_WROTE.in_language(language)
}

const STRANGER_NOTE: Said = Said {
    en: "The last message came with the customer's reply address, but from somebody who takes no part in this conversation. The bot answered nothing: an answer would go to the customer. If they belong here, answer with them in copy; if not, take their message out into a conversation of its own.",
    es: "El último mensaje llegó con la dirección de respuesta del cliente, pero de alguien que no participa en esta conversación. El bot no respondió nada: la respuesta iría al cliente. Si debe participar, responda con esa persona en copia; si no, separe su mensaje en una conversación propia.",
    pt: "A última mensagem chegou com o endereço de resposta do cliente, mas de alguém que não participa desta conversa. O bot não respondeu nada: a resposta iria para o cliente. Se a pessoa deve participar, responda com ela em cópia; se não, separe a mensagem em uma conversa própria.",
};

/// What a note says when somebody else wrote into a customer's conversation.
pub fn stranger_note(language: Language) -> &'static str {
    STRANGER_NOTE.in_language(language)
}

const ANSWERED_OFTEN: Said = Said {
    en: "this address was sent too many answers by itself",
    es: "a esta dirección ya se le enviaron demasiadas respuestas automáticas",
    pt: "este endereço já recebeu respostas automáticas demais",
};

/// Why a conversation leaves the bot without a word to the customer: they may be a machine that answers the bot.
pub fn answered_often(language: Language) -> &'static str {
    ANSWERED_OFTEN.in_language(language)
}

const ANSWERED_OFTEN_NOTE: Said = Said {
    en: "Mails from this address come as fast as they are answered, so it may be a machine that answers us. Nothing more is sent to it by itself for now. If a person writes there, answer as usual; if not, a rule can close what it sends.",
    es: "Los correos de esta dirección llegan tan rápido como se responden, así que puede ser una máquina que nos contesta. Por ahora no se le envía nada más automáticamente. Si escribe una persona, responda como siempre; si no, una regla puede cerrar lo que envía.",
    pt: "Os e-mails deste endereço chegam tão rápido quanto são respondidos, então pode ser uma máquina que nos responde. Por enquanto nada mais é enviado a ele automaticamente. Se uma pessoa escreve, responda normalmente; se não, uma regra pode fechar o que ele envia.",
};

/// What a note says when the bot keeps quiet towards an address that it answered too often.
pub fn answered_often_note(language: Language) -> &'static str {
    ANSWERED_OFTEN_NOTE.in_language(language)
}

const FAILED_NOTE: Said = Said {
    en: "The bot failed on this message and has handed it over.",
    es: "El bot falló con este mensaje y lo entregó.",
    pt: "O bot falhou nesta mensagem e a repassou.",
};

/// What a note says when the bot failed; the error's own words follow.
pub fn failed_note(language: Language) -> &'static str {
    FAILED_NOTE.in_language(language)
}

const SILENT_NOTE: Said = Said {
    en: "The bot did not answer in time.",
    es: "El bot no respondió a tiempo.",
    pt: "O bot não respondeu a tempo.",
};

/// What a note says when the bot did not answer in time.
pub fn silent_note(language: Language) -> &'static str {
    SILENT_NOTE.in_language(language)
}

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

/// The short note for the agent who takes over: what was asked, what was tried, why it is here.
/// `session` is the session after the decision; plain text, one fact a line.
pub fn brief(language: Language, session: &BotSession, why: Reason) -> String {
    let mut lines = Vec::new();
    if !session.menu.path.is_empty() {
        let path = one_line(&session.menu.path.join(STEP));
        lines.push(format!("{}: {path}", CHOSE.in_language(language)));
    }
    if let Some((last, before)) = session.questions.split_last() {
        lines.push(format!(
            "{}: {}",
            ASKED.in_language(language),
            one_line(without_words(language, last).unwrap_or(last))
        ));
        for question in before.iter().rev().take(2) {
            lines.push(format!(
                "{}: {}",
                BEFORE.in_language(language),
                one_line(without_words(language, question).unwrap_or(question))
            ));
        }
    }
    for answered in session.answered.iter().rev().take(3) {
        let mut line = format!("{}: {}", SHOWN.in_language(language), shown(answered));
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

/// An article with the headings of what was shown of it.
fn shown(answered: &Answered) -> String {
    let headings: Vec<String> = answered
        .headings
        .iter()
        .flatten()
        .filter(|heading| !heading.is_empty())
        .map(|heading| one_line(heading))
        .collect();
    let title = one_line(&answered.title);
    if headings.is_empty() {
        title
    } else {
        format!("{title} › {}", headings.join(", "))
    }
}

/// What a customer wrote, on one line and short: a note is not the place for a whole mail.
/// What a message without words of its own is; a file of a chat stands in the text as a symbol.
pub fn without_words(language: Language, text: &str) -> Option<&'static str> {
    let said = match text.trim() {
        "📷" => Said {
            en: "Picture",
            es: "Imagen",
            pt: "Imagem",
        },
        "🎥" => Said {
            en: "Video",
            es: "Vídeo",
            pt: "Vídeo",
        },
        "🎤" => Said {
            en: "Voice message",
            es: "Mensaje de voz",
            pt: "Mensagem de voz",
        },
        "🎵" => Said {
            en: "Audio file",
            es: "Archivo de audio",
            pt: "Arquivo de áudio",
        },
        "💟" => Said {
            en: "Sticker",
            es: "Pegatina",
            pt: "Figurinha",
        },
        _ => return None,
    };
    Some(said.in_language(language))
}

fn one_line(text: &str) -> String {
    const CHARS: usize = 240;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(CHARS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// What the bot wrote for agents, in the language of whoever reads it. It is written in the language of its inbox, in
/// lines that begin with words of the bot's; what customers and articles say in them stays as it is, and so does
/// every line that the bot did not write.
pub fn note_for(language: Language, note: &str) -> String {
    let lines: Vec<String> = note.lines().map(|line| line_for(language, line)).collect();
    lines.join("\n")
}

/// Why the bot handed over, as [`note_for`].
pub fn reason_for(language: Language, said: &str) -> String {
    let others = [&BOT_IS_OFF, &CAME_BACK, &STRANGER_WROTE, &ANSWERED_OFTEN];
    let one = |known: &str| known == said;
    Reason::ALL
        .iter()
        .find(|why| Language::ALL.iter().any(|lang| one(reason(*lang, **why))))
        .map(|why| reason(language, *why))
        .or_else(|| {
            others
                .iter()
                .find(|other| other.all().into_iter().any(one))
                .map(|other| other.in_language(language))
        })
        .unwrap_or(said)
        .to_owned()
}

fn line_for(language: Language, line: &str) -> String {
    for whole in [&NOTHING_SHOWN, &SILENT_NOTE, &STRANGER_NOTE, &ANSWERED_OFTEN_NOTE] {
        if whole.all().contains(&line) {
            return whole.in_language(language).to_owned();
        }
    }
    if let Some(rest) = FAILED_NOTE.all().iter().find_map(|words| line.strip_prefix(words)) {
        return format!("{}{rest}", FAILED_NOTE.in_language(language));
    }
    for label in [&CHOSE, &ASKED, &BEFORE, &SHOWN, &OFFERED, &BECAUSE] {
        let rest = label
            .all()
            .into_iter()
            .find_map(|words| line.strip_prefix(words)?.strip_prefix(": "));
        let Some(rest) = rest else { continue };
        let rest = if label.en == BECAUSE.en {
            reason_for(language, rest)
        } else if label.en == SHOWN.en {
            verdict_for(language, rest)
        } else {
            rest.to_owned()
        };
        return format!("{}: {rest}", label.in_language(language));
    }
    line.to_owned()
}

/// "Article (did not help)".
fn verdict_for(language: Language, shown: &str) -> String {
    for verdict in [&HELPED, &NOT_HELPED] {
        let title = verdict
            .all()
            .into_iter()
            .find_map(|words| shown.strip_suffix(')')?.strip_suffix(words)?.strip_suffix(" ("));
        if let Some(title) = title {
            return format!("{title} ({})", verdict.in_language(language));
        }
    }
    shown.to_owned()
}
