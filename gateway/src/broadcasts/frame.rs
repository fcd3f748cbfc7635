//! What all pages of broadcasts have around them.

use axum::response::Response;
use maud::{Markup, html};
use ui::components::Tone;
use ui::layout::Section;
use ui::routes;

use crate::auth::SignedIn;
use crate::framed::{Framed, sheet};

/// One page of broadcasts. `said` is what just happened.
pub(super) fn frame(me: &SignedIn, title: &str, said: Option<(Tone, &str)>, body: &Markup) -> Response {
    let main = html! {
        main.tickets.broadcasts #main tabindex="-1" {
            div.tickets-sheet { (sheet(title, said, body)) }
        }
    };
    Framed::new(Section::Broadcasts, title).answer(me, &main)
}

/// The page of one.
pub(super) fn page_of(id: &str) -> String {
    format!("{}/{id}", routes::BROADCASTS)
}
