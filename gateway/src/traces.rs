//! Traces for a collector of OpenTelemetry: one message followed from the web hook that brought it to the browser
//! that shows it, whichever processes it goes through. Only spans made for it leave (their target is `trace`):
//! they carry routes, ids and positions, and nothing that a person wrote.

use std::sync::OnceLock;

use anyhow::{Context as _, Result};
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::runtime::Tokio;
use opentelemetry_sdk::trace::span_processor_with_async_runtime::BatchSpanProcessor;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

use crate::config::Traces;

/// The target of the spans that leave.
pub(crate) const TARGET: &str = "trace";

static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

/// Connects to the collector. Its being away stops nothing: what cannot be sent is dropped.
///
/// # Errors
/// When the address is none.
pub(crate) fn layer<S>(config: &Traces) -> Result<Option<impl Layer<S> + Send + Sync + use<S>>>
where
    S: tracing::Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
{
    let Some(endpoint) = &config.endpoint else {
        return Ok(None);
    };
    let endpoint = endpoint.trim_end_matches('/');
    let endpoint = match endpoint.ends_with("/v1/traces") {
        true => endpoint.to_owned(),
        false => format!("{endpoint}/v1/traces"),
    };
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(endpoint)
        .build()
        .context("traces.endpoint cannot be used")?;
    let resource = Resource::builder_empty()
        .with_service_name(config.service.clone())
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .with_attribute(KeyValue::new("host.name", crate::watch::host()))
        .build();
    let share = f64::from(config.percent.min(100)) / 100.0;
    let provider = SdkTracerProvider::builder()
        .with_span_processor(BatchSpanProcessor::builder(exporter, Tokio).build())
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(share))))
        .with_resource(resource)
        .build();
    let tracer = provider.tracer("switchboard");
    let _ = PROVIDER.set(provider);
    conversation::trace::install(conversation::trace::Hooks { current, follow });
    let layer = tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_filter(filter_fn(|metadata| metadata.is_span() && metadata.target() == TARGET));
    Ok(Some(layer))
}

/// Sends what waits, and ends. It may take as long as the collector takes, a few seconds at most.
pub(crate) async fn stop() {
    if let Some(provider) = PROVIDER.get() {
        let provider = provider.clone();
        // It waits for the batch that is under way.
        let ended = tokio::task::spawn_blocking(move || provider.shutdown());
        let _ = tokio::time::timeout(std::time::Duration::from_secs(5), ended).await;
    }
}

/// The trace of this moment as W3C Trace Context writes it.
fn current() -> Option<String> {
    let context = Span::current().context();
    let span = context.span();
    let at = span.span_context();
    (at.is_valid() && at.is_sampled()).then(|| format!("00-{}-{}-01", at.trace_id(), at.span_id()))
}

/// Reads a `traceparent`; only those that we wrote are read.
fn parent(text: &str) -> Option<SpanContext> {
    let mut parts = text.split('-');
    let (version, trace, span) = (parts.next()?, parts.next()?, parts.next()?);
    let found = SpanContext::new(
        TraceId::from_hex(trace).ok()?,
        SpanId::from_hex(span).ok()?,
        TraceFlags::SAMPLED,
        true,
        TraceState::NONE,
    );
    (version == "00" && found.is_valid()).then_some(found)
}

fn follow(span: &Span, text: &str) {
    if let Some(parent) = parent(text) {
        // A span that is not kept has no parent.
        let _ = span.set_parent(Context::new().with_remote_span_context(parent));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let found = parent(text).unwrap();
        assert_eq!(format!("00-{}-{}-01", found.trace_id(), found.span_id()), text);
        for broken in [
            "",
            "00",
            "00-x-y-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ] {
            assert!(parent(broken).is_none(), "{broken}");
        }
    }
}
