//! What handlers take and give: JSON, queries, ids, times, pages.

use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::response::{IntoResponse, Response};
use conversation::types::Millis;
use conversation::views::PageEnd;
use http::header::{CONTENT_TYPE, LOCATION};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{KnownFormat, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::problem::{Outcome, Problem};

/// A JSON body. Fields that the operation does not have are refused.
pub(super) struct Json<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, state: &S) -> Outcome<Json<T>> {
        let is_json = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .map(|value| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
            .is_some_and(|kind| {
                kind == "application/json" || kind.starts_with("application/") && kind.ends_with("+json")
            });
        if !is_json {
            return Err(Problem::unsupported_media_type());
        }
        let body = bytes::Bytes::from_request(request, state)
            .await
            .map_err(|_| Problem::bad_request("the body could not be read"))?;
        serde_json::from_slice(&body).map(Json).map_err(|error| {
            if error.is_data() {
                Problem::invalid(format!("the body does not fit: {error}"))
            } else {
                Problem::bad_request(format!("the body is not JSON: {error}"))
            }
        })
    }
}

/// The query. Parameters that the operation does not have are refused.
pub(super) struct Query<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Outcome<Query<T>> {
        axum::extract::Query::<T>::from_request_parts(parts, state)
            .await
            .map(|query| Query(query.0))
            .map_err(|error| Problem::invalid(format!("the query does not fit: {}", words(&error))))
    }
}

/// The innermost words of an error, without those of the wrappers.
fn words(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// The id in the path.
pub(super) struct Id(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Outcome<Id> {
        // An id that is no text names nothing.
        let Path(id) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::not_found())?;
        Ok(Id(id))
    }
}

/// The two ids in a path: of a thing, and of one that is in it.
pub(super) struct Ids(pub(super) (String, String));

impl<S: Send + Sync> FromRequestParts<S> for Ids {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Outcome<Ids> {
        let Path(ids) = Path::<(String, String)>::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::not_found())?;
        Ok(Ids(ids))
    }
}

/// Something that was made, and its path below `/api/v1`.
pub(super) struct Created<T>(pub(super) String, pub(super) T);

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let mut response = (StatusCode::CREATED, axum::Json(self.1)).into_response();
        if let Ok(place) = HeaderValue::from_str(&format!("/api/v1{}", self.0)) {
            response.headers_mut().insert(LOCATION, place);
        }
        response
    }
}

/// A moment, as RFC 3339 in UTC with milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Time(pub(super) Millis);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // A provider may claim a time beyond the year 9999.
        let moment = jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::MAX);
        serializer.collect_str(&format_args!("{moment:.3}"))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.parse::<jiff::Timestamp>() {
            Ok(moment) => Ok(Time(moment.as_millisecond())),
            Err(_) => Err(serde::de::Error::custom(
                "a time must be RFC 3339 with an offset, such as 2026-01-31T09:00:00Z",
            )),
        }
    }
}

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("RFC 3339, UTC, milliseconds."))
            .examples([serde_json::json!("2026-01-31T09:00:00.000Z")])
            .into()
    }
}
impl ToSchema for Time {
    fn name() -> std::borrow::Cow<'static, str> {
        "Time".into()
    }
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Page<T: ToSchema> {
    /// The things on this page.
    pub(super) items: Vec<T>,
    /// Give it as `after` to get the next page; null on the last one.
    #[schema(required)]
    pub(super) next: Option<String>,
}

/// How many things a page has unless the caller says.
const USUAL: i64 = 50;
/// How many things a page can have.
pub(super) const MOST: i64 = 200;

/// The checked `limit` of a query.
pub(super) fn limit(asked: Option<i64>) -> Outcome<i64> {
    match asked {
        None => Ok(USUAL),
        Some(limit) if (1..=MOST).contains(&limit) => Ok(limit),
        Some(_) => Err(Problem::invalid(format!("limit: from 1 to {MOST}"))),
    }
}

/// Refuses a text of more letters than the document says, instead of cutting it in silence.
pub(super) fn at_most(letters: usize, field: &str, text: &str) -> Outcome<()> {
    if text.chars().count() <= letters {
        return Ok(());
    }
    Err(Problem::invalid(format!("{field}: at most {letters} characters")))
}

/// Cuts the one row too many that says that there is a next page; returns whether there was.
pub(super) fn cut<T>(rows: &mut Vec<T>, limit: i64) -> bool {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    has_more
}

/// Cuts as [`cut`] does; where there is a next page, what it begins after: the end of this one, by `end`.
pub(super) fn cut_after<T>(rows: &mut Vec<T>, limit: i64, end: impl FnOnce(&T) -> (Millis, String)) -> Option<String> {
    let has_more = cut(rows, limit);
    let (at, id) = rows.last().filter(|_| has_more).map(end)?;
    Some(PageEnd { at, id }.to_text())
}

pub(super) fn no_cursor() -> Problem {
    Problem::invalid("after: give the `next` of a page of this list, unchanged")
}

/// The checked `after` of a list that is ordered by time and id.
pub(super) fn page_end(after: Option<&str>) -> Outcome<Option<PageEnd>> {
    after
        .map(|text| PageEnd::from_text(text).ok_or_else(no_cursor))
        .transpose()
}

/// The checked `after` of a list that is ordered by a number.
pub(super) fn number(after: Option<&str>) -> Outcome<Option<i64>> {
    after.map(|text| text.parse().map_err(|_| no_cursor())).transpose()
}

/// Reads a field that may be left out (`None`), null (`Some(None)`) or a value.
pub(super) fn given<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}

/// Reads a field that must be there but may be null.
pub(super) fn required<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer)
}
