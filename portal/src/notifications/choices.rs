//! By which ways somebody wants to hear of each kind.

use axum::extract::{RawForm, State};
use axum::http::{HeaderMap, StatusCode};
use billing::telling::{self, Usual};
use conversation::memberships;
use conversation::notifications::colleagues::{self, Watched};
use conversation::notifications::{self, Choice, Kind, Ways};
use conversation::types::{CompanyId, ContactId};
use maud::{Markup, html};
use ui::Ctx;
use ui::client_pages::{Part, framed};
use ui::components::Tone;
use ui::icons::{Icon, icon};
use ui::{i18n, routes, told};

use crate::Portal;
use crate::client::Client;
use crate::request::{Page, Reader, page};

const HERE: &str = routes::NOTIFICATION_SETTINGS;

/// What the page knows of its reader.
struct Known {
    usual: Usual,
    choices: Vec<Choice>,
    companies: Vec<Colleagues>,
}

/// A company whose tickets the reader sees, its other people, and whose tickets they are told of.
struct Colleagues {
    company: CompanyId,
    name: String,
    people: Vec<(ContactId, String)>,
    watched: Watched,
}

async fn load(portal: &Portal, client: &Client) -> conversation::Result<Known> {
    let db = portal.store.db();
    let me = &client.contact.id;
    let usual = telling::usual(db, me).await?;
    let mut companies = Vec::new();
    for one in memberships::of_contact(db, me).await? {
        if !one.rights.sees_tickets {
            continue;
        }
        let people = memberships::of_company(db, &one.company_id).await?;
        companies.push(Colleagues {
            watched: colleagues::watched(db, me, &one.company_id).await?,
            people: people
                .into_iter()
                .filter(|other| other.contact_id != *me && !other.is_invited)
                .map(|other| {
                    let name = match other.name.trim() {
                        "" => other.emails.join(", "),
                        name => name.to_owned(),
                    };
                    (other.contact_id, name)
                })
                .collect(),
            company: one.company_id,
            name: one.company,
        });
    }
    let mut choices = notifications::choices(db, me, |kind| usual.of(kind)).await?;
    // Who sees nobody else's tickets is not asked about them.
    choices.retain(|one| one.kind != Kind::Colleague || !companies.is_empty());
    Ok(Known {
        usual,
        choices,
        companies,
    })
}

/// The box of one colleague; without one, of everybody.
fn watch_field(company: &CompanyId, colleague: Option<&ContactId>) -> String {
    format!("watch_{company}_{}", colleague.map_or("all", ContactId::as_str))
}

/// GET `/portal/notifications/settings`.
pub(super) async fn show(State(portal): State<Portal>, reader: Reader, headers: HeaderMap) -> Page {
    let client = Client::open(&portal, &reader, &headers, HERE).await?;
    draw(&portal, &client, None).await
}

/// POST: what is ticked, or everything as usual. What stays as it was shown is no choice: it goes on following
/// the business's way of doing it.
pub(super) async fn save(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    RawForm(form): RawForm,
) -> Page {
    let client = Client::open(&portal, &reader, &headers, HERE).await?;
    let text = String::from_utf8_lossy(&form).into_owned();
    let has = |pair: &str| text.split('&').any(|one| one == pair);
    let Known {
        usual,
        choices: now,
        companies,
    } = load(&portal, &client).await?;
    let is_usual = has("do=usual");
    let watches: Vec<(CompanyId, Watched)> = companies
        .into_iter()
        .filter_map(|one| {
            let on = |colleague: Option<&ContactId>| {
                !is_usual && has(&format!("{}=on", watch_field(&one.company, colleague)))
            };
            let wanted = Watched {
                is_everybody: on(None),
                people: one
                    .people
                    .iter()
                    .filter(|(id, _)| on(Some(id)))
                    .map(|(id, _)| id.clone())
                    .collect(),
            };
            (wanted != one.watched).then_some((one.company, wanted))
        })
        .collect();
    let changes: Vec<(Kind, Option<Ways>)> = if is_usual {
        Kind::ALL.into_iter().map(|kind| (kind, None)).collect()
    } else {
        now.into_iter()
            .filter_map(|choice| {
                let on = |way: &str| has(&format!("{}_{way}=on", choice.kind.as_str()));
                let wanted = Ways {
                    mail: if usual.has_mail { on("mail") } else { choice.ways.mail },
                    whatsapp: if usual.has_whatsapp {
                        on("whatsapp")
                    } else {
                        choice.ways.whatsapp
                    },
                    push: on("push"),
                };
                (wanted != choice.ways).then_some((choice.kind, Some(wanted)))
            })
            .collect()
    };
    if !changes.is_empty() || !watches.is_empty() {
        let mut tx = portal.store.begin().await?;
        if !changes.is_empty() {
            notifications::choose_in(&mut tx, &client.actor, &client.contact.id, &changes).await?;
        }
        for (company, watched) in &watches {
            colleagues::watch_in(&mut tx, &client.actor, &client.contact.id, company, watched).await?;
        }
        tx.commit_silently().await?;
    }
    let words = portal.ctx(reader.lang).t("note-saved").into_owned();
    draw(&portal, &client, Some((Tone::Good, words))).await
}

async fn draw(portal: &Portal, client: &Client, said: Option<(Tone, String)>) -> Page {
    let Known {
        usual,
        choices,
        companies,
    } = load(portal, client).await?;
    let is_chosen =
        choices.iter().any(|one| one.is_chosen) || companies.iter().any(|one| one.watched != Watched::default());
    let ctx = portal.ctx(client.lang);
    let mut ways: Vec<&str> = Vec::new();
    if usual.has_mail {
        ways.push("mail");
    }
    if usual.has_whatsapp {
        ways.push("whatsapp");
    }
    ways.push("push");
    let body = html! {
        h1 { (ctx.t("note-settings")) }
        p.lead.flush { (ctx.t("note-settings-lead")) }
        form method="post" action=(HERE) {
            div.note-table-box { (table(&ctx, &choices, &ways)) }
            @for one in &companies { (of_colleagues(&ctx, one)) }
            div.note-actions {
                button.button.primary type="submit" { (ctx.t("note-save")) }
                @if is_chosen { button.button type="submit" name="do" value="usual" { (ctx.t("note-usual")) } }
            }
        }
        section.note-here #push-here hidden aria-labelledby="push-title" {
            h2 #push-title { (ctx.t("note-here")) }
            p { (ctx.t("note-here-lead")) }
            p { button.button type="button" #push-toggle data-on=(ctx.t("note-here-on")) data-off=(ctx.t("note-here-off")) { (ctx.t("note-here-on")) } }
            p.muted #push-said role="status" data-cannot=(ctx.t("note-here-cannot")) {}
        }
        p { a href=(routes::NOTIFICATIONS) { (ctx.t("note-see-all")) } }
    };
    let frame = client.frame(portal, Part::Notifications, HERE, said).await?;
    Ok(page(
        StatusCode::OK,
        framed(&ctx, &frame, &ctx.t("note-settings"), None, &body),
    ))
}

fn of_colleagues(ctx: &Ctx<'_>, of: &Colleagues) -> Markup {
    let tick = |field: String, is_on: bool, words: &str| {
        html! { label.check { input type="checkbox" name=(field) value="on" checked[is_on]; span { (words) } } }
    };
    html! {
        fieldset.note-colleagues {
            legend { (i18n::t_args(ctx.lang, "note-colleagues", &[("company", of.name.as_str().into())])) }
            p.hint { (ctx.t("note-colleagues-lead")) }
            (tick(watch_field(&of.company, None), of.watched.is_everybody, &ctx.t("note-colleagues-all")))
            @if !of.people.is_empty() {
                div.note-people { @for (id, name) in &of.people { (tick(watch_field(&of.company, Some(id)), of.watched.people.contains(id), name)) } }
            }
        }
    }
}

fn table(ctx: &Ctx<'_>, choices: &[Choice], ways: &[&str]) -> Markup {
    let is_on = |choice: &Choice, way: &str| match way {
        "mail" => choice.ways.mail,
        "whatsapp" => choice.ways.whatsapp,
        _ => choice.ways.push,
    };
    html! {
        table.note-table {
            thead { tr {
                th scope="col" { (ctx.t("note-kind")) }
                th scope="col" { (ctx.t("note-way-portal")) }
                @for way in ways { th scope="col" { (ctx.t(&format!("note-way-{way}"))) } }
            } }
            tbody { @for choice in choices {
                @let name = ctx.t(&format!("note-kind-{}", choice.kind.as_str()));
                tr {
                    th scope="row" { span.note-kind { (icon(told::glyph(choice.kind.as_str()))) span { (name) } } }
                    td { span.note-always title=(ctx.t("note-always")) { (icon(Icon::Check)) span.visually-hidden { (ctx.t("note-always")) } } }
                    @for way in ways {
                        td { label { input type="checkbox" name={ (choice.kind.as_str()) "_" (way) } value="on" checked[is_on(choice, way)] aria-label={ (name) ": " (ctx.t(&format!("note-way-{way}"))) }; } }
                    }
                }
            } }
        }
    }
}
