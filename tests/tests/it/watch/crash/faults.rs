//! What breaks, and how it is mended.

use std::time::Duration;

use tests::harness::{Data, Machine, Mode};

use super::{Dice, World};

/// One thing that breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
    pub(super) fn roll(dice: &mut Dice) -> Fault {
        let which = usize::try_from(dice.below(2)).unwrap_or(0);
        match dice.below(18) {
            0 | 1 => Fault::Kill(which),
            2 => Fault::KillBoth,
            3 => Fault::Freeze(which),
            4 => Fault::Restart(which),
            5 => Fault::Flush,
            6 => Fault::RedisLost,
            7 => Fault::RedisBack,
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
            Fault::DatabaseFull => "PostgreSQL's disk is full",
            Fault::DisksFull => "every disk is full",
            Fault::Clock(_) => "a process's clock is minutes to a day wrong",
            Fault::Clocks => "both processes' clocks are minutes to a day wrong",
            Fault::ClockKill(_) => "a process is killed while its clock is wrong",
        }
    }
}

/// Breaks it after a moment, waits, and mends it.
pub(super) async fn strike(world: &mut World, fault: Fault, dice: &mut Dice) -> anyhow::Result<()> {
    let before = Duration::from_millis(dice.below(400));
    let lasts = Duration::from_millis(100 + dice.below(1500));
    tokio::time::sleep(before).await;
    match fault {
        Fault::Kill(which) => {
            world.gateways[which].kill9().await?;
            world.killed_at = world.traffic.now();
            abandon(world).await?;
            tokio::time::sleep(lasts).await;
            world.gateways[which].start().await?;
        }
        Fault::KillBoth => {
            for gateway in &mut world.gateways {
                gateway.kill9().await?;
            }
            world.killed_at = world.traffic.now();
            abandon(world).await?;
            tokio::time::sleep(lasts).await;
            for gateway in &mut world.gateways {
                gateway.start().await?;
            }
        }
        Fault::Freeze(which) => {
            world.gateways[which].freeze();
            tokio::time::sleep(lasts).await;
            world.gateways[which].thaw();
        }
        Fault::Restart(which) => world.gateways[which].restart().await?,
        Fault::Flush => world.redis.flushall().await?,
        Fault::RedisLost | Fault::RedisBack => {
            world.redis.stop().await?;
            tokio::time::sleep(lasts).await;
            let data = if fault == Fault::RedisLost {
                Data::Lost
            } else {
                Data::Kept
            };
            world.redis.start_again(data).await?;
        }
        Fault::CutDatabase => {
            let database: String = sqlx::query_scalar("SELECT current_database()")
                .fetch_one(&world.pool)
                .await?;
            let url = world.postgres.url(&database);
            world.postgres.cut_connections(&url).await?;
        }
        Fault::Database => {
            world.postgres.stop().await?;
            tokio::time::sleep(lasts).await;
            world.postgres.start_again().await?;
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
            world.gateways[which].kill9().await?;
            world.machines[which].set_clock(0)?;
            world.killed_at = world.traffic.now();
            abandon(world).await?;
            world.gateways[which].start().await?;
        }
    }
    Ok(())
}

/// By how many milliseconds a clock is wrong: from two minutes to a day, ahead or behind.
fn wrong(dice: &mut Dice) -> i64 {
    const MINUTE: i64 = 60_000;
    let by = 2 * MINUTE + i64::try_from(dice.below(24 * 60 * 60_000)).unwrap_or(MINUTE);
    if dice.below(2) == 0 { by } else { -by }
}

/// Nothing can be written for a while.
async fn fill_disks(world: &mut World, fault: Fault, lasts: Duration) -> anyhow::Result<()> {
    let all: Vec<&Machine> = if fault == Fault::DisksFull {
        world.machines.iter().chain([&world.server]).collect()
    } else {
        vec![&world.server]
    };
    for machine in &all {
        machine.fill_disk(true)?;
    }
    tokio::time::sleep(lasts).await;
    for machine in &all {
        machine.fill_disk(false)?;
    }
    // A server that cannot write its log ends itself, and comes back when somebody made room.
    tokio::time::sleep(Duration::from_millis(200)).await;
    if !world.postgres.is_running() {
        world.postgres.start_again().await?;
    }
    Ok(())
}

/// What the dead were doing under an Idempotency-Key may be taken up again after five minutes, which nobody needs to
/// wait for: those minutes are over.
async fn abandon(world: &World) -> anyhow::Result<()> {
    sqlx::query("UPDATE idempotency SET created_at = created_at - 300001 WHERE status IS NULL AND created_at <= $1")
        .bind(world.killed_at)
        .execute(&world.pool)
        .await?;
    if world.is_brief {
        // Nor for the mailbox that they held, which is free after a minute; a long run waits, and shows it.
        sqlx::query("UPDATE leases SET until = 0 WHERE until < $1")
            .bind(world.killed_at + conversation::deliveries::LEASE)
            .execute(&world.pool)
            .await?;
    }
    Ok(())
}

fn mode(fault: Fault) -> Mode {
    match fault {
        Fault::StallImap | Fault::StallSmtp => Mode::Stall,
        _ => Mode::Cut,
    }
}
