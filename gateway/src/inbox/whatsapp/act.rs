//! What agents do on WhatsApp beside answering: reactions, templates, contact cards.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use channels::whatsapp::send::{Emoji, Special};
use channels::whatsapp::templates;
use conversation::access::Permission;
use conversation::reply::{NewReply, ReplyKind};
use conversation::types::{Channel, ConversationId, MessageId};
use conversation::{Error, access, attachments, contacts, reply};
use serde::Deserialize;
use ui::inbox_page;
use ui::inbox_page::TemplateListView;

use super::{Filled, check, choice, choices, extra_of, form_view, no_marketing, prepare, values_of, words};
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::{Posted, PostedFiles, position};
use crate::auth::{SignedIn, html};
use crate::inbox::outcome::{outcome, refused, workable};
use crate::inbox::uploads::upload;

/// `POST /inbox/c/{id}/react`.
pub(in crate::inbox) async fn react(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> std::result::Result<Response, Failure> {
    let Posted { me, form } = posted;
    let found = workable(&app, &me, &id).await?;
    let special = Special::Reaction {
        reaction: Emoji {
            emoji: form.get("emoji").to_owned(),
        },
    };
    if let Err(limit) = check(&app, &found, "", &[], Some(&special)).await? {
        return refused(&app, &me, &found, words(me.lang, &limit)).await;
    }
    let new = NewReply::of(
        MessageId::from(app.store.env().ulid()),
        &found.id,
        ReplyKind::Customer,
        form.get("emoji").to_owned(),
    );
    let with = reply::Sending {
        quotes: Some(MessageId::from(form.get("message"))),
        extra: extra_of(Some(&special)),
        is_sign: true,
        ..reply::Sending::default()
    };
    let done = reply::reply_with(&app.store, &me.actor(), new, with).await;
    outcome(&app, &me, &found, done.map(|_| ())).await
}

/// Which template.
#[derive(Debug, Default, Deserialize)]
pub(in crate::inbox) struct Chosen {
    #[serde(default)]
    name: String,
    #[serde(default)]
    language: String,
}

/// `GET /inbox/c/{id}/templates`: the list, or one of them with its blanks.
pub(in crate::inbox) async fn templates_of(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<String>,
    Query(chosen): Query<Chosen>,
) -> std::result::Result<Response, Failure> {
    me.must(Permission::Work)?;
    let found = access::conversation(app.store.db(), &me.actor(), &ConversationId::from(id)).await?;
    if found.channel != Channel::Whatsapp {
        return Err(Error::NotFound.into());
    }
    let ctx = me.ctx();
    if !chosen.name.is_empty() {
        let template = templates::find(app.store.db(), &found.inbox_id, &chosen.name, &chosen.language)
            .await?
            .ok_or(Error::NotFound)?;
        let contact = contacts::load(app.store.db(), &found.contact_id).await?;
        let view = form_view(
            me.lang,
            found.id.as_str(),
            &template,
            &contact.name,
            app.store.env().ulid(),
        );
        return Ok(html(inbox_page::template_form(&ctx, &view)));
    }
    let all = choices(app.store.db(), &found.inbox_id, found.language).await?;
    let synced = templates::synced(app.store.db(), &found.inbox_id).await?;
    let view = TemplateListView {
        conversation: found.id.to_string(),
        templates: all.iter().map(|template| choice(me.lang, template)).collect(),
        synced_at: synced.as_ref().map(|synced| synced.at).filter(|at| *at > 0),
        trouble: synced.map(|synced| synced.trouble).unwrap_or_default(),
        no_marketing: no_marketing(&app, &found).await?,
    };
    Ok(html(inbox_page::template_list(&ctx, &view)))
}

/// `POST /inbox/c/{id}/templates`: sends one.
pub(in crate::inbox) async fn send_template(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: PostedFiles,
) -> std::result::Result<Response, Failure> {
    let PostedFiles { me, form, files } = posted;
    let found = workable(&app, &me, &id).await?;
    let values = values_of(&form);
    let (name, language) = (form.get("name"), form.get("language"));
    let prepared = prepare(&app, &found, name, language, &values).await?;
    let Filled {
        special,
        text,
        is_marketing,
    } = match prepared {
        Ok(prepared) => prepared,
        Err(limit) => return refused(&app, &me, &found, words(me.lang, &limit)).await,
    };
    let mut taken = Vec::new();
    for file in &files {
        taken.push(upload(&app, &me, file).await?);
    }
    let kept = attachments::pending(app.store.db(), &me.actor(), &taken).await?;
    if let Err(limit) = check(&app, &found, "", &kept, Some(&special)).await? {
        return refused(&app, &me, &found, words(me.lang, &limit)).await;
    }
    let id = match form.get("id") {
        "" => app.store.env().ulid(),
        given => given.to_owned(),
    };
    let seen = Some(position(form.get("seen_position"))).filter(|_| !form.get("seen_position").is_empty());
    let new = NewReply {
        id: MessageId::from(id),
        conversation: found.id.clone(),
        kind: ReplyKind::Customer,
        text,
        cards: Vec::new(),
        attachments: taken,
        seen,
    };
    let with = reply::Sending {
        extra: extra_of(Some(&special)),
        is_marketing,
        ..reply::Sending::default()
    };
    let done = reply::reply_with(&app.store, &me.actor(), new, with).await;
    outcome(&app, &me, &found, done.map(|_| ())).await
}

/// Which of the shared contacts.
#[derive(Debug, Deserialize)]
pub(in crate::inbox) struct Which {
    #[serde(default)]
    n: usize,
}

/// `GET /inbox/m/{id}/contact.vcf`: a shared contact for an address book (vCard 3.0, RFC 2426).
pub(in crate::inbox) async fn contact_card(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<String>,
    Query(which): Query<Which>,
) -> std::result::Result<Response, Failure> {
    let message = access::message(app.store.db(), &me.actor(), &MessageId::from(id)).await?;
    let person = message
        .extra
        .as_ref()
        .and_then(|extra| extra.get("contacts")?.get(which.n))
        .ok_or(Error::NotFound)?;
    let (name, card) = channels::whatsapp::vcard::write(person);
    let mut response = card.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/vcard; charset=utf-8"),
    );
    let how = crate::inbox::files::disposition("attachment", &format!("{name}.vcf"));
    if let Ok(value) = HeaderValue::from_str(&how) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}
