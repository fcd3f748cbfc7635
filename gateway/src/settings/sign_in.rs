//! How agents have to sign in: second factors by role, passwords, the single sign-on.

use axum::extract::State;
use axum::response::Response;
use conversation::Error;
use conversation::access::Permission;
use conversation::types::Role;
use maud::html;
use ui::components::Tone;
use ui::routes;

use super::draw::{Draw, Errors, copy, with_status};
use super::frame::{Part, frame};
use super::meanwhile;
use super::people::{role_name, roles};
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, Posted};
use crate::auth::policy::{self, Policy, Provider};
use crate::auth::{SignedIn, sso};

const HERE: &str = "/settings/sign-in";

fn filled(policy: &Policy, provider: Option<&Provider>) -> Form {
    let mut form = Form::default();
    for role in &policy.second_factor {
        form.push(format!("second_{role}"), "on");
    }
    if policy.is_without_passwords {
        form.push("without_passwords", "on");
    }
    if let Some(one) = provider {
        let lines = |roles: &[(String, Role)]| {
            let lines: Vec<String> = roles.iter().map(|(value, role)| format!("{value} = {role}")).collect();
            lines.join("\n")
        };
        for (name, value) in [
            ("issuer", one.issuer.clone()),
            ("client_id", one.client_id.clone()),
            ("label", one.label.clone()),
            ("scopes", one.scopes.join(" ")),
            ("domains", one.domains.join(" ")),
            ("claim", one.claim.clone()),
            ("roles", lines(&one.roles)),
            (
                "default_role",
                one.default_role.map(|role| role.to_string()).unwrap_or_default(),
            ),
        ] {
            form.push(name, value);
        }
        if one.trusts_addresses {
            form.push("trusts_addresses", "on");
        }
        if one.makes_agents {
            form.push("makes_agents", "on");
        }
    }
    meanwhile::stamp(&mut form);
    form
}

pub(super) async fn show(State(app): State<App>, me: SignedIn) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    me.fresh(HERE)?;
    let provider = policy::provider(&app.store).await?;
    let form = filled(&policy::load(&app.store).await?, provider.as_ref());
    page(&app, &me, &form, &Errors::new(), None).await
}

async fn page(
    app: &App,
    me: &SignedIn,
    sent: &Form,
    errors: &Errors,
    said: Option<(Tone, &str)>,
) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let draw = Draw {
        ctx,
        form: sent,
        errors,
    };
    let has_provider = policy::provider(&app.store).await?.is_some();
    let mut choices: Vec<(&str, std::borrow::Cow<'_, str>)> = vec![("", ctx.t("sign-in-no-role"))];
    choices.extend(roles(me.lang));
    let choices: Vec<(&str, &str)> = choices.iter().map(|(value, words)| (*value, &**words)).collect();
    let body = html! {
        (draw.summary())
        form.settings-form method="post" action=(HERE) {
            (draw.begin())
            fieldset.group {
                legend { (ctx.t("sign-in-second")) }
                p.hint { (ctx.t("sign-in-second-hint")) }
                div.checks { @for role in Role::ALL { (draw.check(&format!("second_{role}"), &role_name(me.lang, *role))) } }
            }
            fieldset.group {
                legend { (ctx.t("sign-in-passwords")) }
                (draw.check("without_passwords", &ctx.t("sign-in-without-passwords")))
                p.hint { (ctx.t("sign-in-without-passwords-hint")) }
            }
            div.settings-actions { button.button.primary type="submit" name="do" value="policy" { (ctx.t("settings-save")) } }
        }
        h2 { (ctx.t("sign-in-sso")) }
        p.hint { (ctx.t("sign-in-sso-hint")) }
        (copy("callback", &ctx.t("sign-in-callback"), &format!("{}{}", app.public_url(), routes::SSO_CALLBACK)))
        form.settings-form method="post" action=(HERE) {
            (draw.begin())
            (draw.text("issuer", &ctx.t("sign-in-issuer"), &ctx.t("sign-in-issuer-hint"), true))
            div.row-fields { (draw.text("client_id", &ctx.t("sign-in-client"), "", true)) (draw.secret("client_secret", &ctx.t("sign-in-secret"), &(if has_provider { ctx.t("sign-in-secret-kept") } else { "".into() }), !has_provider)) }
            div.row-fields { (draw.text("label", &ctx.t("sign-in-label"), "", true)) (draw.text("scopes", &ctx.t("sign-in-scopes"), "", false)) }
            (draw.text("domains", &ctx.t("sign-in-domains"), &ctx.t("sign-in-domains-hint"), false))
            (draw.check("trusts_addresses", &ctx.t("sign-in-trusts")))
            fieldset.group {
                legend { (ctx.t("sign-in-roles")) }
                p.hint { (ctx.t("sign-in-roles-hint")) }
                div.row-fields { (draw.text("claim", &ctx.t("sign-in-claim"), "", false)) (draw.choice("default_role", &ctx.t("sign-in-default-role"), &choices)) }
                (draw.lines("roles", &ctx.t("sign-in-mapping"), &ctx.t("sign-in-mapping-hint"), 3))
                (draw.check("makes_agents", &ctx.t("sign-in-makes")))
            }
            div.settings-actions {
                button.button.primary type="submit" name="do" value="provider" { (ctx.t("settings-save")) }
                @if has_provider { button.button.ghost type="submit" name="do" value="forget" formnovalidate { (ctx.t("sign-in-forget")) } }
            }
        }
    };
    let page = frame(me, Part::SignIn, &ctx.t("settings-sign-in"), said, &body);
    Ok(with_status(page, errors))
}

/// Reads the form of the provider.
fn provider_of(form: &Form, kept: Option<Provider>) -> Result<Provider, (&'static str, &'static str)> {
    let text = |name: &str| form.get(name).trim().to_owned();
    let words = |name: &str| -> Vec<String> {
        form.get(name)
            .split([' ', ',', '\n', '\r'])
            .map(|word| word.trim().trim_start_matches('@').to_owned())
            .filter(|word| !word.is_empty())
            .take(50)
            .collect()
    };
    let issuer = text("issuer").trim_end_matches('/').to_owned();
    let url = url::Url::parse(&issuer).map_err(|_| ("issuer", "sign-in-issuer-wrong"))?;
    // Who listens in on the way would be everybody.
    let is_here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if url.scheme() != "https" && !(url.scheme() == "http" && is_here) {
        return Err(("issuer", "sign-in-issuer-wrong"));
    }
    let client_secret = match (form.get("client_secret"), kept) {
        ("", Some(kept)) => kept.client_secret,
        (given, _) => given.to_owned(),
    };
    let mut roles = Vec::new();
    for line in form
        .get("roles")
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .take(100)
    {
        let (value, role) = line.rsplit_once('=').ok_or(("roles", "sign-in-mapping-wrong"))?;
        let role = role.trim().parse().map_err(|_| ("roles", "sign-in-mapping-wrong"))?;
        roles.push((value.trim().to_owned(), role));
    }
    // A slash at the end belongs to some issuers' names.
    let issuer = if form.get("issuer").trim().ends_with('/') {
        format!("{issuer}/")
    } else {
        issuer
    };
    Ok(Provider {
        issuer,
        client_id: text("client_id"),
        client_secret,
        label: text("label"),
        scopes: words("scopes"),
        domains: words("domains"),
        trusts_addresses: form.is_on("trusts_addresses"),
        claim: text("claim"),
        roles,
        default_role: form.get("default_role").parse().ok(),
        makes_agents: form.is_on("makes_agents"),
    })
}

pub(super) async fn save(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, mut form } = posted;
    me.must(Permission::Administer)?;
    me.fresh(HERE)?;
    let ctx = me.ctx();
    let store = &app.store;
    let kept = policy::provider(store).await?;
    if form.get("do") != "forget" {
        // Two forms of one page: each is compared with what it holds.
        let is_of_policy = |name: &str| name == "without_passwords" || name.starts_with("second_");
        let is_policy = form.get("do") != "provider";
        let full = filled(&policy::load(store).await?, kept.as_ref());
        let mut now = full.clone();
        now.retain(|name| is_of_policy(name) == is_policy);
        let objects = [if is_policy { policy::POLICY } else { policy::PROVIDER }];
        if let Some(errors) = meanwhile::changed(&app, &me, &mut form, now, &objects).await? {
            // The other form of the page stands there as it is kept.
            for (name, value) in full.fields().filter(|(name, _)| *name != meanwhile::SEEN) {
                if is_of_policy(name) != is_policy {
                    form.push(name, value);
                }
            }
            form.set(meanwhile::SEEN, full.get(meanwhile::SEEN));
            return page(&app, &me, &form, &errors, None).await;
        }
    }
    let done = match form.get("do") {
        "provider" => {
            let provider = match provider_of(&form, kept) {
                Ok(provider) => provider,
                Err((field, key)) => {
                    let errors = vec![(field.to_owned(), ctx.t(key).into_owned())];
                    return page(&app, &me, &form, &errors, None).await;
                }
            };
            if let Err(why) = sso::try_out(&provider).await {
                let errors = vec![(
                    "issuer".to_owned(),
                    format!("{} ({why})", ctx.t("sign-in-issuer-silent")),
                )];
                return page(&app, &me, &form, &errors, None).await;
            }
            policy::save_provider(store, &me.actor(), Some(&provider)).await
        }
        "forget" => policy::save_provider(store, &me.actor(), None).await,
        _ => {
            let policy = Policy {
                second_factor: Role::ALL
                    .iter()
                    .copied()
                    .filter(|role| form.is_on(&format!("second_{role}")))
                    .collect(),
                is_without_passwords: form.is_on("without_passwords"),
            };
            policy::save(store, &me.actor(), &policy).await
        }
    };
    let provider = policy::provider(store).await?;
    let filled = filled(&policy::load(store).await?, provider.as_ref());
    match done {
        Ok(()) => {
            page(
                &app,
                &me,
                &filled,
                &Errors::new(),
                Some((Tone::Good, &ctx.t("settings-saved"))),
            )
            .await
        }
        Err(error @ (Error::Conflict(_) | Error::Invalid(_))) => {
            let errors = vec![(String::new(), failure::words(me.lang, &error))];
            page(&app, &me, &filled, &errors, None).await
        }
        Err(error) => Err(error.into()),
    }
}
