//! Delivery status notifications: RFC 3464 where the server keeps to it, and what Exchange, Gmail,
//! Postfix, qmail, Exim, sendmail and others write in words where it does not.

use std::sync::LazyLock;

use conversation::inbound::{Bounce, BouncedRecipient};
use conversation::types::Auto;
use regex::Regex;

use super::cut::truncate;
use super::headers::{Headers, message_ids};

mod reason;
mod report;

use report::{MAX_RECIPIENTS, Report, all_recipients};

macro_rules! pattern {
    ($name:ident, $text:expr) => {
        static $name: LazyLock<Regex> = LazyLock::new(|| Regex::new($text).expect("constant pattern"));
    };
}

/// How much of the notification's words is searched, in bytes.
const MAX_TEXT: usize = 64 * 1024;
/// How much of the server's words is kept, in bytes.
const MAX_DIAGNOSTIC: usize = 1_000;

pattern!(
    ADDRESS,
    r"(?i)[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?"
);
pattern!(ENHANCED, r"\b([245]\.\d{1,3}\.\d{1,3})\b");
pattern!(REPLY_CODE, r"(?:^|[^\d.\w/-])([45]\d\d)(?:[ \-]|$)");
// Lines that name the recipient, strongest first.
pattern!(
    NAMED_RECIPIENT,
    r"(?im)^\s*(?:<([^<>\s]+@[^<>\s]+)>\s*:|([^<>\s:]+@[^<>\s:]+):\s+\d{3}|(?:your message to|message to|an error (?:occurred|delivering)[^\n]{0,60} to|delivering your mail to|wasn't delivered to|couldn't be delivered to|could not be delivered to|recipient(?: address)?:|to:|failed recipient:|destinatario:|destinatário:|no se entregó a|não foi entregue a|failed:)\s*<?([^<>\s,;:]+@[^<>\s,;:]+?)>?[.,:]?(?:\s|$))"
);
pattern!(
    ALONE,
    r"(?m)^\s*<?([^<>\s:;,]+@[^<>\s:;,]+\.[a-zA-Z]{2,})>?:?\s*(?:\([^)\n]*\))?\s*$"
);
pattern!(
    COPY_STARTS,
    r"(?im)^[\s>*=-]*(?:-*\s*(?:original message|below this line is a copy|this is a copy of (?:the|your) message|message headers? follows?|included is a copy|a copy of the original|the (?:header|text) of (?:the|your)|original message headers?|message header follows|mensaje original|mensagem original|encabezados? del mensaje original|cabeçalhos? da mensagem original|transcript of session follows is))[^\n]*$"
);
pattern!(
    MESSAGE_ID,
    r"(?im)^[ \t>]*message-id:[ \t]*(?:\r?\n[ \t]+)?<([^<>\s]{3,990})>"
);
pattern!(
    FAILURE_SUBJECT,
    r"(?i)undeliver|delivery (?:status|fail|has failed|notification|error|problem|report|incomplete|delay)|mail delivery|failure notice|failed mail|returned mail|returned to sender|mail (?:system )?error|could not (?:be delivered|send)|not delivered|message (?:not delivered|delayed|status)|nondeliverable|non-?deliverable|delayed mail|unzustellbar|no se (?:ha podido|pudo) entregar|no entregad|devuelto|não (?:foi )?entregue|falha na entrega|devolvida|non remis|échec de|mancata consegna|rejected|bounce|warning: could not send"
);
pattern!(
    FAILURE_WORDS,
    r"(?i)could(?:n't| not) (?:be )?deliver|wasn't delivered|was not delivered|were not delivered|not able to deliver|wasn't able to deliver|unable to deliver|error (?:occurred )?(?:while )?(?:trying to deliver|delivering)|delivery (?:to the following|has failed|failed|status)|permanent (?:error|failure)|undeliver|failed permanently|returned to sender|no se (?:ha podido|pudo) entregar|não (?:pôde|foi possível|foi) (?:ser )?entreg|could not be sent|user unknown|mailbox (?:full|unavailable)|recipient address rejected|message is larger|over quota|does not exist|address(?:es)? (?:had|failed)|delivery attempt|giving up|following (?:address|recipient)"
);
pattern!(
    DELAY_WORDS,
    r"(?i)delivery (?:delayed|incomplete|is delayed)|\(delay\)|delayed mail|warning: (?:could not send|message)|warning message only|this is a warning|you do not need to (?:re-?send|resend)|will (?:continue|keep|be retried)|still (?:trying|being retried)|temporar(?:y|ily) (?:problem|fail)[^\n]{0,80}(?:retry|again)|has not (?:yet )?been delivered|retrasad|atrasad"
);
pattern!(
    EXPIRED_WORDS,
    r"(?i)giving up|been in the queue too long|retry (?:time(?:out)?|count) (?:not reached|exceeded)|message (?:expired|too old)|delivery time expired|timeout exceeded"
);

/// What is known of a mail that may be a notification.
#[derive(Debug, Clone, Copy)]
pub struct Notification<'a> {
    /// Its header.
    pub headers: &'a Headers,
    /// The sender's address; may be empty.
    pub from: &'a str,
    /// The decoded subject.
    pub subject: &'a str,
    /// Its words for people.
    pub text: &'a str,
    /// The `message/delivery-status` part.
    pub status: Option<&'a str>,
    /// The mail or header that is sent back.
    pub returned: Option<&'a [u8]>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// `Bounce`, or `AutoReply` for a notification of success.
    pub auto: Auto,
    /// The facts of a bounce.
    pub bounce: Option<Bounce>,
    /// The server still tries; nothing is lost yet.
    pub is_delayed: bool,
}

/// Reads a notification; `None` when the mail is none.
pub fn read(mail: &Notification<'_>) -> Option<Found> {
    let text = truncate(mail.text, MAX_TEXT);
    let report = mail
        .status
        .map(|status| Report::read(truncate(status, MAX_TEXT)))
        .unwrap_or_default();
    let kind = mail
        .headers
        .get("content-type")
        .unwrap_or_default()
        .to_ascii_lowercase();
    if kind.contains("disposition-notification") {
        return None;
    }
    if !is_notification(mail, &kind, &report, text) {
        return None;
    }
    // Notifications of success (RFC 3461 NOTIFY=SUCCESS) mark nothing as failed.
    if report.is_success() {
        return Some(Found {
            auto: Auto::AutoReply,
            bounce: None,
            is_delayed: false,
        });
    }
    let (words, copy) = split_copy(text);
    let is_delayed = match report.action.as_deref() {
        Some("delayed") => true,
        Some(_) => false,
        None => DELAY_WORDS.is_match(mail.subject) || (DELAY_WORDS.is_match(words) && !EXPIRED_WORDS.is_match(words)),
    };
    let recipient = recipient(mail, &report, words);
    let diagnostic = report
        .diagnostic
        .clone()
        .or_else(|| diagnostic(words, recipient.as_deref()));
    let status = status(&report, diagnostic.as_deref(), words, is_delayed);
    let original_message_id = original_id(mail, copy);
    let diagnostic = diagnostic.map(|words| truncate(&words, MAX_DIAGNOSTIC).to_owned());
    let reason = reason::of(status.as_deref(), diagnostic.as_deref(), words, is_delayed);
    let only = recipient.as_ref().map(|address| BouncedRecipient {
        address: address.clone(),
        tried: None,
        status: status.clone(),
        diagnostic: diagnostic.clone(),
        reason,
        is_delayed,
    });
    let recipients = recipients(mail, only, words);
    Some(Found {
        auto: Auto::Bounce,
        bounce: Some(Bounce {
            recipient,
            status,
            diagnostic,
            original_message_id,
            reason: Some(reason),
            is_delayed,
            recipients,
        }),
        is_delayed,
    })
}

/// Whether the mail is one: its fields say so, or it comes from a server and speaks like one.
fn is_notification(mail: &Notification<'_>, kind: &str, report: &Report, text: &str) -> bool {
    let is_report = kind.contains("multipart/report") && kind.contains("delivery-status");
    let is_subject = || FAILURE_SUBJECT.is_match(mail.subject);
    let are_words = || FAILURE_WORDS.is_match(text);
    report.has_recipient()
        || is_report
        || mail.headers.get("x-failed-recipients").is_some()
        || (is_daemon(mail.from, mail.headers) && (is_subject() || are_words()))
        || (is_empty_return_path(mail.headers) && is_subject() && are_words())
}

/// Everybody whom the mail did not reach. `only` is what was found out about the one it speaks of.
fn recipients(mail: &Notification<'_>, only: Option<BouncedRecipient>, words: &str) -> Vec<BouncedRecipient> {
    let mut recipients = all_recipients(mail.status);
    if recipients.is_empty() {
        recipients = other_recipients(mail, only.as_ref().map(|only| only.address.as_str()), words);
    }
    match only {
        Some(only) if recipients.len() < 2 => {
            // What was found out about the only one is more than its block of fields says, but for its name:
            // the block may tell the address that we wrote to from the one it was forwarded to.
            let (address, tried) = match recipients.pop() {
                Some(block) => (block.address, block.tried),
                None => (only.address.clone(), None),
            };
            vec![BouncedRecipient { address, tried, ..only }]
        }
        _ => recipients,
    }
}

/// A notice in words may name several, each with its own line.
fn other_recipients(mail: &Notification<'_>, first: Option<&str>, words: &str) -> Vec<BouncedRecipient> {
    let listed = mail.headers.get("x-failed-recipients").map_or_else(Vec::new, |value| {
        ADDRESS
            .find_iter(truncate(value, 16 * 1024))
            .map(|found| found.as_str().to_owned())
            .collect()
    });
    let named = NAMED_RECIPIENT
        .captures_iter(words)
        .filter_map(|c| c.get(1).or_else(|| c.get(2)))
        .map(|found| found.as_str().to_owned());
    let mut addresses: Vec<String> = Vec::new();
    for address in listed.into_iter().chain(named).take(MAX_RECIPIENTS) {
        if !addresses.iter().any(|known| known.eq_ignore_ascii_case(&address)) {
            addresses.push(address);
        }
    }
    if addresses.len() < 2 || first.is_none_or(|first| !addresses.iter().any(|known| known.eq_ignore_ascii_case(first)))
    {
        return Vec::new();
    }
    addresses
        .into_iter()
        .map(|address| {
            let said = diagnostic(words, Some(&address)).filter(|said| said.len() > 3);
            let own = said_of(words, &address).or(said);
            let status = own.as_deref().and_then(enhanced);
            BouncedRecipient {
                reason: reason::of(status.as_deref(), own.as_deref(), "", false),
                address,
                tried: None,
                status,
                diagnostic: own.map(|words| truncate(&words, MAX_DIAGNOSTIC).to_owned()),
                is_delayed: false,
            }
        })
        .collect()
}

/// The paragraph that begins with an address.
fn said_of(words: &str, address: &str) -> Option<String> {
    let at = words.find(address)?;
    let rest = &words[at + address.len()..];
    let paragraph = rest.split("\n\n").next().unwrap_or(rest);
    let line: Vec<&str> = paragraph
        .trim_start_matches(['>', ':', ' '])
        .split_whitespace()
        .collect();
    let line = line.join(" ");
    (line.len() > 3).then_some(line)
}

/// The stable code of a refusal while the mail was handed over: a bounce without a letter.
pub fn code_of_refusal(status: u16, words: &str) -> String {
    let enhanced = enhanced(words);
    let reason = reason::of(enhanced.as_deref(), Some(words), "", false);
    if !reason.is_final() {
        return format!("smtp.{status}");
    }
    match enhanced {
        Some(enhanced) => format!("bounce.{reason}.{enhanced}"),
        None => format!("bounce.{reason}"),
    }
}

/// Why a mail or its recipient was refused while it was handed over. `is_final` says whether it is not tried again.
pub fn reason_of_refusal(words: &str, is_final: bool) -> conversation::types::BounceReason {
    reason::of(enhanced(words).as_deref(), Some(words), "", !is_final)
}

fn enhanced(text: &str) -> Option<String> {
    ENHANCED
        .captures(text)
        .and_then(|c| c.get(1))
        .map(|m| m.as_str().to_owned())
}

fn is_daemon(from: &str, headers: &Headers) -> bool {
    let local = from.split('@').next().unwrap_or_default().to_ascii_lowercase();
    let known = [
        "mailer-daemon",
        "mailer_daemon",
        "postmaster",
        "mail-daemon",
        "mdaemon",
        "bounce",
        "bounces",
        "mailerdaemon",
    ];
    known.contains(&local.as_str())
        || local.starts_with("microsoftexchange")
        || headers.get("from").is_some_and(|value| {
            let value = value.to_ascii_lowercase();
            [
                "mailer-daemon",
                "mail delivery s",
                "mail delivery sub",
                "mail administrator",
                "postmaster",
                "mail system",
            ]
            .iter()
            .any(|word| value.contains(word))
        })
}

fn is_empty_return_path(headers: &Headers) -> bool {
    headers
        .get("return-path")
        .is_some_and(|value| value.trim() == "<>" || value.trim().is_empty())
}

/// The words of the server, and the copy of the mail below them.
fn split_copy(text: &str) -> (&str, &str) {
    match COPY_STARTS.find(text) {
        Some(found) => text.split_at(found.start()),
        None => (text, text),
    }
}

fn recipient(mail: &Notification<'_>, report: &Report, words: &str) -> Option<String> {
    let is_address = |value: &String| ADDRESS.is_match(value) && !value.contains(' ');
    if let Some(found) = report.final_recipient.clone().filter(is_address) {
        return Some(found);
    }
    if let Some(found) = report.original_recipient.clone().filter(is_address) {
        return Some(found);
    }
    if let Some(value) = mail.headers.get("x-failed-recipients")
        && let Some(found) = ADDRESS.find(value)
    {
        return Some(found.as_str().to_owned());
    }
    let own: Vec<String> = mail
        .headers
        .all("to")
        .chain(mail.headers.all("from"))
        .flat_map(|value| ADDRESS.find_iter(value))
        .map(|found| found.as_str().to_ascii_lowercase())
        .collect();
    let is_other = |address: &str| {
        let lower = address.to_ascii_lowercase();
        !own.contains(&lower) && !lower.starts_with("postmaster@") && !lower.starts_with("mailer-daemon@")
    };
    NAMED_RECIPIENT
        .captures_iter(words)
        .filter_map(|c| c.iter().skip(1).flatten().next().map(|m| m.as_str()))
        .chain(ALONE.captures_iter(words).filter_map(|c| c.get(1)).map(|m| m.as_str()))
        .filter_map(|found| ADDRESS.find(found).map(|m| m.as_str()))
        .chain(ADDRESS.find_iter(words).map(|m| m.as_str()))
        .find(|address| is_other(address))
        .map(str::to_owned)
        .or_else(|| report.final_recipient.clone())
        .or_else(|| {
            // The copy of our mail says whom it was for.
            let returned = mail.returned?;
            let headers = Headers::read(returned);
            headers
                .get("to")
                .and_then(|to| ADDRESS.find(to))
                .map(|found| found.as_str().to_owned())
        })
}

/// The line with the server's words: the one that carries a code, else the one below the recipient.
fn diagnostic(words: &str, recipient: Option<&str>) -> Option<String> {
    let lines: Vec<&str> = words.lines().map(str::trim).collect();
    let at = lines
        .iter()
        .position(|line| line.len() < 2_000 && (ENHANCED.is_match(line) || REPLY_CODE.is_match(line)))
        .or_else(|| {
            let recipient = recipient?;
            let at = lines.iter().position(|line| line.contains(recipient))?;
            let rest = lines[at]
                .split_once(recipient)
                .map_or("", |(_, rest)| rest)
                .trim_matches(['>', ':', ' ', '.', ')']);
            if rest.len() > 8 {
                Some(at)
            } else {
                (at + 1..lines.len()).find(|i| !lines[*i].is_empty())
            }
        })?;
    // The words may go on over the next lines, up to an empty one.
    let joined: Vec<&str> = lines[at..]
        .iter()
        .take(6)
        .copied()
        .take_while(|line| !line.is_empty())
        .collect();
    let joined = joined.join(" ");
    (!joined.is_empty()).then_some(joined)
}

fn status(report: &Report, diagnostic: Option<&str>, words: &str, is_delayed: bool) -> Option<String> {
    let is_vague = |status: &String| status.ends_with(".0.0");
    let from_words = diagnostic.and_then(enhanced);
    if let Some(status) = &report.status {
        // `5.0.0` says no more than the class; the server's own words may.
        if is_vague(status)
            && let Some(found) = from_words.clone().filter(|found| !is_vague(found))
        {
            return Some(found);
        }
        return Some(status.clone());
    }
    if let Some(found) = from_words.or_else(|| enhanced(words)) {
        return Some(found);
    }
    if is_delayed {
        return Some("4.0.0".to_owned());
    }
    if EXPIRED_WORDS.is_match(words) {
        return Some("5.4.7".to_owned());
    }
    let code = diagnostic
        .and_then(|text| REPLY_CODE.captures(text))
        .or_else(|| REPLY_CODE.captures(words))
        .and_then(|c| c.get(1))
        .map(|m| m.as_str());
    Some(match code {
        Some(code) if code.starts_with('4') => "4.0.0".to_owned(),
        _ => "5.0.0".to_owned(),
    })
}

fn original_id(mail: &Notification<'_>, copy: &str) -> Option<String> {
    if let Some(returned) = mail.returned {
        let headers = Headers::read(returned);
        if let Some(id) = headers.get("message-id").and_then(|value| message_ids(value, 1).pop()) {
            return Some(id);
        }
    }
    if let Some(id) = MESSAGE_ID.captures(copy).and_then(|c| c.get(1)) {
        return Some(id.as_str().to_owned());
    }
    // Gmail and Office 365 name it in the notification's own header.
    mail.headers
        .get("in-reply-to")
        .or_else(|| mail.headers.get("x-ms-exchange-original-message-id"))
        .or_else(|| mail.headers.get("original-message-id"))
        .or_else(|| mail.headers.get("references"))
        .and_then(|value| message_ids(value, 1).pop())
}

#[cfg(test)]
mod tests;
