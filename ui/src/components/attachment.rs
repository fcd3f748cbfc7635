//! Files of a message: pictures, sound and video play in place, the rest is a named link.

use maud::{Markup, html};

use crate::icons::{Icon, icon};
use crate::{Ctx, i18n};

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachmentView {
    /// The file name.
    pub name: String,
    /// The media type, as we detected it (not as the sender claimed).
    pub media_type: String,
    /// Length in bytes.
    pub size: i64,
    /// Where it is; the answer must carry `Content-Disposition` and `nosniff`.
    pub url: String,
    /// A smaller picture of it, if there is one.
    pub thumbnail_url: Option<String>,
}

/// All files of a message.
pub fn attachments(ctx: &Ctx<'_>, files: &[AttachmentView]) -> Markup {
    html! {
        @if !files.is_empty() {
            ul.files aria-label=(ctx.t("attachments-label")) { @for file in files { li { (attachment(ctx, file)) } } }
        }
    }
}

/// One file. Only formats that browsers draw without running anything are drawn in place.
pub fn attachment(ctx: &Ctx<'_>, file: &AttachmentView) -> Markup {
    let size = i18n::bytes(ctx.lang, file.size);
    html! {
        @match file.media_type.as_str() {
            "image/png" | "image/jpeg" | "image/gif" | "image/webp" | "image/avif" => {
                a.file-picture href=(file.url) target="_blank" rel="noopener" title={ (file.name) " · " (size) } {
                    img src=(file.thumbnail_url.as_deref().unwrap_or(&file.url)) alt=(file.name) loading="lazy" decoding="async";
                }
            },
            "audio/ogg" | "audio/mpeg" | "audio/mp4" | "audio/aac" | "audio/amr" | "audio/webm" | "audio/wav" => {
                figure.file-media {
                    audio controls preload="none" src=(file.url) aria-label=(file.name) {}
                    figcaption { a href=(file.url) download=(file.name) { (file.name) } " · " (size) }
                }
            },
            "video/mp4" | "video/webm" => {
                figure.file-media {
                    video controls preload="none" src=(file.url) poster=[file.thumbnail_url.as_deref()] aria-label=(file.name) {}
                    figcaption { a href=(file.url) download=(file.name) { (file.name) } " · " (size) }
                }
            },
            _ => {
                a.file href=(file.url) download=(file.name) {
                    (icon(Icon::File)) span.file-name { (file.name) } span.file-size { (size) }
                }
            },
        }
    }
}
