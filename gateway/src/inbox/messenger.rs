//! What only Instagram and Messenger have in the composer: a time in which people may answer, and machines may not.

use channels::messenger::MessengerSettings;
use conversation::inboxes;
use conversation::types::Millis;
use conversation::ways::Way;

use crate::app::App;

/// Whether a person may still answer by a way, after the time that is for everybody.
pub(super) async fn is_open_for_people(app: &App, way: &Way, now: Millis) -> bool {
    if way.open_for_people_until().is_none_or(|until| until <= now) {
        return false;
    }
    let settings: conversation::Result<MessengerSettings> = inboxes::settings(&app.store, &way.inbox).await;
    settings.is_ok_and(|settings| settings.human_agent)
}

#[cfg(test)]
mod tests;
