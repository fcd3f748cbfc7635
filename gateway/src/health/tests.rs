//! Who may read the metrics.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::may_read;

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
        .collect()
}

#[test]
fn metrics_are_not_for_everybody() {
    const NO: StatusCode = StatusCode::FORBIDDEN;
    const WHO: StatusCode = StatusCode::UNAUTHORIZED;
    type Row = (
        Option<&'static str>,
        Option<&'static str>,
        &'static [(&'static str, &'static str)],
        Option<StatusCode>,
    );
    let rows: [Row; 19] = [
        (None, Some("127.0.0.1"), &[], None),
        (None, Some("::1"), &[], None),
        (None, Some("10.1.2.3"), &[], None),
        (None, Some("::ffff:192.168.7.7"), &[], None),
        (None, Some("fd00::7"), &[], None),
        (None, Some("169.254.1.1"), &[], None),
        (None, Some("203.0.113.9"), &[], Some(NO)),
        (None, Some("2001:db8::1"), &[], Some(NO)),
        (None, Some("::ffff:203.0.113.9"), &[], Some(NO)),
        (None, None, &[], Some(NO)),
        // A proxy on this machine passes the internet on.
        (None, Some("127.0.0.1"), &[("x-forwarded-for", "203.0.113.9")], Some(NO)),
        (None, Some("10.1.2.3"), &[("forwarded", "for=203.0.113.9")], Some(NO)),
        (None, Some("127.0.0.1"), &[("x-real-ip", "")], Some(NO)),
        (None, Some("127.0.0.1"), &[("via", "1.1 proxy")], Some(NO)),
        (Some("s3cret"), Some("127.0.0.1"), &[], Some(WHO)),
        (
            Some("s3cret"),
            Some("203.0.113.9"),
            &[("authorization", "Bearer s3cret")],
            None,
        ),
        (
            Some("s3cret"),
            None,
            &[("authorization", "bearer s3cret"), ("x-forwarded-for", "1.2.3.4")],
            None,
        ),
        (
            Some("s3cret"),
            Some("127.0.0.1"),
            &[("authorization", "Bearer s3cre")],
            Some(WHO),
        ),
        (
            Some("s3cret"),
            Some("127.0.0.1"),
            &[("authorization", "Basic s3cret")],
            Some(WHO),
        ),
    ];
    for (token, peer, pairs, refused) in rows {
        let peer = peer.map(|peer| peer.parse().unwrap());
        let outcome = may_read(token, peer, &headers(pairs)).err().map(|(status, _)| status);
        assert_eq!(outcome, refused, "{token:?} {peer:?} {pairs:?}");
    }
}
