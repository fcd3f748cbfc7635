//! Background tasks: named, restarted with back-off, drained when told to stop.

use std::future::Future;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How long tasks may take to finish what they have.
const DRAIN: Duration = Duration::from_secs(20);

/// Owns every background task of the process.
pub struct Supervisor {
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl Supervisor {
    /// One that stops its tasks with `stop`.
    pub fn new(stop: CancellationToken) -> Supervisor {
        Supervisor {
            stop,
            tasks: JoinSet::new(),
        }
    }

    /// Runs a task until it is told to stop. A task that fails or panics is started again, after
    /// a second at first and up to a minute later on.
    pub fn run<F, R>(&mut self, name: impl Into<String>, mut task: F)
    where
        F: FnMut(CancellationToken) -> R + Send + 'static,
        R: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let name = name.into();
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            let mut pause = Duration::from_secs(1);
            while !stop.is_cancelled() {
                let began = tokio::time::Instant::now();
                let outcome = tokio::spawn(task(stop.clone())).await;
                if stop.is_cancelled() {
                    break;
                }
                match outcome {
                    Ok(Ok(())) => tracing::debug!(task = %name, "task ended; starting it again"),
                    Ok(Err(error)) => {
                        tracing::warn!(task = %name, error = format!("{error:#}"), "task failed; starting it again")
                    }
                    Err(error) => {
                        metrics::counter!("task_panics_total").increment(1);
                        tracing::error!(task = %name, %error, "task panicked; starting it again");
                    }
                }
                // A task that ran well for a while has earned a quick restart.
                if began.elapsed() > Duration::from_secs(120) {
                    pause = Duration::from_secs(1);
                }
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = tokio::time::sleep(pause) => {}
                }
                pause = (pause * 2).min(Duration::from_secs(60));
            }
        });
    }

    /// Waits until every task has ended, or the time is up.
    pub async fn drain(mut self) {
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(DRAIN, all).await.is_err() {
            tracing::warn!("some tasks did not stop in time; their leases will run out");
        }
    }
}
