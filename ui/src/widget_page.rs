//! The page inside the chat widget's frame. It is an empty room: `client/widget/frame.ts` fills it
//! from the widget's API. `WIDGET_PROTOCOL.md` describes both.

use conversation::types::Language;
use maud::html;

use crate::i18n::{t, t_args};
use crate::layout::{Page, Surface, page};

/// The frame of one inbox. The answer must carry `Content-Security-Policy: … frame-ancestors <the
/// inbox's allowed origins>`; nothing in this page is secret.
pub fn frame(lang: Language, inbox: &str) -> maud::Markup {
    let body = html! {
        main.chat #main data-inbox=(inbox) { noscript { p.chat-noscript { (t(lang, "widget-noscript")) } } }
    };
    page(&Page::new(lang, &t(lang, "widget-title"), Surface::Widget), &body)
}

/// What stands in the frame on a page that is not among those which may show the chat: whoever sets it up learns what
/// is missing. It can be shown anywhere, so it holds nothing but its words.
pub fn not_allowed(lang: Language, site: &str, inbox: &str) -> maud::Markup {
    let args = [("site", site.into()), ("inbox", inbox.into())];
    let body = html! {
        main.site #main {
            div.site-head {
                p { strong { (t(lang, "widget-not-allowed")) } }
                p { (t_args(lang, "widget-not-allowed-how", &args)) }
            }
        }
    };
    page(&Page::new(lang, &t(lang, "widget-title"), Surface::Sample), &body)
}
