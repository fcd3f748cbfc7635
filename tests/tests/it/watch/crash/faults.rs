//! What breaks, and how it is mended.

use std::time::Duration;

use anyhow::Context as _;
use tests::harness::{Action, Cut, Data, Machine, Mode, Stage};

use super::{Dice, Engine, Servers, World};

/// One thing that breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The first or second process is killed (SIGKILL) and started again.
    Kill(usize),
    /// Both at once: a power cut.
    KillBoth,
    /// One stops for a while where it stands, as a machine does that swaps.
    Freeze(usize),
    /// One is asked to end and started again, as an upgrade does.
    Restart(usize),
    /// Redis forgets everything.
    Flush,
    /// Redis goes away and comes back empty.
    RedisLost,
    /// Redis goes away and comes back with what it had.
    RedisBack,
    /// Every connection to the database is cut.
    CutDatabase,
    /// The database's server dies and comes back.
    Database,
    /// The way to the mailbox is cut.
    CutImap,
    /// Nothing comes from the mailbox any more.
    StallImap,
    /// The way to the mail server is cut.
    CutSmtp,
    /// Nothing comes from the mail server any more.
    StallSmtp,
    /// The mailbox hangs up at one of the next commands.
    ImapAt(usize, Cut),
    /// The mail server hangs up at this point of the next mail.
    SmtpAt(Stage),
    /// It hangs up after it took the next mail, without a word.
    SmtpTaken,
    /// The way to WhatsApp is cut.
    CutWhatsapp,
    /// Nothing comes from WhatsApp any more.
    StallWhatsapp,
    /// The database's disk is full.
    DatabaseFull,
    /// Every disk is full.
    DisksFull,
    /// The clock of one process is set forward or back, and right again.
    Clock(usize),
    /// The clocks of both.
    Clocks,
    /// One is killed while its clock is wrong, and started again when it is right.
    ClockKill(usize),
}

impl Fault {
    pub(super) fn roll(dice: &mut Dice, engine: Engine) -> Fault {
        let which = usize::try_from(dice.below(2)).unwrap_or(0);
        match engine {
            Engine::Postgres => match dice.below(18) {
                0 | 1 => Fault::Kill(which),
                2 => Fault::KillBoth,
                3 => Fault::Freeze(which),
                4 => Fault::Restart(which),
                5 => Fault::Flush,
                6 => Fault::RedisLost,
                7 if which == 0 => Fault::RedisBack,
                7 => Fault::CutWhatsapp,
                8 => Fault::CutDatabase,
                9 => Fault::Database,
                10 => Fault::CutImap,
                11 if which == 0 => Fault::StallImap,
                11 => Fault::StallSmtp,
                12 => Fault::CutSmtp,
                13 => Fault::DatabaseFull,
                14 => Fault::DisksFull,
                15 => Fault::Clock(which),
                16 => Fault::Clocks,
                _ => Fault::ClockKill(which),
            },
            // All that there is to break is one process and the world around it.
            Engine::Sqlite => match dice.below(16) {
                0..=2 => Fault::Kill(0),
                3 => Fault::Freeze(0),
                4 => Fault::Restart(0),
                5 if which == 0 => Fault::CutImap,
                5 => Fault::StallImap,
                6 | 7 => Fault::ImapAt(usize::try_from(dice.below(6)).unwrap_or(0), cut(dice)),
                8 if which == 0 => Fault::CutSmtp,
                8 => Fault::StallSmtp,
                9 => Fault::SmtpAt(stage(dice)),
                10 if which == 0 => Fault::SmtpTaken,
                10 => Fault::SmtpAt(stage(dice)),
                11 if which == 0 => Fault::CutWhatsapp,
                11 => Fault::StallWhatsapp,
                12 | 13 => Fault::DisksFull,
                14 => Fault::Clock(0),
                _ => Fault::ClockKill(0),
            },
        }
    }

    /// What it is called in the report.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Fault::Kill(_) => "a process is killed",
            Fault::KillBoth => "both processes are killed",
            Fault::Freeze(_) => "a process stands still for a while",
            Fault::Restart(_) => "a process is restarted in good order",
            Fault::Flush => "Redis is emptied",
            Fault::RedisLost => "Redis is stopped and comes back empty",
            Fault::RedisBack => "Redis is stopped and comes back",
            Fault::CutDatabase => "every connection to PostgreSQL is cut",
            Fault::Database => "PostgreSQL crashes and comes back",
            Fault::CutImap => "IMAP is cut",
            Fault::StallImap => "IMAP says nothing any more",
            Fault::CutSmtp => "SMTP is cut",
            Fault::StallSmtp => "SMTP says nothing any more",
            Fault::ImapAt(..) => "IMAP hangs up at a command",
            Fault::SmtpAt(_) => "SMTP hangs up at a command",
            Fault::SmtpTaken => "SMTP hangs up after it took a mail",
            Fault::CutWhatsapp => "WhatsApp is cut",
            Fault::StallWhatsapp => "WhatsApp says nothing any more",
            Fault::DatabaseFull => "PostgreSQL's disk is full",
            Fault::DisksFull => "every disk is full",
            Fault::Clock(_) => "a process's clock is minutes to a day wrong",
            Fault::Clocks => "both processes' clocks are minutes to a day wrong",
            Fault::ClockKill(_) => "a process is killed while its clock is wrong",
        }
    }
}

/// Where IMAP is cut.
fn cut(dice: &mut Dice) -> Cut {
    match dice.below(3) {
        0 => Cut::Before,
        1 => Cut::Within,
        _ => Cut::After,
    }
}

/// Where SMTP is cut.
fn stage(dice: &mut Dice) -> Stage {
    match dice.below(6) {
        0 => Stage::Connect,
        1 => Stage::Hello,
        2 => Stage::Mail,
        3 => Stage::Recipient,
        4 => Stage::Data,
        _ => Stage::End,
    }
}

/// Breaks it after a moment, waits, and mends it.
pub(super) async fn strike(world: &mut World, fault: Fault, dice: &mut Dice) -> anyhow::Result<()> {
    let before = Duration::from_millis(dice.below(400));
    let lasts = Duration::from_millis(100 + dice.below(1500));
    tokio::time::sleep(before).await;
    match fault {
        Fault::Kill(which) => kill(world, &[which], lasts).await?,
        Fault::KillBoth => kill(world, &[0, 1], lasts).await?,
        Fault::Freeze(which) => {
            world.gateways[which].freeze();
            tokio::time::sleep(lasts).await;
            world.gateways[which].thaw();
        }
        Fault::Restart(which) => {
            let _closed = world.ledger.close().await;
            world.gateways[which].restart().await?;
        }
        Fault::Flush | Fault::RedisLost | Fault::RedisBack | Fault::CutDatabase | Fault::Database => {
            let servers = world
                .servers
                .as_mut()
                .context("a fault of servers that are not there")?;
            break_servers(servers, fault, lasts).await?;
        }
        Fault::CutImap | Fault::StallImap => {
            world.imap_way.set(mode(fault));
            tokio::time::sleep(lasts).await;
            // Whoever stalled is cut, too: a firewall that forgot the connection never says so.
            world.imap_way.cut_once();
        }
        Fault::CutSmtp | Fault::StallSmtp => {
            world.smtp_way.set(mode(fault));
            tokio::time::sleep(lasts).await;
            world.smtp_way.cut_once();
        }
        Fault::CutWhatsapp | Fault::StallWhatsapp => {
            world.standin_way.set(mode(fault));
            tokio::time::sleep(lasts).await;
            world.standin_way.cut_once();
        }
        Fault::ImapAt(command, cut) => {
            world.imap.cut(world.imap.commands().len() + command, cut);
            tokio::time::sleep(lasts * 2).await;
        }
        Fault::SmtpAt(stage) => hang_up(world, stage, Action::Drop, lasts).await,
        Fault::SmtpTaken => hang_up(world, Stage::End, Action::KeepAndDrop, lasts).await,
        Fault::DatabaseFull | Fault::DisksFull => fill_disks(world, fault, lasts * 2).await?,
        Fault::Clock(which) => {
            world.machines[which].set_clock(wrong(dice))?;
            tokio::time::sleep(lasts * 2).await;
            world.machines[which].set_clock(0)?;
        }
        Fault::Clocks => {
            for machine in &world.machines {
                machine.set_clock(wrong(dice))?;
            }
            tokio::time::sleep(lasts * 2).await;
            for machine in &world.machines {
                machine.set_clock(0)?;
            }
        }
        Fault::ClockKill(which) => {
            world.machines[which].set_clock(wrong(dice))?;
            tokio::time::sleep(lasts * 2).await;
            let _closed = world.ledger.close().await;
            world.gateways[which].kill9().await?;
            world.machines[which].set_clock(0)?;
            world.killed_at = world.traffic.now();
            abandon(world).await?;
            world.gateways[which].start().await?;
        }
    }
    Ok(())
}

/// Kills processes, all before the first is started again.
async fn kill(world: &mut World, which: &[usize], lasts: Duration) -> anyhow::Result<()> {
    let _closed = world.ledger.close().await;
    for which in which {
        world.gateways[*which].kill9().await?;
    }
    world.killed_at = world.traffic.now();
    abandon(world).await?;
    tokio::time::sleep(lasts).await;
    for which in which {
        world.gateways[*which].start().await?;
    }
    Ok(())
}

/// What several processes share breaks.
async fn break_servers(servers: &mut Servers, fault: Fault, lasts: Duration) -> anyhow::Result<()> {
    match fault {
        Fault::Flush => servers.redis.flushall().await?,
        Fault::RedisLost | Fault::RedisBack => {
            servers.redis.stop().await?;
            tokio::time::sleep(lasts).await;
            let data = if fault == Fault::RedisLost {
                Data::Lost
            } else {
                Data::Kept
            };
            servers.redis.start_again(data).await?;
        }
        Fault::CutDatabase => servers.postgres.cut_connections(&servers.database).await?,
        _ => {
            servers.postgres.stop().await?;
            tokio::time::sleep(lasts).await;
            servers.postgres.start_again().await?;
        }
    }
    Ok(())
}

/// The mail server hangs up at one point, for every mail of that while.
async fn hang_up(world: &World, stage: Stage, action: Action, lasts: Duration) {
    world.smtp.always(stage, action);
    tokio::time::sleep(lasts).await;
    world.smtp.heal();
}

/// By how many milliseconds a clock is wrong: from two minutes to a day, ahead or behind.
fn wrong(dice: &mut Dice) -> i64 {
    const MINUTE: i64 = 60_000;
    let by = 2 * MINUTE + i64::try_from(dice.below(24 * 60 * 60_000)).unwrap_or(MINUTE);
    if dice.below(2) == 0 { by } else { -by }
}

/// Nothing can be written for a while.
async fn fill_disks(world: &mut World, fault: Fault, lasts: Duration) -> anyhow::Result<()> {
    let of_processes = (fault == Fault::DisksFull).then_some(&world.machines);
    let server = world.servers.as_ref().map(|servers| &servers.machine);
    let all: Vec<&Machine> = of_processes.into_iter().flatten().chain(server).collect();
    for machine in &all {
        machine.fill_disk(true)?;
    }
    tokio::time::sleep(lasts).await;
    for machine in &all {
        machine.fill_disk(false)?;
    }
    if let Some(servers) = &mut world.servers {
        // A server that cannot write its log ends itself, and comes back when somebody made room.
        tokio::time::sleep(Duration::from_millis(200)).await;
        if !servers.postgres.is_running() {
            servers.postgres.start_again().await?;
        }
    }
    Ok(())
}

/// What the dead were doing under an Idempotency-Key may be taken up again after a while, which nobody needs to
/// wait for: it is over. Who starts alone knows that by itself.
async fn abandon(world: &World) -> anyhow::Result<()> {
    if world.engine() == Engine::Sqlite {
        return Ok(());
    }
    let begun = "UPDATE idempotency SET created_at = created_at - 300001 WHERE status IS NULL AND created_at <= $1";
    world.ledger.change(begun, world.killed_at).await?;
    if world.is_brief {
        // Nor for the mailbox that they held, which is free after a minute; a long run waits, and shows it.
        let held = "UPDATE leases SET until = 0 WHERE until < $1";
        let at = world.killed_at + conversation::deliveries::LEASE;
        world.ledger.change(held, at).await?;
    }
    Ok(())
}

fn mode(fault: Fault) -> Mode {
    match fault {
        Fault::StallImap | Fault::StallSmtp | Fault::StallWhatsapp => Mode::Stall,
        _ => Mode::Cut,
    }
}
