//! A mail server's certificate that nobody vouches for: what it is, and the button that trusts it. Nothing is trusted
//! by itself; what is, stands in the form and is kept with it.

use channels::email::certificate::{self, Refused, Why};
use conversation::types::Language;
use jiff::tz::TimeZone;
use maud::{Markup, html};
use ui::i18n;

use super::draw::Draw;
use crate::auth::form::Form;

/// The servers of a mailbox, as the form's fields begin.
pub(super) const SERVERS: [&str; 2] = ["imap", "smtp"];

/// The field that holds what a server showed.
fn shown(server: &str) -> String {
    format!("{server}_shown")
}

/// Certificates in PEM form and nothing secret beside them: what stands here is shown again.
pub(crate) fn is_certificate(text: &str) -> bool {
    text.contains("-----BEGIN CERTIFICATE-----") && !text.contains("PRIVATE KEY")
}

/// The field with what is trusted for both servers, and the one with what is trusted for this one alone.
pub(super) const BOTH: &str = "extra_ca";

pub(super) fn alone(server: &str) -> &'static str {
    if server == "imap" { "imap_ca" } else { "smtp_ca" }
}

/// Everything that the form trusts for a server.
pub(super) fn trusted(form: &Form, server: &str) -> String {
    joined(form.get(BOTH), form.get(alone(server)))
}

fn joined(one: &str, other: &str) -> String {
    [one.trim(), other.trim()].join("\n").trim().to_owned()
}

/// Puts the certificate whose button was pressed among the trusted ones of its server, and goes on by trying again. It is
/// trusted for the other one, too, where that shows the same, or where there is no other one.
pub(super) fn trust(form: &mut Form) {
    let Some(server) = SERVERS
        .into_iter()
        .find(|server| form.get("do") == format!("trust_{server}"))
    else {
        return;
    };
    let pem = form.get(&shown(server)).trim().to_owned();
    form.set("do", "test");
    let known = trusted(form, server);
    if certificate::describe(&pem).is_none() || !is_certificate(&pem) || same(&known, &pem) {
        return;
    }
    let is_for_both = SERVERS.into_iter().filter(|other| *other != server).all(|other| {
        let has_none = form.get(&format!("{other}_host")).trim().is_empty();
        let shows = form.get(&shown(other)).trim().to_owned();
        has_none || (!shows.is_empty() && same(&shows, &pem))
    });
    let field = if is_for_both { BOTH } else { alone(server) };
    let more = joined(form.get(field), &pem);
    form.set(field, more);
}

/// What is trusted for each server as the fields of the form: what is trusted for both stands once.
pub(super) fn fill(form: &mut Form, imap: Option<Option<&str>>, smtp: Option<Option<&str>>) {
    let (Some(imap), Some(smtp)) = (imap, smtp) else {
        // A mailbox with one server: what comes to it later is as trusted.
        form.push(BOTH, imap.or(smtp).flatten().unwrap_or_default().trim());
        return;
    };
    if imap == smtp {
        form.push(BOTH, imap.unwrap_or_default().trim());
        return;
    }
    let (imap, smtp) = (blocks(imap.unwrap_or_default()), blocks(smtp.unwrap_or_default()));
    let is_in = |all: &[String], one: &String| all.iter().any(|known| same(known, one));
    let pick = |from: &[String], other: &[String], in_both: bool| {
        let found = from.iter().filter(|one| is_in(other, one) == in_both);
        found.map(String::as_str).collect::<Vec<_>>().join("\n")
    };
    form.push(BOTH, pick(&imap, &smtp, true));
    form.push(alone("imap"), pick(&imap, &smtp, false));
    form.push(alone("smtp"), pick(&smtp, &imap, false));
}

/// The certificates of a text, each with what is written above it.
fn blocks(pem: &str) -> Vec<String> {
    const END: &str = "-----END CERTIFICATE-----";
    let parts = pem.split_inclusive(END).map(str::trim);
    parts.filter(|part| part.ends_with(END)).map(str::to_owned).collect()
}

/// Whether a certificate is among others, however their lines end.
fn same(all: &str, one: &str) -> bool {
    let bare = |text: &str| text.split_whitespace().collect::<String>();
    bare(all).contains(&bare(one))
}

/// Takes what the servers showed this time into the form.
pub(super) fn offer(form: &mut Form, refused: &[(&'static str, Refused)]) {
    for server in SERVERS {
        let pem = refused.iter().find_map(|(of, refused)| match &refused.why {
            Why::Unknown(pem) if *of == server => Some(pem.as_str()),
            _ => None,
        });
        form.set(&shown(server), pem.unwrap_or_default());
    }
}

/// The certificate that a server showed and that is not trusted, with the button that trusts it.
pub(super) fn fields(draw: &Draw<'_>, server: &str, tz: &TimeZone) -> Markup {
    let ctx = &draw.ctx;
    let pem = draw.form.get(&shown(server));
    let Some(found) = certificate::describe(pem).filter(|_| !same(&trusted(draw.form, server), pem)) else {
        return html! {};
    };
    let facts = [
        ("certificate-subject", found.subject.clone()),
        ("certificate-issuer", found.issuer.clone()),
        ("certificate-names", found.names.join(", ")),
        ("certificate-until", i18n::date(ctx.lang, found.until, tz)),
        ("certificate-fingerprint", found.fingerprint.clone()),
    ];
    let title = format!("{server}-certificate");
    html! {
        section.certificate aria-labelledby=(title) {
            h3 id=(title) { (ctx.t("certificate-title")) }
            p.hint { (ctx.t("certificate-hint")) }
            dl { @for (label, value) in &facts { @if !value.is_empty() { dt { (ctx.t(label)) } dd { (value) } } } }
            input type="hidden" name=(shown(server)) value=(pem);
            button.button.ghost type="submit" name="do" value={ "trust_" (server) } formnovalidate { (ctx.t("certificate-trust")) }
        }
    }
}

/// Why a certificate is refused, and what to do.
pub(super) fn why(lang: Language, refused: &Refused, tz: &TimeZone) -> Option<String> {
    let shown = &refused.shown;
    Some(match &refused.why {
        Why::Expired => i18n::t_args(
            lang,
            "certificate-expired",
            &[("date", i18n::date(lang, shown.until, tz).into())],
        ),
        Why::NotYet => i18n::t_args(
            lang,
            "certificate-not-yet",
            &[("date", i18n::date(lang, shown.from, tz).into())],
        ),
        Why::WrongName => {
            let names = if shown.names.is_empty() {
                shown.subject.clone()
            } else {
                shown.names.join(", ")
            };
            i18n::t_args(lang, "certificate-wrong-name", &[("names", names.into())])
        }
        Why::Unknown(_) => i18n::t(lang, "certificate-unknown").into_owned(),
        Why::Other => return None,
    })
}

#[cfg(test)]
mod tests;
