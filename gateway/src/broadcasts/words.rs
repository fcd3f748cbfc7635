//! What stands in the pages of broadcasts in words.

use channels::broadcasts::Voices;
use conversation::broadcasts::{Broadcast, Content, Figures, Reason, Shown, State, TEMPLATE_GONE, Trouble, Voice};
use conversation::types::{Channel, Language};
use maud::{Markup, html};
use ui::components::{Tone, badge};
use ui::{Ctx, core_words, i18n};

use crate::auth::SignedIn;
use crate::trouble::{self, with_their_words};

const fn state_key(state: State) -> &'static str {
    match state {
        State::Counting => "broadcast-counting",
        State::Ready => "broadcast-ready",
        State::Scheduled => "broadcast-scheduled",
        State::Sending => "broadcast-sending",
        State::Paused => "broadcast-paused",
        State::Done => "broadcast-done",
        State::Cancelled => "broadcast-cancelled",
    }
}

/// How far one is, as a mark.
pub(super) fn state(ctx: &Ctx<'_>, state: State) -> Markup {
    let tone = match state {
        State::Counting | State::Ready | State::Cancelled => Tone::Neutral,
        State::Scheduled | State::Sending => Tone::Accent,
        State::Paused => Tone::Warn,
        State::Done => Tone::Good,
    };
    badge(tone, &ctx.t(state_key(state)))
}

/// Where a recipient stands.
pub(super) const fn shown_key(shown: Shown) -> &'static str {
    match shown {
        Shown::Waiting => "broadcast-to-waiting",
        Shown::Underway => "broadcast-to-underway",
        Shown::Sent => "broadcast-to-sent",
        Shown::Delivered => "broadcast-to-delivered",
        Shown::Read => "broadcast-to-read",
        Shown::Failed => "broadcast-to-failed",
        Shown::LeftOut => "broadcast-to-left-out",
    }
}

fn reason_key(reason: Reason, channel: Channel) -> &'static str {
    let is_mail = channel == Channel::Email;
    match reason {
        Reason::NoAddress if is_mail => "broadcast-why-no-mail",
        Reason::NoAddress => "broadcast-why-no-number",
        Reason::Refuses => "broadcast-why-refuses",
        Reason::NoMarketing => "broadcast-why-no-marketing",
        Reason::Blocked => "broadcast-why-blocked",
        Reason::Spam => "broadcast-why-spam",
        Reason::Erased => "broadcast-why-erased",
        Reason::Unreachable if is_mail => "broadcast-why-bounced",
        Reason::Unreachable => "broadcast-why-unreachable",
        Reason::Unknown => "broadcast-why-unknown",
        Reason::Twice => "broadcast-why-twice",
    }
}

/// Why somebody gets none, or why their message failed; `theirs` is what the other side said of it.
pub(crate) fn why(lang: Language, channel: Channel, code: &str, theirs: Option<&str>) -> String {
    if let Ok(reason) = code.parse::<Reason>() {
        return i18n::t(lang, reason_key(reason, channel)).into_owned();
    }
    match code {
        "" => return i18n::t(lang, "broadcast-why-none").into_owned(),
        "no_marketing" => return i18n::t(lang, "broadcast-why-no-marketing").into_owned(),
        TEMPLATE_GONE => return i18n::t(lang, "broadcast-template-gone").into_owned(),
        _ => {}
    }
    let ours = trouble::of_delivery(lang, channel, code, theirs, true).map(|said| said.what);
    match (ours, channel) {
        // Meta's own words add nothing.
        (Some(ours), Channel::Whatsapp) => ours,
        (Some(ours), _) => with_their_words(&ours, theirs),
        (None, _) => core_words::said(lang, code).unwrap_or_else(|| theirs.unwrap_or(code).to_owned()),
    }
}

/// What holds it up, where something does.
pub(super) fn held(me: &SignedIn, broadcast: &Broadcast) -> Option<String> {
    if broadcast.held.is_empty() {
        return None;
    }
    let why = why(me.lang, broadcast.channel, &broadcast.held, None);
    let what = ("what", why.into());
    Some(match (broadcast.state, broadcast.held_until) {
        (State::Paused, _) => i18n::t_args(me.lang, "broadcast-stopped-by", &[what]),
        (_, Some(until)) if Voices.trouble(broadcast.channel, &broadcast.held) == Trouble::Wait => {
            let time = i18n::date_time(me.lang, until.max(me.now), &me.tz);
            i18n::t_args(me.lang, "broadcast-held-until", &[what, ("time", time.into())])
        }
        _ => i18n::t_args(me.lang, "broadcast-held", &[what]),
    })
}

/// What is said, in few words.
pub(super) fn content(broadcast: &Broadcast) -> &str {
    match &broadcast.content {
        Content::Mail { subject, .. } => subject,
        Content::Template { name, .. } => name,
    }
}

/// How many stand where, drawn as one bar with its numbers below; nothing is said by colour alone.
pub(super) fn bar(ctx: &Ctx<'_>, figures: &Figures, channel: Channel) -> Markup {
    let total = figures.total().max(1);
    let mut parts = vec![
        (Shown::Read, "good"),
        (Shown::Delivered, "soft"),
        (Shown::Sent, "accent"),
    ];
    if channel == Channel::Email {
        // Mail tells neither.
        parts.retain(|(shown, _)| figures.of(*shown) > 0 || *shown == Shown::Sent);
    }
    parts.extend([
        (Shown::Underway, "line"),
        (Shown::Failed, "bad"),
        (Shown::Waiting, "ground"),
    ]);
    let mut at = 0;
    let drawn: Vec<_> = parts
        .into_iter()
        .map(|(shown, tint)| {
            let count = figures.of(shown);
            let (x, width) = (at, i128::from(count) * 1_000 / i128::from(total));
            at += width;
            (shown, tint, count, x, width)
        })
        .collect();
    let words: Vec<String> = drawn
        .iter()
        .filter(|(_, _, count, _, _)| *count > 0)
        .map(|(shown, _, count, _, _)| format!("{}: {}", ctx.t(shown_key(*shown)), i18n::number(ctx.lang, *count)))
        .collect();
    html! {
        svg.cast-bar viewBox="0 0 1000 20" preserveAspectRatio="none" role="img" aria-label=(words.join(", ")) {
            rect.cast-ground x="0" y="0" width="1000" height="20" {}
            @for (_, tint, count, x, width) in &drawn {
                @if *count > 0 { rect class={ "cast-" (tint) } x=(x) y="0" width=(width) height="20" {} }
            }
        }
        ul.cast-key {
            @for (shown, tint, count, _, _) in &drawn {
                @if *count > 0 || *shown == Shown::Sent { li { span class={ "cast-dot cast-" (tint) } aria-hidden="true" {} strong { (i18n::number(ctx.lang, *count)) } " " (ctx.t(shown_key(*shown))) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use channels::dispatch::INBOX_OFF;

    use super::*;

    #[test]
    fn why_somebody_has_none_is_said_in_words() {
        for (channel, code, theirs, words) in [
            (Channel::Email, "no_address", None, "mail address"),
            (Channel::Email, "smtp.550", Some("550 5.1.1 nobody"), "does not exist"),
            // Of several at once no server's words are told.
            (Channel::Email, "smtp.550", None, "smtp.550"),
            (Channel::Email, "smtp.size", None, "larger than the other side takes"),
            (Channel::Email, "smtp.utf8", Some("no SMTPUTF8"), "no SMTPUTF8"),
            (Channel::Whatsapp, "whatsapp.131026", Some("Meta"), "WhatsApp"),
            (Channel::Whatsapp, INBOX_OFF, None, "switched off"),
        ] {
            let said = why(Language::En, channel, code, theirs);
            assert!(said.contains(words) && !said.contains("Meta"), "{code}: {said}");
        }
    }
}
