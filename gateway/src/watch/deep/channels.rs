//! Whether the servers of an inbox answer, take our name and password, and are named right in the DNS.

use channels::email::dns::{self, Dns};
use channels::email::probe::{self, Failed};
use channels::email::settings::EmailSettings;
use channels::messenger::{self, MessengerSettings};
use channels::whatsapp::client::Client;
use channels::whatsapp::settings::WhatsappSettings;
use conversation::inboxes::{self, Inbox};
use conversation::types::Channel;
use conversation::{Store, mailboxes};

use crate::config::Config;
use crate::watch::finding::{Finding, Say};

const CHECK: &str = "health-inbox";

pub(super) async fn all(config: &Config, store: &Store, inbox: &Inbox) -> Vec<Finding> {
    if !inbox.is_enabled {
        return vec![Finding::note(CHECK, Say::key("health-inbox-off"))];
    }
    match inbox.channel {
        Channel::Email => email(config, store, inbox).await,
        Channel::Whatsapp => vec![whatsapp(store, inbox).await],
        Channel::Instagram | Channel::Messenger => vec![messenger(store, inbox).await],
        _ => vec![Finding::good(CHECK, Say::key("health-inbox-inside"))],
    }
}

fn unreadable(error: &conversation::Error) -> Finding {
    Finding::bad(CHECK, Say::Raw(error.to_string()), Say::key("health-inbox-enter"))
}

async fn email(config: &Config, store: &Store, inbox: &Inbox) -> Vec<Finding> {
    let settings: EmailSettings = match inboxes::settings(store, &inbox.id).await {
        Ok(settings) => settings,
        Err(error) => return vec![unreadable(&error)],
    };
    let mut found = vec![reading(store, &settings).await];
    found.extend(folders(store, inbox).await);
    found.push(if settings.smtp.is_none() {
        Finding::note(CHECK, Say::key("health-smtp-none"))
    } else {
        match probe::smtp(store, &settings).await {
            Ok(Some(limit)) => Finding::good(
                CHECK,
                Say::Key(
                    "health-smtp-good",
                    vec![("size", (limit / 1_000_000).to_string().into())],
                ),
            ),
            Ok(None) => Finding::good(CHECK, Say::key("health-smtp-well")),
            Err(why) => Finding::bad(CHECK, Say::Raw(why.words), Say::key("health-inbox-servers")),
        }
    });
    match Dns::new(config.mail.name_server) {
        Ok(dns) => {
            let mut names = dns::check(&dns, &settings).await;
            names.extend(dns::reverse::check(&dns, &settings).await);
            found.extend(names.into_iter().map(|finding| match finding {
                dns::Finding::Good(words) => Finding::good(CHECK, Say::Raw(words)),
                dns::Finding::Note(words) => Finding::note(CHECK, Say::Raw(words)),
                dns::Finding::Bad(words, next) => Finding::bad(CHECK, Say::Raw(words), Say::Raw(next)),
            }));
        }
        Err(words) => found.push(Finding::bad(CHECK, Say::Raw(words), Say::key("health-dns-next"))),
    }
    found
}

async fn reading(store: &Store, settings: &EmailSettings) -> Finding {
    let Some(imap) = &settings.imap else {
        return Finding::note(CHECK, Say::key("health-imap-none"));
    };
    match probe::imap(store, imap).await {
        Ok(found) => {
            let how = if found.has_idle { "IDLE" } else { "NOOP" };
            let mails = i64::try_from(found.mails).unwrap_or(i64::MAX);
            Finding::good(
                CHECK,
                Say::Key("health-imap-good", vec![("mails", mails.into()), ("how", how.into())]),
            )
        }
        Err(why) => {
            let next = match why.failed {
                Failed::Folder(_) => "health-inbox-folders",
                Failed::Name => "health-inbox-name",
                _ => "health-inbox-servers",
            };
            Finding::bad(CHECK, Say::Raw(why.words), Say::key(next))
        }
    }
}

async fn folders(store: &Store, inbox: &Inbox) -> Vec<Finding> {
    let folders = mailboxes::folders(store.db(), &inbox.id).await.unwrap_or_default();
    folders
        .into_iter()
        .filter_map(|folder| match folder.audit_unfiled {
            // Told every minute, too (`quick`).
            Some(count) if count > 0 => None,
            _ if folder.finished_at.is_none() && folder.trouble.is_none() => Some(Finding::note(
                CHECK,
                Say::Key(
                    "health-folder-import",
                    vec![
                        ("folder", folder.folder.into()),
                        ("done", folder.done.into()),
                        ("total", folder.total.into()),
                    ],
                ),
            )),
            _ => None,
        })
        .collect()
}

async fn whatsapp(store: &Store, inbox: &Inbox) -> Finding {
    let settings: WhatsappSettings = match inboxes::settings(store, &inbox.id).await {
        Ok(settings) => settings,
        Err(error) => return unreadable(&error),
    };
    match Client::new(settings, store.now()) {
        Err(error) => Finding::bad(CHECK, Say::Raw(error.to_string()), Say::key("health-inbox-enter")),
        Ok(client) => match client.check().await {
            Ok(number) => {
                let number = number["display_phone_number"].as_str().unwrap_or_default();
                Finding::good(CHECK, Say::Key("health-whatsapp-good", vec![("number", number.into())]))
            }
            Err(error) => Finding::bad(CHECK, Say::Raw(error.to_string()), Say::key("health-whatsapp-next")),
        },
    }
}

async fn messenger(store: &Store, inbox: &Inbox) -> Finding {
    let settings: MessengerSettings = match inboxes::settings(store, &inbox.id).await {
        Ok(settings) => settings,
        Err(error) => return unreadable(&error),
    };
    match messenger::Client::new(inbox.channel, settings) {
        Err(error) => Finding::bad(CHECK, Say::Raw(error.to_string()), Say::key("health-inbox-enter")),
        Ok(client) => match client.check().await {
            Ok(name) => Finding::good(CHECK, Say::Key("health-messenger-good", vec![("name", name.into())])),
            Err(error) => Finding::bad(CHECK, Say::Raw(error.to_string()), Say::key("health-whatsapp-next")),
        },
    }
}
