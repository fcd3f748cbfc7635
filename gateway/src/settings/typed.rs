//! Secrets that were typed into a form which is shown again, because its connection was tried or something else in
//! it was wrong: they come back sealed, so that nobody types them twice and no page holds them to be read.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use conversation::store::Store;

use crate::auth::form::Form;
use crate::auth::session::SignedIn;

/// The fields whose values are secrets.
const SECRETS: [&str; 4] = ["imap_password", "smtp_password", "access_token", "app_secret"];

/// The field beside `name` that carries what was typed there, sealed.
pub(super) fn field(name: &str) -> String {
    format!("{name}_typed")
}

/// What is sealed is this agent's, of this field: nothing else that the key sealed is opened by a form.
fn mark(me: &SignedIn, name: &str) -> Vec<u8> {
    format!("typed\n{}\n{name}\n", me.agent.id).into_bytes()
}

/// Puts what was typed before where nothing was typed now, and seals what stands there for the next time.
pub(super) fn carry(store: &Store, me: &SignedIn, form: &mut Form) {
    for name in SECRETS {
        let mark = mark(me, name);
        if form.get(name).is_empty() {
            let sealed = URL_SAFE_NO_PAD.decode(form.get(&field(name))).unwrap_or_default();
            let typed = store.keys().open(&sealed).ok();
            let typed = typed.as_deref().and_then(|plain| plain.strip_prefix(mark.as_slice()));
            if let Some(typed) = typed.and_then(|typed| std::str::from_utf8(typed).ok()) {
                form.set(name, typed);
            }
        }
        let plain = [mark.as_slice(), form.get(name).as_bytes()].concat();
        let sealed = store.keys().seal(store.env(), &plain);
        match sealed {
            Ok(sealed) if !form.get(name).is_empty() => form.set(&field(name), URL_SAFE_NO_PAD.encode(sealed)),
            _ => form.set(&field(name), ""),
        }
    }
}
