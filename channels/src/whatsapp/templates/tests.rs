//! Templates: what they lack, how they read, what goes to Meta.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Listed, Template};
use crate::whatsapp::send::Special;

fn template(components: &Value) -> Template {
    Template {
        inbox_id: "wa".into(),
        name: "visit".into(),
        language: "pt_BR".into(),
        id: "77".into(),
        category: "UTILITY".into(),
        status: "APPROVED".into(),
        reason: String::new(),
        quality: "GREEN".into(),
        components: components.to_string(),
        updated_at: 0,
    }
}

fn visit() -> Template {
    template(&json!([
        { "type": "HEADER", "format": "TEXT", "text": "Visita {{1}}", "example": { "header_text": ["de amanhã"] } },
        { "type": "BODY", "text": "Olá {{nome}}, chegamos às {{hora}}. {{nome}}, tudo certo?",
          "example": { "body_text_named_params": [{ "param_name": "nome", "example": "Rosa" }, { "param_name": "hora", "example": "9 h" }] } },
        { "type": "FOOTER", "text": "Copiadoras Sol" },
        { "type": "BUTTONS", "buttons": [
            { "type": "QUICK_REPLY", "text": "Confirmo" },
            { "type": "URL", "text": "Ver", "url": "https://sol.example/v/{{1}}", "example": ["https://sol.example/v/9"] },
            { "type": "COPY_CODE", "text": "Copiar", "example": "SOL10" },
        ] },
    ]))
}

fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn a_template_says_what_it_lacks() {
    let found: Vec<(String, String)> = visit().variables().into_iter().map(|v| (v.key, v.example)).collect();
    let expected = [
        ("header.1", "de amanhã"),
        ("body.nome", "Rosa"),
        ("body.hora", "9 h"),
        ("button.1", "https://sol.example/v/9"),
        ("button.2", "SOL10"),
    ];
    let expected = expected.map(|(key, example)| (key.to_owned(), example.to_owned()));
    assert_eq!(found, expected);
    let numbered =
        template(&json!([{ "type": "BODY", "text": "{{2}} {{1}}", "example": { "body_text": [["um", "dois"]] } }]));
    let found: Vec<(String, String)> = numbered.variables().into_iter().map(|v| (v.key, v.example)).collect();
    assert_eq!(
        found,
        [
            ("body.2".to_owned(), "dois".to_owned()),
            ("body.1".to_owned(), "um".to_owned())
        ]
    );
}

#[test]
fn it_reads_as_the_customer_will_see_it() {
    let preview = visit().preview(&values(&[("body.nome", "Ana"), ("header.1", "hoje")]));
    assert_eq!(preview.header, "Visita hoje");
    assert_eq!(preview.body, "Olá Ana, chegamos às {{hora}}. Ana, tudo certo?");
    assert_eq!(
        preview.text(),
        "Visita hoje\n\nOlá Ana, chegamos às {{hora}}. Ana, tudo certo?\n\nCopiadoras Sol"
    );
    assert_eq!(preview.buttons, ["Confirmo", "Ver", "Copiar"]);
    let odd = template(&json!([{ "type": "BODY", "text": "{{ a b }} {{}} {{x {{1}} {{é}}" }]));
    assert_eq!(
        odd.preview(&values(&[("body.1", "I")])).body,
        "{{ a b }} {{}} {{x I {{é}}"
    );
}

#[test]
fn meta_gets_every_value_in_its_place() {
    let all = values(&[
        ("header.1", "hoje"),
        ("body.nome", " Ana "),
        ("body.hora", "9 h"),
        ("button.1", "9"),
        ("button.2", "SOL10"),
    ]);
    let Special::Template {
        template,
        header,
        buttons,
    } = visit().special(&all).unwrap()
    else {
        panic!("a template")
    };
    assert_eq!(header, None);
    assert_eq!(buttons.len(), 3);
    let expected = json!({
        "name": "visit",
        "language": { "code": "pt_BR" },
        "components": [
            { "type": "header", "parameters": [{ "type": "text", "text": "hoje" }] },
            { "type": "body", "parameters": [
                { "type": "text", "text": "Ana", "parameter_name": "nome" },
                { "type": "text", "text": "9 h", "parameter_name": "hora" },
            ] },
            { "type": "button", "sub_type": "url", "index": "1", "parameters": [{ "type": "text", "text": "9" }] },
            { "type": "button", "sub_type": "copy_code", "index": "2", "parameters": [{ "type": "coupon_code", "coupon_code": "SOL10" }] },
        ],
    });
    assert_eq!(template, expected);
    let plain = super::Template {
        components: json!([{ "type": "BODY", "text": "Oi" }]).to_string(),
        ..visit()
    };
    let Special::Template { template, .. } = plain.special(&BTreeMap::new()).unwrap() else {
        panic!("a template")
    };
    assert_eq!(template, json!({ "name": "visit", "language": { "code": "pt_BR" } }));
}

#[test]
fn what_meta_would_refuse_is_refused_here() {
    let body = |text: &str| template(&json!([{ "type": "BODY", "text": text }]));
    let key = |template: &Template, value: &str| template.special(&values(&[("body.1", value)])).unwrap_err().key;
    assert_eq!(key(&body("{{1}}"), "  "), "variable-missing");
    assert_eq!(key(&body("{{1}}"), "a\nb"), "variable-lines");
    assert_eq!(key(&body("{{1}}"), "a     b"), "variable-lines");
    assert_eq!(key(&body("{{1}}"), &"x".repeat(1025)), "variable-length");
    for status in ["PENDING", "REJECTED", "PAUSED", "DISABLED", "IN_APPEAL", ""] {
        let one = Template {
            status: status.into(),
            ..body("Oi")
        };
        assert_eq!(key(&one, ""), "template-state", "{status}");
    }
    let one = Template {
        category: "AUTHENTICATION".into(),
        ..body("Oi")
    };
    assert_eq!(key(&one, ""), "template-kind");
    for part in [
        json!({ "type": "CAROUSEL" }),
        json!({ "type": "HEADER", "format": "LOCATION" }),
        json!({ "type": "BUTTONS", "buttons": [{ "type": "FLOW" }] }),
    ] {
        assert_eq!(key(&template(&json!([part])), ""), "template-kind", "{part}");
    }
    for broken in ["", "null", "{}", "[1, null, {}]", "not JSON"] {
        let one = Template {
            components: broken.into(),
            ..visit()
        };
        assert_eq!(one.variables(), []);
        one.preview(&BTreeMap::new());
    }
}

#[test]
fn a_list_of_metas_is_read_with_its_states() {
    let entry = json!({ "id": "12", "name": "a", "language": "es_MX", "status": "paused", "category": "MARKETING",
        "rejected_reason": "NONE", "quality_score": { "score": "RED", "date": 1 }, "components": [] });
    let one = Listed::read(&entry).unwrap();
    assert_eq!(
        (one.status.as_str(), one.reason.as_str(), one.quality.as_str()),
        ("PAUSED", "", "RED")
    );
    let rejected =
        Listed::read(&json!({ "id": 12, "name": "a", "language": "en", "rejected_reason": "SCAM" })).unwrap();
    assert_eq!(
        (
            rejected.id.as_str(),
            rejected.reason.as_str(),
            rejected.components.as_str()
        ),
        ("12", "SCAM", "null")
    );
    assert_eq!(Listed::read(&json!({ "name": "a" })), None);
}
