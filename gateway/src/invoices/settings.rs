//! The business as its documents show it, Stripe's keys, and a preview of every mail.

use axum::extract::{Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use billing::import::rows::taxes;
use billing::money::Currency;
use billing::notify::{self, News};
use billing::sample;
use billing::settings::{self, Business, Logo, StripeKeys};
use billing::state::Kind;
use billing::totals::Rounding;
use conversation::access::Permission;
use conversation::notices::Notice;
use conversation::types::Language;
use maud::{Markup, html};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use ui::components::{Tone, toast};
use ui::i18n;

use super::editor;
use super::frame::{Part, frame};
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::{Form, Posted, PostedFiles};
use crate::auth::{SignedIn, see_other};
use crate::country;
use crate::settings::draw::{Draw, Errors, copy, refused, with_status};
use crate::settings::meanwhile;

fn filled(business: &Business) -> Form {
    let reminders: Vec<String> = business.reminders.iter().map(ToString::to_string).collect();
    let mut form = Form::of([
        ("name", business.name.clone()),
        ("address", business.address.clone()),
        ("tax_id", business.tax_id.clone()),
        ("email", business.email.clone()),
        ("phone", business.phone.clone()),
        ("color", business.color.clone()),
        ("currency", business.currency.to_string()),
        ("language", business.language.to_string()),
        ("rounding", business.rounding.as_str().to_owned()),
        ("taxes", editor::default_taxes(business)),
        ("due_days", business.due_days.to_string()),
        ("valid_days", business.valid_days.to_string()),
        ("invoice_prefix", business.invoice_prefix.clone()),
        ("estimate_prefix", business.estimate_prefix.clone()),
        ("credit_prefix", business.credit_prefix.clone()),
        ("number_digits", business.number_digits.to_string()),
        ("notes", business.notes.clone()),
        ("footer", business.footer.clone()),
        ("bank", business.bank.clone()),
        ("reminders", reminders.join(", ")),
    ]);
    for (name, is_on) in [
        ("is_yearly", business.is_yearly),
        ("attach_pdf", business.attach_pdf),
        ("send_thanks", business.send_thanks),
    ] {
        if is_on {
            form.push(name, "on");
        }
    }
    form
}

fn read(form: &Form, old: Business) -> Result<Business, Errors> {
    let mut errors = Errors::new();
    let mut number = |field: &str| {
        form.get(field).trim().parse::<i64>().unwrap_or_else(|_| {
            errors.push((field.to_owned(), "0 – 366".to_owned()));
            0
        })
    };
    let (due_days, valid_days, digits) = (number("due_days"), number("valid_days"), number("number_digits"));
    let currency = form
        .get("currency")
        .parse()
        .unwrap_or_else(|error: billing::money::UnknownCurrency| {
            errors.push(("currency".to_owned(), error.to_string()));
            Currency::USD
        });
    let reminders: Result<Vec<i64>, _> = form
        .get("reminders")
        .split([',', ' ', ';'])
        .filter(|part| !part.is_empty())
        .map(str::parse)
        .collect();
    let reminders = reminders.unwrap_or_else(|_| {
        errors.push(("reminders".to_owned(), "-3, 1, 7".to_owned()));
        Vec::new()
    });
    let taxes = taxes(form.get("taxes")).unwrap_or_else(|words| {
        errors.push(("taxes".to_owned(), words));
        Vec::new()
    });
    let get = |name: &str, most: usize| form.get(name).trim().chars().take(most).collect::<String>();
    let business = Business {
        name: get("name", 120),
        address: get("address", 500),
        tax_id: get("tax_id", 60),
        email: get("email", 200),
        phone: get("phone", 60),
        color: get("color", 7),
        currency,
        language: Language::from_tag(form.get("language")).unwrap_or(old.language),
        rounding: form.get("rounding").parse().unwrap_or(Rounding::Total),
        taxes,
        due_days,
        valid_days,
        invoice_prefix: get("invoice_prefix", 16),
        estimate_prefix: get("estimate_prefix", 16),
        credit_prefix: get("credit_prefix", 16),
        number_digits: usize::try_from(digits).unwrap_or(0),
        is_yearly: form.is_on("is_yearly"),
        notes: get("notes", 2_000),
        footer: get("footer", 200),
        bank: get("bank", 1_000),
        attach_pdf: form.is_on("attach_pdf"),
        send_thanks: form.is_on("send_thanks"),
        reminders,
        ..old
    };
    let own = business
        .check()
        .into_iter()
        .map(|(field, words)| (field.to_owned(), words));
    errors.extend(own);
    if errors.is_empty() { Ok(business) } else { Err(errors) }
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Said {
    #[serde(default)]
    said: String,
}

pub(super) async fn show(State(app): State<App>, me: SignedIn, Query(said): Query<Said>) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    let business = settings::business(app.store.db(), &app.store).await?;
    let mut form = filled(&business);
    form.push("country", country::value(&app).await?);
    meanwhile::stamp(&mut form);
    draw(&app, &me, &form, &Errors::new(), &said.said).await
}

async fn draw(app: &App, me: &SignedIn, sent: &Form, errors: &Errors, said: &str) -> Result<Response, Failure> {
    draw_both(app, me, sent, errors, said, None).await
}

/// The page with the form of Stripe's keys as it was sent, where that is to be looked at again.
async fn draw_both(
    app: &App,
    me: &SignedIn,
    sent: &Form,
    errors: &Errors,
    said: &str,
    late: Option<(&Form, &Errors)>,
) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let draw = Draw {
        ctx,
        form: sent,
        errors,
    };
    let business = settings::business(app.store.db(), &app.store).await?;
    let stripe = settings::stripe(app.store.db(), &app.store).await?;
    let languages: Vec<(&str, &str)> = Language::ALL
        .iter()
        .map(|one| (one.as_str(), i18n::own_name(*one)))
        .collect();
    let countries = country::choices(me.lang);
    let countries: Vec<(&str, &str)> = countries.iter().map(|(code, name)| (*code, name.as_str())).collect();
    let (by_line, by_total) = (ctx.t("billing-rounding-line"), ctx.t("billing-rounding-total"));
    let body = html! {
        (draw.summary())
        form.settings-form method="post" action="/billing/settings" enctype="multipart/form-data" {
            (draw.begin())
            fieldset.group { legend { (ctx.t("billing-business")) }
                (draw.text("name", &ctx.t("billing-name"), "", false))
                (draw.lines("address", &ctx.t("billing-address"), "", 3))
                div.row-fields { (draw.text("tax_id", &ctx.t("billing-tax-id"), "", false)) (draw.text("email", &ctx.t("field-email"), "", false)) (draw.text("phone", &ctx.t("billing-phone"), "", false)) }
                (draw.choice("country", &ctx.t("start-country-of"), &countries))
                p.hint { (ctx.t("start-country-about")) }
                div.row-fields { (draw.text("color", &ctx.t("billing-color"), "#0b6b5d", false))
                    div.field { label for="f-logo" { (ctx.t("billing-logo")) } @if business.logo.is_some() { img.logo-preview src="/portal/logo" alt=""; } input.input.file-input #f-logo type="file" name="logo" accept="image/png,image/jpeg"; } }
            }
            fieldset.group { legend { (ctx.t("billing-documents")) }
                div.row-fields { (draw.text("currency", &ctx.t("billing-currency"), "", true)) (draw.choice("language", &ctx.t("billing-language"), &languages)) (draw.text("taxes", &ctx.t("billing-taxes"), &ctx.t("billing-taxes-hint"), false)) }
                div.row-fields { (draw.text("due_days", &ctx.t("billing-due-days"), "", true)) (draw.text("valid_days", &ctx.t("billing-valid-days"), "", true)) (draw.choice("rounding", &ctx.t("billing-rounding"), &[("total", &*by_total), ("line", &*by_line)])) }
                div.row-fields { (draw.text("invoice_prefix", &ctx.t("billing-invoice-prefix"), "", false)) (draw.text("estimate_prefix", &ctx.t("billing-estimate-prefix"), "", false)) (draw.text("credit_prefix", &ctx.t("billing-credit-prefix"), "", false)) (draw.text("number_digits", &ctx.t("billing-digits"), "", true)) }
                (draw.check("is_yearly", &ctx.t("billing-yearly")))
                (draw.lines("notes", &ctx.t("billing-default-notes"), "", 2))
                (draw.text("footer", &ctx.t("billing-footer"), "", false))
            }
            fieldset.group { legend { (ctx.t("billing-mails")) }
                (draw.text("reminders", &ctx.t("billing-reminders"), &ctx.t("billing-reminders-hint"), false))
                (draw.check("attach_pdf", &ctx.t("billing-attach-pdf")))
                (draw.check("send_thanks", &ctx.t("billing-send-thanks")))
                p { @for (what, key) in [("invoice", "billing-preview-invoice"), ("estimate", "billing-preview-estimate"), ("before", "billing-preview-before"), ("after", "billing-preview-after"), ("paid", "billing-preview-paid")] {
                    a.button.ghost href={ "/billing/settings/preview?mail=" (what) "&lang=" (business.language) } target="_blank" { (ctx.t(key)) } " " } }
            }
            fieldset.group { legend { (ctx.t("client-transfer")) } (draw.lines("bank", &ctx.t("billing-bank"), &ctx.t("billing-bank-hint"), 3)) }
            div.settings-actions { button.button.primary type="submit" { (ctx.t("billing-save")) } }
        }
        (stripe_part(app, me, &stripe, late, said == "stripe"))
        fieldset.group { legend { (ctx.t("billing-portal")) } (copy("portal-url", &ctx.t("billing-portal-address"), &format!("{}/portal", app.public_url()))) }
    };
    let words = ctx.t("billing-said-done");
    let said = (said == "saved").then_some((Tone::Good, &*words));
    let page = frame(me, Part::Settings, &ctx.t("billing-settings"), said, &body);
    Ok(with_status(page, late.map_or(errors, |(_, errors)| errors)))
}

/// What the form of Stripe's keys is filled with; of what nobody reads there, whether it is another one.
fn stripe_filled(keys: &StripeKeys) -> Form {
    let told = |secret: &str| match secret {
        "" => String::new(),
        secret => Sha256::digest(secret)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect(),
    };
    Form::of([
        ("publishable_key", keys.publishable_key.clone()),
        ("secret_key", told(&keys.secret_key)),
        ("hook_secret", told(&keys.hook_secret)),
    ])
}

/// Far down the page: that it was saved is said here, where the address leads.
fn stripe_part(app: &App, me: &SignedIn, keys: &StripeKeys, late: Option<(&Form, &Errors)>, is_saved: bool) -> Markup {
    let ctx = me.ctx();
    let mut kept = stripe_filled(keys);
    meanwhile::stamp(&mut kept);
    kept.retain(|name| name == "publishable_key" || name == meanwhile::SEEN);
    let none = Errors::new();
    let (sent, errors) = late.unwrap_or((&kept, &none));
    // Secrets are typed again: a page never holds one.
    let mut sent = sent.clone();
    sent.retain(|name| !matches!(name, "secret_key" | "hook_secret"));
    let draw = Draw {
        ctx,
        form: &sent,
        errors,
    };
    let keep = if keys.is_set() { ctx.t("secret-keep") } else { "".into() };
    html! {
        form.settings-form #stripe method="post" action="/billing/settings/stripe" {
            (draw.begin())
            @for (_, words) in errors.iter().filter(|(field, _)| field.is_empty()) {
                (toast(Tone::Bad, words))
                p.meanwhile { (ctx.t("meanwhile-how")) " " a href="/billing/settings" { (ctx.t("meanwhile-take")) } }
            }
            @if is_saved { (toast(Tone::Good, &ctx.t("billing-said-done"))) }
            fieldset.group { legend { "Stripe" }
                p.hint { (ctx.t("billing-stripe-hint")) }
                (draw.text("publishable_key", &ctx.t("billing-stripe-publishable"), "pk_…", false))
                (draw.secret("secret_key", &ctx.t("billing-stripe-secret"), &keep, false))
                (draw.secret("hook_secret", &ctx.t("billing-stripe-hook"), &keep, false))
                (copy("stripe-hook", &ctx.t("hook-url"), &format!("{}/webhooks/stripe", app.public_url())))
                p.hint { (ctx.t("billing-stripe-events")) " " code.small { "checkout.session.completed, checkout.session.async_payment_succeeded, checkout.session.async_payment_failed, checkout.session.expired, refund.created, refund.updated, refund.failed, charge.dispute.created, charge.dispute.updated, charge.dispute.closed" } }
                (draw.check("off", &ctx.t("billing-stripe-off")))
                div.settings-actions { button.button.primary type="submit" { (ctx.t("billing-save")) } }
            }
        }
    }
}

pub(super) async fn save(State(app): State<App>, posted: PostedFiles) -> Result<Response, Failure> {
    let PostedFiles { me, mut form, files } = posted;
    me.must(Permission::Administer)?;
    let old = settings::business(app.store.db(), &app.store).await?;
    let mut kept = filled(&old);
    kept.push("country", country::value(&app).await?);
    if let Some(errors) = meanwhile::changed(&app, &me, &mut form, kept, &["business", "country"]).await? {
        return draw(&app, &me, &form, &errors, "").await;
    }
    let mut business = match read(&form, old) {
        Ok(business) => business,
        Err(errors) => return draw(&app, &me, &form, &super::editor::translated(&me, errors), "").await,
    };
    if let Some(file) = files.iter().find(|file| !file.bytes.is_empty()) {
        let media_type = portal::files::media_type(&file.media_type);
        let is_fine = file.bytes.len() <= 1024 * 1024 && billing::pdf::is_drawable(&file.bytes, &media_type);
        if !is_fine {
            let words = i18n::t(me.lang, "billing-logo-bad").into_owned();
            return draw(&app, &me, &form, &vec![(String::new(), words)], "").await;
        }
        let blob = app.store.put_blob(&file.bytes).await?;
        business.logo = Some(Logo {
            sha256: blob.sha256,
            media_type,
        });
    }
    if form.is_on("country")
        && let Err(error) = country::keep(&app, &me.actor(), &form).await
    {
        return draw(&app, &me, &form, &refused(me.lang, &form, &error), "").await;
    }
    settings::set_business(&app.store, &me.actor(), &business).await?;
    app.billing.follow().await?;
    Ok(see_other("/billing/settings?said=saved"))
}

pub(super) async fn save_stripe(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, mut form } = posted;
    me.must(Permission::Administer)?;
    let old = settings::stripe(app.store.db(), &app.store).await?;
    let kept = stripe_filled(&old);
    if let Some(errors) = meanwhile::changed(&app, &me, &mut form, kept, &["stripe"]).await? {
        let business = settings::business(app.store.db(), &app.store).await?;
        let mut of_business = filled(&business);
        of_business.push("country", country::value(&app).await?);
        meanwhile::stamp(&mut of_business);
        let late = Some((&form, &errors));
        return draw_both(&app, &me, &of_business, &Errors::new(), "", late).await;
    }
    let or = |given: &str, kept: String| match given.trim() {
        "" => kept,
        given => given.to_owned(),
    };
    let keys = if form.is_on("off") {
        StripeKeys::default()
    } else {
        StripeKeys {
            publishable_key: form.get("publishable_key").trim().to_owned(),
            secret_key: or(form.get("secret_key"), old.secret_key),
            hook_secret: or(form.get("hook_secret"), old.hook_secret),
        }
    };
    settings::set_stripe(&app.store, &me.actor(), &keys).await?;
    Ok(see_other("/billing/settings?said=stripe#stripe"))
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    mail: String,
    #[serde(default)]
    lang: String,
}

/// A mail as a document of its own, with a sample in the place of a customer's.
pub(super) async fn preview(
    State(app): State<App>,
    me: SignedIn,
    Query(which): Query<Which>,
) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    let business = settings::business(app.store.db(), &app.store).await?;
    let language = Language::from_tag(&which.lang).unwrap_or(business.language);
    let (kind, news) = match which.mail.as_str() {
        "estimate" => (Kind::Estimate, News::Sent),
        "before" => (Kind::Invoice, News::Reminder(-3)),
        "after" => (Kind::Invoice, News::Reminder(7)),
        "paid" => (Kind::Invoice, News::Paid(12_500)),
        _ => (Kind::Invoice, News::Sent),
    };
    let document = sample::document(&app.billing, &business, kind, language);
    let mail = notify::mail(&app.billing, &business, &document, news);
    let notice = Notice {
        id: String::new(),
        inbox_id: "".into(),
        recipient: String::new(),
        language,
        subject: mail.subject,
        text: mail.text,
        action_label: mail.button,
        action_url: format!("{}/l/…", app.public_url()),
        message_id: String::new(),
        attempts: 0,
        created_at: 0,
        look: None,
    };
    let mut response = Html(channels::notices::html(&notice, &mail.look)).into_response();
    // A mail has its styles in it; nothing else may load or run here.
    response.headers_mut().insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'"),
    );
    Ok(response)
}
