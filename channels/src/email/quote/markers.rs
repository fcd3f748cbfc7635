//! The lines by which mail programs introduce what they quote, in the languages of their users.

use std::sync::LazyLock;

use regex::Regex;

use super::{ATTRIBUTION_MARK, HISTORY_MARK};

/// What a line introduces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    /// `On … wrote:`, over that many lines. Certain when it names a time, a date or an address.
    Attribution { lines: usize, is_certain: bool },
    /// Words of the sender, then `On … wrote:` from that byte of the same line.
    Shared { at: usize },
    /// A block of From, Sent, To, Subject.
    History,
    /// `-----Original Message-----` and the like.
    Separator,
    /// `---------- Forwarded message ---------` and the like.
    Forward,
    /// Nothing.
    None,
}

/// A line longer than this is prose or garbage, never a marker.
const MAX_LINE: usize = 400;
/// An introduction is wrapped over at most this many lines …
const MAX_LINES: usize = 6;
/// … and this many bytes.
const MAX_ATTRIBUTION: usize = 500;

macro_rules! pattern {
    ($name:ident, $text:expr) => {
        static $name: LazyLock<Regex> = LazyLock::new(|| Regex::new($text).expect("constant pattern"));
    };
}
pub(super) use pattern;

// The first word of an introduction, then something that can be a date: a digit somewhere.
pattern!(
    OPENER,
    r"(?i)^[\s\-_*]*(on|el|en|em|no dia|às|as|à|na|le|am|il( giorno)?|op|den|på|pe|w dniu|dnia|dne|vào|tarih|ons?dag|a|al|a les|kl\.?|у|в)[\s,]+[^\n]*\d"
);
// The verb that closes it. `a écrit`, `ha scritto` and the like end in the last word alone.
pattern!(
    CLOSER,
    r"(?ix)
    (?: \b(?:wrote|sent|writes|said|escribi[óo]|escribe|escreveu|escreve|[ée]crit|scritto|schrieb|geschrieben|
         schreef|geschreven|skrev|kirjoitti|napisał(?:\(a\)|a)?|napsal(?:\(a\))?|napísal(?:\(a\))?|escriure|
         scris|írta|yazdı|пишет|писал\(?а?\)?|написал\(?а?\)?|написав|đã\s+viết|έγραψε|va\s+escriure)
        (?:\s*\([^()]{4,60}(?:\([^()]{0,6}\)[^()]{0,40})?\))?
        | 写道 | 寫道 | のメール | さんは書きました | 작성 )
    \s*[:：]?\s*[-_*]*\s*$"
);
// German puts the verb before the name: `Am 24.02.2015 um 22:48 schrieb John Doe <…>:`.
pattern!(
    MIDDLE_VERB,
    r"(?i)\b(schrieb|schreef|skrev|heeft|napisał(\(a\))?|scrisse|geschreven door|kirjoitti|skrifaði)\b[^\n]{2,200}[:：]\s*$"
);
// `John Doe <john@doe.example> escreveu (quarta, 13/01/2021 à(s) 12:00):`, `Name <a@b> wrote:`
pattern!(NAME_FIRST, r"^[^<>\n]{0,120}<[^<>\s]+@[^<>\s]+>");
// `2014-10-17 11:28 GMT+03:00 Name <a@b>:` and `2009/5/12 Name <a@b>`.
pattern!(
    DATE_FIRST,
    r"^\s*\d{4}[-/.]\d{1,2}[-/.]\d{1,2}\b[^<>\n]{0,150}<\s*[^<>]{0,20}[^<>\s]+@[^<>\s]+\s*>\s*:?\s*$"
);
pattern!(
    CERTAIN,
    r"(?i)@|\d{1,2}[:.h]\s?\d{2}|\b(19|20)\d{2}\b|\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4}"
);
pattern!(
    SHARED,
    r"(?i)(?:^|\s|--+)\s*((?:on|el|em)\s+(?:[a-zà-ú]{2,13}[.,]?\s+)?[^\n]{0,40}\d{1,4}[^\n]{3,200}(?:wrote|escribió|escreveu)\s*:)\s*$"
);
pattern!(
    WHO_WROTE,
    r"(?i)^\s*-{2,}\s*\S[^\n]{0,100}\s(wrote|escribió|escreveu|a écrit|schrieb|ha scritto)\s*:?\s*-{2,}\s*$"
);
pattern!(
    ORIGINAL,
    r"(?ix)^[\s>*_]*[-_=]{2,}\s*
    (original\s+(?:message|appointment|mail|email)|reply\s+message|replied\s+message|mensaje\s+original|mensagem\s+original|
     correo\s+original|e-?mail\s+original|mensagem\s+de\s+resposta|message\s+d['’]origine|message\s+original|
     ursprüngliche\s+(?:nachricht|e-?mail)|originalnachricht|antwort\s+nachricht|original-?nachricht|messaggio\s+originale|
     oorspronkelijk\s+bericht|oprindelig\s+(?:meddelelse|besked)|ursprungligt\s+meddelande|opprinnelig\s+melding|
     alkuperäinen\s+viesti|wiadomość\s+oryginalna|pôvodná\s+správa|původní\s+zpráva|mesaj\s+original|orijinal\s+mesaj|
     missatge\s+original|исходное\s+сообщение|oryginalna\s+wiadomość)
    [^\n]{0,40}?[-_=]{2,}[\s*]*$"
);
pattern!(
    FORWARD,
    r"(?ix)^[\s>*_]*(?:
      [-_=]{2,}\s*(?:forwarded\s+(?:message|by|mail|email)|mensaje\s+reenviado|mensaje\s+enviado|correo\s+reenviado|
        mensagem\s+(?:encaminhada|reencaminhada)|message\s+transf[ée]r[ée]|message\s+r[ée]exp[ée]di[ée]|
        weitergeleitete\s+(?:nachricht|e-?mail)|messaggio\s+inoltrato|doorgestuurd\s+bericht|vidarebefordrat\s+meddelande|
        videresendt\s+(?:besked|melding|meddelelse)|przekazana\s+wiadomość|missatge\s+reenviat|
        пересылаемое\s+сообщение|välitetty\s+viesti)[^\n]{0,60}
    | (?:(?:begin\s+)?forwarded\s+message|inicio\s+del\s+mensaje\s+(?:reenviado|enviado)|in[íi]cio\s+da\s+mensagem\s+(?:encaminhada|reencaminhada)|
        d[ée]but\s+du\s+message\s+(?:transf[ée]r[ée]|r[ée]exp[ée]di[ée])|anfang\s+der\s+weitergeleiteten\s+(?:nachricht|e-?mail)|
        inizio\s+messaggio\s+inoltrato|begin\s+doorgestuurd\s+bericht|vidarebefordrat\s+brev|start\s+på\s+videresendt\s+(?:besked|melding))\s*:
    )\s*[-_=*]*\s*$"
);
pattern!(
    REPLY_ABOVE,
    r"(?i)^[\s#\-_=*]*(please\s+)?(type\s+your\s+)?(reply|respond|responda|responder|escriba su respuesta|escreva sua resposta)\b[^\n]{0,30}(above|por encima de|encima de|acima d)[^\n]{0,30}(line|l[íi]nea|linha)[^\n]{0,10}[\s#\-_=*]*$"
);

// The labels of a header block. The order of the alternatives does not matter: a colon ends each.
pattern!(
    LABEL,
    r"(?ix)^[\s>]*[*_]*\s*(?:
      (?P<from>from|de|von|da|fra|från|van|od|от|desde|lähettäjä|remitente|remetente|expéditeur|mittente|absender|kimden|feladó)
    | (?P<date>date|sent|fecha|enviado(?:\s+el|\s+em|\s+a)?|enviada(?:\s+em)?|data|gesendet|datum|envoyé(?:\s+le)?|inviato|
        sendt|skickat|verzonden|wysłano|data\ wysłania|odesláno|lähetetty|päivämäärä|dato|отправлено|дата|data\s+de\s+envio|gönderildi)
    | (?P<to>to|para|an|à|a|til|till|aan|do|komu|кому|destinatario|destinatário|pour|empfänger|vastaanottaja|kime)
    | (?P<subject>subject|asunto|assunto|betreff|objet|oggetto|emne|ämne|onderwerp|temat|předmět|тема|aihe|re|konu)
    | (?P<cc>cc|cc/bcc|copia|cópia|kopie|kopia|copie\ à|reply-to|responder\s+a|responder\s+para|importance|importancia|attachments|adjuntos|anexos)
    )\s*[*_]*\s*[:：]\s*[*_]*(?P<value>.*)$"
);

/// Whether a line, not quoted, announces a forwarded message.
pub(super) fn is_forward_line(line: &str) -> bool {
    line.len() <= MAX_LINE && !line.trim_start().starts_with('>') && FORWARD.is_match(line)
}

/// What the line at `index` introduces.
pub(super) fn marker_at(lines: &[&str], index: usize) -> Marker {
    let line = lines[index];
    if line.len() > MAX_LINE {
        return Marker::None;
    }
    let is_marked = line.trim_start().starts_with('>');
    if let Some(rest) = line.trim_start().strip_prefix(ATTRIBUTION_MARK) {
        let is_forward = FORWARD.is_match(rest.trim_start_matches(ATTRIBUTION_MARK));
        return if is_forward {
            Marker::Forward
        } else {
            Marker::Attribution {
                lines: 1,
                is_certain: true,
            }
        };
    }
    if line.trim_start().starts_with(HISTORY_MARK) {
        return Marker::History;
    }
    // A quoted one is history of the history.
    if is_marked {
        return Marker::None;
    }
    if FORWARD.is_match(line) {
        return Marker::Forward;
    }
    if ORIGINAL.is_match(line) || WHO_WROTE.is_match(line) || REPLY_ABOVE.is_match(line) {
        return Marker::Separator;
    }
    if is_header_block(lines, index) {
        return Marker::History;
    }
    if let Some(attribution) = attribution(lines, index) {
        return attribution;
    }
    if let Some(found) = SHARED.captures(line).and_then(|c| c.get(1))
        && found.start() > 0
    {
        return Marker::Shared { at: found.start() };
    }
    Marker::None
}

fn attribution(lines: &[&str], index: usize) -> Option<Marker> {
    let first = lines[index];
    let opens = OPENER.is_match(first);
    let dated = first.trim_start().starts_with(|c: char| c.is_ascii_digit());
    let named = !opens && !dated && (first.contains('<') || first.trim_end().ends_with(':'));
    if !(opens || dated || named) {
        return None;
    }
    let mut joined = String::new();
    for (count, line) in lines[index..].iter().take(MAX_LINES).enumerate() {
        let line = line.trim();
        if count > 0 {
            // Another introduction starts here, so the first line was not one; and only a line
            // with a time may be followed by an empty one.
            if OPENER.is_match(line) || is_closed(&joined) {
                return None;
            }
            if line.is_empty() && !(opens && CERTAIN.is_match(first)) {
                return None;
            }
        }
        if !joined.is_empty() && !line.is_empty() {
            joined.push(' ');
        }
        joined.push_str(line);
        if joined.len() > MAX_ATTRIBUTION {
            return None;
        }
        let is_whole = if opens {
            ends_with_verb(&joined)
        } else if dated {
            DATE_FIRST.is_match(&joined) || (ends_with_verb(&joined) && CERTAIN.is_match(&joined))
        } else {
            NAME_FIRST.is_match(&joined) && ends_with_verb(&joined)
        };
        if is_whole {
            return Some(Marker::Attribution {
                lines: count + 1,
                is_certain: CERTAIN.is_match(&joined),
            });
        }
        if named && count >= 1 {
            return None;
        }
    }
    None
}

/// A finished sentence cannot go on to be an introduction.
fn is_closed(text: &str) -> bool {
    text.ends_with(['?', '!', ';']) || (text.ends_with(':') && !text.ends_with("mailto:"))
}

fn ends_with_verb(text: &str) -> bool {
    let has_end = text.trim_end_matches(['-', '_', '*', ' ']).ends_with([':', '：'])
        || text.ends_with('-') && CLOSER.is_match(text);
    has_end && (CLOSER.is_match(text) || MIDDLE_VERB.is_match(text))
}

/// Whether From, Date, To, Subject start here: three of them, or two that carry an address and a
/// date.
fn is_header_block(lines: &[&str], index: usize) -> bool {
    let Some(first) = LABEL.captures(lines[index]) else {
        return false;
    };
    if first.name("from").is_none() && first.name("date").is_none() {
        return false;
    }
    let mut seen = [false; 5];
    let mut has_address = false;
    let mut has_date = false;
    for line in lines[index..].iter().take(9) {
        if line.len() > 2_000 {
            break;
        }
        if line.trim().is_empty() {
            // Some programs put an empty line between the fields.
            if seen.iter().filter(|s| **s).count() >= 2 {
                break;
            } else {
                continue;
            }
        }
        let Some(found) = LABEL.captures(line) else {
            has_address |= line.contains('@');
            continue;
        };
        let value = found.name("value").map_or("", |v| v.as_str());
        for (slot, name) in ["from", "date", "to", "subject", "cc"].iter().enumerate() {
            if found.name(name).is_some() {
                seen[slot] = true;
                has_address |= slot != 3 && value.contains('@');
                has_date |= slot == 1 && value.bytes().any(|b| b.is_ascii_digit());
            }
        }
    }
    let count = seen.iter().filter(|s| **s).count();
    // "Date: … / To: …" of an invitation has no sender and no address.
    (count >= 3 && (seen[0] || has_address)) || (count == 2 && has_address && has_date)
}
