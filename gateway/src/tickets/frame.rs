//! What all pages of tickets have around them.

use axum::response::Response;
use maud::{Markup, html};
use ui::components::Tone;
use ui::layout::Section;

use crate::auth::SignedIn;
use crate::framed::{Framed, sheet};

/// One page of tickets. `said` is what just happened.
pub(super) fn frame(me: &SignedIn, title: &str, said: Option<(Tone, &str)>, body: &Markup) -> Response {
    let main = html! {
        main.tickets #main tabindex="-1" {
            div.tickets-sheet {
                (sheet(title, said, body))
            }
        }
    };
    Framed::new(Section::Tickets, title).answer(me, &main)
}
