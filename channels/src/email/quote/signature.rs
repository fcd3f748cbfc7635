//! Where the signature starts: the standard delimiter, the line a phone adds, the foot of a list.

use std::sync::LazyLock;

use regex::Regex;

use super::markers::pattern;

/// A signature longer than this is text that somebody wrote below a rule.
const MAX_SIGNATURE: usize = 15;

// "Sent from my iPhone" and its kin: a device or program, a few words, no sentence.
pattern!(
    PHONE,
    r"(?ix)^[\s*_>]*(?:
      (?:sent|enviado|enviada|envoyé|gesendet|von\s+meinem|inviato|verzonden|verstuurd|skickat|sendt|wysłane|wysłano|отправлено|enviat)
      \s+(?:from|with|by|via|using|desde|del|de|do|da|pelo|pela|con|com|através\s+d[eo]|depuis|avec|à\s+partir\s+de|de\s+mon|
         von|mit|mein|dal|da|con|vanaf|via|met|från|fra|z|с|des\s+del?)
      \s+\S[^.,;:!?\n]{0,60}
    | (?:obter|obtener|obtenga|get|download|téléchargez|holen\s+sie\s+sich|scarica)\s+(?:o\s+|l['’])?(?:outlook|bluemail|yahoo)[^\n]{0,120}
    | (?:sent|enviado)\s+from\s+(?:mail|outlook|yahoo|proton|samsung)[^\n]{0,100}
    | (?:yahoo\s+mail|myemail|bluemail)\s[^\n]{0,40}(?:iphone|android)[^\n]{0,20}
    | von\s+(?:meinem|unterwegs)\s[^\n]{0,50}
    | (?:please\s+excuse|disculp[ae]|desculpe)[^\n]{0,60}(?:brevity|typos|brevedad|erratas|errores|brevidade|erros)[^\n]{0,40}
    | tapatalk[^\n]{0,40}
    )\.?[\s*_]*$"
);
// A device that people do write from; without one of these words, at most four words.
pattern!(
    DEVICE,
    r"(?i)iphone|ipad|ipod|android|blackberry|samsung|galaxy|huawei|xiaomi|redmi|motorola|nokia|pixel|windows|outlook|yahoo|gmail|mail\b|correo|hotmail|mobile|móvil|movil|celular|phone|teléfono|telefone|telemóvel|smartphone|handy|tablet|proton|spark|htc|lg\b|sony|apple|mac\b|verizon|t-mobile|bluemail|acompli|nine"
);
// The same in any language: a device and a word for sending, and hardly anything else.
pattern!(
    STRONG_DEVICE,
    r"(?i)iphon|ipad|android|blackberry|samsung|galaxy|huawei|honor\b|xiaomi|redmi|\bpoco\b|oppo\b|vivo\b|oneplus|motorola|nokia|pixel|outlook|yahoo|proton|bluemail|aquamail|k-9|gmx|web\.de|mail\.ru|thunderbird|hotmail|smartphone|mobiltelefon|華為|华为|小米|三星|메일앱"
);
pattern!(
    SENT_STEM,
    r"(?i)\bsent\b|enviad|envoy|gesend|geschickt|inviat|verzond|verstuur|skickat|sendt\b|wysła|odesl|odosl|отправ|надісл|послан|gönder|στάλ|εστάλ|送信|发送|发自|發自|傳送|寄出|보냄|보낸|lähet|trimis|küld|poslan|נשלח|مرسل|أرسل|dikirim|gửi từ|ส่งจาก|enviat|saadetud|išsiųst|nosūtīt|get outlook|holen sie|télécharge|scarica|obtener|obter"
);
// Banners that a company's server puts above what comes from outside.
pattern!(
    BANNER,
    r"(?i)(?:originated|came|sent|received|comes|coming|message is) (?:from )?(?:outside|an external)|external (?:e-?mail|sender|message)|correo externo|remitente externo|e-?mail externo|remetente externo|fuera de (?:la|su|nuestra) organizaci[óo]n|de fora da organiza[çc][ãa]o|externe (?:e-?mail|absender)|expéditeur externe|mittente esterno|externe afzender"
);
pattern!(
    BANNER_ADVICE,
    r"(?i)click|links?\b|attachment|caution|warning|be careful|recognize|enlace|adjunto|precauci[óo]n|cuidado|anexo|aten[çc][ãa]o|vorsicht|anhänge|attention|pièces jointes|attenzione|allegati|let op|bijlagen|\[external\]"
);
// What makes a paragraph at the end a disclaimer; two different ones of these, in any language.
pattern!(
    DISCLAIMER,
    r"(?ix)
      (?P<a>confidential|confidenciais|confidencial|confidentiel|vertraulich|riservat|vertrouwelijk|konfidentiell|fortrolig|luottamuksel|poufn|důvěrn|конфиденциал|конфіденц|gizli|εμπιστευτικ|機密|机密|保密|기밀|privileged|privilegiad)
    | (?P<b>intended\s+(?:solely|only|recipient|for)|solely\s+for|addressee|destinatari[oa]s?|destinataire|bestimmt|empfänger|bestemd|geadresseerde|avsedd|mottagare|modtager|mottaker|tarkoitettu|przeznaczon|adresat|určen|предназначен|адресат|призначен|alıcı|παραλήπτ|宛て|收件人|수신인)
    | (?P<c>received\s+(?:this|it)\b[^\n]{0,60}\berror|in\s+error|by\s+mistake|por\s+error|por\s+engano|por\s+erro|par\s+erreur|irrtümlich|versehentlich|per\s+errore|ten\s+onrechte|per\s+abuis|av\s+misstag|ved\s+en\s+fejl|omyłk|omylem|ошибочно|по\s+ошибке|помилково|yanlışlıkla|κατά\s+λάθος|誤って|误收|誤收|실수로)
    | (?P<d>unauthori[sz]ed|not\s+authori[sz]ed|prohibited|strictly\s+forbidden|disclos|disseminat|prohibid|proibid|divulga|reproduc|interdit|unbefugt|untersagt|weitergabe|vietat|verboden|förbjud|forbudt|zabron|zakáz|запрещ|заборон|yasak|απαγορ|禁止|금지)
    | (?P<e>virus|malware|liab(?:le|ility)|responsabilidad|responsabilidade|haftung|responsabilité|responsabilità|aansprakelijk)
    | (?P<f>delete|destroy|elimin[ae]|borr[ae]|apagu?e|supprim|vernichten|löschen|cancellar|verwijder|radera|slet|usuń|smaž|удалит|видал|siliniz|διαγρ|削除|删除|刪除|삭제)
    | (?P<g>data\s+protection|gdpr|rgpd|lopd|lgpd|datenschutz|privacy|protección\s+de\s+datos|proteção\s+de\s+dados)
    "
);
pattern!(
    ENVIRONMENT,
    r"(?i)(?:consider|think of|think about)[^\n]{0,40}environment[^\n]{0,60}print|before printing|antes de imprimir|avant d[’']imprimer|bevor sie[^\n]{0,40}(?:aus)?drucken|prima di stampare|denk aan het milieu|tänk på miljön|tænk på miljøet|подумайте об окружающей среде|papel zero|save (?:a tree|paper)"
);
pattern!(
    LIST_FOOT,
    r"(?i)mailing list|unsubscribe|lists?\.|/listinfo/|to stop receiving|cancelar la suscripción|cancelar inscrição|googlegroups|_{5,}"
);

/// How many lines of a segment are text; the rest is signature. `is_first` says that the segment
/// opens the message.
pub(super) fn strip(lines: &[&str], is_first: bool) -> usize {
    let mut end = trimmed(lines, lines.len());
    // A few layers at most (phone line, delimiter, foot of a list), so the time stays linear.
    for _ in 0..4 {
        let before = end;
        end = list_foot(lines, end);
        end = delimiter(lines, end);
        end = phone(lines, end);
        end = disclaimer(lines, end);
        end = trimmed(lines, end);
        if end == before {
            break;
        }
    }
    // A message that is nothing but a signature is shown.
    if end == 0 && is_first { lines.len() } else { end }
}

fn trimmed(lines: &[&str], end: usize) -> usize {
    lines[..end]
        .iter()
        .rposition(|line| !line.trim().is_empty())
        .map_or(0, |i| i + 1)
}

/// `-- ` alone on a line (RFC 3676, 4.3). Programs lose the space; people type a dash too many.
fn delimiter(lines: &[&str], end: usize) -> usize {
    let from = end.saturating_sub(MAX_SIGNATURE + 1);
    // The first one in the reach, so that a signature with a rule inside goes as a whole.
    for (index, line) in lines.iter().enumerate().take(end).skip(from) {
        let is_exact = matches!(*line, "-- " | "--\u{a0}");
        let is_loose = matches!(line.trim(), "--" | "—" | "- --" | "-- --" | "__" | "*--*");
        if is_exact || is_loose {
            return index;
        }
    }
    // The exact delimiter is a promise; a long disclaimer below it is still signature.
    lines[..end]
        .iter()
        .rposition(|line| *line == "-- ")
        .filter(|i| end - i <= 60)
        .unwrap_or(end)
}

fn phone(lines: &[&str], end: usize) -> usize {
    // The line may be followed by one more, such as a link to the program.
    for back in 1..=2 {
        let Some(index) = nth_nonblank_from_end(lines, end, back) else {
            break;
        };
        let line = lines[index].trim();
        if line.len() > 160 {
            break;
        }
        let words = line.split_whitespace().count();
        let is_known = PHONE.is_match(line) && (DEVICE.is_match(line) || words <= 4) && words <= 14;
        let is_short = words <= 9
            && line.chars().count() <= 80
            && !line.trim_end_matches(['.', '。', '!']).contains([',', ';', '?', '。']);
        let is_phone = is_known || (is_short && STRONG_DEVICE.is_match(line) && SENT_STEM.is_match(line));
        if is_phone {
            let follows_link = back == 1 || lines[index + 1..end].iter().all(|l| is_link_or_blank(l));
            if follows_link {
                return index;
            }
        }
    }
    end
}

/// Paragraphs at the end that lawyers wrote. One that a person could have written stays: it takes
/// length, and two of the things that disclaimers say.
fn disclaimer(lines: &[&str], end: usize) -> usize {
    const MOST_LINES: usize = 40;
    let mut end = end;
    for _ in 0..6 {
        let last = trimmed(lines, end);
        let reach = last.saturating_sub(MOST_LINES);
        let start = (reach..last)
            .rev()
            .find(|i| lines[*i].trim().is_empty())
            .map_or(reach, |i| i + 1);
        // Never the whole message.
        if start == 0 || last == 0 || lines[..start].iter().all(|line| line.trim().is_empty()) {
            break;
        }
        let paragraph = lines[start..last].join(" ");
        if paragraph.len() > 8_000 || !is_disclaimer(&paragraph) {
            break;
        }
        end = start;
    }
    end
}

fn is_disclaimer(paragraph: &str) -> bool {
    let length = paragraph.chars().count();
    if length < 250 && ENVIRONMENT.is_match(paragraph) && !paragraph.contains('?') {
        return true;
    }
    let is_dense = paragraph.chars().any(|c| ('\u{3040}'..='\u{d7af}').contains(&c));
    if length < if is_dense { 50 } else { 120 } {
        return false;
    }
    let mut kinds = [false; 7];
    for found in DISCLAIMER.captures_iter(paragraph) {
        for (slot, name) in ["a", "b", "c", "d", "e", "f", "g"].iter().enumerate() {
            kinds[slot] |= found.name(name).is_some();
        }
    }
    let count = kinds.iter().filter(|kind| **kind).count();
    // Confidential, and for somebody; or three things that no customer says at once.
    count >= 3 || (count == 2 && kinds[0])
}

/// How many lines at the start are a banner of the sender's or the receiver's server.
pub(super) fn banner(lines: &[&str]) -> usize {
    let Some(start) = lines.iter().take(5).position(|line| !line.trim().is_empty()) else {
        return 0;
    };
    let end = lines[start..]
        .iter()
        .take(8)
        .position(|line| line.trim().is_empty())
        .map_or(0, |count| start + count);
    if end == 0 {
        return 0;
    }
    let paragraph = lines[start..end].join(" ");
    let is_banner = paragraph.len() <= 700 && BANNER.is_match(&paragraph) && BANNER_ADVICE.is_match(&paragraph);
    let has_more = lines[end..].iter().any(|line| !line.trim().is_empty());
    if is_banner && has_more { end } else { 0 }
}

fn is_link_or_blank(line: &str) -> bool {
    let line = line.trim().trim_matches(['<', '>', '(', ')', '[', ']', '*', '_']);
    line.is_empty() || (line.starts_with("http") && !line.contains(' ')) || PHONE.is_match(line)
}

/// The foot that a mailing list adds below a rule.
fn list_foot(lines: &[&str], end: usize) -> usize {
    let from = end.saturating_sub(MAX_SIGNATURE);
    for index in from..end {
        let line = lines[index].trim();
        let is_rule = line.len() >= 20 && line.chars().all(|c| matches!(c, '_' | '-' | '='));
        if is_rule
            && lines[index + 1..end]
                .iter()
                .any(|l| l.len() < 2_000 && LIST_FOOT.is_match(l))
        {
            return index;
        }
    }
    end
}

fn nth_nonblank_from_end(lines: &[&str], end: usize, nth: usize) -> Option<usize> {
    (0..end).rev().filter(|i| !lines[*i].trim().is_empty()).nth(nth - 1)
}
