//! Thanks and nothing else, in the three languages: the last word of a matter that is done, which asks for nothing.
//!
//! What is missed is opened again, as any other message, and costs somebody a look; what is taken for thanks and is none
//! would be seen by nobody. So only these words are known, and a question, a number or a single other word is more than
//! thanks.

use crate::letters::folded;

/// The words of which thanks have one at least: English, Spanish, Portuguese.
const THANKS: [&str; 3] = [
    "thanks thank thx thnx tnx ty cheers",
    "gracias graciass grax grx agradecido agradecida agradecidos agradezco",
    "obrigado obrigada obrigados obg obgd obgda brigado brigada valeu vlw agradeco agradecemos",
];

/// What stands beside it and asks for nothing.
const BESIDE: [&str; 3] = [
    "a again all appreciated bye day everyone for good great have hello hi it kind lot lots many much nice ok okay \
     perfect quick so super team the very weekend wonderful you your",
    "adios amable bien buen buena buenas buenos chao con de dia dias excelente genial hola igualmente la listo lo luego \
     mil muchas muchisimas mucho muy noches perfecto por rapida rapido saludos su tarde tardes tan todo todos tu un usted \
     ustedes y",
    "abraco ate beleza blz boa bom demais e excelentes gentil logo mais muita muito noite oi ola otima otimo pela pelo \
     perfeito sua tchau toda tudo vc voce voces",
];

/// What somebody thanks for; by itself it asks for it.
const FOR: &str = "help helping ayuda atencion respuesta ajuda atencao resposta reply answer";

/// What stands before that where it is thanked for.
const BEFORE_FOR: &str = "a all for kind la pela quick rapida su sua the toda tu your";

/// Thanks are short.
const WORDS: usize = 12;

/// A sign that thanks without a word.
const FOLDED_HANDS: char = '🙏';

/// Whether a text is thanks and nothing else. `name` is the sender's, who may sign with it.
pub fn is_all(text: &str, name: &str) -> bool {
    if text.contains(['?', '¿']) {
        return false;
    }
    let name = folded(name);
    let signs: Vec<&str> = words(&name).collect();
    let text = folded(text);
    let said: Vec<&str> = words(&text).take(WORDS + 1).collect();
    if said.is_empty() {
        return text.contains(FOLDED_HANDS);
    }
    let asks_for_nothing = |(at, word): (usize, &&str)| {
        let before = at.checked_sub(1).map_or("", |before| said[before]);
        has(&THANKS, word)
            || has(&BESIDE, word)
            || signs.contains(word)
            || (has(&[FOR], word) && has(&[BEFORE_FOR], before))
    };
    said.len() <= WORDS && said.iter().any(|word| has(&THANKS, word)) && said.iter().enumerate().all(asks_for_nothing)
}

fn has(lists: &[&str], word: &str) -> bool {
    lists.iter().any(|list| list.split(' ').any(|known| known == word))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thanks_are_told_from_what_asks_for_something() {
        for (text, is_thanks) in [
            ("Thanks!", true),
            ("Thank you so much, have a great day 😊", true),
            ("ok thanks", true),
            ("Hello,\n\nthank you very much!\n\nJoana Souza", true),
            ("¡Muchísimas gracias por la ayuda!", true),
            ("Perfecto, mil gracias 🙏", true),
            ("Muito obrigada, até logo", true),
            ("vlw", true),
            ("🙏🙏", true),
            // Anything more is more.
            ("", false),
            ("ok", false),
            ("👍", false),
            ("Thanks! And when does it arrive?", false),
            ("thanks when does it arrive", false),
            ("Gracias, pero sigue sin funcionar", false),
            ("no va, gracias", false),
            ("Thanks but no", false),
            ("thanks for nothing", false),
            ("Thanks for all your help", true),
            ("Gracias por la rápida respuesta", true),
            ("Obrigada pela ajuda", true),
            ("Hola, ayuda, gracias", false),
            ("Help, thanks", false),
            ("Obrigado. Preciso de mais um toner", false),
            ("gracias 1234", false),
            ("Thanks?", false),
            ("¿Gracias por todo", false),
            ("Thanks Pedro", false),
            (&"thanks ".repeat(13), false),
        ] {
            assert_eq!(is_all(text, "Joana Souza"), is_thanks, "{text}");
        }
    }
}
