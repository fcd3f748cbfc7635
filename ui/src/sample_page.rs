//! The page at `/sample`: the site of a lessor of office machines that does not exist, with the
//! chat widget on it.

use maud::{Markup, html};

use crate::icons::{Icon, icon};
use crate::layout::{Page, Surface, language_switch, page};
use crate::{Ctx, routes};

/// The sample page. `inbox` is the chat widget's inbox; `identity` a signed token of a visitor who
/// is signed in to the business's site, to show that way, too.
pub fn sample(ctx: &Ctx<'_>, inbox: &str, identity: Option<&str>) -> Markup {
    let offers = [
        (Icon::Portal, ctx.t("sample-copy-title"), ctx.t("sample-copy-text")),
        (
            Icon::Settings,
            ctx.t("sample-service-title"),
            ctx.t("sample-service-text"),
        ),
        (Icon::Ticket, ctx.t("sample-price-title"), ctx.t("sample-price-text")),
    ];
    let body = html! {
        div.site {
            header.site-head {
                span.site-brand { span.site-mark aria-hidden="true" { (icon(Icon::Company)) } "Alder & Finch" }
                (language_switch(ctx, routes::SAMPLE))
            }
            main #main tabindex="-1" {
                section.hero {
                    div.hero-words {
                        p.eyebrow { (ctx.t("sample-eyebrow")) }
                        h1 { (ctx.t("sample-title")) }
                        p.lead { (ctx.t("sample-lead")) }
                        p.hero-actions {
                            a.button.primary href=(routes::TICKET_NEW) { (ctx.t("sample-ticket")) }
                            span.hero-hint { (icon(Icon::Webchat)) (ctx.t("sample-chat-hint")) }
                        }
                    }
                    (machine())
                }
                section.offers aria-label=(ctx.t("sample-offers")) {
                    @for (glyph, title, text) in &offers {
                        article.offer { span.offer-glyph { (icon(*glyph)) } h2 { (title) } p { (text) } }
                    }
                }
            }
            footer.site-foot { (ctx.t("sample-foot")) }
        }
        script src=(routes::WIDGET_SCRIPT) data-inbox=(inbox) data-language=(ctx.lang) data-identity=[identity] defer {}
    };
    page(&Page::new(ctx.lang, "Alder & Finch", Surface::Sample), &body)
}

/// A copier, drawn here.
fn machine() -> Markup {
    html! {
        svg.machine viewBox="0 0 320 300" aria-hidden="true" focusable="false" {
            ellipse.m-shadow cx="160" cy="280" rx="128" ry="12" {}
            rect.m-paper x="92" y="22" width="120" height="54" rx="4" {}
            path.m-lines d="M106 38h92M106 48h92M106 58h60" {}
            rect.m-top x="52" y="62" width="216" height="44" rx="12" {}
            rect.m-panel x="196" y="74" width="58" height="22" rx="5" {}
            circle.m-light cx="208" cy="85" r="4" {}
            path.m-lines d="M220 82h26M220 89h18" {}
            rect.m-body x="62" y="106" width="196" height="166" rx="10" {}
            path.m-slot d="M84 132h124v10H84z" {}
            path.m-sheet d="M92 138h108l10 22H82z" {}
            rect.m-tray x="76" y="178" width="168" height="36" rx="6" {}
            rect.m-tray x="76" y="222" width="168" height="36" rx="6" {}
            path.m-grip d="M142 196h36M142 240h36" {}
        }
    }
}
