use super::super::dns::tests::server as name_server;
use super::*;

async fn looked(records: &[(&str, &str, &str)], address: &str) -> Option<Found> {
    let (at, _task) = name_server(records).await;
    discover(&Dns::new(Some(at)).expect("a name server"), address).await
}

fn short(found: &Option<Found>) -> String {
    let one = |server: &Option<Server>| {
        server.as_ref().map_or("-".to_owned(), |server| {
            format!(
                "{}:{}{}",
                server.host,
                server.port,
                if server.tls == TlsMode::Tls { "" } else { "+" }
            )
        })
    };
    match found {
        Some(found) => format!("{:?} {} {}", found.by, one(&found.imap), one(&found.smtp)),
        None => "nothing".to_owned(),
    }
}

#[tokio::test]
async fn servers_are_found_by_what_the_domain_says() {
    let services = [
        ("_imaps._tcp.shop.example", "SRV", "993 Imap.Shop.example."),
        ("_imap._tcp.shop.example", "SRV", "143 other.shop.example."),
        ("_submission._tcp.shop.example", "SRV", "587 smtp.shop.example."),
    ];
    let closed = [
        ("_imaps._tcp.shop.example", "SRV", "0 ."),
        ("_imap._tcp.shop.example", "SRV", "143 imap.shop.example."),
    ];
    let google = [("shop.example", "MX", "aspmx.l.Google.com."), services[0]];
    let hostinger = [("shop.example", "MX", "mx1.hostinger.com.")];
    let hostinger_with_services = [hostinger[0], services[0]];
    let alike = [("shop.invalid", "MX", "mx.nothostinger.com.")];
    for (records, address, expected) in [
        (
            &services[..],
            "help@shop.example",
            "Dns imap.shop.example:993 smtp.shop.example:587+",
        ),
        (
            &services[..],
            " Help@SHOP.example ",
            "Dns imap.shop.example:993 smtp.shop.example:587+",
        ),
        (&closed[..], "help@shop.example", "Dns imap.shop.example:143+ -"),
        (
            &google[..],
            "help@shop.example",
            "Provider imap.gmail.com:993 smtp.gmail.com:465",
        ),
        (
            &hostinger[..],
            "help@shop.example",
            "Provider imap.hostinger.com:993 smtp.hostinger.com:465",
        ),
        (
            &hostinger_with_services[..],
            "help@shop.example",
            "Dns imap.shop.example:993 -",
        ),
        (
            &[][..],
            "ana@hotmail.com",
            "Provider outlook.office365.com:993 smtp.office365.com:587+",
        ),
        (&alike[..], "help@shop.invalid", "nothing"),
        (&[][..], "help@shop.invalid", "nothing"),
        (&[][..], "help@localhost", "nothing"),
        (&[][..], "help@sh op.example", "nothing"),
        (&[][..], "help", "nothing"),
        (&[][..], "", "nothing"),
    ] {
        assert_eq!(
            short(&looked(records, address).await),
            expected,
            "{address} {records:?}"
        );
    }
}

#[tokio::test]
async fn accounts_that_take_no_password_are_named() {
    for (address, expected) in [
        ("a@gmail.com", Some(Connect::Google)),
        ("a@live.com", Some(Connect::Microsoft)),
        ("a@yahoo.com", None),
    ] {
        assert_eq!(
            looked(&[], address).await.and_then(|found| found.connect),
            expected,
            "{address}"
        );
    }
}
