//! Forms. A form of somebody who is signed in carries the session's anti-forgery token; every form
//! must come from a page of ours.

use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{HeaderMap, header};
use conversation::types::Position;

use super::failure::Failure;
use super::session::{SignedIn, Visitor};
use crate::app::App;

/// What is wrong: (field's name, words); an empty name is about the whole form.
pub(crate) type Errors = Vec<(String, String)>;

/// The fields of a form, in order.
#[derive(Debug, Clone, Default)]
pub struct Form(Vec<(String, String)>);

/// The most fields that a form may have.
const MOST_FIELDS: usize = 600;

impl Form {
    /// The first value of a field; empty when it was not sent.
    pub fn get(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(field, _)| field == name)
            .map_or("", |(_, value)| value)
    }

    /// All values of a field, in order.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(field, _)| field == name)
            .map(|(_, value)| value.as_str())
    }

    /// Every field and its value, in order.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether a checkbox was ticked.
    pub fn is_on(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }

    /// A form of these fields, for drawing one that is filled already.
    pub fn of(fields: impl IntoIterator<Item = (&'static str, String)>) -> Form {
        Form(
            fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    }

    /// All fields, in order.
    pub fn pairs(&self) -> impl Iterator<Item = (String, String)> + '_ {
        self.0.iter().cloned()
    }

    /// As [`Form::of`], with names that are put together.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// Says another value of a field; those it had are gone.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.retain(|(field, _)| field != name);
        self.push(name, value);
    }

    /// Keeps the fields of these names.
    pub fn retain(&mut self, is_kept: impl Fn(&str) -> bool) {
        self.0.retain(|(field, _)| is_kept(field));
    }

    fn parse(body: &[u8]) -> Form {
        Form(
            url::form_urlencoded::parse(body)
                .take(MOST_FIELDS)
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
        )
    }
}

/// Whether a browser says that a page of another site sent this.
fn is_foreign(app: &App, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match text("sec-fetch-site") {
        Some(site) => !matches!(site, "same-origin" | "none"),
        None => match text("origin") {
            // Browsers old enough to say neither are held by the token and `SameSite`.
            None => false,
            Some(origin) => {
                let host = text(header::HOST.as_str()).unwrap_or_default();
                let is_host = origin
                    .split_once("://")
                    .is_some_and(|(_, rest)| rest == host && !host.is_empty());
                !is_host && origin != app.public_url()
            }
        },
    }
}

fn check_token(me: &SignedIn, given: &str) -> Result<(), Failure> {
    use subtle::ConstantTimeEq;
    if given.as_bytes().ct_eq(me.csrf.as_bytes()).into() {
        Ok(())
    } else {
        Err(Failure::Forgery)
    }
}

fn header_token(headers: &HeaderMap) -> Option<String> {
    headers
        .get("x-csrf-token")
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
}

/// A form of somebody who need not be signed in: there is no session to ride on, so where it comes
/// from is all there is to check.
#[derive(Debug)]
pub struct OpenForm(pub Form);

impl FromRequest<App> for OpenForm {
    type Rejection = Failure;
    async fn from_request(request: Request, app: &App) -> Result<Self, Failure> {
        if is_foreign(app, request.headers()) {
            return Err(Failure::Forgery);
        }
        let body = Bytes::from_request(request, app).await.map_err(|_| Failure::TooLarge)?;
        Ok(OpenForm(Form::parse(&body)))
    }
}

/// A form of an agent, checked.
#[derive(Debug)]
pub struct Posted {
    /// Who sent it.
    pub me: SignedIn,
    /// What.
    pub form: Form,
}

impl FromRequest<App> for Posted {
    type Rejection = Failure;
    async fn from_request(request: Request, app: &App) -> Result<Self, Failure> {
        let me = Visitor::of(&request)?.signed_in()?;
        if is_foreign(app, request.headers()) {
            return Err(Failure::Forgery);
        }
        let token = header_token(request.headers());
        let body = Bytes::from_request(request, app).await.map_err(|_| Failure::TooLarge)?;
        let form = Form::parse(&body);
        check_token(&me, token.as_deref().unwrap_or(form.get("csrf")))?;
        Ok(Posted { me, form })
    }
}

/// One file of a form.
#[derive(Debug, Clone)]
pub struct Upload {
    /// Its name, as the browser says it.
    pub name: String,
    /// Its media type, as the browser says it.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Bytes,
}

/// A form of an agent with files, checked.
#[derive(Debug)]
pub struct PostedFiles {
    /// Who sent it.
    pub me: SignedIn,
    /// The fields.
    pub form: Form,
    /// The files; empty ones are left out.
    pub files: Vec<Upload>,
}

impl FromRequest<App> for PostedFiles {
    type Rejection = Failure;
    async fn from_request(request: Request, app: &App) -> Result<Self, Failure> {
        let me = Visitor::of(&request)?.signed_in()?;
        if is_foreign(app, request.headers()) {
            return Err(Failure::Forgery);
        }
        let token = header_token(request.headers());
        let is_multipart = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|kind| kind.starts_with("multipart/form-data"));
        let (mut form, mut files) = (Form::default(), Vec::new());
        if is_multipart {
            let mut parts = Multipart::from_request(request, app)
                .await
                .map_err(|_| Failure::Unreadable)?;
            while let Some(part) = parts.next_field().await.map_err(|error| unreadable(&error))? {
                let name = part.name().unwrap_or_default().to_owned();
                let file_name = part.file_name().map(str::to_owned);
                let media_type = part.content_type().unwrap_or("application/octet-stream").to_owned();
                let bytes = part.bytes().await.map_err(|error| unreadable(&error))?;
                if form.0.len() + files.len() >= MOST_FIELDS {
                    return Err(Failure::TooLarge);
                }
                match file_name {
                    Some(name) if !bytes.is_empty() || !name.is_empty() => files.push(Upload {
                        name,
                        media_type,
                        bytes,
                    }),
                    Some(_) => {}
                    None => form.push(name, String::from_utf8_lossy(&bytes)),
                }
            }
        } else {
            let body = Bytes::from_request(request, app).await.map_err(|_| Failure::TooLarge)?;
            form = Form::parse(&body);
        }
        check_token(&me, token.as_deref().unwrap_or(form.get("csrf")))?;
        Ok(PostedFiles { me, form, files })
    }
}

fn unreadable(error: &axum::extract::multipart::MultipartError) -> Failure {
    if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        Failure::TooLarge
    } else {
        Failure::Unreadable
    }
}

/// A position that a form names; anything else is the beginning, which holds a reply back.
pub fn position(text: &str) -> Position {
    text.trim().parse().unwrap_or(0)
}
