//! A server of the S3 protocol over a folder: every request's signature is checked.

use std::net::SocketAddr;
use std::path::PathBuf;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tokio_util::task::AbortOnDropHandle;
use tower::ServiceExt as _;

use super::{App, WorkDir};

const KEY: &str = "switchboard";
const SECRET: &str = "a-secret-of-the-bucket";
const BUCKET: &str = "files";

/// The server, with one empty bucket.
#[derive(Debug)]
pub struct S3 {
    address: SocketAddr,
    dir: WorkDir,
    _task: AbortOnDropHandle<()>,
}

impl S3 {
    /// Starts it.
    ///
    /// # Errors
    /// When no port is free or the folder cannot be made.
    pub async fn start() -> anyhow::Result<Self> {
        let dir = WorkDir::new("s3")?;
        std::fs::create_dir(dir.path().join(BUCKET))?;
        let files = FileSystem::new(dir.path()).map_err(|error| anyhow::anyhow!("{error:?}"))?;
        let mut service = S3ServiceBuilder::new(files);
        service.set_auth(SimpleAuth::from_single(KEY, SECRET));
        let service = service.build();
        let answer = async move |request: Request| -> Response {
            match service.clone().oneshot(request).await {
                Ok(answer) => answer.map(axum::body::Body::new),
                Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:?}")).into_response(),
            }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let routes = axum::Router::new().fallback(answer);
        let task = tokio::spawn(async move { drop(axum::serve(listener, routes).await) });
        Ok(Self {
            address,
            dir,
            _task: AbortOnDropHandle::new(task),
        })
    }

    /// `127.0.0.1:<port>`.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// An installation that keeps its files in the bucket, reached at `address` (the server's, or that of
    /// a proxy in front of it).
    #[must_use]
    pub fn keeps_files_of(app: App, address: &str) -> App {
        app.set("files.s3_bucket", BUCKET)
            .set("files.s3_region", "eu-west-1")
            .set("files.s3_endpoint", format!("http://{address}"))
            .set("files.s3_access_key_id", KEY)
            .set("files.s3_secret_access_key", SECRET)
    }

    /// The objects in the bucket, as paths of the folder that holds them.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn objects(&self) -> anyhow::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        let mut folders = vec![self.dir.path().join(BUCKET)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push(path);
                }
            }
        }
        found.sort();
        Ok(found)
    }
}
