//! What stands above the form of a mailbox: how far its folders are read, the connected account, and
//! what the last audit found.

use axum::extract::{Path, State};
use axum::response::Response;
use channels::email::settings::Credentials;
use channels::email::{EmailSettings, audit, oauth};
use conversation::access::Permission;
use conversation::inboxes::{self, Inbox};
use conversation::mailboxes::{self, Folder, Unfiled};
use conversation::types::InboxId;
use conversation::{Error, Result};
use maud::{Markup, html};
use ui::components::{Tone, badge, form, time_tag};
use ui::i18n;

use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::Posted;
use crate::auth::{SignedIn, see_other};

/// How many unfiled mails are listed; filing some brings up more.
const MOST: i64 = 50;

pub(super) async fn facts(app: &App, me: &SignedIn, inbox: &Inbox, settings: &EmailSettings) -> Result<Markup> {
    let folders = mailboxes::folders(app.store.db(), &inbox.id).await?;
    let unfiled = mailboxes::unfiled(app.store.db(), &inbox.id, MOST).await?;
    let account = account(app, settings).await?;
    let ctx = me.ctx();
    let reads: Vec<&str> = settings.imap.as_ref().map(|imap| imap.folders()).unwrap_or_default();
    let shown: Vec<&Folder> = folders
        .iter()
        .filter(|folder| folder.is_sent || reads.contains(&folder.folder.as_str()))
        .collect();
    // What we sent ourselves needs nobody's look.
    let can_audit = shown
        .iter()
        .any(|folder| folder.finished_at.is_some() && !folder.is_sent);
    Ok(html! {
        @if let Some(account) = &account {
            @if let Some(provider) = oauth::Provider::of(&account.provider) {
                section.mailbox-account {
                    p { (i18n::t_args(me.lang, "oauth-account", &[("provider", provider.name().into()), ("address", account.address.as_str().into())])) " "
                        @if account.state == "revoked" { (badge(Tone::Bad, &ctx.t("oauth-revoked"))) } @else { (badge(Tone::Good, &ctx.t("oauth-ok"))) } }
                    @if account.state == "revoked" { p.hint { (account.error) } }
                    a.button.ghost href={ "/settings/oauth/" (account.provider) "/connect?inbox=" (inbox.id) } { (ctx.t("oauth-again")) }
                }
            }
        }
        @if !shown.is_empty() {
            section.mailbox-state aria-labelledby="mailbox-state" {
                h2 #mailbox-state { (ctx.t("mailbox-folders")) }
                ul.mailbox-folders { @for folder in &shown { li { (folder_row(me, folder)) } } }
                @if can_audit {
                    form method="post" action={ "/settings/inboxes/" (inbox.id) "/audit" } {
                        (form::csrf(&ctx))
                        button.button.ghost type="submit" { (ctx.t("mailbox-audit-now")) }
                    }
                }
                @if !unfiled.is_empty() {
                    h3 { (ctx.t("mailbox-unfiled")) }
                    p.hint { (ctx.t("mailbox-unfiled-hint")) }
                    ul.people { @for mail in &unfiled { li.person { (unfiled_row(me, inbox, mail)) } } }
                }
            }
        }
    })
}

async fn account(app: &App, settings: &EmailSettings) -> Result<Option<oauth::Account>> {
    let of_imap = settings.imap.as_ref().map(|imap| &imap.auth);
    let of_smtp = settings.smtp.as_ref().and_then(|smtp| smtp.auth.as_ref());
    match of_imap.or(of_smtp) {
        Some(Credentials::Oauth { account }) => oauth::account(&app.store, account).await,
        _ => Ok(None),
    }
}

fn folder_row(me: &SignedIn, folder: &Folder) -> Markup {
    let ctx = me.ctx();
    let ago = |at| i18n::relative(me.lang, me.now, at, &me.tz);
    html! {
        strong { (folder.folder) }
        @if folder.is_sent { (badge(Tone::Neutral, &ctx.t("mailbox-sent"))) }
        @if let Some(trouble) = &folder.trouble {
            (badge(Tone::Bad, &ctx.t("health-failing"))) span.muted { (trouble) }
        } @else if folder.finished_at.is_none() {
            @let (done, total) = (folder.done.min(folder.total), folder.total);
            label.mailbox-progress {
                span { (i18n::t_args(me.lang, "mailbox-progress", &[("done", i18n::number(me.lang, done).into()), ("total", i18n::number(me.lang, total).into())])) }
                progress max=(total.max(1)) value=(done) {}
            }
        } @else {
            (badge(Tone::Good, &ctx.t("mailbox-read")))
        }
        span.muted {
            @match (folder.audited_at, &folder.audit_error, folder.audit_unfiled) {
                (Some(at), Some(error), _) => { (ctx.t("mailbox-audit-failed")) " " (error) " · " (time_tag(&ctx, at, &ago(at))) },
                (Some(at), None, Some(0)) => {
                    (i18n::t_args(me.lang, "mailbox-audit-good", &[("count", folder.audit_total.unwrap_or(0).into())])) " · " (time_tag(&ctx, at, &ago(at)))
                },
                (Some(at), None, Some(count)) => {
                    (i18n::t_args(me.lang, "mailbox-audit-bad", &[("count", count.into())])) " · " (time_tag(&ctx, at, &ago(at)))
                },
                _ => {},
            }
        }
    }
}

fn unfiled_row(me: &SignedIn, inbox: &Inbox, mail: &Unfiled) -> Markup {
    let ctx = me.ctx();
    html! {
        span.inbox-name {
            strong { @if mail.subject.is_empty() { "—" } @else { (mail.subject) } }
            span.muted {
                (mail.sender) " · " (mail.folder) " · " (i18n::bytes(me.lang, mail.size))
                @if let Some(at) = mail.arrived_at { " · " (time_tag(&ctx, at, &i18n::date_time(me.lang, at, &me.tz))) }
            }
        }
        form method="post" action={ "/settings/inboxes/" (inbox.id) "/file" } {
            (form::csrf(&ctx))
            input type="hidden" name="folder" value=(mail.folder);
            input type="hidden" name="validity" value=(mail.uid_validity);
            input type="hidden" name="uid" value=(mail.uid);
            button.button.ghost type="submit" { (ctx.t("mailbox-file")) }
        }
    }
}

fn failure(error: audit::AuditError) -> Failure {
    match error {
        audit::AuditError::Store(error) => Failure::Core(error),
        error => Failure::Core(Error::Conflict(error.to_string())),
    }
}

pub(super) async fn compare(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> std::result::Result<Response, Failure> {
    posted.me.must(Permission::Administer)?;
    let inbox = inboxes::load(app.store.db(), &InboxId::from(id)).await?;
    match audit::now(&app.store, &inbox.id).await {
        // What could not be compared is said beside the folder.
        Ok(_) | Err(audit::AuditError::Mailbox(_) | audit::AuditError::Nothing(_)) => {}
        Err(error) => return Err(failure(error)),
    }
    Ok(see_other(&format!("/settings/inboxes/{}", inbox.id)))
}

pub(super) async fn file(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> std::result::Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Administer)?;
    let inbox = inboxes::load(app.store.db(), &InboxId::from(id)).await?;
    let listed = mailboxes::unfiled(app.store.db(), &inbox.id, i64::MAX).await?;
    let wanted = listed.into_iter().find(|mail| {
        mail.folder == form.get("folder")
            && form.get("validity").parse() == Ok(mail.uid_validity)
            && form.get("uid").parse() == Ok(mail.uid)
    });
    let mail = wanted.ok_or(Failure::Core(Error::NotFound))?;
    audit::file(&app.store, &inbox.id, &mail).await.map_err(failure)?;
    Ok(see_other(&format!("/settings/inboxes/{}", inbox.id)))
}
