use super::*;

#[test]
fn addresses_are_public_or_they_are_not() {
    for (address, expected) in [
        ("8.8.8.8", true),
        ("100.63.255.255", true),
        ("100.64.0.1", false),
        ("127.0.0.1", false),
        ("127.255.1.1", false),
        ("10.1.2.3", false),
        ("172.16.0.1", false),
        ("172.32.0.1", true),
        ("192.168.1.1", false),
        ("169.254.169.254", false),
        ("0.0.0.0", false),
        ("198.19.0.1", false),
        ("192.0.2.1", false),
        ("224.0.0.1", false),
        ("255.255.255.255", false),
        ("2606:4700::1111", true),
        ("::1", false),
        ("::", false),
        ("::ffff:127.0.0.1", false),
        ("::ffff:8.8.8.8", true),
        ("::127.0.0.1", false),
        ("64:ff9b::10.0.0.1", false),
        ("64:ff9b::8.8.8.8", true),
        ("2002:7f00:1::", false),
        ("fe80::1", false),
        ("fd00::1", false),
        ("ff02::1", false),
        ("2001:db8::1", false),
        ("2001::1", false),
        ("2001:200::1", true),
        ("3fff:fff::1", false),
        ("3fff:1000::1", true),
        ("4000::1", false),
        ("64:ff9b:1::8.8.8.8", false),
    ] {
        assert_eq!(is_public(address.parse().unwrap()), expected, "{address}");
    }
}

#[test]
fn an_address_that_was_typed_in_is_read() {
    let none = Allowed::default();
    let own = Allowed::new("127.0.0.1, Hooks.Local,[::1]");
    for (text, allowed, expected) in [
        ("https://example.com/hook?x=1", &none, None),
        (" https://example.com ", &none, None),
        ("http://example.com/", &none, Some("https://")),
        ("ftp://example.com/", &none, Some("https://")),
        ("example.com", &none, Some("not an address")),
        ("https://user:word@example.com/", &none, Some("password")),
        ("https://127.0.0.1/", &none, Some("private")),
        ("https://0x7f.1/", &none, Some("private")),
        ("https://[::1]/", &none, Some("private")),
        ("https://2130706433/", &none, Some("private")),
        ("http://127.0.0.1:99/", &own, None),
        ("http://hooks.local/", &own, None),
        ("http://[::1]:1/", &own, None),
        ("http://10.0.0.1/", &own, Some("https://")),
    ] {
        let found = address(text, allowed);
        match expected {
            None => assert!(found.is_ok(), "{text}: {found:?}"),
            Some(words) => assert!(found.is_err_and(|said| said.contains(words)), "{text}"),
        }
    }
}

#[tokio::test]
async fn a_name_of_a_private_address_is_not_reached() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://localhost:{}/", listener.local_addr().unwrap().port());
    let limit = Duration::from_secs(5);
    let _ = rustls::crypto::ring::default_provider().install_default();
    let refused = client(&Allowed::default(), limit).unwrap().get(&url).send().await;
    assert!(format!("{:?}", refused.unwrap_err()).contains("no public address"));
    // The same name, allowed, connects.
    let request = client(&Allowed::new("localhost"), limit).unwrap().get(&url).send();
    tokio::select! {
        accepted = listener.accept() => { accepted.unwrap(); }
        ended = request => panic!("it ended without connecting: {ended:?}"),
    }
}
