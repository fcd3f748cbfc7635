//! A question with few and with many answers, as long as articles' headlines are: each form is one that Meta takes, each
//! answer can be pressed and comes back as itself, and no words are lost.

use conversation::card::{Card, CardAction, CardKind};
use serde_json::Value;

use super::standin::{rosa, world};
use super::{NOW, outbound};
use crate::whatsapp::client::Client;
use crate::whatsapp::send::requests;
use crate::whatsapp::standin::Incoming;

const QUESTION: &str = "¿De cuál de estas cosas se trata?";

fn question(labels: &[String]) -> Card {
    Card {
        kind: CardKind::Choice,
        reference: String::new(),
        title: QUESTION.into(),
        body: String::new(),
        facts: Vec::new(),
        actions: labels
            .iter()
            .enumerate()
            .map(|(at, label)| CardAction::Answer {
                label: label.clone(),
                value: format!("choose:{at}"),
            })
            .collect(),
    }
}

/// Headlines that differ only at their end, as those of a shop with many models do.
fn alike(count: usize) -> Vec<String> {
    (1..=count)
        .map(|at| {
            format!(
                "Cómo cambiar el tóner de la impresora Ricoh MP 30{at:02} en la oficina o en el almacén, paso a paso"
            )
        })
        .collect()
}

/// Title and description of what can be pressed in one request.
fn pressed(interactive: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let action = &interactive["action"];
    let buttons = action["buttons"].as_array().into_iter().flatten();
    let rows = action["sections"][0]["rows"].as_array().into_iter().flatten();
    buttons
        .map(|button| (text(&button["reply"]["title"]), String::new()))
        .chain(rows.map(|row| (text(&row["title"]), text(&row["description"]))))
        .collect()
}

#[tokio::test]
async fn every_number_of_answers_can_be_pressed_and_read() {
    for (count, forms) in [
        (1, &["button"][..]),
        (3, &["button"]),
        (4, &["list"]),
        (10, &["list"]),
        // More words than fit above a list go ahead of it.
        (11, &["text", "list", "list"]),
    ] {
        let (standin, target) = world().await;
        standin.inbound(&rosa(), Incoming::Text("Oi".into())).await.unwrap();
        let client = Client::new(standin.settings(), NOW).unwrap();
        let labels = alike(count);
        let mut out = outbound("");
        out.cards = vec![question(&labels)];
        let requests = requests(&out, NOW, client.settings(), &[]).unwrap();
        let (mut found, mut words, mut titles) = (Vec::new(), String::new(), Vec::new());
        for request in &requests {
            // The stand-in refuses what Meta refuses: lengths, counts, and two answers with the same title.
            let id = client.send(request, NOW).await.unwrap().provider_id.unwrap();
            let body = standin.accepted().pop().unwrap().body;
            let sent = &body["interactive"];
            let kind = sent["type"].as_str().or(body["type"].as_str());
            found.push(kind.unwrap_or_default().to_owned());
            let text = sent["body"]["text"].as_str().or(body["text"]["body"].as_str());
            words += text.unwrap_or_default();
            for (at, one) in pressed(sent).into_iter().enumerate() {
                standin.press(&rosa(), &id, at).await.unwrap();
                let press = target.taken().pop().unwrap().messages.remove(0).message;
                let answer = press.answer.unwrap();
                assert_eq!(answer.value, format!("choose:{}", titles.len()), "{count} answers");
                titles.push(one);
            }
        }
        assert_eq!(found, forms, "{count} answers");
        assert_eq!(titles.len(), count);
        for label in &labels {
            assert!(words.contains(label.as_str()), "{label:?} can be read whole: {words}");
        }
        assert_eq!(words.matches(labels[0].as_str()).count(), 1, "and stands there once");
    }
}

/// Nothing can be pressed in a template: what is offered stands there counted, and a number answers it.
#[test]
fn outside_of_the_window_a_question_still_says_what_it_offers() {
    let labels = ["Cambiar el tóner", "Renovar el contrato", "Hablar con una persona"].map(str::to_owned);
    let mut out = outbound("");
    out.cards = vec![question(&labels)];
    out.last_inbound_at = Some(NOW - 25 * 3_600_000);
    let sent = requests(&out, NOW, &super::settings(), &[]).unwrap();
    let text = sent[0]["template"]["components"][0]["parameters"][1]["text"]
        .as_str()
        .unwrap();
    assert_eq!(
        text,
        format!("{QUESTION} 1. Cambiar el tóner 2. Renovar el contrato 3. Hablar con una persona")
    );
}

/// What describes an answer stands in its row where there are rows, and above the buttons where there are none; in plain text
/// behind its number.
#[tokio::test]
async fn a_menu_says_what_its_entries_are_wherever_they_stand() {
    for (count, kind) in [(2, "button"), (3, "button"), (4, "list"), (10, "list")] {
        let (standin, _) = world().await;
        standin.inbound(&rosa(), Incoming::Text("Oi".into())).await.unwrap();
        let client = Client::new(standin.settings(), NOW).unwrap();
        // As long as both may be.
        let labels: Vec<String> = (1..=count)
            .map(|at| format!("Opción número {at:02} de diez").chars().take(24).collect())
            .collect();
        let described = "d".repeat(72);
        let mut card = question(&labels);
        card.facts = labels
            .iter()
            .take(2)
            .map(|label| (label.clone(), described.clone()))
            .collect();
        card.facts.push(("Horario".to_owned(), "9 a 18".to_owned()));
        let mut out = outbound("");
        out.cards = vec![card];
        let requests = requests(&out, NOW, client.settings(), &[]).unwrap();
        assert_eq!(requests.len(), 1, "{count}: one message");
        client.send(&requests[0], NOW).await.unwrap();
        let body = standin.accepted().pop().unwrap().body;
        let sent = &body["interactive"];
        assert_eq!(sent["type"], kind);
        let words = sent["body"]["text"].as_str().unwrap();
        assert!(words.contains("Horario: 9 a 18"), "{words}");
        let rows = pressed(sent);
        assert_eq!(rows.len(), count);
        if kind == "list" {
            assert_eq!((rows[0].1.as_str(), rows[2].1.as_str()), (described.as_str(), ""));
            assert!(!words.contains(&described), "{words}");
        } else {
            assert!(words.contains(&format!("{}: {described}", labels[0])), "{words}");
        }
    }
    let labels = ["Facturas", "Soporte"].map(str::to_owned);
    let mut card = question(&labels);
    card.facts = vec![("Facturas".to_owned(), "ver y pagar".to_owned())];
    let plain = crate::whatsapp::send::cards::plain(&card, None);
    assert_eq!(plain, format!("{QUESTION}\n1. Facturas: ver y pagar\n2. Soporte"));
}
