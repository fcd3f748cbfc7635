//! The statement of a period, on the page and as a file.

use super::walk::invoice_of;
use super::*;

#[tokio::test]
async fn a_period_is_summed_listed_and_downloaded() {
    let desk = desk().await;
    let portal = test_portal(&desk.store);
    let (_, ana) = invoice_of(&desk, &portal, "Ana", "ana@example.com").await;
    let (_, eve) = invoice_of(&desk, &portal, "Eve", "eve@example.com").await;
    let number = "INV-2023-0001";

    // Her words, not the business's: it is to be paid, whoever looked at it.
    let all = desk.get("/portal/billing", &ana).await;
    assert!(
        all.text.contains(number) && !all.text.contains("Balance before"),
        "{}",
        all.text
    );
    assert!(
        all.text.contains(">To pay</span>") && !all.text.contains(">Sent<"),
        "{}",
        all.text
    );
    for (query, has) in [
        ("status=open", true),
        ("status=paid", false),
        ("from=2023-11-01&to=2023-11-30", true),
        ("from=2023-11-14", true),
        ("to=2023-11-13", false),
        ("from=nonsense", true),
        ("year=2022", false),
    ] {
        let page = desk.get(&format!("/portal/billing?{query}"), &ana).await;
        assert_eq!(page.text.contains(number), has, "{query}");
    }
    let page = desk.get("/portal/billing?from=2023-11-01&to=2023-11-30", &ana).await;
    let text = page.text.replace('\u{a0}', " ");
    for row in [
        "<dt>Balance before</dt><dd>US$ 0.00</dd>",
        "<dt>Invoiced</dt><dd>US$ 50.00</dd>",
        "<dt>Balance after</dt><dd>US$ 50.00</dd>",
    ] {
        assert!(text.contains(row), "{row} in {text}");
    }

    let file = desk.get("/portal/billing.csv", &ana).await;
    assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
    assert_eq!(
        file.text,
        "\u{feff}Date,What,Number,Currency,Charge,Payment,Balance\r\n2023-11-14,Invoice,INV-2023-0001,USD,50.00,,50.00\r\n"
    );
    let later = desk.get("/portal/billing.csv?from=2023-12-01", &ana).await;
    assert!(
        later.text.ends_with("2023-12-01,Balance before,,USD,,,50.00\r\n"),
        "{}",
        later.text
    );
    let hers = desk.get("/portal/billing.csv", &eve).await;
    assert!(!hers.text.contains(number), "{}", hers.text);
}

#[tokio::test]
async fn whoever_downloads_what_they_chose_and_chose_nothing_is_told() {
    let desk = desk().await;
    let portal = test_portal(&desk.store);
    let (_, ana) = invoice_of(&desk, &portal, "Ana", "ana@example.com").await;
    let answer = desk.post("/portal/documents.zip", &ana, "year=2023&status=open").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    // The list stays as it was narrowed.
    let to = answer.location();
    assert!(to.contains("year=2023") && to.contains("status=open"), "{to}");
    let page = desk.get(to, &ana).await;
    assert!(page.text.contains("Select at least one document"), "{}", page.text);
    assert!(page.text.contains("<option value=\"2023\" selected>"), "{}", page.text);
}
