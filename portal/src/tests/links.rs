//! Links that sign in: asked for, used once, and what nobody gets by them.

use super::*;

#[tokio::test]
async fn one_mailbox_gets_so_many_mails_and_no_more() {
    let desk = desk().await;
    for _ in 0..5 {
        desk.submit("ana@example.com", "Toner", "en").await;
    }
    let token = desk.form_token("").await;
    let fields = [
        ("token", token.as_str()),
        ("subject", "Toner"),
        ("text", "Empty"),
        ("name", "Ana"),
        ("email", "ANA@example.com"),
    ];
    let answer = desk.post_files("/portal/tickets/new", "", &fields, &[]).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(answer.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn a_link_works_once_and_scanners_use_nothing_up() {
    let desk = desk().await;
    desk.submit("ana@example.com", "Toner", "en").await;
    let ticket = desk.newest_ticket().await;
    let link = desk.link(&ticket).await;
    for _ in 0..3 {
        let landing = desk.get(&link, "").await;
        assert_eq!(landing.status, StatusCode::OK, "a scanner's GET");
        assert!(!landing.headers.contains_key("set-cookie"));
        assert!(!landing.text.contains("It is empty."));
        assert_eq!(landing.headers["cache-control"], "no-store");
    }
    let followed = desk.post(&link, "", "").await;
    assert_eq!(
        (followed.status, followed.location()),
        (StatusCode::SEE_OTHER, page_of(&ticket).as_str())
    );
    let page = desk.get(followed.location(), &followed.cookie()).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("It is empty."), "{}", page.text);

    // The same mail opened again where they are signed in, and the button pressed twice.
    let cookie = followed.cookie();
    for answer in [desk.get(&link, &cookie).await, desk.post(&link, &cookie, "").await] {
        assert_eq!(
            (answer.status, answer.location()),
            (StatusCode::SEE_OTHER, page_of(&ticket).as_str())
        );
    }
    for answer in [desk.get(&link, "").await, desk.post(&link, "", "").await] {
        assert_eq!(answer.status, StatusCode::GONE);
        assert_eq!(answer.field("next"), page_of(&ticket), "a fresh link is a field away");
    }
    for unknown in ["/l/0000", "/l/x%00y"] {
        assert_eq!(desk.post(unknown, "", "").await.status, StatusCode::GONE);
    }

    // A fresh one.
    let asked = desk
        .post(
            "/portal/link",
            "",
            &format!("email=Ana%40example.com&next={}", page_of(&ticket)),
        )
        .await;
    assert_eq!(asked.status, StatusCode::OK);
    let notice = notices::lease(&desk.store, "test", 5).await.unwrap().remove(0);
    let fresh = notice
        .action_url
        .strip_prefix("https://desk.example")
        .unwrap()
        .to_owned();
    desk.clock.advance(crate::links::SESSION_LASTS + 1);
    assert_eq!(desk.post(&fresh, "", "").await.status, StatusCode::GONE, "links end");
    assert_eq!(
        desk.get(&page_of(&ticket), &followed.cookie()).await.status,
        StatusCode::UNAUTHORIZED,
        "so do sessions"
    );
}

#[tokio::test]
async fn asking_for_a_link_tells_nobody_who_is_known() {
    let desk = desk().await;
    desk.submit("ana@example.com", "Toner", "en").await;
    let known = desk.post("/portal/link", "", "email=ana%40example.com").await;
    let unknown = desk.post("/portal/link", "", "email=nobody%40example.com").await;
    // What they typed is said back, and nothing else differs.
    let said = |answer: &Answer, email: &str| {
        assert!(answer.text.contains(&format!("<strong>{email}</strong>")));
        (answer.status, answer.text.replace(email, ""))
    };
    assert!(said(&known, "ana@example.com") == said(&unknown, "nobody@example.com"));
    let sent = notices::lease(&desk.store, "test", 5).await.unwrap();
    assert_eq!(
        sent.iter().map(|notice| notice.recipient.as_str()).collect::<Vec<_>>(),
        ["ana@example.com"]
    );
    assert_eq!(desk.post("/portal/link", "", "email=ana").await.status.as_u16(), 422);
}

#[tokio::test]
async fn nobody_sees_what_is_not_theirs() {
    let desk = desk().await;
    let (ana, ana_cookie) = desk.customer("ana@example.com").await;
    let (eve, eve_cookie) = desk.customer("eve@example.com").await;
    let token = desk.form_token("").await;
    let fields = [
        ("token", token.as_str()),
        ("subject", "Photo"),
        ("text", "See"),
        ("name", "Ana"),
        ("email", "ana@example.com"),
    ];
    desk.post_files(
        "/portal/tickets/new",
        &ana_cookie,
        &fields,
        &[("photo.png", b"\x89PNG")],
    )
    .await;
    let photo = desk.newest_ticket().await;
    let page = desk.get(&page_of(&photo), &ana_cookie).await;
    let file = page
        .text
        .split_once("/portal/files/")
        .unwrap()
        .1
        .split('"')
        .next()
        .unwrap();
    let file = format!("/portal/files/{file}");
    let of_file = desk.get(&file, &ana_cookie).await;
    assert_eq!(
        (of_file.status, of_file.headers["content-type"].to_str().unwrap()),
        (StatusCode::OK, "image/png")
    );
    assert_eq!(
        of_file.headers["content-security-policy"],
        "default-src 'none'; sandbox"
    );

    assert_eq!(desk.get(&page_of(&eve), &eve_cookie).await.status, StatusCode::OK);
    for path in [
        page_of(&ana),
        page_of(&photo),
        file.clone(),
        "/portal/tickets/01UNKNOWN".to_owned(),
    ] {
        let theirs = desk.get(&path, &eve_cookie).await;
        assert_eq!(
            theirs.status,
            StatusCode::NOT_FOUND,
            "{path}: missing and foreign answer alike"
        );
        let nobodys = desk.get(&path, "").await;
        assert_eq!(nobodys.status, StatusCode::UNAUTHORIZED, "{path}");
        assert!(!nobodys.text.contains("Toner"));
        assert_eq!(
            desk.get(&path, "portal=0000").await.status,
            StatusCode::UNAUTHORIZED,
            "{path}"
        );
    }
    let reply_id = desk.store.env().ulid();
    let reply = [("id", reply_id.as_str()), ("text", "from Eve")];
    assert_eq!(
        desk.post_files(&page_of(&ana), &eve_cookie, &reply, &[]).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        desk.post_files(&page_of(&ana), "", &reply, &[]).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_typed_address_opens_nothing() {
    let desk = desk().await;
    let (ana, cookie) = desk.customer("ana@example.com").await;
    // Somebody types Ana's address and her ticket's number.
    let answer = desk
        .submit("ana@example.com", &format!("Re: [#{}] Toner", ana.number), "en")
        .await;
    let forged = desk.newest_ticket().await;
    assert_ne!(
        forged.conversation_id, ana.conversation_id,
        "an unproved sender gets into no conversation"
    );
    assert!(!answer.headers.contains_key("set-cookie"));
    assert!(!answer.text.contains("/portal/tickets/01"), "no way in");
    let mine = desk.get(&page_of(&ana), &cookie).await;
    assert_eq!(mine.text.matches("It is empty.").count(), 1);
}
