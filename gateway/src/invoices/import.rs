//! Import from a file: checked first, written when somebody says so.

use axum::extract::{Path, State};
use axum::response::Response;
use billing::import::{self, Kind};
use conversation::Error;
use conversation::access::Permission;
use maud::html;
use ui::i18n;

use super::frame::{Part, frame};
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Posted, PostedFiles};
use crate::auth::{SignedIn, see_other};
use crate::import_pages::{self, Offer};

const UNDER: &str = "/billing/import";
pub(super) async fn list(State(app): State<App>, me: SignedIn) -> Result<Response, Failure> {
    me.must(Permission::Bill)?;
    page(&app, &me, None).await
}

async fn page(app: &App, me: &SignedIn, wrong: Option<String>) -> Result<Response, Failure> {
    let all = import::list(app.store.db()).await?;
    let offers: Vec<Offer> = Kind::ALL
        .iter()
        .map(|kind| {
            let (title, hint) = match kind {
                Kind::Customers => ("billing-customers", "billing-import-rows"),
                Kind::Invoices => ("billing-import-total", "billing-import-columns"),
            };
            Offer {
                kind: kind.as_str(),
                title: title.to_owned(),
                hint,
                columns: import::heads(*kind),
            }
        })
        .collect();
    let wrong = wrong.as_deref();
    let body = import_pages::overview(me, UNDER, "billing-import-lead", &offers, &all, wrong);
    let page = frame(me, Part::Import, &me.ctx().t("billing-import"), None, &body);
    Ok(import_pages::answer(page, wrong))
}

/// A file to begin with.
pub(super) async fn example(me: SignedIn, Path(kind): Path<String>) -> Result<Response, Failure> {
    me.must(Permission::Bill)?;
    let kind: Kind = kind.parse().map_err(|_| Error::NotFound)?;
    Ok(import_pages::example(me.lang, kind.as_str(), import::example(kind)))
}

pub(super) async fn begin(State(app): State<App>, posted: PostedFiles) -> Result<Response, Failure> {
    let me = posted.me;
    me.must(Permission::Bill)?;
    let Some(file) = posted.files.first() else {
        return page(&app, &me, Some(i18n::t(me.lang, "billing-import-no-file").into_owned())).await;
    };
    let kind: Kind = posted.form.get("kind").parse().map_err(Error::from)?;
    match import::begin(&app.billing, &me.actor(), kind, &file.name, &file.bytes).await {
        Ok(id) => Ok(see_other(&format!("{UNDER}/{id}"))),
        Err(error @ Error::Invalid(_)) => page(&app, &me, Some(failure::words(me.lang, &error))).await,
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn show(State(app): State<App>, me: SignedIn, Path(id): Path<String>) -> Result<Response, Failure> {
    me.must(Permission::Bill)?;
    let ctx = me.ctx();
    let one = import::load(app.store.db(), &id).await?;
    let is_customers = one.kind == Kind::Customers.as_str();
    let (total, words) = if is_customers {
        ("billing-customers", "billing-import-go-customers")
    } else {
        ("billing-import-total", "billing-import-go")
    };
    let go = html! {
        @if one.rows_new > 0 || is_customers {
            button.button.primary type="submit" { (i18n::t_args(me.lang, words, &[("count", one.rows_new.into())])) }
        } @else {
            button.button type="submit" { (ctx.t("billing-import-again")) }
        }
    };
    let body = import_pages::one(&me, UNDER, &one, total, &go);
    Ok(frame(&me, Part::Import, &one.name, None, &body))
}

pub(super) async fn confirm(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    posted.me.must(Permission::Bill)?;
    import::confirm(&app.billing, &posted.me.actor(), &id).await?;
    Ok(see_other(&format!("{UNDER}/{id}")))
}
