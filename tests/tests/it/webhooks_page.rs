//! The documentation's examples of checking a web hook, and the command that says what is wrong, on a request that really came.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::Context as _;
use axum::Router;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::routing::post;
use serde_json::json;
use tests::harness::{Api, App, Output, Running};

/// What the page shows in a language.
fn example<'a>(page: &'a str, language: &str) -> &'a str {
    let (_, after) = page
        .split_once(&format!("```{language}\n"))
        .unwrap_or_else(|| panic!("no example in {language}"));
    after.split_once("```").expect("its end").0
}

/// Each language: its program, how it is told a script, and what calls the example on the page. All are given the folder
/// of the request, the name of the body in it and the tolerance in seconds, and exit 0 or 1.
const LANGUAGES: [(&str, &str, &str, &str); 4] = [
    (
        "python",
        "python3",
        "-c",
        r#"
import sys
folder, name, tolerance = sys.argv[1:]
read = lambda name: open(folder + "/" + name, "rb").read()
headers = dict(line.split(": ", 1) for line in read("headers.txt").decode().splitlines())
sys.exit(0 if is_ours(read("secret.txt").decode(), headers, read(name), int(tolerance)) else 1)
"#,
    ),
    (
        "js",
        "node",
        "-e",
        r#"
const fs = require("node:fs");
const [folder, name, tolerance] = process.argv.slice(1);
const headers = Object.fromEntries(fs.readFileSync(folder + "/headers.txt", "utf8").trim().split("\n").map((line) => line.split(": ")));
process.exit(isOurs(fs.readFileSync(folder + "/secret.txt", "utf8"), headers, fs.readFileSync(folder + "/" + name), Number(tolerance)) ? 0 : 1);
"#,
    ),
    (
        "perl",
        "perl",
        "-e",
        r#"
my ($folder, $name, $tolerance) = @ARGV;
sub slurp { open my $file, '<:raw', "$folder/$_[0]" or die; local $/; <$file> }
my %headers = map { split /: /, $_, 2 } split /\n/, slurp('headers.txt');
exit(is_ours(slurp('secret.txt'), \%headers, slurp($name), $tolerance) ? 0 : 1);
"#,
    ),
    (
        "sh",
        "bash",
        "-euc",
        r#"
of() { sed -n "s/^$1: //p" "$0/headers.txt"; }
is_ours "$(cat "$0/secret.txt")" "$(of webhook-id)" "$(of webhook-timestamp)" "$(of webhook-signature)" <"$0/$1" || exit 1
"#,
    ),
];

/// A request as it came, in files, with its secret.
struct Came {
    app: Running,
    folder: PathBuf,
}

impl Came {
    /// Makes a hook, lets something happen, and keeps what is posted.
    async fn new() -> anyhow::Result<Came> {
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel::<(HeaderMap, Bytes)>();
        let take = post(async move |headers: HeaderMap, body: Bytes| drop(tell.send((headers, body))));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/in", listener.local_addr()?);
        tokio::spawn(axum::serve(listener, Router::new().route("/in", take)).into_future());
        let app = App::new()?.set("outgoing.allow_private", "127.0.0.1").start().await?;
        let api = Api::of(&app).await?;
        let hook = json!({ "name": "crm", "url": url, "kinds": ["message.created"] });
        let other = json!({ "name": "shop", "url": url, "kinds": ["ticket.created"] });
        let secret = api.post("/webhooks", "hook", &hook).await?["secret"].clone();
        let others = api.post("/webhooks", "other", &other).await?["secret"].clone();
        let inbox = json!({
            "channel": "email", "name": "support", "language": "en", "bot_enabled": false,
            "settings": { "address": "support@example.test" },
        });
        api.post("/inboxes", "inbox", &inbox).await?;
        let mail = "From: ana@customer.test\r\nTo: support@example.test\r\nSubject: Printer\r\nMessage-ID: <1@customer.test>\r\n\
                    Content-Type: text/plain; charset=utf-8\r\n\r\nThe façade says «é».\r\n";
        app.command(&["email", "deliver", "--inbox", "support"], mail)
            .await?
            .success()?;
        let (headers, body) = told.recv().await.context("nothing came")?;
        let folder = app.folder().join("came");
        std::fs::create_dir(&folder)?;
        let mut lines = String::new();
        for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
            lines += &format!("{name}: {}\n", headers.get(name).context(name)?.to_str()?);
        }
        std::fs::write(folder.join("headers.txt"), lines)?;
        std::fs::write(folder.join("body.json"), &body)?;
        std::fs::write(folder.join("longer.json"), [&body[..], b"\n"].concat())?;
        let changed = String::from_utf8(body.to_vec())?.replace("façade", "facade");
        std::fs::write(folder.join("changed.json"), changed)?;
        std::fs::write(folder.join("secret.txt"), secret.as_str().context("a secret")?)?;
        std::fs::write(folder.join("others.txt"), others.as_str().context("a secret")?)?;
        Ok(Came { app, folder })
    }

    async fn verify(&self, secret: &str, body: &str, more: &[&str]) -> anyhow::Result<Output> {
        let file = |name: &str| self.folder.join(name).display().to_string();
        let (headers, secret, body) = (file("headers.txt"), file(secret), file(body));
        let mut arguments = vec![
            "webhooks",
            "verify",
            "--headers",
            &headers,
            "--secret-file",
            &secret,
            &body,
        ];
        arguments.extend(more);
        self.app.command(&arguments, "").await
    }
}

#[tokio::test]
async fn the_examples_of_web_hooks_run_and_the_command_says_what_is_wrong() -> anyhow::Result<()> {
    let came = Came::new().await?;
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/webhooks.md");
    let page = std::fs::read_to_string(page)?;
    for (language, program, option, call) in LANGUAGES {
        let script = format!("{}{call}", example(&page, language));
        for (body, tolerance, fits) in [
            ("body.json", "300", true),
            ("changed.json", "300", false),
            // Younger than nothing: too old, whatever the hour. The shell's looks at no time.
            ("body.json", "-1", language == "sh"),
        ] {
            let output = tokio::process::Command::new(program)
                .args([option, script.as_str()])
                .arg(&came.folder)
                .args([body, tolerance])
                .stdin(Stdio::null())
                .output()
                .await
                .with_context(|| format!("{program} is needed"))?;
            assert_eq!(
                output.status.code(),
                Some(if fits { 0 } else { 1 }),
                "{language} on {body}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
    }

    let good = came.verify("secret.txt", "body.json", &[]).await?.success()?;
    assert!(good.contains("fits") && good.contains("`crm`"), "{good}");
    for (secret, body, more, said) in [
        ("others.txt", "body.json", &[][..], "wrong secret"),
        ("secret.txt", "changed.json", &[], "altered"),
        ("secret.txt", "longer.json", &[], "line break"),
        (
            "secret.txt",
            "body.json",
            &["--at", "2000-01-01T00:00:00Z"],
            "from the future",
        ),
        ("secret.txt", "body.json", &["--at", "2100-01-01T00:00:00Z"], "too old"),
        ("body.json", "body.json", &[], "whsec_"),
    ] {
        let output = came.verify(secret, body, more).await?;
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(output.stderr.contains(said), "`{said}` is not in: {}", output.stderr);
    }
    Ok(())
}
