//! The first start of several processes at once.

use anyhow::Context as _;
use tests::harness::{App, fresh_database, http};
use tests::need;

#[tokio::test]
async fn the_link_of_either_process_makes_the_first_administrator() -> anyhow::Result<()> {
    let database = need!(fresh_database().await);
    let process = || -> anyhow::Result<App> {
        Ok(App::new()?
            .set("database.url", &database)
            .set("instance.key", "5b".repeat(32)))
    };
    let one = process()?.start().await?;
    let two = process()?.start().await?;
    // Each link on each process: a proxy in front of them chooses.
    let path = |link: &str| -> anyhow::Result<String> {
        let at = link.find("/set-up?token=").context("no link")?;
        Ok(link[at..].to_owned())
    };
    let (first, second) = (path(&one.set_up_link().await)?, path(&two.set_up_link().await)?);
    assert_ne!(first, second);
    let client = http();
    for link in [&first, &second] {
        for app in [&one, &two] {
            let page = client.get(app.url(link)).send().await?;
            assert_eq!(page.status(), 200, "{link}");
        }
    }
    let (_, token) = first.split_once('=').context("no token")?;
    let form = [
        ("token", token),
        ("name", "Eva"),
        ("email", "eva@example.test"),
        ("password", "correct horse battery"),
    ];
    // The link of the process that started first, at the other one.
    let answer = client.post(two.url("/set-up")).form(&form).send().await?;
    assert_eq!(answer.status(), 303);
    for link in [&first, &second] {
        for app in [&one, &two] {
            let page = client.get(app.url(link)).send().await?;
            assert_eq!(page.status(), 410, "there is an administrator now: {link}");
        }
    }
    Ok(())
}
