//! The header block that mail programs write above what they quote or forward: From, Sent, To, Subject,
//! in the languages of their users.

use std::collections::HashMap;
use std::sync::LazyLock;

/// What a label names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::email) enum Field {
    From,
    Date,
    To,
    Subject,
    /// Copies, importance, files: part of the block and of no interest.
    Other,
}

const FROM: &str = "from|de|von|da|fra|från|van|od|от|desde|lähettäjä|remitente|remetente|expéditeur|mittente|absender|afzender|\
kimden|gönderen|feladó|expeditor|de la|avsender|avsändare|afsender|nadawca|odesílatel|odosielateľ|keneltä|від|від кого|от кого|\
отправитель|відправник|από|αποστολέας|šalje|pošiljatelj|saatja|nuo|no|dari|từ|người gửi|差出人|送信者|发件人|發件人|寄件者|寄件人|보낸 사람|\
보낸사람|מאת|من|จาก|ผู้ส่ง|remitent|mail from|envoyé par|enviado por|gesendet von";
const DATE: &str = "date|sent|fecha|enviado|enviado el|enviado em|enviado a|enviada|enviada em|data|gesendet|gesendet am|datum|\
envoyé|envoyé le|date d'envoi|inviato|inviato il|sendt|skickat|skickat den|verzonden|verzonden op|wysłano|wysłane|data wysłania|\
odesláno|odoslané|poslané|lähetetty|päivämäärä|päiväys|dato|sendt den|отправлено|дата|дата отправки|отправлен|надіслано|дата надсилання|\
data de envio|fecha de envío|gönderildi|gönderme tarihi|gönderim tarihi|tarih|ημερομηνία|στάλθηκε|εστάλη|elküldve|küldve|küldés dátuma|\
dátum|trimis|poslano|datum slanja|saadetud|kuupäev|išsiųsta|nosūtīts|tanggal|dikirim|ngày|ngày gửi|đã gửi|日期|发送时间|發送時間|发送日期|\
傳送日期|寄件日期|时间|送信日時|日時|日付|날짜|보낸 날짜|보낸날짜|תאריך|נשלח|تاريخ|التاريخ|تم الإرسال|วันที่|ส่งเมื่อ|data d'enviament|enviat|date sent|when";
const TO: &str = "to|para|an|à|a|til|till|aan|do|komu|кому|destinatario|destinatarios|destinatário|destinatários|destinataire|\
destinataires|pour|empfänger|vastaanottaja|kenelle|ontvanger|modtager|mottaker|mottagare|kime|alıcı|címzett|către|za|prima|kepada|đến|\
người nhận|adresat|odbiorca|komu|příjemce|получатель|προς|παραλήπτης|收件人|收件者|宛先|받는 사람|받는사람|אל|إلى|ถึง|per|致";
const SUBJECT: &str = "subject|asunto|assunto|betreff|objet|sujet|oggetto|emne|ämne|onderwerp|temat|předmět|predmet|тема|aihe|otsikko|\
konu|re|θέμα|tárgy|subiect|teema|tema|subjek|perihal|chủ đề|tiêu đề|assumpte|主题|主旨|主題|件名|題名|제목|נושא|الموضوع|موضوع|เรื่อง|ref";
const OTHER: &str = "cc|bcc|cc/bcc|copia|cópia|copie|copie à|kopie|kopia|kopi|kópia|kopia till|másolat|копия|копія|копию|dw|udw|bilgi|cco|\
cci|ccn|抄送|副本|참조|숨은참조|κοιν|κοιν.|κοινοποίηση|עותק|נסכ|عتق|نسخة|สำเนา|reply-to|reply to|responder a|responder para|répondre à|antwort an|\
importance|importancia|importância|wichtigkeit|priorité|priorität|prioriteit|priorytet|vigtighed|priority|prioridad|prioridade|attachments|\
attachment|adjuntos|datos adjuntos|anexos|anlagen|pièces jointes|allegati|bijlagen|załączniki|вложения|importanza|organization|resent-from|\
resent-to|resent-date|sender|mailed-by|signed-by|message-id|kopie an|kopia do";

static LABELS: LazyLock<HashMap<&'static str, Field>> = LazyLock::new(|| {
    // Earlier lists win where two fields share a word.
    let lists = [
        (OTHER, Field::Other),
        (SUBJECT, Field::Subject),
        (TO, Field::To),
        (DATE, Field::Date),
        (FROM, Field::From),
    ];
    lists
        .into_iter()
        .flat_map(|(list, field)| list.split('|').map(move |label| (label.trim(), field)))
        .collect()
});

/// The longest label, in bytes.
const MAX_LABEL: usize = 64;
/// The longest line of a block, in bytes: a list of recipients may be long.
const MAX_LINE: usize = 8_000;
/// How many lines a block may have.
const MAX_LINES: usize = 16;

/// Reads `Label: value`; the line may be marked as quoted and its label bold.
pub(in crate::email) fn label(line: &str) -> Option<(Field, &str)> {
    if line.len() > MAX_LINE {
        return None;
    }
    let decoration = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '>' | '*' | '_' | '|' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{feff}'
            )
    };
    let line = line.trim_start_matches(decoration);
    let mut end = line.len().min(MAX_LABEL);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    let (at, colon) = line[..end].char_indices().find(|(_, c)| matches!(c, ':' | '：'))?;
    let name = line[..at].trim_end_matches(decoration);
    if name.is_empty() {
        return None;
    }
    // Some programs space the letters of two-letter labels: `主 题`.
    let name: String = name.chars().flat_map(char::to_lowercase).collect();
    let field = LABELS.get(name.as_str()).copied().or_else(|| {
        let is_wide = name.chars().any(|c| ('\u{3040}'..='\u{d7af}').contains(&c));
        let close: String = name.chars().filter(|c| !c.is_whitespace()).collect();
        LABELS.get(close.as_str()).copied().filter(|_| is_wide)
    })?;
    let value = line[at + colon.len_utf8()..].trim_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '_'));
    Some((field, value))
}

/// A header block.
#[derive(Debug, Default)]
pub(in crate::email) struct Block<'a> {
    pub(in crate::email) from: Option<&'a str>,
    pub(in crate::email) date: Option<&'a str>,
    pub(in crate::email) to: Option<&'a str>,
    pub(in crate::email) subject: Option<&'a str>,
    /// How many of the five kinds of fields are there.
    kinds: usize,
    has_address: bool,
    has_date: bool,
    /// The line behind the block.
    pub(in crate::email) end: usize,
}

impl Block<'_> {
    /// Whether a program wrote it: three fields, or two with an address and a date. "Date: … To: …" of
    /// an invitation has neither sender nor address.
    pub(in crate::email) fn is_certain(&self) -> bool {
        let has_sender = self.from.is_some();
        (self.kinds >= 3 && (has_sender || self.has_address)) || (self.kinds == 2 && self.has_address && self.has_date)
    }
}

/// The header block that starts at `index`.
pub(in crate::email) fn block<'a>(lines: &[&'a str], index: usize) -> Option<Block<'a>> {
    let (first, _) = label(lines.get(index)?)?;
    if first == Field::Other || first == Field::To {
        return None;
    }
    let mut found = Block::default();
    let mut seen = [false; 5];
    let mut last = None;
    let mut blanks = 0;
    for (offset, line) in lines[index..].iter().take(MAX_LINES).enumerate() {
        let content = line.trim_start_matches(['>', ' ', '\t', '\u{a0}']).trim_end();
        if content.is_empty() {
            blanks += 1;
            // Some programs put an empty line between the fields; two end every block.
            if blanks > 1 && seen.iter().filter(|s| **s).count() >= 2 {
                break;
            }
            continue;
        }
        let Some((field, value)) = label(line) else {
            // The list of recipients goes on, or the value stands below its label.
            let goes_on = blanks == 0
                && matches!(last, Some(Field::To | Field::Other | Field::From))
                && (content.contains('@') || content.ends_with([';', ',']))
                && line.len() <= MAX_LINE
                && !content.ends_with(':');
            let is_value = blanks == 0
                && last.is_some_and(|field| value_of(&found, field).is_some_and(str::is_empty))
                && content.len() <= 300;
            if is_value && let Some(field) = last {
                found.has_address |= content.contains('@') && field != Field::Subject;
                found.has_date |= field == Field::Date && content.bytes().any(|b| b.is_ascii_digit());
                put(&mut found, field, content);
            } else if goes_on {
                found.has_address |= content.contains('@');
            } else {
                break;
            }
            found.end = index + offset + 1;
            continue;
        };
        // After an empty line, a field that was there already belongs to the words below.
        let slot = field as usize;
        if seen[slot] && (field != Field::Other || blanks > 0) {
            break;
        }
        if blanks > 0 && seen.iter().filter(|s| **s).count() >= 3 && !matches!(field, Field::Subject | Field::Other) {
            break;
        }
        blanks = 0;
        seen[slot] = true;
        found.has_address |= field != Field::Subject && value.contains('@');
        found.has_date |= field == Field::Date && value.bytes().any(|b| b.is_ascii_digit());
        put(&mut found, field, value);
        last = Some(field);
        found.end = index + offset + 1;
    }
    found.kinds = seen.iter().filter(|s| **s).count();
    Some(found)
}

fn put<'a>(block: &mut Block<'a>, field: Field, value: &'a str) {
    match field {
        Field::From => block.from = Some(value),
        Field::Date => block.date = Some(value),
        Field::To => block.to = Some(value),
        Field::Subject => block.subject = Some(value),
        Field::Other => {}
    }
}

fn value_of<'a>(block: &Block<'a>, field: Field) -> Option<&'a str> {
    match field {
        Field::From => block.from,
        Field::Date => block.date,
        Field::To => block.to,
        Field::Subject => block.subject,
        Field::Other => None,
    }
}
