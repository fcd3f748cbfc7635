//! What the bot says about the menu.

use conversation::types::Language;

use super::Said;

/// The label of the way back in a submenu; at most 20 characters.
pub fn back_label(language: Language) -> &'static str {
    const SAID: Said = Said {
        en: "Back",
        es: "Volver",
        pt: "Voltar",
    };
    SAID.in_language(language)
}

/// The label of the button that shows the menu; at most 20 characters.
pub fn menu_label(language: Language) -> &'static str {
    const SAID: Said = Said {
        en: "See the menu",
        es: "Ver el menú",
        pt: "Ver o menu",
    };
    SAID.in_language(language)
}

/// How a menu is answered.
pub fn menu_how(language: Language) -> &'static str {
    const SAID: Said = Said {
        en: "Choose an option, or write your question.",
        es: "Elija una opción o escriba su pregunta.",
        pt: "Escolha uma opção ou escreva a sua pergunta.",
    };
    SAID.in_language(language)
}

/// How the menu is seen again.
pub fn menu_again(language: Language) -> &'static str {
    const SAID: Said = Said {
        en: "Write *menu* to see the options again.",
        es: "Escriba *menú* para ver las opciones de nuevo.",
        pt: "Escreva *menu* para ver as opções de novo.",
    };
    SAID.in_language(language)
}

/// Above the menu, when what was chosen is not in it any more.
pub fn entry_gone(language: Language) -> &'static str {
    const SAID: Said = Said {
        en: "That option is not there any more. These are today's:",
        es: "Esa opción ya no está disponible. Estas son las de ahora:",
        pt: "Essa opção não está mais disponível. Estas são as de agora:",
    };
    SAID.in_language(language)
}

/// Above the menu, when what was answered is no entry of it.
pub fn not_an_entry(language: Language) -> &'static str {
    const SAID: Said = Said {
        en: "I did not find that among the options. Which of these is it?",
        es: "No encontré eso entre las opciones. ¿Cuál de estas es?",
        pt: "Não encontrei isso entre as opções. Qual destas é?",
    };
    SAID.in_language(language)
}

/// Above the menu, when nothing is known about what was asked.
pub fn unknown_but_menu(language: Language) -> &'static str {
    const SAID: Said = Said {
        en: "I have no sure answer to that. Is it about one of these?",
        es: "No tengo una respuesta segura para eso. ¿Se trata de alguno de estos temas?",
        pt: "Não tenho uma resposta certa para isso. É sobre um destes assuntos?",
    };
    SAID.in_language(language)
}

/// When a button of a menu is pressed that is not there any more, and no other is.
pub fn menu_gone(language: Language) -> &'static str {
    const SAID: Said = Said {
        en: "That menu is not in use any more. Write what you need in your own words.",
        es: "Ese menú ya no está en uso. Escriba lo que necesita con sus propias palabras.",
        pt: "Esse menu não está mais em uso. Escreva o que precisa com as suas próprias palavras.",
    };
    SAID.in_language(language)
}

/// Asks for a question, where the business wrote no words of its own.
pub fn ask_away(language: Language) -> &'static str {
    const SAID: Said = Said {
        en: "Write your question in your own words, and I will look for the answer.",
        es: "Escriba su pregunta con sus propias palabras y buscaré la respuesta.",
        pt: "Escreva a sua pergunta com as suas próprias palavras e vou procurar a resposta.",
    };
    SAID.in_language(language)
}

/// Above the link of the portal.
pub fn portal_intro(language: Language) -> &'static str {
    const SAID: Said = Said {
        en: "In the portal you see your invoices, your machines and your tickets. Sign in with your e-mail address.",
        es: "En el portal ve sus facturas, sus equipos y sus tickets. Entre con su correo.",
        pt: "No portal você vê as suas faturas, os seus equipamentos e os seus chamados. Entre com o seu e-mail.",
    };
    SAID.in_language(language)
}

/// The headline over the link of the portal.
pub fn portal_title(language: Language) -> &'static str {
    const SAID: Said = Said {
        en: "Customer portal",
        es: "Portal de clientes",
        pt: "Portal do cliente",
    };
    SAID.in_language(language)
}

/// The label of the button that opens the portal; at most 20 characters.
pub fn portal_label(language: Language) -> &'static str {
    const SAID: Said = Said {
        en: "Open the portal",
        es: "Abrir el portal",
        pt: "Abrir o portal",
    };
    SAID.in_language(language)
}

pub(super) const CHOSE: Said = Said {
    en: "Chose in the menu",
    es: "Eligió en el menú",
    pt: "Escolheu no menu",
};

/// What stands between the titles of a way through the menu.
pub const STEP: &str = " › ";
