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
        let is_phone = PHONE.is_match(line) && (DEVICE.is_match(line) || words <= 4) && words <= 14;
        if is_phone {
            let follows_link = back == 1 || lines[index + 1..end].iter().all(|l| is_link_or_blank(l));
            if follows_link {
                return index;
            }
        }
    }
    end
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
