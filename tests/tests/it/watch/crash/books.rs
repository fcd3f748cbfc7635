//! The books: what was sent against what is there, and what was answered against what left.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use regex::Regex;
use tests::harness::eventually_within;

use super::faults::Fault;
use super::{Engine, World};

/// How long all is given to come to rest.
const REST: Duration = Duration::from_secs(150);

/// What was refused is tried again after a while, and what the dead held is free after a minute and a half where other
/// processes could be alive: nobody needs to wait for either. What somebody alive holds stays theirs.
const AGAIN: &str =
    "UPDATE deliveries SET next_attempt_at = 1 WHERE state = 'queued' AND lease_until IS NULL AND $1 > 0";
const FREE: [&str; 2] = [
    "UPDATE deliveries SET lease_until = 0 WHERE state = 'queued' AND lease_until < $1",
    "UPDATE leases SET until = 0 WHERE until < $1",
];

/// What is to be sent, and what the bot has not looked at.
const OPEN: &str = "SELECT COUNT(*) FROM deliveries WHERE state = 'queued'";
const BOT: &str = "SELECT COUNT(*) FROM events e WHERE kind = 'message.created' \
    AND position > (SELECT low_water FROM consumers WHERE grp = 'bot') \
    AND NOT EXISTS (SELECT 1 FROM consumed c WHERE c.grp = 'bot' AND c.position = e.position)";

/// What happened.
pub(super) struct Books {
    seed: u64,
    /// By fault: how often, and how long it took until all was taken after it was mended.
    faults: BTreeMap<&'static str, Vec<Duration>>,
    lines: Vec<String>,
}

impl Books {
    pub(super) fn new(seed: u64) -> Books {
        Books {
            seed,
            faults: BTreeMap::new(),
            lines: Vec::new(),
        }
    }

    pub(super) fn note(&mut self, fault: Fault, recovered: Duration) {
        self.faults.entry(fault.name()).or_default().push(recovered);
    }

    /// Waits until all is at rest, then compares.
    pub(super) async fn balance(&mut self, world: &World, rounds: u64) -> anyhow::Result<()> {
        let at = world.killed_at + conversation::deliveries::LEASE;
        world.ledger.change(AGAIN, at).await?;
        for free in FREE.iter().filter(|_| world.engine() == Engine::Postgres) {
            world.ledger.change(free, at).await?;
        }
        let sent = world.traffic.sent();
        let find = "SELECT text FROM messages WHERE kind = 'inbound'";
        let rest = eventually_within(REST, async || {
            let open = world.ledger.count(OPEN).await.ok()?;
            let bot = world.ledger.count(BOT).await.ok()?;
            let inbound = world
                .ledger
                .count("SELECT COUNT(*) FROM messages WHERE kind = 'inbound'")
                .await
                .ok()?;
            (open == 0 && bot == 0 && usize::try_from(inbound).ok()? >= sent.len()).then_some(())
        })
        .await;
        let word = Regex::new("crash-[a-z]+-[0-9]{5}-[0-9]+")?;
        let texts: Vec<String> = world.ledger.texts(find).await?;
        let mut filed: HashMap<&str, usize> = HashMap::new();
        for text in &texts {
            if let Some(found) = word.find(text) {
                *filed.entry(found.as_str()).or_default() += 1;
            }
        }
        let kept = world.ledger.count("SELECT COUNT(*) FROM quarantine").await?;
        let lost: Vec<&String> = sent.iter().filter(|word| !filed.contains_key(word.as_str())).collect();
        let twice: Vec<_> = filed.iter().filter(|(_, times)| **times > 1).collect();
        ensure!(lost.is_empty(), "lost, with {kept} in quarantine: {lost:?}");
        ensure!(twice.is_empty(), "filed twice: {twice:?}");
        ensure!(kept == 0, "{kept} were kept in quarantine instead of filed");
        ensure!(texts.len() == sent.len(), "{} filed of {}", texts.len(), sent.len());
        if rest.is_none() {
            let stuck = "SELECT channel || ' ' || COALESCE(error, '') || ' tried ' || attempts || ', due ' || next_attempt_at || ', held until ' || COALESCE(lease_until, 0) || ' by ' || COALESCE(lease_owner, '') FROM deliveries WHERE state = 'queued' LIMIT 20";
            let stuck: Vec<String> = world.ledger.texts(stuck).await?;
            for gateway in &world.gateways {
                let log = gateway.log();
                let lines: Vec<&str> = log.lines().filter(|line| !line.contains(" INFO ")).collect();
                println!("{}", lines[lines.len().saturating_sub(40)..].join("\n"));
            }
            anyhow::bail!(
                "not at rest: {stuck:?}, {} events for the bot",
                world.ledger.count(BOT).await?
            );
        }
        let gaps = world
            .ledger
            .count("SELECT MAX(position) - COUNT(*) FROM events")
            .await?;
        ensure!(gaps == 0, "{gaps} positions are missing");
        let dead = "SELECT grp || ' ' || position || ': ' || error FROM consumer_failures WHERE is_dead";
        let dead: Vec<String> = world.ledger.texts(dead).await?;
        ensure!(dead.is_empty(), "put aside: {dead:?}");
        let more = "SELECT COUNT(*) FROM (SELECT conversation_id FROM messages WHERE kind IN ('inbound', 'outbound') \
            GROUP BY conversation_id HAVING SUM(CASE WHEN author_kind = 'bot' THEN 1 ELSE 0 END) \
            > SUM(CASE WHEN kind = 'inbound' THEN 1 ELSE 0 END)) AS too_many";
        ensure!(world.ledger.count(more).await? == 0, "the bot answered twice");
        let again = self.answers(world, &word).await?;
        let unknown = world
            .ledger
            .count("SELECT COUNT(*) FROM deliveries WHERE state = 'unknown' OR error LIKE 'the provider never said%'")
            .await?;
        self.lines = vec![
            format!("| rounds | {rounds} |"),
            format!("| messages in, each filed once | {} |", sent.len()),
            format!(
                "| answers of agents, each written once | {} |",
                world.traffic.answered().len()
            ),
            format!("| mails that left twice under one Message-ID | {again} |"),
            "| WhatsApp messages that left twice | 0 |".to_owned(),
            format!("| WhatsApp messages that may have left, kept for their status | {unknown} |"),
            format!(
                "| positions of the log, without a gap | {} |",
                world.ledger.count("SELECT MAX(position) FROM events").await?
            ),
            "| events put aside | 0 |".to_owned(),
        ];
        Ok(())
    }

    /// Every answer is one message, and left: by WhatsApp once, by mail under one Message-ID. Returns how many mails
    /// left again because nobody could know whether they had.
    async fn answers(&self, world: &World, word: &Regex) -> anyhow::Result<usize> {
        let answered = world.traffic.answered();
        let find =
            "SELECT text FROM messages WHERE kind = 'outbound' AND author_kind <> 'bot' AND text LIKE 'Answer to %'";
        let written: Vec<String> = world.ledger.texts(find).await?;
        let mut times: HashMap<&str, usize> = HashMap::new();
        for text in &written {
            *times.entry(text).or_default() += 1;
        }
        times.retain(|_, times| *times > 1);
        ensure!(
            written.len() == answered.len(),
            "{} answers were given and {} are there; more than once: {times:?}",
            answered.len(),
            written.len()
        );
        // Whether a message left is not known for ever: after a while an agent is asked to look.
        let failed = "SELECT channel || ': ' || COALESCE(error, '') FROM deliveries WHERE state = 'failed' \
            AND COALESCE(error, '') NOT LIKE 'the provider never said%' LIMIT 10";
        let failed: Vec<String> = world.ledger.texts(failed).await?;
        ensure!(failed.is_empty(), "did not leave: {failed:?}");
        // By mail: each answer's own Message-ID, whatever the number of times.
        let mut mails: HashMap<String, BTreeSet<String>> = HashMap::new();
        let mut copies = 0;
        for mail in world.smtp.received() {
            let text = mail.text();
            let Some((_, rest)) = text.split_once("Answer to ") else {
                continue;
            };
            let named = word
                .find(rest)
                .context("an answer without its word")?
                .as_str()
                .to_owned();
            let id = text
                .lines()
                .find_map(|line| line.strip_prefix("Message-ID:"))
                .context("a mail without a Message-ID")?;
            copies += 1;
            mails.entry(named).or_default().insert(id.trim().to_owned());
        }
        let by_mail: Vec<&String> = answered.iter().filter(|word| word.contains("-mail-")).collect();
        for word in &by_mail {
            let ids = mails.get(*word).map_or(0, BTreeSet::len);
            ensure!(ids == 1, "the answer to {word} left as {ids} mails");
        }
        // By WhatsApp: nothing twice, whatever happened.
        let mut seen = BTreeSet::new();
        for message in world.standin.accepted() {
            let data = message.body["biz_opaque_callback_data"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            ensure!(
                seen.insert((message.recipient.clone(), data.clone())),
                "{data} left twice to {}",
                message.recipient
            );
        }
        Ok(copies - by_mail.len())
    }

    /// The report, in Markdown.
    pub(super) fn report(&self, rounds: u64, took: Duration) -> String {
        let mut text = format!(
            "Seed {}, {rounds} rounds, {} minutes.\n\n| | |\n|---|---|\n{}\n\n| what broke | times | until all was taken: median | longest |\n|---|---|---|---|\n",
            self.seed,
            took.as_secs().div_ceil(60),
            self.lines.join("\n"),
        );
        for (name, times) in &self.faults {
            let mut times = times.clone();
            times.sort();
            let seconds = |time: Duration| format!("{:.1} s", time.as_secs_f64());
            let median = times[times.len() / 2];
            let longest = times[times.len() - 1];
            let _ = writeln!(
                text,
                "| {name} | {} | {} | {} |",
                times.len(),
                seconds(median),
                seconds(longest)
            );
        }
        text
    }
}
