//! Small parts: badge, button, empty state, toast, table, avatar, time.

use conversation::types::{ActorKind, Millis};
use maud::{Markup, html};

use crate::icons::{Icon, icon};
use crate::layout::initials;
use crate::{Ctx, i18n};

/// What a badge or toast means; always said in words, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Neither good nor bad.
    Neutral,
    /// The product's own colour.
    Accent,
    /// Done, fine.
    Good,
    /// Look at it.
    Warn,
    /// Broken.
    Bad,
}

impl Tone {
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Tone::Neutral => "neutral",
            Tone::Accent => "accent",
            Tone::Good => "good",
            Tone::Warn => "warn",
            Tone::Bad => "bad",
        }
    }
}

/// A small label.
pub fn badge(tone: Tone, text: &str) -> Markup {
    html! { span class={ "badge " (tone.class()) } { (text) } }
}

/// The main button of a form.
pub fn button(text: &str) -> Markup {
    html! { button.button.primary type="submit" { (text) } }
}

/// A quiet button of a form, with an icon.
pub fn ghost_button(glyph: Icon, text: &str) -> Markup {
    html! { button.button.ghost type="submit" { (icon(glyph)) span { (text) } } }
}

/// What stands where nothing is: says what would be here and, in `hint`, how it comes.
pub fn empty(glyph: Icon, title: &str, hint: &str) -> Markup {
    html! {
        div.empty {
            span.empty-glyph { (icon(glyph)) }
            p.empty-title { (title) }
            @if !hint.is_empty() { p.empty-hint { (hint) } }
        }
    }
}

/// A short word about what just happened. Errors interrupt a screen reader, the rest waits.
pub fn toast(tone: Tone, text: &str) -> Markup {
    html! { div class={ "toast " (tone.class()) } role=(if tone == Tone::Bad { "alert" } else { "status" }) { (text) } }
}

/// A table that scrolls sideways on a narrow screen. `caption` is for screen readers.
pub fn table(caption: &str, head: &[&str], rows: &[Vec<Markup>]) -> Markup {
    html! {
        div.table-scroll tabindex="0" role="region" aria-label=(caption) {
            table.table {
                caption.visually-hidden { (caption) }
                thead { tr { @for cell in head { th scope="col" { (cell) } } } }
                tbody { @for row in rows { tr { @for cell in row { td { (cell) } } } } }
            }
        }
    }
}

/// A round picture of a name: initials on one of six tints, the same for the same name.
pub fn avatar(kind: ActorKind, name: &str) -> Markup {
    let tint = name
        .bytes()
        .fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)))
        % 6;
    html! {
        @match kind {
            ActorKind::Bot => span.avatar.bot aria-hidden="true" { (icon(Icon::Bot)) },
            ActorKind::System | ActorKind::Api => span.avatar.system aria-hidden="true" { (icon(Icon::Mark)) },
            ActorKind::Contact if name.trim().is_empty() => span.avatar aria-hidden="true" { (icon(Icon::Person)) },
            _ => span class={ "avatar tint-" (tint) } aria-hidden="true" { (initials(name)) },
        }
    }
}

/// A moment, shown short and named whole for machines and in the tooltip.
pub fn time_tag(ctx: &Ctx<'_>, at: Millis, shown: &str) -> Markup {
    html! { time datetime=(i18n::iso(at)) title=(i18n::date_time(ctx.lang, at, ctx.tz)) { (shown) } }
}
