//! A collector of OpenTelemetry: takes traces by OTLP over HTTP (protobuf) and decodes them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use prost::Message as _;
use tokio_util::task::AbortOnDropHandle;

/// One span as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traced {
    /// Whose: `service.name` of its resource.
    pub service: String,
    /// Its name.
    pub name: String,
    /// The trace, in hexadecimal digits.
    pub trace: String,
    /// Its id, in hexadecimal digits.
    pub id: String,
    /// The span that it is part of; empty for the first of a trace.
    pub parent: String,
    /// What it says about itself.
    pub attributes: BTreeMap<String, String>,
    /// Everything of it, as text.
    pub whole: String,
}

/// The collector.
#[derive(Debug)]
pub struct Otlp {
    address: SocketAddr,
    spans: Arc<Mutex<Vec<Traced>>>,
    _task: AbortOnDropHandle<()>,
}

impl Otlp {
    /// Starts it.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start() -> anyhow::Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let spans = Arc::new(Mutex::new(Vec::new()));
        let routes = axum::Router::new()
            .route("/v1/traces", post(take))
            .with_state(spans.clone());
        let task = tokio::spawn(async move { drop(axum::serve(listener, routes).await) });
        Ok(Self {
            address,
            spans,
            _task: AbortOnDropHandle::new(task),
        })
    }

    /// Its address, for `traces.endpoint`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every span that arrived so far.
    #[must_use]
    pub fn spans(&self) -> Vec<Traced> {
        self.spans.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn take(
    State(spans): State<Arc<Mutex<Vec<Traced>>>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Vec<u8>, StatusCode> {
    let is_protobuf = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind == "application/x-protobuf");
    if !is_protobuf {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let request = ExportTraceServiceRequest::decode(body).map_err(|_| StatusCode::BAD_REQUEST)?;
    let mut taken = Vec::new();
    for resource in request.resource_spans {
        let service = resource
            .resource
            .iter()
            .flat_map(|resource| &resource.attributes)
            .find(|pair| pair.key == "service.name")
            .map(|pair| words(pair.value.as_ref().and_then(|value| value.value.as_ref())))
            .unwrap_or_default();
        for span in resource.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            taken.push(Traced {
                service: service.clone(),
                whole: format!("{span:?}"),
                trace: hex::encode(&span.trace_id),
                id: hex::encode(&span.span_id),
                parent: hex::encode(&span.parent_span_id),
                attributes: span
                    .attributes
                    .iter()
                    .map(|pair| {
                        let value = pair.value.as_ref().and_then(|value| value.value.as_ref());
                        (pair.key.clone(), words(value))
                    })
                    .collect(),
                name: span.name,
            });
        }
    }
    spans.lock().unwrap_or_else(PoisonError::into_inner).extend(taken);
    Ok(ExportTraceServiceResponse::default().encode_to_vec())
}

fn words(value: Option<&Value>) -> String {
    match value {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        Some(other) => format!("{other:?}"),
        None => String::new(),
    }
}
