//! Reports by mail: what happened in the week or month that is over, in the reader's language, with the table
//! as a file.

use conversation::notices::{self, Look, NewNotice};
use conversation::outbound::OutboundAttachment;
use conversation::reports::mails::{self, ReportMail};
use conversation::reports::{self, Dimension};
use conversation::types::Role;
use conversation::{Error, Result, inboxes};
use ui::{i18n, routes};

use super::choice::Period;
use super::figures::FIGURES;
use super::page::{breakdown_csv, by, day_words};
use super::{question_of, sees_all};
use crate::app::App;
use crate::people::agents;

/// Writes the mails that are due; returns how many.
pub(crate) async fn send_due(app: &App) -> Result<usize> {
    let mut written = 0;
    for mail in mails::due(app.store.db(), app.store.now()).await? {
        if write(app, &mail).await? {
            written += 1;
        }
    }
    Ok(written)
}

async fn write(app: &App, mail: &ReportMail) -> Result<bool> {
    let (store, zone) = (&app.store, app.tz());
    let agent = match agents::load(store.db(), &mail.agent).await {
        Ok(agent) => Some(agent).filter(|agent| agent.is_enabled),
        Err(Error::NotFound) => None,
        Err(error) => return Err(error),
    };
    let Some(agent) = agent else {
        mails::remove(store, &mail.agent, &mail.id).await?;
        return Ok(false);
    };
    let lang = agent.language;
    let (from, to) = mail.every.days(mail.next_at, zone);
    let period = Period::of(from, to);
    let of = |from: jiff::civil::Date, to: jiff::civil::Date| {
        let (from, to) = (from.to_string(), to.to_string());
        question_of(agent.role, &agent.id, &from, &to)
    };
    let all = reports::total(store.db(), &of(from, to)).await?;
    let before = reports::total(store.db(), &of(period.before_from, period.before_to)).await?;
    let facts: Vec<(String, String)> = FIGURES
        .iter()
        .map(|figure| {
            let value = figure.value(&all, mail.is_work_time).words(lang);
            let then = figure.value(&before, mail.is_work_time).words(lang);
            let then = i18n::t_args(lang, "reports-mail-before", &[("value", then.into())]);
            (i18n::t(lang, figure.word).into_owned(), format!("{value} ({then})"))
        })
        .collect();
    let (from_words, to_words) = (day_words(lang, from), day_words(lang, to));
    let span = |key: &str| {
        i18n::t_args(
            lang,
            key,
            &[("from", from_words.clone().into()), ("to", to_words.clone().into())],
        )
    };
    // What others did is not an agent's to read.
    let coordinator = (agent.role == Role::Coordinator).then_some(&agent.id);
    let file = if sees_all(agent.role) || coordinator.is_some() {
        let dimension = coordinator.map_or(mail.dimension, |_| Dimension::Company);
        let rows = by(app, lang, dimension, &period, coordinator).await?;
        let bytes = breakdown_csv(lang, dimension, &rows, mail.is_work_time);
        Some(OutboundAttachment {
            name: format!("report-{from}-{to}.csv"),
            media_type: "text/csv; charset=utf-8".to_owned(),
            blob: store.put_blob(&bytes).await?,
        })
    } else {
        None
    };
    let look = Look {
        title: span("reports-mail-subject"),
        business: app.config.server.business_name.clone(),
        color: String::new(),
        facts,
        footer: i18n::t(lang, "reports-mail-why").into_owned(),
        stop: None,
        file,
    };
    let is_ours = inboxes::list(store.db())
        .await?
        .iter()
        .any(|inbox| inbox.address.eq_ignore_ascii_case(&agent.email));
    let mut tx = store.begin().await?;
    if !mails::take_in(&mut tx, mail, zone).await? {
        return Ok(false);
    }
    // A mail to a mailbox of our own would come in as a customer's.
    if !is_ours {
        let notice = NewNotice {
            recipient: agent.email,
            language: lang,
            subject: span("reports-mail-subject"),
            text: span("reports-mail-lead"),
            action_label: i18n::t(lang, "reports-mail-open").into_owned(),
            action_url: format!(
                "{}{}?period=custom&from={from}&to={to}&by={}&times={}",
                app.public_url(),
                routes::REPORTS,
                mail.dimension.as_str(),
                if mail.is_work_time { "work" } else { "calendar" }
            ),
        };
        notices::put_dressed_in(&mut tx, notice, &look).await?;
    }
    tx.commit_silently().await?;
    Ok(!is_ours)
}
