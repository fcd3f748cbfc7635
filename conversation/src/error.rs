//! What can go wrong, in terms of what a caller can do about it.

/// An error of the core.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Missing, or not for this actor: the two answer alike.
    #[error("not found")]
    NotFound,
    /// The request makes no sense as it stands; the words say what to change.
    #[error("{0}")]
    Invalid(String),
    /// The state it was based on is gone.
    #[error("{0}")]
    Conflict(String),
    /// A reply was written before seeing something newer.
    #[error("the conversation has moved on since position {seen}")]
    Stale {
        /// The position the writer had seen.
        seen: i64,
        /// The position the conversation is at.
        current: i64,
    },
    /// The database did not answer or refused.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// Redis did not answer or refused. The work goes on without it.
    #[error("redis: {0}")]
    Redis(#[from] redis::RedisError),
    /// Files could not be read or written.
    #[error("files: {0}")]
    Files(#[from] object_store::Error),
    /// A row or a payload holds something this program did not write.
    #[error("unreadable {what}: {why}")]
    Corrupt {
        /// What was being read.
        what: String,
        /// What is wrong with it.
        why: String,
    },
}

/// What PostgreSQL says to a write on a server that is read-only (`read_only_sql_transaction`).
const READ_ONLY: &str = "25006";

/// The core's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Whether the same call may succeed later (connection lost, lock not got, disk full), as
    /// opposed to data that will never be accepted.
    pub fn is_transient(&self) -> bool {
        match self {
            Error::Database(error) => match error {
                sqlx::Error::Database(db) => {
                    let code = db.code().unwrap_or_default().into_owned();
                    // PostgreSQL classes: connection, insufficient resources, operator
                    // intervention, system error, serialisation and deadlock. SQLite: BUSY, LOCKED,
                    // IOERR, FULL, CANTOPEN and their extended codes.
                    ["08", "53", "57", "58", "40", READ_ONLY]
                        .iter()
                        .any(|class| code.len() == 5 && code.starts_with(class))
                        || code
                            .parse::<i64>()
                            .is_ok_and(|code| code.to_string().len() < 5 && [5, 6, 10, 13, 14].contains(&(code & 0xff)))
                }
                sqlx::Error::RowNotFound
                | sqlx::Error::ColumnDecode { .. }
                | sqlx::Error::Decode(_)
                | sqlx::Error::Encode(_)
                | sqlx::Error::ColumnNotFound(_)
                | sqlx::Error::TypeNotFound { .. } => false,
                _ => true,
            },
            Error::Redis(_) | Error::Files(_) => true,
            Error::NotFound | Error::Invalid(_) | Error::Conflict(_) | Error::Stale { .. } | Error::Corrupt { .. } => {
                false
            }
        }
    }

    /// Whether the database server takes no writes at the moment: it waits to become the primary, or was one.
    pub fn is_read_only(&self) -> bool {
        matches!(self, Error::Database(sqlx::Error::Database(db)) if db.code().as_deref() == Some(READ_ONLY))
    }

    /// A row or payload that cannot be read.
    pub fn corrupt(what: impl Into<String>, why: impl std::fmt::Display) -> Error {
        Error::Corrupt {
            what: what.into(),
            why: why.to_string(),
        }
    }
}
