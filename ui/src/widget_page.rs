//! The page inside the chat widget's frame. It is an empty room: `client/widget/frame.ts` fills it
//! from the widget's API. `WIDGET_PROTOCOL.md` describes both.

use conversation::types::Language;
use maud::html;

use crate::assets;
use crate::i18n::{t, t_args};
use crate::icons::{Icon, icon};
use crate::layout::{Page, Surface, page};

/// The frame of one inbox. The answer must carry `Content-Security-Policy: … frame-ancestors <the
/// inbox's allowed origins>`; nothing in this page is secret.
///
/// `asked` names what visitors may be asked before they write; the frame shows of it what the session tells. With
/// `has_articles` there is a button for them.
pub fn frame(lang: Language, inbox: &str, asked: &[&str], has_articles: bool) -> maud::Markup {
    let body = html! {
        main.chat #main data-inbox=(inbox) {
            noscript { p.chat-noscript { (t(lang, "widget-noscript")) } }
            // Nothing of it is there before the frame puts it into its place.
            template {
                @if has_articles { (articles(lang)) }
                (by_mail(lang))
                button.chat-close #chat-close type="button" aria-label=(t(lang, "widget-close")) { (icon(Icon::Down)) }
                (leave_email(lang))
                @if !asked.is_empty() { (before(lang, asked)) }
                (composer(lang))
            }
        }
    };
    page(&Page::new(lang, &t(lang, "widget-title"), Surface::Widget), &body)
}

/// Shows help articles in the place of the conversation; it names the script that does so, which is loaded with its
/// first use.
fn articles(lang: Language) -> maud::Markup {
    html! {
        button.chat-close #chat-shelf type="button" aria-label=(t(lang, "widget-articles")) aria-expanded="false"
            data-src=(assets::url("articles.js")) data-style=(assets::url("articles.css")) { (icon(Icon::Book)) }
    }
}

/// Sends the conversation to the visitor's own address; there for who proved one.
fn by_mail(lang: Language) -> maud::Markup {
    let label = t(lang, "leave-mail-me");
    html! {
        button.chat-close #chat-mail type="button" aria-label=(label) title=(label)
            data-sent=(t(lang, "leave-mail-sent")) data-failed=(t(lang, "leave-mail-failed")) { (icon(Icon::Email)) }
    }
}

/// Where visitors write.
fn composer(lang: Language) -> maud::Markup {
    let attach = t(lang, "widget-attach");
    let input = t(lang, "widget-input");
    html! {
        form.chat-form #chat-form {
            ul.chat-picked #chat-picked {}
            label.visually-hidden for="chat-input" { (input) }
            input.visually-hidden #chat-file type="file" multiple tabindex="-1" aria-label=(attach);
            div.chat-row {
                button.chat-tool #chat-attach type="button" aria-label=(attach) { (icon(Icon::Attach)) }
                textarea #chat-input rows="1" placeholder=(input) {}
                button.chat-tool.chat-send #chat-send type="submit" aria-label=(t(lang, "widget-send")) { (icon(Icon::Send)) }
            }
        }
    }
}

/// Asks for an address while nobody is there.
fn leave_email(lang: Language) -> maud::Markup {
    html! {
        form.chat-email #chat-email-form hidden novalidate data-sent=(t(lang, "leave-email-sent")) data-invalid=(t(lang, "before-email-wrong")) {
            label for="chat-email" { (t(lang, "leave-email-ask")) }
            div.chat-email-row {
                input.input #chat-email type="email" name="email" autocomplete="email" required maxlength="254" aria-describedby="chat-email-error";
                button.button.primary type="submit" { (t(lang, "leave-email-save")) }
            }
            p.error #chat-email-error role="alert" {}
        }
    }
}

/// Asks who it is before the first message.
fn before(lang: Language, asked: &[&str]) -> maud::Markup {
    html! {
        form.chat-email #chat-before hidden novalidate aria-labelledby="chat-before-title" {
            p #chat-before-title { strong { (t(lang, "before-title")) } }
            @for one in asked { (before_field(lang, one)) }
            button.button.primary type="submit" { (t(lang, "before-start")) }
        }
    }
}

fn before_field(lang: Language, asked: &str) -> maud::Markup {
    let (words, kind, autocomplete) = match asked {
        "name" => ("before-name", "text", "name"),
        "email" => ("before-email", "email", "email"),
        _ => ("before-phone", "tel", "tel"),
    };
    let (id, error) = (format!("before-{asked}"), format!("before-{asked}-error"));
    html! {
        div.field data-asked=(asked) {
            label for=(id) { (t(lang, words)) span.optional { " (" (t(lang, "form-optional")) ")" } }
            input.input id=(id) type=(kind) name=(asked) autocomplete=(autocomplete) maxlength="254" aria-describedby=(error);
            p.error id=(error) role="alert" {}
        }
    }
}

/// What stands in the frame on a page that is not among those which may show the chat: whoever sets it up learns what
/// is missing. It can be shown anywhere, so it holds nothing but its words.
pub fn not_allowed(lang: Language, site: &str, inbox: &str) -> maud::Markup {
    let args = [("site", site.into()), ("inbox", inbox.into())];
    in_its_place(
        lang,
        &t(lang, "widget-not-allowed"),
        &t_args(lang, "widget-not-allowed-how", &args),
    )
}

/// What the sample page says where there is no chat to show.
pub fn no_chat(lang: Language) -> maud::Markup {
    in_its_place(lang, &t(lang, "widget-no-chat"), &t(lang, "widget-no-chat-how"))
}

/// What stands in the frame while its inbox is switched off; for visitors.
pub fn closed(lang: Language) -> maud::Markup {
    in_its_place(lang, &t(lang, "widget-closed-page"), &t(lang, "widget-closed-page-how"))
}

/// What stands where a chat would, and what to do.
fn in_its_place(lang: Language, what: &str, todo: &str) -> maud::Markup {
    let body = html! {
        main.site #main {
            div.site-head {
                p { strong { (what) } }
                p { (todo) }
            }
        }
    };
    page(&Page::new(lang, &t(lang, "widget-title"), Surface::Sample), &body)
}
