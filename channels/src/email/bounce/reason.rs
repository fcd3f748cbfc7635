//! Why a mail came back, in one word: from the enhanced status code (RFC 3463, and what Microsoft and
//! Google made of it) where it says something, else from the server's words.

use std::sync::LazyLock;

use conversation::types::BounceReason;
use regex::RegexSet;

use crate::email::cut::truncate;

/// How much of the words is searched, in bytes.
const MAX_WORDS: usize = 8 * 1024;

/// What servers write, strongest first.
const WORDS: &[(BounceReason, &str)] = &[
    (
        BounceReason::Loop,
        r"(?i)mail (?:forwarding )?loop|loops? back to myself|too many hops|hop count exceeded|routing loop|looping",
    ),
    (
        BounceReason::MailboxFull,
        r"(?i)mailbox (?:is |size |storage )?(?:full|exceeded)|full mailbox|over ?quota|quota (?:has been )?exceeded|exceed(?:s|ed|ing)? (?:the |its |his |her |their )?(?:mailbox |storage |disk |mail )?quota|out of (?:storage|disk) space|out of storage|inbox (?:is )?full|insufficient (?:system )?(?:storage|disk)|no space left|disk (?:is )?full|not enough (?:disk|storage) space|buz[oó]n (?:est[aá] )?lleno|caixa (?:de correio |postal )?(?:est[aá] )?cheia|postfach (?:ist )?voll|boîte (?:aux lettres |de réception )?(?:est )?pleine|MailboxFull|mailfolder is full|maildir over",
    ),
    (
        BounceReason::TooLarge,
        r"(?i)(?:message|mail|e-?mail)(?: size| file)? (?:is )?(?:too (?:large|big)|exceed)|exceeds? (?:the )?(?:maximum |fixed |allowed )?(?:message )?(?:size|limit)|size (?:limit )?exceeded|larger than|message length exceeds|demasiado grande|muito grande|zu gro(?:ß|ss)",
    ),
    (
        BounceReason::Authentication,
        r"(?i)\bspf\b|\bdkim\b|\bdmarc\b|unauthenticated (?:e-?mail|mail)|not authenticated|sender (?:id|policy framework)|reverse dns|\bPTR\b|rdns",
    ),
    (
        BounceReason::MailboxDisabled,
        r"(?i)(?:account|mailbox|user|recipient|address|domain)\b[^\n.;]{0,40}(?:has been |is |was )(?:disabled|deactivated|suspended|inactive|discontinued|expired|closed|terminated|locked|no longer (?:active|available|in use|valid|in service))|(?:disabled|inactive|suspended|deactivated|deleted) (?:account|mailbox|user|recipient)|account (?:closed|expired|terminated|inactive|that you tried to reach is disabled)|mailbox (?:disabled|not active|inactive|unavailable for this)|no longer (?:on server|works|with|employed|active)|dormant|cuenta (?:est[aá] )?desactivada|conta (?:est[aá] )?desativada|gesperrt",
    ),
    (
        BounceReason::NoDomain,
        r"(?i)domain (?:name )?(?:not found|does(?:n't| not) exist|is not valid|has no|isn't)|(?:host|domain)(?: name)? (?:unknown|not found|lookup failed)|unknown (?:host|domain)|unrouteable (?:address|mail domain|domain)|(?:name service error|host or domain name not found)|no (?:such domain|MX|mail exchanger|route to host found)|nullmx|null MX|NXDOMAIN|couldn't find any host|address lookup failed|domain couldn't be found|dominio (?:no existe|no encontrado)|dom[ií]nio (?:não existe|não encontrado)|MX (?:records? )?(?:point|not found)",
    ),
    (
        BounceReason::NoMailbox,
        r"(?i)(?:user|recipient|mailbox|account|address|alias|addressee|person|inbox)(?: address)?(?: you (?:sent|tried)[^\n]{0,40})?[^\n.;]{0,60}(?:unknown|not found|(?:could|can|was)(?:n't| not|not) (?:be )?found|does(?:n't| not) (?:exist|have)|is not (?:known|valid|recognized|a (?:valid|known))|not (?:exist|known|valid|listed|recognized|present|here)|invalid|rejected: (?:undeliverable|user)|isn't)|no such (?:user|recipient|mailbox|person|address|account|local user)|(?:unknown|invalid|bad|non-?existent|nonexistent|undeliverable|incorrect) (?:or illegal )?(?:user|recipient|mailbox|address|account|local(?:-| )part|alias|destination)|no (?:mailbox|user|account|recipient)s? (?:here|by|with|of|found|match)|not our customer|(?:does not|doesn't) have an? (?:[a-z.]+ )?(?:account|mailbox)|RecipientNotFound|RecipNotFound|ExRecipNotFound|user doesn't exist|delivery (?:to )?this (?:user|address) (?:is )?not|who does not exist|there is no one|unknown in (?:virtual|local|relay)|not listed in|usuario (?:desconocido|no existe|inexistente)|usu[aá]rio (?:desconhecido|inexistente|não existe)|no se (?:encontr[oó]|ha encontrado) (?:la direcci[oó]n|el (?:destinatario|usuario))|endere[çc]o não (?:foi )?encontrado|empfänger (?:unbekannt|existiert nicht)|unbekannter empfänger|utilisateur inconnu|destinataire inconnu|adresse (?:n'existe|introuvable)|宛先|存在しない|不存在|存在しません",
    ),
    (
        BounceReason::Relay,
        r"(?i)relay(?:ing)? (?:access )?(?:denied|not (?:permitted|allowed)|prohibited)|unable to relay|not (?:permitted|allowed) to relay|we do not relay|relay not|not a (?:local|gateway)|gateway to any",
    ),
    (
        BounceReason::Content,
        r"(?i)virus|malware|infected|attachment[^\n]{0,40}(?:not (?:allowed|permitted)|blocked|forbidden|prohibited)|(?:blocked|forbidden|prohibited|dangerous)[^\n]{0,20}(?:attachment|file)|executable|illegal (?:attachment|content)|message (?:format|header)[^\n]{0,40}(?:invalid|error|not conform)|not RFC ?5322",
    ),
    (
        BounceReason::Policy,
        r"(?i)spam|junk mail|unsolicited|blacklist|black list|blocklist|block list|blocked|block-list|denylist|\bRBL\b|DNSBL|spamhaus|barracuda|proofpoint|poor reputation|reputation|bulk mail|policy|not accept(?:ed|ing)|access denied|administrative(?:ly)? prohib|prohibited by|content (?:rejected|filter)|rejected (?:due to|because|by|for)|message (?:was )?(?:rejected|refused)|banned|restricted|not authorized|not permitted|not allowed|denied|looks? like|suspicious|sender (?:address )?rejected|refused|you(?:'re| are) not allowed|only accepts",
    ),
    (
        BounceReason::Busy,
        r"(?i)grey-?list|gray-?list|try (?:again )?later|too (?:many|fast|much)|rate limit|throttl|exceeded the (?:maximum|rate|allowed)|temporarily (?:deferred|rejected|unavailable|rate)|receiving mail (?:too|at a rate)|deferred|try again|server busy|resources temporarily|4\.7\.0",
    ),
    (
        BounceReason::Unreachable,
        r"(?i)connection (?:timed out|refused|reset|lost|dropped|closed)|timed? ?out|no route to host|network (?:is )?unreachable|host (?:is )?(?:down|unreachable)|could not (?:connect|be contacted)|unable to connect|cannot connect|couldn't connect|not responding|retry time(?:out)?|in the queue too long|giving up|expired|delivery time|too old|lost connection|conversation with|deadline|was not able to connect|no (?:answer|response) from",
    ),
];

static SET: LazyLock<RegexSet> =
    LazyLock::new(|| RegexSet::new(WORDS.iter().map(|(_, pattern)| *pattern)).expect("constant patterns"));

/// The reason. `diagnostic` is what the refusing server said; `words` is the whole notice, which says
/// more about many things and is asked last.
pub(super) fn of(status: Option<&str>, diagnostic: Option<&str>, words: &str, is_delayed: bool) -> BounceReason {
    let said = diagnostic.and_then(in_words);
    let by_status = status.and_then(of_status);
    // Codes such as 5.7.1 and 5.0.0 are given for everything; the words know better. And nobody
    // invents words for a full mailbox or an unknown user.
    let strong = said.filter(|reason| {
        matches!(
            reason,
            BounceReason::NoMailbox
                | BounceReason::MailboxFull
                | BounceReason::MailboxDisabled
                | BounceReason::NoDomain
                | BounceReason::TooLarge
                | BounceReason::Loop
        )
    });
    let is_temporary = is_delayed || status.is_some_and(|status| status.starts_with('4'));
    let found = match (by_status, strong) {
        (Some((reason, true)), None) => Some(reason),
        (Some((reason, true)), Some(strong)) if reason == strong => Some(reason),
        // Two certain voices: the words are the server's own, unless the code is as final as they are.
        (Some((reason, true)), Some(strong)) => Some(if reason.is_final() { reason } else { strong }),
        (_, Some(strong)) => Some(strong),
        (Some((reason, false)), None) => Some(said.unwrap_or(reason)),
        (None, None) => said,
    };
    let found = found.or_else(|| in_words(words)).unwrap_or(BounceReason::Other);
    // What is tried again later is not final, whatever the words are.
    if is_temporary && found.is_final() {
        return match found {
            BounceReason::NoDomain => BounceReason::Unreachable,
            _ => BounceReason::Busy,
        };
    }
    found
}

fn in_words(words: &str) -> Option<BounceReason> {
    if words.is_empty() {
        return None;
    }
    let matches = SET.matches(truncate(words, MAX_WORDS));
    matches.iter().next().map(|index| WORDS[index].0)
}

/// What a code says, and whether it says it for sure.
fn of_status(status: &str) -> Option<(BounceReason, bool)> {
    let mut numbers = status.split('.').map(|n| n.parse::<u32>().unwrap_or(0));
    let class = numbers.next()?;
    let (subject, detail) = (numbers.next()?, numbers.next()?);
    let sure = |reason| Some((reason, true));
    let perhaps = |reason| Some((reason, false));
    match (subject, detail) {
        (1, 1 | 3 | 4 | 6) => sure(BounceReason::NoMailbox),
        // Exchange Online: the recipient was not found in the directory. Elsewhere: a null MX.
        (1, 10) => perhaps(BounceReason::NoMailbox),
        (1, 2) => sure(BounceReason::NoDomain),
        (1, 7..=9) => perhaps(BounceReason::Policy),
        (1, _) => perhaps(BounceReason::NoMailbox).filter(|_| class == 5 && detail != 0),
        (2, 1) if class == 5 => sure(BounceReason::MailboxDisabled),
        (2, 1) => sure(BounceReason::Busy),
        (2, 2) => sure(BounceReason::MailboxFull),
        (2, 3) | (3, 4) => sure(BounceReason::TooLarge),
        (3, 1) => sure(BounceReason::MailboxFull),
        (3, 2) => perhaps(BounceReason::Busy),
        (3, 5) => perhaps(BounceReason::Loop),
        (4, 3 | 4 | 310 | 312) => perhaps(if class == 5 {
            BounceReason::NoDomain
        } else {
            BounceReason::Unreachable
        }),
        (4, 6) | (4, 14) => sure(BounceReason::Loop),
        (4, _) => perhaps(BounceReason::Unreachable),
        (5, 3) => perhaps(BounceReason::Busy),
        (6, _) => perhaps(BounceReason::Content),
        (7, 20..=27 | 30) => sure(BounceReason::Authentication),
        (7, 28) => sure(BounceReason::Busy),
        (7, 64) => sure(BounceReason::Relay),
        (7, 1 | 0) => perhaps(BounceReason::Policy),
        (7, _) => perhaps(BounceReason::Policy),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_words_of_the_large_servers_are_understood() {
        use BounceReason as R;
        for (status, words, reason) in [
            (
                "5.1.1",
                "smtp; 550-5.1.1 The email account that you tried to reach does not exist. Please try double-checking https://support.google.example NoSuchUser",
                R::NoMailbox,
            ),
            (
                "5.2.2",
                "smtp; 552-5.2.2 The recipient's inbox is out of storage space. OverQuotaPerm",
                R::MailboxFull,
            ),
            (
                "4.2.2",
                "smtp; 452-4.2.2 The email account that you tried to reach is over quota.",
                R::MailboxFull,
            ),
            (
                "5.2.1",
                "550-5.2.1 The email account that you tried to reach is disabled.",
                R::MailboxDisabled,
            ),
            (
                "4.2.1",
                "450-4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages",
                R::Busy,
            ),
            (
                "5.7.26",
                "550-5.7.26 This mail is unauthenticated, which poses a security risk. DMARC",
                R::Authentication,
            ),
            (
                "5.7.1",
                "550-5.7.1 Our system has detected that this message is likely unsolicited mail.",
                R::Policy,
            ),
            (
                "5.1.10",
                "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient bo@b.example not found by SMTP address lookup",
                R::NoMailbox,
            ),
            (
                "5.4.1",
                "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)",
                R::Policy,
            ),
            (
                "5.7.133",
                "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required; only senders in the organization are allowed",
                R::Policy,
            ),
            (
                "5.2.3",
                "550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient",
                R::TooLarge,
            ),
            (
                "5.4.310",
                "550 5.4.310 DNS domain nowhere.example does not exist [Message=InfoDomainNonexistent]",
                R::NoDomain,
            ),
            ("5.4.14", "554 5.4.14 Hop count exceeded - possible mail loop", R::Loop),
            (
                "5.1.1",
                "550 5.1.1 <bo@b.example>: Recipient address rejected: User unknown in virtual mailbox table",
                R::NoMailbox,
            ),
            (
                "5.4.4",
                "Host or domain name not found. Name service error for name=nowhere.example type=AAAA: Host not found",
                R::NoDomain,
            ),
            (
                "4.4.1",
                "connect to mx.b.example[192.0.2.1]:25: Connection timed out",
                R::Unreachable,
            ),
            ("5.0.0", "Sorry, no mailbox here by that name. (#5.1.1)", R::NoMailbox),
            (
                "5.0.0",
                "554 delivery error: dd This user doesn't have a yahoo.example account (bo@yahoo.example)",
                R::NoMailbox,
            ),
            ("5.7.1", "554 5.7.1 <bo@b.example>: Relay access denied", R::Relay),
            (
                "5.7.1",
                "550 5.7.1 Service unavailable; client [192.0.2.1] blocked using zen.spamhaus.example",
                R::Policy,
            ),
            ("5.3.4", "552 5.3.4 Message size exceeds fixed limit", R::TooLarge),
            (
                "4.7.1",
                "450 4.7.1 <bo@b.example>: Recipient address rejected: Greylisted",
                R::Busy,
            ),
            (
                "5.7.0",
                "552-5.7.0 This message was blocked because its content presents a potential security issue: virus",
                R::Content,
            ),
            ("", "mailbox is full", R::MailboxFull),
            ("5.4.7", "Delivery expired (message too old)", R::Unreachable),
            ("4.1.1", "450 4.1.1 user unknown", R::Busy),
            ("", "", R::Other),
        ] {
            let status = Some(status).filter(|status| !status.is_empty());
            assert_eq!(of(status, Some(words), "", false), reason, "{words}");
        }
    }
}
