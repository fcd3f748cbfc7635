//! What stands in a mail: the words, the cards and the history, as text and as HTML.

use conversation::card::{Card, CardAction, CardKind};
use conversation::deliveries::MailParts;
use conversation::marks;
use conversation::outbound::OutboundMessage;
use conversation::types::{Language, MessageId};

use super::{House, one_line};
use crate::email::history;
use crate::email::markdown::{self, escape};

fn open_url(public_url: &str, path: &str) -> String {
    format!("{}/{}", public_url.trim_end_matches('/'), path.trim_start_matches('/'))
}

pub(super) fn text_body(out: &OutboundMessage, parts: &MailParts, house: &House<'_>, words: &Words) -> String {
    let mut text = markdown::to_text(&marks::with_base(&out.text, house.public_url));
    for card in &out.cards {
        text.push_str("\n\n");
        text.push_str(&card_text(card, &out.message, house));
    }
    if let Some(link) = house.leave_link {
        text.push_str(&format!("\n\n{} {}: {link}", words.advertising, words.leave));
    } else if out.is_automatic && !super::is_broadcast(out) {
        text.push_str(&format!("\n\n{}", words.automatic_of(out)));
    }
    if let Some(quoted) = parts.quoted.as_ref().filter(|_| parts.is_quoting) {
        text.push_str("\n\n");
        text.push_str(&history::as_text(quoted, out.language));
    }
    text.push('\n');
    text.trim_start().to_owned()
}

fn card_text(card: &Card, message: &MessageId, house: &House<'_>) -> String {
    let mut lines = vec![one_line(&card.title)];
    lines.push("-".repeat(lines[0].chars().count().clamp(3, 60)));
    if !card.body.trim().is_empty() {
        lines.push(card.body.trim().to_owned());
    }
    for (label, value) in &card.facts {
        lines.push(format!("{}: {}", one_line(label), one_line(value)));
    }
    for action in &card.actions {
        let (label, url) = match action {
            CardAction::Open { label, path } => (label, open_url(house.public_url, path)),
            CardAction::Answer { label, value } => (label, (house.answer_link)(message, value)),
        };
        lines.push(format!("* {}: {url}", one_line(label)));
    }
    lines.join("\n")
}

/// Colours that stay readable when a mail program inverts them: text has no colour of its own,
/// borders and buttons are mid-tones.
const FONT: &str =
    "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:15px;line-height:1.5";
const BUTTON: &str = "display:inline-block;padding:9px 16px;border-radius:6px;text-decoration:none;font-weight:600";
const BUTTON_PLAIN: &str = "display:inline-block;padding:8px 15px;border-radius:6px;border:1px solid #8a94a6;color:inherit;text-decoration:none;font-weight:600";
/// Each button is as wide as its words; what finds no room stands in the next line, whole.
const BESIDE: &str = "max-width:100%;box-sizing:border-box;margin:0 8px 8px 0";

pub(super) fn html_body(
    out: &OutboundMessage,
    parts: &MailParts,
    house: &House<'_>,
    cid: &dyn Fn(&str) -> Option<String>,
    words: &Words,
) -> String {
    let mut html = format!(
        "<!DOCTYPE html><html lang=\"{}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><meta name=\"supported-color-schemes\" content=\"light dark\">\
         </head><body style=\"margin:0;padding:0\">\
         <table role=\"presentation\" width=\"600\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" \
         style=\"width:100%;max-width:600px;border-collapse:collapse\"><tr><td style=\"padding:4px;{FONT}\">",
        out.language
    );
    html.push_str(&markdown::to_html_with(
        &marks::with_base(&out.text, house.public_url),
        cid,
    ));
    for card in &out.cards {
        card_html(&mut html, card, &out.message, house);
    }
    if let Some(link) = house.leave_link {
        html.push_str(&format!(
            "<p style=\"margin:16px 0 0 0;font-size:12px;color:#75808f\">{} <a href=\"{}\" target=\"_blank\" rel=\"noopener noreferrer\" style=\"color:#75808f\">{}</a></p>",
            escape(words.advertising),
            escape(link),
            escape(words.leave)
        ));
    } else if out.is_automatic && !super::is_broadcast(out) {
        html.push_str(&format!(
            "<p style=\"margin:16px 0 0 0;font-size:12px;color:#75808f\">{}</p>",
            escape(&words.automatic_of(out))
        ));
    }
    if let Some(quoted) = parts.quoted.as_ref().filter(|_| parts.is_quoting) {
        html.push_str(&history::as_html(quoted, out.language));
    }
    html.push_str("</td></tr></table></body></html>");
    html
}

fn card_html(html: &mut String, card: &Card, message: &MessageId, house: &House<'_>) {
    let (ground, words) = house.color.button();
    let button = format!("{BUTTON};background-color:{};color:{}", ground.hex(), words.hex());
    html.push_str(&format!(
        "<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" \
         style=\"width:100%;border-collapse:separate;margin:8px 0 14px 0\"><tr>\
         <td style=\"padding:14px 16px;border:1px solid #8a94a6;border-left:4px solid {};border-radius:6px\">",
        house.color.hex()
    ));
    html.push_str(&format!(
        "<div style=\"font-weight:600;font-size:16px;{FONT}\">{}</div>",
        escape(&one_line(&card.title))
    ));
    if !card.body.trim().is_empty() {
        let body = escape(card.body.trim()).replace('\n', "<br>");
        html.push_str(&format!("<div style=\"margin:6px 0 0 0;{FONT}\">{body}</div>"));
    }
    if !card.facts.is_empty() {
        html.push_str(
            "<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:8px 0 0 0\">",
        );
        for (label, value) in &card.facts {
            html.push_str(&format!(
                "<tr><td style=\"padding:2px 14px 2px 0;color:#75808f;{FONT}\">{}</td><td style=\"padding:2px 0;{FONT}\">{}</td></tr>",
                escape(&one_line(label)),
                escape(&one_line(value))
            ));
        }
        html.push_str("</table>");
    }
    if !card.actions.is_empty() {
        html.push_str("<div style=\"margin:12px 0 0 0\">");
        for action in &card.actions {
            let (label, url, style) = match action {
                CardAction::Open { label, path } => (label, open_url(house.public_url, path), button.as_str()),
                CardAction::Answer { label, value } => (label, (house.answer_link)(message, value), BUTTON_PLAIN),
            };
            html.push_str(&format!(
                "<a href=\"{}\" target=\"_blank\" rel=\"noopener noreferrer\" style=\"{FONT};{style};{BESIDE}\">{}</a> ",
                escape(&url),
                escape(&one_line(label))
            ));
        }
        html.push_str("</div>");
    }
    html.push_str("</td></tr></table>");
}

/// The few words that a mail adds of its own.
pub(super) struct Words {
    pub(super) your_message: &'static str,
    pub(super) new_message: &'static str,
    automatic: &'static str,
    to_a_person: &'static str,
    advertising: &'static str,
    leave: &'static str,
}

impl Words {
    /// Under a mail that nobody wrote. Whoever holds a ticket has been handed over: they need not ask for a person.
    fn automatic_of(&self, out: &OutboundMessage) -> String {
        if out.cards.iter().any(|card| card.kind == CardKind::Ticket) {
            self.automatic.to_owned()
        } else {
            format!("{} {}", self.automatic, self.to_a_person)
        }
    }

    pub(super) fn of(language: Language) -> &'static Words {
        match language {
            Language::En => &Words {
                your_message: "your message",
                new_message: "A message for you",
                automatic: "This answer was written automatically.",
                to_a_person: "Reply to this mail to reach a person.",
                advertising: "You get this mail because you are a customer of ours.",
                leave: "Unsubscribe",
            },
            Language::Es => &Words {
                your_message: "su mensaje",
                new_message: "Un mensaje para usted",
                automatic: "Esta respuesta se escribió automáticamente.",
                to_a_person: "Responda a este correo para hablar con una persona.",
                advertising: "Recibe este correo porque es cliente nuestro.",
                leave: "Darse de baja",
            },
            Language::Pt => &Words {
                your_message: "sua mensagem",
                new_message: "Uma mensagem para você",
                automatic: "Esta resposta foi escrita automaticamente.",
                to_a_person: "Responda a este e-mail para falar com uma pessoa.",
                advertising: "Você recebe este e-mail porque é nosso cliente.",
                leave: "Cancelar a inscrição",
            },
        }
    }
}
