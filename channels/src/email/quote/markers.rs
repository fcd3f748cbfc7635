//! The lines by which mail programs introduce what they quote, in the languages of their users.
//!
//! Where the words are not known, the shape is: an address in brackets, a year, a time and a colon at the
//! end are the introduction of a quotation in every language.

use std::sync::LazyLock;

use regex::Regex;

use super::{ATTRIBUTION_MARK, HISTORY_MARK, labels};

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
    r"(?i)^[\s\-_*]*(on|el|en|em|no dia|às|as|à|na|le|am|il( giorno)?|op|den|på|pe|w dniu|dnia|dne|dňa|vào|tarih|ons?dag|a|al|a les|kl\.?|у|в|в понедельник|στις|stis|u|pada|dia|il|missatge de|wt\.?|út|ut|ti|tir\.?)[\s,]+[^\n]*\d"
);
// The verb that closes it. `a écrit`, `ha scritto` and the like end in the last word alone.
pattern!(
    CLOSER,
    r"(?ix)
    (?: \b(?:wrote|sent|writes|said|escribi[óo]|escribe|escreveu|escreve|[ée]crit|scritto|scrive|schrieb|geschrieben|schreibt|
         schreef|geschreven|skrev|skriver|kirjoitti|napisał(?:\(a\)|a)?|pisze|napsal(?:\(a\))?|napísal(?:\(a\))?|escriure|
         scris|írta|yazdı|yazmış|пишет|писал\(?а?\)?|написал\(?а?\)?|написа|написав(?:\(ла\)|ла)?|пише|đã\s+viết|έγραψε|va\s+escriure|escrigu[ée]|
         napisao(?:/la)?(?:\s+je)?|je\s+napisao(?:/la)?|je\s+napisal(?:/a)?|kirjutas|rašė|rakstīja|menulis|skrifaði)
        (?:\s*\([^()]{4,60}(?:\([^()]{0,6}\)[^()]{0,40}\)?)?\))?
        | 写道 | 寫道 | 写了 | 寫了 | 写入 | のメール | さんは書きました | さんが書きました | は書きました | 작성 | 님이\s*작성 | 님의\s*말 | 님이\s*쓴\s*글 | เขียนว่า | เขียน | کتب | كتب | כתב(?:/ה)?
    )
    \s*[:：]?\s*[-_*]*\s*$"
);
// German puts the verb before the name: `Am 24.02.2015 um 22:48 schrieb John Doe <…>:`.
pattern!(
    MIDDLE_VERB,
    r"(?i)\b(schrieb|schreef|skrev|heeft|napisał(\(a\))?|scrisse|geschreven door|kirjoitti|skrifaði|kirjutas|написал(а|\(а\))?|пишет|írta|yazdı|ezt írta|napsal|escreveu|escribió|wrote)\b[^\n]{2,200}[:：]\s*$"
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
    r"(?i)@|\d{1,2}[:.h]\s?\d{2}|\b(19|20)\d{2}\b|\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4}|\d{4}年"
);
// The shape of an introduction, whatever its words.
pattern!(
    ADDRESS,
    r"[<(\[]\s*(?:mailto:)?\s*[^<>()\s]{1,100}@[^<>()\s]{2,100}\s*[>)\]]"
);
pattern!(
    YEAR,
    r"(?:\b|[^\d])(?:19|20|25)\d{2}(?:[^\d]|$)|[/.\-]\d{2}(?:[^\d]|$)|[٠-٩]{4}"
);
pattern!(
    TIME,
    r"(?:^|[^\d:])\d{1,2}\s?[:.hH時点시]\s?\d{2}(?:[^\d]|$)|[٠-٩]{1,2}:[٠-٩]{2}"
);
pattern!(
    SHARED,
    r"(?i)(?:^|\s|--+)\s*((?:on|el|em|am|le|il giorno)\s+(?:[a-zà-ú]{2,13}[.,]?\s+)?[^\n]{0,40}\d{1,4}[^\n]{3,200}(?:wrote|escribió|escreveu|a écrit|ha scritto)\s*:)\s*$"
);
pattern!(
    WHO_WROTE,
    r"(?i)^\s*-{2,}\s*\S[^\n]{0,100}\s(wrote|escribió|escreveu|a écrit|schrieb|ha scritto|schreef|skrev|kirjoitti|napisał(\(a\))?|napsal(\(a\))?|yazdı|пишет|написал(\(а\))?|έγραψε)\s*:?\s*-{2,}\s*$"
);
pattern!(
    ORIGINAL,
    r"(?ix)^[\s>*_]*[-_=]{2,}\s*
    (original\s+(?:message|appointment|mail|email)|reply\s+message|replied\s+message|mensaje\s+original|mensagem\s+original|
     correo\s+original|e-?mail\s+original|mensagem\s+de\s+resposta|message\s+d['’]origine|message\s+original|message\s+initial|courriel\s+original|
     ursprüngliche\s+(?:nachricht|e-?mail|mail)|originalnachricht|antwort\s+nachricht|original-?nachricht|messaggio\s+originale|messaggio\s+originario|
     oorspronkelijk\s+bericht|origineel\s+bericht|oprindelig\s+(?:meddelelse|besked)|ursprungligt\s+meddelande|originalmeddelande|
     opprinnelig\s+(?:melding|e-post)|alkuperäinen\s+viesti|wiadomość\s+oryginalna|pierwotna\s+wiadomość|pôvodná\s+správa|původní\s+(?:zpráva|e-?mail)|
     mesaj\s+original|orijinal\s+(?:mesaj|ileti)|özgün\s+ileti|missatge\s+original|исходное\s+сообщение|первоначальное\s+сообщение|оригинальное\s+сообщение|
     вихідне\s+повідомлення|початкове\s+повідомлення|oryginalna\s+wiadomość|αρχικό\s+μήνυμα|eredeti\s+üzenet|izvorna\s+poruka|izvirno\s+sporočilo|
     pesan\s+asli|thư\s+gốc|tin\s+nhắn\s+gốc|원본\s*(?:메시지|메세지|메일|이메일)|元のメッセージ|元のメール|原始邮件|原始信息|原邮件|原始郵件|原始訊息|原郵件|
     הודעה\s+מקורית|الرسالة\s+الأصلية|ข้อความต้นฉบับ|回复的原邮件|回覆郵件)
    [^\n]{0,40}?[-_=]{2,}[\s*]*$"
);
pattern!(
    FORWARD,
    r"(?ix)^[\s>*_]*(?:
      [-_=]{2,}\s*(?:forwarded\s+(?:message|by|mail|email|from)|begin\s+forwarded\s+message|mensaje\s+(?:re)?enviado|correo\s+reenviado|mensaje\s+remitido|
        mensagem\s+(?:encaminhada|reencaminhada)|e-?mail\s+encaminhado|message\s+transf[ée]r[ée]|message\s+r[ée]exp[ée]di[ée]|courriel\s+transf[ée]r[ée]|
        weitergeleitete\s+(?:nachricht|e-?mail|mail)|messaggio\s+inoltrato|doorgestuurd\s+bericht|doorgestuurde\s+e-?mail|vidarebefordrat\s+meddelande|vidarebefordrat\s+mejl|
        videresendt\s+(?:besked|melding|meddelelse|e-post)|przekazana\s+wiadomość|przesłana\s+(?:dalej\s+)?wiadomość|wiadomość\s+przekazana|missatge\s+reenviat|
        пересылаемое\s+(?:сообщение|письмо)|пересланное\s+(?:сообщение|письмо)|перенаправленное\s+сообщение|переслане\s+повідомлення|переадресоване\s+повідомлення|
        (?:edelleen\s*)?(?:välitetty|lähetetty)\s+viesti|přeposlaná\s+zpráva|přeposlaný\s+e-?mail|preposlaná\s+správa|továbbított\s+(?:üzenet|levél)|mesaj\s+redirecționat|
        yönlendirilmiş\s+(?:ileti|mesaj)|yönlendirilen\s+(?:ileti|mesaj)|iletilen\s+(?:ileti|mesaj)|iletilmiş\s+(?:ileti|mesaj)|προωθημένο\s+μήνυμα|
        προώθηση\s+μηνύματος|proslijeđena\s+poruka|posredovano\s+sporočilo|pesan\s+(?:yang\s+)?diteruskan|thư\s+(?:được\s+)?chuyển\s+tiếp|
        전달된\s*(?:메시지|메세지|메일|편지)|転送(?:された)?メッセージ|転送メール|转发(?:的)?邮件(?:信息)?|已转发邮件|轉寄(?:的)?(?:郵件|訊息)|已轉寄郵件|
        הודעה\s+שהועברה|הודעה\s+מועברת|رسالة\s+(?:معاد|مُعاد)\s+توجيهها|الرسالة\s+المعاد\s+توجيهها|ข้อความที่ส่งต่อ)
    | (?:(?:begin\s+)?forwarded\s+message|inicio\s+del\s+mensaje\s+(?:reenviado|enviado)|in[íi]cio\s+da\s+mensagem\s+(?:encaminhada|reencaminhada)|
        d[ée]but\s+du\s+message\s+(?:transf[ée]r[ée]|r[ée]exp[ée]di[ée])|anfang\s+der\s+weitergeleiteten\s+(?:nachricht|e-?mail)|
        inizio\s+(?:del\s+)?messaggio\s+inoltrato|begin\s+doorgestuurd\s+bericht|vidarebefordrat\s+brev|start\s+på\s+videresendt\s+(?:besked|melding)|
        påbegynt\s+videresendt\s+(?:besked|melding)|początek\s+przekazywanej\s+wiadomości|alku\s+välitetty\s+viesti|välitetty\s+viesti\s+alkaa|
        začátek\s+přeposílané\s+zprávy|začiatok\s+preposlanej\s+správy|начало\s+переадресованного\s+сообщения|початок\s+переправленого\s+повідомлення|
        iletilmiş\s+ileti\s+başlangıcı|iletilen\s+ileti\s+başlangıcı|αρχή\s+(?:του\s+)?προωθημένου\s+μηνύματος|έναρξη\s+προωθημένου\s+μηνύματος|
        továbbított\s+levél\s+kezdete|începutul\s+mesajului\s+redirecționat|転送されたメッセージ|开始转发的邮件|下面是被转发的邮件|開始轉寄郵件|以下為轉寄的郵件|
        전달된\s*메시지(?:의\s*시작)?|inici\s+del\s+missatge\s+reenviat)\s*[:：]
    )"
);
pattern!(
    REPLY_ABOVE,
    r"(?i)^[\s#\-_=*]*(please\s+)?(type\s+your\s+)?(reply|respond|responda|responder|escriba su respuesta|escreva sua resposta|bitte antworten sie|répondre|ajoutez votre réponse|rispondi|antwoord)\b[^\n]{0,30}(above|por encima de|encima de|acima d|oberhalb|über|au-dessus|sopra|boven)[^\n]{0,30}(line|l[íi]nea|linha|linie|ligne|riga|lijn|regel)[^\n]{0,10}[\s#\-_=*]*$"
);

/// Marks of direction, which programs put around names and at the ends of lines.
fn without_direction(text: &str) -> std::borrow::Cow<'_, str> {
    let is_mark =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    if text.is_ascii() || !text.contains(is_mark) {
        return std::borrow::Cow::Borrowed(text);
    }
    std::borrow::Cow::Owned(text.chars().filter(|c| !is_mark(*c)).collect())
}

/// Whether a line, not quoted, announces a forwarded message.
pub(super) fn is_forward_line(line: &str) -> bool {
    !line.trim_start().starts_with('>') && forward_line(line).is_some_and(|rest| rest.trim().is_empty())
}

/// What stands behind the announcement of a forwarded message on its line, its closing rule left out.
pub(super) fn forward_line(line: &str) -> Option<&str> {
    if line.len() > MAX_LINE * 8 {
        return None;
    }
    let found = FORWARD.find(line)?;
    let rest = &line[found.end()..];
    if found.as_str().ends_with([':', '：']) {
        return rest
            .trim_matches(['-', '_', '=', '*', ' ', '\t', '\r'])
            .is_empty()
            .then_some("");
    }
    // `… by Ana on 4 March -----`, then the rule.
    let rule = rest.find("--").or_else(|| rest.find("__")).or_else(|| rest.find("=="));
    match rule {
        Some(at) if at <= 90 => Some(rest[at..].trim_start_matches(['-', '_', '=', '*', ' ', '\t'])),
        None if rest.trim().is_empty() => Some(""),
        _ => None,
    }
}

/// `-----Original Message-----` in any language that is known, or a rule above a header block.
pub(super) fn is_separator(line: &str) -> bool {
    line.len() <= MAX_LINE && (ORIGINAL.is_match(line) || is_underscores(line))
}

fn is_underscores(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 20 && line.bytes().all(|b| b == b'_')
}

/// What the line at `index` introduces.
pub(super) fn marker_at(lines: &[&str], index: usize) -> Marker {
    let line = lines[index];
    if line.len() > MAX_LINE {
        return Marker::None;
    }
    let is_marked = line.trim_start().starts_with('>');
    if let Some(rest) = line.trim_start().strip_prefix(ATTRIBUTION_MARK) {
        return if is_forward_line(rest.trim_start_matches(ATTRIBUTION_MARK)) {
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
    // Nine lines in ten are prose: none of the marks without a colon or a rule.
    let has_colon = line.contains([':', '：']);
    let has_rule = line.contains("--") || line.contains("__") || line.contains("==") || line.contains("##");
    if (has_colon || has_rule) && is_forward_line(line) {
        return Marker::Forward;
    }
    if has_rule && (ORIGINAL.is_match(line) || WHO_WROTE.is_match(line) || is_unknown_rule(lines, index)) {
        return Marker::Separator;
    }
    if line.len() < 160 && REPLY_ABOVE.is_match(line) {
        return Marker::Separator;
    }
    if has_colon && is_header_block(lines, index) {
        return Marker::History;
    }
    // Words of the sender before the introduction, on its own line.
    if has_colon
        && !OPENER.is_match(line)
        && let Some(found) = SHARED.captures(line).and_then(|c| c.get(1))
        && found.start() > 0
    {
        return Marker::Shared { at: found.start() };
    }
    attribution(lines, index).unwrap_or(Marker::None)
}

/// `----- Some words -----` in a language that is not listed, right above a header block.
fn is_unknown_rule(lines: &[&str], index: usize) -> bool {
    let line = lines[index].trim();
    let inside = line.trim_matches(['-', '=']);
    let has_both = inside.len() + 8 <= line.len() && line.starts_with(['-', '=']) && line.ends_with(['-', '=']);
    let words = inside.split_whitespace().count();
    if !has_both || words == 0 || words > 6 || inside.contains(['.', '?', '!']) {
        return false;
    }
    let below = lines[index + 1..].iter().take(3).position(|l| !l.trim().is_empty());
    below.is_some_and(|at| {
        labels::label(lines[index + 1 + at]).is_some_and(|(field, _)| {
            matches!(
                field,
                labels::Field::From | labels::Field::Date | labels::Field::Subject
            )
        })
    })
}

fn attribution(lines: &[&str], index: usize) -> Option<Marker> {
    let first = without_direction(lines[index]);
    let first = first.as_ref();
    let opens = OPENER.is_match(first);
    let dated = first.trim_start().starts_with(|c: char| c.is_ascii_digit());
    let named = !opens && !dated && (first.contains('<') || first.trim_end().ends_with([':', '：']));
    // Words of any language around a date: the shape decides below.
    let shaped = !opens && first.bytes().any(|b| b.is_ascii_digit()) || first.chars().any(|c| ('٠'..='٩').contains(&c));
    if !(opens || dated || named || shaped) {
        return None;
    }
    let mut joined = String::new();
    for (count, line) in lines[index..].iter().take(MAX_LINES).enumerate() {
        let line = without_direction(line);
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
            if line.starts_with('>') && !opens {
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
        } else if named && NAME_FIRST.is_match(&joined) && ends_with_verb(&joined) {
            true
        } else {
            shaped && ends_with_verb(&joined) && CERTAIN.is_match(&joined) && TIME.is_match(&joined)
        };
        if is_whole || has_shape(&joined) {
            return Some(Marker::Attribution {
                lines: count + 1,
                is_certain: CERTAIN.is_match(&joined),
            });
        }
        if count >= 1 && (named || (shaped && !opens && !dated)) && !joined.contains('@') {
            return None;
        }
        if count >= 3 && !opens && !dated {
            return None;
        }
    }
    None
}

/// An address in brackets, a year, a time, and a colon at the end.
fn has_shape(text: &str) -> bool {
    text.trim_end_matches(['*', '_', ' ', '\u{a0}']).ends_with([':', '：'])
        && text.contains('@')
        && ADDRESS.is_match(text)
        && TIME.is_match(text)
        && YEAR.is_match(text)
}

/// A finished sentence cannot go on to be an introduction.
fn is_closed(text: &str) -> bool {
    text.ends_with(['?', '!', ';']) || (text.ends_with(':') && !text.ends_with("mailto:"))
}

fn ends_with_verb(text: &str) -> bool {
    let has_end = text.trim_end_matches(['-', '_', '*', ' ']).ends_with([':', '：'])
        || text.ends_with('-') && CLOSER.is_match(text)
        || text.ends_with("写道")
        || text.ends_with("寫道");
    has_end && (CLOSER.is_match(text) || MIDDLE_VERB.is_match(text))
}

/// Whether From, Date, To, Subject start here: three of them, or two that carry an address and a
/// date.
fn is_header_block(lines: &[&str], index: usize) -> bool {
    match labels::label(lines[index]) {
        Some((labels::Field::From | labels::Field::Date | labels::Field::Subject, _)) => {}
        _ => return false,
    }
    labels::block(lines, index).is_some_and(|block| {
        // A subject alone may open a block only where the sender is named, too.
        block.is_certain()
            && (block.from.is_some() || labels::label(lines[index]).is_some_and(|(f, _)| f != labels::Field::Subject))
    })
}
