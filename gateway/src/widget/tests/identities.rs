//! Who writes: what a signature proves, what an address that was only typed does not.

use super::*;

#[tokio::test]
async fn a_signed_identity_joins_the_known_contact() {
    let desk = desk().await;
    let known = desk.mail("ana@example.com", "My toner is empty").await;
    let token = desk.visitor().await;
    desk.write(&token, "I am Ana").await;
    assert_eq!(texts(&desk.session(&token).await), ["I am Ana"], "words prove nothing");

    let claims = json!({ "sub": "u-1", "email": "Ana@example.com", "name": "Ana" });
    let (status, session) = desk.sign_in(&token, claims.clone()).await;
    assert_eq!(status, StatusCode::OK, "{session}");
    assert_eq!(desk.contact(&session).await, Some(known.clone()));
    assert_eq!(
        session["contact"],
        json!({ "name": "Ana", "email": "ana@example.com", "email_verified": true })
    );
    assert_eq!(session["token"], token.as_str(), "the browser goes on as itself");

    // A second browser of the same user sees the same history.
    let (_, second) = desk
        .post("session", "", json!({ "identity": desk.jwt(claims), "language": "en" }))
        .await;
    assert_eq!(desk.contact(&second).await, Some(known));
    assert_eq!(second["conversation"], session["conversation"]);
    assert!(!texts(&second).is_empty());
}

#[tokio::test]
async fn identities_that_prove_nothing() {
    let desk = desk().await;
    desk.mail("ana@example.com", "secret").await;
    let token = desk.visitor().await;
    let soon = NOW / 1000 + 600;
    let claims = json!({ "sub": "u-1", "exp": soon, "email": "ana@example.com" });
    let header = r#"{"alg":"none"}"#;
    for (identity, code) in [
        (sign(&claims, "another secret"), "identity_signature"),
        (
            crate::widget::identity::sign_with(header, &claims, ""),
            "identity_algorithm",
        ),
        (
            sign(&json!({ "sub": "u-1", "exp": NOW / 1000 - 3600 }), SECRET),
            "identity_expired",
        ),
        (sign(&json!({ "sub": "u-1" }), SECRET), "identity_lifetime"),
        ("not a token".to_owned(), "identity_malformed"),
    ] {
        let (status, answer) = desk
            .post("session", "", json!({ "token": token, "identity": identity }))
            .await;
        assert_eq!((status, &answer["error"]), (StatusCode::FORBIDDEN, &json!(code)));
        assert_eq!(
            texts(&desk.session(&token).await),
            Vec::<&str>::new(),
            "the visitor stays anonymous"
        );
    }
}

#[tokio::test]
async fn two_users_of_one_browser_stay_two() {
    let desk = desk().await;
    let (_, ana) = desk
        .sign_in("", json!({ "sub": "ana", "email": "ana@example.com" }))
        .await;
    let token = ana["token"].as_str().unwrap();
    desk.write(token, "from Ana").await;
    // Signed out: the browser may be anybody's now.
    let (status, _) = desk.post("session", "", json!({ "token": token })).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let (status, bob) = desk
        .sign_in(token, json!({ "sub": "bob", "email": "bob@example.com" }))
        .await;
    assert_eq!(status, StatusCode::OK);
    assert_ne!(bob["token"], ana["token"]);
    assert_ne!(desk.contact(&bob).await, desk.contact(&ana).await);
    assert_eq!(texts(&bob), Vec::<&str>::new());
    // Ana again, in the same browser.
    let (_, again) = desk.sign_in(token, json!({ "sub": "ana" })).await;
    assert_eq!((&again["token"], texts(&again)), (&ana["token"], vec!["from Ana"]));
}

#[tokio::test]
async fn a_proved_stranger_is_not_merged_into_whoever_signs_in_next() {
    let desk = desk().await;
    let token = desk.visitor().await;
    desk.write(&token, "from Ana").await;
    let ana = desk.contact(&desk.session(&token).await).await.unwrap();
    let secret = contacts::claim(desk.store(), &ana, IdentityKind::Email, "ana@example.com")
        .await
        .unwrap();
    contacts::confirm(desk.store(), &secret).await.unwrap();
    let (_, bob) = desk
        .sign_in(&token, json!({ "sub": "bob", "email": "bob@example.com" }))
        .await;
    assert_eq!(texts(&bob), Vec::<&str>::new());
    let (_, ana_signed) = desk
        .sign_in(&token, json!({ "sub": "ana", "email": "ana@example.com" }))
        .await;
    assert_eq!(texts(&ana_signed), ["from Ana"], "the same address is the same person");
}

#[tokio::test]
async fn an_address_that_was_only_typed_opens_nothing() {
    let desk = desk().await;
    let known = desk.mail("ana@example.com", "secret").await;
    let (eve, other) = (desk.visitor().await, desk.visitor().await);
    desk.write(&eve, "hi").await;
    // Known and unknown addresses answer alike.
    for (token, email) in [(&eve, "ana@example.com"), (&other, "nobody@example.com")] {
        let (status, answer) = desk.post("email", token, json!({ "email": email })).await;
        assert_eq!((status, answer), (StatusCode::NO_CONTENT, Value::Null));
    }
    let session = desk.session(&eve).await;
    assert_eq!(texts(&session), ["hi"]);
    assert_eq!(session["contact"]["email_verified"], false);
    assert_ne!(desk.contact(&session).await, Some(known.clone()));

    // The link in the mail proves it: the two become one person.
    let leased = conversation::notices::lease(desk.store(), "test", 10).await.unwrap();
    assert_eq!(
        leased
            .iter()
            .map(|notice| notice.recipient.as_str())
            .collect::<Vec<_>>(),
        ["ana@example.com", "nobody@example.com"]
    );
    let secret = leased[0].action_url.rsplit('/').next().unwrap().to_owned();
    assert!(leased[0].action_url.starts_with("https://desk.example/confirm/"));
    contacts::confirm(desk.store(), &secret).await.unwrap();
    let session = desk.session(&eve).await;
    assert_eq!(desk.contact(&session).await, Some(known));
    assert_eq!(session["contact"]["email_verified"], true);
}
