//! What is trusted for one server stays that server's.

use super::*;

const ONE: &str = "-----BEGIN CERTIFICATE-----
MIIBhDCCASmgAwIBAgIUHhczaI4sfE599ZqgadBO/X4fJCkwCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLb25lLmV4YW1wbGUwIBcNMjYxMTIzMDgwOTQzWhgPMjEyNjEw
MzAwODA5NDNaMBYxFDASBgNVBAMMC29uZS5leGFtcGxlMFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAEPP99Eq+A16sit4CFcn6lUEIEwWasgzx2JPv+ZqncZG5LiHLj
mCtqH+dEnUqf1jR3mOzDXGG7TWD3HL65eSQh96NTMFEwHQYDVR0OBBYEFAPPq/mG
lG+7djq9j/x0WnLnjtQTMB8GA1UdIwQYMBaAFAPPq/mGlG+7djq9j/x0WnLnjtQT
MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAIc400pVQ168tIQ7
x5Mz6zaqQhzr6UVhCYgIdLNiX1tRAiEA1cn6Fp5QGnq/JE/IgCwWV3E+vsiA6/My
0ApTTVioGG4=
-----END CERTIFICATE-----";
const TWO: &str = "-----BEGIN CERTIFICATE-----
MIIBgjCCASmgAwIBAgIURLptZNTl9P72kHvoVVnqvCllawQwCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLdHdvLmV4YW1wbGUwIBcNMjYxMTIzMDgwOTQzWhgPMjEyNjEw
MzAwODA5NDNaMBYxFDASBgNVBAMMC3R3by5leGFtcGxlMFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAEXdaZQZF7yDiJlo4ZC1G14PyLi7mh46DUkyRMvWi0Pqikp6wd
UVy1WeWm6eyuZXcj11SRUumfGnSU97c6/EVA9qNTMFEwHQYDVR0OBBYEFIamf/Kx
y+/ocFMcAH2HuL0YGBBKMB8GA1UdIwQYMBaAFIamf/Kxy+/ocFMcAH2HuL0YGBBK
MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgemmqMgijFVP+dTzB
tO4aIe2Lqmgk2vXqS7b76vpFxzoCIEtEdZDXfb4xa3O0XRzevRgTtnXGjBoh+ukP
QrPKwMh/
-----END CERTIFICATE-----";

/// A form in which a button was pressed, after these certificates were shown.
fn pressed(server: &str, shown_by: [&str; 2], hosts: [&str; 2]) -> Form {
    let mut form = Form::of([("do", format!("trust_{server}"))]);
    for ((of, pem), host) in SERVERS.into_iter().zip(shown_by).zip(hosts) {
        form.push(format!("{of}_shown"), pem);
        form.push(format!("{of}_host"), host);
    }
    form
}

#[test]
fn a_press_trusts_one_server_and_drops_nothing() {
    let hosts = ["imap.example", "smtp.example"];
    let mut form = pressed("imap", [ONE, TWO], hosts);
    trust(&mut form);
    assert_eq!(
        (trusted(&form, "imap").as_str(), trusted(&form, "smtp").as_str()),
        (ONE, "")
    );
    assert_eq!(form.get("do"), "test", "and it is tried again");
    // The other's comes beside it, and again is once.
    for _ in 0..2 {
        form.set("do", "trust_smtp");
        trust(&mut form);
    }
    assert_eq!(
        (trusted(&form, "imap").as_str(), trusted(&form, "smtp").as_str()),
        (ONE, TWO)
    );
    // A renewed one stands beside the one before; the other server, which is trusted now, shows nothing.
    form.set("smtp_shown", "");
    form.set("imap_shown", TWO);
    form.set("do", "trust_imap");
    trust(&mut form);
    assert_eq!(trusted(&form, "imap"), format!("{ONE}\n{TWO}"));
    assert_eq!(trusted(&form, "smtp"), TWO);
    // One machine with one certificate is one press; so is a mailbox with one server.
    for (shown_by, hosts) in [([ONE, ONE], hosts), ([ONE, ""], ["imap.example", ""])] {
        let mut form = pressed("imap", shown_by, hosts);
        trust(&mut form);
        assert_eq!(form.get(BOTH), ONE);
    }
    // What is no certificate is not kept.
    let mut form = pressed("imap", ["nonsense", ""], hosts);
    trust(&mut form);
    assert_eq!(trusted(&form, "imap"), "");
}

#[test]
fn what_is_kept_comes_back_as_it_was() {
    let all = format!("{ONE}\n{TWO}");
    for (imap, smtp) in [
        (Some(ONE), Some(TWO)),
        (Some(ONE), None),
        (None, Some(TWO)),
        (Some(all.as_str()), Some(TWO)),
        (Some(all.as_str()), Some(all.as_str())),
        (None, None),
    ] {
        let mut form = Form::default();
        fill(&mut form, Some(imap), Some(smtp));
        let sorted = |pem: &str| {
            let mut blocks = blocks(pem);
            blocks.sort();
            blocks
        };
        for (server, kept) in [("imap", imap), ("smtp", smtp)] {
            assert_eq!(sorted(&trusted(&form, server)), sorted(kept.unwrap_or_default()));
        }
    }
    let mut form = Form::default();
    fill(&mut form, Some(Some(ONE)), None);
    assert_eq!(form.get(BOTH), ONE);
}
