//! The harness itself: each server starts, does one thing, and goes.

use std::time::Duration;

use futures::StreamExt as _;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor, transport::smtp};
use redis::AsyncCommands as _;
use sqlx::{Connection as _, PgConnection};
use tests::harness::{
    Action, App, Browser, ChaosProxy, Data, Dovecot, Exim, FakeSmtp, Machine, Mode, PASSWORD, Redis, Stage, WorkDir,
    certificate, client_config, eventually, eventually_within, fresh_database, http,
};
use tests::need;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const MAIL: &str = "From: Ana <ana@customer.test>\r\nTo: support@example.test\r\nSubject: Hello\r\n\
                    Message-ID: <1@customer.test>\r\n\r\nThe pump drips.\r\n.dots\r\n";

async fn keys(redis: &Redis) -> redis::RedisResult<Vec<String>> {
    let client = redis::Client::open(redis.url())?;
    client.get_multiplexed_async_connection().await?.keys("*").await
}

async fn set(redis: &Redis, key: &str) -> redis::RedisResult<()> {
    let client = redis::Client::open(redis.url())?;
    client.get_multiplexed_async_connection().await?.set(key, "1").await
}

#[tokio::test]
async fn redis_keeps_or_loses_its_data_as_asked() -> anyhow::Result<()> {
    let mut server = need!(Redis::start().await);
    set(&server, "a").await?;
    server.stop().await?;
    assert!(keys(&server).await.is_err(), "it is stopped");

    server.start_again(Data::Kept).await?;
    assert_eq!(keys(&server).await?, ["a"]);

    server.start_again(Data::Lost).await?;
    assert!(keys(&server).await?.is_empty());

    set(&server, "b").await?;
    server.flushall().await?;
    assert!(keys(&server).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn postgres_gives_each_test_a_database() -> anyhow::Result<()> {
    let (first, second) = (need!(fresh_database().await), fresh_database().await?);
    assert_ne!(first, second);
    let mut connection = PgConnection::connect(&first).await?;
    sqlx::query("CREATE TABLE t (n BIGINT)")
        .execute(&mut connection)
        .await?;
    let mut other = PgConnection::connect(&second).await?;
    assert!(
        sqlx::query("SELECT n FROM t").execute(&mut other).await.is_err(),
        "the table is in the first only"
    );
    tests::harness::postgres().await?.cut_connections(&first).await?;
    assert!(
        sqlx::query("SELECT n FROM t").execute(&mut connection).await.is_err(),
        "the connection was cut"
    );
    Ok(())
}

#[tokio::test]
async fn postgres_keeps_what_it_committed() -> anyhow::Result<()> {
    let mut server = need!(tests::harness::Postgres::start().await);
    let url = server.fresh_database().await?;
    let mut connection = PgConnection::connect(&url).await?;
    sqlx::query("CREATE TABLE t (n BIGINT)")
        .execute(&mut connection)
        .await?;
    sqlx::query("INSERT INTO t VALUES (7)").execute(&mut connection).await?;
    server.stop().await?;
    assert!(sqlx::query("SELECT n FROM t").execute(&mut connection).await.is_err());
    server.start_again().await?;
    let mut connection = PgConnection::connect(&url).await?;
    let n: i64 = sqlx::query_scalar("SELECT n FROM t").fetch_one(&mut connection).await?;
    assert_eq!(n, 7);
    Ok(())
}

#[tokio::test]
async fn dovecot_keeps_mail_over_a_restart() -> anyhow::Result<()> {
    let mut dovecot = need!(Dovecot::start().await);
    let user = "support@example.test";
    dovecot.append(user, MAIL).await?;
    dovecot.append(user, MAIL.replace("Hello", "Again")).await?;
    let before = dovecot.mailbox(user).await?;
    assert_eq!(before.iter().map(|message| message.uid).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(before[0].text(), MAIL);
    assert!(dovecot.mailbox("nobody@example.test").await?.is_empty());

    dovecot.stop().await?;
    assert!(dovecot.mailbox(user).await.is_err(), "it is stopped");
    dovecot.start_again().await?;
    let after = dovecot.mailbox(user).await?;
    assert_eq!(after.len(), 2);

    let validity = dovecot.uid_validity(user).await?;
    assert_ne!(dovecot.change_uid_validity(user).await?, validity);
    assert_eq!(dovecot.mailbox(user).await?.len(), 2, "the mail is still there");
    Ok(())
}

#[tokio::test]
async fn dovecot_kicks_a_client() -> anyhow::Result<()> {
    let dovecot = need!(Dovecot::start().await);
    let mut session = dovecot.session("support@example.test").await?;
    session.select("INBOX").await?;
    dovecot.kick("support@example.test").await?;
    let gone = eventually_within(Duration::from_secs(10), async || {
        session.noop().await.is_err().then_some(())
    })
    .await;
    assert!(gone.is_some(), "the session goes on after the kick");
    Ok(())
}

#[tokio::test]
async fn dovecot_speaks_tls_with_the_authority_of_the_harness() -> anyhow::Result<()> {
    let dovecot = need!(Dovecot::start().await);
    let connector = tokio_rustls::TlsConnector::from(client_config().await?);
    let tcp = TcpStream::connect(("127.0.0.1", dovecot.imaps_port())).await?;
    let stream = connector.connect("localhost".try_into()?, tcp).await?;
    let mut client = async_imap::Client::new(stream);
    client.read_response().await?;
    let wrong = client.login("support@example.test", "wrong").await;
    let Err((_, client)) = wrong else {
        panic!("a wrong password is accepted")
    };
    let mut session = client
        .login("support@example.test", PASSWORD)
        .await
        .map_err(|(error, _)| error)?;
    let mut names = session.list(None, Some("*")).await?;
    let name = names.next().await.expect("a mailbox")?;
    assert_eq!(name.name(), "INBOX");
    Ok(())
}

fn envelope(from: &str, to: &str) -> anyhow::Result<lettre::address::Envelope> {
    let from = if from.is_empty() { None } else { Some(from.parse()?) };
    Ok(lettre::address::Envelope::new(from, vec![to.parse()?])?)
}

fn plain(port: u16) -> AsyncSmtpTransport<Tokio1Executor> {
    AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1")
        .port(port)
        .build()
}

#[tokio::test]
async fn a_mail_sent_through_exim_arrives_in_dovecot() -> anyhow::Result<()> {
    let dovecot = need!(Dovecot::start().await);
    let exim = need!(Exim::start(&dovecot).await);
    dovecot.add_user("support@example.test").await?;
    dovecot.add_user("ana@customer.test").await?;

    // STARTTLS, checked against the authority, and a login; to a tagged address.
    let authority = std::fs::read(certificate().await?.authority())?;
    let tls = smtp::client::TlsParameters::builder("localhost".to_owned())
        .add_root_certificate(smtp::client::Certificate::from_pem(&authority)?)
        .build_rustls()?;
    let sender = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1")
        .port(exim.port())
        .tls(smtp::client::Tls::Required(tls))
        .credentials(smtp::authentication::Credentials::new(
            "ana".to_owned(),
            PASSWORD.to_owned(),
        ))
        .build();
    sender
        .send_raw(
            &envelope("ana@customer.test", "support+t42@example.test")?,
            MAIL.as_bytes(),
        )
        .await?;
    let mail = dovecot.wait_for("support@example.test", 1).await;
    assert!(
        mail[0].text().contains("The pump drips.\r\n.dots"),
        "{}",
        mail[0].text()
    );
    assert!(
        mail[0].text().contains("support+t42@example.test"),
        "{}",
        mail[0].text()
    );

    // Wrong password, unknown mailbox, busy mailbox, no relay.
    let wrong = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1")
        .port(exim.port())
        .credentials(smtp::authentication::Credentials::new(
            "ana".to_owned(),
            "wrong".to_owned(),
        ))
        .build();
    let error = wrong
        .send_raw(&envelope("a@b.test", "support@example.test")?, b"x")
        .await
        .expect_err("refused");
    assert!(error.is_permanent(), "{error}");
    for (to, permanent) in [
        ("no@example.test", true),
        ("busy@example.test", false),
        ("a@elsewhere.org", true),
    ] {
        let sent = plain(exim.port())
            .send_raw(&envelope("ana@customer.test", to)?, MAIL.as_bytes())
            .await;
        let error = sent.expect_err(to);
        assert_eq!(
            (error.is_permanent(), error.is_transient()),
            (permanent, !permanent),
            "{to}: {error}"
        );
    }

    // A real bounce.
    plain(exim.port())
        .send_raw(&envelope("ana@customer.test", "bounce@example.test")?, MAIL.as_bytes())
        .await?;
    let bounce = dovecot.wait_for("ana@customer.test", 1).await;
    assert!(
        bounce[0].text().contains("message/delivery-status"),
        "{}\n{}",
        bounce[0].text(),
        exim.log()
    );
    Ok(())
}

#[tokio::test]
async fn the_fake_smtp_server_fails_where_told() -> anyhow::Result<()> {
    let server = FakeSmtp::start().await?;
    let to = envelope("ana@customer.test", "support@example.test")?;
    let send = async || plain(server.port()).send_raw(&to, MAIL.as_bytes()).await;

    let answer = |line: &str| Action::Answer(line.to_owned());
    for (stage, action, permanent, kept) in [
        (Stage::Connect, answer("421 4.3.2 not now"), Some(false), 0),
        (Stage::Mail, answer("451 4.3.0 later"), Some(false), 0),
        (Stage::Recipient, answer("550 5.1.1 nobody"), Some(true), 0),
        (Stage::Data, answer("452 4.3.1 full"), Some(false), 0),
        (Stage::End, answer("554 5.6.0 no"), Some(true), 0),
        (Stage::Hello, Action::Drop, None, 0),
        (Stage::End, Action::Drop, None, 0),
        (Stage::End, Action::KeepAndDrop, None, 1),
    ] {
        let before = server.received().len();
        server.once(stage, action.clone());
        let error = send().await.expect_err("the fault");
        let seen = if error.is_permanent() {
            Some(true)
        } else if error.is_transient() {
            Some(false)
        } else {
            None
        };
        assert_eq!(seen, permanent, "{stage:?} {action:?}: {error}");
        assert_eq!(server.received().len() - before, kept, "{stage:?} {action:?}");
    }

    send().await?;
    let received = server.wait_for(2).await;
    // lettre ends the last line once more.
    assert_eq!(received[1].text().trim_end(), MAIL.trim_end());
    assert_eq!(received[1].to, ["support@example.test"]);
    assert_eq!(received[1].from, "ana@customer.test");

    server.once(Stage::End, Action::Stall);
    assert!(
        tokio::time::timeout(Duration::from_millis(200), send()).await.is_err(),
        "it answered"
    );
    Ok(())
}

#[tokio::test]
async fn the_proxy_passes_stalls_and_cuts() -> anyhow::Result<()> {
    let echo = TcpListener::bind("127.0.0.1:0").await?;
    let target = echo.local_addr()?.to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = echo.accept().await {
            tokio::spawn(async move {
                let (mut from, mut to) = stream.split();
                drop(tokio::io::copy(&mut from, &mut to).await);
            });
        }
    });
    let proxy = ChaosProxy::start(target).await?;
    let mut buffer = [0; 5];
    let mut stream = TcpStream::connect(proxy.address()).await?;
    stream.write_all(b"hello").await?;
    stream.read_exact(&mut buffer).await?;
    assert_eq!(&buffer, b"hello");

    proxy.set(Mode::Stall);
    stream.write_all(b"later").await?;
    let early = tokio::time::timeout(Duration::from_millis(200), stream.read_exact(&mut buffer)).await;
    assert!(early.is_err(), "nothing gets through");
    proxy.set(Mode::Pass);
    stream.read_exact(&mut buffer).await?;
    assert_eq!(&buffer, b"later");

    let delay = Duration::from_millis(50);
    proxy.set(Mode::Delay(delay));
    let start = std::time::Instant::now();
    stream.write_all(b"slow!").await?;
    stream.read_exact(&mut buffer).await?;
    assert!(start.elapsed() >= 2 * delay, "once in each direction");

    proxy.set(Mode::Cut);
    assert!(matches!(stream.read(&mut buffer).await, Ok(0) | Err(_)), "cut");
    let mut refused = TcpStream::connect(proxy.address()).await?;
    assert!(
        matches!(refused.read(&mut buffer).await, Ok(0) | Err(_)),
        "closed at once"
    );

    proxy.cut_once();
    let mut stream = TcpStream::connect(proxy.address()).await?;
    stream.write_all(b"again").await?;
    stream.read_exact(&mut buffer).await?;
    assert_eq!(&buffer, b"again");
    Ok(())
}

#[tokio::test]
async fn chromium_opens_a_page_types_clicks_and_enters_frames() -> anyhow::Result<()> {
    let browser = need!(Browser::start().await);
    let page = "<title>T</title><h1>Olá</h1><input id=name><button id=go onclick=\"\
                setTimeout(() => document.querySelector('#out').textContent = 'Hi ' + document.querySelector('#name').value, 50)\
                \">Go</button><p id=out></p><iframe srcdoc=\"<p id=inner>inside</p>\"></iframe>\
                <script>console.error('seen')</script>";
    browser.open(&Browser::data_url(page)).await?;
    assert_eq!(browser.text("h1").await?, "Olá");
    browser.type_into("#name", "Ana").await?;
    browser.click("#go").await?;
    browser.wait_for_text("#out", "Hi Ana").await?;
    browser.enter_frame("iframe").await?;
    assert_eq!(browser.text("#inner").await?, "inside");
    browser.leave_frames().await?;
    assert_eq!(browser.texts("h1, #out").await?, ["Olá", "Hi Ana"]);
    let console = browser.console().await?;
    assert!(
        console
            .iter()
            .any(|(level, text)| level == "SEVERE" && text.contains("seen")),
        "{console:?}"
    );
    let folder = WorkDir::new("shot")?;
    let shot = folder.path().join("page.png");
    browser.screenshot(&shot).await?;
    assert!(std::fs::read(&shot)?.starts_with(b"\x89PNG"));
    browser.close().await
}

#[tokio::test]
async fn servers_go_with_their_owner() -> anyhow::Result<()> {
    let server = need!(Redis::start().await);
    let address = server.address();
    TcpStream::connect(&address).await?;
    drop(server);
    eventually("the port of a dropped server to be closed", async || {
        TcpStream::connect(&address).await.is_err().then_some(())
    })
    .await;
    Ok(())
}

#[test]
fn a_missing_program_is_told_from_a_broken_one() {
    let error =
        tests::harness::program("no-such-server", &["/usr/sbin"], "no-such-package").expect_err("there is none");
    let missing = error
        .downcast_ref::<tests::harness::Missing>()
        .expect("it is missing, not broken");
    assert_eq!(
        missing.to_string(),
        "no-such-server is not installed (apt-get install no-such-package)"
    );
}

#[tokio::test]
async fn a_machine_s_clock_and_disk_are_in_the_hands_of_the_test() -> anyhow::Result<()> {
    let machine = need!(Machine::new().await);
    let app = App::new()?.on(&machine).start().await?;
    for (ahead, words, times) in [
        (72_000_000, "the machine's clock was set forward", 1),
        (-3_600_000, "the machine's clock was set back", 1),
        (0, "the machine's clock was set forward", 2),
    ] {
        machine.set_clock(ahead)?;
        eventually(words, async || {
            (app.log().matches(words).count() == times).then_some(())
        })
        .await;
    }
    let ready = async || anyhow::Ok(http().get(app.url("/readyz")).send().await?.status());
    assert_eq!(ready().await?, 200);
    machine.fill_disk(true)?;
    assert_eq!(ready().await?, 503, "nothing can be written");
    machine.fill_disk(false)?;
    assert_eq!(ready().await?, 200);
    Ok(())
}
