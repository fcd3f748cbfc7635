//! How long a recording plays, read from the file itself: voice messages are Opus in Ogg, forwarded
//! ones and videos MP4, old ones AMR. Nothing is decoded; anything else has no length here.

use conversation::types::Millis;

/// The longest length that is believed, in milliseconds: a day. A file that says more is broken.
const MOST: i64 = 24 * 60 * 60 * 1000;

/// The playing time of a file in milliseconds, where it says so.
pub fn of(bytes: &[u8]) -> Option<Millis> {
    let millis = if bytes.starts_with(b"OggS") {
        ogg(bytes)
    } else if bytes.get(4..8) == Some(b"ftyp") {
        mp4(bytes)
    } else if let Some(frames) = bytes.strip_prefix(b"#!AMR\n") {
        Some(amr(frames, &[12, 13, 15, 17, 19, 20, 26, 31, 5]))
    } else {
        let frames = bytes.strip_prefix(b"#!AMR-WB\n")?;
        Some(amr(frames, &[17, 23, 32, 36, 40, 46, 50, 58, 60, 5]))
    };
    millis.filter(|millis| (1..=MOST).contains(millis))
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

/// RFC 3533 and RFC 7845: the last page's position counts samples at 48 kHz, the head says how many of the
/// first ones are skipped. The pages are walked, so that a pattern inside the sound is no page.
fn ogg(bytes: &[u8]) -> Option<Millis> {
    let mut at = 0;
    let (mut last, mut rate, mut skipped) = (0u64, 0u64, 0u64);
    while bytes.get(at..at + 4) == Some(b"OggS") {
        let position = u64::from_le_bytes(number(bytes, at + 6)?);
        let segments = usize::from(*bytes.get(at + 26)?);
        let table = bytes.get(at + 27..at + 27 + segments)?;
        let body = at + 27 + segments;
        let length: usize = table.iter().map(|byte| usize::from(*byte)).sum();
        match bytes.get(body..body + 8) {
            Some(b"OpusHead") if rate == 0 => {
                rate = 48_000;
                skipped = u64::from(u16::from_le_bytes(number(bytes, body + 10)?));
            }
            Some([1, b'v', b'o', b'r', b'b', b'i', b's', _]) if rate == 0 => {
                rate = u64::from(u32::from_le_bytes(number(bytes, body + 12)?));
            }
            _ => {}
        }
        // All ones: no packet ends on this page.
        if position != u64::MAX {
            last = last.max(position);
        }
        at = body + length;
    }
    let samples = last.checked_sub(skipped).filter(|_| rate > 0)?;
    i64::try_from(samples.checked_mul(1000)? / rate).ok()
}

/// ISO 14496-12: `moov` holds `mvhd`, which has a duration and its scale.
fn mp4(bytes: &[u8]) -> Option<Millis> {
    let movie = boxed(bytes, b"moov")?;
    let head = boxed(movie, b"mvhd")?;
    let (scale, duration) = if *head.first()? == 1 {
        (
            u32::from_be_bytes(number(head, 20)?),
            u64::from_be_bytes(number(head, 24)?),
        )
    } else {
        let duration = u32::from_be_bytes(number(head, 16)?);
        // All ones: unknown.
        (
            u32::from_be_bytes(number(head, 12)?),
            u64::from(duration).checked_rem(u64::from(u32::MAX))?,
        )
    };
    let millis = u128::from(duration) * 1000 / u128::from(scale).max(1);
    i64::try_from(millis).ok().filter(|_| scale > 0)
}

/// The content of the first box of a kind.
fn boxed<'a>(bytes: &'a [u8], kind: &[u8; 4]) -> Option<&'a [u8]> {
    let mut rest = bytes;
    loop {
        let size = u64::from(u32::from_be_bytes(number(rest, 0)?));
        let (head, size) = match size {
            0 => (8, rest.len() as u64),
            1 => (16, u64::from_be_bytes(number(rest, 8)?)),
            size => (8, size),
        };
        let size = usize::try_from(size).ok().filter(|size| *size >= head)?;
        if rest.get(4..8)? == kind {
            return rest.get(head..size.min(rest.len()));
        }
        rest = rest.get(size..)?;
    }
}

/// RFC 4867, 5.3: frames of 20 ms whose first byte says how long they are.
fn amr(frames: &[u8], sizes: &[usize]) -> Millis {
    let (mut at, mut count) = (0, 0);
    while let Some(head) = frames.get(at) {
        at += 1 + sizes.get(usize::from(head >> 3 & 15)).copied().unwrap_or(0);
        count += 1;
    }
    count * 20
}

#[cfg(test)]
mod tests {
    use super::of;

    fn page(position: u64, body: &[u8]) -> Vec<u8> {
        let mut page = b"OggS\0\0".to_vec();
        page.extend(position.to_le_bytes());
        page.extend([0; 12]);
        page.push(1);
        page.push(u8::try_from(body.len()).unwrap());
        page.extend(body);
        page
    }

    fn voice(samples: u64) -> Vec<u8> {
        let mut head = b"OpusHead\x01\x01".to_vec();
        head.extend(312u16.to_le_bytes());
        head.extend([0; 7]);
        [
            page(0, &head),
            page(0, b"OpusTags"),
            page(u64::MAX, b"OggS more"),
            page(samples + 312, b"sound"),
        ]
        .concat()
    }

    fn atom(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
        let size = u32::try_from(body.len() + 8).unwrap();
        [&size.to_be_bytes()[..], kind, body].concat()
    }

    fn film(scale: u32, duration: u32) -> Vec<u8> {
        let mut head = vec![0; 12];
        head.extend(scale.to_be_bytes());
        head.extend(duration.to_be_bytes());
        let movie = atom(b"moov", &[atom(b"udta", b"x"), atom(b"mvhd", &head)].concat());
        [atom(b"ftyp", b"isom"), atom(b"mdat", &[7; 300]), movie].concat()
    }

    #[test]
    fn the_length_is_read_from_the_file() {
        assert_eq!(of(&voice(48_000 * 7)), Some(7000));
        assert_eq!(of(&film(600, 6900)), Some(11_500));
        let amr: Vec<u8> = b"#!AMR\n".iter().copied().chain([0x3c; 32 * 50]).collect();
        assert_eq!(of(&amr), Some(1000));
        for nothing in [
            &b""[..],
            b"OggS",
            b"\0\0\0\x08ftyp",
            b"ID3\x03",
            b"#!AMR\n",
            b"#!AMR-WB\n",
        ] {
            assert_eq!(of(nothing), None, "{nothing:?}");
        }
        assert_eq!(of(&film(0, 10)), None, "no scale");
        assert_eq!(of(&film(600, u32::MAX)), None, "unknown");
    }

    #[test]
    fn a_broken_file_has_no_length_and_does_no_harm() {
        for whole in [voice(1 << 40), voice(480_000), film(1000, 5000)] {
            for end in 0..whole.len() {
                of(&whole[..end]);
            }
            for at in 0..whole.len() {
                for bits in [0xff, 0x80, 1] {
                    let mut broken = whole.clone();
                    broken[at] ^= bits;
                    of(&broken);
                }
            }
        }
        assert_eq!(of(&voice(u64::MAX - 400)), None, "longer than any recording");
    }
}
