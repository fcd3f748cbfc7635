//! Pictures that browsers draw without running anything.

/// The media type of a picture, by its first bytes: they say it, not the sender.
pub fn sniffed(bytes: &[u8]) -> Option<&'static str> {
    let at = |from: usize, what: &[u8]| bytes.get(from..from + what.len()) == Some(what);
    if at(0, b"\x89PNG\r\n\x1a\n") {
        Some("image/png")
    } else if at(0, b"\xff\xd8\xff") {
        Some("image/jpeg")
    } else if at(0, b"GIF87a") || at(0, b"GIF89a") {
        Some("image/gif")
    } else if at(0, b"RIFF") && at(8, b"WEBP") {
        Some("image/webp")
    } else if at(4, b"ftypavif") {
        Some("image/avif")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::sniffed;

    #[test]
    fn the_bytes_say_what_a_picture_is() {
        for (bytes, kind) in [
            (&b"\xff\xd8\xff\xe0abc"[..], Some("image/jpeg")),
            (b"\x89PNG\r\n\x1a\n", Some("image/png")),
            (b"\x89PNG\r\n", None),
            (b"GIF89a", Some("image/gif")),
            (b"RIFF\x00\x00\x00\x00WEBPVP8 ", Some("image/webp")),
            (b"RIFF\x00\x00\x00\x00WAVE", None),
            (b"\x00\x00\x00\x1cftypavif", Some("image/avif")),
            (b"<svg/>", None),
            (b"", None),
        ] {
            assert_eq!(sniffed(bytes), kind, "{bytes:?}");
        }
    }
}
