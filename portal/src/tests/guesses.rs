//! Addresses that people guess.

use super::*;

async fn asked(desk: &Desk, path: &str, language: &str) -> (StatusCode, String) {
    let request = Request::get(path)
        .header("accept-language", language)
        .body(Body::empty())
        .unwrap();
    let response = desk.router.clone().oneshot(request).await.unwrap();
    let to = response
        .headers()
        .get("location")
        .map(|to| to.to_str().unwrap().to_owned());
    (response.status(), to.unwrap_or_default())
}

#[tokio::test]
async fn guesses_lead_for_good_to_what_is_meant() {
    let desk = desk().await;
    for (guess, to) in [
        ("/portal/", "/portal"),
        ("/portal/tickets", "/portal/support"),
        ("/portal/tickets/", "/portal/support"),
        ("/portal/Solicitudes", "/portal/support"),
        ("/portal/invoices", "/portal/billing"),
        ("/portal/invoices?status=overdue", "/portal/billing?status=overdue"),
        ("/portal/invoices/01ABC", "/portal/documents/01ABC"),
        ("/portal/invoices/01ABC/pay", "/portal/documents/01ABC/pay"),
        ("/portal/documents", "/portal/billing"),
        ("/portal/facturas", "/portal/billing"),
        ("/portal/boletos", "/portal/billing"),
        ("/portal/billing/", "/portal/billing"),
        ("/portal/equipos/01ABC", "/portal/machines/01ABC"),
        ("/portal/machines/01ABC/", "/portal/machines/01ABC"),
        ("/portal/leituras", "/portal/readings"),
        ("/portal/profile", "/portal/account"),
        ("/portal/usuarios", "/portal/people"),
        ("/portal/login", "/portal"),
        ("/portal/sign-in", "/portal"),
    ] {
        let found = asked(&desk, guess, "en").await;
        assert_eq!(found, (StatusCode::PERMANENT_REDIRECT, to.to_owned()), "{guess}");
    }
    for (language, to) in [("es", "/help/es"), ("pt-BR", "/help/pt")] {
        let found = asked(&desk, "/portal/ayuda", language).await;
        assert_eq!(found, (StatusCode::SEE_OTHER, to.to_owned()));
    }
    // What nobody could mean is not found, and says so on a page that leads on; nothing leads in a circle or elsewhere.
    for path in [
        "/portal/zzz",
        "/portal/readings/1/2",
        "/portal//evil.example",
        "/portal/map/7",
    ] {
        assert_eq!(
            asked(&desk, path, "en").await,
            (StatusCode::NOT_FOUND, String::new()),
            "{path}"
        );
    }
}
