//! Two administrators at one form.

use conversation::types::Role;

use super::administrator;
use crate::auth::testing::{Browser, agent};

/// The sums that a page was drawn with; the first form that has some.
fn seen(page: &str) -> String {
    let rest = page
        .split_once("name=\"seen\" value=\"")
        .expect("a form that knows what it saw")
        .1;
    rest.split('"').next().unwrap_or_default().to_owned()
}

/// The id behind a path on a page.
fn id_after(page: &str, path: &str) -> String {
    page.split(path)
        .find_map(|rest| {
            let id = rest.split(['"', '/']).next()?;
            (id.len() == 26 && id.bytes().all(|byte| byte.is_ascii_alphanumeric())).then(|| id.to_owned())
        })
        .expect("an id")
}

/// A form: where its page is and where it is sent, its fields, a field, what Eva and Ana make of it, and how
/// Eva's stands beside Ana's.
type Case<'a> = (
    String,
    String,
    Vec<(&'a str, &'a str)>,
    &'a str,
    &'a str,
    &'a str,
    &'a str,
);

async fn both_save(ana: &mut Browser, eva: &mut Browser, case: &Case<'_>) {
    let (page, action, fields, field, evas, anas, words) = case;
    let before = seen(&ana.get(page).await.expect(200).text);
    let with = |value: &str, seen: &str| -> Vec<(String, String)> {
        let mut all: Vec<(String, String)> = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .filter(|(name, _)| name != field)
            .collect();
        all.push(((*field).to_owned(), value.to_owned()));
        all.push(("seen".to_owned(), seen.to_owned()));
        all
    };
    let post = async |browser: &mut Browser, form: Vec<(String, String)>| {
        let form: Vec<(&str, &str)> = form
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        browser.post(action, &form).await
    };
    let done = post(eva, with(evas, &before)).await;
    assert!(matches!(done.status.as_u16(), 200 | 303), "{page}: {}", done.status);
    let held = post(ana, with(anas, &before)).await;
    let held = held
        .expect(422)
        .has("saved this meanwhile")
        .has("Take what is saved now")
        .has(anas)
        .has(words);
    assert!(
        held.text.contains("Eva saved") || held.text.contains("Somebody saved"),
        "{page} says who"
    );
    // Nothing of it is kept yet; once more keeps it.
    let now = ana.get(page).await.expect(200);
    assert!(now.text.contains(evas), "{page} has what Eva saved");
    let again = post(ana, with(anas, &seen(&held.text))).await;
    assert!(matches!(again.status.as_u16(), 200 | 303), "{page}: {}", again.status);
    assert!(
        ana.get(page).await.expect(200).text.contains(anas),
        "{page} has what Ana saved"
    );
    // Nobody saved meanwhile: nothing is asked.
    let seen = seen(&ana.get(page).await.expect(200).text);
    let done = post(ana, with(evas, &seen)).await;
    assert!(matches!(done.status.as_u16(), 200 | 303), "{page}: {}", done.status);
}

#[tokio::test]
async fn whoever_saves_second_is_told_what_the_first_one_saved() {
    let (test, mut ana) = administrator().await;
    let eva = agent(&test, "Eva", Role::Administrator).await;
    let mut eva = Browser::of(&test, &eva).await;
    let hours = [("name", "Shop"), ("time_zone", "UTC"), ("day_0", "09:00-18:00")];
    let rule = [("name", "Urgent"), ("occasion", "received"), ("step_0", "resolve")];
    let policy = [("name", "Gold"), ("first_minutes", "60"), ("warn_percent", "75")];
    let questions = [("name", "Paper jam"), ("text_0_en", "Which model?")];
    let team = [("name", "Second line")];
    let hook = [("name", "CRM"), ("url", "https://crm.example/hook")];
    let made: [(&str, &str, &[(&str, &str)]); 6] = [
        ("/settings/hours/new", "/settings/hours", &hours),
        ("/settings/rules/new", "/settings/rules", &rule),
        ("/settings/sla/new", "/settings/sla", &policy),
        ("/settings/questions/new", "/settings/questions", &questions),
        ("/settings/organise/teams", "/settings/organise", &team),
        ("/settings/webhooks", "/settings/webhooks", &hook),
    ];
    let mut cases: Vec<Case<'_>> = Vec::new();
    for (action, list, fields) in made {
        ana.post(action, fields).await;
        let base = if list == "/settings/organise" {
            "/settings/organise/teams"
        } else {
            list
        };
        let id = id_after(&ana.get(list).await.expect(200).text, &format!("{base}/"));
        let path = format!("{base}/{id}");
        cases.push((
            path.clone(),
            path,
            fields.to_vec(),
            "name",
            "Of Eva",
            "Of Ana",
            "Saved meanwhile: Of Eva",
        ));
    }
    for (action, fields, field, saved) in [
        (
            "/settings/macros",
            vec![("name", "Thanks"), ("step_0", "resolve"), ("shared", "on")],
            "name",
            "Of Eva",
        ),
        (
            "/settings/canned",
            vec![("shortcut", "thanks"), ("body_en", "Thank you"), ("shared", "on")],
            "body_en",
            "Of Eva",
        ),
    ] {
        ana.post(action, &fields).await.expect(303);
        let id = id_after(&ana.get(action).await.expect(200).text, &format!("{action}/"));
        let path = format!("{action}/{id}");
        cases.push((
            path.clone(),
            path,
            fields,
            field,
            saved,
            "Of Ana",
            "Saved meanwhile: Of Eva",
        ));
    }
    let billing = vec![
        ("name", "Shop"),
        ("color", "#0b6b5d"),
        ("currency", "USD"),
        ("language", "en"),
        ("rounding", "total"),
        ("due_days", "15"),
        ("valid_days", "30"),
        ("number_digits", "4"),
        ("reminders", "1"),
        ("country", "BR"),
    ];
    cases.push((
        "/billing/settings".to_owned(),
        "/billing/settings".to_owned(),
        billing,
        "footer",
        "Of Eva",
        "Of Ana",
        "Saved meanwhile: Of Eva",
    ));
    cases.push((
        "/settings/tickets/levels/N2".to_owned(),
        "/settings/tickets/levels/N2".to_owned(),
        vec![("kind_0", "text")],
        "label_0_en",
        "Of Eva",
        "Of Ana",
        "Saved meanwhile: Of Eva",
    ));
    cases.push((
        "/equipment/settings".to_owned(),
        "/equipment/settings".to_owned(),
        vec![("close_after_days", "10")],
        "tile_attribution",
        "Of Eva",
        "Of Ana",
        "Saved meanwhile: Of Eva",
    ));
    for case in &cases {
        both_save(&mut ana, &mut eva, case).await;
    }
    // Its version is part of the form, besides.
    let page = ana.get("/settings/knowledge").await.expect(200).text;
    let form = |words: &'static str, version: &'static str, seen: &str| {
        [
            ("answer_at", "60".to_owned()),
            ("version", version.to_owned()),
            ("sensitive", words.to_owned()),
            ("seen", seen.to_owned()),
        ]
    };
    let post = async |browser: &mut Browser, fields: [(&'static str, String); 4]| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.post("/settings/knowledge", &fields).await
    };
    post(&mut eva, form("Of Eva", "0", &seen(&page))).await.expect(200);
    let held = post(&mut ana, form("Of Ana", "0", &seen(&page))).await;
    let held = held
        .expect(422)
        .has("Eva saved this meanwhile")
        .has("name=\"version\" value=\"1\"");
    post(&mut ana, form("Of Ana", "1", &seen(&held.text)))
        .await
        .expect(200)
        .has("Of Ana");
}

fn promise<'a>(
    name: &'a str,
    minutes: &'a str,
    priority: &'a str,
    is_on: &'a str,
    seen: &'a str,
) -> [(&'a str, &'a str); 6] {
    [
        ("name", name),
        ("first_minutes", minutes),
        ("warn_percent", "75"),
        ("priority", priority),
        ("is_enabled", is_on),
        ("seen", seen),
    ]
}

#[tokio::test]
async fn the_same_twice_is_no_conflict_and_each_field_says_its_own() {
    let (test, mut ana) = administrator().await;
    let eva = agent(&test, "Eva", Role::Administrator).await;
    let mut eva = Browser::of(&test, &eva).await;
    ana.post(
        "/settings/sla/new",
        &[
            ("name", "Gold"),
            ("first_minutes", "60"),
            ("warn_percent", "75"),
            ("is_enabled", "on"),
        ],
    )
    .await
    .expect(303);
    let id = id_after(&ana.get("/settings/sla").await.expect(200).text, "/settings/sla/");
    let path = format!("/settings/sla/{id}");
    let before = seen(&ana.get(&path).await.expect(200).text);
    eva.post(&path, &promise("Gold", "30", "urgent", "", &before))
        .await
        .expect(303);
    // What Eva did not touch is not said; what both made the same is not, either.
    ana.post(&path, &promise("Platinum", "30", "", "on", &before))
        .await
        .expect(422)
        .has("Eva saved this meanwhile")
        .has("value=\"Platinum\"")
        .has("id=\"e-priority\">Saved meanwhile: Urgent")
        .has("id=\"e-is_enabled\">Saved meanwhile: off")
        .lacks("id=\"e-name\"")
        .lacks("id=\"e-first_minutes\"");
    ana.post(&path, &promise("Gold", "30", "urgent", "", &before))
        .await
        .expect(303);
    // A page from before the sums, or a program: as it always was.
    ana.post(&path, &promise("Silver", "15", "", "on", ""))
        .await
        .expect(303);
}
