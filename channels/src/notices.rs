//! Sends notices: mail outside any conversation, such as a link that confirms an address.

use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use conversation::Store;
use conversation::color::Color;
use conversation::guarded::guarded;
use conversation::notices::{self, Look, Notice};
use conversation::outbound::{OutboundAttachment, SendError};
use conversation::types::{InboxId, Millis};
use futures::future::join_all;
use lettre::Address;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use tokio_util::sync::CancellationToken;

use crate::email::compose::reply_address;
use crate::email::post::Post;
use crate::email::settings::EmailSettings;
use crate::under_way::{BATCH, UnderWay};

/// How often to look. Somebody waits for this mail with the page still open.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Sends what is queued.
pub struct NoticeSender {
    store: Store,
    owner: String,
    /// Of its own, so that a link that somebody waits for does not stand behind large replies.
    post: Post,
}

impl NoticeSender {
    /// A sender that names itself `owner` in its leases.
    pub fn new(store: Store, owner: impl Into<String>) -> NoticeSender {
        NoticeSender {
            post: Post::new(store.clone()),
            store,
            owner: owner.into(),
        }
    }

    /// Sends until told to stop; then finishes what it has taken.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn run(&self, stop: CancellationToken) -> conversation::Result<()> {
        let mut under_way = UnderWay::new();
        while !stop.is_cancelled() {
            let taking = self.take(under_way.has_room(), under_way.full());
            match under_way.meanwhile(taking).await {
                Ok(taken) if taken.is_empty() => {}
                Ok(taken) => {
                    for notice in taken {
                        // One whose lease ended while it waited behind others of its mailbox is under way already.
                        if !under_way.has(&notice.id) {
                            let (id, inbox) = (notice.id.clone(), notice.inbox_id.clone());
                            under_way.begin(id, inbox, self.send_to_its_end(notice));
                        }
                    }
                    continue;
                }
                Err(error) if under_way.is_empty() => return Err(error),
                Err(error) => tracing::warn!(%error, "notices that are due cannot be taken; trying again"),
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
                Some(()) = under_way.next() => {}
            }
        }
        while under_way.next().await.is_some() {}
        Ok(())
    }

    /// Takes what is due and sends it; returns how many were tried.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn send_due(&self) -> conversation::Result<usize> {
        let leased = self.take(true, Vec::new()).await?;
        let count = leased.len();
        join_all(leased.into_iter().map(|notice| self.send_to_its_end(notice))).await;
        Ok(count)
    }

    /// Takes what is due beside full mailboxes, where there is room.
    async fn take(&self, has_room: bool, full: Vec<InboxId>) -> conversation::Result<Vec<Notice>> {
        if !has_room {
            return Ok(Vec::new());
        }
        let most = i64::try_from(BATCH).unwrap_or(1);
        notices::lease_beside(&self.store, &self.owner, most, &full).await
    }

    /// Sends one and returns its id. What the database refuses meanwhile is taken up again when its lease ends.
    async fn send_to_its_end(&self, notice: Notice) -> String {
        // One that the program falls over would take with it all that are under way, and come again.
        let outcome = guarded(self.send(&notice))
            .await
            .unwrap_or_else(|panicked| Err(permanent("panic", &panicked.to_string())));
        if let Err(error) = &outcome {
            // Neither the recipient nor the link belongs in a log.
            tracing::warn!(notice.id, %error, "a notice did not leave");
        }
        if let Err(error) = notices::settle(&self.store, &self.owner, &notice, outcome).await {
            tracing::warn!(notice.id, %error, "a notice waits for the end of its lease");
        }
        notice.id
    }

    async fn send(&self, notice: &Notice) -> Result<(), SendError> {
        let settings = self.post.settings(&notice.inbox_id).await?;
        let look = match &notice.look {
            Some(json) => {
                serde_json::from_str::<Look>(json).map_err(|error| permanent("notice", &error.to_string()))?
            }
            None => Look::default(),
        };
        let file = match &look.file {
            Some(file) => Some((file.clone(), self.store.blobs().get(&file.blob.sha256).await?)),
            None => None,
        };
        let raw = compose(notice, &look, file, &settings, self.store.now())?;
        self.post
            .send(&notice.inbox_id, &settings, &notice.recipient, raw)
            .await?;
        Ok(())
    }
}

/// Makes the mail: text and HTML, marked as automatic (RFC 3834).
///
/// # Errors
/// Permanent: an address is none.
pub fn compose(
    notice: &Notice,
    look: &Look,
    file: Option<(OutboundAttachment, Bytes)>,
    inbox: &EmailSettings,
    now: Millis,
) -> Result<Vec<u8>, SendError> {
    let mailbox = |what: &str, address: &str, name: &str| {
        let address: Address = address.trim().parse().map_err(|_| {
            permanent(
                "email.address",
                &format!("the {what} `{address}` is not an e-mail address"),
            )
        })?;
        let name = one_line(name);
        Ok::<Mailbox, SendError>(Mailbox::new((!name.is_empty()).then_some(name), address))
    };
    let header = |name: &'static str, value: &str| {
        HeaderName::new_from_ascii(name.to_owned())
            .map(|name| HeaderValue::new(name, value.to_owned()))
            .map_err(|error| permanent("email.compose", &error.to_string()))
    };
    let facts: String = look
        .facts
        .iter()
        .map(|(label, value)| format!("{label}: {value}\n"))
        .collect();
    let stop = look
        .stop
        .as_ref()
        .map(|(words, url)| format!("{words}:\n{url}"))
        .unwrap_or_default();
    let said: Vec<String> = look.said.iter().map(|(who, words)| format!("{who}\n{words}")).collect();
    let action = match notice.action_url.as_str() {
        "" => String::new(),
        url => format!("{}:\n{url}", notice.action_label),
    };
    let text = [
        look.title.trim(),
        notice.text.trim(),
        said.join("\n\n").trim(),
        facts.trim(),
        &action,
        look.footer.trim(),
        &stop,
    ]
    .into_iter()
    .filter(|part| !part.is_empty())
    .collect::<Vec<_>>()
    .join("\n\n");
    let text = format!("{text}\n");
    let html = html(notice, look);
    let body = MultiPart::alternative()
        .singlepart(SinglePart::plain(text))
        .singlepart(SinglePart::html(html));
    let mut builder = lettre::Message::builder()
        .date(UNIX_EPOCH + Duration::from_millis(now.max(0).unsigned_abs()))
        .from(mailbox("inbox's address", &inbox.address, &inbox.name)?)
        .to(mailbox("recipient", &notice.recipient, "")?)
        .subject(one_line(&notice.subject))
        .message_id(Some(format!("<{}>", notice.message_id)))
        .raw_header(header("Auto-Submitted", "auto-generated")?)
        .raw_header(header("X-Auto-Response-Suppress", "All")?);
    if let Some(token) = &look.reply_token {
        let address = reply_address(&inbox.address, token);
        builder = builder.reply_to(mailbox("inbox's address", &address, &inbox.name)?);
    }
    if let Some((_, url)) = &look.stop {
        // RFC 8058: a mail program may POST to it at once.
        builder = builder
            .raw_header(header("List-Unsubscribe", &format!("<{url}>"))?)
            .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")?);
    }
    let message = match file {
        None => builder.multipart(body),
        Some((file, bytes)) => {
            let kind =
                ContentType::parse(&file.media_type).map_err(|error| permanent("email.compose", &error.to_string()))?;
            let part = Attachment::new(one_line(&file.name)).body(bytes.to_vec(), kind);
            builder.multipart(MultiPart::mixed().multipart(body).singlepart(part))
        }
    }
    .map_err(|error| permanent("email.compose", &error.to_string()))?;
    Ok(message.formatted())
}

/// The HTML of a notice: a head in the business's colour, the words, facts, one large button.
/// Colours that stay readable when a mail program inverts them: text has none of its own.
pub fn html(notice: &Notice, look: &Look) -> String {
    let color = Color::parse(&look.color).unwrap_or(Color::OURS);
    let (ground, words) = color.button();
    let (color, ground, words) = (color.hex(), ground.hex(), words.hex());
    let paragraphs: String = notice
        .text
        .trim()
        .split("\n\n")
        .map(|paragraph| {
            format!(
                "<p style=\"margin:0 0 14px 0\">{}</p>",
                escape(paragraph).replace('\n', "<br>")
            )
        })
        .collect();
    let some = |text: &str, made: String| if text.trim().is_empty() { String::new() } else { made };
    let head = some(
        &look.business,
        format!(
            "<p style=\"margin:0 0 22px 0;padding:0 0 12px 0;border-bottom:3px solid {color};font-size:17px;font-weight:700\">{}</p>",
            escape(&look.business)
        ),
    );
    let title = some(
        &look.title,
        format!(
            "<h1 style=\"margin:0 0 14px 0;font-size:21px;line-height:1.3\">{}</h1>",
            escape(&look.title)
        ),
    );
    let facts: String = look
        .facts
        .iter()
        .map(|(label, value)| {
            format!(
                "<tr><td style=\"padding:3px 22px 3px 0;color:#75808f\">{}</td><td style=\"padding:3px 0;font-weight:600\">{}</td></tr>",
                escape(label),
                escape(value)
            )
        })
        .collect();
    let facts = some(
        &facts,
        format!(
            "<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:0 0 18px 0\">{facts}</table>"
        ),
    );
    let footer = some(
        &look.footer,
        format!(
            "<p style=\"margin:18px 0 0 0;font-size:12px;color:#75808f\">{}</p>",
            escape(&look.footer)
        ),
    );
    let stop = look.stop.as_ref().map_or_else(String::new, |(words, url)| {
        format!(
            "<p style=\"margin:8px 0 0 0;font-size:12px\"><a href=\"{}\" style=\"color:#75808f\">{}</a></p>",
            escape(url),
            escape(words)
        )
    });
    let said: String = look
        .said
        .iter()
        .map(|(who, words)| {
            format!(
                "<p style=\"margin:0 0 14px 0\"><strong>{}</strong><br>{}</p>",
                escape(who),
                escape(words).replace('\n', "<br>")
            )
        })
        .collect();
    let url = escape(&notice.action_url);
    let action = some(
        &url,
        format!(
            "<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:6px 0 18px 0\"><tr>\
             <td style=\"border-radius:8px;background-color:{ground}\"><a href=\"{url}\" style=\"display:inline-block;padding:14px 30px;border-radius:8px;\
             background-color:{ground};color:{words};text-decoration:none;font-weight:700;font-size:16px\">{}</a></td></tr></table>\
             <p style=\"margin:0;font-size:12px;color:#75808f;word-break:break-all\">{url}</p>",
            escape(&notice.action_label)
        ),
    );
    format!(
        "<!DOCTYPE html><html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"></head>\
         <body style=\"margin:0;padding:20px 16px\"><table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" width=\"560\" style=\"width:100%;max-width:560px\"><tr>\
         <td style=\"font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:15px;line-height:1.5\">\
         {head}{title}{paragraphs}{said}{facts}{action}{footer}{stop}</td></tr></table></body></html>",
        notice.language,
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect::<String>()
        .trim()
        .to_owned()
}

fn permanent(code: &str, reason: &str) -> SendError {
    SendError::Permanent {
        code: code.to_owned(),
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests;
