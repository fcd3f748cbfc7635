//! Folders and mails of a session: listing, opening, fetching, appending.
//!
//! New mail is found by asking for UIDs above the cursor, in windows: no SEARCH answer of a large
//! mailbox has to fit into one line, and nothing but RFC 3501 is needed.

use std::collections::BTreeMap;

use async_imap::imap_proto::{MailboxDatum, NameAttribute, Response, ResponseCode, Status};
use conversation::types::Millis;
use tokio::time::timeout;

use super::wire::{
    arrived_at, batches, body_of, decoded, failed, header_of, limited, quoted, silent, size_of, uid_of, uid_set,
    unharmed, unreadable,
};
use super::{BODY, COMMAND, FetchedMail, Folder, Listed, MailboxError, Selected, Session, Special};
use crate::email::mime::OVERSIZED_HEADER;

/// How many UIDs one listing asks for; more where there is nothing.
const WINDOW: u32 = 2_000;
/// How many bytes of mail one call returns, unless a single mail is larger.
const BYTES: u64 = 32 * 1024 * 1024;

/// A mail by the fields of its header that name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headed {
    /// How the server lists it.
    pub listed: Listed,
    /// Message-ID, From and Subject as they stand there.
    pub header: Vec<u8>,
}

impl Session {
    /// Opens the folder of the settings; see [`Session::open`].
    ///
    /// # Errors
    /// As [`Session::open`].
    pub async fn select(&mut self) -> Result<Selected, MailboxError> {
        let folder = self.folder.clone();
        self.open(&folder).await
    }

    /// Opens a folder, read-only (EXAMINE): nothing is marked as read.
    ///
    /// # Errors
    /// [`MailboxError::Protocol`] where there is no such folder.
    pub async fn open(&mut self, folder: &str) -> Result<Selected, MailboxError> {
        let mut uid_validity = None;
        let mut uid_next = None;
        let mut exists = 0;
        self.listed.clear();
        self.since = 0;
        let opened = self
            .run(
                &format!("EXAMINE {}", quoted(folder)),
                COMMAND,
                |response| match response {
                    Response::MailboxData(MailboxDatum::Exists(count)) => exists = *count,
                    Response::Data { outcome, .. } => match &outcome.code {
                        Some(ResponseCode::UidValidity(value)) => uid_validity = Some(*value),
                        Some(ResponseCode::UidNext(value)) => uid_next = Some(*value),
                        _ => {}
                    },
                    _ => {}
                },
            )
            .await;
        if let Err(MailboxError::Protocol(words)) = opened {
            return Err(MailboxError::Protocol(format!(
                "the folder `{folder}` cannot be opened: {words}"
            )));
        }
        opened?;
        let uid_validity = uid_validity.ok_or_else(|| {
            MailboxError::Protocol(format!(
                "{} gives no UIDVALIDITY, so nothing read there could be told apart",
                self.place
            ))
        })?;
        self.has_news = false;
        self.exists = exists;
        self.uid_next = uid_next;
        Ok(Selected {
            uid_validity,
            uid_next,
            exists,
        })
    }

    /// Passes over mails that reached the server before `since`, until another folder is opened.
    pub fn skip_before(&mut self, since: Millis) {
        self.since = since;
    }

    /// The folders of the account, as the server lists them.
    ///
    /// # Errors
    /// [`MailboxError`].
    pub async fn folders(&mut self) -> Result<Vec<Folder>, MailboxError> {
        let mut found = Vec::new();
        self.run("LIST \"\" \"*\"", COMMAND, |response| {
            if let Response::MailboxData(MailboxDatum::List(one)) = response {
                let special = one.name_attributes.iter().find_map(|attribute| match attribute {
                    NameAttribute::All => Some(Special::All),
                    NameAttribute::Archive => Some(Special::Archive),
                    NameAttribute::Drafts => Some(Special::Drafts),
                    NameAttribute::Flagged => Some(Special::Flagged),
                    NameAttribute::Junk => Some(Special::Junk),
                    NameAttribute::Sent => Some(Special::Sent),
                    NameAttribute::Trash => Some(Special::Trash),
                    _ => None,
                });
                let is_there = !one.name_attributes.iter().any(|attribute| {
                    matches!(attribute, NameAttribute::Extension(word) if word.eq_ignore_ascii_case("\\NonExistent"))
                });
                found.push(Folder {
                    name: decoded(&one.name),
                    can_open: is_there && !one.name_attributes.contains(&NameAttribute::NoSelect),
                    special,
                });
            }
        })
        .await?;
        Ok(found)
    }

    /// The UIDs of mails that reached the server on the day of `since` or later, lowest first.
    ///
    /// # Errors
    /// [`MailboxError`].
    pub async fn search_since(&mut self, since: Millis) -> Result<Vec<u32>, MailboxError> {
        let day = jiff::Timestamp::from_millisecond(since).unwrap_or_default();
        let mut uids = Vec::new();
        self.run(
            &format!("UID SEARCH SINCE {}", day.strftime("%-d-%b-%Y")),
            BODY,
            |response| {
                if let Response::MailboxData(MailboxDatum::Search(found)) = response {
                    uids.extend(found.iter().copied());
                }
            },
        )
        .await?;
        uids.sort_unstable();
        Ok(uids)
    }

    /// Mails with a UID above `after_uid`, lowest first: those of the next window that has any.
    ///
    /// # Errors
    /// [`MailboxError`].
    pub async fn list(&mut self, after_uid: u32) -> Result<Vec<Listed>, MailboxError> {
        let mut from = after_uid;
        let mut width = WINDOW;
        // An empty folder has no `*` (RFC 3501 lets a server refuse it).
        while self.exists > 0 {
            let Some(first) = from.checked_add(1) else { break };
            let end = self.uid_next.map(|next| next.saturating_sub(1));
            let last = end
                .map(|end| (first.saturating_add(width - 1), end))
                .filter(|(last, end)| last < end)
                .map(|(last, _)| last);
            let set = last.map_or_else(|| format!("{first}:*"), |last| format!("{first}:{last}"));
            let mut found: BTreeMap<u32, Listed> = BTreeMap::new();
            self.run(
                &format!("UID FETCH {set} (UID RFC822.SIZE INTERNALDATE)"),
                BODY,
                |response| {
                    // `n:*` always names the last mail, even below n; flags change unasked.
                    if let Response::Fetch(_, values) = response
                        && let (Some(uid), Some(size)) = (uid_of(values), size_of(values))
                        && uid >= first
                    {
                        let arrived_at = arrived_at(values);
                        found.insert(uid, Listed { uid, size, arrived_at });
                    }
                },
            )
            .await?;
            match last {
                Some(last) if found.is_empty() => {
                    from = last;
                    width = width.saturating_mul(2);
                }
                _ => return Ok(found.into_values().collect()),
            }
        }
        Ok(Vec::new())
    }

    /// Fetches at most `limit` mails with a UID above `after_uid`, lowest first, and not much more
    /// than 32 MB. The second value is a UID: all mails up to it are among these, were passed over,
    /// or do not exist.
    ///
    /// The caller moves its cursor to the last UID returned, or to the second value when nothing
    /// came: an empty answer says nothing about mail that the server could not give just now.
    ///
    /// # Errors
    /// [`MailboxError`]; the cursor stays where it was.
    pub async fn fetch_new(&mut self, after_uid: u32, limit: usize) -> Result<(Vec<FetchedMail>, u32), MailboxError> {
        let mut up_to = after_uid;
        let mut wanted = Vec::new();
        let mut bytes = 0u64;
        loop {
            while self.listed.front().is_some_and(|one| one.uid <= up_to) {
                self.listed.pop_front();
            }
            if self.listed.is_empty() {
                if !wanted.is_empty() {
                    break;
                }
                self.has_news = false;
                let found = self.list(up_to).await?;
                if found.is_empty() {
                    break;
                }
                self.listed.extend(found);
            }
            while let Some(one) = self.listed.front().copied() {
                if one.arrived_at.is_some_and(|at| at < self.since) {
                    up_to = one.uid;
                    self.listed.pop_front();
                    continue;
                }
                let is_full = wanted.len() >= limit || (bytes + u64::from(one.size) > BYTES && !wanted.is_empty());
                if is_full {
                    return Ok((self.fetch(&wanted).await?, up_to));
                }
                bytes += u64::from(one.size.min(self.max_size));
                up_to = one.uid;
                wanted.push(one);
                self.listed.pop_front();
            }
            if !wanted.is_empty() {
                break;
            }
        }
        Ok((self.fetch(&wanted).await?, up_to))
    }

    /// Fetches mails that were listed; every one of them gives an entry.
    ///
    /// # Errors
    /// [`MailboxError`].
    pub async fn fetch(&mut self, wanted: &[Listed]) -> Result<Vec<FetchedMail>, MailboxError> {
        let mut found = Vec::with_capacity(wanted.len());
        let arrived: BTreeMap<u32, Option<Millis>> = wanted.iter().map(|one| (one.uid, one.arrived_at)).collect();
        let arrived_at = |uid: u32| arrived.get(&uid).copied().flatten();
        let sizes: Vec<(u32, u32)> = wanted.iter().map(|one| (one.uid, one.size)).collect();
        let (large, small): (Vec<(u32, u32)>, Vec<(u32, u32)>) =
            sizes.into_iter().partition(|(_, size)| *size > self.max_size);
        let size_of: BTreeMap<u32, u32> = small.iter().copied().collect();
        for batch in batches(&small) {
            let mut bodies = self.bodies(&batch, "BODY.PEEK[]").await?;
            for uid in batch {
                let size = size_of.get(&uid).copied().unwrap_or_default();
                let raw = match bodies.remove(&uid) {
                    Some(raw) => Some(raw),
                    // Listed, but without a body: asked for alone before it is given up.
                    None => self.bodies(&[uid], "BODY.PEEK[]").await?.remove(&uid),
                };
                found.push(match raw {
                    Some(raw) => FetchedMail {
                        uid,
                        raw,
                        size,
                        arrived_at: arrived_at(uid),
                        is_whole: true,
                    },
                    None => FetchedMail {
                        uid,
                        raw: unreadable(&self.place, uid),
                        size,
                        arrived_at: arrived_at(uid),
                        is_whole: false,
                    },
                });
            }
        }
        for (uid, size) in large {
            let header = self
                .bodies(&[uid], "BODY.PEEK[HEADER]")
                .await?
                .remove(&uid)
                .unwrap_or_default();
            let mut raw = format!("{OVERSIZED_HEADER}: {size}\r\n").into_bytes();
            raw.extend_from_slice(&header);
            found.push(FetchedMail {
                uid,
                raw,
                size,
                arrived_at: arrived_at(uid),
                is_whole: false,
            });
        }
        found.sort_by_key(|mail| mail.uid);
        Ok(found)
    }

    /// Message-ID, From and Subject of mails that were listed.
    ///
    /// # Errors
    /// [`MailboxError`].
    pub async fn headers(&mut self, wanted: &[Listed]) -> Result<Vec<Headed>, MailboxError> {
        let mut found = Vec::with_capacity(wanted.len());
        for part in wanted.chunks(500) {
            let uids: Vec<u32> = part.iter().map(|one| one.uid).collect();
            let mut headers: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
            self.run(
                &format!(
                    "UID FETCH {} (UID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID FROM SUBJECT)])",
                    uid_set(&uids)
                ),
                BODY,
                |response| {
                    if let Response::Fetch(_, values) = response
                        && let Some(uid) = uid_of(values)
                        && let Some(header) = header_of(values)
                    {
                        headers.insert(uid, header);
                    }
                },
            )
            .await?;
            found.extend(part.iter().map(|listed| Headed {
                listed: *listed,
                header: headers.remove(&listed.uid).unwrap_or_default(),
            }));
        }
        Ok(found)
    }

    /// Whether a folder has a mail with this Message-ID (without angle brackets). Opens the folder.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub async fn has_message(&mut self, folder: &str, message_id: &str) -> Result<bool, MailboxError> {
        self.open(folder).await?;
        let mut is_there = false;
        self.run(
            &format!("UID SEARCH HEADER Message-ID {}", quoted(&format!("<{message_id}>"))),
            BODY,
            |response| {
                if let Response::MailboxData(MailboxDatum::Search(found)) = response {
                    is_there |= !found.is_empty();
                }
            },
        )
        .await?;
        Ok(is_there)
    }

    /// Puts a mail into a folder, marked as read. It must be text in UTF-8, as what we compose is.
    ///
    /// # Errors
    /// [`MailboxError`]; the mail may be there all the same.
    pub async fn append(&mut self, folder: &str, raw: &str) -> Result<(), MailboxError> {
        self.begin()?;
        let command = format!("APPEND {} (\\Seen) {{{}}}", quoted(folder), raw.len());
        let tag = self.command(&command).await?;
        loop {
            let answer = match timeout(COMMAND, unharmed(&self.place, self.inner.read_response())).await {
                Ok(answer) => self.arrived(answer?)?,
                Err(_) => return Err(silent(&self.place, "APPEND")),
            };
            match answer.parsed() {
                Response::Continue(_) => break,
                Response::Done {
                    tag: done,
                    status,
                    outcome,
                } if *done == tag && *status != Status::Ok => {
                    self.is_broken = false;
                    return Err(MailboxError::Protocol(format!(
                        "{} takes no copy into `{folder}`: {}",
                        self.place,
                        outcome.information.as_deref().unwrap_or("no reason given")
                    )));
                }
                Response::Data {
                    status: Status::Bye,
                    outcome,
                } => return Err(self.bye(outcome.information.as_deref())),
                _ => {}
            }
        }
        limited(&self.place, "APPEND", BODY, self.inner.run_command_untagged(raw))
            .await?
            .map_err(|error| failed(&self.place, &error))?;
        self.read_to_end(&tag, BODY, |_| {}).await
    }

    async fn bodies(&mut self, uids: &[u32], item: &str) -> Result<BTreeMap<u32, Vec<u8>>, MailboxError> {
        let mut bodies = BTreeMap::new();
        self.run(&format!("UID FETCH {} (UID {item})", uid_set(uids)), BODY, |response| {
            // Changes of flags arrive here unasked, with no UID or no body.
            if let Response::Fetch(_, values) = response
                && let Some(uid) = uid_of(values)
                && uids.contains(&uid)
                && let Some(body) = body_of(values)
            {
                bodies.insert(uid, body);
            }
        })
        .await?;
        Ok(bodies)
    }
}
