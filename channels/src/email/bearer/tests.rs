use super::*;

#[test]
fn the_servers_mechanisms_decide() {
    let cases: [(&[&str], Bearer); 5] = [
        (&["PLAIN", "XOAUTH2", "OAUTHBEARER"], Bearer::Xoauth2),
        (&["OAUTHBEARER", "xoauth2"], Bearer::Xoauth2),
        (&["PLAIN", "OAuthBearer"], Bearer::Oauthbearer),
        (&["PLAIN"], Bearer::Xoauth2),
        (&[], Bearer::Xoauth2),
    ];
    for (offered, wanted) in cases {
        assert_eq!(Bearer::of(offered.iter().copied()), wanted, "{offered:?}");
    }
}

#[test]
fn the_first_words_are_those_of_the_documents() {
    // The example of RFC 7628, 4.1.
    assert_eq!(
        Bearer::Oauthbearer.first(
            "user@example.com",
            "server.example.com",
            143,
            "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="
        ),
        "n,a=user@example.com,\u{1}host=server.example.com\u{1}port=143\u{1}auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\u{1}\u{1}"
    );
    assert!(
        Bearer::Oauthbearer
            .first("a,b=c@d.example", "h", 1, "t")
            .starts_with("n,a=a=2Cb=3Dc@d.example,")
    );
    assert_eq!(
        Bearer::Xoauth2.first("a@b.example", "h", 1, "t"),
        "user=a@b.example\u{1}auth=Bearer t\u{1}\u{1}"
    );
}
