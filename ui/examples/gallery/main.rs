//! Writes every page with sample data to a folder, to be looked at in a browser:
//! `cargo run -p ui --example gallery -- /tmp/gallery`. The page `inbox.html` and its siblings link
//! `/assets/…`, so serve the folder, with `dist` as its `assets`.

mod samples;

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use conversation::types::Language;
use jiff::tz::TimeZone;
use ui::inbox_page::{ComposerProblem, inbox};
use ui::portal_pages::{Business, LinkView, TicketFormView, error, link_landing, ticket, ticket_form, ticket_thanks};
use ui::sign_in_pages::{SetUpView, SignInView, set_up, sign_in};
use ui::{Ctx, sample_page, widget_page};

use samples::*;

const NOW: i64 = 1_795_269_600_000;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

fn main() -> io::Result<()> {
    let folder = PathBuf::from(env::args().nth(1).unwrap_or_else(|| "gallery".to_owned()));
    fs::create_dir_all(&folder)?;
    for lang in Language::ALL {
        let ctx = Ctx {
            lang: *lang,
            now: NOW,
            tz: &TimeZone::UTC,
            csrf: "sample",
        };
        write(&folder, &ctx)?;
    }
    Ok(())
}

fn write(folder: &Path, ctx: &Ctx<'_>) -> io::Result<()> {
    let business = Business {
        name: "Alder & Finch".into(),
        url: Some("/sample".into()),
    };
    let mut empty = inbox_view();
    empty.thread = None;
    empty.list.rows.clear();
    let mut stale = inbox_view();
    if let Some(open) = &mut stale.thread {
        open.composer.problem = Some(ComposerProblem::Stale(
            "Marta Ruiz answered two minutes ago.".into(),
            Some("h".into()),
        ));
        open.composer.text = "Olá Joana, o técnico chega hoje às 16h.".into();
    }
    let mut closed = inbox_view();
    closed.thread = None;
    let pages = [
        ("inbox", inbox(ctx, &inbox_view())),
        ("inbox-list", inbox(ctx, &closed)),
        ("inbox-empty", inbox(ctx, &empty)),
        ("inbox-stale", inbox(ctx, &stale)),
        (
            "ticket-form",
            ticket_form(
                ctx,
                &TicketFormView {
                    business: business.clone(),
                    max_bytes: 25_000_000,
                    ..TicketFormView::default()
                },
            ),
        ),
        (
            "ticket-form-errors",
            ticket_form(
                ctx,
                &TicketFormView {
                    business: business.clone(),
                    max_bytes: 25_000_000,
                    subject: "Copiadora".into(),
                    email: "joana".into(),
                    errors: vec![("email".into(), "name@example.com?".into())],
                    ..TicketFormView::default()
                },
            ),
        ),
        (
            "thanks",
            ticket_thanks(
                ctx,
                &business,
                "T-1042",
                "joana@padaria.example",
                Some((&frame(), "/portal/tickets/1")),
            ),
        ),
        ("ticket", ticket(ctx, &ticket_view())),
        (
            "link",
            link_landing(
                ctx,
                &LinkView {
                    business: business.clone(),
                    title: "Confirmar o e-mail".into(),
                    text: "joana@padaria.example".into(),
                    url: "/l/x".into(),
                    asks_to_remember: true,
                },
            ),
        ),
        ("missing", error(ctx, &business, 404, None)),
        ("failed", error(ctx, &business, 500, Some("01J9ZX"))),
        ("sign-in", sign_in(ctx, &SignInView::default())),
        (
            "set-up",
            set_up(
                ctx,
                &SetUpView {
                    token: "x".into(),
                    ..SetUpView::default()
                },
            ),
        ),
        ("sample", sample_page::sample(ctx, "website", None)),
        (
            "frame",
            widget_page::frame(ctx.lang, "website", &["name", "email", "phone"], true),
        ),
    ];
    for (name, markup) in pages {
        fs::write(folder.join(format!("{name}.{}.html", ctx.lang)), markup.into_string())?;
    }
    Ok(())
}
