//! The form of a broadcast: what is said, to whom, how fast. It is chosen in steps without scripts: the account, on
//! WhatsApp the template, then the rest.

use std::collections::BTreeMap;

use axum::extract::{Path, Query, State};
use axum::response::Response;
use channels::broadcasts::Voices;
use channels::whatsapp::templates::{self, Template};
use conversation::access::Permission;
use conversation::broadcasts::{self, Audience, Broadcast, Content, Draft, MOST_LINES, VARIABLES, usual_pace};
use conversation::inboxes::Inbox;
use conversation::types::{Channel, LabelId, Language};
use conversation::{Error, inboxes, labels, memberships};
use maud::{Markup, html};
use serde::Deserialize;
use ui::components::{button, form};
use ui::{i18n, routes};

use super::frame::{frame, page_of};
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};
use crate::settings::draw::{Draw, Errors, refused, with_status};

/// How many companies a list offers.
const MOST_COMPANIES: i64 = 500;
/// What "wrote within" offers, in days.
const DAYS: [i64; 4] = [30, 90, 180, 365];

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Chosen {
    inbox: String,
    template: String,
}

/// What a form is of.
struct Of<'a> {
    inbox: &'a Inbox,
    template: Option<Template>,
    /// Where it is sent.
    action: String,
    is_new: bool,
}

/// The accounts that broadcasts leave by.
async fn accounts(app: &App) -> Result<Vec<Inbox>, Failure> {
    let mut all = inboxes::list(app.store.db()).await?;
    all.retain(|inbox| inbox.is_enabled && matches!(inbox.channel, Channel::Email | Channel::Whatsapp));
    Ok(all)
}

/// `name|language`, as a form says a template.
fn value_of(template: &Template) -> String {
    format!("{}|{}", template.name, template.language)
}

async fn usable(app: &App, inbox: &Inbox) -> Result<Vec<Template>, Failure> {
    let mut all = templates::list(app.store.db(), &inbox.id).await?;
    // One with a file for its headline needs that file for each.
    all.retain(|one| one.is_usable() && one.preview(&BTreeMap::new()).header_file.is_none());
    Ok(all)
}

pub(super) async fn new(
    State(app): State<App>,
    me: SignedIn,
    Query(chosen): Query<Chosen>,
) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    let all = accounts(&app).await?;
    let inbox = all.iter().find(|inbox| inbox.id.as_str() == chosen.inbox);
    let Some(inbox) = inbox else {
        return Ok(choose(&me, &all));
    };
    let mut template = None;
    if inbox.channel == Channel::Whatsapp {
        let usable = usable(&app, inbox).await?;
        template = usable.iter().find(|one| value_of(one) == chosen.template).cloned();
        if template.is_none() {
            return Ok(choose_template(&me, inbox, &usable));
        }
    }
    let pace = usual_pace(inbox.channel).to_string();
    let mut sent = Form::of([
        ("id", app.store.env().ulid()),
        ("pace", pace),
        ("whom", "all".to_owned()),
    ]);
    if let Some(template) = &template {
        for variable in template.variables() {
            let key = variable.key.rsplit('.').next().unwrap_or_default();
            let asks_name = ["name", "nome", "nombre", "first_name", "customer_name"].contains(&key);
            let field = if asks_name { "contact.first_name" } else { "" };
            sent.push(format!("field.{}", variable.key), field);
        }
    }
    let of = Of {
        inbox,
        template,
        action: routes::BROADCASTS.to_owned(),
        is_new: true,
    };
    page(&app, &me, &of, &sent, &Vec::new()).await
}

/// The first step: the account.
fn choose(me: &SignedIn, all: &[Inbox]) -> Response {
    let ctx = me.ctx();
    let options: Vec<(&str, &str)> = all
        .iter()
        .map(|inbox| (inbox.id.as_str(), inbox.name.as_str()))
        .collect();
    let body = html! {
        @if options.is_empty() { p { (ctx.t("broadcast-no-inbox")) " " a href="/settings/inboxes" { (ctx.t("settings-inboxes")) } } }
        @else {
            form.settings-form method="get" action={ (routes::BROADCASTS) "/new" } {
                (form::select(&ctx, &options, &form::Field { name: "inbox", label: &ctx.t("broadcast-by"), hint: Some(&ctx.t("broadcast-by-hint")), required: true, ..form::Field::default() }))
                div.settings-actions { (button(&ctx.t("broadcast-next"))) a.button.ghost href=(routes::BROADCASTS) { (ctx.t("desk-back")) } }
            }
        }
    };
    frame(me, &ctx.t("broadcast-new"), None, &body)
}

/// The second step on WhatsApp: the template.
fn choose_template(me: &SignedIn, inbox: &Inbox, usable: &[Template]) -> Response {
    let ctx = me.ctx();
    let options: Vec<(String, String)> = usable
        .iter()
        .map(|one| {
            (
                value_of(one),
                format!("{} · {} · {}", one.name, one.language, one.category.to_lowercase()),
            )
        })
        .collect();
    let options: Vec<(&str, &str)> = options
        .iter()
        .map(|(value, words)| (value.as_str(), words.as_str()))
        .collect();
    let body = html! {
        @if options.is_empty() { p { (ctx.t("templates-none")) } p { a.button.ghost href={ (routes::BROADCASTS) "/new" } { (ctx.t("desk-back")) } } }
        @else {
            form.settings-form method="get" action={ (routes::BROADCASTS) "/new" } {
                input type="hidden" name="inbox" value=(inbox.id);
                (form::select(&ctx, &options, &form::Field { name: "template", label: &ctx.t("begin-template"), hint: Some(&ctx.t("broadcast-template-hint")), required: true, ..form::Field::default() }))
                div.settings-actions { (button(&ctx.t("broadcast-next"))) a.button.ghost href={ (routes::BROADCASTS) "/new" } { (ctx.t("desk-back")) } }
            }
        }
    };
    frame(me, &ctx.t("broadcast-new"), None, &body)
}

async fn page(app: &App, me: &SignedIn, of: &Of<'_>, sent: &Form, errors: &Errors) -> Result<Response, Failure> {
    let (db, ctx) = (app.store.db(), me.ctx());
    let any = ctx.t("filter-any");
    let mut companies = memberships::companies(db, "", None, None, MOST_COMPANIES).await?;
    companies.sort_by_key(|one| one.name.to_lowercase());
    let labels = labels::list(db).await?;
    let with_any = |options: Vec<(String, String)>| -> Vec<(String, String)> {
        std::iter::once((String::new(), any.to_string()))
            .chain(options)
            .collect()
    };
    let languages = with_any(
        Language::ALL
            .iter()
            .map(|one| (one.to_string(), i18n::own_name(*one).to_owned()))
            .collect(),
    );
    let companies = with_any(
        companies
            .into_iter()
            .map(|one| (one.id.to_string(), one.name))
            .collect(),
    );
    let labels = with_any(labels.into_iter().map(|one| (one.id.to_string(), one.name)).collect());
    let days = |count: i64| i18n::t_args(me.lang, "broadcast-days", &[("count", count.into())]);
    let days = with_any(DAYS.iter().map(|count| (count.to_string(), days(*count))).collect());
    let draw = Draw {
        ctx: me.ctx(),
        form: sent,
        errors,
    };
    let choice = |name: &str, key: &str, options: &[(String, String)]| {
        let options: Vec<(&str, &str)> = options
            .iter()
            .map(|(value, words)| (value.as_str(), words.as_str()))
            .collect();
        draw.choice(name, &ctx.t(key), &options)
    };
    let is_list = sent.get("whom") == "list";
    let is_mail = of.inbox.channel == Channel::Email;
    let may_be_service = of.template.as_ref().is_none_or(|template| !template.is_marketing());
    let body = html! {
        p.hint { (of.inbox.name) @if let Some(template) = &of.template { " · " (template.name) " · " (template.language) } }
        form.settings-form method="post" action=(of.action) {
            (draw.begin())
            (draw.summary())
            input type="hidden" name="id" value=(sent.get("id"));
            input type="hidden" name="inbox" value=(of.inbox.id);
            (draw.text("name", &ctx.t("broadcast-name"), &ctx.t("broadcast-name-hint"), true))
            fieldset.group {
                legend { (ctx.t("broadcast-said")) }
                @if let Some(template) = &of.template {
                    input type="hidden" name="template" value=(value_of(template));
                    (blanks(me, template, sent))
                } @else {
                    (draw.text("subject", &ctx.t("begin-subject"), "", true))
                    (draw.lines("text", &ctx.t("broadcast-text"), "", 9))
                    p.hint { (ctx.t("canned-variables")) " " @for (at, name) in VARIABLES.iter().enumerate() { @if at > 0 { ", " } code { "{{" (name) "}}" } @if let Some(key) = ui::desk_words::variable(name) { " " (ctx.t(key)) } } }
                }
                @if may_be_service {
                    (draw.check("service", &ctx.t("broadcast-service")))
                    p.hint { (ctx.t(if is_mail { "broadcast-service-mail" } else { "broadcast-service-hint" })) }
                }
            }
            fieldset.group {
                legend { (ctx.t("broadcast-whom")) }
                label.check { input type="radio" name="whom" value="all" checked[!is_list]; span { (ctx.t(if is_mail { "broadcast-whom-mail" } else { "broadcast-whom-whatsapp" })) } }
                div.row-fields {
                    (choice("language", "filter-language", &languages))
                    (choice("company", "filter-company", &companies))
                    (choice("label", "broadcast-label", &labels))
                    (choice("days", "broadcast-wrote", &days))
                }
                label.check { input type="radio" name="whom" value="list" checked[is_list]; span { (ctx.t("broadcast-whom-list")) } }
                (draw.lines("list", &ctx.t(if is_mail { "broadcast-list-mail" } else { "broadcast-list-number" }), &i18n::t_args(me.lang, "broadcast-list-hint", &[("most", i18n::number(me.lang, MOST_LINES as i64).into())]), 4))
            }
            (draw.text("pace", &ctx.t("broadcast-pace"), &ctx.t("broadcast-pace-hint"), true))
            div.settings-actions { (button(&ctx.t("broadcast-look"))) a.button.ghost href=(if of.is_new { routes::BROADCASTS.to_owned() } else { of.action.trim_end_matches("/edit").to_owned() }) { (ctx.t("desk-back")) } }
        }
    };
    let title = ctx.t(if of.is_new { "broadcast-new" } else { "broadcast-edit" });
    Ok(with_status(frame(me, &title, None, &body), errors))
}

/// What fills the blanks of a template: for each something that is known of everybody, or words.
fn blanks(me: &SignedIn, template: &Template, sent: &Form) -> Markup {
    let ctx = me.ctx();
    let preview = template.preview(&BTreeMap::new());
    html! {
        p.cast-template.prose lang=(template.language.replace('_', "-")) { (preview.text()) }
        @for variable in template.variables() {
            @let key = variable.key.as_str();
            @let chosen = sent.get(&format!("field.{key}"));
            div.row-fields {
                div.field {
                    label for={ "cast-field-" (key) } { (i18n::t_args(me.lang, "broadcast-blank", &[("name", key.rsplit('.').next().unwrap_or_default().to_owned().into())])) }
                    select.input id={ "cast-field-" (key) } name={ "field." (key) } {
                        option value="" { (ctx.t("broadcast-fixed")) }
                        @for name in VARIABLES { option value=(name) selected[chosen == *name] { (ui::desk_words::variable(name).map_or_else(|| (*name).into(), |key| ctx.t(key))) } }
                    }
                }
                div.field {
                    label for={ "cast-value-" (key) } { (ctx.t("broadcast-fixed-words")) }
                    input.input id={ "cast-value-" (key) } name={ "value." (key) } value=(sent.get(&format!("value.{key}"))) maxlength="1024" placeholder=(variable.example) autocomplete="off";
                }
            }
        }
    }
}

/// What a form asks for; `None` for an account or a template that is not there.
async fn draft(app: &App, inbox: &Inbox, template: Option<&Template>, sent: &Form) -> Result<Draft, Failure> {
    let content = match template {
        None => Content::Mail {
            subject: sent.get("subject").to_owned(),
            text: sent.get("text").to_owned(),
        },
        Some(template) => Content::Template {
            name: template.name.clone(),
            language: template.language.clone(),
            values: template
                .variables()
                .into_iter()
                .map(|variable| {
                    let field = sent.get(&format!("field.{}", variable.key));
                    let value = match VARIABLES.contains(&field) {
                        true => format!("{{{{{field}}}}}"),
                        false => sent.get(&format!("value.{}", variable.key)).trim().to_owned(),
                    };
                    (variable.key, value)
                })
                .collect(),
        },
    };
    let is_marketing = match template {
        Some(template) if template.is_marketing() => true,
        _ => !sent.is_on("service"),
    };
    // A label that was removed meanwhile narrows to nobody, which is said by the count.
    let some = |name: &str| Some(sent.get(name).trim().to_owned()).filter(|value| !value.is_empty());
    let label = some("label").map(LabelId::from);
    let company = some("company").map(|id| id.as_str().into());
    if let Some(id) = &company {
        conversation::contacts::company_name(app.store.db(), id)
            .await?
            .ok_or(Error::NotFound)?;
    }
    Ok(Draft {
        name: sent.get("name").to_owned(),
        inbox: inbox.id.clone(),
        content,
        audience: Audience {
            language: sent.get("language").parse().ok(),
            company,
            label,
            days: sent.get("days").parse().ok(),
            ..Audience::default()
        },
        list: (sent.get("whom") == "list").then(|| sent.get("list").to_owned()),
        is_marketing,
        pace: sent.get("pace").trim().parse().unwrap_or(0),
    })
}

/// What a form was filled with.
fn filled(broadcast: &Broadcast) -> Form {
    let audience = &broadcast.audience;
    let lines: Vec<String> = audience
        .list
        .iter()
        .map(|line| {
            let plus = if broadcast.channel == Channel::Whatsapp {
                "+"
            } else {
                ""
            };
            format!("{plus}{}, {}", line.address, line.name)
                .trim_end_matches(", ")
                .to_owned()
        })
        .collect();
    let mut form = Form::of([
        ("id", broadcast.id.clone()),
        ("name", broadcast.name.clone()),
        ("pace", broadcast.pace.to_string()),
        (
            "service",
            if broadcast.is_marketing {
                String::new()
            } else {
                "on".to_owned()
            },
        ),
        ("whom", if audience.is_list { "list" } else { "all" }.to_owned()),
        ("list", lines.join("\n")),
        (
            "language",
            audience.language.map(|one| one.to_string()).unwrap_or_default(),
        ),
        (
            "company",
            audience.company.as_ref().map(ToString::to_string).unwrap_or_default(),
        ),
        (
            "label",
            audience.label.as_ref().map(ToString::to_string).unwrap_or_default(),
        ),
        ("days", audience.days.map(|days| days.to_string()).unwrap_or_default()),
    ]);
    match &broadcast.content {
        Content::Mail { subject, text } => {
            form.push("subject", subject);
            form.push("text", text);
        }
        Content::Template { values, .. } => {
            for (key, value) in values {
                let inside = value.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
                match inside.filter(|name| VARIABLES.contains(name)) {
                    Some(name) => form.push(format!("field.{key}"), name),
                    None => form.push(format!("value.{key}"), value),
                }
            }
        }
    }
    form
}

/// The account of a form and its template.
async fn chosen(app: &App, sent: &Form) -> Result<(Inbox, Option<Template>), Failure> {
    let inbox = accounts(app)
        .await?
        .into_iter()
        .find(|inbox| inbox.id.as_str() == sent.get("inbox"))
        .ok_or(Error::NotFound)?;
    let template = match inbox.channel {
        Channel::Whatsapp => {
            let all = usable(app, &inbox).await?;
            let found = all.into_iter().find(|one| value_of(one) == sent.get("template"));
            Some(found.ok_or(Error::NotFound)?)
        }
        _ => None,
    };
    Ok((inbox, template))
}

/// Each blank without words, which Meta would refuse.
fn empty_blanks(me: &SignedIn, draft: &Draft) -> Errors {
    let Content::Template { values, .. } = &draft.content else {
        return Vec::new();
    };
    let is_empty = values.values().any(|value| value.is_empty());
    if is_empty {
        vec![(String::new(), me.ctx().t("broadcast-blank-empty").into_owned())]
    } else {
        Vec::new()
    }
}

pub(super) async fn create(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Administer)?;
    put(&app, &me, &form, None).await
}

pub(super) async fn show(State(app): State<App>, me: SignedIn, Path(id): Path<String>) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    let broadcast = broadcasts::load(app.store.db(), &id).await?;
    let inbox = inboxes::load(app.store.db(), &broadcast.inbox).await?;
    let template = match &broadcast.content {
        Content::Template { name, language, .. } => {
            let found = templates::find(app.store.db(), &inbox.id, name, language).await?;
            Some(found.ok_or(Error::NotFound)?)
        }
        Content::Mail { .. } => None,
    };
    let of = Of {
        inbox: &inbox,
        template,
        action: format!("{}/edit", page_of(&id)),
        is_new: false,
    };
    page(&app, &me, &of, &filled(&broadcast), &Vec::new()).await
}

pub(super) async fn save(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Administer)?;
    broadcasts::load(app.store.db(), &id).await?;
    put(&app, &me, &form, Some(&id)).await
}

async fn put(app: &App, me: &SignedIn, sent: &Form, id: Option<&str>) -> Result<Response, Failure> {
    let (inbox, template) = chosen(app, sent).await?;
    let draft = draft(app, &inbox, template.as_ref(), sent).await?;
    let mut errors = empty_blanks(me, &draft);
    let store = &app.store;
    if errors.is_empty() {
        let done = match id {
            Some(id) => broadcasts::edit(store, &me.actor(), id, &draft)
                .await
                .map(|()| id.to_owned()),
            None => broadcasts::create(store, &me.actor(), sent.get("id"), &draft)
                .await
                .map(|one| one.id),
        };
        match done {
            Ok(id) => {
                broadcasts::count_now(store, &Voices, &id).await?;
                return Ok(see_other(&page_of(&id)));
            }
            Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => errors = refused(me.lang, sent, &error),
            Err(error) => return Err(error.into()),
        }
    }
    let of = Of {
        inbox: &inbox,
        template,
        action: id.map_or_else(|| routes::BROADCASTS.to_owned(), |id| format!("{}/edit", page_of(id))),
        is_new: id.is_none(),
    };
    page(app, me, &of, sent, &errors).await
}
