//! The OpenAPI document: made from the handlers, with what is the same for all of them added here.

use http::Method;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, Required, ResponseBuilder,
    ServerBuilder,
};
use utoipa::{PartialSchema, ToSchema};

use super::problem::Problem;

const ABOUT: &str = "\
Conversations, messages, contacts, tickets and the event log of a Switchboard installation.

**Tokens.** Send `Authorization: Bearer sb_…`. `switchboard token create --role ROLE` makes a token; its role is \
`administrator`, `agent` or `supervisor` (reads only).

**Pages.** Lists answer `items` and `next`. Give `next` as `after` to get the next page; it is null on the last one.

**Once.** Every POST takes an `Idempotency-Key`. The first success is kept for 48 hours and given again, with \
`Idempotent-Replayed: true`, to the same request under the same key. The key with another request is 422, and 409 \
while the first is still being worked on. A request that failed changed nothing and may be sent again under its key.

**Limits.** A token may ask 6,000 times a minute unless the installation says otherwise (`server.api_per_minute`); more is \
answered 429 with `Retry-After`, and nothing was done.

**Errors** are problem documents (RFC 9457, `application/problem+json`); compare `type`. What is missing and what \
this token may not see answer alike with 404. Unknown fields and query parameters are refused with 422.

**Times** are RFC 3339 in UTC with milliseconds. Ids are opaque text. New fields may be added to answers at any time.";

/// The document before any operation.
pub(super) fn frame() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Switchboard API")
        .version("1")
        .description(Some(ABOUT))
        .license(Some(LicenseBuilder::new().name(env!("CARGO_PKG_LICENSE")).build()))
        .build();
    let mut bearer = Http::new(HttpAuthScheme::Bearer);
    bearer.description = Some("An API token, `sb_` and 64 hexadecimal digits.".to_owned());
    let components = ComponentsBuilder::new()
        .security_scheme("token", SecurityScheme::Http(bearer))
        .schema(Problem::name(), Problem::schema())
        .build();
    let tags = [
        ("conversations", "Threads with customers, and what is done with them."),
        ("messages", "What was written, its files and its sending."),
        ("contacts", "People and how channels know them."),
        ("tickets", "Tracked requests."),
        (
            "billing",
            "Customers, invoices, estimates, payments. Amounts are integers in minor units.",
        ),
        ("equipment", "Machines, readings, contracts, requests, visits."),
        ("inboxes", "Configured accounts of channels."),
        ("agents", "The people of the business."),
        (
            "access",
            "Companies and their people, consents, erasure, and who did what.",
        ),
        ("tokens", "What gives access to this API."),
        ("webhooks", "Other programs that are told of events."),
        (
            "desk",
            "What agents write and work with: canned replies, macros, rules.",
        ),
        ("broadcasts", "One message to many customers."),
        ("spam", "Who is blocked; what is spam is said of each conversation."),
        ("quarantine", "What arrived and could not be filed."),
        ("knowledge", "What the bot knows, and why it answered."),
        ("surveys", "What customers are asked, and what they say."),
        ("reports", "Figures of days."),
        ("events", "Every change, in order."),
        ("me", "The token itself."),
    ]
    .map(|(name, words)| TagBuilder::new().name(name).description(Some(words)).build());
    OpenApiBuilder::new()
        .info(info)
        .servers(Some([ServerBuilder::new().url("/api/v1").build()]))
        .components(Some(components))
        .tags(Some(tags))
        .security(Some([SecurityRequirement::new("token", [] as [&str; 0])]))
        .build()
}

/// The whole document, as it is served.
pub fn document() -> OpenApi {
    let (_, mut document) = super::operations::operations().split_for_parts();
    for item in document.paths.paths.values_mut() {
        for (method, operation) in operations_of(item) {
            complete(operation, &method);
        }
    }
    document
}

/// The operations of a path, with their methods.
fn operations_of(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    [
        (Method::GET, item.get.as_mut()),
        (Method::POST, item.post.as_mut()),
        (Method::PUT, item.put.as_mut()),
        (Method::PATCH, item.patch.as_mut()),
        (Method::DELETE, item.delete.as_mut()),
    ]
    .into_iter()
    .filter_map(|(method, operation)| operation.map(|operation| (method, operation)))
}

/// Adds what every operation of its kind has.
fn complete(operation: &mut Operation, method: &Method) {
    for (status, words) in refusals(operation, method) {
        let response = ResponseBuilder::new()
            .description(words)
            .content(
                "application/problem+json",
                ContentBuilder::new()
                    .schema(Some(Ref::from_schema_name(Problem::name())))
                    .build(),
            )
            .build();
        operation
            .responses
            .responses
            .insert(status.to_owned(), RefOr::T(response));
    }
    if *method == Method::POST {
        happen_once(operation);
    }
}

/// The statuses that an operation refuses with, and why; of two words for one status the later count.
fn refusals(operation: &Operation, method: &Method) -> Vec<(&'static str, &'static str)> {
    let has = |place: ParameterIn| {
        operation.parameters.iter().flatten().any(|parameter| match parameter {
            RefOr::T(parameter) => parameter.parameter_in == place,
            RefOr::Ref(_) => false,
        })
    };
    let has_path = has(ParameterIn::Path);
    let has_body = operation.request_body.is_some();
    let has_input = has(ParameterIn::Query) || has_body;
    let mut refusals = vec![
        ("401", "No token, or one that is unknown or revoked."),
        ("403", "The role of the token does not include this."),
        ("429", "The token asks too often; try again after Retry-After seconds."),
        ("500", "A fault of the server; its log says more."),
        (
            "503",
            "A service that is needed does not answer; try again after Retry-After seconds.",
        ),
    ];
    if has_path || has_input {
        refusals.push((
            "404",
            "Something that the request names is missing, or not for this token.",
        ));
    }
    if has_input {
        refusals.push((
            "422",
            "The request is not valid: the detail says what and how it should be.",
        ));
    }
    if has_body {
        refusals.push(("413", "The body is too large."));
        refusals.push(("415", "The body is not of the media type that the operation takes."));
    }
    if has_body || *method == Method::POST {
        refusals.push(("400", "The body or a header cannot be read."));
    }
    if !method.is_safe() {
        refusals.push(("409", "The present state does not allow it."));
    }
    if *method == Method::POST {
        refusals.push((
            "409",
            "The present state does not allow it, or the same Idempotency-Key is being worked on.",
        ));
        refusals.push((
            "422",
            "The request is not valid, or its Idempotency-Key belongs to another one.",
        ));
    }
    // Reading the bytes of a file that the channel has not given yet.
    if operation.operation_id.as_deref() == Some("downloadAttachment") {
        refusals.push(("409", "The bytes are still with the channel."));
    }
    refusals
}

/// The header that makes an operation happen once, and the one that says that it had happened before.
fn happen_once(operation: &mut Operation) {
    operation.parameters.get_or_insert_default().push(RefOr::T(
        ParameterBuilder::new()
            .name("Idempotency-Key")
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some("Makes the request happen once, however often it is sent: 1 to 255 visible ASCII characters, new for each request."))
            .schema(Some(ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(255))))
            .build(),
    ));
    for (status, response) in &mut operation.responses.responses {
        if let (true, RefOr::T(response)) = (status.starts_with('2'), response) {
            response.headers.insert(
                "Idempotent-Replayed".to_owned(),
                HeaderBuilder::new()
                    .schema(Some(
                        ObjectBuilder::new()
                            .schema_type(Type::String)
                            .enum_values(Some(["true"])),
                    ))
                    .description(Some("Present when this is the kept answer to an earlier request."))
                    .build()
                    .into(),
            );
        }
    }
}
