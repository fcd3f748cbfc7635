use std::io::{Read, Write};

use conversation::Env;
use conversation::env::FakeClock;

use super::seal::{MAGIC, Opener, Sealer};

const SEGMENT: usize = 64 * 1024;

fn sealed(plain: &[u8], passphrase: &str) -> Vec<u8> {
    let env = Env::fixed(FakeClock::new(0), 1);
    let mut sealer = Sealer::new(Vec::new(), passphrase, &env).unwrap();
    sealer.write_all(plain).unwrap();
    sealer.finish().unwrap()
}

fn opened(sealed: &[u8], passphrase: &str) -> Result<Vec<u8>, String> {
    let input = sealed
        .strip_prefix(MAGIC.as_slice())
        .expect("an encrypted backup begins so");
    let mut plain = Vec::new();
    Opener::new(input, passphrase)
        .map_err(|error| error.to_string())?
        .read_to_end(&mut plain)
        .map_err(|error| error.to_string())?;
    Ok(plain)
}

#[test]
fn what_is_sealed_opens_whatever_its_length() {
    for length in [0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT, 3 * SEGMENT + 17] {
        let plain: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
        let sealed = sealed(&plain, "correct horse");
        assert_eq!(opened(&sealed, "correct horse").as_ref(), Ok(&plain), "{length} bytes");
        assert!(opened(&sealed, "wrong horse").is_err(), "{length} bytes");
    }
}

#[test]
fn no_change_goes_unseen() {
    let plain = vec![7; 2 * SEGMENT + 100];
    let good = sealed(&plain, "p");
    let segment = SEGMENT + 16;
    let head = MAGIC.len() + 16 + 19;
    let cut_at_a_segment = good[..head + segment].to_vec();
    let cut_anywhere = good[..good.len() - 1].to_vec();
    let mut flipped = good.clone();
    flipped[head + segment + 5] ^= 1;
    let mut swapped = good.clone();
    swapped[head..head + 2 * segment].rotate_left(segment);
    let mut longer = good.clone();
    longer.extend([0; 40]);
    for (what, bytes) in [
        ("cut at a segment", cut_at_a_segment),
        ("cut anywhere", cut_anywhere),
        ("flipped", flipped),
        ("swapped", swapped),
        ("longer", longer),
    ] {
        assert!(opened(&bytes, "p").is_err(), "{what}");
    }
}
