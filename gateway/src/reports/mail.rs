//! Reports by mail: what happened in the week or month that is over, in the reader's language, with the table
//! as a file.

use conversation::notices::{self, Look, NewNotice};
use conversation::outbound::OutboundAttachment;
use conversation::reports::mails::{self, ReportMail};
use conversation::reports::{self, Theirs};
use conversation::{Error, Result, inboxes};
use jiff::civil::Date;
use ui::{i18n, routes, spreadsheet};

use super::choice::Period;
use super::figures::{FIGURES, Figure};
use super::page::{breakdown_csv, by, day_words};
use super::question::{question_of, sees_all, theirs};
use crate::app::App;
use crate::people::agents::{self, Agent};

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

/// Writes one; false where nobody is to get it.
async fn write(app: &App, mail: &ReportMail) -> Result<bool> {
    let (store, zone) = (&app.store, app.tz());
    let Some(agent) = reader(app, mail).await? else {
        mails::remove(store, &mail.agent, &mail.id).await?;
        return Ok(false);
    };
    let lang = agent.language;
    let (from, to) = mail.every.days(mail.next_at, zone);
    let period = Period::of(from, to);
    let (from_words, to_words) = (day_words(lang, from), day_words(lang, to));
    let span = |key: &str| {
        i18n::t_args(
            lang,
            key,
            &[("from", from_words.clone().into()), ("to", to_words.clone().into())],
        )
    };
    let look = Look {
        title: span("reports-mail-subject"),
        business: app.business_name(),
        facts: facts(app, mail, &agent, &period).await?,
        footer: i18n::t(lang, "reports-mail-why").into_owned(),
        file: table(app, mail, &agent, &period).await?,
        ..Look::default()
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

/// Who asked for the mail, while they may sign in.
async fn reader(app: &App, mail: &ReportMail) -> Result<Option<Agent>> {
    match agents::load(app.store.db(), &mail.agent).await {
        Ok(agent) => Ok(Some(agent).filter(|agent| agent.is_enabled)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Each figure's name, with what it was in the period before.
async fn facts(app: &App, mail: &ReportMail, agent: &Agent, period: &Period) -> Result<Vec<(String, String)>> {
    let (db, lang) = (app.store.db(), agent.language);
    let of = |from: Date, to: Date| question_of(agent, &from.to_string(), &to.to_string());
    let all = reports::total(db, &of(period.from, period.to)).await?;
    let before = reports::total(db, &of(period.before_from, period.before_to)).await?;
    let fact = |figure: &Figure| {
        let value = figure.value(&all, mail.is_work_time).words(lang);
        let then = figure.value(&before, mail.is_work_time).words(lang);
        let then = i18n::t_args(lang, "reports-mail-before", &[("value", then.into())]);
        (i18n::t(lang, figure.word).into_owned(), format!("{value} ({then})"))
    };
    Ok(FIGURES.iter().map(fact).collect())
}

/// The broken-down table as a file. What others did is not an agent's to read.
async fn table(app: &App, mail: &ReportMail, agent: &Agent, period: &Period) -> Result<Option<OutboundAttachment>> {
    let theirs = theirs(agent);
    if !sees_all(agent.role) && theirs.is_none() {
        return Ok(None);
    }
    let dimension = theirs.map_or(mail.dimension, Theirs::dimension);
    let rows = by(app, agent.language, dimension, period, Some(agent)).await?;
    let bytes = breakdown_csv(agent.language, dimension, &rows, mail.is_work_time);
    Ok(Some(OutboundAttachment {
        name: format!("report-{}-{}.csv", period.from, period.to),
        media_type: spreadsheet::MEDIA_TYPE.to_owned(),
        blob: app.store.put_blob(&bytes).await?,
    }))
}
