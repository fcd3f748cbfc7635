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
    let chat = [("name", "Website"), ("language", "en")];
    let chat = ana.post("/settings/inboxes/new/webchat", &chat).await.expect(303);
    let here = format!("{}/proactive", chat.header("location"));
    let prices = vec![("name", "Prices"), ("after_seconds", "20"), ("words_en", "Questions?")];
    ana.post(&format!("{here}/new"), &prices).await.expect(303);
    let id = id_after(&ana.get(&here).await.expect(200).text, &format!("{here}/"));
    let path = format!("{here}/{id}");
    cases.push((
        path.clone(),
        path,
        prices,
        "words_en",
        "Of Eva",
        "Of Ana",
        "Saved meanwhile: Of Eva",
    ));
    let here = format!("{}/menu", chat.header("location"));
    let greets = vec![("appears", "unanswered"), ("greeting_en", "Hello!")];
    ana.post(&here, &greets).await.expect(303);
    cases.push((
        here.clone(),
        here.clone(),
        greets,
        "greeting_en",
        "Of Eva",
        "Of Ana",
        "Saved meanwhile: Of Eva",
    ));
    let toner = vec![("does", "portal"), ("title_en", "Toner")];
    ana.post(&format!("{here}/new"), &toner).await.expect(303);
    let list = ana.get(&here).await.expect(200).text;
    let list = list.split("id=\"entries\"").nth(1).unwrap();
    let path = format!("{here}/{}", id_after(list, &format!("{here}/")));
    cases.push((
        path.clone(),
        path,
        toner,
        "description_en",
        "Of Eva",
        "Of Ana",
        "Saved meanwhile: Of Eva",
    ));
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

/// The sums of the form that is sent there.
fn seen_at(page: &str, action: &str) -> String {
    let mark = format!("action=\"{action}\"");
    let mut forms = page.split(&mark).skip(1);
    let form = forms.find_map(|rest| {
        rest.split("</form>")
            .next()
            .filter(|form| form.contains("name=\"seen\""))
    });
    seen(form.unwrap_or_else(|| panic!("no form for {action}")))
}

/// A small form: its page, where it is sent, what Eva and Ana send, and the words for Eva's and for Ana's.
type Small<'a> = (
    &'a str,
    String,
    Vec<(&'a str, &'a str)>,
    Vec<(&'a str, &'a str)>,
    &'a str,
    &'a str,
);

#[tokio::test]
async fn small_forms_ask_on_a_page_of_their_own() {
    let (test, mut ana) = administrator().await;
    let eva = agent(&test, "Eva", Role::Administrator).await;
    let tom = agent(&test, "Tom", Role::Agent).await;
    let mut eva = Browser::of(&test, &eva).await;
    let (organise, tickets) = ("/settings/organise", "/settings/tickets");
    let (privacy, notices) = ("/settings/privacy", "/settings/tickets/notices");
    ana.post("/settings/organise/labels", &[("name", "Urgent")])
        .await
        .expect(303);
    ana.post("/settings/tickets/categories", &[("name_en", "Paper")])
        .await
        .expect(303);
    ana.post(notices, &[("occasion", "opened"), ("text_en", "Hello")])
        .await
        .expect(303);
    let made = [("target", "ticket"), ("name", "Floor"), ("kind", "text")];
    ana.post("/settings/organise/fields", &made).await.expect(303);
    let label = id_after(&ana.get(organise).await.text, "/settings/organise/labels/");
    let page = ana.get(tickets).await.text;
    let category = id_after(&page, "/settings/tickets/categories/");
    let field = id_after(&page, "/settings/tickets/fields/");
    let notice = [("occasion", "opened"), ("inbox", ""), ("kind", "")];
    let of_notice = |words: &'static str| {
        let mut all = notice.to_vec();
        all.push(("text_en", words));
        all
    };
    let days = |originals: &'static str| {
        let mut all: Vec<(&str, &str)> = crate::privacy::retention::KINDS
            .iter()
            .map(|(kind, _)| (*kind, if *kind == "audit" { "730" } else { "400" }))
            .filter(|(kind, _)| *kind != "originals")
            .collect();
        all.push(("originals", originals));
        all
    };
    let cases: Vec<Small<'_>> = vec![
        (
            organise,
            format!("/settings/organise/labels/{label}"),
            vec![("name", "Of Eva"), ("tint", "2")],
            vec![("name", "Of Ana"), ("tint", "0")],
            "Saved meanwhile: Of Eva",
            "Yours: Of Ana",
        ),
        (
            organise,
            "/settings/organise/limits".to_owned(),
            vec![("urgent", "11")],
            vec![("urgent", "22")],
            "Saved meanwhile: 11",
            "Yours: 22",
        ),
        (
            tickets,
            format!("/settings/tickets/categories/{category}"),
            vec![("name_en", "Of Eva")],
            vec![("name_en", "Of Ana")],
            "Saved meanwhile: Of Eva",
            "Yours: Of Ana",
        ),
        (
            tickets,
            "/settings/tickets/closing".to_owned(),
            vec![("hours", "24")],
            vec![("hours", "48")],
            "Saved meanwhile: 24",
            "Yours: 48",
        ),
        (
            tickets,
            format!("/settings/tickets/fields/{field}"),
            vec![("kind", "question")],
            vec![("kind", "incident")],
            "Saved meanwhile: Question",
            "Yours: Incident",
        ),
        (
            tickets,
            format!("/settings/tickets/skills/{}", tom.id),
            vec![("category", &category)],
            vec![],
            "Saved meanwhile: Of",
            "Yours: –",
        ),
        (
            notices,
            notices.to_owned(),
            of_notice("Of Eva"),
            of_notice("Of Ana"),
            "Saved meanwhile: Of Eva",
            "Yours: Of Ana",
        ),
        (
            "/settings/people",
            format!("/settings/people/{}", tom.id),
            vec![("do", "role"), ("role", "supervisor")],
            vec![("do", "role"), ("role", "coordinator")],
            "Saved meanwhile: Supervisor",
            "Yours: Coordinator",
        ),
        (
            privacy,
            privacy.to_owned(),
            days("500"),
            days("600"),
            "Saved meanwhile: 500",
            "value=\"600\"",
        ),
    ];
    for (page, action, evas, anas, theirs, mine) in &cases {
        let before = seen_at(&ana.get(page).await.expect(200).text, action);
        let mut all = evas.clone();
        all.push(("seen", &before));
        let done = eva.post(action, &all).await;
        assert!(matches!(done.status.as_u16(), 200 | 303), "{action}: {}", done.status);
        let evas = seen_at(&ana.get(page).await.expect(200).text, action);
        let mut all = anas.clone();
        all.push(("seen", &before));
        let held = ana.post(action, &all).await.expect(422);
        let held = held.has("saved this meanwhile").has(theirs).has(mine);
        // Once more keeps it.
        let now = seen_at(&held.text, action);
        let mut all = anas.clone();
        all.push(("seen", &now));
        let done = ana.post(action, &all).await;
        assert!(matches!(done.status.as_u16(), 200 | 303), "{action}: {}", done.status);
        let again = seen_at(&ana.get(page).await.expect(200).text, action);
        assert!(again != evas, "{action} has what Ana saved");
    }
}

#[tokio::test]
async fn keys_that_nobody_reads_are_compared_as_well() {
    let (test, mut ana) = administrator().await;
    let eva = agent(&test, "Eva", Role::Administrator).await;
    let mut eva = Browser::of(&test, &eva).await;
    let action = "/billing/settings/stripe";
    let before = seen_at(&ana.get("/billing/settings").await.expect(200).text, action);
    let with = |secret: &'static str, seen: &str| {
        [
            ("publishable_key", "pk_test_1".to_owned()),
            ("secret_key", secret.to_owned()),
            ("seen", seen.to_owned()),
        ]
    };
    let post = async |browser: &mut Browser, fields: [(&'static str, String); 3]| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.post(action, &fields).await
    };
    post(&mut eva, with("sk_test_eva", &before)).await.expect(303);
    let held = post(&mut ana, with("sk_test_ana", &before)).await.expect(422);
    let held = held.has("Eva saved this meanwhile").lacks("sk_test_");
    let now = seen_at(&held.text, action);
    post(&mut ana, with("sk_test_ana", &now)).await.expect(303);
}

#[tokio::test]
async fn two_saves_in_one_instant_see_each_other() {
    let (test, mut ana) = administrator().await;
    let eva = agent(&test, "Eva", Role::Administrator).await;
    let mut eva = Browser::of(&test, &eva).await;
    let action = "/settings/tickets/closing";
    for round in 1..6 {
        let before = seen_at(&ana.get("/settings/tickets").await.expect(200).text, action);
        let (one, other) = ((round * 10).to_string(), (round * 10 + 1).to_string());
        let (evas, anas) = (
            [("hours", one.as_str()), ("seen", &before)],
            [("hours", other.as_str()), ("seen", &before)],
        );
        let (first, second) = tokio::join!(eva.post(action, &evas), ana.post(action, &anas));
        let mut both = [first.status.as_u16(), second.status.as_u16()];
        both.sort_unstable();
        assert_eq!(both, [303, 422], "one of them is told");
    }
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
