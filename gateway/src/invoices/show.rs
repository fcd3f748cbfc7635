//! One document, for the business.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::response::Response;
use billing::documents::{self, Document};
use billing::payments::{self, Entry, EntryKind, EntryState, Method};
use billing::state::{Kind, State as Stage};
use billing::{DocumentId, customers, issue, pdf, settings, words};
use conversation::access::{self, Permission};
use conversation::audit;
use conversation::types::ConversationId;
use maud::{Markup, html};
use portal::client::{pdf_response, transfer, view};
use serde::Deserialize;
use ui::components::{Tone, badge, form, time_tag, toast};
use ui::icons::{Icon, icon};
use ui::{i18n, routes};

use super::frame::{Part, frame};
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::Failure;
use crate::auth::form::Form;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Said {
    #[serde(default)]
    said: String,
}

pub(super) async fn show(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<String>,
    Query(said): Query<Said>,
) -> Result<Response, Failure> {
    me.must(Permission::Books)?;
    let key = match said.said.as_str() {
        "sent" => Some((Tone::Good, "billing-said-sent")),
        "quiet" => Some((Tone::Good, "billing-said-quiet")),
        "untold" => Some((Tone::Warn, "billing-said-untold")),
        "done" => Some((Tone::Good, "billing-said-done")),
        _ => None,
    };
    let said = key.map(|(tone, key)| (tone, i18n::t(me.lang, key).into_owned()));
    audit::note(&app.store, &me.actor(), "document.viewed", &id, &serde_json::json!({})).await?;
    draw(&app, &me, &DocumentId::from(id.as_str()), said, Recorded::default()).await
}

/// What stands in the form for a payment.
#[derive(Default)]
pub(super) struct Recorded<'a> {
    /// What was typed before.
    pub(super) typed: Option<&'a Form>,
    /// It is more than is left to pay, which somebody has to mean.
    pub(super) is_over: bool,
}

/// The page, with what just happened.
pub(super) async fn draw(
    app: &App,
    me: &SignedIn,
    id: &DocumentId,
    said: Option<(Tone, String)>,
    recorded: Recorded<'_>,
) -> Result<Response, Failure> {
    let db = app.store.db();
    let document = documents::load(db, id).await?;
    let content = pdf::content(&app.billing, &document).await?;
    let customer = customers::load(db, &document.customer_id).await?;
    let entries = payments::of_document(db, id).await?;
    let beside = payments::beside(db, id).await?;
    let files = documents::files(db, id).await?;
    let invoice = match document.kind {
        Kind::Estimate => issue::invoice_of(db, id).await?,
        _ => None,
    };
    let mut told = HashMap::new();
    for entry in &entries {
        if let Some(name) = entry.announced() {
            let place: Vec<ConversationId> = transfer::conversation_of(db, name).await?.into_iter().collect();
            let place = access::seen_among(db, &me.actor(), &place).await?;
            told.insert(entry.id.clone(), place.into_iter().next());
        }
    }
    let has_stripe = settings::stripe(db, &app.store).await?.is_set();
    let (ctx, lang) = (me.ctx(), me.lang);
    let words = words::of(lang);
    let status = document.status(&app.billing.today().to_string());
    let body = html! {
        p.ticket-meta {
            (badge(view::tone(status), words.status(document.kind, status)))
            a href={ "/billing/customers/" (customer.id) } { (icon(Icon::Company)) " " (customer.name) }
            @if let Some(at) = document.viewed_at { span.muted { (ctx.t("billing-viewed")) " " (time_tag(&ctx, at, &i18n::relative(lang, me.now, at, &me.tz))) } }
            @if let Some(invoice) = &invoice { a href={ "/billing/documents/" (invoice) } { (ctx.t("billing-became")) } }
        }
        @if let Some((tone, text)) = view::notice(&document, lang) { (toast(tone, &text)) }
        (actions(app, me, &document, has_stripe))
        section.group.paper {
            dl.paper-facts { @for (label, value) in view::facts(&content, lang) { div { dt { (label) } dd { (value) } } } }
            ul.paper-lines { @for line in view::lines(&content, lang) { li { div { p.pre { (line.description) } p.muted.small { (line.detail) } } span { (line.net) } } } }
            dl.paper-sums { @for sum in view::sums(&content, lang) { div class=[sum.is_strong.then_some("strong")] { dt { (sum.label) } dd { (sum.value) } } } }
            @if !document.notes.is_empty() { p.pre.muted { (document.notes) } }
        }
        @if document.kind == Kind::Invoice && document.state != Stage::Draft {
            h2 { (ctx.t("client-history")) }
            ul.people {
                @for entry in &entries {
                    li.person {
                        span.muted { (words::day(&entry.happened_on, lang)) }
                        @let (text, tone) = view::entry(entry, lang);
                        span class={ "inbox-name history-words " (match tone { Tone::Bad => "bad", Tone::Warn => "warn", _ => "" }) } { (text) (ui::client_pages::paid_beside(&ctx, &view::beside(entry, &beside, "/billing/documents"))) }
                        strong { (entry.currency.format(entry.amount, lang)) }
                        @if me.can(Permission::Bill) && entry.kind == EntryKind::Payment && entry.method == Method::Stripe && entry.state == EntryState::Succeeded {
                            details.person-menu { summary.button.ghost { (ctx.t("billing-refund")) }
                                form.settings-form method="post" action={ "/billing/documents/" (id) "/refund" } { (form::csrf(&ctx))
                                    input type="hidden" name="payment" value=(entry.id); input type="hidden" name="once" value=(app.store.env().ulid());
                                    label { (words.amount) " " input.input name="amount" value=(document.currency.bare(entry.amount)) size="10"; }
                                    button.button type="submit" { (ctx.t("billing-refund")) } } }
                        }
                        @if let Some(told) = told.get(&entry.id) { (to_look_for(me, &document, entry, told.as_ref())) }
                        @if me.can(Permission::Bill) && entry.can_be_taken_back() {
                            details.person-menu { summary.button.ghost { (ctx.t("billing-take-back")) }
                                form.settings-form method="post" action={ "/billing/documents/" (id) "/take-back" } { (form::csrf(&ctx))
                                    input type="hidden" name="payment" value=(entry.id);
                                    p.hint { (ctx.t("billing-take-back-hint")) }
                                    button.button.danger type="submit" { (ctx.t("billing-take-back")) } } }
                        }
                    }
                }
            }
            @if me.can(Permission::Bill) { (record(me, &document, &recorded)) }
        }
        h2 { (ctx.t("billing-files")) }
        ul.people { @for file in &files { li.person { a.inbox-name href={ "/billing/files/" (file.id) } { (file.name) } span.muted { (i18n::bytes(lang, file.size)) } } } }
        @if me.can(Permission::Bill) {
            form.settings-actions method="post" action={ "/billing/documents/" (id) "/files" } enctype="multipart/form-data" {
                (form::csrf(&ctx)) input.input.file-input type="file" name="file" aria-label=(ctx.t("billing-files")) required; button.button type="submit" { (ctx.t("billing-attach")) }
            }
        }
    };
    let title = format!("{} {}", words.kind(document.kind), document.name());
    let said = said.as_ref().map(|(tone, words)| (*tone, words.as_str()));
    Ok(frame(me, Part::Documents, &title, said, &body))
}

/// A transfer that its customer told of: where they did, and what became of it.
fn to_look_for(me: &SignedIn, document: &Document, entry: &Entry, told: Option<&ConversationId>) -> Markup {
    let ctx = me.ctx();
    html! {
        @if let Some(conversation) = told { a.button.ghost href=(routes::path(routes::CONVERSATION, conversation.as_str())) { (ctx.t("billing-told")) } }
        @if me.can(Permission::Bill) {
            form.settings-actions method="post" action={ "/billing/documents/" (document.id) "/transfer" } {
                (form::csrf(&ctx))
                input type="hidden" name="payment" value=(entry.id);
                input.input name="amount" value=(document.currency.bare(entry.amount)) size="10" required aria-label=(words::of(me.lang).amount);
                button.button.primary type="submit" name="found" value="arrived" { (ctx.t("billing-arrived")) }
                button.button type="submit" name="found" value="nothing" { (ctx.t("billing-not-arrived")) }
            }
        }
    }
}

fn post_button(me: &SignedIn, document: &Document, what: &str, words: &str, class: &str) -> Markup {
    html! {
        form.inline method="post" action={ "/billing/documents/" (document.id) "/" (what) } {
            (form::csrf(&me.ctx())) button class={ "button " (class) } type="submit" { (words) }
        }
    }
}

fn actions(app: &App, me: &SignedIn, document: &Document, has_stripe: bool) -> Markup {
    let ctx = me.ctx();
    let is_draft = document.state == Stage::Draft;
    let is_void = document.state == Stage::Void;
    let can_void = matches!(document.state, Stage::Sent | Stage::Viewed);
    html! {
        div.settings-actions {
            @if me.can(Permission::Bill) {
                @if is_draft {
                    (post_button(me, document, "send", &ctx.t("billing-send"), "primary"))
                    form.inline method="post" action={ "/billing/documents/" (document.id) "/send" } { (form::csrf(&ctx)) input type="hidden" name="quiet" value="1"; button.button type="submit" { (ctx.t("billing-issue-only")) } }
                    a.button href={ "/billing/documents/" (document.id) "/edit" } { (ctx.t("billing-edit")) }
                    (post_button(me, document, "delete", &ctx.t("billing-delete"), "ghost"))
                } @else if !is_void {
                    (post_button(me, document, "resend", &ctx.t("billing-resend"), ""))
                    @if document.kind == Kind::Invoice { (post_button(me, document, "credit", &ctx.t("billing-credit"), "")) }
                    @if can_void { (post_button(me, document, "void", &ctx.t("billing-void"), "ghost")) }
                }
            }
            a.button href={ "/billing/documents/" (document.id) "/pdf" } { (icon(Icon::Download)) span { "PDF" } }
            @if document.is_visible() { a.button.ghost href={ (app.public_url()) (billing::card::path(&document.id)) } { (icon(Icon::External)) span { (ctx.t("billing-portal-page")) } } }
        }
        @if !has_stripe && document.is_payable() && me.can(Permission::Administer) { p.hint { (ctx.t("billing-no-stripe")) } }
        @if me.can(Permission::Bill) && document.kind == Kind::Invoice && document.recurring_id.is_none() && !is_void {
            details.group { summary { (ctx.t("billing-make-recurring")) }
                form.settings-form method="post" action={ "/billing/documents/" (document.id) "/recurring" } {
                    (form::csrf(&ctx))
                    div.row-fields {
                        label { (ctx.t("billing-every")) input.input type="number" name="every" min="1" max="120" value="1"; }
                        label { (ctx.t("billing-period")) select.input name="unit" { option value="month" { (ctx.t("billing-month")) } option value="week" { (ctx.t("billing-week")) } option value="year" { (ctx.t("billing-year")) } } }
                        label { (ctx.t("billing-from")) input.input type="date" name="starts_on" value=(billing::day::nth(app.billing.today(), 1, billing::day::Unit::Month, 1)) required; }
                        label { (ctx.t("billing-until")) input.input type="date" name="ends_on"; }
                    }
                    label.check { input type="checkbox" name="is_sent" value="on" checked; span { (ctx.t("billing-sent-at-once")) } }
                    button.button type="submit" { (ctx.t("billing-begin")) }
                } }
        }
    }
}

fn record(me: &SignedIn, document: &Document, recorded: &Recorded<'_>) -> Markup {
    let ctx = me.ctx();
    let open = document.currency.bare(document.open().max(0));
    let typed = |name: &str| recorded.typed.map_or("", |form| form.get(name));
    let amount = recorded.typed.map_or(open.as_str(), |form| form.get("amount"));
    let kinds = [
        ("payment", ctx.t("client-entry-payment")),
        ("refund", ctx.t("client-entry-refund")),
    ];
    let methods = [
        ("transfer", ctx.t("billing-method-transfer")),
        ("cash", ctx.t("billing-method-cash")),
        ("other", ctx.t("billing-method-other")),
    ];
    html! {
        details.group open[document.is_payable() || recorded.typed.is_some()] { summary { (ctx.t("billing-record")) }
            form.settings-form method="post" action={ "/billing/documents/" (document.id) "/payment" } {
                (form::csrf(&ctx))
                div.row-fields {
                    label { (ctx.t("billing-what")) select.input name="kind" { @for (value, words) in &kinds { option value=(value) selected[typed("kind") == *value] { (words) } } } }
                    label { (words::of(me.lang).amount) input.input name="amount" value=(amount) required; }
                    label { (ctx.t("billing-method")) select.input name="method" { @for (value, words) in &methods { option value=(value) selected[typed("method") == *value] { (words) } } } }
                    label { (ctx.t("billing-day")) input.input type="date" name="day" value=(typed("day")); }
                    label { (ctx.t("billing-detail")) input.input name="detail" maxlength="200" value=(typed("detail")); }
                }
                @if recorded.is_over { label.check { input type="checkbox" name="over" value="on" required; span { (ctx.t("billing-over-meant")) } } }
                button.button.primary type="submit" { (ctx.t("billing-record")) }
            } }
    }
}

pub(super) async fn pdf(State(app): State<App>, me: SignedIn, Path(id): Path<String>) -> Result<Response, Failure> {
    me.must(Permission::Books)?;
    let document = documents::load(app.store.db(), &DocumentId::from(id.as_str())).await?;
    let object = document.id.as_str();
    let detail = serde_json::json!({ "name": document.name() });
    audit::note(&app.store, &me.actor(), "document.downloaded", object, &detail).await?;
    let bytes = pdf::of(&app.billing, &document).await?;
    Ok(pdf_response(&pdf::file_name(&document), bytes))
}

pub(super) async fn file(State(app): State<App>, me: SignedIn, Path(id): Path<String>) -> Result<Response, Failure> {
    me.must(Permission::Books)?;
    let file = documents::file(app.store.db(), &id).await?;
    let detail = serde_json::json!({ "name": file.name });
    audit::note(&app.store, &me.actor(), "file.opened", &file.id, &detail).await?;
    let bytes = app.store.blobs().get(&file.sha256).await?;
    Ok(portal::files::file_response(&file.name, &file.media_type, bytes))
}
