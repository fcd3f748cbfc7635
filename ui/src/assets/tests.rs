use super::{MANIFEST, get, is_built, mime, url};

#[test]
fn a_name_nobody_built_has_an_address_and_no_file() {
    assert_eq!(url("nothing.js"), "/assets/nothing.js");
    assert!(get("/assets/nothing.js").is_none());
    assert!(get("/assets/manifest.json").is_none());
    assert!(get("/assets/../Cargo.toml").is_none());
}

#[test]
fn every_built_file_is_served_by_both_names() {
    assert_eq!(is_built(), !MANIFEST.is_empty());
    for (name, hashed) in MANIFEST.iter() {
        let address = url(name);
        assert_eq!(address, format!("/assets/{hashed}"));
        let by_hash = get(&address).expect("a file of the manifest");
        let by_name = get(name).expect("a name of the manifest");
        assert!(by_hash.immutable && !by_name.immutable);
        assert_eq!(by_hash.bytes, by_name.bytes);
        assert!(!by_hash.bytes.is_empty());
    }
}

#[test]
fn media_types_are_what_a_browser_with_nosniff_wants() {
    for (file, expected) in [
        ("inbox-1.js", "text/javascript; charset=utf-8"),
        ("inbox-1.css", "text/css; charset=utf-8"),
        ("a.svg", "image/svg+xml"),
        ("a.bin", "application/octet-stream"),
    ] {
        assert_eq!(mime(file), expected, "{file}");
    }
}
