//! The country of the business, as forms let it be chosen.

use conversation::letters::folded;
use conversation::telephone::{self, Country};
use conversation::types::{Actor, Language};
use conversation::{Error, Result};
use ui::i18n;

use crate::app::App;
use crate::auth::form::Form;

/// What a form says for a country that is not in the list.
const OTHER: &str = "other";

/// Every country by its code with its name, in the order of the names; the last is any other.
pub(crate) fn choices(lang: Language) -> Vec<(&'static str, String)> {
    let name = |code: &str| i18n::t(lang, &format!("country-{}", code.to_lowercase())).into_owned();
    let mut all: Vec<(&str, String)> = Country::all().map(|one| (one.code(), name(one.code()))).collect();
    all.sort_by_key(|(_, name)| folded(name));
    all.push((OTHER, i18n::t(lang, "country-other").into_owned()));
    all
}

/// What a form begins with: what was chosen, else where the time zone of the business lies.
pub(crate) async fn value(app: &App) -> Result<&'static str> {
    let country = match telephone::home_as_chosen(app.store.db()).await? {
        Some(chosen) => chosen,
        None => suggested(app),
    };
    Ok(country.map_or(OTHER, Country::code))
}

/// Where the time zone of the business lies.
fn suggested(app: &App) -> Option<Country> {
    app.tz().iana_name().and_then(Country::of_time_zone)
}

/// Keeps what a form says, if that is something else than was chosen.
pub(crate) async fn keep(app: &App, actor: &Actor, form: &Form) -> Result<()> {
    let code = match form.get("country") {
        OTHER => "",
        "" => return Err(Error::Invalid("country: none of the list".to_owned())),
        code => code,
    };
    let known = telephone::home_as_chosen(app.store.db()).await?;
    if known.is_some_and(|known| known.map_or("", Country::code) == code) {
        return Ok(());
    }
    telephone::set_home(&app.store, actor, code).await
}

/// An installation that is set up in a time zone begins in its country, unless somebody said another.
pub(crate) async fn begin_in(app: &App, actor: &Actor) -> Result<()> {
    if telephone::home_as_chosen(app.store.db()).await?.is_some() {
        return Ok(());
    }
    match suggested(app) {
        Some(country) => telephone::set_home(&app.store, actor, country.code()).await,
        None => Ok(()),
    }
}

/// How a form explains what a number may look like: with an example of the country, if one is known.
pub(crate) async fn hint(app: &App, lang: Language, at_home: &'static str, abroad: &'static str) -> Result<String> {
    Ok(match telephone::home(app.store.db()).await? {
        Some(country) => i18n::t_args(lang, at_home, &[("example", country.example().into())]),
        None => i18n::t(lang, abroad).into_owned(),
    })
}
