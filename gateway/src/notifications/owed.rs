//! Brings what people chose to hear of by a way that its sender does not take: a colleague who wants the invoice by
//! mail, too; a ticket of the portal that somebody wants on WhatsApp.

use billing::telling;
use conversation::notices::{self, Look, NewNotice};
use conversation::notifications::{self, News, Notification};
use conversation::types::{ContactId, Language};
use conversation::{Error, Result, Tx, contacts, doors, inboxes};
use ui::{i18n, told};

use crate::app::App;

/// How many are taken at a time.
const BATCH: i64 = 50;

/// Takes a part; returns how much there was.
pub(super) async fn send(app: &App) -> Result<usize> {
    let all = notifications::owed(app.store.db(), BATCH).await?;
    for owed in &all {
        let mut tx = app.store.begin().await?;
        if notifications::take_in(&mut tx, owed).await? {
            bring(app, &mut tx, owed).await?;
        }
        tx.commit_any().await?;
    }
    Ok(all.len())
}

async fn bring(app: &App, tx: &mut Tx, owed: &Notification) -> Result<()> {
    let person = match contacts::load(&mut *tx, &owed.contact_id).await {
        Ok(person) => person,
        Err(Error::NotFound) => return Ok(()),
        Err(error) => return Err(error),
    };
    let Some(kind) = owed.kind() else { return Ok(()) };
    let lang = person.language.unwrap_or(Language::En);
    let sentence = told::sentence(lang, app.tz(), &owed.words, &owed.args());
    let button = i18n::t(lang, "note-open").into_owned();
    let business = billing::settings::business(&mut *tx, &app.store).await?;
    let name = app.billing.business_name(&business);
    let news = telling::News {
        told: News {
            kind,
            words: "",
            args: owed.args(),
            path: owed.path.clone(),
            subject: owed.subject.clone(),
        },
        subject: sentence.clone(),
        text: sentence.clone(),
        short: sentence.clone(),
        button,
        look: Look {
            business: name.clone(),
            color: business.color.clone(),
            footer: name,
            stop: telling::stop(&app.billing, &person.id, kind, lang),
            ..Look::default()
        },
        cards: Vec::new(),
        has_chat: true,
        language: lang,
    };
    if owed.owes.contains("whatsapp")
        && let Some((conversation, _)) = telling::chat_of(&mut *tx, std::slice::from_ref(&person.id)).await?
    {
        telling::by_whatsapp(tx, &app.billing, &conversation, &news).await?;
    }
    if owed.owes.contains("mail") {
        mail(app, tx, &person.id, news).await?;
    }
    Ok(())
}

async fn mail(app: &App, tx: &mut Tx, contact: &ContactId, news: telling::News) -> Result<()> {
    let Some(address) = telling::address_of(&mut *tx, contact).await? else {
        return Ok(());
    };
    // A mail to a mailbox of our own would come in as a customer's.
    let is_ours = inboxes::list(&mut *tx)
        .await?
        .iter()
        .any(|inbox| inbox.address.eq_ignore_ascii_case(&address));
    if is_ours {
        return Ok(());
    }
    let path = doors::make_in(tx, contact, Some(&news.told.path), &address).await?;
    let notice = NewNotice {
        recipient: address,
        language: news.language,
        subject: news.subject,
        text: news.text,
        action_label: news.button,
        action_url: format!("{}{path}", app.public_url()),
    };
    notices::put_dressed_in(tx, notice, &news.look).await?;
    Ok(())
}
