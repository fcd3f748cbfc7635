//! A reverse proxy in front of several processes, as those run who restart one after the other: every request goes to
//! the next process that takes it, event streams pass through.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio_util::task::AbortOnDropHandle;

use super::Port;

/// The largest request that it takes, in bytes.
const LARGEST: usize = 16 << 20;
/// What belongs to one connection and goes no further. RFC 9110, section 7.6.1.
const HOPS: [HeaderName; 3] = [header::CONNECTION, header::TRANSFER_ENCODING, header::UPGRADE];

/// The proxy; it asks whoever takes the connection.
#[derive(Debug)]
pub struct Balance {
    port: Port,
    taken: Arc<Behind>,
    _task: AbortOnDropHandle<()>,
}

#[derive(Debug)]
struct Behind {
    addresses: Vec<String>,
    client: Client<HttpConnector, Body>,
    next: AtomicUsize,
    /// How many requests each process answered.
    answered: Vec<AtomicUsize>,
}

impl Balance {
    /// Starts one on `port`, in front of these (`host:port`), in the runtime of the test.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub async fn start(port: Port, addresses: Vec<String>) -> anyhow::Result<Self> {
        // A connection for each request: none is left that a process closes while it is taken.
        let client = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(0)
            .build_http();
        let behind = Arc::new(Behind {
            answered: addresses.iter().map(|_| AtomicUsize::new(0)).collect(),
            addresses,
            client,
            next: AtomicUsize::new(0),
        });
        let listener = tokio::net::TcpListener::bind(port.address()).await?;
        let router = Router::new().fallback(pass).with_state(behind.clone());
        let task = tokio::spawn(async move { drop(axum::serve(listener, router).await) });
        Ok(Self {
            port,
            taken: behind,
            _task: AbortOnDropHandle::new(task),
        })
    }

    /// The address of `path` (with a leading slash).
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.port.address())
    }

    /// How many requests each process answered so far.
    #[must_use]
    pub fn answered(&self) -> Vec<usize> {
        let counts = self.taken.answered.iter();
        counts.map(|count| count.load(Ordering::Relaxed)).collect()
    }
}

async fn pass(State(behind): State<Arc<Behind>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let first = behind.next.fetch_add(1, Ordering::Relaxed);
    for turn in 0..behind.addresses.len() {
        let at = (first + turn) % behind.addresses.len();
        match behind.ask(at, &head, body.clone()).await {
            Ok(response) => {
                behind.answered[at].fetch_add(1, Ordering::Relaxed);
                return response;
            }
            // Nobody listens there, and the next one has seen nothing of it; what only reads may be asked twice.
            Err(Some(error)) if error.is_connect() || head.method.is_safe() => {}
            Err(_) => break,
        }
    }
    StatusCode::BAD_GATEWAY.into_response()
}

impl Behind {
    async fn ask(
        &self,
        at: usize,
        head: &axum::http::request::Parts,
        body: Bytes,
    ) -> Result<Response, Option<hyper_util::client::legacy::Error>> {
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let uri: Uri = format!("http://{}{path}", self.addresses[at])
            .parse()
            .map_err(|_| None)?;
        let mut request = Request::builder().method(head.method.clone()).uri(uri);
        for (name, value) in &head.headers {
            if !HOPS.contains(name) {
                request = request.header(name, value);
            }
        }
        let request = request.body(Body::from(body)).map_err(|_| None)?;
        let mut response = self.client.request(request).await.map_err(Some)?.map(Body::new);
        for hop in HOPS {
            response.headers_mut().remove(hop);
        }
        Ok(response)
    }
}
