//! The equipment's settings: maps, reminders, routes of requests.

use conversation::db::{On, sql};
use conversation::types::{Actor, Level};
use conversation::{Error, Result, Store, Tx, audit};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::ids::RequestKind;

/// Where a kind of request goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// The kind.
    pub kind: RequestKind,
    /// The level that gets it.
    pub level: Level,
    /// The team that gets it.
    #[serde(default)]
    pub team: Option<String>,
}

/// The settings. Every field has a default, so that equipment works before anybody opened them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where map tiles come from: `https://tiles.example/{z}/{x}/{y}.png`; empty shows a plan without a map.
    pub tile_url: String,
    /// Whom the map thanks.
    pub tile_attribution: String,
    /// Reminders for readings go out so many days before the end of a period.
    pub remind_days: Vec<i64>,
    /// A period is closed so many days after its end, so that late readings still count.
    pub close_after_days: i64,
    /// Where requests go.
    pub routes: Vec<Route>,
}

impl Default for Settings {
    fn default() -> Self {
        let route = |kind, level| Route {
            kind,
            level,
            team: None,
        };
        Settings {
            tile_url: String::new(),
            tile_attribution: String::new(),
            remind_days: vec![3, 0],
            close_after_days: 3,
            routes: vec![
                route(RequestKind::Service, Level::N2),
                route(RequestKind::Toner, Level::N1),
                route(RequestKind::Support, Level::N1),
                route(RequestKind::Reading, Level::N1),
            ],
        }
    }
}

impl Settings {
    /// The origin of the tiles, such as `https://tiles.example`, for the policy of the map's page.
    pub fn tile_origin(&self) -> Option<&str> {
        let rest = self.tile_url.strip_prefix("https://").or_else(|| {
            // A server on this machine, for trying out.
            self.tile_url.strip_prefix("http://127.0.0.1")
        })?;
        let host_end = rest.find('/')?;
        let scheme = self.tile_url.len() - rest.len();
        Some(&self.tile_url[..scheme + host_end])
    }

    /// Where a kind of request goes.
    pub fn route(&self, kind: RequestKind) -> Route {
        let known = self.routes.iter().find(|route| route.kind == kind);
        known.cloned().unwrap_or(Route {
            kind,
            level: Level::N1,
            team: None,
        })
    }

    fn check(&self) -> Result<()> {
        let bad = |words: &str| Err(Error::Invalid(words.to_owned()));
        if !self.tile_url.is_empty() {
            let has_places = ["{z}", "{x}", "{y}"].iter().all(|place| self.tile_url.contains(place));
            let is_plain = self.tile_url.len() <= 500
                && self
                    .tile_url
                    .bytes()
                    .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b';' | b','));
            let origin = self.tile_origin().unwrap_or_default();
            let host = origin.rsplit('/').next().unwrap_or_default();
            let is_host = host
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':'));
            if !has_places || !is_plain || !is_host || origin.is_empty() {
                return bad("tile_url: an address such as https://tiles.example/{z}/{x}/{y}.png");
            }
        }
        if self.tile_attribution.chars().count() > 200 {
            return bad("tile_attribution: at most 200 characters");
        }
        if self.remind_days.len() > 5 || self.remind_days.iter().any(|days| !(0..=60).contains(days)) {
            return bad("remind_days: at most five numbers of days, each from 0 to 60, such as 3, 0");
        }
        if !(0..=60).contains(&self.close_after_days) {
            return bad("close_after_days: 0 to 60 days");
        }
        Ok(())
    }
}

/// The settings.
pub async fn load(on: impl On) -> Result<Settings> {
    let row: Option<(String,)> = sql("SELECT value FROM equipment_settings WHERE key = 'settings'")
        .optional(on)
        .await?;
    match row {
        Some((text,)) => serde_json::from_str(&text).map_err(|error| Error::corrupt("equipment settings", error)),
        None => Ok(Settings::default()),
    }
}

/// How many kinds of requests go to a team.
pub fn routes_of(settings: &Settings, team: &str) -> usize {
    let theirs = settings
        .routes
        .iter()
        .filter(|route| route.team.as_deref() == Some(team));
    theirs.count()
}

/// What went to a team goes to another one, or to none; nothing happens where nothing went to it.
///
/// # Errors
/// When the database cannot be reached.
pub async fn rename_team_in(tx: &mut Tx, actor: &Actor, team: &str, to: Option<&str>) -> Result<()> {
    let mut settings = load(&mut *tx).await?;
    if routes_of(&settings, team) == 0 {
        return Ok(());
    }
    for route in settings
        .routes
        .iter_mut()
        .filter(|route| route.team.as_deref() == Some(team))
    {
        route.team = to.map(str::to_owned);
    }
    write_in(tx, actor, &settings).await
}

async fn write_in(tx: &mut Tx, actor: &Actor, settings: &Settings) -> Result<()> {
    let text = serde_json::to_string(settings).map_err(|error| Error::corrupt("equipment settings", error))?;
    let now = tx.now();
    sql("INSERT INTO equipment_settings (key, value, updated_at) VALUES ('settings', $1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at")
        .bind(text)
        .bind(now)
        .run(&mut *tx)
        .await?;
    audit::record(tx, actor, "equipment.settings_changed", "settings", &json!({})).await
}

/// Changes them.
///
/// # Errors
/// [`Error::Invalid`] names the first field that cannot be.
pub async fn save(store: &Store, actor: &Actor, settings: &Settings) -> Result<()> {
    settings.check()?;
    let mut tx = store.begin().await?;
    write_in(&mut tx, actor, settings).await?;
    tx.commit_silently().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_source_is_one_host() {
        for (url, origin, is_fine) in [
            ("", None, true),
            ("https://t.example/{z}/{x}/{y}.png", Some("https://t.example"), true),
            ("http://127.0.0.1:9/{z}/{x}/{y}", Some("http://127.0.0.1:9"), true),
            ("http://t.example/{z}/{x}/{y}.png", None, false),
            ("https://t.example/{z}/{x}.png", Some("https://t.example"), false),
            ("https://t.example; script-src */{z}/{x}/{y}", None, false),
            ("https://*/{z}/{x}/{y}", None, false),
            ("javascript:{z}{x}{y}", None, false),
        ] {
            let settings = Settings {
                tile_url: url.to_owned(),
                ..Settings::default()
            };
            assert_eq!(settings.check().is_ok(), is_fine, "{url}");
            if is_fine {
                assert_eq!(settings.tile_origin(), origin, "{url}");
            }
        }
    }
}
