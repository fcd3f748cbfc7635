//! What the channels make of a broadcast: a template in the recipient's language, a mail with their names in it; and what
//! an error of one message says of the rest.

use std::collections::BTreeMap;

use conversation::broadcasts::{Broadcast, Content, Person, Trouble, Voice, Words, filled};
use conversation::types::{Channel, Language};
use conversation::{Error, Result, Store};

use crate::email::probe::Failed;
use crate::whatsapp::errors::{self, Scope};
use crate::whatsapp::templates::{self, Template};

/// The voices of all channels that broadcasts leave by.
#[derive(Debug, Clone, Copy, Default)]
pub struct Voices;

impl Voice for Voices {
    async fn words(&self, store: &Store, broadcast: &Broadcast, person: &Person) -> Result<Option<Words>> {
        match &broadcast.content {
            Content::Mail { subject, text } => {
                let (Some(subject), Some(text)) = (filled(subject, person), filled(text, person)) else {
                    return Ok(None);
                };
                Ok(Some(Words {
                    subject: Some(subject),
                    text,
                    extra: None,
                }))
            }
            Content::Template { name, language, values } => {
                let template = template_for(store, broadcast, name, language, person.language).await?;
                Ok(written(&template, values, person))
            }
        }
    }

    fn trouble(&self, channel: Channel, code: &str) -> Trouble {
        match channel {
            Channel::Whatsapp => of_whatsapp(code),
            _ => of_mail(code),
        }
    }
}

/// The template as somebody reads it: in their language where it can be sent in that, else in the one that was chosen.
async fn template_for(
    store: &Store,
    broadcast: &Broadcast,
    name: &str,
    language: &str,
    theirs: Language,
) -> Result<Template> {
    let all = templates::list(store.db(), &broadcast.inbox).await?;
    let mut named: Vec<Template> = all
        .into_iter()
        .filter(|one| one.name == name && one.is_usable())
        .collect();
    let of = |template: &Template| Language::from_tag(&template.language);
    let chosen = named
        .iter()
        .position(|one| one.language == language && of(one) == Some(theirs))
        .or_else(|| named.iter().position(|one| of(one) == Some(theirs)))
        .or_else(|| named.iter().position(|one| one.language == language));
    match chosen {
        Some(at) => Ok(named.swap_remove(at)),
        None => Err(Error::Invalid(format!("the template {name} cannot be sent any more"))),
    }
}

/// A template with what is known of somebody; `None` where a blank stays empty.
fn written(template: &Template, values: &BTreeMap<String, String>, person: &Person) -> Option<Words> {
    let mut own = BTreeMap::new();
    for variable in template.variables() {
        let value = filled(values.get(&variable.key)?, person)?;
        own.insert(variable.key, value.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    let special = template.special(&own).ok()?;
    Some(Words {
        subject: None,
        text: template.preview(&own).text(),
        extra: serde_json::to_value(special).ok(),
    })
}

/// Meta lifts a quality limit after hours, and takes more of the same ill: somebody has to look. Every other limit, and an
/// account that cannot send, is waited for.
fn of_whatsapp(code: &str) -> Trouble {
    let Some(number) = errors::number(code) else {
        return match code {
            crate::dispatch::INBOX_OFF | "whatsapp.settings" | "whatsapp.http_429" => Trouble::Wait,
            _ => Trouble::Person,
        };
    };
    match (number, errors::scope(number)) {
        // One person, one message in six seconds.
        (131056, _) => Trouble::Person,
        (131048 | 131064 | 132069, _) => Trouble::Stop,
        (_, Some((Scope::Rate | Scope::Inbox | Scope::Provider, _))) => Trouble::Wait,
        // The template was paused or taken away: nobody gets it.
        (132001 | 132015 | 132016, _) => Trouble::Stop,
        _ => Trouble::Person,
    }
}

/// What the server says of its own limits and of us, and not of a recipient.
fn of_mail(code: &str) -> Trouble {
    match code {
        crate::dispatch::INBOX_OFF | "email.dkim" | "email.no_smtp" | "smtp.421" | "smtp.454" => Trouble::Wait,
        _ if Failed::of_code(code).is_some() => Trouble::Wait,
        _ => Trouble::Person,
    }
}

/// The template of a broadcast in each language that it can be sent in.
///
/// # Errors
/// When the database cannot be reached.
pub async fn languages(store: &Store, broadcast: &Broadcast) -> Result<Vec<String>> {
    let Content::Template { name, .. } = &broadcast.content else {
        return Ok(Vec::new());
    };
    let all = templates::list(store.db(), &broadcast.inbox).await?;
    Ok(all
        .into_iter()
        .filter(|one| one.name == *name && one.is_usable())
        .map(|one| one.language)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_persons_or_everybodys() {
        for (channel, code, expected) in [
            (Channel::Whatsapp, "whatsapp.131049", Trouble::Person),
            (Channel::Whatsapp, "whatsapp.131056", Trouble::Person),
            (Channel::Whatsapp, "whatsapp.131026", Trouble::Person),
            (Channel::Whatsapp, "whatsapp.130429", Trouble::Wait),
            (Channel::Whatsapp, "whatsapp.80007", Trouble::Wait),
            (Channel::Whatsapp, "whatsapp.190", Trouble::Wait),
            (Channel::Whatsapp, "inbox.off", Trouble::Wait),
            (Channel::Whatsapp, "whatsapp.131048", Trouble::Stop),
            (Channel::Whatsapp, "no_marketing", Trouble::Person),
            (Channel::Email, "smtp.421", Trouble::Wait),
            (Channel::Email, "smtp.auth", Trouble::Wait),
            (Channel::Email, "smtp.limit", Trouble::Wait),
            (Channel::Email, "smtp.sender", Trouble::Wait),
            (Channel::Email, "smtp.550", Trouble::Person),
            (Channel::Email, "smtp.451", Trouble::Person),
        ] {
            assert_eq!(Voices.trouble(channel, code), expected, "{code}");
        }
    }
}
