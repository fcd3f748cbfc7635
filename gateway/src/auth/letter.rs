//! A mail with a one-time link to somebody who works here.

use conversation::notices::{self, Look, NewNotice};
use conversation::types::Language;
use conversation::{Result, Tx};
use ui::i18n;

use crate::app::App;

/// The keys of its texts; each is given `who` and `business`.
pub(crate) struct Words {
    pub(crate) subject: &'static str,
    pub(crate) text: &'static str,
    pub(crate) button: &'static str,
}

/// Queues it, and returns its id; `None` where the business has no mailbox. `who` is named in it.
pub(crate) async fn put_in(
    tx: &mut Tx,
    app: &App,
    (to, lang): (&str, Language),
    words: &Words,
    who: &str,
    url: String,
) -> Result<Option<String>> {
    let business = billing::settings::business(&mut *tx, &app.store).await?;
    let name = app.billing.business_name(&business);
    let say = |key: &str| i18n::t_args(lang, key, &[("who", who.into()), ("business", name.as_str().into())]);
    let look = Look {
        title: say(words.subject),
        business: name.clone(),
        color: business.color,
        ..Look::default()
    };
    let notice = NewNotice {
        recipient: to.to_owned(),
        language: lang,
        subject: say(words.subject),
        text: say(words.text),
        action_label: say(words.button),
        action_url: url,
    };
    notices::put_dressed_in(tx, notice, &look).await
}
