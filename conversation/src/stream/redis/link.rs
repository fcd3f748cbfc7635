//! To which Redis the stream goes: one server, the master that sentinels name, or the node of a cluster that holds the
//! stream's key. The stream is one key, so one node is all it needs; when that changes, it is asked for again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection};
use redis::{Client, FromRedisValue, RedisError};
use tokio::time::{Instant, timeout};

use crate::error::{Error, Result};

/// How long one server may take to say where to go.
const PATIENCE: Duration = Duration::from_secs(2);
/// It is asked at most so often.
const ASK_EVERY: Duration = Duration::from_millis(500);

/// What `redis.url` names.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// `redis://…`, `rediss://…`: this server.
    One(String),
    /// `redis+sentinel://user:password@one:26379,two:26379/NAME/0`: the master NAME.
    Sentinel {
        asked: Vec<String>,
        name: String,
        parts: Parts,
    },
    /// `redis+cluster://user:password@one:7000,two:7000`: the node of the key.
    Cluster { asked: Vec<String>, parts: Parts },
}

/// What the URL of a node is made of besides its address.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Parts {
    scheme: String,
    user: String,
    behind: String,
}

impl Parts {
    fn url(&self, address: &str) -> String {
        format!("{}://{}{address}/{}", self.scheme, self.user, self.behind)
    }
}

impl Place {
    fn parse(url: &str) -> Result<Place> {
        let Some((scheme, rest)) = url.split_once("://") else {
            return Ok(Place::One(url.to_owned()));
        };
        let Some((plain, kind)) = scheme.split_once('+') else {
            return Ok(Place::One(url.to_owned()));
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, hosts) = match authority.rsplit_once('@') {
            Some((user, hosts)) => (format!("{user}@"), hosts),
            None => (String::new(), authority),
        };
        let asked: Vec<String> = hosts
            .split(',')
            .filter(|host| !host.is_empty())
            .map(str::to_owned)
            .collect();
        let parts = |behind: &str| Parts {
            scheme: plain.to_owned(),
            user,
            behind: behind.to_owned(),
        };
        if asked.is_empty() || !matches!(plain, "redis" | "rediss") {
            return Err(Error::Invalid("redis.url: name at least one server".to_owned()));
        }
        match kind {
            "sentinel" => {
                let (name, behind) = path.split_once('/').unwrap_or((path, ""));
                if name.is_empty() {
                    return Err(Error::Invalid(
                        "redis.url: name the master behind the sentinels, as in redis+sentinel://host:26379/mymaster"
                            .to_owned(),
                    ));
                }
                Ok(Place::Sentinel {
                    asked,
                    name: name.to_owned(),
                    parts: parts(behind),
                })
            }
            "cluster" => Ok(Place::Cluster {
                asked,
                parts: parts(""),
            }),
            _ => Err(Error::Invalid(
                "redis.url: redis://, rediss://, redis+sentinel:// or redis+cluster://".to_owned(),
            )),
        }
    }

    /// The URL of the server that is to be used now: what the first says who answers.
    async fn find(&self, key: &str) -> Result<String> {
        let asked = match self {
            Place::One(url) => return Ok(url.clone()),
            Place::Sentinel { asked, .. } | Place::Cluster { asked, .. } => asked,
        };
        let mut trouble = Error::Invalid("redis.url: names no server".to_owned());
        for host in asked {
            match timeout(PATIENCE * 2, self.ask(host, key)).await {
                Ok(Ok(url)) => return Ok(url),
                Ok(Err(error)) => trouble = error,
                Err(_) => trouble = Error::Invalid(format!("redis.url: {host} does not answer")),
            }
        }
        Err(trouble)
    }

    /// What one sentinel or node says.
    async fn ask(&self, host: &str, key: &str) -> Result<String> {
        match self {
            Place::One(url) => Ok(url.clone()),
            Place::Sentinel { name, parts, .. } => {
                let mut connection = reach(&format!("{}://{host}/", parts.scheme)).await?;
                let master: Option<(String, u16)> = redis::cmd("SENTINEL")
                    .arg("GET-MASTER-ADDR-BY-NAME")
                    .arg(name)
                    .query_async(&mut connection)
                    .await?;
                let (host, port) =
                    master.ok_or_else(|| Error::Invalid(format!("redis.url: the sentinels know no master {name}")))?;
                let host = if host.contains(':') { format!("[{host}]") } else { host };
                let url = parts.url(&format!("{host}:{port}"));
                // A sentinel that was cut off may still name the one of yesterday.
                let mut connection = reach(&url).await?;
                let role: Vec<redis::Value> = redis::cmd("ROLE").query_async(&mut connection).await?;
                match role.first().map(String::from_redis_value_ref) {
                    Some(Ok(role)) if role == "master" => Ok(url),
                    _ => Err(Error::Invalid(format!("redis.url: {name} has no master at the moment"))),
                }
            }
            Place::Cluster { parts, .. } => {
                let url = parts.url(host);
                let mut connection = reach(&url).await?;
                let here: Result<i64, RedisError> = redis::cmd("EXISTS").arg(key).query_async(&mut connection).await;
                let Err(error) = here else { return Ok(url) };
                match error.redirect_node().map(|(to, _)| to) {
                    // Without a name it is another port of the same machine.
                    Some(to) if to.starts_with(':') => {
                        let own = host.rsplit_once(':').map_or(host, |(own, _)| own);
                        Ok(parts.url(&format!("{own}{to}")))
                    }
                    Some(to) => Ok(parts.url(to)),
                    None => Err(error.into()),
                }
            }
        }
    }
}

async fn reach(url: &str) -> Result<MultiplexedConnection> {
    let config = redis::AsyncConnectionConfig::new()
        .set_connection_timeout(Some(PATIENCE))
        .set_response_timeout(Some(PATIENCE));
    let client = Client::open(url)?;
    Ok(client.get_multiplexed_async_connection_with_config(&config).await?)
}

/// The server that is used now.
#[derive(Clone)]
struct Current {
    url: String,
    client: Client,
    shared: ConnectionManager,
}

/// The way to the server. Cheap to clone.
#[derive(Clone)]
pub(super) struct Link {
    inner: Arc<Inner>,
}

struct Inner {
    place: Place,
    key: String,
    current: Mutex<Current>,
    is_doubted: AtomicBool,
    asked: tokio::sync::Mutex<Instant>,
}

async fn join(url: String) -> Result<Current> {
    let client = Client::open(url.as_str())?;
    let config = ConnectionManagerConfig::new()
        .set_connection_timeout(Some(PATIENCE))
        .set_response_timeout(Some(Duration::from_secs(5)))
        .set_number_of_retries(1);
    let shared = ConnectionManager::new_with_config(client.clone(), config).await?;
    Ok(Current { url, client, shared })
}

impl Link {
    /// Finds the server and connects.
    pub(super) async fn open(url: &str, key: &str) -> Result<Link> {
        let place = Place::parse(url)?;
        let current = join(place.find(key).await?).await?;
        Ok(Link {
            inner: Arc::new(Inner {
                place,
                key: key.to_owned(),
                current: Mutex::new(current),
                is_doubted: AtomicBool::new(false),
                asked: tokio::sync::Mutex::new(Instant::now()),
            }),
        })
    }

    /// Hears what went wrong: after that it is asked again which server to use.
    pub(super) fn hear(&self, error: &Error) {
        let Error::Redis(error) = error else { return };
        let is_elsewhere = error.is_io_error()
            || error.is_connection_dropped()
            || error.is_timeout()
            || matches!(
                error.code(),
                Some("READONLY" | "MOVED" | "ASK" | "CLUSTERDOWN" | "MASTERDOWN" | "UNBLOCKED" | "LOADING")
            );
        if is_elsewhere && !matches!(self.inner.place, Place::One(_)) {
            self.inner.is_doubted.store(true, Ordering::Relaxed);
        }
    }

    fn now(&self) -> Current {
        self.inner
            .current
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    async fn current(&self) -> Result<Current> {
        if !self.inner.is_doubted.load(Ordering::Relaxed) {
            return Ok(self.now());
        }
        let mut asked = self.inner.asked.lock().await;
        if asked.elapsed() < ASK_EVERY || !self.inner.is_doubted.load(Ordering::Relaxed) {
            return Ok(self.now());
        }
        *asked = Instant::now();
        let url = self.inner.place.find(&self.inner.key).await?;
        if url != self.now().url {
            let joined = join(url).await?;
            tracing::info!("the stream goes on at another Redis");
            *self.inner.current.lock().unwrap_or_else(PoisonError::into_inner) = joined;
        }
        self.inner.is_doubted.store(false, Ordering::Relaxed);
        Ok(self.now())
    }

    /// The connection for short commands.
    pub(super) async fn shared(&self) -> Result<ConnectionManager> {
        Ok(self.current().await?.shared)
    }

    /// For connections of one's own.
    pub(super) async fn client(&self) -> Result<Client> {
        Ok(self.current().await?.client)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_address_names() {
        let parts = |scheme: &str, user: &str, behind: &str| Parts {
            scheme: scheme.to_owned(),
            user: user.to_owned(),
            behind: behind.to_owned(),
        };
        let hosts = |hosts: &[&str]| hosts.iter().map(|host| (*host).to_owned()).collect::<Vec<_>>();
        for (url, place) in [
            ("redis://u:p@h:1/2", Some(Place::One("redis://u:p@h:1/2".to_owned()))),
            (
                "unix:/run/redis.sock",
                Some(Place::One("unix:/run/redis.sock".to_owned())),
            ),
            (
                "redis+sentinel://u:p@a:1,b:2/main/3",
                Some(Place::Sentinel {
                    asked: hosts(&["a:1", "b:2"]),
                    name: "main".to_owned(),
                    parts: parts("redis", "u:p@", "3"),
                }),
            ),
            (
                "rediss+cluster://a:1,b:2/",
                Some(Place::Cluster {
                    asked: hosts(&["a:1", "b:2"]),
                    parts: parts("rediss", "", ""),
                }),
            ),
            ("redis+sentinel://a:1", None),
            ("redis+sentinel:///main", None),
            ("redis+crowd://a:1/main", None),
        ] {
            assert_eq!(Place::parse(url).ok(), place, "{url}");
        }
        assert_eq!(
            parts("rediss", "u:p@", "3").url("[::1]:6379"),
            "rediss://u:p@[::1]:6379/3"
        );
    }
}
