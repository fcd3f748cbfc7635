//! What agents do on WhatsApp beside writing: templates, reactions, buttons and lists, contacts saved.

pub(super) mod act;

use std::collections::BTreeMap;

use channels::whatsapp::checks;
use channels::whatsapp::limits::Limit;
use channels::whatsapp::send::{Row, Section, Special, WINDOW};
use channels::whatsapp::settings::{FallbackTemplate, WhatsappSettings};
use channels::whatsapp::templates::{self, Template};
use conversation::conversations::{Attachment, Conversation};
use conversation::db::Db;
use conversation::marketing::{self, Refusal};
use conversation::types::{Channel, InboxId, Language};
use conversation::{Result, deliveries, inboxes};
use serde_json::Value;
use ui::i18n;
use ui::inbox_page::{BlankView, ChatComposerView, Run, TemplateChoice, TemplateFormView};

use crate::app::App;
use crate::auth::form::Form;

/// A limit in the reader's words.
pub(crate) fn words(lang: Language, limit: &Limit) -> String {
    let args: Vec<_> = limit
        .args
        .iter()
        .map(|(name, value)| match value.parse::<i64>() {
            Ok(number) => (*name, number.into()),
            Err(_) => (*name, value.clone().into()),
        })
        .collect();
    i18n::t_args(lang, &format!("whatsapp-limit-{}", limit.key), &args)
}

/// Whether free words may leave, and how long.
pub(crate) async fn window(app: &App, conversation: &Conversation) -> Result<ChatComposerView> {
    let address = conversation.reply_address.as_deref().unwrap_or_default();
    let last = deliveries::window(app.store.db(), &conversation.inbox_id, address).await?;
    Ok(ChatComposerView {
        conversation: conversation.id.to_string(),
        window_until: last.map(|at| at + WINDOW),
    })
}

/// What carries free words once the window is closed.
pub(super) async fn fallback(app: &App, inbox: &InboxId) -> Option<FallbackTemplate> {
    let settings: Result<WhatsappSettings> = inboxes::settings(&app.store, inbox).await;
    settings.ok()?.template
}

/// Checks a message to a WhatsApp customer before it is written.
pub(crate) async fn check(
    app: &App,
    conversation: &Conversation,
    text: &str,
    files: &[Attachment],
    special: Option<&Special>,
) -> Result<std::result::Result<(), Limit>> {
    if conversation.channel != Channel::Whatsapp {
        return Ok(Ok(()));
    }
    let is_open = window(app, conversation).await?.is_open(app.store.now());
    check_toward(app, &conversation.inbox_id, is_open, text, files, special).await
}

/// As [`check`], of a message that leaves by a number of ours; `is_open` says whether free words may.
pub(crate) async fn check_toward(
    app: &App,
    inbox: &InboxId,
    is_open: bool,
    text: &str,
    files: &[Attachment],
    special: Option<&Special>,
) -> Result<std::result::Result<(), Limit>> {
    let files: Vec<(String, String, i64)> = files
        .iter()
        .map(|file| (file.name.clone(), file.media_type.clone(), file.size))
        .collect();
    if let Err(limit) = checks::check(text, &files, special) {
        return Ok(Err(limit));
    }
    if special.is_some_and(Special::is_template) || is_open {
        return Ok(Ok(()));
    }
    let template = match special {
        Some(_) => None,
        None => fallback(app, inbox).await,
    };
    Ok(match template {
        Some(template) => checks::check_fallback(text, files.len(), &template),
        None => Err(Limit {
            key: "window",
            args: Vec::new(),
        }),
    })
}

/// What else than words the composer's form sends.
pub(super) fn special_of(form: &Form) -> Option<Special> {
    let lines = || {
        form.get("choices")
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
    };
    Some(match form.get("special") {
        "buttons" => Special::Buttons {
            buttons: lines().map(str::to_owned).collect(),
        },
        "list" => Special::List {
            button: form.get("list_button").trim().to_owned(),
            sections: vec![Section {
                title: String::new(),
                rows: lines()
                    .map(|line| {
                        let (title, description) = line.split_once('|').unwrap_or((line, ""));
                        Row {
                            title: title.trim().to_owned(),
                            description: description.trim().to_owned(),
                        }
                    })
                    .collect(),
            }],
        },
        "link" => Special::Link {
            label: form.get("link_label").trim().to_owned(),
            url: form.get("link_url").trim().to_owned(),
        },
        "location" => Special::LocationRequest,
        _ => return None,
    })
}

/// The `extra` of a special message.
pub(crate) fn extra_of(special: Option<&Special>) -> Option<Value> {
    special.and_then(|special| serde_json::to_value(special).ok())
}

/// Why the customer of a conversation gets no marketing, where they get none.
async fn no_marketing(app: &App, conversation: &Conversation) -> Result<Option<&'static str>> {
    let Some(address) = &conversation.reply_address else {
        return Ok(None);
    };
    let (db, inbox) = (app.store.db(), &conversation.inbox_id);
    let last = deliveries::window(db, inbox, address).await?;
    let refusal = marketing::refusal(db, inbox, &conversation.contact_id, address, last).await?;
    Ok(refusal.map(no_marketing_key))
}

/// What says why somebody gets no marketing.
pub(super) const fn no_marketing_key(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::ToldWhatsapp => "begin-refuses-marketing",
        Refusal::ToldUs => "begin-wants-no-marketing",
    }
}

/// The templates of a number: what can be sent first, then the reader's language.
pub(super) async fn choices(db: &Db, inbox: &InboxId, language: Language) -> Result<Vec<Template>> {
    let mut all = templates::list(db, inbox).await?;
    let rank = |template: &Template| {
        let is_theirs = Language::from_tag(&template.language) == Some(language);
        (!template.is_usable(), !is_theirs)
    };
    all.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.name.cmp(&b.name)));
    Ok(all)
}

fn choice(lang: Language, template: &Template) -> TemplateChoice {
    let unsupported = template.unsupported();
    let reason = match &unsupported {
        Some(kind) if template.is_approved() => {
            let limit = Limit {
                key: "template-kind",
                args: vec![("name", template.name.clone()), ("kind", kind.clone())],
            };
            words(lang, &limit)
        }
        _ => template.reason.clone(),
    };
    TemplateChoice {
        name: template.name.clone(),
        language: template.language.clone(),
        category: template.category.clone(),
        status: template.status.clone(),
        words: conversation::conversations::preview_of(&template.preview(&BTreeMap::new()).text()),
        is_usable: template.is_usable(),
        reason,
    }
}

/// A template as its blanks are filled in.
pub(super) fn form_view(
    lang: Language,
    conversation: &str,
    template: &Template,
    contact: &str,
    id: String,
) -> TemplateFormView {
    let preview = template.preview(&BTreeMap::new());
    let blanks: Vec<BlankView> = template
        .variables()
        .into_iter()
        .map(|variable| {
            let (place, name) = variable.key.split_once('.').unwrap_or(("body", &variable.key));
            let label = |key: &str, name: &str| i18n::t_args(lang, key, &[("name", name.to_owned().into())]);
            let number = name
                .parse::<usize>()
                .map_or(name.to_owned(), |number| (number + 1).to_string());
            let asks_name = ["name", "nome", "nombre", "first_name", "customer_name"].contains(&name);
            BlankView {
                label: match place {
                    "header" => label("template-blank-header", &name.replace('_', " ")),
                    "button" => label(
                        "template-blank-button",
                        preview.buttons.get(name.parse().unwrap_or(0)).unwrap_or(&number),
                    ),
                    _ => label("template-blank-body", &name.replace('_', " ")),
                },
                value: if asks_name { contact.to_owned() } else { String::new() },
                example: variable.example.clone(),
                key: variable.key.clone(),
            }
        })
        .collect();
    TemplateFormView {
        conversation: conversation.to_owned(),
        name: template.name.clone(),
        language: template.language.clone(),
        parts: [
            runs(&preview.header, "header", &blanks),
            runs(&preview.body, "body", &blanks),
            runs(&preview.footer, "footer", &[]),
        ],
        blanks,
        file: preview.header_file,
        buttons: preview.buttons,
        sample: None,
        id,
    }
}

/// A text as words and blanks.
fn runs(text: &str, place: &str, blanks: &[BlankView]) -> Vec<Run> {
    let mut out = Vec::new();
    let mut rest = text;
    'text: while !rest.is_empty() {
        let mut from = 0;
        while let Some(open) = rest[from..].find("{{").map(|at| at + from) {
            let Some(close) = rest[open..].find("}}").map(|at| at + open) else {
                break;
            };
            let key = format!("{place}.{}", rest[open + 2..close].trim());
            if blanks.iter().any(|blank| blank.key == key) {
                if open > 0 {
                    out.push(Run::Plain(rest[..open].to_owned()));
                }
                out.push(Run::Blank(key));
                rest = &rest[close + 2..];
                continue 'text;
            }
            from = open + 2;
        }
        out.push(Run::Plain(rest.to_owned()));
        break;
    }
    out
}

/// What fills the blanks of a template.
pub(super) fn values_of(form: &Form) -> BTreeMap<String, String> {
    form.fields()
        .filter_map(|(name, value)| Some((name.strip_prefix("value.")?.to_owned(), value.to_owned())))
        .collect()
}

/// A template filled: what is sent, and how it reads.
pub(crate) async fn prepare(
    app: &App,
    conversation: &Conversation,
    name: &str,
    language: &str,
    values: &BTreeMap<String, String>,
) -> Result<std::result::Result<Filled, Limit>> {
    if conversation.channel != Channel::Whatsapp {
        return Ok(Err(unknown(name)));
    }
    fill(app, &conversation.inbox_id, name, language, values).await
}

fn unknown(name: &str) -> Limit {
    Limit {
        key: "template-unknown",
        args: vec![("name", name.to_owned())],
    }
}

/// A template with its blanks filled.
pub(crate) struct Filled {
    /// What is sent.
    pub(crate) special: Special,
    /// How it reads.
    pub(crate) text: String,
    /// It advertises.
    pub(crate) is_marketing: bool,
}

/// As [`prepare`], of a number of ours.
pub(crate) async fn fill(
    app: &App,
    inbox: &InboxId,
    name: &str,
    language: &str,
    values: &BTreeMap<String, String>,
) -> Result<std::result::Result<Filled, Limit>> {
    let Some(template) = templates::find(app.store.db(), inbox, name, language).await? else {
        return Ok(Err(unknown(name)));
    };
    Ok(template.special(values).map(|special| Filled {
        special,
        text: template.preview(values).text(),
        is_marketing: template.is_marketing(),
    }))
}
