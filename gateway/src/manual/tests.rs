use axum::body::{Body, to_bytes};
use axum::http::Request;
use conversation::Env;
use tower::ServiceExt;

use super::*;
use crate::config::Config;

#[tokio::test]
async fn the_documentation_is_read_by_anybody_in_its_languages() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.data.dir = dir.path().to_owned();
    let app = App::open(config, Env::system()).await.unwrap();
    let router = routes(&app).with_state(app);
    for (path, status, wanted) in [
        (
            MANUAL,
            200,
            "<title>Switchboard: the documentation · Switchboard</title>",
        ),
        (MANUAL, 200, "href=\"/manual/channels/whatsapp\""),
        ("/manual/install", 200, "aria-current=\"page\">Install</a>"),
        ("/manual/roles/agent.es", 200, "<html lang=\"es\">"),
        ("/manual/roles/agent.es", 200, "href=\"/manual/roles/agent.pt\""),
        ("/manual/openapi.json", 200, "\"openapi\""),
        ("/manual/install.md", 404, "href=\"/manual/install\""),
        ("/manual/../Cargo.toml", 404, "href=\"/manual/install\""),
    ] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let answer = router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        assert!(text.contains(wanted), "{path}: no {wanted} in {text}");
    }
    for (role, language, page) in [
        (Role::Agent, Language::Pt, "/manual/roles/agent.pt"),
        (Role::Agent, Language::En, "/manual/roles/agent"),
        (Role::Supervisor, Language::Es, "/manual/roles/supervisor"),
        (Role::Administrator, Language::Es, MANUAL),
    ] {
        assert_eq!(for_role(role, language), page);
    }
}

/// Addresses of ours in a page: the path and the anchor.
fn addresses(page: &str) -> Vec<(String, String)> {
    let quoted = |name: &'static str| page.split(name).skip(1).filter_map(|after| after.split('"').next());
    quoted(" href=\"")
        .chain(quoted(" src=\""))
        .filter(|address| !address.contains(':'))
        .map(|address| {
            let (path, anchor) = address.split_once('#').unwrap_or((address, ""));
            (path.to_owned(), anchor.to_owned())
        })
        .collect()
}

#[test]
fn as_files_every_link_leads_to_a_file_and_every_page_is_listed() {
    let scratch = tempfile::tempdir().unwrap();
    let to = scratch.path().join("site");
    let pages = write(&to, 0).unwrap();
    assert!(pages > 20, "{pages} pages");
    let again = write(&to, 0).unwrap_err().to_string();
    assert!(again.contains("is not empty"), "{again}");

    let mut broken = Vec::new();
    let mut reached = std::collections::BTreeSet::new();
    for path in TEXTS.keys() {
        let file = to.join(site::file_of(path));
        let page = std::fs::read_to_string(&file).unwrap();
        for (address, anchor) in addresses(&page) {
            let target = if address.is_empty() {
                file.clone()
            } else {
                file.parent().unwrap().join(&address)
            };
            let Ok(found) = target.canonicalize() else {
                broken.push(format!("{path}: {address}"));
                continue;
            };
            let is_there = anchor.is_empty()
                || std::fs::read_to_string(&found).is_ok_and(|text| text.contains(&format!("id=\"{anchor}\"")));
            if !is_there {
                broken.push(format!("{path}: {address}#{anchor}"));
            }
            reached.insert(found);
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
    let root = to.canonicalize().unwrap();
    let lost: Vec<&String> = TEXTS
        .keys()
        .filter(|path| !path.starts_with("adr/") && !reached.contains(&root.join(site::file_of(path))))
        .collect();
    assert!(lost.is_empty(), "nothing leads to {lost:?}");
}
