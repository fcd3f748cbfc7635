//! Any bytes are an mbox: its mails stand behind one another, and reading goes on from the place where it stopped.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../gateway/src/imports/mbox.rs"]
mod mbox;

use mbox::{Found, LONGEST, Mbox};

fuzz_target!(|raw: &[u8]| {
    let mut whole = Mbox::new(raw, 0);
    let mut place = 0;
    loop {
        let Ok(found) = whole.next() else {
            unreachable!("bytes can always be read")
        };
        // Broken off and begun again, as after a restart.
        let Ok(again) = Mbox::new(&raw[place..], place as u64).next() else {
            unreachable!("bytes can always be read")
        };
        assert_eq!(found, again);
        match found {
            None => break,
            Some(Found::NoMbox) => break,
            Some(Found::TooLong) => assert!(raw.len() > LONGEST),
            Some(Found::Mail(_)) => assert!(whole.place() as usize > place),
        }
        place = whole.place() as usize;
        assert!(place <= raw.len());
    }
});
