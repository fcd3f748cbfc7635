//! Which conversation a message belongs to: small pure pieces of the choice.

/// Ticket numbers that a subject names as we write them, `T-1234`, or as other systems do, `[#1234]`.
pub fn ticket_numbers(subject: &str) -> Vec<i64> {
    let digits = |rest: &str| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).take(12).collect();
        digits.parse::<i64>().ok().filter(|number| *number > 0)
    };
    let mut before = ' ';
    let mut found = Vec::new();
    for (at, c) in subject.char_indices() {
        let rest = &subject[at + c.len_utf8()..];
        let number = match c {
            '#' => digits(rest),
            // The letter stands alone: `INT-5` is somebody else's.
            'T' | 't' if !before.is_alphanumeric() => rest.strip_prefix('-').and_then(digits),
            _ => None,
        };
        found.extend(number);
        before = c;
        if found.len() == 5 {
            break;
        }
    }
    found
}

/// What mail clients put before a subject, in lower case.
///
/// Outlook writes them in the language of its user, and so do others: `AW`, `SV`, `Odp`, `YNT`, `答复` …
const PREFIXES: &[&str] = &[
    "re",
    "fw",
    "fwd",
    "res",
    "enc",
    "rv",
    "aw",
    "wg",
    "tr",
    "sv",
    "vs",
    "vb",
    "antw",
    "odp",
    "ref",
    "ynt",
    "rif",
    "r",
    "i",
    "encaminhado",
    "reenviado",
    "respuesta",
    "resposta",
    "réf",
    "antwort",
    "weitergeleitet",
    "doorst",
    "dst",
    "vl",
    "vid",
    "videresendt",
    "pd",
    "przek",
    "fs",
    "ilt",
    "i̇lt",
    "yan",
    "cevap",
    "απ",
    "σχετ",
    "πρθ",
    "προθ",
    "vá",
    "továbbítás",
    "válasz",
    "răsp",
    "redir",
    "ats",
    "atb",
    "nal",
    "om",
    "bls",
    "trs",
    "ta",
    "ha",
    "отв",
    "ответ",
    "пересл",
    "переслать",
    "re-",
    "回复",
    "答复",
    "回覆",
    "转发",
    "轉寄",
    "返信",
    "転送",
    "회신",
    "답장",
    "전달",
    "השב",
    "תגובה",
    "הועבר",
    "رد",
    "إعادة توجيه",
    "trả lời",
    "chuyển tiếp",
    "bal",
    "ter",
    "automatic reply",
    "resp",
    "transf",
];

/// A subject without reply and forward prefixes of the usual mail clients, in any of their
/// languages, and without a ticket number in brackets.
pub fn plain_subject(subject: &str) -> &str {
    let mut rest = subject.trim();
    loop {
        if rest.starts_with("[#")
            && let Some((number, after)) = rest.split_once(']')
            && number[2..].chars().all(|c| c.is_ascii_digit())
        {
            rest = after.trim_start();
            continue;
        }
        let Some((at, colon)) = rest.char_indices().take(40).find(|(_, c)| matches!(c, ':' | '：')) else {
            return rest;
        };
        let (head, after) = (&rest[..at], &rest[at + colon.len_utf8()..]);
        // Outlook numbers its prefixes: `Re[2]:`; others write `Re(2):` or `Re^2:`.
        let word = head
            .trim_end()
            .split(['[', '(', '^'])
            .next()
            .unwrap_or_default()
            .trim_end()
            .to_lowercase();
        if PREFIXES.contains(&word.as_str()) {
            rest = after.trim_start();
        } else {
            return rest;
        }
    }
}

/// A subject as it is compared with another one: without prefixes, in lower case, with single spaces. Empty for none.
pub fn subject_key(subject: &str) -> String {
    let words: Vec<&str> = plain_subject(subject).split_whitespace().collect();
    words.join(" ").to_lowercase()
}

/// Whether a mail under `now` is about quite another matter than one under `before`: of the shorter one's words less than half
/// stand in the other. What says nothing is no other.
pub fn is_other_subject(before: &str, now: &str) -> bool {
    let words = |subject: &str| -> Vec<String> {
        let key = subject_key(subject);
        let words = key.split(|c: char| !c.is_alphanumeric());
        words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let (before, now) = (words(before), words(now));
    let (short, long) = if before.len() <= now.len() {
        (&before, &now)
    } else {
        (&now, &before)
    };
    let shared = short.iter().filter(|word| long.contains(word)).count();
    !short.is_empty() && shared * 2 < short.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_matter_has_other_words() {
        for (before, now, is_other) in [
            ("Toner", "RES: ENC: toner", false),
            ("Toner", "Invoice 17", true),
            ("Toner order", "Toner order still missing", false),
            ("Toner order", "Where is the toner?", false),
            ("Toner order for Lima", "Invoice for March", true),
            ("Pedido de tóner", "Re: [#12] PEDIDO DE TÓNER: urgente", false),
            // Nothing is said by nothing.
            ("Toner", "Re:", false),
            ("", "Toner", false),
            ("Toner", "!!!", false),
            ("打印机", "回复: 打印机", false),
            ("打印机", "发票", true),
        ] {
            assert_eq!(is_other_subject(before, now), is_other, "{before} / {now}");
        }
    }

    #[test]
    fn subjects_lose_their_prefixes() {
        for (subject, plain) in [
            ("Toner", "Toner"),
            ("Re: Toner", "Toner"),
            ("RES: ENC: Toner", "Toner"),
            ("RV: re: [#12] Toner", "Toner"),
            ("Re[2]: Toner", "Toner"),
            ("AW : Toner", "Toner"),
            ("Nota: Toner", "Nota: Toner"),
            ("SV: VS: Odp: Toner", "Toner"),
            ("YNT: İLT: Toner", "Toner"),
            ("ΑΠ: Toner", "Toner"),
            ("Ответ: Toner", "Toner"),
            ("答复：转发: Toner", "Toner"),
            ("RE(3): Toner", "Toner"),
            ("Réf : Toner", "Toner"),
            ("Taxi: Toner", "Taxi: Toner"),
            ("[#12", "[#12"),
            ("", ""),
            ("Re:", ""),
        ] {
            assert_eq!(plain_subject(subject), plain, "{subject}");
        }
    }

    #[test]
    fn ticket_numbers_are_found() {
        for (subject, numbers) in [
            ("[#1042] Toner", vec![1042]),
            ("Re: #7 and #8", vec![7, 8]),
            ("Re: T-12 · Toner", vec![12]),
            ("[t-3] and #4", vec![3, 4]),
            ("INT-5, T -6, T-", vec![]),
            ("no number", vec![]),
            ("# 5", vec![]),
            ("#0", vec![]),
            ("#999999999999999999999", vec![999_999_999_999]),
        ] {
            assert_eq!(ticket_numbers(subject), numbers, "{subject}");
        }
    }
}
