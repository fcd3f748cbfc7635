//! What stands around a page of the agents': the rail with its sections, and the document.

use axum::response::Response;
use conversation::types::Position;
use maud::{Markup, html};
use ui::components::{Tone, toast};
use ui::layout::{Page, Section, Shell, Surface, page, shell};

use crate::auth::SignedIn;

/// One page.
pub(crate) struct Framed<'a> {
    /// The part of the rail that it belongs to.
    pub(crate) section: Section,
    /// The title.
    pub(crate) title: &'a str,
    /// More for the head.
    pub(crate) head: Option<Markup>,
    /// The stream position that a live page continues from.
    pub(crate) position: Option<Position>,
    /// It fills a screen on the wall: without the rail.
    pub(crate) is_bare: bool,
}

impl<'a> Framed<'a> {
    /// A page of a section, with nothing special.
    pub(crate) const fn new(section: Section, title: &'a str) -> Framed<'a> {
        Framed {
            section,
            title,
            head: None,
            position: None,
            is_bare: false,
        }
    }

    /// The answer: `main` in its frame.
    pub(crate) fn answer(self, me: &SignedIn, main: &Markup) -> Response {
        let ctx = me.ctx();
        let shelled = (!self.is_bare).then(|| {
            shell(
                &ctx,
                &Shell {
                    active: self.section,
                    agent_name: &me.agent.name,
                    sections: &sections(me),
                    waiting: 0,
                },
                main,
            )
        });
        let document = Page {
            csrf: ctx.csrf,
            head: self.head,
            position: self.position,
            ..Page::new(me.lang, self.title, Surface::Inbox)
        };
        crate::auth::html(page(&document, shelled.as_ref().unwrap_or(main)))
    }
}

/// What the rail offers an agent.
pub(crate) fn sections(me: &SignedIn) -> Vec<Section> {
    let mut sections = vec![
        Section::Inbox,
        Section::Tickets,
        Section::Billing,
        Section::Equipment,
        Section::Knowledge,
        Section::Broadcasts,
        Section::Reports,
        Section::Settings,
    ];
    if !me.can(conversation::access::Permission::Audit) {
        sections.retain(|section| *section != Section::Broadcasts);
    }
    // What is not narrowed to somebody's companies is not offered to them.
    if me.companies().is_some() {
        sections.retain(|section| !matches!(section, Section::Billing | Section::Equipment));
    }
    sections
}

/// What a page shows under its title: what was just done, and its body.
pub(crate) fn sheet(title: &str, said: Option<(Tone, &str)>, body: &Markup) -> Markup {
    html! {
        h1 { (title) }
        @if let Some((tone, words)) = said { (toast(tone, words)) }
        (body)
    }
}
