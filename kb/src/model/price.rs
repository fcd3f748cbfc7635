//! "How much is it?" wants a price. An article about the same thing that names none is no answer, however near its
//! words are: customers ask for prices first of all, and few articles say them.
//!
//! One list for the three languages, since a question may be answered by an article in another one. It looks at the
//! form of a question and of a text, never at what is priced.

use crate::analysis::folded_words;

/// What remains of the confidence in an article that does not say what is asked.
pub(super) const UNSAID: f32 = 0.3;

/// Words of a question that are looked at.
const LOOKED_AT: usize = 40;
/// Words of a passage that are looked at.
const READ: usize = 400;
/// How far behind "how much" the word for costing may stand: "how much does a new colour drum cost".
const REACH: usize = 8;

const HOW_MUCH: &str = "cuanto cuantos quanto quantos qto qnto cto qt";
/// Directly behind one of these, "how much" asks for a price.
const COSTS: &str = "pay pagar pago ta esta estan cuesta cuestan costaria costarian cuestame vale valen valdria sale salen \
    saldria cobran cobra cobrarian custa custam custaria custariam sai saem sairia fica ficam ficaria cobram \
    cobrariam costs cost charge run";
/// Words that may stand between: "cuánto me cuesta", "quanto que custa".
const BETWEEN: &str = "me nos te se le les que vou tengo tenho debo devo hay e es eh ya lhe mas mais";
/// A text that has one of these says what something costs, that it costs nothing, or where one learns it.
const SAID: &str = "gratis gratuito gratuita gratuitos gratuitas gratuitamente incluido incluida incluidos incluidas incluye \
    incluyen incluso inclusa inclusos inclusas inclui incluem cuesta cuestan costo costos coste costes cobra \
    cobran cobramos custa custam custo custos cobram cobrado cobrada cobrados cobradas included includes \
    include cost costs charge charged charges fee fees cotizacion cotizaciones cotizar cotizamos quote \
    quotes quotation orcamento orcamentos presupuesto presupuestos paga pagan pagas pays";
/// Names of money behind a number: "30 euros", "1.200 COP".
const MONEY: &str = "dolar dolares dollar dollars euro euros peso pesos real reais sol soles boliviano bolivianos quetzal \
    quetzales lempira lempiras cordoba cordobas colon colones guarani guaranies centavo centavos cent cents \
    centimo centimos pound pounds pence usd eur gbp brl cop mxn clp ars pen uyu pyg bob gtq hnl nio crc dop \
    ves";
/// The price as a thing: whoever asks for it may be answered by a text that speaks of it.
const PRICE: &str = "price prices pricing precio precios preco precos tarifa tarifas";

/// For how long: "al mes" says nothing of what is priced.
const SPANS: &str = "mes meses month months monthly mensual mensal ano anos year years dia dias day days semana semanas week \
    weeks hora horas hour hours";

/// How a question asks for a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// "How much is it?": wants an amount.
    Amount,
    /// "What is the price?", "do prices rise?": wants something about prices.
    Price,
}

/// Whether a question asks for a price, and how.
pub(super) fn asked(question: &str) -> Option<Asked> {
    let words = folded_words(question, LOOKED_AT);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if (0..words.len()).any(|at| asks_amount(&words[at..])) {
        return Some(Asked::Amount);
    }
    (0..words.len())
        .any(|at| asks_price(at, &words[at..]))
        .then_some(Asked::Price)
}

/// Whether a question asks for the price of something at the beginning of these words, which stand at this place.
fn asks_price(at: usize, words: &[&str]) -> bool {
    let is_price = |word: &&str| has(PRICE, word);
    match words {
        [price, of, ..] if is_price(price) => {
            at == 0
                || matches!(
                    *of,
                    "of" | "for" | "per" | "to" | "de" | "del" | "da" | "do" | "dos" | "das" | "por" | "pra" | "para"
                )
        }
        ["the" | "que" | "qual" | "cual" | "what" | "whats", price] => is_price(price),
        ["does" | "do" | "will", "the", price, ..] => is_price(price),
        _ => false,
    }
}

/// Whether a question asks what something costs at the beginning of these words.
fn asks_amount(words: &[&str]) -> bool {
    match words {
        ["how", "much", next, rest @ ..] => match *next {
            "is" | "are" | "s" | "it" | "would" | "will" | "to" | "for" | "u" | "r" => true,
            "do" | "does" | "did" => rest.iter().take(REACH).any(|word| has(COSTS, word)),
            _ => false,
        },
        ["what", "does" | "do" | "would" | "will", rest @ ..] => {
            rest.iter().take(REACH).any(|word| matches!(*word, "cost" | "charge"))
        }
        ["a", "como", "esta" | "estan" | "ta" | "sale" | "tienen" | "dan", ..] => true,
        ["que" | "qual" | "cual", "valor" | "costo" | "coste" | "custo", ..] => true,
        ["qual" | "cual", "o" | "e" | "es", "o" | "el" | "valor" | "custo", ..] => words
            .iter()
            .take(4)
            .any(|word| matches!(*word, "valor" | "custo" | "costo" | "coste")),
        [first, rest @ ..] if has(HOW_MUCH, first) => {
            rest
            .iter()
            .find(|word| !has(BETWEEN, word))
            .is_some_and(|word| has(COSTS, word))
            // "cuánto es", "quanto é".
            || matches!(rest, ["es" | "e" | "eh" | "seria", ..])
        }
        _ => false,
    }
}

fn has(words: &str, one: &str) -> bool {
    words.split_ascii_whitespace().any(|word| word == one)
}

/// Whether a word is about the price itself and not about what is priced.
pub(super) fn is_own_word(folded: &str) -> bool {
    [HOW_MUCH, COSTS, BETWEEN, SAID, MONEY, PRICE, SPANS]
        .iter()
        .any(|words| has(words, folded))
}

/// The sentences of a text, roughly: one too many does no harm.
pub(super) fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .flat_map(|line| line.split(". "))
        .filter(|sentence| !sentence.trim().is_empty())
}

/// Whether a text says what something costs, or speaks of prices where that is asked.
pub(super) fn is_said(asked: Asked, text: &str) -> bool {
    if has_sign(text) {
        return true;
    }
    let words = folded_words(text, READ);
    words.windows(2).any(|pair| {
        let [number, money] = pair else { return false };
        number.bytes().all(|byte| byte.is_ascii_digit()) && has(MONEY, money.as_str())
    }) || words.iter().any(|word| {
        let word = word.as_str();
        has(SAID, word) || (asked == Asked::Price && has(PRICE, word))
    }) || words.windows(2).any(|pair| matches!(pair, [before, free] if free == "free" && matches!(before.as_str(), "for" | "is" | "are" | "of")))
}

/// A sign of money before or behind a digit: "$ 30", "R$ 1.200", "30 €", "S/ 5".
fn has_sign(text: &str) -> bool {
    text.char_indices().any(|(at, sign)| {
        if !matches!(sign, '$' | '€' | '£' | '₡' | '₲') {
            return false;
        }
        let is_digit = |next: Option<char>| next.is_some_and(|next| next.is_ascii_digit());
        is_digit(text[at + sign.len_utf8()..].trim_start().chars().next())
            || is_digit(text[..at].trim_end().chars().next_back())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_for_a_price_is_understood() {
        let amounts = [
            "how much is it to lease a copier?",
            "How much does a new colour drum cost",
            "how much do you charge for a visit",
            "what does a visit cost?",
            "cuánto cuesta alquilar una fotocopiadora al mes",
            "¿Cuánto sale al mes rentar un purificador para 25 personas?",
            "hola, cuánto me cobran por la visita",
            "cuanto es",
            "a cómo está el tóner",
            "qué valor tiene la página a color",
            "quanto custa o aluguel de uma copiadora?",
            "quanto fica a diária do chalé",
            "qto custa",
            "qual o valor do transfer por pessoa?",
            "qual é o valor da visita",
            "perdi o controle do portão, quanto vou pagar?",
            "quanto tá o conserto",
            "how much do I have to pay for a visit",
        ];
        for question in amounts {
            assert_eq!(asked(question), Some(Asked::Amount), "{question}");
        }
        let prices = [
            "what is the price per page",
            "precio de una impresora nueva",
            "preço de uma impressora nova",
            "does the price change at renewal",
        ];
        for question in prices {
            assert_eq!(asked(question), Some(Asked::Price), "{question}");
        }
        let others = [
            "how much notice do I have to give",
            "how much do the winter boots weigh",
            "how much toner is left",
            "con cuánta anticipación debo avisar",
            "cuánto demora el técnico",
            "vale, gracias",
            "quanto tempo leva a entrega",
            "o valor que cobraram não bate com o do site",
            "me mandaron una tabla con precios, sigue valiendo?",
            "",
        ];
        for question in others {
            assert_eq!(asked(question), None, "{question}");
        }
    }

    #[test]
    fn a_text_that_says_a_price_is_known() {
        let said = [
            "A visit is $ 30.",
            "Cada página extra: R$ 0,12",
            "Son 30 €, todo el año.",
            "El traslado dentro de la ciudad son 40000 pesos.",
            "Os cartuchos estão incluídos no aluguel.",
            "We collect the machine free of charge.",
            "Delivery is free",
            "La visita no tiene costo.",
        ];
        for text in said {
            assert!(is_said(Asked::Amount, text), "{text}");
        }
        let unsaid = [
            "A lease runs for 36 months.",
            "Without an answer the contract goes on month by month at the same price.",
            "Feel free to write, toll-free.",
            "Un equipo más grande se puede acordar; la mensualidad cambia.",
            "US$",
            "€",
        ];
        for text in unsaid {
            assert!(!is_said(Asked::Amount, text), "{text}");
        }
        assert!(is_said(Asked::Price, "Month by month at the same price."));
    }
}
