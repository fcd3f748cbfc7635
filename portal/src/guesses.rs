//! Addresses that people guess, in their own words, lead to the page that they mean; what nobody could mean is not found.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use ui::routes;

use crate::request::{Failed, Page, language_of, see_other};

/// What is guessed, as the first part of the path behind `/portal`: the page that is meant, and what the page of one of its things begins
/// with.
const MEANT: &[(&[&str], &str, Option<&str>)] = &[
    (
        &[
            "tickets",
            "ticket",
            "requests",
            "request",
            "support",
            "cases",
            "solicitudes",
            "solicitud",
            "soporte",
            "chamados",
            "chamado",
            "suporte",
            "solicitacoes",
        ],
        routes::SUPPORT,
        Some("/portal/tickets"),
    ),
    (
        &[
            "billing",
            "documents",
            "document",
            "invoices",
            "invoice",
            "bills",
            "payments",
            "payment",
            "pay",
            "statement",
            "estimates",
            "quotes",
            "facturas",
            "factura",
            "facturacion",
            "pagos",
            "presupuestos",
            "estado-de-cuenta",
            "faturas",
            "fatura",
            "pagamentos",
            "orcamentos",
            "extrato",
            "boletos",
        ],
        routes::STATEMENT,
        Some("/portal/documents"),
    ),
    (
        &[
            "machines",
            "machine",
            "equipment",
            "devices",
            "printers",
            "maquinas",
            "maquina",
            "equipos",
            "equipamentos",
            "impresoras",
            "impressoras",
        ],
        routes::MACHINES,
        Some("/portal/machines"),
    ),
    (
        &[
            "readings",
            "reading",
            "meters",
            "lecturas",
            "lectura",
            "contadores",
            "leituras",
            "leitura",
        ],
        routes::READINGS,
        None,
    ),
    (
        &["contracts", "contract", "contratos", "contrato"],
        "/portal/contracts",
        Some("/portal/contracts"),
    ),
    (
        &["visits", "visit", "visitas", "visita"],
        "/portal/visits",
        Some("/portal/visits"),
    ),
    (&["map", "maps", "sites", "mapa", "sedes"], "/portal/map", None),
    (
        &[
            "account", "profile", "settings", "security", "cuenta", "perfil", "ajustes", "conta",
        ],
        routes::ACCOUNT,
        None,
    ),
    (
        &[
            "people",
            "users",
            "team",
            "colleagues",
            "members",
            "usuarios",
            "equipo",
            "equipe",
            "personas",
            "pessoas",
        ],
        "/portal/people",
        None,
    ),
    (
        &["privacy", "data", "privacidad", "privacidade", "datos", "dados"],
        "/portal/privacy",
        None,
    ),
    (
        &["notifications", "alerts", "notificaciones", "avisos", "notificacoes"],
        routes::NOTIFICATIONS,
        None,
    ),
    (
        &[
            "home",
            "index",
            "dashboard",
            "login",
            "log-in",
            "signin",
            "sign-in",
            "inicio",
            "entrar",
            "ingresar",
            "acceso",
            "acesso",
        ],
        routes::PORTAL,
        None,
    ),
];

/// Words for the help centre, which has an address for each language.
const HELP: &[&str] = &["help", "faq", "articles", "ayuda", "ajuda"];

/// Where the path of a guess leads: the same thing under its own name, or the list of its kind. Nowhere where it is that already.
fn meant(path: &str) -> Option<String> {
    let rest = path.strip_prefix("/portal/")?.trim_end_matches('/');
    if rest.is_empty() {
        return Some(routes::PORTAL.to_owned());
    }
    let (first, rest) = rest.split_once('/').unwrap_or((rest, ""));
    let first = first.to_ascii_lowercase();
    let (_, list, things) = MEANT.iter().find(|(words, ..)| words.contains(&first.as_str()))?;
    let to = match (rest, things) {
        ("", _) => (*list).to_owned(),
        (rest, Some(things)) => format!("{things}/{rest}"),
        (_, None) => return None,
    };
    (to != path).then_some(to)
}

/// Where a GET of an address that is no page leads for good, if it is one of the portal and says what is meant; with what stands behind
/// the `?`. The help centre has an address for each language, so that way is for this time only.
pub fn led(method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<Response> {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return None;
    }
    let path = uri.path().to_ascii_lowercase();
    if HELP
        .iter()
        .any(|word| path.trim_end_matches('/') == format!("/portal/{word}"))
    {
        let lang = language_of(uri.query(), headers);
        return Some(see_other(&format!("{}/{lang}", routes::HELP)));
    }
    let to = meant(uri.path())?;
    let to = match uri.query() {
        Some(query) => format!("{to}?{query}"),
        None => to,
    };
    let to = HeaderValue::from_str(&to).ok()?;
    Some((StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, to)]).into_response())
}

/// GET `/portal/sign-in`, where forms are posted to.
pub(crate) async fn sign_in(request: Request) -> Page {
    led(request.method(), request.uri(), request.headers()).ok_or(Failed::Status(StatusCode::NOT_FOUND))
}
