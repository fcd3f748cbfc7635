//! The page inside the chat widget's frame. It is an empty room: `client/widget/frame.ts` fills it
//! from the widget's API. `WIDGET_PROTOCOL.md` describes both.

use conversation::types::Language;
use maud::html;

use crate::i18n::t;
use crate::layout::{Page, Surface, page};

/// The frame of one inbox. The answer must carry `Content-Security-Policy: … frame-ancestors <the
/// inbox's allowed origins>`; nothing in this page is secret.
pub fn frame(lang: Language, inbox: &str) -> maud::Markup {
    let body = html! {
        main.chat #main data-inbox=(inbox) { noscript { p.chat-noscript { (t(lang, "widget-noscript")) } } }
    };
    page(&Page::new(lang, &t(lang, "widget-title"), Surface::Widget), &body)
}
