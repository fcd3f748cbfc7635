//! The narrow page at the agents' door: before the sign-in, and where somebody proves again who they are.

use maud::{Markup, html};

use crate::Ctx;
use crate::icons::{Icon, icon};
use crate::layout::{Page, Surface, language_switch, page};

pub(crate) fn narrow(ctx: &Ctx<'_>, title: &str, here: &str, body: &Markup) -> Markup {
    let framed = html! {
        div.door {
            header.door-brand { (icon(Icon::Mark)) span { "Switchboard" } }
            main.sheet #main tabindex="-1" { (body) }
            footer.foot { (language_switch(ctx, here)) }
        }
    };
    page(
        &Page {
            csrf: ctx.csrf,
            ..Page::new(ctx.lang, title, Surface::Portal)
        },
        &framed,
    )
}
