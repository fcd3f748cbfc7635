//! How long it takes after each kind of fault until the message that waited is answered: one process of each role on
//! PostgreSQL and Redis, with the settings that an installation has.

use std::time::{Duration, Instant};

use anyhow::ensure;
use tests::harness::{Api, Data, Mode, Postgres, Redis, Running};

use crate::customers::{Number, Post, process, teach, when};
use crate::report::Report;

const PART: &str = "time to recover: from the fault's end until what a customer wrote meanwhile is answered by the bot, longest of three (floor: without a fault)";
/// How often each fault strikes.
const TIMES: usize = 3;
/// How long a fault lasts.
const LASTS: Duration = Duration::from_secs(3);
/// After so long it has not recovered.
const PATIENCE: Duration = Duration::from_secs(180);
/// The sample articles have an answer.
const QUESTION: &str = "Our copier ran out of toner this morning, what now?";

/// What breaks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    Web,
    Workers,
    Mail,
    All,
    RedisBack,
    RedisLost,
    RedisEmptied,
    Database,
    Imap,
    Smtp,
    /// The process is gone for good and another one of its role stands by.
    WorkersGone,
    MailGone,
}

impl Fault {
    /// What stands by comes last: it stays.
    const ALL: [Fault; 13] = [
        Fault::None,
        Fault::Web,
        Fault::Workers,
        Fault::Mail,
        Fault::All,
        Fault::RedisBack,
        Fault::RedisLost,
        Fault::RedisEmptied,
        Fault::Database,
        Fault::Imap,
        Fault::Smtp,
        Fault::WorkersGone,
        Fault::MailGone,
    ];

    const fn words(self) -> &'static str {
        match self {
            Fault::None => "nothing",
            Fault::Web => "web killed, started",
            Fault::Workers => "workers killed, started",
            Fault::Mail => "mail killed, started",
            Fault::All => "all three killed, started",
            Fault::RedisBack => "Redis stopped, started",
            Fault::RedisLost => "Redis stopped, started empty",
            Fault::RedisEmptied => "Redis emptied",
            Fault::Database => "PostgreSQL crashed, started",
            Fault::Imap => "IMAP cut, back",
            Fault::Smtp => "SMTP cut, back",
            Fault::WorkersGone => "workers killed, another there",
            Fault::MailGone => "mail killed, another there",
        }
    }
}

/// What can break.
struct Machines {
    postgres: Postgres,
    redis: Redis,
    web: Running,
    /// The first works; the second, where there is one, stands by.
    workers: Vec<Running>,
    mail: Vec<Running>,
}

/// Who writes, and how they are reached.
struct Customers {
    number: Number,
    post: Post,
}

/// When each was answered.
struct Answered {
    whatsapp: Instant,
    mail: Instant,
}

fn phone(number: usize) -> String {
    format!("3461{number:08}")
}

fn address(number: usize) -> String {
    format!("customer{number}@customer.example")
}

impl Machines {
    async fn breaks(&mut self, fault: Fault, customers: &Customers) -> anyhow::Result<()> {
        match fault {
            Fault::None => {}
            Fault::Web => self.web.kill9().await?,
            Fault::Workers | Fault::WorkersGone => self.workers[0].kill9().await?,
            Fault::Mail | Fault::MailGone => self.mail[0].kill9().await?,
            Fault::All => {
                for one in [&mut self.web, &mut self.workers[0], &mut self.mail[0]] {
                    one.kill9().await?;
                }
            }
            Fault::RedisBack | Fault::RedisLost => self.redis.stop().await?,
            Fault::RedisEmptied => self.redis.flushall().await?,
            Fault::Database => self.postgres.stop().await?,
            Fault::Imap => customers.post.imap_way.set(Mode::Cut),
            Fault::Smtp => customers.post.smtp_way.set(Mode::Cut),
        }
        Ok(())
    }

    /// Mends it; when it was mended. A process that is started again counts from its start, a server from the moment
    /// when it takes connections.
    async fn mend(&mut self, fault: Fault, customers: &Customers) -> anyhow::Result<Instant> {
        let began = Instant::now();
        match fault {
            Fault::None | Fault::RedisEmptied | Fault::WorkersGone | Fault::MailGone => return Ok(began),
            Fault::Web => self.web.start().await?,
            Fault::Workers => self.workers[0].start().await?,
            Fault::Mail => self.mail[0].start().await?,
            Fault::All => {
                for one in [&mut self.web, &mut self.workers[0], &mut self.mail[0]] {
                    one.launch()?;
                }
            }
            Fault::RedisBack => self.redis.start_again(Data::Kept).await?,
            Fault::RedisLost => self.redis.start_again(Data::Lost).await?,
            Fault::Database => self.postgres.start_again().await?,
            Fault::Imap => customers.post.imap_way.set(Mode::Pass),
            Fault::Smtp => customers.post.smtp_way.set(Mode::Pass),
        }
        let is_process = matches!(fault, Fault::Web | Fault::Workers | Fault::Mail | Fault::All);
        Ok(if is_process { began } else { Instant::now() })
    }

    /// What is gone for good comes back to stand by.
    async fn after(&mut self, fault: Fault) -> anyhow::Result<()> {
        for (gone, all) in [
            (Fault::WorkersGone, &mut self.workers),
            (Fault::MailGone, &mut self.mail),
        ] {
            if fault == gone {
                all[0].start().await?;
                all.rotate_left(1);
            }
        }
        Ok(())
    }
}

impl Customers {
    /// Two of them ask, and insist as their channels do.
    async fn ask(&self, number: usize, web: impl AsyncFn(&crate::customers::Hook) -> u16) -> anyhow::Result<()> {
        let customer = phone(number);
        self.number.open_window(&customer);
        let hook = self.number.hook(&customer, &format!("wamid.{number:040}"), QUESTION);
        when("a web hook is taken", PATIENCE, async || web(&hook).await == 200).await?;
        Ok(())
    }

    async fn whatsapp(&self, number: usize) -> anyhow::Result<Instant> {
        let customer = phone(number);
        when("the answer leaves by WhatsApp", PATIENCE, async || {
            self.number
                .standin
                .accepted()
                .iter()
                .any(|sent| sent.recipient.ends_with(&customer))
        })
        .await
    }

    async fn mail(&self, number: usize) -> anyhow::Result<Instant> {
        let address = address(number);
        when("the answer leaves by mail", PATIENCE, async || {
            let sent = self.post.smtp.received();
            sent.iter().any(|mail| mail.to.iter().any(|to| to.contains(&address)))
        })
        .await
    }
}

/// One fault; how long after its end each was answered.
async fn strike(
    machines: &mut Machines,
    customers: &Customers,
    fault: Fault,
    number: usize,
) -> anyhow::Result<(Duration, Duration)> {
    machines.breaks(fault, customers).await?;
    let broken = Instant::now();
    customers
        .post
        .arrive(&address(number), &format!("Question {number}"), QUESTION);
    let url = machines.web.url("");
    let answers = async {
        let asked = customers.ask(number, async |hook| customers.number.post_to(&url, hook).await);
        let (asked, whatsapp, mail) = tokio::join!(asked, customers.whatsapp(number), customers.mail(number));
        asked?;
        anyhow::Ok(Answered {
            whatsapp: whatsapp?,
            mail: mail?,
        })
    };
    let lasts = match fault {
        Fault::None | Fault::RedisEmptied | Fault::WorkersGone | Fault::MailGone => Duration::ZERO,
        _ => LASTS,
    };
    let mending = async {
        tokio::time::sleep(lasts).await;
        let mended = machines.mend(fault, customers).await?;
        anyhow::Ok(if lasts.is_zero() { broken } else { mended })
    };
    let (answers, mended) = tokio::join!(answers, mending);
    let (answers, mended) = (answers?, mended?);
    machines.after(fault).await?;
    Ok((
        answers.whatsapp.saturating_duration_since(mended),
        answers.mail.saturating_duration_since(mended),
    ))
}

pub(crate) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let postgres = Postgres::start_durable().await?;
    let redis = Redis::start().await?;
    let database = postgres.fresh_database().await?;
    let web = process(&database, &redis, Some("web"))?.start().await?;
    teach(&web).await?;
    let api = Api::of(&web).await?;
    let customers = Customers {
        number: Number::new(&api, true).await?,
        post: Post::new(&api, true).await?,
    };
    drop(api);
    let workers = process(&database, &redis, Some("workers"))?.start().await?;
    let mail = process(&database, &redis, Some("mail"))?.start().await?;
    let mut machines = Machines {
        postgres,
        redis,
        web,
        workers: vec![workers],
        mail: vec![mail],
    };
    let mut number = 0;
    // The first message finds everything cold.
    strike(&mut machines, &customers, Fault::None, number).await?;
    let mut floors: Option<(f64, f64)> = None;
    for fault in Fault::ALL {
        if fault == Fault::WorkersGone {
            machines
                .workers
                .push(process(&database, &machines.redis, Some("workers"))?.start().await?);
        }
        if fault == Fault::MailGone {
            machines
                .mail
                .push(process(&database, &machines.redis, Some("mail"))?.start().await?);
        }
        let mut longest = (Duration::ZERO, Duration::ZERO);
        for _ in 0..TIMES {
            number += 1;
            let (whatsapp, mail) = strike(&mut machines, &customers, fault, number).await?;
            eprintln!(
                "  {}: WhatsApp {:.2} s, mail {:.2} s",
                fault.words(),
                whatsapp.as_secs_f64(),
                mail.as_secs_f64()
            );
            longest = (longest.0.max(whatsapp), longest.1.max(mail));
            // Whatever else was left half done is taken up before the next.
            number += 1;
            strike(&mut machines, &customers, Fault::None, number).await?;
        }
        let (whatsapp, mail) = (longest.0.as_secs_f64(), longest.1.as_secs_f64());
        ensure!(fault != Fault::None || mail > 0.0, "nothing was measured");
        for (channel, value, floor) in [
            ("WhatsApp", whatsapp, floors.map(|floors| floors.0)),
            ("mail", mail, floors.map(|floors| floors.1)),
        ] {
            report.add(PART, format!("{}: {channel}", fault.words()), value, "s", floor, None);
        }
        floors = floors.or(Some((whatsapp, mail)));
    }
    Ok(())
}
