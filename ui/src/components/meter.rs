//! How full something is, as SVG. Nothing is said by colour alone.

use maud::{Markup, html};

/// How much of what is included was used. `words` says both numbers; `more` what is beyond.
pub fn meter(label: &str, used: i64, included: i64, words: &str, more: Option<&str>) -> Markup {
    let whole = used.max(included).max(1);
    let part = |value: i64| i128::from(value.max(0)) * 1_000 / i128::from(whole);
    let inside = part(used.min(included));
    html! {
        div.eq-meter {
            p { strong { (label) } " " span.muted { (words) } @if let Some(more) = more { " " span.eq-more { (more) } } }
            svg viewBox="0 0 1000 28" preserveAspectRatio="none" role="img" aria-label={ (label) ": " (words) } {
                rect.meter-ground x="0" y="0" width="1000" height="28" {}
                rect.meter-used x="0" y="0" width=(inside) height="28" {}
                @if used > included { rect.meter-beyond x=(inside) y="0" width=(1_000 - inside) height="28" {} }
                @if included > 0 && included < whole { line.meter-mark x1=(inside) x2=(inside) y1="0" y2="28" {} }
            }
        }
    }
}
