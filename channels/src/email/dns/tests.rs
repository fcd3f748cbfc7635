use std::collections::HashMap;
use std::str::FromStr;

use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, MX, PTR, SRV, TXT};
use hickory_resolver::proto::rr::{Name, Record};
use tokio::net::UdpSocket;
use tokio_util::task::AbortOnDropHandle;

use super::*;
use crate::email::dkim::DkimSettings;
use crate::email::settings::SmtpSettings;

/// A name server with these records: (name, kind, value).
pub(in crate::email) async fn server(records: &[(&str, &str, &str)]) -> (SocketAddr, AbortOnDropHandle<()>) {
    let mut known: HashMap<(String, RecordType), Vec<RData>> = HashMap::new();
    for (name, kind, value) in records {
        let (kind, data) = match *kind {
            "MX" => {
                let exchange = Name::from_str(value).expect("a name");
                (RecordType::MX, RData::MX(MX::new(10, exchange)))
            }
            "SRV" => {
                let [port, target] = value.split(' ').collect::<Vec<_>>()[..] else {
                    panic!("{value}");
                };
                let target = Name::from_str(target).expect("a name");
                let port = port.parse().expect("a port");
                (RecordType::SRV, RData::SRV(SRV::new(0, 1, port, target)))
            }
            "PTR" => {
                let name = Name::from_str(value).expect("a name");
                (RecordType::PTR, RData::PTR(PTR(name)))
            }
            "A" => (RecordType::A, RData::A(A(value.parse().expect("an address")))),
            _ => {
                // Long texts come in pieces of 255 bytes.
                let parts = value.as_bytes().chunks(255).collect();
                (RecordType::TXT, RData::TXT(TXT::from_bytes(parts)))
            }
        };
        known.entry((format!("{name}."), kind)).or_default().push(data);
    }
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
    let address = socket.local_addr().expect("an address");
    let task = tokio::spawn(async move {
        let mut buffer = [0; 2048];
        while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
            let Ok(request) = Message::from_vec(&buffer[..length]) else {
                continue;
            };
            let mut answer = Message::response(request.metadata.id, request.metadata.op_code);
            answer.metadata.recursion_available = true;
            if let Some(query) = request.queries.first() {
                answer.add_query(query.clone());
                let key = (query.name().to_lowercase().to_string(), query.query_type());
                match known.get(&key) {
                    Some(found) => {
                        for data in found {
                            answer.add_answer(Record::from_rdata(query.name().clone(), 60, data.clone()));
                        }
                    }
                    None => answer.metadata.response_code = ResponseCode::NXDomain,
                }
            }
            let bytes = answer.to_vec().expect("a message");
            drop(socket.send_to(&bytes, from).await);
        }
    });
    (address, AbortOnDropHandle::new(task))
}

fn settings(host: &str) -> EmailSettings {
    EmailSettings {
        address: "help@Shop.example".into(),
        smtp: Some(SmtpSettings {
            host: host.into(),
            port: 587,
            tls: crate::email::TlsMode::Starttls,
            user: String::new(),
            auth: None,
            extra_ca: None,
            hello: String::new(),
        }),
        ..EmailSettings::default()
    }
}

async fn found(records: &[(&str, &str, &str)], settings: &EmailSettings) -> Vec<Finding> {
    let (address, _task) = server(records).await;
    check(&Dns::new(Some(address)).expect("a resolver"), settings).await
}

fn is_good(finding: &Finding) -> bool {
    matches!(finding, Finding::Good(_))
}

#[tokio::test]
async fn a_domain_that_is_well_kept_is_good() {
    let dkim = DkimSettings {
        domain: "shop.example".into(),
        selector: "s1".into(),
        private_key: include_str!("../dkim/rsa.pem").into(),
    };
    let record = Signer::new(&dkim).expect("a key").record();
    let records = [
        ("shop.example", "MX", "mx.provider.example."),
        ("shop.example", "TXT", "something=else"),
        ("shop.example", "TXT", "v=spf1 a:mail.shop.example -all"),
        ("s1._domainkey.shop.example", "TXT", &record),
        ("_dmarc.shop.example", "TXT", "v=DMARC1; p=reject"),
    ];
    let mut settings = settings("mail.shop.example");
    settings.dkim = Some(dkim);
    let all = found(&records, &settings).await;
    assert!(all.len() == 4 && all.iter().all(is_good), "{all:?}");
    // An inbox that only receives needs no more than its MX.
    settings.smtp = None;
    assert_eq!(found(&records, &settings).await.len(), 1);
}

#[tokio::test]
async fn a_domain_without_anything_says_what_to_type() {
    let mut settings = settings("mail.shop.example");
    settings.dkim = Some(DkimSettings {
        domain: "shop.example".into(),
        selector: "s1".into(),
        private_key: include_str!("../dkim/ed25519.pem").into(),
    });
    let all = found(&[], &settings).await;
    let next: Vec<&str> = all
        .iter()
        .map(|one| match one {
            Finding::Bad(_, next) => next.as_str(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(next[0].contains("shop.example. MX 10"), "{next:?}");
    assert_eq!(
        next[1],
        "at your DNS: shop.example. TXT \"v=spf1 a:mail.shop.example ~all\""
    );
    assert!(
        next[2].starts_with("at your DNS: s1._domainkey.shop.example. TXT \"v=DKIM1; k=ed25519; p="),
        "{next:?}"
    );
    assert_eq!(
        next[3],
        "at your DNS: _dmarc.shop.example. TXT \"v=DMARC1; p=none; rua=mailto:help@Shop.example\""
    );
}

#[tokio::test]
async fn each_record_is_read() {
    let spf = |record: &'static str| vec![("shop.example", "TXT", record)];
    let dmarc = |record: &'static str| vec![("_dmarc.shop.example", "TXT", record)];
    // Which finding, records, sending server, what its words hold.
    let cases: Vec<(usize, Vec<(&str, &str, &str)>, &str, &str)> = vec![
        (0, vec![("shop.example", "MX", ".")], "m.example", "cannot arrive"),
        (
            0,
            vec![("shop.example", "A", "192.0.2.1")],
            "m.example",
            "address of its web site",
        ),
        (1, spf("v=spf1 +all"), "m.example", "everybody"),
        (1, spf("V=SPF1 mx"), "m.example", "has no end"),
        (1, spf("v=spf10 -all"), "m.example", "receivers guess"),
        (
            1,
            spf(
                "v=spf1 include:a include:b include:c include:d include:e include:f include:g include:h include:i include:j include:k -all",
            ),
            "m.example",
            "more than ten",
        ),
        (
            1,
            [spf("v=spf1 -all"), spf("v=spf1 mx -all")].concat(),
            "m.example",
            "2 records",
        ),
        (
            1,
            spf("v=spf1 mx -all"),
            "smtp.gmail.com",
            "add include:_spf.google.com",
        ),
        (
            1,
            spf("v=spf1 include:_spf.google.com ~all"),
            "smtp.gmail.com",
            "SPF: v=spf1 include",
        ),
        (
            1,
            spf("v=spf1 mx -all"),
            "smtp.office365.com",
            "include:spf.protection.outlook.com",
        ),
        (2, vec![], "m.example", "no key here"),
        (2, vec![], "smtp.gmail.com", "google._domainkey.shop.example"),
        (
            2,
            vec![("selector2._domainkey.shop.example", "TXT", "v=DKIM1; p=x")],
            "smtp.office365.com",
            "is there",
        ),
        (3, dmarc("v=DMARC1; p=none"), "m.example", "p=quarantine keeps"),
        (3, dmarc("v=DMARC1; p=maybe"), "m.example", "no policy"),
        (3, dmarc("v=DMARC2; p=reject"), "m.example", "nothing stands"),
        (
            3,
            [dmarc("v=DMARC1; p=none"), dmarc("v=DMARC1; p=reject")].concat(),
            "m.example",
            "2 records",
        ),
    ];
    for (place, records, host, words) in cases {
        let all = found(&records, &settings(host)).await;
        let text = format!("{:?}", all[place]);
        assert!(text.contains(words), "{records:?}: {text}");
    }
    // The policy of the domain above counts for those below.
    let mut below = settings("m.example");
    below.address = "a@news.shop.example".into();
    let all = found(&dmarc("v=DMARC1; p=reject"), &below).await;
    assert!(is_good(&all[3]), "{all:?}");
}

#[tokio::test]
async fn a_key_that_is_not_ours_is_found() {
    let mut settings = settings("m.example");
    settings.dkim = Some(DkimSettings {
        domain: "shop.example".into(),
        selector: "s1".into(),
        private_key: include_str!("../dkim/ed25519.pem").into(),
    });
    let other = [("s1._domainkey.shop.example", "TXT", "v=DKIM1; k=ed25519; p=AAAA")];
    assert!(format!("{:?}", found(&other, &settings).await[2]).contains("another key"));
    if let Some(dkim) = &mut settings.dkim {
        dkim.domain = "other.example".into();
    }
    assert!(format!("{:?}", found(&other, &settings).await[2]).contains("proves nothing"));
}

#[tokio::test]
async fn a_name_server_that_is_silent_is_named() {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("a port");
    let address = socket.local_addr().expect("an address");
    drop(socket);
    let all = check(&Dns::new(Some(address)).expect("a resolver"), &settings("m.example")).await;
    assert!(format!("{:?}", all[0]).contains("mail.name_server"), "{all:?}");
}
