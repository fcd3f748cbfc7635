//! The form of an e-mail inbox.

mod find;
mod read;

use conversation::inboxes::Inbox;
use jiff::tz::TimeZone;
use maud::{Markup, html};
use ui::icons::{Icon, icon};
use ui::{Ctx, i18n};

pub(super) use self::find::{find, test};
pub(super) use self::read::{fill, read};
use super::certificates;
use super::draw::{Draw, copy};
use crate::app::App;

/// What a new form holds.
pub(super) const DEFAULTS: [(&str, &str); 9] = [
    ("imap_port", "993"),
    ("imap_tls", "tls"),
    ("imap_folder", "INBOX"),
    ("imap_begin", "30"),
    ("smtp_port", "465"),
    ("smtp_tls", "tls"),
    // Who reads an answer sees what it answers; a mailbox that was made before stays as it was set.
    ("quote_history", "on"),
    // An answer from a telephone is an answer; a mailbox that was made before is followed once somebody says so.
    ("follow_sent", "on"),
    ("spam_marks", "on"),
];

pub(super) fn fields(draw: &Draw<'_>, is_new: bool, tz: &TimeZone) -> Markup {
    let ctx = &draw.ctx;
    let (direct, starttls, none) = (ctx.t("tls-direct"), ctx.t("tls-starttls"), ctx.t("tls-none"));
    let modes: [(&str, &str); 3] = [("tls", &direct), ("starttls", &starttls), ("none", &none)];
    let (host, port, tls, user, password) = (
        ctx.t("mail-host"),
        ctx.t("mail-port"),
        ctx.t("mail-tls"),
        ctx.t("mail-user"),
        ctx.t("field-password"),
    );
    let same = if is_new {
        ctx.t("mail-smtp-same")
    } else {
        ctx.t("secret-keep")
    };
    let begins: Vec<(&str, String)> = BEGINS
        .iter()
        .map(|begin| {
            let words = match begin.parse::<u32>() {
                Ok(days) => i18n::t_args(ctx.lang, "mail-begin-days", &[("days", days.into())]),
                Err(_) => ctx
                    .t(if *begin == "now" {
                        "mail-begin-now"
                    } else {
                        "mail-begin-all"
                    })
                    .into_owned(),
            };
            (*begin, words)
        })
        .collect();
    let groups = groups(ctx, draw.form.get("group_hours"));
    let record = Some(draw.form.get("dkim_record"))
        .filter(|record| !record.is_empty())
        .map(|record| (draw.form.get("dkim_record_name").to_owned(), record.to_owned()));
    html! {
        @if is_new {
            (draw.email("address", &ctx.t("mail-address"), &ctx.t("mail-address-hint")))
            div.row-fields {
                (draw.secret("imap_password", &password, &ctx.t("find-password-hint"), false))
                button.button.ghost type="submit" name="do" value="find" formnovalidate { (icon(Icon::Search)) " " (ctx.t("find-servers")) }
            }
        }
        (draw.text("sender", &ctx.t("mail-sender"), &ctx.t("mail-sender-hint"), false))
        fieldset.group {
            legend { (ctx.t("mail-imap")) }
            p.hint { (ctx.t("mail-imap-hint")) }
            div.row-fields { (draw.text("imap_host", &host, "", false)) (draw.text("imap_port", &port, "", false)) (draw.choice("imap_tls", &tls, &modes)) }
            div.row-fields { (draw.text("imap_user", &user, &ctx.t("mail-user-hint"), false)) @if !is_new { (draw.secret("imap_password", &password, &ctx.t("secret-keep"), false)) } (draw.text("imap_folder", &ctx.t("mail-folder"), "", false)) }
            (certificates::fields(draw, "imap", tz))
            (draw.lines("imap_more_folders", &ctx.t("mail-more-folders"), &ctx.t("mail-more-folders-hint"), 2))
            @let main_folder = draw.form.get("imap_folder");
            @let found: Vec<&str> = draw.form.all("imap_found").filter(|name| *name != main_folder).collect();
            @if !found.is_empty() {
                fieldset.group {
                    legend { (ctx.t("mail-folders-found")) }
                    div.checks {
                        @for name in found {
                            @let is_read = draw.form.get("imap_more_folders").lines().any(|line| line.trim() == name);
                            input type="hidden" name="imap_found" value=(name);
                            label.check { input type="checkbox" name="imap_pick" value=(name) checked[is_read]; span { (name) } }
                        }
                    }
                }
            }
            (draw.choice("imap_begin", &ctx.t("mail-begin"), &begins.iter().map(|(value, words)| (*value, &**words)).collect::<Vec<_>>()))
            p.hint { (ctx.t("mail-begin-hint")) }
        }
        fieldset.group {
            legend { (ctx.t("mail-group")) }
            p.hint { (ctx.t("mail-group-hint")) }
            (draw.choice("group_hours", &ctx.t("mail-group-within"), &groups.iter().map(|(value, words)| (&**value, &**words)).collect::<Vec<_>>()))
            div.checks { (draw.check("spam_marks", &ctx.t("mail-spam-marks"))) }
            p.hint { (ctx.t("mail-spam-marks-hint")) }
        }
        fieldset.group {
            legend { (ctx.t("mail-smtp")) }
            p.hint { (ctx.t("mail-smtp-hint")) }
            div.row-fields { (draw.text("smtp_host", &host, "", false)) (draw.text("smtp_port", &port, "", false)) (draw.choice("smtp_tls", &tls, &modes)) }
            div.row-fields { (draw.text("smtp_user", &user, "", false)) (draw.secret("smtp_password", &password, &same, false)) }
            (certificates::fields(draw, "smtp", tz))
            div.checks { (draw.check("quote_history", &ctx.t("mail-quote"))) }
            p.hint { (ctx.t("mail-quote-hint")) }
        }
        fieldset.group {
            legend { (ctx.t("mail-sent")) }
            div.checks { (draw.check("follow_sent", &ctx.t("mail-follow-sent"))) }
            p.hint { (ctx.t("mail-follow-sent-hint")) }
            div.checks { (draw.check("copy_to_sent", &ctx.t("mail-sent-copy"))) }
            (draw.text("sent_folder", &ctx.t("mail-sent-folder"), &ctx.t("mail-sent-folder-hint"), false))
        }
        details.group {
            summary { (ctx.t("mail-dkim")) }
            p.hint { (ctx.t("mail-dkim-hint")) }
            div.row-fields { (draw.text("dkim_domain", &ctx.t("mail-dkim-domain"), "", false)) (draw.text("dkim_selector", &ctx.t("mail-dkim-selector"), "", false)) }
            (draw.lines("dkim_key", &ctx.t("mail-dkim-key"), &ctx.t("mail-dkim-key-hint"), 3))
            @if let Some((name, record)) = &record {
                p.hint { (ctx.t("mail-dkim-record-hint")) }
                (copy("dkim-record-name", &ctx.t("mail-dkim-record-name"), name))
                (copy("dkim-record", &ctx.t("mail-dkim-record"), record))
            }
        }
        @let own = [("imap", "mail-imap-ca"), ("smtp", "mail-smtp-ca")].map(|(server, label)| (certificates::alone(server), label));
        @let own: Vec<_> = own.into_iter().filter(|(field, _)| !draw.form.get(field).is_empty()).collect();
        details.group open[!draw.form.get(certificates::BOTH).is_empty() || !own.is_empty()] {
            summary { (ctx.t("mail-certificates")) }
            (draw.lines(certificates::BOTH, &ctx.t("mail-extra-ca"), &ctx.t("mail-extra-ca-hint"), 4))
            @for (field, label) in &own { (draw.lines(field, &ctx.t(label), "", 4)) }
        }
    }
}

/// What a folder is read from on.
const BEGINS: [&str; 6] = ["now", "7", "30", "90", "365", "all"];
/// For how long mails of one sender under one subject belong together, in hours.
const GROUPS: [u32; 5] = [0, 1, 8, 24, 168];

/// The spans to choose from, with the one that is set where it is another (the API takes any).
fn groups(ctx: &Ctx, set: &str) -> Vec<(String, String)> {
    let set = set.parse().ok().filter(|hours| !GROUPS.contains(hours));
    let words = |hours: u32| match hours {
        0 => ctx.t("mail-group-never").into_owned(),
        hours => i18n::t_args(ctx.lang, "mail-group-hours", &[("hours", hours.into())]),
    };
    let all = GROUPS.into_iter().chain(set);
    all.map(|hours| (hours.to_string(), words(hours))).collect()
}

pub(super) fn facts(app: &App, ctx: &Ctx<'_>, inbox: &Inbox) -> Markup {
    html! {
        details.group {
            summary { (ctx.t("mail-hook")) }
            p.hint { (ctx.t("mail-hook-hint")) }
            (copy("hook-url", &ctx.t("hook-url"), &format!("{}/webhooks/email/{}", app.public_url(), inbox.id)))
            (copy("hook-secret", &ctx.t("hook-secret"), &format!("Authorization: Bearer {}", crate::hooks::mail_secret(app, &inbox.id))))
            (copy("pipe", &ctx.t("mail-pipe"), &format!("switchboard email deliver --inbox {}", inbox.id)))
        }
    }
}
