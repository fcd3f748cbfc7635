//! A TCP proxy that makes the network bad.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf};
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

/// How the network behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// As it should.
    Pass,
    /// Every open connection is cut, and new ones are closed at once.
    Cut,
    /// Connections stay open and new ones are accepted, but nothing gets through, until it passes again.
    Stall,
    /// Everything gets through that much later, in each direction.
    Delay(Duration),
}

#[derive(Clone, Copy, Debug)]
struct Weather {
    mode: Mode,
    /// Connections opened before a cut are those of an older generation.
    generation: u64,
}

/// The proxy in front of one server.
#[derive(Debug)]
pub struct ChaosProxy {
    address: SocketAddr,
    weather: watch::Sender<Weather>,
    accepted: Arc<AtomicUsize>,
    _task: AbortOnDropHandle<()>,
}

impl ChaosProxy {
    /// Starts one in front of `target` (`host:port`), in the runtime of the test.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start(target: impl Into<String>) -> anyhow::Result<Self> {
        let target = target.into();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (weather, watching) = watch::channel(Weather {
            mode: Mode::Pass,
            generation: 0,
        });
        let accepted = Arc::new(AtomicUsize::new(0));
        let counter = accepted.clone();
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::Relaxed);
                let (target, watching) = (target.clone(), watching.clone());
                connections.spawn(carry(client, target, watching));
                while connections.try_join_next().is_some() {}
            }
        });
        Ok(Self {
            address,
            weather,
            accepted,
            _task: AbortOnDropHandle::new(task),
        })
    }

    /// `127.0.0.1:<port>`, to be used instead of the server's own.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Changes the weather for all connections, open and new.
    pub fn set(&self, mode: Mode) {
        self.weather.send_modify(|weather| {
            weather.mode = mode;
            weather.generation += u64::from(mode == Mode::Cut);
        });
    }

    /// Cuts all open connections; new ones get through.
    pub fn cut_once(&self) {
        self.weather.send_modify(|weather| {
            weather.mode = Mode::Pass;
            weather.generation += 1;
        });
    }

    /// How many connections were opened so far.
    #[must_use]
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::Relaxed)
    }
}

async fn carry(client: TcpStream, target: String, mut weather: watch::Receiver<Weather>) {
    let Weather { mode, generation } = *weather.borrow_and_update();
    if mode == Mode::Cut {
        return;
    }
    let Ok(server) = TcpStream::connect(&target).await else {
        return;
    };
    if client.set_nodelay(true).is_err() || server.set_nodelay(true).is_err() {
        return;
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let both = async {
        tokio::join!(
            pump(from_client, to_server, weather.clone()),
            pump(from_server, to_client, weather.clone())
        )
    };
    let mut cut = weather.clone();
    tokio::select! {
        _ = both => {}
        // Both streams are dropped here, in the middle of whatever they carried.
        _ = cut.wait_for(|weather| weather.generation > generation) => {}
    }
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut weather: watch::Receiver<Weather>) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let length = match from.read(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(length) => length,
        };
        let Ok(mode) = weather
            .wait_for(|weather| weather.mode != Mode::Stall)
            .await
            .map(|weather| weather.mode)
        else {
            break;
        };
        if let Mode::Delay(delay) = mode {
            tokio::time::sleep(delay).await;
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            break;
        }
    }
    // The other direction may have more to carry.
    let _ = to.shutdown().await;
}
