//! Who this installation is to passkeys (WebAuthn, "relying party").

use identity::passkeys::Party;

use crate::app::App;

/// The relying party of this installation.
pub(crate) fn party(app: &App) -> Option<Party> {
    Party::of(&app.public_url(), &app.config.server.business_name)
}
