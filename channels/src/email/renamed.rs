//! The Message-ID that a mail really carries where the server that takes it puts one of its own in place of ours. Customers' programs
//! then name that one when they answer, and bounces do, too. It stands in the server's answer to the mail.

use super::normal::usable_id;

/// The id that `answer` tells of, without angle brackets; `host` is the server's name.
///
/// Exchange Online says it whole (`250 2.0.0 OK <…@….prod.outlook.com> [Hostname=…]`); Amazon SES says what stands before the `@`
/// (`250 Ok 0100…`), and its domain follows from the region in the server's name.
pub(super) fn new_id<'a>(host: &str, answer: impl Iterator<Item = &'a str>) -> Option<String> {
    let region = ses_region(host);
    for line in answer {
        let whole = line
            .split_once('<')
            .and_then(|(_, rest)| rest.split_once('>'))
            .map(|(id, _)| id)
            .filter(|id| is_id(id));
        if let Some(id) = whole {
            return Some(usable_id(id));
        }
        let local = region.and_then(|_| line.trim().strip_prefix("Ok "));
        if let (Some(region), Some(local)) = (region, local) {
            let domain = if region == "us-east-1" { "email" } else { region };
            let id = format!("{}@{domain}.amazonses.com", local.trim());
            return Some(id).filter(|id| is_id(id)).map(|id| usable_id(&id));
        }
    }
    None
}

fn is_id(text: &str) -> bool {
    let is_plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_graphic() && b != b'@');
    text.split_once('@')
        .is_some_and(|(local, domain)| is_plain(local) && is_plain(domain) && domain.contains('.'))
}

/// `eu-west-1` of `email-smtp.eu-west-1.amazonaws.com`, and of its forms with FIPS or through a network of one's own.
fn ses_region(host: &str) -> Option<&str> {
    let mut parts = host.strip_suffix(".amazonaws.com")?.split('.');
    parts.find(|part| matches!(*part, "email-smtp" | "email-smtp-fips"))?;
    parts.next().filter(|region| region.contains('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_tell_the_new_id() {
        const SES: &str = "email-smtp.eu-west-1.amazonaws.com";
        for (host, answer, id) in [
            (
                "smtp.office365.com",
                "2.0.0 OK <AM0PR01MB1@AM0PR01MB1.eurprd01.prod.outlook.com> [Hostname=AM0PR01MB1.eurprd01.prod.outlook.com]",
                Some("AM0PR01MB1@AM0PR01MB1.eurprd01.prod.outlook.com"),
            ),
            (
                SES,
                "Ok 0102018f-7a-000000",
                Some("0102018f-7a-000000@eu-west-1.amazonses.com"),
            ),
            (
                "email-smtp-fips.us-east-1.amazonaws.com",
                "Ok 0100018f-000000",
                Some("0100018f-000000@email.amazonses.com"),
            ),
            (
                "vpce-1.email-smtp.sa-east-1.vpce.amazonaws.com",
                "Ok 0103-000000",
                Some("0103-000000@sa-east-1.amazonses.com"),
            ),
            // What says nothing of it.
            (SES, "Ok", None),
            (SES, "Ok two words", None),
            ("smtp.example.com", "Ok 0102018f-7a-000000", None),
            ("smtp.example.com", "OK id=1tEabc-000000-1x", None),
            ("smtp.example.com", "2.0.0 taken <support@> and <no at all>", None),
            ("smtp.gmail.com", "2.0.0 OK  1732300000 a1-20020a0 - gsmtp", None),
        ] {
            assert_eq!(new_id(host, std::iter::once(answer)).as_deref(), id, "{host}: {answer}");
        }
    }
}
