//! Pictures of counters: beside their number, kept while it is asked about, and to a person without one.

use ::equipment::readings;
use axum::http::StatusCode;
use conversation::attachments;

use super::equipment::{Own, own};
use super::*;

const JPEG: &[u8] = b"\xff\xd8\xff\xe0 a display";

async fn send(desk: &Desk, ana: &Own, value: &str, more: &[(&str, &str)], picture: Option<&[u8]>) -> Answer {
    let once = desk.store.env().ulid();
    let mut body = String::new().into_bytes();
    let value_field = format!("value-{}", ana.counter);
    let mut fields = vec![
        ("once", once.as_str()),
        ("machine", &ana.machine),
        (&value_field, value),
    ];
    fields.extend_from_slice(more);
    let mut form = multipart(&fields, &[]);
    let end = format!("--{EDGE}--\r\n").len();
    form.truncate(form.len() - end);
    body.append(&mut form);
    if let Some(bytes) = picture {
        body.extend(format!("--{EDGE}\r\nContent-Disposition: form-data; name=\"photo-{}\"; filename=\"IMG_1.jpg\"\r\nContent-Type: text/html\r\n\r\n", ana.counter).bytes());
        body.extend_from_slice(bytes);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{EDGE}--\r\n").bytes());
    let request = Request::post("/portal/readings")
        .header("cookie", &ana.cookie)
        .header("host", "desk.example")
        .header("content-type", format!("multipart/form-data; boundary={EDGE}"));
    desk.call(request.body(Body::from(body)).unwrap()).await
}

async fn newest(desk: &Desk, ana: &Own) -> readings::Reading {
    let all = readings::of_counter(desk.store.db(), &ana.counter.as_str().into(), 1)
        .await
        .unwrap();
    all.into_iter().next().expect("a reading")
}

#[tokio::test]
async fn a_picture_stands_beside_the_number_that_was_read_from_it() {
    let desk = desk().await;
    let portal = test_portal(&desk.store);
    let ana = own(&desk, &portal, "Ana").await;
    let eve = own(&desk, &portal, "Eve").await;

    let sent = send(&desk, &ana, "1200", &[], Some(JPEG)).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let reading = newest(&desk, &ana).await;
    assert_eq!(
        (reading.value, reading.photo_type.as_deref()),
        (1_200, Some("image/jpeg")),
        "the bytes say what it is, not the sender"
    );
    let path = format!("/portal/readings/{}/photo", reading.id);
    let page = desk
        .get(&format!("/portal/machines/{}", ana.machine), &ana.cookie)
        .await;
    assert!(page.text.contains(&path), "the machine's page shows it");
    let picture = desk.get(&path, &ana.cookie).await;
    assert_eq!(
        (picture.status, picture.headers["content-type"].to_str().unwrap()),
        (StatusCode::OK, "image/jpeg")
    );
    assert_eq!(desk.get(&path, &eve.cookie).await.status, StatusCode::NOT_FOUND);

    // An odd number is asked about; the picture need not be chosen again, and is nobody else's.
    let asked = send(&desk, &ana, "7", &[], Some(JPEG)).await;
    assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
    let kept = asked.field(&format!("kept-{}", ana.counter));
    let (kept_field, asked_field, meaning_field) = (
        format!("kept-{}", ana.counter),
        format!("asked-{}", ana.counter),
        format!("meaning-{}", ana.counter),
    );
    let answer = [
        (kept_field.as_str(), kept.as_str()),
        (&asked_field, "7"),
        (&meaning_field, "replaced"),
    ];
    let done = send(&desk, &ana, "7", &answer, None).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    let reading = newest(&desk, &ana).await;
    assert_eq!((reading.value, reading.photo_sha256.is_some()), (7, true));
    let eves_field = format!("kept-{}", eve.counter);
    send(&desk, &eve, "1100", &[(&eves_field, &kept)], None).await;
    assert_eq!(newest(&desk, &eve).await.photo_sha256, None);

    // What is no picture is said to be none, and the number beside it counts.
    let wrong = send(&desk, &ana, "9", &[], Some(b"<svg onload=x>")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("must be a JPEG"), "{}", wrong.text);
    let reading = newest(&desk, &ana).await;
    assert_eq!((reading.value, reading.photo_sha256), (9, None));
}

#[tokio::test]
async fn a_picture_without_a_number_goes_to_a_person() {
    let desk = desk().await;
    let portal = test_portal(&desk.store);
    let ana = own(&desk, &portal, "Ana").await;
    let sent = send(&desk, &ana, "", &[], Some(JPEG)).await;
    assert_eq!(sent.location(), format!("/portal/machines/{}?said=photo", ana.machine));
    let ticket = desk.newest_ticket().await;
    assert!(ticket.subject.contains("Secret of Ana"), "{}", ticket.subject);
    let messages = conversation::privacy::messages_of(desk.store.db(), &ticket.conversation_id, "", 20)
        .await
        .unwrap();
    let ids: Vec<_> = messages.iter().map(|message| message.id.clone()).collect();
    let files = attachments::of_messages(desk.store.db(), &ids).await.unwrap();
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].media_type, "image/jpeg");
}
