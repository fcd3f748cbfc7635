//! The sample knowledge base of a company that leases office machines; the demo uses it.

use std::path::Path;

use conversation::types::Millis;

use crate::article::Article;
use crate::import::{self, Problem};

/// Path below `sample/` and text, in order.
const FILES: &[(&str, &str)] = &[
    ("en/business-hours.md", include_str!("../sample/en/business-hours.md")),
    ("en/change-toner.md", include_str!("../sample/en/change-toner.md")),
    ("en/clear-paper-jam.md", include_str!("../sample/en/clear-paper-jam.md")),
    (
        "en/contract-renewal.md",
        include_str!("../sample/en/contract-renewal.md"),
    ),
    ("en/copy-of-invoice.md", include_str!("../sample/en/copy-of-invoice.md")),
    ("en/move-machine.md", include_str!("../sample/en/move-machine.md")),
    ("en/payment-methods.md", include_str!("../sample/en/payment-methods.md")),
    (
        "en/print-quality-lines.md",
        include_str!("../sample/en/print-quality-lines.md"),
    ),
    ("en/printer-offline.md", include_str!("../sample/en/printer-offline.md")),
    ("en/scan-to-email.md", include_str!("../sample/en/scan-to-email.md")),
    (
        "en/send-meter-reading.md",
        include_str!("../sample/en/send-meter-reading.md"),
    ),
    ("en/service-visit.md", include_str!("../sample/en/service-visit.md")),
    ("es/atasco-de-papel.md", include_str!("../sample/es/atasco-de-papel.md")),
    (
        "es/calidad-de-impresion.md",
        include_str!("../sample/es/calidad-de-impresion.md"),
    ),
    ("es/cambiar-toner.md", include_str!("../sample/es/cambiar-toner.md")),
    (
        "es/copia-de-factura.md",
        include_str!("../sample/es/copia-de-factura.md"),
    ),
    ("es/enviar-lectura.md", include_str!("../sample/es/enviar-lectura.md")),
    (
        "es/escanear-al-correo.md",
        include_str!("../sample/es/escanear-al-correo.md"),
    ),
    ("es/formas-de-pago.md", include_str!("../sample/es/formas-de-pago.md")),
    (
        "es/horario-y-contacto.md",
        include_str!("../sample/es/horario-y-contacto.md"),
    ),
    (
        "es/impresora-sin-conexion.md",
        include_str!("../sample/es/impresora-sin-conexion.md"),
    ),
    (
        "es/renovar-contrato.md",
        include_str!("../sample/es/renovar-contrato.md"),
    ),
    (
        "es/trasladar-equipo.md",
        include_str!("../sample/es/trasladar-equipo.md"),
    ),
    ("es/visita-tecnica.md", include_str!("../sample/es/visita-tecnica.md")),
    (
        "pt/digitalizar-para-email.md",
        include_str!("../sample/pt/digitalizar-para-email.md"),
    ),
    ("pt/enviar-leitura.md", include_str!("../sample/pt/enviar-leitura.md")),
    (
        "pt/formas-de-pagamento.md",
        include_str!("../sample/pt/formas-de-pagamento.md"),
    ),
    (
        "pt/horario-e-contato.md",
        include_str!("../sample/pt/horario-e-contato.md"),
    ),
    (
        "pt/impressora-offline.md",
        include_str!("../sample/pt/impressora-offline.md"),
    ),
    (
        "pt/mudar-equipamento.md",
        include_str!("../sample/pt/mudar-equipamento.md"),
    ),
    ("pt/papel-preso.md", include_str!("../sample/pt/papel-preso.md")),
    (
        "pt/qualidade-de-impressao.md",
        include_str!("../sample/pt/qualidade-de-impressao.md"),
    ),
    (
        "pt/renovar-contrato.md",
        include_str!("../sample/pt/renovar-contrato.md"),
    ),
    (
        "pt/segunda-via-da-fatura.md",
        include_str!("../sample/pt/segunda-via-da-fatura.md"),
    ),
    ("pt/trocar-toner.md", include_str!("../sample/pt/trocar-toner.md")),
    ("pt/visita-tecnica.md", include_str!("../sample/pt/visita-tecnica.md")),
];

/// The sample articles in three languages, last changed at `now`; the problems are what an edit of
/// the files broke, and a test keeps them empty.
pub fn articles(now: Millis) -> (Vec<Article>, Vec<Problem>) {
    let mut articles = Vec::new();
    let mut problems = Vec::new();
    for (path, text) in FILES {
        let path = Path::new(path);
        match import::parse(path, text, now) {
            Ok(article) => articles.push(article),
            Err((line, what)) => problems.push(Problem {
                path: path.to_owned(),
                line,
                what,
            }),
        }
    }
    (articles, problems)
}

#[cfg(test)]
mod tests;
