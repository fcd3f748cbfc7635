//! Addresses that people guess.

use super::*;

fn asked(path: &str, language: &str) -> Option<(StatusCode, String)> {
    let mut headers = HeaderMap::new();
    headers.insert("accept-language", language.parse().unwrap());
    let response = crate::guesses::led(&axum::http::Method::GET, &path.parse().unwrap(), &headers)?;
    Some((
        response.status(),
        response.headers()["location"].to_str().unwrap().to_owned(),
    ))
}

#[test]
fn guesses_lead_for_good_to_what_is_meant() {
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
        assert_eq!(
            asked(guess, "en"),
            Some((StatusCode::PERMANENT_REDIRECT, to.to_owned())),
            "{guess}"
        );
    }
    for (language, to) in [("es", "/help/es"), ("pt-BR", "/help/pt")] {
        assert_eq!(
            asked("/portal/ayuda", language),
            Some((StatusCode::SEE_OTHER, to.to_owned()))
        );
    }
    // What nobody could mean leads nowhere; nothing leads in a circle or elsewhere.
    for path in [
        "/portal/zzz",
        "/portal/readings/1/2",
        "/portal//evil.example",
        "/portal/map/7",
        "/portal",
        "/portal/billing",
        "/portalx",
        "/tickets",
    ] {
        assert_eq!(asked(path, "en"), None, "{path}");
    }
    let posted = crate::guesses::led(
        &axum::http::Method::POST,
        &"/portal/facturas".parse().unwrap(),
        &HeaderMap::new(),
    );
    assert!(posted.is_none(), "what is posted is not led on");
}
