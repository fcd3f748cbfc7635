//! Files and backups in a bucket, behind a network that can be cut.

use tests::harness::{ChaosProxy, Mode, S3, eventually, http};

use super::*;

#[tokio::test]
async fn files_live_in_a_bucket_and_wait_for_it() -> anyhow::Result<()> {
    let s3 = S3::start().await?;
    let network = ChaosProxy::start(s3.address()).await?;
    let app = with_mail(S3::keeps_files_of(App::new()?, &network.address())).await?;
    let before = seen(&app).await?;
    let kept = s3.objects()?.len();
    assert!(kept >= MAILS / 3, "{kept} objects for {} files", MAILS / 3);
    let folder = app.folder().join("data/files");
    assert!(!folder.exists(), "{} is not used", folder.display());

    network.set(Mode::Cut);
    let large = MAILS.next_multiple_of(3);
    let output = app
        .command(&["email", "deliver", "--inbox", "support"], mail(large))
        .await?;
    assert_eq!(
        output.status.code(),
        Some(75),
        "the mail server tries again: {}",
        output.text()
    );
    assert_eq!(
        deliver(&app, large + 1).await?["outcome"],
        "created",
        "a small mail needs no bucket"
    );
    let ready = http().get(app.url("/readyz")).send().await?;
    assert_eq!(ready.status(), 503, "{}", ready.text().await?);
    let doctor = app.command(&["doctor"], "").await?.text();
    assert!(doctor.lines().any(|line| line.contains("FAIL  Files")), "{doctor}");

    network.set(Mode::Pass);
    assert_eq!(deliver(&app, large).await?["outcome"], "created");
    assert_eq!(http().get(app.url("/readyz")).send().await?.status(), 200);
    let after = seen_of(&app, MAILS + 2).await?;
    assert!(
        before.iter().all(|line| after.contains(line)),
        "every file is as it was"
    );
    assert!(s3.objects()?.len() > kept);
    Ok(())
}

#[tokio::test]
async fn a_backup_goes_into_a_bucket_and_comes_back() -> anyhow::Result<()> {
    let s3 = S3::start().await?;
    let address = s3.address();
    let in_bucket = |app: App| S3::keeps_files_of(app, &address);
    let app = with_mail(in_bucket(App::new()?)).await?;
    let before = seen(&app).await?;

    let written = app
        .command(&["backup", "s3://files/far/today.tar.gz", "--verify"], "")
        .await?
        .success()?;
    assert!(written.contains("s3://files/far/today.tar.gz"), "{written}");
    assert!(written.contains("every count and sum is right"), "{written}");
    let again = app.command(&["backup", "s3://files/far/today.tar.gz"], "").await?;
    failed(again, "exists already")?;
    failed(app.command(&["backup", "s3://files"], "").await?, "s3://BUCKET/FILE")?;

    let fresh = in_bucket(App::new()?);
    failed(
        fresh.command(&["restore", "s3://files/far/other"], "").await?,
        "there is no s3://files/far/other",
    )?;
    let restored = fresh
        .command(&["restore", "s3://files/far/today.tar.gz"], "")
        .await?
        .success()?;
    assert!(restored.contains("30 conversations, 30 messages"), "{restored}");
    let fresh = fresh.start().await?;
    assert_eq!(seen(&fresh).await?, before);

    let stranger = in_bucket(App::new()?).set("files.s3_secret_access_key", "guessed");
    let refused = stranger
        .command(&["restore", "s3://files/far/today.tar.gz"], "")
        .await?;
    failed(refused, "check files.s3_endpoint")
}

#[tokio::test]
async fn backups_by_the_clock_go_into_a_bucket_and_the_oldest_leave() -> anyhow::Result<()> {
    let s3 = S3::start().await?;
    let app = S3::keeps_files_of(App::new()?, &s3.address())
        .set("backup.dir", "s3://files/clock")
        .set("backup.keep", 1);
    // One of the clock's, from long ago, and one that a person keeps.
    app.command(&["migrate"], "").await?.success()?;
    for name in ["switchboard-20200101T000000Z.tar.gz", "mine.tar.gz"] {
        app.command(&["backup", &format!("s3://files/clock/{name}")], "")
            .await?
            .success()?;
    }
    let _app = app.set("backup.every_hours", 1).start().await?;
    let names = eventually("the new backup instead of the old one", async || {
        let mut names = Vec::new();
        for object in s3.objects().ok()? {
            names.extend(object.file_name()?.to_str().map(str::to_owned));
        }
        let old = names.iter().any(|name| name.starts_with("switchboard-2020"));
        let new = names
            .iter()
            .any(|name| name.starts_with("switchboard-20") && name.ends_with(".tar.gz"));
        (new && !old).then_some(names)
    })
    .await;
    assert!(names.iter().any(|name| name == "mine.tar.gz"), "{names:?}");
    Ok(())
}
